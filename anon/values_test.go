package anon

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
)

// testKey is the key of every test that needs one.
var testKey = []byte("Gq3vT8yXw0nZbR5uJ1sKfD7mPa9hLcE2")

// outText returns what a transformer makes of a string or number, which is to be
// of the same kind.
func outText(t *testing.T, tr dynsync.Transformer, v any) string {
	t.Helper()
	out, err := apply(t, tr, v)
	if err != nil {
		t.Errorf("%v: %v", v, err)
		return ""
	}
	if fmt.Sprintf("%T", out) != fmt.Sprintf("%T", v) {
		t.Errorf("%v became a %T", v, out)
	}
	return fmt.Sprint(out)
}

// refused checks that a transformer does not apply to values, and that it fails
// them if it is strict.
func refused(t *testing.T, makeOne func(...Option) dynsync.Transformer, values ...any) {
	t.Helper()
	for _, v := range values {
		if out, err := apply(t, makeOne(), v); !errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("%.50v became %v, %v", v, out, err)
		}
		if out, err := apply(t, makeOne(Strict()), v); err == nil || errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("%.50v, strictly, became %v, %v", v, out, err)
		}
	}
}

// faulty checks that transformers say that their options are not legal.
func faulty(t *testing.T, all ...dynsync.Transformer) {
	t.Helper()
	for i, tr := range all {
		if describe(tr).Err == nil {
			t.Errorf("options %d of %s are taken", i, describe(tr).Name)
		}
	}
}

func describe(tr dynsync.Transformer) dynsync.Description {
	return tr.(describer).Describe()
}

func isUniqueness(t *testing.T, tr dynsync.Transformer, want dynsync.Uniqueness) {
	t.Helper()
	d := describe(tr)
	if d.Err != nil || d.Uniqueness != want {
		t.Errorf("%s %s: uniqueness %v, %v", d.Name, d.Options, d.Uniqueness, d.Err)
	}
}

// transformed returns items with the string key "Id", as a job with these rules
// makes them of others, by the attribute "Name", which stays.
func transformed(t *testing.T, items []map[string]any, opts ...dynsync.TableOption) map[string]*dynsync.Record {
	t.Helper()
	srv := dynsynctest.NewServer()
	defer srv.Close()
	client, ctx := srv.Client(), context.Background()
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String("Table"),
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
		BillingMode:          types.BillingModePayPerRequest,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Table"), Item: rec.AttributeValues()}); err != nil {
			t.Fatal(err)
		}
	}
	opts = append(opts, dynsync.WithTransform("Name", dynsync.Passthrough()))
	job, err := dynsync.New(dynsync.WithSource(client), dynsync.WithKey(testKey), dynsync.WithTable("Table", "Copy", opts...))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*dynsync.Record{}
	for rec, err := range job.Transformed(ctx, "Table") {
		if err != nil {
			t.Fatal(err)
		}
		out[textAt(t, rec, "Name")] = rec
	}
	return out
}

func textAt(t *testing.T, rec *dynsync.Record, path string) string {
	t.Helper()
	v, _ := rec.Get(path)
	text, ok := v.Text()
	if !ok {
		t.Fatalf("no text at %s", path)
	}
	return text
}

func TestGenerateFromNothing(t *testing.T) {
	for _, tr := range []dynsync.Transformer{
		Int(), Float(), UnixTime(), Timestamp(), CardNumber(), IBAN(Region("NL")), SSN(), Mask(option{"preserveLength", true}), Redact(),
	} {
		out, err := Generate(tr).Transform(t.Context(), dynsync.Input{Value: dynsync.MissingValue()})
		if text, ok := out.Text(); err != nil || !ok || text == "" {
			t.Errorf("%s generated %q, %v", describe(tr).Name, text, err)
		}
	}
	faulty(t, Generate(Noise()), Generate(IBAN()), Generate(ShiftTime()), Generate(Digits()), Generate(Scramble()), Generate(Truncate(Length(1))))
}

// A describer is a transformer that describes itself.
type describer interface{ Describe() dynsync.Description }
