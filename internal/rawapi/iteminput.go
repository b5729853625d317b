package rawapi

import (
	"context"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// splitItem is splitSurrogates for the requests for single items.
func splitItem(in smithy.Serializable) (lean smithy.Serializable, members []byte, err error) {
	var s memberSplit
	switch in := in.(type) {
	case *dynamodb.PutItemInput:
		copied := *in
		s.values("Item", &copied.Item)
		s.values("ExpressionAttributeValues", &copied.ExpressionAttributeValues)
		s.names("ExpressionAttributeNames", &copied.ExpressionAttributeNames)
		lean = &copied
	case *dynamodb.UpdateItemInput:
		copied := *in
		s.values("Key", &copied.Key)
		s.values("ExpressionAttributeValues", &copied.ExpressionAttributeValues)
		s.names("ExpressionAttributeNames", &copied.ExpressionAttributeNames)
		lean = &copied
	case *dynamodb.GetItemInput:
		copied := *in
		s.values("Key", &copied.Key)
		lean = &copied
	}
	if s.err != nil || s.members == nil {
		return nil, nil, s.err
	}
	return lean, s.members, nil
}

// A memberSplit takes members that hold a lone surrogate out of a request.
type memberSplit struct {
	members []byte
	err     error
}

func (s *memberSplit) values(name string, m *map[string]types.AttributeValue) {
	if s.err != nil || !mapHasSurrogate(*m) {
		return
	}
	s.members, s.err = appendMember(s.members, name, *m)
	*m = nil
}

func (s *memberSplit) names(name string, m *map[string]string) {
	lone := func(text string) bool { return !utf8.ValidString(text) }
	if s.err != nil || !slices.ContainsFunc(slices.Collect(maps.Values(*m)), lone) {
		return
	}
	if len(s.members) > 0 {
		s.members = append(s.members, ',')
	}
	s.members = append(wire.AppendQuote(s.members, name), ':', '{')
	for i, alias := range slices.Sorted(maps.Keys(*m)) {
		if i > 0 {
			s.members = append(s.members, ',')
		}
		s.members = append(wire.AppendQuote(s.members, alias), ':')
		s.members = wire.AppendQuote(s.members, (*m)[alias])
	}
	s.members = append(s.members, '}')
	*m = nil
}

// serializeWith lets the SDK's protocol make a request, and adds members to its
// body.
func serializeWith(ctx context.Context, protocol smithyhttp.ClientProtocol, schema *smithy.OperationSchema, in smithy.Serializable, members []byte, req *smithyhttp.Request) error {
	if err := protocol.SerializeRequest(ctx, schema, in, req); err != nil {
		return err
	}
	rest, err := io.ReadAll(req.GetStream())
	if err != nil {
		return &smithy.SerializationError{Err: err}
	}
	return setBody(req, joinMembers(members, rest))
}
