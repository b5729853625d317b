package anon

import (
	"testing"

	"github.com/dynsync/dynsync"
)

// TestNoValueStays: where a value has a form, a text that says that there is none stays, in
// every spelling. Programs compare with it, and it is nobody's.
func TestNoValueStays(t *testing.T) {
	forms := map[string]dynsync.Transformer{
		"email": Email(), "phone": Phone(), "ssn": SSN(), "ip": IP(), "url": URL(), "uuid": UUID(), "card": CardNumber(), "iban": IBAN(),
		"shiftTime": ShiftTime(), "truncateTime": TruncateTime(), "shiftTTL": ShiftTTL(), "strict": Phone(Strict()),
	}
	for name, tr := range forms {
		for _, text := range []string{"-", "--", "?", "n/a", "N/A", " n/a ", "Unknown", "(unknown)", "NONE", "null", "not available", "unbekannt", "不明", "N／A"} {
			if got := outText(t, tr, text); got != text {
				t.Errorf("%s: %q became %q", name, text, got)
			}
			if form, ok := describe(tr).Canonical(text); !ok || form != text {
				t.Errorf("%s: the canonical form of %q is %q, %t", name, text, form, ok)
			}
		}
		for _, text := range []string{"unknown caller", "ann", "no", "-1 -"} {
			if out, err := tr.Transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(text)}); err == nil {
				t.Errorf("%s: %q became %v", name, text, out.Any())
			}
		}
	}
	for _, name := range []string{"token", "string", "alphanumeric"} { // which take any text
		tr := makeNamed(name, nil)
		if got := outText(t, tr, "unknown"); got == "unknown" {
			t.Errorf("%s: unknown stays", name)
		}
	}
}
