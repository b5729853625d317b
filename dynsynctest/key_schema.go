package dynsynctest

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxRole is how many HASH and how many RANGE attributes the key of a global index may
// have. Other keys have one of each at most.
const maxRole = 4

// keyAttribute is one attribute of a key.
type keyAttribute struct {
	name string
	kind string // S, N or B
}

// keySchema is the key of a table or of an index: the HASH attributes, and the RANGE
// attributes, if any.
type keySchema struct{ hash, sort []keyAttribute }

func (k keySchema) attributes() []keyAttribute { return slices.Concat(k.hash, k.sort) }

func (k keySchema) has(name string) bool { return k.attribute(name).name != "" }

// attribute returns the attribute of that name, the zero value if the key has none.
func (k keySchema) attribute(name string) keyAttribute {
	for _, role := range [][]keyAttribute{k.hash, k.sort} {
		for _, a := range role {
			if a.name == name {
				return a
			}
		}
	}
	return keyAttribute{}
}

// isHash reports whether it is the name of a HASH attribute.
func (k keySchema) isHash(name string) bool {
	return slices.ContainsFunc(k.hash, func(a keyAttribute) bool { return a.name == name })
}

// row returns a row that holds nothing but the key of i.
func (k keySchema) row(i item) row {
	r := row{pk: joined(k.hash, i), sk: joined(k.sort, i)}
	r.hash = hashOf(r.pk)
	return r
}

// key returns the key attributes of i.
func (k keySchema) key(i item) item {
	key := make(item, 2)
	for _, a := range k.attributes() {
		key[a.name] = i[a.name]
	}
	return key
}

func (k keySchema) elements() []types.KeySchemaElement {
	var elements []types.KeySchemaElement
	for _, a := range k.hash {
		elements = append(elements, types.KeySchemaElement{AttributeName: aws.String(a.name), KeyType: types.KeyTypeHash})
	}
	for _, a := range k.sort {
		elements = append(elements, types.KeySchemaElement{AttributeName: aws.String(a.name), KeyType: types.KeyTypeRange})
	}
	return elements
}

// joined returns the bytes by which the attributes of one role compare: those of a
// single one as they are, those of several each with an end.
func joined(role []keyAttribute, i item) string {
	switch len(role) {
	case 0:
		return ""
	case 1:
		return keyBytes(i[role[0].name])
	}
	var b strings.Builder
	for _, a := range role {
		b.WriteString(keyPart{keyBytes(i[a.name]), true}.first())
	}
	return b.String()
}

// keyPart is the keyBytes of one attribute of a role; several says that the role has
// more than this one. Then zero bytes are followed by 0xFF, and 0x00 0x01 is the end, so
// that what is joined compares as its parts do, one after the other.
type keyPart struct {
	bytes   string
	several bool
}

// prefix is what the parts that begin with these bytes begin with.
func (p keyPart) prefix() string {
	if p.several {
		return strings.ReplaceAll(p.bytes, "\x00", "\x00\xFF")
	}
	return p.bytes
}

// first is not greater than what is joined of this part and of any that follow.
func (p keyPart) first() string {
	if p.several {
		return p.prefix() + "\x00\x01"
	}
	return p.bytes
}

// past is greater than all that, and not greater than what comes next.
func (p keyPart) past() string {
	if p.several {
		return p.prefix() + "\x00\x02"
	}
	return p.bytes + "\x00"
}
