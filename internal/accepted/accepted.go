// Package accepted reads which findings somebody has looked at and accepted, and until
// when. The file is made for review: a line for each finding, with its ID, the last day
// and the reason.
package accepted

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// An Entry is an accepted finding.
type Entry struct {
	Line   int // in the file, from 1
	ID     string
	Until  time.Time // the last day, at its beginning in UTC
	Reason string
}

// Expired reports whether the last day is over.
func (e *Entry) Expired(now time.Time) bool { return !now.Before(e.Until.AddDate(0, 0, 1)) }

// Over says that the last day is over.
func (e *Entry) Over() string {
	return fmt.Sprintf("line %d of the file of WithAcceptedFindings accepted %s until %s", e.Line, e.ID, e.Until.Format(time.DateOnly))
}

// Unused says that a run had no such finding.
func (e *Entry) Unused() string {
	return fmt.Sprintf("line %d of the file of WithAcceptedFindings accepts %s, which no finding of this run is", e.Line, e.ID)
}

// A File is a file of accepted findings. The zero File is none.
type File struct {
	Given   bool // whether there is to be a file
	Path    string
	Entries []Entry
}

// Read reads the entries, if there is to be a file. The error has no more of it than IDs
// and dates.
func (f *File) Read() error {
	if !f.Given {
		return nil
	}
	if f.Path == "" {
		return errors.New("the path of the file is empty")
	}
	text, err := os.ReadFile(f.Path)
	if err != nil {
		return err
	}
	if f.Entries, err = parse(text); err != nil {
		return fmt.Errorf("%s, %w", filepath.Base(f.Path), err)
	}
	return nil
}

// Reason returns why a finding is accepted, or "" if it is not, or no longer.
func (f *File) Reason(id string, now time.Time) string {
	for i := range f.Entries {
		if e := &f.Entries[i]; e.ID == id && !e.Expired(now) {
			return e.Reason
		}
	}
	return ""
}

const form = `; a line is an ID, the last day and the reason, as in "ttl-unknown-0123456789ab 2027-03-31 reviewed by Jo"`

// isID matches what Finding.ID returns.
var isID = regexp.MustCompile(`^[a-z]+(-[a-z]+)*-[0-9a-f]{12}$`)

// parse reads the lines of a file.
func parse(text []byte) (all []Entry, err error) {
	seen := map[string]int{}
	for i, line := range bytes.Split(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\n")) {
		entry, err := parseLine(string(bytes.TrimSpace(line)))
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		case entry.ID == "":
			continue
		case seen[entry.ID] > 0:
			return nil, fmt.Errorf("line %d: %s stands in line %d, too; remove one of them", i+1, entry.ID, seen[entry.ID])
		}
		entry.Line, seen[entry.ID] = i+1, i+1
		all = append(all, entry)
	}
	return all, nil
}

// parseLine reads a line. It returns no ID for a blank line or a comment.
func parseLine(line string) (e Entry, err error) {
	if line == "" || line[0] == '#' {
		return e, nil
	}
	if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }) {
		return e, errors.New("it holds control characters, or is no UTF-8; write the file as plain text")
	}
	fields := strings.Fields(line)
	if !isID.MatchString(fields[0]) {
		return e, errors.New("it does not begin with the ID of a finding, which the JSON of a report, the log and Finding.ID have" + form)
	}
	if len(fields) < 2 {
		return e, errors.New("it has no date" + form)
	}
	if e.Until, err = time.Parse(time.DateOnly, fields[1]); err != nil {
		return e, errors.New("what follows the ID is no date of the form YYYY-MM-DD, or no day of the calendar" + form)
	}
	if len(fields) < 3 {
		return e, errors.New("it has no reason" + form)
	}
	e.ID, e.Reason = fields[0], strings.Join(fields[2:], " ")
	return e, nil
}
