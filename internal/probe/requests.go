package probe

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
)

// A request is the probe of one action.
type request struct {
	writes bool // it is a write
	keys   bool // it needs the key attributes of the table
	ask    func(ctx context.Context, client any, t Table) error
}

// probes are the requests by action. An action that is not here has no harmless request: an
// INSERT of PartiQL makes an item whatever condition it has.
var probes = map[string]request{
	"dynamodb:ListTables":                {ask: listTables},
	"dynamodb:DescribeTable":             {ask: describeTable},
	"dynamodb:DescribeTimeToLive":        {ask: describeTimeToLive},
	"dynamodb:DescribeContinuousBackups": {ask: describeContinuousBackups},
	"dynamodb:ListBackups":               {ask: listBackups},
	"dynamodb:GetItem":                   {keys: true, ask: getItem},
	"dynamodb:BatchGetItem":              {keys: true, ask: batchGetItem},
	"dynamodb:Query":                     {keys: true, ask: query},
	"dynamodb:Scan":                      {ask: scan},
	"dynamodb:PartiQLSelect":             {ask: selectOne},
	"dynamodb:PutItem":                   {writes: true, keys: true, ask: putItem},
	"dynamodb:UpdateItem":                {writes: true, keys: true, ask: updateItem},
	"dynamodb:DeleteItem":                {writes: true, keys: true, ask: deleteItem},
	"dynamodb:BatchWriteItem":            {writes: true, keys: true, ask: batchWriteItem},
	"dynamodb:PartiQLUpdate":             {writes: true, keys: true, ask: partiQLUpdate},
	"dynamodb:PartiQLDelete":             {writes: true, keys: true, ask: partiQLDelete},
}

// options are those of a request to DynamoDB.
type options = func(*dynamodb.Options)

// via calls do with a client that has the method which it needs.
func via[C any](client any, do func(C) error) error {
	c, ok := client.(C)
	if !ok {
		return errNoMethod
	}
	return do(c)
}

// one is the limit of a read.
var one = aws.Int32(1)

// absent returns a key that no item has: texts and bytes of 130 random bits, and numbers of
// 38 digits, which is all that a number holds.
func absent(keys []Key) map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{}
	for _, k := range keys {
		item[k.Name] = absentValue(k.Type)
	}
	return item
}

func absentValue(of types.ScalarAttributeType) types.AttributeValue {
	text := "dynsync-probe-" + rand.Text()
	switch of {
	case types.ScalarAttributeTypeN:
		return &types.AttributeValueMemberN{Value: absentNumber()}
	case types.ScalarAttributeTypeB:
		return &types.AttributeValueMemberB{Value: []byte(text)}
	}
	return &types.AttributeValueMemberS{Value: text}
}

// absentNumber returns a random number of 38 digits.
func absentNumber() string {
	lowest := new(big.Int).Exp(big.NewInt(10), big.NewInt(37), nil)
	n, err := rand.Int(rand.Reader, new(big.Int).Mul(lowest, big.NewInt(9)))
	if err != nil { // crypto/rand.Reader never fails
		return lowest.String()
	}
	return n.Add(n, lowest).String()
}

// never is a condition that no item fulfils.
func never(t Table) (condition *string, names map[string]string) {
	return aws.String("attribute_exists(#k) AND attribute_not_exists(#k)"), map[string]string{"#k": t.Keys[0].Name}
}

// refused returns the error of a write under that condition. A success is not DynamoDB's.
func refused(err error) error {
	if err == nil {
		return errSuccess
	}
	return err
}

func (t Table) indexName() *string {
	if t.Index == "" {
		return nil
	}
	return &t.Index
}

func listTables(ctx context.Context, client any, _ Table) error {
	return via(client, func(c interface {
		ListTables(context.Context, *dynamodb.ListTablesInput, ...options) (*dynamodb.ListTablesOutput, error)
	}) error {
		_, err := c.ListTables(ctx, &dynamodb.ListTablesInput{Limit: one}, awserr.Once)
		return err
	})
}

func describeTable(ctx context.Context, client any, t Table) error {
	return via(client, func(c interface {
		DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...options) (*dynamodb.DescribeTableOutput, error)
	}) error {
		_, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &t.Name}, awserr.Once)
		return err
	})
}

func describeTimeToLive(ctx context.Context, client any, t Table) error {
	_, err := TimeToLive(ctx, client, t.Name)
	return err
}

// TimeToLive asks what the TTL of a table is.
func TimeToLive(ctx context.Context, client any, table string) (out *dynamodb.DescribeTimeToLiveOutput, err error) {
	err = via(client, func(c interface {
		DescribeTimeToLive(context.Context, *dynamodb.DescribeTimeToLiveInput, ...options) (*dynamodb.DescribeTimeToLiveOutput, error)
	}) error {
		out, err = c.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &table}, awserr.Once)
		return err
	})
	return out, err
}

func describeContinuousBackups(ctx context.Context, client any, t Table) error {
	_, err := ContinuousBackups(ctx, client, t.Name)
	return err
}

// ContinuousBackups asks whether the point-in-time recovery of a table is on.
func ContinuousBackups(ctx context.Context, client any, table string) (out *dynamodb.DescribeContinuousBackupsOutput, err error) {
	err = via(client, func(c interface {
		DescribeContinuousBackups(context.Context, *dynamodb.DescribeContinuousBackupsInput, ...options) (*dynamodb.DescribeContinuousBackupsOutput, error)
	}) error {
		out, err = c.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &table}, awserr.Once)
		return err
	})
	return out, err
}

func listBackups(ctx context.Context, client any, t Table) error {
	_, err := Backups(ctx, client, t.Name, 1)
	return err
}

// Backups asks for the first backups of a table, of all types.
func Backups(ctx context.Context, client any, table string, most int32) (out *dynamodb.ListBackupsOutput, err error) {
	err = via(client, func(c interface {
		ListBackups(context.Context, *dynamodb.ListBackupsInput, ...options) (*dynamodb.ListBackupsOutput, error)
	}) error {
		out, err = c.ListBackups(ctx, &dynamodb.ListBackupsInput{TableName: &table, BackupType: types.BackupTypeFilterAll, Limit: &most}, awserr.Once)
		return err
	})
	return out, err
}

func getItem(ctx context.Context, client any, t Table) error {
	return via(client, func(c interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...options) (*dynamodb.GetItemOutput, error)
	}) error {
		_, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.Name, Key: absent(t.Keys)}, awserr.Once)
		return err
	})
}

func batchGetItem(ctx context.Context, client any, t Table) error {
	return via(client, func(c interface {
		BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...options) (*dynamodb.BatchGetItemOutput, error)
	}) error {
		keys := types.KeysAndAttributes{Keys: []map[string]types.AttributeValue{absent(t.Keys)}}
		_, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{t.Name: keys}}, awserr.Once)
		return err
	})
}

func query(ctx context.Context, client any, t Table) error {
	return via(client, func(c interface {
		Query(context.Context, *dynamodb.QueryInput, ...options) (*dynamodb.QueryOutput, error)
	}) error {
		key := t.partition()
		_, err := c.Query(ctx, &dynamodb.QueryInput{
			TableName: &t.Name, IndexName: t.indexName(), Limit: one, KeyConditionExpression: aws.String("#k = :k"),
			ExpressionAttributeNames: map[string]string{"#k": key.Name}, ExpressionAttributeValues: map[string]types.AttributeValue{":k": absentValue(key.Type)},
		}, awserr.Once)
		return err
	})
}

// partition returns the first partition key attribute of what is read.
func (t Table) partition() Key {
	if t.Index != "" && t.IndexKey.Name != "" {
		return t.IndexKey
	}
	return t.Keys[0]
}

func scan(ctx context.Context, client any, t Table) error {
	_, err := ScanOne(ctx, client, t)
	return err
}

// ScanOne reads at most one item of a table, and returns how many there were.
func ScanOne(ctx context.Context, client any, t Table) (n int, err error) {
	err = via(client, func(c interface {
		Scan(context.Context, *dynamodb.ScanInput, ...options) (*dynamodb.ScanOutput, error)
	}) error {
		out, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: &t.Name, IndexName: t.indexName(), Limit: one}, awserr.Once)
		if err == nil && out != nil {
			n = len(out.Items)
		}
		return err
	})
	return n, err
}

// selectOne reads at most one item by a statement. Where only statements may be allowed that
// fix the partition key, so does this one, with a value that no item has.
func selectOne(ctx context.Context, client any, t Table) error {
	text := "SELECT * FROM " + quoted(t.Name)
	if t.Index != "" {
		text += "." + quoted(t.Index)
	}
	var params []types.AttributeValue
	if t.Pinned && len(t.Keys) > 0 {
		text += " WHERE " + quoted(t.partition().Name) + " = ?"
		params = []types.AttributeValue{absentValue(t.partition().Type)}
	}
	return execute(ctx, client, text, params)
}

// quoted returns a name as PartiQL takes it.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func execute(ctx context.Context, client any, text string, params []types.AttributeValue) error {
	return via(client, func(c interface {
		ExecuteStatement(context.Context, *dynamodb.ExecuteStatementInput, ...options) (*dynamodb.ExecuteStatementOutput, error)
	}) error {
		in := &dynamodb.ExecuteStatementInput{Statement: &text, Parameters: params}
		if strings.HasPrefix(text, "SELECT ") {
			in.Limit = one
		}
		_, err := c.ExecuteStatement(ctx, in, awserr.Once)
		return err
	})
}

func putItem(ctx context.Context, client any, t Table) error {
	return via(client, func(c interface {
		PutItem(context.Context, *dynamodb.PutItemInput, ...options) (*dynamodb.PutItemOutput, error)
	}) error {
		condition, names := never(t)
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.Name, Item: absent(t.Keys), ConditionExpression: condition, ExpressionAttributeNames: names}, awserr.Once)
		return refused(err)
	})
}

func updateItem(ctx context.Context, client any, t Table) error {
	return via(client, func(c interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...options) (*dynamodb.UpdateItemOutput, error)
	}) error {
		condition, names := never(t)
		_, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &t.Name, Key: absent(t.Keys), ConditionExpression: condition, ExpressionAttributeNames: names}, awserr.Once)
		return refused(err)
	})
}

func deleteItem(ctx context.Context, client any, t Table) error {
	return via(client, func(c interface {
		DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...options) (*dynamodb.DeleteItemOutput, error)
	}) error {
		condition, names := never(t)
		_, err := c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &t.Name, Key: absent(t.Keys), ConditionExpression: condition, ExpressionAttributeNames: names}, awserr.Once)
		return refused(err)
	})
}

// batchWriteItem deletes an item that is not there: a BatchWriteItem takes no condition. It
// consumes a write unit.
func batchWriteItem(ctx context.Context, client any, t Table) error {
	return via(client, func(c interface {
		BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...options) (*dynamodb.BatchWriteItemOutput, error)
	}) error {
		remove := types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: absent(t.Keys)}}
		_, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{t.Name: {remove}}}, awserr.Once)
		return err
	})
}

func partiQLUpdate(ctx context.Context, client any, t Table) error {
	where, params := neverWhere(t)
	return execute(ctx, client, fmt.Sprintf("UPDATE %s SET %s = 1 WHERE %s", quoted(t.Name), quoted("dynsync-probe"), where), params)
}

func partiQLDelete(ctx context.Context, client any, t Table) error {
	where, params := neverWhere(t)
	return execute(ctx, client, fmt.Sprintf("DELETE FROM %s WHERE %s", quoted(t.Name), where), params)
}

// neverWhere is a condition of PartiQL that fixes a key which no item has, and that no item
// fulfils.
func neverWhere(t Table) (text string, params []types.AttributeValue) {
	var parts []string
	for _, k := range t.Keys {
		parts = append(parts, quoted(k.Name)+" = ?")
		params = append(params, absentValue(k.Type))
	}
	of := quoted("dynsync-probe")
	return strings.Join(append(parts, "attribute_exists("+of+")", "attribute_not_exists("+of+")"), " AND "), params
}
