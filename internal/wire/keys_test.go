package wire

import (
	"bytes"
	"errors"
	"testing"
)

func TestAppendItemKey(t *testing.T) {
	keys := &Keys{Partition: "PK", Sort: "SK"}
	tests := []struct {
		reason, a, b string
		same         bool
	}{
		{"other attributes", `{"PK":{"S":"a"},"SK":{"N":"1"},"x":{"S":"y"}}`, `{"x":{"S":"z"},"SK":{"N":"1"},"PK":{"S":"a"}}`, true},
		{"escapes", `{"PK":{"S":"\u0061"},"SK":{"N":"1"}}`, `{"\u0050K":{"S":"a"},"SK":{"N":"1"}}`, true},
		{"numbers by value", `{"PK":{"S":"a"},"SK":{"N":"1.0"}}`, `{"PK":{"S":"a"},"SK":{"N":"1e0"}}`, true},
		{"another value", `{"PK":{"S":"a"},"SK":{"N":"1"}}`, `{"PK":{"S":"b"},"SK":{"N":"1"}}`, false},
		{"another kind", `{"PK":{"S":"YQ=="},"SK":{"N":"1"}}`, `{"PK":{"B":"YQ=="},"SK":{"N":"1"}}`, false},
		{"where one ends and the other begins", `{"PK":{"S":"ab"},"SK":{"S":"c"}}`, `{"PK":{"S":"a"},"SK":{"S":"bc"}}`, false},
		{"values that are exchanged", `{"PK":{"S":"a"},"SK":{"S":"b"}}`, `{"PK":{"S":"b"},"SK":{"S":"a"}}`, false},
	}
	for _, tt := range tests {
		if a, b := itemKey(t, keys, tt.a), itemKey(t, keys, tt.b); bytes.Equal(a, b) != tt.same {
			t.Errorf("%s: %q, %q", tt.reason, a, b)
		}
	}
}

func itemKey(t *testing.T, keys *Keys, item string) []byte {
	t.Helper()
	attrs, err := new(Scanner).Index(nil, []byte(item))
	if err != nil {
		t.Fatal(err)
	}
	key, err := AppendItemKey(nil, keys, []byte(item), attrs)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAppendItemKeyRefuses(t *testing.T) {
	tests := []struct {
		reason, item, name string
		kind               Kind
	}{
		{"no value", `{"PK":{"S":"a"}}`, "SK", Invalid},
		{"a kind that no key has", `{"PK":{"BOOL":true},"SK":{"S":"a"}}`, "PK", BOOL},
		{"a number out of range", `{"PK":{"N":"1e999"},"SK":{"S":"a"}}`, "PK", N},
	}
	for _, tt := range tests {
		attrs, err := new(Scanner).Index(nil, []byte(tt.item))
		if err != nil {
			t.Fatal(err)
		}
		_, err = AppendItemKey(nil, &Keys{"PK", "SK"}, []byte(tt.item), attrs)
		var wrong *KeyError
		if !errors.As(err, &wrong) || wrong.Name != tt.name || wrong.Kind != tt.kind {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}
