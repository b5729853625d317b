package leak

import (
	"bytes"

	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/wire"
)

// Names of attributes and members are the schema of a table, and no data: that a value is
// a part of a name says nothing. A name is data if it looks personal, or is no word of a
// program.

// isData reports whether a name, decoded, is data.
func isData(name []byte) bool {
	for _, c := range name {
		if traitsOf[c]&isBone == 0 && bytes.IndexByte([]byte("_-.:#/$"), c) < 0 {
			return true
		}
	}
	return personal.LookAt(name, "").Strength != personal.NoLook
}

// A nameCache knows which names are data. Items mostly have the same names in the same
// order, so each name knows which one came next.
type nameCache struct {
	known map[string]*knownName
	front knownName
	last  *knownName
}

// maxNames is how many names are remembered.
const maxKnownNames = 4096

type knownName struct {
	raw  string
	data bool
	next *knownName
}

// begin begins an item.
func (c *nameCache) begin() { c.last = &c.front }

// holdData reports whether a name, with its escapes, is data.
func (c *nameCache) holdData(raw []byte) bool {
	if next := c.last.next; next != nil && next.raw == string(raw) {
		c.last = next
		return next.data
	}
	k := c.known[string(raw)]
	if k == nil {
		k = &knownName{raw: string(raw), data: isData(wire.AppendUnquote(nil, raw))}
		if len(c.known) < maxKnownNames {
			if c.known == nil {
				c.known = map[string]*knownName{}
			}
			c.known[k.raw] = k
		}
	}
	c.last.next, c.last = k, k
	return k.data
}

// longestMember is how many bytes a name in JSON text has at most.
const longestMember = 256

// memberName returns the name of a member in JSON text that text[from:to] is within, nil
// if it is not within one.
func memberName(text []byte, from, to int) []byte {
	open := bytes.LastIndexByte(text[max(0, from-longestMember):from], '"')
	end := bytes.IndexByte(text[to:min(len(text), to+longestMember)], '"')
	if open < 0 || end < 0 {
		return nil
	}
	open += max(0, from-longestMember)
	for _, c := range text[to+end+1:] {
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		case ':':
			if bytes.IndexByte(text[from:to], '"') < 0 {
				return text[open+1 : to+end]
			}
		}
		return nil
	}
	return nil
}
