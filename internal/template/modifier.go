package template

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// A Loss is what modifiers lose of a text, as a set. The zero Loss is none: different
// texts have different results, with sha256 as surely as a hash keeps them apart.
type Loss uint8

// What modifiers lose.
const (
	LosesCase  Loss = 1 << iota // which letters are upper case
	LosesSpace                  // white space at both ends
	LosesMore                   // anything else
)

// A Modifier changes a text before it enters a key.
type Modifier struct {
	kind *kind
	n    int // of kinds that take a number
}

// String returns the modifier as a template has it.
func (m Modifier) String() string {
	if m.kind.most == 0 {
		return m.kind.name
	}
	return m.kind.name + "=" + strconv.Itoa(m.n)
}

// apply returns what the modifier makes of a text, and whether the text fits it. No
// result is empty.
func (m Modifier) apply(text string) (string, bool) {
	out, ok := m.kind.apply(text, m.n)
	return out, ok && out != ""
}

// A kind of modifiers.
type kind struct {
	name  string
	most  int                   // the greatest number that it takes; 0 if it takes none
	least func(text string) int // the least number that fits a text
	takes string                // which texts fit: "takes …"
	loses Loss
	apply func(text string, n int) (string, bool)
}

// maxKey is the number of bytes of DynamoDB's longest key.
const maxKey = 2048

// kinds are all kinds of modifiers, by name.
var kinds = []*kind{
	{name: "digits", takes: "takes a text with a digit", loses: LosesMore, apply: always(digits)},
	{name: "lower", takes: "takes any text", loses: LosesCase, apply: always(mapped(fold.Lower))},
	{name: "max", most: maxKey, least: func(string) int { return 1 }, takes: "takes any text", loses: LosesMore, apply: first},
	{name: "pad", most: maxKey, least: characters, takes: "takes a text that is no longer, and begins with neither 0 (but 0 itself) nor a sign", apply: pad},
	{name: "sha256", takes: "takes any text", apply: always(hash)},
	{name: "trim", takes: "takes a text that is not all white space", loses: LosesSpace, apply: always(fold.Trim)},
	{name: "upper", takes: "takes any text", loses: LosesCase, apply: always(mapped(fold.Upper))},
	{name: "y", takes: "takes a date, such as 2026-05-01, or a date and time", loses: LosesMore, apply: dateTo("2006")},
	{name: "ym", takes: "takes a date, such as 2026-05-01, or a date and time", loses: LosesMore, apply: dateTo("2006-01")},
	{name: "ymd", takes: "takes a date, such as 2026-05-01, or a date and time", loses: LosesMore, apply: dateTo("2006-01-02")},
}

// newModifier returns the modifier of that text, or what is wrong with it.
func newModifier(text string) (Modifier, error) {
	name, number, numbered := strings.Cut(text, "=")
	for _, k := range kinds {
		if k.name != name {
			continue
		}
		n, err := strconv.Atoi(number)
		switch {
		case k.most == 0 && numbered:
			return Modifier{}, fmt.Errorf("the modifier %s takes no number", name)
		case k.most > 0 && (err != nil || n < 1 || n > k.most || strconv.Itoa(n) != number):
			return Modifier{}, fmt.Errorf("the modifier %s needs a number of characters from 1 to %d, as in %s=6", name, k.most, name)
		}
		return Modifier{k, n}, nil
	}
	return Modifier{}, fmt.Errorf("there is no modifier %q; the modifiers are %s (quote a name that contains '|')", text, names())
}

// names returns the modifiers as templates have them.
func names() string {
	var all []string
	for _, k := range kinds {
		name := k.name
		if k.most > 0 {
			name += "=N"
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

// always makes a modifier of a function that takes any text.
func always(f func(string) string) func(string, int) (string, bool) {
	return func(text string, _ int) (string, bool) { return f(text), true }
}

// mapped returns a function that maps each character of a text, and keeps bytes that are
// none, such as those of a lone surrogate.
func mapped(f func(rune) rune) func(string) string {
	return func(text string) string {
		out := make([]byte, 0, len(text))
		for i := 0; i < len(text); {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				out = append(out, text[i])
			} else {
				out = utf8.AppendRune(out, f(r))
			}
			i += size
		}
		return string(out)
	}
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// first returns the first n characters of a text.
func first(text string, n int) (string, bool) {
	i := 0
	for ; n > 0 && i < len(text); n-- {
		i += characterAt(text, i)
	}
	return text[:i], true
}

// characterAt returns the number of bytes of the character at text[i]. A lone surrogate,
// of three bytes, is one.
func characterAt(text string, i int) int {
	r, size := utf8.DecodeRuneInString(text[i:])
	if r == utf8.RuneError && size == 1 && len(text)-i >= 3 && text[i] == 0xED && text[i+1] >= 0xA0 {
		return 3
	}
	return size
}

// characters returns how many characters a text has.
func characters(text string) (n int) {
	for i := 0; i < len(text); n++ {
		i += characterAt(text, i)
	}
	return n
}

// pad puts zeros in front of a text, up to n characters. It takes no text that another
// one could become.
func pad(text string, n int) (string, bool) {
	zeros := n - characters(text)
	if zeros < 0 || text == "" || text[0] == '0' && text != "0" || text[0] == '-' || text[0] == '+' {
		return "", false
	}
	return strings.Repeat("0", zeros) + text, true
}

// dateTo returns a modifier that takes the head of a date, down to what a layout has.
func dateTo(layout string) func(string, int) (string, bool) {
	return func(text string, _ int) (string, bool) {
		date, _, _ := strings.Cut(strings.Replace(text, " ", "T", 1), "T")
		for _, full := range []string{"2006-01-02", "2006-01", "2006"} {
			if _, err := time.Parse(full, date); err == nil && len(layout) <= len(full) {
				return date[:len(layout)], true
			}
		}
		return "", false
	}
}
