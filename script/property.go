package script

import (
	"strings"
	"sync"
	"unicode"
)

// A runeRange is the characters from lo to hi.
type runeRange struct{ lo, hi rune }

// propertySet returns the characters of a property, nil if it is not known here: of a
// general category, a script or a binary property, by the name in \p{name}.
func propertySet(name string) charSet {
	if set, ok := properties.Load(name); ok {
		return set.(charSet)
	}
	var set charSet
	for _, table := range propertyTables(name) {
		set = appendTable(set, table)
	}
	if set = merged(set); set != nil {
		properties.Store(name, set)
	}
	return set
}

// properties has what propertySet returned, for the few hundred names that are known: a
// script can make up no others.
var properties sync.Map

// propertyTables returns the tables whose union is the property, or none for an unknown
// property.
func propertyTables(name string) []*unicode.RangeTable {
	kind, value, said := strings.Cut(name, "=")
	switch {
	case !said:
		return namedTables(name)
	case kind == "General_Category" || kind == "gc":
		return categoryTables(value)
	case kind == "Script" || kind == "sc":
		return tablesIn(unicode.Scripts, value)
	}
	return nil
}

// namedTables returns the tables of a property that is named without its kind.
func namedTables(name string) []*unicode.RangeTable {
	switch name {
	case "Any":
		return []*unicode.RangeTable{{R32: []unicode.Range32{{Lo: 0, Hi: unicode.MaxRune, Stride: 1}}}}
	case "ASCII":
		return []*unicode.RangeTable{{R16: []unicode.Range16{{Lo: 0, Hi: unicode.MaxASCII, Stride: 1}}}}
	case "Alphabetic", "Alpha":
		return []*unicode.RangeTable{unicode.L, unicode.Nl, unicode.Other_Alphabetic}
	case "Lowercase", "Lower":
		return []*unicode.RangeTable{unicode.Ll, unicode.Other_Lowercase}
	case "Uppercase", "Upper":
		return []*unicode.RangeTable{unicode.Lu, unicode.Other_Uppercase}
	}
	if tables := categoryTables(name); tables != nil {
		return tables
	}
	if tables := tablesIn(unicode.Scripts, name); tables != nil {
		return tables
	}
	return tablesIn(unicode.Properties, name)
}

// categoryTables returns the table of a category by its short or its long name.
func categoryTables(name string) []*unicode.RangeTable {
	if short, ok := unicode.CategoryAliases[name]; ok {
		name = short
	}
	return tablesIn(unicode.Categories, name)
}

func tablesIn(tables map[string]*unicode.RangeTable, name string) []*unicode.RangeTable {
	if t := tables[name]; t != nil {
		return []*unicode.RangeTable{t}
	}
	return nil
}

func appendTable(set charSet, t *unicode.RangeTable) charSet {
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			set = append(set, runeRange{lo, hi})
			return
		}
		for r := lo; r <= hi; r += stride {
			set = append(set, runeRange{r, r})
		}
	}
	for _, r := range t.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return set
}
