// Package dynsync copies DynamoDB tables from one account or endpoint to
// another, and anonymizes them on the way.
//
// A job names a source, a destination, tables, and what happens to which
// attribute:
//
//	syncer, err := dynsync.New(
//		dynsync.WithSource(prod),       // *dynamodb.Client
//		dynsync.WithDestination(stage), // *dynamodb.Client
//		dynsync.WithKey(key),           // 32 bytes or more, kept secret
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
// # What happens to an item
//
// An item is read as DynamoDB JSON and stays DynamoDB JSON. The rules of its
// table select values by document path, the most specific rule wins, and its
// [Transformer] replaces the value. What no rule selects gets the default
// transformer, [Pseudonym] unless [WithDefaultTransform] says otherwise; partition and
// sort key, and the TTL attribute, pass through unless a rule names them. An
// attribute that passes through reaches the destination byte for byte as the
// source sent it: numbers of 38 digits, sets, binary and empty strings included.
//
// Passing through is a choice that the caller writes down, by [Passthrough].
// Where a transformer turns out not to apply to a value, the value gets the
// default transformer or the item fails; the original is never written.
//
// # Document paths
//
// A path names one place in an item: an attribute, a member of a map or an element of a
// list. Its text has no type letters. A name that holds '.', '[', '*' or '"', or is empty,
// is quoted, and a quote inside it is doubled:
//
//	Name
//	Pets.Judith.Age
//	Orders[0].Email
//	"user.email"
//
// The pattern of a rule may hold wildcards. It may hold ** once, and not as its last
// segment:
//
//	Pets.*.Name      * is any member of a map
//	Orders[*].Email  [*] is any element of a list, or member of a set
//	**.Email         ** is any number of segments, none included
//
// Where several patterns select a place, the most specific wins, compared segment by
// segment from the left: a literal name, then an index, then * or [*], then **. Names are
// compared decoded and letter by letter.
//
// # Anonymizers
//
// Package [github.com/dynsync/dynsync/anon] has pseudonyms that look real and keep
// joins: names, addresses, phone numbers, identifiers, dates. [Template] rebuilds
// keys of what became of other attributes. [WithLeakCheck] fails an item in which
// an original value still stands. Package [github.com/dynsync/dynsync/script] runs
// JavaScript as a transformer, and [github.com/dynsync/dynsync/rules] reads tables
// and rules from YAML or JSON.
//
// # Streams
//
// [Syncer.Scan] yields items as read, [Syncer.Transformed] yields them transformed,
// and [Syncer.Write] takes a stream of them; [Syncer.Sync] does all of it. Each
// range over a stream starts a new scan. A non-nil error is yielded once, last.
// Breaking out of the loop stops all background work before the loop exits.
//
// # What is guaranteed
//
// For each table Read = Written + Filtered + Failed + Collided + Existing +
// Unsettled. An item counts as written when DynamoDB acknowledged it. Each item that
// failed, collided or existed is given to [WithOnFailure] with its reason. Items that
// a run which ended early did not come to are unsettled, and so are those that it may or
// may not have written: they are only counted, and the run's error is not nil.
// The library checks the sum before it returns. The same item can be written more than
// once, since a request whose answer was lost is sent again; the copy is the same. The
// source is only ever sent SELECT, Scan and Describe calls.
//
// With [WithCheckpoint] this holds for a job of several runs: the last run's report
// counts the items of all of them, and its error tells of those that were lost in any.
//
// # When something goes wrong
//
// A transient error ([Retryable]: throttling, the service's own faults, a lost or
// damaged answer) is tried again, after a random time between 0 and a bound that
// doubles from 50 milliseconds to 5 seconds and starts anew with every progress,
// until there was none for the time of [WithGiveUpAfter]. The SDK's own retries
// are off. When DynamoDB throttles writes, half as many requests are in flight, and
// then one more after each round without throttling, up to [WithWriteConcurrency].
// Expired credentials are fetched anew. A batch that is refused for what is in it
// is halved down to the guilty item. A permanent error ends its table within a
// second or two, with cause and remedy, and the other tables go on.
//
// A job reads no faster than [WithReadCapacity] allows: by default half of a
// provisioned table's capacity, or of an on-demand table 1,500 units a second for
// each page that is read at a time; and less while the source throttles. By
// [WithSegments] up to 64 pages are read at a time. [Syncer.ReadPlan] tells what a
// job will do, and [WithOnProgress] what it does.
//
// When the context ends, requests that are under way have 0.7 seconds to finish,
// and what is not known to be written then is unsettled. With [WithCheckpoint] a killed
// or cancelled job goes on where its acknowledged writes ended.
//
// Two items that end on one key are a collision: one is written, the others are
// reported. That can be where a rule changes keys and is not [UniquenessExact], and where two
// tables of a job have one destination. The keys of a run are remembered then. A run
// that cannot know all keys that the job wrote inserts items instead of writing over
// them; see [WithAllowExisting].
//
// # What is never printed
//
// No error, log record or printed Record or Value holds the value of an
// attribute. Errors hold tables, paths, kinds, offsets and DynamoDB's error
// codes; names in a path that no rule and no key schema holds print as "*".
// DynamoDB's own error texts quote statements and items, so they are only in
// the causes that Unwrap returns.
package dynsync
