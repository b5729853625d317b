package capacity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dynsync/dynsync/internal/testsize"
)

// TestMeterKeepsToItsRateOverAnyWindow tries made-up loads.
func TestMeterKeepsToItsRateOverAnyWindow(t *testing.T) {
	for seed := range uint64(testsize.Of(50, 300, 300)) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		rate := math.Exp(rnd.Float64() * math.Log(100_000)) // 1 to 100,000
		costs, cost := pickOne(rnd, costsOf)
		worsts, worst := pickOne(rnd, worstsOf)
		durations, duration := pickOne(rnd, durationsOf)
		pauses, pause := pickOne(rnd, pausesOf)
		workers, throttling := 1+rnd.IntN(64), rnd.IntN(4) == 0
		name := fmt.Sprintf("seed %d: %.1f units/s, %d workers, costs %s, worst %s, durations %s, pauses %s, throttling %v",
			seed, rate, workers, costs, worsts, durations, pauses, throttling)
		synctest.Test(t, func(t *testing.T) {
			l := &meterLoad{meter: NewMeter(rate), workers: workers, duration: duration, pause: pause, failing: 0.05, last: time.Minute, most: 4000}
			l.cost = func(rnd *rand.Rand) (units, most float64) {
				units = cost(rnd)
				if throttling && rnd.IntN(40) == 0 {
					l.meter.Throttled()
				}
				return units, worst(rnd, units)
			}
			l.run(t, seed)
			if err := l.checkWindows(rate); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if len(l.requests) < 2 {
				t.Errorf("%s: %d requests", name, len(l.requests))
			}
			if err := l.meter.leftOver(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestMeterReachesItsRate asks for more than the rate.
func TestMeterReachesItsRate(t *testing.T) {
	tests := []struct {
		rate    float64
		workers int
		cost    string
		worst   string
		took    time.Duration // half of it to one and a half
		reason  string
	}{
		{1, 1, "full", "full", 100 * time.Millisecond, "a page every two minutes"},
		{1, 64, "any", "full", 100 * time.Millisecond, "many readers at a low rate"},
		{25, 4, "full", "full", 200 * time.Millisecond, "a small provisioned table"},
		{100, 1, "small", "full", 5 * time.Millisecond, "one reader, small pages of unknown size"},
		{100, 16, "any", "exact", 50 * time.Millisecond, "batches of known size"},
		{200, 8, "full", "full", 300 * time.Millisecond, "slow pages, of which the bucket covers none"},
		{1500, 1, "full", "full", 60 * time.Millisecond, "the default of a cursor"},
		{1500, 8, "full", "full", 300 * time.Millisecond, "slow pages"},
		{1500, 64, "any", "full", 100 * time.Millisecond, "pages of any size"},
		{1500, 64, "extremes", "exact", 50 * time.Millisecond, "small requests between large ones"},
		{40_000, 64, "full", "full", 100 * time.Millisecond, "many readers at a high rate"},
		{100_000, 64, "full", "full", 50 * time.Millisecond, "a large table"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			l := &meterLoad{meter: NewMeter(tt.rate), workers: tt.workers, most: math.MaxInt}
			l.last = max(20*time.Second, time.Duration(5000/tt.rate*float64(time.Second)))
			l.cost = func(rnd *rand.Rand) (units, most float64) {
				units = costsOf[tt.cost](rnd)
				return units, worstsOf[tt.worst](rnd, units)
			}
			l.duration = func(rnd *rand.Rand) time.Duration { return tt.took/2 + within(rnd, tt.took) }
			l.run(t, 1)
			reached := l.consumed(0, l.last) / (tt.rate * l.last.Seconds())
			t.Logf("%v units/s, %d workers, %v: %.1f %%", tt.rate, tt.workers, tt.reason, 100*reached)
			if reached < 0.95 {
				t.Errorf("%s: %.1f %% of %v units/s", tt.reason, 100*reached, tt.rate)
			}
			if err := l.checkWindows(tt.rate); err != nil {
				t.Errorf("%s: %v", tt.reason, err)
			}
		})
	}
}

func TestMeterWaitsForWhatCostMoreThanItsWorst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pages(NewMeter(100), 8, 2*time.Minute)
		l.cost = func(*rand.Rand) (units, worst float64) { return 50, 10 }
		l.run(t, 1)
		if got, most := l.consumed(0, l.last), 100*120.0+50+8*50; got > most || got < 0.95*100*120 {
			t.Errorf("%v units in 2 minutes, at most %v are right", got, most)
		}
	})
}

func TestMeterSetRateTakesEffectWithinASecond(t *testing.T) {
	tests := []struct {
		before, after float64
		reason        string
	}{
		{1, 10_000, "up, while a debt of two minutes is waited for"},
		{500, 2000, "up"},
		{2000, 500, "down"},
		{100_000, 100, "down, with more in flight than the lower rate gives in minutes"},
		{100_000, 1, "down to nearly nothing"},
		{math.Inf(1), 300, "a limit where there was none"},
		{300, math.Inf(1), "no limit any more"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			const changed, effective = 15 * time.Second, 16 * time.Second
			m := NewMeter(tt.before)
			time.AfterFunc(changed, func() { m.SetRate(tt.after) })
			l := pages(m, 64, effective+max(time.Minute, time.Duration(1000/tt.after*float64(time.Second))))
			l.run(t, 1)
			late := &meterLoad{}
			for _, r := range l.requests {
				if r.began >= effective {
					late.requests = append(late.requests, r)
				}
			}
			length := (l.last - effective).Seconds()
			rate := min(tt.after, 64*128/0.06) // more the requests do not take
			if got := late.consumed(0, l.last); got < 0.95*rate*length-128 {
				t.Errorf("%s: %v units in %v s after it", tt.reason, got, length)
			}
			if math.IsInf(tt.after, 1) {
				return
			}
			if err := late.checkWindows(tt.after); err != nil {
				t.Errorf("%s: %v", tt.reason, err)
			}
		})
	}
}

func TestMeterSetRateBackAndForth(t *testing.T) {
	rates := []float64{50, 5000, math.Inf(1), 0.5, 100_000, 1500}
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(rates[0])
		stop := make(chan struct{})
		var changing sync.WaitGroup
		changing.Go(func() {
			rnd := rand.New(rand.NewPCG(1, 1))
			for {
				select {
				case <-stop:
					return
				case <-time.After(within(rnd, 500*time.Millisecond)):
					m.SetRate(rates[rnd.IntN(len(rates))])
				}
			}
		})
		l := pages(m, 32, time.Minute)
		l.run(t, 1)
		close(stop)
		changing.Wait()
		if err := m.leftOver(); err != nil {
			t.Error(err)
		}
	})
}

func TestMeterThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, length = 2000, 3 * time.Minute
		m := NewMeter(rate)
		time.AfterFunc(20*time.Second, func() {
			for range 64 { // of one round: one cut
				m.Throttled()
			}
		})
		l := pages(m, 64, length)
		l.run(t, 1)
		for from, want := range map[time.Duration]float64{
			15 * time.Second: rate,
			20 * time.Second: rate * (0.5 + 2.5/20), // on average, while it grows from 1/2
			25 * time.Second: rate * (0.5 + 7.5/20),
			30 * time.Second: rate,
		} {
			if got := l.consumed(from, from+5*time.Second) / 5; math.Abs(got/want-1) > 0.06 {
				t.Errorf("from %v on: %.0f units/s, not %.0f", from, got, want)
			}
		}
		if err := l.checkWindows(rate); err != nil {
			t.Error(err)
		}
	})
}

func TestMeterThrottledForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate = 2000
		m := NewMeter(rate)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go func() {
			for ctx.Err() == nil {
				m.Throttled()
				time.Sleep(100 * time.Millisecond)
			}
		}()
		l := pages(m, 64, 3*time.Minute)
		l.run(t, 1)
		if got := l.consumed(10*time.Second, time.Minute) / 50; got < 0.95*rate*slowest || got > 2*rate*slowest {
			t.Errorf("%.1f units/s while it throttles", got)
		}
		if got := l.consumed(2*time.Minute+time.Second, 3*time.Minute) / 59; got < 0.95*rate {
			t.Errorf("%.0f units/s a minute after it throttled", got)
		}
	})
}

func TestMeterSetRateAfterThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(1000)
		m.Throttled()
		for _, tt := range []struct {
			rate, effective float64
			reason          string
		}{
			{1000, 500, "the same rate: nothing changes"},
			{4000, 500, "what was too much is not tried again at once"},
			{100, 100, "the lower one holds"},
			{math.Inf(1), math.Inf(1), "the user knows better"},
			{1000, 1000, "throttling was before"},
		} {
			m.SetRate(tt.rate)
			if m.rate != tt.effective {
				t.Errorf("%s: %v units/s at a rate of %v", tt.reason, m.rate, tt.rate)
			}
		}
	})
}

// A request that waits for long goes by the rate as it grows back.
func TestMeterRecoversForWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(1)
		spend(t, m, 128)
		m.Throttled()
		start := time.Now()
		spend(t, m, 1)
		// 7.5 units in the 10 seconds from 1/2 to 1, and the rest at 1; not 255 s.
		if took := time.Since(start); took < 129*time.Second || took > 131*time.Second {
			t.Errorf("a debt of 127.5 units was waited for %v", took)
		}
	})
}

// TestMeterIsFirstComeFirstServed has requests of very different cost wait.
func TestMeterIsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(300)
		var began [50]time.Time
		var all sync.WaitGroup
		for i := range began {
			worst := []float64{128, 0.5, 20}[i%3]
			all.Go(func() {
				g, err := m.Begin(t.Context(), worst)
				if err != nil {
					t.Error(err)
				}
				began[i] = time.Now()
				time.Sleep(time.Duration(i%7) * 10 * time.Millisecond)
				m.End(g, worst)
			})
			synctest.Wait()
		}
		all.Wait()
		if !slices.IsSortedFunc(began[:], time.Time.Compare) {
			t.Errorf("requests that came one by one began at %v", began)
		}
		if took := began[49].Sub(began[0]); took < 5*time.Second {
			t.Errorf("nobody waited: %v", took)
		}
	})
}

// A request that comes between the end of the debt and the turn of the one that
// waits does not go first.
func TestMeterNobodyOvertakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(100)
		spend(t, m, 128) // of which the bucket held 50
		var first, second time.Time
		var all sync.WaitGroup
		all.Go(func() {
			spend(t, m, 1)
			first = time.Now()
		})
		all.Go(func() {
			time.Sleep(780 * time.Millisecond)
			spend(t, m, 1)
			second = time.Now()
		})
		all.Wait()
		if !first.Before(second) {
			t.Errorf("the second to come began at %v, the first at %v", second, first)
		}
	})
}

func TestMeterIdleSavesNothingUp(t *testing.T) {
	for _, rate := range []float64{1, 300, 50_000} {
		synctest.Test(t, func(t *testing.T) {
			m := NewMeter(rate)
			time.Sleep(time.Hour)
			l := pages(m, 64, 5*time.Second)
			l.run(t, 1)
			if got, most := l.consumed(0, time.Second), rate*1.5+128; got > most {
				t.Errorf("%v units in the first second, at %v units/s", got, rate)
			}
			if err := l.checkWindows(rate); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMeterBeginEndsWithItsContext(t *testing.T) {
	cause := errors.New("enough")
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(1)
		spend(t, m, 128)
		ctx, cancel := context.WithCancelCause(t.Context())
		var ended, begun sync.WaitGroup
		start := time.Now()
		for i := range 20 {
			ctx, all := ctx, &ended
			if i%4 == 3 {
				ctx, all = t.Context(), &begun
			}
			all.Go(func() {
				g, err := m.Begin(ctx, 1)
				if err == nil {
					m.End(g, 0)
				}
				if want := i%4 == 3; (err == nil) != want || !want && !errors.Is(err, cause) {
					t.Errorf("request %d: %v", i, err)
				}
			})
			synctest.Wait()
		}
		time.Sleep(10 * time.Second)
		cancel(cause)
		ended.Wait()
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("requests waited for %v", took)
		}
		begun.Wait()
		if took := time.Since(start); took < 127*time.Second || took > 129*time.Second {
			t.Errorf("the others began after %v", took)
		}
		if err := m.leftOver(); err != nil {
			t.Error(err)
		}
		for _, m := range []*Meter{NewMeter(1), NewMeter(math.Inf(1))} {
			if _, err := m.Begin(ctx, 1); !errors.Is(err, cause) {
				t.Errorf("after the end: %v", err)
			}
		}
	})
}

// Requests whose turn comes as their context ends either begin or do not, and do
// not hold up the others.
func TestMeterTurnComesAsContextEnds(t *testing.T) {
	for i := range 100 {
		synctest.Test(t, func(t *testing.T) {
			m := NewMeter(100)
			spend(t, m, 128) // of which the bucket held 50
			ctx, cancel := context.WithTimeout(t.Context(), 780*time.Millisecond+time.Duration(i%3))
			defer cancel()
			var all sync.WaitGroup
			for i := range 8 {
				all.Go(func() {
					ctx := ctx
					if i == 7 {
						ctx = t.Context()
					}
					g, err := m.Begin(ctx, 128)
					if err == nil {
						m.End(g, 0)
					} else if i == 7 {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if err := m.leftOver(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A request that leaves after its turn had come makes room for the next.
func TestMeterTurnNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(100)
		spend(t, m, 128)
		g := Grant{worst: tokensOf(128), metered: true}
		first, second := m.enter(g), m.enter(g)
		<-first.come
		m.leave(first)
		<-second.come
		m.End(g, 0)
		if err := m.leftOver(); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkMeter has requests of half a unit begin and end, with a limit that they
// do not reach, and without one.
func BenchmarkMeter(b *testing.B) {
	for _, rate := range []float64{math.Inf(1), 1e12} {
		name := "limit=none"
		if rate < math.Inf(1) {
			name = "limit=high"
		}
		b.Run(name, func(b *testing.B) {
			m := NewMeter(rate)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					g, err := m.Begin(b.Context(), 0.5)
					if err != nil {
						b.Error(err)
					}
					m.End(g, 0.5)
				}
			})
		})
	}
}
