package script

import (
	"fmt"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// An Option configures [Transform] and [Generate]. A second use of an option replaces
// the first. [dynsync.New] reports a value out of range.
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

// Timeout sets the longest duration of a call: 1 ms to 1 minute. The default is 1 s. A
// longer call fails its item. The duration is wall-clock time: raise it on an
// overloaded machine. Timeout does not interrupt a built-in function, which has its own
// limits; the call ends when that function returns.
func Timeout(d time.Duration) Option { return option(func(c *config) { c.timeout = d }) }

// MaxDepth sets the greatest depth of nested function calls: 16 to 10,000. The default
// is 256. A deeper call fails its item.
func MaxDepth(n int) Option { return option(func(c *config) { c.depth = n }) }

// MaxSize sets the greatest size of a result: 1 to 409,600 bytes. The default is
// 409,600, the size limit of a DynamoDB item. The size is that of strings, numbers and
// map keys as UTF-8 text, plus the bytes of binaries, plus one byte for each value. A
// larger result fails its item.
func MaxSize(n int) Option { return option(func(c *config) { c.size = n }) }

// NumbersAsStrings gives the script an N as a string with its decimal text, and an NS
// as an array of such strings. A string or array of strings that the script returns for
// one becomes an N or NS again; the item fails if it is not a number. Numbers inside
// maps, lists and the record become Decimal objects: String(d) returns the text, and
// they stay numbers wherever the script puts them.
func NumbersAsStrings() Option { return option(func(c *config) { c.text = true }) }

func (c config) check() error {
	switch {
	case c.timeout < minTimeout || c.timeout > maxTimeout:
		return fmt.Errorf("Timeout must be from %v to %v, not %v", minTimeout, maxTimeout, c.timeout)
	case c.timeout >= regexp2.DefaultMatchTimeout:
		return fmt.Errorf("Timeout must be less than %v, the value of regexp2.DefaultMatchTimeout in this program; otherwise a match could end before its call and count as no match", regexp2.DefaultMatchTimeout)
	case c.depth < minDepth || c.depth > maxDepth:
		return fmt.Errorf("MaxDepth must be from %d to %d, not %d", minDepth, maxDepth, c.depth)
	case c.size < 1 || c.size > maxSize:
		return fmt.Errorf("MaxSize must be from 1 to %d bytes, not %d", maxSize, c.size)
	}
	return nil
}
