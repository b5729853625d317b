package personal

import (
	"slices"
	"testing"
)

func TestLookAt(t *testing.T) {
	tests := []struct {
		text string
		want []Kind
	}{
		{"alice@example.com", []Kind{Email}},
		{"USER#Alice.B+x@mail.example.co.uk#2024", []Kind{Email}},
		{"mailto:a@b.de", []Kind{Email}},
		{"users/alice@example.com/orders", []Kind{Email}},
		{"müller@bücher.example", []Kind{Email}},
		{"one two a@b.de", []Kind{Email}},
		{"alice@localhost", nil},
		{"@example.com", nil},
		{"a@b@c.de", []Kind{Email}},
		{"a@b..de", nil},
		{"a@.de", nil},
		{"a@b.c1", nil},

		{"+15550100000", []Kind{Phone}},
		{"TEL#+1 (555) 010-0000", []Kind{Phone}},
		{"+49 30 123456", []Kind{Phone}},
		{"+49.30.123456|x", []Kind{Phone}},
		{"(555) 010-0000", []Kind{Phone}},
		{"C#(555)010-0000", []Kind{Phone}},
		{"id 555-210-0000", []Kind{Phone}},
		{"id 555-010-0000", nil},
		{"15550100000", nil},
		{"5550100000", nil},
		{"+1555010", nil},
		{"+1234567890123456", nil},
		{"+0155501000", nil},
		{"+1--5550100000", nil},
		{"+15550100000-", []Kind{Phone}},
		{"+", nil},
		{"555-0100-000", nil},

		{"123-45-6789", []Kind{SSN}},
		{"P#899-01-0001", []Kind{SSN}},
		{"000-45-6789", nil},
		{"666-45-6789", nil},
		{"900-45-6789", nil},
		{"123-00-6789", nil},
		{"123-45-0000", nil},
		{"123456789", nil},

		{"a@b.de#+49 30 123456#123-45-6789", []Kind{Email, Phone, SSN}},
		{"", nil},
		{"user-00001", nil},
		{"2024-05-18T10:11:12+01:00", nil},
		{"550e8400-e29b-41d4-a716-446655440000", nil},
	}
	for _, tt := range tests {
		kind, strong := Strong([]byte(tt.text), "")
		if strong != (len(tt.want) > 0) || strong && !slices.Contains(tt.want, kind) {
			t.Errorf("%q looks like %v, %v, want one of %v", tt.text, kind, strong, tt.want)
		}
	}
}
