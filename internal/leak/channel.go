package leak

import (
	"bytes"
	"encoding/binary"
)

// A channel searches one sort of text, such as the digits of all values, for needles. A
// filter of hashed windows of the needles passes over most of the text. What it stops at
// is compared with the few needles that have the window. If there are many needles, or
// the comparisons come to more than some times the text, since needle and text repeat
// themselves, an automaton does it, so that time is linear whatever they hold.
type channel struct {
	text    []byte // of the needles, one after the other
	needles []needle
	least   int   // bytes of the shortest needle that has a window
	short   []int // needles shorter than a window
	stride  int   // the filter looks at each so manieth window of a text

	bits    [filterBits / 64]uint64 // by the hashes of windows
	heads   [1 << headBits]uint16   // 1 + the first of the entries with a window of that hash
	entries []entry
	work    int // bytes that were compared in the item, less those that were searched

	set   needleSet // the needles; made when there are many
	built bool
}

// A needle is one form of an original.
type needle struct {
	at, n    uint32 // in the channel's text
	original uint32
	form     form
	counted  bool   // a find of it is only counted
	more     uint8  // letters and digits that a find has besides
	same     uint32 // 1 + another needle with the same tail, or 0
}

// A form says what a needle is of its original.
type form uint8

const (
	asIs    form = iota // all of it, in its order
	number              // the digits of a number
	respelt             // another way to write it
	address             // the local part of an e-mail address
	year                // the year of a date
	epoch               // the seconds of a time since 1970
)

// An entry is a window of a needle.
type entry struct {
	window uint32
	needle uint16
	at     uint16 // in the needle's tail
	next   uint16 // 1 + the next entry of the same hash, or 0
}

const (
	window     = 4 // bytes
	maxStride  = 4
	filterBits = 1 << 13
	headBits   = 9

	// few is how many needles are compared one by one.
	few = 256
	// patience is how many bytes may be compared beyond those that are searched.
	patience = 1 << 16
)

// digitTail is how many of a number's last digits are searched at most: the spellings of a
// phone number differ in those before.
const digitTail = 7

func (c *channel) reset() {
	if len(c.needles) > 0 {
		clear(c.bits[:])
		clear(c.heads[:])
	}
	c.text, c.needles, c.short, c.entries = c.text[:0], c.needles[:0], c.short[:0], c.entries[:0]
	c.least, c.built, c.work = 0, false, 0
}

// add adds a needle.
func (c *channel) add(original int, text []byte, f form, counted bool) {
	if len(text) == 0 {
		return
	}
	c.needles = append(c.needles, needle{at: uint32(len(c.text)), n: uint32(len(text)), original: uint32(original), form: f, counted: counted})
	c.text = append(c.text, text...)
}

// of returns the text of a needle.
func (c *channel) of(n *needle) []byte { return c.text[n.at : n.at+n.n] }

// tail returns the part of a needle that is searched, of so many bytes at most.
func (c *channel) tail(n *needle, most int) []byte {
	text := c.of(n)
	return text[max(0, len(text)-most):]
}

// prepare makes the filter, and returns how many bytes the shortest find has at least, or
// all if there are no needles. Of a needle, most bytes at the end are searched.
func (c *channel) prepare(most int) (shortest int) {
	shortest = all
	for i := range c.needles {
		n := len(c.tail(&c.needles[i], most))
		shortest = min(shortest, n+int(c.needles[i].more))
		switch {
		case n < window:
			c.short = append(c.short, i)
		case c.least == 0 || n < c.least:
			c.least = n
		}
	}
	c.stride = min(max(c.least-window+1, 1), maxStride)
	for i := range c.needles {
		text := c.tail(&c.needles[i], most)
		for at := 0; at < c.stride && at+window <= len(text); at++ {
			c.enter(i, at, binary.LittleEndian.Uint32(text[at:]))
		}
	}
	return shortest
}

// enter enters a window of a needle.
func (c *channel) enter(needle, at int, w uint32) {
	h := hashOf(w)
	c.bits[h>>6] |= 1 << (h & 63)
	if len(c.needles) > few {
		return
	}
	head := &c.heads[h>>(13-headBits)]
	c.entries = append(c.entries, entry{window: w, needle: uint16(needle), at: uint16(at), next: *head})
	*head = uint16(len(c.entries))
}

// hashOf returns the hash of a window, of as many bits as the filter has.
func hashOf(w uint32) uint32 { return w * 0x9E3779B1 >> (32 - 13) }

// search calls fn for each place of a needle in text, of which it searches most bytes at
// the end, until fn returns true. It reports whether fn did.
func (c *channel) search(text []byte, most int, fn func(n *needle, end int) bool) bool {
	return c.searchShort(text, most, fn) || c.searchWindows(text, most, fn)
}

// searchShort searches for the needles that have no window.
func (c *channel) searchShort(text []byte, most int, fn func(n *needle, end int) bool) bool {
	if len(c.short) > few {
		return false // the automaton has them
	}
	for _, i := range c.short {
		n := &c.needles[i]
		tail := c.tail(n, most)
		for from := 0; ; {
			at := bytes.Index(text[from:], tail)
			if at < 0 {
				break
			}
			from += at + len(tail)
			if fn(n, from) {
				return true
			}
		}
	}
	return false
}

// searchWindows searches for the needles that have windows.
func (c *channel) searchWindows(text []byte, most int, fn func(n *needle, end int) bool) bool {
	if c.least == 0 && len(c.short) <= few {
		return false
	}
	if len(c.short) > few {
		return c.searchSet(text, most, fn)
	}
	c.work -= len(text)
	for at := 0; at+window <= len(text); at += c.stride {
		w := binary.LittleEndian.Uint32(text[at:])
		h := hashOf(w)
		if c.bits[h>>6]>>(h&63)&1 == 0 {
			continue
		}
		if len(c.needles) > few || c.work > patience {
			return c.searchSet(text, most, fn)
		}
		if c.compare(text, at, w, most, fn) {
			return true
		}
	}
	return false
}

// compare compares the needles that have a window with the text around it.
func (c *channel) compare(text []byte, at int, w uint32, most int, fn func(n *needle, end int) bool) bool {
	for e := c.heads[hashOf(w)>>(13-headBits)]; e != 0; e = c.entries[e-1].next {
		x := &c.entries[e-1]
		c.work += 8
		if x.window != w {
			continue
		}
		n := &c.needles[x.needle]
		tail := c.tail(n, most)
		start := at - int(x.at)
		if start < 0 || start+len(tail) > len(text) {
			continue
		}
		c.work += len(tail)
		if bytes.Equal(text[start:start+len(tail)], tail) && fn(n, start+len(tail)) {
			return true
		}
	}
	return false
}

// searchSet searches by the automaton.
func (c *channel) searchSet(text []byte, most int, fn func(n *needle, end int) bool) (stopped bool) {
	c.build(most)
	c.set.walk(text, func(v uint32, end int) bool {
		for ; v != 0; v = c.set.nodes[v].dict {
			for i := c.set.nodes[v].needle; i != 0; i = c.needles[i-1].same {
				if fn(&c.needles[i-1], end) {
					stopped = true
					return false
				}
			}
		}
		return true
	})
	return stopped
}

// build makes the automaton.
func (c *channel) build(most int) {
	if c.built {
		return
	}
	c.built = true
	c.set.reset()
	for i := range c.needles {
		n := &c.needles[i]
		if len(c.short) <= few && len(c.tail(n, most)) < window {
			continue
		}
		c.join(n, c.set.add(c.tail(n, most)), uint32(i+1))
	}
}

// crowd is how many needles may have one tail.
const crowd = 32

// join puts a needle at the node where its tail ends. One that is there already is left
// out. Where there is a crowd, the needle goes to the node where all of it ends.
func (c *channel) join(n *needle, end *needleNode, number uint32) {
	length := 0
	for i := end.needle; i != 0; i = c.needles[i-1].same {
		other := &c.needles[i-1]
		if other.form == n.form && other.counted == n.counted && bytes.Equal(c.of(other), c.of(n)) {
			return
		}
		length++
	}
	if all := c.of(n); length >= crowd && len(all) > digitTail {
		end = c.set.add(all) // which may move the nodes
	}
	n.same, end.needle = end.needle, number
}
