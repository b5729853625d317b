package dynsync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/testsize"
)

func TestModeString(t *testing.T) {
	t.Parallel()
	for m, want := range map[Mode]string{ModePut: "ModePut", ModeInsert: "ModeInsert", ModeMerge: "ModeMerge", 9: "Mode(9)"} {
		if m.String() != want {
			t.Errorf("%v, want %s", m, want)
		}
	}
}

func TestModeChecks(t *testing.T) {
	t.Parallel()
	full := dynamodb.New(dynamodb.Options{Region: "eu-central-1", BaseEndpoint: aws.String("http://localhost:8000")})
	tests := []struct {
		reason string
		mode   Mode
		client DestinationClient
		want   string // "" if it is fine
	}{
		{"the default needs no further method", ModePut, &nopClient{}, ""},
		{"the SDK's client has all of them", ModeInsert, full, ""},
		{"the SDK's client has all of them", ModeMerge, full, ""},
		{"methods that are not there are named", ModeInsert, &nopClient{}, "ModeInsert needs methods that the client of WithDestination (*dynsync.nopClient) does not have: BatchExecuteStatement, PutItem, GetItem"},
		{"methods that are not there are named", ModeMerge, &nopClient{}, "does not have: UpdateItem, PutItem, GetItem"},
		{"a stream needs no destination", ModeMerge, nil, ""},
		{"a mode that does not exist", 3, full, "WithMode must be ModePut, ModeInsert or ModeMerge, not Mode(3)"},
	}
	for _, tt := range tests {
		opts := []Option{WithSource(&nopClient{}), WithTable("Source", "Destination", WithMode(tt.mode))}
		if tt.client != nil {
			opts = append(opts, WithDestination(tt.client, AnyDestination()))
		}
		_, err := New(opts...)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

// watch notes the operations that a server is asked for, and the most of them
// at a time.
func watch(s *dynsynctest.Server) (ops func(string) int) {
	var mu sync.Mutex
	n := map[string]int{}
	s.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
		mu.Lock()
		defer mu.Unlock()
		n[r.Op]++
		return dynsynctest.Action{}
	})
	return func(op string) int {
		mu.Lock()
		defer mu.Unlock()
		return n[op]
	}
}

// Each mode meets every fault that its operations can, from a seed: the account
// is right, and so is the destination.
func TestModesUnderFaults(t *testing.T) {
	t.Parallel()
	items := users(120)
	items = append(items, manyNames("wide-1", 700), manyNames("wide-2", 900))
	want := recordsOf(t, items...)
	codes := []types.BatchStatementErrorCodeEnum{"", "", "", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "InternalServerError", "TransactionConflict"}
	slots := func(seed uint64) func(string, map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
		var mu sync.Mutex
		draw := rand.New(rand.NewPCG(seed, 1))
		return func(string, map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
			mu.Lock()
			defer mu.Unlock()
			return codes[draw.IntN(len(codes))]
		}
	}
	for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
		for seed := range uint64(testsize.Of(1, 2, 2)) {
			t.Run(fmt.Sprint(mode, "/", seed), func(t *testing.T) {
				p := newPair(t)
				p.fill(t, items...)
				remove := p.dest.Control("*", dynsynctest.AtMost(3, func() func(*dynsynctest.Request) dynsynctest.Action {
					faults := dynsynctest.Faults(seed, 0.3,
						dynsynctest.Throttle(), dynsynctest.ThrottleOnDemand(), dynsynctest.ApplyThenDrop(), dynsynctest.Reset(), dynsynctest.CutBody(3), dynsynctest.WrongCRC(),
						dynsynctest.Fail(500, "InternalServerError", ""), dynsynctest.ApplyThen(dynsynctest.Fail(500, "InternalServerError", "")), dynsynctest.Fail(503, "ServiceUnavailable", ""),
						dynsynctest.FailStatements(slots(seed)), dynsynctest.ApplyThen(dynsynctest.FailStatements(func(string, map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
							return "InternalServerError"
						})))
					return func(r *dynsynctest.Request) dynsynctest.Action {
						if strings.HasPrefix(r.Op, "Describe") {
							return dynsynctest.Action{}
						}
						return faults(r)
					}
				}()))
				r, err := p.copied(t, mode)
				if err != nil || r.Written != int64(len(items)) {
					t.Fatalf("%v\n%v", err, r)
				}
				remove()
				p.wantContents(t, want)
			})
		}
	}
}

// WithWriteConcurrency holds where a batch takes many requests.
func TestModesBoundRequests(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{ModeInsert, ModeMerge} {
		p := newPair(t)
		var items []map[string]any
		for i := range 60 {
			items = append(items, manyNames(fmt.Sprint("wide-", i), 500))
		}
		p.fill(t, items...)
		var mu sync.Mutex
		inFlight, most := 0, 0
		add := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			inFlight += n
			most = max(most, inFlight)
		}
		client := countingClient{p.to, add}
		s, err := New(WithSource(p.from), WithDestination(client), WithWriteConcurrency(3), WithTable("Source", "Destination", clearCopy(), WithMode(mode)))
		if err != nil {
			t.Fatal(err)
		}
		if report, err := s.Sync(context.Background()); err != nil || report.Tables[0].Written != 60 {
			t.Fatal(report, err)
		}
		if most > 3 || most < 2 {
			t.Errorf("%v: %d requests at a time", mode, most)
		}
	}
}

// countingClient counts the requests for single items.
type countingClient struct {
	*dynamodb.Client
	add func(int)
}

func (c countingClient) PutItem(ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	c.add(1)
	defer c.add(-1)
	return c.Client.PutItem(ctx, in, opts...)
}

func (c countingClient) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	c.add(1)
	defer c.add(-1)
	return c.Client.UpdateItem(ctx, in, opts...)
}

// A permanent error ends the table at once, and what was written before counts
// as written.
func TestModesEndOnPermanentErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode   Mode
		op     string
		action dynsynctest.Action
	}{
		{ModeInsert, "BatchExecuteStatement", dynsynctest.FailStatements(func(_ string, item map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
			if hasID(item, "user-00003") {
				return "AccessDenied"
			}
			return ""
		})},
		{ModeInsert, "BatchExecuteStatement", dynsynctest.FailStatements(func(string, map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
			return "ResourceNotFound"
		})},
		{ModeInsert, "BatchExecuteStatement", dynsynctest.Deny("dynamodb:PartiQLInsert")},
		{ModeMerge, "UpdateItem", dynsynctest.Deny("dynamodb:UpdateItem")},
	} {
		p := newPair(t)
		p.fill(t, users(20)...)
		p.dest.Control(tt.op, func(*dynsynctest.Request) dynsynctest.Action { return tt.action })
		r, err := p.copied(t, tt.mode)
		var table *TableError
		if !errors.As(err, &table) || r.Err == nil || r.Failed > 0 || r.Unsettled == 0 || r.Retries > 0 {
			t.Errorf("%v: %v\n%v", tt.mode, err, r)
		}
		if n := int64(len(contents(t, p.to, "Destination"))); n != r.Written {
			t.Errorf("%v: %d items arrived, and %d count as written", tt.mode, n, r.Written)
		}
	}
}

// One item that the service refuses fails alone.
func TestModesRefusedItem(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
		p := newPair(t)
		p.fill(t, append(users(60), manyNames("poison-wide", 600))...)
		p.dest.Control("*", func(*dynsynctest.Request) dynsynctest.Action {
			return dynsynctest.Refuse(func(_ string, item map[string]types.AttributeValue) bool {
				return hasID(item, "user-00017") || hasID(item, "poison-wide")
			})
		})
		r, err := p.copied(t, mode)
		var failed *ItemsFailedError
		if !errors.As(err, &failed) || r.Written != 59 || r.Failed != 2 || r.Err != nil {
			t.Errorf("%v: %v\n%v", mode, err, r)
		}
		for _, f := range r.Failures {
			if id, _ := f.Key.Get("Id"); !strings.Contains(fmt.Sprint(id.Any()), "user-00017") && !strings.Contains(fmt.Sprint(id.Any()), "poison") || !strings.Contains(f.Err.Error(), "DynamoDB refuses") {
				t.Errorf("%v: %v %v", mode, id.Any(), f.Err)
			}
		}
	}
}

// An item with a lone surrogate is written as it is by a client that is known,
// and refused where it would be changed.
func TestModesLoneSurrogates(t *testing.T) {
	t.Parallel()
	lone, err := NewRecord([]byte(`{"Id":{"S":"lone"},"s":{"S":"\ud800"}}`))
	if err != nil {
		t.Fatal(err)
	}
	key, err := NewRecord([]byte(`{"Id":{"S":"key\udc00"},"n\ud801":{"N":"1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := NewRecord(map[string]any{"Id": "plain"})
	if err != nil {
		t.Fatal(err)
	}
	stream := func(yield func(*Record, error) bool) {
		_ = yield(lone, nil) && yield(key, nil) && yield(plain, nil)
	}
	for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
		p := newPair(t)
		var sent bytes.Buffer
		var mu sync.Mutex
		p.dest.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
			mu.Lock()
			defer mu.Unlock()
			sent.Write(r.Body)
			return dynsynctest.Action{}
		})
		s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithMode(mode)))
		if r, err := s.Write(context.Background(), "Source", stream); err != nil || r.Written != 3 {
			t.Errorf("%v: %v %v", mode, err, r)
		}
		for _, want := range []string{`\ud800`, `key\udc00`, `n\ud801`} {
			if !strings.Contains(sent.String(), want) {
				t.Errorf("%v: %s was not sent", mode, want)
			}
		}
		if strings.Contains(sent.String(), "\ufffd") {
			t.Errorf("%v sent U+FFFD", mode)
		}
		s, err := New(WithDestination(typedClient{p.to}), WithTable("Source", "Destination", clearCopy(), WithMode(mode)))
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Write(context.Background(), "Source", stream)
		if r.Failed != 2 || err == nil || !strings.Contains(err.Error(), "lone surrogate, which only") {
			t.Errorf("%v: %v %v", mode, err, r)
		}
	}
}
