package dynsync

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
	"github.com/dynsync/dynsync/internal/wire"
)

// maxStatement is what ExecuteStatement takes, in bytes of UTF-8.
const maxStatement = 8192

// A statement is the SELECT that reads a table. This is the only place that
// builds one, and it builds nothing else.
type statement struct {
	text   string
	where  string // as in WithWhere
	params []types.AttributeValue

	cond      partiql.Expr    // of where; nil where there is none or it is not understood
	filter    *partiql.Filter // selects in a Scan what where selects; nil where there is none, or none is needed
	filterErr error           // why there is none
}

// newStatement checks what can be checked of the condition without the service:
// its characters and the number of its parameters. A condition that the parser
// does not know is sent as it is, since the service is the judge.
func newStatement(cfg *tableConfig) (*statement, error) {
	s := &statement{text: `SELECT * FROM "` + cfg.source + `"`, where: cfg.where}
	if cfg.index != "" {
		s.text += `."` + cfg.index + `"`
	}
	if cfg.where != "" {
		s.text += " WHERE " + cfg.where
	}
	if len(s.text) > maxStatement {
		return nil, fmt.Errorf("WithWhere: the statement has %d bytes, and DynamoDB takes %d; bind long values as parameters", len(s.text), maxStatement)
	}
	if err := s.bind(cfg.params); err != nil {
		return nil, err
	}
	if err := checkCondition(cfg.where, len(cfg.params)); err != nil || cfg.where == "" {
		return s, err
	}
	s.filterErr = s.translate()
	return s, nil
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
		return refuse("a Scan has no ORDER BY")
	}
	s.filter, err = partiql.Translate(s.cond, s.params)
	return partiql.Locate(err, s.where)
}

// pins reports whether the condition fixes the partition key, which makes the
// statement a Query.
func (s *statement) pins(partition string) bool {
	return s.cond != nil && len(partiql.Pins(s.cond, partition)) > 0
}

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
	ok, err := partiql.Eval(s.cond, item.Item(), s.params)
	if err != nil {
		return false, refuse("the condition of WithWhere cannot be evaluated")
	}
	return ok, nil
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
		v, ok := key.at(Path{[]wire.Step{{Name: name}}})
		if !ok {
			return nil, refuse("a key of the file lacks the key attribute %q", name)
		}
		text += and + `"` + strings.ReplaceAll(name, `"`, `""`) + `" = ?`
		params = append(params, v.AttributeValue())
		and = " AND "
	}
	return &dynamodb.ExecuteStatementInput{Statement: &text, Parameters: params, ConsistentRead: &consistent}, nil
}
