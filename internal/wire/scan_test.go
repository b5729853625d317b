package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestIndex(t *testing.T) {
	for _, test := range []struct{ reason, item string }{
		{"no attributes", `{}`},
		{"every kind", `{"s":{"S":"x"},"n":{"N":"-1.5"},"b":{"B":"AAA="},"t":{"BOOL":true},"f":{"BOOL":false},"z":{"NULL":true},"m":{"M":{"k":{"S":"v"}}},"l":{"L":[{"S":"e"},{"N":"1"}]},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},"bs":{"BS":["AA==","AAAA"]}}`},
		{"every kind with space behind the colons only", `{"s": {"S": "x"},"n": {"N": "-1.5"},"b": {"B": "AAA="},"t": {"BOOL": true},"z": {"NULL": true},"m": {"M": {"k": {"S": "v"}}},"l": {"L": [{"S": "e"}]},"ss": {"SS": ["a"]}}`},
		{"every kind with space in every place", ` { "s" : { "S" : "x" } , "n" : { "N" : "-1.5" } , "b" : { "B" : "AAA=" } , "t" : { "BOOL" : true } , "z" : { "NULL" : true } , "m" : { "M" : { "k" : { "S" : "v" } } } , "l" : { "L" : [ { "S" : "e" } , { "N" : "1" } ] } , "ss" : { "SS" : [ "a" , "b" ] } , "e" : { "L" : [ ] } , "o" : { "M" : { } } } `},
		{"all four white space characters", "\t\r\n {\t\r\n \"a\"\t\r\n :\t\r\n {\t\r\n \"S\"\t\r\n :\t\r\n \"x\"\t\r\n }\t\r\n }\t\r\n "},
		{"a map with space before its closing brace", `{"m":{"M":{"k":{"S":"v"} } }}`},
		{"a list with space before its closing bracket", `{"l":{"L":[{"S":"v"} ] }}`},
		{"empty string, binary, map, list and sets", `{"a":{"S":""},"b":{"B":""},"m":{"M":{}},"l":{"L":[]},"x":{"SS":[]},"y":{"NS":[]},"z":{"BS":[]}}`},
		{"empty and equal members of sets are the writer's business", `{"a":{"SS":["","a","a"]},"b":{"NS":["1","1.0"]},"c":{"BS":["",""]}}`},
		{"an empty name is", `{"":{"S":"x"}}`},
		{"a number out of range is", `{"a":{"N":"1e999"}}`},
		{"number forms", `{"a":{"NS":["0","-0","+1",".5","5.","1e3","1E-3","1e+3","00042"]}}`},
		{"escapes in a type letter", `{"a":{"\u0053":"x"},"b":{"\u0042\u004F\u004f\u004c":true}}`},
		{"escapes in a number", `{"a":{"N":"\u0031"},"b":{"NS":["1E\u002B2"]}}`},
		{"escapes in base64, as some writers have them", `{"a":{"B":"\/+8\u003d"},"b":{"BS":["\u002b\/8="]}}`},
		{"names that differ in a lone surrogate", `{"\ud800":{"S":""},"\ud801":{"S":""},"\udc00":{"S":""},"\ufffd":{"S":""}}`},
		{"names that differ in case", `{"a":{"S":""},"A":{"S":""}}`},
		{"one name at several depths", `{"a":{"M":{"a":{"M":{"a":{"S":""}}}}},"b":{"M":{"a":{"S":""}}}}`},
		{"structure inside strings", `{"}{\"":{"S":"}]\\\""},"\\":{"S":"\\"}}`},
		{"a name like a type", `{"S":{"S":"S"},"M":{"M":{"M":{"M":{}}}}}`},
		{"a value shorter than a word at the end", `{"a":{"S":""}}`},
		{"the deepest list", nest(`{"L":[`, `]}`, 31)},
		{"measured: a set may be as deep as a scalar", strings.Replace(nest(`{"L":[`, `]}`, 31), `{"S":"x"}`, `{"SS":["x"]}`, 1)},
		{"measured: an empty list one level up", strings.Replace(nest(`{"L":[`, `]}`, 30), `{"S":"x"}`, `{"L":[]}`, 1)},
		{"the deepest map", nest(`{"M":{"k":`, `}}`, 31)},
	} {
		t.Run(test.reason, func(t *testing.T) {
			want, ok := oracleItem([]byte(test.item))
			if !ok {
				t.Fatal("the oracle refuses it")
			}
			attrs := mustIndex(t, []byte(test.item))
			checkAttrs(t, []byte(test.item), attrs, want)
		})
	}
}

// nest returns an item with n wrappers round a scalar.
func nest(open, close string, n int) string {
	return `{"a":` + strings.Repeat(open, n) + `{"S":"x"}` + strings.Repeat(close, n) + `}`
}

// checkAttrs holds attributes of a text against the model of the item.
func checkAttrs(t interface {
	Helper()
	Fatalf(string, ...any)
}, b []byte, attrs []Attr, want []member) {
	t.Helper()
	if len(attrs) != len(want) {
		t.Fatalf("%d attributes, want %d", len(attrs), len(want))
	}
	for i, a := range attrs {
		if name := string(AppendUnquote(nil, a.Name.Of(b))); name != want[i].name {
			t.Fatalf("attribute %d is %q, want %q", i, name, want[i].name)
		}
		if b[a.Name.Start-1] != '"' || b[a.Name.End] != '"' || a.Escaped != bytes.ContainsRune(a.Name.Of(b), '\\') {
			t.Fatalf("attribute %d: name %q in %+v", i, a.Name.Of(b), a)
		}
		if a.Kind != want[i].value.kind || KindOf(a.Value.Of(b)) != a.Kind {
			t.Fatalf("attribute %d has kind %v, want %v", i, a.Kind, want[i].value.kind)
		}
		if got := readNode(a.Value.Of(b)); !reflect.DeepEqual(got, want[i].value) {
			t.Fatalf("attribute %d is %+v, want %+v", i, got, want[i].value)
		}
	}
}

func TestIndexRefuses(t *testing.T) {
	for _, test := range []struct {
		reason, item string
		offset       int
		err          error
	}{
		{"nothing", ``, 0, io.ErrUnexpectedEOF},
		{"white space", `  `, 2, io.ErrUnexpectedEOF},
		{"not an object", `[]`, 0, nil},
		{"text behind", `{} {}`, 3, nil},
		{"a name without quotes", `{a:{"S":"x"}}`, 1, nil},
		{"a name in the wrong quotes", `{'a':{"S":"x"}}`, 1, nil},
		{"no colon", `{"a"{"S":"x"}}`, 4, nil},
		{"no value", `{"a":}`, 5, nil},
		{"a comma behind the last member", `{"a":{"S":"x"},}`, 15, nil},
		{"a comma before the first", `{,"a":{"S":"x"}}`, 1, nil},
		{"two commas", `{"a":{"S":"x"},,"b":{"S":"x"}}`, 15, nil},
		{"no comma", `{"a":{"S":"x"}"b":{"S":"x"}}`, 14, nil},
		{"a form feed is no white space", "{\f}", 1, nil},
		{"a no-break space is none", "{\u00a0}", 1, nil},
		{"a comment", `{/**/}`, 1, nil},
		{"a byte order mark", "\ufeff{}", 0, nil},

		{"a value that is no object", `{"a":"x"}`, 5, nil},
		{"null for a value", `{"a":null}`, 5, nil},
		{"a value without type", `{"a":{}}`, 6, nil},
		{"two types", `{"a":{"S":"x","N":"1"}}`, 13, nil},
		{"the same type twice", `{"a":{"S":"x","S":"x"}}`, 13, nil},
		{"an unknown type", `{"a":{"X":"x"}}`, 7, nil},
		{"an unknown type of two letters", `{"a":{"XS":["x"]}}`, 7, nil},
		{"a type in lower case", `{"a":{"s":"x"}}`, 7, nil},
		{"a type with a space", `{"a":{"S ":"x"}}`, 7, nil},
		{"a very long type", `{"a":{"` + strings.Repeat(`\u0053`, 20) + `":"x"}}`, 7, nil},
		{"a type without quotes", `{"a":{S:"x"}}`, 6, nil},
		{"a type without colon", `{"a":{"S" "x"}}`, 10, nil},
		{"S of a number", `{"a":{"S":1}}`, 10, nil},
		{"S of null", `{"a":{"S":null}}`, 10, nil},
		{"N of a number", `{"a":{"N":1}}`, 10, nil},
		{"N of no number", `{"a":{"N":"x"}}`, 11, nil},
		{"N of nothing", `{"a":{"N":""}}`, 11, nil},
		{"N with a space", `{"a":{"N":"1 "}}`, 11, nil},
		{"N of two numbers", `{"a":{"N":"1,2"}}`, 11, nil},
		{"N of very long text", `{"a":{"N":"` + strings.Repeat("0", maxNumberLen+1) + `"}}`, 11, nil},
		{"B without padding", `{"a":{"B":"AA"}}`, 11, nil},
		{"B of the other alphabet", `{"a":{"B":"-_8="}}`, 11, nil},
		{"B with a line break", `{"a":{"B":"AAAA\nAAAA"}}`, 11, nil},
		{"B of no string", `{"a":{"B":["AA=="]}}`, 10, nil},
		{"BOOL of a string", `{"a":{"BOOL":"true"}}`, 13, nil},
		{"BOOL of null", `{"a":{"BOOL":null}}`, 13, nil},
		{"BOOL cut short", `{"a":{"BOOL":tru}}`, 16, nil},
		{"BOOL run on", `{"a":{"BOOL":falsey}}`, 18, nil},
		{"NULL of false", `{"a":{"NULL":false}}`, 13, nil},
		{"M of an array", `{"a":{"M":[]}}`, 10, nil},
		{"M of scalars", `{"a":{"M":{"b":"x"}}}`, 15, nil},
		{"M closed by a bracket", `{"a":{"M":{"b":{"S":"x"}]}}`, 24, nil},
		{"L of an object", `{"a":{"L":{}}}`, 10, nil},
		{"L of strings", `{"a":{"L":["x"]}}`, 11, nil},
		{"L with a comma behind the last", `{"a":{"L":[{"S":"x"},]}}`, 21, nil},
		{"L closed by a brace", `{"a":{"L":[{"S":"x"}}}}`, 20, nil},
		{"SS of a string", `{"a":{"SS":"x"}}`, 11, nil},
		{"SS of numbers", `{"a":{"SS":[1]}}`, 12, nil},
		{"SS of values", `{"a":{"SS":[{"S":"x"}]}}`, 12, nil},
		{"SS without comma", `{"a":{"SS":["x" "y"]}}`, 16, nil},
		{"NS of no numbers", `{"a":{"NS":["1","x"]}}`, 17, nil},
		{"BS of no base64", `{"a":{"BS":["AAAA","?"]}}`, 20, nil},

		{"a duplicate", `{"a":{"S":"x"},"a":{"S":"y"}}`, 16, ErrDuplicate},
		{"a duplicate with an escape", `{"Email":{"S":"x"},"\u0045mail":{"S":"y"}}`, 20, ErrDuplicate},
		{"a duplicate with other escapes", `{"\u00e9\/":{"S":"x"},"é/":{"S":"y"}}`, 23, ErrDuplicate},
		{"a duplicate of a pair", `{"😀":{"S":"x"},"\ud83d\ude00":{"S":"y"}}`, 19, ErrDuplicate},
		{"a duplicate lone surrogate", `{"\ud800":{"S":"x"},"\uD800":{"S":"y"}}`, 21, ErrDuplicate},
		{"a duplicate empty name", `{"":{"S":"x"},"":{"S":"y"}}`, 15, ErrDuplicate},
		{"a duplicate in a map in a list", `{"a":{"L":[{"M":{"b":{"S":"x"},"c":{"S":""},"b":{"S":"y"}}}]}}`, 45, ErrDuplicate},

		{"one list too deep", nest(`{"L":[`, `]}`, 32), 5 + 31*len(`{"L":[`), ErrDepth},
		{"one map too deep", nest(`{"M":{"k":`, `}}`, 32), 5 + 31*len(`{"M":{"k":`), ErrDepth},
		{"measured: an empty list too deep", strings.Replace(nest(`{"L":[`, `]}`, 31), `{"S":"x"}`, `{"L":[]}`, 1), 5 + 31*len(`{"L":[`), ErrDepth},
		{"measured: an empty map too deep", strings.Replace(nest(`{"L":[`, `]}`, 31), `{"S":"x"}`, `{"M":{}}`, 1), 5 + 31*len(`{"L":[`), ErrDepth},
		{"much too deep", nest(`{"L":[`, `]}`, 100_000), 5 + 31*len(`{"L":[`), ErrDepth},
		{"too deep and not even closed", strings.Repeat(`{"a":{"M":`, 100_000), 0, nil},
	} {
		t.Run(test.reason, func(t *testing.T) {
			if _, ok := oracleItem([]byte(test.item)); ok {
				t.Fatal("the oracle accepts it")
			}
			marker := []Attr{{Kind: BS}}
			attrs, err := new(Scanner).Index(marker, []byte(test.item))
			var se *SyntaxError
			if !errors.As(err, &se) {
				t.Fatalf("got %v, want a *SyntaxError", err)
			}
			if len(attrs) != 1 || attrs[0].Kind != BS {
				t.Errorf("dst has changed: %v", attrs)
			}
			if strings.HasPrefix(test.reason, "too deep and") {
				return
			}
			if se.Offset != test.offset || !errors.Is(err, test.err) && test.err != nil || test.err == nil && se.Err != nil {
				t.Errorf("got %v (%v), want %v at %d", err, se.Err, test.err, test.offset)
			}
		})
	}
}

// Whatever the notation, an item is read as what it means.
func TestIndexReadsEveryNotation(t *testing.T) {
	checkProperty(t, func(t *rapid.T, c chooser) {
		members := genMembers(c, 4)
		item := render(c, style{c.IntN(60), c.IntN(60)}, members)
		if want, ok := oracleItem(item); !ok || !reflect.DeepEqual(want, members) {
			t.Fatalf("the oracle reads something else: %s", item)
		}
		checkAttrs(t, item, mustIndex(t, item), members)
		if got := readMembers(item, ItemMembers(item)); !reflect.DeepEqual(got, members) {
			t.Fatalf("got %+v, want %+v", got, members)
		}
	})
}

func TestIndexRefusesEveryPrefix(t *testing.T) {
	rng := newRand(4)
	var s Scanner
	for range 100 {
		item := bytes.TrimSpace(render(rng, loose, genMembers(rng, 3)))
		for n := range len(item) {
			if _, err := s.Index(nil, item[:n:n]); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%s: cut at %d: %v", item, n, err)
			}
		}
	}
}

// Corrupted items are accepted exactly if encoding/json and the grammar of
// types, spelled out in the oracle, accept them.
func TestIndexAgreesWithTheOracleOnCorruptedItems(t *testing.T) {
	rng := newRand(5)
	var s Scanner
	accepted := 0
	for range 20_000 {
		item := corrupt(rng, render(rng, style{rng.IntN(20), rng.IntN(20)}, genMembers(rng, 3)))
		if disguised(item) {
			continue
		}
		want, ok := oracleItem(item)
		attrs, err := s.Index(nil, item)
		if (err == nil) != ok {
			t.Fatalf("%q: %v; the oracle says %v", item, err, ok)
		}
		if ok {
			accepted++
			checkAttrs(t, item, attrs, want)
		}
	}
	if accepted < 500 {
		t.Errorf("only %d corrupted items were still items", accepted)
	}
}

// corrupt changes, removes, inserts or copies a few bytes.
func corrupt(c chooser, b []byte) []byte {
	const bytesOfInterest = "\"\\{}[],: \x00\x1f\x80\xff\xed0aSNBLMtfnu"
	b = bytes.Clone(b)
	for n := 1 + c.IntN(3); n > 0 && len(b) > 0; n-- {
		i := c.IntN(len(b))
		other := bytesOfInterest[c.IntN(len(bytesOfInterest))]
		switch c.IntN(4) {
		case 0:
			b[i] = other
		case 1:
			b = append(b[:i], b[i+1:]...)
		case 2:
			b = append(b[:i], append([]byte{other}, b[i:]...)...)
		case 3:
			b[i] = b[c.IntN(len(b))]
		}
	}
	return b
}

func TestValue(t *testing.T) {
	var s Scanner
	for _, test := range []struct {
		reason, value string
		want          Kind
	}{
		{"a scalar", `{"S":"x"}`, S},
		{"space round it", ` { "BOOL" : true } `, BOOL},
		{"a map", `{"M":{"a":{"N":"1"}}}`, M},
		{"31 wrappers", nest(`{"L":[`, `]}`, 31)[5:], L},
		{"nothing", ``, Invalid},
		{"an item", `{"a":{"S":"x"}}`, Invalid},
		{"text behind", `{"S":"x"}}`, Invalid},
		{"a duplicate inside", `{"M":{"a":{"N":"1"},"a":{"N":"1"}}}`, Invalid},
	} {
		t.Run(test.reason, func(t *testing.T) {
			text := []byte(test.value)
			if strings.HasPrefix(test.reason, "31") {
				text = text[:len(text)-1]
			}
			kind, err := s.Value(text)
			if kind != test.want || (err == nil) != (test.want != Invalid) {
				t.Errorf("got %v, %v, want %v", kind, err, test.want)
			}
		})
	}
}

func TestErrorsHoldNoText(t *testing.T) {
	const canary = "canary@example.com"
	rng := newRand(6)
	var s Scanner
	var p Page
	for range 2000 {
		members := append(genMembers(rng, 2), member{canary, node{kind: M, members: []member{{canary, node{kind: S, text: canary}}}}})
		item := corrupt(rng, render(rng, compact, members))
		_, err := s.Index(nil, item)
		errs := []error{err, s.Page(&p, fmt.Appendf(nil, `{"Items":[%s],"%s":"%s"}`, item, canary, canary))}
		for _, it := range p.Items {
			errs = append(errs, it.Err)
		}
		for _, err := range errs {
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "canary") {
				t.Fatalf("%s", text)
			}
		}
	}
}

func TestOracleSeesLoneSurrogates(t *testing.T) {
	item := []byte(`{"\ud800a\\ud800":{"S":"\ud83d\ude00\ude00"}}`)
	got, ok := oracleItem(item)
	want := []member{{"\xed\xa0\x80a\\ud800", node{kind: S, text: "😀\xed\xb8\x80"}}}
	if !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if !json.Valid(disguise(item)) {
		t.Error("the disguise is not JSON")
	}
}
