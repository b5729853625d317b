package dynsync_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/dynsync/dynsync"
)

// printTransformed prints what the rules make of an item.
func printTransformed(item string, rules ...dynsync.TableOption) {
	syncer, err := dynsync.New(dynsync.WithKey(key), dynsync.WithTable("ProdUsers", "StageUsers", rules...))
	if err != nil {
		log.Fatal(err)
	}
	rec, err := dynsync.NewRecord([]byte(item))
	if err != nil {
		log.Fatal(err)
	}
	if rec, err = syncer.Transform(context.Background(), "ProdUsers", rec); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", rec.DynamoDBJSON())
}

// upper is a transformer, so that the examples show what became of a value.
func upper() dynsync.Transformer {
	return dynsync.Func(func(_ context.Context, s string) (string, error) { return strings.ToUpper(s), nil })
}

func ExampleTemplate() {
	printTransformed(`{"PK":{"S":"USER#ann#DE"},"Name":{"S":"ann"},"Country":{"S":"DE"}}`,
		dynsync.WithTransform("Name", upper()),
		dynsync.WithTransform("Country", dynsync.Passthrough()),
		dynsync.WithTransform("PK", dynsync.Template("USER#{Name}#{Country}")))
	// Output:
	// {"Name":{"S":"ANN"},"Country":{"S":"DE"},"PK":{"S":"USER#ANN#DE"}}
}

// The key has the e-mail address in lower case and the number with zeros. The key of
// another item is made of something else, so that no template applies.
func ExampleTemplate_modifiers() {
	rules := []dynsync.TableOption{
		dynsync.WithTransform("Email", dynsync.Constant("Ben@Example.com")),
		dynsync.WithTransform("Number", dynsync.Passthrough()),
		dynsync.WithTransform("PK", dynsync.FirstOf(dynsync.Template("USER#{Email|lower}#{Number|pad=5}"), dynsync.Constant("other"))),
	}
	printTransformed(`{"PK":{"S":"USER#ann@example.com#00042"},"Email":{"S":"Ann@example.com"},"Number":{"N":"42"}}`, rules...)
	printTransformed(`{"PK":{"S":"USER#eve@example.com#00042"},"Email":{"S":"Ann@example.com"},"Number":{"N":"42"}}`, rules...)
	// Output:
	// {"Email":{"S":"Ben@Example.com"},"Number":{"N":"42"},"PK":{"S":"USER#ben@example.com#00042"}}
	// {"Email":{"S":"Ben@Example.com"},"Number":{"N":"42"},"PK":{"S":"other"}}
}

func ExampleJSON() {
	printTransformed(`{"Payload":{"S":"{\"user\":{\"name\":\"ann\",\"plan\":\"pro\"}}"}}`,
		dynsync.WithTransform("Payload", dynsync.JSON(
			dynsync.WithTransform("user.name", upper()),
			dynsync.WithTransform("user.plan", dynsync.Passthrough()))))
	// Output:
	// {"Payload":{"S":"{\"user\":{\"name\":\"ANN\",\"plan\":\"pro\"}}"}}
}

func ExampleFirstOf() {
	isTest := func(in dynsync.Input) bool {
		text, _ := in.Value.Text()
		return strings.HasPrefix(text, "test-")
	}
	rule := dynsync.WithTransform("Name", dynsync.FirstOf(dynsync.When(isTest, dynsync.Passthrough()), upper()))
	printTransformed(`{"Name":{"S":"test-user"}}`, rule)
	printTransformed(`{"Name":{"S":"ann"}}`, rule)
	// Output:
	// {"Name":{"S":"test-user"}}
	// {"Name":{"S":"ANN"}}
}

func ExampleFunc_struct() {
	type address struct {
		City string
		Zip  string
	}
	printTransformed(`{"Address":{"M":{"City":{"S":"Berlin"},"Zip":{"S":"10115"}}}}`,
		dynsync.WithTransform("Address", dynsync.Func(func(_ context.Context, a address) (address, error) {
			a.City, a.Zip = "Anytown", a.Zip[:2]+"000"
			return a, nil
		})))
	// Output:
	// {"Address":{"M":{"City":{"S":"Anytown"},"Zip":{"S":"10000"}}}}
}

func ExampleWithRecordTransform() {
	printTransformed(`{"First":{"S":"ann"},"Last":{"S":"roe"}}`,
		dynsync.WithDefaultTransform(upper(), dynsync.KindS),
		dynsync.WithRecordTransform(func(_ context.Context, r *dynsync.Record) error {
			first, _ := r.Get("First")
			text, _ := first.Text()
			return r.Set("Greeting", "Hello "+text)
		}))
	// Output:
	// {"First":{"S":"ANN"},"Last":{"S":"ROE"},"Greeting":{"S":"Hello ANN"}}
}

func ExampleWithLeakCheck() {
	printTransformed(`{"Name":{"S":"Annabel"},"Note":{"S":"call Annabel"}}`,
		dynsync.WithTransform("Name", dynsync.Constant("someone")),
		dynsync.WithTransform("Note", dynsync.Passthrough()),
		dynsync.WithLeakCheck())
	// Output:
	// dynsync: table ProdUsers, path Note (S), WithLeakCheck: the original value of Name is in Note: take another transformer in the rule Note (Passthrough), or pass Name
}
