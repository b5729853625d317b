package partiql

import (
	"context"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/dynamolocal"
)

var filters = flag.Int("filters", 800, "generated conditions of TestLocalFilters")

// mixTable makes the table "Mix" with the mixed items.
func mixTable(t testing.TB, client *dynamodb.Client, items []item) {
	t.Helper()
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            aws.String("Mix"),
		BillingMode:          types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Mix"), Item: it}); err != nil {
			t.Fatal(err)
		}
	}
}

// scan returns what a Scan under the filter selects, as a listing.
func scan(ctx context.Context, client *dynamodb.Client, f *Filter, items []item) string {
	out, err := client.Scan(ctx, &dynamodb.ScanInput{
		TableName:                 aws.String("Mix"),
		FilterExpression:          &f.Expression,
		ExpressionAttributeNames:  f.Names,
		ExpressionAttributeValues: f.Values,
	})
	if err != nil {
		return "error: " + err.Error()
	}
	names := []string{}
	for _, it := range out.Items {
		names = append(names, name(it))
	}
	slices.Sort(names)
	return listing(names, items)
}

// TestLocalFilters holds the translation of every measured condition, and of
// generated ones, against DynamoDB Local: a Scan selects what ExecuteStatement and
// Eval select.
func TestLocalFilters(t *testing.T) {
	client := dynamolocal.Shared(t).Client("filters", "eu-central-1")
	items := mixedItems(t)
	mixTable(t, client, items)
	kinds := map[string]types.ScalarAttributeType{"pk": types.ScalarAttributeTypeS}
	measured := 0
	for _, row := range readMeasured(t) {
		params := row.values(t)
		w, err := ParseWhere(row.where)
		if err != nil || len(w.OrderBy) > 0 || w.Expr == nil || strings.HasPrefix(row.answer, "error") || len(Pins(w.Expr, "pk")) > 0 {
			continue
		}
		f, err := Translate(w.Expr, params)
		if err != nil {
			t.Errorf("WHERE %s: %v", row.where, err)
			continue
		}
		if err := CheckKeys(w.Expr, params, kinds); err != nil {
			t.Errorf("WHERE %s: %v", row.where, err)
		}
		measured++
		if got := scan(t.Context(), client, f, items); got != row.answer {
			t.Errorf("WHERE %s\n(%s) selects %s,\nExecuteStatement %s", row.where, f.Expression, got, row.answer)
		}
	}
	for i := range *filters {
		generated := rapid.Custom(func(t *rapid.T) generatedWhere {
			g := &generator{T: t, names: []string{"a", "c", "x", "b.c"}}
			e := g.expr(3)
			var params []types.AttributeValue
			for range g.params {
				params = append(params, g.value(1))
			}
			return generatedWhere{printExpr(e), params}
		}).Example(i)
		generated.compare(t, client, items)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d measured conditions and %d generated ones", measured, *filters)
}

type generatedWhere struct {
	text   string
	params []types.AttributeValue
}

func (g generatedWhere) compare(t *testing.T, client *dynamodb.Client, items []item) {
	t.Helper()
	w, err := ParseWhere(g.text)
	if err != nil {
		t.Fatal(err)
	}
	asked := ask(t.Context(), client, g.text, g.params, items)
	f, err := Translate(w.Expr, g.params)
	if err != nil {
		if !strings.HasPrefix(asked, "error") {
			t.Errorf("WHERE %s: %v, and ExecuteStatement selects %s", g.text, err, asked)
		}
		return
	}
	if got := scan(t.Context(), client, f, items); strings.HasPrefix(asked, "error") && strings.HasPrefix(got, "error") {
		return // as with an operand that has to be a path: the service is the judge
	}
	want := listing(matches(t, items, w.Expr, g.params), items)
	if got := scan(t.Context(), client, f, items); got != want || asked != want {
		t.Errorf("WHERE %s\n(%s) selects %s,\nExecuteStatement %s,\nEval %s", g.text, f.Expression, got, asked, want)
	}
}
