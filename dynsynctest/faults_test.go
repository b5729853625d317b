package dynsynctest_test

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestScript(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("Scan", dynsynctest.Script(dynsynctest.Throttle(), dynsynctest.Action{}, dynsynctest.Deny("dynamodb:Scan")))
	for i, code := range []string{"ProvisionedThroughputExceededException", "", "AccessDeniedException", "", ""} {
		_, err := scanUsers(c)
		if code != "" {
			fails(t, err, code, "")
		} else if err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
}

// outcomes sends scans to a new server and returns what became of each.
func outcomes(t *testing.T, count int, hook func(*dynsynctest.Request) dynsynctest.Action) []string {
	t.Helper()
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("Scan", hook)
	var list []string
	for range count {
		_, err := scanUsers(c)
		switch {
		case err == nil:
			list = append(list, "")
		default:
			list = append(list, errorCode(t, err))
		}
	}
	return list
}

func errorCode(t *testing.T, err error) string {
	t.Helper()
	e, ok := unwrap[interface {
		error
		ErrorCode() string
	}](err)
	if !ok {
		t.Fatal(err)
	}
	return e.ErrorCode()
}

func TestFaultsAreSeeded(t *testing.T) {
	plan := func(seed uint64) func(*dynsynctest.Request) dynsynctest.Action {
		return dynsynctest.Faults(seed, 0.5, dynsynctest.Throttle(), dynsynctest.Fail(500, "InternalServerError", ""))
	}
	first, again, other := outcomes(t, 100, plan(1)), outcomes(t, 100, plan(1)), outcomes(t, 100, plan(2))
	equal(t, again, first)
	if slices.Equal(first, other) {
		t.Error("another seed draws the same")
	}
}

// Faults come as often as they are said to, whatever the seed.
func TestFaultOdds(t *testing.T) {
	const requests = 20_000
	fault := dynsynctest.NoCRC()
	for _, odds := range []float64{0, 0.05, 0.5, 1} {
		for seed := range uint64(5) {
			hook := dynsynctest.Faults(seed, odds, fault, fault, fault, dynsynctest.Action{})
			var met int
			for n := range int64(requests) {
				if !reflect.ValueOf(hook(&dynsynctest.Request{Number: n + 1})).IsZero() {
					met++
				}
			}
			// Five standard deviations are less than the tolerance.
			if got, want := float64(met)/requests, odds*3/4; got < want-0.02 || got > want+0.02 {
				t.Errorf("seed %d: %.3f of the requests meet a fault; want %.3f", seed, got, want)
			}
		}
	}
	if !reflect.ValueOf(dynsynctest.Faults(1, 1)(&dynsynctest.Request{})).IsZero() {
		t.Error("a plan without actions acts")
	}
}

func TestAtMost(t *testing.T) {
	const throttled = "ProvisionedThroughputExceededException"
	got := outcomes(t, 9, dynsynctest.AtMost(2, always(dynsynctest.Throttle())))
	equal(t, got, []string{throttled, throttled, "", throttled, throttled, "", throttled, throttled, ""})
	got = outcomes(t, 3, dynsynctest.AtMost(0, always(dynsynctest.Throttle())))
	equal(t, got, []string{"", "", ""})
	// A request that gets through begins anew.
	got = outcomes(t, 6, dynsynctest.AtMost(2, dynsynctest.Script(
		dynsynctest.Throttle(), dynsynctest.Action{}, dynsynctest.Throttle(), dynsynctest.Throttle(), dynsynctest.Throttle())))
	equal(t, got, []string{throttled, "", throttled, throttled, "", ""})
}

// Requests are told apart by what they say, in whatever order they say it, so
// that each of several clients gets through.
func TestAtMostKnowsRequests(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("*", dynsynctest.AtMost(3, always(dynsynctest.ApplyThen(dynsynctest.Reset()))))
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			i := item{"pk": s(strconv.Itoa(worker))}
			for name := range 20 {
				i["attribute"+strconv.Itoa(name)] = n(strconv.Itoa(worker))
			}
			put := []types.WriteRequest{{PutRequest: &types.PutRequest{Item: i}}}
			for attempt := 1; attempt <= 4; attempt++ {
				_, err := c.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": put}})
				if (err == nil) != (attempt == 4) {
					t.Errorf("worker %d, attempt %d: %v", worker, attempt, err)
				}
			}
		})
	}
	group.Wait()
}

// Everything comes through a server that fails half of all requests, in every
// way there is, if the client tries again.
func TestFaultsEndWell(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("*", dynsynctest.AtMost(3, dynsynctest.Faults(7, 0.5,
		dynsynctest.Throttle(), dynsynctest.ThrottleOnDemand(), dynsynctest.Fail(500, "InternalServerError", ""), dynsynctest.Reset(),
		dynsynctest.ApplyThenDrop(), dynsynctest.ApplyThen(dynsynctest.Reset()), dynsynctest.CutBody(1), dynsynctest.WrongCRC(),
		dynsynctest.TooLarge(), dynsynctest.EmptyPage(), dynsynctest.UnprocessedLast(2), dynsynctest.Trickle(5, 1))))
	for from := range 20 {
		var left []types.WriteRequest
		for i := range 5 {
			left = append(left, types.WriteRequest{PutRequest: &types.PutRequest{Item: item{"pk": s("k" + strconv.Itoa(5*from+i))}}})
		}
		for len(left) > 0 {
			out, err := c.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": left}})
			if err == nil {
				left = out.UnprocessedItems["Users"]
			}
		}
	}
	var keys []string
	in := &dynamodb.ScanInput{TableName: aws.String("Users"), Limit: aws.Int32(7)}
	for {
		out, err := c.Scan(context.Background(), in)
		if err != nil {
			continue
		}
		keys = append(keys, texts(out.Items, "pk")...)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			break
		}
	}
	equal(t, sorted(keys), numbered(100))
}
