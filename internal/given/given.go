// Package given sorts out what callers give: options that are nil are reported, and never
// called.
package given

import "fmt"

// Options returns the options that are not nil. It adds an error to faults for each other
// option; taker is the name of the function that took it.
func Options[O any](taker string, opts []O, faults *[]error) []O {
	var some []O
	for i, o := range opts {
		if any(o) == nil {
			*faults = append(*faults, fmt.Errorf("option %d of %s is nil", i+1, taker))
			continue
		}
		some = append(some, o)
	}
	return some
}
