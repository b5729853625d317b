//go:build !linux

package main

// processors returns the processors that a process can be bound to: none here.
func processors() []int { return nil }

func pinned(_ []int, start func() error) error { return start() }
