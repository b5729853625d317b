package dynsynctest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	maxKeyName          = 255 // bytes of the name of a key attribute or of one that an index projects
	maxGlobal           = 20  // global indexes of a table
	maxLocal            = 5
	maxProjected        = 20  // attributes that one index projects by name
	maxProjectedByTable = 100 // attributes that the indexes of a table project by name
)

// schemaParams are the members of CreateTable and UpdateTable that describe the table.
type schemaParams struct {
	attributes []types.AttributeDefinition
	keys       []types.KeySchemaElement
	indexes    []indexParams
	billing    types.BillingMode
	throughput *types.ProvisionedThroughput
	protected  *bool
	stream     *streamParams
	updates    []indexUpdate
}

type streamParams struct {
	enabled bool
	view    string
}

// indexUpdate is one of GlobalSecondaryIndexUpdates.
type indexUpdate struct {
	action string // Create, Update or Delete
	index  indexParams
}

type indexParams struct {
	name       string
	global     bool
	keys       []types.KeySchemaElement
	projection types.Projection
	throughput *types.ProvisionedThroughput
}

func (s *schemaParams) member(d *decoder, name string) {
	switch name {
	case "AttributeDefinitions":
		d.array(func() { s.attributes = append(s.attributes, d.attributeDefinition()) })
	case "KeySchema":
		s.keys = d.keySchema()
	case "GlobalSecondaryIndexes", "LocalSecondaryIndexes":
		global := name == "GlobalSecondaryIndexes"
		d.array(func() { s.indexes = append(s.indexes, d.index(global)) })
	case "BillingMode":
		s.billing = types.BillingMode(d.string())
	case "ProvisionedThroughput":
		s.throughput = d.throughput()
	case "DeletionProtectionEnabled":
		protected := d.bool()
		s.protected = &protected
	case "StreamSpecification":
		s.stream = d.stream()
	case "GlobalSecondaryIndexUpdates":
		d.array(func() { s.updates = append(s.updates, d.indexUpdate()) })
	default:
		d.skip()
	}
}

// stringMembers consumes an object of strings.
func (d *decoder) stringMembers(into map[string]*string) {
	d.object(func(name string) {
		if p, ok := into[name]; ok {
			*p = d.string()
		} else {
			d.skip()
		}
	})
}

func (d *decoder) attributeDefinition() types.AttributeDefinition {
	var name, kind string
	d.stringMembers(map[string]*string{"AttributeName": &name, "AttributeType": &kind})
	return types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeType(kind)}
}

func (d *decoder) keySchema() (keys []types.KeySchemaElement) {
	d.array(func() {
		var name, kind string
		d.stringMembers(map[string]*string{"AttributeName": &name, "KeyType": &kind})
		keys = append(keys, types.KeySchemaElement{AttributeName: &name, KeyType: types.KeyType(kind)})
	})
	return keys
}

func (d *decoder) index(global bool) indexParams {
	x := indexParams{global: global}
	d.object(func(name string) {
		if d.null() {
			return
		}
		switch name {
		case "IndexName":
			x.name = d.string()
		case "KeySchema":
			x.keys = d.keySchema()
		case "Projection":
			d.object(func(name string) {
				switch name {
				case "ProjectionType":
					x.projection.ProjectionType = types.ProjectionType(d.string())
				case "NonKeyAttributes":
					x.projection.NonKeyAttributes = d.strings()
				default:
					d.skip()
				}
			})
		case "ProvisionedThroughput":
			x.throughput = d.throughput()
		default:
			d.skip()
		}
	})
	return x
}

func (d *decoder) stream() *streamParams {
	var s streamParams
	d.object(func(name string) {
		switch name {
		case "StreamEnabled":
			s.enabled = d.bool()
		case "StreamViewType":
			s.view = d.string()
		default:
			d.skip()
		}
	})
	return &s
}

func (d *decoder) indexUpdate() (u indexUpdate) {
	d.object(func(name string) {
		if d.null() {
			return
		}
		switch name {
		case "Create", "Update", "Delete":
			u = indexUpdate{name, d.index(true)}
		default:
			d.skip()
		}
	})
	return u
}

func (d *decoder) throughput() *types.ProvisionedThroughput {
	t := &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(0), WriteCapacityUnits: aws.Int64(0)}
	d.object(func(name string) {
		switch name {
		case "ReadCapacityUnits":
			*t.ReadCapacityUnits = d.long()
		case "WriteCapacityUnits":
			*t.WriteCapacityUnits = d.long()
		default:
			d.skip()
		}
	})
	return t
}

// newTable makes the table that CreateTable describes.
func (s *schemaParams) newTable(name, arn string, now time.Time) (*table, *apiError) {
	if err := s.check(name); err != nil {
		return nil, err
	}
	t := &table{name: name, arn: arn, created: now}
	made := &settings{attributes: s.attributes, throughput: map[string]*types.ProvisionedThroughput{}}
	made.protected = s.protected != nil && *s.protected
	kinds, err := s.kinds()
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	if t.keys, err = schemaOf(s.keys, 1, kinds, used); err != nil {
		return nil, err
	}
	if err := made.bill(s, now); err != nil {
		return nil, err
	}
	for _, p := range s.indexes {
		if err := made.addIndex(t, p, kinds, used); err != nil {
			return nil, err
		}
	}
	if len(used) != len(kinds) {
		return nil, invalidValues("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	stream := s.stream
	if stream != nil && *stream == (streamParams{}) {
		stream = nil // off, as it is
	}
	if err := firstError(checkIndexCounts(made.indexes), made.setStream(stream, now)); err != nil {
		return nil, err
	}
	t.current.Store(made)
	return t, nil
}

// check checks the members one by one.
func (s *schemaParams) check(table string) *apiError {
	var c constraints
	c.name("tableName", table, 3)
	c.schema(s, s.indexes)
	return c.err()
}

// schema checks the members that describe a table and these indexes.
func (c *constraints) schema(s *schemaParams, indexes []indexParams) {
	for i, k := range s.keys {
		c.enum(fmt.Sprintf("keySchema.%d.member.keyType", i+1), string(k.KeyType), "HASH", "RANGE")
	}
	for i, a := range s.attributes {
		c.enum(fmt.Sprintf("attributeDefinitions.%d.member.attributeType", i+1), string(a.AttributeType), "B", "N", "S")
	}
	if len(s.keys) > 2 {
		var list []string
		for _, k := range s.keys {
			list = append(list, fmt.Sprintf("KeySchemaElement(attributeName=%s, keyType=%s)", *k.AttributeName, k.KeyType))
		}
		c.add("keySchema", "["+strings.Join(list, ", ")+"]", "have length less than or equal to 2")
	}
	c.enum("billingMode", string(s.billing), "PROVISIONED", "PAY_PER_REQUEST")
	c.attributeNames(s)
	for i := range indexes {
		c.index(indexes[i].member(indexes[:i]), &indexes[i])
	}
}

// attributeNames checks the names that the definitions and the table's key have.
func (c *constraints) attributeNames(s *schemaParams) {
	for i, a := range s.attributes {
		c.attributeName(fmt.Sprintf("attributeDefinitions.%d.member.attributeName", i+1), *a.AttributeName)
	}
	for i, k := range s.keys {
		c.attributeName(fmt.Sprintf("keySchema.%d.member.attributeName", i+1), *k.AttributeName)
	}
}

// member is what the service calls an index in messages; before are those that
// the request has before it.
func (x *indexParams) member(before []indexParams) string {
	list, n := "localSecondaryIndexes", 1
	if x.global {
		list = "globalSecondaryIndexes"
	}
	for _, b := range before {
		if b.global == x.global {
			n++
		}
	}
	return fmt.Sprintf("%s.%d.member", list, n)
}

// index checks the members of one index; member is what the service calls it.
func (c *constraints) index(member string, x *indexParams) {
	c.name("indexName", x.name, 3)
	for i, k := range x.keys {
		c.attributeName(fmt.Sprintf("%s.keySchema.%d.member.attributeName", member, i+1), *k.AttributeName)
		c.enum(fmt.Sprintf("%s.keySchema.%d.member.keyType", member, i+1), string(k.KeyType), "HASH", "RANGE")
	}
	c.enum(member+".projection.projectionType", string(x.projection.ProjectionType), "ALL", "INCLUDE", "KEYS_ONLY")
	projected := x.projection.NonKeyAttributes
	for i, name := range projected {
		c.attributeName(fmt.Sprintf("%s.projection.nonKeyAttributes.%d.member", member, i+1), name)
	}
	if len(projected) > maxProjected {
		c.add(member+".projection.nonKeyAttributes", "["+strings.Join(projected, ", ")+"]", fmt.Sprintf("have length less than or equal to %d", maxProjected))
	}
}

func (s *schemaParams) kinds() (map[string]string, *apiError) {
	kinds := map[string]string{}
	for _, a := range s.attributes {
		if _, twice := kinds[*a.AttributeName]; twice {
			return nil, invalidValues("Duplicate AttributeName in AttributeDefinitions: " + *a.AttributeName)
		}
		kinds[*a.AttributeName] = string(a.AttributeType)
	}
	return kinds, nil
}

// schemaOf reads one key schema of at most so many attributes of each role, and notes
// the attributes it uses.
func schemaOf(elements []types.KeySchemaElement, most int, kinds map[string]string, used map[string]bool) (k keySchema, err *apiError) {
	for _, e := range elements {
		name := aws.ToString(e.AttributeName)
		kind, defined := kinds[name]
		if !defined {
			return k, invalidValues("Some index key attributes are not defined in AttributeDefinitions. Keys: [" + name + "], AttributeDefinitions: [" + strings.Join(sortedNames(kinds), ", ") + "]")
		}
		used[name] = true
		twice := k.has(name)
		switch {
		case e.KeyType == types.KeyTypeHash && len(k.sort) == 0:
			k.hash = append(k.hash, keyAttribute{name, kind})
		case e.KeyType == types.KeyTypeRange && len(k.hash) > 0:
			k.sort = append(k.sort, keyAttribute{name, kind})
		default:
			return k, wrongRoles(most)
		}
		if twice {
			return k, validationError("Invalid KeySchema: Some index key attribute have no definition")
		}
	}
	if len(k.hash) == 0 || len(k.hash) > most || len(k.sort) > most {
		return k, wrongRoles(most)
	}
	return k, nil
}

// wrongRoles is for key schemas of too many attributes or in the wrong order.
func wrongRoles(most int) *apiError {
	if most == 1 {
		return invalidValues("The first KeySchemaElement must be HASH, the second RANGE")
	}
	return invalidValues(fmt.Sprintf("A key schema has 1 to %d HASH attributes, and behind them up to %[1]d RANGE attributes", most))
}

// bill sets the billing mode and the table's throughput.
func (s *settings) bill(p *schemaParams, now time.Time) *apiError {
	s.billing = types.BillingModeProvisioned
	if p.billing == types.BillingModePayPerRequest {
		s.billing, s.onDemand = p.billing, now
	}
	return s.provide("", "table", p.throughput)
}

// provide sets the throughput of the table, which is the empty name, or of an index.
func (s *settings) provide(name, what string, t *types.ProvisionedThroughput) *apiError {
	onDemand := s.billing == types.BillingModePayPerRequest
	switch {
	case onDemand && t != nil:
		return invalidValues("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case onDemand:
		return nil
	case t == nil:
		return validationErrorf("No provisioned throughput specified for the %s", what)
	case *t.ReadCapacityUnits < 1 || *t.WriteCapacityUnits < 1:
		return validationErrorf("Provisioned throughput of the %s must be at least 1", what)
	}
	s.throughput[name] = t
	return nil
}

// checkProjection checks what an index projects, once its members are found good.
func checkProjection(p types.Projection) *apiError {
	names := slices.Sorted(slices.Values(p.NonKeyAttributes))
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return invalidValues("Duplicate attribute in NonKeyAttributes: " + names[i])
		}
	}
	switch {
	case p.ProjectionType == "":
		return invalidValues("Unknown ProjectionType: null")
	case p.ProjectionType == types.ProjectionTypeInclude && len(names) == 0:
		return invalidValues("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
	case p.ProjectionType != types.ProjectionTypeInclude && len(names) != 0:
		return invalidValues("ProjectionType is " + string(p.ProjectionType) + ", but NonKeyAttributes is specified")
	}
	return nil
}

// checkIndexCounts checks how many indexes a table has, and how many attributes
// all of them project by name.
func checkIndexCounts(indexes []*index) *apiError {
	local, global, projected := 0, 0, 0
	for _, x := range indexes {
		if projected += len(x.projection.NonKeyAttributes); x.global {
			global++
		} else {
			local++
		}
	}
	switch {
	case global > maxGlobal:
		return invalidValues(fmt.Sprintf("GlobalSecondaryIndex count exceeds the per-table limit of %d", maxGlobal))
	case local > maxLocal:
		return invalidValues(fmt.Sprintf("Number of LocalSecondaryIndexes exceeds per-table limit of %d", maxLocal))
	case projected > maxProjectedByTable:
		return invalidValues(fmt.Sprintf("Number of NonKeyAttributes of all indexes exceeds per-table limit of %d", maxProjectedByTable))
	}
	return nil
}

// addIndex adds an index of a table whose key is known.
func (s *settings) addIndex(t *table, p indexParams, kinds map[string]string, used map[string]bool) *apiError {
	if s.index(p.name) != nil {
		return invalidValues("Duplicate index name: " + p.name)
	}
	most := 1
	if p.global {
		most = maxRole
	}
	keys, err := schemaOf(p.keys, most, kinds, used)
	if err != nil {
		return err
	}
	if err := checkProjection(p.projection); err != nil {
		return err
	}
	switch {
	case p.global:
		if err := s.provide(p.name, "index: "+p.name, p.throughput); err != nil {
			return err
		}
	case !slices.Equal(keys.hash, t.keys.hash):
		return invalidValues("Index KeySchema does not have the same leading hash key as table KeySchema for index: " + p.name)
	case len(t.keys.sort) == 0:
		return invalidValues("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
	case len(keys.sort) == 0:
		return invalidValues("Index KeySchema does not have a range key for index: " + p.name)
	}
	s.indexes = append(s.indexes, &index{
		name: p.name, arn: t.arn + "/index/" + p.name, global: p.global, keys: keys, projection: p.projection,
	})
	return nil
}

// setStream turns the stream on or off; nil leaves it.
func (s *settings) setStream(p *streamParams, now time.Time) *apiError {
	if p == nil {
		return nil
	}
	views := []string{"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"}
	switch {
	case !p.enabled && p.view != "":
		return validationError("Invalid StreamViewType: Stream StreamEnabled was false but a StreamViewType was present.")
	case p.enabled && p.view == "":
		return validationError("Invalid StreamViewType: Stream ViewType must not be null or empty when enabling streams.")
	case p.enabled && !slices.Contains(views, p.view):
		return validationError("Invalid StreamViewType: " + p.view)
	case p.enabled && s.stream != nil:
		return validationError("Table already has an enabled stream")
	case !p.enabled && s.stream == nil:
		return validationError("Table has no stream to disable")
	}
	if s.stream = nil; p.enabled {
		s.stream = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewType(p.view)}
		s.streamed = now
	}
	return nil
}
