package anon

import (
	"context"
	"testing"

	"github.com/dynsync/dynsync"
)

// apply returns what a transformer makes of a value outside of a run, where
// seeds are not keyed.
func apply(t *testing.T, tr dynsync.Transformer, v any) (any, error) {
	t.Helper()
	value, err := dynsync.ValueOf(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tr.Transform(context.Background(), dynsync.Input{Value: value})
	if err != nil {
		return nil, err
	}
	return out.Any(), nil
}

func TestEqualValuesAgree(t *testing.T) {
	a, _ := apply(t, FirstName(), "Alice")
	b, _ := apply(t, FirstName(), " alice")
	c, _ := apply(t, FirstName(In("customer")), "Alice")
	if a != b || a == c || a == "Alice" {
		t.Error(a, b, c)
	}
	if d := FirstName(option{"luhn", true}).(describer).Describe(); d.Err == nil {
		t.Error("an option that there is not is taken")
	}
}
