package dynsync

import (
	"context"
	"fmt"

	"github.com/dynsync/dynsync/internal/given"
	"github.com/dynsync/dynsync/internal/send"
)

// A TableOption configures a table of a job. It stores its arguments; [New] checks them
// and reports an error for those outside the legal range, and for an option that is nil.
//
// A second use of an option replaces the first. [WithTransform] and [WithTransformKeys]
// add a rule instead, and [WithDefaultTransform] replaces only the data types that it
// names.
type TableOption interface{ applyTable(*tableConfig) }

// tableConfig holds the options of a table.
type tableConfig struct {
	source, destination, name string
	opts                      []TableOption
	faults                    []error // what options found wrong with their own options

	where                               string
	params                              []any
	index                               string
	consistent                          bool
	pageSize                            int
	segments                            int // 0 for none, or AutoSegments
	segmentsSet, shuffleSet             bool
	readLimit, writeLimit               Capacity
	shuffle                             int // pages; 0 for the default
	limit, streamRecords                int64
	sample                              float64
	limitSet, sampleSet, withoutExpired bool
	ttl                                 string
	mode                                Mode
	filter                              func(*Record) bool
	finish                              func(context.Context, *Record) error
	leak                                *leakConfig // nil for one that counts
	allowExisting                       bool
	tolerate                            float64
	rulesConfig
}

// A RulesOption is a [TableOption] for the rules of a table. [JSON] takes it for the
// values within a string.
type RulesOption interface {
	TableOption
	applyRules(*rulesConfig)
}

type rulesOption func(*rulesConfig)

func (f rulesOption) applyRules(c *rulesConfig) { f(c) }
func (f rulesOption) applyTable(c *tableConfig) { f(&c.rulesConfig) }

// rulesConfig holds the RulesOptions of a table or of [JSON].
type rulesConfig struct {
	rules      []ruleConfig
	defaults   map[Kind]Transformer
	inheriting bool // the options of WithAllTables are being applied
}

type ruleConfig struct {
	pattern   string
	t         Transformer
	opts      []RuleOption
	onNames   bool
	inherited bool
}

// A RuleOption configures a rule of a table.
type RuleOption interface{ applyRule(*rule) }

// WithName sets the name by which the job knows the table, for example in [Syncer.Scan]
// and in reports. The default is the name of the source table. It must be unique in the
// job.
func WithName(name string) TableOption {
	return tableOption(func(c *tableConfig) { c.name = name })
}

// WithWhere reads only the items that a PartiQL condition selects. The default is all
// items. The condition is the text after WHERE, of at most 8,192 bytes. Each ? in it
// takes one of the params, in order, of any type that [ValueOf] takes. Parameters are
// bound and never spliced into the text, so pass values only as parameters:
//
//	WithWhere(`Country = ? AND "Plan" = ?`, "DE", "pro")
//
// In PartiQL, text in double quotes is the name of an attribute and not a string; keywords
// ("order") need them. A name that begins with # or : is read by Scan (dynamodb:Scan).
//
// [New] refuses a condition that DynamoDB refuses, or that no item can satisfy. One that
// selects none of the items is a [Finding], and so is the name or the type that is why; to
// find it, the preflight reads at most 100 items without the condition.
//
// If the condition fixes the partition key, DynamoDB reads the items of that partition
// only. With any other condition it reads the whole table, and charges for it.
func WithWhere(condition string, params ...any) TableOption {
	return tableOption(func(c *tableConfig) { c.where, c.params = condition, params })
}

// WithIndex reads from a secondary index of the source table. The default is the table
// itself. The index yields the items that have its key, with the attributes that it
// projects.
func WithIndex(name string) TableOption {
	return tableOption(func(c *tableConfig) { c.index = name })
}

// WithConsistentRead uses strongly consistent reads, which consume twice the capacity.
// The default is eventually consistent reads. A global secondary index has no consistent
// reads.
func WithConsistentRead() TableOption {
	return tableOption(func(c *tableConfig) { c.consistent = true })
}

// WithSegments reads the table with a parallel Scan in n segments. The default is one
// SELECT, which reads page after page. n must be 1 to 1,000,000, or [AutoSegments], with
// which dynsync chooses n. A Scan reads up to 64 pages at a time, each of about 2 MB of
// memory. With four segments for each of these pages, the readers end at about the same
// time.
//
// The source needs the permission dynamodb:Scan. The condition of [WithWhere] becomes a
// FilterExpression; [New] reports an error for a condition that has no such form, with
// the column. A condition that fixes the partition key stays one SELECT, because DynamoDB
// runs it as a Query. [Syncer.Plan] tells how the table is read.
func WithSegments(n int) TableOption {
	return tableOption(func(c *tableConfig) { c.segments, c.segmentsSet = n, true })
}

// AutoSegments makes [WithSegments] choose a number that suits the size of the table, the
// read limit and the workers. [Syncer.Plan] tells the number and the reason. A job
// that resumes keeps the number that it began with. It cannot be combined with
// [WithShare].
const AutoSegments = -1

// WithShuffle makes each worker collect that many pages and take an item of each in turn,
// so that the writes spread over the partitions of the destination. It must be 1 to 64
// pages, each of about 2 MB of memory. The default is not to wait: pages of a SELECT are
// written as they come, and of a table that is read in segments, a worker mixes up to 4
// pages that are ready.
func WithShuffle(pages int) TableOption {
	return tableOption(func(c *tableConfig) { c.shuffle, c.shuffleSet = pages, true })
}

// WithPageSize sets how many items DynamoDB evaluates for a page at most. The default is
// 0, with which DynamoDB ends a page after 1 MB of items. It must be 0 to 1,000,000.
func WithPageSize(items int) TableOption {
	return tableOption(func(c *tableConfig) { c.pageSize = items })
}

// WithReadCapacity limits the read capacity that the job consumes, from the table and its
// indexes. The default is half of a provisioned table's capacity, which is also the
// default of AWS's EMR connector. For an on-demand table the default is 1,500 units a
// second for each page that is read at a time, half of what one partition serves.
//
// The limit applies to all readers and streams of the [Syncer] together. If two tables of
// the job have the same source, the lower limit applies. A share of a job takes its part
// of the limit ([WithShare]). [Syncer.SetReadCapacity] changes the limit later.
//
// A request is sent when the consumption of the earlier requests allows it. Within any 10
// seconds, consumption stays below the limit plus 5 % plus one request. When DynamoDB
// throttles, the job slows down and then speeds up again to the limit.
func WithReadCapacity(c Capacity) TableOption {
	return tableOption(func(t *tableConfig) { t.readLimit = c })
}

// WithWriteCapacity limits the write capacity that the job consumes, of the table and its
// indexes. The default is [Unlimited]: the job writes as fast as the destination accepts
// ([WithWriteConcurrency]). The limit is as exact as [WithReadCapacity].
// [Syncer.SetWriteCapacity] changes it later.
func WithWriteCapacity(c Capacity) TableOption {
	return tableOption(func(t *tableConfig) { t.writeLimit = c })
}

// WithMaxItems stops reading the table after that many items have passed [WithWhere],
// [WithSample], [WithoutExpired] and [WithFilter]. The default is no limit. It must be 1
// or more. Which items these are is not determined and can differ between runs. Items
// read beyond the limit count as filtered. It cannot be combined with [WithCheckpoint].
// Each share of a job ([WithShare]) has the whole limit.
func WithMaxItems(items int64) TableOption {
	return tableOption(func(c *tableConfig) { c.limit, c.limitSet = items, true })
}

// WithSample takes a fraction of the table's items. The default is all items. It must be
// more than 0 and at most 1. An item is in the sample if the SHA-256 hash of its primary
// key is low enough. Every run, process and job therefore takes the same items, and a
// larger fraction takes these and more. The other items are read, paid for and counted as
// filtered.
func WithSample(fraction float64) TableOption {
	return tableOption(func(c *tableConfig) { c.sample, c.sampleSet = fraction, true })
}

// WithoutExpired skips items whose time to live has passed but which DynamoDB has not yet
// deleted, which can take days. The default is to copy them. Skipped items count as
// filtered.
//
// An item is expired if the time in its TTL attribute is before the start of the run. As
// in DynamoDB, an attribute that is not a number, or is more than five years in the past,
// does not expire the item. The attribute is that of [WithTTLAttribute], or else the one
// that DescribeTimeToLive returns.
func WithoutExpired() TableOption {
	return tableOption(func(c *tableConfig) { c.withoutExpired = true })
}

// WithTTLAttribute names the TTL attribute, which contains the time at which DynamoDB
// deletes an item. The default is to ask the source (DescribeTimeToLive). An N in the
// attribute passes through unless a rule names it. If that rule does not apply to an N or
// S, the item fails: a default pseudonym would be a time at which DynamoDB deletes it.
func WithTTLAttribute(name string) TableOption {
	return tableOption(func(c *tableConfig) { c.ttl = name })
}

// WithTransform adds a rule: t transforms the values that the pattern selects. The
// default is no rule. The package documentation describes patterns and precedence.
//
// A rule on a map, list or set covers everything below it. Below a rule with
// [Passthrough] or [Remove], deeper rules may select values; below any other, they do not
// hold. [New] reports an error for a rule that can hold nowhere, and for two of a pattern.
//
// Key attributes and the TTL attribute pass through unless a pattern that is exactly
// their name selects them. A rule that was meant for such an attribute and does not
// select it, such as ID or **.Id for Id, ends the table before anything is copied.
func WithTransform(pattern string, t Transformer, opts ...RuleOption) RulesOption {
	return rulesOption(func(c *rulesConfig) {
		c.rules = append(c.rules, ruleConfig{pattern, t, opts, false, c.inheriting})
	})
}

// WithTransformKeys adds a rule for the map keys of the maps that the pattern selects. It
// is for maps whose keys are data. The default is to keep map keys.
//
//	WithTransformKeys("Contacts", anon.Email()) // Contacts is keyed by e-mail address
//
// t receives each map key as an S and must return an S. Rules for the values of the map
// match the keys as read. If two keys of a map become equal, or another rule takes the
// whole map and may keep its keys, the item fails.
func WithTransformKeys(pattern string, t Transformer, opts ...RuleOption) RulesOption {
	return rulesOption(func(c *rulesConfig) {
		c.rules = append(c.rules, ruleConfig{pattern, t, opts, true, c.inheriting})
	})
}

// Optional marks a rule that may match nothing. The default is a rule that should match:
// if it matches nothing, a finding says so, with what was probably meant. If in addition the
// default transformer may keep values ([ClassMayKeep]), the table ends with an error: before
// the first write, if of 20 items or more none has what the pattern selects and its slip is
// plain (Emial for Email), and after the table was read otherwise.
//
// A rule of [WithAllTables] is an error only if it matches in no table, but each table
// that has nothing for it lists it. Mark such a rule Optional.
func Optional() RuleOption { return ruleOption(func(r *rule) { r.optional = true }) }

// AllowCollisions allows a [UniquenessNone] transformer for a key attribute. The default
// is that the preflight refuses it. Of several items that get the same key, one is
// written, and the others are reported as [OutcomeCollided]. Keys are then not one-to-one.
func AllowCollisions() RuleOption { return ruleOption(func(r *rule) { r.clashes = true }) }

// WithDefaultTransform sets the transformer for everything that no rule selects. The
// default is [Pseudonym]. t applies to the data types listed, which may be KindS, KindN,
// KindB, KindBOOL and KindNULL, or to all of them if kinds is empty. It applies at any
// depth, and to the members of sets. Without kinds, t takes NULL too; with kinds, NULL is
// kept unless kinds lists KindNULL.
// [Passthrough], [Remove] and [Reject] are allowed.
func WithDefaultTransform(t Transformer, kinds ...Kind) RulesOption {
	if len(kinds) == 0 {
		kinds = defaultKinds
	}
	return rulesOption(func(c *rulesConfig) {
		if c.defaults == nil {
			c.defaults = map[Kind]Transformer{}
		}
		for _, k := range kinds {
			c.defaults[k] = t
		}
	})
}

// WithFilter drops the items for which keep returns false. The default is to keep all
// items, as does nil. The filter sees an item as read, before any rule. Several goroutines call keep
// at once. keep borrows the record until it returns, and must not change it.
func WithFilter(keep func(*Record) bool) TableOption {
	return tableOption(func(c *tableConfig) { c.filter = keep })
}

// WithRecordTransform sets a function that sees each record after the rules and may
// change it, for example to rebuild a composite key from transformed attributes. The
// default is none. Several goroutines call fn at once. fn borrows the record until it
// returns. It must keep the data type of a key attribute, and must not empty or remove
// it. An error fails the item.
func WithRecordTransform(fn func(context.Context, *Record) error) TableOption {
	return tableOption(func(c *tableConfig) { c.finish = fn })
}

// WithLeakCheck fails every item that still contains an original value after all rules
// and the record transform. By default, such items are written, and the findings of the
// [TableReport] count them by pair of paths; LeakMinLength(0) turns that off, too. The
// error names the path of the original and the path where it is, and the rule that is
// missing. It contains no value.
//
// Originals are
//
//   - the strings, numbers, binaries and members of sets that a rule or the default
//     replaced or removed, even if it returned what it was given, and map keys;
//   - of a whole map or list that a rule takes, what does not come out at the same place;
//   - in addition to the whole value, the parts of it that [Delimited], [JSON] and others
//     pass to a transformer ([Input.Part]).
//
// A value that [Passthrough] kept is no original, nor is a text such as "unknown" or
// 9999-12-31, by which programs and people say that there is none.
//
// The check compares letters and digits without case and accents, whatever separates them,
// in linear time. It finds phone numbers with and without a country's code, other forms of
// dates, addresses and UUIDs, and names and streets in another order. It looks behind
// escapes of URLs, HTML, JSON and mail, base64, hexadecimal digits, UTF-16, gzip and zlib:
// up to three around one another, and 4 MiB of an item. An item with more fails. It finds
// no part of a value, such as a last name. Names of attributes and map keys are the schema:
// only one that a rule made, looks like PII or is no identifier is searched.
//
// Of the originals that no rule selects, some are only counted: those of less than 6
// characters, times, and values of an attribute that has few different ones. The check does
// not search the results of [Pseudonym] and [Constant]. In those of other transformers
// whose [Description] says Drawn, an original of less than 32 letters and digits is chance.
func WithLeakCheck(opts ...LeakCheckOption) TableOption {
	return tableOption(func(c *tableConfig) {
		c.leak = &leakConfig{min: defaultLeakLength}
		for _, o := range given.Options("WithLeakCheck", opts, &c.faults) {
			o.applyLeakCheck(c.leak)
		}
	})
}

// A LeakCheckOption configures [WithLeakCheck].
type LeakCheckOption interface{ applyLeakCheck(*leakConfig) }

type leakOption func(*leakConfig)

func (f leakOption) applyLeakCheck(c *leakConfig) { f(c) }

// LeakMinLength sets the minimum length of an original: characters of a string, bytes of
// a binary, digits and the point of a number. The default is 4. It must be 0 or more. The
// check does not search shorter originals, because they occur everywhere by chance. 0
// turns the check off.
func LeakMinLength(n int) LeakCheckOption {
	return leakOption(func(c *leakConfig) { c.min = n })
}

// leakConfig holds the options of WithLeakCheck. Nil stands for a check that only counts.
type leakConfig struct{ min int }

const defaultLeakLength = 4

// length returns how long an original is at least that is searched; 0 for no search.
func (c *leakConfig) length() int {
	if c == nil {
		return defaultLeakLength
	}
	return c.min
}

// fails reports whether items fail that contain an original.
func (c *leakConfig) fails() bool { return c != nil && c.min > 0 }

// WithMode sets how items are written to the destination. The default is [ModePut]. It
// must be [ModePut], [ModeInsert] or [ModeMerge].
//
// ModeInsert also needs the methods PutItem, GetItem and BatchExecuteStatement, and
// ModeMerge needs PutItem, GetItem and UpdateItem. *dynamodb.Client has them. [New]
// reports a client without them. A custom client that changes items on their way, for
// example to encrypt them, must do so in these methods too.
//
// ModeMerge sends a request for each item; the other modes send one for 25 items.
// [WithWriteConcurrency] bounds how many requests are in flight. An item whose text could
// be too long for a request (16 MiB) is sent with numbers like 1E125 instead of 126 digits.
func WithMode(m Mode) TableOption {
	return tableOption(func(c *tableConfig) { c.mode = m })
}

// WithAllowExisting is for a nightly refresh with a checkpoint, into a destination that
// still has the items of the night before, if items can collide: if a rule on a key
// attribute is not [UniquenessExact], or if two tables have the same destination. It is not
// needed where keys are one-to-one; see [WithCheckpoint]. A run that resumes does not know
// all keys that the job has written. Nor does a share, a second [Syncer.Write], or a [Syncer.Replay].
//
// The default is that such a run inserts only. An item that finds a different item under
// its key counts as [OutcomeCollided], which is an error, because the destination's item
// may belong to another source item. With the option the run writes like the first one:
// [ModeInsert] leaves the destination's item and counts [OutcomeExisting]; the other
// modes write over it. Collisions between the runs of a job are then not found.
func WithAllowExisting() TableOption {
	return tableOption(func(c *tableConfig) { c.allowExisting = true })
}

// WithTolerate lets the table succeed although some items failed: below 1, a fraction of
// the items read, and from 1 on, a number. The default is 0, with which a failed item is
// an error. It must be 0 or more and finite.
//
// When the table has ended, up to that many failed items are no part of the error of
// [Syncer.Sync] or [Syncer.Write]; the report counts them as Tolerated, with a finding, and
// WithOnFailure and WithDeadLetters have told of them. With a checkpoint, the items of all
// runs count. No failed item is tolerated in a table with a collision, an original value
// ([WithLeakCheck]) or a name that looks personal. [Syncer.Replay] tolerates nothing.
func WithTolerate(limit float64) TableOption {
	return tableOption(func(c *tableConfig) { c.tolerate = limit })
}

// A Mode says how items are written to a table; see [WithMode].
type Mode uint8

// The write modes. Each needs dynamodb:DescribeTable and the permissions named, on the
// destination.
const (
	// ModePut upserts: it replaces the item that has the same key, or adds a new one. The
	// destination's item then has the attributes of the transformed item and no others.
	// ModePut uses BatchWriteItem (dynamodb:BatchWriteItem).
	ModePut Mode = iota

	// ModeInsert writes the items whose key is not yet in the destination. It never
	// changes an item of the destination: an item whose key exists counts as
	// [OutcomeExisting], even if the two are equal, but see [WithAllowExisting].
	// ModeInsert uses PartiQL INSERT and, for items that no statement can hold or that
	// have names beginning with # or :, a conditional PutItem (dynamodb:PartiQLInsert,
	// PutItem).
	//
	// If the answer to a request was lost, or if a checkpoint is resumed, the existing
	// item may be the run's own. The run then reads it (dynamodb:GetItem) and counts it
	// as written if it equals the item to be written.
	ModeInsert

	// ModeMerge upserts attributes: it sets each attribute of the transformed item as a
	// whole, removes the attributes that rules removed, and keeps those that only the
	// destination has. It uses one UpdateItem per item (dynamodb:UpdateItem), which is
	// atomic, with two exceptions.
	//
	// An item of more than about 460 attributes, or close to 400 KB, takes several
	// updates, each of them atomic; the report says so. An item that no update can hold
	// is read, merged and put (dynamodb:GetItem, PutItem), on the condition that the
	// attributes that only the destination has are unchanged. An attribute that somebody
	// else adds to the item in between is lost.
	ModeMerge
)

// A modeSpec holds the facts about a mode that a run needs.
type modeSpec struct {
	name      string
	needs     []string // methods that the destination's client needs beside those of DestinationClient
	operation string   // that writes
	means     string   // what it does to an item that is there
	overwrite bool     // a collision loses the destination's item
	merges    bool     // a collision mixes two items, and the sender needs the attributes that rules removed
	newSender func(send.Config) send.Sender
}

var modeSpecs = [...]modeSpec{
	ModePut:    {name: "ModePut", operation: "BatchWriteItem", means: "replaces an item that has the key", overwrite: true, newSender: send.NewPut},
	ModeInsert: {name: "ModeInsert", operation: "BatchExecuteStatement", means: "leaves an item that has the key", needs: []string{"BatchExecuteStatement", "PutItem", "GetItem"}, newSender: send.NewInsert},
	ModeMerge:  {name: "ModeMerge", operation: "UpdateItem", means: "keeps attributes that only the destination has", needs: []string{"UpdateItem", "PutItem", "GetItem"}, overwrite: true, merges: true, newSender: send.NewMerge},
}

// known reports whether there is such a mode.
func (m Mode) known() bool { return int(m) < len(modeSpecs) }

func (m Mode) spec() *modeSpec { return &modeSpecs[m] }

// String returns the name of the mode.
func (m Mode) String() string {
	if m.known() {
		return m.spec().name
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}
