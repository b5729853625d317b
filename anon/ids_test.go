package anon

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
)

// TestIdentifiersStayValid: identifiers of a restricted alphabet become others of it,
// equal ones equal ones and different ones different ones.
func TestIdentifiersStayValid(t *testing.T) {
	alpha := func(name string) dynsync.Transformer { return Alphanumeric(Alphabet(name)) }
	for _, tt := range []struct {
		name, value, valid string
		tr                 dynsync.Transformer
	}{
		{"an ObjectId", "507f191e810c19729de860ea", "[0-9a-f]{24}", ObjectID()},
		{"an ObjectId in capitals", "507F191E810C19729DE860EA", "[0-9A-F]{24}", ObjectID()},
		{"an ObjectId without letters", "507019108100197290086000", "[0-9]{24}", ObjectID()},
		{"an ObjectId that keeps its time", "507f191e810c19729de860ea", "507f191e[0-9a-f]{16}", ObjectID(PreserveTime())},
		{"a ULID", "01HV6Z3N5Q8W2E4R7T9Y1C3D5F", "0[01][0-9A-HJKMNP-TV-Z]{24}", ULID()},
		{"a ULID in lower case", "01hv6z3n5q8w2e4r7t9y1c3d5f", "0[01][0-9a-hjkmnp-tv-z]{24}", ULID()},
		{"the greatest ULID", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "[0-7][0-9A-HJKMNP-TV-Z]{25}", ULID()},
		{"the ULID of a far time", "20000000000000000000A00000", "[0-7][0-9A-HJKMNP-TV-Z]{25}", ULID()},
		{"a ULID that keeps its time", "01HV6Z3N5Q8W2E4R7T9Y1C3D5F", "01HV6Z3N5Q[0-9A-HJKMNP-TV-Z]{16}", ULID(PreserveTime())},
		{"a KSUID", "1srOrx2ZWZBpBUvZwXKQmoEYga2", "[0-9A-Za-z]{27}", KSUID()},
		{"the greatest KSUID", "aWgEPTl1tmebfsQzFP4bxwgy80V", "[0-9A-Za-z]{27}", KSUID()},
		{"the least KSUID", "000000000000000000000000000", "[0-9A-Za-z]{27}", KSUID()},
		{"a KSUID that keeps its time", "1srOrx2ZWZBpBUvZwXKQmoEYga2", "1srOr[0-9A-Za-z]{22}", KSUID(PreserveTime())},
		{"a SHA-256", strings.Repeat("9f86d081", 8), "[0-9a-f]{64}", alpha("hex")},
		{"an MD5 in capitals", "D41D8CD98F00B204E9800998ECF8427E", "[0-9A-F]{32}", alpha("hex")},
		{"a UUID in capitals", "7C9E6679-7425-40DE-944B-E07FC1F90AE7", "[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", alpha("hex")},
		{"a MAC address", "00:1b:44:11:3a:b7", "[0-9a-f]{2}(:[0-9a-f]{2}){5}", alpha("hex")},
		{"a trace id", "4bf92f3577b34da6a3ce929d0e0e4736", "[0-9a-f]{32}", alpha("hex")},
		{"a secret of RFC 4648", "JBSWY3DPEHPK3PXP", "[A-Z2-7]{16}", alpha("base32")},
		{"an onion address", "expyuzz4wqqyqhjn", "[a-z2-7]{16}", alpha("base32")},
		{"Crockford's base 32 in groups", "7ZQK-M4TN-02XB", "([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", alpha("crockford")},
		{"a record locator", "X7K2PQ", "[0-9A-Z]{6}", alpha("base36")},
		{"a CUID", "cjld2cjxh0000qzrmn831i7rn", "[0-9a-z]{25}", alpha("base36")},
		{"base 58", "2NEpo7TZRRrLZSi2U8FsR9", "[1-9A-HJ-NP-Za-km-z]{22}", alpha("base58")},
		{"prefix and base 62", "sub_1MowQVLkdIwHu7ixraBm864M", "sub_[0-9A-Za-z]{24}", Alphanumeric(Alphabet("base62"), Prefix("sub_"))},
		{"an xid", "9m4e2mr0ui3e8a215n4g", "[0-9a-v]{20}", alpha("base32hex")},
		{"a cuid", "cjld2cjxh0000qzrmn831i7rn", "c[0-9a-z]{24}", Alphanumeric(Alphabet("base36"), Prefix("c"))},
		{"a user of Slack", "U024BE7LH", "U[0-9A-Z]{8}", Alphanumeric(Alphabet("base36"), Prefix("U"))},
		{"an account of Ethereum", "0x52908400098527886e0f7030069857d2e4169ee7", "0x[0-9a-f]{40}", Alphanumeric(Alphabet("hex"), Prefix("0x"))},
		{"a MAC address", "00:1b:44:11:3a:b7", "[0-9a-f]{2}(:[0-9a-f]{2}){5}", alpha("hex")},
		{"an account of Salesforce", "001D000000IqhSL", "001[0-9A-Za-z]{12}", Alphanumeric(Alphabet("base62"), Prefix("001"))},
		{"a customer of Shopify", "gid://shopify/Customer/7001234567", "gid://shopify/Customer/[0-9]{10}", Digits()},
		{"a snowflake", "1745678901234567890", "[0-8][0-9]{18}|9[01][0-9]{17}|92[0-2][0-9]{16}", Digits()},
		{"a nanoid", "V1StGXR8_Z5jdHi6B-myT", "[0-9A-Za-z_-]{21}", alpha("base62")},
		{"a video", "dQw4w9WgXcQ", "[0-9A-Za-z_-]{11}", alpha("base62")},
		{"prefix and digits", "cus-00412871", "cus-[0-9]{8}", Alphanumeric(Alphabet("hex"), Prefix("cus-"))},
	} {
		out := outText(t, tt.tr, tt.value)
		if out == tt.value || !regexp.MustCompile("^"+tt.valid+"$").MatchString(out) {
			t.Errorf("%s: %s became %s", tt.name, tt.value, out)
		}
		if again := outText(t, tt.tr, tt.value); again != out {
			t.Errorf("%s became %s and then %s", tt.name, out, again)
		}
		isUniqueness(t, tt.tr, dynsync.UniquenessExact)
	}
}

// TestIdentifiersStayDifferent: short ones too, in both cases, and their results.
func TestIdentifiersStayDifferent(t *testing.T) {
	for _, tt := range []struct {
		tr     dynsync.Transformer
		format []string
	}{
		{Alphanumeric(Alphabet("hex")), []string{"%06x", "%06X"}},
		{Alphanumeric(Alphabet("base36")), []string{"z%05d", "Z%05d", "%06d"}},
		{ObjectID(), []string{"5070191081001972900%05x", "5070191081001972900%05X", "507f191e810c1972900%05x"}},
		{ULID(), []string{"01HV6Z3N5Q8W2E4R7T9Y%06d", "01hv6z3n5q8w2e4r7t9y%06d", "71HV6Z3N5Q8W2E4R7T9Y%06d"}},
		{KSUID(), []string{"1srOrx2ZWZBpBUvZwXKQm%06d"}},
	} {
		given, made := map[string]bool{}, map[string]bool{}
		for _, format := range tt.format {
			for i := range 3000 {
				given[fmt.Sprintf(format, i*7919%100_000)] = true
			}
		}
		for value := range given {
			out := outText(t, tt.tr, value)
			made[out] = true
			oneCase := describe(tt.tr).Name != "anon.KSUID"
			if oneCase && (hasUpper(out) != hasUpper(value) || hasLower(out) != hasLower(value)) || len(out) != len(value) {
				t.Errorf("%s became %s", value, out)
			}
			if strings.HasPrefix(value, "71HV") && strings.HasPrefix(out, "0") && out[1] <= '1' {
				t.Errorf("%s, of a far time, became %s", value, out)
			}
		}
		if len(made) != len(given) {
			t.Errorf("%s: %d of %d results", describe(tt.tr).Name, len(made), len(given))
		}
	}
}

// TestIdentifiersOfOtherForms: what is not of the alphabet is not taken, rather than kept
// in part.
func TestIdentifiersOfOtherForms(t *testing.T) {
	with := func(opts ...Option) func(...Option) dynsync.Transformer {
		return func(more ...Option) dynsync.Transformer { return Alphanumeric(append(slices.Clone(opts), more...)...) }
	}
	refused(t, with(Alphabet("hex")), "507f191e810c19729de860eg", "507F191e810c19729de860ea", "507f", "12345", "507f191é810c", "507f191e\n810c")
	refused(t, with(Alphabet("base32")), "JBSWY3DPEHPK3PX1", "JBSWY3DPehpk", "2345672")
	refused(t, with(Alphabet("crockford")), "7ZQKM4TNIL", "７ZQKM4TN")
	refused(t, with(Alphabet("base58")), "2NEpo7TZRRrLZSi2U8F0R9", "2NEpo7TZRRrLZSi2U8FlR9")
	refused(t, with(Prefix("cus_")), "sub_1MowQVLkdIwHu7", "CUS_1MowQVLkdIwHu7", "cus_1Mo")
	refused(t, ULID, "01HV6Z3N5Q8W2E4R7T9Y1C3D5", "81HV6Z3N5Q8W2E4R7T9Y1C3D5F", "01HV6Z3N5Q8W2E4R7T9Y1C3D5U", "01HV6Z3N5q8W2E4R7T9Y1C3D5F", "01000000000000000000000000", "sixteen bytes of")
	refused(t, KSUID, "1srOrx2ZWZBpBUvZwXKQmoEYga", "aWgEPTl1tmebfsQzFP4bxwgy80W", "1srOrx2ZWZBpBUvZwXKQmoEYg-2")
	refused(t, ObjectID, "507f191e810c19729de860e", "507f191E810c19729de860ea", "507f191e-810c19729de860e", "507f191e810c19729de860eg")
	faulty(t, Alphanumeric(Alphabet("base64")), ULID(Prefix("x")))
}

// TestBytesAndTextOfAnObjectIDAgree: so do those of a ULID.
func TestBytesAndTextOfIdentifiersAgree(t *testing.T) {
	for _, tt := range []struct {
		tr   dynsync.Transformer
		text string
		raw  []byte
	}{
		{ObjectID(), "507f191e810c19729de860ea", []byte("\x50\x7f\x19\x1e\x81\x0c\x19\x72\x9d\xe8\x60\xea")},
		{ULID(), "01HV6Z3N5Q8W2E4R7T9Y1C3D5F", numberIn("01HV6Z3N5Q8W2E4R7T9Y1C3D5F", ulidForm.alphabet).FillBytes(make([]byte, 16))},
		{KSUID(), "1srOrx2ZWZBpBUvZwXKQmoEYga2", numberIn("1srOrx2ZWZBpBUvZwXKQmoEYga2", base62).FillBytes(make([]byte, 20))},
	} {
		raw, err := apply(t, tt.tr, tt.raw)
		if err != nil {
			t.Fatal(err)
		}
		text := outText(t, tt.tr, tt.text)
		want := numberIn(text, base62)
		switch describe(tt.tr).Name {
		case "anon.ULID":
			want = numberIn(text, ulidForm.alphabet)
		case "anon.ObjectID":
			want = numberIn(text, "0123456789abcdef")
		}
		if got := raw.([]byte); len(got) != len(tt.raw) || numberIn(digitsOfBytes(got), "01").Cmp(want) != 0 {
			t.Errorf("%s became %s, and its bytes %x", tt.text, text, got)
		}
	}
}

func digitsOfBytes(raw []byte) string {
	var b strings.Builder
	for _, c := range raw {
		fmt.Fprintf(&b, "%08b", c)
	}
	return b.String()
}

// TestCounterPermutesItsRange: each number of a range has another result of the range, in
// N, in S, with zeros in front, and in ranges that FF1 permutes.
func TestCounterPermutesItsRange(t *testing.T) {
	for _, tt := range []struct {
		reason      string
		opts        []Option
		least, most int
		format      string
	}{
		{"one and two digits", []Option{Min(1), Max(99)}, 1, 99, "%d"},
		{"the least range", []Option{Min(0), Max(63)}, 0, 63, "%d"},
		{"three digits", []Option{Max(999)}, 1, 999, "%d"},
		{"a range in the middle", []Option{Min(4000), Max(8999)}, 4000, 8999, "%d"},
		{"zeros in front", []Option{Min(0), Max(9999), Length(4)}, 0, 9999, "%04d"},
		{"more digits than the range", []Option{Max(500), Length(6)}, 1, 500, "%06d"},
		{"the default", nil, 1, 30_000, "%d"},
	} {
		cfg := newAnonymizer(lookUp("counter"), tt.opts).cfg
		for _, numbers := range []bool{false, true} {
			made := map[string]bool{}
			tr := Counter(tt.opts...)
			for i := tt.least; i <= tt.most; i++ {
				var v any = fmt.Sprintf(tt.format, i)
				if numbers {
					v = attributevalue.Number(fmt.Sprint(i))
				}
				out := outText(t, tr, v)
				var n int64
				if _, err := fmt.Sscanf(strings.TrimLeft(out, "0")+" ", "%d", &n); err != nil && strings.Trim(out, "0") != "" || n < cfg.number("min") || n > cfg.number("max") {
					t.Fatalf("%s: %v became %s", tt.reason, v, out)
				}
				if !numbers && out != fmt.Sprintf(tt.format, n) {
					t.Fatalf("%s: %v became %s", tt.reason, v, out)
				}
				made[out] = true
			}
			if len(made) != tt.most-tt.least+1 {
				t.Errorf("%s: %d results of %d numbers", tt.reason, len(made), tt.most-tt.least+1)
			}
		}
	}
	large, made := Counter(Max(3_000_000)), map[string]bool{}
	for i := range 5000 {
		out := outText(t, large, fmt.Sprint(i*599+1))
		if n, err := strconv.Atoi(out); err != nil || n < 1 || n > 3_000_000 {
			t.Fatalf("%d became %s", i*599+1, out)
		}
		made[out] = true
	}
	if len(made) != 5000 {
		t.Errorf("%d results of 5000 numbers", len(made))
	}
	isUniqueness(t, Counter(), dynsync.UniquenessExact)
	isUniqueness(t, Counter(PerItem()), dynsync.UniquenessNone)
}

// TestCounterMisfits: numbers outside of the range, and other spellings, are not taken.
func TestCounterMisfits(t *testing.T) {
	refused(t, Counter, "0", "1000000", "007", "-7", "+7", "7.0", "７", "seven", "1e3", "99999999999999999999", attributevalue.Number("0"), attributevalue.Number("-1"), attributevalue.Number("1.5"), attributevalue.Number("1000000"))
	refused(t, func(opts ...Option) dynsync.Transformer { return Counter(append(opts, Length(6))...) }, "7", "0000007", "000000")
	faulty(t, Counter(Min(1), Max(63)), Counter(Min(10), Max(5)), Counter(Max(99_999), Length(4)), Counter(Min(-1)), Counter(Max(1e16)))
}

// TestCounterInSetsOfItems: with PerItem, a set has as many members as before: what is drawn for
// a taken number is another number of the whole range.
func TestCounterInSetsOfItems(t *testing.T) {
	for _, opts := range [][]Option{{Max(64), PerItem()}, {Max(64), PerItem(), In("b")}, {Max(64)}} {
		for i := 1; i < 63; i++ {
			for j := i + 1; j < 64; j++ {
				members := []number{number(fmt.Sprint(i)), number(fmt.Sprint(j)), number(fmt.Sprint(j + 1))}
				got, err := apply(t, Counter(opts...), members)
				if err != nil || len(got.([]number)) != len(members) {
					t.Fatalf("%v: %v, %v", members, got, err)
				}
			}
		}
	}
}

// TestCounterDependsOnTheRange: another range, domain or key is another permutation.
func TestCounterDependsOnTheRange(t *testing.T) {
	all := []dynsync.Transformer{Counter(), Counter(Max(999_998)), Counter(Min(0)), Counter(In("other"))}
	for i, a := range all {
		for _, b := range all[:i] {
			same := 0
			for n := range 200 {
				if outText(t, a, fmt.Sprint(n+1)) == outText(t, b, fmt.Sprint(n+1)) {
					same++
				}
			}
			if same > 2 {
				t.Errorf("%s and %s give %d equal results of 200", describe(a).Options, describe(b).Options, same)
			}
		}
	}
}

// TestWhatFitsAKey: errors about a key name what would take it, first the closest to its
// form, and nothing that would leave a part of it.
func TestWhatFitsAKey(t *testing.T) {
	for _, tt := range []struct{ kind, value, want string }{
		{"N", "17", "anon.Counter()"},
		{"N", "99999", "anon.Counter()"},
		{"N", "12345678", "anon.Digits()"},
		{"S", "17", "anon.Counter()"},
		{"S", "12345678901", "anon.Digits()"},
		{"S", "bob@corp.test", "anon.Email()"},
		{"S", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "anon.UUID()"},
		{"S", "507f191e810c19729de860ea", "anon.ObjectID()"},
		{"S", "01HV6Z3N5Q8W2E4R7T9Y1C3D5F", "anon.ULID()"},
		{"S", "1srOrx2ZWZBpBUvZwXKQmoEYga2", "anon.KSUID()"},
		{"S", "d41d8cd98f00b204e9800998ecf8427e", "anon.UUID()"},
		{"S", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", `anon.Alphanumeric(anon.Alphabet("hex"))`},
		{"S", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", `anon.Alphanumeric(anon.Alphabet("base32"))`},
		{"S", "INVOICE#7", ""},
		{"S", "CUSTOMER#12345678", ""},
		{"B", "sixteen bytes 07", "anon.ULID()"},
		{"N", "-17.5", ""},
		{"S", "", ""},
	} {
		got := ""
		if names := fittingNames(tt.kind, tt.value); len(names) > 0 {
			got = names[0]
		}
		if got != tt.want {
			t.Errorf("%s %q: %v, want %s first", tt.kind, tt.value, fittingNames(tt.kind, tt.value), tt.want)
		}
	}
}
