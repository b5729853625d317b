package phonedata

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp/syntax"
	"slices"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/dynsync/dynsync/internal/madeof"
)

var update = flag.Bool("update", false, "write the tables")

const (
	tables  = "tables.go"
	library = "github.com/nyaruka/phonenumbers"
)

// TestGenerated compares the tables with those that are made of the library's metadata.
func TestGenerated(t *testing.T) {
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	madeof.Check(t, tables, library, *update, func(header string) []byte {
		file, err := generate(header, metadata.GetMetadata())
		if err != nil {
			t.Fatal(err)
		}
		return file
	})
	if info, err := os.Stat(tables); err != nil || info.Size() > 300<<10 {
		t.Errorf("%s is too large: %v, %v", tables, info, err)
	}
}

// generate returns the file of the tables.
func generate(header string, metadata []*phonenumbers.PhoneMetadata) ([]byte, error) {
	lengths, numbers := map[int32]uint32{}, map[int32][]pattern{}
	for _, m := range metadata {
		code := m.GetCountryCode()
		lengths[code] |= lengthsOf(m.GetGeneralDesc())
		patterns, err := patternsOf(m)
		if err != nil {
			return nil, err
		}
		numbers[code] = append(numbers[code], patterns...)
	}
	b := builder{states: map[state]uint32{}, edges: []uint32{lastBit}}
	var file bytes.Buffer
	fmt.Fprintf(&file, "%s\npackage phonedata\n\nvar plans = [...]plan{\n", header)
	for _, code := range slices.Sorted(maps.Keys(numbers)) {
		start := b.add(numbers[code]).next
		fmt.Fprintf(&file, "{%d, %d, %#x},\n", code, start, lengths[code])
	}
	fmt.Fprintf(&file, "}\n\nvar edges = [...]uint32{")
	for i, edge := range b.edges {
		if i%12 == 0 {
			file.WriteString("\n")
		}
		fmt.Fprintf(&file, "%#x, ", edge)
	}
	file.WriteString("\n}\n")
	return file.Bytes(), nil
}

// A pattern is numbers that two expressions match, that of all numbers of a region and that
// of one type, in some lengths.
type pattern struct {
	all, kind *syntax.Prog
	lengths   uint32 // bit n for n digits
}

// patternsOf returns the patterns of the types by which libphonenumber knows valid numbers.
func patternsOf(m *phonenumbers.PhoneMetadata) (patterns []pattern, err error) {
	all, err := compile(m.GetGeneralDesc())
	for _, d := range []*phonenumbers.PhoneNumberDesc{m.FixedLine, m.Mobile, m.TollFree, m.PremiumRate, m.SharedCost, m.PersonalNumber, m.Voip, m.Pager, m.Uan, m.Voicemail} {
		if err != nil || d.GetNationalNumberPattern() == "" {
			continue
		}
		p := pattern{all: all, lengths: lengthsOf(d)}
		if p.lengths == 0 {
			p.lengths = lengthsOf(m.GetGeneralDesc())
		}
		p.kind, err = compile(d)
		patterns = append(patterns, p)
	}
	return patterns, err
}

func lengthsOf(d *phonenumbers.PhoneNumberDesc) (bits uint32) {
	for _, n := range d.GetPossibleLength() {
		if n > 0 {
			bits |= 1 << n
		}
	}
	return bits
}

func compile(d *phonenumbers.PhoneNumberDesc) (*syntax.Prog, error) {
	re, err := syntax.Parse(d.GetNationalNumberPattern(), syntax.Perl)
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

// A builder makes a minimal automaton of the numbers of several plans: states from which
// the same digits lead to valid numbers are one.
type builder struct {
	states map[state]uint32
	edges  []uint32
}

// A position is how far digits have come in a pattern.
type position struct {
	pattern   *pattern
	all, kind []uint32 // instructions
}

// add adds numbers and returns where they begin.
func (b *builder) add(patterns []pattern) target {
	var at []position
	for i := range patterns {
		p := &patterns[i]
		at = append(at, position{p, threads(p.all, uint32(p.all.Start)), threads(p.kind, uint32(p.kind.Start))})
	}
	return b.walk(map[string]target{}, at, 0)
}

// walk returns the target that positions are behind n digits.
func (b *builder) walk(known map[string]target, at []position, n int) target {
	key := keyOf(at, n)
	if out, ok := known[key]; ok {
		return out
	}
	var s state
	for digit := range s {
		if next := advance(at, n, '0'+rune(digit)); len(next) > 0 {
			s[digit] = b.walk(known, next, n+1)
		}
	}
	out := target{b.stateOf(s), slices.ContainsFunc(at, func(p position) bool { return p.ends(n) })}
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
func (b *builder) stateOf(s state) uint32 {
	if s == (state{}) {
		return 0
	}
	if id, ok := b.states[s]; ok {
		return id
	}
	id := uint32(len(b.edges))
	b.states[s] = id
	for digit, to := range s {
		if to == (target{}) || slices.Index(s[:digit], to) >= 0 {
			continue
		}
		edge := to.next << stateBits
		if to.valid {
			edge |= validBit
		}
		for other := digit; other < len(s); other++ {
			if s[other] == to {
				edge |= 1 << other
			}
		}
		b.edges = append(b.edges, edge)
	}
	b.edges[len(b.edges)-1] |= lastBit
	return id
}
