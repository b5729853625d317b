package personal

import (
	"iter"
	"strconv"
)

// IBANStructures are the parts of IBANs behind the check digits, by country, as
// SWIFT's IBAN Registry has them: n are digits, a upper-case letters, c either,
// each with how many there are.
var IBANStructures = map[string]string{
	"AD": "n8c12",
	"AE": "n19",
	"AL": "n8c16",
	"AT": "n16",
	"AZ": "a4c20",
	"BA": "n16",
	"BE": "n12",
	"BG": "a4n6c8",
	"BH": "a4c14",
	"BI": "n23",
	"BR": "n23a1c1",
	"BY": "c4n4c16",
	"CH": "n5c12",
	"CR": "n18",
	"CY": "n8c16",
	"CZ": "n20",
	"DE": "n18",
	"DJ": "n23",
	"DK": "n14",
	"DO": "c4n20",
	"EE": "n16",
	"EG": "n25",
	"ES": "n20",
	"FI": "n14",
	"FK": "a2n12",
	"FO": "n14",
	"FR": "n10c11n2",
	"GB": "a4n14",
	"GE": "a2n16",
	"GI": "a4c15",
	"GL": "n14",
	"GR": "n7c16",
	"GT": "c24",
	"HN": "a4n20",
	"HR": "n17",
	"HU": "n24",
	"IE": "a4n14",
	"IL": "n19",
	"IQ": "a4n15",
	"IS": "n22",
	"IT": "a1n10c12",
	"JO": "a4n4c18",
	"KW": "a4c22",
	"KZ": "n3c13",
	"LB": "n4c20",
	"LC": "a4c24",
	"LI": "n5c12",
	"LT": "n16",
	"LU": "n3c13",
	"LV": "a4c13",
	"LY": "n21",
	"MC": "n10c11n2",
	"MD": "c20",
	"ME": "n18",
	"MK": "n3c10n2",
	"MN": "n16",
	"MR": "n23",
	"MT": "a4n5c18",
	"MU": "a4n19a3",
	"NI": "a4n20",
	"NL": "a4n10",
	"NO": "n11",
	"OM": "n3c16",
	"PK": "a4c16",
	"PL": "n24",
	"PS": "a4c21",
	"PT": "n21",
	"QA": "a4c21",
	"RO": "a4c16",
	"RS": "n18",
	"RU": "n14c15",
	"SA": "n2c18",
	"SC": "a4n20a3",
	"SD": "n14",
	"SE": "n20",
	"SI": "n15",
	"SK": "n20",
	"SM": "a1n10c12",
	"SO": "n19",
	"ST": "n21",
	"SV": "a4n20",
	"TL": "n19",
	"TN": "n20",
	"TR": "n6c16",
	"UA": "n6c19",
	"VA": "n18",
	"VG": "a4n16",
	"XK": "n16",
	"YE": "a4n4c18",
}

// ibanLength returns the length of a country's IBANs, and 0 if it has none.
func ibanLength(country string) int {
	structure, known := IBANStructures[country]
	if !known {
		return 0
	}
	length := 4
	for _, n := range IBANClasses(structure) {
		length += n
	}
	return length
}

// IBANClasses ranges over a structure: the class of characters, and how many.
func IBANClasses(structure string) iter.Seq2[byte, int] {
	return func(yield func(byte, int) bool) {
		for i := 0; i < len(structure); {
			end := i + 1
			for end < len(structure) && structure[end]-'0' < 10 {
				end++
			}
			n, _ := strconv.Atoi(structure[i+1 : end])
			if !yield(structure[i], n) {
				return
			}
			i = end
		}
	}
}

// IsIBAN reports whether five or more digits and upper-case letters are an IBAN: of its
// country's structure, with the remainder 1 of ISO 7064 MOD 97-10.
func IsIBAN(text string) bool {
	structure, known := IBANStructures[text[:2]]
	return known && hasStructure(text[4:], structure) && Mod97(text[4:]+text[:4]) == 1
}

// hasStructure reports whether a text, of digits and upper-case letters, is of a
// structure.
func hasStructure(text, structure string) bool {
	for class, n := range IBANClasses(structure) {
		if len(text) < n || !isOfClass(text[:n], class) {
			return false
		}
		text = text[n:]
	}
	return text == ""
}

func isOfClass(text string, class byte) bool {
	for i := range len(text) {
		if class == 'n' && !IsDigit(text[i]) || class == 'a' && !IsLetter(text[i]) {
			return false
		}
	}
	return true
}

// Mod97 returns the remainder of a text by 97, with A to Z as 10 to 35.
func Mod97(text string) int {
	r := 0
	for i := range len(text) {
		if b := text[i]; b >= 'A' {
			r = (r*100 + int(b-'A') + 10) % 97
		} else {
			r = (r*10 + int(b-'0')) % 97
		}
	}
	return r
}

// IBANs calls do for each IBAN of a text: a country's code and check digits, as many
// letters and digits as its IBANs have, each where they have it, with single spaces or
// hyphens between, the first of them behind the check digits, which are valid.
func IBANs(text string, do func(Span)) {
	for i := 0; i+4 < len(text); i++ {
		if !IsDigit(text[i+2]) || !IsDigit(text[i+3]) || !IsLetter(text[i]) || !IsLetter(text[i+1]) || !BeginsWord(text, i) || IsDigit(ByteAt(text, i-1)) {
			continue
		}
		end := ibanEnd(text, i)
		if end > 0 && !IsDigit(ByteAt(text, end)) && EndsWord(text, end) {
			do(Span{i, end})
			i = end - 1
		}
	}
}

// mostIBAN is more than the longest IBAN has characters.
const mostIBAN = 34

// ibanEnd returns where the IBAN ends that begins at a place with two letters, and 0 if
// there is none.
func ibanEnd[T Text](text T, start int) int {
	length := ibanLengths[ibanIndex(text[start], text[start+1])]
	if length == 0 {
		return 0
	}
	var memory [mostIBAN]byte
	chars, spaced := memory[:0], false
	for i := start; i < len(text); i++ {
		b := text[i]
		switch {
		case IsDigit(b):
			chars = append(chars, b)
		case IsLetter(b):
			chars = append(chars, b&^0x20)
		case (b == ' ' || b == '-') && text[i-1] != b && (i == start+4 || spaced):
			spaced = true
			continue
		default:
			return 0
		}
		if len(chars) == int(length) {
			if !IsIBAN(string(chars)) {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// ibanIndex returns the index in ibanLengths of a country's two letters.
func ibanIndex(a, b byte) int { return int(a|0x20-'a')*26 + int(b|0x20-'a') }

// ibanLengths are the lengths of the IBANs of all countries, 0 for those that have none.
var ibanLengths = func() (lengths [26 * 26]uint8) {
	for country := range IBANStructures {
		lengths[ibanIndex(country[0], country[1])] = uint8(ibanLength(country))
	}
	return lengths
}()

// isIBAN reports whether an IBAN begins at a place, two characters before two digits.
func (s *scan) isIBAN(start int) bool {
	if start < 0 || !IsLetter(s.text[start]) || !IsLetter(s.text[start+1]) || ibanLengths[ibanIndex(s.text[start], s.text[start+1])] == 0 {
		return false
	}
	if isWord(ByteAt(s.text, start-1)) && s.prefixTells(start)&tellsIBAN == 0 {
		return false
	}
	end := ibanEnd(s.text, start)
	return end > 0 && !isWord(ByteAt(s.text, end))
}
