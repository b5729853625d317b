package wire

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestCheckValue(t *testing.T) {
	many := func(format string, n int) string {
		var members []string
		for i := range n {
			members = append(members, fmt.Sprintf(format, i))
		}
		return strings.Join(members, ",")
	}
	for _, test := range []struct {
		reason, value string
		offset        int
		err           error
	}{
		{"a string", `{"S":""}`, 0, nil},
		{"a number", `{"N":"-1.5e3"}`, 0, nil},
		{"binary, empty", `{"B":""}`, 0, nil},
		{"a boolean", `{"BOOL":false}`, 0, nil},
		{"NULL", `{"NULL":true}`, 0, nil},
		{"an empty map and list", `{"M":{"l":{"L":[]}}}`, 0, nil},
		{"sets", `{"L":[{"SS":["a","b",""]},{"NS":["1","-1","10"]},{"BS":["","AA==","AAA="]}]}`, 0, nil},
		{"strings that look like equal numbers", `{"SS":["1","1.0"]}`, 0, nil},
		{"a large set", `{"SS":[` + many(`"m%d"`, 3000) + `]}`, 0, nil},
		{"the longest name", `{"M":{"` + strings.Repeat("x", 65535) + `":{"S":""}}}`, 0, nil},
		{"lone surrogates that differ", `{"SS":["\ud800","\ud801","\ufffd"]}`, 0, nil},

		{"an empty set", `{"SS":[]}`, 6, ErrEmptySet},
		{"an empty number set with space", `{ "NS" : [ ] }`, 9, ErrEmptySet},
		{"an empty binary set, deep", `{"L":[{"M":{"a":{"BS":[]}}}]}`, 22, ErrEmptySet},
		{"equal strings", `{"SS":["a","b","a"]}`, 16, ErrDuplicate},
		{"equal decoded", `{"SS":["a","\u0061"]}`, 12, ErrDuplicate},
		{"equal empty strings", `{"SS":["",""]}`, 11, ErrDuplicate},
		{"equal numbers", `{"NS":["1","2","1.0"]}`, 16, ErrDuplicate},
		{"equal numbers with an exponent", `{"NS":["100","1e2"]}`, 14, ErrDuplicate},
		{"equal numbers with an escape", `{"NS":["1","\u0031"]}`, 12, ErrDuplicate},
		{"zeros", `{"NS":["0","-0"]}`, 12, ErrDuplicate},
		{"equal bytes", `{"BS":["AAAA","AAAA"]}`, 15, ErrDuplicate},
		{"equal bytes with other bits in the padding", `{"BS":["AA==","AB=="]}`, 15, ErrDuplicate},
		{"equal bytes with an escape", `{"BS":["//8=","\/\/8="]}`, 15, ErrDuplicate},
		{"a duplicate of an early member of a large set", `{"SS":[` + many(`"m%03d"`, 500) + `,"m007"]}`, 7 + 500*7 + 1, ErrDuplicate},
		{"a duplicate of a late one", `{"SS":[` + many(`"m%03d"`, 500) + `,"m499"]}`, 7 + 500*7 + 1, ErrDuplicate},
		{"too large", `{"N":"1e126"}`, 6, ErrRange},
		{"too small", `{"L":[{"N":"1e-131"}]}`, 12, ErrRange},
		{"too many digits", `{"N":"` + strings.Repeat("9", 39) + `"}`, 6, ErrPrecision},
		{"a member too large", `{"NS":["1","-1e126"]}`, 12, ErrRange},
		{"too deep", nest(`{"L":[`, `]}`, 32)[5:], 31 * len(`{"L":[`), ErrDepth},
		{"measured: an empty name", `{"M":{"a":{"S":""},"":{"S":""}}}`, 20, ErrName},
		{"a name too long", `{"M":{"` + strings.Repeat("x", 65536) + `":{"S":""}}}`, 7, ErrName},
	} {
		t.Run(test.reason, func(t *testing.T) {
			err := CheckValue([]byte(test.value))
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if se, ok := err.(*SyntaxError); err != nil && (!ok || se.Offset != test.offset) {
				t.Errorf("got %v, want offset %d", err, test.offset)
			}
		})
	}
}

func TestAppendKey(t *testing.T) {
	for _, test := range []struct {
		reason, a, b string
		same         bool
	}{
		{"equal strings", `{"S":"a"}`, ` { "S" : "\u0061" } `, true},
		{"other strings", `{"S":"a"}`, `{"S":"A"}`, false},
		{"strings are not normalised", `{"S":"é"}`, `{"S":"e` + "\u0301" + `"}`, false},
		{"lone surrogates", `{"S":"\ud800"}`, `{"S":"\uD800"}`, true},
		{"measured: other lone surrogates", `{"S":"\ud800"}`, `{"S":"\ud801"}`, true},
		{"measured: a lone surrogate and a question mark", `{"S":"a\udc00b"}`, `{"S":"a?b"}`, true},
		{"a lone surrogate and U+FFFD", `{"S":"\ud800"}`, `{"S":"\ufffd"}`, false},
		{"a pair and its character", `{"S":"\ud83d\ude00"}`, `{"S":"😀"}`, true},
		{"numbers by value", `{"N":"1"}`, `{"N":"1.0"}`, true},
		{"numbers with exponents", `{"N":"1e3"}`, `{"N":"01000"}`, true},
		{"zeros", `{"N":"-0"}`, `{"N":"0.00"}`, true},
		{"other numbers", `{"N":"1"}`, `{"N":"-1"}`, false},
		{"a number and its text", `{"N":"1"}`, `{"S":"1"}`, false},
		{"equal bytes", `{"B":"+/8="}`, `{"B":"\u002b\/8="}`, true},
		{"other bytes", `{"B":"AA=="}`, `{"B":"AAA="}`, false},
		{"bytes and their text", `{"B":"YQ=="}`, `{"S":"a"}`, false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			a, err1 := AppendKey([]byte("-"), []byte(test.a))
			b, err2 := AppendKey([]byte("-"), []byte(test.b))
			if err1 != nil || err2 != nil || a[0] != '-' {
				t.Fatalf("%v, %v", err1, err2)
			}
			if got := string(a) == string(b); got != test.same {
				t.Errorf("%q and %q: same is %v, want %v", a, b, got, test.same)
			}
		})
	}
	for _, test := range []struct {
		value string
		err   error
	}{
		{`{"BOOL":true}`, ErrKeyKind}, {`{"NULL":true}`, ErrKeyKind}, {`{"M":{}}`, ErrKeyKind}, {`{"SS":["a"]}`, ErrKeyKind},
		{`{"N":"1e126"}`, ErrRange}, {`{"N":"` + strings.Repeat("1", 39) + `"}`, ErrPrecision},
	} {
		if key, err := AppendKey([]byte("-"), []byte(test.value)); err != test.err || string(key) != "-" {
			t.Errorf("AppendKey(%s) = %q, %v, want %v", test.value, key, err, test.err)
		}
	}
}

func TestItemSize(t *testing.T) {
	for _, test := range []struct {
		reason, item string
		want         int
	}{
		{"nothing", `{}`, 0},
		{"a name and a string", `{"ab":{"S":"xyz"}}`, 5},
		{"in UTF-8", `{"é":{"S":"漢😀"}}`, 9},
		{"whatever the notation", ` { "\u00e9" : { "S" : "\u6f22\ud83d\ude00" } } `, 9},
		{"an empty string", `{"a":{"S":""}}`, 1},
		{"binary decoded", `{"a":{"B":"AAA="}}`, 3},
		{"binary with escapes", `{"a":{"B":"\/\/8\u003d"}}`, 3},
		{"empty binary", `{"a":{"B":""}}`, 1},
		{"BOOL and NULL", `{"a":{"BOOL":true},"b":{"NULL":true}}`, 4},
		{"zero", `{"a":{"N":"0"}}`, 2},
		{"one digit", `{"a":{"N":"7"}}`, 3},
		{"two digits", `{"a":{"N":"42"}}`, 3},
		{"three digits", `{"a":{"N":"123"}}`, 4},
		{"a minus", `{"a":{"N":"-42"}}`, 4},
		{"both sides of the point", `{"a":{"N":"1.5"}}`, 4},
		{"pairs of trailing zeros do not count", `{"a":{"N":"1000000"}}`, 3},
		{"measured: a power of 126 digits costs 2", `{"a":{"N":"1` + strings.Repeat("0", 125) + `"}}`, 3},
		{"pairs of leading zeros do not count", `{"a":{"N":"0.0012"}}`, 3},
		{"zeros between count", `{"a":{"N":"1000.5"}}`, 5},
		{"zeros behind the point count", `{"a":{"N":"1.0005"}}`, 5},
		{"measured: a trailing zero that completes a pair", `{"a":{"N":"120"}}`, 4},
		{"measured: a leading zero that completes a pair", `{"a":{"N":"0.012"}}`, 4},
		{"measured: both", `{"a":{"N":"-120.5"}}`, 6},
		{"measured: no zero to complete one", `{"a":{"N":"1200"}}`, 3},
		{"38 digits", `{"a":{"N":"` + strings.Repeat("9", 38) + `"}}`, 21},
		{"measured: 38 digits over 20 pairs", `{"a":{"N":"1.` + strings.Repeat("9", 37) + `"}}`, 22},
		{"measured: a number never counts over 21", `{"a":{"N":"-1.` + strings.Repeat("9", 37) + `"}}`, 22},
		{"measured: a lone surrogate counts 1", `{"\ud800":{"S":"\udc00\ud800"}}`, 3},
		{"an empty map and an empty list", `{"m":{"M":{}},"l":{"L":[]}}`, 8},
		{"a map", `{"m":{"M":{"ab":{"S":"xyz"},"c":{"BOOL":true}}}}`, 1 + 3 + (1 + 5) + (1 + 2)},
		{"a list", `{"l":{"L":[{"S":"xyz"},{"N":"1"}]}}`, 1 + 3 + (1 + 3) + (1 + 2)},
		{"nested", `{"m":{"M":{"l":{"L":[{"M":{}}]},"z":{"S":"z"}}},"n":{"N":"1"}}`,
			1 + 3 + (1 + 1 + 3 + (1 + 3)) + (1 + 1 + 1) + 3},
		{"sets", `{"a":{"SS":["x","yz",""]},"b":{"NS":["1","-22"]},"c":{"BS":["AA==","AAAA"]}}`, 3 + 3 + (2 + 3) + 4},
		{"space everywhere", ` { "m" : { "M" : { "l" : { "L" : [ { "BOOL" : true } , { "SS" : [ "a" ] } ] } } } } `, 1 + 3 + (1 + 1 + 3 + 2 + 2)},
	} {
		t.Run(test.reason, func(t *testing.T) {
			mustIndex(t, []byte(test.item))
			if got := ItemSize([]byte(test.item)); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

// sizeOracle is ItemSize in the model.
func sizeOracle(n node) int {
	texts := func(kind Kind, text string) int {
		if kind == N {
			return numberSize(text)
		}
		if kind == S {
			text = mapSurrogates(text, '?')
		}
		return len(text)
	}
	size := 0
	switch n.kind {
	case S, N, B:
		return texts(n.kind, n.text)
	case BOOL, NULL:
		return 1
	case SS, NS, BS:
		for _, text := range n.set {
			size += texts(n.kind-SS+S, text)
		}
		return size
	}
	for _, m := range n.members {
		size += 1 + len(mapSurrogates(m.name, '?')) + sizeOracle(m.value)
	}
	for _, e := range n.elems {
		size += 1 + sizeOracle(e)
	}
	return 3 + size
}

// numberSize counts the pairs of digits of the normal form.
func numberSize(text string) int {
	d, _ := parseDecimal([]byte(text))
	if d.exp > maxExponent || d.exp < minExponent {
		return d.size() // no normal form
	}
	normal, _ := AppendNumber(nil, []byte(text))
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(string(normal), "-"), ".")
	if len(whole)%2 == 1 {
		whole = "0" + whole
	}
	if len(fraction)%2 == 1 {
		fraction += "0"
	}
	pairs := whole + fraction
	for strings.HasPrefix(pairs, "00") {
		pairs = pairs[2:]
	}
	for strings.HasSuffix(pairs, "00") {
		pairs = pairs[:len(pairs)-2]
	}
	return min(1+len(pairs)/2+strings.Count(string(normal), "-"), 21)
}

func TestItemSizeAgreesWithTheModel(t *testing.T) {
	rng := newRand(11)
	for range 3000 {
		members := genMembers(rng, 4)
		item := render(rng, loose, members)
		if got, want := ItemSize(item), sizeOracle(node{kind: M, members: members})-3-len(members); got != want {
			t.Fatalf("%s: got %d, want %d", item, got, want)
		}
	}
}
