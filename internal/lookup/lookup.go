// Package lookup says what a description of a table, and what can be asked about it, mean
// for a copy that is to be written there. A question that is denied, or not answered, is
// unknown.
package lookup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/probe"
)

// A Table is a table that is looked at. Find receives what is found, a finding of one code
// once at most.
type Table struct {
	Client      any
	Prober      *probe.Prober
	Probe       probe.Table
	Description *types.TableDescription
	Find        func(c finding.Code, text string)

	items []map[string]types.AttributeValue
}

// Take takes one of the first items, as the rules make it.
func (t *Table) Take(item map[string]types.AttributeValue) { t.items = append(t.items, item) }

// has reports whether an item has an attribute of that type, which is one of a key.
func (t *Table) has(attribute string, kind types.ScalarAttributeType) bool {
	return slices.ContainsFunc(t.items, func(item map[string]types.AttributeValue) bool {
		switch item[attribute].(type) {
		case *types.AttributeValueMemberS:
			return kind == types.ScalarAttributeTypeS
		case *types.AttributeValueMemberN:
			return kind == types.ScalarAttributeTypeN
		case *types.AttributeValueMemberB:
			return kind == types.ScalarAttributeTypeB
		}
		return false
	})
}

// ends returns how many items have a number before that time in an attribute.
func (t *Table) ends(attribute string, before time.Time) (n int) {
	for _, item := range t.items {
		if v, ok := item[attribute].(*types.AttributeValueMemberN); ok {
			if at, err := strconv.ParseFloat(v.Value, 64); err == nil && at <= float64(before.Unix()) {
				n++
			}
		}
	}
	return n
}

// unknown tells of a question that was not answered.
func (t *Table) unknown(what string, err error, unknown *[]string) {
	*unknown = append(*unknown, what+" ("+probe.WhyUnknown(err)+")")
}

// Destination asks what matters of a destination. existing says what becomes of an item
// that the destination has.
func (t *Table) Destination(ctx context.Context, existing string) {
	var unknown []string
	t.empty(ctx, existing, &unknown)
	t.expiring(ctx, &unknown)
	t.recoverable(ctx, &unknown)
	t.backups(ctx, &unknown)
	if len(unknown) > 0 && ctx.Err() == nil {
		t.Find(finding.NotKnown, "it is not known "+strings.Join(unknown, "; "))
	}
}

// empty looks for items.
func (t *Table) empty(ctx context.Context, existing string, unknown *[]string) {
	if n := aws.ToInt64(t.Description.ItemCount); n > 0 {
		t.Find(finding.DestinationHasItems, fmt.Sprintf("the destination has about %d items; %s", n, existing))
		return
	}
	n := 0
	err := t.Prober.LookUp(ctx, t.Client, func(ctx context.Context) (err error) {
		n, err = probe.ScanOne(ctx, t.Client, t.Probe)
		return err
	})
	switch {
	case err != nil:
		t.unknown("whether the destination is empty", err, unknown)
	case n > 0:
		t.Find(finding.DestinationHasItems, "the destination has items, though DescribeTable counts none, which it does every six hours or so; "+existing)
	}
}

// soon is how far ahead items are looked at that end by their TTL.
const soon = 48 * time.Hour

// expiring looks for TTL.
func (t *Table) expiring(ctx context.Context, unknown *[]string) {
	var out *dynamodb.DescribeTimeToLiveOutput
	err := t.Prober.LookUp(ctx, t.Client, func(ctx context.Context) (err error) {
		out, err = probe.TimeToLive(ctx, t.Client, t.Probe.Name)
		return err
	})
	if err != nil || out == nil || out.TimeToLiveDescription == nil {
		t.unknown("whether TTL is on at the destination", err, unknown)
		return
	}
	status, name := out.TimeToLiveDescription.TimeToLiveStatus, aws.ToString(out.TimeToLiveDescription.AttributeName)
	if status == types.TimeToLiveStatusDisabled || status == types.TimeToLiveStatusDisabling || name == "" {
		return
	}
	switch n, of := t.ends(name, time.Now().Add(soon)), len(t.items); {
	case of == 0:
		t.Find(finding.DestinationTTL, fmt.Sprintf("TTL is on at the destination, by %s; no item was looked at", name))
	case n == 0:
		t.Find(finding.DestinationTTL, fmt.Sprintf("TTL is on at the destination, by %s; none of %d items ends within 48 hours", name, of))
	default:
		t.Find(finding.ItemsEndSoon, fmt.Sprintf("TTL is on at the destination, by %s, and %d of %d items (%d %%) end within 48 hours, as the rules make them", name, n, of, 100*n/of))
	}
}

// longestRecovery is for how many days a table can be recovered at most, which is the
// default.
const longestRecovery = 35

// recoverable looks for point-in-time recovery.
func (t *Table) recoverable(ctx context.Context, unknown *[]string) {
	var out *dynamodb.DescribeContinuousBackupsOutput
	err := t.Prober.LookUp(ctx, t.Client, func(ctx context.Context) (err error) {
		out, err = probe.ContinuousBackups(ctx, t.Client, t.Probe.Name)
		return err
	})
	if err != nil || out == nil || out.ContinuousBackupsDescription == nil {
		t.unknown("whether point-in-time recovery is on at the destination", err, unknown)
		return
	}
	d := out.ContinuousBackupsDescription.PointInTimeRecoveryDescription
	if d == nil || d.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusEnabled {
		return
	}
	days := longestRecovery
	if n := d.RecoveryPeriodInDays; n != nil && *n > 0 {
		days = int(*n)
	}
	text := "point-in-time recovery is on at the destination"
	if d.EarliestRestorableDateTime != nil {
		text += ", back to " + date(*d.EarliestRestorableDateTime)
	}
	t.Find(finding.DestinationRecoverable, fmt.Sprintf("%s: clear data of earlier copies, and all that this copy replaces, can be restored until %s, %d days from now", text, date(time.Now().AddDate(0, 0, days)), days))
}

// mostBackups is how many backups are looked at: those of one page.
const mostBackups = 100

// backups looks for backups.
func (t *Table) backups(ctx context.Context, unknown *[]string) {
	var out *dynamodb.ListBackupsOutput
	err := t.Prober.LookUp(ctx, t.Client, func(ctx context.Context) (err error) {
		out, err = probe.Backups(ctx, t.Client, t.Probe.Name, mostBackups)
		return err
	})
	if err != nil || out == nil {
		t.unknown("whether the destination has backups", err, unknown)
		return
	}
	kept := slices.DeleteFunc(out.BackupSummaries, func(b types.BackupSummary) bool { return b.BackupStatus == types.BackupStatusDeleted })
	if len(kept) == 0 {
		return
	}
	count := fmt.Sprint(len(kept))
	if aws.ToString(out.LastEvaluatedBackupArn) != "" {
		count += " or more"
	}
	t.Find(finding.DestinationBackups, fmt.Sprintf("the destination has %s backups%s: clear data of earlier copies in them can be restored until %s", count, madeIn(kept), lastEnd(kept)))
}

// madeIn says when backups were made.
func madeIn(backups []types.BackupSummary) string {
	var first, last time.Time
	for _, b := range backups {
		switch at := aws.ToTime(b.BackupCreationDateTime); {
		case at.IsZero():
			return ""
		case first.IsZero() || at.Before(first):
			first = at
			last = later(last, at)
		default:
			last = later(last, at)
		}
	}
	if date(first) == date(last) {
		return " of " + date(first)
	}
	return " of " + date(first) + " to " + date(last)
}

// lastEnd says when the last of the backups ends.
func lastEnd(backups []types.BackupSummary) string {
	var last time.Time
	for _, b := range backups {
		if b.BackupExpiryDateTime == nil {
			return "they are deleted"
		}
		last = later(last, *b.BackupExpiryDateTime)
	}
	return date(last) + ", when the last of them expires"
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }
