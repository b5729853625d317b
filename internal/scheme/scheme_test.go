package scheme_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/scheme"
)

var update = flag.Bool("update", false, "write the sums of a scheme that no release has")

// released is the greatest scheme that a release has. Its sums are final.
const released = 0

// A part is what in a file pseudonyms are made of, or what they are.
type part struct {
	name  string
	path  string   // from the root of the module
	names []string // of its variables and constants; nil for the whole file
	// made returns the sum of pseudonyms, which are those of a path that is a package.
	made func(*testing.T) string
}

// variables are all variables and constants of a file.
var variables = []string{}

var parts = []part{
	{"names and places", "internal/lists/tables.go", nil, nil},
	{"characters", "internal/fold/tables.go", nil, nil},
	{"phone numbers", "internal/personal/phonedata/tables.go", nil, nil},
	{"forms of phone numbers", "internal/phone/tables.go", nil, nil},
	{"cities with their states and codes", "anon/place.go", []string{"placeList"}, nil},
	{"words that parts of names are known by", "anon/nameparts.go", variables, nil},
	{"names that stand for nobody", "internal/nothing/name.go", variables, nil},
	{"times that stand for none", "internal/nothing/time.go", variables, nil},
	{"phone numbers of fiction", "anon/fiction.go", []string{"fiction", "areaCodesUS", "areaCodesCA"}, nil},
	{"issuers of test cards", "anon/finance.go", []string{"testIssuers", "visaIssuers"}, nil},
	{"addresses of networks", "anon/web.go", []string{"documentation", "addressClasses", "special"}, nil},
	{"forms of IBANs", "internal/personal/iban.go", []string{"IBANStructures"}, nil},
	{"default pseudonyms", "internal/pseudonym", nil, sumOfDefaults},
	{"draws", "anon", nil, sumOfDraws},
}

// sumsPath has the sums of every scheme: by its number, and by the part.
const sumsPath = "testdata/sums.json"

// TestSums: within a scheme, what pseudonyms are made of never changes.
func TestSums(t *testing.T) {
	all := readSums(t)
	this := strconv.Itoa(scheme.Number)
	if *update {
		if scheme.Number <= released {
			t.Fatalf("a release has scheme %d, whose sums never change; raise the number", scheme.Number)
		}
		all[this] = map[string]string{}
		for _, p := range parts {
			all[this][p.name] = sumOf(t, p)
		}
		writeSums(t, all)
	}
	for n := 1; n <= scheme.Number; n++ {
		if len(all[strconv.Itoa(n)]) == 0 {
			t.Errorf("%s has no sums of scheme %d", sumsPath, n)
		}
	}
	if len(all) != scheme.Number || released > scheme.Number {
		t.Errorf("there are sums of %d schemes, a release has scheme %d, and this is scheme %d", len(all), released, scheme.Number)
	}
	for _, p := range parts {
		if got := sumOf(t, p); got != all[this][p.name] {
			t.Errorf("%s: the %s are not those of scheme %d, so that pseudonyms change. Take the change back. If it is meant, raise Number in scheme.go unless no release has the scheme, write the sums by go test ./internal/scheme -update, mark the change of pseudonyms in CHANGELOG.md, and write the pins anew", p.path, p.name, scheme.Number)
		}
	}
}

// TestAllTablesHaveSums: whatever is generated, and an anonymizer may depend on, is a part.
func TestAllTablesHaveSums(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", `{{if and .Module .Module.Main}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}`, "../../anon").Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	generated := regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	n := 0
	for file := range strings.FieldsSeq(string(out)) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		n++
		path = filepath.ToSlash(path)
		if generated.Match(text) && derived[path] == "" && !slices.ContainsFunc(parts, func(p part) bool { return p.path == path }) {
			t.Errorf("%s is generated, and no part of a scheme", path)
		}
	}
	if n < 50 {
		t.Errorf("anon depends on %d files only", n)
	}
}

// derived are generated files that are no part of a scheme, with the reason.
var derived = map[string]string{
	"internal/personal/listednames.go": "made of the names, and only looked for, not written",
}

func readSums(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile(sumsPath)
	if err != nil && !*update {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func writeSums(t *testing.T, all map[string]map[string]string) {
	t.Helper()
	text, err := json.MarshalIndent(all, "", "\t")
	if err == nil {
		err = os.WriteFile(sumsPath, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// sumOf returns the SHA-256 of a part: of the tokens of a file, so that comments and layout
// do not count, or of pseudonyms.
func sumOf(t *testing.T, p part) string {
	t.Helper()
	if p.made != nil {
		return p.made(t)
	}
	src, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(p.path)))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := sumIn(src, p.names)
	if err != nil {
		t.Errorf("%s: %v", p.path, err)
	}
	return sum
}

func sumIn(src []byte, names []string) (string, error) {
	texts := [][]byte{src}
	if names != nil {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
		if err != nil {
			return "", err
		}
		if texts = declared(fset, f, src, names); len(texts) < max(len(names), 1) {
			return "", fmt.Errorf("it declares %d of %q", len(texts), names)
		}
	}
	h := sha256.New()
	for _, text := range texts {
		for _, tok := range tokens(text) {
			fmt.Fprintf(h, "%d %s", len(tok), tok)
		}
		h.Write([]byte{0})
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// declared returns the source of the declarations of these names, or of all variables and
// constants, in their order.
func declared(fset *token.FileSet, f *ast.File, src []byte, names []string) (texts [][]byte) {
	found := map[string][]byte{}
	for _, d := range f.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range decl.Specs {
			if spec, ok := s.(*ast.ValueSpec); ok {
				found[spec.Names[0].Name] = src[fset.Position(spec.Pos()).Offset:fset.Position(spec.End()).Offset]
			}
		}
	}
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(found))
	}
	for _, name := range names {
		if found[name] != nil {
			texts = append(texts, found[name])
		}
	}
	return texts
}

// tokens returns the tokens of source, without semicolons that line ends stand for.
func tokens(src []byte) (all []string) {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(src)), src, nil, 0)
	for {
		_, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return all
		case tok == token.SEMICOLON && lit == "\n":
		case lit != "":
			all = append(all, lit)
		default:
			all = append(all, tok.String())
		}
	}
}

// TestSumsTellChanges: another word, another order, a word more or less is another sum;
// layout and comments are not.
func TestSumsTellChanges(t *testing.T) {
	const table = "package x\n\n// Words are words.\nvar Words = []string{\n\t\"a\", \"b c\",\n\t\"d\",\n}\n\nvar numbers = map[int]string{1: \"x\"}\n"
	tests := []struct {
		reason, old, new string
		same             bool
	}{
		{"a comment", "are words", "are some words", true},
		{"the layout", "\"b c\",\n\t\"d\"", "\"b c\", \"d\"", true},
		{"another word", `"a"`, `"e"`, false},
		{"another case", `"a"`, `"A"`, false},
		{"another order", `"a", "b c"`, `"b c", "a"`, false},
		{"a word more", `"a"`, `"a", "e"`, false},
		{"a word less", `"a", `, ``, false},
		{"a space", `"b c"`, `"b  c"`, false},
		{"words joined", `"b c",` + "\n\t" + `"d"`, `"b cd"`, false},
		{"another number", "1:", "2:", false},
		{"another type", "map[int]", "map[uint]", false},
		{"another name", "numbers", "number", false},
	}
	want, err := sumIn([]byte(table), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		src := bytes.Replace([]byte(table), []byte(tt.old), []byte(tt.new), 1)
		if bytes.Equal(src, []byte(table)) {
			t.Fatalf("%s: nothing changes", tt.reason)
		}
		if got, err := sumIn(src, nil); err != nil || (got == want) != tt.same {
			t.Errorf("%s: %v, %v", tt.reason, got == want, err)
		}
	}
	one, _ := sumIn([]byte(table), []string{"numbers"})
	if other, _ := sumIn([]byte(strings.Replace(table, `"a"`, `"e"`, 1)), []string{"numbers"}); other != one {
		t.Error("the sum of one declaration is that of others, too")
	}
	all, _ := sumIn([]byte(table), variables)
	for _, src := range []string{strings.Replace(table, `"a"`, `"e"`, 1), strings.Replace(table, "1:", "2:", 1), table + "\nconst more = 1\n"} {
		if other, _ := sumIn([]byte(src), variables); other == all {
			t.Errorf("another variable has no other sum: %s", src)
		}
	}
	if other, _ := sumIn([]byte(table+"\nfunc f() {}\n"), variables); other != all {
		t.Error("a function is a variable")
	}
	if _, err := sumIn([]byte(table), []string{"numbers", "letters"}); err == nil {
		t.Error("a declaration is missing, and nothing said so")
	}
}
