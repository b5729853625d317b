package leak

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"
)

// A value is a value object and what it stands for.
type value struct {
	kind wire.Kind
	raw  []byte
	data []byte // the text, the number or the bytes
}

// wholeIn reports whether the number stands in the text, of a value of that kind, as
// a whole.
func wholeIn(text string, kind wire.Kind, number string, least int) bool {
	text = strings.ToLower(text)
	belongs := func(c byte) bool { return isDigit(c) || c == '.' && kind == wire.N }
	for i := range len(text) {
		rest, ok := strings.CutPrefix(text[i:], number)
		if ok && len(number) >= least && (i == 0 || !belongs(text[i-1])) && (rest == "" || !belongs(rest[0])) {
			return true
		}
	}
	return false
}

// stands reports whether an original stands in a text, of a value of that kind.
func stands(text []byte, kind wire.Kind, o value, least int) bool {
	fold := func(b []byte) string { return string(appendFold(nil, b)) }
	switch o.kind {
	case wire.S:
		return len([]rune(string(o.data))) >= least && strings.Contains(fold(text), fold(o.data))
	case wire.B:
		if len(o.data) < least {
			return false
		}
		// Text is searched as characters: half of one in a binary does not stand in it.
		return strings.Contains(fold(text), fold(o.data)) || kind == wire.B && bytes.Contains(appendFoldASCII(nil, text), appendFoldASCII(nil, o.data))
	}
	digits := string(unsigned(o.data))
	plain, _ := wire.AppendNumber(nil, o.data)
	return len(digits) >= least && (wholeIn(string(text), kind, strings.ToLower(digits), least) || wholeIn(string(text), kind, string(unsigned(plain)), least))
}

// naive is what the search promises, without an index.
func naive(originals, texts []value, least int) bool {
	return slices.ContainsFunc(texts, func(v value) bool {
		return slices.ContainsFunc(originals, func(o value) bool {
			equal := v.kind == wire.N && o.kind == wire.N && wire.Equal(v.raw, o.raw) && len(unsigned(o.data)) >= least
			return equal || stands(v.data, v.kind, o, least)
		})
	})
}

// FuzzSearch compares the search with trying every original in every value. Strings are
// kept out of base64's reach by a '.' in every eighth place, and have no escapes.
func FuzzSearch(f *testing.F) {
	f.Add("alice\nbob\n\xc3\xa9\xff", "ALICE\nx", uint8(4))
	f.Add("1985\n-12\naaab", "31985\n12.0\naaaaaaab", uint8(1))
	f.Add("ab\nabc\nbcd", "xabxabcbcd", uint8(2))
	f.Add("KELVIN", "\u212aelvin", uint8(1))
	f.Add("\xd5", "8\u0565", uint8(0))
	f.Fuzz(func(t *testing.T, from, to string, least uint8) {
		if len(from)+len(to) > 1000 {
			return // the oracle is slow
		}
		n := int(least%6) + 1
		originals, texts := valuesOf(from), valuesOf(to)
		l := New(n)
		l.Begin()
		src := []byte{}
		for _, v := range originals {
			start := len(src)
			src = append(src, v.raw...)
			l.Took(src, wire.Span{Start: uint32(start), End: uint32(len(src))}, v.kind, nil)
		}
		item := []byte(`{"Id":{"L":[`)
		for i, v := range texts {
			if i > 0 {
				item = append(item, ',')
			}
			item = append(item, v.raw...)
		}
		item = append(item, "]}}"...)
		found := false
		err := l.Search(item, []byte("{}"), item, func(f Finding) error {
			found = found || !f.Name
			return nil
		})
		if want := naive(originals, texts, n); err != nil || found != want {
			t.Errorf("found %v, want %v: %q in %q, %d characters; %v", found, want, from, to, n, err)
		}
	})
}

// valuesOf returns a value for each line: a number if it is one, a binary if it is no
// text.
func valuesOf(text string) []value {
	var all []value
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\\", "/")
		if _, err := wire.AppendNumber(nil, []byte(line)); err == nil {
			all = append(all, value{wire.N, wire.AppendN(nil, line), []byte(line)})
			continue
		}
		if slices.Contains([]rune(line), '\ufffd') {
			all = append(all, value{wire.B, wire.AppendB(nil, []byte(line)), []byte(line)})
			continue
		}
		var b strings.Builder
		for i, r := range []rune(line) {
			if i%7 == 6 {
				b.WriteByte('.')
			}
			b.WriteRune(r)
		}
		all = append(all, value{wire.S, wire.AppendS(nil, b.String()), []byte(b.String())})
	}
	return all
}

// The methods that note something do nothing on nil: the check is off.
func TestNilChecksNothing(t *testing.T) {
	var l *Check
	v := []byte(`{"S":"x"}`)
	l.Took(v, wire.Span{End: uint32(len(v))}, wire.S, nil)
	l.TookName(v, wire.Span{}, v, v)
	l.TookPart(v, nil)
	l.DrewPart(v)
	l.Keep(v)
	l.Give(v)
	l.Undo(l.Mark())
	if !l.Meant(v, v) {
		t.Error("where nothing is checked, all is meant")
	}
}
