package awserr

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/reason"
)

// A CredentialsError is the error of a provider of credentials in words of this module. An
// answer in its cause is not DynamoDB's: that of AWS STS, for example.
type CredentialsError struct {
	Side  string       // of the job; "" if it is not known
	Text  string       // what is wrong and what to do, without a secret
	Class reason.Class // what has to happen before there are credentials
	Err   error
}

func (e *CredentialsError) Error() string {
	if e.Side != "" {
		return "dynsync: " + e.Side + ": " + e.Text
	}
	return "dynsync: " + e.Text
}

func (e *CredentialsError) Unwrap() error { return e.Err }

// Format prints what Error returns for every verb.
func (e *CredentialsError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// lackIn returns the error of a provider of credentials in the error of a request, nil
// if there is none.
func lackIn(err error) *CredentialsError {
	var e *CredentialsError
	if errors.As(err, &e) {
		return e
	}
	if op := askedElsewhere(err); op != nil {
		return &CredentialsError{Text: fmt.Sprintf(refusedElsewhere, givers[op.ServiceID]), Class: classElsewhere(op.Err), Err: err}
	}
	return nil
}

// refusedElsewhere is what is said of a provider whose service refuses or fails.
const refusedElsewhere = "the client gets no credentials: %s refuses or does not answer; check the role, its trust policy and external id, the profile, and whether a login has expired (Unwrap has the cause)"

// givers are the services that the SDK's providers ask for credentials, by their ids.
var givers = map[string]string{
	"STS": "AWS STS", "SSO": "single sign-on", "SSO OIDC": "single sign-on", "Signin": "the login", "ec2imds": "the metadata service of the EC2 instance",
}

// askedElsewhere returns the operation of a service that gives credentials in the error of
// a request, nil if there is none, or if it was cancelled.
func askedElsewhere(err error) *smithy.OperationError {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	for op := (*smithy.OperationError)(nil); errors.As(err, &op); err = op.Err {
		if givers[op.ServiceID] != "" {
			return op
		}
	}
	return nil
}

// classElsewhere is [ClassOf] for the error of a service that gives credentials.
func classElsewhere(err error) reason.Class {
	if Retryable(err) {
		return reason.Resumable
	}
	return reason.Access
}
