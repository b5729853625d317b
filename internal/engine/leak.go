package engine

import (
	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// checkLeaks searches the finished item for originals.
func (x *Exec) checkLeaks(out []byte) error {
	if x.leak == nil {
		return nil
	}
	return x.leak.Search(x.out, x.item.Of(x.src), out, func(f leak.Finding) error { return x.leakFault(out, f) })
}

// leakFault returns the fault for what was found in the item to write; nil if that is
// a name that the job itself holds.
func (x *Exec) leakFault(out []byte, f leak.Finding) error {
	x.goTo(x.src, x.item, f.From)
	path := x.safePath()
	what := "an original value of " + path
	switch {
	case f.FromPart:
		what = "a part of the original value of " + path
	case f.FromName:
		what = "the original map key of " + path
	}
	x.goTo(out, wire.Span{End: uint32(len(out))}, f.At)
	if f.Name && x.isKnown(len(x.steps)-1) {
		return nil
	}
	where := " is still present here"
	switch {
	case f.Name:
		where = " is still in this map key"
	case f.Base64:
		where = " is still here, in base64"
	case !f.FromPart && x.safePath() == path:
		where += "; to keep it, use Passthrough (dynsync.keep() in a script)"
	case f.FromPart:
		where += "; write a rule for this place, too"
	default:
		where += "; write a rule for this place, too, or Passthrough for " + path + " if it is not personal"
	}
	x.running = "WithLeakCheck"
	fault := x.fault(f.Kind, what+where, nil)
	fault.Class = reason.Leak
	return fault
}
