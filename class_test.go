package dynsync

import (
	"context"
	"errors"
	"testing"
)

// classed is a transformer that says of itself what it is told.
type classed struct{ Description }

func (c classed) Describe() Description                              { return c.Description }
func (classed) Transform(_ context.Context, in Input) (Value, error) { return in.Value, nil }

// silent is a transformer that does not describe itself.
type silent struct{}

func (silent) Transform(_ context.Context, in Input) (Value, error) { return in.Value, nil }

func TestClassesOfCombinators(t *testing.T) {
	t.Parallel()
	independent := classed{Description{Name: "independent", Class: Independent, Kinds: []Kind{KindS, KindN}}}
	changes := classed{Description{Name: "changes", Class: Changes}}
	keeps := classed{Description{Name: "keeps", Keeps: "a part"}}
	keepsOther := classed{Description{Name: "keeps another", Keeps: "another"}}
	// perKind is as one that replaces the digits of text and of numbers.
	perKind := classed{Description{Name: "per kind", Keeps: "letters", Kinds: []Kind{KindS, KindN}, Classes: map[Kind]Class{KindN: Independent}}}
	upper := Func(func(_ context.Context, s string) (string, error) { return s, nil })
	always := func(Input) bool { return true }
	const unknown = ""
	tests := []struct {
		t      Transformer
		kind   Kind
		class  Class
		keeps  string // if the class is MayKeep
		reason string
	}{
		{Passthrough(), KindS, MayKeep, "the whole value", "that is what it is for"},
		{Remove(), KindM, Independent, "", "nothing is left"},
		{Reject(), KindS, Independent, "", "there is no result"},
		{Null(), KindS, Independent, "", "NULL says nothing of the value"},
		{Constant("x"), KindS, Independent, "", "it is a constant"},
		{Pseudonym(), KindS, Independent, "", "it is drawn"},
		{Pseudonym(KeepShape()), KindSS, Independent, "", "letters and digits are drawn"},
		{silent{}, KindS, MayKeep, unknown, "it does not say"},
		{upper, KindS, MayKeep, unknown, "nobody knows what a function does"},

		{Chain(independent), KindS, Independent, "", "one step is what it is"},
		{Chain(changes), KindS, Changes, "", "one step is what it is"},
		{Chain(keeps), KindS, MayKeep, "a part", "one step is what it is"},
		{Chain(independent, keeps), KindS, Independent, "", "it keeps a part of what is drawn"},
		{Chain(keeps, independent), KindS, Independent, "", "what is kept is replaced"},
		{Chain(independent, silent{}), KindS, MayKeep, unknown, "it may take the value from the record again"},
		{Chain(independent, silent{}, independent), KindS, Independent, "", "what it took is replaced"},
		{Chain(silent{}, independent), KindS, Independent, "", "what it kept is replaced"},
		{Chain(independent, Template("{Name}")), KindS, MayKeep, "what its attributes keep", "it is made of other attributes"},
		{Chain(changes, changes), KindS, MayKeep, "what one of its steps undoes of another", "there and back"},
		{Chain(keeps, changes), KindS, MayKeep, "a part, or what one of its steps undoes of another", "the change can undo the first step's"},
		{Chain(perKind, perKind), KindN, Independent, "", "the first is, of numbers"},
		{Chain(keeps, perKind), KindN, MayKeep, "a part, or letters", "the first may have made text of the number"},

		{FirstOf(independent, changes), KindS, Changes, "", "either may apply"},
		{FirstOf(independent, keeps), KindS, MayKeep, "a part", "either may apply"},
		{FirstOf(keeps, keepsOther), KindS, MayKeep, "a part, or another", "either may apply"},
		{FirstOf(keeps, silent{}), KindS, MayKeep, unknown, "what one keeps is not known"},
		{FirstOf(OnKind(KindS, keeps), independent), KindN, Independent, "", "the first does not take numbers"},
		{FirstOf(OnKind(KindS, keeps), independent), KindS, MayKeep, "a part", "the first takes text"},
		{FirstOf(OnKind(KindS, keeps), independent), KindNS, Independent, "", "members are numbers"},
		{FirstOf(OnKind(KindSS, keeps), independent), KindSS, MayKeep, "a part", "the first takes the set as a whole"},

		{When(always, keeps), KindS, MayKeep, "a part", "it is t"},
		{When(always, independent), KindS, Independent, "", "it is t"},
		{OnKind(KindN, perKind), KindN, Independent, "", "of numbers it is t"},
		{IfMissing(Constant(1)), KindMissing, Independent, "", "it is t"},

		{Each(independent), KindL, Independent, "", "no element keeps anything"},
		{Each(independent), KindSS, Independent, "", "no member keeps anything"},
		{Each(independent), KindM, MayKeep, "the names of members", "names stay"},
		{Each(keeps), KindM, MayKeep, "the names of members, or a part", "names and parts stay"},
		{Each(changes), KindL, Changes, "", "every element does"},
		{Each(perKind), KindNS, Independent, "", "members are numbers"},
		{Each(perKind), KindSS, MayKeep, "letters", "members are text"},
		{Each(perKind), KindL, MayKeep, "letters", "elements may be text"},
		{Each(silent{}), KindM, MayKeep, unknown, "what it keeps is not known"},

		{Delimited("#", independent, independent), KindS, Independent, "", "separators are known, and no part keeps anything"},
		{Delimited("#", independent, Passthrough()), KindSS, MayKeep, "the whole value", "a part stays"},
		{Delimited("#", independent, changes), KindS, Changes, "", "a part is never what it was"},

		{Template("A#{Name}"), KindS, MayKeep, "what its attributes keep", "attributes may pass"},
		{JSON(), KindS, MayKeep, "the names of members", "names stay"},
		{JSON(WithTransform("a", keeps)), KindS, MayKeep, "the names of members, or a part", "names stay, and what a rule keeps"},
		{JSON(WithTransform("a", silent{})), KindS, MayKeep, unknown, "what a rule keeps is not known"},
		{JSON(WithDefault(independent)), KindS, MayKeep, "the names of members", "names stay, and nothing by the default"},
		{JSON(WithDefault(silent{}, KindNULL)), KindS, MayKeep, unknown, "in place of NULL, the default may write anything of the item"},
		{Chain(independent, JSON(WithDefault(silent{}, KindNULL))), KindS, MayKeep, unknown, "that may be the value"},
		{FirstOf(JSON(), Pseudonym()), KindN, Independent, "", "JSON takes text only"},
	}
	for _, tt := range tests {
		d := describe(tt.t)
		if got := d.ClassOf(tt.kind); got != tt.class {
			t.Errorf("%s(%s) is %v for %v, want %v: %s", d.Name, d.Options, got, tt.kind, tt.class, tt.reason)
		}
		if _, keeps := d.classing()(tt.kind); tt.class == MayKeep && len(d.Classes) == 0 && keeps != tt.keeps {
			t.Errorf("%s(%s) keeps %q of %v, want %q: %s", d.Name, d.Options, keeps, tt.kind, tt.keeps, tt.reason)
		}
	}
}

// TestKeepsOfSomeKinds: what is kept of some kinds is said, where of others nothing is.
func TestKeepsOfSomeKinds(t *testing.T) {
	t.Parallel()
	d := describe(Each(Pseudonym()))
	if d.Keeps != "the names of members" || d.Class != MayKeep || d.ClassOf(KindL) != Independent {
		t.Errorf("%v, %v, %q", d.Class, d.Classes, d.Keeps)
	}
}

func TestClassesThatDoNotExistAreFaults(t *testing.T) {
	t.Parallel()
	for _, d := range []Description{{Name: "bad", Class: 7}, {Name: "bad", Classes: map[Kind]Class{KindS: 7}}} {
		if err := errors.Join(faults(classed{d})...); err == nil {
			t.Errorf("%+v is no fault", d)
		}
	}
}
