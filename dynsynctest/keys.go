package dynsynctest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A keyFault is what is wrong with the keys that a request was signed with.
type keyFault int

const (
	keyOK keyFault = iota
	keyMissing
	keyUnknown
	keyExpired
	keyWrongSecret
)

const (
	unknownKeyMessage  = "The security token included in the request is invalid."
	wrongSecretMessage = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	missingKeyMessage  = "Request is missing Authentication Token"
)

// ofSTS returns the error of a fault as STS has it.
func (f keyFault) ofSTS() *stsError {
	e := stsError{status: http.StatusForbidden}
	switch f {
	case keyUnknown:
		e.code, e.message = "InvalidClientTokenId", unknownKeyMessage
	case keyExpired:
		e.code, e.message = "ExpiredToken", expiredMessage
	case keyWrongSecret:
		e.code, e.message = "SignatureDoesNotMatch", wrongSecretMessage
	default:
		e.code, e.message = "MissingAuthenticationToken", missingKeyMessage
	}
	return &e
}

// ofDynamoDB returns the error of a fault as DynamoDB has it, nil if there is none.
func (f keyFault) ofDynamoDB() *apiError {
	switch f {
	case keyUnknown:
		return badRequest(coralErrors+"UnrecognizedClientException", unknownKeyMessage)
	case keyExpired:
		return badRequest(coralErrors+"ExpiredTokenException", expiredMessage)
	case keyWrongSecret:
		return badRequest(coralErrors+"InvalidSignatureException", wrongSecretMessage)
	case keyMissing:
		return badRequest(coralErrors+"MissingAuthenticationTokenException", missingKeyMessage)
	}
	return nil
}

// requireKeys makes the server take only keys that are known, false if it does already.
func (a *access) requireKeys() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keysRequired {
		return false
	}
	a.keysRequired = true
	return true
}

// checkKeys returns the error of a request whose keys are not good, nil if any are.
func (a *access) checkKeys(r *http.Request, body []byte, now time.Time) *apiError {
	a.mu.Lock()
	required := a.keysRequired
	a.mu.Unlock()
	if !required {
		return nil
	}
	_, fault := a.signedBy(r, body, now, "dynamodb")
	return fault.ofDynamoDB()
}

// signedBy returns who signed a request to a service: the key must be one of a user or of a
// session that lives, the session token that of the session, and the signature that of the
// secret.
func (a *access) signedBy(r *http.Request, body []byte, now time.Time, service string) (*caller, keyFault) {
	id, failure := signer(r)
	if failure != nil {
		return nil, keyMissing
	}
	c := a.caller(id.accessKey)
	switch {
	case c == nil || c.secret == "" || !isEqual(r.Header.Get("X-Amz-Security-Token"), c.token):
		return nil, keyUnknown
	case c.session && !now.Before(c.expires):
		return nil, keyExpired
	case !isEqual(r.Header.Get("Authorization"), c.signature(r, body, id, service)):
		return nil, keyWrongSecret
	}
	return c, keyOK
}

func isEqual(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// signature returns the Authorization of a request as the caller signs it: with the headers
// that the request's own signature has, and its date.
func (c *caller) signature(r *http.Request, body []byte, id accountID, service string) string {
	again := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: http.Header{}}
	_, list, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	list, _, _ = strings.Cut(list, ",")
	for name := range strings.SplitSeq(list, ";") {
		switch values := r.Header.Values(name); {
		case name == "content-length":
			again.ContentLength = r.ContentLength
		case len(values) > 0:
			again.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	date, err := time.Parse(dateForm, r.Header.Get("X-Amz-Date"))
	if err != nil {
		return ""
	}
	hash := sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: id.accessKey, SecretAccessKey: c.secret, SessionToken: c.token}
	if v4.NewSigner().SignHTTP(r.Context(), credentials, again, hex.EncodeToString(hash[:]), service, id.region, date) != nil {
		return ""
	}
	return again.Header.Get("Authorization")
}
