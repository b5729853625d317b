package dynsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/groups"
	"github.com/dynsync/dynsync/internal/layout"
	"github.com/dynsync/dynsync/internal/lookup"
	"github.com/dynsync/dynsync/internal/probe"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/side"
)

// A Verdict says whether a client may do an action.
type Verdict uint8

// The verdicts.
const (
	VerdictUnknown Verdict = Verdict(probe.Unknown) // no harmless request tells, or the answer does not
	VerdictAllowed Verdict = Verdict(probe.Allowed) // DynamoDB did, or would have done, what was asked
	VerdictDenied  Verdict = Verdict(probe.Denied)  // DynamoDB denied it
)

// String returns "unknown", "allowed" or "denied".
func (v Verdict) String() string {
	switch v {
	case VerdictUnknown:
		return "unknown"
	case VerdictAllowed:
		return "allowed"
	case VerdictDenied:
		return "denied"
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// MarshalText returns what String does.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// A Permission says whether a client may do an action of IAM.
type Permission struct {
	Side     string `json:",omitempty"` // "source" or "destination"; "" where a client has no side
	Action   string // such as "dynamodb:Scan"
	Resource string // the ARN of a table or an index, its name where the ARN is not known, or "*"
	Verdict  Verdict
	Optional bool   `json:",omitempty"` // the job copies the same items without it
	Why      string `json:",omitempty"` // why it is denied or unknown
}

// String returns the permission as one line of text.
func (p Permission) String() string {
	text := fmt.Sprintf("%-7v %s on %s", p.Verdict, p.Action, p.Resource)
	if p.Side != "" {
		text = p.Side + ": " + text
	}
	if p.Optional {
		text += ", optional"
	}
	if p.Why != "" {
		text += ": " + p.Why
	}
	return text
}

// A CheckReport is the answer of [Syncer.Check]. It contains no attribute value.
type CheckReport struct {
	Tables   []*TableCheck
	Findings []Finding // about the clients
}

// A TableCheck says whether the job can copy a table, and what to know before it does. If
// the job has no source or no destination, nothing is said of that side.
type TableCheck struct {
	Table       string       // its name in the job
	Plan        *TablePlan   // how the job copies the table, as far as it can, without findings and error
	Permissions []Permission // every action that the job needs, as in the policies of the job
	Findings    []Finding    // those of the plan and of the check
	Err         error        // why the job could not copy the table, or nil
}

// Check finds out whether the job can run, as [Syncer.Sync] does before its first write, and
// beyond: whether the clients may do every action that the job needs, in every run that it
// may have; and at the destination what items are there, whether they end by TTL, which
// limits hold, and whether what earlier copies wrote can be restored from point-in-time
// recovery and backups. Each thing that somebody should know is a finding, with what to do.
// With only a source or a destination, Check covers that side.
//
// Check changes nothing: no item, no table, no checkpoint. It asks for a permission by a
// request that is harmless by its construction. A source is only read. A destination gets
// writes to keys that are drawn at random and that no item has, under a condition that no
// item fulfils; of the requests that take no condition, BatchWriteItem deletes such a key,
// which costs a write unit, and an INSERT is not tried, so that its permission stays
// unknown. A destination that the options of [WithDestination] refuse gets no writes.
// A question that is denied, throttled or not answered, beside those of the preflight, is
// unknown and no error.
//
// Check reads at most 200 items of a table, or 300 if the condition selects none, and sends
// at most 5 requests a second beside the preflight's, so that a table takes some seconds. It
// may run beside other calls.
//
// The report is never nil. The error is non-nil exactly if the job could not copy every
// table, or ctx ended; it joins a [*TableError] for each of those tables. An action that is
// needed and denied is one whose [ExitCode] is 3.
func (s *Syncer) Check(ctx context.Context) (*CheckReport, error) {
	report := &CheckReport{}
	if s.reader == nil && s.writer == nil {
		return report, reason.Refuse(reason.Configuration, "Check needs WithSource or WithDestination")
	}
	if err := s.keys.Ready(ctx); err != nil {
		return report, err
	}
	c := &checker{ctx, report, probe.New()}
	var errs []error
	for _, r := range planned(ctx, s) {
		plan := newTablePlan(r)
		sides := askable(r, plan)
		found := len(plan.Findings)
		t := c.table(plan, sides, func(take func(map[string]types.AttributeValue)) string { return takeFirst(ctx, r, take) })
		acceptOf(r, t.Findings[found:])
		acceptOf(r, report.Findings)
		report.Tables = append(report.Tables, t)
		errs = append(errs, t.Err)
	}
	return report, errors.Join(errs...)
}

// A checker asks what the preflight does not.
type checker struct {
	ctx    context.Context
	report *CheckReport
	prober *probe.Prober
}

// A sampler gives the first items as the rules make them, and says how many fail.
type sampler func(take func(map[string]types.AttributeValue)) (fails string)

// table checks a table after its preflight, which made the plan.
func (c *checker) table(plan *TablePlan, sides []*lookup.Side, first sampler) *TableCheck {
	t := &TableCheck{Table: plan.Table, Plan: plan, Err: plan.Err, Findings: plan.Findings}
	plan.Findings, plan.Err = nil, nil
	for _, of := range sides {
		c.ask(of, t)
	}
	for _, of := range sides {
		if of.Description != nil {
			c.look(of, t, first)
		}
	}
	t.Err = deniedError(t)
	if c.ctx.Err() != nil && t.Err == nil {
		t.Err = newTableError(t.Table, "check", endOf(c.ctx))
	}
	return t
}

// ask asks for the permissions of a side, and looks at the client's keys.
func (c *checker) ask(of *lookup.Side, t *TableCheck) {
	if of.HasLongLivedKeys(c.ctx) {
		c.report.Findings = addFinding(c.report.Findings, newFinding(finding.LongLivedKeys, of.Name, "", "", "the client of this side signs with an access key that does not expire"))
	}
	for _, p := range of.Ask(c.ctx, c.prober) {
		t.Permissions = append(t.Permissions, Permission{Side: of.Name, Action: p.Action, Resource: p.Resource, Optional: p.Optional, Verdict: Verdict(p.Verdict), Why: p.Why})
	}
}

// look adds findings about what the job itself does not need to know.
func (c *checker) look(of *lookup.Side, t *TableCheck, first sampler) {
	about := of.Look(c.prober)
	about.Find = func(code finding.Code, text string) {
		t.Findings = addFinding(t.Findings, newFinding(code, of.Name, t.Table, "", text))
	}
	about.Active()
	if of.Rate > 0 {
		about.Limits(of)
	}
	if of.Name == finding.Source {
		return
	}
	if of.Similar != nil && t.Err == nil {
		if text := first(about.Take); text != "" {
			about.Find(finding.SampleFails, text)
		}
		about.IndexKeys(of.Similar)
	}
	about.Destination(c.ctx, of.Existing)
}

// deniedError returns the error of a table: that of its preflight, and one that names every
// action that is needed and denied.
func deniedError(t *TableCheck) error {
	var denied []string
	remedy := "; allow it to the role of that side's client (Policy has the document)"
	for _, p := range t.Permissions {
		if p.Verdict != VerdictDenied || p.Optional {
			continue
		}
		text := fmt.Sprintf("%s on %s at the %s", p.Action, p.Resource, p.Side)
		if p.Why != "" {
			text += " (" + p.Why + ")"
		}
		if strings.Contains(p.Why, "explicit deny") {
			remedy = "; take the deny out of its policy, which goes before all that allow it"
		}
		denied = append(denied, text)
	}
	if len(denied) == 0 {
		return t.Err
	}
	e := tableFault(reason.Access, t.Table, "check", "the job needs what is denied: "+strings.Join(denied, ", ")+remedy, nil)
	var before *TableError
	switch {
	case !errors.As(t.Err, &before):
		return e
	case before.class == reason.Access:
		e.Err = before.Err
		return e
	}
	return errors.Join(e, t.Err)
}

// String returns the report as text: whether the job can run, a line for each table, and
// what is wrong or worth knowing, with what to do. What several tables have in common is
// told once, and what is allowed is only counted. [TableCheck.String] tells everything of a
// table.
func (c *CheckReport) String() string {
	out := layout.Check{Head: c.head()}
	for _, f := range c.Findings {
		out.Head = append(out.Head, strings.TrimPrefix(f.Side+": ", ": ")+f.line())
	}
	for _, t := range c.Tables {
		out.Tables = append(out.Tables, t.layout())
	}
	return out.String()
}

// head returns whether the job can run, and where its sides are.
func (c *CheckReport) head() []string {
	var errs []error
	for _, t := range c.Tables {
		if t.Err != nil {
			errs = append(errs, t.Err)
		}
	}
	switch n := len(c.Tables); {
	case n == 0:
		return []string{"no table was checked"}
	case len(errs) > 0:
		return append([]string{fmt.Sprintf("the job cannot run: %d of %s cannot be copied, exit code %d", len(errs), layout.Tables(n), ExitCode(errors.Join(errs...)))}, c.sides()...)
	default:
		return append([]string{fmt.Sprintf("the job can run: %s", layout.Tables(n))}, c.sides()...)
	}
}

// sides says where the sides of the job are, as far as that is known.
func (c *CheckReport) sides() (lines []string) {
	var from, to []string
	for _, t := range c.Tables {
		from, to = append(from, t.Plan.SourceARN), append(to, t.Plan.DestinationARN)
	}
	p := c.Tables[0].Plan
	if at := layout.Side(from, side.Where("", p.SourceRegion, p.SourceEndpoint)); at != "" {
		lines = append(lines, "source: "+at)
	}
	if at := layout.Side(to, side.Where("", p.DestinationRegion, p.DestinationEndpoint)); at != "" {
		lines = append(lines, "destination: "+at)
	}
	return lines
}

// layout returns what is printed of the table in a report.
func (t *TableCheck) layout() layout.Checked {
	p := t.Plan
	out := layout.Checked{Health: layout.Sound, Name: printable(t.Table), To: printable(p.Destination), Items: p.Items, Read: p.ReadUnits, Write: p.WriteUnits, Time: p.Least, Asked: len(t.Permissions)}
	add := func(text string) { out.Notes = append(out.Notes, layout.Note{Kind: t.anyTable(text), Text: text}) }
	if t.Err != nil {
		out.Health = layout.Bad
		for _, err := range parts(t.Err) {
			text := err.Error()
			if e, ok := err.(*TableError); ok {
				text = e.withoutTable()
			}
			add("error: " + text)
		}
	}
	for _, text := range t.notAllowed() {
		add(text)
	}
	for _, f := range t.Findings {
		if out.Health == layout.Sound && f.Level != finding.Info {
			out.Health = layout.Suspect
		}
		add(f.line())
	}
	for _, p := range t.Permissions {
		if p.Verdict == VerdictAllowed {
			out.Allowed++
		}
	}
	return out
}

// parts returns the errors that one joins, or that error.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// notAllowed tells of the permissions that are denied or unknown, without those that the
// error of the table names. Those of one side for one reason are one line.
func (t *TableCheck) notAllowed() (lines []string) {
	actions := map[string][]string{}
	for _, p := range t.Permissions {
		if p.Verdict == VerdictAllowed || p.Verdict == VerdictDenied && !p.Optional {
			continue
		}
		why := p.Why
		if t.Err != nil && p.Verdict == VerdictUnknown && why != "" && strings.Contains(t.Err.Error(), why) {
			why = "as the error says"
		}
		about := fmt.Sprintf("%s: %v\x00%s", p.Side, p.Verdict, why)
		if actions[about] == nil {
			lines = append(lines, about)
		}
		action := p.Action
		if p.Optional {
			action += " (optional)"
		}
		actions[about] = append(actions[about], action)
	}
	for i, about := range lines {
		head, why, _ := strings.Cut(about, "\x00")
		lines[i] = head + " " + strings.Join(actions[about], ", ")
		if why != "" {
			lines[i] += ": " + why
		}
	}
	return lines
}

// anyTable returns a text without what tells the table from others: texts that say the same
// of two tables become equal.
func (t *TableCheck) anyTable(text string) string {
	p := t.Plan
	for _, name := range []string{p.SourceARN, p.DestinationARN, p.Source, p.Destination, t.Table} {
		if name != "" {
			text = strings.ReplaceAll(text, name, "…")
		}
	}
	return groups.Reason(text)
}

// String returns the check of the table as text: the plan, the permissions, the findings, and
// why the table cannot be copied.
func (t *TableCheck) String() string {
	var b strings.Builder
	b.WriteString(t.Plan.String())
	for _, p := range t.Permissions {
		fmt.Fprintf(&b, "  %v\n", p)
	}
	for _, f := range t.Findings {
		fmt.Fprintf(&b, "  %s\n", f.line())
	}
	if t.Err != nil {
		fmt.Fprintf(&b, "  cannot be copied: %v\n", t.Err)
	}
	return b.String()
}

// MarshalJSON returns the check as JSON, with the error as text.
func (t *TableCheck) MarshalJSON() ([]byte, error) {
	type plain TableCheck // without this method
	out := struct {
		*plain
		Err string `json:",omitempty"`
	}{plain: (*plain)(t)}
	if t.Err != nil {
		out.Err = t.Err.Error()
	}
	return json.Marshal(out)
}
