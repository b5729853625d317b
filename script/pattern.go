package script

import (
	"strings"

	"github.com/dop251/goja"
)

const (
	word       = `[0-9A-Za-z_]`
	boundary   = `(?:(?<=` + word + `)(?!` + word + `)|(?<!` + word + `)(?=` + word + `))`
	noBoundary = `(?:(?<=` + word + `)(?=` + word + `)|(?<!` + word + `)(?!` + word + `))`

	inLine    = `[^\n\r\u2028\u2029]`
	lineStart = `(?<!` + inLine + `)`
	lineEnd   = `(?!` + inLine + `)`

	nothing = `(?=)`
)

// faithful returns a pattern of a regular expression that matches in the engine what
// the given one matches in JavaScript. The engine has two libraries, and takes the one
// or the other by what is in the pattern, and in the string:
//
//   - \b and \B of one take the letters and digits of every script for parts of words:
//     \b\d+\b would not find the digits of "番号123". They are spelled out.
//   - To both, only \n ends a line for ^ and $ with the flag m: Phone: .*$ would not
//     match before \r\n. To one, a dot is also U+2028. They are spelled out too.
//   - The other reads \p{L} as the letter p and "{L}". An empty lookahead, which it does
//     not have, leaves the pattern to the first, which reads it as JavaScript does.
func faithful(pattern, flags string) string {
	unicode, lines, dotAll := strings.Contains(flags, "u"), strings.Contains(flags, "m"), strings.Contains(flags, "s")
	var out strings.Builder
	class, property := false, false
	for i := 0; i < len(pattern); i++ {
		token := pattern[i : i+1]
		if token == `\` && i+1 < len(pattern) {
			i++
			token = pattern[i-1 : i+1]
		}
		switch {
		case token == `]`:
			class = false
		case class:
		case token == `[`:
			class = true
		case token == `\b`:
			token = boundary
		case token == `\B`:
			token = noBoundary
		case token == `.` && !dotAll:
			token = inLine
		case token == `^` && lines:
			token = lineStart
		case token == `$` && lines:
			token = lineEnd
		}
		property = property || unicode && (token == `\p` || token == `\P`)
		out.WriteString(token)
	}
	if property {
		return nothing + out.String()
	}
	return out.String()
}

// faithfulPattern is how the sandbox makes the patterns of RegExp(pattern, flags).
func (h *host) faithfulPattern(c goja.FunctionCall) goja.Value {
	pattern, flags := c.Argument(0).String(), c.Argument(1).String()
	if p := faithful(pattern, flags); p != pattern {
		return h.rt.ToValue(p)
	}
	return c.Argument(0)
}
