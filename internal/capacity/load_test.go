package capacity

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// A metered request, with its times since the beginning of the run.
type meteredRequest struct {
	began, counted, ended time.Duration
	units                 float64
}

// A meterLoad makes requests on a meter until a time has passed, or there were
// enough of them.
type meterLoad struct {
	meter    *Meter
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
	g, err := l.meter.Begin(t.Context(), worst)
	if err != nil {
		t.Error(err)
		return false
	}
	began := time.Since(start)
	time.Sleep(took)
	l.meter.End(g, units)
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
func (m *Meter) leftOver() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reserved != 0 || m.prepaid != 0 || len(m.waiting) > 0 {
		return fmt.Errorf("left over: %d tokens reserved, %d prepaid, %d requests waiting", m.reserved, m.prepaid, len(m.waiting))
	}
	return nil
}

// spend makes a request that costs so much and is answered at once.
func spend(t *testing.T, m *Meter, units float64) {
	t.Helper()
	g, err := m.Begin(t.Context(), units)
	if err != nil {
		t.Fatal(err)
	}
	m.End(g, units)
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
		if over := ahead + r.units - lowest - rate*saved.Seconds() - largest; over > 1e-6*max(1, rate) {
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

// pages returns a load of full pages that take 10 to 50 ms.
func pages(m *Meter, workers int, last time.Duration) *meterLoad {
	return &meterLoad{
		meter: m, workers: workers, last: last, most: math.MaxInt,
		cost:     func(*rand.Rand) (units, worst float64) { return 128, 128 },
		duration: func(rnd *rand.Rand) time.Duration { return 10*time.Millisecond + within(rnd, 40*time.Millisecond) },
	}
}
