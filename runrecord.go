package dynsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/span"
	"github.com/dynsync/dynsync/internal/tabledesc"
)

// A RunRecord describes the last run of a job with [WithCheckpoint]; [Syncer.LastRun]
// returns it. The checkpoint store keeps it, even after success, until the next run
// begins, encrypted under a subkey of the job's key. It contains no attribute value.
type RunRecord struct {
	Job       string    // identifies the job: a hash of the names of its tables and destinations
	KeyID     string    // identifies the key, which cannot be computed from it
	Rules     string    // a keyed hash of the Rules of all tables
	Version   string    // version of dynsync; "(devel)", or "" if it is unknown
	GoVersion string    // as runtime.Version returns it
	Scheme    int       // number of the scheme of pseudonyms that the run had; see package anon
	Started   time.Time // UTC
	Ended     time.Time `json:",omitzero"` // UTC; zero while the run goes on, or if its process died
	// Outcome says how the run ended: "done" without an error, "items failed" if only
	// items failed or collided, "ended early" with another error, mostly that of a table
	// (TableRecord.Err). It is "running" while the run goes on, or if its process died,
	// and "none" if there is no record.
	Outcome string
	Tables  []TableRecord
}

// A TableRecord describes one table of a [RunRecord]. Its counts are zero until the run
// has ended.
type TableRecord struct {
	Table string // its name in the job
	// SourceARN and DestinationARN are those of DescribeTable, or "" without an answer.
	SourceARN, DestinationARN string
	// Rules is a keyed hash of everything that affects an item that is read: rules,
	// defaults, the TTL attribute, checks, and the version of [RulesVersion]. It is "" if
	// the preflight failed.
	Rules     string
	LeakCheck string // what WithLeakCheck did: "fails items", "counts" or "off"

	Outcomes              Outcomes      // counts of this run
	Job                   Outcomes      // counts of all runs on the checkpoint, see TableReport.Job
	ReadUnits, WriteUnits float64       // capacity units that this run consumed
	Duration              time.Duration // duration of this run; nanoseconds in JSON
	Err                   string        `json:",omitempty"` // the text of TableReport.Err

	debts ledger.Debts // of Job; they are stored, and no part of the JSON
	job   string       // the fingerprint of the table's job; stored, and no part of the JSON
}

// LastRun returns the record of the job's last run, even while that run goes on. The job
// needs [WithCheckpoint] with the store of that run, and its key. If the store has no
// record, LastRun returns no error and a record whose only field is the outcome "none".
// LastRun takes no lease of the store and is safe for concurrent use. The record is never
// nil.
func (s *Syncer) LastRun(ctx context.Context) (*RunRecord, error) {
	if s.cfg.checkpoint.store == nil {
		return &RunRecord{}, reason.Refuse(reason.Configuration, "LastRun needs WithCheckpoint, whose store keeps the record")
	}
	if err := s.keys.Ready(ctx); err != nil {
		return &RunRecord{}, err
	}
	rec, err := s.keeper.loadRecord(ctx)
	switch {
	case err != nil:
		return &RunRecord{}, err
	case rec == nil:
		return &RunRecord{Outcome: runNone}, nil
	}
	return rec, nil
}

var recordKind = &seal.Kind{
	Format: "dynsync run record", Version: 3, Purpose: "run record", Noun: "the record of the last run",
	OtherKey: "under which every pseudonym was different; give WithKey the key, and WithEnvironment the name, of that run",
}

type recordHeader struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Key     string    `json:"key"` // fingerprint of the job's key
	Saved   time.Time `json:"saved"`
}

type sealedRecord struct {
	Run   *RunRecord `json:"run"`
	Debts [][]byte   `json:"debts"` // by table, as in Run
	Jobs  []string   `json:"jobs"`  // fingerprints of the tables' jobs, as in Run
}

// A recordError says why the run record cannot be used. Like a TableError it does not
// print the text of its cause.
type recordError struct {
	class  reason.Class
	reason string
	err    error
}

func (e *recordError) Error() string        { return "dynsync: " + e.reason }
func (e *recordError) Unwrap() error        { return e.err }
func (e *recordError) stated() reason.Class { return e.class }

// Format prints what Error returns for every verb.
func (e *recordError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// loadRecord returns the record in the store, or nil where there is none. The error
// is a *recordError; it wraps an *seal.OtherKeyError where the record is of another key.
func (k *keeper) loadRecord(ctx context.Context) (*RunRecord, error) {
	var data []byte
	call := span.Begin(ctx, 0)
	err := checkpoint.Guard("Load", func() (err error) {
		data, err = k.store.Load(ctx, recordName)
		return err
	})
	return k.openedRecord(call, data, err)
}

// openedRecord returns the record in what was loaded.
func (k *keeper) openedRecord(call *span.Span, data []byte, err error) (*RunRecord, error) {
	if err != nil {
		return nil, &recordError{k.class(err), recordKind.Noun + " cannot be read: " + k.reason(call, err), err}
	}
	if data == nil {
		return nil, nil
	}
	rec, err := k.decodeRecord(data)
	if err != nil {
		why, class := ownText(err)
		if seal.IsOtherKey(err) {
			class = reason.Refused
		}
		return nil, &recordError{class, why + "; to do without it, delete " + k.place(recordName), err}
	}
	return rec, nil
}

// loadRecord is that of the keeper, by the lease.
func (h *holder) loadRecord(ctx context.Context) (*RunRecord, error) {
	var data []byte
	err := h.leases.Use(ctx, recordName, "Load", func(ctx context.Context, l checkpoint.Lease) (err error) {
		data, err = l.Load(ctx)
		return err
	})
	return h.openedRecord(h.call, data, err)
}

// saveRecord keeps the record in place of the one before, also when ctx has ended.
// The error is a *recordError.
func (h *holder) saveRecord(ctx context.Context, rec *RunRecord) error {
	data, err := h.encodeRecord(rec)
	var own *reason.Plain
	if errors.As(err, &own) {
		return &recordError{own.Class, own.Text, nil}
	}
	if err != nil {
		return &recordError{reason.Unexpected, "the record of the run cannot be encoded", err}
	}
	save := func(ctx context.Context, l checkpoint.Lease) error { return l.Save(ctx, data) }
	if err := h.use(ctx, recordName, "Save", save); err != nil {
		return &recordError{h.class(err), "the record of the run cannot be saved: " + h.reason(h.call, err), err}
	}
	return nil
}

// encodeRecord seals a record, as large as the store takes it: where there is no room, it
// forgets lost items, and where that is not enough, the ends of errors.
func (k *keeper) encodeRecord(rec *RunRecord) ([]byte, error) {
	limit := k.maxBytes()
	data, err := k.sealRecord(rec)
	if err != nil || limit == 0 || len(data) <= limit {
		return data, err
	}
	bare, err := k.sealRecord(rec.withoutDebts())
	if err == nil && len(bare) > limit {
		for i := range rec.Tables {
			t := &rec.Tables[i]
			t.Err = t.Err[:min(len(t.Err), recordErr)]
		}
		bare, err = k.sealRecord(rec.withoutDebts())
	}
	if err != nil {
		return nil, err
	}
	rec.trimDebts((limit-len(bare)-seal.Overhead)/4*3 - 3*len(rec.Tables)) // they are stored as base64
	if data, err = k.sealRecord(rec); err != nil || len(data) <= limit {
		return data, err
	}
	return nil, reason.Refuse(reason.Configuration, "the record of a run of %d tables is larger than the %d bytes that the store of WithCheckpoint takes; divide the job", len(rec.Tables), limit)
}

// withoutDebts returns the record without its lost items.
func (rec *RunRecord) withoutDebts() *RunRecord {
	bare := *rec
	bare.Tables = slices.Clone(rec.Tables)
	for i := range bare.Tables {
		bare.Tables[i].debts = nil
	}
	return &bare
}

// trimDebts forgets the lost items that do not fit into that many bytes, of the tables
// that have the most.
func (rec *RunRecord) trimDebts(room int) {
	var tables []*TableRecord
	for i := range rec.Tables {
		tables = append(tables, &rec.Tables[i])
	}
	slices.SortStableFunc(tables, func(a, b *TableRecord) int { return len(a.debts) - len(b.debts) })
	for i, t := range tables {
		t.debts = t.debts.Within(room / (len(tables) - i))
		room -= len(t.debts)
	}
}

const (
	recordErr    = 200 // bytes of an error that a record keeps at least
	recordGrowth = 700 // bytes: that error, and what is counted
)

// checkSize refuses a job of so many tables that the record of its end would not fit.
func (k *keeper) checkSize(rec *RunRecord) error {
	if limit := k.maxBytes(); limit > 0 {
		data, err := k.sealRecord(rec)
		if err == nil && len(data)+recordGrowth*len(rec.Tables) > limit {
			err = &recordError{reason.Configuration, fmt.Sprintf("the record of a run of %d tables can be larger than the %d bytes that the store of WithCheckpoint takes; divide the job", len(rec.Tables), limit), nil}
		}
		return err
	}
	return nil
}

func (k *keeper) sealRecord(rec *RunRecord) ([]byte, error) {
	header := recordHeader{recordKind.Format, recordKind.Version, k.key.Fingerprint(), time.Now().UTC().Truncate(time.Second)}
	sealed := sealedRecord{Run: rec}
	for _, t := range rec.Tables {
		sealed.Debts, sealed.Jobs = append(sealed.Debts, t.debts), append(sealed.Jobs, t.job)
	}
	content, err := json.Marshal(sealed)
	if err != nil {
		return nil, err
	}
	return recordKind.Seal(k.key, header, content)
}

// decodeRecord is the inverse of encodeRecord. The error is that of [seal.Kind.Open].
func (k *keeper) decodeRecord(data []byte) (*RunRecord, error) {
	var h recordHeader
	var sealed sealedRecord
	content, err := recordKind.Open(k.key, data, &h)
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(content, &sealed) != nil {
		return nil, recordKind.Senseless()
	}
	rec := sealed.Run
	if rec == nil || len(rec.Tables) != len(sealed.Debts) || len(rec.Tables) != len(sealed.Jobs) {
		return nil, recordKind.Senseless()
	}
	for i, d := range sealed.Debts {
		rec.Tables[i].job = sealed.Jobs[i]
		if rec.Tables[i].debts = d; !rec.Tables[i].debts.Legal() {
			return nil, recordKind.Senseless()
		}
	}
	return rec, nil
}

// A recorder keeps the record of a Sync. A nil recorder, of a job without WithCheckpoint,
// keeps none.
type recorder struct {
	s    *Syncer
	kept *holder
	last *RunRecord // or nil
	rec  *RunRecord // of this run, from begin on
	runs []*run
}

// openRecord compares the job's key and scheme with those of the last run. The job ends where it
// returns an error.
func (h *holder) openRecord(ctx context.Context, s *Syncer, report *Report) (*recorder, error) {
	if h == nil {
		return nil, nil
	}
	last, err := h.loadRecord(ctx)
	if err := h.compareKeys(last, err, report); err != nil {
		return nil, err
	}
	return &recorder{s: s, kept: h, last: last}, nil
}

// compareKeys compares the job's key and scheme with those of the record that was loaded,
// nil for none or for another key's, with that error.
func (k *keeper) compareKeys(last *RunRecord, err error, report *Report) error {
	var other *seal.OtherKeyError
	switch {
	case errors.As(err, &other) && k.newKey:
		report.find(finding.KeyChanged, "the last run had another key (%s), and NewKey accepts this one (%s): every pseudonym and every primary key that rules rewrite changes", other.Key, k.key.Fingerprint())
	case errors.As(err, &other):
		return &recordError{reason.Refused, string(other.Reason) + ", or accept this one by NewKey", err}
	case err != nil:
		return err
	case last == nil:
		report.find(finding.KeyNotCompared, "the checkpoint store has no record of an earlier run, so the key could not be compared with that run's")
	case last.Scheme != k.scheme && k.newKey:
		report.find(finding.SchemeChanged, "the last run had scheme %d of pseudonyms, and NewKey accepts that this release has scheme %d: pseudonyms, and primary keys that rules rewrite, can change", last.Scheme, k.scheme)
	case last.Scheme != k.scheme:
		return &recordError{reason.Refused, fmt.Sprintf("the last run had scheme %d of pseudonyms, and this release of dynsync has scheme %d, under which equal values can have other pseudonyms; use a release with scheme %[1]d, or accept this scheme by NewKey", last.Scheme, k.scheme), nil}
	}
	return nil
}

// checkRecordKey compares the job's key with that of the last Sync, once.
func (s *Syncer) checkRecordKey(ctx context.Context) error {
	if s.cfg.checkpoint.store == nil || s.keyChecked.Load() {
		return nil
	}
	if err := s.keys.Ready(ctx); err != nil {
		return err
	}
	last, err := s.keeper.loadRecord(ctx)
	err = s.keeper.compareKeys(last, err, &Report{})
	s.keyChecked.Store(err == nil)
	return err
}

// newRecord returns the record of runs that begin.
func (s *Syncer) newRecord(runs []*run) *RunRecord {
	rec := &RunRecord{KeyID: s.key.Fingerprint(), Version: version(), GoVersion: runtime.Version(), Scheme: s.keeper.scheme, Outcome: runRunning}
	var names, rules factWriter
	for i, r := range runs {
		if i == 0 {
			rec.Started = r.start.UTC() // of the preflight
		}
		t := newTableRecord(r)
		rec.Tables = append(rec.Tables, t)
		names.text(t.Table)
		names.text(r.table.cfg.destination)
		rules.text(t.Rules)
	}
	rec.Job, rec.Rules = names.hash(), rules.hash()
	return rec
}

func newTableRecord(r *run) TableRecord {
	t := TableRecord{Table: r.table.cfg.name, SourceARN: tabledesc.ARN(r.source), DestinationARN: tabledesc.ARN(r.target)}
	if r.plan != nil {
		t.job, t.LeakCheck = r.jobFingerprint(), r.plan.LeakWords()
		t.Rules = rulesIn(t.job)
	}
	return t
}

// hash returns 128 bits of a hash of what was written, as hexadecimal digits.
func (w *factWriter) hash() string {
	sum := sha256.Sum256(w.b)
	return hex.EncodeToString(sum[:aspectLen])
}

// count takes over what the report counted.
func (t *TableRecord) count(rep *TableReport) {
	t.Outcomes = rep.outcomes()
	t.Job, t.ReadUnits, t.WriteUnits, t.Duration = rep.Job, rep.ReadUnits, rep.WriteUnits, rep.Duration
	if rep.Err != nil {
		t.Err = rep.Err.Error()
	}
}

// version returns the version of this module in the program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return versionIn(info)
}

func versionIn(info *debug.BuildInfo) string {
	const path = "github.com/dynsync/dynsync"
	if info.Main.Path == path {
		return info.Main.Version
	}
	for _, m := range info.Deps {
		if m.Path == path && m.Replace != nil {
			m = m.Replace
		} else if m.Path != path {
			continue
		}
		return m.Version
	}
	return ""
}
