package dynsynctest

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenWord             // an attribute name, a function or a keyword
	tokenName             // #name
	tokenValue            // :value
	tokenNumber           // a list index
	tokenSymbol           // an operator or a bracket
	tokenBad
)

type token struct {
	kind tokenKind
	text string
	pos  int
}

// is reports whether the token is this symbol or, in any case, this keyword.
func (t token) is(text string) bool {
	switch t.kind {
	case tokenSymbol:
		return t.text == text
	case tokenWord:
		return strings.EqualFold(t.text, text)
	}
	return false
}

// lex cuts an expression into tokens. The last one is tokenEnd. A character
// that no expression has is a tokenBad.
func lex(text string) []token {
	var tokens []token
	for pos := 0; ; {
		for pos < len(text) && strings.IndexByte(" \t\r\n", text[pos]) >= 0 {
			pos++
		}
		t := lexToken(text, pos)
		tokens = append(tokens, t)
		if t.kind == tokenEnd {
			return tokens
		}
		pos += len(t.text)
	}
}

func lexToken(text string, pos int) token {
	rest := text[pos:]
	if rest == "" {
		return token{tokenEnd, "<EOF>", pos}
	}
	switch c := rest[0]; {
	case isLetter(c) && c != '_':
		return token{tokenWord, wordOf(rest, 1), pos}
	case c == '0':
		return token{tokenNumber, "0", pos} // a number has no leading zero
	case isDigit(c):
		return token{tokenNumber, digitsOf(rest), pos}
	case (c == '#' || c == ':') && len(rest) > 1 && isWordByte(rest[1]):
		kind := tokenName
		if c == ':' {
			kind = tokenValue
		}
		return token{kind, wordOf(rest, 1), pos}
	}
	for _, symbol := range []string{"<>", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ",", ".", "+", "-"} {
		if strings.HasPrefix(rest, symbol) {
			return token{tokenSymbol, symbol, pos}
		}
	}
	return token{tokenBad, firstCharacter(rest), pos}
}

// firstCharacter returns the character that s begins with. Lone surrogates are
// one, of three bytes, as decoder reads them.
func firstCharacter(s string) string {
	if len(s) >= 3 && s[0] == 0xED && s[1] >= 0xA0 {
		return s[:3]
	}
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

func (t token) end() int {
	if t.kind == tokenEnd {
		return t.pos
	}
	return t.pos + len(t.text)
}

func wordOf(s string, n int) string {
	for n < len(s) && isWordByte(s[n]) {
		n++
	}
	return s[:n]
}

func isLetter(c byte) bool   { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isWordByte(c byte) bool { return isLetter(c) || isDigit(c) }
