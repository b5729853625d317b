package iam

import (
	"fmt"
	"strings"
)

// A Kind is where a policy is attached to.
type Kind int

const (
	// Identity is a policy of a user or a role. It has resources and no principals.
	Identity Kind = iota
	// Resource is a policy of a table. It has resources and principals.
	Resource
	// Trust is the policy of a role that says who may assume it. It has principals and no
	// resources.
	Trust
)

// ParseAs is [Parse] for a policy of a kind. It also refuses statements that lack a member
// that the kind needs, or have one that it cannot have.
func ParseAs(kind Kind, text []byte) (*Document, error) {
	d, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if err := d.Check(kind); err != nil {
		return nil, err
	}
	return d, nil
}

// Check returns an error if a policy of the kind cannot have such a statement.
func (d *Document) Check(kind Kind) error {
	for i, s := range d.Statement {
		at := node{at: fmt.Sprintf("Statement[%d]", i)}
		for _, member := range []struct {
			name          string
			there, wanted bool
		}{
			{"Resource", !s.Resource.IsZero() || !s.NotResource.IsZero(), kind != Trust},
			{"Principal", !s.Principal.IsZero() || !s.NotPrincipal.IsZero(), kind != Identity},
		} {
			switch {
			case member.there && !member.wanted:
				return at.errorf("has a %s, which %s does not have", member.name, kind)
			case !member.there && member.wanted:
				return at.errorf("has no %s, which %s needs", member.name, kind)
			}
		}
	}
	return nil
}

// String names the kind with its article, such as "a trust policy".
func (k Kind) String() string {
	return strings.Split("an identity-based policy,a resource-based policy,a trust policy", ",")[k]
}
