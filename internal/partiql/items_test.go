package partiql

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type item = map[string]types.AttributeValue

// mixedItems reads the items that the tests of the whole module share: the
// attribute a of every type and missing, c of two types, one item of odd names.
func mixedItems(t testing.TB) []item {
	t.Helper()
	text, err := os.ReadFile("../../testdata/mixed-items.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw []map[string]jsonValue
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	items := make([]item, len(raw))
	for i, r := range raw {
		items[i] = unwrapMap(r)
	}
	return items
}

// name is the partition key of a mixed item.
func name(it item) string { return it["pk"].(*types.AttributeValueMemberS).Value }

// matches returns the names of the items that satisfy e, sorted.
func matches(t testing.TB, items []item, e Expr, params []types.AttributeValue) []string {
	t.Helper()
	names := []string{}
	for _, it := range items {
		ok, err := Eval(e, it, params)
		if err != nil {
			t.Fatalf("item %s: %v", name(it), err)
		}
		if ok {
			names = append(names, name(it))
		}
	}
	slices.Sort(names)
	return names
}

// jsonValue decodes a value of DynamoDB JSON, well enough for test data.
type jsonValue struct{ v types.AttributeValue }

func (j *jsonValue) UnmarshalJSON(text []byte) error {
	var u struct {
		S, N *string
		B    *[]byte
		BOOL *bool
		NULL bool
		M    *map[string]jsonValue
		L    *[]jsonValue
		SS   []string
		NS   []string
		BS   [][]byte
	}
	if err := json.Unmarshal(text, &u); err != nil {
		return err
	}
	switch {
	case u.S != nil:
		j.v = &types.AttributeValueMemberS{Value: *u.S}
	case u.N != nil:
		j.v = &types.AttributeValueMemberN{Value: *u.N}
	case u.B != nil:
		j.v = &types.AttributeValueMemberB{Value: *u.B}
	case u.BOOL != nil:
		j.v = &types.AttributeValueMemberBOOL{Value: *u.BOOL}
	case u.NULL:
		j.v = &types.AttributeValueMemberNULL{Value: true}
	case u.M != nil:
		j.v = &types.AttributeValueMemberM{Value: unwrapMap(*u.M)}
	case u.L != nil:
		j.v = &types.AttributeValueMemberL{Value: unwrapList(*u.L)}
	case u.SS != nil:
		j.v = &types.AttributeValueMemberSS{Value: u.SS}
	case u.NS != nil:
		j.v = &types.AttributeValueMemberNS{Value: u.NS}
	case u.BS != nil:
		j.v = &types.AttributeValueMemberBS{Value: u.BS}
	}
	return nil
}

func unwrapMap(m map[string]jsonValue) item {
	out := make(item, len(m))
	for k, v := range m {
		out[k] = v.v
	}
	return out
}

func unwrapList(l []jsonValue) []types.AttributeValue {
	out := make([]types.AttributeValue, len(l))
	for i, v := range l {
		out[i] = v.v
	}
	return out
}

func s(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func n(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }
func b(v string) types.AttributeValue { return &types.AttributeValueMemberB{Value: []byte(v)} }
