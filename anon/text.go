package anon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/phone"
)

// Text replaces free text, a string, with "[redacted]". A set with more than one member
// then fails the item. Keep this default where you can: no detector finds all PII in a
// text. Pseudonyms may collide. There is one result, apart from what [Find] keeps.
//
// With [Find], Text keeps the text and replaces only what detectors find in it.
// [Email], [Phone], [CardNumber], [IBAN], [IP], [SSN], [FirstName], [LastName] or
// [FullName] replaces each finding, with default options and in its own domain or that
// of [In]; with [Person], Text gives this option to Email, and with [Place], to Phone. The finding gets the pseudonym that it would get in an attribute of its own,
// so joins survive. If the anonymizer does not apply, the finding becomes "[email]",
// "[phone]" and so on. The rest of the text stays, and [dynsync.WithLeakCheck] searches
// the result.
//
// The detectors find:
//   - "email": addresses whose domain has two or more labels, in any script, also in
//     angle brackets, after mailto:, and with %40 as in URLs.
//   - "phone": numbers after a + and a country code, and valid numbers after 00 or 011.
//     Numbers of one region ("US", or the option region, two letters of CLDR) as they
//     are written there, with the trunk prefix or with the area code in brackets;
//     without either, only after a word such as "tel" or "call". For the United States
//     and Canada: 3, 3 and 4 digits, or ten in a row, or in other groups, after such a
//     word. Words that tell are in the languages of the sentences below ("my number is",
//     "reach me at", "mi celular"), and "order", "ticket" or "SKU" behind them tells of
//     something else. A valid number in groups counts also directly beside a word
//     ("cust212-555-0123asap"), but not within ids, which have other digits, too.
//   - "card": 13 to 19 digits that begin like an issuer's and have a valid check digit.
//     One in 10 other numbers that begin so has one by chance.
//   - "iban": IBANs with the length of their country and valid check digits.
//   - "ip": IPv4 and IPv6 addresses, except four numbers after a word such as
//     "version".
//   - "ssn": 123-45-6789 or 123 45 6789 with an area and group that can be issued, and
//     nine digits in a row after "SSN" or "social security".
//   - "names": the names of [Names], as whole words in any case. Several words become a
//     full name. One word becomes a first name, or a last name if the lists have it
//     only as such. A name that is also a word ("Mark", "Rose") is found where it is
//     only a word, too.
//   - "recordNames": the names at the paths of [NamesAt] and their parts, as it says.
//     Each becomes what it becomes there. The names at a path whose last name
//     ends in "first", "given" or "fore", or in "last", "sur" or "family", with "name" or
//     without, are first names or last names; others are full names.
//
// These spellings do not hide a finding:
//   - decimal digits of all scripts and styles (Unicode category Nd), and compatibility
//     forms of letters and punctuation, such as full-width, small and mathematical
//     ones;
//   - spaces (category Zs, U+2800) and tabs, also several in a row;
//   - dashes (category Pd, U+2212, U+2043, U+02D7);
//   - invisible characters (property Default_Ignorable_Code_Point, category Cf, control
//     characters that end no line);
//   - the ideographic full stop as a dot, and the Japanese long vowel sign as a dash,
//     between ASCII letters or digits.
//
// If findings overlap, the pseudonym of the longest replaces all of them.
//
// Precision and recall, with exact bounds, on 20 × 1,476 sentences in 15 languages:
//
//	email  1.000  1.000      iban  1.000  1.000      ip     0.988  0.988
//	phone  1.000  1.000      ssn   1.000  1.000      names  0.983  1.000
//	card   0.992  1.000
//
// A third of the sentences have phone numbers against words, or behind words that tell of
// them, and a quarter have other numbers there.
//
// We wrote the templates of these sentences, drew the values ourselves, and corrected
// the detectors with them. The figures show that Text finds what it claims to find, and
// say little about other texts: measure on a sample of yours.
//
// Text does not find:
//   - names that no option lists, and misspelt or abbreviated ones;
//   - postal addresses, dates of birth, companies, user names, handles and URLs;
//   - e-mail addresses without a dot in the domain (root@localhost);
//   - text that is written to evade it: spelt out ("lena at example dot com", "five
//     five five"), escaped other than by %40 ("lena&#64;example.com"), in circled,
//     superscript or look-alike characters of other scripts, or broken over lines;
//   - phone numbers of other regions without a country code, and phone numbers without
//     an area code;
//   - national identity numbers of other countries, tax numbers, ITINs and passport
//     numbers;
//   - anything else that identifies a person to those who know them.
func Text(opts ...Option) dynsync.Transformer { return makeNamed("text", opts) }

// Find makes [Text] keep a text and replace only what these detectors find in it:
// "email", "phone", "card", "iban", "ip", "ssn", "names" and "recordNames", or "all" of
// them.
func Find(detectors ...string) Option { return option{"find", detectors} }

// Names lists names of one or several words that [Text] finds in every text.
func Names(list ...string) Option { return option{"names", list} }

// NamesAt lists document paths in the same item ("Name", "Owner.LastName", "Aliases").
// [Text] finds the strings at these paths as they were read, including those within
// sets, lists and maps: each string as a whole, if it has two letters or more, and each part
// of a name of three letters or more, or of two in Chinese, Japanese, Korean and Thai, but no
// title and no particle alone. So a Chinese last name of one character stays where it stands
// alone. What stands for no name ("N/A") is none.
func NamesAt(paths ...string) Option { return option{"namesAt", paths} }

var textEntries = []entry{
	{
		name: "text", doc: "Replaces free text as a whole; with find, replaces only the PII that detectors find in it.",
		kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few: "There is one result, apart from what [Find] keeps.",
		options: []catalog.Option{
			{Name: "find", Type: catalog.Strings, Doc: "The detectors: email, phone, card, iban, ip, ssn, names, recordNames, or all. Only what they find is replaced.", Min: 1, Max: 100, Keeps: "what the detectors do not find"},
			{Name: "names", Type: catalog.Strings, Doc: "Names to find in every text.", Min: 1, Max: 100_000},
			{Name: "namesAt", Type: catalog.Strings, Doc: "Document paths in the item; their strings are names to find in the text.", Min: 1, Max: 100},
			{Name: "region", Type: catalog.String, Doc: "The country of phone numbers without a country code, as two letters of CLDR.", Default: "US"},
			{Name: "person", Type: catalog.Strings, Doc: "The option person of the e-mail addresses that are found.", Min: 1, Max: 100},
			{Name: "place", Type: catalog.String, Doc: "The option place of the phone numbers that are found."},
		},
		build: buildText,
	},
}

// redacted replaces a text that is not kept.
const redacted = "[redacted]"

// textTries is how often what is found in a member of a set is drawn. Each time the
// text is searched anew.
const textTries = 20

// A texter finds what is personal in a text, and replaces it.
type texter struct {
	finds   [findingKinds]bool
	phones  *phoneFinder
	names   *nameFinder
	namesAt []string
	// by are the anonymizers of what is found. One that there is not is nil.
	by map[string]*anonymizer
}

func buildText(cfg *config) built {
	if !cfg.has("find") {
		return built{tries: 1, size: of(1), run: func(*call) (string, error) { return redacted, nil }, err: onlyWithFind(cfg)}
	}
	t, err := newTexter(cfg)
	if err != nil {
		return built{err: err}
	}
	return built{tries: textTries, run: t.make, perItem: len(t.namesAt) > 0 || cfg.has("person") || cfg.has("place")}
}

// onlyWithFind reports options that mean nothing where the text is redacted whole.
func onlyWithFind(cfg *config) error {
	for _, name := range []string{"names", "namesAt", "region", "person", "place"} {
		if cfg.has(name) {
			return fmt.Errorf("%s has no effect without find; add find or remove %s", name, name)
		}
	}
	return nil
}

func newTexter(cfg *config) (*texter, error) {
	t := &texter{namesAt: cfg.texts("namesAt")}
	region := phone.Find(upperASCII(cfg.text("region")))
	if region == nil {
		return nil, errNoRegion
	}
	_, person := newPerson(cfg)
	_, place := newPlacer(cfg)
	if err := errors.Join(t.setFinds(cfg), checkPaths("namesAt", t.namesAt), person, place); err != nil {
		return nil, err
	}
	t.phones = newPhoneFinder(region)
	t.names = newListFinder(cfg.texts("names"))
	t.by = innerAnonymizers(cfg, region.ID())
	return t, nil
}

// setFinds reads the option find.
func (t *texter) setFinds(cfg *config) error {
	for _, name := range cfg.texts("find") {
		kind := slices.Index(findingNames[:], name)
		switch {
		case name == "all":
			t.finds = [findingKinds]bool{true, true, true, true, true, true, true, true}
		case kind < 0:
			return fmt.Errorf("find must be a list of %s, all", strings.Join(findingNames[:], ", "))
		case kind == int(findName) && !cfg.has("names"):
			return errors.New("find lists names; add the option names")
		case kind == int(findRecordName) && !cfg.has("namesAt"):
			return errors.New("find lists recordNames; add the option namesAt")
		default:
			t.finds[kind] = true
		}
	}
	if cfg.has("names") && !t.finds[findName] {
		return errors.New("the option names has no effect unless find lists names")
	}
	if cfg.has("namesAt") && !t.finds[findRecordName] {
		return errors.New("the option namesAt has no effect unless find lists recordNames")
	}
	return nil
}

// checkPaths checks the document paths that an option holds.
func checkPaths(option string, paths []string) error {
	for _, path := range paths {
		if _, err := docpath.ParsePath(path); err != nil {
			return fmt.Errorf("%s: %w", option, err)
		}
	}
	return nil
}

// innerAnonymizers returns the anonymizers that a Text gives its findings to, by
// name. They have its domain and perItem, and are otherwise as by default, so that
// a finding becomes what it becomes in an attribute of its own.
func innerAnonymizers(cfg *config, region string) map[string]*anonymizer {
	var common []Option
	if cfg.has("in") {
		common = append(common, In(cfg.text("in")))
	}
	if cfg.perItem {
		common = append(common, PerItem())
	}
	by := map[string]*anonymizer{}
	for _, name := range []string{"email", "phone", "cardNumber", "iban", "ip", "ssn", "firstName", "lastName", "fullName"} {
		e := lookUp(name)
		if e == nil {
			continue
		}
		opts := common
		switch name {
		case "phone":
			opts = append(slices.Clone(common), option{"region", region})
			opts = append(opts, cfg.passed("place")...)
		case "email":
			opts = append(slices.Clone(common), cfg.passed("person")...)
		}
		if a := newAnonymizer(e, opts); a.desc.Err == nil {
			by[name] = a
		}
	}
	return by
}

// passed returns an option as it was given, if it was.
func (c *config) passed(name string) []Option {
	if !c.has(name) {
		return nil
	}
	return []Option{option{name, c.values[name]}}
}

// make replaces what is found in a text.
func (t *texter) make(c *call) (string, error) {
	found := t.find(c.text, c.in)
	if len(found) == 0 {
		return c.text, nil
	}
	var b strings.Builder
	b.Grow(len(c.text) + 32)
	from := 0
	for _, f := range found {
		pseudonym, err := t.replace(c, f)
		if err != nil {
			return "", err
		}
		b.WriteString(c.text[from:f.start])
		b.WriteString(pseudonym)
		from = f.end
		if strings.HasSuffix(pseudonym, ".") && strings.HasPrefix(c.text[from:], ".") {
			from++ // the dot of an initial, which was not found with it
		}
	}
	b.WriteString(c.text[from:])
	return b.String(), nil
}

// find returns what is found in a text, by place, without overlaps.
func (t *texter) find(text string, in dynsync.Input) []finding {
	var found []finding
	add := func(f finding) { found = append(found, f) }
	p := newPlainText(text)
	t.findIn(p, in, add)
	if p, ok := p.squeezed(); ok { // numbers that were pasted from a table
		t.findIn(p, in, add)
	}
	return settle(found)
}

// findIn adds what is found in a text as detectors read it.
func (t *texter) findIn(p plainText, in dynsync.Input, add func(finding)) {
	if t.finds[findEmail] {
		personal.Emails(p.text, func(local, domain personal.Span) { add(p.email(local, domain)) })
	}
	if t.finds[findIBAN] {
		personal.IBANs(p.text, func(at personal.Span) { add(p.spaced(findIBAN, at, "-")) })
	}
	if t.finds[findIP] {
		personal.IPs(p.text, func(at personal.Span) { add(p.span(findIP, at.Start, at.End)) })
	}
	if t.finds[findCard] || t.finds[findSSN] || t.finds[findPhone] {
		personal.DigitRuns(p.text, func(run []personal.Span) { t.findNumbers(p, run, add) })
	}
	t.findNames(p, in, add)
}

func (t *texter) findNumbers(p plainText, run []personal.Span, add func(finding)) {
	if t.finds[findCard] {
		personal.Cards(p.text, run, func(at personal.Span) { add(p.spaced(findCard, at, ".")) })
	}
	if t.finds[findSSN] {
		personal.SSNs(p.text, run, func(at personal.Span) { add(p.span(findSSN, at.Start, at.End)) })
	}
	if t.finds[findPhone] {
		t.phones.find(p, run, add)
	}
}

func (t *texter) findNames(p plainText, in dynsync.Input, add func(finding)) {
	var record *nameFinder
	if len(t.namesAt) > 0 {
		record = newRecordFinder(in.Record(), t.namesAt)
	}
	if record == nil && t.names.empty() {
		return
	}
	words := tokens(p.text)
	t.names.find(p, words, add)
	if record != nil {
		record.find(p, words, add)
	}
}

// An inner is how one kind of finding is replaced.
type inner struct{ anonymizer, placeholder string }

var inners = [findingKinds]inner{
	findEmail: {"email", "[email]"},
	findIBAN:  {"iban", "[iban]"},
	findCard:  {"cardNumber", "[card]"},
	findSSN:   {"ssn", "[ssn]"},
	findPhone: {"phone", "[phone]"},
	findIP:    {"ip", "[ip]"},
}

var nameInners = [...]inner{roleFirst: {"firstName", "[name]"}, roleLast: {"lastName", "[name]"}, roleFull: {"fullName", "[name]"}}

// replace returns the pseudonym of a finding, or what it is in brackets where no
// anonymizer takes it.
func (t *texter) replace(c *call, f finding) (string, error) {
	by := inners[f.kind]
	if by.anonymizer == "" {
		by = nameInners[f.role]
	}
	a := t.by[by.anonymizer]
	if a == nil {
		return by.placeholder, nil
	}
	v, err := c.in.Part(c.ctx, again{a, c.attempt}, dynsync.StringValue(f.text))
	if errors.Is(err, dynsync.ErrNotApplicable) {
		return by.placeholder, nil
	}
	out, _ := v.Text()
	if err == nil && f.kind == findEmail && escapedAt(c.text[f.start:f.end]) {
		out = strings.Replace(out, "@", "%40", 1)
	}
	return out, err
}

// again is an anonymizer at another attempt.
type again struct {
	*anonymizer
	attempt int
}

// Transform implements [dynsync.Transformer] for strings.
func (a again) Transform(ctx context.Context, in dynsync.Input) (dynsync.Value, error) {
	text, _ := in.Value.Text()
	out, err := a.anonymize(ctx, in, dynsync.KindS, text, a.attempt)
	return dynsync.StringValue(out), err
}

// escapedAt reports whether an address is written as in URLs.
func escapedAt(address string) bool {
	return !strings.Contains(address, "@") && strings.Contains(address, "%40")
}
