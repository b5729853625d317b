package anon

import "strings"

// The forms that are read where no layout states another: those that can mean one time
// only. They are grouped by what they begin with, and tried one behind the other.
var (
	// isoForms begin with a year and a hyphen.
	isoForms = mustBeLayouts(
		"2006-01-02[{T}15[:04[:05[{.}]]][{ }{PM}][{zone}][{region}]]", // ISO 8601, RFC 3339, Java, Python, SQL
		"2006-01-02{T}15:04[:05[{.}]] {area}",                         // Trino, Athena
		"2006-01",
		"2006-01-02{T}150405[{.}][{zone}]",
		"2006-01-02{T}1504[{zone}]",
		"2006-01-02 15:04:05[{.}][{zone}][ {MST}][{m=}]", // time.Time.String of Go
		"2006-01-02{xzone}",                              // XML
		"2006-01-02-15[.04.05[{.}]]",                     // DB2
		"2006-01-02{T}15-04-05",
		"2006-01-02{T}15.04[.05]",
		"2006-01-02-15-04[-05]",
		"2006-01-02-15:04[:05[{.}]]",
		"2006-002[{T}15:04[:05[{.}]][{zone}]]",
		"{YYYY}-W{week}[-{day}[{T}15:04[:05[{.}]][{zone}]]]",
		"2006-1-2[{T}{h}:04[:05[{.}]][{zone}]]",
		"2006-{mon}-2[{T}{h}:04[:05[{.}]][{zone}]]",
	)
	// basicForms begin with eight digits or more, or with a week, without hyphens.
	basicForms = mustBeLayouts(
		"20060102{T}15[04[05[{.}]]][{zone}]",
		"20060102{T}15:04[:05[{.}]][{zone}]",
		"20060102-15[04[05[{.}]]]",
		"20060102{xzone}",
		"20060102150405[{.}]{zone}", // LDAP
		"{YYYY}W{week}[{day}]",
	)
	// yearForms begin with a year and another character.
	yearForms = mustBeLayouts(
		"2006/1/2[{,}{h}:04[:05[{.}]][{ }{PM}][{zone}]]",
		"2006.1.2[{,}{h}:04[:05[{.}]][{zone}]]",
		"2006/01",
		"2006:01:02[ 15:04:05[{.}][{zone}]]", // EXIF
		"2006_01_02[_15_04[_05]]",
		"2006 {month} 2[{,}{h}:04[:05[{.}]][{zone}]]",
		"2006. 1. 2[.][{,}{h}:04[:05]]",
		"2006年1月2日[{ }{h}:04[:05]]",
	)
	// dayForms begin with a day or month of one or two digits.
	dayForms = mustBeLayouts(
		"2.1.2006[{,}{h}:04[:05[{.}]][{zone}][ {MST}]]",
		"2. 1. 2006[{,}{h}:04[:05[{.}]]]",
		"2 {mon} 2006[{,}{h}:04[:05[{.}]][{ }{PM}][{zone}][ {MST}][{zone}][ {name}]]", // mail, Rails
		"2 {mon} 06 15:04[:05][{zone}][ {MST}][ {name}]",
		"2-{mon}-2006[{,}15:04[:05[{.}]][{zone}][ {MST}]]",
		"2-{mon}-06[{,}15:04[:05[{.}]][{zone}][ {MST}]]",
		"2-{mon}-2006 {h}.04.05[{.}][ {PM}][{zone}][ {area}]", // Oracle
		"2-{mon}-06 {h}.04.05[{.}][ {PM}][{zone}][ {area}]",
		"2/{mon}/2006[:15:04:05[{zone}]]", // logs of web servers
		"2/{mon}/2006[{,}{h}:04[:05[{.}]][{ }{PM}]]",
		"2/{mon}/06[{,}{h}:04[:05[{.}]][{ }{PM}]]",               // Jira
		"2{mon}2006[:15:04:05[{.}]]", "2{mon}06[:15:04:05[{.}]]", // SAS
		"1/2006", "01-2006",
	)
	// nameForms begin with the name of a day or month, or with a bracket.
	nameForms = mustBeLayouts(
		"{wd}[,] 2 {month} 2006[ {h}:04[:05[{.}]][{ }{PM}][{zone}][ {MST}][{zone}][ {name}]]",
		"{wd}[,] 2 {mon} 06 15:04[:05][{zone}][ {MST}][ {name}]",
		"{wd}[,] 2-{mon}-2006 15:04[:05][{zone}][ {MST}]",
		"{wd}[,] 2-{mon}-06 15:04[:05][{zone}][ {MST}]",
		"{wd} {mon} _2 15:04:05[{.}][{ }{PM}][{zone}][ {MST}] 2006", // C, Unix, Java
		"{wd} {mon} _2 15:04:05[{.}] 2006[ {MST}]",                  // PostgreSQL
		"{wd} 2 {mon} 15:04:05[{.}] 2006[ {MST}]",
		"{[}{wd} {mon} _2 15:04:05[{.}] 2006{]}",                // Apache
		"{wd} {mon} 2 2006[ 15:04:05[{zone}][ {MST}][ {name}]]", // JavaScript
		"[{wd}[,] ]{month} _2[,] 2006[{,}{h}:04[:05[{.}]][{ }{PM}][{zone}][ {MST}][ {name}]]",
		"{mon}-2-2006[{,}{h}:04[:05[{.}]]]",
		"{mon} 2006", "{mon}-2006", "{mon}/2006",
		"{[}2/{mon}/2006:15:04:05[{zone}]{]}",
	)
	// twinForms are read as one or the other where that is the only way.
	twinForms = mustBeLayouts(
		"1/2/2006[{,}{h}:04[:05[{.}]][{ }{PM}][{zone}][ {MST}]]", "2/1/2006[{,}{h}:04[:05[{.}]][{ }{PM}][{zone}][ {MST}]]",
		"1-2-2006[{,}{h}:04[:05[{.}]][{ }{PM}][{zone}][ {MST}]]", "2-1-2006[{,}{h}:04[:05[{.}]][{ }{PM}][{zone}][ {MST}]]",
	)
	// shortForms are the times of certificates and LDAP, whose year may have two digits.
	shortForms = mustBeLayouts("200601021504{zone}", "060102150405{zone}")
)

// readForm reads a date or time in one of the forms.
func readForm(text string) (*stamp, bool) {
	number := digitsAt(text, len(text))
	switch {
	case text[0] == '/' || text[0] == '\\':
		return readDotNet(text)
	case number == 0:
		return readOne(nameForms, text)
	case number == len(text):
		return nil, false
	case number == 4 && text[4] == '-':
		return readOne(isoForms, text)
	case number == 12:
		return readShort(text)
	case number == 8 || number > 10 || text[number] == 'W':
		return readOne(basicForms, text)
	case number == 4:
		return readOne(yearForms, text)
	case number <= 2:
		if s, ok := readOne(dayForms, text); ok {
			return s, true
		}
		return readTwin(text)
	}
	return nil, false
}

// readOne reads a text in the first of the forms that it has.
func readOne(forms []*layout, text string) (*stamp, bool) {
	var r reading
	for _, l := range forms {
		if s, ok := l.readInto(&r, text); ok {
			return s, true
		}
	}
	return nil, false
}

// readShort reads a time of twelve digits and a zone: whose year has four digits, if it
// is one from 1950 to 2099 or the time stands for none, or else two.
func readShort(text string) (*stamp, bool) {
	for _, l := range shortForms {
		if s, ok := l.read(text); ok && (s.short || s.wall.Year() >= 1950 && s.wall.Year() <= 2099 || s.isEndOfTime()) {
			return s, true
		}
	}
	return nil, false
}

// readTwin reads a date whose day and month stand in an order that only their values
// tell.
func readTwin(text string) (found *stamp, ok bool) {
	for _, l := range twinForms {
		s, ok := l.read(text)
		switch {
		case !ok:
		case found != nil:
			return nil, false
		default:
			found = s
		}
	}
	return found, found != nil
}

// readDotNet reads milliseconds as .NET writes them in JSON.
func readDotNet(text string) (*stamp, bool) {
	before, after := "/Date(", ")/"
	if text[0] == '\\' {
		before, after = `\/Date(`, `)\/`
	}
	number, ok := strings.CutPrefix(text, before)
	if !ok || !strings.HasSuffix(number, after) {
		return nil, false
	}
	number = strings.TrimSuffix(number, after)
	zone := ""
	if at := strings.LastIndexAny(number, "+-"); at > 0 && scanOffset(number[at:]) == len(number)-at {
		number, zone = number[:at], number[at:]
	}
	s, ok := parseCount(number, countUnits[1])
	if ok {
		s.count.before, s.count.behind = before, zone+after
	}
	return s, ok && s.count.decimals < 0
}
