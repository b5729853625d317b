// Package anon anonymizes attribute values for dynsync: names, addresses, phone
// numbers and the like are replaced by pseudonyms that look real and stay
// consistent, and that nobody without the job's key can trace back.
//
//	dynsync.WithTransform("Name", anon.FullName()),
//	dynsync.WithTransform("Emails", anon.Email(anon.PreserveDomain())), // a string set stays one
//	dynsync.WithTransform("PK", dynsync.Template("CUSTOMER#{Email}")),
//
// # What a pseudonym is made of
//
// HMAC-SHA-256, under a subkey of the key that [dynsync.WithKey] sets (HKDF), of
// a domain and the value's canonical form seeds every choice. So equal values have
// equal pseudonyms, in every attribute, table, run and process that has the key,
// and joins survive. The domain is the kind of the pseudonym, unless [In] names
// another: every [Email] of a job agrees, and an e-mail address never says
// anything about a name. The canonical form makes one of what means the same:
// e-mail addresses in other case, phone numbers written otherwise.
//
// [PerItem] adds the table's name, the item's key and the path: equal values no longer
// show as equal, and can no longer be joined. Take it wherever nothing joins on the
// value.
//
// # What it does not hide
//
//   - That two values are equal, and how often a value occurs, but for [PerItem].
//     Where few values are likely (a diagnosis, a postcode, a boss's name), their
//     frequency tells them apart.
//   - A value from somebody who can write to the source and read the copy: they
//     store a guess and look for its pseudonym.
//   - Anything from somebody who has the key: they compute the pseudonyms of their
//     guesses. What is [dynsync.Injective] can be reversed with the key.
//   - What an option keeps ([PreserveDomain], [PreserveLength], the first digits of
//     a card number), what [Mask], [Truncate], [Round], [Noise] and the shifts
//     leave, and which attributes an item has.
//
// Data that was anonymized in this way is pseudonymous: what identifies a person
// together with other data may still be personal data in the sense of the law.
//
// A value stays as it is by chance only, one time in as many results as there are, unless
// an option keeps it: of 64 at least, or of as many as the comment says where they are few
// by nature, as for [Gender] and [OneOf]. An option that follows the value and leaves
// fewer is given up for it, such as [PreserveLength] of a name of one letter, or the
// anonymizer does not apply. No draw leaves the value out: that would tell that it is not
// the result. [dynsync.Description] has as Class what may stay, and CLASSES.md lists it.
//
// # Which transformer to take
//
// Of a value that is joined on, a keyed pseudonym. Of one that must be there and
// look real, the same with [PerItem]. Of one that need not look like anything, the
// default transformer, [dynsync.Pseudonym], or [Redact]. Of one that is not needed,
// [dynsync.Remove].
//
// How far pseudonyms are unique is part of each one's comment and description:
//
//   - Injective: different values have different pseudonyms ([Digits],
//     [Alphanumeric], [ShiftTTL]).
//   - Practically unique: a clash is as unlikely as the comment says ([Token],
//     [UUID], [Hash], [Email], [URL]).
//   - Many to one: different values are expected to share a pseudonym (names,
//     cities). The preflight refuses them on key attributes, unless the rule says
//     [dynsync.AllowCollisions].
//
// Members of a set stay distinct: where two would be equal another pseudonym is
// drawn for one of them, which then differs from that of the same value elsewhere. A
// set fails its item where there is no other: [Mask], [Round] and the like draw
// nothing, and [Gender] has few.
//
// # The key
//
// Keep it like a password, in a secret manager, apart from source and copy; whoever
// runs the job needs it, and nobody else does. Whoever refreshes a copy under
// another key gets other pseudonyms for the same values: rotate it with a fresh
// destination, or old and new items no longer join. Data made under one key can be
// linked to other data made under it; two copies that must not be linked need two
// keys.
//
// # Values that do not fit
//
// A value that an anonymizer is not made for, such as text that is no e-mail address
// for [Email], gets the table's default transformer, or fails the item under [Strict].
// It is never passed through. A set with such a member gets the default as a whole:
// [dynsync.FirstOf] divides it, and [dynsync.Each] goes member by member. Empty strings
// and binaries stay empty, NULL stays NULL and what is missing stays missing: see
// [Generate] for what makes values of nothing.
//
// # Data
//
// Names, places and companies are those of gofakeit/v7, which has them for the
// United States. A new version of it, or of this module, may give other pseudonyms:
// a checkpoint that was made with another version should not be resumed
// ([dynsync.WithRulesVersion]). E-mail addresses, phone numbers, card numbers and
// social security numbers are of ranges reserved for documentation and fiction
// where there are any, unless an option says otherwise, so that a test environment
// cannot reach a stranger.
package anon
