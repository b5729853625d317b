package dynsync

import (
	"context"
	"errors"
	"testing"
)

// Transform makes of each record what Sync would write, whatever the rules, the filter
// and the record transform are.
func TestTransformIsWhatSyncWrites(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(40)...)
	table := WithTable("Source", "Destination",
		WithTransform("Name", Pseudonym()),
		WithTransform("Age", Passthrough()),
		WithFilter(func(r *Record) bool { v, _ := r.Get("Age"); n, _ := v.Text(); return n != "7" }),
		WithMaxItems(5), WithSample(0.5), // they do not apply
	)
	s := p.syncer(t, table)
	all, err := New(WithSource(p.from), WithKey(testKey), WithTable("Source", "Destination",
		WithTransform("Name", Pseudonym()),
		WithTransform("Age", Passthrough()),
		WithFilter(func(r *Record) bool { v, _ := r.Get("Age"); n, _ := v.Text(); return n != "7" }),
	))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*Record{}
	for rec, err := range all.Transformed(t.Context(), "Source") {
		if err != nil {
			t.Fatal(err)
		}
		want[string(rec.Key().DynamoDBJSON())] = rec
	}
	for rec, err := range all.Scan(t.Context(), "Source") {
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Transform(t.Context(), "Source", rec)
		if err != nil {
			t.Fatal(err)
		}
		expected := want[string(rec.Key().DynamoDBJSON())]
		if expected == nil {
			expected = &Record{item: []byte("{}")}
		}
		if !got.Equal(expected) { // empty where the filter drops it
			t.Errorf("%s, want %s", got.DynamoDBJSON(), expected.DynamoDBJSON())
		}
		if got.Equal(&Record{item: []byte("{}")}) {
			continue
		}
		again, err := s.Transform(t.Context(), "Source", got)
		if err != nil || !again.Equal(got) {
			t.Errorf("a transformed record is transformed again: %v", err)
		}
	}
}

// Without a client, the key attributes are those of the record.
func TestTransformWithoutAClient(t *testing.T) {
	t.Parallel()
	rules := WithTable("Source", "Destination", WithTransform("Name", Constant("x")), WithTransform("Pin", Reject(), Optional()))
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "1", "Name": "canary"})
	alone, err := New(WithKey(testKey), rules)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := NewRecord(map[string]any{"Id": "1", "Name": "canary"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := alone.Transform(t.Context(), "Source", rec)
	if err != nil {
		t.Fatal(err)
	}
	if name, _ := made.Get("Name"); name.Any() != "x" {
		t.Errorf("the rule made %s", made.DynamoDBJSON())
	}
	if id, _ := made.Get("Id"); id.Any() == "1" {
		t.Error("an attribute without a rule gets the default transform: nothing says that it is a key")
	}
	for read, err := range p.syncer(t, rules).Scan(t.Context(), "Source") {
		if err != nil {
			t.Fatal(err)
		}
		if made, err = alone.Transform(t.Context(), "Source", read); err != nil {
			t.Fatal(err)
		}
		if id, _ := made.Get("Id"); id.Any() != "1" {
			t.Errorf("a record that was read knows its key: %s", made.DynamoDBJSON())
		}
	}
	bad, err := NewRecord(map[string]any{"Id": "1", "Pin": "canary"})
	if err != nil {
		t.Fatal(err)
	}
	var item *ItemError
	if got, err := alone.Transform(t.Context(), "Source", bad); !errors.As(err, &item) || item.Table != "Source" || item.Path != "Pin" || leaks(err.Error()) || got == nil {
		t.Errorf("%v", err)
	}
	if _, err := alone.Transform(t.Context(), "Source", new(Record)); !errors.As(err, &item) {
		t.Errorf("the zero Record: %v", err)
	}
}

// A key attribute that its rule does not apply to fails where it is known to be one.
func TestTransformOfAKeyThatNoRuleAppliesTo(t *testing.T) {
	t.Parallel()
	misfit := Func(func(context.Context, string) (string, error) { return "", ErrNotApplicable })
	rules := WithTable("Source", "Destination", WithTransform("Id", misfit, AllowCollisions()))
	rec, err := NewRecord(map[string]any{"Id": "1"})
	if err != nil {
		t.Fatal(err)
	}
	alone, err := New(WithKey(testKey), rules)
	if err != nil {
		t.Fatal(err)
	}
	made, err := alone.Transform(t.Context(), "Source", rec)
	if id, _ := made.Get("Id"); err != nil || id.Kind() != KindS || id.Any() == "1" {
		t.Errorf("without a client: %s, %v", made.DynamoDBJSON(), err)
	}
	var item *ItemError
	if _, err := newPair(t).syncer(t, WithKey(testKey), rules).Transform(t.Context(), "Source", rec); !errors.As(err, &item) || item.Path != "Id" {
		t.Errorf("with a client: %v", err)
	}
}

// The job describes a table once, and writes what Transform made as it is.
func TestTransformThenWrite(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s := p.syncer(t, WithTable("Source", "Destination", WithTransform("Id", Pseudonym(), AllowCollisions())))
	rec, err := NewRecord(map[string]any{"Id": "1", "Name": "canary"})
	if err != nil {
		t.Fatal(err)
	}
	ops := watch(p.source)
	var made *Record
	for range 3 {
		if made, err = s.Transform(t.Context(), "Source", rec); err != nil {
			t.Fatal(err)
		}
	}
	if n := ops("DescribeTable"); n != 1 {
		t.Errorf("the table was described %d times", n)
	}
	rep, err := s.Write(t.Context(), "Source", func(yield func(*Record, error) bool) { yield(made, nil) })
	if err != nil || rep.Written != 1 {
		t.Fatalf("%v\n%v", err, rep)
	}
	id, _ := made.Get("Id")
	if _, there := contents(t, p.to, "Destination")[id.Any().(string)]; !there {
		t.Error("the record was not written as it is")
	}
}
