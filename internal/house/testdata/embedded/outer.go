// Package embedded uses what is promoted from an embedded type.
package embedded

type outer struct{ inner }

type closer interface{ close() }
