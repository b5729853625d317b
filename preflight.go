package dynsync

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/engine"

	"github.com/dynsync/dynsync/internal/wire"
)

// needs says which sides of a table a call uses, and so checks.
type needs struct{ source, destination bool }

// A described is what DescribeTable said of a table, or why it did not.
type described struct {
	table *types.TableDescription
	err   error
}

// preflight checks the tables against DynamoDB before anything is written, and
// returns a run for each; what is wrong with a table is its report's Err.
func (s *Syncer) preflight(ctx context.Context, j *job, tables []*table, n needs) []*run {
	known := tables
	if n.destination {
		known = s.tables // a destination must not be the source of any of them
	}
	sources := s.describeSources(ctx, known)
	runs := make([]*run, len(tables))
	for i, t := range tables {
		runs[i] = newRun(s, j, t)
		runs[i].fail("preflight", runs[i].describe(ctx, sources[t.cfg.source], n))
	}
	for _, r := range runs {
		r.fail("preflight", r.checkNotSource(sources))
		if n.source && n.destination {
			r.fail("preflight", r.probe(ctx))
		}
	}
	j.spent.Store(0) // or a small budget would never get past the preflight
	return runs
}

// describeSources describes the source of each table, by name.
func (s *Syncer) describeSources(ctx context.Context, tables []*table) map[string]described {
	sources := map[string]described{}
	if s.reader == nil {
		return sources
	}
	for _, t := range tables {
		name := t.cfg.source
		if _, done := sources[name]; !done {
			table, err := describeTable(ctx, s.cfg.source, "source", name)
			sources[name] = described{table, err}
		}
	}
	return sources
}

// describe takes the source's description, asks for the destination's and
// completes the table's plan.
func (r *run) describe(ctx context.Context, source described, n needs) error {
	if source.err != nil {
		return source.err
	}
	r.source = source.table
	if n.destination {
		var err error
		if r.target, err = describeTable(ctx, r.s.cfg.destination, "destination", r.table.cfg.destination); err != nil {
			return err
		}
	}
	if r.source != nil && r.target != nil {
		if err := sameKeys(r.source, r.target); err != nil {
			return err
		}
	}
	if err := r.checkIndex(); err != nil {
		return err
	}
	if err := r.completePlan(ctx); err != nil {
		return err
	}
	if n.source {
		if err := r.planReads(); err != nil {
			return err
		}
	}
	if err := r.meter(); err != nil {
		return err
	}
	if err := r.checkKeyRules(); err != nil {
		return err
	}
	if err := r.checkWildcardsForKeys(); err != nil {
		return err
	}
	return r.trackKeys()
}

// describer is the method that both clients have.
type describer interface {
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// errNoTable reports an answer that is not DynamoDB's, a proxy's say.
var errNoTable = &smithy.DeserializationError{Err: refuse("the answer to DescribeTable describes no table")}

// describeTable returns the description of a table that can be used.
func describeTable(ctx context.Context, client describer, side, name string) (*types.TableDescription, error) {
	var out *dynamodb.DescribeTableOutput
	err := awserr.RetryTransient(ctx, awserr.GiveUpEarly, client, func(ctx context.Context) (err error) {
		out, err = client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name}, awserr.Once)
		if err == nil && (out == nil || out.Table == nil) {
			err = errNoTable
		}
		return err
	})
	if err != nil {
		return nil, &callError{fmt.Sprintf("%s table %q", side, name), err}
	}
	switch status := out.Table.TableStatus; status {
	case types.TableStatusActive, types.TableStatusUpdating, "":
		return out.Table, nil
	default:
		return nil, refuse("%s table %q cannot be used while it is %s; wait until it is ACTIVE", side, name, status)
	}
}

// keysOf returns the names of a table's key attributes.
func keysOf(t *types.TableDescription) *wire.Keys { return keyNamesOf(t.KeySchema) }

func keyNamesOf(schema []types.KeySchemaElement) *wire.Keys {
	keys := &wire.Keys{}
	for _, k := range schema {
		name := deref(k.AttributeName)
		if k.KeyType == types.KeyTypeHash {
			keys.Partition = name
		} else {
			keys.Sort = name
		}
	}
	return keys
}

func attributeType(t *types.TableDescription, name string) types.ScalarAttributeType {
	for _, d := range t.AttributeDefinitions {
		if deref(d.AttributeName) == name {
			return d.AttributeType
		}
	}
	return ""
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// sameKeys checks that the tables have the same key schema.
func sameKeys(source, target *types.TableDescription) error {
	a, b := describeKeys(source), describeKeys(target)
	if a == b {
		return nil
	}
	return refuse("the key schemas differ: the source has %s, the destination %s; create the destination with the source's key schema", a, b)
}

func describeKeys(t *types.TableDescription) string {
	keys := keysOf(t)
	text := fmt.Sprintf("partition key %s (%s)", keys.Partition, attributeType(t, keys.Partition))
	if keys.Sort != "" {
		text += fmt.Sprintf(", sort key %s (%s)", keys.Sort, attributeType(t, keys.Sort))
	}
	return text
}

// checkIndex checks that the index to read exists, and can be read as asked.
func (r *run) checkIndex() error {
	cfg := r.table.cfg
	if cfg.index == "" || r.source == nil {
		return nil
	}
	for _, g := range r.source.GlobalSecondaryIndexes {
		if deref(g.IndexName) != cfg.index {
			continue
		}
		if cfg.consistent {
			return refuse("WithConsistentRead: the index %q is global, and a global secondary index cannot be read consistently", cfg.index)
		}
		return nil
	}
	for _, l := range r.source.LocalSecondaryIndexes {
		if deref(l.IndexName) == cfg.index {
			return nil
		}
	}
	return refuse("WithIndex: the source table %q has no index %q", cfg.source, cfg.index)
}

// completePlan adds to the rules what the tables' descriptions say.
func (r *run) completePlan(ctx context.Context) error {
	schema := r.source
	if schema == nil {
		schema = r.target
	}
	p := r.table.plan(r.s.key, keysOf(schema))
	if p.Keys.Partition == "" {
		return refuse("DescribeTable names no partition key")
	}
	for _, t := range []*types.TableDescription{r.source, r.target} {
		addIndexKeys(p, t)
	}
	if p.TTL == "" {
		var err error
		if p.TTL, err = r.lookUpTTL(ctx); err != nil {
			return err
		}
	}
	r.takePart(p)
	r.changesKeys, r.canCollide = p.Finish != nil, p.Finish != nil
	r.plan = p
	return nil
}

func addIndexKeys(p *engine.Plan, t *types.TableDescription) {
	if t == nil {
		return
	}
	add := func(schema []types.KeySchemaElement) {
		for _, k := range schema {
			if name := deref(k.AttributeName); !p.Keys.Holds(name) {
				p.Indexed[name] = struct{}{}
			}
		}
	}
	for _, g := range t.GlobalSecondaryIndexes {
		add(g.KeySchema)
	}
	for _, l := range t.LocalSecondaryIndexes {
		add(l.KeySchema)
	}
}

// ttlDescriber is a client that can be asked for a table's TTL attribute.
type ttlDescriber interface {
	DescribeTimeToLive(context.Context, *dynamodb.DescribeTimeToLiveInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTimeToLiveOutput, error)
}

// lookUpTTL asks for the TTL attribute, where the client can and may. Where it
// cannot be known the report says so.
func (r *run) lookUpTTL(ctx context.Context) (string, error) {
	const note = "the TTL attribute is not known (%s), so it is treated like any other; name it by WithTTLAttribute"
	name, client := r.table.cfg.source, any(r.s.cfg.source)
	if r.source == nil {
		name, client = r.table.cfg.destination, any(r.s.cfg.destination)
	}
	asked, ok := client.(ttlDescriber)
	if !ok {
		r.note(fmt.Sprintf(note, "the client has no DescribeTimeToLive"))
		return "", nil
	}
	var ttl string
	err := awserr.RetryTransient(ctx, awserr.GiveUpEarly, client, func(ctx context.Context) error {
		out, err := asked.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name}, awserr.Once)
		if err == nil {
			ttl, err = ttlOf(out)
		}
		return err
	})
	switch {
	case err == nil:
		return ttl, nil
	case ctx.Err() == nil && awserr.IsDamaged(err):
		r.note(fmt.Sprintf(note, "the answer to DescribeTimeToLive is not DynamoDB's, or not whole"))
		return "", nil
	case ctx.Err() != nil || Retryable(err):
		return "", &callError{fmt.Sprintf("DescribeTimeToLive of table %q", name), err}
	}
	r.note(fmt.Sprintf(note, strings.TrimSpace("DescribeTimeToLive failed "+awserr.Text(err))))
	return "", nil
}

// errNoTTL reports an answer that is not DynamoDB's, a proxy's say: to take it for
// "there is none" would give the attribute a pseudonym, by which DynamoDB deletes
// items of the copy.
var errNoTTL = &smithy.DeserializationError{Err: refuse("the answer to DescribeTimeToLive does not say what the TTL attribute is")}

// ttlOf returns the TTL attribute that an answer names, "" if TTL is disabled. While
// it is being enabled or disabled, items can be deleted already or still.
func ttlOf(out *dynamodb.DescribeTimeToLiveOutput) (string, error) {
	if out == nil || out.TimeToLiveDescription == nil {
		return "", errNoTTL
	}
	status, name := out.TimeToLiveDescription.TimeToLiveStatus, deref(out.TimeToLiveDescription.AttributeName)
	switch {
	case status == types.TimeToLiveStatusDisabled:
		return "", nil
	case status == "" || name == "":
		return "", errNoTTL
	}
	return name, nil
}

// checkKeyRules refuses rules on key attributes that cannot work.
func (r *run) checkKeyRules() error {
	for _, rule := range r.table.rules.rules {
		name, ok := rule.pattern.attribute()
		if !ok || !r.plan.Keys.Holds(name) || rule.OnNames {
			continue
		}
		switch {
		case rule.Op.Act == engine.Remove:
			return refuse("rule %q removes a key attribute; every item needs its key", rule.Text)
		case rule.Op.Act == engine.Pass:
		case rule.desc.Uniqueness == ManyToOne && !rule.clashes:
			return refuse("rule %q: %s gives different items the same key; take a transformer that is Injective or PracticallyUnique, or accept the loss of items by AllowCollisions", rule.Text, rule.desc.Name)
		case !r.s.cfg.keySet:
			return refuse("rule %q transforms a key attribute, which needs WithKey: under a random key a second run would write every item again", rule.Text)
		default:
			r.changesKeys = true
			r.canCollide = r.canCollide || rule.desc.Uniqueness != Injective
		}
	}
	return nil
}

// checkNotSource refuses a destination that is a source of the job, a replica of
// one, or cannot be told apart from one.
func (r *run) checkNotSource(sources map[string]described) error {
	if r.target == nil {
		return nil
	}
	for name, source := range sources {
		switch {
		case source.err != nil && deref(r.target.TableName) == name:
			return refuse("the destination has the name of the source table %q, which cannot be described, so the two cannot be told apart", name)
		case source.err != nil:
		case sameTable(source.table, r.target):
			return refuse("the destination is the table %q that the job reads; dynsync does not write to a source", name)
		case replicas(source.table, r.target):
			return refuse("the destination is a replica of the global table %q that the job reads; what is written to it reaches the source", name)
		}
	}
	return nil
}

// sameTable compares what two servers cannot share: two DynamoDB Locals give
// their tables equal ARNs, but not equal ids or creation times.
func sameTable(a, b *types.TableDescription) bool {
	if deref(a.TableArn) != deref(b.TableArn) {
		return false
	}
	if a.TableId != nil && b.TableId != nil && *a.TableId != *b.TableId {
		return false
	}
	if a.CreationDateTime == nil || b.CreationDateTime == nil {
		return true
	}
	return a.CreationDateTime.Equal(*b.CreationDateTime)
}

// replicas reports whether two tables are replicas of one global table: the
// same name, in one account or one that the table's replicas name, in regions
// of which one lists the other.
func replicas(a, b *types.TableDescription) bool {
	arnA, errA := arn.Parse(deref(a.TableArn))
	arnB, errB := arn.Parse(deref(b.TableArn))
	if errA != nil || errB != nil || arnA.Resource != arnB.Resource || arnA.Region == arnB.Region {
		return false
	}
	return lists(a, arnA, arnB) || lists(b, arnB, arnA)
}

func lists(t *types.TableDescription, own, other arn.ARN) bool {
	for _, rep := range t.Replicas {
		if full := deref(rep.ReplicaArn); full != "" {
			if full == other.String() {
				return true
			}
			continue
		}
		if deref(rep.RegionName) == other.Region && own.AccountID == other.AccountID {
			return true
		}
	}
	return false
}

// probe reads a few items, so that a WHERE or a permission that the service
// refuses, and keys that look personal, are known before the first write.
func (r *run) probe(ctx context.Context) error {
	if r.report.Err != nil {
		return nil
	}
	few := r.probeItems()
	statement, scan := r.readInput(position{}), r.scanInput(&cursor{segment: r.reads.first})
	statement.Limit, scan.Limit = &few, &few
	page := r.freePage()
	defer r.release(page)
	err := r.request(ctx, min(awserr.GiveUpEarly, r.s.cfg.giveUp), page, func(ctx context.Context) error {
		if r.reads.segmented() {
			return r.s.reader.Scan(ctx, scan, page)
		}
		return r.s.reader.ExecuteStatement(ctx, statement, page)
	})
	if err != nil {
		return r.readError(ctx, err)
	}
	r.countRead(page)
	if err := r.checkSpellingOfKeys(page); err != nil {
		return err
	}
	return r.lookAtKeys(ctx, page)
}
