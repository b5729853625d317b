package rules

import (
	"fmt"
	"slices"
	"strings"
)

// A parser collects the faults of a file.
type parser struct {
	name    string
	context string // what the faults are about: "table ProdUsers: "
	faults  Errors
	joined  map[int][]int // by line, the columns of what is two characters shorter than in the file
}

func (p *parser) failAt(line, column int, format string, args ...any) {
	before, _ := slices.BinarySearch(p.joined[line], column)
	p.faults = append(p.faults, &Error{p.name, line, column + 2*before, p.context + fmt.Sprintf(format, args...)})
}

func (p *parser) fail(n *node, format string, args ...any) {
	p.failAt(n.line, n.column, format, args...)
}

// within returns a function that ends a context.
func (p *parser) within(format string, args ...any) (end func()) {
	outer := p.context
	p.context += fmt.Sprintf(format, args...) + ": "
	return func() { p.context = outer }
}

// is reports whether n is of a kind, and the fault if it is not.
func (p *parser) is(n *node, k kind, what string) bool {
	if n.kind != k && n.kind != faulty {
		p.fail(n, "this must be %s", what)
	}
	return n.kind == k
}

// A shape is what a value must be like.
type shape struct {
	what   string         // "text", after "must be"
	schema map[string]any // JSON Schema
	// read returns the value, and false if it has reported what is wrong with it.
	read func(p *parser, n *node) (any, bool)
}

// A field is a key of a mapping and what is known of it.
type field struct {
	name     string
	doc      string // sentences
	shape    shape
	required bool
	standard string // the default, in words; empty if there is none
}

// A member is a key of a mapping as it was read.
type member struct {
	key, node *node
	value     any // nil if ok is false
	ok        bool
}

// members are the keys of a mapping by name.
type members map[string]member

func (ms members) value(name string) any { return ms[name].value }

// fields reads a mapping. It is false if n is none, or lacks what is required, or
// has what is unknown or wrong; what there is of it is returned all the same.
func (p *parser) fields(n *node, fields []field) (members, bool) {
	ms, ok := members{}, true
	for i, key := range n.keys {
		f := find(fields, key.text)
		if f == nil {
			p.fail(key, "unknown key %q%s", shorten(key.text), alternatives(key.text, names(fields)))
			ok = false
			continue
		}
		v, fine := f.shape.read(p, n.items[i])
		ms[f.name] = member{key, n.items[i], v, fine}
		ok = ok && fine
	}
	for _, f := range fields {
		if _, given := ms[f.name]; f.required && !given {
			p.fail(n, "the key %s is missing", f.name)
			ok = false
		}
	}
	return ms, ok
}

func find(fields []field, name string) *field {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	return nil
}

func names(fields []field) []string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.name
	}
	return all
}

// shorten bounds how much of a name is printed.
func shorten(name string) string {
	const most = 60
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}

// object returns the JSON Schema of a mapping with these keys.
func object(fields []field) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range fields {
		properties[f.name] = described(f.shape.schema, f.doc)
		if f.required {
			required = append(required, f.name)
		}
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		slices.Sort(required)
		schema["required"] = required
	}
	return schema
}

// described returns a schema with a description.
func described(schema map[string]any, doc string) map[string]any {
	out := map[string]any{"description": strings.TrimSpace(doc)}
	for k, v := range schema {
		out[k] = v
	}
	return out
}
