package script

import (
	"errors"
	"fmt"

	"github.com/dop251/goja"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/reason"
)

const (
	errNothing    = reason.Error("the script returned undefined; return a value, dynsync.keep(), dynsync.remove() or dynsync.skip()")
	errTimeout    = reason.Error("the script exceeded its Timeout; make it faster or raise the option")
	errDeep       = reason.Error("the script nested function calls deeper than its MaxDepth; make them shallower or raise the option")
	errEngine     = reason.Error("the JavaScript engine failed on the script; Unwrap has the cause")
	errLarge      = reason.Error("the script returned more bytes than its MaxSize; return less or raise the option")
	errNesting    = reason.Error("the script returned a value that contains itself or is nested deeper than the 32 levels of DynamoDB")
	errDate       = reason.Error("the script returned a Date; return date.toISOString() or date.getTime()")
	errPromise    = reason.Error("the script returned a Promise; asynchronous code is not supported")
	errKind       = reason.Error("the script returned a function, a symbol or an object of an unsupported class; return plain objects, arrays, Uint8Arrays and primitive values")
	errNumber     = reason.Error("the script returned a number that DynamoDB cannot store: it is not finite, is out of range or has more than 38 digits")
	errNoNumber   = reason.Error("the script returned a string for an N that is not the text of a number")
	errMember     = reason.Error("the script returned an array for a set with a member of another data type")
	errUndefined  = reason.Error("a part of the script's result is undefined; delete it or set it to null")
	errMark       = reason.Error("dynsync.keep(), dynsync.remove() and dynsync.skip() must be the whole result, not a part of it")
	errName       = reason.Error("a map key or attribute name holds a lone surrogate, which a script cannot receive")
	errAnonymizer = reason.Error("an anonymizer in the script failed; check its name and options")
	errGiven      = reason.Error("the script passed undefined to an anonymizer; pass a value")
)

// errSkipped is what dynsync.skip() stands for.
var errSkipped = engine.DeclineAs("the script returned dynsync.skip()")

// refusals are what the sandbox throws, by the names that it uses.
var refusals = map[string]reason.Error{
	"size":    "the script exceeded the size limit of a built-in function; the package documentation lists the limits",
	"clock":   "the script asked for the time, which would differ from run to run; pass arguments to new Date, and do not use Date.now",
	"decimal": "the script calculated with a number that JavaScript cannot represent exactly; use String(n), or Number(String(n)) if it need not be exact",
	"frozen":  "the script changed an object that it did not make; such objects are frozen",
}

// A failure is an error whose text this package wrote, with a cause that is
// never printed, since exceptions quote values.
type failure struct {
	text  reason.Error
	cause error
}

func (f *failure) Error() string   { return f.text.Error() }
func (f *failure) Unwrap() []error { return []error{f.text, f.cause} }

// Format prints what Error returns for every verb.
func (f *failure) Format(s fmt.State, _ rune) { reason.Print(s, f.Error()) }

// explain returns what an error of the engine is to the user. The error of a
// declined anonymizer is ErrNotApplicable.
func (h *host) explain(err error) error {
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	var thrown *goja.Exception
	switch {
	case errors.As(err, &interrupted):
		cause, _ := interrupted.Value().(error)
		return cause
	case errors.As(err, &overflow):
		return &failure{errDeep, err}
	case errors.As(err, &thrown):
		return h.exception(thrown)
	}
	return &failure{errEngine, err}
}

// exception returns the error for an exception that nothing caught: what an
// anonymizer said, or else where it was thrown.
func (h *host) exception(thrown *goja.Exception) error {
	if o, ok := thrown.Value().(*goja.Object); ok && h.call.thrown[o] != nil {
		return thrownFault(h.call.thrown[o])
	}
	what := "the script threw " + h.classOf(thrown.Value())
	for _, frame := range thrown.Stack() {
		if p := frame.Position(); frame.SrcName() == sourceName && p.Line > 1 {
			what += fmt.Sprintf(" at line %d, column %d", p.Line-1, p.Column)
			break
		}
	}
	return &failure{reason.Error(what + "; return dynsync.skip() for a value that the script cannot take, or correct it"), thrown}
}

// errorClasses are the classes of errors that JavaScript has.
var errorClasses = []string{"AggregateError", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError", "Error"}

// classOf names the class of what was thrown, where it is one of JavaScript's own, or of
// one that was made of it: a name of the script's could be made of data.
func (h *host) classOf(thrown goja.Value) string {
	o, _ := thrown.(*goja.Object)
	for depth := 0; o != nil && depth < maxClassDepth; depth++ {
		if class := h.classes[o]; class != "" {
			return class
		}
		o = o.Prototype()
	}
	return "an exception that is no Error"
}

// maxClassDepth bounds how many classes of a script are looked through.
const maxClassDepth = 32

// refuse is how the sandbox throws one of the refusals.
func (h *host) refuse(c goja.FunctionCall) goja.Value {
	text := refusals[c.Argument(0).String()]
	h.throwAs(string(text), text)
	return nil
}

// throwAs throws a JavaScript error with this text, which stands for err if
// nothing catches it.
func (h *host) throwAs(text string, err error) {
	thrown := h.rt.NewTypeError("%s", text)
	if h.call.thrown == nil {
		h.call.thrown = map[*goja.Object]error{}
	}
	h.call.thrown[thrown] = err
	panic(thrown)
}

// thrownFault returns the error for one that was thrown by throwAs.
func thrownFault(err error) error {
	var known reason.Error
	if err == dynsync.ErrNotApplicable || errors.As(err, &known) {
		return err
	}
	return &failure{errAnonymizer, err}
}

// recovered returns the error for what a call panicked with.
func (h *host) recovered(p *reason.Panic) error {
	cause := p.Unwrap()
	if cause == nil {
		cause = p
	}
	told := h.explain(cause)
	if f, ok := told.(*failure); ok && f.text == errEngine {
		return &failure{reason.Error("the JavaScript engine panicked" + p.Place + "; Unwrap has the cause"), cause}
	}
	return told
}
