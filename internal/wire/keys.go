package wire

import (
	"encoding/binary"
	"slices"
)

// Keys are the names of a table's key attributes.
type Keys struct {
	Partition string
	Sort      string // "" where the table has none
}

// Holds reports whether a name is that of a key attribute. Nil Keys hold none.
func (k *Keys) Holds(name string) bool {
	return k != nil && (name == k.Partition || k.Sort != "" && name == k.Sort)
}

// A KeyError says what is wrong with a key attribute.
type KeyError struct {
	Name, Reason string
	Kind         Kind // of the value; Invalid where there is none
}

func (e *KeyError) Error() string { return "dynsync: key attribute " + e.Name + ": " + e.Reason }

// AppendItemKey appends the canonical key of an item with these attributes: equal for
// equal keys, and for no others. The error is a [*KeyError].
func AppendItemKey(dst []byte, keys *Keys, item []byte, attrs []Attr) ([]byte, error) {
	for _, name := range [2]string{keys.Partition, keys.Sort} {
		if name == "" {
			continue
		}
		i := slices.IndexFunc(attrs, func(a Attr) bool { return EqualName(a.Name.Of(item), a.Escaped, name) })
		if i < 0 {
			return nil, &KeyError{name, "the item has no value for this key attribute", Invalid}
		}
		mark := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		var err error
		if dst, err = AppendKey(dst, attrs[i].Value.Of(item)); err != nil {
			return nil, &KeyError{name, "a key attribute is a string, a number in DynamoDB's range or a binary", attrs[i].Kind}
		}
		binary.BigEndian.PutUint32(dst[mark:], uint32(len(dst)-mark-4))
	}
	return dst, nil
}
