package dynsync

import (
	"errors"
	"fmt"
)

// A rule is one WithTransform of a table, or of the defaults.
type rule struct {
	pattern   Pattern
	text      string
	t         Transformer
	desc      Description
	takes     kindSet
	members   Transformer // t for each member of a set, where the pattern ends in [*]
	act       action
	onNames   bool // it transforms the names of a map's members
	optional  bool
	clashes   bool // AllowCollisions
	inherited bool // it came from WithDefaults
	id        int  // its index in ruleSet.rules
}

func newRule(text string, t Transformer, opts []RuleOption) (*rule, error) {
	pattern, err := ParsePattern(text)
	if err != nil {
		return nil, err
	}
	if errs := faults(t); len(errs) > 0 {
		return nil, fmt.Errorf("rule %q: %w", text, errors.Join(errs...))
	}
	r := &rule{pattern: pattern, text: pattern.String(), t: t, desc: describe(t), act: actionOf(t)}
	r.takes = kindsOf(r.desc.Kinds)
	if segs := pattern.segs; segs[len(segs)-1].kind == segElem {
		r.members = Each(t)
	}
	for _, o := range opts {
		o.applyRule(r)
	}
	if _, ok := pattern.attribute(); r.desc.Last && !ok {
		return nil, fmt.Errorf("rule %q: %s comes after all other rules, and needs the name of an attribute as its path", text, r.desc.Name)
	}
	if _, literal := pattern.literal(); r.desc.TakesMissing && !literal {
		return nil, fmt.Errorf("rule %q: %s acts where the value is missing, and needs a path without wildcards", text, r.desc.Name)
	}
	return r, nil
}

// A node is a state of the automaton that the rules of a table compile to: a
// trie over segments, in which ** is a node that stays active below itself.
// While an item is walked, the active nodes are held in order of precedence.
type node struct {
	names   map[string]*node
	indexes map[int]*node
	star    *node
	elem    *node
	deep    *node // entered together with this node
	loop    bool  // this is the node of a **
	rule    *rule
	onNames *rule
}

// leads reports whether a rule can stand below n.
func (n *node) leads() bool {
	return n.loop || len(n.names) > 0 || len(n.indexes) > 0 || n.star != nil || n.elem != nil || n.deep != nil
}

func (n *node) next(s segment) *node {
	switch s.kind {
	case segName:
		return grow(&n.names, s.name)
	case segIndex:
		return grow(&n.indexes, s.index)
	case segStar:
		return orNew(&n.star)
	case segElem:
		return orNew(&n.elem)
	}
	deep := orNew(&n.deep)
	deep.loop = true
	return deep
}

func orNew(n **node) *node {
	if *n == nil {
		*n = &node{}
	}
	return *n
}

// A ruleSet is the compiled rules of a table.
type ruleSet struct {
	root     *node
	rules    []*rule
	missing  []*rule             // those that act where a value is missing
	last     []*rule             // those that come after all others
	literals map[string]struct{} // names that a rule holds, which errors may print
	quoted   [][]byte            // of JSON: those names as members are written, as DynamoDB JSON
	defaults [KindBS + 1]slot    // by kind; those of S, N and B serve the sets too
	cover    action              // what holds where no rule does: actPass, actRemove or actDefault
}

// A slot is the default transformer of a kind.
type slot struct {
	t       Transformer
	takes   kindSet
	members Transformer // t for each member of a set
	act     action
	own     *pseudonymizer // t, if it is the built-in one
	passes  bool           // t may keep a value or a part of it
	drawn   bool           // t's results are drawn
}

func newSlot(t Transformer, k Kind) slot {
	own, _ := t.(*pseudonymizer)
	d := describe(t)
	return slot{t: t, takes: kindsOf(d.Kinds), members: Each(t), act: actionOf(t), own: own, passes: mayPass(t, k), drawn: d.Drawn}
}

// mayPass reports whether a value of that kind, or a part of it, may come out of a
// transformer as it was. A value for which no rule decides so may not be given to it.
func mayPass(t Transformer, k Kind) bool { return describe(t).ClassOf(k) == MayKeep }

// compileRules builds the trie. A rule of the table takes the place of one
// inherited with the same pattern. It returns every conflict it finds.
func compileRules(rules []*rule, defaults map[Kind]Transformer) (*ruleSet, []error) {
	set := &ruleSet{root: &node{}, literals: map[string]struct{}{}}
	var errs []error
	for _, r := range rules {
		n := set.root
		for _, s := range r.pattern.segs {
			if s.kind == segName {
				set.literals[s.name] = struct{}{}
			}
			n = n.next(s)
		}
		place := &n.rule
		if r.onNames {
			place = &n.onNames
		}
		switch old := *place; {
		case old == nil || old.inherited && !r.inherited:
			*place = r
		case old.inherited == r.inherited:
			errs = append(errs, fmt.Errorf("two rules have the pattern %q; keep one", r.text))
		}
	}
	set.collect(rules)
	set.setDefaults(defaults)
	return set, append(errs, set.conflicts()...)
}

// collect numbers the rules that hold.
func (set *ruleSet) collect(rules []*rule) {
	for _, r := range rules {
		n := set.root
		for _, s := range r.pattern.segs {
			n = n.next(s)
		}
		if n.rule != r && n.onNames != r {
			continue
		}
		r.id = len(set.rules)
		set.rules = append(set.rules, r)
		switch {
		case r.desc.Last:
			set.last = append(set.last, r)
		case r.desc.TakesMissing:
			set.missing = append(set.missing, r)
		}
	}
}

var defaultKinds = []Kind{KindS, KindN, KindB, KindBOOL, KindNULL}

func (set *ruleSet) setDefaults(defaults map[Kind]Transformer) {
	same := map[action]int{}
	for _, k := range defaultKinds {
		t := defaults[k]
		if t == nil && k == KindNULL {
			continue // a NULL holds nothing to hide
		}
		if t == nil {
			t = Pseudonym()
		}
		set.defaults[k] = newSlot(t, k)
		same[set.defaults[k].act]++
	}
	set.cover = actDefault
	for _, act := range []action{actPass, actRemove} {
		if same[act] == len(defaultKinds) {
			set.cover = act
		}
	}
}

// passesByDefault reports whether values of some kind may pass through where no rule
// selects them.
func (set *ruleSet) passesByDefault() bool {
	for _, k := range []Kind{KindS, KindN, KindB, KindBOOL} {
		if set.defaults[k].passes {
			return true
		}
	}
	return false
}

// conflicts returns an error for each rule that stands below a rule which
// already decides all of its value.
func (set *ruleSet) conflicts() []error {
	var errs []error
	for _, below := range set.rules {
		if above := set.coveredBy(below); above != nil {
			errs = append(errs, fmt.Errorf("rule %q lies below rule %q, whose %s already transforms everything there; only Passthrough and Remove leave room for deeper rules",
				below.text, above.text, above.desc.Name))
		}
	}
	return errs
}

// A coverState is a node that a prefix of a pattern can reach. A pattern that
// has diverged is the less specific of the two from some segment on, so that
// its further segments need only overlap.
type coverState struct {
	n        *node
	diverged bool
}

// coveredBy returns a rule that would, for some item, take a map or list in
// which below selects something with precedence. A ** of below is followed only
// into the same **: elsewhere it is less specific, and yields.
func (set *ruleSet) coveredBy(below *rule) *rule {
	states := []coverState{{set.root, false}}
	for i, s := range below.pattern.segs {
		var next []coverState
		for _, st := range states {
			next = st.follow(next, s)
		}
		states = next
		if i == len(below.pattern.segs)-1 && !below.onNames {
			return nil
		}
		for _, st := range states {
			if r := st.n.rule; r != nil && r.act != actPass && r.act != actRemove {
				return r
			}
		}
	}
	return nil
}

// follow appends the states that a segment of below leads to.
func (st coverState) follow(dst []coverState, s segment) []coverState {
	if s.kind == segDeep {
		if st.n.deep != nil && !st.diverged {
			dst = append(dst, coverState{st.n.deep, false})
		}
		return dst
	}
	dst = st.appendNext(dst, s)
	if st.n.loop && st.diverged {
		dst = append(dst, st) // it takes in any segment
	}
	if st.n.deep != nil {
		dst = coverState{st.n.deep, true}.follow(dst, s)
	}
	return dst
}

func (st coverState) appendNext(dst []coverState, s segment) []coverState {
	add := func(n *node, diverged bool) {
		if n != nil {
			dst = append(dst, coverState{n, diverged})
		}
	}
	switch s.kind {
	case segName:
		add(st.n.names[s.name], st.diverged)
		add(st.n.star, true)
	case segIndex:
		add(st.n.indexes[s.index], st.diverged)
		add(st.n.elem, true)
	case segStar:
		add(st.n.star, st.diverged)
		for _, n := range st.n.names {
			if st.diverged {
				add(n, true)
			}
		}
	case segElem:
		add(st.n.elem, st.diverged)
		for _, n := range st.n.indexes {
			if st.diverged {
				add(n, true)
			}
		}
	}
	return dst
}
