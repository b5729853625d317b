package iamsim

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/iam"
)

// A sent request is one to the test server, with what IAM is to see of it.
type sent struct {
	action, on string // on a table or an index, or "*"
	context    map[string][]string
	do         func(ctx context.Context, c *dynamodb.Client) error
}

type values = map[string][]string

// statement sends a statement alone.
func statement(text string) func(context.Context, *dynamodb.Client) error {
	return func(ctx context.Context, c *dynamodb.Client) error {
		_, err := c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: &text})
		return err
	}
}

func requests() []sent {
	table, index := aws.String("Users"), aws.String("byDate")
	key := func(id string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: id}}
	}
	return []sent{
		{"ListTables", "*", nil, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.ListTables(ctx, &dynamodb.ListTablesInput{})
			return err
		}},
		{"DescribeTable", "Users", nil, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: table})
			return err
		}},
		{"GetItem", "Users", values{"dynamodb:LeadingKeys": {"a"}}, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key("a")})
			return err
		}},
		{"BatchGetItem", "Users", values{"dynamodb:LeadingKeys": {"b", "abc"}}, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"Users": {Keys: []map[string]types.AttributeValue{key("b"), key("abc")}}}})
			return err
		}},
		{"Query", "Users", values{"dynamodb:LeadingKeys": {"data"}, "dynamodb:Select": {"COUNT"}}, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.Query(ctx, &dynamodb.QueryInput{TableName: table, Select: types.SelectCount, KeyConditionExpression: aws.String("Id = :k"), ExpressionAttributeValues: map[string]types.AttributeValue{":k": &types.AttributeValueMemberS{Value: "data"}}})
			return err
		}},
		{"Scan", "Users", values{"dynamodb:Select": {"ALL_ATTRIBUTES"}}, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: table, Select: types.SelectAllAttributes})
			return err
		}},
		{"Scan", "Users/index/byDate", nil, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: table, IndexName: index})
			return err
		}},
		{"PutItem", "Users", values{"dynamodb:LeadingKeys": {"ann"}, "dynamodb:ReturnValues": {"ALL_OLD"}}, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: key("ann"), ReturnValues: types.ReturnValueAllOld})
			return err
		}},
		{"DeleteItem", "Users", values{"dynamodb:LeadingKeys": {"b"}}, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key("b")})
			return err
		}},
		{"BatchWriteItem", "Users", values{"dynamodb:LeadingKeys": {"a.c"}}, func(ctx context.Context, c *dynamodb.Client) error {
			_, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": {{DeleteRequest: &types.DeleteRequest{Key: key("a.c")}}}}})
			return err
		}},
		{"PartiQLSelect", "Users", values{"dynamodb:FullTableScan": {"true"}}, statement(`SELECT * FROM "Users"`)},
		{"PartiQLSelect", "Users", values{"dynamodb:FullTableScan": {"false"}, "dynamodb:LeadingKeys": {"a", "Ann"}}, statement(`SELECT * FROM "Users" WHERE Id IN ['a', 'Ann']`)},
		{"PartiQLSelect", "Users/index/byDate", values{"dynamodb:FullTableScan": {"false"}, "dynamodb:LeadingKeys": {"b"}}, statement(`SELECT * FROM "Users"."byDate" WHERE Day = 'b'`)},
		{"PartiQLInsert", "Users", values{"dynamodb:LeadingKeys": {"data"}}, statement(`INSERT INTO "Users" VALUE {'Id': 'data'}`)},
		{"PartiQLUpdate", "Users", values{"dynamodb:LeadingKeys": {"ann"}}, statement(`UPDATE "Users" SET X = 1 WHERE Id = 'ann'`)},
		{"PartiQLDelete", "Users", values{"dynamodb:LeadingKeys": {"abc"}}, statement(`DELETE FROM "Users" WHERE Id = 'abc'`)},
	}
}

// TestServerAgrees draws policies, and compares what the test server answers to requests with
// what the evaluator decides.
func TestServerAgrees(t *testing.T) {
	t.Parallel()
	srv := dynsynctest.NewServer()
	defer srv.Close()
	keys := dynsynctest.NewSTS(srv)
	defer keys.Close()
	if err := keys.AddUser("AKIAANN", "secret", ann, `{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`); err != nil {
		t.Fatal(err)
	}
	client := srv.Client(func(o *dynamodb.Options) {
		o.Region, o.RetryMaxAttempts = "eu-west-1", 1
		o.Credentials = credentials.NewStaticCredentialsProvider("AKIAANN", "secret", "")
	})
	createUsers(t, client)
	g := generator{rand.New(rand.NewPCG(22, 3))}
	var questions []Question
	var got []string
	for range 150 {
		d := g.document(false)
		text, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := srv.Authorize("AKIAANN", text); err != nil { // of dynamodb:Attributes
			continue
		}
		for _, r := range requests() {
			questions, got = append(questions, r.question(d)), append(got, decisionOf(r.do(t.Context(), client)))
		}
	}
	counts := map[string]int{}
	for i, a := range Ask(t, questions) {
		if counts[a.Decision]++; a.Decision != got[i] {
			t.Errorf("%s\n\tthe server: %s; the evaluator: %s%s", describe(questions[i]), got[i], a.Decision, a.Error)
		}
	}
	t.Logf("%d requests: %v", len(questions), counts)
	if len(questions) < 1500 || len(counts) < 3 {
		t.Errorf("too few requests, or decisions: %v", counts)
	}
}

func createUsers(t *testing.T, c *dynamodb.Client) {
	t.Helper()
	id, day := aws.String("Id"), aws.String("Day")
	_, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("Users"), BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: id, KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: id, AttributeType: types.ScalarAttributeTypeS}, {AttributeName: day, AttributeType: types.ScalarAttributeTypeS}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("byDate"), KeySchema: []types.KeySchemaElement{{AttributeName: day, KeyType: types.KeyTypeHash}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// question is what the evaluator is asked of a request of ann.
func (r sent) question(d *iam.Document) Question {
	q := Question{Principal: ann, Action: "dynamodb:" + r.action, Resource: r.on, Account: ours, Identity: []*iam.Document{d}, Context: map[string][]string{
		"aws:PrincipalArn": {ann}, "aws:PrincipalAccount": {ours}, "aws:username": {"ann"}, "aws:RequestedRegion": {"eu-west-1"},
	}}
	if r.on != "*" {
		q.Resource = "arn:aws:dynamodb:eu-west-1:" + ours + ":table/" + r.on
	}
	for key, values := range r.context {
		q.Context[key] = values
	}
	return q
}

// decisionOf tells from an answer what was decided, in the words of the evaluator.
func decisionOf(err error) string {
	switch {
	case err == nil || !strings.Contains(err.Error(), "AccessDeniedException"):
		return "Allowed"
	case strings.Contains(err.Error(), "with an explicit deny in an identity-based policy"):
		return "ExplicitlyDenied"
	}
	return "ImplicitlyDenied"
}
