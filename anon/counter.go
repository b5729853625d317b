package anon

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/ff1"
)

// Counter replaces a whole number, an N or the digits of an S, with another number of the
// same range, by a permutation that the job's key chooses. It is for numbers that count
// up, such as customer numbers. [Digits] makes numbers of up to six digits of them, and does
// not apply to some strings. Counter is injective, and the job's key reverses it.
//
// [Min] and [Max] set the range, within 0 to 10¹⁵; the default is 1 to 999,999. It must
// have 64 numbers or more. State one that the counter will not leave: Counter does not
// apply to numbers outside of it, and another range is another permutation. 0 stands for
// nothing else: it is outside of the default range, and with Min(0) a number as any other.
//
// An S has no zeros in front, unless [Length] states its number of digits: "00042" with
// Length(5) and Max(99_999). The result has as many.
//
// A small range hides little from those who know some of its pairs. Whoever knows k of
// n pairs knows that the others are among the n - k that are left, and one who can write
// to the source learns a pair with each item. One number in n stays as it is by chance.
//
// With [PerItem], numbers are drawn, and pseudonyms may collide.
func Counter(opts ...Option) dynsync.Transformer { return makeNamed("counter", opts) }

// maxCounter is the greatest number that Counter takes. A float64 holds it exactly.
const maxCounter = 1e15

var counterEntry = entry{
	name: "counter", doc: "Replaces a whole number with another of a stated range, by a permutation under the job's key.",
	takes: "a whole number within the range, without zeros in front unless the option length is given",
	kinds: []dynsync.Kind{dynsync.KindN, dynsync.KindS}, unique: dynsync.UniquenessExact, drawn: true, class: dynsync.ClassIndependent,
	options: []catalog.Option{
		{Name: "min", Type: catalog.Int, Doc: "The least number.", Default: 1, Max: maxCounter},
		{Name: "max", Type: catalog.Int, Doc: "The greatest number.", Default: 999_999, Max: maxCounter},
		{Name: "length", Type: catalog.Int, Doc: "The number of digits of a string, with zeros in front. By default there are none in front.", Min: 1, Max: 16},
	},
	build: buildCounter,
}

func buildCounter(cfg *config) built {
	k := &counter{cfg: cfg, least: cfg.number("min"), n: uint64(cfg.number("max") - cfg.number("min") + 1), length: int(cfg.number("length"))}
	most := cfg.number("max")
	b := injective(cfg, built{size: of(float64(k.n)), run: k.replace})
	b.permutes = !cfg.perItem // else it draws
	switch {
	case most < k.least || k.n < enough:
		b.err = fmt.Errorf("min to max must be %d numbers or more; state a range that is larger than the counter will become", enough)
	case k.length > 0 && k.length < len(strconv.FormatInt(most, 10)):
		b.err = fmt.Errorf("%d digits have no room for the max %d; state a max of %s or less, here and for all numbers that join with these", k.length, most, strings.Repeat("9", k.length))
	}
	return b
}

// A counter permutes the n numbers from least on.
type counter struct {
	cfg    *config
	least  int64
	n      uint64
	length int                            // digits of an S, or 0
	made   atomic.Pointer[[]*permutation] // the newest first
	making sync.Mutex
}

// maxPermutations is how many permutations of one range are kept, for jobs of different
// keys that run at once: a shuffle takes some milliseconds.
const maxPermutations = 4

func (k *counter) replace(c *call) (string, error) {
	if c.generated {
		return k.text(c, uint64(c.between(0, int64(k.n-1)))), nil
	}
	i, ok := k.index(c)
	if !ok {
		return "", errMisfit
	}
	if k.cfg.perItem {
		return k.text(c, c.below(k.n)), nil
	}
	p, err := k.permutation(c.in)
	if err != nil {
		return "", err
	}
	return k.text(c, p.of(i)), nil
}

// index returns the place of a call's number in the range.
func (k *counter) index(c *call) (uint64, bool) {
	if c.text == "" || strings.Trim(c.text, digits) != "" {
		return 0, false
	}
	if c.kind == dynsync.KindS {
		padded := len(c.text) > 1 && c.text[0] == '0'
		if k.length > 0 && len(c.text) != k.length || k.length == 0 && padded {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(c.text, 10, 64)
	i := uint64(n - k.least)
	return i, err == nil && n >= k.least && i < k.n
}

// text returns a number of the range as the kind of the call has it.
func (k *counter) text(c *call, i uint64) string {
	text := strconv.FormatInt(k.least+int64(i), 10)
	if c.kind == dynsync.KindS && len(text) < k.length {
		text = strings.Repeat("0", k.length-len(text)) + text
	}
	return text
}

// maxShuffled is the size of the largest range that is shuffled. FF1, which takes those
// from a million on, permutes larger ones.
const maxShuffled = 1 << 20

// A permutation is one of the numbers below n, by a key.
type permutation struct {
	key      [32]byte
	n        uint64
	shuffled []uint32    // of at most maxShuffled
	cipher   *ff1.Cipher // of texts of bits, for more
}

// permutation returns that of the job that a value belongs to.
func (k *counter) permutation(in dynsync.Input) (*permutation, error) {
	key := k.cfg.subkey(in, fmt.Sprintf("counter-%d+%d", k.least, k.n))
	if p := k.find(key); p != nil {
		return p, nil
	}
	k.making.Lock()
	defer k.making.Unlock()
	if p := k.find(key); p != nil {
		return p, nil
	}
	p, err := newPermutation(key, k.n)
	if err != nil {
		return nil, err
	}
	all := []*permutation{p}
	if made := k.made.Load(); made != nil {
		all = append(all, (*made)[:min(len(*made), maxPermutations-1)]...)
	}
	k.made.Store(&all)
	return p, nil
}

// find returns the permutation of a key, or nil if it is not made.
func (k *counter) find(key [32]byte) *permutation {
	if made := k.made.Load(); made != nil {
		for _, p := range *made {
			if p.key == key {
				return p
			}
		}
	}
	return nil
}

func newPermutation(key [32]byte, n uint64) (*permutation, error) {
	p := &permutation{key: key, n: n}
	if n <= maxShuffled {
		p.shuffled = shuffled(drawOf(key), int(n))
		return p, nil
	}
	var err error
	p.cipher, err = ff1.New(key[:], 2)
	return p, err
}

// shuffled returns the numbers below n in an order that is drawn, each with the same
// probability, by the method of Fisher and Yates.
func shuffled(d *draw, n int) []uint32 {
	all := make([]uint32, n)
	for i := range all {
		j := d.below(uint64(i) + 1)
		all[i] = all[j]
		all[j] = uint32(i)
	}
	return all
}

// of returns what the permutation makes of a number below n.
func (p *permutation) of(i uint64) uint64 {
	if p.cipher == nil {
		return uint64(p.shuffled[i])
	}
	numerals := make([]byte, bits.Len64(p.n-1))
	for {
		i = encryptBits(p.cipher, nil, numerals, i)
		if i < p.n { // the cycle leads back to the number itself
			return i
		}
	}
}

// encryptBits encrypts a number that has as many bits as there is room for numerals.
func encryptBits(cipher *ff1.Cipher, tweak, numerals []byte, i uint64) uint64 {
	for b := range numerals {
		numerals[b] = byte(i >> b & 1)
	}
	if err := cipher.Encrypt(tweak, numerals); err != nil {
		panic("anon: " + err.Error()) // bits are numerals, and at least 20 of them
	}
	i = 0
	for b, numeral := range numerals {
		i |= uint64(numeral) << b
	}
	return i
}
