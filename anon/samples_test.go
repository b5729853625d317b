package anon_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// A sample says what an anonymizer is given in the tests of the whole catalog.
type sample struct {
	text    func(i int) string // of S and N, and the bytes of a B if there are no others
	bytes   func(i int) string
	options map[string]any
	keyless bool // the result does not depend on the key
	merges  bool // members of a set can become equal, and fail
}

func text(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

func word(i int) string {
	return "Value " + string(rune('A'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26))
}

// samples has an entry for everything in the catalog.
var samples = map[string]sample{
	"alphanumeric":  {text: text("AB%06dxy")},
	"bool":          {},
	"businessName":  {text: word},
	"cardNumber":    {text: func(i int) string { return luhn(fmt.Sprintf("411111%09d", i)) }},
	"city":          {text: word},
	"counter":       {text: text("1%03d")},
	"country":       {text: word},
	"digits":        {text: text("1%08d")},
	"email":         {text: text("person%d@corp.test")},
	"firstName":     {text: word},
	"float":         {text: text("%d")},
	"fullAddress":   {text: word},
	"fullName":      {text: word},
	"gender":        {text: word, merges: true},
	"hash":          {text: word},
	"iban":          {text: func(i int) string { return iban("DE", fmt.Sprintf("%018d", i)) }},
	"int":           {text: text("%d")},
	"ip":            {text: func(i int) string { return fmt.Sprintf("10.%d.%d.7", i/250, i%250) }},
	"ksuid":         {text: text("0ujtsYcgvSTl8PAuAdqWYSM%04d"), bytes: text("twenty bytes of a %02x")},
	"lastName":      {text: word},
	"latitude":      {text: text("4.1%d3456")},
	"longitude":     {text: text("1.1%d3456")},
	"mask":          {text: word, keyless: true, merges: true},
	"noise":         {text: text("1%d00.25"), options: map[string]any{"percent": 10}},
	"objectId":      {text: text("507f1f77bcf86cd7994%05x"), bytes: text("object id %02x")},
	"oneOf":         {text: text("%d"), options: map[string]any{"choices": []string{"10", "20", "30", "40", "50", "60", "70", "80"}}},
	"phone":         {text: text("+49301234%04d")},
	"redact":        {text: word, keyless: true, merges: true},
	"round":         {text: text("1%d4"), options: map[string]any{"to": 10}, keyless: true},
	"scramble":      {text: word},
	"shiftTTL":      {text: text("17%08d"), options: map[string]any{"days": 30}, keyless: true},
	"shiftTime":     {text: text("17%08d")},
	"ssn":           {text: text("51203%04d")},
	"state":         {text: word},
	"streetAddress": {text: word},
	"string":        {text: word},
	"text":          {text: word, keyless: true, merges: true},
	"timestamp":     {text: word},
	"token":         {text: word},
	"truncate":      {text: text("%03d Value"), options: map[string]any{"length": 3}, keyless: true},
	"truncateTime":  {text: text("17%08d"), options: map[string]any{"unit": "year"}, keyless: true, merges: true},
	"ulid":          {text: text("01ARZ3NDEKTSV4RRFFQ6%06d"), bytes: text("\x01\x90sixteen byt%03x")},
	"unixTime":      {text: text("17%08d")},
	"url":           {text: text("https://corp.test/people/%d")},
	"username":      {text: word},
	"uuid":          {text: text("6ba7b810-9dad-41d1-80b4-%012x"), bytes: text("sixteen bytes %02x")},
	"zipCode":       {text: text("1%04d")},
}

// luhn appends the check digit.
func luhn(payload string) string {
	sum := 0
	for i := range len(payload) {
		d := int(payload[len(payload)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return payload + string(rune('0'+(10-sum%10)%10))
}

// iban returns an IBAN with its check digits, of a BBAN of digits.
func iban(country, bban string) string {
	rest := 0
	for _, r := range bban + country + "00" {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	return fmt.Sprintf("%s%02d%s", country, 98-rest, bban)
}

// value returns the i-th sample as a value of the kind.
func (s sample) value(kind dynsync.Kind, i int) any {
	switch kind {
	case dynsync.KindBOOL:
		return i%2 == 0
	case dynsync.KindN:
		return attributevalue.Number(s.text(i))
	case dynsync.KindB:
		return s.blob(i)
	case dynsync.KindSS:
		return []string{s.text(i), s.text(i + 1), s.text(i + 2)}
	case dynsync.KindNS:
		return []attributevalue.Number{attributevalue.Number(s.text(i)), attributevalue.Number(s.text(i + 1)), attributevalue.Number(s.text(i + 2))}
	case dynsync.KindBS:
		return [][]byte{s.blob(i), s.blob(i + 1), s.blob(i + 2)}
	}
	return s.text(i)
}

func (s sample) blob(i int) []byte {
	if s.bytes != nil {
		return []byte(s.bytes(i))
	}
	return []byte(s.text(i))
}

func made(t testing.TB, spec catalog.Spec, more ...string) dynsync.Transformer {
	t.Helper()
	options := maps.Clone(samples[spec.Name].options)
	if options == nil {
		options = map[string]any{}
	}
	for _, name := range more {
		options[name] = true
	}
	tr, err := catalog.New(spec.Name, options)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestCatalogIsSampled: what is added to the catalog is tested here too.
func TestCatalogIsSampled(t *testing.T) {
	for _, spec := range catalog.All() {
		s, ok := samples[spec.Name]
		if !ok {
			t.Errorf("%s has no sample", spec.Name)
		}
		if s.text == nil && !slices.Equal(spec.Kinds, []dynsync.Kind{dynsync.KindBOOL}) {
			t.Errorf("%s has no text", spec.Name)
		}
		if spec.Doc == "" || spec.Uniqueness == dynsync.UniquenessUnknown {
			t.Errorf("%s does not say what it does, or how unique", spec.Name)
		}
		for _, o := range spec.Options {
			if o.Doc == "" {
				t.Errorf("%s: the option %s has no documentation", spec.Name, o.Name)
			}
		}
	}
}
