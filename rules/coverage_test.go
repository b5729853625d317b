package rules

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// goOnly are the table options that a file cannot have.
var goOnly = map[string]string{
	"WithTransform":       "it is the key rules",
	"WithTransformKeys":   "it is the key rules",
	"WithFilter":          "it takes a function",
	"WithRecordTransform": "it takes a function",
}

// TestEveryTableOptionHasAKey compares the table options of package dynsync with the
// keys of a table.
func TestEveryTableOptionHasAKey(t *testing.T) {
	options := tableOptions(t)
	for _, f := range tableFields {
		if f.goName != "" && !options[f.goName] {
			t.Errorf("the key %s names the option %s, which there is not", f.name, f.goName)
		}
		delete(options, f.goName)
	}
	for name := range options {
		if goOnly[name] == "" {
			t.Errorf("no key of a table is %s; add one to makeTableFields", name)
		}
	}
}

// tableOptions returns the names of the functions of package dynsync that return a
// TableOption.
func tableOptions(t *testing.T) map[string]bool {
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	found := map[string]bool{}
	for _, name := range files {
		file, err := goparser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !fn.Name.IsExported() || fn.Type.Results == nil || strings.HasSuffix(name, "_test.go") {
				continue
			}
			if result, ok := fn.Type.Results.List[0].Type.(*ast.Ident); ok && (result.Name == "TableOption" || result.Name == "RulesOption") {
				found[fn.Name.Name] = true
			}
		}
	}
	return found
}

func TestSurrogates(t *testing.T) {
	for in, want := range map[string]string{
		`"\ud83d\ude00"`: `"\U0001F600"`, `"\\ud83d\ude00"`: `"\\ud83d\ude00"`, `"\uD83D\uDE00x\n\ud83d"`: `"\U0001F600x\n\ud83d"`,
		`"\ud83d\u0041"`: `"\ud83d\u0041"`, `"a"`: `"a"`, `\`: `\`, `\u`: `\u`, `\ud83d\ude0`: `\ud83d\ude0`,
	} {
		if got, _ := joinSurrogates([]byte(in)); string(got) != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
