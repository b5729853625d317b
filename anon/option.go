package anon

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// An Option configures an anonymizer. Every anonymizer takes [In], [PerItem] and
// [Strict]; its comment states which others. A second use of an option replaces the
// first. [dynsync.New] reports an option that an anonymizer does not take and a value
// that is not legal.
type Option interface{ named() option }

// An option is a value of one of the options in the catalog.
type option struct {
	name  string
	value any
}

func (o option) named() option { return o }

// In names the domain of pseudonyms. Within a domain, equal values have equal pseudonyms
// of one kind in every attribute, table, run and process with the same key; in another
// domain they have unrelated ones. By default a domain has no name, and every [Email] of a
// job agrees. In("customer") separates the pseudonyms of customers from all others. It
// relates no kinds: whatever the name, the e-mail address and the token of one value say
// nothing of each other.
func In(domain string) Option { return option{"in", domain} }

// PerItem derives the pseudonym from the table, the item's key and the path as well as
// the value. Equal values in different items neither look equal nor join.
func PerItem() Option { return option{"perItem", true} }

// Strict fails an item whose value the anonymizer does not apply to, such as text that
// is not an e-mail address for [Email]. Without it, the table's default transformer
// replaces the value. In both cases the default transformer replaces a value of a data
// type that the anonymizer does not take. No value passes through.
func Strict() Option { return option{"strict", true} }

// commonOptions are those that every anonymizer takes.
var commonOptions = []catalog.Option{
	{Name: "in", Type: catalog.String, Doc: "The name of the domain within which equal values get equal pseudonyms of one kind. The default is none."},
	{Name: "perItem", Type: catalog.Bool, Doc: "Derive the pseudonym from the table, the item's key and the path as well: equal values in different items neither look equal nor join.", Default: false},
	{Name: "strict", Type: catalog.Bool, Doc: "Fail an item whose value the anonymizer does not apply to. By default, the default transformer replaces such a value.", Default: false},
}

// A config is the options of one anonymizer, checked.
type config struct {
	values    map[string]any
	given     []string // names of the options that were given, sorted
	pseudonym string   // the kind that is made, by the name of its anonymizer
	value     string   // the scope of values
	perItem   bool
	strict    bool
}

// configure checks the options of an anonymizer. The config is usable for
// printing even if there is an error.
func (e *entry) configure(opts []Option) (*config, error) {
	c := &config{values: map[string]any{}, pseudonym: e.name}
	var errs []error
	for i, given := range opts {
		if given == nil {
			errs = append(errs, e.fault(fmt.Errorf("option %d is nil", i+1)))
			continue
		}
		o := given.named()
		spec := e.option(o.name)
		if spec == nil {
			errs = append(errs, e.fault(fmt.Errorf("unknown option %q; the anonymizer takes %s", o.name, strings.Join(e.optionNames(), ", "))))
			continue
		}
		v, err := spec.Check(o.value)
		if err != nil {
			errs = append(errs, e.fault(err))
			continue
		}
		c.values[o.name] = v
		c.given = append(c.given, o.name)
	}
	slices.Sort(c.given)
	c.given = slices.Compact(c.given)
	for _, spec := range e.options {
		if _, given := c.values[spec.Name]; given {
			continue
		}
		if spec.Required {
			errs = append(errs, e.fault(fmt.Errorf("the option %s is required", spec.Name)))
		}
		if spec.Default != nil {
			c.values[spec.Name], _ = spec.Convert(spec.Default)
		}
	}
	c.value = c.scope(ofValue)
	c.perItem, c.strict = c.flag("perItem"), c.flag("strict")
	return c, errors.Join(errs...)
}

func (c *config) flag(name string) bool      { v, _ := c.values[name].(bool); return v }
func (c *config) number(name string) int64   { v, _ := c.values[name].(int64); return v }
func (c *config) float(name string) float64  { v, _ := c.values[name].(float64); return v }
func (c *config) text(name string) string    { v, _ := c.values[name].(string); return v }
func (c *config) texts(name string) []string { v, _ := c.values[name].([]string); return v }
func (c *config) has(name string) bool       { _, ok := slices.BinarySearch(c.given, name); return ok }

// String returns the options that were given, for fingerprints.
func (c *config) String() string {
	var b strings.Builder
	for i, name := range c.given {
		if i > 0 {
			b.WriteString(", ")
		}
		if texts, ok := c.values[name].([]string); ok {
			fmt.Fprintf(&b, "%s=%q", name, texts) // each of them, so that other lists have another text
			continue
		}
		fmt.Fprintf(&b, "%s=%q", name, fmt.Sprint(c.values[name]))
	}
	return b.String()
}

// like returns the config for another kind of pseudonym.
func (c *config) like(name string) *config {
	other := *c
	other.pseudonym = name
	other.value = other.scope(ofValue)
	return &other
}

// scope is the name of the keyed randomness for a use of a domain, which is a kind of
// pseudonym and the option in. Neither a use nor a kind has a slash, so that a scope is of
// one use, one kind and one option.
func (c *config) scope(use string) string {
	scope := "anon/" + use + "/" + c.pseudonym
	if in := c.text("in"); in != "" {
		scope += "/" + in
	}
	return scope
}

// ofValue is the use of a domain that pseudonyms are drawn from.
const ofValue = "value"

// draw returns what the pseudonym of a canonical text is drawn from, at an attempt.
func (c *config) draw(in dynsync.Input, kind dynsync.Kind, canonical string, attempt int) draw {
	in.Value = seedOf(kind, canonical)
	use := ofValue
	if attempt > 0 {
		use += strconv.Itoa(attempt)
	}
	return source{in, c, use, c.perItem}.draw()
}

// seedOf returns what a canonical form is seeded by. That is an S, so that a B has the
// pseudonym of the S with its bytes. Bytes that are no text are a B, since an S would lose
// some of them.
func seedOf(kind dynsync.Kind, canonical string) dynsync.Value {
	if kind == dynsync.KindB && !utf8.ValidString(canonical) {
		if v, err := dynsync.ValueOf([]byte(canonical)); err == nil {
			return v
		}
	}
	return dynsync.StringValue(canonical)
}

// subkey returns a key for the domain, which is the same for all values.
func (c *config) subkey(in dynsync.Input, use string) [32]byte {
	in.Value = dynsync.StringValue("")
	return in.Seed(c.scope("key-" + use))
}
