package lookup

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/grants"
	"github.com/dynsync/dynsync/internal/probe"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/tabledesc"
)

// A Side is a table of one side of a job, and what the job needs there.
type Side struct {
	Name        string // finding.Source or finding.Destination
	Client      any
	Table       string                  // its name, or its ARN
	Index       string                  // that is read; "" for the table itself
	Description *types.TableDescription // nil if it is not known
	Similar     *types.TableDescription // a table with the same keys, or nil
	Pinned      bool                    // a SELECT fixes the partition key
	Writable    bool                    // probes may be writes
	Done        string                  // the action by which the preflight has read items, or ""
	Limit       string                  // of the job's capacity units, as the plan has it; "" if it is not known
	Rate        float64                 // the same, in units a second; 0 if it is not known
	Units       int64                   // that the copy takes; 0 if they are not known
	Existing    string                  // what becomes of an item that the destination has
	Granted     []grants.Grant
}

// target returns what probes may know of the table.
func (s *Side) target() probe.Table {
	t := probe.Of(s.Description, s.Index)
	t.Name, t.Pinned, t.Writable = s.Table, s.Pinned, s.Writable
	if s.Description == nil {
		t.Keys = probe.Of(s.Similar, "").Keys
	}
	return t
}

// A Permission says whether the client of a side may do an action.
type Permission struct {
	Action, Resource string
	Optional         bool
	probe.Answer
}

// Ask asks for the permissions of a side. What the preflight did is allowed.
func (s *Side) Ask(ctx context.Context, prober *probe.Prober) []Permission {
	var all []Permission
	for _, g := range s.Granted {
		at := s.target()
		p := Permission{Action: g.Action, Optional: g.Optional, Resource: cmp.Or(tabledesc.ARN(s.Description), s.Table)}
		switch g.On {
		case grants.Table:
			at.Index = ""
		case grants.Index:
			p.Resource += "/index/" + s.Index
		case grants.Account:
			p.Resource = "*"
		}
		switch writes, _ := probe.Writes(g.Action); {
		case s.did(g):
			p.Verdict = probe.Allowed
		case writes && !s.Writable:
			p.Why = "not tried, since the preflight does not let the job write to the table"
		default:
			p.Answer = prober.Ask(ctx, s.Client, g.Action, at)
		}
		p.Resource = cmp.Or(p.Answer.Resource, p.Resource)
		all = append(all, p)
	}
	return all
}

// did reports whether the preflight did an action of a grant.
func (s *Side) did(g grants.Grant) bool {
	if g.Action == "dynamodb:DescribeTable" {
		return s.Description != nil
	}
	return g.Action == s.Done && (g.On == grants.Index) == (s.Index != "")
}

// HasLongLivedKeys reports whether the client signs with an access key that does not expire.
func (s *Side) HasLongLivedKeys(ctx context.Context) bool {
	return side.HasLongLivedKeys(ctx, s.Client)
}

// Look returns the table as one that is looked at.
func (s *Side) Look(prober *probe.Prober) *Table {
	t := &Table{Client: s.Client, Prober: prober, Probe: s.target(), Description: s.Description}
	t.Probe.Index = ""
	return t
}
