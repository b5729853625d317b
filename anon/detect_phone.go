package anon

import (
	"regexp"
	"strings"

	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/phone"
)

// A phoneFinder finds phone numbers with a country's code, and those of one
// region without.
type phoneFinder struct {
	region *phone.Region
	trunk  string // what numbers of the region begin with within it: "0", or ""
}

func newPhoneFinder(region *phone.Region) *phoneFinder {
	f := &phoneFinder{region: region}
	if !f.inAmerica() {
		f.trunk = region.Trunk()
	}
	return f
}

// inAmerica reports whether the region is of the North American Numbering Plan.
func (f *phoneFinder) inAmerica() bool { return f.region.Code() == nanpCode }

// nanpCode is the country code of the North American Numbering Plan.
const nanpCode = 1

// Bounds of what is parsed as a phone number: E.164 has up to 15 digits, which a
// prefix such as 011 may come before.
const (
	leastPhoneDigits = 7
	mostPhoneDigits  = 18
	mostPhoneGroups  = 8
)

// find adds the phone numbers of a run.
func (f *phoneFinder) find(p plainText, run []personal.Span, add func(finding)) {
	for i := 0; i < len(run); i++ {
		start := phoneStart(p.text, run[i].Start)
		last := f.longest(p.text, start, run[i:])
		if last < 0 && p.text[start] == '(' { // a bracket around the whole number
			start++
			last = f.longest(p.text, start, run[i:])
		}
		if last >= 0 {
			end := extensionEnd(p.text, run[i+last].End)
			found := p.span(findPhone, start, end)
			if !strings.HasPrefix(found.text, "00") && !f.isPossible(found.text) { // not as Phone reads it
				found.text = f.withPlus(found.text)
			}
			add(found)
			for i < len(run) && run[i].Start < end {
				i++
			}
			i--
		}
	}
}

// phoneStart returns where a number starts whose first digit is at a place: at a
// plus or bracket before it.
func phoneStart(text string, at int) int {
	for _, sign := range []string{"(+", "+(", "+", "("} {
		if strings.HasSuffix(text[:at], sign) {
			return at - len(sign)
		}
	}
	return at
}

// A phonePlace is where a phone number may begin.
type phonePlace struct {
	start  int
	abroad bool // behind a plus
	free   bool // not within a word
	told   bool // behind words that say so, or before some
}

// longest returns the last group of the longest phone number that begins with a
// run, and -1 if there is none.
func (f *phoneFinder) longest(text string, start int, run []personal.Span) int {
	found, n := -1, 0
	at := phonePlace{start: start, abroad: strings.Contains(text[start:run[0].Start], "+")}
	at.free = at.abroad || f.isFree(text, start)
	if !at.free && !isGluedBefore(text, start) {
		return found
	}
	for i, g := range run[:min(len(run), mostPhoneGroups)] {
		if i > 0 && strings.Contains(text[run[i-1].End:g.Start], "  ") {
			break
		}
		if n += g.Size(); n > mostPhoneDigits {
			break
		}
		if n < leastPhoneDigits {
			continue
		}
		whole := text[start:g.End]
		if strings.Count(whole, "(") == strings.Count(whole, ")") && f.endsAt(text, at, run[:i+1]) {
			found = i
		}
	}
	return found
}

// endsAt reports whether a run that begins at a place is a phone number.
func (f *phoneFinder) endsAt(text string, at phonePlace, run []personal.Span) bool {
	end := run[len(run)-1].End
	ended := personal.EndsWord(text, extensionEnd(text, end))
	if !ended && !isGluedBehind(text, end) || !at.abroad && dated.MatchString(text[at.start:end]) {
		return false
	}
	at.told = !at.abroad && isToldPhone(text, at.start, end)
	if at.free && ended && (at.abroad || f.canStart(text, at, run[0])) {
		return f.isPhone(text, at, run)
	}
	return f.isCertain(text, at, run)
}

// isFree reports whether no word stands directly before a number, and no sign of another
// number.
func (f *phoneFinder) isFree(text string, start int) bool {
	return personal.BeginsWord(text, start) && !strings.ContainsRune("#$€£¥-+", rune(personal.ByteAt(text, start-1)))
}

// canStart reports whether a number without a plus can begin at a place. Where
// numbers of the region have a trunk prefix, it begins with that or with 00, in a
// bracket, or where words say so.
func (f *phoneFinder) canStart(text string, at phonePlace, first personal.Span) bool {
	return f.inAmerica() || text[first.Start] == '0' || strings.HasPrefix(text[first.Start:], f.trunk) ||
		text[at.start] == '(' || at.told
}

func (f *phoneFinder) isPhone(text string, at phonePlace, run []personal.Span) bool {
	end := run[len(run)-1].End
	switch {
	case at.abroad:
		return f.isPossible(text[at.start:end])
	case f.isDialled(text[run[0].Start:end]):
		return true
	case len(run) == 1 && run[0].Size() > mostCompact:
		return false
	case f.inAmerica():
		return f.isAmerican(text, at, run)
	case at.told:
		return f.isPossible(text[at.start:end])
	}
	return (f.trunk != "" || len(run) > 1) && f.isValid(text[at.start:end])
}

// isCertain reports whether a run is a phone number though a word stands directly before or
// behind it: a valid one in groups as they are written in the region, or that words tell of.
func (f *phoneFinder) isCertain(text string, at phonePlace, run []personal.Span) bool {
	whole := text[at.start:run[len(run)-1].End]
	if !f.isValid(whole) {
		return false
	}
	if at.abroad || at.told && len(personal.DigitsOf(whole)) <= mostCompact {
		return true
	}
	if f.inAmerica() {
		_, groups := americanGroups(whole, run)
		return len(groups) == 3 && groups[0].Size() == 3 && groups[1].Size() == 3
	}
	return f.trunk != "" && len(run) > 1 && strings.HasPrefix(text[run[0].Start:], f.trunk)
}

// mostCompact is how many digits a number without a country's code has at most, if
// it is written at once. Longer ones are more often something else.
const mostCompact = 12

// isDialled reports whether a text is a number with a country's code behind 00, as
// most countries dial it, or 011 as in North America.
func (f *phoneFinder) isDialled(text string) bool { return f.withPlus(text) != text }

// withPlus returns such a number with a plus instead, and other text as it is.
func (f *phoneFinder) withPlus(text string) string {
	for _, prefix := range []string{"00", "011"} {
		if rest, ok := strings.CutPrefix(text, prefix); ok && mayHaveCode(rest) && f.isValid("+"+rest) {
			return "+" + strings.TrimLeft(rest, " -./")
		}
	}
	return text
}

// mayHaveCode reports whether digits can be a country's code and a number, which is
// quicker than to parse them: no code begins with 0, and numbers of North America
// have ten digits behind theirs.
func mayHaveCode(text string) bool {
	number := personal.DigitsOf(text)
	return number != "" && number[0] != '0' && (number[0] != '1' || len(number) == 11)
}

// dated is the beginning of what is a date rather than a phone number.
var dated = regexp.MustCompile(`^(?:(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])|` +
	`(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|[12]\d|3[01])[-./ ](?:19|20)\d\d|` +
	`(?:0?[1-9]|[12]\d|3[01])[-./](?:0?[1-9]|[12]\d|3[01])[-./]\d\d)(?: |$)`)

// isAmerican reports whether a run is written as numbers of the North American
// Numbering Plan are: as 3, 3 and 4 digits, behind a 1 or not, or at once or in other groups
// where words say so. Written with spaces only, or in other groups, it must be valid too.
func (f *phoneFinder) isAmerican(text string, at phonePlace, run []personal.Span) bool {
	whole := text[at.start:run[len(run)-1].End]
	number, groups := americanGroups(whole, run)
	switch {
	case len(number) != 10 || number[0] < '2':
		return false
	case len(groups) == 1:
		return at.told && f.isPossible(whole)
	case len(groups) == 3 && groups[0].Size() == 3 && groups[1].Size() == 3:
		return strings.ContainsAny(whole, "-.(") || f.isValid(whole)
	case len(groups) == 2 && groups[0].Size() == 3 && text[groups[0].End] == ')':
		return f.isValid(whole)
	}
	return at.told && f.isValid(whole)
}

// americanGroups returns the digits of a number and its groups without the 1 of long
// distance calls.
func americanGroups(whole string, run []personal.Span) (number string, groups []personal.Span) {
	number = personal.DigitsOf(whole)
	if len(number) == 11 && number[0] == '1' {
		number = number[1:]
		if run[0].Size() == 1 {
			run = run[1:]
		}
	}
	return number, run
}

func (f *phoneFinder) isPossible(text string) bool {
	n, ok := phone.Parse(text, f.region)
	return ok && n.IsPossible()
}

func (f *phoneFinder) isValid(text string) bool {
	n, ok := phone.Parse(text, f.region)
	return ok && n.IsValid()
}

// extension is what may follow a phone number.
var extension = regexp.MustCompile(`^,? ?(?:[eE][xX][tT](?:\.|[eE][nN][sS][iI][oO][nN])?|[xX#])[ .:]?\d{1,6}\b`)

func extensionEnd(text string, end int) int {
	return end + len(extension.FindString(text[end:min(len(text), end+24)]))
}
