package wire

import "testing"

func TestEqual(t *testing.T) {
	tests := []struct {
		reason, a, b string
		want         bool
	}{
		{"numbers go by value", `{"N":"1.0"}`, `{"N":"1"}`, true},
		{"to the last of 38 digits", `{"N":"12345678901234567890123456789012345678"}`, `{"N":"12345678901234567890123456789012345679"}`, false},
		{"strings go by what they stand for", `{"S":"A\/"}`, `{"S":"A/"}`, true},
		{"a string is no number", `{"S":"1"}`, `{"N":"1"}`, false},
		{"a set has no order", `{"NS":["1","2"]}`, `{"NS":["2.0","1"]}`, true},
		{"a set is no list", `{"SS":["a"]}`, `{"L":[{"S":"a"}]}`, false},
		{"a list has one", `{"L":[{"S":"a"},{"S":"b"}]}`, `{"L":[{"S":"b"},{"S":"a"}]}`, false},
		{"a longer list", `{"L":[{"S":"a"}]}`, `{"L":[{"S":"a"},{"S":"a"}]}`, false},
		{"a map has none, at any depth", `{"M":{"a":{"M":{"x":{"N":"1"},"y":{"NULL":true}}},"b":{"BOOL":true}}}`, `{"M":{"\u0062":{"BOOL":true},"a":{"M":{"y":{"NULL":true},"x":{"N":"1e0"}}}}}`, true},
		{"a map with more members", `{"M":{"a":{"N":"1"}}}`, `{"M":{"a":{"N":"1"},"b":{"N":"1"}}}`, false},
		{"NULL is not missing", `{"M":{"a":{"NULL":true}}}`, `{"M":{}}`, false},
		{"binary goes by bytes", `{"B":"AAE="}`, `{"B":"AAE="}`, true},
		{"truth", `{"BOOL":true}`, `{"BOOL":false}`, false},
	}
	for _, tt := range tests {
		for _, pair := range [][2]string{{tt.a, tt.b}, {tt.b, tt.a}} {
			if got := Equal([]byte(pair[0]), []byte(pair[1])); got != tt.want {
				t.Errorf("%s: Equal(%s, %s) = %v", tt.reason, pair[0], pair[1], got)
			}
			a, b := `{"x":`+pair[0]+`}`, ` { "x" : `+pair[1]+`}`
			if got := EqualItems([]byte(a), []byte(b)); got != tt.want {
				t.Errorf("%s: EqualItems(%s, %s) = %v", tt.reason, a, b, got)
			}
		}
	}
}

func TestAttrSpans(t *testing.T) {
	item := []byte(`{ "\u0049d" : {"S":"x"} }`)
	members := ItemMembers(item)
	a, ok := members.Next()
	if !ok || a.NameIn(item) != "Id" || string(a.Quoted().Of(item)) != `"\u0049d"` || string(a.Whole().Of(item)) != `"\u0049d" : {"S":"x"}` {
		t.Errorf("%q %q %q", a.NameIn(item), a.Quoted().Of(item), a.Whole().Of(item))
	}
	if s := a.Name.Shift(3); s != (Span{a.Name.Start + 3, a.Name.End + 3}) {
		t.Errorf("%v", s)
	}
}
