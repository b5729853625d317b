package script

import (
	"fmt"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// An Option changes the limits of a script, or how it sees numbers.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

type config struct {
	timeout time.Duration
	depth   int
	size    int
	text    bool
}

const (
	maxTimeout = time.Minute
	minTimeout = time.Millisecond
	maxDepth   = 10_000
	minDepth   = 16
	maxSize    = 409_600
)

func defaultConfig() config {
	return config{timeout: time.Second, depth: 256, size: maxSize}
}

// Timeout sets how long one call may take, from 1 ms to 1 minute, instead of the
// default of 1 s. A call that takes longer fails its item. The time is that of
// the clock, in which the process gets its turns: raise it on a machine that is
// overloaded. A built-in function that is at work is ended by its own bounds, not
// by the timeout, which the call then meets when it returns.
func Timeout(d time.Duration) Option { return option(func(c *config) { c.timeout = d }) }

// MaxDepth sets how many calls of functions may be under way in each other, from
// 16 to 10,000, instead of the default of 256. A script that calls deeper fails
// its item.
func MaxDepth(n int) Option { return option(func(c *config) { c.depth = n }) }

// MaxSize sets how large a result may be, from 1 to 409,600 bytes, which is the
// default and all that an item of DynamoDB holds. Counted are the UTF-8 text of
// strings, numbers and names, the bytes of binaries, and one for each value. A
// larger result fails the item.
func MaxSize(n int) Option { return option(func(c *config) { c.size = n }) }

// NumbersAsStrings gives the script an N as the string of its decimal text, and
// an NS as an array of such strings; a string, or an array of strings, that it
// returns for one becomes an N or NS again, or fails the item if it is no
// number. Numbers inside maps, lists and the record are all given as Decimal
// objects, whose String(d) is the text, and which stay numbers wherever the
// script puts them.
func NumbersAsStrings() Option { return option(func(c *config) { c.text = true }) }

func (c config) check() error {
	switch {
	case c.timeout < minTimeout || c.timeout > maxTimeout:
		return fmt.Errorf("Timeout must be from %v to %v, not %v", minTimeout, maxTimeout, c.timeout)
	case c.timeout >= regexp2.DefaultMatchTimeout:
		return fmt.Errorf("Timeout must be less than %v, to which this program sets regexp2.DefaultMatchTimeout: a match that ends before its call would count as none", regexp2.DefaultMatchTimeout)
	case c.depth < minDepth || c.depth > maxDepth:
		return fmt.Errorf("MaxDepth must be from %d to %d, not %d", minDepth, maxDepth, c.depth)
	case c.size < 1 || c.size > maxSize:
		return fmt.Errorf("MaxSize must be from 1 to %d bytes, not %d", maxSize, c.size)
	}
	return nil
}
