package difftest

// A wording is how DynamoDB Local and the service, whose words dynsynctest
// uses, say the same refusal. Both are patterns for all of the message but the
// phrases that wordings wrap them in.
type wording struct{ real, fake string }

// wordings is known difference 6: the message texts that are DynamoDB Local's own.
var wordings = []wording{
	// Tables and indexes.
	{"Cannot do operations on a non-existent table", "Requested resource not found(: Table: .* not found)?"},
	{"Cannot create preexisting table", "Table already exists: .*"},
	{"Invalid table/index name.*", "(1 validation error detected: Value .* at '(tableName|indexName)' failed to satisfy constraint: .*|Requested resource not found.*)"},
	{"The table does not have the specified index: .*", "The table does not have the specified index"},
	{"Consistent read cannot be true when (querying|scanning) a GSI", "(Consistent reads are not supported on global secondary indexes|Strongly consistent read is not supported on Global Secondary Indexes)"},
	{"TimeToLive is active on a different AttributeName", "TimeToLive is active on a different AttributeName: current AttributeName is ttl"},
	{"Limit in ListTables must be <= 100", "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"},
	{"Two keys can not have the same name", "Invalid KeySchema: Some index key attribute have no definition"},
	{"No defined key schema. .*", "The first KeySchemaElement must be HASH, the second RANGE"},
	{"No Hash Key specified in schema. .*", "(The first KeySchemaElement must be HASH, the second RANGE|A key schema has 1 to 4 HASH attributes, .*|1 validation error detected: Value 'BOGUS' at 'keySchema.1.member.keyType' .*)"},
	{"No Attribute Schema Defined", "Some index key attributes are not defined in AttributeDefinitions. .*"},
	{"(Hash Key|Global Secondary Index hash key) not specified in Attribute Definitions. *Type unknown.", "Some index key attributes are not defined in AttributeDefinitions. .*"},
	{"Cannot have two attributes with the same name", "Duplicate AttributeName in AttributeDefinitions: pk"},
	{"The number of attributes in key schema must match .*", "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"},
	{"Member must satisfy enum value set: \\[B, N, S\\]", "1 validation error detected: Value 'M' at 'attributeDefinitions.1.member.attributeType' .*"},
	{"Table read and write throughput must be at least 1, and cannot be null", "Provisioned throughput of the table must be at least 1"},
	{"Local Secondary indices are not allowed on hash tables, only hash and range tables", "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"},
	{"Projection type must be INCLUDE, ALL, or KEYS_ONLY", "(1 validation error detected: Value '.*' at '.*projection.projectionType' .*|Unknown ProjectionType: null)"},
	{"Names of key attributes and attributes projected into an index must be between 1 and 255 characters, inclusive", "\\d validation errors? detected: Value '.*' at '.*(attributeName|nonKeyAttributes.\\d.member)' .*"},
	{"Cannot have two attributes with the same name", "Duplicate attribute in NonKeyAttributes: .*"},
	{"No attributes should be specified to be projected unless projection type is INCLUDE", "ProjectionType is (ALL|KEYS_ONLY), but NonKeyAttributes is specified"},
	{"No more than 20 attributes per table can be projected into Local Secondary Indices", "Number of NonKeyAttributes of all indexes exceeds per-table limit of 100"},
	{"GlobalSecondaryIndex count exceeds the per-table limit", "GlobalSecondaryIndex count exceeds the per-table limit of 20"},
	{"Cannot have more than 5 local secondary indexes per table", "Number of LocalSecondaryIndexes exceeds per-table limit of 5"},
	{"Indexes must have a projection specified", "Unknown ProjectionType: null"},
	{"If Projection type INCLUDE is specified, .*", "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},

	// Items, keys and values.
	{"Nesting Levels have exceeded supported limits: Attributes in the item .*", "Nesting Levels have exceeded supported limits"},
	{"A value provided cannot be converted into a number", "(The parameter cannot be converted to a numeric value: .*|Number overflow. .*)"},
	{"Input collection (contains|of type BS contains|.* contains) duplicates\\.?", "Input collection .* contains duplicates\\."},
	{"Supplied AttributeValue (is empty|has more than one datatypes set), .*", "Supplied AttributeValue (is empty|has more than one datatypes set), .*"},
	{"The supplied Item contains a null AttributeValue.*", "(Supplied AttributeValue has more than one datatypes set, .*|Start of structure or map found where not expected .*)"},
	{"Hash primary key values must be under 2048 bytes, .*", "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
	{"One of the required keys was not given a value", "(Missing the key .* in the item|The provided key element does not match the schema)"},
	{"(Type mismatch for key|Invalid attribute value type)", "(Type mismatch for key .* expected: .* actual: .*|The provided key element does not match the schema)"},
	{"The number of conditions on the keys is invalid", "The provided key element does not match the schema"},

	// Batches.
	{"BatchWriteItem cannot have a null or no requests set", "The requestItems parameter is required for BatchWriteItem"},
	{"BatchGetItem must have some requests set", "The requestItems parameter is required for BatchGetItem"},
	{"The batch write request list for a table cannot be null or empty: .*", "(1 validation error detected: Value .*|Start of list found where not expected .*)"},
	{"Too many items requested for the Batch(Write|Get)Item call", "1 validation error detected: Value .*Member must have length less than or equal to (25|100).*"},
	{"The list of keys in RequestItems for BatchGetItem is required: .*", "1 validation error detected: Value .* at 'requestItems' .*"},
	{"Batch(WriteItem cannot write|GetItem cannot fetch) more than 25 items", "1 validation error detected: Value .* at 'statements' .*"},
	{"The statement was empty.", "1 validation error detected: Value .* at 'statements.*' failed to satisfy constraint: Member must have length greater than or equal to 1"},
	{"Member must have length less than or equal to 8192", "1 validation error detected: Value .* at 'statement(s\\.\\d+\\.member\\.statement)?' failed to satisfy constraint: Member must have length less than or equal to 8192"},

	{"Unsupported operation: .*|Invalid operation. Only select, insert, update and delete operations are valid", "Statement wasn't well formed, can't be processed: .*"},
	{"Statement wasn't well formed, can't be processed: INSERT .* ON CONFLICT DO NOTHING", "Unsupported clause: ON CONFLICT"},
	{"The second argument to SET_(ADD|DELETE) must be a value with type SET at .*", "The second argument to SET_(ADD|DELETE) must be a value with type SET"},
	{"Duplicate keys in tuple. Key: pk under root at .*", "Duplicate keys in tuple. Key: pk under root at .*"},
	{"Duplicate keys in tuple. Key: a under root at .*", "Duplicate keys in tuple. Key: a under root at .*"},

	// Query and Scan.
	{"Limit must be greater than or equal to 1", "1 validation error detected: Value .* at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"},
	{"ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName", "Select type ALL_PROJECTED_ATTRIBUTES is not supported for non-index queries or scans"},
	{"Cannot specify the ProjectionExpression when choosing to get only the Count", "Cannot specify the ProjectionExpression when choosing to get COUNT"},
	{"Select must be .*", "1 validation error detected: Value 'BOGUS' at 'select' .*"},
	{"Exclusive Start Key must have same size as table's key schema", "The provided starting key is invalid: The provided key element does not match the schema"},
	{"(Type mismatch for attribute to update|The query can return at most one row and cannot be restarted. .*)", "The provided starting key is invalid: The provided key element does not match the schema"},
	{"If segment is specified, total segment must also be specified", "The TotalSegments parameter is required but was not present .*"},
	{"If total segments is specified, a particular segment must also be specified for this request", "The Segment parameter is required but was not present .*"},
	{"1 validation error detected: Value '.*' at 'segment' .*", "(The Segment parameter is zero-based and must be less than parameter TotalSegments: .*|1 validation error detected: Value '.*' at '(segment|totalSegments)' .*)"},
	{"Expression size has exceeded the maximum allowed size;", "Expression size has exceeded the maximum allowed size; expression size: .*"},
	{"ExpressionAttributeValues contains invalid key: .* contains a key that is too long;", "ExpressionAttributeValues contains invalid key: .* contains a key that is too long; size of key: .*"},
	{"Query key condition not supported", "Query condition missed key schema element: .*"},
	{"Query condition missed key schema element", "Query condition missed key schema element: .*"},
	{"An unknown operation was requested.", ""},
}

// difference allows both wordings in the phrases that may stand round them.
func (w wording) difference() difference {
	const (
		before = `400 \w+: (Invalid \w+Expression: |ExpressionAttributeValues contains invalid value: )?(One or more parameter values were invalid: )?`
		after  = `( for key :\w+)?`
	)
	return difference{ops: ".*", real: before + "(" + w.real + ")" + after, fake: before + "(" + w.fake + ")" + after, reason: "known difference 6: the message texts"}
}
