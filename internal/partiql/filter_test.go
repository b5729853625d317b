package partiql

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

func TestTranslate(t *testing.T) {
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	number := func(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }
	type values = map[string]types.AttributeValue
	tests := []struct {
		where  string
		want   string
		names  map[string]string
		values values
	}{
		{`a = 1`, `#0 = :0`, map[string]string{"#0": "a"}, values{":0": number("1")}},
		{`((a = 'x'))`, `#0 = :0`, map[string]string{"#0": "a"}, values{":0": text("x")}},
		{`a != 'x' and "a.b".a[3]."name" < a`, `#0 <> :0 AND #1.#0[3].#2 < #0`, map[string]string{"#0": "a", "#1": "a.b", "#2": "name"}, values{":0": text("x")}},
		{`NOT ((a = 1 OR b = 2) AND (NOT c = 3))`, `NOT ((#0 = :0 OR #1 = :1) AND NOT #2 = :2)`, map[string]string{"#0": "a", "#1": "b", "#2": "c"},
			values{":0": number("1"), ":1": number("2"), ":2": number("3")}},
		{`a NOT IN (1, b) OR a NOT BETWEEN 1 AND 2`, `NOT #0 IN (:0,#1) OR NOT #0 BETWEEN :1 AND :2`, map[string]string{"#0": "a", "#1": "b"},
			values{":0": number("1"), ":1": number("1"), ":2": number("2")}},
		{`a IS MISSING AND a IS NOT NULL AND a IS STRING`, `attribute_not_exists(#0) AND NOT attribute_type(#0,:0) AND attribute_type(#0,:1)`,
			map[string]string{"#0": "a"}, values{":0": text("NULL"), ":1": text("S")}},
		{`BEGINS_WITH(a, 'x') AND SIZE(a) > 3 AND attribute_exists(b)`, `begins_with(#0,:0) AND size(#0) > :1 AND attribute_exists(#1)`,
			map[string]string{"#0": "a", "#1": "b"}, values{":0": text("x"), ":1": number("3")}},
		{`a IS MISSING`, `attribute_not_exists(#0)`, map[string]string{"#0": "a"}, nil},
		{`1 = 1`, `:0 = :1`, nil, values{":0": number("1"), ":1": number("1")}},
	}
	for _, tt := range tests {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Translate(w.Expr, nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.where, err)
		}
		opt := cmp.AllowUnexported(types.AttributeValueMemberS{}, types.AttributeValueMemberN{})
		if diff := cmp.Diff(&Filter{tt.want, tt.names, tt.values}, got, cmp.FilterPath(func(p cmp.Path) bool { return strings.HasSuffix(p.String(), "noSmithyDocumentSerde") }, cmp.Ignore()), opt); diff != "" {
			t.Errorf("%s: %s", tt.where, diff)
		}
	}
}

func TestFilterLimits(t *testing.T) {
	repeat := func(n int, part, sep string) string { return strings.Join(slices.Repeat([]string{part}, n), sep) }
	tests := []struct {
		where string
		want  string // of the error
	}{
		{"a IN (" + repeat(100, "1", ",") + ")", ""},
		{"a IN (" + repeat(101, "1", ",") + ")", "100"},
		{repeat(151, "a = 1", " AND "), "300"}, // 151 comparisons and 150 ANDs
		{repeat(150, "a = 1", " AND "), ""},
		{"b = 1 AND a = 'canary' AND begins_with(a, 5)", "column 43: "},
		{repeat(50, "a IN ("+repeat(20, "1", ",")+")", " OR "), "FilterExpression of 5"},
	}
	for _, tt := range tests {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Translate(w.Expr, nil)
		if err = Locate(err, tt.where); (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%.60s: %v, want %q", tt.where, err, tt.want)
		}
	}
	// One byte decides: 150 terms are of 3745 bytes, a step .a of 3 and [10] of 4.
	for _, tt := range []struct {
		names, indexes int
		fits           bool
	}{{117, 0, true}, {116, 1, false}} {
		terms := slices.Repeat([]string{"attribute_exists(a"}, 150)
		for i := range tt.names {
			terms[i] += ".a"
		}
		for i := range tt.indexes {
			terms[i] += "[10]"
		}
		w, err := ParseWhere(strings.Join(terms, ") AND ") + ")")
		if err != nil {
			t.Fatal(err)
		}
		f, err := Translate(w.Expr, nil)
		if (err == nil) != tt.fits || err == nil && len(f.Expression) != maxFilter {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func TestCheckKeys(t *testing.T) {
	kinds := map[string]types.ScalarAttributeType{"pk": "S", "sk": "N"}
	for where, want := range map[string]string{
		"pk = 'x' AND sk > 3":                "",
		"pk.x = 3 AND a = 3 AND pk = sk":     "",
		"pk = 3":                             `"pk" is of type S, and is compared with a value of type N`,
		"NOT 3 = pk":                         `"pk" is of type S`,
		"a = 1 OR sk BETWEEN 1 AND 'canary'": `column 10: the key attribute "sk" is of type N`,
		"pk IN ('a', '')":                    "empty",
		"begins_with(pk, 3)":                 "",
	} {
		w, err := ParseWhere(where)
		if err != nil {
			t.Fatal(err)
		}
		err = Locate(CheckKeys(w.Expr, nil, kinds), where)
		if text := fmt.Sprint(err); (err == nil) != (want == "") || err != nil && (!strings.Contains(text, want) || strings.Contains(text, "canary")) {
			t.Errorf("%s: %v, want %q", where, err, want)
		}
	}
}
