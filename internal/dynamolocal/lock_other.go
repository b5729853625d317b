//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package dynamolocal

import "context"

// lockFile does nothing: two test binaries may fetch at the same time, and the
// rename lets the first one win.
func lockFile(context.Context, string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
