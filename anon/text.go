package anon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// Text replaces free text, a string, by "[redacted]": many to one, so that a set with
// more than one member fails. Stay with this default where you can: no detector finds
// everything that is personal in a text. There is one result, but for what [Find]
// keeps.
//
// With [Find] the text stays, but for what detectors find in it. Each finding
// becomes what [Email], [Phone], [CardNumber], [IBAN], [IP], [SSN], [FirstName],
// [LastName] or [FullName] makes of it in an attribute of its own, with their
// default options and in their domains, or in that of [In]: joins survive. Where
// these don't take it, it becomes "[email]", "[phone]" and so on. Many to one. What
// is not found stays as it is, and [dynsync.WithLeakCheck] searches the result.
//
// The detectors:
//   - "email": addresses with a domain of two labels or more, in any script, in
//     angle brackets, after mailto:, and with %40 as in URLs.
//   - "phone": numbers behind a + and the country's code, or 00 or 011 and a valid
//     number; and those of one region ("US", or the option region, two letters of
//     CLDR) as they are written there, with the trunk prefix or the area code in
//     brackets; without either only behind a word such as "tel" or "call". Of the
//     United States and Canada: 3, 3 and 4 digits, or ten at once behind such a word.
//   - "card": 13 to 19 digits with an issuer's first ones and a valid check digit.
//     One in 10 other numbers that begin so has that by chance.
//   - "iban": with the length of its country and valid check digits.
//   - "ip": IPv4 and IPv6. Four numbers behind a word such as "version" are none.
//   - "ssn": 123-45-6789 or 123 45 6789, of an area and group that can be issued;
//     nine digits at once behind "SSN" or "social security".
//   - "names": the words of [Names], whole and in any case. One of several words
//     becomes a full name, and one word a first name, or a last name if gofakeit
//     lists it as such only. A name that is a word too ("Mark", "Rose") is found
//     where it is none.
//   - "recordNames": what is at the paths of [NamesAt]. All of several words
//     becomes a full name, their last a last name, others first names; one word at
//     a path with "last", "surname" or "family" in it becomes a last name.
//
// These hide nothing:
//   - decimal digits of all scripts and styles (Unicode's category Nd), and compatibility
//     forms of letters and punctuation: full-width, small and mathematical ones;
//   - spaces (category Zs, U+2800) and tabs, also several of them;
//   - dashes (category Pd, U+2212, U+2043, U+02D7);
//   - characters that are not shown (property Default_Ignorable_Code_Point, category Cf,
//     control characters that end no line);
//   - between letters or digits of ASCII the ideographic full stop, as a dot, and the
//     Japanese sign of a long vowel, as a dash.
//
// Where findings overlap, all of them are replaced by the pseudonym of the longest.
//
// Precision and recall, with exact bounds, on 20 × 657 sentences in 15 languages:
//
//	email  1.000  1.000      iban  1.000  1.000      ip     0.988  0.988
//	phone  0.998  1.000      ssn   1.000  1.000      names  0.983  1.000
//	card   0.992  1.000
//
// We wrote the templates of these sentences and drew the values ourselves, and
// corrected the detectors by them. The numbers say that Text finds what it claims
// to find, and little about your texts: measure on a sample of them.
//
// It does not find names that it was not told, and misspelt or abbreviated ones; postal
// addresses, dates of birth, companies; user names, handles, URLs, and addresses
// without a dot in the domain (root@localhost); what is written to evade it, spelt out
// ("lena at example dot com", "five five five"), escaped but for %40
// ("lena&#64;example.com"), in circled, superscript or look-alike characters of other
// scripts, or broken over lines; phone numbers of other regions
// without a country's code, and without an area code; other countries' numbers of
// persons, tax numbers, ITINs, passports; and whatever tells a person to those who know
// them.
func Text(opts ...Option) dynsync.Transformer { return makeNamed("text", opts) }

// Find makes [Text] keep a text but for what these detectors find in it: "email",
// "phone", "card", "iban", "ip", "ssn", "names" and "recordNames", or "all".
func Find(detectors ...string) Option { return option{"find", detectors} }

// Names lists names, of a word or several, that [Text] finds in every text.
func Names(list ...string) Option { return option{"names", list} }

// NamesAt lists paths in the same item ("Name", "Owner.LastName", "Aliases") whose
// strings [Text] finds, as they were read, also those within sets, lists and maps:
// each of them, and its words of three letters and more.
func NamesAt(paths ...string) Option { return option{"namesAt", paths} }

var textEntries = []entry{
	{
		name: "text", doc: "Free text: replaced as a whole, or with find, but for what is found in it.",
		kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.ManyToOne, drawn: true, class: dynsync.Independent,
		few: "There is one result, but for what [Find] keeps.",
		options: []catalog.Option{
			{Name: "find", Type: catalog.Strings, Doc: "Keep the text, and replace only what these find in it: email, phone, card, iban, ip, ssn, names, recordNames, or all.", Min: 1, Max: 100, Keeps: "what it does not find"},
			{Name: "names", Type: catalog.Strings, Doc: "Names to find in every text.", Min: 1, Max: 100_000},
			{Name: "namesAt", Type: catalog.Strings, Doc: "Paths in the item whose strings are names to find in its text.", Min: 1, Max: 100},
			{Name: "region", Type: catalog.String, Doc: "The country of phone numbers without a country code, as two letters of CLDR.", Default: "US"},
		},
		build: buildText,
	},
}

// redacted is what stands for a text of which nothing is kept.
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
	return built{tries: textTries, run: t.make}
}

// onlyWithFind reports options that mean nothing where the text is redacted whole.
func onlyWithFind(cfg *config) error {
	for _, name := range []string{"names", "namesAt", "region"} {
		if cfg.has(name) {
			return fmt.Errorf("%s needs find, without which the whole text is replaced", name)
		}
	}
	return nil
}

func newTexter(cfg *config) (*texter, error) {
	t := &texter{namesAt: cfg.texts("namesAt")}
	region := strings.ToUpper(cfg.text("region"))
	if !phonenumbers.GetSupportedRegions()[region] {
		return nil, errors.New("region is none that has phone numbers")
	}
	if err := errors.Join(t.setFinds(cfg), checkPaths(t.namesAt)); err != nil {
		return nil, err
	}
	t.phones = newPhoneFinder(region)
	t.names = newListFinder(cfg.texts("names"))
	t.by = innerAnonymizers(cfg, region)
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
			return fmt.Errorf("find must be of %s, all", strings.Join(findingNames[:], ", "))
		case kind == int(findName) && !cfg.has("names"):
			return errors.New("find has names, and the option names is missing")
		case kind == int(findRecordName) && !cfg.has("namesAt"):
			return errors.New("find has recordNames, and the option namesAt is missing")
		default:
			t.finds[kind] = true
		}
	}
	if cfg.has("names") && !t.finds[findName] {
		return errors.New("names are given, and find has no names")
	}
	if cfg.has("namesAt") && !t.finds[findRecordName] {
		return errors.New("namesAt is given, and find has no recordNames")
	}
	return nil
}

func checkPaths(paths []string) error {
	for _, path := range paths {
		if _, err := dynsync.ParsePath(path); err != nil {
			return fmt.Errorf("namesAt: %w", err)
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
		common = append(common, In(cfg.domain))
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
		if name == "phone" && e.option("region") != nil {
			opts = append(slices.Clone(common), option{"region", region})
		}
		if a := newAnonymizer(e, opts); a.desc.Err == nil {
			by[name] = a
		}
	}
	return by
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
		findEmails(p, add)
	}
	if t.finds[findIBAN] {
		findIBANs(p, add)
	}
	if t.finds[findIP] {
		findIPs(p, add)
	}
	if t.finds[findCard] || t.finds[findSSN] || t.finds[findPhone] {
		digitRuns(p.text, func(run []digitGroup) { t.findNumbers(p, run, add) })
	}
	t.findNames(p, in, add)
}

func (t *texter) findNumbers(p plainText, run []digitGroup, add func(finding)) {
	if t.finds[findCard] {
		findCards(p, run, add)
	}
	if t.finds[findSSN] {
		findSSNs(p, run, add)
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
