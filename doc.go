// Package dynsync copies DynamoDB tables from one account or endpoint to another and
// anonymizes the items on the way.
//
// A job names a source, a destination, tables, and rules for their attributes:
//
//	syncer, err := dynsync.New(
//		dynsync.WithSource(prod), // *dynamodb.Client
//		dynsync.WithDestination(stage, dynsync.Account("111122223333")),
//		dynsync.WithKey(key), // 32 bytes or more, kept secret
//		dynsync.WithTable("ProdUsers", "StageUsers",
//			dynsync.WithWhere(`Country = ?`, "DE"),
//			dynsync.WithTransform("Country", dynsync.Passthrough()),
//			dynsync.WithTransform("Pets.*.Age", dynsync.Func(roundAge)),
//		),
//	)
//	if err != nil {
//		return err
//	}
//	report, err := syncer.Sync(ctx)
//
// # How an item is transformed
//
// dynsync reads items as DynamoDB JSON and keeps them as DynamoDB JSON. The rules of a
// table select values by document path. If several rules select a value, the most
// specific one wins, and its [Transformer] replaces the value. A value that no rule
// selects goes to the default transformer, which is [Pseudonym] unless
// [WithDefaultTransform] sets another. The partition key, the sort key and the TTL
// attribute pass through unless a rule names them.
//
// An attribute that passes through reaches the destination byte for byte as the source
// sent it, including numbers of 38 digits, sets, and empty strings and binaries. Only if
// the text of an item could be too long for a request, its numbers are sent with exponents.
//
// Any other value passes through only if the caller says so, with [Passthrough]. If a
// transformer does not apply to a value, the value goes to the default transformer or the
// item fails. dynsync never writes the original instead.
//
// # Document paths
//
// A path names one place in an item: an attribute, a member of a map, or an element of a
// list. A path contains no data type descriptors. Quote a name that is empty or contains
// '.', '[', '*' or '"', and double a quote inside it:
//
//	Name
//	Pets.Judith.Age
//	Orders[0].Email
//	"user.email"
//
// The pattern of a rule may contain wildcards. It may contain ** once, but not as its
// last segment:
//
//	Pets.*.Name      * is any member of a map
//	Orders[*].Email  [*] is any element of a list, or member of a set
//	**.Email         ** is any number of segments, including none
//
// If several patterns select a place, the most specific one wins. dynsync compares them
// segment by segment from the left: a literal name ranks before an index, an index before
// * and [*], and these before **. Names are decoded before they are compared, and case
// matters.
//
// A rule takes a map or list in whole, unless its transformer is [Passthrough] or
// [Remove]: rules for what is inside do not hold there. [New] reports an error for a rule
// that holds nowhere because others take everything above what it selects, such as a.b
// beside a. Members.*.Role beside **.Street is no error: the rule **.Street wins for a
// member that is called Street, and the other one holds for all other members.
//
// Top-level attributes whose names begin with aws:rep: belong to DynamoDB's replication of
// global tables of version 2017.11.29, which alone may write them. They are left out of
// the copy, and a finding says of how many items, unless a rule of exactly the name of
// one says what becomes of it.
//
// # Anonymizers
//
// Package [github.com/dynsync/dynsync/anon] masks PII with realistic, deterministic
// pseudonyms that keep joins intact: names, addresses, phone numbers, identifiers, dates.
// [Template] rebuilds composite keys from transformed attributes. [WithLeakCheck] fails
// an item that still contains an original value. Package
// [github.com/dynsync/dynsync/script] runs JavaScript as a transformer. Package
// [github.com/dynsync/dynsync/rules] reads tables and rules from YAML or JSON.
//
// # Streams
//
// [Syncer.Scan] yields the items of a table as read, [Syncer.Transformed] yields them
// transformed, and [Syncer.Write] writes a stream of items. [Syncer.Sync] does all of it
// for every table. Each range over a stream starts a new scan. A non-nil error is yielded
// once, last. Breaking out of the loop stops all background work before the loop exits.
//
// # Guarantees
//
// For each table Read = Written + Filtered + Failed + Collided + Existing + Unsettled;
// [TableReport] explains each term. dynsync checks this sum before it returns. An item counts as written when DynamoDB has
// acknowledged it. [WithOnFailure] receives every item that failed, collided or existed,
// with the reason. If a run ends early, the items that it did not reach, and those that
// it may or may not have written, are unsettled: dynsync counts them and returns a
// non-nil error.
//
// dynsync may write an item more than once, because it repeats a request whose answer was
// lost. Both copies are equal. It sends the source SELECT,
// Scan, GetItem and Describe calls only.
//
// With [WithCheckpoint] the same holds for a job of several runs: the report of the last
// run counts the items of all runs, and its error tells which were lost in any of them.
//
// # Errors and retries
//
// dynsync retries transient errors ([Retryable]): throttling, faults of the service, lost
// or damaged answers. It waits a random time between 0 and a bound. The bound doubles
// from 50 milliseconds to 5 seconds and starts again after any progress. A request that
// makes no progress for the time of [WithGiveUpAfter] fails. The SDK's own retries are
// off. When DynamoDB throttles writes, dynsync halves the number of requests in flight
// and then adds one per round without throttling, up to [WithWriteConcurrency]. It
// refreshes expired credentials. If DynamoDB rejects a batch because of its content,
// dynsync halves the batch until it has found the item at fault. A permanent error ends
// its table within a second or two. The error names the cause and the remedy, and the
// other tables go on.
//
// # Capacity
//
// A job reads no faster than [WithReadCapacity] allows. The default is half of a
// provisioned table's capacity, or 1,500 units a second of an on-demand table for each
// page that is read at a time. The job slows down while the source throttles it. With
// [WithSegments] it reads up to 64 pages at a time. [Syncer.Plan] tells how a table
// will be read, and [WithOnProgress] how far the job is.
//
// # Cancelling and resuming
//
// When the context ends, requests in flight have 0.7 seconds to finish. Items that are
// not known to be written by then are unsettled. With [WithCheckpoint] a job that was
// killed, cancelled, or ended early resumes after its last acknowledged writes.
//
// # Collisions
//
// Two items that get the same key at the destination collide: dynsync writes one of them
// and reports the others. Items can collide where a rule changes keys and is not
// [UniquenessExact], and where two tables of a job have the same destination. A run
// remembers its keys in these cases. A run that resumes, a share, a second
// [Syncer.Write] and a [Syncer.Replay] cannot know all keys that the job has written.
// They insert items instead of replacing them; see [WithAllowExisting]. A job with a
// checkpoint or a share need not where keys are one-to-one; see [WithCheckpoint].
//
// # What is never printed
//
// No error, no log record and no printed Record or Value contains the value of an
// attribute. Errors contain tables, paths, data types, offsets and DynamoDB's error
// codes. A name in a path prints as "*" unless a rule or the key schema contains it.
// DynamoDB's own error texts quote statements and items; only the causes that Unwrap
// returns contain them.
package dynsync
