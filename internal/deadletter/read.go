package deadletter

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/dynsync/dynsync/internal/reason"
)

// A State says whether a line could be read.
type State uint8

// The states.
const (
	OK       State = iota
	Torn           // cut off by a killed process or a full disk
	Damaged        // anything else that is no letter, or not as it was written
	OtherKey       // sealed under a key that is not at hand
)

// A Line is a line of a file.
type Line struct {
	N      int // from 1
	State  State
	Why    string // it is not OK, without any text of the line
	Letter Letter // if the line is OK; its key and item are valid items
}

// class returns the class of the error of a line that cannot be read.
func (l Line) class() reason.Class {
	switch {
	case l.Why == whyNoKey:
		return reason.Configuration
	case l.State == OtherKey:
		return reason.Refused
	}
	return reason.Items
}

// BadLines collects the lines of a file that cannot be read.
type BadLines struct {
	first []error
	more  int
}

// badLinesKept is the maximum number of lines that an error names.
const badLinesKept = 10

// Add adds a line that is not OK.
func (b *BadLines) Add(l Line) {
	if len(b.first) == badLinesKept {
		b.more++
		return
	}
	b.first = append(b.first, reason.Blame(l.class(), fmt.Errorf("line %d %s", l.N, l.Why)))
}

// Err returns an error that names the first ten lines and how many more there are, with
// end, the error that ended the reading or nil. It returns nil if there is neither.
func (b *BadLines) Err(end error) error {
	errs := b.first
	if b.more > 0 {
		errs = append(errs, reason.Blame(reason.Items, fmt.Errorf("and %d more lines", b.more)))
	}
	return errors.Join(append(errs, end)...)
}

// Read reads the nonempty lines of a file. The keys open sealed lines. A line whose
// outcome is none of outcomes is damaged. An error is the file's; it is yielded once, last.
func Read(path string, keys Keys, outcomes []string) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			yield(Line{}, reason.Blame(reason.Configuration, err))
			return
		}
		defer file.Close()
		o := &opener{keys: keys, outcomes: outcomes}
		in := lineReader{in: bufio.NewReaderSize(file, 64<<10)}
		for n := 1; ; n++ {
			text, whole, err := in.next()
			if line, ok := o.line(text, whole && err == nil); ok {
				line.N = n
				if !yield(line, nil) {
					return
				}
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(Line{}, err)
				return
			}
		}
	}
}

// maxLine is the maximum length of a line in bytes. A line with an item of 400 KB has
// about 3 MB at most, or 11 MB if most of them are numbers with long texts.
const maxLine = 16 << 20

// A lineReader reads lines.
type lineReader struct {
	in   *bufio.Reader
	text []byte // scratch
}

// next returns a line without its end, and whether it had an end. Of a line longer than
// maxLine it returns a part that is still too long. The text is valid until the next call.
// The error that ended the file comes with its last line.
func (r *lineReader) next() (text []byte, whole bool, err error) {
	r.text = r.text[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		if len(r.text) <= maxLine {
			r.text = append(r.text, part...)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(r.text, []byte("\n")), err == nil, err
		}
	}
}

// line reads a line; whole says that it has an end. It returns false for an empty line,
// and for a line that consists of a mark only.
func (o *opener) line(text []byte, whole bool) (l Line, ok bool) {
	if len(text) > maxLine {
		return Line{State: Damaged, Why: whyTooLong}, true
	}
	text, marked := bytes.CutSuffix(bytes.TrimSpace(text), []byte(tornMark))
	if len(text) == 0 {
		return Line{}, false
	}
	l = o.open(text)
	if l.State == Damaged && (marked || !whole) {
		l.State, l.Why = Torn, whyTorn
	}
	return l, true
}
