package dynsync_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/dynsynctest"
)

// keyedServer returns a server with the tables From, Copy and Other, of these keys, all of
// one type; "" for no sort key.
func keyedServer(t testing.TB, partition, sort string, kind types.ScalarAttributeType) *dynsynctest.Server {
	t.Helper()
	server := dynsynctest.NewServer()
	t.Cleanup(func() { server.Close() })
	for _, name := range []string{"From", "Other", "Copy"} {
		makeKeyed(t, server.Client(), name, partition, sort, kind)
	}
	return server
}

func makeKeyed(t testing.TB, client *dynamodb.Client, name, partition, sort string, kind types.ScalarAttributeType, edit ...func(*dynamodb.CreateTableInput)) {
	t.Helper()
	in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest}
	for i, key := range []string{partition, sort} {
		if key != "" {
			in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String(key), AttributeType: kind})
			in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String(key), KeyType: []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]})
		}
	}
	for _, e := range edit {
		e(in)
	}
	if _, err := client.CreateTable(context.Background(), in); err != nil {
		t.Fatal(err)
	}
}

func rule(pattern string, t dynsync.Transformer, opts ...dynsync.RuleOption) dynsync.TableOption {
	return dynsync.WithTransform(pattern, t, opts...)
}

// declared is a transformer that is known by what it says of itself.
type declared struct{ dynsync.Description }

func (d declared) Describe() dynsync.Description { return d.Description }
func (d declared) Transform(_ context.Context, in dynsync.Input) (dynsync.Value, error) {
	return in.Value, nil
}

// onlyDigits is a canonical form.
func onlyDigits(text string) (string, bool) {
	text = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	return text, text != ""
}

// TestOneToOneKeys: the rules whose keys the plan calls one-to-one, with how many
// bits, and why they are not otherwise.
func TestOneToOneKeys(t *testing.T) {
	t.Parallel()
	type opts = []dynsync.TableOption
	var (
		pass, email = dynsync.Passthrough(), anon.Email()
		isTest      = func(dynsync.Input) bool { return true }
		of          = func(u dynsync.Uniqueness) dynsync.Description {
			return dynsync.Description{Name: "mine", Uniqueness: u}
		}
		with = func(d dynsync.Description, edit func(*dynsync.Description)) dynsync.Transformer {
			edit(&d)
			return declared{d}
		}
		lower = dynsync.Func(func(_ context.Context, s string) (string, error) { return strings.ToLower(s), nil })
		first = dynsync.FirstOf
		part  = func(ts ...dynsync.Transformer) dynsync.Transformer { return dynsync.Delimited("#", ts...) }
		tmpl  = dynsync.Template
		mail  = rule("Email", email)
	)
	emailBits := 69 // the domain decides how many
	tests := []struct {
		reason string
		rules  opts
		why    string // a part of it; "" if keys are one-to-one
		bits   int
	}{
		{"no rule", nil, "", 0},
		{"kept", opts{rule("PK", pass)}, "", 0},
		{"rules on other attributes", opts{rule("Name", anon.FullName())}, "", 0},
		{"an e-mail address", opts{rule("PK", email)}, "", emailBits},
		{"in both keys", opts{rule("PK", email), rule("SK", email)}, "", emailBits - 1},
		{"encrypted", opts{rule("PK", anon.Alphanumeric())}, "", 0},
		{"drawn ids", opts{rule("PK", anon.UUID())}, "", 122},
		{"two of different bits: the few decide", opts{rule("PK", anon.UUID()), rule("SK", email)}, "", emailBits},
		{"not unique in the sort key", opts{rule("PK", email), rule("SK", lower)}, `rule "SK": Func[string, string] can give different keys the same result; use a transformer that is UniquenessExact`, 0},
		{"per item", opts{rule("PK", anon.Email(anon.PerItem()))}, `rule "PK": anon.Email depends on the item and not on the key alone; leave out`, 0},
		{"generated", opts{rule("PK", anon.Generate(email))}, "depends on the item", 0},
		{"the default pseudonym", opts{rule("PK", dynsync.Pseudonym(), dynsync.AllowCollisions())}, `rule "PK" has AllowCollisions`, 0},
		{"collisions allowed without need", opts{rule("PK", email, dynsync.AllowCollisions())}, `rule "PK" has AllowCollisions`, 0},
		{"a constant", opts{rule("PK", dynsync.Constant("x"), dynsync.AllowCollisions())}, "AllowCollisions", 0},
		{"a function", opts{rule("PK", lower)}, `rule "PK": Func[string, string] can give`, 0},
		{"declared exact", opts{rule("PK", declared{of(dynsync.UniquenessExact)})}, "", 0},
		{"declared practical", opts{rule("PK", declared{of(dynsync.UniquenessPractical)})}, "", 128},
		{"declared practical, of 64 bits", opts{rule("PK", with(of(dynsync.UniquenessPractical), func(d *dynsync.Description) { d.Bits = 64 }))}, "", 64},
		{"of 40 bits, which are too few", opts{rule("PK", with(of(dynsync.UniquenessPractical), func(d *dynsync.Description) { d.Bits = 40 }))}, "two of 1000000 items get one key with a probability of", 0},
		{"declared exact, and per item", opts{rule("PK", with(of(dynsync.UniquenessExact), func(d *dynsync.Description) { d.PerItem = true }))}, "depends on the item", 0},
		{"declared unknown", opts{rule("PK", declared{of(dynsync.UniquenessUnknown)})}, "mine can give", 0},
		{"declared last", opts{rule("PK", with(of(dynsync.UniquenessExact), func(d *dynsync.Description) { d.Last = true }))}, "only Template may", 0},
		{"parts", opts{rule("PK", part(pass, email))}, "", emailBits},
		{"parts, one not unique", opts{rule("PK", part(email, lower))}, "Func[string, string] can give", 0},
		{"parts of parts", opts{rule("PK", part(pass, dynsync.Delimited(":", pass, anon.Alphanumeric())))}, "", 0},
		{"a chain", opts{rule("PK", dynsync.Chain(anon.Alphanumeric(), anon.UUID()))}, "", 122},
		{"a chain with a function", opts{rule("PK", dynsync.Chain(lower, email))}, "Func[string, string] can give", 0},
		{"a chain with a template", opts{mail, rule("PK", dynsync.Chain(tmpl("USER#{Email}"), anon.UUID()))}, "a Template in a Chain", 0},
		{"for a type", opts{rule("PK", dynsync.OnKind(dynsync.KindS, email))}, "", emailBits},
		{"for a type, not unique", opts{rule("PK", dynsync.OnKind(dynsync.KindS, lower))}, "can give", 0},
		{"branches", opts{rule("PK", first(email, pass))}, "", emailBits},
		{"parts, or kept", opts{rule("PK", first(part(pass, email), pass))}, "", emailBits},
		{"branches, one a function", opts{rule("PK", first(email, lower))}, "Func[string, string] can give", 0},
		{"branches, one per item", opts{rule("PK", first(anon.Email(anon.PerItem()), pass))}, "depends on the item", 0},
		{"branches, the last rejects", opts{rule("PK", first(email, dynsync.Reject()))}, "", emailBits},
		{"under a condition", opts{rule("PK", first(dynsync.When(isTest, pass), email))}, "", emailBits},
		{"under a condition, not unique", opts{rule("PK", first(dynsync.When(isTest, lower), email))}, "can give", 0},
		{"filled in", opts{rule("PK", dynsync.IfMissing(anon.Generate(email)), dynsync.AllowCollisions())}, "AllowCollisions", 0},
		{"within JSON", opts{rule("PK", dynsync.JSON(dynsync.WithTransform("a", pass)))}, "JSON can give", 0},
		{"a template", opts{mail, rule("PK", tmpl("USER#{Email}"))}, "", emailBits},
		{"a template in a part", opts{mail, rule("PK", part(pass, tmpl("{Email}")))}, "", emailBits},
		{"two templates and parts", opts{mail, rule("OrderId", pass), rule("PK", first(tmpl("USER#{Email}#ORDER#{OrderId}"), tmpl("USER#{Email}"), part(pass, pass)))}, "", emailBits - 1},
		{"a template of what passes", opts{rule("Id", pass), rule("PK", tmpl("USER#{Id}"))}, "", 0},
		{"a template of a key", opts{rule("PK", tmpl("X#{SK}"))}, "", 0},
		{"a template of a member", opts{rule("User.Email", email), rule("PK", tmpl("USER#{User.Email}"))}, "", emailBits},
		{"a template of a member that a wildcard selects", opts{rule("User.*", email), rule("PK", tmpl("USER#{User.Email}"))}, "", emailBits},
		{"a template under a map that passes", opts{rule("User", pass), rule("PK", tmpl("USER#{User.Email}"))}, "", 0},
		{"a template within a map that a rule takes", opts{rule("User", declared{of(dynsync.UniquenessExact)}), rule("PK", tmpl("USER#{User.Email}"))}, `rule "User" decides about more than the value`, 0},
		{"a template of what has no rule", opts{rule("PK", tmpl("USER#{Email}"))}, `rule "PK": Template: {Email}: no rule selects the value`, 0},
		{"a template of what is removed", opts{rule("Email", dynsync.Remove()), rule("PK", tmpl("USER#{Email}"))}, `rule "Email" decides`, 0},
		{"a template of a name", opts{rule("Name", anon.FullName()), rule("PK", tmpl("USER#{Name}"))}, `rule "PK": Template: {Name}: anon.FullName can give`, 0},
		{"a template of what is per item", opts{rule("Email", anon.Email(anon.PerItem())), rule("PK", tmpl("USER#{Email}"))}, "depends on the item", 0},
		{"a template of a template", opts{mail, rule("Own", tmpl("X{Email}")), rule("PK", tmpl("USER#{Own}"))}, "Template comes after the other rules", 0},
		{"a template without text between", opts{mail, rule("Id", pass), rule("PK", tmpl("{Email}{Id}"))}, "no text stands between {Email} and {Id}", 0},
		{"a template of branches", opts{rule("Email", first(email, pass)), rule("PK", tmpl("USER#{Email}"))}, "", emailBits},
		{"lower, of what folds case", opts{mail, rule("PK", tmpl("USER#{Email|lower}"))}, "", emailBits},
		{"lower, of what folds case but for capitals alone", opts{rule("Id", anon.UUID()), rule("PK", tmpl("USER#{Id|lower}"))}, "", 122},
		{"upper, of what keeps capitals alone", opts{rule("Id", anon.UUID()), rule("PK", tmpl("USER#{Id|upper}"))}, "the modifiers lose a part of what anon.UUID reads", 0},
		{"upper, of branches of which one folds to lower case", opts{rule("Email", first(email, pass)), rule("PK", tmpl("USER#{Email|upper}"))}, "the modifiers lose a part of what FirstOf reads", 0},
		{"lower, of what reads case", opts{rule("Id", anon.Alphanumeric()), rule("PK", tmpl("USER#{Id|lower}"))}, "{Id|lower}: the modifiers lose a part of what anon.Alphanumeric reads", 0},
		{"lower, of what passes", opts{rule("Id", pass), rule("PK", tmpl("USER#{Id|lower}"))}, "", 0},
		{"lower, of branches that fold or pass", opts{rule("Email", first(email, pass)), rule("PK", tmpl("USER#{Email|lower}"))}, "", emailBits},
		{"trim, of what folds space", opts{mail, rule("PK", tmpl("USER#{Email|trim|lower}"))}, "", emailBits},
		{"pad", opts{rule("Id", anon.Digits()), rule("PK", tmpl("USER#{Id|pad=20}"))}, "", 0},
		{"max", opts{mail, rule("PK", tmpl("USER#{Email|max=4}"))}, "the modifiers lose", 0},
		{"the month", opts{rule("Date", declared{of(dynsync.UniquenessExact)}), rule("PK", tmpl("M#{Date|ym}"))}, "the modifiers lose", 0},
		{"the month of what passes", opts{rule("Date", pass), rule("PK", tmpl("M#{Date|ym}"))}, "", 0},
		{"of what passes by default", opts{dynsync.WithDefaultTransform(pass), rule("PK", tmpl("USER#{Id}"))}, "", 0},
		{"digits", opts{rule("Phone", declared{of(dynsync.UniquenessExact)}), rule("PK", tmpl("TEL#{Phone|digits}"))}, "the modifiers lose", 0},
		{"digits, of what reads digits only", opts{rule("Phone", with(of(dynsync.UniquenessPractical), func(d *dynsync.Description) { d.Canonical = onlyDigits })), rule("PK", tmpl("TEL#{Phone|digits}"))}, "", 128},
		{"lower behind pad", opts{mail, rule("PK", tmpl("USER#{Email|pad=40|lower}"))}, "put it in front", 0},
		{"a hash", opts{mail, rule("PK", tmpl("USER#{Email|lower|sha256}"))}, "", emailBits},
		{"a record transform", opts{dynsync.WithRecordTransform(func(context.Context, *dynsync.Record) error { return nil })}, "WithRecordTransform may change the key", 0},
	}
	server := keyedServer(t, "PK", "SK", types.ScalarAttributeTypeS)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			s, err := dynsync.New(dynsync.WithSource(server.Client()), dynsync.WithDestination(server.Client()), dynsync.WithKey(key),
				dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir()), dynsync.RulesVersion("1")), dynsync.WithTable("From", "Copy", tt.rules...))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := s.Plan(t.Context())
			p := plan.Tables[0]
			if tt.why == "" && (err != nil || p.NotOneToOne != "") || !strings.Contains(p.NotOneToOne, tt.why) {
				t.Fatalf("not one-to-one: %q (%v), want %q", p.NotOneToOne, err, tt.why)
			}
			if p.KeyBits != tt.bits || tt.bits > 0 != (p.KeyChance > 0) {
				t.Errorf("%d bits and a chance of %g, want %d bits", p.KeyBits, p.KeyChance, tt.bits)
			}
			if text := plan.String(); !p.Unique && !strings.Contains(text, "keys are "+map[bool]string{true: "not ", false: ""}[tt.why != ""]+"one-to-one") {
				t.Errorf("the plan reads\n%s", text)
			}
		})
	}
	if len(tests) < 40 {
		t.Errorf("%d tests", len(tests))
	}
}

// TestOneToOneShared: the keys of tables that share a destination are not one-to-one.
func TestOneToOneShared(t *testing.T) {
	t.Parallel()
	server := keyedServer(t, "PK", "", types.ScalarAttributeTypeS)
	s, err := dynsync.New(dynsync.WithSource(server.Client()), dynsync.WithDestination(server.Client()), dynsync.WithKey(key),
		dynsync.WithAllTables(rule("PK", anon.Email())), dynsync.WithTable("From", "Copy"), dynsync.WithTable("Other", "Copy"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := s.Plan(t.Context())
	if err != nil || plan.Tables[0].NotOneToOne != `the table "Other" has the same destination` || plan.Tables[1].NotOneToOne != `the table "From" has the same destination` {
		t.Errorf("%v\n%v", err, plan)
	}
}

// TestOneToOneItems: how many items a table has decides how many bits its keys need.
func TestOneToOneItems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		items int64
		bits  int
		holds bool
	}{
		{10, 27, true}, {10, 26, false}, {1_000, 40, true}, {1_000, 39, false}, {0, 60, true}, {0, 59, false},
		{1_000_000, 60, true}, {1_000_000, 59, false}, {1 << 40, 100, true}, {1 << 40, 99, false},
	} {
		server := keyedServer(t, "PK", "", types.ScalarAttributeTypeS)
		server.EditDescription("From", func(d *types.TableDescription) { d.ItemCount = &tt.items })
		s, err := dynsync.New(dynsync.WithSource(server.Client()), dynsync.WithDestination(server.Client()), dynsync.WithKey(key),
			dynsync.WithTable("From", "Copy", rule("PK", declared{dynsync.Description{Name: "mine", Uniqueness: dynsync.UniquenessPractical, Bits: tt.bits}})))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := s.Plan(t.Context())
		if p := plan.Tables[0]; err != nil || (p.NotOneToOne == "") != tt.holds || tt.holds && p.KeyBits != tt.bits {
			t.Errorf("%d items and %d bits: %q, %d bits (%v)", tt.items, tt.bits, p.NotOneToOne, p.KeyBits, err)
		}
		if p := plan.Tables[0]; tt.holds && math.Abs(math.Log2(p.KeyChance)-2*math.Log2(float64(max(tt.items, 1)))+float64(tt.bits)) > 1e-9 && tt.items > 0 {
			t.Errorf("%d items and %d bits: a chance of %g", tt.items, tt.bits, p.KeyChance)
		}
	}
}

// TestOneToOneShown: a job fails the same items wherever it shows what it would write.
func TestOneToOneShown(t *testing.T) {
	t.Parallel()
	server := keyedServer(t, "PK", "", types.ScalarAttributeTypeS)
	rec, err := dynsync.NewRecord(map[string]any{"PK": "Ann@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("From"), Item: rec.AttributeValues()}); err != nil {
		t.Fatal(err)
	}
	source, dest := dynsync.WithSource(server.Client()), dynsync.WithDestination(server.Client())
	for _, tt := range []struct {
		reason  string
		clients []dynsync.Option
		job     dynsync.Option // nil for one without a checkpoint or shares
		table   []dynsync.TableOption
		fails   bool
	}{
		{"both sides", []dynsync.Option{source, dest}, dynsync.WithShare(0, 2), nil, true},
		{"the source", []dynsync.Option{source}, dynsync.WithShare(0, 2), nil, true},
		{"the destination", []dynsync.Option{dest}, dynsync.WithShare(0, 2), nil, true},
		{"no client", nil, dynsync.WithShare(0, 2), nil, true},
		{"the source, a checkpoint", []dynsync.Option{source}, dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir())), nil, true},
		{"no client, a checkpoint", nil, dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir())), nil, true},
		{"the source, one run", []dynsync.Option{source}, nil, nil, false},
		{"the source, inserts", []dynsync.Option{source}, dynsync.WithShare(0, 2), []dynsync.TableOption{dynsync.WithMode(dynsync.ModeInsert)}, false},
		{"the source, accepted", []dynsync.Option{source}, dynsync.WithShare(0, 2), []dynsync.TableOption{dynsync.WithAllowExisting()}, false},
		{"the source, a shared destination", []dynsync.Option{source, dynsync.WithTable("Other", "Copy", dynsync.WithSegments(4))}, dynsync.WithShare(0, 2), nil, false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			table := append(tt.table, rule("PK", anon.Email()), dynsync.WithSegments(4))
			opts := append(tt.clients, dynsync.WithKey(key), dynsync.WithTable("From", "Copy", table...))
			if tt.job != nil {
				opts = append(opts, tt.job)
			}
			s, err := dynsync.New(opts...)
			if err != nil {
				t.Fatal(err)
			}
			read := rec
			for r, err := range s.Scan(t.Context(), "From") {
				if err == nil {
					read = r // which knows its key
				}
			}
			if tt.clients == nil {
				reader, err := dynsync.New(source, dynsync.WithTable("From", "Copy"))
				if err != nil {
					t.Fatal(err)
				}
				for r := range reader.Scan(t.Context(), "From") {
					read = r
				}
			}
			if _, err := s.Transform(t.Context(), "From", read); (err != nil) != tt.fails {
				t.Errorf("Transform: %v", err)
			}
		})
	}
}

// TestOneToOneTexts: a plan says that keys are one-to-one only where the job sees to it,
// and says nothing that contradicts it.
func TestOneToOneTexts(t *testing.T) {
	t.Parallel()
	const unsure, could, are, not = "it does not say", "keys could be one-to-one with WithCheckpoint or WithShare", "keys are one-to-one", "keys are not one-to-one: "
	merged := dynsync.Func(func(_ context.Context, s string) (string, error) { return strings.ToLower(s), nil })
	form := dynsync.FirstOf(dynsync.Delimited("#", dynsync.Passthrough(), anon.Email()), dynsync.Reject())
	exact := dynsync.FirstOf(anon.Digits(), dynsync.Reject())
	for _, tt := range []struct {
		reason     string
		key        dynsync.Transformer
		checkpoint bool
		items      int64
		opts       []dynsync.TableOption
		want, lack []string
	}{
		{"kept", dynsync.Passthrough(), false, 190, nil, []string{are + "\n"}, []string{not, could, unsure}},
		{"kept, a checkpoint", dynsync.Passthrough(), true, 190, nil, []string{are + "\n"}, []string{not, could, unsure}},
		{"exact", anon.Digits(), false, 190, nil, []string{are + "\n"}, []string{not, could, unsure}},
		{"exact branches, a checkpoint", exact, true, 190, nil, []string{are + "\n"}, []string{not, could, unsure}},
		{"drawn, a checkpoint", form, true, 190, nil, []string{"PK: FirstOf\n", are + ": of 190 items, as DescribeTable reports, two get the same key with a probability of 6e-17 (the limit is 1e-06; results have 69 bits)\n"}, []string{not, could, unsure, "can collide"}},
		{"drawn, a checkpoint, not counted", form, true, 0, nil, []string{are + ": of 1000000 items, which is assumed, since DescribeTable reports none, two get"}, []string{not, could, unsure, "can collide"}},
		{"drawn", form, false, 190, nil, []string{"can collide", could}, []string{not, are, unsure}},
		{"drawn, inserts", form, true, 190, []dynsync.TableOption{dynsync.WithMode(dynsync.ModeInsert)}, []string{"can collide"}, []string{not, are, could, unsure}},
		{"drawn, accepted", form, true, 190, []dynsync.TableOption{dynsync.WithAllowExisting()}, []string{"can collide"}, []string{not, are, could, unsure}},
		{"unknown", merged, false, 190, nil, []string{unsure, "can collide", not}, []string{are, could, "resumes"}},
		{"unknown, a checkpoint", merged, true, 190, nil, []string{unsure, "can collide", not, "a run that resumes only inserts"}, []string{are, could}},
		{"unknown, a checkpoint, accepted", merged, true, 190, []dynsync.TableOption{dynsync.WithAllowExisting()}, []string{unsure, not, "a run that resumes overwrites what the run before wrote"}, []string{are, could, "only inserts"}},
		{"unknown, a checkpoint, inserts", merged, true, 190, []dynsync.TableOption{dynsync.WithMode(dynsync.ModeInsert)}, []string{unsure, not}, []string{are, could, "resumes"}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			server := keyedServer(t, "PK", "", types.ScalarAttributeTypeS)
			server.EditDescription("From", func(d *types.TableDescription) { d.ItemCount = &tt.items })
			opts := []dynsync.Option{dynsync.WithSource(server.Client()), dynsync.WithDestination(server.Client()), dynsync.WithKey(key),
				dynsync.WithTable("From", "Copy", append(tt.opts, rule("PK", tt.key))...)}
			if tt.checkpoint {
				opts = append(opts, dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir()), dynsync.RulesVersion("1")))
			}
			s, err := dynsync.New(opts...)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := s.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			text := plan.String()
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			for _, lack := range tt.lack {
				if strings.Contains(text, lack) {
					t.Errorf("%q in\n%s", lack, text)
				}
			}
		})
	}
}
