package wire

import "testing"

// An expected member is what Next returns, or none.
func TestExpectedMember(t *testing.T) {
	for _, tt := range []struct {
		item string
		is   bool
	}{
		{`{"a":{"S":"x"}}`, true}, {`{"a":{"N":"1"},"b":{"S":"y"}}`, true}, {`{"a":{"B":"eA=="}}`, true}, {`{"a":{"S":""}}`, true},
		{`{}`, false}, {`{"b":{"S":"x"}}`, false}, {`{"ab":{"S":"x"}}`, false}, {`{"a":{"S":"x\"}}"}}`, false}, {`{"a":{"S":"\\"}}`, false},
		{`{"a":{"SS":["x"]}}`, false}, {`{"a":{"BOOL":true}}`, false}, {`{"a":{"M":{}}}`, false}, {`{"a":{"S":"x"} }`, false}, {`{"a": {"S":"x"}}`, false}, {`{ "a":{"S":"x"}}`, false}, {`{"a":{"S":"x" }}`, false},
		{`{"a":{"S":"x"} ,"b":{"S":"y"}}`, false},
	} {
		text, kind, end := ExpectedMember([]byte(tt.item), 0, "a")
		if is := kind != Invalid; is != tt.is {
			t.Errorf("%s: is expected %v, want %v", tt.item, is, tt.is)
		} else if is {
			m := ItemMembers([]byte(tt.item))
			a, _ := m.Next()
			if a.Kind != kind || int(a.Value.End) != end || text.Start != a.Value.Start+6 || text.End != a.Value.End-2 {
				t.Errorf("%s: member %v %v, ends at %d, want %v", tt.item, text, kind, end, a)
			}
		}
	}
}
