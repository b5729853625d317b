package difftest

import (
	"fmt"
	"strings"
)

// capacities asks both what requests consume: each request of the modes of
// writing, about items at the bounds of a unit.
func (d *duel) capacities() {
	d.createTable("Other", "pk:S")
	d.createTable("Units", "pk:S sk:N")
	for _, r := range capacityRequests() {
		r.request["ReturnConsumedCapacity"] = "TOTAL"
		d.must(r.op, r.request)
	}
	for _, table := range []string{"Other", "Units"} {
		d.table = table
		d.compareTables()
	}
	d.indexCapacities()
}

// capacityRequests go to the tables Units, pk:S sk:N, and Other, pk:S, in that
// order.
func capacityRequests() []edgeRequest {
	batch := func(tables obj) edgeRequest { return edgeRequest{"BatchWriteItem", obj{"RequestItems": tables}} }
	put := func(i item) obj { return obj{"PutRequest": obj{"Item": avMap(i)}} }
	get := func(size string, consistent bool) edgeRequest {
		return edgeRequest{"GetItem", obj{"Key": avMap(unitsKey(size)), "ConsistentRead": consistent}}
	}
	var list []edgeRequest
	for _, size := range []int{20, 1024, 1025, 2048, 4096, 4097, 409600} {
		name := fmt.Sprint(size)
		list = append(list, edgeRequest{"PutItem", obj{"Item": avMap(sized(name, size))}}, get(name, false), get(name, true))
	}
	return append(list,
		get("none", false), get("none", true),
		edgeRequest{"PutItem", obj{"Item": avMap(sized("2048", 20))}},   // in place of a larger one
		edgeRequest{"PutItem", obj{"Item": avMap(sized("2048", 3000))}}, // in place of a smaller one
		setUnits("1024", 20), setUnits("1024", 5000), setUnits("1024", 5000), setUnits("none", 1025),
		edgeRequest{"UpdateItem", obj{"Key": avMap(unitsKey("1025")), "UpdateExpression": "REMOVE a"}},
		edgeRequest{"UpdateItem", obj{"Key": avMap(unitsKey("1025")), "UpdateExpression": "REMOVE a"}},
		edgeRequest{"UpdateItem", obj{"Key": avMap(unitsKey("bare"))}},
		batch(obj{"Units": []obj{put(sized("4097", 1024)), put(sized("b", 1025)), put(sized("c", 20))}}),
		batch(obj{"Units": []obj{put(sized("b", 20)), put(sized("d", 2049))}, "Other": []obj{put(item{"pk": str("b")}), put(item{"pk": str("c"), "a": str(strings.Repeat("x", 1024))})}}),
		batch(obj{"Other": []obj{put(item{"pk": str("b")})}, "Units": []obj{put(sized("b", 20))}}),
		edgeRequest{"Scan", obj{}}, edgeRequest{"Scan", obj{"ConsistentRead": true}}, edgeRequest{"Scan", obj{"TableName": "Other"}},
		edgeRequest{"Scan", obj{"FilterExpression": "attribute_not_exists(pk)"}}, edgeRequest{"Scan", obj{"Select": "COUNT"}},
		edgeRequest{"ExecuteStatement", obj{"Statement": `INSERT INTO "Other" VALUE {'pk':'statement'}`}},
		edgeRequest{"ExecuteStatement", obj{"Statement": `SELECT * FROM "Other"`}},
		edgeRequest{"ExecuteStatement", obj{"Statement": `SELECT * FROM "Other" WHERE pk='b'`, "ConsistentRead": true}},
		edgeRequest{"BatchExecuteStatement", obj{"Statements": []obj{
			{"Statement": `INSERT INTO "Other" VALUE {'pk':'first'}`}, {"Statement": `INSERT INTO "Other" VALUE {'pk':'b'}`},
			{"Statement": `INSERT INTO "Units" VALUE {'pk':'first','sk':1}`}, {"Statement": `INSERT INTO "Other" VALUE {'pk':'second'}`},
		}}},
	)
}

// indexCapacities asks for what writes to a table with indexes consume in all.
func (d *duel) indexCapacities() {
	d.createIndexed()
	i := item{"pk": str("units"), "sk": num("1"), "a": num("1"), "g": str("g"), "l": str("l"), "u": num("1")}
	for _, change := range []item{{}, {}, {"a": num("2")}, {"g": str("h")}, {"x": str(strings.Repeat("x", 1024))}, {"l": nil}, {"u": nil, "g": nil}} {
		for name, v := range change {
			if i[name] = v; v == nil {
				delete(i, name)
			}
		}
		for n, r := range []edgeRequest{{"PutItem", obj{"Item": avMap(i)}}, {"BatchWriteItem", obj{"RequestItems": obj{d.table: []obj{{"PutRequest": obj{"Item": avMap(i)}}}}}}} {
			r.request["ReturnConsumedCapacity"] = []string{"TOTAL", "INDEXES"}[n]
			d.must(r.op, r.request)
		}
	}
}

func unitsKey(name string) item { return item{"pk": str(name), "sk": num("1")} }

// sized is an item of this name, of so many bytes.
func sized(name string, bytes int) item {
	i := unitsKey(name)
	i["a"] = str(strings.Repeat("x", bytes-len("pk"+name+"sk"+"a")-2)) // 1 counts 2 bytes
	return i
}

// setUnits is an UpdateItem after which the item is of so many bytes.
func setUnits(name string, bytes int) edgeRequest {
	return edgeRequest{"UpdateItem", obj{"Key": avMap(unitsKey(name)), "UpdateExpression": "SET a = :v", "ExpressionAttributeValues": obj{":v": av(sized(name, bytes)["a"])}}}
}
