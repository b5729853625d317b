package anon

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/phone"
	"github.com/dynsync/dynsync/internal/testsize"
)

// optionTexts are values of the options that are free text or numbers without a range,
// by name. The others are tried with values made of their specs.
var optionTexts = map[string][]any{
	"choices":        {[]string{"10", "20", "30", "10.0"}, []string{"F", "M"}},
	"domain":         {"corp.test"},
	"excludeDomains": {[]string{"corp.test", "c.de"}},
	"find":           {[]string{"email", "phone", "card", "iban", "ip", "ssn"}},
	"from":           {"2001-02-03"},
	"in":             {"another"},
	"layout":         {[]string{"02/01/2006", "2006"}, []string{"unixMilli"}},
	"maskRune":       {"x"},
	"max":            {3, 90_000},
	"min":            {-4, 0},
	"names":          {[]string{"Bob"}},
	"namesAt":        {[]string{"Name"}},
	"pattern":        {`\d`, `[A-Z]+`},
	"person":         {[]string{"Name"}, []string{"Who", "Name"}},
	"place":          {"Who"},
	"prefix":         {"cus_"},
	"region":         {"GB", "DE", "SE", "IE", "IT"},
	"replacement":    {"gone"},
	"subject":        {"Who"},
}

// optionValues returns values to try an option with.
func optionValues(s catalog.Option) []any {
	switch {
	case len(s.Enum) > 20:
		var some []any
		for i := 0; i < len(s.Enum); i += len(s.Enum) / 4 {
			some = append(some, s.Enum[i])
		}
		return some
	case len(s.Enum) > 0:
		var all []any
		for _, v := range s.Enum {
			all = append(all, v)
		}
		return all
	case s.Name == "to" && s.Type == catalog.String:
		return []any{"2031-02-03"}
	case optionTexts[s.Name] != nil:
		return optionTexts[s.Name]
	case s.Type == catalog.Bool:
		return []any{s.Default != true}
	case s.Type == catalog.Int:
		least := int(max(s.Min, 1))
		return []any{least, least + 6}
	case s.Type == catalog.Float:
		return []any{max(s.Min, 1), 250.0}
	}
	return nil
}

// combinations returns the options to try an entry with: none, each value of each
// option, and each pair of them, along with what is required. Options that all entries
// take change no class, and are in no pair. What the entry refuses is left out.
func combinations(t testing.TB, e *entry) [][]Option {
	var required, single []Option
	for _, s := range slices.Concat(e.options, commonOptions) {
		values := optionValues(s)
		if len(values) == 0 {
			t.Fatalf("%s: the option %s has no value to try it with", e.name, s.Name)
		}
		for i, v := range values {
			if s.Required && i == 0 {
				required = append(required, option{s.Name, v})
			}
			single = append(single, option{s.Name, v})
		}
	}
	all := [][]Option{required}
	for i, o := range single {
		all = append(all, append(slices.Clone(required), o))
		for _, p := range single[i+1:] {
			if p.named().name != o.named().name && !slices.ContainsFunc(commonOptions, func(s catalog.Option) bool { return s.Name == p.named().name }) {
				all = append(all, append(slices.Clone(required), o, p))
			}
		}
	}
	return slices.DeleteFunc(all, func(opts []Option) bool { return newAnonymizer(e, opts).desc.Err != nil })
}

// classInputs are texts of every sort that an anonymizer takes. Those that fit are tried.
func classInputs() []string {
	inputs := []string{
		"a", "A", "7", "é", "A1", "12", "!!!", "-", "x y", "山田太郎", "true", "false", "F", "M", "female", "male", "\xff\xfe",
		"Bob Marley, 14 Main Street, bob@corp.test, 192.0.2.1", "Christopher Christiansen", "Li Wu", "Reno", "Ohio", "Chad", "TX", "CH",
		"0", "1", "5", "-7", "42", "99", "0.5", "0.25", "100", "12300", "1234567", "-123.456", "90", "-90", "180", "52.52", "123456", "10", "20",
		"1700000000", "1700000000.5", "1700000000123", "20240131", "20240101", "2024-01-01", "2024-01-31T10:15:30.5+01:00", "2024-01-31 10:15",
		"2024-01", "2024-W05-3", "Wed, 31 Jan 2024 10:15:30 GMT", "31/01/2024", "02/01/2024", "2024", "0001-01-01T00:00:00Z", "9999-12-31", "1970-01-01 00:00:00", "0000-00-00", "2147483647", "-62135596800",
		"b@c.de", "a@a.test", "xy@a.test", "x@test.org", "bob@corp.test", "bob.marley.of.kingston@example.com",
		"bob.marley.of.kingston@a-company.test", "::1", "127.0.0.1", "192.0.2.1", "2001:db8::1", "10.1.2.3", "fe80::1", "233.252.0.7",
		"custom://shop.test/x", "https://bob.marley.example", "https://shop.test/", "https://shop.test/a/b?q=1#x", "ftp://u:p@shop.test:81/x", "https://[::1]/",
		"6ba7b810-9dad-41d1-80b4-00c04fd430c8", "{6ba7b8109dad41d180b400c04fd430c8}", "sixteen bytes 07",
		"900-01-0001", "512 03 1234", "512031234", "12345-6789", "43016", "SW1A 1AA",
		"4242424242424242", "4111 1111 1111 1111", "378282246310005", "305693090259", "6304000000000000000",
		"+12127365000", "12127365000", "2127365000", "(212) 736-5000", "+442071838750", "442071838750", "+46812345678",
		"507f1f77bcf86cd799439011", "507F1F77BCF86CD799439011", "507017770086200799439011", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "7zzzzzzzzzzzzzzzzzzzzzzzzz", "0ujtsYcgvSTl8PAuAdqWYSMnLOv", "6UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM", "cus_NffrFeUfNV2Hib",
		"GB82WEST12345698765432", "NO9386011117947", "de89 3704 0044 0532 0130 00",
		"$1,234.50", "1.234,50 €", "(12.00)", "USD 12", "12%", "1 234", "48.137° N", "E 11,575",
		"bob@corp.test, x@test.org", "Bob Marley <bob@corp.test>; <x@test.org>", `"Marley, Bob" <bob@corp.test>`, "bob@corp.test (Bob)", `["b@c.de","bob@corp.test"]`,
		"10.1.2.3:80, -, [::1]:443", "10.1.2.0/24", "2001:db8::/48 10.1.2.3", "Bob Marley & Li Wu", "Wu, Li; Marley, Bob", "Bob/Li", "Bob Marley, Li Wu, Ann Lee",
		"+12127365000 / +12127365001", "(212) 736-5000, (212) 736-5001", "https://shop.test/a, https://shop.test/b", "bob; li",
		"6ba7b810-9dad-41d1-80b4-00c04fd430c8,6ba7b8109dad41d180b400c04fd430c9", "512-03-1234; 512031235", "4111 1111 1111 1111, 4242424242424242", "GB82WEST12345698765432 / NO9386011117947",
	}
	for _, l := range []*names{firstNames, lastNames, cities} {
		for n := range l.exactly {
			inputs = append(inputs, l.exactly[n][:min(1, len(l.exactly[n]))]...)
		}
	}
	for _, region := range []string{"US", "GB", "DE", "SE", "IT", "NU"} {
		_, example := phone.Find(region).Examples()
		n := phone.Number{Code: phone.Find(region).Code(), National: example}
		inputs = append(inputs, n.E164(), n.E164()[1:], n.Formatted(false))
	}
	return inputs
}

// A trial is what the draws of an anonymizer make of one value.
type trial struct {
	value dynsync.Value
	// result is the last one.
	result dynsync.Value
	kept   string  // a part of the value that each result has
	size   float64 // of the domain, 0 if the anonymizer does not tell
	equal  int     // how many results are the value
	most   int     // how often the result came that came most often
	draws  int
}

// ownResult reports whether the first of draws has this result for another value of as
// many characters too, as what has one result does.
func ownResult(draws []*anonymizer, tr trial, kind dynsync.Kind, text string) bool {
	other, _, ok := try(draws[:1], kind, strings.Repeat("q", characters(text)))
	return ok && !other.result.Equal(tr.result)
}

// try returns a trial, and a result. It is false if the value does not fit.
func try(draws []*anonymizer, kind dynsync.Kind, text string) (tr trial, result string, ok bool) {
	v, ok := inKind(kind, text)
	if !ok {
		return trial{}, "", false
	}
	tr, seen := trial{value: v, draws: len(draws)}, map[string]int{}
	var results []string
	for _, a := range draws {
		out, err := a.Transform(context.Background(), dynsync.Input{Value: v})
		if err != nil {
			return trial{}, "", false
		}
		if out.Equal(v) {
			tr.equal++
		}
		text := string(out.DynamoDBJSON())
		seen[text]++
		tr.most = max(tr.most, seen[text])
		tr.result, result = out, textOf(out)
		results = append(results, result)
	}
	tr.kept = partIn(results, text)
	if !holdsNothing(draws[0], kind, text) {
		tr.size = sizeOf(draws[0], kind, text)
	}
	return tr, result, true
}

// partIn returns four letters or digits of a text that stand in all results, "" if
// there are none.
func partIn(results []string, text string) string {
	const part = 4
	for i := 0; i+part <= len(text); i++ {
		missing := func(result string) bool { return !strings.Contains(result, text[i:i+part]) }
		if allIn(text[i:i+part], base62) && !slices.ContainsFunc(results, missing) {
			return text[i : i+part]
		}
	}
	return ""
}

// usual reports whether a part stands in what an anonymizer makes of other values, too.
func usual(draws []*anonymizer, kind dynsync.Kind, part string, inputs []string) bool {
	return slices.ContainsFunc(inputs, func(text string) bool {
		_, result, ok := try(draws[:1], kind, text)
		return ok && !strings.Contains(text, part) && strings.Contains(result, part)
	})
}

// inKind returns a text as a value of a kind; of a set, as its one member.
func inKind(kind dynsync.Kind, text string) (v dynsync.Value, ok bool) {
	var err error
	switch kind {
	case dynsync.KindS, dynsync.KindB:
		v, err = valueOf(kind, text)
	case dynsync.KindN:
		v, err = dynsync.NumberValue(text)
	case dynsync.KindBOOL:
		v, err = dynsync.ValueOf(text == "true")
		return v, err == nil && (text == "true" || text == "false")
	case dynsync.KindSS:
		v, err = dynsync.ValueOf([]string{text})
	case dynsync.KindNS:
		v, err = dynsync.ValueOf([]attributevalue.Number{attributevalue.Number(text)})
	case dynsync.KindBS:
		v, err = dynsync.ValueOf([][]byte{[]byte(text)})
	}
	return v, err == nil
}

func textOf(v dynsync.Value) string {
	if b, ok := v.Bytes(); ok {
		return string(b)
	}
	if text, ok := v.Text(); ok {
		return text
	}
	return string(v.DynamoDBJSON())
}

// elementOf are the kinds of sets, and of their members.
var elementOf = map[dynsync.Kind]dynsync.Kind{dynsync.KindSS: dynsync.KindS, dynsync.KindNS: dynsync.KindN, dynsync.KindBS: dynsync.KindB}

// sizeOf returns what an anonymizer says of the size of the domain of a value, or of a
// set's one member.
func sizeOf(a *anonymizer, kind dynsync.Kind, text string) float64 {
	if a.size == nil {
		return 0
	}
	if elem, isSet := elementOf[kind]; isSet {
		kind = elem
	}
	if kind == dynsync.KindN {
		text = normal(text)
	}
	return a.sizeFor(kind, text)
}

// holdsNothing reports whether an anonymizer says that a value holds nothing to hide.
func holdsNothing(a *anonymizer, kind dynsync.Kind, text string) bool {
	if _, _, ok := a.read(a.asRead(text)); !ok {
		return (kind == dynsync.KindS || kind == dynsync.KindSS) && a.saysNothing(text)
	}
	return a.isNothing != nil && a.isNothing(callOf(a, kind, text))
}

// callOf returns the call of a value, or of a set's one member.
func callOf(a *anonymizer, kind dynsync.Kind, text string) *call {
	if elem, isSet := elementOf[kind]; isSet {
		kind = elem
	}
	if kind == dynsync.KindN {
		text = normal(text)
	}
	canonical, parsed, _ := a.read(text)
	c := newCall(context.Background(), dynsync.Input{}, kind, draw{})
	c.text, c.canonical, c.parsed = text, canonical, parsed
	return c
}

// byChance bounds how often what has a probability of 1 in size comes in n draws: by
// six standard deviations, and three more.
func byChance(n int, size float64) float64 {
	expected := float64(n) / size
	return expected + 6*math.Sqrt(expected) + 3
}

// classFaults returns what is wrong with the class and the size of domain that an entry
// says it has with these options.
func classFaults(e *entry, opts []Option, inputs []string, n int) (faults []string) {
	fail := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	draws := make([]*anonymizer, n)
	for i := range draws {
		draws[i] = newAnonymizer(e, append(slices.Clone(opts), In(fmt.Sprint("domain ", i))))
	}
	desc, mayKeep := draws[0].desc, false
	for _, kind := range desc.Kinds {
		class := desc.ClassOf(kind)
		mayKeep = mayKeep || class == dynsync.ClassMayKeep
		draws := draws
		if _, isSet := elementOf[kind]; isSet {
			if n == 8 {
				continue // options by one have shown what becomes of sets
			}
			draws = draws[:8]
		}
		for _, text := range withResults(draws, kind, inputs) {
			tr, _, ok := try(draws, kind, text)
			if !ok {
				continue
			}
			if holdsNothing(draws[0], kind, text) {
				if tr.equal < tr.draws {
					fail("%v %q: it holds nothing to hide, and changes", kind, text)
				}
				continue
			}
			if class == dynsync.ClassIndependent && tr.size == 1 && ownResult(draws, tr, kind, text) {
				fail("%v %q: it says that it has one result, and has others for other values", kind, text)
			}
			if class == dynsync.ClassIndependent && tr.kept != "" && !usual(draws, kind, tr.kept, inputs) {
				fail("%v %q: it says that it is independent, and each result has %q", kind, text, tr.kept)
			}
			for _, fault := range tr.faults(e, class) {
				fail("%v %q: %s", kind, text, fault)
			}
		}
	}
	if mayKeep != (desc.Keeps != "") {
		fail("it is in the class %v, and keeps %q", desc.Class, desc.Keeps)
	}
	return faults
}

// withResults returns inputs and what they become: values that are in the domain.
func withResults(draws []*anonymizer, kind dynsync.Kind, inputs []string) []string {
	all := slices.Clone(inputs)
	if len(draws) < 24 {
		return all // of pairs of options; those by one have shown it
	}
	for i, text := range inputs {
		if _, result, ok := try(draws[i%len(draws):][:1], kind, text); ok && result != "" {
			all = append(all, result)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// faults returns what is wrong with a trial of a value in a class.
func (tr trial) faults(e *entry, class dynsync.Class) (faults []string) {
	fail := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	switch {
	case class == dynsync.ClassChanges && tr.equal > 0:
		fail("it says that it changes, and %d of %d draws are the value", tr.equal, tr.draws)
	case class == dynsync.ClassIndependent && tr.size == 0:
		fail("it says that it is independent, and not how many results there are")
	case tr.size > 1 && float64(tr.equal) > byChance(tr.draws, tr.size):
		fail("%d of %d draws are the value, out of %g results", tr.equal, tr.draws, tr.size)
	case tr.size > 1 && float64(tr.most) > byChance(tr.draws, tr.size)+2:
		fail("%d of %d draws are equal, out of %g results", tr.most, tr.draws, tr.size)
	}
	if e.few == "" && tr.size < enough {
		fail("there are %g results", tr.size)
	}
	return faults
}

// TestClassesHold: over the catalog, its options by one and in pairs, all kinds, sets,
// typical values and the anonymizer's own results, what changes is never equal to the
// value, what is independent is so no more often than by chance, and what is drawn has
// enough results.
func TestClassesHold(t *testing.T) {
	inputs := classInputs()
	for _, e := range entries {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			for i, opts := range combinations(t, e) {
				if len(opts) > 1 && i%testsize.Of(8, 4, 1) > 0 {
					continue
				}
				draws := []int{100, 24, 8, 8}[len(opts)] // eight are more than chance gives
				for _, fault := range classFaults(e, opts, inputs, draws) {
					t.Errorf("%v: %s", opts, fault)
				}
			}
		})
	}
}

// TestWrongClassesAreFound: the test of the catalog finds an entry that says what does
// not hold.
func TestWrongClassesAreFound(t *testing.T) {
	tests := []struct {
		reason string
		of     string
		change func(e *entry, b *built)
	}{
		{"it keeps long names, and says that it is independent", "firstName", func(_ *entry, b *built) {
			run := b.run
			b.run = func(c *call) (string, error) {
				if len(c.text) > 9 {
					return c.text, nil
				}
				return run(c)
			}
		}},
		{"it keeps one number of many, and says that it changes", "shiftTTL", func(_ *entry, b *built) {
			run := b.run
			b.run = func(c *call) (string, error) {
				if c.text == "1700000000" {
					return c.text, nil
				}
				return run(c)
			}
		}},
		{"it draws among eight, and says that there are 98", "city", func(_ *entry, b *built) {
			b.run = func(c *call) (string, error) { return c.pick(cities.all[:8]), nil }
		}},
		{"it may keep, and does not say what", "round", func(e *entry, _ *built) { e.keeps = "" }},
		{"it is independent, and says that it keeps something of kinds that it does not take", "token", func(e *entry, _ *built) { e.keeps, e.keepsOf = "all", dynsync.KindN }},
		{"it keeps the end of each name, and says that it is independent", "fullName", func(_ *entry, b *built) {
			run := b.run
			b.run = func(c *call) (string, error) {
				out, err := run(c)
				return out + " " + c.text[max(0, len(c.text)-5):], err
			}
		}},
		{"it does not tell how many results there are", "hash", func(_ *entry, b *built) { b.size = nil }},
		{"it has four results, and they are not few by nature", "gender", func(e *entry, b *built) { e.few, b.size = "", of(enough) }},
		{"it is of a constant, and gives back what it is given", "redact", func(_ *entry, b *built) { b.run = func(c *call) (string, error) { return c.text, nil } }},
	}
	inputs := classInputs()
	for _, tt := range tests {
		e := *lookUp(tt.of)
		build := e.build
		e.build = func(cfg *config) built {
			b := build(cfg)
			tt.change(&e, &b)
			return b
		}
		e.build(newAnonymizer(lookUp(tt.of), nil).cfg) // change what the entry says
		if faults := classFaults(&e, nil, inputs, 100); len(faults) == 0 {
			t.Errorf("%s: %s, and the test finds nothing", tt.of, tt.reason)
		}
	}
}

// TestFewIsDocumented: the doc comment of what has few results by nature says so, in the
// words of the catalog.
func TestFewIsDocumented(t *testing.T) {
	docs := docComments(t)
	for _, e := range entries {
		if doc := docs[e.goName()]; e.few != "" && !strings.Contains(doc, e.few) {
			t.Errorf("the comment of %s does not say: %s", e.goName(), e.few)
		}
	}
}

// docComments returns the comments of the package's functions, each on one line.
func docComments(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	//lint:ignore SA1019 the package has no files with build tags
	packages, err := parser.ParseDir(gotoken.NewFileSet(), ".", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		for _, f := range p.Files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
					docs[fn.Name.Name] = strings.Join(strings.Fields(fn.Doc.Text()), " ")
				}
			}
		}
	}
	return docs
}

// TestLengthsThatTellAreNotPreserved: the longest names in the lists are the only ones
// of their length, and stayed with PreserveLength, under every key.
func TestLengthsThatTellAreNotPreserved(t *testing.T) {
	for _, tt := range []struct {
		build  func(...Option) dynsync.Transformer
		value  string
		opts   []Option
		reason string
	}{
		{FirstName, "Christopher", []Option{PreserveLength()}, "the one first name of 11 letters"},
		{LastName, "Satterfield", []Option{PreserveLength()}, "the one last name of 11 letters"},
		{LastName, "Christiansen", []Option{PreserveLength()}, "the one last name of 12 letters"},
		{LastName, "Wu", []Option{PreserveLength()}, "one of two last names of 2 letters"},
		{LastName, "Li", []Option{MaxLength(2)}, "one of two last names of 2 letters at most"},
		{FullName, "Christopher Christiansen", []Option{PreserveLength()}, "the one pair of 24 characters"},
		{City, "Reno", []Option{MaxLength(4)}, "one of two cities of 4 letters at most"},
		{ZipCode, "7", []Option{PreserveLength()}, "one of ten digits"},
		{String, "x", []Option{PreserveLength()}, "one of 36 characters"},
		{IP, "::1", []Option{IPClass("loopback")}, "the one loopback address of IPv6"},
		{URL, "https://bob.marley.example", []Option{PreserveDomain()}, "nothing but what is kept"},
		{URL, "https://bob.marley.example/x", []Option{PreserveDomain(), PreservePath()}, "nothing but what is kept"},
		{Email, "b@c.de", []Option{PreserveDomain(), PreserveLength()}, "one of 32 before the domain"},
	} {
		stayed := 0
		for i := range 200 {
			out, err := tt.build(append(tt.opts, In(fmt.Sprint(i)))...).Transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(tt.value)})
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := out.Text(); text == tt.value {
				stayed++
			}
		}
		if float64(stayed) > byChance(200, enough) {
			t.Errorf("%q, %s, stays in %d of 200 draws", tt.value, tt.reason, stayed)
		}
	}
}

// TestFictionHasEnough: no country has fewer numbers for fiction than the constant says.
func TestFictionHasEnough(t *testing.T) {
	for region, ranges := range fiction {
		if n := sizeOfAll(ranges); n < leastFiction {
			t.Errorf("%s has %d numbers for fiction", region, n)
		}
	}
}

// TestTooFewDoNotApply: what would have fewer than 64 results is none that the
// anonymizer is made for.
func TestTooFewDoNotApply(t *testing.T) {
	for _, tt := range []struct {
		tr     dynsync.Transformer
		value  string
		reason string
	}{
		{Scramble(), "a", "26 letters"},
		{Scramble(), "(7)", "10 digits"},
		{Scramble(Pattern("x")), "x-", "26 letters, in what matches and in all"},
		{Phone(MaxLength(8)), "+442071838750", "14 beginnings of the British numbers for fiction"},
	} {
		out, err := apply(t, tt.tr, tt.value)
		if !errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("%q, %s, becomes %v (%v)", tt.value, tt.reason, out, err)
		}
	}
}

// TestAnyNumberHasEnough: the numbers that AnyNumber draws from are many in every
// country, whatever their length.
func TestAnyNumberHasEnough(t *testing.T) {
	const draws = 100
	for _, region := range phone.IDs() {
		_, example := phone.Find(region).Examples()
		usual := len(example)
		for _, length := range []int{0, usual - 1, usual + 1} {
			seen := map[string]int{}
			for i := range draws {
				d := drawOf([32]byte{byte(i), byte(length), region[0], region[1]})
				n, ok := anyNumber(d, phone.Find(region), length)
				if !ok {
					break // numbers for fiction take their place
				}
				seen[n.National]++
			}
			for _, times := range seen {
				if float64(times) > byChance(draws, enough)+2 {
					t.Errorf("%s with %d digits: %d of %d draws are equal, of %d", region, length, times, draws, len(seen))
					break
				}
			}
		}
	}
}
