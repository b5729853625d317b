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

// Where says where the table is: its ARN, or else its region, and the endpoint. It is ""
// if nothing is known.
func (t Table) Where() string {
	if t.ARN == "" {
		return t.Side.String()
	}
	return strings.TrimSuffix(t.ARN+", "+Side{Endpoint: t.Side.Endpoint}.String(), ", ")
}
