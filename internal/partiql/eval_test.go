package partiql

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSemantics states what conditions mean, one fact a row, by the items of the
// mixed ones that match. conditions.txt has the width; this has the reasons.
func TestSemantics(t *testing.T) {
	items := mixedItems(t)
	for _, tt := range []struct{ where, want, reason string }{
		{"a = 1", "1: n1", "equality"},
		{"a = 1.0 AND a = 1e0 AND a = 0.1e1", "1: n1", "numbers are compared by value"},
		{"a = '1'", "1: s_1", "a string is no number"},
		{"a <> 1", "61: all but n1", "<> is true of every other type, and of a missing attribute"},
		{"a <> c AND a IS MISSING AND c IS MISSING", "1: z_dotname", "<> is true of two missing attributes"},
		{"NOT a = 1", "61: all but n1", "NOT of a comparison with a missing attribute is true"},
		{"zzz = zzy", "0: ", "two missing attributes are not equal"},
		{"zzz < 1 OR zzz BETWEEN 1 AND 2 OR zzz IN (1) OR begins_with(zzz, '') OR contains(zzz, '')", "0: ", "every comparison with a missing attribute is false"},
		{"NOT zzz < 1 AND NOT zzz BETWEEN 1 AND 2 AND NOT zzz IN (1) AND NOT begins_with(zzz, '')", "62: all but ", "… and its NOT true"},
		{"a = null", "1: null", "NULL equals NULL"},
		{"a IS NULL", "1: null", "… and IS NULL says the same"},
		{"a IS MISSING", "2: missing z_dotname", "missing is not NULL"},
		{"a IS NOT NULL", "61: all but null", "… so IS NOT NULL holds of a missing attribute"},
		{"a.x IS NULL", "1: m_xnull", "NULL below a map"},
		{"a < 'b' AND a >= ''", "10: s_1 s_10 s_A s_S s_a s_ab s_abc s_empty s_pct s_q", "no order between types"},
		{"a > 0 AND a <= 2", "4: n1 n1.5 n2 ntiny", "order of numbers"},
		{"a > 'z' AND a < '\uffff'", "3: s_e s_efd z_key_eq", "order of strings is that of their UTF-8 …"},
		{"a > '\uffff'", "1: s_astral", "… in which U+10000 comes after U+FFFF"},
		{"a BETWEEN 1 AND 2", "3: n1 n1.5 n2", "BETWEEN includes its bounds"},
		{"a IN (1, 'a', null, [1])", "4: l_1 n1 null s_a", "IN of several types"},
		{"a = <<'b', 'a'>>", "1: ss_ab", "sets have no order"},
		{"a = <<2, 1.0>>", "1: ns_12", "number sets are compared by value"},
		{"a = {'x': 1.0}", "1: m_x1", "maps are compared by content, numbers in them by value"},
		{"a = ['a']", "1: l_a", "lists by element"},
		{"a = []", "1: l_empty", "an empty list is no empty map"},
		{"contains(a, 'b')", "4: s_ab s_abc s_b ss_ab", "contains: substrings and members of sets and lists"},
		{"contains(a, 1)", "4: l_1 l_a1 ns_1 ns_12", "… by value"},
		{"contains(a, null)", "1: l_null", "… of any type in a list"},
		{"contains('abc', a)", "5: s_a s_ab s_abc s_b s_empty", "the container may be a literal"},
		{"begins_with(a, 'a')", "4: s_a s_ab s_abc s_pct", "begins_with"},
		{"a = 'e' OR a = 'É'", "0: ", "no case folding, no accent folding"},
		{"size(a) = 2 AND a IS STRING", "4: s_10 s_ab s_astral s_pct", "size counts UTF-16 units: U+10000 is two"},
		{"size(a) = 1 AND a IS BLOB", "3: b_1 b_a b_ff", "size counts the bytes of a binary"},
		{"size(a) = 2 AND NOT (a IS STRING OR a IS BLOB)", "6: bs_12 l_a1 l_nest ns_12 ss_ab ss_abc", "size counts members"},
		{"size(a) <> 1 AND a IS NUMERIC", "9: n0 n1 n1.5 n10 n2 n38 nbig nneg1 ntiny", "a number has no size; <> is true of that as of a missing attribute"},
		{"attribute_type(a, 'BOOL')", "2: false true", "attribute_type"},
		{"a[0] = 1", "1: l_1", "list element"},
		{"a[99] IS MISSING AND a IS LIST AND a[0] = 'a'", "2: l_a l_a1", "an index past the end is missing"},
		{"a.x = 1", "1: m_x1", "map member"},
		{"a[0] = 1 OR c[0] = 1", "1: l_1", "an index into something that is no list is missing"},
		{"1 = 1 AND size('abc') > 1", "62: all but ", "literals alone"},
	} {
		e, err := ParseWhere(tt.where)
		if err != nil {
			t.Errorf("%s (%s): %v", tt.where, tt.reason, err)
			continue
		}
		if got := listing(matches(t, items, e.Expr, nil), items); got != tt.want {
			t.Errorf("%s (%s):\n got %s\nwant %s", tt.where, tt.reason, got, tt.want)
		}
	}
}

// TestSurrogates: strings with lone surrogates compare by their bytes and count
// one unit a surrogate.
func TestSurrogates(t *testing.T) {
	it := item{"a": s("\xed\xa0\x80x")}
	for _, where := range []string{"a = '\xed\xa0\x80x'", "begins_with(a, '\xed\xa0\x80')", "size(a) = 2", "a > '\ud7ff'", "a < '\ue000'"} {
		w, err := ParseWhere(where)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := Eval(w.Expr, it, nil); !ok || err != nil {
			t.Errorf("%q: %v, %v", where, ok, err)
		}
	}
}

// TestEvalFaults: a tree that no parser makes, or parameters that are not there,
// are an error and never a panic.
func TestEvalFaults(t *testing.T) {
	a := path("a")
	it := item{"a": n("1")}
	for _, tt := range []struct {
		e      Expr
		reason string
	}{
		{Compare{Op: "=", Left: a, Right: Param{Index: 0}}, "no such parameter"},
		{Compare{Op: "=", Left: a, Right: Param{Index: -1}}, "negative parameter"},
		{Compare{Op: "LIKE", Left: a, Right: a}, "unknown operator"},
		{Compare{Op: "=", Left: a}, "no operand"},
		{Compare{Op: "=", Left: a, Right: Arith{Op: "+", Left: a, Right: a}}, "an operand of UPDATE"},
		{Call{Func: "contains", Args: []Operand{a}}, "too few arguments"},
		{Call{Func: "upper", Args: []Operand{a}}, "unknown function"},
		{Compare{Op: "=", Left: a, Right: Literal{}}, "a literal without a value"},
		{Is{X: a, Type: "BAG"}, "unknown type"},
		{Not{nil}, "no condition"},
		{Not{Compare{Op: "=", Left: a, Right: Param{}}}, "a fault under NOT, which must not come out true"},
		{Or{Compare{Op: "=", Left: a, Right: Param{}}, Compare{Op: "=", Left: a, Right: lit(n("1"))}}, "a fault before a true side of OR"},
	} {
		if ok, err := Eval(tt.e, it, nil); ok || err == nil {
			t.Errorf("%s: %v, %v", tt.reason, ok, err)
		}
		if Validate(tt.e, nil) == nil {
			t.Errorf("%s: valid", tt.reason)
		}
	}
	if ok, err := Eval(nil, it, nil); !ok || err != nil {
		t.Errorf("no condition at all: %v, %v", ok, err)
	}
	_, err := Eval(Compare{Op: "=", Left: a, Right: Param{}}, it, nil)
	if e, ok := errors.AsType[*Error](err); !ok || e.Message != msgParams {
		t.Errorf("too few parameters: %v", err)
	}
}

// TestCompareValues: the order is one, and = agrees with it.
func TestCompareValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := generator{T: t}
		a, b := g.value(2), g.value(2)
		ab, ok1 := CompareValues(a, b)
		ba, ok2 := CompareValues(b, a)
		if ok1 != ok2 || ab != -ba {
			t.Fatalf("order %d and back %d", ab, ba)
		}
		if EqualValues(a, b) != EqualValues(b, a) || ok1 && EqualValues(a, b) != (ab == 0) {
			t.Fatalf("equal %v, order %d", EqualValues(a, b), ab)
		}
		if !EqualValues(a, a) {
			t.Fatal("a value is not equal to itself")
		}
	})
}

// TestPrivacy: no error of a condition or a statement, however broken, holds a
// string, a number or a name of it; nor does a printed tree.
func TestPrivacy(t *testing.T) {
	const canary, number = "CANARY", "8675309"
	texts := []string{
		`SELECT "CANARY", b.CANARY FROM "T.CANARY"."CANARY" WHERE CANARY = 'CANARY' AND "CANARY"['CANARY'] BETWEEN 8675309 AND ? ORDER BY CANARY DESC`,
		`INSERT INTO "CANARY" VALUE {'CANARY': 'CANARY', 'CANARY2': [8675309, <<'CANARY'>>, {'CANARY': ?}]} -- CANARY`,
		"UPDATE CANARY SET CANARY = set_add(CANARY, <<'CANARY'>>), b = 8675309 + c REMOVE b[8675309] WHERE CANARY IN ('CANARY', `CANARY`) RETURNING ALL OLD *",
		`DELETE FROM CANARY WHERE CANARY('CANARY') = 8675309e8675309 OR size(CANARY, 8675309) < '8675309' /* CANARY */`,
		`SELECT * FROM CANARY WHERE a IN (1) AND attribute_type(a, 'CANARY') AND a = a`,
	}
	check := func(text string, err error) {
		if err != nil && (strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), number)) {
			t.Fatalf("the error of\n%s\nis\n%v", text, err)
		}
	}
	try := func(text string) {
		stmt, err := ParseStatement(text)
		check(text, err)
		if sel, ok := stmt.(*Select); ok {
			check(text, Validate(sel.Where, nil))
		}
		_, where, _ := strings.Cut(text, "WHERE")
		w, err := ParseWhere(where)
		check(where, err)
		if err == nil {
			check(where, Validate(w.Expr, nil))
		}
	}
	for _, text := range texts {
		l := newLexer(text)
		var tokens []token
		for tok := l.next(); tok.kind != tokenEnd; tok = l.next() {
			tokens = append(tokens, tok)
		}
		for _, tok := range tokens {
			try(text[:tok.pos] + text[tok.end:])
			try(text[:tok.end] + " " + text[tok.pos:])
			for _, other := range []string{"'CANARY'", `"CANARY"`, "CANARY", number, "?", ")", "]", "SELECT", "(", "[", "{", "="} {
				try(text[:tok.pos] + other + text[tok.end:])
			}
		}
		for i := range text {
			try(text[:i])
		}
	}
}
