package dynsync

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/checkpoint"
)

// A SourceClient is what dynsync reads with: a *dynamodb.Client, or anything
// with its read methods. If it also has DescribeTimeToLive, the TTL attribute
// of a table is looked up with it.
//
// Items are moved as raw DynamoDB JSON only through a client whose dynamic type
// is exactly *dynamodb.Client and whose middleware is known; every other client
// gets and gives the SDK's types, with equal results. The report says which.
type SourceClient interface {
	ExecuteStatement(context.Context, *dynamodb.ExecuteStatementInput, ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error)
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// A DestinationClient is what dynsync writes with, likewise.
type DestinationClient interface {
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// An Option configures a job. It stores what it is given; [New] checks it.
type Option interface{ applyJob(*jobConfig) }

type (
	jobOption   func(*jobConfig)
	tableOption func(*tableConfig)
	ruleOption  func(*rule)
)

func (f jobOption) applyJob(c *jobConfig)       { f(c) }
func (f tableOption) applyTable(c *tableConfig) { f(c) }
func (f ruleOption) applyRule(r *rule)          { f(r) }

// jobConfig is what the options of a job said.
type jobConfig struct {
	source       SourceClient
	destination  DestinationClient
	key          []byte
	keySet       bool
	tables       []*tableConfig
	defaults     []TableOption
	onProgress   func(Progress)
	onFailure    func(context.Context, Failure) error
	logger       *slog.Logger
	workers      int
	requests     int
	vouchedSteps []string
	direct       bool
	checkpoint   checkpointConfig

	checkpointEvery time.Duration

	share               share
	budget              float64
	shareSet, budgetSet bool

	maxFailures     int
	giveUp          time.Duration
	maxTrackedKeys  int
	deadLetterPath  string
	deadLetterItems bool
	deadLetterClear bool
}

// maxDefaultWorkers is how many workers there are by default where there are
// more processors: one reader does not feed more.
const maxDefaultWorkers = 4

// defaultConfig is where every default of an Option stands.
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

// WithSource sets the client of the source account or endpoint, which is only
// ever sent SELECT, Scan and Describe calls. [Syncer.Sync], [Syncer.Scan] and
// [Syncer.Transformed] need it. A second use replaces the first.
func WithSource(client SourceClient) Option {
	return jobOption(func(c *jobConfig) { c.source = client })
}

// WithDestination sets the client of the destination account or endpoint.
// [Syncer.Sync] and [Syncer.Write] need it. A second use replaces the first.
func WithDestination(client DestinationClient) Option {
	return jobOption(func(c *jobConfig) { c.destination = client })
}

// WithKey sets the key that pseudonyms are derived from: 32 bytes or more, from
// a random source, kept secret like a password; New reports an error for fewer, and
// for fewer than eight different ones. The same input gives the same
// output under the same key, in every run and process. The default is a random
// key for each [New]; a rule on a key attribute needs a key of the caller's,
// since otherwise a second run would write every item again under another key.
// The bytes are copied. A second use replaces the first.
func WithKey(key []byte) Option {
	return jobOption(func(c *jobConfig) { c.key, c.keySet = append([]byte(nil), key...), true })
}

// WithTable adds a table to the job: it is read from source and written to
// destination, names or, for the destination, ARNs of tables. The job knows it
// by its source name, or by [WithName].
func WithTable(source, destination string, opts ...TableOption) Option {
	return jobOption(func(c *jobConfig) {
		c.tables = append(c.tables, &tableConfig{source: source, destination: destination, name: source, opts: opts})
	})
}

// WithAllTables sets options for every table of the job that does not set them
// itself. Rules add up: where a table and the defaults have a rule of the same
// pattern, the table's holds. A second use adds.
func WithAllTables(opts ...TableOption) Option {
	return jobOption(func(c *jobConfig) { c.defaults = append(c.defaults, opts...) })
}

// WithOnFailure sets a function that receives every item that was not written,
// as it happens: it failed, collided, or existed before ([ModeInsert]). Items that
// the filter dropped, and unsettled ones, are not among them. Calls come one at a time, over all
// tables and streams of the Syncer; one that blocks holds them up, and one that
// uses the Syncer itself can deadlock. The Failure's key record is borrowed:
// Clone keeps it. An error that it returns stops the job: the table ends, and
// no other begins. A second use replaces the first.
func WithOnFailure(fn func(context.Context, Failure) error) Option {
	return jobOption(func(c *jobConfig) { c.onFailure = fn })
}

// WithLogger sets where the job logs its milestones, overriding the default of
// none. No record holds an attribute value or a key. A second use replaces the
// first.
func WithLogger(l *slog.Logger) Option {
	return jobOption(func(c *jobConfig) { c.logger = l })
}

// WithWorkers sets how many goroutines of a table transform items, overriding
// the default of one per processor (GOMAXPROCS), at most 4. It must be 1 to
// 1,024. Each holds at most one page of items (about 1 MB, more where text is
// heavily escaped). A second use replaces the first.
func WithWorkers(n int) Option {
	return jobOption(func(c *jobConfig) { c.workers = n })
}

// WithWriteConcurrency sets how many write requests of a table are in flight at
// most, overriding the default of 16. It must be 1 to 1,024. An HTTP
// client that keeps fewer idle connections per host (the SDK's keeps 10) opens
// new ones all the time; see [HTTPClient]. A second use replaces the first.
func WithWriteConcurrency(n int) Option {
	return jobOption(func(c *jobConfig) { c.requests = n })
}

// WithMaxFailures sets how many items may fail or collide, over all tables of one
// call, until it ends, overriding the default of 0, which is no limit. It must
// be 0 or more. A second use replaces the first.
func WithMaxFailures(n int) Option {
	return jobOption(func(c *jobConfig) { c.maxFailures = n })
}

// WithGiveUpAfter sets how long a request may go without progress, while it is
// throttled or not answered, until its items have failed and its table ends,
// overriding the default of 2 minutes. It must be more than 0. An answer that takes
// longer than a quarter of it is not waited for, and its request is sent again. A
// second use replaces the first.
func WithGiveUpAfter(d time.Duration) Option {
	return jobOption(func(c *jobConfig) { c.giveUp = d })
}

// WithMaxTrackedKeys sets how many keys all runs of the [Syncer] remember together,
// some 32 bytes each, to find items that collide, overriding the default of
// 20,000,000. It must be 1 or more. A table with more of them ends with an error. It
// matters only where a rule or a record transform changes key attributes and is not
// [UniquenessExact], or where two tables have one destination. A second use replaces the
// first.
func WithMaxTrackedKeys(n int) Option {
	return jobOption(func(c *jobConfig) { c.maxTrackedKeys = n })
}

// WithDeadLetters appends a line of JSON to a file for every item that [Syncer.Sync],
// [Syncer.Write] or [Syncer.Replay] did not write: table, key attributes as read, outcome
// and reason. The key is encrypted
// under a subkey of the job's key, so that [WithKey] is needed, unless [InTheClear] is
// given; table, outcome and reason hold no values, and are text. The default is no
// file. Several processes can append to one file. It gets mode 0600, whatever it had
// before, and a last line that a killed process cut off is ended. A line that cannot
// be written, on a full disk say, ends the job. [Syncer.Replay] and [OpenDeadLetters]
// read the file. A second use replaces the first.
func WithDeadLetters(path string, opts ...DeadLetterOption) Option {
	return jobOption(func(c *jobConfig) {
		c.deadLetterPath, c.deadLetterClear, c.deadLetterItems = path, false, false
		for _, o := range opts {
			o.applyDeadLetters(c)
		}
	})
}

// A DeadLetterOption configures [WithDeadLetters].
type DeadLetterOption interface{ applyDeadLetters(*jobConfig) }

type deadLetterOption func(*jobConfig)

func (f deadLetterOption) applyDeadLetters(c *jobConfig) { f(c) }

// InTheClear writes dead letters as plain text, overriding the default of
// encrypting keys and items: the file holds personal data where keys do, and with
// [WholeItems] that of whole items. One file can hold lines of both forms.
func InTheClear() DeadLetterOption {
	return deadLetterOption(func(c *jobConfig) { c.deadLetterClear = true })
}

// WholeItems puts whole items into the file of dead letters, overriding the default of
// keys alone: an item on which a rule failed as it was read, before any rule, and an item
// that DynamoDB refused as it was to be written. Items are encrypted as keys are;
// [InTheClear] writes them as plain text, too. An item of more than 8 MiB of JSON, which
// no table holds, is left out.
func WholeItems() DeadLetterOption {
	return deadLetterOption(func(c *jobConfig) { c.deadLetterItems = true })
}

// WithDirectRequests lets batches go past the SDK's middleware stack, which
// costs about a third of the CPU of a copy, overriding the default of calling
// the SDK for every batch. A direct request repeats one that the SDK made for
// the table, with another body, date and signature; the first batch, and every
// one whose answer is not plainly a success, goes through the SDK, which
// resolves the endpoint, retries and refreshes credentials as always. A batch
// that fails so is sent once more than otherwise.
//
// It is for a destination client without middleware, interceptors, tracing,
// metrics or request logging, and without a resolver or signer of its own;
// with any other, and where X-Ray sets a trace id, nothing changes, and
// TableReport.WritePath says why.
func WithDirectRequests() Option {
	return jobOption(func(c *jobConfig) { c.direct = true })
}

// WithVouchedMiddleware names steps of the clients' middleware stacks, by their
// ids, of which the caller promises that they neither read nor change items, in
// whatever form. dynsync moves raw items only past steps that it knows to be so; a
// client with another step, which may encrypt items, say, is used by the SDK's
// types. A step that is vouched for and does encrypt would be passed by, and items
// written in the clear. A second use adds.
func WithVouchedMiddleware(ids ...string) Option {
	return jobOption(func(c *jobConfig) { c.vouchedSteps = append(c.vouchedSteps, ids...) })
}

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
// rules run code of the caller's without [RulesVersion].
//
// Where items can collide, because a rule on a key attribute is not [UniquenessExact] or two
// tables have one destination, a run that resumes inserts only; see [WithAllowExisting].
// [ModeMerge] is refused there.
//
// The store also keeps a record of the last run, which outlives success:
// [Syncer.LastRun] returns it. Where it is of another key than the job's, Sync ends
// before anything is written, unless [NewKey] is given; where there is none, the
// report has a finding that the key could not be compared.
//
// Of attribute values, a checkpoint holds the key of the last item read, and
// DynamoDB's paging token, which can hold it too; both are encrypted under a
// subkey of the job's key. A second use replaces the first.
func WithCheckpoint(store CheckpointStore, opts ...CheckpointOption) Option {
	return jobOption(func(c *jobConfig) {
		c.checkpoint = checkpointConfig{store: store, set: true, fresh: freshFor}
		for _, o := range opts {
			o.applyCheckpoint(&c.checkpoint)
		}
	})
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

// freshFor is the default of FreshFor.
const freshFor = 12 * time.Hour

// StartOver makes a run copy a table from its beginning where the checkpoint is of
// a job that has changed since, overriding the default of an error that says what
// changed. A finding of the report says it instead.
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

// RulesVersion names the version of the code that the job's rules run: of [Func], [When],
// filters, record transforms, and transformers that do not describe themselves. The
// default is none. Change the version whenever that code changes what it returns: dynsync
// refuses a checkpoint of another version, because the old code would have written one
// half of the table and the new code the other. The text, a release or commit id, is not
// stored.
func RulesVersion(version string) CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.rulesVersion = version })
}

// ScanResume lets a resumed job go on by Scan, behind the last key, where DynamoDB no
// longer takes the token of the SELECT, which lives for an hour. The default is to start
// such a table over, and to say so in the report. It needs the permission dynamodb:Scan on
// the source.
func ScanResume() CheckpointOption {
	return checkpointOption(func(c *checkpointConfig) { c.scanResume = true })
}

// WithShare makes this process read the i-th of n parts of every table of the job
// (0 ≤ i < n), overriding the default of the whole: n processes with the same
// options otherwise, each with its own i, copy the tables together. Each reads
// segments of its own and takes an n-th of the limits of capacity.
//
// Every table needs [WithSegments], with the same number of at least n in every
// process. A table whose condition fixes its partition key is read by share 0
// alone. The job needs [WithKey], a share that has a checkpoint needs a store of
// its own. One whose items can collide needs [ModeInsert] or [WithAllowExisting]: no
// process knows the keys that the others wrote, and an item that meets a different one
// counts as [OutcomeCollided]. A second use replaces the first.
func WithShare(i, n int) Option {
	return jobOption(func(c *jobConfig) { c.share, c.shareSet = share{i, n}, true })
}

// WithMaxCapacity ends a [Syncer.Sync] when it has consumed that many capacity units,
// read and written, over all tables, and a stream likewise, overriding the default
// of no budget. The preflight is not counted, and [Syncer.Write] takes all that it
// is given. Items that were read are still written. The tables that are not complete end with
// [ErrCapacitySpent]; with [WithCheckpoint], the next run of the job goes on there,
// with a budget of its own. It must be more than 0. A second use replaces the
// first.
func WithMaxCapacity(units float64) Option {
	return jobOption(func(c *jobConfig) { c.budget, c.budgetSet = units, true })
}

// WithOnProgress sets a function that is told how far Sync is, four times a second
// and once at the end of each table, overriding the default of none. Calls come one
// at a time; one that blocks delays the next, and the table's end. It should not
// use the Syncer, but may change its limits. A second use replaces the first.
func WithOnProgress(fn func(Progress)) Option {
	return jobOption(func(c *jobConfig) { c.onProgress = fn })
}

// checkpointEvery is how often a checkpoint is saved while a table is copied. A
// killed job repeats at most the writes of this time, and those under way.
const checkpointEvery = time.Second

// A share is a part of a job that is divided among processes: the part i of n. The
// zero share is the whole job.
type share struct{ i, n int }

func (s share) divided() bool { return s.n > 1 }

// of returns the part [first, end) of that many segments.
func (s share) of(segments int) (first, end int) {
	if !s.divided() {
		return 0, segments
	}
	return int(int64(segments) * int64(s.i) / int64(s.n)), int(int64(segments) * int64(s.i+1) / int64(s.n))
}

// A CheckpointStore keeps the progress of a job: one checkpoint for each of its
// tables, and a record of its last run ([Syncer.LastRun]). [FileCheckpoint] is one;
// another may use a database or an object store. A store serves one job.
//
// Data is opaque: it may be copied and backed up, and is useless without the
// job's key. A name identifies a table within the job, or the record; it consists of
// at most 100 of the characters a-z, A-Z, 0-9, '_', '-' and '.', and begins with a
// letter, a digit or '_'.
//
// Its methods are called from several goroutines. An error of Lock, or about the
// record, ends the job, any other the table; errors.Is and errors.As find it, but its
// text is not printed.
type CheckpointStore interface {
	// Lock excludes other runs until unlock is called, or the process dies. While
	// another run holds it, Lock fails at once with ErrCheckpointInUse.
	Lock(ctx context.Context) (unlock func() error, err error)
	// Load returns the data last saved under the name, which the caller owns, or
	// nil without an error where there is none.
	Load(ctx context.Context, name string) ([]byte, error)
	// Save keeps data, which it must not retain, in place of what was saved
	// before. It is durable when Save returns, and atomic: after a crash, Load
	// returns either the old data or the new.
	Save(ctx context.Context, name string, data []byte) error
	// Delete removes what was saved under the name. It is no error if nothing
	// was.
	Delete(ctx context.Context, name string) error
}

// ErrCheckpointInUse is the error of [CheckpointStore].Lock while another run
// holds the lock.
var ErrCheckpointInUse = checkpoint.ErrInUse

// bulkBuffer is the size of a connection's buffers, in bytes. net/http's own of
// 4 KiB make a batch of 25 items many small writes.
const bulkBuffer = 64 << 10

// HTTPClient returns an HTTP client for the AWS SDK, made for bulk work: it
// differs from the SDK's own in that it keeps as many idle connections to a host
// as there are requests in flight (never fewer than the SDK's 10), and reads and
// writes through buffers of 64 KiB, which each connection has two of. Give it to
// both clients of a job:
//
//	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(dynsync.HTTPClient(32)))
//
// The number is the sum of what goes to one host at once: for every table that
// is copied at the same time its WithWriteConcurrency and one reader. The result
// can be configured further as the SDK's can; it is safe for concurrent use.
func HTTPClient(requests int) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = max(requests, t.MaxIdleConnsPerHost)
		t.MaxIdleConns = max(2*requests, t.MaxIdleConns) // two hosts: the source's and the destination's
		t.ReadBufferSize, t.WriteBufferSize = bulkBuffer, bulkBuffer
	})
}
