package anon

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/reason"
)

// An anonymizer is a transformer of this package.
type anonymizer struct {
	entry *entry
	cfg   *config
	desc  dynsync.Description
	canon func(text string) (string, bool)
	run   maker
	// tries is how often a member of a set is drawn until no other has its pseudonym.
	tries int
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
	// attempt counts the draws for a member of a set whose pseudonym another has.
	attempt int
	// generated says that there is no value.
	generated bool
}

// errMisfit is what a maker returns for a value that does not fit.
var errMisfit = errors.New("anon: the value does not fit")

// newAnonymizer returns the anonymizer of an entry with these options. What is
// wrong with them is in its description.
func newAnonymizer(e *entry, opts []Option) *anonymizer {
	cfg, err := e.configure(opts)
	a := &anonymizer{entry: e, cfg: cfg}
	a.desc = dynsync.Description{
		Name:       "anon." + e.goName(),
		Options:    cfg.String(),
		Kinds:      withSets(e.kinds),
		Uniqueness: e.unique,
		Drawn:      e.drawn,
		Err:        err,
	}
	if err != nil {
		return a
	}
	b := e.build(cfg)
	a.canon, a.run, a.tries = b.canon, b.run, b.attempts(e)
	if b.unique != dynsync.UniquenessUnknown {
		a.desc.Uniqueness = b.unique
	}
	a.desc.Drawn = e.drawn && !b.keeps
	if b.err != nil {
		a.desc.Err = e.fault(b.err)
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
	if !slices.Contains(a.desc.Kinds, in.Value.Kind()) {
		return dynsync.Value{}, dynsync.ErrNotApplicable
	}
	switch members := in.Value.Any().(type) {
	case []string:
		return a.set(ctx, in, dynsync.KindS, members)
	case []attributevalue.Number:
		return a.set(ctx, in, dynsync.KindN, normalNumbers(members))
	case [][]byte:
		return a.set(ctx, in, dynsync.KindB, texts(members))
	case string:
		return a.scalar(ctx, in, dynsync.KindS, members)
	case attributevalue.Number:
		return a.scalar(ctx, in, dynsync.KindN, normalNumbers([]attributevalue.Number{members})[0])
	case []byte:
		return a.scalar(ctx, in, dynsync.KindB, string(members))
	case bool:
		return a.scalar(ctx, in, dynsync.KindBOOL, boolText(members))
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
		if normal, ok := normalNumber(text); ok {
			out[i] = normal
		}
	}
	return out
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
	out, err := a.anonymize(ctx, in, kind, text, 0)
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
			return v, reason.Error("the pseudonym is no number of DynamoDB's")
		}
		return v, nil
	case dynsync.KindB:
		return dynsync.BytesValue([]byte(text)), nil
	case dynsync.KindBOOL:
		return dynsync.BoolValue(text == "true"), nil
	}
	return dynsync.StringValue(text), nil
}

// anonymize returns the pseudonym of a text. Other attempts give others, to a
// set whose members would be equal.
func (a *anonymizer) anonymize(ctx context.Context, in dynsync.Input, kind dynsync.Kind, text string, attempt int) (string, error) {
	canonical, ok := text, true
	if a.canon != nil {
		canonical, ok = a.canon(text)
	}
	if !ok {
		return "", a.misfit()
	}
	c := &call{ctx: ctx, in: in, kind: kind, text: text, canonical: canonical, attempt: attempt, draw: newDraw(a.cfg.seed(in, canonical, attempt))}
	return a.finish(c)
}

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
	return dynsync.ErrNotApplicable
}

// maxAttempts bounds how often a member of a set is drawn anew because another
// member has its pseudonym.
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
		out, err := a.anonymize(ctx, in, kind, text, attempt)
		if err != nil {
			return "", err
		}
		if _, clash := taken[out]; !clash {
			return out, nil
		}
	}
	return "", reason.Error(a.desc.Name + ": two members of the set became equal, and there is no other pseudonym left; take one that is more unique")
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

// Generate returns a transformer that makes a value without regard to the one
// that is there, if any: drawn by the item's key and the path. The transformer t
// is one of this package whose values are drawn, such as [FirstName]:
//
//	dynsync.IfMissing(anon.Generate(anon.FirstName()))
//
// It gives an S where t takes S, and an N or BOOL otherwise. It takes every kind
// and what is missing; [dynsync.New] reports a t that needs a value to work on.
func Generate(t dynsync.Transformer) dynsync.Transformer {
	g := &generator{}
	a, ok := t.(*anonymizer)
	if !ok || a.desc.Err == nil && !a.desc.Drawn {
		g.desc = dynsync.Description{Name: "anon.Generate", Err: errors.New("anon.Generate needs a transformer of package anon that draws its values: this one needs a value to work on")}
		return g
	}
	g.a = a
	g.desc = dynsync.Description{
		Name: "anon.Generate", Options: strings.TrimSpace(a.desc.Name + " " + a.desc.Options),
		Uniqueness: a.desc.Uniqueness, Drawn: true, Err: a.desc.Err,
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
	c := &call{ctx: ctx, in: in, kind: kind, generated: true, draw: newDraw(in.ItemSeed(g.a.cfg.scope("generate")))}
	out, err := g.a.finish(c)
	if err != nil {
		return dynsync.Value{}, err
	}
	return valueOf(kind, out)
}

// foldCase makes one of texts that differ in case, also where two lower-case letters
// share a capital, as σ and ς do.
func foldCase(text string) string { return strings.ToLower(strings.ToUpper(text)) }

// foldSpace returns text without space around it, and in lower case.
func foldSpace(text string) string { return strings.ToLower(strings.TrimSpace(text)) }
