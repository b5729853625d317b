package dynsync

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/logrec"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/send"
	"github.com/dynsync/dynsync/internal/stages"
	"github.com/dynsync/dynsync/internal/tablearn"
	"github.com/dynsync/dynsync/internal/tabledesc"
)

// A run is one pass over one table: a Sync, a Write or a stream. It owns and drives a
// reader, a writer and an account.
type run struct {
	s       *Syncer
	job     *job
	table   *table
	plan    *engine.Plan
	effects keyEffects // of the plan
	account *account
	reader  *reader
	writer  *writer
	start   time.Time

	source *types.TableDescription // nil if the call does not use the side
	target *types.TableDescription

	mayWrite bool // the target is known, and is one to which the job may write

	beyond      bool // items can collide with others whose keys are not in writer.taken
	onlyInserts bool // nothing is written over an item, whatever the mode

	kept        *holder   // nil without WithCheckpoint, and where the run keeps nothing
	saved       lastSave  // of the checkpoint
	resumed     bool      // an earlier run, of the same checkpoint, wrote a part
	readsAnew   bool      // resumed, and reads every item that an earlier run read again
	fingerprint string    // of the job, for the checkpoint
	began       time.Time // when the first run on the checkpoint began
}

func newRun(s *Syncer, j *job, t *table) *run {
	cfg := s.cfg
	a := &account{table: t.cfg.name, job: j, key: s.key, report: &TableReport{Table: t.cfg.name, Source: t.cfg.source, Destination: t.cfg.destination}}
	return &run{
		s:       s,
		job:     j,
		table:   t,
		account: a,
		start:   time.Now(),
		reader: &reader{
			client:     s.reader,
			renewal:    &awserr.Renewal{Client: cfg.source},
			query:      t.read,
			patience:   cfg.giveUp,
			scanResume: cfg.checkpoint.scanResume,
			account:    a,
			most:       checkpoint.MaxOpen,
			pages:      make(rawapi.Pool, cfg.workers+maxReaders+1),
		},
		writer: &writer{
			renewal:  &awserr.Renewal{Client: cfg.destination},
			patience: cfg.giveUp,
			direct:   cfg.direct,
			account:  a,
			batches:  &batchPool{table: t.cfg.destination, free: make(chan *batch, cfg.workers+cfg.requests)},
			pace:     capacity.NewPacer(cfg.requests),
		},
	}
}

// begin logs that the run's work begins.
func (r *run) begin(ctx context.Context) {
	r.start, r.account.tag = time.Now(), r.keyTag()
	if r.inserts() && r.table.cfg.mode.spec().overwrite {
		r.account.find(finding.InsertsOnly, "items can collide, and this run does not know all keys that the job wrote: it inserted items instead of replacing them, and one that found a different item counts as collided; keys are not one-to-one: %s", r.effects.verdict.Why)
	}
	r.chooseSender()
	r.renewLimits()
	logStart(ctx, r)
}

// logStart logs that the table begins, once.
func logStart(ctx context.Context, r *run) {
	rep := r.account.report
	t := logrec.Table{Name: rep.Table, Source: rep.Source, Destination: rep.Destination, SourceARN: tabledesc.ARN(r.source), DestinationARN: tabledesc.ARN(r.target)}
	if r.source != nil && r.plan != nil {
		t.Items, t.ReadBy = tabledesc.Items(r.source, r.table.cfg.index), r.reader.method.String()
	}
	if r.target != nil {
		t.Mode = r.table.cfg.mode.String()
	}
	if r.job.log.TableStart(ctx, t) && r.resumed {
		r.job.log.Resume(ctx, t.Name, r.account.resumed(), r.began)
	}
}

// chooseSender decides how batches are written. It must be called after resume.
func (r *run) chooseSender() {
	cfg, inserts := r.table.cfg, r.inserts()
	newSender := cfg.mode.spec().newSender
	if inserts {
		newSender = ModeInsert.spec().newSender
	}
	r.writer.inserts = inserts
	r.writer.sender = newSender(send.Config{
		Client:    r.s.writer,
		Table:     cfg.destination,
		IsName:    tablearn.IsName(cfg.destination),
		Keys:      r.plan.Keys,
		Patience:  r.s.cfg.giveUp,
		Slots:     r.s.cfg.requests,
		Merges:    cfg.mode.spec().merges,
		Resumed:   r.resumed || r.job.call == callReplay,
		Exclusive: inserts,
	})
}

// inserts reports whether the run writes only items whose key is free, whatever its mode,
// and counts an item that differs from the destination's as a collision.
func (r *run) inserts() bool { return r.onlyInserts || r.beyond && !r.table.cfg.allowExisting }

// sync copies the table, unless its preflight failed.
func (r *run) sync(ctx context.Context) *TableReport {
	if stopped := r.job.stopped.Load(); stopped != nil {
		r.account.end("sync", reason.Refuse(reason.Unexpected, "the job was stopped by an earlier table (WithOnFailure, WithMaxFailures or WithDeadLetters)"))
	}
	if r.job.span.Over() && !r.reader.from.Done() {
		r.account.end("sync", stopFault(r.table.cfg.name, "sync", r.reader.progress != nil))
	}
	work := !r.account.ended() && !r.reader.from.Done()
	if work {
		r.begin(ctx)
	}
	watch := r.watcher()
	if work {
		r.account.end("sync", watch.during(ctx, func() error {
			return r.checkpointed(ctx, func(ctx context.Context) error { return r.pipe(ctx, r.reader.readPages) })
		}))
	}
	rep := r.finish(ctx)
	watch.end(rep)
	return rep
}

// writePart writes a stream of records. The error is the stream's own.
func (r *run) writePart(ctx context.Context, p part) (streamErr error) {
	r.onlyInserts = p.inserts
	r.chooseSender()
	r.account.end("write", r.pipe(ctx, func(ctx context.Context, out chan<- chunk) error {
		streamErr = p.take(ctx, r.account, out)
		return nil
	}))
	return streamErr
}

// pipe sends the chunks of produce through the workers and writes the results. It returns
// when everything is settled.
func (r *run) pipe(ctx context.Context, produce func(context.Context, chan<- chunk) error) error {
	all := stages.New(ctx, lostGoroutine(r.account.table))
	endRequests := r.writer.drainAfter(all.Context())
	defer endRequests()
	chunks, batches := make(chan chunk), make(chan *batch)
	stages.Feed(all, r.s.cfg.workers, batches, func(ctx context.Context, out chan<- *batch) error {
		return r.newWorker(out).work(ctx, chunks)
	})
	all.Start(r.s.cfg.requests, func(ctx context.Context) error { return r.writer.writeBatches(ctx, batches) })
	return stages.Run(all, chunks, produce)
}

func (r *run) newWorker(batches chan<- *batch) *worker {
	w := &worker{
		plan:         r.plan,
		exec:         engine.New(r.plan),
		account:      r.account,
		free:         r.reader.pages,
		writer:       r.writer,
		batches:      batches,
		open:         r.writer.batches.get(),
		needsRemoved: r.table.cfg.mode.spec().merges,
	}
	switch n := r.table.cfg.shuffle; {
	case n > 0:
		w.mixes, w.waits = n, true
	case r.reader.method.segments > 1:
		w.mixes = mixedPages
	}
	return w
}

// finish completes the report and returns it.
func (r *run) finish(ctx context.Context) *TableReport {
	r.leaveDestination()
	rep := r.account.report
	r.account.fill(r.reader.progress)
	rep.Duration = time.Since(r.start)
	rep.SourceARN, rep.DestinationARN = tabledesc.ARN(r.source), tabledesc.ARN(r.target)
	if r.s.reader != nil && rep.Pages > 0 {
		rep.ReadPath = r.s.reader.Path().String()
	}
	if r.s.writer != nil && rep.Batches > 0 {
		rep.WritePath = r.writer.sender.Path()
	}
	reportRules(r.account, r.table.rules)
	r.checkUnmatched()
	if r.plan != nil {
		rep.addSurvey(r.plan.Survey)
	}
	if n := r.account.tally.trimmed.Load(); n > 0 {
		r.account.find(finding.ReplicaLeftOut, "attributes whose names begin with aws:rep: were left out of %d items", n)
	}
	r.account.judge(r.table.cfg.tolerate, !r.resumed && !r.s.cfg.share.divided())
	accept(rep.Findings, &r.s.cfg.accepted, time.Now())
	logStart(ctx, r)
	logEnd(ctx, r.job.log, rep, endingOf(ctx, rep.end(), true))
	return rep
}

// reportRules adds to a report what the rules of its table were used for.
func reportRules(a *account, rules *ruleSet) {
	if a.tally.uses == nil {
		return
	}
	for _, rule := range rules.rules {
		u := &a.tally.uses[rule.ID]
		told := RuleReport{Pattern: rule.Text, Transformer: rule.Op.Name, Matched: u.Matched(), Applied: u.Applied, Default: u.Default, Failed: u.Failed}
		if rule.OnNames {
			told.Pattern = "keys of " + rule.Text
		}
		a.report.Rules = append(a.report.Rules, told)
		odd, never := u.Odd()
		odd = fmt.Sprintf("the rule %q (%s) %s", told.Pattern, told.Transformer, odd)
		switch {
		case never:
			a.add(newFinding(finding.RuleNeverApplied, finding.Source, a.table, told.Pattern, odd))
		case u.Excepts():
			a.add(newFinding(finding.RuleAppliedInPart, finding.Source, a.table, told.Pattern, odd))
		}
	}
}

// eachRule calls fn for every rule, with whether the rule selected something. If no item
// went through the rules, it calls fn for none.
func (r *run) eachRule(fn func(rule *rule, hit bool)) {
	for _, rule := range r.table.rules.rules {
		fn(rule, r.account.tally.uses == nil || r.account.tally.uses[rule.ID].Seen)
	}
}

// checkUnmatched reports the rules that selected nothing. It is an error if a typing error
// in one may have let values through: under a default that may keep values, and for a key.
func (r *run) checkUnmatched() {
	if r.account.tally.uses == nil {
		return
	}
	var suspect error
	written := r.account.report.Written
	r.eachRule(func(rule *rule, hit bool) {
		if names := r.reader.look.misspelt(rule); !hit && suspect == nil && len(names) > 0 {
			suspect = reason.Refuse(missedClass(written), "%s", misspeltKey(rule, names[0]))
		}
		if hit || rule.optional {
			return
		}
		r.account.report.Unmatched = append(r.account.report.Unmatched, rule.Text)
		hint := r.reader.look.tellUnmatched(rule)
		if suspect == nil && !r.reader.look.isShared(rule) && r.table.rules.compiled.PassesByDefault() { // a shared one may match in another table: Sync looks at all of them
			suspect = reason.Refuse(missedClass(written), "the rule %q matched nothing, under a default that may keep values%s; correct its pattern or mark it Optional%s", rule.Text, inTheClear(written), hint)
		}
	})
	r.account.end("rules", suspect)
}

// checkInherited reports rules of WithAllTables that matched in no table, if a typing
// error in them would let values pass through.
func checkInherited(runs []*run) []error {
	if len(runs) == 1 {
		return nil // its report says so
	}
	fine, suspect := map[string]bool{}, map[string]int64{} // with the items written
	for _, r := range runs {
		r.eachRule(func(rule *rule, hit bool) {
			if !rule.Inherited {
				return
			}
			if hit && r.account.tally.uses != nil {
				fine[rule.Text] = true
			} else if !hit && !rule.optional && r.table.rules.compiled.PassesByDefault() {
				suspect[rule.Text] += r.account.report.Written
			}
		})
	}
	var errs []error
	for _, text := range slices.Sorted(maps.Keys(suspect)) {
		if !fine[text] {
			errs = append(errs, reason.Refuse(missedClass(suspect[text]), "the rule %q of WithAllTables matched nothing in any table, under a default that may keep values%s; correct its pattern or mark it Optional", text, inTheClear(suspect[text])))
		}
	}
	return errs
}

// facts returns the facts of the run's fingerprint. They include the descriptions of the
// tables, which tell a table from a new one of the same name: a job must not resume if
// the destination was emptied by creating it again.
func (r *run) facts() facts {
	return facts{t: r.table, keys: r.plan.Keys, ttl: r.plan.TTL, source: r.source, target: r.target, sharers: r.sharers(), scheme: r.s.keeper.scheme}
}

// jobFingerprint returns the fingerprint to which a checkpoint of the run belongs.
func (r *run) jobFingerprint() string { return r.s.fingerprintOf(r.facts()) }

// keyTag returns a part of a hash of what decides which item gets which key.
func (r *run) keyTag() string { return keyTagOf(r.s.key, r.s.cfg.key.Given(), r.facts()) }

// watcher returns the watcher that reports the progress of the run.
func (r *run) watcher() *watcher {
	rep := r.account.report
	return &watcher{
		tell:    r.s.cfg.onProgress,
		log:     r.job.log,
		account: r.account,
		reader:  r.reader,
		about: Progress{
			Table:            TableReport{Table: rep.Table, Source: rep.Source, Destination: rep.Destination},
			Segments:         r.reader.method.end - r.reader.method.first,
			ApproximateItems: tabledesc.Items(r.source, r.table.cfg.index),
		},
		filters: r.table.cfg.where != "",
		began:   r.start,
	}
}

// A part is a stream of records that are written in the same way.
type part struct {
	records iter.Seq2[*Record, error]
	markOf  func(*Record) *checkpoint.Mark // or nil
	inserts bool                           // none is written over an item
}

// chunkRecords is the number of records of a stream in a chunk: one batch.
const chunkRecords = maxBatchItems

// take ranges over the stream and sends its records in chunks. The error is the
// stream's own. When ctx ends, it takes no further record.
func (p part) take(ctx context.Context, a *account, out chan<- chunk) error {
	var open []streamed
	flush := func() {
		if len(open) > 0 && handOver(ctx, out, chunk{records: open}) != nil {
			a.leaveAll(int64(len(open))) // nobody received them
		}
		open = nil
	}
	defer flush()
	for rec, err := range p.records {
		if err != nil {
			return err
		}
		if rec == nil {
			continue
		}
		own := streamed{rec: *rec} // the caller may change its record as soon as it goes on
		if p.markOf != nil {
			own.mark = p.markOf(rec)
		}
		a.arrived(1, int64(len(rec.item)))
		if open = append(open, own); len(open) == chunkRecords {
			flush()
		}
		if ctx.Err() != nil {
			return nil // the run's own error says why
		}
	}
	return nil
}
