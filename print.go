package dynsync

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/groups"
	"github.com/dynsync/dynsync/internal/layout"
)

// String returns the report as text: how the run ended, a line for each table, the
// findings that many tables share, and the details of each table. Tables that need a look
// come first. With more than 20 tables, those that are done have no details.
func (r *Report) String() string {
	var run layout.Run
	for _, t := range r.Tables {
		run.Tables = append(run.Tables, t.layout())
	}
	run.Head = r.head(run.Tables)
	for _, f := range r.Findings {
		run.Head = append(run.Head, f.line())
	}
	if r.Scheme > 0 {
		run.Foot = []string{fmt.Sprintf("scheme of pseudonyms: %d", r.Scheme)}
	}
	return run.String()
}

// head returns the lines about the run as a whole; none for one that has not ended.
func (r *Report) head(tables []layout.Table) []string {
	if r.Outcome == "" {
		return nil
	}
	took := layout.Time(r.Ended.Sub(r.Began))
	lines := []string{
		fmt.Sprintf("%s, exit code %d, in %s from %s", r.Outcome, r.ExitCode, took, r.Began.UTC().Format(time.DateTime+" MST")),
		"source: " + cmp.Or(r.Source, "unknown"),
		"destination: " + cmp.Or(r.Destination, "unknown"),
	}
	if len(tables) == 1 {
		return lines // its details say the rest
	}
	var sum Outcomes
	for _, t := range r.Tables {
		sum.add(t.outcomes())
	}
	return append(lines, fmt.Sprintf("%d tables: %s", len(tables), cmp.Or(layout.Count(tables), "none")), "items: "+sum.String())
}

// String returns the account as some lines of text: first how the table ended and why,
// then the counts, the failures and the findings. Failures with one cause are one line,
// with their number.
func (t *TableReport) String() string {
	table := t.layout()
	return table.String()
}

// layout returns what is printed of the table.
func (t *TableReport) layout() layout.Table {
	costs := layout.Costs{
		Pages: t.Pages, Batches: t.Batches, Retries: t.Retries, ReadPath: t.ReadPath, WritePath: t.WritePath,
		ReadUnits: t.ReadUnits, WriteUnits: t.WriteUnits, PseudonymBytes: t.PseudonymBytes, PseudonymUnits: t.PseudonymUnits, Throttles: t.Throttles,
	}
	out := layout.Table{
		State: t.state(), Name: t.Table, Read: t.Read, Written: t.Written, Lost: t.outcomes().lost(), Time: t.Duration, Units: t.ReadUnits + t.WriteUnits,
		Title: t.ending(), Facts: t.facts(), Costs: costs.Lines(),
	}
	if t.Err != nil {
		out.Ended = endedNote(t.Err)
	}
	for _, f := range t.Findings {
		out.Notes = append(out.Notes, layout.Note{Kind: f.Level + " " + f.Code, Text: f.line()})
	}
	return out
}

// facts returns the lines about the items and the rules.
func (t *TableReport) facts() []string {
	lines := []string{fmt.Sprintf("%s → %s in %v: %v", t.Source, t.Destination, t.Duration.Round(time.Millisecond), t.outcomes())}
	if t.Replay != nil {
		lines = append(lines, t.Replay.String())
	}
	if t.Resumed > 0 {
		lines = append(lines, fmt.Sprintf("resumed after %d items settled by earlier runs; all runs of the job: %v", t.Resumed, t.Job))
	}
	rest := t.outcomes().lost()
	for _, g := range t.Groups[:min(len(t.Groups), groupsPrinted)] {
		lines = append(lines, g.String())
		rest -= g.Count
	}
	if rest > 0 && len(t.Groups) > 0 {
		lines = append(lines, fmt.Sprintf("and %d more; WithDeadLetters and WithOnFailure tell of all", rest))
	}
	for _, r := range t.Rules {
		if r.Applied != r.Matched && r.Matched > 0 {
			lines = append(lines, fmt.Sprintf("rule %q (%s): matched %d values, applied to %d, left %d to the default, failed %d", r.Pattern, r.Transformer, r.Matched, r.Applied, r.Default, r.Failed))
		}
	}
	for _, p := range t.Unmatched {
		lines = append(lines, fmt.Sprintf("rule %q matched nothing", p))
	}
	return lines
}

// groupsPrinted is how many groups of failures a report prints for a table.
const groupsPrinted = 10

// ending says in some words how the table ended.
func (t *TableReport) ending() string {
	how := []string{"done"}
	if t.Err != nil {
		how[0] = "ended early"
	}
	if lost := t.lost(); lost != "" {
		if t.Tolerated > 0 {
			lost += " (tolerated)"
		}
		how = append(how, lost)
	}
	if t.Leaked > 0 {
		how = append(how, fmt.Sprintf("%d of them contain an original value and were not written (WithLeakCheck)", t.Leaked))
	}
	if t.Refused > 0 {
		how = append(how, fmt.Sprintf("%d of them have keys or names that look like PII and were not written", t.Refused))
	}
	return strings.Join(how, ", ")
}

// state returns how the table ended, for the order of tables in a report.
func (t *TableReport) state() layout.State {
	code := ExitCode(t.end())
	warns := func(f Finding) bool { return f.Level != finding.Info }
	switch {
	case code == 5:
		return layout.Leak
	case code == 7:
		return layout.Refused
	case code == 6:
		return layout.Unfinished
	case code == 4 && t.lostItems() > 0:
		return layout.Failed
	case t.Err != nil:
		return layout.Ended
	case t.Tolerated > 0:
		return layout.Tolerated
	case slices.ContainsFunc(t.Unmatched, t.asks), slices.ContainsFunc(t.Findings, warns):
		return layout.Warning
	}
	return layout.Done
}

// asks reports whether somebody should look at a rule that matched nothing: nobody has
// accepted that.
func (t *TableReport) asks(pattern string) bool {
	return !slices.ContainsFunc(t.Findings, func(f Finding) bool {
		return f.Accepted != "" && f.Path == pattern && f.Code == finding.RuleMatchedNothing.Kind().Name
	})
}

// endedNote says why a table ended early. Tables that ended for one reason have notes of
// one kind.
func endedNote(err error) layout.Note {
	e, ok := err.(*TableError)
	if !ok {
		return layout.Note{Kind: "ended " + err.Error(), Text: "ended: " + err.Error()}
	}
	return layout.Note{Kind: fmt.Sprintf("ended %s %s %s", e.Op, groups.Reason(e.Reason), awserr.Answer(e.Err)), Text: "ended: " + e.withoutTable()}
}

// lost describes how many items were not written, in this run and, if that differs, in
// all runs of the job.
func (t *TableReport) lost() string {
	var ways []string
	now := t.outcomes()
	if now.lost() > 0 {
		ways = append(ways, now.losses())
	}
	if before := t.Job.lost(); before > 0 && (now.lost() == 0 || t.Resumed > 0) {
		ways = append(ways, "in all runs of the job "+t.Job.losses())
	}
	return strings.Join(ways, "; ")
}

// losses describes how many items were lost.
func (o Outcomes) losses() string {
	var ways []string
	if o.Failed > 0 {
		ways = append(ways, fmt.Sprintf("%d of %d items failed", o.Failed, o.Read))
	}
	if o.Collided > 0 {
		ways = append(ways, fmt.Sprintf("%d of %d items collided", o.Collided, o.Read))
	}
	return strings.Join(ways, ", ")
}

// MarshalJSON returns the facts of String as JSON, with errors as text. It contains no
// keys of items.
func (t *TableReport) MarshalJSON() ([]byte, error) {
	type plain TableReport // without this method
	out := struct {
		*plain
		Duration   float64 // seconds
		Failures   bool    `json:",omitempty"` // left out: Groups tell of them
		LostBefore int     `json:",omitempty"` // how many
		Err        string  `json:",omitempty"`
	}{plain: (*plain)(t), Duration: t.Duration.Seconds(), LostBefore: len(t.LostBefore)}
	if t.Err != nil {
		out.Err = t.Err.Error()
	}
	return json.Marshal(out)
}

// MarshalJSON returns the nonempty fields and the ID.
func (f Finding) MarshalJSON() ([]byte, error) {
	type plain Finding // without this method
	return json.Marshal(struct {
		ID string
		plain
	}{f.ID(), plain(f)})
}

// String returns the counts as an equation. It omits Collided, Existing and Unsettled if
// they are 0.
func (o Outcomes) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "read %d = written %d + filtered %d + failed %d", o.Read, o.Written, o.Filtered, o.Failed)
	for _, rare := range []struct {
		name string
		n    int64
	}{{"collided", o.Collided}, {"existing", o.Existing}, {"unsettled", o.Unsettled}} {
		if rare.n > 0 {
			fmt.Fprintf(&b, " + %s %d", rare.name, rare.n)
		}
	}
	return b.String()
}

// String returns the counts as text.
func (c *ReplayCounts) String() string {
	s := fmt.Sprintf("replayed %d lines: %d repeated, %d gone, %d no longer selected", c.Lines, c.Repeated, c.Gone, c.Unselected)
	if c.Existed > 0 {
		s += fmt.Sprintf(", %d existing", c.Existed)
	}
	if c.NoKey > 0 {
		s += fmt.Sprintf(", %d without a key", c.NoKey)
	}
	if c.Untried > 0 {
		s += fmt.Sprintf(", %d not tried", c.Untried)
	}
	return s
}
