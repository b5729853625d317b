//go:build !unix

package main

import (
	"errors"
	"time"
)

func cpuTime() (time.Duration, error) {
	return 0, errors.New("the benchmark reads CPU time from rusage, which this system does not have")
}

func resetPeak() {}

func peakRSS() int64 { return 0 }
