package fold

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"go/format"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

var update = flag.Bool("update", false, "write the tables")

const tables = "tables.go"

// versions are the versions of Unicode that the generator reads.
var versions = []string{unicode.Version, norm.Version, cases.UnicodeVersion}

// differ reports whether not all of the versions are one.
func differ(versions ...string) bool { return len(slices.Compact(versions)) > 1 }

// sum is the SHA-256 of the tables, for where they cannot be made again.
const sum = "b6d17c890e21b3aff98861eb06ebcdf0c51d8a983e4fe442ebaef6c94205e0db"

// TestGenerated compares the tables with those that package unicode and x/text give. Where
// these have other versions of Unicode, it compares the sum.
func TestGenerated(t *testing.T) {
	if differ(slices.Clone(versions)...) || !*update && differ(Unicode, versions[0]) {
		data, err := os.ReadFile(tables)
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); err != nil || *update || got != sum {
			t.Errorf("%s has the sum %s, want %s (%v); it can be made only with one version of Unicode, and there are %v", tables, got, sum, err, versions)
		}
		return
	}
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(tables, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(want)); got != sum {
		t.Errorf("the tables have the sum %s, and this test %s", got, sum)
	}
	if got, err := os.ReadFile(tables); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what Unicode gives (%v); run go generate ./internal/fold", tables, err)
	}
	if most := 400 << 10; len(want) > most {
		t.Errorf("%s has %d bytes, want at most %d", tables, len(want), most)
	}
}

// apostrophes are the shapes that an apostrophe has, and what is typed for it.
const apostrophes = "‘’‚‛ʼʻʽʹʾʿ′‵՚ꞌ´΄᾽᾿῾׳ߴߵ＇｀"

// quotes are the shapes of quotation marks that are written in pairs above the line.
const quotes = "“”„‟″‶״＂"

// noDashes are of category Pd, and look like no hyphen: waves, double and oblique ones.
const noDashes = "〜〰゠⹀⸗⸚⹝"

// dashes are other characters that look like a hyphen.
const dashes = "−⁃˗"

// blank is the Braille pattern without dots.
const blank = '\u2800'

// isIgnorable reports whether a character is not shown, and is no white space.
func isIgnorable(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		unicode.Is(unicode.Cc, r) && !unicode.IsSpace(r)
}

// shape returns what is written for a character, apart from normal forms, and false if that
// is the character itself.
func shape(r rune) (string, bool) {
	switch {
	case isIgnorable(r):
		return "", true
	case unicode.Is(unicode.Zs, r) && r != ' ', r == blank:
		return " ", true
	case unicode.Is(unicode.Pd, r) && r != '-' && !strings.ContainsRune(noDashes, r), strings.ContainsRune(dashes, r):
		return "-", true
	case strings.ContainsRune(apostrophes, r):
		return "'", true
	case strings.ContainsRune(quotes, r):
		return `"`, true
	}
	return "", false
}

// decomposition returns what a normal form has for a character.
func decomposition(f norm.Form, r rune) string {
	if r >= hangulFirst && r < hangulFirst+hangulCount { // by the formula
		return string(r)
	}
	if d := f.Properties([]byte(string(r))).Decomposition(); d != nil {
		return string(d)
	}
	return string(r)
}

// mapped returns what each form has for a character.
func mapped(r rune) (to [forms]string) {
	to[canonical], to[compatible] = decomposition(norm.NFC, r), decomposition(norm.NFKC, r)
	for _, part := range to[canonical] {
		to[written] += writtenAs(part)
		to[plain] += plainly(part)
	}
	return to
}

// writtenAs returns what [Form] has for a character that is not composed.
func writtenAs(r rune) (out string) {
	if s, ok := shape(r); ok {
		return s
	}
	if r == '`' {
		return "'"
	}
	for _, part := range decomposition(norm.NFKC, r) {
		if s, ok := shape(part); ok {
			out += s
		} else {
			out += string(part)
		}
	}
	return out
}

// plainly returns the character of ASCII that a character that is not composed looks like.
// All dashes are hyphens where there is a syntax. Superscripts and what is circled look like
// none: they stand behind a number or before it, and are no part of it.
func plainly(r rune) string {
	if s, ok := shape(r); ok {
		return s
	}
	switch {
	case r < 0x80:
		return string(r)
	case unicode.Is(unicode.Pd, r):
		return "-"
	case unicode.Is(unicode.Nd, r):
		return string('0' + digitOf(r))
	case r >= '⁰' && r <= '₟', unicode.In(r, unicode.No, unicode.Nl, unicode.Lm, unicode.So):
	default:
		if like := decomposition(norm.NFKC, r); len(like) == 1 {
			return like
		}
	}
	return string(r)
}

// digitOf returns the value of a decimal digit. The ranges of Nd begin with a zero, and
// hold ten digits or a multiple of that.
func digitOf(r rune) rune {
	for _, b := range unicode.Nd.R16 {
		if rune(b.Lo) <= r && r <= rune(b.Hi) {
			return (r - rune(b.Lo)) % 10
		}
	}
	for _, b := range unicode.Nd.R32 {
		if rune(b.Lo) <= r && r <= rune(b.Hi) {
			return (r - rune(b.Lo)) % 10
		}
	}
	return 0
}

// fullFold returns a character by full case folding, with small letters for the capitals
// that Unicode folds those of Cherokee to.
func fullFold(r rune) string { return strings.ToLower(cases.Fold().String(string(r))) }

// simpleFold returns a character by simple case folding.
func simpleFold(r rune) rune {
	full := []rune(fullFold(r))
	switch {
	case len(full) == 1:
		return full[0]
	case r == 'İ':
		return 'i'
	}
	return unicode.ToLower(r)
}

// classes are those that tables of package unicode give.
var classes = []struct {
	class  class
	tables []*unicode.RangeTable
}{
	{letter, []*unicode.RangeTable{unicode.L}},
	{mark, []*unicode.RangeTable{unicode.M}},
	{digit, []*unicode.RangeTable{unicode.Nd}},
	{number, []*unicode.RangeTable{unicode.N}},
	{upper, []*unicode.RangeTable{unicode.Lu, unicode.Lt, unicode.Other_Uppercase}},
	{lower, []*unicode.RangeTable{unicode.Ll, unicode.Other_Lowercase}},
	{space, []*unicode.RangeTable{unicode.White_Space}},
	{unspaced, []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai}},
}

// made returns the record of a character.
func made(r rune, second map[rune]bool) (p record) {
	for _, c := range classes {
		if unicode.In(r, c.tables...) {
			p.class |= c.class
		}
	}
	if isIgnorable(r) {
		p.class |= invisible
	}
	if second[r] {
		p.class |= combines
	}
	if r >= 0xd800 && r < 0xe000 {
		return p
	}
	p.mark = norm.NFC.Properties([]byte(string(r))).CCC()
	p.fold, p.lower, p.upper = simpleFold(r)-r, unicode.ToLower(r)-r, unicode.ToUpper(r)-r
	to := mapped(r)
	for f, text := range to {
		if text != string(r) {
			p.class |= decomposes
		}
		composed := norm.NFC.String(text)
		if composed != string(r) {
			p.class |= changes << f
		}
	}
	switch text := to[plain]; {
	case text == "":
		p.ascii = -1
	case (text == "'" || text == `"`) && !unicode.IsLetter(r) && to[compatible] != text: // more often a quotation mark
	case len(text) == 1 && text != string(r):
		p.ascii = int8(text[0])
	}
	return p
}

// pairs returns what pairs of characters compose to, apart from Hangul, and which
// characters are the second of one.
func pairs() (all [][3]rune, second map[rune]bool) {
	second = map[rune]bool{}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= hangulFirst && r < hangulFirst+hangulCount || r >= 0xd800 && r < 0xe000 || norm.NFC.String(string(r)) != string(r) {
			continue // it is composed by the formula, or is excluded
		}
		d := []rune(decomposition(norm.NFC, r))
		if len(d) < 2 {
			continue
		}
		// The last step is that of the last character with the others composed.
		first := []rune(norm.NFC.String(string(d[:len(d)-1])))
		if len(first) != 1 {
			panic(fmt.Sprintf("%U is composed of %U", r, first))
		}
		all = append(all, [3]rune{first[0], d[len(d)-1], r})
		second[d[len(d)-1]] = true
	}
	for r := rune(vowelFirst); r < vowelFirst+vowelCount; r++ {
		second[r] = true
	}
	for r := rune(tailFirst + 1); r < tailFirst+tailCount; r++ {
		second[r] = true
	}
	slices.SortFunc(all, func(a, b [3]rune) int { return slices.Compare(a[:], b[:]) })
	return all, second
}

const generatedBits = 7

// A generator makes the tables.
type generator struct {
	bytes.Buffer
	records []record
	number  map[record]int
	texts   strings.Builder
	spans   map[string]span
}

// generate returns the file of the tables.
func generate() ([]byte, error) {
	g := &generator{number: map[record]int{}, spans: map[string]span{}}
	all, second := pairs()
	g.record(record{})
	fmt.Fprintf(g, "// Code generated by go generate; DO NOT EDIT.\n\n// Made of the Unicode Character Database, by package unicode and golang.org/x/text.\n// Copyright Unicode, Inc.; Unicode License v3; see the file NOTICE.\n\npackage fold\n\n// Unicode is the version of Unicode that the tables are of.\nconst Unicode = %q\n\nconst blockBits = %d\n\n", unicode.Version, generatedBits)
	g.blocks(second)
	fmt.Fprint(g, "var records = [...]record{\n")
	for _, p := range g.records {
		fmt.Fprintf(g, "{%#x, %d, %d, %d, %d, %d},\n", uint32(p.class), p.mark, p.ascii, p.fold, p.lower, p.upper)
	}
	fmt.Fprint(g, "}\n\nvar compositions = [...][3]rune{\n")
	for _, c := range all {
		fmt.Fprintf(g, "{%#x, %#x, %#x},\n", c[0], c[1], c[2])
	}
	fmt.Fprint(g, "}\n\n")
	g.folds()
	g.mappings()
	return format.Source(g.Bytes())
}

func (g *generator) record(p record) int {
	n, known := g.number[p]
	if !known {
		n = len(g.records)
		g.number[p], g.records = n, append(g.records, p)
	}
	return n
}

// blocks writes the records of all characters, in blocks of which equal ones are one.
func (g *generator) blocks(second map[rune]bool) {
	var index, blocks []int
	known := map[string]int{}
	for first := rune(0); first <= unicode.MaxRune; first += 1 << generatedBits {
		var block []int
		for r := first; r < first+1<<generatedBits; r++ {
			block = append(block, g.record(made(r, second)))
		}
		n, ok := known[fmt.Sprint(block)]
		if !ok {
			n = len(blocks) >> generatedBits
			known[fmt.Sprint(block)], blocks = n, append(blocks, block...)
		}
		index = append(index, n)
	}
	g.list("index", index)
	g.list("blocks", blocks)
}

func (g *generator) list(name string, list []int) {
	fmt.Fprintf(g, "var %s = [...]uint16{", name)
	for i, n := range list {
		if i%32 == 0 {
			fmt.Fprint(g, "\n")
		}
		fmt.Fprintf(g, "%d, ", n)
	}
	fmt.Fprint(g, "\n}\n\n")
}

func (g *generator) folds() {
	fmt.Fprint(g, "var folds = [...]special{\n")
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if full := fullFold(r); len([]rune(full)) > 1 {
			fmt.Fprintf(g, "{%#x, %+q},\n", r, full)
		}
	}
	fmt.Fprint(g, "}\n\n")
}

func (g *generator) mappings() {
	fmt.Fprint(g, "var mappings = [...]mapping{")
	n := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		row := rowOf(r)
		if row == "" {
			continue
		}
		if n%6 == 0 {
			fmt.Fprint(g, "\n")
		}
		fmt.Fprintf(g, "{%d, %d}, ", r, g.span(row))
		n++
	}
	fmt.Fprint(g, "\n}\n\nconst texts = \"\" +\n")
	for text := []rune(g.texts.String()); len(text) > 0; text = text[min(len(text), 32):] {
		fmt.Fprintf(g, "%+q + \n", string(text[:min(len(text), 32)]))
	}
	fmt.Fprint(g, "\"\"\n")
}

// rowOf returns the text of a mapping, "" for a character that has none.
func rowOf(r rune) string {
	if r >= 0xd800 && r < 0xe000 {
		return "" // there is none
	}
	to := mapped(r)
	for f, text := range to {
		if text == string(r) || text == "" { // what is left out is a class
			to[f] = ""
		}
	}
	n := len(to)
	for n > 1 && to[n-1] == to[n-2] {
		n--
	}
	return strings.Join(to[:n], string(apart))
}

func (g *generator) span(text string) span {
	s, known := g.spans[text]
	if !known {
		if len(text) > 0x7f {
			panic("a text is too long for a span")
		}
		s = span(g.texts.Len()<<7 | len(text))
		g.spans[text] = s
		g.texts.WriteString(text)
	}
	return s
}
