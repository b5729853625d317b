package difftest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// writeEdges puts items at the limits, and just past them, alone and in
// batches.
func (d *duel) writeEdges() {
	d.createTable("Edges", "pk:S sk:N")
	d.must("PutItem", obj{"Item": avMap(item{"pk": str("p"), "sk": num("1"), "a": num("1")})})
	for _, e := range edgeItems() {
		d.send("PutItem", `{"TableName":"Edges","Item":`+e+`}`)
		d.send("BatchWriteItem", `{"RequestItems":{"Edges":[{"PutRequest":{"Item":`+e+`}}]}}`)
	}
	for _, e := range edgeValues {
		d.send("PutItem", `{"TableName":"Edges","Item":{"pk":{"S":"v"},"sk":{"N":"1"},"a":`+e+`}}`)
		d.send("UpdateItem", `{"TableName":"Edges","Key":{"pk":{"S":"u"},"sk":{"N":"1"}},"UpdateExpression":"SET a = :v","ExpressionAttributeValues":{":v":`+e+`}}`)
		d.send("BatchWriteItem", `{"RequestItems":{"Edges":[{"PutRequest":{"Item":{"pk":{"S":"b"},"sk":{"N":"1"},"l":{"L":[`+e+`]}}}}]}}`)
		d.send("Scan", `{"TableName":"Edges","FilterExpression":"a = :v","ExpressionAttributeValues":{":v":`+e+`}}`)
	}
	for _, e := range edgeKeys {
		d.send("GetItem", `{"TableName":"Edges","Key":`+e+`}`)
		d.send("DeleteItem", `{"TableName":"Edges","Key":`+e+`}`)
		d.send("UpdateItem", `{"TableName":"Edges","Key":`+e+`}`)
		d.send("BatchGetItem", `{"RequestItems":{"Edges":{"Keys":[`+e+`]}}}`)
		d.send("BatchWriteItem", `{"RequestItems":{"Edges":[{"DeleteRequest":{"Key":`+e+`}}]}}`)
	}
	d.compareTables()
}

// edgeItems are put into a table pk:S sk:N.
func edgeItems() []string {
	key := `"pk":{"S":"e"},"sk":{"N":"1"}`
	items := []string{
		`{}`, `{"pk":{"S":"e"}}`, `{"sk":{"N":"1"}}`, `{"pk":{"N":"1"},"sk":{"N":"1"}}`, `{"pk":{"S":"e"},"sk":{"S":"1"}}`, `{"pk":{"S":""},"sk":{"N":"1"}}`,
		`{"pk":{"NULL":true},"sk":{"N":"1"}}`, `{"pk":{"S":"e"},"sk":{"N":""}}`, `{"pk":{"S":"e"},"sk":{"N":"x"}}`, `{"pk":{"S":"e"},"sk":{"N":"1e3"}}`, `{"pk":{"S":"e"},"sk":{"N":"-0"}}`,
		`{` + key + `,"":{"S":"x"}}`, `{` + key + `,"` + strings.Repeat("n", 65535) + `":{"S":"x"}}`, `{` + key + `,"` + strings.Repeat("n", 65536) + `":{"S":"x"}}`,
		`{` + key + `,"a":{"M":{"":{"S":"x"}}}}`, `{` + key + `,"a":{"S":"x"},"a":{"S":"y"}}`,
		`{"pk":{"S":"` + strings.Repeat("k", 2048) + `"},"sk":{"N":"1"}}`, `{"pk":{"S":"` + strings.Repeat("k", 2049) + `"},"sk":{"N":"1"}}`, `{"pk":{"S":"` + strings.Repeat("é", 1025) + `"},"sk":{"N":"1"}}`,
	}
	for _, size := range []int{409599, 409600, 409601} {
		// pk, e, sk and 1 are 7 bytes, 1 counting as a number.
		items = append(items,
			`{`+key+`,"a":{"S":"`+strings.Repeat("x", size-8)+`"}}`,
			`{`+key+`,"a":{"L":[`+strings.Repeat(`{"N":"1"},`, 100)+`{"S":"`+strings.Repeat("x", size-8-3-101-200)+`"}]}}`,
			`{`+key+`,"m":{"M":{"a":{"B":"`+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), size-8-3-1-1-2))+`"},"b":{"BOOL":true}}}}`)
	}
	for depth := 29; depth <= 34; depth++ {
		items = append(items,
			`{`+key+`,"a":`+strings.Repeat(`{"L":[`, depth)+`{"S":"x"}`+strings.Repeat(`]}`, depth)+`}`,
			`{`+key+`,"a":`+strings.Repeat(`{"M":{"x":`, depth)+`{"SS":["x"]}`+strings.Repeat(`}}`, depth)+`}`,
			`{`+key+`,"a":`+strings.Repeat(`{"M":{"x":{"L":[`, depth/2)+strings.Repeat(`]}}}`, depth/2)+`}`)
	}
	return items
}

// edgeValues are attribute values that are special in some way.
var edgeValues = []string{
	`{"S":""}`, `{"B":""}`, `{"M":{}}`, `{"L":[]}`, `{"SS":[]}`, `{"NS":[]}`, `{"BS":[]}`, `{"SS":[""]}`, `{"BS":[""]}`, `{"SS":["a","a"]}`, `{"BS":["YQ==","YQ=="]}`,
	`{"NS":["1","1"]}`, `{"NS":["1","1.0"]}`, `{"NS":["100","1e2"]}`, `{"NS":["0","-0"]}`, `{"NS":["x"]}`, `{"NS":["1","2","1E126"]}`, `{"NULL":true}`, `{"NULL":false}`,
	`{"BOOL":true}`, `{"BOOL":false}`, `{}`, `{"S":"a","N":"1"}`, `{"X":"a"}`, `{"S":null}`, `{"M":{"x":{}}}`, `{"L":[{"S":"a","N":"1"}]}`,
	`{"N":"1.0"}`, `{"N":"1e3"}`, `{"N":"0001"}`, `{"N":"00042"}`, `{"N":"-0"}`, `{"N":"+1"}`, `{"N":".5"}`, `{"N":"5."}`, `{"N":"1E125"}`, `{"N":"1E-130"}`, `{"N":"-9.9999999999999999999999999999999999999E+125"}`,
	`{"N":"12345678901234567890123456789012345678"}`, `{"N":"123456789012345678901234567890123456789"}`, `{"N":"100000000000000000000000000000000000000000"}`, `{"N":"0.000000000000000000000000000000000000000000001"}`,
	`{"N":"1e126"}`, `{"N":"-1e126"}`, `{"N":"1e-131"}`, `{"N":"-1e-131"}`, `{"N":"NaN"}`, `{"N":"Infinity"}`, `{"N":"0x1"}`, `{"N":" 1"}`, `{"N":"1 "}`, `{"N":"1_000"}`, `{"N":"1e"}`, `{"N":"e1"}`, `{"N":""}`, `{"N":"."}`,
	`{"N":"-"}`, `{"N":"1,5"}`, `{"N":"--1"}`, `{"N":"1e+5"}`, `{"N":"1E-5"}`, `{"N":"0e500"}`, `{"N":"1e99999999999"}`, `{"N":"0.10e1"}`,
	`{"S":"\ud800"}`, `{"S":"a\udc00b"}`, `{"S":"\ud83d\ude00"}`, `{"S":"\u0000\u001f\u007f\u2028"}`, `{"S":"\/\b\f\n\r\t\"\\"}`, `{"SS":["\ud800","\ud801"]}`, `{"M":{"\ud800":{"S":"x"}}}`,
	`{"B":"AA=="}`, `{"B":"AAA="}`, `{"B":"+/8="}`, `{"B":"AA"}`, `{"B":"-_8="}`, `{"B":"A===="}`, `{"B":"*"}`, `{"S":1}`, `{"N":1}`, `{"BOOL":"true"}`, `{"SS":"a"}`, `{"L":{}}`, `{"M":[]}`, `"x"`, `null`, `[]`,
}

// edgeKeys name an item of a table pk:S sk:N, more or less.
var edgeKeys = []string{
	`{"pk":{"S":"p"},"sk":{"N":"1.0"}}`, `{"pk":{"S":"p"},"sk":{"N":"10e-1"}}`, `{"pk":{"S":"none"},"sk":{"N":"1"}}`, `{}`, `{"pk":{"S":"p"}}`, `{"pk":{"S":"p"},"sk":{"S":"1"}}`, `{"pk":{"N":"1"},"sk":{"N":"1"}}`,
	`{"pk":{"S":"p"},"sk":{"N":"1"},"a":{"N":"1"}}`, `{"pk":{"S":"p"},"x":{"N":"1"}}`, `{"pk":{"S":""},"sk":{"N":"1"}}`, `{"pk":{"S":"p"},"sk":{"N":"x"}}`, `{"pk":{"S":"p"},"sk":{"NULL":true}}`,
	`{"pk":{"S":"p"},"sk":{}}`, `{"pk":{"S":"` + strings.Repeat("k", 2049) + `"},"sk":{"N":"1"}}`,
}

// requestEdges sends requests that are special as a whole.
func (d *duel) requestEdges() {
	d.createTable("Edges", "pk:S sk:N")
	d.must("PutItem", obj{"Item": avMap(item{"pk": str("p"), "sk": num("1"), "a": num("1"), "l": list(num("1")), "m": dict(item{"x": num("1")}), "s": ss("a")})})
	for _, op := range []string{"PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchWriteItem", "BatchGetItem", "ExecuteStatement", "BatchExecuteStatement", "DescribeTable", "ListTables", "DeleteTable", "Unheard"} {
		for _, body := range []string{`{}`, `{"TableName":"None"}`, `{"TableName":""}`, `{"TableName":"a"}`, `{"TableName":"a b c"}`, `{"TableName":null}`} {
			d.send(op, body)
		}
		for _, body := range []string{``, `[]`, `{`, `{"TableName":1}`, `{"TableName":"Edges",}`, "{\"TableName\":\"\xff\"}"} {
			d.bothRefuse(op, body)
		}
	}
	for _, edge := range edgeRequests() {
		d.send(edge.op, edge.request)
	}
	d.compareTables()
}

// bothRefuse is for what is no JSON, or not the JSON it should be: DynamoDB
// Local fails inside, for which there is no right answer.
func (d *duel) bothRefuse(op, body string) {
	d.Helper()
	real, fake := d.ask(op, body)
	if (real.status == 200) != (fake.status == 200) && !allowed(op, body, real.String(), fake.String()) {
		d.report("%s %s\nDynamoDB Local: %v\ndynsynctest:    %v", op, body, real, fake)
	}
}

type edgeRequest struct {
	op      string
	request obj
}

func edgeRequests() []edgeRequest {
	k := func(pk, sk string) map[string]json.RawMessage { return avMap(item{"pk": str(pk), "sk": num(sk)}) }
	put := func(pk, sk string) obj { return obj{"PutRequest": obj{"Item": k(pk, sk)}} }
	del := func(pk, sk string) obj { return obj{"DeleteRequest": obj{"Key": k(pk, sk)}} }
	many := func(n int) (list []obj) {
		for i := range n {
			list = append(list, put("many", fmt.Sprint(i)))
		}
		return list
	}
	keys := func(n int) (list []any) {
		for i := range n {
			list = append(list, k("many", fmt.Sprint(i)))
		}
		return list
	}
	batch := func(requests ...obj) edgeRequest {
		return edgeRequest{"BatchWriteItem", obj{"RequestItems": obj{"Edges": requests}}}
	}
	value := func(v types.AttributeValue) obj { return obj{":v": av(v)} }
	update := func(expression string, values obj, more ...string) edgeRequest {
		r := obj{"Key": k("p", "1"), "UpdateExpression": expression, "ReturnValues": "ALL_NEW"}
		if values != nil {
			r["ExpressionAttributeValues"] = values
		}
		if len(more) > 0 {
			r["ConditionExpression"] = more[0]
		}
		return edgeRequest{"UpdateItem", r}
	}
	one := value(num("1"))
	list := []edgeRequest{
		batch(), batch(many(25)...), batch(many(26)...), batch(put("x", "1"), put("x", "1")), batch(put("x", "1"), put("x", "1.0")), batch(put("x", "100"), put("x", "1e2")), batch(put("x", "0"), put("x", "-0")),
		batch(put("x", "1"), del("x", "1")), batch(del("x", "1"), del("x", "1")), batch(obj{}), batch(put("x", "1"), obj{}), batch(obj{"PutRequest": obj{}}), batch(obj{"DeleteRequest": obj{}}),
		batch(put("good", "1"), put("bad", "x")), batch(put("good", "1"), put("", "1")), batch(obj{"PutRequest": obj{"Item": k("x", "1")}, "DeleteRequest": obj{"Key": k("x", "1")}}), batch(del("p", "77"), put("x", "5")),
		{"BatchWriteItem", obj{"RequestItems": obj{}}}, {"BatchWriteItem", obj{"RequestItems": obj{"None": []obj{put("x", "1")}}}}, {"BatchWriteItem", obj{"RequestItems": obj{"Edges": []obj{put("y", "1")}, "None": []obj{put("x", "1")}}}},
		{"BatchGetItem", obj{"RequestItems": obj{}}}, {"BatchGetItem", obj{"RequestItems": obj{"Edges": obj{}}}}, {"BatchGetItem", obj{"RequestItems": obj{"Edges": obj{"Keys": keys(0)}}}}, {"BatchGetItem", obj{"RequestItems": obj{"Edges": obj{"Keys": keys(100)}}}},
		{"BatchGetItem", obj{"RequestItems": obj{"Edges": obj{"Keys": keys(101)}}}}, {"BatchGetItem", obj{"RequestItems": obj{"Edges": obj{"Keys": []any{k("p", "1"), k("p", "1.0")}}}}}, {"BatchGetItem", obj{"RequestItems": obj{"None": obj{"Keys": keys(1)}}}},
		{"GetItem", obj{"Key": k("p", "1"), "ProjectionExpression": "a, m.x, l[0], l[7], zzz"}}, {"GetItem", obj{"Key": k("p", "1"), "ProjectionExpression": "m.x, m.y"}}, {"GetItem", obj{"Key": k("p", "1"), "ProjectionExpression": "zzz"}},
		{"GetItem", obj{"Key": k("p", "1"), "ReturnConsumedCapacity": "TOTAL"}}, {"GetItem", obj{"Key": k("p", "1"), "ReturnConsumedCapacity": "TOTAL", "ConsistentRead": true}}, {"GetItem", obj{"Key": k("p", "77"), "ReturnConsumedCapacity": "TOTAL"}},
		{"PutItem", obj{"Item": k("p", "2"), "ReturnValues": "ALL_NEW"}}, {"PutItem", obj{"Item": k("p", "2"), "ReturnValues": "UPDATED_OLD"}}, {"DeleteItem", obj{"Key": k("p", "2"), "ReturnValues": "UPDATED_NEW"}},
		{"PutItem", obj{"Item": k("p", "2"), "ConditionExpression": ""}}, {"PutItem", obj{"Item": k("p", "2"), "ConditionExpression": "attribute_not_exists(pk)"}}, {"PutItem", obj{"Item": k("p", "2"), "ConditionExpression": "attribute_exists(pk)"}},
		{"PutItem", obj{"Item": k("p", "2"), "ConditionExpression": "pk = :v", "ExpressionAttributeValues": one}}, {"DeleteItem", obj{"Key": k("p", "2"), "ConditionExpression": "size(pk) = :v", "ExpressionAttributeValues": one}},
		update("", nil), update("SET", nil), update("SET a", nil), update("SET a = :v", nil), update("SET a = :v", obj{}), update("SET a = :v, a = :v", one), update("SET m.x = :v, m = :v", one), update("SET pk = :v", value(str("p"))), update("SET sk = sk + :v", one),
		update("SET a = :v REMOVE a", one), update("SET a = :v SET b = :v", one), update("FOO a", nil), update("SET zzz.x = :v", one), update("SET l[5] = :v", one), update("SET m[0] = :v", one), update("SET l.x = :v", one), update("SET a = zzz", nil),
		update("SET a = a + :v", value(str("x"))), update("SET a = s + :v", one), update("SET a = zzz + :v", one), update("SET l = list_append(l, :v)", one), update("SET l = list_append(a, l)", nil), update("SET l = list_append(zzz, l)", nil),
		update("ADD a :v", value(str("x"))), update("ADD a :v", value(ss("x"))), update("ADD s :v", one), update("ADD zzz :v", one), update("ADD s :v", value(ss("b", "a"))), update("DELETE s :v", value(ss("a", "b"))), update("DELETE s :v", value(ss("zzz"))),
		update("DELETE s :v", one), update("DELETE s :v", value(ns("1"))), update("DELETE a :v", value(ss("x"))), update("DELETE zzz2 :v", value(ss("x"))), update("REMOVE zzz3", nil), update("REMOVE l[0]", nil), update("REMOVE l[9]", nil), update("REMOVE m.x, m.y", nil),
		update("REMOVE zzz.x", nil), update("REMOVE pk", nil), update("ADD pk :v", one), update("ADD m.n :v", one), update("ADD l[0] :v", one), update("SET a = if_not_exists(a, :v)", one), update("SET b = if_not_exists(b, :v)", one), update("SET c = if_not_exists(:v, a)", one),
		update("SET a = :v + :v", one), update("SET a = a + a - a", nil), update("SET a = (a + :v)", one), update("SET a = size(a)", nil), update("SET a = foo(a)", nil), update("SET name = :v", one), update("SET #n = :v", one), update("SET a = :v + a", value(num("99999999999999999999999999999999999999"))),
		update("SET a = :v", one, "a = :v"), update("SET a = :v", one, "attribute_not_exists(pk)"), update("SET a = :v", one, ""), update("SET a = :v", value(num("9E125"))), update("SET b = a + :v", value(num("9E125"))), update("SET b = a - :v", value(num("1E-130"))),
		{"UpdateItem", obj{"Key": k("new", "1")}}, {"UpdateItem", obj{"Key": k("new", "2"), "ReturnValues": "ALL_NEW"}}, {"UpdateItem", obj{"Key": k("new", "3"), "ConditionExpression": "attribute_exists(pk)"}}, {"UpdateItem", obj{"Key": k("new", "4"), "UpdateExpression": "REMOVE a", "ReturnValues": "ALL_OLD"}},
		{"UpdateItem", obj{"Key": k("p", "1"), "UpdateExpression": "SET " + strings.Repeat("a", 4096) + " = :v", "ExpressionAttributeValues": one}},
		{"Scan", obj{"ExpressionAttributeValues": one}}, {"Scan", obj{"ProjectionExpression": "a", "ExpressionAttributeValues": one}}, {"Scan", obj{"ExpressionAttributeNames": obj{"#a": "a"}, "ExpressionAttributeValues": one}},
		{"GetItem", obj{"Key": k("p", "1"), "ExpressionAttributeNames": obj{"#a": "a"}}}, {"GetItem", obj{"Key": k("p", "1"), "ExpressionAttributeNames": obj{}}}, {"DeleteItem", obj{"Key": k("p", "1"), "ExpressionAttributeValues": one}},
		{"BatchGetItem", obj{"RequestItems": obj{"Edges": obj{"Keys": keys(1), "ExpressionAttributeNames": obj{"#a": "a"}}}}}, {"PutItem", obj{"Item": k("p", "2"), "ExpressionAttributeValues": one}},
	}
	return list
}

// numbers requires both to store numbers in the same words: those at the top
// level as the service brings them to one form, those inside lists and maps as
// DynamoDB Local leaves them, where dynsynctest is told to do that, too.
func (d *duel) numbers() {
	d.createTable("Numbers", "pk:S sk:N")
	for i, v := range edgeValues {
		if !strings.HasPrefix(v, `{"N`) {
			continue
		}
		for _, value := range []string{v, `{"L":[` + v + `]}`, `{"M":{"x":` + v + `}}`} {
			sk := fmt.Sprint(i)
			real, _ := d.send("PutItem", `{"TableName":"Numbers","Item":{"pk":{"S":"p"},"sk":{"N":"`+sk+`"},"a":`+value+`}}`)
			if real.status != 200 {
				continue
			}
			body := `{"TableName":"Numbers","Key":{"pk":{"S":"p"},"sk":{"N":"` + sk + `"}},"ProjectionExpression":"a"}`
			r, f := d.ask("GetItem", body)
			if string(r.raw) != string(f.raw) {
				d.report("%s is stored as\nDynamoDB Local: %s\ndynsynctest:    %s", value, r.raw, f.raw)
			}
		}
	}
}
