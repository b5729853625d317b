package pseudonym

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"github.com/dynsync/dynsync/internal/wire"
)

// seedTag begins the message that a seed is made of, where that of a value has
// its kind.
const seedTag = byte(wire.Invalid)

// stream makes the random words of one value after another, as the package
// comment has it.
type stream struct {
	key    [sha256.Size]byte // of the item
	digest [sha256.Size]byte // of the value: the first words
	read   int               // how many bytes of digest were given out
	seeded bool              // rest goes on where digest ends
	rest   rand.ChaCha8
	msg    []byte // the scratch space of hash; cleared after use
}

// startItem goes to the item with the given key. The root is the key of its key.
func (s *stream) startItem(root *[32]byte, itemKey []byte) {
	s.msg = append(s.msg[:0], root[:]...)
	s.msg = binary.AppendUvarint(s.msg, uint64(len(itemKey)))
	s.msg = append(s.msg, itemKey...)
	s.key = s.hash()
}

// startValue goes to the first word of a value, which is in canonical form.
func (s *stream) startValue(kind wire.Kind, path, value []byte) {
	s.msg = append(s.msg[:0], s.key[:]...)
	s.msg = appendMessage(s.msg, kind, path, value)
	s.digest = s.hash()
	s.read, s.seeded = 0, false
}

// appendMessage appends what stands for a value at a place. No message is the
// beginning of another: the lengths come first. They take a byte each where
// they can, since SHA-256 has one more block to do for a key and a message of
// more than 55 bytes, and another for each 64 more.
func appendMessage(dst []byte, kind wire.Kind, path, value []byte) []byte {
	dst = append(dst, byte(kind))
	dst = binary.AppendUvarint(dst, uint64(len(path)))
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	dst = append(dst, path...)
	return append(dst, value...)
}

// hash returns the hash of msg, and clears it.
func (s *stream) hash() [sha256.Size]byte {
	sum := sha256.Sum256(s.msg)
	s.msg = emptied(s.msg)
	return sum
}

// word returns the next word.
func (s *stream) word() uint64 {
	if s.read == len(s.digest) {
		return s.wordOfRest()
	}
	x := binary.LittleEndian.Uint64(s.digest[s.read:])
	s.read += 8
	return x
}

func (s *stream) wordOfRest() uint64 {
	if !s.seeded {
		s.msg = append(s.msg[:0], s.key[:]...)
		s.msg = append(s.msg, seedTag)
		s.msg = append(s.msg, s.digest[:]...)
		s.rest.Seed(s.hash())
		s.seeded = true
	}
	return s.rest.Uint64()
}

// below returns a number in [0, n), each as likely as the others. It is written
// here, and not math/rand/v2's, since pseudonyms have to be the same whatever
// version of Go computes them.
func (s *stream) below(n uint64) uint64 {
	for {
		if hi, lo := bits.Mul64(s.word(), n); lo >= -n%n {
			return hi
		}
	}
}

// appendBytes appends n random bytes.
func (s *stream) appendBytes(dst []byte, n int) []byte {
	for ; n >= 8; n -= 8 {
		dst = binary.LittleEndian.AppendUint64(dst, s.word())
	}
	if n > 0 {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], s.word())
		dst = append(dst, b[:n]...)
	}
	return dst
}

// digits yields decimal digits. One draw gives 18 of them. The zero digits begin with a
// draw.
type digits struct {
	pool uint64
	left int
}

func (d *digits) next(s *stream) byte {
	if d.left == 0 {
		d.pool, d.left = s.below(1e18), 18
	}
	c := '0' + byte(d.pool%10)
	d.pool /= 10
	d.left--
	return c
}

// letters yields numbers of letters, 0 to 25. One draw gives 12 of them.
type letters struct {
	pool uint64
	left int
}

func (l *letters) next(s *stream) byte {
	const power12 = 26 * 26 * 26 * 26 * 26 * 26 * 26 * 26 * 26 * 26 * 26 * 26
	if l.left == 0 {
		l.pool, l.left = s.below(power12), 12
	}
	c := byte(l.pool % 26)
	l.pool /= 26
	l.left--
	return c
}
