package anon

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/fold"
)

// A namePart is a part of a name that has a pseudonym of its own.
type namePart struct {
	text string   // folded, without punctuation around it
	role nameRole // roleFirst or roleLast
	// before is what the pseudonym has before it: a space, a hyphen, a comma and a space,
	// or nothing.
	before string
	// initial says that it stands for a part, as one letter, with a dot or without.
	initial, dotted bool
	// start and end are its place in the name, and from that of the particles before it.
	from, start, end int
	particle         bool // it stands behind particles
}

// maxNameParts is how many parts a name has at most: a longer text is none.
const maxNameParts = 12

// parseName returns the parts of a name in canonical form that is given to an anonymizer
// of that role; none if the text is no name of such parts.
func parseName(name string, role nameRole) []namePart {
	if role == roleFull && strings.ContainsRune(name, ',') {
		role = roleReversed
	}
	parts := dropAround(splitName(name))
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
	parts = dropParticles(parts, role)
	setRoles(parts, role)
	setInitials(parts)
	return parts
}

// splitName returns what stands between spaces, hyphens and commas, without what is no
// letter, digit or mark around it.
func splitName(name string) []namePart {
	var parts []namePart
	before, at := "", 0
	for at < len(name) && len(parts) <= 2*maxNameParts {
		n := strings.IndexAny(name[at:], " -,")
		if n < 0 {
			n = len(name) - at
		}
		if p, ok := trimPart(name, at, at+n); ok {
			p.before = before
			parts, before = append(parts, p), ""
		}
		if at += n; at < len(name) {
			before = separator(before, name[at])
			at++
		}
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
	return namePart{
		text: text, start: start, from: start, end: start + len(text),
		dotted: strings.HasPrefix(left[len(text):], "."),
	}, text != ""
}

// dropAround returns the parts without the titles in front and what follows a name, if
// others are left.
func dropAround(parts []namePart) []namePart {
	for len(parts) > 1 && titles[parts[0].text] {
		parts = parts[1:]
	}
	for n := len(parts); n > 1 && suffixes[parts[n-1].text]; n-- {
		parts = parts[:n-1]
	}
	if len(parts) > 0 {
		parts[0].before = ""
	}
	return parts
}

// dropParticles returns the parts without those that only lead to others. The first
// part is no particle but in a last name, and what nothing follows is none.
func dropParticles(parts []namePart, role nameRole) []namePart {
	var kept []namePart
	from, before, dropped := 0, "", false
	for i, p := range parts {
		if !dropped {
			from, before = p.start, p.before
		}
		leads := i > 0 || role == roleLast || role == roleReversed
		if leads && particles[p.text] && i+1 < len(parts) && parts[i+1].before != ", " {
			dropped = true
			continue
		}
		p.from, p.before, p.particle = from, before, dropped
		kept, dropped = append(kept, p), false
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
	default:
		setFullRoles(parts)
	}
}

// setFullRoles is setRoles for a first and a last name: what is joined by hyphens is
// one. The last one is a last name, but in scripts without spaces, where it is the
// first. Between first and last, last names are those behind a particle and those that
// are listed as last names alone, and all that follow them.
func setFullRoles(parts []namePart) {
	groups := 0
	for i, p := range parts {
		if i == 0 || p.before != "-" {
			groups++
		}
	}
	family := !slices.ContainsFunc(parts, func(p namePart) bool { return !isUnspaced(p.text) })
	group, role := 0, roleFirst
	for i, p := range parts {
		if i == 0 || p.before != "-" {
			group++
			switch {
			case groups == 1 || family && group > 1:
				role = roleFirst
			case group == groups || family || group > 1 && (p.particle || onlyLast()[p.text]):
				role = roleLast
			}
		}
		parts[i].role = role
	}
}

// isUnspaced reports whether a text begins in a script that is written without spaces.
func isUnspaced(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return fold.IsUnspaced(r)
}

// setInitials marks the parts of one letter as initials, where there are others.
func setInitials(parts []namePart) {
	initial := func(p namePart) bool {
		r, size := utf8.DecodeRuneInString(p.text)
		return size == len(p.text) && (fold.IsLower(r) || fold.IsUpper(r))
	}
	if !slices.ContainsFunc(parts, func(p namePart) bool { return !initial(p) }) {
		return
	}
	for i := range parts {
		parts[i].initial = initial(parts[i])
	}
}

// listed returns a set of words.
func listed(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.SplitSeq(words, " ") {
		set[w] = true
	}
	return set
}

var (
	titles   = listed("dr mr mrs ms miss prof professor herr frau sir mme mlle dipl")
	suffixes = listed("jr sr ii iii iv phd md esq")
	// particles lead to a last name.
	particles = listed("van von vom zu zum zur der den dem de del della di da das do dos du des la las le les lo los ten ter bin ibn bint al el y e af av")
)

// standsForNobody reports whether a value in canonical form stands for no name, place
// or company: punctuation alone, and words that say so.
func standsForNobody(canonical string) bool {
	return nobody[canonical] || canonical != "" && strings.Trim(canonical, "-.?*_/") == ""
}

var nobody = func() map[string]bool {
	set := map[string]bool{}
	for text := range strings.SplitSeq("n/a|n.a.|n. a.|n/k|k.a.|k. a.|unknown|none|null|nil|undefined|unspecified|not applicable|"+
		"not available|not given|not known|not provided|not set|not specified|no name|anonymous|tbd|unbekannt|keine angabe|inconnu|desconocido|desconhecido|sconosciuto", "|") {
		set[text] = true
	}
	return set
}()

// word returns how names, places and companies are made: what stands for none stays.
func (c *config) word(size func(*call) float64, run maker) built {
	return built{
		canon: foldName, spelling: c.spellingOfName(), size: size, run: run,
		isNothing: func(call *call) bool { return standsForNobody(call.canonical) },
	}
}

// spellingOfName is the spelling of anonymizers of what may stand for nobody: such a
// text stays as it is written.
func (c *config) spellingOfName() func(text, canonical string) string {
	spelling := c.spelling()
	return func(text, canonical string) string {
		switch {
		case standsForNobody(canonical):
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
	if standsForNobody(canonical) {
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
