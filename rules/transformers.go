package rules

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/near"
	"github.com/dynsync/dynsync/script"
)

// A transformerSpec is a name that use takes.
type transformerSpec struct {
	name    string
	doc     string // sentences
	options []field
	build   func(with members) (dynsync.Transformer, error)
	about   []string // more that the reference says
	classes []classRow

	anonymizer bool // it is one of package anon's
}

// combinators returns the specs of package dynsync. To wire a transformer of
// another package, add an entry here: the parser, the schema, the reference and
// their tests follow.
func combinators() []transformerSpec {
	one := func(doc string) []field {
		return []field{{name: "apply", doc: doc, shape: transformerShape, required: true}}
	}
	many := func(doc string) []field {
		return []field{{name: "apply", doc: doc, shape: list("a list of transformers", transformerShape, 1), required: true}}
	}
	return []transformerSpec{
		plain("passthrough", "Keeps the value as it is. Such a rule covers everything below its path, except what deeper rules name.", dynsync.Passthrough),
		{
			name: "passthroughOnly", classes: says("may keep: the values that it lists"), doc: "Keeps a value that equals one of those listed, as the values of an enumeration. It does not apply to others, which get the default transformer.",
			options: []field{{name: "values", doc: "The values: strings, numbers, true or false.", shape: list("a list of values", valueShape, 1), required: true}},
			build: func(with members) (dynsync.Transformer, error) {
				return dynsync.PassthroughOnly(with.value("values").([]any)...), nil
			},
		},
		plain("remove", "Removes the value. Deeper rules may keep parts of it.", dynsync.Remove),
		plain("null", "Replaces every value with NULL.", func() dynsync.Transformer { return dynsync.Constant(nil) }),
		plain("reject", "Fails the item.", dynsync.Reject),
		{
			name: "constant", classes: says("independent"), doc: "Replaces every value with a constant.",
			options: []field{{name: "value", doc: "A string for an S, a number for an N, which keeps its digits, true or false, null, or a list or mapping of these.", shape: valueShape, required: true}},
			build:   func(with members) (dynsync.Transformer, error) { return dynsync.Constant(with.value("value")), nil },
		},
		{
			name: "pseudonym", classes: says("independent"), doc: "Replaces a value with one that looks random, derived from the table's name, the item's key, the path and the value. It is the default for values that no rule selects.",
			options: []field{
				{name: "keepShape", doc: "Replace letters with letters and digits with digits, and keep punctuation.", shape: flagShape, standard: "false"},
				{name: "atLeast", doc: "The least length of a pseudonym, in characters of a string or bytes of a binary. A longer value gets the length of the next power of two.", shape: integer(1, 1024), standard: "16"},
			},
			build: func(with members) (dynsync.Transformer, error) {
				return dynsync.Pseudonym(pseudonymOptions(with)...), nil
			},
		},
		{
			name: "chain", classes: says("independent if one of its transformers is and no script or template follows it; otherwise may keep"), doc: "Applies transformers in order, each to the result of the one before.",
			options: many("The transformers, in order."),
			build: func(with members) (dynsync.Transformer, error) {
				return dynsync.Chain(transformersOf(with.value("apply"))...), nil
			},
		},
		{
			name: "firstOf", classes: says("the weakest of its transformers'"), doc: "Applies the first transformer that applies to the value. If a transformer applies to some members of a set only, the others get the next one.",
			options: many("The transformers, in order."),
			build: func(with members) (dynsync.Transformer, error) {
				return dynsync.FirstOf(transformersOf(with.value("apply"))...), nil
			},
		},
		{
			name: "each", classes: says("its transformer's; of a map, may keep: the map keys"), doc: "Applies a transformer to every element of a list, member of a set or value of a map.",
			options: one("The transformer."),
			build: func(with members) (dynsync.Transformer, error) {
				return dynsync.Each(transformerOf(with.value("apply"))), nil
			},
		},
		{
			name: "onKind", classes: says("its transformer's"), doc: "Applies a transformer to values of one data type only.",
			options: append(one("The transformer."), field{name: "kind", doc: "The data type, as DynamoDB abbreviates it.", shape: oneOf(kindNames()...), required: true}),
			build: func(with members) (dynsync.Transformer, error) {
				return dynsync.OnKind(kindNamed(with.value("kind").(string)), transformerOf(with.value("apply"))), nil
			},
		},
		{
			name: "ifMissing", classes: says("its transformer's"), doc: "Applies a transformer if the item has no value at the rule's path, which must have no wildcard.",
			options: one("The transformer, such as constant or generate."),
			build: func(with members) (dynsync.Transformer, error) {
				return dynsync.IfMissing(transformerOf(with.value("apply"))), nil
			},
		},
		{
			name: "delimited", classes: says("the weakest of its parts'"), doc: "Splits a string at a separator and applies a transformer to each part. It does not apply to a string with another number of parts.",
			options: []field{
				{name: "separator", doc: "The separator of the parts.", shape: textShape, required: true},
				{name: "parts", doc: "A transformer for each part; passthrough keeps a part.", shape: list("a list of transformers", transformerShape, 1), required: true},
			},
			build: func(with members) (dynsync.Transformer, error) {
				return dynsync.Delimited(with.value("separator").(string), transformersOf(with.value("parts"))...), nil
			},
		},
		{
			name: "generate", classes: says("independent"), doc: "Replaces a value of any data type with a random one from an anonymizer. With ifMissing it fills in a missing value.",
			options: one("The anonymizer."),
			build: func(with members) (dynsync.Transformer, error) {
				return anon.Generate(transformerOf(with.value("apply"))), nil
			},
		},
		{
			name: "template", classes: says("may keep: what its attributes keep"), doc: "Builds an attribute, such as a key, from other attributes after all other rules have transformed them: CUSTOMER#{Email}. It applies only to a value that it makes, byte for byte, of the item as read.",
			options: []field{{name: "text", doc: "The text, with document paths in braces. Modifiers after a path say in which form the attribute enters the text: {Email|lower}, {Id|pad=6}. They are lower, upper, trim, digits, max=N (the first N characters), pad=N (zeros in front, up to N characters), y, ym and ymd (of an ISO date or date-time) and sha256 (in hexadecimal).", shape: textShape, required: true}},
			build: func(with members) (dynsync.Transformer, error) {
				return dynsync.Template(with.value("text").(string)), nil
			},
		},
		{
			name: "json", classes: says("may keep: the keys of objects, and what the transformers of its rules and its default keep"), doc: "Applies rules to the JSON within a string.",
			options: []field{
				{name: "rules", doc: "The rules, with paths from the top level of the JSON.", shape: innerRulesShape},
				{name: "default", doc: "The transformer for values that no rule selects.", shape: innerDefaultShape, standard: "pseudonym"},
			},
			build: func(with members) (dynsync.Transformer, error) {
				var opts []dynsync.RulesOption
				for _, name := range []string{"rules", "default"} {
					if t, ok := with.value(name).(*table); ok {
						for _, o := range t.opts {
							opts = append(opts, o.(dynsync.RulesOption)) // the shapes let no other in
						}
					}
				}
				return dynsync.JSON(opts...), nil
			},
		},
		{
			name: "script", classes: says("may keep anything, unless the code does not mention the item"), doc: "Replaces a value with the result of JavaScript code.",
			options: scriptFields("The body of a function (value, record)."),
			build: func(with members) (dynsync.Transformer, error) {
				return script.Transform(with.value("code").(string), scriptOptions(with)...), nil
			},
		},
		{
			name: "generateScript", classes: says("may keep anything, unless the code does not mention the item"), doc: "Writes the result of JavaScript code, whether or not the item has a value at the rule's path, which must have no wildcard.",
			options: scriptFields("The body of a function (record)."),
			build: func(with members) (dynsync.Transformer, error) {
				return script.Generate(with.value("code").(string), scriptOptions(with)...), nil
			},
		},
	}
}

func scriptFields(code string) []field {
	return []field{
		{name: "code", doc: code, shape: textShape, required: true},
		{name: "timeoutMillis", doc: "The longest duration of a call, in milliseconds.", shape: integer(1, 60_000), standard: "1000"},
		{name: "maxDepth", doc: "The greatest depth of nested function calls.", shape: integer(16, 10_000), standard: "256"},
		{name: "maxSize", doc: "The greatest size of a result, in bytes.", shape: integer(1, 409_600), standard: "409600"},
		{name: "numbersAsStrings", doc: "Give the script numbers as strings with their decimal text.", shape: flagShape, standard: "false"},
	}
}

func scriptOptions(with members) []script.Option {
	var opts []script.Option
	if n, ok := with.value("timeoutMillis").(int64); ok {
		opts = append(opts, script.Timeout(time.Duration(n)*time.Millisecond))
	}
	if n, ok := with.value("maxDepth").(int64); ok {
		opts = append(opts, script.MaxDepth(int(n)))
	}
	if n, ok := with.value("maxSize").(int64); ok {
		opts = append(opts, script.MaxSize(int(n)))
	}
	if with.value("numbersAsStrings") == true {
		opts = append(opts, script.NumbersAsStrings())
	}
	return opts
}

// pseudonymOptions returns the options of a pseudonym.
func pseudonymOptions(with members) []dynsync.PseudonymOption {
	var opts []dynsync.PseudonymOption
	if with.value("keepShape") == true {
		opts = append(opts, dynsync.KeepShape())
	}
	if n, ok := with.value("atLeast").(int64); ok {
		opts = append(opts, dynsync.AtLeast(int(n)))
	}
	return opts
}

// plain is the spec of a transformer without options.
func plain(name, doc string, make func() dynsync.Transformer) transformerSpec {
	return transformerSpec{
		name: name, doc: doc, classes: says(classText(make().(describer).Describe(), dynsync.KindS)),
		build: func(members) (dynsync.Transformer, error) { return make(), nil },
	}
}

func transformerOf(v any) dynsync.Transformer { return v.(dynsync.Transformer) }

func transformersOf(v any) []dynsync.Transformer {
	var ts []dynsync.Transformer
	for _, t := range v.([]any) {
		ts = append(ts, transformerOf(t))
	}
	return ts
}

func kindNames() []string {
	var all []string
	for k := dynsync.KindS; k <= dynsync.KindBS; k++ {
		all = append(all, k.String())
	}
	return all
}

func kindNamed(name string) dynsync.Kind {
	return dynsync.KindS + dynsync.Kind(slices.Index(kindNames(), name))
}

// anonymizers returns the specs of package anon.
func anonymizers() []transformerSpec {
	var specs []transformerSpec
	for _, s := range catalog.All() {
		spec := transformerSpec{name: s.Name, doc: s.Doc, about: aboutAnonymizer(s), classes: classRows(s), anonymizer: true}
		for _, o := range s.Options {
			spec.options = append(spec.options, optionField(o))
		}
		spec.build = func(with members) (dynsync.Transformer, error) {
			options := map[string]any{}
			for name, m := range with {
				options[name] = m.value
			}
			return s.New(options)
		}
		specs = append(specs, spec)
	}
	return specs
}

func aboutAnonymizer(s catalog.Spec) []string {
	kinds := make([]string, len(s.Kinds))
	for i, k := range s.Kinds {
		kinds[i] = k.String()
	}
	about := []string{"Applies to " + strings.Join(kinds, ", ") + "."}
	switch s.Uniqueness {
	case dynsync.UniquenessExact:
		about = append(about, "Injective: different values stay different.")
	case dynsync.UniquenessPractical:
		about = append(about, "Practically unique: different values stay different with overwhelming probability.")
	case dynsync.UniquenessNone:
		about = append(about, "Pseudonyms may collide.")
	}
	if s.Drawn {
		about = append(about, "With the default options, the leak check ignores its random results.")
	}
	return about
}

func optionField(o catalog.Option) field {
	f := field{name: o.Name, doc: o.Doc, required: o.Required, shape: optionShape(o)}
	if o.Default != nil {
		f.standard = fmt.Sprint(o.Default)
	}
	return f
}

// optionShape returns the shape for which package anon takes the option's value.
func optionShape(o catalog.Option) shape {
	ranged := o.Min != 0 || o.Max != 0
	switch o.Type {
	case catalog.Bool:
		return flagShape
	case catalog.Int:
		if ranged {
			return integer(int64(max(o.Min, math.MinInt64)), clampInt(o.Max))
		}
		return integer(math.MinInt64, math.MaxInt64)
	case catalog.Float:
		if ranged {
			return float(fmt.Sprintf("a number from %v to %v", o.Min, o.Max), map[string]any{"minimum": o.Min, "maximum": o.Max},
				func(f float64) bool { return f >= o.Min && f <= o.Max })
		}
		return float("a number", nil, func(float64) bool { return true })
	case catalog.Strings:
		return texts(int(o.Min), int(o.Max))
	}
	if len(o.Enum) > 0 {
		return oneOf(o.Enum...)
	}
	return textShape
}

// clampInt returns f as an int64, which has no room for 1<<63.
func clampInt(f float64) int64 {
	if f >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(f)
}

// Filled when the package starts, since combinators hold transformers.
var (
	specs     []transformerSpec // by name
	specNames []string
)

func init() {
	specs = slices.Concat(combinators(), anonymizers())
	slices.SortStableFunc(specs, func(a, b transformerSpec) int { return strings.Compare(a.name, b.name) })
	for _, s := range specs {
		specNames = append(specNames, s.name)
	}
}

func specNamed(name string) *transformerSpec {
	if i, ok := slices.BinarySearch(specNames, name); ok {
		return &specs[i]
	}
	return nil
}

const (
	nameWhat        = `the name of a transformer (write "null" in quotes)`
	transformerWhat = `the name of a transformer (write "null" in quotes), or a mapping with use`
)

// transformerShape is a [dynsync.Transformer]: a name, or a mapping of use and with.
var transformerShape = shape{
	what:   transformerWhat,
	schema: map[string]any{"$ref": "#/$defs/transformer"},
	read:   readTransformer,
}

// useFields are the keys of a transformer.
var useFields = []field{
	{name: "use", doc: "The name of the transformer.", shape: unread("the name of a transformer"), required: true},
	{name: "with", doc: "The transformer's options.", shape: unread("a mapping of options")},
}

// unread leaves the reading, and the schema, to others.
func unread(what string) shape {
	return shape{what: what, read: func(_ *parser, n *node) (any, bool) { return n, n.kind != faulty }}
}

func readTransformer(p *parser, n *node) (any, bool) {
	switch n.kind {
	case text:
		return p.transformer(n, nil)
	case mapping:
		ms, ok := p.fields(n, useFields)
		t, built := p.use(ms)
		return t, ok && built
	}
	return nil, p.is(n, mapping, transformerWhat)
}

// use returns the transformer of a mapping that has been read.
func (p *parser) use(ms members) (dynsync.Transformer, bool) {
	if !ms["use"].ok {
		return nil, false
	}
	if with, given := ms["with"]; given && !with.ok {
		return nil, false
	}
	return p.transformer(ms["use"].node, ms["with"].node)
}

// otherNames are what transformers are called elsewhere. When and Func, which take
// functions of Go, are none here.
var otherNames = map[string]string{
	"javascript": "script", "js": "script", "func": "script", "when": "script",
	"copy": "passthrough", "keep": "passthrough", "drop": "remove", "delete": "remove", "omit": "remove",
	"static": "constant", "fixed": "constant", "nil": "null",
}

// suggestedTransformer returns the suggestion for a name that no transformer has.
func suggestedTransformer(given string) string {
	_, name, inPackage := strings.Cut(given, ".")
	if !inPackage {
		name = given
	}
	if other := otherNames[strings.ToLower(name)]; other != "" {
		name = other
	}
	return near.Suggest(name, specNames)
}

// transformer returns the transformer that use names, with options, which may be
// nil.
func (p *parser) transformer(use, with *node) (dynsync.Transformer, bool) {
	if !p.is(use, text, nameWhat) {
		return nil, false
	}
	spec := specNamed(use.text)
	if spec == nil {
		p.fail(use, "unknown transformer %q%s", shorten(use.text), suggestedTransformer(use.text))
		return nil, false
	}
	if with == nil {
		with = &node{kind: mapping, line: use.line, column: use.column}
	}
	if !p.is(with, mapping, "a mapping of options") {
		return nil, false
	}
	defer p.within("%s", spec.name)()
	options, ok := p.fields(with, spec.options)
	if !ok {
		return nil, false
	}
	t, err := spec.build(options)
	if err == nil {
		err = faultOf(t)
	}
	if err == nil {
		return t, true
	}
	for _, e := range flatten(err) {
		for line := range strings.Lines(e.Error()) {
			p.unbuilt(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "dynsync: "), use, options)
		}
	}
	return nil, false
}

// unbuilt reports why a transformer was not built: at the rule among its options
// that this is about, or else at its name.
func (p *parser) unbuilt(fault string, use *node, options members) {
	fault = strings.TrimPrefix(fault, "JSON: ")
	if inner, ok := options.value("rules").(*table); ok {
		if at, rest := inner.ruleIn(fault); at != nil {
			p.fail(at, "rule %q: %s", shorten(at.text), rest)
			return
		}
	}
	p.fail(use, "%s", fault)
}

// faultOf returns what a transformer says is wrong with it.
func faultOf(t dynsync.Transformer) error {
	if d, ok := t.(describer); ok {
		return d.Describe().Err
	}
	return nil
}

// A describer is a transformer that describes itself.
type describer interface{ Describe() dynsync.Description }
