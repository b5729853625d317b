package dynsynctest

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestStringsSurvive(t *testing.T) {
	for _, test := range []struct{ reason, in, want string }{
		{"plain text", `"abc"`, `"abc"`},
		{"an escaped solidus is written bare", `"a\/b"`, `"a/b"`},
		{"short escapes", `"\b\f\n\r\t\"\\"`, `"\b\f\n\r\t\"\\"`},
		{"other controls are upper-case escapes", "\"\\u001f\\u0000\"", `"\u001F\u0000"`},
		{"nothing else of ASCII is escaped", `"\u007f<>&'/"`, "\"\u007f<>&'/\""},
		{"the basic plane is raw", `"\u00e9\u2028\uffff"`, "\"\u00e9\u2028\uffff\""},
		{"beyond it, a surrogate pair", `"😀"`, `"\uD83D\uDE00"`},
		{"an escaped pair is one character", `"\ud83d\ude00"`, `"\uD83D\uDE00"`},
		{"a lone high surrogate", `"a\ud800b"`, `"a\uD800b"`},
		{"a lone low surrogate", `"\udfff"`, `"\uDFFF"`},
		{"the wrong way round", `"\ude00\ud83d"`, `"\uDE00\uD83D"`},
		{"two high ones and a pair", `"\ud800\ud83d\ude00"`, `"\uD800\uD83D\uDE00"`},
		{"a lone one at the end, after raw text", `"é\ud800"`, `"é\uD800"`},
	} {
		d := decoder{data: []byte(test.in)}
		s := d.string()
		if err := d.finish(); err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		if got := string(appendString(nil, s)); got != test.want {
			t.Errorf("%s: %s became %s; want %s", test.reason, test.in, got, test.want)
		}
	}
}

func TestInvalidTextIsReplaced(t *testing.T) {
	if got, want := string(appendString(nil, "a\xff\xed\xa0")), "\"a\\uFFFD\\uFFFD\\uFFFD\""; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestMalformedJSON(t *testing.T) {
	for _, test := range []struct{ reason, in string }{
		{"nothing", ``},
		{"a structure that does not end", `{"a":1`},
		{"a list that does not end", `[1,`},
		{"a string that does not end", `"a`},
		{"an escape that does not end", `"\`},
		{"half an escape", `"\u12`},
		{"an escape that is none", `"\x"`},
		{"an escape of other digits", `"\u12g4"`},
		{"a control character", "\"\x01\""},
		{"a control character after an escape", "\"\\n\x01\""},
		{"invalid UTF-8", "\"\xff\""},
		{"invalid UTF-8 after an escape", "\"\\n\xff\""},
		{"a surrogate as bytes", "\"\xed\xa0\x80\""},
		{"something after the end", `{} {}`},
		{"a comma too many", `[1,]`},
		{"a name without quotes", `{a:1}`},
		{"no colon", `{"a" 1}`},
		{"a number with a leading zero", `01`},
		{"a number with a plus sign", `+1`},
		{"a fraction without digits", `1.`},
		{"an exponent without digits", `1e`},
		{"a word that is none", `nul`},
	} {
		d := decoder{data: []byte(test.in)}
		d.skip()
		if d.finish() == nil {
			t.Errorf("%s: %s was accepted", test.reason, test.in)
		}
	}
}

func TestDecoderStopsBelowTheStack(t *testing.T) {
	d := decoder{data: []byte(strings.Repeat("[", 4<<20))}
	if d.skip(); d.finish() == nil {
		t.Error("accepted")
	}
}

func TestDepth(t *testing.T) {
	for _, test := range []struct {
		reason   string
		wrappers int
		leaf     string
		ok       bool
	}{
		{"a scalar at the top", 0, `{"S":"x"}`, true},
		{"a scalar at level 32", 31, `{"S":"x"}`, true},
		{"a scalar at level 33", 32, `{"S":"x"}`, false},
		{"an empty list at level 31", 30, `{"L":[]}`, true},
		{"an empty list at level 32", 31, `{"L":[]}`, false},
		{"an empty map at level 32", 31, `{"M":{}}`, false},
		{"a set at level 32", 31, `{"SS":["x"]}`, true},
		{"far too deep", 2000, `{"S":"x"}`, false},
	} {
		d := decoder{data: []byte(`{"a":` + strings.Repeat(`{"L":[`, test.wrappers) + test.leaf + strings.Repeat(`]}`, test.wrappers) + `}`)}
		i := d.item()
		err := d.finish()
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", test.reason, err)
		}
		if err == nil && depthOf(i) > maxDepth {
			t.Errorf("%s: counted as %d levels", test.reason, depthOf(i))
		}
	}
}

// FuzzDecoder holds the decoder against encoding/json, which knows JSON but
// neither lone surrogates nor invalid UTF-8 as such.
func FuzzDecoder(f *testing.F) {
	for _, seed := range []string{`{"a":{"S":"x"}}`, `{"a":{"M":{"b":{"L":[{"N":"1"},{"NULL":true}]}}}}`, `{"\ud800":{"BS":["AA=="]}}`, `[1,-2.5e+3,"\n",null]`, `{"a":{"S":"1","S":"2"}}`, ` {} `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := decoder{data: data}
		d.skip()
		accepted := d.finish() == nil
		if want := json.Valid(data) && utf8.Valid(data); accepted != want {
			t.Fatalf("accepted: %v; want %v", accepted, want)
		}
		d = decoder{data: data}
		i := d.item()
		if d.finish() != nil {
			return
		}
		again := decodeItem(appendItem(nil, i))
		if diff := cmp.Diff(i, again, sdkValues, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("an item changed on its way (-before +after)\n%s", diff)
		}
	})
}

var sdkValues = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{}, types.AttributeValueMemberBOOL{},
	types.AttributeValueMemberNULL{}, types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{},
	types.AttributeValueMemberL{}, types.AttributeValueMemberM{},
)
