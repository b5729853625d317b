package dynsync

import "time"

// checkpointConfig is what the options of a job said of checkpoints.
type checkpointConfig struct {
	store        CheckpointStore
	set          bool // WithCheckpoint was used, perhaps with nil
	rulesVersion string
	scanResume   bool
	fresh        time.Duration
	startOver    bool
	newKey       bool
}

// A CheckpointOption configures [WithCheckpoint].
type CheckpointOption interface{ applyCheckpoint(*checkpointConfig) }

type checkpointOption func(*checkpointConfig)

func (f checkpointOption) applyCheckpoint(c *checkpointConfig) { f(c) }

// FreshFor sets for how long a table that an earlier run finished counts as done,
// overriding the default of 12 hours. A run that resumes a job skips such a table,
// and copies one that was finished earlier anew; the report says which, and when
// it was finished. It must be 0 or more; 0 copies every finished table anew. A
// second use replaces the first.
func FreshFor(d time.Duration) CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.fresh = d })
}

// StartOver makes a run copy a table from its beginning where the checkpoint is of
// a job that has changed since, overriding the default of an error that says what
// changed. The report's notes say it instead.
func StartOver() CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.startOver = true })
}

// NewKey accepts that the key of [WithKey] is another one than the job's last
// run had, overriding the default of an error before the first write: under another
// key every pseudonym, and every key that rules rewrite, is another one. Checkpoints
// of the old key are given up, and every table is copied from its beginning.
func NewKey() CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.newKey = true })
}

// WithCheckpoint makes [Syncer.Sync] keep its progress in store, overriding the
// default of none: when the same job runs again after it was killed, cancelled
// or ended by an error, it goes on where the acknowledged writes ended.
//
//	dynsync.WithCheckpoint(dynsync.FileCheckpoint("/var/lib/refresh"))
//
// A run that resumes remembers which items failed or collided before:
// TableReport.Job counts them, and the error tells. Progress is kept page by page, once
// a second; see [WithPageSize].
//
// The job must be the same: tables, conditions with their parameters, rules,
// defaults, key, and every other option that decides what becomes of an item. [New]
// reports a job that dynsync cannot recognize: one without [WithKey], and one whose
// rules run code of the caller's without [WithRulesVersion].
//
// Where items can collide, because a rule on a key attribute is not [Injective] or two
// tables have one destination, a run that resumes inserts only; see [WithAllowExisting].
// [ModeMerge] is refused there.
//
// The store also keeps a record of the last run, which outlives success:
// [Syncer.LastRun] returns it. Where it is of another key than the job's, Sync ends
// before anything is written, unless [NewKey] is given; where there is none, the
// report's Notes say that the key could not be compared.
//
// Of attribute values, a checkpoint holds the key of the last item read, and
// DynamoDB's paging token, which can hold it too; both are encrypted under a
// subkey of the job's key. A second use replaces the first.
func WithCheckpoint(store CheckpointStore, opts ...CheckpointOption) Option {
	return jobOption(func(c *jobConfig) {
		c.checkpoint.store, c.checkpoint.set = store, true
		c.checkpoint.fresh, c.checkpoint.startOver, c.checkpoint.newKey = freshFor, false, false
		for _, o := range opts {
			o.applyCheckpoint(&c.checkpoint)
		}
	})
}

// freshFor is the default of FreshFor.
const freshFor = 12 * time.Hour

// WithRulesVersion names the version of the code that the job's rules run: of
// [Func], [When], filters, record transforms, and transformers that do not
// describe themselves. The default is none. Change it whenever that code
// changes what it returns; a checkpoint of another version is refused, since one
// half of the table would be written by the old code and one by the new. The
// text, a release or commit id, is not stored. It has no effect without
// [WithCheckpoint]. A second use replaces the first.
func WithRulesVersion(version string) Option {
	return jobOption(func(c *jobConfig) { c.checkpoint.rulesVersion = version })
}

// WithScanResume lets a resumed job read by Scan, from the last key on, where
// DynamoDB no longer takes the token of the SELECT, which lives for an hour. The
// default is to start such a table over, and to say so in the report. It needs
// the permission dynamodb:Scan on the source. It has no effect without
// [WithCheckpoint].
func WithScanResume() Option {
	return jobOption(func(c *jobConfig) { c.checkpoint.scanResume = true })
}
