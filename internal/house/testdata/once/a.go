// Package once has functions by how often they are used and from where.
package once

func elsewhere() {} // once, from b.go: counts

func twice() {}

func here() {}

func recursive(n int) { // once, from b.go: counts
	if n > 0 {
		recursive(n - 1)
	}
}

func Exported() { here() }

type t struct{ hook func() }

func (t) method() {} // once, from b.go: counts

func (t) never() {}

func neverEither() {}
