package dynsync

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

// A partTransformer applies another to the value by Input.Part, and returns what then
// makes of the result.
type partTransformer struct {
	t    Transformer
	then func(Value, error) (Value, error)
}

func (p partTransformer) Transform(ctx context.Context, in Input) (Value, error) {
	return p.then(in.Part(ctx, p.t, in.Value))
}

func (partTransformer) Describe() Description { return Description{Name: "partTransformer"} }

var listItem = `{"Id":{"S":"1"},"list":{"L":[{"S":"x"}]}}`

// TestFaultsWithinTransformersAreItemErrors holds that a transformer that applies others
// gets the error of the item that it would fail with, and can pass it on.
func TestFaultsWithinTransformersAreItemErrors(t *testing.T) {
	passes := Each(OnKind(KindN, Constant(nil))) // its element gets the default, which may keep it
	var seen error
	look := func(v Value, err error) (Value, error) {
		seen = err
		return v, err
	}
	wrap := func(v Value, err error) (Value, error) { return v, errors.Join(errors.New("wrapped"), err) }
	for _, tt := range []struct {
		reason     string
		then       func(Value, error) (Value, error)
		path, name string
	}{
		{"one that passes it on keeps its place", look, "list[0]", "partTransformer"},
		{"one that wraps it fails itself", wrap, "list[0]", "partTransformer"},
	} {
		seen = nil
		_, err := runPlan(testPlan(t, clearCopy(), WithTransform("list", partTransformer{passes, tt.then})), mustRecord(t, listItem))
		var outer, inner *ItemError
		if !errors.As(err, &outer) || outer.Path != tt.path || outer.Transformer != tt.name {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		cause := seen
		if cause == nil {
			cause = outer.Err
		}
		if !errors.As(cause, &inner) || inner.Table != "Source" || inner.Path != "list[0]" || inner.Kind != KindS || inner.Transformer != "partTransformer" {
			t.Errorf("%s: the transformer saw %T %v", tt.reason, cause, cause)
		}
	}
}

// TestKeptItemErrorsAreCauses holds that the error of another item, which a transformer
// kept, is the cause of a failure of its own, as an ItemError.
func TestKeptItemErrorsAreCauses(t *testing.T) {
	var kept error
	keep := func(v Value, err error) (Value, error) {
		if kept == nil {
			kept = err
		}
		return v, kept
	}
	p := testPlan(t, clearCopy(), WithTransform("list", partTransformer{Each(OnKind(KindN, Constant(nil))), keep}))
	x := engine.New(p)
	var errs []*ItemError
	for range 2 {
		rec := mustRecord(t, listItem)
		_, _, err := x.Process(t.Context(), rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs)
		var e *ItemError
		if err = itemErrorOf("Source", err); !errors.As(err, &e) {
			t.Fatalf("%T %v", err, err)
		}
		errs = append(errs, e)
	}
	if errs[0].Transformer != "partTransformer" || errs[1].Transformer != "partTransformer" || errs[1].Err != kept {
		t.Errorf("got %v, then %v by %T", errs[0], errs[1], errs[1].Err)
	}
}

// An endingTransformer ends the run, and fails.
type endingTransformer struct{ end func() }

func (e endingTransformer) Transform(context.Context, Input) (Value, error) {
	e.end()
	return Value{}, errors.New("secret")
}

func (endingTransformer) Describe() Description { return Description{Class: ClassIndependent} }

// TestEndsWithinTransformersAreCancellations holds that user code can tell the end of
// the run from a failure, whatever its cause is.
func TestEndsWithinTransformersAreCancellations(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	var seen error
	look := func(v Value, err error) (Value, error) {
		seen = err
		return v, err
	}
	rec := mustRecord(t, listItem)
	p := testPlan(t, WithDefaultTransform(endingTransformer{func() { cancel(why) }}, KindS),
		WithTransform("list", partTransformer{Each(OnKind(KindN, Constant(nil))), look}))
	_, _, err := engine.New(p).Process(ctx, rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs)
	for _, err := range []error{seen, err} {
		if !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
	}
}

func TestErrorsOfRulesComeInTheirOrder(t *testing.T) {
	ordered := func(err error, texts ...string) bool {
		at := []int{}
		for _, text := range texts {
			at = append(at, strings.Index(err.Error(), text))
		}
		return !slices.Contains(at, -1) && slices.IsSorted(at)
	}
	_, errs := newTable(&tableConfig{source: "T", name: "T", opts: []TableOption{WithTransformKeys("a", Template("{b}")), WithTransform("[", Constant(nil))}}, nil)
	if err := errors.Join(errs...); !ordered(err, "cannot transform map keys", `"["`) {
		t.Errorf("of a table: %v", err)
	}
	err := describe(JSON(WithTransform("x", IfMissing(Constant(nil))), WithTransform("[", Constant(nil)))).Err
	if !ordered(err, "not possible within JSON", `"["`) {
		t.Errorf("of JSON: %v", err)
	}
}
