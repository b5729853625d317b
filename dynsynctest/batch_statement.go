package dynsynctest

import (
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/partiql"
)

// batchExecuteStatement runs up to 25 statements, each with an answer of its
// own. What is wrong with the batch as such refuses all of it.
func (c *call) batchExecuteStatement() *apiError {
	switch {
	case len(c.statements) == 0:
		return validationError("1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case len(c.statements) > maxBatchPuts:
		return c.tooManyStatements()
	}
	if err := c.checkStatements(); err != nil {
		return err
	}
	plans := make([]*statementPlan, len(c.statements))
	errs := make([]*apiError, len(c.statements))
	for i, p := range c.statements {
		var s partiql.Statement
		if s, errs[i] = c.parseStatement(p); errs[i] == nil {
			plans[i], errs[i] = c.planStatement(s, p)
		}
		errs[i] = firstError(c.authorizeStatement(p), errs[i])
	}
	if !sameKind(c.statements) {
		return validationError("Read and write requests together in the same batch is not supported.")
	}
	if repeatsKey(plans) {
		return validationError("Provided list of item keys contains duplicates")
	}
	var usages []usage
	w := writer{}
	w.array(func() {
		for i, plan := range plans {
			w.object(func() { usages = append(usages, c.slot(&w, plan, errs[i])) })
		}
	})
	if c.wantsUsage() {
		writeUsages(&c.out, usages, c.returnCapacity)
	}
	c.out.name("Responses")
	c.out.raw(w.buf)
	return nil
}

// checkStatements checks what no statement of a batch may have: it is refused for
// that as a whole.
func (c *call) checkStatements() *apiError {
	var wrong constraints
	for i, p := range c.statements {
		member := fmt.Sprintf("statements.%d.member.statement", i+1)
		switch {
		case p.text == "":
			wrong.add(member, "", "have length greater than or equal to 1")
		case len(p.text) > maxStatement:
			wrong.add(member, p.text, fmt.Sprintf("have length less than or equal to %d", maxStatement))
		}
	}
	if err := wrong.err(); err != nil {
		return err
	}
	for _, p := range c.statements {
		if err := c.checkParameters(p); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) tooManyStatements() *apiError {
	var texts []string
	for _, s := range c.statements {
		texts = append(texts, "BatchStatementRequest(statement="+s.text+")")
	}
	return validationErrorf("1 validation error detected: Value '[%s]' at 'statements' failed to satisfy constraint: Member must have length less than or equal to %d",
		strings.Join(texts, ", "), maxBatchPuts)
}

func repeatsKey(plans []*statementPlan) bool {
	type place struct {
		table  *table
		pk, sk string
	}
	seen := map[place]bool{}
	for _, p := range plans {
		if p == nil {
			continue
		}
		at := place{p.table, p.key.pk, p.key.sk}
		if seen[at] {
			return true
		}
		seen[at] = true
	}
	return false
}

// slot runs one statement of a batch and writes its answer. A statement that
// fails takes no capacity, and so has no table in what it returns.
func (c *call) slot(w *writer, plan *statementPlan, err *apiError) usage {
	var shown []byte
	var used usage
	if err == nil {
		shown, used, err = c.runSlot(plan)
	}
	if err != nil {
		w.name("Error")
		w.object(func() {
			w.stringMember("Code", slotCode(err))
			if err.item != nil {
				w.name("Item")
				w.raw(err.item)
			}
			w.stringMember("Message", err.message)
		})
	}
	if shown != nil {
		w.name("Item")
		w.raw(shown)
	}
	if plan != nil {
		w.stringMember("TableName", plan.table.name)
	}
	return used
}

// runSlot runs a statement, if no hook is against it.
func (c *call) runSlot(plan *statementPlan) (shown []byte, used usage, err *apiError) {
	failure := c.slotFailure(plan)
	if failure != nil && !c.action.applied {
		return nil, usage{}, failure
	}
	shown, used, err = plan.run()
	if err != nil || failure != nil {
		return nil, usage{}, firstError(failure, err)
	}
	return shown, used, nil
}

// slotCode is the short name that an error has within a batch.
func slotCode(err *apiError) string {
	code := strings.TrimSuffix(err.kind[strings.Index(err.kind, "#")+1:], "Exception")
	if code == "Validation" {
		return "ValidationError"
	}
	return code
}

// sameKind reports whether the statements are all reads, or all writes. What is
// neither belongs to either.
func sameKind(statements []statementParams) bool {
	reads, writes := false, false
	for _, s := range statements {
		switch strings.ToUpper(verb(s.text)) {
		case "SELECT":
			reads = true
		case "INSERT", "UPDATE", "DELETE":
			writes = true
		}
	}
	return !reads || !writes
}
