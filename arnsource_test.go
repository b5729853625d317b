package dynsync

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestSourceARNMistakes(t *testing.T) {
	t.Parallel()
	const users = "arn:aws:dynamodb:eu-central-1:111122223333:table/Users"
	source := func(arn string, opts ...TableOption) Option {
		return WithTable(arn, "Destination", append(opts, WithSegments(AutoSegments))...)
	}
	in := func(region string) Option {
		return WithSource(dynamodb.New(dynamodb.Options{Region: region, Credentials: dynsynctest.Credentials("job")}))
	}
	to := func(region string) Option {
		return WithDestination(dynamodb.New(dynamodb.Options{Region: region, Credentials: dynsynctest.Credentials("job")}), AnyDestination())
	}
	for _, tt := range []struct {
		opts []Option
		want string // "" for none
	}{
		{[]Option{source(users)}, ""},
		{[]Option{source(users + "/index/byAge")}, ""},
		{[]Option{source(users+"/index/byAge", WithIndex("byAge"))}, ""},
		{[]Option{in("eu-central-1"), source(users)}, ""},
		{[]Option{WithAllTables(WithSegments(3)), WithTable(users, "Destination")}, ""},
		{[]Option{source(users), source(strings.Replace(users, "1111", "4444", 1), WithName("others"))}, ""},

		{[]Option{WithTable(users, "Destination")}, "which PartiQL does not take, so that it can only be read by Scan; add WithSegments(AutoSegments), or a number"},
		{[]Option{WithTable(users, "Destination", WithWhere("Id = ?", "a"))}, "add WithSegments(AutoSegments)"},
		{[]Option{source(users), source(strings.Replace(users, "1111", "4444", 1))}, `two tables of the job are named "Users"; tell them apart by WithName`},
		{[]Option{source(users), source("Users")}, `two tables of the job are named "Users"`},
		{[]Option{source(users+"/index/byAge", WithIndex("byName"))}, `WithIndex("byName") contradicts the ARN of the source, which is that of the index "byAge"`},
		{[]Option{WithAllTables(WithIndex("byName")), source(users + "/index/byAge")}, `WithIndex("byName") contradicts`},
		{[]Option{in("eu-west-1"), source(users)}, "is in the region eu-central-1, and the client of WithSource is of eu-west-1"},
		{[]Option{source(strings.Replace(users, "dynamodb", "s3", 1))}, `is of the service "s3"`},
		{[]Option{source(strings.Replace(users, "eu-central-1", "", 1))}, `has the region ""`},
		{[]Option{source(strings.Replace(users, "111122223333", "1111-2222", 1))}, `has the account "1111-2222"`},
		{[]Option{source(users + "/stream/2026-01-01T00:00:00.000")}, "is that of a table's stream"},
		{[]Option{source(users + "/index/")}, `names the index ""`},
		{[]Option{source("arn:aws:dynamodb:eu-central-1:111122223333:Users")}, "and no table"},
		{[]Option{source("arn:aws:dynamodb:table/Users")}, "has 4 parts"},
		{[]Option{source("arn:aws:dynamodb:eu-central-1:111122223333:*")}, "and no table"},
		{[]Option{source(strings.Replace(users, "aws", "aws-cn", 1))}, "is of aws"},

		{[]Option{WithTable("Source", users)}, ""},
		{[]Option{to("eu-central-1"), WithTable("Source", users)}, ""},
		{[]Option{to("us-east-1"), WithTable("Source", users)}, "the destination table " + users + " is in the region eu-central-1, and the client of WithDestination is of us-east-1"},
		{[]Option{WithTable("Source", users+"/index/byAge")}, "the destination table: the ARN \"" + users + "/index/byAge\" is that of an index, which only reads; write that of the table, " + users},
		{[]Option{WithTable("Source", users+"/stream/2026-01-01T00:00:00.000")}, "the destination table: the ARN"},
		{[]Option{WithTable("Source", users+" ")}, "no legal name"},
		{[]Option{WithTable("Source", "arn:aws:s3:::bucket")}, `is of the service "s3"`},
		{[]Option{WithTable("Source", strings.Replace(users, "111122223333", "", 1))}, `has the account ""`},
		{[]Option{WithTable("Source", strings.Replace(users, "eu-central-1", "cn-north-1", 1))}, "is of aws-cn"},
	} {
		_, err := New(append([]Option{WithSource(&nopClient{})}, tt.opts...)...)
		switch {
		case tt.want == "" && err != nil:
			t.Error(err)
		case strings.Contains(fmt.Sprint(err), "WithName needs"):
			t.Errorf("an error that only follows from another: %v", err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || ExitCode(err) != 2):
			t.Errorf("%v, exit code %d; want %s", err, ExitCode(err), tt.want)
		}
	}
}

// A malformed ARN is told as that, and nothing follows from it.
func TestAMalformedARNIsOneFault(t *testing.T) {
	t.Parallel()
	_, err := New(WithTable("arn:aws:dynamodb:eu-central-1:111122223333:table/Users/stream/2026", "Destination"))
	if err == nil || ExitCode(err) != 2 || !strings.Contains(err.Error(), "is that of a table's stream") || strings.Contains(err.Error(), "WithSegments") {
		t.Error(err)
	}
}

// A foreignTable is a table "Users" of another account, and a job's client that reads it.
type foreignTable struct {
	server *dynsynctest.Server
	arn    string
	dest   *pair
}

// newForeign makes the table, of 60 items, and lets nobody read it.
func newForeign(t *testing.T) *foreignTable {
	t.Helper()
	f := &foreignTable{server: dynsynctest.NewServer(), dest: newPair(t)}
	t.Cleanup(f.server.Close)
	owner := f.client("owner")
	(&pair{}).create(t, owner, "Users", byAge)
	for n := range 60 {
		item := map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: fmt.Sprint(n)}, "Age": &types.AttributeValueMemberN{Value: fmt.Sprint(n % 2)}}
		if _, err := owner.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	out, err := owner.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("Users")})
	if err != nil {
		t.Fatal(err)
	}
	f.arn = *out.Table.TableArn
	if err := f.server.Authorize("job", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}]}`); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *foreignTable) client(key string) *dynamodb.Client {
	return f.server.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(key) })
}

// allow lets every account do the actions of a policy on the table, and the job's user the
// same in its own account.
func (f *foreignTable) allow(t *testing.T, p *Policy) {
	t.Helper()
	var actions []string
	for _, a := range p.Actions {
		actions = append(actions, a.Action)
	}
	resource := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":` + jsonText(t, actions) + `,"Resource":["` + f.arn + `","` + f.arn + `/index/*"]}]}`
	if err := f.server.SetResourcePolicy(f.arn, resource); err != nil {
		t.Fatal(err)
	}
	if err := f.server.Authorize("job", jsonText(t, p)); err != nil {
		t.Fatal(err)
	}
}

func (f *foreignTable) syncer(t *testing.T, arn string, opts ...any) *Syncer {
	t.Helper()
	job := []Option{WithSource(f.client("job")), WithDestination(f.dest.to), WithKey(testKey)}
	table := []TableOption{clearCopy(), WithSegments(2), WithPageSize(7)}
	for _, o := range opts {
		switch o := o.(type) {
		case Option:
			job = append(job, o)
		case TableOption:
			table = append(table, o)
		}
	}
	s, err := New(append(job, WithTable(arn, "Destination", table...))...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A table of another account, which its policy lets the job read, is copied by its ARN with
// the rights that Policy tells and no others.
func TestForeignSource(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		index   string
		opts    []any
		items   int64
		plan    string
		actions string
	}{
		{"a table", "", nil, 60, "Scan, 2 segments", "DescribeTable DescribeTimeToLive? Scan"},
		{"AutoSegments", "", []any{WithSegments(AutoSegments)}, 60, "1 segments, for the table's size", "DescribeTable DescribeTimeToLive? Scan"},
		{"an index", "/index/byAge", nil, 60, "of the index byAge", "DescribeTable DescribeTimeToLive? Scan/index"},
		{"a condition", "", []any{WithWhere("Age = ?", 1)}, 30, "Scan", "DescribeTable DescribeTimeToLive? Scan"},
		{"a condition that fixes the key", "", []any{WithWhere("Id = ?", "7"), WithTTLAttribute("Ends")}, 1, `the whole table is read although the condition fixes the partition key "Id"`, "DescribeTable Scan"},
		{"ScanResume", "", []any{WithCheckpoint(&memoryStore{}, ScanResume())}, 60, "Scan", "DescribeTable DescribeTimeToLive? Scan"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newForeign(t)
			s := f.syncer(t, f.arn+tt.index, tt.opts...)
			if _, err := s.Sync(t.Context()); ExitCode(err) != 3 || !strings.Contains(err.Error(), "dynamodb:DescribeTable on "+f.arn) {
				t.Errorf("before anybody may read it, %v", err)
			}
			if got := wantPolicy(t, s).Source; policyText(got) != tt.actions || !slices.Equal(got.Actions[0].Resources, []string{f.arn}) {
				t.Errorf("the source needs %s, on %v", policyText(got), got.Actions[0].Resources)
			}
			f.allow(t, wantPolicy(t, s).Source)
			plan, err := s.Plan(t.Context())
			if err != nil || !strings.Contains(plan.String(), tt.plan) || plan.Tables[0].ReadBy != "Scan" {
				t.Errorf("%v, %v", plan, err)
			}
			report, err := s.Sync(t.Context())
			if err != nil || report.Tables[0].Written != tt.items || report.Tables[0].Table != "Users" {
				t.Errorf("%v, %v", report, err)
			}
			for _, a := range f.server.Asked("job") {
				if !a.Allowed && a.Action != "dynamodb:DescribeTable" {
					t.Errorf("%+v", a)
				}
			}
		})
	}
}

// Replay reads the items of a table that is named by its ARN by GetItem.
func TestReplayOfForeignSource(t *testing.T) {
	t.Parallel()
	f := newForeign(t)
	fails := true
	dead := filepath.Join(t.TempDir(), "dead")
	s := f.syncer(t, f.arn, WithDeadLetters(dead), WithTransform("Age", Func(func(_ context.Context, age int64) (int64, error) {
		if fails && age == 1 {
			return 0, errNop
		}
		return age, nil
	})))
	f.allow(t, wantPolicy(t, s).Source)
	if text := policyText(wantPolicy(t, s).Source); text != "DescribeTable DescribeTimeToLive? GetItem Scan" {
		t.Errorf("the source needs %s", text)
	}
	if report, err := s.Sync(t.Context()); ExitCode(err) != 4 || report.Tables[0].Failed != 30 {
		t.Fatalf("%v, %v", report, err)
	}
	fails = false
	if report, err := s.Replay(t.Context(), dead); err != nil || report.Tables[0].Written != 30 {
		t.Errorf("%v, %v", report, err)
	}
}

// A destination that may be the source is refused, also if the source is named by its ARN.
func TestForeignSourceIsNoDestination(t *testing.T) {
	t.Parallel()
	f := newForeign(t)
	owner := f.client("owner")
	s, err := New(WithSource(owner), WithDestination(owner), WithTable(f.arn, "Users", clearCopy(), WithSegments(1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(t.Context()); ExitCode(err) != 7 {
		t.Errorf("%v", err)
	}
	s, err = New(WithSource(f.client("job")), WithDestination(owner), WithTable(f.arn, "Users", clearCopy(), WithSegments(1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(t.Context()); ExitCode(err) != 7 && ExitCode(err) != 3 {
		t.Errorf("%v", err)
	}
}

// A server that takes no ARN, such as DynamoDB Local, is told from a table that is wrong.
func TestServerTakesNoARN(t *testing.T) {
	t.Parallel()
	f := newForeign(t)
	f.server.Control("DescribeTable", func(*dynsynctest.Request) dynsynctest.Action {
		return dynsynctest.Fail(400, "ValidationException", "Invalid table/index name. canary")
	})
	_, err := f.syncer(t, f.arn).Sync(t.Context())
	if err == nil || !strings.Contains(err.Error(), "some servers take no ARN, as DynamoDB Local; name the table instead") || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}
