package anon

import (
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/fold"
)

// Length sets the number of characters of a [Token], of those that [Truncate] keeps, or of
// the digits of a [Counter] in a string, with zeros in front. The default of Token is 22;
// the others have none.
func Length(n int) Option { return option{"length", n} }

// MaxLength sets the greatest number of characters of the result. Each anonymizer that
// takes it states the least legal n.
func MaxLength(n int) Option { return option{"maxLength", n} }

// MinLength sets the least number of characters of the result.
func MinLength(n int) Option { return option{"minLength", n} }

// PreserveLength makes the result as long as the value. A length can identify: few
// people have a name of fourteen letters. An anonymizer ignores PreserveLength for a
// length with fewer than 64 results.
func PreserveLength() Option { return option{"preserveLength", true} }

// maxText bounds lengths that an option gives, in characters.
const maxText = 100_000

func maxLengthSpec(least int) catalog.Option {
	return catalog.Option{Name: "maxLength", Type: catalog.Int, Doc: "The greatest number of characters of the result.", Min: float64(least), Max: maxText}
}

func preserveLengthSpec() catalog.Option {
	return catalog.Option{Name: "preserveLength", Type: catalog.Bool, Doc: "Give the result as many characters as the value.", Default: false}
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
	return min(shownLength(call.text), c.maxLength()), true
}

// shownLength returns how many characters a text has as it reads, however it is spelt.
func shownLength(text string) int { return characters(fold.Form(text)) }

// spelling is the spelling of anonymizers that follow the length of a value only with
// the option preserveLength: a text of another length than its canonical form stays.
func (c *config) spelling() func(text, canonical string) string {
	if !c.flag("preserveLength") {
		return nil
	}
	return func(text, canonical string) string {
		if shownLength(text) != shownLength(canonical) {
			return text
		}
		return canonical
	}
}

// cut returns the first n characters of an ASCII text, or all there are.
func cut(text string, n int) string { return text[:min(n, len(text))] }
