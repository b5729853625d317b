// Package near finds the name that was probably meant by one that names nothing. Whatever
// of dynsync asks "did you mean" asks this package.
package near

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name returns the one of names that is most like the given one, the first of several, or
// "" if none is like it: case counts for nothing, one may be the beginning of the other,
// and at most two characters, or a third of the given ones, may differ.
func Name(given string, names []string) string {
	lower := strings.ToLower(given)
	best, least := "", 2*min(2, utf8.RuneCountInString(lower)/3)+1
	for _, name := range names {
		if d := difference(lower, strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

// Suggest returns "; did you mean name?" for the [Name] that is most like the given one,
// or "".
func Suggest(given string, names []string) string {
	if name := Name(given, names); name != "" {
		return "; did you mean " + name + "?"
	}
	return ""
}

// sureLength is how many characters a name has of which one can be wrong beyond doubt, and
// surerLength that of two.
const (
	sureLength  = 4
	surerLength = 8
)

// Sure reports whether given is no other name than name, but a slip in writing it: another
// case, other separators, a letter that is doubled or is not, or a letter or two that are
// missing, wrong, too many or in the wrong order. Names that differ at their end, as Email and Emails, or in a digit, are
// mostly two names.
func Sure(given, name string) bool {
	if given == name {
		return false
	}
	a, b := plain(given), plain(name)
	switch {
	case digits(a) != digits(b):
		return false
	case squeezed(a) == squeezed(b):
		return a != ""
	case strings.HasPrefix(a, b), strings.HasPrefix(b, a):
		return false
	}
	switch n := min(utf8.RuneCountInString(a), utf8.RuneCountInString(b)); {
	case n < sureLength:
		return false
	case n < surerLength:
		return distance(a, b) == 1
	}
	return distance(a, b) <= 2
}

// plain returns a name in lower case and without separators.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// squeezed returns a name without letters that repeat the one before them.
func squeezed(name string) string {
	var last rune
	return strings.Map(func(r rune) rune {
		if r == last && !unicode.IsDigit(r) {
			return -1
		}
		last = r
		return r
	}, name)
}

// digits returns the digits of a name.
func digits(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, name)
}

// difference returns 0 for equal names, 1 if one begins with the other, and twice
// their distance otherwise.
func difference(a, b string) int {
	short, long := min(len(a), len(b)), max(len(a), len(b))
	if a != b && short >= 3 && long <= 3*short && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
		return 1
	}
	return 2 * distance(a, b)
}

// distance returns how many characters have to be inserted, removed, replaced or swapped
// with the next to make b of a (optimal string alignment). Of texts whose lengths differ by
// more than 2 it returns that.
func distance(left, right string) int {
	a, b := []rune(left), []rune(right)
	if d := len(a) - len(b); d > 2 || d < -2 {
		return max(d, -d)
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
