package partiql

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/survey"
)

// A Selection is what is known of the items that a condition selects. Its counters are
// safe for concurrent use.
type Selection struct {
	Pages, Scanned, Selected atomic.Int64 // of a run; a SELECT does not tell what it scanned

	where  string
	cond   Expr
	params []types.AttributeValue
	table  string
	about  int64 // items there are, as DescribeTable counts them

	sample int // items that were looked at without the condition
	misses []Miss
}

// Of completes a selection with a condition, from its text and its tree, the name of its
// table, and about how many items that has.
func (s *Selection) Of(where string, cond Expr, params []types.AttributeValue, table string, about int64) {
	s.where, s.cond, s.params, s.table, s.about = where, cond, params, table, about
}

// Look looks for why the condition selects none of some items.
func (s *Selection) Look(items []map[string]types.AttributeValue) {
	s.sample, s.misses = len(items), Against(s.cond, s.params, items)
}

// None says of how many items a run whose condition is pinned to a partition, or is not,
// selected none. It returns "" if it selected some, or read nothing, or if there may be
// none.
func (s *Selection) None(pinned bool) string {
	switch n := s.Scanned.Load(); {
	case s.where == "" || s.Pages.Load() == 0 || s.Selected.Load() > 0:
		return ""
	case n > 0:
		return fmt.Sprintf("the condition selected none of %d items", n)
	case pinned:
		return "the condition fixes the partition key, and selected no item of that partition"
	case s.about > 0:
		return fmt.Sprintf("the condition selected none of about %d items", s.about)
	case s.sample > 0:
		return fmt.Sprintf("the condition selected none of the items, %d or more", s.sample)
	}
	return ""
}

// Misses calls do for each part of the condition that selects nothing by its names or its
// types, with its column and an explanation.
func (s *Selection) Misses(do func(missing bool, column int, text string)) {
	hints := Hints(s.cond, s.where, s.table)
	for _, m := range s.misses {
		do(m.Missing, m.Column(s.where), m.Explain(s.where, hints, survey.MayPrint[int]))
	}
}

// Refused says what is known of a SELECT that the service refuses, of the table or of an
// index, whose name is "" for the table. err is why the condition is not understood, nil if
// it is.
func (s *Selection) Refused(index string, err error) string {
	const unwrap = " (Unwrap has the service's text, which can quote the statement)"
	if index != "" {
		index = fmt.Sprintf(", the index %q", index)
	}
	switch {
	case s.where == "":
		return "DynamoDB refuses the SELECT; check the table's name" + index + unwrap
	case err != nil:
		return fmt.Sprintf("DynamoDB refuses the SELECT, and the condition of WithWhere is not understood: %v%s", err, unwrap)
	}
	params := "no parameter"
	if n := len(s.params); n > 0 {
		params = fmt.Sprintf("%d parameters (?) of types %s", n, strings.Join(typeNames(s.params), ", "))
	}
	return "DynamoDB refuses the SELECT, though the condition of WithWhere is understood: " + params + index + "; check it against DynamoDB's documentation, and the types of its parameters" + unwrap
}
