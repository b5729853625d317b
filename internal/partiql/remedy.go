package partiql

import (
	"errors"
	"slices"
	"strings"
)

// A scene is a mistake in its surroundings, by which a remedy is chosen.
type scene struct {
	text   string
	tokens []token
	at     int    // of the mistake, in tokens
	char   string // the rest of the text from the mistake on
	reason string
}

// remedy completes an [*Error] of a text with what to write instead.
func remedy(err error, text string) {
	var e *Error
	if !errors.As(err, &e) || e.Remedy != "" || e.Pos > len(text) {
		return
	}
	s := scene{text: text, tokens: tokensOf(text), char: text[e.Pos:], reason: e.Reason}
	s.at = slices.IndexFunc(s.tokens, func(t token) bool { return t.pos >= e.Pos })
	for _, r := range remedies {
		if words := r(&s); words != "" {
			e.Remedy = words
			return
		}
	}
}

// tokensOf returns the tokens of a text up to its end, or to where it cannot be split.
func tokensOf(text string) (all []token) {
	for l := newLexer(text); ; {
		t := l.next()
		all = append(all, t)
		if t.kind == tokenEnd || t.kind == tokenFailed {
			return all
		}
	}
}

// near returns the token so many places after that of the mistake.
func (s *scene) near(n int) token {
	if i := s.at + n; s.at >= 0 && i >= 0 && i < len(s.tokens) {
		return s.tokens[i]
	}
	return token{kind: tokenEnd}
}

func (s *scene) says(part string) bool { return strings.Contains(s.reason, part) }

// word returns a token's text in lower case.
func (s *scene) word(t token) string { return strings.ToLower(s.text[t.pos:t.end]) }

// remedies are asked in this order, each about its own constructs.
var remedies = []func(*scene) string{
	characterRemedy, parameterRemedy, operatorRemedy, clauseRemedy, functionRemedy, wordRemedy, keywordRemedy, typeRemedy, listRemedy, nameRemedy, restRemedy,
}

const (
	singleQuotes = "text stands between two ', and names between two \""
	bindIt       = "write ? for a parameter, and pass its value behind the condition"
	textSearch   = "use begins_with(name, 'text') or contains(name, 'text')"
	outOfGo      = "DynamoDB compares values as they are; WithFilter compares them otherwise"
)

// characterRemedy is about characters that no text may have.
func characterRemedy(s *scene) string {
	switch {
	case s.says("without its closing '"):
		return "end text by ', and write a ' within it twice"
	case s.says(`without its closing "`):
		return singleQuotes
	case s.says("Ion literal"):
		return singleQuotes
	case !s.says("a character that SQL does not have"):
		return ""
	case strings.HasPrefix(s.char, "#") && isOperand(s.near(-1)):
		return "write comments as -- or /* */"
	case strings.HasPrefix(s.char, "#"):
		return "PartiQL has no placeholders for names: write the name, between two \" where it is a keyword"
	case startsWithAny(s.char, "“", "”", "„", "‘", "’", "‚", "´", "«", "»", "\\"):
		return singleQuotes
	case isSpace(s.char):
		return "write a plain space instead of this one"
	case s.char[0] >= 0x80:
		return "a name of other characters than A to Z, a to z, 0 to 9, _ and $ stands between two \""
	}
	return ""
}

// isSpace reports whether a text begins with a space beyond ASCII, or with what shows as
// nothing.
func isSpace(text string) bool {
	return startsWithAny(text, "\u00a0", "\u2002", "\u2003", "\u2007", "\u2009", "\u200b", "\u200c", "\u200d", "\u202f", "\u2060", "\u3000", "\ufeff")
}

func startsWithAny(text string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
}

// parameterRemedy is about parameters as other languages write them.
func parameterRemedy(s *scene) string {
	t, before, after := s.near(0), s.near(-1), s.near(1)
	adjacent := t.end == after.pos
	switch {
	case t.is(":") && adjacent && (after.kind == tokenName || after.kind == tokenKeyword || after.kind == tokenNumber),
		t.is("@") && adjacent && after.kind == tokenName,
		t.is("%") && adjacent && slices.Contains([]string{"s", "d", "v", "q"}, s.word(after)) && !isOperand(before),
		t.is("{") && !s.says("a member name"):
		return bindIt
	case t.kind == tokenNumber && before.kind == tokenParam, t.kind == tokenName && before.kind == tokenParam && before.end == t.pos:
		return "write ? alone: parameters take their values in order"
	case s.near(-1).is("{") && s.says("a member name"):
		return bindIt + "; in a map literal, names stand between two '"
	}
	return ""
}

// isOperand reports whether a token can end an operand.
func isOperand(t token) bool {
	switch t.kind {
	case tokenName, tokenQuoted, tokenString, tokenNumber, tokenParam:
		return true
	}
	return t.is(")") || t.is("]")
}

// operatorRemedy is about operators of other languages.
func operatorRemedy(s *scene) string {
	t, before, after := s.near(0), s.near(-1), s.near(1)
	switch {
	case t.is("=") && before.is("="):
		return "write one ="
	case t.is("=") && before.is("!="):
		return "write <>"
	case t.is("=") && before.isWord("NOT"), t.is("=") && before.is("!"), t.is("!"):
		return "write <> for not equal, and NOT before a condition"
	case t.is(">") && before.is("="), t.is("=") && before.is(">"):
		return "write >="
	case t.is("<") && before.is("="), t.is("=") && before.is("<"):
		return "write <="
	case t.is("&"):
		return "write AND"
	case t.is("|"), t.is("||"):
		return "write OR"
	case t.is("~"):
		return textSearch
	case t.is("-") && before.kind == tokenName && before.end == t.pos && after.pos == t.end,
		t.kind == tokenKeyword && after.is("-") && after.pos == t.end:
		return "a name with - stands between two \""
	case s.says("DynamoDB has no operator"), t.is("^"):
		return "DynamoDB does not calculate in a condition: calculate before, and pass the result as a parameter"
	}
	return ""
}

// clauseRemedy is about other clauses than the condition.
func clauseRemedy(s *scene) string {
	switch t := s.near(0); {
	case t.isWord("WHERE") || t.isWord("SELECT") && s.at == 0:
		return "WithWhere takes what follows WHERE: leave out what comes before, and WHERE"
	case t.isWord("SELECT"):
		return "DynamoDB has no subqueries: select the values before, and pass them as parameters"
	case t.isWord("LIMIT"):
		return "use WithMaxItems"
	case t.isWord("GROUP"), t.isWord("HAVING"), t.isWord("UNION"), t.isWord("JOIN"):
		return "a copy takes items as they are: leave it out"
	case t.kind == tokenName && slices.Contains([]string{"offset", "top", "filter"}, s.word(t)) && s.near(1).kind == tokenNumber:
		return "use WithMaxItems"
	case t.isWord("CASE"):
		return "join the cases with AND and OR"
	}
	return ""
}

// functionRemedies has what to write instead of functions that DynamoDB does not have.
var functionRemedies = map[string]string{
	"exists": "use attribute_exists(name)", "has": "use attribute_exists(name)", "is_defined": "use attribute_exists(name)", "isset": "use attribute_exists(name)",
	"not_exists": "use attribute_not_exists(name)", "missing": "use name IS MISSING", "is_missing": "use name IS MISSING", "isnull": "use name IS NULL or name IS MISSING",
	"is_null": "use name IS NULL or name IS MISSING", "coalesce": "use name IS MISSING OR …", "ifnull": "use name IS MISSING OR …", "nvl": "use name IS MISSING OR …", "nullif": "use name IS NULL",
	"startswith": "use begins_with(name, 'text')", "starts_with": "use begins_with(name, 'text')", "beginswith": "use begins_with(name, 'text')", "left": "use begins_with(name, 'text')",
	"substring": "use begins_with(name, 'text'), or WithFilter", "substr": "use begins_with(name, 'text'), or WithFilter", "like": textSearch, "regexp_like": "use begins_with, contains, or WithFilter",
	"includes": "use contains(name, value)", "in": "use contains(name, value)", "instr": "use contains(name, value)", "array_contains": "use contains(name, value)", "member": "use contains(name, value)",
	"length": "use size(name)", "len": "use size(name)", "char_length": "use size(name)", "character_length": "use size(name)", "count": "use size(name)", "cardinality": "use size(name)", "bit_length": "use size(name)", "octet_length": "use size(name)",
	"typeof": "use attribute_type(name, 'S'), or name IS STRING", "type": "use attribute_type(name, 'S'), or name IS STRING",
	"upper": outOfGo, "lower": outOfGo, "ucase": outOfGo, "lcase": outOfGo, "trim": outOfGo, "ltrim": outOfGo, "rtrim": outOfGo, "replace": outOfGo, "concat": outOfGo, "cast": outOfGo, "convert": outOfGo,
	"now": "pass the time as a parameter", "current_timestamp": "pass the time as a parameter", "current_date": "pass the time as a parameter", "date": "pass the time as a parameter", "to_timestamp": "pass the time as a parameter",
	"unix_timestamp": "pass the time as a parameter", "utcnow": "pass the time as a parameter", "getdate": "pass the time as a parameter", "date_add": "pass the time as a parameter", "date_diff": "pass the time as a parameter", "extract": "pass the time as a parameter",
}

// functionRemedy is about calls.
func functionRemedy(s *scene) string {
	t := s.near(0)
	if s.says("arguments and has") && s.near(1).is("(") {
		return ""
	}
	if !s.near(1).is("(") || t.kind != tokenName && t.kind != tokenKeyword && t.kind != tokenQuoted || t.isWord("IN") {
		return ""
	}
	if words := functionRemedies[s.word(t)]; words != "" {
		return words
	}
	if s.says("a function that DynamoDB does not have") {
		return "DynamoDB has begins_with, contains, size, attribute_type, attribute_exists and attribute_not_exists"
	}
	return ""
}

// wordRemedy is about words that stand where a comparison should.
func wordRemedy(s *scene) string {
	t, before, after := s.near(0), s.near(-1), s.near(1)
	switch {
	case t.isWord("LIKE"), t.kind == tokenName && slices.Contains([]string{"ilike", "rlike", "regexp", "matches", "similar", "startswith", "starts_with", "begins_with", "contains"}, s.word(t)) && isOperand(before):
		return textSearch
	case t.kind == tokenName && s.word(t) == "equals" && isOperand(before):
		return "write ="
	case t.isWord("AND"), t.isWord("OR"):
		if s.says("where a value or a name") && (s.at == 0 || !isOperator(before)) {
			return "leave out " + t.word + ", or write a condition before it"
		}
	case t.kind == tokenEnd && (before.isWord("AND") || before.isWord("OR") || before.isWord("NOT")):
		return "leave out " + before.word + ", or write a condition behind it"
	case t.kind == tokenEnd && isOperator(before):
		return "write the value behind " + before.describe()
	case t.isWord("NOT") && before.kind == tokenSymbol:
		return "write NOT before the whole comparison"
	case t.isWord("MISSING") && (before.is("=") || before.is("<>") || before.is("!=")):
		return "write IS MISSING or IS NOT MISSING"
	case before.isWord("IS") && (after.kind == tokenEnd || after.kind == tokenKeyword) && t.kind == tokenName && s.word(t) == "empty":
		return "write size(name) = 0"
	}
	return ""
}

func isOperator(t token) bool {
	return t.kind == tokenSymbol && comparisons[t.word] != "" || t.isWord("BETWEEN") || t.isWord("IN")
}

// keywordRemedy is about keywords that are meant as names.
func keywordRemedy(s *scene) string {
	t, before, after := s.near(0), s.near(-1), s.near(1)
	if t.kind != tokenKeyword || !s.says("the keyword "+t.word) && !s.says("in a condition") && !s.says("MISSING is compared") {
		return ""
	}
	quoted := `write "` + s.text[t.pos:t.end] + `"`
	switch {
	case before.isWord("IS") || before.isWord("NOT") && s.near(-2).isWord("IS"), s.says("where a comparison is expected"), s.says("where the end is expected"), s.says("where IN needs a list"):
		return ""
	case after.kind == tokenString && (t.word == "DATE" || t.word == "TIME" || t.word == "TIMESTAMP"):
		return "write the text alone, as the attribute has it"
	case isOperator(before) && !before.isWord("BETWEEN") && !after.is("."):
		return quoted + " for the attribute of this name, or '" + s.text[t.pos:t.end] + "' for the text"
	case isOperator(after), after.isWord("IS"), after.isWord("NOT"), after.is("."), after.is("["), after.is(","), after.is(")"), after.is(";"), after.is("<<"), before.is("."),
		after.kind == tokenEnd && s.says("a value or a name"), s.says("a name that is a keyword"), s.says("MISSING is compared"), s.says("in a condition"):
		return quoted
	}
	return ""
}

// typeRemedy is about what follows IS.
func typeRemedy(s *scene) string {
	t, before := s.near(0), s.near(-1)
	if before.isWord("NOT") {
		before = s.near(-2)
	}
	afterIs := before.isWord("IS") || t.isWord("IS") && s.says("does not know the type")
	switch {
	case !afterIs:
		return ""
	case t.isWord("TRUE"), t.isWord("FALSE"):
		return "write = " + strings.ToLower(t.word) + " or <> " + strings.ToLower(t.word)
	case t.kind == tokenString, t.kind == tokenNumber, t.kind == tokenParam, t.kind == tokenSymbol:
		return "write = or <>"
	}
	return "the types are STRING, NUMERIC, BOOLEAN, BLOB, LIST, STRUCT, NULL and MISSING"
}

// listRemedy is about IN, BETWEEN and lists.
func listRemedy(s *scene) string {
	t := s.near(0)
	switch {
	case s.says("where IN needs a list") && (t.kind == tokenName || t.kind == tokenQuoted || t.kind == tokenKeyword):
		return "write contains(name, value) to look for a value in an attribute"
	case s.says("where IN needs a list") && t.kind == tokenParam:
		return "write IN (?, ?), with a ? for each value"
	case s.says("where IN needs a list"):
		return "write the values between ( and )"
	case s.says("an empty list after IN"), s.near(-1).is("(") && s.near(-2).isWord("IN") && t.is(")"):
		return "name a value at least"
	case s.says("values after IN"):
		return "join several IN with OR"
	case s.says("where AND is expected"):
		return "write BETWEEN low AND high"
	case s.says("a lower bound of BETWEEN above"):
		return "write the lower bound first"
	case s.says("negative list index"):
		return "lists are counted from 0 at their front"
	case s.says("[*]"), s.says(".* in a path"):
		return "write contains(name, value) to look at all elements of a list"
	}
	return ""
}

// nameRemedy is about names and text in the wrong quotes, or in none.
func nameRemedy(s *scene) string {
	t, before := s.near(0), s.near(-1)
	second := t.kind == tokenName || t.kind == tokenQuoted || t.kind == tokenString || t.kind == tokenNumber
	switch {
	case second && before.kind == tokenString && s.text[before.pos:before.end] == "''":
		return "write one ' before and behind text"
	case second && before.kind == tokenString && before.end == t.pos:
		return "end text by ', and write a ' within it twice"
	case second && before.kind == tokenQuoted && before.end == t.pos:
		return "a \" within a name is written twice"
	case t.is(",") && s.says("where the end is expected"):
		return "join conditions with AND or OR"
	case second && s.says("where the end is expected"):
		return "join conditions with AND or OR, and write text of several words between two '"
	case s.says("a value where"):
		return "compare it: a boolean with = true"
	case second && s.says("where a comparison is expected"):
		return "compare with =, <>, <, <=, >, >=, IN, BETWEEN or IS"
	case s.says("a path that does not begin with a name"):
		return "write the attribute's name first, between two \" where it is no plain word"
	}
	return ""
}

// restRemedy is about what needs no look at the surroundings.
func restRemedy(s *scene) string {
	t := s.near(0)
	switch {
	case s.says("for the second time"):
		return "compare two different attributes, or leave it out"
	case s.says("bounds of BETWEEN of two types"):
		return "write two numbers, or two texts"
	case s.says("begins_with does not take"):
		return "begins_with compares text and bytes"
	case s.says("size does not take"):
		return "a number and a boolean have no size"
	case s.says("does not take"):
		return "it compares values of type S, N and B"
	case s.says("needs a path"):
		return "write an attribute there"
	case s.says("more than 38 digits"), s.says("a number out of range"):
		return "DynamoDB stores no such number"
	case s.says("where ) is expected"):
		return "close the parenthesis before"
	case t.is(")"):
		return "leave it out, or open a parenthesis before"
	case s.says("an empty name"):
		return singleQuotes
	case s.says("arguments and has"), s.says("size needs one argument"):
		return "begins_with, contains and attribute_type take two, size, attribute_exists and attribute_not_exists one"
	case s.says("a type that DynamoDB does not have"):
		return "the types are S, N, B, BOOL, NULL, M, L, SS, NS and BS"
	}
	return ""
}
