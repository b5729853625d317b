package dynsync

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/accepted"
	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/given"
	"github.com/dynsync/dynsync/internal/guard"
	"github.com/dynsync/dynsync/internal/jobkey"
	"github.com/dynsync/dynsync/internal/tablearn"
)

// A SourceClient reads items: a *dynamodb.Client, or any client with its read methods. If
// the client also has DescribeTimeToLive, dynsync asks it for the TTL attribute of each
// table. [Syncer.Replay] needs GetItem if the name of a key attribute begins with # or :.
//
// dynsync moves raw DynamoDB JSON only through a client whose dynamic type is
// *dynamodb.Client and whose middleware it knows. With any other client it uses the SDK's
// types, which is slower and gives equal results. TableReport.ReadPath and
// TableReport.WritePath tell which of the two was used.
type SourceClient interface {
	ExecuteStatement(context.Context, *dynamodb.ExecuteStatementInput, ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error)
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// A DestinationClient writes items: a *dynamodb.Client, or any client with its write
// methods. [WithMode] names the further methods that some modes need. As for a
// [SourceClient], dynsync moves raw DynamoDB JSON only through a *dynamodb.Client.
type DestinationClient interface {
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// An Option configures a job. It stores its arguments; [New] checks them and reports an
// error for those outside the legal range, and for an option that is nil.
//
// A second use of an option replaces the first. [WithTable], [WithAllTables] and
// [WithVouchedMiddleware] add to it instead.
type Option interface{ applyJob(*jobConfig) }

type (
	jobOption   func(*jobConfig)
	tableOption func(*tableConfig)
	ruleOption  func(*rule)
)

func (f jobOption) applyJob(c *jobConfig)       { f(c) }
func (f tableOption) applyTable(c *tableConfig) { f(c) }
func (f ruleOption) applyRule(r *rule)          { f(r) }

// jobConfig holds the options of a job.
type jobConfig struct {
	faults         []error // what options found wrong with their own options
	source         SourceClient
	destination    DestinationClient
	sourceSet      bool // WithSource was used, perhaps with nil
	destinationSet bool
	guard          guard.Guard // of WithDestination
	key            jobkey.Config
	tables         []*tableConfig
	defaults       []TableOption
	onProgress     func(Progress)
	onFailure      func(context.Context, Failure) error
	logger         *slog.Logger
	workers        int
	requests       int
	vouchedSteps   []string
	direct         bool
	checkpoint     checkpointConfig

	checkpointEvery time.Duration

	share               share
	budget              float64
	stopAfter           time.Duration
	shareSet, budgetSet bool
	stopSet             bool
	accepted            accepted.File

	maxFailures     int
	giveUp          time.Duration
	maxTrackedKeys  int
	deadLetterPath  string
	deadLetterItems bool
	deadLetterClear bool
}

// maxDefaultWorkers bounds the default number of workers: one reader cannot feed more.
const maxDefaultWorkers = 4

// defaultConfig returns the default of every Option.
func defaultConfig() *jobConfig {
	return &jobConfig{
		workers:  min(runtime.GOMAXPROCS(0), maxDefaultWorkers),
		requests: 16,
		giveUp:   awserr.GiveUpAfter,

		maxTrackedKeys: 20_000_000,

		checkpointEvery: checkpointEvery,
		logger:          slog.New(slog.DiscardHandler),
	}
}

// WithSource sets the client of the source account or endpoint. There is no default;
// [Syncer.Sync], [Syncer.Scan] and [Syncer.Transformed] need one. dynsync sends it
// SELECT, Scan, GetItem and Describe calls only.
func WithSource(client SourceClient) Option {
	return jobOption(func(c *jobConfig) { c.source, c.sourceSet = client, true })
}

// WithKey sets the secret key from which pseudonyms are derived. The default is a random
// key for each [New]. The key must have 32 bytes or more, at least eight of them
// different, and should come from a random source. The bytes are copied.
//
// Under the same key the same input gives the same output, in every run and process. A
// rule on a key attribute needs a key from the caller, because a second run under another
// key would write every item again, under a different primary key. Without WithKey the
// preflight refuses such a rule; [New] does not know the key attributes.
func WithKey(key []byte) Option {
	return jobOption(func(c *jobConfig) { c.key.Master, c.key.Set = append([]byte(nil), key...), true })
}

// WithKeyFrom sets a function that returns the key, as [WithKey] has it: from a secret
// store, for example by package connect/awskey. There is no default; a job takes WithKey or
// WithKeyFrom. The first call that needs the key asks for it, and the key stays in memory.
// An error is not kept: the next call asks again. Calls at the same time wait for one
// answer, each until its context ends, and [WithGiveUpAfter] at most.
//
// No error, report or log record holds the text of the function's error, which
// [errors.Unwrap] returns. [ExitCode] is 3, or 6 if the context ended.
func WithKeyFrom(fn func(ctx context.Context) ([]byte, error)) Option {
	return jobOption(func(c *jobConfig) { c.key.Ask, c.key.AskSet = fn, true })
}

// WithEnvironment derives other pseudonyms from the same key for each name, so that copies
// of two environments cannot be joined. The default is no environment. The name has 1 to 64
// printable ASCII characters. Checkpoints, run records and dead letters of another
// environment are those of another key.
func WithEnvironment(name string) Option {
	return jobOption(func(c *jobConfig) { c.key.Environment, c.key.InSet = name, true })
}

// WithTable adds a table to the job: items are read from source and written to
// destination. Each is the name of a table or its ARN; source may also be the ARN of an
// index, which is read as by [WithIndex]. There is no default; a job needs a table. The job
// identifies the table by the name of its source, or by [WithName].
//
// A source is named by its ARN if it belongs to another account whose resource-based policy
// lets the client's account read it. Since PartiQL takes no ARN, it is read by Scan, and
// needs [WithSegments]. A condition of [WithWhere] then filters what the Scan has read: the
// whole table is read even if the condition fixes the partition key. The ARN has to be of
// the client's region, unless the endpoint is local.
func WithTable(source, destination string, opts ...TableOption) Option {
	return jobOption(func(c *jobConfig) {
		c.tables = append(c.tables, &tableConfig{source: source, destination: destination, name: tablearn.NameOf(source), opts: opts})
	})
}

// WithAllTables sets options for every table of the job. The default is none. A table's
// own options take precedence. Rules add up: if a table and WithAllTables have a rule
// with the same pattern, the table's rule applies.
func WithAllTables(opts ...TableOption) Option {
	return jobOption(func(c *jobConfig) {
		c.defaults = append(c.defaults, given.Options("WithAllTables", opts, &c.faults)...)
	})
}

// WithOnFailure sets a function that receives every item that was not written, as it
// happens: an item that failed, collided, or existed before ([ModeInsert]). The default
// is none. The function does not receive items that the filter dropped, or unsettled
// items.
//
// Calls come one at a time, over all tables and streams of the [Syncer]. A call that
// blocks holds them up, and a call that uses the Syncer can deadlock. The Failure borrows
// its key record until the call returns; [Record.Clone] keeps it. If the function returns
// an error, the table ends and no other table begins.
func WithOnFailure(fn func(context.Context, Failure) error) Option {
	return jobOption(func(c *jobConfig) { c.onFailure = fn })
}

// WithLogger sets the logger of the job. The default is to log nothing. The page
// docs/logs.md lists all records with their levels and attributes: the start and the end
// of each call and table, progress and throttling each minute, and findings. A call logs
// its end exactly once, also if it panics or its context ends. No log record contains an
// attribute value or a key.
func WithLogger(l *slog.Logger) Option {
	return jobOption(func(c *jobConfig) { c.logger = l })
}

// WithWorkers sets how many goroutines transform the items of a table. The default is one
// per processor (GOMAXPROCS), at most 4. It must be 1 to 1,024. Each goroutine holds at
// most one page of items, about 1 MB, or more if the text is heavily escaped.
func WithWorkers(n int) Option {
	return jobOption(func(c *jobConfig) { c.workers = n })
}

// WithWriteConcurrency sets how many write requests of a table are in flight at most. The
// default is 16. It must be 1 to 1,024. An HTTP client that keeps fewer idle connections
// per host, such as the SDK's with 10, opens new ones all the time; see connect.HTTPClient.
func WithWriteConcurrency(n int) Option {
	return jobOption(func(c *jobConfig) { c.requests = n })
}

// WithMaxFailures ends a call when more than n items have failed or collided, over all
// tables. The default is 0, which means no limit. It must be 0 or more.
func WithMaxFailures(n int) Option {
	return jobOption(func(c *jobConfig) { c.maxFailures = n })
}

// WithGiveUpAfter sets how long a request may make no progress, because it is throttled
// or not answered. After that its items fail and its table ends. Time in which the process
// is stopped or the host is suspended hardly counts. The default is 2 minutes. It must be
// more than 0. If an answer takes longer than a quarter of this time,
// 30 seconds by default, dynsync stops waiting for it and sends the request again.
func WithGiveUpAfter(d time.Duration) Option {
	return jobOption(func(c *jobConfig) { c.giveUp = d })
}

// WithMaxTrackedKeys sets how many keys all runs of the [Syncer] together remember to
// find items that collide. The default is 20,000,000. It must be 1 or more. A table that
// has more keys ends with an error. Each key takes about 32 bytes.
//
// dynsync remembers keys only if a rule or a record transform changes key attributes and
// is not [UniquenessExact], or if two tables have the same destination.
func WithMaxTrackedKeys(n int) Option {
	return jobOption(func(c *jobConfig) { c.maxTrackedKeys = n })
}

// WithDirectRequests sends batches past the SDK's middleware stack, which takes about a
// third of the CPU time of a copy. The default is to call the SDK for every batch. A
// direct request repeats a request that the SDK made for the table, with another body,
// date and signature. The first batch goes through the SDK, and so does every batch whose
// direct request does not clearly succeed; the SDK then resolves the endpoint and
// refreshes credentials as usual. Such a batch is sent one more time than without the
// option.
//
// The option is for a destination client without middleware, interceptors, tracing,
// metrics or request logging, and without its own resolver or signer. With any other
// client, and while X-Ray sets a trace ID, dynsync calls the SDK, and
// TableReport.WritePath says why.
func WithDirectRequests() Option {
	return jobOption(func(c *jobConfig) { c.direct = true })
}

// WithVouchedMiddleware names steps of the clients' middleware stacks, by their IDs, that
// neither read nor change items in any form. The default is none.
//
// dynsync moves raw items only through a client whose steps it knows or the caller
// vouches for. With any other client it uses the SDK's types, because a step may encrypt
// items. If a vouched step does encrypt, dynsync bypasses it and writes items in the
// clear.
func WithVouchedMiddleware(ids ...string) Option {
	return jobOption(func(c *jobConfig) { c.vouchedSteps = append(c.vouchedSteps, ids...) })
}

// checkpointConfig holds the options of a job about checkpoints.
type checkpointConfig struct {
	store        CheckpointStore
	set          bool // WithCheckpoint was used, perhaps with nil
	rulesVersion string
	scanResume   bool
	fresh        time.Duration
	startOver    bool
	newKey       bool
}

// WithCheckpoint makes [Syncer.Sync] save its progress in store. The default is none. If
// the job was killed, cancelled, or ended early (a [*TableError]), its next run resumes
// after the last acknowledged writes. A job that came to its end, even with failed items,
// does not resume: the next run copies every table.
//
//	dynsync.WithCheckpoint(dynsync.FileCheckpoint("/var/lib/refresh"))
//
// A run that resumes knows which items failed or collided before: TableReport.Job counts
// them, and the error reports them. dynsync saves its progress once a second, page by
// page; see [WithPageSize].
//
// The next run must be of the same job: the same tables, conditions and parameters,
// rules, defaults, key, and all other options that affect an item. [New] reports a job
// that dynsync cannot recognize: a job without [WithKey], and a job with parts that it
// cannot compare and without [RulesVersion], which lists them.
//
// A run that resumes need not know the keys that the run before wrote if keys are
// one-to-one, that is, if different source keys always get different keys. [Syncer.Plan]
// says so. Keys are one-to-one if all of these hold:
//   - Every rule on a key attribute is [UniquenessExact] or [UniquenessPractical] and not
//     PerItem, is made of such by [Delimited], [Chain], [OnKind], [When] and [FirstOf], or
//     is a [Template] with text between its placeholders, whose attributes pass or have
//     such rules, and whose modifiers lose nothing that these rules read.
//   - No rule on a key has [AllowCollisions]. The table has no [WithRecordTransform], and no
//     other table has its destination.
//   - Any two of its items get one key with a probability below 10⁻⁶.
//
// Every run then writes by the table's mode. An item fails, in [Syncer.Transform] too, if
// its key is not in the canonical form that the transformer reads ("Ann@example.com"), if
// the transformer uses more of the item than its key, if another branch of FirstOf takes
// the result too, or if its template does not give the key. Where keys are not one-to-one,
// a run that resumes only inserts, and refuses [ModeMerge]; see [WithAllowExisting].
//
// The store also keeps a record of the last run, even after success; [Syncer.LastRun]
// returns it. If that run had another key or another scheme of pseudonyms, Sync ends
// before it writes anything, unless [NewKey] is given. If there is no record, a finding in
// the report says that the key could not be compared.
//
// The only attribute values in a checkpoint are the key of the last item read and
// DynamoDB's paging token, which can contain that key. Both are encrypted under a subkey
// of the job's key.
func WithCheckpoint(store CheckpointStore, opts ...CheckpointOption) Option {
	return jobOption(func(c *jobConfig) {
		c.checkpoint = checkpointConfig{store: store, set: true, fresh: freshFor}
		for _, o := range given.Options("WithCheckpoint", opts, &c.faults) {
			o.applyCheckpoint(&c.checkpoint)
		}
	})
}

// A CheckpointOption configures [WithCheckpoint].
type CheckpointOption interface{ applyCheckpoint(*checkpointConfig) }

type checkpointOption func(*checkpointConfig)

func (f checkpointOption) applyCheckpoint(c *checkpointConfig) { f(c) }

// FreshFor sets how long a finished table of an unfinished job counts as done. The
// default is 12 hours. It must be 0 or more; 0 copies every finished table again. A run
// that resumes a job skips a table that an earlier run finished within this time, and
// copies a table again that was finished before. The report says which, and when each was
// finished. After a job that came to its end, even with failed items, the next run copies
// every table.
func FreshFor(d time.Duration) CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.fresh = d })
}

// freshFor is the default of FreshFor.
const freshFor = 12 * time.Hour

// StartOver copies a table from its beginning if the checkpoint belongs to a job that has
// changed since. The default is an error that says what changed. With StartOver, a
// finding in the report says it.
func StartOver() CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.startOver = true })
}

// NewKey accepts a key ([WithKey]), or a release's scheme of pseudonyms (see package anon),
// that differs from that of the job's last run. The default is an error before the first
// write, because it changes pseudonyms and primary keys that rules rewrite. dynsync
// discards the checkpoints of the old key or scheme and copies every table anew.
func NewKey() CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.newKey = true })
}

// RulesVersion sets the version of the parts of a job that dynsync cannot compare:
// [Func], [When], [WithFilter], [WithRecordTransform], and a transformer without the
// method Describe, also inside of another transformer. The default is none. Use a release
// or commit ID; dynsync does not store the text. Change the version whenever the code
// returns something else. dynsync refuses a checkpoint of another version, because the
// old code would have written one half of the table and the new code the other.
func RulesVersion(version string) CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.rulesVersion = version })
}

// ScanResume resumes a SELECT with a Scan after the last key if DynamoDB's paging token
// has expired, which takes an hour. The default is to copy such a table from its
// beginning, and to say so in the report. The source needs the permission dynamodb:Scan.
func ScanResume() CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.scanResume = true })
}

// WithShare makes this process read the i-th of n parts of every table. The default is
// the whole job. n must be 1 to 1,000,000, and i must be 0 or more and less than n. To
// copy tables together, start n processes with the same options and a different i each.
// Each process reads its own segments and takes one n-th of the capacity limits.
//
// Every table needs [WithSegments], with the same number in every process, n or more.
// Share 0 alone reads a table whose condition fixes the partition key. The job needs
// [WithKey]. Each share that has a checkpoint needs its own store.
//
// If items of a table can collide, and its keys are not one-to-one (see [WithCheckpoint]),
// the table needs [ModeInsert] or [WithAllowExisting], because no process knows the others'
// keys. An item that finds a different item under its key counts as [OutcomeCollided].
func WithShare(i, n int) Option {
	return jobOption(func(c *jobConfig) { c.share, c.shareSet = share{i, n}, true })
}

// WithMaxCapacity ends a [Syncer.Sync] or a stream that has consumed the given number of
// capacity units, read and written, over all tables. The default is no limit. It must be
// more than 0. The preflight does not count, and [Syncer.Write] ignores the limit.
//
// The job then stops reading. It still writes the items that it has read, so that it can
// exceed the number by some pages and their writes. Tables that are not complete end with
// an error that says so. With [WithCheckpoint], the next run of the job resumes there and
// may consume as many units again.
func WithMaxCapacity(units float64) Option {
	return jobOption(func(c *jobConfig) { c.budget, c.budgetSet = units, true })
}

// WithStopAfter makes a [Syncer.Sync] or a stream stop reading when d has passed since it was called. The
// default is to read to the end. d must be more than 0. It is for a process that has only
// so much time, as in AWS Lambda or on a spot instance.
//
// A request that is reading is cut off. Sync still writes all items that it has read, a few
// pages, and saves the checkpoint, so that it returns soon after d, or later if the
// destination throttles the writes. A deadline of the context some seconds later bounds
// that. Tables that are not complete end with [ErrStopAfter], and [ExitCode] returns 6. If
// items failed or collided too, it returns 4, as [ExitCode] orders the codes; errors.Is
// still finds ErrStopAfter, and the next run resumes all the same.
//
// With [WithCheckpoint], the next run of the job resumes there and reads no item twice
// that this run read. Without it, what was copied stays at the destination, and the next
// run copies all tables from their beginning.
func WithStopAfter(d time.Duration) Option {
	return jobOption(func(c *jobConfig) { c.stopAfter, c.stopSet = d, true })
}

// WithAcceptedFindings reads a file of findings that somebody has looked at. The default is
// no file. A line has the [Finding.ID], the last day (YYYY-MM-DD, UTC) and a reason. Such a
// finding gets the level "info", unless its level is "error". docs/findings.md says more.
func WithAcceptedFindings(path string) Option {
	return jobOption(func(c *jobConfig) { c.accepted = accepted.File{Given: true, Path: path} })
}

// WithOnProgress sets a function that receives the progress of [Syncer.Sync] four times a
// second, and once at the end of each table. The default is none. Calls come one at a
// time; a call that blocks delays the next one and the end of the table. The function
// should not use the Syncer, but may call [Syncer.SetReadCapacity] and
// [Syncer.SetWriteCapacity].
func WithOnProgress(fn func(Progress)) Option {
	return jobOption(func(c *jobConfig) { c.onProgress = fn })
}

// checkpointEvery is the time between two saves of a checkpoint. A killed job repeats at
// most the writes of this time and the writes that were in flight.
const checkpointEvery = time.Second

// A share is part i of a job that n processes divide. The zero share is the whole job.
type share struct{ i, n int }

func (s share) divided() bool { return s.n > 1 }

// of returns the share's part [first, end) of the segments.
func (s share) of(segments int) (first, end int) {
	if !s.divided() {
		return 0, segments
	}
	return int(int64(segments) * int64(s.i) / int64(s.n)), int(int64(segments) * int64(s.i+1) / int64(s.n))
}
