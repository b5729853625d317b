package rawapi

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
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

// A batch costs the SDK's own allocations for a call, and none per item. Sent
// directly it costs a third of that, and the SDK's signer makes half of it.
func TestWriterAllocs(t *testing.T) {
	t.Run("raw", func(t *testing.T) { testWriterAllocs(t, NewWriter, 360) })
	t.Run("direct", func(t *testing.T) { testWriterAllocs(t, NewDirectWriter, 110) })
}

func testWriterAllocs(t *testing.T, newWriter func(DestinationAPI, []string) *Writer, most float64) {
	allocs := func(items int) float64 {
		w := newWriter(fixed(written), nil)
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
	if many > most+poolSlack {
		t.Errorf("%v allocations for a batch, want at most %v", many, most)
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
	writer := func(api DestinationAPI) func() error { return sender(NewWriter(api, nil), it) }
	paths := []struct {
		name  string
		write func() error
	}{
		{"direct", sender(NewDirectWriter(client, nil), it)},
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

// sender returns a function that builds and sends a batch of 25 times one item.
func sender(w *Writer, item []byte) func() error {
	b := new(Batch)
	return func() error {
		b.Reset("T")
		for range 25 {
			b.Add(item)
		}
		_, err := w.BatchWrite(context.Background(), "T", b)
		return err
	}
}

// BenchmarkCall sends batches over loopback to a server that does next to
// nothing, so that what remains is the cost of a call: net/http, the system and,
// on the raw path, the SDK's middleware stack. size is of an item, in bytes.
func BenchmarkCall(b *testing.B) {
	client := dynamodb.New(options("http://" + stub(b)))
	items := []struct {
		name string
		item []byte
	}{{"50", []byte(`{"Id":{"S":"user-00000001"},"Name":{"S":"Judith"}}`)}, {"800", []byte(wide(0))}}
	writers := []struct {
		name      string
		newWriter func(DestinationAPI, []string) *Writer
	}{{"raw", NewWriter}, {"direct", NewDirectWriter}}
	for _, size := range items {
		for _, path := range writers {
			b.Run("items=25/size="+size.name+"/path="+path.name, func(b *testing.B) {
				w := path.newWriter(client, nil)
				send := sender(w, size.item)
				b.SetBytes(int64(25 * len(size.item)))
				b.ReportAllocs()
				for b.Loop() {
					if err := send(); err != nil {
						b.Fatal(err)
					}
				}
				if got := w.Path().String(); got != path.name && b.N > 1 {
					b.Fatalf("path %s", got)
				}
			})
		}
	}
}

// stub listens on loopback and answers every request that everything was
// written.
func stub(b *testing.B) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amzn-RequestId: R\r\nX-Amz-Crc32: %d\r\nContent-Length: %d\r\n\r\n%s",
		crc32.ChecksumIEEE([]byte(written)), len(written), written)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answerAll(c, answer)
		}
	}()
	return l.Addr().String()
}

func answerAll(c net.Conn, answer []byte) {
	defer c.Close()
	r := bufio.NewReaderSize(c, 64<<10)
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		if text, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(text)))
		}
		if len(line) > len("\r\n") {
			continue
		}
		if _, err := r.Discard(length); err != nil {
			return
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}
