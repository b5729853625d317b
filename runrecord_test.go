package dynsync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/scheme"
)

var otherTestKey = anotherKey('K')

func keyIDOf(t *testing.T, key []byte) string {
	s, _ := checkpointSyncer(t, nil, WithKey(key))
	return s.key.Fingerprint()
}

// writes counts the requests of a server that write.
func writes(srv *dynsynctest.Server) *atomic.Int64 {
	var n atomic.Int64
	srv.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action { n.Add(1); return dynsynctest.Action{} })
	return &n
}

func TestRunRecordOutlivesSuccess(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	store := &memoryStore{}
	opts := []Option{WithTable("Source", "Destination", clearCopy(), WithPageSize(10)), WithCheckpoint(store)}
	s := p.syncer(t, opts...)
	report, err := s.Sync(t.Context())
	if err != nil {
		t.Fatalf("%v\n%v", err, report)
	}
	if len(store.data) != 1 || store.data[recordName] == nil {
		t.Errorf("a complete job leaves its record and nothing else: %d", len(store.data))
	}
	rec, err := p.syncer(t, opts...).LastRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if rec.Outcome != runDone || rec.KeyID != s.key.Fingerprint() || rec.GoVersion != runtime.Version() || rec.Started.IsZero() || rec.Ended.Before(rec.Started) {
		t.Errorf("%+v", rec)
	}
	tab, rep := rec.Tables[0], report.Tables[0]
	want := Outcomes{Read: 30, Written: 30}
	if tab.Table != "Source" || tab.Outcomes != want || tab.Duration != rep.Duration || tab.ReadUnits != rep.ReadUnits || tab.WriteUnits != rep.WriteUnits || tab.Err != "" {
		t.Errorf("%+v", tab)
	}
	if !strings.HasSuffix(tab.SourceARN, "table/Source") || !strings.HasSuffix(tab.DestinationARN, "table/Destination") || len(tab.Rules) != 2*aspectLen {
		t.Errorf("%+v", tab)
	}
	if text := report.String(); len(report.Findings) != 1 || !strings.Contains(text, "info: the checkpoint store has no record of an earlier run, so the key could not be compared") {
		t.Errorf("the first run does not say that there was no record:\n%s", text)
	}
	again, err := p.syncer(t, opts...).Sync(t.Context())
	if err != nil || len(again.Findings) != 0 {
		t.Errorf("the second run: %v %q", err, again.Findings)
	}
	next, err := s.LastRun(t.Context())
	if err != nil || next.Job != rec.Job || next.Rules != rec.Rules || next.Started.Before(rec.Ended) {
		t.Errorf("the second run's record: %+v, %v", next, err)
	}
	machine, err := json.Marshal(report)
	if err != nil || !bytes.Contains(machine, []byte(`"Findings":[{"ID":"key-not-compared-`)) {
		t.Errorf("%s, %v", machine, err)
	}
	without, err := p.syncer(t, opts[0]).Sync(t.Context())
	if machine, _ := json.Marshal(without); err != nil || len(without.Findings) != 0 || bytes.Contains(machine, []byte(`"Findings":[{`)) {
		t.Errorf("a job without a checkpoint has no record, and no note of one: %v %s", err, machine)
	}
}

func TestRunRecordSaysHowTheRunEnded(t *testing.T) {
	t.Parallel()
	reject := WithTransform("Age", Func(func(_ context.Context, age int64) (int64, error) {
		if age == 7 {
			return 0, errors.New("seven")
		}
		return age, nil
	}))
	tests := []struct {
		reason  string
		opts    []Option
		outcome string
		err     string // a part of TableRecord.Err of the last table
	}{
		{"everything is written", []Option{WithTable("Source", "Destination")}, runDone, ""},
		{"an item failed", []Option{withRulesVersion("1"), WithTable("Source", "Destination", reject)}, runItemsFailed, ""},
		{"a table failed the preflight", []Option{WithTable("Source", "Destination"), WithTable("Source", "None", WithName("b"))}, runEndedEarly, `destination table "None"`},
		{"the budget is spent", []Option{WithMaxCapacity(0.5), WithTable("Source", "Destination", WithPageSize(5))}, runEndedEarly, "WithMaxCapacity"},
		{"the job was stopped", []Option{withRulesVersion("1"), WithMaxFailures(1), WithTable("Source", "Destination", WithTransform("Age", When(func(Input) bool { return true }, Reject())))}, runEndedEarly, "WithMaxFailures"},
		{"a rule of the defaults matched in no table", []Option{WithAllTables(WithTransform("Nane", Constant(nil)), clearCopy()), WithTable("Source", "Destination"), WithTable("Source", "Destination", WithName("b"))}, runEndedEarly, ""},
	}
	for _, tt := range tests {
		p := newPair(t)
		p.fill(t, users(30)...)
		s := p.syncer(t, append([]Option{WithCheckpoint(&memoryStore{})}, tt.opts...)...)
		report, err := s.Sync(t.Context())
		rec, lastErr := s.LastRun(t.Context())
		if lastErr != nil || rec.Outcome != tt.outcome || rec.Ended.IsZero() || (err == nil) != (tt.outcome == runDone) {
			t.Errorf("%s: %+v, %v; %v", tt.reason, rec, lastErr, err)
			continue
		}
		last, rep := rec.Tables[len(rec.Tables)-1], report.Tables[len(rec.Tables)-1]
		if !strings.Contains(last.Err, tt.err) || (last.Err == "") != (rep.Err == nil) || last.Outcomes.Read != rep.Read || last.Outcomes.Failed != rep.Failed {
			t.Errorf("%s: %+v", tt.reason, last)
		}
	}
}

// The record of a cancelled run is saved all the same.
func TestRunRecordOfACancelledRun(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(200)...)
	store := &memoryStore{}
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithPageSize(10)), WithWorkers(1), WithWriteConcurrency(1), WithCheckpoint(store))
	ctx, cancel := context.WithCancel(t.Context())
	var during *RunRecord
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		if during == nil {
			during, _ = s.LastRun(t.Context())
			cancel()
		}
		return dynsynctest.Action{}
	})
	_, err := s.Sync(ctx)
	var fault *recordError
	if !errors.Is(err, context.Canceled) || errors.As(err, &fault) {
		t.Fatal(err)
	}
	if during.Outcome != runRunning || !during.Ended.IsZero() || during.Tables[0].SourceARN == "" {
		t.Errorf("while it ran: %+v", during)
	}
	rec, err := s.LastRun(t.Context())
	if err != nil || rec.Outcome != runEndedEarly || !strings.Contains(rec.Tables[0].Err, "the context was cancelled") || rec.Tables[0].Outcomes.Written == 0 {
		t.Errorf("%+v, %v", rec, err)
	}
}

// dropLater is a store that loses what is saved after the first n saves, as if the
// process had died there.
type dropLater struct {
	memoryStore
	n atomic.Int64
}

func (d *dropLater) Acquire(ctx context.Context, name string) (Lease, error) {
	lease, err := d.memoryStore.Acquire(ctx, name)
	return &droppingLease{lease, d}, err
}

type droppingLease struct {
	Lease
	store *dropLater
}

func (l *droppingLease) Save(ctx context.Context, data []byte) error {
	if l.store.n.Add(-1) < 0 {
		return nil
	}
	return l.Lease.Save(ctx, data)
}

func TestRunRecordOfAKilledRun(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	store := &dropLater{}
	store.n.Store(1)
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy()), WithCheckpoint(store))
	if _, err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	rec, err := s.LastRun(t.Context())
	if err != nil || rec.Outcome != runRunning || !rec.Ended.IsZero() || rec.Tables[0].Outcomes != (Outcomes{}) {
		t.Errorf("%+v, %v", rec, err)
	}
	if text, err := json.Marshal(rec); err != nil || strings.Contains(string(text), "Ended") {
		t.Errorf("%s, %v", text, err)
	}
}

// Under another key everything that is written is another thing: a job whose
// key was lost or mixed up must not begin.
func TestAnotherKeyEndsTheJobBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	store := &memoryStore{}
	table := WithTable("Source", "Destination", clearCopy())
	old, other := keyIDOf(t, testKey), keyIDOf(t, otherTestKey)
	if _, err := p.syncer(t, table, WithCheckpoint(store)).Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := writes(p.dest)
	saved := bytes.Clone(store.data[recordName])
	report, err := p.syncer(t, WithKey(otherTestKey), table, WithCheckpoint(store)).Sync(t.Context())
	const remedies = "give WithKey the key, and WithEnvironment the name, of that run, or accept this one by NewKey"
	if err == nil || n.Load() > 0 || !strings.Contains(err.Error(), old) || !strings.Contains(err.Error(), other) || !strings.HasSuffix(err.Error(), remedies) {
		t.Errorf("%d writes, %v\n%v", n.Load(), err, report)
	}
	if !bytes.Equal(saved, store.data[recordName]) {
		t.Error("a job that was refused changed the record")
	}
	report, err = p.syncer(t, WithKey(otherTestKey), table, WithCheckpoint(store, NewKey())).Sync(t.Context())
	if err != nil || len(report.Findings) != 1 || !strings.Contains(report.Findings[0].String(), old) || !strings.Contains(report.Findings[0].String(), other) {
		t.Errorf("the new key was accepted, and should be told of: %v\n%v", err, report)
	}
	if report, err = p.syncer(t, WithKey(otherTestKey), table, WithCheckpoint(store)).Sync(t.Context()); err != nil || len(report.Findings) != 0 {
		t.Errorf("it is the job's key from then on: %v\n%v", err, report)
	}
	if _, err = p.syncer(t, table, WithCheckpoint(store)).Sync(t.Context()); err == nil {
		t.Error("the old key is the other one from then on")
	}
}

// Under another scheme, equal values have other pseudonyms: a job of another release must
// not mix them with those of its last run unnoticed.
func TestAnotherSchemeEndsTheJobBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	store := &memoryStore{}
	run := func(scheme int, opts ...CheckpointOption) (*Report, error) {
		s := p.syncer(t, WithTable("Source", "Destination", clearCopy()), WithCheckpoint(store, opts...))
		s.keeper.scheme = scheme
		return s.Sync(t.Context())
	}
	if report, err := run(2); err != nil || report.Scheme != 2 || !strings.Contains(report.String(), "scheme of pseudonyms: 2") {
		t.Fatalf("%v\n%v", err, report)
	}
	n := writes(p.dest)
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy()), WithCheckpoint(store))
	rec, err := s.LastRun(t.Context())
	if text, _ := json.Marshal(rec); err != nil || rec.Scheme != 2 || !bytes.Contains(text, []byte(`"Scheme":2`)) {
		t.Errorf("the record of another scheme: %+v, %v", rec, err)
	}
	for _, opt := range []CheckpointOption{FreshFor(0), StartOver()} {
		report, err := run(scheme.Number, opt)
		const want = "the last run had scheme 2 of pseudonyms, and this release of dynsync has scheme 1, under which equal values can have other pseudonyms; use a release with scheme 2, or accept this scheme by NewKey"
		if err == nil || n.Load() > 0 || ExitCode(err) != 7 || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%d writes, exit code %d, %v\n%v", n.Load(), ExitCode(err), err, report)
		}
		if err := s.checkRecordKey(t.Context()); err == nil {
			t.Error("a stream goes on under another scheme")
		}
	}
	report, err := run(scheme.Number, NewKey())
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Code != "scheme-changed" || !strings.Contains(report.Findings[0].Text, "scheme 2") {
		t.Errorf("the scheme was accepted, and should be told of: %v\n%v", err, report)
	}
	if report, err = run(scheme.Number); err != nil || len(report.Findings) != 0 {
		t.Errorf("it is the job's scheme from then on: %v\n%v", err, report)
	}
	if text, err := json.Marshal(report); err != nil || !bytes.Contains(text, []byte(`"Scheme":1`)) {
		t.Errorf("%s, %v", text, err)
	}
}

// A checkpoint of another scheme is of no use, with a record of it and without one.
func TestCheckpointsOfAnotherSchemeAreRefused(t *testing.T) {
	t.Parallel()
	for _, withRecord := range []bool{true, false} {
		p := newPair(t)
		p.fill(t, users(200)...)
		table := WithTable("Source", "Destination", clearCopy(), WithPageSize(10))
		store := interrupted(t, p, 3, WithWorkers(1), WithWriteConcurrency(1), table)
		run := func(opts ...CheckpointOption) (*Report, error) {
			s := p.syncer(t, table, WithCheckpoint(store, opts...))
			s.keeper.scheme = scheme.Number + 1
			return s.Sync(t.Context())
		}
		want := "accept this scheme by NewKey"
		if !withRecord {
			dropRecord(t, store)
			want = "the checkpoint is of another scheme of pseudonyms than this release has"
		}
		n := writes(p.dest)
		if report, err := run(); err == nil || n.Load() > 0 || ExitCode(err) != 7 || !strings.Contains(err.Error(), want) {
			t.Errorf("record %v: %d writes, %v\n%v", withRecord, n.Load(), err, report)
		}
		report, err := run(NewKey())
		if err != nil || report.Tables[0].Written != 200 || !strings.Contains(report.String(), "info: the table was copied from its beginning: the checkpoint is of another scheme") {
			t.Errorf("record %v: %v\n%v", withRecord, err, report)
		}
	}
}

// dropRecord deletes the record of the last run.
func dropRecord(t *testing.T, store CheckpointStore) {
	t.Helper()
	record, err := store.Acquire(t.Context(), recordName)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(record.Delete(t.Context()), record.Release(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// A checkpoint of the old key is of no use under the new one.
func TestNewKeyGivesUpCheckpoints(t *testing.T) {
	t.Parallel()
	for _, withRecord := range []bool{true, false} { // without one, the checkpoint tells
		p := newPair(t)
		p.fill(t, users(200)...)
		table := WithTable("Source", "Destination", clearCopy(), WithPageSize(10))
		store := interrupted(t, p, 3, WithWorkers(1), WithWriteConcurrency(1), table)
		want := "accept this one by NewKey"
		if !withRecord {
			dropRecord(t, store)
			want = "give the checkpoint up by NewKey"
		}
		n := writes(p.dest)
		if report, err := p.syncer(t, WithKey(otherTestKey), table, WithCheckpoint(store)).Sync(t.Context()); err == nil || n.Load() > 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("record %v: %v\n%v", withRecord, err, report)
		}
		if data, err := store.Load(t.Context(), recordName); err != nil || (data != nil) != withRecord {
			t.Errorf("record %v: a job that was refused left a record of its key: %v", withRecord, err)
		}
		report, err := p.syncer(t, WithKey(otherTestKey), table, WithCheckpoint(store, NewKey())).Sync(t.Context())
		if err != nil || report.Tables[0].Written != 200 || !strings.Contains(report.String(), "info: the table was copied from its beginning: the checkpoint is of another key") {
			t.Errorf("record %v: %v\n%v", withRecord, err, report)
		}
	}
}

func TestRunRecordIsSealed(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(5)...)
	store := &memoryStore{}
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy()), WithCheckpoint(store))
	if _, err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	rec, err := s.LastRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rec.Tables[0].debts = ledger.Debts(nil).With(ledger.Item{Verdict: ledger.Failed, Digest: ledger.Digest([]byte(canaryKey))})
	if err := holdAll(t, s, s.tables[0]).saveRecord(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	haystack := store.data[recordName]
	for _, secret := range []string{"Source", "Destination", "arn:", "done", canaryKey, rec.Job, rec.Rules, runtime.Version()} {
		if bytes.Contains(haystack, []byte(secret)) {
			t.Errorf("%s stands in the clear: %q", secret, haystack)
		}
	}
	got, err := s.LastRun(t.Context())
	if diff := cmp.Diff(rec, got, cmp.AllowUnexported(TableRecord{})); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if text, err := json.Marshal(got); err != nil || strings.Contains(string(text), "anary") || strings.Contains(string(text), "ebts") {
		t.Errorf("%s, %v", text, err)
	}
}

// failAt is a store whose k-th call fails. None does if k is 0.
type failAt struct {
	memoryStore
	k, n   atomic.Int64
	failed atomic.Value // the call
}

var errStore = errors.New("alice.canary@example.com")

func (f *failAt) call(op, name string) error {
	if f.n.Add(1) == f.k.Load() {
		f.failed.Store(op + " " + name)
		return errStore
	}
	return nil
}

func (f *failAt) Acquire(ctx context.Context, name string) (Lease, error) {
	if err := f.call("acquire", name); err != nil {
		return nil, err
	}
	lease, err := f.memoryStore.Acquire(ctx, name)
	return &failingLease{lease, f, name}, err
}

func (f *failAt) Load(ctx context.Context, name string) ([]byte, error) {
	if err := f.call("look", name); err != nil {
		return nil, err
	}
	return f.memoryStore.Load(ctx, name)
}

type failingLease struct {
	Lease
	store *failAt
	name  string
}

func (l *failingLease) Load(ctx context.Context) ([]byte, error) {
	if err := l.store.call("load", l.name); err != nil {
		return nil, err
	}
	return l.Lease.Load(ctx)
}

func (l *failingLease) Save(ctx context.Context, data []byte) error {
	if err := l.store.call("save", l.name); err != nil {
		return err
	}
	return l.Lease.Save(ctx, data)
}

func (l *failingLease) Delete(ctx context.Context) error {
	if err := l.store.call("delete", l.name); err != nil {
		return err
	}
	return l.Lease.Delete(ctx)
}

func (l *failingLease) Release(ctx context.Context) error {
	return errors.Join(l.Lease.Release(ctx), l.store.call("release", l.name))
}

// Whichever call of the store fails is told, nothing is written where it fails
// before the first write, and the next run completes the copy.
func TestEveryFailingCallOfTheStoreIsTold(t *testing.T) {
	t.Parallel()
	reached := 0
	for k := int64(1); ; k++ {
		p := newPair(t)
		p.fill(t, users(40)...)
		n := writes(p.dest)
		store := &failAt{}
		store.k.Store(k)
		sync := func() (*Report, error) {
			s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithPageSize(10)), WithCheckpoint(store))
			return s.Sync(t.Context())
		}
		report, err := sync()
		failed, _ := store.failed.Load().(string)
		if failed == "" {
			if err != nil {
				t.Errorf("call %d: %v", k, err)
			}
			break
		}
		reached++
		if !errors.Is(err, errStore) || strings.Contains(err.Error(), "canary") {
			t.Errorf("call %d (%s): %v\n%v", k, failed, err, report)
		}
		first := strings.HasPrefix(failed, "acquire") || strings.HasPrefix(failed, "load") || failed == "save "+recordName && k < 6
		if first && n.Load() > 0 {
			t.Errorf("call %d (%s): %d writes after it", k, failed, n.Load())
		}
		if failed == "save "+recordName && !first && len(store.data) < 2 {
			t.Errorf("call %d (%s): the checkpoint was dropped, and the record does not say how the run ended", k, failed)
		}
		if report, err = sync(); err != nil {
			t.Errorf("call %d (%s): the next run: %v\n%v", k, failed, err, report)
		}
		if got := len(contents(t, p.to, "Destination")); got != 40 {
			t.Errorf("call %d (%s): %d items", k, failed, got)
		}
	}
	if reached < 10 { // acquire two, load and save the record, load, save the checkpoint, save the record, delete, release two
		t.Errorf("%d calls failed", reached)
	}
}

// Each share has a store and a record of its own.
func TestRunRecordsOfShares(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(60)...)
	var read int64
	var job string
	for i := range 2 {
		s := p.syncer(t, WithShare(i, 2), WithTable("Source", "Destination", WithSegments(4)), WithCheckpoint(&memoryStore{}))
		report, err := s.Sync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rec, err := s.LastRun(t.Context())
		if err != nil || rec.Outcome != runDone || rec.Tables[0].Outcomes.Read != report.Tables[0].Read || job != "" && rec.Job != job {
			t.Errorf("share %d: %+v, %v", i, rec, err)
		}
		read, job = read+rec.Tables[0].Outcomes.Read, rec.Job
	}
	if read != 60 {
		t.Errorf("%d items", read)
	}
}

func TestLastRunErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	s, _ := checkpointSyncer(t, nil)
	saved, err := s.keeper.encodeRecord(&RunRecord{Job: "job", Outcome: runDone, Tables: []TableRecord{{Table: "Source"}}})
	if err != nil {
		t.Fatal(err)
	}
	senseless, err := recordKind.Seal(s.key, recordHeader{recordKind.Format, recordKind.Version, s.key.Fingerprint(), time.Unix(0, 0).UTC()}, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, new string) []byte {
		if !bytes.Contains(saved, []byte(old)) {
			t.Fatalf("%q is not in the record", old)
		}
		return bytes.Replace(saved, []byte(old), []byte(new), 1)
	}
	const remedy = `; to do without it, delete "last-run" from the store`
	tests := []struct {
		reason string
		data   []byte // nil for none
		opts   []any
		is     error
		want   string // the end of the error
	}{
		{"as it was saved", saved, nil, nil, ""},
		{"no checkpoint", saved, []any{noCheckpoint()}, nil, "LastRun needs WithCheckpoint, whose store keeps the record"},
		{"no run yet", nil, nil, nil, ""},
		{"an empty file", []byte{}, nil, nil, "damaged: it is empty" + remedy},
		{"half a file", saved[:len(saved)/2], nil, nil, "damaged: it was cut off or changed after it was written" + remedy},
		{"a checkpoint", edit("dynsync run record", "dynsync checkpoint"), nil, nil, "damaged: it is cut off, or never was one" + remedy},
		{"a later format", edit(`"version":3`, `"version":4`), nil, nil, "format 4, and this version of dynsync reads format 3; use the version that wrote it" + remedy},
		{"a header that was edited", edit(`"saved":"2`, `"saved":"3`), nil, nil, "changed after it was written" + remedy},
		{"a key that is none", edit(s.key.Fingerprint(), canaryKey), nil, nil, "changed after it was written" + remedy},
		{"nothing in it", senseless, nil, nil, "its content makes no sense" + remedy},
		{"another key", saved, []any{WithKey(otherTestKey)}, nil,
			fmt.Sprintf("is of another key (%s, and this job has %s), under which every pseudonym was different; give WithKey the key, and WithEnvironment the name, of that run", keyIDOf(t, testKey), keyIDOf(t, otherTestKey)) + remedy},
		{"another key, and NewKey, which opens nothing", saved, []any{WithKey(otherTestKey), WithCheckpoint(nil, NewKey())}, nil, "give WithKey the key, and WithEnvironment the name, of that run" + remedy},
		{"a store that fails", saved, []any{WithCheckpoint(&memoryStore{err: errStore})}, errStore, "cannot be read: the store failed; Unwrap has the cause"},
	}
	for _, tt := range tests {
		store := &memoryStore{data: map[string][]byte{}}
		if tt.data != nil {
			store.data[recordName] = tt.data
		}
		s, _ := checkpointSyncer(t, store, tt.opts...)
		if s.cfg.checkpoint.set && s.cfg.checkpoint.store == nil {
			s.cfg.checkpoint.store = store
		}
		rec, err := s.LastRun(t.Context())
		switch {
		case rec == nil:
			t.Errorf("%s: the record is nil", tt.reason)
		case tt.data == nil && (err != nil || !reflect.DeepEqual(rec, &RunRecord{Outcome: runNone})):
			t.Errorf("%s: %+v, %v", tt.reason, rec, err)
		case tt.want == "" && tt.data != nil && (err != nil || rec.Job != "job"):
			t.Errorf("%s: %+v, %v", tt.reason, rec, err)
		case tt.want != "" && (err == nil || !strings.HasSuffix(err.Error(), tt.want) || strings.Contains(err.Error(), "canary")):
			t.Errorf("%s: %v", tt.reason, err)
		case tt.is != nil && !errors.Is(err, tt.is):
			t.Errorf("%s: %v is not %v", tt.reason, err, tt.is)
		}
	}
}

// A record that is damaged cannot be compared with, so the job does not begin.
func TestADamagedRecordEndsTheJobBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(5)...)
	n := writes(p.dest)
	store := &memoryStore{data: map[string][]byte{recordName: []byte("x")}}
	report, err := p.syncer(t, WithTable("Source", "Destination"), WithCheckpoint(store, NewKey())).Sync(t.Context())
	if err == nil || n.Load() > 0 || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%d writes, %v\n%v", n.Load(), err, report)
	}
}

// No table's checkpoint has the name of the record.
func TestRunRecordHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	if _, err := FileCheckpoint(t.TempDir()).Load(t.Context(), recordName); err != nil {
		t.Error(err)
	}
	if checkpoint.Name(recordName) == recordName {
		t.Error("a table's checkpoint would overwrite the record")
	}
}

func TestVersionIn(t *testing.T) {
	t.Parallel()
	dep := func(m *debug.Module) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: "example.com/refresh", Version: "v9.9.9"}, Deps: []*debug.Module{{Path: "example.com/x", Version: "v8.8.8"}, m}}
	}
	tests := []struct {
		reason string
		info   *debug.BuildInfo
		want   string
	}{
		{"dynsync's own programs", &debug.BuildInfo{Main: debug.Module{Path: module, Version: "(devel)"}}, "(devel)"},
		{"a program that imports it", dep(&debug.Module{Path: module, Version: "v1.2.3"}), "v1.2.3"},
		{"one that replaces it", dep(&debug.Module{Path: module, Version: "v1.2.3", Replace: &debug.Module{Path: "example.com/fork", Version: "v1.2.4"}}), "v1.2.4"},
		{"a program that does not say", &debug.BuildInfo{}, ""},
	}
	for _, tt := range tests {
		if got := versionIn(tt.info); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
	}
}
