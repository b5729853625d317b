package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPage(t *testing.T) {
	const a, b = `{"a":{"S":"x"},"n":{"N":"1"}}`, `{"b":{"M":{}}}`
	for _, test := range []struct {
		reason, body string
		items        []string
		meta         string
	}{
		{"no items", `{"Items":[]}`, nil, `{}`},
		{"no items, with space", `{"Items" : [ ] }`, nil, `{}`},
		{"one item", `{"Items":[` + a + `]}`, []string{a}, `{}`},
		{"items first", `{"Items":[` + a + `,` + b + `],"NextToken":"t"}`, []string{a, b}, `{"NextToken":"t"}`},
		{"items last", `{"Count":2,"ScannedCount":3,"Items":[` + a + `,` + b + `]}`, []string{a, b}, `{"Count":2,"ScannedCount":3}`},
		{"items in the middle", `{"Count":2,"Items":[` + a + `,` + b + `],"NextToken":"t"}`, []string{a, b}, `{"Count":2,"NextToken":"t"}`},
		{"members keep their text", ` { "LastEvaluatedKey" : { "a" : {"S":"\u0041"} } , "Items" : [ ` + a + ` ] , "x" : [ 1 , -0.5e+3 , true , false , null , "é" , {} , [] ] } `,
			[]string{a}, `{"LastEvaluatedKey" : { "a" : {"S":"\u0041"} },"x" : [ 1 , -0.5e+3 , true , false , null , "é" , {} , [] ]}`},
		{"an escaped name", `{"\u0049tems":[` + a + `]}`, []string{a}, `{}`},
		{"a name in lower case is another member", `{"items":[1],"Items":[]}`, nil, `{"items":[1]}`},
		{"a member within another member is none of the page", `{"x":{"Items":[1]},"Items":[]}`, nil, `{"x":{"Items":[1]}}`},
		{"empty items", `{"Items":[{},{}]}`, []string{`{}`, `{}`}, `{}`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var s Scanner
			var p Page
			if err := s.Page(&p, []byte(test.body)); err != nil {
				t.Fatal(err)
			}
			if string(p.Meta) != test.meta || !json.Valid(p.Meta) {
				t.Errorf("Meta is %s, want %s", p.Meta, test.meta)
			}
			if len(p.Items) != len(test.items) {
				t.Fatalf("%d items, want %d", len(p.Items), len(test.items))
			}
			for i, want := range test.items {
				members, _ := oracleItem([]byte(want))
				if got := p.Item(i); string(got) != want || p.Items[i].Err != nil {
					t.Errorf("item %d is %s, %v, want %s", i, got, p.Items[i].Err, want)
				}
				checkAttrs(t, p.Body, p.ItemAttrs(i), members)
			}
		})
	}
}

func TestPageRefuses(t *testing.T) {
	for _, test := range []struct {
		reason, body string
		offset       int
	}{
		{"an array", `[]`, 0},
		{"no members, which is not DynamoDB's answer", `{}`, 2},
		{"somebody else's answer", `{"message":"overloaded"}`, 24},
		{"no Items of its own", `{"x":{"Items":[]}}`, 18},
		{"null for Items", `{"Items":null}`, 9},
		{"null", `null`, 0},
		{"HTML", `<html></html>`, 0},
		{"text behind", `{"Items":[]}{}`, 12},
		{"a NUL behind", "{\"Items\":[]}\x00", 12},
		{"a comma behind the last member", `{"Items":[],}`, 12},
		{"a comma before the first", `{,"Items":[]}`, 1},
		{"no comma", `{"Items":[]"x":1}`, 11},
		{"no colon", `{"Items"[]}`, 8},
		{"a name without quotes", `{Items:[]}`, 1},
		{"items that are an object", `{"Items":{}}`, 9},
		{"items that are a string", `{"Items":"[]"}`, 9},
		{"items that are false", `{"Items":false}`, 9},
		{"items closed by a brace", `{"Items":[{}}}`, 12},
		{"items without comma", `{"Items":[{}{}]}`, 12},
		{"a comma behind the last item", `{"Items":[{},]}`, 13},
		{"a comma before the first item", `{"Items":[,{}]}`, 10},
		{"two commas between items", `{"Items":[{},,{}]}`, 13},
		{"Items twice", `{"Items":[],"Items":[]}`, 13},
		{"Items twice, once escaped", `{"Items":[],"\u0049tems":[]}`, 13},
		{"another member twice", `{"NextToken":"a","NextToken":"b"}`, 18},
		{"an item with a closing bracket of the wrong kind", `{"Items":[{"a":{"S":"x"]}]}`, 23},
		{"an item closed too often", `{"Items":[{"a":{"S":"x"}}}]}`, 25},
		{"a meta member with a bad escape", `{"x":"\q"}`, 7},
		{"a meta member with bad UTF-8", "{\"x\":\"\xff\"}", 6},
		{"a meta member that is no literal", `{"x":nul}`, 8},
		{"a meta member with a leading zero", `{"x":01}`, 5},
		{"a meta member with a bare point", `{"x":1.}`, 7},
		{"a meta member with a bare exponent", `{"x":1e+}`, 8},
		{"a meta member with a plus", `{"x":+1}`, 5},
		{"a meta member that is nothing", `{"x":}`, 5},
		{"a meta array with a comma too many", `{"x":[1,]}`, 8},
		{"a meta object with a comma too many", `{"x":{"a":1,}}`, 12},
		{"a meta member nested beyond reason", `{"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, 5 + maxMetaDepth},
		{"a meta member nested beyond reason in objects", `{"x":` + strings.Repeat(`{"a":`, 1000) + `1` + strings.Repeat("}", 1000) + `}`, 5 + 5*maxMetaDepth},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var s Scanner
			p := Page{Items: []Item{{}}, Attrs: []Attr{{}}, Meta: []byte("{}")}
			err := s.Page(&p, []byte(test.body))
			var se *SyntaxError
			if !errors.As(err, &se) || se.Offset != test.offset || errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("got %v, want an error at %d", err, test.offset)
			}
			if len(p.Items)+len(p.Attrs)+len(p.Meta) != 0 {
				t.Errorf("the page still holds %d items, %d attributes, %d bytes", len(p.Items), len(p.Attrs), len(p.Meta))
			}
		})
	}
}

// A bad item is an item of the page, with its reason, and the others are as if
// it were not there.
func TestPageGoesOnBehindABadItem(t *testing.T) {
	const good = `{"good":{"S":"x"}}`
	for _, test := range []struct {
		reason, item string
		offset       int // in the item
		err          error
	}{
		{"a duplicate", `{"a":{"S":"x"},"a":{"S":"y"}}`, 16, ErrDuplicate},
		{"an unknown type", `{"a":{"X":"x"}}`, 7, nil},
		{"NULL that is false", `{"a":{"NULL":false}}`, 13, nil},
		{"a number that is none", `{"a":{"N":"x"}}`, 11, nil},
		{"base64 that is none", `{"a":{"B":"?"}}`, 11, nil},
		{"two types", `{"a":{"S":"x","N":"1"}}`, 13, nil},
		{"too deep", nest(`{"M":{"k":`, `}}`, 32), 5 + 31*len(`{"M":{"k":`), ErrDepth},
		{"much too deep", nest(`{"L":[`, `]}`, 50_000), 5 + 31*len(`{"L":[`), ErrDepth},
		{"arrays much too deep", strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000), 0, nil},
		{"not an object but null", `null`, 0, nil},
		{"not an object but a number", `-1.5e3`, 0, nil},
		{"not an object but a string", `"}]\"\\"`, 0, nil},
		{"not an object but an array", `[{}]`, 0, nil},
		{"raw invalid UTF-8", "{\"a\":{\"S\":\"\xff\"}}", 11, nil},
		{"a raw surrogate", "{\"a\":{\"S\":\"\xed\xa0\x80\"}}", 11, nil},
		{"a raw control character", "{\"a\":{\"S\":\"\n\"}}", 11, nil},
		{"a bad escape", `{"a":{"S":"\q"}}`, 12, nil},
		{"a bad escape before a quote", `{"a":{"S":"\u12\""}}`, 15, nil},
		{"a missing comma", `{"a":{"S":"x"}"b":{"S":"x"}}`, 14, nil},
		{"a name without quotes", `{a:{"S":"x"}}`, 1, nil},
	} {
		t.Run(test.reason, func(t *testing.T) {
			for _, space := range []string{"", " \n"} {
				prefix := `{"Items":[` + space + good + `,` + space
				body := prefix + test.item + space + `,` + good + `],"NextToken":"t"}`
				var s Scanner
				var p Page
				if err := s.Page(&p, []byte(body)); err != nil {
					t.Fatal(err)
				}
				if len(p.Items) != 3 || string(p.Item(1)) != test.item || string(p.Meta) != `{"NextToken":"t"}` {
					t.Fatalf("items %v, Meta %s", p.Items, p.Meta)
				}
				err := p.Items[1].Err
				var se *SyntaxError
				if !errors.As(err, &se) || se.Offset != len(prefix)+test.offset || test.err != nil && !errors.Is(err, test.err) {
					t.Errorf("got %v, want %v at %d", err, test.err, len(prefix)+test.offset)
				}
				if len(p.ItemAttrs(1)) != 0 {
					t.Errorf("a bad item has attributes: %v", p.ItemAttrs(1))
				}
				for _, i := range []int{0, 2} {
					members, _ := oracleItem([]byte(good))
					if string(p.Item(i)) != good || p.Items[i].Err != nil {
						t.Errorf("item %d is %s, %v", i, p.Item(i), p.Items[i].Err)
					}
					checkAttrs(t, p.Body, p.ItemAttrs(i), members)
				}
			}
		})
	}
}

// Ten million levels, where a recursive reader would need gigabytes of stack.
func TestPageOfAbsurdNesting(t *testing.T) {
	const levels = 10_000_000
	for _, test := range []struct{ reason, open, close string }{
		{"arrays", "[", "]"},
		{"objects", `{"":`, "}"},
		{"an item's lists", `{"L":[`, "]}"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			n := levels / len(test.open)
			nested := strings.Repeat(test.open, n) + "1" + strings.Repeat(test.close, n)
			body := []byte(`{"Items":[{"a":` + nested + `},{"b":{"S":"x"}}]}`)
			var s Scanner
			var p Page
			if err := s.Page(&p, body); err != nil {
				t.Fatal(err)
			}
			if len(p.Items) != 2 || p.Items[0].Err == nil || p.Items[1].Err != nil {
				t.Fatalf("items: %v", p.Items)
			}
			if err := s.Page(&p, body[:len(body)-30]); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("truncated: %v", err)
			}
			if err := s.Page(&p, []byte(`{"x":`+nested+`}`)); err == nil {
				t.Error("accepted outside an item")
			}
		})
	}
}

// genPage renders a response and returns it with the models of its items.
func genPage(c chooser, st style) (body []byte, items [][]member) {
	for n := c.IntN(5); n > 0; n-- {
		items = append(items, genMembers(c, 3))
	}
	r := renderer{style: st, chooser: c}
	meta := []string{`"Count"`, `2`, `"LastEvaluatedKey"`, `{"a": {"S":"\u0041"}}`, `"ConsumedCapacity"`, `{"CapacityUnits":0.5,"x":[true,null]}`}
	order := c.IntN(4) // of Items among the other members
	r.list("{", "}", 4, func(i int) {
		if i == order {
			r.gap()
			r.str("Items")
			r.token(":")
			r.list("[", "]", len(items), func(i int) { r.object(items[i]) })
			return
		}
		if i > order {
			i--
		}
		r.token(meta[2*i])
		r.token(":")
		r.token(meta[2*i+1])
	})
	return r.dst, items
}

func TestPageReadsEveryNotation(t *testing.T) {
	var s Scanner
	var p Page // used again and again
	checkProperty(t, func(t *rapid.T, c chooser) {
		body, items := genPage(c, style{c.IntN(60), c.IntN(60)})
		if err := s.Page(&p, body); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if len(p.Items) != len(items) {
			t.Fatalf("%d items, want %d: %s", len(p.Items), len(items), body)
		}
		for i, want := range items {
			if p.Items[i].Err != nil {
				t.Fatalf("item %d: %v: %s", i, p.Items[i].Err, body)
			}
			checkAttrs(t, body, p.ItemAttrs(i), want)
			if got := readMembers(p.Item(i), ItemMembers(p.Item(i))); !reflect.DeepEqual(got, want) {
				t.Fatalf("item %d is %+v, want %+v", i, got, want)
			}
		}
		if err := checkPage(&p); err != nil {
			t.Fatal(err)
		}
	})
}

// checkPage holds an accepted page against encoding/json: with {} in the place
// of its bad items it is JSON and UTF-8, its members are those of Meta and
// Items, an array that must be there, and its items are what the oracle says
// they are.
func checkPage(p *Page) error {
	var good []byte
	at := uint32(0)
	for _, it := range p.Items {
		good = append(good, p.Body[at:it.Start]...)
		if at = it.Start; it.Err != nil {
			good = append(good, "{}"...)
			at = it.End
		}
	}
	good = append(good, p.Body[at:]...)
	if !json.Valid(good) || !utf8.Valid(good) {
		return fmt.Errorf("accepted, and not JSON: %q", good)
	}
	var want, meta map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(disguise(good), &want), json.Unmarshal(disguise(p.Meta), &meta)); err != nil {
		return err
	}
	if raw := want["Items"]; len(raw) == 0 || raw[0] != '[' {
		return fmt.Errorf("accepted without an array of Items: %q", p.Body)
	}
	var items []json.RawMessage
	if err := json.Unmarshal(want["Items"], &items); err != nil {
		return err
	}
	delete(want, "Items")
	if len(items) != len(p.Items) || !reflect.DeepEqual(want, meta) && len(want)+len(meta) > 0 {
		return fmt.Errorf("%d items and Meta %s for %q", len(p.Items), p.Meta, p.Body)
	}
	next := uint32(0)
	for i, it := range p.Items {
		if it.First != next || it.Err != nil && it.N != 0 {
			return fmt.Errorf("item %d has attributes %d+%d", i, it.First, it.N)
		}
		next += it.N
		members, ok := oracleItem(p.Item(i))
		if ok != (it.Err == nil) && !disguised(p.Item(i)) {
			return fmt.Errorf("item %d: %v; the oracle says %v: %q", i, it.Err, ok, p.Item(i))
		}
		if ok && int(it.N) != len(members) {
			return fmt.Errorf("item %d has %d attributes, want %d", i, it.N, len(members))
		}
		if it.Err == nil && !bytes.Equal(disguise(p.Item(i)), items[i]) {
			return fmt.Errorf("item %d is %q, want %q", i, p.Item(i), items[i])
		}
	}
	if int(next) != len(p.Attrs) {
		return fmt.Errorf("%d attributes belong to no item", len(p.Attrs)-int(next))
	}
	return nil
}

func TestPageRefusesEveryPrefix(t *testing.T) {
	rng := newRand(7)
	var s Scanner
	var p Page
	for range 50 {
		body, _ := genPage(rng, loose)
		body = bytes.TrimSpace(body)
		for n := range len(body) {
			if err := s.Page(&p, body[:n:n]); !errors.Is(err, io.ErrUnexpectedEOF) || len(p.Items) != 0 {
				t.Fatalf("%s: cut at %d: %v", body, n, err)
			}
		}
	}
}

func TestPageNeverAcceptsCorruptionThatIsNotJSON(t *testing.T) {
	rng := newRand(8)
	var s Scanner
	var p Page
	accepted := 0
	for range 12_000 {
		body, _ := genPage(rng, style{rng.IntN(20), rng.IntN(20)})
		if body = corrupt(rng, body); s.Page(&p, body) != nil {
			if reason := pageOracle(body); reason != "" {
				t.Fatalf("refused: %s: %q", reason, body)
			}
			continue
		}
		accepted++
		if err := checkPage(&p); err != nil {
			t.Fatal(err)
		}
	}
	if accepted < 500 {
		t.Errorf("only %d corrupted pages were still pages", accepted)
	}
}

// pageOracle says why a body must not be refused: it is JSON and a response.
func pageOracle(body []byte) string {
	if !json.Valid(body) || !utf8.Valid(body) {
		return ""
	}
	dec := json.NewDecoder(bytes.NewReader(disguise(body)))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	seen := map[string]bool{}
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || seen[name.(string)] || dec.Decode(&value) != nil {
			return ""
		}
		if name == "Items" && value[0] != '[' {
			return ""
		}
		seen[name.(string)] = true
	}
	if !seen["Items"] {
		return ""
	}
	return "it is a response"
}

// A page of a size that no service sends, to see that offsets reach that far.
func TestPageOfTensOfMegabytes(t *testing.T) {
	text := strings.Repeat("x", 400_000)
	body := []byte(`{"Items":[`)
	const n = 125
	for i := range n {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"Id":{"N":"%d"},"Text":{"S":"%s"}}`, i, text)
	}
	body = append(body, `]}`...)
	var s Scanner
	var p Page
	if err := s.Page(&p, body); err != nil || len(p.Items) != n {
		t.Fatalf("%d items, %v", len(p.Items), err)
	}
	for i := range n {
		attrs := p.ItemAttrs(i)
		if got, _ := DecodeText(attrs[0].Value.Of(body)); got != fmt.Sprint(i) || attrs[1].Value.Len() != len(text)+8 {
			t.Fatalf("item %d has Id %s and %d bytes of text", i, got, attrs[1].Value.Len())
		}
	}
}

func TestTextBeyondUint32IsRefused(t *testing.T) {
	if err := checkLen(math.MaxUint32); err != nil {
		t.Error(err)
	}
	if err := checkLen(math.MaxUint32 + 1); err == nil {
		t.Error("4 GiB are accepted")
	}
}
