package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/docpath"
)

// A tableField is a key of a table, and mostly of the defaults.
type tableField struct {
	field
	goName string // of the option of package dynsync
	// option returns the option; nil if the table's reader makes it.
	option func(v any) dynsync.TableOption
	// flag marks an option that there is no option against, for which option is
	// called unless the value is false.
	flag bool
	// own marks what the defaults do not have.
	own bool
}

var modes = namedModes()

// namedModes returns the write modes by what a rules file calls them: ModePut is put.
func namedModes() map[string]dynsync.Mode {
	named := map[string]dynsync.Mode{}
	for m := dynsync.ModePut; ; m++ {
		name, ok := strings.CutPrefix(m.String(), "Mode")
		if !ok || strings.HasPrefix(name, "(") { // there is none of that number
			return named
		}
		named[strings.ToLower(name)] = m
	}
}

// modeNames returns the names of the write modes, the default first.
func modeNames() []string {
	return slices.SortedFunc(maps.Keys(modes), func(a, b string) int { return int(modes[a]) - int(modes[b]) })
}

// makeTableFields returns the keys of a table, in the order of the reference.
func makeTableFields() []tableField {
	flag := func(name, goName, doc string, option func() dynsync.TableOption) tableField {
		return tableField{field: field{name: name, doc: doc, shape: flagShape, standard: "false"}, goName: goName, flag: true,
			option: func(any) dynsync.TableOption { return option() }}
	}
	return []tableField{
		{field: field{name: "source", doc: "The name or ARN of the source table; one that is named by its ARN needs segments.", shape: textShape, required: true}, own: true},
		{field: field{name: "destination", doc: "The name or ARN of the destination table.", shape: textShape, required: true}, own: true},
		{field: field{name: "name", doc: "The name of the table within the job.", shape: textShape, standard: "the name of the source table"}, own: true, goName: "WithName"},
		{field: field{name: "where", doc: "A PartiQL condition that selects the items to read. Each ? stands for one of the params.", shape: textShape, standard: "all items"}, goName: "WithWhere"},
		{field: field{name: "params", doc: "The values for the ? of the key where, in order. Numbers keep their digits.", shape: list("a list of values", valueShape, 0)}},
		{field: field{name: "mode", doc: "How to write an item whose key the destination has already, as the modes of dynsync.WithMode do: put replaces the item.", shape: oneOf(modeNames()...), standard: "put"}, goName: "WithMode",
			option: func(v any) dynsync.TableOption { return dynsync.WithMode(modes[v.(string)]) }},
		{field: field{name: "segments", doc: "The number of segments of a parallel Scan; with auto, dynsync chooses it.", shape: segmentsShape, standard: "one SELECT"}, goName: "WithSegments", option: segmentsOption},
		{field: field{name: "index", doc: "The secondary index to read.", shape: textShape, standard: "the table itself"}, goName: "WithIndex",
			option: func(v any) dynsync.TableOption { return dynsync.WithIndex(v.(string)) }},
		flag("consistentRead", "WithConsistentRead", "Use strongly consistent reads, at twice the capacity.", dynsync.WithConsistentRead),
		{field: field{name: "pageSize", doc: "The greatest number of items that DynamoDB evaluates for a page. With 0, only DynamoDB's limit of 1 MB applies.", shape: integer(0, 1_000_000), standard: "0"}, goName: "WithPageSize",
			option: func(v any) dynsync.TableOption { return dynsync.WithPageSize(int(v.(int64))) }},
		{field: field{name: "shuffle", doc: "The number of pages that a worker collects before it writes their items in turn.", shape: integer(1, 64)}, goName: "WithShuffle",
			option: func(v any) dynsync.TableOption { return dynsync.WithShuffle(int(v.(int64))) }},
		{field: field{name: "sample", doc: "The fraction of the items to copy. Every run selects the same items.", shape: fractionShape, standard: "all items"}, goName: "WithSample",
			option: func(v any) dynsync.TableOption { return dynsync.WithSample(v.(float64)) }},
		{field: field{name: "maxItems", doc: "The number of items after which the table ends.", shape: integer(1, math.MaxInt64), standard: "no limit"}, goName: "WithMaxItems",
			option: func(v any) dynsync.TableOption { return dynsync.WithMaxItems(v.(int64)) }},
		{field: field{name: "streamRecords", doc: "The number of items that may be written to a destination whose stream is on, of which each makes a record.", shape: integer(1, math.MaxInt64), standard: "100,000"}, goName: "WithStreamRecords",
			option: func(v any) dynsync.TableOption { return dynsync.WithStreamRecords(v.(int64)) }},
		flag("withoutExpired", "WithoutExpired", "Skip items whose time to live has passed.", dynsync.WithoutExpired),
		{field: field{name: "ttlAttribute", doc: "The attribute that holds the time to live.", shape: textShape, standard: "the source's"}, goName: "WithTTLAttribute",
			option: func(v any) dynsync.TableOption { return dynsync.WithTTLAttribute(v.(string)) }},
		{field: field{name: "readCapacity", doc: "The greatest read capacity to use, per second.", shape: capacityShape, standard: "half of a provisioned table's, otherwise 1,500 units for each page read at the same time"}, goName: "WithReadCapacity",
			option: func(v any) dynsync.TableOption { return dynsync.WithReadCapacity(v.(dynsync.Capacity)) }},
		{field: field{name: "writeCapacity", doc: "The greatest write capacity to use, per second.", shape: capacityShape, standard: "unlimited"}, goName: "WithWriteCapacity",
			option: func(v any) dynsync.TableOption { return dynsync.WithWriteCapacity(v.(dynsync.Capacity)) }},
		{field: field{name: "leakCheck", doc: "With true, fail every item that still contains the original of a transformed attribute; with minLength, only originals of at least that many characters. With false, do not look. Otherwise, such items are counted.", shape: leakShape, standard: "items are counted"}, goName: "WithLeakCheck", flag: true,
			option: func(v any) dynsync.TableOption { return dynsync.WithLeakCheck(v.([]dynsync.LeakCheckOption)...) }},
		flag("allowExisting", "WithAllowExisting", "If keys can collide, accept that a different item at the destination may come from another source item.", dynsync.WithAllowExisting),
		{field: field{name: "tolerate", doc: "The failed items with which the table still succeeds: below 1, a fraction of the items read; from 1 on, a number.", shape: toleranceShape, standard: "0"}, goName: "WithTolerate",
			option: func(v any) dynsync.TableOption { return dynsync.WithTolerate(v.(float64)) }},
		{field: field{name: "default", doc: "The transformer for all values that no rule selects, or one for each data type: S, N, B, BOOL, NULL.", shape: defaultShape, standard: "pseudonym"}, goName: "WithDefaultTransform"},
		{field: field{name: "rules", doc: "The rules, each a transformer for the values that a pattern selects. A rule of defaults applies unless the table has a rule with its path.", shape: list("a list of rules", ruleShape, 0)}},
	}
}

func segmentsOption(v any) dynsync.TableOption {
	if v == autoSegments {
		return dynsync.WithSegments(dynsync.AutoSegments)
	}
	return dynsync.WithSegments(int(v.(int64)))
}

// ruleFields are the keys of a rule.
var ruleFields = slices.Concat([]field{
	{name: "path", doc: "The pattern of the values to transform: Name, Pets.*.Age, Orders[*].Email, **.Email, '\"user.email\"'. YAML needs quotes around a pattern that begins with * or a quote, and within { } around one that holds [ ]. Attributes whose names begin with aws:rep:, which belong to the replication of global tables, are left out of the copy unless a pattern is exactly their name.", shape: textShape},
	{name: "keys", doc: "Instead of path: the pattern of the maps whose keys to transform.", shape: textShape},
}, useFields, []field{
	{name: "optional", doc: "The rule may match nothing, even if the default lets values pass.", shape: flagShape, standard: "false"},
	{name: "allowCollisions", doc: "A rule on a key attribute may give different items the same key; only one of them is written.", shape: flagShape, standard: "false"},
})

// leakFields are the keys of a leak check.
var leakFields = []field{
	{name: "minLength", doc: "The least number of characters of an original to search for.", shape: integer(1, 1_000_000), standard: "4"},
}

const leakWhat = "true, false, or a mapping with minLength"

// leakShape has the options of [dynsync.WithLeakCheck].
var leakShape = shape{
	what:   leakWhat,
	schema: map[string]any{"anyOf": []any{map[string]any{"type": "boolean"}, object(leakFields)}},
	read: func(p *parser, n *node) (any, bool) {
		opts := []dynsync.LeakCheckOption{}
		switch n.kind {
		case boolean:
			if n.text == "true" {
				return opts, true
			}
			return append(opts, dynsync.LeakMinLength(0)), true
		case mapping:
			ms, ok := p.fields(n, leakFields)
			if length, given := ms.value("minLength").(int64); given {
				opts = append(opts, dynsync.LeakMinLength(int(length)))
			}
			return opts, ok
		}
		return nil, p.is(n, boolean, leakWhat)
	},
}

var (
	ruleShape    = reference("a rule", "rule")
	defaultShape = reference("a transformer, or a mapping of data types to transformers", "default")

	// fileFields are the keys of the file.
	fileFields = []field{
		{name: "version", doc: "The version of this format: 1.", shape: integer(1, 1), required: true},
		{name: "defaults", doc: "The settings of every table that does not override them.", shape: unread("a mapping")},
		{name: "tables", doc: "The tables of the job.", shape: list("a list of tables", unread("a table"), 1), required: true},
	}

	tableFields  = makeTableFields()
	ownFields    = fieldsOf(func(tableField) bool { return true })
	sharedFields = fieldsOf(func(f tableField) bool { return !f.own }) // those of the defaults
	defaultKinds = makeDefaultKinds()
)

func fieldsOf(which func(tableField) bool) []field {
	var all []field
	for _, f := range tableFields {
		if which(f) {
			all = append(all, f.field)
		}
	}
	return all
}

func makeDefaultKinds() []field {
	var all []field
	for _, k := range []string{"S", "N", "B", "BOOL", "NULL"} {
		all = append(all, field{name: k, doc: "For values of data type " + k + ".", shape: transformerShape})
	}
	return all
}

// reference is an unread shape with a definition in the schema.
func reference(what, definition string) shape {
	s := unread(what)
	s.schema = map[string]any{"$ref": "#/$defs/" + definition}
	return s
}

// A table is a table of the file, or its defaults.
type table struct {
	Table
	opts   []dynsync.TableOption
	flags  map[string]any   // as given
	fields members          // as read
	rules  map[string]*node // the nodes of the paths, by pattern
	at     *node
	label  string // in errors
}

func (t *table) option() dynsync.Option {
	return dynsync.WithTable(t.Source, t.Destination, t.opts...)
}

// file reads a file and checks it as a whole.
func (p *parser) file(data []byte) *File {
	n := p.load(data)
	defer p.announce(n)
	if n == nil || !p.is(n, mapping, "a mapping with version and tables") {
		return nil
	}
	ms, _ := p.fields(n, fileFields)
	defaults := p.defaults(ms["defaults"])
	file := &File{defaults: defaults.opts}
	for i, item := range ms["tables"].items() {
		if t := p.table(item, i); t != nil {
			t.inheritFlags(defaults)
			file.tables = append(file.tables, t)
		}
	}
	p.checkNames(file.tables)
	if p.checkNumber(ms["tables"], defaults, file.tables) {
		p.check(defaults, file.tables)
	}
	return file
}

// items returns the elements of a list.
func (m member) items() []*node {
	if m.node == nil || m.node.kind != sequence {
		return nil
	}
	return m.node.items
}

func (p *parser) defaults(m member) *table {
	t := &table{label: "defaults", at: m.node, flags: map[string]any{}, rules: map[string]*node{}}
	defer p.within("%s", t.label)()
	defer p.announce(t.at)
	if m.node != nil && p.is(m.node, mapping, "a mapping") {
		t.fields, _ = p.fields(m.node, sharedFields)
		p.options(t)
	}
	return t
}

// table returns the i-th table, or nil if it is none at all.
func (p *parser) table(n *node, i int) *table {
	t := &table{label: labelOf(n, i), at: n, flags: map[string]any{}, rules: map[string]*node{}}
	defer p.within("%s", t.label)()
	defer p.announce(t.at)
	if !p.is(n, mapping, "a mapping with source and destination") {
		return nil
	}
	t.fields, _ = p.fields(n, ownFields)
	t.Source, _ = t.fields.value("source").(string)
	t.Destination, _ = t.fields.value("destination").(string)
	t.Name = t.Source
	if name := t.fields["name"]; name.ok {
		t.Name = name.value.(string)
		t.opts = append(t.opts, dynsync.WithName(t.Name))
	}
	p.options(t)
	return t
}

// labelOf returns what errors call a table.
func labelOf(n *node, i int) string {
	label := ""
	for j, key := range n.keys {
		if item := n.items[j]; item.kind == text && (key.text == "name" || key.text == "source" && label == "") {
			label = item.text
		}
	}
	if label == "" {
		return fmt.Sprintf("table %d", i+1)
	}
	return "table " + shorten(label)
}

// options makes the options of a table of its keys.
func (p *parser) options(t *table) {
	for _, f := range tableFields {
		m := t.fields[f.name]
		switch {
		case !m.ok:
		case f.flag:
			t.flags[f.name] = m.value
		case f.option != nil:
			t.opts = append(t.opts, f.option(m.value))
		}
	}
	p.condition(t)
	p.defaultOptions(t)
	for _, item := range t.fields["rules"].items() {
		p.rule(t, item)
	}
}

// condition makes an option of where and params.
func (p *parser) condition(t *table) {
	where, params := t.fields["where"], t.fields["params"]
	if params.node != nil && where.node == nil {
		p.fail(params.key, "params needs the key where")
		return
	}
	if !where.ok || params.node != nil && !params.ok {
		return
	}
	values, _ := params.value.([]any)
	t.opts = append(t.opts, dynsync.WithWhere(where.value.(string), values...))
}

// defaultOptions makes options of the key default.
func (p *parser) defaultOptions(t *table) {
	n := t.fields["default"].node
	if n == nil {
		return
	}
	defer p.within("default")()
	defer p.announce(n)
	if n.kind != mapping || slices.ContainsFunc(n.keys, func(k *node) bool { return k.text == "use" || k.text == "with" }) {
		if v, ok := transformerShape.read(p, n); ok {
			t.opts = append(t.opts, dynsync.WithDefaultTransform(transformerOf(v)))
		}
		return
	}
	kinds, _ := p.fields(n, defaultKinds)
	for _, f := range defaultKinds {
		if m := kinds[f.name]; m.ok {
			t.opts = append(t.opts, dynsync.WithDefaultTransform(transformerOf(m.value), kindNamed(f.name)))
		}
	}
}

// rule makes an option of a rule.
func (p *parser) rule(t *table, n *node) {
	if !p.is(n, mapping, "a mapping with path and use") {
		return
	}
	defer p.within("rule %s", ruleLabel(n))()
	defer p.announce(n)
	ms, _ := p.fields(n, ruleFields)
	add, place := dynsync.WithTransform, ms["path"]
	switch keys := ms["keys"]; {
	case keys.node != nil && place.node != nil:
		p.fail(keys.key, "path and keys exclude each other; remove one")
		return
	case keys.node != nil:
		add, place = dynsync.WithTransformKeys, keys
	case place.node == nil:
		p.fail(n, "the key path or keys is missing")
	}
	pattern := p.pattern(t, place)
	if tr, ok := p.use(ms); ok && pattern != "" {
		t.opts = append(t.opts, add(pattern, tr, ruleOptions(ms)...))
	}
}

func ruleOptions(ms members) []dynsync.RuleOption {
	var opts []dynsync.RuleOption
	if ms.value("optional") == true {
		opts = append(opts, dynsync.Optional())
	}
	if ms.value("allowCollisions") == true {
		opts = append(opts, dynsync.AllowCollisions())
	}
	return opts
}

// innerRulesShape is the rules of a [dynsync.JSON], and innerDefaultShape its
// default, each as a table that has nothing else.
var (
	innerRulesShape = shape{
		what:   "a list of rules",
		schema: map[string]any{"type": "array", "items": map[string]any{"$ref": "#/$defs/rule"}},
		read: func(p *parser, n *node) (any, bool) {
			return p.inner(n, sequence, "a list of rules", func(t *table) {
				for _, item := range n.items {
					p.rule(t, item)
				}
			})
		},
	}
	innerDefaultShape = shape{
		what:   defaultShape.what,
		schema: defaultShape.schema,
		read: func(p *parser, n *node) (any, bool) {
			return p.inner(n, n.kind, "", func(t *table) {
				t.fields = members{"default": member{node: n}}
				p.defaultOptions(t)
			})
		},
	}
)

// inner returns the table that read makes of a node, which is to be of a kind.
func (p *parser) inner(n *node, k kind, what string, read func(*table)) (any, bool) {
	if !p.is(n, k, what) {
		return nil, false
	}
	faults := len(p.faults)
	t := &table{rules: map[string]*node{}}
	read(t)
	return t, len(p.faults) == faults
}

// ruleLabel returns what errors call a rule.
func ruleLabel(n *node) string {
	for i, key := range n.keys {
		if (key.text == "path" || key.text == "keys") && n.items[i].kind == text {
			return fmt.Sprintf("%q", shorten(n.items[i].text))
		}
	}
	return "without a path"
}

// pattern returns the pattern of a rule, or "" if it is none or another rule of the
// table has it.
func (p *parser) pattern(t *table, m member) string {
	if !m.ok {
		return ""
	}
	raw := m.value.(string)
	pattern, err := docpath.Parse(raw)
	if err != nil {
		p.fail(m.node, "%s", strings.TrimPrefix(err.Error(), "dynsync: "))
		return ""
	}
	id := m.key.text + " " + pattern.String()
	if first := t.rules[id]; first != nil {
		p.fail(m.node, "duplicate pattern; the first is in line %d", first.line)
		return ""
	}
	t.rules[id] = m.node
	return raw
}

// inheritFlags adds the flags of the table, and those of the defaults that the
// table does not set: one that is false in the table cannot be taken back by an
// option.
func (t *table) inheritFlags(defaults *table) {
	for _, f := range tableFields {
		v, given := t.flags[f.name]
		if !given {
			v = defaults.flags[f.name]
		}
		if v != nil && v != false {
			t.opts = append(t.opts, f.option(v))
		}
	}
}
