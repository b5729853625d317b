package dynsync

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestCapacity(t *testing.T) {
	t.Parallel()
	tests := []struct {
		c           Capacity
		text        string
		ok          bool
		provisioned int64
		rate        float64 // 0 for an error
		reason      string
	}{
		{Capacity{}, "the default", true, 100, 0, "the option that takes it knows its default"},
		{Units(1500), "1500 units/s", true, 0, 1500, "units need no provisioned table"},
		{Units(1_000_000), "1000000 units/s", true, 0, 1_000_000, "no exponent"},
		{Units(0.5), "0.5 units/s", true, 10, 0.5, "half units exist"},
		{Percent(50), "50 % of the provisioned units", true, 300, 150, "half of the table"},
		{Percent(100), "100 % of the provisioned units", true, 7, 7, "the whole table"},
		{Percent(12.5), "12.5 % of the provisioned units", true, 1, 0.125, "a fraction of a small table"},
		{Percent(50), "50 % of the provisioned units", true, 0, 0, "an on-demand table has nothing provisioned"},
		{Unlimited(), "unlimited", true, 0, math.Inf(1), "no limit"},
		{Units(0), "0 units/s", false, 0, 0, "nothing would be read"},
		{Units(-1), "-1 units/s", false, 0, 0, "negative"},
		{Units(math.NaN()), "NaN units/s", false, 0, 0, "not a number"},
		{Units(math.Inf(1)), "+Inf units/s", false, 0, 0, "Unlimited says so"},
		{Percent(0), "0 % of the provisioned units", false, 0, 0, "nothing would be read"},
		{Percent(100.5), "100.5 % of the provisioned units", false, 0, 0, "the table has no more"},
		{Percent(math.NaN()), "NaN % of the provisioned units", false, 0, 0, "not a number"},
		{Percent(math.Inf(-1)), "-Inf % of the provisioned units", false, 0, 0, "negative"},
	}
	for _, tt := range tests {
		if got := tt.c.String(); got != tt.text {
			t.Errorf("%s: printed as %q, not %q", tt.reason, got, tt.text)
		}
		if err := tt.c.check(); (err == nil) != tt.ok {
			t.Errorf("%s (%v): check returned %v", tt.reason, tt.c, err)
		}
		if !tt.ok {
			continue
		}
		rate, err := tt.c.perSecond(tt.provisioned)
		if rate != tt.rate || (err == nil) != (tt.rate > 0) {
			t.Errorf("%s (%v): %v units/s of %d, error %v; want %v", tt.reason, tt.c, rate, tt.provisioned, err, tt.rate)
		}
	}
	if Units(50) == Percent(50) || Units(0) == (Capacity{}) || Percent(5) != Percent(5) {
		t.Error("capacities do not compare")
	}
}

// A job keeps to its limits, and to new ones while it runs.
func TestJobsKeepToTheirLimits(t *testing.T) {
	t.Parallel()
	for _, side := range []string{"read", "write"} {
		t.Run(side, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				items := map[string]map[string]any{}
				for i := range 60 {
					id := string(rune('a'+i%26)) + string(rune('a'+i/26))
					items[id] = map[string]any{"Id": id, "x": strings.Repeat("x", 7000)}
				}
				w.fill(t, w.source, "Source", items)
				limit := map[string]TableOption{"read": WithReadCapacity(Units(6)), "write": WithWriteCapacity(Units(40))}[side]
				s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithTable("Source", "Destination", clearCopy(), WithPageSize(5), limit))
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				report, err := s.Sync(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				took := time.Since(began).Seconds()
				rep := report.Tables[0]
				units, rate := rep.ReadUnits, 6.0
				if side == "write" {
					units, rate = rep.WriteUnits, 40
				}
				if least := units/rate - 4; took < least || took > units/rate+4 {
					t.Errorf("%v units at %v a second took %v s", units, rate, took)
				}
				set := map[string]func(string, Capacity) error{"read": s.SetReadCapacity, "write": s.SetWriteCapacity}[side]
				if err := set("Source", Percent(50)); err == nil || !strings.Contains(err.Error(), "on-demand") {
					t.Errorf("a part of nothing: %v", err)
				}
				if err := set("None", Unlimited()); err == nil {
					t.Error("a table that is not in the job")
				}
				if err := set("Source", Unlimited()); err != nil {
					t.Fatal(err)
				}
				began = time.Now()
				if _, err := s.Sync(t.Context()); err != nil || time.Since(began) > time.Second {
					t.Errorf("without a limit it took %v; %v", time.Since(began), err)
				}
			})
		})
	}
}

// By default a job takes half of the provisioned capacity. It takes less while DynamoDB
// throttles it.
func TestReadsAreLimitedByDefault(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.source.EditDescription("Source", func(d *types.TableDescription) {
		d.BillingModeSummary = nil
		d.ProvisionedThroughput = &types.ProvisionedThroughputDescription{ReadCapacityUnits: aws.Int64(3000), WriteCapacityUnits: aws.Int64(5)}
	})
	s := p.syncer(t, WithTable("Source", "Destination"))
	if plan, err := s.Plan(t.Context()); err != nil || plan.Tables[0].ReadLimit != "1500 capacity units/s" {
		t.Errorf("%v, %v", plan, err)
	}
	s = p.syncer(t, WithTable("Source", "Destination", WithReadCapacity(Percent(10))))
	if plan, err := s.Plan(t.Context()); err != nil || plan.Tables[0].ReadLimit != "300 capacity units/s" {
		t.Errorf("%v, %v", plan, err)
	}
	if _, err := New(WithSource(p.from), WithTable("Source", "Destination", WithReadCapacity(Units(-1)))); err == nil || !strings.Contains(err.Error(), "WithReadCapacity") {
		t.Errorf("%v", err)
	}
}
