package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dop251/goja"
	"pgregory.net/rapid"
)

// What a script declares, it may use where it is declared.
func TestNamesThatAreDeclared(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"return value.trim()",
		"return Math.max(1, Number(value))",
		"return [1, 2].map(x => x + 1).join()",
		"return typeof btoa === 'undefined' ? 1 : btoa(value)",
		"return f(value); function f(s) { return s + g() } function g() { return '' }",
		"if (value) { var late = 1 } return late",
		"for (var i = 0; i < 3; i++) {} return i",
		"for (var k in record) {} return k",
		"let a = 1, b = a; return a + b",
		"const {Id, Name: n, ...rest} = record; return Id + n + rest.x",
		"const [a, , b = a, ...c] = value; return a + b + c",
		"const {a: {b: [c]}} = record; return c",
		"const {a = 1, b: d = a} = record; return a + d",
		"let a, b; [a, b] = [b, a]; return a",
		"let a; ({a} = record); ({x: a} = record); return a",
		"const f = ({a, b: [c]}, d = a, ...e) => a + c + d + e; return f(record, 1)",
		"function f(a, b = a) { return b } return f(1)",
		"const f = function g(n) { return n ? g(n - 1) : 0 }; return f(3)",
		"const f = async x => x; const g = function* () { yield value }; return [...g()][0]",
		"try { return JSON.parse(value) } catch (e) { return e.name } finally { value }",
		"try { return JSON.parse(value) } catch { return '' }",
		"try { return 1 } catch ({message, name: n}) { return message + n }",
		"outer: for (const c of value) { for (;;) { if (c) continue outer; break outer } } return 1",
		"done: { break done } return 1",
		"for (const [k, v] of Object.entries(record)) { if (k) return v } return 1",
		"for (let i = 0, n = 3; i < n; i++) { if (i) return n } return 1",
		"switch (value) { case 1: let a = 1; return a; default: return a }",
		"class A { static s = 1; #p = 2; m(x) { return this.#p + x + A.s } get g() { return 1 } } return new A().m(1)",
		"class A {} class B extends A { constructor() { super(); this.x = 1 } } return new B().x",
		"const A = class B { me() { return B } }; return new A().me().name",
		"class A { static { var x = 1; A.y = x } } return A.y",
		"const k = 'a', o = {[k]: 1, m() { return arguments.length }, get g() { return this.a }}; return o.a",
		"const value2 = 1, o = {value2, value}; return o.value + o.value2",
		"return arguments.length + String(undefined) + NaN + Infinity",
		"return `${value} ${[1].map(n => `${n}`)}`",
		"return value?.a?.[record.b] ?? dynsync.keep()",
		"const f = () => g(), g = () => 1; return f()",
		"throw new RangeError('not yet')",
		"if (value) throw value; return 1",
		"return function () { return new.target }()",
		"{ function inner() { return 1 } return inner() }",
		"do { var a = 1 } while (a < 1); while (a) { return a }",
		"return /a(?<year>\\d)/.exec(value).groups.year",
		"let x = 1; { let x = 2; x++ } return x",
	} {
		if err := faultOf(Transform(code)); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// A name that nothing declares is told with its place, and with what to write.
func TestNamesThatNothingDeclares(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ code, want string }{
		{"return btoa(value)", "line 1, column 8: nothing declares btoa; a script has no base64"},
		{"console.log(value); return value", "line 1, column 1: nothing declares console; a script prints nothing: remove it"},
		{"return structuredClone(record).Id", "column 8: nothing declares structuredClone; value and record are copies"},
		{"return new TextEncoder().encode(value)", "column 12: nothing declares TextEncoder; "},
		{"return require('x')", "column 8: nothing declares require; a script loads no modules"},
		{"return process.env.HOME", "column 8: nothing declares process; a script has no environment"},
		{"return fetch('x')", "nothing declares fetch; a script reaches no network"},
		{"setTimeout(() => 1); return 1", "nothing declares setTimeout; "},
		{"return crypto.randomUUID()", "nothing declares crypto; a script has no hashes"},
		{"return eval('1')", "nothing declares eval; "},
		{"return new Function('return 1')()", "nothing declares Function; "},
		{"return new Proxy({}, {})", "nothing declares Proxy; "},
		{"return Value", "column 8: nothing declares Value; did you mean value?"},
		{"return records.Name", "column 8: nothing declares records; did you mean record?"},
		{"return item.Name", "column 8: nothing declares item; the item is record"},
		{"const name = 1; return nmae", "column 24: nothing declares nmae; did you mean name?"},
		{"return string(value)", "nothing declares string; did you mean String?"},
		{"return Jsno.parse(value)", "nothing declares Jsno; did you mean JSON?"},
		{"return dynsnyc.email(value)", "nothing declares dynsnyc; did you mean dynsync?"},
		{"return dynsync.emial(value)", "there is no function dynsync.emial; did you mean email?"},
		{"x = 1; return x", "column 1: nothing declares x; declare it with const or let"},
		{"return hello", "column 8: nothing declares hello; declare it with const or let, or write text between quotes"},
		{"let a = 1;\nreturn a +\n  bb", "line 3, column 3: nothing declares bb"},
		{"{ let inner = 1 } return inner", "nothing declares inner"},
		{"if (value) { const x1 = 1 } return x1", "nothing declares x1"},
		{"for (let i = 0; i < 1; i++) {} return i", "nothing declares i"},
		{"try { throw 1 } catch (err) { } return err", "nothing declares err"},
		{"const f = function named() {}; return named", "nothing declares named"},
		{"function f(a = b1) { var b1 = 1; return a } return f()", "nothing declares b1"},
		{"const f = x => x; return f(1) + x", "nothing declares x"},
		{"return {unknown}", "column 9: nothing declares unknown"},
		{"const {a: b} = record; return a", "nothing declares a"},
		{"return record[key]", "nothing declares key"},
		{"return {[key]: 1}", "nothing declares key"},
		{"class A { m() { return q1 } } return 1", "nothing declares q1"},
		{"class A extends Base {} return 1", "nothing declares Base"},
		{"[a1] = value; return 1", "nothing declares a1"},
		{"return `${nope}`", "nothing declares nope"},
		{"return tag`x`", "nothing declares tag"},
		{"return typeof value === strong", "nothing declares strong"},
		{"zeta(); return alpha", "column 1: nothing declares zeta"},
		{"return f(); function f() { return gamma }", "nothing declares gamma"},
		{"return None", "nothing declares None; write null"},
	} {
		if err := faultOf(Transform(tt.code)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.code, err, tt.want)
		}
	}
	if err := faultOf(Generate("return value")); err == nil || !strings.Contains(err.Error(), "nothing declares value; script.Generate makes a value of nothing but record") {
		t.Error(err)
	}
}

// New tells of a name exactly if a call that runs all of the code does not find one.
func TestNamesAsCallsFindThem(t *testing.T) {
	t.Parallel()
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		code := drawBlock(t, 0) + "return 1"
		tree, err := parse(source(nil, code))
		if err != nil {
			return
		}
		program, err := goja.CompileAST(tree, true)
		if err != nil {
			return // a name was declared twice
		}
		runtime := goja.New()
		v, _ := runtime.RunProgram(program)
		f, _ := goja.AssertFunction(v)
		_, called := f(nil)
		if called != nil && !strings.Contains(called.Error(), "is not defined") {
			return // a variable was used before its declaration, and the rest of the code did not run
		}
		err = faultOf(Generate(code))
		if (err == nil) != (called == nil) {
			t.Fatalf("%s\nNew: %v\ncall: %v", code, err, called)
		}
		if err != nil {
			told++
		}
	})
	if told == 0 {
		t.Error("no name was missing")
	}
}

// drawBlock draws statements all of which run.
func drawBlock(t *rapid.T, depth int) string {
	var b strings.Builder
	name := func() string { return rapid.SampledFrom([]string{"aa", "bb", "cc", "dd"}).Draw(t, "name") }
	for range rapid.IntRange(1, 4).Draw(t, "statements") {
		kind := rapid.IntRange(0, 17).Draw(t, "kind")
		if depth > 2 {
			kind %= 9
		}
		switch kind {
		case 0, 1:
			fmt.Fprintf(&b, "void %s; ", name())
		case 2:
			fmt.Fprintf(&b, "let %s = 1; ", name())
		case 3:
			fmt.Fprintf(&b, "var %s = 1; ", name())
		case 4:
			fmt.Fprintf(&b, "function %s() {} ", name())
		case 5:
			fmt.Fprintf(&b, "const {x: [%s], ...%s} = {x: [1]}; ", name(), name())
		case 6:
			fmt.Fprintf(&b, "class %s { %s() {} } ", name(), name())
		case 7:
			fmt.Fprintf(&b, "void {%s: 1, [%s]: 2, %s}; ", name(), name(), name())
		case 8:
			fmt.Fprintf(&b, "%s = 1; ", name())
		case 9:
			fmt.Fprintf(&b, "{ %s} ", drawBlock(t, depth+1))
		case 10:
			fmt.Fprintf(&b, "(function %s(%s, pp = %s) { %s})(); ", name(), name(), name(), drawBlock(t, depth+1))
		case 11:
			fmt.Fprintf(&b, "((%s) => { %s})(); ", name(), drawBlock(t, depth+1))
		case 12:
			fmt.Fprintf(&b, "try { throw {} } catch ({%s}) { %s} ", name(), drawBlock(t, depth+1))
		case 13:
			fmt.Fprintf(&b, "for (const %s of [%s]) { %s} ", name(), name(), drawBlock(t, depth+1))
		case 14:
			fmt.Fprintf(&b, "for (var %s in {x: 1}) { %s} ", name(), drawBlock(t, depth+1))
		case 15:
			fmt.Fprintf(&b, "for (let %s = 0, once = 0; once++ < 1; void %s) { %s} ", name(), name(), drawBlock(t, depth+1))
		case 16:
			fmt.Fprintf(&b, "switch (1) { case 1: %s} ", drawBlock(t, depth+1))
		case 17:
			fmt.Fprintf(&b, "%s: { %s} ", name(), drawBlock(t, depth+1))
		}
	}
	return b.String()
}
