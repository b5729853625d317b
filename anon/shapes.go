package anon

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/fold"
)

// Mask replaces a string with 8 asterisks; [MaskRune] sets another character.
// [KeepFirst] and [KeepLast] keep characters at the start and the end; the default is
// none. With [PreserveLength], Mask writes one for each character that it does not
// keep. It masks at least half of a string: it keeps nothing of a string shorter than
// twice what the options keep. Pseudonyms may collide. Apart from what is kept there is
// one result, or one for each length with [PreserveLength].
func Mask(opts ...Option) dynsync.Transformer { return makeNamed("mask", opts) }

// Redact replaces a string with "[redacted]" or [Replacement], and a B with the bytes
// of that text. Pseudonyms collide: all values become equal, and a set with more than
// one member fails the item. There is one result.
func Redact(opts ...Option) dynsync.Transformer { return makeNamed("redact", opts) }

// Truncate keeps the first characters of a string, as many as [Length] sets. Length is
// required and has no default. Truncate does not apply to a string of that length or
// shorter, which would stay as it is. Pseudonyms may collide. A string has one result.
func Truncate(opts ...Option) dynsync.Transformer { return makeNamed("truncate", opts) }

// Scramble replaces each letter of a string with a letter a-z of the same case, and
// each digit with a digit. Letters of scripts without case become lower-case letters,
// and letters in circles and squares count as letters. Spaces, punctuation and other
// symbols stay. With [Pattern], Scramble replaces only the parts that match, or the
// whole string if the matches hold at most one letter or digit. It does not apply to a
// string with fewer than 64 results, that is, with at most one letter or digit. Length
// and form stay visible. Pseudonyms may collide.
func Scramble(opts ...Option) dynsync.Transformer { return makeNamed("scramble", opts) }

// KeepFirst sets how many characters [Mask] keeps at the start: 0 to 1,000. The default
// is 0.
func KeepFirst(n int) Option { return option{"keepFirst", n} }

// KeepLast sets how many characters [Mask] keeps at the end: 0 to 1,000. The default is
// 0.
func KeepLast(n int) Option { return option{"keepLast", n} }

// MaskRune sets the one character that [Mask] writes. The default is "*".
func MaskRune(character string) Option { return option{"maskRune", character} }

// Replacement sets the text that [Redact] writes. The default is "[redacted]"; an empty
// text is not legal.
func Replacement(text string) Option { return option{"replacement", text} }

// Pattern sets the parts of a string that [Scramble] replaces, as a regular expression
// of package regexp. The default is the whole string. Characters of classes such as \p{L},
// and of both cases with (?i), are those of the Go release that a program is built with.
func Pattern(expr string) Option { return option{"pattern", expr} }

var shapeEntries = []entry{
	{
		name: "mask", doc: "Replaces the characters of a string with asterisks, except those to keep at the start and the end.",
		kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few: "Apart from what is kept there is one result, or one for each length with [PreserveLength].",
		options: []catalog.Option{
			{Name: "keepFirst", Type: catalog.Int, Doc: "The number of characters to keep at the start.", Default: 0, Max: 1000, Keeps: "the first characters"},
			{Name: "keepLast", Type: catalog.Int, Doc: "The number of characters to keep at the end.", Default: 0, Max: 1000, Keeps: "the last characters"},
			{Name: "maskRune", Type: catalog.String, Doc: "The character to write.", Default: "*"},
			{Name: "preserveLength", Type: catalog.Bool, Doc: "Write one asterisk for each character that is not kept.", Default: false},
		},
		build: buildMask,
	},
	{
		name: "redact", doc: "Replaces the value with a fixed text.",
		kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindB}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few:     "There is one result.",
		ownForm: true,
		options: []catalog.Option{
			{Name: "replacement", Type: catalog.String, Doc: "The text, which must not be empty.", Default: "[redacted]"},
		},
		build: buildRedact,
	},
	{
		name: "truncate", doc: "Keeps the first characters.",
		takes: "longer than the option length", kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.UniquenessNone, keeps: "the first characters",
		few: "A string has one result.",
		options: []catalog.Option{
			{Name: "length", Type: catalog.Int, Doc: "The number of characters to keep.", Min: 1, Max: 400_000, Required: true},
		},
		build: buildTruncate,
	},
	{
		name: "scramble", doc: "Replaces each letter with a letter and each digit with a digit, and keeps all other characters.",
		takes: "text with letters or digits", kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent, keeps: "spaces, punctuation and other symbols",
		options: []catalog.Option{
			{Name: "pattern", Type: catalog.String, Doc: "A regular expression for the parts to replace. The default is the whole string.", Keeps: "what the pattern does not match"},
		},
		build: buildScramble,
	},
}

// maskLen is how many characters Mask writes, whatever the length of a string.
const maskLen = 8

func buildMask(cfg *config) built {
	first, last := int(cfg.number("keepFirst")), int(cfg.number("keepLast"))
	char, sameLength := cfg.text("maskRune"), cfg.flag("preserveLength")
	if utf8.RuneCountInString(char) != 1 || !utf8.ValidString(char) {
		return built{err: errors.New("maskRune must be exactly one character")}
	}
	return built{tries: 1, size: of(1), run: func(c *call) (string, error) {
		n := utf8.RuneCountInString(c.text)
		first, last := first, last
		if 2*(first+last) > n {
			first, last = 0, 0
		}
		masked := maskLen
		if sameLength && !c.generated {
			masked = n - first - last
		}
		start := offsetOf(c.text, first)
		end := start + offsetOf(c.text[start:], n-first-last)
		return c.text[:start] + strings.Repeat(char, masked) + c.text[end:], nil
	}}
}

// offsetOf returns where the first n characters of text end.
func offsetOf(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

func buildRedact(cfg *config) built {
	text := cfg.text("replacement")
	if text == "" {
		return built{err: errors.New("replacement must not be empty; to remove a value, use dynsync.Remove")}
	}
	return built{tries: 1, size: of(1), run: func(*call) (string, error) { return text, nil }}
}

func buildTruncate(cfg *config) built {
	length := int(cfg.number("length"))
	return built{run: func(c *call) (string, error) {
		end := offsetOf(c.text, length)
		if end == len(c.text) {
			return "", errMisfit
		}
		return c.text[:end], nil
	}}
}

func buildScramble(cfg *config) built {
	pattern, err := regexp.Compile(cfg.text("pattern"))
	if err != nil {
		return built{err: err}
	}
	parts := func(text string) [][]int {
		whole := [][]int{{0, len(text)}}
		if pattern.String() == "" {
			return whole
		}
		if found := pattern.FindAllStringIndex(text, -1); scrambled(text, found) >= enough {
			return found
		}
		return whole
	}
	return built{
		needs: true,
		size:  func(c *call) float64 { return scrambled(c.text, parts(c.text)) },
		run:   func(c *call) (string, error) { return c.scrambleParts(c.text, parts(c.text)), nil },
	}
}

// scrambled returns how many results there are with those parts of text scrambled, or
// some number from [enough] on.
func scrambled(text string, parts [][]int) float64 {
	size := 1.0
	for _, part := range parts {
		for _, r := range text[part[0]:part[1]] {
			if size >= enough {
				return size
			}
			size *= float64(max(1, len(alphabetOf(r))))
		}
	}
	return size
}

// scrambleParts scrambles parts of text, given as pairs of offsets in it.
func (d *draw) scrambleParts(text string, parts [][]int) string {
	var out strings.Builder
	done := 0
	for _, part := range parts {
		out.WriteString(text[done:part[0]])
		d.scramble(&out, text[part[0]:part[1]])
		done = part[1]
	}
	out.WriteString(text[done:])
	return out.String()
}

// scramble writes text with other letters and digits. Bytes that are not UTF-8 stay.
func (d *draw) scramble(out *strings.Builder, text string) {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if alphabet := alphabetOf(r); alphabet != "" {
			out.WriteByte(alphabet[d.below(uint64(len(alphabet)))])
		} else {
			out.WriteString(text[:size])
		}
		text = text[size:]
	}
}

// alphabetOf returns what a character is scrambled to one of, or "" if it stays.
// Marks count as letters: some scripts write their vowels so. So do letters in
// circles and squares, which Unicode has among the symbols.
func alphabetOf(r rune) string {
	switch {
	case fold.IsNumber(r):
		return digits
	case fold.IsUpper(r):
		return uppers
	case fold.IsLetter(r) || fold.IsMark(r) || fold.IsLower(r):
		return lowers
	}
	return ""
}
