package difftest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// maxWait bounds the wait for a table that is there.
const maxWait = 10 * time.Second

// sdk does with the SDK's client what programs do, and requires the same values
// and the same types of errors.
func (d *duel) sdk() {
	d.fillMixed()
	for _, step := range sdkSteps {
		var said [2]string
		for i, s := range []server{d.real, d.fake} {
			said[i] = step.run(d.Context(), s.client)
			d.requests++
		}
		if said[0] != said[1] {
			d.report("%s\nDynamoDB Local: %s\ndynsynctest:    %s", step.name, said[0], said[1])
		}
	}
	d.compareTables()
}

var sdkSteps = []struct {
	name string
	run  func(context.Context, *dynamodb.Client) string
}{
	{"PutItem and GetItem of every type", func(ctx context.Context, c *dynamodb.Client) string {
		i := item{
			"pk": str("every"), "n": num("-1.50"), "b": bin("\x00\xff"), "t": boolean(true), "z": null(), "ss": ss("b", "a", ""), "ns": ns("10", "9.5"), "bs": bs("y", "x"),
			"l": list(num("1"), list(), dict(item{})), "m": dict(item{"x.y": str("é"), "": null()}),
		}
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Mix"), Item: i})
		return errorType(err)
	}},
	{"GetItem", func(ctx context.Context, c *dynamodb.Client) string {
		out, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("Mix"), Key: item{"pk": str("m_xl")}, ConsistentRead: aws.Bool(true)})
		if err != nil {
			return errorType(err)
		}
		return sdkItems(out.Item)
	}},
	{"GetItem of none", func(ctx context.Context, c *dynamodb.Client) string {
		out, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("Mix"), Key: item{"pk": str("none")}})
		if err != nil {
			return errorType(err)
		}
		return fmt.Sprint(out.Item == nil)
	}},
	{"Scan paginator", func(ctx context.Context, c *dynamodb.Client) string {
		var items []item
		for p := dynamodb.NewScanPaginator(c, &dynamodb.ScanInput{TableName: aws.String("Mix"), Limit: aws.Int32(9)}); p.HasMorePages(); {
			out, err := p.NextPage(ctx)
			if err != nil {
				return errorType(err)
			}
			items = append(items, out.Items...)
		}
		return sdkItems(items...)
	}},
	{"ExecuteStatement pages", func(ctx context.Context, c *dynamodb.Client) string {
		var items []item
		in := &dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "Mix" WHERE a = ? OR c = 'a'`), Parameters: []types.AttributeValue{num("1.0")}, Limit: aws.Int32(20)}
		for {
			out, err := c.ExecuteStatement(ctx, in)
			if err != nil {
				return errorType(err)
			}
			items = append(items, out.Items...)
			if in.NextToken = out.NextToken; in.NextToken == nil {
				return sdkItems(items...)
			}
		}
	}},
	{"DescribeTable and its waiter", func(ctx context.Context, c *dynamodb.Client) string {
		if err := dynamodb.NewTableExistsWaiter(c).Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Mix")}, maxWait); err != nil {
			return errorType(err)
		}
		out, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Mix")})
		if err != nil {
			return errorType(err)
		}
		return fmt.Sprint(out.Table.TableStatus, *out.Table.KeySchema[0].AttributeName, *out.Table.ItemCount)
	}},
	{"a missing table", func(ctx context.Context, c *dynamodb.Client) string {
		_, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("None")})
		return errorType(err)
	}},
	{"a failed condition", func(ctx context.Context, c *dynamodb.Client) string {
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String("Mix"), Item: item{"pk": str("n1")}, ConditionExpression: aws.String("attribute_not_exists(pk)"),
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})
		if failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
			return errorType(err) + sdkItems(failed.Item)
		}
		return errorType(err)
	}},
	{"a refused value", func(ctx context.Context, c *dynamodb.Client) string {
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Mix"), Item: item{"pk": str("bad"), "a": ss()}})
		return errorType(err)
	}},
	{"a syntax error", func(ctx context.Context, c *dynamodb.Client) string {
		_, err := c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "Mix" WHERE`)})
		return errorType(err)
	}},
	{"BatchExecuteStatement", func(ctx context.Context, c *dynamodb.Client) string {
		out, err := c.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{
			{Statement: aws.String(`INSERT INTO "Mix" VALUE {'pk':'n1'}`)}, {Statement: aws.String(`DELETE FROM "Mix" WHERE pk='n2'`)}, {Statement: aws.String(`oops`)},
		}})
		if err != nil {
			return errorType(err)
		}
		var codes []string
		for _, r := range out.Responses {
			if r.Error != nil {
				codes = append(codes, string(r.Error.Code))
			}
		}
		return fmt.Sprint(len(out.Responses), codes)
	}},
	{"UpdateItem", func(ctx context.Context, c *dynamodb.Client) string {
		out, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: aws.String("Mix"), Key: item{"pk": str("n10")}, UpdateExpression: aws.String("ADD a :v"), ExpressionAttributeValues: item{":v": num("0.5")},
			ReturnValues: types.ReturnValueAllNew,
		})
		if err != nil {
			return errorType(err)
		}
		return sdkItems(out.Attributes)
	}},
}

// errorType says what a program can find out about an error.
func errorType(err error) string {
	if err == nil {
		return "no error"
	}
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		return "ResourceNotFoundException"
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return fmt.Sprintf("%T %s %v", e, e.ErrorCode(), e.ErrorFault())
	}
	return err.Error()
}

// sdkItems is the items as JSON, in an order of their own.
func sdkItems(items ...item) string {
	var list []string
	for _, i := range items {
		text, err := rawapi.AppendItem(nil, i)
		if err != nil {
			return err.Error()
		}
		a, err := newAnswer(200, []byte(`{"Item":`+string(text)+`}`))
		if err != nil {
			return err.Error()
		}
		list = append(list, a.canonical())
	}
	slices.Sort(list)
	return fmt.Sprint(list)
}
