package anon

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/fitting"
)

// An entry is an anonymizer of the catalog.
type entry struct {
	name   string // lower camel case
	doc    string
	takes  string         // what it applies to: "an e-mail address"; "" for every value
	kinds  []dynsync.Kind // S, N, B or BOOL; sets of them come along
	unique dynsync.Uniqueness
	drawn  bool // as in dynsync.Description
	// class is the class of results if no option keeps anything.
	class dynsync.Class
	// keeps is what results keep of a value with every option; the class is then ClassMayKeep.
	keeps string
	// keepsOf is the only kind, with its sets, that keeps holds for; none for all kinds.
	keepsOf dynsync.Kind
	// few is the sentence of the doc comment that states how many results there are, for
	// an anonymizer that may have few. All others have at least [enough], or don't apply.
	few string
	// ownForm says that no result follows the form of the value, with options that keep
	// nothing.
	ownForm bool
	options []catalog.Option
	// lists says how an S holds several values; nil for one value only.
	lists *listing
	build func(c *config) built
}

// A built is what an entry makes of its options.
type built struct {
	// canon returns the canonical form of a value, equal for values that mean
	// the same, and false if it does not fit; nil for the text itself.
	canon func(text string) (string, bool)
	// plain says that values are read as [fold.Plain] has them: as what has a syntax.
	plain bool
	// parse is like canon, and returns what run finds in call.parsed, too.
	parse func(text string) (canonical string, parsed any, ok bool)
	// spelling returns the canonical form spelt as the text is, as far as the result
	// follows that; nil if it follows the canonical form alone.
	spelling func(text, canonical string) string
	run      maker
	// isNothing reports whether the value of a call holds nothing to hide, as an empty
	// string does, and stays as it is; nil if no value but an empty one does.
	isNothing func(c *call) bool
	// unique replaces the entry's uniqueness, if it is set.
	unique dynsync.Uniqueness
	// bits is as in dynsync.Description.
	bits int
	// perItem says that the result depends on the item without the option perItem, too.
	perItem bool
	// size returns how many results there are for the value of a call, each as probable;
	// where they are not, as many as the most probable would be one of. It is nil where
	// results are not drawn, or follow the value closely.
	size func(c *call) float64
	// needs says that the value is changed by what is drawn, so that there is no
	// result without one.
	needs bool
	// leaves reports whether a part of a text would stay; nil where none does.
	leaves func(text string) bool
	// display makes the names that stand around a value; nil for none.
	display *anonymizer
	// permutes says that the results are a permutation of the values, so that another result
	// is that of a result.
	permutes bool
	// tries is how often a member of a set is drawn at most; maxAttempts, if it is 0.
	tries int
	err   error
}

// attempts returns how often a member of a set of the entry's is drawn at most: once
// where another draw would give the same.
func (b built) attempts(e *entry) int {
	switch {
	case b.tries > 0:
		return b.tries
	case !e.drawn:
		return 1
	}
	return maxAttempts
}

// allEntries returns all anonymizers, sorted by name.
func allEntries() []*entry {
	var all []*entry
	for _, group := range [][]entry{nameEntries, contactEntries, placeEntries, idEntries, sortableEntries, numberEntries, timeEntries, financeEntries, shapeEntries, textEntries} {
		for i := range group {
			all = append(all, &group[i])
		}
	}
	slices.SortFunc(all, func(a, b *entry) int { return strings.Compare(a.name, b.name) })
	return all
}

// entries is the catalog. It is made when the package starts, since entries refer to
// functions that refer to it.
var entries []*entry

func init() {
	entries = allEntries()
	catalog.Set(specs())
	fitting.Set(fittingNames)
}

func lookUp(name string) *entry {
	for _, e := range entries {
		if e.name == name {
			return e
		}
	}
	return nil
}

// makeNamed returns the anonymizer of that name.
func makeNamed(name string, opts []Option) dynsync.Transformer {
	return newAnonymizer(lookUp(name), opts)
}

// specs describes all anonymizers for those who name them in text, sorted by name.
func specs() []catalog.Spec {
	specs := make([]catalog.Spec, len(entries))
	for i, e := range entries {
		d := newAnonymizer(e, nil).desc
		specs[i] = catalog.Spec{
			Name: e.name, Doc: e.doc, Kinds: d.Kinds, Uniqueness: d.Uniqueness, Drawn: d.Drawn,
			Class: d.Class, Classes: d.Classes, Keeps: d.Keeps, Few: e.few,
			Options: slices.Concat(e.options, commonOptions),
			New:     e.withNamed,
		}
	}
	return specs
}

// withNamed returns the anonymizer with options by name.
func (e *entry) withNamed(options map[string]any) (dynsync.Transformer, error) {
	var opts []Option
	for _, key := range slices.Sorted(maps.Keys(options)) {
		opts = append(opts, option{key, options[key]})
	}
	a := newAnonymizer(e, opts)
	return a, a.desc.Err
}

// initialisms are the names whose functions are not just capitalised.
var initialisms = map[string]string{"ip": "IP", "ssn": "SSN", "uuid": "UUID", "url": "URL", "iban": "IBAN", "ulid": "ULID", "ksuid": "KSUID", "objectId": "ObjectID"}

// goName returns the name of the entry's function.
func (e *entry) goName() string {
	if name, ok := initialisms[e.name]; ok {
		return name
	}
	return strings.ToUpper(e.name[:1]) + e.name[1:]
}

func (e *entry) fault(err error) error { return fmt.Errorf("anon.%s: %w", e.goName(), err) }

func (e *entry) option(name string) *catalog.Option {
	for _, list := range [][]catalog.Option{e.options, commonOptions} {
		for i := range list {
			if list[i].Name == name {
				return &list[i]
			}
		}
	}
	return nil
}

func (e *entry) optionNames() []string {
	var names []string
	for _, s := range slices.Concat(e.options, commonOptions) {
		names = append(names, s.Name)
	}
	return names
}
