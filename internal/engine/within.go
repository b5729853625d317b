package engine

import (
	"bytes"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/wire"
)

// CompileWithin is Compile for the rules within a value: see [Call.Within].
func CompileWithin(rules []*Rule, defaults map[wire.Kind]*Op) (*Rules, []error) {
	set, errs := Compile(rules, defaults)
	seen := map[string]bool{}
	for _, r := range rules {
		for _, s := range r.Pattern {
			if s.Kind == docpath.Name && !seen[s.Name] {
				seen[s.Name] = true
				member := append(wire.AppendQuote(nil, s.Name), ':')
				set.names = append(set.names, wire.AppendQuote(nil, string(member)))
			}
		}
	}
	return set, errs
}

// within applies rules to a value that an op took out of the item.
func (x *Exec) within(rules *Rules, v Value) (out Value, meant bool, err error) {
	sub := x.subs[rules]
	if sub == nil {
		plan := *x.plan
		plan.Rules = rules
		sub = New(&plan)
		if x.subs == nil {
			x.subs = map[*Rules]*Exec{}
		}
		x.subs[rules] = sub
	}
	sub.stand(x)
	w := &sub.walk
	w.begin(make([]byte, 0, len(v.Raw)+len(v.Raw)/4), v.Raw)
	done, err := w.container(wire.Span{End: uint32(len(v.Raw))}, v.Kind, 0, len(sub.nodes), rules.cover)
	x.last, x.rounded, x.grown = sub.last, x.rounded || sub.rounded, x.grown+sub.grown
	if err != nil {
		return Value{}, false, err
	}
	raw := w.ed.Finish()
	x.leak.TookWithin(sub.leak, raw, rules.names)
	switch done {
	case kept:
		return v, true, nil
	case removed:
		return missing, true, nil
	}
	return valueOf(raw), x.leak == nil || !bytes.Equal(raw, v.Raw) || sub.leak.DrewAll(), nil
}

// stand makes x stand where outer does, with its own rules.
func (x *Exec) stand(outer *Exec) {
	x.reset()
	x.ctx, x.src, x.item, x.attrs, x.views = outer.ctx, outer.src, outer.item, outer.attrs, outer.views
	x.key, x.started, x.exact = outer.key, false, outer.exact
	x.last, x.rounded = nil, false
	x.steps, x.places = append(x.steps, outer.steps...), append(x.places, outer.places...)
	x.activate(x.plan.Rules.root)
}
