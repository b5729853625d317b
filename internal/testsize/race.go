//go:build race

package testsize

// Race reports whether the race detector is on: it makes code several times as slow, and
// the pools of package sync forget at random.
const Race = true
