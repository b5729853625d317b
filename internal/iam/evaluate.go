package iam

import (
	"slices"
	"strings"
)

// A Request is what a caller asks for.
type Request struct {
	Action   string // such as "dynamodb:Scan"
	Resource string // an ARN; "*" for actions that concern no resource, such as dynamodb:ListTables
	// Context has the values of condition keys, such as "dynamodb:LeadingKeys". The case of
	// keys does not matter.
	Context map[string][]string
	// Principals has the names of the caller by their kind, for policies that name
	// principals: a user's ARN and account under "AWS", a provider under "Federated".
	Principals map[string][]string
}

// A Decision is what policies say of a request.
type Decision int

const (
	// ImplicitDeny: no statement allows the request.
	ImplicitDeny Decision = iota
	// Allowed: a statement allows the request, and none denies it.
	Allowed
	// ExplicitDeny: a statement denies the request.
	ExplicitDeny
)

// String returns "implicit deny", "allowed" or "explicit deny".
func (d Decision) String() string {
	return [...]string{"implicit deny", "allowed", "explicit deny"}[d]
}

// Evaluate decides a request by the policies of one kind, such as all identity-based policies
// of a caller. A statement that denies outweighs all that allow; where none speaks of the
// request, it is denied. A statement with an operator or a key that [Parse] would refuse
// allows nothing, and denies what it would deny without it.
//
// A statement without a principal concerns every caller.
func Evaluate(docs []*Document, r Request) Decision {
	decision := ImplicitDeny
	for _, d := range docs {
		for _, s := range d.Statement {
			switch {
			case !s.concerns(r):
			case s.Effect == Deny:
				return ExplicitDeny
			case s.Effect == Allow:
				decision = Allowed
			}
		}
	}
	return decision
}

// concerns reports whether a statement is one on the request.
func (s Statement) concerns(r Request) bool {
	return s.concernsAction(r) && s.concernsResource(r) && s.concernsCaller(r) && s.Condition.matches(r, s.Effect)
}

func (s Statement) concernsAction(r Request) bool {
	is := func(action string) bool {
		p, _ := compile(strings.ToLower(action), Request{}, false)
		return p.matches(strings.ToLower(r.Action))
	}
	if s.Action.IsZero() {
		return !slices.ContainsFunc(s.NotAction.Values, is)
	}
	return slices.ContainsFunc(s.Action.Values, is)
}

// concernsResource compares ARNs. A statement of a trust policy has no resource, and concerns
// that of its role. A NotResource with a variable that the request does not have concerns
// nothing.
func (s Statement) concernsResource(r Request) bool {
	if s.Resource.IsZero() && s.NotResource.IsZero() {
		return true
	}
	found := false
	for _, resource := range slices.Concat(s.Resource.Values, s.NotResource.Values) {
		if r.Resource == "*" { // which no ARN matches
			found = found || resource == "*"
			continue
		}
		p, ok := compile(resource, r, false)
		if !ok && s.Resource.IsZero() {
			return false
		}
		found = found || ok && (resource == "*" || p.matchesARN(r.Resource))
	}
	return found == !s.Resource.IsZero()
}

func (s Statement) concernsCaller(r Request) bool {
	if !s.NotPrincipal.IsZero() {
		return !s.NotPrincipal.has(r)
	}
	return s.Principal.IsZero() || s.Principal.has(r)
}

// has reports whether the caller is one of the principals.
func (p Principal) has(r Request) bool {
	if p.Everyone {
		return true
	}
	for kind, names := range p.Names {
		for _, name := range names.Values {
			if name == "*" && len(r.Principals[kind]) > 0 || slices.Contains(r.Principals[kind], name) {
				return true
			}
		}
	}
	return false
}

// values returns the values that the request has for a condition key.
func (r Request) values(key string) []string {
	for name, values := range r.Context {
		if strings.EqualFold(name, key) {
			return values
		}
	}
	return nil
}
