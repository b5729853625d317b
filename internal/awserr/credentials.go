package awserr

import (
	"errors"
	"fmt"

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
	errors.As(err, &e)
	return e
}
