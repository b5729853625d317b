package anon

import (
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/fold"
)

// scanZone takes Z, UTC, GMT and offsets, also behind a space.
func scanZone(text string) int {
	rest := strings.TrimPrefix(text, " ")
	for _, zone := range []string{"UTC", "GMT", "UT", "Z", "z"} {
		if behind, ok := strings.CutPrefix(rest, zone); ok && (behind == "" || !isLetter(behind[0])) {
			return len(text) - len(behind) + max(scanOffset(behind), 0)
		}
	}
	if n := scanOffset(rest); n > 0 {
		return len(text) - len(rest) + n
	}
	return -1
}

// scanOffset takes an offset of hours, minutes and seconds, with colons or without.
func scanOffset(text string) int {
	if text == "" || text[0] != '+' && text[0] != '-' || digitsAt(text[1:], 2) < 2 {
		return -1
	}
	n := 3
	for range 2 {
		rest := strings.TrimPrefix(text[n:], ":")
		if digitsAt(rest, 2) < 2 || rest[0] > '5' {
			break
		}
		n = len(text) - len(rest) + 2
	}
	if n < len(text) && isDigit(text[n]) {
		return -1
	}
	return n
}

// scanDateZone takes the zone of a date without a time of day, as XML has it.
func scanDateZone(text string) int {
	if n := scanOffset(text); text == "Z" || n == len("+01:00") && text[3] == ':' {
		return max(n, 1)
	}
	return -1
}

// scanAbbreviation takes what a time zone is called in short, such as CET, or what Go
// writes for one that has no name, such as +03.
func scanAbbreviation(text string) int {
	if n := scanOffset(text); n > 0 {
		return n
	}
	n := lettersAt(text)
	if n < 2 || n > 5 || isLower(text[0]) || isLower(text[n-1]) {
		return -1
	}
	return n + max(scanOffset(text[n:]), 0)
}

// zones are the abbreviations that are taken where no layout says that there is one: no
// other text may stay.
var zones = fold.Fields(`UTC GMT UT WET WEST CET CEST MET MEST EET EEST MSK BST IST EST EDT CST CDT MST MDT PST PDT AKST AKDT HST HDT AST ADT
	NST NDT JST KST HKT SGT PHT PST WIB WITA WIT AWST ACST ACDT AEST AEDT NZST NZDT BRT BRST ART CLT CLST COT PET SAST EAT CAT WAT PKT NPT TRT GST ICT`)

// scanKnownZone is scanAbbreviation for those in a list.
func scanKnownZone(text string) int {
	n := scanAbbreviation(text)
	if letters := lettersAt(text); n > 0 && letters > 0 && !slices.Contains(zones, text[:letters]) {
		return -1
	}
	return n
}

func lettersAt(text string) int {
	n := 0
	for n < len(text) && isLetter(text[n]) {
		n++
	}
	return n
}

// areas are what the names of time zones begin with.
var areas = fold.Fields("Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian Mexico Pacific US")

// scanRegion takes the name of a time zone in brackets, as Java writes it.
func scanRegion(text string) int {
	inside, ok := between(text, '[', ']')
	if !ok || !allIn(inside, base62+"_/+-:") {
		return -1
	}
	if area, _, ok := strings.Cut(inside, "/"); ok && slices.Contains(areas, area) || scanZone(inside) == len(inside) || scanKnownZone(inside) == len(inside) {
		return len(inside) + len("[]")
	}
	return -1
}

// scanArea takes the name of a time zone that stands alone, in upper case, too.
func scanArea(text string) int {
	area, rest, ok := strings.Cut(text, "/")
	city := strings.Trim(rest, base62+"_/+-")
	known := slices.ContainsFunc(areas, func(name string) bool { return area == name || area == upperASCII(name) })
	if !ok || rest == "" || city != "" || !known || len(text) > 50 {
		return -1
	}
	return len(text)
}

// scanZoneName takes the name of a time zone in parentheses, as JavaScript and mail
// programs write it: an abbreviation, or words that end in Time.
func scanZoneName(text string) int {
	inside, ok := between(text, '(', ')')
	if !ok {
		return -1
	}
	if scanKnownZone(inside) == len(inside) || scanZone(inside) == len(inside) || isZoneName(inside) {
		return len(inside) + len("()")
	}
	return -1
}

// isZoneName reports whether a text is what a browser calls a time zone: letters and
// spaces, and a word for time where its language has it.
func isZoneName(text string) bool {
	if strings.ContainsFunc(text, func(r rune) bool {
		return !fold.IsLetter(r) && !fold.IsMark(r) && !strings.ContainsRune(" -.,'’", r)
	}) {
		return false
	}
	folded := fold.Case(text)
	for _, word := range timeWords {
		if strings.HasSuffix(folded, word) || strings.HasPrefix(folded, word+" ") {
			return true
		}
	}
	return false
}

// timeWords are the words for time that the names of time zones begin or end with.
var timeWords = fold.Fields("time zeit heure hora ora horário tijd tid aika czas čas час время saati 时间 時間 標準時 夏時間 시간 표준시")

// between returns what stands between the first byte of a text and the next such end.
func between(text string, begin, end byte) (inside string, ok bool) {
	n := strings.IndexByte(text, end)
	if n < 2 || n > 50 || text[0] != begin {
		return "", false
	}
	return text[1:n], true
}
