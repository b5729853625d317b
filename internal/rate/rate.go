// Package rate knows how fast a table is copied, and how long the rest takes. What counts
// is the slower of reading and writing. An item is settled when it needs no more work, so
// that settling is never faster than reading for long, and never than writing.
package rate

import (
	"slices"
	"time"
)

const (
	// window is how long a time the rates are means of.
	window = 5 * time.Second
	// longWindow is how long a time the estimate of the rest looks back, once all is
	// read: longer than batches take that DynamoDB throttles.
	longWindow = time.Minute
)

// A Sample is how far a table is at a moment.
type Sample struct {
	At                    time.Time
	Read, Settled         int64 // items, by this run; settled are those that need no more work
	Resumed               int64 // items that earlier runs settled
	Bytes                 int64 // read
	ReadUnits, WriteUnits float64
	AllRead               bool    // the reading has ended
	ReadFraction          float64 // how much of what there is to read has been read; 0 if it is not known
}

// Rates are how much is done in a second.
type Rates struct{ Items, Bytes, ReadUnits, WriteUnits float64 }

// A Meter computes rates and estimates from samples. The zero Meter has none.
type Meter struct {
	recent []Sample // of the long window
	first  *Sample
}

// Add takes the next sample and returns the rates.
func (m *Meter) Add(s Sample) Rates {
	if m.first == nil {
		m.first = &s
	}
	m.recent = append(m.recent, s)
	for s.At.Sub(m.recent[0].At) > longWindow {
		m.recent = m.recent[1:]
	}
	then := m.before(window)
	seconds := s.At.Sub(then.At).Seconds()
	if seconds <= 0 {
		return Rates{}
	}
	return Rates{
		Items:      float64(s.Settled-then.Settled) / seconds,
		Bytes:      float64(s.Bytes-then.Bytes) / seconds,
		ReadUnits:  (s.ReadUnits - then.ReadUnits) / seconds,
		WriteUnits: (s.WriteUnits - then.WriteUnits) / seconds,
	}
}

// before returns the first of the samples that are no older than d.
func (m *Meter) before(d time.Duration) Sample {
	now := m.recent[len(m.recent)-1].At
	i := slices.IndexFunc(m.recent, func(s Sample) bool { return now.Sub(s.At) <= d })
	return m.recent[i]
}

// Fraction returns how much of a table is done at a sample, from 0 to 1, or 0 if that is
// not known.
func (s Sample) Fraction() float64 {
	read := s.ReadFraction
	if s.AllRead {
		read = 1
	}
	if all := s.Read + s.Resumed; all > 0 {
		return read * float64(s.Settled+s.Resumed) / float64(all)
	}
	return read
}

// Remaining estimates the time left at the sample that was added last, or returns 0 if
// that is not known: while there is something to read, in proportion to the time since
// the first sample; afterwards by the mean rate of the last minute.
func (m *Meter) Remaining() time.Duration {
	if len(m.recent) == 0 {
		return 0
	}
	s := m.recent[len(m.recent)-1]
	var left float64 // seconds
	switch done := s.Fraction(); {
	case s.AllRead && s.Settled > m.recent[0].Settled:
		left = s.At.Sub(m.recent[0].At).Seconds() * float64(s.Read-s.Settled) / float64(s.Settled-m.recent[0].Settled)
	case !s.AllRead && done < 1 && done > m.first.Fraction():
		left = s.At.Sub(m.first.At).Seconds() * (1 - done) / (done - m.first.Fraction())
	}
	return time.Duration(left * float64(time.Second)).Round(time.Second)
}
