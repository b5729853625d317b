package anon

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// Mask replaces a string by 8 asterisks, or other characters by [MaskRune], between
// the first characters that [KeepFirst] and the last that [KeepLast] keep, none if
// they are not given. With PreserveLength there is one for each character that is not
// kept. At least half of a string is masked: of one that is shorter than twice what
// is to be kept, nothing is. Many to one. There is one result, or with PreserveLength
// one for each length, but for what is kept.
func Mask(opts ...Option) dynsync.Transformer { return makeNamed("mask", opts) }

// Redact replaces a string by "[redacted]", or by [Replacement], and a B by the bytes
// of that. Many to one: all values are equal, so that a set with more than one member
// fails. There is one result.
func Redact(opts ...Option) dynsync.Transformer { return makeNamed("redact", opts) }

// Truncate keeps the first characters of a string, as many as [Length] says, which
// must be given. A string with no more than that does not fit, as it would stay as it
// is. Many to one. A string has one result.
func Truncate(opts ...Option) dynsync.Transformer { return makeNamed("truncate", opts) }

// Scramble replaces each letter of a string by a letter of a to z of the same
// case, which for scripts without case is lower, and each digit by a digit; letters
// in circles and squares are letters. All else stays: spaces, punctuation, other
// symbols. With [Pattern] only the parts that match are scrambled, and the rest
// stays too, unless the matches hold no more than a letter or a digit: then all of the
// string is scrambled. A string with fewer than 64 results does not fit: one without
// letters and digits, or with just one. Length and form
// remain known. Many to one.
func Scramble(opts ...Option) dynsync.Transformer { return makeNamed("scramble", opts) }

// KeepFirst sets how many characters stay at the start: 0 to 1,000.
func KeepFirst(n int) Option { return option{"keepFirst", n} }

// KeepLast sets how many characters stay at the end: 0 to 1,000.
func KeepLast(n int) Option { return option{"keepLast", n} }

// MaskRune sets the character that [Mask] writes: one, "*" if it is not given.
func MaskRune(character string) Option { return option{"maskRune", character} }

// Replacement sets what [Redact] writes, which is not empty.
func Replacement(text string) Option { return option{"replacement", text} }

// Pattern sets which parts of a string [Scramble] scrambles, by a regular
// expression of package regexp.
func Pattern(expr string) Option { return option{"pattern", expr} }

var shapeEntries = []entry{
	{
		name: "mask", doc: "Asterisks, between first and last characters that stay if asked for.",
		kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.ManyToOne, drawn: true, class: dynsync.Independent,
		few: "There is one result, or with PreserveLength one for each length, but for what is kept.",
		options: []catalog.Option{
			{Name: "keepFirst", Type: catalog.Int, Doc: "How many characters stay at the start.", Default: 0, Max: 1000, Keeps: "the first characters"},
			{Name: "keepLast", Type: catalog.Int, Doc: "How many characters stay at the end.", Default: 0, Max: 1000, Keeps: "the last characters"},
			{Name: "maskRune", Type: catalog.String, Doc: "The character to write.", Default: "*"},
			{Name: "preserveLength", Type: catalog.Bool, Doc: "Write one for each character that does not stay.", Default: false},
		},
		build: buildMask,
	},
	{
		name: "redact", doc: "A fixed text.",
		kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindB}, unique: dynsync.ManyToOne, drawn: true, class: dynsync.Independent,
		few: "There is one result.",
		options: []catalog.Option{
			{Name: "replacement", Type: catalog.String, Doc: "The text.", Default: "[redacted]"},
		},
		build: buildRedact,
	},
	{
		name: "truncate", doc: "The first characters.",
		takes: "longer than the length to keep", kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.ManyToOne, keeps: "the first characters",
		few: "A string has one result.",
		options: []catalog.Option{
			{Name: "length", Type: catalog.Int, Doc: "How many characters stay.", Min: 1, Max: 400_000, Required: true},
		},
		build: buildTruncate,
	},
	{
		name: "scramble", doc: "Other letters and digits in place of the letters and digits; the rest stays.",
		takes: "text with letters or digits", kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.ManyToOne, drawn: true, class: dynsync.Independent, keeps: "spaces, punctuation and other symbols",
		options: []catalog.Option{
			{Name: "pattern", Type: catalog.String, Doc: "The regular expression of the parts to scramble. The default is all.", Keeps: "what the pattern does not match"},
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
		return built{err: errors.New("maskRune must be one character")}
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
		return built{err: errors.New("replacement is empty; dynsync.Remove removes values")}
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
	case unicode.IsNumber(r):
		return digits
	case unicode.IsUpper(r) || unicode.IsTitle(r) || unicode.Is(unicode.Other_Uppercase, r):
		return uppers
	case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.Is(unicode.Other_Lowercase, r):
		return lowers
	}
	return ""
}
