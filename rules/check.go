package rules

import (
	"strconv"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/docpath"
)

// checkNames reports tables of one name.
func (p *parser) checkNames(tables []*table) {
	lines := map[string]int{}
	for _, t := range tables {
		at := t.fields["name"]
		if at.node == nil {
			at = t.fields["source"]
		}
		if !at.ok {
			continue
		}
		if first := lines[t.Name]; first > 0 {
			p.fail(at.node, "%s: the table in line %d has the same name; set the key name of one of them", t.label, first)
			continue
		}
		lines[t.Name] = at.node.line
	}
}

// maxRules bounds the rules of all tables, with those of the defaults counted for
// each table, since [dynsync.New] checks each table against all of its rules.
const maxRules = 100_000

// checkNumber reports more rules than there may be, and whether there are not.
func (p *parser) checkNumber(at member, defaults *table, tables []*table) bool {
	n := len(tables) * len(defaults.rules)
	for _, t := range tables {
		n += len(t.rules)
	}
	if n <= maxRules {
		return true
	}
	p.fail(at.node, "the tables have %d rules, counting the defaults once per table; the limit is %d", n, maxRules)
	return false
}

// offline is a client that is never called.
type offline struct{ dynsync.SourceClient }

// check reports what [dynsync.New] has to say of the defaults and of each table.
// What it says of the defaults alone is not said again for each table.
func (p *parser) check(defaults *table, tables []*table) {
	said := map[string]bool{}
	if defaults.at != nil {
		for _, fault := range refusals("defaults", dynsync.WithAllTables(defaults.opts...), dynsync.WithTable("defaults", "defaults")) {
			said[fault] = true
			p.refused(fault, defaults, defaults)
		}
	}
	for _, t := range tables {
		if !t.fields["source"].ok || !t.fields["destination"].ok {
			continue
		}
		for _, fault := range refusals(t.Name, dynsync.WithAllTables(defaults.opts...), t.option()) {
			if !said[fault] {
				p.refused(fault, t, defaults)
			}
		}
	}
}

// refusals returns what New says of a job with one table, without the table's name.
func refusals(name string, opts ...dynsync.Option) []string {
	_, err := dynsync.New(append(opts, dynsync.WithSource(offline{}), dynsync.WithKey([]byte("for the checks of New alone: no item is read")))...)
	if err == nil {
		return nil
	}
	var all []string
	for _, e := range flatten(err) {
		fault := strings.TrimPrefix(strings.TrimPrefix(e.Error(), "dynsync: "), "table "+name+": ")
		all = append(all, strings.ReplaceAll(fault, "\n", "; "))
	}
	return all
}

// refused reports a fault of a table at the key that it is about, which is known by
// its first words.
func (p *parser) refused(fault string, t, defaults *table) {
	defer p.within("%s", t.label)()
	for _, from := range []*table{t, defaults} {
		if at, rest := from.ruleIn(fault); at != nil {
			p.fail(at, "rule %q: %s", shorten(at.text), rest)
			return
		}
		if at, fault := from.keyIn(fault); at != nil {
			p.fail(at, "%s", fault)
			return
		}
	}
	p.fail(t.at, "%s", fault)
}

// ruleIn returns the path of the rule that a fault begins with, and the rest of the
// fault.
func (t *table) ruleIn(fault string) (at *node, rest string) {
	rest, ok := strings.CutPrefix(fault, "rule ")
	quoted, err := strconv.QuotedPrefix(rest)
	if !ok || err != nil {
		return nil, ""
	}
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return nil, ""
	}
	pattern, err := docpath.Parse(text)
	if err != nil {
		return nil, ""
	}
	rest = strings.TrimLeft(rest[len(quoted):], ": ")
	for _, key := range []string{"path ", "keys "} {
		if at := t.rules[key+pattern.String()]; at != nil {
			return at, rest
		}
	}
	return nil, ""
}

// keyIn returns the value of the key that a fault begins with, and the fault with the
// key in place of the option of package dynsync.
func (t *table) keyIn(fault string) (*node, string) {
	for _, f := range tableFields {
		m := t.fields[f.name]
		if m.node == nil {
			continue
		}
		if rest, ok := strings.CutPrefix(fault, f.goName); ok && f.goName != "" {
			return m.node, f.name + rest
		}
		if strings.HasPrefix(fault, "the "+f.name+" table") {
			return m.node, fault
		}
	}
	return nil, ""
}
