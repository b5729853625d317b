package anon_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dynsync/dynsync"
)

// An oracle says which canaries may stand in an item after a job's rules. It tries
// every rule at every place, and believes no transformer but what it says of itself.
type oracle struct {
	rules    []*jobRule
	defaults map[dynsync.Kind]*plant
	// meant makes it say which values may stay under WithLeakCheck: those that are kept
	// on purpose.
	meant bool
	may   map[any]bool // canaries and leaves
}

// item marks what may stand of an item.
func (o *oracle) item(j *job, item *leaf) {
	for i, name := range item.names {
		v := item.kids[i]
		isKey := name == "Id" || name == "Sort" && j.sort != ""
		if isKey || name == j.ttl && v.kind == dynsync.KindN {
			o.protected(name, v)
			continue
		}
		o.walk(v, []string{name}, nil, "default")
	}
	o.readers(item, o.rules, o.defaults)
}

// protected marks what may stand of an attribute that passes through unless a literal
// rule names it.
func (o *oracle) protected(name string, v *leaf) {
	for _, r := range o.rules {
		if !r.onNames && len(r.segs) == 1 && r.segs[0] == name {
			o.by(r.by, v)
			return
		}
	}
	o.all(v)
}

// readers marks what scripts may take from elsewhere in the item.
func (o *oracle) readers(item *leaf, rules []*jobRule, defaults map[dynsync.Kind]*plant) {
	var look func(p *plant)
	look = func(p *plant) {
		if d := p.describe(); d.Class != dynsync.ClassMayKeep && len(d.Classes) == 0 {
			return
		}
		if i := slices.Index(item.names, p.reads); i >= 0 && (!o.meant || !isScalar(item.kids[i].kind)) {
			o.all(item.kids[i])
		}
		for _, inner := range p.inner {
			look(inner)
		}
		o.readers(item, p.rules, p.defs)
	}
	for _, r := range rules {
		look(r.by)
	}
	for _, p := range defaults {
		look(p)
	}
}

// walk marks what may stand of a value at a path. cover is what holds where no rule
// does; of a Remove above, limit is how its rule matched, and less specific rules are
// out.
func (o *oracle) walk(v *leaf, path []string, limit []int, cover string) {
	if r, how := o.best(path, limit, false); r != nil {
		switch r.by.op {
		case "pass":
			cover = "pass"
		case "none":
			if r.by.text != "Remove" {
				o.names(v, path, limit)
				return
			}
			cover, limit = "remove", how
		default:
			if o.takes(r.by, v.kind) {
				o.by(r.by, v)
				o.nameCanaries(v)
			} else {
				o.names(v, path, limit)
			}
			return
		}
	}
	switch {
	case v.kind == dynsync.KindM || v.kind == dynsync.KindL:
		o.ownNames(v, path, limit)
		for i, kid := range v.kids {
			o.walk(kid, append(slices.Clone(path), step(v, i)), limit, cover)
		}
	case !isScalar(v.kind):
		if r, _ := o.best(append(slices.Clone(path), "[member]"), limit, false); r != nil {
			for _, kid := range v.kids {
				o.by(r.by, kid)
			}
			return
		}
		for _, kid := range v.kids {
			o.covered(kid, cover)
		}
	default:
		o.covered(v, cover)
	}
}

// covered marks what may stand of a value that no rule selects.
func (o *oracle) covered(v *leaf, cover string) {
	switch p := o.defaults[v.kind]; {
	case cover == "pass":
		o.all(v)
	case cover == "default" && p != nil:
		o.by(p, v)
	}
}

// names marks the names of maps within a value that a rule selects and does not apply
// to.
func (o *oracle) names(v *leaf, path []string, limit []int) {
	o.ownNames(v, path, limit)
	if v.kind == dynsync.KindM || v.kind == dynsync.KindL {
		for i, kid := range v.kids {
			o.names(kid, append(slices.Clone(path), step(v, i)), limit)
		}
	}
}

// ownNames marks the names of a map.
func (o *oracle) ownNames(v *leaf, path []string, limit []int) {
	r, _ := o.best(path, limit, true)
	for _, c := range v.nameOf {
		if c == nil {
			continue
		}
		if r == nil {
			o.may[c] = true
			continue
		}
		o.by(r.by, &leaf{kind: dynsync.KindS, text: c.text, canaries: []*canary{c}})
	}
}

// nameCanaries marks the names of all maps in a value.
func (o *oracle) nameCanaries(v *leaf) {
	for _, c := range v.nameOf {
		o.may[c] = true
	}
	for _, kid := range v.kids {
		o.nameCanaries(kid)
	}
}

// all marks a value.
func (o *oracle) all(v *leaf) {
	o.may[v] = true
	for _, l := range v.whole {
		o.may[l] = true
	}
	for _, c := range slices.Concat(v.canaries, v.nameOf) {
		o.may[c] = true
	}
	for _, part := range slices.Concat(v.kids, v.parts) {
		o.all(part)
	}
	if v.json != nil {
		o.all(v.json)
	}
}

func isScalar(k dynsync.Kind) bool { return k <= dynsync.KindNULL }

// takes reports whether a transformer says that it takes a kind.
func (o *oracle) takes(p *plant, k dynsync.Kind) bool {
	kinds := p.describe().Kinds
	elem := memberKind[k]
	return len(kinds) == 0 || slices.Contains(kinds, k) || elem != 0 && slices.Contains(kinds, elem)
}

// by marks what may stand of a value that a transformer is given. What it does not
// apply to never stays.
func (o *oracle) by(p *plant, v *leaf) {
	switch {
	case !o.takes(p, v.kind):
		return
	case p.describe().ClassOf(v.kind) == dynsync.ClassMayKeep:
	case contains(p, func(p *plant) bool { return p.op == "each" }): // names stay in what it gives to the default
		o.nameCanaries(v)
		return
	default:
		return
	}
	if kinds := p.describe().Kinds; memberKind[v.kind] != 0 && len(kinds) > 0 && !slices.Contains(kinds, v.kind) {
		for _, kid := range v.kids {
			o.inner(p, kid)
		}
		return
	}
	o.inner(p, v)
}

func (o *oracle) inner(p *plant, v *leaf) {
	switch p.op {
	case "pass":
		o.all(v)
	case "anon":
		o.all(v)
	case "part":
		if !o.meant || strings.Contains(p.text, "Passthrough") || !isScalar(v.kind) {
			o.all(v)
		}
	case "func":
		if !o.meant || !isScalar(v.kind) && memberKind[v.kind] == 0 {
			o.all(v)
		}
	case "script":
		if !o.meant || strings.Contains(p.text, "keep") || !isScalar(v.kind) && memberKind[v.kind] == 0 {
			o.all(v)
		}
	case "structs":
		for _, kid := range v.kids {
			o.inner(&plant{op: "struct"}, kid)
		}
		o.nameCanaries(v)
	case "struct":
		if i := slices.Index(v.names, "a"); i >= 0 {
			o.all(v.kids[i])
		}
		o.nameCanaries(v)
	case "firstOf", "when", "onKind":
		for _, inner := range p.inner {
			o.by(inner, v)
		}
	case "chain":
		o.chain(p, v)
	case "each":
		for _, kid := range v.kids {
			o.by(p.inner[0], kid)
		}
		o.nameCanaries(v)
	case "delimited":
		o.delimited(p, v)
	case "json":
		o.json(p, v)
	}
}

// chain marks what every step may keep. Of that, what one step means to keep is meant.
func (o *oracle) chain(p *plant, v *leaf) {
	stays, meant := map[any]int{}, map[any]int{}
	for _, step := range p.inner {
		for by, into := range map[bool]map[any]int{false: stays, true: meant} {
			o := &oracle{meant: by, may: map[any]bool{}}
			o.by(step, v)
			for c := range o.may {
				into[c]++
			}
		}
	}
	for c, n := range stays {
		if (n == len(p.inner) || contains(p, changesShape)) && (!o.meant || meant[c] > 0) {
			o.may[c] = true
		}
	}
}

// changesShape reports whether a step of a chain may make of a value what the oracle
// does not see the parts of, or take the value from the record again, so that what the
// next steps get is not known.
func changesShape(p *plant) bool {
	return p.op == "delimited" || p.op == "reader" || p.op == "json" || p.op == "script" && strings.Contains(p.text, "{")
}

// contains reports whether a transformer, or one within it, is of a sort.
func contains(p *plant, of func(*plant) bool) bool {
	return of(p) || slices.ContainsFunc(p.inner, func(p *plant) bool { return contains(p, of) })
}

// delimited marks what the transformers of the parts of a text may keep.
func (o *oracle) delimited(p *plant, v *leaf) {
	texts := strings.Split(v.text, p.sep)
	switch {
	case len(texts) != len(p.inner):
		return
	case len(texts) == 1:
		o.by(p.inner[0], v)
		return
	}
	for i, text := range texts {
		part := &leaf{kind: dynsync.KindS, text: text}
		v.each(func(l *leaf, _ bool, c *canary) { // also what stands in JSON, or is a part
			if strings.Contains(text, c.text) {
				part.canaries, part.whole = append(part.canaries, c), append(part.whole, l)
			}
		})
		o.by(p.inner[i], part)
	}
}

// json marks what rules within JSON may keep.
func (o *oracle) json(p *plant, v *leaf) {
	if v.json == nil {
		return
	}
	within := &oracle{rules: p.rules, defaults: p.defs, meant: o.meant, may: o.may}
	within.walk(v.json, nil, nil, "default")
}

// step returns the step from a map or list to what it holds.
func step(v *leaf, i int) string {
	if v.kind == dynsync.KindM {
		return v.names[i]
	}
	return fmt.Sprintf("[%d]", i)
}

// best returns the most specific rule for a path, and how it matched: of each step, the
// rank of what matched it. Only rules that match the steps of limit as closely count.
func (o *oracle) best(path []string, limit []int, onNames bool) (found *jobRule, how []int) {
	for _, r := range o.rules {
		if r.onNames != onNames {
			continue
		}
		for _, way := range ways(r.segs, path, 0) {
			if slices.Compare(way[:min(len(way), len(limit))], limit) > 0 {
				continue
			}
			if found == nil || slices.Compare(way, how) < 0 {
				found, how = r, way
			}
		}
	}
	return found, how
}

// behindDeep is added to the rank of what stands behind a **.
const behindDeep = 10

// ways returns the ways in which segments match a path.
func ways(segs, path []string, rank int) (all [][]int) {
	if len(segs) == 0 {
		if len(path) == 0 {
			all = append(all, nil)
		}
		return all
	}
	then := func(segs []string, rank, of int) {
		for _, way := range ways(segs, path[1:], rank) {
			all = append(all, append([]int{rank + of}, way...))
		}
	}
	if segs[0] == "**" {
		all = ways(segs[1:], path, behindDeep)
		if len(path) > 0 && path[0] != "[member]" {
			then(segs, behindDeep, 4)
		}
		return all
	}
	if len(path) == 0 {
		return nil
	}
	isName := !strings.HasPrefix(path[0], "[")
	switch {
	case segs[0] == path[0] && isName:
		then(segs[1:], rank, 0)
	case segs[0] == path[0]:
		then(segs[1:], rank, 1)
	case segs[0] == "*" && isName:
		then(segs[1:], rank, 2)
	case segs[0] == "[*]" && !isName:
		then(segs[1:], rank, 3)
	}
	return all
}
