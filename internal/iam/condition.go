package iam

import (
	"slices"
	"strings"
)

// An operator is a condition operator, taken apart.
type operator struct {
	set      string // "ForAllValues", "ForAnyValue", or empty
	test     func(pattern pattern, value string) bool
	negated  bool // such as StringNotEquals
	null     bool // Null, which asks whether there is a value
	boolean  bool // Bool
	literal  bool // * and ? stand for themselves
	arn      bool // values are ARNs
	ifExists bool // a missing key is a match
}

// tests are the operators without prefixes, negations and suffixes.
var tests = map[string]operator{
	"StringEquals":           {test: pattern.equals, literal: true},
	"StringEqualsIgnoreCase": {test: pattern.equalsFold, literal: true},
	"StringLike":             {test: pattern.matches},
	"ArnEquals":              {test: pattern.matchesARN, arn: true},
	"ArnLike":                {test: pattern.matchesARN, arn: true},
	"Bool":                   {test: pattern.equalsFold, literal: true, boolean: true},
	"Null":                   {null: true, literal: true},
}

// negations are the operators that are true where their counterparts are false.
var negations = map[string]string{
	"StringNotEquals":           "StringEquals",
	"StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
	"StringNotLike":             "StringLike",
	"ArnNotEquals":              "ArnEquals",
	"ArnNotLike":                "ArnLike",
}

// Operators returns the names of the condition operators, without ForAllValues:,
// ForAnyValue: and IfExists, which all but Null may have.
func Operators() []string {
	var names []string
	for name := range tests {
		names = append(names, name)
	}
	for name := range negations {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// operatorOf takes the name of a condition operator apart. It knows names as the IAM User
// Guide spells them.
func operatorOf(name string) (operator, bool) {
	set, rest, found := strings.Cut(name, ":")
	if !found {
		set, rest = "", name
	} else if set != "ForAllValues" && set != "ForAnyValue" {
		return operator{}, false
	}
	base, ifExists := strings.CutSuffix(rest, "IfExists")
	positive, negated := negations[base]
	if !negated {
		positive = base
	}
	op, ok := tests[positive]
	if op.null && (found || ifExists) {
		return operator{}, false
	}
	op.set, op.negated, op.ifExists = set, negated, ifExists
	return op, ok
}

// checkValue refuses values that an operator can make nothing of.
func (op operator) checkValue(n node, value string) error {
	if op.boolean || op.null {
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			return n.errorf("is neither true nor false")
		}
		return nil
	}
	if op.arn && strings.Count(value, ":") < arnParts-1 && !strings.Contains(value, "${") {
		return n.errorf("is no ARN")
	}
	return n.checkVariables(value)
}

// keys are the condition keys, in lower case, and whether they have several values. One that
// ends in / stands for all keys that begin with it.
var keys = map[string]bool{
	"aws:principalaccount":            false,
	"aws:principalarn":                false,
	"aws:principaltag/":               false,
	"aws:requestedregion":             false,
	"aws:requesttag/":                 false,
	"aws:sourceidentity":              false,
	"aws:tagkeys":                     true,
	"aws:userid":                      false,
	"aws:username":                    false,
	"dynamodb:attributes":             true,
	"dynamodb:enclosingoperation":     false,
	"dynamodb:fulltablescan":          false,
	"dynamodb:returnconsumedcapacity": false,
	"dynamodb:leadingkeys":            true,
	"dynamodb:returnvalues":           false,
	"dynamodb:select":                 false,
	"sts:externalid":                  false,
	"sts:rolesessionname":             false,
	"sts:sourceidentity":              false,
	"sts:transitivetagkeys":           true,
}

// Keys returns the condition keys, in lower case and sorted. A key that ends in / stands for
// all that begin with it. Beside these there are the keys of a web identity, which are the
// name of a provider and one of :aud, :sub and :amr.
func Keys() []string {
	var names []string
	for name := range keys {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// isKey reports whether there is a condition key of the name, in any case of letters.
func isKey(name string) bool {
	_, known := severalValues(name)
	return known
}

// severalValues reports whether a condition key has several values, and whether it is known.
func severalValues(name string) (several, known bool) {
	name = strings.ToLower(name)
	if prefix, tag, found := strings.Cut(name, "/"); found {
		_, known = keys[prefix+"/"]
		if known {
			return false, tag != ""
		}
	}
	if several, known = keys[name]; known {
		return several, !strings.HasSuffix(name, "/")
	}
	return isWebIdentityKey(name)
}

// isWebIdentityKey returns whether a key of a web identity has several values, and whether
// the name is one. The provider's name may have a port or a path.
func isWebIdentityKey(name string) (several, known bool) {
	at := strings.LastIndexByte(name, ':')
	if at < 1 || !strings.Contains(name[:at], ".") {
		return false, false
	}
	claim := name[at+1:]
	return claim == "amr", claim == "aud" || claim == "sub" || claim == "amr"
}

// matches reports whether the conditions hold for a request. One that cannot be understood
// does not hold for a statement that allows, and holds for one that denies.
func (c Conditions) matches(r Request, effect string) bool {
	for name, keys := range c {
		op, ok := operatorOf(name)
		for key, values := range keys {
			if !ok || !isKey(key) {
				if effect == Allow {
					return false
				}
				continue
			}
			if !op.holds(r, r.values(key), values.Values) {
				return false
			}
		}
	}
	return true
}

// holds reports whether a condition holds for the values that the request has for its key.
// The table "Missing keys" of the IAM User Guide, under condition operators and under set
// operators, says what a key without values does.
func (op operator) holds(r Request, have, want []string) bool {
	switch {
	case op.null:
		missing := "false"
		if len(have) == 0 {
			missing = "true"
		}
		return slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(w, missing) })
	case len(have) == 0:
		return op.ifExists && op.set != "ForAnyValue" || op.set == "ForAllValues" || op.negated && op.set == ""
	case op.set == "ForAllValues":
		return !slices.ContainsFunc(have, func(h string) bool { return !op.isOne(r, h, want) })
	case op.set == "ForAnyValue":
		return slices.ContainsFunc(have, func(h string) bool { return op.isOne(r, h, want) })
	}
	return len(have) == 1 && op.isOne(r, have[0], want)
}

// isOne reports whether a value is one of those that the policy has, or none of them for a
// negated operator. A value with a variable that the request does not have makes a condition
// false, negated or not; so does what should be an ARN and is none.
func (op operator) isOne(r Request, have string, want []string) bool {
	found := false
	for _, w := range want {
		p, ok := compile(w, r, op.literal)
		if !ok || op.arn && !(p.isARN() && pattern(have).isARN()) {
			if op.negated {
				return false
			}
			continue
		}
		found = found || op.test(p, have)
	}
	return found != op.negated
}
