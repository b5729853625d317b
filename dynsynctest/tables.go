package dynsynctest

import (
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxListed is how many names ListTables returns at once.
const maxListed = 100

func (c *call) createTable() *apiError {
	t, err := c.schema.newTable(c.tableName, c.account.arn+"/"+c.tableName, c.server.now())
	if err != nil {
		return err
	}
	t.id = newTableID()
	c.account.mu.Lock()
	_, exists := c.account.tables[t.name]
	if !exists {
		c.account.tables[t.name] = t
	}
	c.account.mu.Unlock()
	if exists {
		return badRequest(dynamoDBErrors+"ResourceInUseException", "Table already exists: "+t.name)
	}
	c.writeDescription("TableDescription", t.describe())
	return nil
}

func (c *call) describeTable() *apiError {
	t, err := c.lookup(c.tableName)
	switch {
	case err != nil:
		return err
	case t == nil:
		return notFound("Requested resource not found: Table: " + c.tableName + " not found")
	}
	c.writeDescription("Table", c.server.describe(t))
	return nil
}

func (c *call) writeDescription(member string, d types.TableDescription) {
	c.out.name(member)
	c.out.sdkValue(reflect.ValueOf(d))
}

func (c *call) deleteTable() *apiError {
	if err := checkName(c.tableName); err != nil {
		return err
	}
	c.account.mu.Lock()
	t := c.account.tables[c.tableName]
	if t != nil && !t.settings().protected {
		delete(c.account.tables, c.tableName)
	}
	c.account.mu.Unlock()
	switch {
	case t == nil:
		return notFound("Requested resource not found: Table: " + c.tableName + " not found")
	case t.settings().protected:
		return validationError("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	}
	d := t.describe()
	d.TableStatus = types.TableStatusDeleting
	c.writeDescription("TableDescription", d)
	return nil
}

func (c *call) listTables() *apiError {
	var wrong constraints
	wrong.between("limit", c.limit, 1, maxListed)
	if err := wrong.err(); err != nil {
		return err
	}
	limit := maxListed
	if c.limit != nil {
		limit = int(*c.limit)
	}
	c.account.mu.RLock()
	names := sortedNames(c.account.tables)
	c.account.mu.RUnlock()
	if c.startTable != nil {
		for len(names) > 0 && names[0] <= *c.startTable {
			names = names[1:]
		}
	}
	if len(names) > limit {
		names = names[:limit]
		c.out.stringMember("LastEvaluatedTableName", names[limit-1])
	}
	c.out.name("TableNames")
	c.out.raw(appendList(nil, names, appendString))
	return nil
}

func (c *call) describeTimeToLive() *apiError {
	t, err := c.table(c.tableName)
	if err != nil {
		return err
	}
	t.mu.RLock()
	attribute := t.ttl
	t.mu.RUnlock()
	c.out.name("TimeToLiveDescription")
	c.out.object(func() {
		if attribute == "" {
			c.out.stringMember("TimeToLiveStatus", "DISABLED")
			return
		}
		c.out.stringMember("AttributeName", attribute)
		c.out.stringMember("TimeToLiveStatus", "ENABLED")
	})
	return nil
}

func (c *call) updateTimeToLive() *apiError {
	t, err := c.table(c.tableName)
	if err != nil {
		return err
	}
	if c.params.ttl == nil || c.params.ttl.attribute == "" {
		return validationError("1 validation error detected: Value null at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must not be null")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	wanted := c.params.ttl
	switch {
	case wanted.enabled && t.ttl != "":
		return validationError("TimeToLive is already enabled")
	case !wanted.enabled && t.ttl == "":
		return validationError("TimeToLive is already disabled")
	case !wanted.enabled && t.ttl != wanted.attribute:
		return validationErrorf("TimeToLive is active on a different AttributeName: current AttributeName is %s", t.ttl)
	}
	t.ttl = ""
	if wanted.enabled {
		t.ttl = wanted.attribute
	}
	c.out.name("TimeToLiveSpecification")
	c.out.object(func() {
		c.out.stringMember("AttributeName", wanted.attribute)
		c.out.name("Enabled")
		c.out.bool(wanted.enabled)
	})
	return nil
}
