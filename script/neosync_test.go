package script

import (
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
)

// Defects that were proven in the system that dynsync succeeds, of its JavaScript.
// A7, one runtime for all workers, which read each other's items, is
// TestWorkersDoNotMixRecords. The others are in package anon and in the root's tests.

// TestNeosyncA5: empty code passed the value, silently.
func TestNeosyncA5(t *testing.T) {
	for _, code := range []string{``, ` `, "\n", `// return value`, `/* */`, `value`, `return`} {
		if err := faultOf(Transform(code)); err != nil {
			continue
		}
		if got, err := run(t, Transform(code), `{"S":"alice@corp.test"}`); err == nil {
			t.Errorf("%q: %s", code, got)
		}
	}
}

// TestNeosyncTypes: C3, a number became a string; C4, a binary set became a list;
// C7, sets with equal members and empty sets were sent; C11, large integers were
// rounded; D1, what a script made of a list was transformed again; D3, scripts for
// a.b and a_b were one.
func TestNeosyncTypes(t *testing.T) {
	item := `{"Id":{"S":"1"},"n":{"N":"7"},"bs":{"BS":["AQ==","Ag=="]},"big":{"N":"9007199254740993"},"tags":{"L":[{"S":"a"}]},
		"a":{"M":{"b":{"S":"x"}}},"a_b":{"S":"y"},"equal":{"SS":["a","b"]}}`
	got, err := job(t, []string{item}, nil,
		dynsync.WithDefaultTransform(dynsync.Pseudonym()),
		dynsync.WithTransform("n", Transform(`return value + 1`)),
		dynsync.WithTransform("bs", Transform(`return value.map(x => x)`)),
		dynsync.WithTransform("big", Transform(`return value`)),
		dynsync.WithTransform("tags", Transform(`return ["masked"]`)),
		dynsync.WithTransform("a.b", Transform(`return "of a.b"`)),
		dynsync.WithTransform("a_b", Transform(`return "of a_b"`)),
	)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"n": `{"N":"8"}`, "bs": `{"BS":["AQ==","Ag=="]}`, "big": `{"N":"9007199254740993"}`, "tags": `{"L":[{"S":"masked"}]}`,
		"a.b": `{"S":"of a.b"}`, "a_b": `{"S":"of a_b"}`,
	} {
		v, _ := got["1"].Get(path)
		if !v.Equal(value(t, want)) {
			t.Errorf("%s is %s, want %s", path, v.DynamoDBJSON(), want)
		}
	}
	for code, reason := range map[string]string{`return value.map(() => "x")`: "equal members", `return []`: "empty set"} {
		if _, err := job(t, []string{item}, nil, dynsync.WithTransform("equal", Transform(code))); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", code, err)
		}
	}
}
