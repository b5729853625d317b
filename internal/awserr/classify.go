package awserr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
)

// Retryable reports whether err is transient, so that the same request can
// succeed later: throttling, the service's own faults, a lost or damaged answer,
// a broken connection. An attempt that timed out is transient; whether the
// caller's own context has ended is for the caller to check.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if lack := lackIn(err); lack != nil {
		return lack.Class == reason.Resumable
	}
	switch classOf(Code(err)) {
	case transient, fault, throttle:
		return true
	}
	if cutShort(err) {
		return true // whatever it was to say
	}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) && resp.HTTPStatusCode() >= 400 { // a proxy's or load balancer's answer has no code
		status := resp.HTTPStatusCode()
		return status >= 500 || status == 429 || status == 408
	}
	var deserialize *smithy.DeserializationError
	if errors.As(err, &deserialize) {
		return true // a body cut short, or one with a wrong checksum
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return false // a wrong region or endpoint
	}
	var send *smithyhttp.RequestSendError
	return errors.As(err, &send) || ofNetwork(err)
}

// ofNetwork reports whether an error is one of the network. An error of a file is not,
// although it wraps a syscall.Errno, which implements [net.Error].
func ofNetwork(err error) bool {
	var path *fs.PathError
	var link *os.LinkError
	if errors.As(err, &path) || errors.As(err, &link) {
		return false
	}
	if slices.ContainsFunc(brokenConnection, func(errno syscall.Errno) bool { return errors.Is(err, errno) }) {
		return true
	}
	var netErr net.Error
	if !errors.As(err, &netErr) {
		return false
	}
	_, bare := netErr.(syscall.Errno)
	return !bare
}

// brokenConnection are the errnos that only a connection has.
var brokenConnection = []syscall.Errno{
	syscall.ECONNABORTED, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, syscall.ETIMEDOUT,
	syscall.ENETDOWN, syscall.ENETRESET, syscall.ENETUNREACH, syscall.EHOSTUNREACH,
}

// IsBadPath reports whether an error of a file says that its path cannot be that of a
// file, or of a directory, as it is: whoever configured the path has to change it.
func IsBadPath(err error) bool {
	return slices.ContainsFunc(badPath, func(errno syscall.Errno) bool { return errors.Is(err, errno) })
}

// badPath are the errnos of a path that is wrong.
var badPath = []syscall.Errno{syscall.ENOENT, syscall.ENOTDIR, syscall.EISDIR, syscall.ELOOP, syscall.ENAMETOOLONG}

// cutShort reports whether an error's answer ended before it said which error. The
// SDK keeps a snapshot of an answer that it could not decode; where there is none, it
// could not read the answer. What the transport says then has no type to go by: that
// of HTTP/2 exports none.
func cutShort(err error) bool {
	var deserialize *smithy.DeserializationError
	return errors.As(err, &deserialize) && (len(deserialize.Snapshot) == 0 || errors.Is(deserialize.Err, io.ErrUnexpectedEOF))
}

// IsDamaged reports whether an answer that says it is a success is not DynamoDB's, or
// not whole.
func IsDamaged(err error) bool {
	var deserialize *smithy.DeserializationError
	var resp *smithyhttp.ResponseError
	return errors.As(err, &deserialize) && !(errors.As(err, &resp) && resp.HTTPStatusCode() >= 400)
}

// MayHaveApplied reports whether a request that failed so may have been carried
// out all the same: there was no answer, or one that does not say.
func MayHaveApplied(err error) bool {
	if err == nil {
		return false
	}
	var unsent *rawapi.ItemError
	var resp *smithyhttp.ResponseError
	var api smithy.APIError
	switch {
	case errors.As(err, &unsent), lackIn(err) != nil:
		return false // nothing was sent
	case errors.As(err, &resp) && resp.Response != nil && resp.Response.Response != nil:
		status := resp.HTTPStatusCode()
		return status < 400 || status >= 500
	case errors.As(err, &api): // in a slot of a batch, or of a client that is not the SDK's
		return classOf(api.ErrorCode()) == fault
	}
	return true
}

// RefusesItems reports whether DynamoDB refused a request for what is in it, so
// that parts of it may pass.
func RefusesItems(err error) bool {
	if classOf(Code(err)) == item {
		return true
	}
	var resp *smithyhttp.ResponseError
	return lackIn(err) == nil && errors.As(err, &resp) && resp.HTTPStatusCode() == 413
}

// RefusesToken reports whether DynamoDB refuses a NextToken, for its age mostly.
func RefusesToken(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationException" && strings.Contains(api.ErrorMessage(), "NextToken")
}

// Text returns what may be printed of an error of the SDK: the error
// code, the HTTP status and the request id.
func Text(err error) string {
	text := Answer(err)
	var id interface{ ServiceRequestID() string }
	if errors.As(err, &id) && isCode(id.ServiceRequestID()) {
		if text != "" {
			text += ", "
		}
		text += "request " + id.ServiceRequestID()
	}
	return text
}

// Answer returns what Text does, without the request id: what answers to different
// requests have in common.
func Answer(err error) string {
	var parts []string
	var api smithy.APIError
	if errors.As(err, &api) && isCode(api.ErrorCode()) {
		parts = append(parts, api.ErrorCode())
	}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) && resp.Response != nil && resp.Response.Response != nil && resp.HTTPStatusCode() > 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", resp.HTTPStatusCode()))
	}
	return strings.Join(parts, ", ")
}

// isCode reports whether s looks like an error code or a request id, and not
// like text that an endpoint put in their place.
func isCode(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		if !ok {
			return false
		}
	}
	return true
}
