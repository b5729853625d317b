package dynsync

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	email := WithTransform("user.email", upper())
	keep := func(paths ...string) []RulesOption {
		var opts []RulesOption
		for _, p := range paths {
			opts = append(opts, WithTransform(p, Passthrough()))
		}
		return opts
	}
	constant := WithDefaultTransform(Constant("x"))
	tests := []struct {
		reason string
		opts   []RulesOption
		in     string
		want   any // a string, MissingValue(), or defaulted
		err    string
	}{
		{"rules and order", append(keep("n", "list", "t"), email, constant), `{"n": 1.50e2, "user": {"email":"a@b", "id":"7"}, "list":[1,null,true,"é\n"], "t": "\u00e9"}`,
			`{"n":1.50e2,"user":{"email":"A@B","id":"x"},"list":[1,null,true,"é\n"],"t":"\u00e9"}`, ""},
		{"an array", []RulesOption{WithTransform("**.email", upper()), constant}, `[{"email":"a"},{"x":{"email":"b"}},"c"]`, `[{"email":"A"},{"x":{"email":"B"}},"x"]`, ""},
		{"a removed member", append(keep("b"), WithTransform("a", Remove())), `{"a":1,"b":2}`, `{"b":2}`, ""},
		{"all removed", []RulesOption{WithDefaultTransform(Remove())}, `{"a":1,"b":2}`, MissingValue(), ""},
		{"names that are data", []RulesOption{WithTransformKeys("c", upper()), WithTransform("c", Passthrough())}, `{"c":{"a@b":1}}`, `{"c":{"A@B":1}}`, ""},
		{"sets and bytes made by a transformer", []RulesOption{WithTransform("a", Constant([][]byte{{1}, {2}})), WithTransform("b", Constant([]byte{1}))}, `{"a":1,"b":2}`, `{"a":["AQ==","Ag=="],"b":"AQ=="}`, ""},
		{"a number that JSON writes otherwise", []RulesOption{WithTransform("a", Func(func(context.Context, string) (any, error) { return json.Number("+.5"), nil }))}, `{"a":"1"}`, `{"a":0.5}`, ""},
		{"JSON in JSON", []RulesOption{WithTransform("a", JSON(WithTransform("b", upper())))}, `{"a":"{\"b\":\"x\"}"}`, `{"a":"{\"b\":\"X\"}"}`, ""},
		{"lone surrogates", append(keep("a"), constant), `{"a" : [ "\ud800x","\ufffd","😀\ud83d\ude00"], "\ud802":1, "\ud803" :2}`, `{"a":["\ud800x","\ufffd","😀\ud83d\ude00"],"\ud802":"x","\ud803":"x"}`, ""},
		{"empty containers", keep("x"), `{"a":{},"b":[]}`, `{"a":{},"b":[]}`, ""},
		{"no JSON", []RulesOption{email}, `{"user":`, defaulted, ""},
		{"text behind it", []RulesOption{email}, `{} x`, defaulted, ""},
		{"a scalar", []RulesOption{email}, `"alice"`, defaulted, ""},
		{"a member twice", []RulesOption{email}, `{"a":1,"a":2}`, defaulted, ""},
		{"a number out of range", []RulesOption{email}, `{"a":1e400}`, defaulted, ""},
		{"too deep", []RulesOption{email}, strings.Repeat("[", 40) + strings.Repeat("]", 40), defaulted, ""},
		{"far too deep", []RulesOption{email}, strings.Repeat("[", 100_000), defaulted, ""},
		{"an error within names the path", []RulesOption{WithTransform("user.email", Reject())}, `{"user":{"email":"canary"}}`, nil, "v.user.email"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			transformRow{t: JSON(tt.opts...), in: tt.in, want: tt.want, err: tt.err}.run(t, Constant("default"))
		})
	}
}

// Strings that nothing touched came out with other escapes than they went in with, so
// that a signature over the text broke.
func TestJSONKeepsLiterals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ literal, reason string }{
		{`"a\/b"`, "a slash that need not be escaped"},
		{`"Jos\u00e9"`, "a letter that need not be"},
		{`"Jos\u00E9"`, "in upper case"},
		{`"José"`, "the letter itself"},
		{`"\u0041\u005a"`, "letters of ASCII"},
		{`"\ud83d\ude00 \uD83D\uDE00 😀"`, "a pair of surrogates"},
		{`"\ud800"`, "a lone surrogate"},
		{`"\uDFFF\ud800"`, "two in the wrong order"},
		{`"\ufffd"`, "what stands for a character that is none"},
		{`"\b\f\n\r\t\"\\"`, "short escapes"},
		{`"\u0008\u000c\u000A\u000d\u0009\u0022\u005c"`, "long ones of the same"},
		{`"\u0000\u001f\u007f"`, "control characters"},
		{"\"\x7f\u2028\u2029<>&\"", "what encoders for HTML escape"},
		{`"\u2028\u003c\u003e\u0026"`, "the same, escaped"},
		{`""`, "nothing"},
		{`"{\"a\":\"b\\/c\"}"`, "JSON"},
		{`1.50E+02`, "a number"},
		{`-0`, "a zero"},
	} {
		in := `{"mail":"ann",` + `"keep":` + tt.literal + `,"list":[` + tt.literal + `,{"n":` + tt.literal + `}],"m\u00e9\/":{"x":` + tt.literal + `}}`
		want := strings.Replace(in, `"ann"`, `"ANN"`, 1)
		opts := []RulesOption{WithTransform("mail", upper()), WithTransform("keep", Passthrough()), WithTransform("list", Passthrough()), WithTransform(`"mé/".x`, Passthrough())}
		t.Run(tt.reason, func(t *testing.T) {
			transformRow{t: JSON(opts...), in: in, want: want}.run(t, Constant("default"))
		})
		within := `{"inner":"{\"a\":\"b\\\/c\"}","mail":"ann","x":` + tt.literal + `}`
		opts = []RulesOption{WithTransform("inner", JSON(WithTransform("a", Passthrough()))), WithTransform("mail", upper()), WithTransform("x", Passthrough())}
		t.Run(tt.reason+", next to JSON of which nothing changes", func(t *testing.T) {
			transformRow{t: JSON(opts...), in: within, want: strings.Replace(within, `"ann"`, `"ANN"`, 1)}.run(t, Constant("default"))
		})
	}
}

func TestJSONFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		opts []RulesOption
		want string
	}{
		{[]RulesOption{WithDefaultTransform(Passthrough())}, "Passthrough cannot be the default"},
		{[]RulesOption{WithTransform("a[", Constant(nil))}, "a["},
		{[]RulesOption{WithTransform("a", IfMissing(Constant(nil)))}, "not possible within JSON"},
		{[]RulesOption{WithTransform("a", Template("{b}"))}, "not possible within JSON"},
		{[]RulesOption{WithTransform("a", Constant(nil), Optional())}, "do nothing within JSON"},
		{[]RulesOption{WithTransform("a", Constant(nil)), WithTransform("a.b", Constant(nil))}, "lies below"},
	}
	for _, tt := range tests {
		_, err := newRule(ruleConfig{pattern: "v", t: JSON(tt.opts...)})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}

// TestJSONTellsItsRulesApart: a checkpoint is not taken up with other rules.
func TestJSONTellsItsRulesApart(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, o := range []RulesOption{
		WithTransform("c", Constant(nil)), WithTransformKeys("c", Constant(nil)), WithTransform("d", Constant(nil)), WithTransform("c", Remove()), WithDefaultTransform(Constant(nil)), WithDefaultTransform(Constant(nil), KindS),
	} {
		text := JSON(o).(describer).Describe().Options
		if seen[text] {
			t.Errorf("another has the text %q", text)
		}
		seen[text] = true
	}
}

// TestJSONIsKeyed: two equal values within JSON have pseudonyms of their own, the
// same in every run, and what is kept is kept exactly.
func TestJSONIsKeyed(t *testing.T) {
	t.Parallel()
	p := testPlan(t, WithTransform("v", JSON(WithTransform("c", Passthrough()))))
	run := func(id string) string {
		rec, _ := NewRecord(map[string]any{"Id": id, "v": `{"a":"same","b":"same","c":12345678901234567890.5}`})
		out, err := runPlan(p, rec)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := out.Get("v")
		return v.Any().(string)
	}
	one, again, other := run("1"), run("1"), run("2")
	var got struct {
		A, B string
		C    json.Number
	}
	if err := json.Unmarshal([]byte(one), &got); err != nil {
		t.Fatal(err)
	}
	if one != again || one == other || got.A == got.B || got.A == "same" || got.C != "12345678901234567890.5" {
		t.Error(one, again, other)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"a":[1,"x",{"b":null}]}`)
	f.Add(`[[[[]]]]`)
	f.Add(`{"a":1,"a":1}`)
	p := testPlan(f, WithTransform("v", JSON(WithTransform("**.b", Constant(nil)))))
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := NewRecord(map[string]any{"Id": "1", "v": text})
		if err != nil {
			return
		}
		var item *ItemError
		if _, err := runPlan(p, rec); err != nil && !errors.As(err, &item) {
			t.Fatal(err)
		}
	})
}
