package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/near"
	"github.com/dynsync/dynsync/internal/reason"
)

// An Error is a fault of a file. It holds names and paths from the file, but no value
// of params or of a constant.
type Error struct {
	File   string // the name given to Parse, or the path given to Load
	Line   int    // from 1
	Column int    // in characters, from 1
	Text   string // "table ProdUsers: rule \"Email\": …"
}

// Error returns the fault as compilers print them: file:line:column: text.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// Is makes the fault one of the configuration for dynsync.ExitCode.
func (e *Error) Is(target error) bool { return target == reason.Misconfigured }

// Errors holds all faults of a file, sorted by line and column.
type Errors []*Error

// Error returns the faults, one per line.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults for [errors.As].
func (es Errors) Unwrap() []error {
	errs := make([]error, len(es))
	for i, e := range es {
		errs[i] = e
	}
	return errs
}

// sorted returns the faults by line and column, each once.
func (es Errors) sorted() Errors {
	slices.SortStableFunc(es, func(a, b *Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return slices.CompactFunc(es, func(a, b *Error) bool { return *a == *b })
}

// flatten returns the errors that are joined in err.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// alternatives returns a suggestion, or the names if there is none and they are few.
func alternatives(given string, names []string) string {
	const few = 8
	if s := near.Suggest(given, names); s != "" || len(names) == 0 || len(names) > few {
		return s
	}
	return "; use one of " + strings.Join(names, ", ")
}
