package script

import (
	"context"
	_ "embed"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/reason"
)

// A host is a JavaScript runtime in which programs run, one call after the
// other. Every object that a call could keep something in is frozen, so that it
// starts each call as it was made. It is not safe for concurrent use.
type host struct {
	rt     *goja.Runtime
	watch  watch
	broken bool // it was interrupted or panicked, and is not used again

	program   *program // whose turn it is
	fn        goja.Callable
	functions map[*program]goja.Callable // of the programs that ran

	finish goja.Callable // takes the result of a call

	keep, remove, skip *goja.Object            // what the functions of these names return
	decimals           *goja.Object            // the prototype of Decimal objects
	bytes              goja.Value              // the constructor Uint8Array
	classes            map[*goja.Object]string // errors' classes with their articles, by their prototypes

	call call
}

// A call is what a host knows of the call under way.
type call struct {
	ctx      context.Context
	in       dynsync.Input
	random   *rand.Rand
	arrays   map[*goja.Object]dynsync.Kind // the arrays that were given to the script, as what they were
	decimals map[*goja.Object]string       // the texts of Decimal objects
	thrown   map[*goja.Object]error        // what exceptions of anonymizers stand for
	patterns map[string]string             // of regular expressions, what faithful ones were made of
	out      dynsync.Value                 // what was made of the result
	err      error                         // why nothing was
}

//go:embed sandbox.js
var sandboxSource string

var sandbox = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile("sandbox", sandboxSource, true)
})

// init bounds the matching of regular expressions that backtrack, for which the
// engine has no setting of its own. A match that ends so has outlived every
// Timeout, and its result is not used.
func init() {
	if regexp2.DefaultMatchTimeout > maxTimeout {
		regexp2.DefaultMatchTimeout = maxTimeout + time.Second
	}
}

// hosts are the idle hosts of all programs. A host takes half a megabyte and
// milliseconds to make, and a job may have a script for every attribute.
var hosts = new(sync.Pool)

// lend returns an idle host, or a new one, in which it is p's turn.
func lend(p *program) (*host, error) {
	h, ok := hosts.Get().(*host)
	if !ok {
		var err error
		if h, err = newHost(); err != nil {
			return nil, &failure{errEngine, err}
		}
	}
	if err := h.load(p); err != nil {
		return nil, &failure{errEngine, err}
	}
	return h, nil
}

// giveBack ends a program's turn.
func giveBack(h *host) {
	if !h.broken {
		hosts.Put(h)
	}
}

func newHost() (*host, error) {
	h := &host{rt: goja.New(), functions: map[*program]goja.Callable{}}
	h.watch.rt = h.rt
	h.finish, _ = goja.AssertFunction(h.rt.ToValue(h.taken))
	h.rt.SetRandSource(h.random)
	h.rt.SetTimeSource(func() time.Time { return time.Unix(0, 0) }) // the sandbox does not let it be asked
	return h, h.furnish()
}

// furnish makes the globals and seals them.
func (h *host) furnish() error {
	if err := h.rt.GlobalObject().Set("dynsync", h.helpers()); err != nil {
		return err
	}
	setUp, err := h.rt.RunProgram(sandbox())
	if err != nil {
		return err
	}
	seal, _ := goja.AssertFunction(setUp)
	parts, err := seal(goja.Undefined(), h.rt.ToValue(h.decimalText), h.rt.ToValue(h.refuse), h.rt.ToValue(h.bounded), h.rt.ToValue(h.exceeds), h.rt.ToValue(h.nestsDeep), h.rt.ToValue(h.faithfulPattern), h.rt.ToValue(h.givenPattern))
	if err != nil {
		return err
	}
	h.decimals = parts.ToObject(h.rt).Get("decimals").ToObject(h.rt)
	h.bytes = parts.ToObject(h.rt).Get("bytes")
	h.classes = map[*goja.Object]string{}
	for _, name := range errorClasses {
		article := "a "
		if strings.ContainsAny(name[:1], "AE") {
			article = "an "
		}
		h.classes[h.rt.Get(name).ToObject(h.rt).Get("prototype").ToObject(h.rt)] = article + name
	}
	return nil
}

// maxFunctions bounds the programs that a host keeps alive.
const maxFunctions = 256

// load makes it p's turn.
func (h *host) load(p *program) error {
	fn, ok := h.functions[p]
	if !ok {
		v, err := h.rt.RunProgram(p.code)
		if err != nil {
			return err
		}
		fn, _ = goja.AssertFunction(v)
		if len(h.functions) >= maxFunctions {
			clear(h.functions)
		}
		h.functions[p] = fn
	}
	h.program, h.fn = p, fn
	h.watch.limit = p.cfg.timeout
	h.rt.SetMaxCallStackSize(p.cfg.depth)
	return nil
}

// helpers returns the global object dynsync.
func (h *host) helpers() *goja.Object {
	o := h.rt.NewObject()
	mark := func(name string) *goja.Object {
		m := h.rt.NewObject()
		o.Set(name, func(goja.FunctionCall) goja.Value { return m })
		o.Set("sandbox "+name, m) // the sandbox freezes it with the rest, and takes this name away
		return m
	}
	h.keep, h.remove, h.skip = mark("keep"), mark("remove"), mark("skip")
	o.Set("decimal", h.decimal)
	for _, f := range library() {
		o.Set(f.name, h.anonymizer(f))
	}
	return o
}

// random is Math.random: keyed randomness for the value at its place, so that a
// script that runs again does the same again.
func (h *host) random() float64 {
	if h.call.random == nil {
		h.call.random = rand.New(rand.NewChaCha8(h.call.in.ItemSeed("script/Math.random")))
	}
	return h.call.random.Float64()
}

// transform runs the script once.
func (h *host) transform(ctx context.Context, in dynsync.Input) (out dynsync.Value, err error) {
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	h.call = call{ctx: ctx, in: in}
	h.watch.start(ctx)
	defer func() {
		if p := recover(); p != nil {
			h.broken, err = true, h.recovered(reason.Caught(p))
		}
		if !h.watch.stop() {
			h.broken = true
		}
		h.call = call{}
	}()
	args, err := h.arguments(in)
	if err != nil {
		return out, err
	}
	result, err := h.fn(goja.Undefined(), args...)
	if err == nil {
		_, err = h.finish(goja.Undefined(), result)
	}
	if err != nil {
		return out, h.explain(err)
	}
	return h.call.out, h.call.err
}

// taken takes the result of a call. It is called as a function of the runtime,
// which then does what getters in the result left to be done: the next call would
// do it otherwise.
func (h *host) taken(c goja.FunctionCall) goja.Value {
	h.call.out, h.call.err = h.result(c.Argument(0))
	return goja.Undefined()
}

// arguments returns what the script's function is called with.
func (h *host) arguments(in dynsync.Input) ([]goja.Value, error) {
	args := make([]goja.Value, 0, 2)
	if h.program.takes {
		v, err := h.give(in.Value)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	if h.program.reads {
		record, err := h.giveRecord(in.Record())
		if err != nil {
			return nil, err
		}
		args = append(args, record)
	}
	return args, nil
}

// result returns what the script's result stands for.
func (h *host) result(v goja.Value) (out dynsync.Value, err error) {
	switch {
	case v == nil || goja.IsUndefined(v):
		return out, errNothing
	case v == h.keep:
		return h.call.in.Part(h.call.ctx, dynsync.Passthrough(), h.call.in.Value)
	case v == h.remove:
		return dynsync.MissingValue(), nil
	case v == h.skip:
		return out, errSkipped
	}
	return h.take(v, h.call.in.Value)
}
