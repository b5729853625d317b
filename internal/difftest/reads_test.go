package difftest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/partiql"
)

// createIndexed makes the table pk:S sk:N with a global index on g, which
// projects a, a global index on g and u, which projects all, and a local index
// on l, which projects the keys.
func (d *duel) createIndexed() {
	d.Helper()
	d.table = "Indexed"
	index := func(name, hash, sort string, projection obj) obj {
		keys := []obj{{"AttributeName": hash, "KeyType": "HASH"}}
		if sort != "" {
			keys = append(keys, obj{"AttributeName": sort, "KeyType": "RANGE"})
		}
		return obj{"IndexName": name, "KeySchema": keys, "Projection": projection}
	}
	keys, attributes := schema("pk:S sk:N")
	_, more := schema("g:S l:S u:N")
	d.must("CreateTable", obj{
		"TableName": d.table, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys, "AttributeDefinitions": append(attributes, more...),
		"GlobalSecondaryIndexes": []obj{
			index("globalA", "g", "", obj{"ProjectionType": "INCLUDE", "NonKeyAttributes": []string{"a"}}),
			index("globalAll", "g", "u", obj{"ProjectionType": "ALL"}),
		},
		"LocalSecondaryIndexes": []obj{index("localKeys", "pk", "l", obj{"ProjectionType": "KEYS_ONLY"})},
	})
	for i := range 60 {
		it := item{
			"pk": str(fmt.Sprintf("p%d", i%4)), "sk": num(fmt.Sprint(i/4 - 5)), "a": num(fmt.Sprint(i % 7)),
			"c": str(strings.Repeat("c", i%5)), "m": dict(item{"x": num(fmt.Sprint(i))}),
			"u": num(fmt.Sprint(i*7%60 - 10)),
		}
		if i%3 > 0 {
			it["g"] = str(fmt.Sprintf("g%d", i%2))
		}
		if i%5 > 0 {
			it["l"] = str(fmt.Sprintf("l%02d", 60-i))
		}
		d.must("PutItem", obj{"Item": avMap(it)})
	}
}

// queries sends generated Query requests, and follows their pages.
func (d *duel) queries() {
	d.createIndexed()
	q := &writeSource{conditionSource: d.conditions()}
	for range 900 {
		request := q.query()
		real, fake := d.send("Query", request)
		for pages := 0; real.body["LastEvaluatedKey"] != nil && fake.body["LastEvaluatedKey"] != nil && pages < 4; pages++ {
			request["ExclusiveStartKey"] = real.next("LastEvaluatedKey")
			real, fake = d.send("Query", request)
		}
	}
}

// query draws a Query of the table or of an index.
func (w *writeSource) query() obj {
	p := newExpressionPrinter()
	request := obj{}
	// One fault at most: which of two is named is each server's business.
	fault := w.IntN(30)
	hash, sort, filters := "pk", "sk", []string{"a", "c", "m", "zzz"}
	switch w.IntN(5) {
	case 0:
		request["IndexName"], hash, sort, filters = "localKeys", "pk", "l", []string{"sk"}
	case 1:
		request["IndexName"], hash, sort = "globalAll", "g", "u"
	case 2:
		request["IndexName"], hash, sort, filters = "globalA", "g", "", []string{"a", "sk", "pk"}
	}
	values := map[string]partiql.Operand{
		"pk": partiql.Literal{Value: str(pick(w.Rand, "p0", "p1", "p2", "none"))},
		"g":  partiql.Literal{Value: str(pick(w.Rand, "g0", "g1"))},
	}
	first := partiql.Compare{Op: "=", Left: path(hash), Right: values[hash]}
	e := partiql.Expr(first)
	if sort != "" && !chance(w.Rand, 4) {
		e = partiql.And{Left: first, Right: w.sortCondition(sort, false)}
		if chance(w.Rand, 4) {
			e = partiql.And{Left: w.sortCondition(sort, false), Right: first}
		}
	}
	switch fault {
	case 0:
		e = pick[partiql.Expr](w.Rand, partiql.Or{Left: first, Right: first}, partiql.Not{X: first}, partiql.And{Left: first, Right: w.sortCondition("a", false)}, partiql.And{Left: first, Right: first})
	case 1, 2:
		if sort == "" {
			break
		}
		e = partiql.And{Left: first, Right: w.sortCondition(sort, true)}
	case 3:
		first.Op = pick(w.Rand, "<", "<>", ">=")
		e = first
	case 4:
		filters = []string{hash}
	case 5:
		request["ConsistentRead"] = true
	case 6:
		request["Select"] = pick(w.Rand, "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES")
	case 7:
		filters = []string{"c"}
	}
	request["KeyConditionExpression"] = p.expr(e)
	if fault == 4 || fault == 7 || fault > 7 && chance(w.Rand, 3) {
		request["FilterExpression"] = p.expr(partiql.Compare{Op: pick(w.Rand, "=", "<>", "<", ">="), Left: path(pick(w.Rand, filters...)), Right: partiql.Literal{Value: pick(w.Rand, num("3"), str("cc"))}})
	}
	switch {
	case fault < 8:
	case chance(w.Rand, 4):
		var names []string
		for _, name := range pick(w.Rand, []string{"pk", "a"}, []string{"a"}, []string{"g", "pk"}) {
			names = append(names, p.name(name))
		}
		request["ProjectionExpression"] = strings.Join(names, ", ")
	case chance(w.Rand, 6):
		request["Select"] = "COUNT"
	}
	if chance(w.Rand, 2) {
		request["ScanIndexForward"] = chance(w.Rand, 2)
	}
	if sort != "" && chance(w.Rand, 2) { // rows of one index key have no order
		request["Limit"] = 1 + w.IntN(6)
	}
	if chance(w.Rand, 6) {
		request["ReturnConsumedCapacity"] = pick(w.Rand, "TOTAL", "INDEXES")
	}
	p.addTo(request)
	return request
}

// sortCondition draws a condition on a sort key, or what only looks like one.
func (w *writeSource) sortCondition(name string, fault bool) partiql.Expr {
	value := func() partiql.Operand {
		v := num(pick(w.Rand, "-5", "-1.0", "0", "2", "4.5", "1e1"))
		if name == "l" {
			v = str(pick(w.Rand, "l", "l1", "l25", "l40", "z"))
		}
		return partiql.Literal{Value: v}
	}
	if fault {
		bad := partiql.Literal{Value: pick(w.Rand, bin("x"), str(""), null(), list(str("x")))}
		return pick[partiql.Expr](w.Rand,
			partiql.In{X: path(name), List: []partiql.Operand{value()}},
			partiql.Compare{Op: "<>", Left: path(name), Right: value()},
			partiql.Call{Func: "contains", Args: []partiql.Operand{path(name), value()}},
			partiql.Call{Func: "attribute_exists", Args: []partiql.Operand{path(name)}},
			partiql.Compare{Op: "=", Left: partiql.Size{X: path(name)}, Right: value()},
			partiql.Compare{Op: "=", Left: path(name, "x"), Right: value()},
			partiql.Compare{Op: "=", Left: path(name), Right: path("a")},
			partiql.Compare{Op: pick(w.Rand, "=", "<"), Left: path(name), Right: bad},
			partiql.Between{X: path(name), Low: value(), High: bad})
	}
	switch w.IntN(8) {
	case 0, 1:
		return partiql.Between{X: path(name), Low: value(), High: value()}
	case 2:
		if name == "l" {
			return partiql.Call{Func: "begins_with", Args: []partiql.Operand{path(name), value()}}
		}
	}
	e := partiql.Compare{Op: pick(w.Rand, "=", "<", "<=", ">", ">="), Left: path(name), Right: value()}
	if chance(w.Rand, 8) {
		e.Left, e.Right = e.Right, e.Left
	}
	return e
}

// scans reads whole tables in pages and in segments. Which page or segment an
// item is in differs; that all of them together hold each item once does not.
func (d *duel) scans() {
	d.createIndexed()
	all := d.union("Scan", obj{}, 1)
	for _, request := range []obj{
		{"Limit": 1}, {"Limit": 7}, {"Limit": 60}, {"Limit": 61}, {"ConsistentRead": true, "Limit": 9}, {"IndexName": "globalAll", "Limit": 7},
		{"IndexName": "globalA"}, {"IndexName": "localKeys", "Limit": 4}, {"Select": "COUNT", "Limit": 13},
		{"Limit": 7, "FilterExpression": "a = :v", "ExpressionAttributeValues": obj{":v": av(num("3"))}},
		{"Limit": 7, "FilterExpression": "a = :v", "ExpressionAttributeValues": obj{":v": av(num("77"))}},
		{"IndexName": "globalA", "FilterExpression": "a > :v", "ExpressionAttributeValues": obj{":v": av(num("3"))}},
		{"ProjectionExpression": "pk, m.x"}, {"IndexName": "globalA", "ProjectionExpression": "pk, a"}, {"IndexName": "localKeys", "ProjectionExpression": "pk, a"},
	} {
		d.union("Scan", request, 1)
		for _, total := range []int{2, 3, 16} {
			d.union("Scan", maps.Clone(request), total)
		}
	}
	if got := d.union("Scan", obj{}, 7); !slices.Equal(got, all) {
		d.report("seven segments hold other items than the whole table")
	}
	for _, request := range []obj{
		{"Statement": `SELECT * FROM "Indexed"`, "Limit": 7},
		{"Statement": `SELECT * FROM "Indexed"`, "Limit": 60},
		{"Statement": `SELECT * FROM "Indexed" WHERE a = 3`, "Limit": 7},
		{"Statement": `SELECT * FROM "Indexed" WHERE a = 77`, "Limit": 59},
		{"Statement": `SELECT * FROM "Indexed"."globalAll"`, "Limit": 7},
		{"Statement": `SELECT * FROM "Indexed"."globalA" WHERE a > 3`},
		{"Statement": `SELECT pk, m.x FROM "Indexed"`, "Limit": 11},
		{"Statement": `SELECT * FROM "Indexed" WHERE pk = 'p1'`, "Limit": 4},
		{"Statement": `SELECT * FROM "Indexed" WHERE pk = 'p1' AND sk > 2`, "Limit": 2},
		{"Statement": `SELECT * FROM "Indexed" WHERE pk IN ('p1','p2')`, "Limit": 4},
	} {
		d.union("ExecuteStatement", request, 1)
	}
	for _, request := range scanEdges {
		d.send("Scan", maps.Clone(request))
	}
}

var scanEdges = []obj{
	{"Limit": 0}, {"Limit": -1}, {"Segment": 0}, {"TotalSegments": 2}, {"Segment": 2, "TotalSegments": 2}, {"Segment": -1, "TotalSegments": 2},
	{"Segment": 0, "TotalSegments": 0}, {"Segment": 0, "TotalSegments": 1000001}, {"Segment": 0, "TotalSegments": 1000000}, {"Segment": 1000000, "TotalSegments": 1000000},
	{"IndexName": "none"}, {"IndexName": "globalA", "ConsistentRead": true}, {"IndexName": "localKeys", "ConsistentRead": true}, {"TableName": "None"}, {"TableName": "x"},
	{"TableName": ""}, {"ExclusiveStartKey": obj{}}, {"ExclusiveStartKey": avMap(item{"pk": str("p0")})}, {"ExclusiveStartKey": avMap(item{"pk": str("p0"), "sk": str("1")})},
	{"ExclusiveStartKey": avMap(item{"pk": str("p0"), "sk": num("1"), "a": num("1")})}, {"ExclusiveStartKey": avMap(item{"pk": str(""), "sk": num("1")})},
	{"Select": "COUNT"}, {"Select": "ALL_ATTRIBUTES"}, {"Select": "SPECIFIC_ATTRIBUTES"}, {"Select": "ALL_PROJECTED_ATTRIBUTES"}, {"Select": "BOGUS"},
	{"Select": "COUNT", "ProjectionExpression": "pk"}, {"IndexName": "globalA", "Select": "ALL_ATTRIBUTES"}, {"IndexName": "localKeys", "Select": "ALL_ATTRIBUTES"},
	{"IndexName": "globalA", "ProjectionExpression": "c"}, {"ReturnConsumedCapacity": "TOTAL"}, {"ReturnConsumedCapacity": "INDEXES", "IndexName": "globalA"}, {"ReturnConsumedCapacity": "BOGUS"},
	{"FilterExpression": ""}, {"FilterExpression": "a"}, {"FilterExpression": "a = :v"}, {"FilterExpression": "#a = a"}, {"FilterExpression": "size = :v", "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"FilterExpression": "((a = :v))", "ExpressionAttributeValues": obj{":v": av(num("1"))}}, {"FilterExpression": "NOT ((a = :v))", "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"FilterExpression": "(a) = :v", "ExpressionAttributeValues": obj{":v": av(num("1"))}}, {"FilterExpression": "((a)) = :v", "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"FilterExpression": "(NOT (a = :v))", "ExpressionAttributeValues": obj{":v": av(num("1"))}}, {"FilterExpression": "((a = :v) AND (a = :v))", "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"FilterExpression": "a = :v", "ExpressionAttributeValues": obj{":v": av(num("1")), ":w": av(num("1"))}}, {"FilterExpression": "a = :v", "ExpressionAttributeValues": obj{}},
	{"FilterExpression": "a = :v", "ExpressionAttributeNames": obj{"#a": "a"}, "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"ExpressionAttributeNames": obj{"#a": "a"}}, {"ExpressionAttributeValues": obj{":a": av(num("1"))}}, {"FilterExpression": "#a = :v", "ExpressionAttributeNames": obj{"a": "a"}, "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"FilterExpression": "a == :v", "ExpressionAttributeValues": obj{":v": av(num("1"))}}, {"FilterExpression": "a = :v extra", "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"FilterExpression": "a != :v", "ExpressionAttributeValues": obj{":v": av(num("1"))}}, {"FilterExpression": "foo(a)"}, {"FilterExpression": "attribute_exists(a, c)"},
	{"FilterExpression": "a = :v AND", "ExpressionAttributeValues": obj{":v": av(num("1"))}}, {"FilterExpression": "a <> a"}, {"FilterExpression": "attribute_exists(:v)", "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"FilterExpression": "a = :v" + strings.Repeat(" ", 4091), "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"FilterExpression": "attribute_exists(a)" + strings.Repeat(" OR attribute_exists(a)", 100)}, {"FilterExpression": "attribute_exists(a)" + strings.Repeat(" OR attribute_exists(a)", 150)},
	{"FilterExpression": strings.Repeat("NOT ", 300) + "attribute_exists(a)"}, {"FilterExpression": "a IN (:v" + strings.Repeat(",:v", 99) + ")", "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"FilterExpression": "a IN (:v" + strings.Repeat(",:v", 100) + ")", "ExpressionAttributeValues": obj{":v": av(num("1"))}},
	{"ProjectionExpression": ""}, {"ProjectionExpression": "a, a"}, {"ProjectionExpression": "a,"}, {"ProjectionExpression": "m.x, m"}, {"ProjectionExpression": "m.x[0], m[0]"}, {"ProjectionExpression": "name"},
}

// union follows all pages of a read of one or several segments, requires the
// same items and the same number of pages from both servers, and returns the
// items.
func (d *duel) union(op string, request obj, segments int) []string {
	d.Helper()
	token, start := "LastEvaluatedKey", "ExclusiveStartKey"
	if op == "ExecuteStatement" {
		token, start = "NextToken", "NextToken"
	}
	var sums [2]struct {
		items                 []string
		pages, count, scanned float64
	}
	for i, s := range []server{d.real, d.fake} {
		for segment := range segments {
			r := maps.Clone(request)
			if segments > 1 {
				r["Segment"], r["TotalSegments"] = segment, segments
			}
			for {
				a, err := s.call(d.Context(), op, d.body(op, r))
				if err != nil || a.status != 200 {
					d.Fatalf("%s %v: %v %v", op, r, a, err)
				}
				d.requests++
				sums[i].items = append(sums[i].items, a.items()...)
				sums[i].pages++
				for member, sum := range map[string]*float64{"Count": &sums[i].count, "ScannedCount": &sums[i].scanned} {
					n, _ := a.body[member].(float64)
					*sum += n
				}
				if a.body[token] == nil {
					break
				}
				r[start] = a.next(token)
			}
		}
		slices.Sort(sums[i].items)
	}
	if segments > 1 {
		sums[0].pages, sums[1].pages = 0, 0 // as many as the segments are uneven
	}
	if fmt.Sprint(sums[0]) != fmt.Sprint(sums[1]) {
		d.report("all pages of %s %v in %d segments:\nDynamoDB Local: %v\ndynsynctest:    %v", op, request, segments, sums[0], sums[1])
	}
	return sums[0].items
}

// largePages reads items of 60 kB, of which 1 MB holds 17 and the service's
// pages one more.
func (d *duel) largePages() {
	d.createTable("Large", "pk:S")
	for i := range 40 {
		d.must("PutItem", obj{"Item": avMap(item{"pk": str(fmt.Sprintf("%02d", i)), "a": str(strings.Repeat("x", 60000)), "n": num("1")})})
	}
	for _, request := range []obj{{}, {"Limit": 30}, {"FilterExpression": "n = :v", "ExpressionAttributeValues": obj{":v": av(num("2"))}}, {"ProjectionExpression": "pk"}} {
		d.pageSizes("Scan", request)
	}
	for _, text := range []string{`SELECT * FROM "Large"`, `SELECT pk FROM "Large"`, `SELECT * FROM "Large" WHERE n = 2`} {
		d.pageSizes("ExecuteStatement", obj{"Statement": text})
	}
}

// pageSizes requires the pages of both servers to hold the same number of items,
// which all have the same size.
func (d *duel) pageSizes(op string, request obj) {
	d.Helper()
	var sizes [2][]string
	for i, s := range []server{d.real, d.fake} {
		r := maps.Clone(request)
		for {
			a, err := s.call(d.Context(), op, d.body(op, r))
			if err != nil || a.status != 200 {
				d.Fatalf("%s: %v %v", op, a, err)
			}
			d.requests++
			sizes[i] = append(sizes[i], fmt.Sprint(len(a.items()), a.body["Count"], a.body["ScannedCount"]))
			key, token := a.next("LastEvaluatedKey"), a.next("NextToken")
			if key == nil && token == nil {
				break
			}
			for member, v := range map[string]json.RawMessage{"ExclusiveStartKey": key, "NextToken": token} {
				if v != nil {
					r[member] = v
				}
			}
		}
	}
	if !slices.Equal(sizes[0], sizes[1]) {
		d.report("%s %v: pages of\nDynamoDB Local: %q\ndynsynctest:    %q", op, request, sizes[0], sizes[1])
	}
}
