package dynsync

import (
	"fmt"
	"strings"
	"testing"
)

// customers returns n items with maps, lists and sets.
func customers(n int) []map[string]any {
	items := users(n)
	for i, item := range items {
		item["Email"], item["FirstName"], item["Country"], item["expires"] = fmt.Sprintf("canary%d@example.com", i), "Canary", "DE", 2_000_000_000
		item["Address"] = map[string]any{"City": "Canary", "Street": "Canary"}
		item["Orders"] = []any{map[string]any{"Price": 5, "Sku": "canary"}}
	}
	return items
}

// A mistake is one in the names that a table has.
type mistake struct {
	opt  TableOption
	want string
	sure bool // it is refused before a write where what is meant would pass through
}

var mistakesInNames = []mistake{
	{on("Emial"), `the rule "Emial" selects nothing in the first 30 items, and what it was meant for would pass through; 30 of 30 items have Email: write Email, or mark the rule Optional`, true},
	{on("email"), "30 of 30 items have Email: write Email", true},
	{on("EMAIL"), "write Email", true},
	{on("E-mail"), "write Email", true},
	{on("Emails"), "write Email", false},
	{on("first_name"), "write FirstName", true},
	{on("Contry"), "write Country", true},
	{on("address.City"), "write Address.City", true},
	{on("Address.street"), "30 of 30 items have Address.Street: write Address.Street", true},
	{on("Adress.Ctiy"), "write Address.City", true},
	{on("City"), "30 of 30 items have Address.City: write Address.City", false},
	{on("Address.Email"), "write Email", false},
	{on("Source.Email"), "write Email", false},
	{on("Orders[7].Price"), "lists at Orders have at most 1 element, counted from 0: write Orders[*].Price", false},
	{on("Orders[1].Sku"), "write Orders[*].Sku", false},
	{on("Orders.Price"), "Orders is a list in 30 of 30 items: write Orders[*].Price", true},
	{on("Orders.0.Price"), "Orders is a list in 30 of 30 items: write Orders[0].Price", true},
	{on("Orders[*].price"), "write Orders[*].Price", true},
	{on("Address[0]"), "Address is a map in 30 of 30 items, and no list: write Address.*", true},
	{on("Address[*].City"), "Address is a map in 30 of 30 items, and no list: write Address.City", true},
	{on("Tags[0]"), "Tags is a set in 30 of 30 items, whose members have no names and no order: write Tags[*]", true},
	{on("Name.First"), "Name is of type S in 30 of 30 items, which has nothing within: write Name", true},
	{on("Name.S"), "the letters of types, such as S, are no part of a path: write Name", true},
	{on("M.Address.M.City"), "are no part of a path", true},
	{on("**.Emial"), "write **.Email", true},
	{onKeys("Name"), "Name is of type S, and only a map has keys", true},
	{onKeys("Tags"), "Tags is of type SS, and only a map has keys", true},
	{onKeys("address"), "write Address", true},
	{onKeys("Orders"), "Orders is of type L, and only a map has keys: write Orders[*]", true},
	{WithTTLAttribute("expries"), "WithTTLAttribute: none of the first 30 items has expries; 30 of 30 items have expires: write expires", true},
	{WithTTLAttribute("Expires"), "write expires", true},
	{WithTTLAttribute("expiress"), "write expires", true},
	{WithTTLAttribute("expire"), "write expires", false},
	{WithTransform("Name", Template("{Emial}")), `the template of the rule "Name" names {Emial}, which none of the first 30 items has and no rule makes; 30 of 30 items have Email: write Email`, true},
	{WithTransform("Name", FirstOf(Template("{country}#{Email}"), Pseudonym())), "names {country}, which", true},
	{WithTransform("Name", Template("{Address.city}")), "write Address.City", true},
	{WithTransform("Name", Template("{Emails}")), "write Email", false},
}

func on(pattern string) TableOption     { return WithTransform(pattern, Constant("x")) }
func onKeys(pattern string) TableOption { return WithTransformKeys(pattern, Pseudonym()) }

// What cannot be meant is refused before the first write, where it would let originals
// pass; the rest is a finding of the plan, and of the report.
func TestMistakesInNamesAreTold(t *testing.T) {
	t.Parallel()
	for i, tt := range mistakesInNames {
		p := newPair(t)
		p.fill(t, customers(30)...)
		s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), tt.opt))
		_, err := s.Sync(t.Context())
		written := len(contents(t, p.to, "Destination"))
		switch {
		case tt.sure && (err == nil || !strings.Contains(err.Error(), tt.want) || ExitCode(err) != 2 || written > 0):
			t.Errorf("%d: %v, exit code %d, %d items written; want %s", i, err, ExitCode(err), written, tt.want)
		case !tt.sure && ExitCode(err) == 2:
			t.Errorf("%d: %v", i, err)
		case err != nil && leaks(err.Error()):
			t.Errorf("%d: %v", i, err)
		}
		plan, err := s.Plan(t.Context())
		if got := fmt.Sprint(plan, err); !strings.Contains(got, tt.want) || leaks(got) {
			t.Errorf("%d: %s\nwant %s", i, got, tt.want)
		}
	}
}

// Of few items nothing is sure, and nothing is refused where the default hides what a rule
// misses. Both are told.
func TestMistakesInNamesOfFewItems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		items int
		opts  []TableOption
		want  string
		code  int
	}{
		{3, []TableOption{on("Emial"), clearCopy()}, `the rule "Emial" matched nothing; 3 of 3 items have what is like it`, 5},
		{3, []TableOption{on("Orders.Price"), clearCopy()}, `the rule "Orders.Price" matched nothing; Orders is a list in 3 of 3 items: write Orders[*].Price`, 5},
		{30, []TableOption{on("Emial")}, `the rule "Emial" matched nothing; 30 of 30 items have Email: write Email`, 0},
		{30, []TableOption{on("Address[0]")}, `the rule "Address[0]" matched nothing; Address is a map`, 0},
		{30, []TableOption{on("Nothing")}, `the rule "Nothing" matched nothing; correct its pattern, or mark the rule Optional`, 0},
		{30, []TableOption{WithTransform("Emial", Constant("x"), Optional())}, "", 0},
		{30, []TableOption{on("Email")}, "", 0},
		{30, []TableOption{on("Emial"), on("Email"), clearCopy()}, `the rule "Emial" matched nothing; correct`, 5},
		{3, []TableOption{WithTransform("Name", Template("{Emial}"))}, "names {Emial}, which none of the first 3 items has and no rule makes; 3 of 3 items have what is like it", 0},
		{3, []TableOption{WithTTLAttribute("Expires")}, "WithTTLAttribute: none of the first 3 items has Expires; 3 of 3 items have what is like it", 0},
		{0, []TableOption{on("Emial"), WithTTLAttribute("Expires")}, "", 0},
	} {
		p := newPair(t)
		p.fill(t, customers(tt.items)...)
		opts := append([]TableOption{WithLeakCheck(LeakMinLength(0))}, tt.opts...)
		report, err := p.syncer(t, WithTable("Source", "Destination", opts...)).Sync(t.Context())
		got := report.String()
		if ExitCode(err) != tt.code || !strings.Contains(got, tt.want) || tt.want == "" && len(report.Tables[0].Findings) > 0 || leaks(got) {
			t.Errorf("%s: %v, exit code %d\n%s", tt.want, err, ExitCode(err), got)
		}
	}
}
