package personal

import (
	"slices"
	"testing"
)

func TestLooksOf(t *testing.T) {
	tests := []struct {
		text string
		want []Look
	}{
		{"alice@example.com", []Look{Email}},
		{"USER#Alice.B+x@mail.example.co.uk#2024", []Look{Email}},
		{"mailto:a@b.de", []Look{Email}},
		{"users/alice@example.com/orders", []Look{Email}},
		{"müller@bücher.example", []Look{Email}},
		{"one two a@b.de", []Look{Email}},
		{"alice@localhost", nil},
		{"@example.com", nil},
		{"a@b@c.de", nil},
		{"a@b..de", nil},
		{"a@.de", nil},
		{"a@b.c1", nil},

		{"+15550100000", []Look{Phone}},
		{"TEL#+1 (555) 010-0000", []Look{Phone}},
		{"+49 30 123456", []Look{Phone}},
		{"+49.30.123456|x", []Look{Phone}},
		{"(555) 010-0000", []Look{Phone}},
		{"C#(555)010-0000", []Look{Phone}},
		{"id 555-010-0000", []Look{Phone}},
		{"15550100000", nil},
		{"5550100000", nil},
		{"+1555010", nil},
		{"+1234567890123456", nil},
		{"+0155501000", nil},
		{"+1--5550100000", nil},
		{"+15550100000-", nil},
		{"+", nil},
		{"555-0100-000", nil},

		{"123-45-6789", []Look{SSN}},
		{"P#899-01-0001", []Look{SSN}},
		{"000-45-6789", nil},
		{"666-45-6789", nil},
		{"900-45-6789", nil},
		{"123-00-6789", nil},
		{"123-45-0000", nil},
		{"123456789", nil},

		{"a@b.de#+49 30 123456#123-45-6789", []Look{Email, Phone, SSN}},
		{"", nil},
		{"user-00001", nil},
		{"2024-05-18T10:11:12+01:00", nil},
		{"550e8400-e29b-41d4-a716-446655440000", nil},
	}
	for _, tt := range tests {
		var got []Look
		for l, does := range LooksOf(tt.text) {
			if does {
				got = append(got, Look(l))
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q looks like %v, want %v", tt.text, got, tt.want)
		}
	}
}
