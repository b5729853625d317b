package anon

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/fold"
)

// UUID replaces a UUID, as a string or as the 16 bytes of a B, with a UUID of version 4
// (RFC 9562). Its 122 random bits are derived from the value with the job's key. RFC
// 9562 has version 8 for that purpose, which many validators don't know yet. UUID
// applies to strings with and without hyphens, in braces, and after "urn:uuid:"; the
// result keeps that form, and is in upper case if all letters of the value are. Spellings
// of one UUID, and its 16 bytes, count as equal: their results are spellings of one UUID.
//
// Pseudonyms are practically unique: among n different UUIDs, two collide with a
// probability below n²/2¹²³. It takes [Hyphens].
func UUID(opts ...Option) dynsync.Transformer { return makeNamed("uuid", opts) }

// Hyphens sets whether [UUID] writes hyphens. By default it writes them as the value
// does.
func Hyphens(on bool) Option { return option{"hyphens", on} }

// Token replaces a string with a random-looking token of digits and letters (A-Z and
// a-z), derived with the job's key, and a B with the token's ASCII bytes. Values are
// equal if all of their bytes are.
//
// It takes [Length], 8 to 86 characters of 5.95 bits each; the default is 22, which are
// 130 bits. It takes [Prefix], which does not count towards the length. Pseudonyms are
// practically unique: among n different values, two collide with a probability below
// n²/2¹³¹, or n²/2⁶⁶ with a Length of 11. Shorter tokens may collide.
func Token(opts ...Option) dynsync.Transformer { return makeNamed("token", opts) }

// Prefix sets the text that each [Token] begins with, such as "cus_", or that each value of
// an [Alphanumeric] begins with, which stays. The default is none.
func Prefix(text string) Option { return option{"prefix", text} }

// Hash replaces a string with 64 hexadecimal digits, or a B with 32 bytes: a SHA-256 of
// the value and of a key made of the job's key. A SHA-256 without a key does not hide
// values that can be guessed, such as e-mail addresses and phone numbers: anyone can
// hash every candidate and compare.
//
// Pseudonyms are practically unique: among n different values, two collide with a
// probability below n²/2²⁵⁷. Values are equal if all of their bytes are.
func Hash(opts ...Option) dynsync.Transformer { return makeNamed("hash", opts) }

// String replaces a string with digits and lower-case letters. Their number is random,
// from [MinLength], which is 1 to 100,000 (the default is 1), to [MaxLength], which is
// 2 to 100,000 (the default is 100). With [PreserveLength], the result has as many
// characters as the value, within the bounds that are given; a length of one is not
// kept.
//
// Values are equal if all of their bytes are.
//
// Pseudonyms may collide, except with a MinLength of at least 13 and without
// PreserveLength: among n different values, two then collide with a probability below
// n²/2⁶⁸.
func String(opts ...Option) dynsync.Transformer { return makeNamed("string", opts) }

// base62 is the alphabet of tokens.
const base62 = digits + uppers + lowers

// uniqueChars is how many characters of base36 or base62 count as practically
// unique, and uniqueBase62 of the latter alone: 64 bits.
const (
	uniqueBase36 = 13
	uniqueBase62 = 11
)

var stringsAndBytes = []dynsync.Kind{dynsync.KindS, dynsync.KindB}

var idEntries = []entry{
	{
		name: "uuid", doc: "Replaces a UUID with one of version 4.", takes: "a UUID",
		kinds: stringsAndBytes, unique: dynsync.UniquenessPractical, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{{Name: "hyphens", Type: catalog.Bool, Doc: "Whether to write hyphens. The default is as in the value."}},
		lists:   &spacedList,
		build:   buildUUID,
	},
	{
		name: "token", doc: "Replaces the value with a token of digits and letters.",
		kinds: stringsAndBytes, unique: dynsync.UniquenessPractical, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{
			{Name: "length", Type: catalog.Int, Doc: "The number of characters after the prefix.", Default: 22, Min: 8, Max: 86},
			{Name: "prefix", Type: catalog.String, Doc: "The text that each token begins with.", Default: ""},
		},
		build: buildToken,
	},
	{
		name: "hash", doc: "Replaces the value with a keyed SHA-256 of it, in hexadecimal.",
		kinds: stringsAndBytes, unique: dynsync.UniquenessPractical, drawn: true, class: dynsync.ClassIndependent,
		build: buildHash,
	},
	{
		name: "string", doc: "Replaces the value with random digits and lower-case letters.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{
			{Name: "minLength", Type: catalog.Int, Doc: "The least number of characters of the result.", Default: 1, Min: 1, Max: maxText},
			{Name: "maxLength", Type: catalog.Int, Doc: "The greatest number of characters of the result.", Default: 100, Min: 2, Max: maxText},
			preserveLengthSpec(),
		},
		build: buildString,
	},
}

// uuidBytes is how many bytes a UUID has.
const uuidBytes = 16

// A uuidForm is how a text writes a UUID.
type uuidForm struct {
	before, after  string
	hyphens, upper bool
}

// parseUUID returns the 32 digits of a UUID in lower case, how it is written, and
// false if text is none.
func parseUUID(text string) (digits string, form uuidForm, ok bool) {
	written := fold.Trim(fold.Plain(text))
	text = fold.PlainCase(written)
	if rest, found := strings.CutPrefix(text, "urn:uuid:"); found {
		text, form.before = rest, "urn:uuid:"
	} else if len(text) > 2 && text[0] == '{' && text[len(text)-1] == '}' {
		text, form.before, form.after = text[1:len(text)-1], "{", "}"
	}
	written = written[max(0, len(written)-len(text)-len(form.after)):]
	form.upper = hasUpper(written) && !hasLower(written)
	if len(text) == 36 {
		form.hyphens = true
		if text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
			return "", form, false
		}
		text = text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
	}
	raw, err := hex.DecodeString(text)
	return text, form, err == nil && len(raw) == uuidBytes
}

// foldUUID returns the 32 digits of a UUID. Text of 16 bytes is taken for those.
func foldUUID(text string) (string, bool) {
	if len(text) == uuidBytes {
		return hex.EncodeToString([]byte(text)), true
	}
	digits, _, ok := parseUUID(text)
	return digits, ok
}

// uuidBits is how many bits of a UUID of version 4 are random.
const uuidBits = 122

// spellUUID returns the spelling of UUIDs: as the result is written. Where the option
// says whether that is with hyphens, it is with hyphens.
func spellUUID(cfg *config) func(text, canonical string) string {
	return func(text, canonical string) string {
		if len(text) == uuidBytes {
			return text
		}
		_, form, _ := parseUUID(text)
		form.hyphens = form.hyphens || cfg.has("hyphens")
		raw, _ := hex.DecodeString(canonical)
		return writeUUID([uuidBytes]byte(raw), form)
	}
}

func buildUUID(cfg *config) built {
	return built{canon: foldUUID, spelling: spellUUID(cfg), size: of(power(2, uuidBits)), bits: uuidBits, run: func(c *call) (string, error) {
		raw := drawUUID(c.draw)
		if c.generated {
			return writeUUID(raw, uuidForm{hyphens: !cfg.has("hyphens") || cfg.flag("hyphens")}), nil
		}
		if c.kind == dynsync.KindB {
			return bytesOfUUID(c, raw)
		}
		_, form, ok := parseUUID(c.text)
		if !ok { // 16 characters
			return "", errMisfit
		}
		if cfg.has("hyphens") {
			form.hyphens = cfg.flag("hyphens")
		}
		return writeUUID(raw, form), nil
	}}
}

// bytesOfUUID returns a UUID for a B, which must have 16 bytes.
func bytesOfUUID(c *call, raw [uuidBytes]byte) (string, error) {
	if len(c.text) != uuidBytes {
		return "", errMisfit
	}
	return string(raw[:]), nil
}

func drawUUID(d *draw) (raw [uuidBytes]byte) {
	binary.BigEndian.PutUint64(raw[:8], d.word())
	binary.BigEndian.PutUint64(raw[8:], d.word())
	raw[6] = raw[6]&0x0f | 0x40 // version 4
	raw[8] = raw[8]&0x3f | 0x80 // the variant of RFC 9562
	return raw
}

func writeUUID(raw [uuidBytes]byte, form uuidForm) string {
	text := hex.EncodeToString(raw[:])
	if form.upper {
		text = asciiUpper(text)
	}
	if form.hyphens {
		text = strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
	}
	return form.before + text + form.after
}

func buildToken(cfg *config) built {
	n, prefix := int(cfg.number("length")), cfg.text("prefix")
	b := built{size: of(power(len(base62), n)), bits: bitsOf(len(base62), n), run: func(c *call) (string, error) { return prefix + c.from(base62, n), nil }}
	if n < uniqueBase62 {
		b.unique = dynsync.UniquenessNone
	}
	return b
}

// buildHash does not give out the draw's seed itself, which other anonymizers of
// the same domain draw from.
func buildHash(*config) built {
	return built{size: of(power(2, 256)), bits: 256, run: func(c *call) (string, error) {
		hash := c.source.seed(c.source.use + "-hash")
		sum := hash[:]
		if c.kind == dynsync.KindB {
			return string(sum), nil
		}
		return hex.EncodeToString(sum), nil
	}}
}

func buildString(cfg *config) built {
	least, most := cfg.number("minLength"), cfg.number("maxLength")
	b := built{bits: bitsOf(len(alphanum), int(least)), run: func(c *call) (string, error) {
		lo, hi := stringLengths(cfg, c)
		return c.from(alphanum, int(c.between(lo, hi))), nil
	}}
	b.size = func(c *call) float64 {
		lo, hi := stringLengths(cfg, c)
		return float64(hi-lo+1) * power(len(alphanum), int(lo))
	}
	if least > most && (cfg.has("maxLength") || !cfg.flag("preserveLength")) {
		b.err = errors.New("minLength must not exceed maxLength")
	}
	if least >= uniqueBase36 && !cfg.flag("preserveLength") {
		b.unique = dynsync.UniquenessPractical
	}
	return b
}

// stringLengths returns how many characters a String has at least and at most. A length
// of one is not preserved, since there are 36 such.
func stringLengths(cfg *config, c *call) (lo, hi int64) {
	least, most := cfg.number("minLength"), cfg.number("maxLength")
	given := most
	if !cfg.has("maxLength") {
		given = maxText
	}
	if n := min(max(int64(characters(c.text)), least), max(given, least)); n > 1 && cfg.flag("preserveLength") && !c.generated {
		return n, n
	}
	return least, max(most, least)
}
