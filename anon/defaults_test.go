package anon

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/catalog"
)

// optionFuncs are the functions of options whose names the option's name does not give.
var optionFuncs = map[string]string{"ipClass": "IPClass"}

// TestCommentsNameTheDefaults: the comment of an option or of its anonymizer names the
// default of the catalog, and the legal range where the anonymizers agree on one.
func TestCommentsNameTheDefaults(t *testing.T) {
	docs, ranges := docComments(t), map[string]map[string]bool{}
	found := 0
	for _, e := range entries {
		for _, o := range e.options {
			doc := docs[optionFunc(o)] + " " + docs[e.goName()]
			if text := defaultText(o); text != "" {
				found++
				if !saysDefault(doc, text) {
					t.Errorf("neither %s nor %s says that the default of %s is %s", optionFunc(o), e.goName(), o.Name, text)
				}
			}
			if r := rangeText(o); r != "" {
				if ranges[o.Name] == nil {
					ranges[o.Name] = map[string]bool{}
				}
				ranges[o.Name][r] = true
			}
		}
	}
	for name, all := range ranges {
		for r := range all {
			if doc := docs[optionFunc(catalog.Option{Name: name})]; len(all) == 1 && !strings.Contains(doc, r) && !rangeElsewhere[name] {
				t.Errorf("the comment of %s does not say %s", name, r)
			}
		}
	}
	if found < 20 {
		t.Errorf("%d defaults were found", found)
	}
}

// rangeElsewhere are the options whose range the comments of anonymizers state.
var rangeElsewhere = map[string]bool{"choices": true, "maxLength": true, "minLength": true, "length": true, "min": true, "max": true}

func optionFunc(o catalog.Option) string {
	if name := optionFuncs[o.Name]; name != "" {
		return name
	}
	return strings.ToUpper(o.Name[:1]) + o.Name[1:]
}

// defaultText returns the default as comments write it, or "" for false and none.
func defaultText(o catalog.Option) string {
	switch d := o.Default.(type) {
	case nil:
		return ""
	case bool:
		if !d {
			return ""
		}
	case int:
		return grouped(d)
	}
	return fmt.Sprint(o.Default)
}

// rangeText returns the legal range of a whole number as comments write it.
func rangeText(o catalog.Option) string {
	if o.Type != catalog.Int || o.Min == 0 && o.Max == 0 {
		return ""
	}
	return grouped(int(o.Min)) + " to " + grouped(int(o.Max))
}

// grouped writes a number of up to seven digits with commas.
func grouped(n int) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%d,%03d,%03d", n/1_000_000, n/1000%1000, n%1000)
	case n >= 1000:
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	return fmt.Sprint(n)
}

// saysDefault reports whether a sentence that speaks of a default has the text.
func saysDefault(doc, text string) bool {
	for _, sentence := range regexp.MustCompile(`[.;:)] |\.$`).Split(doc, -1) {
		if strings.Contains(sentence, "default") && regexp.MustCompile(`(^|[^\w,])`+regexp.QuoteMeta(text)+`($|[^\w,]|,[^\d])`).MatchString(sentence) {
			return true
		}
	}
	return false
}
