package difftest

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
	"github.com/dynsync/dynsync/internal/rawapi"
)

// measuredConditions sends the conditions that the tests of package partiql
// hold recorded answers for, and so checks the record, too.
func (d *duel) measuredConditions() {
	d.fillMixed()
	text, err := os.ReadFile("../partiql/testdata/conditions.txt")
	if err != nil {
		d.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(line, "\t")
		request := obj{"Statement": `SELECT * FROM "Mix" WHERE ` + f[0]}
		if f[1] != "" {
			request["Parameters"] = json.RawMessage(f[1])
		}
		d.send("ExecuteStatement", request)
	}
}

// generatedConditions sends conditions with literals and with parameters.
func (d *duel) generatedConditions() {
	d.fillMixed()
	c := d.conditions()
	for range 1800 {
		p := &partiqlPrinter{Rand: d.Rand}
		request := obj{"Statement": `SELECT * FROM "Mix" WHERE ` + p.expr(c.tree(3))}
		if len(p.params) > 0 {
			request["Parameters"] = avs(p.params)
		}
		d.send("ExecuteStatement", request)
	}
}

// misspeltConditions drops, doubles and swaps words of conditions. Most are
// refused then; which of two faults a server names is its own business.
func (d *duel) misspeltConditions() {
	d.fillMixed()
	c := d.conditions()
	for range 900 {
		p := &partiqlPrinter{Rand: d.Rand}
		words := strings.Fields(p.expr(c.tree(2)))
		for range 1 + d.IntN(2) {
			i, j := d.IntN(len(words)), d.IntN(len(words))
			switch d.IntN(4) {
			case 0:
				words = slices.Delete(words, i, i+1)
			case 1:
				words = slices.Insert(words, i, words[j])
			case 2:
				words[i], words[j] = words[j], words[i]
			case 3:
				words[i] = pick(d.Rand, "AND", "OR", "NOT", "IN", "IS", "(", ")", ",", "=", "<", "a", "1", "null", "missing", "BETWEEN", "'", `"`, ";", "--", "?")
			}
			if len(words) == 0 {
				words = []string{"a"}
			}
		}
		request := obj{"Statement": `SELECT * FROM "Mix" WHERE ` + strings.Join(words, " ")}
		if len(p.params) > 0 {
			request["Parameters"] = avs(p.params)
		}
		body := d.body("ExecuteStatement", request)
		real, fake := d.ask("ExecuteStatement", string(body))
		if real.status == 400 && fake.status == 400 && real.code == fake.code {
			continue
		}
		if diff := d.compare("ExecuteStatement", body, real, fake); diff != "" {
			d.report("%s\n%s", body, diff)
		}
	}
}

// filters sends conditions as the FilterExpression of a Scan.
func (d *duel) filters() {
	d.fillMixed()
	c := d.conditions()
	for range 1000 {
		d.send("Scan", expressionPrinter{}.request("FilterExpression", c.tree(3)))
	}
}

// A conditionSource draws conditions that have something to do with the items.
type conditionSource struct {
	*rand.Rand
	values []types.AttributeValue // such as the items hold
	paths  []partiql.Path
}

func (d *duel) conditions() *conditionSource {
	d.Helper()
	c := &conditionSource{Rand: d.Rand}
	for _, text := range d.mixedItems() {
		i, err := rawapi.ItemMap(text)
		if err != nil {
			d.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(i)) {
			if name != "pk" {
				c.values = append(c.values, i[name])
			}
		}
	}
	c.values = append(c.values, num("1.0"), num("-0"), num("3"), num("1E-130"), num("9.9E125"), str("\uE000"), str("''"), str(`"`), str("ab"),
		list(num("1"), str("a")), dict(item{"x": num("1"), "y": null()}), ns("2.0", "1"), ss("b", "a"), bs("\x01"))
	for _, p := range [][]any{
		{"a"}, {"a"}, {"a"}, {"a"}, {"a"}, {"c"}, {"c"}, {"zzz"}, {"A"}, {"size"}, {"value"}, {"a.b"}, {"a-b"}, {`a"b`}, {"a'b"}, {"日本"}, {"$d"},
		{"a", "x"}, {"a", "x"}, {"a", "y"}, {"a", 0}, {"a", 0}, {"a", 1}, {"a", "0"}, {"a", "x", "y"}, {"a", 0, "x"}, {"a", 1, 0}, {"zzz", "x", 3},
	} {
		c.paths = append(c.paths, path(p...))
	}
	return c
}

func path(steps ...any) partiql.Path {
	var p partiql.Path
	for _, s := range steps {
		switch s := s.(type) {
		case string:
			p.Steps = append(p.Steps, partiql.Step{Name: s})
		case int:
			p.Steps = append(p.Steps, partiql.Step{Index: s, Elem: true})
		}
	}
	return p
}

// tree draws a condition of at most that many levels of AND, OR and NOT.
func (c *conditionSource) tree(depth int) partiql.Expr {
	if depth > 0 {
		switch c.IntN(6) {
		case 0:
			return partiql.And{Left: c.tree(depth - 1), Right: c.tree(depth - 1)}
		case 1, 2:
			return partiql.Or{Left: c.tree(depth - 1), Right: c.tree(depth - 1)}
		case 3:
			return partiql.Not{X: c.tree(depth - 1)}
		}
	}
	return c.predicate()
}

func (c *conditionSource) predicate() partiql.Expr {
	switch c.IntN(12) {
	case 0, 1:
		return c.between()
	case 2, 3:
		in := partiql.In{X: c.left()}
		for range 1 + c.IntN(5) {
			in.List = append(in.List, c.operand())
		}
		return in
	case 4:
		return partiql.Call{Func: pick(c.Rand, "attribute_exists", "attribute_not_exists"), Args: []partiql.Operand{c.left()}}
	case 5:
		kind := str(pick(c.Rand, "S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"))
		if chance(c.Rand, 10) {
			kind = c.value()
		}
		return partiql.Call{Func: "attribute_type", Args: []partiql.Operand{c.left(), partiql.Literal{Value: kind}}}
	case 6:
		prefix := pick(c.Rand, str(""), str("a"), str("ab"), str("s"), bin("\x01"), bin("\x01\x02"), bin("a"))
		if chance(c.Rand, 5) {
			prefix = c.value()
		}
		return partiql.Call{Func: "begins_with", Args: []partiql.Operand{c.left(), partiql.Literal{Value: prefix}}}
	case 7:
		return partiql.Call{Func: "contains", Args: []partiql.Operand{c.left(), c.operand()}}
	case 8:
		return partiql.Is{X: c.path(), Type: pick(c.Rand, "MISSING", "NULL", "BOOLEAN", "STRING", "NUMERIC", "BLOB", "LIST", "STRUCT")}
	}
	return c.compare()
}

func (c *conditionSource) compare() partiql.Expr {
	e := partiql.Compare{Op: pick(c.Rand, "=", "=", "<>", "<", "<=", ">", ">="), Left: c.left(), Right: c.operand()}
	if e.Op[0] != '=' && e.Op != "<>" && !chance(c.Rand, 12) {
		e.Right = partiql.Literal{Value: c.scalar()}
	}
	if chance(c.Rand, 6) {
		e.Left, e.Right = e.Right, e.Left
	}
	return e
}

func (c *conditionSource) between() partiql.Expr {
	low, high := c.scalar(), c.scalar()
	if !chance(c.Rand, 10) {
		for rawKind(low) != rawKind(high) {
			high = c.scalar()
		}
		if partiql.Validate(partiql.Between{X: path("a"), Low: partiql.Literal{Value: low}, High: partiql.Literal{Value: high}}, nil) != nil {
			low, high = high, low
		}
	}
	e := partiql.Between{X: c.left(), Low: partiql.Literal{Value: low}, High: partiql.Literal{Value: high}}
	if chance(c.Rand, 8) {
		e.Low = c.path()
	}
	return e
}

// rawKind is the type letter.
func rawKind(v types.AttributeValue) string {
	kind, _, _ := strings.Cut(string(av(v)[2:]), `"`)
	return kind
}

func (c *conditionSource) left() partiql.Operand {
	switch c.IntN(15) {
	case 0, 1:
		return partiql.Size{X: c.path()}
	case 2:
		return partiql.Literal{Value: c.value()}
	}
	return c.path()
}

func (c *conditionSource) operand() partiql.Operand {
	switch c.IntN(12) {
	case 0:
		return c.path()
	case 1:
		return partiql.Size{X: c.path()}
	case 2:
		return partiql.Literal{Value: num(pick(c.Rand, "0", "1", "2", "3"))}
	}
	return partiql.Literal{Value: c.value()}
}

func (c *conditionSource) path() partiql.Path { return pick(c.Rand, c.paths...) }

func (c *conditionSource) value() types.AttributeValue { return pick(c.Rand, c.values...) }

// scalar draws a value that can be ordered.
func (c *conditionSource) scalar() types.AttributeValue {
	for {
		switch v := c.value().(type) {
		case *types.AttributeValueMemberS, *types.AttributeValueMemberN, *types.AttributeValueMemberB:
			return v
		}
	}
}
