package anon_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

type number = attributevalue.Number

// A story is a defect that was proven in the system that dynsync succeeds, as an
// item that must come out right.
type story struct {
	name  string
	tells string
	item  map[string]any
	rules []dynsync.TableOption
	// check looks at what was written. Errors are those of the item.
	check func(t *testing.T, got *dynsync.Record)
	err   string
}

// kindIs returns a check that a path holds a value of a kind other than secret.
func kindIs(path string, kind dynsync.Kind, secret any) func(*testing.T, *dynsync.Record) {
	return func(t *testing.T, got *dynsync.Record) {
		v, ok := got.Get(path)
		was, _ := dynsync.ValueOf(secret)
		if !ok || v.Kind() != kind || v.Equal(was) {
			t.Errorf("%s is %v", path, v)
		}
	}
}

// is returns a check that a path holds a value.
func is(path string, want any) func(*testing.T, *dynsync.Record) {
	return func(t *testing.T, got *dynsync.Record) {
		v, ok := got.Get(path)
		expected, err := dynsync.ValueOf(want)
		if err != nil || !ok || !v.Equal(expected) {
			t.Errorf("%s is %s, want %s (%v)", path, v.DynamoDBJSON(), expected.DynamoDBJSON(), err)
		}
	}
}

func missing(path string) func(*testing.T, *dynsync.Record) {
	return func(t *testing.T, got *dynsync.Record) {
		if _, there := got.Get(path); there {
			t.Errorf("%s was invented", path)
		}
	}
}

func all(checks ...func(*testing.T, *dynsync.Record)) func(*testing.T, *dynsync.Record) {
	return func(t *testing.T, got *dynsync.Record) {
		for _, check := range checks {
			check(t, got)
		}
	}
}

func keep(paths ...string) []dynsync.TableOption {
	opts := make([]dynsync.TableOption, len(paths))
	for i, p := range paths {
		opts[i] = dynsync.WithTransform(p, dynsync.Passthrough())
	}
	return opts
}

func rule(path string, t dynsync.Transformer) []dynsync.TableOption {
	return []dynsync.TableOption{dynsync.WithTransform(path, t)}
}

const secret = "alice@corp.test"

var stories = []story{
	{
		name: "A1", tells: `A rule for user.email let an attribute whose name holds the dot through in clear, and made a map "user" beside it.`,
		item: map[string]any{"user.email": secret}, rules: rule("user.email", anon.Email()),
		check: all(kindIs(`"user.email"`, dynsync.KindS, secret), missing("user")),
	},
	{
		name: "A2", tells: "Without defaults, everything that no rule named was copied in clear.",
		item: map[string]any{"a": secret, "m": map[string]any{"b": secret, "l": []any{secret}}, "s": []string{secret}},
		check: all(kindIs("a", dynsync.KindS, secret), kindIs("m.b", dynsync.KindS, secret), kindIs("m.l[0]", dynsync.KindS, secret),
			kindIs("s", dynsync.KindSS, []string{secret})),
	},
	{
		name: "A3", tells: "Numbers and binaries passed by default: social security numbers, phone numbers, photos.",
		item:  map[string]any{"ssn": number("123456789"), "photo": []byte("photograph")},
		check: all(kindIs("ssn", dynsync.KindN, number("123456789")), kindIs("photo", dynsync.KindB, []byte("photograph"))),
	},
	{
		name: "A4", tells: "Keys passed through whole: USER#alice@corp.test could not be rewritten by parts, nor could the keys of indexes.",
		item:  map[string]any{"Owner": "USER#" + secret + "#2024"},
		rules: rule("Owner", dynsync.Delimited("#", dynsync.Passthrough(), anon.Email(), dynsync.Passthrough())),
		check: func(t *testing.T, got *dynsync.Record) {
			owner := get(t, got, "Owner")
			if !strings.HasPrefix(owner, "USER#") || !strings.HasSuffix(owner, "#2024") || strings.Contains(owner, "alice") {
				t.Error(owner)
			}
		},
	},
	{
		name: "A6", tells: "What is no UUID was left in clear by the transformer for UUIDs.",
		item: map[string]any{"id": secret}, rules: rule("id", anon.UUID()), check: kindIs("id", dynsync.KindS, secret),
	},
	{
		name: "C1", tells: "Numbers went through float64 even where nothing transformed them: 38 digits became 17, 1E-130 became 0.",
		item:  map[string]any{"n": []any{number("1.23456789"), number("12345678901234567890123456789012345678"), number("1E-130"), number("9007199254740993")}},
		rules: keep("n"),
		check: is("n", []any{number("1.23456789"), number("12345678901234567890123456789012345678"), number("1E-130"), number("9007199254740993")}),
	},
	{
		name: "C2", tells: "Members of a number set became equal when they lost digits, and the set was refused.",
		item: map[string]any{"n": []number{"1.00001", "1.00002"}}, rules: keep("n"), check: is("n", []number{"1.00001", "1.00002"}),
	},
	{
		name: "C3", tells: "A number that came back as a json.Number was written as a string.",
		item:  map[string]any{"n": number("7")},
		rules: rule("n", dynsync.Func(func(_ context.Context, n json.Number) (json.Number, error) { return n + "1", nil })),
		check: is("n", number("71")),
	},
	{
		name: "C5", tells: "A binary that was transformed became a string.",
		item: map[string]any{"b": []byte("secret"), "t": []byte("secret")}, rules: rule("t", anon.Token()),
		check: all(kindIs("b", dynsync.KindB, []byte("secret")), kindIs("t", dynsync.KindB, []byte("secret"))),
	},
	{
		name: "C6", tells: `Null as the default wrote the string "null".`,
		item: map[string]any{"s": secret, "n": number("1"), "b": true}, rules: []dynsync.TableOption{dynsync.WithDefaultTransform(dynsync.Constant(nil))},
		check: all(is("s", nil), is("n", nil), is("b", nil)),
	},
	{
		name: "C7", tells: "Members of a set were transformed apart from each other: equal results made a set that is refused.",
		item:  map[string]any{"s": []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z"}},
		rules: rule("s", anon.State()),
		check: func(t *testing.T, got *dynsync.Record) {
			if v, _ := got.Get("s"); v.Kind() != dynsync.KindSS || members(v) != 26 {
				t.Errorf("%v", v)
			}
		},
	},
	{
		name: "C7 emptied", tells: "A set that was emptied went to the service, which refuses it for ever.",
		item: map[string]any{"s": []string{"a"}}, rules: rule("s", dynsync.Func(func(context.Context, []string) ([]string, error) { return nil, nil })),
		err: "empty set",
	},
	{
		name: "C8", tells: "The kinds of sets were remembered by joined path, so that {a: {b: []}} became what \"a.b\" is.",
		item: map[string]any{"a.b": []string{"x"}, "a": map[string]any{"b": []any{number("1")}}}, rules: keep(`"a.b"`, "a.b"),
		check: all(is(`"a.b"`, []string{"x"}), is("a.b", []any{number("1")})),
	},
	{
		name: "C9", tells: "Timestamps were written as Go prints them, with a monotonic clock's zone.",
		item:  map[string]any{"at": "2024-02-03T04:05:06Z"},
		rules: rule("at", dynsync.Func(func(_ context.Context, at time.Time) (time.Time, error) { return at.AddDate(1, 0, 0), nil })),
		check: is("at", "2025-02-03T04:05:06Z"),
	},
	{
		name: "C10", tells: "A value of another kind than the transformer's stopped the job: 12.5 for an integer, a number for a string.",
		item:  map[string]any{"a": number("12.5"), "b": number("5")},
		rules: append(rule("a", dynsync.Func(func(_ context.Context, n int64) (int64, error) { return n + 1, nil })), rule("b", anon.FirstName())...),
		check: all(kindIs("a", dynsync.KindN, number("12.5")), func(t *testing.T, got *dynsync.Record) {
			if v, _ := got.Get("b"); v.Kind() != dynsync.KindN {
				t.Errorf("b is %v", v)
			}
		}),
	},
	{
		name: "C12", tells: "The missing key of a sparse index was invented, as NULL or empty, and refused.",
		item: map[string]any{"x": "y"}, rules: rule("Owner", anon.Email()), check: missing("Owner"),
	},
	{
		name: "D1", tells: "A list or map that a rule made was transformed again by the defaults.",
		item:  map[string]any{"tags": []any{"a"}, "m": map[string]any{"x": "y"}},
		rules: append(rule("tags", dynsync.Constant([]any{"masked"})), rule("m", dynsync.Constant(map[string]any{"x": "masked"}))...),
		check: all(is("tags", []any{"masked"}), is("m", map[string]any{"x": "masked"})),
	},
	{
		name: "D2", tells: "Rules invented the attributes that an item did not have, with the maps on the way.",
		item: map[string]any{"x": "y"}, rules: append(rule("Name", anon.FullName()), rule("a.b.c", anon.UUID())...), check: all(missing("Name"), missing("a")),
	},
	{
		name: "D7", tells: "The places that a pattern matched were those of bytes, and were used as those of characters.",
		item: map[string]any{"v": "Größe ÄÖÜ 12345"}, rules: rule("v", anon.Scramble(anon.Pattern("[0-9]+"))),
		check: func(t *testing.T, got *dynsync.Record) {
			v := get(t, got, "v")
			if digits, ok := strings.CutPrefix(v, "Größe ÄÖÜ "); !ok || len(digits) != 5 || digits == "12345" {
				t.Error(v)
			}
		},
	},
}

// TestNeosyncsDefects runs each of the defects of Neosync's privacy, types and
// semantics that need no JavaScript. Those that do are in package script, and
// those of reading and writing in the root's tests.
func TestNeosyncsDefects(t *testing.T) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			w.create(t, "my.table", "Owner") // D6: names with dots were cut at the dot
			s.item["Id"] = "1"
			w.put(t, "my.table", s.item)
			_, err := w.syncer(t, testKey, "my.table", s.rules...).Sync(t.Context())
			var failed *dynsync.ItemsFailedError
			if s.err != "" {
				if !errors.As(err, &failed) || !strings.Contains(err.Error(), s.err) {
					t.Fatalf("%v; %s", err, s.tells)
				}
				return
			}
			if err != nil {
				t.Fatalf("%v; %s", err, s.tells)
			}
			s.check(t, w.all(t, "my.table")["1"])
			if t.Failed() {
				t.Log(s.tells)
			}
		})
	}
}
