package dynsync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestSyncCopies(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(260)...)
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy())).Sync(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(contents(t, p.source.Client(), "Source"), contents(t, p.to, "Destination")); diff != "" {
		t.Errorf("the copy differs:\n%s", diff)
	}
	r := report.Tables[0]
	if r.Read != 260 || r.Written != 260 || r.ReadPath != "raw" || r.WritePath != "raw" {
		t.Errorf("%v", report)
	}
}

func TestPromiseNothingIsLost(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(400)...)
	var mu sync.Mutex
	n := 0
	p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
		mu.Lock()
		defer mu.Unlock()
		n++
		switch n % 7 {
		case 1:
			return dynsynctest.Throttle()
		case 2:
			return dynsynctest.UnprocessedLast(9)
		case 3:
			return dynsynctest.ApplyThenDrop()
		case 4:
			return dynsynctest.Fail(500, "InternalServerError", "canary")
		}
		return dynsynctest.Action{}
	})
	var failed []Failure
	s := p.syncer(t, WithOnFailure(func(_ context.Context, f Failure) error {
		f.Key = f.Key.Clone()
		failed = append(failed, f)
		return nil
	}), WithTable("Source", "Destination", clearCopy(),
		WithFilter(func(r *Record) bool { v, _ := r.Get("Age"); n, _ := v.Text(); return n != "7" }),
		WithTransform("Name", Func(func(_ context.Context, s string) (string, error) {
			if strings.HasSuffix(s, "3") {
				return "", errors.New("no threes")
			}
			return s, nil
		})),
	))
	report, err := s.Sync(context.Background())
	var items *ItemsFailedError
	if !errors.As(err, &items) {
		t.Fatalf("error %v, want an ItemsFailedError", err)
	}
	r := report.Tables[0]
	var item *ItemError
	if first := r.Failures[0].Err; !errors.As(fmt.Errorf("wrapped: %w", first), &item) || item != first {
		t.Errorf("an ItemError is not found in %v", first)
	}
	if r.Read != 400 || r.Read != r.Written+r.Filtered+r.Failed || r.Filtered == 0 || r.Failed == 0 {
		t.Errorf("%v", report)
	}
	if int64(len(failed)) != r.Failed {
		t.Errorf("%d failures were handed over, of %d", len(failed), r.Failed)
	}
	copied := contents(t, p.to, "Destination")
	if int64(len(copied)) != r.Written {
		t.Errorf("%d items arrived and %d count as written", len(copied), r.Written)
	}
	for _, f := range failed {
		id, ok := f.Key.Get("Id")
		text, _ := id.Text()
		if _, there := copied[text]; !ok || there {
			t.Errorf("the failed item %v arrived", f.Key)
		}
	}
}

func TestPromiseTypesAreExact(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	rec, err := NewRecord([]byte(`{"Id":{"S":"1"},"n":{"N":"12345678901234567890123456789012345678"},"e":{"S":""},"b":{"B":""},"z":{"NULL":true},` +
		`"ss":{"SS":["","a"]},"ns":{"NS":["1","2.5"]},"bs":{"BS":["AQ==","Ag=="]},"m":{"M":{"a.b":{"L":[{"M":{}},{"L":[]}]}}},"lone":{"S":"\ud800"},"\"q\"":{"S":"'"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.source.Client().PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Source"), Item: rec.AttributeValues()}); err != nil {
		t.Fatal(err)
	}
	var sent []byte
	p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
		sent = bytes.Clone(r.Body)
		return dynsynctest.Action{}
	})
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy()))
	var read []byte
	for rec, err := range s.Scan(context.Background(), "Source") {
		if err != nil {
			t.Fatal(err)
		}
		read = rec.DynamoDBJSON()
	}
	if _, err := s.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(read) == 0 || !bytes.Contains(sent, read) {
		t.Errorf("the item arrived as %s and was sent as %s", read, sent)
	}
}

func TestPromisePrivateByDefault(t *testing.T) {
	t.Parallel()
	item := map[string]any{
		"Id": "1", "s": canary, "ss": []string{canary, "x"}, "b": []byte(canary), "bs": [][]byte{[]byte(canary)},
		"m": map[string]any{"deep": []any{canary, map[string]any{"x": canary}}}, "user.email": canary,
		"user": map[string]any{"email": 1},
	}
	p := newPair(t)
	p.fill(t, item)
	tests := []struct {
		reason string
		opts   []TableOption
	}{
		{"no options at all", nil},
		{"a rule with a typing error", []TableOption{WithTransform("sss", Passthrough())}},
		{"a dotted path is not a dotted name", []TableOption{WithTransform("user.email", Passthrough())}},
		{"a rule that does not apply", []TableOption{WithTransform("s", OnKind(KindN, Passthrough())), WithTransform("m", upper()), WithTransform("ss", Delimited("#", Passthrough(), Passthrough()))}},
		{"a map that passes through has a carved-out rule", []TableOption{WithTransform("m.deep", Constant(nil)), WithTransform("m", Passthrough())}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			s := p.syncer(t, WithTable("Source", "Destination", tt.opts...))
			for name, write := range map[string]func() error{
				"Sync": func() error { _, err := s.Sync(context.Background()); return err },
				"Write(Scan)": func() error {
					_, err := s.Write(context.Background(), "Source", s.Scan(context.Background(), "Source"))
					return err
				},
				"Write(Records)": func() error {
					_, err := s.Write(context.Background(), "Source", s.Transformed(context.Background(), "Source"))
					return err
				},
			} {
				if err := write(); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				for _, got := range contents(t, p.to, "Destination") {
					if strings.Contains(fmt.Sprintf("%s", got), canary) {
						t.Errorf("%s copied the canary: %s", name, got)
					}
				}
			}
		})
	}
}

func TestPromiseSameInputSameOutput(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(120)...)
	read := func(n byte, opts ...Option) map[string]map[string]any {
		s := p.syncer(t, append(opts, WithKey(anotherKey(n)), WithTable("Source", "Destination"))...)
		all := map[string]map[string]any{}
		for rec, err := range s.Transformed(context.Background(), "Source") {
			if err != nil {
				t.Fatal(err)
			}
			id, _ := rec.Get("Id")
			text, _ := id.Text()
			all[text] = rec.goItem()
		}
		return all
	}
	first := read(1)
	if diff := cmp.Diff(first, read(1)); diff != "" {
		t.Errorf("the same key gave another output:\n%s", diff)
	}
	s := p.syncer(t, WithKey(anotherKey(1)), WithWorkers(7), WithWriteConcurrency(3), WithTable("Source", "Destination", WithPageSize(11)))
	if _, err := s.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, contents(t, p.to, "Destination")); diff != "" {
		t.Errorf("Sync with other concurrency gave another output:\n%s", diff)
	}
	if cmp.Equal(first, read(2)) {
		t.Error("another key gave the same output")
	}
}

func TestCancelStopsAndAccounts(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(300)...)
	ctx, cancel := context.WithCancel(context.Background())
	blocked := make(chan struct{})
	p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
		cancel()
		return dynsynctest.Wait(blocked)
	})
	failures := 0
	s := p.syncer(t, WithOnFailure(func(context.Context, Failure) error { failures++; return nil }), WithTable("Source", "Destination", clearCopy(), WithPageSize(40)))
	report, err := s.Sync(ctx)
	close(blocked)
	r := report.Tables[0]
	if !errors.Is(err, context.Canceled) || r.Unsettled == 0 || r.Read != r.Written+r.Unsettled || failures > 0 {
		t.Errorf("%v\n%v", report, err)
	}
}

func TestATableThatFailsDoesNotEndTheOthers(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(10)...)
	p.create(t, p.to, "Denied")
	p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
		if r.Table == "Denied" {
			return dynsynctest.Deny("dynamodb:BatchWriteItem")
		}
		return dynsynctest.Action{}
	})
	s := p.syncer(t,
		WithTable("Source", "Missing", WithName("no such destination")),
		WithTable("Source", "Denied", WithName("no permission")),
		WithTable("Source", "Destination"))
	report, err := s.Sync(context.Background())
	var table *TableError
	if !errors.As(err, &table) || table.Table != "no such destination" {
		t.Errorf("%v", err)
	}
	if report.Tables[0].Err == nil || report.Tables[1].Err == nil || report.Tables[2].Err != nil {
		t.Fatalf("%v", report)
	}
	if report.Tables[1].Unsettled != 10 || report.Tables[2].Written != 10 {
		t.Errorf("%v", report)
	}
}

func TestOneBadItemNeverBlocksTheOthers(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(80)...)
	p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
		if bytes.Contains(r.Body, []byte("user-00017")) {
			return dynsynctest.Fail(400, "ValidationException", "One or more parameter values were invalid: user-00017")
		}
		return dynsynctest.Action{}
	})
	var failed []string
	s := p.syncer(t, WithOnFailure(func(_ context.Context, f Failure) error {
		id, _ := f.Key.Get("Id")
		text, _ := id.Text()
		failed = append(failed, text)
		return nil
	}), WithTable("Source", "Destination"))
	report, err := s.Sync(context.Background())
	if !slices.Equal(failed, []string{"user-00017"}) || report.Tables[0].Written != 79 || strings.Contains(err.Error(), "user-") {
		t.Errorf("failed %v, %v\n%v", failed, err, report)
	}
}
