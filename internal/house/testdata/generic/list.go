// Package generic uses the methods and fields of instantiated types.
package generic

type list[T any] struct{ items []T }

type pair[K comparable, V any] struct {
	key K
	val V
}
