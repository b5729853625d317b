package difftest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// statements sends generated INSERT, UPDATE, DELETE and keyed SELECT
// statements.
func (d *duel) statements() {
	d.createTable("Statements", "pk:S sk:N")
	w := &writeSource{conditionSource: d.conditions()}
	for range 25 {
		for range 50 {
			d.send("ExecuteStatement", w.statement(d.table))
		}
		d.compareTables()
	}
}

// statementBatches sends BatchExecuteStatement requests of writes, of reads and
// of both.
func (d *duel) statementBatches() {
	d.createTable("Statements", "pk:S sk:N")
	w := &writeSource{conditionSource: d.conditions()}
	for range 12 {
		for range 12 {
			var list []obj
			reads := chance(d.Rand, 3)
			for range 1 + d.IntN(5) {
				s := w.statement(d.table)
				for isSelect(s) != reads && !chance(d.Rand, 60) {
					s = w.statement(d.table)
				}
				list = append(list, s)
			}
			d.sendStatements(list)
		}
		d.compareTables()
	}
}

// sendStatements sends a batch. A batch that is refused as such must not have
// changed anything.
func (d *duel) sendStatements(list []obj) {
	d.Helper()
	body := d.body("BatchExecuteStatement", obj{"Statements": list})
	real, fake := d.send("BatchExecuteStatement", string(body))
	if real.status == 200 {
		return
	}
	for _, diff := range d.tableDifferences() {
		if !allowed("BatchExecuteStatement tables", string(body), real.String(), fake.String()) {
			d.report("%s\n%s", body, diff)
		}
	}
	d.empty()
}

func isSelect(statement obj) bool {
	text, _ := statement["Statement"].(string)
	return strings.HasPrefix(text, "SELECT")
}

// statement draws one, as the members of a request.
func (w *writeSource) statement(table string) obj {
	p := &partiqlPrinter{Rand: w.Rand}
	var text string
	switch w.IntN(6) {
	case 0, 1:
		text = w.insert(p, table)
	case 2, 3:
		text = w.updateStatement(p, table)
	case 4:
		text = fmt.Sprintf(`DELETE FROM "%s" WHERE %s`, table, w.whereKey(p))
		if chance(w.Rand, 3) {
			text += " RETURNING ALL OLD *"
		}
	case 5:
		text = fmt.Sprintf(`SELECT %s FROM "%s" WHERE %s`, pick(w.Rand, "*", "*", "pk, n", `"m"."x", l[0]`, "s"), table, w.whereKey(p))
	}
	request := obj{"Statement": text}
	if len(p.params) > 0 {
		request["Parameters"] = avs(p.params)
	}
	if chance(w.Rand, 6) {
		request["ReturnValuesOnConditionCheckFailure"] = pick(w.Rand, "ALL_OLD", "NONE")
	}
	return request
}

func (w *writeSource) insert(p *partiqlPrinter, table string) string {
	i := w.item()
	if chance(w.Rand, 20) {
		delete(i, pick(w.Rand, "pk", "sk"))
	}
	if chance(w.Rand, 20) {
		i[pick(w.Rand, "pk", "sk")] = w.value()
	}
	var members []string
	for _, name := range slices.Sorted(maps.Keys(i)) {
		members = append(members, quote(name, "'")+" : "+p.operand(partiql.Literal{Value: i[name]}))
	}
	return fmt.Sprintf(`INSERT INTO "%s" VALUE { %s }`, table, strings.Join(members, " , "))
}

func (w *writeSource) updateStatement(p *partiqlPrinter, table string) string {
	text := fmt.Sprintf(`UPDATE "%s"`, table)
	for range 1 + w.IntN(2) {
		if chance(w.Rand, 4) {
			text += " REMOVE " + p.path(w.target())
			continue
		}
		target := w.target()
		text += " SET " + p.path(target) + " = " + w.assignedStatement(p, target)
	}
	text += " WHERE " + w.whereKey(p)
	if chance(w.Rand, 2) {
		text += pick(w.Rand, " RETURNING ALL OLD *", " RETURNING ALL NEW *", " RETURNING MODIFIED OLD *", " RETURNING MODIFIED NEW *")
	}
	return text
}

// assignedStatement draws the right side of an assignment in PartiQL.
func (w *writeSource) assignedStatement(p *partiqlPrinter, target partiql.Path) string {
	name := target.Steps[0].Name
	if attributes[name] == nil {
		name = w.attribute()
	}
	value := func(name string) string { return p.operand(partiql.Literal{Value: w.typical(name)}) }
	switch w.IntN(9) {
	case 0:
		return "if_not_exists(" + p.path(w.target()) + ", " + value(name) + ")"
	case 1:
		return "list_append(l, " + value("l") + ")"
	case 2, 3:
		return "n " + pick(w.Rand, "+", "-") + " " + value("n")
	case 4:
		return pick(w.Rand, "set_add", "set_delete") + "(" + p.path(target) + ", " + value(pick(w.Rand, "ss", "ns", "bs")) + ")"
	case 5:
		return p.path(w.target())
	}
	return value(name)
}

// whereKey draws a condition on the whole key, with more or less of it at
// times.
func (w *writeSource) whereKey(p *partiqlPrinter) string {
	key := w.key()
	var parts []string
	for _, name := range []string{"pk", "sk"} {
		v := key[name]
		if chance(w.Rand, 30) {
			v = w.value()
		}
		parts = append(parts, name+" = "+p.operand(partiql.Literal{Value: v}))
	}
	switch w.IntN(12) {
	case 0:
		parts = parts[w.IntN(2):][:1]
	case 1, 2, 3:
		parts = append(parts, p.grouped(w.condition()))
	}
	return strings.Join(parts, " AND ")
}

// keyedConditions sends SELECT statements whose conditions are about the keys.
func (d *duel) keyedConditions() {
	d.createTable("Keyed", "pk:S sk:N")
	for pk := range 4 {
		for sk := range 6 {
			d.must("PutItem", obj{"Item": avMap(item{"pk": str(string(rune('a' + pk))), "sk": num(fmt.Sprint(sk - 2)), "a": num(fmt.Sprint(sk)), "c": str(strings.Repeat("c", pk))})})
		}
	}
	k := &keySource{conditionSource: d.conditions()}
	for range 1500 {
		p := &partiqlPrinter{Rand: d.Rand}
		request := obj{"Statement": `SELECT * FROM "Keyed" WHERE ` + p.expr(k.tree())}
		if chance(d.Rand, 8) {
			request["Statement"] = request["Statement"].(string) + pick(d.Rand, " ORDER BY pk", " ORDER BY sk DESC", " ORDER BY pk DESC, sk ASC", " ORDER BY a")
		}
		if len(p.params) > 0 {
			request["Parameters"] = avs(p.params)
		}
		if chance(d.Rand, 4) {
			request["Limit"] = 1 + d.IntN(30)
		}
		d.send("ExecuteStatement", request)
	}
}

// A keySource draws conditions on key attributes.
type keySource struct{ *conditionSource }

func (k *keySource) tree() partiql.Expr {
	e := k.key("pk")
	switch k.IntN(8) {
	case 0:
		return partiql.Or{Left: e, Right: k.key(pick(k.Rand, "pk", "sk"))}
	case 1:
		return partiql.Not{X: e}
	case 2:
		return partiql.And{Left: partiql.And{Left: e, Right: k.key("sk")}, Right: k.rest()}
	case 3:
		return partiql.And{Left: k.key("sk"), Right: e}
	case 4, 5:
		return partiql.And{Left: e, Right: k.key("sk")}
	case 6:
		return partiql.And{Left: e, Right: k.rest()}
	}
	return e
}

func (k *keySource) rest() partiql.Expr {
	return partiql.Compare{Op: pick(k.Rand, "=", "<>", "<"), Left: path(pick(k.Rand, "a", "c")), Right: partiql.Literal{Value: pick(k.Rand, num("2"), str("cc"))}}
}

// value draws a value for a key attribute, seldom of a wrong type or empty.
func (k *keySource) value(name string) partiql.Operand {
	v := str(pick(k.Rand, "a", "b", "c", "zz"))
	if name == "sk" {
		v = num(pick(k.Rand, "-2", "0", "1", "2.0", "7"))
	}
	if chance(k.Rand, 30) {
		v = pick(k.Rand, str("1"), num("1"), str(""), null(), bin("a"), list(str("a")), ss("a"))
	}
	return partiql.Literal{Value: v}
}

func (k *keySource) key(name string) partiql.Expr {
	x := path(name)
	if chance(k.Rand, 60) {
		x = path(name, "x")
	}
	switch k.IntN(16) {
	case 0, 1:
		in := partiql.In{X: x}
		for range 1 + k.IntN(3) {
			in.List = append(in.List, k.value(name))
		}
		return in
	case 2:
		return partiql.Between{X: x, Low: k.value(name), High: k.value(name)}
	case 3:
		return partiql.Call{Func: pick(k.Rand, "begins_with", "contains"), Args: []partiql.Operand{x, k.value(name)}}
	case 4:
		return partiql.Compare{Op: pick(k.Rand, "=", "<>", "<", ">="), Left: k.value(name), Right: x}
	case 5:
		return partiql.Compare{Op: pick(k.Rand, "<", "<=", ">", ">=", "<>"), Left: x, Right: k.value(name)}
	case 6:
		return partiql.Is{X: x, Type: pick(k.Rand, "STRING", "NUMERIC", "MISSING", "NULL")}
	case 7:
		return partiql.Call{Func: pick(k.Rand, "attribute_exists", "attribute_not_exists"), Args: []partiql.Operand{x}}
	case 8:
		return partiql.Compare{Op: "=", Left: partiql.Size{X: x}, Right: partiql.Literal{Value: num("1")}}
	}
	return partiql.Compare{Op: "=", Left: x, Right: k.value(name)}
}

// statementEdges sends statements that are special in some way.
func (d *duel) statementEdges() {
	d.createTable("Edges", "pk:S sk:N")
	d.must("PutItem", obj{"Item": avMap(item{"pk": str("p"), "sk": num("1"), "a": num("1"), "s": ss("a", "b"), "l": list(num("1"))})})
	for _, text := range edgeStatements {
		d.send("ExecuteStatement", obj{"Statement": text})
		d.send("BatchExecuteStatement", obj{"Statements": []obj{{"Statement": text}}})
	}
	d.compareTables()
	one := func(text string, params ...types.AttributeValue) obj {
		s := obj{"Statement": text}
		if params != nil {
			s["Parameters"] = avs(params)
		}
		return s
	}
	for _, request := range []obj{
		{},
		{"Statement": ""},
		{"Statement": `SELECT * FROM "Edges"`, "Limit": 0},
		{"Statement": `SELECT * FROM "Edges"`, "Limit": -1},
		{"Statement": `SELECT * FROM "Edges"`, "NextToken": "garbage"},
		{"Statement": `SELECT * FROM "Edges"`, "NextToken": ""},
		{"Statement": `SELECT * FROM "Edges"`, "ConsistentRead": true},
		{"Statement": `SELECT * FROM "Edges" WHERE a = ?`},
		{"Statement": `SELECT * FROM "Edges" WHERE a = ?`, "Parameters": []obj{}},
		{"Statement": `SELECT * FROM "Edges" WHERE a = ?`, "Parameters": avs([]types.AttributeValue{num("1"), num("2")})},
		{"Statement": `SELECT * FROM "Edges" WHERE a = ?`, "Parameters": json.RawMessage(`[{"N":"x"}]`)},
		{"Statement": `SELECT * FROM "Edges" WHERE a = ?`, "Parameters": json.RawMessage(`[{"SS":[]}]`)},
		{"Statement": `SELECT * FROM "Edges" WHERE a = ?`, "Parameters": json.RawMessage(`[{"SS":["a","a"]}]`)},
		{"Statement": `SELECT * FROM "Edges" WHERE a = ?`, "Parameters": json.RawMessage(`[{"NULL":false}]`)},
		{"Statement": `SELECT * FROM "Edges" WHERE a = ?`, "Parameters": json.RawMessage(`[{}]`)},
		{"Statement": `SELECT * FROM "Edges" WHERE a = ?`, "Parameters": json.RawMessage(`[{"S":"a","N":"1"}]`)},
		{"Statement": `SELECT * FROM "Edges" WHERE a = '` + strings.Repeat("x", 8192) + `'`},
		{"Statement": `SELECT * FROM "Edges" WHERE a = '` + strings.Repeat("x", 8155) + `'`},
		{"Statement": `SELECT * FROM "Edges" WHERE a = '` + strings.Repeat("é", 4090) + `'`},
	} {
		d.send("ExecuteStatement", request)
	}
	insert := `INSERT INTO "Edges" VALUE {'pk':?,'sk':?}`
	for _, statements := range [][]obj{
		{},
		slices.Repeat([]obj{one(`SELECT * FROM "Edges" WHERE pk='p' AND sk=1`)}, 26),
		slices.Repeat([]obj{one(`SELECT * FROM "Edges" WHERE pk='p' AND sk=1`)}, 2),
		{one(insert, str("x"), num("1")), one(`SELECT * FROM "Edges" WHERE pk='p' AND sk=1`)},
		{one(insert, str("x"), num("1")), one(insert, str("x"), num("1.0"))},
		{one(insert, str("y"), num("1")), one(insert, str("p"), num("1")), one(insert, str("y"), str("1")), one(`DELETE FROM "None" WHERE pk='p'`), one("oops")},
		{one(`SELECT * FROM "Edges" WHERE pk='p'`), one(`SELECT * FROM "Edges"`), one(`SELECT * FROM "Edges" WHERE pk='p' AND sk=1 AND a=1`)},
		{one(`UPDATE "Edges" SET a=2 WHERE pk='p' AND sk=1 RETURNING ALL NEW *`), one(`UPDATE "Edges" SET a=2 WHERE pk='p' AND sk=2`), one(`DELETE FROM "Edges" WHERE pk='q' AND sk=1`)},
	} {
		d.sendStatements(statements)
	}
	d.compareTables()
}

// edgeStatements are sent without parameters.
var edgeStatements = []string{
	`SELECT * FROM Edges`, `SELECT * FROM "Edges";`, `SELECT * FROM "Edges" ;;`, `SELECT * FROM "edges"`, `SELECT * FROM "No-Such.Table"`,
	`SELECT * FROM "Edges"."noIndex"`, `SELECT * FROM "Edges" WHERE 1=1; DELETE FROM "Edges" WHERE pk='p' AND sk=1`, `SELECT * FROM "Ed""ges"`,
	`SELECT * FROM "Ed\"ges"`, `SELECT * FROM 'Edges'`, "SELECT * FROM `Edges`", `SELECT * FROM ?`, `SELECT * FROM ""`, `SELECT * FROM "Edges" AS t`,
	`SELECT * FROM "Edges" t`, `SELECT pk, sk FROM "Edges"`, `SELECT a, a FROM "Edges"`, `SELECT l[0] FROM "Edges"`, `SELECT zzz FROM "Edges"`,
	`SELECT DISTINCT a FROM "Edges"`, `SELECT COUNT(*) FROM "Edges"`, `SELECT VALUE a FROM "Edges"`, `SELECT * FROM "Edges" LIMIT 1`,
	`SELECT * FROM "Edges" WHERE`, `SELECT * FROM "Edges" WHERE ()`, `SELECT * FROM "Edges" WHERE true`, `SELECT * FROM "Edges" ORDER BY pk`,
	`SELECT * FROM "Edges" WHERE pk='p' ORDER BY sk DESC`, `SELECT * FROM "Edges" WHERE pk='p' ORDER BY a`, `select * from "Edges" where "pk"='p' -- end`,
	`SELECT * FROM "Edges" /* x */ WHERE pk='p'`, `SELECT * FROM "Edges" WHERE pk='p' /* open`, `SELECT * FROM "Edges", "Edges"`,
	`SELECT * FROM "Edges" WHERE pk='p' AND sk=1 AND pk='p'`, `SELECT * FROM "Edges" WHERE pk='p' AND pk='q'`, `SELECT * FROM "Edges" WHERE 'p'=pk`,
	``, `;`, `SELECT`, `DROP TABLE "Edges"`, `SELECT * FROM`, `EXEC x`, `BEGIN`,
	`INSERT INTO "Edges" VALUE {'pk':'p','sk':1}`, `INSERT INTO "Edges" VALUE {'pk':'q'}`, `INSERT INTO "Edges" VALUE {'pk':1,'sk':1}`,
	`INSERT INTO "Edges" VALUE {'pk':'','sk':1}`, `INSERT INTO "Edges" VALUE {'pk':'q','sk':1,'pk':'q'}`, `INSERT INTO "Edges" VALUE {'pk':'q','sk':1,'':1}`,
	`INSERT INTO "Edges" VALUE {pk:'q','sk':1}`, `INSERT INTO "Edges" VALUES {'pk':'q','sk':1}`, `INSERT INTO "Edges" VALUE ?`, `INSERT INTO "Edges" VALUE 'x'`,
	`INSERT INTO "Edges" ("pk") VALUE ('q')`, `INSERT INTO "Edges" VALUE {'pk':'r','sk':1,'a':[1,{'b':<<'x'>>}],'it''s':null}`, `INSERT INTO "None" VALUE {'pk':'p'}`,
	`INSERT INTO "Edges" VALUE {'pk':'r','sk':2} RETURNING ALL OLD *`, `INSERT INTO "Edges" VALUE {'pk':'r','sk':3} ON CONFLICT DO NOTHING`,
	`INSERT INTO "Edges"."x" VALUE {'pk':'r','sk':4}`, `INSERT INTO "Edges" << {'pk':'r','sk':5} >>`, `INSERT INTO "Edges" VALUE {'pk':'r','sk':6,'s':<<1,1>>}`,
	`INSERT INTO "Edges" VALUE {'pk':'r','sk':7,'n':1e126}`, `INSERT INTO "Edges" VALUE {'pk':'r','sk':8,'n':123456789012345678901234567890123456789}`,
	`UPDATE "Edges" SET a=2 WHERE pk='p'`, `UPDATE "Edges" SET a=2`, `UPDATE "Edges" SET a=2 WHERE a=1`, `UPDATE "Edges" SET pk='q' WHERE pk='p' AND sk=1`,
	`UPDATE "Edges" SET a=2 WHERE pk='none' AND sk=1`, `UPDATE "Edges" SET a=a+1 WHERE pk='p' AND sk=1 AND a=77`, `UPDATE "Edges" SET a=a+1 WHERE pk='p' AND sk=1 RETURNING MODIFIED NEW *`,
	`UPDATE "Edges" SET a=2, b=3 WHERE pk='p' AND sk=1 RETURNING ALL NEW *`, `UPDATE "Edges" SET a=2 SET a=3 WHERE pk='p' AND sk=1`, `UPDATE "Edges" REMOVE b WHERE pk='p' AND sk=1`,
	`UPDATE "Edges" REMOVE b REMOVE l[0] WHERE pk='p' AND sk=1 RETURNING MODIFIED OLD *`, `UPDATE "Edges" REMOVE b, a WHERE pk='p' AND sk=1`,
	`UPDATE "Edges" SET s=set_add(s,<<'c'>>) WHERE pk='p' AND sk=1 RETURNING ALL NEW *`, `UPDATE "Edges" SET s=set_delete(s,<<'c','a','b'>>) WHERE pk='p' AND sk=1 RETURNING ALL NEW *`,
	`UPDATE "Edges" SET l=list_append(l,[1,2]) WHERE pk='p' AND sk=1 RETURNING ALL NEW *`, `UPDATE "Edges" SET m.x=1 WHERE pk='p' AND sk=1`, `UPDATE "Edges" SET b=zzz WHERE pk='p' AND sk=1`,
	`UPDATE "Edges" SET a='x'+1 WHERE pk='p' AND sk=1`, `UPDATE "Edges"."x" SET a=1 WHERE pk='p' AND sk=1`, `UPDATE "Edges" SET a=1 WHERE pk='p' AND sk=1 RETURNING ALL NEW a`,
	`UPDATE "Edges" SET a=1 WHERE pk='p' AND sk=1 OR a=1`, `UPDATE "Edges" SET a=1 WHERE pk IN ['p'] AND sk=1`, `UPDATE "Edges" SET a=1 WHERE pk=1 AND sk=1`, `UPDATE "Edges" SET a=1 WHERE pk='' AND sk=1`,
	`DELETE FROM "Edges"`, `DELETE FROM "Edges" WHERE pk='p'`, `DELETE FROM "Edges" WHERE pk='none' AND sk=1`, `DELETE FROM "Edges" WHERE pk='none' AND sk=1 AND a=1`,
	`DELETE FROM "Edges" WHERE pk='p' AND sk=1 AND a=77`, `DELETE FROM "Edges" WHERE pk='p' AND sk=1 RETURNING ALL NEW *`, `DELETE FROM "Edges" WHERE pk='p' AND sk=1 RETURNING ALL OLD *`,
	`DELETE FROM "Edges"."x" WHERE pk='p' AND sk=1`, `DELETE "Edges" WHERE pk='p' AND sk=1`, `DELETE FROM "Edges" WHERE pk>'p' AND sk=1`, `DELETE FROM "None" WHERE pk='p'`,
}
