package dynsync

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// awsClient returns a client of AWS, or of another endpoint.
func awsClient(region, endpoint string) *dynamodb.Client {
	o := dynamodb.Options{Region: region, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")}
	if endpoint != "" {
		o.BaseEndpoint = &endpoint
	}
	return dynamodb.New(o)
}

// A destination that may be production is refused by New unless the job says which tables
// are meant.
func TestMistakesInGuardsAreToldByNew(t *testing.T) {
	t.Parallel()
	central := awsClient("eu-central-1", "")
	for _, tt := range []struct {
		name    string
		client  DestinationClient
		opts    []DestinationOption
		want    string // parts, by |; "" for a job that New takes
		mustNot string
	}{
		{"no guard", central, nil, `endpoint, https://dynamodb.eu-central-1.amazonaws.com, is not local|Account("111122223333")|Region("eu-central-1")|NamePattern|AnyDestination()`, ""},
		{"no guard, another region", awsClient("us-gov-west-1", ""), nil, `Region("us-gov-west-1")`, "eu-central-1"},
		{"no guard, a VPC endpoint", awsClient("eu-central-1", "https://vpce-1.dynamodb.eu-central-1.vpce.amazonaws.com"), nil, "vpce-1.dynamodb", ""},
		{"no guard, a host like localhost", awsClient("eu-central-1", "http://localhost.evil.example"), nil, "localhost.evil.example, is not local", ""},
		{"no guard, a public address", awsClient("eu-central-1", "http://8.8.8.8:8000"), nil, "8.8.8.8:8000, is not local", ""},
		{"no guard, a client of another type", &nopClient{}, nil, "endpoint cannot be known, and counts as AWS's", ""},
		{"no guard, loopback", awsClient("eu-central-1", "http://127.0.0.1:8000"), nil, "", ""},
		{"no guard, a container", awsClient("eu-central-1", "http://dynamodb-local:8000"), nil, "", ""},
		{"no guard, a private address", awsClient("eu-central-1", "http://10.1.2.3:8000"), nil, "", ""},
		{"an account", central, []DestinationOption{Account("111122223333")}, "", ""},
		{"a region", central, []DestinationOption{Region("eu-central-1")}, "", ""},
		{"a name", central, []DestinationOption{NamePattern("staging-*")}, "", ""},
		{"any", central, []DestinationOption{AnyDestination()}, "", ""},
		{"any, a client of another type", &nopClient{}, []DestinationOption{AnyDestination()}, "", ""},
		{"an account with hyphens", central, []DestinationOption{Account("1111-2222-3333")}, `12 digits of an AWS account, such as 111122223333, not "1111-2222-3333"`, "must say which"},
		{"an account's alias", central, []DestinationOption{Account("staging")}, `not "staging"`, ""},
		{"a region's zone", central, []DestinationOption{Region("eu-central-1a")}, `such as eu-central-1, not "eu-central-1a"`, ""},
		{"a region's place", central, []DestinationOption{Region("Frankfurt")}, `not "Frankfurt"`, ""},
		{"a pattern that is none", central, []DestinationOption{NamePattern("staging-[")}, `"staging-[" is no pattern of path.Match: a [ has no ]`, ""},
		{"a pattern of all", central, []DestinationOption{NamePattern("*")}, "matches every name|write AnyDestination", ""},
		{"any, and an account", central, []DestinationOption{AnyDestination(), Account("111122223333")}, "leave out one or the others", ""},
		{"a nil option", central, []DestinationOption{nil, Account("111122223333")}, "option 1 of WithDestination is nil", ""},
		{"a malformed account, locally", awsClient("eu-central-1", "http://localhost:8000"), []DestinationOption{Account("1")}, "12 digits", ""},
	} {
		_, err := New(WithDestination(tt.client, tt.opts...), WithTable("Source", "Destination"))
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err == nil || ExitCode(err) != 2 || !hasAll(err.Error(), tt.want) || tt.mustNot != "" && strings.Contains(err.Error(), tt.mustNot) {
			t.Errorf("%s: exit code %d, %v", tt.name, ExitCode(err), err)
		}
	}
}

// hasAll reports whether a text has all parts, which | divides.
func hasAll(text, parts string) bool {
	for part := range strings.SplitSeq(parts, "|") {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// A guarded is a pair whose destination says that it is in an account.
type guarded struct {
	*pair
	writes atomic.Int64 // requests to the destination that are no Describe
}

// prodARN and stageARN are of two accounts.
const (
	prodARN  = "arn:aws:dynamodb:eu-central-1:999900001111:table/Users"
	stageARN = "arn:aws:dynamodb:eu-central-1:111122223333:table/Users"
)

// atARN makes DescribeTable report an ARN.
func atARN(arn string) func(*types.TableDescription) {
	return func(d *types.TableDescription) {
		d.TableArn = &arn
		if arn == "" {
			d.TableArn = nil
		}
	}
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{pair: newPair(t)}
	g.fill(t, users(5)...)
	g.source.EditDescription("Source", atARN(stageARN))
	g.dest.EditDescription("Destination", atARN(prodARN))
	g.dest.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
		if !strings.HasPrefix(r.Op, "Describe") {
			g.writes.Add(1)
		}
		return dynsynctest.Action{}
	})
	return g
}

// Swapped clients write nothing, whatever verb is called and however it writes.
func TestSwappedClientsWriteNothing(t *testing.T) {
	t.Parallel()
	records := func(s *Syncer) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.Write(ctx, "Source", s.Transformed(ctx, "Source"))
			return err
		}
	}
	modes := map[string][]TableOption{
		"put": nil, "insert": {WithMode(ModeInsert)}, "merge": {WithMode(ModeMerge)}, "segments": {WithSegments(2)},
		"accepted": {WithAllowExisting(), WithStreamRecords(5)},
	}
	jobs := map[string][]Option{"": nil, " direct": {WithDirectRequests()}, " checkpoint": {WithCheckpoint(&memoryStore{})}}
	for mode, table := range modes {
		for job, opts := range jobs {
			t.Run(mode+job, func(t *testing.T) {
				g := newGuarded(t)
				letters := filepath.Join(t.TempDir(), "letters")
				deadFile(t, g.pair, letters)
				s := g.syncer(t, append(opts, WithDestination(g.to, Account("111122223333")), WithTable("Source", "Destination", table...))...)
				for verb, call := range map[string]func(context.Context) error{
					"Sync":   func(ctx context.Context) error { _, err := s.Sync(ctx); return err },
					"Write":  records(s),
					"Replay": func(ctx context.Context) error { _, err := s.Replay(ctx, letters); return err },
					"Plan":   func(ctx context.Context) error { _, err := s.Plan(ctx); return err },
				} {
					err := call(t.Context())
					if err == nil || ExitCode(err) != 7 || !hasAll(err.Error(), "the destination "+prodARN+": Account says 111122223333|the source is "+stageARN+"|swapped") {
						t.Errorf("%s: exit code %d, %v", verb, ExitCode(err), err)
					}
				}
				if n := g.writes.Load(); n != 0 {
					t.Errorf("%d requests were sent to the destination", n)
				}
			})
		}
	}
}

// deadFile writes a file of dead letters with an item of the source.
func deadFile(t *testing.T, p *pair, path string) {
	t.Helper()
	failing := Func(func(context.Context, string) (string, error) { return "", fmt.Errorf("no") })
	other := dynsynctest.NewServer()
	t.Cleanup(other.Close)
	to := other.Client()
	p.create(t, to, "Destination")
	s, err := New(WithSource(p.from), WithDestination(to), WithKey(testKey), WithDeadLetters(path), WithTable("Source", "Destination", WithTransform("Name", failing)))
	if err != nil {
		t.Fatal(err)
	}
	if report, err := s.Sync(t.Context()); ExitCode(err) != 4 {
		t.Fatal(report, err)
	}
}

// What the guard compares is what DescribeTable says of each table.
func TestMistakesInDestinationsAreToldByThePreflight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		arn  string // of the destination
		opts []DestinationOption
		exit int
		want string // parts, by |
	}{
		{"the account", stageARN, []DestinationOption{Account("111122223333")}, 0, ""},
		{"another account", prodARN, []DestinationOption{Account("111122223333")}, 7, "WithDestination does not allow the destination " + prodARN + ": Account says 111122223333"},
		{"another region", prodARN, []DestinationOption{Region("eu-west-1")}, 7, prodARN + ": Region says eu-west-1"},
		{"another name", prodARN, []DestinationOption{NamePattern("staging-*")}, 7, prodARN + ": NamePattern says staging-*"},
		{"account and region", prodARN, []DestinationOption{Account("111122223333"), Region("eu-west-1")}, 7, "Account says 111122223333, Region says eu-west-1"},
		{"the account, another region", stageARN, []DestinationOption{Account("111122223333"), Region("eu-west-1")}, 7, ": Region says eu-west-1"},
		{"two accounts", prodARN, []DestinationOption{Account("111122223333"), Account("222233334444")}, 7, "Account says 111122223333 or 222233334444"},
		{"one of two accounts", stageARN, []DestinationOption{Account("222233334444"), Account("111122223333")}, 0, ""},
		{"any", prodARN, []DestinationOption{AnyDestination()}, 0, ""},
		{"local, without a guard", prodARN, nil, 0, ""},
		{"local, without an ARN", "", []DestinationOption{Account("111122223333")}, 0, ""},
	} {
		p := newPair(t)
		p.fill(t, users(3)...)
		p.dest.EditDescription("Destination", atARN(tt.arn))
		report, err := p.syncer(t, WithDestination(p.to, tt.opts...), WithTable("Source", "Destination", clearCopy())).Sync(t.Context())
		if ExitCode(err) != tt.exit || err != nil && (!hasAll(err.Error(), tt.want) || leaks(err.Error())) {
			t.Errorf("%s: exit code %d, %v", tt.name, ExitCode(err), err)
		}
		if (err == nil) != (report.Tables[0].Written == 3) {
			t.Errorf("%s: %d items were written", tt.name, report.Tables[0].Written)
		}
	}
}

// unlocated is a client whose endpoint cannot be known.
type unlocated struct{ DestinationClient }

// A description without an ARN is no proof, except at a local endpoint.
func TestADestinationWithoutARNIsRefused(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(3)...)
	p.dest.EditDescription("Destination", atARN(""))
	for _, opt := range []DestinationOption{Account("111122223333"), Region("us-east-1"), NamePattern("Dest*")} {
		_, err := p.syncer(t, WithDestination(unlocated{p.to}, opt), WithTable("Source", "Destination", clearCopy())).Sync(t.Context())
		if ExitCode(err) != 7 || !strings.Contains(err.Error(), "DescribeTable reports no ARN of the destination") {
			t.Errorf("exit code %d, %v", ExitCode(err), err)
		}
	}
	if _, err := p.syncer(t, WithDestination(unlocated{p.to}, AnyDestination()), WithTable("Source", "Destination", clearCopy())).Sync(t.Context()); err != nil {
		t.Error(err)
	}
}

// The errors about two tables name both by their ARNs.
func TestMistakesInTablesNameTheARNs(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(3)...)
	p.source.EditDescription("Source", atARN(stageARN))
	owner := p.source.Client()
	_, err := p.syncer(t, WithDestination(owner), WithTable("Source", "Source")).Sync(t.Context())
	if ExitCode(err) != 7 || !hasAll(err.Error(), `the destination `+stageARN+` is the table "Source"|does not write to a source`) {
		t.Errorf("exit code %d, %v", ExitCode(err), err)
	}
	p.create(t, p.to, "Other", func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions[0].AttributeName, in.KeySchema[0].AttributeName = aws.String("Name"), aws.String("Name")
	})
	p.dest.EditDescription("Other", atARN(prodARN))
	_, err = p.syncer(t, WithTable("Source", "Other")).Sync(t.Context())
	if ExitCode(err) != 2 || !hasAll(err.Error(), "the key schemas differ: the source "+stageARN+" has partition key Id (S)|the destination "+prodARN+" has partition key Name (S)|create the destination") {
		t.Errorf("exit code %d, %v", ExitCode(err), err)
	}
}

// streamOn makes DescribeTable report a stream, and replicas.
func streamOn(regions ...string) func(*types.TableDescription) {
	return func(d *types.TableDescription) {
		d.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage}
		for _, r := range regions {
			d.Replicas = append(d.Replicas, types.ReplicaDescription{RegionName: &r, ReplicaStatus: types.ReplicaStatusActive})
		}
	}
}

// counted makes DescribeTable report a number of items.
func counted(n int64) func(*types.TableDescription) {
	return func(d *types.TableDescription) { d.ItemCount, d.TableSizeBytes = aws.Int64(n), aws.Int64(100*n) }
}

// A stream that is on is told with the most records, and ends the table before the first
// write, or at the last record that is accepted.
func TestMistakesWithStreamsOfTheDestination(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		items   int64 // by DescribeTable of the source; 40 are there
		opts    []TableOption
		exit    int
		written int64
		want    string // parts of the error, or of the finding, by |
	}{
		{"few items", 40, nil, 0, 40, "destination-streams|up to 40 records in it; after 100000 the table ends"},
		{"many items", 100_001, nil, 7, 0, "is on, and the copy makes up to 100001 records in it|at most 100000 are accepted|WithStreamRecords(100001)"},
		{"many items, accepted", 5_000_000, []TableOption{WithStreamRecords(5_000_000)}, 0, 40, "up to 5000000 records"},
		{"many items, and a limit", 5_000_000, []TableOption{WithMaxItems(7)}, 0, 7, "up to 7 records"},
		{"a limit above what is accepted", 0, []TableOption{WithMaxItems(30), WithStreamRecords(20)}, 7, 0, "up to 30 records"},
		{"a stale count", 3, []TableOption{WithStreamRecords(20)}, 7, 20, "has made the 20 records in it that are accepted"},
		{"no count", 0, []TableOption{WithStreamRecords(39)}, 7, 39, "has made the 39 records"},
		{"no count, and room for all", 0, []TableOption{WithStreamRecords(40)}, 0, 40, "not known before, and after 40 the table ends"},
		{"room for one", 0, []TableOption{WithStreamRecords(1)}, 7, 1, "has made the 1 records"},
		{"inserted", 0, []TableOption{WithStreamRecords(20), WithMode(ModeInsert)}, 7, 20, "has made the 20 records"},
		{"merged", 0, []TableOption{WithStreamRecords(20), WithMode(ModeMerge)}, 7, 20, "has made the 20 records"},
		{"in segments", 0, []TableOption{WithStreamRecords(20), WithSegments(4)}, 7, 20, "has made the 20 records"},
	} {
		p := newPair(t)
		p.fill(t, users(40)...)
		p.source.EditDescription("Source", counted(tt.items))
		p.dest.EditDescription("Destination", streamOn())
		report, err := p.syncer(t, WithTable("Source", "Destination", append(tt.opts, clearCopy())...)).Sync(t.Context())
		table := report.Tables[0]
		text := fmt.Sprint(err, table.Findings)
		if ExitCode(err) != tt.exit || !hasAll(text, tt.want) || !strings.Contains(text, "destination-streams") {
			t.Errorf("%s: exit code %d, %s", tt.name, ExitCode(err), text)
		}
		if table.Written > tt.written || tt.exit == 0 && table.Written < tt.written || tt.exit == 7 && tt.written > 0 && table.Written == 0 {
			t.Errorf("%s: %d items were written, want %d", tt.name, table.Written, tt.written)
		}
	}
}

// Items that were there before make no record.
func TestExistingItemsTakeNoRoomOfTheStream(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(40)...)
	table := WithTable("Source", "Destination", clearCopy(), WithMode(ModeInsert), WithStreamRecords(3))
	if _, err := p.syncer(t, WithTable("Source", "Destination", clearCopy())).Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.source.EditDescription("Source", counted(0))
	p.dest.EditDescription("Destination", streamOn())
	if report, err := p.syncer(t, table, WithWriteConcurrency(1)).Sync(t.Context()); err != nil || report.Tables[0].Existing != 40 {
		t.Error(report, err)
	}
}

// A run that resumes has the room that the runs before left.
func TestStreamRecordsCountOverRuns(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(40)...)
	p.dest.EditDescription("Destination", streamOn())
	store := &memoryStore{}
	var written int64
	for _, room := range []int64{20, 20, 30, 40} {
		report, err := p.syncer(t, WithCheckpoint(store), WithTable("Source", "Destination", clearCopy(), WithPageSize(5), WithStreamRecords(room))).Sync(t.Context())
		written += report.Tables[0].Written
		if room < 40 && (ExitCode(err) != 7 || report.Tables[0].Job.Written > room) || room == 40 && (err != nil || report.Tables[0].Job.Written != 40) {
			t.Errorf("room for %d: exit code %d, %v\n%v", room, ExitCode(err), err, report)
		}
	}
	if written > 40+25 {
		t.Errorf("%d items were written by all runs", written)
	}
}

// A plan says where both tables are, and what writing sets off.
func TestPlanTellsOfBothSides(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	p.source.EditDescription("Source", func(d *types.TableDescription) { atARN(stageARN)(d); counted(30)(d) })
	p.dest.EditDescription("Destination", func(d *types.TableDescription) {
		atARN(prodARN)(d)
		streamOn("us-east-1", "eu-west-1", "eu-central-1")(d)
	})
	plan, err := p.syncer(t, WithTable("Source", "Destination", clearCopy())).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	table := plan.Tables[0]
	if table.SourceARN != stageARN || table.DestinationARN != prodARN || table.SourceRegion != "us-east-1" || table.DestinationEndpoint != p.dest.URL() ||
		table.StreamRecords != 30 || fmt.Sprint(table.Replicas) != "[eu-west-1 us-east-1]" {
		t.Errorf("%+v", table)
	}
	for _, want := range []string{
		"from   " + stageARN + ", endpoint " + p.source.URL(), "to     " + prodARN + ", endpoint " + p.dest.URL(),
		"30 write units, without those of indexes", "90 write units with those of the replicas in eu-west-1, us-east-1",
		"up to 30 records", "[destination-streams]", "every write costs 3 times its units", "[destination-replicates]",
	} {
		if !strings.Contains(plan.String(), want) {
			t.Errorf("the plan does not say %q:\n%v", want, plan)
		}
	}
}
