package script

import (
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync"
)

// FuzzScript: whatever the code, making the transformer and running it ends,
// does not panic, leaves the runtime as it was and prints no value.
func FuzzScript(f *testing.F) {
	for _, seed := range []string{
		`return value`, `return record.a`, `return value.toUpperCase() + record.Id`, `while (true); return 1`, `return dynsync.keep()`,
		`throw value; return`, "return `${value}`", `return [...value].map((c, i) => ({[c]: i, n: BigInt(i), b: new Uint8Array([i])}))`,
		`const {a = 1, ...rest} = value; return rest`, `class A { #x = value; get y() { return this.#x } } return new A().y`,
		`return value.replace(/(a+)+$/, x => x + 1)`, `return JSON.parse(JSON.stringify({value}))`, `label: for (const x of [1]) { continue label } return new Date(0)`,
		`return (function* () { yield* value })().next()`, `return async () => await 1`, `}) (function () { return 1`, `globalThis.x = value; return globalThis.x`,
		`return Object.getOwnPropertyNames(globalThis)`, `try { null.x } catch ({message}) { return message } finally { }`, `return 'x'.repeat(10)`, `//# sourceMappingURL=x.map
			return 1`, `return new Array(2**31).fill(0)`, `return Array.prototype.concat.call(1, 2)`, `const f = () => f(); return f()`,
	} {
		f.Add(seed, "a value")
	}
	f.Fuzz(func(t *testing.T, code, text string) {
		if strings.Contains(code, "**=") || strings.Contains(code, "<<=") {
			return // not bounded on members
		}
		tr := Transform(code, Timeout(20*time.Millisecond), MaxDepth(64))
		secret := "sensitive " + text
		for range 2 {
			got, err := tr.Transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(secret)})
			if (err == nil) == (got.Kind() == 0) {
				t.Errorf("%v, %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), "sensitive") && !strings.Contains(code, "sensitive") {
				t.Errorf("the error holds the value: %v", err)
			}
		}
	})
}
