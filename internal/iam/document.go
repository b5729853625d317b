// Package iam reads, writes and evaluates policies of AWS Identity and Access Management,
// as far as they concern tables of DynamoDB and roles that are assumed.
//
// It follows the "IAM JSON policy reference" and the "Policy evaluation logic" of the IAM
// User Guide. It knows the condition operators and keys of [Operators] and [Keys]; [Parse]
// refuses all others, so that no policy means less than it says.
package iam

import (
	"bytes"
	"encoding/json"
)

// Version is the version of the policy language that new documents have.
const Version = "2012-10-17"

// The effects of a statement.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// A Document is a policy: an identity-based one, a resource-based one, or the trust policy of
// a role.
type Document struct {
	Version   string // "2012-10-17", "2008-10-17", or empty, which means the older one
	ID        string // may be empty
	Statement []Statement
}

// A Statement allows or denies actions on resources.
type Statement struct {
	Sid          string // may be empty
	Effect       string // Allow or Deny
	Principal    Principal
	NotPrincipal Principal
	Action       Strings
	NotAction    Strings
	Resource     Strings
	NotResource  Strings
	Condition    Conditions
}

// Strings is one string, or a list of strings, in the JSON of a policy. The two mean the same
// if the list has one element; what was read is written again as it was.
type Strings struct {
	Values []string // nil if the member is absent
	Single bool     // the JSON has a string, not a list
}

// One returns one string, which JSON has as a string.
func One(s string) Strings { return Strings{Values: []string{s}, Single: true} }

// List returns strings, which JSON has as a list.
func List(s ...string) Strings { return Strings{Values: s} }

// A Principal is whom a statement of a resource-based policy or of a trust policy concerns:
// everyone, or names by their kind, such as "AWS" or "Federated". The zero Principal is absent.
type Principal struct {
	Everyone bool // "*"
	Names    map[string]Strings
}

// IsZero reports whether the principal is absent.
func (p Principal) IsZero() bool { return !p.Everyone && p.Names == nil }

// Conditions are the values of condition keys, by operator and key.
type Conditions map[string]map[string]Strings

// IsZero reports whether the member is absent.
func (s Strings) IsZero() bool { return s.Values == nil }

// MarshalJSON returns a string or a list, as [Strings.Single] says.
func (s Strings) MarshalJSON() ([]byte, error) {
	if s.Single && len(s.Values) == 1 {
		return marshal(s.Values[0])
	}
	return marshal(s.Values)
}

// MarshalJSON returns "*", or an object of lists by kind.
func (p Principal) MarshalJSON() ([]byte, error) {
	if p.Everyone {
		return []byte(`"*"`), nil
	}
	return marshal(p.Names)
}

// MarshalJSON returns the document with the members in the order of the IAM User Guide,
// without line breaks. [Document.JSON] returns it for people.
func (d *Document) MarshalJSON() ([]byte, error) {
	statements := make([]jsonStatement, len(d.Statement))
	for i, s := range d.Statement {
		statements[i] = jsonStatement(s)
	}
	return marshal(jsonDocument{d.Version, d.ID, statements})
}

// JSON returns the document, indented by two spaces and without a line break at its end. Equal
// documents have equal texts: keys of conditions and kinds of principals are sorted.
func (d *Document) JSON() (string, error) {
	text, err := d.MarshalJSON()
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return "", err
	}
	return b.String(), nil
}

type jsonDocument struct {
	Version   string          `json:"Version,omitempty"`
	ID        string          `json:"Id,omitempty"`
	Statement []jsonStatement `json:"Statement"`
}

type jsonStatement struct {
	Sid          string     `json:"Sid,omitempty"`
	Effect       string     `json:"Effect"`
	Principal    Principal  `json:"Principal,omitzero"`
	NotPrincipal Principal  `json:"NotPrincipal,omitzero"`
	Action       Strings    `json:"Action,omitzero"`
	NotAction    Strings    `json:"NotAction,omitzero"`
	Resource     Strings    `json:"Resource,omitzero"`
	NotResource  Strings    `json:"NotResource,omitzero"`
	Condition    Conditions `json:"Condition,omitempty"`
}

// marshal returns JSON in which <, > and & stand as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
