package dynsync

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// readings are the ways to read a table under a condition.
var readings = map[string][]TableOption{
	"SELECT": nil, "segments": {WithSegments(2)}, "index": {WithIndex("byAge")}, "segments of an index": {WithIndex("byAge"), WithSegments(2)}, "consistent": {WithConsistentRead()},
}

// A condition that DynamoDB refuses, or that cannot be meant, is refused by New, however
// the table is read: with its column, and with what to write instead.
func TestMistakesInConditionsAreToldByNew(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ where, column, remedy string }{
		{"order = 3", "column 1: ", `write "order"`},
		{"date >= '2024-01-10'", "column 1: ", `write "date"`},
		{"Age > 3 AND value.x = 2", "column 13: ", `write "value"`},
		{"Address.value = 3", "column 9: ", `write "value"`},
		{"status = 'x' AND user = 'y'", "column 18: ", `write "user"`},
		{"Name LIKE 'D%'", "column 6: ", "begins_with"},
		{"Name == 'D'", "column 7: ", "write one ="},
		{"Name = 'D' LIMIT 3", "column 12: ", "WithMaxItems"},
		{"'a' IN Tags", "column 8: ", "contains(name, value)"},
		{"Age IN ?", "column 8: ", "IN (?, ?)"},
		{"upper(Name) = 'X'", "column 1: ", "WithFilter"},
		{"exists(Name)", "column 1: ", "attribute_exists"},
		{"Name = %s", "column 8: ", "write ?"},
		{"Name = ${name}", "column 9: ", "write ?"},
		{"Name = :v", "column 8: ", "write ?"},
		{"Name = ?1", "column 9: ", "write ? alone"},
		{"Name = `x`", "column 8: ", "two '"},
		{"Name = “x”", "column 8: ", "two '"},
		{"Name = ''x''", "column 10: ", "one '"},
		{"Name = 'O'Brien'", "column 16: ", "within it twice"},
		{"Name = 'x' AND", "column 15: ", "leave out AND"},
		{"SELECT * FROM Users WHERE Age > 3", "column 1: ", "what follows WHERE"},
		{"WHERE Age > 3", "column 1: ", "what follows WHERE"},
		{"Active IS TRUE", "column 11: ", "= true"},
		{"Active", "column 1: ", "= true"},
		{"Orders[-1].Price > 3", "column 9: ", "counted from 0"},
		{"Age BETWEEN 30 AND 20", "column 1: ", "lower bound first"},
		{"Name = Name", "column 8: ", "two different attributes"},
		{"Age > 3 && Age < 5", "column 9: ", "write AND"},
		{"Age > 3 || Age < 1", "column 9: ", "write OR"},
		{"Age => 3", "column 6: ", "write >="},
		{"Age + 1 > 3", "column 5: ", "calculate before"},
		{"first-name = 'x'", "column 1: ", "a name with -"},
		{"Größe = 3", "column 3: ", `between two "`},
		{"Age > 3, Name = 'x'", "column 8: ", "join conditions with AND"},
		{"begins_with(Name, 3)", "column 19: ", "text and bytes"},
		{"Age = 99999999999999999999999999999999999999999", "column 7: ", "no such number"},
		{"2024 > 10", "column 1: ", "leave it out"},
		{"Age = 1 AND 'a' = 'b'", "column 13: ", "leave it out"},
		{"Country = 'DE' AND Country = 'FR'", "column 20: ", "join them with OR"},
		{"Age > 30 AND Age < 20", "column 14: ", "join them with OR"},
	} {
		for name, opts := range readings {
			var params []any
			for range strings.Count(tt.where, "?") {
				params = append(params, 1)
			}
			_, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", append(opts, WithWhere(tt.where, params...))...))
			switch {
			case err == nil:
				t.Errorf("%s, by %s: New takes it", tt.where, name)
			case !strings.Contains(err.Error(), "WithWhere: "+tt.column), !strings.Contains(err.Error(), tt.remedy), ExitCode(err) != 2:
				t.Errorf("%s, by %s, exit code %d: %v", tt.where, name, ExitCode(err), err)
			}
		}
	}
}

// New takes what DynamoDB may take, though dynsync does not understand it, and what is odd
// but can be meant.
func TestNewTakesConditionsThatDynamoDBMayTake(t *testing.T) {
	t.Parallel()
	for _, where := range []string{
		"(a = 1) = true", "a = 1 = 2", "@a = 1", "a IS NUMERIC(3)", "a IN (1 = 1)", "begins_with(a, 'a') = true", "a = b", `a = "b"`, "a = $1", "type = 'x'", "a = 1;", "a = 1 -- x",
		"(a = 1 AND a = 2) OR b = 1", "a IN (1, 1)", "a = 1 ORDER BY a", "NOT a = 1 AND NOT a = 2",
	} {
		for name, opts := range readings {
			if _, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", append(opts, WithWhere(where))...)); err != nil {
				t.Errorf("%s, by %s: %v", where, name, err)
			}
		}
	}
}

// Parameters that cannot be meant are refused by New, by their numbers.
func TestMistakesInParametersAreToldByNew(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		where  string
		params []any
		want   string
	}{
		{"a = ? AND b = ?", []any{1}, "2 parameters (?), and 1 value was given"},
		{"a = ?", nil, "1 parameter (?), and 0 values were given"},
		{"", []any{1}, "0 parameters (?), and 1 value was given"},
		{"a = :v", []any{1}, "column 5: "},
		{"a = $1", []any{1}, "0 parameters (?), and 1 value was given"},
		{"a = 1 AND b = ?", []any{struct{ X chan int }{}}, "parameter 1"},
		{"a = ? AND b = ?", []any{1, struct{ x int }{1}}, "parameter 2: struct { x int } has no field that DynamoDB stores"},
		{"a = ?", []any{&struct{}{}}, "parameter 1: *struct {} has no field"},
		{"a = ?", []any{make(chan int)}, "parameter 1"},
		{"a > ? AND begins_with(b, ?)", []any{1, 2}, "column 26: parameter 2 is of type N, which begins_with does not take"},
		{"a > ?", []any{true}, "column 5: parameter 1 is of type BOOL, which > does not take"},
		{"a BETWEEN ? AND ?", []any{5, 1}, "lower bound first"},
		{"? = ?", []any{5, 1}, "a comparison of constants"},
		{"a = ? AND a = ?", []any{"canary", "canari"}, "column 11: "},
	} {
		_, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithWhere(tt.where, tt.params...)))
		if err == nil || !strings.Contains(err.Error(), tt.want) || ExitCode(err) != 2 || leaks(err.Error()) {
			t.Errorf("%s: %v", tt.where, err)
		}
	}
	if _, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithWhere("a = ?", struct{ X int }{1}))); err != nil {
		t.Error(err)
	}
}

// What only the key schema tells is refused before an item is read.
func TestMistakesInConditionsOnKeysAreToldByThePreflight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		where  string
		params []any
		want   string
	}{
		{"Id = 5", nil, `column 6: a value of type N for the key attribute "Id", which is of type S`},
		{"Id = ?", []any{5}, "column 6: a value of type N as parameter 1"},
		{"Age > 3 AND Id IN ('a', ?)", []any{true}, "as parameter 1"},
		{"Id = ''", nil, "never empty"},
		{"Id.x = 1", nil, "a path into the key attribute"},
		{"Id IN ('u-1', 'u-1')", nil, `column 15: value 2 of the partition key "Id" is equal to value 1`},
		{"Id IN (?, ?, ?)", []any{"a", "b", "a"}, "column 14: parameter 3"},
		{"Id = 'a' OR Id = 'a'", nil, "column 18: value 2"},
		{"Id = 'a' ORDER BY Age", nil, "column 19: ORDER BY something that is no key attribute"},
		{"Age > 3 ORDER BY Id", nil, "column 18: ORDER BY under a condition"},
	} {
		for _, opts := range [][]TableOption{nil, {WithSegments(2)}, {WithConsistentRead()}} {
			p := newPair(t)
			reads := reads(p.source)
			_, err := p.syncer(t, WithTable("Source", "Destination", append(opts, clearCopy(), WithWhere(tt.where, tt.params...))...)).Sync(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || ExitCode(err) != 2 || reads.Load() > 0 {
				t.Errorf("%s: %v, exit code %d, after %d reads", tt.where, err, ExitCode(err), reads.Load())
			}
		}
	}
}

// reads counts the requests for items of a server.
func reads(s *dynsynctest.Server) *atomic.Int64 {
	n := new(atomic.Int64)
	for _, op := range []string{"ExecuteStatement", "Scan"} {
		s.Control(op, func(*dynsynctest.Request) dynsynctest.Action {
			n.Add(1)
			return dynsynctest.Action{}
		})
	}
	return n
}

// A condition that selects nothing is a finding, and what is probably wrong with it is
// another, in the plan and in the report.
func TestConditionsThatSelectNothingAreFindings(t *testing.T) {
	t.Parallel()
	const none, names, types = "condition-selected-none", "condition-names-nothing", "condition-never-compares"
	for _, tt := range []struct {
		where  string
		params []any
		code   string // beside none
		text   string
	}{
		{`Name = "Jane"`, nil, names, "column 8: none of 30 items has the attribute that the condition names there; if it is text, write it between two '"},
		{"Name = Jane", nil, names, "column 8: none of 30 items has"},
		{"name = 'Jane'", nil, names, `column 1: none of 30 items has the attribute that the condition names there; 30 have "Name", and case matters`},
		{"Nmae = 'Jane'", nil, names, "column 1: none of 30 items has"},
		{"Source.Name = 'Jane'", nil, names, "leave out the name of the table"},
		{"Name = $1", nil, names, "write ? for a parameter"},
		{"Name.Given = 'Jane'", nil, names, "is of type S"},
		{"Tags.x = 'a'", nil, names, "it is a set there"},
		{"Tags[9] = 'a'", nil, names, "it is a set there"},
		{"Age >= '18'", nil, types, "column 1: the condition compares with type S what is of type N in 30 of 30 items"},
		{"Age = ?", []any{"18"}, types, "column 1: the condition compares with type S"},
		{"begins_with(Age, '1')", nil, types, "column 13: "},
		{"Name = 18", nil, types, "column 1: the condition compares with type N what is of type S"},
		{"Tags = 'a'", nil, types, "use contains(name, value)"},
		{"Age > 1000", nil, "", ""},
		{"Name = 'Jane'", nil, "", ""},
		{"Nope IS MISSING AND Age > 1000", nil, "", ""},
		{"Id = 'nobody'", nil, "", ""},
	} {
		for _, opts := range [][]TableOption{nil, {WithSegments(2)}} {
			p := newPair(t)
			p.fill(t, users(30)...)
			s := p.syncer(t, WithTable("Source", "Destination", append(opts, clearCopy(), WithWhere(tt.where, tt.params...))...))
			plan, planErr := s.Plan(t.Context())
			report, err := s.Sync(t.Context())
			if planErr != nil || err != nil {
				t.Fatalf("%s: %v, %v", tt.where, planErr, err)
			}
			planned, reported := findingTexts(plan.Tables[0].Findings), findingTexts(report.Tables[0].Findings)
			if !strings.Contains(reported[tt.code], tt.text) || !strings.Contains(planned[tt.code], tt.text) || leaks(fmt.Sprint(reported)) {
				t.Errorf("%s: plan %v, report %v", tt.where, planned, reported)
			}
			want := 1
			if tt.code != "" {
				want = 2
			}
			if reported[none] == "" || len(reported) != want || len(planned) != want-1 {
				t.Errorf("%s: plan %v, report %v", tt.where, planned, reported)
			}
		}
	}
}

func findingTexts(findings []Finding) map[string]string {
	texts := map[string]string{}
	for _, f := range findings {
		texts[f.Code] = f.Text
	}
	return texts
}

// No finding says that a condition selected nothing where it selected something, where the
// table is empty, or where another run read the items.
func TestConditionsThatSelectSomethingAreNoFinding(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		items []map[string]any
		opts  []TableOption
	}{
		"it selects one of the first":   {users(30), []TableOption{WithWhere("Age = 3")}},
		"it selects one of the last":    {users(300), []TableOption{WithWhere("Id = Name OR Id >= 'user-00299'"), WithPageSize(10)}},
		"a name that only the last has": {append(users(200), map[string]any{"Id": "z", "Rare": true}), []TableOption{WithWhere("Rare = true"), WithPageSize(10)}},
		"the table is empty":            {nil, []TableOption{WithWhere("Age = 3")}},
		"no condition":                  {users(3), []TableOption{WithFilter(func(*Record) bool { return false })}},
		"no items are wanted":           {users(3), []TableOption{WithWhere("Age >= 0"), WithMaxItems(1)}},
	} {
		p := newPair(t)
		p.fill(t, tt.items...)
		report, err := p.syncer(t, WithTable("Source", "Destination", append(tt.opts, clearCopy())...)).Sync(t.Context())
		if err != nil || strings.Contains(findingsText(report.Tables[0].Findings), "condition-") {
			t.Errorf("%s: %v %v", name, err, report.Tables[0].Findings)
		}
	}
}

// Where the items may not be read without the condition, the job says less, and goes on.
func TestASampleThatIsDeniedSaysLess(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	p.source.Control("ExecuteStatement", func(r *dynsynctest.Request) dynsynctest.Action {
		if !strings.Contains(string(r.Body), "WHERE") {
			return dynsynctest.Deny("dynamodb:PartiQLSelect")
		}
		return dynsynctest.Action{}
	})
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithWhere("Nmae = 'x'"))).Sync(t.Context())
	if err != nil || len(report.Tables[0].Findings) != 1 || report.Tables[0].Findings[0].Code != "condition-selected-none" {
		t.Errorf("%v %v", err, report.Tables[0].Findings)
	}
}

// A condition is a Query where it fixes all attributes of the partition key, of which an
// index can have several.
func TestPlanKnowsKeysOfSeveralAttributes(t *testing.T) {
	t.Parallel()
	both, one := "h1 HASH, h2 HASH, r1 RANGE, r2 RANGE", "h1 HASH, r1 RANGE"
	for _, tt := range []struct{ schema, where, want string }{
		{both, "h1 = 'x'", "Scan"},
		{both, "h2 = 'x'", "Scan"},
		{both, "h1 = 'x' AND h2 = 'y'", `fixes the partition key "h1" "h2"`},
		{both, "h2 = 'x' AND h1 = 'y' AND Age > 3", `fixes the partition key "h1" "h2"`},
		{both, "h1 = 'x' OR h2 = 'y'", "Scan"},
		{both, "h1 IN ('x', 'y') AND h2 = 'y'", `fixes the partition key "h1" "h2"`},
		{both, "r1 = 'x' AND r2 = 'y'", "Scan"},
		{both, "h1 = 'x' AND h2 > 'y'", "Scan"},
		{"h1 HASH, h2 HASH, h3 HASH, h4 HASH", "h1 = 'x' AND h2 = 'y' AND h4 = 'z'", "Scan"},
		{"h1 HASH, h2 HASH, h3 HASH, h4 HASH", "h1 = 'x' AND h2 = 'y' AND h4 = 'z' AND h3 = 'z'", `fixes the partition key "h1" "h2" "h3" "h4"`},
		{one, "h1 = 'x'", `fixes the partition key "h1"`},
		{one, "r1 = 'x'", "Scan"},
		{both, "h1 = 5", `the key attribute "h1", which is of type S`},
		{both, "r2 = 5", `the key attribute "r2", which is of type S`},
		{both, "h1 = 'x' AND h2 IN ('a', 'a')", `the partition key "h2" is equal`},
		{both, "h2 IN ('a', 'a')", "Scan"},
	} {
		p := newPair(t)
		p.source.EditDescription("Source", withIndex(tt.schema))
		s, err := New(WithSource(p.from), WithTable("Source", "Unused", WithIndex("gsi"), WithSegments(4), WithWhere(tt.where)))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := s.Plan(t.Context())
		got := fmt.Sprintln(plan, err)
		if !strings.Contains(got, tt.want) || tt.want == "Scan" && !strings.Contains(got, "4 segments") {
			t.Errorf("%s, %s:\n%s", tt.schema, tt.where, got)
		}
	}
}

// withIndex gives a description the index gsi with a key schema.
func withIndex(schema string) func(*types.TableDescription) {
	return func(d *types.TableDescription) {
		index := types.GlobalSecondaryIndexDescription{IndexName: aws.String("gsi"), IndexStatus: types.IndexStatusActive, Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll}}
		for part := range strings.SplitSeq(schema, ", ") {
			name, kind, _ := strings.Cut(part, " ")
			index.KeySchema = append(index.KeySchema, types.KeySchemaElement{AttributeName: &name, KeyType: types.KeyType(kind)})
			d.AttributeDefinitions = append(d.AttributeDefinitions, types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS})
		}
		d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, index)
	}
}

// What DynamoDB refuses after all is told by what dynsync knows of the condition.
func TestConditionsThatDynamoDBRefusesAfterAll(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		opts []TableOption
		want string
	}{
		{[]TableOption{WithWhere("Name = 'canary' AND Age > ? AND Tags = ?", 3, "canary")}, "the condition of WithWhere is understood: 2 parameters (?) of types N, S"},
		{[]TableOption{WithWhere("Name = 'canary'")}, "the condition of WithWhere is understood: no parameter"},
		{[]TableOption{WithWhere("(Name = 'canary') = true")}, "the condition of WithWhere is not understood: column 1: a condition where a value is expected"},
		{nil, "check the table's name"},
	} {
		p := newPair(t)
		p.fill(t, users(3)...)
		p.source.Control("ExecuteStatement", func(r *dynsynctest.Request) dynsynctest.Action {
			return dynsynctest.Fail(400, "ValidationException", "canary")
		})
		_, err := p.syncer(t, WithTable("Source", "Destination", append(tt.opts, clearCopy())...)).Sync(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) || leaks(err.Error()) || ExitCode(err) != 2 {
			t.Errorf("%v, exit code %d", err, ExitCode(err))
		}
	}
}

// A run that resumes says nothing of a condition that selected items in the run before.
func TestAResumedRunCountsWhatTheRunBeforeRead(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	out, err := p.source.Client().Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("Source"), Limit: aws.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	first := out.Items[0]["Name"].(*types.AttributeValueMemberS).Value
	var requests atomic.Int64
	p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
		if requests.Add(1) == 3 { // behind the probe and the first page
			return dynsynctest.Deny("dynamodb:PartiQLSelect")
		}
		return dynsynctest.Action{}
	})
	s := p.syncer(t, WithCheckpoint(FileCheckpoint(t.TempDir())), WithTable("Source", "Destination", clearCopy(), WithPageSize(10), WithWhere("Name = ?", first)))
	if _, err := s.Sync(t.Context()); err == nil {
		t.Fatal("nothing was denied")
	}
	report, err := s.Sync(t.Context())
	if err != nil || report.Tables[0].Read != 0 || report.Tables[0].Resumed != 1 || findingTexts(report.Tables[0].Findings)["condition-selected-none"] != "" {
		t.Errorf("%v\n%v", err, report)
	}
}
