// Package fields uses fields without naming their type.
package fields

type point struct{ x, y int }

var points = []point{{1, 2}}
