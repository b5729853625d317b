package partiql

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

var update = flag.Bool("update", false, "ask the DynamoDB Local at $DYNAMODB_ENDPOINT for the answers in testdata/conditions.txt")

const conditionsFile = "testdata/conditions.txt"

// A measured condition is a line of conditions.txt: the text after WHERE, its
// parameters as DynamoDB JSON, and what DynamoDB Local 1.25.1 answered over the
// mixed items.
type measured struct {
	where, params, answer string
}

const notWellFormed = "error: Statement wasn't well formed, can't be processed"

// TestMeasuredConditions holds Parse, Validate and Eval against DynamoDB Local's
// recorded answers: the same items, or the same refusal in the same words.
func TestMeasuredConditions(t *testing.T) {
	items := mixedItems(t)
	rows := readMeasured(t)
	if *update {
		measure(t, rows, items)
	}
	for _, row := range rows {
		got := answer(t, row, items)
		if reason := differs[row.where]; reason != "" {
			if got == row.answer || !strings.HasPrefix(got, "error") {
				t.Errorf("WHERE %s: listed to differ (%s), but got %s", row.where, reason, got)
			}
			continue
		}
		if got != row.answer {
			t.Errorf("WHERE %s  %s\n got %s\nwant %s", row.where, row.params, got, row.answer)
		}
	}
}

// differs lists the conditions that are refused here but accepted by DynamoDB
// Local, or refused in other words, with the reason.
var differs = map[string]string{
	"a = 1 = 2":                         conditionAsValue,
	"a = 1 < 2":                         conditionAsValue,
	"a < 1 < 2":                         conditionAsValue,
	"a<1>2":                             conditionAsValue,
	"a = (a = 1)":                       conditionAsValue,
	"(a = 1) = true":                    conditionAsValue,
	"a IN (1 = 1)":                      conditionAsValue,
	"a IN (begins_with(a,'x'))":         conditionAsValue,
	"begins_with(a,'a') IN (true)":      conditionAsValue,
	"begins_with(a,'a') = true":         conditionAsValue,
	"begins_with(a,'a') <> true":        conditionAsValue,
	"a IN (1) IN (true)":                conditionAsValue,
	"a IN (1) = true":                   conditionAsValue,
	"a IS NOT NULL IS NULL":             conditionAsValue,
	"a BETWEEN 1 AND 2 BETWEEN 1 AND 2": conditionAsValue,
	"@a = 1":                            "PartiQL's scope lookup, which means nothing in one table",
	"a IS NUMERIC(3)":                   "the service ignores the precision, which cannot be meant",
	"a BETWEEN (1 AND 2)":               twoFaults,
	"a = 1 /* /* */ */":                 twoFaults,
	"a = 1 //x":                         twoFaults,
	"a AND = 1":                         twoFaults,
	"a IN 1, 2":                         twoFaults,
	"foo(a) = 1 AND a =":                twoFaults,
	"a = [1+1]":                         otherWords,
	"a = [missing]":                     otherWords,
	"(a = 1, c = 1)":                    otherWords,
	"a = 1e99999999999":                 otherWords,
	"a[0+1] = 1":                        otherWords,
	"(a.x).y = 1":                       otherWords,
	"[1][0] = 1":                        otherWords,
	"missing IS MISSING":                otherWords,
	"a IS character varying":            otherWords,
	"a = `x`":                           otherWords,
	"a = `1`":                           otherWords,
	"a = 1 HAVING c = 1":                otherWords,
	"a = date '2020-01-01'":             otherWords,
	`exists(SELECT * FROM "Mix")`:       otherWords,
	"cast(a AS INT) = 1":                otherWords,
	"case when a = 1 then true else false end": otherWords,
	`a = 1 UNION SELECT * FROM "Mix"`:          otherWords,
}

const (
	conditionAsValue = "a condition as an operand: no FilterExpression can say it, and nobody means it"
	twoFaults        = "the service reads to the end before it refuses what it has read; the parser stops at the first fault"
	otherWords       = "a construct of PartiQL that the parser does not read far enough to name it as the service does"
)

func readMeasured(t testing.TB) []measured {
	t.Helper()
	text, err := os.ReadFile(conditionsFile)
	if err != nil {
		t.Fatal(err)
	}
	var rows []measured
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			t.Fatalf("%s: a line of %d fields", conditionsFile, len(f))
		}
		rows = append(rows, measured{f[0], f[1], f[2]})
	}
	return rows
}

func (m measured) values(t testing.TB) []types.AttributeValue {
	t.Helper()
	if m.params == "" {
		return nil
	}
	var list []jsonValue
	if err := json.Unmarshal([]byte(m.params), &list); err != nil {
		t.Fatalf("parameters of WHERE %s: %v", m.where, err)
	}
	return unwrapList(list)
}

// answer is what the package says.
func answer(t testing.TB, m measured, items []item) string {
	t.Helper()
	params := m.values(t)
	stmt, err := ParseStatement(`SELECT * FROM "Mix" WHERE ` + m.where)
	if err != nil {
		return refusal(t, err)
	}
	e := stmt.(*Select).Where
	if err := Validate(e, params); err != nil {
		return refusal(t, err)
	}
	return listing(matches(t, items, e, params), items)
}

func refusal(t testing.TB, err error) string {
	t.Helper()
	var refused *Error
	if !errors.As(err, &refused) {
		t.Fatalf("error of type %T", err)
	}
	if refused.Message == "" {
		return notWellFormed
	}
	return "error: " + refused.Message
}

// listing names the items matched, or those not matched if they are fewer.
func listing(names []string, items []item) string {
	if 2*len(names) <= len(items) {
		return fmt.Sprintf("%d: %s", len(names), strings.Join(names, " "))
	}
	var others []string
	for _, it := range items {
		if !slices.Contains(names, name(it)) {
			others = append(others, name(it))
		}
	}
	slices.Sort(others)
	return fmt.Sprintf("%d: all but %s", len(names), strings.Join(others, " "))
}

// measure asks DynamoDB Local and writes the file anew.
func measure(t *testing.T, rows []measured, items []item) {
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Fatal("-update needs $DYNAMODB_ENDPOINT")
	}
	client := dynamodb.New(dynamodb.Options{
		BaseEndpoint: &endpoint,
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("conditions", "x", ""),
	})
	ctx := context.Background()
	table := aws.String("Mix")
	client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: table}) // there may be none
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            table,
		BillingMode:          types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: it}); err != nil {
			t.Fatal(err)
		}
	}
	var file strings.Builder
	for i := range rows {
		rows[i].answer = ask(ctx, client, rows[i].where, rows[i].values(t), items)
		fmt.Fprintf(&file, "%s\t%s\t%s\n", rows[i].where, rows[i].params, rows[i].answer)
	}
	if err := os.WriteFile(conditionsFile, []byte(file.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func ask(ctx context.Context, client *dynamodb.Client, where string, params []types.AttributeValue, items []item) string {
	out, err := client.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{
		Statement:  aws.String(`SELECT * FROM "Mix" WHERE ` + where),
		Parameters: params,
	})
	var api smithy.APIError
	if errors.As(err, &api) {
		message, _, _ := strings.Cut(api.ErrorMessage(), ": SELECT") // the echo
		return "error: " + message
	}
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
