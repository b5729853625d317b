package dynsync_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/dynsynctest"
)

// A ruleMistake is a mistake in the rules of a table, or items that its rules do not suit,
// and what the error and the report say of it.
type ruleMistake struct {
	mistake string
	items   []map[string]any // nil for people
	indexes string           // secondary indexes of the destination, as "Email:S Age:N"
	opts    []dynsync.TableOption
	edit    func(*dynsync.Record) error // changes records that the rules have transformed, which are then written
	want    []string                    // what is told
	not     []string                    // what is not
	exit    int
}

// canary is in values of all items, and nowhere in what is told.
const canary = "canary"

// people returns items with values of each kind.
func people() (items []map[string]any) {
	for i := range 30 {
		items = append(items, map[string]any{
			"Id": fmt.Sprintf("u-%d", i), "Name": canary, "Email": fmt.Sprintf("%s%d@example.com", canary, i), "Age": 18 + i, "Active": true, "Gone": nil,
			"Born":    []string{"1990-05-17", "1931"}[i%2],
			"Address": map[string]any{"Street": canary + " 1", "City": "Ulm"}, "Orders": []any{map[string]any{"Price": 3}},
			"Tags": []string{"a", "b"}, "Photo": []byte(canary), "Payload": `{"user":"` + canary + `"}`,
		})
	}
	return items
}

// check makes the copy and looks at what is told.
func (m *ruleMistake) check(t *testing.T) {
	t.Helper()
	items := m.items
	if items == nil {
		items = people()
	}
	report, err := m.copy(t, items)
	told := fmt.Sprintf("%v\n%v", err, report)
	for _, want := range m.want {
		if !strings.Contains(told, want) {
			t.Errorf("%s: nothing says %q:\n%s", m.mistake, want, told)
		}
	}
	for _, not := range append(m.not, canary) {
		if strings.Contains(told, not) {
			t.Errorf("%s: it says %q:\n%s", m.mistake, not, told)
		}
	}
	if code := dynsync.ExitCode(err); code != m.exit {
		t.Errorf("%s: exit code %d, want %d:\n%s", m.mistake, code, m.exit, told)
	}
	for _, r := range report.Tables[0].Rules {
		if r.Matched != r.Applied+r.Default+r.Failed {
			t.Errorf("%s: %+v", m.mistake, r)
		}
	}
}

func (m *ruleMistake) copy(t *testing.T, items []map[string]any) (*dynsync.Report, error) {
	t.Helper()
	ctx := context.Background()
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	from := srv.Client()
	to := srv.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials("copy") })
	for c, indexes := range map[*dynamodb.Client]string{from: "", to: m.indexes} {
		if _, err := c.CreateTable(ctx, peopleTable(indexes)); err != nil {
			t.Fatal(err)
		}
	}
	for _, item := range items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := from.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: rec.AttributeValues()}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := dynsync.New(dynsync.WithSource(from), dynsync.WithDestination(to), dynsync.WithKey([]byte("0123456789abcdef0123456789abcdef")), dynsync.WithTable("Users", "Users", m.opts...))
	if err != nil {
		t.Fatalf("%s: %v", m.mistake, err)
	}
	if m.edit == nil {
		return s.Sync(ctx)
	}
	report, err := s.Write(ctx, "Users", func(yield func(*dynsync.Record, error) bool) {
		for rec, err := range s.Transformed(ctx, "Users") {
			if err == nil {
				err = m.edit(rec)
			}
			if !yield(rec, err) {
				return
			}
		}
	})
	return &dynsync.Report{Tables: []*dynsync.TableReport{report}}, err
}

// peopleTable returns a table with the key Id and indexes.
func peopleTable(indexes string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName:            aws.String("Users"),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	}
	for _, index := range strings.Fields(indexes) {
		name, kind, _ := strings.Cut(index, ":")
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeType(kind)})
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName:  aws.String("by" + name),
			KeySchema:  []types.KeySchemaElement{{AttributeName: &name, KeyType: types.KeyTypeHash}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		})
	}
	return in
}

// under returns the options of a table.
func under(opts ...dynsync.TableOption) []dynsync.TableOption { return opts }

func passing(opts ...dynsync.TableOption) []dynsync.TableOption {
	return append(opts, dynsync.WithDefaultTransform(dynsync.Passthrough()))
}

// A rule whose transformer applies to none of the values, or to a part of them, is told with
// what the values are and why it does not apply.
func TestMistakesOfRulesThatDoNotApply(t *testing.T) {
	t.Parallel()
	number := dynsync.Func(func(_ context.Context, n int64) (int64, error) { return n + 1, nil })
	small := dynsync.Func(func(_ context.Context, n int8) (int8, error) { return n, nil })
	for _, m := range []ruleMistake{
		{mistake: "an address of a number", opts: under(rule("Age", anon.Email())), want: []string{`the rule "Age" (anon.Email) matched 30 values and applied to none: these are N`, "rule-never-applied"}},
		{mistake: "a number of a text", opts: under(rule("Name", number)), want: []string{`(Func[int64, int64]) matched 30 values and applied to none: these are S`}},
		{mistake: "JSON of a text", opts: under(rule("Name", dynsync.JSON(dynsync.WithTransform("a", dynsync.Remove())))), want: []string{`(JSON) matched 30 values and applied to none: these are S`}},
		{mistake: "JSON of a map", opts: under(rule("Address", dynsync.JSON(dynsync.WithTransform("a", dynsync.Remove())))), want: []string{"applied to none: these are M"}},
		{mistake: "an address of a map", opts: under(rule("Address", anon.Email())), want: []string{"applied to none: these are M"}},
		{mistake: "an address of a list", opts: under(rule("Orders", anon.Email())), want: []string{"applied to none: these are L"}},
		{mistake: "an address of a boolean", opts: under(rule("Active", anon.Email())), want: []string{"applied to none: these are BOOL"}},
		{mistake: "another kind", opts: under(rule("Name", dynsync.OnKind(dynsync.KindN, number))), want: []string{"applied to none: these are S"}},
		{mistake: "no branch", opts: under(rule("Active", dynsync.FirstOf(anon.Email(), number))), want: []string{"(FirstOf) matched 30 values and applied to none: these are BOOL"}},
		{mistake: "other parts", opts: under(rule("Name", dynsync.Delimited("#", anon.Token(), anon.Token()))), want: []string{"(Delimited) matched 30 values and applied to none"}},
		{mistake: "no date", opts: under(rule("Name", anon.ShiftTime(anon.MaxDays(30)))), want: []string{"(anon.ShiftTime) matched 30 values and applied to none: these are S"}},
		{mistake: "a condition that never holds", opts: under(rule("Name", dynsync.When(func(dynsync.Input) bool { return false }, anon.Email()))), want: []string{"(When) matched 30 values and applied to none"}},
		{mistake: "values that are not listed", opts: under(rule("Name", dynsync.PassthroughOnly("OPEN"))), want: []string{"(PassthroughOnly) matched 30 values and applied to none"}},
		{mistake: "keys that are no addresses", opts: []dynsync.TableOption{dynsync.WithTransformKeys("Address", anon.Email())}, want: []string{`the rule "keys of Address" (anon.Email) matched 30 values and applied to none: these are S`}},
		{mistake: "members of a set", opts: under(rule("Tags[*]", anon.Email())), want: []string{`the rule "Tags[*]" (anon.Email) matched 30 values and applied to none: these are SS`}},
		{mistake: "a template of another attribute", opts: under(rule("Name", dynsync.Template("{Email}"))), want: []string{"(Template) matched 30 values and applied to none"}},

		{mistake: "a part has another form", opts: under(rule("Born", anon.ShiftTime(anon.MaxDays(30)))), want: []string{`the rule "Born" (anon.ShiftTime) matched 30 values and did not apply to 15: these are S`, "rule-applied-in-part"}},
		{mistake: "a part is too large", opts: under(rule("Age", small)), items: []map[string]any{{"Id": "a", "Age": 3}, {"Id": "b", "Age": 300}}, want: []string{"matched 2 values and did not apply to 1: these are N"}},
		{mistake: "kinds of all sorts", opts: under(rule("A", anon.Email())), items: []map[string]any{{"Id": "a", "A": "a@example.com"}, {"Id": "b", "A": 1}, {"Id": "c", "A": true}, {"Id": "d", "A": nil}}, want: []string{"matched 4 values and did not apply to 2: these are N or BOOL"}},
		{mistake: "a part fails", opts: under(rule("Born", dynsync.When(func(in dynsync.Input) bool { text, _ := in.Value.Text(); return text == "1931" }, dynsync.Reject()))), want: []string{"15 of 30 items failed", `the rule "Born" (When) matched 30 values and did not apply to 15`}, not: []string{"rule-never-applied"}, exit: 4},
		{mistake: "NULL is no value", opts: under(rule("Gone", anon.Email())), not: []string{"rule-never-applied", "rule-applied"}},
		{mistake: "no mistake", opts: under(rule("Email", anon.Email())), not: []string{"rule-never-applied", "rule-applied"}},
		{mistake: "a branch for each", opts: under(rule("Born", dynsync.FirstOf(anon.ShiftTime(anon.MaxDays(30)), dynsync.Constant("unknown")))), not: []string{"rule-never-applied", "rule-applied"}},
	} {
		m.check(t)
	}
}

// Where items fail at one attribute, rules for others that were not tried are not said to
// match nothing, whatever the order of the attributes.
func TestMistakesInOneRuleAreNotBlamedOnOthers(t *testing.T) {
	t.Parallel()
	boom := dynsync.Func(func(context.Context, string) (string, error) { panic(canary) })
	items := []map[string]any{{"Id": "1", "A": "x", "B": "y", "M": map[string]any{"C": "z", canary: "a"}, "L": []any{"a"}, "S": []string{"a"}, "Z": "z"}}
	for _, first := range []struct {
		how string
		opt dynsync.TableOption
	}{
		{"Reject", rule("A", dynsync.Reject())}, {"a panic", rule("A", boom)}, {"a strict anonymizer", rule("A", anon.Email(anon.Strict()))},
		{"no branch under a default that keeps", rule("A", anon.Email())},
	} {
		for _, second := range []dynsync.TableOption{
			rule("B", dynsync.Constant("z")), rule("M.C", dynsync.Constant("z")), rule("M", dynsync.Constant("z")), rule("**.C", dynsync.Constant("z")),
			rule("M.*", dynsync.Constant("z")), rule("L[0]", dynsync.Constant("z")), rule("L[*]", dynsync.Constant("z")), rule("S[*]", dynsync.Constant("z")),
			dynsync.WithTransformKeys("M", anon.Token()), rule("Z", dynsync.Template("{B}")), rule("New", dynsync.IfMissing(dynsync.Constant("z"))), rule("Id", anon.Token()),
			rule("M.C", dynsync.Remove()), rule("B", dynsync.Passthrough()),
		} {
			m := ruleMistake{mistake: first.how, items: items, opts: passing(first.opt, second), want: []string{"1 of 1 items failed"}, not: []string{"matched nothing"}, exit: 4}
			m.check(t)
		}
	}
	m := ruleMistake{mistake: "a rule that selects nothing", items: items, opts: passing(rule("A", dynsync.Reject()), rule("M.B", dynsync.Remove()), rule("L[1]", dynsync.Remove())), want: []string{`"M.B" matched nothing`, `"L[1]" matched nothing`}, exit: 2}
	m.check(t)
}

// An item that an index of the destination would refuse fails before it is sent, with the
// attribute and the index, whoever made the value.
func TestMistakesInKeysOfIndexes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2049)
	set := func(name string, v any) dynsync.TableOption {
		return dynsync.WithRecordTransform(func(_ context.Context, r *dynsync.Record) error {
			value, err := dynsync.ValueOf(v)
			if err != nil {
				return err
			}
			return r.Set(name, value)
		})
	}
	for _, v := range []struct {
		index string
		value any
		want  string // "" for a value that the index takes
	}{
		{"K:S", "x", ""}, {"K:S", strings.Repeat("x", 2048), ""}, {"K:N", 5, ""}, {"K:B", []byte("x"), ""},
		{"K:S", 5, "path K (N): the key of the index byK is of type S"},
		{"K:S", "", "path K (S): the key of the index byK is never empty"},
		{"K:S", nil, "path K (NULL): the key of the index byK is of type S"},
		{"K:S", true, "path K (BOOL): the key of the index byK is of type S"},
		{"K:S", []string{"a"}, "path K (SS): the key of the index byK is of type S"},
		{"K:S", []any{"a"}, "path K (L): the key of the index byK is of type S"},
		{"K:S", map[string]any{"S": "a"}, "path K (M): the key of the index byK is of type S"},
		{"K:S", []byte("a"), "path K (B): the key of the index byK is of type S"},
		{"K:S", long, "path K: the key of the index byK"},
		{"K:N", "5", "path K (S): the key of the index byK is of type N"},
		{"K:N", nil, "path K (NULL): the key of the index byK is of type N"},
		{"K:B", []byte{}, "path K (B): the key of the index byK is never empty"},
		{"K:B", []byte(long), "path K: the key of the index byK"},
		{"K:B", "x", "path K (S): the key of the index byK is of type B"},
	} {
		for _, how := range []struct {
			name string
			item map[string]any
			opts []dynsync.TableOption
		}{
			{"passing", map[string]any{"K": v.value}, passing()},
			{"passing by a rule", map[string]any{"K": v.value}, under(rule("K", dynsync.Passthrough()))},
			{"a constant", map[string]any{"K": "x"}, passing(rule("K", dynsync.Constant(v.value)))},
			{"a constant of a map", map[string]any{"K": map[string]any{"a": 1}}, passing(rule("K", dynsync.Constant(v.value)))},
			{"a missing value", nil, passing(rule("K", dynsync.IfMissing(dynsync.Constant(v.value))))},
			{"a record transform", map[string]any{"K": "x"}, passing(set("K", v.value))},
			{"an attribute for the time to live", map[string]any{"K": v.value}, passing(dynsync.WithTTLAttribute("K"))},
			{"a wildcard", map[string]any{"K": "x"}, passing(rule("*", dynsync.Constant(v.value)))},
		} {
			how.opts = append(how.opts, dynsync.WithMode(dynsync.ModePut))
			item := map[string]any{"Id": "1", "Z": "z"}
			for name, v := range how.item {
				item[name] = v
			}
			m := ruleMistake{mistake: fmt.Sprintf("%s, %T in %s", how.name, v.value, v.index), items: []map[string]any{item}, indexes: v.index, opts: how.opts, not: []string{"DynamoDB refuses"}}
			if v.want != "" {
				before, after, _ := strings.Cut(v.want, ": ")
				m.want, m.exit = []string{before, after}, 4
			}
			m.check(t)
			if how.name != "passing" {
				continue
			}
			m.mistake, m.items, m.edit = "written later, "+m.mistake, []map[string]any{{"Id": "1", "Z": "z"}}, func(r *dynsync.Record) error {
				value, err := dynsync.ValueOf(v.value)
				if err != nil {
					return err
				}
				return r.Set("K", value)
			}
			m.check(t)
		}
	}
	for _, m := range []ruleMistake{
		{mistake: "the default pseudonym", indexes: "Age:S", opts: under(), want: []string{"30 of 30 items failed", "path Age (N): the key of the index byAge is of type S; add a rule for Age that makes"}, exit: 4},
		{mistake: "a rule", indexes: "Age:S", opts: under(rule("Age", anon.Email())), want: []string{"path Age (N), anon.Email: the key of the index byAge is of type S; add a branch to its rule"}, exit: 4},
		{mistake: "an index of a map", indexes: "Address:S", opts: passing(rule("Address.City", dynsync.Constant("x"))), want: []string{"path Address (M): the key of the index byAddress is of type S"}, exit: 4},
		{mistake: "the advice", indexes: "Age:S", opts: under(rule("Age", dynsync.FirstOf(dynsync.OnKind(dynsync.KindS, anon.Token()), dynsync.Remove())))},
		{mistake: "no item has it", indexes: "Other:S", opts: under()},
		{mistake: "two indexes", indexes: "Age:S Name:N", opts: passing(), want: []string{"30 of 30 items failed"}, exit: 4},
	} {
		m.check(t)
	}
}

// An error about a value that a rule does not apply to names the rule's transformer, says why
// it does not apply, and offers no Passthrough.
func TestMistakesSayWhyARuleDoesNotApply(t *testing.T) {
	t.Parallel()
	never := func(dynsync.Input) bool { return false }
	number := dynsync.Func(func(_ context.Context, n int64) (int64, error) { return n, nil })
	for _, tt := range []struct {
		path string
		t    dynsync.Transformer
		want string
	}{
		{"Age", anon.Email(), "path Age (N), anon.Email: the rule does not apply to this value: it takes S, not N; "},
		{"Name", number, "path Name (S), Func[int64, int64]: the rule does not apply to this value: it takes N, not S; "},
		{"Name", anon.Email(), "path Name (S), anon.Email: the rule does not apply to this value: the value is not an e-mail address; "},
		{"Born", anon.UUID(), "anon.UUID: the rule does not apply to this value: the value is not a UUID; "},
		{"Name", dynsync.JSON(dynsync.WithTransform("a", dynsync.Remove())), "JSON: the rule does not apply to this value: the value is no JSON object or array"},
		{"Name", dynsync.OnKind(dynsync.KindN, number), "OnKind: the rule does not apply to this value: it takes N, not S; "},
		{"Name", dynsync.When(never, anon.Token()), "When: the rule does not apply to this value: the condition of When does not hold; "},
		{"Name", dynsync.PassthroughOnly("OPEN"), "PassthroughOnly: the rule does not apply to this value: the value is none of those that are listed; "},
		{"Name", dynsync.FirstOf(anon.Email(), number), "FirstOf: the rule does not apply to this value: the value is not an e-mail address; it takes N, not S; "},
		{"Name", dynsync.Template("X#{Email}"), "Template: the rule does not apply to this value: the value does not have the form of the template; "},
		{"Address", anon.Email(), "path Address (M), anon.Email: the rule does not apply to this value: it takes S, not M; "},
		{"Orders", dynsync.Each(anon.Email()), "path Orders[0] (M), Each: the rule does not apply to this value: it takes S, not M; "},
		{"Orders", anon.Email(), "path Orders (L), anon.Email: the rule does not apply to this value: it takes S, not L; "},
		{"Orders[*]", number, "path Orders[0] (M), Func[int64, int64]: the rule does not apply to this value: it takes N, not M; "},
		{"Orders", dynsync.FirstOf(anon.Email(), number), "path Orders (L), FirstOf: the rule does not apply to this value: it takes S, not L; it takes N, not L; "},
		{"Address", dynsync.JSON(dynsync.WithTransform("a", dynsync.Remove())), "path Address (M), JSON: the rule does not apply to this value: "},
		{"Tags", number, "path Tags (SS), Func[int64, int64]: the rule does not apply to this value: it takes N, not SS; "},
		{"Id", anon.Email(), "path Id (S), anon.Email: the transformer does not apply to this key attribute: the value is not an e-mail address; "},
		{"Id", anon.UUID(), "path Id (S), anon.UUID: the transformer does not apply to this key attribute: the value is not a UUID; "},
	} {
		m := ruleMistake{mistake: tt.path, opts: passing(rule(tt.path, tt.t)), want: []string{tt.want, "FirstOf, with Reject as its last branch"}, not: []string{"or Passthrough"}, exit: 4}
		m.check(t)
	}
}

// An item that became too large is told with its sizes and the largest attributes, and a
// collision with the rules that make the key.
func TestMistakesInSizesAndKeys(t *testing.T) {
	t.Parallel()
	grow := func(n int) dynsync.Transformer {
		return dynsync.Func(func(context.Context, string) (string, error) { return strings.Repeat("x", n), nil })
	}
	one := dynsync.Func(func(context.Context, string) (string, error) { return "same", nil })
	some := []map[string]any{{"Id": "1", "A": "x", "B": strings.Repeat("b", 200_000), "C": "c"}}
	nested := []map[string]any{{"Id": "1", "B": strings.Repeat("b", 200_000), "C": map[string]any{"D": "d"}, "E": []any{map[string]any{"F": "f"}}}}
	grown := dynsync.WithRecordTransform(func(_ context.Context, r *dynsync.Record) error {
		return r.Set("A", dynsync.StringValue(strings.Repeat("x", 300_000)))
	})
	for _, m := range []ruleMistake{
		{mistake: "a rule makes too much", items: some, opts: passing(rule("A", grow(300_000)), rule("C", dynsync.Constant("z"))), want: []string{
			"table Users: the item is larger than DynamoDB's 400 KB (409,600 bytes): it has 5000", "and had 200008 as read", `largest are A (S) 300000 by the rule "A" (Func[string, string]), `, " (S) 200000"}, exit: 4},
		{mistake: "two rules", items: some, opts: passing(rule("A", grow(150_000)), rule("C", grow(100_000))), want: []string{`A (S) 150000 by the rule "A"`, `C (S) 100000 by the rule "C"`}, exit: 4},
		{mistake: "a record transform", items: some, opts: passing(grown), want: []string{"table Users, WithRecordTransform: the item is larger", "(S) 300000"}, exit: 4},
		{mistake: "a member of a map", items: nested, opts: passing(rule("C.D", grow(300_000))), want: []string{`largest are C (M) 300005 (in it C.D (S) 300000 by the rule "C.D" (Func[string, string])), `, "(S) 200000"}, exit: 4},
		{mistake: "a member that no rule names", items: nested, opts: passing(rule("C.D", grow(150_000)), rule("E[*].F", grow(100_000))), want: []string{`C (M) 150005 (in it C.D (S) 150000 by the rule "C.D"`, `E (L) 100009 (in it E[0] (M) 100005)`}, exit: 4},
		{mistake: "a map of names that may be personal", items: nested, opts: passing(rule("C.*", grow(300_000))), want: []string{`C (M) 300005 (in it C.* (S) 300000 by the rule "C.*"`}, exit: 4},
		{mistake: "an element of a list", items: nested, opts: passing(rule("E[0].F", grow(300_000))), want: []string{`E (L) 300009 (in it E[0] (M) 300005)`}, exit: 4},
		{mistake: "a whole list", items: nested, opts: passing(rule("E", dynsync.Each(dynsync.Constant(strings.Repeat("e", 300_000))))), want: []string{`E (L) 300004 by the rule "E" (Each) (in it E[0] (S) 300000`}, exit: 4},
		{mistake: "a record that is too large after its rules", items: some, opts: passing(rule("A", dynsync.Constant("a"))), edit: func(r *dynsync.Record) error {
			return r.Set("A", dynsync.StringValue(strings.Repeat("x", 300_000)))
		}, want: []string{`400 KB (409,600 bytes): it has 500`, `largest are A (S) 300000 by the rule "A" (Constant), `}, exit: 4},
		{mistake: "a record with a member that is too large", items: nested, opts: passing(rule("C.D", dynsync.Passthrough())), edit: func(r *dynsync.Record) error {
			return r.Set("C.D", dynsync.StringValue(strings.Repeat("x", 300_000)))
		}, want: []string{`largest are C (M) 300005 (in it C.D (S) 300000 by the rule "C.D" (Passthrough)), `}, exit: 4},
		{mistake: "two of one key, by a part of it", opts: under(rule("Id", dynsync.Constant("x"), dynsync.AllowCollisions())), want: []string{"29 of 30 items collided", "Constant"}, exit: 4},
		{mistake: "a key that does not tell items apart", opts: under(rule("Id", one)), want: []string{"29 of 30 items collided", `the rule "Id" (Func[string, string]) makes Id, and may make the same of different values`, "anon.Token"}, exit: 4},
		{mistake: "a record transform of keys", opts: under(dynsync.WithRecordTransform(func(_ context.Context, r *dynsync.Record) error { return r.Set("Id", "same") })), want: []string{"WithRecordTransform may change keys"}, exit: 4},
	} {
		m.check(t)
	}
}
