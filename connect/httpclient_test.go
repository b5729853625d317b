package connect

import (
	"testing"
)

func TestHTTPClientKeepsAConnectionPerRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ requests, perHost int }{
		{-1, 10}, {0, 10}, {1, 10}, {32, 32}, {1000, 1000},
	} {
		tr := HTTPClient(tt.requests).GetTransport()
		if tr.MaxIdleConnsPerHost != tt.perHost {
			t.Errorf("HTTPClient(%d) keeps %d idle connections to a host, want %d", tt.requests, tr.MaxIdleConnsPerHost, tt.perHost)
		}
		if tr.MaxIdleConns < 2*tt.perHost {
			t.Errorf("HTTPClient(%d) keeps %d idle connections, too few for two hosts", tt.requests, tr.MaxIdleConns)
		}
		if tr.WriteBufferSize < 64<<10 || tr.TLSClientConfig == nil {
			t.Errorf("HTTPClient(%d) writes %d bytes at once and has the TLS configuration %v", tt.requests, tr.WriteBufferSize, tr.TLSClientConfig)
		}
	}
}
