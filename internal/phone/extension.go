package phone

import "strings"

// FindExtension returns where the extension begins that a text ends with, with the separators
// and the label before it, and its digits. A # may stand behind them. Start is -1 if there is
// none, or no number before it.
func FindExtension(text string) (start int, digits string) {
	start, digits = findExtension(text)
	if start < 0 || !isViable(text[:start]) {
		return -1, ""
	}
	return start, digits
}

// cutExtension returns a number without its extension, and the extension's digits, "" if there
// is none.
func cutExtension(number string) (rest, digits string) {
	start, digits := FindExtension(number)
	if start < 0 {
		return number, ""
	}
	return number[:start], digits
}

// The most digits of an extension, by what tells of it.
const (
	mostTold    = 20 // a word
	mostDialled = 15 // two commas or a semicolon
	mostMarked  = 9  // an x, a #, a comma
	mostHashed  = 6  // a # behind it
)

// findExtension returns where the extension begins that a text ends with, with the separators
// before it, and its digits; start is -1 if there is none.
func findExtension(text string) (start int, digits string) {
	body, hashed := strings.CutSuffix(text, "#")
	at := len(strings.TrimRight(body, "0123456789"))
	digits = body[at:]
	if digits == "" || len(digits) > mostTold {
		return -1, ""
	}
	before := text[:at]
	if !hashed && strings.HasSuffix(asciiLower(before), ";ext=") {
		return at - len(";ext="), digits
	}
	start = at
	for _, place := range [...]int{toldStart(before, len(digits)), dialledStart(before, len(digits)), hashedStart(before, len(digits), hashed)} {
		if place >= 0 {
			start = min(start, place)
		}
	}
	if start == at {
		return -1, ""
	}
	return start, digits
}

// toldLabels are words before extensions, in lower case, and markLabels are shorter ones. A
// longer one comes before its end.
var (
	toldLabels = []string{"extension", "extensión", "extensio", "extensi", "xtension", "xtensión", "xtensio", "xtensi", "extn", "ext", "xtn", "xt", "доб", "anexo"}
	markLabels = []string{"int", "x", "#", "~"}
)

// toldStart returns where an extension of n digits begins behind a word or a mark, -1 if there
// is none.
func toldStart(before string, n int) int {
	label := trimColon(strings.TrimRight(before, " \t,-"))
	lower := foldLabel(label)
	for _, word := range toldLabels {
		if strings.HasSuffix(lower, word) {
			return len(strings.TrimRight(label[:len(label)-len(word)], " \t,"))
		}
	}
	for _, mark := range markLabels {
		if n <= mostMarked && strings.HasSuffix(lower, mark) {
			return len(strings.TrimRight(label[:len(label)-len(mark)], " \t,"))
		}
	}
	return -1
}

// dialledStart returns where an extension of n digits begins behind a semicolon or commas, -1
// if there is none.
func dialledStart(before string, n int) int {
	if n > mostDialled {
		return -1
	}
	run := strings.TrimRight(before, " \t,-")
	if label := trimColon(run); label != run {
		if rest := strings.TrimRight(label, ","); rest != label && (n <= mostMarked || strings.HasSuffix(label, ",,")) {
			if n > mostMarked {
				rest = label[:len(label)-len(",,")]
			}
			return len(strings.TrimRight(rest, " \t"))
		}
		run = label
	}
	if rest, ok := strings.CutSuffix(run, ";"); ok {
		return len(strings.TrimRight(rest, " \t"))
	}
	return commasStart(before, n)
}

// commasStart returns where commas begin, and blanks before them, that a text ends with and
// an extension of n digits stands behind; -1 if there are none.
func commasStart(before string, n int) int {
	commas := ","
	if n > mostMarked {
		commas = ",,"
	}
	run := len(strings.TrimRight(before, " \t,-"))
	at := strings.Index(before[run:], commas)
	if at < 0 {
		return -1
	}
	return run + len(strings.TrimRight(before[run:run+at], " \t"))
}

// hashedStart returns where an extension of n digits with a # behind it begins, -1 if there is
// none.
func hashedStart(before string, n int, hashed bool) int {
	start := len(strings.TrimRight(before, " -"))
	if !hashed || n > mostHashed || start == len(before) {
		return -1
	}
	return start
}

// trimColon cuts the colon or dot that a text ends with.
func trimColon(text string) string {
	if text != "" && (text[len(text)-1] == ':' || text[len(text)-1] == '.') {
		return text[:len(text)-1]
	}
	return text
}

// foldLabel returns the end of a text in which labels stand, in lower case. It is as long as
// the text.
func foldLabel(text string) string {
	text = asciiLower(text)
	for _, pair := range [...][2]string{{"Ó", "ó"}, {"Д", "д"}, {"О", "о"}, {"Б", "б"}} {
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	return text
}

// asciiLower returns a text with letters of ASCII in lower case.
func asciiLower(text string) string {
	for i := range len(text) {
		if isLetter(text[i]) && text[i]&0x20 == 0 {
			out := []byte(text)
			for ; i < len(out); i++ {
				if isLetter(out[i]) {
					out[i] |= 0x20
				}
			}
			return string(out)
		}
	}
	return text
}
