package anon

import (
	"slices"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/lists"
)

// FirstName replaces a string with one of 1,611 first names for each of its parts,
// which stand between spaces and hyphens: "Anna-Maria" becomes "Ruth-Freda".
// Pseudonyms may collide. Values count as equal if they have one canonical form (see the
// package documentation, also about the parts of names and about several names). What stands
// for no name, such as "N/A", stays.
//
// It takes [MaxLength], at least 2, and [PreserveLength]. A name whose pseudonym is too
// long, and with PreserveLength every name, is drawn as a whole. If fewer than 64 names
// have the required length, as with two or eleven letters, FirstName cuts names or joins
// them by hyphens. It does not keep the length of a value of one character.
func FirstName(opts ...Option) dynsync.Transformer { return makeNamed("firstName", opts) }

// LastName replaces a string with one of 498 last names for each of its parts.
// It is otherwise like [FirstName].
func LastName(opts ...Option) dynsync.Transformer { return makeNamed("lastName", opts) }

// FullName replaces each part of a name with a first or a last name: as [FirstName] and
// [LastName] do with the same option [In], so that a full name agrees with the names that
// it is made of (see the package documentation). There are some 800,000 pairs. Pseudonyms may
// collide. Values count as equal if they have one canonical form. What stands for no
// name, such as "N/A", stays.
//
// It takes [MaxLength], at least 5, and [PreserveLength], which counts the space. A name
// whose pseudonym is too long, and with PreserveLength every name, is drawn as a whole: a
// first and a last name. A value longer than almost any pair then gets further first
// names, and one of five characters or fewer gets cut names. FullName does not keep the
// length of a value of one character.
func FullName(opts ...Option) dynsync.Transformer { return makeNamed("fullName", opts) }

// Username replaces a string with a letter, a last name and four digits in lower case,
// such as "asmith4821". There are some 100 million. Pseudonyms may collide: among
// 15,000 values, two probably do. Use [Token] where names must differ.
//
// It takes [MaxLength], at least 6; without it, the longest results have 17 characters.
// With [Person], letter and name are those of the item's person, and only the digits are
// of the value.
func Username(opts ...Option) dynsync.Transformer { return makeNamed("username", opts) }

// BusinessName replaces a string with a business name composed of last names: "Miller
// Group", "Ortiz-Wolf", "Kim, Reed and Lowe". Pseudonyms may collide. A
// composed name is that of a company only by chance.
//
// It takes [MaxLength], at least 6.
func BusinessName(opts ...Option) dynsync.Transformer { return makeNamed("businessName", opts) }

// Gender replaces a string with "female", "male", "nonbinary" or "undefined", with
// equal probability. Pseudonyms may collide. There are four results.
//
// Because there are so few values, the frequency of a pseudonym reveals the value
// behind it. [PerItem] prevents that. A value of one letter becomes "F", "M", "N" or "U",
// and with [Abbreviate] every value does.
func Gender(opts ...Option) dynsync.Transformer { return makeNamed("gender", opts) }

// OneOf replaces a string with one of 1 to 10,000 choices, with equal probability; a
// choice that is listed twice is twice as likely. Pseudonyms may collide. There are as
// many results as choices. Values that differ in case count as different. OneOf replaces a number too if all choices are DynamoDB
// numbers; otherwise it does not apply to a number.
//
// With few choices, the frequency of a pseudonym reveals the value, as with [Gender].
func OneOf(choices []string, opts ...Option) dynsync.Transformer {
	return makeNamed("oneOf", append(slices.Clone(opts), option{"choices", choices}))
}

// Bool replaces a BOOL with true or false, each with probability 1/2. It always works
// as with [PerItem]: a pseudonym of the value alone would be the same for every true
// and reveal it. There are two results.
func Bool(opts ...Option) dynsync.Transformer { return makeNamed("bool", opts) }

// Abbreviate selects the short form for all values: "F" for [Gender], "CH" for [Country],
// "TX" for [State]. By default a value that has as few letters gets it.
func Abbreviate() Option { return option{"abbreviate", true} }

func abbreviateSpec(doc string) catalog.Option {
	return catalog.Option{Name: "abbreviate", Type: catalog.Bool, Doc: doc, Default: false}
}

var (
	firstNames = newNames(lists.FirstNames)
	lastNames  = newNames(lists.LastNames)

	onlyStrings = []dynsync.Kind{dynsync.KindS}
)

var nameEntries = []entry{
	{
		name: "firstName", doc: "Replaces each part of the value with a first name.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{maxLengthSpec(2), preserveLengthSpec()},
		lists:   &namePartList,
		build:   buildPersonName(roleFirst),
	},
	{
		name: "lastName", doc: "Replaces each part of the value with a last name.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{maxLengthSpec(2), preserveLengthSpec()},
		lists:   &namePartList,
		build:   buildPersonName(roleLast),
	},
	{
		name: "fullName", doc: "Replaces each part of a full name with a first or a last name.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{maxLengthSpec(shortestPair), preserveLengthSpec()},
		lists:   &nameList,
		build:   buildPersonName(roleFull),
	},
	{
		name: "username", doc: "Replaces the value with a user name: a letter, a last name and four digits.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{maxLengthSpec(6), personSpec()},
		lists:   &usernameList,
		build:   buildUsername,
	},
	{
		name: "businessName", doc: "Replaces the value with a business name composed of last names.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{maxLengthSpec(6)},
		build:   buildBusinessName,
	},
	{
		name: "gender", doc: "Replaces the value with female, male, nonbinary or undefined.",
		kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few:     "There are four results.",
		options: []catalog.Option{abbreviateSpec("Always use the letters F, M, N and U, and not only for values of one letter.")},
		build:   buildGender,
	},
	{
		name: "oneOf", doc: "Replaces the value with one of the choices.", takes: "a string, or a number if all choices are numbers",
		kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few:     "There are as many results as choices.",
		options: []catalog.Option{{Name: "choices", Type: catalog.Strings, Doc: "The values to choose from.", Min: 1, Max: 10_000, Required: true}},
		build:   buildOneOf,
	},
	{
		name: "bool", doc: "Replaces the value with true or false, at random for each item.",
		kinds: []dynsync.Kind{dynsync.KindBOOL}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few:   "There are two results.",
		build: buildBool,
	},
}

// foldName makes one of names that read the same but for case and space.
func foldName(text string) (string, bool) { return fold.Spaced(fold.Case(text)), true }

func buildName(l *names) func(*config) built {
	return func(cfg *config) built {
		return cfg.word(func(c *call) float64 { size, _ := l.choose(cfg, c); return float64(size) }, func(c *call) (string, error) {
			_, name := l.choose(cfg, c)
			return name(c.draw), nil
		})
	}
}

// buildWord is buildName for a list of few words, which it does not cut.
func buildWord(l *wordList) func(*config) built {
	return func(cfg *config) built {
		return cfg.word(func(*call) float64 { return float64(len(l.upTo[min(cfg.maxLength(), l.longest())])) }, func(c *call) (string, error) { return l.atMost(c.draw, cfg.maxLength()), nil })
	}
}

// buildPersonName is the build of names of persons, which are made part by part. One
// that has no parts, or whose length is bound, is drawn as a whole.
func buildPersonName(role nameRole) func(*config) built {
	return func(cfg *config) built {
		n := newNamer(cfg)
		parts := func(c *call) []namePart {
			if c.generated || cfg.flag("preserveLength") {
				return nil
			}
			return parseName(c.canonical, role)
		}
		return cfg.word(func(c *call) float64 {
			whole, _ := chooseName(cfg, c, role)
			return either(n.size(parts(c)), float64(whole), cfg.has("maxLength"))
		}, func(c *call) (string, error) {
			if p := parts(c); len(p) > 0 {
				if name := n.name(c, p); len(name) <= cfg.maxLength() {
					return name, nil
				}
			}
			_, name := chooseName(cfg, c, role)
			return name(c.draw), nil
		})
	}
}

// either returns the size of a domain of names made of parts, if there are any, and
// otherwise of those that are drawn as a whole. With both, the most probable name is the
// result of both.
func either(parts, whole float64, both bool) float64 {
	switch {
	case parts == 1: // none
		return whole
	case both:
		return 1 / (1/parts + 1/whole)
	}
	return parts
}

// chooseName returns how a name is drawn by the options maxLength and preserveLength,
// and how many there are at least.
func chooseName(cfg *config, c *call, role nameRole) (size int, name func(*draw) string) {
	switch role {
	case roleFirst:
		return firstNames.choose(cfg, c)
	case roleLast:
		return lastNames.choose(cfg, c)
	}
	if n, ok := cfg.preservedLength(c); ok {
		if size, name := fullNameOfLength(n); size >= enough {
			return size, name
		}
	}
	return fullNameAtMost(cfg.maxLength())
}

// Lengths of the shortest first and last names, and of the shortest pair of them and
// the longest, with the space between them.
const (
	shortestName = 2
	shortestPair = shortestName + 1 + shortestName
)

var longestPair = firstNames.longest() + 1 + lastNames.longest()

// fullNameAtMost returns how pairs of n characters at most are drawn, and how many
// there are at least. The shortest are cut, since there are few.
func fullNameAtMost(n int) (size int, name func(*draw) string) {
	if n == shortestPair {
		return cutPair()
	}
	longest := min(n-1-shortestName, firstNames.longest())
	firsts, lasts := firstNames.upTo[longest], lastNames.upTo[min(n-1-longest, lastNames.longest())]
	return len(firsts) * len(lasts), func(d *draw) string {
		first := firstNames.atMost(d, n-1-shortestName)
		return first + " " + lastNames.atMost(d, n-1-len(first))
	}
}

// cutPair returns how pairs of the shortest length are drawn, of names that are cut,
// and how many there are.
func cutPair() (size int, name func(*draw) string) {
	firsts, lasts := firstNames.cutTo[shortestName], lastNames.cutTo[shortestName]
	return len(firsts) * len(lasts), func(d *draw) string { return d.pick(firsts) + " " + d.pick(lasts) }
}

// fullNameOfLength returns how names of exactly n characters are drawn, and how many
// there are at least: a first and a last name, with further first names in front where
// pairs of that length are few, and one name, or cut ones, below the shortest pair.
func fullNameOfLength(n int) (size int, name func(*draw) string) {
	switch {
	case n < shortestPair:
		return firstNames.ofLength(n)
	case n == shortestPair:
		return cutPair()
	case n <= longestPair && pairSizes[n] >= enough:
		return pairSizes[n], func(d *draw) string { return pairOfLength(d, n) }
	}
	return len(firstNames.all), func(d *draw) string {
		out := d.pick(firstNames.all) + " "
		for n-len(out) > longestPair {
			out += d.pick(firstNames.all) + " "
		}
		return out + pairOfLength(d, n-len(out))
	}
}

// pairSizes are the least numbers of pairs by length. A last name is drawn from those
// that fit the first name, which may be a single one.
var pairSizes = func() []int {
	sizes := make([]int, longestPair+1)
	for n := range sizes {
		least := 0
		for i, firsts := range firstNames.exactly {
			if len(firsts) > 0 && lastNames.has(n-1-i) {
				sizes[n] += len(firsts)
				if k := len(lastNames.exactly[n-1-i]); least == 0 || k < least {
					least = k
				}
			}
		}
		sizes[n] *= least
	}
	return sizes
}()

// pairOfLength returns a first and a last name that have n characters with the space
// between them. There must be such a pair.
func pairOfLength(d *draw, n int) string {
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
			return names[at] + " " + d.pick(lastNames.exactly[n-1-i])
		default:
			at -= len(names)
		}
	}
	panic("unreachable")
}

// usernameDigits is how many digits a user name has at its end.
const usernameDigits = 4

func buildUsername(cfg *config) built {
	room := cfg.maxLength() - usernameDigits
	lasts := lastNames.upTo[min(room-1, lastNames.longest())]
	p, err := newPerson(cfg)
	size := float64(max(1, len(lasts))) * power(10, usernameDigits)
	if p != nil {
		size = power(10, usernameDigits)
	}
	b := cfg.word(of(size), func(c *call) (string, error) {
		name := ""
		if p != nil {
			name = cut(p.username(c), room)
		}
		if name == "" {
			letter := c.from(lowers, 1)
			name = letter + fold.PlainCase(lastNames.atMost(c.draw, room-1))
		}
		return name + c.from(digits, usernameDigits), nil
	})
	b.err, b.perItem = err, p != nil
	return b
}

func buildBusinessName(cfg *config) built {
	const form = " LLC"
	lasts := lastNames.upToOf(cfg.maxLength() - len(form))
	return cfg.word(of(float64(len(lasts))), func(c *call) (string, error) {
		if name := businessName(c.draw); len(name) <= cfg.maxLength() {
			return name, nil
		}
		return c.pick(lasts) + form, nil
	})
}

func businessName(d *draw) string {
	last := func() string { return d.pick(lastNames.all) }
	switch d.below(3) {
	case 0:
		return last() + " " + d.pick(lists.CompanyForms)
	case 1:
		return last() + "-" + last()
	}
	return last() + ", " + last() + " and " + last()
}

func buildGender(cfg *config) built {
	genders, letters := []string{"female", "male", "nonbinary", "undefined"}, []string{"F", "M", "N", "U"}
	return built{canon: foldName, size: of(float64(len(genders))), run: func(c *call) (string, error) {
		if abbreviated(cfg, c, 1) {
			return c.pick(letters), nil
		}
		return c.pick(genders), nil
	}}
}

// foldWritten makes one of texts that read the same.
func foldWritten(text string) (string, bool) { return fold.Form(text), true }

func buildOneOf(cfg *config) built {
	choices := cfg.texts("choices")
	numbers := !slices.ContainsFunc(choices, func(s string) bool { return !isNumber(s) })
	return built{canon: foldWritten, size: of(float64(len(choices)) / float64(mostRepeated(choices))), run: func(c *call) (string, error) {
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

// mostRepeated returns how often the choice comes that is listed most often, equal
// numbers being one.
func mostRepeated(choices []string) int {
	most, times := 0, map[string]int{}
	for _, text := range choices {
		if n, ok := normalNumber(text); ok {
			text = n
		}
		times[text]++
		most = max(most, times[text])
	}
	return most
}

func isNumber(text string) bool {
	_, err := dynsync.NumberValue(text)
	return err == nil
}

func buildBool(cfg *config) built {
	cfg.perItem = true
	return built{size: of(2), run: func(c *call) (string, error) { return boolText(c.below(2) == 1), nil }}
}
