package dynsync

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

// suffixed makes another value of a string: the value with an x behind it.
func suffixed() Transformer {
	return Func(func(_ context.Context, s string) (string, error) { return s + "x", nil })
}

// tenfold makes another value of a number.
func tenfold() Transformer {
	return Func(func(_ context.Context, n int) (int, error) { return 10 * n, nil })
}

// TestTemplateGivesTheOldKeyOrDoesNotApply: a key is rebuilt only of what it is made of,
// and keeps its form.
func TestTemplateGivesTheOldKeyOrDoesNotApply(t *testing.T) {
	t.Parallel()
	orElse := func(templates ...string) Transformer {
		var ts []Transformer
		for _, text := range templates {
			ts = append(ts, Template(text))
		}
		return FirstOf(append(ts, Constant("else"))...)
	}
	tests := []struct {
		reason string
		item   map[string]any
		rule   Transformer // of Id
		want   string      // what Id becomes
		err    string
	}{
		// The attribute is not what the key is made of.
		{"a profile", map[string]any{"Id": "USER#ann", "user": "ann"}, Template("USER#{user}"), "USER#annx", ""},
		{"an order that names its receiver", map[string]any{"Id": "USER#ann", "user": "ben"}, Template("USER#{user}"), "", "does not give the old value from {user}, and no modifier would; add a branch for keys of this form by FirstOf"},
		{"one that names both", map[string]any{"Id": "USER#ann", "user": "ben", "owner": "ann"}, orElse("USER#{user}", "USER#{owner}"), "USER#annx", ""},
		{"another owner, with a rule for that", map[string]any{"Id": "USER#ann", "user": "ben"}, orElse("USER#{user}"), "else", ""},
		{"a longer name", map[string]any{"Id": "USER#ann", "user": "anna"}, Template("USER#{user}"), "", "but {user|max=3} would"},
		{"an attribute that was changed since", map[string]any{"Id": "USER#ann@old.example", "user": "ann@new.example"}, Template("USER#{user}"), "", "no modifier would"},
		{"no such attribute", map[string]any{"Id": "USER#ann"}, Template("USER#{user}"), "", "no string or number at {user}"},
		{"no such attribute, with a rule for that", map[string]any{"Id": "USER#ann"}, orElse("USER#{user}"), "else", ""},
		{"an attribute of another type", map[string]any{"Id": "USER#ann", "user": []string{"ann"}}, Template("USER#{user}"), "", "no string or number at {user}"},
		{"one of two placeholders", map[string]any{"Id": "ann#7", "user": "ann", "n": 8}, Template("{user}#{n}"), "", "from {n}, and no modifier would"},
		{"the neighbour's value", map[string]any{"Id": "ann#ben", "user": "ben", "owner": "ann"}, Template("{user}#{owner}"), "", "from {user} and {owner}"},
		{"the reasons of two templates", map[string]any{"Id": "U#ANN", "user": "ann", "owner": "Ann"}, FirstOf(Template("U#{user}"), Template("X#{user}"), Template("U#{owner}")), "",
			"key attribute: the template does not give the old value from {user}, but {user|upper} would; the value does not have the form of the template; the template does not give the old value from {owner}, but {owner|upper} would; add a branch"},
		{"a deep attribute", map[string]any{"Id": "U#ann", "m": map[string]any{"by": []any{"ann"}}}, Template("U#{m.by[0]}"), "U#annx", ""},
		{"escapes in the key and in the attribute", map[string]any{"Id": `U#"ann"/ü` + "\n", "user": `"ann"/ü` + "\n"}, Template("U#{user}"), `U#"ann"/ü` + "\nx", ""},
		{"braces and a bar", map[string]any{"Id": "{ann}", "a|b": "ann"}, Template(`{{{"a|b"}}}`), "{annx}", ""},
		{"part of a key", map[string]any{"Id": "U#ann", "user": "ann"}, Delimited("#", Passthrough(), Template("{user}")), "U#annx", ""},
		{"another part of a key", map[string]any{"Id": "U#ann", "user": "ben"}, Delimited("#", Passthrough(), Template("{user}")), "", "does not give the old value from {user}, and no modifier would"},

		{"more parts of a key", map[string]any{"Id": "U#ann#1", "user": "ann"}, Delimited("#", Passthrough(), Template("{user}")), "", `it has 3 parts at "#", and Delimited has 2; add a branch`},

		// The key has the attribute in another form.
		{"a padded number", map[string]any{"Id": "C#000042", "n": 42}, Template("C#{n|pad=6}"), "C#000420", ""},
		{"a padded number without a modifier", map[string]any{"Id": "C#000042", "n": 42}, Template("C#{n}"), "", "from {n}, but {n|pad=6} would"},
		{"a padded number that grows too long", map[string]any{"Id": "C#42", "n": 42}, Template("C#{n|pad=2}"), "", "after the other rules, the value of {n|pad=2} does not fit"},
		{"an e-mail in lower case", map[string]any{"Id": "U#ann@example.com", "user": "Ann@Example.com"}, Template("U#{user|lower}"), "U#ann@example.comx", ""},
		{"an e-mail in lower case without a modifier", map[string]any{"Id": "U#ann@example.com", "user": "Ann@Example.com"}, Template("U#{user}"), "", "but {user|lower} would"},
		{"a code in upper case", map[string]any{"Id": "U#ANN", "user": "ann"}, Template("U#{user|upper}"), "U#ANNX", ""},
		{"white space", map[string]any{"Id": "U#ann", "user": " ann "}, Template("U#{user|trim}"), "U#ann x", ""},
		{"white space and case", map[string]any{"Id": "U#ann", "user": " Ann "}, Template("U#{user}"), "", "but {user|lower|trim} would"},
		{"a name that is cut off", map[string]any{"Id": "U#Alexandra", "user": "Alexandra Mary"}, Template("U#{user|max=9}"), "U#Alexandra", ""},
		{"a month", map[string]any{"Id": "O#2026-05", "user": "2026-05-01T08:00:00Z"}, Template("O#{user|ym}"), "O#2026-05", ""},
		{"a month without a modifier", map[string]any{"Id": "O#2026-05", "user": "2026-05-01"}, Template("O#{user}"), "", "but {user|ym} would"},
		{"digits of a phone number", map[string]any{"Id": "T#15125550143", "user": "+1 512-555-0143"}, Template("T#{user|digits}"), "T#15125550143", ""},
		{"a hash", map[string]any{"Id": "H#71d4f55f72fa128dfb468a1a3901507c804b74316488744d769d7f4b16696476", "user": "ann@example.com"}, Template("H#{user}"), "", "but {user|sha256} would"},
		{"two forms", map[string]any{"Id": "ann#0007", "user": "Ann", "n": 7}, Template("{user|lower}#{n|pad=4}"), "annx#0070", ""},
		{"two forms without modifiers", map[string]any{"Id": "ann#0007", "user": "Ann", "n": 7}, Template("{user}#{n}"), "", "from {user} and {n}, but {user|lower} and {n|pad=4} would"},
	}
	for _, tt := range tests {
		rec, err := NewRecord(tt.item)
		if err != nil {
			t.Fatal(err)
		}
		p := testPlan(t, WithTransform("user", suffixed()), WithTransform("owner", suffixed()), WithTransform("m.by[0]", suffixed()),
			WithTransform(`"a|b"`, suffixed()), WithTransform("n", tenfold()), WithTransform("Id", tt.rule))
		got, err := runPlan(p, rec)
		var item *ItemError
		switch {
		case tt.err != "":
			if !errors.As(err, &item) || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %v, want %q", tt.reason, err, tt.err)
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

// TestTemplateOfNumbers: a number key is made of numbers and of strings of digits, byte
// for byte.
func TestTemplateOfNumbers(t *testing.T) {
	t.Parallel()
	p := testPlan(t, WithTransform("n", tenfold()), WithTransform("date", Constant("2031-12-24")),
		WithTransform("Rank", FirstOf(Template("{n}"), Template("{date|ymd|digits}"), Template("{zip}"))), WithDefaultTransform(Passthrough()))
	p.Indexed = map[string]engine.IndexKey{"Rank": {Index: "byRank", Kind: wire.N}}
	for item, want := range map[string]string{
		`{"Id":{"S":"1"},"n":{"N":"42"},"Rank":{"N":"42"}}`:                        `{"Id":{"S":"1"},"n":{"N":"420"},"Rank":{"N":"420"}}`,
		`{"Id":{"S":"1"},"date":{"S":"2026-05-01T10:00"},"Rank":{"N":"20260501"}}`: `{"Id":{"S":"1"},"date":{"S":"2031-12-24"},"Rank":{"N":"20311224"}}`,
		`{"Id":{"S":"1"},"n":{"N":"42"},"Rank":{"N":"43"}}`:                        "the template does not give the old value from {n}, and no modifier would",
		`{"Id":{"S":"1"},"zip":{"S":"042"},"Rank":{"N":"42"}}`:                     "the template does not give the old value from {zip}, and no modifier would",
		`{"Id":{"S":"1"},"date":{"S":"2026-05-01"},"Rank":{"N":"202605"}}`:         "the item has no string or number at {n}; the template does not give the old value from {date|ymd|digits}, but {date|ym|digits} would",
	} {
		got, err := runPlan(p, mustRecord(t, item))
		switch {
		case err != nil && !strings.Contains(err.Error(), want), err == nil && string(got.DynamoDBJSON()) != want:
			t.Errorf("%s: %v, %v, want %s", item, got, err, want)
		case err != nil && !strings.Contains(err.Error(), "Passthrough, may keep it"):
			t.Errorf("%s: %v", item, err)
		}
	}
}
