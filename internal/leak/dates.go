package leak

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// months are the names of months as people write them in languages of Europe, without
// their accents. The first is the English one.
var months = [12][]string{
	{"january", "jan", "januar", "januari", "janvier", "janv", "enero", "ene", "gennaio", "janeiro"},
	{"february", "feb", "februar", "februari", "fevrier", "fevr", "febrero", "febbraio", "fevereiro"},
	{"march", "mar", "marz", "maerz", "maart", "mars", "marzo", "marco"},
	{"april", "apr", "avril", "avr", "abril", "abr", "aprile"},
	{"may", "mai", "mei", "mayo", "maggio", "maio"},
	{"june", "jun", "juni", "juin", "junio", "giugno", "junho"},
	{"july", "jul", "juli", "juillet", "juil", "julio", "luglio", "julho"},
	{"august", "aug", "augustus", "aout", "agosto", "ago"},
	{"september", "sep", "sept", "septembre", "septiembre", "settembre", "setembro"},
	{"october", "oct", "oktober", "octobre", "octubre", "ottobre", "outubro"},
	{"november", "nov", "novembre", "noviembre", "novembro"},
	{"december", "dec", "dezember", "decembre", "diciembre", "dicembre", "dezembro"},
}

// monthOf returns the month with that name, 0 if there is none.
func monthOf(name []byte) int {
	if len(name) < len("jan") {
		return 0
	}
	for i, names := range months {
		for _, n := range names {
			if n[0] == name[0]|0x20 && strings.EqualFold(n, string(name)) {
				return i + 1
			}
		}
	}
	return 0
}

// clockDigits is how many digits the hours, minutes and seconds of a time have.
const clockDigits = 6

// yearDigits is how many digits the year of a date has.
const yearDigits = 4

// foundYear judges the year of a date that ends at a place in the digits: whether the rest
// of the date stands around it.
func (l *Check) foundYear(n *needle, end int) bool {
	d := &l.day
	*d = date{}
	text := l.originals[n.original].text(&l.scratch)
	if !d.readEpoch(text) && d.read(text) == 0 {
		return false
	}
	l.plain = appendDigitsOf(l.plain[:0], d.clock)
	l.plain = l.plain[:min(len(l.plain), clockDigits)]
	for width := 2; width > 0; width-- {
		var memory [8]byte
		md := appendInt(appendInt(memory[:0], d.month, width), d.day, width)
		dm := appendInt(appendInt(memory[4:4], d.day, width), d.month, width)
		if l.isDateAt(n, end, 0, md) || l.isDateAt(n, end, len(md), md) || l.isDateAt(n, end, len(dm), dm) || l.isNamedDate(n, end, d, width) {
			return true
		}
	}
	return false
}

// isDateAt notes a find if the month and day stand around the year that ends at a place:
// before bytes of them in front of it, the others behind. The clock, in l.plain, stands
// behind both.
func (l *Check) isDateAt(n *needle, end, before int, days []byte) bool {
	digits := l.at.digits
	from := end - yearDigits - before
	if from < 0 || !bytes.Equal(digits[from:from+before], days[:before]) {
		return false
	}
	if !bytes.HasPrefix(digits[end:], days[before:]) {
		return false
	}
	end += len(days) - before
	switch clock := l.plain; {
	case bytes.HasPrefix(digits[end:], clock):
		end += len(clock)
	case bytes.HasSuffix(digits[:from], clock):
		from -= len(clock)
	default:
		return false
	}
	return l.isWholeDate(n, from, end, func(text []byte) bool {
		_, fit := gapsOf(text, ofClocks)
		return fit
	})
}

// isNamedDate notes a find if the day and the name of the month stand around the year that
// ends at a place.
func (l *Check) isNamedDate(n *needle, end int, d *date, width int) bool {
	var memory [2]byte
	day := appendInt(memory[:0], d.day, width)
	digits := l.at.digits
	from, to, clock := end-yearDigits, end, l.plain
	if len(clock) > 0 && bytes.HasSuffix(digits[:from], clock) { // May 18 10:11:12 2024
		from, clock = from-len(clock), nil
	}
	switch {
	case bytes.HasSuffix(digits[:from], day):
		from -= len(day)
	case bytes.HasPrefix(digits[end:], day):
		to += len(day)
	default:
		return false
	}
	if !bytes.HasPrefix(digits[to:], clock) {
		return false
	}
	return l.hasMonth(n, from, to, d) && l.isWholeDate(n, from, to+len(clock), func([]byte) bool { return true })
}

// isWholeDate notes a find in digits [from, to), if they are not within a longer number and
// what separates them fits.
func (l *Check) isWholeDate(n *needle, from, to int, fits func(text []byte) bool) bool {
	t := l.at
	t.mapped()
	first, last := int(t.digitAt[from]), int(t.digitAt[to-1])+1
	start, end := t.span(first, last)
	return !t.glued(start) && !t.glued(end) && fits(t.raw[start:end]) && l.hit(n, first, last)
}

// longestMonth is how many letters may stand around the digits of a date: the name of a
// month, and th, of and de.
const longestMonth = 16

// hasMonth reports whether the only word around the digits of a date is the name of its
// month.
func (l *Check) hasMonth(n *needle, from, to int, d *date) bool {
	t := l.at
	t.mapped()
	first, last := int(t.digitAt[from]), int(t.digitAt[to-1])
	start := first
	for start > 0 && first-start < longestMonth && !isDigit(t.bones[start-1]) {
		start--
	}
	word := t.bones[start:last]
	for _, name := range months[d.month-1] {
		if i := bytes.Index(word, []byte(name)); i >= 0 && !l.goesOn(start+i, start+i+len(name)) {
			return true
		}
	}
	return false
}

// goesOn reports whether a word begins before bones[from:to], or ends behind.
func (l *Check) goesOn(from, to int) bool {
	t := l.at
	start, end := t.span(from, to)
	before, _ := utf8.DecodeLastRune(t.raw[:start])
	after, _ := utf8.DecodeRune(t.raw[end:])
	return fold.IsLetter(before) || fold.IsLetter(after)
}
