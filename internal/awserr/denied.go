package awserr

import (
	"cmp"
	"strings"
)

// A Refusal is what may be printed of an answer that denies a request.
type Refusal struct {
	Action   string // such as "dynamodb:Scan"; "" if it is not known
	Resource string // the ARN that the answer names, or ""
	Why      string // which policy decided, or that the KMS key of the table cannot be used
}

// Refused reports whether an error is an answer that denies a request, and what may be
// printed of it.
func Refused(err error) (Refusal, bool) {
	if err == nil || classOf(Code(err)) != denied {
		return Refusal{}, false
	}
	d := denialOf(err)
	r := Refusal{Action: d.action, Resource: d.resource, Why: d.why}
	switch {
	case d.key:
		r.Why = "the KMS key of the table cannot be used: " + cmp.Or(strings.TrimSpace(d.action+d.reason("")), "it is disabled, deleted or denied")
	case d.explicit:
		r.Why = cmp.Or(d.why, "an explicit deny")
	}
	return r, true
}
