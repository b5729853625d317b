package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Reference returns a reference of the format in Markdown: the keys of tables and
// rules, and all names for the key use. It is the file REFERENCE.md of this package,
// generated from the parser's tables.
func Reference() string {
	var b strings.Builder
	b.WriteString("<!-- Made by go generate ./rules; do not edit. -->\n\n# Rules as YAML or JSON\n\n" +
		"The [package documentation](doc.go) states how scalars are read and what is refused. " +
		"With [schema.json](schema.json), an editor completes and checks a file.\n")
	heading(&b, "The file", "")
	fieldTable(&b, fileFields)
	heading(&b, "A table, and the defaults", "The defaults have all keys but `source`, `destination` and `name`.")
	keyTable(&b)
	heading(&b, "A rule", "A rule has `path` or `keys`.")
	fieldTable(&b, ruleFields)
	heading(&b, "Transformers", "A transformer is a name, such as `passthrough`, or a mapping of `use` and `with`, such as "+
		"`{use: pseudonym, with: {keepShape: true}}`. A rule has these two keys and its path. The tables list the options of `with`.")
	for _, spec := range specs {
		if !spec.anonymizer {
			specSection(&b, &spec, nil)
		}
	}
	common := commonOptions()
	heading(&b, "Anonymizers", "Anonymizers are transformers too. Each takes these options and its own:")
	fieldTable(&b, common)
	for _, spec := range specs {
		if spec.anonymizer {
			specSection(&b, &spec, common)
		}
	}
	classTable(&b)
	return b.String()
}

// commonOptions returns the options that all anonymizers take.
func commonOptions() []field {
	var common []field
	for i, spec := range specs {
		switch {
		case !spec.anonymizer:
		case common == nil:
			common = slices.Clone(specs[i].options)
		default:
			common = slices.DeleteFunc(common, func(f field) bool { return find(spec.options, f.name) == nil })
		}
	}
	return common
}

func heading(b *strings.Builder, title, text string) {
	fmt.Fprintf(b, "\n## %s\n", title)
	if text != "" {
		b.WriteString("\n" + text + "\n")
	}
}

func fieldTable(b *strings.Builder, fields []field) {
	b.WriteString("\n| key | value | default | meaning |\n|---|---|---|---|\n")
	for _, f := range fields {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.name, cell(f.shape.what), cell(f.normal()), cell(f.doc))
	}
}

func keyTable(b *strings.Builder) {
	b.WriteString("\n| key | value | default | meaning | Go |\n|---|---|---|---|---|\n")
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

// specSection writes what use: name is, apart from options that stand elsewhere.
func specSection(b *strings.Builder, s *transformerSpec, elsewhere []field) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n", s.name, strings.Join(append([]string{s.doc}, s.about...), " "))
	own := slices.DeleteFunc(slices.Clone(s.options), func(f field) bool { return find(elsewhere, f.name) != nil })
	if len(own) > 0 {
		fieldTable(b, own)
	}
}

// cell returns text for a cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "*", `\*`, "<", "&lt;").Replace(text)
}
