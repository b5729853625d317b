package difftest

import (
	"strings"
)

// schemas creates, describes and deletes tables, and creates some that cannot
// be.
func (d *duel) schemas() {
	for _, key := range []string{"pk:S", "pk:N sk:B", "pk:B sk:S"} {
		name := "T" + strings.NewReplacer(":", "", " ", "").Replace(key)
		keys, attributes := schema(key)
		d.send("CreateTable", obj{"TableName": name, "KeySchema": keys, "AttributeDefinitions": attributes, "BillingMode": "PAY_PER_REQUEST"})
		d.send("CreateTable", obj{"TableName": name, "KeySchema": keys, "AttributeDefinitions": attributes, "BillingMode": "PAY_PER_REQUEST"})
		d.send("DescribeTable", obj{"TableName": name})
	}
	d.createIndexed()
	d.send("DescribeTable", obj{"TableName": "Indexed"})
	for _, op := range []string{"DescribeTable", "DescribeTimeToLive", "DeleteTable"} {
		d.send(op, obj{"TableName": "None"})
	}
	d.send("DescribeTimeToLive", obj{})
	d.send("UpdateTimeToLive", obj{"TimeToLiveSpecification": obj{"Enabled": true, "AttributeName": "ttl"}})
	d.send("DescribeTimeToLive", obj{})
	d.send("UpdateTimeToLive", obj{"TimeToLiveSpecification": obj{"Enabled": true, "AttributeName": "ttl"}})
	d.send("UpdateTimeToLive", obj{"TimeToLiveSpecification": obj{"Enabled": false, "AttributeName": "other"}})
	d.send("ListTables", obj{})
	d.send("ListTables", obj{"Limit": 2})
	d.send("ListTables", obj{"Limit": 2, "ExclusiveStartTableName": "TpkNskB"})
	d.send("ListTables", obj{"Limit": 0})
	d.send("ListTables", obj{"Limit": 101})
	d.send("DeleteTable", obj{"TableName": "TpkS"})
	d.send("DescribeTable", obj{"TableName": "TpkS"})
	for _, change := range tableChanges {
		d.send("UpdateTable", change)
	}
	d.send("DescribeLimits", obj{})
	for _, change := range badTables {
		keys, attributes := schema("pk:S")
		request := obj{"TableName": "Bad", "KeySchema": keys, "AttributeDefinitions": attributes, "BillingMode": "PAY_PER_REQUEST"}
		for name, v := range change {
			if request[name] = v; v == nil {
				delete(request, name)
			}
		}
		d.send("CreateTable", request)
		d.ask("DeleteTable", obj{"TableName": "Bad"})
	}
}

// tableChanges are UpdateTable requests, one after the other, for the table "Indexed".
var tableChanges = []obj{
	{}, {"GlobalSecondaryIndexUpdates": []obj{}}, {"TableName": "None", "BillingMode": "PAY_PER_REQUEST"}, {"TableName": "a b c", "BillingMode": "PAY_PER_REQUEST"},
	{"StreamSpecification": obj{"StreamEnabled": false}}, {"StreamSpecification": obj{"StreamEnabled": true}}, {"StreamSpecification": obj{"StreamEnabled": true, "StreamViewType": "BOGUS"}},
	{"StreamSpecification": obj{"StreamEnabled": false, "StreamViewType": "KEYS_ONLY"}}, {"StreamSpecification": obj{"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"}}, {"StreamSpecification": obj{"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}},
	{"StreamSpecification": obj{"StreamEnabled": false}}, {"DeletionProtectionEnabled": true}, {"DeletionProtectionEnabled": false},
	{"BillingMode": "PROVISIONED"}, {"BillingMode": "PAY_PER_REQUEST"},
	{"GlobalSecondaryIndexUpdates": []obj{{}}}, {"GlobalSecondaryIndexUpdates": []obj{{"Delete": obj{"IndexName": "none"}}}},
	{"GlobalSecondaryIndexUpdates": []obj{{"Update": obj{"IndexName": "none", "ProvisionedThroughput": obj{"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}}}},
	{"GlobalSecondaryIndexUpdates": []obj{{"Create": obj{"IndexName": "idx", "KeySchema": []obj{{"AttributeName": "new", "KeyType": "HASH"}}, "Projection": obj{"ProjectionType": "ALL"}}}}},
	{"AttributeDefinitions": []obj{{"AttributeName": "pk", "AttributeType": "S"}}, "GlobalSecondaryIndexUpdates": []obj{{"Create": obj{"IndexName": "globalA", "KeySchema": []obj{{"AttributeName": "pk", "KeyType": "HASH"}}, "Projection": obj{"ProjectionType": "ALL"}}}}},
	{"GlobalSecondaryIndexUpdates": []obj{{"Delete": obj{"IndexName": "globalA"}}, {"Delete": obj{"IndexName": "globalAll"}}}},
	{"BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": obj{"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
}

// badTables is what to change in the request for a table pk:S so that it
// becomes a bad one, or an odd one.
var badTables = []obj{
	{"TableName": "ab"}, {"TableName": "a b c"}, {"TableName": strings.Repeat("a", 255)}, {"TableName": strings.Repeat("a", 256)}, {"KeySchema": nil}, {"AttributeDefinitions": nil}, {"KeySchema": []obj{}},
	{"KeySchema": []obj{{"AttributeName": "other", "KeyType": "HASH"}}}, {"KeySchema": []obj{{"AttributeName": "pk", "KeyType": "RANGE"}}}, {"KeySchema": []obj{{"AttributeName": "pk", "KeyType": "BOGUS"}}},
	{"KeySchema": []obj{{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"}}}, {"AttributeDefinitions": []obj{{"AttributeName": "pk", "AttributeType": "M"}}},
	{"AttributeDefinitions": []obj{{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "unused", "AttributeType": "S"}}}, {"AttributeDefinitions": []obj{{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "pk", "AttributeType": "N"}}},
	{"BillingMode": "BOGUS"}, {"BillingMode": nil}, {"ProvisionedThroughput": obj{"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}, {"BillingMode": nil, "ProvisionedThroughput": obj{"ReadCapacityUnits": 0, "WriteCapacityUnits": 1}},
	{"BillingMode": nil, "ProvisionedThroughput": obj{"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}}, {"LocalSecondaryIndexes": []obj{}}, {"GlobalSecondaryIndexes": []obj{}},
	{"LocalSecondaryIndexes": []obj{{"IndexName": "idx", "KeySchema": []obj{{"AttributeName": "pk", "KeyType": "HASH"}}, "Projection": obj{"ProjectionType": "ALL"}}}},
	{"GlobalSecondaryIndexes": []obj{{"IndexName": "idx", "KeySchema": []obj{{"AttributeName": "pk", "KeyType": "HASH"}}, "Projection": obj{"ProjectionType": "ALL"}}}},
	{"GlobalSecondaryIndexes": []obj{{"IndexName": "i", "KeySchema": []obj{{"AttributeName": "pk", "KeyType": "HASH"}}, "Projection": obj{"ProjectionType": "ALL"}}}},
	{"GlobalSecondaryIndexes": []obj{{"IndexName": "idx", "KeySchema": []obj{{"AttributeName": "g", "KeyType": "HASH"}}, "Projection": obj{"ProjectionType": "ALL"}}}},
	{"GlobalSecondaryIndexes": []obj{{"IndexName": "idx", "KeySchema": []obj{{"AttributeName": "pk", "KeyType": "HASH"}}, "Projection": obj{"ProjectionType": "INCLUDE"}}}},
	{"GlobalSecondaryIndexes": []obj{{"IndexName": "idx", "KeySchema": []obj{{"AttributeName": "pk", "KeyType": "HASH"}}, "Projection": obj{}}}},
}
