package dynsync

import (
	"fmt"
	"iter"
	"log/slog"

	"github.com/dynsync/dynsync/internal/deadletter"
	"github.com/dynsync/dynsync/internal/given"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
)

// WithDeadLetters appends a line of JSON to a file for every item that [Syncer.Sync],
// [Syncer.Write] or [Syncer.Replay] did not write. The default is no file.
// [Syncer.Replay] and [OpenDeadLetters] read the file.
//
// A line contains the table, the key attributes as read, the outcome and the reason. The
// key attributes are encrypted under a subkey of the job's key, which requires [WithKey];
// [InTheClear] turns this off. Table, outcome and reason are plain text and contain no
// values.
//
// dynsync creates the file, but not its directory, and sets its mode to 0600, even if the
// file exists. Several processes can append to one file. dynsync ends a last line that a
// killed process cut off. If a line cannot be written, for example because the disk is
// full, the job ends.
func WithDeadLetters(path string, opts ...DeadLetterOption) Option {
	return jobOption(func(c *jobConfig) {
		c.deadLetterPath, c.deadLetterClear, c.deadLetterItems = path, false, false
		for _, o := range given.Options("WithDeadLetters", opts, &c.faults) {
			o.applyDeadLetters(c)
		}
	})
}

// A DeadLetterOption configures [WithDeadLetters].
type DeadLetterOption interface{ applyDeadLetters(*jobConfig) }

type deadLetterOption func(*jobConfig)

func (f deadLetterOption) applyDeadLetters(c *jobConfig) { f(c) }

// InTheClear writes dead letters as plain text. The default is to encrypt keys and items.
// The file then contains the PII of the keys and, with [WholeItems], of the whole items.
// One file can contain encrypted and plain lines.
func InTheClear() DeadLetterOption {
	return deadLetterOption(func(c *jobConfig) { c.deadLetterClear = true })
}

// WholeItems writes whole items to the file of dead letters. The default is keys only. An
// item that a rule failed on is written as read, before any rule; an item that DynamoDB
// rejected is written as transformed. Items are encrypted like keys, unless [InTheClear]
// is given. An item of more than 8 MiB of JSON is left out; no DynamoDB table can hold
// one.
func WholeItems() DeadLetterOption {
	return deadLetterOption(func(c *jobConfig) { c.deadLetterItems = true })
}

// writeLetter appends the line of a failure to the job's file, if it has one.
func writeLetter(file *deadletter.File, f Failure) error {
	if file == nil {
		return nil
	}
	return file.Write(deadletter.Letter{Table: f.Table, Key: f.Key.item, Outcome: f.Outcome.String(), Reason: f.Err.Error(), Tag: f.tag, Item: f.item})
}

// A DeadLetter is an item that was not written, read from a file of [WithDeadLetters]. It
// owns its records. Printing it with any verb, or logging it with slog, shows no key and
// no item.
type DeadLetter struct {
	Table   string  // the name of the table in the job
	Key     *Record // the item's key attributes as read; empty if the item was malformed
	Outcome Outcome
	Reason  string
	Item    *Record // nil unless the file was written with WholeItems

	tag string // see run.keyTag
}

// Format prints the table, the outcome and the reason for every verb.
func (d DeadLetter) Format(s fmt.State, _ rune) { reason.Print(s, d.summary()) }

// LogValue returns the table, the outcome and the reason, for slog.
func (d DeadLetter) LogValue() slog.Value { return slog.StringValue(d.summary()) }

func (d DeadLetter) summary() string { return fmt.Sprintf("%s: %v: %s", d.Table, d.Outcome, d.Reason) }

// OpenDeadLetters reads a file of [WithDeadLetters] line by line. key is that of [WithKey]
// or [WithKeyFrom] under which the file was written, in whatever environment. It may be nil
// if all lines were written [InTheClear].
//
// Each range starts a new scan. A non-nil error is yielded once, last. Breaking out of
// the loop closes the file before the loop exits.
//
// The error names the lines that are damaged or were written under another key: the first
// ten, and how many more there are. All other lines are yielded. A line that a killed
// process or a full disk cut off is skipped without an error. Its item was not yet
// counted as done, so it is in a later line, or the next run reads it again.
func OpenDeadLetters(path string, key []byte) iter.Seq2[*DeadLetter, error] {
	return func(yield func(*DeadLetter, error) bool) {
		keys, err := deadLetterKeys(key)
		if err != nil {
			yield(nil, fmt.Errorf("dynsync: OpenDeadLetters: %w", err))
			return
		}
		var bad deadletter.BadLines
		var end error
		for line, err := range deadLines(path, keys) {
			switch {
			case err != nil:
				end = err
			case line.State == deadletter.OK:
				if !yield(newDeadLetter(line.Letter), nil) {
					return
				}
			case line.State != deadletter.Torn:
				bad.Add(line)
			}
		}
		if err := bad.Err(end); err != nil {
			yield(nil, fmt.Errorf("dynsync: OpenDeadLetters: %w", err))
		}
	}
}

// deadLetterKeys returns the keys of a master key's environments, or none.
func deadLetterKeys(key []byte) (deadletter.Keys, error) {
	if len(key) == 0 {
		return func(string) *pseudonym.Key { return nil }, nil
	}
	k, err := pseudonym.NewKey(key)
	if err != nil {
		return nil, reason.Blame(reason.Configuration, fmt.Errorf("the key has %d bytes, but WithKey needs 32 or more", len(key)))
	}
	return k.In, nil
}

// letterOutcomes are the outcomes that dead letters can have.
var letterOutcomes = []Outcome{OutcomeFailed, OutcomeCollided, OutcomeExisting}

// deadLines reads the nonempty lines of a file. The keys open sealed lines. An error is
// the file's; it is yielded once, last.
func deadLines(path string, keys deadletter.Keys) iter.Seq2[deadletter.Line, error] {
	names := make([]string, len(letterOutcomes))
	for i, o := range letterOutcomes {
		names[i] = o.String()
	}
	return deadletter.Read(path, keys, names)
}

// newDeadLetter returns a line that is OK as users see it.
func newDeadLetter(l deadletter.Letter) *DeadLetter {
	d := &DeadLetter{Table: l.Table, Reason: l.Reason, tag: l.Tag, Key: &Record{item: l.Key}}
	_ = d.Key.index() // the line is OK, so its items are valid
	if len(l.Item) > 0 {
		d.Item = &Record{item: l.Item}
		_ = d.Item.index()
	}
	for _, o := range letterOutcomes {
		if o.String() == l.Outcome {
			d.Outcome = o
		}
	}
	return d
}
