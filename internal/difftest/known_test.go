package difftest

import (
	"fmt"
	"strings"
)

// knownDifferences asks for what DynamoDB Local is known to answer in another
// way than the service, so that the table of differences shows that it does.
func (d *duel) knownDifferences() {
	d.createIndexed()
	d.foreignToken()
	d.send("ExecuteStatement", obj{"Statement": `SELECT * FROM "Indexed" WHERE pk = 'p1'`, "ReturnConsumedCapacity": "TOTAL"})
	d.send("Scan", obj{"IndexName": "globalA", "FilterExpression": "c = :v", "ExpressionAttributeValues": obj{":v": av(str("cc"))}})
	d.send("ExecuteStatement", obj{"Statement": `SELECT * FROM "Indexed"."globalA" WHERE c = 'cc'`})
	d.send("Scan", `{"TableName":"Indexed","Limit":3000000000}`)
	d.send("CreateTable", obj{"TableName": "indexed", "BillingMode": "PAY_PER_REQUEST", "KeySchema": []obj{{"AttributeName": "pk", "KeyType": "HASH"}}, "AttributeDefinitions": []obj{{"AttributeName": "pk", "AttributeType": "S"}}})
	d.nestedNumber()
	d.updateSize()
}

// foreignToken goes on with the token of another statement.
func (d *duel) foreignToken() {
	d.Helper()
	real, fake := d.ask("ExecuteStatement", obj{"Statement": `SELECT * FROM "Indexed"`, "Limit": 1})
	var answers [2]answer
	for i, next := range []struct {
		server
		token any
	}{{d.real, real.next("NextToken")}, {d.fake, fake.next("NextToken")}} {
		a, err := next.call(d.Context(), "ExecuteStatement", d.body("ExecuteStatement", obj{"Statement": `SELECT * FROM "Indexed" WHERE a = 77`, "NextToken": next.token}))
		if err != nil {
			d.Fatal(err)
		}
		answers[i] = a
	}
	if diff := d.compare("ExecuteStatement", []byte("NextToken of another statement"), answers[0], answers[1]); diff != "" {
		d.report("the token of another statement:\n%s", diff)
	}
	d.diverged = false // it was only read
}

// nestedNumber looks at the text of a number inside a list.
func (d *duel) nestedNumber() {
	d.Helper()
	d.must("PutItem", obj{"Item": avMap(item{"pk": str("nested"), "sk": num("1"), "x": list(num("1.50"), num("1E2"))})})
	real, fake := d.must("GetItem", obj{"Key": avMap(item{"pk": str("nested"), "sk": num("1")}), "ProjectionExpression": "x"})
	if string(real.raw) != string(fake.raw) && !allowed("GetItem text", "", string(real.raw), string(fake.raw)) {
		d.report("a number in a list:\nDynamoDB Local: %s\ndynsynctest:    %s", real.raw, fake.raw)
	}
}

// updateSize sets a hundred attributes of what is then just under the largest
// item.
func (d *duel) updateSize() {
	d.Helper()
	p := newExpressionPrinter()
	var sets []string
	for i := range 100 {
		sets = append(sets, p.name(fmt.Sprintf("a%02d", i))+" = "+p.value(str(strings.Repeat("x", 4080))))
	}
	request := obj{"Key": avMap(item{"pk": str("large"), "sk": num("1")}), "UpdateExpression": "SET " + strings.Join(sets, ", ")}
	p.addTo(request)
	d.send("UpdateItem", request)
}
