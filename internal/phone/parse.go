package phone

import "strings"

const (
	mostText     = 250 // bytes that are read
	leastDigits  = 2   // of a number without its country calling code
	mostDigits   = 17
	longestCode  = 3 // digits of a country calling code
	leastLetters = 3 // letters that stand for digits: "1-800-FLOWERS"
	leastViable  = 3 // digits before the first letter
)

// Parse returns the number that a text is, and false if it is none. What stands before the
// first digit or + is passed over. A number without a country calling code is one of home.
func Parse(text string, home *Region) (n Number, ok bool) {
	if len(text) > mostText {
		return n, false
	}
	number, ok := extract(text)
	if !ok || !isViable(number) {
		return n, false
	}
	number, n.Extension = cutExtension(number)
	code, digits, ok := splitCode(number, home)
	if !ok {
		return n, false
	}
	r := home
	if code == 0 {
		digits, code = normalize(number), int(home.code)
	} else if main := mainOf(code); main.id != home.id {
		r = main
	}
	if len(digits) < leastDigits {
		return n, false
	}
	if rest := r.cutPrefix(digits); r.keeps(len(rest)) {
		digits = rest
	}
	n.Code, n.National = code, digits
	return n, leastDigits <= len(digits) && len(digits) <= mostDigits
}

// keeps reports whether a number of n digits is one without a prefix. If it is too short for
// one, the prefix belonged to it.
func (r *Region) keeps(n int) bool {
	fit := r.fit(n)
	return fit == possible || fit == tooLong
}

// extract returns the part of a text that may be a number. A context that is a number, as
// RFC 3966 has it, comes before it.
func extract(text string) (number string, ok bool) {
	const param = ";phone-context="
	at := strings.Index(text, param)
	if at >= 0 {
		context, _, _ := strings.Cut(text[at+len(param):], ";")
		if !isContext(context) {
			return "", false
		}
		if at > 0 {
			return cutSubaddress(inContext(text[:at], context)), true
		}
	}
	return cutSubaddress(possiblePart(text)), true
}

// inContext returns a number behind the number that is its context.
func inContext(number, context string) string {
	const scheme = "tel:"
	if i := strings.Index(number, scheme); i >= 0 {
		number = number[i+len(scheme):]
	}
	if context[0] == '+' {
		return context + number
	}
	return number
}

func cutSubaddress(number string) string {
	if i := strings.Index(number, ";isub="); i > 0 {
		return number[:i]
	}
	return number
}

// isContext reports whether a text is a context by RFC 3966: a number or a domain.
func isContext(text string) bool {
	if number, ok := strings.CutPrefix(text, "+"); ok {
		return strings.Trim(number, "0123456789-.()") == "" && strings.ContainsAny(number, "0123456789")
	}
	labels := strings.Split(strings.TrimSuffix(text, "."), ".")
	for _, label := range labels {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if b := label[i]; !isDigit(b) && !isLetter(b) && b != '-' {
				return false
			}
		}
	}
	return isLetter(labels[len(labels)-1][0])
}

// possiblePart returns a text from where a number can begin, up to where a second one does:
// "(530) 583-6985 x302/x2303".
func possiblePart(text string) string {
	start := strings.IndexAny(text, "+0123456789")
	if start < 0 {
		return ""
	}
	text = text[start:]
	for i := range len(text) {
		if (text[i] == '/' || text[i] == '\\') && strings.HasPrefix(strings.TrimLeft(text[i+1:], " "), "x") {
			return text[:i]
		}
	}
	return text
}

// isViable reports whether a text can be a number: pluses, three digits with punctuation
// between, then letters, too, and an extension. Two digits alone can be one.
func isViable(text string) bool {
	if len(text) == leastDigits && isDigit(text[0]) && isDigit(text[1]) {
		return true
	}
	i, digits := len(text)-len(strings.TrimLeft(text, "+")), 0
	for ; digits < leastViable; i++ {
		switch n := punctuation(text[i:]); {
		case n > 0:
			i += n - 1
		case i < len(text) && isDigit(text[i]):
			digits++
		default:
			return false
		}
	}
	for least := i; ; {
		n := punctuation(text[i:])
		if n == 0 && i < len(text) && (isDigit(text[i]) || isLetter(text[i])) {
			n = 1
		}
		if n > 0 {
			i += n
			continue
		}
		if i == len(text) {
			return true
		}
		start, _ := findExtension(text)
		return start >= least && start <= i
	}
}

// punctuation returns how many bytes the punctuation of numbers has that a text begins with,
// 0 for none.
func punctuation(text string) int {
	if text == "" {
		return 0
	}
	switch text[0] {
	case '-', 'x', 'X', ' ', '(', ')', '.', '[', ']', '/', '~', '*':
		return 1
	}
	for _, other := range [...]string{"⁓", "∼", "ー"} {
		if strings.HasPrefix(text, other) {
			return len(other)
		}
	}
	return 0
}

// normalize returns the digits of a text, and those that letters stand for if there are
// three or more.
func normalize(text string) string {
	letters, digits := 0, 0
	for i := range len(text) {
		if isDigit(text[i]) {
			digits++
		} else if isLetter(text[i]) {
			letters++
		}
	}
	if digits == len(text) {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		switch b := text[i]; {
		case isDigit(b):
			out = append(out, b)
		case isLetter(b) && letters >= leastLetters:
			out = append(out, keypad[b|0x20-'a'])
		}
	}
	return string(out)
}

// keypad are the digits of letters (ITU-T E.161).
const keypad = "22233344455566677778889999"

func isDigit(b byte) bool { return b-'0' < 10 }

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// splitCode returns the country calling code of a number and the digits behind it, code 0 if
// it has none, and false if what should be one is none.
func splitCode(number string, home *Region) (code int, digits string, ok bool) {
	if rest := strings.TrimLeft(number, "+"); rest != number {
		digits = normalize(rest)
		if len(digits) <= leastDigits {
			return 0, "", false
		}
		if code, digits := codeOf(digits); code != 0 {
			return code, digits, true
		}
		code, digits, ok = splitCode(rest, home) // someone wrote a + before another number
		return code, digits, ok && code != 0
	}
	digits = normalize(number)
	if n := home.lengthOfIDD(digits); n > 0 {
		if digits = digits[n:]; len(digits) <= leastDigits {
			return 0, "", false
		}
		code, digits = codeOf(digits)
		return code, digits, code != 0
	}
	code, digits = home.cutOwnCode(digits)
	return code, digits, true
}

// codeOf returns the country calling code that digits begin with, and those behind it; 0 if
// they begin with none.
func codeOf(digits string) (code int, rest string) {
	for n := range min(longestCode, len(digits)) {
		code = code*10 + int(digits[n]-'0')
		if code == 0 {
			return 0, ""
		}
		if len(regionsOf(code)) > 0 {
			return code, digits[n+1:]
		}
	}
	return 0, ""
}

// lengthOfIDD returns how many digits the prefix of calls abroad has that digits begin with.
// No country calling code begins with 0.
func (r *Region) lengthOfIDD(digits string) int {
	m := match(r.idd, digits)
	if m.end < len(digits) && m.end > 0 && digits[m.end] == '0' {
		return 0
	}
	return max(0, m.end)
}

// cutOwnCode returns the region's country calling code and the number behind it, if digits
// are a number only with it; else 0.
func (r *Region) cutOwnCode(digits string) (code int, rest string) {
	n := 1
	for limit := uint16(10); limit <= r.code; limit *= 10 {
		n++
	}
	if len(digits) < n || valueOf(digits[:n]) != int(r.code) {
		return 0, ""
	}
	rest = r.cutPrefix(digits[n:])
	if !r.isGeneral(digits) && r.isGeneral(rest) || r.fit(len(digits)) == tooLong {
		return int(r.code), rest
	}
	return 0, ""
}

func valueOf(digits string) (n int) {
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}
