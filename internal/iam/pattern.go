package iam

import (
	"slices"
	"strings"
)

// A pattern is a text of a policy, its variables replaced: the values of its runes, or one of
// the wildcards.
type pattern []rune

// The wildcards of a pattern. No text has runes below zero.
const (
	anyRunes rune = -1 - iota // *
	anyRune                   // ?
)

// compile replaces the variables of a text by the values that the request has, false if it
// has none or several. Where the text is literal, * and ? stand for themselves.
func compile(text string, r Request, literal bool) (pattern, bool) {
	var p pattern
	for text != "" {
		variable, rest, found := cutVariable(text)
		if found {
			value, ok := variable.value(r)
			if !ok {
				return nil, false
			}
			p = append(p, []rune(value)...)
			text = rest
			continue
		}
		c := []rune(text)[0]
		text = text[len(string(c)):]
		switch {
		case c == '*' && !literal:
			c = anyRunes
		case c == '?' && !literal:
			c = anyRune
		}
		p = append(p, c)
	}
	return p, true
}

// A variable is what stands between ${ and }.
type variable struct {
	name, fallback string
	falls          bool // there is a fallback
}

// cutVariable takes a variable off the beginning of a text.
func cutVariable(text string) (v variable, rest string, found bool) {
	inner, ok := strings.CutPrefix(text, "${")
	if !ok {
		return v, "", false
	}
	inner, rest, found = strings.Cut(inner, "}")
	if !found {
		return v, "", false
	}
	v.name = inner
	if name, quoted, ok := strings.Cut(inner, ", "); ok && len(quoted) > 1 && quoted[0] == '\'' && quoted[len(quoted)-1] == '\'' {
		v.name, v.fallback, v.falls = strings.TrimSpace(name), quoted[1:len(quoted)-1], true
	}
	return v, rest, true
}

// value returns what a variable stands for, false if there is nothing.
func (v variable) value(r Request) (string, bool) {
	if v.escapes() {
		return v.name, true
	}
	if values := r.values(v.name); len(values) == 1 {
		return values[0], true
	}
	return v.fallback, v.falls
}

// escapes reports whether the variable is ${*}, ${?} or ${$}, which stand for a character.
func (v variable) escapes() bool { return v.name == "*" || v.name == "?" || v.name == "$" }

// checkVariables refuses variables that no request has.
func (n node) checkVariables(text string) error {
	for text != "" {
		at := strings.Index(text, "${")
		if at < 0 {
			return nil
		}
		v, rest, found := cutVariable(text[at:])
		if !found {
			return n.errorf("has a variable without a }")
		}
		if several, known := severalValues(v.name); !v.escapes() && (!known || several) {
			return n.errorf("has a variable that is no condition key with one value")
		}
		text = rest
	}
	return nil
}

// equals reports whether a text is the pattern, which has no wildcards.
func (p pattern) equals(text string) bool { return string(p) == text }

// equalsFold is equals without regard to case.
func (p pattern) equalsFold(text string) bool { return strings.EqualFold(string(p), text) }

// matches reports whether the pattern matches a whole text. It takes at most the product of
// both lengths, whatever the pattern is.
func (p pattern) matches(text string) bool {
	runes := []rune(text)
	at, from := 0, 0       // in the pattern and the text
	star, restart := -1, 0 // the last *, and where what follows it was tried last
	for from < len(runes) {
		switch {
		case at < len(p) && p[at] == anyRunes:
			star, restart = at, from
			at++
		case at < len(p) && (p[at] == anyRune || p[at] == runes[from]):
			at++
			from++
		case star >= 0:
			restart++
			at, from = star+1, restart
		default:
			return false
		}
	}
	return !slices.ContainsFunc(p[at:], func(c rune) bool { return c != anyRunes })
}

// arnParts is how many parts an ARN has; colons in the last one are its own.
const arnParts = 6

// isARN reports whether the pattern has all parts of an ARN.
func (p pattern) isARN() bool { return strings.Count(string(p), ":") >= arnParts-1 }

// matchesARN reports whether the pattern matches an ARN, each part of it by the pattern's own:
// a * reaches no further than its part.
func (p pattern) matchesARN(arn string) bool {
	parts := strings.SplitN(arn, ":", arnParts)
	if len(parts) < arnParts {
		return false
	}
	for _, part := range parts[:arnParts-1] {
		end := slices.Index(p, ':')
		if end < 0 || !p[:end].matches(part) {
			return false
		}
		p = p[end+1:]
	}
	return p.matches(parts[arnParts-1])
}
