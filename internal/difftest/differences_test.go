package difftest

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
)

// A difference is an answer that the two servers may give differently.
// Both patterns match the whole of "status code: message", or of "body " and
// the JSON where both succeed.
type difference struct {
	ops        string // a pattern for the operation
	request    string // a pattern for some part of the request; empty for any
	real, fake string
	same       func(real, fake string) bool // if not nil, has to agree, too
	reason     string
}

// differences is every one of them. Those called a known difference are between
// DynamoDB Local 1.25 and the service, which dynsynctest follows:
//
//  1. the error code of an INSERT's duplicate
//  3. no ConsumedCapacity of statements; any ReturnConsumedCapacity is taken
//  4. a NextToken is not bound to its statement
//  5. numbers below the top level are not normalised
//  6. many message texts; see wordings
//  7. an index is filtered by what it does not project
//  9. no limit on what an UpdateItem writes, other than the item's
//  10. InternalFailure for several conditions on key attributes and for malformed requests
//  11. names of tables do not differ in case
//  12. values of a wrong JSON type are taken
//
// (2, the case of an error's message member, is read over; 8 and 13 to 15 are
// of things that neither server does, or that no answer shows.)
var differences = []difference{
	{
		ops: anyStatement, real: "200|400 ValidationException: Incorrect operand type .*", fake: invalid("Statement wasn't well formed.*"),
		request: anyOf(
			"a = 1 = 2", "a = 1 < 2", "a < 1 < 2", "a<1>2", "a = (a = 1)", "(a = 1) = true", "a IN (1 = 1)", "a IN (begins_with(a,'x'))",
			"begins_with(a,'a') IN (true)", "begins_with(a,'a') = true", "begins_with(a,'a') <> true", "a IN (1) IN (true)",
			"a IN (1) = true", "a BETWEEN 1 AND 2 BETWEEN 1 AND 2", "a['x'] IN ( NOT a < 1 )",
		),
		reason: "a condition as an operand: no FilterExpression can say it, and package partiql refuses it",
	},
	{
		ops: anyStatement, real: "200", fake: invalid("Statement wasn't well formed.*"),
		request: anyOf("WHERE @a = 1", "WHERE a IS NUMERIC(3)"),
		reason:  "PartiQL's scope lookup and a precision that the service ignores, which package partiql refuses",
	},
	{
		ops: anyStatement, real: invalid(".*"), fake: invalid(".*"),
		request: anyOf(
			"a BETWEEN (1 AND 2)", "a = 1 /* /* */ */", "a = 1 //x", "a AND = 1", "a IN 1, 2", "foo(a) = 1 AND a =", "a = [1+1]", "a = [missing]",
			"(a = 1, c = 1)", "a = 1e99999999999", "a[0+1] = 1", "(a.x).y = 1", "[1][0] = 1", "missing IS MISSING", "a IS character varying",
			"a = `x`", "a = `1`", "a = 1 HAVING c = 1", "a = date '2020-01-01'", `exists(SELECT * FROM \"Mix\")`, "cast(a AS INT) = 1",
			"case when a = 1 then true else false end", "a IS NOT NULL IS NULL", `a = 1 UNION SELECT * FROM \"Mix\"`,
		),
		reason: "a construct that package partiql does not read far enough to name it in the service's words",
	},
	{
		ops: ".*", real: invalid(".*The BETWEEN operator requires .*"), fake: invalid(".*The BETWEEN operator requires .*"),
		same:   func(real, fake string) bool { return numbersByValue(real) == numbersByValue(fake) },
		reason: "the message repeats numbers, as they were sent or in the form in which they are stored",
	},
	{
		ops: ".*", real: invalid(".* attribute_type, operand type: .*"), fake: invalid(".* attribute_type, operand type: .*"),
		same:   func(real, fake string) bool { return sortedSets(real) == sortedSets(fake) },
		reason: "the message names a set, in an order that differs from run to run",
	},
	{
		ops: anyStatement, real: "400 DuplicateItem: .*", fake: "400 DuplicateItemException: .*",
		reason: "known difference 1: the code of a duplicate",
	},
	{
		ops: "(Batch)?ExecuteStatement", real: "body .*", fake: "body .*",
		request: `"ReturnConsumedCapacity"`,
		same:    func(real, fake string) bool { return real == withoutCapacity(fake) },
		reason:  "known difference 3: DynamoDB Local tells no capacity of statements",
	},
	{
		ops: "ExecuteStatement", real: "200", fake: invalid("NextToken does not match request"),
		reason: "known difference 4: DynamoDB Local takes the token of another statement",
	},
	{
		ops: "GetItem text", real: `.*"1\.50".*"1E2".*`, fake: `.*"1\.5".*"100".*`,
		reason: "known difference 5: DynamoDB Local leaves numbers in lists and maps as they were written",
	},
	{
		ops: "Scan|ExecuteStatement", real: "body .*", fake: `body .*"Items":\[\].*`,
		request: `globalA.*(c = 'cc'|c = :v)|c = :v.*globalA`,
		reason:  "known difference 7: DynamoDB Local filters what an index does not project",
	},
	{
		ops: "UpdateItem", real: "200", fake: invalid("Item size to update has exceeded the maximum allowed size"),
		request: `x"}.*x"}|"brink"`,
		reason:  "known difference 9: the service limits what an UpdateItem writes, too",
	},
	{
		ops: "CreateTable", real: internal, fake: "200",
		request: `"indexed"`,
		reason:  "known difference 11: DynamoDB Local takes names of tables for equal that differ in case",
	},
	{
		ops: ".*", real: internal, fake: "400 SerializationException: .*",
		reason: "known difference 10: JSON and base64 that DynamoDB Local fails on inside",
	},
	{
		ops: ".*", real: internal, fake: invalid("1 validation error detected: Value (null at 'statement'|'BOGUS' at 'billingMode') .*"),
		reason: "known difference 10: a missing statement and an unknown billing mode that DynamoDB Local fails on inside",
	},
	{
		ops: ".*Statement.*", real: internal, fake: "200|" + invalid(".*"),
		request: `(?i)attribute_(not_)?exists\( \\?"?[ps]k\\?"? \)|[ps]k\\?"? IS (NOT )?MISSING|(\\"pk\\"|pk) (NOT )?IN |(>=?|<=?|=|<>|!=) (\\"pk\\"|pk)\b|NOT `,
		reason:  "known difference 10: conditions on key attributes that DynamoDB Local fails on inside",
	},
	{
		ops: ".*", real: "200", fake: "400 SerializationException: .*",
		request: anyOf(`{"S":1}`, `{"N":1}`, `{"BOOL":"true"}`, `{"SS":"a"}`, `{"L":{}}`, `{"M":[]}`, `:"x"`, `["x"]`, `:[]`, `[[]]`, `"TableName":1`),
		reason:  "known difference 12: lenient coercions",
	},
	{
		ops: anyStatement, real: badUpdate, fake: badUpdate,
		request: `"UPDATE .* (SET|REMOVE) .* (SET|REMOVE) `,
		reason:  "an update of several clauses has several faults",
	},
	{
		ops: anyStatement, real: invalid("Key value must be of type S, N, or B. .*"), fake: invalid("Key value must be of type S, N, or B. .*"),
		request: "pk = .* AND sk = ",
		reason:  "both keys are of a wrong type",
	},
	{
		ops: "ExecuteStatement", real: invalid(wrongFilterType), fake: invalid(wrongKeyType),
		request: `(?i)pk\\?"? IS NULL.*sk\\?"? (IN|<>|!=) |pk\\?"? = \[`,
		reason:  "two conditions on a key of which one is of a wrong type: as a key condition or as a filter, for which the texts differ",
	},
	{
		ops: "ExecuteStatement", real: "200", fake: invalid(wrongFilterType),
		request: `(?i)pk\\?"? (IS NULL|= <<|= \[).* OR `,
		reason:  "in an OR, DynamoDB Local compares a key with what can be no key",
	},
	{
		ops: "BatchExecuteStatement tables", real: invalid("Provided list of item keys contains duplicates"), fake: invalid("Provided list of item keys contains duplicates"),
		reason: "DynamoDB Local does what stands before the second statement about a key, and then refuses the batch",
	},
	{
		ops: "BatchGetItem", real: "200", fake: invalid("Provided list of item keys contains duplicates"),
		request: `"1\.0"`,
		reason:  "DynamoDB Local compares the keys of a BatchGetItem as they are written",
	},
	{
		ops: "Scan", real: "200", fake: invalid("Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: size"),
		reason: "DynamoDB Local does not reserve the name of its own function",
	},
	{
		ops: "CreateTable|UpdateTable", real: "200", fake: invalid(".*Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
		reason: "known difference 12: DynamoDB Local takes a throughput that means nothing",
	},
	{
		ops: "CreateTable", real: invalid("GSI list is empty/invalid"), fake: "200",
		reason: "an empty list of global indexes is none to dynsynctest",
	},
	{
		ops: "Scan", real: invalid("Cannot have null key .*"), fake: invalid("1 validation error detected: Value 'BOGUS' at 'returnConsumedCapacity' .*"),
		reason: "known difference 3: ReturnConsumedCapacity that does not exist",
	},
	{
		ops: "Query", real: "body .*", fake: "body .*",
		request: `"localKeys".*"ReturnConsumedCapacity"`,
		same:    func(real, fake string) bool { return withoutCapacity(real) == withoutCapacity(fake) },
		reason:  "dynsynctest does not count what a read of a local index fetches from the table",
	},
	{
		ops: "Query", real: "body .*", fake: "body .*",
		request: `"Limit"`,
		same: func(real, fake string) bool {
			return !strings.Contains(real, "LastEvaluatedKey") && lastKey.ReplaceAllString(fake, "") == real
		},
		reason: "DynamoDB Local sees that the last item lies on the bound of the key condition, and gives no key to go on",
	},
	{
		ops: "UpdateItem|ExecuteStatement", real: invalid("Invalid UpdateExpression: .*"), fake: invalid("Invalid UpdateExpression: .*"),
		request: severalClauses,
		reason:  "an update of several clauses has several faults; which one is named, and with what other path it overlaps, is each server's business",
	},
	{
		ops: "UpdateItem", real: badUpdate, fake: badUpdate,
		request: severalClauses,
		reason:  "an update of several clauses has several faults",
	},
	{
		ops: ".*Item", real: invalid("Invalid ProjectionExpression: Two document paths overlap.*"), fake: invalid("Invalid ProjectionExpression: Two document paths overlap.*"),
		reason: "DynamoDB Local names paths that do not overlap",
	},
	{
		ops: "UpdateItem", real: internal, fake: "200",
		request: `^(ConditionExpression|[^U])*"ReturnValues":"UPDATED_`,
		reason:  "an update that changes nothing, asked for what it changed",
	},
	{
		ops: "UpdateItem|ExecuteStatement", real: "body .*", fake: "body .*",
		request: `"ReturnValues": ?"UPDATED_|RETURNING MODIFIED`,
		same: func(real, fake string) bool {
			return isPart(jsonOf(withoutCapacity(fake)), jsonOf(withoutCapacity(real)), 2)
		},
		reason: "DynamoDB Local returns all of an attribute of which an update touches a member or an element",
	},
	{
		ops: "UpdateItem|ExecuteStatement", real: "200", fake: invalid("The update expression attempted to update the secondary index key to unsupported type"),
		reason: "DynamoDB Local takes a number for an index key that is a string, and the reverse, in updates only",
	},
	{
		ops: ".*Item", real: invalid("Return values set to invalid value"), fake: invalid("1 validation error detected: Value 'BOGUS' at 'returnValues' .*"),
		reason: "known difference 6: texts of the service itself",
	},
	{
		ops: "DeleteItem|BatchWriteItem", real: "body .*", fake: "body .*",
		request: "DeleteRequest|Key",
		same:    func(real, fake string) bool { return withoutCapacity(real) == withoutCapacity(fake) },
		reason:  "DynamoDB Local counts capacity for deletions of what is not there that nobody asked for, or doubly",
	},
}

const (
	anyStatement    = "ExecuteStatement|BatchExecuteStatement slot"
	internal        = "500 InternalFailure: .*"
	severalClauses  = `"UpdateExpression":"[^"]*(, | (SET|REMOVE|ADD|DELETE) )`
	wrongFilterType = "One or more parameter values were invalid: Condition parameter type does not match schema type"
	wrongKeyType    = "Key attribute's data type should match its data type in table's schema: .*"
	badUpdate       = "400 ValidationException: (The document path provided in the update expression is invalid for update|" +
		"The provided expression refers to an attribute that does not exist in the item|An operand in the update expression has an incorrect data type|" +
		"DynamoDB only supports precision up to 38 digits|Number overflow.*)"
)

// invalid is the pattern of a ValidationException.
func invalid(message string) string { return "400 ValidationException: " + message }

// anyOf matches a request that holds one of the texts.
func anyOf(texts ...string) string {
	for i, text := range texts {
		texts[i] = regexp.QuoteMeta(text)
	}
	return strings.Join(texts, "|")
}

var numberInMessage = regexp.MustCompile(`\{N:([^}]*)\}`)

func numbersByValue(message string) string {
	return numberInMessage.ReplaceAllStringFunc(message, func(m string) string { return normalNumber(m[3 : len(m)-1]) })
}

var compiled = func() []compiledDifference {
	for _, w := range wordings {
		differences = append(differences, w.difference())
	}
	list := make([]compiledDifference, len(differences))
	for i, d := range differences {
		list[i] = compiledDifference{
			ops:     regexp.MustCompile(`^(?:` + d.ops + `)$`),
			request: regexp.MustCompile(d.request),
			real:    regexp.MustCompile(`(?s)^(?:` + d.real + `)$`),
			fake:    regexp.MustCompile(`(?s)^(?:` + d.fake + `)$`),
			same:    d.same,
			seen:    new(atomic.Int64),
		}
	}
	return list
}()

type compiledDifference struct {
	ops, request, real, fake *regexp.Regexp
	same                     func(real, fake string) bool
	seen                     *atomic.Int64
}

// allowed reports whether the table has the difference, and counts it.
func allowed(op, request, real, fake string) bool {
	for _, d := range compiled {
		if d.ops.MatchString(op) && d.real.MatchString(real) && d.fake.MatchString(fake) && d.request.MatchString(request) &&
			(d.same == nil || d.same(real, fake)) {
			d.seen.Add(1)
			return true
		}
	}
	return false
}

// jsonOf returns what is behind "body ".
func jsonOf(body string) (v any) {
	_ = json.Unmarshal([]byte(strings.TrimPrefix(body, "body ")), &v) // nil is a part of nothing but nil
	return v
}

// isPart reports whether part is whole with members and elements left out, but none of
// so many outer maps.
func isPart(part, whole any, outer int) bool {
	switch whole := whole.(type) {
	case map[string]any:
		members, ok := part.(map[string]any)
		if ok = ok && (outer <= 0 || len(members) == len(whole)); ok {
			for name, v := range members {
				ok = ok && isPart(v, whole[name], outer-1)
			}
		}
		return ok
	case []any:
		elements, ok := part.([]any)
		for _, v := range whole {
			if len(elements) > 0 && isPart(elements[0], v, outer) {
				elements = elements[1:]
			}
		}
		return ok && len(elements) == 0
	}
	return reflect.DeepEqual(part, whole)
}

var setInMessage = regexp.MustCompile(`\{[A-Z,]+\}`)

func sortedSets(message string) string {
	return setInMessage.ReplaceAllStringFunc(message, func(m string) string {
		members := strings.Split(m[1:len(m)-1], ",")
		slices.Sort(members)
		return strings.Join(members, ",")
	})
}

var capacity = regexp.MustCompile(`"ConsumedCapacity":(\{([^{}]|\{[^{}]*\}|\{[^{}]*\{[^{}]*\}[^{}]*\})*\}|\[[^\]]*\]),?`)

var lastKey = regexp.MustCompile(`"LastEvaluatedKey":\{("\w+":\{[^}]*\},?)*\},`)

func withoutCapacity(body string) string { return capacity.ReplaceAllString(body, "") }
