package dynsync_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
)

// setUp returns a source and a destination in memory; the table ProdUsers holds
// these items.
func setUp(items ...string) (prod, stage *dynamodb.Client, stop func()) {
	server := dynsynctest.NewServer()
	ctx := context.Background()
	account := func(name string) *dynamodb.Client {
		return server.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
	}
	prod, stage = account("prod"), account("stage")
	for client, table := range map[*dynamodb.Client]string{prod: "ProdUsers", stage: "StageUsers"} {
		_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName:            aws.String(table),
			BillingMode:          types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
			KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	for _, item := range items {
		rec, err := dynsync.NewRecord([]byte(item))
		if err != nil {
			log.Fatal(err)
		}
		if _, err := prod.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("ProdUsers"), Item: rec.AttributeValues()}); err != nil {
			log.Fatal(err)
		}
	}
	return prod, stage, server.Close
}

var key = bytes.Repeat([]byte("a key from a secret store, "), 2)

func Example() {
	prod, stage, stop := setUp(
		`{"Id":{"S":"1"},"Name":{"S":"John Doe"},"Country":{"S":"DE"},"Pets":{"M":{"Judith":{"M":{"Age":{"N":"12"}}}}}}`,
		`{"Id":{"S":"2"},"Name":{"S":"Jane Roe"},"Country":{"S":"FR"}}`)
	defer stop()

	syncer, err := dynsync.New(
		dynsync.WithSource(prod),
		dynsync.WithDestination(stage),
		dynsync.WithKey(key),
		dynsync.WithTable("ProdUsers", "StageUsers",
			dynsync.WithWhere(`Country = ?`, "DE"),
			dynsync.WithLeakCheck(),
			dynsync.WithTransform("Country", dynsync.Passthrough()),
			dynsync.WithTransform("Pets.*.Age", dynsync.Func(func(_ context.Context, age int64) (int64, error) {
				return age / 10 * 10, nil
			})),
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	report, err := syncer.Sync(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	t := report.Tables[0]
	fmt.Printf("read %d, written %d, filtered %d, failed %d\n", t.Read, t.Written, t.Filtered, t.Failed)
	// Output:
	// read 1, written 1, filtered 0, failed 0
}

func ExampleSyncer_Transformed() {
	prod, _, stop := setUp(`{"Id":{"S":"1"},"Email":{"S":"ann@example.com"},"Tags":{"SS":["new","vip"]}}`)
	defer stop()
	upper := dynsync.Func(func(_ context.Context, s string) (string, error) { return strings.ToUpper(s), nil })
	syncer, err := dynsync.New(
		dynsync.WithSource(prod),
		dynsync.WithTable("ProdUsers", "StageUsers",
			dynsync.WithLeakCheck(),
			dynsync.WithTransform("Email", dynsync.Constant("someone@example.com")),
			dynsync.WithTransform("Tags", upper), // a set stays a set
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	for rec, err := range syncer.Transformed(context.Background(), "ProdUsers") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", rec.DynamoDBJSON())
	}
	// Output:
	// {"Email":{"S":"someone@example.com"},"Id":{"S":"1"},"Tags":{"SS":["NEW","VIP"]}}
}

func ExampleRecord_Flatten() {
	rec, err := dynsync.NewRecord(map[string]any{
		"Id":   "1",
		"Pets": map[string]any{"Judith": map[string]any{"Age": 12}},
		"Tags": []string{"a", "b"},
	})
	if err != nil {
		log.Fatal(err)
	}
	flat := rec.Flatten()
	for _, path := range []string{"Id", "Pets.Judith.Age", "Tags"} {
		fmt.Println(path, flat.Kinds[path], flat.Values[path])
	}
	// Output:
	// Id S 1
	// Pets.Judith.Age N 12
	// Tags SS [a b]
}

func ExampleDelimited() {
	prod, _, stop := setUp(`{"Id":{"S":"1"},"GSI1":{"S":"CUSTOMER#ann@example.com#2024"}}`)
	defer stop()
	syncer, err := dynsync.New(
		dynsync.WithSource(prod),
		dynsync.WithTable("ProdUsers", "StageUsers",
			dynsync.WithLeakCheck(),
			dynsync.WithTransform("GSI1", dynsync.Delimited("#",
				dynsync.Passthrough(),
				dynsync.Constant("someone@example.com"),
				dynsync.Passthrough())),
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	for rec, err := range syncer.Transformed(context.Background(), "ProdUsers") {
		if err != nil {
			log.Fatal(err)
		}
		v, _ := rec.Get("GSI1")
		text, _ := v.Text()
		fmt.Println(text)
	}
	// Output:
	// CUSTOMER#someone@example.com#2024
}

func ExampleNew_faults() {
	_, err := dynsync.New(
		dynsync.WithKey([]byte("too short")),
		dynsync.WithTable("ProdUsers", "StageUsers",
			dynsync.WithTransform("Pets", dynsync.Constant(nil)),
			dynsync.WithTransform("Pets.Judith", dynsync.Constant(nil)),
			dynsync.WithWhere(`Country = ?`),
		),
	)
	fmt.Println(err)
	// Output:
	// dynsync: WithKey needs 32 bytes or more, from a random source; it has 9
	// dynsync: table ProdUsers: WithWhere: the condition has 1 parameter (?), and 0 values were given; write ? for each value, and nothing else
	// dynsync: table ProdUsers: rule "Pets.Judith" lies below rule "Pets", whose Constant already transforms everything there; only Passthrough and Remove leave room for deeper rules
}

func ExampleOpenDeadLetters() {
	prod, stage, stop := setUp(`{"Id":{"S":"1"},"Age":{"N":"7"}}`, `{"Id":{"S":"2"},"Age":{"S":"seven"}}`)
	defer stop()
	dir, err := os.MkdirTemp("", "dynsync")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "dead.jsonl")
	syncer, err := dynsync.New(
		dynsync.WithSource(prod),
		dynsync.WithDestination(stage),
		dynsync.WithKey(key),
		dynsync.WithDeadLetters(file),
		dynsync.WithTable("ProdUsers", "StageUsers",
			dynsync.WithLeakCheck(),
			dynsync.WithDefaultTransform(dynsync.Reject()),
			dynsync.WithTransform("Age", dynsync.OnKind(dynsync.KindN, dynsync.Constant(1))),
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	report, _ := syncer.Sync(context.Background())
	fmt.Println("failed:", report.Tables[0].Failed)
	for letter, err := range dynsync.OpenDeadLetters(file, key) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(letter) // the key is not printed
		fmt.Printf("%s\n", letter.Key.DynamoDBJSON())
	}
	// Output:
	// failed: 1
	// ProdUsers: failed: dynsync: table ProdUsers, path Age (S), default: Reject: no value is expected at this path
	// {"Id":{"S":"2"}}
}

func ExampleSyncer_LastRun() {
	prod, stage, stop := setUp(`{"Id":{"S":"1"},"Name":{"S":"John Doe"}}`, `{"Id":{"S":"2"},"Name":{"S":"Jane Roe"}}`)
	defer stop()
	dir, err := os.MkdirTemp("", "dynsync")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	syncer, err := dynsync.New(
		dynsync.WithSource(prod),
		dynsync.WithDestination(stage),
		dynsync.WithKey(key),
		dynsync.WithCheckpoint(dynsync.FileCheckpoint(dir)),
		dynsync.WithTable("ProdUsers", "StageUsers"),
	)
	if err != nil {
		log.Fatal(err)
	}
	if run, err := syncer.LastRun(context.Background()); err == nil && run.Outcome == "none" {
		fmt.Println("it never ran")
	}
	if _, err := syncer.Sync(context.Background()); err != nil {
		log.Fatal(err)
	}
	run, err := syncer.LastRun(context.Background()) // in a later process, too
	if err != nil {
		log.Fatal(err)
	}
	t := run.Tables[0]
	fmt.Printf("%s: read %d, written %d, under the key %s\n", run.Outcome, t.Outcomes.Read, t.Outcomes.Written, run.KeyID)
	// Output:
	// it never ran
	// done: read 2, written 2, under the key bb5ddda4fb60b3a7
}

func ExampleSyncer_Transform() {
	syncer, err := dynsync.New( // a test of rules needs no clients
		dynsync.WithKey(key),
		dynsync.WithTable("ProdUsers", "StageUsers",
			dynsync.WithTransform("Id", dynsync.Passthrough()),
			dynsync.WithTransform("Email", dynsync.Constant("someone@example.com")),
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	rec, err := dynsync.NewRecord(map[string]any{"Id": "1", "Email": "john@doe.example"})
	if err != nil {
		log.Fatal(err)
	}
	made, err := syncer.Transform(context.Background(), "ProdUsers", rec)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(made.DynamoDBJSON()))
	// Output:
	// {"Email":{"S":"someone@example.com"},"Id":{"S":"1"}}
}

func ExampleSyncer_Plan() {
	prod, stage, stop := setUp()
	defer stop()
	syncer, err := dynsync.New(
		dynsync.WithSource(prod),
		dynsync.WithDestination(stage),
		dynsync.WithTable("ProdUsers", "StageUsers",
			dynsync.WithSegments(16),
			dynsync.WithReadCapacity(dynsync.Units(5000)),
			dynsync.WithWhere(`Country = ? AND Age >= ?`, "DE", 18),
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	plan, err := syncer.Plan(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range plan.Tables {
		t.SourceEndpoint, t.DestinationEndpoint = "", "" // their ports differ from run to run
	}
	fmt.Println(plan)
	// Output:
	// ProdUsers: ProdUsers → StageUsers
	//   from   arn:aws:dynamodb:us-east-1:143579735134:table/ProdUsers
	//   to     arn:aws:dynamodb:us-east-1:062341723678:table/StageUsers
	//   read   Scan, 16 segments, 16 pages at a time, 5000 capacity units/s; the job asks for segments
	//   where  #0 = :0 AND #1 >= :1
	//   write  BatchWriteItem, no limit; ModePut, which replaces an item that has the key
	//   key    Id: as read
	//          keys are one-to-one
	//   about  unknown: DescribeTable reports no items, as of a new table
	// Items and units are estimates, by counts that DynamoDB makes every six hours or so.
}

func ExampleSyncer_Write() {
	prod, stage, stop := setUp()
	defer stop()
	syncer, err := dynsync.New(
		dynsync.WithSource(prod),
		dynsync.WithDestination(stage),
		dynsync.WithKey(key),
		dynsync.WithTable("ProdUsers", "StageUsers", dynsync.WithTransform("Plan", dynsync.Passthrough())),
	)
	if err != nil {
		log.Fatal(err)
	}
	fixtures := func(yield func(*dynsync.Record, error) bool) {
		for _, plan := range []string{"free", "pro"} {
			rec, err := dynsync.NewRecord(map[string]any{"Id": plan, "Plan": plan})
			if !yield(rec, err) {
				return
			}
		}
	}
	report, err := syncer.Write(context.Background(), "ProdUsers", fixtures)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("written:", report.Written)
	// Output:
	// written: 2
}

// A job that ended early resumes when it runs again.
func ExampleWithCheckpoint() {
	var items []string
	for i := range 40 {
		items = append(items, fmt.Sprintf(`{"Id":{"S":"%02d"}}`, i))
	}
	prod, stage, stop := setUp(items...)
	defer stop()
	dir, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	for {
		syncer, err := dynsync.New(
			dynsync.WithSource(prod),
			dynsync.WithDestination(stage),
			dynsync.WithKey(key),
			dynsync.WithTable("ProdUsers", "StageUsers", dynsync.WithPageSize(10)),
			dynsync.WithCheckpoint(dynsync.FileCheckpoint(dir)),
			dynsync.WithMaxCapacity(20), // of each run
		)
		if err != nil {
			log.Fatal(err)
		}
		report, err := syncer.Sync(context.Background())
		switch dynsync.ExitCode(err) {
		case 0:
			fmt.Println("written by all runs:", report.Tables[0].Job.Written)
			return
		case 6: // resumable
		default:
			log.Fatal(err)
		}
	}
	// Output:
	// written by all runs: 40
}
