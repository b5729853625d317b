package rules

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/near"
)

var textShape = shape{
	what:   "a string",
	schema: map[string]any{"type": "string"},
	read: func(p *parser, n *node) (any, bool) {
		return n.text, p.is(n, text, "a string; put quotes around one that looks like another value")
	},
}

var flagShape = shape{
	what:   "true or false",
	schema: map[string]any{"type": "boolean"},
	read: func(p *parser, n *node) (any, bool) {
		return n.text == "true", p.is(n, boolean, "true or false")
	},
}

// oneOf is text that is one of the names.
func oneOf(names ...string) shape {
	what := "one of " + strings.Join(names, ", ")
	return shape{
		what:   what,
		schema: map[string]any{"enum": names},
		read: func(p *parser, n *node) (any, bool) {
			if !p.is(n, text, what) {
				return nil, false
			}
			for _, name := range names {
				if n.text == name {
					return name, true
				}
			}
			p.fail(n, "this must be %s%s", what, near.Suggest(n.text, names))
			return nil, false
		},
	}
}

// integer is a whole number, of type int64, from low to high.
func integer(low, high int64) shape {
	what := "a whole number"
	schema := map[string]any{"type": "integer"}
	if low != math.MinInt64 || high != math.MaxInt64 {
		what = fmt.Sprintf("a whole number from %d to %d", low, high)
		schema["minimum"], schema["maximum"] = low, high
	}
	if high == math.MaxInt64 && low != math.MinInt64 {
		what = fmt.Sprintf("a whole number, %d or more", low)
		delete(schema, "maximum")
	}
	if low == high {
		what = fmt.Sprintf("the number %d", low)
	}
	return shape{what: what, schema: schema, read: func(p *parser, n *node) (any, bool) {
		if !p.is(n, number, what) {
			return nil, false
		}
		i, ok := wholeNumber(n.text)
		if !ok || i < low || i > high {
			p.fail(n, "this must be %s", what)
			return nil, false
		}
		return i, true
	}}
}

// wholeNumber reads 8, and as JSON Schema has it also 8.0 and 8e0.
func wholeNumber(text string) (int64, bool) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// float is a number, of type float64, for which holds is true.
func float(what string, bounds map[string]any, holds func(float64) bool) shape {
	schema := map[string]any{"type": "number"}
	for k, v := range bounds {
		schema[k] = v
	}
	return shape{what: what, schema: schema, read: func(p *parser, n *node) (any, bool) {
		if !p.is(n, number, what) {
			return nil, false
		}
		f, err := strconv.ParseFloat(n.text, 64)
		if err != nil || !holds(f) {
			p.fail(n, "this must be %s", what)
			return nil, false
		}
		return f, true
	}}
}

var fractionShape = float("a number above 0 and at most 1", map[string]any{"exclusiveMinimum": 0, "maximum": 1},
	func(f float64) bool { return f > 0 && f <= 1 })

var toleranceShape = float("a number of 0 or more", map[string]any{"minimum": 0},
	func(f float64) bool { return f >= 0 })

// list is a list of what elem is, of type []any, with at least some of them.
func list(what string, elem shape, atLeast int) shape {
	schema := map[string]any{"type": "array"}
	if elem.schema != nil {
		schema["items"] = elem.schema
	}
	if atLeast > 0 {
		schema["minItems"] = atLeast
	}
	return shape{what: what, schema: schema, read: func(p *parser, n *node) (any, bool) {
		if !p.is(n, sequence, what) {
			return nil, false
		}
		if len(n.items) < atLeast {
			p.fail(n, "this list must have %d or more elements", atLeast)
			return nil, false
		}
		out, ok := make([]any, len(n.items)), true
		for i, item := range n.items {
			v, fine := elem.read(p, item)
			out[i], ok = v, ok && fine
		}
		return out, ok
	}}
}

// texts is a list of low to high texts, of type []string.
func texts(low, high int) shape {
	s := list("a list of strings", textShape, low)
	what := "a list of strings"
	if high > 0 {
		s.schema["maxItems"] = high
		what = fmt.Sprintf("a list of %d to %d strings", low, high)
	}
	read := s.read
	return shape{what: what, schema: s.schema, read: func(p *parser, n *node) (any, bool) {
		v, ok := read(p, n)
		if !ok {
			return nil, false
		}
		all := v.([]any)
		if high > 0 && len(all) > high {
			p.fail(n, "this must be %s", what)
			return nil, false
		}
		out := make([]string, len(all))
		for i, e := range all {
			out[i] = e.(string)
		}
		return out, true
	}}
}

// valueShape is any value that [dynsync.ValueOf] takes. Numbers keep their decimal
// text.
var valueShape = shape{
	what:   "a value",
	schema: map[string]any{},
	read:   readValue,
}

func readValue(p *parser, n *node) (any, bool) {
	switch n.kind {
	case text:
		return n.text, true
	case number:
		if _, err := dynsync.NumberValue(n.text); err != nil {
			p.fail(n, "DynamoDB cannot store this number: it holds at most 38 digits, from 1E-130 to 9.99E+125")
			return nil, false
		}
		return json.Number(n.text), true
	case boolean:
		return n.text == "true", true
	case null:
		return nil, true
	case sequence:
		return list("a list", shape{read: readValue}, 0).read(p, n)
	case mapping:
		out, ok := make(map[string]any, len(n.keys)), true
		for i, key := range n.keys {
			v, fine := readValue(p, n.items[i])
			out[key.text], ok = v, ok && fine
		}
		return out, ok
	}
	return nil, false
}

var percentage = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)%$`)

const capacityWhat = `a number of capacity units per second above 0, "unlimited", or a percentage such as "50%"`

// capacityShape is a [dynsync.Capacity].
var capacityShape = shape{
	what: capacityWhat,
	read: readCapacity,
	schema: map[string]any{"anyOf": []any{
		map[string]any{"type": "number", "exclusiveMinimum": 0},
		map[string]any{"const": "unlimited"},
		map[string]any{"type": "string", "pattern": percentage.String()},
	}},
}

func readCapacity(p *parser, n *node) (any, bool) {
	switch n.kind {
	case number:
		if f, err := strconv.ParseFloat(n.text, 64); err == nil && f > 0 {
			return dynsync.Units(f), true
		}
	case text:
		if n.text == "unlimited" {
			return dynsync.Unlimited(), true
		}
		if m := percentage.FindStringSubmatch(n.text); m != nil {
			if f, err := strconv.ParseFloat(m[1], 64); err == nil && f > 0 && f <= 100 {
				return dynsync.Percent(f), true
			}
		}
	case faulty:
		return nil, false
	}
	p.fail(n, "this must be %s", capacityWhat)
	return nil, false
}

// autoSegments is what segmentsShape reads for auto.
const autoSegments = int64(0)

var segmentsShape = func() shape {
	s := integer(1, 1_000_000)
	what := s.what + `, or "auto"`
	return shape{
		what:   what,
		schema: map[string]any{"anyOf": []any{s.schema, map[string]any{"const": "auto"}}},
		read: func(p *parser, n *node) (any, bool) {
			switch {
			case n.kind == text && n.text == "auto":
				return autoSegments, true
			case n.kind == number:
				return s.read(p, n)
			}
			return nil, p.is(n, number, what)
		},
	}
}()
