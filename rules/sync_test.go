package rules_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/rules"
)

var key = bytes.Repeat([]byte("a key from a secret store, "), 2)

// accounts are two accounts of one server.
type accounts struct {
	t        *testing.T
	from, to *dynamodb.Client
}

// newClient returns a client of a server without tables.
func newClient(t testing.TB) *dynamodb.Client {
	server := dynsynctest.NewServer()
	t.Cleanup(server.Close)
	return server.Client()
}

func newAccounts(t *testing.T) accounts {
	server := dynsynctest.NewServer()
	t.Cleanup(server.Close)
	account := func(name string) *dynamodb.Client {
		return server.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
	}
	return accounts{t, account("prod"), account("stage")}
}

// create makes a table of both accounts with the partition key PK.
func (a accounts) create(source, destination string, change func(*dynamodb.CreateTableInput)) {
	a.t.Helper()
	for client, name := range map[*dynamodb.Client]string{a.from: source, a.to: destination} {
		in := &dynamodb.CreateTableInput{
			TableName:            aws.String(name),
			BillingMode:          types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("PK"), AttributeType: types.ScalarAttributeTypeS}},
			KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("PK"), KeyType: types.KeyTypeHash}},
		}
		if change != nil {
			change(in)
		}
		if _, err := client.CreateTable(context.Background(), in); err != nil {
			a.t.Fatal(err)
		}
	}
}

func (a accounts) put(client *dynamodb.Client, table string, items ...map[string]any) {
	a.t.Helper()
	for _, item := range items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			a.t.Fatal(err)
		}
		if _, err := client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &table, Item: rec.AttributeValues()}); err != nil {
			a.t.Fatal(err)
		}
	}
}

// items returns what a destination table holds, by partition key.
func (a accounts) items(table string) map[string]map[string]any {
	a.t.Helper()
	out, err := a.to.Scan(context.Background(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		a.t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, item := range out.Items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			a.t.Fatal(err)
		}
		flat := map[string]any{}
		for name, v := range rec.Attributes() {
			flat[name] = v.Any()
		}
		all[flat["PK"].(string)] = flat
	}
	return all
}

func number(s string) attributevalue.Number { return attributevalue.Number(s) }

// provisioned gives a table throughput and an index.
func provisioned(in *dynamodb.CreateTableInput) {
	throughput := &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1000), WriteCapacityUnits: aws.Int64(1000)}
	in.BillingMode, in.ProvisionedThroughput = types.BillingModeProvisioned, throughput
	in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("Customer"), AttributeType: types.ScalarAttributeTypeS})
	in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{
		IndexName: aws.String("ByCustomer"), ProvisionedThroughput: throughput,
		KeySchema:  []types.KeySchemaElement{{AttributeName: aws.String("Customer"), KeyType: types.KeyTypeHash}},
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
	}}
}

// copyGood runs the job of a file that is like testdata/good.yaml, and returns what
// the destination then holds, by table.
func copyGood(t *testing.T, path string) map[string]map[string]map[string]any {
	a := newAccounts(t)
	a.create("ProdUsers", "StageUsers", nil)
	a.create("ProdOrders", "StageOrders", provisioned)
	a.create("ProdEvents", "StageEvents", nil)
	user := func(pk, country string, age int, more map[string]any) map[string]any {
		item := map[string]any{"PK": pk, "Country": country, "Age": age, "Active": true, "Name": "Alice", "Exact": "x", "Nested": "x",
			"Pets": map[string]any{"Judith": map[string]any{"Age": 12}}, "Tags": []string{"new", "vip"}, "Mixed": 7, "user.email": "ann@example.org",
			"Contacts": map[string]any{"ann@example.org": "friend"}, "Comment": "private", "Greeting": "Dear Alice of DE", "Score": 20,
			"Document": `{"user":{"age":18.0,"pin":1234,"email":"ann@example.org","friends":{"Bob":[]}},"note":"private"}`}
		maps.Copy(item, more)
		return item
	}
	a.put(a.from, "ProdUsers",
		user("USER#77", "DE", 18, map[string]any{"Nick": "Al", "Photo": []byte{1}, "Nothing": nil}),
		user("ADMIN#78", "DE", 40, map[string]any{"Expires": int64(4102444800), "Nothing": nil}),
		user("USER#79", "FR", 40, nil), user("USER#80", "DE", 17, nil))
	a.put(a.from, "ProdOrders", map[string]any{"PK": "1", "Customer": "c1", "Country": "DE"}, map[string]any{"PK": "2", "Customer": "c1"}, map[string]any{"PK": "3"})
	a.put(a.to, "StageOrders", map[string]any{"PK": "2", "Customer": "kept"})
	a.put(a.from, "ProdEvents", map[string]any{"PK": "1", "Kind": "login", "Country": "DE"})
	a.put(a.to, "StageEvents", map[string]any{"PK": "1", "Seen": true})

	file, err := rules.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	syncer, err := dynsync.New(append(file.Options(), dynsync.WithSource(a.from), dynsync.WithDestination(a.to), dynsync.WithKey(key))...)
	if err != nil {
		t.Fatal(err)
	}
	if report, err := syncer.Sync(context.Background()); err != nil {
		t.Fatal(report, err)
	}
	all := map[string]map[string]map[string]any{}
	for _, table := range file.Tables() {
		all[table.Destination] = a.items(table.Destination)
	}
	return all
}

func TestGoodFileEndToEnd(t *testing.T) {
	got := copyGood(t, "testdata/good.yaml")
	users := got["StageUsers"]
	if keys := slices.Sorted(maps.Keys(users)); !cmp.Equal(keys, []string{"ADMIN#1", "USER#1"}) {
		t.Fatal(keys)
	}
	user := users["USER#1"]
	name, _ := user["Name"].(string)
	if name == "" || name == "Alice" || users["ADMIN#1"]["Name"] != name {
		t.Errorf("the names are %q and %q", name, users["ADMIN#1"]["Name"])
	}
	if nick, _ := users["ADMIN#1"]["Nick"].(string); nick == "" || user["Nick"] != "hidden" {
		t.Errorf("the nicks are %q and %v", nick, user["Nick"])
	}
	email, _ := user["user.email"].(string)
	contacts, _ := user["Contacts"].(map[string]any)
	contact := slices.Collect(maps.Keys(contacts))
	for _, text := range append(contact, email) {
		if len(text) != len("ann@example.org") || text[3] != '@' || text == "ann@example.org" {
			t.Errorf("%q does not have the shape of an e-mail address", text)
		}
	}
	want := map[string]any{
		"PK": "USER#1", "Country": "DE", "Age": number("18"), "Active": true, "Nothing": nil,
		"Name": name, "Nick": "hidden", "user.email": email, "Contacts": map[string]any{contact[0]: nil},
		"Exact":    number("12345678901234567890123456789012345678"),
		"Nested":   map[string]any{"List": []any{number("1.5"), "text", true, nil, number("1000"), "012"}, "yes": "no"},
		"Greeting": "Dear " + name + " of DE", "Label": "DE/18", "Score": number("21"),
		"Document": `{"user":{"age":18.0,"pin":0,"email":"hidden","friends":{"friend":[]}}}`,
		"Pets":     map[string]any{"Judith": map[string]any{"Age": number("7")}}, "Tags": []string{"new", "vip"}, "Mixed": number("7"),
	}
	if diff := cmp.Diff(want, user); diff != "" {
		t.Error(diff)
	}
	orders := got["StageOrders"]
	if len(orders) != 2 || orders["1"]["Customer"] != "c1" || orders["1"]["Country"] != "XX" || orders["2"]["Customer"] != "kept" {
		t.Error(orders)
	}
	if diff := cmp.Diff(map[string]any{"PK": "1", "Kind": "login", "Country": "XX", "Seen": true}, got["StageEvents"]["1"]); diff != "" {
		t.Error(diff)
	}
}

func TestJSONIsTheSame(t *testing.T) {
	if diff := cmp.Diff(copyGood(t, "testdata/good.yaml"), copyGood(t, "testdata/good.json")); diff != "" {
		t.Error(diff)
	}
}
