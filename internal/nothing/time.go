package nothing

import "strings"

// noTimes are times that stand for none, beside those in the range of stamps.
var noTimes = setOfTexts(
	// The zero time of Go in seconds, milliseconds, microseconds and nanoseconds, also as
	// UnixNano has it, and the year 0.
	"-62135596800", "-62135596800000", "-62135596800000000", "-62135596800000000000", "-6795364578871345152",
	"-62167219200", "-62167219200000", "-62135769600", "-62135769600000",
	// The last day of 9999, and what follows.
	"253402214400", "253402214400000", "253402214400000000", "253402214400000000000",
	"253402300799", "253402300799000", "253402300799999", "253402300799000000", "253402300799999999", "253402300799000000000", "253402300799999999999",
	"253402300800", "253402300800000", "253402300800000000", "253402300800000000000",
	// The ends of the types of numbers, and of JavaScript's dates.
	"2147483647", "-2147483648", "4294967295", "2147483647000", "-2147483648000", "4294967295000",
	"9223372036854775807", "-9223372036854775808", "18446744073709551615", "9223372036854775", "-9223372036854775",
	"9007199254740991", "-9007199254740991", "8640000000000000", "-8640000000000000", "9999999999", "9999999999999",
	// What counts down to no time, and the ends of .NET's ticks and of Windows' times.
	"-1", "3155378975999999999", "3155378976000000000", "3155378112000000000", "2650466880000000000", "2650467743999999999", "2650467744000000000",
	// The ends of the times of PostgreSQL, Java and JavaScript.
	"infinity", "-infinity", "Infinity", "-Infinity",
	"+1000000000-12-31T23:59:59.999999999Z", "-1000000000-01-01T00:00:00Z",
	"+999999999-12-31", "-999999999-01-01", "+999999999-12-31T23:59:59.999999999", "-999999999-01-01T00:00:00", "-999999999-01-01T00:00",
	"+999999999-12-31T23:59:59.999999999-18:00", "-999999999-01-01T00:00:00+18:00", "-999999999-01-01T00:00+18:00",
	"+275760-09-13T00:00:00.000Z", "-271821-04-20T00:00:00.000Z", "+292278994-08-17T07:12:55.807Z", "-292275055-05-16T16:47:04.192Z",
	"294276-12-31 23:59:59.999999", "4714-11-24 00:00:00 BC", "4713-01-01 00:00:00 BC",
)

func setOfTexts(texts ...string) map[string]struct{} {
	set := make(map[string]struct{}, len(texts))
	for _, text := range texts {
		set[text] = struct{}{}
	}
	return set
}

// Time reports whether a text is one of the times that stand for none, whatever the
// forms are that are read: 0, a date of zeros such as 0000-00-00 00:00:00, or one in the
// list. A fraction of zeros or nines may follow a number.
func Time(text string) bool {
	if len(text) > longest {
		return false
	}
	whole, fraction, pointed := strings.Cut(text, ".")
	if pointed && fraction != "" && (allIn(fraction, "0") || allIn(fraction, "9") && len(whole) == len("253402300799")) {
		text = whole
	}
	if _, ok := noTimes[text]; ok || text == "0" {
		return true
	}
	return strings.Count(text, "0") >= len("00000000") && allIn(text, "0-/.: TZ")
}
