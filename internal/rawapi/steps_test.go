package rawapi

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/schemas"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// An SDK that adds a middleware step to one of the three operations fails this
// test: read what the step does, and add it to knownSteps if it leaves typed
// input and output alone.
func TestSDKStepsAreKnown(t *testing.T) {
	variants := map[string]func(*dynamodb.Options){
		"defaults": func(*dynamodb.Options) {},
		"gzip":     func(o *dynamodb.Options) { o.EnableAcceptEncodingGzip = true },
		"no crc":   func(o *dynamodb.Options) { o.DisableValidateResponseChecksum = true },
		"logging":  func(o *dynamodb.Options) { o.ClientLogMode = aws.LogRequestWithBody | aws.LogResponseWithBody },
		"adaptive": func(o *dynamodb.Options) { o.Retryer, o.RetryMode = nil, aws.RetryModeAdaptive },
		"discovery": func(o *dynamodb.Options) {
			o.EndpointDiscovery.EnableEndpointDiscovery = aws.EndpointDiscoveryEnabled
		},
		//lint:ignore SA1019 clients that are made this way exist
		"legacy endpoint": dynamodb.WithEndpointResolver(dynamodb.EndpointResolverFromURL("http://in.memory")),
		"signing":         dynamodb.WithSigV4SigningName("dynamodb"),
		"signing region":  dynamodb.WithSigV4SigningRegion("us-east-1"),
		"header":          dynamodb.WithAPIOptions(smithyhttp.AddHeaderValue("X-A", "b")),
	}
	errStop := errors.New("stop")
	for name, variant := range variants {
		seen := 0
		client := dynamodb.New(options("http://in.memory"), variant)
		look := dynamodb.WithAPIOptions(func(s *middleware.Stack) error {
			seen++
			if reason := refuseStack(s, nil); reason != "" {
				t.Errorf("%s, %s: %s", name, s.ID(), reason)
			}
			return errStop
		})
		ctx := context.Background()
		_, err1 := client.ExecuteStatement(ctx, statement("SELECT"), look)
		_, err2 := client.Scan(ctx, &dynamodb.ScanInput{}, look)
		_, err3 := client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{}, look)
		if seen != 3 || err1 != errStop || err2 != errStop || err3 != errStop {
			t.Errorf("%s: %d stacks seen; %v, %v, %v", name, seen, err1, err2, err3)
		}
	}
}

// What else this package builds on: an SDK that changes it fails here, and not
// in a user's copy.
func TestSDKShape(t *testing.T) {
	o := dynamodb.New(dynamodb.Options{}).Options()
	if _, ok := o.Protocol.(*awsjson.Protocol); !ok {
		t.Errorf("the client's protocol is a %T", o.Protocol)
	}
	if refuseOptions(&o) != "" {
		t.Error(refuseOptions(&o))
	}
	r := reflect.TypeFor[smithyhttp.InterceptorRegistry]()
	for i := range r.NumField() {
		if r.Field(i).Type.Kind() != reflect.Slice {
			t.Errorf("InterceptorRegistry.%s is not a slice", r.Field(i).Name)
		}
	}
}

// step returns a step of one name that does nothing.
func step(id string) middleware.InitializeMiddleware {
	return middleware.InitializeMiddlewareFunc(id, func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(ctx, in)
	})
}

func withStep(m middleware.InitializeMiddleware) func(*dynamodb.Options) {
	return dynamodb.WithAPIOptions(func(s *middleware.Stack) error { return s.Initialize.Add(m, middleware.After) })
}

// noTouch is a step with a type of its own.
type noTouch struct{ id string }

func (n noTouch) ID() string { return n.id }

func (n noTouch) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	return next.HandleInitialize(ctx, in)
}

func (n noTouch) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
	return next.HandleSerialize(ctx, in)
}

type beforeExecution func(any)

func (f beforeExecution) BeforeExecution(_ context.Context, in *smithyhttp.InterceptorContext) error {
	f(in.Input)
	return nil
}

type ownProtocol struct{ smithyhttp.ClientProtocol }

// Which clients are raw. Every row that is typed could hide a step that
// rewrites items.
func TestPathOfClients(t *testing.T) {
	tests := []struct {
		name    string
		why     string
		options []func(*dynamodb.Options)
		call    []func(*dynamodb.Options)
		vouched []string
		typed   string // a part of the reason; raw if empty
	}{
		{name: "plain", why: "the base case"},
		{
			name: "OpenTelemetry", why: "its steps look and don't touch",
			options: []func(*dynamodb.Options){withStep(step("OTelInitializeMiddlewareBefore")), withStep(step("OTelInitializeMiddlewareAfter")),
				dynamodb.WithAPIOptions(func(s *middleware.Stack) error {
					return errors.Join(
						s.Finalize.Add(middleware.FinalizeMiddlewareFunc("OTelFinalizeMiddleware", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
							return next.HandleFinalize(ctx, in)
						}), middleware.After),
						s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("OTelDeserializeMiddleware", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
							return next.HandleDeserialize(ctx, in)
						}), middleware.Before),
					)
				})},
		},
		{
			name: "X-Ray", why: "likewise",
			options: []func(*dynamodb.Options){withStep(step("XRayInitializeMiddlewareAfter"))},
		},
		{
			name: "headers and signing", why: "the SDK's own helpers work on the request, not on its input",
			options: []func(*dynamodb.Options){
				dynamodb.WithAPIOptions(smithyhttp.SetHeaderValue("X-A", "b")),
				dynamodb.WithSigV4SigningRegion("eu-west-1"),
			},
		},
		{
			name: "logging of bodies", why: "the logger reads the body, and puts another in its place",
			options: []func(*dynamodb.Options){func(o *dynamodb.Options) {
				o.ClientLogMode = aws.LogRequestWithBody | aws.LogResponseWithBody
			}},
		},
		{
			name: "vouched", why: "the user knows it",
			options: []func(*dynamodb.Options){withStep(noTouch{"mine"})}, vouched: []string{"other", "mine"},
		},
		{
			name: "unknown step", why: "it may encrypt",
			options: []func(*dynamodb.Options){withStep(noTouch{"mine"})}, typed: `"mine" (Initialize) is not known`,
		},
		{
			name: "unknown step of the call", why: "options of a call count as well",
			call: []func(*dynamodb.Options){withStep(noTouch{"mine"})}, typed: `"mine" (Initialize) is not known`,
		},
		{
			name: "known name, other phase", why: "it is not the step we know",
			options: []func(*dynamodb.Options){withStep(noTouch{"Signing"})}, typed: `"Signing" (Initialize) is not known`,
		},
		{
			name: "a second step of a known name", why: "a stack takes it, and shows the first only",
			options: []func(*dynamodb.Options){withStep(noTouch{"OperationInputValidation"})}, typed: "two middleware steps",
		},
		{
			name: "a known step replaced", why: "it has the name and not the type",
			options: []func(*dynamodb.Options){dynamodb.WithAPIOptions(func(s *middleware.Stack) error {
				_, err := s.Serialize.Swap("setOperationInput", noTouch{"setOperationInput"})
				return err
			})}, typed: "was replaced (by a rawapi.noTouch)",
		},
		{
			name: "a known step replaced by a function", why: "the SDK's wrapper holds anybody's function",
			options: []func(*dynamodb.Options){dynamodb.WithAPIOptions(func(s *middleware.Stack) error {
				_, err := s.Initialize.Swap("OperationInputValidation", step("OperationInputValidation"))
				return err
			})}, typed: "was replaced",
		},
		{
			name: "interceptor", why: "it is given the typed input",
			options: []func(*dynamodb.Options){func(o *dynamodb.Options) {
				o.Interceptors.AddBeforeExecution(beforeExecution(func(any) {}))
			}}, typed: "interceptors",
		},
		{
			name: "protocol", why: "it may speak another language",
			options: []func(*dynamodb.Options){func(o *dynamodb.Options) { o.Protocol = ownProtocol{o.Protocol} }},
			typed:   "a protocol of its own",
		},
		{
			name: "JSON 1.1", why: "it is not what DynamoDB speaks",
			options: []func(*dynamodb.Options){func(o *dynamodb.Options) { o.Protocol = awsjson.New11(schemas.DynamoDB_20120810) }},
			typed:   "awsJson1_1",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(_ int, r recorded) reply {
				if r.op == "BatchWriteItem" {
					return ok(unprocessed(string(item(1))))
				}
				return ok(twoItems)
			})
			client := s.client(tt.options...)
			r, w := NewReader(client, tt.vouched), NewWriter(client, tt.vouched)
			ctx := context.Background()
			var p Page
			for range 2 {
				if err := r.ExecuteStatement(ctx, statement("SELECT"), &p, tt.call...); err != nil || len(p.Items) != 2 {
					t.Fatalf("ExecuteStatement: %d items, error %v", len(p.Items), err)
				}
				if err := r.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("T")}, &p, tt.call...); err != nil || len(p.Items) != 2 {
					t.Fatalf("Scan: %d items, error %v", len(p.Items), err)
				}
				res, err := w.BatchWrite(ctx, "T", batchOf(item(0), item(1)), tt.call...)
				if err != nil || len(res.Unprocessed) != 1 {
					t.Fatalf("BatchWrite: %d unprocessed, error %v", len(res.Unprocessed), err)
				}
			}
			for _, path := range []Path{r.Path(), w.Path()} {
				if path.Raw != (tt.typed == "") || !strings.Contains(path.Reason, tt.typed) {
					t.Errorf("path %v, want %q; %s", path, tt.typed, tt.why)
				}
			}
			if n := len(s.got()); n != 6 {
				t.Errorf("%d requests, want 6", n)
			}
			for _, r := range s.got() {
				checkSigned(t, r)
				if r.op == "BatchWriteItem" && len(bodyItems(t, []byte(r.body), "T")) != 2 {
					t.Errorf("an incomplete request went out: %s", r.body)
				}
			}
		})
	}
}

func checkSigned(t *testing.T, r recorded) {
	t.Helper()
	if !strings.HasPrefix(r.header.Get("Authorization"), "AWS4-HMAC-SHA256 ") || r.length != int64(len(r.body)) {
		t.Errorf("%s: authorization %q, Content-Length %d of %d", r.op, r.header.Get("Authorization"), r.length, len(r.body))
	}
}

// A Reader is not sure of its path before it has made a call.
func TestPathBeforeCalls(t *testing.T) {
	client := dynamodb.New(dynamodb.Options{})
	if p := NewReader(client, nil).Path(); p.Raw || p.String() != "none" {
		t.Errorf("path %v", p)
	}
	if p := NewWriter(struct{ DestinationAPI }{client}, nil).Path(); p.Raw || !strings.Contains(p.Reason, "not exactly *dynamodb.Client") {
		t.Errorf("path %v", p)
	}
}
