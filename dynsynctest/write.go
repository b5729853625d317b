package dynsynctest

import (
	"slices"
	"strings"
)

func (c *call) putItem() *apiError {
	t, err := c.table(c.tableName)
	if err != nil {
		return err
	}
	if c.params.item == nil {
		return missingMember("item")
	}
	if err := c.onlyReturns("ALL_OLD"); err != nil {
		return err
	}
	condition, err := c.parseCondition(t)
	if err != nil {
		return err
	}
	r, err := c.checkedRow(t, c.params.item)
	if err != nil {
		return err
	}
	if err := firstError(t.checkScalars(pathsOf(condition)), c.refusal(t, c.params.item)); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.rows.get(r)
	if err := c.checkCondition(condition, old); err != nil {
		return err
	}
	c.writeReturned(old)
	c.writeUsage(t.replace(old, r, c.params.item))
	c.writeMetrics(t, c.params.item)
	return nil
}

func (c *call) deleteItem() *apiError {
	t, err := c.table(c.tableName)
	if err != nil {
		return err
	}
	if c.key == nil {
		return missingMember("key")
	}
	if err := c.onlyReturns("ALL_OLD"); err != nil {
		return err
	}
	condition, err := c.parseCondition(t)
	if err != nil {
		return err
	}
	key, err := c.checkedKey(t, c.key)
	if err != nil {
		return err
	}
	if err := firstError(t.checkScalars(pathsOf(condition)), c.refusal(t, c.key)); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.rows.get(&key)
	if err := c.checkCondition(condition, old); err != nil {
		return err
	}
	c.writeReturned(old)
	c.writeUsage(t.replace(old, nil, nil))
	c.writeMetrics(t, c.key)
	return nil
}

// onlyReturns checks ReturnValues for the operations that know one value.
func (c *call) onlyReturns(value string) *apiError {
	switch c.returnValues {
	case "", "NONE", value:
		return nil
	}
	return validationError("Return values set to invalid value")
}

// writeReturned writes the old item where ReturnValues asks for it.
func (c *call) writeReturned(old *row) {
	if c.returnValues == "ALL_OLD" && old != nil {
		c.out.name("Attributes")
		c.out.raw(old.json)
	}
}

// writeUsage writes ConsumedCapacity where it is asked for.
func (c *call) writeUsage(u usage) {
	if c.wantsUsage() {
		c.out.name("ConsumedCapacity")
		u.write(&c.out, c.returnCapacity)
	}
}

// writeMetrics writes ItemCollectionMetrics where they are asked for, and there
// are: only a table with a local index has item collections. The estimate is
// always the smallest one.
func (c *call) writeMetrics(t *table, i item) {
	local := slices.ContainsFunc(t.settings().indexes, func(x *index) bool { return !x.global })
	if c.returnMetrics != "SIZE" || !local {
		return
	}
	c.out.name("ItemCollectionMetrics")
	c.out.object(func() {
		c.out.itemMember("ItemCollectionKey", item{t.keys.hash[0].name: i[t.keys.hash[0].name]})
		c.out.name("SizeEstimateRangeGB")
		c.out.raw([]byte("[0,1]"))
	})
}

func (c *call) wantsUsage() bool {
	return c.returnCapacity == "TOTAL" || c.returnCapacity == "INDEXES"
}

func missingMember(member string) *apiError {
	return validationErrorf("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

// plannedWrite is a request of a batch that was found good.
type plannedWrite struct {
	table *table
	row   *row // the item, or just the key
	put   item // nil for a deletion
}

// batchWriteItem checks every request before it does the first: a bad one
// refuses the whole batch.
func (c *call) batchWriteItem() *apiError {
	if err := c.checkBatchSize(); err != nil {
		return err
	}
	var plan []plannedWrite
	var left []tableWrites
	leave := c.leave()
	for _, w := range c.writes {
		t, err := c.table(w.table)
		if err != nil {
			return err
		}
		planned, err := c.planWrites(t, w.requests)
		if err != nil {
			return err
		}
		unprocessed := tableWrites{table: w.table}
		for i, p := range planned {
			if leave(w.table, w.requests[i]) {
				unprocessed.requests = append(unprocessed.requests, w.requests[i])
				if !c.action.applied {
					continue
				}
			}
			plan = append(plan, p)
		}
		if len(unprocessed.requests) > 0 {
			left = append(left, unprocessed)
		}
	}
	var usages []usage
	for _, p := range plan {
		usages = addUsage(usages, p.apply())
	}
	if c.wantsUsage() {
		writeUsages(&c.out, usages, c.returnCapacity)
	}
	c.writeUnprocessed(left)
	return nil
}

// leave returns which requests a hook wants to stay unprocessed.
func (c *call) leave() func(table string, w writeRequest) bool {
	if c.action.unprocessed == nil {
		return func(string, writeRequest) bool { return false }
	}
	total := 0
	for _, w := range c.writes {
		total += len(w.requests)
	}
	left := c.action.unprocessed(total)
	return func(table string, w writeRequest) bool {
		if w.put != nil {
			return left(table, cloneItem(w.put))
		}
		return left(table, cloneItem(w.delete))
	}
}

func (c *call) checkBatchSize() *apiError {
	if len(c.writes) == 0 {
		return validationError("The requestItems parameter is required for BatchWriteItem")
	}
	total := 0
	for _, w := range c.writes {
		total += len(w.requests)
		if len(w.requests) == 0 || len(w.requests) > maxBatchPuts {
			return c.badBatchSize()
		}
	}
	if total > maxBatchPuts {
		return validationError("Too many items requested for the BatchWriteItem call")
	}
	return nil
}

// badBatchSize echoes the whole batch, as the service does.
func (c *call) badBatchSize() *apiError {
	var tables []string
	for _, w := range c.writes {
		var requests []string
		for _, r := range w.requests {
			if r.put != nil {
				requests = append(requests, "WriteRequest(putRequest=PutRequest(item="+echo(r.put)+"), deleteRequest=null)")
			} else {
				requests = append(requests, "WriteRequest(putRequest=null, deleteRequest=DeleteRequest(key="+echo(r.delete)+"))")
			}
		}
		tables = append(tables, w.table+"=["+strings.Join(requests, ", ")+"]")
	}
	return validationError("1 validation error detected: Value '{" + strings.Join(tables, ", ") +
		"}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]")
}

func (c *call) planWrites(t *table, requests []writeRequest) ([]plannedWrite, *apiError) {
	plan := make([]plannedWrite, 0, len(requests))
	seen := make(map[[2]string]bool, len(requests))
	for _, w := range requests {
		p := plannedWrite{table: t, put: w.put}
		named := w.put
		switch {
		case (w.put == nil) == (w.delete == nil):
			return nil, validationError("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
		case w.put != nil:
			r, err := c.checkedRow(t, w.put)
			if err != nil {
				return nil, err
			}
			p.row = r
		default:
			key, err := c.checkedKey(t, w.delete)
			if err != nil {
				return nil, err
			}
			p.row, named = &key, w.delete
		}
		if err := c.refusal(t, named); err != nil {
			return nil, err
		}
		key := [2]string{p.row.pk, p.row.sk}
		if seen[key] {
			return nil, validationError("Provided list of item keys contains duplicates")
		}
		seen[key] = true
		plan = append(plan, p)
	}
	return plan, nil
}

func (p plannedWrite) apply() usage {
	p.table.mu.Lock()
	defer p.table.mu.Unlock()
	old := p.table.rows.get(p.row)
	if p.put == nil {
		return p.table.replace(old, nil, nil)
	}
	return p.table.replace(old, p.row, p.put)
}

func addUsage(list []usage, u usage) []usage {
	for i := range list {
		if list[i].table == u.table {
			list[i].add(u)
			return list
		}
	}
	return append(list, u)
}

func (c *call) writeUnprocessed(left []tableWrites) {
	w := &c.out
	w.name("UnprocessedItems")
	w.object(func() {
		for _, l := range left {
			w.name(l.table)
			w.array(func() {
				for _, r := range l.requests {
					w.object(func() { w.writeRequest(r) })
				}
			})
		}
	})
}

func (w *writer) writeRequest(r writeRequest) {
	request, member, i := "PutRequest", "Item", r.put
	if i == nil {
		request, member, i = "DeleteRequest", "Key", r.delete
	}
	w.name(request)
	w.object(func() { w.itemMember(member, i) })
}
