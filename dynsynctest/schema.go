package dynsynctest

import (
	"fmt"
	"slices"
	"strings"

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

// schemaParams are the members of CreateTable that describe the table.
type schemaParams struct {
	attributes []types.AttributeDefinition
	keys       []types.KeySchemaElement
	indexes    []indexParams
	billing    types.BillingMode
	throughput *types.ProvisionedThroughput
	protected  bool
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
		s.protected = d.bool()
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
func (s *schemaParams) newTable(name, arn string) (*table, *apiError) {
	if err := s.check(name); err != nil {
		return nil, err
	}
	t := &table{name: name, arn: arn, attributes: s.attributes, billing: s.billing, throughput: s.throughput, protected: s.protected}
	kinds, err := s.kinds()
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	if t.keys, err = schemaOf(s.keys, 1, kinds, used); err != nil {
		return nil, err
	}
	if err := s.checkThroughput(s.throughput, "table"); err != nil {
		return nil, err
	}
	if err := s.addIndexes(t, kinds, used); err != nil {
		return nil, err
	}
	if len(used) != len(kinds) {
		return nil, invalidValues("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	return t, nil
}

// check checks the members one by one.
func (s *schemaParams) check(table string) *apiError {
	var c constraints
	c.name("tableName", table, 3)
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
	for i := range s.indexes {
		c.index(s.indexes[i].member(s.indexes[:i]), &s.indexes[i])
	}
	return c.err()
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

func (s *schemaParams) checkThroughput(t *types.ProvisionedThroughput, of string) *apiError {
	switch {
	case s.billing == types.BillingModePayPerRequest && t != nil:
		return invalidValues("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case s.billing != types.BillingModePayPerRequest && t == nil:
		return validationErrorf("No provisioned throughput specified for the %s", of)
	case t != nil && (*t.ReadCapacityUnits < 1 || *t.WriteCapacityUnits < 1):
		return validationErrorf("Provisioned throughput of the %s must be at least 1", of)
	}
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

func (s *schemaParams) addIndexes(t *table, kinds map[string]string, used map[string]bool) *apiError {
	for _, p := range s.indexes {
		if t.index(p.name) != nil {
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
			if err := s.checkThroughput(p.throughput, "index: "+p.name); err != nil {
				return err
			}
		case !slices.Equal(keys.hash, t.keys.hash):
			return invalidValues("Index KeySchema does not have the same leading hash key as table KeySchema for index: " + p.name)
		case len(t.keys.sort) == 0:
			return invalidValues("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
		case len(keys.sort) == 0:
			return invalidValues("Index KeySchema does not have a range key for index: " + p.name)
		}
		t.indexes = append(t.indexes, &index{
			name: p.name, arn: t.arn + "/index/" + p.name, global: p.global,
			keys: keys, projection: p.projection, throughput: p.throughput,
		})
	}
	return checkIndexCounts(t.indexes)
}
