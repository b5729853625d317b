package rawapi

import "sync/atomic"

var poisoned atomic.Bool

// Poison makes buffers be filled with 0xDB when they are used again, so that a
// test sees any byte that outlived its buffer. For tests only.
func Poison(on bool) { poisoned.Store(on) }

// wipe clears a buffer that is about to be used again: it held personal data.
func wipe(b []byte) {
	if !poisoned.Load() {
		clear(b)
		return
	}
	for i := range b {
		b[i] = 0xDB
	}
}
