package anon

import (
	"encoding/binary"
	"fmt"
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
	seed, more := in.Seed("anon/value/token/d"), in.Seed("anon/value-more/token/d")
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

// TestUsesAreApart: no use of a domain, whatever its name, draws what another use, another
// domain or another kind of pseudonym draws.
func TestUsesAreApart(t *testing.T) {
	kinds := []string{"person", "place"}
	for _, e := range entries {
		kinds = append(kinds, e.name)
	}
	seen := map[uint64]string{}
	for _, kind := range kinds {
		if strings.Contains(kind, "/") {
			t.Errorf("%s has a slash", kind)
		}
		for _, domain := range []string{"", "d", "/d", "/", "email", "more/d", "-more/d", "d/more", "value/d", "1/d", "token/d", "d ", "D", "d\x00"} {
			for _, use := range []string{ofValue, ofValue + "-more", ofValue + "1", ofValue + "1-more", ofValue + "-hash", "generate", "subject", "key-ff1", "tweak-ff1"} {
				d := drawAt(t, domain, "value")
				d.source.cfg, d.source.use = d.source.cfg.like(kind), use
				again := d.source.draw()
				w := again.word()
				at := fmt.Sprintf("use %s of domain %q of %s", use, domain, kind)
				if before, ok := seen[w]; ok {
					t.Errorf("%s draws what %s does", at, before)
				}
				seen[w] = at
			}
		}
	}
}

// TestKindsAreUnrelated: what two anonymizers make of one value, and what two options make of
// one id, is independent in every domain. n pairs out of m, each as probable, hit some
// m·(1-e⁻ᵃ) with a = n/m, with the variance m·e⁻ᵃ·(1-(1+a)·e⁻ᵃ). Six standard deviations are
// allowed, and two percent, since not all pairs are as probable.
func TestKindsAreUnrelated(t *testing.T) {
	const n = 2000
	firsts, lasts := float64(len(firstNames.all)), float64(len(lastNames.all))
	beforeDot := func(text string) string { text, _, _ = strings.Cut(text, "."); return text }
	letters := func(text string) string { return strings.Trim(text, digits)[1:] }
	head := func(n int) func(string) string { return func(text string) string { return text[:n] } }
	whole := func(text string) string { return text }
	minute := []Option{From("2020-01-01T00:00:00Z"), To("2020-01-01T00:02:00Z")}
	for _, tt := range []struct {
		name       string
		value      string
		a, b       func(...Option) dynsync.Transformer
		opts       [2][]Option
		cutA, cutB func(string) string
		cells      float64
	}{
		{"a city and a state", "%d", City, State, [2][]Option{}, whole, whole, 98 * 50},
		{"a city and a country", "%d", City, Country, [2][]Option{}, whole, whole, 98 * 249},
		{"a first and a last name", "%d", FirstName, LastName, [2][]Option{}, whole, whole, firsts * lasts},
		{"a whole number and a decimal", "%d", Int, Float, [2][]Option{{Max(100)}, {Max(100), Decimals(0)}}, whole, whole, 100 * 100},
		{"two times", "%d", UnixTime, Timestamp, [2][]Option{minute, minute}, whole, whole, 120 * 120},
		{"a gender and a state", "%d", Gender, State, [2][]Option{}, whole, whole, 4 * 50},
		{"a token and a hash", "%d", Token, Hash, [2][]Option{}, head(1), head(2), 62 * 256},
		{"a token and a text", "%d", Token, String, [2][]Option{{}, {MinLength(9)}}, head(2), head(1), 62 * 62 * 36},
		{"an address and a code", "%d", StreetAddress, ZipCode, [2][]Option{}, head(2), head(2), 90 * 100},
		{"a person and a place", "%d", Username, City, [2][]Option{{Person("Id")}, {Place("Id")}}, letters, whole, lasts * float64(len(places))},
		{"a first name and a place", "%d@example.org", Email, City, [2][]Option{{Person("Id")}, {Place("Id")}}, beforeDot, whole, firsts * float64(len(places))},
		{"a first name of a person and one of the id", "%d@example.org", Email, FirstName, [2][]Option{{Person("Id")}, {}}, beforeDot, whole, firsts * firsts},
	} {
		for _, domain := range [][]Option{nil, {In("x")}} {
			made := madeBoth(t, n, tt.value, tt.a(append(domain, tt.opts[0]...)...), tt.b(append(domain, tt.opts[1]...)...))
			pairs := map[string]bool{}
			for _, m := range made {
				pairs[tt.cutA(m[0])+"|"+tt.cutB(m[1])] = true
			}
			load := n / tt.cells
			empty := math.Exp(-load)
			want := tt.cells * (1 - empty)
			if bound := 6*math.Sqrt(tt.cells*empty*(1-(1+load)*empty)) + 0.02*want; math.Abs(float64(len(pairs))-want) > bound {
				t.Errorf("%s in the domain %v: %d pairs, want %.0f ± %.0f", tt.name, domain, len(pairs), want, bound)
			}
		}
	}
}

// madeBoth returns what two transformers make of n values, each with a number in the place of
// %d, in items whose id is the number.
func madeBoth(t *testing.T, n int, value string, a, b dynsync.Transformer) [][2]string {
	t.Helper()
	s, err := dynsync.New(dynsync.WithKey([]byte("a key of thirty-two bytes, and 1")), dynsync.WithTable("From", "To",
		dynsync.WithDefaultTransform(dynsync.Passthrough()), dynsync.WithTransform("A", a), dynsync.WithTransform("B", b)))
	if err != nil {
		t.Fatal(err)
	}
	made := make([][2]string, n)
	for i := range n {
		rec, err := dynsync.NewRecord(fmt.Appendf(nil, `{"Id":{"S":"%[1]d"},"A":{"S":%[2]q},"B":{"S":"%[1]d"}}`, i, fmt.Sprintf(value, i)))
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.Transform(t.Context(), "From", rec)
		if err != nil {
			t.Fatal(err)
		}
		for k, name := range []string{"A", "B"} {
			v, _ := out.Get(name)
			made[i][k], _ = v.Text()
		}
	}
	return made
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
