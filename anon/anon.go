package anon

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/nothing"
	"github.com/dynsync/dynsync/internal/reason"
)

// An anonymizer is a transformer of this package.
type anonymizer struct {
	entry *entry
	cfg   *config
	desc  dynsync.Description
	walks walks
	built
	declined error // for a value that does not fit
}

// A maker makes the text of a pseudonym, of the kind of the value that the call
// is about. The error errMisfit says that the value is none that it is made for.
type maker func(c *call) (string, error)

// A call is one value to anonymize.
type call struct {
	*draw
	ctx  context.Context
	in   dynsync.Input
	kind dynsync.Kind // S, N, B or BOOL
	// text is what an S holds, the decimal text of an N, the bytes of a B, and
	// "true" or "false". It is empty where a value is generated from nothing.
	text string
	// canonical is the canonical form of text, which the draw is seeded with.
	canonical string
	// parsed is what the text was parsed to, by anonymizers that do.
	parsed any
	// attempt counts the results before, which could not be used: see [dynsync.Input.Attempt].
	attempt int
	// generated says that there is no value.
	generated bool
}

// newCall returns a call.
func newCall(ctx context.Context, in dynsync.Input, kind dynsync.Kind, from draw) *call {
	c := &struct {
		call
		draw draw
	}{call{ctx: ctx, in: in, kind: kind}, from}
	c.call.draw = &c.draw
	return &c.call
}

// errMisfit is what a maker returns for a value that does not fit.
var errMisfit = errors.New("anon: the anonymizer does not apply to the value")

// newAnonymizer returns the anonymizer of an entry with these options. What is
// wrong with them is in its description.
func newAnonymizer(e *entry, opts []Option) *anonymizer {
	cfg, err := e.configure(opts)
	a := &anonymizer{entry: e, cfg: cfg, declined: dynsync.ErrNotApplicable}
	if e.takes != "" {
		a.declined = engine.DeclineAs("the value is not " + e.takes)
	}
	a.desc = dynsync.Description{
		Name:       "anon." + e.goName(),
		Options:    cfg.String(),
		Kinds:      withSets(e.kinds),
		Uniqueness: e.unique,
		Err:        err,
	}
	e.classify(cfg, &a.desc)
	if err != nil {
		return a
	}
	a.built = e.build(cfg)
	a.tries = a.attempts(e)
	a.desc.Redraws = a.tries > 1 || a.permutes
	a.desc.Holds = a.holds
	if a.unique != dynsync.UniquenessUnknown {
		a.desc.Uniqueness = a.unique
	}
	a.desc.PerItem = cfg.perItem || a.perItem
	if a.desc.Uniqueness == dynsync.UniquenessPractical {
		a.desc.Bits = a.bits
	}
	if a.canon != nil || a.parse != nil {
		a.desc.Canonical = a.canonicalText
	}
	if a.err != nil {
		a.desc.Err = e.fault(a.err)
	}
	return a
}

func (a *anonymizer) Describe() dynsync.Description { return a.desc }

// withSets returns the kinds and those of the sets of them.
func withSets(kinds []dynsync.Kind) []dynsync.Kind {
	kinds = slices.Clone(kinds)
	for _, k := range kinds {
		switch k {
		case dynsync.KindS:
			kinds = append(kinds, dynsync.KindSS)
		case dynsync.KindN:
			kinds = append(kinds, dynsync.KindNS)
		case dynsync.KindB:
			kinds = append(kinds, dynsync.KindBS)
		}
	}
	return kinds
}

// Transform implements [dynsync.Transformer].
func (a *anonymizer) Transform(ctx context.Context, in dynsync.Input) (dynsync.Value, error) {
	if a.desc.Err != nil {
		return dynsync.Value{}, a.desc.Err
	}
	if in.Value.IsMissing() {
		return dynsync.Value{}, dynsync.ErrNotApplicable
	}
	kind := in.Value.Kind()
	if !slices.Contains(a.desc.Kinds, kind) {
		return dynsync.Value{}, dynsync.ErrNotApplicable
	}
	switch kind {
	case dynsync.KindS:
		text, _ := in.Value.Text()
		return a.scalar(ctx, in, kind, text)
	case dynsync.KindN:
		text, _ := in.Value.Text()
		return a.scalar(ctx, in, kind, normal(text))
	case dynsync.KindB:
		data, _ := in.Value.Bytes()
		return a.scalar(ctx, in, kind, string(data))
	case dynsync.KindBOOL:
		b, _ := in.Value.Bool()
		return a.scalar(ctx, in, kind, boolText(b))
	}
	switch members := in.Value.Any().(type) {
	case []string:
		return a.set(ctx, in, dynsync.KindS, members)
	case []attributevalue.Number:
		return a.set(ctx, in, dynsync.KindN, normalNumbers(members))
	case [][]byte:
		return a.set(ctx, in, dynsync.KindB, texts(members))
	}
	return dynsync.Value{}, dynsync.ErrNotApplicable
}

func texts[T ~string | ~[]byte](members []T) []string {
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = string(m)
	}
	return out
}

// normalNumbers returns the texts of numbers in normal form, so that equal numbers
// are one to every anonymizer.
func normalNumbers(members []attributevalue.Number) []string {
	out := texts(members)
	for i, text := range out {
		out[i] = normal(text)
	}
	return out
}

// normal returns the text of a number in normal form.
func normal(text string) string {
	if n, ok := normalNumber(text); ok {
		return n
	}
	return text
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func (a *anonymizer) scalar(ctx context.Context, in dynsync.Input, kind dynsync.Kind, text string) (dynsync.Value, error) {
	if text == "" {
		return in.Value, nil // there is nothing to hide
	}
	out, err := a.anonymize(ctx, in, kind, text, in.Attempt())
	if err != nil {
		return dynsync.Value{}, err
	}
	return valueOf(kind, out)
}

// valueOf returns a text as a value of the kind.
func valueOf(kind dynsync.Kind, text string) (dynsync.Value, error) {
	switch kind {
	case dynsync.KindN:
		v, err := dynsync.NumberValue(text)
		if err != nil {
			return v, reason.Error("the pseudonym is not a DynamoDB number")
		}
		return v, nil
	case dynsync.KindB:
		return dynsync.ValueOf([]byte(text))
	case dynsync.KindBOOL:
		return dynsync.ValueOf(text == "true")
	}
	return dynsync.StringValue(text), nil
}

// anonymize returns the pseudonym of a text. Other attempts give others, where one could
// not be used.
func (a *anonymizer) anonymize(ctx context.Context, in dynsync.Input, kind dynsync.Kind, text string, attempt int) (string, error) {
	if a.permutes && attempt > 0 {
		return a.along(ctx, in, kind, text, attempt)
	}
	return a.once(ctx, in, kind, text, attempt)
}

// once returns the pseudonym of a text at an attempt.
func (a *anonymizer) once(ctx context.Context, in dynsync.Input, kind dynsync.Kind, text string, attempt int) (string, error) {
	given := text
	text = a.asRead(given)
	canonical, parsed, ok := a.read(text)
	if parts := a.divided(kind, given, ok); len(parts) > 0 {
		if out, err := a.several(ctx, in, parts, attempt); err != errTooLong {
			return out, err
		}
	}
	if !ok {
		return a.unread(ctx, in, kind, given)
	}
	c := newCall(ctx, in, kind, a.cfg.draw(in, kind, canonical, attempt))
	c.text, c.canonical, c.parsed, c.attempt = text, canonical, parsed, attempt
	if a.isNothing != nil && a.isNothing(c) {
		return text, keep(c)
	}
	if a.entry.few == "" && a.size != nil && a.size(c) < enough {
		return "", a.misfit()
	}
	out, err := a.finish(c)
	if err == nil && out == text && !a.desc.Drawn {
		return out, keep(c)
	}
	return out, err
}

// unread returns what becomes of a text that is not of the form that a is made for: the text,
// if it says that there is no value.
func (a *anonymizer) unread(ctx context.Context, in dynsync.Input, kind dynsync.Kind, text string) (string, error) {
	if kind != dynsync.KindS || !a.saysNothing(text) {
		return "", a.misfit()
	}
	c := newCall(ctx, in, kind, draw{})
	c.text = text
	return text, keep(c)
}

// saysNothing reports whether a text that a does not read says that there is no value, where
// a value would have a form.
func (a *anonymizer) saysNothing(text string) bool {
	return a.entry.takes != "" && nothing.Word(text)
}

// keep says that a value stays as it is, as a number that is round already.
func keep(c *call) error {
	v, err := valueOf(c.kind, c.text)
	if err == nil {
		_, err = c.in.Part(c.ctx, dynsync.Passthrough(), v)
	}
	return err
}

// asRead returns a value as it is read.
func (b *built) asRead(text string) string {
	if b.plain {
		return fold.Plain(text)
	}
	return text
}

// read returns the canonical form of a text, and false if it does not fit.
func (b *built) read(text string) (canonical string, parsed any, ok bool) {
	switch {
	case b.parse != nil:
		return b.parse(text)
	case b.canon != nil:
		canonical, ok = b.canon(text)
		return canonical, nil, ok
	}
	return text, nil, true
}

// canonicalText is [dynsync.Description].Canonical: where the result takes over something of
// how the value is spelt, so does the canonical form.
func (a *anonymizer) canonicalText(text string) (string, bool) {
	given := text
	text = a.asRead(given)
	canonical, _, ok := a.read(text)
	if parts := a.divided(dynsync.KindS, given, ok); len(parts) > 0 {
		return canonicalOf(parts)
	}
	if !ok && a.saysNothing(given) {
		return given, true
	}
	if ok && a.spelling != nil {
		canonical = a.spelling(text, canonical)
	}
	return canonical, ok
}

// asWritten is the spelling of an anonymizer whose results take over all of it.
func asWritten(text, _ string) string { return text }

func (a *anonymizer) finish(c *call) (string, error) {
	out, err := a.run(c)
	if errors.Is(err, errMisfit) {
		return "", a.misfit()
	}
	return out, err
}

// misfit returns the error for a value that does not fit.
func (a *anonymizer) misfit() error {
	if a.cfg.strict {
		return reason.Error(a.desc.Name + ": the value is not " + a.entry.takes)
	}
	return a.declined
}

// maxAttempts bounds how often a value is drawn anew because a result cannot be used.
const maxAttempts = 1000

// set anonymizes the members of a set, in the order of their texts, and keeps
// them distinct: where a member's pseudonym is taken, another is drawn.
func (a *anonymizer) set(ctx context.Context, in dynsync.Input, kind dynsync.Kind, members []string) (dynsync.Value, error) {
	slices.Sort(members)
	taken := make(map[string]struct{}, len(members))
	out := make([]string, len(members))
	for i, text := range members {
		var err error
		if out[i], err = a.member(ctx, in, kind, text, taken); err != nil {
			return dynsync.Value{}, err
		}
		taken[out[i]] = struct{}{}
	}
	slices.Sort(out)
	return setOf(kind, out)
}

func (a *anonymizer) member(ctx context.Context, in dynsync.Input, kind dynsync.Kind, text string, taken map[string]struct{}) (string, error) {
	if text == "" {
		return "", nil
	}
	for attempt := range a.tries {
		out, err := a.anonymize(ctx, in, kind, text, in.Attempt()+attempt)
		if err != nil {
			return "", err
		}
		if _, clash := taken[out]; !clash {
			return out, nil
		}
	}
	return "", reason.Error(a.desc.Name + ": two members of the set became equal and no other pseudonym is left; take a transformer with more results")
}

func setOf(kind dynsync.Kind, texts []string) (dynsync.Value, error) {
	switch kind {
	case dynsync.KindN:
		numbers := make([]attributevalue.Number, len(texts))
		for i, t := range texts {
			numbers[i] = attributevalue.Number(t)
		}
		return dynsync.ValueOf(numbers)
	case dynsync.KindB:
		members := make([][]byte, len(texts))
		for i, t := range texts {
			members[i] = []byte(t)
		}
		return dynsync.ValueOf(members)
	}
	return dynsync.ValueOf(texts)
}

// holds is [dynsync.Description].Holds: it tries as many results as a value has attempts.
func (a *anonymizer) holds(text string) bool {
	if !a.entry.ownForm || a.desc.Class != dynsync.ClassIndependent {
		return false
	}
	for i := range maxAttempts {
		in := dynsync.Input{Value: dynsync.StringValue(strconv.Itoa(i))}
		c := newCall(context.Background(), in, dynsync.KindS, source{in, a.cfg, "generate", false}.draw())
		c.generated = true
		if out, err := a.run(c); err != nil || !strings.Contains(out, text) {
			return false
		}
	}
	return true
}

// Generate returns a transformer that makes a random value from the item's key and the
// path, whatever value is there. t must be a transformer of this package with random
// results, such as [FirstName]; [dynsync.New] reports a t that needs a value to work
// on. The transformer replaces a value of any data type. With [dynsync.IfMissing] it
// fills in a missing one:
//
//	g := anon.Generate(anon.FirstName())
//	dynsync.FirstOf(dynsync.IfMissing(g), g) // in every item
//
// It makes an N for [Int], [Float], [Counter] and [UnixTime], a BOOL for [Bool], and an S for all
// others.
func Generate(t dynsync.Transformer) dynsync.Transformer {
	g := &generator{}
	a, ok := t.(*anonymizer)
	if !ok || a.desc.Err == nil && (!a.desc.Drawn || a.needs) {
		g.desc = dynsync.Description{Name: "anon.Generate", Err: errors.New("anon.Generate needs a transformer of package anon with random results; this one transforms the value that is there")}
		return g
	}
	g.a = a
	g.desc = dynsync.Description{
		Name: "anon.Generate", Options: strings.TrimSpace(a.desc.Name + " " + a.desc.Options),
		Uniqueness: a.desc.Uniqueness, Bits: a.desc.Bits, PerItem: true, Drawn: true, Class: dynsync.ClassIndependent, Err: a.desc.Err,
		Redraws: true, Holds: a.desc.Holds,
	}
	return g
}

type generator struct {
	a    *anonymizer
	desc dynsync.Description
}

func (g *generator) Describe() dynsync.Description { return g.desc }

func (g *generator) Transform(ctx context.Context, in dynsync.Input) (dynsync.Value, error) {
	if g.desc.Err != nil {
		return dynsync.Value{}, g.desc.Err
	}
	kind := g.a.entry.kinds[0]
	in.Value = dynsync.StringValue("")
	use := "generate"
	if n := in.Attempt(); n > 0 {
		use += strconv.Itoa(n)
	}
	c := newCall(ctx, in, kind, source{in, g.a.cfg, use, true}.draw())
	c.generated = true
	out, err := g.a.finish(c)
	if err != nil {
		return dynsync.Value{}, err
	}
	return valueOf(kind, out)
}
