// Package anon anonymizes attribute values for dynsync. It replaces names, addresses,
// phone numbers and other PII with pseudonyms that look real and stay consistent.
// Nobody can trace a pseudonym back without the job's key.
//
//	dynsync.WithTransform("Name", anon.FullName()),
//	dynsync.WithTransform("Emails", anon.Email(anon.PreserveDomain())), // a string set stays one
//	dynsync.WithTransform("PK", dynsync.Template("CUSTOMER#{Email}")),
//
// # Which transformer to take
//
//	names                FirstName, LastName, FullName, Username, BusinessName
//	contacts             Email, Phone, IP, URL
//	places               StreetAddress, FullAddress, City, State, ZipCode, Country, Latitude, Longitude
//	identifiers          UUID, ULID, KSUID, ObjectID, Token, Hash, String, Digits, Alphanumeric, Counter, SSN
//	payment              CardNumber, IBAN
//	numbers              Int, Float, Noise, Round
//	dates and times      UnixTime, Timestamp, ShiftTime, TruncateTime, ShiftTTL
//	one of few values    Gender, OneOf, Bool
//	text                 Text, Mask, Redact, Truncate, Scramble
//
// The use of a value decides among these:
//
//	other items join on it                    an anonymizer as it is
//	it must look real, and nothing joins      an anonymizer with PerItem
//	it need not look real                     dynsync.Pseudonym, which is the default, or Redact
//	nobody needs it                           dynsync.Remove
//
// # How pseudonyms are derived
//
// A keyed hash of the value in canonical form seeds every choice. Its key is derived from
// the key of [dynsync.WithKey] and a domain: the kind of pseudonym, and the name of [In] if
// there is one. Equal values therefore have equal pseudonyms of a kind in every attribute,
// table, run and process with that key, and joins survive: every [Email] of a job agrees.
// Pseudonyms of different kinds are unrelated. That of an e-mail address says nothing about
// a name, and the [Token] of a value nothing about its [UUID].
//
// [PerItem] adds the table's name, the item's key and the document path. Equal values
// then neither look equal nor join. Use it wherever nothing joins on the value.
//
// # Why nobody can trace them back
//
// With F(k, m) = SHA-256(k ‖ m) for a key k of 32 bytes:
//
//	subkey     = HKDF-SHA256(key, salt "dynsync", info "dynsync/pseudonym/1/seed/1")
//	domain key = F(subkey, use ‖ len(domain) ‖ domain)
//	seed       = F(domain key, len(place) ‖ len(value) ‖ place ‖ value)
//
// The place is empty, except with [PerItem]. A pseudonym is made of the 256 bits of its seed.
// If it needs more, they come from ChaCha8 under another seed of the value, whose domain has
// no other use.
//
//   - Assumption: the compression function of SHA-256 is a pseudorandom function, keyed
//     through its chaining value, or through the first half of its block. HMAC-SHA-256 and
//     HKDF-SHA256 rest on the like: their key fills a block, and nothing else is in it.
//   - Then F is pseudorandom for messages where none is the beginning of another
//     (M. Bellare, R. Canetti, H. Krawczyk, "Pseudorandom functions revisited: the cascade
//     construction and its concrete security", FOCS 1996). These messages are so, as lengths
//     come first. Length extension therefore does not apply, and the second pass of HMAC,
//     which would double the time, is not needed.
//   - Key separation: default pseudonyms, checkpoints and seeds have subkeys of their own,
//     and every use of a domain has a key of its own. Without the job's key, nobody can tell
//     seeds of one domain from random ones, even with all seeds of all others.
//   - Output: two of n values have one seed with a probability below n²/2²⁵⁷, which is none
//     for any table. Pseudonyms collide as often as random choices from as many results do;
//     each anonymizer states how many it has.
//   - [Digits], [Alphanumeric], [Counter], [ULID], [KSUID] and [ObjectID] are permutations: FF1
//     with AES-256 (NIST SP 800-38G Revision 1), or a shuffle of a small range, under a key
//     that is a seed.
//
// It follows that pseudonyms reveal no more of the values than which are equal, beside what
// stays visible by design. Who knows values and their pseudonyms learns nothing about the
// key, and about other values only what they are not, where results differ. Two limits: an
// anonymizer that replaces a value part by part does so for the parts, and who knows what
// Lena Brandt became knows it of every Lena and every Brandt. And nothing is claimed for
// small sets of values: see below what a pseudonym does not hide.
//
// # Canonical forms
//
// Values that read the same have one pseudonym, so that joins survive what keyboards,
// phones and other programs make of a text. The canonical form of a value unifies:
//
//   - letters with their accents, composed (NFC) or decomposed (NFD);
//   - upper and lower case;
//   - full-width and half-width characters, in words also ligatures and all other
//     compatibility characters (NFKC);
//   - the shapes of apostrophes and quotation marks: O'Brien, O’Brien, Oʼbrien, O´Brien;
//   - hyphens, dashes and minus signs;
//   - spaces of any width, and space around the value;
//   - invisible characters, such as soft hyphens, zero-width spaces, byte order
//     marks and marks of direction, which are left out.
//
// Names, places, companies and what [Int], [Float], [UnixTime] and [Timestamp] replace
// count as words; within words a run of white space is one space. [OneOf] keeps case
// and space apart. E-mail addresses, phone numbers, card numbers, IBANs, social security
// numbers, IP addresses and UUIDs have a syntax: decimal digits of any script are those
// of ASCII there, and the result is written in ASCII. [Text] finds both in each of these
// spellings and replaces them as the anonymizer of an attribute does.
//
// Letters that a reader would not confuse stay different: ä is not a, ø is not o, ё is not
// е, a hyphen is not a space. Where languages differ about case, letters with the same
// capital count as one letter: I, i and the Turkish ı and İ; σ and ς. In words, ß counts as
// ss; in e-mail addresses it does not.
//
// [Token], [Hash], [String], [Digits], [Alphanumeric], [Counter], [ULID], [KSUID] and
// [ObjectID], and the path of a [URL], read a text exactly as it is. So do anonymizers that
// keep a part of a text, such as [Mask] and [Truncate], or that move a value, such as
// [ShiftTime].
//
// [dynsync.Description] has the canonical form as a function, Canonical. It depends on
// Unicode 15.0.0, whose tables are part of this module: another release of Go or of a
// library changes no pseudonym. Only whether an unusual text is an e-mail address, a URL or
// an IP address, and what a [Pattern] matches, is up to Go's packages net/mail, net/url,
// net/netip and regexp.
//
// # Several values in a string
//
// Strings hold lists: recipients, addresses that proxies passed, the holders of an account.
// [Email], [IP], [Phone], [URL], [UUID], [SSN], [CardNumber], [IBAN], [FirstName], [LastName],
// [FullName] and [Username] replace each value in a string as if it had an attribute of its
// own. What stands between and around the values stays as it is:
//
//   - the separators , ; | / & and line breaks, tabs, "and", "or", "und", "et", with space
//     around them; spaces alone between addresses and UUIDs;
//   - quotation marks and brackets, also of lists such as ["a@x.org","b@x.org"];
//   - for Email, angle brackets, and mailto:, smtp:, sip:, xmpp: and acct:; what follows a ? is
//     left out. The name in "Lena Brandt <lena@x.org>" or "lena@x.org (Lena Brandt)" becomes
//     what FullName makes of it in the same domain;
//   - for IP, for= and by= of the header Forwarded, ports, the length of a prefix or a mask
//     ("10.0.0.0/8"), "unknown" and "-" in place of an address, and - and -> between two. An
//     address of the other family than the value's gets or loses the brackets before a port.
//
// If a part is neither, the anonymizer does not apply. A single comma in a full name stands
// between a last and a first name; several separate names of two words and more, or what
// stands in double quotation marks. [MaxLength] bounds the whole.
//
// Where keys must be one-to-one ([dynsync.WithCheckpoint]), a key with the name of an address
// fails, since names of different persons may become one.
//
// # Amounts
//
// [Noise], [Round], [Int] and [Float] read a number in a string as people write it, and write
// the result in the same form: "$1,234.50" becomes "$1,187.12". These stay:
//
//   - a currency (a symbol, a code of ISO 4217 in either case, kr, zł, Rp and others) or % on either side;
//   - the sign: - before or behind, +, or the brackets of "(1,234.50)". It is that of the
//     result;
//   - the groups of digits, in threes or as in ₹1,23,456.00, by comma, dot, space, apostrophe
//     or underscore; a number without groups gets none;
//   - the comma or dot before decimals, and their number;
//   - space around.
//
// A text with both has the decimals behind the last. "1,234" is a number of thousands, since
// three digits are a group, and "1,2" has a decimal. "1.234" has three decimals, as plain
// decimal text has, but at a currency it is a number of thousands, unless the currency has
// a thousand units, such as KWD. Equal numbers have equal results in every form.
//
// # Names of persons
//
// [FirstName], [LastName] and [FullName] replace a name part by part, and so does [Text]
// where it finds one: "Lena" becomes the same in "Lena Brandt", "Brandt, Lena" and "ask
// Lena". Parts stand between white space, hyphens and dots, and each has a pseudonym of
// its own, so that two members of a family keep one last name. The number of parts,
// hyphens and a comma stay visible. In a full name
//
//   - the last part is a last name, the first part a first name, and parts joined by
//     hyphens are one of them. Parts between are first names, except those that are
//     only last names in the lists or are common last names of Spain, Portugal and
//     America, those behind a particle, and what follows such a part. A name of one part
//     is a first name, but behind a title (Mr. Brandt) a last name;
//   - before a comma stands a last name, and after it first names;
//   - the first part is the last name in Chinese, Japanese and Korean characters, where a
//     name without a space has it as its first character, behind common Vietnamese last
//     names, and before two initials or more (Brandt L. M.);
//   - particles (van, von, de, la, al, bin and others) are left out, unless the name
//     begins or ends with them; so are titles in front (Dr, Prof, Mr, Mrs and others) and
//     what follows a name (Jr, II, Ph.D. and others);
//   - what stands in parentheses, and a name at birth (geb., née), is not the last part;
//   - a single letter becomes the initial of the name that the letter alone becomes. It
//     does not agree with the name that it stands for.
//
// A text of more than twelve parts is drawn as a whole.
//
// [Person] composes e-mail addresses and user names of the pseudonyms of the names in the
// same item, or of a name that is drawn from an id.
//
// A value that says that there is no name, place or company stays as it is: "-", "?" and
// other punctuation alone, and in any case, also in brackets, "n/a", "unknown", "none", "null", "not
// available" and the like. [Text] looks for no such name. Persons of that name exist: one
// whose last name is Null keeps it in an attribute of its own.
//
// # Places
//
// [Place] gives the city, the state, the ZIP code and the phone number of an item to one
// place, which it draws from an id. Without it, each is drawn on its own. [FullAddress] is
// always of one place.
//
// # What a pseudonym does not hide
//
//   - That two values are equal, and how often a value occurs, except with [PerItem].
//     Where few values are likely (a diagnosis, a postcode, a manager's name), their
//     frequency identifies them.
//   - A value from anyone who can write to the source and read the destination: they
//     store a guess and look for its pseudonym.
//   - Anything from anyone who has the key: they compute the pseudonyms of guesses, and
//     can reverse any transformer that is [dynsync.UniquenessExact].
//   - What an option keeps ([PreserveDomain], [PreserveLength], the first digits of a
//     card number), what [Mask], [Truncate], [Round], [Noise] and the shifts leave, and
//     which attributes an item has.
//
// The result is pseudonymized data: values that identify a person in combination with
// other data may still be personal data under the law.
//
// Unless an option keeps it, a value stays as it is only by chance: the probability is
// one in the number of possible results. That number is at least 64, or the number that
// the anonymizer's comment states, as for [Gender] and [OneOf]. If an option that
// follows the value would leave fewer results, such as [PreserveLength] for a name of
// one letter, the anonymizer ignores the option or does not apply. The choice never
// excludes the value itself, because that would reveal what the value is not.
// [dynsync.Description] reports what may stay as its Class, and CLASSES.md lists it.
//
// # Uniqueness
//
// Each anonymizer's comment and description say whether two values can have the same
// pseudonym:
//
//	injective            never                                      Digits, Alphanumeric, Counter, ULID, KSUID, ObjectID, ShiftTTL
//	practically unique   with the tiny probability that is stated   Token, UUID, Hash, Email, URL
//	may collide          as expected (dynsync.UniquenessNone)            names, cities and all others
//
// Options can change this: [IPClass] "v6" and a long [MinLength] make IP and String
// practically unique, and an option that leaves less room, such as [PreserveLength] for
// [Email], lets pseudonyms collide.
//
// On a key attribute, dynsync refuses a transformer whose pseudonyms may collide,
// unless the rule has [dynsync.AllowCollisions].
//
// A pseudonym that cannot stand where it is to stand is drawn again, up to a thousand
// times ([dynsync.Input.Attempt]): one that contains the separator of [dynsync.Delimited],
// the text that follows its attribute in a [dynsync.Template], or what does not fit a
// modifier there; one that is too long for a key; and one that another member of the set
// has. It depends on the value and on what is demanded. So it differs from the pseudonym
// of the same value elsewhere, but only where that would not fit. The injective
// anonymizers stay so. The item fails if there is no other: [Mask], [Round] and the like
// have only one result for a value, and [Gender] has few.
//
// # The key
//
// Keep the key like a password: in a secret manager, apart from source and destination,
// and readable only by whoever runs the job. Another key gives the same values other
// pseudonyms, and old and new items no longer join: rotate the key together with a
// fresh destination. Data made under one key can be linked to all other data made under
// it. Two destinations that must not be linked need two keys.
//
// # Values that an anonymizer does not apply to
//
// An anonymizer does not apply to a value that it is not made for: [Email] does not
// apply to text that is not an e-mail address. The table's default transformer replaces
// such a value, or the item fails under [Strict]; the value never passes through. If
// one member of a set is such a value, the default transformer replaces the whole set.
// [dynsync.FirstOf] divides a set, and [dynsync.Each] applies to each member. Empty
// strings and binaries stay empty, NULL stays NULL, and missing values stay missing. A
// string that says that there is no value ("-", "n/a", "unknown") stays where a value would
// have a form, as under [Email], [Phone], [SSN] and [ShiftTime].
// A time that stands for none, such as 0001-01-01T00:00:00Z or 9999-12-31, stays under
// [ShiftTime], [ShiftTTL] and [TruncateTime]. Use [Generate] to fill in missing values.
//
// Names, places and companies keep a text that says that there is no value, such as "-" in
// a log or "n/a". To most others it is a text that does not fit, so that the default
// replaces it. Where programs compare with it, keep it by a branch in front:
//
//	dynsync.FirstOf(dynsync.PassthroughOnly("-", "n/a"), anon.Phone())
//
// No report counts the values that got the default instead. To find them before a copy,
// give the anonymizers [Strict] and range over [dynsync.Syncer.Transformed], which writes
// nothing: [dynsync.WithOnFailure] receives each such item, and the error has the path.
//
// # Data
//
// Names, places and companies come from lists of the United States, which are part of this
// module; the file NOTICE says whose they were. E-mail addresses, phone numbers, card
// numbers and social security numbers come from ranges reserved for documentation and
// fiction, where such ranges exist and no option says otherwise, so that a test environment
// cannot reach a stranger.
//
// [Scheme] is the number of everything that a pseudonym depends on beside key, options and
// value: the lists, the tables of characters and of phone numbers, and how a seed becomes
// a choice. Within a scheme none of these changes, whatever release of dynsync, of Go or of
// a library a program is built with, and equal values have equal pseudonyms. Under two
// schemes they can differ. So a copy that is joined to another one, and all runs of a job,
// should have one scheme: a job with a checkpoint refuses to go on, or to refresh a copy,
// under another scheme than that of its last run. The record of the run and the report have
// the number. The changelog marks a change of scheme, and names the anonymizers that it
// concerns; docs/versions.md has the rules.
package anon
