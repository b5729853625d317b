package rawapi

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// knownSteps are the middleware steps, by the phase of the stack they belong
// to, that neither read nor change the typed input and output of a call (or
// are the codec that this package takes over). Each must be the SDK's own
// type: see trusted.
var knownSteps = map[string]map[string]bool{
	"Initialize": {
		"OperationInputValidation": true,
		"RegisterServiceMetadata":  true,
		"SetLogger":                true,
	},
	"Serialize": {
		"setOperationInput":        true,
		"ResolveEndpoint":          true,
		"OperationSerializer":      true,
		"RemoveDefaultContentType": true,
	},
	"Build": {
		"ClientRequestID":      true,
		"ComputeContentLength": true,
		"HTTPHeaderHelper":     true,
		"RecursionDetection":   true,
		"UserAgent":            true,
		"headerComment":        true,
	},
	"Finalize": {
		"AcceptEncodingGzip":             true,
		"ComputePayloadHash":             true,
		"DisableAcceptEncodingGzip":      true,
		"DiscoverEndpoint":               true,
		"GetIdentity":                    true,
		"InterceptAttempt":               true, // always there; empty without interceptors
		"InterceptBeforeRetryLoop":       true, // always there; empty without interceptors
		"ResolveAuthScheme":              true,
		"ResolveEndpointV2":              true,
		"Retry":                          true,
		"RetryMetricsHeader":             true,
		"SigV4ContentSHA256Header":       true,
		"Signing":                        true,
		"disableHTTPS":                   true,
		"setLegacyContextSigningOptions": true,
	},
	"Deserialize": {
		"AddRawResponseToMetadata":            true,
		"CloseResponseBody":                   true,
		"DecompressGzip":                      true,
		"DynamoDB:ResponseChecksumValidation": true,
		"ErrorCloseResponseBody":              true,
		"OperationDeserializer":               true,
		"ReadResponseTimeout":                 true,
		"RecordResponseTiming":                true,
		"RequestIDRetriever":                  true,
		"RequestResponseLogger":               true,
		"ResponseErrorWrapper":                true,
	},
}

// observerSteps are steps of well-known tracing libraries, which look and do
// not touch. They are built of plain functions, so only the name is checked.
var observerSteps = map[string]map[string]bool{
	"Initialize": {
		"OTelInitializeMiddlewareBefore": true, // go.opentelemetry.io/contrib/.../otelaws
		"OTelInitializeMiddlewareAfter":  true,
		"XRayInitializeMiddlewareAfter":  true, // github.com/aws/aws-xray-sdk-go and its v2
		"withSigV4SigningName":           true, // dynamodb.WithSigV4SigningName
		"withSigV4SigningRegion":         true, // dynamodb.WithSigV4SigningRegion
	},
	"Finalize": {
		"OTelFinalizeMiddleware": true,
	},
	"Deserialize": {
		"OTelDeserializeMiddleware": true,
		"XRayDeserializeMiddleware": true,
	},
}

// refuseOptions returns why a call with these options can't be raw, or "".
func refuseOptions(o *dynamodb.Options) string {
	p, ok := o.Protocol.(*awsjson.Protocol)
	switch {
	case !ok:
		return fmt.Sprintf("the client has a protocol of its own (%T)", o.Protocol)
	case p.ID().Name != "awsJson1_0":
		return "the client's protocol is " + p.ID().Name
	case hasInterceptors(&o.Interceptors):
		return "the client has interceptors"
	}
	return ""
}

// hasInterceptors reports whether any interceptor is registered. It goes over
// the fields by reflection, so that a kind of interceptor which a later SDK
// adds counts too.
func hasInterceptors(r *smithyhttp.InterceptorRegistry) bool {
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() != reflect.Slice || f.Len() > 0 {
			return true
		}
	}
	return false
}

// refuseStack returns why a call with this middleware stack can't be raw, or
// "". It has to run after every other function that changes the stack.
func refuseStack(s *middleware.Stack, vouched map[string]bool) string {
	c := stepCheck{vouched: vouched}
	checkPhase(&c, "Initialize", s.Initialize.List(), s.Initialize.Get)
	checkPhase(&c, "Serialize", s.Serialize.List(), s.Serialize.Get)
	checkPhase(&c, "Build", s.Build.List(), s.Build.Get)
	checkPhase(&c, "Finalize", s.Finalize.List(), s.Finalize.Get)
	checkPhase(&c, "Deserialize", s.Deserialize.List(), s.Deserialize.Get)
	return c.reason
}

type stepCheck struct {
	vouched map[string]bool
	reason  string
}

func checkPhase[M any](c *stepCheck, phase string, ids []string, get func(string) (M, bool)) {
	for i, id := range ids {
		if c.reason != "" {
			return
		}
		if c.vouched[id] || observerSteps[phase][id] {
			continue
		}
		if !knownSteps[phase][id] {
			c.reason = fmt.Sprintf("the middleware step %q (%s) is not known", id, phase)
			return
		}
		// A stack accepts two steps of one name, and get shows the first only.
		for _, earlier := range ids[:i] {
			if earlier == id {
				c.reason = fmt.Sprintf("there are two middleware steps %q (%s)", id, phase)
				return
			}
		}
		if m, ok := get(id); !ok || !trusted(m) {
			c.reason = fmt.Sprintf("the middleware step %q (%s) was replaced (by a %T)", id, phase, m)
			return
		}
	}
}

// trusted reports whether a step is of a type that the SDK declares. Without
// it, middleware that takes a known step's place under its name would go
// unseen. The SDK's wrappers round plain functions could be anybody's.
func trusted(m any) bool {
	t := reflect.TypeOf(m)
	if t == nil {
		return false
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pkg := t.PkgPath()
	switch {
	case pkg == "github.com/aws/smithy-go/middleware":
		return !strings.HasSuffix(t.Name(), "MiddlewareFunc")
	case strings.HasPrefix(pkg, "github.com/aws/aws-sdk-go-v2/"):
		return true
	default:
		return strings.HasPrefix(pkg, "github.com/aws/smithy-go/")
	}
}
