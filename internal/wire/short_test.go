package wire

import (
	"bytes"
	"strings"
	"testing"
)

func TestAppendShort(t *testing.T) {
	t.Parallel()
	zeros := func(n int) string { return strings.Repeat("0", n) }
	numbers := []struct{ text, short string }{
		{"1" + zeros(125), "1E125"},
		{"-999" + zeros(123), "-999E123"},
		{"0." + zeros(129) + "1", "1E-130"},
		{"-0." + zeros(129) + "1", "-1E-130"},
		{"0." + zeros(120) + "12345", "12345E-125"},
		{"1000", "1E3"},
		{"+1000", "1E3"},
		{"100", "100"},
		{"0", "0"},
		{"-0.000", "0"},
		{"7.50", "7.50"},
		{"7", "7"},
		{"1e125", "1e125"},
		{"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
		{"1.2345", "1.2345"},
		{"00042", "42"},
		{`1\u0030` + zeros(20), "1E21"},
	}
	for _, tt := range numbers {
		for _, frame := range []string{
			`{"a":{"N":"%"},"b":{"S":"1` + zeros(30) + `"}}`,
			`{"a":{"L":[{"N":"%"},{"N":"%"},{"S":"x"}]}}`,
			`{ "a" : { "M" : { "1` + zeros(30) + `" : { "N" : "%" } , "c" : {"BOOL":true} } } }`,
			`{"a":{"NS":["%","2"]},"b":{"SS":["1` + zeros(30) + `"]},"c":{"B":"AAAA"},"d":{"BS":["AAAA"]},"e":{"NULL":true}}`,
			`{"a":{"L":[{"M":{"b":{"L":[{"NS":["3", "%"]}]}}}]},"z":{"N":"%"}}`,
		} {
			item := []byte(strings.ReplaceAll(frame, "%", tt.text))
			want := strings.ReplaceAll(frame, "%", tt.short)
			got := AppendShort([]byte("x"), item)
			if string(got) != "x"+want {
				t.Errorf("%s becomes %s, want %s", item, got[1:], want)
			}
			if _, err := new(Scanner).Index(nil, got[1:]); err != nil || !EqualItems(got[1:], item) {
				t.Errorf("%s is another item than %s: %v", got[1:], item, err)
			}
		}
	}
	if item := []byte(`{}`); !bytes.Equal(AppendShort(nil, item), item) {
		t.Error("an empty item changes")
	}
}
