package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"github.com/dynsync/dynsync"
)

var benchmarks = []struct{ name, code, in string }{
	{"string", `return value.toUpperCase()`, `{"S":"ann@example.com"}`},
	{"long", `return value.toUpperCase()`, `{"S":"` + strings.Repeat("ann@example.com ", 100) + `"}`},
	{"number", `return value * 2`, `{"N":"21.5"}`},
	{"map", `value.a = 2; return value`, `{"M":{"a":{"N":"1"},"b":{"S":"text"},"c":{"L":[{"BOOL":true},{"SS":["x","y"]}]}}}`},
}

// BenchmarkTransform measures a call, next to the engine's own call of the same
// function on a string.
func BenchmarkTransform(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			tr, in := must(b, Transform(bm.code)), dynsync.Input{Value: value(b, bm.in)}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tr.Transform(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
		if strings.HasPrefix(bm.in, `{"S"`) {
			b.Run(bm.name+"/bare", func(b *testing.B) { benchmarkBare(b, bm.code, bm.in) })
		}
	}
}

func benchmarkBare(b *testing.B, code, in string) {
	rt := goja.New()
	v, err := rt.RunScript("", fmt.Sprintf("'use strict'; (function (value) {%s})", code))
	if err != nil {
		b.Fatal(err)
	}
	fn, _ := goja.AssertFunction(v)
	text, _ := value(b, in).Text()
	b.ReportAllocs()
	for b.Loop() {
		got, err := fn(goja.Undefined(), rt.ToValue(text))
		if err != nil {
			b.Fatal(err)
		}
		_ = got.String()
	}
}

// BenchmarkRuntime measures the making of a runtime, which a worker needs once
// and anew after an interrupt.
func BenchmarkRuntime(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newHost(); err != nil {
			b.Fatal(err)
		}
	}
}
