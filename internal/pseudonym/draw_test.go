package pseudonym

import (
	"encoding/base64"
	"fmt"

	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/wire"
)

// value draws a valid attribute value of a kind that has a pseudonym.
func value() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			return string(wire.AppendS(nil, text().Draw(t, "s")))
		case 1:
			return `{"N":"` + number().Draw(t, "n") + `"}`
		case 2:
			return string(wire.AppendB(nil, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "b")))
		case 3:
			return fmt.Sprintf(`{"BOOL":%t}`, rapid.Bool().Draw(t, "bool"))
		case 4:
			return `{"NULL":true}`
		case 5:
			return setOf("SS", rapid.SliceOfNDistinct(text(), 0, 30, rapid.ID).Draw(t, "ss"), func(dst []byte, s string) []byte {
				return wire.AppendQuote(dst, s)
			})
		case 6:
			return setOf("NS", rapid.SliceOfNDistinct(number(), 0, 30, normal).Draw(t, "ns"), func(dst []byte, s string) []byte {
				return wire.AppendQuote(dst, s)
			})
		default:
			bs := rapid.SliceOfNDistinct(rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00")), 0, 6, -1), 0, 30, rapid.ID).Draw(t, "bs")
			return setOf("BS", bs, func(dst []byte, s string) []byte {
				return wire.AppendQuote(dst, base64.StdEncoding.EncodeToString([]byte(s)))
			})
		}
	})
}

func setOf(kind string, members []string, appendMember func([]byte, string) []byte) string {
	b := []byte(`{"` + kind + `":[`)
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMember(b, m)
	}
	return string(append(b, "]}"...))
}

// text draws strings, short ones of few characters often: those are where sets
// are dense.
func text() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[a-c]{0,2}`),
		rapid.StringMatching(`[0-9]`),
		rapid.StringMatching(`[A-Z][a-z]+ [0-9]{1,3}-"\\/`),
		rapid.SampledFrom([]string{"", "é", "漢", "\xed\xa0\x80", "x\xed\xbf\xbfy", "😀", "\x00", "\x7f", "---", " "}),
		rapid.String(),
	)
}

// number draws number texts that DynamoDB takes, normalised or not.
func number() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`-?[0-9]`),
		rapid.StringMatching(`[1-9][0-9]`),
		rapid.StringMatching(`[-+]?[0-9]{1,38}`),
		rapid.StringMatching(`-?0?\.[0-9]{1,30}`),
		rapid.StringMatching(`-?[0-9]{1,19}\.[0-9]{1,19}`),
		rapid.StringMatching(`-?[1-9](\.[0-9]{1,20})?[eE][-+]?[0-9]{1,2}`),
		rapid.SampledFrom([]string{"1E-130", "-1E-130", "9.9999999999999999999999999999999999999E+125", "1E125", "-0"}),
	)
}

func normal(n string) string {
	b, err := wire.AppendNumber(nil, []byte(n))
	if err != nil {
		panic(err)
	}
	return string(b)
}
