package gotype

import (
	"reflect"
	"strings"
)

// A Field is a field of a struct that attributevalue encodes and decodes.
type Field struct {
	Name string // of the attribute
	Go   string // of the field
	Type reflect.Type

	tagged bool // the tag gives the name
	hidden bool // reflection cannot set it
}

// Fields returns the fields of a struct and of those that it embeds. Of several with one
// name it returns the one that attributevalue takes: the least deep, or the only tagged one
// of these, or none.
func Fields(t reflect.Type) []Field {
	var all []Field
	names := map[string]bool{}
	visited := map[reflect.Type]bool{}
	for level := []reflect.Type{t}; len(level) > 0; {
		var found []Field
		var embedded []reflect.Type
		for _, s := range level {
			visited[s] = true
			own, within := ownFields(s)
			found, embedded = append(found, own...), append(embedded, within...)
		}
		all = append(all, dominant(found, names)...)
		level = level[:0]
		for _, s := range embedded {
			if !visited[s] {
				level = append(level, s)
			}
		}
	}
	return all
}

// ownFields returns the fields of one struct, and the structs that it embeds.
func ownFields(t reflect.Type) (fields []Field, embedded []reflect.Type) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("dynamodbav"), ",")
		if name == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		elem := f.Type
		if elem.Name() == "" && elem.Kind() == reflect.Pointer {
			elem = elem.Elem()
		}
		isPointer := elem != f.Type
		if f.Anonymous && name == "" && elem.Kind() == reflect.Struct {
			if isPointer && !f.IsExported() {
				fields = append(fields, Field{Name: f.Name, Go: f.Name, Type: f.Type, hidden: true})
				continue
			}
			embedded = append(embedded, elem)
			continue
		}
		field := Field{Name: f.Name, Go: f.Name, Type: f.Type, hidden: !f.IsExported() && !isPlainStruct(f.Type)}
		if name != "" {
			field.Name, field.tagged = name, true
		}
		fields = append(fields, field)
	}
	return fields, embedded
}

// isPlainStruct reports whether a type is a struct without methods, whose exported fields
// reflection can set even if the struct is embedded and not exported.
func isPlainStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && reflect.PointerTo(t).NumMethod() == 0
}

// dominant returns the fields of one depth that are not hidden by those of names, and adds
// their names.
func dominant(found []Field, names map[string]bool) (all []Field) {
	total, tagged := map[string]int{}, map[string]int{}
	for _, f := range found {
		total[f.Name]++
		if f.tagged {
			tagged[f.Name]++
		}
	}
	for _, f := range found {
		alone := total[f.Name] == 1 || f.tagged && tagged[f.Name] == 1
		if alone && !names[f.Name] {
			all = append(all, f)
		}
	}
	for name := range total {
		names[name] = true
	}
	return all
}
