package leak

import (
	"bytes"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/wire"
)

// What follows judges whether a place where letters or digits of an original stand in
// their order is one where the original stands. It runs where the filter has found
// something, which is rare.

// sureBones is how many letters and digits in a row stand nowhere by accident, whatever
// separates them.
const sureBones = 10

// foundBones judges a needle of the letters and digits that ends at a place.
func (l *Check) foundBones(n *needle, end int) bool {
	start := end - int(n.n)
	if start < 0 || !bytes.Equal(l.at.bones[start:end], l.letters.of(n)) {
		return false
	}
	long := int(n.n) >= sureBones
	if n.form == address {
		text := l.originals[n.original].text(&l.scratch)
		_, to := l.at.span(start, end)
		last, ok := l.domainEnd(text[bytes.LastIndexByte(text, '@')+1:], l.tagEnd(to, end))
		if !ok {
			return false
		}
		end, long = last, true
	}
	from, to := l.at.span(start, end)
	apart := func() bool { return !l.at.glued(from) && !l.at.glued(to) }
	switch {
	case n.form == number:
		if !apart() || l.leaf.kind == wire.N {
			return false
		}
	case n.form == asIs && l.isVerbatim(n, from, to), long:
	case !apart():
		return false
	}
	return l.hit(n, start, end)
}

// foundDigits judges a needle of the digits of which the tail ends at a place.
func (l *Check) foundDigits(n *needle, end int) bool {
	t, full := l.at, l.numbers.of(n)
	if n.form == year {
		return l.foundYear(n, end)
	}
	t.mapped()
	start := end - len(full)
	if n.form == epoch {
		return start >= 0 && bytes.Equal(t.digits[start:end], full) && l.foundEpoch(n, start, end)
	}
	if start >= 0 && bytes.Equal(t.digits[start:end], full) {
		first, last := int(t.digitAt[start]), int(t.digitAt[end-1])+1
		from, to := t.span(first, last)
		if l.isSameNumber(n, from, to) {
			return l.hit(n, first, last)
		}
	}
	if l.leaf.kind == wire.N && l.isWithoutZeros(full, end) {
		return l.hit(n, 0, len(t.bones))
	}
	if n.form == respelt || len(full) < digitTail || !l.isPhone(int(n.original)) {
		return false
	}
	if start, ok := l.phoneAt(full, end, int(n.original)); ok {
		return l.hit(n, int(t.digitAt[start]), int(t.digitAt[end-1])+1)
	}
	return false
}

// foundEpoch notes a find of the seconds in digits [start, end), if none or those of
// milliseconds, microseconds or nanoseconds stand behind them.
func (l *Check) foundEpoch(n *needle, start, end int) bool {
	t, last := l.at, end
	for last < len(t.digits) && last-end < 10 && t.joined(last) {
		last++
	}
	if (last-end)%3 != 0 || last-end > 9 || start > 0 && t.joined(start) {
		return false
	}
	for i := start + 1; i < end; i++ {
		if !t.joined(i) {
			return false
		}
	}
	return l.hit(n, int(t.digitAt[start]), int(t.digitAt[end-1])+1)
}

// isWithoutZeros reports whether the digits are all of a number up to a place, but for the
// zeros that they begin with.
func (l *Check) isWithoutZeros(full []byte, end int) bool {
	rest := bytes.TrimLeft(full, "0")
	t := l.at
	return len(rest) < len(full) && len(rest) >= shortest && end == len(t.digits) && bytes.Equal(t.digits, rest) && len(t.bones) == len(rest)
}

// foundBytes judges a needle of bytes that ends at a place.
func (l *Check) foundBytes(n *needle, end int) bool {
	if l.chanceOf() == allDrawn || l.chanceOf() == partsDrawn && l.isInPiece(l.bytes.of(n)) {
		return false
	}
	return l.note(n)
}

// isInPiece reports whether something drawn or fixed contains bytes.
func (l *Check) isInPiece(b []byte) bool {
	for _, p := range l.within {
		if bytes.Contains(p.raw, b) {
			return true
		}
	}
	return false
}

// isVerbatim reports whether raw[from:to] is the original, letter by letter, or neither has
// separators, so that it stands there even within a word.
func (l *Check) isVerbatim(n *needle, from, to int) bool {
	there := l.at.raw[from:to]
	text := bytes.TrimFunc(l.originals[n.original].text(&l.scratch), func(r rune) bool { return !isPart(r) })
	return bytes.Equal(there, text) || isSolid(there) && isSolid(text)
}

// isPart reports whether a character is a part of skeletons.
func isPart(r rune) bool {
	if r < utf8.RuneSelf {
		return traitsOf[r]&isBone != 0
	}
	var memory [64]byte
	return len(fold.AppendSkeleton(memory[:0], r)) > 0
}

// isSolid reports whether a text has no separators.
func isSolid(text []byte) bool {
	return bytes.IndexFunc(text, func(r rune) bool { return !isPart(r) && !fold.IsMark(r) && !fold.IsInvisible(r) }) < 0
}

// glued reports whether the characters on both sides of a place in the text belong to one
// word or one number.
func (s *skeleton) glued(at int) bool {
	if at <= 0 || at >= len(s.raw) {
		return false
	}
	a, _ := utf8.DecodeLastRune(s.raw[:at])
	b, _ := utf8.DecodeRune(s.raw[at:])
	switch {
	case fold.IsDigit(a) || fold.IsDigit(b):
		return fold.IsDigit(a) && fold.IsDigit(b)
	case fold.IsMark(b):
		return true
	case at > 1 && s.raw[at-1] == 'x' && s.raw[at-2] == '0': // of hexadecimal digits
		return false
	case !fold.IsLetter(a) || !fold.IsLetter(b) || fold.IsUnspaced(a) || fold.IsUnspaced(b):
		return false
	}
	return !fold.IsLower(a) || !fold.IsUpper(b)
}

// isSameNumber reports whether raw[from:to], which has the digits of the needle, stands
// for it.
func (l *Check) isSameNumber(n *needle, from, to int) bool {
	t := l.at
	there, apart := bytes.TrimRightFunc(t.raw[from:to], fold.IsMark), !t.glued(from) && !t.glued(to)
	switch n.form {
	case number:
		return l.isSameValue(n, there, from, to, apart)
	case respelt:
		text := l.originals[n.original].text(&l.scratch)
		gaps, fit := gapsOf(there, func(r rune) bool { return ofClocks(r) || bytes.ContainsRune(text, r) })
		return apart && fit && (n.n > 6 || gaps >= 2)
	}
	text := bytes.TrimFunc(l.originals[n.original].text(&l.scratch), func(r rune) bool { return !isPart(r) })
	gaps, fit := gapsOf(there, func(r rune) bool { return bytes.ContainsRune(text, r) })
	switch {
	case gaps == 0 && len(text) == int(n.n):
		return true
	case !apart:
		return false
	}
	return bytes.Equal(there, text) || fit && n.n >= shortest || isGrouped(there, text)
}

// isSameValue reports whether a text has the value of a number.
func (l *Check) isSameValue(n *needle, there []byte, from, to int, apart bool) bool {
	t := l.at
	if !apart {
		return false
	}
	if l.leaf.kind == wire.N && (from > 0 && t.raw[from-1] == '.' || to < len(t.raw) && t.raw[to] == '.') {
		return false
	}
	text := unsigned(l.originals[n.original].text(&l.scratch))
	if bytes.Equal(there, text) {
		return true
	}
	plain, err := wire.AppendNumber(l.plain[:0], text)
	l.plain = plain
	if err != nil {
		return false
	}
	if bytes.Equal(there, plain) || isGrouped(there, plain) {
		return true
	}
	_, fit := gapsOf(there, ofNone)
	return fit && n.n >= digitTail && bytes.IndexByte(plain, '.') < 0
}

// isGrouped reports whether a text is a number with separators between thousands, and a
// point or a comma in front of its decimals.
func isGrouped(text, plain []byte) bool {
	whole, decimals, _ := bytes.Cut(plain, []byte("."))
	i := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case isDigit(text[0]) && i < len(whole) && text[0] == whole[i]:
			i++
		case r == ',' || r == '.' || r == '\'' || r == '_' || r == '+' || fold.IsSpace(r) || r == '’':
			if i == len(whole) && (r == ',' || r == '.') {
				return bytes.Equal(text[size:], decimals)
			}
			if i == 0 || (len(whole)-i)%3 != 0 {
				return false
			}
		default:
			return false
		}
		text = text[size:]
	}
	return i == len(whole) && len(decimals) == 0
}

// maxGap is how many characters may separate two digits of one number.
const maxGap = 3

// gapsOf returns how many gaps there are between the digits of a text, and whether each is
// one that separates digits of one number, or of characters that do so besides.
func gapsOf(text []byte, besides func(rune) bool) (gaps int, fit bool) {
	length := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		if fold.IsDigit(r) {
			length = 0
			continue
		}
		if fold.IsInvisible(r) {
			continue
		}
		if length++; length == 1 {
			gaps++
		}
		if length > maxGap || !isGap(r) && !besides(r) {
			return gaps, false
		}
	}
	return gaps, true
}

// ofClocks reports whether a character separates parts of dates and times only: the T of
// ISO 8601, and what Chinese, Japanese and Korean write behind years, months and days.
func ofClocks(r rune) bool {
	switch r {
	case 'T', 't', '年', '月', '日', '년', '월', '일':
		return true
	}
	return false
}

func ofNone(rune) bool { return false }

// isGap reports whether a character may separate digits of one number.
func isGap(r rune) bool {
	switch r {
	case ',', ';', '|', '"', '<', '>', '{', '}', '[', ']', '=', '&', '#', '\n', '\r', '\t', utf8.RuneError:
		return false
	}
	return !fold.IsLetter(r)
}

// Whether an original is a phone number.
const (
	unknown uint8 = iota
	isOne
	isNone
)

// isPhone reports whether an original is a phone number: by what its transformer reads, or
// else by its form.
func (l *Check) isPhone(i int) bool {
	o := &l.originals[i]
	if o.phone == unknown {
		o.phone = isNone
		text := o.text(&l.scratch)
		if len(text) <= 2*longestPhone && (o.isCanonicalPhone(text) || looksLikePhone(text)) {
			o.phone = isOne
		}
	}
	return o.phone == isOne
}

// isCanonicalPhone reports whether the transformer of an original reads it as a phone
// number of a country.
func (o *original) isCanonicalPhone(text []byte) bool {
	if o.Canonical == nil {
		return false
	}
	form, ok := o.Canonical(string(text))
	return ok && form != "" && form[0] == '+'
}

func looksLikePhone(text []byte) bool {
	if look := personal.LookAt(text, ""); look.Strength != personal.NoLook {
		return look.Kind == personal.Phone || look.Kind == personal.Digits
	}
	return text[0] == '+' || text[0] == '(' || text[0] == '0'
}

// longestPhone is how many digits a phone number has at most, with its prefixes.
const longestPhone = 20

// phoneAt reports whether the phone number with these digits stands in the text, where its
// last digits end, and where it begins. It may have the country's code or not, and zeros
// in front.
func (l *Check) phoneAt(full []byte, end, original int) (start int, ok bool) {
	t := l.at
	if end < len(t.digits) && t.joined(end) {
		return 0, false
	}
	same := 0
	for same < len(full) && same < end && full[len(full)-1-same] == t.digits[end-1-same] {
		same++
	}
	if same < digitTail {
		return 0, false
	}
	rest := full[:len(full)-same]
	for at := end - 1; at >= 0 && end-at <= longestPhone; at-- {
		if end-at >= same && (at == 0 || !t.joined(at)) {
			is := l.isSamePrefix(rest, t.digits[at:end-same]) || l.isSamePhone(original, at, end)
			if is && !ok {
				start, ok = at, true
			}
			if from := t.at[t.digitAt[at]]; from > 0 && t.raw[from-1] == '+' { // it begins here
				return at, is
			}
		}
		if at > 0 && !t.isGapAt(at) {
			break
		}
	}
	return start, ok
}

// joined reports whether digit i stands directly behind the one before.
func (s *skeleton) joined(i int) bool {
	before := int(s.at[s.digitAt[i-1]])
	_, size := utf8.DecodeRune(s.raw[before:])
	return before+size == int(s.at[s.digitAt[i]])
}

// isGapAt reports whether what stands in front of digit i may separate digits of one
// number.
func (s *skeleton) isGapAt(i int) bool {
	before := int(s.at[s.digitAt[i-1]])
	_, size := utf8.DecodeRune(s.raw[before:])
	_, fit := gapsOf(s.raw[before+size:s.at[s.digitAt[i]]], ofNone)
	return fit
}

// isSamePrefix reports whether what stands in front of the common digits of two phone
// numbers may make no difference.
func (l *Check) isSamePrefix(a, b []byte) bool {
	a, b = countryOf(a), countryOf(b)
	const longest = 3 // digits of a country's code
	return len(a) <= longest && len(b) <= longest && (bytes.Equal(a, b) || len(a) == 0 || len(b) == 0)
}

// countryOf returns the country's code in what stands in front of a number: without the
// prefix of calls abroad, and the zero of calls within a country.
func countryOf(prefix []byte) []byte {
	prefix = bytes.TrimPrefix(bytes.TrimPrefix(prefix, []byte("00")), []byte("011"))
	return bytes.TrimSuffix(prefix, []byte("0"))
}

// isSamePhone reports whether the transformer of an original reads the digits [start, end)
// as it.
func (l *Check) isSamePhone(original, start, end int) bool {
	o, t := &l.originals[original], l.at
	if o.Canonical == nil {
		return false
	}
	from, to := t.span(int(t.digitAt[start]), int(t.digitAt[end-1])+1)
	for from > 0 && (t.raw[from-1] == '+' || t.raw[from-1] == '(') {
		from--
	}
	a, ok := o.Canonical(string(o.text(&l.scratch)))
	b, also := o.Canonical(string(t.raw[from:to]))
	return ok && also && a == b
}
