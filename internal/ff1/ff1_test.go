package ff1

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/testsize"
)

const (
	key128 = "2B7E151628AED2A6ABF7158809CF4F3C"
	key192 = key128 + "EF4359D8D580AA4F"
	key256 = key192 + "7F036D6F04FC6A94"

	tweak10 = "39383736353433323130"
	tweak36 = "3737373770717273373737"
)

// samples are all sample vectors that NIST publishes for FF1.
var samples = []struct {
	key    string
	radix  int
	tweak  string
	plain  string
	cipher string
}{
	{key128, 10, "", "0123456789", "2433477484"},
	{key128, 10, tweak10, "0123456789", "6124200773"},
	{key128, 36, tweak36, "0123456789abcdefghi", "a9tv40mll9kdu509eum"},
	{key192, 10, "", "0123456789", "2830668132"},
	{key192, 10, tweak10, "0123456789", "2496655549"},
	{key192, 36, tweak36, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"},
	{key256, 10, "", "0123456789", "6657667009"},
	{key256, 10, tweak10, "0123456789", "1001623463"},
	{key256, 36, tweak36, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"},
}

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

func fromHex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newCipher(t testing.TB, key string, radix int) *Cipher {
	t.Helper()
	c, err := New(fromHex(t, key), radix)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func numerals(text string) []byte {
	x := []byte(text)
	for i := range x {
		x[i] = byte(strings.IndexByte(alphabet, x[i]))
	}
	return x
}

func text(x []byte) string {
	out := make([]byte, len(x))
	for i := range x {
		out[i] = alphabet[x[i]]
	}
	return string(out)
}

func TestSamples(t *testing.T) {
	for i, s := range samples {
		c, tweak := newCipher(t, s.key, s.radix), fromHex(t, s.tweak)
		x := numerals(s.plain)
		if err := c.Encrypt(tweak, x); err != nil || text(x) != s.cipher {
			t.Errorf("sample %d: got %s, %v, want %s", i+1, text(x), err, s.cipher)
		}
		if err := c.Decrypt(tweak, x); err != nil || text(x) != s.plain {
			t.Errorf("sample %d: decrypted to %s, %v", i+1, text(x), err)
		}
		x = numerals(s.plain)
		new(state).large(c, tweak, x, false)
		if text(x) != s.cipher {
			t.Errorf("sample %d by big numbers: got %s, want %s", i+1, text(x), s.cipher)
		}
	}
}

// What Encrypt does, Decrypt undoes, and both ways of counting agree.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		radix := rapid.SampledFrom([]int{2, 3, 10, 16, 26, 36, 62, 255, 256}).Draw(t, "radix")
		key := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")
		tweak := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "tweak")
		c, err := New(key, radix)
		if err != nil {
			t.Fatal(err)
		}
		numeral := rapid.Map(rapid.IntRange(0, radix-1), func(n int) byte { return byte(n) })
		plain := rapid.SliceOfN(numeral, c.MinLen(), 80).Draw(t, "plain")

		x := bytes.Clone(plain)
		if err := c.Encrypt(tweak, x); err != nil {
			t.Fatal(err)
		}
		other := bytes.Clone(plain)
		new(state).large(c, tweak, other, false)
		if !bytes.Equal(x, other) {
			t.Fatalf("small and big numbers differ: %v, %v", x, other)
		}
		if err := c.Decrypt(tweak, x); err != nil || !bytes.Equal(x, plain) {
			t.Fatalf("decrypted to %v, %v", x, err)
		}
	})
}

func TestLimits(t *testing.T) {
	for radix, want := range map[int]int{2: 20, 10: 6, 36: 4, 62: 4, 256: 3} {
		c := newCipher(t, key128, radix)
		if c.MinLen() != want {
			t.Errorf("radix %d: at least %d numerals, want %d", radix, c.MinLen(), want)
		}
		for n, ok := range map[int]bool{0: false, want - 1: false, want: true, MaxLen: true, MaxLen + 1: false} {
			if err := c.Encrypt(nil, make([]byte, n)); (err == nil) != ok || err != nil && !errors.Is(err, ErrLength) {
				t.Errorf("radix %d, %d numerals: %v", radix, n, err)
			}
		}
	}
	c := newCipher(t, key128, 10)
	x := numerals("0123456789")
	x[3] = 10
	if err := c.Decrypt(nil, x); !errors.Is(err, ErrNumeral) || x[3] != 10 {
		t.Errorf("a numeral too large: %v", err)
	}
	for _, radix := range []int{-1, 0, 1, 257} {
		if _, err := New(make([]byte, 16), radix); err == nil {
			t.Errorf("radix %d is taken", radix)
		}
	}
	if _, err := New(make([]byte, 15), 10); err == nil {
		t.Error("a key of 15 bytes is taken")
	}
}

// Halves right below and right above 2⁶⁴ are where the two ways of counting meet.
func TestLongestSmallHalf(t *testing.T) {
	for _, n := range []int{37, 38, 39, 40, MaxLen} {
		c := newCipher(t, key256, 10)
		x := bytes.Repeat([]byte{9}, n)
		if err := c.Encrypt([]byte("t"), x); err != nil {
			t.Fatal(err)
		}
		if sum, ok := new(big.Int).SetString(text(x), 10); !ok || sum.Sign() == 0 {
			t.Errorf("%d digits: %s", n, text(x))
		}
		if err := c.Decrypt([]byte("t"), x); err != nil || !bytes.Equal(x, bytes.Repeat([]byte{9}, n)) {
			t.Errorf("%d digits: decrypted to %s, %v", n, text(x), err)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	c, tweak, x := newCipher(t, key256, 10), []byte("tweak"), numerals("01234567890123456789012345678901234567")
	allocs := testing.AllocsPerRun(1000, func() {
		if err := c.Encrypt(tweak, x); err != nil {
			t.Fatal(err)
		}
	})
	if allocs >= 1 { // the race detector empties pools at random
		t.Logf("%v allocations", allocs)
		if !testsize.Race {
			t.Error("want none")
		}
	}
}

func BenchmarkEncrypt(b *testing.B) {
	for _, n := range []int{7, 16, 38, 100, MaxLen} {
		b.Run("digits="+strconv.Itoa(n), func(b *testing.B) {
			c, x := newCipher(b, key256, 10), make([]byte, n)
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Encrypt(nil, x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
