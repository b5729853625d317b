package checkpoint

import "github.com/dynsync/dynsync/internal/reason"

// A Breach is the error of a store that breaks its contract.
type Breach struct {
	How string // which method did what
	err error
}

func (e *Breach) Error() string { return "dynsync: the checkpoint store broke its contract: " + e.How }
func (e *Breach) Unwrap() error { return e.err }

// Guard calls a method of a store. If it panics, the error is a *Breach.
func Guard(method string, call func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			caught := reason.Caught(v)
			err = &Breach{method + " panicked" + caught.Place + "; Unwrap has what it panicked with", caught}
		}
	}()
	return call()
}
