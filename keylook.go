package dynsync

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// keySample is how many items of the source are looked at.
const keySample = 100

// probeItems returns how many items the preflight's request is for: one, if nothing
// passes through for lack of a rule, so that there is nothing to look at.
func (r *run) probeItems() int32 {
	n := r.table.cfg.pageSize
	switch {
	case len(r.passingNames()) == 0:
		return 1
	case n == 0 || n > keySample:
		return keySample
	}
	return int32(n)
}

// openKeys returns the key attributes that no literal rule names.
func (r *run) openKeys() []string {
	var open []string
	for _, name := range []string{r.plan.Keys.Partition, r.plan.Keys.Sort} {
		if name != "" && !r.plan.Rules.Names(name) {
			open = append(open, name)
		}
	}
	return open
}

// A keyLook counts what the values of a key attribute look like.
type keyLook struct {
	name   string
	counts [personal.Looks]int // of items, by what they look like
}

// lookAtKeys tells the user, by a note and a warning, of key attributes that pass
// through and look personal in the items of a page; or it refuses them. It is done
// once something was found, or enough has been looked at.
func (r *run) lookAtKeys(ctx context.Context, p *rawapi.Page) error {
	if r.keysLooked.Load() >= keySample {
		return nil
	}
	found := r.personalKeys(p)
	if len(found) == 0 {
		r.keysLooked.Add(int64(len(p.Items)))
		return nil
	}
	if r.keysLooked.Swap(keySample) >= keySample && !r.table.cfg.refusePersonalKeys {
		return nil // another segment's page was faster
	}
	text := strings.Join(found, "; ") + "; key attributes pass through unless a rule names them: give each a rule (of a composite key Delimited transforms the parts), or Passthrough to say that it is wanted as it is"
	if r.table.cfg.refusePersonalKeys {
		return refuse("%s", text)
	}
	r.note(text)
	r.s.cfg.logger.LogAttrs(ctx, slog.LevelWarn, "dynsync: keys look personal", slog.String("table", r.table.cfg.name), slog.String("found", text))
	return nil
}

// personalKeys returns, as text, which key attributes that no rule names look
// personal.
func (r *run) personalKeys(p *rawapi.Page) []string {
	var found []string
	for _, name := range r.openKeys() {
		k := keyLook{name: name}
		sampled := k.lookAt(&p.Page)
		found = append(found, k.texts(sampled)...)
	}
	return found
}

// lookAt looks at the items of a page, and returns how many there are.
func (k *keyLook) lookAt(p *wire.Page) (items int) {
	for i := range p.Items[:min(len(p.Items), keySample)] {
		if p.Items[i].Err != nil {
			continue
		}
		items++
		for _, a := range p.ItemAttrs(i) {
			if a.Kind == wire.S && wire.EqualName(a.Name.Of(p.Body), a.Escaped, k.name) {
				text, _ := wire.DecodeText(a.Value.Of(p.Body))
				k.count(personal.LooksOf(text))
			}
		}
	}
	return items
}

func (k *keyLook) count(of [personal.Looks]bool) {
	for l, does := range of {
		if does {
			k.counts[l]++
		}
	}
}

// texts says what the attribute looks like, without a value.
func (k *keyLook) texts(sampled int) []string {
	var texts []string
	for l, n := range k.counts {
		if n > 0 {
			texts = append(texts, fmt.Sprintf("the key attribute %q looks like %v in %d of %d items", k.name, personal.Look(l), n, sampled))
		}
	}
	return texts
}

// Key attributes, and the attribute that holds the time to live, pass through unless a
// literal rule names them. So a rule that was meant for one and does not select it
// leaves the originals in the copy. The checks below find such rules.

// passingNames returns the attributes that pass through since no literal rule names
// them, though they hold data.
func (r *run) passingNames() []string {
	names := r.openKeys()
	if ttl := r.plan.TTL; ttl != "" && !r.plan.Keys.Holds(ttl) && !r.plan.Rules.Names(ttl) {
		names = append(names, ttl)
	}
	return names
}

// checkWildcardsForKeys refuses a rule such as **.Id for a table whose key is Id, where no
// literal rule says what happens to the key.
func (r *run) checkWildcardsForKeys() error {
	for _, rule := range r.table.rules.rules {
		last, deep := rule.pattern.deepName()
		if !deep || rule.OnNames {
			continue
		}
		for _, name := range r.passingNames() {
			if strings.EqualFold(last, name) {
				return refuse("rule %q selects no attribute of the key, nor the time to live, so that %q would pass through; give %q a rule of its own, by Passthrough if it is wanted as it is", rule.Text, name, name)
			}
		}
	}
	return nil
}

// checkSpellingOfKeys refuses a rule such as ID for a table whose key is Id, if no item of
// the page has an attribute of that spelling.
func (r *run) checkSpellingOfKeys(page *rawapi.Page) error {
	for _, rule := range r.table.rules.rules {
		for _, name := range r.misspelt(rule) {
			if first, _ := rule.pattern.attribute(); !hasAttribute(&page.Page, first) {
				return refuse("%s", misspeltKey(rule, name))
			}
		}
	}
	return nil
}

// misspelt returns the attributes that pass through and whose names have the letters of
// the rule's attribute in another case.
func (r *run) misspelt(rule *rule) (names []string) {
	first, ok := rule.pattern.attribute()
	if !ok || rule.OnNames {
		return nil
	}
	for _, name := range r.passingNames() {
		if name != first && strings.EqualFold(name, first) {
			names = append(names, name)
		}
	}
	return names
}

func misspeltKey(rule *rule, name string) string {
	return "the rule \"" + rule.Text + "\" selects nothing, and \"" + name + "\", which it was probably meant for, passes through; names are compared letter by letter: correct the pattern, or give \"" + name + "\" a rule of its own"
}

// hasAttribute reports whether an item of a page has an attribute of that name.
func hasAttribute(p *wire.Page, name string) bool {
	for i := range p.Items {
		if p.Items[i].Err != nil {
			continue
		}
		for _, a := range p.ItemAttrs(i) {
			if wire.EqualName(a.Name.Of(p.Body), a.Escaped, name) {
				return true
			}
		}
	}
	return false
}
