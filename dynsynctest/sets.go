package dynsynctest

import (
	"bytes"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// addValues is ADD: a sum of numbers, a union of sets.
func addValues(old, operand types.AttributeValue) (types.AttributeValue, bool) {
	if old == nil {
		return cloneValue(operand), true
	}
	switch b := operand.(type) {
	case *types.AttributeValueMemberN:
		if a, ok := old.(*types.AttributeValueMemberN); ok {
			return sumOf(a, b, false), true
		}
	case *types.AttributeValueMemberSS:
		if a, ok := old.(*types.AttributeValueMemberSS); ok {
			return &types.AttributeValueMemberSS{Value: union(a.Value, b.Value)}, true
		}
	case *types.AttributeValueMemberNS:
		if a, ok := old.(*types.AttributeValueMemberNS); ok {
			return &types.AttributeValueMemberNS{Value: union(a.Value, b.Value)}, true
		}
	case *types.AttributeValueMemberBS:
		if a, ok := old.(*types.AttributeValueMemberBS); ok {
			both := slices.Concat(a.Value, b.Value)
			slices.SortFunc(both, bytes.Compare)
			return &types.AttributeValueMemberBS{Value: slices.CompactFunc(both, bytes.Equal)}, true
		}
	}
	return nil, false
}

func union(a, b []string) []string {
	both := slices.Concat(a, b)
	slices.Sort(both)
	return slices.Compact(both)
}

// deleteValues is DELETE: a difference of sets, nil once nothing is left.
func deleteValues(old, operand types.AttributeValue) (types.AttributeValue, bool) {
	if old == nil {
		return nil, true
	}
	switch b := operand.(type) {
	case *types.AttributeValueMemberSS:
		if a, ok := old.(*types.AttributeValueMemberSS); ok {
			if left := without(a.Value, b.Value); len(left) > 0 {
				return &types.AttributeValueMemberSS{Value: left}, true
			}
			return nil, true
		}
	case *types.AttributeValueMemberNS:
		if a, ok := old.(*types.AttributeValueMemberNS); ok {
			if left := without(a.Value, b.Value); len(left) > 0 {
				return &types.AttributeValueMemberNS{Value: left}, true
			}
			return nil, true
		}
	case *types.AttributeValueMemberBS:
		if a, ok := old.(*types.AttributeValueMemberBS); ok {
			left := slices.DeleteFunc(slices.Clone(a.Value), func(m []byte) bool {
				return slices.ContainsFunc(b.Value, func(n []byte) bool { return bytes.Equal(m, n) })
			})
			if len(left) > 0 {
				return &types.AttributeValueMemberBS{Value: left}, true
			}
			return nil, true
		}
	}
	return nil, false
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
