// Package grants is the table of the actions of IAM that a job needs: for each the
// resource, the feature that asks for it, and what is lost without it. A feature that
// sends requests of a new kind adds its rows to the table.
package grants

import "slices"

// A Target is the kind of resource on which an action is granted.
type Target uint8

// The targets.
const (
	Table   Target = iota // the ARN of the table
	Index                 // the ARN of the index that the job reads
	Account               // "*": IAM knows no resource for the action
)

// A Grant is an action that a job needs on one side.
type Grant struct {
	Action   string // such as "dynamodb:Scan"
	On       Target
	Why      string // what it is for
	When     string // in which runs it is asked for; "" for every run
	Optional bool   // the job's result is the same without it
	Lost     string // what is lost without an optional one
}

// A Reading is how a job reads its source.
type Reading uint8

// The ways to read.
const (
	NoRead Reading = iota // nothing, or what the caller streams
	Select                // SELECT of PartiQL
	Scan                  // Scan
	Either                // one of the two, which the key schema decides
)

// A Writing is how a job writes to its destination.
type Writing uint8

// The ways to write.
const (
	NoWrite Writing = iota
	Put             // BatchWriteItem
	Insert          // INSERT of PartiQL
	Merge           // UpdateItem
)

// A Job has the facts of a table of a job that decide which actions it needs. A fact that is
// not known is to be set as it needs more.
type Job struct {
	Read            Reading
	Index           bool // reads an index
	ScanResume      bool // a Scan may go on where a SELECT ended
	TTLNamed        bool // the job names the TTL attribute, and does not ask
	ReplaysBySelect bool // Replay reads an item by a SELECT of its key
	ReplaysByGet    bool // Replay reads an item by GetItem, since PartiQL does not take the name of the source, or of a key attribute

	Write        Writing
	InsertsLater bool // with Put and Merge: a run that resumes, replays, is a share or follows another inserts only, since items can collide
	NoStatement  bool // PartiQL does not take the name of the destination, or of a key attribute, so that PutItem inserts
}

// Source returns the actions that a job needs at its source, each once on a target.
func Source(j Job) []Grant { return of(sourceRows, j) }

// Destination returns the actions that a job needs at its destination, each once on a
// target.
func Destination(j Job) []Grant { return of(destinationRows, j) }

// All returns every grant of the table, those of the source first.
func All() []Grant {
	var all []Grant
	for _, r := range slices.Concat(sourceRows, destinationRows) {
		all = append(all, r.Grant)
	}
	return all
}

// Known reports whether an action of DynamoDB is one that dynsync asks for, or whose
// permission it tests.
func Known(action string) bool {
	return slices.Contains(tested, action) || slices.ContainsFunc(All(), func(g Grant) bool { return g.Action == action })
}

// Tested returns the actions whose permission can be tested though no job needs them.
func Tested() []string { return slices.Clone(tested) }

// of returns the grants of the rows that a job needs. One that two rows have is required if
// one of them requires it, and has the reasons of all that do.
func of(rows []row, j Job) []Grant {
	var grants []Grant
	for _, r := range rows {
		if !r.needed(j) {
			continue
		}
		i := slices.IndexFunc(grants, func(g Grant) bool { return g.Action == r.Action && g.On == r.On })
		switch {
		case i < 0:
			grants = append(grants, r.Grant)
		case grants[i].Optional && !r.Optional:
			grants[i] = r.Grant
		case grants[i].Optional == r.Optional:
			grants[i].join(r.Grant)
		}
	}
	return grants
}

// join adds the reasons of another grant of the same action.
func (g *Grant) join(other Grant) {
	if g.When == "" || other.When == "" {
		g.When = ""
	} else {
		g.When += "; " + other.When
	}
	g.Why += "; " + other.Why
	if g.Lost != other.Lost {
		g.Lost += "; " + other.Lost
	}
}
