package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func loaded(t *testing.T, name string) *pkg {
	t.Helper()
	return loadDir(t, filepath.Join("testdata", name))
}

func loadDir(t *testing.T, dir string) *pkg {
	t.Helper()
	p, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestHousesHold holds packages to their limits.
func TestHousesHold(t *testing.T) {
	for _, h := range houses {
		p, err := open(h.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range h.limits {
			f := l.measure(p)
			switch note := l.judge(f.value); {
			case f.value > l.held:
				t.Errorf("%s: %s: %v is %s:\n%s", h.dir, l.name, f.value, note, strings.Join(f.worst[:min(5, len(f.worst))], "\n"))
			case note != "":
				t.Logf("%s: %s: %v is %s", h.dir, l.name, f.value, note)
			}
		}
	}
}

// TestExceptionsAreNeeded finds names in wide that the root no longer needs.
func TestExceptionsAreNeeded(t *testing.T) {
	p, err := open("")
	if err != nil {
		t.Fatal(err)
	}
	excepted := wideStructs(p).value
	for name, reason := range maps.Clone(wide) {
		delete(wide, name)
		if wideStructs(p).value == excepted {
			t.Errorf("%s has at most %d fields and needs no exception", name, maxFields)
		}
		wide[name] = reason
	}
}

// edges prints the graph of a package.
func edges(p *pkg) string {
	var all []string
	for from, to := range p.graph() {
		for _, f := range to {
			all = append(all, strings.TrimSuffix(p.files[from].name, ".go")+">"+strings.TrimSuffix(p.files[f].name, ".go"))
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestFilesUseWhatOthersDeclare(t *testing.T) {
	tests := []struct {
		name   string
		want   string
		cycle  float64
		reason string
	}{
		{"cycle", "a>b b>c c>a c>d d>e e>d f>a", 3, "the larger of two cycles that touch; a second use is no second edge"},
		{"embedded", "call>method call>outer dynamic>outer field>inner field>outer method>inner outer>inner", 0,
			"what is promoted belongs to the file that declares it, a method of an interface to the interface's"},
		{"fields", "get>point range>get range>point select>get select>point", 0,
			"a field is used wherever its type comes from, imported generics included; local names stay local"},
		{"generic", "field>list field>make make>list method>make method>methods methods>list", 0,
			"an instance's methods and fields are those of the generic type"},
		{"tagged", "common>lock_linux plain>common poison>common", 0,
			"files that no Linux build has, tools and tests are left out, and tags are all set"},
	}
	for _, tt := range tests {
		p := loaded(t, tt.name)
		if got := edges(p); got != tt.want {
			t.Errorf("%s: edges\n got %s\nwant %s\n(%s)", tt.name, got, tt.want, tt.reason)
		}
		if got := largestCycle(p).value; got != tt.cycle {
			t.Errorf("%s: largest cycle %v, want %v (%s)", tt.name, got, tt.cycle, tt.reason)
		}
	}
}

func TestFigures(t *testing.T) {
	tests := []struct {
		pkg     string
		measure func(*pkg) figure
		want    float64
		worst   string // begins with this
	}{
		{"tagged", countFiles, 4, ""},
		{"cycle", edgesPerFile, 1.2, "2 c.go, 1 use it"},
		{"shapes", mostMethods, 4, "4 run (4 methods, 3 files)"},
		{"shapes", mostFiles, 3, "3 run (4 methods, 3 files)"},
		{"shapes", syncerMethods, 3, "1 lines: Syncer.check syncer.go:7"},
		{"once", usedOnceElsewhere, 43, "5 lines: recursive a.go:10, by Use in b.go"},
		{"wirebytes", wireLiterals, 4, `1 wirebytes/bytes.go:10 {"N":`},
		{"wirebytes", wireLiteralsBelow, 2, `1 below/below.go:5 {"BOOL":true}`},
	}
	for _, tt := range tests {
		f := tt.measure(loaded(t, tt.pkg))
		if f.value != tt.want {
			t.Errorf("%s: %v, want %v: %q", tt.pkg, f.value, tt.want, f.worst)
		}
		if tt.worst != "" && (len(f.worst) == 0 || f.worst[0] != tt.worst) {
			t.Errorf("%s: worst are %q, want first %q", tt.pkg, f.worst, tt.worst)
		}
	}
}

// TestSizes measures a package that is too long for testdata.
func TestSizes(t *testing.T) {
	lines := func(n int) string { return strings.Repeat("\n", n) }
	fields := func(n int) (s string) {
		for i := range n {
			s += fmt.Sprintf("f%d, ", i)
		}
		return "struct { " + strings.TrimSuffix(s, ", ") + " int }\n"
	}
	p := loadDir(t, writeModule(t, map[string]string{
		"funcs.go": "package sizes\n" +
			"func fits() {" + lines(79) + "}\n" +
			"func long() {" + lines(80) + "}\n" +
			"func table() []int { return []int{" + lines(90) + "} }\n" +
			"var data = []int{" + lines(90) + "}\n" +
			"var funcs = []func(){func() {" + lines(81) + "}}\n",
		"structs.go": "package sizes\n" +
			"type fits2 " + fields(20) +
			"type over " + fields(21) +
			"type nested struct { in " + fields(22) + "}\n" +
			"type jobConfig " + fields(30),
		"file600.go": "package sizes" + lines(600),
		"file601.go": "package sizes" + lines(601),
	}))
	for _, tt := range []struct {
		measure func(*pkg) figure
		want    string
	}{
		{longFuncs, "[82 funcs funcs.go:345 81 long funcs.go:82]"},
		{wideStructs, "[22 nested structs.go:4 21 over structs.go:3]"},
		{longFiles, "[601 file601.go]"},
	} {
		if got := fmt.Sprint(tt.measure(p).worst); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if got := longestFile(p).value; got != 601 {
		t.Errorf("the longest file has %v lines, want 601", got)
	}
}

func TestPackagesThatDoNotCompileAreNotMeasured(t *testing.T) {
	dir := writeModule(t, map[string]string{"bad.go": "package bad\n\nfunc f() { g() }\n"})
	if _, err := load(dir); err == nil || !strings.Contains(err.Error(), "undefined: g") {
		t.Errorf("got error %v, want what is undefined", err)
	}
}

// writeModule writes a module of these files and returns its directory.
func writeModule(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example\n\ngo 1.26\n"
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSuggestions(t *testing.T) {
	tests := []struct {
		pkg     string
		suggest func(*strings.Builder, *pkg)
		want    string
	}{
		{"moves", func(b *strings.Builder, p *pkg) { suggestMoves(b, p, 1) }, "misplaced from low.go to high.go: 2 files, 1 edges, 0.5 per file, cycle 1"},
		{"cycle", func(b *strings.Builder, p *pkg) { suggestMerges(b, p, 1) }, "d.go into e.go: 5 files, 5 edges, 1.0 per file, cycle 3"},
		{"cycle", func(b *strings.Builder, p *pkg) { suggestSplits(b, p, 1) }, "without a: 6 files, 4 edges, 0.7 per file, cycle 2"},
	}
	for _, tt := range tests {
		var b strings.Builder
		tt.suggest(&b, loaded(t, tt.pkg))
		if !strings.Contains(b.String(), tt.want+"\n") {
			t.Errorf("%s: got %s\nwant %s", tt.pkg, b.String(), tt.want)
		}
	}
}

// TestTakingAwayIsUndone holds the search to leaving a cut as it was.
func TestTakingAwayIsUndone(t *testing.T) {
	c := newCut(loaded(t, "cycle"))
	before := fmt.Sprint(c.count, c.lines, c.at)
	c.take([]int{0, 1, 2})
	c.put([]int{0, 1, 2})
	c.move(0, 3)
	c.move(0, 0)
	if after := fmt.Sprint(c.count, c.lines, c.at); after != before {
		t.Errorf("got %s, want %s", after, before)
	}
}

func TestJudge(t *testing.T) {
	l := limit{held: 5}
	for v, want := range map[float64]string{5: "", 6: "worse than 5", 4: "better: lower held to 4 in limits.go"} {
		if got := l.judge(v); got != want {
			t.Errorf("judge(%v) = %q, want %q", v, got, want)
		}
	}
}
