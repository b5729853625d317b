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
