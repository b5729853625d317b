// Package reason holds the one kind of error text that dynsync prints of a
// cause: text that this module wrote, and that holds no attribute value.
package reason

import (
	"fmt"
	"io"
)

// An Error is a cause whose text may be printed.
type Error string

func (e Error) Error() string { return "dynsync: " + string(e) }

// Print is what the Format method of an error does, or of another value that has more
// than may be printed: whatever the verb and its flags, it prints this text. Without
// such a method, %#v prints the fields.
func Print(f fmt.State, text string) { _, _ = io.WriteString(f, text) }
