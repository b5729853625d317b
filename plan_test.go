package dynsync

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	finish := WithRecordTransform(func(context.Context, *Record) error { return nil })
	tests := []struct {
		opts []TableOption
		want string
	}{
		{nil, "read   ExecuteStatement, 1500 capacity units/s; PartiQL, since the job asks for no segments"},
		{[]TableOption{WithSegments(200), WithConsistentRead()}, "read   Scan, 200 segments, 64 pages at a time, consistent, 96000 capacity units/s; the job asks for segments"},
		{[]TableOption{WithSegments(8), WithWhere(`Age >= ? AND Name <> 'canary'`, 18)}, "where  #0 >= :0"},
		{[]TableOption{WithSegments(8), WithWhere(`Id = 'canary' AND Age > 3`)}, `; PartiQL, since the condition fixes the partition key "Id"`},
		{[]TableOption{WithSegments(AutoSegments)}, " segments, for "},
		{nil, "write  BatchWriteItem, no limit; ModePut, which replaces an item that has the key"},
		{[]TableOption{WithMode(ModeInsert), WithWriteCapacity(Units(40))}, "write  BatchExecuteStatement, 40 capacity units/s; ModeInsert, which leaves an item that has the key"},
		{[]TableOption{WithMode(ModeMerge)}, "write  UpdateItem, no limit; ModeMerge, which keeps attributes that only the destination has"},
		{nil, "key    Id: as read\n"},
		{[]TableOption{WithTransform("Id", Pseudonym(), AllowCollisions())}, "key    Id: Pseudonym ("},
		{[]TableOption{finish}, "key    WithRecordTransform may change the key\n         items can collide"},
		{nil, "about  1000000 items, 5000.0 MB, 610352 read units\n         5000000 write units, without those of indexes\n         6m47s or more, by the limits\n"},
		{[]TableOption{WithConsistentRead()}, "1220704 read units"},
		{[]TableOption{WithSample(0.01)}, "610352 read units\n         50000 write units"},
		{[]TableOption{WithMaxItems(100)}, "about  100 items, 0.5 MB, 62 read units\n         500 write units"},
	}
	p := newPair(t)
	p.source.EditDescription("Source", func(d *types.TableDescription) {
		d.ItemCount, d.TableSizeBytes = aws.Int64(1_000_000), aws.Int64(5_000_000_000)
	})
	writes := writes(p.dest)
	for _, tt := range tests {
		plan, err := p.syncer(t, WithTable("Source", "Destination", tt.opts...)).Plan(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", tt.want, err)
		}
		if text := plan.String(); !strings.Contains(text, tt.want) || strings.Contains(text, "canary") {
			t.Errorf("%s\nhas no %s", text, tt.want)
		}
		if unique := tt.opts == nil; unique && !plan.Tables[0].Unique {
			t.Errorf("%v: keys that nobody touches are unique", plan)
		}
	}
	if writes.Load() > 0 {
		t.Error("a plan writes nothing")
	}
}

// A plan tells what Sync would: of every table, also where one cannot be copied.
func TestPlanOfSeveralTables(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "1", "s": canary})
	p.source.Control("DescribeTimeToLive", func(*dynsynctest.Request) dynsynctest.Action {
		return dynsynctest.Fail(400, "AccessDeniedException", "")
	})
	s := p.syncer(t, WithTable("Nowhere", "Destination"), WithTable("Source", "Destination"))
	plan, err := s.Plan(t.Context())
	if err == nil || len(plan.Tables) != 2 || plan.Tables[0].Err == nil || plan.Tables[1].Err != nil {
		t.Fatalf("%v\n%v", err, plan)
	}
	text := plan.String()
	for _, want := range []string{"cannot be copied: dynsync: table Nowhere", "[ttl-unknown]", "items can collide"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if plan.Tables[1].Unique {
		t.Error("two tables with one destination can collide")
	}
	machine, err := json.Marshal(plan)
	if err != nil || !strings.Contains(string(machine), `"Err":"dynsync: table Nowhere`) || !strings.Contains(string(machine), `"Code":"ttl-unknown"`) {
		t.Errorf("%s, %v", machine, err)
	}
	if leaks(text + string(machine)) {
		t.Errorf("a key leaks: %s\n%s", text, machine)
	}
	if report, err := s.Sync(t.Context()); err == nil || report.Tables[1].Written != 1 {
		t.Errorf("a plan leaves nothing behind: %v\n%v", err, report)
	}
}

// A plan of one side tells of that side.
func TestPlanOfOneSide(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	table := WithTable("Source", "Destination")
	for _, of := range []struct {
		client       Option
		reads, write bool
	}{{WithSource(p.from), true, false}, {WithDestination(p.to), false, true}} {
		s, err := New(of.client, table)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := s.Plan(t.Context())
		if err != nil || (plan.Tables[0].ReadBy != "") != of.reads || (plan.Tables[0].WriteBy != "") != of.write {
			t.Errorf("%v\n%v", err, plan)
		}
	}
}

func TestPlanAsJSON(t *testing.T) {
	t.Parallel()
	p := &TablePlan{Table: "t", Least: 90 * time.Second}
	machine, err := json.Marshal(p)
	if err != nil || !strings.Contains(string(machine), `"Least":90`) || strings.Contains(string(machine), `"Err"`) {
		t.Errorf("%s, %v", machine, err)
	}
}

// A plan made while a Sync runs, or about to run, changes nothing for the Sync: not where
// it overwrites, and not how fast it is. The Sync changes nothing for the plan.
func TestPlanBesideSync(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(5)...)
	collides := WithTable("Source", "Destination", clearCopy(), WithTransform("Id", Pseudonym(), AllowCollisions()))
	if _, err := p.syncer(t, collides).Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	var changed []map[string]any
	for _, u := range users(5) {
		u["Name"] = "changed"
		changed = append(changed, u)
	}
	p.fill(t, changed...)
	s := p.syncer(t, collides)
	want, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	synced := make(chan error, 1)
	var first atomic.Bool
	p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action { // of the plan's preflight
		if first.CompareAndSwap(false, true) {
			_, err := s.Sync(t.Context())
			synced <- err
		}
		return dynsynctest.Action{}
	})
	if _, err := s.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-synced; err != nil {
		t.Errorf("beside a plan: %v", err)
	}
	var during *Plan
	var second atomic.Bool
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		if second.CompareAndSwap(false, true) {
			during, err = s.Plan(t.Context())
		}
		return dynsynctest.Action{}
	})
	if _, err := s.Sync(t.Context()); err != nil {
		t.Errorf("with a plan while it runs: %v", err)
	}
	if err != nil || during == nil || during.String() != want.String() {
		t.Errorf("%v\nthe plan beside a Sync is\n%v\nand not\n%v", err, during, want)
	}
}

// The limit of WithMaxItems counts what the sample leaves. Where a filter leaves nobody
// knows how much, the limit does not lower the reads.
func TestPlanOfAPart(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.source.EditDescription("Source", func(d *types.TableDescription) {
		d.ItemCount, d.TableSizeBytes = aws.Int64(2000), aws.Int64(200_000)
	})
	keep := WithFilter(func(*Record) bool { return true })
	for _, tt := range []struct {
		opts           []TableOption
		items, written int64
	}{
		{[]TableOption{WithSample(0.05), WithMaxItems(20)}, 400, 20},
		{[]TableOption{WithSample(0.05), WithMaxItems(200)}, 2000, 100},
		{[]TableOption{WithMaxItems(20)}, 20, 20},
		{[]TableOption{WithMaxItems(20), keep}, 2000, 20},
		{[]TableOption{WithMaxItems(20), WithoutExpired(), WithTTLAttribute("Gone")}, 2000, 20},
		{[]TableOption{WithMaxItems(20), WithWhere("Age > 3")}, 2000, 20},
	} {
		plan, err := p.syncer(t, WithTable("Source", "Destination", tt.opts...)).Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Tables[0]; got.Items != tt.items || got.WriteUnits != tt.written {
			t.Errorf("%d items, %d write units, want %d and %d", got.Items, got.WriteUnits, tt.items, tt.written)
		}
	}
	p.source.EditDescription("Source", func(d *types.TableDescription) { d.ItemCount, d.TableSizeBytes = aws.Int64(0), nil })
	unknown, err := p.syncer(t, WithTable("Source", "Destination", WithName("a\x1bb"))).Plan(t.Context())
	if text := unknown.String(); err != nil || !strings.Contains(text, "about  unknown") || !strings.Contains(text, `"a\x1bb": Source`) {
		t.Errorf("%v\n%v", err, unknown)
	}
	plan, err := p.syncer(t, WithShare(1, 4), WithTable("Source", "Destination", WithSegments(8), WithWhere("Id = 'x'"))).Plan(t.Context())
	if got := plan.Tables[0]; err != nil || got.ReadUnits != 0 || got.Readers != 0 || got.WriteUnits != 0 {
		t.Errorf("a share that reads nothing: %v\n%v", err, plan)
	}
}
