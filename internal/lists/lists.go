// Package lists has the words that pseudonyms are made of: names of persons, places and
// companies of the United States, and the countries of ISO 3166-1. It imports nothing, so
// that no release of a library changes them. Within a scheme (internal/scheme) a list
// never changes, neither its words nor their order. Nobody may write to the lists.
package lists

//go:generate go test -run ^TestGenerated$ -update
