package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// sdkRead has the AWS SDK read the body of a response: a client whose transport
// answers with it.
func sdkRead(body []byte) ([]map[string]types.AttributeValue, error) {
	client := dynamodb.New(dynamodb.Options{
		Region:                          "us-east-1",
		Credentials:                     aws.AnonymousCredentials{},
		Retryer:                         aws.NopRetryer{},
		DisableValidateResponseChecksum: true,
		HTTPClient: roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode:    200,
				Header:        http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
				Body:          io.NopCloser(bytes.NewReader(body)),
				ContentLength: int64(len(body)),
			}, nil
		}),
	})
	out, err := client.ExecuteStatement(context.Background(), &dynamodb.ExecuteStatementInput{Statement: aws.String("x")})
	if err != nil {
		return nil, err
	}
	return out.Items, nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) Do(r *http.Request) (*http.Response, error) { return f(r) }

// sdkMembers returns an SDK item as the model, sorted by name.
func sdkMembers(item map[string]types.AttributeValue) (members []member) {
	for name, value := range item {
		members = append(members, member{name, sdkNode(value)})
	}
	return sortMembers(members)
}

func sortMembers(members []member) []member {
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return members
}

func sdkNode(value types.AttributeValue) (n node) {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return node{kind: S, text: v.Value}
	case *types.AttributeValueMemberN:
		return node{kind: N, text: v.Value}
	case *types.AttributeValueMemberB:
		return node{kind: B, text: string(v.Value)}
	case *types.AttributeValueMemberBOOL:
		return node{kind: BOOL, flag: v.Value}
	case *types.AttributeValueMemberNULL:
		return node{kind: NULL}
	case *types.AttributeValueMemberM:
		return node{kind: M, members: sdkMembers(v.Value)}
	case *types.AttributeValueMemberL:
		n.kind = L
		for _, e := range v.Value {
			n.elems = append(n.elems, sdkNode(e))
		}
	case *types.AttributeValueMemberSS:
		n.kind, n.set = SS, v.Value
	case *types.AttributeValueMemberNS:
		n.kind, n.set = NS, v.Value
	case *types.AttributeValueMemberBS:
		n.kind = BS
		for _, b := range v.Value {
			n.set = append(n.set, string(b))
		}
	}
	return n
}

// sdkForm returns the model as the SDK would have it: names sorted, nil for
// nothing, U+FFFD for lone surrogates. It reports false if that leaves two
// members with one name.
func sdkForm(members []member) (out []member, ok bool) {
	seen := map[string]bool{}
	for _, m := range members {
		m.name = mapSurrogates(m.name, '\ufffd')
		if m.value, ok = sdkFormOf(m.value); !ok || seen[m.name] {
			return nil, false
		}
		seen[m.name] = true
		out = append(out, m)
	}
	return sortMembers(out), true
}

func sdkFormOf(n node) (_ node, ok bool) {
	if n.kind == S {
		n.text = mapSurrogates(n.text, '\ufffd')
	}
	set := n.set
	n.set = nil
	for _, s := range set {
		if n.kind == SS {
			s = mapSurrogates(s, '\ufffd')
		}
		n.set = append(n.set, s)
	}
	elems := n.elems
	n.elems = nil
	for _, e := range elems {
		if e, ok = sdkFormOf(e); !ok {
			return n, false
		}
		n.elems = append(n.elems, e)
	}
	n.members, ok = sdkForm(n.members)
	return n, ok
}

// compareWithSDK has the SDK read the items of a page that was accepted.
func compareWithSDK(t interface{ Fatalf(string, ...any) }, items [][]byte) {
	body := append([]byte(`{"Items":[`), bytes.Join(items, []byte(","))...)
	sdkItems, err := sdkRead(append(body, `]}`...))
	if err != nil || len(sdkItems) != len(items) {
		t.Fatalf("the SDK reads %d items: %v", len(sdkItems), err)
	}
	for i, item := range items {
		want, ok := sdkForm(readMembers(item, ItemMembers(item)))
		if !ok {
			continue
		}
		got, _ := sdkForm(sdkMembers(sdkItems[i])) // so that nothing is nil on both sides
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("the SDK reads %+v of %s, want %+v", got, item, want)
		}
	}
}

func TestTheSDKReadsTheSame(t *testing.T) {
	rng := newRand(12)
	var s Scanner
	for range 300 {
		var items [][]byte
		for range rng.IntN(10) {
			item := render(rng, loose, genMembers(rng, 4))
			if rng.IntN(3) == 0 {
				item = corrupt(rng, item)
			}
			if _, err := s.Index(nil, item); err == nil {
				items = append(items, item)
			}
		}
		compareWithSDK(t, items)
	}
}

func FuzzSDK(f *testing.F) {
	for _, item := range itemCorpus {
		f.Add([]byte(item))
	}
	f.Fuzz(func(t *testing.T, item []byte) {
		if _, err := new(Scanner).Index(nil, item); err == nil {
			compareWithSDK(t, [][]byte{item})
		}
	})
}
