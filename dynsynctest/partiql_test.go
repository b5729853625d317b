package dynsynctest_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// partitions fills a table made by createIndexed: p, q and r with sort keys 0 to 3.
func partitions(t testing.TB, c *dynamodb.Client) {
	createIndexed(t, c, "Users")
	for _, pk := range []string{"p", "q", "r"} {
		for i := range 4 {
			put(t, c, "Users", item{"pk": s(pk), "sk": n(strconv.Itoa(i)), "id": s(pk + strconv.Itoa(i)),
				"g": s("g" + strconv.Itoa(i%2)), "l": s("l" + strconv.Itoa(9-i)), "a": n(strconv.Itoa(i)), "z": s("z" + strconv.Itoa(i))})
		}
	}
}

func TestSelect(t *testing.T) {
	_, c := newServer(t)
	partitions(t, c)
	scan := texts(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}), "id")
	only := func(keep ...string) []string {
		return slices.DeleteFunc(slices.Clone(scan), func(id string) bool { return !slices.Contains(keep, id) })
	}
	for _, test := range []struct {
		reason, where string
		parameters    []types.AttributeValue
		want          []string
	}{
		{"everything, in the order of a Scan", "", nil, scan},
		{"a filter leaves a part of that", "WHERE a = ?", []types.AttributeValue{n("2")}, only("p2", "q2", "r2")},
		{"one partition", "WHERE pk = 'q'", nil, []string{"q0", "q1", "q2", "q3"}},
		{"one partition, backwards", "WHERE pk = 'q' ORDER BY sk DESC", nil, []string{"q3", "q2", "q1", "q0"}},
		{"a range of one", "WHERE sk BETWEEN 1 AND 2 AND ? = pk", []types.AttributeValue{s("q")}, []string{"q1", "q2"}},
		{"partitions in the order they are listed", "WHERE pk IN ('r', 'p')", nil, []string{"r0", "r1", "r2", "r3", "p0", "p1", "p2", "p3"}},
		{"a partition listed twice is read twice", "WHERE pk IN (?, 'p')", []types.AttributeValue{s("p")}, []string{"p0", "p1", "p2", "p3", "p0", "p1", "p2", "p3"}},
		{"partitions in another order", "WHERE pk IN ('p', 'r') ORDER BY pk DESC, sk DESC", nil, []string{"r3", "r2", "r1", "r0", "p3", "p2", "p1", "p0"}},
		{"a scan has no order but its own", "WHERE pk > 'p' OR pk = 'p' ORDER BY sk DESC", nil, scan},
		{"of a longer list only the first value has to be of the key's type", "WHERE sk IN (1, ['x'], 2) AND id IN ('p1', 'p3')", nil, []string{"p1"}},
		{"a list and something else is a scan", "WHERE pk IN ('r', 'p', 'r') AND sk > 2", nil, only("r3", "p3")},
		{"OR of partitions is a scan", "WHERE pk = 'r' OR pk = 'r' OR pk = 'p'", nil, only("p0", "p1", "p2", "p3", "r0", "r1", "r2", "r3")},
		{"two partitions at once", "WHERE pk = 'r' AND pk = 'p'", nil, nil},
		{"a parameter too many is nobody's business", "WHERE id = ?", []types.AttributeValue{s("p1"), s("p2")}, []string{"p1"}},
	} {
		for _, limit := range []*int32{nil, aws.Int32(1), aws.Int32(3)} {
			items, _ := selectAll(t, c, dynamodb.ExecuteStatementInput{
				Statement: aws.String(`SELECT * FROM "Users" ` + test.where), Parameters: test.parameters, Limit: limit,
			})
			if got := texts(items, "id"); !slices.Equal(got, test.want) {
				t.Errorf("%s: got %v; want %v", test.reason, got, test.want)
			}
		}
	}
}

func TestSelectFromIndexes(t *testing.T) {
	_, c := newServer(t)
	partitions(t, c)
	items, _ := selectAll(t, c, dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "Users"."byG" WHERE g = 'g1'`), Limit: aws.Int32(2)})
	if len(items) != 6 || len(items[0]) != 4 {
		t.Errorf("%d items, %v", len(items), items)
	}
	items, _ = selectAll(t, c, dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT sk, z FROM "Users"."byL" WHERE pk = 'p'`)})
	equal(t, texts(items, "z"), []string{"z3", "z2", "z1", "z0"})
	items, _ = selectAll(t, c, dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "Users"."byG" WHERE z = 'z1'`)})
	equal(t, items, []item{}) // what the index does not project is missing there
}

func TestColumns(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	put(t, c, "Users", item{"pk": s("1"), "m": m(item{"x": n("1"), "l": l(s("a"), m(item{"q": s("z")}))})})
	items, _ := selectAll(t, c, dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT pk, m.x, m.l[0], m.l[1].q, m.y FROM "Users" WHERE pk = '1'`)})
	equal(t, items, []item{{"pk": s("1"), "x": n("1"), "l[0]": s("a"), "l[1]": m(item{"q": s("z")})}})
}

func TestSelectRefuses(t *testing.T) {
	_, c := newServer(t)
	partitions(t, c)
	for _, test := range []struct {
		reason, statement string
		parameters        []types.AttributeValue
		change            func(*dynamodb.ExecuteStatementInput)
		code, text        string
	}{
		{reason: "a statement that is none is echoed", statement: `SELEC 'canary'`, text: "Statement wasn't well formed, can't be processed: SELEC 'canary'"},
		{reason: "two statements", statement: `SELECT * FROM "Users"; DELETE FROM "Users"`, text: "Statement wasn't well formed"},
		{reason: "8193 bytes", statement: `SELECT * FROM "Users" WHERE a = '` + strings.Repeat("x", 8159) + `'`, text: "length less than or equal to 8192"},
		{reason: "no such table", statement: `SELECT * FROM "Nobody"`, code: "ResourceNotFoundException", text: "Requested resource not found"},
		{reason: "no such index", statement: `SELECT * FROM "Users"."byX"`, text: "The table does not have the specified index"},
		{reason: "a parameter too few", statement: `SELECT * FROM "Users" WHERE a = ? AND z = ?`, parameters: []types.AttributeValue{n("1")}, text: "Number of parameters in request and statement don't match."},
		{reason: "a parameter that is no value", statement: `SELECT * FROM "Users" WHERE a = ?`, parameters: []types.AttributeValue{ss()}, text: "An string set  may not be empty"},
		{reason: "a comparison that cannot be", statement: `SELECT * FROM "Users" WHERE a < true`, text: "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"},
		{reason: "a key of another type", statement: `SELECT * FROM "Users" WHERE pk = 1`, text: "Key attribute's data type should match its data type in table's schema: Key pk"},
		{reason: "a sort key of another type", statement: `SELECT * FROM "Users" WHERE pk = 'p' AND sk > 'x'`, text: "Key attribute's data type should match its data type in table's schema: Key sk"},
		{reason: "a key of another type, in a scan", statement: `SELECT * FROM "Users" WHERE NOT pk = 1`, text: "Condition parameter type does not match schema type"},
		{reason: "a key of another type, in a list", statement: `SELECT * FROM "Users" WHERE pk IN ('p', 1)`, text: "Condition parameter type does not match schema type"},
		{reason: "an empty key", statement: `SELECT * FROM "Users" WHERE pk = ''`, text: "cannot contain an empty string value. Key: pk"},
		{reason: "a null key", statement: `SELECT * FROM "Users" WHERE pk IS NULL`, text: "Key attribute's data type should match its data type in table's schema: Key pk"},
		{reason: "a type that a key cannot have", statement: `SELECT * FROM "Users" WHERE sk IS NUMERIC`, text: "Condition parameter type does not match schema type"},
		{reason: "a path below a key", statement: `SELECT * FROM "Users" WHERE pk.x = 1`, text: "Key attributes must be scalars"},
		{reason: "order without a partition", statement: `SELECT * FROM "Users" WHERE a = 1 ORDER BY pk`, text: "Must have at least one non-optional hash key condition"},
		{reason: "order with a partition in one branch", statement: `SELECT * FROM "Users" WHERE pk = 'p' OR sk = 1 ORDER BY pk`, text: "Must have at least one non-optional hash key condition"},
		{reason: "order by another attribute", statement: `SELECT * FROM "Users" WHERE pk = 'p' ORDER BY a`, text: "must be part of the primary key"},
		{reason: "a column the index lacks", statement: `SELECT z FROM "Users"."byG"`, text: "Global secondary index byG does not project [z]"},
		{reason: "a keyed read that filters by what the index lacks", statement: `SELECT * FROM "Users"."byG" WHERE g = 'g1' AND z = 'z1'`, text: "does not project one or more filter attributes: [z]"},
		{reason: "a consistent read of a global index", statement: `SELECT * FROM "Users"."byG"`, change: func(in *dynamodb.ExecuteStatementInput) { in.ConsistentRead = aws.Bool(true) }, text: "Strongly consistent read is not supported on Global Secondary Indexes"},
		{reason: "no items", statement: `SELECT * FROM "Users"`, change: func(in *dynamodb.ExecuteStatementInput) { in.Limit = aws.Int32(0) }, text: "greater than or equal to 1"},
		{reason: "a token that is none", statement: `SELECT * FROM "Users"`, change: func(in *dynamodb.ExecuteStatementInput) { in.NextToken = aws.String("garbage") }, text: "Invalid NextToken"},
		{reason: "a token of a place that is none", statement: `SELECT * FROM "Users"`, change: func(in *dynamodb.ExecuteStatementInput) {
			in.NextToken = aws.String(base64.URLEncoding.EncodeToString([]byte(`{"created":0,"list":-1}`)))
		}, text: "Invalid NextToken"},
		{reason: "a token of other JSON", statement: `SELECT * FROM "Users"`, change: func(in *dynamodb.ExecuteStatementInput) { in.NextToken = aws.String("e30=") }, text: "Invalid NextToken"},
	} {
		in := &dynamodb.ExecuteStatementInput{Statement: &test.statement, Parameters: test.parameters}
		if test.change != nil {
			test.change(in)
		}
		_, err := c.ExecuteStatement(context.Background(), in)
		code := test.code
		if code == "" {
			code = "ValidationException"
		}
		if fails(t, err, code, test.text); t.Failed() {
			t.Fatal(test.reason)
		}
	}
}

func TestTokens(t *testing.T) {
	now := atomic.Int64{}
	srv, c := newServer(t, dynsynctest.WithClock(func() time.Time { return time.Unix(now.Load(), 0) }))
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 10, nil)
	const statement = `SELECT * FROM "Users" WHERE number < ?`
	page := func(statement, parameter string, change func(*dynamodb.ExecuteStatementInput)) (*dynamodb.ExecuteStatementOutput, error) {
		in := &dynamodb.ExecuteStatementInput{Statement: &statement, Parameters: []types.AttributeValue{n(parameter)}, Limit: aws.Int32(4)}
		change(in)
		return c.ExecuteStatement(context.Background(), in)
	}
	first, err := page(statement, "9", func(in *dynamodb.ExecuteStatementInput) {})
	if err != nil {
		t.Fatal(err)
	}
	with := func(in *dynamodb.ExecuteStatementInput) { in.NextToken = first.NextToken }
	for _, test := range []struct {
		reason, statement, parameter string
		after                        int64 // seconds
		change                       func(*dynamodb.ExecuteStatementInput)
		text                         string
	}{
		{reason: "it may be used", statement: statement, parameter: "9"},
		{reason: "and again", statement: statement, parameter: "9"},
		{reason: "with another limit and consistency", statement: statement, parameter: "9", change: func(in *dynamodb.ExecuteStatementInput) { in.Limit, in.ConsistentRead = aws.Int32(1), aws.Bool(true) }},
		{reason: "for a second less than an hour", statement: statement, parameter: "9", after: 3599},
		{reason: "and no longer", statement: statement, parameter: "9", after: 3600, text: "Given NextToken has already expired"},
		{reason: "not with another statement", statement: statement + " ", parameter: "9", text: "NextToken does not match request"},
		{reason: "not with another parameter", statement: statement, parameter: "8", text: "NextToken does not match request"},
	} {
		now.Store(test.after)
		_, err := page(test.statement, test.parameter, func(in *dynamodb.ExecuteStatementInput) {
			with(in)
			if test.change != nil {
				test.change(in)
			}
		})
		if test.text != "" {
			fails(t, err, "ValidationException", test.text)
		} else if err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Fatal(test.reason)
		}
	}
	// Each page has a token of its own age.
	now.Store(3000)
	second, err := page(statement, "9", with)
	if err != nil {
		t.Fatal(err)
	}
	now.Store(6599)
	if _, err = page(statement, "9", func(in *dynamodb.ExecuteStatementInput) { in.NextToken = second.NextToken }); err != nil {
		t.Error(err)
	}
	// And of its own account.
	now.Store(0)
	other := client(srv, "someone", "us-east-1")
	createTable(t, other, "Users", "pk:S")
	_, err = other.ExecuteStatement(context.Background(), &dynamodb.ExecuteStatementInput{
		Statement: aws.String(statement), Parameters: []types.AttributeValue{n("9")}, NextToken: first.NextToken,
	})
	fails(t, err, "ValidationException", "NextToken does not match request")
}

func TestSelectPages(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 400, item{"padding": s(strings.Repeat("x", 6000))})
	items, pages := selectAll(t, c, dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT pk FROM "Users" WHERE number >= 0`)})
	if len(items) != 400 || pages != 3 {
		t.Errorf("%d items on %d pages", len(items), pages)
	}
	out, err := c.ExecuteStatement(context.Background(), &dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT pk FROM "Users" WHERE number < 0`), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal})
	if err != nil || len(out.Items) != 0 || out.NextToken == nil {
		t.Fatalf("an empty page has a token: %d items, %v", len(out.Items), err)
	}
	equal(t, out.ConsumedCapacity, &types.ConsumedCapacity{TableName: aws.String("Users"), CapacityUnits: aws.Float64(129)})
}

func TestWriteStatements(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	there := item{"pk": s("p"), "sk": n("1"), "a": n("1"), "ss": ss("a")}
	for _, test := range []struct {
		reason, statement string
		parameters        []types.AttributeValue
		returned          item
		after             item // at p, 1; "same" where it is there
		code, text        string
	}{
		{reason: "INSERT", statement: `INSERT INTO "Users" VALUE {'pk': 'new', 'sk': 1, 'a': ?}`, parameters: []types.AttributeValue{m(item{"x": n("1.50")})}, after: there},
		{reason: "INSERT of what is there", statement: `INSERT INTO "Users" VALUE {'pk': 'p', 'sk': 1.0}`, code: "DuplicateItemException", text: "Duplicate primary key exists in table"},
		{reason: "INSERT without a key", statement: `INSERT INTO "Users" VALUE {'pk': 'p'}`, code: "ValidationException", text: "Key attribute should be present in the item: Key sk"},
		{reason: "INSERT of a key of another type", statement: `INSERT INTO "Users" VALUE {'pk': 'p', 'sk': '1'}`, code: "ValidationException", text: "should match its data type in table's schema: Key sk"},
		{reason: "INSERT of an empty key", statement: `INSERT INTO "Users" VALUE {'pk': '', 'sk': 1}`, code: "ValidationException", text: "cannot contain an empty string value. Key: pk"},
		{reason: "INSERT of an empty set", statement: `INSERT INTO "Users" VALUE {'pk': 'p', 'sk': 2, 'a': ?}`, parameters: []types.AttributeValue{ss()}, code: "ValidationException", text: "may not be empty"},
		{reason: "INSERT of an index key of another type", statement: `INSERT INTO "Users" VALUE {'pk': 'p', 'sk': 2, 'g': 1}`, code: "ValidationException", text: "Type mismatch for Index Key g"},
		{reason: "UPDATE", statement: `UPDATE "Users" SET a = a + ? SET b = 'b' REMOVE ss WHERE pk = 'p' AND sk = 1`, parameters: []types.AttributeValue{n("1")}, after: item{"pk": s("p"), "sk": n("1"), "a": n("2"), "b": s("b")}},
		{reason: "UPDATE of sets", statement: `UPDATE "Users" SET ss = set_delete(ss, <<'a'>>) SET ns = set_add(ns, <<1>>) WHERE pk = 'p' AND sk = 1`, after: item{"pk": s("p"), "sk": n("1"), "a": n("1"), "ns": ns("1")}},
		{reason: "UPDATE, returning", statement: `UPDATE "Users" SET a = 2 WHERE pk = 'p' AND sk = 1 RETURNING MODIFIED OLD *`, returned: item{"a": n("1")}, after: item{"pk": s("p"), "sk": n("1"), "a": n("2"), "ss": ss("a")}},
		{reason: "UPDATE, returning all", statement: `UPDATE "Users" REMOVE a WHERE pk = 'p' AND sk = 1 RETURNING ALL NEW *`, returned: item{"pk": s("p"), "sk": n("1"), "ss": ss("a")}, after: item{"pk": s("p"), "sk": n("1"), "ss": ss("a")}},
		{reason: "UPDATE of what is not there", statement: `UPDATE "Users" SET a = 2 WHERE pk = 'q' AND sk = 1`, code: "ConditionalCheckFailedException"},
		{reason: "UPDATE on a condition", statement: `UPDATE "Users" SET a = 2 WHERE pk = 'p' AND sk = 1 AND a = 7`, code: "ConditionalCheckFailedException"},
		{reason: "UPDATE of many", statement: `UPDATE "Users" SET a = 2 WHERE pk = 'p'`, code: "ValidationException", text: "Where clause does not contain a mandatory equality on all key attributes"},
		{reason: "UPDATE of a key that is two", statement: `UPDATE "Users" SET a = 2 WHERE pk = 'p' AND sk = 1 AND sk = 2`, code: "ValidationException", text: "Multiple conditions on same key sk. Only single item Update/Insert/Delete are supported"},
		{reason: "UPDATE with a sum of a string", statement: `UPDATE "Users" SET a = a + ? WHERE pk = 'p' AND sk = 1`, parameters: []types.AttributeValue{s("x")}, code: "ValidationException", text: "operator or function: +, operand type: S"},
		{reason: "UPDATE with a list_append of no list", statement: `UPDATE "Users" SET a = list_append(a, 1) WHERE pk = 'p' AND sk = 1`, code: "ValidationException", text: "operator or function: list_append, operand type: N"},
		{reason: "UPDATE with a set_add of no set", statement: `UPDATE "Users" SET ss = set_add(ss, ?) WHERE pk = 'p' AND sk = 1`, parameters: []types.AttributeValue{s("x")}, code: "ValidationException", text: "The second argument to SET_ADD must be a value with type SET"},
		{reason: "UPDATE below what is not there", statement: `UPDATE "Users" SET m.x = 1 WHERE pk = 'p' AND sk = 1`, code: "ValidationException", text: "The document path provided in the update expression is invalid for update"},
		{reason: "INSERT of a map for a key", statement: `INSERT INTO "Users" VALUE {'pk': {}, 'sk': 1}`, code: "ValidationException", text: "Key attribute's data type should match its data type in table's schema: Key pk"},
		{reason: "DELETE of nothing, on a condition that holds of nothing", statement: `DELETE FROM "Users" WHERE pk = 'q' AND sk = 1 AND attribute_not_exists(a)`, after: there},
		{reason: "UPDATE, returning what was not there", statement: `UPDATE "Users" SET b = 1 WHERE pk = 'p' AND sk = 1 RETURNING MODIFIED OLD *`, after: item{"pk": s("p"), "sk": n("1"), "a": n("1"), "ss": ss("a"), "b": n("1")}},
		{reason: "UPDATE of the key", statement: `UPDATE "Users" SET pk = 'q' WHERE pk = 'p' AND sk = 1`, code: "ValidationException", text: "This attribute is part of the key"},
		{reason: "DELETE", statement: `DELETE FROM "Users" WHERE pk = 'p' AND sk = 1 RETURNING ALL OLD *`, returned: there},
		{reason: "DELETE of nothing", statement: `DELETE FROM "Users" WHERE pk = 'q' AND sk = 1`, after: there},
		{reason: "DELETE of nothing on a condition", statement: `DELETE FROM "Users" WHERE pk = 'q' AND sk = 1 AND a = 1`, code: "ConditionalCheckFailedException"},
		{reason: "DELETE on a condition", statement: `DELETE FROM "Users" WHERE pk = 'p' AND sk = 1 AND a = 7`, code: "ConditionalCheckFailedException"},
		{reason: "DELETE of everything", statement: `DELETE FROM "Users"`, code: "ValidationException", text: "mandatory equality"},
	} {
		put(t, c, "Users", there)
		out, err := c.ExecuteStatement(context.Background(), &dynamodb.ExecuteStatementInput{Statement: &test.statement, Parameters: test.parameters})
		switch {
		case test.code != "":
			fails(t, err, test.code, test.text)
			test.after = there
		case err != nil:
			t.Error(err)
		case test.returned != nil:
			equal(t, out.Items, []item{test.returned})
		default:
			equal(t, out.Items, []item{})
		}
		equal(t, get(t, c, "Users", item{"pk": s("p"), "sk": n("1")}), test.after)
		if t.Failed() {
			t.Fatal(test.reason)
		}
	}
	equal(t, get(t, c, "Users", item{"pk": s("new"), "sk": n("1")}), item{"pk": s("new"), "sk": n("1"), "a": m(item{"x": n("1.5")})})
}

func TestFailedStatementsShowTheItem(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	there := item{"pk": s("p"), "a": n("1")}
	put(t, c, "Users", there)
	for _, statement := range []string{
		`INSERT INTO "Users" VALUE {'pk': 'p'}`, `UPDATE "Users" SET b = 1 WHERE pk = 'p' AND a = 2`, `DELETE FROM "Users" WHERE pk = 'p' AND a = 2`,
	} {
		_, err := c.ExecuteStatement(context.Background(), &dynamodb.ExecuteStatementInput{Statement: &statement,
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld})
		failed, ok := unwrap[*types.ConditionalCheckFailedException](err)
		if !ok {
			t.Fatalf("%s: %v", statement, err)
		}
		equal(t, failed.Item, there)
	}
}

func TestBatchStatements(t *testing.T) {
	_, c := newServer(t)
	partitions(t, c)
	type slot struct {
		Code types.BatchStatementErrorCodeEnum
		Item item
	}
	refused := []types.BatchStatementRequest{
		{Statement: aws.String(`DELETE FROM "Users" WHERE pk = 'p' AND sk = 3`)},
		{Statement: aws.String(`INSERT INTO "Users" VALUE {'pk': 'new', 'sk': 1, 'a': ?}`), Parameters: []types.AttributeValue{ss("a", "a")}},
	}
	_, err := c.BatchExecuteStatement(context.Background(), &dynamodb.BatchExecuteStatementInput{Statements: refused})
	fails(t, err, "ValidationException", "Input collection [a, a] contains duplicates.")
	if get(t, c, "Users", item{"pk": s("p"), "sk": n("3")}) == nil {
		t.Error("a statement was run of a batch that is refused for a parameter of another")
	}
	for _, test := range []struct {
		reason     string
		statements []string
		want       []slot
		text       string // of an error of the whole batch
	}{
		{reason: "reads, one of nothing", statements: []string{`SELECT id FROM "Users" WHERE pk = 'p' AND sk = 1`, `SELECT id FROM "Users" WHERE pk = 'x' AND sk = 1`, `SELECT id FROM "Users" WHERE sk = 2 AND pk = 'p'`},
			want: []slot{{Item: item{"id": s("p1")}}, {}, {Item: item{"id": s("p2")}}}},
		{reason: "reads of more than one item", statements: []string{`SELECT * FROM "Users" WHERE pk = 'p'`, `SELECT * FROM "Users" WHERE pk = 'p' AND sk = 1 AND a = 1`, `SELECT * FROM "Users"`},
			want: []slot{{Code: "ValidationError"}, {Code: "ValidationError"}, {Code: "ValidationError"}}},
		{reason: "each has an error of its own", statements: []string{`INSERT INTO "Users" VALUE {'pk': 'p', 'sk': 1}`, `INSERT INTO "Nobody" VALUE {'pk': 'p'}`, `INSERT`, `INSERT INTO "Users" VALUE {'pk': 'new', 'sk': ?}`,
			`UPDATE "Users" SET a = 1 WHERE pk = 'x' AND sk = 1`, `UPDATE "Users" SET b = 1 WHERE pk = 'p' AND sk = 2 RETURNING MODIFIED NEW *`, `DELETE FROM "Users" WHERE pk = 'p' AND sk = 3`},
			want: []slot{{Code: "DuplicateItem"}, {Code: "ResourceNotFound"}, {Code: "ValidationError"}, {Code: "ValidationError"}, {Code: "ConditionalCheckFailed"}, {Item: item{"b": n("1")}}, {}}},
		{reason: "a key that is named twice, and one with a type of its own", statements: []string{`SELECT id FROM "Users" WHERE pk = 'p' AND sk = 1 AND sk = 1`, `SELECT id FROM "Users" WHERE pk = 'p' AND sk = 'x'`, `SELECT m.x, id FROM "Users"."byG" WHERE pk = 'q' AND sk = 1`},
			want: []slot{{Item: item{"id": s("p1")}}, {Code: "ValidationError"}, {Item: item{"id": s("q1")}}}},
		{reason: "no text", statements: []string{""}, text: "at 'statements.1.member.statement' failed to satisfy constraint"},
		{reason: "a statement that is too long, after a good one", statements: []string{`DELETE FROM "Users" WHERE pk = 'p' AND sk = 3`, `INSERT INTO "Users" VALUE {'pk': 'new', 'sk': 1, 'a': '` + strings.Repeat("x", 8192) + `'}`}, text: "at 'statements.2.member.statement' failed to satisfy constraint: Member must have length less than or equal to 8192"},
		{reason: "reads and writes, one of them malformed", statements: []string{`SELECT`, `DELETE FROM "Users" WHERE pk = 'q' AND sk = 1`}, text: "Read and write requests together"},
		{reason: "reads and writes", statements: []string{`SELECT * FROM "Users" WHERE pk = 'p' AND sk = 1`, `DELETE FROM "Users" WHERE pk = 'q' AND sk = 1`}, text: "Read and write requests together in the same batch is not supported."},
		{reason: "one key twice", statements: []string{`DELETE FROM "Users" WHERE pk = 'q' AND sk = 1`, `INSERT INTO "Users" VALUE {'pk': 'q', 'sk': 1.0}`}, text: "Provided list of item keys contains duplicates"},
		{reason: "26 statements, which it echoes", statements: slices.Repeat([]string{`SELECT * FROM "Users" WHERE pk = 'canary' AND sk = 1`}, 26), text: "canary"},
	} {
		in := &dynamodb.BatchExecuteStatementInput{}
		for _, statement := range test.statements {
			in.Statements = append(in.Statements, types.BatchStatementRequest{Statement: &statement})
		}
		out, err := c.BatchExecuteStatement(context.Background(), in)
		if test.text != "" {
			if fails(t, err, "ValidationException", test.text); t.Failed() {
				t.Fatal(test.reason)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []slot
		for _, r := range out.Responses {
			one := slot{Item: r.Item}
			if r.Error != nil {
				one.Code = r.Error.Code
			}
			got = append(got, one)
		}
		if equal(t, got, test.want); t.Failed() {
			t.Fatal(test.reason)
		}
	}
	if got := get(t, c, "Users", item{"pk": s("p"), "sk": n("3")}); got != nil {
		t.Error("the last statement of a batch was not run")
	}
}
