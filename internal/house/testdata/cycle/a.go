// Package cycle has a cycle of three files, one of two, and a file in neither.
package cycle

func a() { b() }
