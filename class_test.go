package dynsync

import (
	"context"
	"errors"
	"strings"
	"sync"
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
	independent := classed{Description{Name: "independent", Class: ClassIndependent, Kinds: []Kind{KindS, KindN}}}
	changes := classed{Description{Name: "changes", Class: ClassChanges}}
	keeps := classed{Description{Name: "keeps", Keeps: "a part"}}
	keepsOther := classed{Description{Name: "keeps another", Keeps: "another"}}
	// perKind is as one that replaces the digits of text and of numbers.
	perKind := classed{Description{Name: "per kind", Keeps: "letters", Kinds: []Kind{KindS, KindN}, Classes: map[Kind]Class{KindN: ClassIndependent}}}
	upper := Func(func(_ context.Context, s string) (string, error) { return s, nil })
	always := func(Input) bool { return true }
	const unknown = ""
	tests := []struct {
		t      Transformer
		kind   Kind
		class  Class
		keeps  string // if the class is ClassMayKeep
		reason string
	}{
		{Passthrough(), KindS, ClassMayKeep, "the whole value", "that is what it is for"},
		{PassthroughOnly("A", 1), KindS, ClassMayKeep, "the values that it lists", "that is what it is for"},
		{FirstOf(PassthroughOnly("A"), independent), KindN, ClassIndependent, "", "it takes text only"},
		{Remove(), KindM, ClassIndependent, "", "nothing is left"},
		{Reject(), KindS, ClassIndependent, "", "there is no result"},
		{Constant(nil), KindS, ClassIndependent, "", "NULL says nothing of the value"},
		{Constant("x"), KindS, ClassIndependent, "", "it is a constant"},
		{Pseudonym(), KindS, ClassIndependent, "", "it is drawn"},
		{Pseudonym(KeepShape()), KindSS, ClassIndependent, "", "letters and digits are drawn"},
		{silent{}, KindS, ClassMayKeep, unknown, "it does not say"},
		{upper, KindS, ClassMayKeep, unknown, "nobody knows what a function does"},

		{Chain(independent), KindS, ClassIndependent, "", "one step is what it is"},
		{Chain(changes), KindS, ClassChanges, "", "one step is what it is"},
		{Chain(keeps), KindS, ClassMayKeep, "a part", "one step is what it is"},
		{Chain(independent, keeps), KindS, ClassIndependent, "", "it keeps a part of what is drawn"},
		{Chain(keeps, independent), KindS, ClassIndependent, "", "what is kept is replaced"},
		{Chain(independent, silent{}), KindS, ClassMayKeep, unknown, "it may take the value from the record again"},
		{Chain(independent, silent{}, independent), KindS, ClassIndependent, "", "what it took is replaced"},
		{Chain(silent{}, independent), KindS, ClassIndependent, "", "what it kept is replaced"},
		{Chain(independent, Template("{Name}")), KindS, ClassMayKeep, "what its attributes keep", "it is made of other attributes"},
		{Chain(changes, changes), KindS, ClassMayKeep, "what one of its steps undoes of another", "there and back"},
		{Chain(keeps, changes), KindS, ClassMayKeep, "a part, or what one of its steps undoes of another", "the change can undo the first step's"},
		{Chain(perKind, perKind), KindN, ClassIndependent, "", "the first is, of numbers"},
		{Chain(keeps, perKind), KindN, ClassMayKeep, "a part, or letters", "the first may have made text of the number"},

		{FirstOf(independent, changes), KindS, ClassChanges, "", "either may apply"},
		{FirstOf(independent, keeps), KindS, ClassMayKeep, "a part", "either may apply"},
		{FirstOf(keeps, keepsOther), KindS, ClassMayKeep, "a part, or another", "either may apply"},
		{FirstOf(keeps, silent{}), KindS, ClassMayKeep, unknown, "what one keeps is not known"},
		{FirstOf(OnKind(KindS, keeps), independent), KindN, ClassIndependent, "", "the first does not take numbers"},
		{FirstOf(OnKind(KindS, keeps), independent), KindS, ClassMayKeep, "a part", "the first takes text"},
		{FirstOf(OnKind(KindS, keeps), independent), KindNS, ClassIndependent, "", "members are numbers"},
		{FirstOf(OnKind(KindSS, keeps), independent), KindSS, ClassMayKeep, "a part", "the first takes the set as a whole"},

		{When(always, keeps), KindS, ClassMayKeep, "a part", "it is t"},
		{When(always, independent), KindS, ClassIndependent, "", "it is t"},
		{OnKind(KindN, perKind), KindN, ClassIndependent, "", "of numbers it is t"},
		{IfMissing(Constant(1)), KindMissing, ClassIndependent, "", "it is t"},

		{Each(independent), KindL, ClassIndependent, "", "no element keeps anything"},
		{Each(independent), KindSS, ClassIndependent, "", "no member keeps anything"},
		{Each(independent), KindM, ClassMayKeep, "the names of members", "names stay"},
		{Each(keeps), KindM, ClassMayKeep, "the names of members, or a part", "names and parts stay"},
		{Each(changes), KindL, ClassChanges, "", "every element does"},
		{Each(perKind), KindNS, ClassIndependent, "", "members are numbers"},
		{Each(perKind), KindSS, ClassMayKeep, "letters", "members are text"},
		{Each(perKind), KindL, ClassMayKeep, "letters", "elements may be text"},
		{Each(silent{}), KindM, ClassMayKeep, unknown, "what it keeps is not known"},

		{Delimited("#", independent, independent), KindS, ClassIndependent, "", "separators are known, and no part keeps anything"},
		{Delimited("#", independent, Passthrough()), KindSS, ClassMayKeep, "the whole value", "a part stays"},
		{Delimited("#", independent, changes), KindS, ClassChanges, "", "a part is never what it was"},

		{Template("A#{Name}"), KindS, ClassMayKeep, "what its attributes keep", "attributes may pass"},
		{JSON(), KindS, ClassMayKeep, "the names of members", "names stay"},
		{JSON(WithTransform("a", keeps)), KindS, ClassMayKeep, "the names of members, or a part", "names stay, and what a rule keeps"},
		{JSON(WithTransform("a", silent{})), KindS, ClassMayKeep, unknown, "what a rule keeps is not known"},
		{JSON(WithDefaultTransform(independent)), KindS, ClassMayKeep, "the names of members", "names stay, and nothing by the default"},
		{JSON(WithDefaultTransform(silent{}, KindNULL)), KindS, ClassMayKeep, unknown, "in place of NULL, the default may write anything of the item"},
		{Chain(independent, JSON(WithDefaultTransform(silent{}, KindNULL))), KindS, ClassMayKeep, unknown, "that may be the value"},
		{FirstOf(JSON(), Pseudonym()), KindN, ClassIndependent, "", "JSON takes text only"},
	}
	for _, tt := range tests {
		d := describe(tt.t)
		if got := d.ClassOf(tt.kind); got != tt.class {
			t.Errorf("%s(%s) is %v for %v, want %v: %s", d.Name, d.Options, got, tt.kind, tt.class, tt.reason)
		}
		if _, keeps := d.classing()(tt.kind); tt.class == ClassMayKeep && len(d.Classes) == 0 && keeps != tt.keeps {
			t.Errorf("%s(%s) keeps %q of %v, want %q: %s", d.Name, d.Options, keeps, tt.kind, tt.keeps, tt.reason)
		}
	}
}

// TestKeepsOfSomeKinds: what is kept of some kinds is said, where of others nothing is.
func TestKeepsOfSomeKinds(t *testing.T) {
	t.Parallel()
	d := describe(Each(Pseudonym()))
	if d.Keeps != "the names of members" || d.Class != ClassMayKeep || d.ClassOf(KindL) != ClassIndependent {
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

// An option may be given to several calls of New at once.
func TestAnOptionIsShared(t *testing.T) {
	t.Parallel()
	shared := WithDefaultTransform(Passthrough())
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() {
			if _, err := New(WithSource(&nopClient{}), WithTable("Source", "Dest", shared)); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
}

// Part refuses what New refuses, and writes no original for it.
func TestPartRefusesWhatNewRefuses(t *testing.T) {
	t.Parallel()
	for name, inner := range map[string]Transformer{
		"nil": nil, "Pseudonym": Pseudonym(AtLeast(-1)), "Chain": Chain(), "nil in Chain": Chain(nil),
		"Each": Each(nil), "fault inside": FirstOf(Chain(Pseudonym(AtLeast(-1)))), "JSON": JSON(WithTransform("[", Reject())),
		"OnKind": OnKind(99, Reject()),
	} {
		outer := partTransformer{inner, func(v Value, err error) (Value, error) { return v, err }}
		if _, err := New(WithSource(&nopClient{}), WithTable("Source", "Dest", WithTransform("a", inner))); err == nil {
			t.Errorf("%s: New takes it", name)
		}
		s, err := New(WithKey(testKey), WithTable("Source", "Dest", WithTransform("Name", outer)))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			rec := mustRecord(t, `{"Id":{"S":"1"},"Name":{"S":"canary"}}`)
			var item *ItemError
			if _, err := s.Transform(t.Context(), "Source", rec); !errors.As(err, &item) || !strings.Contains(err.Error(), "Part was given") || leaks(err.Error()) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
