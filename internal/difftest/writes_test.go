package difftest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// writes sends generated PutItem, UpdateItem, DeleteItem and BatchWriteItem
// requests, and reads between them.
func (d *duel) writes() {
	d.createTable("Writes", "pk:S sk:N")
	w := &writeSource{conditionSource: d.conditions()}
	for range 30 {
		for range 60 {
			op, request := w.write()
			d.send(op, request)
		}
		d.compareTables()
	}
}

// batches sends BatchWriteItem and BatchGetItem requests, some of which name a
// key twice.
func (d *duel) batches() {
	d.createTable("Batches", "pk:S sk:N")
	w := &writeSource{conditionSource: d.conditions()}
	for range 12 {
		for range 15 {
			d.send("BatchWriteItem", obj{"RequestItems": obj{d.table: w.batch()}, "ReturnConsumedCapacity": "TOTAL"})
			d.send("BatchGetItem", obj{"RequestItems": obj{d.table: w.batchGet()}})
		}
		d.compareTables()
	}
}

// A writeSource draws writes to a table of few keys, so that they meet.
type writeSource struct {
	*conditionSource
}

func (w *writeSource) key() item {
	return item{"pk": str(pick(w.Rand, "p", "q")), "sk": num(pick(w.Rand, "1", "2", "3", "10", "-1"))}
}

// write draws a request.
func (w *writeSource) write() (op string, request obj) {
	p := newExpressionPrinter()
	request = obj{}
	switch w.IntN(10) {
	case 0, 1:
		op, request["Item"] = "PutItem", avMap(w.item())
		request["ReturnValues"] = pick(w.Rand, "NONE", "ALL_OLD")
	case 2:
		op, request["Key"] = "DeleteItem", avMap(w.key())
		request["ReturnValues"] = pick(w.Rand, "NONE", "ALL_OLD")
	case 3:
		return "GetItem", w.get()
	default:
		op, request["Key"] = "UpdateItem", avMap(w.key())
		if !chance(w.Rand, 40) {
			request["UpdateExpression"] = w.update(p)
		}
		request["ReturnValues"] = pick(w.Rand, "NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")
	}
	if chance(w.Rand, 50) {
		request["ReturnValues"] = pick(w.Rand, "UPDATED_NEW", "ALL_NEW", "BOGUS")
	}
	if chance(w.Rand, 3) {
		request["ConditionExpression"] = p.expr(w.condition())
		if chance(w.Rand, 3) {
			request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
		}
	}
	if chance(w.Rand, 4) {
		request["ReturnConsumedCapacity"] = pick(w.Rand, "TOTAL", "INDEXES", "NONE")
	}
	p.addTo(request)
	return op, request
}

func (w *writeSource) get() obj {
	request := obj{"Key": avMap(w.key()), "ConsistentRead": chance(w.Rand, 2)}
	if chance(w.Rand, 2) {
		p := newExpressionPrinter()
		var paths []string
		for range 1 + w.IntN(3) {
			paths = append(paths, p.path(w.target()))
		}
		request["ProjectionExpression"] = strings.Join(paths, ", ")
		p.addTo(request)
	}
	return request
}

// attributes are those of the generated items, and what they usually hold.
var attributes = map[string]func(*writeSource) types.AttributeValue{
	"n":  func(w *writeSource) types.AttributeValue { return num(w.number()) },
	"s":  func(w *writeSource) types.AttributeValue { return str(w.text()) },
	"b":  func(w *writeSource) types.AttributeValue { return bin(w.text()) },
	"ss": func(w *writeSource) types.AttributeValue { return ss(w.members("x", "y", "z", "")...) },
	"ns": func(w *writeSource) types.AttributeValue { return ns(w.members("1", "2.5", "-3", "1E2")...) },
	"bs": func(w *writeSource) types.AttributeValue { return bs(w.members("x", "y", "", "\x00")...) },
	"l": func(w *writeSource) types.AttributeValue {
		l := []types.AttributeValue{}
		for range w.IntN(4) {
			l = append(l, w.value())
		}
		return list(l...)
	},
	"m": func(w *writeSource) types.AttributeValue {
		m := item{}
		for _, name := range w.members("x", "y", "n") {
			m[name] = w.value()
		}
		return dict(m)
	},
}

func (w *writeSource) attribute() string {
	return pick(w.Rand, slices.Sorted(maps.Keys(attributes))...)
}

func (w *writeSource) item() item {
	i := w.key()
	for range w.IntN(7) {
		name := w.attribute()
		i[name] = w.typical(name)
	}
	return i
}

// typical draws a value for an attribute, one time in eight of any type.
func (w *writeSource) typical(name string) types.AttributeValue {
	if chance(w.Rand, 8) {
		return w.value()
	}
	return attributes[name](w)
}

func (w *writeSource) number() string {
	return pick(w.Rand, "0", "1", "-1", "2.50", "1e3", "+7", ".5", "99999999999999999999999999999999999999", "1E-130", "9.9E125", "-0", "12345678901234567890.123456789")
}

func (w *writeSource) text() string {
	return pick(w.Rand, "", "a", "ab", "é", "😀", "\x00", `"\`, "\u2028", strings.Repeat("x", 50))
}

// members draws a set of some of them.
func (w *writeSource) members(from ...string) []string {
	w.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	return from[:1+w.IntN(len(from))]
}

// target draws a path of the generated items.
func (w *writeSource) target() partiql.Path {
	switch w.IntN(12) {
	case 0, 1:
		return path("m", pick(w.Rand, "x", "y", "n", "new"))
	case 2:
		return path("l", w.IntN(4))
	case 3:
		return pick(w.Rand, path("m", "x", "y"), path("l", 0, "x"), path("l", 99), path("m", 0), path("s", "x"), path("zzz", "x"))
	case 4:
		return pick(w.Rand, path("pk"), path("zzz"), path("a.b"), path("size"))
	}
	return path(w.attribute())
}

// update draws an UpdateExpression.
func (w *writeSource) update(p *expressionPrinter) string {
	clauses := map[string][]string{}
	for range 1 + w.IntN(3) {
		switch w.IntN(8) {
		case 0:
			clauses["REMOVE"] = append(clauses["REMOVE"], p.path(w.target()))
		case 1:
			name := pick(w.Rand, "n", "ns", "ss", "bs", w.attribute())
			clauses["ADD"] = append(clauses["ADD"], p.path(path(name))+" "+p.value(w.typical(name)))
		case 2:
			name := pick(w.Rand, "ns", "ss", "bs", w.attribute())
			clauses["DELETE"] = append(clauses["DELETE"], p.path(path(name))+" "+p.value(w.typical(name)))
		default:
			target := w.target()
			clauses["SET"] = append(clauses["SET"], p.path(target)+" = "+w.assigned(p, target))
		}
	}
	var sections []string
	for _, name := range pick(w.Rand, []string{"SET", "REMOVE", "ADD", "DELETE"}, []string{"DELETE", "ADD", "REMOVE", "SET"}) {
		if len(clauses[name]) > 0 {
			sections = append(sections, name+" "+strings.Join(clauses[name], ", "))
		}
	}
	return strings.Join(sections, " ")
}

// assigned draws the right side of an assignment.
func (w *writeSource) assigned(p *expressionPrinter, target partiql.Path) string {
	name := target.Steps[0].Name
	if attributes[name] == nil {
		name = w.attribute()
	}
	value := func() string { return p.value(w.typical(name)) }
	switch w.IntN(10) {
	case 0:
		return "if_not_exists(" + p.path(w.target()) + ", " + value() + ")"
	case 1:
		return "list_append(" + p.path(path("l")) + ", " + p.value(w.typical("l")) + ")"
	case 2:
		return "list_append(if_not_exists(" + p.path(path("l")) + ", " + p.value(w.typical("l")) + "), " + p.value(w.typical("l")) + ")"
	case 3, 4:
		return p.path(path("n")) + pick(w.Rand, " + ", " - ") + p.value(w.typical("n"))
	case 5:
		return fmt.Sprintf("if_not_exists(%s, %s) + %s", p.path(path("n")), p.value(num("1")), p.value(w.typical("n")))
	case 6:
		return p.path(w.target())
	}
	return value()
}

// condition draws one about the attributes that the items have.
func (w *writeSource) condition() partiql.Expr {
	switch w.IntN(6) {
	case 0:
		return partiql.Call{Func: pick(w.Rand, "attribute_exists", "attribute_not_exists"), Args: []partiql.Operand{path("pk")}}
	case 1:
		return w.tree(2)
	case 2:
		return partiql.And{Left: w.condition(), Right: w.condition()}
	case 3:
		return partiql.Compare{Op: pick(w.Rand, "=", "<>"), Left: path("sk"), Right: partiql.Literal{Value: num(pick(w.Rand, "1", "2"))}}
	}
	name := w.attribute()
	return partiql.Compare{Op: pick(w.Rand, "=", "<>"), Left: w.target(), Right: partiql.Literal{Value: w.typical(name)}}
}

// batch draws the requests of a BatchWriteItem.
func (w *writeSource) batch() []obj {
	var requests []obj
	seen := map[string]bool{}
	for range 1 + w.IntN(8) {
		i := w.item()
		key := item{"pk": i["pk"], "sk": i["sk"]}
		text := string(av(dict(key)))
		if seen[text] && !chance(w.Rand, 20) {
			continue
		}
		seen[text] = true
		if chance(w.Rand, 3) {
			requests = append(requests, obj{"DeleteRequest": obj{"Key": avMap(key)}})
			continue
		}
		requests = append(requests, obj{"PutRequest": obj{"Item": avMap(i)}})
	}
	return requests
}

// batchGet draws what a BatchGetItem asks of one table.
func (w *writeSource) batchGet() obj {
	var keys []any
	seen := map[string]bool{}
	for range 1 + w.IntN(6) {
		key := w.key()
		if text := string(av(dict(key))); !seen[text] || chance(w.Rand, 20) {
			seen[text] = true
			keys = append(keys, avMap(key))
		}
	}
	request := obj{"Keys": keys}
	if chance(w.Rand, 3) {
		request["ConsistentRead"] = true
	}
	if chance(w.Rand, 2) {
		p := newExpressionPrinter()
		request["ProjectionExpression"] = p.path(w.target())
		p.addTo(request)
	}
	return request
}
