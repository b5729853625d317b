package anon

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/dynsync/dynsync"
)

// mostFitting is how many anonymizers an error names at most.
const mostFitting = 2

// forKeys returns the anonymizers that keep different values different, each with its
// default options and with each value of an option that has few.
var forKeys = sync.OnceValue(func() []*anonymizer {
	var all []*anonymizer
	for _, e := range entries {
		for _, opts := range choices(e) {
			if a := newAnonymizer(e, opts); a.desc.Err == nil && a.desc.Uniqueness != dynsync.UniquenessNone && !a.desc.PerItem {
				all = append(all, a)
			}
		}
	}
	return all
})

// choices returns no options, and each value of each option of the entry that has a list
// of them.
func choices(e *entry) [][]Option {
	all := [][]Option{nil}
	for _, o := range e.options {
		for _, v := range o.Enum {
			all = append(all, []Option{option{o.Name, v}})
		}
	}
	return all
}

// fittingNames is [fitting.Names]. What has the fewest results for a value is the closest to
// its form.
func fittingNames(kind, text string) []string {
	var v dynsync.Value
	for _, k := range []dynsync.Kind{dynsync.KindS, dynsync.KindN, dynsync.KindB} {
		if k.String() == kind {
			v, _ = valueOf(k, text)
		}
	}
	if v.IsMissing() || text == "" {
		return nil
	}
	var fits []*anonymizer
	for _, a := range forKeys() {
		if a.suits(v, text) {
			fits = append(fits, a)
		}
	}
	slices.SortStableFunc(fits, func(a, b *anonymizer) int {
		return cmp.Or(cmp.Compare(a.sizeFor(v.Kind(), text), b.sizeFor(v.Kind(), text)), cmp.Compare(len(a.cfg.given), len(b.cfg.given)))
	})
	var names []string
	var named []*entry
	for _, a := range fits {
		if len(named) < mostFitting && !slices.Contains(named, a.entry) {
			names, named = append(names, a.goText()), append(named, a.entry)
		}
	}
	return names
}

// suits reports whether the anonymizer is made for values of some form, takes this one and
// replaces all of it. With an option, it must have far fewer results than there are texts
// of as many letters and digits, so that the form is no accident.
func (a *anonymizer) suits(v dynsync.Value, text string) bool {
	if a.entry.takes == "" || a.size == nil || a.saysNothing(text) || a.leaves != nil && v.Kind() == dynsync.KindS && a.leaves(text) {
		return false
	}
	if _, err := a.Transform(context.Background(), dynsync.Input{Value: v}); err != nil {
		return false
	}
	base := len(base62)
	if hasUpper(text) != hasLower(text) {
		base = len(alphanum)
	}
	return len(a.cfg.given) == 0 || a.sizeFor(v.Kind(), text) < power(base, len(text))/4
}

// sizeFor returns how many results there are for a text that the anonymizer takes; of
// several values, for that with the fewest.
func (a *anonymizer) sizeFor(kind dynsync.Kind, text string) float64 {
	c := newCall(context.Background(), dynsync.Input{}, kind, draw{})
	c.text = a.asRead(text)
	var ok bool
	c.canonical, c.parsed, ok = a.read(c.text)
	parts := a.divided(kind, text, ok)
	if len(parts) == 0 {
		return a.size(c)
	}
	least := math.Inf(1)
	for _, p := range parts {
		if p.by != nil {
			least = min(least, p.by.sizeFor(kind, p.text))
		}
	}
	return least
}

// goText returns the anonymizer as Go code.
func (a *anonymizer) goText() string {
	args := ""
	for _, name := range a.cfg.given {
		args = fmt.Sprintf("anon.%s(%q)", optionName(name), a.cfg.text(name))
	}
	return a.desc.Name + "(" + args + ")"
}

// optionName returns the name of the function of an option.
func optionName(name string) string {
	if name == "ipClass" {
		return "IPClass"
	}
	return asciiUpper(name[:1]) + name[1:]
}
