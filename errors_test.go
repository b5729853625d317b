package dynsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/smithy-go"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/reason"
)

// leaves are errors with the code of each.
var leaves = []struct {
	err  error
	code int
}{
	{errors.New("another's"), 1},
	{&TableError{Table: "t", Op: "read"}, 1},
	{reason.Refuse(reason.Unexpected, "x"), 1},
	{reason.Refuse(reason.Configuration, "x"), 2},
	{&optionsError{[]error{errors.New("x")}}, 2},
	{&smithy.GenericAPIError{Code: "ResourceNotFoundException"}, 2},
	{&smithy.GenericAPIError{Code: "AccessDeniedException"}, 3},
	{&smithy.GenericAPIError{Code: "UnrecognizedClientException"}, 3},
	{newTableError("t", "write", &smithy.GenericAPIError{Code: "ExpiredTokenException"}), 3},
	{&ItemError{Table: "t", Reason: "x"}, 4},
	{&ItemError{Table: "t", Reason: "x", Err: &smithy.GenericAPIError{Code: "AccessDeniedException"}}, 4}, // it says its class itself
	{&ItemsFailedError{&Report{Tables: []*TableReport{{Failed: 3}}}}, 4},
	{&ItemError{Table: "t", Reason: "x", fault: &engine.Fault{Class: reason.Leak}}, 5},
	{&ItemsFailedError{&Report{Tables: []*TableReport{{Failed: 3, Leaked: 1}}}}, 5},
	{tableFault(missedClass(7), "t", "rules", "x", nil), 5},
	{&ItemError{Table: "t", Reason: "x", fault: &engine.Fault{Class: reason.Refused}}, 7},
	{&ItemsFailedError{&Report{Tables: []*TableReport{{Failed: 3, Refused: 3}}}}, 7},
	{&ItemsFailedError{&Report{Tables: []*TableReport{{Failed: 3, Refused: 1}, {Failed: 1}}}}, 7},
	{&ItemsFailedError{&Report{Tables: []*TableReport{{Failed: 3, Refused: 1}, {Failed: 1, Leaked: 1}}}}, 5},
	{context.DeadlineExceeded, 6},
	{newTableError("t", "read", &smithy.GenericAPIError{Code: "ProvisionedThroughputExceededException"}), 6},
	{errCapacitySpent, 6},
	{tableFault(reason.Unstated, "t", "stream", "x", context.Canceled), 6},
	{reason.Refuse(reason.Refused, "x"), 7},
	{tableFault(reason.Refused, "t", "checkpoint", "x", context.Canceled), 7},
}

func TestExitCodeOfEachError(t *testing.T) {
	t.Parallel()
	for _, l := range leaves {
		if got := ExitCode(l.err); got != l.code {
			t.Errorf("%d, want %d: %v (%T)", got, l.code, l.err, l.err)
		}
	}
	if got := ExitCode(nil); got != 0 {
		t.Errorf("%d of nil", got)
	}
}

// A path that is wrong is a matter of the configuration. No other error of a file is one
// of the network.
func TestExitCodeOfFiles(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "dir"), "/proc/nope/x"} {
		_, err := p.syncer(t, WithKey(testKey), WithTable("Source", "Destination"), WithCheckpoint(FileCheckpoint(dir))).Sync(t.Context())
		if got := ExitCode(err); got != 2 || Retryable(err) {
			t.Errorf("%s: %d, Retryable %v: %v", dir, got, Retryable(err), err)
		}
	}
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EACCES, syscall.ENOENT, syscall.EIO} {
		err := error(&os.PathError{Op: "open", Path: "x", Err: errno})
		if got := ExitCode(fmt.Errorf("the caller's: %w", err)); got != 1 || Retryable(err) {
			t.Errorf("%v: %d, Retryable %v", err, got, Retryable(err))
		}
	}
}

// However errors are joined and wrapped, the code is the most pressing one.
func TestExitCodeOfManyErrors(t *testing.T) {
	t.Parallel()
	order := []int{5, 3, 2, 7, 4, 6, 1}
	rapid.Check(t, func(t *rapid.T) {
		var codes []int
		var draw func(depth int) error
		draw = func(depth int) error {
			kind := rapid.IntRange(0, 4).Draw(t, "kind")
			switch {
			case depth > 4 || kind < 2:
				l := rapid.SampledFrom(leaves).Draw(t, "leaf")
				codes = append(codes, l.code)
				return l.err
			case kind == 2:
				return fmt.Errorf("wrapped: %w", draw(depth+1))
			case kind == 3:
				return tableFault(reason.Unstated, "t", "failure", "the caller's", draw(depth+1))
			}
			some := []error{nil, draw(depth + 1)}
			for range rapid.IntRange(0, 3).Draw(t, "more") {
				some = append(some, draw(depth+1))
			}
			return errors.Join(some...)
		}
		err := draw(0)
		slices.SortFunc(codes, func(a, b int) int { return slices.Index(order, a) - slices.Index(order, b) })
		if got := ExitCode(err); got != codes[0] {
			t.Fatalf("%d, want %d: %v", got, codes[0], err)
		}
	})
}

// unclassed are the files in which errors without a class are made, and why none of them
// is 1 by omission.
var unclassed = map[string]string{
	"combinators.go":   "an optionsError holds them",
	"composite.go":     "an optionsError holds them",
	"func.go":          "an optionsError holds them",
	"json.go":          "an optionsError holds them",
	"pseudonymizer.go": "an optionsError holds them",
	"rules.go":         "an optionsError holds them",
	"validate.go":      "an optionsError holds them",
	"statement.go":     "an optionsError holds them",
	"destination.go":   "an optionsError holds them",
	"dynsync.go":       "an optionsError holds them",
	"record.go":        "it is of a value that the caller gave, and no verb's",
	"value.go":         "it is of a value that the caller gave, and no verb's",
	"replay.go":        "replayFile.add says the class of what canReplay returns",
}

// No error is 1 by omission: each says its class where it is made. Those of other types
// have a field for it, which composite literals without names cannot leave out.
func TestEveryErrorSaysItsClass(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		blamed := map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				of, ok := n.Type.(*ast.Ident)
				if !ok {
					break
				}
				switch of.Name {
				case "TableError":
					if name != "errors.go" {
						t.Errorf("%s: tableFault makes a TableError, with its class", fset.Position(n.Pos()))
					}
				case "recordError", "checkpointError":
					if _, named := n.Elts[0].(*ast.KeyValueExpr); named {
						t.Errorf("%s: a name of a field lets the class be left out", fset.Position(n.Pos()))
					}
				}
			case *ast.CallExpr:
				if called(n) == "reason.Blame" {
					blamed[n.Args[1]] = true
				}
				if !makesError(n) || blamed[n] {
					break
				}
				if used[name] = true; unclassed[name] == "" {
					t.Errorf("%s: this error says no class; make it by reason.Refuse or tableFault, or say in unclassed why it needs none", fset.Position(n.Pos()))
				}
			}
			return true
		})
	}
	for name := range unclassed {
		if !used[name] {
			t.Errorf("%s makes no error without a class", name)
		}
	}
}

// makesError reports whether a call makes an error without a class: by errors.New, or by
// fmt.Errorf where it wraps none that may have one.
func makesError(call *ast.CallExpr) bool {
	switch called(call) {
	case "errors.New":
		return true
	case "fmt.Errorf":
		format, ok := call.Args[0].(*ast.BasicLit)
		return !ok || !strings.Contains(format.Value, "%w")
	}
	return false
}

// called returns the name of the function of another package that a call calls.
func called(call *ast.CallExpr) string {
	fn, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := fn.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return pkg.Name + "." + fn.Sel.Name
}

// A leak is told of whatever else ended the call, and that is found in the error as well.
func TestALeakIsToldBesideWhatEndedTheCall(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	var items []map[string]any
	for i := range 60 {
		name := fmt.Sprintf("Secretname%d", i)
		items = append(items, map[string]any{"Id": fmt.Sprintf("k%03d", i), "Name": name, "Copy": "x " + name})
	}
	p.fill(t, items...)
	table := WithTable("Source", "Destination", WithTransform("Name", Pseudonym()), WithTransform("Copy", Passthrough()), WithLeakCheck())
	few, all := p.syncer(t, WithMaxFailures(1), table), p.syncer(t, table)
	own := errors.New("the stream's own")
	ending := func(yield func(*Record, error) bool) {
		n := 0
		for rec, err := range all.Scan(t.Context(), "Source") {
			if n++; n > 55 {
				yield(nil, own)
				return
			}
			if !yield(rec, err) {
				return
			}
		}
	}
	var last error
	for _, err := range few.Transformed(t.Context(), "Source") {
		last = cmp.Or(err, last)
	}
	_, full := few.Write(t.Context(), "Source", few.Scan(t.Context(), "Source"))
	_, ended := all.Write(t.Context(), "Source", ending)
	for what, err := range map[string]error{"Transformed": last, "Write": full, "Write of a stream that ends": ended} {
		var lost *ItemsFailedError
		if ExitCode(err) != 5 || !errors.As(err, &lost) || leaks(err.Error()) {
			t.Errorf("%s: code %d: %v", what, ExitCode(err), err)
		}
		var table *TableError
		if stopped := errors.As(err, &table) && table.Op == "failure"; stopped == errors.Is(err, own) {
			t.Errorf("%s does not say what ended it: %v", what, err)
		}
	}
}

func TestTheZeroItemsFailedError(t *testing.T) {
	t.Parallel()
	for _, err := range []error{&ItemsFailedError{}, &ItemsFailedError{&Report{}}, &ItemsFailedError{&Report{Tables: []*TableReport{nil}}}} {
		if err.Error() != "dynsync: items failed" || ExitCode(err) != 4 {
			t.Errorf("%v, code %d", err, ExitCode(err))
		}
	}
}
