// Package script runs JavaScript as a transformer, so that the logic of a rule can
// stand in a configuration instead of a Go program.
//
//	dynsync.WithTransform("Email", script.Transform(`return value.toLowerCase()`))
//	dynsync.WithTransform("Label", script.Generate(`return record.Country + "-" + record.Plan`))
//
// The language is ECMAScript 2015 with most later features, in strict mode. The engine
// is github.com/dop251/goja, which is written in Go and has no just-in-time compiler. A
// script takes microseconds where a Go function takes nanoseconds.
//
// Regular expressions are those of ECMAScript 2018. The flags d and v are errors, and
// so are unknown properties under the flag u, such as \p{Script_Extensions=Greek}.
// Where the engine would match differently from JavaScript, this package rewrites the
// expression; source and toString still return the text in the code.
//
// # What a script sees
//
// The code for [Transform] is the body of a function (value, record), and the code for
// [Generate] that of a function (record). value is the value at the rule's path. record
// is the item as it was read, an object with its attributes; it is built only for code
// that mentions it. Both are copies that belong to the call.
//
//	S           string; a lone surrogate stays one
//	N           number, BigInt or Decimal, whichever represents it exactly (see below)
//	B           Uint8Array
//	BOOL, NULL  boolean, null
//	M           object without a prototype, so that "__proto__" is a key like others
//	L           array
//	SS, NS, BS  array, which becomes a set of that data type again
//	missing     undefined
//
// An N is a number if it is an integer up to ±(2⁵³-1), or a decimal that JavaScript
// prints with the same value (0.1, 12.50). Other integers are BigInts. Any other N,
// such as 0.12345678901234567890, is a Decimal: an object for which String(d) returns
// the text. A script cannot calculate with a Decimal; wherever the script puts it, it
// stays that number. dynsync.decimal(text) makes a Decimal. A number therefore changes
// only if the script changes it. [NumbersAsStrings] gives the script text instead.
//
// # What it returns
//
// A string, boolean, null, number, BigInt, Decimal, Uint8Array, array or object becomes
// a value of the matching data type. An array that the script received as a set becomes
// that set again, wherever the script puts it. An array that the script made becomes a
// set where the value has a set in the same place: as the whole value, under the same
// map keys, or at the same index of a list of unchanged length. Equal members, members
// of another data type and an empty set fail the item.
//
// An object becomes a map of its own enumerable properties. Functions, symbols, Dates,
// Maps, Promises and the like are errors. So is undefined, even as a part of the
// result: a script keeps nothing by accident, and states what it means instead:
//
//	return dynsync.keep()   // the value as it is, byte for byte
//	return dynsync.remove() // no value
//	return dynsync.skip()   // dynsync.ErrNotApplicable: the default transformer replaces the value
//
// # Anonymizers
//
// The object dynsync has a function for every anonymizer of package anon, under its
// name in a rules file. A function takes the value and an object of options:
//
//	return dynsync.email(value, {preserveDomain: true})
//	return "CUSTOMER#" + dynsync.token(value.split("#")[1], {in: "customer"})
//
// It returns what a rule with that anonymizer would make of the value in the same
// place. If the anonymizer does not apply, the function throws; unless the script
// catches that exception, the default transformer replaces the script's value.
// [dynsync.New] reports unknown names, and wrong options if they are literals.
//
// [dynsync.WithLeakCheck] searches the item for the value and for each part of it that
// the script passes to a function of dynsync, such as value.split("#")[1].
//
// # The sandbox
//
// A script has the built-in objects of the language and dynsync. It has no require,
// import, console, timers, files or network; no eval, Function, Proxy, Promise or
// Symbol.for; and of the typed arrays only Uint8Array. All objects that it did not make
// are frozen, so that it cannot carry anything from one call to the next, for any
// worker or item.
//
// The same input gives the same output. Math.random draws from the job's key, the value
// and its place. There is no clock: Date.now() and new Date() without arguments throw.
// The only time zone is UTC: local times are UTC, and toString returns what toUTCString
// does. The toLocale methods of dates, toDateString and toTimeString are missing.
//
// # Limits
//
// [Timeout], [MaxDepth] and [MaxSize] limit each call. The end of the context also
// stops a call, within about 10 ms. No limit interrupts a built-in function. Those that
// can produce large results from small arguments have limits of their own:
//
//	string   4,194,304 characters    repeat, padStart, padEnd, concat, join, +, templates
//	string   67,108,864 characters   replace, replaceAll
//	BigInt   65,536 bits             +, *, **, <<
//	array    1,048,576 elements      functions of arrays, Array(n), ...
//	JSON     500 levels
//
// A string or BigInt may reach twice its limit.
//
// The engine has no means to limit:
//
//   - Memory. Only [Timeout] limits the number of values and the growth of arrays, maps
//     and objects.
//   - What a script does after it caught the exception of a limit, and the operators
//     **= and <<= on BigInts in properties.
//   - A regular expression that backtracks exponentially over lookarounds,
//     backreferences or repeated matches. One such match ends after a minute, and ends
//     the call. For that, this package sets regexp2.DefaultMatchTimeout of the engine's
//     github.com/dlclark/regexp2/v2, unless the program has set a shorter one; Timeout
//     must then be shorter still.
//   - An iterator whose next never reports done. The call does not return.
//   - A toString that calls itself, such as {toString: String.prototype.trim}. The call
//     overflows the Go stack, and the process ends.
//
// The sandbox contains mistakes and keeps data in place. It does not stop an author who
// means harm: give the right to change scripts only to those who may change the job.
//
// # Errors
//
// The text of an exception often contains the value that caused it. This package never
// prints it: the item's error states that the script threw and where, or which limit or
// rule of this package it broke. Unwrap returns the exception.
package script
