package dynsync

import (
	"bufio"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// maxNames is how many top-level names the package may export. A further one needs
// another to go.
const maxNames = 195

// TestEveryExportedNameHasAReason compares the exported top-level names with
// testdata/api.txt, which says of each why it exists.
func TestEveryExportedNameHasAReason(t *testing.T) {
	reasons := readReasons(t, "testdata/api.txt")
	names := exportedNames(t, ".")
	for _, name := range names {
		if reasons[name] == "" {
			t.Errorf("%s has no reason in testdata/api.txt", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		if !slices.Contains(names, name) {
			t.Errorf("%s is in testdata/api.txt and not exported", name)
		}
	}
	if len(names) > maxNames {
		t.Errorf("%d names are exported, and at most %d may be", len(names), maxNames)
	}
	t.Logf("%d names", len(names))
}

// readReasons reads lines of a name and a reason. Blank lines and those that begin with #
// are comments.
func readReasons(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	reasons := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, _ := strings.Cut(line, " ")
		if reasons[name] != "" {
			t.Errorf("%s stands twice in %s", name, file)
		}
		reasons[name] = strings.TrimSpace(reason)
	}
	return reasons
}

// exportedNames returns the exported top-level names of the package in a directory.
func exportedNames(t *testing.T, dir string) []string {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, dir+"/"+e.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(fset, files, module)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	add := func(name string) {
		if token.IsExported(name) && !slices.Contains(names, name) { // a name of another platform's file, too
			names = append(names, name)
		}
	}
	addFuncs := func(funcs []*doc.Func) {
		for _, f := range funcs {
			add(f.Name)
		}
	}
	addValues := func(values []*doc.Value) {
		for _, v := range values {
			for _, name := range v.Names {
				add(name)
			}
		}
	}
	addFuncs(pkg.Funcs)
	addValues(slices.Concat(pkg.Consts, pkg.Vars))
	for _, typ := range pkg.Types {
		add(typ.Name)
		addFuncs(typ.Funcs)
		addValues(slices.Concat(typ.Consts, typ.Vars))
	}
	return names
}
