package dynsync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/grants"
	"github.com/dynsync/dynsync/internal/groups"
	"github.com/dynsync/dynsync/internal/iam"
	"github.com/dynsync/dynsync/internal/lookup"
	"github.com/dynsync/dynsync/internal/partiql"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/tablearn"
	"github.com/dynsync/dynsync/internal/tabledesc"
	"github.com/dynsync/dynsync/internal/wire"
)

// Policies are the least IAM policies of a job.
type Policies struct {
	Source, Destination *Policy // nil if the job does not have the side
}

// A Policy has the actions that a job needs at one side, and no others. Its JSON is an IAM
// policy, which allows the required actions and the optional ones in separate statements.
type Policy struct {
	Side    string         // "source" or "destination"
	Actions []PolicyAction // the required ones first
	Unknown []string       // why the account and the region of a table are not known, where they are not
}

// A PolicyAction is an action that a job needs.
type PolicyAction struct {
	Action    string   // such as "dynamodb:Scan"
	Resources []string // ARNs of tables and of indexes; "*" for an action that IAM grants on no resource
	Why       string   // what the job needs it for
	When      string   // in which calls and runs; "" for all
	Optional  bool     // the job copies the same items without it
	Lost      string   // what is lost without an optional one
}

// Policy returns the least IAM policies of the job. They allow [Syncer.Sync],
// [Syncer.Check], [Syncer.Plan] and the streams, and with [WithDeadLetters] also [Syncer.Replay]. For
// [Syncer.Write] they are complete if the job has no source. A job without clients gets the
// policies of both sides.
//
// Policy describes the tables. A table that cannot be described, because there is no
// connection or no right yet, gets an ARN with * for account and region, and what depends on
// its key schema gets every action that may be needed. Policy reads no items and writes
// nothing.
//
// Two things that a policy may need are no part of it: the trust policy of a role, and the
// rights on the key of AWS KMS with which a table is encrypted, if that key is the caller's.
//
// The result is never nil. The error is non-nil exactly if ctx ends.
func (s *Syncer) Policy(ctx context.Context) (*Policies, error) {
	from := &policyMaker{at: side.Table{Role: side.Source, Side: side.Of(s.cfg.source)}}
	to := &policyMaker{at: side.Table{Role: side.Destination, Side: side.Of(s.cfg.destination)}}
	if s.reader != nil {
		from.client = s.cfg.source
	}
	if s.writer != nil {
		to.client = s.cfg.destination
	}
	for _, t := range s.tables {
		source, target := from.describe(ctx, s, t.cfg.source), to.describe(ctx, s, t.cfg.destination)
		j := jobBefore(s, t, source, target)
		from.add(grants.Source(j), from.arn(source, t.cfg.source), t.cfg.index)
		to.add(grants.Destination(j), to.arn(target, t.cfg.destination), "")
	}
	p := &Policies{}
	if neither := s.reader == nil && s.writer == nil; neither {
		p.Source, p.Destination = from.policy(), to.policy()
	}
	if s.reader != nil {
		p.Source = from.policy()
	}
	if s.writer != nil {
		p.Destination = to.policy()
	}
	if ctx.Err() != nil {
		return p, reason.Blame(reason.Resumable, fmt.Errorf("dynsync: Policy: %w", context.Cause(ctx)))
	}
	return p, nil
}

// A policyMaker makes the policy of one side.
type policyMaker struct {
	client  tableDescriber // nil if the job has none
	at      side.Table     // without a name
	known   map[string]*types.TableDescription
	silent  bool // the client has no connection, or no credentials
	actions []PolicyAction
	unknown []string
	first   string   // the first table that could not be described
	why     string   // without what tells tables apart
	same    []string // the tables for which the same holds
}

// describe returns the description of a table, or nil. It asks for each table once, and for
// none after the client had no connection.
func (m *policyMaker) describe(ctx context.Context, s *Syncer, name string) *types.TableDescription {
	d, asked := m.known[name]
	if asked || m.client == nil {
		return d
	}
	if !m.silent {
		t := m.at
		t.Name = name
		var err error
		if d, err = describeTable(ctx, m.client, s.cfg.giveUp, &t); err != nil {
			m.miss(name, err)
		}
	} else {
		m.same = append(m.same, name)
	}
	if m.known == nil {
		m.known = map[string]*types.TableDescription{}
	}
	m.known[name] = d
	return d
}

// miss notes that a table cannot be described. Without a connection or credentials, none can.
func (m *policyMaker) miss(name string, err error) {
	var credentials *awserr.CredentialsError
	m.silent = awserr.ClassOf(err) == reason.Resumable || errors.As(err, &credentials)
	why := groups.Reason(strings.ReplaceAll(err.Error(), name, "…"))
	switch {
	case m.first == "":
		m.first, m.why = name, why
	case m.why == why:
		m.same = append(m.same, name)
		return
	}
	m.unknown = append(m.unknown, fmt.Sprintf("the account and the region of the table %s are not known: %v", name, err))
}

// arn returns the ARN of a table: that of its description, or one that says no more than
// what is known.
func (m *policyMaker) arn(d *types.TableDescription, name string) tablearn.ARN {
	for _, text := range []string{tabledesc.ARN(d), name} {
		if a, err := tablearn.Parse(text); err == nil {
			return a.OfTable()
		}
	}
	return tablearn.Anywhere(m.at.Side.Region, name)
}

// add adds the grants of a table. An action that another table needs for the same reason
// gets a resource more.
func (m *policyMaker) add(granted []grants.Grant, table tablearn.ARN, index string) {
	for _, g := range granted {
		resource := table.String()
		switch g.On {
		case grants.Index:
			table.Index = index
			resource = table.String()
			table.Index = ""
		case grants.Account:
			resource = "*"
		}
		i := slices.IndexFunc(m.actions, func(a PolicyAction) bool {
			return a.Action == g.Action && a.Why == g.Why && a.When == g.When && a.Optional == g.Optional && a.Lost == g.Lost
		})
		if i < 0 {
			i = len(m.actions)
			m.actions = append(m.actions, PolicyAction{Action: g.Action, Why: g.Why, When: g.When, Optional: g.Optional, Lost: g.Lost})
		}
		if a := &m.actions[i]; !slices.Contains(a.Resources, resource) {
			a.Resources = append(a.Resources, resource)
		}
	}
}

// policy returns the policy of what was added.
func (m *policyMaker) policy() *Policy {
	for i := range m.actions {
		slices.Sort(m.actions[i].Resources)
	}
	slices.SortStableFunc(m.actions, func(a, b PolicyAction) int { return rank(a) - rank(b) })
	if len(m.same) > 0 {
		m.unknown = append(m.unknown, fmt.Sprintf("nor are those of %s, for the same reason as those of %s", strings.Join(m.same, ", "), m.first))
	}
	return &Policy{Side: m.at.Role, Actions: m.actions, Unknown: m.unknown}
}

// rank puts optional actions behind the others.
func rank(a PolicyAction) int {
	if a.Optional {
		return 1
	}
	return 0
}

// jobBefore returns what [jobOf] does of a run without a preflight, as far as the
// descriptions of its tables tell, which may be nil.
func jobBefore(s *Syncer, t *table, source, target *types.TableDescription) grants.Job {
	var keys *wire.Keys
	if schema := cmp.Or(source, target); schema != nil {
		keys = tabledesc.Keys(schema)
	}
	r := runBefore(s, t, source, target, keys)
	if source != nil && r.plan != nil {
		_ = r.planReads() // what it does not decide stays open
	}
	return jobOf(r)
}

// jobOf returns the facts of a run that decide which actions it needs. They are exact after
// the preflight; before, they are those of a job that needs more.
func jobOf(r *run) grants.Job {
	cfg, s := r.table.cfg, r.s
	neither := s.reader == nil && s.writer == nil
	j := grants.Job{TTLNamed: cfg.ttl != "", Index: cfg.index != ""}
	if s.reader != nil || neither {
		j.Read = readingOf(r)
		j.ScanResume = s.cfg.checkpoint.set && mayScanOn(r)
	}
	if s.writer == nil && !neither {
		return j
	}
	j.Write = writingOf(cfg.mode)
	replays := s.cfg.deadLetterPath != "" && j.Read != grants.NoRead && cfg.index == "" && r.table.read.evaluates()
	if replays {
		j.ReplaysBySelect, j.ReplaysByGet = replaysBy(r)
	}
	j.InsertsLater = mayCollide(r) && (replays || !cfg.allowExisting && (manyRuns(s) || j.Read == grants.NoRead))
	j.NoStatement = !tablearn.IsName(cfg.destination) || r.plan != nil && !partiql.TakesKeys(r.plan.Keys)
	return j
}

// askable returns the sides of a run after its preflight, which made the plan, as far
// as they are known, with what the job needs there.
func askable(r *run, p *TablePlan) (sides []*lookup.Side) {
	cfg := r.table.cfg
	needed := jobBefore(r.s, r.table, r.source, r.target)
	if r.s.reader != nil {
		source := &lookup.Side{Name: side.Source, Client: r.s.cfg.source, Table: cfg.source, Index: cfg.index, Description: r.source, Similar: r.target, Granted: grants.Source(needed), Pinned: r.reader.pinned(), Limit: p.ReadLimit, Rate: p.readRate, Units: p.ReadUnits}
		if p.Err == nil && r.s.writer != nil {
			source.Done = map[bool]string{true: "dynamodb:Scan", false: "dynamodb:PartiQLSelect"}[r.reader.method.segmented()]
		}
		sides = append(sides, source)
	}
	if r.s.writer != nil {
		target := &lookup.Side{Name: side.Destination, Client: r.s.cfg.destination, Table: cfg.destination, Description: r.target, Similar: r.source, Granted: grants.Destination(needed), Writable: r.mayWrite, Limit: p.WriteLimit, Rate: p.writeRate, Units: p.WriteUnits,
			Existing: fmt.Sprintf("%v %s, and the others stay", cfg.mode, cfg.mode.spec().means)}
		sides = append(sides, target)
	}
	return sides
}

// writingOf returns how a mode writes.
func writingOf(m Mode) grants.Writing {
	switch spec := m.spec(); {
	case spec.merges:
		return grants.Merge
	case spec.overwrite:
		return grants.Put
	}
	return grants.Insert
}

// replaysBy returns how Replay reads an item by its key. It is either if nothing is known of
// the keys.
func replaysBy(r *run) (bySelect, byGet bool) {
	switch {
	case tablearn.Is(r.table.cfg.source):
		return false, true
	case r.plan == nil:
		return true, true
	}
	bySelect = partiql.TakesKeys(r.plan.Keys)
	return bySelect, !bySelect
}

// readingOf returns how a run reads its source. Before the preflight has decided it, it is
// what the options leave open.
func readingOf(r *run) grants.Reading {
	st := r.table.read
	scans := r.table.cfg.segments != 0 || st.needsScan()
	switch {
	case r.reader.method.segments > 0:
		return grants.Scan
	case r.reader.method.reason != "" || !scans:
		return grants.Select
	case st.cond == nil || st.needsScan():
		return grants.Scan
	}
	return grants.Either
}

// mayScanOn reports whether a Scan may go on where a SELECT of the run ended.
func mayScanOn(r *run) bool {
	st := r.table.read
	return r.reader.scanResume && st.filterErr == nil && (r.plan == nil || !st.pins(r.plan.Keys.Partition))
}

// Required returns the policy without the optional actions.
func (p *Policy) Required() *Policy {
	required := *p
	required.Actions = slices.DeleteFunc(slices.Clone(p.Actions), func(a PolicyAction) bool { return a.Optional })
	return &required
}

// MarshalJSON returns the IAM policy. An action that is both required for one table and
// optional for another is in a statement of each kind.
func (p *Policy) MarshalJSON() ([]byte, error) { return json.Marshal(p.document()) }

// document returns the IAM policy.
func (p *Policy) document() *iam.Document {
	doc := &iam.Document{Version: iam.Version}
	for _, kind := range []struct {
		sid      string
		optional bool
	}{{"Required", false}, {"Optional", true}} {
		for i, st := range p.statements(kind.optional) {
			st.Sid = kind.sid
			if i > 0 {
				st.Sid = fmt.Sprint(kind.sid, i+1)
			}
			doc.Statement = append(doc.Statement, st)
		}
	}
	return doc
}

// statements returns a statement for each set of resources.
func (p *Policy) statements(optional bool) []iam.Statement {
	var actions []string
	on := map[string][]string{} // resources by action
	for _, a := range p.Actions {
		if a.Optional != optional {
			continue
		}
		if on[a.Action] == nil {
			actions = append(actions, a.Action)
		}
		on[a.Action] = slices.Concat(on[a.Action], a.Resources)
	}
	var statements []iam.Statement
	for _, action := range actions {
		resources := slices.Compact(slices.Sorted(slices.Values(on[action])))
		i := slices.IndexFunc(statements, func(st iam.Statement) bool { return slices.Equal(st.Resource.Values, resources) })
		if i < 0 {
			i = len(statements)
			statements = append(statements, iam.Statement{Effect: iam.Allow, Resource: iam.List(resources...)})
		}
		statements[i].Action.Values = append(statements[i].Action.Values, action)
	}
	return statements
}

// String returns the policies as text: for each action what it is for, and what is lost
// without one that is optional.
func (p *Policies) String() string {
	var b strings.Builder
	for _, one := range []*Policy{p.Source, p.Destination} {
		if one != nil {
			b.WriteString(one.String())
		}
	}
	return b.String()
}

// String returns the policy as text: a line for each action, and the tables behind the
// actions that are needed on all of them.
func (p *Policy) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the %s needs\n", p.Side)
	for i, a := range p.Actions {
		fmt.Fprintf(&b, "  %s\n", a.line())
		if i+1 < len(p.Actions) && slices.Equal(a.Resources, p.Actions[i+1].Resources) {
			continue // told of the actions together
		}
		for _, resource := range a.Resources {
			fmt.Fprintf(&b, "    on %s\n", resource)
		}
	}
	for _, text := range p.Unknown {
		fmt.Fprintf(&b, "  %s\n", text)
	}
	if text, err := json.Marshal(p); err == nil && len(text) > managedPolicy {
		fmt.Fprintf(&b, "  the policy has %d characters without white space, and IAM takes %d of a managed one: divide it by its statements, or write * for the ends of names\n", len(text), managedPolicy)
	}
	return b.String()
}

// managedPolicy is how many characters IAM takes of a managed policy, without white space
// ("IAM and AWS STS quotas" of the IAM User Guide).
const managedPolicy = 6144

// line returns the action as text, without its resources.
func (a *PolicyAction) line() string {
	text := a.Action
	if a.Optional {
		text += ", optionally"
	}
	text += ": it " + a.Why
	if a.When != "" {
		text += " (" + a.When + ")"
	}
	if a.Lost != "" {
		text += "; without it, " + a.Lost
	}
	return text
}
