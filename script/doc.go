// Package script runs JavaScript as a transformer: rules whose logic stands in
// a configuration instead of a Go program.
//
//	dynsync.WithTransform("Email", script.Transform(`return value.toLowerCase()`))
//	dynsync.WithTransform("Label", script.Generate(`return record.Country + "-" + record.Plan`))
//
// The language is ECMAScript 2015 with most of what came later, in strict mode,
// by [github.com/dop251/goja]: in pure Go, without cgo and without a just-in-time
// compiler. A script costs microseconds where a Go function costs nanoseconds.
//
// Regular expressions are those of ECMAScript 2018: the flags d and v are errors, and
// so are, under the flag u, properties that are not known here, such as
// \p{Script_Extensions=Greek}. Where the engine would match otherwise than JavaScript, they
// are rewritten; source and toString tell the text in the code.
//
// # What a script sees
//
// Of [Transform] the script is the body of a function (value, record), of
// [Generate] that of a function (record). value is the value at the rule's path;
// record is the item as it was read, an object of its attributes, and is built
// only for code that mentions it. Both are copies made for the call.
//
//	S           string; a lone surrogate stays one
//	N           number, BigInt or Decimal, whichever is exactly it (see below)
//	B           Uint8Array
//	BOOL, NULL  boolean, null
//	M           object without a prototype, so that "__proto__" is a name like others
//	L           array
//	SS, NS, BS  array, which becomes a set of that kind again
//	missing     undefined
//
// An N is a number if it is an integer up to ±(2⁵³-1), or a decimal whose text
// JavaScript would print again, by value (0.1, 12.50). Other integers are
// BigInts. What is left, such as 0.12345678901234567890, is a Decimal: an object
// whose String(d) is the text, which cannot be calculated with, and which stays
// that number wherever the script puts it. dynsync.decimal(text) makes one. So
// no number changes unless the script changes it. [NumbersAsStrings] gives text
// instead.
//
// # What it returns
//
// A string, boolean, null, number, BigInt, Decimal, Uint8Array, array or object
// becomes the value of its kind. An array that the script was given as a set
// becomes that set again, wherever it is put; one that the script made becomes a
// set where the value has a set at the same place: as the whole, under the same
// names, or in a list of unchanged length at the same index. A member that is
// not of the set's kind fails the item, and so do equal members and an empty
// set. Objects are taken by their own enumerable members. Functions, symbols,
// Dates, Maps, Promises and the like are errors, and so is undefined, as a part
// too: nothing is kept by accident. Say so instead:
//
//	return dynsync.keep()   // the value as it is, byte for byte
//	return dynsync.remove() // no value
//	return dynsync.skip()   // dynsync.ErrNotApplicable: the default transformer's
//
// # Anonymizers
//
// Every function of package anon is one of dynsync, by the name that package anon and
// the rules files have for it, with the value and, in an object, the options:
//
//	return dynsync.email(value, {preserveDomain: true})
//	return "CUSTOMER#" + dynsync.token(value.split("#")[1], {in: "customer"})
//
// It gives what a rule with that anonymizer would give for the value in the script's
// place. One that does not fit throws, which gives the script's value to the default
// transformer if nothing catches it. [dynsync.New] reports names that are none, and
// options that are wrong where they are literals.
//
// To [dynsync.WithLeakCheck] the value is an original, and so is each part of it that
// the script gives to a function of dynsync, such as value.split("#")[1].
//
// # The sandbox
//
// A script has the language's own objects and dynsync, and no others: no
// require, import, console, timers, files or network, no eval, Function, Proxy,
// Promise and Symbol.for, and of typed arrays only Uint8Array. Everything that
// it did not make itself is frozen, so that it cannot keep anything from one
// call to the next, whatever worker or item that is for.
//
// The same input gives the same output. Math.random is keyed randomness, drawn
// for the value at its place under the job's key. There is no clock: Date.now()
// and new Date() without arguments throw. Dates have no time zone but UTC: what
// is local time elsewhere is UTC here, and toString prints what toUTCString does;
// the toLocale methods of dates, toDateString and toTimeString are left out.
//
// # Limits
//
// [Timeout], [MaxDepth] and [MaxSize] bound a call, and the end of the context
// ends it within about 10 ms. Built-in functions are not interrupted. Those that
// can make much of little are bounded: repeat, padStart, padEnd, concat, join,
// +, *, **, << and templates to strings of 4,194,304 characters and BigInts of
// 65,536 bits, or twice that; replace and replaceAll to 16 times that; functions
// of arrays, Array(n) and ... to a length of 1,048,576; JSON to 500 levels. What the
// engine does not let anyone bound:
//
//   - Memory, as such: many values, or growing arrays, maps and objects, are
//     bounded by the Timeout alone.
//   - What a script goes on to do after it caught the exception of a bound, and
//     the operators **= and <<= of BigInts in members of objects.
//   - A regular expression that backtracks, by lookaround, backreferences or
//     repeated matching, over what it makes exponential: one match ends after a
//     minute, and the call with it. This sets regexp2.DefaultMatchTimeout of the
//     engine's [github.com/dlclark/regexp2/v2], unless the program has set less,
//     which every Timeout is below then.
//   - Built-in functions that are put where others call them without end: a next
//     of an iterator that never says done, or a toString like that of
//     {toString: String.prototype.trim}, which ends the process.
//
// So the sandbox holds mistakes, and keeps data where it belongs. It is not a
// wall against somebody who writes scripts to do harm: give the right to change
// them to whom you would give the right to change the job.
//
// # Errors
//
// The text of an exception often holds the value that it is about. So it is
// never printed: the item's error says that the script threw and where, or which
// limit or rule of this package it met, and Unwrap has the exception.
package script
