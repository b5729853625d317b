package dynsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
)

// Template rebuilds a key that is made of other attributes, of what the other
// rules made of them:
//
//	WithTransform("Email", anon.Email()),
//	WithTransform("PK", Template("CUSTOMER#{Email}")),
//
// A placeholder is a document path in braces; it stands for the string or number
// there, as it is written. "{{" and "}}" are braces. The template does not apply
// to a value that does not have its fixed text, at the start, at the end and, in
// order, in between, so that [FirstOf] chooses among the templates of a table
// with several kinds of items. An item without a string or number at a path
// fails. Of attributes that all pass through, the result is the old value, which
// [WithLeakCheck] takes for one that a rule is missing for: where that is meant,
// [When] and [Passthrough] say so, for the key as for the attributes.
//
// It comes after all other rules, and its rule's path is the name of an
// attribute, usually of a key or of the key of a secondary index; it sees no
// attribute of another such rule. It takes S and N, and keeps the kind. What it
// says of the value that was there is what the attributes say: [New] cannot tell
// whether different items get different keys, so the items of a run are compared.
func Template(text string) Transformer {
	parts, err := parseTemplate(text)
	b := &builtin{desc: Description{
		Name: "Template", Options: text, Kinds: []Kind{KindS, KindN}, Last: true, Err: err,
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
		return v, reasonError("Template: the attribute is a number, and what the template gives is none")
	}
	return v, nil
}

// A templateParts is a template: a fixed text, a path, a fixed text, …, a fixed
// text.
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
			return p, fmt.Errorf("Template: the brace at column %d has no other one; a brace as text is written twice", i+1)
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

// placeholderEnd returns where the closing brace of a placeholder stands, which
// is not one within quotes, or -1.
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

// fit reports whether a value has the fixed texts, with something in each gap.
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

// fill returns the template with what stands at its paths.
func (p templateParts) fill(rec *Record) (string, error) {
	var b strings.Builder
	for i, path := range p.paths {
		v, _ := rec.Get(path)
		text, ok := v.Text()
		if !ok || !slices.Contains([]Kind{KindS, KindN}, v.kind) || text == "" {
			return "", reasonError("Template: the item has no string or number at {" + path + "} once the other rules are applied")
		}
		b.WriteString(p.fixed[i])
		b.WriteString(text)
	}
	b.WriteString(p.fixed[len(p.paths)])
	return b.String(), nil
}
