// Package probe finds which actions a client may do, by requests that change nothing.
//
// A request is harmless by its construction. A read asks for one item. A write is to an
// item whose key is drawn at random, 120 bits or more, so that no table has it, and under a
// condition that no item fulfils, where DynamoDB takes one. A function of this package
// that makes a request gets the name of a table and the names and types of its key
// attributes, and no item.
package probe

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/time/rate"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/tabledesc"
)

// A Verdict says whether a client may do an action.
type Verdict uint8

// The verdicts.
const (
	Unknown Verdict = iota // the action has no harmless probe, or the answer does not tell
	Allowed                // DynamoDB did, or would have done, what was asked
	Denied                 // DynamoDB denied it
)

// An Answer is what is known of an action.
type Answer struct {
	Verdict  Verdict
	Resource string // the ARN that a denial names, or ""
	Why      string // a clause; "" where nothing is to be said
}

// A Table is what a probe may know of a table.
type Table struct {
	Name     string // its name or ARN
	Index    string // "" for the table itself; reads of an index are of it
	Keys     []Key  // of the table; nil if they are not known
	IndexKey Key    // the first partition key attribute of the index
	Pinned   bool   // a SELECT fixes the partition key, which policies may demand
	Writable bool   // probes may be writes
}

// A Key is a key attribute.
type Key struct {
	Name string
	Type types.ScalarAttributeType
}

// Of returns what a probe may know of a table that was described. t may be nil.
func Of(t *types.TableDescription, index string) Table {
	if t == nil {
		return Table{Index: index}
	}
	out := Table{Name: aws.ToString(t.TableName), Index: index}
	for _, k := range t.KeySchema {
		out.Keys = append(out.Keys, keyOf(t, k))
	}
	if schema := tabledesc.Schema(t, index); index != "" && len(schema) > 0 {
		out.IndexKey = keyOf(t, schema[0])
	}
	return out
}

func keyOf(t *types.TableDescription, k types.KeySchemaElement) Key {
	name := aws.ToString(k.AttributeName)
	return Key{Name: name, Type: cmp.Or(tabledesc.AttributeType(t, name), types.ScalarAttributeTypeS)}
}

// PerSecond is how many requests a Prober sends in a second at most.
const PerSecond = 5

// timeout is how long a probe waits for its answer.
const timeout = 5 * time.Second

// A Prober sends probes, and other look-ups, one after the other. It is safe for concurrent
// use.
type Prober struct{ pace *rate.Limiter }

// New returns a Prober that sends PerSecond requests a second at most.
func New() *Prober { return Paced(PerSecond) }

// Paced returns a Prober of another pace, for tests.
func Paced(perSecond float64) *Prober { return &Prober{rate.NewLimiter(rate.Limit(perSecond), 1)} }

// Actions returns the actions that have a probe, sorted.
func Actions() []string { return slices.Sorted(maps.Keys(probes)) }

// Writes reports whether an action has a probe, and whether that is a write.
func Writes(action string) (writes, known bool) {
	p, known := probes[action]
	return p.writes, known
}

// Ask finds whether a client of DynamoDB may do an action with a table. The client needs the
// method of the operation, as [dynamodb.Client] has it. Ask sends one request, or two if the
// client's credentials have expired, and waits 5 seconds at most for its answer.
func (p *Prober) Ask(ctx context.Context, client any, action string, t Table) Answer {
	it, known := probes[action]
	switch {
	case !known:
		return Answer{Why: "no harmless request tells"}
	case it.writes && !t.Writable:
		return Answer{Why: "the table is only read"}
	case it.keys && len(t.Keys) == 0:
		return Answer{Why: "the table's keys are not known"}
	}
	return judge(p.LookUp(ctx, client, func(ctx context.Context) error { return it.ask(ctx, client, t) }))
}

// LookUp calls ask, which sends one request of a client, when the pace allows for it, and
// once more if the client's credentials have expired.
func (p *Prober) LookUp(ctx context.Context, client any, ask func(context.Context) error) error {
	renewal := &awserr.Renewal{Client: client}
	for again := false; ; again = true {
		if err := p.pace.Wait(ctx); err != nil {
			<-ctx.Done() // Wait returns before, if the request's turn comes after
			return errLate
		}
		limited, cancel := context.WithTimeout(ctx, timeout)
		err := ask(limited)
		cancel()
		if err == nil || again || ctx.Err() != nil || !renewal.Try(err) {
			return renewal.Explain(ctx, err)
		}
	}
}

var (
	errLate     = errors.New("the context ends before the request's turn")
	errNoMethod = errors.New("the client has no such method")
	errSuccess  = errors.New("a write succeeded whose condition no item fulfils")
)

// judge says what the answer to a probe means.
func judge(err error) Answer {
	if err == nil || awserr.Code(err) == "ConditionalCheckFailedException" {
		return Answer{Verdict: Allowed}
	}
	if d, denied := awserr.Refused(err); denied {
		return Answer{Verdict: Denied, Resource: d.Resource, Why: d.Why}
	}
	return Answer{Why: WhyUnknown(err)}
}

// WhyUnknown says why a request did not tell what it was to find, without text of others.
func WhyUnknown(err error) string {
	switch {
	case errors.Is(err, errNoMethod):
		return "the client has no method for it"
	case errors.Is(err, errSuccess):
		return "the answer is not DynamoDB's, which would have refused the request's condition"
	case errors.Is(err, errLate), errors.Is(err, context.Canceled):
		return "the context ended before"
	case errors.Is(err, context.DeadlineExceeded):
		return "there was no answer in time"
	}
	switch d, denied := awserr.Refused(err); {
	case denied && d.Action != "":
		return d.Action + " is denied"
	case denied:
		return "access is denied"
	}
	switch text := awserr.Text(err); {
	case awserr.Code(err) == "UnknownOperationException":
		return "the endpoint does not have the operation"
	case awserr.Code(err) == "ResourceNotFoundException", awserr.Code(err) == "TableNotFoundException":
		return "the table does not exist"
	case awserr.Code(err) == "", awserr.ClassOf(err) == reason.Access:
		return awserr.Remedy(err)
	case awserr.Retryable(err):
		return "DynamoDB does not answer for now [" + text + "]"
	default:
		return "the answer does not tell [" + text + "]"
	}
}
