package anon

import (
	"fmt"
	"strconv"

	"github.com/brianvoe/gofakeit/v7/data"

	"github.com/dynsync/dynsync"
)

// City replaces a string by a city of the United States, of gofakeit's 98: many
// to one. Values that differ in case and space only are one. It takes [MaxLength]
// (4 at least).
func City(opts ...Option) dynsync.Transformer { return makeNamed("city", opts) }

// Country replaces a string by the English name of a country or territory, of the
// 249 of ISO 3166-1: many to one. A name and a code of one country are two values
// to it.
//
// It takes [Abbreviate], for the two letters of ISO 3166-1, and [MaxLength] (4 at
// least) for names. What [Gender] says of few values holds here, too.
func Country(opts ...Option) dynsync.Transformer { return makeNamed("country", opts) }

// State replaces a string by one of the 50 states of the United States: many to
// one. It takes [Abbreviate], for the two letters of the postal service, and
// [MaxLength] (4 at least) for names. What [Gender] says of few values holds here,
// too.
func State(opts ...Option) dynsync.Transformer { return makeNamed("state", opts) }

// StreetAddress replaces a string by the first line of an address as in the
// United States, of a number, a last name and a kind of street: "4821 Hudson
// Avenue". There are a billion: many to one, and one that exists by chance only.
// It takes [MaxLength] (10 at least).
func StreetAddress(opts ...Option) dynsync.Transformer { return makeNamed("streetAddress", opts) }

// FullAddress replaces a string by an address on one line: "4821 Hudson Avenue,
// Austin, OH 43016". The city, the state and the ZIP code are drawn each by
// itself, so that they don't belong together. Many to one. It takes [MaxLength]
// (26 at least).
func FullAddress(opts ...Option) dynsync.Transformer { return makeNamed("fullAddress", opts) }

// ZipCode replaces a string or a number by a ZIP code of five digits: "00501" to
// "99950" for a string and 10000 to 99950 for a number, which has no leading 0.
// Many to one.
//
// It takes [Plus4], and [PreserveLength]: as many characters as the value, up to
// ten, which are digits but for the hyphen of ZIP+4 where a string has ten. Plus4
// says nothing then.
func ZipCode(opts ...Option) dynsync.Transformer { return makeNamed("zipCode", opts) }

// Plus4 asks for ZIP+4 codes: "43016-0042", or nine digits for a number.
func Plus4() Option { return Option{"plus4", true} }

var (
	cities      = newWordList(data.Address["city"])
	countries   = newWordList(data.Address["country"])
	states      = newWordList(data.Address["state"])
	streetKinds = newWordList(data.Address["street_name"])
	// stateCodes are those of states, without the military's that follow.
	stateCodes = newWordList(data.Address["state_abr"][:len(data.Address["state"])])
	// countryCodes are the two letters of ISO 3166-1.
	countryCodes = newWordList(data.Address["country_abr"])
)

var placeEntries = []entry{
	{
		name: "city", doc: "A city of the United States.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{maxLengthSpec(4)},
		build:   buildName(cities),
	},
	{
		name: "country", doc: "A country or territory of ISO 3166-1.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{abbreviateSpec("Use the two letters of ISO 3166-1."), maxLengthSpec(4)},
		build:   buildAbbreviated(countries, countryCodes),
	},
	{
		name: "state", doc: "A state of the United States.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{abbreviateSpec("Use the two letters of the postal service."), maxLengthSpec(4)},
		build:   buildAbbreviated(states, stateCodes),
	},
	{
		name: "streetAddress", doc: "A number and a street.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{maxLengthSpec(shortestStreet)},
		build:   buildStreetAddress,
	},
	{
		name: "fullAddress", doc: "An address on one line: number and street, city, state and ZIP code.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{maxLengthSpec(shortestAddress)},
		build:   buildFullAddress,
	},
	{
		name: "zipCode", doc: "A ZIP code.",
		kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{{Name: "plus4", Type: TypeBool, Doc: "Make ZIP+4 codes, of nine digits.", Default: false}, preserveLengthSpec()},
		build:   buildZipCode,
	},
}

func buildAbbreviated(names, codes *wordList) func(*config) built {
	return func(cfg *config) built {
		if cfg.flag("abbreviate") {
			return buildName(codes)(cfg)
		}
		return buildName(names)(cfg)
	}
}

func buildStreetAddress(cfg *config) built {
	return built{canon: foldName, run: func(c *call) (string, error) {
		return streetAddress(c.draw, cfg.maxLength()), nil
	}}
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
	return built{canon: foldName, run: func(c *call) (string, error) {
		n := cfg.maxLength() - stateAndZip - len(", ")
		city := cities.atMost(c.draw, n-shortestStreet)
		street := streetAddress(c.draw, n-len(city))
		return street + ", " + city + ", " + c.pick(stateCodes.all) + " " + zip(c.draw, 501), nil
	}}
}

// zip returns a ZIP code from the least to the greatest there is, 99950.
func zip(d *draw, least int64) string { return fmt.Sprintf("%05d", d.between(least, 99950)) }

func buildZipCode(cfg *config) built {
	return built{canon: foldName, run: func(c *call) (string, error) {
		least := int64(501)
		if c.kind == dynsync.KindN {
			least = 10000
		}
		n := zipDigits
		if cfg.flag("plus4") {
			n = len("430160042")
		}
		if c.kind == dynsync.KindS && cfg.flag("plus4") {
			n = len("43016-0042")
		}
		if k, ok := cfg.preservedLength(c); ok {
			n = min(k, len("43016-0042"))
		}
		return zipOfLength(c, zip(c.draw, least)+c.from(digits, 5), n), nil
	}}
}

// zipOfLength returns n of ten digits, or nine with the hyphen of ZIP+4 where a
// string has ten characters.
func zipOfLength(c *call, code string, n int) string {
	if c.kind == dynsync.KindS && n == len(code) {
		return code[:zipDigits] + "-" + code[zipDigits:n-1]
	}
	return cut(code, n)
}
