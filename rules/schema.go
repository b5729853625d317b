package rules

import (
	"bytes"
	"encoding/json"
)

// Schema returns a JSON Schema (draft 2020-12) of the format. It is the file
// schema.json of this package, generated from the parser's tables. A schema cannot
// express everything that [Parse] refuses, such as faults in the syntax of patterns.
func Schema() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(schema()); err != nil {
		panic(err) // it is made of literals and the catalog
	}
	return b.Bytes()
}

func schema() map[string]any {
	s := object(fileFields)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Tables and rules of dynsync"
	properties := s["properties"].(map[string]any)
	properties["version"].(map[string]any)["const"] = 1
	properties["defaults"] = described(object(sharedFields), fileFields[1].doc)
	properties["tables"] = map[string]any{"type": "array", "minItems": 1, "items": tableSchema(), "description": fileFields[2].doc}
	s["$defs"] = map[string]any{
		"transformer": transformerSchema(),
		"options":     optionsSchema(),
		"rule":        ruleSchema(),
		"default":     defaultSchema(),
	}
	return s
}

func tableSchema() map[string]any {
	s := object(ownFields)
	s["dependentRequired"] = map[string]any{"params": []string{"where"}}
	return s
}

// useSchema is that of the keys use and with, beside others.
func useSchema(others []field) map[string]any {
	s := object(others)
	properties := s["properties"].(map[string]any)
	properties["use"] = described(nameSchema(func(*transformerSpec) bool { return true }), useFields[0].doc)
	properties["with"] = map[string]any{"type": "object", "description": useFields[1].doc}
	s["$ref"] = "#/$defs/options"
	return s
}

// nameSchema is that of the names of some transformers.
func nameSchema(which func(*transformerSpec) bool) map[string]any {
	var all []any
	for i := range specs {
		if which(&specs[i]) {
			all = append(all, map[string]any{"const": specs[i].name, "description": specs[i].doc})
		}
	}
	return map[string]any{"oneOf": all}
}

func transformerSchema() map[string]any {
	return map[string]any{"anyOf": []any{
		nameSchema(func(s *transformerSpec) bool { return !s.needsOptions() }),
		useSchema(useFields),
	}}
}

func (s *transformerSpec) needsOptions() bool {
	for _, f := range s.options {
		if f.required {
			return true
		}
	}
	return false
}

// optionsSchema says which options each name of use takes.
func optionsSchema() map[string]any {
	var all []any
	for i := range specs {
		then := map[string]any{"properties": map[string]any{"with": object(specs[i].options)}}
		if specs[i].needsOptions() {
			then["required"] = []string{"with"}
		}
		all = append(all, map[string]any{
			"if":   map[string]any{"properties": map[string]any{"use": map[string]any{"const": specs[i].name}}, "required": []string{"use"}},
			"then": then,
		})
	}
	return map[string]any{"allOf": all}
}

func ruleSchema() map[string]any {
	s := useSchema(ruleFields)
	s["oneOf"] = []any{map[string]any{"required": []string{"path"}}, map[string]any{"required": []string{"keys"}}}
	return s
}

func defaultSchema() map[string]any {
	return map[string]any{"anyOf": []any{transformerShape.schema, object(defaultKinds)}}
}
