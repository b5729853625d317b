// Command house measures the structure of a package, by default of the root of
// the module in the working directory, and compares it with a table of limits.
// Those of internal/engine are a table of its own.
//
//	go run ./internal/house             what is measured, what holds, the goal
//	go run ./internal/house -worst 5    and the five worst of each figure
//	go run ./internal/house -moves 20   which declarations to move to which file
//	go run ./internal/house -splits 10  which types hold the largest cycle together
//	go run ./internal/house -merges 20  which files to make one
//
// It exits with 1 if a figure is worse than what holds. Suggestions know uses
// and no meaning: they say where to look.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

func main() {
	dir := flag.String("dir", "", "the `directory` of the package in the module, to measure that alone by the limits of the root (default: the root of the module, and internal/engine)")
	worst := flag.Int("worst", 0, "print the `n` worst of each figure")
	moves := flag.Int("moves", 0, "suggest at most `n` declarations to move")
	splits := flag.Int("splits", 0, "name at most `n` types and functions that hold the largest cycle together")
	merges := flag.Int("merges", 0, "suggest at most `n` pairs of files to make one")
	flag.Parse()
	p, err := open(*dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(1)
	}
	held := report(os.Stdout, p, limits, *worst)
	if *moves > 0 {
		suggestMoves(os.Stdout, p, *moves)
	}
	if *splits > 0 {
		suggestSplits(os.Stdout, p, *splits)
	}
	if *merges > 0 {
		suggestMerges(os.Stdout, p, *merges)
	}
	if *dir == "" && !reportOthers(os.Stdout, *worst) || !held {
		os.Exit(1)
	}
}

// reportOthers prints the figures of the houses but the root, and reports whether their
// limits hold.
func reportOthers(w io.Writer, worst int) bool {
	held := true
	for _, h := range houses[1:] {
		fmt.Fprintf(w, "\n%s\n", h.dir)
		p, err := open(h.dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, "house:", err)
			return false
		}
		held = report(w, p, h.limits, worst) && held
	}
	return held
}

// open loads the package in a directory of the module; the root if dir is empty.
func open(dir string) (*pkg, error) {
	if !filepath.IsAbs(dir) {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
		if err != nil {
			return nil, fmt.Errorf("go list -m: %w", err)
		}
		dir = filepath.Join(strings.TrimSpace(string(out)), dir)
	}
	return load(dir)
}

// report prints every figure, then the worst of each, and reports whether all
// limits hold.
func report(w io.Writer, p *pkg, limits []limit, worst int) bool {
	held := true
	var details strings.Builder
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "figure\ttoday\theld\tgoal\t")
	for _, l := range limits {
		f := l.measure(p)
		held = held && f.value <= l.held
		fmt.Fprintf(tw, "%s\t%v\t%v\t%s\t%s\n", l.name, f.value, l.held, l.target(), l.judge(f.value))
		if worst > 0 && len(f.worst) > 0 {
			fmt.Fprintf(&details, "\n%s\n\t%s\n", l.name, strings.Join(f.worst[:min(worst, len(f.worst))], "\n\t"))
		}
	}
	tw.Flush()
	io.WriteString(w, details.String())
	return held
}
