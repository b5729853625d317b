// Package moves has a function that stands in the wrong file.
package moves

const base = 1

func misplaced() int { return user() + used() }
