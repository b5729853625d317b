package anon

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/lists"
)

// City replaces a string with one of 98 cities of the United States.
// Pseudonyms may collide. Values count as equal if they have one canonical form (see the
// package documentation). It takes [Place], and [MaxLength], at least 4; where fewer than
// 64 names are short enough, City cuts names.
func City(opts ...Option) dynsync.Transformer { return makeNamed("city", opts) }

// Country replaces a string with the English name of a country or territory of ISO
// 3166-1. Pseudonyms may collide. The name and the code of one country count as
// different values. There are 249 results, and fewer with [MaxLength]: ten if it is 4.
//
// A value of two letters becomes the two letters of ISO 3166-1. Country takes [Abbreviate],
// for these in all cases, and MaxLength, at least 4, for names. The frequency of a pseudonym can reveal the value, as with [Gender].
func Country(opts ...Option) dynsync.Transformer { return makeNamed("country", opts) }

// State replaces a string with one of the 50 states of the United States. Pseudonyms
// may collide. There are 50 results, and fewer with [MaxLength]: three if it is 4.
//
// A value of two letters becomes the two letters of the postal service. State takes [Place],
// [Abbreviate], for these in all cases, and MaxLength, at least 4, for names. The frequency
// of a pseudonym can reveal the value, as with [Gender].
func State(opts ...Option) dynsync.Transformer { return makeNamed("state", opts) }

// StreetAddress replaces a string with the first line of a US address: a number, a last
// name and a type of street, such as "4821 Hudson Avenue". There are a billion.
// Pseudonyms may collide. A result is an existing address only by chance. It takes
// [MaxLength], at least 10.
func StreetAddress(opts ...Option) dynsync.Transformer { return makeNamed("streetAddress", opts) }

// FullAddress replaces a string with an address on one line, such as "4821 Hudson
// Avenue, Columbus, OH 43216". City, state and the first three digits of the ZIP code
// belong together. Pseudonyms may collide. It takes [MaxLength], at least 26, and [Place].
func FullAddress(opts ...Option) dynsync.Transformer { return makeNamed("fullAddress", opts) }

// ZipCode replaces a string or a number with a ZIP code of five digits: "00501" to
// "99950" for a string, and 10000 to 99950 for a number, which has no leading 0.
// Pseudonyms may collide.
//
// It takes [Place], [Plus4] and [PreserveLength], which overrides Plus4: as many characters as
// the value, up to ten. These are digits, except for the hyphen of ZIP+4 in a string of
// ten. ZipCode does not keep the length of a value of one character.
func ZipCode(opts ...Option) dynsync.Transformer { return makeNamed("zipCode", opts) }

// Plus4 selects ZIP+4 codes: "43016-0042" for a string, and nine digits for a number.
func Plus4() Option { return option{"plus4", true} }

var (
	cities      = newNames(lists.Cities)
	countries   = newWordList(lists.Countries)
	states      = newWordList(lists.States)
	streetKinds = newWordList(lists.StreetTypes)
	stateCodes  = newWordList(lists.StateCodes)
	// countryCodes are the two letters of ISO 3166-1.
	countryCodes = newWordList(lists.CountryCodes)
)

var placeEntries = []entry{
	{
		name: "city", doc: "Replaces the value with a city of the United States.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{maxLengthSpec(4), placeSpec()},
		build:   placed(cityOf, buildName(cities)),
	},
	{
		name: "country", doc: "Replaces the value with a country or territory of ISO 3166-1.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few:     "There are 249 results, and fewer with [MaxLength]: ten if it is 4.",
		options: []catalog.Option{abbreviateSpec("Always use the two-letter codes of ISO 3166-1, and not only for values of two letters."), maxLengthSpec(4)},
		build:   buildAbbreviated(countries, countryCodes),
	},
	{
		name: "state", doc: "Replaces the value with a state of the United States.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few:     "There are 50 results, and fewer with [MaxLength]: three if it is 4.",
		options: []catalog.Option{abbreviateSpec("Always use the two-letter codes of the postal service, and not only for values of two letters."), maxLengthSpec(4), placeSpec()},
		build:   placed(stateOf, buildAbbreviated(states, stateCodes)),
	},
	{
		name: "streetAddress", doc: "Replaces the value with a house number and a street.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		ownForm: true,
		options: []catalog.Option{maxLengthSpec(shortestStreet)},
		build:   buildStreetAddress,
	},
	{
		name: "fullAddress", doc: "Replaces the value with an address on one line: house number and street, city, state and ZIP code.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		ownForm: true,
		options: []catalog.Option{maxLengthSpec(shortestAddress), placeSpec()},
		build:   buildFullAddress,
	},
	{
		name: "zipCode", doc: "Replaces the value with a ZIP code.",
		kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{{Name: "plus4", Type: catalog.Bool, Doc: "Use ZIP+4 codes of nine digits.", Default: false}, preserveLengthSpec(), placeSpec()},
		build:   placed(zipOf, buildZipCode),
	},
}

func buildAbbreviated(names, codes *wordList) func(*config) built {
	return func(cfg *config) built {
		long, short := buildWord(names)(cfg), buildWord(codes)(cfg)
		b := long
		b.size = func(c *call) float64 { return min(long.size(c), short.size(c)) }
		b.run = func(c *call) (string, error) {
			if abbreviated(cfg, c, codeLetters) {
				return short.run(c)
			}
			return long.run(c)
		}
		return b
	}
}

// codeLetters is how many letters the code of a country or state has.
const codeLetters = 2

// abbreviated reports whether a result is to be the short form, as the option says, or as
// the value is, which then has so many letters of ASCII.
func abbreviated(cfg *config, c *call, letters int) bool {
	return cfg.flag("abbreviate") || !c.generated && len(c.canonical) == letters && allIn(c.canonical, lowers)
}

func buildStreetAddress(cfg *config) built {
	lasts := lastNames.upTo[shortestStreet-len("1  ")-shortestKind]
	return cfg.word(of(float64(9*len(lasts))), func(c *call) (string, error) {
		return streetAddress(c.draw, cfg.maxLength()), nil
	})
}

// Least lengths: "1 Abel Key" and ", Reno, TX 12345".
const (
	shortestStreet  = 10
	shortestKind    = 3
	shortestCity    = 4
	zipDigits       = 5
	stateAndZip     = len(", TX ") + zipDigits
	shortestAddress = shortestStreet + len(", ") + shortestCity + stateAndZip
)

// streetAddress returns a number and a street of n characters at most.
func streetAddress(d *draw, n int) string {
	greatest := int64(9999)
	if n < 2*shortestStreet {
		greatest = 9
	}
	number := strconv.FormatInt(d.between(1, greatest), 10)
	name := lastNames.atMost(d, n-len(number)-2-shortestKind)
	return number + " " + name + " " + streetKinds.atMost(d, n-len(number)-len(name)-2)
}

func buildFullAddress(cfg *config) built {
	p, err := newPlacer(cfg)
	n := cfg.maxLength() - stateAndZip - len(", ")
	short := placesUpTo(n - shortestStreet)
	b := cfg.word(of(float64(len(short))*power(10, zipDigits-3)), func(c *call) (string, error) {
		at, ok := p.of(c)
		if !ok {
			at = short[c.below(uint64(len(short)))]
		}
		city := strings.TrimRight(cut(at.city, n-shortestStreet), " .-")
		return streetAddress(c.draw, n-len(city)) + ", " + city + ", " + at.state + " " + at.zip(c.draw), nil
	})
	b.err, b.perItem = err, p != nil
	return b
}

// placesUpTo returns the places whose cities have n characters at most.
func placesUpTo(n int) []place {
	return slices.DeleteFunc(slices.Clone(places), func(p place) bool { return len(p.city) > n })
}

// The least and the greatest ZIP code, the least without a zero in front, and how many
// of the latter there are to 99950.
const (
	leastZip = 501
	largeZip = 10000
	greatest = 99950
	zips     = greatest - largeZip + 1
)

// zip returns a ZIP code from the least to the greatest there is.
func zip(d *draw, least int64) string { return fmt.Sprintf("%05d", d.between(least, greatest)) }

func buildZipCode(cfg *config) built {
	size := func(c *call) float64 {
		n := zipLength(cfg, c)
		return zips / power(10, zipDigits) * power(10, min(n, len("430160042")))
	}
	return cfg.word(size, func(c *call) (string, error) {
		least := int64(leastZip)
		if c.kind == dynsync.KindN {
			least = largeZip
		}
		return zipOfLength(c, zip(c.draw, least)+c.from(digits, 5), zipLength(cfg, c)), nil
	})
}

// zipOf returns a ZIP code of a place.
func zipOf(cfg *config, c *call, p place) string {
	code := zipOfLength(c, p.zip(c.draw)+c.from(digits, 5), zipLength(cfg, c))
	if c.kind == dynsync.KindN {
		return normal(code)
	}
	return code
}

// zipLength returns how many characters a ZIP code has. A length of one is not
// preserved, since there are ten such.
func zipLength(cfg *config, c *call) int {
	if n, ok := cfg.preservedLength(c); ok && n > 1 {
		return min(n, len("43016-0042"))
	}
	switch {
	case !cfg.flag("plus4"):
		return zipDigits
	case c.kind == dynsync.KindS:
		return len("43016-0042")
	}
	return len("430160042")
}

// zipOfLength returns n of ten digits, or nine with the hyphen of ZIP+4 where a
// string has ten characters.
func zipOfLength(c *call, code string, n int) string {
	if c.kind == dynsync.KindS && n == len(code) {
		return code[:zipDigits] + "-" + code[zipDigits:n-1]
	}
	return cut(code, n)
}
