package rawapi

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// A callProtocol is the protocol of a client while it runs one call that reads items,
// on either path.
type callProtocol struct {
	smithyhttp.ClientProtocol
	route *route
	raw   bool // decided before the first request is made
}

// install puts what with makes of the client's protocol in its place. It returns
// false where the client has none of the SDK's: that is not ours to look into, and a
// client that is not the SDK's may apply options to nothing but an empty struct.
func (r *route) install(o *dynamodb.Options, with func(*callProtocol) smithyhttp.ClientProtocol) bool {
	r.adjust(o)
	own, ok := o.Protocol.(*awsjson.Protocol)
	if !ok {
		r.refuse(refuseOptions(o))
		return false
	}
	p := &callProtocol{ClientProtocol: own, route: r, raw: r.mayBeRaw()}
	if p.raw {
		if reason := refuseOptions(o); reason != "" {
			p.typed(reason)
		} else if len(o.APIOptions) > 0 {
			o.APIOptions = append(o.APIOptions, p.checkStack)
		}
	}
	o.Protocol = with(p)
	if o.HTTPClient != nil {
		o.HTTPClient = copyClient{o.HTTPClient}
	}
	return true
}

// typed makes the call take the typed path.
func (p *callProtocol) typed(reason string) {
	p.raw = false
	p.route.refuse(reason)
}

// checkStack is the last function to see the middleware stack.
func (p *callProtocol) checkStack(s *middleware.Stack) error {
	if reason := refuseStack(s, p.route.vouched); reason != "" {
		p.typed(reason)
	}
	return nil
}
