package anon

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/personal"
)

// A digitGroup is digits of a text with none on either side.
type digitGroup struct{ start, end int }

func (g digitGroup) size() int { return g.end - g.start }

// digitRuns calls do for each run of groups of a text that have at most
// maxSeparator separators between them: spaces, hyphens, dots, slashes, brackets.
func digitRuns(text string, do func(run []digitGroup)) {
	const maxSeparator = 3
	var run []digitGroup
	for i := 0; i < len(text); {
		if !asciiDigit(text[i]) {
			i++
			continue
		}
		g := digitGroup{i, i}
		for i < len(text) && asciiDigit(text[i]) {
			i++
		}
		g.end = i
		if n := len(run); n > 0 && (g.start-run[n-1].end > maxSeparator || strings.Trim(text[run[n-1].end:g.start], " -./()") != "") {
			do(run)
			run = run[:0]
		}
		run = append(run, g)
	}
	if len(run) > 0 {
		do(run)
	}
}

// beginsWord reports whether a number can begin at a place: not within a word, nor
// behind a digit and a character that joins numbers.
func beginsWord(text string, at int) bool {
	before := byteAt(text, at-2)
	switch byteAt(text, at-1) {
	case '.', '-':
		return !asciiDigit(before)
	case '_': // of Markdown
		return !asciiDigit(before) && !asciiLetter(before)
	case '%':
		return false
	case 'n', 'r', 't': // a line of text that was escaped
		return before == '\\'
	}
	r, _ := utf8.DecodeLastRuneInString(text[:at])
	return !unicode.IsLetter(r) || unspaced(r)
}

// endsWord is the same for the end of a number.
func endsWord(text string, at int) bool {
	after := byteAt(text, at+1)
	switch byteAt(text, at) {
	case '.', '-':
		return !asciiDigit(after)
	case '_':
		return !asciiDigit(after) && !asciiLetter(after)
	case '%':
		return false
	}
	r, _ := utf8.DecodeRuneInString(text[at:])
	return !unicode.IsLetter(r) || unspaced(r)
}

// digitsOf returns the digits of a text.
func digitsOf(text string) string {
	var b []byte
	for i := range len(text) {
		if asciiDigit(text[i]) {
			b = append(b, text[i])
		}
	}
	return string(b)
}

// findCards adds the card numbers of a run: 13 to 19 digits with an issuer's first
// digits and a valid check digit (ISO/IEC 7812-1), in one group or in several with
// one space, hyphen or dot between them.
func findCards(p plainText, run []digitGroup, add func(finding)) {
	for i := 0; i < len(run); i++ {
		if last := cardFrom(p.text, run[i:]); last >= 0 {
			f := p.span(findCard, run[i].start, run[i+last].end)
			f.text = strings.ReplaceAll(f.text, ".", " ")
			add(f)
			i += last
		}
	}
}

// cardFrom returns the last group of the longest card number that a run begins
// with, and -1 if there is none.
func cardFrom(text string, run []digitGroup) int {
	const least, most = 13, 19
	found, n := -1, 0
	if !beginsWord(text, run[0].start) {
		return found
	}
	for i, g := range run {
		if i > 0 && !joinsCard(text[run[i-1].end:g.start]) || i == 1 && n < 4 || i > 1 && run[i-1].size() < 3 {
			break
		}
		if n += g.size(); n > most {
			break
		}
		if n >= least && endsWord(text, g.end) && isCard(digitsOf(text[run[0].start:g.end])) {
			found = i
		}
	}
	return found
}

func joinsCard(separator string) bool {
	return separator == " " || separator == "-" || separator == "."
}

// cardIssuers are the first digits of card numbers, from and to, and the lengths
// that they come with: those of Visa, Mastercard, American Express, Diners Club,
// Discover, JCB, UnionPay, Maestro, RuPay, Mir and Troy.
var cardIssuers = []struct {
	from, to    string
	least, most int
}{
	{"4", "4", 13, 19},
	{"51", "55", 16, 16}, {"2221", "2720", 16, 16},
	{"34", "34", 15, 15}, {"37", "37", 15, 15},
	{"300", "305", 14, 19}, {"36", "36", 14, 19}, {"38", "39", 14, 19},
	{"3528", "3589", 16, 19},
	{"50", "50", 13, 19}, {"56", "69", 13, 19}, {"81", "81", 16, 19},
	{"2200", "2204", 16, 19}, {"9792", "9792", 16, 16},
}

// isCard reports whether digits are a card number.
func isCard(number string) bool {
	for _, is := range cardIssuers {
		head := number[:len(is.from)]
		if is.from <= head && head <= is.to && is.least <= len(number) && len(number) <= is.most {
			return luhnSum(number)%10 == 0 && strings.Trim(number, number[:1]) != ""
		}
	}
	return false
}

// luhnSum returns the sum of the formula of ISO/IEC 7812-1, annex B.
func luhnSum(number string) int {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			d = d/10 + d%10
		}
		sum += d
	}
	return sum
}

// findSSNs adds the social security numbers of a run: AAA-GG-SSSS with hyphens or
// spaces, and nine digits at once behind a word that says so.
func findSSNs(p plainText, run []digitGroup, add func(finding)) {
	for i, g := range run {
		if g.size() == 9 && g.isWord(p.text) && hasKeyword(p.text, g.start, 40, ssnWords) && personal.IsSSN(p.text[g.start:g.end]) {
			add(p.span(findSSN, g.start, g.end))
		}
		if i+2 < len(run) && isWrittenSSN(p.text, run[i:i+3]) {
			add(p.span(findSSN, g.start, run[i+2].end))
		}
	}
}

var ssnWords = []string{"ssn", "social security", "soc sec", "seguro social"}

func (g digitGroup) isWord(text string) bool {
	return beginsWord(text, g.start) && endsWord(text, g.end)
}

func isWrittenSSN(text string, run []digitGroup) bool {
	a, g, s := run[0], run[1], run[2]
	if a.size() != 3 || g.size() != 2 || s.size() != 4 || !beginsWord(text, a.start) || !endsWord(text, s.end) {
		return false
	}
	separator := text[a.end:g.start]
	return (separator == "-" || separator == " ") && text[g.end:s.start] == separator && personal.IsSSN(digitsOf(text[a.start:s.end])) &&
		!(separator == " " && amongNumbers(text, a.start, s.end))
}

// amongNumbers reports whether other digits stand next to a place, with a space
// between.
func amongNumbers(text string, start, end int) bool {
	before := byteAt(text, start-1) == ' ' && asciiDigit(byteAt(text, start-2))
	after := byteAt(text, end) == ' ' && asciiDigit(byteAt(text, end+1))
	return before || after || byteAt(text, start-1) == '+'
}

// findIBANs adds the IBANs of a text: a country's code and check digits, as many
// letters and digits as its IBANs have, each where they have it, with single spaces or
// hyphens between, the first of them behind the check digits, which are valid.
func findIBANs(p plainText, add func(finding)) {
	for i := 0; i+4 < len(p.text); i++ {
		if !asciiDigit(p.text[i+2]) || !asciiDigit(p.text[i+3]) || !asciiLetter(p.text[i]) || !asciiLetter(p.text[i+1]) || !beginsWord(p.text, i) || asciiDigit(byteAt(p.text, i-1)) {
			continue
		}
		if end := ibanEnd(p.text, i); end > 0 {
			f := p.span(findIBAN, i, end)
			f.text = strings.ReplaceAll(f.text, "-", " ")
			add(f)
			i = end - 1
		}
	}
}

// ibanEnd returns where the IBAN ends that begins at a place, and 0 if there is
// none.
func ibanEnd(text string, start int) int {
	length := ibanLength(strings.ToUpper(text[start : start+2]))
	if length == 0 {
		return 0
	}
	chars, spaced := make([]byte, 0, 34), false
	for i := start; i < len(text); i++ {
		b := text[i]
		switch {
		case asciiDigit(b):
			chars = append(chars, b)
		case asciiLetter(b):
			chars = append(chars, b&^0x20)
		case (b == ' ' || b == '-') && text[i-1] != b && (i == start+4 || spaced):
			spaced = true
			continue
		default:
			return 0
		}
		if len(chars) == length {
			if next := byteAt(text, i+1); asciiDigit(next) || !endsWord(text, i+1) || !isIBAN(string(chars)) {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// findIPs adds the IP addresses of a text. Four numbers with dots behind a word
// such as "version" are none.
func findIPs(p plainText, add func(finding)) {
	text := p.text
	for i := 0; i < len(text); {
		if !inAddress(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && inAddress(text[end]) {
			end++
		}
		if e := addressEnd(text, i, end); e > 0 {
			add(p.span(findIP, i, e))
		} else if start := strings.LastIndexByte(text[i:end], ':') + 1; start > 0 { // "ip:192.0.2.1"
			if e := addressEnd(text, i+start, end); e > 0 {
				add(p.span(findIP, i+start, e))
			}
		}
		i = end
	}
}

func inAddress(b byte) bool {
	return asciiDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'f' || b == ':' || b == '.'
}

// versionWords stand before four numbers that are a version or a section.
var versionWords = []string{"version", "ver.", "ver ", "release", "build", "firmware", "driver", "revision", "section", "chapter", "kapitel", "abschnitt", "§", "v. "}

// addressEnd returns where the address ends that begins at start, and 0 if there
// is none. A dot or colon at its end is punctuation, and so is a colon and a port.
func addressEnd(text string, start, end int) int {
	const longest = 45 // "0000:…:0000:255.255.255.255"
	word := text[start:end]
	if len(word) < len("::1") || len(word) > longest+len(":65535.") || !strings.ContainsAny(word, digits) {
		return 0
	}
	if r, _ := utf8.DecodeLastRuneInString(text[:start]); start > 0 && (r == '_' || unicode.IsLetter(r) && !unspaced(r) || unicode.IsDigit(r)) {
		return 0
	}
	if r, _ := utf8.DecodeRuneInString(text[end:]); end < len(text) && (r == '_' || unicode.IsLetter(r) && !unspaced(r)) {
		return 0
	}
	trimmed := strings.TrimRight(word, ".")
	if strings.HasSuffix(trimmed, ":") && !strings.HasSuffix(trimmed, "::") {
		trimmed = trimmed[:len(trimmed)-1]
	}
	addr, err := netip.ParseAddr(trimmed)
	if last := strings.LastIndexByte(trimmed, ':'); err != nil && last > 0 {
		trimmed = trimmed[:last]
		addr, err = netip.ParseAddr(trimmed)
	}
	if err != nil || addr.Is4() && hasKeyword(text, start, 12, versionWords) {
		return 0
	}
	return start + len(trimmed)
}
