// Package onetoone decides whether rules make the key of an item at the destination a
// one-to-one function of its key at the source, so that no two items can end on one key,
// in whatever run, share or night they are copied.
package onetoone

import (
	"cmp"
	"fmt"
	"math"

	"github.com/dynsync/dynsync/internal/template"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Maker is a transformer, as far as it matters to the keys that it makes.
type Maker struct {
	Name      string
	Keeps     bool // the value stays as it is
	Exact     bool // different values have different results
	Practical bool // they do, but for a chance of 2^-Bits for each two
	Bits      int  // 0 counts as 128
	PerItem   bool // the result also depends on the item
	Last      bool // it reads what the other rules made of the item
	Canonical func(text string) (canonical string, ok bool)

	Join     Join
	Parts    []*Maker           // that it runs
	Template *template.Template // that it fills in, or nil
}

// A Join says how a maker runs its parts.
type Join uint8

// The joins.
const (
	None  Join = iota // it has no parts, or not such that more is known than it says itself
	Apart             // each takes the value, or a part of it of its own
	Chain             // each takes the result of the one before
	First             // the first that applies takes the value
)

// A Rule is a rule for a key attribute.
type Rule struct {
	Text     string
	Collides bool // that items can get one key is accepted
	Maker    *Maker
}

// A Place is what the rules do with the value at a path.
type Place struct {
	Keeps bool   // the value stays as it is
	Maker *Maker // of the rule for exactly this value, or nil
	Rule  string // the text of the rule that decides, or ""
}

// Keys are the rules for the keys of a table.
type Keys struct {
	Rules []Rule
	At    func(path []wire.Step) Place
	Items int64 // about how many items the table has; 0 if that is not known
}

const (
	// manyItems is how many items a table counts as that does not say how many it has.
	manyItems = 1_000_000
	// MostChance is the highest probability, of one collision in all of a table, that
	// counts as none.
	MostChance = 1e-6
	// defaultBits is what Bits counts as if it is 0.
	defaultBits = 128
)

// A Verdict says whether keys are one-to-one.
type Verdict struct {
	Why    string  // why they are not, with what can be done; "" if they are
	Chance float64 // the probability that any two items get one key; 0 if that is impossible
	Items  int64   // for so many items
}

// Holds reports whether the keys are one-to-one.
func (v Verdict) Holds() bool { return v.Why == "" }

// ChanceText says how likely it is that two keys are equal after all, as the end of a
// sentence, or "" if they cannot be. counted says that DescribeTable has counted the items.
func (v Verdict) ChanceText(counted bool) string {
	if v.Chance == 0 {
		return ""
	}
	of := ", as DescribeTable reports"
	if !counted {
		of = ", which is assumed, since DescribeTable reports none"
	}
	return fmt.Sprintf(": of %d items%s, two get the same key with a probability of %.1g (the limit is %.0g; results have %d bits)", v.Items, of, v.Chance, MostChance, v.Bits())
}

// Bits returns the binary logarithm of how many results keys are drawn from, rounded
// down, or 0 if none is drawn.
func (v Verdict) Bits() int {
	if v.Chance == 0 {
		return 0
	}
	return int(math.Floor(2*math.Log2(float64(v.Items)) - math.Log2(v.Chance)))
}

// Judge decides whether the rules make keys one-to-one.
func (k *Keys) Judge() Verdict {
	j := &judge{keys: k}
	v := Verdict{Items: cmp.Or(k.Items, manyItems)}
	for _, r := range k.Rules {
		if r.Collides {
			v.Why = fmt.Sprintf("rule %q has AllowCollisions", r.Text)
			return v
		}
		if why := j.key(r.Maker); why != "" {
			v.Why = fmt.Sprintf("rule %q: %s", r.Text, why)
			return v
		}
	}
	n := float64(v.Items)
	v.Chance = n * n * j.chance
	if v.Chance > MostChance {
		v.Why = fmt.Sprintf("two of %d items get one key with a probability of %.1g, which is more than %.0g; use transformers with more results", v.Items, v.Chance, MostChance)
	}
	return v
}

// A judge judges one maker after the other. Its methods return why keys are not
// one-to-one, or "".
type judge struct {
	keys   *Keys
	chance float64 // that two values get one result, over all makers
}

// key judges the maker of a key attribute, or of a part of one.
func (j *judge) key(m *Maker) string {
	switch {
	case m.Template != nil:
		return j.template(m)
	case m.Join == Chain:
		for _, part := range m.Parts {
			if isTemplate(part) {
				return "a Template in a Chain is not followed by what the chain makes of it; use the Template alone"
			}
		}
	}
	if m.Join == None {
		return j.leaf(m)
	}
	for _, part := range m.Parts {
		if why := j.key(part); why != "" {
			return why
		}
	}
	return ""
}

// isTemplate reports whether a maker is a template, or runs one.
func isTemplate(m *Maker) bool {
	for _, part := range m.Parts {
		if isTemplate(part) {
			return true
		}
	}
	return m.Template != nil
}

// leaf judges a maker by what it says itself.
func (j *judge) leaf(m *Maker) string {
	switch {
	case m.Keeps:
	case m.PerItem:
		return m.Name + " depends on the item and not on the key alone; leave out what makes it so, such as PerItem"
	case m.Last:
		return m.Name + " reads what the other rules made of the item; only Template may"
	case m.Exact:
	case m.Practical:
		j.chance += math.Exp2(-float64(cmp.Or(m.Bits, defaultBits)))
	default:
		return m.Name + " can give different keys the same result; use a transformer that is UniquenessExact or UniquenessPractical"
	}
	return ""
}

// template judges a template, by the rules for its placeholders.
func (j *judge) template(m *Maker) string {
	t := m.Template
	for i, p := range t.Placeholders {
		if i > 0 && t.Fixed[i] == "" {
			return fmt.Sprintf("%s: no text stands between %v and %v, so that two keys could become one; separate them", m.Name, t.Placeholders[i-1], p)
		}
		if why := j.placeholder(p); why != "" {
			return fmt.Sprintf("%s: %v: %s", m.Name, p, why)
		}
	}
	return ""
}

func (j *judge) placeholder(p template.Placeholder) string {
	place := j.keys.At(p.Path)
	switch {
	case place.Keeps || place.Maker != nil && place.Maker.Keeps:
		return ""
	case place.Maker == nil && place.Rule != "":
		return fmt.Sprintf("rule %q decides about more than the value; give the value a rule of its own", place.Rule)
	case place.Maker == nil:
		return "no rule selects the value, so that the default replaces it; add a rule"
	case isTemplate(place.Maker) || place.Maker.Last:
		return place.Maker.Name + " comes after the other rules, and the template does not see its result"
	case !p.FoldsFirst():
		return "a modifier that loses a part of the text stands behind one that does not; put it in front"
	case p.Loses() != 0 && !folds(place.Maker, p):
		return "the modifiers lose a part of what " + place.Maker.Name + " reads, so that different keys could become one; leave them out, or use a transformer whose canonical form loses it, too"
	}
	return j.key(place.Maker)
}

// folds reports whether a maker reads no more of a text than the modifiers of a
// placeholder leave. A part that keeps its value reads nothing.
func folds(m *Maker, p template.Placeholder) bool {
	switch {
	case m.Keeps:
		return true
	case m.Canonical != nil:
		return foldsSamples(m, p, true)
	case m.Join != Apart && m.Join != First:
		return false
	}
	for _, part := range m.Parts {
		if !part.Keeps && !foldsSamples(part, p, false) {
			return false
		}
	}
	return true
}

// foldsSamples tries samples with the canonical form of a maker. A maker that is not
// given the canonical form of what the modifiers leave must find it there.
func foldsSamples(m *Maker, p template.Placeholder, given bool) bool {
	if m.Canonical == nil {
		return false
	}
	tried := false
	for _, sample := range samples {
		for _, text := range []string{sample, " " + sample + " "} {
			folded := p.Folded(text)
			form, ok := m.Canonical(text)
			if !ok || folded == text {
				continue
			}
			other, ok := m.Canonical(folded)
			if !ok || other != form {
				return false
			}
			tried = tried || given || other == folded
		}
	}
	return tried
}

// samples are texts of the forms that transformers read, each with letters in upper and
// in lower case.
var samples = []string{
	"Ann.Lee@Example.COM", "annLee", "Ann LEE", "aB-12-Cd", "https://Example.com/Ann?q=LEE", "3F2504e0-4F89-11d3-9A0C-0305E82C3301",
	"de89 3704 0044 0532 0130 00 XX", "DE89370400440532013000", "gB82WEST12345698765432", "Www.Example.org", "4aB0", "01aRZ3NDEKTSV4RRFFQ69G5FAV", "#FFaa00", "fe80::AbCd", "00:1B:44:11:3a:B7",
}
