package dynsync

import (
	"context"
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/send"
)

// A TableOption configures a table of a job.
type TableOption interface{ applyTable(*tableConfig) }

// tableConfig is what the options of a table said.
type tableConfig struct {
	source, destination, name string
	opts                      []TableOption

	where                               string
	params                              []any
	index                               string
	consistent                          bool
	pageSize                            int
	segments                            int // 0 for none, or AutoSegments
	segmentsSet, shuffleSet             bool
	readLimit, writeLimit               Capacity
	shuffle                             int // pages; 0 for the default
	limit                               int64
	sample                              float64
	limitSet, sampleSet, withoutExpired bool
	ttl                                 string
	mode                                Mode
	filter                              func(*Record) bool
	finish                              func(context.Context, *Record) error
	leak                                *leakConfig // nil for no check
	refusePersonalKeys                  bool
	allowExisting                       bool
	rulesConfig
}

// A RulesOption is a [TableOption] that says what becomes of values. [JSON] takes it for
// the values within a string.
type RulesOption interface {
	TableOption
	applyRules(*rulesConfig)
}

type rulesOption func(*rulesConfig)

func (f rulesOption) applyRules(c *rulesConfig) { f(c) }
func (f rulesOption) applyTable(c *tableConfig) { f(&c.rulesConfig) }

// rulesConfig is what the options of a table, or of [JSON], said of values.
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

// WithSegments reads the table by a parallel Scan in n segments, overriding the default of
// one SELECT, which reads page after page: up to 64 pages are read at a time, of some 2 MB
// of memory each. n must be 1 to 1,000,000; four times as many as are read at a time let
// them end together. With [AutoSegments], dynsync chooses n.
//
// The client needs the permission dynamodb:Scan. The condition of [WithWhere] becomes a
// FilterExpression; if it has none, [New] reports what has none, and at which column. A
// condition that fixes the partition key is a Query, and stays one SELECT.
// [Syncer.ReadPlan] tells.
func WithSegments(n int) TableOption {
	return tableOption(func(c *tableConfig) { c.segments, c.segmentsSet = n, true })
}

// AutoSegments makes [WithSegments] choose a number that suits the table's size, the limit
// of reads and the workers; [Syncer.ReadPlan] tells which and why. A job that resumes has
// the number it began with. It cannot be used together with [WithShare].
const AutoSegments = -1

// WithShuffle makes each worker wait for that many pages and take their items in
// turn, so that writes do not march through the destination's partitions one after
// the other, overriding the default: a SELECT's pages are written as they come, and
// of a table that is read in segments up to 4 pages are mixed that happen to be
// there. It must be 1 to 64; a page takes some 2 MB of memory. A second use
// replaces the first.
func WithShuffle(pages int) TableOption {
	return tableOption(func(c *tableConfig) { c.shuffle, c.shuffleSet = pages, true })
}

// WithPageSize sets how many items DynamoDB evaluates for a page at most,
// overriding the default of 0, which leaves it at 1 MB of items. It must be 0 to
// 1,000,000. A second use replaces the first.
func WithPageSize(items int) TableOption {
	return tableOption(func(c *tableConfig) { c.pageSize = items })
}

// WithReadCapacity limits the capacity that the job's reads of the table and its indexes
// take, all readers and streams of the [Syncer] together (of two that the job has for
// one table, the lower holds), overriding the default: half of what is provisioned, as
// AWS's EMR connector takes, or for an on-demand table 1,500 units a second, half of
// what one partition serves, for each page that is read at a time. A request goes out
// when what those before it consumed allows for it, so that within any 10 seconds
// consumption stays within the limit, 5 % and one request. When DynamoDB throttles, the
// job takes less, and then more again up to the limit. A share of a job takes its part
// of the limit ([WithShare]). A second use replaces the first, and so does
// [Syncer.SetReadCapacity].
func WithReadCapacity(c Capacity) TableOption {
	return tableOption(func(t *tableConfig) { t.readLimit = c })
}

// WithWriteCapacity limits the capacity that the job's writes to the table and its
// indexes take, overriding the default of [Unlimited]: writing follows what the
// destination takes ([WithWriteConcurrency]). It is as exact as [WithReadCapacity]. A
// second use replaces the first, and so does [Syncer.SetWriteCapacity].
func WithWriteCapacity(c Capacity) TableOption {
	return tableOption(func(t *tableConfig) { t.writeLimit = c })
}

// WithMaxItems ends the reading of the table after that many items came past
// [WithWhere], [WithSample], [WithoutExpired] and [WithFilter], overriding the
// default of no limit. Which they are is not determined. What was read beyond
// counts as filtered. It must be 1 or more, and cannot be used with
// [WithCheckpoint]. Every share of a job ([WithShare]) has the limit for itself. A
// second use replaces the first.
func WithMaxItems(items int64) TableOption {
	return tableOption(func(c *tableConfig) { c.limit, c.limitSet = items, true })
}

// WithSample takes a fraction of the table's items, overriding the default of
// all: those whose primary key has a SHA-256 hash in that part of its range, so
// that every run, process and job takes the same items, and a larger fraction
// takes them and more. The others are read, paid for and counted as filtered. It
// must be more than 0 and at most 1. A second use replaces the first.
func WithSample(fraction float64) TableOption {
	return tableOption(func(c *tableConfig) { c.sample, c.sampleSet = fraction, true })
}

// WithoutExpired leaves out items that are past their time to live and that
// DynamoDB has not deleted yet, which can take days, overriding the default of
// taking them. They count as filtered. The time is that at which the run began. As
// for DynamoDB, only a number counts as a time to live, and none that is more than
// five years past. The attribute is that of [WithTTLAttribute], or what
// DescribeTimeToLive says.
func WithoutExpired() TableOption {
	return tableOption(func(c *tableConfig) { c.withoutExpired = true })
}

// WithTTLAttribute names the attribute that holds the time at which DynamoDB
// deletes an item, which passes through, overriding the default of asking the
// source (DescribeTimeToLive). A second use replaces the first.
func WithTTLAttribute(name string) TableOption {
	return tableOption(func(c *tableConfig) { c.ttl = name })
}

// WithTransform adds a rule: the values that the pattern selects go through t.
// The package documentation has the syntax of patterns, and which of several rules holds.
//
// A rule on a map, list or set covers everything below it. Deeper rules may
// carve out of [Passthrough] and [Remove]; under any other transformer they are
// an error of [New], and so are two rules of a table with the same pattern. Key
// attributes, and the TTL attribute, pass through unless a pattern that is their
// name selects them. A rule that can only have been meant for such an attribute and
// does not select it, as ID or **.Id for Id, ends the table before it is copied.
func WithTransform(pattern string, t Transformer, opts ...RuleOption) RulesOption {
	return rulesOption(func(c *rulesConfig) {
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
func WithTransformKeys(pattern string, t Transformer, opts ...RuleOption) RulesOption {
	return rulesOption(func(c *rulesConfig) {
		c.rules = append(c.rules, ruleConfig{pattern, t, opts, true, c.inheriting})
	})
}

// Optional marks a rule that may match nothing, which the report then does not
// tell. Under a default that may keep values ([ClassMayKeep]), a rule that is not optional
// and matched nothing is an error of the table, since a typing error in its pattern
// passes its values through. The error comes when the table was read: items may be
// written.
func Optional() RuleOption { return ruleOption(func(r *rule) { r.optional = true }) }

// AllowCollisions lets a rule on a key attribute have a transformer that is
// [UniquenessNone], which the preflight refuses otherwise: of several items that end
// on one key, one is written, and the others are reported as [OutcomeCollided].
func AllowCollisions() RuleOption { return ruleOption(func(r *rule) { r.clashes = true }) }

// WithDefaultTransform sets the transformer for everything that no rule selects,
// overriding the default of [Pseudonym]: for the kinds listed, of KindS, KindN,
// KindB, KindBOOL and KindNULL, or for all of them. It applies at any depth, to
// the members of sets too. NULL stays unless it is listed, or all kinds are
// meant. [Passthrough], [Remove] and [Reject] are possible choices. A second use
// adds, and replaces for the kinds it names.
func WithDefaultTransform(t Transformer, kinds ...Kind) RulesOption {
	return rulesOption(func(c *rulesConfig) {
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

// WithLeakCheck fails every item in which an original value still stands after
// all rules, those whose transformer is Last, and the record transform. The
// default is not to look.
//
// Originals are the strings, numbers, binaries and members of sets that a rule or
// the default transformer replaced or removed, and the names of map members that
// were transformed ([WithTransformKeys]). A rule that returns what it was given
// counts as one that replaced it; what [Passthrough] kept, also within another
// transformer, is no original. Of a map or list that a rule takes as a whole,
// those values are originals that don't come out where they were. The parts that
// [Delimited], [JSON] and others give to a transformer ([Input.Part]) are originals
// like the whole.
//
// They are searched in every value of the item and in the names of attributes and
// map members, without regard to case (Unicode's simple folding): as a part of
// strings, numbers, binaries and members of sets, and of what a string that has
// escapes of JSON, or base64, 8 characters or more of either alphabet, also on
// several lines of 60 or more, stands for. A number is looked for as a whole, not
// within a longer run of digits or, in another number, of digits and a point; it is
// also found in a number of equal value. Names that a rule or the key schema holds are
// not searched, nor are BOOL and NULL.
//
// Results of a transformer that describes itself as Drawn, [Pseudonym] among
// them, are not searched, and what is found within the text of such a result,
// wherever a rule or the record transform put that, is passed over: it was drawn by
// keyed randomness, or moved by a drawn distance, so that what it shares with an
// original is chance, by which items would fail.
//
// The error of the item names the path where the value stands and the one that it
// comes from, not the value. The time is linear in the size of the item. A second
// use replaces the first.
func WithLeakCheck(opts ...LeakCheckOption) TableOption {
	return tableOption(func(c *tableConfig) {
		c.leak = &leakConfig{min: defaultLeakLength}
		for _, o := range opts {
			o.applyLeakCheck(c.leak)
		}
	})
}

// A LeakCheckOption is an option of [WithLeakCheck].
type LeakCheckOption interface{ applyLeakCheck(*leakConfig) }

type leakOption func(*leakConfig)

func (f leakOption) applyLeakCheck(c *leakConfig) { f(c) }

// LeakMinLength sets how many characters (of a binary: bytes; of a number: digits
// and the point) an original has at least to be searched, overriding the default
// of 4: shorter ones stand everywhere by chance. It must be 1 or more. A second
// use replaces the first.
func LeakMinLength(n int) LeakCheckOption {
	return leakOption(func(c *leakConfig) { c.min = n })
}

// leakConfig is what the options of WithLeakCheck said.
type leakConfig struct{ min int }

const defaultLeakLength = 4

// WithRefusePersonalKeys ends a table if its keys look personal, overriding the
// default of findings in the report and a warning in the log. Key attributes pass
// through unless a literal rule names them, so that a table keyed by e-mail
// addresses has them in the copy, whatever becomes of all else. Of the first 100
// items that are read, the strings of each key attribute that no literal rule
// names are looked at, whole and in the parts between any of #|:/,; and spaces:
// whether they look like an e-mail address, a phone number or a US social security
// number. A rule with [Passthrough] says that a key attribute is wanted as it is.
//
// [Syncer.Sync] looks in its preflight, before anything is written to any table,
// and where that finds fewer than 100 items, such as by a condition that selects
// few, at each page before it goes on; [Syncer.Scan] and [Syncer.Transformed] do the
// latter. [Syncer.Write] does not look at the items that it is given.
func WithRefusePersonalKeys() TableOption {
	return tableOption(func(c *tableConfig) { c.refusePersonalKeys = true })
}

// WithMode sets how items are written to the destination, overriding the default of
// [ModePut]. It must be [ModePut], [ModeInsert] or [ModeMerge]. The last two need
// methods that a [DestinationClient] need not have, and that *dynamodb.Client has:
// PutItem, GetItem and, for ModeInsert, BatchExecuteStatement or, for ModeMerge,
// UpdateItem; [New] reports a client without them. A client of your own that changes
// items on their way, to encrypt them, say, has to do so in these methods too.
// ModeMerge sends a request for each item, where the others send one for 25;
// [WithWriteConcurrency] bounds how many are in flight. A second use replaces the
// first.
func WithMode(m Mode) TableOption {
	return tableOption(func(c *tableConfig) { c.mode = m })
}

// WithAllowExisting accepts, where items can collide, that an item at the
// destination which differs from the one to be written may be of another source
// item. By default it counts as [OutcomeCollided], an error, where a run does not know
// the keys of all items that the job wrote: a run that resumes, a share of a job, a
// second [Syncer.Write], a [Syncer.Replay]. With this option such a run writes as
// the first one does: [ModeInsert] counts the item as [OutcomeExisting], the other modes
// write over it.
func WithAllowExisting() TableOption {
	return tableOption(func(c *tableConfig) { c.allowExisting = true })
}

// maxSegments is how many segments DynamoDB divides a table into at most.
const maxSegments = 1_000_000

// A Mode is how items are written to a table; see [WithMode].
type Mode uint8

// The modes of writing. Beside dynamodb:DescribeTable each needs the actions
// named, on the destination.
const (
	// ModePut replaces the item of the same key, if there is one: afterwards the
	// destination has the attributes of the transformed item and no others. It
	// writes by BatchWriteItem (dynamodb:BatchWriteItem).
	ModePut Mode = iota

	// ModeInsert writes items whose key is not there yet. It never changes an
	// item: one that is there counts as [OutcomeExisting], with an equal one also, and
	// stays as it is (but see [WithAllowExisting]). It writes by PartiQL INSERT, and items that no statement can
	// hold by PutItem under a condition (dynamodb:PartiQLInsert, PutItem). Where
	// the answer to a request was lost, or a checkpoint is resumed, an item that
	// is there may be the run's own: it is read back (dynamodb:GetItem), and
	// counts as written if it equals what was to be written.
	ModeInsert

	// ModeMerge changes the item of the same key, or makes it: attributes of the
	// transformed item are set, each as a whole, those that rules removed are
	// removed, and those that only the destination has stay. It writes by
	// UpdateItem, item by item (dynamodb:UpdateItem), atomically but for two kinds
	// of items.
	//
	// One of more than about 460 attributes, or close to 400 KB, takes several
	// updates, of which each is atomic; the report says so. One that no update can
	// hold is read, merged and put (dynamodb:GetItem, PutItem), on condition that
	// the attributes that only the destination has are as they were read. One that
	// somebody else adds to the item in between is lost.
	ModeMerge
)

// A modeSpec is what the parts of a run have to know of a mode.
type modeSpec struct {
	name      string
	needs     []string // methods that the destination's client needs beside those of DestinationClient
	overwrite bool     // an item of another source item would be lost
	merges    bool     // an item of another source item would be mixed up with this one, and attributes that rules removed are needed
	newSender func(send.Config) send.Sender
}

var modeSpecs = [...]modeSpec{
	ModePut:    {name: "ModePut", overwrite: true, newSender: send.NewPut},
	ModeInsert: {name: "ModeInsert", needs: []string{"BatchExecuteStatement", "PutItem", "GetItem"}, newSender: send.NewInsert},
	ModeMerge:  {name: "ModeMerge", needs: []string{"UpdateItem", "PutItem", "GetItem"}, overwrite: true, merges: true, newSender: send.NewMerge},
}

// modeNames returns the names of all modes, as a sentence has them.
func modeNames() string {
	last := len(modeSpecs) - 1
	var names []string
	for _, m := range modeSpecs[:last] {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ") + " or " + modeSpecs[last].name
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
