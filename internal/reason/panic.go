package reason

import "fmt"

// A Panic keeps what user code panicked with, for Unwrap. Its text says nothing of it.
type Panic struct{ Value any }

func (*Panic) Error() string { return "dynsync: a callback panicked" }

// Format prints what Error returns for every verb.
func (e *Panic) Format(f fmt.State, _ rune) { Print(f, e.Error()) }

// Unwrap returns the error that user code panicked with, or nil.
func (e *Panic) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
