package dynsynctest

import (
	"encoding/xml"
	"net/http"
	"net/url"
)

// stsError is an answer other than 200.
type stsError struct {
	status        int
	code, message string
}

func invalid(message string) *stsError {
	return &stsError{http.StatusBadRequest, "ValidationError", message}
}

// malformed is the error of a parameter that does not have the form of its kind.
func malformed(value, parameter, constraint string) *stsError {
	return invalid("1 validation error detected: Value '" + value + "' at '" + parameter + "' failed to satisfy constraint: " + constraint)
}

type responseMetadata struct {
	RequestID string `xml:"RequestId"`
}

func newMetadata() responseMetadata { return responseMetadata{newTableID()} }

type issuedKeys struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

type assumedRoleUser struct {
	ARN string `xml:"Arn"`
	ID  string `xml:"AssumedRoleId"`
}

type assumeRoleResult struct {
	SourceIdentity string          `xml:",omitempty"`
	User           assumedRoleUser `xml:"AssumedRoleUser"`
	Credentials    issuedKeys
}

type assumeRoleResponse struct {
	XMLName xml.Name         `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
	Result  assumeRoleResult `xml:"AssumeRoleResult"`
	Meta    responseMetadata `xml:"ResponseMetadata"`
}

type webIdentityResult struct {
	Subject     string          `xml:"SubjectFromWebIdentityToken"`
	Audience    string          `xml:"Audience"`
	User        assumedRoleUser `xml:"AssumedRoleUser"`
	Credentials issuedKeys
	Provider    string
}

type webIdentityResponse struct {
	XMLName xml.Name          `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleWithWebIdentityResponse"`
	Result  webIdentityResult `xml:"AssumeRoleWithWebIdentityResult"`
	Meta    responseMetadata  `xml:"ResponseMetadata"`
}

type callerIdentityResult struct {
	ARN     string `xml:"Arn"`
	UserID  string `xml:"UserId"`
	Account string
}

type callerIdentityResponse struct {
	XMLName xml.Name             `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	Result  callerIdentityResult `xml:"GetCallerIdentityResult"`
	Meta    responseMetadata     `xml:"ResponseMetadata"`
}

type stsErrorResponse struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Error   struct{ Type, Code, Message string }
	ID      string `xml:"RequestId"`
}

// ServeHTTP answers one request of the query protocol.
func (s *STS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away
	}
	answer, failure := s.answer(w, r, body)
	status := http.StatusOK
	if failure != nil {
		e := stsErrorResponse{ID: newTableID()}
		e.Error.Type, e.Error.Code, e.Error.Message = "Sender", failure.code, failure.message
		answer, status = e, failure.status
	}
	text, err := xml.MarshalIndent(answer, "", "  ")
	if err != nil {
		panic(err) // the types above have no value that cannot be marshaled
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client may be gone
}

func (s *STS) answer(w http.ResponseWriter, r *http.Request, body []byte) (any, *stsError) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, &stsError{http.StatusBadRequest, "MalformedInput", "The request is no form"}
	}
	if form.Get("Action") == "AssumeRoleWithWebIdentity" { // the token stands for a signature
		return s.assumeRoleWithWebIdentity(form)
	}
	by, fault := s.server.access.signedBy(r, body, s.server.now(), "sts")
	if fault != keyOK {
		return nil, fault.ofSTS()
	}
	if late := s.server.checkClock(w, r); late != nil {
		return nil, &stsError{http.StatusForbidden, "SignatureDoesNotMatch", late.message}
	}
	switch form.Get("Action") {
	case "AssumeRole":
		return s.assumeRole(by, form)
	case "GetCallerIdentity":
		return callerIdentityResponse{Result: callerIdentityResult{by.arn, by.context["aws:userid"][0], by.Account}, Meta: newMetadata()}, nil
	}
	return nil, &stsError{http.StatusBadRequest, "InvalidAction", "Could not find operation " + form.Get("Action") + " for version 2011-06-15"}
}
