package difftest

import (
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
)

// createTable makes a table on both: key is "pk:S" or "pk:S sk:N".
func (d *duel) createTable(name, key string) {
	d.Helper()
	request := obj{"TableName": name, "BillingMode": "PAY_PER_REQUEST"}
	request["KeySchema"], request["AttributeDefinitions"] = schema(key)
	d.table = name
	if real, fake := d.ask("CreateTable", request); real.status != 200 || fake.status != 200 {
		d.Fatalf("CreateTable: %v, %v", real, fake)
	}
}

func schema(key string) (keys, attributes []obj) {
	role := "HASH"
	for name, kind := range fields(key) {
		keys = append(keys, obj{"AttributeName": name, "KeyType": role})
		attributes = append(attributes, obj{"AttributeName": name, "AttributeType": kind})
		role = "RANGE"
	}
	return keys, attributes
}

// mixedItems reads the items that the tests of the whole module share.
func (d *duel) mixedItems() []json.RawMessage {
	d.Helper()
	text, err := os.ReadFile("../../testdata/mixed-items.json")
	if err != nil {
		d.Fatal(err)
	}
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil {
		d.Fatal(err)
	}
	return items
}

// fillMixed makes the table "Mix" with the mixed items, one half put one by
// one, the other in batches.
func (d *duel) fillMixed() {
	d.Helper()
	d.createTable("Mix", "pk:S")
	items := d.mixedItems()
	half := len(items) / 2
	for _, i := range items[:half] {
		d.must("PutItem", obj{"Item": i})
	}
	for batch := range slices.Chunk(items[half:], 25) {
		var puts []obj
		for _, i := range batch {
			puts = append(puts, obj{"PutRequest": obj{"Item": i}})
		}
		d.must("BatchWriteItem", obj{"RequestItems": obj{d.table: puts}})
	}
	d.compareTables()
}

// compareTables requires the two tables to hold the same items.
func (d *duel) compareTables() {
	d.Helper()
	for _, diff := range d.tableDifferences() {
		d.report("%s", diff)
	}
}

func (d *duel) tableDifferences() []string {
	d.Helper()
	var differences []string
	real, fake := d.contents(d.real), d.contents(d.fake)
	for key, text := range real {
		if fake[key] != text {
			differences = append(differences, fmt.Sprintf("after the writes the item %s is\nDynamoDB Local: %s\ndynsynctest:    %s",
				shortened([]byte(key)), shortened([]byte(text)), shortened([]byte(fake[key]))))
		}
	}
	for key, text := range fake {
		if real[key] == "" {
			differences = append(differences, fmt.Sprintf("after the writes only dynsynctest has %s", shortened([]byte(text))))
		}
	}
	return differences
}

// empty deletes all items of both tables, after which they are equal.
func (d *duel) empty() {
	d.Helper()
	for _, s := range []server{d.real, d.fake} {
		for key := range d.contents(s) {
			body := fmt.Sprintf(`{"TableName":%q,"Key":%s}`, d.table, key)
			if a, err := s.call(d.Context(), "DeleteItem", []byte(body)); err != nil || a.status != 200 {
				d.Fatalf("DeleteItem: %v %v", a, err)
			}
		}
	}
}

// contents scans a table; the items are under the JSON of their keys.
func (d *duel) contents(s server) map[string]string {
	d.Helper()
	contents := map[string]string{}
	request := obj{"TableName": d.table}
	for {
		body, err := json.Marshal(request)
		if err != nil {
			d.Fatal(err)
		}
		a, err := s.call(d.Context(), "Scan", body)
		if err != nil || a.status != 200 {
			d.Fatalf("Scan: %v %v", a, err)
		}
		d.requests++
		list, _ := a.body["Items"].([]any)
		for i, text := range a.items() {
			key := keyText(list[i].(map[string]any))
			if contents[key] != "" {
				d.Fatalf("Scan returned the key %s twice", key)
			}
			contents[key] = text
		}
		if a.body["LastEvaluatedKey"] == nil {
			return contents
		}
		request["ExclusiveStartKey"] = a.next("LastEvaluatedKey")
	}
}

// keyText is the JSON of an item's key, where the numbers are integers.
func keyText(item map[string]any) string {
	key := obj{"pk": item["pk"]}
	if item["sk"] != nil {
		key["sk"] = item["sk"]
	}
	return texts([]any{key})[0]
}

// fields yields the parts of "pk:S sk:N" in order.
func fields(key string) iter.Seq2[string, string] {
	return func(yield func(name, kind string) bool) {
		for part := range strings.FieldsSeq(key) {
			if name, kind, _ := strings.Cut(part, ":"); !yield(name, kind) {
				return
			}
		}
	}
}

// next returns a token or key of the answer as it was sent: canonical numbers
// are no good as keys.
func (a answer) next(member string) json.RawMessage {
	var body map[string]json.RawMessage
	if json.Unmarshal(a.raw, &body) != nil {
		return nil
	}
	return body[member]
}
