package anon_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/script"
)

// A plant is a transformer as the generator made it, so that the oracle knows what is
// in it.
type plant struct {
	op    string // "pass", "func", "firstOf", …
	text  string // for people
	inner []*plant
	sep   string     // of a Delimited
	rules []*jobRule // of a JSON
	defs  map[dynsync.Kind]*plant
	reads string // the attribute that a script takes from the record
	t     dynsync.Transformer
}

// describe returns what the transformer says of itself.
func (p *plant) describe() dynsync.Description {
	if d, ok := p.t.(describer); ok {
		return d.Describe()
	}
	return dynsync.Description{}
}

// A jobRule is a WithTransform, or a WithTransformKeys.
type jobRule struct {
	segs    []string // "a", "[0]", "*", "[*]", "**"
	onNames bool
	by      *plant
}

func (r *jobRule) pattern() string {
	var b strings.Builder
	for i, s := range r.segs {
		if i > 0 && s[0] != '[' {
			b.WriteByte('.')
		}
		if s == oddName {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		b.WriteString(s)
	}
	return b.String()
}

func (r *jobRule) String() string {
	names := ""
	if r.onNames {
		names = "names of "
	}
	return fmt.Sprintf("%s%s = %s", names, r.pattern(), r.by.text)
}

// oddName is a name that patterns quote and JSON escapes.
const oddName = "e\"\n.é*"

// A job is a table's rules, and items for them.
type job struct {
	seed     uint64
	sort     string // "", or the kind of the sort key
	ttl      string // the TTL attribute
	rules    []*jobRule
	defaults map[dynsync.Kind]*plant
	items    []*leaf // maps
}

func (j *job) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, sort key %q, TTL attribute %q\n", j.seed, j.sort, j.ttl)
	for _, k := range slices.Sorted(maps.Keys(j.defaults)) {
		fmt.Fprintf(&b, "  default of %v = %s\n", k, j.defaults[k].text)
	}
	for _, r := range j.rules {
		fmt.Fprintf(&b, "  %v\n", r)
	}
	return b.String()
}

// options returns the job's rules and defaults.
func options(rules []*jobRule, defaults map[dynsync.Kind]*plant) (opts []dynsync.RulesOption) {
	for _, r := range rules {
		if r.onNames {
			opts = append(opts, dynsync.WithTransformKeys(r.pattern(), r.by.t))
		} else {
			opts = append(opts, dynsync.WithTransform(r.pattern(), r.by.t))
		}
	}
	for k, p := range defaults {
		opts = append(opts, dynsync.WithDefaultTransform(p.t, k))
	}
	return opts
}

func tableOptions(rules []*jobRule, defaults map[dynsync.Kind]*plant) (opts []dynsync.TableOption) {
	for _, o := range options(rules, defaults) {
		opts = append(opts, o)
	}
	return opts
}

var allKinds = []dynsync.Kind{dynsync.KindS, dynsync.KindN, dynsync.KindB, dynsync.KindBOOL, dynsync.KindNULL}

// A grower draws jobs.
type grower struct {
	*rand.Rand
	stock []*plant // anonymizers, functions and scripts
	plain bool     // transformers are few and plain, and rules are many
}

func (g *grower) one(of ...string) string { return of[g.IntN(len(of))] }

// chance is true p times in a hundred.
func (g *grower) chance(p int) bool { return g.IntN(100) < p }

var attributes = []string{"a", "b", "c", "d", oddName}

func (g *grower) job(items int) *job {
	g.plain = g.chance(30)
	j := &job{sort: g.one("", "", "S", "N", "B"), ttl: g.one("Ttl", "Ttl", "a", "none"), defaults: g.defaults()}
	most := 6
	if g.plain {
		most = 12
	}
	for range g.IntN(most) {
		j.rules = append(j.rules, g.rule(true))
	}
	for range items {
		j.items = append(j.items, g.item(j))
	}
	return j
}

func (g *grower) defaults() map[dynsync.Kind]*plant {
	defs := map[dynsync.Kind]*plant{}
	for range g.IntN(3) {
		p, kinds := g.plant(2), allKinds
		if g.chance(25) {
			p = plantOf("pass", "Passthrough", dynsync.Passthrough())
		}
		if g.chance(50) {
			kinds = allKinds[g.IntN(3):][:1+g.IntN(2)]
		}
		for _, k := range kinds {
			defs[k] = p
		}
	}
	return defs
}

func (g *grower) rule(top bool) *jobRule {
	r := &jobRule{onNames: g.chance(12)}
	if g.chance(15) {
		r.segs = append(r.segs, "**")
	}
	for i := range 1 + g.IntN(3) {
		s := g.one("a", "b", "c", "d", oddName, "[0]", "[1]", "*", "[*]")
		if g.plain {
			s = g.one("a", "b", "[0]", "*", "[*]")
		}
		if top && g.chance(10) {
			s = g.one("Id", "Sort", "Ttl")
		}
		if len(r.segs) == 0 && s[0] == '[' {
			s = "a"
		}
		r.segs = append(r.segs, s)
		if i == 0 && g.chance(50) {
			break
		}
	}
	r.by = g.plant(3)
	if top && g.chance(12) {
		r.by = g.last()
	}
	return r
}

// last returns a transformer that comes last, or acts on what is missing.
func (g *grower) last() *plant {
	switch g.IntN(4) {
	case 0:
		text := g.one("", "x-") + "{" + g.one("a", "b", "c", "d.a", "Id", "Sort") + "}" + g.one("", "#{b}")
		return plantOf("template", "Template("+text+")", dynsync.Template(text))
	case 1:
		name := g.one(attributes[:4]...)
		return reader("script.Generate(record."+name+")", name, script.Generate("return record."+name+" ?? dynsync.skip()"))
	case 2:
		p := g.plant(1)
		if g.chance(50) {
			p = reader("script(record.a)", "a", script.Generate("return record.a ?? 'x'"))
		}
		return &plant{op: "ifMissing", text: "IfMissing(" + p.text + ")", inner: []*plant{p}, t: dynsync.IfMissing(p.t)}
	}
	p := g.plant(1)
	first := plantOf("template", "Template({b})", dynsync.Template("{b}"))
	if g.chance(30) {
		return combine("chain", "Chain", dynsync.Chain, first, p)
	}
	return combine("firstOf", "FirstOf", dynsync.FirstOf, first, p)
}

func plantOf(op, text string, t dynsync.Transformer) *plant { return &plant{op: op, text: text, t: t} }

func reader(text, attribute string, t dynsync.Transformer) *plant {
	return &plant{op: "reader", text: text, reads: attribute, t: t}
}

func combine(op, name string, by func(...dynsync.Transformer) dynsync.Transformer, inner ...*plant) *plant {
	var ts []dynsync.Transformer
	for _, p := range inner {
		ts = append(ts, p.t)
	}
	return &plant{op: op, text: name + "(" + textsOf(inner) + ")", inner: inner, t: by(ts...)}
}

func textsOf(plants []*plant) string {
	var texts []string
	for _, p := range plants {
		texts = append(texts, p.text)
	}
	return strings.Join(texts, ", ")
}

// plant draws a transformer, combinators up to that depth.
func (g *grower) plant(depth int) *plant {
	switch n := g.IntN(100); {
	case n < 12 || g.plain && n < 50:
		return plantOf("pass", "Passthrough", dynsync.Passthrough())
	case n < 15 || g.plain && n < 75:
		return plantOf("none", "Remove", dynsync.Remove())
	case n < 65 || depth == 0:
		return g.stock[g.IntN(len(g.stock))]
	case n < 72:
		return combine("firstOf", "FirstOf", dynsync.FirstOf, g.plants(depth-1)...)
	case n < 78:
		return combine("chain", "Chain", dynsync.Chain, g.plants(depth-1)...)
	case n < 82:
		return g.when(depth)
	case n < 86:
		p, k := g.plant(depth-1), dynsync.Kind(1+g.IntN(int(dynsync.KindBS)))
		return &plant{op: "onKind", text: fmt.Sprintf("OnKind(%v, %s)", k, p.text), inner: []*plant{p}, t: dynsync.OnKind(k, p.t)}
	case n < 90:
		p := g.plant(depth - 1)
		return &plant{op: "each", text: "Each(" + p.text + ")", inner: []*plant{p}, t: dynsync.Each(p.t)}
	case n < 95:
		parts := g.plants(depth - 1)
		split := func(ts ...dynsync.Transformer) dynsync.Transformer { return dynsync.Delimited("#", ts...) }
		p := combine("delimited", "Delimited", split, parts...)
		p.sep = "#"
		return p
	}
	return g.json()
}

func (g *grower) plants(depth int) (all []*plant) {
	for range 1 + g.IntN(3) {
		all = append(all, g.plant(depth))
	}
	return all
}

// when applies a transformer to about half of the values.
func (g *grower) when(depth int) *plant {
	p, salt := g.plant(depth-1), byte(g.IntN(256))
	cond := func(in dynsync.Input) bool { return half(in.Value, salt) }
	return &plant{op: "when", text: "When(half, " + p.text + ")", inner: []*plant{p}, t: dynsync.When(cond, p.t)}
}

func half(v dynsync.Value, salt byte) bool {
	h := fnv.New32a()
	h.Write(append(v.DynamoDBJSON(), salt))
	return h.Sum32()%2 == 0
}

func (g *grower) json() *plant {
	p := &plant{op: "json", defs: map[dynsync.Kind]*plant{}}
	if g.chance(40) {
		d := g.plant(1)
		for _, k := range allKinds[g.IntN(3):] {
			p.defs[k] = d
		}
	}
	for range g.IntN(4) {
		p.rules = append(p.rules, g.rule(false))
	}
	p.t = dynsync.JSON(options(p.rules, p.defs)...)
	p.text = fmt.Sprintf("JSON(%v", p.rules)
	for _, k := range slices.Sorted(maps.Keys(p.defs)) {
		p.text += fmt.Sprintf(" %v=%s", k, p.defs[k].text)
	}
	p.text += ")"
	return p
}

// A part gives the value to another transformer as a part of it.
type part struct{ dynsync.Transformer }

func (p part) Transform(ctx context.Context, in dynsync.Input) (dynsync.Value, error) {
	return in.Part(ctx, p.Transformer, in.Value)
}

// A record that a function takes, and leaves as it is.
type declared struct {
	A any `dynamodbav:"a,omitempty"`
}

// stock returns what combinators are made of. It is made once: scripts are compiled.
var stock = sync.OnceValue(func() (all []*plant) {
	id := func(_ context.Context, v any) (any, error) { return v, nil }
	sometimes := func(_ context.Context, v dynsync.Value) (dynsync.Value, error) {
		if half(v, 1) {
			return v, dynsync.ErrNotApplicable
		}
		return v, nil
	}
	encode := func(_ context.Context, s string) (string, error) {
		return base64.StdEncoding.EncodeToString([]byte("x" + s)), nil
	}
	quote := func(_ context.Context, s string) (string, error) {
		b, err := json.Marshal(map[string]string{"v": s})
		return string(b), err
	}
	for range 16 {
		all = append(all,
			plantOf("none", "Reject", dynsync.Reject()),
			plantOf("none", "Generate(FirstName)", anon.Generate(anon.FirstName())),
			plantOf("part", "part(Passthrough)", part{dynsync.Passthrough()}),
			plantOf("part", "part(Func[string])", part{dynsync.Func(func(_ context.Context, s string) (string, error) { return s, nil })}),
			plantOf("none", "Null", dynsync.Constant(nil)),
			plantOf("none", "Constant", dynsync.Constant("constant")),
			plantOf("none", "Constant(map)", dynsync.Constant(map[string]any{"a": "constant"})),
			plantOf("none", "Pseudonym", dynsync.Pseudonym()),
			plantOf("none", "Pseudonym(KeepShape)", dynsync.Pseudonym(dynsync.KeepShape())),
			plantOf("none", "Pseudonym(AtLeast(1))", dynsync.Pseudonym(dynsync.AtLeast(1))),
			plantOf("func", "Func[any]", dynsync.Func(id)),
			plantOf("func", "Func[Value], sometimes", dynsync.Func(sometimes)),
			plantOf("func", "Func[string]", dynsync.Func(func(_ context.Context, s string) (string, error) { return s, nil })),
			plantOf("func", "Func[string], base64", dynsync.Func(encode)),
			plantOf("func", "Func[string], JSON", dynsync.Func(quote)),
			plantOf("func", "Func[[]any]", dynsync.Func(func(_ context.Context, l []any) ([]any, error) { return l, nil })),
			plantOf("struct", "Func[declared]", dynsync.Func(func(_ context.Context, d declared) (declared, error) { return d, nil })),
			plantOf("structs", "Func[[]declared]", dynsync.Func(func(_ context.Context, d []declared) ([]declared, error) { return d, nil })),
			plantOf("structs", "Func[[]declared], shorter", dynsync.Func(func(_ context.Context, d []declared) ([]declared, error) { return d[:len(d)/2], nil })),
			plantOf("structs", "Func[map[string]*declared]", dynsync.Func(func(_ context.Context, d map[string]*declared) (map[string]*declared, error) { return d, nil })),
			plantOf("struct", "Func[declared], a changed", dynsync.Func(func(_ context.Context, d declared) (declared, error) { d.A = "changed"; return d, nil })),
		)
	}
	for _, code := range []string{"return value", "return dynsync.keep()", "return dynsync.skip()", "return 'x'", "return {v: value}", "return JSON.stringify({v: value})",
		"if (typeof value == 'string') return value.toUpperCase(); return dynsync.skip()"} {
		p := plantOf("script", "script("+code+")", script.Transform(code))
		all = append(all, slices.Repeat([]*plant{p}, 8)...)
	}
	for _, name := range attributes[:4] {
		p := reader("script(record."+name+")", name, script.Transform("return record."+name+" ?? dynsync.skip()"))
		all = append(all, slices.Repeat([]*plant{p}, 8)...)
	}
	return all
})

// anonymizers returns the catalog with every option, so often that they are most of the
// stock.
func anonymizers(t testing.TB) (all []*plant) {
	seen := map[string]int{}
	for _, tr := range anon.Everything(t) {
		p := plantOf("anon", "", tr)
		d := p.describe()
		if seen[d.Name]++; seen[d.Name] > 20 { // not the ones with most options only
			continue
		}
		p.text = d.Name + "(" + d.Options + ")"
		all = append(all, p)
	}
	return all
}

// A describer is a transformer that describes itself.
type describer interface{ Describe() dynsync.Description }
