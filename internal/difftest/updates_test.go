package difftest

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// updates sends UpdateItem requests as the library does: SET and REMOVE, every
// name and value behind an alias.
func (d *duel) updates() {
	d.createTable("Updates", "pk:S sk:N")
	for _, u := range mergeUpdates() {
		d.must("PutItem", obj{"Item": avMap(item{"pk": str("there"), "sk": num("1"), "a": num("1"), "b": str("x"), "m": dict(item{"x": num("1"), "y": num("2")})})})
		for _, name := range []string{"there", "new"} {
			request := u.request()
			request["Key"] = avMap(unitsKey(name))
			d.send("UpdateItem", request)
		}
		d.compareTables()
		d.empty()
	}
	d.largeUpdates()
}

// A mergeUpdate is an UpdateExpression and what its aliases stand for.
type mergeUpdate struct {
	expression string
	names      map[string]string
	values     item
}

func (u mergeUpdate) request() obj {
	request := obj{"ReturnValues": "ALL_NEW"}
	if u.expression != "" {
		request["UpdateExpression"] = u.expression
	}
	if u.names != nil {
		request["ExpressionAttributeNames"] = u.names
	}
	if u.values != nil {
		request["ExpressionAttributeValues"] = avMap(u.values)
	}
	return request
}

func mergeUpdates() []mergeUpdate {
	type names = map[string]string
	ab, one := names{"#0": "a", "#1": "b"}, item{":0": num("7")}
	list := []mergeUpdate{
		{}, {"", names{}, nil}, {"", nil, item{}}, {"", names{"#0": "a"}, nil}, {"", nil, one},
		{"SET #0=:0", names{"#0": "a"}, one}, {"SET #0=:0", names{"#0": "zzz"}, one}, {"SET #0=:0,#1=:0", ab, one}, {"SET #0=:0 REMOVE #1", ab, one}, {"REMOVE #1 SET #0=:0", ab, one},
		{"REMOVE #0,#1", ab, nil}, {"REMOVE #0", names{"#0": "zzz"}, nil}, {"REMOVE #0,#1", names{"#0": "zzz", "#1": "a"}, nil}, {"SET #0=:0 REMOVE #1", names{"#0": "m", "#1": "zzz"}, one},
		// Key attributes.
		{"SET #0=:0", names{"#0": "pk"}, item{":0": str("there")}}, {"SET #0=:0", names{"#0": "sk"}, item{":0": num("1")}}, {"REMOVE #0", names{"#0": "pk"}, nil}, {"REMOVE #0", names{"#0": "sk"}, nil},
		{"SET #0=:0 REMOVE #1", names{"#0": "a", "#1": "pk"}, one}, {"SET #0=:0,#1=:0", names{"#0": "a", "#1": "sk"}, one},
		// Aliases.
		{"SET #0=:0", ab, one}, {"SET #0=:0", names{"#0": "a"}, item{":0": num("7"), ":1": num("8")}}, {"SET #0=:0", ab, item{":0": num("7"), ":1": num("8")}}, {"SET #0=:0,#1=:0", names{"#0": "a"}, one},
		{"SET #0=:0", nil, one}, {"SET #0=:0", names{}, one}, {"SET #0=:1", names{"#0": "a"}, one}, {"SET #0=:0", names{"#0": "a"}, nil}, {"SET #0=:0", names{"#0": "a"}, item{}}, {"REMOVE #0,#2", ab, nil},
		{"SET #0=:0", names{"#0": ""}, one}, {"SET #0=:0", names{"#0": "a", "1": "b"}, one}, {"SET #0=:0", names{"#0": "a", "#": "b"}, one}, {"SET #0=:0", names{"#0": "a"}, item{"0": num("7")}}, {"SET #-=:0", names{"#-": "a"}, one},
		// Names that two aliases share, and paths that overlap.
		{"SET #0=:0 REMOVE #0", names{"#0": "a"}, one}, {"SET #0=:0 REMOVE #1", names{"#0": "a", "#1": "a"}, one}, {"SET #0=:0,#0=:0", names{"#0": "a"}, one}, {"REMOVE #0,#0", names{"#0": "a"}, nil},
		{"SET #0=:0 REMOVE #0.#1", names{"#0": "m", "#1": "x"}, one}, {"SET #0.#1=:0 REMOVE #0.#2", names{"#0": "m", "#1": "x", "#2": "y"}, one}, {"SET #0.#1=:0", names{"#0": "zzz", "#1": "x"}, one}, {"REMOVE #0.#1", names{"#0": "zzz", "#1": "x"}, nil},
	}
	for _, name := range []string{"a.b", "a[0]", " ", "'", `"`, "#0", ":0", "SET", "é", "😀", "\x00", strings.Repeat("n", 65535), strings.Repeat("n", 65536)} {
		list = append(list, mergeUpdate{"SET #0=:0", names{"#0": name}, one}, mergeUpdate{"REMOVE #0", names{"#0": name}, nil})
	}
	for _, v := range []types.AttributeValue{str(""), bin(""), ss(), ns("1", "1.0"), ss("a", "a"), num("x"), num("1e126"), dict(item{"": num("1")})} {
		list = append(list, mergeUpdate{"SET #0=:0", names{"#0": "a"}, item{":0": v}})
	}
	for sets := 460; sets <= 465; sets++ {
		list = append(list, manySets(sets))
	}
	for _, bytes := range []int{4095, 4096, 4097} {
		list = append(list, longUpdate(bytes))
	}
	for _, bytes := range []int{255, 256} {
		value := ":" + strings.Repeat("v", bytes-1)
		list = append(list, longAlias(bytes), mergeUpdate{"SET a=" + value, nil, item{value: num("7")}})
	}
	return append(list, manyRemoves(700), manyRemoves(900))
}

// manySets sets so many attributes behind the shortest aliases.
func manySets(n int) mergeUpdate {
	u := mergeUpdate{names: map[string]string{}, values: item{}}
	var sets []string
	for i := range n {
		u.names[fmt.Sprintf("#%d", i)] = fmt.Sprintf("attribute%d", i)
		u.values[fmt.Sprintf(":%d", i)] = num(fmt.Sprint(i))
		sets = append(sets, fmt.Sprintf("#%d=:%d", i, i))
	}
	u.expression = "SET " + strings.Join(sets, ",")
	return u
}

// manyRemoves removes so many, of which two are there.
func manyRemoves(n int) mergeUpdate {
	u := mergeUpdate{names: map[string]string{"#a": "a", "#b": "b"}, expression: "REMOVE #a,#b"}
	for i := range n - 2 {
		u.names[fmt.Sprintf("#%d", i)] = fmt.Sprintf("zzz%d", i)
		u.expression += fmt.Sprintf(",#%d", i)
	}
	return u
}

// longUpdate has an expression of so many bytes.
func longUpdate(bytes int) mergeUpdate {
	u := mergeUpdate{names: map[string]string{"#0": "a"}, values: item{":0": num("7")}}
	u.expression = "SET " + strings.Repeat(" ", bytes-len("SET #0=:0")) + "#0=:0"
	return u
}

// longAlias has an alias of so many bytes.
func longAlias(bytes int) mergeUpdate {
	key := "#" + strings.Repeat("k", bytes-1)
	return mergeUpdate{"SET " + key + "=:0", map[string]string{key: "a"}, item{":0": num("7")}}
}

// largeUpdates make items that are as large as items can be, and larger. What an
// UpdateItem writes is limited, too, so they write little to what is large.
func (d *duel) largeUpdates() {
	const largest = 409600
	for _, size := range []int{largest - 8, largest - 7, largest - 6, largest} {
		d.must("PutItem", obj{"Item": avMap(sized("large", size))})
		d.send("UpdateItem", obj{"Key": avMap(unitsKey("large")), "UpdateExpression": "SET #0=:0", "ExpressionAttributeNames": obj{"#0": "b"}, "ExpressionAttributeValues": obj{":0": av(str("123456"))}})
		d.send("UpdateItem", obj{"Key": avMap(unitsKey("large")), "UpdateExpression": "REMOVE #0", "ExpressionAttributeNames": obj{"#0": "zzz"}})
		d.compareTables()
	}
	const written = largest - 11 // of an item whose key is 12 bytes less one: UpdateItem counts 22 on top
	for _, size := range []int{300000, written, largest + 1} {
		d.send("UpdateItem", setUnits("large", size).request)
		d.send("UpdateItem", setUnits(fmt.Sprint("new", size), size).request)
	}
	d.compareTables()
	d.send("UpdateItem", setUnits("brink", written+1).request)
	// Control characters, of which one is six bytes in JSON, do not count as more.
	d.send("UpdateItem", obj{"Key": avMap(unitsKey("control")), "UpdateExpression": "SET a = :v", "ExpressionAttributeValues": obj{":v": av(str(strings.Repeat("\x01", 400000)))}})
	for _, depth := range []int{31, 32} {
		d.send("UpdateItem", `{"TableName":"Updates","Key":{"pk":{"S":"deep"},"sk":{"N":"1"}},"UpdateExpression":"SET a = :v","ExpressionAttributeValues":{":v":`+
			strings.Repeat(`{"L":[`, depth)+`{"N":"1"}`+strings.Repeat(`]}`, depth)+`}}`)
	}
	d.compareTables()
}
