package engine

import (
	"bytes"

	"github.com/dynsync/dynsync/internal/wire"
)

// runWithin applies rules to a value that an op took out of the item at an attempt.
func (x *Exec) runWithin(rules *Rules, v Value, attempt int) (out Value, meant bool, err error) {
	sub := x.subs[rules]
	if sub == nil {
		plan := *x.plan
		plan.Rules = rules
		sub = New(&plan)
		if x.subs == nil {
			x.subs = map[*Rules]*Exec{}
		}
		x.subs[rules] = sub
	}
	sub.stand(x)
	sub.attempt = attempt
	w := &sub.walk
	w.begin(make([]byte, 0, len(v.Raw)+len(v.Raw)/4), v.Raw)
	w.from.Default = true
	done, err := w.container(wire.Span{End: uint32(len(v.Raw))}, v.Kind, 0, len(sub.nodes), rules.cover)
	x.last, x.made.rounded, x.made.grown = sub.last, x.made.rounded || sub.made.rounded, x.made.grown+sub.made.grown
	if err != nil {
		return Value{}, false, err
	}
	raw := w.ed.Finish()
	x.leak.TookWithin(sub.leak, raw)
	switch done {
	case kept:
		return v, true, nil
	case removed:
		return missing, true, nil
	}
	return valueOf(raw), x.leak == nil || !bytes.Equal(raw, v.Raw) || sub.leak.DrewAll(), nil
}

// stand makes x stand where outer does, with its own rules.
func (x *Exec) stand(outer *Exec) {
	x.reset()
	x.ctx, x.src, x.item, x.attrs, x.views = outer.ctx, outer.src, outer.item, outer.attrs, outer.views
	x.key, x.made.started, x.made.exact = outer.key, false, outer.made.exact
	x.last, x.made.rounded = nil, false
	x.steps, x.pathBytes = append(x.steps, outer.steps...), append(x.pathBytes, outer.pathBytes...)
	x.look, x.base = outer.look, len(outer.steps)
	x.activate(x.plan.Rules.root)
}
