package survey

import (
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Sight is where texts that look personal stand, as it may be printed.
type Sight struct {
	Sort Sort
	Path string // the shape of the path
	Map  string // the pattern, for rules, of the map that has the names; "" where there is none, or it is not known
}

// NewSight returns the sight of a sort. top is the name of the attribute, or "" where it
// may not be printed; below is the pattern from there down to the names, and within is
// that of the object, in its text, of names in JSON text.
func NewSight(sort Sort, top, below, within string) Sight {
	path := "*"
	if top != "" {
		path = string(docpath.AppendStep(nil, wire.Step{Name: top}))
	}
	s := Sight{Sort: sort, Path: path + below, Map: within}
	if sort.isMember() && top != "" {
		s.Map = s.Path[:max(strings.LastIndexByte(s.Path, '.'), 0)]
	}
	return s
}

// what names the text in a sentence.
func (s Sight) what() string {
	switch s.Sort {
	case Key:
		return "the key attribute"
	case Attribute:
		return "the name of the attribute"
	case InJSON:
		return "the name of a member in JSON text"
	}
	return "the map key"
}

// Why says what is wrong with one text at the place.
func (s Sight) Why(k personal.Kind) string {
	return fmt.Sprintf("%s looks like %v, and would pass as it is; %s", s.what(), k, s.Remedy(k))
}

// Remedy says what can be done about texts that look like that.
func (s Sight) Remedy(k personal.Kind) string {
	switch {
	case s.Sort == Key:
		return fmt.Sprintf("transform it with WithTransform(%q, %s), or, where it is a part of the key, the part, as with Delimited(\"#\", Passthrough(), %[2]s), and keys of other forms by further branches of FirstOf; or keep it with WithTransform(%[1]q, Passthrough())", s.Path, unique(k))
	case s.Sort == Attribute:
		return "write the name in the path of a rule, such as one with Remove, rename the attribute in WithRecordTransform, or keep it under a rule with Passthrough"
	case s.Sort == InStruct:
		return "let Func take a Go map or a Value, so that it decides about every name, or write rules for the members in its place"
	case s.Sort == InJSON && s.Map == "":
		return "write the names in the paths of the rules of JSON, take anon.Text instead of JSON, which finds them in names too, or keep them under a rule with Passthrough"
	}
	pattern, before, in := fmt.Sprintf("%q", s.Map), "", ""
	if s.Map == "" {
		pattern = "the path of the map"
	}
	if s.Sort == InJSON {
		in = " in JSON"
	}
	if s.Sort == InEach {
		before = fmt.Sprintf("instead of Each, give the rule the path of the members (%s), and ", s.Path)
	}
	return fmt.Sprintf("%stransform the map keys%s with WithTransformKeys(%s, %s), write them in the paths of rules, or keep them with WithTransformKeys(%[3]s, Passthrough())", before, in, pattern, transformer(k))
}

// unique returns what makes other texts of that kind of different texts, as Go code.
func unique(k personal.Kind) string {
	switch k {
	case personal.Phone, personal.SSN, personal.Card:
		return "anon.Digits()"
	case personal.IBAN:
		return "anon.Alphanumeric()"
	case personal.Name:
		return "anon.Token()"
	}
	return transformer(k)
}

// transformer returns what makes another text of that kind, as Go code.
func transformer(k personal.Kind) string {
	switch k {
	case personal.Email:
		return "anon.Email()"
	case personal.Phone:
		return "anon.Phone()"
	case personal.IBAN:
		return "anon.IBAN()"
	case personal.SSN:
		return "anon.SSN()"
	case personal.Card:
		return "anon.CardNumber()"
	case personal.Name:
		return "anon.FullName()"
	}
	return "Pseudonym()"
}

// A Seen is how many texts look like something.
type Seen struct {
	Kind personal.Kind
	N    int64
}

// A Finding is what many texts of a place look like.
type Finding struct {
	Sight
	Looks []Seen // the most frequent first; never empty
	Of    int64  // that were looked at
}

func (f *Finding) sum() (n int64) {
	for _, l := range f.Looks {
		n += l.N
	}
	return n
}

// String says what was found, without the remedy.
func (f Finding) String() string {
	what, unit := "map keys at "+f.Path, "names"
	switch f.Sort {
	case Key:
		what, unit = fmt.Sprintf("values of the key attribute %s", f.Path), "items"
	case Attribute:
		what = "names of attributes"
	case InJSON:
		what = "names of members in JSON text, at " + f.Path + ","
	}
	var looks []string
	for _, l := range f.Looks {
		looks = append(looks, fmt.Sprintf("like %v in %d", l.Kind, l.N))
	}
	return fmt.Sprintf("%s look %s of %d %s", what, strings.Join(looks, ", "), f.Of, unit)
}

// Explain says what was found, and what can be done: one place after what stands in front,
// several each on a line of its own.
func Explain(found []Finding) string {
	var texts []string
	for _, f := range found {
		texts = append(texts, f.String()+", and would pass as they are: "+f.Remedy(f.Looks[0].Kind))
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "keys or names look personal in several places:\n  " + strings.Join(texts, "\n  ")
}
