// Package docs_test holds the documents to the code: their links and names exist, and
// their programs are those of examples_test.go, which run.
package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are what a reader finds first. The changelog is not among them: it has
// names of other days.
var documents = []string{"README.md", "DESIGN.md", "SECURITY.md", "CONTRIBUTING.md", "docs/*.md"}

// eachDocument calls fn with each document and its path from the root.
func eachDocument(t *testing.T, fn func(name, text string)) {
	t.Helper()
	for _, pattern := range documents {
		files, err := filepath.Glob(filepath.Join("..", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fn(strings.TrimPrefix(filepath.ToSlash(file), "../"), string(text))
		}
	}
}

var (
	fence   = regexp.MustCompile("(?s)```.*?```")
	link    = regexp.MustCompile(`\[([^\]]*)\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors returns the anchors of a document's headings, as GitHub makes them.
func anchors(text string) map[string]bool {
	made := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		made[strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return made
}

func TestLinks(t *testing.T) {
	t.Parallel()
	eachDocument(t, func(name, text string) {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[2], "://") {
				continue
			}
			path, anchor, _ := strings.Cut(m[2], "#")
			target := text
			if path != "" {
				file := filepath.Join("..", filepath.Dir(name), path)
				info, err := os.Stat(file)
				if err != nil {
					t.Errorf("%s: %s does not exist", name, m[2])
					continue
				}
				if info.IsDir() {
					continue
				}
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				target = string(b)
			}
			if anchor != "" && !anchors(target)[anchor] {
				t.Errorf("%s: %s has no heading for #%s", name, path, anchor)
			}
			if strings.HasPrefix(m[1], "Test") && !strings.Contains(target, "func "+m[1]+"(") {
				t.Errorf("%s: %s is not in %s", name, m[1], path)
			}
		}
	})
}

// packages are those whose names the documents use, by directory.
var packages = map[string]string{"dynsync": "..", "anon": "../anon", "script": "../script", "rules": "../rules", "dynsynctest": "../dynsynctest", "connect": "../connect", "awskey": "../connect/awskey"}

// exported returns the exported names of a package and of its types' methods and fields.
func exported(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, file := range sources(t, dir) {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				names[n.Name.Name] = true
				return false
			case *ast.TypeSpec:
				names[n.Name.Name] = true
			case *ast.ValueSpec:
				for _, id := range n.Names {
					names[id.Name] = true
				}
			case *ast.Field:
				for _, id := range n.Names {
					names[id.Name] = true
				}
			}
			return true
		})
	}
	return names
}

var (
	qualified = regexp.MustCompile(`\b(dynsync|anon|script|dynsynctest|connect|awskey)\.([A-Z]\w*)`)
	option    = regexp.MustCompile(`\bWith[A-Z]\w*`)
	call      = regexp.MustCompile("(?:`|\\bsyncer\\.)([A-Z]\\w*)\\(")
)

// sdkOptions are names of the AWS SDK and of package context.
var sdkOptions = map[string]bool{"WithHTTPClient": true, "WithSharedConfigProfile": true, "WithDeadline": true}

// TestNames checks that what the documents name exists: anon.Email, WithTable,
// and what is called in backquotes.
func TestNames(t *testing.T) {
	t.Parallel()
	names, all := map[string]map[string]bool{}, map[string]bool{}
	for name, dir := range packages {
		names[name] = exported(t, dir)
		for id := range names[name] {
			all[id] = true
		}
	}
	eachDocument(t, func(name, text string) {
		for _, m := range qualified.FindAllStringSubmatch(text, -1) {
			if !names[m[1]][m[2]] {
				t.Errorf("%s: there is no %s", name, m[0])
			}
		}
		for _, id := range option.FindAllString(text, -1) {
			if !all[id] && !sdkOptions[id] {
				t.Errorf("%s: there is no %s", name, id)
			}
		}
		if name == "DESIGN.md" || name == "CONTRIBUTING.md" {
			return // they call what is not exported, too
		}
		for _, m := range call.FindAllStringSubmatch(text, -1) {
			if !all[m[1]] {
				t.Errorf("%s: there is no %s", name, m[1])
			}
		}
	})
}

// TestEveryOptionIsNamed checks that a reader of the documents comes across every
// option of a job and of a table.
func TestEveryOptionIsNamed(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	eachDocument(t, func(name, text string) {
		if name != "DESIGN.md" {
			all.WriteString(text)
		}
	})
	for id := range exported(t, "..") {
		if strings.HasPrefix(id, "With") && !regexp.MustCompile(`\b`+id+`\b`).MatchString(all.String()) {
			t.Errorf("no document names %s", id)
		}
	}
}

var program = regexp.MustCompile("(?s)<!-- doc: ([a-z ]+) -->\n```go\n(.*?)```")

// TestPrograms compares the programs in the documents with those that run.
func TestPrograms(t *testing.T) {
	t.Parallel()
	var source []byte
	for _, file := range []string{"examples_test.go", "keys_test.go", "permissions_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, text...)
	}
	found := map[string]bool{}
	eachDocument(t, func(name, text string) {
		for _, m := range program.FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
			_, want, ok := strings.Cut(string(source), "// doc: "+m[1]+"\n")
			want, _, _ = strings.Cut(want, "// end")
			if !ok || m[2] != outdent(want) {
				t.Errorf("%s: the program %q is not that of the tests:\n%s", name, m[1], outdent(want))
			}
		}
	})
	for _, m := range regexp.MustCompile(`// doc: (.*)`).FindAllStringSubmatch(string(source), -1) {
		if !found[m[1]] {
			t.Errorf("no document has the program %q", m[1])
		}
	}
}

// outdent takes off the indentation of the first line.
func outdent(text string) string {
	indent := text[:len(text)-len(strings.TrimLeft(text, "\t"))]
	return strings.TrimSpace(strings.ReplaceAll("\n"+text, "\n"+indent, "\n")) + "\n"
}

var anonymizer = regexp.MustCompile(`(?m)^func ([A-Z]\w*)\(.*\) dynsync\.Transformer`)

// TestEveryAnonymizerIsNamed checks that the README lists all of package anon.
func TestEveryAnonymizerIsNamed(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sources(t, "../anon") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range anonymizer.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(string(readme), "`"+m[1]+"`") {
				t.Errorf("README.md does not name anon.%s", m[1])
			}
		}
	}
}

// sources returns the Go files of a directory that are no tests.
func sources(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", dir, err)
	}
	return slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
}
