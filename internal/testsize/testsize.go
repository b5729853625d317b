// Package testsize says how much a test does.
//
// A test that draws its cases, or has more of them than a contributor waits for,
// has three sizes: with -short, plain, and full. A test is full where
// DYNSYNC_TEST_SIZE is "full", as in the gate. Each size holds the same claims; a
// larger one tries more cases.
package testsize

import (
	"os"
	"testing"
)

// Of returns the number that fits how the tests run.
func Of(short, plain, full int) int {
	switch {
	case os.Getenv("DYNSYNC_TEST_SIZE") == "full":
		return full
	case testing.Short():
		return short
	}
	return plain
}

// SkipShort skips a test with -short.
func SkipShort(t testing.TB, reason string) {
	t.Helper()
	if testing.Short() {
		t.Skipf("skipped with -short: %s", reason)
	}
}
