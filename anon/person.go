package anon

import (
	"errors"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/nothing"
)

// Person makes [Email] and [Username] compose their results of the pseudonyms of a
// person's names, so that they agree with the name of the same item: beside "Ruth Kuhn",
// the address is "ruth.kuhn.4x2mq7bzca5rt@example.com" and the user name "rkuhn4821".
//
// namePaths are document paths of names in the same item, as [NamesAt] has them:
// "FirstName", "LastName", or "Name" for a full name. Their pseudonyms are those of
// [FirstName], [LastName] and [FullName] with default options, or with the same [In]. The
// first of the first names and the last of the last names are taken. If no path has a
// name, or none is given, a name is drawn from the S or N at idPath, which is the same
// for all values with that id. If that is missing, too, the option has no effect on the
// value.
//
// The rest of the result is drawn from the value, as without Person. The results for one
// value differ where the names or ids differ: other tables join by it only if their items
// have the same names or the same id. [PerItem] does not change the names.
func Person(idPath string, namePaths ...string) Option {
	return option{"person", append([]string{idPath}, namePaths...)}
}

func personSpec() catalog.Option {
	return catalog.Option{Name: "person", Type: catalog.Strings, Doc: "Document paths in the item: that of the person's id, and those of the person's names, which the result is composed of.", Min: 1, Max: 100}
}

// A person finds the pseudonyms of the names of an item's person.
type person struct {
	id    string
	names []string // paths
	cfg   *config  // of what is drawn from the id
	namer namer
}

// newPerson returns the person of the option, or nil where there is none.
func newPerson(cfg *config) (*person, error) {
	paths := cfg.texts("person")
	if len(paths) == 0 {
		return nil, nil
	}
	all := *cfg.like("person")
	all.perItem = false
	p := &person{id: paths[0], names: paths[1:], cfg: &all, namer: newNamer(&all)}
	p.namer.own = "" // what the seed of a call is of is no name
	if cfg.text("emailFormat") == "token" {
		return p, errors.New("person has no effect with the emailFormat token; remove one of them")
	}
	return p, checkPaths("person", paths)
}

// name returns the pseudonyms of the person's first and last name in lower case; one or
// both are empty where there are none.
func (p *person) name(c *call) (first, last string) {
	record, names := c.in.Record(), &call{draw: &draw{}, in: c.in} // at the first attempt, whatever that of the value
	for _, path := range p.names {
		for _, part := range partsAt(record, path) {
			name := fold.PlainCase(strings.TrimSuffix(p.namer.part(names, part), "."))
			switch {
			case part.aside:
			case part.role == roleLast:
				last = name
			case first == "":
				first = name
			}
		}
	}
	if first == "" && last == "" {
		return p.nameOfID(c)
	}
	return first, last
}

// partsAt returns the parts of the name at a path of an item, the first of several.
func partsAt(record *dynsync.Record, path string) []namePart {
	v, _ := record.Get(path)
	text, ok := v.Text()
	if !ok || v.Kind() != dynsync.KindS {
		return nil
	}
	role := roleAt(path)
	canonical, _ := foldName(eachName(text, role)[0])
	if nothing.Name(canonical) {
		return nil
	}
	return parseName(canonical, role)
}

// nameOfID is name for a person without names.
func (p *person) nameOfID(c *call) (first, last string) {
	id, ok := idAt(c, p.id)
	if !ok {
		return "", ""
	}
	d := p.cfg.draw(c.in, dynsync.KindS, id, 0)
	return fold.PlainCase(d.pick(firstNames.all)), fold.PlainCase(d.pick(lastNames.all))
}

// username returns the initial of the first name and the last name, or the only one.
func (p *person) username(c *call) string {
	first, last := p.name(c)
	if last == "" {
		return first
	}
	return cut(first, 1) + last
}
