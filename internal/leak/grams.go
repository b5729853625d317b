package leak

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/wire"
)

// Most items hold no original. So the texts of a small item are first gathered: what
// windows they have. An original stands in none of them if one of its windows does not,
// and mostly it is the first. Only for the others needles are made, and only for these the
// texts are searched.

// grams is a set of windows of texts, by their hashes.
type grams [1 << gramBits / 64]uint64

const (
	gramBits = 14

	// small is how many bytes of an item are gathered at most: more would fill the set.
	small = 4096
)

// add adds the windows of a text.
func (g *grams) add(text []byte) {
	for at := 0; at+window <= len(text); at++ {
		h := binary.LittleEndian.Uint32(text[at:]) * 0x9E3779B1 >> (32 - gramBits)
		g[h>>6] |= 1 << (h & 63)
	}
}

// has reports whether a text may have a window, which is the first bytes of b.
func (g *grams) has(b []byte) bool {
	h := binary.LittleEndian.Uint32(b) * 0x9E3779B1 >> (32 - gramBits)
	return g[h>>6]>>(h&63)&1 == 1
}

// hasAll reports whether a text may have all windows of a needle, some of which it looks
// for. A needle that is shorter than a window may be anywhere.
func (g *grams) hasAll(needle []byte) bool {
	n := len(needle) - window
	return n < 0 || g.has(needle[n:]) && g.has(needle) && g.has(needle[n/2:])
}

// gather gathers the texts of the item, and makes needles of the originals that may stand
// in them. It returns false if there are none.
func (l *Check) gather() bool {
	clear(l.boneGrams[:])
	clear(l.digitGrams[:])
	l.plan()
	l.gathering = true
	l.eachText(func() bool { return true })
	l.gathering = false
	l.letters.reset()
	l.numbers.reset()
	l.bytes.reset()
	for i := range l.originals {
		o := &l.originals[i]
		if o.kind == wire.S && bytes.IndexByte(o.raw, '\\') < 0 && l.isNowhere(o) {
			continue
		}
		l.add(i)
	}
	l.prune(&l.letters, &l.boneGrams, all)
	l.prune(&l.numbers, &l.digitGrams, digitTail)
	if len(l.bytes.needles) > 0 {
		l.prune(&l.bytes, &l.byteGrams, all)
	}
	return len(l.letters.needles)+len(l.numbers.needles)+len(l.bytes.needles) > 0
}

// plan finds what decoders have to know of the originals.
func (l *Check) plan() {
	l.binary, l.odd = false, false
	for i := range l.originals {
		o := &l.originals[i]
		switch {
		case o.kind == wire.B:
			text := o.text(&l.scratch)
			l.binary = l.binary || len(text) >= l.min && !utf8.Valid(text)
			l.odd = true
		case o.kind == wire.S:
			l.odd = l.odd || len(o.raw) >= l.min && l.isOdd(o)
		}
	}
	if l.odd {
		clear(l.byteGrams[:])
	}
}

// shortestID is how many bytes a UUID has.
const shortestID = 16

// isOdd reports whether a string may have fewer letters and digits than a window.
func (l *Check) isOdd(o *original) bool {
	bones := 0
	for _, c := range o.raw {
		if bones == window {
			return false
		}
		if c == '\\' || traitsOf[c]&isBeyond != 0 {
			l.spelt.read(o.text(&l.scratch))
			return len(l.spelt.bones) < window
		}
		bones += int(traitsOf[c] & isBone)
	}
	return bones < window
}

// isNowhere reports whether a string that needs no decoding stands in no text, in any
// spelling. It knows that of words of ASCII: a spelling may change what separates them
// and their order.
func (l *Check) isNowhere(o *original) bool {
	seen, run := traits(0), 0
	window4 := -1
	for i, c := range o.raw {
		t := traitsOf[c]
		seen |= t
		if t&isBone == 0 {
			if t&isBeyond != 0 {
				return false
			}
			run = 0
			continue
		}
		if run++; run == window && window4 < 0 {
			window4 = i + 1 - window
			if seen&hasDigit != 0 || len(o.raw) >= 2*shortestID {
				break
			}
			if isNamedDate(o.raw) {
				return false
			}
			return !l.boneGrams.has(lowerWindow(o.raw[window4:]))
		}
	}
	if window4 < 0 || l.mayBeRespelt(o) {
		return false
	}
	return !l.boneGrams.has(lowerWindow(o.raw[window4:])) && !l.digitGrams.has(o.raw[window4:])
}

// mayBeRespelt reports whether a string with digits has other spellings than those of its
// words: dates and ids do.
func (l *Check) mayBeRespelt(o *original) bool {
	if o.isCounted(o.raw) {
		return false
	}
	letters, marks, digits := 0, 0, 0
	for _, c := range o.raw {
		t := traitsOf[c]
		switch {
		case t&hasDigit != 0:
			digits++
		case t&isBone != 0:
			letters++
		case t&(hasPoint|hasColon) != 0:
			marks++
		}
	}
	return letters == 0 || marks >= 2 || letters+digits == 32 || isNamedDate(o.raw)
}

// lowerWindow returns the first letters and digits of text in lower case.
func lowerWindow(text []byte) []byte {
	var memory [window]byte
	binary.LittleEndian.PutUint32(memory[:], binary.LittleEndian.Uint32(text)|0x20202020)
	return memory[:]
}

// prune leaves of the needles of a channel those that may stand in the gathered texts.
func (l *Check) prune(c *channel, g *grams, most int) {
	c.needles = slices.DeleteFunc(c.needles, func(n needle) bool {
		tail := c.tail(&n, most)
		return !g.hasAll(tail) || n.form == year && !l.mayBeYear(&n)
	})
}

// mayBeYear reports whether a month or a day may stand beside the year of a date.
func (l *Check) mayBeYear(n *needle) bool {
	var d date
	if d.read(l.originals[n.original].text(&l.scratch)) == 0 {
		return false
	}
	var memory [window + 1]byte
	copy(memory[1:], l.numbers.of(n))
	before := [...]byte{byte('0' + d.month%10), byte('0' + d.day%10), byte('0' + d.day%10)}
	if clock := appendDigitsOf(l.plain[:0], d.clock); len(clock) > 0 {
		before[2] = clock[min(len(clock), clockDigits)-1]
	}
	for _, c := range before {
		memory[0] = c
		if l.digitGrams.has(memory[:]) {
			return true
		}
	}
	copy(memory[:], memory[2:])
	var digits [3]byte
	for _, part := range [...]int{d.month, d.day} {
		for _, c := range strconv.AppendInt(append(digits[:0], '0'), int64(part), 10)[:2] {
			memory[window-1] = c
			if l.digitGrams.has(memory[:]) {
				return true
			}
		}
	}
	return false
}
