package main

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync"
)

type bothClients interface {
	dynsync.SourceClient
	dynsync.DestinationClient
}

// A wrapped client is not exactly the SDK's, so that it gets the SDK's types.
type wrapped struct{ *dynamodb.Client }

// newDynsync uses dynsync's public API as its documentation shows it. It fails
// if items take another path than that.
func newDynsync(e *env, client bothClients, path string, opts ...dynsync.Option) (mover, error) {
	opts = append(opts,
		dynsync.WithDestination(client),
		dynsync.WithKey(secret),
		dynsync.WithTable(e.source, e.destination, append(e.rules(), dynsync.WithReadCapacity(dynsync.Unlimited()))...),
	)
	if e.Workload != workWrite {
		opts = append(opts, dynsync.WithSource(client))
	}
	if e.workers > 0 {
		opts = append(opts, dynsync.WithWorkers(e.workers), dynsync.WithWriteConcurrency(e.workers))
	}
	syncer, err := dynsync.New(opts...)
	if err != nil {
		return nil, err
	}
	switch e.Workload {
	case workRead:
		return func(ctx context.Context) (int, error) {
			n := 0
			for _, err := range syncer.Scan(ctx, e.source) {
				if err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		}, nil
	case workWrite:
		return newDynsyncWrite(e, syncer)
	}
	return func(ctx context.Context) (int, error) {
		report, err := syncer.Sync(ctx)
		if err != nil {
			return 0, err
		}
		t := report.Tables[0]
		if !strings.HasPrefix(t.WritePath, path) {
			return 0, fmt.Errorf("items were written on the path %q, not %s", t.WritePath, path)
		}
		return int(t.Written), nil
	}, nil
}

// rules are the options of the table for the workload. Defaults are what a
// table without any option gets.
func (e *env) rules() []dynsync.TableOption {
	transformer := e.custom
	if transformer == nil {
		transformer = dynsync.Pseudonym()
	}
	switch {
	case e.Workload == workDefaults && e.custom == nil:
		return nil
	case e.Workload == workDefaults:
		return []dynsync.TableOption{dynsync.WithDefaultTransform(transformer, dynsync.KindS, dynsync.KindN, dynsync.KindB, dynsync.KindBOOL)}
	}
	opts := []dynsync.TableOption{dynsync.WithDefaultTransform(dynsync.Passthrough())}
	if e.unchecked {
		opts = append(opts, dynsync.WithLeakCheck(dynsync.LeakMinLength(0)))
	}
	if e.Workload == workCopy4 {
		for _, path := range keyedPaths {
			opts = append(opts, dynsync.WithTransform(path, transformer))
		}
	}
	for i := range e.idle {
		path := fmt.Sprintf("Absent%d.Part%d", i%100, i)
		if i%2 == 1 {
			path = fmt.Sprintf("Address.Part%d", i) // of a map that is there
		}
		opts = append(opts, dynsync.WithTransform(path, transformer, dynsync.Optional()))
	}
	return opts
}

func newDynsyncWrite(e *env, syncer *dynsync.Syncer) (mover, error) {
	items, err := newWriteItems(e, func(raw []byte) (*dynsync.Record, error) { return dynsync.NewRecord(raw) })
	if err != nil {
		return nil, err
	}
	var records iter.Seq2[*dynsync.Record, error] = func(yield func(*dynsync.Record, error) bool) {
		for chunk := range items.all {
			for _, rec := range chunk {
				if !yield(rec, nil) {
					return
				}
			}
		}
	}
	return func(ctx context.Context) (int, error) {
		report, err := syncer.Write(ctx, e.source, records)
		return int(report.Written), err
	}, nil
}
