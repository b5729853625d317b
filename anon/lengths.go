package anon

import "github.com/dynsync/dynsync/internal/catalog"

// Length sets how many characters a result has: a [Token] or what [Truncate]
// leaves.
func Length(n int) Option { return option{"length", n} }

// MaxLength bounds the result to n characters. The anonymizers that take it say
// what the least n is.
func MaxLength(n int) Option { return option{"maxLength", n} }

// MinLength makes the result n characters long at least.
func MinLength(n int) Option { return option{"minLength", n} }

// PreserveLength makes the result as long as the value, which can identify: few
// people have a name of fourteen letters. It is given up for values of a length that
// has fewer than 64 results.
func PreserveLength() Option { return option{"preserveLength", true} }

// maxText bounds lengths that an option gives, in characters.
const maxText = 100_000

func maxLengthSpec(least int) catalog.Option {
	return catalog.Option{Name: "maxLength", Type: catalog.Int, Doc: "The greatest length of the result, in characters.", Min: float64(least), Max: maxText}
}

func preserveLengthSpec() catalog.Option {
	return catalog.Option{Name: "preserveLength", Type: catalog.Bool, Doc: "Make the result as long as the value, in characters.", Default: false}
}

// maxLength returns the option maxLength, or maxText where there is none.
func (c *config) maxLength() int {
	if n := c.number("maxLength"); n > 0 {
		return int(n)
	}
	return maxText
}

// preservedLength returns how many characters a result must have by the options
// preserveLength and maxLength, and false if any length is good.
func (c *config) preservedLength(call *call) (int, bool) {
	if call.generated || !c.flag("preserveLength") {
		return 0, false
	}
	return min(characters(call.text), c.maxLength()), true
}

// cut returns the first n characters of an ASCII text, or all there are.
func cut(text string, n int) string { return text[:min(n, len(text))] }
