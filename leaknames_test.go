package dynsync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

// No finding, failure or report of the leak check prints a name that is data: one that few
// items have, however often each has it, that looks personal, or that is an original.
func TestLeakCheckPrintsNoNameThatIsData(t *testing.T) {
	t.Parallel()
	keep := func(paths ...string) (opts []dynsync.TableOption) {
		for _, p := range paths {
			opts = append(opts, dynsync.WithTransform(p, dynsync.Passthrough()))
		}
		return opts
	}
	times := func(n int, v any) (list []any) {
		for range n {
			list = append(list, v)
		}
		return list
	}
	for _, tt := range []struct {
		reason  string
		n       int // items that have the attributes, of 30
		item    map[string]any
		opts    []dynsync.TableOption
		printed bool // the canary, which so many items have that it tells nothing
	}{
		{"a member that many items have", 30, map[string]any{"V": "Winterbottom 0123", "Kept": map[string]any{"canary": "Winterbottom 0123"}}, keep("Kept"), true},
		{"a member of few items", 19, map[string]any{"V": "Winterbottom 0123", "Kept": map[string]any{"canary": "Winterbottom 0123"}}, keep("Kept"), false},
		{"a member that two items have often", 2, map[string]any{"V": "Winterbottom 0123", "Kept": times(16, map[string]any{"canary": "Winterbottom 0123"})}, keep("Kept"), false},
		{"a member of three items, deep", 3, map[string]any{"V": "Winterbottom 0123", "Kept": times(9, map[string]any{"a": map[string]any{"canary": "Winterbottom 0123"}})}, keep("Kept"), false},
		{"a member of few items, taken", 2, map[string]any{"V": times(16, map[string]any{"canary": "Winterbottom 0123"}), "Kept": "Winterbottom 0123"}, keep("Kept"), false},
		{"an attribute of few items", 19, map[string]any{"canary": "Winterbottom 0123", "Kept": "Winterbottom 0123"}, keep("Kept"), false},
		{"an attribute of few items, by a pattern", 19, map[string]any{"V": "Winterbottom 0123", "canary": map[string]any{"x": "Winterbottom 0123"}}, keep("*.x"), false},
		{"a name of a person", 30, map[string]any{"V": "Winterbottom 0123", "Kept": map[string]any{"Mary Canary": "Winterbottom 0123"}}, keep("Kept"), false},
		{"an address", 30, map[string]any{"V": "Winterbottom 0123", "Kept": map[string]any{"mary@canary.example": "Winterbottom 0123"}}, keep("Kept"), false},
		{"an original that all items have", 30, map[string]any{"V": "Canary & Sons", "Kept": map[string]any{"Canary & Sons": "x"}}, keep("Kept"), false},
		{"an original of a rule", 30, map[string]any{"V": "Canary & Sons", "Kept": map[string]any{"Canary & Sons": "x"}}, append(keep("Kept"), dynsync.WithTransform("V", anon.Token())), false},
		{"an original within a name", 30, map[string]any{"V": "Canary & Sons", "Kept": map[string]any{"of Canary & Sons": "x"}}, keep("Kept"), false},
		{"an original in a list", 30, map[string]any{"V": "Canary & Sons", "Kept": []any{map[string]any{"Canary & Sons": "x"}}}, keep("Kept"), false},
		{"a new name", 30, map[string]any{"V": "Winterbottom 0123", "Kept": map[string]any{"canary": "Winterbottom 0123"}}, []dynsync.TableOption{dynsync.WithTransformKeys("Kept", anon.Token()), dynsync.WithTransform("Kept.*", dynsync.Passthrough())}, false},
	} {
		for _, check := range [][]dynsync.TableOption{nil, {dynsync.WithLeakCheck()}} {
			var items []map[string]any
			for i := range 30 {
				item := map[string]any{"Id": fmt.Sprint(i)}
				for name, v := range tt.item {
					if i < tt.n {
						item[name] = numberedDeep(v, i)
					}
				}
				items = append(items, item)
			}
			report := copyByKeys(t, []string{"Id"}, items, append(check, tt.opts...)...)
			text := report.String()
			for _, f := range report.Findings {
				b, err := json.Marshal(f)
				if err != nil {
					t.Fatal(err)
				}
				text += fmt.Sprintf("\n%s %v", b, f)
			}
			for _, f := range report.Failures {
				text += fmt.Sprintf("\n%v %+v", f.Err, f.Err)
			}
			if !strings.Contains(text, "-left") && report.Leaked == 0 {
				t.Errorf("%s: nothing is found: %s", tt.reason, text)
			}
			canary := strings.Contains(strings.ToLower(text), "canary")
			if canary && !tt.printed || !canary && tt.printed && check == nil {
				t.Errorf("%s: printed %v: %s", tt.reason, canary, text)
			}
		}
	}
}

// The error tells a value that its transformer kept from one that is in another attribute,
// also where neither name may be printed.
func TestLeakCheckTellsTwoNamelessPlacesApart(t *testing.T) {
	t.Parallel()
	shorten := dynsync.Func(func(_ context.Context, s string) (string, error) {
		short, isLong := strings.CutPrefix(s, "see ")
		if !isLong && !strings.HasPrefix(s, "kept ") {
			return "nothing", nil
		}
		return short, nil
	})
	for _, tt := range []struct {
		item map[string]any
		want string
	}{
		{map[string]any{"A": "Winterbottom 55", "B": "see Winterbottom 55"}, "the original value of * (S) is in another * (S): add a rule for * (S), or pass * (S)"},
		{map[string]any{"A": "kept Winterbottom 55"}, "the original value of * (S) is still there, since its transformer kept it"},
		{map[string]any{"A": []string{"kept Winterbottom 55"}}, "the original value of * (S) is still there, since its transformer kept it"},
		{map[string]any{"A": []any{"Winterbottom 55", "see Winterbottom 55"}}, "the original value of *[0] is in *[1]: add a rule for *[1], or pass *[0]"},
		{map[string]any{"A": map[string]any{"x": "Winterbottom 55", "y": "see Winterbottom 55"}}, "the original value of *.* (S) is in another *.* (S)"},
	} {
		tt.item["Id"] = "1"
		report := copyByKeys(t, []string{"Id"}, []map[string]any{tt.item}, dynsync.WithDefaultTransform(shorten), dynsync.WithTransform("Id", dynsync.Passthrough()), dynsync.WithLeakCheck())
		if len(report.Failures) != 1 || !strings.Contains(report.Failures[0].Err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.item, report, tt.want)
		}
	}
}

// numberedDeep returns a value with a number in place of each 0123.
func numberedDeep(v any, i int) any {
	switch v := v.(type) {
	case []any:
		var out []any
		for _, e := range v {
			out = append(out, numberedDeep(e, i))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, m := range v {
			out[name] = numberedDeep(m, i)
		}
		return out
	}
	return numbered(v, i)
}
