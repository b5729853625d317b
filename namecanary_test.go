package dynsync

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/testsize"
)

// A canaryJob is a random item with texts that look personal beyond doubt, as names at
// random places and in its key, and random rules. It knows about which of these texts no
// rule decides.
type canaryJob struct {
	rng       *rand.Rand
	item      map[string]any
	opts      []TableOption
	n         int
	undecided []string
	told      []string // what was drawn, for errors
	removes   bool     // the default removes values, and it depends on the exceptions which names go with them
}

// canary returns a text that no other place has.
func (j *canaryJob) canary() string {
	j.n++
	forms := []string{"canary%04d@leak.example", "USER#canary%04d@leak.example#1", "canary%04d%%40leak.example", "+4930231%04d66", "512-555-%04d", "512.555.%04d"}
	return fmt.Sprintf(forms[j.rng.IntN(len(forms))], 1000+j.n)
}

func (j *canaryJob) draw(choices ...string) string {
	c := choices[j.rng.IntN(len(choices))]
	j.told = append(j.told, c)
	return c
}

func (j *canaryJob) rule(pattern string, t Transformer) {
	j.opts = append(j.opts, WithTransform(pattern, t, Optional(), AllowCollisions()))
}

func (j *canaryJob) leave(texts ...string) { j.undecided = append(j.undecided, texts...) }

// attribute plants two canaries below a new attribute, one in the value of the other,
// with rules for the map that has the first.
func (j *canaryJob) attribute(name string) {
	outer, inner := j.canary(), j.canary()
	value := any(map[string]any{outer: map[string]any{"keep": "x", inner: "y"}})
	path := name
	for range j.rng.IntN(3) { // stand deeper
		if j.rng.IntN(2) == 0 {
			value, path = map[string]any{"in": value, "beside": 1}, path+".in"
		} else {
			value, path = []any{"beside", value}, path+"[*]"
		}
	}
	// What stands deeper stands behind in the pattern: the wrappers were made from the
	// inside out.
	path = name + reversed(path[len(name):])
	j.item[name] = value
	j.treat(path, outer, inner)
}

// reversed returns the segments of a pattern in reverse order.
func reversed(pattern string) string {
	var out string
	for len(pattern) > 0 {
		n := len("[*]")
		out = pattern[:n] + out
		pattern = pattern[n:]
	}
	return out
}

// treat draws rules for a map at a path, whose member outer has a member inner.
func (j *canaryJob) treat(path, outer, inner string) {
	quoted := `"` + outer + `"`
	same := Func(func(_ context.Context, v Value) (Value, error) { return v, nil })
	switch j.draw("nothing", "keys", "keep keys", "pass", "pass members", "members", "spelled", "spelled and kept", "removed", "exception", "declined", "first declined", "each", "whole", "beside") {
	case "nothing":
		j.leave(outer, inner)
	case "keys":
		j.opts = append(j.opts, WithTransformKeys(path, Pseudonym(), Optional()))
		j.leave(inner)
	case "keep keys":
		j.opts = append(j.opts, WithTransformKeys(path, Passthrough(), Optional()))
		j.leave(inner)
	case "pass":
		j.rule(path, Passthrough())
	case "pass members":
		j.rule(path+".*", Passthrough())
	case "members":
		j.rule(path+".*.*", Pseudonym())
		j.leave(outer, inner)
	case "spelled":
		j.rule(path+"."+quoted+".keep", Pseudonym())
		j.leave(inner)
	case "spelled and kept":
		j.rule(path+"."+quoted, Passthrough())
	case "removed":
		j.rule(path, Remove())
	case "exception":
		j.rule(path, Remove())
		j.rule(path+".*.keep", Passthrough())
		j.leave(outer, inner)
	case "declined":
		j.rule(path, Pseudonym())
		j.leave(outer, inner)
	case "first declined":
		j.rule(path, FirstOf(never(), OnKind(KindS, Passthrough())))
		j.leave(outer, inner)
	case "each":
		j.rule(path, Each(FirstOf(never(), OnKind(KindS, Pseudonym()))))
		j.leave(outer, inner)
	case "whole":
		j.rule(path, same)
	case "beside":
		j.rule(path+".none", Pseudonym())
		j.leave(outer, inner)
	}
}

// text plants two canaries as names in JSON text, with rules within it.
func (j *canaryJob) text(name string) {
	outer, inner := j.canary(), j.canary()
	value := any(map[string]any{outer: map[string]any{"keep": "x", inner: "y"}})
	if j.rng.IntN(2) == 0 {
		value = []any{1, value}
	}
	raw, err := json.Marshal(map[string]any{"at": value})
	if err != nil {
		panic(err)
	}
	path := "at"
	if _, isList := value.([]any); isList {
		path = "at[*]"
	}
	sub := &canaryJob{rng: j.rng}
	sub.treatText(path, outer, inner)
	var rules []RulesOption
	for _, o := range sub.opts {
		rules = append(rules, o.(RulesOption))
	}
	t := JSON(rules...)
	switch j.draw("as it is", "in FirstOf", "in text") {
	case "in FirstOf":
		t = FirstOf(never(), t)
	case "in text":
		outside, err := json.Marshal(map[string]any{"text": string(raw)})
		if err != nil {
			panic(err)
		}
		raw, t = outside, JSON(WithTransform("text", t))
	}
	j.item[name] = string(raw)
	j.told = append(j.told, sub.told...)
	j.leave(sub.undecided...)
	j.rule(name, t)
}

// treatText is treat for rules within text, where fewer options are legal.
func (j *canaryJob) treatText(path, outer, inner string) {
	rule := func(pattern string, t Transformer) { j.opts = append(j.opts, WithTransform(pattern, t)) }
	switch j.draw("nothing", "keys", "pass", "removed", "exception", "declined", "each") {
	case "nothing":
		j.leave(outer, inner)
	case "keys":
		j.opts = append(j.opts, WithTransformKeys(path, Pseudonym()))
		j.leave(inner)
	case "pass":
		rule(path, Passthrough())
	case "removed":
		rule(path, Remove())
	case "exception":
		rule(path, Remove())
		rule(path+".*.keep", Passthrough())
		j.leave(outer, inner)
	case "declined":
		rule(path, never())
		j.leave(outer, inner)
	case "each":
		rule(path, Each(Each(Pseudonym())))
		j.leave(outer, inner)
	}
}

// newCanaryJob draws an item and its rules.
func newCanaryJob(seed uint64) *canaryJob {
	j := &canaryJob{rng: rand.New(rand.NewPCG(seed, 7)), item: map[string]any{"Id": "item-1"}}
	switch j.draw("pseudonyms", "pseudonyms", "all pass", "all pass", "strings pass", "all are removed") {
	case "all pass":
		j.opts = append(j.opts, clearCopy())
	case "strings pass":
		j.opts = append(j.opts, WithDefaultTransform(Passthrough(), KindS))
	case "all are removed":
		j.removes = true
		j.opts = append(j.opts, WithDefaultTransform(Remove()))
	}
	for i := range j.rng.IntN(3) {
		j.attribute(fmt.Sprintf("attr%d", i))
	}
	if j.rng.IntN(3) == 0 {
		j.text("Payload")
	}
	if j.rng.IntN(4) == 0 {
		c := j.canary()
		j.item[c] = j.draw("an attribute named by data")
		if j.rng.IntN(2) == 0 {
			j.rule(`"`+c+`"`, Pseudonym())
		} else {
			j.leave(c)
		}
	}
	if j.rng.IntN(4) == 0 {
		c := j.canary()
		j.item["Id"] = c
		if j.draw("a key under a rule", "a key under none") == "a key under a rule" {
			j.rule("Id", Passthrough())
		} else {
			j.leave(c)
		}
	}
	return j
}

// No text that looks personal beyond doubt, and about which no rule decides, is in the
// copy; and an item that has none is in it.
func TestUndecidedNamesAreInNoCopy(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	written, refused := 0, 0
	for seed := range uint64(testsize.Of(100, 200, 250)) {
		j := newCanaryJob(seed)
		table := fmt.Sprintf("Canary%d", seed)
		p.create(t, p.source.Client(), "Source"+table)
		p.create(t, p.to, table)
		p.fillTable(t, "Source"+table, j.item)
		s := p.syncer(t, WithTable("Source"+table, table, j.opts...))
		err := j.copy(t, s, "Source"+table)
		there := dump(t, p.to, table)
		for _, c := range j.undecided {
			if strings.Contains(there, c) {
				t.Fatalf("seed %d (%v): %s is in the copy: %s\nof %v", seed, j.told, c, there, j.item)
			}
		}
		switch {
		case there == "":
			refused++
			if len(j.undecided) == 0 || ExitCode(err) != 7 && !strings.Contains(err.Error(), "the rule does not apply to this value") {
				t.Fatalf("seed %d (%v): the item is not in the copy: %v\n%v", seed, j.told, err, j.item)
			}
		case len(j.undecided) > 0 && !j.removes:
			t.Fatalf("seed %d (%v): an item with %q is in the copy: %s", seed, j.told, j.undecided, there)
		default:
			written++
			if err != nil {
				t.Fatalf("seed %d (%v): %v", seed, j.told, err)
			}
		}
	}
	if written < 20 || refused < 20 {
		t.Errorf("%d items were written and %d refused, which tests little", written, refused)
	}
}

// copy copies the table by one of the verbs.
func (j *canaryJob) copy(t *testing.T, s *Syncer, table string) error {
	write := func(records iter.Seq2[*Record, error]) error {
		_, err := s.Write(t.Context(), table, records)
		return err
	}
	switch j.draw("Sync", "Write of Scan", "Write of Transformed") {
	case "Write of Scan":
		return write(s.Scan(t.Context(), table))
	case "Write of Transformed":
		return write(s.Transformed(t.Context(), table))
	}
	_, err := s.Sync(t.Context())
	return err
}

// dump returns the items of a table as text.
func dump(t *testing.T, client *dynamodb.Client, table string) string {
	t.Helper()
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, item := range out.Items {
		rec, err := NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(rec.DynamoDBJSON())
	}
	return b.String()
}

// A nameSpot puts a name into a map at a depth below an attribute, and says by which
// pattern a rule selects its value.
type nameSpot struct {
	spot    string
	put     func(name string, i int) any
	pattern string
	rule    func(t Transformer) Transformer
}

// nameSpots are places of names in the attribute Data.
func nameSpots() []nameSpot {
	type m = map[string]any
	as := func(t Transformer) Transformer { return t }
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	inText := func(pattern string) func(Transformer) Transformer {
		return func(t Transformer) Transformer { return JSON(WithTransform(pattern, t)) }
	}
	return []nameSpot{
		{"in a map", func(n string, _ int) any { return m{n: "v"} }, "Data.*", as},
		{"two deep", func(n string, _ int) any { return m{"plain": m{n: "v"}} }, "Data.*.*", as},
		{"three deep", func(n string, _ int) any { return m{"plain": m{"middle": m{n: "v"}}} }, "Data.*.*.*", as},
		{"four deep", func(n string, _ int) any { return m{"plain": m{"middle": m{"lower": m{n: "v"}}}} }, "Data.*.*.*.*", as},
		{"above", func(n string, _ int) any { return m{n: m{"plain": m{"middle": "v"}}} }, "Data.*.*.*", as},
		{"in a list", func(n string, _ int) any { return []any{m{n: "v"}} }, "Data[*].*", as},
		{"often in a list", func(n string, _ int) any { return []any{m{n: "v"}, m{n: "v"}, m{"plain": m{n: "v"}}} }, "Data[*].*", as},
		{"in a list in a map", func(n string, _ int) any { return m{"plain": []any{[]any{m{n: "v"}}}} }, "Data.*[*][*].*", as},
		{"below names that are data", func(n string, i int) any { return m{fmt.Sprintf("u%dx", i): m{n: "v"}} }, "Data.*.*", as},
		{"in text", func(n string, _ int) any { return text(m{n: "v"}) }, "Data", inText("*")},
		{"in text, deep", func(n string, _ int) any { return text(m{"plain": []any{m{"middle": m{n: "v"}}}}) }, "Data", inText("*[*].*.*")},
		{"in text in a map", func(n string, _ int) any { return m{"plain": text(m{n: "v"})} }, "Data.*", inText("*")},
		{"in text in text", func(n string, _ int) any { return text(m{"plain": text(m{n: "v"})}) }, "Data", func(t Transformer) Transformer {
			return JSON(WithTransform("plain", JSON(WithTransform("*", t))))
		}},
		{"in Each", func(n string, _ int) any { return m{n: "v"} }, "Data", func(t Transformer) Transformer { return Each(t) }},
		{"in Each of Each", func(n string, _ int) any { return []any{m{n: "v"}} }, "Data", func(t Transformer) Transformer { return Each(Each(t)) }},
	}
}

// nameFailures are transformers that fail the item, each for another reason.
func nameFailures() []Transformer {
	return []Transformer{
		Reject(),
		Func(func(context.Context, string) (string, error) { return "", fmt.Errorf("no") }),
		Func(func(context.Context, string) (string, error) { panic("no") }),
		FirstOf(never(), Reject()),
		OnKind(KindN, Constant(1)),
	}
}

// No error, failure, report, finding, record of the log or dead letter has a name that few
// items have, or that looks personal, or that a rule transforms, wherever it stands. A name
// that all items have is printed.
func TestNamesThatAreDataAreInNoOutput(t *testing.T) {
	t.Parallel()
	printed, tried := 0, 0
	names := []struct {
		kind string
		name func(i int) string
		may  bool
	}{
		{"common", func(int) string { return "canaryCode" }, true},
		{"one item's", func(i int) string { return fmt.Sprintf("canary%cx", 'a'+i) }, false},
		{"of a few items", func(i int) string { return fmt.Sprintf("canary%cx", 'a'+i/19) }, false},
		{"address", func(int) string { return "canary@mail.example" }, false},
		{"phone number", func(int) string { return "+49 30 23125 canary"[:14] }, false},
		{"person", func(int) string { return "Mary Canary" }, false},
		{"transformed", func(int) string { return "canaryCode" }, false},
	}
	for place, spot := range nameSpots() {
		for n, fails := range nameFailures() {
			for k, kind := range names {
				opts := []TableOption{WithTransform(spot.pattern, spot.rule(fails), AllowCollisions()), WithDefaultTransform(Reject()), keepKey()}
				if kind.kind == "transformed" {
					if strings.Contains(spot.spot, "text") || strings.Contains(spot.spot, "Each") {
						continue
					}
					opts = append(opts, WithTransformKeys("Data", Pseudonym(), Optional()))
					if of, isBelow := strings.CutSuffix(spot.pattern, ".*"); isBelow && of != "Data" {
						opts = append(opts, WithTransformKeys(of, Pseudonym(), Optional()))
					}
				}
				if (place+n+k)%10 >= testsize.Of(2, 4, 1) {
					continue
				}
				tried++
				var items []map[string]any
				for i := range 24 {
					items = append(items, map[string]any{"Id": fmt.Sprintf("item-%d", i), "Data": spot.put(kind.name(i), i)})
				}
				text := everyOutput(t, items, opts)
				canary := strings.Contains(strings.ToLower(strings.ReplaceAll(text, "namecanary_test.go", "")), "canary") || strings.Contains(text, "23125")
				switch {
				case canary && !kind.may:
					t.Errorf("%s, failure %d, a name that is %s is printed: %s", spot.spot, n, kind.kind, text)
				case canary:
					printed++
				}
			}
		}
	}
	if printed < tried/(2*len(names)) {
		t.Errorf("the common name is printed in %d outputs of %d", printed, tried)
	}
}

// everyOutput copies items by Sync and by Write, and returns all that is told of it.
func everyOutput(t *testing.T, items []map[string]any, opts []TableOption) string {
	t.Helper()
	var out strings.Builder
	for _, verb := range []string{"Sync", "Write"} {
		p := newPair(t)
		p.fillTable(t, "Source", items...)
		letters := filepath.Join(t.TempDir(), "letters")
		s := p.syncer(t, WithTable("Source", "Destination", opts...), WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))),
			WithDeadLetters(letters, InTheClear()), WithOnFailure(func(_ context.Context, f Failure) error {
				_, err := fmt.Fprintf(&out, "%v %+v %s\n", f.Err, f.Err, f.Outcome)
				return err
			}))
		var report any
		var err error
		if verb == "Sync" {
			report, err = s.Sync(t.Context())
		} else {
			report, err = s.Write(t.Context(), "Source", s.Scan(t.Context(), "Source"))
		}
		fmt.Fprintf(&out, "%v\n%+v\n%v\n", err, err, report)
		b, jsonErr := json.Marshal(report)
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		out.Write(b)
		dead, readErr := os.ReadFile(letters)
		if readErr != nil {
			t.Fatal(readErr)
		}
		out.Write(deadItem.ReplaceAll(dead, nil))
	}
	return out.String()
}

// deadItem is the item of a dead letter, which the file is for.
var deadItem = regexp.MustCompile(`(?m),"item":.*$`)
