package partiql

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/dynamolocal"
	"github.com/dynsync/dynsync/internal/testsize"
)

var (
	filters   = flag.Int("filters", 0, "generated conditions that TestFiltersSelect compares on each server; 0 is by the size of the tests")
	firstDraw = flag.Int("first-filter", 0, "the first of them")
)

// InProcess starts an in-process server that ends with the test. server_test.go
// sets it.
var InProcess func(testing.TB) *dynamodb.Client

// eachServer runs a test on DynamoDB Local and on the in-process server.
func eachServer(t *testing.T, test func(*testing.T, *selector)) {
	t.Run("DynamoDB Local", func(t *testing.T) {
		test(t, &selector{T: t, client: dynamolocal.Shared(t).Client("filters", "eu-central-1")})
	})
	t.Run("in process", func(t *testing.T) {
		test(t, &selector{T: t, client: InProcess(t), inProcess: true})
	})
}

// A selector selects items of a table by PartiQL and by Scan.
type selector struct {
	*testing.T
	client    *dynamodb.Client
	inProcess bool
	seen      map[string]int // how often each case came
}

// fill makes the table Mix and puts the items into it. sort is the type of its
// sort key sk, or nothing if it has none.
func (c *selector) fill(sort types.ScalarAttributeType, items []item) {
	c.Helper()
	table := &dynamodb.CreateTableInput{
		TableName:            aws.String("Mix"),
		BillingMode:          types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
	}
	if sort != "" {
		table.KeySchema = append(table.KeySchema, types.KeySchemaElement{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange})
		table.AttributeDefinitions = append(table.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("sk"), AttributeType: sort})
	}
	c.client.DeleteTable(c.Context(), &dynamodb.DeleteTableInput{TableName: table.TableName}) // there may be none
	if _, err := c.client.CreateTable(c.Context(), table); err != nil {
		c.Fatal(err)
	}
	for _, it := range items {
		if _, err := c.client.PutItem(c.Context(), &dynamodb.PutItemInput{TableName: table.TableName, Item: it}); err != nil {
			c.Fatalf("item %s: %v", name(it), err)
		}
	}
}

// byStatement returns the names of the items that a SELECT returns, sorted. Only
// names are asked for, since that takes a third of the time.
func (c *selector) byStatement(where string, params []types.AttributeValue) ([]string, error) {
	out, err := c.client.ExecuteStatement(c.Context(), &dynamodb.ExecuteStatementInput{
		Statement:  aws.String(`SELECT pk FROM "Mix" WHERE ` + where),
		Parameters: params,
	}, retryTransport)
	if err != nil {
		return nil, err
	}
	return namesOf(out.Items), nil
}

// byScan returns the names of the items that a Scan returns, sorted.
func (c *selector) byScan(f *Filter) ([]string, error) {
	out, err := c.client.Scan(c.Context(), &dynamodb.ScanInput{
		TableName:                 aws.String("Mix"),
		FilterExpression:          &f.Expression,
		ExpressionAttributeNames:  f.Names,
		ExpressionAttributeValues: f.Values,
		ProjectionExpression:      aws.String("pk"),
	}, retryTransport)
	if err != nil {
		return nil, err
	}
	return namesOf(out.Items), nil
}

// retryTransport tries again what was cut off, and takes an internal failure for
// the answer that it is.
func retryTransport(o *dynamodb.Options) {
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			if _, ok := errors.AsType[smithy.APIError](err); ok {
				return aws.FalseTernary
			}
			return aws.TrueTernary
		})}, o.Retryables...)
	})
}

func namesOf(items []item) []string {
	names := []string{}
	for _, it := range items {
		names = append(names, name(it))
	}
	slices.Sort(names)
	return names
}

// compare requires that the SELECT, the Scan and Eval select the same of items,
// each as often, or that all refuse the condition. It reports whether they took
// it and selected some items, but not all.
func (c *selector) compare(w drawnWhere, items []item) (accepted, telling bool) {
	c.Helper()
	parsed, err := ParseWhere(w.text)
	if err != nil {
		c.Fatalf("WHERE %s: %v", w.text, err)
	}
	selected, refusal := c.byStatement(w.text, w.params)
	f, err := Translate(parsed.Expr, w.params)
	if err != nil || refusal != nil {
		if err == nil || refusal == nil {
			c.Errorf("WHERE %s\nTranslate:        %v\nExecuteStatement: %v", w.text, err, refusal)
		}
		return false, false
	}
	checkFilter(c, f)
	scanned, err := c.byScan(f)
	if err != nil {
		c.Errorf("WHERE %s\nScan %s: %v", w.text, f.Expression, err)
		return false, false
	}
	evaluated := matches(c, items, parsed.Expr, w.params)
	if !slices.Equal(selected, scanned) || !slices.Equal(selected, evaluated) {
		c.Errorf("WHERE %s\nScan %s\nExecuteStatement selects %s,\n            Scan selects %s,\n            Eval selects %s", w.text, f.Expression,
			listing(selected, items), listing(scanned, items), listing(evaluated, items))
	}
	return true, len(selected) > 0 && len(selected) < len(items)
}

// TestFiltersSelect: what PartiQL selects by a condition, a Scan selects by its
// filter, and Eval by itself. The conditions are those measured, and generated
// ones about the attributes and values of the items.
func TestFiltersSelect(t *testing.T) {
	items := append(mixedItems(t), drawnItems(40)...)
	draw := fitting(items)
	generated := cmp.Or(*filters, testsize.Of(100, 400, 1200))
	eachServer(t, func(t *testing.T, c *selector) {
		c.fill("", items)
		begin := time.Now()
		measured, telling := 0, 0
		for _, row := range readMeasured(t) {
			w, err := ParseWhere(row.where)
			if err != nil || len(w.OrderBy) > 0 || len(Pins(w.Expr, "pk")) > 0 || strings.HasPrefix(row.answer, "error") {
				continue
			}
			c.compare(drawnWhere{row.where, row.values(t)}, items)
			measured++
		}
		accepted := 0
		for i := range generated {
			took, told := c.compare(draw.Example(*firstDraw+i), items)
			if took {
				accepted++
			}
			if told {
				telling++
			}
			if t.Failed() {
				t.Fatalf("with -first-filter %d", *firstDraw+i)
			}
		}
		t.Logf("%d measured conditions and %d generated ones on %d items in %v; of the generated %d were accepted, and %d selected some items and not all",
			measured, generated, len(items), time.Since(begin).Round(time.Millisecond), accepted, telling)
		if accepted < generated*7/10 || telling < generated*2/10 {
			t.Error("too few of the conditions tell anything")
		}
	})
}

// TestFilterLimits: the service takes what is just within a limit and refuses what
// is just past it.
func TestFilterLimits(t *testing.T) {
	items := mixedItems(t)[:3]
	eachServer(t, func(t *testing.T, c *selector) {
		c.fill("", items)
		for _, l := range limits() { // the in-process server does not know that of 1 MB
			if _, err := c.byScan(unlimited(t, l.within, l.withParams)); err != nil {
				t.Errorf("within %s: %v", l.reason, err)
			}
			_, err := c.byScan(unlimited(t, l.past, l.pastParams))
			if unknown := c.inProcess && strings.HasPrefix(l.reason, "1 MB"); (err == nil) != unknown {
				t.Errorf("past %s: %v", l.reason, err)
			}
		}
	})
}

// unlimited translates a condition without the checks of limits.
func unlimited(t testing.TB, where string, params []types.AttributeValue) *Filter {
	t.Helper()
	w, err := ParseWhere(where)
	if err != nil {
		t.Fatal(err)
	}
	tr := translation{checker: checker{params: params}, names: map[string]string{}}
	tr.expr(w.Expr, looseBinding)
	tr.filter.Expression = tr.text.String()
	return &tr.filter
}

// isInternal reports a failure inside DynamoDB Local, which it has for some sound
// conditions on keys.
func isInternal(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && api.ErrorCode() == "InternalFailure"
}

// TestAwkwardNames: names that begin with # or : are names to a filter. PartiQL takes them
// for placeholders, which it then misses.
func TestAwkwardNames(t *testing.T) {
	eachServer(t, func(t *testing.T, c *selector) {
		for _, awkward := range []string{"#0", "#", ":0", ": :"} {
			c.fill("", []item{{"pk": s("has"), awkward: n("1")}, {"pk": s("nests"), "m": &types.AttributeValueMemberM{Value: item{awkward: n("1")}}}})
			for _, row := range [][2]string{{quoted(awkward, `"`) + " = 1", "has"}, {"m." + quoted(awkward, `"`) + " = 1", "nests"}} {
				w, err := ParseWhere(row[0])
				if err != nil {
					t.Fatal(err)
				}
				f, err := Translate(w.Expr, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := c.byScan(f); err != nil || !slices.Equal(got, []string{row[1]}) {
					t.Errorf("%s: a Scan selects %v, %v", row[0], got, err)
				}
				if got, err := c.byStatement(row[0], nil); err == nil || f.TakesNames() {
					t.Errorf("%s: ExecuteStatement selects %v, %v", row[0], got, err)
				}
			}
		}
	})
}

// TestKeysMeet: CheckKeys refuses what PartiQL of DynamoDB Local refuses of a key
// attribute, but for the differences listed; and what it lets pass a Scan selects
// as Eval does, and PartiQL if it takes it.
func TestKeysMeet(t *testing.T) {
	eachServer(t, func(t *testing.T, c *selector) {
		c.seen = map[string]int{}
		for _, kind := range []types.ScalarAttributeType{"S", "N", "B"} {
			items := keyedItems(kind)
			c.fill(kind, items)
			for _, term := range keyTerms() {
				for _, frame := range []string{"%", "% AND c <> 5", "c = 7 OR %", "NOT %"} {
					framed := term
					framed.text = strings.Replace(frame, "%", term.text, 1)
					c.meet(framed, kind, items)
					if kind == "S" {
						framed.text = strings.ReplaceAll(framed.text, "sk", "pk")
						c.meet(framed, kind, items)
					}
				}
			}
		}
		t.Logf("%v", c.seen)
		for _, reason := range []string{laterInList, otherPath, notCompared, searched, typeTest} {
			if c.seen[reason] == 0 && !c.inProcess {
				t.Errorf("no difference of which the reason is %q", reason)
			}
		}
	})
}

// Why CheckKeys and PartiQL may say something else of a condition.
const (
	laterInList = "PartiQL looks at the first value of IN only, unless IN is the whole condition"
	otherPath   = "PartiQL looks at the last path of a predicate only"
	notCompared = "PartiQL looks at constants that are not compared with the key"
	searched    = "PartiQL takes the set, list or map that is searched for a value of the key"
	typeTest    = "PartiQL takes the name of a type for a value of the key"
)

// A keyTerm is a predicate on the sort key.
type keyTerm struct {
	text    string
	params  []types.AttributeValue
	differs string
}

// keyedItems are items with a sort key of a type, and an attribute c of all.
func keyedItems(kind types.ScalarAttributeType) []item {
	keys := map[types.ScalarAttributeType][]types.AttributeValue{
		"S": {s("a"), s("ab"), s("b")}, "N": {n("-1"), n("1"), n("2")}, "B": {b("a"), b("ab"), b("b")},
	}[kind]
	var items []item
	for i, k := range keys {
		items = append(items, item{"pk": s(string(rune('x' + i))), "sk": k, "c": keys[0]})
	}
	return items
}

// keyTerms say everything about the sort key that can be said of one attribute,
// with constants of all types. With pk for sk they are about the partition key.
func keyTerms() []keyTerm {
	constants := []types.AttributeValue{s("a"), s(""), n("1"), b("a"), b(""), &types.AttributeValueMemberBOOL{Value: true}, &types.AttributeValueMemberNULL{Value: true},
		&types.AttributeValueMemberL{Value: []types.AttributeValue{n("1")}}, &types.AttributeValueMemberSS{Value: []string{"a"}}}
	var terms []keyTerm
	for _, v := range constants {
		one := []types.AttributeValue{v}
		for _, text := range []string{"sk = ?", "? = sk", "sk <> ?", "sk < ?", "? >= sk", "sk IN (?)", "? IN (sk)", "c BETWEEN c.x AND ?", "begins_with(sk, ?)", "begins_with(?, sk)", "contains(sk, ?)"} {
			terms = append(terms, keyTerm{text, one, ""})
		}
		terms = append(terms,
			keyTerm{"sk BETWEEN ? AND c", one, otherPath}, keyTerm{"? BETWEEN sk AND c", one, otherPath},
			keyTerm{"c BETWEEN sk AND ?", one, notCompared}, keyTerm{"c IN (sk, ?)", one, notCompared},
			keyTerm{"contains(?, sk)", one, searched})
		for _, other := range constants {
			terms = append(terms, keyTerm{"sk IN (?, ?)", []types.AttributeValue{v, other}, laterInList}, keyTerm{"sk BETWEEN ? AND ?", []types.AttributeValue{v, other}, ""})
		}
	}
	for _, letter := range letters {
		terms = append(terms, keyTerm{"attribute_type(sk, ?)", []types.AttributeValue{s(letter)}, typeTest})
	}
	for _, kind := range []string{"STRING", "NUMERIC", "BLOB", "NOT BOOL", "LIST", "STRUCT"} {
		terms = append(terms, keyTerm{"sk IS " + kind, nil, typeTest})
	}
	for _, text := range []string{"sk IS MISSING", "sk IS NOT MISSING", "sk IS NULL", "sk IS NOT NULL", "attribute_exists(sk)", "attribute_not_exists(sk)", "size(sk) > 1",
		"sk = c", "c < sk", "sk = size(c)", "sk.x = 1", "sk[0] IS MISSING", "size(sk.x) = 1", "c IN (1, sk.x)", "attribute_exists(sk.sk)", "c.sk = 1"} {
		terms = append(terms, keyTerm{text, nil, ""})
	}
	return terms
}

// meet compares what CheckKeys and PartiQL say of a condition.
func (c *selector) meet(term keyTerm, kind types.ScalarAttributeType, items []item) {
	c.Helper()
	parsed, err := ParseWhere(term.text)
	if err != nil {
		c.Fatalf("WHERE %s: %v", term.text, err)
	}
	if Pins(parsed.Expr, "pk") != nil {
		return // stays PartiQL
	}
	f, err := Translate(parsed.Expr, term.params)
	if err != nil {
		c.seen["refused by Translate"]++
		return
	}
	what := fmt.Sprintf("sk %s: WHERE %s %s", kind, term.text, typesOf(term.params))
	refused := CheckKeys(parsed.Expr, term.params, map[string]types.ScalarAttributeType{"pk": "S", "sk": kind})
	selected, refusal := c.byStatement(term.text, term.params)
	switch {
	case (refused == nil) == (refusal == nil):
		c.seen[fmt.Sprintf("agreed, refused: %v", refused != nil)]++
	case isInternal(refusal):
		c.seen["failed inside PartiQL"]++
	case term.differs != "":
		c.seen[term.differs]++
	case !c.inProcess:
		c.Errorf("%s: CheckKeys says %v, PartiQL %v", what, refused, refusal)
	}
	if refused != nil {
		return
	}
	scanned, err := c.byScan(f)
	evaluated := matches(c, items, parsed.Expr, term.params)
	if refusal == nil && term.differs == notCompared && !slices.Equal(selected, evaluated) {
		c.seen["PartiQL reads the partition that is named by such a constant"]++
		selected = evaluated
	}
	if err != nil || !slices.Equal(scanned, evaluated) || refusal == nil && !slices.Equal(selected, evaluated) {
		c.Errorf("%s\nExecuteStatement selects %v, Scan %v, %v, Eval %v", what, selected, scanned, err, evaluated)
	}
}

func typesOf(values []types.AttributeValue) string {
	var list []string
	for _, v := range values {
		text := typeName(v)
		if isEmpty(v) {
			text += " (empty)"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}
