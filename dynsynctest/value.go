package dynsynctest

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// kindOf returns the type letter of a value.
func kindOf(v types.AttributeValue) string {
	switch v.(type) {
	case *types.AttributeValueMemberS:
		return "S"
	case *types.AttributeValueMemberN:
		return "N"
	case *types.AttributeValueMemberB:
		return "B"
	case *types.AttributeValueMemberBOOL:
		return "BOOL"
	case *types.AttributeValueMemberNULL:
		return "NULL"
	case *types.AttributeValueMemberSS:
		return "SS"
	case *types.AttributeValueMemberNS:
		return "NS"
	case *types.AttributeValueMemberBS:
		return "BS"
	case *types.AttributeValueMemberL:
		return "L"
	case *types.AttributeValueMemberM:
		return "M"
	}
	return ""
}

// keyBytes returns the bytes by which the keys of one attribute compare: two
// keys of one kind are the same key exactly when these are equal.
func keyBytes(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		d, _ := scanDecimal(v.Value)
		return string(d.appendSortable(nil))
	case *types.AttributeValueMemberB:
		return string(v.Value)
	}
	return ""
}

// keySize is the size of a key attribute's value in bytes.
func keySize(v types.AttributeValue) int {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		d, _ := scanDecimal(n.Value)
		return d.size()
	}
	return len(keyBytes(v))
}

// hashOf spreads partition keys over the 64-bit ring that segments cut.
// It is stable: a table scans in the same order in every process.
func hashOf(key string) uint64 {
	h := uint64(14695981039346656037) // FNV-1a …
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	h ^= h >> 33 // … whose high bits are poor for short keys: mixed as in MurmurHash3
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// normalizer brings the values of a request to the form they are stored in,
// in place, and measures them.
type normalizer struct {
	// localNumbers keeps numbers below the top level as they came, as
	// DynamoDB Local does.
	localNumbers bool
}

// item normalizes all attributes and returns the item's size in bytes. The
// problem is empty, or the service's words for what is wrong.
func (n normalizer) item(i item) (size int, problem *apiError) {
	for name, v := range i {
		if name == "" {
			return 0, invalidValues("Attribute name must not be empty")
		}
		if len(name) > 65535 {
			return 0, invalidValues("Attribute name is too large, must be less than 65536 bytes")
		}
		s, problem := n.value(v, false)
		if problem != nil {
			return 0, problem
		}
		size += len(name) + s
	}
	return size, nil
}

func (n normalizer) value(v types.AttributeValue, nested bool) (size int, problem *apiError) {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value), nil
	case *types.AttributeValueMemberN:
		d, problem := parseNumber(v.Value)
		if problem == nil && !(nested && n.localNumbers) {
			v.Value = d.String()
		}
		return d.size(), problem
	case *types.AttributeValueMemberB:
		return len(v.Value), nil
	case *types.AttributeValueMemberBOOL:
		return 1, nil
	case *types.AttributeValueMemberNULL:
		if !v.Value {
			return 0, invalidValues("Null attribute value types must have the value of true")
		}
		return 1, nil
	case *types.AttributeValueMemberSS:
		return stringSet(v.Value)
	case *types.AttributeValueMemberNS:
		return n.numberSet(v.Value, nested)
	case *types.AttributeValueMemberBS:
		return binarySet(v.Value)
	case *types.AttributeValueMemberL:
		size = 3
		for _, e := range v.Value {
			s, problem := n.value(e, true)
			if problem != nil {
				return 0, problem
			}
			size += 1 + s
		}
		return size, nil
	case *types.AttributeValueMemberM:
		size = 3
		for name, e := range v.Value {
			s, problem := n.value(e, true)
			if problem != nil {
				return 0, problem
			}
			size += 1 + len(name) + s
		}
		return size, nil
	}
	return 0, nil
}

func parseNumber(text string) (decimal, *apiError) {
	d, reason := parseDecimal(text)
	switch reason {
	case "":
		return d, nil
	case errNotNumber:
		return d, validationError(reason + ": " + text)
	}
	return d, validationError(reason)
}

func stringSet(set []string) (size int, problem *apiError) {
	if len(set) == 0 {
		return 0, invalidValues("An string set  may not be empty")
	}
	sent := strings.Join(set, ", ")
	slices.Sort(set)
	for i, s := range set {
		if i > 0 && s == set[i-1] {
			return 0, invalidValues("Input collection [" + sent + "] contains duplicates")
		}
		size += len(s)
	}
	return size, nil
}

func (n normalizer) numberSet(set []string, nested bool) (size int, problem *apiError) {
	if len(set) == 0 {
		return 0, invalidValues("An number set  may not be empty")
	}
	sent := strings.Join(set, ", ")
	numbers := make([]decimal, len(set))
	for i, text := range set {
		if numbers[i], problem = parseNumber(text); problem != nil {
			return 0, problem
		}
	}
	slices.SortFunc(numbers, compareDecimals)
	for i, d := range numbers {
		if i > 0 && d == numbers[i-1] {
			return 0, invalidValues("Input collection [" + sent + "] contains duplicates")
		}
		size += d.size()
		set[i] = d.String()
		if nested && n.localNumbers {
			set[i] = d.scientific()
		}
	}
	return size, nil
}

func binarySet(set [][]byte) (size int, problem *apiError) {
	if len(set) == 0 {
		return 0, invalidValues("Binary sets should not be empty")
	}
	slices.SortFunc(set, bytes.Compare)
	for i, b := range set {
		if i > 0 && bytes.Equal(b, set[i-1]) {
			return 0, invalidValues("Input collection [" + strings.Repeat("java.nio.HeapByteBuffer, ", len(set)) + "]of type BS contains duplicates")
		}
		size += len(b)
	}
	return size, nil
}

// sizeOf measures an item that is normalized already.
func sizeOf(i item) int {
	size, _ := normalizer{localNumbers: true}.item(i)
	return size
}

// cloneValue copies a value so that changing one leaves the other.
func cloneValue(v types.AttributeValue) types.AttributeValue {
	switch v := v.(type) {
	case *types.AttributeValueMemberSS:
		return &types.AttributeValueMemberSS{Value: slices.Clone(v.Value)}
	case *types.AttributeValueMemberNS:
		return &types.AttributeValueMemberNS{Value: slices.Clone(v.Value)}
	case *types.AttributeValueMemberBS:
		return &types.AttributeValueMemberBS{Value: slices.Clone(v.Value)}
	case *types.AttributeValueMemberL:
		list := make([]types.AttributeValue, len(v.Value))
		for i, e := range v.Value {
			list[i] = cloneValue(e)
		}
		return &types.AttributeValueMemberL{Value: list}
	case *types.AttributeValueMemberM:
		return &types.AttributeValueMemberM{Value: cloneItem(v.Value)}
	case *types.AttributeValueMemberN:
		return &types.AttributeValueMemberN{Value: v.Value}
	}
	return v // of the others nothing is ever changed in place
}

func cloneItem(i item) item {
	c := make(item, len(i))
	for name, v := range i {
		c[name] = cloneValue(v)
	}
	return c
}

// sortedNames returns the names of a map in order, so that what is reported
// first does not change from run to run.
func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}
