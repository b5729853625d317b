package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/rawapi"
)

// maskTransformer is what the loops over the SDK do, as a Transformer.
type maskTransformer struct{ pool sync.Pool }

func newMaskTransformer() *maskTransformer {
	return &maskTransformer{sync.Pool{New: func() any { return newMasker() }}}
}

func (t *maskTransformer) Describe() dynsync.Description {
	return dynsync.Description{Name: "mask", Kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN, dynsync.KindB, dynsync.KindBOOL}}
}

func (t *maskTransformer) Transform(_ context.Context, in dynsync.Input) (dynsync.Value, error) {
	m := t.pool.Get().(*masker)
	defer t.pool.Put(m)
	id, _ := in.Record().Get("Id")
	key, _ := id.Text()
	path := in.Path()
	switch in.Value.Kind() {
	case dynsync.KindN:
		n, _ := in.Value.Text()
		return dynsync.NumberValue(m.number(key, path, n))
	case dynsync.KindB:
		b, _ := in.Value.Bytes()
		return dynsync.ValueOf(m.bytes(key, path, b))
	case dynsync.KindBOOL:
		b, _ := in.Value.Bool()
		return dynsync.ValueOf(m.bool(key, path, b))
	}
	s, _ := in.Value.Text()
	return dynsync.StringValue(m.text(key, path, s)), nil
}

// values compares attribute values by what is exported.
var values = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
	types.AttributeValueMemberBOOL{}, types.AttributeValueMemberNULL{}, types.AttributeValueMemberM{},
	types.AttributeValueMemberL{}, types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{},
)

// What the loop over the SDK writes, and guregu's, is what dynsync writes, for
// every workload and kind of item.
func TestDestinationsAreEqual(t *testing.T) {
	shapes := []shape{{100, "ascii"}, {1 << 10, "ascii"}, {1 << 10, "escape"}, {1 << 10, "binary"}, {10 << 10, "escape"}}
	for _, sh := range shapes {
		t.Run(fmt.Sprintf("item=%s/strings=%s", sizeName(sh.ItemBytes), sh.Strings), func(t *testing.T) {
			server := dynsynctest.NewServer()
			defer server.Close()
			client := server.Client()
			source := newTable(t, client, "Source")
			fill(t, client, source, sh)
			original := scan(t, client, source)
			for _, workload := range []string{workWrite, workCopy, workCopy4, workDefaults} {
				want := destination(t, client, source, scenario{workload, sh, 1, false}, modeTyped)
				if changes := workload == workCopy4 || workload == workDefaults; changes && cmp.Equal(original, want, values) {
					t.Fatalf("%s changed nothing", workload)
				}
				for _, mode := range []string{modeDynsync, modeDirect, modeWrapped, modeGuregu} {
					for procs := 1; procs <= 2; procs++ {
						got := destination(t, client, source, scenario{workload, sh, procs, false}, mode)
						if diff := cmp.Diff(want, got, values); diff != "" {
							t.Fatalf("%s, %d workers: the destination of %s differs from that of %s (-typed +other):\n%.2000s", workload, procs, mode, modeTyped, diff)
						}
					}
				}
			}
		})
	}
}

// Pseudonyms replace what the loop over the SDK replaces, and nothing else.
func TestPseudonymsReplaceTheSameAttributes(t *testing.T) {
	server := dynsynctest.NewServer()
	defer server.Close()
	client := server.Client()
	source := newTable(t, client, "Source")
	fill(t, client, source, base)
	original := scan(t, client, source)
	s := scenario{workCopy4, base, 1, false}
	table := newTable(t, client, "Pseudonyms")
	move(t, &env{scenario: s, source: source, destination: table, pages: 1, workers: 1, client: client}, modeDynsync)
	for id, it := range scan(t, client, table) {
		if len(it) != len(original[id]) {
			t.Fatal("an attribute was lost")
		}
		for name, v := range it {
			changed := !cmp.Equal(v, original[id][name], values)
			if want := name != "Id" && strings.Contains(strings.Join(keyedPaths, ","), name); changed != want {
				t.Fatalf("item %s: attribute %s changed: %v, want %v", id, name, changed, want)
			}
		}
	}
}

// What dynsync's Scan yields is what the SDK reads.
func TestReadsAreEqual(t *testing.T) {
	for _, text := range []string{"ascii", "escape", "binary"} {
		server := dynsynctest.NewServer()
		defer server.Close()
		client := server.Client()
		source := newTable(t, client, "Source")
		fill(t, client, source, shape{1 << 10, text})
		syncer, err := dynsync.New(dynsync.WithSource(client), dynsync.WithTable(source, "Nowhere"))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]item{}
		for rec, err := range syncer.Scan(t.Context(), source) {
			if err != nil {
				t.Fatal(err)
			}
			got[idOf(rec.AttributeValues())] = rec.AttributeValues()
		}
		want := map[string]item{}
		for items, err := range typedPages(client, source)(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range items {
				want[idOf(it)] = it
			}
		}
		if diff := cmp.Diff(want, got, values); diff != "" || len(want) == 0 {
			t.Errorf("%s: %d items, and they differ (-typed +dynsync):\n%.2000s", text, len(want), diff)
		}
	}
}

// destination returns what a mode writes into a new table.
func destination(t *testing.T, client *dynamodb.Client, source string, s scenario, mode string) map[string]item {
	t.Helper()
	table := newTable(t, client, fmt.Sprintf("%s-%s-%d", s.Workload, mode, s.Procs))
	move(t, &env{
		scenario: s, source: source, destination: table, pages: 1, workers: s.Procs, client: client,
		custom: newMaskTransformer(), writes: 200,
	}, mode)
	return scan(t, client, table)
}

func move(t *testing.T, e *env, mode string) {
	t.Helper()
	m, err := newMover(mode, e)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := m(t.Context()); err != nil || n == 0 {
		t.Fatalf("%s of %v moved %d items: %v", mode, e.scenario, n, err)
	}
}

func newTable(t *testing.T, client *dynamodb.Client, name string) string {
	t.Helper()
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            &name,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// fill writes items of the shape, up to a page of them.
func fill(t *testing.T, client *dynamodb.Client, table string, s shape) {
	t.Helper()
	w := &typedWriter{client: client, table: table}
	p := newPages(s)[0]
	for i := range min(len(p.items), 60) {
		it, err := rawapi.ItemMap(p.item(i))
		if err == nil {
			err = w.put(t.Context(), it)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// scan returns the items of a table by their Id.
func scan(t *testing.T, client *dynamodb.Client, table string) map[string]item {
	t.Helper()
	all := map[string]item{}
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range out.Items {
			all[idOf(it)] = it
		}
	}
	return all
}

func idOf(it item) string {
	id, _ := it["Id"].(*types.AttributeValueMemberS)
	if id == nil {
		return ""
	}
	return id.Value
}
