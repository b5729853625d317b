package rawapi

import (
	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// splitSurrogates takes the members of a request that hold a lone surrogate out
// of its input, since the SDK would change them, and returns them as JSON
// members. It returns nil where there are none, as is usual.
func splitSurrogates(in smithy.Serializable) (lean smithy.Serializable, members []byte, err error) {
	switch in := in.(type) {
	case *dynamodb.ExecuteStatementInput:
		if !listHasSurrogate(in.Parameters) {
			return nil, nil, nil
		}
		copied := *in
		copied.Parameters = nil
		members, err = appendParameters([]byte(`"Parameters":[`), in.Parameters)
		return &copied, members, err
	case *dynamodb.ScanInput:
		key, values := mapHasSurrogate(in.ExclusiveStartKey), mapHasSurrogate(in.ExpressionAttributeValues)
		if !key && !values {
			return nil, nil, nil
		}
		copied := *in
		if key {
			copied.ExclusiveStartKey = nil
			members, err = appendMember(members, "ExclusiveStartKey", in.ExclusiveStartKey)
		}
		if values && err == nil {
			copied.ExpressionAttributeValues = nil
			members, err = appendMember(members, "ExpressionAttributeValues", in.ExpressionAttributeValues)
		}
		return &copied, members, err
	}
	return nil, nil, nil
}

func appendParameters(dst []byte, parameters []types.AttributeValue) ([]byte, error) {
	for i, v := range parameters {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = AppendAttributeValue(dst, v); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendMember(dst []byte, name string, m map[string]types.AttributeValue) ([]byte, error) {
	if len(dst) > 0 {
		dst = append(dst, ',')
	}
	return AppendItem(append(wire.AppendQuote(dst, name), ':'), m)
}

// joinMembers puts members in front of those of a JSON object.
func joinMembers(members, object []byte) []byte {
	out := append([]byte{'{'}, members...)
	if len(object) > 2 {
		out = append(out, ',')
	}
	return append(out, object[1:]...)
}
