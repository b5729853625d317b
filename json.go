package dynsync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/wire"
)

// JSON applies rules within a string that holds JSON text:
//
//	WithTransform("Payload", JSON(
//		WithTransform("user.email", anon.Email()),
//		WithTransform("items[*].sku", Passthrough()),
//	))
//
// It takes [WithTransform], [WithTransformKeys] and [WithDefault] with the
// meaning that they have for an item: what no rule selects gets the default
// transformer, [Pseudonym] unless they say otherwise. A string is an S, a number
// an N, an object an M and an array an L; binary and sets that a transformer
// makes become base64 text and arrays. The order of members, names, and numbers and
// strings that nothing touches stay exactly as they are, escapes too; only a lone
// surrogate that is not escaped becomes an escape. White space between them goes.
//
// It does not apply to a string that is no object or array, that names a member
// twice, nests deeper than DynamoDB's 32 levels or holds a number out of
// DynamoDB's range. Rules that matched nothing are not reported, so that no
// transformer that may keep a value ([MayKeep]) can be its default. Transformers that
// act where a value is missing, or last, are not possible within.
func JSON(opts ...TableOption) Transformer {
	set, text, err := jsonRules(opts)
	b := &builtin{desc: Description{Name: "JSON", Options: text, Kinds: []Kind{KindS}, Keeps: set.keeps(), Err: err}}
	b.fn = func(_ context.Context, in Input) (Value, error) {
		text, _ := in.Value.Text()
		v, err := valueOfJSON(text)
		if err != nil || in.exec == nil {
			return Value{}, ErrNotApplicable
		}
		out, meant, err := in.exec.within(set, v)
		if err != nil || out.IsMissing() {
			return out, err
		}
		if meant {
			in.keepWhole()
		}
		if made := string(appendJSON(nil, out.raw)); made != text {
			return StringValue(made), nil
		}
		return in.Value, nil // with its own escapes, for a JSON around it
	}
	return b
}

// keeps returns what rules within JSON keep of it: the names of members, and what the
// transformers of the rules keep. Defaults that may keep anything are refused, but for
// NULL, where one may write something else of the item.
func (set *ruleSet) keeps() string {
	if set == nil {
		return ""
	}
	kept := []string{"the names of members"}
	for _, r := range set.rules {
		if c, keeps := anyKind(r.desc); c == MayKeep {
			kept = append(kept, keeps)
		}
	}
	if t := set.defaults[KindNULL].t; t != nil {
		if d := describe(t); d.ClassOf(KindNULL) == MayKeep && d.Keeps == "" {
			kept = append(kept, "")
		}
	}
	return joinKept(kept)
}

// jsonRules compiles the rules of a JSON, and returns their text.
func jsonRules(opts []TableOption) (*ruleSet, string, error) {
	cfg := &tableConfig{}
	for _, o := range opts {
		o.applyTable(cfg)
	}
	var errs []error
	var rules []*rule
	var text strings.Builder
	for _, rc := range cfg.rules {
		r, err := newRule(rc.pattern, rc.t, rc.opts)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if r.desc.TakesMissing || r.desc.Last {
			errs = append(errs, fmt.Errorf("rule %q: %s acts where a value is missing, or last, which is not possible within JSON", r.text, r.desc.Name))
		}
		if r.optional || r.clashes {
			errs = append(errs, fmt.Errorf("rule %q: Optional and AllowCollisions say nothing within JSON", r.text))
		}
		if r.onNames = rc.onNames; r.onNames {
			text.WriteString("names of ")
		}
		fmt.Fprintf(&text, "%q=%s;", r.text, options([]Transformer{rc.t}))
		rules = append(rules, r)
	}
	refused := map[string]bool{}
	for _, k := range defaultKinds {
		t := cfg.defaults[k]
		if t == nil {
			continue
		}
		errs = append(errs, faults(t)...)
		if name := describe(t).Name; k != KindNULL && mayPass(t, k) && !refused[name] {
			refused[name] = true
			errs = append(errs, fmt.Errorf("%s cannot be the default, since it may keep values: a rule that matches nothing would go unseen, and its values through", name))
		}
		fmt.Fprintf(&text, "%v=%s;", k, options([]Transformer{t}))
	}
	set, conflicts := compileRules(rules, cfg.defaults)
	errs = append(errs, conflicts...)
	for name := range set.literals {
		member := append(wire.AppendQuote(nil, name), ':')
		set.quoted = append(set.quoted, wire.AppendQuote(nil, string(member)))
	}
	cfg.rules, cfg.defaults = nil, nil
	if !reflect.ValueOf(*cfg).IsZero() {
		errs = append(errs, errors.New("it takes WithTransform, WithTransformKeys and WithDefault only"))
	}
	if len(errs) > 0 {
		return nil, "", fmt.Errorf("JSON: %w", errors.Join(errs...))
	}
	return set, text.String(), nil
}

// within applies rules to a value that a transformer took out of the item. If it
// comes out as it was, that is meant unless a rule returned what it was given.
func (x *exec) within(set *ruleSet, v Value) (out Value, meant bool, err error) {
	sub := x.subs[set]
	if sub == nil {
		plan := *x.plan
		plan.rules = set
		sub = newExec(&plan)
		if x.subs == nil {
			x.subs = map[*ruleSet]*exec{}
		}
		x.subs[set] = sub
	}
	sub.stand(x, v.raw)
	done, err := sub.container(wire.Span{End: uint32(len(v.raw))}, wire.Kind(v.kind), 0, len(sub.nodes), set.cover)
	x.last, x.rounded, x.grown = sub.last, x.rounded || sub.rounded, x.grown+sub.grown
	if err != nil {
		return Value{}, false, err
	}
	raw := sub.ed.Finish()
	x.leak.TookWithin(sub.leak, raw, set.quoted)
	switch done {
	case kept:
		return v, true, nil
	case removed:
		return MissingValue(), true, nil
	}
	return borrow(raw), x.leak == nil || !bytes.Equal(raw, v.raw) || sub.leak.DrewAll(), nil
}

// stand makes x stand where outer does, with src as what it works on.
func (x *exec) stand(outer *exec, src []byte) {
	x.reset()
	x.ctx, x.src, x.rec = outer.ctx, src, outer.record()
	x.whole, x.item = outer.whole, outer.item
	x.itemKey, x.started, x.exact = outer.itemKey, false, outer.exact
	x.last, x.rounded = nil, false
	x.steps, x.places = append(x.steps, outer.steps...), append(x.places, outer.places...)
	x.ed.Reset(make([]byte, 0, len(src)+len(src)/4), src)
	x.activate(x.plan.rules.root)
}

var errNotJSON = errors.New("dynsync: no JSON that rules apply to")

// valueOfJSON returns an object or array as the M or L that it means.
func valueOfJSON(text string) (Value, error) {
	dec := &jsonDecoder{Decoder: json.NewDecoder(strings.NewReader(text)), text: text}
	dec.UseNumber()
	raw, err := appendFromJSON(make([]byte, 0, 2*len(text)), dec, 0)
	if err != nil {
		return Value{}, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return Value{}, errNotJSON
	}
	if k := Kind(wire.KindOf(raw)); !k.isContainer() {
		return Value{}, errNotJSON
	}
	return newValue(raw)
}

// A jsonDecoder is a json.Decoder of a text whose tokens hold lone surrogates too, for
// which encoding/json puts U+FFFD.
type jsonDecoder struct {
	*json.Decoder
	text    string
	literal string // of the last token, if it is a string, with its quotes
}

func (d *jsonDecoder) Token() (json.Token, error) {
	before := d.InputOffset()
	token, err := d.Decoder.Token()
	s, ok := token.(string)
	if !ok {
		return token, err
	}
	d.literal = d.text[before:d.InputOffset()]
	d.literal = d.literal[strings.IndexByte(d.literal, '"'):]
	if strings.ContainsRune(s, utf8.RuneError) {
		token = string(wire.AppendUnquote(nil, []byte(d.literal[1:len(d.literal)-1])))
	}
	return token, err
}

// appendLiteral appends a string that Token returned, as it stands in the text: what no
// rule touches keeps its escapes. In DynamoDB JSON a lone surrogate is escaped.
func (d *jsonDecoder) appendLiteral(dst []byte, token string) []byte {
	if utf8.ValidString(d.literal) {
		return append(dst, d.literal...)
	}
	return wire.AppendQuote(dst, token)
}

// maxJSONDepth is DynamoDB's limit of nesting.
const maxJSONDepth = 32

// appendFromJSON appends the next value of dec.
func appendFromJSON(dst []byte, dec *jsonDecoder, depth int) ([]byte, error) {
	token, err := dec.Token()
	if err != nil || depth > maxJSONDepth {
		return nil, errNotJSON
	}
	switch v := token.(type) {
	case string:
		return append(dec.appendLiteral(append(dst, `{"S":`...), v), '}'), nil
	case json.Number:
		if _, err := wire.AppendNumber(nil, []byte(v)); err != nil {
			return nil, errNotJSON
		}
		return wire.AppendN(dst, string(v)), nil
	case bool:
		return wire.AppendBOOL(dst, v), nil
	case json.Delim:
		if v == '{' {
			return appendObjectFrom(dst, dec, depth)
		}
		return appendArrayFrom(dst, dec, depth)
	}
	return wire.AppendNULL(dst), nil
}

func appendObjectFrom(dst []byte, dec *jsonDecoder, depth int) ([]byte, error) {
	dst = append(dst, `{"M":{`...)
	seen := map[string]struct{}{}
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errNotJSON
		}
		if _, twice := seen[name]; twice {
			return nil, errNotJSON
		}
		if len(seen) > 0 {
			dst = append(dst, ',')
		}
		seen[name] = struct{}{}
		dst = append(dec.appendLiteral(dst, name), ':')
		if dst, err = appendFromJSON(dst, dec, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, errNotJSON
	}
	return append(dst, "}}"...), nil
}

func appendArrayFrom(dst []byte, dec *jsonDecoder, depth int) ([]byte, error) {
	dst = append(dst, `{"L":[`...)
	for n := 0; dec.More(); n++ {
		if n > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendFromJSON(dst, dec, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, errNotJSON
	}
	return append(dst, "]}"...), nil
}

// appendJSON appends a value object as plain JSON.
func appendJSON(dst, raw []byte) []byte {
	kind, payload := wire.Payload(raw)
	switch kind {
	case wire.N:
		return appendPlainNumber(dst, payload)
	case wire.NULL:
		return append(dst, "null"...)
	case wire.L, wire.NS:
		return appendPlainArray(dst, raw, kind)
	case wire.M:
		dst = append(dst, '{')
		it := wire.MembersOf(raw)
		for n := 0; ; n++ {
			a, ok := it.Next()
			if !ok {
				return append(dst, '}')
			}
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, a.Quoted().Of(raw)...), ':')
			dst = appendJSON(dst, raw[a.Value.Start:a.Value.End])
		}
	}
	return append(dst, payload...) // a string, true, base64 text, or an array of strings
}

func appendPlainArray(dst, raw []byte, kind wire.Kind) []byte {
	dst = append(dst, '[')
	elements, numbers := wire.ElementsOf(raw), wire.StringsOf(raw)
	next, element := elements.Next, appendJSON
	if kind == wire.NS {
		next, element = numbers.Next, appendPlainNumber
	}
	for n := 0; ; n++ {
		span, ok := next()
		if !ok {
			return append(dst, ']')
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = element(dst, raw[span.Start:span.End])
	}
}

// appendPlainNumber appends the number that stands in a string, in its normal
// form if DynamoDB takes it as it is and JSON does not.
func appendPlainNumber(dst, quoted []byte) []byte {
	text := wire.AppendUnquote(nil, bytes.Trim(quoted, `"`))
	if !json.Valid(text) {
		text, _ = wire.AppendNumber(nil, text)
	}
	return append(dst, text...)
}
