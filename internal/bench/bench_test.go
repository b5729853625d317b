package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync"
)

// runOrBench calls body once under a test, and over and over under a benchmark.
func runOrBench(tb testing.TB, bytes int, body func() error) {
	once := func() {
		if err := body(); err != nil {
			tb.Fatal(err)
		}
	}
	b, ok := tb.(*testing.B)
	if !ok {
		once()
		return
	}
	b.ReportAllocs()
	b.SetBytes(int64(bytes))
	for b.Loop() {
		once()
	}
}

// sub runs a part of a test or a benchmark.
func sub(tb testing.TB, name string, f func(testing.TB)) {
	switch tb := tb.(type) {
	case *testing.T:
		tb.Run(name, func(t *testing.T) { f(t) })
	case *testing.B:
		tb.Run(name, func(b *testing.B) { f(b) })
	}
}

func decodePages(tb testing.TB) {
	for _, s := range []shape{{100, "ascii"}, {1 << 10, "ascii"}, {1 << 10, "escape"}, {1 << 10, "binary"}, {10 << 10, "ascii"}, {200 << 10, "ascii"}} {
		decs, size := decoders(s)
		for _, d := range decs {
			sub(tb, fmt.Sprintf("item=%s/strings=%s/by=%s", sizeName(s.ItemBytes), s.Strings, d.name), func(tb testing.TB) {
				runOrBench(tb, size, func() error {
					n, err := d.read(context.Background())
					if err == nil && n == 0 {
						err = fmt.Errorf("no items")
					}
					return err
				})
			})
		}
	}
}

// Decoding one page in process: a call of the SDK, and of dynsync's reader.
func TestDecode(t *testing.T)      { decodePages(t) }
func BenchmarkDecode(b *testing.B) { decodePages(b) }

// growRules copies a page under more and more rules, of which four select
// something.
func growRules(tb testing.TB) {
	for _, idle := range []int{0, 100, 10_000} {
		e := &env{scenario: scenario{Workload: workCopy4}, idle: idle}
		copyPage(tb, fmt.Sprintf("idle=%d", idle), 1, e.rules())
	}
}

// The cost of an item does not grow with the number of rules.
func TestRules(t *testing.T)      { growRules(t) }
func BenchmarkRules(b *testing.B) { growRules(b) }

// growItems copies tables of growing size.
func growItems(tb testing.TB) {
	pages := []int{1, 10}
	if _, ok := tb.(*testing.B); ok {
		pages = []int{10, 100}
	}
	for _, n := range pages {
		copyPage(tb, fmt.Sprintf("items=%d", n*pageBytes/base.ItemBytes), n, (&env{scenario: scenario{Workload: workCopy4}}).rules())
	}
}

// The cost of an item does not grow with the table.
func TestItems(t *testing.T)      { growItems(t) }
func BenchmarkItems(b *testing.B) { growItems(b) }

// copyPage copies a table of that many pages in process, without a network.
func copyPage(tb testing.TB, name string, pages int, opts []dynsync.TableOption) {
	client := dynamodb.New(dynamodb.Options{
		Region:       region,
		BaseEndpoint: aws.String("http://in-process"),
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
		HTTPClient:   new(stub),
	})
	syncer, err := dynsync.New(
		dynsync.WithSource(client),
		dynsync.WithDestination(client),
		dynsync.WithKey(secret),
		dynsync.WithTable(sourceTable(base, pages), destinationTable, append(opts, dynsync.WithReadCapacity(dynsync.Unlimited()))...),
	)
	if err != nil {
		tb.Fatal(err)
	}
	sub(tb, name, func(tb testing.TB) {
		items := pages * pageBytes / base.ItemBytes
		runOrBench(tb, pages*pageBytes, func() error {
			_, err := syncer.Sync(context.Background())
			return err
		})
		if b, ok := tb.(*testing.B); ok {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(items), "ns/item")
		}
	})
}
