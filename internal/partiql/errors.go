package partiql

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Error says what is wrong with a condition or a statement.
type Error struct {
	Pos    int // byte offset into the text, 0-based
	Column int // in characters from the start of the text, 1-based; 0 if the text is not known: see Locate
	Reason string
	Remedy string // what to write instead, a clause; "" if it is not known

	// Sure reports that the service refuses the text too. It takes a few that this
	// package does not know.
	Sure bool

	// Message is what the service answers to the same mistake, or empty where
	// it answers only that the statement is not well formed. It may repeat
	// names and values, as the service does: it is for a test server to send,
	// never for an error or a log of this module.
	Message string
}

// Error returns the column, the reason and the remedy. None holds text of the statement
// other than keywords, operators and, from [CheckKeys], names of key attributes.
func (e *Error) Error() string {
	text := e.Reason
	if e.Column > 0 {
		text = fmt.Sprintf("column %d: %s", e.Column, text)
	}
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}

// IsSure reports whether err says that the service refuses a text, too.
func IsSure(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Sure
}

// A LexError is an [Error] of the text's characters: an unterminated string,
// quoted name or comment, a character that stands for nothing in SQL, or bytes
// that are no UTF-8. The service cannot read such a text either.
type LexError struct{ Err Error }

func (e *LexError) Error() string { return e.Err.Error() }

// Unwrap makes [errors.As] find the *Error inside.
func (e *LexError) Unwrap() error { return &e.Err }

func newError(text string, pos int, reason, message string) *Error {
	return &Error{Pos: pos, Column: runes(text[:pos]) + 1, Reason: reason, Message: message, Sure: true}
}

// runes counts characters. A lone surrogate is one, unlike in utf8.RuneCount.
func runes(s string) int {
	n := 0
	for i := range len(s) {
		if s[i]&0xC0 != 0x80 {
			n++
		}
	}
	return n
}

// place returns "line:column:length" of text[pos:end], as the service adds it to
// some of its messages. CR, LF and CR LF end a line.
func place(text string, pos, end int) string {
	line, start := 1, 0
	for i := range pos {
		if c := text[i]; c == '\n' || c == '\r' && !strings.HasPrefix(text[i+1:], "\n") {
			line, start = line+1, i+1
		}
	}
	return fmt.Sprintf("%d:%d:%d", line, runes(text[start:pos])+1, runes(text[pos:end]))
}

// invalidUTF8 returns the offset of the first byte of s that is neither part of
// a character nor of a lone surrogate, or -1.
func invalidUTF8(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			if !isSurrogate(s[i:]) {
				return i
			}
			n = 3
		}
		i += n
	}
	return -1
}

func isSurrogate(s string) bool {
	return len(s) >= 3 && s[0] == 0xED && s[1]&0xE0 == 0xA0 && s[2]&0xC0 == 0x80
}
