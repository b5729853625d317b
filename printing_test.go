package dynsync

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/send"
)

// verbs are those that ask a value's Format method, with flags.
var verbs = []string{"%v", "%+v", "%#v", "%s", "%+s", "%#s", "%q", "%#q", "%+q", "%x", "%X", "% x", "%d", "%#x", "%80v", "%-80v", "%.9v", "%b", "%t", "%g"}

// A quoting is a cause that is a value, not a pointer: %#v prints what is in it.
type quoting struct{ text string }

func (e quoting) Error() string { return e.text }

// printed are all errors of the package that hold a cause, or what a user's code said,
// and what else holds them.
var printed = []struct {
	value any
	name  string
}{
	{&ItemError{Table: "t", Reason: "r", Err: quoting{canary}}, "ItemError"},
	{&ItemError{Table: "t", Reason: "r", Err: &reason.Panic{Value: canary}}, "ItemError"},
	{&TableError{Table: "t", Reason: "r", Err: quoting{canary}}, "TableError"},
	{&ItemsFailedError{&Report{Tables: []*TableReport{{Table: "t", Failed: 1, Failures: []Failure{{Err: &ItemError{Err: quoting{canary}}}}}}}}, "ItemsFailedError"},
	{&awserr.CallError{What: "a call", Err: quoting{canary}}, "awserr.CallError"},
	{&send.Refusal{Reason: "r", Err: quoting{canary}}, "send.Refusal"},
	{&reason.Panic{Value: canary}, "reason.Panic"},
	{&reason.Panic{Value: quoting{canary}}, "reason.Panic"},
	{&checkpointError{reason.Unexpected, "locking", "r", quoting{canary}}, "checkpointError"},
	{&recordError{reason.Unexpected, "r", quoting{canary}}, "recordError"},
	{reason.Blame(reason.Unexpected, errors.New("the system's")), ""},
	{&optionsError{[]error{errors.New("an option's")}}, "optionsError"},
	{&opaqueError{"text", quoting{canary}}, "opaqueError"},
	{&seal.OtherKeyError{Reason: "r", Key: "0123456789abcdef"}, ""},
	{Failure{Err: &ItemError{Err: quoting{canary}}, item: []byte(canary)}, ""},
	{&Failure{Err: &ItemError{Err: quoting{canary}}, item: []byte(canary)}, ""},
	{DeadLetter{Table: "t", Key: mustKey(canary), Item: mustKey(canary), Reason: "r"}, ""},
	{&DeadLetter{Table: "t", Key: mustKey(canary), Item: mustKey(canary), Reason: "r"}, ""},
	{StringValue(canary), ""},
	{mustKey(canary), ""},
	{*mustKey(canary), ""},
}

func mustKey(text string) *Record {
	r, err := NewRecord(map[string]any{"Id": text})
	if err != nil {
		panic(err)
	}
	return r
}

// %#v of an error printed its fields, and so its cause, which can quote a value.
func TestNoVerbPrintsACause(t *testing.T) {
	t.Parallel()
	for _, tt := range printed {
		for _, verb := range verbs {
			out := fmt.Sprintf(verb, tt.value)
			if leaks(out) {
				t.Errorf("%s of %T prints the cause: %s", verb, tt.value, out)
			}
			if err, ok := tt.value.(error); ok && out != err.Error() {
				t.Errorf("%s of %T: %q, and Error returns %q", verb, tt.value, out, err.Error())
			}
		}
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			holder := struct {
				Any  any
				List []any
			}{tt.value, []any{tt.value}}
			if out := fmt.Sprintf(verb, holder); leaks(out) {
				t.Errorf("%s of a struct with %T prints the cause: %s", verb, tt.value, out)
			}
			// All errors of dynsync's are pointers, which nothing that holds them follows.
			if err, ok := tt.value.(error); ok && reflect.TypeOf(err).Kind() == reflect.Pointer {
				if out := fmt.Sprintf(verb, errors.Join(err, fmt.Errorf("wrapped: %w", err))); leaks(out) {
					t.Errorf("%s of errors around %T prints the cause: %s", verb, tt.value, out)
				}
			}
		}
	}
}

// causeless are the error types that hold nothing but what dynsync wrote, names and
// paths of rules.
var causeless = map[string]string{
	"startedOver": "a text of dynsync's",
	"keyError":    "a name of the key schema",
}

// Every error type of the package is printed by the test above, or has nothing to hide.
func TestEveryErrorTypeIsPrinted(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{}
	for _, tt := range printed {
		tested[tt.name] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "Error" {
				continue
			}
			recv := fn.Recv.List[0].Type
			if star, ok := recv.(*ast.StarExpr); ok {
				recv = star.X
			}
			if of := recv.(*ast.Ident).Name; !tested[of] && causeless[of] == "" {
				t.Errorf("%s: nothing holds what %s prints", name, of)
			}
		}
	}
}
