package dynsynctest

import (
	"github.com/dynsync/dynsync/internal/partiql"
)

func (c *call) getItem() *apiError {
	t, err := c.table(c.tableName)
	if err != nil {
		return err
	}
	if c.key == nil {
		return missingMember("key")
	}
	paths, err := c.parseProjection(c.projection, c.names)
	if err != nil {
		return err
	}
	if err := t.checkScalars(paths); err != nil {
		return err
	}
	key, err := c.checkedKey(t, c.key)
	if err != nil {
		return err
	}
	t.mu.RLock()
	found := t.rows.get(&key)
	t.mu.RUnlock()
	c.writeUsage(usage{table: t, units: itemUnits(found, c.consistent)})
	if found != nil {
		c.out.name("Item")
		c.out.raw(found.projected(paths))
	}
	return nil
}

// itemUnits is what reading one item takes; looking for one that is not there
// costs as much as a small one.
func itemUnits(found *row, consistent bool) float64 {
	if found == nil {
		return readUnits(1, consistent)
	}
	return readUnits(int64(found.size), consistent)
}

// projected returns the JSON of what the paths name.
func (r *row) projected(paths []partiql.Path) []byte {
	if paths == nil {
		return r.json
	}
	return appendItem(nil, project(decodeItem(r.json), paths))
}

// parseProjection reads the ProjectionExpression of a request that has no
// other expression.
func (c *call) parseProjection(text *string, names map[string]string) ([]partiql.Path, *apiError) {
	e, err := c.expressions(names, nil, text != nil)
	if err != nil {
		return nil, err
	}
	paths, err := e.projection(text)
	if err != nil {
		return nil, err
	}
	return paths, e.finish()
}

// plannedRead is one table's part of a BatchGetItem that was found good.
type plannedRead struct {
	tableReads
	table *table
	rows  []row // the keys
	paths []partiql.Path
}

func (c *call) batchGetItem() *apiError {
	plan, err := c.planReads()
	if err != nil {
		return err
	}
	left := func(string, item) bool { return false }
	if c.action.unprocessed != nil {
		total := 0
		for _, p := range plan {
			total += len(p.keys)
		}
		left = c.action.unprocessed(total)
	}
	var usages []usage
	var unprocessed []tableReads
	responses := writer{}
	responses.open('{')
	read := int64(0)
	for _, p := range plan {
		u := usage{table: p.table}
		rest := p.tableReads
		rest.keys = nil
		responses.name(p.tableReads.table)
		responses.array(func() {
			for i, key := range p.keys {
				// Like the service, a batch stops at 16 MB of items.
				if read > 16<<20 || left(p.tableReads.table, cloneItem(key)) {
					rest.keys = append(rest.keys, key)
					continue
				}
				found := p.get(i)
				u.units += itemUnits(found, p.consistent)
				if found != nil {
					read += int64(found.size)
					responses.raw(found.projected(p.paths))
				}
			}
		})
		usages = append(usages, u)
		if len(rest.keys) > 0 {
			unprocessed = append(unprocessed, rest)
		}
	}
	responses.close('}')
	if c.wantsUsage() {
		writeUsages(&c.out, usages, c.returnCapacity)
	}
	c.out.name("Responses")
	c.out.raw(responses.buf)
	c.writeUnprocessedKeys(unprocessed)
	return nil
}

func (p *plannedRead) get(i int) *row {
	t := p.table
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.rows.get(&p.rows[i])
}

func (c *call) planReads() ([]plannedRead, *apiError) {
	total := 0
	var plan []plannedRead
	for _, r := range c.reads {
		if r.legacy != "" {
			return nil, validationErrorf("dynsynctest does not know the legacy parameter %s; use expressions", r.legacy)
		}
		if len(r.keys) == 0 {
			return nil, validationErrorf("1 validation error detected: Value '{%s=KeysAndAttributes(keys=[])}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1]", r.table)
		}
		if total += len(r.keys); total > maxBatchGets {
			return nil, validationErrorf("1 validation error detected: Value at 'RequestItems.%s.member.Keys' failed to satisfy constraint: Member must have length less than or equal to %d", r.table, maxBatchGets)
		}
		p, err := c.planRead(r)
		if err != nil {
			return nil, err
		}
		plan = append(plan, p)
	}
	if plan == nil {
		return nil, validationError("The requestItems parameter is required for BatchGetItem")
	}
	return plan, nil
}

func (c *call) planRead(r tableReads) (plannedRead, *apiError) {
	p := plannedRead{tableReads: r}
	var err *apiError
	if p.table, err = c.table(r.table); err != nil {
		return p, err
	}
	if p.paths, err = c.parseProjection(r.projection, r.names); err != nil {
		return p, err
	}
	seen := make(map[[2]string]bool, len(r.keys))
	for _, k := range r.keys {
		key, err := c.checkedKey(p.table, k)
		if err != nil {
			return p, err
		}
		if seen[[2]string{key.pk, key.sk}] {
			return p, validationError("Provided list of item keys contains duplicates")
		}
		seen[[2]string{key.pk, key.sk}] = true
		p.rows = append(p.rows, key)
	}
	return p, p.table.checkScalars(p.paths)
}

func (c *call) writeUnprocessedKeys(unprocessed []tableReads) {
	w := &c.out
	w.name("UnprocessedKeys")
	w.object(func() {
		for _, r := range unprocessed {
			w.name(r.table)
			w.object(func() {
				if r.consistent {
					w.name("ConsistentRead")
					w.bool(true)
				}
				if len(r.names) > 0 {
					w.name("ExpressionAttributeNames")
					w.object(func() {
						for _, name := range sortedNames(r.names) {
							w.stringMember(name, r.names[name])
						}
					})
				}
				w.name("Keys")
				w.array(func() {
					for _, k := range r.keys {
						w.item(k)
					}
				})
				if r.projection != nil {
					w.stringMember("ProjectionExpression", *r.projection)
				}
			})
		}
	})
}
