package anon

import (
	"errors"
	"mime"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/fold"
)

// Email replaces a string with an undeliverable e-mail address: a first name, a last
// name and ten characters (a-z and 2-7) at a domain that RFC 2606 reserves, such as
// "ruth.kuhn.4x2mq7bzca@example.com". It applies to addresses of RFC 5322 with at most 254
// bytes, 64 of them before the @, also several in a string, and with a name or mailto:
// (see the package documentation). Addresses count as equal if they have one canonical form.
//
// Pseudonyms are practically unique: among n different addresses, two collide with a
// probability below n²/2⁷⁰ (one in 10⁹ for a million).
//
// It takes:
//   - [EmailFormat]: "name", the default, as above; or "token", 26 characters (a-z and
//     2-7), which lowers n²/2⁷⁰ to n²/2¹³¹.
//   - [Person]: the names of the item's person, and 13 characters (a-z and 2-7) of the
//     value, which gives n²/2⁶⁶. If they do not fit, a token precedes the @.
//   - [Domain]: a domain other than the default, example.com.
//   - [PreserveDomain]: keeps the value's domain. A personal domain identifies its
//     owner, and mail to the result may reach somebody.
//   - [ExcludeDomains]: addresses at these domains keep them, and others don't; with
//     PreserveDomain, the reverse.
//   - [MaxLength]: at least 16 characters; the default is 100, for each of several. No address exceeds 254
//     bytes. If the domain leaves fewer than 35 characters for the rest, a token
//     precedes the @. A token of 13 characters still gives n²/2⁶⁶; shorter ones may
//     collide. A preserved domain that leaves fewer than 13 characters is replaced.
//   - [PreserveLength]: as many characters as the value, from nine ("xy@a.test") to the
//     maximum length. If the domain leaves fewer than eight characters, Email takes a
//     shorter domain of RFC 2606; it replaces a preserved domain that leaves fewer than
//     two. Pseudonyms may then collide.
func Email(opts ...Option) dynsync.Transformer { return makeNamed("email", opts) }

// PreserveDomain keeps the value's domain, or for [URL] the host and the port.
func PreserveDomain() Option { return option{"preserveDomain", true} }

// ExcludeDomains lists the domains that [Email] keeps, or with [PreserveDomain] those
// that it replaces.
func ExcludeDomains(domains ...string) Option { return option{"excludeDomains", domains} }

// EmailFormat sets what [Email] writes before the @: "name", which is the default, or
// "token".
func EmailFormat(format string) Option { return option{"emailFormat", format} }

// Domain sets the domain of pseudonyms, in letters, digits, hyphens and dots. The
// default is example.com. Mail to domains other than those of RFC 2606 may reach
// somebody.
func Domain(name string) Option { return option{"domain", name} }

var contactEntries = []entry{emailEntry, phoneEntry, ipEntry, urlEntry}

var emailEntry = entry{
	name: "email", doc: "Replaces an e-mail address with an undeliverable one.", takes: "an e-mail address",
	kinds: onlyStrings, unique: dynsync.UniquenessPractical, drawn: true, class: dynsync.ClassIndependent,
	ownForm: true,
	options: []catalog.Option{
		{Name: "emailFormat", Type: catalog.String, Doc: "What precedes the @: a name and ten characters, or a token.", Default: "name", Enum: []string{"name", "token"}},
		personSpec(),
		{Name: "domain", Type: catalog.String, Doc: "The domain of the pseudonyms.", Default: "example.com"},
		{Name: "preserveDomain", Type: catalog.Bool, Doc: "Keep the domain of the value.", Default: false, Keeps: "the domain"},
		{Name: "excludeDomains", Type: catalog.Strings, Doc: "The only domains to keep; with preserveDomain, the only ones to replace.", Keeps: "the domain"},
		{Name: "maxLength", Type: catalog.Int, Doc: "The greatest number of characters of the result.", Default: 100, Min: 16, Max: maxText},
		preserveLengthSpec(),
	},
	lists: &emailList,
	build: buildEmail,
}

// Lengths of e-mail addresses: RFC 5321 has up to 64 bytes before the @ and 254
// in all.
const (
	maxLocal   = 64
	maxAddress = 254
	minLocal   = 8  // for which PreserveLength takes a shorter domain
	leastLocal = 2  // so that there are 32² results
	emailTag   = 10 // characters of base32 after the names
	emailToken = 26 // characters of base32 of a token
	// uniqueToken is how many characters of base32 count as practically unique.
	uniqueToken = 13
)

// base32 is the alphabet of RFC 4648 in lower case.
const base32 = lowers + "234567"

// An emailer is the options of Email.
type emailer struct {
	cfg      *config
	domain   string
	keep     bool
	excluded []string
	named    bool
	person   *person // nil without the option
	// nameRoom is how much the longest names and their tag take.
	nameRoom int
}

func buildEmail(cfg *config) built {
	e := &emailer{
		cfg: cfg, domain: fold.PlainCase(cfg.text("domain")), keep: cfg.flag("preserveDomain"),
		named:    cfg.text("emailFormat") == "name",
		nameRoom: firstNames.longest() + 1 + lastNames.longest() + 1 + emailTag,
	}
	for _, d := range cfg.texts("excludeDomains") {
		e.excluded = append(e.excluded, fold.Trim(fold.PlainCase(d)))
	}
	p, err := newPerson(cfg)
	e.person = p
	b := built{err: err, perItem: p != nil, plain: true, canon: foldEmail, spelling: cfg.spelling(), run: e.make, size: e.size, unique: e.uniqueness(), bits: e.bits()}
	b.display = displayNames(cfg)
	if !isDomain(e.domain) {
		b.err = errors.New("domain must be a domain name: letters, digits, hyphens and dots")
	} else if e.room(e.domain) < leastLocal {
		b.err = errors.New("maxLength is too small for the domain; raise it or take a shorter domain")
	}
	return b
}

// uniqueness returns how unique addresses are by the room there is for a token.
func (e *emailer) uniqueness() dynsync.Uniqueness {
	if e.cfg.flag("preserveLength") || e.room(e.domain) < uniqueToken {
		return dynsync.UniquenessNone
	}
	return dynsync.UniquenessPractical
}

// bits returns the binary logarithm of how many results there are at least. A domain of
// the value's is kept with room for a shorter token.
func (e *emailer) bits() int {
	bits := e.bitsIn(min(e.room(e.domain), maxLocal))
	if e.keep || len(e.excluded) > 0 {
		bits = min(bits, e.bitsIn(uniqueToken))
	}
	return bits
}

// bitsIn is bits for a domain that leaves so much room.
func (e *emailer) bitsIn(room int) int {
	if e.named && room >= e.nameRoom && e.person == nil {
		return bitsOf(len(firstNames.all)*len(lastNames.all), 1) + bitsOf(len(base32), emailTag)
	}
	if e.person != nil {
		room = min(room, uniqueToken)
	}
	return bitsOf(len(base32), min(room, emailToken))
}

// foldEmail returns an address without space around it and without case. Browsers read an
// ideographic full stop in its domain as a dot.
func foldEmail(text string) (string, bool) {
	text = fold.Trim(text)
	if len(text) > maxAddress || strings.ContainsRune(text, '<') {
		return "", false
	}
	address, err := mail.ParseAddress(text)
	if err != nil || address.Name != "" {
		return "", false
	}
	folded := fold.PlainCase(address.Address)
	at := strings.LastIndexByte(folded, '@')
	local, domain := folded[:at], fullStops.Replace(folded[at:])
	if strings.Contains(text, `"`) {
		quoted := (&mail.Address{Address: folded}).String()
		local = quoted[1:strings.LastIndexByte(quoted, '@')]
	}
	return local + domain, at <= maxLocal && !strings.ContainsAny(domain, noDomain)
}

// noDomain are characters that RFC 5322 allows in a domain, and no domain has.
const noDomain = "!#$%&'*+/=?^`{|}~"

var fullStops = strings.NewReplacer("。", ".", "｡", ".")

// isDomain reports whether text is a domain by RFC 1123, in lower case.
func isDomain(text string) bool {
	if len(text) > 253 {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, alphanum+"-") != "" || strings.Trim(label, "-") != label {
			return false
		}
	}
	return true
}

func (e *emailer) make(c *call) (string, error) {
	if n, ok := e.cfg.preservedLength(c); ok {
		return e.ofLength(c, n), nil
	}
	domain := e.domainAnyLength(c)
	return e.local(c, min(e.room(domain), maxLocal)) + "@" + domain, nil
}

// domainAnyLength returns the domain of a pseudonym whose length is not given.
func (e *emailer) domainAnyLength(c *call) string {
	domain, _ := e.domainOf(c, func(kept string) bool { return e.room(kept) >= uniqueToken })
	return domain
}

// size returns how many results there are at least, which tokens have.
func (e *emailer) size(c *call) float64 {
	if n, ok := e.cfg.preservedLength(c); ok {
		_, room := e.parts(c, n)
		return power(len(base32), min(room, emailTag))
	}
	return power(len(base32), min(e.room(e.domainAnyLength(c)), emailTag))
}

// room returns how much a domain leaves for what stands before the @.
func (e *emailer) room(domain string) int {
	return min(e.cfg.maxLength()-characters(domain), maxAddress-len(domain)) - len("@")
}

// domainOf returns the domain of the pseudonym, and whether it is the value's,
// which it can be if it fits.
func (e *emailer) domainOf(c *call, fits func(domain string) bool) (domain string, kept bool) {
	if c.generated {
		return e.domain, false
	}
	domain = c.canonical[strings.LastIndexByte(c.canonical, '@')+1:]
	if slices.Contains(e.excluded, domain) != e.keep && fits(domain) {
		return domain, true
	}
	return e.domain, false
}

// local returns what stands before the @, of room characters at most.
func (e *emailer) local(c *call, room int) string {
	if e.person != nil {
		if first, last := e.person.name(c); first+last != "" {
			return namedLocal(c.draw, strings.Trim(first+"."+last, "."), room)
		}
	}
	d := c.draw
	if e.named && room >= e.nameRoom {
		return fold.PlainCase(d.pick(firstNames.all)+"."+d.pick(lastNames.all)) + "." + d.from(base32, emailTag)
	}
	return d.from(base32, max(1, min(room, emailToken)))
}

// namedLocal returns a name and a token, or a token alone if the room is too small.
func namedLocal(d *draw, name string, room int) string {
	if len(name)+1+uniqueToken > room {
		return d.from(base32, max(1, min(room, emailToken)))
	}
	return name + "." + d.from(base32, uniqueToken)
}

// parts returns the domain of an address of n characters, and how many are before the
// @: [leastLocal] at least, for which the domain of the value is given up, and then the
// length.
func (e *emailer) parts(c *call, n int) (domain string, room int) {
	domain, kept := e.domainOf(c, func(kept string) bool { return characters(kept) <= n-len("@")-leastLocal })
	if !kept {
		domain = shorten(domain, n-len("@")-minLocal)
	}
	return domain, max(leastLocal, n-len("@")-characters(domain))
}

// ofLength returns an address of n characters, if there can be one.
func (e *emailer) ofLength(c *call, n int) string {
	domain, room := e.parts(c, n)
	if room > maxLocal {
		below := max(2, room-maxLocal)
		domain = subdomain(c.draw, below) + domain
		room -= below
	}
	local := e.local(c, room)
	return local + c.from(base32, room-len(local)) + "@" + domain
}

// shorten returns a domain, or a shorter one that RFC 2606 reserves, if it has
// more than n characters.
func shorten(domain string, n int) string {
	for _, shorter := range []string{"x.example", "a.test"} {
		if len(domain) > n {
			domain = shorter
		}
	}
	return domain
}

// subdomain returns n characters, two at least, that make a domain one below it:
// labels, each with its dot.
func subdomain(d *draw, n int) string {
	const longest = 60
	var b strings.Builder
	for n > longest+2 {
		b.WriteString(d.from(base32, longest) + ".")
		n -= longest + 1
	}
	b.WriteString(d.from(base32, n-1) + ".")
	return b.String()
}

// emailList is how strings hold several addresses, and one with something around it.
var emailList = listing{separators: spacedLists, dress: dressEmail}

// displayNames returns the anonymizer of the names of addresses.
func displayNames(cfg *config) *anonymizer {
	var opts []Option
	if cfg.has("in") {
		opts = append(opts, In(cfg.text("in")))
	}
	if cfg.perItem {
		opts = append(opts, PerItem())
	}
	return newAnonymizer(lookUp("fullName"), opts)
}

// addressSchemes are what stands before an address as a URI.
var addressSchemes = []string{"mailto:", "smtp:", "sip:", "sips:", "xmpp:", "acct:"}

// dressEmail returns the parts of an address with a scheme or a name: as a URI, in angle
// brackets behind a name, and before a name in round ones. The query of a URI is left out.
func dressEmail(d *divider, text string) []piece {
	if scheme := separatorAt(text, addressSchemes); scheme != "" {
		rest, _, _ := strings.Cut(text[len(scheme):], "?")
		rest, err := url.PathUnescape(rest)
		if err != nil || strings.ContainsAny(rest, "%:<") {
			return nil
		}
		return behind(scheme, d.item(rest, unspaced, maxWrapped))
	}
	if before, ok := strings.CutSuffix(text, ">"); ok {
		name, address, ok := strings.Cut(before, "<")
		if !ok || strings.Trim(name, " ") == "" {
			return nil
		}
		return joined(d.displayName(name), "<", d.address(address), ">")
	}
	if before, ok := strings.CutSuffix(text, ")"); ok {
		address, name, ok := strings.Cut(before, "(")
		if !ok {
			return nil
		}
		return joined(d.address(address), "(", d.displayName(name), ")")
	}
	return nil
}

// behind returns parts behind a text; none if there are none.
func behind(text string, parts []piece) []piece {
	if len(parts) == 0 {
		return nil
	}
	return append([]piece{{text: text}}, parts...)
}

// joined returns parts with texts between and behind; none if there are none of one of them.
func joined(first []piece, between string, second []piece, after string) []piece {
	if len(first) == 0 || len(second) == 0 {
		return nil
	}
	return slices.Concat(first, []piece{{text: between}}, second, []piece{{text: after}})
}

// address returns the parts of one address with space around it.
func (d *divider) address(text string) []piece {
	return d.spaced(text, func(core string) []piece {
		if value := d.value(core); len(value) > 0 {
			return value
		}
		if separatorAt(core, addressSchemes) != "" {
			return dressEmail(d, core)
		}
		return nil
	})
}

// displayName returns the parts of the name of an address, which can be an address too.
func (d *divider) displayName(text string) []piece {
	return d.spaced(text, func(core string) []piece {
		for _, quote := range []string{`"`, "'"} {
			if inner, ok := inside(core, quote, quote); ok && !strings.HasPrefix(inner, quote) && (quote == "'" || !strings.Contains(inner, quote)) {
				return joined([]piece{{text: quote}}, "", d.displayName(inner), quote)
			}
		}
		if strings.Contains(core, "=?") { // an encoded word of RFC 2047
			decoded, err := new(mime.WordDecoder).DecodeHeader(core)
			if core = decoded; err != nil || strings.Contains(core, "=?") {
				return nil
			}
		}
		switch value := d.value(core); {
		case len(value) > 0:
			return value
		case core == "" || strings.ContainsAny(core, `@<>"\`):
			return nil
		}
		return []piece{{text: core, by: d.a.display}}
	})
}
