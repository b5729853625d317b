package pseudonym

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	goldenMac         = "6923d3f69a86d4d7660402d7fc527849e3632665e96cfb9059f1827f45088669"
	goldenFingerprint = "e776b5a27d0f6e49"
)

// allOptions are the options that every property holds for.
var allOptions = []Options{{}, {ExactLength: true}, {Shape: true}, {ExactLength: true, Shape: true}, {AtLeast: 1}, {AtLeast: 20}}

func testGenerator(t testing.TB) *Generator {
	g := testKey(t).NewGenerator("table")
	g.StartItem([]byte("item"))
	return g
}

func mustAppend(t rapid.TB, g *Generator, path, value string, o Options) string {
	t.Helper()
	out, err := g.AppendValue(nil, []byte(path), []byte(value), o)
	if err != nil {
		t.Fatalf("AppendValue: %v", err)
	}
	return string(out)
}

// values covers each kind and each rule of the package comment; the golden file
// holds a pseudonym of each.
var values = []struct{ value, reason string }{
	{`{"S":""}`, "empty stays"},
	{`{"S":"a"}`, "one byte"},
	{`{"S":"sixteen bytes..."}`, "as many bytes as the least"},
	{`{"S":"seventeen bytes.."}`, "just over"},
	{`{"S":"Jane Doe <jane@example.com>"}`, "letters, punctuation and spaces"},
	{`{"S":"ÄÖü ß 漢字 😀"}`, "not ASCII"},
	{`{"S":"\ud800 \u0000 \" \\ \/ \n"}`, "escapes, and a lone surrogate"},
	{`{"S":"--- ---"}`, "nothing that Shape could replace"},
	{`{"S":"a street, a town, 12345"}`, "as much as the digest is enough for"},
	{`{"S":"a street, some number; a town; 12345"}`, "more than the digest is enough for"},
	{`{"N":"0"}`, "zero"},
	{`{"N":"7"}`, "one digit"},
	{`{"N":"-7"}`, "never -0"},
	{`{"N":"1000"}`, "zeros at the end of a whole number are digits like others"},
	{`{"N":"1234.5600"}`, "two decimals in normal form"},
	{`{"N":"-0.0500"}`, "zeros at the start of a fraction stay"},
	{`{"N":"1.5E2"}`, "the same as 150"},
	{`{"N":"12345678901234567890123456789012345678"}`, "38 digits"},
	{`{"N":"9.9999999999999999999999999999999999999E+125"}`, "the largest"},
	{`{"N":"-1E-130"}`, "the smallest"},
	{`{"B":""}`, "empty stays"},
	{`{"B":"AA=="}`, "one byte"},
	{`{"B":"AAECAwQFBgcICQ=="}`, "ten bytes"},
	{`{"B":"AAECAwQFBgcICQABAgMEBQYHCAkAAQIDBAUGBwgJAAECAw=="}`, "34 bytes, rounded up to 64: more than the digest"},
	{`{"BOOL":true}`, "a bit"},
	{`{"BOOL":false}`, "a bit"},
	{`{"NULL":true}`, "stays"},
	{`{ "NULL" : true }`, "stays as it is written"},
	{`{"SS":["","a","bcdef"]}`, "the empty member stays"},
	{`{"SS":["a-1","b-2","c-3"]}`, "one shape"},
	{`{"NS":["0","1","2","3","4","5","6","7","8","9"]}`, "all digits"},
	{`{"NS":["-1.5","15","1.5e1000","0.001"]}`, "a number that DynamoDB does not take: an error"},
	{`{"NS":["-1.5","15","1e5"]}`, "a sign, a fraction, an exponent"},
	{`{"BS":["","AA==","AAE="]}`, "the empty member stays"},
	{`{"SS":[]}`, "an empty set stays: whether it may be written is for the writer to say"},
	{`{"SS":["a","\u0061"]}`, "the same member twice: an error"},
	{`{"NS":["1","1.0"]}`, "the same number twice: an error"},
	{`{"M":{}}`, "not a value of this package: an error"},
	{`{"L":[]}`, "not a value of this package: an error"},
}

// Pseudonyms are data in people's destinations, and a later run has to make the
// same ones. A change of any line here is a change of itemLabel's number and of
// the change log, or it is a bug.
func TestGolden(t *testing.T) {
	const name = "testdata/golden.txt"
	g := testGenerator(t)
	var b strings.Builder
	for _, tt := range values {
		fmt.Fprintf(&b, "# %s\n%s\n", tt.reason, tt.value)
		for _, o := range allOptions {
			out, err := g.AppendValue(nil, []byte("path"), []byte(tt.value), o)
			if err != nil {
				out = []byte("error: " + err.Error())
			}
			fmt.Fprintf(&b, "\tleast=%-2d exact=%-5t shape=%-5t %s\n", o.AtLeast, o.ExactLength, o.Shape, out)
		}
	}
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestOneValueWrittenInSeveralWays(t *testing.T) {
	for _, tt := range []struct {
		a, b   string
		reason string
	}{
		{`{"N":"1"}`, `{"N":"1.0"}`, "a needless decimal"},
		{`{"N":"150"}`, `{ "N" : "+1.5E+2" }`, "an exponent"},
		{`{"N":"0"}`, `{"N":"-0.00"}`, "all zeros are one"},
		{`{"N":"0.5"}`, `{"N":".5"}`, "no digit before the point"},
		{`{"N":"5"}`, `{"N":"\u0035"}`, "a JSON escape in a number"},
		{`{"S":"a/b"}`, `{"S":"\u0061\/b"}`, "JSON escapes in a string"},
		{`{"S":"😀"}`, `{"S":"\ud83d\ude00"}`, "a surrogate pair"},
		{`{"B":"+/8="}`, `{"B":"\u002b\/8\u003d"}`, "JSON escapes in base64"},
		{`{"BOOL":true}`, `{ "BOOL" : true }`, "white space round a boolean"},
		{`{"S":"ab"}`, `{ "S" : "ab" }`, "white space round a string"},
		{`{"SS":["b","a"]}`, `{"SS":["a","b"]}`, "sets have no order"},
		{`{"NS":["10","9"]}`, `{"NS":[ "9.0", "1e1" ]}`, "sets have no order, and numbers many forms"},
		{`{"BS":["AQ==","AA=="]}`, `{"BS":["AA==","AQ=="]}`, "sets have no order"},
	} {
		for _, o := range allOptions {
			g := testGenerator(t)
			a, b := mustAppend(t, g, "p", tt.a, o), mustAppend(t, g, "p", tt.b, o)
			if a != b {
				t.Errorf("%s and %s have pseudonyms %s and %s under %+v: %s", tt.a, tt.b, a, b, o, tt.reason)
			}
		}
	}
}

// The pseudonym depends on everything it is keyed by, and on the boundaries.
func TestEverythingCounts(t *testing.T) {
	type place struct{ item, path, value string }
	places := []place{
		{"item", "path", `{"S":"a value of some length"}`},
		{"item", "path", `{"S":"a value of some length."}`},
		{"item", "path2", `{"S":"a value of some length"}`},
		{"item2", "path", `{"S":"a value of some length"}`},
		{"", "itempath", `{"S":"a value of some length"}`},
		{"itempath", "", `{"S":"a value of some length"}`},
		{"item", "path", `{"B":"YSB2YWx1ZSBvZiBzb21lIGxlbmd0aA=="}`},
		{"item", "path", `{"N":"11111111111111111111111111111111111111"}`},
		{"item", "path", `{"N":"11111111111111111111111111111111111112"}`},
		{"item", "path", `{"N":"-11111111111111111111111111111111111111"}`},
		{"item", "path", `{"SS":["a value of some length"]}`},
		{"item", "path", `{"NS":["11111111111111111111111111111111111111"]}`},
		{"item", "path", `{"BS":["YSB2YWx1ZSBvZiBzb21lIGxlbmd0aA=="]}`},
	}
	seen := map[string]place{}
	payload := regexp.MustCompile(`[A-Za-z0-9+/=]{8,}`)
	for _, master := range []string{string(testMaster), string(testMaster) + "x"} {
		k, err := NewKey([]byte(master))
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"table", "table2", "", "tableitem"} {
			g := k.NewGenerator(table)
			for _, p := range places {
				g.StartItem([]byte(p.item))
				out := payload.FindString(mustAppend(t, g, p.path, p.value, Options{}))
				if prev, ok := seen[out]; ok || out == "" {
					t.Errorf("%+v and %+v of %q have the same pseudonym", prev, p, table)
				}
				seen[out] = p
			}
		}
	}
}

func TestGeneratorsAgree(t *testing.T) {
	k := testKey(t)
	a, b := k.NewGenerator("table"), k.NewGenerator("table")
	// What a generator did before must not matter.
	b.StartItem([]byte("another"))
	mustAppend(t, b, "p", `{"NS":["1","2","3"]}`, Options{})
	for _, item := range []string{"", "1", "2"} {
		a.StartItem([]byte(item))
		b.StartItem([]byte(item))
		for _, tt := range values {
			x, errX := a.AppendValue(nil, []byte("p"), []byte(tt.value), Options{})
			y, errY := b.AppendValue(nil, []byte("p"), []byte(tt.value), Options{})
			if !bytes.Equal(x, y) || (errX == nil) != (errY == nil) {
				t.Errorf("%s: %s by one generator, %s by another", tt.value, x, y)
			}
			mustAppend(t, b, "q", `{"S":"something else"}`, Options{})
		}
	}
}

// members returns the members of a set as encoding/json reads them.
func members(t rapid.TB, value string) []string {
	t.Helper()
	var m map[string][]string
	if err := json.Unmarshal([]byte(value), &m); err != nil {
		t.Fatalf("not a set: %v", err)
	}
	for _, all := range m {
		return all
	}
	return nil
}

func TestProperties(t *testing.T) {
	g := testGenerator(t)
	rapid.Check(t, func(t *rapid.T) {
		in := value().Draw(t, "value")
		o := rapid.SampledFrom(allOptions).Draw(t, "options")
		got, err := g.AppendValue([]byte("before"), []byte("p"), []byte(in), o)
		if err != nil {
			t.Fatal(err)
		}
		out, ok := strings.CutPrefix(string(got), "before")
		if !ok {
			t.Fatalf("what was in dst is gone: %s", got)
		}
		checkPseudonym(t, in, out, o)
		if again := mustAppend(t, g, "p", in, o); again != out {
			t.Fatalf("%s, then %s", out, again)
		}
	})
}

// checkPseudonym is the slow oracle: it says what the package comment says,
// by other means.
func checkPseudonym(t rapid.TB, in, out string, o Options) {
	t.Helper()
	var s wire.Scanner
	kind, err := s.Value([]byte(out))
	if err != nil || kind != wire.KindOf([]byte(in)) {
		t.Fatalf("%s became %s: kind %v, %v", in, out, kind, err)
	}
	switch kind {
	case wire.S:
		checkString(t, scalar(in), scalar(out), o)
	case wire.N:
		checkNumber(t, scalar(in), scalar(out), o)
	case wire.B:
		checkBinary(t, string(wire.AppendBytes(nil, []byte(in))), string(wire.AppendBytes(nil, []byte(out))), o)
	case wire.NULL:
		if in != out {
			t.Fatalf("NULL became %s", out)
		}
	case wire.SS, wire.NS, wire.BS:
		checkSet(t, kind, in, out, o)
	}
}

func scalar(value string) string {
	s, _ := wire.DecodeText([]byte(value))
	return s
}

var token = regexp.MustCompile(`^[A-Za-z0-9]*$`)

func wantLength(n int, o Options) int {
	if o.ExactLength || n == 0 {
		return n
	}
	least := o.AtLeast
	if least == 0 {
		least = 16
	}
	if n <= least {
		return least
	}
	power := 1
	for power < n {
		power *= 2
	}
	return power
}

func checkString(t rapid.TB, in, out string, o Options) {
	t.Helper()
	if o.Shape {
		if want := shapeOf(in); replacesTwo(want) {
			if got := shapeOf(out); got != want {
				t.Fatalf("a string of shape %q became one of shape %q", want, got)
			}
			return
		}
	}
	if !token.MatchString(out) || len(out) != wantLength(len(in), o) {
		t.Fatalf("%d bytes became %q under %+v", len(in), out, o)
	}
}

// replacesTwo reports whether a shape has two characters that are replaced.
func replacesTwo(shape string) bool {
	return strings.Count(shape, "A")+strings.Count(shape, "a")+strings.Count(shape, "0") > 1
}

// The length of a pseudonym told "male" from "female", in 400 of 400 items.
func TestShortWordsLookAlike(t *testing.T) {
	g := testGenerator(t)
	for _, words := range [][]string{
		{"male", "female"}, {"M", "F", "other"}, {"true", "false"}, {"yes", "no"}, {"none", "diabetes"}, {"paid", "overdue"},
		{"DE", "DEU", "Germany"}, {"single", "married", "divorced"}, {"A+", "AB negative"}, {"employee", "contractor", "self-employed"},
		{"männlich", "weiblich", "divers"}, {"男", "女"},
	} {
		lengths := map[int]bool{}
		for _, w := range words {
			lengths[len(scalar(mustAppend(t, g, "p", string(wire.AppendS(nil, w)), Options{})))] = true
			lengths[len(wire.AppendBytes(nil, []byte(mustAppend(t, g, "p", string(wire.AppendB(nil, []byte(w))), Options{}))))] = true
			set := members(t, mustAppend(t, g, "p", `{"SS":[`+string(wire.AppendQuote(nil, w))+`]}`, Options{}))
			lengths[len(set[0])] = true
		}
		if len(lengths) != 1 {
			t.Errorf("%q have pseudonyms of lengths %v", words, lengths)
		}
	}
}

func TestShapesOfCapitals(t *testing.T) {
	g := testGenerator(t)
	for _, tt := range []struct{ text, want string }{
		{"Jane 7", "Aaaa 0"}, {"ÄöÜß", "AaAa"}, {"Жж", "Aa"}, {"Aǅ", "AA"}, {"ǅǆǄ", "AaA"}, {"xᾈ1", "aA0"},
		{"İı", "Aa"}, {"Ⅷ-Ⓐ", "a-a"}, {"𝐀𝟗", "A0"}, {"٣Ω", "0A"}, {"日本", "aa"}, {"É-ª", "A-a"},
	} {
		got := mustAppend(t, g, "p", string(wire.AppendQuote([]byte(`{"S":`), tt.text))+"}", Options{Shape: true})
		if s := shapeOf(scalar(got)); s != tt.want || s != shapeOf(tt.text) {
			t.Errorf("%s became %s of shape %q, want %q", tt.text, got, s, tt.want)
		}
	}
}

// shapeOf replaces capitals, and letters such as ǅ that begin as one, by A, digits by
// 0, and all but ASCII punctuation and spaces by a.
func shapeOf(s string) string {
	for i := strings.IndexByte(s, 0xED); i >= 0 && i+3 <= len(s); { // lone surrogates
		if s[i+1] >= 0xA0 {
			s = s[:i] + "a" + s[i+3:]
		}
		next := strings.IndexByte(s[i+1:], 0xED)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return strings.Map(func(r rune) rune {
		switch {
		case fold.IsDigit(r):
			return '0'
		case fold.IsLetter(r) && fold.IsUpper(r):
			return 'A'
		case fold.IsLower(r) || r > '~' || r < ' ':
			return 'a'
		}
		return r
	}, s)
}

// classOf returns the text of a number in normal form with the digits masked
// that may differ: a digit other than 0 where there must be one is 1.
func classOf(n string, o Options) string {
	n = normal(n)
	if len(n) == 1 {
		return "digit"
	}
	sign := strings.TrimRight(n, "0123456789.")
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(n, sign), ".")
	class := fmt.Sprintf("sign %q, %d digits, %d decimals, %d zeros after the point", sign, len(whole), len(fraction),
		len(fraction)-len(strings.TrimLeft(fraction, "0")))
	if whole != "0" {
		class = fmt.Sprintf("sign %q, %d digits, %d decimals", sign, len(whole), len(fraction))
	}
	if o.ExactLength && fraction == "" {
		class += fmt.Sprintf(", %d zeros at the end", len(whole)-len(strings.TrimRight(whole, "0")))
	}
	return class
}

func checkNumber(t rapid.TB, in, out string, o Options) {
	t.Helper()
	if normal(out) != out {
		t.Fatalf("%s became %s, which is not in normal form", in, out)
	}
	if got, want := classOf(out, o), classOf(in, o); got != want {
		t.Fatalf("%s (%s) became %s (%s)", in, want, out, got)
	}
	if in, out := wire.ItemSize([]byte(`{"a":{"N":"`+in+`"}}`)), wire.ItemSize([]byte(`{"a":{"N":"`+out+`"}}`)); o.ExactLength && out > in && in > 2 {
		t.Fatalf("a number of %d bytes became one of %d", in, out)
	}
}

func checkBinary(t rapid.TB, in, out string, o Options) {
	t.Helper()
	if len(out) != wantLength(len(in), o) {
		t.Fatalf("%d bytes became %d under %+v", len(in), len(out), o)
	}
}

func checkSet(t rapid.TB, kind wire.Kind, in, out string, o Options) {
	t.Helper()
	before, after := members(t, in), members(t, out)
	if kind == wire.NS {
		for i := range after {
			after[i] = normal(after[i])
		}
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(after)))); n != len(before) || n != len(after) {
		t.Fatalf("of %d members %d different ones are left: %s", len(before), n, out)
	}
	if slices.Contains(before, "") != slices.Contains(after, "") {
		t.Fatalf("an empty member came or went: %s became %s", in, out)
	}
	var classes func(string) string
	switch {
	case kind == wire.NS:
		classes = func(n string) string { return classOf(n, o) }
	case kind == wire.BS:
		classes = func(b64 string) string {
			b, _ := base64.StdEncoding.DecodeString(b64)
			return fmt.Sprint(wantLength(len(b), o))
		}
	case o == Options{}:
		classes = func(s string) string { return fmt.Sprint(wantLength(len(s), o)) }
		before = decoded(in) // encoding/json loses lone surrogates
	default:
		return // tokens get longer, and shapes become tokens, where there are too few
	}
	if diff := cmp.Diff(sortedBy(before, classes), sortedBy(after, classes)); diff != "" {
		t.Fatalf("%s became %s under %+v, of other classes:\n%s", in, out, o, diff)
	}
}

func sortedBy(members []string, class func(string) string) []string {
	var all []string
	for _, m := range members {
		all = append(all, class(m))
	}
	slices.Sort(all)
	return all
}

func decoded(set string) (all []string) {
	for it := wire.StringsOf([]byte(set)); ; {
		span, ok := it.Next()
		if !ok {
			return all
		}
		all = append(all, string(wire.AppendUnquote(nil, span.Of([]byte(set)))))
	}
}

func TestErrorsHoldNothingOfTheValue(t *testing.T) {
	const canary = "31337"
	g := testGenerator(t)
	for _, tt := range []struct {
		value  string
		want   error
		reason string
	}{
		{`{"N":"31337e200"}`, wire.ErrRange, "too large"},
		{`{"N":"31337123456789012345678901234567890123456789"}`, wire.ErrPrecision, "too many digits"},
		{`{"NS":["1","31337e200"]}`, wire.ErrRange, "too large, in a set"},
		{`{"SS":["31337","31337"]}`, ErrDuplicateMember, "twice"},
		{`{"NS":["31337","31337.0"]}`, ErrDuplicateMember, "twice by value"},
		{`{"BS":["MzEzMzc=","MzEzMz\u0063="]}`, ErrDuplicateMember, "twice, once with an escape"},
		{`{"M":{"31337":{"S":"31337"}}}`, nil, "a map"},
		{`{"L":[{"S":"31337"}]}`, nil, "a list"},
		{`31337`, nil, "no value at all"},
	} {
		dst, err := g.AppendValue([]byte("before"), []byte("p"), []byte(tt.value), Options{})
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.reason, err, tt.want)
			continue
		}
		if s := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(s, canary) {
			t.Errorf("%s: the error holds the value: %s", tt.reason, s)
		}
		if string(dst) != "before" {
			t.Errorf("%s: dst became %q", tt.reason, dst)
		}
		if out := mustAppend(t, g, "p", `{"S":"abc"}`, Options{}); out != mustAppend(t, testGenerator(t), "p", `{"S":"abc"}`, Options{}) {
			t.Errorf("%s: the error changed later values", tt.reason)
		}
	}
}

// What a generator keeps for the next value must not hold the last one.
func TestBuffersAreCleared(t *testing.T) {
	g := testGenerator(t)
	for _, v := range []string{
		`{"S":"canary"}`, `{"N":"31337"}`, `{"B":"Y2FuYXJ5"}`, `{"B":"Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5"}`,
		`{"SS":["canary","x"]}`, `{"NS":["31337","1"]}`, `{"BS":["Y2FuYXJ5"]}`,
		`{"S":"c\u0061nary"}`, `{"N":"3133\u0037"}`, `{"B":"Y2FuYXJ\u0035"}`,
		`{"N":"31337e999"}`, `{"SS":["canary","canary"]}`,
	} {
		g.StartItem([]byte("the canary's key"))
		_, _ = g.AppendValue(nil, []byte("path of the canary"), []byte(v), Options{})
		kept := slices.Concat(g.text[:cap(g.text)], g.set.in[:cap(g.set.in)], g.set.out[:cap(g.set.out)], g.rand.msg[:cap(g.rand.msg)])
		for _, canary := range []string{"canary", "31337", "Y2FuYXJ5"} {
			if bytes.Contains(kept, []byte(canary)) {
				t.Errorf("a buffer holds a value of kind %v", wire.KindOf([]byte(v)))
			}
		}
	}
	mustAppend(t, g, "p", `{"S":"\n`+strings.Repeat("x", 2*maxKept)+`"}`, Options{})
	mustAppend(t, g, "p", `{"SS":["`+strings.Repeat("x", 2*maxKept)+`"]}`, Options{})
	for i, kept := range []int{cap(g.text), cap(g.rand.msg), cap(g.set.in), cap(g.set.out)} {
		if kept > maxKept {
			t.Errorf("buffer %d keeps %d bytes after a long value", i, kept)
		}
	}
}

func FuzzAppendValue(f *testing.F) {
	for _, tt := range values {
		f.Add([]byte(tt.value), uint8(0))
	}
	g := testGenerator(f)
	f.Fuzz(func(t *testing.T, in []byte, option uint8) {
		var s wire.Scanner
		kind, err := s.Value(in)
		if err != nil || kind == wire.M || kind == wire.L {
			return
		}
		o := allOptions[int(option)%len(allOptions)]
		out, err := g.AppendValue(nil, []byte("p"), in, o)
		if (err == nil) != (wire.CheckValue(in) == nil) && !isEmptySet(in) {
			t.Fatalf("error %v, but DynamoDB's is %v", err, wire.CheckValue(in))
		}
		if err == nil {
			checkPseudonym(t, string(in), string(out), o)
		}
	})
}

func isEmptySet(value []byte) bool {
	it := wire.StringsOf(value)
	_, ok := it.Next()
	return !ok && wire.KindOf(value) >= wire.SS
}
