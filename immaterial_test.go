package dynsync

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/jobkey"
)

// optionsOfRoot returns the names of the functions of this package that return an
// option: a type that is an interface and whose name ends in Option.
func optionsOfRoot(t *testing.T) []string {
	t.Helper()
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	returns := map[string]string{} // the type that a function returns
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if _, ok := n.Type.(*ast.InterfaceType); ok && n.Name.IsExported() && strings.HasSuffix(n.Name.Name, "Option") {
					kinds[n.Name.Name] = true
				}
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.IsExported() && n.Type.Results.NumFields() == 1 {
					if result, ok := n.Type.Results.List[0].Type.(*ast.Ident); ok {
						returns[n.Name.Name] = result.Name
					}
				}
			}
			return true
		})
	}
	for _, kind := range []string{"Option", "TableOption", "RuleOption", "CheckpointOption", "DeadLetterOption", "LeakCheckOption", "PseudonymOption"} {
		if !kinds[kind] {
			t.Errorf("the test does not see the type %s", kind)
		}
	}
	var names []string
	for name, result := range returns {
		if kinds[result] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// materialOptions returns the options that are part of a fingerprint, sorted.
func materialOptions() []string {
	names := slices.Clone(inEveryAspect)
	for _, a := range aspects {
		names = append(names, a.options...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// An option that decides what becomes of an item and is no part of the fingerprint
// would let a job go on as another one.
func TestEveryOptionIsInTheFingerprintOrCannotMatter(t *testing.T) {
	t.Parallel()
	options, material := optionsOfRoot(t), materialOptions()
	for _, name := range options {
		reason, cannot := immaterial[name]
		switch matters := slices.Contains(material, name); {
		case matters && cannot:
			t.Errorf("%s is both in an aspect and in immaterial", name)
		case !matters && !cannot:
			t.Errorf("%s is neither in an aspect nor in immaterial: does another value of it change which items are read, whether one may be written, or what is written?", name)
		case cannot && reason == "":
			t.Errorf("%s is immaterial for no reason", name)
		}
	}
	for _, name := range slices.Concat(material, slices.Sorted(maps.Keys(immaterial))) {
		if !slices.Contains(options, name) {
			t.Errorf("%s is no option", name)
		}
	}
}

// An optionPair is two jobs that differ by an option.
type optionPair struct {
	option string
	a, b   fingerprintCase
}

// jobFrom is the base with a key that a function returns.
func jobFrom(key []byte) fingerprintCase {
	return jobWith(jobOption(func(c *jobConfig) { c.key = jobkey.Config{} }), WithKeyFrom(func(context.Context) ([]byte, error) { return key, nil }))
}

var otherTable = describedTable(func(d *types.TableDescription) {
	d.TableArn = aws.String("arn:aws:dynamodb:eu-west-1:444455556666:table/Source")
})

var materialPairs = []optionPair{
	{"WithKey", jobWith(), jobWith(WithKey(anotherKey('K')))},
	{"WithKeyFrom", jobFrom(testKey), jobFrom(anotherKey('K'))},
	{"WithEnvironment", jobWith(WithEnvironment("staging")), jobWith(WithEnvironment("demo"))},
	{"WithName", jobWith(), jobWith(WithName("other"))},

	{"WithSource", jobWith(WithSource(&nopClient{})), fingerprintCase{opts: []any{WithSource(&nopClient{})}, source: otherTable}},
	{"WithDestination", jobWith(WithDestination(&nopClient{}, AnyDestination())), fingerprintCase{opts: []any{WithDestination(&nopClient{}, AnyDestination())}, target: otherTable}},
	{"WithTable", jobWith(WithTable("Source", "A", WithName("t"))), jobWith(WithTable("Other", "A", WithName("t")))},
	{"WithTable", jobWith(WithTable("Source", "A")), jobWith(WithTable("Source", "B"))},
	{"WithAllTables", jobWith(WithAllTables()), jobWith(WithAllTables(WithTransform("a", Constant(nil))))},
	{"WithAllTables", jobWith(WithAllTables()), jobWith(WithAllTables(WithDefaultTransform(Remove())))},

	{"WithWhere", jobWith(WithWhere("a = ?", 1)), jobWith(WithWhere("a = ?", 2))},
	{"WithIndex", jobWith(), jobWith(WithIndex("byName"))},
	{"WithConsistentRead", jobWith(), jobWith(WithConsistentRead())},
	{"WithSegments", jobWith(WithSegments(4)), jobWith(WithSegments(5))},
	{"WithSegments", jobWith(), jobWith(WithSegments(AutoSegments))},
	{"WithShare", jobWith(WithShare(0, 2)), jobWith(WithShare(1, 2))},
	{"WithSample", jobWith(WithSample(0.5)), jobWith(WithSample(0.25))},
	{"WithMaxItems", jobWith(WithMaxItems(5)), jobWith(WithMaxItems(6))},
	{"WithoutExpired", jobWith(), jobWith(WithoutExpired())},
	{"WithTTLAttribute", jobWith(WithTTLAttribute("a")), jobWith(WithTTLAttribute("b"))},

	{"WithTransform", jobWith(WithTransform("a", Constant(nil))), jobWith(WithTransform("a", Remove()))},
	{"WithTransformKeys", jobWith(), jobWith(WithTransformKeys("a", Pseudonym()))},
	{"WithDefaultTransform", jobWith(), jobWith(WithDefaultTransform(Remove()))},
	{"KeepShape", jobWith(WithTransform("a", Pseudonym())), jobWith(WithTransform("a", Pseudonym(KeepShape())))},
	{"KeepShape", jobWith(WithDefaultTransform(Pseudonym())), jobWith(WithDefaultTransform(Pseudonym(KeepShape())))},
	{"AtLeast", jobWith(WithTransform("a", Pseudonym())), jobWith(WithTransform("a", Pseudonym(AtLeast(17))))},
	{"AtLeast", jobWith(WithDefaultTransform(Pseudonym(AtLeast(1)))), jobWith(WithDefaultTransform(Pseudonym(AtLeast(2))))},
	{"WithFilter", jobWith(), jobWith(WithFilter(func(*Record) bool { return true }))},
	{"WithRecordTransform", jobWith(), jobWith(WithRecordTransform(func(context.Context, *Record) error { return nil }))},
	{"RulesVersion", jobWith(withRulesVersion("1")), jobWith(withRulesVersion("2"))},

	{"WithMode", jobWith(), jobWith(WithMode(ModeInsert))},
	{"WithAllowExisting", jobWith(), jobWith(WithAllowExisting())},
	{"WithLeakCheck", jobWith(), jobWith(WithLeakCheck())},
	{"LeakMinLength", jobWith(WithLeakCheck(LeakMinLength(5))), jobWith(WithLeakCheck(LeakMinLength(6)))},
}

var immaterialPairs = []optionPair{
	{"WithWorkers", jobWith(), jobWith(WithWorkers(7))},
	{"WithWriteConcurrency", jobWith(), jobWith(WithWriteConcurrency(3))},
	{"WithReadCapacity", jobWith(), jobWith(WithReadCapacity(Units(5)))},
	{"WithWriteCapacity", jobWith(), jobWith(WithWriteCapacity(Units(5)))},
	{"WithDirectRequests", jobWith(), jobWith(WithDirectRequests())},
	{"WithPageSize", jobWith(), jobWith(WithPageSize(10))},
	{"WithShuffle", jobWith(), jobWith(WithShuffle(4))},
	{"WithVouchedMiddleware", jobWith(), jobWith(WithVouchedMiddleware("X"))},
	{"WithMaxCapacity", jobWith(), jobWith(WithMaxCapacity(5))},
	{"WithAcceptedFindings", jobWith(), jobWith(WithAcceptedFindings("testdata/accepted.txt"))},
	{"WithStopAfter", jobWith(), jobWith(WithStopAfter(time.Hour))},
	{"WithTolerate", jobWith(), jobWith(WithTolerate(0.1))},
	{"WithMaxFailures", jobWith(), jobWith(WithMaxFailures(5))},
	{"Account", jobWith(), jobWith(WithDestination(&nopClient{}, Account("111122223333")))},
	{"Region", jobWith(), jobWith(WithDestination(&nopClient{}, Region("eu-central-1")))},
	{"NamePattern", jobWith(), jobWith(WithDestination(&nopClient{}, NamePattern("staging-*")))},
	{"AnyDestination", jobWith(), jobWith(WithDestination(&nopClient{}, AnyDestination()))},
	{"WithStreamRecords", jobWith(), jobWith(WithStreamRecords(5))},
	{"WithGiveUpAfter", jobWith(), jobWith(WithGiveUpAfter(time.Second))},
	{"WithMaxTrackedKeys", jobWith(), jobWith(WithMaxTrackedKeys(5))},
	{"WithLogger", jobWith(), jobWith(WithLogger(slog.Default()))},
	{"WithOnProgress", jobWith(), jobWith(WithOnProgress(func(Progress) {}))},
	{"WithOnFailure", jobWith(), jobWith(WithOnFailure(func(context.Context, Failure) error { return errors.New("stop") }))},
	{"WithDeadLetters", jobWith(), jobWith(WithDeadLetters("a"))},
	{"InTheClear", jobWith(WithDeadLetters("a")), jobWith(WithDeadLetters("a", InTheClear()))},
	{"WholeItems", jobWith(WithDeadLetters("a")), jobWith(WithDeadLetters("a"), withDeadLetterOption(WholeItems()))},
	{"Optional", jobWith(WithTransform("a", Constant(nil))), jobWith(WithTransform("a", Constant(nil), Optional()))},
	{"AllowCollisions", jobWith(WithTransform("a", Constant(nil))), jobWith(WithTransform("a", Constant(nil), AllowCollisions()))},
	{"WithCheckpoint", jobWith(), jobWith(WithCheckpoint(FileCheckpoint("a")))},
	{"FreshFor", jobWith(WithCheckpoint(nil, FreshFor(time.Hour))), jobWith(WithCheckpoint(nil, FreshFor(0)))},
	{"StartOver", jobWith(WithCheckpoint(nil)), jobWith(WithCheckpoint(nil, StartOver()))},
	{"NewKey", jobWith(WithCheckpoint(nil)), jobWith(WithCheckpoint(nil, NewKey()))},
	{"ScanResume", jobWith(), jobWith(withCheckpointOption(ScanResume()))},
}

// Every option is held to what the tables say of it: one that matters gives other
// fingerprints. The error names no aspect but those that have the option.
func TestFingerprintHoldsWhatMatters(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{} // option and aspect
	for _, p := range materialPairs {
		err := sameJob(p.a.fingerprint(t), p.b.fingerprint(t))
		if err == nil {
			t.Errorf("%s: both values give one fingerprint", p.option)
			continue
		}
		for _, a := range aspects {
			named := strings.Contains(err.Error(), a.name)
			every := slices.Contains(inEveryAspect, p.option)
			if named && !every && !slices.Contains(a.options, p.option) || every && !named {
				t.Errorf("%s: %v", p.option, err)
			}
			if named {
				shown[p.option+a.name] = true
			}
		}
	}
	for _, a := range aspects {
		for _, option := range slices.Concat(a.options, inEveryAspect) {
			if !shown[option+a.name] {
				t.Errorf("no pair of values shows that %s goes into %s", option, a.name)
			}
		}
	}
}

func TestFingerprintHoldsNothingElse(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, p := range immaterialPairs {
		shown[p.option] = true
		if _, ok := immaterial[p.option]; !ok {
			t.Errorf("%s is not immaterial", p.option)
		}
		if err := sameJob(p.a.fingerprint(t), p.b.fingerprint(t)); err != nil {
			t.Errorf("%s: %v", p.option, err)
		}
	}
	for option := range immaterial {
		if !shown[option] {
			t.Errorf("no pair of values shows that %s cannot matter", option)
		}
	}
}

// The hash of the rules is that of what becomes of an item, wherever it is read
// and written.
func TestRulesHash(t *testing.T) {
	t.Parallel()
	for _, p := range materialPairs {
		a, b := rulesIn(p.a.fingerprint(t)), rulesIn(p.b.fingerprint(t))
		rules := slices.Contains(inEveryAspect, p.option)
		for _, a := range aspects {
			rules = rules || a.rules && slices.Contains(a.options, p.option)
		}
		if (a != b) != rules || len(a) != 2*aspectLen {
			t.Errorf("%s: %s and %s", p.option, a, b)
		}
	}
}
