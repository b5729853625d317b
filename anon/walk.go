package anon

import (
	"context"
	"sync/atomic"

	"github.com/dynsync/dynsync"
)

// A walk is how far a value was followed along the cycle of a permutation.
type walk struct {
	of   [32]byte // the keyed hash of the value, with PerItem at its place
	kind dynsync.Kind
	n    int    // results behind the first
	text string // the last of them
}

// walks remembers walks, so that the next attempt is one step and not all steps again. Its
// zero value is ready, and safe for concurrent use.
type walks [64]atomic.Pointer[walk]

// along returns the result at an attempt of a permutation: what that makes of the result at
// the attempt before.
func (a *anonymizer) along(ctx context.Context, in dynsync.Input, kind dynsync.Kind, text string, attempt int) (string, error) {
	from := source{in: in, cfg: a.cfg, perItem: a.cfg.perItem}
	from.in.Value = seedOf(kind, text)
	w := walk{of: from.seed("walk"), kind: kind, n: -1, text: text}
	slot := &a.walks[int(w.of[0])%len(a.walks)]
	if last := slot.Load(); last != nil && last.of == w.of && last.kind == kind && last.n < attempt {
		w = *last
	}
	for ; w.n < attempt; w.n++ {
		var err error
		if w.text, err = a.once(ctx, in, kind, w.text, 0); err != nil {
			return "", err
		}
	}
	slot.Store(&w)
	return w.text, nil
}
