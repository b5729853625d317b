package dynsync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/deadletter"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/logrec"
	"github.com/dynsync/dynsync/internal/partiql"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/tablearn"
	"github.com/dynsync/dynsync/internal/tabledesc"
	"github.com/dynsync/dynsync/internal/wire"
)

// Replay tries the items of a file of [WithDeadLetters] again. It reads the current item
// of each key from the source, and transforms and writes it as [Syncer.Sync] does. It
// reads a key that is in the file twice only once. It skips an item that is no longer in
// the source, that [WithWhere] no longer selects, or that never had a valid key;
// TableReport.Replay counts these. Items that fail again need another file: give the job
// a different [WithDeadLetters].
//
// Replay inserts only, and never writes over an item of the destination,
//
//   - if items can collide;
//   - if the file belongs to a job with other rules for key attributes, or with other
//     tables that have the same destination;
//   - for a line whose outcome is [OutcomeCollided].
//
// An item whose key then has a different item at the destination counts as
// [OutcomeCollided]. With [WithAllowExisting], only the last case applies.
//
// With [WithCheckpoint], the job no longer counts items that Replay wrote as failed or
// collided. This covers the first 8,192 lost items of a table. Each share of a job
// ([WithShare]) replays its own file.
//
// Replay skips a line that a killed process cut off, and the report contains a finding.
// Other lines that cannot be read are an error, which Replay returns after it has tried
// the rest. Replay writes nothing if a line belongs to a table that the job does not
// have, or that it reads by [WithIndex], because the source's items have attributes that
// the index may not have.
//
// Replay blocks until every item is settled. Its report and error are like those of Sync.
func (s *Syncer) Replay(ctx context.Context, path string) (result *Report, err error) {
	log := openLog(ctx, s, "Replay")
	defer func() { endLog(ctx, log, result, err) }()
	report := newReport(s)
	if s.reader == nil || s.writer == nil {
		return report, report.end(reason.Refuse(reason.Configuration, "Replay needs WithSource and WithDestination"))
	}
	replays, bad, err := s.readReplays(ctx, path, report)
	if err != nil {
		return report, report.end(err)
	}
	j, err := s.newJob(ctx, callReplay)
	if err != nil {
		return report, report.end(err)
	}
	j.log, j.keyTags = log, map[string]map[string]bool{}
	log.Begin(func() logrec.Start {
		start := startOf(s, nil)
		start.Tables = len(replays)
		return start
	})
	for _, rp := range replays {
		j.keyTags[rp.table.cfg.name] = rp.tags
	}
	var tables []*table
	for _, rp := range replays {
		tables = append(tables, rp.table)
	}
	kept, err := s.keeper.hold(ctx, tables)
	if err != nil {
		return report, report.end(err, j.close())
	}
	defer func() { _ = kept.release() }()                      // also where a callback of the caller's panics
	if _, err := kept.openRecord(ctx, s, report); err != nil { // of another key, say
		return report, report.end(err, kept.release(), j.close())
	}
	errs := []error{bad}
	for _, rp := range replays {
		errs = append(errs, kept.during(ctx, rp.table, func(ctx context.Context) error {
			rp.kept = kept
			rep, err := rp.run(ctx, j)
			report.Tables = append(report.Tables, rep)
			return err
		}))
	}
	errs = append(errs, kept.release(), j.close())
	return report, report.end(errs...)
}

// readReplays reads a file and returns the lines by table, in the order of the job. Lines
// that cannot be read are the separate error bad, which does not stop the others.
func (s *Syncer) readReplays(ctx context.Context, path string, report *Report) (replays []*replay, bad, err error) {
	if err := s.keys.Ready(ctx); err != nil {
		return nil, nil, err
	}
	in := &replayFile{s: s, report: report, byTable: map[string]*replay{}}
	for line, err := range deadLines(path, func(string) *pseudonym.Key { return s.key }) {
		if err == nil {
			err = in.take(line)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("dynsync: Replay: %w", err)
		}
	}
	in.tellTorn()
	for _, t := range s.tables {
		if rp := in.byTable[t.cfg.name]; rp != nil {
			replays = append(replays, rp)
		}
	}
	if err := in.broken.Err(nil); err != nil {
		bad = fmt.Errorf("dynsync: Replay: %w", err)
	}
	return replays, bad, nil
}

// A replayFile sorts the lines of a file.
type replayFile struct {
	s       *Syncer
	report  *Report
	byTable map[string]*replay
	broken  deadletter.BadLines
	torn    []int // lines that were cut off when they were written
}

// take takes a line. It returns an error if the line cannot be replayed.
func (in *replayFile) take(line deadletter.Line) error {
	switch line.State {
	case deadletter.OK:
		return in.add(line)
	case deadletter.Torn:
		in.torn = append(in.torn, line.N)
	default:
		in.broken.Add(line)
	}
	return nil
}

// tellTorn reports the lines that were skipped.
func (in *replayFile) tellTorn() {
	switch n := len(in.torn); {
	case n == 1:
		in.report.find(finding.LineCutOff, "line %d of the file of dead letters was cut off when it was written, and was passed over", in.torn[0])
	case n > 1:
		in.report.find(finding.LineCutOff, "%d lines of the file of dead letters were cut off when they were written, and were passed over; the first is line %d", n, in.torn[0])
	}
}

func (in *replayFile) add(line deadletter.Line) error {
	name := line.Letter.Table
	t := in.s.byName[name]
	if err := canReplay(t, name); err != nil {
		return reason.Blame(reason.Configuration, fmt.Errorf("line %d of the file is of %w", line.N, err))
	}
	if in.byTable[name] == nil {
		in.byTable[name] = &replay{s: in.s, table: t, seen: map[string]bool{}, tags: map[string]bool{}}
	}
	in.byTable[name].add(newDeadLetter(line.Letter))
	return nil
}

// canReplay returns why the items of a table cannot be read by their keys.
func canReplay(t *table, name string) error {
	switch {
	case t == nil:
		return fmt.Errorf("the table %q, which the job does not have", name)
	case t.cfg.index != "":
		return fmt.Errorf("table %s, which the job reads by WithIndex: an item read by its key has attributes that the index may not; run Sync again", name)
	case !t.read.evaluates():
		return fmt.Errorf("table %s, whose WithWhere dynsync cannot evaluate, so that it does not know whether an item is still selected; run Sync again", name)
	}
	return nil
}

// A replay is the lines of one table.
type replay struct {
	s        *Syncer
	kept     *holder // nil without WithCheckpoint
	table    *table
	counts   ReplayCounts
	seen     map[string]bool
	tags     map[string]bool // see run.keyTag
	failed   []*Record       // keys
	collided []*Record       // keys
	tried    []tried
}

// A tried is an item that was read again, and what became of it.
type tried struct {
	key  *Record
	mark *checkpoint.Mark
}

// add adds a line. If an item failed once and collided once, the collision counts.
func (rp *replay) add(l *DeadLetter) {
	rp.counts.Lines++
	switch {
	case len(l.Key.attrs) == 0:
		rp.counts.NoKey++
		return
	case l.Outcome == OutcomeExisting:
		rp.counts.Existed++
		return
	}
	if l.tag != "" {
		rp.tags[l.tag] = true
	}
	id := keyIdentity(l.Key)
	collided := l.Outcome == OutcomeCollided
	switch again := rp.seen[id]; {
	case !again && collided:
		rp.collided = append(rp.collided, l.Key)
	case !again:
		rp.failed = append(rp.failed, l.Key)
	case collided:
		same := func(key *Record) bool { return keyIdentity(key) == id }
		if i := slices.IndexFunc(rp.failed, same); i >= 0 {
			rp.failed = slices.Delete(rp.failed, i, i+1)
			rp.collided = append(rp.collided, l.Key)
		}
		fallthrough
	default:
		rp.counts.Repeated++
	}
	rp.seen[id] = true
}

// keyIdentity returns a text that is equal for equal keys, however they are written.
func keyIdentity(key *Record) string {
	var names []string
	for name := range key.Attributes() {
		names = append(names, name)
	}
	slices.Sort(names)
	var id []byte
	for _, name := range names {
		v, _ := key.at([]wire.Step{{Name: name}})
		value, err := wire.AppendKey(nil, v.raw)
		if err != nil {
			return string(key.item)
		}
		id = fmt.Appendf(id, "%q%q", name, value)
	}
	return string(id)
}

// run reads and writes the items. It returns an error that the report does not contain.
func (rp *replay) run(ctx context.Context, j *job) (*TableReport, error) {
	keys := int64(len(rp.failed) + len(rp.collided))
	var parts []part
	if len(rp.failed) > 0 {
		parts = append(parts, part{records: rp.read(ctx, rp.failed), markOf: rp.markOf})
	}
	if len(rp.collided) > 0 {
		parts = append(parts, part{records: rp.read(ctx, rp.collided), markOf: rp.markOf, inserts: true})
	}
	noKey := rp.counts.NoKey
	r, streamErr := rp.s.write(ctx, j, rp.table, parts...)
	rep := r.account.report
	rp.counts.Untried = keys - (rp.counts.NoKey - noKey) - rp.counts.Gone - rp.counts.Unselected - rep.Read
	rep.Replay = &rp.counts
	err := rp.pay(ctx, r)
	if rep.Err == nil && streamErr != nil {
		err = errors.Join(err, streamErr)
	}
	return rep, err
}

// read reads the items of those keys, one request each.
func (rp *replay) read(ctx context.Context, keys []*Record) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		r := rp.s.preflight(ctx, &job{}, []*table{rp.table}, needs{source: true})[0]
		if r.account.report.Err != nil {
			yield(nil, r.account.report.Err)
			return
		}
		page := new(rawapi.Page)
		for _, key := range keys {
			rec, err := rp.readOne(ctx, r, key, page)
			if rec == nil && err == nil {
				continue
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// readOne reads an item. If there is none to write, it counts why and returns nil.
func (rp *replay) readOne(ctx context.Context, r *run, key *Record, page *rawapi.Page) (*Record, error) {
	if !fitsKeySchema(r.plan.Keys, r.source, key) {
		rp.counts.NoKey++
		return nil, nil
	}
	rec, err := r.reader.readByKey(ctx, key, page)
	if err != nil {
		return nil, err
	}
	if rec == nil {
		rp.counts.Gone++
		return nil, nil
	}
	selected, err := rp.table.read.selects(rec)
	if err != nil {
		return nil, newTableError(rp.table.cfg.name, "read", err)
	}
	if !selected {
		rp.counts.Unselected++
		return nil, nil
	}
	m := checkpoint.Loose()
	rp.tried = append(rp.tried, tried{key, m})
	return rec, nil
}

// readByKey reads the item of a key. It returns nil where there is none.
func (rd *reader) readByKey(ctx context.Context, key *Record, p *rawapi.Page) (*Record, error) {
	if !partiql.TakesKeys(rd.keys) || tablearn.Is(rd.query.source) {
		return rd.getByKey(ctx, key)
	}
	in, err := selectByKey(rd.query.source, rd.keys, key)
	if err != nil {
		return nil, rd.fault(ctx, err)
	}
	for {
		err := rd.request(ctx, rd.patience, p, func(ctx context.Context) error { return rd.client.ExecuteStatement(ctx, in, p) })
		switch {
		case err != nil:
			return nil, rd.fault(ctx, err)
		case len(p.Items) > 0:
			return NewRecord(p.Item(0))
		case p.NextToken == "":
			return nil, nil
		}
		token := p.NextToken // a page can be empty, and not the last one
		in.NextToken = &token
	}
}

// getByKey is readByKey by GetItem, for a table or key attributes that no SELECT can name.
func (rd *reader) getByKey(ctx context.Context, key *Record) (*Record, error) {
	consistent := true
	in := &dynamodb.GetItemInput{TableName: &rd.query.source, Key: key.AttributeValues(), ConsistentRead: &consistent}
	var got rawapi.GotItem
	p := new(rawapi.Page)
	err := rd.request(ctx, rd.patience, p, func(ctx context.Context) (err error) {
		got, err = rd.client.GetItem(ctx, in)
		p.ConsumedCapacity = got.ConsumedCapacity
		return err
	})
	switch {
	case err != nil:
		return nil, rd.fault(ctx, err)
	case got.Item == nil:
		return nil, nil
	}
	return NewRecord(got.Item)
}

// markOf returns the mark of the record that was read last.
func (rp *replay) markOf(*Record) *checkpoint.Mark { return rp.tried[len(rp.tried)-1].mark }

// fitsKeySchema reports whether an item of the source can have the key. If the item
// failed because of its key, none can.
func fitsKeySchema(keys *wire.Keys, source *types.TableDescription, key *Record) bool {
	if _, err := wire.AppendItemKey(nil, keys, key.item, key.attrs); err != nil {
		return false
	}
	for name, v := range key.Attributes() {
		if !keys.Holds(name) || emptyKey(v) || v.kind.String() != string(tabledesc.AttributeType(source, name)) {
			return false
		}
	}
	return true
}

// pay subtracts what the run wrote from what the job's checkpoint counts as lost.
func (rp *replay) pay(ctx context.Context, r *run) error {
	var written []*Record
	for _, t := range rp.tried {
		if t.mark.Count(ledger.Written) > 0 {
			written = append(written, t.key)
		}
	}
	if len(written) == 0 {
		return nil
	}
	return rp.kept.pay(ctx, rp.table, r.jobFingerprint(), r.plan.Keys, written)
}

// pay counts items as written that the checkpoint of a table counts as lost, if it is
// of this job, or the record of the last run, if that had the same source and destination.
func (h *holder) pay(ctx context.Context, t *table, job string, keys *wire.Keys, written []*Record) error {
	if h == nil {
		return nil
	}
	var digests []ledger.Digest
	for _, key := range written {
		if digest, ok := debtDigest(h.key, t.cfg.name, keys, key); ok {
			digests = append(digests, digest)
		}
	}
	return errors.Join(h.payInCheckpoint(ctx, t, job, digests), h.payInRecord(ctx, t, job, digests))
}

func (h *holder) payInRecord(ctx context.Context, t *table, job string, digests []ledger.Digest) error {
	rec, err := h.loadRecord(ctx)
	if rec == nil || !rec.payDebts(t.cfg.name, job, digests) {
		return err
	}
	return h.saveRecord(ctx, rec)
}

// payDebts counts items of a table as written that the record counts as lost, if the
// table has the source and destination of that job.
func (rec *RunRecord) payDebts(table, job string, digests []ledger.Digest) (paid bool) {
	for i := range rec.Tables {
		t := &rec.Tables[i]
		if t.Table != table || !sameTables(t.job, job) {
			continue
		}
		l := ledger.Ledger{Debts: t.debts}
		for _, d := range digests {
			v, ok := l.Debts.Remove(d)
			if !ok {
				continue
			}
			paid = true
			t.Job.Written++
			if v == ledger.Collided {
				t.Job.Collided--
			} else {
				t.Job.Failed--
			}
		}
		t.debts = l.Debts
	}
	if paid && rec.Outcome == runItemsFailed && rec.lost() == 0 {
		rec.Outcome = runDone
	}
	return paid
}

// lost returns the number of lost items of the job.
func (rec *RunRecord) lost() (n int64) {
	for _, t := range rec.Tables {
		n += t.Job.lost()
	}
	return n
}
