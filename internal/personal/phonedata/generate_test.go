package phonedata_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/dynsync/dynsync/internal/madeof"
	"github.com/dynsync/dynsync/internal/personal/phonedata"
	"github.com/dynsync/dynsync/internal/phone/phonegen"
	"github.com/dynsync/dynsync/internal/testsize"
)

var update = flag.Bool("update", false, "write the tables")

const tables = "tables.go"

// TestGenerated compares the tables with those that are made of the library's metadata.
func TestGenerated(t *testing.T) {
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	madeof.Check(t, tables, phonegen.Library, *update, func(header string) []byte {
		file, err := generate(header, metadata.GetMetadata())
		if err != nil {
			t.Fatal(err)
		}
		return file
	})
	if info, err := os.Stat(tables); err != nil || info.Size() > 300<<10 {
		t.Errorf("%s is too large: %v, %v", tables, info, err)
	}
}

// generate returns the file of the tables.
func generate(header string, metadata []*phonenumbers.PhoneMetadata) ([]byte, error) {
	lengths, numbers := map[int32]uint32{}, map[int32][]phonegen.Pattern{}
	for _, m := range metadata {
		code := m.GetCountryCode()
		lengths[code] |= phonegen.Lengths(m.GetGeneralDesc().GetPossibleLength())
		patterns, err := phonegen.Valid(m)
		if err != nil {
			return nil, err
		}
		numbers[code] = append(numbers[code], patterns...)
	}
	b := phonegen.NewBuilder()
	var file bytes.Buffer
	fmt.Fprintf(&file, "%s\npackage phonedata\n\nvar plans = [...]plan{\n", header)
	for _, code := range slices.Sorted(maps.Keys(numbers)) {
		fmt.Fprintf(&file, "{%d, %d, %#x},\n", code, b.Add(numbers[code]...), lengths[code])
	}
	fmt.Fprintf(&file, "}\n\nvar edges = Automaton{%s}\n", b.Text())
	return file.Bytes(), nil
}

// TestAgreesWithTheLibrary compares drawn digits behind every country calling code, and
// digits like those of numbers that there are.
func TestAgreesWithTheLibrary(t *testing.T) {
	if !madeof.Current(t, tables, phonegen.Library) {
		return
	}
	r := rand.New(rand.NewPCG(1, 2))
	valid := 0
	for code := range phonenumbers.GetSupportedCallingCodes() {
		examples := examplesOf(code)
		for i := range testsize.Of(200, 2000, 4000) {
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
			if got := phonedata.Valid(strconv.Itoa(code) + national); got != want {
				t.Fatalf("+%d %s: %v, want %v", code, national, got, want)
			}
			if want {
				valid++
			}
			if want && !phonedata.Possible(strconv.Itoa(code)+national) {
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
