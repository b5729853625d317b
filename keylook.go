package dynsync

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// keySample is how many items of the source are looked at.
const keySample = 100

// A keyLook looks at key attributes, and the attribute that holds the time to live.
// They pass through unless a literal rule names them: so one that was meant for such
// an attribute, and does not select it, leaves the originals in the copy.
type keyLook struct {
	rules   *ruleSet
	keys    *wire.Keys
	ttl     string // "" where there is none or it is not known
	refuses bool   // keys that look personal
	account *account
	logger  *slog.Logger

	looked atomic.Int64 // items whose keys have been looked at
}

// probeItems returns how many items the preflight's request is for: one, if nothing
// passes through for lack of a rule, so that there is nothing to look at.
func (k *keyLook) probeItems(pageSize int) int32 {
	switch n := pageSize; {
	case len(k.passingNames()) == 0:
		return 1
	case n == 0 || n > keySample:
		return keySample
	}
	return int32(pageSize)
}

// openKeys returns the key attributes that no literal rule names.
func (k *keyLook) openKeys() []string {
	var open []string
	for _, name := range []string{k.keys.Partition, k.keys.Sort} {
		if name != "" && !k.rules.compiled.Names(name) {
			open = append(open, name)
		}
	}
	return open
}

// A looksCount counts what the values of a key attribute look like.
type looksCount struct {
	name   string
	counts [personal.Kinds]int // of items, by what they look like
}

// at tells the user, by findings and a warning, of key attributes that pass
// through and look personal in the items of a page; or it refuses them. It is done
// once something was found, or enough has been looked at.
func (k *keyLook) at(ctx context.Context, p *rawapi.Page) error {
	if k.looked.Load() >= keySample {
		return nil
	}
	found := k.personalKeys(p)
	if len(found) == 0 {
		k.looked.Add(int64(len(p.Items)))
		return nil
	}
	if k.looked.Swap(keySample) >= keySample && !k.refuses {
		return nil // another segment's page was faster
	}
	var texts []string
	for _, f := range found {
		texts = append(texts, f.Text)
	}
	text := strings.Join(texts, "; ") + "; key attributes pass through unless a rule names them: give each a rule (of a composite key Delimited transforms the parts), or Passthrough to say that it is wanted as it is"
	if k.refuses {
		return reason.Refuse(reason.Refused, "%s", text)
	}
	for _, f := range found {
		k.account.add(f)
	}
	k.logger.LogAttrs(ctx, slog.LevelWarn, "dynsync: keys look personal", slog.String("table", k.account.table), slog.String("found", text))
	return nil
}

// personalKeys returns a finding for each key attribute that no rule names and that looks
// personal.
func (k *keyLook) personalKeys(p *rawapi.Page) []Finding {
	var found []Finding
	for _, name := range k.openKeys() {
		c := looksCount{name: name}
		sampled := c.lookAt(&p.Page)
		if texts := c.texts(sampled); len(texts) > 0 {
			found = append(found, newFinding(finding.KeyLooksPersonal, finding.Source, k.account.table, name, strings.Join(texts, "; ")))
		}
	}
	return found
}

// lookAt looks at the items of a page, and returns how many there are.
func (k *looksCount) lookAt(p *wire.Page) (items int) {
	for i := range p.Items[:min(len(p.Items), keySample)] {
		if p.Items[i].Err != nil {
			continue
		}
		items++
		for _, a := range p.ItemAttrs(i) {
			if a.Kind == wire.S && wire.EqualName(a.Name.Of(p.Body), a.Escaped, k.name) {
				text, _ := wire.DecodeText(a.Value.Of(p.Body))
				k.count(personal.LookAt([]byte(text), k.name))
			}
		}
	}
	return items
}

func (k *looksCount) count(l personal.Look) {
	if l.Strength == personal.StrongLook {
		k.counts[l.Kind]++
	}
}

// texts says what the attribute looks like, without a value.
func (k *looksCount) texts(sampled int) []string {
	var texts []string
	for l, n := range k.counts {
		if n > 0 {
			texts = append(texts, fmt.Sprintf("the key attribute %q looks like %v in %d of %d items", k.name, personal.Kind(l), n, sampled))
		}
	}
	return texts
}

// passingNames returns the attributes that pass through since no literal rule names
// them, though they hold data.
func (k *keyLook) passingNames() []string {
	names := k.openKeys()
	if ttl := k.ttl; ttl != "" && !k.keys.Holds(ttl) && !k.rules.compiled.Names(ttl) {
		names = append(names, ttl)
	}
	return names
}

// checkWildcards refuses a rule such as **.Id for a table whose key is Id, where no
// literal rule says what happens to the key.
func (k *keyLook) checkWildcards() error {
	for _, rule := range k.rules.rules {
		last, deep := rule.Pattern.DeepName()
		if !deep || rule.OnNames {
			continue
		}
		for _, name := range k.passingNames() {
			if strings.EqualFold(last, name) {
				return reason.Refuse(reason.Configuration, "rule %q selects no key or TTL attribute, so %q would pass through; give %q its own rule, with Passthrough to keep it", rule.Text, name, name)
			}
		}
	}
	return nil
}

// checkSpelling refuses a rule such as ID for a table whose key is Id, if no item of
// the page has an attribute of that spelling.
func (k *keyLook) checkSpelling(page *rawapi.Page) error {
	for _, rule := range k.rules.rules {
		for _, name := range k.misspelt(rule) {
			if first, _ := rule.Pattern.Attribute(); !hasAttribute(&page.Page, first) {
				return reason.Refuse(reason.Configuration, "%s", misspeltKey(rule, name))
			}
		}
	}
	return nil
}

// misspelt returns the attributes that pass through and whose names have the letters of
// the rule's attribute in another case.
func (k *keyLook) misspelt(rule *rule) (names []string) {
	first, ok := rule.Pattern.Attribute()
	if !ok || rule.OnNames {
		return nil
	}
	for _, name := range k.passingNames() {
		if name != first && strings.EqualFold(name, first) {
			names = append(names, name)
		}
	}
	return names
}

func misspeltKey(rule *rule, name string) string {
	return "the rule \"" + rule.Text + "\" selects nothing, and \"" + name + "\", which it was probably meant for, passes through; case matters in names: correct the pattern, or give \"" + name + "\" its own rule"
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
