package anon_test

import (
	"fmt"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

// TestSeveralInACopy: in a copy with a leak check, too, values in one string join with values
// in attributes of their own, members of sets and texts in JSON.
func TestSeveralInACopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "Mails")
	w.put(t, "Mails", map[string]any{
		"Id": "1", "A": "alice.pfeiffer@corp.test", "B": "bob.ray@corp.test", "List": "alice.pfeiffer@corp.test, Bob Raylander <bob.ray@corp.test>;", "Set": []string{"alice.pfeiffer@corp.test;bob.ray@corp.test", "x@corp.test"},
		"Text": `{"to":"<alice.pfeiffer@corp.test>"}`, "Map": map[string]any{"To": []any{"bob.ray@corp.test|alice.pfeiffer@corp.test"}}, "Name": "Bob Raylander", "Hops": "10.1.2.3:80, unknown", "Hop": "10.1.2.3", "Price": "$1,234.50", "Plain": "1234.50",
	})
	s, err := dynsync.New(dynsync.WithSource(w.from), dynsync.WithDestination(w.to), dynsync.WithKey(testKey),
		dynsync.WithTable("Mails", "Mails", dynsync.WithLeakCheck(), dynsync.WithTransform("A", anon.Email()), dynsync.WithTransform("B", anon.Email()), dynsync.WithTransform("List", anon.Email()), dynsync.WithTransform("Set", anon.Email()),
			dynsync.WithTransform("Map.To[*]", anon.Email()), dynsync.WithTransform("Map", dynsync.Passthrough()), dynsync.WithTransform("Text", dynsync.JSON(dynsync.WithTransform("to", anon.Email()))), dynsync.WithTransform("Name", anon.FullName()),
			dynsync.WithTransform("Hops", anon.IP()), dynsync.WithTransform("Hop", anon.IP()), dynsync.WithTransform("Price", anon.Noise()), dynsync.WithTransform("Plain", anon.Noise())))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	item := w.all(t, "Mails")["1"]
	at := func(path string) string {
		v, _ := item.Get(path)
		return fmt.Sprint(v.Any())
	}
	a, b := at("A"), at("B")
	for path, want := range map[string]string{
		"List": a + ", " + at("Name") + " <" + b + ">;", "Map.To[0]": b + "|" + a, "Text": `{"to":"<` + a + `>"}`, "Hops": at("Hop") + ":80, unknown", "Price": "$" + at("Plain")[:1] + "," + at("Plain")[1:],
	} {
		if got := at(path); got != want {
			t.Errorf("%s is %q, not %q", path, got, want)
		}
	}
}
