// Package fitting lets errors about a key say which anonymizers would take its value. The
// root, which imports no anonymizers, asks; package anon, if the program has it, answers.
package fitting

// names is what package anon has set, or nil.
var names func(kind, text string) []string

// Set is called by package anon when it starts. f is as [Names], with at most a few names.
func Set(f func(kind, text string) []string) { names = f }

// Names returns the anonymizers, in Go, that keep different values of a key different and
// are made for values of the form that this one has, which is of kind S, N or B. Those that
// suit it best come first. There are none in a program that does not import package anon.
func Names(kind, text string) []string {
	if names == nil {
		return nil
	}
	return names(kind, text)
}
