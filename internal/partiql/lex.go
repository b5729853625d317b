package partiql

import "strings"

type tokenKind uint8

const (
	tokenEnd     tokenKind = iota
	tokenFailed            // after an error: stops every loop of the parser
	tokenName              // an identifier that is no keyword
	tokenQuoted            // "…"
	tokenKeyword           // word is it, in upper case
	tokenString            // '…'
	tokenNumber            // without a sign
	tokenParam             // ?
	tokenSymbol            // word is it: ( ) [ ] { } << >> , . : ; * @ and the operators
	tokenIon               // `…`
)

// A token is one lexical element, text[pos:end].
type token struct {
	kind     tokenKind
	pos, end int
	word     string
}

func (t token) is(symbol string) bool { return t.kind == tokenSymbol && t.word == symbol }
func (t token) isWord(w string) bool  { return t.kind == tokenKeyword && t.word == w }

// describe says what kind of token t is. It never holds text of the user's:
// words are keywords and symbols.
func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "the end of the text"
	case tokenName, tokenQuoted:
		return "a name"
	case tokenKeyword:
		return "the keyword " + t.word
	case tokenString:
		return "a string"
	case tokenNumber:
		return "a number"
	case tokenParam:
		return "a parameter (?)"
	case tokenSymbol:
		return t.word
	case tokenIon:
		return "an Ion literal (`)"
	}
	return "an error"
}

// A lexer splits text into tokens, one at a time.
type lexer struct {
	text   string
	off    int
	params int // question marks passed
	lexErr *LexError
}

// newLexer returns a lexer of text, which has failed already if text is not
// UTF-8.
func newLexer(text string) lexer {
	l := lexer{text: text}
	if i := invalidUTF8(text); i >= 0 {
		l.broken(i, "a byte that is not UTF-8")
	}
	return l
}

func (l *lexer) broken(pos int, reason string) token {
	if l.lexErr == nil {
		l.lexErr = &LexError{*newError(l.text, pos, reason, "")}
	}
	l.off = len(l.text)
	return token{kind: tokenFailed, pos: pos, end: pos}
}

// next returns the next token, or a tokenFailed with l.lexErr set.
func (l *lexer) next() token {
	if !l.skipSpace() || l.lexErr != nil {
		return token{kind: tokenFailed, pos: l.off, end: l.off}
	}
	start := l.off
	if start == len(l.text) {
		return token{kind: tokenEnd, pos: start, end: start}
	}
	switch c := l.text[start]; {
	case isLetter(c):
		return l.lexWord()
	case isDigit(c), c == '.' && start+1 < len(l.text) && isDigit(l.text[start+1]):
		return l.lexNumber()
	case c == '\'':
		return l.lexQuoted(tokenString, "a string without its closing '")
	case c == '"':
		return l.lexQuoted(tokenQuoted, `a quoted name without its closing "`)
	case c == '`':
		return l.lexIon()
	case c == '?':
		l.off++
		l.params++
		return token{kind: tokenParam, pos: start, end: l.off}
	}
	for _, s := range symbols {
		if strings.HasPrefix(l.text[start:], s) {
			l.off += len(s)
			return token{kind: tokenSymbol, pos: start, end: l.off, word: s}
		}
	}
	return l.broken(start, "a character that SQL does not have outside quotes")
}

// symbols has the longest first. Some of them mean nothing to DynamoDB, but do
// in other dialects of SQL: they are the service's to refuse.
var symbols = [...]string{
	"<=", "<>", "<<", ">=", ">>", "!=", "||",
	"(", ")", "[", "]", "{", "}", ",", ".", ":", ";", "*", "@",
	"=", "<", ">", "+", "-", "/", "%", "^", "!", "|", "&", "~",
}

// skipSpace passes white space and comments. Comments do not nest.
func (l *lexer) skipSpace() bool {
	for l.off < len(l.text) {
		rest := l.text[l.off:]
		switch c := rest[0]; {
		case c == ' ', '\t' <= c && c <= '\r':
			l.off++
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexAny(rest, "\r\n")
			if n < 0 {
				n = len(rest)
			}
			l.off += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				l.broken(l.off, "a comment without its closing */")
				return false
			}
			l.off += n + len("/**/")
		default:
			return true
		}
	}
	return true
}

func (l *lexer) lexWord() token {
	start := l.off
	for l.off < len(l.text) && (isLetter(l.text[l.off]) || isDigit(l.text[l.off])) {
		l.off++
	}
	t := token{kind: tokenName, pos: start, end: l.off}
	if t.word = keyword(l.text[start:l.off]); t.word != "" {
		t.kind = tokenKeyword
	}
	return t
}

// lexNumber reads digits with an optional point and exponent. As in the service,
// the token ends where the number does: 1OR is a number and a keyword. An e that
// no digits follow starts a word of its own.
func (l *lexer) lexNumber() token {
	start, s := l.off, l.text
	digits := func(i int) int {
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		return i
	}
	i := digits(start)
	if i < len(s) && s[i] == '.' {
		i = digits(i + 1)
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if end := digits(j); end > j {
			i = end
		}
	}
	l.off = i
	return token{kind: tokenNumber, pos: start, end: i}
}

// lexQuoted reads to the closing quote; a doubled quote is one of the text, and a
// backslash is a backslash.
func (l *lexer) lexQuoted(kind tokenKind, unterminated string) token {
	start := l.off
	quote := l.text[start]
	for i := start + 1; ; i++ {
		n := strings.IndexByte(l.text[i:], quote)
		if n < 0 {
			return l.broken(start, unterminated)
		}
		i += n + 1
		if i == len(l.text) || l.text[i] != quote {
			l.off = i
			return token{kind: kind, pos: start, end: i}
		}
	}
}

// lexIon finds the end of an Ion literal. It need not know Ion: no text of it is
// accepted, and one without a second backtick is an error in Ion too.
func (l *lexer) lexIon() token {
	start := l.off
	n := strings.IndexByte(l.text[start+1:], '`')
	if n < 0 {
		return l.broken(start, "an Ion literal without its closing `")
	}
	l.off = start + n + 2
	return token{kind: tokenIon, pos: start, end: l.off}
}

// unquote returns what stands between the quotes of a string or a quoted name.
func unquote(text string) string {
	quote := text[:1]
	inner := text[1 : len(text)-1]
	return strings.ReplaceAll(inner, quote+quote, quote)
}

func isLetter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '$'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// CountParams returns the number of question marks of text that stand outside
// strings, quoted names and comments: the parameters it takes. The error, if any,
// is a [*LexError].
func CountParams(text string) (int, error) {
	l := newLexer(text)
	for {
		switch l.next().kind {
		case tokenFailed:
			return 0, l.lexErr
		case tokenEnd:
			return l.params, nil
		}
	}
}
