package dynsync

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

func TestTemplate(t *testing.T) {
	t.Parallel()
	secret := map[string]any{"Id": "CUSTOMER#alice@example.com#2024", "Email": "alice@example.com", "Year": 2024}
	email := WithTransform("Email", upper())
	tests := []struct {
		reason string
		item   map[string]any
		opts   []TableOption
		want   string // the item's Id
		err    string
	}{
		{"a key made of an anonymized attribute", secret, []TableOption{email, WithTransform("Id", Template("CUSTOMER#{Email}#{Year}")), WithTransform("Year", Passthrough())},
			"CUSTOMER#ALICE@EXAMPLE.COM#2024", ""},
		{"the first template that fits", secret, []TableOption{email, WithTransform("Year", Passthrough()), WithTransform("Id", FirstOf(Template("ORDER#{Order}"), Template("CUSTOMER#{Email}"), Template("CUSTOMER#{Email}#{Year}")))},
			"CUSTOMER#ALICE@EXAMPLE.COM#2024", ""},
		{"no template that fits", secret, []TableOption{email, WithTransform("Id", Template("ORDER#{Email}"))}, "", "does not apply to this key attribute"},
		{"nothing between the fixed texts", map[string]any{"Id": "CUSTOMER#"}, []TableOption{WithTransform("Id", Template("CUSTOMER#{Email}"))}, "", "does not apply"},
		{"a missing attribute", map[string]any{"Id": "CUSTOMER#x"}, []TableOption{WithTransform("Id", Template("CUSTOMER#{Email}"))}, "", "no string or number at {Email}"},
		{"an attribute that is removed", secret, []TableOption{WithTransform("Email", Remove()), WithTransform("Id", Template("CUSTOMER#{Email}#{Year}"))}, "", "after the other rules, the item has no string or number at {Email}"},
		{"a list", map[string]any{"Id": "C#x", "Email": []any{"a"}}, []TableOption{WithTransform("Id", Template("C#{Email}"))}, "", "no string or number"},
		{"an element of a list", map[string]any{"Id": "C#a", "Email": []any{"a"}}, []TableOption{WithTransform("Email[*]", upper()), WithTransform("Id", Template("C#{Email[0]}"))}, "C#A", ""},
		{"braces", map[string]any{"Id": "{y}", "a}b": "y"}, []TableOption{WithTransform(`"a}b"`, upper()), WithTransform("Id", Template(`{{{"a}b"}}}`))}, "{Y}", ""},
		{"an attribute whose rule comes last is not seen", secret, []TableOption{WithTransform("Email", FirstOf(Template("{Year}"), Constant("x"))), WithTransform("Id", Template("CUSTOMER#{Email}#{Year}"))}, "", "no string or number at {Email}"},
		{"itself is not seen", map[string]any{"Id": "x"}, []TableOption{WithTransform("Id", Template("{Id}"))}, "", "no string or number at {Id}"},
	}
	for _, tt := range tests {
		rec, err := NewRecord(tt.item)
		if err != nil {
			t.Fatal(err)
		}
		got, err := runPlan(testPlan(t, tt.opts...), rec)
		var item *ItemError
		switch {
		case tt.err != "":
			if !errors.As(err, &item) || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "alice") {
				t.Errorf("%s: error %v, want %q", tt.reason, err, tt.err)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if id, _ := got.Get("Id"); id.Any() != tt.want {
			t.Errorf("%s: %v, want %v", tt.reason, id.Any(), tt.want)
		}
	}
}

// TestTemplateOnIndexKeys: the key of an index keeps its kind, stays missing
// where it is missing, and gets the default where the template does not apply.
func TestTemplateOnIndexKeys(t *testing.T) {
	t.Parallel()
	p := testPlan(t, WithTransform("Owner", Template("O#{Email}")), WithTransform("Rank", Template("{Age}")), WithTransform("Email", upper()),
		WithTransform("Age", Func(func(_ context.Context, n int) (int, error) { return n / 10 * 10, nil })))
	p.Indexed = map[string]engine.IndexKey{"Owner": {Index: "byOwner", Kind: wire.S, Max: 2048}, "Rank": {Index: "byRank", Kind: wire.N}}
	run := func(item map[string]any) (*Record, error) {
		rec, err := NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		return runPlan(p, rec)
	}
	got, err := run(map[string]any{"Id": "1", "Owner": "O#x@y", "Email": "x@y", "Rank": 37, "Age": 37})
	if err != nil {
		t.Fatal(err)
	}
	owner, _ := got.Get("Owner")
	if rank, _ := got.Get("Rank"); rank.Kind() != KindN || owner.Any() != "O#X@Y" {
		t.Error(string(got.DynamoDBJSON()))
	} else if text, _ := rank.Text(); text != "30" {
		t.Error(text)
	}
	got, err = run(map[string]any{"Id": "1", "Email": "x@y"})
	if _, there := got.Get("Owner"); err != nil || there {
		t.Error(err, there)
	}
	got, err = run(map[string]any{"Id": "1", "Owner": "something else", "Email": "x@y"})
	if owner, there := got.Get("Owner"); err != nil || !there || owner.Kind() != KindS || owner.Any() == "something else" {
		t.Error(err, there)
	}
	if _, err = run(map[string]any{"Id": "1", "Rank": 1, "Age": "1"}); err == nil {
		t.Error("a number key made of text")
	}
}

// TestRulesForNamesHoldWhereATemplateDoesNotApply: an attribute whose rule comes last
// may be a map, of which the names are data.
func TestRulesForNamesHoldWhereATemplateDoesNotApply(t *testing.T) {
	t.Parallel()
	rec, err := NewRecord(map[string]any{"Id": "1", "gsi": map[string]any{"n": map[string]any{"alice": map[string]any{"deep": "x"}}}, "s": "alice@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	run := func(names string) (string, error) {
		p := testPlan(t, WithTransform("gsi", Template("C#{s}")), WithTransformKeys(names, Constant("k")), WithDefaultTransform(Constant(nil)))
		p.Indexed = nil
		got, err := runPlan(p, rec)
		if err != nil {
			return "", err
		}
		v, _ := got.Get("gsi")
		return string(v.raw), nil
	}
	for names, want := range map[string]string{
		"**.n": `{"M":{"n":{"M":{"k":{"M":{"deep":{"NULL":true}}}}}}}`,
		"*.*":  `{"M":{"n":{"M":{"k":{"M":{"deep":{"NULL":true}}}}}}}`,
		"*":    `{"M":{"k":{"M":{"alice":{"M":{"deep":{"NULL":true}}}}}}}`,
	} {
		if got, err := run(names); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", names, got, err, want)
		}
	}
}

func TestTemplateFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, template, want string }{
		{"Id", "CUSTOMER", "no placeholder"},
		{"Id", "CUSTOMER#{Email", "column 10"},
		{"Id", "CUSTOMER#}{Email}", "column 10"},
		{"Id", "{}", "placeholder at column 1"},
		{"Id", "{a[*]}", "placeholder at column 1"},
		{"a.b", "{Email}", "must be the name of an attribute"},
		{"**.b", "{Email}", "must be the name of an attribute"},
	}
	for _, tt := range tests {
		_, err := newRule(ruleConfig{pattern: tt.pattern, t: Chain(Template(tt.template))})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s at %s: %v, want %q", tt.template, tt.pattern, err, tt.want)
		}
	}
	for _, opt := range []TableOption{WithDefaultTransform(Template("{Email}")), WithTransformKeys("Meta", Template("{Email}"))} {
		_, err := New(WithSource(struct{ SourceClient }{}), WithKey(testKey), WithTable("Source", "Copy", opt))
		if err == nil || !strings.Contains(err.Error(), "runs last") {
			t.Errorf("%v", err)
		}
	}
}
