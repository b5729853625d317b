package dynsynctest

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// params are the members of a request, of whatever operation: one decoder for
// all of them is shorter than sixteen. Members nobody knows are ignored, as
// the service does; nil means absent.
type params struct {
	tableName string
	named     bool // there was a TableName, though it may be empty
	indexName *string
	item, key item

	condition, filter, keyCondition, projection, update *string
	names                                               map[string]string
	values                                              item
	startKey                                            item

	returnValues, returnCapacity, returnMetrics, returnOnFailure, selects string

	limit, segment, totalSegments *int64
	consistent                    bool
	forward                       *bool

	statement  *string
	parameters []types.AttributeValue
	nextToken  *string
	statements []statementParams

	writes []tableWrites
	reads  []tableReads

	schema schemaParams
	ttl    *ttlParams

	startTable *string
	legacy     []string // parameters from before expressions
}

// statementParams is one statement of a BatchExecuteStatement.
type statementParams struct {
	text            string
	parameters      []types.AttributeValue
	consistent      bool
	returnOnFailure string
}

// tableWrites are the requests of a BatchWriteItem to one table.
type tableWrites struct {
	table    string
	requests []writeRequest
}

// writeRequest puts an item or deletes a key; one of the two is nil.
type writeRequest struct{ put, delete item }

// tableReads are the keys of a BatchGetItem from one table.
type tableReads struct {
	table      string
	keys       []item
	consistent bool
	projection *string
	names      map[string]string
	legacy     string
}

type ttlParams struct {
	attribute string
	enabled   bool
}

// decodeParams reads a request body.
func decodeParams(op string, body []byte) (params, *apiError) {
	var p params
	d := &decoder{data: body}
	d.object(func(name string) {
		if !d.null() {
			p.member(d, op, name)
		}
	})
	return p, d.finish()
}

func (p *params) member(d *decoder, op, name string) {
	switch name {
	case "TableName":
		p.tableName, p.named = d.string(), true
	case "IndexName":
		p.indexName = d.optional()
	case "Item":
		p.item = d.item()
	case "Key":
		p.key = d.item()
	case "ExclusiveStartKey":
		p.startKey = d.item()
	case "ConditionExpression":
		p.condition = d.optional()
	case "FilterExpression":
		p.filter = d.optional()
	case "KeyConditionExpression":
		p.keyCondition = d.optional()
	case "ProjectionExpression":
		p.projection = d.optional()
	case "UpdateExpression":
		p.update = d.optional()
	case "ExpressionAttributeNames":
		p.names = d.stringMap()
	case "ExpressionAttributeValues":
		p.values = d.item()
	case "ReturnValues":
		p.returnValues = d.string()
	case "ReturnConsumedCapacity":
		p.returnCapacity = d.string()
	case "ReturnItemCollectionMetrics":
		p.returnMetrics = d.string()
	case "ReturnValuesOnConditionCheckFailure":
		p.returnOnFailure = d.string()
	case "Select":
		p.selects = d.string()
	case "Limit":
		p.limit = d.optionalInt()
	case "Segment":
		p.segment = d.optionalInt()
	case "TotalSegments":
		p.totalSegments = d.optionalInt()
	case "ConsistentRead":
		p.consistent = d.bool()
	case "ScanIndexForward":
		forward := d.bool()
		p.forward = &forward
	case "Statement":
		p.statement = d.optional()
	case "Parameters":
		p.parameters = d.valueList()
	case "NextToken":
		p.nextToken = d.optional()
	case "Statements":
		p.statements = nil
		d.array(func() { p.statements = append(p.statements, d.statement()) })
	case "RequestItems":
		p.requestItems(d, op)
	case "TimeToLiveSpecification":
		p.ttl = d.timeToLive()
	case "ExclusiveStartTableName":
		p.startTable = d.optional()
	case "AttributesToGet", "KeyConditions", "QueryFilter", "ScanFilter", "ConditionalOperator", "Expected", "AttributeUpdates":
		p.legacy = append(p.legacy, name)
		d.skip()
	default:
		p.schema.member(d, name)
	}
}

func (p *params) requestItems(d *decoder, op string) {
	p.reads, p.writes = nil, nil
	d.object(func(table string) {
		if op == "BatchGetItem" {
			p.reads = slices.DeleteFunc(p.reads, func(r tableReads) bool { return r.table == table })
			p.reads = append(p.reads, d.tableReads(table))
			return
		}
		w := tableWrites{table: table}
		d.array(func() { w.requests = append(w.requests, d.writeRequest()) })
		p.writes = slices.DeleteFunc(p.writes, func(w tableWrites) bool { return w.table == table })
		p.writes = append(p.writes, w)
	})
}

func (d *decoder) writeRequest() (w writeRequest) {
	d.object(func(name string) {
		switch name {
		case "PutRequest":
			d.object(func(name string) { d.onlyItem(name, "Item", &w.put) })
		case "DeleteRequest":
			d.object(func(name string) { d.onlyItem(name, "Key", &w.delete) })
		default:
			d.skip()
		}
	})
	return w
}

func (d *decoder) onlyItem(name, wanted string, into *item) {
	if name == wanted {
		*into = d.item()
	} else {
		d.skip()
	}
}

func (d *decoder) tableReads(table string) tableReads {
	r := tableReads{table: table}
	d.object(func(name string) {
		if d.null() {
			return
		}
		switch name {
		case "Keys":
			d.array(func() { r.keys = append(r.keys, d.item()) })
		case "ConsistentRead":
			r.consistent = d.bool()
		case "ProjectionExpression":
			r.projection = d.optional()
		case "ExpressionAttributeNames":
			r.names = d.stringMap()
		case "AttributesToGet":
			r.legacy = name
			d.skip()
		default:
			d.skip()
		}
	})
	return r
}

func (d *decoder) statement() (s statementParams) {
	d.object(func(name string) {
		if d.null() {
			return
		}
		switch name {
		case "Statement":
			s.text = d.string()
		case "Parameters":
			s.parameters = d.valueList()
		case "ConsistentRead":
			s.consistent = d.bool()
		case "ReturnValuesOnConditionCheckFailure":
			s.returnOnFailure = d.string()
		default:
			d.skip()
		}
	})
	return s
}

func (d *decoder) timeToLive() *ttlParams {
	var t ttlParams
	d.object(func(name string) {
		switch name {
		case "AttributeName":
			t.attribute = d.string()
		case "Enabled":
			t.enabled = d.bool()
		default:
			d.skip()
		}
	})
	return &t
}

func (d *decoder) optional() *string {
	s := d.string()
	return &s
}

func (d *decoder) optionalInt() *int64 {
	n := d.int()
	return &n
}

func (d *decoder) stringMap() map[string]string {
	m := make(map[string]string)
	d.object(func(name string) { m[name] = d.string() })
	return m
}

func (d *decoder) valueList() []types.AttributeValue {
	list := []types.AttributeValue{}
	d.array(func() { list = append(list, d.value(1)) })
	return list
}
