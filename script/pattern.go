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

// faithful returns a pattern of a regular expression that matches in the engine what the
// given one matches in JavaScript. The engine has two libraries, and takes the one or the
// other by what is in the pattern, and in the string:
//
//   - \b and \B of one take the letters and digits of every script for parts of words:
//     \b\d+\b would not find the digits of "番号123". They are spelled out.
//   - To both, only \n ends a line for ^ and $ with the flag m: Phone: .*$ would not
//     match before \r\n. They are spelled out too.
//   - One takes negated classes beside alternatives, or behind what may be left out, for
//     classes that they are not: ab|[^\n]1 would not find ab. In such patterns what a
//     class excludes is turned into what it holds, and so are a dot, \W and the like. So
//     are classes that hold \W or the like beside others, in which members would be lost,
//     and \W under the flag i, which would hold the letter k.
//   - The other reads \p{L} as the letter p and "{L}", and forgets the names of groups
//     under the flag u. A property is turned into its characters. Where there are
//     named groups, or a property that is only known to the first, an empty lookahead,
//     which the other does not have, leaves the pattern to the first.
func faithful(pattern, flags string) string {
	d := dialect{unicode: strings.Contains(flags, "u"), fold: strings.Contains(flags, "i"), spell: strings.ContainsAny(pattern, "|?*{")}
	lines, dotAll := strings.Contains(flags, "m"), strings.Contains(flags, "s")
	var out strings.Builder
	class := false
	for i := 0; i < len(pattern); {
		token := tokenAt(pattern[i:], d.unicode)
		if token == `[` && !class {
			if set, n, ok := d.class(pattern[i:]); ok {
				out.WriteString(d.text(set))
				i += n
				continue
			}
		}
		i += len(token)
		switch {
		case printedAs[token] != "":
			token = printedAs[token] // as the engine's source would
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
			if d.spell {
				token = d.text(d.without(lineEnds))
			}
		case token == `.` && d.spell:
			token = d.text(d.without(nil))
		case token == `^` && lines:
			token = lineStart
		case token == `$` && lines:
			token = lineEnd
		case token == `\p` || token == `\P`:
			token = token[1:] // without the flag u, these are letters
		case token == `\d` || token == `\w` || token == `\s`:
		default:
			if set, ok := d.escaped(token); ok && (d.spell || d.fold || len(token) > 2) {
				token = d.text(set)
			}
		}
		out.WriteString(token)
	}
	text := out.String()
	if d.unicode && (strings.Contains(text, "(?<") || strings.Contains(text, `\p{`) || strings.Contains(text, `\P{`)) {
		return nothing + text
	}
	return text
}

// printedAs has what source has for characters that no literal can have as they are.
var printedAs = map[string]string{"/": `\/`, "\n": `\n`, "\r": `\r`}

// printed returns the source of an expression that is made of a pattern.
func printed(pattern string) string {
	var out strings.Builder
	class := false
	for i := 0; i < len(pattern); {
		token := tokenAt(pattern[i:], false)
		i += len(token)
		class = token == `[` || class && token != `]`
		if as := printedAs[token]; as != "" && !(class && token == "/") {
			token = as
		}
		out.WriteString(token)
	}
	return out.String()
}

// tokenAt returns the first byte of a pattern, with what an escape takes.
func tokenAt(pattern string, unicode bool) string {
	if pattern[0] != '\\' || len(pattern) == 1 {
		return pattern[:1]
	}
	if end := strings.IndexByte(pattern, '}'); unicode && end > 3 && (pattern[1] == 'p' || pattern[1] == 'P') && pattern[2] == '{' {
		return pattern[:end+1]
	}
	return pattern[:2]
}

// faithfulPattern is how the sandbox makes the patterns of RegExp(pattern, flags).
func (h *host) faithfulPattern(c goja.FunctionCall) goja.Value {
	pattern, flags := c.Argument(0).String(), c.Argument(1).String()
	if len(pattern) > maxCode {
		h.refuseSize()
	}
	p := faithful(pattern, flags)
	if p == pattern {
		return c.Argument(0)
	}
	pattern = printed(pattern)
	p = distinct(p, pattern, h.given)
	if h.call.patterns == nil {
		h.call.patterns = map[string]string{}
	}
	h.call.patterns[p] = pattern
	return h.rt.ToValue(p)
}

// givenPattern is how the sandbox finds what a faithful pattern was made of.
func (h *host) givenPattern(c goja.FunctionCall) goja.Value {
	if given, ok := h.given(c.Argument(0).String()); ok {
		return h.rt.ToValue(given)
	}
	return c.Argument(0)
}

// given returns what a faithful pattern was made of, and false for what is none.
func (h *host) given(p string) (string, bool) {
	if given, ok := h.call.patterns[p]; ok {
		return given, true
	}
	given, ok := h.program.patterns[p]
	return given, ok
}

// distinct returns p, or what matches the same where given says that p was made of another
// pattern.
func distinct(p, pattern string, given func(string) (string, bool)) string {
	for {
		if was, ok := given(p); !ok || was == pattern {
			return p
		}
		p += `(?:)`
	}
}
