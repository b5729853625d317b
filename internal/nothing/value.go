package nothing

import (
	"strings"

	"github.com/dynsync/dynsync/internal/fold"
)

// longest is longer than any text that stands for nothing.
const longest = 128

// Value reports whether a text says that there is no value: no name, place or company, or
// no time.
func Value(text string) bool {
	return len(text) < longest && (Time(text) || isEndOfDates(text)) || Word(text)
}

// Word reports whether a text says that there is no value, as [Name] has it, in any
// spelling.
func Word(text string) bool {
	return len(text) < longest && Name(fold.Spaced(fold.Case(text)))
}

// isEndOfDates reports whether a text is the first day of the year 1 or the last of the year
// 9999, alone or with the time at which it begins or ends.
func isEndOfDates(text string) bool {
	if rest, ok := strings.CutPrefix(text, "0001-01-01"); ok {
		return allIn(rest, "Tt 0:.Zz+")
	}
	rest, ok := strings.CutPrefix(text, "9999-12-31")
	return ok && (allIn(rest, "Tt 0:.Zz+") || allIn(rest, "Tt 23:59.Zz"))
}

func allIn(text, alphabet string) bool { return strings.Trim(text, alphabet) == "" }
