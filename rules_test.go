package dynsync

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/growth"
	"github.com/dynsync/dynsync/internal/wire"
)

func TestRuleConflicts(t *testing.T) {
	t.Parallel()
	apply := func(pattern string) RulesOption { return WithTransform(pattern, Constant(nil)) }
	pass := func(pattern string) TableOption { return WithTransform(pattern, Passthrough()) }
	remove := func(pattern string) TableOption { return WithTransform(pattern, Remove()) }
	tests := []struct {
		reason string
		opts   []TableOption
		errs   int
	}{
		{"unrelated rules", []TableOption{apply("a"), apply("b.c")}, 0},
		{"two equal patterns", []TableOption{apply("a.b"), apply(`"a"."b"`)}, 1},
		{"equal patterns on values and on names", []TableOption{pass("a"), WithTransformKeys("a", Pseudonym())}, 0},
		{"below a transformer", []TableOption{apply("a"), apply("a.b")}, 1},
		{"below Reject", []TableOption{WithTransform("a", Reject()), apply("a.b")}, 1},
		{"below Passthrough", []TableOption{pass("a"), apply("a.b")}, 0},
		{"below Remove", []TableOption{remove("a"), apply("a.b[0].c")}, 0},
		{"below a transformer of a wildcard", []TableOption{apply("*"), apply("a.b")}, 1},
		{"a wildcard below a literal is less specific there", []TableOption{apply("a"), apply("*.b")}, 0},
		{"below a transformer of any element", []TableOption{apply("a[*]"), apply("a[0].b")}, 1},
		{"a name does not meet an element", []TableOption{apply("a[*]"), apply("a.b.c")}, 0},
		{"wildcards that overlap further on", []TableOption{apply("*.b"), apply("a.b.c")}, 1},
		{"wildcards that part further on", []TableOption{apply("*.b"), apply("a.c.d")}, 0},
		{"any depth reaches anywhere, and yields", []TableOption{apply("a"), apply("**.b")}, 0},
		{"below a transformer at any depth", []TableOption{apply("**.a"), apply("a.b")}, 1},
		{"below the same any depth", []TableOption{apply("**.a"), apply("**.a.b")}, 1},
		{"below any depth further on", []TableOption{apply("**.b"), apply("a.x.b.c")}, 1},
		{"beside any depth", []TableOption{apply("**.b"), apply("a.b")}, 0},
		{"any depth that one name of many meets", []TableOption{apply("**.Street"), apply("Members.*.Role")}, 0},
		{"any depth that one name of many meets, further down", []TableOption{apply("**.Street"), apply("Members.*.Homes[*].*.Zip")}, 0},
		{"any depth that the name meets for sure", []TableOption{apply("**.Street"), apply("Members.*.Street.Name")}, 1},
		{"any depth and a name that meets it", []TableOption{apply("**.Street"), apply("Street.Name")}, 1},
		{"two of any depth", []TableOption{apply("**.a"), apply("**.b.c")}, 0},
		{"two of any depth, one below the other", []TableOption{apply("**.b"), apply("**.a.b.c")}, 1},
		{"any name within any depth", []TableOption{apply("**.a"), apply("**.*.c")}, 0},
		{"any depth below any name", []TableOption{apply("*.a"), apply("**.b.c")}, 0},
		{"any depth below every name", []TableOption{apply("*"), apply("**.b.c")}, 1},
		{"any depth below every name but one", []TableOption{apply("*"), pass("a"), apply("**.b.c")}, 0},
		{"any name below a name", []TableOption{apply("m.a"), apply("m.*.b")}, 0},
		{"any name below any name", []TableOption{apply("m.*"), apply("m.*.b")}, 1},
		{"any name below any name but one", []TableOption{apply("*"), pass("a"), apply("*.b")}, 0},
		{"an element below an element of any list", []TableOption{apply("**[*]"), apply("a[0].b")}, 1},
		{"an element below one element", []TableOption{apply("a[0]"), apply("a[*].b")}, 0},
		{"one element below one element", []TableOption{apply("*[1]"), apply("a[1].b")}, 1},
		{"another element below one element", []TableOption{apply("*[1]"), apply("a[2].b")}, 0},
		{"any element beside any name", []TableOption{apply("a.*"), apply("a[*].b")}, 0},
		{"all elements and all members", []TableOption{apply("a[*]"), apply("a.*"), apply("a.**.b.c")}, 1},
		{"a part that Remove leaves to a literal rule", []TableOption{apply("**.c"), remove("a.b"), apply("a.b.c.d")}, 0},
		{"a part that Remove makes nothing of", []TableOption{apply("b"), remove("*"), apply("**.b.c")}, 0},
		{"names that a rule for any depth may transform", []TableOption{apply("**.Street"), WithTransformKeys("Members.*", Pseudonym())}, 0},
		{"names below a rule that takes no maps", []TableOption{WithTransform("a", OnKind(KindS, Constant(nil))), WithTransformKeys("a.b", Pseudonym())}, 0},
		{"names of what a rule takes that takes no maps", []TableOption{WithTransform("a", Pseudonym()), WithTransformKeys("a", Pseudonym())}, 0},
		{"names in a list that a rule takes", []TableOption{WithTransform("a", OnKind(KindL, Constant(nil))), WithTransformKeys("a[*]", Pseudonym())}, 1},
		{"names in a list beside a rule for maps", []TableOption{WithTransform("a", OnKind(KindM, Constant(nil))), WithTransformKeys("a[*]", Pseudonym())}, 0},
		{"within JSON, which may be a list", []TableOption{WithTransform("p", JSON(apply("*"), apply("**.b.c")))}, 0},
		{"within JSON", []TableOption{WithTransform("p", JSON(apply("a"), apply("a.b")))}, 1},
		{"names of a map that is transformed as a whole", []TableOption{apply("a"), WithTransformKeys("a", Pseudonym())}, 1},
		{"three pairs", []TableOption{apply("a"), apply("a.b"), apply("a.c"), apply("a.b.d")}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, errs := newTable(&tableConfig{source: "Source", destination: "Destination", name: "Source", opts: tt.opts}, nil)
			if len(errs) != tt.errs {
				t.Errorf("%d errors, want %d: %v", len(errs), tt.errs, errs)
			}
		})
	}
}

func TestTableRuleReplacesDefault(t *testing.T) {
	t.Parallel()
	cfg := &tableConfig{source: "Source", destination: "Destination", name: "Source", opts: []TableOption{WithTransform("a", Constant("table"))}}
	tab, errs := newTable(cfg, []TableOption{WithTransform("a", Constant("defaults")), WithTransform("b", Constant("defaults"))})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	p := testPlan(t)
	p.Rules = tab.rules.compiled
	rec, err := NewRecord(map[string]any{"Id": "1", "a": "x", "b": "y"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := runPlan(p, rec)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Id":{"S":"1"},"a":{"S":"table"},"b":{"S":"defaults"}}`
	if s := string(got.DynamoDBJSON()); s != want {
		t.Errorf("%s, want %s", s, want)
	}
}

// TestRulesAgreeWithTryingEveryRule compares the trie with an oracle that, at
// every place of an item, tries every rule and keeps the most specific.
func TestRulesAgreeWithTryingEveryRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		o := drawOracle(rt)
		tab, errs := newTable(&tableConfig{source: "Source", destination: "Destination", name: "Source", opts: o.options()}, nil)
		if len(errs) > 0 {
			rt.Skip("the rules conflict")
		}
		p := testPlan(t)
		p.Rules = tab.rules.compiled
		item := map[string]any{"Id": "1"}
		for range rapid.IntRange(1, 3).Draw(rt, "attributes") {
			item[rapid.SampledFrom(oracleNames).Draw(rt, "name")] = drawTree(rt, 3)
		}
		rec, err := NewRecord(item)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := runPlan(p, rec)
		if err != nil {
			rt.Fatalf("%v", err)
		}
		want := o.item(rec.goItem())
		if diff := cmp.Diff(want, got.goItem()); diff != "" {
			rt.Fatalf("rules %v on %s (-oracle +trie):\n%s", o.rules, rec.DynamoDBJSON(), diff)
		}
	})
}

// TestConflictsAgreeWithTryingEveryPlace: rules conflict exactly where one of them selects
// nothing in any item that the others leave to it.
func TestConflictsAgreeWithTryingEveryPlace(t *testing.T) {
	t.Parallel()
	conflicts, meetings := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		o := drawOracle(rt)
		_, errs := newTable(&tableConfig{source: "Source", destination: "Destination", name: "Source", opts: o.options()}, nil)
		found := fmt.Sprint(errs)
		if strings.Contains(found, "two rules have the pattern") {
			rt.Skip("equal patterns")
		}
		for _, r := range o.rules {
			holds, covered := o.holds(r, nil, nil)
			isFound := strings.Contains(found, fmt.Sprintf("rule %q lies below", r.pattern.String()))
			if isFound != (covered && !holds) {
				rt.Fatalf("%v: %v holds somewhere: %v, is covered somewhere: %v, and conflicts: %v", o.rules, r, holds, covered, isFound)
			}
			if isFound {
				conflicts++
			} else if covered {
				meetings++
			}
		}
	})
	if !testing.Short() && (conflicts == 0 || meetings == 0) {
		t.Errorf("%d conflicts, %d rules that others cover in part", conflicts, meetings)
	}
}

// TestConflictsOfNamesAgreeWithItemsOfAllNames: a rule for names is in conflict exactly
// where it does nothing for items that have every path of names.
func TestConflictsOfNamesAgreeWithItemsOfAllNames(t *testing.T) {
	t.Parallel()
	var items []*Record
	for shape := range 16 { // bits: at this depth are lists
		item := allNames(4, shape<<1).(map[string]any)
		item["Id"] = "1"
		items = append(items, recordsOf(t, item)["1"])
	}
	const kept = "Passthrough"
	transformers := map[string]Transformer{"all": Constant("x"), "strings": OnKind(KindS, Constant("x")), kept: Passthrough()}
	found := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		var cfgs []ruleConfig
		for _, r := range drawOracle(rt).rules {
			if !slices.ContainsFunc(r.pattern, func(s docpath.Segment) bool { return s.Kind == docpath.Index || s.Kind == docpath.AnyElem }) {
				use := rapid.SampledFrom([]string{"all", "all", "strings", kept}).Draw(rt, "transformer")
				cfgs = append(cfgs, ruleConfig{pattern: r.pattern.String(), t: transformers[use]})
			}
		}
		if len(cfgs) == 0 {
			rt.Skip("no rules")
		}
		cfgs[0].onNames, cfgs[0].t = true, suffixed()
		if slices.ContainsFunc(cfgs[1:], func(c ruleConfig) bool { return c.pattern == cfgs[0].pattern }) {
			rt.Skip("an error would not say which of the two it is about")
		}
		rules, errs := newRules(cfgs, checkTableRule)
		if len(errs) > 0 {
			rt.Fatal(errs)
		}
		set, errs := compileRules(rules, map[Kind]Transformer{KindS: Constant("d")}, false)
		text := fmt.Sprint(errs)
		if strings.Contains(text, "two rules have") {
			rt.Skip("equal patterns")
		}
		p := testPlan(t)
		p.Rules = set.compiled
		x := engine.New(p)
		for _, rec := range items {
			if _, _, err := x.Process(context.Background(), rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs); err != nil {
				rt.Fatal(err)
			}
			if engine.TakeUses(x, nil)[rules[0].ID].Seen {
				break
			}
		}
		conflict := strings.Contains(text, fmt.Sprintf("rule %q lies below", rules[0].Text))
		if conflict == engine.TakeUses(x, nil)[rules[0].ID].Seen {
			rt.Fatalf("the names of %v: conflict %v, and matched %v: %v", rules[0].Text, conflict, engine.TakeUses(x, nil)[rules[0].ID].Seen, cfgs)
		}
		found[conflict]++
	})
	if !testing.Short() && (found[true] == 0 || found[false] == 0) {
		t.Errorf("conflicts and others: %v", found)
	}
}

// allNames returns a map with every path of that many names, or a list of it if the lowest
// bit of shape is set. The other bits are for what is below.
func allNames(depth, shape int) any {
	m := map[string]any{}
	for _, name := range []string{"a", "b", "c", "z"} {
		m[name] = "leaf"
		if depth > 0 {
			m[name] = allNames(depth-1, shape>>1)
		}
	}
	if shape&1 == 1 {
		return []any{m}
	}
	return m
}

// holds reports whether a rule selects a place below the path that the others leave to
// it, and whether another transforms one of the maps and lists above such a place.
func (o oracle) holds(r oracleRule, path []any, limit []docpath.SegmentKind) (holds, covered bool) {
	ways, rests := matches(r.pattern, path, 0)
	leads := false
	for j, way := range ways {
		n := min(len(limit), len(way))
		if slices.Compare(way[:n], limit[:n]) > 0 {
			continue
		}
		if rests[j] == 0 && len(path) > 0 {
			return true, covered
		}
		leads = leads || rests[j] > 0
	}
	if !leads || len(path) == 6 {
		return false, false
	}
	if best, how := o.best(path, limit); best != nil && len(path) > 0 {
		switch best.act {
		case "pass":
		case "remove":
			for j, way := range ways {
				if rests[j] > 0 && slices.Compare(way, how) > 0 {
					return true, false // it is in vain, but not in conflict
				}
			}
			limit = how
		default:
			return false, true
		}
	}
	for _, step := range []any{"a", "b", "c", "z", 0, 1, 2, 9} {
		if _, isIndex := step.(int); isIndex && len(path) == 0 {
			continue
		}
		h, c := o.holds(r, append(slices.Clone(path), step), limit)
		covered = covered || c
		if h {
			return true, covered
		}
	}
	return false, covered
}

var oracleNames = []string{"a", "b", "c"}

func drawTree(t *rapid.T, depth int) any {
	kinds := 2
	if depth > 0 {
		kinds = 4
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return "leaf"
	case 1:
		return true
	case 2:
		m := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			m[rapid.SampledFrom(oracleNames).Draw(t, "name")] = drawTree(t, depth-1)
		}
		return m
	}
	list := []any{}
	for range rapid.IntRange(0, 3).Draw(t, "elements") {
		list = append(list, drawTree(t, depth-1))
	}
	return list
}

type oracleRule struct {
	pattern docpath.Pattern
	act     string // "pass", "remove", or what is written
}

func (r oracleRule) String() string { return r.pattern.String() + "=" + r.act }

type oracle struct {
	rules []oracleRule
	def   string
}

func drawOracle(t *rapid.T) oracle {
	o := oracle{def: rapid.SampledFrom([]string{"pass", "remove", "default"}).Draw(t, "default")}
	for i := range rapid.IntRange(0, 5).Draw(t, "rules") {
		var segs []docpath.Segment
		deep := false
		for range rapid.IntRange(1, 4).Draw(t, "segments") {
			s := docpath.Segment{Kind: docpath.SegmentKind(rapid.IntRange(0, 4).Draw(t, "segment"))}
			if s.Kind == docpath.Deep && deep || len(segs) == 0 && (s.Kind == docpath.Index || s.Kind == docpath.AnyElem) {
				s.Kind = docpath.Name
			}
			deep = deep || s.Kind == docpath.Deep
			if s.Kind == docpath.Name {
				s.Name = rapid.SampledFrom(oracleNames).Draw(t, "name")
			} else if s.Kind == docpath.Index {
				s.Index = rapid.IntRange(0, 2).Draw(t, "index")
			}
			segs = append(segs, s)
		}
		if segs[len(segs)-1].Kind == docpath.Deep {
			segs = append(segs, docpath.Segment{Kind: docpath.Name, Name: "a"})
		}
		act := rapid.SampledFrom([]string{"pass", "remove", fmt.Sprint("rule", i)}).Draw(t, "act")
		o.rules = append(o.rules, oracleRule{segs, act})
	}
	return o
}

func (o oracle) options() []TableOption {
	transformer := func(act string) Transformer {
		switch act {
		case "pass":
			return Passthrough()
		case "remove":
			return Remove()
		}
		return Constant(act)
	}
	opts := []TableOption{WithDefaultTransform(transformer(o.def))}
	for _, r := range o.rules {
		opts = append(opts, WithTransform(r.pattern.String(), transformer(r.act)))
	}
	return opts
}

// matches returns, for the ways in which a pattern's first segments match a
// whole path, what matched each step: the kind of the segment, less specific
// from a ** on. That is the pattern's specificity there. rests are the numbers
// of segments that remain of the pattern.
func matches(segs []docpath.Segment, path []any, after docpath.SegmentKind) (ways [][]docpath.SegmentKind, rests []int) {
	if len(path) == 0 {
		ways, rests = [][]docpath.SegmentKind{nil}, []int{len(segs)}
	}
	if len(segs) == 0 {
		return ways, rests
	}
	add := func(kind docpath.SegmentKind, segs []docpath.Segment, path []any) {
		w, r := matches(segs, path, after)
		for i := range w {
			ways, rests = append(ways, append([]docpath.SegmentKind{after + kind}, w[i]...)), append(rests, r[i])
		}
	}
	if segs[0].Kind == docpath.Deep {
		after = docpath.Deep
		w, r := matches(segs[1:], path, after) // ** matches no docpath.Segment
		ways, rests = append(ways, w...), append(rests, r...)
		if len(path) > 0 {
			add(docpath.Deep, segs, path[1:])
		}
		return ways, rests
	}
	if len(path) == 0 {
		return ways, rests
	}
	name, isName := path[0].(string)
	index, isIndex := path[0].(int)
	s := segs[0]
	if s.Kind == docpath.AnyName && isName || s.Kind == docpath.AnyElem && isIndex ||
		s.Kind == docpath.Name && isName && s.Name == name || s.Kind == docpath.Index && isIndex && s.Index == index {
		add(s.Kind, segs[1:], path[1:])
	}
	return ways, rests
}

// best returns the most specific rule that selects exactly this path, among
// those whose match is, up to the length of limit, at least as specific as it.
func (o oracle) best(path []any, limit []docpath.SegmentKind) (*oracleRule, []docpath.SegmentKind) {
	var found *oracleRule
	var how []docpath.SegmentKind
	for i, r := range o.rules {
		ways, rests := matches(r.pattern, path, 0)
		for j, way := range ways {
			if rests[j] > 0 || slices.Compare(way[:len(limit)], limit) > 0 {
				continue
			}
			if found == nil || slices.Compare(way, how) < 0 {
				found, how = &o.rules[i], way
			}
		}
	}
	return found, how
}

// reaches reports whether a rule can select something below the path.
func (o oracle) reaches(path []any, limit []docpath.SegmentKind) bool {
	for _, r := range o.rules {
		ways, rests := matches(r.pattern, path, 0)
		for j, way := range ways {
			if rests[j] > 0 && slices.Compare(way[:min(len(limit), len(way))], limit[:min(len(limit), len(way))]) <= 0 {
				return true
			}
		}
	}
	return false
}

func (o oracle) item(item map[string]any) map[string]any {
	out := map[string]any{"Id": item["Id"]}
	for name, v := range item {
		if name == "Id" {
			continue
		}
		if w, ok := o.value([]any{name}, v, o.def, nil); ok {
			out[name] = w
		}
	}
	return out
}

// value returns what becomes of a value, and whether it stays.
func (o oracle) value(path []any, v any, cover string, limit []docpath.SegmentKind) (any, bool) {
	if r, how := o.best(path, limit); r != nil {
		switch r.act {
		case "pass":
			cover = "pass"
		case "remove":
			cover, limit = "remove", how
		default:
			return r.act, true
		}
	}
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 && (cover == "default" || o.reaches(path, limit)) {
			out := map[string]any{}
			for name, m := range v {
				if w, ok := o.value(append(slices.Clone(path), name), m, cover, limit); ok {
					out[name] = w
				}
			}
			return out, len(out) > 0 || cover != "remove"
		}
	case []any:
		if len(v) > 0 && (cover == "default" || o.reaches(path, limit)) {
			out := []any{}
			for i, e := range v {
				if w, ok := o.value(append(slices.Clone(path), i), e, cover, limit); ok {
					out = append(out, w)
				}
			}
			return out, len(out) > 0 || cover != "remove"
		}
	}
	switch _, isMap := v.(map[string]any); {
	case cover == "pass":
		return v, true
	case cover == "remove":
		return nil, false
	case isMap:
		return v, true // empty
	}
	if _, isList := v.([]any); isList {
		return v, true
	}
	return "default", true
}

// What an exec remembers of the names it saw must not show: not where items
// differ in their attributes, nor where there are more names than it remembers (1,000).
func TestNamesAreRememberedRightly(t *testing.T) {
	t.Parallel()
	pl := testPlan(t, clearCopy(), WithTransform("a", Pseudonym()), WithTransform("**.z", Constant(nil)), WithTransform("b.*", Constant(nil)), WithTransform("gone", Remove()))
	items := []string{
		`{"Id":{"S":"1"},"a":{"S":"x"},"c":{"S":"y"},"z":{"S":"z"}}`,
		`{"c":{"S":"y"},"Id":{"S":"2"},"b":{"M":{"m":{"S":"x"},"z":{"N":"1"}}},"gone":{"NULL":true}}`,
		`{"Id":{"S":"3"},"\u0061":{"S":"x"},"c":{"M":{"a":{"S":"y"},"z":{"S":"z"}}}}`,
		`{"Id":{"S":"4"},"":{"S":"x"},"a":{"L":[{"S":"y"}]},"gone":{"S":"x"}}`,
	}
	for i := range 1100 {
		items = append(items, fmt.Sprintf(`{"n%d":{"S":"x"},"a":{"S":"x"},"Id":{"S":"5"},"z":{"N":"1"}}`, i))
	}
	x := engine.New(pl)
	for round := range 2 {
		for _, item := range items {
			rec := mustRecord(t, item)
			span := wire.Span{End: uint32(len(rec.item))}
			got, _, err := x.Process(t.Context(), rec.item, span, rec.attrs)
			want, _, wantErr := engine.New(pl).Process(t.Context(), rec.item, span, rec.attrs)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) || !bytes.Equal(got, want) {
				t.Fatalf("round %d: %s\n got %s, %v\nwant %s, %v", round, item, got, err, want, wantErr)
			}
		}
	}
}

// TestTheRuleAboveWinsWhereBothMeet: beside a rule at any depth, a rule for members of any
// name holds for all but those of the name that the other has.
func TestTheRuleAboveWinsWhereBothMeet(t *testing.T) {
	t.Parallel()
	const item = `{"Id":{"S":"1"},"Members":{"M":{"ann":{"M":{"Role":{"S":"owner"},"Street":{"S":"Elm"}}},"Street":{"M":{"Role":{"S":"none"}}}}}}`
	street := WithTransform("**.Street", Constant("street"))
	tests := []struct {
		reason string
		opts   []TableOption
		want   string // "" if the item fails
	}{
		{"values", []TableOption{street, WithTransform("Members.*.Role", Constant("role"))},
			`{"Id":{"S":"1"},"Members":{"M":{"ann":{"M":{"Role":{"S":"role"},"Street":{"S":"street"}}},"Street":{"S":"street"}}}}`},
		{"names", []TableOption{street, WithTransformKeys("Members.*", suffixed())},
			`{"Id":{"S":"1"},"Members":{"M":{"ann":{"M":{"Rolex":{"S":"owner"},"Streetx":{"S":"street"}}},"Street":{"S":"street"}}}}`},
		{"names that a rule which takes no maps leaves", []TableOption{WithTransform("**.Street", OnKind(KindS, Constant("street"))), WithTransformKeys("Members.*", suffixed()), WithDefaultTransform(Constant("default"), KindS)},
			`{"Id":{"S":"1"},"Members":{"M":{"ann":{"M":{"Rolex":{"S":"default"},"Streetx":{"S":"street"}}},"Street":{"M":{"Rolex":{"S":"default"}}}}}}`},
		{"names that the rule above may keep", []TableOption{WithTransform("**.Street", Each(Constant("street"))), WithTransformKeys("Members.*", suffixed()), WithDefaultTransform(Constant("default"), KindS)}, ""},
	}
	for _, tt := range tests {
		got, err := runPlan(testPlan(t, append([]TableOption{clearCopy()}, tt.opts...)...), mustRecord(t, item))
		switch {
		case tt.want == "" && (err == nil || !strings.Contains(err.Error(), "a rule for this map's keys cannot apply")):
			t.Errorf("%s: %v, %v", tt.reason, got, err)
		case tt.want != "" && (err != nil || string(got.DynamoDBJSON()) != tt.want):
			t.Errorf("%s: %s, %v\nwant %s", tt.reason, got.DynamoDBJSON(), err, tt.want)
		}
	}
}

// The time of New grows with the number of rules. In exponential time the wildcards among
// them would not end within the time of a test.
func TestManyRulesCompileInTime(t *testing.T) {
	t.Parallel()
	growth.Linear(t, "rules", 1600, func(n int) { compileMany(t, n) })
}

// compileMany compiles about n rules.
func compileMany(t *testing.T, n int) {
	t.Helper()
	var opts []TableOption
	for i := range n {
		opts = append(opts, WithTransform(fmt.Sprintf("a%d.b%d.c", i%40, i), Constant(1)))
	}
	for i := range 60 {
		opts = append(opts, WithTransform(fmt.Sprintf("**.d%d", i), Constant(1)), WithTransform(fmt.Sprintf("*.*.e%d.f", i), Constant(1)), WithTransform(fmt.Sprintf("**.g%d.*.h", i), Passthrough()))
	}
	if _, errs := newTable(&tableConfig{source: "Source", destination: "Destination", name: "Source", opts: opts}, nil); len(errs) > 0 {
		t.Error(errs)
	}
}
