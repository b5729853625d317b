package reason

import "fmt"

// A Class says what has to happen before what failed can succeed.
type Class uint8

// The classes.
const (
	Unstated      Class = iota // the error does not say; its cause may
	Unexpected                 // somebody has to look
	Configuration              // the options, or an argument, have to change
	Access                     // rights or credentials have to change
	Items                      // the table is done but for some items
	Leak                       // an item holds an original value, or may hold one
	Resumable                  // nothing: the next run goes on
	Refused                    // somebody has to say that it is wanted

	Classes // how many there are
)

// A Plain is an error whose text this module wrote, and may print.
type Plain struct {
	Class Class
	Text  string
	cause error
}

func (e *Plain) Error() string { return "dynsync: " + e.Text }
func (e *Plain) Unwrap() error { return e.cause }

// Format prints what Error returns for every verb.
func (e *Plain) Format(f fmt.State, _ rune) { Print(f, e.Error()) }

// Refuse returns an error of that class without a cause.
func Refuse(c Class, format string, args ...any) error {
	return &Plain{Class: c, Text: fmt.Sprintf(format, args...)}
}

// Because returns an error of that class with a cause, of which it prints nothing.
func Because(c Class, cause error, format string, args ...any) error {
	return &Plain{c, fmt.Sprintf(format, args...), cause}
}

// A blamed is an error that does not say its class, and the class.
type blamed struct {
	class Class
	err   error
}

func (e *blamed) Error() string { return e.err.Error() }
func (e *blamed) Unwrap() error { return e.err }

// Format prints what Error returns for every verb.
func (e *blamed) Format(f fmt.State, _ rune) { Print(f, e.Error()) }

// Blame gives an error a class.
func Blame(c Class, err error) error { return &blamed{c, err} }

// Misconfigured is what [errors.Is] finds in errors of packages that are about what was
// given to them, and whose types have no class.
var Misconfigured = Refuse(Configuration, "the configuration is wrong")

// Stated returns the class that Refuse or Blame gave an error, or that its method Stated
// returns, without a look at what it wraps.
func Stated(err error) Class {
	switch e := err.(type) {
	case *Plain:
		return e.Class
	case *blamed:
		return e.class
	case interface{ Stated() Class }:
		return e.Stated()
	}
	return Unstated
}
