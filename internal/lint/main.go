// Command lint finds mistakes that go vet does not. The gate runs it on every
// module; an argument is a pattern of packages, as go vet takes them. A finding
// that is meant has a line //lint:ignore CHECK REASON above it. The checks that
// are off, and why, are in staticcheck.conf.
package main

import (
	"os"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/unusedwrite"
	"honnef.co/go/tools/analysis/lint"
	"honnef.co/go/tools/lintcmd"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"
)

// linters are all that run. Others were tried and found nothing but what is meant:
// errcheck (files that were only read and closed), errorlint (io.EOF, which a
// reader must not wrap), exhaustive (switches whose default is the point).
var linters = []struct {
	reason    string
	analyzers []*lint.Analyzer
}{
	{"code that cannot mean what it says: dead stores, wrong uses of the standard library, deprecated names", staticcheck.Analyzers},
	{"code that says in more words what fewer say", simple.Analyzers},
	{"names, receivers and comments that readers of Go expect otherwise", stylecheck.Analyzers},
	{"what nothing uses is deleted", []*lint.Analyzer{unused.Analyzer}},
	{"a pointer that is nil on the way it is used", of(nilness.Analyzer)},
	{"a field of a copy that is written and never read", of(unusedwrite.Analyzer)},
}

// of gives an analyzer of the Go project the form of staticcheck's.
func of(a *analysis.Analyzer) []*lint.Analyzer {
	return []*lint.Analyzer{{Doc: &lint.RawDocumentation{Title: a.Doc}, Analyzer: a}}
}

func main() {
	cmd := lintcmd.NewCommand("lint")
	cmd.ParseFlags(os.Args[1:])
	for _, l := range linters {
		cmd.AddAnalyzers(l.analyzers...)
	}
	cmd.Run()
}
