package anon

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/lists"
	"github.com/dynsync/dynsync/internal/nothing"
)

// A nameRole is which anonymizer a name is given to.
type nameRole uint8

const (
	roleFirst nameRole = iota
	roleLast
	roleFull
	// roleReversed is a full name whose last name stands first, before a comma.
	roleReversed
	// roleFamilyFirst is a full name whose last name stands first.
	roleFamilyFirst
)

// A token is a word of a text, or a character of a script without spaces.
type token struct {
	start, end int
	folded     string // by fold.Case
}

// tokens returns the words of a text: letters, digits and marks.
func tokens(text string) []token {
	var all []token
	for i := 0; i < len(text); {
		end := tokenEnd(text, i)
		if end == i {
			_, size := utf8.DecodeRuneInString(text[i:])
			i += size
			continue
		}
		all = append(all, token{i, end, fold.Case(text[i:end])})
		i = end
	}
	return all
}

func tokenEnd(text string, start int) int {
	end := start
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !fold.IsLetter(r) && !fold.IsDigit(r) && !(fold.IsMark(r) && end > start) {
			break
		}
		if fold.IsUnspaced(r) {
			if end > start {
				break
			}
			return marksEnd(text, start+size)
		}
		end += size
	}
	return end
}

// marksEnd returns where the marks end that a text has from start on.
func marksEnd(text string, start int) int {
	for start < len(text) {
		r, size := utf8.DecodeRuneInString(text[start:])
		if !fold.IsMark(r) {
			break
		}
		start += size
	}
	return start
}

// A nameNode is the beginning that names have in common, by words.
type nameNode struct {
	next map[string]*nameNode // by the next word, folded
	name string               // what is a name itself, as it was added
	role nameRole
}

// step returns the node behind a word, which is made if there is none.
func (n *nameNode) step(word string) *nameNode {
	if n.next == nil {
		n.next = map[string]*nameNode{}
	}
	next := n.next[word]
	if next == nil {
		next = &nameNode{}
		n.next[word] = next
	}
	return next
}

// maxNameWords is how many words of a name are looked for: with more, a long text
// in the place of a name would take long.
const maxNameWords = 30

// A nameFinder finds names that it is told.
type nameFinder struct {
	kind  findingKind
	names nameNode
}

func newNameFinder(kind findingKind) *nameFinder { return &nameFinder{kind: kind} }

func (f *nameFinder) empty() bool { return len(f.names.next) == 0 }

// add adds a name. Of equal names the first one stays.
func (f *nameFinder) add(name string, role nameRole) {
	words := tokens(newPlainText(name).text)
	node := &f.names
	for _, t := range words[:min(len(words), maxNameWords)] {
		node = node.step(t.folded)
	}
	if len(words) > 0 && node.name == "" {
		node.name, node.role = name, role
	}
}

// addValue adds the names that an attribute of such names holds.
func (f *nameFinder) addValue(value string, role nameRole) {
	for _, name := range eachName(value, role) {
		f.addName(name, role)
	}
}

// addName adds a name: all of it, what is joined by hyphens, last names with their
// particles, and parts of three letters and more; of two, if it is the only part or of
// a script whose words are that short.
func (f *nameFinder) addName(value string, role nameRole) {
	canonical, _ := foldName(value)
	if nothing.Name(canonical) {
		return
	}
	parts := parseName(canonical, role)
	if len(parts) == 1 {
		role = parts[0].role
	}
	if len(parts) != 1 || letters(parts[0].text) > 1 {
		f.add(value, role)
	}
	for i := range parts {
		f.addPart(canonical, parts[i:], len(parts) == 1)
	}
}

// addPart adds the first of the parts of a name, and what it begins.
func (f *nameFinder) addPart(name string, parts []namePart, single bool) {
	p, least := parts[0], 3
	if first, _ := utf8.DecodeRuneInString(p.text); single || fold.IsUnspaced(first) {
		least = 2
	}
	if letters(p.text) >= least {
		f.add(p.text, p.role)
	}
	end := 1
	for end < len(parts) && parts[end].role == p.role && (p.particle || parts[end].before == "-") {
		end++
	}
	if end > 1 || p.particle {
		f.add(name[p.from:parts[end-1].end], p.role)
	}
}

func letters(word string) int {
	n := 0
	for _, r := range word {
		if fold.IsLetter(r) {
			n++
		}
	}
	return n
}

// find adds the places of the names among the words of a text.
func (f *nameFinder) find(p plainText, words []token, add func(finding)) {
	end := 0 // behind what was found
	for i := range words {
		n, name := f.longest(p.text, words[i:])
		if n == 0 || i+n <= end {
			continue // or within another
		}
		end = i + n
		found := p.span(f.kind, words[i].start, words[end-1].end)
		found.text, found.role = name.name, name.role
		add(found)
	}
}

// longest returns the longest name that words begin with, and how many words it has: its
// words in their order, with at most three characters between that are no letters.
func (f *nameFinder) longest(text string, words []token) (n int, name *nameNode) {
	node := &f.names
	for i, w := range words {
		if i > 0 && !adjoin(text, words[i-1], w) {
			break
		}
		if node = node.next[w.folded]; node == nil {
			break
		}
		if node.name != "" {
			n, name = i+1, node
		}
	}
	return n, name
}

// adjoin reports whether two words can belong to one name.
func adjoin(text string, a, b token) bool {
	return b.start-a.end <= 3*utf8.UTFMax && utf8.RuneCountInString(text[a.end:b.start]) <= 3
}

// newListFinder returns the finder of a list of names.
func newListFinder(list []string) *nameFinder {
	f := newNameFinder(findName)
	for _, name := range list {
		f.add(name, roleOf(name))
	}
	return f
}

// roleOf returns the role of a listed name: several words are a full name, and one
// word is a first name, unless only the list of last names has it.
func roleOf(name string) nameRole {
	folded, _ := foldName(name)
	switch {
	case strings.Contains(folded, " "):
		return roleFull
	case onlyLast()[folded]:
		return roleLast
	}
	return roleFirst
}

// onlyLast are the known last names that are no listed first names, in canonical form.
var onlyLast = sync.OnceValue(func() map[string]bool {
	only := listed(iberian + " " + withoutAccents.Replace(iberian))
	for i, list := range [][]string{lists.LastNames, lists.FirstNames} {
		for _, name := range list {
			folded, _ := foldName(name)
			only[folded] = i == 0
		}
	}
	return only
})

// newRecordFinder returns the finder of what an item has at the paths: strings, also
// within sets, lists and maps.
func newRecordFinder(record *dynsync.Record, paths []string) *nameFinder {
	f := newNameFinder(findRecordName)
	for _, path := range paths {
		if v, ok := record.Get(path); ok {
			f.addAll(v.Any(), path)
		}
	}
	return f
}

func (f *nameFinder) addAll(value any, path string) {
	switch value := value.(type) {
	case string:
		f.addValue(value, roleAt(path))
	case []string:
		for _, member := range value {
			f.addValue(member, roleAt(path))
		}
	case []any:
		for _, element := range value {
			f.addAll(element, path)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			f.addAll(value[name], path+"."+name)
		}
	}
}

// roleAt returns the role of names at a path, by the last name in the path.
func roleAt(path string) nameRole {
	name := strings.Map(func(r rune) rune {
		if r != '.' && !fold.IsLetter(r) {
			return -1
		}
		return r
	}, fold.Case(path))
	name = strings.TrimSuffix(strings.TrimSuffix(name[strings.LastIndexByte(name, '.')+1:], "s"), "name")
	for _, word := range []string{"first", "given", "fore"} {
		if strings.HasSuffix(name, word) {
			return roleFirst
		}
	}
	for _, word := range []string{"last", "sur", "family"} {
		if strings.HasSuffix(name, word) {
			return roleLast
		}
	}
	return roleFull
}
