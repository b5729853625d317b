package anon

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/fold"
)

// A listing says how a string holds several values of an entry, or one with something
// around it.
type listing struct {
	// separators stand between values. Those of a level divide before those of the next.
	separators [][]string
	// ahead says that a text is divided before it is read as one value, as for what takes
	// any text. All others divide a text only if it is no value.
	ahead bool
	// form returns the form of a text that decides how it is divided; nil for that which the
	// anonymizer reads.
	form func(text string) string
	// isValue reports whether a text, which the anonymizer reads, is a value; nil for always.
	isValue func(text string) bool
	// dress returns the parts of a value that has something around it, and none if there
	// is no such value.
	dress func(d *divider, text string) []piece
	// agrees reports whether a level may divide a text into these, with these values; nil
	// for always.
	agrees func(level int, texts, values []string) bool
	// begins reports whether what follows a separator can be a value; nil for always.
	begins func(rest string) bool
	// constants are what may stand for a value, and stays, in any case.
	constants []string
}

// A piece is a part of a text of several values.
type piece struct {
	text string
	by   *anonymizer // of the value; nil for what stays
	// finish returns how the result for the value is written, and false if it cannot stand
	// there; nil for as it is.
	finish func(result string) (string, bool)
}

var (
	strongSeparators = []string{";", "|", "\n", "\t", "；", "｜"}
	commas           = []string{",", "、", "，", "､"}
	weakSeparators   = []string{"/", "&", "／", "＆", " and ", " or ", " und ", " et "}

	// unspaced is how most values are listed, and spacedLists how those are that hold no space.
	unspaced    = [][]string{strongSeparators, commas, weakSeparators}
	spacedLists = append(slices.Clone(unspaced), []string{" ", "\u00a0", "\u3000"})
)

// plainList is how strings hold several values that have nothing around them, and
// spacedList those without spaces.
var (
	plainList  = listing{separators: unspaced}
	spacedList = listing{separators: spacedLists}
)

// phoneList divides ahead, since what follows a semicolon may be read as an extension.
var phoneList = listing{
	separators: unspaced,
	ahead:      true,
	begins:     func(rest string) bool { return separatorAt(strings.TrimLeft(rest, " "), phoneParameters) == "" },
	agrees: func(_ int, _, values []string) bool {
		return !slices.ContainsFunc(values, func(v string) bool { return countDigits(v) < leastPhone })
	},
}

// leastPhone is how many digits each of several phone numbers has at least.
const leastPhone = 7

// phoneParameters follow a number in its own text, see RFC 3966.
var phoneParameters = []string{"ext", "x", "isub=", "phone-context=", "postd=", "#"}

// usernameList is how strings hold several user names, which have no space.
var usernameList = listing{
	separators: [][]string{strongSeparators, commas},
	ahead:      true,
	form:       fold.Form,
	isValue:    func(text string) bool { return hasWord(text) && !strings.Contains(text, " ") },
}

// maxWrapped is how many brackets or quotation marks may stand around a value or a list.
const maxWrapped = 3

// A divider divides texts for one anonymizer.
type divider struct {
	a *anonymizer
	*listing
}

// divided returns the parts of a value of several values, or of one with something around
// it. It returns none for one value, which a text is that can be read as one unless its
// anonymizer divides ahead of that, and for what does not fit.
func (a *anonymizer) divided(kind dynsync.Kind, text string, read bool) []piece {
	l := a.entry.lists
	if l == nil || kind != dynsync.KindS || read && !l.ahead {
		return nil
	}
	form := a.asRead
	if l.form != nil {
		form = l.form
	}
	d, formed := divider{a, l}, form(text)
	if read && !d.mayDivide(formed) {
		return nil
	}
	parts := d.item(formed, l.separators, 0)
	if n := len(valuesOf(parts)); n == 0 || n == 1 && read && isAlone(parts) {
		return nil
	}
	if formed == text {
		return parts
	}
	// The same values between what stands there stay between that.
	if written := d.item(text, l.separators, 0); slices.EqualFunc(valuesOf(written), valuesOf(parts), func(w, v string) bool { return form(w) == v }) {
		return written
	}
	return parts
}

// isAlone reports whether nothing but space stands around a value.
func isAlone(parts []piece) bool {
	return !slices.ContainsFunc(parts, func(p piece) bool { return p.by == nil && fold.Trim(p.text) != "" })
}

// mayDivide reports whether there is a separator in a text.
func (d *divider) mayDivide(text string) bool {
	if !strings.ContainsAny(text, ",;|/&+\n\t、､") && strings.Count(text, " ") < 2 {
		return false
	}
	return slices.ContainsFunc(d.separators, func(level []string) bool {
		for i := range len(text) {
			if s := separatorAt(text[i:], level); s != "" && (d.begins == nil || d.begins(text[i+len(s):])) {
				return true
			}
		}
		return false
	})
}

// valuesOf returns the values of parts, without what stays.
func valuesOf(parts []piece) []string {
	var values []string
	for _, p := range parts {
		if p.by != nil {
			values = append(values, p.text)
		}
	}
	return values
}

// item returns the parts of a value or list with space around it; none if it is neither.
func (d *divider) item(text string, levels [][]string, depth int) []piece {
	return d.spaced(text, func(core string) []piece { return d.core(core, levels, depth) })
}

// spaced returns the parts that of makes of a text without the space around it, and that
// space.
func (d *divider) spaced(text string, of func(core string) []piece) []piece {
	core := fold.Trim(text)
	at := strings.Index(text, core)
	parts := of(core)
	if len(parts) == 0 {
		return nil
	}
	if left := text[:at]; left != "" {
		parts = append([]piece{{text: left}}, parts...)
	}
	if right := text[at+len(core):]; right != "" {
		parts = append(parts, piece{text: right})
	}
	return parts
}

// core is item for a text without space around it.
func (d *divider) core(text string, levels [][]string, depth int) []piece {
	if text == "" || slices.ContainsFunc(d.constants, func(c string) bool { return len(c) == len(text) && lowerASCIIEqual(text, c) }) {
		return []piece{{text: text}}
	}
	if !d.ahead || d.isNothing(text) {
		if value := d.value(text); len(value) > 0 {
			return value
		}
	}
	if d.dress != nil {
		if parts := d.dress(d, text); len(parts) > 0 {
			return parts
		}
	}
	if parts := d.wrapped(text, depth); len(parts) > 0 {
		return parts
	}
	if parts := d.list(text, levels, depth); len(parts) > 0 || !d.ahead {
		return parts
	}
	return d.value(text)
}

// value returns a text as a part, if it is a value.
func (d *divider) value(text string) []piece {
	if _, _, ok := d.a.read(d.a.asRead(text)); !ok || d.isValue != nil && !d.isValue(text) {
		return nil
	}
	return []piece{{text: text, by: d.a}}
}

// isNothing reports whether a text holds nothing to hide.
func (d *divider) isNothing(text string) bool {
	if d.a.isNothing == nil {
		return false
	}
	c := &call{kind: dynsync.KindS, text: d.a.asRead(text)}
	c.canonical, _, _ = d.a.read(c.text)
	return d.a.isNothing(c)
}

// wrappers are what stands around values and lists.
var wrappers = [][2]string{{"[", "]"}, {"{", "}"}, {"(", ")"}, {"<", ">"}, {`"`, `"`}, {"'", "'"}, {"“", "”"}, {"«", "»"}}

// wrapped returns the parts of what stands in brackets or quotation marks.
func (d *divider) wrapped(text string, depth int) []piece {
	for _, w := range wrappers {
		inner, ok := inside(text, w[0], w[1])
		if !ok || depth == maxWrapped || w[0] == w[1] && strings.Contains(inner, w[0]) {
			continue
		}
		if parts := d.item(inner, d.separators, depth+1); len(parts) > 0 {
			return slices.Concat([]piece{{text: w[0]}}, parts, []piece{{text: w[1]}})
		}
	}
	return nil
}

// inside returns what stands between two texts that a text begins and ends with.
func inside(text, before, after string) (inner string, ok bool) {
	if len(text) < len(before)+len(after) || !strings.HasPrefix(text, before) || !strings.HasSuffix(text, after) {
		return "", false
	}
	return text[len(before) : len(text)-len(after)], true
}

// list returns the parts of a text that separators of a level divide into values.
func (d *divider) list(text string, levels [][]string, depth int) []piece {
	for i := range levels {
		texts := d.cut(text, levels[i])
		if len(texts) == 1 {
			continue
		}
		parts := d.join(texts, levels[i+1:], depth)
		level := len(d.separators) - len(levels) + i
		if values := valuesOf(parts); len(values) > 0 && (d.agrees == nil || d.agrees(level, texts, values)) {
			return parts
		}
	}
	return nil
}

// join returns the parts of texts with separators between them.
func (d *divider) join(texts []string, levels [][]string, depth int) []piece {
	var all []piece
	for i, text := range texts {
		if i%2 == 1 {
			all = append(all, piece{text: text})
			continue
		}
		parts := d.item(text, levels, depth)
		if len(parts) == 0 {
			return nil
		}
		all = append(all, parts...)
	}
	return all
}

// cut returns the texts between separators, with the separators between them. What stands
// in quotation marks is not divided.
func (d *divider) cut(text string, separators []string) []string {
	var texts []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quoted:
			i++
			continue
		case text[i] == '"':
			quoted = !quoted
			continue
		case quoted:
			continue
		}
		s := separatorAt(text[i:], separators)
		if s == "" || d.begins != nil && !d.begins(text[i+len(s):]) {
			continue
		}
		texts = append(texts, text[start:i], s)
		start = i + len(s)
		i = start - 1
	}
	return append(texts, text[start:])
}

// separatorAt returns the separator that a text begins with, "" if there is none.
func separatorAt(text string, separators []string) string {
	for _, s := range separators {
		if len(text) >= len(s) && lowerASCIIEqual(text[:len(s)], s) {
			return text[:len(s)]
		}
	}
	return ""
}

// lowerASCIIEqual reports whether a text is the other, which has no capitals, but for the
// case of its ASCII letters.
func lowerASCIIEqual(text, lower string) bool {
	for i := range len(text) {
		b := text[i]
		if b-'A' < 26 {
			b |= 0x20
		}
		if b != lower[i] {
			return false
		}
	}
	return true
}

// errTooLong is what several returns for a result that is longer than the option maxLength
// says.
var errTooLong = errors.New("anon: the results for several values are too long")

// several returns the text of parts, with the result for each value as it would be alone.
func (a *anonymizer) several(ctx context.Context, in dynsync.Input, parts []piece, attempt int) (string, error) {
	var out strings.Builder
	for _, p := range parts {
		text, err := p.result(ctx, in, attempt)
		if errors.Is(err, dynsync.ErrNotApplicable) {
			return "", a.misfit()
		}
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	if a.cfg.has("maxLength") && characters(out.String()) > a.cfg.maxLength() {
		return "", errTooLong
	}
	return out.String(), nil
}

func (p piece) result(ctx context.Context, in dynsync.Input, attempt int) (string, error) {
	if p.by == nil {
		return p.text, nil
	}
	v, err := in.Part(ctx, again{p.by, attempt}, dynsync.StringValue(p.text))
	if err != nil {
		return "", err
	}
	text, _ := v.Text()
	if p.finish == nil {
		return text, nil
	}
	text, ok := p.finish(text)
	if !ok {
		return "", dynsync.ErrNotApplicable
	}
	return text, nil
}

// canonicalOf returns the canonical form of a text of several values.
func canonicalOf(parts []piece) (canonical string, ok bool) {
	var out strings.Builder
	for _, p := range parts {
		text := p.text
		if p.by != nil {
			if text, ok = p.by.canonicalText(text); ok && p.finish != nil {
				text, ok = p.finish(text)
			}
			if !ok {
				return "", false
			}
		}
		out.WriteString(text)
	}
	return out.String(), true
}

// hasWord reports whether there is a letter or a digit in a text.
func hasWord(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return fold.IsLetter(r) || fold.IsNumber(r) })
}
