// Command bench measures what dynsync costs its user's machine, next to the
// alternatives: a loop over the AWS SDK, what Neosync does to an item, a loop
// over guregu/dynamo, and net/http alone moving the same bytes.
//
//	go run -C internal/bench . -quick
//
// A stub server in a process of its own answers with prepared pages over
// loopback; real DynamoDB is not involved. Each measurement is a new client
// process: its CPU time is rusage, user and system, so that neither the server
// nor another mode counts. All modes of all scenarios are measured in each
// round, one after the other, and ratios are taken within a round, since the
// machine's speed drifts. With one processor the client is bound to one and
// the server to the others, where the system can do that.
//
// All modes use one HTTP transport configuration and the same number of
// workers. The loops over the SDK get, with two processors, request bodies that
// net/http knows: with the SDK's own, connections are lost under load.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(args) == 1 {
		switch args[0] { // this program, started by itself
		case "server":
			return serve()
		case "client":
			return runJob(ctx)
		}
	}
	c, err := parseFlags(args)
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	return c.run(ctx)
}

// config is what the flags say.
type config struct {
	quick   bool
	rounds  int
	limit   time.Duration
	filter  string
	modes   string
	pages   int
	workers int
	growth  bool
	latency bool
	json    string
	svg     string
	profile string
}

func parseFlags(args []string) (*config, error) {
	c := &config{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.BoolVar(&c.quick, "quick", false, "only what the targets need, in less than 50 seconds")
	f.IntVar(&c.rounds, "rounds", 0, "rounds at most (default 9)")
	f.DurationVar(&c.limit, "limit", 0, "begin nothing after this time (default 40m, with -quick 42s)")
	f.StringVar(&c.filter, "filter", "", `scenarios whose name holds each of these words, as "copy4/ procs=1/"`)
	f.StringVar(&c.modes, "modes", strings.Join(modes, ","), "modes, separated by commas")
	f.IntVar(&c.pages, "pages", 0, "pages of 1 MB in a run (default by size of the items)")
	f.IntVar(&c.workers, "workers", 0, "workers and requests in flight of each mode (default one per processor; with -1 dynsync has its own defaults)")
	f.BoolVar(&c.growth, "growth", false, "only copy 10^4 to 10^7 items with dynsync, and under 1 to 10,000 rules, each three times")
	f.BoolVar(&c.latency, "latency", false, "only measure throughput against segments and requests in flight, where a page takes 10 ms and a batch 8 ms")
	f.StringVar(&c.json, "json", "", `write the rows to this file, "-" for standard output`)
	f.StringVar(&c.svg, "svg", "", "write a plot to this file")
	f.StringVar(&c.profile, "cpuprofile", "", "write CPU profiles of the first round's clients to this directory")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if c.quick {
		c.limit = cmp.Or(c.limit, 42*time.Second)
	}
	c.rounds, c.limit = cmp.Or(c.rounds, 9), cmp.Or(c.limit, 40*time.Minute)
	return c, nil
}

func (c *config) run(ctx context.Context) error {
	if c.latency {
		return c.runLatency(ctx)
	}
	r := &results{scenarios: filtered(scenarios(c.quick), c.filter), byCase: map[caseID]series{}}
	for mode := range strings.SplitSeq(c.modes, ",") {
		if !slices.Contains(modes, mode) {
			return fmt.Errorf("no mode %q; there are %s", mode, strings.Join(modes, ", "))
		}
		r.modes = append(r.modes, mode)
	}
	if len(r.scenarios) == 0 {
		return fmt.Errorf("no scenario matches %q", c.filter)
	}
	p, err := startProcesses()
	if err != nil {
		return err
	}
	defer p.stop()
	if c.growth {
		return grow(ctx, p, os.Stdout)
	}
	if err := c.measureAll(ctx, p, r); err != nil {
		return err
	}
	var out io.Writer = os.Stdout
	if c.json == "-" {
		out = os.Stderr
	}
	if err := r.print(out); err != nil {
		return err
	}
	if err := writeTo(c.json, r.writeJSON); err != nil {
		return err
	}
	return writeTo(c.svg, r.writeSVG)
}

// runLatency measures what -latency says.
func (c *config) runLatency(ctx context.Context) error {
	var out io.Writer = os.Stdout
	if c.json == "-" {
		out = os.Stderr
	}
	rows, err := newLatencyBench().run(ctx, out)
	if err != nil {
		return err
	}
	if err := writeTo(c.json, writeLatencyJSON(rows)); err != nil {
		return err
	}
	return writeTo(c.svg, writeLatencySVG(rows))
}

// writeTo calls write with the file, standard output for "-", and not at all
// for "".
func writeTo(name string, write func(io.Writer) error) error {
	switch name {
	case "":
		return nil
	case "-":
		return write(os.Stdout)
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// measureAll measures round by round, until the time is up.
func (c *config) measureAll(ctx context.Context, p *processes, r *results) error {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	for round := range c.rounds {
		for _, s := range r.scenarios {
			for i := range r.modes {
				// No mode is always the first after another scenario.
				mode := r.modes[(i+round)%len(r.modes)]
				if !measuredIn(mode, s) {
					continue
				}
				if err := c.measure(ctx, p, r, s, mode, round); err != nil {
					return c.timeUp(ctx, r, err)
				}
			}
		}
		m, err := p.run(ctx, job{scenario: scenario{shape: base, Procs: 1}, Mode: modeDecode})
		if err != nil {
			return c.timeUp(ctx, r, err)
		}
		r.add(scenario{}, modeDecode, round, m)
		if c.json != "-" {
			fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, c.rounds)
		}
	}
	return nil
}

// timeUp tells the end of the time, which is no error, from others.
func (c *config) timeUp(ctx context.Context, r *results, err error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) || len(r.byCase) == 0 {
		return err
	}
	r.cut = true
	return nil
}

// measure measures one mode in one scenario; a second time if the first fails,
// and both failures are reported.
func (c *config) measure(ctx context.Context, p *processes, r *results, s scenario, mode string, round int) error {
	j := job{scenario: s, Mode: mode, Pages: cmp.Or(c.pages, s.pagesPerRun(mode, c.quick)), Workers: cmp.Or(max(c.workers, 0), s.Procs)}
	if c.workers < 0 && mode == modeDynsync {
		j.Workers = 0
	}
	if c.profile != "" && round == 0 {
		name := strings.NewReplacer("/", "-", "=", "").Replace(s.String() + "-" + mode)
		path, err := filepath.Abs(filepath.Join(c.profile, name+".prof"))
		if err != nil {
			return err
		}
		if err := os.MkdirAll(c.profile, 0o777); err != nil {
			return err
		}
		j.CPUProfile = path
	}
	m, err := p.run(ctx, j)
	if err != nil && ctx.Err() == nil {
		r.failures = append(r.failures, err)
		m, err = p.run(ctx, j)
	}
	if err == nil {
		r.add(s, mode, round, m)
	}
	return err
}
