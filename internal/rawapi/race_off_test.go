//go:build !race

package rawapi

// poolSlack is how many allocations the SDK's pools may add to a call: a
// collection in between empties them.
const poolSlack = 3
