package personal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/growth"
	"github.com/dynsync/dynsync/internal/testsize"
)

func FuzzLookAt(f *testing.F) {
	for _, seed := range []string{"USER#alice%40example.com", "+49 (0)171 5550123", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "１２３-45-6789", "a@b", "%", "%2", "1.2.3.4/5", "(+", "\xff\xfe+1"} {
		f.Add([]byte(seed), "phone")
	}
	f.Fuzz(func(t *testing.T, text []byte, attribute string) {
		before := string(text)
		found := LookAt(text, attribute)
		if string(text) != before {
			t.Fatal("the text changed")
		}
		kind, strong := Strong(text, attribute)
		if strong != (found.Strength == StrongLook) || strong && kind != found.Kind || int(found.Kind) >= Kinds {
			t.Fatalf("%v, but %v, %v", found, kind, strong)
		}
		filtersRightly(t, before, attribute)
		IBANs(before, func(Span) {})
		Emails(before, func(_, _ Span) {})
		IPs(before, func(Span) {})
		DigitRuns(before, func(run []Span) {
			Cards(before, run, func(Span) {})
			SSNs(before, run, func(Span) {})
		})
	})
}

// TestHostileTexts checks that time is linear up to the 400 KB that an item can have.
func TestHostileTexts(t *testing.T) {
	size := testsize.Of(400<<10, 400<<10, 100<<10)
	for _, part := range []string{
		"1", "1-", "1 ", "12-34 ", "123-456-", "1234-", "4111-1111-1111-111", "12345678-1234-", "+", "+1", "+1-", "(", "(+", "+(1", "@", "a@", "a@b.", "a@b.c", "=@", "a=", "bounce+=@", "%", "%4", "%40",
		"%25", "%2540", "%252540", "D", "DE8", "DE89 ", "DE89-3704-", "IBAN", "tel-", "phone_1234567-", "ß", "＋１", "\u00ad", "\u200b1", "\xff", "alice ", "alice", "alice_", "A", ".", "1.", "1.2.3.4", "::1", "0", "00", "0-", "(0)", "x1", ":1", "1:",
	} {
		text := []byte(strings.Repeat(part, size/len(part)))
		for _, attribute := range []string{"", "phone", "name", "email"} {
			growth.Linear(t, fmt.Sprintf("%q again and again in %q", part, attribute), len(text), func(n int) {
				LookAt(text[:n], attribute)
			})
		}
	}
	for _, attribute := range []string{strings.Repeat("phone", 100_000), strings.Repeat("aB", 100_000)} {
		LookAt([]byte("5125550143"), attribute)
	}
}
