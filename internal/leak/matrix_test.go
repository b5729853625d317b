package leak

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"github.com/dynsync/dynsync/internal/testsize"
	"github.com/dynsync/dynsync/internal/wire"
)

// A spelling is a way to write a value.
type spelling struct {
	name  string
	write func(v string) string
}

// A sort is a sort of values, and the ways to write it that others have not.
type sort struct {
	name string
	draw func(r *rand.Rand) string
	own  []spelling
}

// anySpellings are ways in which every value may be written.
var anySpellings = []spelling{
	{"as it is", func(v string) string { return v }},
	{"upper case", strings.ToUpper},
	{"lower case", strings.ToLower},
	{"in a sentence", func(v string) string { return "please see " + v + ", and answer" }},
	{"quoted", func(v string) string { return "\"" + v + "\"" }},
	{"in brackets", func(v string) string { return "(" + v + ")[1]" }},
	{"in a key", func(v string) string { return "USER#" + v + "#PROFILE" }},
	{"in a tag", func(v string) string { return "<b>" + v + "</b>" }},
	{"in a list", func(v string) string { return "x; " + v + "; y" }},
	{"in JSON", func(v string) string { b, _ := json.Marshal(map[string]any{"to": v, "n": 1}); return string(b) }},
	{"on a line", func(v string) string { return "first\r\n" + v + "\r\nlast" }},
	{"full width", fullWidth},
	{"zero-width spaces", between("\u200b", 1)},
	{"soft hyphens", between("\u00ad", 3)},
	{"word joiners", between("\u2060", 2)},
	{"no-break spaces", strings.NewReplacer(" ", "\u00a0").Replace},
	{"thin spaces", strings.NewReplacer(" ", "\u2009").Replace},
	{"normal form D", norm.NFD.String},
	{"normal form KD", norm.NFKD.String},
	{"bold", bold},
}

// wordSpellings are those of words.
var wordSpellings = []spelling{
	{"underscores", strings.NewReplacer(" ", "_", "-", "_").Replace},
	{"dots", strings.NewReplacer(" ", ".").Replace},
	{"hyphens", strings.NewReplacer(" ", "-").Replace},
	{"slashes", strings.NewReplacer(" ", "/").Replace},
	{"two spaces", strings.NewReplacer(" ", "  ").Replace},
	{"one word", strings.NewReplacer(" ", "", "-", "").Replace},
	{"without accents", withoutMarks},
	{"plus signs", strings.NewReplacer(" ", "+").Replace},
	{"tabs", strings.NewReplacer(" ", "\t").Replace},
}

// digitSpellings are those of numbers with separators.
var digitSpellings = []spelling{
	{"no separators", onlyBones},
	{"spaces", strings.NewReplacer("-", " ", ".", " ", "(", " ", ")", " ").Replace},
	{"dashes", strings.NewReplacer("-", "\u2013", " ", "\u2013").Replace},
	{"points", strings.NewReplacer("-", ".", " ", ".").Replace},
	{"slashes", strings.NewReplacer("-", "/", " ", "/").Replace},
	{"underscores", strings.NewReplacer("-", "_", " ", "_").Replace},
	{"Arabic digits", otherDigits('\u0660')},
	{"Devanagari digits", otherDigits('\u0966')},
}

func onlyBones(v string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, v)
}

func withoutMarks(v string) string {
	return strings.NewReplacer("ß", "ss").Replace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(v)))
}

func fullWidth(v string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, v)
}

func bold(v string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 0x1d400
		case 'a' <= r && r <= 'z':
			return r - 'a' + 0x1d41a
		case '0' <= r && r <= '9':
			return r - '0' + 0x1d7ce
		}
		return r
	}, v)
}

func otherDigits(zero rune) func(string) string {
	return func(v string) string {
		return strings.Map(func(r rune) rune {
			if '0' <= r && r <= '9' {
				return r - '0' + zero
			}
			return r
		}, v)
	}
}

// between puts text between characters, behind each n.
func between(text string, n int) func(string) string {
	return func(v string) string {
		var b strings.Builder
		for i, r := range []rune(v) {
			if i > 0 && i%n == 0 {
				b.WriteString(text)
			}
			b.WriteRune(r)
		}
		return b.String()
	}
}

func digitsOf(r *rand.Rand, n int) string {
	b := []byte{byte('1' + r.IntN(9))}
	for len(b) < n {
		b = append(b, byte('0'+r.IntN(10)))
	}
	return string(b)
}

// wordOf returns a capitalized word of so many letters.
func wordOf(r *rand.Rand, n int, vowels string) string {
	v := []rune(vowels)
	var b strings.Builder
	for i := range n {
		c := rune("bdfgklmnprstvz"[r.IntN(14)])
		if i%2 == 1 {
			c = v[r.IntN(len(v))]
		}
		if i == 0 {
			c = unicode.ToUpper(c)
		}
		b.WriteRune(c)
	}
	return b.String()
}

func nameOf(vowels string) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		return wordOf(r, 4+r.IntN(4), vowels) + " " + wordOf(r, 4+r.IntN(5), vowels)
	}
}

func dayOf(r *rand.Rand) time.Time {
	return time.Date(1930+r.IntN(90), time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
}

// inLayout writes a time in another layout.
func inLayout(from, to string) func(string) string {
	return func(v string) string {
		t, err := time.Parse(from, v)
		if err != nil {
			panic(err)
		}
		return t.Format(to)
	}
}

func layouts(from string, to ...string) (all []spelling) {
	for _, l := range to {
		all = append(all, spelling{l, inLayout(from, l)})
	}
	return all
}

func groups(sep string, sizes ...int) func(string) string {
	return func(v string) string {
		v = onlyBones(v)
		var parts []string
		for i := 0; len(v) > 0; i++ {
			n := min(sizes[i%len(sizes)], len(v))
			parts, v = append(parts, v[:n]), v[n:]
		}
		return strings.Join(parts, sep)
	}
}

// sorts are the sorts of the matrix.
var sorts = []sort{
	{"e-mail address", func(r *rand.Rand) string {
		return strings.ToLower(wordOf(r, 5, "aeiou") + "." + wordOf(r, 6, "aeiou") + "@" + wordOf(r, 6, "aeiou") + ".example")
	}, []spelling{
		{"mailto", func(v string) string { return "mailto:" + v + "?subject=x" }},
		{"in angles", func(v string) string { return "A. Name <" + v + ">" }},
		{"at", strings.NewReplacer("@", " at ").Replace},
		{"(at)", strings.NewReplacer("@", "(at)").Replace},
		{"[at] [dot]", func(v string) string {
			local, domain, _ := strings.Cut(v, "@")
			return local + " [at] " + strings.ReplaceAll(domain, ".", " [dot] ")
		}},
		{"in a path", func(v string) string { return "/users/" + v + "/orders" }},
		{"dot and at", strings.NewReplacer("@", " at ", ".", " dot ").Replace},
		{"with a tag", strings.NewReplacer("@", "+news24@").Replace},
	}},
	{"e-mail address with a tag", func(r *rand.Rand) string {
		return wordOf(r, 6, "aeiou") + "+" + wordOf(r, 3, "aeiou") + "@" + wordOf(r, 6, "aeiou") + ".example"
	}, []spelling{
		{"without the tag", func(v string) string { a, b, _ := strings.Cut(v, "+"); return a + b[strings.IndexByte(b, '@'):] }},
		{"with another", func(v string) string {
			a, b, _ := strings.Cut(v, "+")
			return a + "+x-1" + b[strings.IndexByte(b, '@'):]
		}},
	}},
	{"name", nameOf("aeiou"), append([]spelling{
		{"last name first", func(v string) string { a, b, _ := strings.Cut(v, " "); return b + ", " + a }},
		{"last name in capitals first", func(v string) string { a, b, _ := strings.Cut(v, " "); return strings.ToUpper(b) + " " + a }},
		{"in an address", func(v string) string { return strings.ReplaceAll(v, " ", ".") + "@corp.example" }},
		{"camel case in a word", func(v string) string { return "profile" + strings.ReplaceAll(v, " ", "") + "2024" }},
	}, wordSpellings...)},
	{"name with accents", nameOf("äöüéèçñøå"), append([]spelling{
		{"last name first", func(v string) string { a, b, _ := strings.Cut(v, " "); return b + ", " + a }},
		{"two letters", strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "é", "e", "è", "e", "ç", "c", "ñ", "n", "ø", "oe", "å", "aa").Replace},
	}, wordSpellings...)},
	{"name in Chinese", func(r *rand.Rand) string {
		var b strings.Builder
		for range 4 {
			b.WriteRune(rune(0x4e00 + r.IntN(0x5000)))
		}
		return b.String()
	}, []spelling{{"in Chinese", func(v string) string { return "我是" + v + "的朋友" }}}},
	{"name in Greek", nameOf("αεηιοω"), wordSpellings},
	{"street", func(r *rand.Rand) string {
		return digitsOf(r, 3) + " " + wordOf(r, 6, "aeiou") + " " + wordOf(r, 7, "aeiou") + " Avenue"
	}, append([]spelling{
		{"number last", func(v string) string { a, b, _ := strings.Cut(v, " "); return b + " " + a }},
		{"number last, comma", func(v string) string { a, b, _ := strings.Cut(v, " "); return b + ", " + a }},
	}, wordSpellings...)},
	{"company", func(r *rand.Rand) string {
		return wordOf(r, 6, "aeiou") + " & " + wordOf(r, 6, "aeiou") + " Ltd."
	}, wordSpellings},
	{"phone, international", func(r *rand.Rand) string {
		return "+49 17" + digitsOf(r, 1) + " " + digitsOf(r, 7)
	}, append([]spelling{
		{"00", func(v string) string { return "00" + v[1:] }},
		{"national", func(v string) string { return "0" + v[4:] }},
		{"(0)", func(v string) string { return "+49 (0)" + v[4:] }},
		{"pairs", func(v string) string { return "+49 " + v[4:7] + " " + groups(" ", 2)(v[8:]) }},
		{"tel:", func(v string) string { return "tel:" + strings.ReplaceAll(v, " ", "") }},
	}, digitSpellings...)},
	{"phone, American", func(r *rand.Rand) string {
		return "(512) " + digitsOf(r, 3) + "-" + digitsOf(r, 4)
	}, append([]spelling{
		{"+1", func(v string) string { return "+1 " + groups("-", 3, 3, 4)(v) }},
		{"1", func(v string) string { return "1" + onlyBones(v) }},
		{"points 3-3-4", groups(".", 3, 3, 4)},
		{"ext", func(v string) string { return v + " x12" }},
	}, digitSpellings...)},
	{"SSN", func(r *rand.Rand) string {
		return digitsOf(r, 3) + "-" + digitsOf(r, 2) + "-" + digitsOf(r, 4)
	}, digitSpellings},
	{"card", func(r *rand.Rand) string { return groups(" ", 4)("4" + digitsOf(r, 15)) }, append([]spelling{
		{"4-6-6", groups("-", 4, 6, 6)}, {"pairs of four", groups(" ", 8)},
	}, digitSpellings...)},
	{"IBAN", func(r *rand.Rand) string { return "DE" + digitsOf(r, 20) }, []spelling{
		{"fours", groups(" ", 4)}, {"hyphens", groups("-", 4)}, {"points", groups(".", 4)}, {"IBAN:", func(v string) string { return "IBAN: " + groups(" ", 4)(v) }},
		{"no-break fours", groups("\u00a0", 4)}, {"Arabic digits", otherDigits('\u0660')},
	}},
	{"UUID", func(r *rand.Rand) string {
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.Uint32()>>16, r.Uint32()>>20, r.Uint32()>>20, r.Uint64()>>16)
	}, []spelling{
		{"no hyphens", onlyBones}, {"braces", func(v string) string { return "{" + v + "}" }}, {"urn", func(v string) string { return "urn:uuid:" + v }},
		{"base64", func(v string) string {
			b, _ := hex.DecodeString(onlyBones(v))
			return base64.StdEncoding.EncodeToString(b)
		}},
		{"base64 for URLs", func(v string) string {
			b, _ := hex.DecodeString(onlyBones(v))
			return base64.RawURLEncoding.EncodeToString(b)
		}},
		{"underscores", strings.NewReplacer("-", "_").Replace},
		{"GUID", func(v string) string { return hex.EncodeToString(guid(v)) }},
		{"GUID in base64", func(v string) string { return base64.StdEncoding.EncodeToString(guid(v)) }},
	}},
	{"IP address", func(r *rand.Rand) string {
		return fmt.Sprintf("%d.%d.%d.%d", 100+r.IntN(100), r.IntN(256), r.IntN(256), 1+r.IntN(255))
	}, []spelling{
		{"hyphens", strings.NewReplacer(".", "-").Replace}, {"underscores", strings.NewReplacer(".", "_").Replace},
		{"zeros", func(v string) string {
			var a [4]int
			fmt.Sscanf(v, "%d.%d.%d.%d", &a[0], &a[1], &a[2], &a[3])
			return fmt.Sprintf("%03d.%03d.%03d.%03d", a[0], a[1], a[2], a[3])
		}},
		{"a number", func(v string) string {
			var a [4]byte
			fmt.Sscanf(v, "%d.%d.%d.%d", &a[0], &a[1], &a[2], &a[3])
			return fmt.Sprint(binary.BigEndian.Uint32(a[:]))
		}},
		{"hexadecimal", func(v string) string {
			var a [4]byte
			fmt.Sscanf(v, "%d.%d.%d.%d", &a[0], &a[1], &a[2], &a[3])
			return "0x" + hex.EncodeToString(a[:])
		}},
		{"a host", func(v string) string { return "ip-" + strings.ReplaceAll(v, ".", "-") + ".ec2.internal" }},
		{"a URL", func(v string) string { return "http://" + v + ":8080/" }},
	}},
	{"IP address, version 6", func(r *rand.Rand) string {
		return fmt.Sprintf("2001:db8:%x::%x:%x", 1+r.IntN(65535), 1+r.IntN(65535), 1+r.IntN(65535))
	}, []spelling{
		{"brackets", func(v string) string { return "[" + v + "]:443" }},
		{"in full", func(v string) string { return groups(":", 4)(hex.EncodeToString(full6(v))) }},
		{"in full, one word", func(v string) string { return hex.EncodeToString(full6(v)) }},
		{"hyphens", strings.NewReplacer(":", "-").Replace},
		{"zeros", func(v string) string {
			var a, b, c int
			fmt.Sscanf(v, "2001:db8:%x::%x:%x", &a, &b, &c)
			return fmt.Sprintf("2001:db8:%x:0:0:0:%x:%x", a, b, c)
		}},
	}},
	{"IP address, version 6, in full", func(r *rand.Rand) string {
		return groups(":", 4)(hex.EncodeToString(full6(fmt.Sprintf("2001:db8:%x::%x:%x", 1+r.IntN(65535), 1+r.IntN(65535), 1+r.IntN(65535)))))
	}, []spelling{
		{"short", func(v string) string { return netip.MustParseAddr(v).String() }},
		{"short in brackets", func(v string) string { return "[" + netip.MustParseAddr(v).String() + "]:443" }},
	}},
	{"coordinates", func(r *rand.Rand) string {
		return fmt.Sprintf("%d.%s, %d.%s", 10+r.IntN(80), digitsOf(r, 5), 10+r.IntN(80), digitsOf(r, 6))
	}, []spelling{
		{"without space", strings.NewReplacer(" ", "").Replace}, {"geo", func(v string) string { return "geo:" + strings.ReplaceAll(v, " ", "") }},
		{"with a space", strings.NewReplacer(",", "").Replace},
		{"longitude first", func(v string) string { a, b, _ := strings.Cut(v, ", "); return "[" + b + "," + a + "]" }},
	}},
	{"amount", func(r *rand.Rand) string { return digitsOf(r, 7) + "." + digitsOf(r, 2) }, []spelling{
		{"commas", func(v string) string { return v[:1] + "," + v[1:4] + "," + v[4:] }},
		{"points", func(v string) string { return v[:1] + "." + v[1:4] + "." + v[4:7] + "," + v[8:] }},
		{"spaces", func(v string) string { return "EUR " + v[:1] + " " + v[1:4] + " " + v[4:7] + "," + v[8:] }},
	}},
	{"date", func(r *rand.Rand) string { return dayOf(r).Format("2006-01-02") },
		layouts("2006-01-02", "20060102", "02.01.2006", "01/02/2006", "02/01/2006", "2.1.2006", "1/2/2006", "2006/01/02", "2 January 2006", "January 2, 2006", "2-Jan-2006", "Jan 2 2006", "02.01.06", "1/2/06", "Mon, 02 Jan 2006", "2006-01-02T00:00:00Z", "02-Jan-06", "2006年1月2日", "2006年01月02日")},
	{"date with the name of its month", func(r *rand.Rand) string { return dayOf(r).Format("January 2, 2006") },
		layouts("January 2, 2006", "2006-01-02", "20060102", "02.01.2006", "01/02/2006", "2 January 2006", "2-Jan-2006", "Jan 2 2006", "02.01.06", "1/2/06", "Mon, 02 Jan 2006", "2006年1月2日")},
	{"date with a short name of its month", func(r *rand.Rand) string { return dayOf(r).Format("02-Jan-2006") },
		layouts("02-Jan-2006", "2006-01-02", "20060102", "02.01.2006", "01/02/2006", "January 2, 2006", "02-Jan-06", "2.1.06")},
	{"time", func(r *rand.Rand) string { return dayOf(r).AddDate(60, 0, 0).Format(time.RFC3339) },
		append(layouts(time.RFC3339, "20060102150405", "02.01.2006 15:04:05", "01/02/2006 15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05.000Z", "2 January 2006 15:04:05", "Jan 2, 2006 15:04:05", "Mon, 02 Jan 2006 15:04:05 GMT", time.ANSIC, "02-Jan-06 15.04.05.000000"),
			spelling{"milliseconds", func(v string) string { t, _ := time.Parse(time.RFC3339, v); return fmt.Sprint(t.UnixMilli() + 123) }},
			spelling{"nanoseconds", func(v string) string { t, _ := time.Parse(time.RFC3339, v); return fmt.Sprint(t.UnixNano()) }},
			spelling{"epoch", func(v string) string { t, _ := time.Parse(time.RFC3339, v); return fmt.Sprint(t.Unix()) }})},
	{"epoch", func(r *rand.Rand) string {
		return fmt.Sprint(1_200_000_000 + r.IntN(800_000_000))
	}, append(epochLayouts(time.RFC3339, "20060102150405", "02.01.2006 15:04:05", "2006-01-02 15:04:05", "Jan 2, 2006 15:04:05", "Mon, 02 Jan 2006 15:04:05 GMT"),
		spelling{"milliseconds", func(v string) string { return v + "123" }})},
	{"account", func(r *rand.Rand) string { return digitsOf(r, 10+r.IntN(4)) }, append([]spelling{
		{"threes", groups(" ", 3)}, {"fours with hyphens", groups("-", 4)}, {"glued to letters", func(v string) string { return "ACCT" + v }},
	}, digitSpellings...)},
	{"token", func(r *rand.Rand) string { return wordOf(r, 9, "aeiou") + digitsOf(r, 4) + wordOf(r, 5, "aeiou") }, []spelling{
		{"in a word", func(v string) string { return "xyz" + v + "xyz" }}, {"fours", groups("-", 4)},
	}},
}

// guid returns the bytes of a UUID in the order of .NET.
func guid(v string) []byte {
	id, _ := hex.DecodeString(onlyBones(v))
	slices.Reverse(id[:4])
	slices.Reverse(id[4:6])
	slices.Reverse(id[6:8])
	return id
}

// epochLayouts are the spellings of an epoch as a time.
func epochLayouts(layouts ...string) (all []spelling) {
	for _, layout := range layouts {
		all = append(all, spelling{layout, func(v string) string {
			var seconds int64
			fmt.Sscan(v, &seconds)
			return time.Unix(seconds, 0).UTC().Format(layout)
		}})
	}
	return all
}

func full6(v string) []byte {
	var a, b, c int
	fmt.Sscanf(v, "2001:db8:%x::%x:%x", &a, &b, &c)
	out := make([]byte, 16)
	binary.BigEndian.PutUint32(out, 0x20010db8)
	binary.BigEndian.PutUint16(out[4:], uint16(a))
	binary.BigEndian.PutUint16(out[12:], uint16(b))
	binary.BigEndian.PutUint16(out[14:], uint16(c))
	return out
}

// A packing is an encoding of a text, as a string or a binary.
type packing struct {
	name   string
	pack   func(text string) string
	binary bool
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return b.String()
}

func deflated(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return b.String()
}

func utf16Of(order binary.AppendByteOrder, bom bool) func(string) string {
	return func(text string) string {
		var b []byte
		if bom {
			b = order.AppendUint16(b, 0xfeff)
		}
		for _, u := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, u)
		}
		return string(b)
	}
}

func escapedAll(format string) func(string) string {
	return func(text string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(text)) {
			fmt.Fprintf(&b, format, u)
		}
		return b.String()
	}
}

func percentAll(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func htmlAll(text string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, "&#%d;", r)
	}
	return b.String()
}

func quotedPrintable(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c >= 0x80 || c == '=' || c == '@' || c == ' ' || len(text) > 0 && c == text[len(text)-1] {
			fmt.Fprintf(&b, "=%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func jsonString(text string) string {
	b, _ := json.Marshal(map[string]string{"v": text})
	return string(b)
}

func inLines(text string) string {
	v := base64.StdEncoding.EncodeToString([]byte("Content of a mail, some words in front of it and more: " + text))
	var lines []string
	for ; len(v) > 76; v = v[76:] {
		lines = append(lines, v[:76])
	}
	return strings.Join(append(lines, v), "\r\n")
}

// hexPairs writes each byte of a text in a format.
func hexPairs(sep, format string) func(string) string {
	return func(text string) string {
		var pairs []string
		for _, c := range []byte(text) {
			pairs = append(pairs, fmt.Sprintf(format, c))
		}
		return strings.Join(pairs, sep)
	}
}

var packings = []packing{
	{"plain", func(t string) string { return t }, false},
	{"bytes", func(t string) string { return "\xff\x00" + t }, true},
	{"percent", url.QueryEscape, false},
	{"percent of all", percentAll, false},
	{"HTML", html.EscapeString, false},
	{"HTML of all", htmlAll, false},
	{"JSON", jsonString, false},
	{"JSON in JSON", func(t string) string { return jsonString(jsonString(t)) }, false},
	{`\u of all`, escapedAll(`\u%04x`), false},
	{"quoted-printable", quotedPrintable, false},
	{"base64", func(t string) string { return base64.StdEncoding.EncodeToString([]byte(t)) }, false},
	{"base64 for URLs", func(t string) string { return "id_" + base64.RawURLEncoding.EncodeToString([]byte("v="+t)) }, false},
	{"base64 on lines", inLines, false},
	{"base64 twice", func(t string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(t))))
	}, false},
	{"hex", func(t string) string { return hex.EncodeToString([]byte(t)) }, false},
	{"HEX", func(t string) string { return "0x" + strings.ToUpper(hex.EncodeToString([]byte(t))) }, false},
	{"UTF-16 LE", utf16Of(binary.LittleEndian, false), true},
	{"UTF-16 BE", utf16Of(binary.BigEndian, true), true},
	{"UTF-16 in base64", func(t string) string {
		return base64.StdEncoding.EncodeToString([]byte(utf16Of(binary.LittleEndian, true)(t)))
	}, false},
	{"gzip", zipped, true},
	{"zlib", deflated, true},
	{"gzip in base64", func(t string) string { return base64.StdEncoding.EncodeToString([]byte(zipped(t))) }, false},
	{"zlib of JSON in base64", func(t string) string { return base64.StdEncoding.EncodeToString([]byte(deflated(jsonString(t)))) }, false},
	{"hex with colons", hexPairs(":", "%02x"), false},
	{"hex with spaces", hexPairs(" ", "%02X"), false},
	{"hex with hyphens in a text", func(t string) string { return "a: b: " + hexPairs("-", "%02x")(t) + " c" }, false},
	{"in a query", func(t string) string { return "https://x.example/?q=" + url.QueryEscape(t) + "&z=1" }, false},
	{"HTML without semicolons", func(t string) string { return strings.ReplaceAll(htmlAll(t), ";", "") }, false},
	{"octal digits", hexPairs("", `\%03o`), false},
	{"base64 on short lines", func(t string) string {
		return regexp.MustCompile(".{20}").ReplaceAllString(base64.StdEncoding.EncodeToString([]byte(t)), "$0\n")
	}, false},
	{"base64 in percent", func(t string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(t))) }, false},
}

// isLeft reports whether the check finds an original, a value object, in another one.
func isLeft(original, there []byte) bool {
	src := slices.Concat([]byte(`{"from":`), original, []byte(`,"to":`), there, []byte("}"))
	l := New(4)
	l.Begin()
	v := wire.Span{Start: uint32(len(`{"from":`)), End: uint32(len(`{"from":`) + len(original))}
	l.Took(src, v, wire.KindOf(original), nil, Source{})
	item := slices.Concat([]byte(`{"to":`), there, []byte("}"))
	found := false
	l.Search(item, src, wire.Span{End: uint32(len(src))}, item, func(f Finding) error {
		found = found || !f.Counted // also of an item that is not searched to the end
		return nil
	})
	return found
}

// TestMatrix draws values of every sort, writes each in every spelling, packs each in
// every encoding, and finds them all. With -v it prints the matrix.
func TestMatrix(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	tried, missed := 0, 0
	for _, s := range sorts {
		spellings := slices.Concat(anySpellings, s.own)
		if len(spellings) < 20 {
			t.Errorf("%s has %d spellings", s.name, len(spellings))
		}
		of, misses := 0, map[string]int{}
		for _, sp := range spellings {
			for _, p := range packings {
				for range testsize.Of(1, 2, 3) {
					v := s.draw(r)
					text := p.pack(sp.write(v))
					there := wire.AppendS(nil, text)
					if p.binary {
						there = wire.AppendB(nil, []byte(text))
					}
					of++
					if !isLeft(wire.AppendS(nil, v), there) {
						misses[sp.name+" × "+p.name]++
						missed++
						if missed < 40 {
							t.Errorf("seed %d: %s, %s, %s: %q in %q", seed, s.name, sp.name, p.name, v, text)
						}
					}
				}
			}
		}
		tried += of
		t.Logf("%-22s %2d spellings × %d encodings: %d of %d found %v", s.name, len(spellings), len(packings), of-sum(misses), of, misses)
	}
	t.Logf("%d of %d found", tried-missed, tried)
}

func sum(of map[string]int) (n int) {
	for _, v := range of {
		n += v
	}
	return n
}
