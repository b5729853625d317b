package wire

import (
	"encoding/base64"
	"strings"
	"testing"
)

// base64Oracle is consumeBase64 by the standard library, which also takes line
// breaks.
func base64Oracle(text string) bool {
	_, err := base64.StdEncoding.DecodeString(text)
	return err == nil && !strings.ContainsAny(text, "\r\n")
}

func TestConsumeBase64(t *testing.T) {
	check := func(text string) {
		t.Helper()
		b := []byte(`"` + text + `"`)
		n := consumeBase64(b, 1)
		if got, want := n == len(b)-1, base64Oracle(text); got != want {
			t.Fatalf("%q: accepted is %v, want %v", text, got, want)
		}
		if n == 0 || n != len(b)-1 {
			return
		}
		want, _ := base64.StdEncoding.DecodeString(text)
		if got := appendBase64(nil, []byte(text)); string(got) != string(want) {
			t.Fatalf("%q decodes to %x, want %x", text, got, want)
		}
		if got := base64Len([]byte(text)); got != len(want) {
			t.Fatalf("%q has length %d, want %d", text, got, len(want))
		}
	}
	for c := range 256 {
		for lane := range 8 {
			text := []byte("AAAAAAAAAAAA")
			text[lane] = byte(c)
			if c != '"' {
				check(string(text))
			}
		}
	}
	for _, text := range []string{
		"", "A", "AA", "AAA", "AAAA", "AA==", "AAA=", "A===", "====", "AA=A", "AA=", "AAAA=", "AAAA==", "+/8=", "-_8=",
		"AB==", "AAAAAAAAAA==", "AAAAAAAAAAA=", "AAAAAAAAAA=", "AA\nAA", "é===", "AA== ", " AA==",
	} {
		check(text)
	}
	rng := newRand(3)
	for range 20_000 {
		b := make([]byte, rng.IntN(24))
		for i := range b {
			b[i] = "ABab09+/=="[rng.IntN(8+rng.IntN(3))]
		}
		check(string(b))
	}
}

func TestAppendBase64RefusesOtherText(t *testing.T) {
	if got := appendBase64([]byte("-"), []byte("AAAA*")); string(got) != "-" {
		t.Errorf("got %q", got)
	}
}
