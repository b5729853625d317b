package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/wire"
)

const (
	pageBytes     = 1 << 20 // of items, where DynamoDB cuts a page
	distinctPages = 4       // after these the table repeats itself
	distinctItems = 120     // at least, so that no batch holds a key twice
)

// A span is where an item stands in a page's body.
type span struct{ start, end int }

// A page is the start of a response's body, up to the end of its items.
type page struct {
	body  []byte // {"Items":[…]
	items []span
}

func (p page) item(i int) []byte { return p.body[p.items[i].start:p.items[i].end] }

// newPages makes the pages of a table.
func newPages(s shape) []page { return slices.Collect(eachPage(s)) }

// eachPage makes the pages one by one, the same ones for the same shape.
func eachPage(s shape) iter.Seq[page] {
	return func(yield func(page) bool) {
		g := &generator{shape: s, rng: rand.New(rand.NewPCG(uint64(s.ItemBytes), 7))}
		items := 0
		for n := 0; n < distinctPages || items < distinctItems; n++ {
			p := g.page()
			items += len(p.items)
			if !yield(p) {
				return
			}
		}
	}
}

type generator struct {
	shape
	rng  *rand.Rand
	next int // the number of the next item
}

func (g *generator) page() page {
	p := page{body: []byte(`{"Items":[`)}
	for size := 0; size < pageBytes; {
		if len(p.items) > 0 {
			p.body = append(p.body, ',')
		}
		item := g.item()
		size += wire.ItemSize(item)
		p.items = append(p.items, span{len(p.body), len(p.body) + len(item)})
		p.body = append(p.body, item...)
	}
	p.body = append(p.body, ']')
	return p
}

// item makes a user: what copy4 replaces, then, as far as the size allows,
// attributes of every kind, orders, and notes up to the exact size.
func (g *generator) item() []byte {
	n := g.next
	g.next++
	var b strings.Builder
	street := fmt.Sprintf(`"Street":{"S":"%d Long St"}`, 10+n%90)
	fmt.Fprintf(&b, `{"Id":{"S":"u%07d"},"Name":{"S":"Ann %04d"},"Email":{"S":"a%05d@ex.com"},"Phone":{"S":"%07d"}`,
		n, n%9999, n%99999, 5550000+n%9999)
	if g.ItemBytes < 512 {
		fmt.Fprintf(&b, `,"Address":{"M":{%s}},"Age":{"N":"%d"},"Active":{"BOOL":true}}`, street, 18+n%70)
		return []byte(b.String())
	}
	fmt.Fprintf(&b, `,"Address":{"M":{%s,"City":{"S":"Springfield"},"Zip":{"S":"%05d"},"Geo":{"M":{"Lat":{"N":"%d.5012"},"Lon":{"N":"-%d.25"}}}}}`,
		street, 10000+n%80000, n%90, n%180)
	fmt.Fprintf(&b, `,"Age":{"N":"%d"},"Balance":{"N":"%d.75"},"Active":{"BOOL":%v},"Deleted":{"NULL":true},"Country":{"S":"DE"},"Created":{"S":"2024-05-%02dT10:11:12Z"}`,
		18+n%70, 1000+n, n%2 == 0, 1+n%28)
	fmt.Fprintf(&b, `,"Tags":{"SS":["newsletter","customer","vip-%d"]},"Scores":{"NS":["%d","%d","%d"]}`,
		n%10, 1000000+n, 2000000+n, 3000000+n)
	b.WriteString(`,"Orders":{"L":[`)
	for i := range min(2+g.ItemBytes*4/10/200, 40) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"M":{"Sku":{"S":"SKU-%06d"},"Qty":{"N":"%d"},"Price":{"N":"%d.99"},"Note":%s}}`,
			g.rng.IntN(1e6), 1+n%9, 1+n%500, g.text(24))
	}
	b.WriteString("]}")
	return g.pad(b.String())
}

// pad adds notes of up to 1 KB until the item has its size.
func (g *generator) pad(item string) []byte {
	missing := g.ItemBytes - wire.ItemSize([]byte(item+"}"))
	var b strings.Builder
	b.WriteString(item)
	for i := 0; missing > len("Note000"); i++ {
		n := min(missing-len("Note000"), 1<<10)
		fmt.Fprintf(&b, `,"Note%03d":%s`, i, g.text(n))
		missing -= n + len("Note000")
	}
	b.WriteByte('}')
	return []byte(b.String())
}

const plain = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 "

// text returns a value of n bytes: a string, one in which every fourth
// character is written as an escape or not ASCII, or a binary.
func (g *generator) text(n int) string {
	raw := make([]byte, 0, n)
	if g.Strings == "binary" {
		for range n {
			raw = append(raw, byte(g.rng.Uint32()))
		}
		return `{"B":"` + base64.StdEncoding.EncodeToString(raw) + `"}`
	}
	for len(raw) < n {
		switch {
		case g.Strings == "escape" && len(raw)%20 == 16 && len(raw)+2 <= n:
			raw = append(raw, "é"...)
		case g.Strings == "escape" && len(raw)%4 == 0:
			raw = append(raw, "\"\\\n\t"[g.rng.IntN(4)])
		default:
			raw = append(raw, plain[g.rng.IntN(len(plain))])
		}
	}
	quoted, err := json.Marshal(string(raw))
	if err != nil {
		panic(err) // a string can always be marshalled
	}
	return `{"S":` + string(quoted) + `}`
}
