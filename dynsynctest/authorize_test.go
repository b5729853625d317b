package dynsynctest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"github.com/dynsync/dynsync/dynsynctest"
)

// statement is a policy of one statement.
func statement(effect string, actions []string, resource string, more ...string) string {
	quoted := make([]string, len(actions))
	for i, a := range actions {
		quoted[i] = `"` + a + `"`
	}
	return fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": %q, "Action": [%s], "Resource": %q%s}]}`,
		effect, strings.Join(quoted, ", "), resource, strings.Join(more, ""))
}

var allowAll = statement("Allow", []string{"*"}, "*")

func allow(actions ...string) string { return statement("Allow", actions, "*") }

func deny(actions ...string) string { return statement("Deny", actions, "*") }

// anAsk is a request, and what it asks for: an action, on a table or an index.
type anAsk struct {
	action, on string
	do         func(c *dynamodb.Client) error
}

func execute(text string) func(c *dynamodb.Client) error {
	return func(c *dynamodb.Client) error {
		_, err := c.ExecuteStatement(context.Background(), &dynamodb.ExecuteStatementInput{Statement: &text})
		return err
	}
}

// inBatch runs a statement of a batch and returns the error of its slot.
func inBatch(text string) func(c *dynamodb.Client) error {
	return func(c *dynamodb.Client) error {
		out, err := c.BatchExecuteStatement(context.Background(), &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{{Statement: &text}}})
		if err != nil || out.Responses[0].Error == nil {
			return err
		}
		e := out.Responses[0].Error
		return fmt.Errorf("%s: %s", e.Code, aws.ToString(e.Message))
	}
}

// asks are requests of every operation.
func asks() []anAsk {
	ctx, table, index := context.Background(), aws.String("Users"), aws.String("byG")
	key := item{"pk": s("a"), "sk": n("1")}
	condition := map[string]types.AttributeValue{":k": s("a")}
	return []anAsk{
		{"ListTables", "*", func(c *dynamodb.Client) error { _, err := c.ListTables(ctx, &dynamodb.ListTablesInput{}); return err }},
		{"DescribeLimits", "*", func(c *dynamodb.Client) error {
			_, err := c.DescribeLimits(ctx, &dynamodb.DescribeLimitsInput{})
			return err
		}},
		{"ListBackups", "*", func(c *dynamodb.Client) error {
			_, err := c.ListBackups(ctx, &dynamodb.ListBackupsInput{TableName: table})
			return err
		}},
		{"DescribeContinuousBackups", "Users", func(c *dynamodb.Client) error {
			_, err := c.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: table})
			return err
		}},
		{"DescribeTable", "Users", func(c *dynamodb.Client) error {
			_, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: table})
			return err
		}},
		{"DescribeTimeToLive", "Users", func(c *dynamodb.Client) error {
			_, err := c.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: table})
			return err
		}},
		{"GetItem", "Users", func(c *dynamodb.Client) error {
			_, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key})
			return err
		}},
		{"BatchGetItem", "Users", func(c *dynamodb.Client) error {
			_, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"Users": {Keys: []item{key}}}})
			return err
		}},
		{"Query", "Users", func(c *dynamodb.Client) error {
			_, err := c.Query(ctx, &dynamodb.QueryInput{TableName: table, KeyConditionExpression: aws.String("pk = :k"), ExpressionAttributeValues: condition})
			return err
		}},
		{"Query", "Users/index/byG", func(c *dynamodb.Client) error {
			_, err := c.Query(ctx, &dynamodb.QueryInput{TableName: table, IndexName: index, KeyConditionExpression: aws.String("g = :k"), ExpressionAttributeValues: condition})
			return err
		}},
		{"Scan", "Users", func(c *dynamodb.Client) error {
			_, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: table})
			return err
		}},
		{"Scan", "Users/index/byG", func(c *dynamodb.Client) error {
			_, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: table, IndexName: index})
			return err
		}},
		{"PutItem", "Users", func(c *dynamodb.Client) error {
			_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: key})
			return err
		}},
		{"UpdateItem", "Users", func(c *dynamodb.Client) error {
			_, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: table, Key: key, UpdateExpression: aws.String("REMOVE a")})
			return err
		}},
		{"DeleteItem", "Users", func(c *dynamodb.Client) error {
			_, err := c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key})
			return err
		}},
		{"BatchWriteItem", "Users", func(c *dynamodb.Client) error {
			_, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": {{PutRequest: &types.PutRequest{Item: key}}}}})
			return err
		}},
		{"PartiQLSelect", "Users", execute(`SELECT * FROM "Users"`)},
		{"PartiQLSelect", "Users/index/byG", execute(`SELECT * FROM "Users"."byG" WHERE g = 'a'`)},
		{"PartiQLUpdate", "Users", execute(`UPDATE "Users" SET a = 1 WHERE pk = 'a' AND sk = 1`)},
		{"PartiQLDelete", "Users", execute(`DELETE FROM "Users" WHERE pk = 'a' AND sk = 1`)},
		{"PartiQLInsert", "Users", execute(`INSERT INTO "Users" VALUE {'pk': 'a', 'sk': 1}`)},
		{"PartiQLSelect", "Users", inBatch(`SELECT * FROM "Users" WHERE pk = 'a' AND sk = 1`)},
		{"PartiQLUpdate", "Users", inBatch(`UPDATE "Users" SET a = 1 WHERE pk = 'a' AND sk = 1`)},
		{"PartiQLDelete", "Users", inBatch(`DELETE FROM "Users" WHERE pk = 'a' AND sk = 1`)},
		{"PartiQLInsert", "Users", inBatch(`INSERT INTO "Users" VALUE {'pk': 'a', 'sk': 1}`)},
		{"UpdateTimeToLive", "Users", func(c *dynamodb.Client) error {
			_, err := c.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{TableName: table, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("ttl"), Enabled: aws.Bool(true)}})
			return err
		}},
		{"UpdateTable", "Users", func(c *dynamodb.Client) error {
			_, err := c.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: table, DeletionProtectionEnabled: aws.Bool(false)})
			return err
		}},
		{"CreateTable", "Orders", func(c *dynamodb.Client) error {
			keys, attributes := schema("pk:S")
			_, err := c.CreateTable(ctx, &dynamodb.CreateTableInput{TableName: aws.String("Orders"), KeySchema: keys, AttributeDefinitions: attributes, BillingMode: types.BillingModePayPerRequest})
			return err
		}},
		{"DeleteTable", "Orders", func(c *dynamodb.Client) error {
			_, err := c.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("Orders")})
			return err
		}},
	}
}

// arnOf returns the ARN of the account's table, up to its slash.
func arnOf(t testing.TB, c *dynamodb.Client, table string) string {
	t.Helper()
	out, err := c.DescribeTable(context.Background(), &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(*out.Table.TableArn, table)
}

// Every operation asks for its action on its resource: a policy that allows nothing else
// allows it, one that allows everything else does not, and a deny outweighs.
func TestAuthorizeEveryOperation(t *testing.T) {
	srv, c := newServer(t)
	createIndexed(t, c, "Users")
	base := arnOf(t, c, "Users")
	everything := []string{}
	for _, a := range asks() {
		everything = append(everything, "dynamodb:"+a.action)
	}
	authorize := func(policies ...string) {
		t.Helper()
		if err := srv.Authorize("dynsynctest", policies...); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range asks() {
		action, on, shown := "dynamodb:"+a.action, base+a.on, base+a.on
		switch {
		case a.action == "DescribeLimits":
			on, shown = "*", "*"
		case a.on == "*":
			on = "*"
		}
		others := slices.DeleteFunc(slices.Clone(everything), func(x string) bool { return x == action })
		for _, tt := range []struct {
			policies []string
			why      string
		}{
			{nil, "because no identity-based policy allows the " + action + " action"},
			{[]string{allow(others...)}, "because no identity-based policy allows the " + action + " action"},
			{[]string{statement("Allow", []string{action}, base+"Other*")}, "because no identity-based policy allows the " + action + " action"},
			{[]string{allowAll, deny(action)}, "with an explicit deny in an identity-based policy"},
		} {
			authorize(tt.policies...)
			err := a.do(c)
			want := "User: arn:aws:iam::" + strings.Split(base, ":")[4] + ":user/dynsynctest is not authorized to perform: " + action + " on resource: " + shown + " " + tt.why
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "AccessDenied") {
				t.Errorf("%s on %s: %v\nwant: %s", a.action, a.on, err, want)
			}
		}
		authorize(statement("Allow", []string{action}, on))
		if err := a.do(c); err != nil && strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("%s alone: %v", a.action, err)
		}
		asked := srv.Asked("dynsynctest")
		if want := (dynsynctest.Asked{Action: action, Resource: on, Allowed: true}); asked[len(asked)-1] != want && !slices.Contains(asked, want) {
			t.Errorf("asked %v, want %v", asked[len(asked)-1], want)
		}
	}
	if n := len(srv.Asked("dynsynctest")); n < 30 || n > 2*len(asks()) {
		t.Errorf("%d things were asked for", n)
	}
}

// Condition keys say which partition keys a request names, and whether a SELECT reads all.
func TestAuthorizeConditions(t *testing.T) {
	srv, c := newServer(t)
	createIndexed(t, c, "Users")
	if err := srv.Authorize("dynsynctest", allowAll); err != nil {
		t.Fatal(err)
	}
	ctx, table := context.Background(), aws.String("Users")
	noScan := statement("Deny", []string{"dynamodb:PartiQLSelect"}, "*", `, "Condition": {"Bool": {"dynamodb:FullTableScan": ["true"]}}`)
	mine := statement("Deny", []string{"dynamodb:*"}, "*", `, "Condition": {"ForAnyValue:StringNotEquals": {"dynamodb:LeadingKeys": ["a", "b"]}}`)
	projected := statement("Deny", []string{"dynamodb:*"}, "*", `, "Condition": {"StringNotEqualsIfExists": {"dynamodb:Select": "COUNT", "aws:PrincipalArn": "x"}}`)
	transactions := statement("Deny", []string{"dynamodb:PartiQLSelect"}, "*", `, "Condition": {"StringNotEquals": {"dynamodb:EnclosingOperation": "ExecuteTransaction"}}`)
	capacity := statement("Deny", []string{"dynamodb:*"}, "*", `, "Condition": {"StringEquals": {"dynamodb:ReturnConsumedCapacity": "INDEXES"}}`)
	asking := func(capacity types.ReturnConsumedCapacity) func(*dynamodb.Client) error {
		return func(c *dynamodb.Client) error {
			_, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{ReturnConsumedCapacity: capacity, RequestItems: map[string][]types.WriteRequest{"Users": {{DeleteRequest: &types.DeleteRequest{Key: item{"pk": s("z"), "sk": n("1")}}}}}})
			return err
		}
	}
	get := func(key string) func(*dynamodb.Client) error {
		return func(c *dynamodb.Client) error {
			_, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"Users": {Keys: []item{{"pk": s("a"), "sk": n("1")}, {"pk": s(key), "sk": n("1")}}}}})
			return err
		}
	}
	query := func(key string) func(*dynamodb.Client) error {
		return func(c *dynamodb.Client) error {
			_, err := c.Query(ctx, &dynamodb.QueryInput{TableName: table, KeyConditionExpression: aws.String("#p = :k"), ExpressionAttributeNames: map[string]string{"#p": "pk"}, ExpressionAttributeValues: item{":k": s(key)}})
			return err
		}
	}
	put := func(key string) func(*dynamodb.Client) error {
		return func(c *dynamodb.Client) error {
			_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: item{"pk": s(key), "sk": n("1")}})
			return err
		}
	}
	write := func(key string) func(*dynamodb.Client) error {
		return func(c *dynamodb.Client) error {
			_, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": {
				{PutRequest: &types.PutRequest{Item: item{"pk": s("b"), "sk": n("1")}}}, {DeleteRequest: &types.DeleteRequest{Key: item{"pk": s(key), "sk": n("1")}}},
			}}})
			return err
		}
	}
	counting := func(selects types.Select) func(*dynamodb.Client) error {
		return func(c *dynamodb.Client) error {
			_, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: table, Select: selects})
			return err
		}
	}
	for _, tt := range []struct {
		name, policy string
		do           func(*dynamodb.Client) error
		allowed      bool
	}{
		{"SELECT of everything", noScan, execute(`SELECT * FROM "Users"`), false},
		{"SELECT by another attribute", noScan, execute(`SELECT * FROM "Users" WHERE sk = 1`), false},
		{"SELECT by one key or another attribute", noScan, execute(`SELECT * FROM "Users" WHERE pk = 'a' OR a = 1`), false},
		{"SELECT of a part of a key", noScan, execute(`SELECT * FROM "Users" WHERE begins_with(pk, 'a')`), false},
		{"SELECT of a key", noScan, execute(`SELECT * FROM "Users" WHERE pk = 'a'`), true},
		{"SELECT of a key and more", noScan, execute(`SELECT * FROM "Users" WHERE a = 1 AND 'a' = pk`), true},
		{"SELECT of keys", noScan, execute(`SELECT * FROM "Users" WHERE pk IN ['a', 'b']`), true},
		{"SELECT of keys joined by OR", noScan, execute(`SELECT * FROM "Users" WHERE pk = 'a' OR pk = 'b'`), true},
		{"SELECT of keys and more", noScan, execute(`SELECT * FROM "Users" WHERE pk IN ['a', 'b'] AND a = 1`), true},
		{"SELECT of all but a key", noScan, execute(`SELECT * FROM "Users" WHERE NOT pk = 'a'`), false},
		{"SELECT of an index", noScan, execute(`SELECT * FROM "Users"."byG"`), false},
		{"SELECT of an index by the table's key", noScan, execute(`SELECT * FROM "Users"."byG" WHERE pk = 'a'`), false},
		{"SELECT of an index by its key", noScan, execute(`SELECT * FROM "Users"."byG" WHERE g = 'a'`), true},
		{"Scan", noScan, counting(""), true},
		{"UPDATE", noScan, execute(`UPDATE "Users" SET a = 1 WHERE pk = 'a' AND sk = 1`), true},

		{"SELECT of my key", mine, execute(`SELECT * FROM "Users" WHERE pk = 'a'`), true},
		{"SELECT of another's key", mine, execute(`SELECT * FROM "Users" WHERE pk = 'c'`), false},
		{"SELECT of keys, one of them another's", mine, execute(`SELECT * FROM "Users" WHERE pk IN ['a', 'c']`), false},
		{"SELECT of keys joined by OR, one of them another's", mine, execute(`SELECT * FROM "Users" WHERE pk = 'a' OR pk = 'c'`), false},
		{"INSERT of my key", mine, execute(`INSERT INTO "Users" VALUE {'pk': 'a', 'sk': 7}`), true},
		{"INSERT of another's key", mine, execute(`INSERT INTO "Users" VALUE {'pk': 'c', 'sk': 7}`), false},
		{"DELETE of another's key", mine, execute(`DELETE FROM "Users" WHERE pk = 'c' AND sk = 7`), false},
		{"UPDATE of another's key in a batch", mine, inBatch(`UPDATE "Users" SET a = 1 WHERE pk = 'c' AND sk = 1`), false},
		{"BatchGetItem of mine", mine, get("b"), true},
		{"BatchGetItem of another's", mine, get("c"), false},
		{"Query of mine", mine, query("b"), true},
		{"Query of another's", mine, query("c"), false},
		{"PutItem of mine", mine, put("a"), true},
		{"PutItem of another's", mine, put("c"), false},
		{"BatchWriteItem of mine", mine, write("a"), true},
		{"BatchWriteItem of another's", mine, write("c"), false},
		{"Scan has no leading keys", mine, counting(""), true},

		{"SELECT in no transaction", transactions, execute(`SELECT * FROM "Users"`), false},
		{"BatchWriteItem that asks for the capacity of indexes", capacity, asking(types.ReturnConsumedCapacityIndexes), false},
		{"BatchWriteItem that asks for the capacity", capacity, asking(types.ReturnConsumedCapacityTotal), true},
		{"Scan that counts", projected, counting(types.SelectCount), true},
		{"Scan that does not say", projected, counting(""), false},
		{"Scan of attributes", projected, counting(types.SelectAllAttributes), false},
	} {
		if err := srv.Authorize("dynsynctest", allowAll, tt.policy); err != nil {
			t.Fatal(err)
		}
		err := tt.do(c)
		denied := err != nil && strings.Contains(err.Error(), "AccessDenied")
		if denied == tt.allowed || tt.allowed && err != nil && !strings.Contains(err.Error(), "ConditionalCheckFailed") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// A policy that the server cannot take is an error, and the key may do nothing.
func TestAuthorizeRefusesPolicies(t *testing.T) {
	srv, c := newServer(t)
	for policy, want := range map[string]string{
		``:                  "policy 2: the policy is no JSON from byte 0 on",
		`{"Statement": []}`: "policy 2: Statement is empty",
		`{"Statement": [{"Effect": "Allow", "Action": "x:y"}]}`:                                                                "policy 2: Statement[0] has no Resource, which an identity-based policy needs",
		statement("Allow", []string{"x:y"}, "*", `, "Principal": "*"`):                                                         "policy 2: Statement[0] has a Principal, which an identity-based policy does not have",
		statement("Allow", []string{"x:y"}, "*", `, "Condition": {"ForAllValues:StringEquals": {"dynamodb:Attributes": "a"}}`): "policy 2: Statement[0].Condition.ForAllValues:StringEquals.dynamodb:Attributes is no condition key of requests to this server",
		statement("Allow", []string{"x:y"}, "*", `, "Condition": {"StringEquals": {"sts:ExternalId": "a"}}`):                   "is no condition key of requests to this server",
		statement("Allow", []string{"x:y"}, "*", `, "Condition": {"DateLessThan": {"aws:username": "a"}}`):                     "is no condition operator that is known",
	} {
		err := srv.Authorize("dynsynctest", allowAll, policy)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", policy, err, want)
		}
		_, err = c.ListTables(context.Background(), &dynamodb.ListTablesInput{})
		fails(t, err, "AccessDeniedException", "dynamodb:ListTables")
	}
}

// A policy of the table lets another account in; across accounts both policies decide.
func TestResourcePolicies(t *testing.T) {
	srv, owner := newServer(t)
	createTable(t, owner, "Users", "pk:S")
	other, third := client(srv, "other", "us-east-1"), client(srv, "third", "us-east-1")
	arn := arnOf(t, owner, "Users") + "Users"
	createTable(t, other, "X12", "pk:S") // so that the account is known
	createTable(t, third, "X12", "pk:S")
	account := strings.Split(arnOf(t, other, "X12"), ":")[4]
	scan := func(c *dynamodb.Client) error {
		_, err := c.Scan(context.Background(), &dynamodb.ScanInput{TableName: &arn})
		return err
	}
	lets := func(principal string) string {
		return `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "` + principal + `"}, "Action": ["dynamodb:Scan", "dynamodb:DescribeTable"], "Resource": "` + arn + `"}]}`
	}
	const byIdentity, byResource = "because no identity-based policy", "because no resource-based policy"
	for _, tt := range []struct {
		name, policy string
		identity     []string
		want         string // empty: allowed
	}{
		{"none, and everything is allowed", "", []string{"unlimited"}, ""},
		{"another account's policy", lets("999999999999"), []string{"unlimited"}, byResource},
		{"the account's number", lets(account), []string{"unlimited"}, ""},
		{"the account's root", lets("arn:aws:iam::" + account + ":root"), []string{allowAll}, ""},
		{"the user", lets("arn:aws:iam::" + account + ":user/other"), []string{allow("dynamodb:Scan")}, ""},
		{"everyone", lets("*"), []string{allowAll}, ""},
		{"only the resource allows", lets(account), []string{allow("dynamodb:GetItem")}, byIdentity},
		{"only the identity allows", "", []string{allowAll}, byResource},
		{"the identity denies", lets(account), []string{allowAll, deny("dynamodb:Scan")}, "with an explicit deny in an identity-based policy"},
		{"the resource denies", strings.Replace(lets(account), "Allow", "Deny", 1), []string{allowAll}, "with an explicit deny in a resource-based policy"},
	} {
		if err := srv.SetResourcePolicy(arn, tt.policy); err != nil {
			t.Fatal(err)
		}
		if tt.identity[0] != "unlimited" {
			if err := srv.Authorize("other", tt.identity...); err != nil {
				t.Fatal(err)
			}
		}
		switch err := scan(other); {
		case tt.want != "":
			fails(t, err, "AccessDeniedException", tt.want)
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	// In the table's own account one of them is enough.
	if err := srv.Authorize("dynsynctest", allow("dynamodb:GetItem")); err != nil {
		t.Fatal(err)
	}
	number := strings.Split(arn, ":")[4]
	for principal, want := range map[string]string{"arn:aws:iam::" + number + ":user/dynsynctest": "", number: byIdentity, "*": ""} {
		if err := srv.SetResourcePolicy(arn, lets(principal)); err != nil {
			t.Fatal(err)
		}
		if err := scan(owner); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s in the table's account: %v", principal, err)
		}
	}
	for policy, want := range map[string]string{"{": "is no JSON", allowAll: "has no Principal, which a resource-based policy needs"} {
		if err := srv.SetResourcePolicy(arn, policy); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", policy, err)
		}
	}
	for _, wrong := range []string{"", "Users", arn + "/index/byG", "arn:aws:s3:::bucket", strings.Replace(arn, "table", "backup", 1)} {
		if srv.SetResourcePolicy(wrong, "") == nil {
			t.Errorf("%q is taken for a table", wrong)
		}
	}
	if srv.Asked("nobody") != nil || len(srv.Asked("other")) == 0 {
		t.Error("what was asked")
	}
}

// Policies change while requests are judged: each request is allowed or denied.
func TestAuthorizeMeanwhile(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	var g errgroup.Group
	for range 4 {
		g.Go(func() error {
			for range 50 {
				_, err := c.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("Users")})
				if api, ok := unwrap[smithy.APIError](err); err != nil && (!ok || api.ErrorCode() != "AccessDeniedException") {
					return err
				}
				srv.Asked("dynsynctest")
			}
			return nil
		})
	}
	for i := range 100 {
		policy := allowAll
		if i%2 == 0 {
			policy = deny("dynamodb:Scan")
		}
		if err := srv.Authorize("dynsynctest", policy); err != nil {
			t.Error(err)
		}
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if n := len(srv.Asked("dynsynctest")); n > 2 {
		t.Errorf("%d things were asked for", n)
	}
}
