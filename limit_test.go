package dynsync

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestCapacity(t *testing.T) {
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

func TestCapacityOfRequests(t *testing.T) {
	tests := []struct {
		got, want float64
		reason    string
	}{
		{readUnits(4096, true), 1, "a full unit"},
		{readUnits(4097, true), 2, "rounded up"},
		{readUnits(4097, false), 1, "half of that"},
		{readUnits(1, false), 0.5, "the least"},
		{readUnits(0, false), 0.5, "a page without items"},
		{readUnits(1<<20, true), 256, "1 MB"},
		{readUnits(1<<20+1042, false), 128.5, "what DynamoDB says of pages of small items"},
		{readUnits(1<<20-1+400<<10, false), worstPage, "an item of 400 KB that begins in front of 1 MB"},
		{readUnits(1<<20-1+400<<10, true), 2 * worstPage, "the same, consistently"},
		{writeUnits(1024), 1, "a full unit"},
		{writeUnits(1025), 2, "rounded up"},
		{writeUnits(400 << 10), 400, "the largest item"},
		{writeUnits(0), 1, "the least"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %v units, not %v", tt.reason, tt.got, tt.want)
		}
	}
}

// A metered request, with its times since the beginning of the run.
type meteredRequest struct {
	began, counted, ended time.Duration
	units                 float64
}

// A meterLoad makes requests on a meter until a time has passed, or there were
// enough of them.
type meterLoad struct {
	meter    *meter
	workers  int
	cost     func(*rand.Rand) (units, worst float64)
	duration func(*rand.Rand) time.Duration
	pause    func(*rand.Rand) time.Duration // nil for none
	failing  float64                        // the part that fails
	last     time.Duration
	most     int

	mu       sync.Mutex
	requests []meteredRequest
}

func (l *meterLoad) run(t *testing.T, seed uint64) {
	start := time.Now()
	var all sync.WaitGroup
	for w := range l.workers {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(w)))
			for time.Since(start) < l.last && l.request(t, rnd, start) {
				if l.pause != nil {
					time.Sleep(l.pause(rnd))
				}
			}
		})
	}
	all.Wait()
}

func (l *meterLoad) request(t *testing.T, rnd *rand.Rand, start time.Time) bool {
	units, worst := l.cost(rnd)
	took := l.duration(rnd)
	if rnd.Float64() < l.failing {
		units = 0
	}
	g, err := l.meter.begin(t.Context(), worst)
	if err != nil {
		t.Error(err)
		return false
	}
	began := time.Since(start)
	time.Sleep(took)
	l.meter.end(g, units)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, meteredRequest{
		began:   began,
		counted: began + time.Duration(rnd.Float64()*float64(took)),
		ended:   began + took,
		units:   units,
	})
	return len(l.requests) < l.most
}

// leftOver returns what a meter still keeps of requests after their end.
func (m *meter) leftOver() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reserved != 0 || m.prepaid != 0 || len(m.waiting) > 0 {
		return fmt.Errorf("left over: %d tokens reserved, %d prepaid, %d requests waiting", m.reserved, m.prepaid, len(m.waiting))
	}
	return nil
}

// spend makes a request that costs so much and is answered at once.
func spend(t *testing.T, m *meter, units float64) {
	t.Helper()
	g, err := m.begin(t.Context(), units)
	if err != nil {
		t.Fatal(err)
	}
	m.end(g, units)
}

// consumed returns what the requests cost that were answered in [from, to).
func (l *meterLoad) consumed(from, to time.Duration) (units float64) {
	for _, r := range l.requests {
		if r.ended >= from && r.ended < to {
			units += r.units
		}
	}
	return units
}

// checkWindows returns what is wrong with the consumption over windows of 10
// seconds, and of any other length, wherever requests are counted: when they are
// answered, when they begin, or in between.
func (l *meterLoad) checkWindows(rate float64) error {
	moments := map[string]func(meteredRequest) time.Duration{
		"ended":   func(r meteredRequest) time.Duration { return r.ended },
		"began":   func(r meteredRequest) time.Duration { return r.began },
		"counted": func(r meteredRequest) time.Duration { return r.counted },
	}
	for name, moment := range moments {
		rs := slices.SortedFunc(slices.Values(l.requests), func(a, b meteredRequest) int { return int(moment(a) - moment(b)) })
		if err := checkTenSeconds(rs, moment, rate); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := checkAnyWindow(rs, moment, rate); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// checkTenSeconds looks at every window that begins with a request.
func checkTenSeconds(rs []meteredRequest, moment func(meteredRequest) time.Duration, rate float64) error {
	const window = 10 * time.Second
	sum, next := 0.0, 0
	for i, first := range rs {
		for next < len(rs) && moment(rs[next]) <= moment(first)+window {
			sum += rs[next].units
			next++
		}
		bound := rate*window.Seconds()*1.05 + 1e-6
		if sum > bound {
			largest := slices.MaxFunc(rs[i:next], func(a, b meteredRequest) int { return int(2 * (a.units - b.units)) })
			if sum > bound+largest.units {
				return fmt.Errorf("%v units in the 10 s from %v on, at %v units/s, the largest request %v", sum, moment(first), rate, largest.units)
			}
		}
		sum -= first.units
	}
	return nil
}

// checkAnyWindow allows for half a second of the rate and the largest request over
// windows of every length.
func checkAnyWindow(rs []meteredRequest, moment func(meteredRequest) time.Duration, rate float64) error {
	var consumed, lowest, largest float64
	for _, r := range rs {
		largest = max(largest, r.units)
	}
	for _, r := range rs {
		ahead := consumed - rate*moment(r).Seconds() // of the rate, before the request
		lowest = min(lowest, ahead)
		if over := ahead + r.units - lowest - rate*meterBurst.Seconds() - largest; over > 1e-6*max(1, rate) {
			return fmt.Errorf("%v units too many until %v, at %v units/s, the largest request %v", over, moment(r), rate, largest)
		}
		consumed += r.units
	}
	return nil
}

func halfUnits(rnd *rand.Rand, most float64) float64 { return 0.5 * float64(1+rnd.IntN(int(2*most))) }

func within(rnd *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(rnd.Int64N(int64(d)))
}

// costsOf are ways in which requests cost 0.5 to 128 units.
var costsOf = map[string]func(*rand.Rand) float64{
	"any":      func(rnd *rand.Rand) float64 { return halfUnits(rnd, 128) },
	"small":    func(rnd *rand.Rand) float64 { return halfUnits(rnd, 2) },
	"full":     func(*rand.Rand) float64 { return 128 },
	"extremes": func(rnd *rand.Rand) float64 { return []float64{0.5, 128}[rnd.IntN(2)] },
	"in turns": func(rnd *rand.Rand) float64 {
		if time.Now().Second()/7%2 == 0 {
			return 0.5
		}
		return 128
	},
}

// worstsOf are ways to know what a request costs at most.
var worstsOf = map[string]func(*rand.Rand, float64) float64{
	"full":  func(*rand.Rand, float64) float64 { return 128 },
	"exact": func(_ *rand.Rand, units float64) float64 { return units },
	"guess": func(rnd *rand.Rand, units float64) float64 { return units * (1 + 3*rnd.Float64()) },
}

var durationsOf = map[string]func(*rand.Rand) time.Duration{
	"short": func(rnd *rand.Rand) time.Duration { return within(rnd, 20*time.Millisecond) },
	"none":  func(*rand.Rand) time.Duration { return 0 },
	"long":  func(rnd *rand.Rand) time.Duration { return time.Duration(rnd.ExpFloat64() * float64(time.Second)) },
	"mixed": func(rnd *rand.Rand) time.Duration {
		return []time.Duration{time.Microsecond, 5 * time.Millisecond, 300 * time.Millisecond, 11 * time.Second}[rnd.IntN(4)]
	},
	"together": func(*rand.Rand) time.Duration { // all that are under way are answered at the same time
		const every = 1300 * time.Millisecond
		return every - time.Duration(time.Now().UnixNano())%every
	},
}

var pausesOf = map[string]func(*rand.Rand) time.Duration{
	"none": nil,
	"some": func(rnd *rand.Rand) time.Duration {
		if rnd.IntN(50) > 0 {
			return 0
		}
		return within(rnd, 8*time.Second)
	},
}

// pickOne returns one of the map's entries.
func pickOne[V any](rnd *rand.Rand, m map[string]V) (string, V) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	name := names[rnd.IntN(len(names))]
	return name, m[name]
}

// TestMeterKeepsToItsRateOverAnyWindow tries made-up loads.
func TestMeterKeepsToItsRateOverAnyWindow(t *testing.T) {
	seeds := 300
	if testing.Short() {
		seeds = 50
	}
	for seed := range uint64(seeds) {
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
			l := &meterLoad{meter: newMeter(rate), workers: workers, duration: duration, pause: pause, failing: 0.05, last: time.Minute, most: 4000}
			l.cost = func(rnd *rand.Rand) (units, most float64) {
				units = cost(rnd)
				if throttling && rnd.IntN(40) == 0 {
					l.meter.throttled()
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
			l := &meterLoad{meter: newMeter(tt.rate), workers: tt.workers, most: math.MaxInt}
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

// pages returns a load of full pages that take 10 to 50 ms.
func pages(m *meter, workers int, last time.Duration) *meterLoad {
	return &meterLoad{
		meter: m, workers: workers, last: last, most: math.MaxInt,
		cost:     func(*rand.Rand) (units, worst float64) { return 128, 128 },
		duration: func(rnd *rand.Rand) time.Duration { return 10*time.Millisecond + within(rnd, 40*time.Millisecond) },
	}
}

func TestMeterWaitsForWhatCostMoreThanItsWorst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pages(newMeter(100), 8, 2*time.Minute)
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
			m := newMeter(tt.before)
			time.AfterFunc(changed, func() { m.setRate(tt.after) })
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
		m := newMeter(rates[0])
		stop := make(chan struct{})
		var changing sync.WaitGroup
		changing.Go(func() {
			rnd := rand.New(rand.NewPCG(1, 1))
			for {
				select {
				case <-stop:
					return
				case <-time.After(within(rnd, 500*time.Millisecond)):
					m.setRate(rates[rnd.IntN(len(rates))])
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
		m := newMeter(rate)
		time.AfterFunc(20*time.Second, func() {
			for range 64 { // of one round: one cut
				m.throttled()
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
		m := newMeter(rate)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go func() {
			for ctx.Err() == nil {
				m.throttled()
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
		m := newMeter(1000)
		m.throttled()
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
			m.setRate(tt.rate)
			if m.rate != tt.effective {
				t.Errorf("%s: %v units/s at a rate of %v", tt.reason, m.rate, tt.rate)
			}
		}
	})
}

// A request that waits for long goes by the rate as it grows back.
func TestMeterRecoversForWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(1)
		spend(t, m, 128)
		m.throttled()
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
		m := newMeter(300)
		var began [50]time.Time
		var all sync.WaitGroup
		for i := range began {
			worst := []float64{128, 0.5, 20}[i%3]
			all.Go(func() {
				g, err := m.begin(t.Context(), worst)
				if err != nil {
					t.Error(err)
				}
				began[i] = time.Now()
				time.Sleep(time.Duration(i%7) * 10 * time.Millisecond)
				m.end(g, worst)
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
		m := newMeter(100)
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
			m := newMeter(rate)
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
		m := newMeter(1)
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
				g, err := m.begin(ctx, 1)
				if err == nil {
					m.end(g, 0)
				}
				if want := i%4 == 3; (err == nil) != want || !want && (!errors.Is(err, context.Canceled) || !errors.Is(err, cause)) {
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
		for _, m := range []*meter{newMeter(1), newMeter(math.Inf(1))} {
			if _, err := m.begin(ctx, 1); !errors.Is(err, cause) {
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
			m := newMeter(100)
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
					g, err := m.begin(ctx, 128)
					if err == nil {
						m.end(g, 0)
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
		m := newMeter(100)
		spend(t, m, 128)
		g := grant{worst: tokensOf(128), metered: true}
		first, second := m.enter(g), m.enter(g)
		<-first.come
		m.leave(first)
		<-second.come
		m.end(g, 0)
		if err := m.leftOver(); err != nil {
			t.Error(err)
		}
	})
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

// BenchmarkMeter has requests of half a unit begin and end, with a limit that they
// do not reach, and without one.
func BenchmarkMeter(b *testing.B) {
	for _, rate := range []float64{math.Inf(1), 1e12} {
		name := "limit=none"
		if rate < math.Inf(1) {
			name = "limit=high"
		}
		b.Run(name, func(b *testing.B) {
			m := newMeter(rate)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					g, err := m.begin(b.Context(), 0.5)
					if err != nil {
						b.Error(err)
					}
					m.end(g, 0.5)
				}
			})
		})
	}
}
