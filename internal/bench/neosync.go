package main

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// newNeosync does to an item what Neosync does: attribute values become Go
// values and a map of the types that those don't show, mapped paths are
// transformed, then a pass over every leaf looks for defaults, and attribute
// values are made again. What surrounds that in Neosync (its stream engine,
// its expression language) is left out, and batches are of 25.
func newNeosync(e *env) (mover, error) {
	client := e.sdk(true)
	var n atomic.Int64
	newWorker := func() worker[[]goItem] {
		return &goWorker{env: e, out: &typedWriter{client: client, table: e.destination}, mask: newMasker(), mapped: mappedPaths(e), n: &n}
	}
	typed := typedPages(client, e.source)
	pages := func(ctx context.Context) iter.Seq2[[]goItem, error] {
		return func(yield func([]goItem, error) bool) {
			for items, err := range typed(ctx) {
				if !yield(toGoItems(items), err) {
					return
				}
			}
		}
	}
	if e.Workload == workWrite {
		items, err := newWriteItems(e, func(raw []byte) (goItem, error) {
			it, err := rawapi.ItemMap(raw)
			return toGoItem(it), err
		})
		if err != nil {
			return nil, err
		}
		pages = func(context.Context) iter.Seq2[[]goItem, error] { return items.all }
	}
	return func(ctx context.Context) (int, error) {
		err := spread(ctx, e.workers, pages(ctx), newWorker)
		return int(n.Swap(0)), err
	}, nil
}

// mappedPaths are the paths with a transformer of their own, which the default
// pass leaves alone; the key is always one.
func mappedPaths(e *env) map[string]bool {
	mapped := map[string]bool{"Id": true}
	if e.Workload == workCopy4 {
		for _, path := range keyedPaths {
			mapped[path] = true
		}
	}
	return mapped
}

// A goItem is an item in Go's types, and which of its paths are sets.
type goItem struct {
	root map[string]any
	sets map[string]types.AttributeValue // by path, a zero value of the set's type
}

func toGoItems(items []item) []goItem {
	out := make([]goItem, len(items))
	for i, it := range items {
		out[i] = toGoItem(it)
	}
	return out
}

func toGoItem(it item) goItem {
	g := goItem{make(map[string]any, len(it)), map[string]types.AttributeValue{}}
	for name, v := range it {
		g.root[name] = g.toGo(name, v)
	}
	return g
}

func (g *goItem) toGo(path string, v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberB:
		return v.Value
	case *types.AttributeValueMemberBOOL:
		return v.Value
	case *types.AttributeValueMemberBS:
		return v.Value
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i, elem := range v.Value {
			list[i] = g.toGo(fmt.Sprintf("%s[%d]", path, i), elem)
		}
		return list
	case *types.AttributeValueMemberM:
		m := make(map[string]any, len(v.Value))
		for name, member := range v.Value {
			m[name] = g.toGo(path+"."+name, member)
		}
		return m
	case *types.AttributeValueMemberN:
		return parseNumber(v.Value)
	case *types.AttributeValueMemberNS:
		g.sets[path] = &types.AttributeValueMemberNS{}
		list := make([]any, len(v.Value))
		for i, n := range v.Value {
			list[i] = parseNumber(n)
		}
		return list
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberSS:
		g.sets[path] = &types.AttributeValueMemberSS{}
		list := make([]any, len(v.Value))
		for i, s := range v.Value {
			list[i] = s
		}
		return list
	}
	return nil
}

func parseNumber(text string) any {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return f
}

// goWorker transforms items in Go's types and writes them.
type goWorker struct {
	*env
	out    *typedWriter
	mask   *masker
	mapped map[string]bool
	n      *atomic.Int64
}

func (w *goWorker) page(ctx context.Context, items []goItem) error {
	w.n.Add(int64(len(items)))
	if w.Workload == workRead {
		return nil
	}
	for _, g := range items {
		if w.Workload != workWrite {
			id, ok := g.root["Id"].(string)
			if !ok {
				return errKey
			}
			if w.Workload == workCopy4 {
				w.transformMapped(id, g.root)
			}
			g.root = w.transformDefaults(id, "", g.root).(map[string]any)
		}
		if err := w.out.put(ctx, g.toItem()); err != nil {
			return err
		}
	}
	return nil
}

func (w *goWorker) flush(ctx context.Context) error { return w.out.flush(ctx) }

// transformMapped assigns to each mapped path, found by splitting it.
func (w *goWorker) transformMapped(id string, root map[string]any) {
	for _, path := range keyedPaths {
		names := strings.Split(path, ".")
		parent, ok := root, true
		for _, name := range names[:len(names)-1] {
			if parent, ok = parent[name].(map[string]any); !ok {
				break
			}
		}
		last := names[len(names)-1]
		if s, isText := parent[last].(string); ok && isText {
			parent[last] = w.mask.text(id, path, s)
		}
	}
}

// transformDefaults walks over all leaves and replaces those that are not
// mapped and whose type has a default.
func (w *goWorker) transformDefaults(id, path string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			below := name
			if path != "" {
				below = path + "." + name
			}
			out[name] = w.transformDefaults(id, below, member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, elem := range v {
			out[i] = w.transformDefaults(id, fmt.Sprintf("%s[%d]", path, i), elem)
		}
		return out
	}
	if w.mapped[path] || w.Workload != workDefaults {
		return v
	}
	switch v := v.(type) {
	case string:
		return w.mask.text(id, path, v)
	case int64:
		return parseNumber(w.mask.number(id, path, strconv.FormatInt(v, 10)))
	case float64:
		return parseNumber(w.mask.number(id, path, formatFloat(v)))
	case bool:
		return w.mask.bool(id, path, v)
	case []byte:
		return w.mask.bytes(id, path, v)
	}
	return v
}

// toItem makes attribute values again, by Go type and the map of sets.
func (g *goItem) toItem() item {
	out := make(item, len(g.root))
	for name, v := range g.root {
		out[name] = g.toValue(name, v)
	}
	return out
}

func (g *goItem) toValue(path string, v any) types.AttributeValue {
	switch v := v.(type) {
	case nil:
		return &types.AttributeValueMemberNULL{Value: true}
	case []byte:
		return &types.AttributeValueMemberB{Value: v}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case [][]byte:
		return &types.AttributeValueMemberBS{Value: v}
	case map[string]any:
		m := make(map[string]types.AttributeValue, len(v))
		for name, member := range v {
			m[name] = g.toValue(path+"."+name, member)
		}
		return &types.AttributeValueMemberM{Value: m}
	case []any:
		return g.toList(path, v)
	case int64:
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(v, 10)}
	case float64:
		return &types.AttributeValueMemberN{Value: formatFloat(v)}
	case string:
		return &types.AttributeValueMemberS{Value: v}
	}
	return &types.AttributeValueMemberS{Value: fmt.Sprintf("%v", v)}
}

func (g *goItem) toList(path string, v []any) types.AttributeValue {
	switch g.sets[path].(type) {
	case *types.AttributeValueMemberSS:
		set := make([]string, len(v))
		for i, elem := range v {
			set[i], _ = elem.(string)
		}
		return &types.AttributeValueMemberSS{Value: set}
	case *types.AttributeValueMemberNS:
		set := make([]string, len(v))
		for i, elem := range v {
			set[i] = numberText(elem)
		}
		return &types.AttributeValueMemberNS{Value: set}
	}
	list := make([]types.AttributeValue, len(v))
	for i, elem := range v {
		list[i] = g.toValue(fmt.Sprintf("%s[%d]", path, i), elem)
	}
	return &types.AttributeValueMemberL{Value: list}
}

func numberText(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return formatFloat(v)
	}
	return fmt.Sprint(v)
}

// formatFloat writes a number with four decimals at most, and one at least, as
// Neosync does.
func formatFloat(f float64) string {
	text := strings.TrimRight(strconv.FormatFloat(f, 'f', 4, 64), "0")
	if strings.HasSuffix(text, ".") {
		text += "0"
	}
	return text
}
