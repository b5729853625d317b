package phonedata

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

func TestPlans(t *testing.T) {
	if len(plans) < 200 {
		t.Errorf("there are %d plans", len(plans))
	}
	for _, p := range plans {
		if find(p.code) == nil || p.lengths == 0 || p.start == 0 {
			t.Errorf("there are no numbers of +%d", p.code)
		}
	}
	for digits, want := range map[string][2]bool{
		"": {}, "0": {}, "1": {}, "15125550143": {true, true}, "15550100000": {true, false}, "1512555014": {}, "4930123456": {true, true},
		"0493012345": {}, "999123456789": {}, "15125550143000000000000000000000000000000": {},
	} {
		if got := [2]bool{Possible(digits), Valid([]byte(digits))}; got != want {
			t.Errorf("%s: %v, want %v", digits, got, want)
		}
	}
}

// TestNoImports holds what the package is for.
func TestNoImports(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil || len(file.Imports) > 0 {
			t.Errorf("%s has imports: %v", f.Name(), err)
		}
	}
}

func BenchmarkValid(b *testing.B) {
	for b.Loop() {
		if !Valid("4915112345678") {
			b.Fatal("it is not valid")
		}
	}
}
