package docs_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/connect"
	"github.com/dynsync/dynsync/dynsynctest"
)

var key = []byte("32 bytes or more, from a secret store")

// stageAccount is the account of the client stage.
const stageAccount = "062341723678"

// refresh is the program that the README shows.
func refresh(ctx context.Context, prod, stage *dynamodb.Client, key []byte) error {
	// doc: use
	syncer, err := dynsync.New(
		dynsync.WithSource(prod), // *dynamodb.Client of the account that is read
		dynsync.WithDestination(stage, dynsync.Account(stageAccount)), // writes to no other account
		dynsync.WithKey(key), // 32 random bytes or more, kept secret
		dynsync.WithTable("ProdUsers", "StageUsers",
			dynsync.WithWhere(`Country = ? AND Age >= ?`, "DE", 18), // PartiQL; values are bound
			dynsync.WithLeakCheck(),                                 // fails an item in which an original value is left
			dynsync.WithTransform("Country", dynsync.Passthrough()),
			dynsync.WithTransform("Name", anon.FullName()),
			dynsync.WithTransform("Email", anon.Email()),
			dynsync.WithTransform("GSI1", dynsync.Template("USER#{Email}")),
			dynsync.WithTransform("Pets.*.Age", dynsync.Func(func(_ context.Context, age int64) (int64, error) {
				return age / 10 * 10, nil
			})),
			dynsync.WithTransform(`Orders[*]."ship.to"`, dynsync.Remove()),
		),
	)
	if err != nil {
		return err // every mistake in the configuration at once
	}
	report, err := syncer.Sync(ctx)
	log.Print(report)
	return err // nil: every item was written or filtered
	// end
}

// prodClient is the client of the source, as the README has it.
func prodClient(ctx context.Context, externalID string) (*dynamodb.Client, error) {
	// doc: connect
	prod, err := connect.Open(ctx, connect.Side("source"), connect.Region("eu-central-1"),
		connect.Role("arn:aws:iam::111122223333:role/prod-read", connect.ExternalID(externalID)))
	// end
	return prod, err
}

// A client says where it leads before it sends anything.
func Example_connect() {
	for _, externalID := range []string{"dynsync-prod-7f3a", "*"} {
		prod, err := prodClient(context.Background(), externalID)
		if err != nil {
			fmt.Println(err)
			continue
		}
		where, _, _ := strings.Cut(connect.Describe(prod), ", by ")
		fmt.Println(where)
	}
	// Output:
	// region eu-central-1 (an option), endpoint https://dynamodb.eu-central-1.amazonaws.com, credentials: role arn:aws:iam::111122223333:role/prod-read assumed with an external id
	// dynsync: connect source: Role arn:aws:iam::111122223333:role/prod-read: ExternalID must be 2 to 1,224 letters, digits and characters of _+=,.@:/-
}

// The program of the README.
func Example() {
	prod, stage, stop := setUp("ProdUsers", "StageUsers", "Id", "",
		`{"Id":{"S":"1"},"Country":{"S":"DE"},"Age":{"N":"34"},"Name":{"S":"John Doe"},"Email":{"S":"john@corp.test"},"GSI1":{"S":"USER#john@corp.test"},
			"Pets":{"M":{"Judith":{"M":{"Age":{"N":"12"}}}}},"Orders":{"L":[{"M":{"ship.to":{"S":"Elm Street 1"},"Sku":{"S":"A-1"}}}]}}`,
		`{"Id":{"S":"2"},"Country":{"S":"FR"},"Age":{"N":"40"},"Name":{"S":"Jane Roe"}}`)
	defer stop()
	log.SetOutput(io.Discard) // the report has times
	err := refresh(context.Background(), prod, stage, key)
	log.SetOutput(os.Stderr)
	if err != nil {
		log.Fatal(err)
	}
	show(stage, "StageUsers", "Country", "Name", "Email", "GSI1", "Pets.Judith.Age")
	// Output:
	// Country DE
	// Name Moises Bayer
	// Email timothy.hopkins.2s2ulzxt5c@example.com
	// GSI1 USER#timothy.hopkins.2s2ulzxt5c@example.com
	// Pets.Judith.Age 10
}

// oneTable is the job for a single-table design that the README shows.
func oneTable(prod, stage *dynamodb.Client) (*dynsync.Syncer, error) {
	// doc: one table
	is := func(words ...string) func(dynsync.Input) bool {
		return func(in dynsync.Input) bool {
			text, _ := in.Value.Text()
			return slices.Contains(words, text)
		}
	}
	id := dynsync.FirstOf(
		// USER#ann@corp.test gets the address that Email gets.
		dynsync.Delimited("#", dynsync.When(is("USER"), dynsync.Passthrough()), anon.Email()),
		// ORDER#7 and TENANT#4 pass.
		dynsync.Delimited("#", dynsync.When(is("ORDER", "TENANT"), dynsync.Passthrough()), dynsync.Passthrough()),
		dynsync.When(is("PROFILE"), dynsync.Passthrough()),
	)
	syncer, err := dynsync.New(
		dynsync.WithSource(prod), dynsync.WithDestination(stage, dynsync.Account(stageAccount)), dynsync.WithKey(key),
		dynsync.WithTable("app-prod", "app-stage",
			dynsync.WithLeakCheck(),
			dynsync.WithTransform("PK", id),
			dynsync.WithTransform("SK", id),
			dynsync.WithTransform("GSI1PK", id),
			dynsync.WithTransform("GSI1SK", id),
			dynsync.WithTransform("Type", dynsync.Passthrough()),
			dynsync.WithTransform("Email", anon.Email()),
			dynsync.WithTransform("Name", anon.FullName()),
		),
	)
	// end
	return syncer, err
}

// The job for a single-table design of the README.
func Example_oneTable() {
	prod, stage, stop := setUp("app-prod", "app-stage", "PK", "SK",
		`{"PK":{"S":"USER#ann@corp.test"},"SK":{"S":"PROFILE"},"GSI1PK":{"S":"TENANT#4"},"GSI1SK":{"S":"USER#ann@corp.test"},"Type":{"S":"user"},"Email":{"S":"ann@corp.test"},"Name":{"S":"Ann Lee"}}`,
		`{"PK":{"S":"USER#ann@corp.test"},"SK":{"S":"ORDER#7"},"GSI1PK":{"S":"ORDER#7"},"GSI1SK":{"S":"ORDER#7"},"Type":{"S":"order"},"Total":{"N":"12.50"}}`,
		`{"PK":{"S":"INVOICE#7"},"SK":{"S":"PROFILE"}}`)
	defer stop()
	syncer, err := oneTable(prod, stage)
	if err != nil {
		log.Fatal(err)
	}
	_, err = syncer.Sync(context.Background())
	fmt.Println(err)
	show(stage, "app-stage", "PK", "SK", "GSI1PK", "GSI1SK", "Type", "Email", "Name")
	// Output:
	// dynsync: table app-prod: 1 of 3 items failed, first: dynsync: table app-prod, path PK (S), FirstOf: the transformer does not apply to this key attribute: the condition of When does not hold; add a branch for keys of this form by FirstOf, with Reject as its last branch
	// PK USER#sylvia.casper.64io3o2dek@example.com
	// SK ORDER#7
	// GSI1PK ORDER#7
	// GSI1SK ORDER#7
	// Type order
	//
	// PK USER#sylvia.casper.64io3o2dek@example.com
	// SK PROFILE
	// GSI1PK TENANT#4
	// GSI1SK USER#sylvia.casper.64io3o2dek@example.com
	// Type user
	// Email sylvia.casper.64io3o2dek@example.com
	// Name Winston Ashley
}

// setUp returns a source and a destination in memory, and their tables; the source
// holds the items.
func setUp(source, destination, partition, sort string, items ...string) (prod, stage *dynamodb.Client, stop func()) {
	server := dynsynctest.NewServer()
	account := func(name, table string) *dynamodb.Client {
		client := server.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
		in := &dynamodb.CreateTableInput{TableName: &table, BillingMode: types.BillingModePayPerRequest}
		for name, kind := range map[string]types.KeyType{partition: types.KeyTypeHash, sort: types.KeyTypeRange} {
			if name != "" {
				in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS})
				in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String(name), KeyType: kind})
			}
		}
		slices.SortFunc(in.KeySchema, func(a, b types.KeySchemaElement) int { return strings.Compare(string(a.KeyType), string(b.KeyType)) })
		if _, err := client.CreateTable(context.Background(), in); err != nil {
			log.Fatal(err)
		}
		return client
	}
	prod, stage = account("prod", source), account("stage", destination)
	for _, item := range items {
		rec, err := dynsync.NewRecord([]byte(item))
		if err != nil {
			log.Fatal(err)
		}
		if _, err := prod.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &source, Item: rec.AttributeValues()}); err != nil {
			log.Fatal(err)
		}
	}
	return prod, stage, server.Close
}

// show prints the values at the paths of a table's items.
func show(client *dynamodb.Client, table string, paths ...string) {
	out, err := client.Scan(context.Background(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range out.Items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			log.Fatal(err)
		}
		for _, path := range paths {
			if v, ok := rec.Get(path); ok {
				fmt.Println(path, v.Any())
			}
		}
		fmt.Println()
	}
}
