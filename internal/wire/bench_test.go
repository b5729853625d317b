package wire

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
)

// The axes of the benchmarks: the shape of the items, and what their strings
// are made of.
var (
	benchShapes  = []string{"small", "typical", "wide", "nested", "sets"}
	benchStrings = []string{"ascii", "escaped", "unicode", "binary"}
)

// benchPage returns a response of about a megabyte.
func benchPage(shape, strings string) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	body := []byte(`{"Items":[`)
	for n := 0; len(body) < 1<<20; n++ {
		if n > 0 {
			body = append(body, ',')
		}
		body = appendBenchItem(body, rng, shape, strings, n)
	}
	return append(body, `],"NextToken":"bmV4dA=="}`...)
}

func appendBenchItem(dst []byte, rng *rand.Rand, shape, strings string, n int) []byte {
	text := func(dst []byte, min, max int) []byte {
		return appendBenchText(dst, rng, strings, min+rng.IntN(max-min))
	}
	dst = fmt.Appendf(dst, `{"Id":{"S":"user#%08d"}`, n)
	switch shape {
	case "small":
		dst = text(append(dst, `,"Name":`...), 8, 24)
		dst = fmt.Appendf(dst, `,"Age":{"N":"%d"},"Active":{"BOOL":true}`, rng.IntN(90))
	case "typical":
		for _, name := range []string{"Name", "Email", "Street", "City", "Comment"} {
			dst = text(fmt.Appendf(dst, `,"%s":`, name), 8, 40)
		}
		dst = fmt.Appendf(dst, `,"Age":{"N":"%d"},"Balance":{"N":"-%d.%02d"},"CreatedAt":{"N":"17%08d"}`, rng.IntN(90), rng.IntN(1e6), rng.IntN(100), rng.IntN(1e8))
		dst = append(dst, `,"Active":{"BOOL":false},"Deleted":{"NULL":true},"Tags":{"SS":["new","vip"]},"Bio":`...)
		dst = text(dst, 150, 300)
		dst = text(append(dst, `,"Pets":{"M":{"Judith":{"M":{"Type":`...), 4, 10)
		dst = append(dst, `,"Age":{"N":"7"}}},"Scores":{"L":[{"N":"1"},{"N":"22"},{"N":"333"}]}}}`...)
	case "wide":
		for i := range 150 {
			dst = text(fmt.Appendf(dst, `,"attribute_%d":`, i), 4, 16)
		}
	case "nested":
		dst = append(dst, `,"Orders":{"L":[`...)
		for i := range 12 {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = fmt.Appendf(dst, `{"M":{"Sku":{"S":"A-%04d"},"Count":{"N":"%d"},"Ship":{"M":{"To":`, rng.IntN(1e4), rng.IntN(50))
			dst = append(text(dst, 10, 30), `}}}}`...)
		}
		dst = append(dst, `]}`...)
	case "sets":
		dst = append(dst, `,"Numbers":{"NS":["1"`...)
		for range 40 {
			dst = fmt.Appendf(dst, `,"%d"`, rng.IntN(1e6))
		}
		dst = append(dst, `]},"Letters":{"SS":["é"`...)
		for range 40 {
			dst = fmt.Appendf(dst, `,"%x"`, rng.Uint64())
		}
		dst = append(dst, `]}`...)
	}
	return append(dst, '}')
}

func appendBenchText(dst []byte, rng *rand.Rand, kind string, n int) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.,-@0123456789"
	escapes := []string{`\"`, `\\`, `\n`, `\/`, `é`, `\ud83d\ude00`}
	others := []rune("äöüßéèçñ漢字仮名交じり文ελληνικά")
	if kind == "binary" {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return AppendB(dst, b)
	}
	dst = append(dst, `{"S":"`...)
	for range n {
		switch {
		case kind == "escaped" && rng.IntN(8) == 0:
			dst = append(dst, escapes[rng.IntN(len(escapes))]...)
		case kind == "unicode" && rng.IntN(2) == 0:
			dst = append(dst, string(others[rng.IntN(len(others))])...)
		default:
			dst = append(dst, letters[rng.IntN(len(letters))])
		}
	}
	return append(dst, `"}`...)
}

// What is timed is whole and right: every item of every page is valid, with as
// many attributes as encoding/json finds.
func TestBenchmarkPages(t *testing.T) {
	var s Scanner
	var p Page
	for _, shape := range benchShapes {
		for _, strings := range benchStrings {
			if err := s.Page(&p, benchPage(shape, strings)); err != nil {
				t.Fatalf("%s/%s: %v", shape, strings, err)
			}
			for i, it := range p.Items {
				var want map[string]json.RawMessage
				if err := json.Unmarshal(p.Item(i), &want); err != nil || it.Err != nil || int(it.N) != len(want) {
					t.Fatalf("%s/%s: item %d has %d attributes, want %d; %v, %v", shape, strings, i, it.N, len(want), it.Err, err)
				}
			}
		}
	}
}

func BenchmarkPage(b *testing.B) {
	for _, shape := range benchShapes {
		for _, strings := range benchStrings {
			b.Run("item="+shape+"/strings="+strings, func(b *testing.B) {
				body := benchPage(shape, strings)
				b.Run("codec=wire", func(b *testing.B) {
					var s Scanner
					var p Page
					b.SetBytes(int64(len(body)))
					b.ReportAllocs()
					for b.Loop() {
						if err := s.Page(&p, body); err != nil {
							b.Fatal(err)
						}
					}
				})
				b.Run("codec=encoding-json-valid", func(b *testing.B) {
					b.SetBytes(int64(len(body)))
					b.ReportAllocs()
					for b.Loop() {
						if !json.Valid(body) {
							b.Fatal("not valid")
						}
					}
				})
				b.Run("codec=encoding-json", func(b *testing.B) {
					b.SetBytes(int64(len(body)))
					b.ReportAllocs()
					for b.Loop() {
						var out struct {
							Items []map[string]json.RawMessage
						}
						if err := json.Unmarshal(body, &out); err != nil {
							b.Fatal(err)
						}
					}
				})
			})
		}
	}
}

// BenchmarkIterators compares loops over Next with those over All.
func BenchmarkIterators(b *testing.B) {
	for _, shape := range benchShapes {
		var s Scanner
		var p Page
		must(s.Page(&p, benchPage(shape, "ascii")))
		item := p.Item(0)
		b.Run("item="+shape+"/loop=next", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				walkNext(item)
			}
		})
		b.Run("item="+shape+"/loop=all", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				walkAll(item)
			}
		})
	}
}

// walkNext returns the sum of the lengths of the names and scalars of an item.
func walkNext(item []byte) (n int) {
	members := ItemMembers(item)
	for a, ok := members.Next(); ok; a, ok = members.Next() {
		n += a.Name.Len()
		value := a.Value.Of(item)
		elements := ElementsOf(value)
		for span, ok := elements.Next(); ok; span, ok = elements.Next() {
			n += span.Len()
		}
		texts := StringsOf(value)
		for span, ok := texts.Next(); ok; span, ok = texts.Next() {
			n += span.Len()
		}
	}
	return n
}

// walkAll is walkNext with All.
func walkAll(item []byte) (n int) {
	for a := range ItemMembers(item).All() {
		n += a.Name.Len()
		value := a.Value.Of(item)
		for _, element := range ElementsOf(value).All() {
			n += len(element)
		}
		for text := range StringsOf(value).All() {
			n += len(text)
		}
	}
	return n
}
