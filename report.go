package dynsync

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/dynsync/dynsync/internal/accepted"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/survey"
)

// A Report accounts for every item of a job. For each table, Read = Written + Filtered +
// Failed + Collided + Existing + Unsettled.
type Report struct {
	Tables []*TableReport

	Began, Ended time.Time `json:",omitzero"` // UTC
	// Source and Destination say where the tables are, as far as it is known: account,
	// region and endpoint.
	Source, Destination string `json:",omitempty"`
	Outcome             string `json:",omitempty"` // how the run ended, as in [RunRecord]
	ExitCode            int    // of the error that came with the report; see [ExitCode]

	// Findings are about the job as a whole, for example that its key could not be
	// compared with the key of the last run.
	Findings []Finding `json:",omitempty"`
	Scheme   int       // number of the scheme of pseudonyms; see package anon

	accepted *accepted.File // of the job
}

// The outcomes of runs.
const (
	runRunning     = "running"
	runDone        = "done"
	runItemsFailed = "items failed"
	runEndedEarly  = "ended early"
	runNone        = "none"
)

// runOutcome returns how a run ended that has this report, and this error besides.
func runOutcome(report *Report, err error) string {
	outcome := runDone
	for _, t := range report.Tables {
		if t.Err != nil {
			return runEndedEarly
		}
		if t.untolerated() > 0 {
			outcome = runItemsFailed
		}
	}
	if err != nil {
		return runEndedEarly
	}
	return outcome
}

// Outcomes count items by what happened to them. Read is the sum of the others.
type Outcomes struct {
	Read, Written, Filtered, Failed, Collided, Existing, Unsettled int64
}

// outcomes returns counts, one for each verdict, with their sum.
func outcomes(counts ledger.Counts) Outcomes {
	o := Outcomes{
		Written: counts[ledger.Written], Filtered: counts[ledger.Filtered], Failed: counts[ledger.Failed] + counts[ledger.Barred],
		Collided: counts[ledger.Collided], Existing: counts[ledger.Existing], Unsettled: counts[ledger.Unsettled],
	}
	for _, n := range counts {
		o.Read += n
	}
	return o
}

// lost returns the number of items that were read and not written, and that no later run
// reads again.
func (o Outcomes) lost() int64 { return o.Failed + o.Collided }

// add adds other counts.
func (o *Outcomes) add(other Outcomes) {
	o.Read, o.Written, o.Filtered, o.Failed = o.Read+other.Read, o.Written+other.Written, o.Filtered+other.Filtered, o.Failed+other.Failed
	o.Collided, o.Existing, o.Unsettled = o.Collided+other.Collided, o.Existing+other.Existing, o.Unsettled+other.Unsettled
}

func (o Outcomes) balanced() bool {
	return o.Read == o.Written+o.Filtered+o.Failed+o.Collided+o.Existing+o.Unsettled
}

// A Finding is a fact about a job or table that is not an error by itself. It contains no
// attribute value. The page docs/findings.md lists all codes.
type Finding struct {
	Level  string // "info", "warning" if somebody should look at it, or "error" if the answer is bad
	Code   string // such as "ttl-unknown"
	Side   string `json:",omitempty"` // "source" or "destination"; "" for neither
	Table  string `json:",omitempty"` // the table's name in the job; "" for the job as a whole
	Path   string `json:",omitempty"` // path of the attributes or of the rule, column of the condition, or ID of an accepted finding; "" for none
	From   string `json:",omitempty"` // path of the original values that are still present at Path; "" for other findings
	Looks  string `json:",omitempty"` // what keys or names look like, such as "a phone number"; "" for other findings
	Text   string // what was found
	Remedy string `json:",omitempty"` // what to do; "" for nothing
	// Accepted is the reason why the finding is accepted ([WithAcceptedFindings]), or "".
	Accepted string `json:",omitempty"`
}

func newFinding(c finding.Code, side, table, path, text string) Finding {
	k := c.Kind()
	return Finding{Level: k.Level, Code: k.Name, Side: side, Table: table, Path: path, Text: text, Remedy: k.Remedy}
}

// addFinding adds a finding unless there is one with the same ID.
func addFinding(all []Finding, f Finding) []Finding {
	same := func(other Finding) bool { return other.ID() == f.ID() }
	if slices.ContainsFunc(all, same) {
		return all
	}
	return append(all, f)
}

// ID returns an identifier of the code, side, table, paths and looks. It is the same in
// every run, even if the text or the remedy changes.
func (f Finding) ID() string {
	of := fmt.Appendf(nil, "%q %q %q %q", f.Code, f.Side, f.Table, f.Path)
	if f.Looks != "" {
		of = fmt.Appendf(of, " %q", f.Looks)
	}
	if f.From != "" {
		of = fmt.Appendf(of, " from %q", f.From)
	}
	sum := sha256.Sum256(of)
	return fmt.Sprintf("%s-%x", f.Code, sum[:6])
}

// String returns the finding as one line of text.
func (f Finding) String() string {
	if f.Table == "" {
		return f.line()
	}
	return "table " + f.Table + ": " + f.line()
}

// line returns the finding without its table.
func (f Finding) line() string {
	line := f.Level + ": " + f.Text
	switch {
	case f.Accepted != "":
		line = f.Level + ": accepted: " + f.Text + "; " + f.Accepted
	case f.Remedy != "":
		line += "; " + f.Remedy
	}
	return line + " [" + f.Code + "]"
}

// find adds a finding about the job.
func (r *Report) find(c finding.Code, format string, args ...any) {
	r.Findings = addFinding(r.Findings, newFinding(c, "", "", "", fmt.Sprintf(format, args...)))
}

// accept marks the findings that the file accepts.
func accept(all []Finding, file *accepted.File, now time.Time) {
	for i := range all {
		f := &all[i]
		if why := file.Reason(f.ID(), now); why != "" && f.Level != finding.Error {
			f.Level, f.Accepted = finding.Info, why
		}
	}
}

// checkAccepted accepts findings of the job, and tells of lines of the file that are of no
// use: that no finding has, or that are expired.
func (r *Report) checkAccepted() {
	now := time.Now()
	accept(r.Findings, r.accepted, now)
	used := map[string]bool{}
	for _, t := range r.Tables {
		accept(t.Findings, r.accepted, now)
		noteIDs(used, t.Findings)
	}
	noteIDs(used, r.Findings)
	for _, e := range r.accepted.Entries {
		switch {
		case e.Expired(now):
			r.Findings = addFinding(r.Findings, newFinding(finding.AcceptedExpired, "", "", e.ID, e.Over()))
		case !used[e.ID]:
			r.Findings = addFinding(r.Findings, newFinding(finding.AcceptedUnused, "", "", e.ID, e.Unused()))
		}
	}
}

// noteIDs notes the IDs of findings.
func noteIDs(in map[string]bool, all []Finding) {
	for _, f := range all {
		in[f.ID()] = true
	}
}

// addSurvey adds the findings of a survey of the items: keys and names that may be personal,
// and original values that items still contain.
func (t *TableReport) addSurvey(s *survey.Survey) {
	for _, f := range s.Weak() {
		c := finding.NameLooksPersonal
		if f.Sort == survey.Key {
			c = finding.KeyLooksPersonal
		}
		told := newFinding(c, finding.Source, t.Table, f.Path, f.String())
		told.Looks = f.Looks[0].Kind.String()
		t.Findings = append(t.Findings, told)
	}
	left, cut := s.Left()
	for _, l := range left[:min(len(left), leaksTold)] {
		c := finding.OriginalsLeft
		if l.Little {
			c = finding.CommonValuesLeft
		}
		told := newFinding(c, finding.Destination, t.Table, l.To, l.String())
		told.From = l.From
		t.Findings = append(t.Findings, told)
	}
	if cut > 0 {
		t.Findings = append(t.Findings, newFinding(finding.NotSearched, finding.Destination, t.Table, "", fmt.Sprintf("%d items were not searched to the end for original values", cut)))
	}
}

// leaksTold is how many pairs of paths a report tells of, the most frequent ones.
const leaksTold = 100

// A TableReport accounts for every item of one table.
type TableReport struct {
	Table       string // its name in the job
	Source      string
	Destination string
	// SourceARN and DestinationARN are those of DescribeTable, or "" without an answer.
	SourceARN, DestinationARN string `json:",omitempty"`

	Read     int64 // items that arrived from the source or the stream
	Written  int64 // items whose write DynamoDB acknowledged
	Filtered int64 // items that WithFilter, WithSample, WithoutExpired or WithMaxItems dropped
	Failed   int64 // items that a transformer or DynamoDB rejected
	Leaked   int64 // failed items in which WithLeakCheck found an original value
	Refused  int64 // failed items with a key, or a name of an attribute or a member, that looks like PII and that no rule decides about
	Collided int64 // items whose key another item has at the destination
	Existing int64 // with ModeInsert, items whose key the destination already had
	// Unsettled counts items that a run which ended early did not reach, or may or may
	// not have written. It is 0 if Err is nil. With WithCheckpoint the next run handles
	// them.
	Unsettled int64

	// Tolerated counts the failed items of all runs of the job, if WithTolerate covers
	// them, or is 0. The table then has no error.
	Tolerated int64 `json:",omitempty"`

	Resumed int64 // items that earlier runs on the checkpoint settled; not counted above

	// Job counts the items of all runs on the checkpoint, including this one. An item
	// that two runs read counts once. Without WithCheckpoint, Job counts the items of
	// this run.
	Job Outcomes
	// LostBefore are the first 64 items that failed or collided in earlier runs on the
	// checkpoint, with keys but without reasons. The file of WithDeadLetters has all of
	// them.
	LostBefore []Failure

	// Replay counts the lines of a file of dead letters. Only [Syncer.Replay] sets it.
	Replay *ReplayCounts `json:",omitempty"`

	Pages        int64 // responses read
	Batches      int64 // batches written, retries not counted
	Retries      int64 // requests sent again
	BytesRead    int64 // size of the items read, as DynamoDB JSON
	BytesWritten int64 // size of the items written, as DynamoDB JSON
	Duration     time.Duration

	// Throttles counts the requests that DynamoDB throttled, by its reason
	// ("TableWriteProvisionedThroughputExceeded") or else by the error code.
	// "UnprocessedItems" counts batches that DynamoDB processed in part.
	Throttles map[string]int64
	// ReadUnits and WriteUnits are the capacity units that DynamoDB reported: units for
	// reading the source and for reading items of the destination back, and units for
	// writing to the destination and its indexes. They contain those of the preflight,
	// which [WithMaxCapacity] does not count. They are 0 if the endpoint does not report
	// them.
	ReadUnits, WriteUnits float64

	// PseudonymBytes is the number of bytes, as DynamoDB counts them, that default
	// pseudonyms added to items to hide lengths (see [AtLeast]). PseudonymUnits is the
	// number of write units of 1 KB that this costs in the destination table, without its
	// indexes. After the first 1,000 items of a worker, both are estimated from every
	// 16th item.
	PseudonymBytes, PseudonymUnits int64

	ReadPath  string // "raw", or why the SDK decoded the items
	WritePath string // "raw", or why the SDK encoded the items

	Rules []RuleReport // what the rules that hold were used for; nil if no item went through them
	// Unmatched are the patterns of rules that selected nothing and are not [Optional].
	Unmatched []string
	// Findings are about the table, for example that its TTL attribute is not known.
	Findings []Finding
	// Groups count all items that failed or collided, by the cause, the most frequent
	// first. Items of further causes than the first 64 are in none; Ungrouped counts them.
	Groups    []FailureGroup `json:",omitempty"`
	Ungrouped int64          `json:",omitempty"`
	// Failures are the first 100 items that failed or collided. WithOnFailure receives
	// all of them. They are no part of the JSON.
	Failures []Failure
	// Err is the error that ended the table early, or nil.
	Err error

	barred int64 // items of all runs of the job that are never tolerated
}

// An Outcome says why an item was not written.
type Outcome uint8

// The outcomes of items that were not written.
const (
	OutcomeFailed   Outcome = iota // a transformer or DynamoDB rejected the item
	OutcomeCollided                // another item of the job has the item's key at the destination
	OutcomeExisting                // with ModeInsert, the destination already had the item's key
)

// String returns the outcome in one word.
func (o Outcome) String() string {
	switch o {
	case OutcomeFailed:
		return "failed"
	case OutcomeCollided:
		return "collided"
	case OutcomeExisting:
		return "existing"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// MarshalText returns what String does.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// verdict returns what an item of that outcome counts as.
func (o Outcome) verdict() ledger.Verdict {
	switch o {
	case OutcomeCollided:
		return ledger.Collided
	case OutcomeExisting:
		return ledger.Existing
	}
	return ledger.Failed
}

// A Failure is an item that was not written.
type Failure struct {
	Table   string  // the name of the table in the job
	Key     *Record // the item's key attributes as read; contains PII if the keys do
	Outcome Outcome
	Err     error // an [*ItemError]; its text contains no values

	item []byte // as far as it came; nil where it is not at hand
	tag  string // see run.keyTag
}

// Format prints the outcome and the error for every verb.
func (f Failure) Format(s fmt.State, _ rune) { reason.Print(s, f.summary()) }

// LogValue returns the outcome and the error, for slog.
func (f Failure) LogValue() slog.Value { return slog.StringValue(f.summary()) }

func (f Failure) summary() string { return fmt.Sprintf("%v: %v", f.Outcome, f.Err) }

// failuresKept bounds TableReport.Failures.
const failuresKept = 100

// outcomes returns this run's counts.
func (t *TableReport) outcomes() Outcomes {
	return Outcomes{t.Read, t.Written, t.Filtered, t.Failed, t.Collided, t.Existing, t.Unsettled}
}

// A RuleReport counts the values that a rule selected, by what became of them: Matched =
// Applied + Default + Failed. A set is one value, and so is a map whose keys the rule makes.
type RuleReport struct {
	Pattern, Transformer              string // of WithTransformKeys, the pattern stands behind "keys of "
	Matched, Applied, Default, Failed int64  // the transformer applied, left the value to the default, or failed the item
}

// balanced reports whether every item is accounted for.
func (t *TableReport) balanced() bool {
	return t.outcomes().balanced() && (t.Err != nil || t.Unsettled == 0)
}

// lostItems returns how many items were read and not written, in this run or in
// the job.
func (t *TableReport) lostItems() int64 { return max(t.outcomes().lost(), t.Job.lost()) }

// ReplayCounts count the lines of a table in a file of [WithDeadLetters]. Lines =
// Repeated + Existed + NoKey + Gone + Unselected + Untried + Read of the table's report.
type ReplayCounts struct {
	Lines      int64 // lines of the table in the file
	Repeated   int64 // lines with the key of an earlier line
	Existed    int64 // lines with OutcomeExisting, which Replay does not try
	NoKey      int64 // lines of items without a valid key, which cannot be read
	Gone       int64 // lines whose item is no longer in the source
	Unselected int64 // lines whose item WithWhere no longer selects
	Untried    int64 // lines that Replay did not try because the table ended early
}

// untolerated returns how many lost items make the table fail: all of them, or none.
func (t *TableReport) untolerated() int64 {
	if t.Tolerated > 0 {
		return 0
	}
	return t.lostItems()
}

// tolerate lets the table succeed in spite of failed items, if there are as many as
// WithTolerate allows at most, and reports whether it does. An item with an original
// value or a name that looks personal, or a collision, is never tolerated, nor is an item
// of a table that ended early.
func (t *TableReport) tolerate(limit float64) bool {
	lost, read := t.lostItems(), max(t.Read, t.Job.Read)
	switch {
	case lost == 0 || t.Err != nil || t.Collided > 0 || t.Job.Collided > 0 || t.Leaked > 0 || t.Refused > 0 || t.barred > 0:
		return false
	case limit < 1 && float64(lost)/float64(read) > limit, limit >= 1 && float64(lost) > limit:
		return false
	}
	t.Tolerated = lost
	return true
}

// A Progress tells how far [Syncer.Sync] is with a table. String returns it as a line of
// text.
type Progress struct {
	// Table is the report of the table so far. Failures, findings, unmatched rules and
	// Err are empty until Done.
	Table TableReport

	Segments     int // segments of the table that this job reads; 1 for a SELECT
	SegmentsDone int // segments that were read to their end

	// The rates are means of the last 5 seconds, or of less at the beginning.
	ItemsPerSecond      float64 // of the slower of reading and writing; of writing once all is read
	BytesPerSecond      float64 // read, of items as DynamoDB JSON
	ReadUnitsPerSecond  float64
	WriteUnitsPerSecond float64

	// ApproximateItems is the item count of the source table or index from DescribeTable,
	// which is up to six hours old, or 0 if it is unknown. A condition selects fewer.
	ApproximateItems int64

	// Fraction is how much of the table is done, written items and all others that need
	// no more work, from 0 to 1. It is computed from the segments that are done, or else,
	// if the whole table is read, from ApproximateItems; it is 0 if that is not known, and
	// exact once all is read. Remaining is an estimate of the time left, or 0 if there is
	// none.
	Fraction  float64
	Remaining time.Duration

	Done bool // the table has ended; no other Progress of it follows
}
