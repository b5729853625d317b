package anon

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
)

// drawAt returns the draw of a text in a domain.
func drawAt(t *testing.T, domain, text string) draw {
	t.Helper()
	cfg, err := lookUp("token").configure([]Option{In(domain)})
	if err != nil {
		t.Fatal(err)
	}
	return cfg.draw(dynsync.Input{}, dynsync.KindS, text, 0)
}

// TestWords: the first four words are the seed, and the others are made of another seed, so
// that no number of words says what the next one is.
func TestWords(t *testing.T) {
	d := drawAt(t, "d", "value")
	in := dynsync.Input{Value: dynsync.StringValue("value")}
	seed, more := in.Seed("anon/value/d"), in.Seed("anon/value-more/d")
	for i := range 4 {
		if got, want := d.word(), binary.LittleEndian.Uint64(seed[8*i:]); got != want {
			t.Errorf("word %d is %x, want %x", i, got, want)
		}
	}
	rest := rand.NewChaCha8(more)
	for i := range 1000 {
		if got, want := d.word(), rest.Uint64(); got != want {
			t.Fatalf("word %d is %x, want %x", 4+i, got, want)
		}
	}
}

// TestUsesAreApart: no domain, whatever its name, draws what another use of a domain draws.
func TestUsesAreApart(t *testing.T) {
	seen := map[uint64]string{}
	for _, domain := range []string{"d", "/d", "more/d", "-more/d", "d/more", "value/d", "1/d"} {
		for _, use := range []string{ofValue, ofValue + "-more", ofValue + "1", ofValue + "1-more", ofValue + "-hash", "subject", "key-ff1"} {
			d := drawAt(t, domain, "value")
			d.source.use = use
			again := d.source.draw()
			w := again.word()
			if before, ok := seen[w]; ok {
				t.Errorf("use %s of domain %s draws what %s does", use, domain, before)
			}
			seen[w] = use + " of " + domain
		}
	}
}

// TestCharactersOfAWord: every character of every alphabet is as probable as any other, and
// no character says anything about its neighbour. The key is fixed; a right draw fails for
// one key in a million.
func TestCharactersOfAWord(t *testing.T) {
	for size := 2; size <= 64; size++ {
		if n := perWord(size); math.Pow(float64(size), float64(n)) > 1<<60 || n < 10 {
			t.Errorf("a word gives %d characters of %d", n, size)
		}
	}
	for _, alphabet := range []string{"01", digits, "0123456789abcdef", lowers, base32, alphanum, base62} {
		const n = 200_000
		d, size := drawAt(t, "characters", alphabet), len(alphabet)
		text := d.from(alphabet, n)
		if len(text) != n || strings.Trim(text, alphabet) != "" {
			t.Fatalf("from gives %d characters, some perhaps not of %q", len(text), alphabet)
		}
		pairs := make([]float64, size*size)
		for i := range n - 1 {
			pairs[strings.IndexByte(alphabet, text[i])*size+strings.IndexByte(alphabet, text[i+1])]++
		}
		sum, expected := 0.0, float64(n-1)/float64(len(pairs))
		for _, count := range pairs {
			sum += (count - expected) * (count - expected) / expected
		}
		free := float64(len(pairs) - 1)
		if off := (sum - free) / math.Sqrt(2*free); off > 6 {
			t.Errorf("pairs of %q: %.1f standard deviations from even", alphabet, off)
		}
	}
}
