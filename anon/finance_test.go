package anon

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/personal"
)

// luhnValid follows the usual description: double every second digit from the
// right, and add the digits of the products.
func luhnValid(number string) bool {
	sum := 0
	for i, r := range []byte(number) {
		d := int(r - '0')
		if (len(number)-i)%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func bare(text string) string { return strings.NewReplacer("-", "", " ", "").Replace(text) }

func TestLuhnOfPublishedNumbers(t *testing.T) {
	for _, number := range []string{"4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "30569309025904", "3530111333300000", "79927398713"} {
		if !luhnValid(number) || luhnDigit(number[:len(number)-1]) != number[len(number)-1] {
			t.Error(number)
		}
	}
}

func TestCardNumber(t *testing.T) {
	for _, in := range []any{
		"4012888888881881", "4012 8888 8888 1881", "4012-8888-8888-1881", "3714 496353 98431", "30569309025904", "501234567890",
		"6304000000000000000", "0000000000000", "1234567890123456", number("4012888888881881"), number("4.012888888881881E15"),
	} {
		for i := range 30 {
			domain := In(strconv.Itoa(i))
			before := fmt.Sprint(in)
			if strings.Contains(before, "E") {
				before = "4012888888881881"
			}
			out := outText(t, CardNumber(domain), in)
			if !luhnValid(bare(out)) || hide(out, digits) != hide(before, digits) || out == before {
				t.Errorf("%s became %s", before, out)
			}
			if !slices.Contains(issuersOf(len(bare(out))), bare(out)[:6]) {
				t.Errorf("%s became %s, of no test issuer", before, out)
			}
			kept := outText(t, CardNumber(domain, PreserveIssuer()), in)
			if !luhnValid(bare(kept)) || bare(kept)[:6] != bare(before)[:6] {
				t.Errorf("%s became %s", before, kept)
			}
			if wrong := outText(t, CardNumber(domain, Luhn(false)), in); luhnValid(bare(wrong)) {
				t.Errorf("%s became %s, which is valid", before, wrong)
			}
		}
	}
	if a, b, c := outText(t, CardNumber(), "4012 8888 8888 1881"), outText(t, CardNumber(), "4012888888881881"), outText(t, CardNumber(), number("4012888888881881")); bare(a) != b || b != c {
		t.Error(a, b, c)
	}
	refused(t, CardNumber, "40128888888", "40128888888818810000", "4012  8888 8888 1881", "4012.888888881881E3", "4012888888881881.0",
		"4.012888888881881E15", "card", number("-4012888888881881"), number("4012888888881.5"), strings.Repeat("1", 100_000))
	if describe(CardNumber(PreserveIssuer())).Drawn || !describe(CardNumber()).Drawn {
		t.Error("an issuer that is kept is not drawn")
	}
	out, err := Generate(CardNumber()).Transform(t.Context(), dynsync.Input{Value: dynsync.MissingValue()})
	if text, _ := out.Text(); err != nil || len(text) != 16 || !luhnValid(text) {
		t.Error(text, err)
	}
}

// ibanSamples are the examples of SWIFT's IBAN Registry and of ECBS.
var ibanSamples = []string{
	"AD1200012030200359100100", "AE070331234567890123456", "AL47212110090000000235698741", "AT611904300234573201", "AZ21NABZ00000000137010001944",
	"BA391290079401028494", "BE68539007547034", "BG80BNBG96611020345678", "BH67BMAG00001299123456", "BR1800360305000010009795493C1",
	"BY13NBRB3600900000002Z00AB00", "CH9300762011623852957", "CR05015202001026284066", "CY17002001280000001200527600", "CZ6508000000192000145399",
	"DE89370400440532013000", "DK5000400440116243", "DO28BAGR00000001212453611324", "EE382200221020145685", "EG380019000500000000263180002",
	"ES9121000418450200051332", "FI2112345600000785", "FO6264600001631634", "FR1420041010050500013M02606", "GB29NWBK60161331926819",
	"GE29NB0000000101904917", "GI75NWBK000000007099453", "GL8964710001000206", "GR1601101250000000012300695", "GT82TRAJ01020000001210029690",
	"HR1210010051863000160", "HU42117730161111101800000000", "IE29AIBK93115212345678", "IL620108000000099999999", "IQ98NBIQ850123456789012",
	"IS140159260076545510730339", "IT60X0542811101000000123456", "JO94CBJO0010000000000131000302", "KW81CBKU0000000000001234560101", "KZ86125KZT5004100100",
	"LB62099900000001001901229114", "LC55HEMM000100010012001200023015", "LI21088100002324013AA", "LT121000011101001000", "LU280019400644750000",
	"LV80BANK0000435195001", "LY83002048000020100120361", "MC5811222000010123456789030", "MD24AG000225100013104168", "ME25505000012345678951",
	"MK07250120000058984", "MR1300020001010000123456753", "MT84MALT011000012345MTLCAST001S", "MU17BOMM0101101030300200000MUR", "NL91ABNA0417164300",
	"NO9386011117947", "PK36SCBL0000001123456702", "PL61109010140000071219812874", "PS92PALS000000000400123456702", "PT50000201231234567890154",
	"QA58DOHB00001234567890ABCDEFG", "RO49AAAA1B31007593840000", "RS35260005601001611379", "SA0380000000608010167519", "SC18SSCB11010000000000001497USD",
	"SE4550000000058398257466", "SI56263300012039086", "SK3112000000198742637541", "SM86U0322509800000000270100", "ST68000100010051845310112", "SV62CENR00000000000000700025",
	"TL380080012345678910157", "TN5910006035183598478831", "TR330006100519786457841326", "UA213223130000026007233566001", "VA59001123000012345678",
	"VG96VPVG0000012345678901", "XK051212012345678906", "BI4210000100010000332045181", "DJ2100010000000154000100186", "FK88SC123456789012", "HN88CABF00000000000250005469", "MN121234123456789123", "NI45BAPR00000013000003558124",
	"OM810180000001299123456", "RU0304452522540817810538091310419", "SD2129010501234001", "SO211000001001000100141", "YE15CBYE0001018861234567891234",
}

// remainder is that of ISO 7064 by big numbers.
func remainder(iban string) int64 {
	var all strings.Builder
	for _, r := range iban[4:] + iban[:4] {
		if r >= 'A' {
			fmt.Fprint(&all, r-'A'+10)
		} else {
			all.WriteRune(r)
		}
	}
	n, _ := new(big.Int).SetString(all.String(), 10)
	return n.Mod(n, big.NewInt(97)).Int64()
}

func TestIBAN(t *testing.T) {
	seen := map[string]bool{}
	for _, in := range ibanSamples {
		seen[in[:2]] = true
		out := outText(t, IBAN(), in)
		if _, ok := ibanDigits(out); !ok || out[:2] != in[:2] || len(out) != len(in) || remainder(out) != 1 || out == in {
			t.Errorf("%s became %s", in, out)
		}
	}
	for code := range personal.IBANStructures {
		if !seen[code] {
			t.Errorf("no example of %s", code)
		}
		out := outText(t, IBAN(Region(code)), "DE89370400440532013000")
		if _, ok := ibanDigits(out); !ok || out[:2] != code || remainder(out) != 1 {
			t.Errorf("%s: got %s", code, out)
		}
	}
	plain := outText(t, IBAN(), "DE89370400440532013000")
	for _, in := range []string{"DE89 3704 0044 0532 0130 00", "de89 370400440532013000"} {
		if out := outText(t, IBAN(), in); bare(out) != plain || strings.Index(out, " ") != strings.Index(in, " ") {
			t.Errorf("%s became %s, not %s", in, out, plain)
		}
	}
	if out := outText(t, IBAN(Region("NO")), "DE89 3704 0044 0532 0130 00"); !regexp.MustCompile(`^NO\d\d \d{4} \d{4} \d{3}$`).MatchString(out) {
		t.Error(out)
	}
	refused(t, IBAN, "DE89370400440532013001", "DE8937040044053201300", "XX89370400440532013000", "US89370400440532013000", "DE", "D", "DEAB370400440532013000",
		"GB29NWBK6016133192681A", "DE89-3704-0044-0532-0130-00", strings.Repeat("DE89", 25_000))
	faulty(t, IBAN(Region("US")), IBAN(Region("de")))
	if describe(IBAN()).Drawn || !describe(IBAN(Region("DE"))).Drawn {
		t.Error("a country that is kept is not drawn")
	}
	out, err := Generate(IBAN(Region("FR"))).Transform(t.Context(), dynsync.Input{Value: dynsync.MissingValue()})
	if text, _ := out.Text(); err != nil || remainder(text) != 1 {
		t.Error(text, err)
	}
}

func TestSSN(t *testing.T) {
	never := regexp.MustCompile(`^9\d\d-?(0[1-9]|[1-4]\d)-?\d{4}$`)
	anybody := option{"anyNumber", true}
	for i := range 500 {
		domain := In(strconv.Itoa(i))
		if out := outText(t, SSN(domain), "123-45-6789"); !never.MatchString(out) || len(out) != 11 {
			t.Error(out)
		}
		if out := outText(t, SSN(domain), number("1234567")); !never.MatchString(out) || len(out) != 9 {
			t.Error(out)
		}
		out := outText(t, SSN(domain, anybody), "123456789")
		if n, err := strconv.Atoi(out); err != nil || len(out) != 9 || n < 1_01_0001 || n > 899_99_9999 || out[:3] == "666" || out[3:5] == "00" || out[5:] == "0000" {
			t.Error(out)
		}
		if short := outText(t, SSN(domain, anybody), number("123456789")); short != strings.TrimLeft(out, "0") {
			t.Error(out, short)
		}
	}
	a, b, c, d := outText(t, SSN(), "012-34-5678"), outText(t, SSN(), "012345678"), outText(t, SSN(), number("12345678")), outText(t, SSN(), "012 34 5678")
	if bare(a) != b || b != c || bare(d) != b || d[3] != ' ' {
		t.Error(a, b, c, d)
	}
	refused(t, SSN, "12345678", "123-456789", "123-45 6789", "12-345-6789", "1234567890", "123-45-678x", "12345678.0", "1234567.0", number("123456"), number("-123456789"), number("12345678.5"), strings.Repeat("1", 100_000))
}

func TestSetsOfNumbersStayDistinct(t *testing.T) {
	in := make([]string, 200)
	for i := range in {
		in[i] = fmt.Sprintf("900-01-%04d", i+1)
	}
	out, err := apply(t, SSN(), in)
	if err != nil || len(slices.Compact(out.([]string))) != len(in) {
		t.Error(err)
	}
	if out, err := apply(t, Int(Max(3)), []number{"1", "2", "3"}); err != nil || !slices.Equal(out.([]number), []number{"1", "2", "3"}) {
		t.Error(out, err)
	}
	if out, err := apply(t, Int(Max(3)), []number{"1", "2", "3", "4"}); err == nil {
		t.Error(out)
	}
}
