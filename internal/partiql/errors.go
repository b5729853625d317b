package partiql

import "fmt"

// An Error says what is wrong with a condition or a statement. It holds the
// place and the kind of what was found there, and never a literal, a name or
// any other text of the statement: that may be personal data.
type Error struct {
	Pos    int // byte offset, 0-based
	Column int // 1-based, counted in characters (runes) from the start of the text; 0 where no text was parsed
	Reason string

	// Message is what the service answers for the same mistake, where it has
	// a message of its own for it; empty for a syntax error.
	Message string
}

func (e *Error) Error() string {
	if e.Column == 0 {
		return e.Reason
	}
	return fmt.Sprintf("column %d: %s", e.Column, e.Reason)
}

// A LexError is an [Error] of the text's characters: an unterminated string,
// quoted name or comment, or a character that no SQL has. The service cannot
// accept such a text either, whereas any other Error may only mean that this
// package does not know the construct.
type LexError struct{ Error }

// Unwrap makes errors.As find the *Error inside.
func (e *LexError) Unwrap() error { return &e.Error }
