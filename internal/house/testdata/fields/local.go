package fields

func local() int {
	type point struct{ x int }
	get := func() point { return point{} }
	return get().x
}
