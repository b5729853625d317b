package script

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/reason"
)

func TestFaultsAreReported(t *testing.T) {
	tests := []struct {
		tr   dynsync.Transformer
		want string
	}{
		{Transform(``), "script.Transform: the script is empty"},
		{Transform(" \n\t"), "the script is empty; it must be the body of a function, such as return value.trim()"},
		{Transform("// nothing\n/* at all */"), "the script is empty; it must be the body of a function, such as return value.trim()"},
		{Transform(";;"), "the script is empty; it must be the body of a function, such as return value.trim()"},
		{Generate(``), "script.Generate: the script is empty"},
		{Transform(`value.toUpperCase()`), "no return"},
		{Transform("let a = 1;\n  return value +;"), "line 2, column 17: Unexpected token ;"},
		{Transform("return value value"), "line 1, column 14: Unexpected identifier"},
		{Transform("let a; let a; return 1"), "line 1, column"},
		{Transform("with (value) { return 1 }"), "line 1, column"},
		{Transform("return 1 }); (function () {"), "closes a brace"},
		{Transform("return 1 }, function () { return 2"), "closes a brace"},
		{Transform("return 1 /*"), "line 1, column 12, the end of the script: */ is missing"},
		{Transform("return `"), "the end of the script: ` is missing"},
		{Transform("return (value"), "line 1, column 14, the end of the script: ) is missing"},
		{Transform("return [\n  1, 2"), "line 2, column 7, the end of the script: ] is missing"},
		{Transform("if (value) {\n  return 1\n"), "line 3, column 1, the end of the script: } is missing"},
		{Transform("return value.map(x => {"), "the end of the script: } and ) are missing"},
		{Transform("return value +"), "line 1, column 15, the end of the script: the code ends where more has to follow"},
		{Transform("return value }"), "closes a brace"},
		{Transform("return 'abc"), "line 1, column 8: a text without its closing quote"},
		{Transform("return"), "no return of a value"},
		{Transform("value.map(x => { return x })"), "no return of a value"},
		{Transform("// return value\nvalue"), "no return of a value"},
		{Transform("throw new Error('x')"), ""},
		{Transform("if (value) { for (;;) { switch (1) { default: return value } } }"), ""},
		{Transform(strings.Repeat(" ", maxCode) + "return 1"), "the limit is 65536"},
		{Transform("return " + strings.Repeat("(", maxCode-8)), "line"},
		{Transform(`return 1`, Timeout(0)), "Timeout must be from 1ms to 1m0s, not 0s"},
		{Transform(`return 1`, Timeout(time.Hour)), "Timeout"},
		{Generate(`return 1`, MaxDepth(16), nil), "script.Generate: option 2 is nil"},
		{Transform(`return 1`, MaxDepth(1)), "MaxDepth must be from 16 to 10000, not 1"},
		{Transform(`return 1`, MaxSize(0)), "MaxSize must be from 1 to 409600 bytes, not 0"},
		{Transform(`return 1`, MaxSize(1<<30)), "MaxSize"},
	}
	for _, tt := range tests {
		err := faultOf(tt.tr)
		if tt.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
		if _, got := run(t, tt.tr, `{"S":"x"}`); got == nil {
			t.Errorf("%q: Transform succeeded", tt.want)
		}
	}
	_, err := job(t, nil, nil, dynsync.WithTransform("A", Transform("return (")))
	if err == nil || !strings.Contains(err.Error(), "script.Transform: line") {
		t.Errorf("New: %v", err)
	}
}

func TestDescriptionTellsScriptsApart(t *testing.T) {
	seen := map[string]bool{}
	for _, tr := range []dynsync.Transformer{Transform(`return 1`), Transform(`return 2`), Transform(`return 1`, Timeout(time.Minute)),
		Transform(`return 1`, MaxDepth(100)), Transform(`return 1`, MaxSize(1)), Transform(`return 1`, NumbersAsStrings())} {
		d := tr.(describer).Describe()
		if seen[d.Options] || d.Name != "script.Transform" || d.Uniqueness != dynsync.UniquenessUnknown || d.TakesMissing {
			t.Errorf("%+v", d)
		}
		seen[d.Options] = true
	}
	if d := Generate(`return 1`).(describer).Describe(); d.Name != "script.Generate" || !d.TakesMissing || d.Err != nil {
		t.Errorf("%+v", d)
	}
}

func TestOptionsHold(t *testing.T) {
	deep := `const f = n => n === 0 ? 'ok' : f(n - 1); return f(1000)`
	if _, err := run(t, must(t, Transform(deep)), `{"S":""}`); err == nil {
		t.Error("1000 calls in each other succeeded")
	}
	if got, err := run(t, must(t, Transform(deep, MaxDepth(2000))), `{"S":""}`); err != nil {
		t.Error(got, err)
	}
	for n, want := range map[int]bool{4: false, 5: true} {
		if _, err := run(t, must(t, Transform(`return 'héll'`, MaxSize(n))), `{"S":""}`); (err == nil) != want {
			t.Errorf("MaxSize(%d) of 5 bytes: %v", n, err)
		}
	}
}

// TestPathsThatLookAlike: rules for a.b and a_b are two rules, whatever their
// names are made of.
func TestPathsThatLookAlike(t *testing.T) {
	got, err := job(t, []string{`{"Id":{"S":"1"},"a":{"M":{"b":{"S":"x"},"it's \"b\"":{"S":"q"}}},"a_b":{"S":"y"},"a.b":{"S":"z"}}`}, nil,
		dynsync.WithTransform("a.b", Transform(`return value + '1' + record.a_b`)),
		dynsync.WithTransform("a_b", Transform(`return value + '2' + record.a.b + record['a.b']`)),
		dynsync.WithTransform(`"a.b"`, Transform(`return value + '3' + record.a['it\'s "b"']`)))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"a.b": "x1y", "a_b": "y2xz", `"a.b"`: "z3q"} {
		if v := textAt(got["1"], path); v != want {
			t.Errorf("%s: %s, want %s", path, v, want)
		}
	}
}

func TestGenerate(t *testing.T) {
	items := []string{`{"Id":{"S":"1"}}`, `{"Id":{"S":"2"},"Name":{"S":"old"}}`, `{"Id":{"S":"3"},"Name":{"S":"kept"}}`, `{"Id":{"S":"4"},"Name":{"S":"gone"}}`}
	got, err := job(t, items, nil, dynsync.WithTransform("Name", Generate(`
		switch (record.Id) {
		case '3': return dynsync.keep();
		case '4': return dynsync.remove();
		}
		return 'name of ' + record.Id`)))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"1": "name of 1", "2": "name of 2", "3": "kept", "4": ""} {
		if v := textAt(got[id], "Name"); v != want {
			t.Errorf("item %s: %q, want %q", id, v, want)
		}
	}
}

// TestSkipGoesToTheDefault: a value that the script skips is pseudonymized.
func TestSkipGoesToTheDefault(t *testing.T) {
	got, err := job(t, []string{`{"Id":{"S":"1"},"A":{"S":"secret"}}`}, nil,
		dynsync.WithDefaultTransform(dynsync.Constant("default")), dynsync.WithTransform("Id", dynsync.Passthrough()),
		dynsync.WithTransform("A", Transform(`return dynsync.skip()`)))
	if err != nil || textAt(got["1"], "A") != "default" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestErrorsOfAJobHoldNoValues: neither the job's error nor the item's prints
// what the script threw.
func TestErrorsOfAJobHoldNoValues(t *testing.T) {
	for code, want := range map[string]string{
		`throw new Error(value); return 1`:                                            "an Error at line 1, column 7",
		`throw value; return 1`:                                                       "an exception that is no Error at line 1, column 1",
		`throw {toString() { return value }}; return 1`:                               "an exception that is no Error at line 1, column 1",
		`return value.x.y`:                                                            "a TypeError at line 1, column 16",
		`return JSON.parse(value)`:                                                    "a SyntaxError at line 1, column 18",
		`throw new TypeError('x', {cause: value}); return 1`:                          "a TypeError at line 1, column 7",
		`const e = new Error(); e.stack = value; e.name = value; throw e; return 1`:   "an Error at line 1, column 11",
		`({[value]() { null.x }})[value](); return 1`:                                 "a TypeError at line 1, column 20",
		`class sensitive extends RangeError {}; throw new sensitive(value)`:           "a RangeError at line 1",
		`throw Object.setPrototypeOf({}, URIError.prototype)`:                         "a URIError at line 1",
		`throw Object.create(null)`:                                                   "an exception that is no Error at line 1",
		`return x + 1; let x = 2`:                                                     "a ReferenceError at line 1",
		`return value.repeat(-1)`:                                                     "a RangeError at line 1",
		`return decodeURIComponent('%')`:                                              "a URIError at line 1",
		`throw new AggregateError([value])`:                                           "an AggregateError at line 1",
		"const f = () => {\n  return value.a.b\n}\nreturn f()":                        "a TypeError at line 2, column 18",
		`let e = Error(); for (let i = 0; i < 99; i++) e = Object.create(e); throw e`: "an exception that is no Error at line 1",
	} {
		_, err := job(t, []string{`{"Id":{"S":"1"},"A":{"S":"sensitive"}}`}, nil, dynsync.WithTransform("A", Transform(code)))
		if err == nil || strings.Contains(err.Error(), "sensitive") || !strings.Contains(err.Error(), "the script threw "+want) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// withLibrary gives scripts these functions for the time of a test.
func withLibrary(t testing.TB, functions ...function) {
	was, idle := library, hosts
	library, hosts = func() []function { return functions }, new(sync.Pool)
	t.Cleanup(func() { library, hosts = was, idle })
}

func TestLibrary(t *testing.T) {
	var made atomic.Int32
	mask := function{"mask", func(options map[string]any) (dynsync.Transformer, error) {
		made.Add(1)
		with, ok := options["with"].(string)
		if options != nil && !ok {
			return nil, errors.New("with is no string: " + fmt.Sprint(options["with"]))
		}
		return dynsync.OnKind(dynsync.KindS, dynsync.Constant("***"+with)), nil
	}}
	gone := function{"gone", func(map[string]any) (dynsync.Transformer, error) { return dynsync.Remove(), nil }}
	refuse := function{"refuse", func(map[string]any) (dynsync.Transformer, error) { return dynsync.Reject(), nil }}
	fill := function{"fill", func(map[string]any) (dynsync.Transformer, error) {
		return dynsync.IfMissing(dynsync.Constant(1)), nil
	}}
	withLibrary(t, mask, gone, refuse, fill)
	tests := []struct{ code, in, want, err string }{
		{`return dynsync.mask(value)`, `{"S":"x"}`, `{"S":"***"}`, ""},
		{`return dynsync.mask(value, {with: '!'})`, `{"S":"x"}`, `{"S":"***!"}`, ""},
		{`return {a: dynsync.mask(value, {with: '!'}), b: dynsync.mask('x')}`, `{"S":"x"}`, `{"M":{"a":{"S":"***!"},"b":{"S":"***"}}}`, ""},
		{`return dynsync.gone(value)`, `{"S":"x"}`, `missing`, ""},
		{`return dynsync.fill()`, `{"S":"x"}`, `{"N":"1"}`, ""},
		{`return dynsync.mask(value)`, `{"N":"1"}`, ``, dynsync.ErrNotApplicable.Error()},
		{`try { return dynsync.mask(value) } catch (e) { return e.message }`, `{"N":"1"}`, `{"S":"dynsync.mask does not apply to this value"}`, ""},
		{`try { return dynsync.refuse(value) } catch (e) { return e.message + Object.keys(e) + ('value' in e) }`, `{"N":"1"}`, `{"S":"dynsync.refuse failedfalse"}`, ""},
		{`return dynsync.refuse(value)`, `{"N":"1"}`, ``, "Reject: no value is expected"},
		{`return dynsync.mask()`, `{"N":"1"}`, ``, "passed undefined"},
		{`return dynsync.mask(() => 1)`, `{"N":"1"}`, ``, "unsupported class"},
		{`return dynsync.mask(value, {with: 'sensitive'.length})`, `{"S":"x"}`, ``, "anonymizer in the script failed"},
		{`return dynsync.mask(value, 'sensitive')`, `{"S":"x"}`, ``, "anonymizer in the script failed"},
		{`return dynsync.mask(value, {get with() { throw new Error('sensitive') }})`, `{"S":"x"}`, ``, "threw an Error"},
		{`return dynsync.mask(value, {with: {f() {}}})`, `{"S":"x"}`, ``, "anonymizer in the script failed"},
		{`const o = {}; o.with = o; return dynsync.mask(value, o)`, `{"S":"x"}`, ``, "anonymizer in the script failed"},
		{`let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return dynsync.mask(value, {with: a})`, `{"S":"x"}`, ``, "anonymizer in the script failed"},
		{`const a = []; a.length = 2 ** 32 - 1; return dynsync.mask(value, {with: a})`, `{"S":"x"}`, ``, "anonymizer in the script failed"},
		{`return dynsync.mask(value, Object.create({with: '!'}))`, `{"S":"x"}`, ``, "anonymizer in the script failed"},
		{`dynsync.mask(value, {with: 'AQ=='}); return dynsync.mask(value, {with: new Uint8Array([1])})`, `{"S":"x"}`, ``, "anonymizer in the script failed"},
	}
	for _, tt := range tests {
		got, err := run(t, must(t, Transform(tt.code)), tt.in)
		if tt.err == "" && (err != nil || got != tt.want) || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s of %s: %s, %v; want %s%s", tt.code, tt.in, got, err, tt.want, tt.err)
		}
		if err != nil && strings.Contains(err.Error(), "sensitive") {
			t.Errorf("%s: the error holds the text", tt.code)
		}
	}
	if got, err := run(t, must(t, Transform(`return dynsync.mask(value)`)), `{"N":"1"}`); !errors.Is(err, dynsync.ErrNotApplicable) {
		t.Errorf("a decline: %s, %v", got, err)
	}
	if _, err := run(t, must(t, Transform(`try { dynsync.mask(1) } catch (e) { throw new Error('other', {cause: e}) } return 1`)), `{"N":"1"}`); err == nil || errors.Is(err, dynsync.ErrNotApplicable) {
		t.Errorf("an exception with a decline as its cause: %v", err)
	}
	var text reason.Error
	if _, err := run(t, must(t, Transform(`return dynsync.refuse(1)`)), `{"N":"1"}`); !errors.As(err, &text) {
		t.Errorf("a failure has no reason: %v", err)
	}
	made.Store(0)
	tr := must(t, Transform(`return dynsync.mask(value, {with: String(value.length % 2)})`))
	for i := range 20 {
		if _, err := run(t, tr, fmt.Sprintf(`{"S":"%s"}`, strings.Repeat("x", i))); err != nil {
			t.Error(err)
		}
	}
	if n := made.Load(); n != 2 {
		t.Errorf("%d transformers were made for two options", n)
	}
}

// What a script keeps is meant, and no leak.
func TestKeepPassesTheLeakCheck(t *testing.T) {
	items := []string{`{"Id":{"S":"1"},"Plan":{"S":"pro"},"Label":{"S":"Zebedee"}}`, `{"Id":{"S":"2"},"Plan":{"S":"free"},"Label":{"S":"public label"}}`}
	got, err := job(t, items, nil, dynsync.WithLeakCheck(),
		dynsync.WithTransform("Label", Transform(`return record.Plan === "pro" ? dynsync.firstName(value) : dynsync.keep()`)))
	if err != nil || textAt(got["2"], "Label") != "public label" || textAt(got["1"], "Label") == "Zebedee" {
		t.Errorf("%v, %v", got, err)
	}
	_, err = job(t, items, nil, dynsync.WithLeakCheck(), dynsync.WithTransform("Label", Transform(`return value`)))
	if err == nil {
		t.Error("a value that a script returned for itself was not found")
	}
}

// What a script takes out of its value and gives to an anonymizer is a part of it, as
// in Delimited; what it takes from elsewhere is none.
func TestPartsAreSearchedByTheLeakCheck(t *testing.T) {
	label := dynsync.WithTransform("Label", Transform(`return "USER#" + dynsync.email(value.split("#")[1].toLowerCase())`))
	for note, leaks := range map[string]bool{"nothing": false, "call Ann@corp.test": true} {
		item := fmt.Sprintf(`{"Id":{"S":"1"},"Label":{"S":"USER#ANN@corp.test"},"Note":{"S":%q}}`, note)
		if _, err := job(t, []string{item}, nil, dynsync.WithLeakCheck(), label); (err != nil) != leaks {
			t.Errorf("note %q: %v", note, err)
		}
	}
	derived := dynsync.WithTransform("Label", Transform(`return "USER#" + dynsync.token(record.Id)`))
	if _, err := job(t, []string{`{"Id":{"S":"1234567890"},"Label":{"S":"USER#x"}}`}, nil, dynsync.WithLeakCheck(), derived); err != nil {
		t.Errorf("a result made of the key: %v", err)
	}
}
