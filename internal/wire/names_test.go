package wire

import (
	"errors"
	"fmt"
	"testing"
)

// itemNamed returns an item with the given raw names.
func itemNamed(names []string) []byte {
	item := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			item = append(item, ',')
		}
		item = fmt.Appendf(item, `"%s":{"NULL":true}`, name)
	}
	return append(item, '}')
}

func TestDuplicatesAreFoundInObjectsOfEverySize(t *testing.T) {
	var s Scanner
	for _, form := range []struct{ reason, format, again string }{
		{"short names", "%d", "%d"},
		{"long names", "a_rather_long_attribute_name_%d", "a_rather_long_attribute_name_%d"},
		{"an escape in the second", "name%d", `\u006eame%d`},
		{"an escape in the first", `\u006eame%d`, "name%d"},
		{"names that only differ where the cheap hash does not look", "12345678_%08d_12345678", "12345678_%08d_12345678"},
		{"escaped names of that kind", `12345678_%08d_1234567\u0038`, "12345678_%08d_12345678"},
		{"a lone surrogate", `\ud800%d`, `\uD800%d`},
	} {
		for _, n := range []int{1, 2, 15, 16, 17, 18, 64, 65, 1000} {
			t.Run(fmt.Sprintf("%s/%d", form.reason, n), func(t *testing.T) {
				var names []string
				for i := range n {
					names = append(names, fmt.Sprintf(form.format, i))
				}
				if _, err := s.Index(nil, itemNamed(names)); err != nil {
					t.Fatalf("distinct names: %v", err)
				}
				for _, i := range []int{0, n / 2, n - 1} {
					item := itemNamed(append(names, fmt.Sprintf(form.again, i)))
					_, err := s.Index(nil, item)
					if !errors.Is(err, ErrDuplicate) {
						t.Fatalf("name %d again: %v", i, err)
					}
					var se *SyntaxError
					if errors.As(err, &se); string(item[se.Offset-1]) != `"` {
						t.Fatalf("the offset %d is not that of a name", se.Offset)
					}
				}
			})
		}
	}
}

// Thousands of names that the cheap hash does not tell apart are told apart by
// the strong one, in about as many steps as there are names.
func TestCollidingNamesAreHashedAgain(t *testing.T) {
	const n = 20_000
	var b []byte
	var names []name
	for i := range n {
		start := len(b)
		b = fmt.Appendf(b, "12345678_%08d_12345678", i)
		names = append(names, name{Span: Span{uint32(start), uint32(len(b))}, hash: 7})
	}
	var s nameSet
	if at := s.findDuplicate(b, names); at >= 0 {
		t.Fatalf("a duplicate at %d", at)
	}
	distinct := map[uint32]bool{}
	for _, name := range names {
		distinct[name.hash] = true
	}
	if len(distinct) < n-10 {
		t.Errorf("only %d different hashes", len(distinct))
	}
}

func TestNamesOfNestedObjectsDoNotMeet(t *testing.T) {
	// A large object with large objects in it, which share the stack of names.
	inner := ""
	for i := range 40 {
		if i > 0 {
			inner += ","
		}
		inner += fmt.Sprintf(`"name%d":{"M":{"name%d":{"S":""},"x":{"S":""}}}`, i, i)
	}
	item := "{"
	for i := range 40 {
		item += fmt.Sprintf(`"name%d":{"M":{%s}},`, i, inner)
	}
	mustIndex(t, []byte(item+`"x":{"S":""}}`))
	if _, err := new(Scanner).Index(nil, []byte(item+`"name3":{"S":""}}`)); !errors.Is(err, ErrDuplicate) {
		t.Errorf("got %v", err)
	}
}
