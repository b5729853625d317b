package dynsync

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

const secret = "Zebedee@Example.com"

func returns(v any) Transformer {
	return Func(func(context.Context, Value) (Value, error) { return ValueOf(v) })
}

func same() Transformer {
	return Func(func(_ context.Context, v Value) (Value, error) { return v, nil })
}

// liar keeps every value, and says that it does not.
type liar struct{}

func (liar) Transform(_ context.Context, in Input) (Value, error) { return in.Value, nil }
func (liar) Describe() Description                                { return Description{Name: "liar", Class: ClassIndependent} }

// drawnAs returns a transformer that describes itself as Drawn.
type drawnAs struct{ v any }

func (d drawnAs) Transform(context.Context, Input) (Value, error) { return ValueOf(d.v) }
func (d drawnAs) Describe() Description {
	return Description{Name: "drawnAs", Drawn: true, Class: ClassIndependent}
}

func escapedBase64(value, character, escape string) string {
	text := base64.StdEncoding.EncodeToString([]byte(value))
	if !strings.Contains(text, character) {
		panic("it has none")
	}
	return `{"data":"` + strings.ReplaceAll(text, character, escape) + `"}`
}

func wrappedBase64(value string, width int, lineBreak string) string {
	text := base64.StdEncoding.EncodeToString([]byte(value))
	var lines []string
	for ; len(text) > width; text = text[width:] {
		lines = append(lines, text[:width])
	}
	return strings.Join(append(lines, text, ""), lineBreak)
}

func TestLeakCheckFindsWhereAValueStands(t *testing.T) {
	t.Parallel()
	std, url := base64.StdEncoding, base64.RawURLEncoding
	number := func(s string) attributevalue.Number { return attributevalue.Number(s) }
	null := WithTransform("from", Constant(nil))
	item := func(from, there any) map[string]any {
		return map[string]any{"Id": "1", "from": from, "there": there}
	}
	isTest := func(in Input) bool { s, _ := in.Value.Text(); return strings.HasPrefix(s, "test") }
	isReal := func(in Input) bool { return !isTest(in) }
	kept := FirstOf(When(isTest, Passthrough()), Constant(nil))
	tests := []struct {
		reason string
		item   map[string]any
		opts   []TableOption
		where  string // in the safe form; "" if nothing is found
		from   string
	}{
		{"nothing of it", item(secret, "other"), []TableOption{null}, "", ""},
		{"a string", item(secret, secret), []TableOption{null}, "*", "from"},
		{"a part of a string", item(secret, "<"+secret+">"), []TableOption{null}, "*", "from"},
		{"at a path that a rule holds", item(secret, secret), []TableOption{null, WithTransform("there", Passthrough())}, "there", "from"},
		{"in a map", item(secret, map[string]any{"a": map[string]any{"b": []any{1, secret}}}), []TableOption{null}, "*.*.*[1]", "from"},
		{"from a map", map[string]any{"Id": "1", "m": map[string]any{"a": secret}, "s": secret}, []TableOption{WithTransform("m.*", Constant(nil))}, "*", "m.*"},
		{"the key", map[string]any{"Id": "USER#" + secret, "from": secret}, []TableOption{null, keepKey()}, "Id", "from"},
		{"the key of an index", map[string]any{"Id": "1", "from": secret, "gsi": secret}, []TableOption{null}, "gsi", "from"},
		{"the name of an attribute", map[string]any{"Id": "1", "from": secret, secret: 1}, []TableOption{null, keepAll()}, "*", "from"},
		{"the name of a member", item(secret, map[string]any{"x" + secret: 1}), []TableOption{null, keepAll()}, "*.*", "from"},
		{"a name that a rule holds", map[string]any{"Id": "1", "from": "there", "there": 1}, []TableOption{null, WithTransform("there", Passthrough())}, "", ""},
		{"a member of a set", item(secret, []string{"a", secret}), []TableOption{null}, "*", "from"},
		{"from a set", item([]string{"a", secret}, secret), []TableOption{null}, "*", "from"},
		{"a binary", item(secret, []byte("\xff\x00"+secret)), []TableOption{null}, "*", "from"},
		{"a set of binaries", item(secret, [][]byte{[]byte("x"), []byte(secret)}), []TableOption{null}, "*", "from"},
		{"from a binary", item([]byte(secret), secret), []TableOption{null}, "*", "from"},
		{"a binary in a binary", item([]byte("\xa9\xc3\xa9\xfe"), []byte("\xc3\xa9\xc3\xa9\xfe")), []TableOption{null}, "*", "from"},
		{"a digit string in a number", item("198512", number("3198512")), []TableOption{null}, "*", "from"},
		{"a removed attribute", item(secret, secret), []TableOption{WithTransform("from", Remove())}, "*", "from"},
		{"a removed map", item(map[string]any{"a": secret}, secret), []TableOption{WithTransform("from", Remove())}, "*", "from.*"},
		{"the default", item(secret, secret), []TableOption{WithDefaultTransform(Pseudonym()), WithTransform("there", Passthrough())}, "there", "*"},
		{"the default removes", item(secret, secret), []TableOption{WithDefaultTransform(Remove()), WithTransform("there", Passthrough())}, "there", "*"},
		{"escapes", item("Zebe\"dee\n", "Zebe\"dee\n"), []TableOption{null}, "*", "from"},

		{"another case", item(secret, strings.ToUpper(secret)), []TableOption{null}, "*", "from"},
		{"another case of German", item("MÜLLER", "müller"), []TableOption{null}, "*", "from"},
		{"a final sigma", item("ΟΔΥΣΣΕΥΣ", "οδυσσευς"), []TableOption{null}, "*", "from"},
		{"a Kelvin sign and a long s", item("kelvins", "\u212aELVIN\u017f"), []TableOption{null}, "*", "from"},
		{"Chinese", item("东京都千代田区", "在东京都千代田区"), []TableOption{null}, "*", "from"},

		{"base64", item(secret, std.EncodeToString([]byte("x"+secret))), []TableOption{null}, "*", "from"},
		{"base64 in a string", item(secret, "data:text/plain;base64,"+std.EncodeToString([]byte(secret))+";"), []TableOption{null}, "*", "from"},
		{"base64 behind a separator of the alphabet", item(secret, "user-"+url.EncodeToString([]byte(secret))), []TableOption{null}, "*", "from"},
		{"base64 for URLs without padding", item("\u00ff\u00fe?~>Zoë", url.EncodeToString([]byte("ab\u00ff\u00fe?~>Zoë"))), []TableOption{null}, "*", "from"},
		{"base64 of a member name", item(secret, map[string]any{std.EncodeToString([]byte(secret)): 1}), []TableOption{null}, "*.*", "from"},
		{"base64 of a binary", item([]byte("\x00\xff\xfe\x80\x81"), std.EncodeToString([]byte("\x00\xff\xfe\x80\x81"))), []TableOption{null}, "*", "from"},
		{"base64 in JSON that escapes slashes", item(secret, escapedBase64("x\xff\xff\xff\xff?>~"+secret, "/", `\/`)), []TableOption{null}, "*", "from"},
		{"base64 in JSON that escapes plus signs", item(secret, escapedBase64("\xfb\xef\xbe"+secret, "+", `\u002B`)), []TableOption{null}, "*", "from"},
		{"base64 on lines", item("a secret of some length", wrappedBase64(strings.Repeat("x", 50)+"a secret of some length"+strings.Repeat("y", 90), 76, "\r\n")), []TableOption{null}, "*", "from"},
		{"base64 on lines that end there", item("a secret of some length", wrappedBase64(strings.Repeat("x", 40)+"a secret of some length", 64, "\n")), []TableOption{null}, "*", "from"},
		{"base64 on escaped lines", item("a secret of some length", `"`+wrappedBase64(strings.Repeat("x", 50)+"a secret of some length"+strings.Repeat("y", 90), 76, `\r\n`)+`"`), []TableOption{null}, "*", "from"},
		{"short base64", item("abcd", "YWJjZA"), []TableOption{null}, "", ""},
		{"and with its padding", item("abcd", "YWJjZA=="), []TableOption{null}, "*", "from"},

		{"a number in a longer one", item(1985, "3198512"), []TableOption{null}, "", ""},
		{"a number as a word", item(1985, "born 1985-02-03"), []TableOption{null}, "*", "from"},
		{"a number in another number", item(1985, number("198512")), []TableOption{null}, "", ""},
		{"a number in a number with decimals", item(1985, []attributevalue.Number{"1985.12", "0.1985"}), []TableOption{null}, "", ""},
		{"a number beside a point", item(1985, "31.12.1985"), []TableOption{null}, "*", "from"},
		{"a number with another sign", item(1985, -1985), []TableOption{null}, "*", "from"},
		{"a name that a rule within JSON holds", map[string]any{"Id": "1", "P": `{"channel":"email","email":"zebedee@example.com"}`}, []TableOption{
			WithTransform("P", JSON(WithTransform("email", Constant(nil))))}, "", ""},
		{"a name within JSON that no rule holds", map[string]any{"Id": "1", "P": `{"channel":"email","to":{"email":"zebedee@example.com"}}`}, []TableOption{
			WithTransform("P", JSON(WithTransform("to.*", Constant(nil))))}, "", ""},
		{"a value within JSON that is a name there", map[string]any{"Id": "1", "P": `{"kept":"newsletter","channel":"newsletter","newsletter":"x"}`}, []TableOption{
			WithTransform("P", JSON(WithTransform("kept", Passthrough()), WithTransform("newsletter", Constant(nil))))}, "P", "P"},
		{"an equal number", item(number("19850"), number("1.985E4")), []TableOption{null}, "*", "from"},
		{"an equal number in a set", item(number("19850"), []attributevalue.Number{"1", "1.985E4"}), []TableOption{null}, "*", "from"},
		{"a number with an exponent in a string", item(number("1.985E4"), "no. 19850"), []TableOption{null}, "*", "from"},
		{"a negative number", item(number("-12.50"), "12.5"), []TableOption{null}, "*", "from"},
		{"from a set of numbers", item([]attributevalue.Number{"1985"}, "1985"), []TableOption{null}, "*", "from"},

		{"too short", item("abc", "abc"), []TableOption{null}, "", ""},
		{"four characters of two bytes", item("äöüß", "äöüß"), []TableOption{null}, "*", "from"},
		{"three characters of two bytes", item("äöü", "äöü"), []TableOption{null}, "", ""},
		{"one character", item("ä", "xÄx"), []TableOption{null, WithLeakCheck(LeakMinLength(1))}, "*", "from"},
		{"a longer minimum", item(secret, secret), []TableOption{null, WithLeakCheck(LeakMinLength(100))}, "", ""},

		{"a function that returns its input", item(secret, "x"), []TableOption{WithTransform("from", same())}, "from", "from"},
		{"a function that returns a part of its set", item([]string{secret, "b"}, "x"), []TableOption{WithTransform("from", returns([]string{"c", secret}))}, "from", "from"},
		{"Each of such a function", item([]any{secret, "b"}, "x"), []TableOption{WithTransform("from", Each(same()))}, "from[0]", "from[0]"},
		{"a function moves a member", item(map[string]any{"a": secret}, "x"), []TableOption{WithTransform("from", returns(map[string]any{"b": secret}))}, "from.*", "from.*"},
		{"a function keeps a member", item(map[string]any{"a": secret, "b": "other value"}, "x"), []TableOption{WithTransform("from", returns(map[string]any{"a": secret}))}, "", ""},
		{"and the other one stands elsewhere", item(map[string]any{"a": secret, "b": "other value"}, "other value"), []TableOption{WithTransform("from", returns(map[string]any{"a": secret}))}, "*", "from.*"},
		{"Passthrough within a transformer", item("test value", "test value"), []TableOption{WithTransform("from", kept)}, "", ""},
		{"and not", item("real value", "real value"), []TableOption{WithTransform("from", kept)}, "*", "from"},
		{"Passthrough of what is left of a set", item([]string{"test one", "real one"}, "test one"), []TableOption{WithTransform("from", FirstOf(OnKind(KindS, When(isReal, Constant("x"))), Passthrough()))}, "", ""},
		{"what is left of a set does not hide the others", item([]string{"test one", "real one"}, "real one"), []TableOption{WithTransform("from", FirstOf(OnKind(KindS, When(isReal, Constant("x"))), Passthrough()))}, "*", "from"},
		{"Passthrough of some members", item([]string{"test one", "real one"}, "test one"), []TableOption{WithTransform("from[*]", FirstOf(When(isTest, Passthrough()), Constant("x")))}, "", ""},
		{"Passthrough whose result is not used", item("test value", "test value"), []TableOption{WithTransform("from", Chain(Passthrough(), Constant("x")))}, "*", "from"},
		{"a result that holds the input", item(secret, "x"), []TableOption{WithTransform("from", Func(func(_ context.Context, s string) (string, error) { return "<" + s + ">", nil }))}, "from", "from"},

		{"a drawn result", item(secret, "x"), []TableOption{WithTransform("from", drawnAs{secret})}, "", ""},
		{"a drawn map", item(secret, "x"), []TableOption{WithTransform("from", drawnAs{map[string]any{secret: []string{secret}}})}, "", ""},
		{"a drawn result and the same elsewhere", item(secret, secret), []TableOption{WithTransform("from", drawnAs{secret})}, "*", "from"},
		{"a drawn result of another rule", item(secret, "x"), []TableOption{null, WithTransform("there", drawnAs{"<" + secret})}, "", ""},
		{"a drawn default", item(secret, "x"), []TableOption{null, WithDefaultTransform(drawnAs{"<" + secret})}, "", ""},
		{"a drawn result where a value is missing", item(secret, "x"), []TableOption{null, WithTransform("new", IfMissing(drawnAs{secret}))}, "", ""},
		{"any other result where a value is missing", item(secret, "x"), []TableOption{null, WithTransform("new", IfMissing(returns(secret)))}, "new", "from"},
		{"drawn results on both sides of a new member", map[string]any{"Id": "1", "a": map[string]any{"v": secret}, "b": secret}, []TableOption{
			WithTransform("a.v", drawnAs{secret}), WithTransform("b", drawnAs{secret}), WithTransform("a.new", IfMissing(drawnAs{secret}))}, "", ""},
		{"a drawn default within a transformer", item([]any{secret, 1985}, "x"), []TableOption{WithTransform("from", Each(OnKind(KindN, Constant(1)))), WithDefaultTransform(drawnAs{secret})}, "", ""},
		{"a part of a composite value", item("CUSTOMER#"+secret, "see "+secret), []TableOption{WithTransform("from", Delimited("#", Passthrough(), Constant("x")))}, "*", "from"},
		{"a part that is kept", item(secret+"#other", secret), []TableOption{WithTransform("from", Delimited("#", Passthrough(), Constant("x")))}, "", ""},
		{"a composite value of short parts that stay", item("Bob#Lee", "x"), []TableOption{WithTransform("from", Delimited("#", same(), same()))}, "from", "from"},
		{"a composite value of which a part is drawn as it was", item("USER#DE#", "x"), []TableOption{WithTransform("from", Delimited("#", Passthrough(), FirstOf(When(isTest, Passthrough()), Constant("DE")), same()))}, "", ""},
		{"JSON of short values that stay", item(`{"a":"Bob","b":37}`, "x"), []TableOption{WithTransform("from", JSON(WithDefaultTransform(liar{})))}, "from", "from"},
		{"JSON of which a value is drawn as it was", item(`{"a":"DE","b":"kept","c":{}}`, "x"), []TableOption{WithTransform("from", JSON(WithTransform("b", Passthrough()), WithTransform("a", Constant("DE"))))}, "", ""},
		{"Passthrough in a transformer that does not apply", item(secret, "x"), []TableOption{WithTransform("from", FirstOf(Chain(Passthrough(), OnKind(KindN, Constant(nil))), same()))}, "from", "from"},
		{"and then the default", item(secret, "x"), []TableOption{WithTransform("from", Chain(Passthrough(), OnKind(KindN, Constant(nil)))), WithDefaultTransform(liar{})}, "from", "from"},
		{"parts that a transformer which does not apply was given", item("acme#real one", "acme"), []TableOption{
			WithTransform("from", FirstOf(Delimited("#", Constant("y"), OnKind(KindN, Constant(nil))), Constant("x")))}, "", ""},
		{"a value within JSON", item(`{"user":"`+secret+`"}`, secret), []TableOption{WithTransform("from", JSON())}, "*", "from"},
		{"a value with escapes within JSON", item(`{"a":"O\"Brien\nx","b":"yyyy"}`, "x"), []TableOption{WithTransform("from", JSON(WithTransform("a", same())))}, "from", "from"},
		{"and within JSON in JSON", item(`{"a":"{\"b\":\"O\\\"Brien\",\"c\":\"yyyy\"}"}`, "x"), []TableOption{WithTransform("from", JSON(WithTransform("a", JSON(WithTransform("b", same())))))}, "from", "from"},
		{"a value that JSON escapes", item("Müller \U0001F600/", `\x {"a":"M\u00FCller \ud83d\ude00\/\u12`), []TableOption{null}, "*", "from"},
		{"a value that JSON keeps", item(`{"user":"`+secret+`"}`, secret), []TableOption{WithTransform("from", JSON(WithTransform("user", Passthrough())))}, "", ""},
		{"a drawn part that another value had", map[string]any{"Id": "1", "from": "#a", "to": secret}, []TableOption{
			WithTransform("from", Delimited("#", Passthrough(), drawnAs{secret})), WithTransform("to", Constant("x"))}, "", ""},
		{"a drawn value within JSON that another value had", map[string]any{"Id": "1", "from": `{"user":"x"}`, "to": secret}, []TableOption{
			WithTransform("from", JSON(WithTransform("user", drawnAs{secret}))), WithTransform("to", Constant("x"))}, "", ""},
		{"a drawn value in a template that another value had", map[string]any{"Id": "1", "from": "x", "to": secret, "gsi": "C#x"}, []TableOption{
			WithTransform("from", drawnAs{secret}), WithTransform("to", Constant("x")), WithTransform("gsi", Template("C#{from}"))}, "", ""},
		{"the names in a map of which each value is drawn", item("Zebedee's flat", map[string]any{"Zebedee's flat": 1}), []TableOption{null, WithTransform("there", Each(Constant(nil)))}, "there.*", "from"},
		{"what the default makes of elements beside drawn ones", item([]any{"x", 1985}, "x"), []TableOption{WithTransform("from", Each(OnKind(KindS, Constant("y")))), WithDefaultTransform(liar{})}, "from[1]", "from[1]"},
		{"an untouched value that is equal to what was drawn within", map[string]any{"Id": "1", "from": "x", "to": "secret", "z": "the secret"}, []TableOption{
			WithTransform("from", Chain(Constant("the secret"))), WithTransform("to", Constant(nil))}, "*", "to"},
		{"a drawn result in front of a map that is removed within a transformer", map[string]any{"Id": "1", "a": secret, "b": []any{map[string]any{"x": map[string]any{"y": 1}}}}, []TableOption{
			WithTransform("a", drawnAs{secret}), WithTransform("b", Each(OnKind(KindS, Constant(nil)))), WithDefaultTransform(Remove(), KindN)}, "", ""},
		{"drawn results in a map that is removed", map[string]any{"Id": "1", "a": map[string]any{secret: map[string]any{"x": secret}}, "b": secret}, []TableOption{
			WithTransformKeys("a", drawnAs{"a much longer name than the other one"}), WithTransform("a", Remove())}, "*", "a.*.*"},

		{"a transformed name", map[string]any{"Id": "1", "m": map[string]any{secret: 1}, "s": secret}, []TableOption{WithTransformKeys("m", Pseudonym())}, "*", "m"},
		{"a part of a name", map[string]any{"Id": "1", "m": map[string]any{"USER#" + secret: 1}, "s": secret}, []TableOption{WithTransformKeys("m", Delimited("#", Passthrough(), Constant("x")))}, "*", "m.*"},
		{"a name in a map that a rule which comes last does not apply to", map[string]any{"Id": "1", "v": map[string]any{"n": map[string]any{secret: 1}}, "s": secret}, []TableOption{
			WithTransform("v", Template("{s}")), WithTransformKeys("*.n", Constant("k")), WithTransform("s", Passthrough()), WithDefaultTransform(Constant(nil))}, "s", "v.n"},
		{"the name of a member of a map that is removed", map[string]any{"Id": "1", "from": map[string]any{"Zebedee Quist": 1}, "s": "by Zebedee Quist"}, []TableOption{WithTransform("from", Remove())}, "*", "from"},
		{"the name of a member that is the schema", map[string]any{"Id": "1", "from": map[string]any{"street": 1}, "s": "a street"}, []TableOption{WithTransform("from", Remove())}, "", ""},
		{"a name that stays", map[string]any{"Id": "1", "m": map[string]any{secret: 1}}, []TableOption{WithTransformKeys("m", same())}, "m.*", "m"},
		{"a drawn name", map[string]any{"Id": "1", "m": map[string]any{secret: 1}}, []TableOption{WithTransformKeys("m", drawnAs{secret})}, "", ""},
		{"a name that Passthrough keeps", map[string]any{"Id": "1", "m": map[string]any{secret: 1}}, []TableOption{WithTransformKeys("m", FirstOf(Passthrough()))}, "", ""},
		{"a truth value and NULL", item(true, "true null"), []TableOption{WithTransform("from", Constant(nil))}, "", ""},

		{"a record transform puts it back", item(secret, "x"), []TableOption{null, WithRecordTransform(func(_ context.Context, r *Record) error {
			return r.Set("there", StringValue("again "+secret))
		})}, "*", "from"},
		{"a record transform of drawn results", item(secret, "x"), []TableOption{WithTransform("from", drawnAs{secret}), WithRecordTransform(func(_ context.Context, r *Record) error {
			v, _ := r.Get("from")
			return errors.Join(r.Delete("from"), r.Set("a", v))
		})}, "", ""},
		{"a record transform that leaves the item", item(secret, secret), []TableOption{WithTransform("from", drawnAs{secret}), WithRecordTransform(func(context.Context, *Record) error { return nil })}, "*", "from"},
		{"a rule that comes last", item(secret, "x"), []TableOption{null, WithTransform("late", lastRule{secret})}, "late", "from"},
		{"the value of a rule that comes last", map[string]any{"Id": "1", "late": secret, "s": secret}, []TableOption{WithTransform("late", lastRule{"x"})}, "*", "late"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			rec, err := NewRecord(tt.item)
			if err != nil {
				t.Fatal(err)
			}
			opts := append([]TableOption{clearCopy(), WithLeakCheck()}, tt.opts...)
			_, err = runPlan(testPlan(t, opts...), rec)
			if tt.where == "" {
				if err != nil {
					t.Fatalf("unexpected: %v", err)
				}
				return
			}
			var failed *ItemError
			if !errors.As(err, &failed) {
				t.Fatalf("nothing was found: %v", err)
			}
			if failed.Path != tt.where || !strings.Contains(withoutKinds.Replace(failed.Reason), " of "+tt.from+" is ") || failed.Transformer != "WithLeakCheck" {
				t.Errorf("got %v, want it at %s from %s", err, tt.where, tt.from)
			}
			if printed := strings.ToLower(everythingPrinted(err, nil)); strings.Contains(printed, "zebedee") || strings.Contains(printed, "müller") || strings.Contains(err.Error(), "1985") {
				t.Errorf("the error holds the value: %s", printed)
			}
		})
	}
}

// lastRule returns its value after all other rules.
type lastRule struct{ v any }

func (r lastRule) Transform(context.Context, Input) (Value, error) { return ValueOf(r.v) }
func (r lastRule) Describe() Description {
	return Description{Name: "lastRule", Last: true, TakesMissing: true}
}

func TestLeakCheckKeepsToTheItemAtHand(t *testing.T) {
	t.Parallel()
	x := engine.New(testPlan(t, clearCopy(), WithTransform("from", Constant(nil)), WithLeakCheck()))
	for i := range 3 {
		for _, leaks := range []bool{true, false} {
			there := "other"
			if leaks {
				there = secret
			}
			rec := mustRecord(t, fmt.Sprintf(`{"Id":{"S":"%d"},"from":{"S":%q},"there":{"S":%q}}`, i, secret, there))
			_, _, err := x.Process(context.Background(), rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs)
			if (err != nil) != leaks {
				t.Errorf("%v: %v", leaks, err)
			}
		}
		rec := mustRecord(t, fmt.Sprintf(`{"Id":{"S":"%d"},"there":{"S":%q}}`, i, secret))
		if _, _, err := x.Process(context.Background(), rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs); err != nil {
			t.Errorf("the originals of another item: %v", err)
		}
	}
}

// drawnSame returns its input and describes itself as Drawn.
type drawnSame struct{}

func (drawnSame) Transform(_ context.Context, in Input) (Value, error) { return in.Value, nil }
func (drawnSame) Describe() Description                                { return Description{Name: "drawnSame", Drawn: true} }

// withoutKinds takes out the kinds behind names that may not be printed.
var withoutKinds = strings.NewReplacer("* (S)", "*", "* (N)", "*", "* (B)", "*")

var longText = regexp.MustCompile(`[0-9A-Za-z.]{32}`)

// TestLeakCheckKnowsDrawnResults draws every value as what it was, so that only
// names and the key can be where an original stands, whatever is removed and added
// around the results.
func TestLeakCheckKnowsDrawnResults(t *testing.T) {
	t.Parallel()
	gen := itemGen(4)
	around := []TableOption{
		WithLeakCheck(LeakMinLength(1)), WithDefaultTransform(drawnSame{}), WithTransformKeys("*", drawnSame{}), WithTransformKeys("**.b", drawnSame{}),
		WithTransform("*.a", Remove()), WithTransform("**.c", Remove()), WithTransform("*[1]", Remove()), WithTransform("a.new", IfMissing(drawnAs{"1"})), WithTransform("last", lastRule{true}),
	}
	touch := WithRecordTransform(func(_ context.Context, r *Record) error { return r.Set("touched", true) })
	found := 0
	for i := range 3000 {
		rec := gen.Example(i)
		opts := around
		if i%2 == 1 {
			opts = append(slices.Clone(around), touch)
		}
		_, err := runPlan(testPlan(t, opts...), rec)
		var failed *ItemError
		switch {
		case err == nil:
		case !errors.As(err, &failed) || failed.Transformer != "WithLeakCheck":
			t.Fatal(err)
		case longText.Match(rec.item): // which is too long for chance
		case !strings.Contains(failed.Reason, "in this map key") && failed.Path != "Id":
			t.Fatalf("%v: %s", err, rec.item)
		default:
			found++
		}
	}
	if found == 0 || found == 3000 {
		t.Errorf("found %d of 3000", found)
	}
}

// TestLeakCheckPassesOverWhatStandsForNoValue: a text that says that there is none is
// nobody's, and stands in many attributes of an item.
func TestLeakCheckPassesOverWhatStandsForNoValue(t *testing.T) {
	t.Parallel()
	number := func(s string) attributevalue.Number { return attributevalue.Number(s) }
	for _, tt := range []struct {
		from, there any
		leaks       bool
	}{
		{"none", "NONE", false}, {"unknown", "unknown", false}, {"Unknown", "198.51.100.7, unknown", false},
		{"(unknown)", "it is (Unknown).", false}, {"not available", "Not Available", false}, {"NULL, null", "null, null", false},
		{"-----", "a ----- b", false}, {"не указано", "Не указано", false}, {"undefined", map[string]any{"a": []any{"undefined"}}, false},
		{"9999-12-31", "9999-12-31", false}, {"9999-12-31T23:59:59.999Z", "9999-12-31t23:59:59.999z", false},
		{"0001-01-01T00:00:00Z", "since 0001-01-01T00:00:00Z", false}, {"0000-00-00 00:00:00", "0000-00-00 00:00:00", false},
		{number("253402300799"), number("253402300799"), false}, {number("2147483647"), "2147483647", false},
		{[]string{"unknown", secret}, "unknown", false}, {"unknown", "dW5rbm93bg==", false},

		{[]string{"unknown", secret}, secret, true}, {"Unknowna", "Unknowna", true}, {"none of Lena", "none of Lena", true},
		{"9999-12-31 512-867-5309", "9999-12-31 512-867-5309", true}, {"1999-12-31", "1999-12-31", true}, {"9999-12-31T10:15", "9999-12-31T10:15", true},
		{number("253402300798"), number("253402300798"), true}, {strings.Repeat("unknown ", 40), strings.Repeat("unknown ", 40), true},
	} {
		rec, err := NewRecord(map[string]any{"Id": "1", "from": tt.from, "there": tt.there})
		if err != nil {
			t.Fatal(err)
		}
		_, err = runPlan(testPlan(t, clearCopy(), WithTransform("from", Constant(nil)), WithLeakCheck()), rec)
		if (err != nil) != tt.leaks {
			t.Errorf("%v in %v: error %v", tt.from, tt.there, err)
		}
	}
}

func TestLeakMinLengthIsLegal(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, -100} {
		_, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithLeakCheck(LeakMinLength(n))))
		if err == nil || !strings.Contains(err.Error(), "LeakMinLength must be 0 or more") {
			t.Errorf("%d: %v", n, err)
		}
	}
	if _, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithLeakCheck(LeakMinLength(0)))); err != nil {
		t.Error(err)
	}
}

// TestLeakCheckEndToEnd has one item of five with a value that stays, through
// every call that transforms, and through clients of the SDK's types.
func TestLeakCheckEndToEnd(t *testing.T) {
	t.Parallel()
	table := func() Option {
		return WithTable("Source", "Destination", clearCopy(), WithTransform("Name", Constant(nil)), WithLeakCheck())
	}
	fill := func(t *testing.T) *pair {
		p := newPair(t)
		items := users(5)
		items[3]["Note"] = "ask for name 3"
		p.fill(t, items...)
		return p
	}
	check := func(t *testing.T, failed, written int64, err error) {
		t.Helper()
		if failed != 1 || written != 4 || err == nil || !strings.Contains(err.Error(), "original value of Name") || strings.Contains(strings.ToLower(err.Error()), "name 3") {
			t.Errorf("%d failed, %d written: %v", failed, written, err)
		}
	}
	t.Run("Sync", func(t *testing.T) {
		p := fill(t)
		report, err := p.syncer(t, table()).Sync(t.Context())
		check(t, report.Tables[0].Failed, report.Tables[0].Written, err)
		if got := slices.Sorted(maps.Keys(contents(t, p.to, "Destination"))); len(got) != 4 || slices.Contains(got, "user-00003") {
			t.Errorf("the destination has %v", got)
		}
	})
	t.Run("Sync by the SDK's types", func(t *testing.T) {
		p := fill(t)
		report, err := p.syncer(t, WithSource(struct{ SourceClient }{p.from}), WithDestination(struct{ DestinationClient }{p.to}, AnyDestination()), table()).Sync(t.Context())
		check(t, report.Tables[0].Failed, report.Tables[0].Written, err)
	})
	t.Run("Records", func(t *testing.T) {
		var n int64
		var last error
		for rec, err := range fill(t).syncer(t, table()).Transformed(t.Context(), "Source") {
			if last = err; rec != nil {
				n++
			}
		}
		check(t, 1, n, last)
	})
	t.Run("Write", func(t *testing.T) {
		s := fill(t).syncer(t, table())
		report, err := s.Write(t.Context(), "Source", s.Scan(t.Context(), "Source"))
		check(t, report.Failed, report.Written, err)
	})
}

func TestLeakCheckIsLinear(t *testing.T) {
	t.Parallel()
	// Needles and texts that share long prefixes everywhere.
	a := strings.Repeat("a", 100_000)
	rec, err := NewRecord(map[string]any{"Id": "1", "from": a + "b", "more": "x" + a + "1", "there": a + a})
	if err != nil {
		t.Fatal(err)
	}
	p := testPlan(t, clearCopy(), WithTransform("from", Constant(nil)), WithTransform("more", Constant(nil)), WithLeakCheck())
	if _, err := runPlan(p, rec); err != nil {
		t.Error(err)
	}
}

// TestLeakCheckPassesOverAllThatIsDrawn has thousands of drawn results that other
// values had: within one JSON text, and in an item that the record transform made
// anew. An original behind them is still found.
func TestLeakCheckPassesOverAllThatIsDrawn(t *testing.T) {
	t.Parallel()
	touch := WithRecordTransform(func(_ context.Context, r *Record) error { return r.Set("touched", true) })
	list, numbers := make([]any, 3000), make([]any, 3000)
	for i := range list {
		list[i], numbers[i] = "Germany", 1985
	}
	text := `["France"` + strings.Repeat(`,"France"`, 3000) + `]`
	opts := []TableOption{
		clearCopy(), WithLeakCheck(), touch, WithTransform("list[*]", drawnSame{}), WithTransform("numbers", Chain(Each(drawnSame{}), same())),
		WithTransform("text", JSON(WithDefaultTransform(Constant("Germany")))), WithTransform("from", Constant(nil)),
	}
	for _, there := range []string{"x", secret} {
		rec, err := NewRecord(map[string]any{"Id": "1", "list": list, "numbers": numbers, "text": text, "from": secret, "there": there})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := runPlan(testPlan(t, opts...), rec); (err != nil) != (there == secret) {
			t.Errorf("%s: %v", there, err)
		}
	}
}

// partsOf gives its value to a transformer by Part.
type partsOf struct{ t Transformer }

func (p partsOf) Transform(ctx context.Context, in Input) (Value, error) {
	if _, err := in.Part(ctx, p.t, in.Value); err != nil {
		return Value{}, err
	}
	return StringValue("x" + fmt.Sprint(len(in.Value.raw))), nil
}
func (p partsOf) Describe() Description { return Description{Name: "partsOf", Kinds: []Kind{KindS}} }

// TestLeakCheckHoldsPartsOfMembers: each member of a set is given in the bytes of
// the one before, and is found nevertheless.
func TestLeakCheckHoldsPartsOfMembers(t *testing.T) {
	t.Parallel()
	members := []string{"a\"bcdefghij\\", "\\\"\\\"\\"}
	plan := testPlan(t, clearCopy(), WithTransform("set", partsOf{Constant(nil)}), WithLeakCheck())
	for _, m := range members {
		rec, err := NewRecord(map[string]any{"Id": "1", "set": members, "note": "see " + m})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := runPlan(plan, rec); err == nil || !strings.Contains(err.Error(), "the original value of set is in * (S): add a rule for * (S), or pass set") {
			t.Errorf("%q: %v", m, err)
		}
	}
}

func BenchmarkLeakCheck(b *testing.B) {
	user := mustRecord(b, `{"Id":{"S":"u0000017"},"Name":{"S":"Ann 0017"},"Email":{"S":"a00017@ex.com"},"Phone":{"S":"5550017"},`+
		`"Address":{"M":{"Street":{"S":"27 Long St"},"City":{"S":"Springfield"},"Zip":{"S":"10016"},"Geo":{"M":{"Lat":{"N":"17.5012"},"Lon":{"N":"-17.25"}}}}},`+
		`"Age":{"N":"35"},"Balance":{"N":"1017.75"},"Active":{"BOOL":true},"Deleted":{"NULL":true},"Country":{"S":"DE"},"Created":{"S":"2024-05-18T10:11:12Z"},`+
		`"Tags":{"SS":["newsletter","customer","vip-7"]},"Scores":{"NS":["1000017","2000017","3000017"]},`+
		`"Orders":{"L":[{"M":{"Sku":{"S":"SKU-123456"},"Qty":{"N":"7"},"Price":{"N":"18.99"},"Note":{"S":"leave it at the front door"}}}]}}`)
	var four, large []TableOption
	for _, path := range []string{"Name", "Email", "Phone", "Address.Street"} {
		four = append(four, WithTransform(path, Pseudonym()))
	}
	large = append(large, WithTransform("from[*]", Constant(nil)))
	for _, bench := range []struct {
		name string
		rec  *Record
		opts []TableOption
	}{
		{"1KB", user, four},
		{"200KB", largeItem(b, 5000, 100_000), large},
		{"400KB", largeItem(b, 10_000, 150_000), large},
	} {
		for _, on := range []bool{false, true} {
			name, opts := bench.name+"/off", append([]TableOption{clearCopy(), WithLeakCheck(LeakMinLength(0))}, bench.opts...)
			if on {
				name, opts = bench.name+"/on", append(opts, WithLeakCheck())
			}
			b.Run(name, func(b *testing.B) {
				x := engine.New(testPlan(b, opts...))
				span := wire.Span{End: uint32(len(bench.rec.item))}
				b.ReportAllocs()
				b.SetBytes(int64(len(bench.rec.item)))
				for b.Loop() {
					if _, _, err := x.Process(context.Background(), bench.rec.item, span, bench.rec.attrs); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// largeItem has that many values to transform, all alike in the beginning, and
// about so many bytes of text that is alike too.
func largeItem(tb testing.TB, values, bytes int) *Record {
	tb.Helper()
	from := make([]any, values)
	for i := range from {
		from[i] = fmt.Sprintf("customer-%06d", i)
	}
	var text strings.Builder
	for i := 0; text.Len() < bytes; i++ {
		fmt.Fprintf(&text, "customer %06d, customer-x%06d; ", i+500_000, i)
	}
	rec, err := NewRecord(map[string]any{"Id": "1", "from": from, "text": text.String()})
	if err != nil {
		tb.Fatal(err)
	}
	return rec
}

// The record of a run says what the leak check did.
func TestRunRecordSaysWhatTheLeakCheckDid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		want string
		opts []TableOption
	}{
		{"counts", nil},
		{"fails items", []TableOption{WithLeakCheck()}},
		{"fails items", []TableOption{WithLeakCheck(LeakMinLength(9))}},
		{"off", []TableOption{WithLeakCheck(LeakMinLength(0))}},
	} {
		p := newPair(t)
		p.fill(t, users(3)...)
		s := p.syncer(t, WithTable("Source", "Destination", append(tt.opts, clearCopy())...), WithCheckpoint(&memoryStore{}))
		if report, err := s.Sync(t.Context()); err != nil {
			t.Fatalf("%v\n%v", err, report)
		}
		if rec, err := s.LastRun(t.Context()); err != nil || rec.Tables[0].LeakCheck != tt.want {
			t.Errorf("%+v, %v; want %s", rec, err, tt.want)
		}
	}
}
