package pseudonym

import (
	"cmp"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"
)

// The oracle computes pseudonyms from the words of the package comment, with
// neither this package's code nor a thought of speed.

// An oracleStream is the random stream of one value.
type oracleStream struct {
	words []uint64 // of the digest that are left
	rest  *rand.ChaCha8
}

func newOracleStream(table, item, path string, kind wire.Kind, canonical string) *oracleStream {
	f := func(key [32]byte, message ...string) [32]byte {
		return sha256.Sum256([]byte(string(key[:]) + strings.Join(message, "")))
	}
	length := func(s string) string { return string(binary.AppendUvarint(nil, uint64(len(s)))) }
	kinds := map[wire.Kind]string{
		wire.S: "\x01", wire.N: "\x02", wire.B: "\x03", wire.BOOL: "\x04", wire.SS: "\x08", wire.NS: "\x09", wire.BS: "\x0a",
	}

	sub, err := hkdf.Key(sha256.New, testMaster, []byte("dynsync"), "dynsync/pseudonym/1/item/2", 32)
	if err != nil {
		panic(err)
	}
	key := f(f([32]byte(sub), length(table), table), length(item), item)
	digest := f(key, kinds[kind], length(path), length(canonical), path, canonical)
	s := &oracleStream{rest: rand.NewChaCha8(f(key, "\x00", string(digest[:])))}
	for i := range 4 {
		s.words = append(s.words, binary.LittleEndian.Uint64(digest[8*i:]))
	}
	return s
}

func (s *oracleStream) word() uint64 {
	if len(s.words) == 0 {
		return s.rest.Uint64()
	}
	x := s.words[0]
	s.words = s.words[1:]
	return x
}

func (s *oracleStream) below(n int64) int64 {
	two64 := new(big.Int).Lsh(big.NewInt(1), 64)
	refused := new(big.Int).Mod(two64, big.NewInt(n))
	for {
		product := new(big.Int).Mul(new(big.Int).SetUint64(s.word()), big.NewInt(n))
		upper, lower := new(big.Int).DivMod(product, two64, new(big.Int))
		if lower.Cmp(refused) >= 0 {
			return upper.Int64()
		}
	}
}

// pool returns a function that returns the next of the n digits of numbers below
// base to the n.
func (s *oracleStream) pool(base, n int64) func() byte {
	var digits []byte
	return func() byte {
		if len(digits) == 0 {
			x := s.below(new(big.Int).Exp(big.NewInt(base), big.NewInt(n), nil).Int64())
			for range n {
				digits = append(digits, byte(x%base))
				x /= base
			}
		}
		d := digits[0]
		digits = digits[1:]
		return d
	}
}

func (s *oracleStream) token(n int) string {
	const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var out []byte
	for len(out) < n {
		x := s.word()
		for i := range 10 {
			if c := x >> (6 * i) % 64; c < 62 {
				out = append(out, set[c])
			}
		}
	}
	return string(out[:n])
}

// text returns the pseudonym of a string, before JSON escapes.
func (s *oracleStream) text(in string, o Options) string {
	shape := shapeOf(in)
	if !o.Shape || !replacesTwo(shape) {
		return s.token(wantLength(len(in), o))
	}
	letter, digit := s.pool(26, 12), s.pool(10, 18)
	out := []byte(shape)
	for i, c := range out {
		switch c {
		case 'A', 'a':
			out[i] += letter()
		case '0':
			out[i] += digit()
		}
	}
	return string(out)
}

// number returns the pseudonym of a number in normal form.
func (s *oracleStream) number(in string, o Options) string {
	out, digit := []byte(in), s.pool(10, 18)
	if len(in) == 1 {
		return string(rune('0' + digit()))
	}
	var replaced []int // the digits from the first that is not 0
	for i := range out {
		if out[i] >= '0' && out[i] <= '9' && (len(replaced) > 0 || out[i] != '0') {
			replaced = append(replaced, i)
		}
	}
	fraction := strings.Contains(in, ".")
	if o.ExactLength && !fraction {
		for in[replaced[len(replaced)-1]] == '0' {
			replaced = replaced[:len(replaced)-1]
		}
	}
	replaced = replaced[:min(38, len(replaced))]
	for i, at := range replaced {
		last := i == len(replaced)-1
		if i == 0 || last && (fraction || o.ExactLength) {
			out[at] = byte('1' + s.below(9))
		} else {
			out[at] = '0' + digit()
		}
	}
	return string(out)
}

func (s *oracleStream) bytes(n int) string {
	var out []byte
	for len(out) < n {
		out = binary.LittleEndian.AppendUint64(out, s.word())
	}
	return string(out[:n])
}

// oracle returns the pseudonym of a value, which has one.
func oracle(t testing.TB, table, item, path, value string, o Options) string {
	t.Helper()
	kind := wire.KindOf([]byte(value))
	text, _ := wire.DecodeText([]byte(value))
	binary := string(wire.AppendBytes(nil, []byte(value)))
	switch {
	case kind == wire.S && text != "":
		return string(wire.AppendS(nil, newOracleStream(table, item, path, kind, text).text(text, o)))
	case kind == wire.N:
		text = normal(text)
		return `{"N":"` + newOracleStream(table, item, path, kind, text).number(text, o) + `"}`
	case kind == wire.B && binary != "":
		return string(wire.AppendB(nil, []byte(newOracleStream(table, item, path, kind, binary).bytes(wantLength(len(binary), o)))))
	case kind == wire.BOOL:
		canonical := map[bool]string{true: "t", false: "f"}[wire.BoolOf([]byte(value))]
		return fmt.Sprintf(`{"BOOL":%t}`, newOracleStream(table, item, path, kind, canonical).word() >= 1<<63)
	case kind >= wire.SS && !isEmptySet([]byte(value)):
		return oracleSet(t, table, item, path, value, kind, o)
	}
	return value
}

func oracleSet(t testing.TB, table, item, path, value string, kind wire.Kind, o Options) string {
	t.Helper()
	all := decoded(value)
	for i := range all {
		switch kind {
		case wire.NS:
			all[i] = normal(all[i])
		case wire.BS:
			b, err := base64.StdEncoding.DecodeString(all[i])
			if err != nil {
				t.Fatal(err)
			}
			all[i] = string(b)
		}
	}
	slices.Sort(all)
	var results []string
	for _, m := range all {
		if m == "" {
			results = append(results, "")
			continue
		}
		s := newOracleStream(table, item, path, kind, m)
		var result string
		for try := 0; try == 0 || slices.Contains(results, result); try++ {
			switch {
			case try >= 16 && kind == wire.NS && len(m) == 1: // then by counting
				result = string('0' + (result[0]-'0'+1)%10)
			case try >= 16:
				t.Fatal("the oracle cannot count but with single digits")
			case kind == wire.SS:
				result = s.text(m, o)
			case kind == wire.NS:
				result = s.number(m, o)
			default:
				result = s.bytes(wantLength(len(m), o))
			}
		}
		results = append(results, result)
	}
	slices.SortFunc(results, cmp.Compare[string])
	return setOf(kind.String(), results, func(dst []byte, s string) []byte {
		if kind == wire.BS {
			s = base64.StdEncoding.EncodeToString([]byte(s))
		}
		return wire.AppendQuote(dst, s)
	})
}

// The pseudonyms of the golden file, and of values that take a stream far, are
// those of the package comment.
func TestPseudonymsAreAsDocumented(t *testing.T) {
	type place struct{ table, item, path string }
	places := []place{{"table", "item", "path"}, {"", "", ""}, {"a", "table", ""}, {strings.Repeat("table", 50), strings.Repeat("key", 100), strings.Repeat("path", 100)}}
	all := values
	for _, n := range []int{15, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000, 5000, maxKept + 1} {
		all = append(all, struct{ value, reason string }{`{"S":"` + strings.Repeat("Aa1-b", n)[:n] + `"}`, "a long string"})
	}
	for i := range 200 {
		all = append(all, struct{ value, reason string }{fmt.Sprintf(`{"N":"%d98765432109876543210987654321098765"}`, i+100), "a draw that is passed over, now and then"})
	}
	for _, p := range places {
		g := testKey(t).NewGenerator(p.table)
		g.StartItem([]byte(p.item))
		for _, tt := range all {
			for _, o := range allOptions {
				got, err := g.AppendValue(nil, []byte(p.path), []byte(tt.value), o)
				if err != nil {
					continue // TestGolden says which may
				}
				if want := oracle(t, p.table, p.item, p.path, tt.value, o); string(got) != want {
					t.Errorf("%s under %+v: got %.200s, want %.200s (%s)", wire.KindOf([]byte(tt.value)), o, got, want, tt.reason)
				}
			}
		}
	}
}
