package anon

import (
	"slices"
	"strings"
	"unicode"

	"github.com/brianvoe/gofakeit/v7/data"

	"github.com/dynsync/dynsync"
)

// FirstName replaces a string by a first name, of gofakeit's 1,600: many to one.
// Values that differ in case and space around them only are one.
//
// It takes [MaxLength] (2 at least) and [PreserveLength]: a name with as many
// characters as the value, or where there is none, a cut one or several joined by
// hyphens.
func FirstName(opts ...Option) dynsync.Transformer { return makeNamed("firstName", opts) }

// LastName replaces a string by a last name, of gofakeit's 500. It is otherwise
// like [FirstName].
func LastName(opts ...Option) dynsync.Transformer { return makeNamed("lastName", opts) }

// FullName replaces a string by a first and a last name with a space between
// them, of 800,000 such pairs: many to one. Values that differ in case and space
// only are one.
//
// It takes [MaxLength] (5 at least) and [PreserveLength]: names that have, with
// the space, as many characters as the value; further first names where it is
// longer than any pair, and a cut name where it has less than five characters.
func FullName(opts ...Option) dynsync.Transformer { return makeNamed("fullName", opts) }

// Username replaces a string by a letter, a last name and four digits, in lower
// case: "asmith4821". There are some 100 million of them, so that among 15,000
// two are likely to be equal: many to one. [Token] is the choice where names must
// differ.
//
// It takes [MaxLength] (6 at least; the default's longest are of 17).
func Username(opts ...Option) dynsync.Transformer { return makeNamed("username", opts) }

// BusinessName replaces a string by a name of a business, composed of last names:
// "Miller Group", "Ortiz-Wolf", "Kim, Reed and Lowe". Many to one. Names in
// gofakeit's list of companies are of companies that exist; these are so by
// chance only.
//
// It takes [MaxLength] (6 at least).
func BusinessName(opts ...Option) dynsync.Transformer { return makeNamed("businessName", opts) }

// Gender replaces a string by "female", "male", "nonbinary" or "undefined", each
// with the same probability: many to one.
//
// As with everything that has few values, equal values have equal pseudonyms, and
// how often each comes tells which is which: [PerItem] takes that away. It takes
// [Abbreviate]: "F", "M", "N", "U".
func Gender(opts ...Option) dynsync.Transformer { return makeNamed("gender", opts) }

// OneOf replaces a string by one of the choices, each with the same probability
// (one that is listed twice, with twice that): many to one. There are 1 to 10,000
// choices. It replaces a number too, where all choices are numbers of DynamoDB's;
// where they are not, a number does not fit.
//
// What [Gender] says of few values holds here, too.
func OneOf(choices []string, opts ...Option) dynsync.Transformer {
	return makeNamed("oneOf", append(slices.Clone(opts), Option{"choices", choices}))
}

// Bool replaces a BOOL by true or false, each with probability 1/2. It always
// works as with [PerItem]: a pseudonym of just the value would be the same for
// every true, and give it away.
func Bool(opts ...Option) dynsync.Transformer { return makeNamed("bool", opts) }

// Abbreviate asks for the short form: "F", "CH", "TX".
func Abbreviate() Option { return Option{"abbreviate", true} }

func abbreviateSpec(doc string) OptionSpec {
	return OptionSpec{Name: "abbreviate", Type: TypeBool, Doc: doc, Default: false}
}

var (
	firstNames = newWordList(data.Person["first"])
	lastNames  = newWordList(data.Person["last"])

	onlyStrings = []dynsync.Kind{dynsync.KindS}
)

var nameEntries = []entry{
	{
		name: "firstName", doc: "A first name.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{maxLengthSpec(2), preserveLengthSpec()},
		build:   buildName(firstNames),
	},
	{
		name: "lastName", doc: "A last name.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{maxLengthSpec(2), preserveLengthSpec()},
		build:   buildName(lastNames),
	},
	{
		name: "fullName", doc: "A first and a last name.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{maxLengthSpec(shortestPair), preserveLengthSpec()},
		build:   buildFullName,
	},
	{
		name: "username", doc: "A user name: a letter, a last name and digits.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{maxLengthSpec(6)},
		build:   buildUsername,
	},
	{
		name: "businessName", doc: "A name of a business, composed of last names.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{maxLengthSpec(6)},
		build:   buildBusinessName,
	},
	{
		name: "gender", doc: "One of female, male, nonbinary and undefined.",
		kinds: onlyStrings, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{abbreviateSpec("Use the letters F, M, N and U.")},
		build:   buildGender,
	},
	{
		name: "oneOf", doc: "One of the given choices.", takes: "a string, or a number where all choices are numbers",
		kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.ManyToOne, drawn: true,
		options: []OptionSpec{{Name: "choices", Type: TypeStrings, Doc: "What to choose from.", Min: 1, Max: 10_000, Required: true}},
		build:   buildOneOf,
	},
	{
		name: "bool", doc: "True or false, drawn for each item.",
		kinds: []dynsync.Kind{dynsync.KindBOOL}, unique: dynsync.ManyToOne, drawn: true,
		build: buildBool,
	},
}

// foldName makes names that differ in case or space only one.
func foldName(text string) (string, bool) {
	folded := strings.TrimSpace(foldCase(text))
	if strings.ContainsFunc(folded, unicode.IsSpace) {
		folded = strings.Join(strings.Fields(folded), " ")
	}
	return folded, true
}

func buildName(names *wordList) func(*config) built {
	return func(cfg *config) built {
		return built{canon: foldName, run: func(c *call) (string, error) { return names.word(cfg, c), nil }}
	}
}

func buildFullName(cfg *config) built {
	return built{canon: foldName, run: func(c *call) (string, error) {
		if n, ok := cfg.preservedLength(c); ok {
			return fullNameOfLength(c.draw, n), nil
		}
		return fullNameAtMost(c.draw, cfg.maxLength()), nil
	}}
}

// shortestName is the length of the shortest first and last names.
const shortestName = 2

func fullNameAtMost(d *draw, n int) string {
	first := firstNames.atMost(d, n-1-shortestName)
	return first + " " + lastNames.atMost(d, n-1-len(first))
}

func fullNameOfLength(d *draw, n int) string {
	var out []byte
	for longest := firstNames.longest() + 1 + lastNames.longest(); n-len(out) > longest; {
		out = append(append(out, d.pick(firstNames.all)...), ' ')
	}
	return string(append(out, pairOfLength(d, n-len(out))...))
}

// shortestPair is the least length of a first and a last name.
const shortestPair = shortestName + 1 + shortestName

// pairOfLength returns a first and a last name that have n characters with the
// space between them, n being at most what the longest two have.
func pairOfLength(d *draw, n int) string {
	if n < shortestPair {
		return firstNames.ofLength(d, n)
	}
	fitting := 0
	for i, names := range firstNames.exactly {
		if lastNames.has(n - 1 - i) {
			fitting += len(names)
		}
	}
	at := int(d.below(uint64(fitting)))
	for i, names := range firstNames.exactly {
		switch {
		case !lastNames.has(n - 1 - i):
		case at < len(names):
			return names[at] + " " + lastNames.ofLength(d, n-1-i)
		default:
			at -= len(names)
		}
	}
	panic("unreachable")
}

// usernameDigits is how many digits a user name has at its end.
const usernameDigits = 4

func buildUsername(cfg *config) built {
	return built{canon: foldName, run: func(c *call) (string, error) {
		letter := c.from(lowers, 1)
		last := lastNames.atMost(c.draw, cfg.maxLength()-1-usernameDigits)
		return letter + strings.ToLower(last) + c.from(digits, usernameDigits), nil
	}}
}

func buildBusinessName(cfg *config) built {
	return built{canon: foldName, run: func(c *call) (string, error) {
		if name := businessName(c.draw); len(name) <= cfg.maxLength() {
			return name, nil
		}
		const form = " LLC"
		return lastNames.atMost(c.draw, cfg.maxLength()-len(form)) + form, nil
	}}
}

func businessName(d *draw) string {
	last := func() string { return d.pick(lastNames.all) }
	switch d.below(3) {
	case 0:
		return last() + " " + d.pick(data.Company["suffix"])
	case 1:
		return last() + "-" + last()
	}
	return last() + ", " + last() + " and " + last()
}

func buildGender(cfg *config) built {
	genders := []string{"female", "male", "nonbinary", "undefined"}
	if cfg.flag("abbreviate") {
		genders = []string{"F", "M", "N", "U"}
	}
	return built{canon: foldName, run: func(c *call) (string, error) { return c.pick(genders), nil }}
}

func buildOneOf(cfg *config) built {
	choices := cfg.texts("choices")
	numbers := !slices.ContainsFunc(choices, func(s string) bool { return !isNumber(s) })
	return built{run: func(c *call) (string, error) {
		if c.kind == dynsync.KindN && !numbers {
			return "", errMisfit
		}
		choice := c.pick(choices)
		if c.kind == dynsync.KindN { // "1" and "1.0" are one member of a set
			choice, _ = normalNumber(choice)
		}
		return choice, nil
	}}
}

func isNumber(text string) bool {
	_, err := dynsync.NumberValue(text)
	return err == nil
}

func buildBool(cfg *config) built {
	cfg.perItem = true
	return built{run: func(c *call) (string, error) { return boolText(c.below(2) == 1), nil }}
}
