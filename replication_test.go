package dynsync

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

// replicated returns an item with the attributes that the replication of a global table of
// version 2017.11.29 adds, and others.
func replicated(id string, more map[string]any) map[string]any {
	item := map[string]any{"Id": id, "aws:rep:deleting": false, "aws:rep:updatetime": 1700000000.000001, "aws:rep:updateregion": "eu-west-1"}
	for name, v := range more {
		item[name] = v
	}
	return item
}

// TestReplicationIsLeftOut: attributes of the replication are no part of a copy, unless a
// rule of exactly their name says so.
func TestReplicationIsLeftOut(t *testing.T) {
	t.Parallel()
	const all = `"aws:rep:deleting":{"BOOL":false},"aws:rep:updatetime":{"N":"1.5"},"aws:rep:updateregion":{"S":"eu-west-1"}`
	tests := []struct {
		reason     string
		item, want string
		opts       []TableOption
	}{
		{"no rule", `{"Id":{"S":"1"},` + all + `,"a":{"S":"x"}}`, `{"Id":{"S":"1"},"a":{"S":"x"}}`, nil},
		{"in front", `{` + all + `,"Id":{"S":"1"}}`, `{"Id":{"S":"1"}}`, nil},
		{"one of them", `{"Id":{"S":"1"},"aws:rep:deleting":{"BOOL":true}}`, `{"Id":{"S":"1"}}`, nil},
		{"one of later", `{"Id":{"S":"1"},"aws:rep:":{"S":"x"},"aws:rep:new":{"L":[]}}`, `{"Id":{"S":"1"}}`, nil},
		{"a name in escapes", `{"Id":{"S":"1"},"\u0061ws:rep:x":{"S":"x"},"aws:rep\u003ay":{"S":"x"}}`, `{"Id":{"S":"1"}}`, nil},
		{"other names", `{"Id":{"S":"1"},"aws:rep":{"S":"x"},"AWS:rep:x":{"S":"x"},"xaws:rep:x":{"S":"x"},"aws:replica":{"S":"x"}}`, `{"Id":{"S":"1"},"aws:rep":{"S":"x"},"AWS:rep:x":{"S":"x"},"xaws:rep:x":{"S":"x"},"aws:replica":{"S":"x"}}`, nil},
		{"a member of a map", `{"Id":{"S":"1"},"m":{"M":{"aws:rep:x":{"S":"x"}}}}`, `{"Id":{"S":"1"},"m":{"M":{"aws:rep:x":{"S":"x"}}}}`, nil},
		{"within JSON", `{"Id":{"S":"1"},"p":{"S":"{\"aws:rep:x\":\"x\"}"}}`, `{"Id":{"S":"1"},"p":{"S":"{\"aws:rep:x\":\"y\"}"}}`, []TableOption{WithTransform("p", JSON(WithDefaultTransform(Constant("y"))))}},
		{"rules with wildcards", `{"Id":{"S":"1"},` + all + `,"a":{"S":"x"}}`, `{"Id":{"S":"1"},"a":{"S":"y"}}`, []TableOption{WithTransform("*", Constant("y"))}},
		{"rules for any depth", `{"Id":{"S":"1"},` + all + `,"a":{"S":"x"}}`, `{"Id":{"S":"1"},"a":{"S":"x"}}`, []TableOption{WithTransform(`**."aws:rep:updateregion"`, Passthrough())}},
		{"a default", `{"Id":{"S":"1"},` + all + `,"a":{"S":"x"}}`, `{"Id":{"S":"1"},"a":{"S":"y"}}`, []TableOption{WithDefaultTransform(Constant("y"), KindS)}},
		{"Passthrough for one", `{"Id":{"S":"1"},` + all + `}`, `{"Id":{"S":"1"},"aws:rep:updatetime":{"N":"1.5"}}`, []TableOption{WithTransform("aws:rep:updatetime", Passthrough())}},
		{"a rule for one", `{"Id":{"S":"1"},` + all + `}`, `{"Id":{"S":"1"},"aws:rep:updateregion":{"S":"y"}}`, []TableOption{WithTransform("aws:rep:updateregion", Constant("y"))}},
		{"a rule that comes last", `{"Id":{"S":"1"},` + all + `,"a":{"S":"eu"}}`, `{"Id":{"S":"1"},"a":{"S":"eux"},"aws:rep:updateregion":{"S":"eux-west-1"}}`, []TableOption{WithTransform("a", suffixed()), WithTransform("aws:rep:updateregion", Template("{a}-west-1"))}},
		{"their value elsewhere", `{"Id":{"S":"1"},` + all + `,"a":{"S":"in eu-west-1"}}`, `{"Id":{"S":"1"},"a":{"S":"in eu-west-1"}}`, []TableOption{WithLeakCheck()}},
		{"the key of an index", `{"Id":{"S":"1"},"aws:rep:gsi":{"S":"x"}}`, `{"Id":{"S":"1"}}`, nil},
		{"a rule of an attribute that reads one", `{"Id":{"S":"1"},` + all + `,"a":{"S":"x"}}`, `{"Id":{"S":"1"},"a":{"S":"eu-west-1"}}`, []TableOption{WithTransform("a", Func(func(_ context.Context, _ string) (string, error) { return "eu-west-1", nil }))}},
		{"a record transform", `{"Id":{"S":"1"},` + all + `}`, `{"Id":{"S":"1"},"n":{"N":"1"}}`, []TableOption{WithRecordTransform(func(_ context.Context, r *Record) error { return r.Set("n", len(r.goItem())) })}},
	}
	for _, tt := range tests {
		p := testPlan(t, append([]TableOption{clearCopy()}, tt.opts...)...)
		p.Indexed["aws:rep:gsi"] = engine.IndexKey{}
		rec := mustRecord(t, tt.item)
		x := engine.New(p)
		for range 2 { // what is known of the names changes nothing
			out, err := processed(x, rec)
			if err != nil || string(out) != tt.want {
				t.Errorf("%s: %s, %v, want %s", tt.reason, out, err, tt.want)
			}
		}
		want := int64(2)
		if len(mustRecord(t, tt.want).attrs) >= len(rec.attrs) {
			want = 0
		}
		if got := engine.TakeTrimmed(x); got != want {
			t.Errorf("%s: attributes were left out of %d items, want %d", tt.reason, got, want)
		}
	}
}

// processed returns what an exec makes of a record.
func processed(x *engine.Exec, rec *Record) ([]byte, error) {
	out, _, err := x.Process(context.Background(), rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs)
	return out, err
}

// TestReplicationInEveryModeAndStream: the destination gets no attribute of the source's
// replication, and keeps those of its own.
func TestReplicationInEveryModeAndStream(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*Syncer) (*TableReport, error){
		"Sync": func(s *Syncer) (*TableReport, error) {
			r, err := s.Sync(context.Background())
			return r.Tables[0], err
		},
		"Write(Scan)": func(s *Syncer) (*TableReport, error) {
			return s.Write(context.Background(), "Source", s.Scan(context.Background(), "Source"))
		},
		"Write(Transformed)": func(s *Syncer) (*TableReport, error) {
			return s.Write(context.Background(), "Source", s.Transformed(context.Background(), "Source"))
		},
	}
	for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
		for name, way := range ways {
			for _, rules := range [][]TableOption{{clearCopy()}, {clearCopy(), WithTransform("a", suffixed())}} {
				p := newPair(t)
				var items, want []map[string]any
				after := "x"
				if len(rules) > 1 {
					after = "xx"
				}
				for i := range 30 {
					items = append(items, replicated(fmt.Sprint(i), map[string]any{"a": "x"}))
					want = append(want, map[string]any{"Id": fmt.Sprint(i), "a": after})
				}
				items, want = append(items, map[string]any{"Id": "none", "a": "x"}), append(want, map[string]any{"Id": "none", "a": after})
				p.fill(t, items...)
				if mode == ModeMerge {
					p.put(t, replicated("0", map[string]any{"a": "old", "mine": 1}))
					want[0] = replicated("0", map[string]any{"a": after, "mine": 1})
				}
				r, err := way(p.syncer(t, WithTable("Source", "Destination", append(rules, WithMode(mode))...)))
				if err != nil || r.Written != 31 {
					t.Errorf("%v, %s: %v, %v", mode, name, r, err)
				}
				var found []Finding
				for _, f := range r.Findings {
					if f.Code == "replication-left-out" {
						found = append(found, f)
					}
				}
				ready := name == "Write(Transformed)"
				if ready != (len(found) == 0) || !ready && (len(found) != 1 || !strings.Contains(found[0].Text, "of 30 items")) {
					t.Errorf("%v, %s: findings %v", mode, name, r.Findings)
				}
				p.wantContents(t, recordsOf(t, want...))
			}
		}
	}
}

// TestReplicationInStreams: Scan returns items as read; Transformed and Transform as they
// are written.
func TestReplicationInStreams(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, replicated("1", map[string]any{"a": "x"}))
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithMode(ModeMerge)))
	only := func(items iter.Seq2[*Record, error]) *Record {
		var got *Record
		for rec, err := range items {
			if err != nil {
				t.Fatal(err)
			}
			got = rec
		}
		return got
	}
	read := only(s.Scan(t.Context(), "Source"))
	if len(read.attrs) != 5 {
		t.Errorf("Scan: %v", read.goItem())
	}
	made, err := s.Transform(t.Context(), "Source", read)
	if err != nil {
		t.Fatal(err)
	}
	for name, rec := range map[string]*Record{"Transformed": only(s.Transformed(t.Context(), "Source")), "Transform": made} {
		if len(rec.attrs) != 2 || len(rec.removed) > 0 {
			t.Errorf("%s: %v, removed %v", name, rec.goItem(), rec.removed)
		}
	}
}

// TestMergeWritesNoReplication: a large item, which is merged by putting it as a whole,
// does not write what replication added at the destination.
func TestMergeWritesNoReplication(t *testing.T) {
	t.Parallel()
	const size = 409_600 - len("Id"+"large"+"b") - 3 // of b, beside the attribute m
	large := map[string]any{"Id": "large", "b": strings.Repeat("x", size)}
	p := newPair(t)
	p.fill(t, large)
	p.put(t, replicated("large", map[string]any{"m": 1, "b": "old"}))
	ops := watch(p.dest)
	if r, err := p.copied(t, ModeMerge); err != nil || r.Written != 1 || ops("PutItem") != 1 {
		t.Errorf("%d puts: %v, %v", ops("PutItem"), r, err)
	}
	large["m"] = 1
	p.wantContents(t, recordsOf(t, large))
}
