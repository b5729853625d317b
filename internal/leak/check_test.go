package leak

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/growth"
	"github.com/dynsync/dynsync/internal/nothing"
	"github.com/dynsync/dynsync/internal/testsize"
	"github.com/dynsync/dynsync/internal/wire"
)

// The methods that note something do nothing on nil: the check is off.
func TestNilChecksNothing(t *testing.T) {
	var l *Check
	v := []byte(`{"S":"x"}`)
	l.Took(v, wire.Span{End: uint32(len(v))}, wire.S, nil, Source{})
	l.TookName(v, wire.Span{}, v, v, Source{})
	l.TookPart(v, nil, Source{})
	l.DrewPart(v, Drawn)
	l.Keep(v)
	l.Give(v)
	l.Undo(l.Mark())
	if !l.Meant(v, v) {
		t.Error("where nothing is checked, all is meant")
	}
}

// An original is not found where another value stands, of which it is a part only without
// its separators, or of which it has the digits only.
func TestNotLeft(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ reason, original, there string }{
		{"in the middle of words", "Ann Lee", "Joann leeds the way"},
		{"digits of several numbers", "123456789", "12, 34, 56, 78, 9"},
		{"digits of a list", "123456", "[12,34,56]"},
		{"another date", "2024-05-18", "created 2024-05-19, due 2024-06-18"},
		{"the parts of a date in a longer number", "1985-02-03", "no. 7198502039"},
		{"a date in other numbers", "1985-02-03", "3 of 2, since 1985"},
		{"a phone of another country", "+49 171 5550123", "+43 171 5550123"},
		{"the end of a phone", "+49 171 5550123", "call 5550123"},
		{"another e-mail address of the name", "alice.smith@corp.example", "alice.smith@home.example"},
		{"the name of a member in JSON", "summary", `{"summary":"x","other":1}`},
		{"JSON of one name in other JSON", `{"summary":[]}`, `{"summary":[],"other":1}`},
		{"JSON of one name, with other values", `{"summary":null}`, `{"summary":[]}`},
		{"a UUID with another digit", "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"},
		{"an IP address with another part", "192.168.100.20", "192.168.100.200"},
		{"a number in a longer one", "4711", "no. 14711 and 47110"},
		{"the time of another day", "2024-05-18T10:11:12Z", "2024-05-19T10:11:12Z"},
		{"a name that is turned around within a word", "Ada Love", "Loveadaptable"},
	} {
		original := wire.AppendS(nil, tt.original)
		if _, err := wire.AppendNumber(nil, []byte(tt.original)); err == nil && len(tt.original) < 6 {
			original = wire.AppendN(nil, tt.original)
		}
		if isLeft(original, wire.AppendS(nil, tt.there)) {
			t.Errorf("%s: %q is found in %q", tt.reason, tt.original, tt.there)
		}
	}
}

// JSON text whose only letters are those of a name is an original like any other.
func TestJSONOfOneName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ original, there string }{
		{`{"summary":[]}`, `{"summary":[]}`}, {`{"summary":{}}`, `see {"summary":{}} above`}, {`[{"summary":""}]`, `{"a":[{"summary":""}]}`},
		{`{"summary": []}`, url.QueryEscape(`{"summary": []}`)}, {`{"summary":[]}`, base64.StdEncoding.EncodeToString([]byte(`{"summary":[]}`))}, {`"summary":`, `{"summary":{}}`},
	} {
		if !isLeft(wire.AppendS(nil, tt.original), wire.AppendS(nil, tt.there)) {
			t.Errorf("%s is not found in %s", tt.original, tt.there)
		}
	}
}

// hostile are texts that repeat what begins an encoding, or an original, and never end it.
func hostile(n int) map[string]string {
	repeat := func(s string) string { return strings.Repeat(s, n/len(s)) }
	return map[string]string{
		"percent": repeat("%"), "percent hex": repeat("%4"), "escapes": repeat("%25"), "ampersands": repeat("&"), "entities": repeat("&#x26;"), "backslashes": repeat(`\\`), `\u`: repeat(`\u005c`),
		"base64": repeat("QUFB"), "base64 of separators": repeat("QUFB-"), "hex": repeat("61"), "quotes": repeat(`"a":`), "digits": repeat("1"), "gaps": repeat("1 "),
		"the beginning of an original": repeat("aaaaaaaa"), "a date": repeat("2024-05-1"), "a phone": repeat("5550123 "), "marks": repeat("a\u0301"), "a year": repeat("1985 "), "zeros": repeat("\x00a"),
		"an address": repeat("alice.smith@"), "dots": repeat("a."), "full width": repeat("\uff21"), "gzip": repeat("\x1f\x8b\x08"),
	}
}

// searchHostile searches a text for hostile originals, more in a longer text.
func searchHostile(text string, binary bool) {
	there := wire.AppendS(nil, text)
	if binary {
		there = wire.AppendB(nil, []byte(text))
	}
	from := wire.NewList(nil)
	for i := range len(text) / 1300 {
		from.Append(wire.AppendS(nil, strings.Repeat("a", 40+i)+"b"))
		from.Append(wire.AppendS(nil, fmt.Sprintf("+49 %d 5550123", 1000+i)))
	}
	for _, v := range []string{"1985-02-03", "alice.smith@corp.example", strings.Repeat("1", 40) + "2", strings.Repeat("a", len(text)/20) + "b"} {
		from.Append(wire.AppendS(nil, v))
	}
	src := append(append([]byte(`{"from":`), from.Finish()...), '}')
	item := append(append([]byte(`{"to":`), there...), '}')
	l := New(4)
	l.Begin()
	l.Took(src, wire.Span{Start: uint32(len(`{"from":`)), End: uint32(len(src) - 1)}, wire.L, nil, Source{})
	l.Search(item, src, wire.Span{End: uint32(len(src))}, item, func(Finding) error { return nil })
}

// TestHostileTextTakesLinearTime has texts of up to 400 KB, for which a search of quadratic
// time would take minutes. Short texts have fewer comparisons than the bound, and take
// quadratic time; under the race detector longer ones would take too long.
func TestHostileTextTakesLinearTime(t *testing.T) {
	t.Parallel()
	size := testsize.Of(100_000, 400_000, 20_000)
	for name, text := range hostile(size) {
		for _, binary := range []bool{false, true} {
			if testsize.Race {
				searchHostile(text, binary)
				continue
			}
			growth.Linear(t, fmt.Sprintf("%s, binary %v", name, binary), size, func(n int) { searchHostile(hostile(n)[name], binary) })
		}
	}
}

// A bomb of few bytes is searched up to the bound, and the item is not passed as clean.
func TestBombsAreCut(t *testing.T) {
	t.Parallel()
	bomb := zipped(strings.Repeat("0", 100<<20))
	if !isLeft(wire.AppendS(nil, "alice@corp.example"), wire.AppendB(nil, []byte(bomb))) {
		t.Error("a bomb passes")
	}
	text := "alice@corp.example"
	for range 4 {
		text = zipped(text)
	}
	if !isLeft(wire.AppendS(nil, "alice@corp.example"), wire.AppendB(nil, []byte(text))) {
		t.Error("four layers of gzip pass")
	}
	text = strings.Repeat("the letters of alice@corp.example ", 3)
	for range 4 {
		text = packings[10].pack(text)
	}
	if !isLeft(wire.AppendS(nil, "alice@corp.example"), wire.AppendS(nil, text)) {
		t.Error("four layers of base64 pass")
	}
}

// What is encoded once more than the check decodes is told, whatever it holds.
func TestDeepTextsAreCut(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"jane.doe@corp.example", "+49 171 5550123", "4111111111111111", "2024-05-18T10:11:12Z", "Nora Kowalczyk", "Алексей Ёлкин", "山田太郎", "203.0.113.42"} {
		for i, encode := range []func(string) string{
			func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
			func(s string) string { return hex.EncodeToString([]byte(s)) },
			hexPairs(":", "%02X"), percentAll, htmlAll,
		} {
			text := value
			for range maxLayers + 1 {
				text = encode(text)
			}
			if !isCut(value, text) {
				t.Errorf("encoding %d of %q is not told", i, value)
			}
		}
	}
}

// isCut reports whether a text that is searched for a value is not searched to the end.
func isCut(value, text string) (cut bool) {
	src := slices.Concat([]byte(`{"from":`), wire.AppendS(nil, value), []byte("}"))
	l := New(4)
	l.Begin()
	l.Took(src, wire.Span{Start: uint32(len(`{"from":`)), End: uint32(len(src) - 1)}, wire.S, nil, Source{})
	item := slices.Concat([]byte(`{"to":`), wire.AppendS(nil, text), []byte("}"))
	l.Search(item, src, wire.Span{End: uint32(len(src))}, item, func(f Finding) error {
		cut = cut || f.Cut
		return nil
	})
	return cut
}

// FuzzSearch holds that no text makes the search panic, that an original is found where it
// stands as it is, and that what is found by itself is found among many others, by an
// automaton.
func FuzzSearch(f *testing.F) {
	for _, text := range []string{"alice.smith@corp.example", "+49 171 5550123", "2024-05-18T10:11:12+02:00", "J\u00f6rg M\u00fcller", "192.168.0.1", "::1", "a\x00\xff", "%41&amp;\\u0041=41", "H4sIAAAAAAAA/w", "//5U/0//"} {
		f.Add(text, "see "+text+" now")
	}
	others := make([]string, few)
	for i := range others {
		others[i] = fmt.Sprintf("\u4e00\u4e01\u4e02%04d", i)
	}
	f.Fuzz(func(t *testing.T, original, text string) {
		if len(original)+len(text) > 2000 {
			return
		}
		original, text = strings.ToValidUTF8(original, "?"), strings.ToValidUTF8(text, "?")
		value := wire.AppendS(nil, original)
		found := isLeft(value, wire.AppendS(nil, text))
		if again := isLeft(listOf(append(others, original)...), wire.AppendS(nil, text)); found != again && !strings.Contains(text, "\u4e00") {
			t.Errorf("%q in %q: found %v by itself and %v among others", original, text, found, again)
		}
		if len([]rune(original)) >= 4 && !nothing.Value(original) && !isLeft(value, wire.AppendS(nil, "\n"+original+"\n")) && memberName([]byte("\n"+original+"\n"), 1, 1+len(original)) == nil {
			t.Errorf("%q is not found", original)
		}
		isLeft(value, wire.AppendB(nil, []byte(text)))
	})
}

// BenchmarkSearch searches items of 1 KB. Those of random words are all different, so that
// the processor cannot learn them.
func BenchmarkSearch(b *testing.B) {
	usual := `{"Id":{"S":"USER#0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"},"SK":{"S":"PROFILE#2024-05-18"},"name":{"S":"Christopher Satterfield"},"email":{"S":"chris.satterfield@corp.example"},"phone":{"S":"+1 512-555-0143"},` +
		`"birth":{"S":"1985-02-03"},"street":{"S":"1723 Long Meadow Avenue"},"city":{"S":"Springfield"},"zip":{"S":"10016-2231"},"country":{"S":"US"},"company":{"S":"Bridgewater & Sons Furniture"},"iban":{"S":"DE89370400440532013000"},` +
		`"status":{"S":"active"},"created":{"S":"2024-05-18T10:11:12Z"},"updated":{"S":"2024-06-02T08:15:59Z"},"balance":{"N":"1017.75"},"visits":{"N":"317"},"session":{"S":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"},` +
		`"notes":{"S":"Prefers to be called in the afternoon, leave parcels at the front door of the house next to the bakery."},"tags":{"SS":["newsletter","premium","vip-7"]}}`
	random := make([]string, 400)
	for i := range random {
		random[i] = randomItem(rand.New(rand.NewPCG(1, uint64(i))), i)
	}
	for _, bench := range []struct {
		name     string
		items    []string
		from, to int // the attributes that are taken
	}{
		{"four of twenty", []string{usual}, 2, 6},
		{"all but the keys", []string{usual}, 2, 20},
		{"random words", random, 2, 6},
	} {
		var jobs []job
		for _, item := range bench.items {
			jobs = append(jobs, jobOf([]byte(item), bench.from, bench.to))
		}
		b.Run(bench.name, func(b *testing.B) {
			l, at := New(4), 0
			b.ReportAllocs()
			b.SetBytes(int64(len(bench.items[0])))
			for b.Loop() {
				at = (at + 1) % len(jobs)
				j := &jobs[at]
				l.Begin()
				for _, a := range j.taken {
					l.Took(j.item, a.Value, a.Kind, nil, Source{})
				}
				l.Search(j.out, j.item, wire.Span{End: uint32(len(j.item))}, j.out, func(Finding) error {
					b.Fatal("found")
					return nil
				})
			}
		})
	}
}

// randomItem returns an item like those of internal/bench: its texts are words of random
// letters and digits.
func randomItem(r *rand.Rand, n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 "
	words := func(n int) string {
		text := make([]byte, n)
		for i := range text {
			text[i] = letters[r.IntN(len(letters))]
		}
		return string(text)
	}
	var orders []string
	for range 4 {
		orders = append(orders, fmt.Sprintf(`{"M":{"Sku":{"S":"SKU-%06d"},"Qty":{"N":"7"},"Price":{"N":"%d.99"},"Note":{"S":"%s"}}}`, r.IntN(1e6), 1+r.IntN(500), words(24)))
	}
	return fmt.Sprintf(`{"Id":{"S":"u%07d"},"Age":{"N":"%d"},"Name":{"S":"Ann %04d"},"Email":{"S":"a%05d@ex.com"},"Phone":{"S":"%d"},"Street":{"S":"%d Long St"},`+
		`"City":{"S":"Springfield"},"Zip":{"S":"%05d"},"Lat":{"N":"%d.5012"},"Lon":{"N":"-%d.25"},"Balance":{"N":"%d.75"},"Country":{"S":"DE"},"Created":{"S":"2024-05-18T10:11:12Z"},`+
		`"Tags":{"SS":["newsletter","customer","vip-7"]},"Scores":{"NS":["%d","%d","%d"]},"Orders":{"L":[%s]},"Note":{"S":"%s"}}`,
		n, 18+n%70, n, n, 5550000+n, 10+n%90, 10000+n, n%90, n%180, 1000+n, 1000000+n, 2000000+n, 3000000+n, strings.Join(orders, ","), words(550))
}

// A job is an item from which attributes are taken, and what is left of it.
type job struct {
	item, out []byte
	taken     []wire.Attr
}

func jobOf(item []byte, from, to int) job {
	j := job{item: item, out: []byte("{")}
	i := 0
	for a := range wire.ItemMembers(item).All() {
		if from <= i && i < to {
			j.taken = append(j.taken, a)
		} else {
			if len(j.out) > 1 {
				j.out = append(j.out, ',')
			}
			j.out = append(j.out, item[a.Quoted().Start:a.Value.End]...)
		}
		i++
	}
	j.out = append(j.out, '}')
	return j
}

// listOf returns a list of strings.
func listOf(texts ...string) []byte {
	list := wire.NewList(nil)
	for _, text := range texts {
		list.Append(wire.AppendS(nil, text))
	}
	return list.Finish()
}
