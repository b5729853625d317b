//go:build race

package rawapi

// poolSlack is how many allocations the SDK's pools may add to a call: with the
// race detector on, sync.Pool forgets at random.
const poolSlack = 60
