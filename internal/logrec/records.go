// Package logrec has the records that a job logs: each stands in one table with its
// levels, when it is logged, and its attributes with their types. docs/logs.md is made of
// the table.
package logrec

import "log/slog"

// An Attr is an attribute of a record.
type Attr struct {
	Name  string
	Kind  slog.Kind // KindAny is a list of texts
	Means string    // a phrase, without its full stop
	Rare  bool      // it is left out where its value is zero
}

// A Record is a kind of record. Its message is "dynsync: " and its name.
type Record struct {
	Name   string
	Levels []slog.Level
	When   string // a sentence, without its full stop
	Attrs  []Attr // behind those of every record
}

// Levels, for short.
const (
	info  = slog.LevelInfo
	warn  = slog.LevelWarn
	fault = slog.LevelError
)

// Every are the attributes that every record has.
var Every = []Attr{
	{"run", slog.KindString, "16 hexadecimal digits, drawn for the call: they tell its records from those of other calls and processes", false},
	{"call", slog.KindString, "the method: `Sync`, `Write`, `Replay`, `Scan` or `Transformed`", false},
}

// counts are the attributes that count items.
var counts = []Attr{
	{"read", slog.KindInt64, "items that were read, or taken from the stream", false},
	{"written", slog.KindInt64, "items whose write DynamoDB acknowledged", false},
	{"filtered", slog.KindInt64, "items that the filter, the sample or a limit dropped", false},
	{"failed", slog.KindInt64, "items that a transformer or DynamoDB rejected", false},
	{"collided", slog.KindInt64, "items whose key another item has at the destination", false},
	{"existing", slog.KindInt64, "items that the destination already had (`ModeInsert`)", false},
	{"unsettled", slog.KindInt64, "items that were read and not handled to the end", false},
}

// costs are the attributes that say what was consumed.
var costs = []Attr{
	{"read_units", slog.KindFloat64, "capacity units that reading consumed", false},
	{"write_units", slog.KindFloat64, "capacity units that writing consumed", false},
	{"retries", slog.KindInt64, "requests that were sent again", false},
	{"throttled", slog.KindInt64, "requests that DynamoDB throttled", false},
}

// ending are the attributes that say how a table or a call ended.
var ending = []Attr{
	{"outcome", slog.KindString, "`done`; `items failed`: items failed or collided, and nothing else did; `stopped`: the context ended, or the limit of WithStopAfter or WithMaxCapacity was reached; `failed`: another error; `panicked`: a function of the caller's panicked or ended its goroutine", false},
	{"exit_code", slog.KindInt64, "what ExitCode returns for the error", false},
	{"error", slog.KindString, "the error: what is wrong, where, and what to do", true},
	{"code", slog.KindString, "the error code of AWS", true},
	{"remedy", slog.KindString, "what to do about errors of this exit code", true},
	{"duration", slog.KindDuration, "how long it took", false},
}

func join(parts ...[]Attr) (all []Attr) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// one makes a list of an attribute.
func one(name string, kind slog.Kind, means string) []Attr { return []Attr{{name, kind, means, false}} }

// rare makes a list of an attribute that is left out where it is zero.
func rare(name string, kind slog.Kind, means string) []Attr {
	return []Attr{{name, kind, means, true}}
}

// table is the attribute that says which table a record is about.
var table = one("table", slog.KindString, "the name of the table in the job")

// The records.
var (
	RunStart = &Record{"run.start", []slog.Level{info}, "Once for a call, when the preflight has looked at its tables, and before anything is written", join(
		one("tables", slog.KindInt64, "how many tables the call is about"),
		rare("source", slog.KindString, "the region and the endpoint of the source, as its client tells them"),
		rare("destination", slog.KindString, "the region and the endpoint of the destination"),
		one("key", slog.KindString, "the fingerprint of the job's key, as in RunRecord.KeyID"),
		rare("rules", slog.KindString, "a keyed hash of the rules of all tables, as in RunRecord.Rules"),
		one("scheme", slog.KindInt64, "the number of the scheme of pseudonyms"),
		rare("version", slog.KindString, "the version of dynsync"),
		rare("plan", slog.KindAny, "a text for each table: the ARNs, or names, of its source and destination, and how it is read and written"),
	)}
	TableStart = &Record{"table.start", []slog.Level{info}, "Once for a table, before its `table.end`: also where the preflight refused it, or where the call ended before its turn", join(table,
		one("source", slog.KindString, "the name of the source table"),
		one("destination", slog.KindString, "the name or ARN of the destination table"),
		rare("source_arn", slog.KindString, "the ARN of the source table"),
		rare("destination_arn", slog.KindString, "the ARN of the destination table"),
		rare("items", slog.KindInt64, "about how many items the source has, as DescribeTable says"),
		rare("read_by", slog.KindString, "`SELECT`, or `Scan` with its number of segments"),
		rare("mode", slog.KindString, "the write mode, such as `ModePut`"),
	)}
	Resume = &Record{"resume", []slog.Level{info}, "Behind the `table.start` of a table that goes on where an earlier run ended", join(table,
		one("settled", slog.KindInt64, "items that earlier runs settled"),
		one("began", slog.KindTime, "when the first run on the checkpoint began"),
	)}
	TableProgress = &Record{"table.progress", []slog.Level{info}, "Each minute while Sync copies a table", join(table, counts,
		one("items_per_second", slog.KindFloat64, "by the slower of reading and writing, over the last 5 seconds"),
		rare("fraction", slog.KindFloat64, "how much of the table is done, from 0 to 1"),
		rare("remaining", slog.KindDuration, "an estimate of the time left"),
		costs,
	)}
	Throttle = &Record{"throttle", []slog.Level{warn}, "When DynamoDB first throttles a table or index for a reason, and then at most each minute while it does", join(table,
		one("side", slog.KindString, "`source` or `destination`"),
		one("reason", slog.KindString, "DynamoDB's reason, such as `TableWriteProvisionedThroughputExceeded`, or else the error code"),
		rare("resource", slog.KindString, "the ARN of the table or index that DynamoDB named"),
		one("requests", slog.KindInt64, "how many requests it throttled so, since the call began"),
	)}
	Finding = &Record{"finding", []slog.Level{info, warn, fault}, "For each finding, before the `table.end` of its table, or before `run.end`. The level is the finding's", join(
		rare("table", slog.KindString, "the name of the table in the job"),
		one("code", slog.KindString, "its code; [findings.md](findings.md) lists them"),
		one("id", slog.KindString, "what Finding.ID returns, equal in every run"),
		rare("side", slog.KindString, "`source` or `destination`"),
		rare("path", slog.KindString, "the path of the attributes, or the column of the condition"),
		one("text", slog.KindString, "what was found"),
		rare("remedy", slog.KindString, "what to do"),
		rare("accepted", slog.KindString, "why the finding is accepted, as the file of WithAcceptedFindings says"),
	)}
	TableEnd = &Record{"table.end", []slog.Level{info, warn, fault}, "Once for a table. `ERROR` where it or some of its items failed, `WARN` where it was stopped", join(table, ending, counts, costs,
		rare("read_path", slog.KindString, "`raw`, or why the SDK decoded the items"),
		rare("write_path", slog.KindString, "`raw`, or why the SDK encoded the items"),
	)}
	RunEnd = &Record{"run.end", []slog.Level{info, warn, fault}, "Once for a call, last, whatever happens: also where it panics or its context ends. The level is as for `table.end`", join(
		ending,
		one("tables", slog.KindInt64, "how many tables ended"),
		rare("tables_failed", slog.KindInt64, "how many of them failed, or some of their items"),
		rare("tables_stopped", slog.KindInt64, "how many of them were stopped"),
		counts, costs,
	)}
)

// Records are all of them, in the order in which a call logs them.
var Records = []*Record{RunStart, TableStart, Resume, TableProgress, Throttle, Finding, TableEnd, RunEnd}

// Prefix begins the message of every record.
const Prefix = "dynsync: "

// remedies say what to do about an exit code.
var remedies = map[int]string{
	1: "somebody has to look",
	2: "correct the options, rules or tables that the error names, and run the job again",
	3: "grant the rights or renew the credentials that the error names, and run the job again",
	4: "read the report, correct the rules, and replay the dead letters; run again where a table ended early",
	5: "correct the rules; if a rule matched nothing, empty the destination and copy again",
	6: "run the job again",
	7: "correct what the error names, or say that it is meant",
}
