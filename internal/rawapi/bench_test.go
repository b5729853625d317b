package rawapi

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// fixed returns a client that gets the same answer every time, at no cost.
func fixed(answer string) *dynamodb.Client {
	sum := fmt.Sprint(crc32.ChecksumIEEE([]byte(answer)))
	return dynamodb.New(options("http://in.memory"), func(o *dynamodb.Options) {
		o.HTTPClient = doFunc(func(r *http.Request) (*http.Response, error) {
			io.Copy(io.Discard, r.Body)
			if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteRequest != nil {
				trace.WroteRequest(noInfo)
			}
			return &http.Response{
				StatusCode: 200, Header: http.Header{"X-Amz-Crc32": {sum}},
				ContentLength: int64(len(answer)), Body: io.NopCloser(strings.NewReader(answer)),
			}, nil
		})
	})
}

// wide returns an item of a little under 1 KB: a user as one looks.
func wide(i int) string {
	return fmt.Sprintf(`{"Id":{"S":"user-%08d"},"Name":{"S":"Judith van der Berg"},"Email":{"S":"judith%d@example.com"},"Age":{"N":"%d"},"Active":{"BOOL":true},"Tags":{"SS":["a","b","c"]},"Pets":{"M":{"Judith":{"M":{"Type":{"S":"cat"},"Age":{"N":"3"}}}}},"Orders":{"L":[{"M":{"Total":{"N":"12.50"},"Note":{"S":"%s"}}},{"M":{"Total":{"N":"3"},"Note":{"S":"%s"}}}]}}`,
		i, i, i%90, strings.Repeat("x", 200), strings.Repeat("y", 200))
}

func page(n int) string {
	var b strings.Builder
	b.WriteString(`{"Items":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(wide(i))
	}
	b.WriteString(`],"NextToken":"t"}`)
	return b.String()
}

// A page costs the SDK's own allocations for a call, and none per item.
func TestReaderAllocs(t *testing.T) {
	allocs := func(items int) float64 {
		r := NewReader(fixed(page(items)), nil)
		var p Page
		return testing.AllocsPerRun(10, func() {
			if err := r.ExecuteStatement(context.Background(), statement("SELECT"), &p); err != nil || len(p.Items) != items {
				t.Fatal(len(p.Items), err)
			}
		})
	}
	one, many := allocs(1), allocs(300)
	if many > one+poolSlack {
		t.Errorf("%v allocations for a page of 300 items, %v for one of 1", many, one)
	}
	if one > 330+poolSlack {
		t.Errorf("%v allocations for a page; the SDK makes about 270 of them", one)
	}
}

// A batch costs the SDK's own allocations for a call, and none per item.
func TestWriterAllocs(t *testing.T) {
	allocs := func(items int) float64 {
		w := NewWriter(fixed(written), nil)
		b := new(Batch)
		it := []byte(wide(0))
		return testing.AllocsPerRun(20, func() {
			b.Reset("T")
			for range items {
				b.Add(it)
			}
			if _, err := w.BatchWrite(context.Background(), "T", b); err != nil {
				t.Fatal(err)
			}
		})
	}
	one, many := allocs(1), allocs(25)
	if many > one+poolSlack {
		t.Errorf("%v allocations for a batch of 25 items, %v for one of 1", many, one)
	}
	if many > 360+poolSlack {
		t.Errorf("%v allocations for a batch; the SDK makes about 300 of them", many)
	}
}

// BenchmarkRead reads one page; path=sdk is the client alone, which leaves the
// items decoded.
func BenchmarkRead(b *testing.B) {
	text := page(1000)
	client := fixed(text)
	ctx := context.Background()
	reader := func(api SourceAPI) func(*Page) error {
		r := NewReader(api, nil)
		return func(p *Page) error { return r.ExecuteStatement(ctx, statement("SELECT"), p) }
	}
	paths := []struct {
		name string
		read func(*Page) error
	}{
		{"raw", reader(client)},
		{"typed", reader(struct{ SourceAPI }{client})},
		{"sdk", func(*Page) error {
			_, err := client.ExecuteStatement(ctx, statement("SELECT"))
			return err
		}},
	}
	for _, path := range paths {
		b.Run("items=1000/path="+path.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			var p Page
			for b.Loop() {
				if err := path.read(&p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWrite builds and sends one batch; path=sdk is the client alone, with
// items that need no decoding.
func BenchmarkWrite(b *testing.B) {
	client := fixed(written)
	ctx := context.Background()
	it := []byte(wide(0))
	typedItems := batchOf(bytes.Clone(it))
	writer := func(api DestinationAPI) func() error {
		w, batch := NewWriter(api, nil), new(Batch)
		return func() error {
			batch.Reset("T")
			for range 25 {
				batch.Add(it)
			}
			_, err := w.BatchWrite(ctx, "T", batch)
			return err
		}
	}
	paths := []struct {
		name  string
		write func() error
	}{
		{"raw", writer(client)},
		{"typed", writer(struct{ DestinationAPI }{client})},
		{"sdk", func() error {
			in, err := typedInput("T", typedItems)
			if err != nil {
				return err
			}
			requests := in.RequestItems["T"]
			for len(requests) < 25 {
				requests = append(requests, requests[0])
			}
			in.RequestItems["T"] = requests
			_, err = client.BatchWriteItem(ctx, in)
			return err
		}},
	}
	for _, path := range paths {
		b.Run("items=25/path="+path.name, func(b *testing.B) {
			b.SetBytes(int64(25 * len(it)))
			b.ReportAllocs()
			for b.Loop() {
				if err := path.write(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
