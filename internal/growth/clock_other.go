//go:build !linux

package growth

import "time"

// threadTime returns the time since the program began.
func threadTime() time.Duration { return wallTime() }
