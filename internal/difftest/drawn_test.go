package difftest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// drawnUpdates sends UpdateItem requests of few clauses whose paths lead into lists, past
// their ends and below keys, and whose functions and sums are nested as they can be and
// as they cannot.
func (d *duel) drawnUpdates() {
	d.createDrawn()
	for range 25 {
		d.must("PutItem", obj{"Item": avMap(drawnItem("p"))})
		for range 30 {
			u := &drawnExpression{duel: d}
			request := obj{"Key": avMap(drawnKey("p")), "UpdateExpression": u.update(), "ReturnValues": pick(d.Rand, "ALL_NEW", "NONE", "ALL_OLD")}
			if chance(d.Rand, 6) {
				request["ConditionExpression"] = u.condition()
			}
			u.addValues(request)
			d.send("UpdateItem", request)
		}
		d.compareTables()
	}
}

// drawnReads sends conditions, filters and projections with paths below keys.
func (d *duel) drawnReads() {
	d.createDrawn()
	d.must("PutItem", obj{"Item": avMap(drawnItem("p"))})
	for range 500 {
		u := &drawnExpression{duel: d}
		request := obj{}
		op := pick(d.Rand, "Scan", "Query", "GetItem", "PutItem", "DeleteItem")
		switch op {
		case "GetItem":
			request["Key"], request["ProjectionExpression"] = avMap(drawnKey("p")), u.path()+", zz"
		case "PutItem":
			request["Item"], request["ConditionExpression"] = avMap(drawnItem("q")), u.condition()
		case "DeleteItem":
			request["Key"], request["ConditionExpression"] = avMap(drawnKey("q")), u.condition()
		case "Query":
			request["KeyConditionExpression"] = "pk = " + u.value(str("p"))
			request["FilterExpression"] = u.condition()
		case "Scan":
			request["FilterExpression"] = u.condition()
			if chance(d.Rand, 3) {
				request["IndexName"] = pick(d.Rand, "global", "local")
			}
		}
		u.addValues(request)
		d.send(op, request)
	}
	d.compareTables()
}

// drawnSchemas sends CreateTable requests with names, projections and numbers of indexes
// at the limits and past them. Which fault of several a server names is its own business.
func (d *duel) drawnSchemas() {
	d.table = "Drawn"
	for range 250 {
		request := d.drawnSchema()
		d.bothRefuse("CreateTable", string(d.body("CreateTable", request)))
		if real, _ := d.ask("DescribeTable", obj{}); real.status == 200 {
			d.send("DescribeTable", obj{})
			d.ask("DeleteTable", obj{})
		}
	}
}

// createDrawn makes a table with keys pk:S sk:N, a global index on g:S h:N and a local
// one on k:S.
func (d *duel) createDrawn() {
	d.Helper()
	d.table = "Drawn"
	keys, attributes := schema("pk:S sk:N")
	global, more := schema("g:S h:N")
	local, _ := schema("pk:S k:S")
	_, k := schema("k:S")
	d.must("CreateTable", obj{
		"TableName": d.table, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys, "AttributeDefinitions": append(append(attributes, more...), k...),
		"GlobalSecondaryIndexes": []obj{{"IndexName": "global", "KeySchema": global, "Projection": obj{"ProjectionType": "ALL"}}},
		"LocalSecondaryIndexes":  []obj{{"IndexName": "local", "KeySchema": local, "Projection": obj{"ProjectionType": "ALL"}}},
	})
}

func drawnKey(pk string) item { return item{"pk": str(pk), "sk": num("1")} }

func drawnItem(pk string) item {
	i := item{
		"g": str("g"), "h": num("1"), "n": num("5"), "s": str("s"), "ss": ss("a", "b"), "l": list(num("0"), num("1"), num("2")),
		"m": dict(item{"n": num("3"), "l": list(str("a"), list(num("7"), num("8")))}),
		"d": list(dict(item{"l": list(num("1"))}), dict(item{"l": list(num("2"), num("3"))}), ss("a")),
	}
	maps.Copy(i, drawnKey(pk))
	return i
}

// A drawnExpression draws parts of the expressions of one request.
type drawnExpression struct {
	*duel
	values item
}

func (u *drawnExpression) value(v types.AttributeValue) string {
	if u.values == nil {
		u.values = item{}
	}
	name := fmt.Sprintf(":v%d", len(u.values))
	u.values[name] = v
	return name
}

func (u *drawnExpression) addValues(request obj) {
	if u.values != nil {
		values := map[string]json.RawMessage{}
		for name, v := range u.values {
			values[name] = av(v)
		}
		request["ExpressionAttributeValues"] = values
	}
}

// path draws one that leads below a key one time in eight.
func (u *drawnExpression) path() string {
	if chance(u.Rand, 8) {
		return pick(u.Rand, "pk", "sk", "g", "h", "k") + pick(u.Rand, ".x", "[0]", "[1].x", ".x.y", "")
	}
	switch u.IntN(6) {
	case 0:
		return fmt.Sprintf("l[%d]", u.IntN(7))
	case 1:
		return fmt.Sprintf("d[%d].l[%d]", u.IntN(3), u.IntN(5))
	case 2:
		return fmt.Sprintf("m.l[%d]", u.IntN(5)) + pick(u.Rand, "", "", "[0]", "[3]")
	case 3:
		return pick(u.Rand, "m.n", "m.zz", "d[0]", "d[2]", "d[4]")
	}
	return pick(u.Rand, "n", "s", "l", "ss", "zz", "a")
}

// update draws one to three clauses; they are one in most cases, so that few have two
// faults.
func (u *drawnExpression) update() string {
	clauses := map[string][]string{}
	for range pick(u.Rand, 1, 1, 2, 3) {
		switch u.IntN(7) {
		case 0:
			clauses["REMOVE"] = append(clauses["REMOVE"], u.path())
		case 1:
			clauses["ADD"] = append(clauses["ADD"], u.path()+" "+u.value(pick(u.Rand, num("1"), num("2"), ss("b", "c"))))
		case 2:
			clauses["DELETE"] = append(clauses["DELETE"], u.path()+" "+u.value(pick(u.Rand, ss("a"), ss("a", "b"))))
		default:
			clauses["SET"] = append(clauses["SET"], u.path()+" = "+u.assigned(3))
		}
	}
	var sections []string
	for _, name := range pick(u.Rand, []string{"SET", "REMOVE", "ADD", "DELETE"}, []string{"ADD", "DELETE", "SET", "REMOVE"}) {
		if len(clauses[name]) > 0 {
			sections = append(sections, name+" "+strings.Join(clauses[name], ", "))
		}
	}
	return strings.Join(sections, " ")
}

// assigned draws what SET assigns, and nests it as deeply as that, whether it may be so
// or not.
func (u *drawnExpression) assigned(depth int) string {
	if depth > 0 {
		switch u.IntN(9) {
		case 0:
			return "list_append(" + u.assigned(depth-1) + ", " + u.assigned(depth-1) + ")"
		case 1, 2:
			return "if_not_exists(" + u.path() + ", " + u.assigned(depth-1) + ")"
		case 3:
			return u.assigned(depth-1) + pick(u.Rand, " + ", " - ") + u.assigned(depth-1)
		case 4:
			return "(" + u.assigned(depth-1) + ")"
		}
	}
	if chance(u.Rand, 3) {
		return u.path()
	}
	return u.value(pick(u.Rand, num("1"), num("10"), list(str("x")), list()))
}

// condition draws one with one path, in every place that one can stand in.
func (u *drawnExpression) condition() string {
	p, v := u.path(), u.value(num("1"))
	return pick(u.Rand, "attribute_exists("+p+")", "attribute_not_exists("+p+")", p+" = "+v, v+" < "+p, "size("+p+") > "+v, v+" >= size("+p+")",
		p+" IN ("+v+")", "zz IN ("+v+", "+p+")", p+" BETWEEN "+v+" AND "+v, "zz BETWEEN "+p+" AND "+v, "contains("+p+", "+v+")", "contains(zz, "+p+")",
		"NOT "+p+" <> "+v, "(zz = "+v+" OR "+p+" = "+v+") AND attribute_exists(n)")
}

// drawnSchema draws a CreateTable.
func (d *duel) drawnSchema() obj {
	name := func() string {
		return pick(d.Rand, "a", "b", "c", "pk", "x", "x", strings.Repeat("k", 255), strings.Repeat("é", 127)+"k") + pick(d.Rand, "", "", "", "", "", "", "", "y")
	}
	kinds := map[string]string{}
	keys := func(hash string, sorts int) (list []obj) {
		for i := range 1 + sorts {
			attribute, role := name(), "RANGE"
			if i == 0 {
				role = "HASH"
				if hash != "" {
					attribute = hash
				}
			}
			if kinds[attribute] == "" {
				kinds[attribute] = pick(d.Rand, "S", "N", "B")
			}
			list = append(list, obj{"AttributeName": attribute, "KeyType": role})
		}
		return list
	}
	projection := func() obj {
		p := obj{"ProjectionType": pick(d.Rand, "ALL", "KEYS_ONLY", "INCLUDE", "INCLUDE", "INCLUDE", "ALL", "nonsense", "all")}
		if p["ProjectionType"] == "INCLUDE" || chance(d.Rand, 12) {
			list := []string{}
			for range d.IntN(4) {
				list = append(list, name())
			}
			p["NonKeyAttributes"] = list
		}
		return p
	}
	request := obj{"TableName": d.table, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys("", d.IntN(2))}
	indexes := func(of string, n int, hash string, sorts int) {
		var list []obj
		for i := range n {
			list = append(list, obj{"IndexName": fmt.Sprintf("%s%d", of, i), "KeySchema": keys(hash, sorts), "Projection": projection()})
		}
		if list != nil {
			request[of] = list
		}
	}
	indexes("GlobalSecondaryIndexes", pick(d.Rand, 0, 1, 1, 2), "", d.IntN(2))
	indexes("LocalSecondaryIndexes", pick(d.Rand, 0, 0, 1, 2), request["KeySchema"].([]obj)[0]["AttributeName"].(string), 1)
	var attributes []obj
	for _, attribute := range slices.Sorted(maps.Keys(kinds)) {
		attributes = append(attributes, obj{"AttributeName": attribute, "AttributeType": kinds[attribute]})
	}
	request["AttributeDefinitions"] = attributes
	return request
}
