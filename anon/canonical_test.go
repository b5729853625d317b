package anon

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/testsize"
)

// spellings returns a text as others write it.
func spellings(text string) []string {
	return []string{
		text, strings.ToUpper(text), strings.ToLower(text), " " + text, text + "\t", text + "\n ", strings.ReplaceAll(text, " ", "  "),
		strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(text, "-", ""), strings.ReplaceAll(text, " ", "-"), strings.ReplaceAll(text, "-", " "),
		strings.ReplaceAll(text, "+", "00"), text + "/", text + ".0", text + "0", "+" + text, "{" + text + "}", "urn:uuid:" + text, "::ffff:" + text,
	}
}

// canonicalInputs are the values that canonical forms are tried with, each with other
// spellings of it.
func canonicalInputs() [][]string {
	var groups [][]string
	for _, text := range slices.Concat(classInputs(), []string{"José García", "o'brien-7@münchen.example", "Weiß Yıldız İbrahim", "²³ ½ ① Ⅳ", "１２３４５", "−12,5", "ﬁ—ﬂ", "i\u0307\u0323 \u0345α", "\u200b", "`´’"}) {
		group := spellings(text)
		for _, by := range respellings {
			group = append(group, by.respell(text), by.respell(" "+text))
		}
		groups = append(groups, group)
	}
	return groups
}

// canonicalFaults returns what is wrong with the canonical forms of spellings.
func canonicalFaults(a *anonymizer, kind dynsync.Kind, group []string) (faults []string) {
	results := map[string]string{}
	for _, text := range group {
		v, ok := inKind(kind, text)
		if !ok || text == "" {
			continue
		}
		if kind == dynsync.KindN {
			text = normal(text)
		}
		out, err := a.Transform(context.Background(), dynsync.Input{Value: v})
		result := fmt.Sprint(string(out.DynamoDBJSON()), err)
		canonical := text
		if a.desc.Canonical != nil {
			if canonical, ok = a.desc.Canonical(text); !ok {
				if err == nil || !a.cfg.strict && !errors.Is(err, dynsync.ErrNotApplicable) {
					faults = append(faults, fmt.Sprintf("%q has no canonical form and becomes %s", text, result))
				}
				continue
			}
			if again, ok := a.desc.Canonical(canonical); !ok || again != canonical {
				faults = append(faults, fmt.Sprintf("the canonical form %q of %q has the canonical form %q, %t", canonical, text, again, ok))
			}
		}
		if before, seen := results[canonical]; seen && before != result && !a.desc.PerItem {
			faults = append(faults, fmt.Sprintf("%q has the canonical form %q and becomes %s, and another text %s", text, canonical, result, before))
		}
		results[canonical] = result
	}
	return faults
}

// TestEqualCanonicalFormsHaveEqualResults: what a description says of canonical forms is
// so for every anonymizer and every pair of its options.
func TestEqualCanonicalFormsHaveEqualResults(t *testing.T) {
	groups := canonicalInputs()
	for _, e := range entries {
		all := combinations(t, e)
		for i, opts := range all {
			if i > 0 && i%testsize.Of(40, 12, 20) != 0 {
				continue
			}
			a := newAnonymizer(e, opts)
			for _, kind := range []dynsync.Kind{dynsync.KindS, dynsync.KindN, dynsync.KindB} {
				for _, group := range groups {
					for _, fault := range canonicalFaults(a, kind, group) {
						t.Fatalf("%s(%s) of %v: %s", a.desc.Name, a.desc.Options, kind, fault)
					}
				}
			}
		}
	}
}

// TestTheDefaultTakesWhatHasNoCanonicalForm: in a run, too, an anonymizer applies to no
// text without a canonical form.
func TestTheDefaultTakesWhatHasNoCanonicalForm(t *testing.T) {
	checked := 0
	for _, e := range entries {
		a := newAnonymizer(e, combinations(t, e)[0])
		if a.desc.Canonical == nil {
			continue
		}
		var items []map[string]any
		for i, text := range classInputs() {
			if _, ok := a.desc.Canonical(text); !ok && utf8.ValidString(text) {
				items = append(items, map[string]any{"Id": fmt.Sprint(i), "Name": fmt.Sprint(i), "Value": text})
			}
		}
		for name, rec := range transformed(t, items, dynsync.WithTransform("Value", a, dynsync.Optional()), dynsync.WithDefaultTransform(dynsync.Constant("the default"))) {
			checked++
			if got := textAt(t, rec, "Value"); got != "the default" {
				t.Errorf("%s: input %s became %q", a.desc.Name, name, got)
			}
		}
	}
	if checked < 300 {
		t.Errorf("only %d values were checked", checked)
	}
}

// perItemInputs are values that the anonymizers take that do not take any text.
var perItemInputs = map[string]any{
	"bool": true, "cardNumber": "4242424242424242", "counter": "4242", "ksuid": "0ujtsYcgvSTl8PAuAdqWYSMnLOv", "objectId": "507f1f77bcf86cd799439011", "ulid": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "digits": "12345678", "email": "bob@corp.test", "iban": "GB82WEST12345698765432", "ip": "192.0.2.1",
	"latitude": "52.5201", "longitude": "13.4049", "noise": "123456", "phone": "+12127365000", "round": "123456", "shiftTTL": attributevalue.Number("1700000000"),
	"shiftTime": "2024-01-31", "ssn": "512031234", "truncateTime": "2024-01-31", "url": "https://shop.test/a", "uuid": "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
}

// resultsOf returns the results for one value in several items and at several paths.
func resultsOf(t *testing.T, a *anonymizer, input any) map[string]bool {
	t.Helper()
	items, rules := []map[string]any{{"Id": "1", "Name": "1"}, {"Id": "2", "Name": "2"}, {"Id": "3", "Name": "3"}}, []dynsync.TableOption{}
	for _, name := range strings.Fields("A B C D E F") {
		for _, item := range items {
			item[name] = input
		}
		rules = append(rules, dynsync.WithTransform(name, a))
	}
	results := map[string]bool{}
	for _, rec := range transformed(t, items, rules...) {
		for _, name := range strings.Fields("A B C D E F") {
			v, _ := rec.Get(name)
			results[string(v.DynamoDBJSON())] = true
		}
	}
	return results
}

// TestOnlyPerItemDependsOnTheItem: the result for a value is the same in every item and at
// every path, unless the description says otherwise.
func TestOnlyPerItemDependsOnTheItem(t *testing.T) {
	for _, e := range entries {
		input, ok := perItemInputs[e.name]
		if !ok {
			input = "Bob Marley 1234567"
		}
		common := combinations(t, e)[0]
		for _, opts := range [][]Option{common, append([]Option{PerItem()}, common...)} {
			a := newAnonymizer(e, opts)
			n := len(resultsOf(t, a, input))
			if n > 1 && !a.desc.PerItem {
				t.Errorf("%s(%s) made %d results of one value, and does not say that they depend on the item", a.desc.Name, a.desc.Options, n)
			}
			if n == 1 && a.desc.PerItem && a.desc.Drawn && a.entry.few == "" {
				t.Errorf("%s(%s) says that results depend on the item, and made one", a.desc.Name, a.desc.Options)
			}
		}
	}
}

// TestPerItemWithoutTheOption: some results depend on the item by nature.
func TestPerItemWithoutTheOption(t *testing.T) {
	for _, tr := range []dynsync.Transformer{Bool(), ShiftTime(), ShiftTime(Subject("Id")), Text(Find("recordNames"), NamesAt("Owner")), Generate(FirstName())} {
		if d := describe(tr); d.Err != nil || !d.PerItem {
			t.Errorf("%s(%s) does not say that its results depend on the item, %v", d.Name, d.Options, d.Err)
		}
	}
	if describe(Text(Find("email"))).PerItem || describe(TruncateTime()).PerItem {
		t.Error("a result that depends on the value alone is said to depend on the item")
	}
}

// entropy returns the collision entropy in bits that equal places of many results have
// together, if they are independent: no more than that can be drawn.
func entropy(results []string) (bits float64) {
	for at := 0; ; at++ {
		counts, n := map[byte]float64{}, 0.0
		for _, text := range results {
			if at < len(text) {
				counts[text[at]]++
				n++
			}
		}
		if n < float64(len(results))/2 {
			return bits
		}
		pairs := 0.0
		for _, c := range counts {
			pairs += c * (c - 1)
		}
		bits -= math.Log2(max(pairs, 1) / (n * (n - 1)))
	}
}

// TestBitsAreDrawn: whoever is practically unique says how many results there are, and has
// as many.
func TestBitsAreDrawn(t *testing.T) {
	const n = 2000
	practical := 0
	for _, e := range entries {
		for _, opts := range combinations(t, e) {
			a := newAnonymizer(e, opts)
			switch {
			case a.desc.Uniqueness != dynsync.UniquenessPractical:
				if a.desc.Bits != 0 {
					t.Errorf("%s(%s) may collide, and has %d bits", a.desc.Name, a.desc.Options, a.desc.Bits)
				}
				continue
			case a.desc.Bits < 64:
				t.Errorf("%s(%s) is practically unique, and has %d bits", a.desc.Name, a.desc.Options, a.desc.Bits)
			}
			practical++
			input := "person%d@corp.test"
			switch e.name {
			case "url":
				input = "https://corp.test/%d"
			case "uuid":
				input = "6ba7b810-9dad-41d1-80b4-%012x"
			case "ip":
				input = "2001:db8::%x"
			}
			var results []string
			for i := range n {
				results = append(results, outText(t, a, fmt.Sprintf(input, i)))
			}
			if got := entropy(results); got < float64(a.desc.Bits)-0.2 { // six standard deviations
				t.Errorf("%s(%s) has %d bits, and its results at most %.1f", a.desc.Name, a.desc.Options, a.desc.Bits, got)
			}
		}
	}
	if practical < 20 {
		t.Errorf("only %d anonymizers are practically unique", practical)
	}
}

// TestBitsAreDocumented: the comment of an anonymizer that is practically unique states
// the probability that two of n values collide, which is n²/2 by the number of results.
func TestBitsAreDocumented(t *testing.T) {
	docs := docComments(t)
	for _, tt := range []struct {
		name string
		tr   dynsync.Transformer
		bits int
	}{
		{"Email", Email(), 69}, {"Email", Email(EmailFormat("token")), 130}, {"Email", Email(MaxLength(25)), 65}, {"Email", Email(PreserveDomain()), 65}, {"Email", Email(ExcludeDomains("corp.test")), 65},
		{"UUID", UUID(), 122}, {"Token", Token(), 130}, {"Token", Token(Length(11)), 65}, {"Hash", Hash(), 256}, {"String", String(MinLength(13)), 67}, {"IP", IP(IPClass("v6")), 96}, {"URL", URL(), 80},
	} {
		d := describe(tt.tr)
		stated := "n²/2" + superscript(d.Bits+1)
		if d.Uniqueness != dynsync.UniquenessPractical || d.Bits != tt.bits || !strings.Contains(docs[tt.name], stated) {
			t.Errorf("%s(%s) has %d bits, and its comment does not say %s", d.Name, d.Options, d.Bits, stated)
		}
	}
}

func superscript(n int) string {
	var b strings.Builder
	for _, digit := range fmt.Sprint(n) {
		b.WriteRune([]rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[digit-'0'])
	}
	return b.String()
}

// TestBytesThatAreNoText: whoever keeps values apart keeps bytes apart that are no text,
// and gives bytes that are text the pseudonym of the text.
func TestBytesThatAreNoText(t *testing.T) {
	var inputs []string
	for b := range 256 {
		one := string([]byte{byte(b)})
		inputs = append(inputs, one, one+"\x00", "key-"+one, strings.Repeat(one, 12), strings.Repeat(one, 16), strings.Repeat(one, 20), strings.Repeat("\xff", 15)+one, "\xed"+one+"\x80", "\xf4"+one+"\x80\x80")
	}
	inputs = append(inputs, "\uFFFD", "\uFFFD\x00", "key-\uFFFD", "é", "key-é", "\xed\xa0\x80\xed\xb0\x80", "\U00010000")
	slices.Sort(inputs)
	tried := 0
	for _, e := range entries {
		for _, opts := range combinations(t, e) {
			a := newAnonymizer(e, opts)
			if u := a.desc.Uniqueness; !slices.Contains(a.desc.Kinds, dynsync.KindB) || u != dynsync.UniquenessExact && u != dynsync.UniquenessPractical || a.desc.PerItem {
				continue
			}
			tried++
			from := map[string]string{}
			for _, text := range slices.Compact(slices.Clone(inputs)) {
				v, _ := inKind(dynsync.KindB, text)
				out, err := a.Transform(context.Background(), dynsync.Input{Value: v})
				if err != nil {
					continue
				}
				result := textOf(out)
				if other, ok := from[result]; ok {
					t.Fatalf("%s(%s): the bytes %q and %q become %q", a.desc.Name, a.desc.Options, other, text, result)
				}
				from[result] = text
				if v, ok := inKind(dynsync.KindS, text); ok && utf8.ValidString(text) && e.takes == "" && e.name != "hash" { // the bytes of identifiers are no text
					if out, err := a.Transform(context.Background(), dynsync.Input{Value: v}); err != nil || textOf(out) != result {
						t.Errorf("%s(%s): %q becomes %q as bytes and %q as a text, %v", a.desc.Name, a.desc.Options, text, result, textOf(out), err)
					}
				}
			}
			if len(from) < 200 {
				t.Errorf("%s(%s) takes only %d of the bytes", a.desc.Name, a.desc.Options, len(from))
			}
		}
	}
	if tried < 5 {
		t.Errorf("%d anonymizers were tried", tried)
	}
}
