package dynsynctest

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// describeLimits returns the quotas that an account begins with.
func (c *call) describeLimits() *apiError {
	c.out.intMember("AccountMaxReadCapacityUnits", 80_000)
	c.out.intMember("AccountMaxWriteCapacityUnits", 80_000)
	c.out.intMember("TableMaxReadCapacityUnits", 40_000)
	c.out.intMember("TableMaxWriteCapacityUnits", 40_000)
	return nil
}

func (c *call) updateTable() *apiError {
	if err := c.schema.checkUpdate(); err != nil {
		return err
	}
	t, err := c.lookup(c.tableName)
	switch {
	case err != nil:
		return err
	case t == nil:
		return notFound("Requested resource not found: Table: " + c.tableName + " not found")
	}
	if err := t.update(&c.schema, c.server.now()); err != nil {
		return err
	}
	c.writeDescription("TableDescription", c.server.describe(t))
	return nil
}

// checkUpdate checks the members of an UpdateTable one by one.
func (s *schemaParams) checkUpdate() *apiError {
	var indexes []indexParams
	for _, u := range s.updates {
		if u.action == "" {
			return validationError("Update global secondary index action is null")
		}
		indexes = append(indexes, u.index)
	}
	var c constraints
	c.schema(s, indexes)
	if err := c.err(); err != nil {
		return err
	}
	if s.billing == "" && s.throughput == nil && s.stream == nil && s.protected == nil && len(s.updates) == 0 {
		return validationError("Nothing to update")
	}
	return nil
}

// update changes the table at once, or not at all.
func (t *table) update(p *schemaParams, now time.Time) *apiError {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.settings().clone()
	if p.protected != nil {
		s.protected = *p.protected
	}
	if err := firstError(s.rebill(p, now), s.setStream(p.stream, now), s.updateIndexes(t, p), s.checkProvided()); err != nil {
		return err
	}
	s.attributes = definitions(t, s, p)
	t.current.Store(s)
	return nil
}

func (s *settings) clone() *settings {
	c := *s
	c.throughput, c.indexes = maps.Clone(s.throughput), slices.Clone(s.indexes)
	return &c
}

// rebill changes the billing mode and the table's throughput.
func (s *settings) rebill(p *schemaParams, now time.Time) *apiError {
	was := s.throughput[""]
	switch {
	case p.billing == "" && p.throughput == nil:
		return nil
	case p.billing == types.BillingModePayPerRequest && s.billing != p.billing:
		s.billing, s.onDemand = p.billing, now
		clear(s.throughput)
	case p.billing != "":
		s.billing = p.billing
	}
	if p.throughput == nil && was != nil {
		return nil // PROVISIONED, which it was
	}
	return s.change("", "table", p.throughput)
}

// change sets the throughput of the table or of an index, to another than it has.
func (s *settings) change(name, what string, t *types.ProvisionedThroughput) *apiError {
	was := s.throughput[name]
	if was != nil && t != nil && *was.ReadCapacityUnits == *t.ReadCapacityUnits && *was.WriteCapacityUnits == *t.WriteCapacityUnits {
		return validationErrorf("The provisioned throughput for the %s will not change. The requested value equals the current value.", what)
	}
	return s.provide(name, what, t)
}

// checkProvided requires a throughput of every global index of a provisioned table.
func (s *settings) checkProvided() *apiError {
	for _, x := range s.indexes {
		if x.global && s.billing != types.BillingModePayPerRequest && s.throughput[x.name] == nil {
			return validationErrorf("No provisioned throughput specified for the global secondary index %s", x.name)
		}
	}
	return nil
}

// updateIndexes carries out GlobalSecondaryIndexUpdates. The caller holds the lock.
func (s *settings) updateIndexes(t *table, p *schemaParams) *apiError {
	seen, structural := map[string]bool{}, 0
	for _, u := range p.updates {
		if seen[u.index.name] {
			return validationError("Only one global secondary index update per index is allowed simultaneously.")
		}
		seen[u.index.name] = true
		if u.action != "Update" {
			structural++
		}
	}
	if structural > 1 {
		return badRequest(dynamoDBErrors+"LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
	}
	for _, u := range p.updates {
		if err := s.updateIndex(t, u, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *settings) updateIndex(t *table, u indexUpdate, p *schemaParams) *apiError {
	x := s.index(u.index.name)
	switch {
	case u.action == "Create" && x != nil:
		return validationError("Attempting to create an index which already exists")
	case u.action == "Create":
		return s.createIndex(t, u.index, p)
	case u.action == "Update" && (x == nil || !x.global):
		return validationError("Invalid global secondary index name")
	case x == nil || !x.global:
		return noSuchTable()
	case u.action == "Update":
		return s.change(x.name, "index: "+x.name, u.index.throughput)
	}
	delete(s.throughput, x.name)
	s.indexes = slices.DeleteFunc(s.indexes, func(y *index) bool { return y == x })
	return nil
}

// createIndex adds an index and fills it with the items that are there. Those whose
// values cannot be keys of it stay out.
func (s *settings) createIndex(t *table, p indexParams, all *schemaParams) *apiError {
	kinds, err := all.kinds()
	if err != nil {
		return err
	}
	for _, a := range s.attributes {
		if kind, given := kinds[*a.AttributeName]; given && kind != string(a.AttributeType) {
			return invalidValues("Attribute " + *a.AttributeName + " is already defined with another type")
		}
	}
	if err := s.addIndex(t, p, kinds, map[string]bool{}); err != nil {
		return err
	}
	if err := checkIndexCounts(s.indexes); err != nil {
		return err
	}
	x := s.indexes[len(s.indexes)-1]
	for at := (position{}); t.rows.at(at) != nil; at = t.rows.next(at) {
		base := t.rows.at(at)
		if r := x.row(t, base, decodeItem(base.json)); r != nil {
			x.rows.put(r)
		}
	}
	return nil
}

// definitions are those of the attributes that the keys of the table and of its indexes
// have, in the order in which they were given.
func definitions(t *table, s *settings, p *schemaParams) []types.AttributeDefinition {
	keys := map[string]bool{}
	for _, a := range t.keys.attributes() {
		keys[a.name] = true
	}
	for _, x := range s.indexes {
		for _, a := range x.keys.attributes() {
			keys[a.name] = true
		}
	}
	var kept []types.AttributeDefinition
	for _, a := range slices.Concat(s.attributes, p.attributes) {
		if name := aws.ToString(a.AttributeName); keys[name] {
			kept = append(kept, a)
			delete(keys, name)
		}
	}
	return kept
}
