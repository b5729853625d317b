package iam

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse reads policies, writes those that are taken, reads them again and decides by both:
// the second text is the first one, and every decision is the same.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"Statement": {"Effect": "Deny", "NotAction": "dynamodb:*", "NotResource": "arn:aws:dynamodb:*:*:table/${aws:username, 'x'}"}}`))
	f.Add([]byte(`{"Statement": [{"Effect": "Allow", "Action": ["a:b"], "Condition": {"ForAnyValue:StringNotLikeIfExists": {"aws:TagKeys": ["a*", true, 1]}}}]}`))
	requests := []Request{
		{Action: "dynamodb:Scan", Resource: users},
		{Action: "dynamodb:ListTables", Resource: "*", Context: map[string][]string{"aws:username": {"ann"}}},
		{Action: "sts:AssumeRole", Resource: "arn:aws:iam::210987654321:role/r", Context: map[string][]string{"sts:ExternalId": {"dynsync-prod-7f3a"}}, Principals: map[string][]string{"AWS": {"210987654321"}}},
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse(text)
		if (err == nil) != (d != nil) {
			t.Fatalf("%v, and %v", d, err)
		}
		if err != nil {
			return
		}
		written, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse([]byte(written))
		if err != nil {
			t.Fatalf("%s\nis refused: %v", written, err)
		}
		if twice, err := again.JSON(); err != nil || twice != written {
			t.Fatalf("%s\nbecame\n%s", written, twice)
		}
		for _, r := range requests {
			if a, b := Evaluate([]*Document{d}, r), Evaluate([]*Document{again}, r); a != b {
				t.Errorf("%s\n%+v: %v became %v", written, r, a, b)
			}
		}
	})
}
