package wire

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestPayload(t *testing.T) {
	for _, test := range []struct {
		reason, value string
		kind          Kind
		payload       string
	}{
		{"S", `{"S":"x"}`, S, `"x"`},
		{"the shortest", `{"S":""}`, S, `""`},
		{"N", `{"N":"1"}`, N, `"1"`},
		{"B", `{"B":""}`, B, `""`},
		{"true", `{"BOOL":true}`, BOOL, `true`},
		{"false", `{"BOOL":false}`, BOOL, `false`},
		{"NULL", `{"NULL":true}`, NULL, `true`},
		{"M", `{"M":{"a":{"S":"x"}}}`, M, `{"a":{"S":"x"}}`},
		{"L", `{"L":[{"S":"x"}]}`, L, `[{"S":"x"}]`},
		{"SS", `{"SS":["x"]}`, SS, `["x"]`},
		{"NS", `{"NS":["1"]}`, NS, `["1"]`},
		{"BS", `{"BS":[]}`, BS, `[]`},
		{"space everywhere", " \n{ \"S\"\t: \"x\" \r} ", S, `"x"`},
		{"space behind the colon", `{"M": { } }`, M, `{ }`},
		{"space before the brace", `{"BOOL":true }`, BOOL, `true`},
		{"a brace in the text", `{"S":"}"}`, S, `"}"`},
		{"an escaped type", `{"\u0053\u0053":["x"]}`, SS, `["x"]`},
		{"an unknown type", `{"X":"x"}`, Invalid, ``},
		{"no object", `"S"`, Invalid, ``},
		{"nothing", ``, Invalid, ``},
	} {
		t.Run(test.reason, func(t *testing.T) {
			kind, payload := Payload([]byte(test.value))
			if kind != test.kind || string(payload) != test.payload {
				t.Errorf("got %v, %s; want %v, %s", kind, payload, test.kind, test.payload)
			}
			if got := KindOf([]byte(test.value)); got != test.kind {
				t.Errorf("KindOf says %v", got)
			}
		})
	}
}

func TestKindString(t *testing.T) {
	for k := S; k <= BS; k++ {
		if got := kindNamed([]byte(k.String()), false); got != k {
			t.Errorf("%v is named %v", k, got)
		}
	}
	for _, k := range []Kind{Invalid, BS + 1, 255} {
		if k.String() != "invalid" {
			t.Errorf("kind %d is %v", uint8(k), k)
		}
	}
}

func TestIteratorsOfOtherKindsAreEmpty(t *testing.T) {
	for _, value := range []string{`{"S":"[\"x\"]"}`, `{"N":"1"}`, `{"BOOL":true}`, `{"M":{"a":{"S":""}}}`, `{"L":[{"S":""}]}`, `{"SS":["x"]}`, `{}`, ``, `x`} {
		kind := KindOf([]byte(value))
		members, elements, strings := MembersOf([]byte(value)), ElementsOf([]byte(value)), StringsOf([]byte(value))
		for range 3 { // the end stays the end
			if _, ok := members.Next(); ok && kind != M {
				t.Errorf("%s has members", value)
			}
			if _, ok := elements.Next(); ok && kind != L {
				t.Errorf("%s has elements", value)
			}
			if _, ok := strings.Next(); ok && kind != SS {
				t.Errorf("%s has strings", value)
			}
		}
	}
	var members Members
	var elements Elements
	var strings Strings
	_, a := members.Next()
	_, b := elements.Next()
	_, c := strings.Next()
	if a || b || c {
		t.Error("a zero iterator is not empty")
	}
}

func TestScalarsReadBack(t *testing.T) {
	checkProperty(t, func(t *rapid.T, c chooser) {
		s, b := genText(c), genText(c)
		text, kind := DecodeText(AppendS(nil, s))
		if text != s || kind != S || string(AppendText([]byte("-"), AppendS(nil, s))) != "-"+s {
			t.Fatalf("%q comes back as %q, %v", s, text, kind)
		}
		if got := AppendBytes([]byte("-"), AppendB(nil, []byte(b))); string(got) != "-"+b {
			t.Fatalf("%q comes back as %q", b, got)
		}
		want := node{kind: S, text: s}
		if got := readNode(renderValue(c, loose, want)); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q comes back as %q", s, got.text)
		}
		number := genNumber(c)
		if text, kind := DecodeText(AppendN(nil, number)); text != number || kind != N {
			t.Fatalf("%s comes back as %s, %v", number, text, kind)
		}
	})
	for _, v := range []bool{true, false} {
		if got := AppendBOOL(nil, v); BoolOf(got) != v || string(got) != fmt.Sprintf(`{"BOOL":%v}`, v) {
			t.Errorf("%v comes back as %s", v, got)
		}
	}
	if got := AppendNULL(nil); KindOf(got) != NULL || string(got) != `{"NULL":true}` {
		t.Errorf("NULL comes back as %s", got)
	}
}

func TestReadersOfOtherKindsGiveNothing(t *testing.T) {
	for _, value := range []string{`{"NULL":true}`, `{"M":{}}`, `{"SS":["x"]}`, `{"L":[]}`, ``} {
		if text, _ := DecodeText([]byte(value)); text != "" {
			t.Errorf("DecodeText(%s) = %q", value, text)
		}
		if got := AppendText(nil, []byte(value)); len(got) > 0 {
			t.Errorf("AppendText(%s) = %q", value, got)
		}
		if got := AppendBytes(nil, []byte(value)); len(got) > 0 {
			t.Errorf("AppendBytes(%s) = %q", value, got)
		}
		if BoolOf([]byte(value)) {
			t.Errorf("BoolOf(%s) is true", value)
		}
	}
	if text, kind := DecodeText([]byte(`{"B":"AAAA"}`)); text != "" || kind != B {
		t.Errorf("DecodeText of a B = %q, %v", text, kind)
	}
	if got := AppendBytes(nil, []byte(`{"B":"\u002b\/8\u003d"}`)); string(got) != "\xfb\xff" {
		t.Errorf("AppendBytes of escaped base64 = %x", got)
	}
}

// The readers promise nothing about text that is not valid but to come back.
func TestReadersComeBackFromAnyText(t *testing.T) {
	rng := newRand(9)
	for range 10_000 {
		text := corrupt(rng, render(rng, style{rng.IntN(20), rng.IntN(20)}, genMembers(rng, 3)))
		text = text[:rng.IntN(len(text)+1)]
		readAnything(text[:len(text):len(text)])
	}
}

// readAnything calls every function that takes validated text.
func readAnything(b []byte) {
	members, elements, strings := Members{b, 0}, Elements{b, 0}, Strings{b, 0}
	item := ItemMembers(b)
	for n := 0; ; n++ {
		a, ok1 := members.Next()
		_ = append(a.Name.Of(b), a.Value.Of(b)...)
		i, ok2 := item.Next()
		_ = append(i.Name.Of(b), i.Value.Of(b)...)
		e, ok3 := elements.Next()
		_ = e.Of(b)
		s, ok4 := strings.Next()
		_ = s.Of(b)
		if n > 4*len(b)+4 {
			panic("an iterator does not end")
		}
		if !ok1 && !ok2 && !ok3 && !ok4 {
			break
		}
	}
	for i := range min(len(b), 8) {
		Payload(b[i:])
		DecodeText(b[i:])
		AppendBytes(nil, b[i:])
		BoolOf(b[i:])
		AppendKey(nil, b[i:])
		CheckValue(b[i:])
		MembersOf(b[i:])
	}
	ItemSize(b)
	path := []Step{{Name: "a"}, {Index: 1, Elem: true}}
	Find(b, path[:1])
	AppendReplaced(nil, b, path[:1], b)
	AppendReplaced(nil, b, path, b)
	AppendRemoved(nil, b, path[:1])
	AppendRemoved(nil, b, path)
	e := NewEditor(nil, b)
	e.RemoveMember(3, 1<<31)
	e.RemoveMember(1, 2)
	e.AddMember(1 << 31)
	e.Finish()
}
