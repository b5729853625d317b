package anon

import (
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// ULID encrypts a ULID, as 26 characters of an S or the 16 bytes of a B, by FF1. The
// result is another ULID, in the value's case. It is injective, and the job's key
// reverses it. Characters of both cases in one value are none of a ULID, and neither are
// 26 digits.
//
// The time becomes another one of 1970 to September 2039, 2⁴¹ milliseconds, or, if it is
// outside of these, another one outside. [PreserveTime] keeps it, and with it the order.
//
// With [PerItem] it is injective only within an item: pseudonyms may collide across
// items.
func ULID(opts ...Option) dynsync.Transformer { return makeNamed("ulid", opts) }

// KSUID encrypts a KSUID, as 27 characters of an S or the 20 bytes of a B, by FF1. The
// result is another KSUID, whose time is one of 2014 to 2150. It is injective, and the
// job's key reverses it. [PreserveTime] keeps the time, and with it the order of KSUIDs of
// different seconds.
//
// With [PerItem] it is injective only within an item: pseudonyms may collide across
// items.
func KSUID(opts ...Option) dynsync.Transformer { return makeNamed("ksuid", opts) }

// ObjectID encrypts an ObjectId of MongoDB, as 24 hexadecimal digits of an S or the 12
// bytes of a B, by FF1. The result is another ObjectId, in the value's case, whose time is
// one of 1970 to 2106. It is injective, and the job's key reverses it. Text of both
// cases is not an ObjectId. An ObjectId that is written without letters, one in 80,000,
// becomes another without letters. [PreserveTime] keeps the time, and with it the order of
// ObjectIds of different seconds.
//
// With [PerItem] it is injective only within an item: pseudonyms may collide across
// items.
func ObjectID(opts ...Option) dynsync.Transformer { return makeNamed("objectId", opts) }

// PreserveTime keeps the time of a [ULID], [KSUID] or [ObjectID]: when what it names was
// made.
func PreserveTime() Option { return option{"preserveTime", true} }

var sortableOptions = []catalog.Option{
	{Name: "preserveTime", Type: catalog.Bool, Doc: "Keep the time, and with it the order.", Default: false, Keeps: "the time"},
}

var sortableEntries = []entry{
	{
		name: "ulid", doc: "Encrypts a ULID by FF1; the result is another. The job's key reverses it.", takes: "a ULID",
		kinds: stringsAndBytes, unique: dynsync.UniquenessExact, drawn: true, class: dynsync.ClassIndependent,
		options: sortableOptions, build: buildULID,
	},
	{
		name: "ksuid", doc: "Encrypts a KSUID by FF1; the result is another. The job's key reverses it.", takes: "a KSUID",
		kinds: stringsAndBytes, unique: dynsync.UniquenessExact, drawn: true, class: dynsync.ClassIndependent,
		options: sortableOptions, build: buildKSUID,
	},
	{
		name: "objectId", doc: "Encrypts an ObjectId of MongoDB by FF1; the result is another. The job's key reverses it.", takes: "an ObjectId",
		kinds: stringsAndBytes, unique: dynsync.UniquenessExact, drawn: true, class: dynsync.ClassIndependent,
		options: sortableOptions, build: buildObjectID,
	},
}

// A sortable is a form of identifiers that are a number of so many bytes, which begins
// with a time.
type sortable struct {
	name     string
	bytes    int
	timeBits int
	spare    int // bits of the time that are 0 in usual ones
	alphabet string
	chars    int
	oneCase  bool // letters are of one case, and there is one at least
}

var (
	ulidForm  = sortable{name: "ulid", bytes: 16, timeBits: 48, spare: 7, alphabet: digits + "ABCDEFGHJKMNPQRSTVWXYZ", chars: 26, oneCase: true}
	ksuidForm = sortable{name: "ksuid", bytes: 20, timeBits: 32, alphabet: base62, chars: 27}
)

func buildULID(cfg *config) built  { return ulidForm.build(cfg) }
func buildKSUID(cfg *config) built { return ksuidForm.build(cfg) }

func (s *sortable) build(cfg *config) built {
	kept := 0
	if cfg.flag("preserveTime") {
		kept = s.timeBits
	}
	bits := newFPE(cfg, "01", "ff1-"+s.name)
	return injective(cfg, built{size: of(power(2, 8*s.bytes-max(kept, s.spare))), run: func(c *call) (string, error) {
		if c.generated {
			return s.text(s.draw(c.draw)), nil
		}
		old, ok := s.bits(c)
		if !ok {
			return "", errMisfit
		}
		out, err := s.encrypt(c, bits, old, kept)
		switch {
		case err != nil:
			return "", err
		case c.kind == dynsync.KindB:
			return string(numberIn(out, "01").FillBytes(make([]byte, s.bytes))), nil
		case s.oneCase && hasLower(c.text):
			return asciiLower(s.text(out)), nil
		}
		return s.text(out), nil
	}})
}

// encrypt encrypts the bits of an identifier but those that are kept. A usual time
// becomes a usual one, and another becomes another.
func (s *sortable) encrypt(c *call, f *fpe, old string, kept int) (string, error) {
	usual := s.isUsual(old)
	if usual {
		kept = max(kept, s.spare)
	}
	out, err := f.walk(c, old[kept:], func(rest string) bool {
		made := old[:kept] + rest
		return s.isUsual(made) == usual && s.hasLetter(made)
	})
	return old[:kept] + out, err
}

// bits returns the bits of the identifier of a call, and false if it is none.
func (s *sortable) bits(c *call) (string, bool) {
	if c.kind == dynsync.KindB {
		raw := new(big.Int).SetBytes([]byte(c.text))
		text := digitsOf(raw, "01", 8*s.bytes)
		return text, len(c.text) == s.bytes && s.hasLetter(text)
	}
	text := c.text
	if s.oneCase {
		if hasUpper(text) == hasLower(text) {
			return "", false
		}
		text = asciiUpper(text)
	}
	if len(text) != s.chars || strings.Trim(text, s.alphabet) != "" {
		return "", false
	}
	n := numberIn(text, s.alphabet)
	return digitsOf(n, "01", 8*s.bytes), n.BitLen() <= 8*s.bytes
}

// text returns the identifier of these bits, in upper case if it is of one case.
func (s *sortable) text(bits string) string {
	return digitsOf(numberIn(bits, "01"), s.alphabet, s.chars)
}

func (s *sortable) isUsual(bits string) bool {
	return strings.HasPrefix(bits, strings.Repeat("0", s.spare))
}

func (s *sortable) hasLetter(bits string) bool { return !s.oneCase || hasUpper(s.text(bits)) }

// draw returns the bits of an identifier of a usual time.
func (s *sortable) draw(d *draw) string {
	for {
		bits := strings.Repeat("0", s.spare) + d.from("01", 8*s.bytes-s.spare)
		if s.hasLetter(bits) {
			return bits
		}
	}
}

// numberIn returns the number that text writes with the digits of an alphabet.
func numberIn(text, alphabet string) *big.Int {
	n, base, digit := new(big.Int), big.NewInt(int64(len(alphabet))), new(big.Int)
	for i := range len(text) {
		n.Add(n.Mul(n, base), digit.SetInt64(int64(strings.IndexByte(alphabet, text[i]))))
	}
	return n
}

// digitsOf writes a number with so many digits of an alphabet.
func digitsOf(n *big.Int, alphabet string, length int) string {
	out := make([]byte, length)
	rest, base, digit := new(big.Int).Set(n), big.NewInt(int64(len(alphabet))), new(big.Int)
	for i := range out {
		rest.QuoRem(rest, base, digit)
		out[length-1-i] = alphabet[digit.Int64()]
	}
	return string(out)
}

const (
	objectIDBytes = 12
	objectIDTime  = 8 // hexadecimal digits of the time
)

func buildObjectID(cfg *config) built {
	kept := 0
	if cfg.flag("preserveTime") {
		kept = objectIDTime
	}
	hexadecimal := newAlphabetCipher(cfg, alphabetNamed("hex"))
	return injective(cfg, built{
		size: func(c *call) float64 {
			text := objectIDText(c)
			return hexadecimal.room(text[min(kept, len(text)):])
		},
		run: func(c *call) (string, error) {
			if c.generated {
				return c.from(hexadecimal.all.alphabet, 2*objectIDBytes), nil
			}
			text := objectIDText(c)
			if len(text) != 2*objectIDBytes || strings.Trim(text, digits+uppers+lowers) != "" || hasUpper(text) && hasLower(text) {
				return "", errMisfit
			}
			out, err := hexadecimal.encryptText(c, text[kept:])
			if err != nil || c.kind != dynsync.KindB {
				return text[:kept] + out, err
			}
			raw, err := hex.DecodeString(text[:kept] + out)
			return string(raw), err
		},
	})
}

// objectIDText returns the hexadecimal digits of a call's ObjectId.
func objectIDText(c *call) string {
	if c.kind == dynsync.KindB {
		return hex.EncodeToString([]byte(c.text))
	}
	return c.text
}
