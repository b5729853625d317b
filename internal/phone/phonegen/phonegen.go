// Package phonegen makes the tables of packages phone and phonedata of the metadata of
// libphonenumber. Only their generators, which are tests, import it.
package phonegen

import (
	"encoding/binary"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/personal/phonedata"
	"github.com/nyaruka/phonenumbers"
)

// Library is the Go port of libphonenumber that has the metadata.
const Library = "github.com/nyaruka/phonenumbers"

// A Pattern is the digits that two expressions match, in some lengths.
type Pattern struct {
	all, kind *syntax.Prog
	lengths   uint32 // bit n for n digits
}

// NewPattern returns the digits that an expression matches.
func NewPattern(expression string) (Pattern, error) {
	prog, err := compile(expression)
	return Pattern{prog, prog, 1<<32 - 1}, err
}

// Valid returns the patterns of the types by which libphonenumber knows the valid numbers of
// a region.
func Valid(m *phonenumbers.PhoneMetadata) (patterns []Pattern, err error) {
	all, err := compile(m.GetGeneralDesc().GetNationalNumberPattern())
	for _, d := range []*phonenumbers.PhoneNumberDesc{m.FixedLine, m.Mobile, m.TollFree, m.PremiumRate, m.SharedCost, m.PersonalNumber, m.Voip, m.Pager, m.Uan, m.Voicemail} {
		if err != nil || d.GetNationalNumberPattern() == "" {
			continue
		}
		p := Pattern{all: all, lengths: Lengths(d.GetPossibleLength())}
		if p.lengths == 0 {
			p.lengths = Lengths(m.GetGeneralDesc().GetPossibleLength())
		}
		p.kind, err = compile(d.GetNationalNumberPattern())
		patterns = append(patterns, p)
	}
	return patterns, err
}

// Lengths returns a set of lengths: bit n is set for n digits.
func Lengths(list []int32) (bits uint32) {
	for _, n := range list {
		if n > 0 {
			bits |= 1 << n
		}
	}
	return bits
}

func compile(expression string) (*syntax.Prog, error) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return syntax.Compile(re.Simplify())
}

// A target is where an edge leads.
type target struct {
	next  uint32 // a state, 0 for one without edges
	valid bool
}

// A state is where its edges lead, by digit.
type state [10]target

// A Builder makes a minimal automaton of several sets of digits: states from which the same
// digits lead to members are one.
type Builder struct {
	Edges  phonedata.Automaton
	states map[state]uint32
	prefix bool // what begins with a member is one
}

// NewBuilder returns a builder of an automaton without members.
func NewBuilder() *Builder {
	return &Builder{Edges: phonedata.Automaton{phonedata.LastBit}, states: map[state]uint32{}}
}

// A position is how far digits have come in a pattern.
type position struct {
	pattern   *Pattern
	all, kind []uint32 // instructions
}

// Add adds the digits of patterns and returns the state in which they begin.
func (b *Builder) Add(patterns ...Pattern) uint32 { return b.add(patterns, false) }

// AddPrefixes adds what begins with the digits of patterns.
func (b *Builder) AddPrefixes(patterns ...Pattern) uint32 { return b.add(patterns, true) }

func (b *Builder) add(patterns []Pattern, prefix bool) uint32 {
	b.prefix = prefix
	var at []position
	for i := range patterns {
		p := &patterns[i]
		at = append(at, position{p, threads(p.all, uint32(p.all.Start)), threads(p.kind, uint32(p.kind.Start))})
	}
	return b.walk(map[string]target{}, at, 0).next
}

// walk returns the target that positions are behind n digits.
func (b *Builder) walk(known map[string]target, at []position, n int) target {
	key := keyOf(at, n)
	if out, ok := known[key]; ok {
		return out
	}
	var s state
	ends := slices.ContainsFunc(at, func(p position) bool { return p.ends(n) })
	if ends && b.prefix {
		return target{valid: true}
	}
	for digit := range s {
		if next := advance(at, n, '0'+rune(digit)); len(next) > 0 {
			s[digit] = b.walk(known, next, n+1)
		}
	}
	out := target{b.stateOf(s), ends}
	known[key] = out
	return out
}

// advance returns the positions behind another digit.
func advance(at []position, n int, digit rune) (next []position) {
	for _, p := range at {
		all, kind := step(p.pattern.all, p.all, digit), step(p.pattern.kind, p.kind, digit)
		if len(all) > 0 && len(kind) > 0 && p.pattern.lengths>>(n+1) != 0 {
			next = append(next, position{p.pattern, all, kind})
		}
	}
	return next
}

// ends reports whether n digits are a number.
func (p position) ends(n int) bool {
	return p.pattern.lengths>>n&1 == 1 && matches(p.pattern.all, p.all) && matches(p.pattern.kind, p.kind)
}

func matches(prog *syntax.Prog, at []uint32) bool {
	return slices.ContainsFunc(at, func(pc uint32) bool { return prog.Inst[pc].Op == syntax.InstMatch })
}

func step(prog *syntax.Prog, at []uint32, digit rune) []uint32 {
	var next []uint32
	for _, pc := range at {
		if in := &prog.Inst[pc]; in.Op != syntax.InstMatch && in.MatchRune(digit) {
			next = append(next, in.Out)
		}
	}
	return threads(prog, next...)
}

// threads returns the instructions that match a character, or the end, from some on.
func threads(prog *syntax.Prog, from ...uint32) (out []uint32) {
	seen := map[uint32]bool{}
	for len(from) > 0 {
		pc := from[len(from)-1]
		from = from[:len(from)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := &prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			from = append(from, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			from = append(from, in.Out)
		case syntax.InstFail:
		default:
			out = append(out, pc)
		}
	}
	slices.Sort(out)
	return out
}

// keyOf returns a text that tells positions behind n digits from others.
func keyOf(at []position, n int) string {
	key := binary.AppendUvarint(nil, uint64(n))
	for _, p := range at {
		key = fmt.Appendf(key, "%p%v%v", p.pattern, p.all, p.kind)
	}
	return string(key)
}

// stateOf returns the state with these edges, which it adds if there is none.
func (b *Builder) stateOf(s state) uint32 {
	if s == (state{}) {
		return 0
	}
	if id, ok := b.states[s]; ok {
		return id
	}
	id := uint32(len(b.Edges))
	b.states[s] = id
	for digit, to := range s {
		if to == (target{}) || slices.Index(s[:digit], to) >= 0 {
			continue
		}
		edge := to.next << phonedata.StateBits
		if to.valid {
			edge |= phonedata.ValidBit
		}
		for other := digit; other < len(s); other++ {
			if s[other] == to {
				edge |= 1 << other
			}
		}
		b.Edges = append(b.Edges, edge)
	}
	b.Edges[len(b.Edges)-1] |= phonedata.LastBit
	return id
}

// Text returns the automaton as elements of a Go literal.
func (b *Builder) Text() string {
	var text strings.Builder
	for i, edge := range b.Edges {
		if i%12 == 0 {
			text.WriteString("\n")
		}
		fmt.Fprintf(&text, "%#x, ", edge)
	}
	return text.String() + "\n"
}
