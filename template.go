package dynsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/reason"
)

// Template rebuilds a composite key from other attributes, as the other rules transformed
// them:
//
//	WithTransform("Email", anon.Email()),
//	WithTransform("PK", Template("CUSTOMER#{Email}")),
//
// A placeholder is a document path in braces. The string or number at that path replaces
// it. If the item has none there, the item fails. "{{" and "}}" stand for braces.
//
// The template takes S and N and keeps the data type. It does not apply
// ([ErrNotApplicable]) to a value that lacks its fixed text at the start, at the end and,
// in order, in between. With [FirstOf] a rule can therefore choose a template by the
// format of the key, as in a single-table design.
//
// Template is Last: it runs after all other rules and does not see the attributes of
// other Last rules. The rule's path must be the name of an attribute, usually of a key
// attribute or of an index key.
//
// [New] cannot know whether different items get different keys, because the result
// depends on other attributes and not on the old value. The run compares the keys
// instead.
//
// If all attributes in the template pass through, the result equals the old value, and
// [WithLeakCheck] reports a missing rule. If that is intended, use [When] and
// [Passthrough] for the key as for the attributes.
func Template(text string) Transformer {
	parts, err := parseTemplate(text)
	b := &builtin{desc: Description{
		Name: "Template", Options: text, Kinds: []Kind{KindS, KindN}, Last: true, PerItem: true, Err: err,
		Keeps: "what its attributes keep",
	}}
	b.fn = func(_ context.Context, in Input) (Value, error) {
		old, _ := in.Value.Text()
		if !parts.fit(old) {
			return Value{}, ErrNotApplicable
		}
		out, err := parts.fill(in.Transformed())
		switch {
		case err != nil:
			return Value{}, err
		case in.Value.kind == KindN:
			return numberFromTemplate(out)
		}
		return StringValue(out), nil
	}
	return b
}

func numberFromTemplate(text string) (Value, error) {
	v, err := NumberValue(text)
	if err != nil {
		return v, reason.Error("Template: the attribute is a number, but the result is not")
	}
	return v, nil
}

// A templateParts is a parsed template: fixed texts with a path between each two.
type templateParts struct{ fixed, paths []string }

func parseTemplate(text string) (templateParts, error) {
	var p templateParts
	var fixed strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '{' && c != '}' {
			fixed.WriteByte(c)
			continue
		}
		if i+1 < len(text) && text[i+1] == c {
			fixed.WriteByte(c)
			i++
			continue
		}
		end := placeholderEnd(text[i:])
		if c == '}' || end < 0 {
			return p, fmt.Errorf("Template: the brace at column %d has no partner; double it to use it as text", i+1)
		}
		path := text[i+1 : i+end]
		if _, err := docpath.ParsePath(path); err != nil {
			return p, fmt.Errorf("Template: the placeholder at column %d: %w", i+1, err)
		}
		p.fixed, p.paths = append(p.fixed, fixed.String()), append(p.paths, path)
		fixed.Reset()
		i += end
	}
	p.fixed = append(p.fixed, fixed.String())
	if len(p.paths) == 0 {
		return p, errors.New("Template: there is no placeholder, such as {Email}; use Constant for a fixed text")
	}
	return p, nil
}

// placeholderEnd returns the index of a placeholder's closing brace outside quotes, or
// -1.
func placeholderEnd(text string) int {
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '}' && !quoted:
			return i
		}
	}
	return -1
}

// fit reports whether a value has the fixed texts, with at least one byte between them.
func (p templateParts) fit(value string) bool {
	rest, ok := strings.CutPrefix(value, p.fixed[0])
	if !ok {
		return false
	}
	last := len(p.fixed) - 1
	for _, fixed := range p.fixed[1:last] {
		if rest == "" {
			return false
		}
		i := strings.Index(rest[1:], fixed)
		if i < 0 {
			return false
		}
		rest = rest[1+i+len(fixed):]
	}
	return len(rest) > len(p.fixed[last]) && strings.HasSuffix(rest, p.fixed[last])
}

// fill returns the template with the values at its paths.
func (p templateParts) fill(rec *Record) (string, error) {
	var b strings.Builder
	for i, path := range p.paths {
		v, _ := rec.Get(path)
		text, ok := v.Text()
		if !ok || !slices.Contains([]Kind{KindS, KindN}, v.kind) || text == "" {
			return "", reason.Error("Template: the item has no string or number at {" + path + "} after the other rules")
		}
		b.WriteString(p.fixed[i])
		b.WriteString(text)
	}
	b.WriteString(p.fixed[len(p.paths)])
	return b.String(), nil
}
