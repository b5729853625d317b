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
	SchemeChanged
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
	NameLooksPersonal
	LostItemsCounted
	SavesSkipped
	ReplicaLeftOut
	OriginalsLeft
	CommonValuesLeft
	NotSearched
	ConditionSelectedNone
	ConditionNamesNothing
	ConditionNeverCompares
	RuleNeverApplied
	RuleAppliedInPart
	RuleMatchedNothing
	TemplateNamesNothing
	TTLMisspelt
	DestinationStreams
	DestinationReplicates
	Tolerated
	NothingWritten
	NothingRead
	AcceptedUnused
	AcceptedExpired
	DestinationHasItems
	DestinationTTL
	ItemsEndSoon
	DestinationRecoverable
	DestinationBackups
	TableNotActive
	IndexKeyType
	SampleFails
	LimitsHold
	WarmThroughput
	NotKnown
	LongLivedKeys

	count // of codes
)

// A Kind is what is known of a code. Its texts hold no attribute value.
type Kind struct {
	Name   string
	Level  string
	Means  string // a sentence, without its full stop
	Remedy string // a clause, without its full stop; "" where there is nothing to do
}

// kinds is the table of all codes.
var kinds = [count]Kind{
	KeyNotCompared:         {"key-not-compared", Info, "The checkpoint store has no record of an earlier run, so the job's key could not be compared with the key of that run", "this is normal in a first run; in a later one, check that WithCheckpoint has the store of the earlier runs"},
	KeyChanged:             {"key-changed", Warning, "The last run had another key, and NewKey accepts this one: every pseudonym changes, and so does every primary key that rules rewrite", "copy every table that refers to these, and remove NewKey for later runs"},
	SchemeChanged:          {"scheme-changed", Warning, "The last run had another scheme of pseudonyms, and NewKey accepts that of this release: pseudonyms can change, and so can primary keys that rules rewrite", "copy every table that refers to these, and remove NewKey for later runs"},
	LineCutOff:             {"line-cut-off", Info, "A killed process or a full disk cut off lines of the file of dead letters, and they were skipped", ""},
	ReadByOneShare:         {"read-by-one-share", Info, "The condition of the table fixes the partition key, so the table is not divided: share 0 alone reads it", ""},
	InsertsOnly:            {"inserts-only", Info, "Items can collide, and the run did not know all keys that the job wrote, so it inserted items instead of replacing them; one that found a different item counts as collided", "see WithAllowExisting"},
	ReadAgain:              {"read-again", Info, "The checkpoint's token had expired, an hour after it was made, and the table was read from its beginning", "to resume with a Scan, allow ScanResume"},
	ReadOnByScan:           {"read-on-by-scan", Info, "DynamoDB's paging token had expired, an hour after it was made, and a Scan continued after the last key", ""},
	TTLUnknown:             {"ttl-unknown", Warning, "The TTL attribute is not known, so it is treated like any other: its pseudonym can make DynamoDB delete items of the copy", "name it with WithTTLAttribute, or allow dynamodb:DescribeTimeToLive"},
	StartedOver:            {"started-over", Info, "StartOver or NewKey discarded a checkpoint, and the table was copied from its beginning", ""},
	ItemsKept:              {"items-kept", Warning, "The table was copied from its beginning, and ModeInsert keeps the items at the destination as the job before wrote them", "to write them again, empty the destination"},
	CopiedAnew:             {"copied-anew", Info, "An earlier run of the unfinished job finished the table, longer ago than FreshFor, and it is copied again", ""},
	NotReadAgain:           {"not-read-again", Info, "An earlier run of the unfinished job finished the table, more recently than FreshFor, and it was not read again", "to copy it again, use FreshFor(0)"},
	Resumed:                {"resumed", Info, "The table resumes where an earlier run ended", ""},
	MergedInParts:          {"merged-in-parts", Warning, "Items too large for one UpdateItem were merged by several, each atomic but not all together: readers may have seen such an item half merged, and a failed one may still be", "replay the items that failed"},
	ProgressPanicked:       {"progress-panicked", Warning, "The function of WithOnProgress panicked, and was not called again for the table", "correct the function"},
	LostItemsCounted:       {"lost-items-counted", Info, "The store of WithCheckpoint has no room to tell all failed and collided items apart, so the checkpoint only counts some of them, and Replay does not take these off", "use a store that takes larger data"},
	SavesSkipped:           {"saves-skipped", Warning, "The checkpoint was at times larger than the store of WithCheckpoint takes, and was not saved then; a run that resumes repeats more work", "use a store that takes larger data, or fewer segments"},
	KeyLooksPersonal:       {"key-looks-personal", Warning, "Many values of a key attribute that passes through may be PII, and may as well be ids: plain digits, national phone numbers or names", "give it a rule (Delimited transforms the parts of a composite key), or Passthrough to keep it"},
	NameLooksPersonal:      {"name-looks-personal", Warning, "Many names of attributes or members that no rule decides about may be PII, and may as well be ids: plain digits, national phone numbers or names", "transform the map keys with WithTransformKeys, or keep them with WithTransformKeys and Passthrough"},
	OriginalsLeft:          {"originals-left", Warning, "Values that a rule or the default replaced are still present elsewhere in items that were written", "add a rule for the path where they are, or keep the original with Passthrough; WithLeakCheck fails such items instead"},
	CommonValuesLeft:       {"common-values-left", Info, "Values that the default replaced are still present elsewhere, and say little of anybody: of less than 6 characters, times, or of an attribute with few different values", "look at the two paths, and add a rule for one of them if the values are PII"},
	NotSearched:            {"not-searched-to-the-end", Warning, "Some items are encoded more than three times or to more than 4 MiB, and the leak check did not search them to the end", "remove the attribute that holds such values, or fail the items with WithLeakCheck"},
	ConditionSelectedNone:  {"condition-selected-none", Warning, "The condition of WithWhere selected none of the items, so nothing was copied", "compare its names, values and types with an item of the table"},
	ConditionNamesNothing:  {"condition-names-nothing", Warning, "The condition of WithWhere names an attribute or a member that none of the items has that were looked at", "correct the name, or write text between two '"},
	ConditionNeverCompares: {"condition-never-compares", Warning, "The condition of WithWhere compares values of types that never compare, in the items that were looked at", "write the value as the items have it: numbers without quotes, text between two '"},
	RuleNeverApplied:       {"rule-never-applied", Warning, "A rule selected values, and its transformer applied to none of them, so the default replaced all", "take a transformer for values of this type and form, or add one by FirstOf"},
	RuleAppliedInPart:      {"rule-applied-in-part", Info, "The transformer of a rule applied to some of the values that the rule selected, and the default replaced the others", "for other values add a transformer by FirstOf, with Reject as the last to fail their items"},
	RuleMatchedNothing:     {"rule-matched-nothing", Warning, "A rule selected nothing in any item", "correct its pattern, or mark the rule Optional"},
	TemplateNamesNothing:   {"template-names-nothing", Warning, "A template names an attribute that none of the items has that were looked at, and that no rule makes", "correct the name in the template"},
	TTLMisspelt:            {"ttl-misspelt", Warning, "None of the items that were looked at has a number in the attribute of WithTTLAttribute: if another attribute is that of TTL, its pseudonym can make DynamoDB delete items of the copy", "correct the name, or leave WithTTLAttribute out"},
	DestinationStreams:     {"destination-streams", Warning, "The stream of the destination is on, and every item that is written makes a record in it, which may start a Lambda function that mails somebody", "turn the stream off, or stop what reads it, while the job writes; WithStreamRecords says how many records are meant"},
	DestinationReplicates:  {"destination-replicates", Warning, "The destination is a global table, and every write is made, and paid for, in each of its replicas too", "check that the replicas are meant to have the copy"},
	Tolerated:              {"tolerated", Info, "Items failed, not more than WithTolerate allows, so that the table succeeded without them", "to write them, correct the cause and replay the file of WithDeadLetters"},
	NothingWritten:         {"nothing-written", Warning, "Items were read and none was written: all were dropped by the filter or the sample, or existed before", "if that is not what was meant, look at WithFilter, WithSample and WithoutExpired, or at the mode"},
	NothingRead:            {"nothing-read", Info, "The source has no item", "if that is not what was meant, check the name of the source, and its account and region"},
	AcceptedUnused:         {"accepted-unused", Info, "The file of WithAcceptedFindings has an ID that no finding of the run has", "remove the line if the finding is not to come back"},
	AcceptedExpired:        {"accepted-expired", Warning, "The last day of a line in the file of WithAcceptedFindings is over, and the line accepts nothing any more", "look at the finding again, and give the line a later day, or remove it"},
	ReplicaLeftOut:         {"replication-left-out", Info, "Attributes whose names begin with aws:rep: belong to DynamoDB's replication of global tables of version 2017.11.29, and were left out of the copy", "to copy one, give it a rule of exactly its name"},
	DestinationHasItems:    {"destination-has-items", Info, "The destination is not empty", "to begin with an empty one, create the table anew; WithMode says what becomes of an item whose key is there"},
	DestinationTTL:         {"destination-ttl", Info, "TTL is on at the destination, and no item that was looked at ends within 48 hours", ""},
	ItemsEndSoon:           {"items-end-soon", Warning, "TTL is on at the destination, and DynamoDB will delete items of the copy within 48 hours", "turn TTL off at the destination, move the times by a rule for the TTL attribute, or leave expired items out with WithoutExpired"},
	DestinationRecoverable: {"destination-recoverable", Warning, "Point-in-time recovery is on at the destination, so that what earlier copies wrote there can be restored", "if the table ever had clear data, create it anew, or turn point-in-time recovery off and on again, which begins its time anew"},
	DestinationBackups:     {"destination-backups", Warning, "There are backups of the destination, from which what earlier copies wrote there can be restored", "delete the backups that have clear data"},
	TableNotActive:         {"table-not-active", Info, "A table, or an index of it, is being changed: it can be used, but an index that is being made slows writes down", "wait until all are ACTIVE"},
	IndexKeyType:           {"index-key-type", Warning, "A key attribute of an index of the destination is of another type at the source, and DynamoDB refuses items whose attribute has another type than the index takes", "create the index with the source's type, or give the attribute a rule that makes the type"},
	SampleFails:            {"sample-fails", Warning, "Some of the first items fail, by a rule or by what the destination takes, and a copy would count them as failed", "correct the rule, or the table"},
	LimitsHold:             {"limits-hold", Info, "Limits of the tables, or of the job, hold the copy up", "raise them, or run the job when there is time"},
	WarmThroughput:         {"warm-throughput", Info, "A table takes less at once than the copy asks for", "raise its warm throughput before the copy, or limit the job with WithReadCapacity or WithWriteCapacity"},
	NotKnown:               {"not-known", Info, "Questions of a check were denied, or not answered", "if the answers matter, allow the actions that the text names"},
	LongLivedKeys:          {"long-lived-keys", Warning, "A client signs with the access key of a user (AKIA…), which does not expire and works wherever it leaks", "take a role, whose keys last an hour: by connect.Role, by a profile with role_arn, or by where the program runs"},
}

// Kind returns what is known of the code.
func (c Code) Kind() Kind { return kinds[c] }
