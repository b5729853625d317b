package dynsync

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/dynsync/dynsync/internal/wire"
)

// findKey computes the canonical bytes of the item's key, which seed its
// pseudonyms.
func (x *exec) findKey() error {
	key, err := x.appendKey(x.itemKey[:0], x.src, x.attrs)
	if err != nil {
		return err
	}
	x.itemKey, x.started = key, false
	return nil
}

// appendKey appends the canonical bytes of an item's key: equal for equal keys.
func (x *exec) appendKey(dst, src []byte, attrs []wire.Attr) ([]byte, error) {
	dst, err := appendItemKey(dst, x.plan.keys, src, attrs)
	if err, ok := err.(*keyError); ok {
		return nil, x.keyFault(err.name, err.kind, err.reason)
	}
	return dst, err
}

// A keyError says what is wrong with a key attribute.
type keyError struct {
	name, reason string
	kind         Kind
}

func (e *keyError) Error() string { return "dynsync: key attribute " + e.name + ": " + e.reason }

func appendItemKey(dst []byte, keys *keyNames, src []byte, attrs []wire.Attr) ([]byte, error) {
	for _, name := range [2]string{keys.partition, keys.sort} {
		if name == "" {
			continue
		}
		i := slices.IndexFunc(attrs, func(a wire.Attr) bool {
			return wire.EqualName(src[a.Name.Start:a.Name.End], a.Escaped, name)
		})
		if i < 0 {
			return nil, &keyError{name, "the item has no value for this key attribute", KindMissing}
		}
		mark := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		var err error
		if dst, err = wire.AppendKey(dst, src[attrs[i].Value.Start:attrs[i].Value.End]); err != nil {
			return nil, &keyError{name, "a key attribute is a string, a number in DynamoDB's range or a binary", Kind(attrs[i].Kind)}
		}
		binary.BigEndian.PutUint32(dst[mark:], uint32(len(dst)-mark-4))
	}
	return dst, nil
}

const declinesKey = "the transformer does not apply to this key attribute; say what happens to it by FirstOf (Passthrough keeps it)"

// visitProtected transforms a key or TTL attribute if a literal rule names it.
func (x *exec) visitProtected(n *node, a wire.Attr) error {
	if n == nil || n.rule == nil || n.rule.act == actPass {
		if n != nil && n.rule != nil {
			x.matched[n.rule.id] = true
		}
		return nil
	}
	x.matched[n.rule.id] = true
	isKey := x.plan.keys.holds(string(x.steps[0].name))
	done, err := x.carryOut(n.rule, a.Value, a.Kind)
	if errors.Is(err, ErrNotApplicable) && !isKey {
		done, err = x.fallback(a.Value, a.Kind, 0, 0)
	}
	switch {
	case errors.Is(err, ErrNotApplicable): // a pseudonym of ours could merge two items
		return x.fault(Kind(a.Kind), declinesKey, nil)
	case err != nil:
		return err
	case done == removed && isKey:
		return x.fault(Kind(a.Kind), "a key attribute cannot be removed", nil)
	case done == removed:
		x.ed.RemoveMember(a.Name.Start-1, a.Value.End)
	case done == replaced && isKey:
		return x.checkKey(a, "a key attribute keeps its type and is never emptied")
	}
	return nil
}

// checkKey checks the value just written in place of a key attribute.
func (x *exec) checkKey(a wire.Attr, reason string) error {
	raw := x.ed.Dst[x.lastValue:]
	kind, payload := wire.Payload(raw)
	if kind != a.Kind || (kind == wire.S || kind == wire.B) && len(payload) == len(`""`) {
		return x.fault(Kind(kind), reason, nil)
	}
	return nil
}
