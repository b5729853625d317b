package anon

import (
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// Alphanumeric encrypts the characters 0-9, A-Z and a-z of a string as [Digits]
// encrypts digits: it is injective, and the job's key reverses it. All other characters
// stay in place. A digit may become a letter, and a letter a digit or another letter:
// the result has the value's length and separators, but not its character classes.
//
// [Alphabet] is for identifiers of fewer characters, such as hexadecimal ones, and [Prefix]
// for those that begin with a fixed text, such as "cus_". Check digits are not kept.
//
// It does not apply to a value with fewer than 4 of these characters or more than
// 1,000. By chance, one value in 15 million with 4 of these characters stays as it is,
// and fewer longer ones.
//
// With [PerItem] it is injective only within an item: pseudonyms may collide across
// items.
func Alphanumeric(opts ...Option) dynsync.Transformer { return makeNamed("alphanumeric", opts) }

// Alphabet sets the characters that [Alphanumeric] takes and writes:
//
//	hex        0-9 a-f
//	base32     a-z 2-7 (RFC 4648)
//	base32hex  0-9 a-v (RFC 4648)
//	crockford  0-9 a-z without i, l, o and u
//	base36     0-9 a-z
//	base58     1-9 A-Z a-z without I, O and l
//	base62     0-9 A-Z a-z
//
// Alphanumeric then applies only to text of these characters, ASCII punctuation and
// spaces. There must be a million or more such texts of its length. The first five are
// written in one case: letters are all of lower case or all of upper case, and the
// result has the same case. Text of digits alone has a result of digits alone. By
// default, Alphanumeric takes any text, and encrypts what is of base62.
func Alphabet(name string) Option { return option{"alphabet", name} }

var alphanumericEntry = entry{
	name: "alphanumeric", doc: "Encrypts the ASCII letters and digits by FF1, which is format-preserving, and keeps all other characters. The job's key reverses it.",
	takes: "text with 4 to 1,000 ASCII letters and digits, or of the option alphabet",
	kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.UniquenessExact,
	class: dynsync.ClassIndependent, keeps: "all characters except ASCII letters and digits",
	options: []catalog.Option{
		{Name: "alphabet", Type: catalog.String, Doc: "The characters that are taken and written. hex, base32, base32hex, crockford and base36 keep the case of the value. The default takes any text, and encrypts ASCII letters and digits.", Enum: alphabetNames()},
		{Name: "prefix", Type: catalog.String, Doc: "The text that each value begins with, which stays. Other values are not taken.", Default: "", Keeps: "the prefix"},
	},
	build: buildAlphanumeric,
}

// An alphabet is the characters of identifiers.
type alphabet struct {
	name    string
	digits  string
	letters string // of lower case, if it has one case
	oneCase bool
}

// alphabets are those with a name.
var alphabets = []alphabet{
	{"hex", digits, "abcdef", true},
	{"base32", "234567", lowers, true},
	{"base32hex", digits, "abcdefghijklmnopqrstuv", true},
	{"crockford", digits, "abcdefghjkmnpqrstvwxyz", true},
	{"base36", digits, lowers, true},
	{"base58", "123456789", "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", false},
	{"base62", digits, uppers + lowers, false},
}

func alphabetNames() []string {
	var names []string
	for _, a := range alphabets {
		names = append(names, a.name)
	}
	return names
}

func alphabetNamed(name string) alphabet {
	for _, a := range alphabets {
		if a.name == name {
			return a
		}
	}
	return alphabet{}
}

func buildAlphanumeric(cfg *config) built {
	var f textCipher = newFPE(cfg, digits+uppers+lowers, "ff1")
	if name := cfg.text("alphabet"); name != "" {
		f = newAlphabetCipher(cfg, alphabetNamed(name))
	}
	prefix := cfg.text("prefix")
	return injective(cfg, built{
		leaves: func(text string) bool { return prefix != "" || strings.Trim(text, base62) != "" },
		size:   func(c *call) float64 { return f.room(strings.TrimPrefix(c.text, prefix)) },
		run: func(c *call) (string, error) {
			rest, found := strings.CutPrefix(c.text, prefix)
			if !found {
				return "", errMisfit
			}
			out, err := f.encryptText(c, rest)
			return prefix + out, err
		},
	})
}

// A textCipher encrypts texts.
type textCipher interface {
	encryptText(c *call, text string) (string, error)
	// room returns how many results there are for a text.
	room(text string) float64
}

// An alphabetCipher encrypts texts of an alphabet. In an alphabet of one case, text
// without letters goes to text without letters, and other text to text with one: so a
// result has the case of its text, and two texts never meet in one that has no letters.
type alphabetCipher struct {
	alphabet
	all, digitsOnly *fpe
}

func newAlphabetCipher(cfg *config, a alphabet) *alphabetCipher {
	return &alphabetCipher{a, newFPE(cfg, a.digits+a.letters, "ff1-"+a.name), newFPE(cfg, a.digits, "ff1-"+a.name+"-digits")}
}

func (a *alphabetCipher) encryptText(c *call, text string) (string, error) {
	switch upper, lower := hasUpper(text), hasLower(text); {
	case !a.holds(text) || a.oneCase && upper && lower:
		return "", errMisfit
	case !a.oneCase:
		return a.all.encryptText(c, text)
	case !upper && !lower:
		return a.digitsOnly.encryptText(c, text)
	case lower:
		return a.all.walk(c, text, hasLower)
	}
	out, err := a.all.walk(c, asciiLower(text), hasLower)
	return asciiUpper(out), err
}

func (a *alphabetCipher) room(text string) float64 {
	if a.oneCase && !hasUpper(text) && !hasLower(text) {
		return a.digitsOnly.room(text)
	}
	return a.all.room(asciiLowerIf(a.oneCase, text))
}

// holds reports whether text has only characters of the alphabet, and ASCII
// punctuation and spaces.
func (a *alphabetCipher) holds(text string) bool {
	for i := range len(text) {
		b := text[i]
		if b >= 0x80 || b < ' ' || isAlphanumeric(b) && strings.IndexByte(a.all.alphabet, lowerIf(a.oneCase, b)) < 0 {
			return false
		}
	}
	return true
}

func hasUpper(text string) bool { return strings.ContainsAny(text, uppers) }
func hasLower(text string) bool { return strings.ContainsAny(text, lowers) }

// lowerIf returns an ASCII letter in lower case, if that is asked.
func lowerIf(asked bool, b byte) byte {
	if asked && b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func asciiLower(text string) string { return asciiLowerIf(true, text) }

func asciiLowerIf(asked bool, text string) string {
	out := []byte(text)
	for i, b := range out {
		out[i] = lowerIf(asked, b)
	}
	return string(out)
}

func asciiUpper(text string) string {
	out := []byte(text)
	for i, b := range out {
		if b >= 'a' && b <= 'z' {
			out[i] = b - ('a' - 'A')
		}
	}
	return string(out)
}
