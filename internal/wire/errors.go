package wire

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// Causes that [errors.Is] finds in a [SyntaxError].
var (
	// ErrDepth: values are nested over [MaxDepth] levels.
	ErrDepth = errors.New("nesting over 32 levels")
	// ErrDuplicate: an object has two members of one name, or a set two equal
	// members.
	ErrDuplicate = errors.New("duplicate member")
	// ErrEmptySet: a set has no members.
	ErrEmptySet = errors.New("empty set")
	// ErrName: the name of a member is empty or over 65,535 bytes long.
	ErrName = errors.New("member name empty or too long")
)

// A SyntaxError tells where a text is not the DynamoDB JSON it should be.
// It never holds any of the text.
type SyntaxError struct {
	Offset int    // in bytes, from the start of the slice given
	Reason string // constant text
	Err    error  // the cause, where there is one to tell apart: io.ErrUnexpectedEOF for truncated text, ErrDepth, …
}

// Error returns the offset and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("DynamoDB JSON, byte %d: %s", e.Offset, e.Reason)
}

// Unwrap returns e.Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// errorAt returns the error of b[i], or that of truncated text if b ends there.
func errorAt(b []byte, i int, reason string) error {
	if i >= len(b) {
		return &SyntaxError{len(b), "unexpected end of text", io.ErrUnexpectedEOF}
	}
	return &SyntaxError{i, reason, nil}
}

func causeAt(i int, cause error) error {
	return &SyntaxError{i, cause.Error(), cause}
}

// checkLen refuses text whose offsets would not fit a [Span].
func checkLen(n uint64) error {
	if n > math.MaxUint32 {
		return &SyntaxError{0, "text longer than 4 GiB - 1", nil}
	}
	return nil
}
