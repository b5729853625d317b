package dynsync

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// sorted adds a string sort key to a table.
func sorted(in *dynamodb.CreateTableInput) {
	in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("Sort"), AttributeType: types.ScalarAttributeTypeS})
	in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("Sort"), KeyType: types.KeyTypeRange})
}

// membersOf returns n items with a map. Its key is an e-mail address in one of every
// items, and clean in the others.
func membersOf(n, every int) []map[string]any {
	items := make([]map[string]any, n)
	for i := range items {
		name := fmt.Sprintf("m%d", i)
		if i%every == 0 {
			name = fmt.Sprintf("canary%d@leak.example", i)
		}
		items[i] = map[string]any{"Id": fmt.Sprintf("item-%05d", i), "Contacts": map[string]any{name: "x"}}
	}
	return items
}

// fewMembers returns n items. As many as some says have a map that is keyed by an
// e-mail address.
func fewMembers(n, some int) []map[string]any {
	items := membersOf(n, n/some)
	for i, item := range items {
		if i%(n/some) != 0 || i/(n/some) >= some {
			delete(item, "Contacts")
		}
	}
	return items
}

// keysOfPeople returns n items. The key is an e-mail address in one of every items.
func keysOfPeople(n, every int) []map[string]any {
	items := make([]map[string]any, n)
	for i := range items {
		id := fmt.Sprintf("item-%05d", i)
		if i%every == 0 {
			id = fmt.Sprintf("USER#canary%d@leak.example", i)
		}
		items[i] = map[string]any{"Id": id, "n": i}
	}
	return items
}

func TestTheFirstItemsEndATable(t *testing.T) {
	t.Parallel()
	all := func(*Record) bool { return true }
	for _, tt := range []struct {
		reason string
		items  []map[string]any
		opts   []TableOption
		want   string // of the error of the preflight; "" if the items fail one by one, or pass
	}{
		{"names in every item", membersOf(40, 1), nil, "map keys at Contacts.* look like an e-mail address in 40 of 40 names, and would pass as they are: transform the map keys with WithTransformKeys(\"Contacts\", anon.Email())"},
		{"names, under a default that passes", membersOf(40, 1), []TableOption{clearCopy()}, "in 40 of 40 names"},
		{"names in ten items", membersOf(40, 4), nil, "in 10 of 40 names"},
		{"names in nine items", membersOf(36, 4), nil, ""},
		{"names of a large table", membersOf(300, 2), nil, "of 100 names"},
		{"names of a large table in segments", membersOf(300, 1), []TableOption{WithSegments(7)}, "in 100 of 100 names"},
		{"names of attributes", func() []map[string]any {
			items := keysOfPeople(40, 100)[1:]
			for i := range items {
				items[i][fmt.Sprintf("canary%d@leak.example", i)] = 1
			}
			return items
		}(), nil, "names of attributes look like an e-mail address in 39 of"},
		{"keys in every item", keysOfPeople(40, 1), nil, "values of the key attribute Id look like an e-mail address in 40 of 40 items, and would pass as they are: transform it with WithTransform(\"Id\", anon.Email())"},
		{"keys and names", func() []map[string]any {
			items := keysOfPeople(40, 1)
			for i, item := range membersOf(40, 1) {
				items[i]["Contacts"] = item["Contacts"]
			}
			return items
		}(), nil, "keys or names look personal in several places:\n  "},
		{"keys, in segments", keysOfPeople(40, 1), []TableOption{WithSegments(2)}, "in 40 of 40 items"},
		{"keys in ten items", keysOfPeople(40, 4), []TableOption{clearCopy()}, "in 10 of 40 items"},
		{"keys in nine items", keysOfPeople(36, 4), nil, ""},
		{"small pages", keysOfPeople(40, 1), []TableOption{WithPageSize(9)}, ""},
		{"a condition that selects few", keysOfPeople(40, 1), []TableOption{WithWhere("n < ?", 9)}, ""},
		{"a filter", keysOfPeople(40, 1), []TableOption{WithFilter(all)}, ""},
		{"a record transform", keysOfPeople(40, 1), []TableOption{WithRecordTransform(func(context.Context, *Record) error { return nil })}, ""},
		{"a rule for the key", keysOfPeople(40, 1), []TableOption{keepKey()}, ""},
		{"a rule for the names", membersOf(40, 1), []TableOption{WithTransformKeys("Contacts", Pseudonym())}, ""},
		{"a rule for the values", membersOf(40, 1), []TableOption{WithTransform("Contacts.*", Pseudonym())}, ""},
		{"a rule for the map", membersOf(40, 1), []TableOption{WithTransform("Contacts", Passthrough())}, ""},
		{"a default that removes", membersOf(40, 1), []TableOption{WithDefaultTransform(Remove())}, ""},
		{"empty maps, under a default that removes NULL", func() []map[string]any {
			items := keysOfPeople(40, 100)[1:]
			for i := range items {
				items[i]["Contacts"] = map[string]any{fmt.Sprintf("canary%d@leak.example", i): []any{}}
				items[i][fmt.Sprintf("canary%d@leak.example", i)] = map[string]any{}
			}
			return items
		}(), []TableOption{WithDefaultTransform(Remove(), KindNULL)}, ""},
		{"no items of a sample", keysOfPeople(40, 1), []TableOption{WithSample(0.0001)}, ""},
	} {
		p := newPair(t)
		p.fill(t, tt.items...)
		s := p.syncer(t, WithTable("Source", "Destination", tt.opts...))
		plan, planErr := s.Plan(t.Context())
		report, err := s.Sync(t.Context())
		rep := report.Tables[0]
		if early := rep.Err != nil; early != (tt.want != "") || early != (planErr != nil) {
			t.Errorf("%s: %v, and the plan %v", tt.reason, rep.Err, planErr)
			continue
		}
		if tt.want != "" && (ExitCode(err) != 7 || ExitCode(planErr) != 7 || rep.Read != 0 || !strings.Contains(err.Error(), tt.want) || !strings.Contains(plan.String(), tt.want)) {
			t.Errorf("%s: %v\nwant %s", tt.reason, err, tt.want)
		}
		if rep.Failed != rep.Refused || rep.Failed > 0 && ExitCode(err) != 7 {
			t.Errorf("%s: %v\n%v", tt.reason, err, report)
		}
		for id, item := range contents(t, p.to, "Destination") {
			if kept := strings.Contains(tt.reason, "a rule for the"); !kept && leaks(id+fmt.Sprint(item)) {
				t.Errorf("%s: an original is in the copy: %v", tt.reason, item)
			}
		}
		if all := everythingPrinted(err, report); leaks(all) {
			t.Errorf("%s: a name or key is printed: %s", tt.reason, all)
		}
	}
}

// After ten thousand items, what is no accident ends the table, by one error.
func TestManyItemsEndATable(t *testing.T) {
	t.Parallel()
	const n = 12_000
	for _, tt := range []struct {
		reason string
		items  []map[string]any
		opts   []TableOption
		want   string
	}{
		{"one name of fifty", membersOf(n, 50), []TableOption{WithSegments(8)}, "map keys at Contacts.* look like an e-mail address in "},
		{"one name of two hundred", membersOf(n, 200), nil, ""},
		{"one key of five hundred", keysOfPeople(n, 500), nil, "values of the key attribute Id look like an e-mail address in "},
		{"one key of two thousand", keysOfPeople(n, 2000), []TableOption{WithSegments(8)}, ""},
		{"the only names at a place, in nine items", fewMembers(n, 9), nil, ""},
		{"the only names at a place, in ten items", fewMembers(n, 10), nil, "map keys at *.* look like an e-mail address in 10 of 10 names"},
		{"one key of five hundred, in too small a table", keysOfPeople(9_000, 500), nil, ""},
	} {
		p := newPair(t)
		p.fill(t, tt.items...)
		report, err := p.syncer(t, WithWorkers(4), WithTable("Source", "Destination", append(tt.opts, WithPageSize(500))...)).Sync(t.Context())
		rep := report.Tables[0]
		var table *TableError
		switch {
		case tt.want == "" && (rep.Err != nil || rep.Refused == 0 || ExitCode(err) != 7):
			t.Errorf("%s: %v", tt.reason, err)
		case tt.want == "":
		case !errors.As(err, &table) || table.Op != "rules" || ExitCode(table) != 7 || strings.Count(err.Error(), tt.want) != 1 || rep.Written+rep.Failed < 9_000:
			t.Errorf("%s: %v\n%v", tt.reason, err, report)
		}
		if rep.Refused != rep.Failed || leaks(everythingPrinted(err, report)) {
			t.Errorf("%s: %v", tt.reason, report)
		}
	}
}

// Every verb looks at what it writes, and at what it transforms.
func TestEveryVerbLooks(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, membersOf(3, 2)...)
	p.fill(t, keysOfPeople(1, 1)...)
	count := func(verb string, failed int64, err error) {
		t.Helper()
		if failed != 3 || ExitCode(err) != 7 || leaks(err.Error()) {
			t.Errorf("%s: %d failed: %v", verb, failed, err)
		}
		for id, item := range contents(t, p.to, "Destination") {
			if leaks(id + fmt.Sprint(item)) {
				t.Errorf("%s: an original is in the copy: %v", verb, item)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	s := p.syncer(t, WithDeadLetters(file), WithTable("Source", "Destination"))
	report, err := s.Sync(t.Context())
	count("Sync", report.Tables[0].Failed, err)

	again := p.syncer(t, WithTable("Source", "Destination"))
	report, err = again.Replay(t.Context(), file)
	count("Replay", report.Tables[0].Failed, err)

	rep, err := again.Write(t.Context(), "Source", again.Scan(t.Context(), "Source"))
	count("Write", rep.Failed, err)

	var failed int64
	streaming := p.syncer(t, WithTable("Source", "Destination"), WithOnFailure(func(context.Context, Failure) error { failed++; return nil }))
	for _, e := range streaming.Transformed(t.Context(), "Source") {
		err = e
	}
	count("Transformed", failed, err)

	failed = 0
	for rec, e := range again.Scan(t.Context(), "Source") {
		if e != nil {
			t.Fatal(e)
		}
		if _, e := again.Transform(t.Context(), "Source", rec); e != nil {
			err = e
			failed++
		}
	}
	count("Transform", failed, err)

	report, err = p.syncer(t, WithTable("Source", "Destination", WithMode(ModeMerge), clearCopy())).Sync(t.Context())
	count("Sync, by ModeMerge", report.Tables[0].Failed, err)
	report, err = p.syncer(t, WithTable("Source", "Destination", WithLeakCheck())).Sync(t.Context())
	count("Sync, with the leak check", report.Tables[0].Failed, err)
}

// Looks that may be chance fail nothing, and are told.
func TestWeakLooksAreFindings(t *testing.T) {
	t.Parallel()
	numbers := func(n, every int, make func(i int) map[string]any) (items []map[string]any) {
		for i := range n {
			item := map[string]any{"Id": fmt.Sprintf("item-%d", i)}
			if i%every == 0 {
				item = make(i)
			}
			items = append(items, item)
		}
		return items
	}
	key := func(i int) map[string]any { return map[string]any{"Id": fmt.Sprintf("030231256%02d", i%100)} }
	name := func(i int) map[string]any {
		return map[string]any{"Id": fmt.Sprintf("item-%d", i), "ByNumber": map[string]any{fmt.Sprintf("030231256%02d", i%100): 1}}
	}
	for _, tt := range []struct {
		reason string
		items  []map[string]any
		opts   []TableOption
		code   string
		path   string
	}{
		{"keys", numbers(30, 1, key), nil, "key-looks-personal", "Id"},
		{"some keys", numbers(40, 4, key), nil, "key-looks-personal", "Id"},
		{"nine keys", numbers(36, 4, key), nil, "", ""},
		{"keys with a rule", numbers(30, 1, key), []TableOption{keepKey()}, "", ""},
		{"names", numbers(30, 1, name), nil, "name-looks-personal", "ByNumber.*"},
		{"names with a rule", numbers(30, 1, name), []TableOption{WithTransformKeys("ByNumber", Pseudonym())}, "", ""},
	} {
		p := newPair(t)
		p.fill(t, tt.items...)
		report, err := p.syncer(t, WithTable("Source", "Destination", tt.opts...)).Sync(t.Context())
		rep := report.Tables[0]
		if err != nil || rep.Failed != 0 {
			t.Errorf("%s: %v", tt.reason, err)
		}
		if tt.code == "" {
			if len(rep.Findings) > 0 {
				t.Errorf("%s: %v", tt.reason, rep.Findings)
			}
			continue
		}
		if len(rep.Findings) != 1 || rep.Findings[0].Code != tt.code || rep.Findings[0].Path != tt.path || rep.Findings[0].Looks == "" || strings.Contains(report.String(), "030231") {
			t.Errorf("%s: %v", tt.reason, rep.Findings)
		}
	}
}

// A telling prefix, or the name of the key attribute, makes a weak look strong.
func TestNamesOfKeysTell(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	phone := func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions[0].AttributeName, in.KeySchema[0].AttributeName = aws.String("customerPhone"), aws.String("customerPhone")
	}
	p.create(t, p.source.Client(), "SourcePhones", phone)
	p.create(t, p.to, "Phones", phone)
	p.fillTable(t, "SourcePhones", map[string]any{"customerPhone": "03023125666"}, map[string]any{"customerPhone": "2024-01-15"}, map[string]any{"customerPhone": "1705312272"})
	p.fill(t, map[string]any{"Id": "PHONE#03023125666"}, map[string]any{"Id": "C#03023125666"})
	report, err := p.syncer(t, WithTable("SourcePhones", "Phones"), WithTable("Source", "Destination")).Sync(t.Context())
	if ExitCode(err) != 7 || report.Tables[0].Refused != 1 || report.Tables[0].Written != 2 || report.Tables[1].Refused != 1 || report.Tables[1].Written != 1 {
		t.Errorf("%v\n%v", err, report)
	}
}

// TestTheProbe checks what the preflight reads.
func TestTheProbe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		opts  []TableOption
		op    string
		limit string
		reads int
	}{
		{nil, "ExecuteStatement", `"Limit":100`, 1},
		{[]TableOption{WithPageSize(7)}, "ExecuteStatement", `"Limit":7`, 1},
		{[]TableOption{WithSegments(1)}, "Scan", `"Limit":100`, 1},
		{[]TableOption{WithSegments(3)}, "Scan", `"Limit":33`, 3},
		{[]TableOption{WithSegments(40)}, "Scan", `"Limit":25`, 4},
		{[]TableOption{WithSegments(40), WithPageSize(3)}, "Scan", `"Limit":3`, 4},
	} {
		p := newPair(t)
		p.fill(t, users(150)...)
		var bodies []string
		p.source.Control(tt.op, func(r *dynsynctest.Request) dynsynctest.Action {
			bodies = append(bodies, string(r.Body))
			if len(bodies) == 1 {
				return dynsynctest.Fail(500, "InternalServerError", "")
			}
			return dynsynctest.Action{}
		})
		if _, err := p.syncer(t, WithTable("Source", "Destination", append(tt.opts, clearCopy())...)).Plan(t.Context()); err != nil {
			t.Error(err)
		}
		if len(bodies) != tt.reads+1 || bodies[0] != bodies[1] {
			t.Errorf("%d requests, want %d and one again", len(bodies), tt.reads)
		}
		segments := map[string]bool{}
		for _, b := range bodies {
			if !strings.Contains(b+"}", tt.limit) {
				t.Errorf("want %s in %s", tt.limit, b)
			}
			segments[b] = true
		}
		if len(segments) != tt.reads {
			t.Errorf("%d segments are read, want %d", len(segments), tt.reads)
		}
	}
}
