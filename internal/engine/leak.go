package engine

import (
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// checkLeaks searches the finished item for originals. The error is the fault of an item
// that has one; if items do not fail, its finds are counted.
func checkLeaks(x *Exec, out []byte, fails bool) error {
	if x.leak == nil {
		return nil
	}
	left := leftover{&x.where, x.src, x.item, out}
	told := 0
	return x.leak.Search(x.out, x.src, x.item, out, func(f leak.Finding) error {
		switch {
		case f.Cut && !fails:
			x.look.NoteCut()
		case f.Cut:
			x.leave()
			return leakFault(x, wire.Invalid, "the item could not be searched to the end: its values are encoded more than three times, or to more than 4 MiB; remove the attribute, or keep the item out with WithFilter")
		case fails && !f.Counted:
			if why := left.fault(f); why != "" {
				return leakFault(x, f.Kind, why)
			}
		case told < mostTold:
			told++
			left.count(f)
		}
		return nil
	})
}

// mostTold is how many finds of an item are counted: each takes a walk over the item.
const mostTold = 16

// leakFault returns the fault of an original at the place at hand.
func leakFault(x *Exec, kind wire.Kind, why string) error {
	x.running = "WithLeakCheck"
	fault := x.fault(kind, why, nil)
	fault.Class = reason.Leak
	return fault
}

// A leftover is an item to write in which originals are found.
type leftover struct {
	*where
	src  []byte
	item wire.Span // as it was read, in src
	out  []byte
}

// enterFrom enters where an original stood.
func (l *leftover) enterFrom(f leak.Finding) { l.goTo(l.src, l.item, f.From) }

// enterTo enters where it is found.
func (l *leftover) enterTo(f leak.Finding) {
	l.goTo(l.out, wire.Span{End: uint32(len(l.out))}, f.At)
}

// isSchema reports whether a find is in the name of an attribute that the table's items
// have in common, or of a member that a rule holds. Another member's name can be data,
// however many items have it.
func (l *leftover) isSchema(f leak.Finding) bool {
	last := len(l.steps) - 1
	return f.Name && (l.isKnown(last) || last == 0 && l.mayPrint(0))
}

// isSameStep reports whether two steps lead to the same member.
func isSameStep(a, b pathStep) bool {
	return a.elem == b.elem && a.index == b.index && string(a.name) == string(b.name)
}

// count counts a find.
func (l *leftover) count(f leak.Finding) {
	key := append(l.text[:0], byte(f.Kind))
	for _, is := range []bool{f.FromPart, f.Name, f.Counted} {
		if key = append(key, 0); is {
			key[len(key)-1] = 1
		}
	}
	l.enterFrom(f)
	key = l.appendNames(key)
	l.enterTo(f)
	key = l.appendNames(key)
	l.text = key
	if l.isSchema(f) || l.look.CountLeak(key) {
		return
	}
	to := l.surveySteps()
	l.enterFrom(f)
	l.look.NoteLeak(key, survey.Leak{From: l.surveySteps(), To: to, Kind: f.Kind, Part: f.FromPart, Name: f.Name, Little: f.Counted})
}

// appendNames appends the names that lead to the place at hand.
func (l *leftover) appendNames(b []byte) []byte {
	for _, s := range l.steps {
		b = append(append(b, s.name...), 0)
	}
	return append(b, 1)
}

// surveySteps returns the path at hand, for a survey.
func (l *leftover) surveySteps() (steps []survey.Step) {
	for i, s := range l.steps {
		step := survey.Step{Elem: s.elem, Known: l.isKnown(i)}
		if step.Known || !s.data {
			step.Name = string(s.name)
		}
		steps = append(steps, step)
	}
	return steps
}

// fault says what was found, and which rule is missing. It enters the place. The text is
// empty for a find that is none.
func (l *leftover) fault(f leak.Finding) string {
	l.enterFrom(f)
	if f.FromName {
		l.steps[len(l.steps)-1].known, l.steps[len(l.steps)-1].data = false, true
	}
	from, origin := l.shownPath(f.FromKind), slices.Clone(l.steps)
	what := "the original value of " + from
	switch {
	case f.FromName:
		from = "the map keys of " + strings.TrimSuffix(l.safePath(), ".*")
		what = "one of " + from
	case f.FromPart:
		what = "a part of the original value of " + from
	}
	l.enterTo(f)
	if l.isSchema(f) {
		return ""
	}
	if f.Name {
		l.steps[len(l.steps)-1].data = true
	}
	to, encoded := l.shownPath(f.Kind), ""
	same, other := f.FromName == f.Name && slices.EqualFunc(l.steps, origin, isSameStep), ""
	if to == from {
		other = "another " // the names that tell them apart may not be printed
	}
	if f.Encoded {
		encoded = ", in an encoding such as base64"
	}
	switch {
	case f.Name:
		return what + " is in this map key" + encoded + ": transform the map keys with WithTransformKeys, or pass " + from
	case same && !f.FromPart:
		return what + " is still there" + encoded + ", since its transformer kept it: take another one, or, to keep it, use Passthrough (dynsync.keep() in a script)"
	case same:
		return what + " is still there" + encoded + ": transform that part, or keep it with Passthrough"
	}
	return what + " is in " + l.keyWords() + other + to + encoded + ": " + l.missingRule(to) + ", or pass " + from
}
