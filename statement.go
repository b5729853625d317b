package dynsync

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/partiql"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/tablearn"
	"github.com/dynsync/dynsync/internal/wire"
)

// A statement is the SELECT that reads a table. This is the only place that
// builds one, and it builds nothing else.
type statement struct {
	source, index string // "" for the table itself
	consistent    bool
	pageSize      int // 0 for the service's own

	text   string
	where  string // as in WithWhere
	params []types.AttributeValue

	cond      partiql.Expr // of where; nil where there is none or it is not understood
	orderBy   []partiql.Order
	condErr   error           // why it is not understood
	filter    *partiql.Filter // selects in a Scan what where selects; nil where there is none, or none is needed
	filterErr error           // why there is none
}

// compile makes the SELECT. It refuses a condition that the service would refuse, or that
// cannot be meant. One that the parser does not know is sent as it is, since the service
// is the judge.
func (s *statement) compile(params []any) error {
	s.text = s.all()
	if s.where != "" {
		s.text += " WHERE " + s.where
	}
	if len(s.text) > partiql.MaxStatement {
		return fmt.Errorf("WithWhere: the statement has %d bytes, and DynamoDB takes %d; bind long values as parameters", len(s.text), partiql.MaxStatement)
	}
	if err := s.bind(params); err != nil {
		return err
	}
	if err := s.parse(); err != nil {
		return fmt.Errorf("WithWhere: %w", err)
	}
	return nil
}

// all returns the SELECT of all items.
func (s *statement) all() string {
	text := `SELECT * FROM "` + s.source + `"`
	if s.index != "" {
		text += `."` + s.index + `"`
	}
	return text
}

// parse reads the condition, and makes the filter of a Scan of it. The error says why no
// service takes it; it holds no value.
func (s *statement) parse() error {
	if s.where == "" {
		return checkParams(0, len(s.params))
	}
	w, err := partiql.ParseWhere(s.where)
	if err != nil {
		s.condErr, s.filterErr = err, err
		if partiql.IsSure(err) {
			return err
		}
		n, err := partiql.CountParams(s.where)
		return errors.Join(err, checkParams(n, len(s.params)))
	}
	if err := checkParams(w.Params, len(s.params)); err != nil {
		return err
	}
	if err := partiql.Validate(w.Expr, s.params); err != nil {
		return partiql.Locate(err, s.where)
	}
	if err := partiql.Judge(w.Expr, s.params); err != nil {
		return partiql.Locate(err, s.where)
	}
	s.cond, s.orderBy = w.Expr, w.OrderBy
	s.filterErr = s.translate()
	return nil
}

// translate makes the filter of a Scan of the condition. The error says why that
// cannot be; it holds no value.
func (s *statement) translate() (err error) {
	if len(s.orderBy) > 0 {
		return reason.Refuse(reason.Configuration, "a Scan has no ORDER BY")
	}
	s.filter, err = partiql.Translate(s.cond, s.params)
	return partiql.Locate(err, s.where)
}

// unconditional returns the statement that reads all items.
func (s *statement) unconditional() *statement {
	return &statement{source: s.source, index: s.index, consistent: s.consistent, pageSize: s.pageSize, text: s.all()}
}

// pins reports whether the condition fixes all attributes of the partition key, which makes
// the statement a Query. It is false of one that only a Scan can read.
func (s *statement) pins(hash ...string) bool { return !s.needsScan() && s.fixes(hash...) }

// fixes reports whether the condition fixes all attributes of the partition key.
func (s *statement) fixes(hash ...string) bool {
	return s.cond != nil && len(hash) > 0 &&
		!slices.ContainsFunc(hash, func(name string) bool { return len(partiql.Pins(s.cond, name)) == 0 })
}

// checkKeys refuses what DynamoDB refuses of a condition on the key attributes of the
// table, or of the index, that is read. It returns the names of the partition key.
func (s *statement) checkKeys(schema []types.KeySchemaElement, kinds map[string]types.ScalarAttributeType) ([]string, error) {
	hash, sort := schemaKeys(schema)
	if s.cond == nil {
		return hash, nil
	}
	err := partiql.CheckKeys(s.cond, s.params, kinds)
	for _, name := range hash {
		if err == nil && s.pins(hash...) {
			err = partiql.Repeated(s.cond, s.params, name)
		}
	}
	if err == nil {
		err = partiql.CheckOrder(s.cond, s.orderBy, hash, sort)
	}
	if err != nil {
		return nil, reason.Refuse(reason.Configuration, "WithWhere: %v", partiql.Locate(err, s.where))
	}
	return hash, nil
}

// needsScan reports whether the statement names something that PartiQL cannot, and a Scan
// can: in the condition, or the table by its ARN.
func (s *statement) needsScan() bool {
	return tablearn.Is(s.source) || s.filter != nil && !s.filter.TakesNames()
}

// scanReason says why a Scan reads what a condition on the partition key, of those names,
// selects; it is "" where a Scan has to read everything.
func (s *statement) scanReason(hash []string) string {
	if s.cond == nil || !s.fixes(hash...) {
		return ""
	}
	return fmt.Sprintf("; the whole table is read although the condition fixes the partition key %s, since a Query would need PartiQL", strings.Trim(fmt.Sprintf("%q", hash), "[]"))
}

func (s *statement) bind(params []any) error {
	for i, p := range params {
		v, err := ValueOf(p)
		if err != nil {
			return fmt.Errorf("WithWhere: parameter %d: %w", i+1, err)
		}
		av := v.AttributeValue()
		if m, ok := av.(*types.AttributeValueMemberM); ok && len(m.Value) == 0 && isStruct(p) {
			return fmt.Errorf("WithWhere: parameter %d: %T has no field that DynamoDB stores, so it would be compared with an empty map", i+1, p)
		}
		s.params = append(s.params, av)
	}
	return nil
}

// isStruct reports whether v is a struct, or points to one.
func isStruct(v any) bool {
	t := reflect.TypeOf(v)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t != nil && t.Kind() == reflect.Struct
}

// checkParams compares the number of parameters in a condition with that of the values
// for them.
func checkParams(want, given int) error {
	if want == given {
		return nil
	}
	were, a := "values were", "parameters (?)"
	if given == 1 {
		were = "value was"
	}
	if want == 1 {
		a = "parameter (?)"
	}
	return fmt.Errorf("the condition has %d %s, and %d %s given; write ? for each value, and nothing else", want, a, given, were)
}

// evaluates reports whether the condition can be evaluated for one item.
func (s *statement) evaluates() bool { return s.where == "" || s.cond != nil }

// selects reports whether the condition selects an item that was read otherwise.
func (s *statement) selects(item *Record) (bool, error) {
	if s.where == "" {
		return true, nil
	}
	ok, err := partiql.Eval(s.cond, item.AttributeValues(), s.params)
	if err != nil {
		return false, reason.Refuse(reason.Configuration, "the condition of WithWhere cannot be evaluated")
	}
	return ok, nil
}

// selectInput returns the request for the page of the SELECT at a position.
func (s *statement) selectInput(at checkpoint.Position) *dynamodb.ExecuteStatementInput {
	in := &dynamodb.ExecuteStatementInput{
		Statement:              &s.text,
		Parameters:             s.params,
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	if s.consistent {
		in.ConsistentRead = &s.consistent
	}
	if n := int32(s.pageSize); n > 0 {
		in.Limit = &n
	}
	if at.Token != "" {
		in.NextToken = &at.Token
	}
	return in
}

// scanInput returns the request for the page of a Scan at a cursor; segments are
// those of the table, 0 where it is not read in segments. This is the only place that
// builds one.
func (s *statement) scanInput(c *checkpoint.Cursor, segments int) *dynamodb.ScanInput {
	in := &dynamodb.ScanInput{
		TableName:              &s.source,
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	if c.At.Key != nil {
		in.ExclusiveStartKey = startKey(c.At.Key)
	}
	if s.index != "" {
		in.IndexName = &s.index
	}
	if s.consistent {
		in.ConsistentRead = &s.consistent
	}
	if n := int32(s.pageSize); n > 0 {
		in.Limit = &n
	}
	if f := s.filter; f != nil {
		in.FilterExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues = &f.Expression, f.Names, f.Values
	}
	if segments > 0 {
		segment, of := int32(c.Segment), int32(segments)
		in.Segment, in.TotalSegments = &segment, &of
	}
	return in
}

// startKey returns the key of a position as a request takes it.
func startKey(key []byte) map[string]types.AttributeValue {
	rec := &Record{item: key}
	if rec.index() != nil {
		return nil // a position holds no such key
	}
	return rec.AttributeValues()
}

// selectByKey returns the SELECT that reads one item.
func selectByKey(source string, keys *wire.Keys, key *Record) (*dynamodb.ExecuteStatementInput, error) {
	text, and := `SELECT * FROM "`+source+`" WHERE `, ""
	var params []types.AttributeValue
	consistent := true
	for _, name := range [2]string{keys.Partition, keys.Sort} {
		if name == "" {
			continue
		}
		v, ok := key.at([]wire.Step{{Name: name}})
		if !ok {
			return nil, reason.Refuse(reason.Unexpected, "a key of the file lacks the key attribute %q", name)
		}
		text += and + `"` + strings.ReplaceAll(name, `"`, `""`) + `" = ?`
		params = append(params, v.AttributeValue())
		and = " AND "
	}
	return &dynamodb.ExecuteStatementInput{Statement: &text, Parameters: params, ConsistentRead: &consistent}, nil
}

// sizeOf returns the size of a page's items, in bytes of JSON.
func sizeOf(p *rawapi.Page) (bytes int64) {
	for _, item := range p.Items {
		bytes += int64(item.End - item.Start)
	}
	return bytes
}

// itemsOf returns the items of a page that are valid.
func itemsOf(p *rawapi.Page) (items []map[string]types.AttributeValue) {
	for i := range p.Items {
		if rec, err := NewRecord(p.Item(i)); err == nil {
			items = append(items, rec.AttributeValues())
		}
	}
	return items
}

// schemaKeys returns the names of the HASH and of the RANGE attributes of a key. An index can
// have several of each.
func schemaKeys(schema []types.KeySchemaElement) (hash, sort []string) {
	for _, k := range schema {
		if k.KeyType == types.KeyTypeHash {
			hash = append(hash, aws.ToString(k.AttributeName))
		} else {
			sort = append(sort, aws.ToString(k.AttributeName))
		}
	}
	return hash, sort
}
