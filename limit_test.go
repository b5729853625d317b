package dynsync

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"
)

// A spending is a request that was answered then, and what it cost.
type spending struct {
	at    time.Time
	units float64
}

// drain lets goroutines send requests of that cost through a meter for a time.
func drain(ctx context.Context, m *meter, goroutines int, cost func() float64, took func() time.Duration, worst float64) []spending {
	var mu sync.Mutex
	var spent []spending
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for {
				g, err := m.begin(ctx, worst)
				if err != nil {
					return
				}
				time.Sleep(took())
				units := cost()
				m.end(g, units)
				mu.Lock()
				spent = append(spent, spending{time.Now(), units})
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return spent
}

// exceeds returns by how much the consumption of some 10 seconds exceeds the
// limit, 5 % and one request.
func exceeds(spent []spending, limit float64) float64 {
	var most, sum, largest float64
	first := 0
	for i, s := range spent {
		sum += s.units
		for s.at.Sub(spent[first].at) > 10*time.Second {
			sum -= spent[first].units
			first++
		}
		largest = 0
		for _, s := range spent[first : i+1] {
			largest = max(largest, s.units)
		}
		most = max(most, sum-(10*limit*1.05+largest))
	}
	return most
}

// TestMeterKeepsToItsLimit: whatever the limit, the costs, the latencies and the
// goroutines, no 10 seconds see more than the limit, 5 % and one request; and where
// the demand is there, 95 % of it are used.
func TestMeterKeepsToItsLimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.SampledFrom([]float64{0.5, 1, 5, 40, 150, 1500, 10_000}).Draw(rt, "limit")
		goroutines := rapid.SampledFrom([]int{1, 2, 7, 64}).Draw(rt, "goroutines")
		dear := rapid.Float64Range(0, 1).Draw(rt, "share of dear pages")
		seed := rapid.Uint64().Draw(rt, "seed")
		latency := time.Duration(rapid.IntRange(1, 60).Draw(rt, "ms")) * time.Millisecond
		var spent []spending
		var took time.Duration
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			cost := func() float64 {
				mu.Lock()
				defer mu.Unlock()
				if rnd.Float64() < dear {
					return 128
				}
				return float64(1+rnd.IntN(20)) / 2
			}
			sleep := func() time.Duration {
				mu.Lock()
				defer mu.Unlock()
				return time.Duration(rnd.Int64N(int64(2 * latency)))
			}
			took = max(20*time.Second, time.Duration(1280/limit*float64(time.Second))) // ten dear pages at least
			took = min(took, time.Duration(100_000/limit*float64(time.Second)))        // and not too many requests
			ctx, cancel := context.WithTimeout(t.Context(), took)
			defer cancel()
			spent = drain(ctx, newMeter(limit), goroutines, cost, sleep, worstPage)
		})
		if over := exceeds(spent, limit); over > 1e-6 {
			rt.Errorf("%v units too many in 10 seconds", over)
		}
		var sum float64
		for _, s := range spent {
			sum += s.units
		}
		// What one goroutine, or so many, could take at all.
		perRequest := dear*128 + (1-dear)*5.25
		atATime := max(1, min(goroutines, int(limit*burstTime.Seconds()/worstPage)))
		demand := float64(atATime) * perRequest / latency.Seconds()
		if want := 0.95*limit*took.Seconds() - 2*128; demand > 3*limit && sum < want {
			rt.Errorf("%v units in %v, want %v", sum, took, want)
		}
	})
}

// A new limit holds within a second, for those who wait too.
func TestMeterTakesANewLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(1)
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		began := time.Now()
		go func() {
			time.Sleep(30 * time.Second)
			m.setRate(1000)
			time.Sleep(30 * time.Second)
			m.setRate(1)
		}()
		spent := drain(ctx, m, 8, func() float64 { return 10 }, func() time.Duration { return 10 * time.Millisecond }, 10)
		var parts [3]float64
		for _, s := range spent {
			switch at := s.at.Sub(began); {
			case at < 30*time.Second:
				parts[0] += s.units
			case at > 31*time.Second && at < 60*time.Second:
				parts[1] += s.units
			case at > 61*time.Second:
				parts[2] += s.units
			}
		}
		if parts[0] > 45 || parts[1] < 0.95*29_000 || parts[1] > 1.05*29_000+10 || parts[2] > 45 {
			t.Errorf("%v units at 1, 1,000 and 1 a second, in half a minute each", parts)
		}
	})
}

func TestMeterGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(1000)
		time.Sleep(2 * time.Second)
		m.throttled()
		m.throttled() // of the same time
		if m.rate != 500 {
			t.Errorf("after throttling %v", m.rate)
		}
		for range 10 {
			time.Sleep(time.Second)
			m.throttled()
		}
		if m.rate != 1000/16.0 {
			t.Errorf("after much throttling %v", m.rate)
		}
		for range 25 {
			time.Sleep(time.Second)
			g, err := m.begin(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			m.end(g, 1)
		}
		if m.rate != 1000 {
			t.Errorf("after a while %v", m.rate)
		}
	})
}

func TestMeterEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(1)
		g, _ := m.begin(t.Context(), 1)
		m.end(g, 1000)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		began := time.Now()
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := m.begin(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > 51*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

func TestCapacity(t *testing.T) {
	for _, c := range []Capacity{Units(0), Units(-1), Units(math.NaN()), Units(math.Inf(1)), Percent(0), Percent(100.5), Percent(math.NaN())} {
		if c.check() == nil {
			t.Errorf("%v is taken", c)
		}
	}
	tests := []struct {
		c           Capacity
		provisioned int64
		rate        float64
		text        string
	}{
		{Units(1500), 0, 1500, "1500 units/s"},
		{Percent(50), 3000, 1500, "50 % of the provisioned units"},
		{Unlimited(), 5, math.Inf(1), "unlimited"},
	}
	for _, tt := range tests {
		if rate, err := tt.c.perSecond(tt.provisioned); rate != tt.rate || err != nil || tt.c.check() != nil || tt.c.String() != tt.text {
			t.Errorf("%v: %v, %v", tt.c, rate, err)
		}
	}
	if _, err := Percent(50).perSecond(0); err == nil || !strings.Contains(err.Error(), "on demand") {
		t.Errorf("a part of nothing: %v", err)
	}
}

// A job keeps to its limits, and to new ones while it runs.
func TestJobsKeepToTheirLimits(t *testing.T) {
	for _, side := range []string{"read", "write"} {
		t.Run(side, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				items := map[string]map[string]any{}
				for i := range 60 {
					id := string(rune('a'+i%26)) + string(rune('a'+i/26))
					items[id] = map[string]any{"Id": id, "x": strings.Repeat("x", 7000)}
				}
				w.fill(t, w.source, "Source", items)
				limit := map[string]TableOption{"read": WithReadLimit(Units(6)), "write": WithWriteLimit(Units(40))}[side]
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
				set := map[string]func(string, Capacity) error{"read": s.SetReadLimit, "write": s.SetWriteLimit}[side]
				if err := set("Source", Percent(50)); err == nil || !strings.Contains(err.Error(), "on demand") {
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

// By default a job takes half of what is provisioned, and less when it is
// throttled.
func TestReadsAreLimitedByDefault(t *testing.T) {
	p := newPair(t)
	p.source.EditDescription("Source", func(d *types.TableDescription) {
		d.BillingModeSummary = nil
		d.ProvisionedThroughput = &types.ProvisionedThroughputDescription{ReadCapacityUnits: aws.Int64(3000), WriteCapacityUnits: aws.Int64(5)}
	})
	s := p.syncer(t, WithTable("Source", "Destination"))
	if plan, err := s.ReadPlan(t.Context(), "Source"); err != nil || plan.Limit != "1500 capacity units/s" {
		t.Errorf("%v, %v", plan, err)
	}
	s = p.syncer(t, WithTable("Source", "Destination", WithReadLimit(Percent(10))))
	if plan, err := s.ReadPlan(t.Context(), "Source"); err != nil || plan.Limit != "300 capacity units/s" {
		t.Errorf("%v, %v", plan, err)
	}
	if _, err := New(WithSource(p.from), WithTable("Source", "Destination", WithReadLimit(Units(-1)))); err == nil || !strings.Contains(err.Error(), "WithReadLimit") {
		t.Errorf("%v", err)
	}
}

func BenchmarkMeter(b *testing.B) {
	for name, limit := range map[string]float64{"unlimited": math.Inf(1), "limited": 1e12} {
		b.Run(name, func(b *testing.B) {
			m := newMeter(limit)
			for b.Loop() {
				g, _ := m.begin(context.Background(), 1)
				m.end(g, 1)
			}
		})
	}
}
