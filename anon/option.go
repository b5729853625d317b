package anon

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync"
)

// An Option sets how an anonymizer works. Each anonymizer's comment says which
// it takes, beside [In], [PerItem] and [Strict], which all take. A second use of
// an option replaces the first. [dynsync.New] reports options that an anonymizer
// does not take and values that are not legal.
type Option struct {
	name  string
	value any
}

// In sets the domain. Equal values get equal pseudonyms within a domain, in every
// attribute, table, run and process that has the key, and unrelated ones in
// different domains. The default is the kind of the pseudonym, so that every
// [Email] of a job agrees; In("customer") sets one apart, or lets different
// attributes of one meaning share one.
func In(domain string) Option { return Option{"in", domain} }

// PerItem derives the pseudonym from the table, the item's key and the path, too: equal
// values in different items no longer show as equal, and can no longer be joined.
func PerItem() Option { return Option{"perItem", true} }

// Strict fails an item whose value the anonymizer is not made for, such as text
// that is no e-mail address for [Email]. The default gives such a value to the
// table's default transformer, as both do with a value of another kind than the
// anonymizer takes. It is never passed through.
func Strict() Option { return Option{"strict", true} }

// An OptionType is what an option's value is.
type OptionType string

// The types of options, as JSON has them.
const (
	TypeBool    OptionType = "boolean"
	TypeInt     OptionType = "integer"
	TypeFloat   OptionType = "number"
	TypeString  OptionType = "string"
	TypeStrings OptionType = "array of strings"
)

// An OptionSpec describes an option of an anonymizer.
type OptionSpec struct {
	Name string
	Type OptionType
	Doc  string
	// Default is the value where the option is not given; nil for none.
	Default any
	// Enum are the legal values of a string, if there are only these.
	Enum []string
	// Min and Max are the legal range of a number, or of the number of strings.
	// Both are 0 where there is none.
	Min, Max float64
	// Required options have no default.
	Required bool
	// Keeps is what of a value stays where the option is given, and not false, 0 or
	// empty: the anonymizer may keep then, which it may not otherwise.
	Keeps string
	// Frees says that nothing of a value stays where the option is given, and all is
	// drawn.
	Frees bool
}

// commonOptions are those that every anonymizer takes.
var commonOptions = []OptionSpec{
	{Name: "in", Type: TypeString, Doc: "The domain within which equal values get equal pseudonyms. The default is the kind of the pseudonym."},
	{Name: "perItem", Type: TypeBool, Doc: "Derive the pseudonym from the table, the item's key and the path too: equal values no longer show as equal, and can no longer be joined.", Default: false},
	{Name: "strict", Type: TypeBool, Doc: "Fail an item whose value does not fit, where the default gives the value to the default transformer.", Default: false},
}

// check returns v as the option has it (an int64, float64, bool, string or
// []string), or what is wrong with it.
func (s *OptionSpec) check(v any) (any, error) {
	out, ok := s.convert(v)
	if !ok {
		return nil, fmt.Errorf("%s must be of type %s", s.Name, s.Type)
	}
	size, ranged := 0.0, s.Min != 0 || s.Max != 0
	switch v := out.(type) {
	case int64:
		size = float64(v)
	case float64:
		size = v
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s must be a finite number", s.Name)
		}
	case []string:
		size = float64(len(v))
	case string:
		ranged = false
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
			return nil, fmt.Errorf("%s must be one of %s", s.Name, strings.Join(s.Enum, ", "))
		}
	}
	if ranged && (size < s.Min || size > s.Max) {
		return nil, fmt.Errorf("%s must be %v to %v", s.Name, s.Min, s.Max)
	}
	return out, nil
}

func (s *OptionSpec) convert(v any) (any, bool) {
	switch s.Type {
	case TypeBool:
		b, ok := v.(bool)
		return b, ok
	case TypeInt:
		return toInt(v)
	case TypeFloat:
		return toFloat(v)
	case TypeString:
		text, ok := v.(string)
		return text, ok
	}
	return toStrings(v)
}

func toInt(v any) (any, bool) {
	if text, ok := v.(json.Number); ok {
		n, err := strconv.ParseInt(string(text), 10, 64)
		return n, err == nil
	}
	switch v := reflect.ValueOf(v); {
	case v.CanInt():
		return v.Int(), true
	case v.CanUint():
		return int64(v.Uint()), v.Uint() <= math.MaxInt64
	case v.CanFloat():
		return int64(v.Float()), v.Float() == math.Trunc(v.Float()) && math.Abs(v.Float()) <= 1<<53
	}
	return nil, false
}

func toFloat(v any) (any, bool) {
	if text, ok := v.(json.Number); ok {
		f, err := text.Float64()
		return f, err == nil
	}
	switch v := reflect.ValueOf(v); {
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), true
	}
	return nil, false
}

func toStrings(v any) (any, bool) {
	switch v := v.(type) {
	case []string:
		return slices.Clone(v), true
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			out[i] = s
		}
		return out, true
	}
	return nil, false
}

// A config is the options of one anonymizer, checked.
type config struct {
	values  map[string]any
	given   []string // names of the options that were given, sorted
	domain  string
	value   string // the scope of values
	perItem bool
	strict  bool
}

// configure checks the options of an anonymizer. The config is usable for
// printing even if there is an error.
func (e *entry) configure(opts []Option) (*config, error) {
	c := &config{values: map[string]any{}, domain: e.domain}
	if c.domain == "" {
		c.domain = e.name
	}
	var errs []error
	for _, o := range opts {
		spec := e.option(o.name)
		if spec == nil {
			errs = append(errs, e.fault(fmt.Errorf("there is no option %q; it takes %s", o.name, strings.Join(e.optionNames(), ", "))))
			continue
		}
		v, err := spec.check(o.value)
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
			errs = append(errs, e.fault(fmt.Errorf("the option %s is missing", spec.Name)))
		}
		if spec.Default != nil {
			c.values[spec.Name], _ = spec.convert(spec.Default)
		}
	}
	if d := c.text("in"); d != "" {
		c.domain = d
	}
	c.value = c.scope("value")
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

// scope is the name of the keyed randomness of a domain.
func (c *config) scope(use string) string { return "anon/" + use + "/" + c.domain }

// seed returns the keyed randomness for a canonical text.
func (c *config) seed(in dynsync.Input, canonical string, attempt int) [32]byte {
	in.Value = dynsync.StringValue(canonical)
	scope := c.value
	if attempt > 0 {
		scope = c.scope("value" + strconv.Itoa(attempt))
	}
	if c.perItem {
		return in.ItemSeed(scope)
	}
	return in.Seed(scope)
}

// subkey returns a key for the domain, which is the same for all values.
func (c *config) subkey(in dynsync.Input, use string) [32]byte {
	in.Value = dynsync.StringValue("")
	return in.Seed(c.scope("key/" + use))
}
