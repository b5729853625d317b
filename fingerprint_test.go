package dynsync

import (
	"cmp"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/jobkey"
	"github.com/dynsync/dynsync/internal/wire"
)

// A describedTransformer says what it is told to, of itself.
type describedTransformer struct{ desc Description }

func (d describedTransformer) Describe() Description { return d.desc }

func (d describedTransformer) Transform(_ context.Context, in Input) (Value, error) {
	return in.Value, nil
}

// A silentTransformer does not describe itself.
type silentTransformer struct{ Value Value }

func (silentTransformer) Transform(_ context.Context, in Input) (Value, error) { return in.Value, nil }

// A fingerprintCase is one job, by how it differs from the base.
type fingerprintCase struct {
	opts           []any
	plan           *engine.Plan
	source, target *types.TableDescription
}

func describedTable(edit ...func(*types.TableDescription)) *types.TableDescription {
	d := &types.TableDescription{
		TableArn:         aws.String("arn:aws:dynamodb:us-east-1:123456789012:table/Source"),
		TableId:          aws.String("5f0c2b1e-0000-4000-8000-000000000001"),
		CreationDateTime: aws.Time(time.Unix(1_700_000_000, 0)),
	}
	for _, e := range edit {
		e(d)
	}
	return d
}

func (c fingerprintCase) fingerprint(t testing.TB) string {
	s, tab := checkpointSyncer(t, &memoryStore{}, c.opts...)
	if c.plan == nil {
		c.plan = &engine.Plan{Keys: &wire.Keys{Partition: "Id"}, TTL: cmp.Or(tab.cfg.ttl, "Expires")}
	}
	if c.source == nil {
		c.source = describedTable()
	}
	if c.target == nil {
		c.target = describedTable()
	}
	return (&run{s: s, table: tab, plan: c.plan, source: c.source, target: c.target}).jobFingerprint()
}

// What is equal in two jobs is their fingerprint, and what differs is named.
func TestFingerprintTellsJobsApart(t *testing.T) {
	t.Parallel()
	anyCode := func(context.Context, string) (string, error) { return "", nil }
	nothing := func(context.Context, *Record) error { return nil }
	tests := []struct {
		reason string
		a, b   fingerprintCase
		differ string // a part of the aspect's name; "" if they are the same job
	}{
		{"the same options twice", jobWith(WithTransform("a", Constant(nil))), jobWith(WithTransform("a", Constant(nil))), ""},
		{"workers", jobWith(), jobWith(WithWorkers(7)), ""},
		{"write concurrency", jobWith(), jobWith(WithWriteConcurrency(3)), ""},
		{"page size", jobWith(), jobWith(WithPageSize(10)), ""},
		{"clients", jobWith(), jobWith(WithSource(&nopClient{}), WithDestination(&nopClient{}, AnyDestination())), ""},
		{"direct requests, which write the same", jobWith(), jobWith(WithDirectRequests()), ""},
		{"middleware vouched for", jobWith(), jobWith(WithVouchedMiddleware("X")), ""},
		{"where failures and logs go", jobWith(), jobWith(WithLogger(slog.New(slog.DiscardHandler)), WithOnFailure(nil)), ""},
		{"whether a Scan is allowed", jobWith(), jobWith(withCheckpointOption(ScanResume())), ""},
		{"a rule that is optional", jobWith(WithTransform("a", Constant(nil))), jobWith(WithTransform("a", Constant(nil), Optional())), ""},
		{"a rule written in other words", jobWith(WithTransform("a.b", Constant(nil))), jobWith(WithTransform(`"a"."b"`, Constant(nil))), ""},
		{"the default, said or not", jobWith(), jobWith(WithDefaultTransform(Pseudonym(), KindS, KindN)), ""},
		{"the least length, said or not", jobWith(), jobWith(WithDefaultTransform(Pseudonym(AtLeast(16)), KindS)), ""},
		{"parameters of other Go types, equal values", jobWith(WithWhere("a = ?", 18)), jobWith(WithWhere("a = ?", int64(18))), ""},
		{"a map as parameter, whose order is Go's", jobWith(WithWhere("a = ?", manyMembers())), jobWith(WithWhere("a = ?", manyMembers())), ""},
		{"a map as constant", jobWith(WithTransform("a", Constant(manyMembers()))), jobWith(WithTransform("a", Constant(manyMembers()))), ""},
		{"the code behind Func, which only its version tells", jobWith(WithTransform("a", Func(anyCode))), jobWith(WithTransform("a", Func(func(_ context.Context, s string) (string, error) { return s, nil }))), ""},
		{"a table's size and indexes", jobWith(), fingerprintCase{source: describedTable(func(d *types.TableDescription) { d.ItemCount = aws.Int64(7) })}, ""},

		{"another key", jobWith(), jobWith(WithKey(anotherKey('K'))), "the source table"},
		{"a destination that was emptied by making it anew", jobWith(), fingerprintCase{target: describedTable(func(d *types.TableDescription) { d.TableId = aws.String("5f0c2b1e-0000-4000-8000-000000000002") })}, "the destination table"},
		{"likewise, on a server without ids", fingerprintCase{target: describedTable(noID)}, fingerprintCase{target: describedTable(noID, func(d *types.TableDescription) { d.CreationDateTime = aws.Time(time.Unix(1_700_000_001, 0)) })}, "the destination table"},
		{"a source of the same name in another region", jobWith(), fingerprintCase{source: describedTable(func(d *types.TableDescription) {
			d.TableArn = aws.String("arn:aws:dynamodb:eu-west-1:123456789012:table/Source")
		})}, "the source table"},
		{"another partition key", jobWith(), fingerprintCase{plan: &engine.Plan{Keys: &wire.Keys{Partition: "id"}, TTL: "Expires"}}, "the key schema"},
		{"a sort key", jobWith(), fingerprintCase{plan: &engine.Plan{Keys: &wire.Keys{Partition: "Id", Sort: "at"}, TTL: "Expires"}}, "the key schema"},
		{"the TTL attribute, which passes through", jobWith(), fingerprintCase{plan: &engine.Plan{Keys: &wire.Keys{Partition: "Id"}}}, "the TTL attribute"},
		{"a condition", jobWith(), jobWith(WithWhere("a = 1")), "WithWhere"},
		{"another condition", jobWith(WithWhere("a = 1")), jobWith(WithWhere("a = 2")), "WithWhere"},
		{"another parameter", jobWith(WithWhere("a = ?", "x")), jobWith(WithWhere("a = ?", "y")), "WithWhere"},
		{"a parameter of another kind", jobWith(WithWhere("a = ?", "1")), jobWith(WithWhere("a = ?", 1)), "WithWhere"},
		{"parameters in another order", jobWith(WithWhere("a = ? OR b = ?", "x", "y")), jobWith(WithWhere("a = ? OR b = ?", "y", "x")), "WithWhere"},
		{"text moved between parameters", jobWith(WithWhere("a = ? OR b = ?", "xy", "")), jobWith(WithWhere("a = ? OR b = ?", "x", "y")), "WithWhere"},
		{"an index", jobWith(), jobWith(WithIndex("byName")), "the index"},
		{"consistent reads, to which tokens are bound", jobWith(), jobWith(WithConsistentRead()), "the consistency"},
		{"the write mode", jobWith(), jobWith(WithMode(ModeMerge)), "the write mode"},
		{"a rule more", jobWith(), jobWith(WithTransform("a", Constant(nil))), "the rules"},
		{"another pattern", jobWith(WithTransform("a", Constant(nil))), jobWith(WithTransform("*", Constant(nil))), "the rules"},
		{"a literal name that looks like a wildcard", jobWith(WithTransform("a.*", Constant(nil))), jobWith(WithTransform(`a."*"`, Constant(nil))), "the rules"},
		{"names instead of values", jobWith(WithTransform("a", Pseudonym())), jobWith(WithTransformKeys("a", Pseudonym())), "the rules"},
		{"another transformer", jobWith(WithTransform("a", Constant(nil))), jobWith(WithTransform("a", Remove())), "the rules"},
		{"another type of function", jobWith(WithTransform("a", Func(anyCode))), jobWith(WithTransform("a", Func(func(context.Context, string) (int, error) { return 0, nil }))), "the rules"},
		{"an option of a transformer", jobWith(WithTransform("a", Pseudonym())), jobWith(WithTransform("a", Pseudonym(KeepShape()))), "the rules"},
		{"another constant", jobWith(WithTransform("a", Constant("x"))), jobWith(WithTransform("a", Constant("y"))), "the rules"},
		{"a constant of another kind", jobWith(WithTransform("a", Constant([]string{"x"}))), jobWith(WithTransform("a", Constant([]any{"x"}))), "the rules"},
		{"a constant deep inside", jobWith(WithTransform("a", Each(Chain(Constant(nil), Constant("x"))))), jobWith(WithTransform("a", Each(Chain(Constant(nil), Constant("y"))))), "the rules"},
		{"another kind", jobWith(WithTransform("a", OnKind(KindS, Constant(nil)))), jobWith(WithTransform("a", OnKind(KindB, Constant(nil)))), "the rules"},
		{"another separator", jobWith(WithTransform("a", Delimited("#", Constant(nil)))), jobWith(WithTransform("a", Delimited("/", Constant(nil)))), "the rules"},
		{"parts in another order", jobWith(WithTransform("a", Delimited("#", Constant(nil), Remove()))), jobWith(WithTransform("a", Delimited("#", Remove(), Constant(nil)))), "the rules"},
		{"a combinator inside another", jobWith(WithTransform("a", Chain(Chain(Constant(nil), Constant(nil))))), jobWith(WithTransform("a", Chain(Constant(nil), Constant(nil)))), "the rules"},
		{"brackets set otherwise", jobWith(WithTransform("a", Chain(Chain(Constant(nil)), Constant(nil)))), jobWith(WithTransform("a", Chain(Chain(Constant(nil), Constant(nil))))), "the rules"},
		{"one that describes itself as a combinator would", jobWith(WithTransform("a", Chain(Constant(nil)))), jobWith(WithTransform("a", describedTransformer{Description{Name: "Chain", Options: "Constant(<nil>)"}})), "the rules"},
		{"options of a user's transformer", jobWith(WithTransform("a", describedTransformer{Description{Name: "x", Options: "1"}})), jobWith(WithTransform("a", describedTransformer{Description{Name: "x", Options: "2"}})), "the rules"},
		{"text moved between name and options", jobWith(WithTransform("a", describedTransformer{Description{Name: "ab"}})), jobWith(WithTransform("a", describedTransformer{Description{Name: "a", Options: "b"}})), "the rules"},
		{"the kinds that a transformer takes", jobWith(WithTransform("a", describedTransformer{Description{Name: "x"}})), jobWith(WithTransform("a", describedTransformer{Description{Name: "x", Kinds: []Kind{KindS}}})), "the rules"},
		{"whether it acts where a value is missing", jobWith(WithTransform("a", describedTransformer{Description{Name: "x"}})), jobWith(WithTransform("a", describedTransformer{Description{Name: "x", TakesMissing: true}})), "the rules"},
		{"two rules swapped", jobWith(WithTransform("a", Constant(nil)), WithTransform("b", Remove())), jobWith(WithTransform("a", Remove()), WithTransform("b", Constant(nil))), "the rules"},
		{"the default", jobWith(), jobWith(WithDefaultTransform(Passthrough())), "the defaults"},
		{"the default of one kind", jobWith(WithDefaultTransform(Remove(), KindB)), jobWith(WithDefaultTransform(Remove(), KindN)), "the defaults"},
		{"whether NULL stays", jobWith(), jobWith(WithDefaultTransform(Pseudonym())), "the defaults"},
		{"the version of the user's code", jobWith(withRulesVersion("1")), jobWith(withRulesVersion("2")), "RulesVersion"},
		{"a filter", jobWith(), jobWith(WithFilter(func(*Record) bool { return true })), "RulesVersion"},
		{"a record transform instead of a filter", jobWith(WithFilter(func(*Record) bool { return true })), jobWith(WithRecordTransform(nothing)), "RulesVersion"},
	}
	for _, tt := range tests {
		a, b := tt.a.fingerprint(t), tt.b.fingerprint(t)
		if a != tt.a.fingerprint(t) || strings.Trim(a, "0123456789abcdef") != "" || len(a) != 2*aspectLen*len(aspects) {
			t.Errorf("%s: the fingerprint is %s, and another one later", tt.reason, a)
		}
		err := sameJob(a, b)
		if (err == nil) != (tt.differ == "") || (a == b) != (err == nil) {
			t.Errorf("%s: %v", tt.reason, err)
		}
		if err != nil && !strings.Contains(err.Error(), tt.differ) {
			t.Errorf("%s: %v, want %s", tt.reason, err, tt.differ)
		}
		if err != nil && tt.reason != "another key" && strings.Count(err.Error(), "; ") > 2 {
			t.Errorf("%s: more than one aspect differs: %v", tt.reason, err)
		}
	}
}

func jobWith(opts ...any) fingerprintCase { return fingerprintCase{opts: opts} }

func noID(d *types.TableDescription) { d.TableId = nil }

func manyMembers() map[string]any {
	m := map[string]any{}
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		m[string(c)] = map[string]any{"x": string(c), "y": []string{"1", "2"}}
	}
	return m
}

func TestFingerprintsOfTablesDiffer(t *testing.T) {
	t.Parallel()
	a, b := jobWith().fingerprint(t), jobWith(WithName("Other")).fingerprint(t)
	for i := 0; i < len(a); i += 2 * aspectLen {
		if a[i:i+2*aspectLen] == b[i:i+2*aspectLen] {
			t.Errorf("aspect %d shows as equal in another table", i/(2*aspectLen))
		}
	}
	if err := sameJob("0123", a); err == nil || !strings.Contains(err.Error(), "another job") {
		t.Errorf("a fingerprint of another length: %v", err)
	}
}

// Nobody without the key can guess a parameter from a checkpoint.
func TestFingerprintIsKeyed(t *testing.T) {
	t.Parallel()
	a := jobWith(WithWhere("a = ?", "x")).fingerprint(t)
	b := jobWith(WithWhere("a = ?", "x"), WithKey(anotherKey('K'))).fingerprint(t)
	for i := 0; i < len(a); i += 2 * aspectLen {
		if a[i:i+2*aspectLen] == b[i:i+2*aspectLen] {
			t.Errorf("aspect %d does not depend on the key", i/(2*aspectLen))
		}
	}
}

func TestFingerprintNeedsAVersionOfCode(t *testing.T) {
	t.Parallel()
	fn := Func(func(_ context.Context, s string) (string, error) { return s, nil })
	yes := func(Input) bool { return true }
	own := describedTransformer{Description{Name: "own"}}
	tests := []struct {
		reason string
		t      Transformer
		code   string // the name in the error; "" where none is needed
	}{
		{"a function", fn, "Func[string, string]"},
		{"a condition is a function", When(yes, Constant(nil)), "When"},
		{"a type without Describe", silentTransformer{}, "dynsync.silentTransformer"},
		{"a type whose description names nothing", describedTransformer{}, "dynsync.describedTransformer"},
		{"a type that describes itself", own, ""},
		{"the default", Pseudonym(KeepShape()), ""},
		{"Passthrough", Passthrough(), ""},
		{"PassthroughOnly", PassthroughOnly("A", "B"), ""},
		{"Remove", Remove(), ""},
		{"Reject", Reject(), ""},
		{"Constant", Constant("x"), ""},
		{"Constant of nil", Constant(nil), ""},
		{"Chain of what is described", Chain(own, Constant(nil)), ""},
		{"Chain", Chain(Constant(nil), fn), "Func[string, string]"},
		{"FirstOf", FirstOf(own, When(yes, Constant(nil))), "When"},
		{"FirstOf of what is described", FirstOf(own, Constant(nil)), ""},
		{"OnKind", OnKind(KindS, fn), "Func[string, string]"},
		{"OnKind of what is described", OnKind(KindS, own), ""},
		{"Each", Each(silentTransformer{}), "dynsync.silentTransformer"},
		{"Each of what is described", Each(own), ""},
		{"Delimited", Delimited("#", Passthrough(), fn), "Func[string, string]"},
		{"Delimited of what is described", Delimited("#", own), ""},
		{"IfMissing", IfMissing(silentTransformer{}), "dynsync.silentTransformer"},
		{"IfMissing of what is described", IfMissing(Constant(1)), ""},
		{"JSON", JSON(WithTransform("a.b", fn)), "Func[string, string]"},
		{"names within JSON", JSON(WithTransformKeys("a", Chain(fn))), "Func[string, string]"},
		{"the default within JSON", JSON(WithDefaultTransform(describedTransformer{Description{Class: ClassIndependent}})), "dynsync.describedTransformer"},
		{"JSON of what is described", JSON(WithTransform("a.b", own), WithTransform("c", JSON(WithTransform("d", Delimited("#", own)))), WithDefaultTransform(Remove())), ""},
		{"several deep", Each(Chain(Constant(nil), OnKind(KindS, Delimited("#", FirstOf(fn))))), "Func[string, string]"},
	}
	for _, tt := range tests {
		for _, place := range []struct {
			opt  TableOption
			name string
		}{
			{WithTransform("a", tt.t), `the rule "a"`},
			{WithTransformKeys("a", tt.t), `the rule "a"`},
			{WithDefaultTransform(tt.t, KindS), "WithDefaultTransform"},
		} {
			s, tab := checkpointSyncer(t, &memoryStore{}, place.opt)
			errs := checkCheckpoint(tab.cfg, tab.rules, &s.cfg.checkpoint)
			if tt.code == "" {
				if len(errs) > 0 {
					t.Errorf("%s: %v", tt.reason, errs)
				}
				continue
			}
			want := place.name + " (" + tt.code + ")"
			if len(errs) != 1 || !strings.Contains(errs[0].Error(), "needs RulesVersion") || !strings.HasSuffix(errs[0].Error(), want) {
				t.Errorf("%s: %v, want %s", tt.reason, errs, want)
			}
			versioned, tab := checkpointSyncer(t, &memoryStore{}, place.opt, withRulesVersion("1"))
			if errs := checkCheckpoint(tab.cfg, tab.rules, &versioned.cfg.checkpoint); len(errs) > 0 {
				t.Errorf("%s: with a version: %v", tt.reason, errs)
			}
		}
	}
}

// makers make each transformer of this package around a part, as far as it has one.
var makers = map[string]func(part Transformer) Transformer{
	"Passthrough":     func(Transformer) Transformer { return Passthrough() },
	"PassthroughOnly": func(Transformer) Transformer { return PassthroughOnly("a", 1) },
	"Remove":          func(Transformer) Transformer { return Remove() },
	"Reject":          func(Transformer) Transformer { return Reject() },
	"Pseudonym":       func(Transformer) Transformer { return Pseudonym() },
	"Constant":        func(Transformer) Transformer { return Constant("x") },
	"Template":        func(Transformer) Transformer { return Template("{a|lower}") },
	"Func": func(Transformer) Transformer {
		return Func(func(_ context.Context, s string) (string, error) { return s, nil })
	},
	"When":      func(part Transformer) Transformer { return When(func(Input) bool { return true }, part) },
	"Chain":     func(part Transformer) Transformer { return Chain(Passthrough(), part) },
	"FirstOf":   func(part Transformer) Transformer { return FirstOf(Passthrough(), part) },
	"OnKind":    func(part Transformer) Transformer { return OnKind(KindS, part) },
	"IfMissing": func(part Transformer) Transformer { return IfMissing(part) },
	"Each":      func(part Transformer) Transformer { return Each(part) },
	"Delimited": func(part Transformer) Transformer { return Delimited("#", Passthrough(), part) },
	"JSON":      func(part Transformer) Transformer { return JSON(WithTransform("a", part)) },
}

// A signature says what a function that makes a transformer takes.
type signature struct{ function, part bool }

// signatures returns the exported functions of this package that make a transformer.
func signatures(t *testing.T) map[string]signature {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]signature{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Name.IsExported() && fn.Type.Results != nil && isNamed(fn.Type.Results.List[0].Type, "Transformer") {
				found[fn.Name.Name] = signatureOf(fn.Type.Params)
			}
		}
	}
	return found
}

func signatureOf(params *ast.FieldList) (s signature) {
	for _, p := range params.List {
		typ := p.Type
		if more, ok := typ.(*ast.Ellipsis); ok {
			typ = more.Elt
		}
		_, isFunc := typ.(*ast.FuncType)
		s.function = s.function || isFunc
		s.part = s.part || isNamed(typ, "Transformer") || isNamed(typ, "RulesOption")
	}
	return s
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// A transformer of this package needs a version exactly if it, or a part of it, runs the
// caller's code; and what its description and its parts do not tell is no part of it.
func TestFingerprintKnowsEveryTransformer(t *testing.T) {
	t.Parallel()
	written := func(tr Transformer) string {
		w := &factWriter{}
		w.transformer(tr)
		return string(w.b)
	}
	for name, takes := range signatures(t) {
		of := makers[name]
		if of == nil {
			t.Errorf("%s is not tested", name)
			continue
		}
		if code := codeIn(of(Constant(1))); (code != "") != takes.function {
			t.Errorf("%s of what is described: code %q, and it takes %+v", name, code, takes)
		}
		if code := codeIn(of(silentTransformer{})); (code != "") != (takes.function || takes.part) {
			t.Errorf("%s of what is not described: code %q, and it takes %+v", name, code, takes)
		}
		if differ := written(of(Constant(1))) != written(of(Constant(2))); differ != takes.part {
			t.Errorf("%s: two constants inside differ in the fingerprint: %v, and it takes %+v", name, differ, takes)
		}
	}
}

func TestCheckpointNeeds(t *testing.T) {
	t.Parallel()
	filter, finish := WithFilter(func(*Record) bool { return true }), WithRecordTransform(func(context.Context, *Record) error { return nil })
	var nilStore *memoryStore
	tests := []struct {
		reason string
		opts   []any
		want   []string // parts of the errors, in order
	}{
		{"nothing but a key", nil, nil},
		{"no checkpoint, no needs", []any{noCheckpoint(), WithTransform("Id", Constant(nil)), filter, finish, withoutKey()}, nil},
		{"a key", []any{withoutKey()}, []string{"needs WithKey"}},
		{"a store", []any{WithCheckpoint(nil)}, []string{"WithCheckpoint is nil"}},
		{"a store that is not a nil pointer", []any{WithCheckpoint(nilStore)}, []string{"WithCheckpoint is nil"}},
		{"a directory", []any{WithCheckpoint(FileCheckpoint(""))}, []string{"needs a directory"}},
		{"a time that can pass", []any{WithCheckpoint(&memoryStore{}, FreshFor(-1))}, []string{"FreshFor must be 0 or more, not -1ns"}},
		{"all at once", []any{WithCheckpoint(nil), withoutKey()}, []string{"WithCheckpoint is nil", "needs WithKey"}},
		{"a version for a filter", []any{filter}, []string{"RulesVersion, to tell whether a resumed run transforms items as before: dynsync cannot compare the code of WithFilter"}},
		{"a version for a record transform", []any{finish}, []string{"of WithRecordTransform"}},
		{"both given", []any{finish, withRulesVersion("1")}, nil},
	}
	for _, tt := range tests {
		s, tab := checkpointSyncer(t, &memoryStore{}, tt.opts...)
		errs := slices.Concat(checkCheckpointJob(s.cfg), checkCheckpoint(tab.cfg, tab.rules, &s.cfg.checkpoint))
		if len(errs) != len(tt.want) {
			t.Errorf("%s: %v", tt.reason, errs)
			continue
		}
		for i, err := range errs {
			if !strings.Contains(err.Error(), tt.want[i]) {
				t.Errorf("%s: %v, want %s", tt.reason, err, tt.want[i])
			}
		}
	}
}

func noCheckpoint() Option {
	return jobOption(func(c *jobConfig) { c.checkpoint = checkpointConfig{} })
}

func withoutKey() Option { return jobOption(func(c *jobConfig) { c.key = jobkey.Config{} }) }
