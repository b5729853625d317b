package dynsynctest

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Action says what happens to a request. The zero Action does nothing: it leaves the
// request to the next hook. Actions are values that may be used again, also by several
// goroutines.
//
// Some actions, such as [Throttle] and [Reset], take the place of what the request
// asks; [ApplyThen] makes them follow it. Others change what the request does, or which
// part of the answer arrives.
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

// Once returns the action for one request: the hook that returns it is then removed.
func (a Action) Once() Action {
	a.once = true
	return a
}

// With returns both actions as one: Delay(d).With(Throttle()) throttles after a delay,
// EmptyPage().With(WrongCRC()) sends an empty page with a wrong checksum, and
// CutBody(n).With(Reset()) resets the connection in the middle of the answer. Where
// both set the same thing, the action uses that of other.
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

// ApplyThen carries out the request, if it is valid, and only then does what the action
// says. Stored data has changed, whether or not the client learns of it.
// ApplyThen(Hang()) and ApplyThen(Reset()) lose the answer as a network does.
// ApplyThen(Fail(500, "InternalServerError", "")) loses it as the service does: a write
// that fails with a status of at least 500 may have happened or not.
// ApplyThen(Delay(d)) answers late.
//
// It also carries out the requests and statements that [Unprocessed] and
// [FailStatements] select, and reports them as not carried out.
func ApplyThen(a Action) Action {
	a.set, a.applied = true, true
	return a
}

// ApplyThenDrop carries out the request and closes the connection without an answer, as a
// timeout on the way back does. The client reads the end of the stream (TCP FIN);
// ApplyThen(Reset()) resets the connection instead (TCP RST).
func ApplyThenDrop() Action { return Action{set: true, applied: true, end: endClosed} }

// Reset resets the connection (TCP RST) and does not carry out the request, as a
// firewall or a failing host does. The client's read or write fails with "connection
// reset by peer".
func Reset() Action { return Action{set: true, end: endReset} }

// Delay waits before the server looks at the request. It ends early, without an answer,
// when the client goes away or the server closes.
func Delay(d time.Duration) Action {
	return Action{set: true, wait: func(ctx context.Context) error { return pause(ctx, d) }}
}

// Wait waits as [Delay] does, until the channel is closed or delivers a value.
func Wait(ready <-chan struct{}) Action {
	return Action{set: true, wait: func(ctx context.Context) error { return await(ctx, ready) }}
}

// Hang never answers. The request waits, unread, until the client gives up or the
// server closes.
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

// CutBody carries out the request, sends n bytes of the answer's body and closes the
// connection. The headers announce the whole body.
func CutBody(n int) Action { return Action{set: true, cut: true, cutAt: max(n, 0)} }

// Trickle carries out the request and sends the answer's headers at once, but its body
// n bytes at a time, at least one, with a pause before each part. It ends early, with
// the rest unsent, when the client goes away or the server closes.
func Trickle(n int, every time.Duration) Action {
	return Action{set: true, trickle: trickle{bytes: max(n, 1), every: every}}
}

// WrongCRC carries out the request and sends a wrong X-Amz-Crc32. The SDK's client
// checks it only when it closes the body, and accepts the answer with a line in its
// log.
func WrongCRC() Action { return Action{set: true, crc: crcWrong} }

// NoCRC carries out the request and sends no X-Amz-Crc32.
func NoCRC() Action { return Action{set: true, crc: crcNone} }

// EmptyPage makes a Scan or a SELECT return no item, and a token that continues where
// this page would have begun. If nothing is left to read, it returns the end of the
// scan. It has no effect on other operations.
func EmptyPage() Action { return Action{set: true, emptyPage: true} }

// ExpiredToken refuses the NextToken of an ExecuteStatement with ValidationException,
// as DynamoDB refuses one that is more than an hour old. It has no effect on a request
// without a token or on other operations. With [WithClock], tokens expire by
// themselves.
func ExpiredToken() Action { return Action{set: true, oldToken: true} }

// Unprocessed carries out a BatchWriteItem or BatchGetItem in part, as a table short of
// capacity does. The server returns the requests for which the function left returns
// true as unprocessed. It calls left once for each request, in order, with the item to
// put or the key to delete or read. If left returns true for all of them, DynamoDB
// would throttle the request instead, but clients must not rely on that.
func Unprocessed(left func(table string, item map[string]types.AttributeValue) bool) Action {
	return Action{set: true, unprocessed: func(int) func(string, item) bool { return left }}
}

// UnprocessedLast is [Unprocessed] for the last n requests of a batch, or for all if
// there are fewer.
func UnprocessedLast(n int) Action {
	return Action{set: true, unprocessed: func(total int) func(string, item) bool {
		seen := 0
		return func(string, item) bool {
			seen++
			return seen > total-n
		}
	}}
}

// FailStatements carries out a BatchExecuteStatement in part. A statement for which the
// function code returns an error code is not run, and its slot has that error, such as
// ThrottlingError, ProvisionedThroughputExceeded, DuplicateItem or AccessDenied. The
// request as a whole succeeds. The server calls code once for each valid statement, in
// order, with the item to insert or the key to update, delete or read.
func FailStatements(code func(table string, item map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum) Action {
	return Action{set: true, slotError: code}
}

// Refuse makes the server treat some items as invalid. It refuses a PutItem,
// UpdateItem, DeleteItem or ExecuteStatement that would write such an item, and a whole
// BatchWriteItem that contains one, with ValidationException. In a
// BatchExecuteStatement, the slot of the statement has a ValidationError, and the other
// statements run. The function refused gets the item as it would be stored, or the key
// to delete. The server may call it with locks held; it must not use the server.
func Refuse(refused func(table string, item map[string]types.AttributeValue) bool) Action {
	return Action{set: true, refused: refused}
}
