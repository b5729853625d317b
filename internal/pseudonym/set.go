package pseudonym

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/maphash"
	"math/bits"
	"slices"

	"github.com/dynsync/dynsync/internal/wire"
)

// maxDraws is how often a member's pseudonym is drawn before it is sought by
// counting. Only in sets that use most of what there is (all ten digits) do
// clashes go on for so long.
const maxDraws = 16

// set is the scratch space for one set. The pseudonyms of its members must
// differ and must not depend on the order in which the members came, so they
// are drawn in the order of the canonical members, and a member draws again
// where its pseudonym is taken.
type set struct {
	in      []byte      // members, as written and canonical; cleared after use
	members []wire.Span // of in, sorted
	out     []byte      // pseudonyms; text as the contents of JSON strings, binaries as bytes
	results []wire.Span // of out
	first   []byte      // where the search for a free pseudonym began
	table   []uint32    // open addressing: 1 + an index of results, 0 if free
	seed    maphash.Seed
}

// appendSet appends the pseudonym of a set. An empty set stays as it is.
func (g *Generator) appendSet(dst, path, value []byte, kind wire.Kind, o Options) ([]byte, error) {
	s := &g.set
	defer s.forget()
	if err := s.read(value, kind); err != nil {
		return dst, err
	}
	if len(s.members) == 0 {
		return append(dst, value...), nil
	}
	s.startTable(len(s.members))
	for _, m := range s.members {
		member := m.Of(s.in)
		if len(member) == 0 {
			s.take(len(s.out))
			continue
		}
		g.rand.startValue(kind, path, member)
		g.drawMember(kind, member, o)
	}
	return s.append(dst, kind), nil
}

// read sets in and members to the canonical members of the value.
func (s *set) read(value []byte, kind wire.Kind) (err error) {
	s.in, s.members = s.in[:0], s.members[:0]
	for raw := range wire.StringsOf(value).All() {
		var start int
		if s.in, start, err = appendCanonical(s.in, raw, kind); err != nil {
			return err
		}
		s.members = append(s.members, wire.Span{Start: uint32(start), End: uint32(len(s.in))})
	}
	s.sort(s.members, s.in)
	for i := 1; i < len(s.members); i++ {
		if bytes.Equal(s.members[i-1].Of(s.in), s.members[i].Of(s.in)) {
			return ErrDuplicateMember
		}
	}
	return nil
}

// appendCanonical appends the canonical form of a member, which is given as it
// stands between its quotes. It returns the index where it starts.
func appendCanonical(dst, raw []byte, kind wire.Kind) (_ []byte, start int, err error) {
	start = len(dst)
	dst = wire.AppendUnquote(dst, raw)
	if kind == wire.SS {
		return dst, start, nil
	}
	decoded := dst[start:]
	start = len(dst)
	if kind == wire.NS {
		dst, err = wire.AppendNumber(dst, decoded)
	} else {
		dst, err = base64.StdEncoding.AppendDecode(dst, decoded)
	}
	if err != nil {
		return dst, start, fmt.Errorf("pseudonym: a member of the set: %w", err)
	}
	return dst, start, nil
}

func (s *set) sort(spans []wire.Span, b []byte) {
	slices.SortFunc(spans, func(x, y wire.Span) int { return bytes.Compare(x.Of(b), y.Of(b)) })
}

// drawMember adds the pseudonym of a member: the first of the stream that is
// free, or else the next that is free of those it could have been. Where all
// are taken, a longer token is drawn.
func (g *Generator) drawMember(kind wire.Kind, member []byte, o Options) {
	s := &g.set
	d := drawing{kind: kind, member: member, length: length(len(member), o)}
	switch kind {
	case wire.SS:
		d.shape = o.Shape && hasShape(member)
	case wire.NS:
		d.number = coefficientOf(member, o)
	}
	for start := len(s.out); ; {
		for range maxDraws {
			s.out = g.draw(s.out[:start], d)
			if s.take(start) {
				return
			}
		}
		s.first = append(s.first[:0], s.out[start:]...)
		for d.next(s.out[start:]); !bytes.Equal(s.out[start:], s.first); d.next(s.out[start:]) {
			if s.take(start) {
				return
			}
		}
		// Numbers and binaries do not get here, or the set would hold more of a
		// class than there are.
		d.length++
		if d.shape {
			d.shape, d.length = false, length(len(member), o)
		}
	}
}

// A drawing says what the pseudonym of a member is drawn from.
type drawing struct {
	kind   wire.Kind
	member []byte
	length int         // of the token or binary
	shape  bool        // of member, not a token
	number coefficient // of member
}

// draw appends a pseudonym, read off the stream.
func (g *Generator) draw(dst []byte, d drawing) []byte {
	switch {
	case d.shape:
		return g.appendShape(dst, d.member)
	case d.kind == wire.SS:
		return g.appendToken(dst, d.length)
	case d.kind == wire.NS:
		n := len(dst)
		dst = append(dst, d.member...)
		g.drawDigits(dst[n:], d.number)
		return dst
	}
	return g.rand.appendBytes(dst, d.length)
}

// next changes a pseudonym to the next that draw could have appended, and the
// last to the first.
func (d *drawing) next(b []byte) {
	switch {
	case d.shape:
		nextShape(b)
	case d.kind == wire.SS:
		nextToken(b)
	case d.kind == wire.NS:
		nextNumber(b, d.number)
	default:
		nextBytes(b)
	}
}

// startTable empties the table and the results, with room for n members.
func (s *set) startTable(n int) {
	size := 1 << bits.Len(uint(2*n))
	if cap(s.table) < size {
		s.table = make([]uint32, size)
		s.seed = maphash.MakeSeed()
	}
	s.table = s.table[:size]
	clear(s.table)
	s.out, s.results = s.out[:0], s.results[:0]
}

// take adds out[start:] to the results, unless it is one already.
func (s *set) take(start int) bool {
	b := s.out[start:]
	mask := uint64(len(s.table) - 1)
	i := maphash.Bytes(s.seed, b) & mask
	for ; s.table[i] != 0; i = (i + 1) & mask {
		if bytes.Equal(s.results[s.table[i]-1].Of(s.out), b) {
			return false
		}
	}
	s.results = append(s.results, wire.Span{Start: uint32(start), End: uint32(len(s.out))})
	s.table[i] = uint32(len(s.results))
	return true
}

// append appends the set of the results. They are sorted, which leaves no trace
// of the order of the members.
func (s *set) append(dst []byte, kind wire.Kind) []byte {
	s.sort(s.results, s.out)
	w := wire.NewSet(dst, kind)
	for _, r := range s.results {
		if kind == wire.BS {
			w.Bytes(r.Of(s.out))
		} else {
			w.Raw(r.Of(s.out))
		}
	}
	return w.Finish()
}

// forget clears what the buffers hold of members.
func (s *set) forget() {
	clear(s.in)
	if cap(s.in) > maxKept || cap(s.out) > maxKept {
		*s = set{}
	}
}
