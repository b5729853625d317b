package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A rawClient is the limit: net/http alone, moving the same bytes in the same
// requests. It knows where the items of a page are without looking, and looks
// into no answer.
type rawClient struct {
	*env
	http   *http.Client
	signed bool // with SigV4, the hash of the body and the check of the CRC
	signer *v4.Signer
	pages  [][]span // of the distinct pages
	buffer chan []byte
	n      atomic.Int64
}

// A rawPage is a response's body and where its items are.
type rawPage struct {
	body  []byte
	items []span
}

func newRaw(e *env, signed bool) (mover, error) {
	c := &rawClient{
		env:    e,
		http:   &http.Client{Transport: e.transport},
		signed: signed,
		signer: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }),
		buffer: make(chan []byte, e.workers+1),
	}
	for range cap(c.buffer) {
		c.buffer <- nil
	}
	pages := c.read
	if e.Workload == workWrite {
		items, err := newWriteItems(e, func(raw []byte) ([]byte, error) { return bytes.Clone(raw), nil })
		if err != nil {
			return nil, err
		}
		pages = func(context.Context) iter.Seq2[rawPage, error] { return rawChunks(items) }
	} else {
		for _, p := range newPages(e.shape) {
			c.pages = append(c.pages, p.items)
		}
		debug.FreeOSMemory() // the pages themselves are not this mode's memory
	}
	return func(ctx context.Context) (int, error) {
		err := spread(ctx, e.workers, pages(ctx), func() worker[rawPage] { return &rawWorker{rawClient: c} })
		return int(c.n.Swap(0)), err
	}, nil
}

// rawChunks makes each chunk a page.
func rawChunks(items *writeItems[[]byte]) iter.Seq2[rawPage, error] {
	pages := make([]rawPage, len(items.chunks))
	for i, chunk := range items.chunks {
		for _, item := range chunk {
			start := len(pages[i].body)
			pages[i].body = append(pages[i].body, item...)
			pages[i].items = append(pages[i].items, span{start, len(pages[i].body)})
		}
	}
	return func(yield func(rawPage, error) bool) {
		for i := range items.total / batchSize {
			if !yield(pages[i%len(pages)], nil) {
				return
			}
		}
	}
}

// read reads the table into as many buffers as there are workers, and one.
func (c *rawClient) read(ctx context.Context) iter.Seq2[rawPage, error] {
	return func(yield func(rawPage, error) bool) {
		for i := range c.env.pages {
			body := `{"Statement":"SELECT * FROM \"` + c.source + `\""`
			if i > 0 {
				body += `,"NextToken":"` + pageToken(i) + `"`
			}
			got, err := c.call(ctx, "ExecuteStatement", []byte(body+"}"), <-c.buffer)
			p := rawPage{body: got}
			if err == nil {
				p.items = c.pages[i%len(c.pages)]
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// call makes a request and returns the response's body, in buf if it fits.
func (c *rawClient) call(ctx context.Context, op string, body, buf []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/", bytes.NewReader(body))
	if err != nil {
		return buf, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
	if c.signed {
		sum := sha256.Sum256(body)
		creds := aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey}
		if err := c.signer.SignHTTP(ctx, creds, r, hex.EncodeToString(sum[:]), "dynamodb", region, time.Now()); err != nil {
			return buf, err
		}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return buf, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return buf, fmt.Errorf("status %s", resp.Status)
	}
	if int64(cap(buf)) < resp.ContentLength {
		buf = make([]byte, resp.ContentLength+resp.ContentLength/64)
	}
	buf = buf[:resp.ContentLength]
	if _, err := io.ReadFull(resp.Body, buf); err != nil {
		return buf, err
	}
	if c.signed && strconv.FormatUint(uint64(crc32.ChecksumIEEE(buf)), 10) != resp.Header.Get("X-Amz-Crc32") {
		return buf, fmt.Errorf("%s: bad checksum", op)
	}
	return buf, nil
}

type rawWorker struct {
	*rawClient
	batch  []byte
	items  int
	answer []byte
}

func (w *rawWorker) page(ctx context.Context, p rawPage) error {
	w.n.Add(int64(len(p.items)))
	if w.Workload != workRead {
		for _, s := range p.items {
			if err := w.put(ctx, p.body[s.start:s.end]); err != nil {
				return err
			}
		}
	}
	if w.Workload != workWrite {
		w.buffer <- p.body
	}
	return nil
}

func (w *rawWorker) put(ctx context.Context, item []byte) error {
	if w.items == 0 {
		w.batch = append(append(append(w.batch[:0], `{"RequestItems":{"`...), w.destination...), `":[`...)
	} else {
		w.batch = append(w.batch, ',')
	}
	w.batch = append(append(append(w.batch, `{"PutRequest":{"Item":`...), item...), "}}"...)
	if w.items++; w.items < batchSize {
		return nil
	}
	return w.flush(ctx)
}

func (w *rawWorker) flush(ctx context.Context) error {
	if w.items == 0 {
		return nil
	}
	w.items = 0
	w.batch = append(w.batch, "]}}"...)
	var err error
	w.answer, err = w.call(ctx, "BatchWriteItem", w.batch, w.answer)
	return err
}
