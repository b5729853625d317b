package dynsync

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/testsize"
)

// A verbsJob is a job of two tables of random options, which runs all verbs.
type verbsJob struct {
	p     *pair
	store *memoryStore
	dead  string
	opts  []Option
	said  []string // the options, for a failure
	fails atomic.Bool
	done  int // runs that ended well
}

// newVerbsJob draws a job. Both tables read the table Source or Source2, and write to one
// destination or two.
func newVerbsJob(t *testing.T, r *rand.Rand) *verbsJob {
	t.Helper()
	wantNoGoroutines(t)
	p := &pair{source: dynsynctest.NewServer(), dest: dynsynctest.NewServer()}
	t.Cleanup(p.source.Close)
	t.Cleanup(p.dest.Close)
	region := []string{"eu-central-1", "cn-north-1", "us-gov-west-1"}[r.IntN(3)]
	in := func(o *dynamodb.Options) { o.Region = region }
	p.from, p.to = p.source.Client(in), p.dest.Client(in)
	p.create(t, p.from, "Source")
	p.create(t, p.from, "Source2", byAge)
	p.create(t, p.to, "Destination")
	p.create(t, p.to, "Destination2")
	for _, item := range users(40) {
		rec, err := NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"Source", "Source2"} {
			if _, err := p.from.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: rec.AttributeValues()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	j := &verbsJob{p: p, store: &memoryStore{}, dead: filepath.Join(t.TempDir(), "dead"), said: []string{region}}
	maybe := func(text string, o Option) {
		if r.IntN(2) == 0 {
			j.opts, j.said = append(j.opts, o), append(j.said, text)
		}
	}
	switch r.IntN(4) {
	case 0, 1:
		maybe("checkpoint", WithCheckpoint(j.store, RulesVersion("1"), ScanResume()))
	case 2:
		maybe("share", WithShare(0, 2))
	}
	maybe("dead letters", WithDeadLetters(j.dead))
	maybe("direct", WithDirectRequests())
	maybe("workers", WithWorkers(1))
	for i := range 2 {
		j.table(t, r, i)
	}
	return j
}

func (j *verbsJob) arn(t *testing.T, client *dynamodb.Client, name string) string {
	t.Helper()
	out, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.Table.TableArn)
}

// table adds a table of random options.
func (j *verbsJob) table(t *testing.T, r *rand.Rand, i int) {
	t.Helper()
	source, dest := []string{"Source", "Source2"}[r.IntN(2)], []string{"Destination", "Destination2"}[r.IntN(2)]
	said := []string{source, dest}
	opts := []TableOption{keepAll(), WithTransform("Name", Func(func(_ context.Context, name string) (string, error) {
		if j.fails.Load() && strings.HasSuffix(name, "3") {
			return "", errNop
		}
		return name, nil
	})), WithName(fmt.Sprint("table", i)), WithPageSize(7)}
	add := func(odds int, text string, o ...TableOption) bool {
		if r.IntN(odds) > 0 {
			return false
		}
		opts, said = append(opts, o...), append(said, text)
		return true
	}
	opts = append(opts, WithMode([]Mode{ModePut, ModeInsert, ModeMerge}[r.IntN(3)]))
	byARN := r.IntN(3) == 0
	segments := byARN
	shared := slices.Contains(j.said, "share")
	if byARN {
		source = j.arn(t, j.p.from, source)
		opts, said = append(opts, WithSegments(2)), append(said, "by ARN")
	} else if shared {
		segments = add(1, "segments", WithSegments(2))
	} else {
		segments = add(3, "segments", WithSegments([]int{2, AutoSegments}[r.IntN(2)]))
	}
	if r.IntN(4) == 0 {
		dest = j.arn(t, j.p.to, dest)
		said = append(said, "dest by ARN")
	}
	index := strings.HasSuffix(source, "Source2") && add(2, "index", WithIndex("byAge"))
	switch r.IntN(4) {
	case 0:
		add(1, "key", WithWhere("Id = ?", "user-00007"))
	case 1:
		add(1, "where", WithWhere("Age > 3"))
	case 2:
		add(1, "#", WithWhere(`"#x" IS MISSING`))
	}
	add(4, "sample", WithSample(0.5))
	if !slices.Contains(j.said, "checkpoint") {
		add(4, "items", WithMaxItems(20))
	}
	if !add(3, "collides", WithTransform("Id", Func(func(_ context.Context, id string) (string, error) { return id[:9], nil }), AllowCollisions())) {
		opts = append(opts, WithTransform("Id", Passthrough()))
	}
	add(4, "ttl", WithTTLAttribute("Ends"))
	add(6, "expired", WithTTLAttribute("Ends"), WithoutExpired())
	if !index && !byARN {
		add(4, "consistent", WithConsistentRead())
	}
	add(4, "existing", WithAllowExisting())
	if segments {
		add(4, "shuffle", WithShuffle(2))
	}
	j.opts, j.said = append(j.opts, WithTable(source, dest, opts...)), append(j.said, fmt.Sprint(said))
}

// run calls every verb of the job, and returns those of which the job has no right to
// something.
func (j *verbsJob) run(t *testing.T, s *Syncer) {
	t.Helper()
	ctx := t.Context()
	check := func(verb string, err error) {
		if ExitCode(err) == 3 || strings.Contains(fmt.Sprint(err), "not authorized") {
			t.Errorf("%s: %v", verb, err)
		}
		if code := ExitCode(err); code == 0 || code == 4 {
			j.done++
		}
	}
	_, err := s.Plan(ctx)
	check("Plan", err)
	short, cancel := context.WithCancel(ctx)
	remove := j.p.dest.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
		if slices.Contains([]string{"BatchWriteItem", "BatchExecuteStatement", "PutItem", "UpdateItem"}, r.Op) {
			cancel()
		}
		return dynsynctest.Action{}
	})
	j.fails.Store(true)
	_, err = s.Sync(short)
	remove()
	check("the first Sync", err)
	for range 2 {
		_, err = s.Sync(ctx)
		check("Sync", err)
	}
	j.fails.Store(false)
	if slices.Contains(j.said, "dead letters") {
		_, err = s.Replay(ctx, j.dead)
		check("Replay", err)
	}
	for i := range 2 {
		name := fmt.Sprint("table", i)
		_, err = drained(s.Scan(ctx, name))
		check("Scan", err)
		_, err = drained(s.Transformed(ctx, name))
		check("Transformed", err)
	}
	_, err = s.LastRun(ctx)
	check("LastRun", err)
}

// Jobs of two tables with random options, of which some name one table twice, need no more
// than their policies allow, whatever verb is called.
func TestPoliciesOfRandomJobs(t *testing.T) {
	t.Parallel()
	jobs := testsize.Of(10, 60, 400)
	if testsize.Race {
		jobs = testsize.Of(5, 20, 80)
	}
	var ran, done int
	for seed := range jobs {
		r := rand.New(rand.NewPCG(uint64(seed), 22))
		j := newVerbsJob(t, r)
		s, err := New(append([]Option{WithSource(j.p.from), WithDestination(j.p.to), WithKey(testKey)}, j.opts...)...)
		if err != nil {
			if testing.Verbose() {
				t.Logf("%v: %v", j.said, err)
			}
			continue
		}
		ran++
		p := wantPolicy(t, s)
		if text := p.String() + jsonText(t, p.Source) + jsonText(t, p.Destination); strings.Contains(text, ":*:*:") || strings.Contains(text, ":cn-") != strings.Contains(text, "aws-cn") {
			t.Errorf("%v: %s", j.said, text)
		}
		err = errors.Join(j.p.source.Authorize("dynsynctest", jsonText(t, p.Source)), j.p.dest.Authorize("dynsynctest", jsonText(t, p.Destination)))
		if err != nil {
			t.Fatal(err)
		}
		j.run(t, s)
		done += j.done
		for side, server := range map[string]*dynsynctest.Server{"source": j.p.source, "destination": j.p.dest} {
			for _, a := range server.Asked("dynsynctest") {
				if !a.Allowed {
					t.Errorf("job %d, %v: it asks the %s for %s on %s, which its policy does not have", seed, j.said, side, a.Action, a.Resource)
				}
			}
		}
		if t.Failed() {
			break
		}
	}
	if ran < jobs/3 || done < 5*ran {
		t.Errorf("only %d of %d jobs ran, and %d of their calls ended well", ran, jobs, done)
	}
}
