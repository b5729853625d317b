// Package side knows what can be known of a client of DynamoDB without a request: its
// region, its endpoint, whether that is AWS's, and whether it has credentials. It words
// how errors, plans and logs name a table of a side.
package side

import (
	"context"
	"net/netip"
	"net/url"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// A Side is a client of DynamoDB, as its options describe it. The zero Side is a client of
// which nothing is known.
type Side struct {
	Region   string // "" if the client has none, or it is not known
	Endpoint string // scheme, host, port and path of the URL; "" if it is not known

	fault Fault
	local bool
}

// A Fault is what keeps every request of a client from success.
type Fault string

// The faults. They say what is wrong and what to do.
const (
	NoFault       Fault = ""
	NoRegion      Fault = "the client has no region; set AWS_REGION, a region in its profile, or config.WithRegion"
	NoCredentials Fault = "the client has no credentials, or anonymous ones, and DynamoDB takes signed requests only; set a profile, environment variables or a role"
	NoURL         Fault = "the client's endpoint is no URL with a scheme and a host; write it like http://localhost:8000"
)

// Of returns the side of a client. It sends no request and asks no provider of
// credentials. A client says what it is by the method Options of [dynamodb.Client], which
// a client that embeds one has too. Nothing is known of another client.
//
// Middleware and HTTP clients can send requests elsewhere, which no option tells.
func Of(client any) Side {
	holder, ok := client.(interface{ Options() dynamodb.Options })
	if !ok || isNil(client) {
		return Side{}
	}
	options := holder.Options()
	s := Side{Region: options.Region}
	if !resolvesByDefault(&options) {
		return s
	}
	if options.BaseEndpoint == nil && options.Region == "" {
		s.fault = NoRegion
		return s
	}
	where := urlOf(&options)
	if where == nil {
		s.fault = NoURL
		return s
	}
	s.Endpoint = (&url.URL{Scheme: where.Scheme, Host: where.Host, Path: strings.TrimSuffix(where.Path, "/")}).String()
	s.local = isLocal(where.Hostname())
	switch {
	case s.local: // Local and its kin take any region, and a proxy may sign
	case s.Region == "":
		s.fault = NoRegion
	case options.Credentials == nil || aws.IsCredentialsProvider(options.Credentials, (*aws.AnonymousCredentials)(nil)):
		s.fault = NoCredentials
	}
	return s
}

// Fault returns what keeps every request of the client from success, NoFault if nothing
// is known to.
func (s Side) Fault() Fault { return s.fault }

// Local reports whether the endpoint is on this machine or in a private network: its host
// is a loopback, unspecified, private or link-local address, or a name without a dot. It
// is false for an endpoint that is not known, which may be AWS's.
func (s Side) Local() bool { return s.local }

// String returns region and endpoint, "" if neither is known.
func (s Side) String() string {
	var parts []string
	if s.Region != "" {
		parts = append(parts, "region "+s.Region)
	}
	if s.Endpoint != "" {
		parts = append(parts, "endpoint "+s.Endpoint)
	}
	return strings.Join(parts, ", ")
}

func isNil(client any) bool {
	v := reflect.ValueOf(client)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// defaultResolver is the type of the SDK's own resolver, which has no exported name.
var defaultResolver = reflect.TypeOf(dynamodb.NewDefaultEndpointResolverV2())

// resolvesByDefault reports whether the SDK's own resolver finds the endpoint, by the
// options alone.
func resolvesByDefault(options *dynamodb.Options) bool {
	//lint:ignore SA1019 clients still set the deprecated resolver, and it decides then
	return options.EndpointResolver == nil && reflect.TypeOf(options.EndpointResolverV2) == defaultResolver
}

// urlOf returns the endpoint that the SDK's resolver finds, nil if it is no URL.
func urlOf(options *dynamodb.Options) *url.URL {
	endpoint, err := options.EndpointResolverV2.ResolveEndpoint(context.Background(), dynamodb.EndpointParameters{
		Region:                aws.String(options.Region),
		Endpoint:              options.BaseEndpoint,
		UseDualStack:          aws.Bool(options.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:               aws.Bool(options.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		AccountIdEndpointMode: aws.String(string(aws.AccountIDEndpointModeDisabled)),
	})
	if err != nil || endpoint.URI.Scheme == "" || endpoint.URI.Hostname() == "" {
		return nil
	}
	return &endpoint.URI
}

// IsLocalURL reports whether the host of a URL is on this machine or in a private network,
// by the rule of [Side.Local]. It is false for what is no URL with a host.
func IsLocalURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isLocal(u.Hostname())
}

// isLocal reports whether a host is on this machine or in a private network.
func isLocal(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap()
		return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsUnspecified()
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if name == "localhost" {
		return true
	}
	// Resolvers of some systems take a lone number, such as 134744072, for an address.
	return !strings.ContainsAny(host, ".:") && host != "" && (host[0] < '0' || host[0] > '9')
}
