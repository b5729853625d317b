package dynsync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/near"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/shape"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/template"
)

// keySample is how many items of the source the preflight looks at.
const keySample = 100

// A keyLook looks at what passes through though no rule says so: key attributes, the
// attribute that holds the time to live, and names. So a rule that was meant for a key,
// and does not select it, leaves the originals in the copy.
type keyLook struct {
	rules    *ruleSet
	plan     *engine.Plan
	ttl      string // of WithTTLAttribute
	tables   int    // of the job
	tell     func(c finding.Code, path, text string)
	planning bool        // the call only shows what a run would do
	shape    shape.Shape // of the first items
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

// checkMeant looks at what the job names and the first items do not have. It refuses what
// cannot be meant, and would let originals pass; a plan is told of the rest, and a run
// knows at its end whether it matters.
func (k *keyLook) checkMeant(pages []*rawapi.Page) error {
	for _, p := range pages {
		k.addShape(p, keySample/len(pages))
	}
	if err := k.checkTTL(); err != nil {
		return err
	}
	for _, rule := range k.rules.rules {
		if err := k.checkTemplates(rule, rule.t); err != nil {
			return err
		}
		if err := k.checkRule(rule); err != nil {
			return err
		}
	}
	return nil
}

// addShape adds the first items of a page that are valid.
func (k *keyLook) addShape(p *rawapi.Page, most int) {
	for i, item := range p.Items[:min(most, len(p.Items))] {
		if item.Err == nil {
			k.shape.Add(p.Item(i))
		}
	}
}

// enoughItems is how many items have to lack a name before a job is refused for it.
const enoughItems = 20

// nearest returns what a pattern was probably meant to be that selects nothing in the first
// items.
func (k *keyLook) nearest(p docpath.Pattern, onNames bool) shape.Hint {
	hint := k.shape.Nearest(shape.Question{Pattern: p, Names: onNames, Known: k.knows, Taken: func(p docpath.Pattern) bool {
		return slices.ContainsFunc(k.rules.rules, func(r *rule) bool { return r.OnNames == onNames && slices.Equal(r.Pattern, p) })
	}})
	hint.Sure = hint.Sure && k.shape.Items() >= enoughItems
	return hint
}

// knows reports whether the key schema, an index or a rule holds the name of an attribute.
func (k *keyLook) knows(name string) bool {
	_, indexed := k.plan.Indexed[name]
	return indexed || k.plan.Keys.Holds(name) || k.rules.compiled.Names(name)
}

// isShared reports whether a rule is one of several tables, and may be meant for another.
func (k *keyLook) isShared(r *rule) bool { return r.Inherited && k.tables > 1 }

// checkRule refuses a rule that selects nothing, if it was plainly meant for something that
// passes through as it is.
func (k *keyLook) checkRule(r *rule) error {
	if k.shape.Selects(r.Pattern, r.OnNames) > 0 {
		return nil
	}
	if names := k.misspelt(r); len(names) > 0 {
		return reason.Refuse(reason.Configuration, "%s", misspeltKey(r, names[0]))
	}
	if r.optional || r.desc.TakesMissing {
		return nil
	}
	hint := k.nearest(r.Pattern, r.OnNames)
	if hint.Sure && !k.isShared(r) && (r.OnNames || k.rules.compiled.PassesByDefault()) {
		return reason.Refuse(reason.Configuration, "the rule %q selects nothing in the first %d items, and what it was meant for would pass through; %s, or mark the rule Optional", r.Text, k.shape.Items(), hint.Text)
	}
	if hint.Text != "" && k.planning {
		k.tell(finding.RuleMatchedNothing, r.Text, fmt.Sprintf("the rule %q selects nothing in the first %d items; %s", r.Text, k.shape.Items(), hint.Text))
	}
	return nil
}

// checkTTL refuses a name of the TTL attribute that no item has, if another one was plainly
// meant. It tells of one that holds no number in any of the items.
func (k *keyLook) checkTTL() error {
	if k.ttl == "" {
		return nil
	}
	p := docpath.Pattern{{Name: k.ttl}}
	if k.shape.Selects(p, false) > 0 {
		if types := k.shape.Types(p); !slices.Contains(types, "N") {
			k.tell(finding.TTLMisspelt, k.ttl, fmt.Sprintf("WithTTLAttribute: %s is of type %s, and DynamoDB takes a number of seconds", k.ttl, strings.Join(types, " or ")))
		}
		return nil
	}
	hint := k.nearest(p, false)
	text := fmt.Sprintf("WithTTLAttribute: none of the first %d items has %s", k.shape.Items(), k.ttl)
	if hint.Text != "" {
		text += "; " + hint.Text
	}
	switch {
	case hint.Sure:
		return reason.Refuse(reason.Configuration, "%s, or leave the option out", text)
	case hint.Text != "" || k.shape.Items() >= enoughItems:
		k.tell(finding.TTLMisspelt, k.ttl, text)
	}
	return nil
}

// checkTemplates refuses templates of a rule that name what no item has and no rule makes,
// if another name was plainly meant, or if the key is made of nothing else.
func (k *keyLook) checkTemplates(r *rule, t Transformer) error {
	b, _ := t.(*builtin)
	if b == nil {
		return nil
	}
	for _, inner := range b.inner {
		if err := k.checkTemplates(r, inner); err != nil {
			return err
		}
	}
	if b.template == nil {
		return nil
	}
	for _, placeholder := range b.template.Placeholders {
		if err := k.checkPlaceholder(r, t, placeholder); err != nil {
			return err
		}
	}
	return nil
}

func (k *keyLook) checkPlaceholder(r *rule, t Transformer, placeholder template.Placeholder) error {
	p := docpath.Of(placeholder.Path)
	if k.shape.Items() == 0 || k.shape.Selects(p, false) > 0 || k.makes(p) {
		return nil
	}
	hint := k.nearest(p, false)
	text := fmt.Sprintf("the template of the rule %q names %v, which none of the first %d items has and no rule makes", r.Text, placeholder, k.shape.Items())
	if hint.Text != "" {
		text += "; " + hint.Text
	}
	key, _ := r.Pattern.Attribute()
	always := t == r.t && k.plan.Keys.Holds(key) && k.plan.Filter == nil && k.shape.Items() >= enoughItems // every item fails
	switch {
	case hint.Sure || always:
		return reason.Refuse(reason.Configuration, "%s; correct the name in the template", text)
	case hint.Text != "":
		k.tell(finding.TemplateNamesNothing, r.Text, text)
	}
	return nil
}

// makes reports whether a rule makes a value where there may be none.
func (k *keyLook) makes(p docpath.Pattern) bool {
	return slices.ContainsFunc(k.rules.rules, func(r *rule) bool { return r.desc.TakesMissing && slices.Equal(r.Pattern, p) })
}

// misspelt returns the attributes that pass through and of whose names the rule's is a slip.
func (k *keyLook) misspelt(rule *rule) (names []string) {
	first, ok := rule.Pattern.Attribute()
	if !ok || rule.OnNames {
		return nil
	}
	for _, name := range k.passingNames() {
		if near.Sure(first, name) {
			names = append(names, name)
		}
	}
	return names
}

func misspeltKey(rule *rule, name string) string {
	return "the rule \"" + rule.Text + "\" selects nothing, and \"" + name + "\", which it was probably meant for, passes through; case matters in names: correct the pattern, or give \"" + name + "\" its own rule"
}

// tellUnmatched adds a finding about a rule that selected nothing, and returns what it was
// probably meant for, as the end of a clause. A rule of several tables may be meant for
// another one.
func (k *keyLook) tellUnmatched(r *rule) (hint string) {
	if k.shape.Selects(r.Pattern, r.OnNames) == 0 {
		hint = k.nearest(r.Pattern, r.OnNames).Text
	}
	if hint != "" {
		hint = "; " + hint
	}
	if hint != "" || !k.isShared(r) {
		k.tell(finding.RuleMatchedNothing, r.Text, fmt.Sprintf("the rule %q matched nothing%s", r.Text, hint))
	}
	return hint
}

// missedClass returns the class of the error of a rule that matched nothing. Items that
// were written may contain the values that it was meant for.
func missedClass(written int64) reason.Class {
	if written > 0 {
		return reason.Leak
	}
	return reason.Configuration
}

// inTheClear describes the harm that a rule which matched nothing may have done.
func inTheClear(written int64) string {
	if written == 0 {
		return ""
	}
	return fmt.Sprintf(", and the %d items that were written may contain its values in the clear", written)
}
