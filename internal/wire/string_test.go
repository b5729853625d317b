package wire

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMasksMarkEveryByteInEveryLane(t *testing.T) {
	// The byte under test is in each lane, among neighbours that could borrow
	// into it; the lowest marked byte is what the masks promise.
	neighbours := []byte{' ', '!', '/', '0', '9', ':', '#', 'a', '[', ']', 0x7F, 0x80, 0xA1, 0xFF}
	for c := range 256 {
		for lane := range 8 {
			for _, n := range neighbours {
				word := []byte{n, n, n, n, n, n, n, n}
				word[lane] = byte(c)
				wantSpecial, wantDelimiter, wantUnplain, wantNonDigit := -1, -1, -1, -1
				for i, b := range word {
					if wantSpecial < 0 && (b == '"' || b == '\\' || b < ' ') {
						wantSpecial = i
					}
					if wantDelimiter < 0 && (b == '"' || b == '\\') {
						wantDelimiter = i
					}
					if wantUnplain < 0 && (b == '"' || b == '\\' || b < ' ' || b >= 0x80) {
						wantUnplain = i
					}
					if wantNonDigit < 0 && (b < '0' || b > '9') {
						wantNonDigit = i
					}
				}
				if got := lowest(special(load(word, 0))); got != wantSpecial {
					t.Fatalf("special(% x) marks %d, want %d", word, got, wantSpecial)
				}
				if got := lowest(delimiter(load(word, 0))); got != wantDelimiter {
					t.Fatalf("delimiter(% x) marks %d, want %d", word, got, wantDelimiter)
				}
				if got := lowest(unplain(load(word, 0))); got != wantUnplain {
					t.Fatalf("unplain(% x) marks %d, want %d", word, got, wantUnplain)
				}
				if got := lowest(nonDigit(load(word, 0))); got != wantNonDigit {
					t.Fatalf("nonDigit(% x) marks %d, want %d", word, got, wantNonDigit)
				}
			}
		}
	}
}

func lowest(mask uint64) int {
	if mask == 0 {
		return -1
	}
	return first(mask)
}

func TestConsumeString(t *testing.T) {
	for _, test := range []struct {
		reason  string
		text    string // behind the opening quote
		want    int    // index of the closing quote; of the error if there is one
		escaped bool
		err     string
	}{
		{"empty", `"`, 0, false, ""},
		{"shorter than a word", `abc"`, 3, false, ""},
		{"the quote is the last byte of a word", `abcdefg"`, 7, false, ""},
		{"the quote is the first byte of the second word", `abcdefgh"`, 8, false, ""},
		{"stops at the first quote", `abc"def"`, 3, false, ""},
		{"an escaped quote does not end it", `a\"b"`, 4, true, ""},
		{"an escaped backslash does not escape the quote", `a\\"`, 3, true, ""},
		{"all short escapes", `\"\\\/\b\f\n\r\t"`, 16, true, ""},
		{"hexadecimal digits of both cases", `\u00aF"`, 6, true, ""},
		{"a lone surrogate is DynamoDB's right", `\ud800"`, 6, true, ""},
		{"DEL is no control character in JSON", "\x7f\"", 1, false, ""},
		{"two-byte UTF-8", `é"`, 2, false, ""},
		{"four-byte UTF-8 across words", `abcdef😀xyz"`, 13, false, ""},

		{"nothing", ``, 0, false, "unexpected end of text"},
		{"no closing quote", `abcdefghij`, 10, false, "unexpected end of text"},
		{"ends in an escape", `ab\`, 3, false, "unexpected end of text"},
		{"ends in a hexadecimal escape", `\u12`, 4, false, "unexpected end of text"},
		{"unknown escape", `ab\x41"`, 3, false, "invalid escape in a string"},
		{"not a hexadecimal digit", `\u12g4"`, 4, false, "invalid escape in a string"},
		{"a quote in a hexadecimal escape", `\u12"4"`, 4, false, "invalid escape in a string"},
		{"raw newline", "abcdefghij\n\"", 10, false, "control character in a string"},
		{"raw NUL", "\x00\"", 0, false, "control character in a string"},
		{"raw surrogate", "ab\xed\xa0\x80\"", 2, false, "invalid UTF-8 in a string"},
		{"stray continuation byte", "abcdefghijk\x80\"", 11, false, "invalid UTF-8 in a string"},
		{"overlong", "\xc0\xaf\"", 0, false, "invalid UTF-8 in a string"},
		{"a character cut by the quote", "ab\xe6\xbc\"", 2, false, "invalid UTF-8 in a string"},
		{"above U+10FFFF", "\xf4\x90\x80\x80\"", 0, false, "invalid UTF-8 in a string"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			for _, after := range []string{"", "\xff\xff\xff\xff\xff\xff\xff\xff", strings.Repeat("}", 20)} {
				if after != "" && strings.Contains(test.err, "end") {
					continue
				}
				n, escaped, err := consumeString([]byte(`{"`+test.text+after), 2)
				if test.err == "" {
					if err != nil || n != test.want+2 || escaped != test.escaped {
						t.Fatalf("got %d, %v, %v; want %d, %v", n-2, escaped, err, test.want, test.escaped)
					}
					continue
				}
				var se *SyntaxError
				if !errors.As(err, &se) || se.Offset != test.want+2 || se.Reason != test.err {
					t.Fatalf("got %v, want %q at %d", err, test.err, test.want+2)
				}
				if errors.Is(err, io.ErrUnexpectedEOF) != strings.Contains(test.err, "end") {
					t.Fatalf("%v: io.ErrUnexpectedEOF is for truncation", err)
				}
			}
		})
	}
}

// stringOracle is consumeString by the standard library.
func stringOracle(text string) bool {
	return json.Valid([]byte(text)) && utf8.ValidString(text)
}

func TestConsumeStringAgreesWithEncodingJSON(t *testing.T) {
	alphabet := []string{`"`, `\`, `u`, `n`, `0`, `d`, `8`, `/`, "a", "\x00", "\x1f", " ", "é", "\xff", "\xed\xa0\x80", "\xc3", "😀", "abcdefgh"}
	rng := newRand(1)
	for range 60_000 {
		var s strings.Builder
		for n := rng.IntN(12); n > 0; n-- {
			s.WriteString(alphabet[rng.IntN(len(alphabet))])
		}
		text := `"` + s.String() + `"`
		n, escaped, err := consumeString([]byte(text), 1)
		if got, want := err == nil && n == len(text)-1, stringOracle(text); got != want {
			t.Fatalf("%q: accepted %v (%v), want %v", text, got, err, want)
		}
		if err != nil || n != len(text)-1 {
			continue
		}
		if escaped != strings.Contains(text, `\`) {
			t.Fatalf("%q: escaped is %v", text, escaped)
		}
		end, skipEscaped := skipString([]byte(text), 1)
		if end != n || skipEscaped != escaped {
			t.Fatalf("%q: skipString says %d, %v", text, end, skipEscaped)
		}
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		got := string(AppendUnquote(nil, []byte(text[1:n])))
		if strings.ToValidUTF8(got, "\ufffd") != want && !strings.Contains(want, "\ufffd") {
			t.Fatalf("%q decodes to %q, want %q", text, got, want)
		}
	}
}

func TestAppendUnquote(t *testing.T) {
	for _, test := range []struct{ reason, raw, want string }{
		{"nothing", ``, ""},
		{"no escapes", `aé漢😀`, "aé漢😀"},
		{"short escapes", `\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t"},
		{"a unit of each length", `\u0041\u00e9\u6F22`, "Aé漢"},
		{"a pair is one character", `\ud83d\ude00`, "😀"},
		{"a lone high surrogate is WTF-8", `a\ud800b`, "a\xed\xa0\x80b"},
		{"a lone low surrogate is WTF-8", `\udfff`, "\xed\xbf\xbf"},
		{"a high surrogate before an ordinary unit", `\ud800\u0041`, "\xed\xa0\x80A"},
		{"a high surrogate before a pair", `\ud800\ud83d\ude00`, "\xed\xa0\x80😀"},
		{"halves in the wrong order", `\ude00\ud83d`, "\xed\xb8\x80\xed\xa0\xbd"},
		{"a high surrogate at the end", `\ud83d`, "\xed\xa0\xbd"},
		{"an escaped NUL", `\u0000`, "\x00"},
		{"not validated: a lone backslash stays", `a\`, `a\`},
		{"not validated: a cut unit stays", `\u12`, `\u12`},
		{"not validated: a pair whose half is cut", `\ud83d\u12`, "\xed\xa0\xbd" + `\u12`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			if got := string(AppendUnquote([]byte("-"), []byte(test.raw))); got != "-"+test.want {
				t.Errorf("got %q, want %q", got[1:], test.want)
			}
			if !EqualName([]byte(test.raw), true, test.want) {
				t.Errorf("EqualName(%q, %q) is false", test.raw, test.want)
			}
			if EqualName([]byte(test.raw), true, test.want+"x") || test.want != "" && EqualName([]byte(test.raw), true, test.want[1:]) {
				t.Errorf("EqualName(%q) takes another name", test.raw)
			}
		})
	}
}

func TestAppendQuote(t *testing.T) {
	for _, test := range []struct{ reason, s, want string }{
		{"nothing", "", `""`},
		{"no HTML escapes, no escaped slash", "<a/>&'\u2028", "\"<a/>&'\u2028\""},
		{"quote and backslash", `a"b\c`, `"a\"b\\c"`},
		{"controls with a short escape", "\b\f\n\r\t", `"\b\f\n\r\t"`},
		{"controls without", "\x00\x1f\x7f", `"\u0000\u001f` + "\x7f\""},
		{"UTF-8 as it is", "é漢😀", `"é漢😀"`},
		{"WTF-8 surrogates are escapes again", "a\xed\xa0\x80b\xed\xbf\xbf", `"a\ud800b\udfff"`},
		{"no UTF-8 at all", "a\xff\xc3", "\"a\ufffd\ufffd\""},
		{"an escape behind a word", "0123456789\n", `"0123456789\n"`},
		{"U+FFFD itself", "\ufffd", "\"\ufffd\""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			if got := string(AppendQuote([]byte("-"), test.s)); got != "-"+test.want {
				t.Errorf("string: got %s, want %s", got[1:], test.want)
			}
			if got := string(AppendQuote([]byte("-"), []byte(test.s))); got != "-"+test.want {
				t.Errorf("bytes: got %s, want %s", got[1:], test.want)
			}
		})
	}
}

func TestQuoteUnquoteProperty(t *testing.T) {
	checkProperty(t, func(t *rapid.T, c chooser) {
		s := genText(c)
		quoted := AppendQuote(nil, s)
		if !json.Valid(quoted) || !utf8.Valid(quoted) {
			t.Fatalf("%q: not JSON: %q", s, quoted)
		}
		raw := quoted[1 : len(quoted)-1]
		if got := string(AppendUnquote(nil, raw)); got != s {
			t.Fatalf("%q comes back as %q", s, got)
		}
		if got := textSize(raw, true); got != len(mapSurrogates(s, '?')) {
			t.Fatalf("%q has size %d", s, got)
		}
		other := genText(c)
		for _, escaped := range []bool{true, strings.Contains(string(raw), `\`)} {
			if !EqualName(raw, escaped, s) || EqualName(raw, escaped, other) != (s == other) {
				t.Fatalf("EqualName(%q) confuses %q and %q", raw, s, other)
			}
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, s := range textPieces {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		quoted := AppendQuote(nil, s)
		if !json.Valid(quoted) || !utf8.Valid(quoted) {
			t.Fatalf("%q: not JSON: %q", s, quoted)
		}
		once := AppendUnquote(nil, quoted[1:len(quoted)-1])
		if utf8.Valid(s) && string(once) != string(s) {
			t.Fatalf("%q comes back as %q", s, once)
		}
		again := AppendQuote(nil, once)
		if twice := AppendUnquote(nil, again[1:len(again)-1]); string(twice) != string(once) {
			t.Fatalf("%q comes back as %q, then as %q", s, once, twice)
		}
	})
}
