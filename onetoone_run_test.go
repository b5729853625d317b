package dynsync_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/testsize"
)

// TestOneToOneRuns draws rules that the plan takes for one-to-one, and items that make it
// hard, and copies them on two nights, between which everything but the keys changes.
func TestOneToOneRuns(t *testing.T) {
	t.Parallel()
	tries, kept, wrote, failed := testsize.Of(60, 100, 100), 0, 0, 0
	tables := keyedServer(t, "PK", "SK", types.ScalarAttributeTypeS)
	for seed := range uint64(tries) {
		w := drawKeyWorld(seed)
		defer w.close()
		if !w.holds(t, tables) {
			continue
		}
		kept++
		w.server = dynsynctest.NewServer()
		for _, name := range []string{"From", "Copy"} {
			makeKeyed(t, w.server.Client(), name, "PK", "SK", types.ScalarAttributeTypeS)
		}
		a, b := w.night(t, 1), w.night(t, 2)
		w.check(t, a, b)
		w.server.Close()
		wrote, failed = wrote+len(a.keys), failed+a.failed
		if t.Failed() {
			t.Fatalf("seed %d, %v:\n%v", seed, w.mode, strings.Join(w.texts, "\n"))
		}
	}
	t.Logf("%d of %d sets of rules are one-to-one; of their items %d were written and %d failed", kept, tries, wrote, failed)
	if kept < tries/4 || wrote < 5*kept || failed < kept {
		t.Error("too few")
	}
}

// A keyWorld is a table with drawn rules for its keys.
type keyWorld struct {
	rnd    *rand.Rand
	rules  []dynsync.TableOption
	texts  []string // of the rules
	mode   dynsync.Mode
	words  []string            // those that keys and attributes are drawn of
	items  []map[string]string // the keys, PK and SK
	server *dynsynctest.Server
	dirs   []string
	ready  bool   // the rules are drawn
	whole  string // the template that the partition key is, if it is one
}

// words stand in keys and attributes. Some differ in what transformers fold, some contain
// what separates others, some are what transformers make of others.
var words = []string{
	"a", "A", "b", "a1", "a0", "A1", "x", "y", "x+1", "1+y", "x#1", "1#y", "x:y", "t-a", "t-t-a", "a:b", "a:a:b", "a@b.test", "A@b.test", "a@B.test", " a@b.test",
	"c@d.test", "ABCD12", "abcd12", "AbCd12", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3F2504E0-4F89-11D3-9A0C-0305E82C3301", "7", "07", "42", "000042", "é", "e\u0301", "ａ",
}

// groups are words that are hard together.
var groups = [][]string{
	{"x+1", "1+y", "x", "y", "x#1", "1#y", "x:y", "a"},
	{"a", "A", "a1", "a0", "A1", "b", "b ", "b c"},
	{"a@b.test", "A@b.test", "a@B.test", " a@b.test", "c@d.test", "a"},
	{"a:b", "b", "a:a:b", "a", "t-a", "t-t-a", "x"},
	{"7", "07", "42", "000042", "a"},
}

// A spelled is a transformer that applies a function to a text.
type spelled struct {
	dynsync.Description
	fn func(in dynsync.Input, text string) (string, error)
}

func (s spelled) Describe() dynsync.Description { return s.Description }
func (s spelled) Transform(_ context.Context, in dynsync.Input) (dynsync.Value, error) {
	text, _ := in.Value.Text()
	out, err := s.fn(in, text)
	if err == nil && in.Value.Kind() == dynsync.KindN {
		return dynsync.NumberValue(out)
	}
	return dynsync.StringValue(out), err
}

func exact(name string, fn func(text string) (string, error)) dynsync.Transformer {
	return spelled{dynsync.Description{Name: name, Kinds: []dynsync.Kind{dynsync.KindS}, Uniqueness: dynsync.UniquenessExact}, func(_ dynsync.Input, text string) (string, error) { return fn(text) }}
}

func lowered(text string) (string, bool) { return strings.ToLower(text), true }

// caseful folds case, and has results that differ in case alone.
func caseful(in dynsync.Input, text string) (string, error) {
	text = strings.ToLower(text)
	if head, ok := strings.CutSuffix(text, "1"); ok {
		return head + "A", nil
	} else if head, ok := strings.CutSuffix(text, "0"); ok {
		return head + "a", nil
	}
	return "z" + hashed(text), nil
}

// shouting folds case, and has capitals in some results.
func shouting(in dynsync.Input, text string) (string, error) {
	made, err := caseful(in, text)
	if strings.HasSuffix(made, "A") {
		made = strings.ToUpper(made)
	}
	return made, err
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// leaves are the transformers that are drawn, by name.
var leaves = map[string]dynsync.Transformer{
	"Passthrough":  dynsync.Passthrough(),
	"Reject":       dynsync.Reject(),
	"Email":        anon.Email(),
	"UUID":         anon.UUID(),
	"Alphanumeric": anon.Alphanumeric(),
	"Token":        anon.Token(),
	"Hash":         anon.Hash(),
	"prefixes":     exact("prefixes", func(text string) (string, error) { return "a:" + text, nil }),
	"t-":           exact("t-", func(text string) (string, error) { return "t-" + text, nil }),
	"strips t-": exact("strips t-", func(text string) (string, error) {
		if rest, ok := strings.CutPrefix(text, "t-"); ok && rest != "" {
			return rest, nil
		}
		return "", dynsync.ErrNotApplicable
	}),
	"swaps": exact("swaps", func(text string) (string, error) {
		return strings.NewReplacer("+", "#", "#", "+").Replace(text), nil
	}),
	"keeps a:": exact("keeps a:", func(text string) (string, error) {
		if !strings.HasPrefix(text, "a:") {
			return "", dynsync.ErrNotApplicable
		}
		return text, nil
	}),
	"folds": spelled{dynsync.Description{Name: "folds", Kinds: []dynsync.Kind{dynsync.KindS}, Uniqueness: dynsync.UniquenessPractical, Bits: 96, Canonical: lowered},
		func(_ dynsync.Input, text string) (string, error) { return hashed(strings.ToLower(text)), nil }},
	"caseful":  spelled{dynsync.Description{Name: "caseful", Kinds: []dynsync.Kind{dynsync.KindS}, Uniqueness: dynsync.UniquenessPractical, Bits: 96, Canonical: lowered}, caseful},
	"shouting": spelled{dynsync.Description{Name: "shouting", Kinds: []dynsync.Kind{dynsync.KindS}, Uniqueness: dynsync.UniquenessPractical, Bits: 96, Canonical: lowered}, shouting},
	"reads": spelled{dynsync.Description{Name: "reads", Kinds: []dynsync.Kind{dynsync.KindS}, Uniqueness: dynsync.UniquenessExact},
		func(in dynsync.Input, text string) (string, error) {
			other, _ := in.Record().Get("Other")
			more, _ := other.Text()
			return text + "/" + more, nil
		}},
	"declines by the item": spelled{dynsync.Description{Name: "declines by the item", Kinds: []dynsync.Kind{dynsync.KindS}, Uniqueness: dynsync.UniquenessExact},
		func(in dynsync.Input, text string) (string, error) {
			if other, _ := in.Record().Get("Other"); other.IsMissing() {
				return "", dynsync.ErrNotApplicable
			}
			return "item-" + text, nil
		}},
	"by type": spelled{dynsync.Description{Name: "by type", Kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, Uniqueness: dynsync.UniquenessExact},
		func(in dynsync.Input, text string) (string, error) {
			if in.Value.Kind() == dynsync.KindN {
				return text + "1", nil
			}
			return text + "2", nil
		}},
	"generic": dynsync.Func(func(_ context.Context, text string) (string, error) { return strings.ToLower(text), nil }),
}

// templates are those that are drawn.
var templates = []string{"USER#{A}", "{A}#{B}", "USER#{A}#{B}", "N#{B|pad=6}", "USER#{A|lower}", "H#{A|sha256}", "{A|lower}#{B}", "{A|upper}:{B}", "M#{A|max=2}", "{A|trim|lower}#{B|lower|sha256}", "{A}##{B}", "U#{A|upper}", "T#{A|trim|max=2}"}

// conditions are those of When, by name.
var conditions = map[string]func(dynsync.Input) bool{
	"starts with t-": func(in dynsync.Input) bool {
		text, _ := in.Value.Text()
		return strings.HasPrefix(text, "t-")
	},
	"is short": func(in dynsync.Input) bool {
		text, _ := in.Value.Text()
		return len(text) < 4
	},
	"reads the item": func(in dynsync.Input) bool {
		other, _ := in.Record().Get("Other")
		return !other.IsMissing()
	},
}

func oneOf[T any](rnd *rand.Rand, list []T) T { return list[rnd.IntN(len(list))] }

// transformer draws a transformer, and what it is.
func (w *keyWorld) transformer(depth int, last bool) (dynsync.Transformer, string) {
	several := func(n int, last bool) (ts []dynsync.Transformer, text string) {
		for i := range n {
			t, name := w.transformer(depth-1, last)
			ts = append(ts, t)
			text += map[bool]string{true: ", ", false: ""}[i > 0] + name
		}
		return ts, text
	}
	switch kind := w.rnd.IntN(10); {
	case depth > 0 && w.rnd.IntN(8) == 0:
		return w.confused()
	case depth > 0 && kind < 3:
		ts, text := several(1+w.rnd.IntN(3), last)
		if w.rnd.IntN(2) == 0 {
			ts, text = append(ts, dynsync.Passthrough()), text+", Passthrough"
		}
		return dynsync.FirstOf(ts...), "FirstOf(" + text + ")"
	case depth > 0 && kind == 3:
		sep := oneOf(w.rnd, []string{"#", ":", "##"})
		ts, text := several(1+w.rnd.IntN(2), last)
		return dynsync.Delimited(sep, ts...), fmt.Sprintf("Delimited(%q, %s)", sep, text)
	case depth > 0 && kind == 4:
		name := oneOf(w.rnd, slices.Sorted(maps.Keys(conditions)))
		ts, text := several(1, last)
		return dynsync.When(conditions[name], ts[0]), "When(" + name + ", " + text + ")"
	case depth > 0 && kind == 5:
		ts, text := several(2, false)
		return dynsync.Chain(ts...), "Chain(" + text + ")"
	case last && kind > 5:
		text := oneOf(w.rnd, templates)
		return dynsync.Template(text), fmt.Sprintf("Template(%q)", text)
	}
	name := oneOf(w.rnd, slices.Sorted(maps.Keys(leaves)))
	if w.rnd.IntN(3) > 0 {
		name = oneOf(w.rnd, []string{"Passthrough", "Passthrough", "Email", "Token", "Hash", "swaps", "prefixes", "folds", "caseful"})
	}
	return leaves[name], name
}

// confused draws branches whose results can be those of others.
func (w *keyWorld) confused() (dynsync.Transformer, string) {
	first, prefixed := dynsync.FirstOf, dynsync.When(conditions["starts with t-"], dynsync.Passthrough())
	switch w.rnd.IntN(5) {
	case 0:
		return first(leaves["keeps a:"], leaves["prefixes"]), "FirstOf(keeps a:, prefixes)"
	case 1:
		return first(leaves["strips t-"], dynsync.Passthrough()), "FirstOf(strips t-, Passthrough)"
	case 2:
		return first(prefixed, leaves["t-"]), "FirstOf(When(starts with t-, Passthrough), t-)"
	case 3:
		return first(dynsync.When(conditions["is short"], leaves["prefixes"]), leaves["Passthrough"]), "FirstOf(When(is short, prefixes), Passthrough)"
	}
	return first(leaves["declines by the item"], dynsync.Passthrough()), "FirstOf(declines by the item, Passthrough)"
}

// drawKeyWorld returns the world of a seed.
func drawKeyWorld(seed uint64) *keyWorld {
	w := &keyWorld{rnd: rand.New(rand.NewPCG(seed, 18))}
	w.mode = oneOf(w.rnd, []dynsync.Mode{dynsync.ModePut, dynsync.ModeMerge})
	add := func(name string, t dynsync.Transformer, text string) {
		w.rules, w.texts = append(w.rules, rule(name, t, dynsync.Optional())), append(w.texts, name+": "+text)
	}
	if w.words = words; w.rnd.IntN(2) == 0 {
		w.words = oneOf(w.rnd, groups)
	}
	if w.rnd.IntN(4) == 0 {
		w.template(add)
	}
	for _, name := range []string{"PK", "SK"} {
		if w.ready && name == "PK" {
			continue
		}
		if name == "SK" && (w.ready || w.rnd.IntN(3) > 0) {
			add(name, dynsync.Passthrough(), "Passthrough")
		} else {
			t, text := w.transformer(2, true)
			if rest, ok := strings.CutPrefix(text, "Template("); ok && name == "PK" {
				w.whole = strings.Trim(rest, `")`)
			}
			add(name, t, text)
		}
	}
	for _, name := range []string{"A", "B"} {
		if w.ready {
			break
		}
		if w.rnd.IntN(6) > 0 {
			t, text := w.transformer(w.rnd.IntN(2), false)
			add(name, t, text)
		}
	}
	for _, name := range []string{"Source", "Night", "Made"} {
		w.rules = append(w.rules, rule(name, dynsync.Passthrough(), dynsync.Optional()))
	}
	switch w.rnd.IntN(3) {
	case 0:
		w.rules, w.texts = append(w.rules, dynsync.WithDefaultTransform(dynsync.Constant("d"))), append(w.texts, "default: Constant")
	case 1:
		w.rules, w.texts = append(w.rules, dynsync.WithDefaultTransform(dynsync.Passthrough())), append(w.texts, "default: Passthrough")
	}
	w.drawItems()
	return w
}

// template draws a key that is a template, and a rule that may be hard for it.
func (w *keyWorld) template(add func(name string, t dynsync.Transformer, text string)) {
	hard := [][3]string{ // with the rules for A and B
		{"{A}#{B}", "swaps", "swaps"}, {"{A}#{B}", "Hash", "Hash"}, {"USER#{A|lower}", "caseful", ""}, {"N#{B|pad=6}", "", "by type"}, {"USER#{A}", "by type", ""},
		{"USER#{A}", "folds", ""}, {"{A|upper}:{B}", "folds", "Passthrough"}, {"USER#{A|lower}", "Email", ""}, {"USER#{A}", "Email", ""}, {"{A}##{B}", "swaps", "Token"}, {"U#{A|upper}", "shouting", ""}, {"T#{A|trim|max=2}", "Passthrough", ""},
	}
	drawn := oneOf(w.rnd, hard)
	w.ready, w.whole = true, drawn[0]
	add("PK", dynsync.Template(drawn[0]), fmt.Sprintf("Template(%q)", drawn[0]))
	for i, name := range []string{"A", "B"} {
		if text := drawn[1+i]; text != "" {
			add(name, leaves[text], text)
		}
	}
}

// drawItems draws keys: of templates, and of words with what separates them.
func (w *keyWorld) drawItems() {
	seen := map[string]bool{}
	text := func() string {
		switch w.rnd.IntN(4) {
		case 0:
			return fill(oneOf(w.rnd, templates), oneOf(w.rnd, w.words), oneOf(w.rnd, w.words))
		case 1:
			return oneOf(w.rnd, w.words) + oneOf(w.rnd, []string{"#", ":", "##"}) + oneOf(w.rnd, w.words)
		case 2:
			if w.whole != "" {
				return fill(w.whole, oneOf(w.rnd, w.words), oneOf(w.rnd, w.words))
			}
		}
		if len(w.items) > 0 && w.rnd.IntN(2) == 0 {
			return oneOf(w.rnd, []string{"t-", "a:", "a:"}) + oneOf(w.rnd, w.items)["PK"]
		}
		return oneOf(w.rnd, []string{"", "", "", "USER#", "t-", "a:"}) + oneOf(w.rnd, w.words)
	}
	for range 40 {
		item := map[string]string{"PK": text(), "SK": "s"}
		if w.rnd.IntN(5) == 0 {
			item["SK"] = text()
		}
		if key := item["PK"] + "|" + item["SK"]; item["PK"] != "" && item["SK"] != "" && !seen[key] {
			seen[key] = true
			w.items = append(w.items, item)
		}
	}
}

// fill returns what a template makes of two attributes.
func fill(template, a, b string) string {
	var out strings.Builder
	for template != "" {
		before, rest, ok := strings.Cut(template, "{")
		out.WriteString(before)
		if !ok {
			break
		}
		inner, behind, _ := strings.Cut(rest, "}")
		parts := strings.Split(inner, "|")
		text := map[string]string{"A": a, "B": b}[parts[0]]
		for _, modifier := range parts[1:] {
			text = modified(modifier, text)
		}
		out.WriteString(text)
		template = behind
	}
	return out.String()
}

func modified(modifier, text string) string {
	switch modifier {
	case "lower":
		return strings.ToLower(text)
	case "upper":
		return strings.ToUpper(text)
	case "trim":
		return strings.TrimSpace(text)
	case "sha256":
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	case "max=2":
		return string([]rune(text)[:min(2, len([]rune(text)))])
	case "pad=6":
		return strings.Repeat("0", max(0, 6-len([]rune(text)))) + text
	}
	panic(modifier)
}

// attributes draws the attributes of an item on a night, for most such as make its key.
func (w *keyWorld) attributes(item map[string]string) map[string]any {
	all := map[string]any{}
	if w.rnd.IntN(10) > 0 {
		if a, b, ok := w.sources(item["PK"]); ok {
			all["A"], all["B"] = a, b
		}
	}
	for _, name := range []string{"A", "B", "Other"} {
		if all[name] == nil && w.rnd.IntN(3) > 0 {
			all[name] = oneOf(w.rnd, w.words)
		}
	}
	for _, name := range []string{"A", "B"} {
		if n, err := strconv.Atoi(fmt.Sprint(all[name])); err == nil && fmt.Sprint(n) == all[name] && w.rnd.IntN(2) == 0 {
			all[name] = n
		}
	}
	return all
}

// sources returns the attributes that a template makes a key of, one of several drawn.
func (w *keyWorld) sources(key string) (a, b string, ok bool) {
	all := sourcesOf()[key]
	if len(all) == 0 {
		return "", "", false
	}
	found := oneOf(w.rnd, all)
	return found[0], found[1], true
}

// sourcesOf returns the attributes that templates make each key of.
var sourcesOf = sync.OnceValue(func() map[string][][2]string {
	all := map[string][][2]string{}
	for _, template := range templates {
		for _, a := range words {
			for _, b := range words {
				key := fill(template, a, b)
				all[key] = append(all[key], [2]string{a, b})
			}
		}
	}
	return all
})

// holds reports whether the plan takes the keys for one-to-one.
func (w *keyWorld) holds(t *testing.T, tables *dynsynctest.Server) bool {
	w.server = tables
	s, err := w.syncer(t)
	if err != nil {
		return false
	}
	plan, err := s.Plan(t.Context())
	return err == nil && plan.Tables[0].Guarded
}

// dir returns an empty directory, in memory if there is one: a run syncs files.
func (w *keyWorld) dir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "dynsync")
	if err != nil {
		return t.TempDir()
	}
	w.dirs = append(w.dirs, dir)
	return dir
}

// close ends the world.
func (w *keyWorld) close() {
	for _, dir := range w.dirs {
		_ = os.RemoveAll(dir)
	}
}

func (w *keyWorld) syncer(t *testing.T, opts ...dynsync.Option) (*dynsync.Syncer, error) {
	return dynsync.New(append(opts, dynsync.WithSource(w.server.Client()), dynsync.WithDestination(w.server.Client()), dynsync.WithKey(key),
		dynsync.WithCheckpoint(dynsync.FileCheckpoint(w.dir(t)), dynsync.RulesVersion("1")),
		dynsync.WithTable("From", "Copy", append(w.rules, dynsync.WithMode(w.mode))...))...)
}

// A keyNight is what a night wrote.
type keyNight struct {
	keys   map[string]string // the new key of each old one
	report *dynsync.TableReport
	failed int
	made   map[string]map[string]string // the items
}

// night writes the source anew and copies it.
func (w *keyWorld) night(t *testing.T, n int) keyNight {
	client := w.server.Client()
	for _, item := range w.items {
		all := w.attributes(item)
		all["PK"], all["SK"] = item["PK"], item["SK"]
		all["Source"], all["Night"] = item["PK"]+"|"+item["SK"], fmt.Sprint(n)
		rec, err := dynsync.NewRecord(all)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("From"), Item: rec.AttributeValues()}); err != nil {
			t.Fatal(err)
		}
	}
	night := keyNight{keys: map[string]string{}, made: map[string]map[string]string{}}
	s, err := w.syncer(t, dynsync.WithOnFailure(func(_ context.Context, f dynsync.Failure) error {
		night.failed++
		if f.Err == nil || f.Outcome != dynsync.OutcomeFailed {
			t.Errorf("an item was not written: %v %v", f.Outcome, f.Err)
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Sync(t.Context())
	night.report = report.Tables[0]
	var lost *dynsync.ItemsFailedError
	if err != nil && (!errors.As(err, &lost) || night.report.Err != nil) {
		t.Fatal(err)
	}
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("Copy")})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range out.Items {
		made := map[string]string{}
		for name, v := range item {
			switch v := v.(type) {
			case *types.AttributeValueMemberS:
				made[name] = v.Value
			case *types.AttributeValueMemberN:
				made[name] = v.Value
			}
		}
		at := made["PK"] + "|" + made["SK"]
		night.made[at] = made
		if made["Night"] != fmt.Sprint(n) {
			continue
		}
		if other, ok := night.keys[made["Source"]]; ok {
			t.Errorf("%q is at %q and at %q", made["Source"], other, at)
		}
		night.keys[made["Source"]] = at
	}
	return night
}

// check holds two nights against what one-to-one means.
func (w *keyWorld) check(t *testing.T, a, b keyNight) {
	for i, night := range []keyNight{a, b} {
		r := night.report
		if r.Read != int64(len(w.items)) || r.Written+r.Failed != r.Read || r.Failed != int64(night.failed) || r.Collided+r.Existing+r.Unsettled > 0 {
			t.Errorf("night %d: %v", i+1, r)
		}
		if len(night.keys) != int(r.Written) {
			t.Errorf("night %d: %d items were written to %d keys", i+1, r.Written, len(night.keys))
		}
	}
	from := map[string]string{}
	for _, night := range []keyNight{a, b} {
		for source, key := range night.keys {
			if other, ok := from[key]; ok && other != source {
				t.Errorf("%q and %q have the key %q", source, other, key)
			}
			from[key] = source
		}
	}
	for source, key := range a.keys {
		if other, ok := b.keys[source]; ok && other != key {
			t.Errorf("%q has the key %q one night and %q the other", source, key, other)
		}
	}
	if w.whole == "" {
		return
	}
	for at, made := range b.made { // merged items may have attributes of another night
		if want := fill(w.whole, made["A"], made["B"]); w.mode == dynsync.ModePut && made["PK"] != want {
			t.Errorf("the item at %q has attributes of the key %q", at, want)
		}
	}
}
