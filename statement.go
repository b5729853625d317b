package dynsync

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/partiql"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
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

	cond      partiql.Expr    // of where; nil where there is none or it is not understood
	filter    *partiql.Filter // selects in a Scan what where selects; nil where there is none, or none is needed
	filterErr error           // why there is none
}

// compile makes the SELECT. It checks what can be checked of the condition without the
// service: its characters and the number of its parameters. A condition that the parser
// does not know is sent as it is, since the service is the judge.
func (s *statement) compile(params []any) error {
	s.text = `SELECT * FROM "` + s.source + `"`
	if s.index != "" {
		s.text += `."` + s.index + `"`
	}
	if s.where != "" {
		s.text += " WHERE " + s.where
	}
	if len(s.text) > partiql.MaxStatement {
		return fmt.Errorf("WithWhere: the statement has %d bytes, and DynamoDB takes %d; bind long values as parameters", len(s.text), partiql.MaxStatement)
	}
	if err := s.bind(params); err != nil {
		return err
	}
	if err := checkCondition(s.where, len(params)); err != nil || s.where == "" {
		return err
	}
	s.filterErr = s.translate()
	return nil
}

// translate makes the filter of a Scan of the condition. The error says why that
// cannot be; it holds no value.
func (s *statement) translate() error {
	w, err := partiql.ParseWhere(s.where)
	if err != nil {
		return err
	}
	s.cond = w.Expr
	if len(w.OrderBy) > 0 {
		return reason.Refuse(reason.Configuration, "a Scan has no ORDER BY")
	}
	s.filter, err = partiql.Translate(s.cond, s.params)
	return partiql.Locate(err, s.where)
}

// pins reports whether the condition fixes the partition key, which makes the
// statement a Query.
func (s *statement) pins(partition string) bool {
	return s.cond != nil && len(partiql.Pins(s.cond, partition)) > 0
}

// needsScan reports whether the condition names something that PartiQL cannot, and a Scan
// can.
func (s *statement) needsScan() bool { return s.filter != nil && !s.filter.TakesNames() }

func (s *statement) bind(params []any) error {
	for i, p := range params {
		v, err := ValueOf(p)
		if err != nil {
			return fmt.Errorf("WithWhere: parameter %d: %w", i+1, err)
		}
		s.params = append(s.params, v.AttributeValue())
	}
	return nil
}

func checkCondition(where string, params int) error {
	if where == "" && params == 0 {
		return nil
	}
	var lexical *partiql.LexError
	want, err := partiql.CountParams(where)
	switch {
	case errors.As(err, &lexical):
		return fmt.Errorf("WithWhere: %w", err)
	case err == nil && want != params:
		return fmt.Errorf("WithWhere: the condition has %d parameters (?) and %d values were given", want, params)
	}
	return nil
}

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
