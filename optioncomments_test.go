package dynsync

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync/internal/guard"
	"github.com/dynsync/dynsync/internal/pseudonym"
)

// TestOptionCommentsNameTheDefaults: the comment of each option says what holds without
// it, numbers as they are, and the legal range where there is one.
func TestOptionCommentsNameTheDefaults(t *testing.T) {
	t.Parallel()
	cfg := defaultConfig()
	numbers := map[string]struct {
		value int
		legal string
	}{
		"WithWorkers":          {maxDefaultWorkers, "1 to 1,024"},
		"WithWriteConcurrency": {cfg.requests, "1 to 1,024"},
		"WithMaxFailures":      {cfg.maxFailures, "0 or more"},
		"WithTolerate":         {int(new(tableConfig).tolerate), "0 or more and finite"},
		"WithGiveUpAfter":      {int(cfg.giveUp / time.Minute), "more than 0"},
		"WithMaxTrackedKeys":   {cfg.maxTrackedKeys, "1 or more"},
		"WithStreamRecords":    {guard.MostRecords, "1 or more"},
		"WithPageSize":         {new(tableConfig).pageSize, "0 to 1,000,000"},
		"LeakMinLength":        {defaultLeakLength, "0 or more"},
		"FreshFor":             {int(freshFor / time.Hour), "0 or more"},
		"AtLeast":              {pseudonym.DefaultLeast, "1 to 1,024"},
	}
	says := regexp.MustCompile(`The default is|There is no default|By default`)
	number := regexp.MustCompile(`The default is (?:one per processor \(GOMAXPROCS\), at most )?([\d,]+)`)
	comments := optionComments(t, ".")
	for _, name := range slices.Sorted(maps.Keys(comments)) {
		text := comments[name]
		if !says.MatchString(text) {
			t.Errorf("the comment of %s does not say what holds without it", name)
		}
		want, isNumber := numbers[name]
		delete(numbers, name)
		got := number.FindStringSubmatch(text)
		if !isNumber && got == nil {
			continue
		}
		if got == nil || !isNumber {
			t.Errorf("the comment of %s names a number as the default (%v), and there is one: %v", name, got != nil, isNumber)
			continue
		}
		if n, err := strconv.Atoi(strings.ReplaceAll(got[1], ",", "")); err != nil || n != want.value {
			t.Errorf("the comment of %s says %s, and the default is %d", name, got[1], want.value)
		}
		if !strings.Contains(text, "It must be "+want.legal) {
			t.Errorf("the comment of %s does not say that it must be %s", name, want.legal)
		}
	}
	for name := range numbers {
		t.Errorf("there is no option %s", name)
	}
	for _, dir := range []string{"connect", "dynsynctest"} {
		for name, text := range optionComments(t, dir) {
			if !says.MatchString(text) {
				t.Errorf("the comment of %s.%s does not say what holds without it", dir, name)
			}
		}
	}
}

// optionComments returns the comments of the exported functions of a package that return
// an option, by name, each in one line.
func optionComments(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.IsExported() && returnsOption(f) {
				comments[f.Name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
			}
		}
	}
	if len(comments) == 0 {
		t.Fatalf("%s has no options", dir)
	}
	return comments
}

func returnsOption(f *ast.FuncDecl) bool {
	if f.Recv != nil || f.Type.Results == nil {
		return false
	}
	result, ok := f.Type.Results.List[0].Type.(*ast.Ident)
	return ok && strings.HasSuffix(result.Name, "Option")
}
