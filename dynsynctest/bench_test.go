package dynsynctest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/dynsynctest"
)

// poster sends bodies over one kept connection, so that the SDK's own work is
// not part of what is measured.
func poster(b *testing.B, srv *dynsynctest.Server) func(op, body string) int64 {
	transport := &http.Transport{}
	b.Cleanup(transport.CloseIdleConnections)
	return func(op, body string) int64 {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, srv.URL(), strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=dynsynctest/20260102/us-east-1/dynamodb/aws4_request")
		resp, err := transport.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		n := int64(0)
		buf := make([]byte, 64<<10)
		for err == nil {
			var m int
			m, err = resp.Body.Read(buf)
			n += int64(m)
		}
		if resp.StatusCode != 200 {
			b.Fatal(resp.Status)
		}
		return n
	}
}

// wide is an item of some 900 bytes and 20 attributes.
func wide(pk int) string {
	var w strings.Builder
	fmt.Fprintf(&w, `{"pk":{"S":"key-%d"}`, pk)
	for i := range 19 {
		switch i % 3 {
		case 0:
			fmt.Fprintf(&w, `,"attribute%d":{"S":"some text of an attribute that has about that length"}`, i)
		case 1:
			fmt.Fprintf(&w, `,"attribute%d":{"N":"%d.25"}`, i, pk)
		case 2:
			fmt.Fprintf(&w, `,"attribute%d":{"M":{"street":{"S":"Example Street"},"number":{"N":"12"}}}`, i)
		}
	}
	return w.String() + "}"
}

func batch(from int) string {
	var requests []string
	for i := range 25 {
		requests = append(requests, `{"PutRequest":{"Item":`+wide(from+i)+`}}`)
	}
	return `{"RequestItems":{"Users":[` + strings.Join(requests, ",") + `]}}`
}

func BenchmarkBatchWrite(b *testing.B) {
	srv, c := newServer(b)
	createTable(b, c, "Users", "pk:S")
	send := poster(b, srv)
	bodies := make([]string, 400)
	for i := range bodies {
		bodies[i] = batch(i * 25)
	}
	b.SetBytes(int64(len(bodies[0])))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		send("BatchWriteItem", bodies[i%len(bodies)])
	}
}

func BenchmarkScan(b *testing.B) {
	srv, c := newServer(b)
	createTable(b, c, "Users", "pk:S")
	send := poster(b, srv)
	for i := range 80 {
		send("BatchWriteItem", batch(i*25))
	}
	for _, read := range []struct{ name, op, body string }{
		{"read=scan", "Scan", `{"TableName":"Users"}`},
		{"read=select", "ExecuteStatement", `{"Statement":"SELECT * FROM \"Users\""}`},
		{"read=filter", "Scan", `{"TableName":"Users","FilterExpression":"attribute1 >= :v","ExpressionAttributeValues":{":v":{"N":"0"}}}`},
	} {
		b.Run(read.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(send(read.op, read.body))
			}
		})
	}
}
