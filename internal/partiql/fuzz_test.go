package partiql

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

// FuzzParseWhere: no text makes the package panic; what it understands it
// understands alike when printed; what it does not is an error of one of the two
// types, and a lexical one exactly where CountParams has one too.
func FuzzParseWhere(f *testing.F) {
	for _, text := range []string{
		"", "a = 1", `"a""b".c[0]['d'] <> 'it''s' AND NOT x IN (1, ?, <<'a'>>) -- c`, "a BETWEEN -1 AND + .5e3 OR size(b) >= 2;",
		"a IS NOT MISSING ORDER BY pk DESC, sk", "contains(a, {'k': [null, true, (1, 2)]})", "((((a)))) = (((1)))", "a = 'x", "a = 1 /* ",
		"a = \"", "é = 1", "\xff", "\xed\xa0\x80", "'\xed\xa0\x80' = a", "NOT NOT NOT a = 1", "a LIKE 'b'", "a[99999999999] = 1", "- - 1 = a", "a = 1e", "`ion`",
	} {
		f.Add(text)
	}
	items := mixedItems(f)[:8]
	f.Fuzz(func(t *testing.T, text string) {
		count, countErr := CountParams(text)
		w, err := ParseWhere(text)
		if err != nil {
			checkError(t, text, err, countErr != nil)
			return
		}
		if countErr != nil || count != w.Params {
			t.Fatalf("%q: %d parameters, CountParams says %d, %v", text, w.Params, count, countErr)
		}
		again, err := ParseWhere(printExpr(w.Expr))
		if err != nil {
			t.Fatalf("%q, printed as %q: %v", text, printExpr(w.Expr), err)
		}
		if d := cmp.Diff(w.Expr, again.Expr, sameTree); d != "" {
			t.Fatalf("%q, printed as %q:\n%s", text, printExpr(w.Expr), d)
		}
		params := make([]types.AttributeValue, min(w.Params, 3))
		for i := range params {
			params[i] = s("a")
		}
		valid := Validate(w.Expr, params) == nil
		for _, it := range items {
			if _, err := Eval(w.Expr, it, params); err != nil && valid {
				t.Fatalf("%q is valid, but Eval says %v", text, err)
			}
		}
	})
}

func checkError(t *testing.T, text string, err error, lexical bool) {
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: an error of type %T", text, err)
	}
	if _, ok := errors.AsType[*LexError](err); ok != lexical {
		t.Fatalf("%q: %v; lexical for CountParams: %v", text, err, lexical)
	}
	if e.Pos < 0 || e.Pos > len(text) || e.Column != runes(text[:e.Pos])+1 {
		t.Fatalf("%q: offset %d, column %d", text, e.Pos, e.Column)
	}
}

// FuzzTranslate: the filter of a condition declares what it uses and, with names
// and constants put back, is a condition that selects the same items.
func FuzzTranslate(f *testing.F) {
	for i, row := range readMeasured(f) {
		if i%20 == 0 { // more would take all of CI's few seconds
			f.Add(row.where)
		}
	}
	items := append(mixedItems(f), drawnItems(10)...)
	values := valuesOf(items)
	f.Fuzz(func(t *testing.T, where string) {
		w, err := ParseWhere(where)
		if err != nil {
			return
		}
		params := make([]types.AttributeValue, min(w.Params, 10))
		for i := range params {
			params[i] = values[(7*i+len(where))%len(values)]
		}
		filter, err := Translate(w.Expr, params)
		if err != nil {
			checkError(t, where, Locate(err, where), false)
			return
		}
		checkFilter(t, filter)
		again, constants := putBack(t, filter)
		for _, it := range items {
			want, err := Eval(w.Expr, it, params)
			if err != nil {
				t.Fatalf("%q: %v", where, err)
			}
			if got, err := Eval(again, it, constants); got != want || err != nil {
				t.Fatalf("%q is %v of item %s, its filter %s is %v, %v", where, want, name(it), filter.Expression, got, err)
			}
		}
	})
}

// putBack reads a filter as PartiQL, to which it is close enough.
func putBack(t *testing.T, f *Filter) (Expr, []types.AttributeValue) {
	var constants []types.AttributeValue
	text := placeholders.ReplaceAllStringFunc(f.Expression, func(p string) string {
		if name, ok := f.Names[p]; ok {
			return quoted(name, `"`)
		}
		constants = append(constants, f.Values[p])
		return "?"
	})
	w, err := ParseWhere(text)
	if err != nil {
		t.Fatalf("%s, put back as %q: %v", f.Expression, text, err)
	}
	if err := Validate(w.Expr, constants); err != nil {
		t.Fatalf("%s, put back as %q: %v", f.Expression, text, err)
	}
	return w.Expr, constants
}
