package dynsync

import (
	"bytes"
	"hash/crc32"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// A fault is one cell's trouble.
type fault struct {
	name  string
	ops   []string // where it makes sense; nil is everywhere
	act   func(x *faultRun) dynsynctest.Action
	kind  faultKind
	alone bool                                           // not with others: the answer is wrong
	most  int                                            // how often in a row; 0 is 4 times
	when  func(x *faultRun, r *dynsynctest.Request) bool // the requests that meet it, of those that are chosen
}

type faultKind uint8

const (
	passing   faultKind = iota // every item arrives in the end
	perItem                    // the items of faultRun.poison fail, all others arrive
	permanent                  // the table ends
	anything                   // what is said is true, whatever it is
)

func (f fault) rank() int {
	if f.kind == perItem {
		return 1
	}
	return 0
}

var poisonous = func(x *faultRun) func(string, map[string]types.AttributeValue) bool {
	return func(_ string, item map[string]types.AttributeValue) bool { return x.poison[idOf(item)] }
}

func idOf(item map[string]types.AttributeValue) string {
	id, _ := item["Id"].(*types.AttributeValueMemberS)
	if id == nil {
		return ""
	}
	return id.Value
}

func always(a dynsynctest.Action) func(*faultRun) dynsynctest.Action {
	return func(*faultRun) dynsynctest.Action { return a }
}

// holdsPoison reports whether a request has to do with an item of the run's.
func holdsPoison(x *faultRun, r *dynsynctest.Request) bool {
	for id := range x.poison {
		if bytes.Contains(r.Body, []byte(`"`+id+`"`)) {
			return true
		}
	}
	return false
}

// proxy answers in DynamoDB's stead, and so without its checksum.
func proxy(status int, body []byte) dynsynctest.Action {
	return dynsynctest.RespondRaw(status, body).With(dynsynctest.NoCRC())
}

var writeOps = []string{"BatchWriteItem", "BatchExecuteStatement", "PutItem", "UpdateItem"}

var allFaults = []fault{
	{name: "none", act: always(dynsynctest.Action{})},
	{name: "throttle", act: always(dynsynctest.Throttle())},
	{name: "throttle on demand", act: always(dynsynctest.ThrottleOnDemand("TableWriteAccountLimitExceeded"))},
	{name: "RequestLimitExceeded", act: always(dynsynctest.Fail(400, "RequestLimitExceeded", ""))},
	{name: "unprocessed, some", ops: []string{"BatchWriteItem"}, act: func(x *faultRun) dynsynctest.Action {
		return dynsynctest.Unprocessed(poisonous(x))
	}},
	{name: "unprocessed, the last", ops: []string{"BatchWriteItem"}, act: always(dynsynctest.UnprocessedLast(3))},
	{name: "unprocessed, all", ops: []string{"BatchWriteItem"}, act: always(dynsynctest.UnprocessedLast(25))},
	{name: "unprocessed, and written all the same", alone: true, ops: []string{"BatchWriteItem"}, act: always(dynsynctest.ApplyThen(dynsynctest.UnprocessedLast(4)))},
	{name: "unprocessed for ever", ops: []string{"BatchWriteItem"}, kind: anything, when: holdsPoison, act: func(x *faultRun) dynsynctest.Action {
		return dynsynctest.Unprocessed(poisonous(x))
	}},
	{name: "slots throttled", ops: []string{"BatchExecuteStatement"}, act: func(x *faultRun) dynsynctest.Action {
		return dynsynctest.FailStatements(slots(x, "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "TransactionConflict"))
	}},
	{name: "slots fail inside", ops: []string{"BatchExecuteStatement"}, act: func(x *faultRun) dynsynctest.Action {
		return dynsynctest.FailStatements(slots(x, "InternalServerError"))
	}},
	{name: "slots fail inside, and are written all the same", ops: []string{"BatchExecuteStatement"}, act: func(x *faultRun) dynsynctest.Action {
		return dynsynctest.ApplyThen(dynsynctest.FailStatements(slots(x, "InternalServerError")))
	}},
	{name: "slots denied", ops: []string{"BatchExecuteStatement"}, kind: permanent, act: func(x *faultRun) dynsynctest.Action {
		return dynsynctest.FailStatements(slots(x, "AccessDenied"))
	}},
	{name: "applied, then closed", act: always(dynsynctest.ApplyThenDrop())},
	{name: "applied, then reset", act: always(dynsynctest.ApplyThen(dynsynctest.Reset()))},
	{name: "applied, then silence", most: 1, act: always(dynsynctest.ApplyThen(dynsynctest.Hang()))},
	{name: "silence", most: 1, act: always(dynsynctest.Hang())},
	{name: "applied, then 500", act: always(dynsynctest.ApplyThen(dynsynctest.Fail(500, "InternalServerError", "")))},
	{name: "applied, then late", act: always(dynsynctest.ApplyThen(dynsynctest.Delay(3 * time.Second)))},
	{name: "applied, then a proxy's 502", act: always(dynsynctest.ApplyThen(proxy(502, []byte("<html>Bad Gateway</html>"))))},
	{name: "applied, then a proxy's 200", act: always(dynsynctest.ApplyThen(proxy(200, []byte(`{"message":"OK"}`))))},
	{name: "applied, then a proxy's page", act: always(dynsynctest.ApplyThen(proxy(200, []byte(`<html>log in</html>`))))},
	{name: "applied, then an empty 200", act: always(dynsynctest.ApplyThen(proxy(200, nil)))},
	{name: "cut body", act: func(x *faultRun) dynsynctest.Action { return dynsynctest.CutBody(x.rnd.IntN(30)) }},
	{name: "cut body and reset", act: func(x *faultRun) dynsynctest.Action {
		return dynsynctest.CutBody(x.rnd.IntN(30)).With(dynsynctest.Reset())
	}},
	{name: "wrong CRC", act: always(dynsynctest.WrongCRC())},
	{name: "no CRC", act: always(dynsynctest.NoCRC())},
	{name: "500", act: always(dynsynctest.Fail(500, "InternalServerError", ""))},
	{name: "503", act: always(dynsynctest.Fail(503, "ServiceUnavailable", ""))},
	{name: "a proxy's 429", act: always(proxy(429, []byte("slow down")))},
	{name: "408", act: always(proxy(408, nil))},
	{name: "LimitExceededException", act: always(dynsynctest.Fail(400, "LimitExceededException", ""))},
	{name: "RequestTimeTooSkewed", act: always(dynsynctest.Fail(400, "RequestTimeTooSkewed", ""))},
	{name: "slow", act: func(x *faultRun) dynsynctest.Action {
		return dynsynctest.Delay(time.Duration(x.rnd.IntN(4000)) * time.Millisecond)
	}},
	{name: "slow body", act: always(dynsynctest.Trickle(7, 10*time.Millisecond))},
	{name: "duplicate keys, they say", ops: []string{"BatchWriteItem", "BatchExecuteStatement"}, kind: anything,
		act: always(dynsynctest.Fail(400, "ValidationException", "Provided list of item keys contains duplicates"))},
	{name: "refused item", ops: writeOps, kind: perItem, when: holdsPoison, act: func(x *faultRun) dynsynctest.Action {
		return dynsynctest.Refuse(poisonous(x))
	}},
	{name: "413 where an item is", ops: writeOps, kind: perItem, when: holdsPoison, act: always(dynsynctest.TooLarge())},
	{name: "413 for many", ops: []string{"BatchWriteItem", "BatchExecuteStatement"}, act: always(dynsynctest.TooLarge()), when: func(_ *faultRun, r *dynsynctest.Request) bool {
		return bytes.Count(r.Body, []byte(`"id-`)) > 2
	}},
	{name: "item collection too large", ops: []string{"BatchWriteItem", "PutItem", "UpdateItem"}, kind: perItem, when: holdsPoison,
		act: always(dynsynctest.Fail(400, "ItemCollectionSizeLimitExceededException", ""))},
	{name: "empty pages", ops: []string{"ExecuteStatement", "Scan"}, act: always(dynsynctest.EmptyPage())},
	{name: "expired token", ops: []string{"ExecuteStatement"}, kind: anything, act: always(dynsynctest.ExpiredToken())},
	{name: "connection reset", act: always(dynsynctest.Reset())},
	{name: "access denied", kind: permanent, act: always(dynsynctest.Deny("dynamodb:Something"))},
	{name: "table gone", kind: permanent, act: always(dynsynctest.Fail(400, "ResourceNotFoundException", ""))},
	{name: "wrong signature", kind: permanent, act: always(dynsynctest.Fail(400, "InvalidSignatureException", ""))},
	{name: "expired credentials", kind: permanent, act: always(dynsynctest.ExpiredCredentials())},
	{name: "expired credentials, renewed", act: always(dynsynctest.ExpiredCredentials()), when: func(_ *faultRun, r *dynsynctest.Request) bool { return r.AccessKey == "old" }},
}

func slots(x *faultRun, codes ...types.BatchStatementErrorCodeEnum) func(string, map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
	return func(_ string, item map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
		id := idOf(item)
		if !x.poison[id] && crc32.ChecksumIEEE([]byte(id))%3 != 0 {
			return ""
		}
		return codes[int(id[len(id)-1])%len(codes)]
	}
}
