package dynsync

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/grants"
	"github.com/dynsync/dynsync/internal/testsize"
)

// A permitted is a job that runs with the rights of its policies and no others.
type permitted struct {
	mode     Mode
	collides bool // two items can end on one key
	read     readPlan
	keep     keepPlan
	ttlNamed bool
}

// A readPlan is how a job reads its source.
type readPlan struct {
	name   string
	opts   []TableOption
	stream bool   // the job has no source: it writes a stream, twice
	sort   string // the sort key; "Nr" if it is empty
	byARN  bool   // the source is named by its ARN
	index  string // the end of that ARN
	noScan bool   // a Scan cannot go on where a SELECT ended
}

var readPlans = []readPlan{
	{name: "SELECT"},
	{name: "Scan", opts: []TableOption{WithSegments(3)}},
	{name: "AutoSegments", opts: []TableOption{WithSegments(AutoSegments)}},
	{name: "an index", noScan: true, opts: []TableOption{WithIndex("byG")}},
	{name: "an index in segments", opts: []TableOption{WithIndex("byG"), WithSegments(2)}},
	{name: "a condition", opts: []TableOption{WithWhere("G >= 1")}},
	{name: "a condition that fixes the key", noScan: true, opts: []TableOption{WithSegments(2), WithWhere("Id = ?", "p")}},
	{name: "a condition of a name with #", opts: []TableOption{WithWhere(`"#flag" IS MISSING`)}},
	{name: "a key with #", sort: "#Nr"},
	{name: "a key with # in segments", sort: "#Nr", opts: []TableOption{WithSegments(2)}},
	{name: "an ARN", byARN: true, noScan: true, opts: []TableOption{WithSegments(2)}},
	{name: "the ARN of an index", byARN: true, noScan: true, index: "/index/byG", opts: []TableOption{WithSegments(AutoSegments)}},
	{name: "an ARN and a condition that fixes the key", byARN: true, noScan: true, opts: []TableOption{WithSegments(2), WithWhere("Id = ?", "p")}},
	{name: "a stream", stream: true},
}

// A keepPlan is what a job keeps, and so may do later.
type keepPlan struct {
	name                         string
	checkpoint, scanResume, dead bool
}

var keepPlans = []keepPlan{
	{name: "nothing"},
	{name: "a checkpoint", checkpoint: true},
	{name: "a checkpoint with ScanResume", checkpoint: true, scanResume: true},
	{name: "dead letters", dead: true},
	{name: "a checkpoint and dead letters", checkpoint: true, dead: true},
}

func (j permitted) String() string {
	ttl := "TTL asked"
	if j.ttlNamed {
		ttl = "TTL named"
	}
	keys := ""
	if j.collides {
		keys = " with keys that collide"
	}
	return fmt.Sprintf("%v%s, %s, %s, %s", j.mode, keys, j.read.name, j.keep.name, ttl)
}

// possible reports whether New and the preflight admit the job.
func (j permitted) possible() bool {
	return (!j.read.stream || j.keep == keepPlans[0]) && // Write keeps nothing
		(!j.keep.dead || !strings.Contains(j.read.name, "index")) && // Replay does not read an index
		(!j.collides || j.mode != ModeInsert && (j.mode != ModeMerge || !j.keep.checkpoint))
}

// permittedJobs returns the jobs of the matrix, or each n-th of them.
func permittedJobs(n int) (jobs []permitted) {
	i := 0
	for _, read := range readPlans {
		for _, keep := range keepPlans {
			for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
				for _, collides := range []bool{false, true} {
					for _, named := range []bool{false, true} {
						j := permitted{mode, collides, read, keep, named}
						if !j.possible() {
							continue
						}
						if i%n == 0 {
							jobs = append(jobs, j)
						}
						i++
					}
				}
			}
		}
	}
	return jobs
}

// A site is where a permitted job runs: a source and a destination with an administrator,
// who may do everything, and the user "job", who may do what policies allow.
type site struct {
	source, dest *dynsynctest.Server
	job          permitted
	dir          string
	arn          string // of the source table
	store        *memoryStore
	failing      atomic.Bool // some items fail
}

const (
	sitePartition = "p"
	siteItems     = 60
	siteDuplicate = 50 // is at the destination already, as the job makes it
	siteWide      = 51 // is too large for a statement
	siteHuge      = 52 // is too large for an update
)

func newSite(t testing.TB, j permitted) *site {
	t.Helper()
	s := &site{source: dynsynctest.NewServer(dynsynctest.WithSharedTables()), dest: dynsynctest.NewServer(dynsynctest.WithSharedTables()), job: j, dir: t.TempDir(), store: &memoryStore{}}
	t.Cleanup(s.source.Close)
	t.Cleanup(s.dest.Close)
	s.create(t, s.dest.Client())
	s.arn = s.create(t, s.source.Client())
	for n := range siteItems {
		s.put(t, s.source.Client(), s.item(n))
	}
	duplicate := s.item(siteDuplicate)
	duplicate[s.sort()] = s.made(siteDuplicate)
	s.put(t, s.dest.Client(), duplicate)
	return s
}

func (s *site) sort() string {
	if s.job.read.sort != "" {
		return s.job.read.sort
	}
	return "Nr"
}

// create makes the table and returns its ARN.
func (s *site) create(t testing.TB, c *dynamodb.Client) string {
	t.Helper()
	attribute := func(name string, kind types.ScalarAttributeType) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: kind}
	}
	key := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: &name, KeyType: kind}
	}
	out, err := c.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName: aws.String("Things"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attribute("Id", types.ScalarAttributeTypeS), attribute(s.sort(), types.ScalarAttributeTypeS), attribute("G", types.ScalarAttributeTypeN)},
		KeySchema:            []types.KeySchemaElement{key("Id", types.KeyTypeHash), key(s.sort(), types.KeyTypeRange)},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("byG"), KeySchema: []types.KeySchemaElement{key("G", types.KeyTypeHash)},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.TableDescription.TableArn)
}

func (s *site) put(t testing.TB, c *dynamodb.Client, item map[string]any) {
	t.Helper()
	rec, err := NewRecord(item)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Things"), Item: rec.AttributeValues()}); err != nil {
		t.Fatal(err)
	}
}

// item returns an item of the source.
func (s *site) item(n int) map[string]any {
	item := map[string]any{"Id": sitePartition, s.sort(): fmt.Sprintf("%03d", n), "Age": n, "G": 1}
	switch n {
	case siteWide:
		for i := range 300 {
			item[fmt.Sprintf("an attribute with a long name %03d", i)] = i
		}
	case siteHuge:
		if s.job.mode == ModeMerge {
			delete(item, "Age")
			item["Text"] = strings.Repeat("x", 400<<10-23) // some bytes less than fit
		}
	}
	return item
}

// made returns what the job makes of an item's sort key.
func (s *site) made(n int) string {
	if s.job.collides {
		return fmt.Sprintf("made %03d", n)
	}
	return fmt.Sprintf("%03d", n)
}

// client returns the client of the job at a server.
func siteClient(server *dynsynctest.Server) *dynamodb.Client {
	return server.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials("job") })
}

var errSite = errors.New("the item is to fail")

// syncer returns the job.
func (s *site) syncer(t testing.TB) *Syncer {
	t.Helper()
	j := s.job
	opts := []Option{WithDestination(siteClient(s.dest)), WithKey(testKey), WithWorkers(1), WithWriteConcurrency(1)}
	if !j.read.stream {
		opts = append(opts, WithSource(siteClient(s.source)))
	}
	table := append(slices.Clone(j.read.opts), WithMode(j.mode), WithPageSize(5), keepAll(),
		WithLeakCheck(LeakMinLength(0)), WithTransform("Age", Func(func(_ context.Context, age int64) (int64, error) {
			if s.failing.Load() && (age == 10 || age == siteDuplicate || age == siteWide) {
				return 0, errSite
			}
			return age, nil
		})))
	if j.collides {
		table = append(table, WithTransform(s.sort(), Func(func(_ context.Context, nr string) (string, error) { return "made " + nr, nil }), AllowCollisions()))
	} else {
		table = append(table, WithTransform(s.sort(), Passthrough()))
	}
	table = append(table, WithTransform("Id", Passthrough()))
	if j.ttlNamed {
		table = append(table, WithTTLAttribute("Ends"))
	}
	if j.keep.checkpoint {
		checkpoint := []CheckpointOption{RulesVersion("1")}
		if j.keep.scanResume {
			checkpoint = append(checkpoint, ScanResume())
		}
		opts = append(opts, WithCheckpoint(s.store, checkpoint...))
	}
	if j.keep.dead {
		opts = append(opts, WithDeadLetters(filepath.Join(s.dir, "dead")))
	}
	source := "Things"
	if j.read.byARN {
		source = s.arn + j.read.index
	}
	made, err := New(append(opts, WithTable(source, "Things", table...))...)
	if err != nil {
		t.Fatalf("%v: %v", j, err)
	}
	return made
}

// run does all that the job may do, and returns the first error that is no part of the plan,
// with the findings of all reports.
func (s *site) run(t testing.TB) (findings []Finding, err error) {
	t.Helper()
	ctx, syncer := t.Context(), s.syncer(t)
	note := func(tables ...*TableReport) {
		for _, table := range tables {
			findings = append(findings, table.Findings...)
		}
	}
	if s.job.mode == ModeInsert { // an answer is lost, so that what is there has to be compared
		for _, op := range []string{"BatchExecuteStatement", "PutItem"} {
			remove := s.dest.Control(op, func(r *dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.ApplyThen(dynsynctest.Fail(500, "InternalServerError", "")).Once()
			})
			defer remove()
		}
	}
	plan, err := syncer.Plan(ctx)
	for _, table := range plan.Tables {
		findings = append(findings, table.Findings...)
	}
	if err != nil {
		return findings, err
	}
	if s.job.read.stream {
		for range 2 {
			report, err := syncer.Write(ctx, "Things", func(yield func(*Record, error) bool) {
				for n := range siteItems {
					rec, err := NewRecord(s.item(n))
					if !yield(rec, err) {
						return
					}
				}
			})
			if note(report); err != nil {
				return findings, err
			}
		}
		return findings, nil
	}
	s.failing.Store(s.job.keep.dead)
	if s.job.keep.checkpoint {
		report, err := s.interrupted(ctx, syncer)
		if note(report.Tables...); !errors.Is(err, context.Canceled) {
			return findings, fmt.Errorf("the run that is interrupted: %w", err)
		}
	}
	if s.job.keep.scanResume && !s.job.read.noScan {
		remove := s.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.ExpiredToken() })
		defer remove()
	}
	report, err := syncer.Sync(ctx)
	note(report.Tables...)
	if !s.job.keep.dead || ExitCode(err) != 4 {
		return findings, err
	}
	s.failing.Store(false)
	report, err = syncer.Replay(ctx, filepath.Join(s.dir, "dead"))
	note(report.Tables...)
	return findings, err
}

// interrupted runs the job until it has written some 30 items.
func (s *site) interrupted(ctx context.Context, syncer *Syncer) (*Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var written atomic.Int64
	remove := s.dest.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
		n := map[string]int64{"BatchWriteItem": 25, "BatchExecuteStatement": 25, "PutItem": 1, "UpdateItem": 1}[r.Op]
		if written.Add(n) > 30 {
			cancel()
		}
		return dynsynctest.Action{}
	})
	defer remove()
	return syncer.Sync(ctx)
}

// policies returns the policies of the job, as an administrator gets them.
func (s *site) policies(t testing.TB) *Policies {
	t.Helper()
	p, err := s.syncer(t).Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// authorize gives the job the rights of its policies, but one of a side.
func (s *site) authorize(t testing.TB, p *Policies, side string, but *PolicyAction) {
	t.Helper()
	for server, policy := range map[*dynsynctest.Server]*Policy{s.source: p.Source, s.dest: p.Destination} {
		if policy == nil {
			continue
		}
		left := *policy
		left.Actions = slices.DeleteFunc(slices.Clone(policy.Actions), func(a PolicyAction) bool {
			return side == policy.Side && a.Action == but.Action && slices.Equal(a.Resources, but.Resources)
		})
		documents := []string{jsonText(t, &left)}
		if len(left.Actions) == 0 {
			documents = nil
		}
		if err := server.Authorize("job", documents...); err != nil {
			t.Fatal(err)
		}
	}
}

// A job succeeds with the rights that Policy tells and no others. Without any one of them it
// fails, or says what is lost.
func TestPolicyMatrix(t *testing.T) {
	t.Parallel()
	every := testsize.Of(17, 7, 1)
	if testsize.Race {
		every = testsize.Of(29, 13, 7) // the gate tries all without the race detector
	}
	jobs := permittedJobs(every)
	var mu sync.Mutex
	var needed []PolicyAction
	t.Run("jobs", func(t *testing.T) {
		for _, j := range jobs {
			t.Run(j.String(), func(t *testing.T) {
				t.Parallel()
				actions := tryPermitted(t, j)
				mu.Lock()
				defer mu.Unlock()
				needed = append(needed, actions...)
			})
		}
	})
	if every > 4 {
		return
	}
	for _, g := range grants.All() {
		has := func(a PolicyAction) bool { return a.Action == g.Action && strings.Contains(a.Why, g.Why) }
		if !slices.ContainsFunc(needed, has) {
			t.Errorf("no job of the matrix needs %s, which %s", g.Action, g.Why)
		}
	}
}

// tryPermitted runs a job with all rights of its policies, and without each of them. It
// returns the actions.
func tryPermitted(t *testing.T, j permitted) (actions []PolicyAction) {
	t.Helper()
	s := newSite(t, j)
	p := s.policies(t)
	s.authorize(t, p, "", nil)
	if _, err := s.run(t); err != nil {
		t.Fatalf("with the rights of its policies, the job fails: %v\n%v", err, p)
	}
	for side, server := range map[string]*dynsynctest.Server{"source": s.source, "destination": s.dest} {
		for _, a := range server.Asked("job") {
			if !a.Allowed {
				t.Errorf("the job asks the %s for %s on %s, which its policy does not have", side, a.Action, a.Resource)
			}
		}
	}
	for _, policy := range []*Policy{p.Source, p.Destination} {
		if policy == nil {
			continue
		}
		for i := range policy.Actions {
			if a := &policy.Actions[i]; a.When != "Check" {
				tryWithout(t, j, policy.Side, a)
			}
		}
		actions = append(actions, policy.Actions...)
	}
	return actions
}

// tryWithout runs a job without one of its rights.
func tryWithout(t *testing.T, j permitted, side string, a *PolicyAction) {
	t.Helper()
	s := newSite(t, j)
	s.authorize(t, s.policies(t), side, a)
	findings, err := s.run(t)
	switch {
	case a.Optional && err != nil:
		t.Errorf("without the optional %s at the %s, the job fails: %v", a.Action, side, err)
	case a.Optional && !slices.ContainsFunc(findings, func(f Finding) bool { return f.Code == "ttl-unknown" }):
		t.Errorf("without %s at the %s, no finding says what is lost: %v", a.Action, side, findings)
	case !a.Optional && err == nil:
		t.Errorf("without %s at the %s, the job succeeds", a.Action, side)
	case !a.Optional && (ExitCode(err) != 3 || !strings.Contains(err.Error(), a.Action) || !strings.Contains(err.Error(), side+" table \"Things\"") && !strings.Contains(err.Error(), side+" table \""+s.arn)):
		t.Errorf("without %s at the %s, the job ends with %d: %v", a.Action, side, ExitCode(err), err)
	}
}

// Check is content with the rights that Policy tells, and asks for no others. It says which
// of those that it alone needs it lacks.
func TestPolicyLetsCheck(t *testing.T) {
	t.Parallel()
	jobs := []permitted{
		{ModePut, false, readPlans[0], keepPlans[0], false},
		{ModePut, true, readPlans[3], keepPlans[1], true},
		{ModeInsert, false, readPlans[8], keepPlans[3], false},
		{ModeMerge, false, readPlans[10], keepPlans[2], true},
	}
	for _, j := range jobs[:testsize.Of(1, len(jobs), len(jobs))] {
		t.Run(j.String(), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, j)
			p := s.policies(t)
			s.authorize(t, p, "", nil)
			report, err := s.syncer(t).Check(t.Context())
			if err != nil {
				t.Fatalf("%v\n%v", err, report)
			}
			for _, said := range report.Tables[0].Permissions {
				if said.Verdict == VerdictDenied || said.Verdict == VerdictUnknown && said.Action != "dynamodb:PartiQLInsert" {
					t.Errorf("%v", said)
				}
			}
			for side, server := range map[string]*dynsynctest.Server{"source": s.source, "destination": s.dest} {
				for _, a := range server.Asked("job") {
					if !a.Allowed {
						t.Errorf("Check asks the %s for %s on %s, which the policy does not have", side, a.Action, a.Resource)
					}
				}
			}
			s.authorize(t, &Policies{p.Source.Required(), p.Destination.Required()}, "", nil)
			report, err = s.syncer(t).Check(t.Context())
			if err != nil {
				t.Fatalf("without what is optional, %v\n%v", err, report)
			}
			for _, a := range slices.Concat(p.Source.Actions, p.Destination.Actions) {
				denied := func(said Permission) bool {
					return said.Action == a.Action && said.Optional && said.Verdict == VerdictDenied
				}
				if a.Optional && !slices.ContainsFunc(report.Tables[0].Permissions, denied) {
					t.Errorf("Check does not say that %s is denied: %v", a.Action, report.Tables[0].Permissions)
				}
			}
		})
	}
}
