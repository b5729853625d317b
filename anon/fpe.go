package anon

import (
	"strings"
	"sync/atomic"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/ff1"
)

// Digits encrypts the digits 0 to 9 of a value by FF1 (NIST SP 800-38G Revision 1) with
// AES-256, under a key derived from the job's key and the domain. It is
// format-preserving and injective, and the job's key reverses it. All other characters
// stay in place: the letters and separators of an S, the sign and the point of an N.
// "+1 (555) 010-9999" keeps its form.
//
// A number may have up to 38 digits. It keeps the number of digits before and after the
// point and gets no superfluous zeros, so different numbers stay different. A whole number
// of up to 6 digits counts as having 6, zeros in front included: it becomes any whole number
// of up to 6 digits. [Counter] keeps to a smaller range.
//
// A whole number that programs hold in 32, 53 or 64 bits, signed or not, and that has as
// many digits as the greatest of these, becomes another that they hold, so that an int64
// stays one. So does a string of 19 or 20 digits alone. One that is greater stays greater.
//
// Digits does not apply to any other value with fewer than 6 digits, which are too few to
// hide in, or with more than 1,000. By chance, one 6-digit value in a million stays as it
// is, and fewer longer ones.
//
// With [PerItem] it is injective only within an item: pseudonyms may collide across
// items.
func Digits(opts ...Option) dynsync.Transformer { return makeNamed("digits", opts) }

var digitsEntry = entry{
	name: "digits", doc: "Encrypts the digits by FF1, which is format-preserving, and keeps all other characters. The job's key reverses it.",
	takes: "a string with 6 to 1,000 digits, or a number that is whole or has 6 to 38 digits",
	kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.UniquenessExact,
	class: dynsync.ClassIndependent, keeps: "all characters except digits", keepsOf: dynsync.KindS,
	build: func(cfg *config) built { return buildFPE(cfg, digits) },
}

func buildFPE(cfg *config, alphabet string) built {
	f := newFPE(cfg, alphabet, "ff1")
	return injective(cfg, built{run: f.encrypt, size: f.size, leaves: f.leaves})
}

// injective returns b of an anonymizer that is so within an item alone with [PerItem].
func injective(cfg *config, b built) built {
	b.permutes = true
	if cfg.perItem {
		b.unique = dynsync.UniquenessNone
	}
	return b
}

// newFPE returns what encrypts the characters of an alphabet, under a key that is
// derived for the use.
func newFPE(cfg *config, alphabet, use string) *fpe {
	return &fpe{cfg: cfg, alphabet: alphabet, use: use}
}

// An fpe encrypts the characters of an alphabet within texts.
type fpe struct {
	cfg      *config
	alphabet string
	use      string
	last     atomic.Pointer[keyed]
}

// A keyed is a cipher and the key that it is made of.
type keyed struct {
	key    [32]byte
	cipher *ff1.Cipher
}

// cipher returns the cipher of the job that a value belongs to. It is made anew
// where one transformer serves jobs of different keys in turn.
func (f *fpe) cipher(in dynsync.Input) (*ff1.Cipher, error) {
	key := f.cfg.subkey(in, f.use)
	if k := f.last.Load(); k != nil && k.key == key {
		return k.cipher, nil
	}
	c, err := ff1.New(key[:], len(f.alphabet))
	if err != nil {
		return nil, err
	}
	f.last.Store(&keyed{key, c})
	return c, nil
}

// tweak returns what sets items apart.
func (f *fpe) tweak(in dynsync.Input) []byte {
	if !f.cfg.perItem {
		return nil
	}
	in.Value = dynsync.StringValue("")
	seed := in.ItemSeed(f.cfg.scope("tweak-ff1"))
	return seed[:]
}

func (f *fpe) encrypt(c *call) (string, error) {
	if c.kind != dynsync.KindN {
		if limits := limitsOf(c.text); len(limits) > 0 && len(c.text) >= 19 {
			return f.walk(c, c.text, func(out string) bool { return over(limits, out) == over(limits, c.text) })
		}
		return f.encryptText(c, c.text)
	}
	text, ok := normalNumber(c.text)
	switch {
	case !ok || len(f.numerals(text)) > maxSignificant:
		return "", errMisfit
	case isShort(text):
		return f.encryptShort(c, text)
	}
	limits := limitsOf(text)
	return f.walk(c, text, func(out string) bool { return isNormal(out) && over(limits, out) == over(limits, text) })
}

// integerLimits are the greatest numbers that programs hold as integers: of 32 bits, of 53
// in a float64, and of 64, by the number of their digits.
var integerLimits = map[int][]string{
	10: {"2147483647", "4294967295"},
	16: {"9007199254740991"},
	19: {"9223372036854775807"},
	20: {"18446744073709551615"},
}

// limitsOf returns the limits that have as many digits as the text of a whole number; none
// for another text.
func limitsOf(text string) []string {
	number := strings.TrimPrefix(text, "-")
	if !allIn(number, digits) {
		return nil
	}
	return integerLimits[len(number)]
}

// over returns how many of the limits a number of as many digits passes. Integers of 32 and
// of 64 bits go one further below zero than above.
func over(limits []string, text string) int {
	number, negative := strings.CutPrefix(text, "-")
	n := 0
	for _, limit := range limits {
		if number > limit && !(negative && isNegated(number, limit)) {
			n++
		}
	}
	return n
}

// isNegated reports whether a number is the least integer below zero, without its sign, of
// those up to a limit.
func isNegated(number, limit string) bool {
	return number == "2147483648" && limit == "2147483647" || number == "9223372036854775808" && limit == "9223372036854775807"
}

// shortDigits is how many digits a whole number has at least, with zeros in front: the
// fewest that FF1 encrypts.
const shortDigits = 6

// isShort reports whether the text of a number is that of a whole number of up to
// shortDigits digits.
func isShort(text string) bool {
	return len(strings.TrimPrefix(text, "-")) <= shortDigits && !strings.Contains(text, ".")
}

// encryptShort encrypts a number that isShort. Minus zero would be zero.
func (f *fpe) encryptShort(c *call, text string) (string, error) {
	number, negative := strings.CutPrefix(text, "-")
	zeros := strings.Repeat("0", shortDigits)
	out, err := f.walk(c, zeros[len(number):]+number, func(out string) bool { return !negative || out != zeros })
	if err != nil {
		return "", err
	}
	out = strings.TrimLeft(out[:shortDigits-1], "0") + out[shortDigits-1:]
	if negative {
		return "-" + out, nil
	}
	return out, nil
}

// encryptText encrypts the characters of the alphabet in text.
func (f *fpe) encryptText(c *call, text string) (string, error) {
	return f.walk(c, text, func(string) bool { return true })
}

// walk encrypts text, along the permutation's cycle, until the result is one that is
// wanted, as the text itself is. It ends, as the cycle leads back to the text.
func (f *fpe) walk(c *call, text string, wanted func(string) bool) (string, error) {
	cipher, err := f.cipher(c.in)
	if err != nil {
		return "", err
	}
	numerals := f.numerals(text)
	if len(numerals) < cipher.MinLen() || len(numerals) > ff1.MaxLen {
		return "", errMisfit
	}
	tweak := f.tweak(c.in)
	for {
		if err := cipher.Encrypt(tweak, numerals); err != nil {
			return "", err
		}
		if out := f.replace(text, numerals); wanted(out) {
			return out, nil
		}
	}
}

// fewestOfAKind is the least share of the numbers of a number of digits that are as large
// as programs hold, or larger: those of 19 digits above 63 bits.
const fewestOfAKind = 0.077

// size returns how many texts there are at least with as many characters of the alphabet.
// Of numbers it leaves out those that begin with 0, or end so behind a point, and those
// that are beyond a limit where the number is not, or within it where the number is beyond.
func (f *fpe) size(c *call) float64 {
	switch {
	case c.kind == dynsync.KindN && isShort(c.text):
		return power(len(f.alphabet), shortDigits) - 1
	case c.kind == dynsync.KindN || len(limitsOf(c.text)) > 0:
		return fewestOfAKind * f.room(c.text)
	}
	return f.room(c.text)
}

// leaves reports whether text has characters that are not of the alphabet.
func (f *fpe) leaves(text string) bool { return strings.Trim(text, f.alphabet) != "" }

// room returns how many texts there are with as many characters of the alphabet.
func (f *fpe) room(text string) float64 { return power(len(f.alphabet), len(f.numerals(text))) }

// numerals returns the characters of the alphabet in text, as their indexes.
func (f *fpe) numerals(text string) []byte {
	var out []byte
	for i := range len(text) {
		if n := strings.IndexByte(f.alphabet, text[i]); n >= 0 {
			out = append(out, byte(n))
		}
	}
	return out
}

// replace returns text with its characters of the alphabet replaced.
func (f *fpe) replace(text string, numerals []byte) string {
	out := []byte(text)
	for i, b := range out {
		if strings.IndexByte(f.alphabet, b) >= 0 {
			out[i] = f.alphabet[numerals[0]]
			numerals = numerals[1:]
		}
	}
	return string(out)
}

// isNormal reports whether the text of a number has no superfluous zeros.
func isNormal(text string) bool {
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return (len(whole) == 1 || whole[0] != '0') && (!pointed || fraction[len(fraction)-1] != '0')
}
