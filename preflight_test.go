package dynsync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestNewReportsEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(WithKey([]byte("short")), WithWorkers(0), WithWriteConcurrency(5000),
		WithTable("a b", "Destination", WithPageSize(-1), WithTransform("a..b", Constant(nil)), WithTransform("x", nil), WithDefaultTransform(Constant(nil), KindSS)),
		WithTable("Twice", "Destination", WithWhere(`a = 'open`)),
		WithTable("Twice", "", WithWhere(`a = ? AND b = ?`, 1)),
		WithTable("Other", "Destination", WithWhere(`a = ?`, make(chan int)), WithIndex(`i"x`)))
	if err == nil {
		t.Fatal("New took it")
	}
	for _, want := range []string{
		"32 bytes", "WithWorkers", "WithWriteConcurrency", `"a b"`, "WithPageSize", "column 3", "transformer is nil", "WithDefaultTransform",
		"column 5", `"Twice"`, "2 parameters (?), and 1", "destination table has no name", "parameter 1", "WithIndex",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not mention %q:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "open") {
		t.Errorf("the error quotes the condition:\n%v", err)
	}
}

func TestNewRefusesANilClient(t *testing.T) {
	t.Parallel()
	var client *dynamodb.Client
	for _, clients := range [][]Option{{WithSource(client), WithDestination(client)}, {WithSource(nil), WithDestination(nil)}} {
		_, err := New(append(clients, WithTable("Source", "Destination"))...)
		if err == nil || !strings.Contains(err.Error(), "the client of WithSource is nil") || !strings.Contains(err.Error(), "the client of WithDestination is nil") || ExitCode(err) != 2 {
			t.Errorf("%v", err)
		}
	}
}

// A nil option is told by its place. It is never called.
func TestNewRefusesNilOptions(t *testing.T) {
	t.Parallel()
	in := func(opts ...TableOption) Option { return WithTable("Source", "Destination", opts...) }
	some := in()
	for _, tt := range []struct {
		opts []Option
		want string
	}{
		{[]Option{some, nil}, "dynsync: option 2 of New is nil"},
		{[]Option{nil, some, nil}, "dynsync: option 1 of New is nil\ndynsync: option 3 of New is nil"},
		{[]Option{in(WithConsistentRead(), nil)}, "dynsync: table Source: option 2 of WithTable is nil"},
		{[]Option{WithAllTables(nil), in(), WithTable("Other", "Destination")}, "dynsync: option 1 of WithAllTables is nil"},
		{[]Option{in(WithLeakCheck(LeakMinLength(8), nil))}, "dynsync: table Source: option 2 of WithLeakCheck is nil"},
		{[]Option{in(WithTransform("a", Remove(), nil))}, `dynsync: table Source: rule "a": option 1 of WithTransform is nil`},
		{[]Option{in(WithTransformKeys("a", Pseudonym(), Optional(), nil))}, `dynsync: table Source: rule "a": option 2 of WithTransformKeys is nil`},
		{[]Option{in(WithTransform("a", Pseudonym(KeepShape(), nil)))}, `dynsync: table Source: rule "a": option 2 of Pseudonym is nil`},
		{[]Option{in(WithTransform("a", JSON(nil)))}, `dynsync: table Source: rule "a": JSON: option 1 of JSON is nil`},
		{[]Option{some, WithKey(testKey), WithCheckpoint(FileCheckpoint("a"), nil)}, "dynsync: option 1 of WithCheckpoint is nil"},
		{[]Option{some, WithKey(testKey), WithDeadLetters("a", WholeItems(), nil)}, "dynsync: option 2 of WithDeadLetters is nil"},
	} {
		_, err := New(tt.opts...)
		if err == nil || err.Error() != tt.want || ExitCode(err) != 2 {
			t.Errorf("%v\nwant %s", err, tt.want)
		}
	}
}

func TestOptionsCanBeUsedTwice(t *testing.T) {
	t.Parallel()
	opts := []Option{WithSource(&nopClient{}), WithTable("Source", "Destination", WithTransform("a", Constant(nil)))}
	for range 2 {
		if _, err := New(opts...); err != nil {
			t.Error(err)
		}
	}
}

// failing returns the error of a table's Sync, and fails the test if anything
// reached its destination.
func failing(t *testing.T, p *pair, opts ...Option) error {
	t.Helper()
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		t.Error("something was written")
		return dynsynctest.Action{}
	})
	report, err := p.syncer(t, opts...).Sync(context.Background())
	if err == nil {
		t.Fatalf("no error: %v", report)
	}
	if strings.Contains(err.Error(), "canary") || strings.Contains(report.String(), "canary") {
		t.Errorf("a value leaks: %v\n%v", err, report)
	}
	return err
}

func TestPromiseFailuresAreQuickAndClear(t *testing.T) {
	t.Parallel()
	sort := func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("Sort"), AttributeType: types.ScalarAttributeTypeN})
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("Sort"), KeyType: types.KeyTypeRange})
	}
	number := func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions[0].AttributeType = types.ScalarAttributeTypeN
	}
	status := func(s types.TableStatus) func(*types.TableDescription) {
		return func(d *types.TableDescription) { d.TableStatus = s }
	}
	tests := []struct {
		reason string
		setUp  func(t *testing.T, p *pair)
		opts   []Option
		want   []string
	}{
		{"the source does not exist", nil, []Option{WithTable("Nowhere", "Destination")},
			[]string{"Nowhere", "does not exist", "ResourceNotFoundException", "access key and region"}},
		{"the destination does not exist", nil, []Option{WithTable("Source", "Nowhere")},
			[]string{`destination table "Nowhere"`, "does not exist"}},
		{"the source is being created", func(t *testing.T, p *pair) { p.source.EditDescription("Source", status(types.TableStatusCreating)) },
			[]Option{WithTable("Source", "Destination")}, []string{"CREATING", "wait"}},
		{"the destination is being deleted", func(t *testing.T, p *pair) { p.dest.EditDescription("Destination", status(types.TableStatusDeleting)) },
			[]Option{WithTable("Source", "Destination")}, []string{"DELETING"}},
		{"another key schema", func(t *testing.T, p *pair) { p.create(t, p.to, "Sorted", sort) },
			[]Option{WithTable("Source", "Sorted")}, []string{"key schemas differ", "sort key Sort (N)"}},
		{"another type of key", func(t *testing.T, p *pair) { p.create(t, p.to, "Numbered", number) },
			[]Option{WithTable("Source", "Numbered")}, []string{"partition key Id (S)", "partition key Id (N)"}},
		{"no such index", nil, []Option{WithTable("Source", "Destination", WithIndex("none"))},
			[]string{`no index "none"`}},
		{"what the service refuses in the condition", nil, []Option{WithTable("Source", "Destination", WithWhere(`canary = 1 = true`))},
			[]string{"WithWhere", "ValidationException"}},
		{"a key condition of another type", nil, []Option{WithTable("Source", "Destination", WithWhere(`Id = ?`, 7))},
			[]string{"WithWhere", "column 6", "parameter 1", `"Id", which is of type S`}},
		{"no permission to read", func(t *testing.T, p *pair) {
			p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Deny("dynamodb:PartiQLSelect") })
		}, []Option{WithTable("Source", "Destination")}, []string{"AccessDeniedException", "dynamodb:PartiQLSelect"}},
		{"no permission to describe", func(t *testing.T, p *pair) {
			p.dest.Control("DescribeTable", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Deny("dynamodb:DescribeTable") })
		}, []Option{WithTable("Source", "Destination")}, []string{"AccessDeniedException", "destination table"}},
		{"a rule removes the key", nil, []Option{WithTable("Source", "Destination", WithTransform("Id", Remove()))},
			[]string{`"Id"`, "needs its key"}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := newPair(t)
			p.fill(t, map[string]any{"Id": "canary", "Name": "canary"})
			if tt.setUp != nil {
				tt.setUp(t, p)
			}
			err := failing(t, p, tt.opts...)
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}

func TestAnUpdatingTableIsUsable(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(3)...)
	updating := func(d *types.TableDescription) { d.TableStatus = types.TableStatusUpdating }
	p.source.EditDescription("Source", updating)
	p.dest.EditDescription("Destination", updating)
	if report, err := p.syncer(t, WithTable("Source", "Destination")).Sync(context.Background()); err != nil {
		t.Error(report, err)
	}
}

func TestARuleOnAKeyNeedsAKey(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s, err := New(WithSource(p.from), WithDestination(p.to), WithTable("Source", "Destination", WithTransform("Id", upper())))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(context.Background()); err == nil || !strings.Contains(err.Error(), "WithKey") {
		t.Errorf("%v", err)
	}
}

func TestPromiseProductionIsSafe(t *testing.T) {
	t.Parallel()
	p := newPair(t) // its source fails the test on anything but reads
	p.fill(t, users(5)...)
	owner := p.source.Client()
	p.create(t, owner, "SourceToo")

	t.Run("the destination is the source", func(t *testing.T) {
		s, err := New(WithSource(p.from), WithDestination(owner), WithTable("Source", "Source"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sync(context.Background()); err == nil || !strings.Contains(err.Error(), "does not write to a source") {
			t.Errorf("%v", err)
		}
	})
	t.Run("the destination is the source of another table", func(t *testing.T) {
		s, err := New(WithSource(p.from), WithDestination(owner), WithTable("Source", "SourceToo"), WithTable("SourceToo", "Source"))
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Sync(context.Background())
		if err == nil || report.Tables[0].Err == nil || report.Tables[1].Err == nil {
			t.Errorf("%v", report)
		}
	})
	t.Run("Write to the source", func(t *testing.T) {
		s, err := New(WithSource(p.from), WithDestination(owner), WithTable("Source", "Source"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Write(context.Background(), "Source", s.Transformed(context.Background(), "Source")); err == nil {
			t.Error("Write wrote to the source")
		}
	})
	t.Run("two servers share ARNs", func(t *testing.T) {
		p := newPair(t)
		p.create(t, p.to, "Source")
		if report, err := p.syncer(t, WithTable("Source", "Source")).Sync(context.Background()); err != nil {
			t.Error(report, err)
		}
	})
	t.Run("the destination is a replica", func(t *testing.T) {
		p := newPair(t)
		west := dynsynctest.NewServer()
		t.Cleanup(west.Close)
		replica := west.Client(func(o *dynamodb.Options) { o.Region = "us-west-2" })
		p.create(t, replica, "Source")
		p.source.EditDescription("Source", func(d *types.TableDescription) {
			d.Replicas = []types.ReplicaDescription{{RegionName: aws.String("us-west-2")}}
		})
		s, err := New(WithSource(p.from), WithDestination(replica), WithTable("Source", "Source"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sync(context.Background()); err == nil || !strings.Contains(err.Error(), "replica") {
			t.Errorf("%v", err)
		}
	})
}

// A key that was not read, of zeros say, was taken, and everybody can compute what
// pseudonyms it makes.
func TestWithKeyRefusesWhatIsNoKey(t *testing.T) {
	t.Parallel()
	repeated := func(s string) []byte { return bytes.Repeat([]byte(s), 64) }
	for _, tt := range []struct {
		key    []byte
		fault  string
		reason string
	}{
		{nil, "it has 0", "none"},
		{testKey[:31], "it has 31", "a byte too few"},
		{make([]byte, 32), "eight different", "zeros"},
		{make([]byte, 1<<20), "eight different", "many zeros"},
		{repeated("\xff"), "eight different", "the bytes of an erased memory"},
		{repeated("a"), "eight different", "one letter"},
		{repeated(" \n"), "eight different", "an empty file's lines"},
		{repeated("key"), "eight different", "a short word"},
		{repeated("password"), "eight different", "a word of eight letters, of which two are equal"},
		{repeated("1234567"), "eight different", "seven in turn"},
		{append(make([]byte, 32), "secret"...), "eight different", "zeros and a short word"},
		{repeated("12345678"), "", "eight in turn: what else is wrong with it nobody can tell"},
		{testKey, "", "a random one"},
		{[]byte(fmt.Sprintf("%x", testKey[:16])), "", "hexadecimal digits"},
	} {
		_, err := New(WithSource(&nopClient{}), WithKey(tt.key))
		const text = "WithKey needs 32 bytes or more, from a random source; "
		if got := fmt.Sprint(err); (tt.fault == "") == strings.Contains(got, text) || !strings.Contains(got, tt.fault) {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

func TestTTLPassesThroughOrTheReportSaysSo(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "1", "expires": 1900000000})
	if _, err := p.source.Client().UpdateTimeToLive(context.Background(), &dynamodb.UpdateTimeToLiveInput{TableName: aws.String("Source"),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("expires"), Enabled: aws.Bool(true)}}); err != nil {
		t.Fatal(err)
	}
	expires := func(opts ...TableOption) (any, *TableReport) {
		report, err := p.syncer(t, WithTable("Source", "Destination", opts...)).Sync(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		v, err := ValueOf(contents(t, p.to, "Destination")["1"]["expires"])
		if err != nil {
			t.Fatal(err)
		}
		text, _ := v.Text()
		return text, report.Tables[0]
	}
	if got, rep := expires(); got != "1900000000" || len(rep.Findings) != 0 {
		t.Errorf("the TTL attribute became %v; %v", got, rep.Findings)
	}
	p.source.Control("DescribeTimeToLive", func(*dynsynctest.Request) dynsynctest.Action {
		return dynsynctest.Deny("dynamodb:DescribeTimeToLive")
	})
	if got, rep := expires(); got == "1900000000" || len(rep.Findings) != 1 || !strings.Contains(rep.Findings[0].String(), "WithTTLAttribute") {
		t.Errorf("where it is not known, the TTL attribute became %v; %v", got, rep.Findings)
	}
	if got, rep := expires(WithTTLAttribute("expires")); got != "1900000000" || len(rep.Findings) != 0 {
		t.Errorf("where it is named, the TTL attribute became %v; %v", got, rep.Findings)
	}
}

// Where the rule of the TTL attribute does not apply, the default drew a number, by which
// DynamoDB deleted the item, or random text.
func TestTheTTLAttributeHasNoFallback(t *testing.T) {
	t.Parallel()
	declines := OnKind(KindBOOL, Constant(true))
	late := Template("{Other}")
	for _, tt := range []struct {
		value any
		rule  TableOption
		fails bool
	}{
		{1900000000, WithTransform("expires", declines), true},
		{"2030-01-01", WithTransform("expires", declines), true},
		{1900000000, WithTransform("expires", late), true},
		{"2030-01-01", WithTransform("expires", late), true},
		{1900000000, WithTransform("expires", FirstOf(declines, Passthrough())), false},
		{"2030-01-01", WithTransform("expires", FirstOf(declines, Passthrough())), false},
		{[]byte("x"), WithTransform("expires", declines), false}, // is no time to live
		{"2030-01-01", WithTransform("Other", declines), false},
	} {
		p := newPair(t)
		p.fill(t, map[string]any{"Id": "1", "expires": tt.value, "Other": "x"})
		var why error
		_, err := p.syncer(t, WithTable("Source", "Destination", tt.rule, WithTTLAttribute("expires")), WithOnFailure(func(_ context.Context, f Failure) error {
			why = f.Err
			return nil
		})).Sync(context.Background())
		if (err != nil) != tt.fails || tt.fails && !strings.Contains(fmt.Sprint(why), "does not apply to this TTL attribute") {
			t.Errorf("%v: %v, %v", tt.value, err, why)
		}
	}
}

// An answer that does not say what the TTL attribute is counted as "there is none":
// the attribute got a pseudonym, in silence.
func TestAForeignAnswerIsNotThatThereIsNoTTL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ body, reason string }{
		{``, "no body"},
		{`{}`, "an empty object"},
		{`null`, "no object"},
		{`[]`, "an array"},
		{`<html>sign in</html>`, "a login page"},
		{`{"message":"Forbidden"}`, "a gateway's"},
		{`{"Table":{"TableStatus":"ACTIVE"}}`, "the answer to another request"},
		{`{"TimeToLiveDescription":null}`, "a description that is null"},
		{`{"TimeToLiveDescription":{}}`, "an empty description"},
		{`{"TimeToLiveDescription":{"AttributeName":"expires"}}`, "a description without a status"},
		{`{"TimeToLiveDescription":{"TimeToLiveStatus":""}}`, "an empty status"},
		{`{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED"}}`, "enabled, for no attribute"},
		{`{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLING","AttributeName":""}}`, "being enabled, for an empty name"},
		{`{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLING"}}`, "being disabled, for no attribute"},
		{`{"TimeToLiveDescription":{"TimeToLiveStatus":"ON"}}`, "a status that nobody knows, for no attribute"},
		{`{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"exp`, "cut off"},
	} {
		for name, foreign := range map[string]int{"once": 1, "always": 1 << 30} {
			inBubble(t, func(t *testing.T, w *world) {
				w.fill(t, w.source, "Source", map[string]map[string]any{"1": {"Id": "1", "expires": 1900000000}})
				w.enableTTL(t, "expires")
				n := 0
				w.source.Control("DescribeTimeToLive", func(*dynsynctest.Request) (a dynsynctest.Action) {
					if n++; n <= foreign {
						a = dynsynctest.RespondRaw(200, []byte(tt.body))
					}
					return a
				})
				got, rep := w.copyOne(t, "expires")
				switch {
				case name == "once" && (got != "1900000000" || len(rep.Findings) > 0):
					t.Errorf("%s, once: the TTL attribute became %v; %v", tt.reason, got, rep.Findings)
				case name == "always" && (n < 2 || len(rep.Findings) != 1 || !strings.Contains(rep.Findings[0].String(), "WithTTLAttribute")):
					t.Errorf("%s, always: asked %d times, and the findings are %v", tt.reason, n, rep.Findings)
				}
			})
		}
	}
}

// Until TTL is disabled DynamoDB may delete items by it.
func TestTTLByItsStatus(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status string
		passes bool
		reason string
	}{
		{"ENABLED", true, "items are deleted"},
		{"ENABLING", true, "items will be"},
		{"DISABLING", true, "items still are"},
		{"SOON", true, "a status that nobody knows yet, and a name"},
		{"DISABLED", false, "it is an attribute like any other"},
	} {
		inBubble(t, func(t *testing.T, w *world) {
			w.fill(t, w.source, "Source", map[string]map[string]any{"1": {"Id": "1", "expires": 1900000000}})
			w.source.Control("DescribeTimeToLive", func(*dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.RespondRaw(200, []byte(`{"TimeToLiveDescription":{"AttributeName":"expires","TimeToLiveStatus":"`+tt.status+`"}}`))
			})
			if got, rep := w.copyOne(t, "expires"); (got == "1900000000") != tt.passes || len(rep.Findings) > 0 {
				t.Errorf("%s: the attribute became %v; %v (%s)", tt.status, got, rep.Findings, tt.reason)
			}
		})
	}
}

// A client of the user's that returns nothing at all does no harm.
func TestAClientWithoutAnAnswerAboutTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &silentTTL{fakeClient{n: 3, id: "a"}}
		s, err := New(WithSource(source), WithDestination(&fakeClient{id: "b"}, AnyDestination()), WithTable("Source", "Destination"))
		if err != nil {
			t.Fatal(err)
		}
		if report, err := s.Sync(t.Context()); err != nil || len(report.Tables[0].Findings) != 1 {
			t.Errorf("%v\n%v", report, err)
		}
	})
}

type silentTTL struct{ fakeClient }

func (*silentTTL) DescribeTimeToLive(context.Context, *dynamodb.DescribeTimeToLiveInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTimeToLiveOutput, error) {
	return nil, nil
}

// enableTTL makes an attribute of the source the one by which items are deleted.
func (w *world) enableTTL(t *testing.T, name string) {
	t.Helper()
	if _, err := w.client(w.source).UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{TableName: aws.String("Source"),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &name, Enabled: aws.Bool(true)}}); err != nil {
		t.Fatal(err)
	}
}

// copyOne copies the item "1" and returns what an attribute of it became.
func (w *world) copyOne(t *testing.T, name string, opts ...TableOption) (string, *TableReport) {
	t.Helper()
	s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithTable("Source", "Destination", opts...))
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v, err := ValueOf(contents(t, w.plain, "Destination")["1"][name])
	if err != nil {
		t.Fatal(err)
	}
	text, _ := v.Text()
	return text, report.Tables[0]
}

func TestUnmatchedRules(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(3)...)
	p.create(t, p.to, "Another")
	typo := WithTransform("Nmae", Constant(nil))
	const clear = "default that may keep values, and the 3 items that were written may contain its values in the clear; correct"
	tests := []struct {
		reason string
		opts   []Option
		want   string // of the error, if there is one
		listed int
	}{
		{"under the built-in default it is reported", []Option{WithTable("Source", "Destination", typo)}, "", 1},
		{"under Passthrough it is an error", []Option{WithTable("Source", "Destination", typo, clearCopy())}, clear, 1},
		{"under Passthrough for one kind, too", []Option{WithTable("Source", "Destination", typo, WithDefaultTransform(Passthrough(), KindS))}, clear, 1},
		{"unless it is optional", []Option{WithTable("Source", "Destination", WithTransform("Nmae", Constant(nil), Optional()), clearCopy())}, "", 0},
		{"unless no item came to the rules", []Option{WithWorkers(1), WithTable("Source", "Destination", typo, clearCopy(),
			WithFilter(func(*Record) bool { return false }))}, "", 0},
		{"a rule of the defaults that matches nowhere", []Option{WithAllTables(typo, clearCopy()), WithTable("Source", "Destination")}, clear, 1},
		{"a rule of the defaults that matches nowhere in two tables", []Option{WithAllTables(typo, clearCopy()), WithTable("Source", "Destination"),
			WithTable("Source", "Another", WithName("again"))}, strings.ReplaceAll(clear, "3", "6"), 1},
		{"a rule of the defaults that matches in another table", []Option{WithAllTables(WithTransform("Name", Constant(nil)), clearCopy()),
			WithTable("Source", "Destination"), WithTable("Source", "Another", WithName("none"), WithWhere("Age > 1000"))}, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			report, err := p.syncer(t, tt.opts...).Sync(context.Background())
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if len(report.Tables[0].Unmatched) != tt.listed {
				t.Errorf("%v", report)
			}
		})
	}
}

func TestATypingErrorInDefaultsEndsAStream(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(3)...)
	s := p.syncer(t, WithAllTables(clearCopy(), WithTransform("Nmae", Constant(nil))), WithTable("Source", "Destination"))
	ctx := context.Background()
	if _, err := s.Write(ctx, "Source", s.Transformed(ctx, "Source")); err == nil || !strings.Contains(err.Error(), "Nmae") {
		t.Errorf("%v", err)
	}
	if _, err := s.Write(ctx, "Source", s.Scan(ctx, "Source")); err == nil || !strings.Contains(err.Error(), "Nmae") {
		t.Errorf("%v", err)
	}
}

func TestStreamsNeedTheirTable(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s := p.syncer(t, WithTable("Source", "Destination"))
	for range 2 { // each range starts anew, and says so each time
		n := 0
		for rec, err := range s.Scan(context.Background(), "Nobody") {
			if n++; rec != nil || err == nil || !strings.Contains(err.Error(), "WithTable") {
				t.Errorf("%v %v", rec, err)
			}
		}
		if n != 1 {
			t.Errorf("%d errors", n)
		}
	}
	if _, err := s.Write(context.Background(), "Nobody", nil); err == nil {
		t.Error("Write to a table that the job does not have")
	}
	only, err := New(WithDestination(p.to), WithTable("Source", "Destination"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := only.Sync(context.Background()); err == nil {
		t.Error("Sync without a source")
	}
	for _, err := range only.Scan(context.Background(), "Source") {
		if err == nil {
			t.Error("Scan without a source")
		}
	}
	rec, err := NewRecord(map[string]any{"Id": "1", "x": "y"})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := only.Write(context.Background(), "Source", func(yield func(*Record, error) bool) { yield(rec, nil) })
	if err != nil || rep.Written != 1 {
		t.Errorf("Write without a source: %v %v", rep, err)
	}
	var unset *Record
	rep, err = only.Write(context.Background(), "Source", func(yield func(*Record, error) bool) {
		_ = yield(unset, nil) && yield(&Record{}, nil)
	})
	var items *ItemsFailedError
	if !errors.As(err, &items) || rep.Failed != 1 {
		t.Errorf("a record without a key: %v %v", rep, err)
	}
}

// TestKeysThatWouldMerge: a transformer that gives different items one key is
// refused before anything is written, unless the rule accepts it.
func TestKeysThatWouldMerge(t *testing.T) {
	t.Parallel()
	described := func(u Uniqueness) Transformer {
		return Chain(describedTransformer{Description{Name: "x", Kinds: []Kind{KindS}, Uniqueness: u}})
	}
	unknown := described(UniquenessUnknown)
	tests := []struct {
		t    Transformer
		opts []RuleOption
		want string
	}{
		{described(UniquenessNone), nil, "AllowCollisions"},
		{Pseudonym(), nil, "AllowCollisions"},
		{Chain(unknown, described(UniquenessNone)), nil, "AllowCollisions"},
		{Delimited("#", Passthrough(), described(UniquenessNone)), nil, "AllowCollisions"},
		{FirstOf(unknown, described(UniquenessNone)), nil, "AllowCollisions"},
		{described(UniquenessNone), []RuleOption{AllowCollisions()}, ""},
		{described(UniquenessPractical), nil, ""},
		{FirstOf(described(UniquenessExact), unknown), nil, ""},
	}
	for _, tt := range tests {
		p := newPair(t)
		s, err := New(WithSource(p.from), WithDestination(p.to), WithKey(testKey), WithTable("Source", "Destination", WithTransform("Id", tt.t, tt.opts...)))
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Sync(t.Context())
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", describe(tt.t).Name, err, tt.want)
		}
	}
}
