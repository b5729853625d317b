package dynsync

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/dynsynctest"
)

const canary = "canary@leak.example"

// canaryItem holds the canary in its key, in every kind that can hold it, and
// as a map key.
func canaryItem(id string) map[string]any {
	return map[string]any{
		"Id": canary + id, "s": canary, "b": []byte(canary), "ss": []string{canary, "x"}, "bs": [][]byte{[]byte(canary)},
		"l": []any{canary}, "m": map[string]any{canary: map[string]any{canary: canary}}, "n": 42, canary: canary,
	}
}

// leaks returns what part of the text gives the canary away.
func leaks(text string) bool {
	for _, secret := range []string{canary, "canary", base64.StdEncoding.EncodeToString([]byte(canary))[:16], fmt.Sprintf("%x", canary), strings.Trim(fmt.Sprint([]byte(canary)), "[]")} {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

// everythingPrinted returns an error, a report and what hangs from them as
// anybody might print them.
func everythingPrinted(err error, report *Report) string {
	var b strings.Builder
	text, machine := slog.New(slog.NewTextHandler(&b, nil)), slog.New(slog.NewJSONHandler(&b, nil))
	values := []any{err, report}
	var item *ItemError
	var table *TableError
	var items *ItemsFailedError
	if errors.As(err, &item) {
		values = append(values, item)
	}
	if errors.As(err, &table) {
		values = append(values, table)
	}
	if errors.As(err, &items) {
		values = append(values, items, items.Report)
	}
	if report != nil {
		for _, t := range report.Tables {
			values = append(values, t, *t)
			for _, f := range t.Failures {
				values = append(values, f, &f, f.Key, *f.Key, f.Err)
			}
		}
	}
	for _, v := range values {
		fmt.Fprintf(&b, "%v\n%+v\n%#v\n%s\n%q\n%x\n", v, v, v, v, v, v)
		text.Error("x", "v", v)
		machine.Error("x", "v", v)
		if j, err := json.Marshal(v); err == nil {
			b.Write(j)
		}
	}
	return b.String()
}

func TestNothingPersonalLeaks(t *testing.T) {
	t.Parallel()
	fails := func(context.Context, string) (string, error) { return "", errors.New(canary) }
	deep := func(v string) any {
		var nested any = v
		for range 33 {
			nested = []any{nested}
		}
		return nested
	}
	tests := []struct {
		reason string
		opts   []TableOption
		setUp  func(p *pair)
	}{
		{"a transformer returns an error", []TableOption{WithTransform("s", Func(fails))}, nil},
		{"a transformer of map members returns an error", []TableOption{WithTransform("m.*.*", Func(fails))}, nil},
		{"a transformer panics", []TableOption{WithTransform("s", Func(func(_ context.Context, s string) (string, error) { panic(s) }))}, nil},
		{"a transformer panics with an error", []TableOption{WithTransform("s", Func(func(_ context.Context, s string) (string, error) { panic(errors.New(s)) }))}, nil},
		{"a transformer returns the zero Value", []TableOption{WithTransform("s", Func(func(context.Context, string) (Value, error) { return Value{}, nil }))}, nil},
		{"a transformer empties a set", []TableOption{WithTransform("ss", Each(Remove()))}, nil},
		{"a transformer makes members equal", []TableOption{WithTransform("ss", Constant("x")), WithTransform("bs", Func(func(_ context.Context, b [][]byte) ([][]byte, error) { return append(b, b...), nil }))}, nil},
		{"a transformer returns a value that is too large", []TableOption{WithTransform("s", Func(func(_ context.Context, s string) (string, error) { return strings.Repeat(s, 30_000), nil }))}, nil},
		{"a transformer returns a value that nests too deeply", []TableOption{WithTransform("s", Func(func(_ context.Context, s string) (any, error) { return deep(s), nil }))}, nil},
		{"a transformer returns a number out of range", []TableOption{WithTransform("n", Func(func(context.Context, int) (float64, error) { return 1e300, nil }))}, nil},
		{"a transformer returns what no value is", []TableOption{WithTransform("s", Func(func(_ context.Context, s string) (any, error) { return map[string]any{s: make(chan int)}, nil }))}, nil},
		{"names of map members clash", []TableOption{WithTransformKeys("m.*", Func(fails))}, nil},
		{"a path is not expected", []TableOption{WithDefaultTransform(Reject())}, nil},
		{"a path deep inside is not expected", []TableOption{WithDefaultTransform(Passthrough()), WithTransform("m.*.*", Reject())}, nil},
		{"a key changes its type", []TableOption{WithTransform("Id", Constant(7))}, nil},
		{"a key's transformer does not apply", []TableOption{WithTransform("Id", OnKind(KindN, Constant(nil)))}, nil},
		{"a filter panics", []TableOption{WithFilter(func(r *Record) bool { panic(fmt.Sprint(r.AttributeValues())) })}, nil},
		{"a record transform fails", []TableOption{WithRecordTransform(func(context.Context, *Record) error { return errors.New(canary) })}, nil},
		{"a record transform removes the key", []TableOption{WithRecordTransform(func(_ context.Context, r *Record) error { return r.Delete("Id") })}, nil},
		{"a rule does not apply and the default passes", []TableOption{clearCopy(), WithTransform("s", OnKind(KindN, Constant(nil)))}, nil},
		{"the condition is refused", []TableOption{WithWhere(`"s" = '` + canary + `' = true`)}, nil},
		{"the destination refuses an item and echoes it", nil, func(p *pair) {
			p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.Fail(400, "ValidationException", "refused: "+string(r.Body))
			})
		}},
		{"the destination denies access and echoes the request", nil, func(p *pair) {
			p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.Fail(400, "AccessDeniedException", "denied: "+string(r.Body))
			})
		}},
		{"the destination answers 413", nil, func(p *pair) {
			p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.RespondRaw(413, r.Body)
			})
		}},
		{"the destination answers something else", nil, func(p *pair) {
			p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.RespondRaw(404, []byte("<html>"+canary))
			})
		}},
		{"the source sends malformed items", []TableOption{clearCopy()}, func(p *pair) {
			p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.RespondRaw(200, []byte(`{"Items":[{"Id":{"S":"`+canary+`"},"Id":{"S":"x"}},{"Id":{"`+canary+`":"x"}},{"Id":{"N":"`+canary+`"}},{"Id":{"S":"`+canary+`"},"l":`+
					strings.Repeat(`{"L":[`, 40)+`{"S":"`+canary+`"}`+strings.Repeat(`]}`, 40)+`},{"s":{"S":"`+canary+`"}}]}`))
			})
		}},
		{"the source echoes the statement", []TableOption{WithWhere(`s = '` + canary + `'`)}, func(p *pair) {
			p.source.Control("ExecuteStatement", func(r *dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.Fail(400, "ValidationException", "Statement wasn't well formed, can't be processed: "+string(r.Body))
			})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := newPair(t)
			p.fill(t, canaryItem("1"), canaryItem("2"), canaryItem("3"))
			if tt.setUp != nil {
				tt.setUp(p)
			}
			var log strings.Builder
			var handed []Failure
			s := p.syncer(t, WithLogger(slog.New(slog.NewTextHandler(&log, nil))), WithTable("Source", "Destination", tt.opts...),
				WithOnFailure(func(_ context.Context, f Failure) error { handed = append(handed, f); return nil }))
			report, err := s.Sync(context.Background())
			if err == nil {
				t.Fatal("nothing failed")
			}
			if text := everythingPrinted(err, report) + log.String(); leaks(text) {
				t.Errorf("Sync printed the canary:\n%s", text)
			}
			for _, f := range handed {
				if text := everythingPrinted(f.Err, &Report{Tables: []*TableReport{{Failures: []Failure{f}}}}); leaks(text) {
					t.Errorf("a failure printed the canary:\n%s", text)
				}
			}
			for _, err := range s.Transformed(context.Background(), "Source") {
				if err != nil && leaks(everythingPrinted(err, nil)) {
					t.Errorf("Records printed the canary: %v", err)
				}
			}
			for id := range contents(t, p.to, "Destination") {
				t.Errorf("the failing item %q arrived", id)
			}
		})
	}
}

func TestCallbackErrorsAreNotPrinted(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, canaryItem("1"))
	s := p.syncer(t, WithTable("Source", "Destination", WithDefaultTransform(Reject())),
		WithOnFailure(func(context.Context, Failure) error { return errors.New(canary) }))
	report, err := s.Sync(context.Background())
	if err == nil || leaks(everythingPrinted(err, report)) {
		t.Errorf("%v", err)
	}
}

func TestNewDoesNotQuoteConditions(t *testing.T) {
	t.Parallel()
	for _, where := range []string{`s = '` + canary, `"` + canary, `s = ? /*` + canary, "s = \x00" + canary} {
		_, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithWhere(where)))
		if err != nil && leaks(err.Error()) {
			t.Errorf("%v", err)
		}
	}
	if _, err := New(WithSource(&nopClient{}), WithKey([]byte(canary)), WithTable("Source", "Destination", WithTransform("a", Constant(map[string]any{canary: make(chan int)})))); err == nil || leaks(err.Error()) {
		t.Errorf("%v", err)
	}
}
