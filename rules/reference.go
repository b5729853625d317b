package rules

import (
	"fmt"
	"strings"
)

// Reference returns a reference of the format in Markdown, made of the tables that
// the parser works by: the keys of tables and rules, and all names that use takes.
// It is the file REFERENCE.md of this package.
func Reference() string {
	var b strings.Builder
	b.WriteString("<!-- Made by go generate ./rules; do not edit. -->\n\n# Rules as YAML or JSON\n\n" +
		"How scalars are read, and what is refused, stands in the [package documentation](doc.go). " +
		"An editor that knows [schema.json](schema.json) completes and checks a file.\n")
	heading(&b, "The file", "")
	fieldTable(&b, fileFields)
	heading(&b, "A table, and the defaults", "`source`, `destination` and `name` are a table's own; the defaults have all others.")
	keyTable(&b)
	heading(&b, "A rule", "A rule has `path` or `keys`.")
	fieldTable(&b, ruleFields)
	heading(&b, "Transformers", "A transformer is a name, such as `passthrough`, or a mapping of `use` and `with`, such as "+
		"`{use: pseudonym, with: {keepShape: true}}`. A rule has these keys beside its path. What `with` may hold:")
	for i := range specs {
		specSection(&b, &specs[i])
	}
	return b.String()
}

func heading(b *strings.Builder, title, text string) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	if text != "" {
		b.WriteString(text + "\n\n")
	}
}

func fieldTable(b *strings.Builder, fields []field) {
	b.WriteString("| key | value | default | |\n|---|---|---|---|\n")
	for _, f := range fields {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.name, cell(f.shape.what), cell(f.normal()), cell(f.doc))
	}
}

func keyTable(b *strings.Builder) {
	b.WriteString("| key | value | default | | Go |\n|---|---|---|---|---|\n")
	for _, f := range tableFields {
		goName := ""
		if f.goName != "" {
			goName = "`" + f.goName + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.name, cell(f.shape.what), cell(f.normal()), cell(f.doc), goName)
	}
}

// normal returns what the reference has as the default of a key.
func (f *field) normal() string {
	if f.required {
		return "required"
	}
	return f.standard
}

func specSection(b *strings.Builder, s *transformerSpec) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n", s.name, strings.Join(append([]string{s.doc}, s.about...), " "))
	if len(s.options) > 0 {
		b.WriteString("\n")
		fieldTable(b, s.options)
	}
}

// cell returns text for a cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "*", `\*`, "<", "&lt;").Replace(text)
}
