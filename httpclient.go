package dynsync

import (
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// bulkBuffer is the size of a connection's buffers, in bytes. net/http's own of
// 4 KiB make a batch of 25 items many small writes.
const bulkBuffer = 64 << 10

// HTTPClient returns an HTTP client for the AWS SDK, made for bulk work: it
// differs from the SDK's own in that it keeps as many idle connections to a host
// as there are requests in flight (never fewer than the SDK's 10), and reads and
// writes through buffers of 64 KiB, which each connection has two of. Give it to
// both clients of a job:
//
//	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(dynsync.HTTPClient(32)))
//
// The number is the sum of what goes to one host at once: for every table that
// is copied at the same time its WithWriteConcurrency and one reader. The result
// can be configured further as the SDK's can; it is safe for concurrent use.
func HTTPClient(requests int) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = max(requests, t.MaxIdleConnsPerHost)
		t.MaxIdleConns = max(2*requests, t.MaxIdleConns) // two hosts: the source's and the destination's
		t.ReadBufferSize, t.WriteBufferSize = bulkBuffer, bulkBuffer
	})
}
