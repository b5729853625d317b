package rawapi

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

type (
	ownTracer   struct{ tracing.NopTracerProvider }
	ownMeter    struct{ metrics.NopMeterProvider }
	ownResolver struct{ dynamodb.EndpointResolverV2 }
	ownAuth     struct{ dynamodb.AuthSchemeResolver }
	ownScheme   struct{ smithyhttp.AuthScheme }
	ownSigner   struct{ dynamodb.HTTPSignerV4 }
)

// SignHTTP signs with a body that is not the request's.
func (s ownSigner) SignHTTP(ctx context.Context, creds aws.Credentials, r *http.Request, _ string, service, region string, at time.Time, optFns ...func(*v4.SignerOptions)) error {
	return s.HTTPSignerV4.SignHTTP(ctx, creds, r, "UNSIGNED-PAYLOAD", service, region, at, optFns...)
}

func (r ownResolver) ResolveEndpoint(ctx context.Context, p dynamodb.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return r.EndpointResolverV2.ResolveEndpoint(ctx, p)
}

// Which clients are never sent direct requests, though they may be raw: each has
// something that the SDK heeds or runs for every call.
func TestDirectRefused(t *testing.T) {
	tests := []struct {
		name   string
		why    string
		option func(*dynamodb.Options)
		path   string // in part
	}{
		{"middleware", "it is run by the stack", dynamodb.WithAPIOptions(smithyhttp.SetHeaderValue("X-A", "b")), "raw: the client has API options"},
		{"signing region", "likewise", dynamodb.WithSigV4SigningRegion("us-east-1"), "raw: the client has API options"},
		{"unknown middleware", "not even raw", withStep(noTouch{"mine"}), "typed: "},
		{"interceptor", "not even raw", func(o *dynamodb.Options) { o.Interceptors.AddBeforeExecution(beforeExecution(func(any) {})) }, "typed: the client has interceptors"},
		{"tracer", "a span per call", func(o *dynamodb.Options) { o.TracerProvider = ownTracer{} }, "raw: the client is traced"},
		{"meter", "counts and times of each call", func(o *dynamodb.Options) { o.MeterProvider = ownMeter{} }, "raw: the client is traced or metered"},
		{"log", "a line per call", func(o *dynamodb.Options) { o.ClientLogMode = aws.LogRetries }, "raw: the client logs"},
		{"gzip", "answers are compressed", func(o *dynamodb.Options) { o.EnableAcceptEncodingGzip = true }, "raw: the client asks for compressed answers"},
		{"endpoint resolver", "it is asked before every call", func(o *dynamodb.Options) { o.EndpointResolverV2 = ownResolver{o.EndpointResolverV2} }, "raw: the client has an endpoint resolver"},
		{"auth resolver", "likewise", func(o *dynamodb.Options) { o.AuthSchemeResolver = ownAuth{o.AuthSchemeResolver} }, "raw: the client has an authentication"},
		{"signer", "it may be no signer in memory", func(o *dynamodb.Options) { o.HTTPSignerV4 = ownSigner{o.HTTPSignerV4} }, "raw: the client has an authentication"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, answers(ok(written)))
			w := NewDirectWriter(s.client(tt.option), nil)
			for range 3 {
				if _, err := w.write(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			if got := w.Path().String(); !strings.HasPrefix(got, tt.path) {
				t.Errorf("path %q, want %s; %s", got, tt.path, tt.why)
			}
			if n := len(s.got()); n != 3 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// What the options alone give away.
func TestDirectRefusedOptions(t *testing.T) {
	tests := []struct {
		name   string
		option func(*dynamodb.Options)
		reason string
	}{
		{"plain", func(*dynamodb.Options) {}, ""},
		{"no providers", func(o *dynamodb.Options) { o.TracerProvider, o.MeterProvider = nil, nil }, ""},
		//lint:ignore SA1019 clients that are made this way exist
		{"legacy endpoint resolver", dynamodb.WithEndpointResolver(dynamodb.EndpointResolverFromURL("http://in.memory")), "endpoint resolver"},
		{"discovery", func(o *dynamodb.Options) {
			o.EndpointDiscovery.EnableEndpointDiscovery = aws.EndpointDiscoveryEnabled
		}, "discovers endpoints"},
		{"auth scheme", func(o *dynamodb.Options) { o.AuthSchemes = []smithyhttp.AuthScheme{ownScheme{}} }, "authentication"},
		{"anonymous", func(o *dynamodb.Options) { o.Credentials = aws.AnonymousCredentials{} }, "no credentials"},
		{"protocol", func(o *dynamodb.Options) { o.Protocol = ownProtocol{o.Protocol} }, "protocol"},
	}
	for _, tt := range tests {
		o := dynamodb.New(options("http://in.memory"), tt.option).Options()
		if reason := refuseDirect(&o); (reason == "") != (tt.reason == "") || !strings.Contains(reason, tt.reason) {
			t.Errorf("%s: %q, want %q", tt.name, reason, tt.reason)
		}
	}
	o := dynamodb.New(options("http://in.memory")).Options()
	if o.HTTPClient = nil; refuseDirect(&o) == "" {
		t.Error("a client without an HTTP client is direct")
	}
}

// In Lambda the SDK sends the trace of the invocation.
func TestDirectRefusedInLambda(t *testing.T) {
	for _, name := range []string{"AWS_LAMBDA_FUNCTION_NAME", "_X_AMZN_TRACE_ID"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "x")
			w := NewDirectWriter(inMemory(func(*http.Request) reply { return ok(written) }), nil)
			if _, err := w.write(context.Background()); err != nil || w.isDirect() {
				t.Errorf("error %v", err)
			}
			if got := w.Path().String(); !strings.HasPrefix(got, "raw: "+name) {
				t.Errorf("path %q", got)
			}
		})
	}
}

// Clients that are not the SDK's are typed, as with NewWriter.
func TestDirectOtherClients(t *testing.T) {
	s := serve(t, answers(ok(written)))
	for _, api := range []DestinationAPI{struct{ DestinationAPI }{s.client()}, encrypting{s.client()}, (*dynamodb.Client)(nil)} {
		w := NewDirectWriter(api, nil)
		if w.direct != nil {
			t.Errorf("%T is direct", api)
		}
		if w.Path().Direct {
			t.Errorf("path %v", w.Path())
		}
	}
}

// sentBy returns the request that a client makes for a batch.
func sentBy(t *testing.T, optFns ...func(*dynamodb.Options)) (*sent, []byte, dynamodb.HTTPSignerV4) {
	t.Helper()
	w := NewDirectWriter(inMemory(func(*http.Request) reply { return ok(written) }, optFns...), nil)
	l := w.direct.lesson("T", nil)
	b := batchOf(item(0))
	body, lease := b.lend()
	call := &writeCall{route: w.route, raw: true, body: body, lease: lease, limit: 1, lesson: l}
	if _, err := w.api.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"T": nil}}, call.option); err != nil {
		t.Fatal(err)
	}
	return &l.seen, body, w.direct.options.HTTPSignerV4
}

// From which requests of the SDK a template is made.
func TestNewTemplate(t *testing.T) {
	set := func(name, value string) func(*sent) {
		return func(s *sent) { s.header.Set(name, value) }
	}
	tests := []struct {
		name   string
		why    string
		change func(*sent)
		ok     bool
		reason string // in part; none if another request might do
	}{
		{name: "plain", why: "the base case", change: func(*sent) {}, ok: true},
		{name: "deadline", why: "the SDK tells it; the signature is over it", change: set(attemptHeader, "attempt=1; max=3; ttl=20260101T000000Z"), reason: "can't be made again"},
		{name: "second attempt", why: "the table is in trouble", change: set(attemptHeader, "attempt=2; max=3")},
		{name: "tenth attempt", why: "likewise", change: set(attemptHeader, "attempt=10; max=30")},
		{name: "other key", why: "credentials were renewed in the meantime", change: func(s *sent) {
			s.header.Set(authHeader, strings.Replace(s.header.Get(authHeader), "AKID", "DIKA", 1))
		}},
		{name: "other session", why: "likewise", change: set(tokenHeader, "other")},
		{name: "unknown header", why: "it may be another one in every request", change: set("X-Nonce", "1"), reason: "header that is not known (X-Nonce)"},
		{name: "two values", why: "it is not what the SDK does", change: func(s *sent) { s.header.Add("User-Agent", "x") }, reason: "(User-Agent)"},
		{name: "SigV4a", why: "another signature", change: set(authHeader, "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260101/dynamodb/aws4_request, SignedHeaders=host, Signature=00"), reason: "plain SigV4"},
		{name: "bearer", why: "likewise", change: set(authHeader, "Bearer x"), reason: "plain SigV4"},
		{name: "unsigned", why: "likewise", change: func(s *sent) { s.header.Del(authHeader) }, reason: "plain SigV4"},
		{name: "no date", why: "the signature is over it", change: func(s *sent) { s.header.Del(dateHeader) }, reason: "no date"},
		{name: "other signature", why: "signed by rules that are not known", change: func(s *sent) {
			s.header.Set(authHeader, s.header.Get(authHeader)+"0")
		}, reason: "can't be made again"},
		{name: "other agent", why: "not signed, and copied", change: set("User-Agent", "mine"), ok: true},
		{name: "other encoding", why: "signed", change: set("Accept-Encoding", "br"), reason: "can't be made again"},
		{name: "other host", why: "signed", change: func(s *sent) { s.host = "elsewhere" }, reason: "can't be made again"},
		{name: "other path", why: "signed", change: func(s *sent) { s.url.Path = "/elsewhere" }, reason: "can't be made again"},
	}
	creds := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, body, signer := sentBy(t)
			tt.change(s)
			tmpl, reason := newTemplate(context.Background(), s, body, creds, signer)
			if (tmpl != nil) != tt.ok || !strings.Contains(reason, tt.reason) || (reason == "") != (tt.reason == "") {
				t.Errorf("template %v, reason %q, want %v, %q; %s", tmpl != nil, reason, tt.ok, tt.reason, tt.why)
			}
		})
	}
}

// The time a context leaves is told for that call only.
func TestTemplateOfCallWithDeadline(t *testing.T) {
	var attempts []string
	client := inMemory(func(r *http.Request) reply {
		attempts = append(attempts, r.Header.Get(attemptHeader))
		answer := ok(written) // from a server that is ahead, which makes the SDK tell the deadline
		answer.header = map[string]string{"Date": time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}
		return answer
	})
	if _, err := NewWriter(client, nil).write(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	w := NewDirectWriter(client, nil)
	for range 2 {
		if _, err := w.write(ctx); err != nil {
			t.Fatal(err)
		}
	}
	wantPath(t, w, "direct")
	if !strings.Contains(attempts[1], "; ttl=") || attempts[2] != "attempt=1; max=3" {
		t.Errorf("attempts %q", attempts)
	}
}

func TestSkew(t *testing.T) {
	local := time.Date(2026, 1, 1, 0, 0, 10, 999_000_000, time.UTC)
	for _, tt := range []struct {
		why    string
		signed time.Time
		want   time.Duration
	}{
		{"the date is cut to seconds", local.Truncate(time.Second), 0},
		{"a pause between signing and sending", local.Add(-4 * time.Second), 0},
		{"behind", local.Add(-time.Hour).Truncate(time.Second), -time.Hour},
		{"ahead", local.Add(time.Hour).Truncate(time.Second), time.Hour},
	} {
		if got := skewOf(tt.signed, local); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.why, got, tt.want)
		}
	}
}
