package dynsynctest

import (
	"regexp"

	"github.com/dynsync/dynsync/internal/partiql"
)

func (c *call) executeStatement() *apiError      { return c.earlySelect() }
func (c *call) batchExecuteStatement() *apiError { return serializationError("not yet") }
func (c *call) query() *apiError                 { return serializationError("not yet") }
func (c *call) updateItem() *apiError            { return serializationError("not yet") }

var early = regexp.MustCompile(`^\s*SELECT \* FROM "([^"]+)"(?:\."([^"]+)")?\s*$`)

func (c *call) earlySelect() *apiError {
	m := early.FindStringSubmatch(*c.statement)
	if m == nil {
		return validationError("Statement wasn't well formed, can't be processed: " + *c.statement)
	}
	return c.selectStatement(&partiql.Select{Table: m[1], Index: m[2]})
}
