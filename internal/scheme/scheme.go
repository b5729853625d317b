// Package scheme numbers the schemes of pseudonyms.
package scheme

// Number is the scheme of this release: it stands for all that a pseudonym depends on beside
// key, options and value, which are the lists of names and places, the tables of characters
// and of phone numbers, what [dynsync] makes of a default pseudonym, and how keyed
// randomness is made and read. Under one scheme none of these changes. A change of one
// raises the number; so equal values can have different pseudonyms under two schemes.
//
// [dynsync]: https://pkg.go.dev/github.com/dynsync/dynsync
const Number = 1
