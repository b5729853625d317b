package main

import (
	"context"
	"fmt"
	"io"
)

// growRounds is how often each size is measured. The median counts.
const growRounds = 3

// grow shows what an item costs in tables of growing size, and under a growing
// number of rules.
func grow(ctx context.Context, p *processes, w io.Writer) error {
	of := job{scenario: scenario{workCopy4, base, 1, false}, Mode: modeDynsync, Workers: 1}
	fmt.Fprintf(w, "%v, dynsync; medians of %d\n", of.scenario, growRounds)
	for of.Pages = 10; of.Pages <= 10_000; of.Pages *= 10 {
		if err := growTo(ctx, p, w, of); err != nil {
			return err
		}
	}
	of.Pages = 1_000
	for _, of.Idle = range []int{0, 100, 10_000} {
		if err := growTo(ctx, p, w, of); err != nil {
			return err
		}
	}
	return nil
}

func growTo(ctx context.Context, p *processes, w io.Writer, j job) error {
	all := series{}
	for round := range growRounds {
		m, err := p.run(ctx, j)
		if err != nil {
			return err
		}
		all[round] = m
	}
	fmt.Fprintf(w, "%10d items, %6d rules: %6.2f us/item %-15s %6.2f allocs/item, %6.1f MB peak\n", all[0].Items, len(keyedPaths)+j.Idle,
		all.quartiles(cpuOf).median, between(all.quartiles(cpuOf)), all.quartiles(allocsOf).median, all.quartiles(peakOf).median/(1<<20))
	return nil
}
