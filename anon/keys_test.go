package anon_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

// copyKeyed copies items whose only attribute is the partition key, Id, under a rule, and
// returns their new keys, or the error.
func copyKeyed(t *testing.T, kind types.ScalarAttributeType, keys []any, rule dynsync.Transformer) (map[string]bool, error) {
	t.Helper()
	w := newWorld(t)
	for _, client := range []*dynamodb.Client{w.from, w.to} {
		_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
			TableName: ptr("Keys"), BillingMode: types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: ptr("Id"), AttributeType: kind}},
			KeySchema:            []types.KeySchemaElement{{AttributeName: ptr("Id"), KeyType: types.KeyTypeHash}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range keys {
		w.put(t, "Keys", map[string]any{"Id": key})
	}
	_, err := w.syncer(t, testKey, "Keys", dynsync.WithTransform("Id", rule)).Sync(context.Background())
	made := map[string]bool{}
	for id := range w.all(t, "Keys") {
		made[id] = true
	}
	return made, err
}

// TestKeysThatCountUp: numbers of few digits are keys, and stay numbers that differ. The
// error of a rule that does not apply to them names one that does.
func TestKeysThatCountUp(t *testing.T) {
	var numbers, texts, padded []any
	for i := range 250 {
		numbers = append(numbers, i+1)
		texts = append(texts, fmt.Sprint(i+1))
		padded = append(padded, fmt.Sprintf("%05d", i+1))
	}
	for _, tt := range []struct {
		reason string
		kind   types.ScalarAttributeType
		keys   []any
		rule   dynsync.Transformer
		fails  string // a part of the error
	}{
		{"numbers", types.ScalarAttributeTypeN, numbers, anon.Counter(), ""},
		{"numbers of a small range", types.ScalarAttributeTypeN, numbers, anon.Counter(anon.Max(250)), ""},
		{"text", types.ScalarAttributeTypeS, texts, anon.Counter(anon.Max(9999)), ""},
		{"text with zeros in front", types.ScalarAttributeTypeS, padded, anon.Counter(anon.Min(0), anon.Max(99_999), anon.Length(5)), ""},
		{"numbers with zeros in front", types.ScalarAttributeTypeN, numbers, anon.Digits(), ""},
		{"too few digits of text", types.ScalarAttributeTypeS, texts, anon.Digits(), "anon.Counter() would"},
		{"outside of the range", types.ScalarAttributeTypeN, numbers, anon.Counter(anon.Min(1000), anon.Max(2000)), "anon.Counter() or anon.Digits() would"},
		{"of no identifier", types.ScalarAttributeTypeS, texts, anon.UUID(), "anon.Counter() would"},
	} {
		made, err := copyKeyed(t, tt.kind, tt.keys, tt.rule)
		switch {
		case tt.fails == "" && (err != nil || len(made) != len(tt.keys)):
			t.Errorf("%s: %d of %d items, %v", tt.reason, len(made), len(tt.keys), err)
		case tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)):
			t.Errorf("%s: %v, want %q", tt.reason, err, tt.fails)
		}
	}
}

// TestKeysOfIdentifiers: identifiers of restricted alphabets are keys of their form, and
// where no rule is right, the error names one.
func TestKeysOfIdentifiers(t *testing.T) {
	for _, tt := range []struct {
		format, valid string
		rule          dynsync.Transformer
		named         string // by the error of UUID
	}{
		{"65f0c2d9a3b4c5d6e7f%05x", "[0-9a-f]{24}", anon.ObjectID(), "anon.ObjectID()"},
		{"01HV6Z3N5Q8W2E4R7T9Y%06d", "[01][0-9A-HJKMNP-TV-Z]{25}", anon.ULID(), "anon.ULID()"},
		{"2M8uZqFpTgE1cXz0LkWbYaQr%03d", "[0-9A-Za-z]{27}", anon.KSUID(), "anon.KSUID()"},
		{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4%024x", "[0-9a-f]{64}", anon.Alphanumeric(anon.Alphabet("hex")), `anon.Alphanumeric(anon.Alphabet("hex"))`},
		{"E3B0C44298FC1C149AFBF4C8996FB924%08X", "[0-9A-F]{40}", anon.Alphanumeric(anon.Alphabet("hex")), `anon.Alphanumeric(anon.Alphabet("hex"))`},
	} {
		var keys []any
		for i := range 100 {
			keys = append(keys, fmt.Sprintf(tt.format, i))
		}
		made, err := copyKeyed(t, types.ScalarAttributeTypeS, keys, tt.rule)
		if err != nil || len(made) != len(keys) {
			t.Errorf("%s: %d of %d items, %v", tt.format, len(made), len(keys), err)
		}
		for id := range made {
			if !regexp.MustCompile("^" + tt.valid + "$").MatchString(id) {
				t.Errorf("%s: %s", tt.format, id)
			}
		}
		_, err = copyKeyed(t, types.ScalarAttributeTypeS, keys[:1], anon.UUID())
		if err == nil || !strings.Contains(err.Error(), tt.named) || strings.Contains(err.Error(), fmt.Sprint(keys[0])) {
			t.Errorf("%s: %v, want %s", tt.format, err, tt.named)
		}
	}
}

// TestOnlyAnEnumerationPasses: values that PassthroughOnly lists stay, and all others get
// the default.
func TestOnlyAnEnumerationPasses(t *testing.T) {
	number := func(text string) any { return attributevalue.Number(text) }
	status := dynsync.PassthroughOnly("OPEN", "CLOSED", "", 1, 2.5, true, []byte("raw"))
	for _, tt := range []struct {
		value any
		stays bool
	}{
		{"OPEN", true}, {"CLOSED", true}, {"", true}, {"open", false}, {"OPEN ", false}, {"ann@corp.test", false}, {"ＯＰＥＮ", false},
		{number("1"), true}, {number("1.0"), true}, {number("25E-1"), true}, {number("3"), false}, {"1", false},
		{true, true}, {[]byte("raw"), true}, {[]byte("OPEN"), false},
		{[]string{"OPEN", "CLOSED"}, true}, {[]string{"OPEN", "ann@corp.test"}, false}, {[]any{"OPEN"}, false},
	} {
		w := newWorld(t)
		w.create(t, "Orders")
		w.put(t, "Orders", map[string]any{"Id": "1", "Status": tt.value})
		opts := []dynsync.TableOption{dynsync.WithTransform("Status", status), dynsync.WithTransform("Id", dynsync.Passthrough())}
		out := records(t, w.syncer(t, testKey, "Orders", opts...), "Orders")
		got, _ := out["1"].Get("Status")
		want, _ := dynsync.ValueOf(tt.value)
		if stays := got.Equal(want); stays != tt.stays {
			t.Errorf("%v became %v", tt.value, got.Any())
		}
	}
	for _, t2 := range []dynsync.Transformer{dynsync.PassthroughOnly(), dynsync.PassthroughOnly(nil), dynsync.PassthroughOnly([]string{"A"}), dynsync.PassthroughOnly("A", make(chan int))} {
		if d := t2.(interface{ Describe() dynsync.Description }).Describe(); d.Err == nil {
			t.Errorf("%v are taken", d.Kinds)
		}
	}
}
