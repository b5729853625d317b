package scheme_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

// defaults are values of every kind that default pseudonyms are made for.
const defaults = `{
	"empty":{"S":""},"short":{"S":"a"},"text":{"S":"Łukasz Żółć, 12 long streets"},"zero":{"N":"0"},"number":{"N":"-12.50"},"large":{"N":"1E125"},
	"bytes":{"B":"AAEC"},"yes":{"BOOL":true},"strings":{"SS":["a","b","c"]},"numbers":{"NS":["1","2.5"]},"binaries":{"BS":["AA==","AQ=="]},
	"map":{"M":{"a":{"S":"x"},"b":{"L":[{"S":"x"},{"N":"7"}]}}}
}`

// sumOfDefaults is that of what the default transformer makes.
func sumOfDefaults(t *testing.T) string {
	return sumOfResults(t, []string{defaults}, dynsync.WithDefaultTransform(dynsync.Pseudonym(dynsync.KeepShape()), dynsync.KindB))
}

// A draw is an anonymizer with a value for it, which has %d where items differ.
type draw struct {
	tr    dynsync.Transformer
	value string
}

// draws are one anonymizer for each way in which a seed becomes a result.
var draws = []draw{
	{anon.FullName(), `{"S":"Lena %d Brandt"}`},
	{anon.LastName(anon.PerItem()), `{"S":"Brandt"}`},
	{anon.BusinessName(anon.In("b")), `{"S":"Brandt %d"}`},
	{anon.Email(), `{"S":"lena%d@example.org"}`},
	{anon.Phone(), `{"S":"+4930123456%d"}`},
	{anon.URL(), `{"S":"https://example.org/%d?q=1"}`},
	{anon.IP(), `{"S":"192.0.2.%d"}`},
	{anon.FullAddress(), `{"S":"%d Main Street, Springfield"}`},
	{anon.Token(anon.Length(86)), `{"S":"%d"}`},
	{anon.UUID(), `{"S":"123e4567-e89b-12d3-a456-42661417400%d"}`},
	{anon.Hash(), `{"S":"%d"}`},
	{anon.Digits(), `{"S":"123456%d"}`},
	{anon.Alphanumeric(), `{"S":"Ab3456%d"}`},
	{anon.Counter(anon.Max(500)), `{"N":"1%d"}`},
	{anon.CardNumber(), `{"S":"41111111111%d0000"}`},
	{anon.SSN(), `{"S":"123-45-678%d"}`},
	{anon.Int(anon.Min(1), anon.Max(1000000)), `{"N":"%d"}`},
	{anon.Noise(anon.Amount(100)), `{"N":"1%d"}`},
	{anon.ShiftTime(anon.Subject("Subject")), `{"S":"2019-09-2%dT01:02:03Z"}`},
	{anon.Scramble(), `{"S":"Ab-12 %d"}`},
	{anon.Text(), `{"S":"Write to lena%d@example.org or call +4930123456%[1]d."}`},
}

// sumOfDraws is that of what anonymizers make.
func sumOfDraws(t *testing.T) string {
	t.Helper()
	rules := []dynsync.TableOption{dynsync.WithDefaultTransform(dynsync.Reject()), dynsync.WithTransform("Subject", dynsync.Passthrough())}
	for i, d := range draws {
		rules = append(rules, dynsync.WithTransform(fmt.Sprintf("a%d", i), d.tr))
	}
	var items []string
	for n := range 10 {
		attributes := []string{`"Subject":{"S":"s"}`}
		for i, d := range draws {
			value := d.value
			if strings.Contains(value, "%") {
				value = fmt.Sprintf(value, n)
			}
			attributes = append(attributes, fmt.Sprintf(`"a%d":%s`, i, value))
		}
		items = append(items, "{"+strings.Join(attributes, ",")+"}")
	}
	return sumOfResults(t, items, rules...)
}

// sumOfResults returns the SHA-256 of what rules make of items.
func sumOfResults(t *testing.T, items []string, rules ...dynsync.TableOption) string {
	t.Helper()
	s, err := dynsync.New(dynsync.WithKey([]byte("a key of thirty-two bytes, and 1")), dynsync.WithTable("From", "To", rules...))
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, item := range items {
		rec, err := dynsync.NewRecord([]byte(item))
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.Transform(t.Context(), "From", rec)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range out.Attributes() {
			fmt.Fprintf(h, "%s %s\n", name, v.DynamoDBJSON())
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
