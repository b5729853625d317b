package anon

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/brianvoe/gofakeit/v7/data"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/fold"
)

// A nameRole is which anonymizer a name is given to.
type nameRole uint8

const (
	roleFirst nameRole = iota
	roleLast
	roleFull
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
			return start + size
		}
		end += size
	}
	return end
}

// A nameNode is the beginning that names have in common, by words.
type nameNode struct {
	next  map[string]*nameNode // by the next word, folded
	whole bool                 // it is a name itself
	role  nameRole
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
	if len(words) > 0 && !node.whole {
		node.whole, node.role = true, role
	}
}

// addValue adds what an attribute holds: all of it, and its words of three letters
// and more. Of several words the last one is a last name.
func (f *nameFinder) addValue(value string, single nameRole) {
	words := strings.FieldsFunc(value, func(r rune) bool { return fold.IsSpace(r) || strings.ContainsRune(",;()\"", r) })
	switch {
	case len(words) > 1:
		f.add(value, roleFull)
	case len(words) == 1 && utf8.RuneCountInString(words[0]) > 1:
		f.add(words[0], single)
	}
	for i, w := range words {
		if letters(w) < 3 || len(words) == 1 {
			continue
		}
		role := roleFirst
		if i == len(words)-1 {
			role = roleLast
		}
		f.add(w, role)
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
		n, role := f.longest(p.text, words[i:])
		if n == 0 || i+n <= end {
			continue // or within another
		}
		end = i + n
		found := p.span(f.kind, words[i].start, words[end-1].end)
		found.role = role
		add(found)
	}
}

// longest returns how many words the longest name has that words begin with, and its
// role: its words in their order, with at most three characters between that are no
// letters.
func (f *nameFinder) longest(text string, words []token) (n int, role nameRole) {
	node := &f.names
	for i, w := range words {
		if i > 0 && !adjoin(text, words[i-1], w) {
			break
		}
		if node = node.next[w.folded]; node == nil {
			break
		}
		if node.whole {
			n, role = i+1, node.role
		}
	}
	return n, role
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
// word is a first name, unless gofakeit has it among its last names alone.
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

// onlyLast are the last names of gofakeit's that are no first names, in canonical form.
var onlyLast = sync.OnceValue(func() map[string]bool {
	only := map[string]bool{}
	for i, list := range []string{"last", "first"} {
		for _, name := range data.Person[list] {
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

// roleAt returns the role of a single word at a path, by the path's words.
func roleAt(path string) nameRole {
	path = fold.Case(path)
	for _, word := range []string{"last", "surname", "family"} {
		if strings.Contains(path, word) {
			return roleLast
		}
	}
	return roleFirst
}
