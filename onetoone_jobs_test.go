package dynsync_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

// TestOneToOneJobs: which jobs a table's keys admit, and what the refusal of others says.
func TestOneToOneJobs(t *testing.T) {
	t.Parallel()
	var (
		composite = dynsync.FirstOf(dynsync.Delimited("#", dynsync.Passthrough(), anon.Email()), dynsync.Passthrough())
		merged    = dynsync.Func(func(_ context.Context, s string) (string, error) { return strings.ToLower(s), nil })
		share     = dynsync.WithShare(0, 2)
		save      = func(t *testing.T) dynsync.Option {
			return dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir()), dynsync.RulesVersion("1"))
		}
	)
	const batch, insert = "BatchWriteItem", "BatchExecuteStatement"
	for _, tt := range []struct {
		reason     string
		key        dynsync.Transformer
		mode       dynsync.Mode
		checkpoint bool
		share      bool
		opts       []dynsync.TableOption
		writeBy    string // how the table is written; "" if the job is refused
		err        string
	}{
		{"put", composite, dynsync.ModePut, false, false, nil, batch, ""},
		{"put, checkpoint", composite, dynsync.ModePut, true, false, nil, batch, ""},
		{"put, share", composite, dynsync.ModePut, false, true, nil, batch, ""},
		{"put, both", composite, dynsync.ModePut, true, true, nil, batch, ""},
		{"merge, checkpoint", composite, dynsync.ModeMerge, true, false, nil, "UpdateItem", ""},
		{"merge, share", composite, dynsync.ModeMerge, false, true, nil, "UpdateItem", ""},
		{"insert, both", composite, dynsync.ModeInsert, true, true, nil, insert, ""},
		{"put, checkpoint, a function", merged, dynsync.ModePut, true, false, nil, batch, ""},
		{"put, share, a function", merged, dynsync.ModePut, false, true, nil, "", `WithShare needs keys that are one-to-one, or WithMode(ModeInsert)`},
		{"merge, checkpoint, a function", merged, dynsync.ModeMerge, true, false, nil, "", `WithCheckpoint with ModeMerge needs keys that are one-to-one`},
		{"merge, share, a function", merged, dynsync.ModeMerge, false, true, nil, "", `The keys are not one-to-one: rule "PK": Func[string, string] can give different keys the same result`},
		{"merge, share, a function, accepted", merged, dynsync.ModeMerge, false, true, []dynsync.TableOption{dynsync.WithAllowExisting()}, "UpdateItem", ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			server := keyedServer(t, "PK", "", types.ScalarAttributeTypeS)
			opts := []dynsync.Option{dynsync.WithSource(server.Client()), dynsync.WithDestination(server.Client()), dynsync.WithKey(key),
				dynsync.WithTable("From", "Copy", slices.Concat(tt.opts, []dynsync.TableOption{rule("PK", tt.key, dynsync.Optional()), dynsync.WithMode(tt.mode), dynsync.WithSegments(4)})...)}
			if tt.checkpoint {
				opts = append(opts, save(t))
			}
			if tt.share {
				opts = append(opts, share)
			}
			s, err := dynsync.New(opts...)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := s.Plan(t.Context())
			if p := plan.Tables[0]; tt.writeBy != p.WriteBy || (err == nil) != (tt.writeBy != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("written by %q, want %q: %v", p.WriteBy, tt.writeBy, err)
			}
			guarded := tt.writeBy != "" && tt.writeBy != insert && (tt.checkpoint || tt.share) && !strings.Contains(tt.reason, "function")
			if text := plan.String(); plan.Tables[0].Guarded != guarded || strings.Contains(text, "keys are one-to-one") != guarded || strings.Contains(text, "items can collide") == (guarded || tt.writeBy == "") {
				t.Errorf("guarded: %t, want %t\n%s", plan.Tables[0].Guarded, guarded, text)
			}
			if report, err := s.Sync(t.Context()); (err == nil) != (tt.writeBy != "") {
				t.Errorf("%v\n%v", err, report)
			}
		})
	}
}

// TestOneToOneFaults: why items fail of which it is not certain that their keys are
// one-to-one. Without a checkpoint none fails for that.
func TestOneToOneFaults(t *testing.T) {
	t.Parallel()
	type item = map[string]any
	first, tmpl, pass := dynsync.FirstOf, dynsync.Template, dynsync.Passthrough()
	when := func(condition string, t dynsync.Transformer) dynsync.Transformer {
		return dynsync.When(conditions[condition], t)
	}
	a := func(t dynsync.Transformer) dynsync.TableOption { return rule("A", t, dynsync.Optional()) }
	const own, other, canonical = "the result has the form of another branch", "the result has the form of another branch", "is not in the canonical form that the transformer reads"
	for _, tt := range []struct {
		reason string
		key    dynsync.Transformer
		rules  []dynsync.TableOption
		item   item
		want   string // "" if the item is written
	}{
		{"canonical", anon.Email(), nil, item{"PK": "ann@example.org"}, ""},
		{"capitals", anon.Email(), nil, item{"PK": "Ann@example.org"}, canonical},
		{"space", anon.Email(), nil, item{"PK": "ann@example.org "}, canonical},
		{"capitals in a part", dynsync.Delimited("#", pass, anon.Email()), nil, item{"PK": "USER#Ann@example.org"}, canonical},
		{"a result with the separator", dynsync.Delimited("#", leaves["swaps"], pass), nil, item{"PK": "x+1#y"}, "part contains the separator"},
		{"a result that ends like the separator", dynsync.Delimited("##", leaves["swaps"], pass), nil, item{"PK": "x+##y"}, "part contains the separator"},
		{"a result that begins like the separator", dynsync.Delimited("##", pass, leaves["swaps"]), nil, item{"PK": "x##+y"}, ""},
		{"capitals in a branch", first(anon.Email(), pass), nil, item{"PK": "ANN@EXAMPLE.ORG"}, canonical},
		{"a UUID in upper and lower case", anon.UUID(), nil, item{"PK": "3F2504E0-4f89-11d3-9a0c-0305e82c3301"}, canonical},
		{"a UUID in upper case", anon.UUID(), nil, item{"PK": "3F2504E0-4F89-11D3-9A0C-0305E82C3301"}, ""},
		{"the other branch", first(anon.Email(), pass), nil, item{"PK": "x"}, ""},
		{"it is exact, and reads the item", leaves["reads"], nil, item{"PK": "x", "Other": "y"}, "the transformer reads the item"},
		{"it reads the item", first(leaves["reads"], pass), nil, item{"PK": "x", "Other": "y"}, "the transformer reads the item"},
		{"it reads the item beside a template", first(tmpl("USER#{A}"), leaves["reads"]), []dynsync.TableOption{a(anon.Email())}, item{"PK": "x", "Other": "y"}, "the transformer reads the item"},
		{"a condition reads the item beside a template", first(tmpl("USER#{A}"), when("reads the item", anon.Token()), pass), []dynsync.TableOption{a(anon.Email())}, item{"PK": "x"}, "the transformer reads the item"},
		{"it reads the item to decline", first(leaves["declines by the item"], pass), nil, item{"PK": "x"}, "the transformer reads the item"},
		{"a condition reads the item", first(when("reads the item", anon.Token()), pass), nil, item{"PK": "x"}, "the transformer reads the item"},
		{"a condition reads the key", first(when("is short", anon.Token()), pass), nil, item{"PK": "longer"}, ""},
		{"a result of its own branch", first(when("starts with t-", leaves["t-"]), pass), nil, item{"PK": "t-x"}, ""},
		{"a result that leaves its branch", first(leaves["strips t-"], pass), nil, item{"PK": "t-x"}, own},
		{"a result of an earlier branch", first(leaves["keeps a:"], leaves["prefixes"]), nil, item{"PK": "x"}, other},
		{"a token where short keys have another rule", first(when("is short", anon.Token()), pass), nil, item{"PK": "x"}, own},
		{"a template", tmpl("USER#{A}"), []dynsync.TableOption{a(anon.Email())}, item{"PK": "USER#a@b.org", "A": "a@b.org"}, ""},
		{"a template, in lower case", tmpl("USER#{A|lower}"), []dynsync.TableOption{a(anon.Email())}, item{"PK": "USER#a@b.org", "A": "A@b.org"}, ""},
		{"a template, in upper case", tmpl("USER#{A|upper}"), []dynsync.TableOption{a(anon.Email())}, item{"PK": "USER#A@B.ORG", "A": "A@b.org"}, ""},
		{"a template, hashed", tmpl("USER#{A|lower|sha256}"), []dynsync.TableOption{a(anon.Email())}, item{"PK": fill("USER#{A|lower|sha256}", "a@b.org", ""), "A": "A@b.org"}, ""},
		{"a template, capitals in the key", tmpl("USER#{A}"), []dynsync.TableOption{a(anon.Email())}, item{"PK": "USER#A@b.org", "A": "A@b.org"}, canonical},
		{"a template of another key", first(tmpl("USER#{A}"), pass), []dynsync.TableOption{a(anon.Email())}, item{"PK": "USER#a@b.org", "A": "c@b.org"}, "the template does not give the old value from {A}"},
		{"a template without its attribute", first(tmpl("USER#{A}"), pass), []dynsync.TableOption{a(anon.Email())}, item{"PK": "USER#a@b.org"}, "{A}"},
		{"a template that would fit with a modifier", tmpl("USER#{A}"), []dynsync.TableOption{a(anon.Email())}, item{"PK": "USER#a@b.org", "A": "A@B.org"}, "{A|lower} would"},
		{"a template of what the rule does not take", tmpl("USER#{A}"), []dynsync.TableOption{a(anon.Email()), dynsync.WithDefaultTransform(dynsync.Constant("x"))}, item{"PK": "USER#x", "A": "x"}, "does not apply to its part of the key"},
		{"a template with its separator in an attribute", tmpl("{A}#{B}"), []dynsync.TableOption{a(anon.Hash()), rule("B", anon.Hash())}, item{"PK": "x#1#y", "A": "x#1", "B": "y"}, "holds the text that stands behind it"},
		{"a template with its separator at the end", tmpl("{A}#{B}"), []dynsync.TableOption{a(anon.Hash()), rule("B", anon.Hash())}, item{"PK": "x#1#y", "A": "x", "B": "1#y"}, ""},
		{"a template with its separator in a result", tmpl("{A}#{B}"), []dynsync.TableOption{a(leaves["swaps"]), rule("B", pass)}, item{"PK": "x+1#y", "A": "x+1", "B": "y"}, "a result holds a fixed text of the template"},
		{"a template whose modifier loses a part of the result", tmpl("USER#{A|lower}"), []dynsync.TableOption{a(leaves["caseful"])}, item{"PK": "USER#a1", "A": "A1"}, "the modifiers of the template lose a part of a result"},
		{"a template whose modifier keeps a result of two alike", tmpl("USER#{A|upper}"), []dynsync.TableOption{a(leaves["shouting"])}, item{"PK": "USER#A1", "A": "a1"}, "the modifiers of the template lose a part of a result"},
		{"a template whose modifier folds a result of two alike", tmpl("USER#{A|upper}"), []dynsync.TableOption{a(leaves["shouting"])}, item{"PK": "USER#A0", "A": "a0"}, ""},
		{"a template of what passes, cut where a space is", tmpl("M#{A|trim|max=3}"), []dynsync.TableOption{a(pass)}, item{"PK": "M#ab ", "A": "ab cd"}, ""},
		{"a template of what passes, of the year of a date", tmpl("M#{A|ymd|max=4}"), []dynsync.TableOption{a(pass)}, item{"PK": "M#2026", "A": "2026-05-01T10:00:00Z"}, ""},
		{"a template of what passes by default", tmpl("M#{A|lower}"), []dynsync.TableOption{dynsync.WithDefaultTransform(pass)}, item{"PK": "M#x", "A": "X"}, ""},
		{"a template of a number", tmpl("N#{A|pad=6}"), []dynsync.TableOption{a(dynsync.OnKind(dynsync.KindN, leaves["by type"]))}, item{"PK": "N#000042", "A": 42}, ""},
		{"a template of a number, by what takes both", tmpl("N#{A|pad=6}"), []dynsync.TableOption{a(leaves["by type"])}, item{"PK": "N#000042", "A": 42}, "by OnKind(KindN"},
		{"a template of what passes, with a month", tmpl("M#{A|ym}"), []dynsync.TableOption{a(pass)}, item{"PK": "M#2026-05", "A": "2026-05-01"}, ""},
		{"the shorter of two templates first", first(tmpl("USER#{A}"), tmpl("USER#{A}#{B}")), []dynsync.TableOption{a(anon.Email()), rule("B", pass)}, item{"PK": "USER#a@b.org#1", "A": "a@b.org", "B": "1"}, "the template does not give the old value"},
		{"the longer of two templates first", first(tmpl("USER#{A}#{B}"), tmpl("USER#{A}")), []dynsync.TableOption{a(anon.Email()), rule("B", pass)}, item{"PK": "USER#a@b.org#1", "A": "a@b.org", "B": "1"}, ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			server := keyedServer(t, "PK", "", types.ScalarAttributeTypeS)
			rec, err := dynsync.NewRecord(tt.item)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := server.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("From"), Item: rec.AttributeValues()}); err != nil {
				t.Fatal(err)
			}
			var told error
			s, err := dynsync.New(dynsync.WithSource(server.Client()), dynsync.WithDestination(server.Client()), dynsync.WithKey(key),
				dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir()), dynsync.RulesVersion("1")), dynsync.WithOnFailure(func(_ context.Context, f dynsync.Failure) error {
					told = f.Err
					return nil
				}), dynsync.WithTable("From", "Copy", append(tt.rules, rule("PK", tt.key))...))
			if err != nil {
				t.Fatal(err)
			}
			report, err := s.Sync(t.Context())
			var lost *dynsync.ItemsFailedError
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("%v\n%v", err, report)
			case tt.want != "" && (!errors.As(err, &lost) || told == nil || !strings.Contains(told.Error(), tt.want)):
				t.Errorf("%v, want %q\n%v", told, tt.want, err)
			}
		})
	}
}

// TestOneToOneNumbers: keys that are numbers are one-to-one, too.
func TestOneToOneNumbers(t *testing.T) {
	t.Parallel()
	server := keyedServer(t, "PK", "", types.ScalarAttributeTypeN)
	numbers := dynsync.FirstOf(anon.Digits(), dynsync.Template("{A}"), dynsync.Passthrough())
	for _, item := range []map[string]any{
		{"PK": 1234567}, {"PK": 7654321}, {"PK": 5, "A": 5}, {"PK": -3.5, "A": "-3.5"}, {"PK": 8, "A": "8"}, // by Digits or the template
		{"PK": 7.5, "A": "8"}, {"PK": 9.5}, // the template has the form of every number
	} {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("From"), Item: rec.AttributeValues()}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := dynsync.New(dynsync.WithSource(server.Client()), dynsync.WithDestination(server.Client()), dynsync.WithKey(key),
		dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir())), dynsync.WithTable("From", "Copy", rule("PK", numbers), rule("A", dynsync.Passthrough())))
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Sync(t.Context())
	var lost *dynsync.ItemsFailedError
	if r := report.Tables[0]; !errors.As(err, &lost) || r.Written != 5 || r.Failed != 2 {
		t.Errorf("%v\n%v", err, report)
	}
}
