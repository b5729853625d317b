package script

import (
	"strings"

	"github.com/dop251/goja"
)

const (
	word         = "[0-9A-Za-z_]"
	boundary     = "(?:(?<=" + word + ")(?!" + word + ")|(?<!" + word + ")(?=" + word + "))"
	noBoundary   = "(?:(?<=" + word + ")(?=" + word + ")|(?<!" + word + ")(?!" + word + "))"
	toOtherOfTwo = "(?=)"
)

// faithful returns a pattern of a regular expression that matches in the engine what
// the given one matches in JavaScript. The engine has two libraries, and takes the one
// or the other by what is in the pattern, and in the string:
//
//   - \b and \B of one take the letters and digits of every script for parts of words:
//     \b\d+\b would not find the digits of "番号123". They are spelled out.
//   - The other reads \p{L} as the letter p and "{L}". An empty lookahead, which it does
//     not have, leaves the pattern to the first, which reads it as JavaScript does.
func faithful(pattern, flags string) string {
	unicode := strings.Contains(flags, "u")
	var out strings.Builder
	class, property := false, false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '\\' && i+1 < len(pattern):
			i++
			switch e := pattern[i]; {
			case e == 'b' && !class:
				out.WriteString(boundary)
			case e == 'B' && !class:
				out.WriteString(noBoundary)
			default:
				property = property || unicode && (e == 'p' || e == 'P')
				out.WriteString(pattern[i-1 : i+1])
			}
			continue
		}
		out.WriteByte(pattern[i])
	}
	if property {
		return toOtherOfTwo + out.String()
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
