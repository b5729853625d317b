//go:build !poison

// Package tagged has files that build on Linux with some tags, and others.
package tagged

func fill() { common() }
