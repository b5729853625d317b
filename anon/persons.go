package anon

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/nothing"
)

// A namePart is a part of a name that has a pseudonym of its own.
type namePart struct {
	text string   // folded, without punctuation around it
	role nameRole // roleFirst or roleLast
	// before is what the pseudonym has before it: a space, a hyphen, a dot, a comma and a
	// space, or nothing.
	before string
	// aside says that it stands in parentheses or is a name at birth, and so is no last
	// part of the name.
	aside bool
	// initial says that it stands for a part, as one letter, with a dot or without.
	initial, dotted bool
	// start and end are its place in the name, and from that of the particles before it.
	from, start, end int
	particle         bool // it stands behind particles
}

// maxNameParts is how many parts a name has at most: a longer text is none.
const maxNameParts = 12

// mostNameParts is how many parts are looked at for titles and particles, which are left out.
const mostNameParts = 2 * maxNameParts

// parseName returns the parts of a name in canonical form that is given to an anonymizer
// of that role; none if the text is no name of such parts.
func parseName(name string, role nameRole) []namePart {
	if role == roleFull && strings.ContainsRune(name, ',') {
		role = roleReversed
	}
	parts := splitName(name)
	if len(parts) > mostNameParts {
		return nil
	}
	parts, titled := dropAround(parts)
	segments := 1
	for _, p := range parts[min(1, len(parts)):] {
		if p.before == ", " {
			segments++
		}
	}
	if role == roleReversed && segments == 1 {
		role = roleFull
	}
	if len(parts) > maxNameParts || segments > 2 {
		return nil
	}
	if role == roleFull {
		parts = splitUnspaced(parts)
	}
	if role == roleFull && isVietnamese(parts) {
		role = roleFamilyFirst
	} else {
		parts = setAsides(dropParticles(parts, role))
	}
	if role == roleFull && titled && !slices.ContainsFunc(parts[min(1, len(parts)):], func(p namePart) bool { return p.before != "-" }) {
		role = roleLast
	}
	setInitials(parts)
	setRoles(parts, role)
	return parts
}

// splitName returns what stands between spaces, hyphens, commas and dots, without what is
// no letter, digit or mark around it.
func splitName(name string) []namePart {
	var parts []namePart
	before, at := "", 0
	for at < len(name) && len(parts) <= mostNameParts {
		n := strings.IndexAny(name[at:], " -,")
		if n < 0 {
			n = len(name) - at
		}
		if p, ok := trimPart(name, at, at+n); ok {
			p.before = before
			parts, before = append(parts, splitDots(p)...), ""
		}
		if at += n; at < len(name) {
			before = separator(before, name[at])
			at++
		}
	}
	return parts
}

// splitDots returns what stands between the dots of a part, such as the initials in
// "j.r.". A title or what follows a name is one part without its dots, such as "ph.d.".
func splitDots(p namePart) []namePart {
	if !strings.Contains(p.text, ".") || strings.ContainsFunc(p.text, func(r rune) bool { return r != '.' && r != '\'' && !fold.IsLetter(r) && !fold.IsMark(r) }) {
		return []namePart{p}
	}
	if whole := strings.ReplaceAll(p.text, ".", ""); dottedWords[whole] {
		p.text = whole
		return []namePart{p}
	}
	var parts []namePart
	at := p.start
	for text := range strings.SplitSeq(p.text, ".") {
		if part, ok := trimPart(text, 0, len(text)); ok {
			part.start, part.end = at+part.start, at+part.end
			part.from, part.aside, part.before = part.start, p.aside, p.before
			part.dotted = p.dotted || part.end < p.end
			if len(parts) > 0 {
				part.before = "."
			}
			parts = append(parts, part)
		}
		at += len(text) + len(".")
	}
	return parts
}

// separator returns what stands between two parts that a further character separates.
func separator(before string, by byte) string {
	switch {
	case by == ',':
		return ", "
	case before == "" && by == '-':
		return "-"
	case before == ", ":
		return before
	}
	return " "
}

// trimPart returns the part of a name within start and end, and false if there is none.
func trimPart(name string, start, end int) (namePart, bool) {
	begins := func(r rune) bool { return !fold.IsLetter(r) && !fold.IsNumber(r) }
	ends := func(r rune) bool { return begins(r) && !fold.IsMark(r) }
	raw := name[start:end]
	left := strings.TrimLeftFunc(raw, begins)
	start = end - len(left)
	text := strings.TrimRightFunc(left, ends)
	if text == "" {
		return namePart{}, false
	}
	return namePart{
		text: text, start: start, from: start, end: start + len(text),
		dotted: strings.HasPrefix(left[len(text):], "."),
		aside:  strings.Count(name[:start], "(") > strings.Count(name[:start], ")"),
	}, true
}

// dropAround returns the parts without titles in front of a name or behind a comma, and
// without what follows a name, if others are left. It reports whether there was a title
// behind which a last name can stand alone.
func dropAround(parts []namePart) (kept []namePart, titled bool) {
	begins := true // a name, or what is behind a comma
	for i, p := range parts {
		if p.before == ", " && atBirth[p.text] {
			p.before = " "
		}
		begins = begins || p.before == ", "
		leads := i+1 < len(parts) && parts[i+1].before != ", "
		switch {
		case begins && leads && (titles[p.text] || p.dotted && dottedTitles[p.text]):
			titled = titled || !titlesOfFirst[p.text]
			parts[i+1].before = p.before
		case len(kept) > 0 && areSuffixes(parts[i:]):
		default:
			begins, kept = false, append(kept, p)
		}
	}
	if len(kept) > 0 {
		kept[0].before = ""
	}
	return kept, titled
}

// areSuffixes reports whether all parts up to the end, or up to a comma before something
// else, follow a name.
func areSuffixes(parts []namePart) bool {
	for i, p := range parts {
		if !suffixes[p.text] {
			return i > 0 && p.before == ", "
		}
	}
	return true
}

// dropParticles returns the parts without those that only lead to others. The first
// part is no particle but in a last name, and what nothing follows is none, but one that
// leads to the last name before the comma, as in "goethe, johann von".
func dropParticles(parts []namePart, role nameRole) []namePart {
	var kept []namePart
	from, before, dropped := 0, "", false
	for i, p := range parts {
		if !dropped {
			from, before = p.start, p.before
		}
		next := i+1 < len(parts)
		leads := i > 0 || role == roleLast || role == roleReversed
		if leads && particles[p.text] && next && parts[i+1].before != ", " {
			dropped = true
			continue
		}
		if role == roleReversed && !next && p.before == " " && backLeading[p.text] && !vietnamese[parts[0].text] {
			continue
		}
		p.from, p.before, p.particle = from, before, dropped
		kept, dropped = append(kept, p), false
	}
	return kept
}

// setAsides leaves out the words that say that a name at birth follows, and marks that as
// aside.
func setAsides(parts []namePart) []namePart {
	var kept []namePart
	born := false
	for i, p := range parts {
		if i > 0 && i+1 < len(parts) && (atBirth[p.text] || p.aside && p.text == "born") {
			born = true
			continue
		}
		p.aside = i > 0 && (p.aside || born)
		p.particle = p.particle || born
		kept = append(kept, p)
	}
	return kept
}

// setRoles says of each part whether it is a first or a last name.
func setRoles(parts []namePart, role nameRole) {
	switch role {
	case roleFirst, roleLast:
		for i := range parts {
			parts[i].role = role
		}
	case roleReversed:
		last := roleLast
		for i := range parts {
			if parts[i].before == ", " {
				last = roleFirst
			}
			parts[i].role = last
		}
	case roleFamilyFirst:
		for i := range parts {
			parts[i].role = roleFirst
		}
		parts[0].role = roleLast
	default:
		setFullRoles(parts)
	}
}

// setFullRoles is setRoles for a first and a last name: what is joined by hyphens is
// one. The last one is a last name, but in scripts without spaces and before initials,
// where it is the first. Between first and last, last names are those behind a particle
// and those that are known as last names alone, and all that follow them.
func setFullRoles(parts []namePart) {
	groups, group := 0, 0
	for i, p := range parts {
		if !p.aside && (i == 0 || p.before != "-") {
			groups++
		}
	}
	family, role := isFamilyFirst(parts), roleFirst
	for i, p := range parts {
		isLast := p.particle || onlyLast()[p.text]
		switch {
		case p.aside && isLast:
			parts[i].role = roleLast
			continue
		case p.aside:
			parts[i].role = roleFirst
			continue
		case i == 0 || p.before != "-":
			group++
			switch {
			case groups == 1 || family && group > 1:
				role = roleFirst
			case group == groups || family || group > 1 && isLast:
				role = roleLast
			}
		}
		parts[i].role = role
	}
}

// isFamilyFirst reports whether the first part is the last name: in Chinese, Japanese and
// Korean characters, and before two initials or more.
func isFamilyFirst(parts []namePart) bool {
	if !slices.ContainsFunc(parts, func(p namePart) bool { return !isEastAsian(p.text) }) {
		return true
	}
	return len(parts) > 2 && !parts[0].initial && !slices.ContainsFunc(parts[1:], func(p namePart) bool { return !p.initial })
}

// isEastAsian reports whether a text begins with a Chinese, Japanese or Korean character.
func isEastAsian(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	isThai := r >= 0x0E00 && r <= 0x0E7F // where the first name stands first
	return fold.IsUnspaced(r) && !isThai
}

// isVietnamese reports whether parts are a Vietnamese name, which begins with the last
// name and ends with no other.
func isVietnamese(parts []namePart) bool {
	return len(parts) > 1 && vietnamese[parts[0].text] && !vietnamese[parts[len(parts)-1].text]
}

// splitUnspaced divides a name of two to four Chinese characters or Korean syllables into
// the last name and the rest. The last name is one of them, or two if it is one of the few
// that have two or if the name has four.
func splitUnspaced(parts []namePart) []namePart {
	if len(parts) != 1 || strings.ContainsFunc(parts[0].text, func(r rune) bool { return !isHan(r) && !isHangul(r) }) {
		return parts
	}
	const size = 3 // bytes of each
	whole := parts[0]
	n, family := utf8.RuneCountInString(whole.text), size
	if n < 2 || n > 4 || len(whole.text) != n*size {
		return parts
	}
	if n == 4 || twoCharacters[whole.text[:2*size]] && n > 2 {
		family = 2 * size
	}
	last, first := whole, whole
	last.text, last.end = whole.text[:family], whole.start+family
	first.text, first.start, first.from, first.before = whole.text[family:], last.end, last.end, " "
	return []namePart{last, first}
}

func isHan(r rune) bool    { return r >= 0x3400 && r <= 0x9FFF || r == '々' }
func isHangul(r rune) bool { return r >= 0xAC00 && r <= 0xD7A3 }

// setInitials marks the parts of one letter as initials, where there are others.
func setInitials(parts []namePart) {
	initial := func(p namePart) bool {
		r, size := utf8.DecodeRuneInString(p.text)
		return size == len(p.text) && (fold.IsLower(r) || fold.IsUpper(r))
	}
	if !slices.ContainsFunc(parts, func(p namePart) bool { return !initial(p) }) {
		for i := range parts {
			if parts[i].before == "." {
				parts[i].before = " " // names of one letter, which others stand for
			}
		}
		return
	}
	for i := range parts {
		parts[i].initial = initial(parts[i])
		if i > 0 && parts[i-1].initial && parts[i].before == "." {
			parts[i].before = "" // the initial has the dot
		}
	}
}

// word returns how names, places and companies are made: what stands for none stays.
func (c *config) word(size func(*call) float64, run maker) built {
	return built{
		canon: foldName, spelling: c.spellingOfName(), size: size, run: run,
		isNothing: func(call *call) bool { return nothing.Name(call.canonical) },
	}
}

// spellingOfName is the spelling of anonymizers of what may stand for nobody: such a
// text stays as it is written.
func (c *config) spellingOfName() func(text, canonical string) string {
	spelling := c.spelling()
	return func(text, canonical string) string {
		switch {
		case nothing.Name(canonical):
			return text
		case spelling != nil:
			return spelling(text, canonical)
		}
		return canonical
	}
}

// A namer makes the pseudonyms of the parts of names.
type namer struct {
	own         string  // the scope of what the seed of a call is of
	first, last *config // which have the domains
}

func newNamer(cfg *config) namer {
	return namer{cfg.value, cfg.like("firstName"), cfg.like("lastName")}
}

// of returns the domain of a role, and its list.
func (n namer) of(role nameRole) (*config, *names) {
	if role == roleLast {
		return n.last, lastNames
	}
	return n.first, firstNames
}

// size returns how many results there are for the parts of a name.
func (n namer) size(parts []namePart) float64 {
	size := 1.0
	for i, p := range parts {
		again := slices.ContainsFunc(parts[:i], func(q namePart) bool { return q.text == p.text && q.role == p.role })
		if _, list := n.of(p.role); !again && !p.initial {
			size *= float64(len(list.all))
		}
	}
	return size
}

// name returns the pseudonyms of the parts of a name in their order.
func (n namer) name(c *call, parts []namePart) string {
	var out strings.Builder
	for _, p := range parts {
		out.WriteString(p.before + n.part(c, p))
	}
	return out.String()
}

// part returns the pseudonym of a part of a name. That of an initial is the initial of
// the pseudonym that the letter has.
func (n namer) part(c *call, p namePart) string {
	cfg, list := n.of(p.role)
	d := c.source.draw()
	if p.text != c.canonical || cfg.value != n.own {
		d = cfg.draw(c.in, dynsync.KindS, p.text, c.attempt)
	}
	name := d.pick(list.all)
	switch {
	case !p.initial:
		return name
	case p.dotted:
		return name[:1] + "."
	}
	return name[:1]
}

// namePartList is how strings hold several first names or last names.
var namePartList = listing{
	separators: [][]string{strongSeparators, commas, append([]string{"+", "＋", " og ", " och "}, weakSeparators...)},
	ahead:      true,
	form:       fold.Form,
	isValue:    isListedName,
	agrees:     func(level int, texts, _ []string) bool { return level != byWords || areBetween(texts) },
}

// nameList is how strings hold several full names. A single comma stands between a last and
// a first name; where it is one of several, names of two words stand between.
var nameList = listing{
	separators: namePartList.separators,
	ahead:      true,
	form:       fold.Form,
	isValue:    isListedName,
	agrees: func(level int, texts, values []string) bool {
		oneWord := func(v string) bool { return len(fold.Fields(v)) < 2 }
		if level == byCommas {
			return len(values) > 2 && !slices.ContainsFunc(values, oneWord) || areQuoted(texts)
		}
		return level != byWords || areBetween(texts)
	},
}

// Levels of the separators between names.
const (
	byCommas = 1
	byWords  = 2
)

// areBetween reports whether the texts at odd places stand between names: not before or
// behind nothing, as in "a//b", and not between single letters, as in "s/o", which is "son
// of".
func areBetween(texts []string) bool {
	isLetter := func(word string) bool { return characters(word) == 1 }
	for i := 1; i < len(texts); i += 2 {
		before, after := strings.Split(texts[i-1], " "), strings.Split(texts[i+1], " ")
		if fold.Trim(texts[i-1]) == "" || fold.Trim(texts[i+1]) == "" {
			return false
		}
		if texts[i] == "/" && isLetter(before[len(before)-1]) && isLetter(after[0]) {
			return false
		}
	}
	return true
}

// areQuoted reports whether all of the texts at even places begin and end with quotation
// marks.
func areQuoted(texts []string) bool {
	for i, text := range texts {
		text = fold.Trim(text)
		if _, ok := inside(text, `"`, `"`); !ok && i%2 == 0 {
			return false
		}
	}
	return true
}

// isListedName reports whether a text can be one of several names: it is no title alone,
// and stands for nobody or has a word of more than one letter.
func isListedName(text string) bool {
	canonical, _ := foldName(text)
	if nothing.Name(canonical) {
		return true
	}
	words := parseName(canonical, roleFirst)
	return slices.ContainsFunc(words, func(p namePart) bool { return characters(p.text) > 1 && !titles[p.text] && !suffixes[p.text] })
}

// eachName returns the names in a text that holds one name or several.
func eachName(text string, role nameRole) []string {
	parts := nameDividers()[role].divided(dynsync.KindS, text, true)
	if len(parts) == 0 {
		return []string{text}
	}
	return valuesOf(parts)
}

// nameDividers returns the anonymizers that know how names of a role are listed.
var nameDividers = sync.OnceValue(func() map[nameRole]*anonymizer {
	full := newAnonymizer(lookUp("fullName"), nil)
	return map[nameRole]*anonymizer{
		roleFirst: newAnonymizer(lookUp("firstName"), nil), roleLast: newAnonymizer(lookUp("lastName"), nil), roleFull: full, roleReversed: full,
	}
})
