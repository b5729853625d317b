package dynsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

// TestRuleCountsAgreeWithTryingEveryRule compares what rules count with a model that, at
// every place of an item up to the one that fails it, tries every rule.
func TestRuleCountsAgreeWithTryingEveryRule(t *testing.T) {
	t.Parallel()
	items, failures := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		m := drawCountModel(rt)
		tab, errs := newTable(&tableConfig{source: "Source", destination: "Destination", name: "Source", opts: m.options()}, nil)
		if len(errs) > 0 {
			rt.Skip("the rules conflict")
		}
		p := testPlan(t)
		p.Rules, p.Finish = tab.rules.compiled, tab.plan(p.Secret, p.Keys).Finish
		x := engine.New(p)
		for range 150 {
			items++
			item := drawCounted(rt)
			rec := mustRecord(t, item.json())
			_, _, err := x.Process(context.Background(), rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs)
			got, used := map[string]ruleCounts{}, engine.TakeUses(x, nil)
			for _, r := range tab.rules.rules {
				u := &used[r.ID]
				if u.Matched() > 0 {
					got[ruleText(r.Text, r.OnNames)] = ruleCounts{u.Applied, u.Default, u.Failed}
				}
				if u.Matched() > 0 && !u.Seen {
					rt.Fatalf("%q has not seen what it counts", r.Text)
				}
			}
			m.counts = map[string]ruleCounts{}
			ok := m.item(item)
			if ok != (err == nil) {
				rt.Fatalf("%v on %s: the model lets it pass: %v; error: %v", m, rec.DynamoDBJSON(), ok, err)
			}
			if diff := cmp.Diff(m.counts, got); diff != "" {
				rt.Fatalf("%v on %s: %v (-model +engine):\n%s", m, rec.DynamoDBJSON(), err, diff)
			}
			if !ok {
				failures++
			}
		}
	})
	if !testing.Short() && (failures == 0 || failures == items) {
		t.Errorf("%d of %d items failed", failures, items)
	}
}

// A countedValue is a value of an item, in the order in which it stands there.
type countedValue struct {
	kind  Kind
	text  string // of an S, and of the member of an SS
	names []string
	parts []*countedValue
}

var countedNames = append([]string{"z", "boom"}, oracleNames...)

// drawCounted draws an item. Some texts, and names, make a transformer fail or panic.
func drawCounted(t *rapid.T) *countedValue {
	c := drawCountedParts(t, &countedValue{kind: KindM}, 2)
	id := &countedValue{kind: KindS, text: rapid.SampledFrom(append(slices.Repeat([]string{"k"}, 20), "bad", "boom", "finish bad", "finish boom")).Draw(t, "Id")}
	at := rapid.IntRange(0, len(c.parts)).Draw(t, "place of Id")
	c.names, c.parts = slices.Insert(c.names, at, "Id"), slices.Insert(c.parts, at, id)
	return c
}

func drawCountedParts(t *rapid.T, c *countedValue, depth int) *countedValue {
	for range rapid.SampledFrom([]int{4, 3, 2, 1, 0}).Draw(t, "parts") {
		name := rapid.SampledFrom(countedNames).Draw(t, "name")
		if c.kind == KindM && slices.Contains(c.names, name) {
			continue
		}
		kinds := []Kind{KindM, KindL, KindM, KindS, KindS, KindS, KindBOOL, KindNULL, KindSS}
		if depth == 0 {
			kinds = kinds[3:]
		}
		part := &countedValue{kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		switch part.kind {
		case KindS, KindSS:
			part.text = rapid.SampledFrom(append(slices.Repeat([]string{"x"}, 20), "bad", "boom")).Draw(t, "text")
		case KindM, KindL:
			drawCountedParts(t, part, depth-1)
		}
		c.names, c.parts = append(c.names, name), append(c.parts, part)
	}
	return c
}

// json returns the item as DynamoDB JSON.
func (c *countedValue) json() string {
	s := c.value()
	return strings.TrimSuffix(strings.TrimPrefix(s, `{"M":`), "}")
}

func (c *countedValue) value() string {
	quoted, _ := json.Marshal(c.text)
	var parts []string
	for i, p := range c.parts {
		v := p.value()
		if c.kind == KindM {
			v = fmt.Sprintf("%q:%s", c.names[i], v)
		}
		parts = append(parts, v)
	}
	switch c.kind {
	case KindS:
		return fmt.Sprintf(`{"S":%s}`, quoted)
	case KindSS:
		return fmt.Sprintf(`{"SS":[%s]}`, quoted)
	case KindBOOL:
		return `{"BOOL":true}`
	case KindNULL:
		return `{"NULL":true}`
	case KindM:
		return fmt.Sprintf(`{"M":{%s}}`, strings.Join(parts, ","))
	}
	return fmt.Sprintf(`{"L":[%s]}`, strings.Join(parts, ","))
}

type ruleCounts struct{ Applied, Default, Failed int64 }

func ruleText(pattern string, onNames bool) string {
	if onNames {
		return "keys of " + pattern
	}
	return pattern
}

// A countModel counts what rules do with an item.
type countModel struct {
	values, names oracle
	def           string
	counts        map[string]ruleCounts
}

func (m *countModel) String() string {
	return fmt.Sprintf("rules %v, for names %v, default %s", m.values.rules, m.names.rules, m.def)
}

func drawCountModel(t *rapid.T) *countModel {
	m := &countModel{values: drawOracle(t), def: rapid.SampledFrom([]string{"pass", "remove", "const", "fails"}).Draw(t, "default")}
	m.names = drawOracle(t)
	m.names.rules = m.names.rules[:min(len(m.names.rules), 2)]
	for i := range m.values.rules {
		r := &m.values.rules[i]
		r.act = rapid.SampledFrom([]string{"text", "fails", "each", "fails", "missing", "const", "reject", "pass", "remove"}).Draw(t, "transformer")
		if _, single := r.pattern.Attribute(); r.act == "missing" && !single {
			r.act = "text"
		}
	}
	if rapid.Bool().Draw(t, "rule for the key") {
		m.values.rules = append(m.values.rules, oracleRule{docpath.Pattern{{Kind: docpath.Name, Name: "Id"}}, rapid.SampledFrom([]string{"pass", "fails"}).Draw(t, "of the key")})
	}
	return m
}

// failsForTexts fails for some texts.
func failsForTexts() Transformer {
	return Func(func(_ context.Context, s string) (string, error) {
		switch s {
		case "bad", "c":
			return "", errors.New("canary")
		case "boom":
			panic("canary")
		case "b":
			return "", ErrNotApplicable
		}
		return s + "x", nil
	})
}

func (m *countModel) options() []TableOption {
	transformers := map[string]Transformer{
		"pass": Passthrough(), "remove": Remove(), "const": Constant("const"), "text": OnKind(KindS, Constant("text")), "fails": failsForTexts(),
		"each": OnKind(KindL, Each(failsForTexts())), "reject": Reject(), "missing": IfMissing(Constant("new")),
	}
	opts := []TableOption{WithDefaultTransform(transformers[m.def]), WithRecordTransform(func(_ context.Context, r *Record) error {
		v, _ := r.Get("Id")
		switch id, _ := v.Text(); strings.TrimSuffix(id, "x") {
		case "finish bad":
			return errors.New("canary")
		case "finish boom":
			panic("canary")
		}
		return nil
	})}
	for _, r := range m.values.rules {
		opts = append(opts, WithTransform(r.pattern.String(), transformers[r.act]))
	}
	for _, r := range m.names.rules {
		opts = append(opts, WithTransformKeys(r.pattern.String(), failsForTexts()))
	}
	return opts
}

// add counts a value of a rule, and returns whether the item goes on.
func (m *countModel) add(r *oracleRule, onNames bool, c ruleCounts) bool {
	text := ruleText(r.pattern.String(), onNames)
	was := m.counts[text]
	m.counts[text] = ruleCounts{was.Applied + c.Applied, was.Default + c.Default, was.Failed + c.Failed}
	return c.Failed == 0
}

var (
	countApplied = ruleCounts{Applied: 1}
	countDefault = ruleCounts{Default: 1}
	countFailed  = ruleCounts{Failed: 1}
)

// item reports whether no rule, default or record transform fails the item.
func (m *countModel) item(c *countedValue) bool {
	id := ""
	for i, part := range c.parts {
		if c.names[i] == "Id" {
			id = part.text
			if !m.key(part) {
				return false
			}
		} else if !m.value([]any{c.names[i]}, part, m.cover(), nil, false) {
			return false
		}
	}
	for i := range m.values.rules {
		r := &m.values.rules[i]
		if name, _ := r.pattern.Attribute(); r.act == "missing" && !slices.Contains(c.names, name) {
			m.add(r, false, countApplied)
		}
	}
	return !strings.HasPrefix(id, "finish")
}

func (m *countModel) key(c *countedValue) bool {
	for i := range m.values.rules {
		if r := &m.values.rules[i]; r.pattern.String() == "Id" {
			if r.act == "fails" && failsText(c) {
				return m.add(r, false, countFailed)
			}
			return m.add(r, false, countApplied)
		}
	}
	return true
}

func failsText(c *countedValue) bool {
	return (c.kind == KindS || c.kind == KindSS) && (c.text == "bad" || c.text == "boom")
}

// cover is what holds for values for which no rule is.
func (m *countModel) cover() string {
	if m.def == "pass" || m.def == "remove" {
		return m.def
	}
	return "default"
}

// value counts what becomes of a value. In a strict part, which a rule left to the default,
// only rules for names hold.
func (m *countModel) value(path []any, c *countedValue, cover string, limit []docpath.SegmentKind, strict bool) bool {
	if !strict {
		if r, how := m.values.best(path, limit); r != nil {
			switch r.act {
			case "pass":
				m.add(r, false, countApplied)
				cover = "pass"
			case "remove":
				m.add(r, false, countApplied)
				cover, limit = "remove", how
			default:
				return m.decide(r, path, c, limit)
			}
		}
	}
	return m.inside(path, c, cover, limit, strict)
}

// inside counts what becomes of a value that no rule takes as a whole.
func (m *countModel) inside(path []any, c *countedValue, cover string, limit []docpath.SegmentKind, strict bool) bool {
	switch c.kind {
	case KindM:
		return m.members(path, c, cover, limit, strict)
	case KindL:
		for i, part := range c.parts {
			if !m.value(append(slices.Clone(path), i), part, cover, limit, strict) {
				return false
			}
		}
		return true
	case KindSS:
		if strict {
			break
		}
		if r, _ := m.values.best(append(slices.Clone(path), 9), limit); r != nil { // only [*] is for members of a set
			switch {
			case r.act == "reject", r.act == "fails" && failsText(c):
				return m.add(r, false, countFailed)
			case r.act == "each":
				return m.declined(r, path, c, limit)
			}
			return m.add(r, false, countApplied)
		}
	}
	return cover != "default" || m.byDefault(c, strict)
}

func (m *countModel) members(path []any, c *countedValue, cover string, limit []docpath.SegmentKind, strict bool) bool {
	r, _ := m.names.best(path, limit)
	became := countApplied
	for i, part := range c.parts {
		if name := c.names[i]; r != nil && (name == "c" || name == "boom") {
			return m.add(r, true, countFailed)
		} else if name == "b" {
			became = countDefault
		}
		if !m.value(append(slices.Clone(path), c.names[i]), part, cover, limit, strict) {
			return false
		}
	}
	return r == nil || m.add(r, true, became)
}

// byDefault reports whether the default does not fail a value that has no parts.
func (m *countModel) byDefault(c *countedValue, strict bool) bool {
	if strict && m.def != "const" && m.def != "remove" { // it may keep the value
		return c.kind == KindNULL
	}
	return m.def != "fails" || !failsText(c)
}

// decide counts a value that a rule takes as a whole.
func (m *countModel) decide(r *oracleRule, path []any, c *countedValue, limit []docpath.SegmentKind) bool {
	isText := c.kind == KindS || c.kind == KindSS
	switch {
	case r.act == "const", r.act == "text" && isText, r.act == "fails" && isText && !failsText(c):
		return m.add(r, false, countApplied)
	case r.act == "reject", r.act == "fails" && isText:
		return m.add(r, false, countFailed)
	case r.act == "each" && c.kind == KindL:
		for _, part := range c.parts {
			if isText := part.kind == KindS || part.kind == KindSS; isText && failsText(part) || !isText && !(&countModel{def: m.def}).inside(nil, part, "default", nil, true) {
				return m.add(r, false, countFailed)
			}
		}
		return m.add(r, false, countApplied)
	}
	return m.declined(r, path, c, limit)
}

// declined counts a value that a rule leaves to the default.
func (m *countModel) declined(r *oracleRule, path []any, c *countedValue, limit []docpath.SegmentKind) bool {
	if !m.inside(path, c, "default", limit, true) {
		return m.add(r, false, countFailed)
	}
	return m.add(r, false, countDefault)
}
