package rawapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// cmpSDK makes cmp compare the SDK's types.
var cmpSDK = cmp.Options{cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
	types.AttributeValueMemberBOOL{}, types.AttributeValueMemberNULL{}, types.AttributeValueMemberM{},
	types.AttributeValueMemberL{}, types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{},
	types.AttributeValueMemberBS{},
), cmpopts.EquateEmpty()}

type (
	avS    = types.AttributeValueMemberS
	avN    = types.AttributeValueMemberN
	avB    = types.AttributeValueMemberB
	avBOOL = types.AttributeValueMemberBOOL
	avNULL = types.AttributeValueMemberNULL
	avM    = types.AttributeValueMemberM
	avL    = types.AttributeValueMemberL
	avSS   = types.AttributeValueMemberSS
	avNS   = types.AttributeValueMemberNS
	avBS   = types.AttributeValueMemberBS
)

// genString draws strings that need escapes, and some that don't.
var genString = rapid.OneOf(
	rapid.StringN(0, 8, -1),
	rapid.StringOfN(rapid.SampledFrom([]rune("a\"\\/\b\f\n\r\t\x00\x1f\x7f<>&'éß€\u2028\U0001F600")), 0, 8, -1),
)

var genNumber = rapid.StringMatching(`-?(0|[1-9][0-9]{0,37})(\.[0-9]{1,5})?([eE][-+]?[0-9]{1,2})?`)

var genBytes = rapid.SliceOfN(rapid.Byte(), 0, 10)

// genValue draws values of every type, with depth levels of maps and lists.
func genValue(depth int) *rapid.Generator[types.AttributeValue] {
	av := func(v types.AttributeValue) types.AttributeValue { return v }
	scalars := []*rapid.Generator[types.AttributeValue]{
		rapid.Map(genString, func(s string) types.AttributeValue { return av(&avS{Value: s}) }),
		rapid.Map(genNumber, func(s string) types.AttributeValue { return av(&avN{Value: s}) }),
		rapid.Map(genBytes, func(b []byte) types.AttributeValue { return av(&avB{Value: b}) }),
		rapid.Map(rapid.Bool(), func(b bool) types.AttributeValue { return av(&avBOOL{Value: b}) }),
		rapid.Just(av(&avNULL{Value: true})),
		rapid.Map(rapid.SliceOfN(genString, 0, 3), func(s []string) types.AttributeValue { return av(&avSS{Value: s}) }),
		rapid.Map(rapid.SliceOfN(genNumber, 0, 3), func(s []string) types.AttributeValue { return av(&avNS{Value: s}) }),
		rapid.Map(rapid.SliceOfN(genBytes, 0, 3), func(s [][]byte) types.AttributeValue { return av(&avBS{Value: s}) }),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	inner := rapid.Deferred(func() *rapid.Generator[types.AttributeValue] { return genValue(depth - 1) })
	return rapid.OneOf(append(scalars,
		rapid.Map(rapid.MapOfN(genString, inner, 0, 3), func(m map[string]types.AttributeValue) types.AttributeValue { return av(&avM{Value: m}) }),
		rapid.Map(rapid.SliceOfN(inner, 0, 3), func(l []types.AttributeValue) types.AttributeValue { return av(&avL{Value: l}) }),
	)...)
}

func genItem() *rapid.Generator[map[string]types.AttributeValue] {
	return rapid.MapOfN(genString, genValue(3), 0, 5)
}

// oracle encodes a value the slow, obvious way.
func oracle(v types.AttributeValue) any {
	switch v := v.(type) {
	case *avS:
		return map[string]any{"S": v.Value}
	case *avN:
		return map[string]any{"N": v.Value}
	case *avB:
		return map[string]any{"B": base64.StdEncoding.EncodeToString(v.Value)}
	case *avBOOL:
		return map[string]any{"BOOL": v.Value}
	case *avNULL:
		return map[string]any{"NULL": true}
	case *avSS:
		return map[string]any{"SS": append([]string{}, v.Value...)}
	case *avNS:
		return map[string]any{"NS": append([]string{}, v.Value...)}
	case *avBS:
		set := []string{}
		for _, b := range v.Value {
			set = append(set, base64.StdEncoding.EncodeToString(b))
		}
		return map[string]any{"BS": set}
	case *avL:
		l := []any{}
		for _, e := range v.Value {
			l = append(l, oracle(e))
		}
		return map[string]any{"L": l}
	case *avM:
		return map[string]any{"M": oracleItem(v.Value)}
	}
	return nil
}

func oracleItem(m map[string]types.AttributeValue) map[string]any {
	out := map[string]any{}
	for name, v := range m {
		out[name] = oracle(v)
	}
	return out
}

// AppendItem writes what encoding/json writes of the same item, and ItemMap
// reads both.
func TestAppendItem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := genItem().Draw(t, "item")
		text, err := AppendItem([]byte("x"), item)
		if err != nil || text[0] != 'x' {
			t.Fatal(err)
		}
		text = text[1:]
		want, err := json.Marshal(oracleItem(item))
		if err != nil {
			t.Fatal(err)
		}
		var got, wanted any
		if err := errors.Join(json.Unmarshal(text, &got), json.Unmarshal(want, &wanted)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Fatal(diff)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, want, " ", "\t"); err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{text, want, indented.Bytes()} {
			var scan wire.Scanner
			if _, err := scan.Index(nil, text); err != nil {
				t.Fatal(err)
			}
			back, err := ItemMap(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(item, back, cmpSDK); diff != "" {
				t.Fatalf("%s\n%s", text, diff)
			}
		}
	})
}

// Lone surrogates survive decoding and encoding.
func TestSurrogatesSurvive(t *testing.T) {
	const text = `{"\udc00x":{"S":"a\ud800"},"l":{"L":[{"SS":["\udfff","\ud83d\ude00"]}]}}`
	item, err := ItemMap([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := AppendItem(nil, item)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"l":{"L":[{"SS":["\udfff","😀"]}]},"\udc00x":{"S":"a\ud800"}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !mapHasSurrogate(item) || !escapesSurrogate([]byte(text)) {
		t.Error("the surrogates are not seen")
	}
}

// nested returns a scalar with n lists round it.
func nested(n int) types.AttributeValue {
	var v types.AttributeValue = &avS{Value: canary}
	for range n {
		v = &avL{Value: []types.AttributeValue{v}}
	}
	return v
}

func TestAppendErrors(t *testing.T) {
	loop := &avL{Value: make([]types.AttributeValue, 1)}
	loop.Value[0] = loop
	tests := []struct {
		name string
		why  string
		v    types.AttributeValue
		want error // nil if it is taken; else errors.Is, or any if it can't be told
	}{
		{"31 levels", "DynamoDB's limit, counted as it counts", nested(31), nil},
		{"32 levels", "one more", nested(32), wire.ErrDepth},
		{"a cycle", "must not hang", loop, wire.ErrDepth},
		{"nil", "there is no value", nil, errNilValue},
		{"nil pointer", "nor here", (*avS)(nil), errNilValue},
		{"nil in a list", "at any depth", &avL{Value: []types.AttributeValue{nil}}, errNilValue},
		{"nil in a map", "at any depth", &avM{Value: map[string]types.AttributeValue{canary: nil}}, errNilValue},
		{"NULL false", "DynamoDB refuses it, and the wire has no such value", &avNULL{}, errNullFalse},
	}
	for _, tt := range tests {
		got, err := AppendAttributeValue([]byte("x"), tt.v)
		if !errors.Is(err, tt.want) || (err != nil && string(got) != "x") {
			t.Errorf("%s: %v, %d bytes; %s", tt.name, err, len(got), tt.why)
		}
		wantPrivate(t, err)
		if _, err := AppendItem(nil, map[string]types.AttributeValue{canary: tt.v}); (err == nil) != (tt.want == nil) {
			t.Errorf("%s: as an attribute, %v", tt.name, err)
		} else {
			wantPrivate(t, err)
		}
	}
	_, err := AppendAttributeValue(nil, &types.UnknownUnionMember{Tag: canary, Value: []byte(canary)})
	if err == nil || !strings.Contains(err.Error(), "UnknownUnionMember") {
		t.Errorf("unknown member: %v", err)
	}
	wantPrivate(t, err)
}

// Text that was not validated is an error or nonsense, not a panic.
func FuzzAttributeValue(f *testing.F) {
	for _, seed := range []string{`{"S":"x"}`, `{"L":[{"M":{"a":{"BS":["AA=="]}}}]}`, `{"M"`, `{"Q":1}`, ``, `{"BS":["*"]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var scan wire.Scanner
		_, invalid := scan.Index(nil, text)
		item, err := ItemMap(text)
		if invalid != nil {
			return
		}
		if err != nil {
			t.Fatalf("a valid item: %v", err)
		}
		back, err := AppendItem(nil, item)
		if err != nil {
			t.Fatalf("an item that was decoded: %v", err)
		}
		if _, err := scan.Index(nil, back); err != nil {
			t.Fatalf("an item that was encoded: %v", err)
		}
		again, err := ItemMap(back)
		if diff := cmp.Diff(item, again, cmpSDK); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
	})
}

func TestEscapesSurrogate(t *testing.T) {
	tests := []struct {
		text string
		want bool
		why  string
	}{
		{`{"a":"b"}`, false, "no escape"},
		{`\ud83d\ude00`, false, "a pair"},
		{`\uD83D\uDE00`, false, "a pair, as DynamoDB Local writes it"},
		{`\ud83d`, true, "a high half at the end"},
		{`\ud83dx\ude00`, true, "not next to each other"},
		{`\ude00`, true, "a low half"},
		{`\ude00\ud83d`, true, "in the wrong order"},
		{`\ud83d\ud83d\ude00`, true, "a high half before a pair"},
		{`\\ud83d`, false, "an escaped backslash"},
		{`\\\ud83d`, true, "an escaped backslash, and then"},
		{`\u00e9\n\"`, false, "other escapes"},
		{`\ud83d\n`, true, "another escape follows"},
	}
	for _, tt := range tests {
		if got := escapesSurrogate([]byte(tt.text)); got != tt.want {
			t.Errorf("%s: %v; %s", tt.text, got, tt.why)
		}
	}
}

// Both paths read equal items, and what the SDK itself decodes, from any
// response; and they send equal items. The project's sample items take part.
func TestPathsAreEqual(t *testing.T) {
	sample, err := os.ReadFile("../../testdata/mixed-items.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts []json.RawMessage
	if err := json.Unmarshal(sample, &texts); err != nil {
		t.Fatal(err)
	}
	checkEqual(t, append(append([]byte(`{"Items":`), sample...), '}'))
	rapid.Check(t, func(t *rapid.T) {
		items := []any{}
		for _, item := range rapid.SliceOfN(genItem(), 0, 4).Draw(t, "items") {
			items = append(items, oracleItem(item))
		}
		text, err := json.Marshal(map[string]any{"Items": items, "NextToken": "t"})
		if err != nil {
			t.Fatal(err)
		}
		checkEqual(t, text)
	})
}

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func checkEqual(t fataler, response []byte) {
	t.Helper()
	var sent [][]byte
	client := inMemory(func(r *http.Request) reply {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "BatchWriteItem") {
			var b bytes.Buffer
			b.ReadFrom(r.Body)
			sent = append(sent, b.Bytes())
			return ok(written)
		}
		return ok(string(response))
	})
	ctx := context.Background()
	want, err := client.ExecuteStatement(ctx, statement("SELECT"))
	if err != nil {
		t.Fatal(err)
	}
	var rawPage, typedPage Page
	typed := struct {
		SourceAPI
		DestinationAPI
	}{client, client}
	if err := errors.Join(
		NewReader(client, nil).ExecuteStatement(ctx, statement("SELECT"), &rawPage),
		NewReader(typed.SourceAPI, nil).ExecuteStatement(ctx, statement("SELECT"), &typedPage),
	); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Page{&rawPage, &typedPage} {
		if len(p.Items) != len(want.Items) || p.NextToken != deref(want.NextToken) {
			t.Fatalf("%d items, want %d; token %q", len(p.Items), len(want.Items), p.NextToken)
		}
		for i := range p.Items {
			if p.Items[i].Err != nil {
				t.Fatal(p.Items[i].Err)
			}
			got, err := ItemMap(p.Item(i))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Items[i], got, cmpSDK); diff != "" {
				t.Fatal(diff)
			}
		}
	}
	if len(rawPage.Items) == 0 {
		return
	}
	b := new(Batch)
	b.Reset("T")
	for i := range rawPage.Items {
		b.Add(rawPage.Item(i))
	}
	for _, api := range []DestinationAPI{client, struct{ DestinationAPI }{client}} {
		if _, err := NewWriter(api, nil).BatchWrite(ctx, "T", b); err != nil {
			t.Fatal(err)
		}
	}
	var bodies [2]any
	for i := range bodies {
		if err := json.Unmarshal(sent[i], &bodies[i]); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(bodies[0], bodies[1]); diff != "" {
		t.Fatal(diff)
	}
}
