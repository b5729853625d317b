// Package reason holds the one kind of error text that dynsync prints of a
// cause: text that this module wrote, and that holds no attribute value.
package reason

// An Error is a cause whose text may be printed.
type Error string

func (e Error) Error() string { return "dynsync: " + string(e) }
