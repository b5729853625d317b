package dynsync

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/testsize"
)

var leakItems = flag.Int("leakitems", 0, "how many items TestLeakCheckAgreesWithWhatWasPlanted draws; 0 for some")

// A planted value stands in an item at a path, in a form.
type planted struct {
	path  []string // names; an element of a list is "[0]"
	whole bool     // it is all of the value, as it is
}

// A garden is an item in which values are planted.
type garden struct {
	r     *rand.Rand
	item  map[string]any
	rules map[string]string // what becomes of a path: "keep", "take" or "" for the default
	opts  []TableOption
	takes bool                 // the default takes
	at    map[string][]planted // by the value
}

// TestLeakCheckAgreesWithWhatWasPlanted plants values, each drawn once, at places of random
// items, as they are or within texts, spelt otherwise and encoded, and draws a rule for
// some of the places. An item fails exactly if a value that was taken at one place stays
// at another.
func TestLeakCheckAgreesWithWhatWasPlanted(t *testing.T) {
	t.Parallel()
	n := *leakItems
	if n == 0 {
		n = testsize.Of(500, 3000, 15_000)
	}
	seed := uint64(time.Now().UnixNano())
	leaked, missed, false_ := 0, 0, 0
	for i := range n {
		g := newGarden(rand.New(rand.NewPCG(seed, uint64(i))))
		rec, err := NewRecord(g.item)
		if err != nil {
			t.Fatal(err)
		}
		_, err = runPlan(testPlan(t, append(g.opts, keepKey(), WithLeakCheck())...), rec)
		var failed *ItemError
		got := errors.As(err, &failed) && failed.stated() == reason.Leak
		if err != nil && !got {
			t.Fatalf("seed %d, item %d: %v", seed, i, err)
		}
		want := g.leaks()
		if want {
			leaked++
		}
		if got == want {
			continue
		}
		if want {
			missed++
		} else {
			false_++
		}
		if missed+false_ < 10 {
			t.Errorf("seed %d, item %d: leaks %v, want %v: %v\n%s\n%v", seed, i, got, want, err, rec.item, g.rules)
		}
	}
	t.Logf("seed %d: of %d items %d leaked; %d missed, %d found that were none", seed, n, leaked, missed, false_)
}

// leaks reports whether a value that was taken at one place stays at another.
func (g *garden) leaks() bool {
	for _, places := range g.at {
		taken, stays := false, false
		for _, p := range places {
			if g.isTaken(p.path) {
				taken = taken || p.whole
			} else {
				stays = true
			}
		}
		if taken && stays {
			return true
		}
	}
	return false
}

// isTaken reports whether a rule or the default takes the value at a path: the rule of the
// path itself, or else of what is above.
func (g *garden) isTaken(path []string) bool {
	if path[0] == "Id" {
		return false
	}
	for n := len(path); n > 0; n-- {
		for _, last := range []string{path[n-1], "*"} {
			switch g.rules[strings.Join(append(path[:n-1:n-1], last), "/")] {
			case "keep":
				return false
			case "take":
				return true
			}
			if n == 1 {
				break
			}
		}
	}
	return g.takes
}

func newGarden(r *rand.Rand) *garden {
	g := &garden{r: r, item: map[string]any{}, rules: map[string]string{}, at: map[string][]planted{}}
	g.takes = r.IntN(2) == 0
	switch {
	case !g.takes:
		g.opts = append(g.opts, clearCopy())
	case r.IntN(2) == 0:
		g.opts = append(g.opts, WithDefaultTransform(Remove()))
	}
	var values []string
	for range 2 + r.IntN(4) {
		values = append(values, g.value())
	}
	g.item["Id"] = g.text([]string{"Id"}, values)
	for i := range 2 + r.IntN(6) {
		name := fmt.Sprintf("attr%d", i)
		switch r.IntN(4) {
		case 0:
			m := map[string]any{}
			for j := range 1 + r.IntN(3) {
				member := fmt.Sprintf("m%d", j)
				m[member] = g.text([]string{name, member}, values)
			}
			g.item[name] = m
			g.rule(name, true)
		case 1:
			g.item[name] = []any{g.text([]string{name, "[0]"}, values), g.text([]string{name, "[1]"}, values)}
			g.rule(name, false)
		case 2:
			g.item[name] = []string{g.text([]string{name, "s"}, values), g.letters(9)}
			g.rule(name, false)
		default:
			g.item[name] = g.text([]string{name}, values)
			g.rule(name, false)
		}
	}
	return g
}

// value draws a value that no other text holds by chance.
func (g *garden) value() string {
	letters := g.letters
	digits := func(n int) string {
		b := []byte{byte('1' + g.r.IntN(9))}
		for len(b) < n {
			b = append(b, byte('0'+g.r.IntN(10)))
		}
		return string(b)
	}
	switch g.r.IntN(6) {
	case 0:
		return letters(6) + "." + letters(7) + "@" + letters(6) + ".example"
	case 1:
		return strings.ToUpper(letters(1)) + letters(6) + " " + strings.ToUpper(letters(1)) + letters(7)
	case 2:
		return "+49 " + digits(3) + " " + digits(8)
	case 3:
		return digits(3) + "-" + digits(2) + "-" + digits(5)
	case 4:
		return "J\u00f6" + letters(6) + " M\u00fc" + letters(7)
	}
	return letters(5) + digits(6) + letters(5)
}

func (g *garden) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + g.r.IntN(26))
	}
	return string(b)
}

// text draws the text of a path, which may hold one of the values.
func (g *garden) text(path []string, values []string) string {
	if g.r.IntN(3) == 0 {
		return "nothing " + g.letters(8)
	}
	v := values[g.r.IntN(len(values))]
	whole := g.r.IntN(2) == 0
	g.at[v] = append(g.at[v], planted{path, whole})
	if whole {
		return v
	}
	v = g.encoded(g.spelt(v))
	return []string{"see ", "KEY#", "<", "\"x\": ", ""}[g.r.IntN(5)] + v + []string{" ", "#", ">", ", \"", "/"}[g.r.IntN(5)] + g.letters(6)
}

// spelt spells a value otherwise.
func (g *garden) spelt(v string) string {
	switch g.r.IntN(6) {
	case 0:
		return strings.ToUpper(v)
	case 1:
		return strings.ReplaceAll(v, " ", "\u00a0")
	case 2:
		return strings.NewReplacer("\u00f6", "o\u0308", "\u00fc", "u\u0308").Replace(v)
	case 3:
		return strings.NewReplacer(" ", "-", ".", "_").Replace(v)
	case 4:
		return "[" + v + "]"
	}
	return v
}

// encoded encodes a text.
func (g *garden) encoded(v string) string {
	switch g.r.IntN(6) {
	case 0:
		return url.QueryEscape(v)
	case 1:
		return base64.StdEncoding.EncodeToString([]byte("{\"v\":\"" + v + "\"}"))
	case 2:
		return hex.EncodeToString([]byte("value " + v))
	case 3:
		return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("value " + v)))
	}
	return v
}

// rule draws rules for an attribute, and perhaps for what is below it.
func (g *garden) rule(name string, deep bool) {
	add := func(path, pattern string, keeps bool) {
		t, word := Passthrough(), "keep"
		if !keeps {
			t, word = []Transformer{Constant("constant"), Pseudonym(), OnKind(KindS, Pseudonym())}[g.r.IntN(3)], "take"
		}
		g.rules[path] = word
		g.opts = append(g.opts, WithTransform(pattern, t, Optional()))
	}
	switch n := g.r.IntN(5); {
	case n == 0:
		add(name, name, true)
		if deep && g.r.IntN(2) == 0 {
			add(name+"/m1", name+".m1", false)
		}
	case n == 1 && !deep:
		g.rules[name] = "take"
		g.opts = append(g.opts, WithTransform(name, Remove()))
	case n <= 2 && deep:
		add(name+"/m0", name+".m0", g.r.IntN(2) == 0)
		add(name+"/*", name+".*", g.r.IntN(2) == 0)
	case n == 3 && !deep:
		if _, isText := g.item[name].(string); isText {
			add(name, name, false)
		}
	}
}
