package partiql

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

var errNotYet = &Error{Reason: "not built"}

// ParseWhere parses the text that follows WHERE.
func ParseWhere(text string) (*Where, error) { return nil, errNotYet }

// CountParams counts the question marks of text.
func CountParams(text string) (int, error) { return 0, errNotYet }

// ParseStatement parses one statement.
func ParseStatement(text string) (Statement, error) { return nil, errNotYet }

// PinsKey reports whether the condition limits partitionKey to listed values.
func (w *Where) PinsKey(partitionKey string) bool { return false }

// Validate checks what does not depend on the item.
func Validate(e Expr, params []types.AttributeValue) error { return errNotYet }

// Eval reports whether e is true of item.
func Eval(e Expr, item map[string]types.AttributeValue, params []types.AttributeValue) (bool, error) {
	return false, errNotYet
}

// Resolve gives the value of an operand.
func Resolve(o Operand, item map[string]types.AttributeValue, params []types.AttributeValue) (types.AttributeValue, bool, error) {
	return nil, false, errNotYet
}

// EqualValues reports whether DynamoDB's = holds.
func EqualValues(a, b types.AttributeValue) bool { return false }

// CompareValues orders two values.
func CompareValues(a, b types.AttributeValue) (int, bool) { return 0, false }
