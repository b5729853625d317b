package dynsync

import (
	"strings"

	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// Key attributes, and the attribute that holds the time to live, pass through unless a
// literal rule names them. So a rule that was meant for one and does not select it
// leaves the originals in the copy. These checks find such rules.

// passingNames returns the attributes that pass through since no literal rule names
// them, though they hold data.
func (r *run) passingNames() []string {
	names := r.openKeys()
	if ttl := r.plan.ttl; ttl != "" && !r.plan.keys.holds(ttl) && !r.plan.rules.names(ttl) {
		names = append(names, ttl)
	}
	return names
}

// checkWildcardsForKeys refuses a rule such as **.Id for a table whose key is Id, where no
// literal rule says what happens to the key.
func (r *run) checkWildcardsForKeys() error {
	for _, rule := range r.plan.rules.rules {
		last, deep := rule.pattern.deepName()
		if !deep || rule.onNames {
			continue
		}
		for _, name := range r.passingNames() {
			if strings.EqualFold(last, name) {
				return refuse("rule %q selects no attribute of the key, nor the time to live, so that %q would pass through; give %q a rule of its own, by Passthrough if it is wanted as it is", rule.text, name, name)
			}
		}
	}
	return nil
}

// checkSpellingOfKeys refuses a rule such as ID for a table whose key is Id, if no item of
// the page has an attribute of that spelling.
func (r *run) checkSpellingOfKeys(page *rawapi.Page) error {
	for _, rule := range r.plan.rules.rules {
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
	if !ok || rule.onNames {
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
	return "the rule \"" + rule.text + "\" selects nothing, and \"" + name + "\", which it was probably meant for, passes through; names are compared letter by letter: correct the pattern, or give \"" + name + "\" a rule of its own"
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
