package leak

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"
)

// Base64 is found directly behind and in front of other letters, wherever its groups begin,
// and wherever in a group the value begins, by the fewest bytes of text that are looked for
// and by more.
func TestBase64IsFoundBesideLetters(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"Norala", "Kowalcz", "Kowalczy", "Kowalczyk", "Nora Kowalczyk"} {
		for front := range 8 {
			for offset := range 3 {
				for back := range 3 {
					// Bytes that are no text surround the value.
					packed := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\xff", offset) + value + strings.Repeat("\xff", 3)))
					text := strings.Repeat("z", front) + packed + strings.Repeat("z", back)
					if !isLeft(wire.AppendS(nil, value), wire.AppendS(nil, text)) {
						t.Errorf("%q is not found in %q: %d letters in front, %d bytes", value, text, front, offset)
					}
				}
			}
		}
	}
}

// What is text of decoded bytes stays, on lines, and the rest does not.
func TestTextIn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ bytes, want string }{
		{"", ""}, {"abcd", "abcd"}, {"abc", ""}, {"\xffabcd\xfe", "abcd\n"}, {"abcd\xffefgh", "abcd\nefgh"}, {"ab\xffcd\xff", ""},
		{"J\u00f6rg\xff", "J\u00f6rg\n"}, {"abcd\xc3efgh", "abcd\nefgh"}, {"abcd\x80efgh", "abcd\nefgh"}, {"\x80\x80abcd", "abcd\n"}, {"\xe5\xb1\xb1\xe7\x94\xb0\x01", "\u5c71\u7530\n"},
	} {
		if got := string(textIn([]byte(tt.bytes), 4)); got != tt.want {
			t.Errorf("of %q, %q is text, want %q", tt.bytes, got, tt.want)
		}
	}
}
