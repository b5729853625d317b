package side

import (
	"fmt"
	"strings"
)

// The roles of a table.
const (
	Source      = "source"
	Destination = "destination"
)

// A Table is a table of one side of a job.
type Table struct {
	Role string // Source or Destination
	Name string
	ARN  string // "" until the table was described, or if the answer has none
	Side Side
}

// String names the table as errors do: `source table "Users" (arn:…, endpoint https://…)`,
// or with the region in place of an ARN that is not known.
func (t Table) String() string {
	text := fmt.Sprintf("%s table %q", t.Role, t.Name)
	if where := t.Where(); where != "" {
		text += " (" + where + ")"
	}
	return text
}

// Where says where a table is, by its ARN, or else its region, and its endpoint, of which
// each may be "".
func Where(arn, region, endpoint string) string {
	return Table{ARN: arn, Side: Side{Region: region, Endpoint: endpoint}}.Where()
}

// Where says where the table is: its ARN, or else its region, and the endpoint. It is ""
// if nothing is known.
func (t Table) Where() string {
	if t.ARN == "" {
		return t.Side.String()
	}
	if t.ARN == t.Name {
		return Side{Endpoint: t.Side.Endpoint}.String()
	}
	return strings.TrimSuffix(t.ARN+", "+Side{Endpoint: t.Side.Endpoint}.String(), ", ")
}

// A Pair is the source and the destination of a table of a job.
type Pair struct{ Source, Destination Table }

// PairOf returns the tables of those names of two clients.
func PairOf(from any, source string, to any, destination string) *Pair {
	return &Pair{Table{Role: Source, Name: source, Side: Of(from)}, Table{Role: Destination, Name: destination, Side: Of(to)}}
}

// Of names the table with which an operation deals, "read" or "write"; it is "" for
// another one.
func (p *Pair) Of(op string) string {
	switch {
	case op == "read" && p != nil:
		return p.Source.String()
	case op == "write" && p != nil:
		return p.Destination.String()
	}
	return ""
}
