package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/wire"
)

// newTestExec returns an Exec of a table with the partition key "Id" and these rules.
// What no rule selects passes.
func newTestExec(t testing.TB, rules ...*Rule) *Exec {
	t.Helper()
	key, err := pseudonym.NewKey([]byte("a key of the tests, of 32 bytes!"))
	if err != nil {
		t.Fatal(err)
	}
	defaults := map[wire.Kind]*Op{}
	for _, k := range Scalars {
		defaults[k] = &Op{Name: "Passthrough", Takes: Every, Act: Pass, MayPass: Every}
	}
	set, errs := Compile(rules, defaults, false)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return New(&Plan{SeedName: "t", Rules: set, Secret: key, Keys: &wire.Keys{Partition: "Id"}})
}

// process takes an item through x.
func process(t *testing.T, x *Exec, item string) (string, error) {
	t.Helper()
	src := []byte(item)
	attrs, err := new(wire.Scanner).Index(nil, src)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := x.Process(t.Context(), src, wire.Span{End: uint32(len(src))}, attrs)
	return string(out), err
}

func on(name string, run func(ctx context.Context, c Call, v Value) (Value, error)) *Rule {
	return &Rule{Pattern: docpath.Pattern{{Name: name}}, Text: name, Op: &Op{Name: "Test", Takes: Every, Run: run}}
}

// passing is a rule of Passthrough for an attribute.
func passing(name string) *Rule {
	return &Rule{Pattern: docpath.Pattern{{Name: name}}, Text: name, Op: &Op{Name: "Passthrough", Takes: Every, Act: Pass, MayPass: Every}}
}

func TestNamesAreRememberedUpToABound(t *testing.T) {
	x := newTestExec(t, on("a", func(context.Context, Call, Value) (Value, error) { return missing, nil }))
	for i := range maxTopLevels + 100 {
		got, err := process(t, x, fmt.Sprintf(`{"Id":{"S":"1"},"a":{"S":"x"},"n%d":{"S":"y"}}`, i))
		if want := fmt.Sprintf(`{"Id":{"S":"1"},"n%d":{"S":"y"}}`, i); err != nil || got != want {
			t.Fatalf("%s, %v; want %s", got, err, want)
		}
	}
	if n := len(x.top.byName); n != maxTopLevels {
		t.Errorf("%d names are remembered", n)
	}
}

// TestOwnFaultsPass holds that a fault that the engine made within an op is the item's,
// with its place, and that one which an op made up, or kept from another item, is not.
func TestOwnFaultsPass(t *testing.T) {
	var kept error
	nested := on("a", func(_ context.Context, c Call, v Value) (Value, error) {
		c.Enter(wire.Step{Name: "inner"})
		_, kept = c.x.invoke(&Op{Name: "Inner", Takes: Every, Run: func(context.Context, Call, Value) (Value, error) {
			return Value{}, errors.New("secret")
		}}, Every, v)
		return Value{}, kept
	})
	stale := on("b", func(context.Context, Call, Value) (Value, error) { return Value{}, kept })
	forged := on("c", func(context.Context, Call, Value) (Value, error) { return Value{}, &Fault{Reason: "secret"} })
	x := newTestExec(t, nested, stale, forged)
	for _, tt := range []struct{ item, path, reason string }{
		{`{"Id":{"S":"1"},"a":{"S":"x"}}`, "a.*", "the transformer returned an error"},
		{`{"Id":{"S":"1"},"b":{"S":"x"}}`, "b", "the transformer returned an error"},
		{`{"Id":{"S":"1"},"c":{"S":"x"}}`, "c", "the transformer returned an error"},
	} {
		_, err := process(t, x, tt.item)
		var f *Fault
		if !errors.As(err, &f) || f.Path != tt.path || f.Reason != tt.reason {
			t.Errorf("%s: %#v", tt.item, err)
		}
	}
}

// TestLeaksLeaveNoItem holds that an item in which an original was found is not returned
// with its fault.
func TestLeaksLeaveNoItem(t *testing.T) {
	x := newTestExec(t, on("a", func(_ context.Context, c Call, v Value) (Value, error) { return v, nil }))
	x.plan.CheckLeaks, x.plan.LeaksFail, x.leak = true, true, leak.New(3)
	if out, err := process(t, x, `{"Id":{"S":"1"},"a":{"S":"an original"}}`); err == nil || out != "" {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestZeroCallIsNoRun(t *testing.T) {
	var c Call
	v := Value{wire.S, []byte(`{"S":"x"}`)}
	same := &Op{Name: "Same", Takes: Every, Makes: leak.Drawn, Run: func(_ context.Context, _ Call, v Value) (Value, error) { return v, nil }}
	c.Enter(wire.Step{Name: "a"})
	c.Leave()
	c.Keep(v)
	c.Try()()
	if got, err := c.RunPart(t.Context(), same, v); err != nil || string(got.Raw) != string(v.Raw) {
		t.Errorf("RunPart: %v, %v", got, err)
	}
	if _, err := c.Default(v); !errors.Is(err, ErrNotApplicable) {
		t.Errorf("Default: %v", err)
	}
	if item, attrs := c.Item(); item != nil || len(attrs) != 0 || len(c.Path()) != 0 {
		t.Errorf("it is somewhere: %s", item)
	}
	//lint:ignore SA4000 equal calls have to give equal seeds
	if c.Seed("d", v.Raw) == c.Seed("e", v.Raw) || c.Seed("d", v.Raw) != c.Seed("d", v.Raw) {
		t.Error("seeds are not those of the domain")
	}
}
