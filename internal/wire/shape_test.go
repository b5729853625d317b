package wire

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestItemsThatFollowAShape(t *testing.T) {
	many := func(from, to int) string {
		var b strings.Builder
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, `,"attribute%d":{"N":"1"}`, i)
		}
		return b.String()
	}
	const dup = "duplicate"
	for _, test := range []struct {
		reason string
		item   string // the last of the page
		err    string
		before []string
	}{
		{"the same names", `{"a":{"S":"x"},"b":{"S":"y"}}`, "", []string{`{"a":{"S":""},"b":{"N":"1"}}`}},
		{"a name less in the end", `{"a":{"S":"x"}}`, "", []string{`{"a":{"S":""},"b":{"S":""}}`}},
		{"a name less in between", `{"a":{"S":"x"},"c":{"S":""}}`, "", []string{`{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`}},
		{"a name more in the end", `{"a":{"S":"x"},"b":{"S":""}}`, "", []string{`{"a":{"S":""}}`}},
		{"another order", `{"a":{"S":""},"c":{"S":""},"b":{"S":""}}`, "", []string{`{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`}},
		{"the name that is skipped comes twice", `{"a":{"S":""},"c":{"S":""},"b":{"S":""},"b":{"S":""}}`, dup, []string{`{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`}},
		{"the first name again at the end", `{"a":{"S":""},"b":{"S":""},"a":{"S":""}}`, dup, []string{`{"a":{"S":""},"b":{"S":""}}`}},
		{"the first name again in the middle", `{"a":{"S":""},"a":{"S":""},"b":{"S":""}}`, dup, []string{`{"a":{"S":""},"b":{"S":""}}`}},
		{"a name again behind one that was skipped", `{"a":{"S":""},"c":{"S":""},"a":{"S":""}}`, dup, []string{`{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`}},
		{"a name again that stood behind one that was skipped", `{"a":{"S":""},"c":{"S":""},"d":{"S":""},"x":{"S":""},"d":{"S":""}}`, dup,
			[]string{`{"a":{"S":""},"b":{"S":""},"c":{"S":""},"d":{"S":""}}`}},
		{"a name again, as an escape", `{"a":{"S":""},"b":{"S":""},"\u0061":{"S":""}}`, dup, []string{`{"a":{"S":""},"b":{"S":""}}`}},
		{"a name again, as no escape", `{"\u0061":{"S":""},"b":{"S":""},"a":{"S":""}}`, dup, []string{`{"\u0061":{"S":""},"b":{"S":""}}`}},
		{"names with white space round the colon", `{"a" : {"S":""},"b": {"S":""},"b":{"S":""}}`, dup, []string{`{"a" : {"S":""},"b": {"S":""}}`}},
		{"more white space than there was", `{"a":{"S":""},"b":  {"S":""}}`, "", []string{`{"a":{"S":""},"b": {"S":""}}`}},
		{"white space in the place of the colon", `{"a":{"S":""},"b" {"S":""}}`, "expected ':'", []string{`{"a":{"S":""},"b":{"S":""}}`}},
		{"a name that is the start of another", `{"a":{"S":""},"bb":{"S":""},"b":{"S":""}}`, "", []string{`{"a":{"S":""},"b":{"S":""},"bb":{"S":""}}`}},
		{"a shape whose item had an error", `{"a":{"S":""},"b":{"S":""}}`, "", []string{`{"a":{"S":""},"b":{"S":""},"b":{"S":""}}`}},
		{"no value", `{"a":{"S":""},"b":1}`, "expected a value", []string{`{"a":{"S":""},"b":{"S":""}}`}},
		{"a large item, a name again at its end", `{"a":{"S":""}` + many(0, 40) + `,"attribute7":{"S":""}}`, dup, []string{`{"a":{"S":""}` + many(0, 40) + `}`}},
		{"a large item with the same error as the one before", `{"a":{"S":""}` + many(0, 40) + many(7, 8) + `}`, dup, []string{`{"a":{"S":""}` + many(0, 40) + many(7, 8) + `}`}},
		{"a large item that leaves late", `{"a":{"S":""}` + many(0, 39) + many(7, 8) + `}`, dup, []string{`{"a":{"S":""}` + many(0, 40) + `}`}},
		{"more names than a shape has", `{"a":{"S":""}` + many(0, 300) + many(299, 300) + `}`, dup, []string{`{"a":{"S":""}` + many(0, 300) + `}`}},
		{"a map that starts as the item round it does", `{"a":{"M":{}},"b":{"M":{"a":{"M":{}},"x":{"S":""},"b":{"S":""}}},"b":{"S":""}}`, dup,
			[]string{`{"a":{"M":{}},"b":{"M":{}},"c":{"S":""}}`}},
		{"a map with a name twice", `{"a":{"M":{"k":{"S":""},"l":{"S":""},"k":{"S":""}}}}`, dup, []string{`{"a":{"M":{"k":{"S":""},"l":{"S":""}}}}`}},
		{"a list of maps", `{"a":{"L":[{"M":{"k":{"S":""},"l":{"S":""}}},{"M":{"k":{"S":""},"k":{"S":""}}}]}}`, dup, nil},
		{"more shapes than there is room for", `{"z":{"S":""},"b":{"S":""},"b":{"S":""}}`, dup, manyShapes()},
	} {
		t.Run(test.reason, func(t *testing.T) {
			items := append(test.before, test.item)
			p := checkAlone(t, items)
			switch err := p.Items[len(items)-1].Err; {
			case test.err == "" && err != nil:
				t.Fatal(err)
			case test.err == dup && !errors.Is(err, ErrDuplicate), test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Fatalf("got %v", err)
			}
		})
	}
}

func manyShapes() (items []string) {
	for c := 'a'; c <= 'z'; c++ {
		items = append(items, fmt.Sprintf(`{"%c":{"S":""},"b%c":{"S":""},"b":{"S":""}}`, c, c))
	}
	return items
}

// checkAlone splits a page of these items and compares what it finds in each with
// what is found in the item alone, where there is no shape to follow.
func checkAlone(t interface{ Fatalf(string, ...any) }, items []string) *Page {
	p := new(Page)
	if err := new(Scanner).Page(p, []byte(`{"Items":[`+strings.Join(items, ",")+`]}`)); err != nil {
		t.Fatalf("%v", err)
	}
	if len(p.Items) != len(items) {
		t.Fatalf("%d items, want %d", len(p.Items), len(items))
	}
	for i, item := range items {
		want, wantErr := new(Scanner).Index(nil, []byte(item))
		got, gotErr := p.ItemAttrs(i), p.Items[i].Err
		start := p.Items[i].Start
		var a, b *SyntaxError
		if errors.As(gotErr, &a) != errors.As(wantErr, &b) || a != nil && (a.Offset-int(start) != b.Offset || a.Reason != b.Reason) {
			t.Fatalf("item %d of %q: %v in a page, %v alone", i, items, gotErr, wantErr)
		}
		for k := range want {
			want[k].Name.Start += start
			want[k].Name.End += start
			want[k].Value.Start += start
			want[k].Value.End += start
		}
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("item %d of %q: %v in a page, %v alone", i, items, got, want)
		}
	}
	return p
}

// genAlike returns objects that share many of their names, in much the same order.
func genAlike(c chooser, depth int) string {
	names := []string{"a", "b", "\\u0061", "attribute_1", "attribute_2", "attribute_22", "é", ""}
	spaces := []string{"", "", "", "", " "}
	space := func() string { return spaces[c.IntN(len(spaces))] }
	var b strings.Builder
	b.WriteString("{" + space())
	count := 0
	for k := 0; k < len(names) && count < 24; k++ {
		switch c.IntN(12) {
		case 0:
			continue
		case 1:
			k = c.IntN(len(names)) // back or ahead
		}
		if count++; count > 1 {
			b.WriteString("," + space())
		}
		fmt.Fprintf(&b, `"%s"%s:%s%s%s`, names[k], space(), space(), genAlikeValue(c, depth), space())
	}
	return b.String() + "}"
}

func genAlikeValue(c chooser, depth int) string {
	scalars := []string{`{"S":"x"}`, `{"N":"-1.5"}`, `{"B":"AAA="}`, `{"BOOL":true}`, `{"BOOL":false}`, `{"NULL":true}`, `{"N" :"1"}`, `{"SS":["é"]}`, `{"S":"\n"}`}
	n := len(scalars)
	if depth > 0 {
		n += 4
	}
	switch k := c.IntN(n); {
	case k < len(scalars):
		return scalars[k]
	case k%2 == 0:
		return `{"M":` + genAlike(c, depth-1) + `}`
	default:
		return `{"L":[` + genAlikeValue(c, depth-1) + `,` + genAlikeValue(c, depth-1) + `]}`
	}
}

func alikeItems(t *rapid.T) {
	c := rapidChooser{t}
	items := make([]string, 1+c.IntN(6))
	for i := range items {
		items[i] = genAlike(c, 2)
	}
	checkAlone(t, items)
}

func TestItemsOfAPageAreWhatTheyAreAlone(t *testing.T) { rapid.Check(t, alikeItems) }
func FuzzItemsOfAPage(f *testing.F)                    { f.Fuzz(rapid.MakeFuzz(alikeItems)) }
