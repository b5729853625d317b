package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"iter"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/connect"
)

const (
	region    = "us-east-1"
	accessKey = "AKIDEXAMPLE"
	secretKey = "not-a-secret"
	batchSize = 25
)

// An env is what a mode works with.
type env struct {
	scenario
	source, destination string // names of tables
	pages               int    // of the source
	workers             int
	idle                int  // rules of dynsync's that select nothing
	unchecked           bool // dynsync runs without its leak check
	url                 string
	transport           *http.Transport

	// What equality tests set instead of the defaults.
	client *dynamodb.Client
	custom dynsync.Transformer // in place of Pseudonym
	writes int                 // items of the workload write, instead of as many as the pages hold
}

// A mover moves the items of a scenario in one way and returns how many.
type mover func(ctx context.Context) (items int, err error)

// newMover returns the mover of a mode, with what it may have in memory before
// the clock starts.
func newMover(mode string, e *env) (mover, error) {
	switch mode {
	case modeTyped:
		return newTyped(e)
	case modeNeosync:
		return newNeosync(e)
	case modeGuregu:
		return newGuregu(e)
	case modeDynsync:
		return newDynsync(e, e.sdk(false), "raw")
	case modeDirect:
		return newDynsync(e, e.sdk(false), "direct", dynsync.WithDirectRequests())
	case modeUnchecked:
		e.unchecked = true
		return newDynsync(e, e.sdk(false), "raw")
	case modeWrapped:
		return newDynsync(e, wrapped{e.sdk(false)}, "typed")
	case modeRaw, modeSigned:
		return newRaw(e, mode == modeSigned)
	}
	return nil, fmt.Errorf("unknown mode %q", mode)
}

// tuned returns the HTTP transport that all modes use: that of the client which
// dynsync recommends.
func tuned(cert []byte) (*http.Transport, error) {
	config := &tls.Config{}
	if cert != nil {
		parsed, err := x509.ParseCertificate(cert)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AddCert(parsed)
	}
	tune := func(t *http.Transport) { t.TLSClientConfig = config }
	return connect.HTTPClient(64).WithTransportOptions(tune).GetTransport(), nil
}

// sdk returns the client of a mode. A rival's gets plain request bodies if it
// has two processors: with the SDK's own, net/http closes connections under
// load, which would be measured as retries.
func (e *env) sdk(rival bool) *dynamodb.Client {
	if e.client != nil {
		return e.client
	}
	var client dynamodb.HTTPClient = &http.Client{Transport: e.transport}
	if rival && e.Procs > 1 {
		client = plainBodies{client}
	}
	return dynamodb.New(dynamodb.Options{
		Region:       region,
		BaseEndpoint: aws.String(e.url),
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
		HTTPClient:   client,
	})
}

// plainBodies gives net/http request bodies that it knows.
type plainBodies struct{ next dynamodb.HTTPClient }

// Do implements dynamodb.HTTPClient.
func (c plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.ContentLength <= 0 {
		return c.next.Do(r)
	}
	b := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, b); err != nil {
		return nil, err
	}
	plain := r.WithContext(r.Context())
	plain.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
	plain.Body, _ = plain.GetBody()
	return c.next.Do(plain)
}

// A worker takes pages of items, in whatever form a library gives them.
type worker[P any] interface {
	page(ctx context.Context, p P) error
	flush(ctx context.Context) error // what is not yet written
}

// spread gives pages to n workers; one works in the loop that reads.
func spread[P any](ctx context.Context, n int, pages iter.Seq2[P, error], newWorker func() worker[P]) error {
	if n == 1 {
		w := newWorker()
		for p, err := range pages {
			if err == nil {
				err = w.page(ctx, p)
			}
			if err != nil {
				return err
			}
		}
		return w.flush(ctx)
	}
	g, ctx := errgroup.WithContext(ctx)
	ch := make(chan P)
	for range n {
		w := newWorker()
		g.Go(func() error {
			for p := range ch {
				if err := w.page(ctx, p); err != nil {
					return err
				}
			}
			return w.flush(ctx)
		})
	}
	g.Go(func() error {
		defer close(ch)
		for p, err := range pages {
			if err != nil {
				return err
			}
			select {
			case ch <- p:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	return g.Wait()
}

// writeItems is the workload "write": the items of up to a page, over and over.
type writeItems[T any] struct {
	chunks [][]T
	total  int
}

// newWriteItems converts items of the shape, outside of what is measured.
func newWriteItems[T any](e *env, convert func(item []byte) (T, error)) (*writeItems[T], error) {
	w := &writeItems[T]{}
	var chunk []T
	for p := range eachPage(e.shape) {
		for i := range p.items {
			item, err := convert(p.item(i))
			if err != nil {
				return nil, err
			}
			if chunk = append(chunk, item); len(chunk) == batchSize {
				w.chunks, chunk = append(w.chunks, chunk), nil
			}
		}
		if len(w.chunks) >= maxWriteItems/batchSize {
			break
		}
	}
	w.total = cmp.Or(e.writes, e.pages*pageBytes/e.ItemBytes) / batchSize * batchSize
	return w, nil
}

// maxWriteItems is how many different items are written, about.
const maxWriteItems = 1000

// all yields the items in chunks of a batch.
func (w *writeItems[T]) all(yield func([]T, error) bool) {
	for i := range w.total / batchSize {
		if !yield(w.chunks[i%len(w.chunks)], nil) {
			return
		}
	}
}
