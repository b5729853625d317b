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

// maxAttributeName is the longest name of an attribute, in bytes.
const maxAttributeName = 65535

const errLongName = "Attribute name is too large, must be less than 65536 bytes"

// normalizer brings the values of a request to the form they are stored in, in
// place. What it returns is nil, or the service's words for what is wrong.
type normalizer struct {
	// localNumbers keeps numbers below the top level as they came, as
	// DynamoDB Local does.
	localNumbers bool
}

func (n normalizer) item(i item) *apiError { return n.members(i, false) }

func (n normalizer) members(m item, nested bool) *apiError {
	for name, v := range m {
		switch {
		case name == "":
			return validationError("Empty attribute name")
		case len(name) > maxAttributeName:
			return validationError(errLongName)
		}
		if err := n.value(v, nested); err != nil {
			return err
		}
	}
	return nil
}

func (n normalizer) value(v types.AttributeValue, nested bool) *apiError {
	switch v := v.(type) {
	case *types.AttributeValueMemberN:
		d, err := parseNumber(v.Value)
		if err == nil && !(nested && n.localNumbers) {
			v.Value = d.String()
		}
		return err
	case *types.AttributeValueMemberNULL:
		if !v.Value {
			return invalidValues("Null attribute value types must have the value of true")
		}
	case *types.AttributeValueMemberSS:
		return stringSet(v.Value)
	case *types.AttributeValueMemberNS:
		return n.numberSet(v.Value, nested)
	case *types.AttributeValueMemberBS:
		return binarySet(v.Value)
	case *types.AttributeValueMemberL:
		for _, e := range v.Value {
			if err := n.value(e, true); err != nil {
				return err
			}
		}
	case *types.AttributeValueMemberM:
		return n.members(v.Value, true)
	}
	return nil
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

func stringSet(set []string) *apiError {
	if len(set) == 0 {
		return invalidValues("An string set  may not be empty")
	}
	sent := strings.Join(set, ", ")
	slices.Sort(set)
	if len(slices.Compact(slices.Clone(set))) < len(set) {
		return invalidValues("Input collection [" + sent + "] contains duplicates.")
	}
	return nil
}

func (n normalizer) numberSet(set []string, nested bool) *apiError {
	if len(set) == 0 {
		return invalidValues("An number set  may not be empty")
	}
	type member struct {
		decimal
		text string
	}
	members := make([]member, len(set))
	for i, text := range set {
		d, err := parseNumber(text)
		if err != nil {
			return err
		}
		members[i] = member{d, d.String()}
		if nested && n.localNumbers {
			members[i].text = javaNumber(text)
		}
	}
	sent := strings.Join(set, ", ")
	slices.SortFunc(members, func(a, b member) int { return compareDecimals(a.decimal, b.decimal) })
	for i, m := range members {
		if i > 0 && m.decimal == members[i-1].decimal {
			return invalidValues("Input collection [" + sent + "] contains duplicates.")
		}
		set[i] = m.text
	}
	return nil
}

func binarySet(set [][]byte) *apiError {
	if len(set) == 0 {
		return invalidValues("Binary sets should not be empty")
	}
	sent := appendList(nil, set, appendBase64)
	slices.SortFunc(set, bytes.Compare)
	if len(slices.CompactFunc(slices.Clone(set), bytes.Equal)) < len(set) {
		return invalidValues("Input collection " + string(sent) + " of type BS contains duplicates.")
	}
	return nil
}

// itemSize is the size of an item as DynamoDB counts, in bytes.
func itemSize(i item) int {
	size := 0
	for name, v := range i {
		size += len(name) + valueSize(v)
	}
	return size
}

func valueSize(v types.AttributeValue) int {
	size := 0
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return numberSize(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberBOOL, *types.AttributeValueMemberNULL:
		return 1
	case *types.AttributeValueMemberSS:
		for _, s := range v.Value {
			size += len(s)
		}
	case *types.AttributeValueMemberNS:
		for _, n := range v.Value {
			size += numberSize(n)
		}
	case *types.AttributeValueMemberBS:
		for _, b := range v.Value {
			size += len(b)
		}
	case *types.AttributeValueMemberL:
		size = 3 + len(v.Value)
		for _, e := range v.Value {
			size += valueSize(e)
		}
	case *types.AttributeValueMemberM:
		size = 3 + len(v.Value) + itemSize(v.Value)
	}
	return size
}

func numberSize(text string) int {
	d, _ := scanDecimal(text)
	return d.size()
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

// depthOf is how deep an item nests; a scalar attribute has depth 1.
func depthOf(i item) int {
	deepest := 0
	for _, v := range i {
		deepest = max(deepest, valueDepth(v))
	}
	return deepest
}

// valueDepth counts an empty list or map as if it held a scalar: it needs room
// for one.
func valueDepth(v types.AttributeValue) int {
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		return 1 + max(1, depthOf(v.Value))
	case *types.AttributeValueMemberL:
		deepest := 1
		for _, e := range v.Value {
			deepest = max(deepest, valueDepth(e))
		}
		return 1 + deepest
	}
	return 1
}
