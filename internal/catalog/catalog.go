// Package catalog describes the anonymizers of package anon to those who name them in
// text: rules files, scripts and the documentation.
package catalog

import (
	"fmt"

	"github.com/dynsync/dynsync"
)

// A Spec describes an anonymizer.
type Spec struct {
	Name       string // "email", for the function Email
	Doc        string // what it does, as sentences
	Kinds      []dynsync.Kind
	Uniqueness dynsync.Uniqueness // with the default options
	Drawn      bool               // as in dynsync.Description, with the default options
	// Class, Classes and Keeps are as in [dynsync.Description], with the default options.
	Class   dynsync.Class
	Classes map[dynsync.Kind]dynsync.Class
	Keeps   string
	// Few tells how many results there are, where there may be fewer than 64.
	Few     string
	Options []Option
	// New makes the anonymizer with options by name, as text formats have them: bool,
	// integer and float types, json.Number, string, []string and []any of strings. It is
	// an error if the options are not legal.
	New func(options map[string]any) (dynsync.Transformer, error)
}

// all is what package anon has set.
var all []Spec

// Set is called by package anon when it starts, with its anonymizers, sorted by name.
func Set(specs []Spec) { all = specs }

// All returns the specs of all anonymizers, sorted by name. There are none in a program
// that does not import package anon.
func All() []Spec { return all }

// New returns the anonymizer of that name with these options. It is an error if there is
// none, or if the options are not legal.
func New(name string, options map[string]any) (dynsync.Transformer, error) {
	for _, s := range all {
		if s.Name == name {
			return s.New(options)
		}
	}
	return nil, fmt.Errorf("anon: there is no anonymizer %q", name)
}
