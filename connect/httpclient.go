package connect

import (
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// bulkBuffer is the size of a connection's buffers in bytes. With net/http's own of 4 KiB
// a batch of 25 items takes many small writes.
const bulkBuffer = 64 << 10

// HTTPClient returns an HTTP client for the AWS SDK that is tuned for bulk copies. [Open]
// uses it. Give it to clients that are made otherwise, on both sides of a job:
//
//	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(connect.HTTPClient(32)))
//
// Unlike the SDK's default client, it keeps as many idle connections to a host as there
// are requests in flight, but never fewer than the SDK's 10. Each connection has two
// buffers of 64 KiB, one for reading and one for writing.
//
// requests is the number of requests that go to one host at once. [dynsync.Syncer.Sync]
// copies its tables one after the other, so that number is [dynsync.WithWriteConcurrency]
// for the destination, and for the source 1, or with [dynsync.WithSegments] up to 64. If
// both are one host, it is the sum. Calls at the same time add up. The result can be
// configured further, as the SDK's client can. It is safe for concurrent use.
func HTTPClient(requests int) *awshttp.BuildableClient {
	return tuned(awshttp.NewBuildableClient(), requests)
}

// tuned returns the client with connections and buffers for bulk copies.
func tuned(client *awshttp.BuildableClient, requests int) *awshttp.BuildableClient {
	return client.WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = max(requests, t.MaxIdleConnsPerHost)
		t.MaxIdleConns = max(2*requests, t.MaxIdleConns) // two hosts: the source's and the destination's
		t.ReadBufferSize, t.WriteBufferSize = bulkBuffer, bulkBuffer
	})
}
