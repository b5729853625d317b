package dynsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/onetoone"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/template"
	"github.com/dynsync/dynsync/internal/wire"
)

// Template rebuilds a composite key from other attributes, as the other rules transformed
// them:
//
//	WithTransform("Email", anon.Email()),
//	WithTransform("PK", Template("CUSTOMER#{Email|lower}")),
//
// A placeholder is a document path in braces. The string or number at that path replaces
// it. "{{" and "}}" stand for braces. Modifiers behind the path, each after a "|", say how
// the text enters the key:
//
//	lower, upper  letters in lower or upper case
//	trim          no white space at the ends
//	digits        the digits 0 to 9 only
//	max=N         the first N characters
//	pad=N         zeros in front, up to N characters
//	y, ym, ymd    the year, year-month or date of an ISO date or date-time
//	sha256        the SHA-256 hash of the text as UTF-8, in lower-case hexadecimal
//
// N is from 1 to 2048. Quote a name that contains "|". pad does not fit a longer text, or
// one that begins with a sign or with 0 and is not 0 itself, since another could become
// the same. y, ym and ymd do not fit what is no date, and no modifier fits a text of which
// it would leave nothing.
//
// The template takes S and N and keeps the data type. It does not apply
// ([ErrNotApplicable]) to a value that it does not make, byte for byte, of the item as
// read ([Input.Record]): the value is then made of something else, and the item would get
// a key that is not its own. The error of a key attribute says so, and names the modifier
// that would have fitted, if one or two would. With [FirstOf] a rule can therefore choose
// a template by the format of the key, as in a single-table design.
//
// The item fails if the other rules left no string or number at a path, or one that does
// not fit a modifier. What is drawn for an attribute fits, if the value did: a pseudonym
// that does not fit a modifier, or holds the text that stands behind the placeholder, is
// drawn again ([Input.Attempt]), in the attribute and in all keys of it. A table without
// the template keeps the first pseudonym.
//
// Template is Last: it runs after all other rules and does not see the attributes of
// other Last rules. The rule's path must be the name of an attribute, usually of a key
// attribute or of an index key.
//
// Whether different items get different keys depends on the rules for the attributes, and
// the run compares the keys. With [WithCheckpoint] or [WithShare] keys can be one-to-one:
// each part of the new key is then what the attribute's rule makes of the same part of the
// old key, and the item fails if the rule gave the attribute another text, or if a part or
// a result contains the text that separates it from the next. A key does not tell numbers
// from strings, so the rule for a number must take numbers alone:
// OnKind(KindN, anon.Digits()). In [FirstOf] the key alone chooses the template: of two
// templates of one form, the first takes every key.
//
// If all attributes in the template pass through, the result equals the old value, and
// [WithLeakCheck] reports a missing rule. If that is intended, write [Passthrough] for the
// key.
func Template(text string) Transformer {
	parts, err := template.Parse(text)
	if err != nil {
		err = fmt.Errorf("Template: %w", err)
	}
	b := &builtin{described: true, template: parts, desc: Description{
		Name: "Template", Options: text, Kinds: []Kind{KindS, KindN}, Last: true, PerItem: true, Err: err,
		Keeps: "what its attributes keep",
	}}
	b.fn = func(ctx context.Context, in Input) (Value, error) {
		if in.call.Guarded() {
			return rebuild(ctx, parts, in)
		}
		if err := wasMade(parts, in); err != nil {
			return Value{}, err
		}
		out, misfit := parts.Derive(textsOf(in.Transformed()))
		if misfit != "" {
			return Value{}, reason.Error(afterRules + misfit)
		}
		return fromTemplate(in.Value.kind, out)
	}
	return b
}

const afterRules = "Template: after the other rules, "

// rebuild makes a key that must be one-to-one. Every part of the key is made of the old
// part alone, so that it cannot depend on the rest of the item, and must be what the other
// rules made of its attribute. From the new key the new parts can be told, as from the old
// key the old ones.
func rebuild(ctx context.Context, t *template.Template, in Input) (Value, error) {
	old, _ := in.Value.Text()
	parts, fits := t.Split(old)
	switch {
	case !fits:
		return Value{}, otherForm
	case in.call.Trial():
		return in.Value, nil
	}
	guarded := in.call.Unguarded()
	rec := in.Record()
	before, after := textsOf(rec), textsOf(in.Transformed())
	guarded()
	for i, p := range t.Placeholders {
		attribute, _ := before(p.Path)
		if attribute == "" {
			return Value{}, reason.Error("Template: the key has the form of the template, but the item has no string or number at " + p.String() + byKeyAlone)
		}
		if made, misfit := p.Text(attribute); misfit != "" || made != parts[i] {
			return Value{}, reason.Error("Template: " + cmp.Or(t.Explain(old, before), "the value of "+p.String()+" holds the text that stands behind it in the template"))
		}
		made, kept, err := in.call.RunAt(ctx, p.Path, p.Folded(attribute), p.Folded)
		switch {
		case errors.Is(err, engine.ErrUnplaced):
			return Value{}, reason.Error("Template: the rule for " + p.String() + " does not apply to its part of the key; handle that part by another branch of FirstOf in the rule, as for the attribute")
		case err != nil:
			return Value{}, err
		}
		if !kept {
			var misfit string
			if parts[i], misfit = p.Text(made); misfit != "" {
				return Value{}, reason.Error(afterRules + misfit + ofOneType(rec, p))
			}
		}
		result, _ := after(p.Path)
		if whole, _ := p.Text(result); whole != parts[i] {
			return Value{}, reason.Error("Template: of " + p.String() + " and of its part of the key the rule makes different texts" + ofOneType(rec, p))
		}
	}
	out, whole := t.Join(parts)
	if in.Value.kind == KindN {
		normal, err := wire.AppendNumber(nil, []byte(out))
		whole = whole && err == nil && string(normal) == out // or DynamoDB would write it so
	}
	if !whole {
		return Value{}, reason.Error("Template: a result holds a fixed text of the template, or is no number as DynamoDB writes it, so another key could get the same result")
	}
	return fromTemplate(in.Value.kind, out)
}

const byKeyAlone = "; with WithCheckpoint or WithShare a branch is chosen by the key alone; use Delimited with a transformer for each part, which needs no attribute"

// ofOneType says what to do about the rule for an attribute that is a number. The key does
// not tell that, so the rule makes of its part what it makes of a string, if it takes
// strings.
func ofOneType(rec *Record, p template.Placeholder) string {
	if v, _ := rec.at(p.Path); v.kind != KindN {
		return ""
	}
	return "; " + p.String() + " is a number, and the key does not tell a number from a string: let its rule take numbers alone, by OnKind(KindN, …)"
}

var otherForm = engine.DeclineAs("the value does not have the form of the template")

// wasMade returns ErrNotApplicable unless a template makes the value of the item as read.
func wasMade(parts *template.Template, in Input) error {
	old, _ := in.Value.Text()
	if !parts.Fits(old) {
		return otherForm
	}
	item := textsOf(in.Record())
	if made, misfit := parts.Derive(item); misfit == "" && made == old {
		return nil
	}
	return engine.Decline(func() string { return parts.Explain(old, item) })
}

// textsOf returns where a template finds the strings and numbers of a record.
func textsOf(rec *Record) template.Item {
	return func(path []wire.Step) (string, bool) {
		v, _ := rec.at(path)
		text, ok := v.Text()
		return text, ok && text != ""
	}
}

// fromTemplate returns what a template made for an attribute of that data type.
func fromTemplate(kind Kind, text string) (Value, error) {
	if kind != KindN {
		return StringValue(text), nil
	}
	v, err := NumberValue(text)
	if err != nil {
		return v, reason.Error("Template: the attribute is a number, but the result is not")
	}
	return v, nil
}

// Delimited splits a string at every sep and applies the i-th transformer to the i-th
// part. [Passthrough] keeps a part:
//
//	Delimited("#", Passthrough(), anon.Email(), Passthrough()) // CUSTOMER#alice@example.com#2024
//
// It does not apply to a string with another number of parts. A pseudonym that contains sep
// is drawn again ([Input.Attempt]), so that the value has another one in an attribute of
// its own. The item fails if no result is free of sep, as of a transformer that does not
// draw, or if a result is not a string or number. [New] reports an error for a transformer
// whose results all contain sep. Keys are one-to-one ([WithCheckpoint]) if the transformers
// of all parts make them so.
func Delimited(sep string, parts ...Transformer) Transformer {
	b := &builtin{described: true, join: onetoone.Apart}
	b.desc = Description{Name: "Delimited", Options: fmt.Sprintf("%q %s", sep, options(parts)), Kinds: []Kind{KindS}, Uniqueness: weakest(parts)}
	switch {
	case sep == "":
		b.desc.Err = errors.New("Delimited needs a separator")
	case len(parts) == 0:
		b.desc.Err = errors.New("Delimited needs a transformer for each part")
	}
	for i, t := range parts {
		if t != nil && describe(t).alwaysHolds(sep) {
			b.desc.Err = cmp.Or(b.desc.Err, fmt.Errorf("Delimited: every result of transformer %d (%s) contains the separator %q; use a transformer of which not all do", i+1, describe(t).Name, sep))
		}
	}
	ops := opsOf(parts)
	b.fn = func(ctx context.Context, in Input) (Value, error) { return delimited(ctx, sep, ops, in) }
	return b.around(parts...)
}

// delimited runs an op on each part of the value.
func delimited(ctx context.Context, sep string, ops []*engine.Op, in Input) (Value, error) {
	text, _ := in.Value.Text()
	texts := strings.Split(text, sep)
	if n := len(texts); n != len(ops) {
		return Value{}, engine.Decline(func() string { return fmt.Sprintf("it has %d parts at %q, and Delimited has %d", n, sep, len(ops)) })
	}
	meant := true
	for i, op := range ops {
		old := StringValue(texts[i])
		fit := engine.Fit{Must: func(out engine.Value) string { return unfitPart(out, sep, i == len(ops)-1) }}
		got, err := in.fromEngine(engine.RunPartToFit(ctx, in.call, op, toEngine(old), fit))
		if err != nil {
			return Value{}, err
		}
		meant = meant && (texts[i] == "" || in.call.Meant(toEngine(old), toEngine(got)))
		texts[i], _ = got.Text()
	}
	if meant {
		in.keepWhole()
	}
	return StringValue(strings.Join(texts, sep)), nil
}

// unfitPart says what is wrong with a result for a part, which the separator follows unless
// it is the last: the part must be found again where the whole is split.
func unfitPart(out engine.Value, sep string, last bool) string {
	text, kind := wire.DecodeText(out.Raw)
	if kind != wire.S && kind != wire.N {
		return "Delimited: the result for a part is not a string or number"
	}
	at := strings.Index(text, sep)
	if !last && at < 0 { // its end may begin a separator that ends in this one
		if at = strings.Index(text+sep, sep); at == len(text) {
			at = -1
		}
	}
	if at >= 0 {
		return "Delimited: the result for a part contains the separator"
	}
	return ""
}
