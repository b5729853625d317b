package iam

import (
	"slices"
	"strings"
)

// A Caller is who asks for something.
type Caller struct {
	Account   string   // the twelve digits
	Names     []string // by which resource-based policies may name it, beside its account: its ARN, and that of its role
	Policies  []*Document
	Unlimited bool // identity-based policies allow everything
}

// A Reason is why a request of a caller is denied. The empty one is that it is allowed.
type Reason string

// The reasons, as messages of services have them. The action stands for %s.
const (
	NoIdentityPolicy Reason = "because no identity-based policy allows the %s action"
	NoResourcePolicy Reason = "because no resource-based policy allows the %s action"
	IdentityDenies   Reason = "with an explicit deny in an identity-based policy"
	ResourceDenies   Reason = "with an explicit deny in a resource-based policy"
)

// For returns the reason as a message about an action has it.
func (r Reason) For(action string) string { return strings.ReplaceAll(string(r), "%s", action) }

// Decide returns why a request of the caller is denied, "" if it is allowed. The policy is the
// one of the resource; nil if it has none. The Principals of the request are not read.
//
// In the account of the resource, a policy of the resource that names the caller allows on its
// own; one that names the account leaves it to the identity-based policies. Across accounts
// both must allow, as "Cross-account policy evaluation logic" of the IAM User Guide says.
func (c Caller) Decide(r Request, policy *Document) Reason {
	j := c.judge(r, policy)
	switch {
	case j.denied() != "":
		return j.denied()
	case j.same && (j.identity == Allowed || j.named == Allowed):
		return ""
	case j.same || j.identity != Allowed:
		return NoIdentityPolicy
	case j.resource != Allowed:
		return NoResourcePolicy
	}
	return ""
}

// DecideTrust is [Caller.Decide] for a role that the caller wants to assume. Other than the
// policy of a resource, the trust policy must allow it in any account.
func (c Caller) DecideTrust(r Request, trust *Document) Reason {
	j := c.judge(r, trust)
	switch {
	case j.denied() != "":
		return j.denied()
	case j.resource != Allowed:
		return NoResourcePolicy
	case j.identity == Allowed || j.same && j.named == Allowed:
		return ""
	}
	return NoIdentityPolicy
}

// A judgment is what the policies say of a request, each kind by itself.
type judgment struct {
	identity Decision
	resource Decision // the caller and its account as principals
	named    Decision // the caller alone
	same     bool     // the resource is of the caller's account
}

func (c Caller) judge(r Request, policy *Document) judgment {
	parts := strings.Split(r.Resource, ":")
	j := judgment{identity: Evaluate(c.Policies, r), same: len(parts) < arnParts || parts[4] == c.Account}
	if c.Unlimited {
		j.identity = Allowed
	}
	if policy != nil {
		r.Principals = map[string][]string{"AWS": c.Names}
		j.named = Evaluate([]*Document{policy}, r)
		r.Principals = map[string][]string{"AWS": slices.Concat(c.Names, []string{c.Account, "arn:aws:iam::" + c.Account + ":root"})}
		j.resource = Evaluate([]*Document{policy}, r)
	}
	return j
}

// denied returns which policy denies explicitly, "" if none does.
func (j judgment) denied() Reason {
	switch {
	case j.identity == ExplicitDeny:
		return IdentityDenies
	case j.resource == ExplicitDeny:
		return ResourceDenies
	}
	return ""
}
