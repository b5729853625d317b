package dynsync

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// awkwardNames mean something in expressions, in statements or in paths.
var awkwardNames = []string{"#id", "#", "#0", "##", ":id", ":", ":0", ": :", "#k", "size", "SELECT", "NULL", "a.b", "a[0]", " id", "id ", "a b", "o'c", `q"q`, `b\s`, "é", "-", "0", "*", "?"}

// named makes a table whose partition key has that name, and whose sort key has it, too,
// with an end.
func named(name string) func(*dynamodb.CreateTableInput) {
	sort := name + "2"
	return func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions = []types.AttributeDefinition{{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS}, {AttributeName: &sort, AttributeType: types.ScalarAttributeTypeS}}
		in.KeySchema = []types.KeySchemaElement{{AttributeName: &name, KeyType: types.KeyTypeHash}, {AttributeName: &sort, KeyType: types.KeyTypeRange}}
	}
}

// namedPair is a pair whose tables "Source-X" and "Destination-X" have such keys; the
// source has the items.
func namedPair(t *testing.T, name string, items ...map[string]any) *pair {
	t.Helper()
	p := newPair(t)
	p.create(t, p.source.Client(), "Source-X", named(name))
	p.create(t, p.to, "Destination-X", named(name))
	p.fillTable(t, "Source-X", items...)
	return p
}

// textOf returns the items of a table as text, in the order of a Scan.
func textOf(t *testing.T, client *dynamodb.Client, table string) string {
	t.Helper()
	out, err := client.Scan(context.Background(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, item := range out.Items {
		rec, err := NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(rec.DynamoDBJSON()))
	}
	return strings.Join(texts, "\n")
}

// Any name can be that of an attribute, of a member and of a key, in every mode, also where
// the answer of a request is lost and the item is read back.
func TestAwkwardNamesAreWritten(t *testing.T) {
	t.Parallel()
	for _, name := range awkwardNames {
		for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
			t.Run(fmt.Sprintf("%q/%v", name, mode), func(t *testing.T) {
				item := map[string]any{name: "a", name + "2": "b", name + "3": "c", "M": map[string]any{name: "d", ":" + name: 1}}
				p := namedPair(t, name, item)
				lost := 0
				p.dest.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
					if writes := strings.HasPrefix(r.Op, "Batch") || r.Op == "PutItem" || r.Op == "UpdateItem"; writes && lost == 0 {
						lost++
						return dynsynctest.ApplyThenDrop()
					}
					return dynsynctest.Action{}
				})
				report, err := p.syncer(t, WithTable("Source-X", "Destination-X", clearCopy(), WithMode(mode))).Sync(context.Background())
				if r := report.Tables[0]; err != nil || r.Written != 1 || lost != 1 {
					t.Fatalf("%v\n%v", err, r)
				}
				if got, want := textOf(t, p.to, "Destination-X"), textOf(t, p.from, "Source-X"); got != want {
					t.Errorf("%s became %s", want, got)
				}
			})
		}
	}
}

// A condition may name it: an attribute, a member, a partition key and a sort key.
func TestAwkwardNamesInConditions(t *testing.T) {
	t.Parallel()
	for _, name := range awkwardNames {
		quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
		for _, where := range []string{quoted(name) + " = ?", quoted(name+"2") + " = ?", quoted(name+"3") + " = ?", "M." + quoted(name) + " = ?", quoted(name) + " = ? AND " + quoted(name+"2") + " = ?"} {
			for _, segments := range []int{0, 2} {
				p := namedPair(t, name,
					map[string]any{name: "a", name + "2": "a", name + "3": "a", "M": map[string]any{name: "a"}},
					map[string]any{name: "b", name + "2": "b", name + "3": "b", "M": map[string]any{name: "b"}})
				opts := []TableOption{clearCopy(), WithWhere(where, []any{"a", "a"}[:strings.Count(where, " = ?")]...)}
				if segments > 0 {
					opts = append(opts, WithSegments(segments))
				}
				report, err := p.syncer(t, WithTable("Source-X", "Destination-X", opts...)).Sync(context.Background())
				if r := report.Tables[0]; err != nil || r.Written != 1 {
					t.Errorf("%s, %d segments: %v\n%v", where, segments, err, r)
				}
			}
			if testing.Short() {
				break
			}
		}
	}
}

// DynamoDB Local takes the same names.
func TestLocalAwkwardNames(t *testing.T) {
	t.Parallel()
	server := sharedLocal(t)
	from, to := server.Client("awkward-from", "eu-central-1"), server.Client("awkward-to", "eu-central-1")
	for i, name := range awkwardNames {
		p := &pair{from: from, to: to}
		source := fmt.Sprint("Source-", i)
		p.create(t, from, source, named(name))
		item, err := NewRecord(map[string]any{name: "a", name + "2": "b", name + "3": "c"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := from.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &source, Item: item.AttributeValues()}); err != nil {
			t.Fatal(err)
		}
		for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
			dest := fmt.Sprintf("Destination-%d-%v", i, mode)
			p.create(t, to, dest, named(name))
			where := `"` + strings.ReplaceAll(name, `"`, `""`) + `" = ?`
			report, err := p.syncer(t, WithTable(source, dest, clearCopy(), WithMode(mode), WithWhere(where, "a"))).Sync(context.Background())
			if r := report.Tables[0]; err != nil || r.Written != 1 {
				t.Errorf("%q, %v: %v\n%v", name, mode, err, r)
			} else if got, want := textOf(t, to, dest), textOf(t, from, source); got != want {
				t.Errorf("%q, %v: %s became %s", name, mode, want, got)
			}
		}
	}
}

// Replay reads the items of such keys one by one.
func TestAwkwardNamesAreReplayed(t *testing.T) {
	t.Parallel()
	for _, name := range awkwardNames {
		p := namedPair(t, name, map[string]any{name: "a", name + "2": "b", "x": "c"}, map[string]any{name: "b", name + "2": "b", "x": "c"})
		remove := p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
			return dynsynctest.Fail(400, "ValidationException", "no")
		})
		letters := filepath.Join(t.TempDir(), "letters")
		table := WithTable("Source-X", "Destination-X", clearCopy())
		if report, err := p.syncer(t, table, WithDeadLetters(letters)).Sync(context.Background()); err == nil || report.Tables[0].Failed != 2 {
			t.Fatalf("%v\n%v", err, report)
		}
		remove()
		report, err := p.syncer(t, table).Replay(context.Background(), letters)
		if err != nil {
			t.Errorf("%q: %v\n%v", name, err, report)
			continue
		}
		if got, want := textOf(t, p.to, "Destination-X"), textOf(t, p.from, "Source-X"); got != want {
			t.Errorf("%q: %s became %s", name, want, got)
		}
	}
}
