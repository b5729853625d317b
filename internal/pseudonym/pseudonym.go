// Package pseudonym makes the values that dynsync writes in place of those no
// rule speaks about: keyed, repeatable, of the same DynamoDB type, and of about
// the same size.
//
// # How
//
// A [Key] is stretched by HKDF-SHA256 into subkeys, and from there on there is
// one keyed function, F(k, m) = SHA-256(k ‖ m) with k of 32 bytes:
//
//	table key = F(subkey "item/2", len(table) ‖ table)
//	item key  = F(table key, len(key) ‖ key)
//	digest    = F(item key, kind ‖ len(path) ‖ len(value) ‖ path ‖ value)
//	seed      = F(item key, 0 ‖ digest)
//
// A key of an environment has other subkeys of all these labels (see [Later]). Table is the
// name of the table, key stands for the item's key attributes, path for
// the place in the item. The
// value is in a canonical form: strings decoded, numbers in DynamoDB's normal
// form, binary decoded, booleans t or f. A kind is one byte (1 S, 2 N, 3 B, 4
// BOOL, 8 SS, 9 NS, 10 BS), a length an unsigned varint of [encoding/binary]. So
// the same value at the same place of the same item gives the same pseudonym in
// every run and however it is written, and equal values in other tables or items, or
// elsewhere in the item, get unrelated ones.
//
// No message of F is the beginning of another under the same key: lengths come
// before what they measure, and 0 is no kind. On such messages F cannot be told
// from a random function by whoever lacks the key, if SHA-256's compression
// function cannot (keyed through its chaining value, or through the first half of its
// block; HMAC needs the former, and the latter with nothing else in the block): M. Bellare, R. Canetti, H. Krawczyk, "Pseudorandom functions
// revisited: the cascade construction and its concrete security", FOCS 1996.
// Length extension does not apply, since no message extends another. HMAC would
// need none of this, and twice the time.
//
// The random stream of a value is a row of 64-bit words. The first four are the
// digest, little-endian. The others are those of ChaCha8 under the seed, as
// https://c2sp.org/chacha8rand specifies it. Few values get there: a token of 32
// characters and a number of 38 digits hardly ever do.
//
// Transformers that make pseudonyms of their own draw from seeds, which a [Seeder] makes:
//
//	domain key = F(subkey "seed/1", use ‖ len(domain) ‖ domain)
//	seed       = F(domain key, len(place) ‖ len(value) ‖ place ‖ value)
//
// Use is one byte, 1 for seeds of a value and 2 for seeds of a value at a place of an item.
// A value begins with the letter of its kind, S, N or B, and goes on in canonical form; one of
// another kind is its DynamoDB JSON. Here too no message is the beginning of another.
//
// # What is read off the stream
//
//   - A number below n: the upper half of the product of n and a word. The word
//     is passed over where the lower half is below 2⁶⁴ mod n.
//   - Tokens: ten characters of a word, each chosen by six bits, lowest first,
//     from A-Z, a-z, 0-9. 62 and 63 are passed over.
//   - Digits: 18 of a number below 10¹⁸, the last digit first. A digit that must
//     not be 0 is one more than a number below 9.
//   - Letters of shapes: 12 of a number below 26¹², likewise. Letters and digits
//     are drawn apart.
//   - Bytes: those of the words, little-endian.
//   - Booleans: the highest bit of a word, set for true.
//
// Each member of a set has its own stream. They go in the order of their
// canonical forms. Where a pseudonym is taken, another is read off the stream,
// and after 16 the next that is free is sought by counting.
//
// # What comes out
//
//   - S: letters and digits: 16, or as [Options].AtLeast says, and for a string of
//     more bytes in UTF-8 as many as the next power of two. With [Options].Shape,
//     the string's own shape.
//   - N: the same sign, number of digits and number of decimals. Only the first
//     38 digits differ; zeros behind them stay. A single digit becomes a digit.
//   - B: random bytes, 16 or a power of two of them likewise.
//   - BOOL: true or false.
//   - SS, NS, BS: each member as above. Members that differ stay different, and
//     neither the order of the members nor its traces are kept.
//   - NULL, and empty strings, binaries and members: themselves.
//
// # What it does not hide
//
//   - Whether an attribute is there, its kind, NULL, and emptiness.
//   - Whether a string or binary is longer than 16 bytes, or what AtLeast says, and
//     of longer ones the length to a factor of two, which can be enough to find an
//     item whose value is much longer than all others. With Shape
//     the exact number of characters, their case, and all punctuation: a phone
//     number still looks like one, and a code of much punctuation and few
//     letters is close to clear text.
//   - The sign and order of magnitude of a number, and how many decimals it has: what
//     reads amounts, ages and ids would break on others. So 9 and 10 differ.
//   - How many members a set has, and for each its size as above. A set of all
//     ten digits can only become itself.
//   - That a value did not change between two runs with one key: only the
//     pseudonyms of changed values change.
//   - Chance: a pseudonym is drawn without regard to the value, so it equals it
//     now and then. Of two booleans, one keeps its value, and of ten one-digit
//     numbers, one. (Never drawing the value itself would say more about it.)
//   - Anything at all from somebody who has the key: they can compute the
//     pseudonym of a guess.
//
// Values of BOOL and of few digits are many to one. A key attribute must not be
// replaced by this package: two items could end on one key.
package pseudonym

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/dynsync/dynsync/internal/wire"
)

// ErrDuplicateMember says that a set holds a member twice, numbers compared by
// value. DynamoDB stores no such set.
var ErrDuplicateMember = errors.New("pseudonym: a set holds a member twice")

// maxKept is the capacity up to which a generator keeps a buffer, in bytes. It
// fits nearly all values; one generator per worker must not hold a buffer of
// the longest value it ever saw.
const maxKept = 64 << 10

// DefaultLeast is the length of the shortest pseudonym of a string or binary, in bytes:
// most words that stand for one of a few ("male", "female", "overdue") are no longer.
const DefaultLeast = 16

// Options choose the form of a pseudonym. The zero Options are the default.
type Options struct {
	// AtLeast is the length of the shortest pseudonym of a string or binary, in
	// bytes. 0 stands for DefaultLeast.
	AtLeast int

	// ExactLength keeps sizes instead of rounding them up, for an item that
	// would grow over DynamoDB's limit: strings and binaries keep their length
	// in bytes, and zeros at the end of a whole number stay, since DynamoDB
	// charges nothing for them. Members of a set may get longer where more of
	// them have one or two bytes than there are tokens of that length. A 0 may
	// become a digit that takes a byte more. It has no effect on Shape, under
	// which no string grows.
	ExactLength bool

	// Shape replaces the characters of a string one by one: an upper case
	// letter by an upper case ASCII letter, a lower case one by a lower case
	// one, a digit by an ASCII digit; ASCII punctuation and spaces stay, and
	// anything else becomes a lower case letter. A string in which no more than
	// one character would be replaced becomes a token, and so does a member of a
	// set that has more members of one shape than the shape has strings.
	Shape bool
}

// Generator makes pseudonyms. It is not safe for concurrent use; make one for
// each worker with [Key.NewGenerator] (the zero Generator is not usable). Once
// its buffers have grown it allocates nothing, except for values of nearly
// 64 KiB and more.
type Generator struct {
	root [32]byte // the table key, which items' keys are derived from
	rand stream
	text []byte // of the value, where it can't be used as it stands; cleared after use
	set  set
}

// NewGenerator returns a generator for the items of a table. It stands at one without
// a key.
func (k *Key) NewGenerator(table string) *Generator {
	subkey := k.Subkey(itemLabel)
	msg := binary.AppendUvarint(subkey[:], uint64(len(table)))
	g := &Generator{root: sha256.Sum256(append(msg, table...))}
	g.StartItem(nil)
	return g
}

// Format implements [fmt.Formatter]: every verb prints the type alone.
func (g *Generator) Format(s fmt.State, _ rune) { fmt.Fprint(s, "pseudonym.Generator") }

// StartItem goes to the item with the given key, in some canonical form. The
// bytes are not kept.
func (g *Generator) StartItem(itemKey []byte) { g.rand.startItem(&g.root, itemKey) }

// AppendValue appends the pseudonym of a value to dst. Both are attribute
// values in DynamoDB JSON, of the same kind: S, N, B, BOOL, NULL, SS, NS or BS.
// The value is validated and shares no memory with dst, the path is any
// unambiguous form of its place in the item. Errors (a map or list, a number
// that DynamoDB does not take, [ErrDuplicateMember]) hold nothing of the value,
// and dst is as it was then.
func (g *Generator) AppendValue(dst, path, value []byte, o Options) ([]byte, error) {
	kind, payload := wire.Payload(value)
	switch kind {
	case wire.S:
		text := g.unquote(payload)
		if len(text) == 0 {
			return append(dst, value...), nil
		}
		g.rand.startValue(kind, path, text)
		dst = wire.CloseText(g.appendString(wire.OpenText(dst, wire.S), text, o))
	case wire.N:
		text := g.unquote(payload)
		n := len(g.text)
		var err error
		if g.text, err = wire.AppendNumber(g.text, text); err != nil {
			g.forget()
			return dst, fmt.Errorf("pseudonym: %w", err)
		}
		g.rand.startValue(kind, path, g.text[n:])
		dst = wire.CloseText(g.appendNumber(wire.OpenText(dst, wire.N), g.text[n:], o))
	case wire.B:
		g.text = wire.AppendBytes(g.text, value)
		if len(g.text) == 0 {
			return append(dst, value...), nil
		}
		g.rand.startValue(kind, path, g.text)
		n := len(g.text)
		clear(g.text)
		g.text = g.rand.appendBytes(g.text[:0], length(n, o))
		dst = wire.AppendB(dst, g.text)
	case wire.BOOL:
		g.rand.startValue(kind, path, payload[:1])
		dst = wire.AppendBOOL(dst, g.rand.word()>>63 == 1)
	case wire.NULL:
		return append(dst, value...), nil
	case wire.SS, wire.NS, wire.BS:
		return g.appendSet(dst, path, value, kind, o)
	default:
		return dst, fmt.Errorf("pseudonym: there is none for a value of kind %v", kind)
	}
	g.forget()
	return dst, nil
}

// unquote returns what a JSON string stands for: what is between its quotes, or
// the text, which was empty, where that has escapes.
func (g *Generator) unquote(quoted []byte) []byte {
	raw := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	g.text = wire.AppendUnquote(g.text, raw)
	return g.text
}

// forget clears and empties the text.
func (g *Generator) forget() {
	g.text = emptied(g.text)
}

// length returns the length of the pseudonym of a string or binary of n bytes.
func length(n int, o Options) int {
	if o.ExactLength {
		return n
	}
	least := o.AtLeast
	if least == 0 {
		least = DefaultLeast
	}
	if n <= least {
		return least
	}
	return 1 << bits.Len(uint(n-1))
}
