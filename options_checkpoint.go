package dynsync

// checkpointConfig is what the options of a job said of checkpoints.
type checkpointConfig struct {
	store        CheckpointStore
	set          bool // WithCheckpoint was used, perhaps with nil
	rulesVersion string
	scanResume   bool
}

// WithCheckpoint makes [Syncer.Sync] keep its progress in store, overriding the
// default of none: when the same job runs again after it was killed, cancelled
// or ended by an error, it goes on where the acknowledged writes ended.
//
//	dynsync.WithCheckpoint(dynsync.FileCheckpoint("/var/lib/refresh"))
//
// The job must be the same: tables, conditions with their parameters, rules,
// defaults and key. [New] reports a job that this cannot be told of: one without
// [WithKey], and one whose rules run code of the caller's without
// [WithRulesVersion].
//
// Of attribute values, a checkpoint holds the key of the last item read, and
// DynamoDB's paging token, which can hold it too; both are encrypted under a
// subkey of the job's key. A second use replaces the first.
func WithCheckpoint(store CheckpointStore) Option {
	return jobOption(func(c *jobConfig) { c.checkpoint.store, c.checkpoint.set = store, true })
}

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
