// Package jobkey has the secret key of a job: what it must be, and how a job comes by it at
// the first call that needs it.
package jobkey

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
)

// An Asker returns the master key of a job.
type Asker = func(context.Context) ([]byte, error)

// A Config is what the options of a job say of its key. The zero Config is a random key.
type Config struct {
	Master      []byte // of WithKey
	Set         bool   // WithKey was used, perhaps with nil
	Ask         Asker  // of WithKeyFrom
	AskSet      bool   // WithKeyFrom was used, perhaps with nil
	Environment string // of WithEnvironment
	InSet       bool   // WithEnvironment was used, perhaps with ""
}

// Given reports whether the caller has the key, so that other processes and later runs can
// have it too.
func (c *Config) Given() bool { return c.Set || c.AskSet }

// maxEnvironment is the greatest length in bytes of the name of an environment.
const maxEnvironment = 64

// Faults returns what is wrong with the options.
func (c *Config) Faults() (faults []error) {
	if c.Set && c.AskSet {
		faults = append(faults, errors.New("WithKey and WithKeyFrom are both given, and a job has one key; leave out one of them"))
	}
	if what := fault(c.Master); c.Set && what != "" {
		faults = append(faults, fmt.Errorf("WithKey needs 32 bytes or more, from a random source; it has %s", what))
	}
	if c.AskSet && c.Ask == nil {
		faults = append(faults, errors.New("the function of WithKeyFrom is nil"))
	}
	if c.InSet && !isName(c.Environment) {
		faults = append(faults, fmt.Errorf("WithEnvironment needs a name of 1 to %d printable ASCII characters", maxEnvironment))
	}
	return faults
}

// isName reports whether a text can be the name of an environment. It has ASCII only, so
// that names that look the same are the same.
func isName(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return text != "" && len(text) <= maxEnvironment
}

// fault says what a master key has that is too little, or returns "".
func fault(master []byte) string {
	switch {
	case len(master) < pseudonym.MinKeyLen:
		return fmt.Sprint(len(master))
	case differentBytes(master) < minDifferentBytes:
		return "fewer than eight different ones"
	}
	return ""
}

// minDifferentBytes is the minimum number of different bytes of a key. Of random keys
// with 32 hexadecimal digits, one in 20 million has fewer. Otherwise such a key is an
// unfilled buffer or a repeated word.
const minDifferentBytes = 8

// differentBytes returns how many different bytes b holds.
func differentBytes(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// A Source gives a job its key. It is safe for concurrent use.
type Source struct {
	set   func(master []byte) error
	ask   Asker         // nil if the key is there from the beginning
	wait  time.Duration // for an answer
	turn  chan struct{} // has room for one, who asks
	there chan struct{} // closed once the key is there
}

// New returns the source of a job's key, and the key, which nobody may use before a call of
// Ready has returned nil. The configuration has no faults. wait is how long an answer may
// take.
func New(c Config, wait time.Duration) (*Source, *pseudonym.Key, error) {
	key, set := pseudonym.Later(c.Environment)
	if c.AskSet {
		return &Source{set, c.Ask, wait, make(chan struct{}, 1), make(chan struct{})}, key, nil
	}
	master := c.Master
	if !c.Set {
		master = make([]byte, pseudonym.MinKeyLen)
		rand.Read(master) // never fails
	}
	return &Source{}, key, set(master)
}

// Ready returns when the key is there. It calls the function of WithKeyFrom until that has
// returned a key, never twice at a time. If ctx ends first, or the wait for an answer does,
// it returns an error; a key that comes later still counts. The text of an error holds none
// of the function's, unless this module wrote that.
func (s *Source) Ready(ctx context.Context) error {
	if s.ask == nil {
		return nil
	}
	select {
	case <-s.there:
		return nil
	default:
	}
	asking, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	select {
	case <-s.there:
		return nil
	case s.turn <- struct{}{}:
	case <-asking.Done():
		return s.late(ctx)
	}
	answer := make(chan error, 1)
	go s.take(asking, answer)
	select {
	case err := <-answer:
		if err != nil && asking.Err() != nil {
			return s.late(ctx)
		}
		return err
	case <-asking.Done():
		return s.late(ctx)
	}
}

// take asks for the key, and ends the turn, also where the function panics or ends its
// goroutine.
func (s *Source) take(ctx context.Context, answer chan<- error) {
	var err error
	returned := false
	defer func() {
		if p := recover(); !returned {
			caught := reason.Caught(p)
			err = reason.Because(reason.Unexpected, caught, "the function of WithKeyFrom panicked%s", caught.Place)
		}
		if err == nil {
			close(s.there) // and nobody has a turn again
		} else {
			<-s.turn
		}
		answer <- err
	}()
	err = s.obtain(ctx)
	returned = true
}

// obtain asks for the key.
func (s *Source) obtain(ctx context.Context) error {
	master, err := s.ask(ctx)
	if err != nil {
		return refused(err)
	}
	master = bytes.Clone(master) // the function may keep what it returned, and clear it
	if what := fault(master); what != "" {
		return reason.Refuse(reason.Configuration, "WithKeyFrom needs 32 bytes or more, from a random source; its function returned %s", what)
	}
	return s.set(master)
}

// refused returns the error of a function that returned one. Its class is that of the
// cause, if this module made the cause.
func refused(cause error) error {
	var own *reason.Plain
	if errors.As(cause, &own) {
		return reason.Because(own.Class, cause, "WithKeyFrom: %s", own.Text)
	}
	return reason.Because(reason.Access, cause, "the function of WithKeyFrom returned an error instead of a key; its text is not printed, since it could hold a secret, but errors.Unwrap returns it")
}

// late returns the error of a call whose time was over before there was a key.
func (s *Source) late(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return reason.Because(reason.Resumable, errors.Join(err, context.Cause(ctx)), "the context ended before the function of WithKeyFrom had returned a key")
	}
	return reason.Refuse(reason.Access, "the function of WithKeyFrom has not returned a key within %v, which WithGiveUpAfter allows", s.wait)
}
