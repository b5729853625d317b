package engine

import (
	"errors"

	"github.com/dynsync/dynsync/internal/wire"
)

// findKey computes the canonical key of the item at hand, which seeds its pseudonyms.
func (x *Exec) findKey() error {
	key, err := x.appendKeyOf(x.key[:0], x.src, x.attrs)
	if err != nil {
		return err
	}
	x.key, x.made.started = key, false
	return nil
}

// Key returns the canonical key of the item at hand: equal for equal keys. It is good
// until the next item.
func (x *Exec) Key() []byte { return x.key }

// AppendKey appends the canonical key of an item that the rules have made. The error is
// a [*Fault].
func (x *Exec) AppendKey(dst, item []byte) ([]byte, error) {
	var err error
	if x.scratch, err = x.scanner.Index(x.scratch[:0], item); err != nil {
		return nil, &Fault{Reason: malformed, Err: err}
	}
	return x.appendKeyOf(dst, item, x.scratch)
}

func (x *Exec) appendKeyOf(dst, src []byte, attrs []wire.Attr) ([]byte, error) {
	dst, err := wire.AppendItemKey(dst, x.plan.Keys, src, attrs)
	if err == nil {
		return dst, nil
	}
	var wrong *wire.KeyError
	if !errors.As(err, &wrong) {
		return nil, err
	}
	kind := wrong.Kind
	if kind == wire.Invalid {
		kind = Missing
	}
	return nil, x.keyFault(wrong.Name, kind, wrong.Reason)
}
