package dynsync

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/seal"
)

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

// OpenDeadLetters reads a file of [WithDeadLetters] line by line. key is the [WithKey]
// under which the file was written. It may be nil if all lines were written [InTheClear].
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
		opener, err := deadLetterKey(key)
		if err != nil {
			yield(nil, fmt.Errorf("dynsync: OpenDeadLetters: %w", err))
			return
		}
		var bad badLines
		for line, err := range deadLines(path, opener) {
			switch {
			case err != nil:
				bad.end = err
			case line.state == lineOK:
				if !yield(line.letter, nil) {
					return
				}
			case line.state != lineTorn:
				bad.add(line)
			}
		}
		if err := bad.err(); err != nil {
			yield(nil, fmt.Errorf("dynsync: OpenDeadLetters: %w", err))
		}
	}
}

func deadLetterKey(key []byte) (*pseudonym.Key, error) {
	if len(key) == 0 {
		return nil, nil
	}
	k, err := pseudonym.NewKey(key)
	if err != nil {
		return nil, reason.Blame(reason.Configuration, fmt.Errorf("the key has %d bytes, but WithKey needs 32 or more", len(key)))
	}
	return k, nil
}

// badLines collects the damaged lines of a file.
type badLines struct {
	first []error
	more  int
	end   error // what ended the reading
}

// badLinesKept is the maximum number of lines that an error names.
const badLinesKept = 10

func (b *badLines) add(line deadLine) {
	if len(b.first) == badLinesKept {
		b.more++
		return
	}
	b.first = append(b.first, reason.Blame(line.class(), fmt.Errorf("line %d %s", line.n, line.why)))
}

func (b *badLines) err() error {
	errs := b.first
	if b.more > 0 {
		errs = append(errs, reason.Blame(reason.Items, fmt.Errorf("and %d more lines", b.more)))
	}
	return errors.Join(append(errs, b.end)...)
}

// A lineState says whether a line could be read.
type lineState uint8

const (
	lineOK       lineState = iota
	lineTorn               // cut off by a killed process or a full disk
	lineDamaged            // anything else that is no dead letter, or not as it was written
	lineOtherKey           // sealed under a key that is not at hand
)

// A deadLine is a line of a file of dead letters.
type deadLine struct {
	n      int // from 1
	state  lineState
	why    string      // it is not OK, without any text of the line
	letter *DeadLetter // nil if the line is not OK
}

// class returns the class of the error of a line that cannot be read.
func (l deadLine) class() reason.Class {
	switch {
	case l.why == whyNoKey:
		return reason.Configuration
	case l.state == lineOtherKey:
		return reason.Refused
	}
	return reason.Items
}

// deadLines reads the nonempty lines of a file. The key opens sealed lines; it can be
// nil. An error is the file's; it is yielded once, last.
func deadLines(path string, key *pseudonym.Key) iter.Seq2[deadLine, error] {
	return func(yield func(deadLine, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			yield(deadLine{}, reason.Blame(reason.Configuration, err))
			return
		}
		defer file.Close()
		o, err := newLetterOpener(key)
		if err != nil {
			yield(deadLine{}, err)
			return
		}
		in := lineReader{in: bufio.NewReaderSize(file, 64<<10)}
		for n := 1; ; n++ {
			text, whole, err := in.next()
			if line, ok := o.line(text, whole && err == nil); ok {
				line.n = n
				if !yield(line, nil) {
					return
				}
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(deadLine{}, err)
				return
			}
		}
	}
}

// maxDeadLine is the maximum length of a line in bytes. A line with an item of 400 KB has
// about 3 MB at most, or 11 MB if most of them are numbers with long texts.
const maxDeadLine = 16 << 20

// A lineReader reads lines.
type lineReader struct {
	in   *bufio.Reader
	text []byte // scratch
}

// next returns a line without its end, and whether it had an end. Of a line longer than
// maxDeadLine it returns a part that is still too long. The text is valid until the next
// call. The error that ended the file comes with its last line.
func (r *lineReader) next() (text []byte, whole bool, err error) {
	r.text = r.text[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		if len(r.text) <= maxDeadLine {
			r.text = append(r.text, part...)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(r.text, []byte("\n")), err == nil, err
		}
	}
}

// A letterOpener decodes lines into dead letters.
type letterOpener struct {
	fingerprint string // "" without a key
	seal        cipher.AEAD
}

func newLetterOpener(key *pseudonym.Key) (*letterOpener, error) {
	if key == nil {
		return &letterOpener{}, nil
	}
	opener, err := seal.New(key, deadLetterDomain)
	return &letterOpener{key.Fingerprint(), opener}, err
}

// Texts of deadLine.why.
const (
	whyTorn      = "was cut off when it was written"
	whyDamaged   = "is damaged, or is not a line of WithDeadLetters"
	whyChanged   = "is damaged: it was changed after it was written"
	whyTooLong   = "is damaged: it is longer than 16 MiB"
	whyOutcome   = "has an outcome that this version of dynsync does not know; use the version that wrote it"
	whyNoKey     = "is encrypted; give the key that WithKey was given when it was written"
	whyOtherKey  = "was written under another key; give the key that WithKey was given then"
	whyNoSecrets = "is damaged: its content makes no sense"
)

// line reads a line; whole says that it has an end. It returns false for an empty line,
// and for a line that consists of a mark only.
func (o *letterOpener) line(text []byte, whole bool) (line deadLine, ok bool) {
	if len(text) > maxDeadLine {
		return deadLine{state: lineDamaged, why: whyTooLong}, true
	}
	text, marked := bytes.CutSuffix(bytes.TrimSpace(text), []byte(tornMark))
	if len(text) == 0 {
		return deadLine{}, false
	}
	line = o.open(text)
	if line.state == lineDamaged && (marked || !whole) {
		line.state, line.why = lineTorn, whyTorn
	}
	return line, true
}

func (o *letterOpener) open(text []byte) deadLine {
	head, sealed, isSealed := cutSealed(text)
	if isSealed {
		text = append(bytes.Clone(head), '}')
	}
	var l deadLetterLine
	if json.Unmarshal(text, &l) != nil {
		return deadLine{state: lineDamaged, why: whyDamaged}
	}
	secret := deadLetterSecret{l.Key, l.Item}
	if isSealed {
		switch {
		case o.seal == nil:
			return deadLine{state: lineOtherKey, why: whyNoKey}
		case l.SealKey != o.fingerprint:
			return deadLine{state: lineOtherKey, why: whyOtherKey}
		}
		hidden, err := o.seal.Open(nil, nil, sealed, head)
		if err != nil {
			return deadLine{state: lineDamaged, why: whyChanged}
		}
		if secret = (deadLetterSecret{}); json.Unmarshal(hidden, &secret) != nil {
			return deadLine{state: lineDamaged, why: whyNoSecrets}
		}
	}
	return l.letter(secret)
}

// cutSealed splits a sealed line into the plain part, without a closing brace, and the
// encrypted part.
func cutSealed(line []byte) (head, sealed []byte, ok bool) {
	i := bytes.LastIndex(line, []byte(sealedMember))
	if i < 0 {
		return nil, nil, false
	}
	text, ok := bytes.CutSuffix(line[i+len(sealedMember):], []byte(sealedEnd))
	if !ok {
		return nil, nil, false
	}
	sealed, err := base64.StdEncoding.Strict().AppendDecode(nil, text)
	return line[:i], sealed, err == nil
}

// letter returns the line as a dead letter.
func (l *deadLetterLine) letter(secret deadLetterSecret) deadLine {
	d := &DeadLetter{Table: l.Table, Reason: l.Reason, tag: l.Tag}
	var err error
	if d.Key, err = NewRecord([]byte(secret.Key)); err != nil {
		return deadLine{state: lineDamaged, why: whyDamaged}
	}
	if len(secret.Item) > 0 {
		if d.Item, err = NewRecord([]byte(secret.Item)); err != nil {
			return deadLine{state: lineDamaged, why: whyDamaged}
		}
	}
	var known bool
	if d.Outcome, known = parseOutcome(l.Outcome); !known {
		return deadLine{state: lineDamaged, why: whyOutcome}
	}
	return deadLine{letter: d}
}

// parseOutcome returns the outcome with that name.
func parseOutcome(name string) (o Outcome, ok bool) {
	for _, o := range []Outcome{OutcomeFailed, OutcomeCollided, OutcomeExisting} {
		if o.String() == name {
			return o, true
		}
	}
	return 0, false
}
