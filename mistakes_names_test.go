package dynsync

import (
	"context"
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
	{onKeys("Name"), "Name is of type S, and only a map has keys: its values take a rule without keys, as of WithTransform, or mark", true},
	{onKeys("Tags"), "Tags is of type SS, and only a map has keys", true},
	{onKeys("address"), "write Address", true},
	{onKeys("Orders"), "Orders is of type L, and only a map has keys: write Orders[*]", true},
	{WithTTLAttribute("expries"), "WithTTLAttribute: none of the first 30 items has expries; 30 of 30 items have expires: write expires", true},
	{WithTTLAttribute("Expires"), "write expires", true},
	{WithTTLAttribute("expiress"), "write expires", true},
	{WithTTLAttribute("expire"), "write expires", false},
	{WithTTLAttribute("validUntil"), "WithTTLAttribute: none of the first 30 items has validUntil", false},
	{WithTTLAttribute("Name"), "WithTTLAttribute: Name is of type S, and DynamoDB takes a number of seconds", false},
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
		{0, []TableOption{on("Emial"), WithTTLAttribute("Expires")}, "there was no item to read", 0},
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

// A transformer that cannot take the type of its key is refused before an item is read.
func TestMistakesInRulesOnKeysAreToldByThePreflight(t *testing.T) {
	t.Parallel()
	never := Func(func(_ context.Context, n int64) (int64, error) { return n, nil })
	for _, tt := range []struct {
		t    Transformer
		want string
	}{
		{OnKind(KindN, Pseudonym()), "takes N, and the key attribute is of type S, so every item would fail; use a transformer that takes S, such as anon.Token()"},
		{OnKind(KindB, Pseudonym()), "takes B, and the key attribute is of type S"},
		{never, "takes N, and the key attribute is of type S"},
		{Func(func(_ context.Context, b []byte) ([]byte, error) { return b, nil }), "takes B"},
		{Func(func(_ context.Context, b bool) (bool, error) { return b, nil }), "takes BOOL"},
		{Func(func(_ context.Context, m map[string]string) (map[string]string, error) { return m, nil }), "takes M"},
		{Each(Pseudonym()), "and the key attribute is of type S"},
		{OnKind(KindBOOL, Pseudonym()), "takes BOOL"},
		{Func(func(_ context.Context, s string) (string, error) { return s + "x", nil }), ""},
		{FirstOf(OnKind(KindN, Pseudonym()), Pseudonym()), ""},
		{Passthrough(), ""},
	} {
		p := newPair(t)
		p.fill(t, users(3)...)
		read := reads(p.source)
		_, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithTransform("Id", tt.t, AllowCollisions()))).Sync(t.Context())
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", describe(tt.t).Name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `rule "Id": `) || ExitCode(err) != 2 || read.Load() > 0):
			t.Errorf("%v, exit code %d, after %d reads; want %s", err, ExitCode(err), read.Load(), tt.want)
		}
	}
}

// What New can tell of a path, a table's name and two rules, it tells with what to write.
func TestMistakesInPathsAndNamesAreToldByNew(t *testing.T) {
	t.Parallel()
	all := func(opts ...TableOption) Option { return WithAllTables(opts...) }
	table := func(opts ...TableOption) Option { return WithTable("Source", "Destination", opts...) }
	for _, tt := range []struct {
		opts []Option
		want []string
	}{
		{[]Option{table(on("$.Name"))}, []string{`invalid path "$.Name" at column 1`, "write Name"}},
		{[]Option{table(on("$.Orders[0].Price"))}, []string{"write Orders[0].Price"}},
		{[]Option{table(on("$..Email"))}, []string{"write **.Email"}},
		{[]Option{table(on("$['Name']"))}, []string{"$ is none"}},
		{[]Option{table(on("/Name"))}, []string{"write Name, or put a name that begins with / in double quotes"}},
		{[]Option{table(on("/Address/City"))}, []string{"write Address.City"}},
		{[]Option{all(WithTransform("$.Name", Constant("x"))), table()}, []string{"write Name"}},
		{[]Option{table(onKeys("/Address"))}, []string{"write Address"}},
		{[]Option{table(WithTransform("Doc", JSON(WithTransform("$.user.name", Constant("x")))))}, []string{"write user.name"}},
		{[]Option{table(on("A"), on("A"))}, []string{`two rules have the pattern "A"; keep one`}},
		{[]Option{all(WithTransform("A", Constant("x")), WithTransform("A", Constant("x"))), table()}, []string{`two rules have the pattern "A", both of WithAllTables; keep one`}},
		{[]Option{all(WithTransform("A", Constant("x"))), table(on("A.B"))}, []string{`rule "A.B" lies below rule "A" (of WithAllTables), whose Constant`}},
		{[]Option{all(WithTransform("A.B", Constant("x"))), table(on("A"))}, []string{`rule "A.B" lies below rule "A" (of the table; the rule below it is of WithAllTables)`}},
		{[]Option{all(WithTransform("A", Constant("x")), WithTransform("A.B", Constant("x"))), table()}, []string{`rule "A" (both of WithAllTables)`}},
	} {
		_, err := New(append(tt.opts, WithSource(&nopClient{}))...)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) || ExitCode(err) != 2 {
				t.Errorf("%v, exit code %d; want %s", err, ExitCode(err), want)
			}
		}
	}
	for _, pattern := range []string{`"$".Name`, "$", "$ref", `"/Name"`, "#Name", ":Name", "a/b"} {
		if _, err := New(WithSource(&nopClient{}), table(on(pattern))); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// A condition that names what no item has is told with the name that is like it.
func TestMistakesInNamesOfConditionsAreTold(t *testing.T) {
	t.Parallel()
	for where, want := range map[string]string{
		"Emial = 'x'": `30 have "Email"`, "Contry = 'DE'": `30 have "Country"`, "Address.Ctiy = 'x'": `30 have "City"`, "Emails = 'x'": `30 have "Email"`, "begins_with(FristName, 'C')": `30 have "FirstName"`,
		"email = 'x'": `30 have "Email", and case matters`, "Name = 'x' OR Tagss = 'a'": `30 have "Tags"`, "Adress.City = 'x'": `30 have "Address"`, "Expire > 3": `30 have "expires"`, "Aeg > 3000": `30 have "Age"`,
		"Xyzzy = 'x'": "none of 30 items has the attribute that the condition names there",
	} {
		p := newPair(t)
		p.fill(t, customers(30)...)
		plan, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithWhere(where))).Plan(t.Context())
		if got := fmt.Sprint(plan); err != nil || !strings.Contains(got, want) || leaks(got) {
			t.Errorf("%s: %v %s", where, err, got)
		}
	}
}
