package difftest

import (
	"fmt"
	"strings"
)

// conditionalPuts sends PutItem requests as the library does where it must not
// change an item that is there, or none but the one that it read.
func (d *duel) conditionalPuts() {
	d.createTable("Puts", "pk:S sk:N")
	for _, p := range putRequests() {
		d.must("PutItem", obj{"Item": avMap(item{"pk": str("there"), "sk": num("1"), "a": num("1"), "s": ss("x", "y")})})
		for _, name := range []string{"there", "new"} {
			d.send("PutItem", fmt.Sprintf(`{"TableName":"Puts","Item":{"pk":{"S":%q},"sk":{"N":"1"}%s`, name, p))
		}
		d.compareTables()
		d.empty()
	}
	for range 2 { // a key that is new, and then is there
		d.send("PutItem", `{"TableName":"Puts","Item":{"pk":{"S":"\ud800"},"sk":{"N":"1"}},"ConditionExpression":"attribute_not_exists(#k)","ExpressionAttributeNames":{"#k":"pk"}}`)
	}
	d.compareTables()
}

// putRequests are what follows the key in PutItem requests.
func putRequests() []string {
	const absent = `"ConditionExpression":"attribute_not_exists(#k)"`
	list := []string{
		`,"b":{"S":"x"}},` + absent + `,"ExpressionAttributeNames":{"#k":"pk"}}`,
		`},` + absent + `,"ExpressionAttributeNames":{"#k":"pk"},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`,
		`},` + absent + `,"ExpressionAttributeNames":{"#k":"pk"},"ReturnConsumedCapacity":"TOTAL"}`,
		`},` + absent + `,"ExpressionAttributeNames":{"#k":"sk"}}`,
		`},` + absent + `,"ExpressionAttributeNames":{"#k":"zzz"}}`,
		// Aliases.
		`},` + absent + `,"ExpressionAttributeNames":{"#k":"pk","#unused":"a"}}`,
		`},` + absent + `,"ExpressionAttributeNames":{"#k":"pk","#unused":"pk"}}`,
		`},` + absent + `,"ExpressionAttributeNames":{"#k":"pk"},"ExpressionAttributeValues":{":unused":{"S":"x"}}}`,
		`},` + absent + `,"ExpressionAttributeNames":{"#other":"pk"}}`,
		`},` + absent + `,"ExpressionAttributeNames":{}}`,
		`},` + absent + `}`,
		`},"ExpressionAttributeNames":{"#k":"pk"}}`,
		`},"ConditionExpression":"","ExpressionAttributeNames":{"#k":"pk"}}`,
		// An item that was read.
		`},"ConditionExpression":"attribute_exists(#k) AND #1=:1","ExpressionAttributeNames":{"#k":"pk","#1":"a"},"ExpressionAttributeValues":{":1":{"N":"1.0"}}}`,
		`},"ConditionExpression":"attribute_exists(#k) AND #1=:1","ExpressionAttributeNames":{"#k":"pk","#1":"a"},"ExpressionAttributeValues":{":1":{"N":"2"}}}`,
		`},"ConditionExpression":"attribute_exists(#k) AND #1=:1","ExpressionAttributeNames":{"#k":"pk","#1":"s"},"ExpressionAttributeValues":{":1":{"SS":["y","x"]}}}`,
		`},"ConditionExpression":"attribute_exists(#k) AND #1=:1","ExpressionAttributeNames":{"#k":"pk","#1":"s"},"ExpressionAttributeValues":{":1":{"SS":["x"]}}}`,
		`},"ConditionExpression":"attribute_exists(#k) AND #1=:1","ExpressionAttributeNames":{"#k":"pk","#1":"s"}}`,
	}
	for _, guarded := range []int{99, 100, 150, 151} { // the operators of a condition are limited
		list = append(list, guardedPut(guarded))
	}
	return append(list, surrogatePuts()...)
}

// guardedPut has a condition of so many attributes.
func guardedPut(n int) string {
	condition, names, values := "attribute_exists(#k)", `"#k":"pk"`, ""
	for i := range n {
		condition += fmt.Sprintf(" AND #%d=:%d", i, i)
		names += fmt.Sprintf(`,"#%d":"a"`, i)
		values += fmt.Sprintf(`,":%d":{"N":"1"}`, i)
	}
	return `},"ConditionExpression":"` + condition + `","ExpressionAttributeNames":{` + names + `},"ExpressionAttributeValues":{` + strings.TrimPrefix(values, ",") + `}}`
}

// surrogatePuts have lone surrogates in all places where a string can be.
func surrogatePuts() []string {
	const absent = `,"ConditionExpression":"attribute_not_exists(#k)","ExpressionAttributeNames":{"#k":"pk"}}`
	var list []string
	for _, text := range []string{`\ud800`, `\uDFFF`, `a\ud83db`, `\udc00\ud800`} {
		list = append(list,
			`,"a":{"S":"`+text+`"}}`+absent, `,"`+text+`":{"S":"x"}}`+absent, `,"a":{"SS":["`+text+`","x"]}}`+absent, `,"a":{"M":{"`+text+`":{"L":[{"S":"`+text+`"}]}}}}`+absent,
			`},"ConditionExpression":"attribute_not_exists(#k)","ExpressionAttributeNames":{"#k":"`+text+`"}}`,
			`},"ConditionExpression":"attribute_not_exists(#k) OR #k<>:v","ExpressionAttributeNames":{"#k":"pk"},"ExpressionAttributeValues":{":v":{"S":"`+text+`"}}}`,
			`},"ConditionExpression":"attribute_not_exists(#k)`+text+`","ExpressionAttributeNames":{"#k":"pk"}}`,
			`},"ConditionExpression":"attribute_not_exists(#k)","ExpressionAttributeNames":{"#k":"pk","#`+text+`":"a"}}`,
		)
	}
	return list
}
