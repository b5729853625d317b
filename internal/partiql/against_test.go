package partiql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"
)

// people are items as a table of users has them.
func people(count int) (items []item) {
	for i := range count {
		items = append(items, item{
			"Id": s(fmt.Sprint("u-", i)), "Country": s("DE"), "Age": n(fmt.Sprint(20 + i)), "Active": &types.AttributeValueMemberBOOL{Value: true},
			"Tags":    &types.AttributeValueMemberSS{Value: []string{"a", "b"}},
			"Orders":  &types.AttributeValueMemberL{Value: []types.AttributeValue{&types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"Price": n("3")}}}},
			"Address": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"Street": s("Elm"), "City": s("Bonn")}},
			"None":    &types.AttributeValueMemberNULL{Value: true}, "Data": b("x"),
		})
	}
	return items
}

// What selects nothing by its names or types alone is explained, with what was meant.
func TestMissesAreExplained(t *testing.T) {
	params := []types.AttributeValue{s("18")}
	for _, tt := range []struct{ where, want string }{
		{"country = 'DE'", `column 1: none of 30 items has the attribute that the condition names there; 30 have "Country", and case matters`},
		{`Country = "DE"`, `column 11: none of 30 items has the attribute that the condition names there; if it is text, write it between two '; what stands between two " is the name of an attribute`},
		{"Country = DE", "column 11: none of 30 items has the attribute that the condition names there; if it is text, write it between two '; without them it is the name of an attribute"},
		{"Country IN (DE, FR)", "column 13: none of 30 items has the attribute"},
		{"Country = $1", "column 11: none of 30 items has the attribute that the condition names there; write ? for a parameter"},
		{"Users.Country = 'DE'", "column 1: none of 30 items has step 1 of the path that the condition names there; leave out the name of the table"},
		{"Emial = 'x'", "column 1: none of 30 items has the attribute that the condition names there"},
		{"Address.street = 'x'", `column 1: none of 30 items has step 2 of the path that the condition names there; 30 have "Street", and case matters`},
		{"Orders.Price > 3", "column 1: none of 30 items has step 2 of the path that the condition names there; it is a list there"},
		{"Orders[7].Price > 3", "column 1: none of 30 items has step 2 of the path that the condition names there; the lists there are shorter"},
		{"Address[0] = 'x'", "column 1: none of 30 items has step 2 of the path that the condition names there; it is a map there"},
		{"Country.Code = 'x'", "column 1: none of 30 items has step 2 of the path that the condition names there; what it should be in is of type S"},
		{"Country = 'FR' AND age > 3", `column 20: none of 30 items has the attribute that the condition names there; 30 have "Age"`},
		{"NOT (zip <> 'x')", "column 6: none of 30 items"},
		{"zip IS NOT MISSING", "column 1: none of 30 items"},
		{"attribute_exists(zip)", "column 18: none of 30 items"},
		{"size(tags) > 5", `column 6: none of 30 items has the attribute that the condition names there; 30 have "Tags"`},
		{"Age >= '18'", "column 1: the condition compares with type S what is of type N in 30 of 30 items; write a number without quotes"},
		{"Age = ?", "column 1: the condition compares with type S what is of type N in 30 of 30 items"},
		{"begins_with(Age, '1')", "column 13: the condition compares with type S what is of type N"},
		{"Country = 49", "column 1: the condition compares with type N what is of type S in 30 of 30 items; write text between two '"},
		{"Active = 'true'", "column 1: the condition compares with type S what is of type BOOL in 30 of 30 items; write true or false"},
		{"Tags = 'a'", "column 1: the condition compares with type S what is of type SS in 30 of 30 items; use contains"},
		{"Age IN ('1', '2')", "column 1: the condition compares with type S what is of type N"},
		{"Age BETWEEN '1' AND '2'", "column 1: the condition compares with type S what is of type N"},
		{"'18' <= Age", "column 9: the condition compares with type S what is of type N"},
		{"contains(Age, '1')", "column 10: the condition compares with type S, SS or L what is of type N"},
		{"contains(Country, 1)", "column 10: the condition compares with type NS or L what is of type S"},
		{"Data = 'x'", "column 1: the condition compares with type S what is of type B in 30 of 30 items; pass a []byte"},
		{"None = ''", "column 1: the condition compares with type S what is of type NULL in 30 of 30 items; write null"},
		{"Address = 'Bonn'", "column 1: the condition compares with type S what is of type M in 30 of 30 items; name a member"},

		{"Country = 'FR'", ""}, {"Age > 1000", ""}, {"zip IS MISSING AND Age > 1000", ""}, {"zip <> 'x' AND Age > 1000", ""}, {"NOT zip = 'x' AND Age > 1000", ""},
		{"attribute_not_exists(zip) AND Age > 1000", ""}, {"Age <> 'x' AND Age > 1000", ""}, {"Age IN ('1', 2)", ""}, {"contains(Tags, 'c')", ""}, {"Orders[0].Price > 100", ""}, {"Country = Id", ""},
	} {
		if got := misses(t, tt.where, params, people(30)); tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.where, got, tt.want)
		}
	}
}

func misses(t *testing.T, where string, params []types.AttributeValue, items []item) string {
	t.Helper()
	w, err := ParseWhere(where)
	if err != nil {
		t.Fatal(err)
	}
	var sel Selection
	sel.Of(where, w.Expr, params, "Users", 0)
	sel.Look(items)
	var all []string
	sel.Misses(func(_ bool, _ int, text string) { all = append(all, text) })
	return strings.Join(all, "\n")
}

// A name is printed where enough items have it, and it tells nothing.
func TestMissesPrintNoRareAndNoPersonalName(t *testing.T) {
	for _, tt := range []struct {
		name  string
		items int
		shown bool
	}{{"Country", 20, true}, {"Country", 19, false}, {"Jane@Example.com", 30, false}, {"Zip", 30, true}} {
		items := make([]item, tt.items)
		for i := range items {
			items[i] = item{tt.name: s("x")}
		}
		got := misses(t, `"`+strings.ToLower(tt.name)+`" = 'x'`, nil, items)
		if strings.Contains(got, tt.name) != tt.shown || !strings.Contains(got, "case matters") {
			t.Errorf("%s in %d items: %s", tt.name, tt.items, got)
		}
	}
}

// Items that a condition selects speak against a miss of each part that it joins by AND.
func TestWhatSelectsAnItemMissesNothing(t *testing.T) {
	items := append(mixedItems(t), drawnItems(30)...)
	rapid.Check(t, func(t *rapid.T) {
		drawn := fitting(items).Draw(t, "condition")
		w, err := ParseWhere(drawn.text)
		if err != nil || Validate(w.Expr, drawn.params) != nil || hasOr(w.Expr) {
			return
		}
		for _, it := range items {
			if ok, _ := Eval(w.Expr, it, drawn.params); ok {
				if found := Against(w.Expr, drawn.params, items); len(found) > 0 {
					t.Fatalf("%s selects %s, but %v", drawn.text, name(it), found)
				}
				return
			}
		}
	})
}

// hasOr reports whether a condition has an OR, an IN of several, or a NOT of several, one
// of which may select nothing.
func hasOr(e Expr) (found bool) {
	walk(e, func(e Expr) {
		not, isNot := e.(Not)
		_, isOr := e.(Or)
		if isNot {
			_, isNot = not.X.(And)
		}
		in, isIn := e.(In)
		found = found || isOr || isNot || isIn && len(in.List) > 1
	})
	return found
}

// How many items a condition selected none of is known as well as it can be.
func TestSelectedNone(t *testing.T) {
	for _, tt := range []struct {
		about, pages, scanned, selected int64
		sample                          int
		pinned                          bool
		want                            string
	}{
		{30, 1, 30, 0, 0, false, "the condition selected none of 30 items"},
		{30, 1, 0, 0, 0, false, "the condition selected none of about 30 items"},
		{0, 1, 0, 0, 7, false, "the condition selected none of the items, 7 or more"},
		{30, 1, 0, 0, 0, true, "the condition fixes the partition key, and selected no item of that partition"},
		{0, 1, 0, 0, 0, false, ""}, {30, 0, 0, 0, 0, false, ""}, {30, 2, 0, 1, 0, false, ""},
	} {
		var sel Selection
		sel.Of("a = 1", Compare{Op: "=", Left: path("a"), Right: lit(n("1"))}, nil, "T", tt.about)
		sel.Look(people(tt.sample))
		sel.Pages.Add(tt.pages)
		sel.Scanned.Add(tt.scanned)
		sel.Selected.Add(tt.selected)
		if got := sel.None(tt.pinned); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}
