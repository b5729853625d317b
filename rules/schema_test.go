package rules_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/rules"
)

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(rules.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSchemaTakesTheGoodFiles(t *testing.T) {
	schema := compileSchema(t)
	for _, name := range []string{"testdata/good.yaml", "testdata/good.json"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := yaml.Load(data, &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefusesWhatItCan(t *testing.T) {
	schema := compileSchema(t)
	for _, tt := range badFiles {
		var v any
		if err := yaml.Load([]byte(tt.text), &v); err != nil {
			if tt.bySchema {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err := schema.Validate(v); (err != nil) != tt.bySchema {
			t.Errorf("%s: the schema says %v", tt.name, err)
		}
	}
}

// example returns a legal value of an option as YAML.
func example(o catalog.Option) string {
	low := max(o.Min, min(1, o.Max))
	switch o.Type {
	case catalog.Bool:
		return "true"
	case catalog.Int, catalog.Float:
		return fmt.Sprintf("%.0f", low)
	case catalog.Strings:
		return "[" + strings.Repeat("x, ", max(1, int(o.Min))) + "]"
	}
	if len(o.Enum) > 0 {
		return fmt.Sprintf("%q", o.Enum[0])
	}
	return "x"
}

// TestCatalog uses every anonymizer of the catalog, and every option of it by
// itself. What an anonymizer has to say of the example of an option is not said
// here, but everything else must do.
func TestCatalog(t *testing.T) {
	schema := compileSchema(t)
	for _, s := range catalog.All() {
		required := ""
		for _, o := range s.Options {
			if o.Required {
				required += fmt.Sprintf("%s: %s, ", o.Name, example(o))
			}
		}
		checkRule(t, schema, s.Name, required)
		for _, o := range s.Options {
			if !o.Required {
				checkRule(t, schema, s.Name, required+fmt.Sprintf("%s: %s", o.Name, example(o)))
			}
			text := fmt.Sprintf("%s      - {path: A, use: %s, with: {%s: {canary: 1}}}\n", withRules, s.Name, o.Name)
			_, err := rules.Parse([]byte(text), "r.yaml")
			if err == nil || !strings.Contains(err.Error(), `rule "A": `+s.Name+": this must be ") || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: a mapping as %s: %v", s.Name, o.Name, err)
			}
		}
	}
}

// checkRule checks that parser and schema take a rule, or that the anonymizer itself
// refuses these options.
func checkRule(t *testing.T, schema *jsonschema.Schema, use, with string) {
	t.Helper()
	text := fmt.Sprintf("%s      - {path: A, use: %s, with: {%s}}\n", withRules, use, with)
	var v any
	if err := yaml.Load([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%s: the schema refuses {%s}: %v", use, with, err)
	}
	if _, err := rules.Parse([]byte(text), "r.yaml"); err != nil && !strings.Contains(err.Error(), ": anon.") {
		t.Errorf("{%s}: %v", with, err)
	}
}

// TestNamesAreUnique keeps an anonymizer from taking the name of a combinator.
func TestNamesAreUnique(t *testing.T) {
	combinators := []string{"passthrough", "passthroughOnly", "remove", "null", "reject", "constant", "pseudonym", "chain", "firstOf", "each", "onKind", "ifMissing", "delimited", "generate", "template", "script", "generateScript"}
	for _, s := range catalog.All() {
		for _, name := range combinators {
			if s.Name == name {
				t.Errorf("the anonymizer %s has the name of a combinator", name)
			}
		}
	}
}

// TestBoundsAreThoseOfNew checks that New takes the bounds of what a table takes, and
// nothing beyond them, where New has bounds.
func TestBoundsAreThoseOfNew(t *testing.T) {
	tests := []struct {
		key       string
		low, high int
		option    func(int) dynsync.TableOption
	}{
		{"segments", 1, 1_000_000, dynsync.WithSegments},
		{"pageSize", 0, 1_000_000, dynsync.WithPageSize},
		{"shuffle", 1, 64, dynsync.WithShuffle},
	}
	for _, tt := range tests {
		for _, n := range []int{tt.low - 1, tt.low, tt.high, tt.high + 1} {
			_, err := rules.Parse(fmt.Appendf(nil, "%s    %s: %d\n", table, tt.key, n), "r.yaml")
			legal := n >= tt.low && n <= tt.high
			if (err == nil) != legal {
				t.Errorf("%s: %d: %v", tt.key, n, err)
			}
			_, err = dynsync.New(dynsync.WithSource(newClient(t)), dynsync.WithTable("ProdUsers", "StageUsers", tt.option(n)))
			if (err == nil) != legal {
				t.Errorf("New with %s: %d: %v", tt.key, n, err)
			}
		}
	}
}
