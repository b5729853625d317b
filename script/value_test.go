package script

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync"
)

// TestTransformResults holds what scripts see of values, and what becomes of
// what they return.
func TestTransformResults(t *testing.T) {
	tests := []struct{ code, in, want string }{
		{`return value.toUpperCase()`, `{"S":"ann"}`, `{"S":"ANN"}`},
		{`return typeof value`, `{"N":"9007199254740991"}`, `{"S":"number"}`},
		{`return typeof value`, `{"N":"9007199254740992"}`, `{"S":"bigint"}`},
		{`return typeof value`, `{"N":"1E30"}`, `{"S":"bigint"}`},
		{`return typeof value`, `{"N":"0.1"}`, `{"S":"number"}`},
		{`return typeof value`, `{"N":"1.50"}`, `{"S":"number"}`},
		{`return typeof value`, `{"N":"0.12345678901234567890"}`, `{"S":"object"}`},
		{`return String(value)`, `{"N":"0.12345678901234567890"}`, `{"S":"0.12345678901234567890"}`},
		{`return JSON.stringify({n: value})`, `{"N":"0.12345678901234567890"}`, `{"S":"{\"n\":\"0.12345678901234567890\"}"}`},
		{`return value`, `{"N":"0.12345678901234567890"}`, `{"N":"0.12345678901234567890"}`},
		{`return value + 1n`, `{"N":"99999999999999999999999999999999999998"}`, `{"N":"99999999999999999999999999999999999999"}`},
		{`return value * 2`, `{"N":"2.5"}`, `{"N":"5"}`},
		{`return -0`, `{"N":"2.5"}`, `{"N":"0"}`},
		{`return 1e21`, `{"N":"2.5"}`, `{"N":"1e+21"}`},
		{`return dynsync.decimal(' 0.10000000000000000000001 ')`, `{"N":"1"}`, `{"N":"0.10000000000000000000001"}`},
		{`return {n: value.n, m: [value.n]}`, `{"M":{"n":{"N":"0.12345678901234567890"}}}`, `{"M":{"n":{"N":"0.12345678901234567890"},"m":{"L":[{"N":"0.12345678901234567890"}]}}}`},
		{`return !value`, `{"BOOL":true}`, `{"BOOL":false}`},
		{`return value === null ? null : 1`, `{"NULL":true}`, `{"NULL":true}`},
		{`return value.map(b => b + 1)`, `{"B":"AQI="}`, `{"B":"AgM="}`},
		{`return value.subarray(1)`, `{"B":"AQI="}`, `{"B":"Ag=="}`},
		{`return new Uint8Array(0)`, `{"B":"AQI="}`, `{"B":""}`},
		{`return value.map(s => s + '!')`, `{"SS":["a","b"]}`, `{"SS":["a!","b!"]}`},
		{`return value.map(n => n * 2)`, `{"NS":["1","2"]}`, `{"NS":["2","4"]}`},
		{`return value.map(b => b.subarray(1))`, `{"BS":["AQI="]}`, `{"BS":["Ag=="]}`},
		{`return [...value, 1]`, `{"L":[]}`, `{"L":[{"N":"1"}]}`},
		{`value.tags = value.tags.filter(x => x > 'a'); return value`, `{"M":{"tags":{"SS":["a","b"]}}}`, `{"M":{"tags":{"SS":["b"]}}}`},
		{`return {...value, tags: ['z']}`, `{"M":{"tags":{"SS":["a","b"]}}}`, `{"M":{"tags":{"SS":["z"]}}}`},
		{`return {other: value.tags}`, `{"M":{"tags":{"SS":["a","b"]}}}`, `{"M":{"other":{"SS":["a","b"]}}}`},
		{`return value.map(tags => tags.map(x => x + 1))`, `{"L":[{"SS":["a"]}]}`, `{"L":[{"SS":["a1"]}]}`},
		{`return {['__proto__']: value}`, `{"S":"x"}`, `{"M":{"__proto__":{"S":"x"}}}`},
		{`return Object.keys(value)`, `{"M":{"__proto__":{"S":"x"},"constructor":{"S":"y"},"a.b":{"S":"z"},"\"q'":{"S":"q"}}}`,
			`{"L":[{"S":"__proto__"},{"S":"constructor"},{"S":"a.b"},{"S":"\"q'"}]}`},
		{`value.__proto__ += '!'; value.toString = 'own'; return value`, `{"M":{"__proto__":{"S":"x"}}}`, `{"M":{"__proto__":{"S":"x!"},"toString":{"S":"own"}}}`},
		{`const o = {}; for (const k in value) o[k] = value[k]; return o`, `{"M":{"__proto__":{"S":"x"},"constructor":{"S":"y"},"hasOwnProperty":{"N":"1"}}}`,
			`{"M":{"__proto__":{"S":"x"},"constructor":{"S":"y"},"hasOwnProperty":{"N":"1"}}}`},
		{`return value`, `{"S":"\ud800 and \udfff\ud83d\ude00"}`, `{"S":"\ud800 and \udfff😀"}`},
		{`return value.length`, `{"S":"\ud800\ud83d\ude00"}`, `{"N":"3"}`},
		{`return typeof value`, ``, `{"S":"undefined"}`},
		{`return dynsync.remove()`, `{"S":"x"}`, `missing`},
		{`return dynsync.keep()`, `{"M": {"a" : {"N":"1.00"}} }`, `{"M": {"a" : {"N":"1.00"}} }`},
		{`return new Date(value).toISOString()`, `{"S":"2024-02-29"}`, `{"S":"2024-02-29T00:00:00.000Z"}`},
		{`return new Date(value).toISOString()`, `{"S":"2024-02-29T12:00"}`, `{"S":"2024-02-29T12:00:00.000Z"}`},
		{`return new Date(value).toISOString()`, `{"S":"2024-02-29T12:00:00+02:00"}`, `{"S":"2024-02-29T10:00:00.000Z"}`},
		{`return ['29 Feb 2024 12:00 EST', '2024-02-29 12:00 cest', '2024-02-29 12:00'].map(s => new Date(s).getUTCHours())`, `{"S":""}`, `{"L":[{"N":"17"},{"N":"10"},{"N":"12"}]}`},
		{`return new Date(2024, 1, 29, 12).toISOString() + new Date(0).getHours() + new Date(0).getTimezoneOffset()`, `{"S":""}`, `{"S":"2024-02-29T12:00:00.000Z00"}`},
		{`const d = new Date(value); d.setHours(23); return String(d) + (d instanceof Date)`, `{"N":"0"}`, `{"S":"Thu, 01 Jan 1970 23:00:00 GMTtrue"}`},
		{`return JSON.stringify({b: 1, a: [{b: 2}], c: undefined}, ['a', 'b'], 1)`, `{"S":""}`, `{"S":"{\n \"b\": 1,\n \"a\": [\n  {\n   \"b\": 2\n  }\n ]\n}"}`},
		{`class Odd extends Error { constructor() { super('m'); this.name = 'Odd' } } try { throw new Odd() } catch (e) { return e.name + e.message }`, `{"S":""}`, `{"S":"Oddm"}`},
		{`class A extends Array {} return [[].constructor === Array, Array(2).length, new Array(1, 2).length, new A().map(x => x) instanceof A, Array.from([1]).constructor === Array]`,
			`{"S":""}`, `{"L":[{"BOOL":true},{"N":"2"},{"N":"2"},{"BOOL":true},{"BOOL":true}]}`},
		{`return JSON.parse(value, null)`, `{"S":"[1]"}`, `{"L":[{"N":"1"}]}`},
		{`return JSON.parse(value, (k, v) => k === 'a' ? '[[' : v)`, `{"S":"{\"a\":1,\"b\":\"]\"}"}`, `{"M":{"a":{"S":"[["},"b":{"S":"]"}}}`},
		{`return value // a comment`, `{"S":"x"}`, `{"S":"x"}`},
		{`function* g() { yield 1; yield* [2, 3] } return [...g()]`, `{"S":""}`, `{"L":[{"N":"1"},{"N":"2"},{"N":"3"}]}`},
	}
	for _, tt := range tests {
		got, err := run(t, must(t, Transform(tt.code)), tt.in)
		if err != nil || got != tt.want {
			t.Errorf("%s\nof %s\n got %s, %v\nwant %s", tt.code, tt.in, got, err, tt.want)
		}
	}
}

func TestNumbersAsStrings(t *testing.T) {
	tests := []struct{ code, in, want string }{
		{`return value`, `{"N":"1.50"}`, `{"N":"1.50"}`},
		{`return typeof value + value`, `{"S":"1.50"}`, `{"S":"string1.50"}`},
		{`return value.padStart(4, '9')`, `{"N":"1"}`, `{"N":"9991"}`},
		{`return value.map(n => n + '0')`, `{"NS":["1","2"]}`, `{"NS":["10","20"]}`},
		{`return [typeof value[0], String(value[0]), value[0]]`, `{"L":[{"N":"1.50"}]}`, `{"L":[{"S":"object"},{"S":"1.50"},{"N":"1.50"}]}`},
		{`return {n: value}`, `{"N":"1"}`, `{"M":{"n":{"S":"1"}}}`},
		{`return 7`, `{"N":"1"}`, `{"N":"7"}`},
		{`return dynsync.round(value)`, `{"NS":["12.5","20.25"]}`, `{"NS":["10","20"]}`},
	}
	for _, tt := range tests {
		got, err := run(t, must(t, Transform(tt.code, NumbersAsStrings())), tt.in)
		if err != nil || got != tt.want {
			t.Errorf("%s of %s: got %s, %v; want %s", tt.code, tt.in, got, err, tt.want)
		}
	}
}

var identity = Transform(`return value`)

// TestPropertyIdentity: a script that returns its value changes nothing of any
// value, at any depth, whichever way numbers are given.
func TestPropertyIdentity(t *testing.T) {
	asText := Transform(`return value`, NumbersAsStrings())
	copied := Transform(`
		const copy = v => Array.isArray(v) ? v.map(copy)
			: v !== null && typeof v === 'object' && Object.getPrototypeOf(v) === null ? Object.fromEntries(Object.entries(v).map(([k, m]) => [k, copy(m)]))
			: v;
		return copy(value)`)
	rapid.Check(t, func(t *rapid.T) {
		v, err := dynsync.ValueOf(anyValue(3).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		for name, tr := range map[string]dynsync.Transformer{"identity": identity, "as text": asText, "copied": copied} {
			got, err := tr.Transform(t.Context(), dynsync.Input{Value: v})
			if err != nil || !got.Equal(v) {
				t.Fatalf("%s of %s: %s, %v", name, v.DynamoDBJSON(), got.DynamoDBJSON(), err)
			}
		}
	})
}

// TestPropertyNumbers: a number that a script returns is what JavaScript prints
// of it.
func TestPropertyNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "float")
		want, valid := dynsync.NumberValue(strconv.FormatFloat(f, 'g', -1, 64))
		got, err := Transform(`return Number(value)`).Transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(strconv.FormatFloat(f, 'g', -1, 64))})
		if (valid == nil) != (err == nil) || err == nil && !got.Equal(want) {
			t.Fatalf("%v: %s, %v", f, got.DynamoDBJSON(), err)
		}
	})
}

// anyValue draws Go values as in the table at dynsync.Value.
func anyValue(depth int) *rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		rapid.Map(anyText(), func(s string) any { return s }),
		rapid.Map(anyNumber(), func(n attributevalue.Number) any { return n }),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) any { return b }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](nil),
		rapid.Map(rapid.SliceOfNDistinct(anyText(), 1, 5, rapid.ID), func(s []string) any { return s }),
		rapid.Map(rapid.SliceOfNDistinct(anyNumber(), 1, 5, normal), func(s []attributevalue.Number) any { return s }),
		rapid.Map(rapid.SliceOfNDistinct(rapid.SliceOf(rapid.Byte()), 1, 5, func(b []byte) string { return string(b) }), func(s [][]byte) any { return s }),
	}
	if depth > 0 {
		kinds = append(kinds,
			rapid.Map(rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return anyValue(depth - 1) }), 0, 4), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(anyName(), rapid.Deferred(func() *rapid.Generator[any] { return anyValue(depth - 1) }), 0, 5), func(m map[string]any) any { return m }))
	}
	return rapid.OneOf(kinds...)
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\x00", "\ufffd", "é", "😀", "\xed\xa0\x80", "a\xed\xbf\xbf\xed\xa0\x80\ufffd", "\u2028", strings.Repeat("long ", 100)}))
}

func anyName() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringN(1, 8, 32), rapid.SampledFrom([]string{"__proto__", "constructor", "toString", "length", "0", "1", "a.b", "a_b", `"`, `'`, `\`, "then", "\ufffd"}))
}

func anyNumber() *rapid.Generator[attributevalue.Number] {
	text := rapid.OneOf(
		rapid.StringMatching(`-?[1-9][0-9]{0,37}`),
		rapid.StringMatching(`-?[0-9]{1,20}\.[0-9]{1,18}`),
		rapid.StringMatching(`-?[1-9]\.[0-9]{1,37}E-?[1-9][0-9]?`),
		rapid.Map(rapid.Float64Range(-1e100, 1e100), func(f float64) string {
			if math.Abs(f) < 1e-100 {
				f = 0
			}
			return strconv.FormatFloat(f, 'g', -1, 64)
		}),
		rapid.SampledFrom([]string{"0", "1.0", "1E125", "-1E-130", "9007199254740991", "9007199254740992", "-9007199254740993", "0.1", "0.30000000000000004", "1E2"}))
	return rapid.Map(text, func(s string) attributevalue.Number { return attributevalue.Number(s) })
}

// normal returns bytes that are the same for equal numbers.
func normal(n attributevalue.Number) string {
	f, _ := strconv.ParseFloat(string(n), 64)
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// FuzzScriptValues: any DynamoDB JSON that is a value goes through a script
// unchanged.
func FuzzScriptValues(f *testing.F) {
	for _, seed := range []string{`{"S":"\ud800"}`, `{"N":"1e2"}`, `{"NS":["1","2.5"]}`, `{"M":{"__proto__":{"L":[{"B":"AQI="},{"SS":["a"]}]}}}`, `{"NULL":true}`, `{"BS":["AQI="]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		rec, err := dynsync.NewRecord(bytes.Join([][]byte{[]byte(`{"v":`), raw, []byte(`}`)}, nil))
		if err != nil {
			return
		}
		v, _ := rec.Get("v")
		got, err := identity.Transform(t.Context(), dynsync.Input{Value: v})
		if err != nil {
			if strings.Contains(err.Error(), "lone surrogate") {
				return
			}
			if strings.Contains(err.Error(), "out of DynamoDB's range") || strings.Contains(err.Error(), "MaxSize") {
				return // such a value comes from no table
			}
			t.Fatalf("%q: %v", raw, err)
		}
		if !got.Equal(v) {
			t.Fatalf("%q became %q", raw, got.DynamoDBJSON())
		}
	})
}
