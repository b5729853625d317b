package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestAppendFromPlain(t *testing.T) {
	for _, test := range []struct{ reason, text, want string }{
		{"every kind", `{"s":"x","n":1.50e2,"t":true,"f":false,"z":null,"l":[{}],"m":{"k":[]}}`,
			`{"M":{"s":{"S":"x"},"n":{"N":"1.50e2"},"t":{"BOOL":true},"f":{"BOOL":false},"z":{"NULL":true},"l":{"L":[{"M":{}}]},"m":{"M":{"k":{"L":[]}}}}}`},
		{"white space", " [ 1 , \"a b\"\t, { \"x\" :\n2 } ] \r", `{"L":[{"N":"1"},{"S":"a b"},{"M":{"x":{"N":"2"}}}]}`},
		{"escapes stay", `{"\u0061":"\/\u00E9é\ud800"}`, `{"M":{"\u0061":{"S":"\/\u00E9é\ud800"}}}`},
		{"a lone surrogate in WTF-8", "[\"\xed\xa0\x80\"]", `{"L":[{"S":"\ud800"}]}`},
		{"a byte that is not UTF-8", "[\"a\xff\"]", `{"L":[{"S":"a` + "\ufffd" + `"}]}`},
		{"31 levels of arrays", strings.Repeat("[", 31) + strings.Repeat("]", 31), strings.Repeat(`{"L":[`, 31) + strings.Repeat("]}", 31)},

		{"nothing", ``, ""},
		{"a scalar", `"a"`, ""},
		{"a number", `1`, ""},
		{"text behind it", `{} x`, ""},
		{"truncated", `{"a":[1`, ""},
		{"a comma too many", `[1,]`, ""},
		{"a comma too few", `[1 2]`, ""},
		{"no colon", `{"a" 1}`, ""},
		{"a name that is no string", `{1:1}`, ""},
		{"the wrong bracket", `[1}`, ""},
		{"a member twice", `{"a":1,"a":2}`, ""},
		{"a member twice, escaped", `{"a":1,"\u0061":2}`, ""},
		{"a number out of range", `[1e400]`, ""},
		{"too many digits", `[123456789012345678901234567890123456789]`, ""},
		{"a number of DynamoDB only", `[+1]`, ""},
		{"a bad word", `[nul]`, ""},
		{"a bad escape", `["\x"]`, ""},
		{"a bad escape beside a byte that is not UTF-8", "[\"\xff\\x\"]", ""},
		{"an escape cut by a byte that is not UTF-8", "[\"\\\xff\"]", ""},
		{"a control character", "[\"\n\"]", ""},
		{"32 levels", strings.Repeat("[", 32) + strings.Repeat("]", 32), ""},
		{"far too deep", strings.Repeat("[", 100_000), ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got, ok := AppendFromPlain([]byte("-"), []byte(test.text))
			if ok != (test.want != "") || string(got) != "-"+test.want {
				t.Errorf("got %s, %v", got, ok)
			}
		})
	}
}

func TestAppendPlain(t *testing.T) {
	for _, test := range []struct{ reason, value, want string }{
		{"sets and binaries", `{"M":{"s":{"SS":["a","\u0062"]},"n":{"NS":["1","+.5"]},"b":{"BS":["AQ=="]},"x":{"B":"AQ=="}}}`, `{"s":["a","\u0062"],"n":[1,0.5],"b":["AQ=="],"x":"AQ=="}`},
		{"a number that JSON takes", `{"N":"-1.50E2"}`, `-1.50E2`},
		{"numbers that it does not", `{"L":[{"N":"+1"},{"N":"007"},{"N":"5."},{"N":"\u0031"}]}`, `[1,7,5,1]`},
		{"white space", ` { "L" : [ { "S" : "x" } , { "NULL" : true } ] } `, `["x",null]`},
		{"empty containers", `{"M":{"l":{"L":[]},"m":{"M":{}},"s":{"SS":[]},"n":{"NS":[]}}}`, `{"l":[],"m":{},"s":[],"n":[]}`},
		{"booleans", `{"L":[{"BOOL":true},{"BOOL":false}]}`, `[true,false]`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			if got := AppendPlain([]byte("-"), []byte(test.value)); string(got) != "-"+test.want || !json.Valid(got[1:]) {
				t.Errorf("got %s", got)
			}
		})
	}
}

// What a text means is written as the text, but for the white space between
// its tokens.
func TestPlainRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(map[string]any{"keep": drawJSON(t, 3)})
		if err != nil {
			t.Fatal(err)
		}
		var loose bytes.Buffer
		if err := json.Indent(&loose, raw, " ", "\t"); err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{raw, loose.Bytes()} {
			value, ok := AppendFromPlain(nil, text)
			if got := AppendPlain(nil, value); !ok || !bytes.Equal(got, raw) {
				t.Fatalf("%s became %s", text, got)
			}
		}
	})
}

func drawJSON(t *rapid.T, depth int) any {
	kinds := 5
	if depth > 0 {
		kinds = 7
	}
	inner := rapid.Custom(func(t *rapid.T) any { return drawJSON(t, depth-1) })
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.String().Draw(t, "string")
	case 1:
		return rapid.Int64().Draw(t, "int")
	case 2:
		return rapid.Float64Range(-1e100, 1e100).Filter(func(f float64) bool { return f == 0 || f > 1e-100 || f < -1e-100 }).Draw(t, "float")
	case 3:
		return rapid.Bool().Draw(t, "bool")
	case 4:
		return nil
	case 5:
		return rapid.SliceOfN(inner, 0, 4).Draw(t, "array")
	}
	return rapid.MapOfN(rapid.String(), inner, 0, 4).Draw(t, "object")
}

// FuzzPlain compares AppendFromPlain with a reader of encoding/json's tokens.
func FuzzPlain(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,"x",{"b":null}]}`, `[[[[]]]]`, `{"a":1,"a":1}`, ` [ true , false ] `, `{"\ud800":"\u00e9\/"}`, "[\"\xed\xa0\x80\\ud800\xff\"]", `[1,]`, `{"a":1}x`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := AppendFromPlain(nil, text)
		want, wantOK := plainOracle(text)
		if ok != wantOK || !bytes.Equal(got, want) {
			t.Fatalf("%q means %s (%v), want %s (%v)", text, got, ok, want, wantOK)
		}
		if !ok {
			return
		}
		plain := AppendPlain(nil, got)
		if again, ok := AppendFromPlain(nil, plain); !ok || !bytes.Equal(again, got) {
			t.Fatalf("%s is written as %s, which means %s", got, plain, again)
		}
	})
}

// plainOracle is AppendFromPlain by encoding/json, token by token.
func plainOracle(text []byte) ([]byte, bool) {
	o := &plainReader{Decoder: json.NewDecoder(bytes.NewReader(text)), text: text}
	o.UseNumber()
	raw := o.value(nil, 0)
	if _, err := o.Token(); err != io.EOF || raw == nil {
		return nil, false
	}
	if kind, err := new(Scanner).Value(raw); err != nil || !kind.IsContainer() {
		return nil, false
	}
	return raw, true
}

type plainReader struct {
	*json.Decoder
	text []byte
}

// string returns a string token as it stands in the text, with its quotes.
// encoding/json has U+FFFD for a lone surrogate.
func (o *plainReader) string(from int64) []byte {
	literal := o.text[from:o.InputOffset()]
	literal = literal[bytes.IndexByte(literal, '"'):]
	if utf8.Valid(literal) {
		return literal
	}
	return AppendQuote(nil, AppendUnquote(nil, literal[1:len(literal)-1]))
}

// value appends the next value, and returns nil if there is none.
func (o *plainReader) value(dst []byte, depth int) []byte {
	from := o.InputOffset()
	token, err := o.Token()
	if err != nil || depth > 40 {
		return nil
	}
	switch v := token.(type) {
	case string:
		return append(append(append(dst, `{"S":`...), o.string(from)...), '}')
	case json.Number:
		if _, err := AppendNumber(nil, []byte(v)); err != nil {
			return nil
		}
		return AppendN(dst, string(v))
	case bool:
		return AppendBOOL(dst, v)
	case json.Delim:
		return o.container(dst, v, depth)
	}
	return AppendNULL(dst)
}

func (o *plainReader) container(dst []byte, opening json.Delim, depth int) []byte {
	open, close := `{"L":[`, "]}"
	if opening == '{' {
		open, close = `{"M":{`, "}}"
	}
	dst = append(dst, open...)
	for n := 0; o.More(); n++ {
		if n > 0 {
			dst = append(dst, ',')
		}
		if opening == '{' {
			from := o.InputOffset()
			if _, err := o.Token(); err != nil {
				return nil
			}
			dst = append(append(dst, o.string(from)...), ':')
		}
		if dst = o.value(dst, depth+1); dst == nil {
			return nil
		}
	}
	if _, err := o.Token(); err != nil {
		return nil
	}
	return append(dst, close...)
}
