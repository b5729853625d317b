package dynsync

import (
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// keySample is how many items of the source the preflight looks at.
const keySample = 100

// A keyLook looks at what passes through though no rule says so: key attributes, the
// attribute that holds the time to live, and names. So a rule that was meant for a key,
// and does not select it, leaves the originals in the copy.
type keyLook struct {
	rules *ruleSet
	plan  *engine.Plan
}

// openKeys returns the key attributes that no literal rule names.
func (k *keyLook) openKeys() []string {
	var open []string
	for _, name := range []string{k.plan.Keys.Partition, k.plan.Keys.Sort} {
		if name != "" && !k.rules.compiled.Names(name) {
			open = append(open, name)
		}
	}
	return open
}

// at refuses a table if too many of its first items have keys or names that look
// personal. Each such item would fail; this only tells early. It cannot tell what a
// filter or a record transform does, and then says nothing.
func (k *keyLook) at(pages []*rawapi.Page) error {
	plan := *k.plan
	plan.Survey = survey.New()
	x := engine.New(&plan)
	for _, p := range pages {
		for i, item := range p.Items {
			if item.Err == nil {
				engine.Preview(x, p.Body, item.Span, p.ItemAttrs(i))
			}
		}
	}
	engine.Settle(x)
	k.plan.Survey.SawAs(plan.Survey)
	if found := plan.Survey.EarlyTooMany(); len(found) > 0 && plan.Filter == nil && plan.Finish == nil {
		return reason.Refuse(reason.Refused, "%s", survey.Explain(found))
	}
	return nil
}

// passingNames returns the attributes that pass through since no literal rule names
// them, though they hold data.
func (k *keyLook) passingNames() []string {
	names := k.openKeys()
	if ttl := k.plan.TTL; ttl != "" && !k.plan.Keys.Holds(ttl) && !k.rules.compiled.Names(ttl) {
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
// the pages has an attribute of that spelling.
func (k *keyLook) checkSpelling(pages []*rawapi.Page) error {
	for _, rule := range k.rules.rules {
		for _, name := range k.misspelt(rule) {
			if first, _ := rule.Pattern.Attribute(); !slices.ContainsFunc(pages, func(p *rawapi.Page) bool { return hasAttribute(&p.Page, first) }) {
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
