package anon

import (
	"strings"
	"sync/atomic"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/ff1"
)

// Digits replaces the digits of a value by others, and different values by
// different ones: injective, and reversible with the job's key. The digits 0 to 9
// are encrypted together by FF1 (NIST SP 800-38G Revision 1) with AES-256; a key of
// the job and the domain decides. All else stays as it is and where it is: the
// letters and separators of an S, the sign and the point of an N. "+1 (555)
// 010-9999" keeps its form.
//
// A number keeps the number of digits before and after the point, and none gets
// superfluous zeros, so that numbers stay different as numbers. It has up to 38
// digits in all.
//
// A value with fewer than 6 digits does not fit, as there are too few of that
// length to hide in, and one with more than 1,000 does not either. By chance, one
// value in a million of 6 digits, and fewer of longer ones, stays as it is.
//
// With [PerItem], values differ within an item only, and can clash across items:
// many to one.
func Digits(opts ...Option) dynsync.Transformer { return makeNamed("digits", opts) }

// Alphanumeric replaces the characters 0-9, A-Z and a-z of a string by others of
// these 62, and different strings by different ones: injective, and reversible
// with the job's key, in the manner of [Digits]. All else stays as it is and where
// it is. A digit may become a letter, and a letter another or a digit: the result
// has the value's length and its separators, not its kinds of characters.
//
// A value with fewer than 4 of these characters does not fit, and one with more
// than 1,000 does not either. By chance, one value in 15 million of 4 characters,
// and fewer of longer ones, stays as it is.
func Alphanumeric(opts ...Option) dynsync.Transformer { return makeNamed("alphanumeric", opts) }

var digitsEntry = entry{
	name: "digits", doc: "Other digits in place of the digits; the rest stays. Encrypted by FF1: different values stay different, and the job's key reverses it.",
	takes: "a value with 6 to 1,000 digits, 38 in a number",
	kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.Injective,
	class: dynsync.Independent, keeps: "all but the digits", keepsOf: dynsync.KindS,
	build: func(cfg *config) built { return buildFPE(cfg, digits) },
}

var alphanumericEntry = entry{
	name: "alphanumeric", doc: "Other letters and digits in place of those of ASCII; the rest stays. Encrypted by FF1: different values stay different, and the job's key reverses it.",
	takes: "text with 4 to 1,000 letters and digits of ASCII",
	kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.Injective,
	class: dynsync.Independent, keeps: "all but letters and digits of ASCII",
	build: func(cfg *config) built { return buildFPE(cfg, digits+uppers+lowers) },
}

func buildFPE(cfg *config, alphabet string) built {
	f := &fpe{cfg: cfg, alphabet: alphabet}
	b := built{run: f.encrypt, size: f.size}
	if cfg.perItem {
		b.unique = dynsync.ManyToOne
	}
	return b
}

// An fpe encrypts the characters of an alphabet within texts.
type fpe struct {
	cfg      *config
	alphabet string
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
	key := f.cfg.subkey(in, "ff1")
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
	seed := in.ItemSeed(f.cfg.scope("tweak/ff1"))
	return seed[:]
}

func (f *fpe) encrypt(c *call) (string, error) {
	cipher, err := f.cipher(c.in)
	if err != nil {
		return "", err
	}
	text, ok := c.text, true
	if c.kind == dynsync.KindN {
		text, ok = normalNumber(text)
	}
	numerals := f.numerals(text)
	if !ok || len(numerals) < cipher.MinLen() || len(numerals) > ff1.MaxLen || c.kind == dynsync.KindN && len(numerals) > maxSignificant {
		return "", errMisfit
	}
	tweak := f.tweak(c.in)
	for {
		if err := cipher.Encrypt(tweak, numerals); err != nil {
			return "", err
		}
		// A number walks on along the permutation's cycle until it is in normal
		// form. It ends, as the cycle leads back to the number itself.
		if out := f.replace(text, numerals); c.kind != dynsync.KindN || isNormal(out) {
			return out, nil
		}
	}
}

// size returns how many texts there are with as many characters of the alphabet. Of
// numbers it leaves out those that begin with 0, or end so behind a point.
func (f *fpe) size(c *call) float64 {
	n := len(f.numerals(c.text))
	if c.kind == dynsync.KindN {
		return 0.81 * power(len(f.alphabet), n)
	}
	return power(len(f.alphabet), n)
}

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
