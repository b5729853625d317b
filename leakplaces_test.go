package dynsync_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
)

// A place is where a text may stand in an item with the key PK and SK.
type place struct {
	name   string
	put    func(item map[string]any, text string)
	digits bool // only digits may stand there
}

var places = []place{
	{"a string", func(item map[string]any, text string) { item["to"] = "see " + text }, false},
	{"a member of a map", func(item map[string]any, text string) { item["to"] = map[string]any{"a": map[string]any{"b": text}} }, false},
	{"an element of a list", func(item map[string]any, text string) { item["to"] = []any{1, []any{text}} }, false},
	{"a set of strings", func(item map[string]any, text string) { item["to"] = []string{"x", text} }, false},
	{"a binary", func(item map[string]any, text string) { item["to"] = []byte("\xff\x00" + text) }, false},
	{"a set of binaries", func(item map[string]any, text string) { item["to"] = [][]byte{[]byte("x"), []byte(text)} }, false},
	{"a map key", func(item map[string]any, text string) {
		item["to"] = map[string]any{"x": map[string]any{"v " + text: 1}}
	}, false},
	{"a map key in a list", func(item map[string]any, text string) { item["to"] = []any{map[string]any{"<" + text + ">": true}} }, false},
	{"the partition key", func(item map[string]any, text string) { item["PK"] = fmt.Sprintf("USER#%s#%s", text, item["PK"]) }, false},
	{"the sort key", func(item map[string]any, text string) { item["SK"] = fmt.Sprintf("%s#%s", text, item["SK"]) }, false},
	{"JSON text", func(item map[string]any, text string) { item["to"] = fmt.Sprintf(`{"a":[{"b":%q}]}`, text) }, false},
	{"a number", func(item map[string]any, text string) { item["to"] = attributevalue.Number(text) }, true},
	{"a set of numbers", func(item map[string]any, text string) {
		item["to"] = []attributevalue.Number{"7", attributevalue.Number(text)}
	}, true},
}

// An origin is a value of a kind that is drawn, and what is written of it elsewhere.
type origin struct {
	name string
	draw func(r *rand.Rand) (value any, text string)
}

var origins = []origin{
	{"a string", func(r *rand.Rand) (any, string) {
		text := drawWord(r) + "@" + drawWord(r) + ".example"
		return text, text
	}},
	{"a name", func(r *rand.Rand) (any, string) {
		first, last := drawWord(r), drawWord(r)
		return first + " " + last, last + ", " + first
	}},
	{"a UUID", func(r *rand.Rand) (any, string) {
		text := fmt.Sprintf("%08x-0123-4567-89ab-%012x", r.Uint32(), r.Uint64()>>16)
		return text, strings.ReplaceAll(text, "-", "")
	}},
	{"a binary", func(r *rand.Rand) (any, string) {
		text := drawWord(r) + drawWord(r)
		return []byte(text), text
	}},
	{"a set", func(r *rand.Rand) (any, string) {
		text := drawWord(r) + drawWord(r)
		return []string{"x", text}, text
	}},
	{"a member of a map", func(r *rand.Rand) (any, string) {
		text := drawWord(r) + " " + drawWord(r)
		return map[string]any{"a": []any{text}}, text
	}},
	{"a map key", func(r *rand.Rand) (any, string) {
		text := drawWord(r) + " " + drawWord(r)
		return map[string]any{text: 1}, text
	}},
	{"a number", func(r *rand.Rand) (any, string) {
		text := drawDigits(r, 9)
		return attributevalue.Number(text), text
	}},
	{"a set of numbers", func(r *rand.Rand) (any, string) {
		text := drawDigits(r, 9)
		return []attributevalue.Number{"1", attributevalue.Number(text)}, text
	}},
	{"a phone", func(r *rand.Rand) (any, string) {
		text := drawDigits(r, 7)
		return "+49 171 " + text, "49171" + text
	}},
	{"a card", func(r *rand.Rand) (any, string) {
		text := "4" + drawDigits(r, 15)
		return text[:4] + " " + text[4:8] + " " + text[8:12] + " " + text[12:], text
	}},
}

func drawWord(r *rand.Rand) (text string) {
	for range 7 {
		text += string(rune('a' + r.IntN(26)))
	}
	return text
}

func drawDigits(r *rand.Rand, n int) (text string) {
	for range n {
		text += fmt.Sprint(1 + r.IntN(9))
	}
	return text
}

// TestLeakCheckFindsFromEveryPlaceInEveryPlace copies items with values from every place, drawn
// anew, at every other place and in several encodings. The check finds them all. With -v it
// prints how many.
func TestLeakCheckFindsFromEveryPlaceInEveryPlace(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	encodings := []func(string) string{
		func(s string) string { return s },
		func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
		func(s string) string { return hex.EncodeToString([]byte(s)) },
		url.QueryEscape,
	}
	for _, place := range places {
		var items []map[string]any
		for _, o := range origins {
			for i, encode := range encodings {
				value, text := o.draw(r)
				if place.digits && (i > 0 || strings.Trim(text, "0123456789") != "") {
					continue
				}
				item := map[string]any{"PK": fmt.Sprint("p", len(items)), "SK": fmt.Sprint("s", len(items)), "from": value}
				place.put(item, encode(text))
				items = append(items, item)
			}
		}
		report := copyByKeys(t, []string{"PK", "SK"}, items, dynsync.WithDefaultTransform(dynsync.Passthrough()), dynsync.WithTransform("from", dynsync.Constant(nil)),
			dynsync.WithTransform("PK", dynsync.Passthrough()), dynsync.WithTransform("SK", dynsync.Passthrough()), dynsync.WithTransformKeys("to.x", dynsync.Passthrough(), dynsync.Optional()), dynsync.WithTransformKeys("to[*]", dynsync.Passthrough(), dynsync.Optional()), dynsync.WithLeakCheck())
		if int(report.Leaked) != len(items) {
			t.Errorf("seed %d: %s: %d of %d items are found: %v", seed, place.name, report.Leaked, len(items), report)
		}
		t.Logf("%-22s %d of %d items", place.name, report.Leaked, len(items))
	}
}
