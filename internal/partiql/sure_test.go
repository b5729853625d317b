package partiql

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/dynamolocal"
)

// pieces are what wrong conditions are made of: tokens, keywords, and parts of other
// languages.
var pieces = []string{
	"a", "b", "pk", "order", "date", "value", "size", `"x"`, "'x'", "''", "1", "-1", "?", "1.5", "true", "null", "missing", "DE", "$1", "user",
	"=", "==", "<>", "!=", "<", ">=", "=>", "+", "-", "*", "/", "||", "&&", "!", "~", "%", ":v", "@v", "@", "#n", ".", ",", ";", "[0]", "[-1]", "[*]", "[a]", "[@a]", "(", ")", "<<", ">>", "{", "}",
	"AND", "OR", "NOT", "IN", "BETWEEN", "IS", "LIKE", "LIMIT 3", "ORDER BY", "WHERE", "SELECT", "CASE", "STRING", "NUMERIC(3)", "INT", "EMPTY", "EXISTS", "begins_with", "contains", "size", "upper", "attribute_exists", "attribute_type", "foo",
	"(1, 2)", "('a')", "(a, 'x')", "(a)", "()", "--x\n", "/* x */", "a = 1", "a = 'x'", "a > 1 AND b < 2", "a IN (1, 2)", "a BETWEEN 1 AND 2", "begins_with(a, 'x')", "a IS STRING", "NOT a = 1", "(a = 1)", "a.b[0].c", `"a"."b"`,
}

// What is sure to be refused is refused by DynamoDB, and what it takes is never sure:
// conditions put together of pieces, most of them wrong, get its answer.
func TestSureIsRefused(t *testing.T) {
	client := dynamolocal.Shared(t).Client("sure", "eu-central-1")
	c := &selector{T: t, client: client}
	c.fill("", mixedItems(t))
	params := []types.AttributeValue{s("x")}
	rows := readMeasured(t)
	sure, taken := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		where := strange(t, rows)
		w, err := ParseWhere(where)
		if err == nil {
			if w.Params > len(params) {
				return
			}
			err = Validate(w.Expr, params)
		}
		_, answer := client.ExecuteStatement(context.Background(), &dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "Mix" WHERE ` + where), Parameters: params})
		switch {
		case answer == nil && IsSure(err):
			t.Fatalf("%s is taken, and here %v", where, err)
		case IsSure(err):
			sure++
		case answer == nil:
			taken++
		}
	})
	t.Logf("%d were sure to be refused, %d were taken", sure, taken)
}

// strange draws a condition that is put together of pieces, or a recorded one of which a
// token is another.
func strange(t *rapid.T, rows []measured) (where string) {
	piece := rapid.SampledFrom(pieces)
	if rapid.Bool().Draw(t, "of pieces") {
		for range rapid.IntRange(1, 6).Draw(t, "length") {
			if where != "" && rapid.IntRange(0, 9).Draw(t, "glued") > 0 {
				where += " "
			}
			where += piece.Draw(t, "piece")
		}
		return where
	}
	where = rapid.SampledFrom(rows).Draw(t, "row").where
	tokens := tokensOf(where)
	at := tokens[rapid.IntRange(0, len(tokens)-1).Draw(t, "at")]
	switch rapid.IntRange(0, 2).Draw(t, "change") {
	case 0:
		return where[:at.pos] + where[at.end:]
	case 1:
		return where[:at.pos] + piece.Draw(t, "piece") + where[at.end:]
	}
	return where[:at.pos] + piece.Draw(t, "piece") + " " + where[at.pos:]
}
