package script

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"

	"github.com/dynsync/dynsync"
)

// TestNothingSurvivesACall runs scripts that try to leave something behind, and
// then looks for it in the same runtime and, by the transformer, in any.
func TestNothingSurvivesACall(t *testing.T) {
	attempts := []string{
		`leak = value`, `globalThis.leak = value`, `var leak = value`, `this.leak = value`,
		`Object.prototype.leak = value`, `Object.defineProperty(globalThis, 'leak', {value})`,
		`Array.prototype.push = () => value`, `String.prototype.leak = value`, `value.constructor.leak = value`,
		`Math.leak = value`, `JSON.parse.leak = value`, `dynsync["leak"] = value`, `dynsync.keep.leak = value`, `dynsync.keep().leak = value`,
		`Object.setPrototypeOf(Object.prototype, {leak: value})`, `Object.setPrototypeOf(globalThis, {leak: value})`,
		`(function* () {}).constructor.leak = value`, `Object.getPrototypeOf(function* () {}).leak = value`,
		`Object.getPrototypeOf((function* () {})()).leak = value`, `Object.getPrototypeOf(async () => {}).leak = value`,
		`Object.getPrototypeOf([][Symbol.iterator]()).leak = value`, `Object.getPrototypeOf(new Map().entries()).leak = value`,
		`Object.getPrototypeOf(''.matchAll(/x/g)).leak = value`, `Object.getPrototypeOf(Uint8Array).leak = value`,
		`arguments.callee.leak = value`, `record.leak = value; Object.getPrototypeOf(record).leak = value`,
		`Symbol.iterator.leak = value`, `new Error().constructor.leak = value`, `RegExp.leak = value`, `/x/.constructor.prototype.lastIndex = 7`,
		"(s => s)`x`.leak = value", `(async () => {})().constructor.leak = value`, `Date.leak = value; Date.prototype.leak = value`,
		`Object.getPrototypeOf(dynsync.decimal('0.12345678901234567890')).leak = value`, `try { null.x } catch (e) { Object.getPrototypeOf(e).leak = value }`,
		`delete globalThis.JSON`, `delete Array.prototype.map`, `Map.prototype.set.call(Map.prototype, 'leak', value)`, `globalThis[value] = Symbol.for(value)`,
		`class A { static leak = value }; A.prototype.constructor.leak = value`, `Error.prototype.toString = () => value`, `Object.prototype.toString = () => value`,
	}
	const look = `
		const found = [];
		const look = (where, o) => { if (o !== null && o !== undefined && o.leak !== undefined) found.push(where) };
		look('global', globalThis); look('object', {}); look('array', []); look('text', ''); look('function', () => 1); look('error', new Error());
		look('generator', function* () {}); look('generated', (function* () {})()); look('async', async () => 1); look('iterator', [][Symbol.iterator]());
		look('bytes', Uint8Array); look('date', Date); look('date', new Date(0)); look('math', Math); look('dynsync', dynsync); look('keep', dynsync.keep());
		look('decimal', dynsync.decimal('0.12345678901234567890')); look('parse', JSON.parse); look('this', this); look('tag', (s => s)` + "`x`" + `);
		if (typeof leak !== 'undefined') found.push('scope');
		if ([1].push(2) !== 2 || [1].map(x => x)[0] !== 1 || JSON.stringify([1]) !== '[1]' || String({}) !== '[object Object]' || /x/.lastIndex !== 0) found.push('builtin');
		if (String(new Error('x')) !== 'Error: x') found.push('error text');
		return found.join();`
	for _, attempt := range attempts {
		code := `if (value === 'first') { try { ` + attempt + ` } catch (e) {} return 'done' }` + look
		h, err := newHost()
		if err != nil {
			t.Fatal(err)
		}
		if err := h.load(must(t, Transform(code)).(*program)); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct{ in, want string }{{"first", "done"}, {"second", ""}} {
			got, err := h.transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(step.in)})
			text, _ := got.Text()
			if err != nil || text != step.want {
				t.Errorf("%s: the %s call returned %q, %v", attempt, step.in, text, err)
			}
		}
	}
}

// TestGettersLeaveNothing: what a getter of the result leaves to be done later is
// part of the call, and not of the next one.
func TestGettersLeaveNothing(t *testing.T) {
	tr := must(t, Transform(`return {get a() { (async () => { await null; while (true); })(); return 1 }}`, Timeout(20*time.Millisecond)))
	if got, err := run(t, tr, `{"S":"x"}`); !errors.Is(err, errTimeout) {
		t.Errorf("%s, %v", got, err)
	}
}

// TestBacktrackingEnds: a regular expression that would match for years ends with
// the call.
func TestBacktrackingEnds(t *testing.T) {
	was := regexp2.DefaultMatchTimeout
	defer func() { regexp2.DefaultMatchTimeout = was }()
	if was > 2*maxTimeout {
		t.Errorf("a match may take %v", was)
	}
	regexp2.DefaultMatchTimeout = 300 * time.Millisecond
	if err := faultOf(Transform(`return 1`)); err == nil || !strings.Contains(err.Error(), "regexp2.DefaultMatchTimeout") {
		t.Errorf("a match may end before its call: %v", err)
	}
	for _, code := range []string{`return /^(?=a)(a+)+$/.test('a'.repeat(60) + 'b')`, `const r = /(a+)+$/y; r.lastIndex = 1; return r.test('a'.repeat(60) + 'b')`} {
		if got, err := run(t, must(t, Transform(code, Timeout(100*time.Millisecond))), `{"S":""}`); !errors.Is(err, errTimeout) {
			t.Errorf("%s: %s, %v", code, got, err)
		}
	}
}

// TestProgramsShareRuntimes: scripts that take turns in one runtime have their own
// limits and leave nothing to each other.
func TestProgramsShareRuntimes(t *testing.T) {
	h, err := newHost()
	if err != nil {
		t.Fatal(err)
	}
	deep := `const f = n => n === 0 ? value : f(n - 1); return f(500)`
	strict, generous := must(t, Transform(deep)).(*program), must(t, Transform(deep, MaxDepth(1000), NumbersAsStrings())).(*program)
	for range 3 {
		for p, want := range map[*program]error{strict: errDeep, generous: nil} {
			if err := h.load(p); err != nil {
				t.Fatal(err)
			}
			if _, err := h.transform(t.Context(), dynsync.Input{Value: value(t, `{"N":"1"}`)}); !errors.Is(err, want) {
				t.Error(err)
			}
		}
	}
}

// TestEverythingIsFrozen walks all that a script can reach and finds nothing
// that it can change.
func TestEverythingIsFrozen(t *testing.T) {
	got, err := run(t, must(t, Transform(`
		const seen = new Set(), open = [];
		const walk = (o, path) => {
			if (typeof o !== 'object' && typeof o !== 'function' || o === null || seen.has(o)) return;
			seen.add(o);
			if (!Object.isFrozen(o)) open.push(path);
			for (const k of Reflect.ownKeys(o)) {
				const d = Reflect.getOwnPropertyDescriptor(o, k), at = path + '.' + String(k);
				walk(d.value, at); walk(d.get, at); walk(d.set, at);
			}
			walk(Object.getPrototypeOf(o), path + '^');
		};
		walk(globalThis, 'global');
		const reached = [function* () {}, async () => 1, [][Symbol.iterator](), ''[Symbol.iterator](), new Map().keys(), new Set().keys(), ''.matchAll(/x/g),
			Object.getPrototypeOf((function* () {})()), (async () => 1)(), new Date(0), new Uint8Array(1), dynsync.decimal('1'), 1n, Symbol(), /x/, new Error(), dynsync.keep()];
		for (const o of reached) walk(Object.getPrototypeOf(o), 'reached');
		return open.join() + (seen.size > 300)`, Timeout(time.Minute))), `{"S":""}`)
	if err != nil || got != `{"S":"true"}` {
		t.Errorf("not frozen: %s, %v", got, err)
	}
}

// TestNoHostAccess lists every global, so that a new version of the engine adds
// none unseen.
func TestNoHostAccess(t *testing.T) {
	got, err := run(t, must(t, Transform(`return Object.getOwnPropertyNames(globalThis).sort().join(' ')`)), `{"S":""}`)
	const want = `AggregateError Array ArrayBuffer BigInt Boolean Date Error EvalError Infinity JSON Map Math NaN Number Object RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint8Array WeakMap WeakSet decodeURI decodeURIComponent dynsync encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt sandbox bounded sandbox power sandbox shift undefined unescape`
	if err != nil || got != `{"S":"`+want+`"}` {
		t.Errorf("globals: %s, %v", got, err)
	}
	for _, code := range []string{
		`return (() => 1).constructor('return 1')()`, `return (function* () {}).constructor('yield 1')().next().value`,
		`return (async () => {}).constructor('return 1')`,
	} {
		if got, err := run(t, must(t, Transform(code)), `{"S":"x"}`); err == nil && got != `{"M":{}}` && !strings.Contains(got, "function") {
			t.Errorf("%s returned %s", code, got)
		}
	}
}

// TestLimits holds that each script fails in time, with the reason given.
func TestLimits(t *testing.T) {
	const tooMuch, timeout, deep = "size limit of a built-in function", "exceeded its Timeout", "deeper than its MaxDepth"
	tests := []struct{ code, want string }{
		{`while (true); return 1`, timeout},
		{`try { while (true); } catch (e) { } finally { while (true); } return 1`, timeout},
		{`return {get a() { while (true); }}`, timeout},
		{`return {get a() { throw new Error(value) }}`, "threw an Error at line 1, column 25"},
		{`const f = () => f(); return f()`, deep},
		{`const f = () => { try { f() } catch (e) { f() } }; return f()`, deep},
		{`return 'x'.repeat(2**30)`, tooMuch},
		{`return 'x'.padStart(2**30) + 'x'.padEnd(2**30)`, tooMuch},
		{`return new Array(2**32 - 1).fill(1)`, tooMuch},
		{`return new Array(2**32 - 1).join('x')`, tooMuch},
		{`return new Array(1e6).join('x'.repeat(1e6))`, tooMuch},
		{`return String(new Array(2**32 - 1))`, tooMuch},
		{`return [].indexOf.call({length: 2**53 - 1}, 1)`, tooMuch},
		{`return [...Array(1e9).keys()]`, tooMuch},
		{`const a = []; a[1e9] = 1; return Math.max(...a)`, tooMuch},
		{`return JSON.parse('['.repeat(1e5))`, tooMuch},
		{`return JSON.parse({toString() { return '{"\\"":['.repeat(300) }})`, tooMuch},
		{`return Array.from({length: 1e9})`, tooMuch},
		{`return new Uint8Array(2**31)`, tooMuch},
		{`return new ArrayBuffer(2**31)`, tooMuch},
		{`return Uint8Array.from({length: 2**31})`, tooMuch},
		{`return Math.max.apply(null, {length: 2**31})`, tooMuch},
		{`return Reflect.apply(Math.max, null, {length: 2**31})`, tooMuch},
		{`return String.raw({raw: {length: 2**31}})`, tooMuch},
		{`return JSON.stringify(new Array(2**32 - 1))`, tooMuch},
		{`let a = []; for (let i = 0; i < 1000; i++) a = [a]; return JSON.stringify(a)`, tooMuch},
		{`let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return JSON.stringify(a)`, timeout},
		{`let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return String(a)`, timeout},
		{`return [1].flat(Infinity)`, tooMuch},
		{`return 'x'.repeat(1e6).replaceAll('x', 'y'.repeat(1e6))`, tooMuch},
		{`return BigInt.asUintN(2**40, -1n)`, tooMuch},
		{`return new RegExp('a'.repeat(1e5)).source`, tooMuch},
		{`return 'x'.repeat(410000)`, "MaxSize"},
		{`return new Uint8Array(410000)`, "MaxSize"},
		{`return new Array(410000)`, "MaxSize"},
		{`let a = ['x'.repeat(1000)]; for (let i = 0; i < 20; i++) a = [a, a]; return a`, "MaxSize"},
		{`let a = 1; for (let i = 0; i < 40; i++) a = [a]; return a`, "nested deeper"},
		{`const a = {}; a.a = a; return a`, "nested deeper"},
		{`let s = 'x'; for (;;) s += s; return s`, tooMuch},
		{`let s = 'x'; for (;;) s = s + s; return s`, tooMuch},
		{"let s = 'x'; for (;;) s = `${s}${s}`; return s", tooMuch},
		{`let s = 'x'; for (;;) s = s.concat(s); return s`, tooMuch},
		{`let s = 'x'; for (;;) s = [s, s].join(''); return s`, tooMuch},
		{`let n = 3n; for (;;) n *= n; return n`, tooMuch},
		{`return 9n ** 1000000000n`, tooMuch},
		{`let n = 9n; n **= 1000000000n; return n`, tooMuch},
		{`return 1n << 1000000000000n`, tooMuch},
		{`return 2n ** 10000n`, "DynamoDB cannot store"},
		{`return 1e200`, "DynamoDB cannot store"},
		{`return NaN`, "not finite"},
		{`return -1/0`, "not finite"},
		{`if (value === 0) return 1`, "returned undefined"},
		{`if (value) return; return 1`, "returned undefined"},
		{`return undefined`, "returned undefined"},
		{`return {a: undefined}`, "undefined"},
		{`return [,]`, "undefined"},
		{`return new Date(0)`, "date.toISOString()"},
		{`return (async () => 1)()`, "Promise"},
		{`return () => 1`, "unsupported class"},
		{`return Symbol()`, "unsupported class"},
		{`return new Map()`, "unsupported class"},
		{`return new WeakMap()`, "unsupported class"},
		{`return new Map().values()`, "unsupported class"},
		{`return {matches: value.matchAll(/s/g)}`, "unsupported class"},
		{`return (function* () { yield 1 })()`, "unsupported class"},
		{`return Math`, "unsupported class"},
		{`return new String('x')`, "unsupported class"},
		{`return new ArrayBuffer(1)`, "unsupported class"},
		{`return /x/`, "unsupported class"},
		{`return new Error('x')`, "unsupported class"},
		{`return globalThis`, "unsupported class"},
		{`return [dynsync.keep()]`, "not a part of it"},
		{`return new Date()`, "asked for the time"},
		{`return Date.now()`, "asked for the time"},
		{`return Date()`, "asked for the time"},
		{`return dynsync.decimal('0.12345678901234567890') * 2`, "cannot represent exactly"},
		{`return dynsync.decimal('x')`, "threw a TypeError at line 1, column 23"},
		{"\n\n  throw value; return 1", "threw an exception that is no Error at line 3, column 3"},
		{`return value.secret.secret`, "threw a TypeError at line 1, column 21; return dynsync.skip() for a value that the script cannot take"},
	}
	for _, tt := range tests {
		limit := time.Minute // no machine is so slow that the others meet it
		if tt.want == timeout {
			limit = 20 * time.Millisecond
		}
		got, err := run(t, must(t, Transform(tt.code, Timeout(limit))), `{"S":"sensitive"}`)
		switch {
		case err == nil:
			t.Errorf("%s returned %.100s", tt.code, got)
		case !strings.Contains(err.Error(), tt.want):
			t.Errorf("%s: %v, want %q", tt.code, err, tt.want)
		case strings.Contains(err.Error(), "sensitive"):
			t.Errorf("%s: the error holds the value", tt.code)
		}
	}
}

func TestSetsKeepTheirKind(t *testing.T) {
	for code, in := range map[string]string{
		`return [1]`:                  `{"SS":["a"]}`,
		`return ['1']`:                `{"NS":["1"]}`,
		`return ['a']`:                `{"BS":["AQI="]}`,
		`return ['a', null]`:          `{"SS":["a"]}`,
		`return ['a',,]`:              `{"SS":["a"]}`,
		`return [,]`:                  `{"NS":["1"]}`,
		`value.t = [1]; return value`: `{"M":{"t":{"SS":["a"]}}}`,
	} {
		if got, err := run(t, must(t, Transform(code)), in); !errors.Is(err, errMember) {
			t.Errorf("%s of %s: %s, %v", code, in, got, err)
		}
	}
	for _, code := range []string{`return []`, `return ['a', 'a']`} {
		_, err := job(t, []string{`{"Id":{"S":"1"},"Tags":{"SS":["a","b"]}}`}, nil, dynsync.WithTransform("Tags", Transform(code)))
		if err == nil || !strings.Contains(err.Error(), "set") {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestMathRandomIsKeyed(t *testing.T) {
	tr := must(t, Transform(`return [Math.random(), Math.random()]`))
	one, _ := run(t, tr, `{"S":"a"}`)
	again, _ := run(t, tr, `{"S":"a"}`)
	other, _ := run(t, tr, `{"S":"b"}`)
	if one != again || one == other {
		t.Errorf("%s, again %s, another value %s", one, again, other)
	}
}

// TestContextEndsAScript: the end of the context ends a call long before its
// Timeout.
func TestContextEndsAScript(t *testing.T) {
	tr := must(t, Transform(`while (value === 'loop'); return value`, Timeout(time.Minute)))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := tr.Transform(ctx, dynsync.Input{Value: dynsync.StringValue("loop")}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := tr.Transform(ctx, dynsync.Input{Value: dynsync.StringValue("x")}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got, err := run(t, tr, `{"S":"x"}`); err != nil || got != `{"S":"x"}` {
		t.Errorf("afterwards: %s, %v", got, err)
	}
}

// TestLateTick: a tick that comes when its call has ended takes nothing of the next
// call's time.
func TestLateTick(t *testing.T) {
	w := &watch{rt: goja.New(), limit: tick}
	w.start(t.Context())
	w.mu.Lock()
	time.Sleep(10 * tick) // the tick waits for the lock
	w.end()
	w.ctx = t.Context() // the next call, whose last tick is to come
	w.timer.Reset(time.Minute)
	w.mu.Unlock()
	time.Sleep(10 * tick)
	if !w.stop() {
		t.Error("the late tick ended the next call")
	}
}

// TestTimeoutDiscardsTheRuntime: calls after an interrupted one go on as if
// there had been none.
func TestTimeoutDiscardsTheRuntime(t *testing.T) {
	tr := must(t, Transform(`while (value === 'loop'); return value`, Timeout(200*time.Millisecond)))
	for range 3 {
		if _, err := run(t, tr, `{"S":"loop"}`); !errors.Is(err, errTimeout) {
			t.Error(err)
		}
		if got, err := run(t, tr, `{"S":"x"}`); err != nil || got != `{"S":"x"}` {
			t.Errorf("afterwards: %s, %v", got, err)
		}
	}
}

// TestWorkersDoNotMixRecords: what a call makes depends on its own value and
// record alone, though others run at the same time.
func TestWorkersDoNotMixRecords(t *testing.T) {
	const code = `
		let sum = 0;
		for (let i = 0; i < 200; i++) sum += record.N;
		return [value, record.Id, record.M.Id, sum / 200, record.Tags[0]].join('/')`
	var items []string
	for i := range 400 {
		items = append(items, fmt.Sprintf(`{"Id":{"S":"%[1]d"},"N":{"N":"%[1]d"},"M":{"M":{"Id":{"S":"%[1]d"}}},"Tags":{"SS":["%[1]d"]},"Out":{"S":"%[1]d"}}`, i))
	}
	got, err := job(t, items, []dynsync.Option{dynsync.WithWorkers(8)},
		dynsync.WithPageSize(7),
		dynsync.WithTransform("Out", Transform(code)),
		dynsync.WithTransform("New", Generate(`return record.Id + ':' + record.Out`)))
	if err != nil || len(got) != len(items) {
		t.Fatalf("%d items, %v", len(got), err)
	}
	for id, rec := range got {
		want := strings.Repeat(id+"/", 4) + id
		if out := textAt(rec, "Out"); out != want {
			t.Errorf("item %s: %s", id, out)
		}
		if out := textAt(rec, "New"); out != id+":"+id {
			t.Errorf("item %s: %s", id, out)
		}
	}
}

func TestGoroutinesDoNotMixValues(t *testing.T) {
	tr := must(t, Transform(`const a = [...value]; a.reverse(); a.reverse(); return a.join('') + Math.max(...a.map(Number))`))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100 {
				in := fmt.Sprint(g, i)
				in = strings.ReplaceAll(in, " ", "")
				out, err := tr.Transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(in)})
				if text, _ := out.Text(); err != nil || !strings.HasPrefix(text, in) || len(text) != len(in)+1 {
					t.Errorf("%s became %s, %v", in, text, err)
				}
			}
		})
	}
	wg.Wait()
}
