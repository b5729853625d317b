package reason

import (
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// A Panic keeps what user code panicked with, for Unwrap. Its text says nothing of it.
type Panic struct {
	Value any
	Place string // see Caught
}

// Caught returns the panic that a deferred function recovered, with its place. Only that
// function may call it. The place is the file, line and function of the code that
// panicked, or that called the standard library which did: " at rules.go:41
// (main.maskAge)". It is "" if there was no panic, as where the goroutine ended.
func Caught(recovered any) *Panic { return &Panic{recovered, place()} }

func (e *Panic) Error() string { return "dynsync: a callback panicked" + e.Place }

// Format prints what Error returns for every verb.
func (e *Panic) Format(f fmt.State, _ rune) { Print(f, e.Error()) }

// Unwrap returns the error that user code panicked with, or nil.
func (e *Panic) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// stackKept bounds how many frames are looked at. A panic stands at the top.
const stackKept = 256

// place finds the place of the panic that the caller's caller has recovered.
func place() string {
	pcs := make([]uintptr, stackKept)
	stack := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	recovering, more := stack.Next()
	guarded := outer(recovering.Function)
	panicked, found, root := false, "", ""
	for f := recovering; more && f.Function != guarded; {
		f, more = stack.Next()
		switch {
		case f.Function == "runtime.gopanic": // the oldest counts: above it stands what panicked while it did
			panicked, found, root = true, "", strings.TrimSuffix(f.File, "runtime/panic.go")
		case panicked && found == "" && !isStandard(f, root):
			found = fmt.Sprintf(" at %s:%d (%s)", filepath.Base(f.File), f.Line, path.Base(f.Function))
		}
	}
	return found
}

// outer returns the name of the function in which a function literal stands.
func outer(literal string) string {
	name, _, _ := strings.Cut(literal[strings.LastIndexByte(literal, '/')+1:], ".func")
	return literal[:strings.LastIndexByte(literal, '/')+1] + name
}

// isStandard reports whether a function is of the standard library, whose files stand
// under root; root is "" in a program that was built with -trimpath.
func isStandard(f runtime.Frame, root string) bool {
	if root != "" {
		return strings.HasPrefix(f.File, root)
	}
	first, _, _ := strings.Cut(f.File, "/")
	info, ok := debug.ReadBuildInfo()
	return !strings.Contains(first, ".") && !(ok && strings.HasPrefix(f.File, info.Main.Path+"/"))
}
