package dynsync

import (
	"errors"

	"github.com/dynsync/dynsync/internal/wire"
)

// fillMissing runs the rules that act on what is missing, where it is.
func (x *exec) fillMissing(item []byte) ([]byte, error) {
	for _, r := range x.plan.rules.missing {
		p, _ := r.pattern.literal()
		if _, there := wire.Find(x.src[x.item.Start:x.item.End], p.steps); there {
			continue
		}
		if _, there := wire.Find(item, p.steps); there { // a member was given that name
			continue
		}
		x.steps, x.places = x.steps[:0], x.places[:0]
		for _, s := range p.steps {
			x.pushStep(s)
			x.steps[len(x.steps)-1].known = true
		}
		x.running = r.desc.Name
		out, err := x.invoke(r.t, r.takes, MissingValue())
		switch {
		case errors.Is(err, ErrNotApplicable) || err == nil && out.IsMissing():
			continue
		case err != nil:
			return nil, err
		case out.raw == nil:
			return nil, x.callFault(out.kind, errInvalidValue)
		}
		if err := wire.CheckValue(out.raw); err != nil {
			return nil, x.callFault(out.kind, refusedValue(err))
		}
		if len(p.steps) == 1 && x.isIndexKey([]byte(p.steps[0].Name)) && emptyKey(out) {
			return nil, x.fault(out.kind, "the key of a secondary index is never emptied", nil)
		}
		x.recheck = x.recheck || out.kind.isContainer()
		if grown, ok := wire.AppendReplaced(nil, item, p.steps, out.raw); ok {
			x.leak.Inserted(len(item), grown, p.steps, r.desc.Drawn)
			item = grown
			x.matched[r.id] = true
		}
	}
	return item, nil
}

// finishItem runs the record transform and checks what the rules alone could
// not have broken.
func (x *exec) finishItem(item []byte) ([]byte, error) {
	x.steps, x.places = x.steps[:0], x.places[:0]
	if x.plan.finish != nil {
		rec := &Record{item: item, keys: x.plan.keys, rules: x.plan.rules}
		if err := rec.index(); err != nil {
			return nil, x.formFault(err)
		}
		x.running = "WithRecordTransform"
		if err := x.plan.finish(x.ctx, rec); err != nil {
			return nil, x.callFault(KindInvalid, err)
		}
		return rec.item, x.checkFinished(rec)
	}
	if x.recheck {
		if _, err := x.scanner.Index(nil, item); err != nil {
			return nil, x.formFault(err)
		}
	}
	return item, nil
}

// checkFinished checks a record that user code had in its hands.
func (x *exec) checkFinished(rec *Record) error {
	for name, v := range rec.Attributes() {
		if err := wire.CheckValue(v.raw); err != nil {
			x.pushStep(wire.Step{Name: name})
			return x.fault(v.kind, string(refusedValue(err)), nil)
		}
		if _, ok := x.plan.indexKeys[name]; ok && emptyKey(v) {
			return x.keyFault(name, v.kind, "the key of a secondary index is never emptied")
		}
	}
	for _, a := range x.attrs {
		name := a.NameIn(x.src)
		_, onIndex := x.plan.indexKeys[name]
		isKey := x.plan.keys.holds(name)
		if !isKey && !onIndex {
			continue
		}
		v, ok := rec.at(Path{[]wire.Step{{Name: name}}})
		switch {
		case !ok && isKey:
			return x.keyFault(name, KindMissing, "a key attribute cannot be removed")
		case ok && (v.kind != Kind(a.Kind) || emptyKey(v)):
			return x.keyFault(name, v.kind, "a key attribute keeps its type and is never emptied")
		}
	}
	return nil
}
