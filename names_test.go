package dynsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// ann is a name that looks personal beyond doubt.
const ann = "ann@mail.example"

// neverLast comes last, and applies to nothing.
type neverLast struct{}

func (neverLast) Transform(context.Context, Input) (Value, error) { return Value{}, ErrNotApplicable }
func (neverLast) Describe() Description                           { return Description{Name: "neverLast", Last: true} }

// never applies to nothing.
func never() Transformer { return When(func(Input) bool { return false }, Passthrough()) }

// A nameCase is an item in which the name ann or the key ann stands at one place.
type nameCase struct {
	reason string
	opts   []TableOption
	item   map[string]any
	path   string // of the error; "" if the item is written
}

// names at places, and keys, about which no rule decides.
func undecidedNames() []nameCase {
	pass, hide := Passthrough(), Pseudonym()
	rule := WithTransform
	structs := Func(func(_ context.Context, v struct {
		B string `dynamodbav:"b"`
	}) (struct {
		B string `dynamodbav:"b"`
	}, error) {
		return v, nil
	})
	members := map[string]any{ann: map[string]any{"since": "2020", "by": "x"}}
	contacts := map[string]any{"Id": "1", "Contacts": members, "Other": map[string]any{"a": "x"}}
	flat := map[string]any{"Id": "1", "Contacts": map[string]any{ann: "x", "b": "y"}}
	list := map[string]any{"Id": "1", "Rows": []any{"x", map[string]any{"By": members}}}
	attribute := map[string]any{"Id": "1", ann: "owner"}
	text := func(json string) map[string]any { return map[string]any{"Id": "1", "Payload": json} }
	inText := text(`{"user":{"by":{"` + ann + `":1}}}`)
	return []nameCase{
		{"an attribute, by default", nil, attribute, "*"},
		{"an attribute that holds a map", nil, map[string]any{"Id": "1", ann: map[string]any{"a": 1}}, "*"},
		{"an attribute, under a default that passes", []TableOption{clearCopy()}, attribute, "*"},
		{"an attribute, under a default that passes one kind", []TableOption{WithDefaultTransform(pass, KindS)}, attribute, "*"},
		{"an attribute, beside a rule", []TableOption{clearCopy(), rule("Contacts", pass)}, attribute, "*"},
		{"an attribute whose value has a rule of a wildcard", []TableOption{rule("*", hide)}, attribute, "*"},
		{"an attribute with a rule for names of its members", []TableOption{WithTransformKeys("*", hide)}, map[string]any{"Id": "1", ann: map[string]any{"a": 1}}, "*"},

		{"a member, by default", nil, contacts, "*.*"},
		{"a member, under a default that passes", []TableOption{clearCopy()}, contacts, "*.*"},
		{"a member, under a default that passes, beside a rule", []TableOption{clearCopy(), rule("Other", pass)}, contacts, "*.*"},
		{"a member, under a default that passes, beside a rule below", []TableOption{clearCopy(), rule("Contacts.none", hide)}, contacts, "Contacts.*"},
		{"a member, under a default that passes, beside a rule in the same map", []TableOption{clearCopy(), rule("Contacts.b", hide)}, flat, "Contacts.*"},
		{"a member, under a default that passes one kind", []TableOption{WithDefaultTransform(pass, KindS)}, flat, "*.*"},
		{"a member whose value has a rule", []TableOption{rule("Contacts.*", hide)}, flat, "Contacts.*"},
		{"a member whose value has a rule for one kind", []TableOption{rule("Contacts.*", FirstOf(OnKind(KindN, pass), hide))}, flat, "Contacts.*"},
		{"a member with a value that passes", []TableOption{rule("Contacts.*.since", pass)}, contacts, "Contacts.*"},
		{"a member with a value at any depth that passes", []TableOption{rule("**.since", pass)}, contacts, "*.*"},
		{"a member beside one that passes", []TableOption{rule("Contacts.b", pass)}, flat, "Contacts.*"},
		{"a member of a map that stays for an exception", []TableOption{rule("Contacts", Remove()), rule("Contacts.*.since", pass)}, contacts, "Contacts.*"},
		{"a member that stays for an exception", []TableOption{rule("Contacts.*", Remove()), rule("Contacts.*.since", pass)}, contacts, "Contacts.*"},
		{"a member that stays under a default that removes", []TableOption{WithDefaultTransform(Remove()), rule("**.since", pass)}, contacts, "*.*"},
		{"a member of a map with a rule for the names of another", []TableOption{WithTransformKeys("Other", hide)}, contacts, "*.*"},
		{"a member of a map in a map with a rule for names", []TableOption{WithTransformKeys("Boss", hide)}, map[string]any{"Id": "1", "Boss": map[string]any{"Contacts": members}}, "Boss.*.*"},
		{"a member in a list of maps", nil, list, "*[1].*.*"},
		{"a member in a list of maps, under a default that passes", []TableOption{clearCopy()}, list, "*[1].*.*"},
		{"a member in a list of maps with rules", []TableOption{rule("Rows[*].By.*.since", pass)}, list, "Rows[1].By.*"},
		{"a member in a list of maps with rules, under a default that passes", []TableOption{clearCopy(), rule("Rows[*].None", hide)}, list, "Rows[1].*.*"},
		{"a member in a list in a list", nil, map[string]any{"Id": "1", "Rows": []any{[]any{members}}}, "*[0][0].*"},

		{"a member under a rule that takes no maps", []TableOption{rule("Contacts", hide)}, contacts, "Contacts.*"},
		{"a member under a condition that is false", []TableOption{rule("Contacts", never())}, contacts, "Contacts.*"},
		{"a member under a rule that does not apply, though another passes it elsewhere", []TableOption{rule("Contacts", never()), rule("*.*", pass)}, contacts, "Contacts.*"},
		{"a member under FirstOf that does not apply", []TableOption{rule("Contacts", FirstOf(never(), OnKind(KindS, pass)))}, contacts, "Contacts.*"},
		{"a member under a rule for its value that does not apply", []TableOption{rule("Boss.*", never())}, map[string]any{"Id": "1", "Boss": map[string]any{"a": members}}, "Boss.*.*"},
		{"a member under a rule that comes last and does not apply", []TableOption{rule("Contacts", neverLast{})}, contacts, "Contacts.*"},
		{"a member in a list of a rule that does not apply", []TableOption{rule("Rows", never())}, list, "Rows[1].*.*"},
		{"a member under Each", []TableOption{rule("Contacts", Each(hide))}, flat, "Contacts.*"},
		{"a member under Each that does not apply to its value", []TableOption{rule("Contacts", Each(anyEmail()))}, contacts, "Contacts.*"},
		{"a member below Each", []TableOption{rule("Rows", Each(hide))}, list, "Rows[1].*.*"},
		{"a member of a map in Each of Each", []TableOption{rule("Rows", Each(Each(hide)))}, map[string]any{"Id": "1", "Rows": []any{map[string]any{ann: "x"}}}, "Rows[0].*"},
		{"a member under Each in FirstOf", []TableOption{rule("Contacts", FirstOf(never(), Each(hide)))}, flat, "Contacts.*"},

		{"a member that the struct of Func does not declare", []TableOption{rule("Contacts", structs)}, flat, "Contacts.*"},
		{"a member that no struct declares, in a list", []TableOption{rule("Rows", Func(func(_ context.Context, v []struct{ A string }) ([]struct{ A string }, error) { return v, nil }))}, map[string]any{"Id": "1", "Rows": []any{map[string]any{ann: "x"}}}, "Rows[0].*"},
		{"a member that no struct declares, in a map", []TableOption{rule("Contacts", Func(func(_ context.Context, v map[string]struct{ A string }) (map[string]struct{ A string }, error) {
			return v, nil
		}))}, map[string]any{"Id": "1", "Contacts": map[string]any{"b": map[string]any{ann: "x"}}}, "Contacts.*.*"},
		{"a member that no struct declares, in FirstOf", []TableOption{rule("Contacts", FirstOf(never(), structs))}, contacts, "Contacts.*"},
		{"a member below one that no struct declares", []TableOption{rule("Boss", structs)}, map[string]any{"Id": "1", "Boss": map[string]any{"c": members}}, "Boss.*.*"},

		{"in text, by default", []TableOption{rule("Payload", JSON())}, inText, "Payload.*.*.*"},
		{"in text, beside a rule", []TableOption{rule("Payload", JSON(rule("user.none", pass)))}, inText, "Payload.user.*.*"},
		{"in text, with a rule for its value", []TableOption{rule("Payload", JSON(rule("user.by.*", hide)))}, inText, "Payload.user.by.*"},
		{"in text, under a default that removes", []TableOption{rule("Payload", JSON(WithDefaultTransform(Remove()), rule("**.since", pass)))}, text(`{"` + ann + `":{"since":1}}`), "Payload.*"},
		{"in text, of the text itself", []TableOption{rule("Payload", JSON())}, text(`{"` + ann + `":1}`), "Payload.*"},
		{"in text, in an array", []TableOption{rule("Payload", JSON())}, text(`[{"` + ann + `":1}]`), "Payload[0].*"},
		{"in text, with an escape", []TableOption{rule("Payload", JSON())}, text(`{"ann\u0040mail.example":1}`), "Payload.*"},
		{"in text, under a rule that does not apply", []TableOption{rule("Payload", JSON(rule("user", never())))}, inText, "Payload.user.*.*"},
		{"in text within text", []TableOption{rule("Payload", JSON(rule("in", JSON())))}, text(`{"in":"{\"` + ann + `\":1}"}`), "Payload.in.*"},
		{"in text that is a part of a text", []TableOption{rule("Payload", Delimited("#", pass, JSON()))}, text(`v1#{"` + ann + `":1}`), "Payload.*"},
		{"in text, under rules of the item that would decide", []TableOption{rule("Payload", JSON()), rule("user.*", pass, Optional())}, inText, "Payload.*.*.*"},
		{"in text in FirstOf", []TableOption{rule("Payload", FirstOf(never(), JSON(), Constant("x")))}, inText, "Payload.*.*.*"},
		{"in text under Each", []TableOption{rule("Rows", Each(JSON()))}, map[string]any{"Id": "1", "Rows": []any{`{"` + ann + `":1}`}}, "Rows[0].*"},

		{"the key, by default", nil, map[string]any{"Id": ann}, "Id"},
		{"the key, under a default that passes", []TableOption{clearCopy()}, map[string]any{"Id": "USER#" + ann}, "Id"},
		{"the key, under a rule of a wildcard", []TableOption{keepAll()}, map[string]any{"Id": "USER#" + ann + "#1"}, "Id"},
		{"the key, beside a rule", []TableOption{clearCopy(), rule("Contacts", pass, Optional())}, map[string]any{"Id": ann}, "Id"},
		{"a binary key", []TableOption{clearCopy()}, map[string]any{"Id": []byte("USER#" + ann)}, "Id"},

		{"a record transform that does something else", []TableOption{clearCopy(), WithRecordTransform(func(_ context.Context, r *Record) error { return r.Set("a", "b") })}, contacts, "*.*"},
		{"a record transform that moves the map", []TableOption{clearCopy(), WithRecordTransform(func(_ context.Context, r *Record) error {
			m, _ := r.Get("Contacts")
			return errors.Join(r.Set("Moved", m), r.Delete("Contacts"))
		})}, contacts, "*.*"},
		{"a record transform, and the name has an escape", []TableOption{rule("Payload", JSON()), WithRecordTransform(func(context.Context, *Record) error { return nil })}, text(`{"ann\u0040mail.example":1}`), "Payload.*"},
		{"a record transform, and the key", []TableOption{WithRecordTransform(func(context.Context, *Record) error { return nil })}, map[string]any{"Id": ann}, "Id"},
	}
}

// anyEmail is a transformer of strings that look like e-mail addresses.
func anyEmail() Transformer {
	return When(func(in Input) bool { s, _ := in.Value.Text(); return strings.Contains(s, "@") }, Pseudonym())
}

// decidedNames are names at places, and keys, about which a rule decides, or that do not
// stay.
func decidedNames() []nameCase {
	pass, hide := Passthrough(), Pseudonym()
	rule := WithTransform
	same := Func(func(_ context.Context, v Value) (Value, error) { return v, nil })
	members := map[string]any{ann: map[string]any{"since": "2020", "by": "x"}}
	contacts := map[string]any{"Id": "1", "Contacts": members}
	flat := map[string]any{"Id": "1", "Contacts": map[string]any{ann: "x"}}
	list := map[string]any{"Id": "1", "Rows": []any{"x", map[string]any{"By": members}}}
	attribute := map[string]any{"Id": "1", ann: "owner"}
	inText := map[string]any{"Id": "1", "Payload": `{"user":{"by":{"` + ann + `":{"since":1}}}}`}
	return []nameCase{
		{"a rule for the names", []TableOption{WithTransformKeys("Contacts", hide)}, contacts, ""},
		{"a rule that keeps the names", []TableOption{WithTransformKeys("Contacts", pass)}, contacts, ""},
		{"a rule for the names that does not apply", []TableOption{WithTransformKeys("Contacts", never())}, contacts, ""},
		{"a rule for the names, and a rule for the map that does not apply", []TableOption{WithTransformKeys("Contacts.*", hide), WithTransformKeys("*", hide)}, contacts, ""},
		{"a rule for names in a list", []TableOption{WithTransformKeys("Rows[*].By", hide)}, list, ""},
		{"a rule for names at any depth", []TableOption{WithTransformKeys("**.By", hide)}, list, ""},
		{"Passthrough for the map", []TableOption{rule("Contacts", pass)}, contacts, ""},
		{"Passthrough for the map, and a rule below", []TableOption{rule("Contacts", pass), rule("Contacts.*.since", hide)}, contacts, ""},
		{"Passthrough for the map, and removal below", []TableOption{rule("Contacts", pass), rule("Contacts.*", Remove()), rule("Contacts.*.since", pass)}, contacts, ""},
		{"Passthrough for the members", []TableOption{rule("Contacts.*", pass)}, contacts, ""},
		{"Passthrough for everything", []TableOption{keepAll()}, contacts, ""},
		{"Passthrough for every attribute", []TableOption{keepAll()}, attribute, ""},
		{"Passthrough at any depth", []TableOption{rule("**.By", pass)}, list, ""},
		{"Passthrough for elements", []TableOption{rule("Rows[*]", pass)}, list, ""},
		{"a rule that spells the name", []TableOption{rule(`Contacts."`+ann+`"`, hide)}, flat, ""},
		{"a rule that spells the name on its way", []TableOption{rule(`Contacts."`+ann+`".since`, hide)}, contacts, ""},
		{"a rule that spells the name at any depth", []TableOption{rule(`**."`+ann+`"`, hide)}, flat, ""},
		{"a rule that spells the attribute", []TableOption{rule(`"`+ann+`"`, hide)}, attribute, ""},
		{"a rule that makes the map", []TableOption{rule("Contacts", same)}, contacts, ""},
		{"a rule that makes the map, as a Go map", []TableOption{rule("Contacts", Func(func(_ context.Context, v map[string]any) (map[string]any, error) { return v, nil }))}, contacts, ""},
		{"a rule that makes the map, of structs", []TableOption{rule("Contacts", Func(func(_ context.Context, v map[string]struct{ Since string }) (map[string]struct{ Since string }, error) {
			return v, nil
		}))}, contacts, ""},
		{"a rule that makes the map, in FirstOf", []TableOption{rule("Contacts", FirstOf(never(), same))}, contacts, ""},
		{"Passthrough in FirstOf", []TableOption{rule("Contacts", FirstOf(never(), pass))}, contacts, ""},
		{"Each that keeps", []TableOption{rule("Contacts", Each(pass))}, contacts, ""},
		{"Each that removes", []TableOption{rule("Contacts", Each(Remove()))}, contacts, ""},
		{"a constant", []TableOption{rule("Contacts", Constant("x"))}, contacts, ""},
		{"a map that is removed", []TableOption{rule("Contacts", Remove())}, contacts, ""},
		{"members that are removed", []TableOption{rule("Contacts.*", Remove())}, contacts, ""},
		{"an attribute that is removed", []TableOption{rule("*", Remove())}, attribute, ""},
		{"a default that removes", []TableOption{WithDefaultTransform(Remove())}, contacts, ""},
		{"a default that removes attributes", []TableOption{WithDefaultTransform(Remove())}, attribute, ""},
		{"a default that removes strings", []TableOption{WithDefaultTransform(Remove(), KindS)}, attribute, ""},
		{"a record transform that removes the attribute", []TableOption{clearCopy(), WithRecordTransform(func(_ context.Context, r *Record) error { return r.Delete(`"` + ann + `"`) })}, attribute, ""},
		{"a record transform that replaces the map", []TableOption{clearCopy(), WithRecordTransform(func(_ context.Context, r *Record) error { return r.Set("Contacts", 1) })}, contacts, ""},
		{"a record transform that makes the key", []TableOption{WithRecordTransform(func(_ context.Context, r *Record) error { return r.Set("Id", "1") })}, map[string]any{"Id": ann}, ""},

		{"in text, a rule for the names", []TableOption{rule("Payload", JSON(WithTransformKeys("user.by", hide)))}, inText, ""},
		{"in text, a rule for names at any depth", []TableOption{rule("Payload", JSON(WithTransformKeys("**.by", hide)))}, inText, ""},
		{"in text, Passthrough", []TableOption{rule("Payload", JSON(rule("user", pass)))}, inText, ""},
		{"in text, a rule that spells the name", []TableOption{rule("Payload", JSON(rule(`user.by."`+ann+`"`, hide)))}, inText, ""},
		{"in text, removed", []TableOption{rule("Payload", JSON(rule("user.by", Remove())))}, inText, ""},
		{"in text that no rule rewrites", nil, inText, ""},
		{"in text of which nothing comes", []TableOption{rule("Payload", FirstOf(Chain(JSON(), never()), Constant("x")))}, inText, ""},

		{"a key with a rule", []TableOption{rule("Id", hide, AllowCollisions())}, map[string]any{"Id": ann}, ""},
		{"a key that is kept", []TableOption{keepKey()}, map[string]any{"Id": ann}, ""},
		{"a part of a key", []TableOption{rule("Id", Delimited("#", pass, hide), AllowCollisions())}, map[string]any{"Id": "USER#" + ann}, ""},
		{"a binary key that is no text", []TableOption{clearCopy()}, map[string]any{"Id": []byte("\xff" + ann)}, ""},
	}
}

func TestNamesAndKeysThatNoRuleDecidesAbout(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(undecidedNames(), decidedNames()) {
		rec, err := NewRecord(tt.item)
		if err != nil {
			t.Fatal(err)
		}
		_, err = runPlan(testPlan(t, tt.opts...), rec)
		var failed *ItemError
		switch {
		case tt.path == "" && err != nil:
			t.Errorf("%s: %v", tt.reason, err)
		case tt.path == "":
		case !errors.As(err, &failed) || failed.Path != tt.path || ExitCode(err) != 7 || !strings.Contains(err.Error(), "looks like an e-mail address"):
			t.Errorf("%s: %v, want an error of the path %s", tt.reason, err, tt.path)
		case strings.Contains(err.Error(), "ann"):
			t.Errorf("%s: the error has the name: %v", tt.reason, err)
		}
	}
}

// The error says what to do.
func TestErrorsOfNamesSayWhatToDo(t *testing.T) {
	t.Parallel()
	contacts := map[string]any{"Id": "1", "Contacts": map[string]any{ann: "x"}}
	for _, tt := range []struct {
		opts []TableOption
		item map[string]any
		want string
	}{
		{nil, map[string]any{"Id": ann}, `table Source, path Id (S): the key attribute looks like an e-mail address, and would pass as it is; transform it with WithTransform("Id", anon.Email()), or, where it is a part of the key, the part, as with Delimited("#", Passthrough(), anon.Email()), and keys of other forms by further branches of FirstOf; or keep it with WithTransform("Id", Passthrough())`},
		{[]TableOption{WithTransform("Contacts.*", Pseudonym())}, contacts, `table Source, path Contacts.*: the map key looks like an e-mail address, and would pass as it is; transform the map keys with WithTransformKeys("Contacts", anon.Email()), write them in the paths of rules, or keep them with WithTransformKeys("Contacts", Passthrough())`},
		{[]TableOption{WithTransform("Contacts", Each(Pseudonym()))}, contacts, `instead of Each, give the rule the path of the members (Contacts.*), and transform the map keys with WithTransformKeys("Contacts", anon.Email())`},
		{nil, contacts, `path *.*: the map key looks like an e-mail address, and would pass as it is; transform the map keys with WithTransformKeys(the path of the map, anon.Email())`},
		{nil, map[string]any{"Id": "1", ann: 1}, `path *: the name of the attribute looks like an e-mail address, and would pass as it is; write the name in the path of a rule`},
		{[]TableOption{WithTransform("Payload", JSON(WithTransform("user.x", Remove())))}, map[string]any{"Id": "1", "Payload": `{"user":{"` + ann + `":1}}`}, `path Payload.user.*: the name of a member in JSON text looks like an e-mail address, and would pass as it is; transform the map keys in JSON with WithTransformKeys("user", anon.Email())`},
		{[]TableOption{WithTransform("Payload", JSON())}, map[string]any{"Id": "1", "Payload": `{"` + ann + `":1}`}, `write the names in the paths of the rules of JSON, take anon.Text instead of JSON`},
		{[]TableOption{WithTransform("Rows[*].By.a", Remove())}, map[string]any{"Id": "1", "Rows": []any{map[string]any{"By": map[string]any{"+49 30 23125 666": 1}}}}, `path Rows[0].By.*: the map key looks like a phone number, and would pass as it is; transform the map keys with WithTransformKeys("Rows[*].By", anon.Phone())`},
	} {
		rec, err := NewRecord(tt.item)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = runPlan(testPlan(t, tt.opts...), rec); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got\n%v\nwant\n%s", err, tt.want)
		}
	}
}

// The name of an attribute is printed once it tells nothing of one item.
func TestErrorsPrintNamesThatManyItemsHave(t *testing.T) {
	t.Parallel()
	rec := func(item map[string]any) *Record {
		r, err := NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	x := engine.New(testPlan(t))
	clean, found := rec(map[string]any{"Id": "1", "Contacts": map[string]any{"a": 1}, ann: 1}), rec(map[string]any{"Id": "1", "Contacts": map[string]any{ann: 1}})
	for i := range 25 {
		want := "*.*"
		if i >= 19 {
			want = "Contacts.*"
		}
		_, _, err := x.Process(t.Context(), found.item, spanOf(found), found.attrs)
		var fault *engine.Fault
		if !errors.As(err, &fault) || fault.Path != want || fault.Class != reason.Refused {
			t.Errorf("item %d: %v, want the path %s", i, err, want)
		}
	}
	for range 25 {
		_, _, err := x.Process(t.Context(), clean.item, spanOf(clean), clean.attrs)
		var fault *engine.Fault
		if !errors.As(err, &fault) || fault.Path != "*" {
			t.Errorf("the name of an attribute that looks personal: %v", err)
		}
	}
}

// strongTexts are texts of every kind that looks personal beyond doubt.
func strongTexts() []string {
	return []string{
		"ann@mail.example", "Ann.Lee+x@Mail.Example.co.uk", "ann%40mail.example", "USER#ann@mail.example#2024", "mailto:ann@mail.example", "müller@bücher.example",
		"+49 30 23125 666", "+493023125666", "+1.512.555.0143", "TEL#+44 20 7946 0018", "+33 1 42 68 53 00",
		"512-555-0143", "512.555.0143", "(512) 555-0143", "PHONE#512.555.0143", "512.555.0143#2024-01-31T10:15:30#T1", "1-512-555-0143",
		"DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "IBAN#FR1420041010050500013M02606",
		"219-09-9998", "SSN#219-09-9998", "P#219 09 9998",
		"4111 1111 1111 1111", "5555-5555-5555-4444", "3782 822463 10005", "CARD#4111-1111-1111-1111",
	}
}

// cleanTexts are texts that look like much, and not personal.
func cleanTexts() []string {
	return []string{
		"2024-01-15", "2024-01-15T10:11:12Z", "20240115", "1705312272", "1705312272123", "550e8400-e29b-41d4-a716-446655440000", "01ARZ3NDEKTSV4RRFFQ69G5FAV",
		"ORDER#000017", "SKU-123456", "1.12.3", "19.99", "10.0.0.1", "user-00001", "a@b", "@handle", "aws:rep:updatetime", "v2.10.4-rc1", "DE-BE", "US-512",
	}
}

func TestStrongLooksFailAtEveryPlace(t *testing.T) {
	t.Parallel()
	places := map[string]func(text string) map[string]any{
		"key":       func(text string) map[string]any { return map[string]any{"Id": text} },
		"attribute": func(text string) map[string]any { return map[string]any{"Id": "1", text: 1} },
		"member":    func(text string) map[string]any { return map[string]any{"Id": "1", "m": map[string]any{text: 1}} },
		"in a list": func(text string) map[string]any {
			return map[string]any{"Id": "1", "l": []any{map[string]any{"m": map[string]any{text: 1}}}}
		},
		"in text": func(text string) map[string]any {
			return map[string]any{"Id": "1", "Payload": fmt.Sprintf(`{"a":[{%q:1}]}`, text)}
		},
	}
	for name, item := range places {
		for _, copies := range []bool{false, true} {
			opts := []TableOption{WithTransform("Payload", JSON())}
			if copies {
				opts = append(opts, clearCopy())
			}
			plan := testPlan(t, opts...)
			for _, text := range strongTexts() {
				if _, err := runPlan(plan, recordOfItem(t, item(text))); ExitCode(err) != 7 {
					t.Errorf("%s: %s passes: %v", name, text, err)
				}
			}
			for _, text := range cleanTexts() {
				if _, err := runPlan(plan, recordOfItem(t, item(text))); err != nil {
					t.Errorf("%s: %s does not pass: %v", name, text, err)
				}
			}
		}
	}
}

func recordOfItem(t testing.TB, item map[string]any) *Record {
	t.Helper()
	rec, err := NewRecord(item)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// spanOf returns the span of a record's item.
func spanOf(r *Record) wire.Span { return wire.Span{End: uint32(len(r.item))} }
