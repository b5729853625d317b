package dynsynctest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// A demand is an action that a request asks for.
type demand struct {
	action   string // such as "dynamodb:Scan"
	resource string // an ARN, or "*"
	context  map[string][]string
}

// withoutResource are the operations that IAM knows no resource for. Messages name a pattern
// of tables instead, except that of DescribeLimits.
var withoutResource = []string{"DescribeLimits", "ListBackups", "ListTables"}

// message returns the resource as a message names it.
func (d demand) message(c *call) string {
	if d.resource != "*" || d.action == "dynamodb:DescribeLimits" {
		return d.resource
	}
	return c.account.arn + "/*"
}

// authorizeAll asks for all that an operation needs. The statements of a
// BatchExecuteStatement ask for themselves, and one that cannot be read asks for nothing.
func (c *call) authorizeAll() *apiError {
	if !c.server.access.limits(c.accessKey) {
		return nil
	}
	for _, d := range c.demands() {
		if err := c.authorize(d); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) demands() []demand {
	action := "dynamodb:" + c.op
	switch c.op {
	case "BatchExecuteStatement":
		return nil
	case "ExecuteStatement":
		if c.params.statement == nil {
			return nil
		}
		return c.statementDemands(statementParams{text: *c.params.statement, parameters: c.parameters})
	case "BatchGetItem":
		var list []demand
		for _, r := range c.reads {
			list = append(list, demand{action, c.tableARN(r.table, ""), c.withCapacity(c.leadingKeys(r.table, r.keys))})
		}
		return list
	case "BatchWriteItem":
		return c.writeDemands()
	}
	if slices.Contains(withoutResource, c.op) {
		return []demand{{action: action, resource: "*"}}
	}
	return []demand{c.tableDemand()}
}

func (c *call) writeDemands() []demand {
	var list []demand
	for _, w := range c.writes {
		var keys []item
		for _, r := range w.requests {
			if keys = append(keys, r.put); r.put == nil {
				keys[len(keys)-1] = r.delete
			}
		}
		list = append(list, demand{"dynamodb:BatchWriteItem", c.tableARN(w.table, ""), c.withCapacity(c.leadingKeys(w.table, keys))})
	}
	return list
}

// tableDemand is the demand of an operation on one table, or on an index that it reads.
func (c *call) tableDemand() demand {
	index := ""
	if c.indexName != nil {
		index = *c.indexName
	}
	d := demand{action: "dynamodb:" + c.op, resource: c.tableARN(c.tableName, index)}
	switch c.op {
	case "GetItem", "UpdateItem", "DeleteItem":
		d.context = c.leadingKeys(c.tableName, []item{c.key})
	case "PutItem":
		d.context = c.leadingKeys(c.tableName, []item{c.params.item})
	case "Query":
		d.context = c.queryKeys()
	}
	d.context = c.withCapacity(d.context)
	for key, value := range map[string]string{"dynamodb:Select": c.selects, "dynamodb:ReturnValues": c.returnValues} {
		if value != "" {
			d.context = withValues(d.context, key, value)
		}
	}
	return d
}

// statementDemands are those of a statement of PartiQL, none if it cannot be read.
func (c *call) statementDemands(p statementParams) []demand {
	s, _ := partiql.ParseStatement(p.text)
	var d demand
	switch s := s.(type) {
	case *partiql.Select:
		d = demand{"dynamodb:PartiQLSelect", c.tableARN(s.Table, s.Index), c.selectKeys(s, p)}
	case *partiql.Insert:
		key := item{}
		for name, o := range s.Item {
			key[name] = partiql.Constant(o, p.parameters)
		}
		d = demand{"dynamodb:PartiQLInsert", c.tableARN(s.Table, ""), c.leadingKeys(s.Table, []item{key})}
	case *partiql.Update:
		d = demand{"dynamodb:PartiQLUpdate", c.tableARN(s.Table, ""), c.whereKeys(s.Table, s.Where, p)}
	case *partiql.Delete:
		d = demand{"dynamodb:PartiQLDelete", c.tableARN(s.Table, ""), c.whereKeys(s.Table, s.Where, p)}
	default:
		return nil
	}
	return []demand{d}
}

// authorizeStatement asks for what a statement of a batch needs.
func (c *call) authorizeStatement(p statementParams) *apiError {
	if !c.server.access.limits(c.accessKey) {
		return nil
	}
	for _, d := range c.statementDemands(p) {
		if err := c.authorize(d); err != nil {
			return err
		}
	}
	return nil
}

// tableARN returns the ARN of a table that a request names by its name or its ARN, or of its
// index.
func (c *call) tableARN(table, index string) string {
	if !strings.HasPrefix(table, "arn:") {
		table = c.account.arn + "/" + table
	}
	if index != "" {
		table += "/index/" + index
	}
	return table
}

// viewOf returns what a request reads, false if there is no such table or index.
func (c *call) viewOf(table, index string) (view, bool) {
	t, err := c.lookup(table)
	if err != nil || t == nil {
		return view{}, false
	}
	if index == "" {
		return t.view(nil)
	}
	return t.view(&index)
}

// leadingKeys returns the partition keys of items or keys of a table.
func (c *call) leadingKeys(table string, items []item) map[string][]string {
	v, ok := c.viewOf(table, "")
	if !ok {
		return nil
	}
	var values []types.AttributeValue
	for _, i := range items {
		values = append(values, i[v.keys.hash[0].name])
	}
	return leading(nil, values)
}

// queryKeys returns the partition key that a Query's condition fixes. A condition that cannot
// be read fixes none, and is refused later.
func (c *call) queryKeys() map[string][]string {
	index := ""
	if c.indexName != nil {
		index = *c.indexName
	}
	v, ok := c.viewOf(c.tableName, index)
	if !ok || c.keyCondition == nil {
		return nil
	}
	e, err := c.expressions(c.names, c.values, true)
	if err != nil {
		return nil
	}
	condition, err := e.condition("KeyConditionExpression", c.keyCondition)
	if err != nil {
		return nil
	}
	return leading(nil, pinned(v.keys, condition, nil))
}

// selectKeys returns the partition keys that a SELECT fixes, and whether it reads everything
// for want of them. As "PartiQL select statements for DynamoDB" of the Developer Guide says, =
// and IN fix a key, on either side of an AND and on both sides of an OR. Unlike the reading of
// this server, which follows DynamoDB Local, it is so in any place of the condition.
func (c *call) selectKeys(s *partiql.Select, p statementParams) map[string][]string {
	v, ok := c.viewOf(s.Table, s.Index)
	if !ok {
		return nil
	}
	open := slices.ContainsFunc(v.keys.hash, func(a keyAttribute) bool { return len(partiql.Pins(s.Where, a.name)) == 0 })
	context := withValues(nil, "dynamodb:FullTableScan", strconv.FormatBool(open))
	return leading(context, pinned(v.keys, s.Where, p.parameters))
}

// pinned returns the values to which a condition limits the partition key, none if it leaves
// some of it open.
func pinned(keys keySchema, where partiql.Expr, parameters []types.AttributeValue) []types.AttributeValue {
	var values []types.AttributeValue
	for _, o := range partiql.Pins(where, keys.hash[0].name) {
		values = append(values, partiql.Constant(o, parameters))
	}
	return values
}

// whereKeys returns the partition key that the WHERE of a writing statement demands.
func (c *call) whereKeys(table string, where partiql.Expr, p statementParams) map[string][]string {
	v, ok := c.viewOf(table, "")
	if !ok {
		return nil
	}
	return leading(nil, pinned(v.keys, where, p.parameters))
}

// leading adds the values of partition keys to a context.
func leading(context map[string][]string, values []types.AttributeValue) map[string][]string {
	var texts []string
	for _, v := range values {
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			texts = append(texts, v.Value)
		case *types.AttributeValueMemberN:
			texts = append(texts, v.Value)
		case *types.AttributeValueMemberB:
			texts = append(texts, base64.StdEncoding.EncodeToString(v.Value))
		}
	}
	return withValues(context, "dynamodb:LeadingKeys", texts...)
}

// withCapacity adds what the request says of the capacity that it wants to know.
func (c *call) withCapacity(context map[string][]string) map[string][]string {
	if c.returnCapacity == "" {
		return context
	}
	return withValues(context, "dynamodb:ReturnConsumedCapacity", c.returnCapacity)
}

// withValues adds values of a condition key, if there are any.
func withValues(context map[string][]string, key string, values ...string) map[string][]string {
	if len(values) == 0 {
		return context
	}
	if context == nil {
		context = map[string][]string{}
	}
	context[key] = values
	return context
}
