package script

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A charSet is a set of characters, as ranges in order.
type charSet []runeRange

var (
	digits   = charSet{{'0', '9'}}
	words    = charSet{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	spaces   = charSet{{'\t', '\r'}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}}
	lineEnds = charSet{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}
)

// A dialect is what the flags, and the rest of a pattern, make of classes.
type dialect struct {
	unicode, fold bool
	spell         bool // what a class excludes is turned into what it holds, as faithful says
}

// last returns the last character there is: without the flag u, characters are units
// of UTF-16.
func (d dialect) last() rune {
	if d.unicode {
		return unicode.MaxRune
	}
	return 0xFFFF
}

// without returns all characters but those of set, which under the flag i are those that
// differ in case too.
func (d dialect) without(set charSet) charSet {
	if d.fold {
		set = folded(set)
	}
	return d.rest(set)
}

// rest returns all characters but those of set.
func (d dialect) rest(set charSet) (out charSet) {
	next := rune(0)
	for _, r := range set {
		if r.lo > next {
			out = append(out, runeRange{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= d.last() {
		out = append(out, runeRange{next, d.last()})
	}
	return out
}

// folded returns the set with the characters that differ in case only.
func folded(set charSet) charSet {
	all := slices.Clone(set)
	cased := casedCharacters()
	for _, r := range set {
		first, _ := slices.BinarySearch(cased, r.lo)
		for _, c := range cased[first:] {
			if c > r.hi {
				break
			}
			for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
				all = append(all, runeRange{f, f})
			}
		}
	}
	return merged(all)
}

// casedCharacters are those that have another case, in order.
var casedCharacters = sync.OnceValue(func() (cased []rune) {
	for c := range rune(unicode.MaxRune) {
		if unicode.SimpleFold(c) != c {
			cased = append(cased, c)
		}
	}
	return cased
})

// merged returns the set of ranges in any order.
func merged(ranges charSet) charSet {
	slices.SortFunc(ranges, func(a, b runeRange) int { return int(a.lo - b.lo) })
	var out charSet
	for _, r := range ranges {
		if n := len(out); n > 0 && r.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, r.hi)
			continue
		}
		out = append(out, r)
	}
	return out
}

// text returns what matches a character of a set. Under the flag i the engine looks at every
// character of a class, for milliseconds: there a set that is most of Unicode is told by
// what it lacks.
func (d dialect) text(set charSet) string {
	if len(set) == 0 || set[len(set)-1].hi < d.last() {
		return d.ranges(set)
	}
	if d.fold {
		set = folded(set)
	}
	switch lacks := d.rest(set); {
	case len(lacks) == 0:
		return `[\s\S]`
	case d.fold:
		return `(?:(?!` + d.ranges(lacks) + `)[\s\S])`
	}
	return d.ranges(set)
}

// ranges returns the class of a set. It has no U+10FFFF, which is no character: the engine
// would make a negated class of all but one again.
func (d dialect) ranges(set charSet) string {
	if len(set) == 0 {
		return "[]"
	}
	format := `\u%04X-\u%04X`
	if d.unicode {
		format = `\u{%X}-\u{%X}`
	}
	var out strings.Builder
	out.WriteByte('[')
	for _, r := range set {
		fmt.Fprintf(&out, format, min(r.lo, unicode.MaxRune-1), min(r.hi, unicode.MaxRune-1))
	}
	out.WriteByte(']')
	return out.String()
}

// escaped returns the characters of \d and its like.
func (d dialect) escaped(token string) (charSet, bool) {
	switch token {
	case `\d`:
		return digits, true
	case `\D`:
		return d.without(digits), true
	case `\w`:
		return words, true
	case `\W`:
		return d.without(words), true
	case `\s`:
		return spaces, true
	case `\S`:
		return d.without(spaces), true
	}
	if len(token) < 5 || token[1] != 'p' && token[1] != 'P' {
		return nil, false
	}
	set := propertySet(token[3 : len(token)-1])
	if token[1] == 'P' && set != nil {
		set = d.rest(set) // under the flag i, what the rest is in another case is not excluded
	}
	return set, set != nil
}

// class returns the set of a class at the beginning of a pattern, and its length. It is
// false for one that holds what is left to the engine.
func (d dialect) class(pattern string) (set charSet, n int, ok bool) {
	n = 1
	not := strings.HasPrefix(pattern[n:], "^")
	if not {
		n++
	}
	var all charSet
	for n < len(pattern) && pattern[n] != ']' {
		members, size, ok := d.member(pattern[n:])
		if !ok {
			return nil, 0, false
		}
		n += size
		if rest := pattern[n:]; len(members) == 1 && members[0].lo == members[0].hi && len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
			to, size, ok := d.member(rest[1:])
			if !ok || len(to) != 1 || to[0].lo != to[0].hi || to[0].lo < members[0].lo {
				return nil, 0, false
			}
			members = charSet{{members[0].lo, to[0].hi}}
			n += 1 + size
		}
		all = append(all, members...)
	}
	if n == len(pattern) {
		return nil, 0, false
	}
	if !d.spell && !holdsEscape(pattern[:n]) {
		return nil, 0, false
	}
	all = merged(all)
	if not {
		all = d.without(all)
	}
	return all, n + 1, true
}

// member returns the character, or the escaped class, at the beginning of a part of a
// class.
func (d dialect) member(pattern string) (charSet, int, bool) {
	token := tokenAt(pattern, d.unicode)
	if set, ok := d.escaped(token); ok {
		return set, len(token), true
	}
	c, n, ok := d.character(pattern, token)
	return charSet{{c, c}}, n, ok && c <= d.last()
}

var controls = map[byte]rune{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// character returns the character at the beginning of a part of a class, which has this token,
// and its length. It is false for one that is left to the engine.
func (d dialect) character(pattern, token string) (rune, int, bool) {
	if len(token) == 1 {
		c, n := utf8.DecodeRuneInString(pattern)
		return c, n, token != `\` && (c != utf8.RuneError || n > 1)
	}
	e := token[1]
	switch {
	case controls[e] != 0:
		return controls[e], 2, true
	case e == 'x':
		return hexadecimal(pattern, 2, 2)
	case e == 'u' && !strings.HasPrefix(pattern, `\u{`):
		return hexadecimal(pattern, 2, 4)
	case e == 'u' && d.unicode:
		c, n, ok := hexadecimal(pattern, 3, strings.IndexByte(pattern, '}')-3)
		return c, n + 1, ok
	case e == 'c' && len(pattern) > 2 && isLetter(pattern[2]):
		return rune(pattern[2] % 32), 3, true
	case e == '0' && (len(pattern) == 2 || pattern[2] < '0' || pattern[2] > '9'):
		return 0, 2, true
	case d.unicode && isLetter(e), strings.IndexByte("0123456789cku", e) >= 0, e >= utf8.RuneSelf:
		return 0, 0, false
	}
	return rune(e), 2, true
}

// hexadecimal returns the character of so many hexadecimal digits. A surrogate is left to the
// engine, to which two are one.
func hexadecimal(pattern string, at, digits int) (rune, int, bool) {
	if digits < 1 || len(pattern) < at+digits {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(pattern[at:at+digits], 16, 21)
	return rune(n), at + digits, err == nil && (n < 0xD800 || n > 0xDFFF)
}

// holdsEscape reports whether a class holds what the engine takes for something else beside
// other members: a property, or what is no digit, word or space.
func holdsEscape(class string) bool {
	for _, e := range []string{`\p`, `\P`, `\D`, `\W`, `\S`} {
		if strings.Contains(class, e) {
			return true
		}
	}
	return false
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
