package wire

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// A node is an attribute value taken apart, the model that the tests compare
// with. It is rendered to text with the freedom that JSON leaves, and read back
// through the package's iterators.
type node struct {
	kind    Kind
	text    string   // S decoded, N text, B bytes
	flag    bool     // BOOL
	set     []string // of an SS, NS or BS, each as text
	members []member // of an M
	elems   []node   // of an L
}

type member struct {
	name  string
	value node
}

// A chooser makes choices: a random source, or a property's shrinkable draws.
type chooser interface{ IntN(n int) int }

type rapidChooser struct{ t *rapid.T }

func (c rapidChooser) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(c.t, "choice") }

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// Texts that are hard somewhere: escapes, both ends of each length of UTF-8,
// lone surrogates, what looks like structure. No two make a surrogate pair.
var textPieces = []string{
	"a", "Email", "user.email", " ", "\"", "\\", "/", "{", "}", "[", "]", ",", ":", "\\u0041", "\x00", "\x1f", "\b\f\n\r\t",
	"\x7f", "\u0080", "é", "\u07ff", "\u0800", "漢", "\u2028", "\ufffd", "\uffff", "\U00010000", "😀", "\U0010ffff",
	"\xed\xa0\x80.", "\xed\xb0\x80.", "\xed\xbf\xbf.", "0123456789abcdef", `{"S":"x"}`,
}

func genText(c chooser) string {
	var s strings.Builder
	for n := c.IntN(5); n > 0; n-- {
		s.WriteString(textPieces[c.IntN(len(textPieces))])
	}
	return s.String()
}

var numberTexts = []string{
	"0", "1", "-1", "42", "1.5", "-0", "+1", ".5", "5.", "1e3", "1E-3", "0001", "-3.1400", "1.5E2", "1E+125", "1e-130",
	"9.9999999999999999999999999999999999999E+125", "12345678901234567890123456789012345678", "0.00000001", "1e126",
}

func genNode(c chooser, depth int) node {
	kinds := int(BS)
	if depth == 0 {
		kinds = int(NULL) // scalars come first
	}
	n := node{kind: Kind(1 + c.IntN(kinds))}
	switch n.kind {
	case S:
		n.text = genText(c)
	case N:
		n.text = numberTexts[c.IntN(len(numberTexts))]
	case B:
		n.text = genText(c)
	case BOOL:
		n.flag = c.IntN(2) == 0
	case SS, BS:
		for k := c.IntN(4); k > 0; k-- {
			n.set = append(n.set, genText(c))
		}
	case NS:
		for k := c.IntN(4); k > 0; k-- {
			n.set = append(n.set, numberTexts[c.IntN(len(numberTexts))])
		}
	case M:
		n.members = genMembers(c, depth-1)
	case L:
		for k := c.IntN(4); k > 0; k-- {
			n.elems = append(n.elems, genNode(c, depth-1))
		}
	}
	return n
}

// genMembers returns members of distinct names: an item or the members of an M.
func genMembers(c chooser, depth int) []member {
	var members []member
	for k := c.IntN(6); k > 0; k-- {
		name := genText(c)
		if !slices.ContainsFunc(members, func(m member) bool { return m.name == name }) {
			members = append(members, member{name, genNode(c, depth)})
		}
	}
	return members
}

// A style is how to render: how often, in percent, white space stands where it
// may, and a character is escaped that need not be.
type style struct{ space, escape int }

var (
	compact = style{}
	loose   = style{space: 40, escape: 30}
)

type renderer struct {
	style
	chooser
	dst []byte
}

func render(c chooser, st style, members []member) []byte {
	r := renderer{st, c, nil}
	r.object(members)
	return r.dst
}

func renderValue(c chooser, st style, n node) []byte {
	r := renderer{st, c, nil}
	r.value(n)
	return r.dst
}

func (r *renderer) chance(percent int) bool { return percent > 0 && r.IntN(100) < percent }

func (r *renderer) put(s string) { r.dst = append(r.dst, s...) }

func (r *renderer) gap() {
	for r.chance(r.space) {
		r.put([]string{" ", "\n", "\t", "\r"}[r.IntN(4)])
	}
}

// token puts s with white space in front and behind.
func (r *renderer) token(s string) {
	r.gap()
	r.put(s)
	r.gap()
}

func (r *renderer) list(open, close string, n int, element func(int)) {
	r.token(open)
	for i := range n {
		if i > 0 {
			r.token(",")
		}
		element(i)
	}
	r.token(close)
}

func (r *renderer) object(members []member) {
	r.list("{", "}", len(members), func(i int) {
		r.gap()
		r.str(members[i].name)
		r.token(":")
		r.value(members[i].value)
	})
}

func (r *renderer) value(n node) {
	r.token("{")
	r.str(n.kind.String())
	r.token(":")
	switch n.kind {
	case S, N:
		r.str(n.text)
	case B:
		r.str(base64.StdEncoding.EncodeToString([]byte(n.text)))
	case BOOL:
		r.put(fmt.Sprint(n.flag))
	case NULL:
		r.put("true")
	case M:
		r.object(n.members)
	case L:
		r.list("[", "]", len(n.elems), func(i int) { r.value(n.elems[i]) })
	case SS, NS:
		r.list("[", "]", len(n.set), func(i int) { r.str(n.set[i]) })
	case BS:
		r.list("[", "]", len(n.set), func(i int) { r.str(base64.StdEncoding.EncodeToString([]byte(n.set[i]))) })
	}
	r.token("}")
}

var shortEscapes = map[rune]string{'"': `\"`, '\\': `\\`, '/': `\/`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

func (r *renderer) str(s string) {
	r.put(`"`)
	for len(s) > 0 {
		c, n := utf8.DecodeRuneInString(s)
		if c == utf8.RuneError && n == 1 {
			c, n = 0xD000|rune(s[1]&0x3F)<<6|rune(s[2]&0x3F), 3
		}
		s = s[n:]
		must := c == '"' || c == '\\' || c < ' ' || 0xD800 <= c && c < 0xE000
		switch short := shortEscapes[c]; {
		case !must && !r.chance(r.escape):
			r.put(string(c))
		case short != "" && (r.escape == 0 || r.IntN(2) == 0):
			r.put(short)
		case c > 0xFFFF:
			c -= 0x10000
			r.unit(0xD800 + c>>10)
			r.unit(0xDC00 + c&0x3FF)
		default:
			r.unit(c)
		}
	}
	r.put(`"`)
}

func (r *renderer) unit(u rune) {
	format := `\u%04x`
	if r.IntN(2) == 0 {
		format = `\u%04X`
	}
	r.put(fmt.Sprintf(format, u))
}

// readMembers reads an item or the members of an M back into the model.
func readMembers(b []byte, it Members) []member {
	var members []member
	for a, ok := it.Next(); ok; a, ok = it.Next() {
		name := string(AppendUnquote(nil, a.Name.Of(b)))
		value := a.Value.Of(b)
		if KindOf(value) != a.Kind || a.Escaped != strings.Contains(string(a.Name.Of(b)), `\`) {
			panic("Attr contradicts its text")
		}
		members = append(members, member{name, readNode(value)})
	}
	return members
}

func readNode(value []byte) node {
	n := node{kind: KindOf(value)}
	switch n.kind {
	case S, N:
		n.text = string(AppendText(nil, value))
	case B:
		n.text = string(AppendBytes(nil, value))
	case BOOL:
		n.flag = BoolOf(value)
	case M:
		n.members = readMembers(value, MembersOf(value))
	case L:
		it := ElementsOf(value)
		for s, ok := it.Next(); ok; s, ok = it.Next() {
			n.elems = append(n.elems, readNode(s.Of(value)))
		}
	case SS, NS, BS:
		it := StringsOf(value)
		for s, ok := it.Next(); ok; s, ok = it.Next() {
			text := AppendUnquote(nil, s.Of(value))
			if n.kind == BS {
				text = appendBase64(nil, text)
			}
			n.set = append(n.set, string(text))
		}
	}
	return n
}

// mapSurrogates puts r in the place of each lone surrogate.
func mapSurrogates(s string, r rune) string {
	var out []rune
	for len(s) > 0 {
		c, n := decodeRune(s)
		if utf16.IsSurrogate(c) {
			c = r
		}
		out, s = append(out, c), s[n:]
	}
	return string(out)
}

// mustIndex validates an item that is known to be valid.
func mustIndex(t interface {
	Helper()
	Fatalf(string, ...any)
}, item []byte) []Attr {
	t.Helper()
	attrs, err := new(Scanner).Index(nil, item)
	if err != nil {
		t.Fatalf("Index: %v\n%s", err, item)
	}
	return attrs
}

// checkProperty runs a property with shrinkable choices.
func checkProperty(t *testing.T, f func(t *rapid.T, c chooser)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) { f(t, rapidChooser{t}) })
}
