package dynsync

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
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

// A TableOption configures a table of a job.
type TableOption interface{ applyTable(*tableConfig) }

// A RuleOption configures a rule of a table.
type RuleOption interface{ applyRule(*rule) }

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
		giveUp:   giveUpAfter,

		maxTrackedKeys: 20_000_000,

		checkpointEvery: checkpointEvery,
		logger:          slog.New(slog.DiscardHandler),
	}
}

// tableConfig is what the options of a table said.
type tableConfig struct {
	source, destination, name string
	opts                      []TableOption

	where                               string
	params                              []any
	index                               string
	consistent                          bool
	pageSize                            int
	segments                            int // 0 for none, or autoSegments
	readLimit, writeLimit               Capacity
	shuffle                             int // pages; 0 for the default
	limit                               int64
	sample                              float64
	limitSet, sampleSet, withoutExpired bool
	ttl                                 string
	rules                               []ruleConfig
	defaults                            map[Kind]Transformer
	mode                                Mode
	filter                              func(*Record) bool
	finish                              func(context.Context, *Record) error
	leak                                *leakConfig // nil for no check
	refusePersonalKeys                  bool
	allowExisting                       bool
	inheriting                          bool // the options of WithDefaults are being applied
}

type ruleConfig struct {
	pattern   string
	t         Transformer
	opts      []RuleOption
	onNames   bool
	inherited bool
}

// WithSource sets the client of the source account or endpoint, which is only
// ever sent SELECT, Scan and Describe calls. [Syncer.Sync], [Syncer.Scan] and
// [Syncer.Records] need it. A second use replaces the first.
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

// WithDefaults sets options for every table of the job that does not set them
// itself. Rules add up: where a table and the defaults have a rule of the same
// pattern, the table's holds. A second use adds.
func WithDefaults(opts ...TableOption) Option {
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
// [Injective], or where two tables have one destination. A second use replaces the
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
		c.deadLetterPath, c.deadLetterClear = path, false
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
// [WithPersonalDataInDeadLetters] that of whole items. Lines of both forms can stand
// in one file.
func InTheClear() DeadLetterOption {
	return deadLetterOption(func(c *jobConfig) { c.deadLetterClear = true })
}

// WithPersonalDataInDeadLetters puts whole items into the file of
// [WithDeadLetters], overriding the default of keys alone: an item that a rule
// failed on as it was read, before any rule, and one that DynamoDB did not take as
// it was to be written. They are encrypted as keys are; [InTheClear] writes them,
// too, as plain text. An item of more than 8 MiB of JSON, which no table holds, is
// left out. It needs WithDeadLetters.
func WithPersonalDataInDeadLetters() Option {
	return jobOption(func(c *jobConfig) { c.deadLetterItems = true })
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

// WithName sets the name by which the job knows the table, in [Syncer.Scan] and
// in reports, overriding the default of its source name. Names are unique in a
// job. A second use replaces the first.
func WithName(name string) TableOption {
	return tableOption(func(c *tableConfig) { c.name = name })
}

// WithWhere reads only the items that a PartiQL condition selects, overriding
// the default of all items. It is the text after WHERE; each ? in it takes one
// of the params, in order, of any type that [ValueOf] takes. Parameters are
// bound, never spliced into the text; write values only so.
//
//	WithWhere(`Country = ? AND Age >= ?`, "DE", 18)
//
// A condition that pins the partition key reads its items only; any other reads,
// and pays for, the whole table. DynamoDB takes up to 8192 bytes. A second use
// replaces the first.
func WithWhere(condition string, params ...any) TableOption {
	return tableOption(func(c *tableConfig) { c.where, c.params = condition, params })
}

// WithIndex reads from a secondary index of the source table, overriding the
// default of the table itself: items that have the index's key, with the
// attributes it projects. A second use replaces the first.
func WithIndex(name string) TableOption {
	return tableOption(func(c *tableConfig) { c.index = name })
}

// WithConsistentRead reads strongly consistently, at twice the capacity,
// overriding the default of eventually. A global secondary index cannot be read
// so.
func WithConsistentRead() TableOption {
	return tableOption(func(c *tableConfig) { c.consistent = true })
}

// WithSegments reads the table by a parallel Scan in that many segments,
// overriding the default of one SELECT, which reads page after page: up to 64
// pages are read at a time, of some 2 MB of memory each. It must be 1 to
// 1,000,000; four times as many as are read at a time let them end together. The
// client needs the permission dynamodb:Scan. The condition of [WithWhere] becomes
// a FilterExpression; one that has none is an error, of which the text says what
// and at which column. A condition that fixes the partition key is a Query, and
// stays one SELECT. [Syncer.ReadPlan] tells. A second use, or [WithAutoSegments],
// replaces the first.
func WithSegments(n int) TableOption {
	return tableOption(func(c *tableConfig) {
		if c.segments = n; n < 1 || n > maxSegments {
			c.segments = maxSegments + 1 // New reports it
		}
	})
}

// WithAutoSegments is [WithSegments] with a number that suits the table's size,
// the limit of reads and the workers; [Syncer.ReadPlan] tells which and why. A job
// that resumes has the number it began with. It cannot be used together with
// [WithShare].
func WithAutoSegments() TableOption {
	return tableOption(func(c *tableConfig) { c.segments = autoSegments })
}

// WithShuffle makes each worker wait for that many pages and take their items in
// turn, so that writes do not march through the destination's partitions one after
// the other, overriding the default: a SELECT's pages are written as they come, and
// of a table that is read in segments up to 4 pages are mixed that happen to be
// there. It must be 1 to 64; a page takes some 2 MB of memory. A second use
// replaces the first.
func WithShuffle(pages int) TableOption {
	return tableOption(func(c *tableConfig) {
		if c.shuffle = pages; pages < 1 {
			c.shuffle = -1 // New reports it
		}
	})
}

// WithPageSize sets how many items DynamoDB evaluates for a page at most,
// overriding the default of 0, which leaves it at 1 MB of items. It must be 0 to
// 1,000,000. A second use replaces the first.
func WithPageSize(items int) TableOption {
	return tableOption(func(c *tableConfig) { c.pageSize = items })
}

// WithTransform adds a rule: the values that the pattern selects go through t.
// See [Pattern] for the syntax and for which of several rules holds.
//
// A rule on a map, list or set covers everything below it. Deeper rules may
// carve out of [Passthrough] and [Remove]; under any other transformer they are
// an error of [New], and so are two rules of a table with the same pattern. Key
// attributes, and the TTL attribute, pass through unless a pattern that is their
// name selects them. A rule that can only have been meant for such an attribute and
// does not select it, as ID or **.Id for Id, ends the table before it is copied.
func WithTransform(pattern string, t Transformer, opts ...RuleOption) TableOption {
	return tableOption(func(c *tableConfig) {
		c.rules = append(c.rules, ruleConfig{pattern, t, opts, false, c.inheriting})
	})
}

// WithTransformKeys adds a rule for the names of the members of the maps that
// the pattern selects, for maps whose names are data:
//
//	WithTransformKeys("Contacts", anon.Email()) // Contacts is keyed by e-mail address
//
// t receives each name as an S and returns one. Rules for the values match names
// as they were read. Two equal names that come out fail the item.
func WithTransformKeys(pattern string, t Transformer, opts ...RuleOption) TableOption {
	return tableOption(func(c *tableConfig) {
		c.rules = append(c.rules, ruleConfig{pattern, t, opts, true, c.inheriting})
	})
}

// Optional marks a rule that may match nothing, which the report then does not
// tell. Under a default that may keep values ([MayKeep]), a rule that is not optional
// and matched nothing is an error of the table, since a typing error in its pattern
// passes its values through. The error comes when the table was read: items may be
// written.
func Optional() RuleOption { return ruleOption(func(r *rule) { r.optional = true }) }

// AllowCollisions lets a rule on a key attribute have a transformer that is
// [ManyToOne], which the preflight refuses otherwise: of several items that end
// on one key, one is written, and the others are reported as [Collided].
func AllowCollisions() RuleOption { return ruleOption(func(r *rule) { r.clashes = true }) }

// WithDefault sets the transformer for everything that no rule selects,
// overriding the default of [Pseudonym]: for the kinds listed, of KindS, KindN,
// KindB, KindBOOL and KindNULL, or for all of them. It applies at any depth, to
// the members of sets too. NULL stays unless it is listed, or all kinds are
// meant. [Passthrough], [Remove] and [Reject] are possible choices. A second use
// adds, and replaces for the kinds it names.
func WithDefault(t Transformer, kinds ...Kind) TableOption {
	return tableOption(func(c *tableConfig) {
		if len(kinds) == 0 {
			kinds = defaultKinds
		}
		if c.defaults == nil {
			c.defaults = map[Kind]Transformer{}
		}
		for _, k := range kinds {
			c.defaults[k] = t
		}
	})
}

// WithAllowExisting accepts, where items can collide, that an item at the
// destination which differs from the one to be written may be of another source
// item. By default it counts as [Collided], an error, where a run does not know
// the keys of all items that the job wrote: a run that resumes, a share of a job, a
// second [Syncer.Write], a [Syncer.Replay]. With this option such a run writes as
// the first one does: [ModeInsert] counts the item as [Existing], the other modes
// write over it.
func WithAllowExisting() TableOption {
	return tableOption(func(c *tableConfig) { c.allowExisting = true })
}

// WithFilter drops the items for which keep returns false, before any
// transform, overriding the default of none. keep is called from several
// goroutines; the record is borrowed, and must not be changed. A second use
// replaces the first.
func WithFilter(keep func(*Record) bool) TableOption {
	return tableOption(func(c *tableConfig) { c.filter = keep })
}

// WithRecordTransform sets a function that sees each record after the rules, and
// may change it: rebuild a composite key from transformed attributes, say. The
// default is none. It is called from several goroutines; the record is borrowed.
// A key attribute keeps its type and is never emptied or removed. An error fails
// the item. A second use replaces the first.
func WithRecordTransform(fn func(context.Context, *Record) error) TableOption {
	return tableOption(func(c *tableConfig) { c.finish = fn })
}

// WithTTLAttribute names the attribute that holds the time at which DynamoDB
// deletes an item, which passes through, overriding the default of asking the
// source (DescribeTimeToLive). A second use replaces the first.
func WithTTLAttribute(name string) TableOption {
	return tableOption(func(c *tableConfig) { c.ttl = name })
}
