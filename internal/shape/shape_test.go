package shape

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/rawapi"
)

func text(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }

func object(pairs ...any) *types.AttributeValueMemberM {
	m := map[string]types.AttributeValue{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1].(types.AttributeValue)
	}
	return &types.AttributeValueMemberM{Value: m}
}

func list(of ...types.AttributeValue) types.AttributeValue {
	return &types.AttributeValueMemberL{Value: of}
}

// encoded returns the JSON of an item.
func encoded(item map[string]types.AttributeValue) []byte {
	text, err := rawapi.AppendItem(nil, item)
	if err != nil {
		panic(err)
	}
	return text
}

// customers returns items with what patterns are mostly about.
func customers(n int) *Shape {
	s := new(Shape)
	for i := range n {
		item := object("Id", text(fmt.Sprint(i)), "Email", text("a"), "FirstName", text("b"), "Age", &types.AttributeValueMemberN{Value: "3"},
			"Address", object("City", text("c"), "Street", text("d"), "Geo", object("Lat", text("1"))),
			"Orders", list(object("Price", text("5"), "Lines", list(object("Sku", text("x"))))),
			"Tags", &types.AttributeValueMemberSS{Value: []string{"t"}}, "0", text("zero")).Value
		if i == 0 {
			item["Rare"] = text("r")
		}
		s.Add(encoded(item))
	}
	return s
}

func TestNearest(t *testing.T) {
	t.Parallel()
	s := customers(30)
	for _, tt := range []struct {
		pattern string
		names   bool
		want    string
		sure    bool
	}{
		{"Emial", false, "30 of 30 items have Email: write Email", true},
		{"email", false, "30 of 30 items have Email: write Email", true},
		{"first_name", false, "30 of 30 items have FirstName: write FirstName", true},
		{"Emails", false, "30 of 30 items have Email: write Email", false},
		{"Address.city", false, "30 of 30 items have Address.City: write Address.City", true},
		{"address.city", false, "30 of 30 items have Address.City: write Address.City", true},
		{"Adress.Ctiy", false, "write Address.City", true},
		{"Address.Sreet", false, "30 of 30 items have Address.Street: write Address.Street", true},
		{"Adress.City", false, "30 of 30 items have Address.City: write Address.City", true},
		{"Address.*.lat", false, "write Address.*.Lat", true},
		{"Address.geo.Lat", false, "write Address.Geo.Lat", true},
		{"Orders[*].price", false, "write Orders[*].Price", true},
		{"Orders[0].Prcie", false, "write Orders[0].Price", true},
		{"**.Emial", false, "write **.Email", true},
		{"**.citty", false, "write **.City", true},
		{"Orders[7].Price", false, "lists at Orders have at most 1 element, counted from 0: write Orders[*].Price", false},
		{"Orders[1]", false, "lists at Orders have at most 1 element, counted from 0: write Orders[*]", false},
		{"Orders[*].Lines[3].Sku", false, "lists at Orders[*].Lines have at most 1 element, counted from 0: write Orders[*].Lines[*].Sku", false},
		{"Orders.Price", false, "Orders is a list in 30 of 30 items: write Orders[*].Price", true},
		{"Orders.*.Price", false, "Orders is a list in 30 of 30 items: write Orders[*].Price", true},
		{"Orders.0.Price", false, "Orders is a list in 30 of 30 items: write Orders[0].Price", true},
		{"Orders.7.Price", false, "Orders is a list in 30 of 30 items, and lists at Orders have at most 1 element, counted from 0: write Orders[*].Price", false},
		{"Orders.Lines.Sku", false, "Orders is a list in 30 of 30 items, and Orders[*].Lines is a list in 30 of 30 items: write Orders[*].Lines[*].Sku", true},
		{"Address[0]", false, "Address is a map in 30 of 30 items, and no list: write Address.*", true},
		{"Address[*]", false, "Address is a map in 30 of 30 items, and no list: write Address.*", true},
		{"Address[0].City", false, "Address is a map in 30 of 30 items, and no list: write Address.City", true},
		{"Address[*].City", false, "Address is a map in 30 of 30 items, and no list: write Address.City", true},
		{"M.Address.M.City", false, "the letters of types, such as M, are no part of a path", true},
		{"Email.S", false, "the letters of types, such as S, are no part of a path: write Email", true},
		{"Orders.L.Price", false, "write Orders[*].Price", true},
		{"Tags[0]", false, "Tags is a set in 30 of 30 items, whose members have no names and no order: write Tags[*]", true},
		{"Tags.x", false, "Tags is a set in 30 of 30 items, whose members have no names and no order: write Tags[*]", true},
		{"Email[*]", false, "Email is of type S in 30 of 30 items, which has nothing within: write Email", true},
		{"Email.Local", false, "Email is of type S in 30 of 30 items, which has nothing within: write Email", true},
		{"Age.*", false, "Age is of type N in 30 of 30 items, which has nothing within: write Age", true},
		{"City", false, "30 of 30 items have Address.City: write Address.City", false},
		{"Price", false, "30 of 30 items have Orders[*].Price: write Orders[*].Price", false},
		{"Address.Email", false, "30 of 30 items have Email: write Email", false},
		{"Customers.Email", false, "30 of 30 items have Email: write Email", false},
		{"Address.Lat", false, "30 of 30 items have Address.Geo.Lat: write Address.Geo.Lat", false},
		{"Raer", false, "1 of 30 items have what is like it", false},
		{"Xyzzy", false, "", false},
		{"Xyzzy.Plugh", false, "", false},
		{"Email", true, "Email is of type S, and only a map has keys", true},
		{"Tags", true, "Tags is of type SS, and only a map has keys", true},
		{"Orders", true, "Orders is of type L, and only a map has keys: write Orders[*]", true},
		{"Address.City", true, "Address.City is of type S, and only a map has keys: write Address", false},
		{"address", true, "write Address", true},
		{"Address.goe", true, "write Address.Geo", false},
	} {
		p, err := docpath.Parse(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if n := s.Selects(p, tt.names); n > 0 {
			t.Errorf("%s selects something in %d items", tt.pattern, n)
		}
		got := s.Nearest(question(p, tt.names))
		if !strings.Contains(got.Text, tt.want) || got.Sure != tt.sure || tt.want == "" && got.Text != "" {
			t.Errorf("%s: %q, sure %v; want %q, %v", tt.pattern, got.Text, got.Sure, tt.want, tt.sure)
		}
	}
}

func question(p docpath.Pattern, names bool) Question {
	return Question{p, names, func(string) bool { return false }, func(docpath.Pattern) bool { return false }}
}

// Of few items nothing is sure, and no name is printed that no rule has.
func TestNearestOfFewItems(t *testing.T) {
	t.Parallel()
	s := customers(enough - 1)
	for _, pattern := range []string{"Emial", "Orders.Price", "Address[0].City", "Email.S", "email", "Tags[0]"} {
		p, _ := docpath.Parse(pattern)
		got := s.Nearest(question(p, false))
		if got.Sure || got.Text == "" || strings.Contains(got.Text, "write Email") && !strings.Contains(pattern, "Email") {
			t.Errorf("%s: %+v", pattern, got)
		}
	}
	p, _ := docpath.Parse("Emial")
	q := question(p, false)
	q.Known = func(name string) bool { return name == "Email" }
	if got := s.Nearest(q); got.Text != "19 of 19 items have Email: write Email" || got.Sure {
		t.Errorf("%+v", got)
	}
}

// What another rule has is not meant by this one.
func TestNearestPassesOverOtherRules(t *testing.T) {
	t.Parallel()
	s := customers(30)
	p, _ := docpath.Parse("Emial")
	q := question(p, false)
	q.Taken = func(p docpath.Pattern) bool { return p.String() == "Email" }
	if got := s.Nearest(q); got.Text != "" || got.Sure {
		t.Errorf("%+v", got)
	}
}

// Whatever the items and the pattern, a sample is bounded, what is suggested selects
// something, and names that may not be printed are not.
func TestNearestOfDrawnItems(t *testing.T) {
	t.Parallel()
	names := []string{"Email", "Emial", "email", "a", "Jane Doe", "jane@doe.org", "S", "0"}
	rapid.Check(t, func(t *rapid.T) {
		s := new(Shape)
		for range rapid.IntRange(0, 25).Draw(t, "items") {
			s.Add(encoded(drawValue(t, names, 0).(*types.AttributeValueMemberM).Value))
		}
		var p docpath.Pattern
		for i := range rapid.IntRange(1, 4).Draw(t, "segments") {
			p = append(p, docpath.Segment{Kind: docpath.SegmentKind(rapid.IntRange(0, 3).Draw(t, "kind")), Name: rapid.SampledFrom(names).Draw(t, "name"), Index: rapid.IntRange(0, 3).Draw(t, "index")})
			if i == 0 {
				p[0].Kind = docpath.Name
			}
		}
		got := s.Nearest(question(p, false))
		if _, after, ok := strings.Cut(got.Text, ": write "); ok {
			w, err := docpath.Parse(after)
			if err != nil || s.Selects(w, false) == 0 && s.Selects(p, false) == 0 {
				t.Fatalf("%s: %q: %v", p, got.Text, err)
			}
		}
		for _, name := range []string{"Jane Doe", "jane@doe.org"} {
			if strings.Contains(got.Text, name) && !slices.ContainsFunc(p, func(g docpath.Segment) bool { return g.Name == name }) {
				t.Fatalf("%s: %q", p, got.Text)
			}
		}
	})
	s := new(Shape)
	for i := range 5000 {
		s.Add(encoded(object(fmt.Sprint(i), list(text("x"))).Value))
	}
	if s.nodes > maxNodes {
		t.Error(s.nodes)
	}
}

func drawValue(t *rapid.T, names []string, depth int) types.AttributeValue {
	kind := rapid.IntRange(0, 4).Draw(t, "type")
	switch {
	case depth == 0 || kind == 0 && depth < 3:
		m := object()
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			m.Value[rapid.SampledFrom(names).Draw(t, "member")] = drawValue(t, names, depth+1)
		}
		return m
	case kind == 1 && depth < 3:
		l := &types.AttributeValueMemberL{}
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			l.Value = append(l.Value, drawValue(t, names, depth+1))
		}
		return l
	case kind == 2:
		return &types.AttributeValueMemberNS{Value: []string{"1"}}
	case kind == 3:
		return &types.AttributeValueMemberNULL{Value: true}
	}
	return text("x")
}

// Where a place is a list in some items and a map in others, nothing is sure.
func TestNearestOfMixedItems(t *testing.T) {
	t.Parallel()
	s := customers(30)
	s.Add(encoded(object("Orders", object("Other", text("x")), "Tags", text("x"), "Address", list(text("x")), "Email", object("x", text("y"))).Value))
	for _, pattern := range []string{"Orders.Price", "Orders.0.Price", "Tags[0]", "Address[7].City", "Email.Local"} {
		p, _ := docpath.Parse(pattern)
		if got := s.Nearest(question(p, false)); got.Sure {
			t.Errorf("%s: %+v", pattern, got)
		}
	}
}

// A further item that is built like those before costs no memory.
func TestAddAllocatesNothingForWhatIsKnown(t *testing.T) {
	s := customers(30)
	item := []byte(`{"Id":{"S":"1"},"\u0045mail":{"S":"a"},"Address":{"M":{"City":{"S":"c"}}},"Orders":{"L":[{"M":{"Price":{"S":"5"}}}]},"Tags":{"SS":["t"]},"Age":{"N":"3"}}`)
	s.Add(item)
	if n := testing.AllocsPerRun(100, func() { s.Add(item) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if p, _ := docpath.Parse("Email"); s.Selects(p, false) != s.Items() {
		t.Errorf("%d of %d items have Email", s.Selects(p, false), s.Items())
	}
}
