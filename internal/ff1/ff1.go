// Package ff1 is the format-preserving encryption FF1 of NIST SP 800-38G
// Revision 1: a permutation, chosen by a key and a tweak, of the texts of one
// length over one alphabet.
package ff1

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"sync"
)

// MaxLen is the longest text that this package takes, in numerals. FF1 would
// take 2³² of them; the work grows with the square of the length.
const MaxLen = 1000

// minDomain is how many texts of a length there are at least. SP 800-38G
// Revision 1, section 5.1, demands it: fewer can be tried one by one.
const minDomain = 1_000_000

// rounds is the number of Feistel rounds.
const rounds = 10

// Errors of [Cipher.Encrypt] and [Cipher.Decrypt].
var (
	// ErrLength: the text has fewer numerals than [Cipher.MinLen] or more than
	// [MaxLen].
	ErrLength = errors.New("ff1: the length is out of range")
	// ErrNumeral: a numeral is not below the radix.
	ErrNumeral = errors.New("ff1: a numeral is not below the radix")
)

// A Cipher encrypts texts over one alphabet by one key. It is safe for
// concurrent use.
type Cipher struct {
	block  cipher.Block
	radix  int
	minLen int
	pool   sync.Pool // of *state
}

// New returns the cipher of an AES key of 16, 24 or 32 bytes and a radix of 2 to
// 256, the size of the alphabet.
func New(key []byte, radix int) (*Cipher, error) {
	if radix < 2 || radix > 256 {
		return nil, fmt.Errorf("ff1: the radix %d is not 2 to 256", radix)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("ff1: %w", err)
	}
	c := &Cipher{block: block, radix: radix}
	for n := 1; n < minDomain; n *= radix {
		c.minLen++
	}
	c.pool.New = func() any { return new(state) }
	return c, nil
}

// MinLen returns the length of the shortest texts that there are a million of.
func (c *Cipher) MinLen() int { return c.minLen }

// Encrypt replaces a text, whose numerals are 0 to the radix - 1, by its
// ciphertext of the same length. It does not allocate where the halves of the
// text are below 2⁶⁴, as those of 38 decimal digits are. The error is
// [ErrLength] or [ErrNumeral]; the text is then as it was.
func (c *Cipher) Encrypt(tweak, numerals []byte) error { return c.crypt(tweak, numerals, false) }

// Decrypt reverses [Cipher.Encrypt] with the same tweak.
func (c *Cipher) Decrypt(tweak, numerals []byte) error { return c.crypt(tweak, numerals, true) }

func (c *Cipher) crypt(tweak, x []byte, inverse bool) error {
	if len(x) < c.minLen || len(x) > MaxLen {
		return ErrLength
	}
	for _, n := range x {
		if int(n) >= c.radix {
			return ErrNumeral
		}
	}
	s := c.pool.Get().(*state)
	defer c.pool.Put(s)
	if modV, ok := power(c.radix, len(x)-len(x)/2); ok {
		s.start(c, tweak, len(x), bytesFor(bits.Len64(modV-1)))
		s.small(c, x, modV, inverse)
		return nil
	}
	s.large(c, tweak, x, inverse)
	return nil
}

// power returns radixⁿ, and whether it is below 2⁶⁴.
func power(radix, n int) (uint64, bool) {
	p := uint64(1)
	for range n {
		hi, lo := bits.Mul64(p, uint64(radix))
		if hi != 0 {
			return 0, false
		}
		p = lo
	}
	return p, true
}

func bytesFor(bits int) int { return (bits + 7) / 8 }

// A state is the memory of one call. Its names are those of algorithm 7 of the
// standard.
type state struct {
	p     [aes.BlockSize]byte
	chain [aes.BlockSize]byte // of the blocks of PRF before the one with the round
	b, d  int
	head  int    // bytes of the tweak and the padding in the last partial block
	q     []byte // what follows in PRF: that head, the round, and NUM(B) in b bytes
	r     []byte // S, in whole blocks
}

// start enciphers what all rounds have in common.
func (s *state) start(c *Cipher, tweak []byte, n, b int) {
	s.b, s.d = b, 4*((b+3)/4)+4
	u := n / 2
	s.p = [aes.BlockSize]byte{1, 2, 1, byte(c.radix >> 16), byte(c.radix >> 8), byte(c.radix), rounds, byte(u)}
	binary.BigEndian.PutUint32(s.p[8:], uint32(n))
	binary.BigEndian.PutUint32(s.p[12:], uint32(len(tweak)))
	c.block.Encrypt(s.chain[:], s.p[:])

	s.q = append(s.q[:0], tweak...)
	for (len(s.q)+1+b)%aes.BlockSize != 0 {
		s.q = append(s.q, 0)
	}
	whole := len(s.q) / aes.BlockSize * aes.BlockSize
	s.absorb(c, s.q[:whole])
	s.head = copy(s.q, s.q[whole:])
	s.q = append(s.q[:s.head], make([]byte, 1+b)...)
}

// absorb continues the CBC-MAC that PRF is, by whole blocks.
func (s *state) absorb(c *Cipher, data []byte) {
	for ; len(data) > 0; data = data[aes.BlockSize:] {
		xor(&s.chain, data)
		c.block.Encrypt(s.chain[:], s.chain[:])
	}
}

func xor(dst *[aes.BlockSize]byte, b []byte) {
	for i := range dst {
		dst[i] ^= b[i]
	}
}

// number returns the bytes that NUM(B) goes into, big-endian.
func (s *state) number() []byte { return s.q[s.head+1:] }

// round returns S of a round, once number has been filled.
func (s *state) round(c *Cipher, i int) []byte {
	s.q[s.head] = byte(i)
	before := s.chain
	s.absorb(c, s.q)
	r := s.chain
	s.r = append(s.r[:0], r[:]...)
	for j := uint64(1); len(s.r) < s.d; j++ {
		s.chain = r
		binary.BigEndian.PutUint64(s.chain[8:], binary.BigEndian.Uint64(r[8:])^j)
		c.block.Encrypt(s.chain[:], s.chain[:])
		s.r = append(s.r, s.chain[:]...)
	}
	s.chain = before
	return s.r[:s.d]
}

// order returns the number of the i-th round to do, and whether it changes the
// half that starts out as the left one.
func order(i int, inverse bool) (round int, left bool) {
	if inverse {
		i = rounds - 1 - i
	}
	return i, i%2 == 0
}

// small works on halves below 2⁶⁴. The halves stay where they are, and take turns.
func (s *state) small(c *Cipher, x []byte, modV uint64, inverse bool) {
	u := len(x) / 2
	modU := modV
	if len(x)%2 != 0 {
		modU /= uint64(c.radix)
	}
	a, b := smallNumber(x[:u], c.radix), smallNumber(x[u:], c.radix)
	for i := range rounds {
		round, left := order(i, inverse)
		if left {
			a = s.smallStep(c, round, a, b, modU, inverse)
		} else {
			b = s.smallStep(c, round, b, a, modV, inverse)
		}
	}
	putSmall(x[:u], a, c.radix)
	putSmall(x[u:], b, c.radix)
}

// smallStep returns the half that a round changes.
func (s *state) smallStep(c *Cipher, round int, changed, other, mod uint64, inverse bool) uint64 {
	num := s.number()
	for i := len(num) - 1; i >= 0; i-- {
		num[i] = byte(other)
		other >>= 8
	}
	y := uint64(0)
	for out := s.round(c, round); len(out) > 0; out = out[4:] { // d is a multiple of 4
		y = bits.Rem64(y>>32, y<<32|uint64(binary.BigEndian.Uint32(out)), mod)
	}
	if inverse {
		y = mod - y // y is below mod
	}
	sum, carry := bits.Add64(changed, y, 0)
	return bits.Rem64(carry, sum, mod)
}

func smallNumber(x []byte, radix int) uint64 {
	n := uint64(0)
	for _, d := range x {
		n = n*uint64(radix) + uint64(d)
	}
	return n
}

func putSmall(x []byte, n uint64, radix int) {
	for i := len(x) - 1; i >= 0; i-- {
		x[i] = byte(n % uint64(radix))
		n /= uint64(radix)
	}
}

// large works on halves of any size.
func (s *state) large(c *Cipher, tweak, x []byte, inverse bool) {
	u := len(x) / 2
	radix := big.NewInt(int64(c.radix))
	modU := new(big.Int).Exp(radix, big.NewInt(int64(u)), nil)
	modV := modU
	if len(x)%2 != 0 {
		modV = new(big.Int).Mul(modU, radix)
	}
	s.start(c, tweak, len(x), bytesFor(new(big.Int).Sub(modV, big.NewInt(1)).BitLen()))
	a, b := largeNumber(x[:u], radix), largeNumber(x[u:], radix)
	for i := range rounds {
		round, left := order(i, inverse)
		if left {
			s.largeStep(c, round, a, b, modU, inverse)
		} else {
			s.largeStep(c, round, b, a, modV, inverse)
		}
	}
	putLarge(x[:u], a, radix)
	putLarge(x[u:], b, radix)
}

func (s *state) largeStep(c *Cipher, round int, changed, other, mod *big.Int, inverse bool) {
	other.FillBytes(s.number())
	y := new(big.Int).SetBytes(s.round(c, round))
	if inverse {
		y.Neg(y)
	}
	changed.Mod(changed.Add(changed, y), mod)
}

func largeNumber(x []byte, radix *big.Int) *big.Int {
	n, digit := new(big.Int), new(big.Int)
	for _, d := range x {
		n.Add(n.Mul(n, radix), digit.SetUint64(uint64(d)))
	}
	return n
}

func putLarge(x []byte, n, radix *big.Int) {
	digit := new(big.Int)
	for i := len(x) - 1; i >= 0; i-- {
		n.QuoRem(n, radix, digit)
		x[i] = byte(digit.Uint64())
	}
}
