package partiql

import "fmt"

// What the service answers, word for word.
const (
	msgAndOr       = "The arguments to AND/OR must be Expressions"
	msgNot         = "The argument to NOT must be a Type or Expression"
	msgNotBoolean  = "WHERE clause must contain an expression that resolves to a boolean"
	msgMissing     = "MISSING must be compared using IS operator"
	msgIsLeft      = "The left hand side argument to IS must be a Variable Reference, Literal, or Path"
	msgIsType      = "Unsupported data type for IS operator: %s. Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"
	msgInList      = "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member"
	msgInCount     = "The IN operator is provided with too many operands; number of operands: %d"
	msgOperators   = "The expression contains too many operators; operator count: 301"
	msgArity       = "Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d"
	msgOperandType = "Incorrect operand type for operator or function; operator or function: %s, operand type: %s"
	msgDistinct    = "The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s"
	msgNeedsPath   = "Operator or function requires a document path; operator or function: %s"
	msgTypeName    = "Invalid attribute type name found; type: %s, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}"
	msgBetweenType = "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: %s, upper bound operand: AttributeValue: %s"
	msgBetweenLow  = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: %s, upper bound operand: AttributeValue: %s"
	msgParams      = "Number of parameters in request and statement don't match."
	msgOrderBy     = "Argument to ORDER BY must be of type VariableReference"
	msgEmptyName   = "Path component cannot be an empty string"
	msgNesting     = "Nesting Levels have exceeded supported limits"
	msgPathLevels  = "The document path has too many nesting levels; nesting levels: %d"
	msgBag         = "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"
	msgPrecision   = "DynamoDB only supports precision up to 38 digits"
	msgOverflow    = "Number overflow. Attempting to store a number with magnitude larger than supported range"
	msgUnderflow   = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
	msgAlias       = "Aliasing is not supported"
	msgOneTable    = "Only select from a single table or index is supported."
	msgTableName   = "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'."
	msgFrom        = "Unexpected from source"
	msgFromSteps   = "A path may contain at most 2 components in the FROM clause"
	msgOnIndex     = "This operation is not supported on an index"
	msgInsertIndex = "FROM clause may only contain a single table name in data manipulation statements"
	msgInsertValue = "Unsupported format in item expression. Please use struct format {...} to express item values for insert statement."
	msgOverlap     = "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: %s, path two: %s"
	msgConflict    = "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: %s, path two: %s"

	// msgTypeOperand is the operand type that the service names where
	// attribute_type has a path as its second argument.
	msgTypeOperand = "{INTSET,B,SS,INT,DOUBLE,DECIMAL,DECIMALSET,S,NULL,L,DOUBLESET,NS,BS,HDS,FLOAT,N,DICT,BOOL,M,FS,HD}"
)

func unsupportedOperator(op string, updating bool) string {
	where := "Condition"
	if updating {
		where = "Update"
	}
	return fmt.Sprintf("Unsupported operator in %s Expression. Operator: %s", where, op)
}
