package difftest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// inserts sends INSERT statements as the library does, every value bound to a
// parameter, in batches and alone.
func (d *duel) inserts() {
	d.createTable("Inserts", "pk:S sk:N")
	d.must("PutItem", obj{"Item": avMap(unitsKey("there"))})
	for _, b := range insertBatches() {
		d.sendStatements(b)
		d.compareTables()
		for _, statement := range b[:min(len(b), 3)] {
			d.send("ExecuteStatement", maps.Clone(statement))
		}
		d.empty()
		d.must("PutItem", obj{"Item": avMap(unitsKey("there"))})
	}
	d.send("BatchExecuteStatement", obj{})
	d.send("BatchExecuteStatement", `{"Statements":null}`)
}

// insertBatches are batches of statements for a table pk:S sk:N, in which
// nothing but the key "there" 1 is.
func insertBatches() [][]obj {
	in := func(name string, more item) obj {
		i := unitsKey(name)
		maps.Copy(i, more)
		return insertOf(i)
	}
	many := func(n int) (list []obj) {
		for i := range n {
			list = append(list, in(fmt.Sprint(i), nil))
		}
		return list
	}
	batches := [][]obj{
		{}, many(1), many(25), many(26),
		{in("there", nil)}, {in("a", nil), in("there", nil), in("b", nil)}, {in("there", nil), in("there", nil)},
		{in("a", nil), in("b", nil), in("a", nil)}, {in("a", nil), in("a", item{"a": num("1")})},
		{insertOf(item{"pk": str("a"), "sk": num("1")}), insertOf(item{"pk": str("a"), "sk": num("1.0")})},
		{insertOf(item{"pk": str("a"), "sk": num("1")}), insertOf(item{"pk": str("a"), "sk": num("2")})},
	}
	for _, name := range []string{"it's", "'", "''", `"`, `\`, "?", "a.b", "a b", "é", "😀", "\x00", "\n", "SELECT", "{", ",'x':?", strings.Repeat("'", 100)} {
		batches = append(batches, []obj{in("a", item{name: str("x")}), in("b", nil)})
	}
	for _, bad := range []obj{
		insertOf(item{"pk": num("1"), "sk": num("1")}), insertOf(item{"pk": str("a"), "sk": str("1")}), insertOf(item{"pk": null(), "sk": num("1")}), insertOf(item{"pk": list(), "sk": num("1")}),
		insertOf(item{"pk": str(""), "sk": num("1")}), insertOf(item{"pk": str("a")}), insertOf(item{"sk": num("1")}), insertOf(item{"a": num("1")}),
		insertOf(item{"pk": str(strings.Repeat("k", 2048)), "sk": num("1")}), insertOf(item{"pk": str(strings.Repeat("k", 2049)), "sk": num("1")}),
		in("a", item{"": str("x")}), in("a", item{"a": ss()}), in("a", item{"a": ss("a", "a")}), in("a", item{"a": num("x")}), in("a", item{"a": num("1e126")}),
		bound(`INSERT INTO "None" VALUE {'pk':?,'sk':?}`, str("a"), num("1")), bound(`INSERT INTO "Inserts" VALUE {'pk':?,'sk':?}`, str("a")), bound(`INSERT INTO "Inserts" VALUE {'pk':?,'sk':?}`, str("a"), num("1"), num("2")),
		bound(`INSERT INTO "Inserts" VALUE {'pk':?,'sk':?}`), bound(`INSERT INTO "Inserts" VALUE ?`, str("a")), bound(`INSERT INTO "Inserts" VALUE {'pk':?,'sk':?,'a':?,'a':?}`, str("a"), num("1"), num("2"), num("2")),
		{"Statement": ""}, {"Statement": "oops"}, {},
	} {
		batches = append(batches, []obj{bad}, []obj{in("good", nil), bad, in("good2", nil)})
	}
	for _, size := range []int{409599, 409600, 409601} {
		large := insertOf(sized("large", size))
		batches = append(batches, []obj{large}, []obj{in("good", nil), large})
	}
	return append(append(batches, longStatements()...), surrogateStatements()...)
}

// surrogateStatements have lone surrogates in values, where they are as good as
// any character, and in the text.
func surrogateStatements() [][]obj {
	const lone = `\ud800`
	raw := func(statement string, parameters ...string) obj {
		return obj{"Statement": json.RawMessage(`"INSERT INTO \"Inserts\" VALUE {'pk':'a','sk':1,` + statement + `}"`), "Parameters": json.RawMessage("[" + strings.Join(parameters, ",") + "]")}
	}
	value := `{"S":"` + lone + `"}`
	var batches [][]obj
	for _, s := range []obj{raw("'a':?", value), raw("'a':?", `{"M":{"`+lone+`":`+value+`}}`), raw("'"+lone+"':?", value), raw("'a':'"+lone+"','b':?", value), raw("'a':?"+lone, value)} {
		batches = append(batches, []obj{s}, []obj{insertOf(unitsKey("good")), s})
	}
	return batches
}

// longStatements are at the limit of a statement's length, and past it. It is
// in bytes.
func longStatements() [][]obj {
	var batches [][]obj
	const longest = 8192
	for _, letter := range []string{"n", "é"} {
		for _, over := range []int{0, 1} {
			i := unitsKey("long")
			room := longest - len(insertText(i)) - len(",'':?") + over
			name := strings.Repeat(letter, room/len(letter))
			name += strings.Repeat("x", room-len(name))
			i[name] = str("x")
			batches = append(batches, []obj{insertOf(i)}, []obj{insertOf(unitsKey("good")), insertOf(i)})
		}
	}
	for attributes := 626; attributes <= 628; attributes++ { // of which some 627 are the most
		i := unitsKey("many")
		for n := range attributes - 2 {
			i[fmt.Sprintf("name%04d", n)] = num("1")
		}
		batches = append(batches, []obj{insertOf(i)})
	}
	return batches
}

// insertText is the INSERT of an item, the attributes in the order of their
// names.
func insertText(i item) string {
	var members []string
	for _, name := range slices.Sorted(maps.Keys(i)) {
		members = append(members, quote(name, "'")+":?")
	}
	return `INSERT INTO "Inserts" VALUE {` + strings.Join(members, ",") + "}"
}

func insertOf(i item) obj {
	var parameters []types.AttributeValue
	for _, name := range slices.Sorted(maps.Keys(i)) {
		parameters = append(parameters, i[name])
	}
	return bound(insertText(i), parameters...)
}

// bound is a statement with its parameters.
func bound(statement string, parameters ...types.AttributeValue) obj {
	if len(parameters) == 0 {
		return obj{"Statement": statement}
	}
	return obj{"Statement": statement, "Parameters": avs(parameters)}
}

// localDuplicates requires the very codes of DynamoDB Local, where dynsynctest
// is told to have them: alone and, what is the same in the service, in a batch.
func (d *duel) localDuplicates() {
	d.createTable("Inserts", "pk:S sk:N")
	duplicate := insertOf(unitsKey("there"))
	d.must("ExecuteStatement", maps.Clone(duplicate))
	for _, r := range []edgeRequest{{"ExecuteStatement", duplicate}, {"BatchExecuteStatement", obj{"Statements": []obj{duplicate}}}} {
		real, fake := d.ask(r.op, r.request)
		if real.String() != fake.String() || real.canonical() != fake.canonical() {
			d.report("%s of a duplicate:\nDynamoDB Local: %v %s\ndynsynctest:    %v %s", r.op, real, real.raw, fake, fake.raw)
		}
	}
}
