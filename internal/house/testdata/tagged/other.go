//go:build !unix && !windows

package tagged

func lock() {}
