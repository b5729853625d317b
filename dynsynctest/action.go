package dynsynctest

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Action is what is to happen to a request. The zero Action is no opinion.
// Actions are values and may be used again, also by several goroutines.
//
// Some happen instead of what the request asks, such as [Throttle] and
// [Reset]; [ApplyThen] makes them happen after it. Others change what the
// request does or what of the answer arrives.
type Action struct {
	set     bool
	once    bool
	applied bool // the operation is done first, and then the rest of the action

	wait        func(context.Context) error
	answer      func(*Server, *Request) response // instead of the operation's
	unprocessed func(n int) func(table string, i item) bool
	slotError   func(table string, i item) types.BatchStatementErrorCodeEnum
	refused     func(table string, i item) bool
	emptyPage   bool
	oldToken    bool

	end     ending
	cut     bool
	cutAt   int
	trickle trickle
	crc     crcMode
}

// ending is what becomes of the connection.
type ending uint8

const (
	endOpen ending = iota
	endClosed
	endReset
)

type crcMode uint8

const (
	crcRight crcMode = iota
	crcWrong
	crcNone
)

// trickle is how slowly a body is sent; the zero value is all at once.
type trickle struct {
	bytes int
	every time.Duration
}

// Once makes the hook that returns the action answer this request and no other.
func (a Action) Once() Action {
	a.once = true
	return a
}

// With joins two actions: Delay(d).With(Throttle()) throttles after a delay,
// EmptyPage().With(WrongCRC()) sends an empty page with a wrong checksum,
// CutBody(n).With(Reset()) resets the connection in the middle of the answer.
// Where both say something about one thing, other wins.
func (a Action) With(other Action) Action {
	a.set = a.set || other.set
	a.once = a.once || other.once
	a.applied = a.applied || other.applied
	if other.wait != nil {
		a.wait = other.wait
	}
	if other.answer != nil {
		a.answer = other.answer
	}
	if other.unprocessed != nil {
		a.unprocessed = other.unprocessed
	}
	if other.slotError != nil {
		a.slotError = other.slotError
	}
	if other.refused != nil {
		a.refused = other.refused
	}
	a.emptyPage = a.emptyPage || other.emptyPage
	a.oldToken = a.oldToken || other.oldToken
	if other.end != endOpen {
		a.end = other.end
	}
	if other.cut {
		a.cut, a.cutAt = true, other.cutAt
	}
	if other.trickle.bytes > 0 {
		a.trickle = other.trickle
	}
	if other.crc != crcRight {
		a.crc = other.crc
	}
	return a
}

// ApplyThen does what the request asks, if it can be done, and only then what
// the action says: the answer that tells of it is lost, and what is stored has
// changed all the same. ApplyThen(Hang()) and ApplyThen(Reset()) are the ways in
// which a network loses an answer, ApplyThen(Fail(500, "InternalServerError",
// "")) the one in which the service does: of a write that failed with a status
// of 500 and above nothing is known. ApplyThen(Delay(d)) answers, but late.
//
// Requests and statements that [Unprocessed] and [FailStatements] pick are
// carried out too, and reported as if they were not.
func ApplyThen(a Action) Action {
	a.set, a.applied = true, true
	return a
}

// ApplyThenDrop does what the request asks and closes the connection without an
// answer, as a timeout on the way back looks.
func ApplyThenDrop() Action { return Action{set: true, applied: true, end: endClosed} }

// Reset resets the connection (TCP RST) without doing anything, as a firewall
// or a host that goes down does: the client's read or write fails with "connection
// reset by peer".
func Reset() Action { return Action{set: true, end: endReset} }

// Delay waits before the request is looked at. It ends early, without an
// answer, when the client goes away or the server is closed.
func Delay(d time.Duration) Action {
	return Action{set: true, wait: func(ctx context.Context) error { return pause(ctx, d) }}
}

// Wait is Delay until the channel is closed, or a value comes.
func Wait(ready <-chan struct{}) Action {
	return Action{set: true, wait: func(ctx context.Context) error { return await(ctx, ready) }}
}

// Hang never answers: the request waits, without being looked at, until the
// client gives up or the server is closed.
func Hang() Action { return Wait(nil) }

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	return await(ctx, t.C)
}

func await[T any](ctx context.Context, ready <-chan T) error {
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CutBody does what the request asks, sends n bytes of the answer's body and
// closes the connection. The headers announce all of it.
func CutBody(n int) Action { return Action{set: true, cut: true, cutAt: max(n, 0)} }

// Trickle does what the request asks and sends the answer's headers at once, but
// its body n bytes at a time (at least one), with a pause before each. It ends
// early, with the rest unsent, when the client goes away or the server is closed.
func Trickle(n int, every time.Duration) Action {
	return Action{set: true, trickle: trickle{bytes: max(n, 1), every: every}}
}

// WrongCRC does what the request asks and sends a wrong X-Amz-Crc32. The SDK's
// client checks it as late as when it closes the body, and takes the answer with
// no more than a line in its log.
func WrongCRC() Action { return Action{set: true, crc: crcWrong} }

// NoCRC does what the request asks and sends no X-Amz-Crc32.
func NoCRC() Action { return Action{set: true, crc: crcNone} }

// EmptyPage makes a Scan or a SELECT return no item, but a token that goes on
// where this page would have begun. Where nothing is left to read it returns
// the end of the scan. Other operations take no notice.
func EmptyPage() Action { return Action{set: true, emptyPage: true} }

// ExpiredToken refuses the NextToken of an ExecuteStatement as one that is more
// than an hour old: ValidationException. A request without a token is carried
// out, and other operations take no notice. See [WithClock] for tokens that
// grow old by themselves.
func ExpiredToken() Action { return Action{set: true, oldToken: true} }

// Unprocessed does only part of a BatchWriteItem or BatchGetItem, as a table
// that is short of capacity does: the requests for which left returns true are
// returned as unprocessed. Left gets the item to put, or the key to delete or
// to read. It is called once for each, in order. Where it leaves everything,
// DynamoDB would throttle the request instead, but clients must not rely on it.
func Unprocessed(left func(table string, item map[string]types.AttributeValue) bool) Action {
	return Action{set: true, unprocessed: func(int) func(string, item) bool { return left }}
}

// UnprocessedLast is Unprocessed for the last n requests, or all if there are
// fewer.
func UnprocessedLast(n int) Action {
	return Action{set: true, unprocessed: func(total int) func(string, item) bool {
		seen := 0
		return func(string, item) bool {
			seen++
			return seen > total-n
		}
	}}
}

// FailStatements does only part of a BatchExecuteStatement: a statement for
// which code returns something is not run, and its slot has an error of that
// code, such as ThrottlingError, ProvisionedThroughputExceeded, DuplicateItem or
// AccessDenied, while the request as a whole succeeds. Code gets the item to
// insert, or the key to update, delete or read. It is called once for each
// statement that is not wrong in itself, in order.
func FailStatements(code func(table string, item map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum) Action {
	return Action{set: true, slotError: code}
}

// Refuse makes the server take some items for invalid. Like DynamoDB with an
// item that it does not take, it refuses the PutItem, UpdateItem, DeleteItem or
// ExecuteStatement that would write such an item, and all of a BatchWriteItem
// that holds one, with ValidationException; in a BatchExecuteStatement the
// statement's slot has a ValidationError and the others are run. Refused gets
// the item as it would be stored, or the key to delete. It may be called with
// locks held and must not use the server.
func Refuse(refused func(table string, item map[string]types.AttributeValue) bool) Action {
	return Action{set: true, refused: refused}
}
