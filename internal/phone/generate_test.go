package phone

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/dynsync/dynsync/internal/madeof"
	"github.com/dynsync/dynsync/internal/phone/phonegen"
)

var update = flag.Bool("update", false, "write the tables")

const tables = "tables.go"

// TestGenerated compares the tables with those that are made of the library's metadata.
func TestGenerated(t *testing.T) {
	madeof.Check(t, tables, phonegen.Library, *update, func(header string) []byte {
		file, err := generate(header)
		if err != nil {
			t.Fatal(err)
		}
		return file
	})
	if info, err := os.Stat(tables); err != nil || info.Size() > 400<<10 {
		t.Errorf("%s is too large: %v, %v", tables, info, err)
	}
}

// A generator makes the tables.
type generator struct {
	*phonegen.Builder
	steps, regions, formats bytes.Buffer
	nSteps, nFormats        int
	programs, states        map[string]uint32
}

func generate(header string) ([]byte, error) {
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		return nil, err
	}
	g := &generator{Builder: phonegen.NewBuilder(), nSteps: 1, programs: map[string]uint32{}, states: map[string]uint32{}}
	all := slices.Clone(metadata.GetMetadata())
	slices.SortStableFunc(all, func(a, b *phonenumbers.PhoneMetadata) int {
		return cmp.Or(cmp.Compare(a.GetCountryCode(), b.GetCountryCode()), cmp.Compare(rank(a), rank(b)))
	})
	for _, m := range all {
		if err := g.region(m); err != nil {
			return nil, err
		}
	}
	var file bytes.Buffer
	fmt.Fprintf(&file, "%s\npackage phone\n\nimport \"github.com/dynsync/dynsync/internal/personal/phonedata\"\n\n", header)
	fmt.Fprintf(&file, "// regions are sorted by their codes, the main region of a code first.\nvar regions = [...]Region{\n%s}\n\n", &g.regions)
	fmt.Fprintf(&file, "var formats = [...]format{\n%s}\n\nvar steps = [...]step{\n{},\n%s}\n\n", &g.formats, &g.steps)
	fmt.Fprintf(&file, "var edges = phonedata.Automaton{%s}\n", g.Text())
	return file.Bytes(), nil
}

// rank returns the place of a region among those of its code.
func rank(m *phonenumbers.PhoneMetadata) int {
	return slices.Index(phonenumbers.GetRegionCodesForCountryCode(int(m.GetCountryCode())), m.GetId())
}

func (g *generator) region(m *phonenumbers.PhoneMetadata) error {
	general, err := phonegen.NewPattern(m.GetGeneralDesc().GetNationalNumberPattern())
	if err != nil {
		return err
	}
	valid, err := phonegen.Valid(m)
	if err != nil {
		return err
	}
	leading, err := g.leading(m.GetLeadingDigits())
	if err != nil {
		return err
	}
	out := &g.regions
	fmt.Fprintf(out, "{id: %q, code: %d, general: %d, valid: %d, possible: %#x, ", m.GetId(), m.GetCountryCode(), g.Add(general), g.Add(valid...), phonegen.Lengths(m.GetGeneralDesc().GetPossibleLength()))
	g.field("local", phonegen.Lengths(m.GetGeneralDesc().GetPossibleLengthLocalOnly()))
	g.field("leading", leading)
	g.field("idd", g.program(m.GetInternationalPrefix()))
	g.field("prefix", g.program(m.GetNationalPrefixForParsing()))
	if m.GetNationalPrefixTransformRule() != "" {
		g.field("groups", uint32(regexp.MustCompile(m.GetNationalPrefixForParsing()).NumSubexp()))
	}
	g.text("trunk", strings.ReplaceAll(m.GetNationalPrefix(), "~", ""))
	g.text("transform", m.GetNationalPrefixTransformRule())
	extension := m.GetPreferredExtnPrefix()
	if extension == "" {
		extension = phonenumbers.DEFAULT_EXTN_PREFIX
	}
	g.text("extension", extension)
	g.text("fixedLine", example(m.GetId(), phonenumbers.FIXED_LINE))
	g.text("mobile", example(m.GetId(), phonenumbers.MOBILE))
	for _, list := range []struct {
		name    string
		formats []*phonenumbers.NumberFormat
	}{{"national", m.GetNumberFormat()}, {"international", m.GetIntlNumberFormat()}} {
		from := g.nFormats
		for _, f := range list.formats {
			if err := g.format(f); err != nil {
				return err
			}
		}
		if from < g.nFormats {
			fmt.Fprintf(out, "%s: span{%d, %d}, ", list.name, from, g.nFormats)
		}
	}
	fmt.Fprintln(out, "},")
	return nil
}

func (g *generator) field(name string, value uint32) {
	if value != 0 {
		fmt.Fprintf(&g.regions, "%s: %#x, ", name, value)
	}
}

func (g *generator) text(name, value string) {
	if value != "" {
		fmt.Fprintf(&g.regions, "%s: %q, ", name, value)
	}
}

// example returns the national number of an example.
func example(region string, kind phonenumbers.PhoneNumberType) string {
	if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil {
		return phonenumbers.GetNationalSignificantNumber(n)
	}
	return ""
}

// leading returns the state of what begins with an expression, 0 for none.
func (g *generator) leading(expression string) (uint32, error) {
	if state, ok := g.states[expression]; ok || expression == "" {
		return state, nil
	}
	p, err := phonegen.NewPattern(expression)
	if err == nil {
		g.states[expression] = g.AddPrefixes(p)
	}
	return g.states[expression], err
}

var (
	groupOf    = regexp.MustCompile(`^\(\\d(?:\{(\d+)(?:,(\d+))?\})?\)`)
	firstGroup = regexp.MustCompile(`\$\d`)
)

func (g *generator) format(f *phonenumbers.NumberFormat) error {
	groups := ""
	for rest := f.GetPattern(); rest != ""; {
		m := groupOf.FindStringSubmatch(rest)
		if m == nil {
			return fmt.Errorf("the format %s has other parts than groups of digits", f.GetPattern())
		}
		least, most := 1, 1
		if m[1] != "" {
			least, _ = strconv.Atoi(m[1])
			most = least
		}
		if m[2] != "" {
			most, _ = strconv.Atoi(m[2])
		}
		groups += string([]byte{byte(least), byte(most)})
		rest = rest[len(m[0]):]
	}
	expression := ""
	if list := f.GetLeadingDigitsPattern(); len(list) > 0 {
		expression = list[len(list)-1]
	}
	leading, err := g.leading(expression)
	if err != nil {
		return err
	}
	national := f.GetFormat()
	if rule := f.GetNationalPrefixFormattingRule(); rule != "" {
		at := firstGroup.FindStringIndex(national)
		national = national[:at[0]] + rule + national[at[1]:]
	}
	fmt.Fprintf(&g.formats, "{%q, %d, %q, %q},\n", groups, leading, national, f.GetFormat())
	g.nFormats++
	return nil
}

// program adds the program of an expression and returns where it begins, 0 for none.
func (g *generator) program(expression string) uint32 {
	if start, ok := g.programs[expression]; ok || expression == "" {
		return start
	}
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		panic(err)
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		panic(err)
	}
	base := uint32(g.nSteps)
	for _, in := range prog.Inst {
		fmt.Fprintln(&g.steps, g.step(in, base)+",")
		g.nSteps++
	}
	g.programs[expression] = base + uint32(prog.Start)
	return g.programs[expression]
}

func (g *generator) step(in syntax.Inst, base uint32) string {
	switch in.Op {
	case syntax.InstMatch:
		return "{op: opMatch}"
	case syntax.InstAlt, syntax.InstAltMatch:
		return fmt.Sprintf("{op: opSplit, next: %d, other: %d}", in.Out+base, in.Arg+base)
	case syntax.InstCapture:
		return fmt.Sprintf("{op: opCapture, digits: %d, next: %d}", in.Arg, in.Out+base)
	case syntax.InstNop:
		return fmt.Sprintf("{op: opSplit, next: %d, other: %d}", in.Out+base, in.Out+base)
	case syntax.InstEmptyWidth:
		return fmt.Sprintf("{op: opEnd, next: %d}", in.Out+base)
	case syntax.InstFail:
		return "{op: opDigit}"
	}
	mask := 0
	for digit := range 10 {
		if in.MatchRune('0' + rune(digit)) {
			mask |= 1 << digit
		}
	}
	return fmt.Sprintf("{op: opDigit, digits: %#x, next: %d}", mask, in.Out+base)
}
