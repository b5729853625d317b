package phonedata

import (
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/dynsync/dynsync/internal/madeof"
	"github.com/dynsync/dynsync/internal/testsize"
)

// TestAgreesWithTheLibrary compares drawn digits behind every country calling code, and
// digits like those of numbers that there are.
func TestAgreesWithTheLibrary(t *testing.T) {
	if !madeof.Current(t, tables, library) {
		return
	}
	r := rand.New(rand.NewPCG(1, 2))
	valid := 0
	for code := range phonenumbers.GetSupportedCallingCodes() {
		examples := examplesOf(code)
		for i := range testsize.Of(200, 2000, 20000) {
			national := ""
			if i%2 == 1 && len(examples) > 0 {
				national = examples[i%len(examples)]
				national = national[:r.IntN(len(national)+1)]
			}
			for n := 3 + r.IntN(12); len(national) < n; {
				national += strconv.Itoa(r.IntN(10))
			}
			number := numberOf(code, national)
			want := phonenumbers.IsValidNumber(number)
			if got := Valid(strconv.Itoa(code) + national); got != want {
				t.Fatalf("+%d %s: %v, want %v", code, national, got, want)
			}
			if want {
				valid++
			}
			if want && !Possible(strconv.Itoa(code)+national) {
				t.Fatalf("+%d %s is valid and not possible", code, national)
			}
		}
	}
	if valid < 1000 {
		t.Errorf("only %d numbers were valid", valid)
	}
}

// examplesOf returns national numbers of a country calling code.
func examplesOf(code int) (examples []string) {
	for _, region := range phonenumbers.GetRegionCodesForCountryCode(code) {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil {
				examples = append(examples, phonenumbers.GetNationalSignificantNumber(n))
			}
		}
	}
	return examples
}

func numberOf(code int, national string) *phonenumbers.PhoneNumber {
	c, zeros := int32(code), int32(len(national)-len(strings.TrimLeft(national, "0")))
	value, _ := strconv.ParseUint(national, 10, 64)
	leading := zeros > 0
	return &phonenumbers.PhoneNumber{CountryCode: &c, NationalNumber: &value, ItalianLeadingZero: &leading, NumberOfLeadingZeros: &zeros}
}

// TestCodes: every country calling code has numbers.
func TestCodes(t *testing.T) {
	if !madeof.Current(t, tables, library) {
		return
	}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		if p := find(uint16(code)); p == nil || p.lengths == 0 {
			t.Errorf("there are no numbers of +%d", code)
		}
	}
	if len(plans) != len(slices.Collect(maps.Keys(phonenumbers.GetSupportedCallingCodes()))) {
		t.Errorf("there are %d plans", len(plans))
	}
}

func TestPlans(t *testing.T) {
	for digits, want := range map[string][2]bool{
		"": {}, "0": {}, "1": {}, "15125550143": {true, true}, "15550100000": {true, false}, "1512555014": {}, "4930123456": {true, true},
		"0493012345": {}, "999123456789": {}, "15125550143000000000000000000000000000000": {},
	} {
		if got := [2]bool{Possible(digits), Valid([]byte(digits))}; got != want {
			t.Errorf("%s: %v, want %v", digits, got, want)
		}
	}
}

// TestNoImports holds what the package is for.
func TestNoImports(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil || len(file.Imports) > 0 {
			t.Errorf("%s has imports: %v", f.Name(), err)
		}
	}
}

func BenchmarkValid(b *testing.B) {
	for b.Loop() {
		if !Valid("4915112345678") {
			b.Fatal("it is not valid")
		}
	}
}
