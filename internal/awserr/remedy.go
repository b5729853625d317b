package awserr

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Remedy returns what is wrong, and what a user should do about it, for an error of
// DynamoDB, of its SDK or of the network.
func Remedy(err error) string {
	var late unanswered
	var op *smithy.OperationError
	if lack := lackIn(err); lack != nil {
		return lack.Text + lasted(err)
	}
	switch {
	case errors.As(err, &late):
		return fmt.Sprintf("requests were not answered, the last one not within %v; check the network and the client's endpoint", time.Duration(late))
	case errors.Is(err, context.DeadlineExceeded) && errors.As(err, &op):
		return "the context ended, or the HTTP client's timeout; check the network and the client's endpoint"
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return "the context ended"
	}
	if name := Code(err); name != "" {
		return remedyOfCode(name, err)
	}
	for _, look := range []func(error) string{ofStatus, ofPage, ofConnection} {
		if text := look(err); text != "" {
			return text
		}
	}
	return "the request failed; Unwrap has the cause"
}

// remedyOfCode is Remedy for an answer that has an error code.
func remedyOfCode(name string, err error) string {
	if c := codes[name]; c.remedy != "" {
		return c.remedy
	}
	switch classOf(name) {
	case denied:
		return denialOf(err).remedy()
	case throttle:
		return throttled(err)
	case expired:
		return "the credentials have expired, and the client gets no newer ones; renew them, or give the client a provider that does"
	case signature:
		return "the signature is not accepted, also when the request is signed again; check the secret access key, and the clock of this machine"
	case fault:
		return "DynamoDB failed by its own fault" + lasted(err) + "; start the job again later"
	case transient:
		return "DynamoDB could not do it for now" + lasted(err) + "; start the job again later"
	}
	return "the request failed; Unwrap has the cause"
}

// throttled says what was throttled, why, and for how long.
func throttled(err error) string {
	text := "DynamoDB throttled requests, or left items unprocessed, for too long" + lasted(err)
	if name := Code(err); name != "UnprocessedItems" {
		text += ": " + strings.Join(ThrottleReasons(err), ", ")
	}
	if on := throttledResources(err); len(on) > 0 {
		text += " on " + strings.Join(on, ", ")
	}
	return text + "; the table has too little capacity, or others use it"
}

// throttledResources returns the tables and indexes that DynamoDB throttled.
func throttledResources(err error) []string {
	var on []string
	for _, r := range detailsOf(err) {
		if r.Resource != nil && isARN.MatchString(*r.Resource) && !slices.Contains(on, *r.Resource) {
			on = append(on, *r.Resource)
		}
	}
	return on
}

// lasted says how long a request was tried.
func lasted(err error) string {
	var over *gaveUp
	if !errors.As(err, &over) {
		return ""
	}
	return fmt.Sprintf(" (tried for %v)", over.after.Round(time.Second/10))
}

// ofStatus is Remedy for an HTTP status that is an error, without an error code: somebody
// else answered in DynamoDB's place.
func ofStatus(err error) string {
	var resp *smithyhttp.ResponseError
	if !errors.As(err, &resp) || resp.HTTPStatusCode() < 300 {
		return ""
	}
	const other = "this is no answer of DynamoDB, but of a proxy, a gateway or another server"
	switch status := resp.HTTPStatusCode(); {
	case status == http.StatusProxyAuthRequired:
		return "a proxy wants credentials of its own; put them into HTTPS_PROXY, or go around the proxy with NO_PROXY"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return other + ", which denies access; check the endpoint, HTTPS_PROXY and NO_PROXY, and what the proxy lets pass"
	case status < http.StatusBadRequest:
		return other + lasted(err) + ", which sends the request elsewhere; check the client's endpoint, HTTPS_PROXY and NO_PROXY"
	case Retryable(err):
		return other + lasted(err) + "; check it, or start the job again later"
	}
	return other + "; check the client's endpoint, HTTPS_PROXY and NO_PROXY"
}

// ofPage is Remedy for an answer that says it is a success and is not DynamoDB's.
func ofPage(err error) string {
	if !IsDamaged(err) {
		return ""
	}
	var page *smithy.DeserializationError
	errors.As(err, &page)
	if body := bytes.TrimLeft(page.Snapshot, "\ufeff \t\r\n"); len(body) > 0 && body[0] == '<' {
		return "the answer is a web page, such as a proxy's for logging in, and not DynamoDB's; check the endpoint, HTTPS_PROXY and NO_PROXY"
	}
	return "the answer is damaged, or not DynamoDB's" + lasted(err) + "; check the network, the client's endpoint, and what is in between"
}

// ofConnection is Remedy for a connection that failed.
func ofConnection(err error) string {
	var dns *net.DNSError
	var dial *net.OpError
	switch isDial := errors.As(err, &dial); {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the endpoint cannot be reached: no such host" + hostOf(dns) + "; check the client's region and endpoint"
	case errors.As(err, &dns):
		return "the endpoint cannot be reached: the name server does not answer" + hostOf(dns) + lasted(err) + "; check the network"
	case ofCertificate(err) != "":
		return "the endpoint cannot be trusted: " + ofCertificate(err)
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the endpoint speaks HTTP and not TLS; write it with http://, or give it TLS"
	case isDial && dial.Op == "proxyconnect":
		return "the proxy of HTTPS_PROXY cannot be reached" + lasted(err) + "; check it, or go around it with NO_PROXY"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the endpoint cannot be reached: the connection is refused" + lasted(err) + "; check that the server runs, and the endpoint's port"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETDOWN):
		return "the endpoint cannot be reached: there is no way to its network" + lasted(err) + "; check routes, VPN and firewall"
	case isDial && dial.Timeout():
		return "the endpoint cannot be reached: nobody answers in time" + lasted(err) + "; check security groups and firewalls, which may drop the packets, and the client's endpoint"
	case isDial && dial.Op == "dial":
		return "the endpoint cannot be reached" + lasted(err) + "; check the client's region and endpoint"
	case Retryable(err):
		return "the connection broke" + lasted(err) + "; check the network, and start the job again"
	}
	return ""
}

// hostOf returns the host that a name server was asked for.
func hostOf(dns *net.DNSError) string {
	if !isCode(dns.Name) {
		return ""
	}
	return " " + dns.Name
}

// ofCertificate says what is wrong with the certificate of a server, "" if nothing is.
func ofCertificate(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var other *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return "an authority that this machine does not know signed its TLS certificate; a proxy that looks into TLS does so: add its authority to this machine"
	case errors.As(err, &name):
		return "its TLS certificate is for another host; check the client's endpoint"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its TLS certificate has expired or is not valid yet; renew it, or correct the clock of this machine"
	case errors.As(err, &invalid), errors.As(err, &other):
		return "its TLS certificate is not valid; check the client's endpoint, and proxies that look into TLS"
	}
	return ""
}
