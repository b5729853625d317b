// Package finding has the codes of findings: what a job tells its user beside counts and
// errors. Each stands in one table with its level, its meaning and its remedy.
package finding

// Levels of findings.
const (
	Info    = "info"    // nothing has to be done
	Warning = "warning" // somebody should look at it; the job did what it was asked
	Error   = "error"   // the answer is bad
)

// Sides of a table.
const (
	Source      = "source"
	Destination = "destination"
)

// A Code tells one kind of findings from another.
type Code uint8

// The codes. The table says what each means.
const (
	KeyNotCompared Code = iota
	KeyChanged
	LineCutOff
	ReadByOneShare
	InsertsOnly
	ReadAgain
	ReadOnByScan
	TTLUnknown
	StartedOver
	ItemsKept
	CopiedAnew
	NotReadAgain
	Resumed
	MergedInParts
	ProgressPanicked
	KeyLooksPersonal

	count // of codes
)

// A Kind is what is known of a code. Its texts hold no attribute value.
type Kind struct {
	Name   string
	Level  string
	Means  string // a sentence, without its full stop
	Remedy string // likewise; "" where there is nothing to do
}

// kinds is the table of all codes.
var kinds = [count]Kind{
	KeyNotCompared:   {"key-not-compared", Info, "The checkpoint store has no record of an earlier run, so the job's key could not be compared with the key of that run", "expect it of a first run; of a later one, check that WithCheckpoint has the store of the runs before"},
	KeyChanged:       {"key-changed", Warning, "The last run had another key, and NewKey accepts this one: every pseudonym is another one, and so is every key that rules rewrite", "copy every table that refers to these, and leave NewKey out of later runs"},
	LineCutOff:       {"line-cut-off", Info, "Lines of the file of dead letters were cut off when they were written, by a killed process or a full disk, and were passed over", ""},
	ReadByOneShare:   {"read-by-one-share", Info, "The condition of the table fixes the partition key, so the table is not divided: share 0 alone reads it", ""},
	InsertsOnly:      {"inserts-only", Info, "Two items can end on one key, and the run did not know all keys that the job wrote, so it inserted items instead of writing over them; one that met a different item counts as collided", "see WithAllowExisting"},
	ReadAgain:        {"read-again", Info, "DynamoDB no longer took the token of the checkpoint, an hour after it was made, and the table was read from its beginning", "to go on by Scan, allow ScanResume"},
	ReadOnByScan:     {"read-on-by-scan", Info, "DynamoDB no longer took the token to go on with, an hour after it was made, and the reading went on by Scan, behind the last key", ""},
	TTLUnknown:       {"ttl-unknown", Warning, "The attribute that holds the time to live is not known, so it is treated like any other: a pseudonym of it can make DynamoDB delete items of the copy", "name it by WithTTLAttribute, or allow dynamodb:DescribeTimeToLive"},
	StartedOver:      {"started-over", Info, "A checkpoint was given up, as StartOver or NewKey asks, and the table was copied from its beginning", ""},
	ItemsKept:        {"items-kept", Warning, "The table was copied from its beginning, and ModeInsert leaves items that are at the destination as they are, and so as the job before made them", "to have them made anew, empty the destination"},
	CopiedAnew:       {"copied-anew", Info, "An earlier run finished the table, longer ago than FreshFor, and it is copied anew", ""},
	NotReadAgain:     {"not-read-again", Info, "An earlier run finished the table, more recently than FreshFor, and it was not read again", "to copy it anew, shorten FreshFor"},
	Resumed:          {"resumed", Info, "The table goes on where an earlier run stood", ""},
	MergedInParts:    {"merged-in-parts", Warning, "Items with more than one UpdateItem can set were merged by several, of which each is atomic and all together are not: readers may have met such an item half merged, and one that failed may have stayed so", "replay the items that failed"},
	ProgressPanicked: {"progress-panicked", Warning, "The function of WithOnProgress panicked, and was not called again for the table", "correct the function"},
	KeyLooksPersonal: {"key-looks-personal", Warning, "Values of a key attribute that passes through look like personal data", "give it a rule (of a composite key Delimited transforms the parts), or Passthrough to say that it is wanted as it is"},
}

// Kind returns what is known of the code.
func (c Code) Kind() Kind { return kinds[c] }
