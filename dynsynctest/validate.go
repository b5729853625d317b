package dynsynctest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	maxItemSize  = 400 << 10
	maxHashSize  = 2048
	maxSortSize  = 1024
	maxBatchPuts = 25
	maxBatchGets = 100
)

// checkedRow normalizes an item that is to be put and makes its row.
func (c *call) checkedRow(t *table, i item) (*row, *apiError) {
	if err := c.server.normalizer.item(i); err != nil {
		return nil, err
	}
	if err := t.checkItemKeys(i); err != nil {
		return nil, err
	}
	size := itemSize(i)
	if size > maxItemSize {
		return nil, validationError("Item size has exceeded the maximum allowed size")
	}
	return t.newRow(i, size), nil
}

// checkItemKeys checks the key attributes of a whole item, the table's and
// those of its indexes.
func (t *table) checkItemKeys(i item) *apiError {
	for _, a := range t.keys.attributes() {
		v := i[a.name]
		switch {
		case v == nil:
			return invalidValues("Missing the key " + a.name + " in the item")
		case kindOf(v) != a.kind:
			return invalidValues(fmt.Sprintf("Type mismatch for key %s expected: %s actual: %s", a.name, a.kind, kindOf(v)))
		}
	}
	if err := t.keys.checkSizes(i); err != nil {
		return err
	}
	for _, x := range t.settings().indexes {
		if err := x.checkKeys(i); err != nil {
			return err
		}
	}
	return nil
}

func (x *index) checkKeys(i item) *apiError {
	for _, a := range x.keys.attributes() {
		v := i[a.name]
		switch {
		case v == nil:
			continue
		case kindOf(v) != a.kind:
			return invalidValues(fmt.Sprintf("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", a.name, a.kind, kindOf(v), x.name))
		case keyBytes(v) == "":
			return validationErrorf("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %s, IndexKey: %s", kindWord(a.kind), x.name, a.name)
		}
	}
	return x.keys.checkLengths(i)
}

// checkSizes refuses empty and oversized values of a key that is complete.
func (k keySchema) checkSizes(i item) *apiError {
	for _, a := range k.attributes() {
		if keyBytes(i[a.name]) == "" {
			return emptyKey(a)
		}
	}
	return k.checkLengths(i)
}

func (k keySchema) checkLengths(i item) *apiError {
	if sizeOf(k.hash, i) > maxHashSize {
		return invalidValues("Size of hashkey has exceeded the maximum size limit of2048 bytes")
	}
	if sizeOf(k.sort, i) > maxSortSize {
		return invalidValues("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
	}
	return nil
}

// sizeOf adds up the values of one role that are there.
func sizeOf(role []keyAttribute, i item) int {
	size := 0
	for _, a := range role {
		if v := i[a.name]; v != nil {
			size += keySize(v)
		}
	}
	return size
}

func emptyKey(key keyAttribute) *apiError {
	return validationErrorf("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", kindWord(key.kind), key.name)
}

func kindWord(kind string) string {
	if kind == "B" {
		return "binary"
	}
	return "string"
}

// checkedKey normalizes a Key parameter, which must be the key and nothing
// else, and returns a row that holds it.
func (c *call) checkedKey(t *table, key item) (row, *apiError) {
	if err := c.server.normalizer.item(key); err != nil {
		return row{}, err
	}
	if !t.keys.matches(key) {
		return row{}, validationError("The provided key element does not match the schema")
	}
	if err := t.keys.checkSizes(key); err != nil {
		return row{}, err
	}
	return t.keys.row(key), nil
}

// matches reports whether key has exactly the schema's attributes.
func (k keySchema) matches(key item) bool {
	attributes := k.attributes()
	for _, a := range attributes {
		if kindOf(key[a.name]) != a.kind {
			return false
		}
	}
	return len(key) == len(attributes)
}

// constraints collects what is wrong with single members of a request, which
// the service reports together.
type constraints []string

func (c *constraints) add(member, value, want string) {
	*c = append(*c, fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: Member must %s", value, member, want))
}

// enum checks a member that has only certain values, if it has one.
func (c *constraints) enum(member, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		c.add(member, value, "satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
	}
}

// between checks the range of a numeric member, if it is there.
func (c *constraints) between(member string, value *int64, least, most int64) {
	switch {
	case value == nil:
	case *value < least:
		c.add(member, strconv.FormatInt(*value, 10), fmt.Sprintf("have value greater than or equal to %d", least))
	case *value > most:
		c.add(member, strconv.FormatInt(*value, 10), fmt.Sprintf("have value less than or equal to %d", most))
	}
}

// name checks the name of a table or index.
func (c *constraints) name(member, name string, shortest int) {
	switch {
	case len(name) < shortest:
		c.add(member, name, fmt.Sprintf("have length greater than or equal to %d", shortest))
	case len(name) > maxName:
		c.add(member, name, fmt.Sprintf("have length less than or equal to %d", maxName))
	case !legalName.MatchString(name):
		c.add(member, name, "satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
	}
}

// attributeName checks the name of a key attribute, or of one that an index projects.
func (c *constraints) attributeName(member, name string) {
	switch {
	case name == "":
		c.add(member, name, "have length greater than or equal to 1")
	case len(name) > maxKeyName:
		c.add(member, name, fmt.Sprintf("have length less than or equal to %d", maxKeyName))
	}
}

func (c constraints) err() *apiError {
	switch len(c) {
	case 0:
		return nil
	case 1:
		return validationError("1 validation error detected: " + c[0])
	}
	return validationErrorf("%d validation errors detected: %s", len(c), strings.Join(c, "; "))
}

const maxName = 255

var legalName = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)

// checkName checks the name of a table that is to be found.
func checkName(name string) *apiError {
	var c constraints
	c.name("tableName", name, 1)
	return c.err()
}

// withoutTable are the operations that have no TableName.
var withoutTable = []string{"BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DescribeLimits", "ExecuteStatement", "ListBackups", "ListTables"}

// checkCommon checks the members that many operations share.
func (p *params) checkCommon(op string) *apiError {
	if !slices.Contains(withoutTable, op) && p.tableName == "" {
		return p.checkNoName(op)
	}
	var c constraints
	c.enum("returnConsumedCapacity", p.returnCapacity, "INDEXES", "TOTAL", "NONE")
	c.enum("returnItemCollectionMetrics", p.returnMetrics, "SIZE", "NONE")
	c.enum("returnValues", p.returnValues, "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
	c.enum("returnValuesOnConditionCheckFailure", p.returnOnFailure, "ALL_OLD", "NONE")
	c.enum("select", p.selects, "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
	if err := c.err(); err != nil {
		return err
	}
	return p.checkLegacy()
}

func (p *params) checkNoName(op string) *apiError {
	switch {
	case p.named:
		return checkName("")
	case op == "CreateTable":
		return validationError("The parameter 'TableName' is required but was not present in the request")
	}
	return missingMember("tableName")
}

// expressionTexts are the expressions of a request, nil where there is none. Those
// of a BatchGetItem, which are each table's own, are not among them.
func (p *params) expressionTexts() map[string]*string {
	return map[string]*string{
		"ConditionExpression": p.condition, "FilterExpression": p.filter, "KeyConditionExpression": p.keyCondition,
		"ProjectionExpression": p.projection, "UpdateExpression": p.update,
	}
}

// hasExpression reports whether there is any of them.
func (p *params) hasExpression() bool {
	for _, text := range p.expressionTexts() {
		if text != nil {
			return true
		}
	}
	return false
}

// checkLegacy refuses the parameters from before expressions.
func (p *params) checkLegacy() *apiError {
	var expressions []string
	texts := p.expressionTexts()
	for _, name := range sortedNames(texts) {
		if texts[name] != nil {
			expressions = append(expressions, name)
		}
	}
	switch {
	case len(p.legacy) == 0:
		return nil
	case len(expressions) > 0:
		return validationErrorf("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {%s} Expression parameters: {%s}",
			strings.Join(p.legacy, ", "), strings.Join(expressions, ", "))
	}
	return validationErrorf("dynsynctest does not know the legacy parameter %s; use expressions", p.legacy[0])
}

// echo writes an item into an error message, the way the service repeats what
// a request held.
func echo(i item) string {
	var b strings.Builder
	b.WriteByte('{')
	for n, name := range sortedNames(i) {
		if n > 0 {
			b.WriteString(", ")
		}
		b.WriteString(name)
		b.WriteByte('=')
		echoValue(&b, i[name])
	}
	b.WriteByte('}')
	return b.String()
}

func echoValue(b *strings.Builder, v types.AttributeValue) {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		fmt.Fprintf(b, "{S: %s,}", strings.ToValidUTF8(v.Value, string(utf8.RuneError)))
	case *types.AttributeValueMemberN:
		fmt.Fprintf(b, "{N: %s,}", v.Value)
	case *types.AttributeValueMemberM:
		fmt.Fprintf(b, "{M: %s,}", echo(v.Value))
	case *types.AttributeValueMemberL:
		b.WriteString("{L: [")
		for i, e := range v.Value {
			if i > 0 {
				b.WriteString(", ")
			}
			echoValue(b, e)
		}
		b.WriteString("],}")
	default:
		fmt.Fprintf(b, "%s", appendValue(nil, v))
	}
}
