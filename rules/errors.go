package rules

import (
	"fmt"
	"slices"
	"strings"

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

// suggestion returns "; did you mean name?" for the name most like the given one, and
// nothing if no name is like it: one must be the beginning of the other, or at most a
// third of the characters may differ.
func suggestion(given string, names []string) string {
	given = strings.ToLower(given)
	best, least := "", 2*min(2, len(given)/3)+1
	for _, name := range names {
		if d := difference(given, strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// alternatives returns a suggestion, or the names if there is none and they are few.
func alternatives(given string, names []string) string {
	const few = 8
	if s := suggestion(given, names); s != "" || len(names) == 0 || len(names) > few {
		return s
	}
	return "; use one of " + strings.Join(names, ", ")
}

// difference returns 0 for equal names, 1 if one begins with the other, and twice
// their edit distance otherwise.
func difference(a, b string) int {
	short, long := min(len(a), len(b)), max(len(a), len(b))
	if a != b && short >= 3 && long <= 3*short && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
		return 1
	}
	return 2 * editDistance(a, b)
}

// editDistance returns how many characters have to be inserted, removed, replaced
// or swapped with the next to make b of a (optimal string alignment). Of texts whose
// lengths differ by more than 2 it returns that.
func editDistance(a, b string) int {
	if d := len(a) - len(b); d > 2 || d < -2 {
		return max(d, -d)
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
