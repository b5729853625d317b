package groups

import (
	"regexp"
	"strings"
)

// Path returns a document path with [*] for each index. Names in quotes stay.
func Path(path string) string {
	return indexes.ReplaceAllStringFunc(path, func(part string) string {
		if part[0] == '[' {
			return "[*]"
		}
		return part
	})
}

// indexes matches a name in quotes, or an index.
var indexes = regexp.MustCompile(`"(?:[^"]|"")*"|\[[0-9]+\]`)

// Reason returns a reason with … for each number, digest and ID of a request that can differ
// from item to item. Lines, columns and HTTP statuses stay: they tell reasons apart.
func Reason(reason string) string {
	reason = requestIDs.ReplaceAllString(reason, "${1}…")
	var b strings.Builder
	at := 0
	for _, m := range numbers.FindAllStringIndex(reason, -1) {
		if !varies(reason, m[0], m[1]) {
			continue
		}
		b.WriteString(reason[at:m[0]])
		b.WriteString("…")
		at = m[1]
	}
	b.WriteString(reason[at:])
	return b.String()
}

// requestIDs matches the ID of a request behind what says so: letters and digits, or a UUID.
var requestIDs = regexp.MustCompile(`([,[] ?request )[\pL\d_-]+`)

// numbers matches a word of digits and letters, with separators within a number.
var numbers = regexp.MustCompile(`[\pL\d_]+(?:[.,]\d+)*`)

// varies reports whether a word of a reason is a number or a digest of an item.
func varies(reason string, from, to int) bool {
	word, before := reason[from:to], reason[:from]
	if digest.MatchString(word) {
		return true
	}
	if !number.MatchString(word) {
		return false
	}
	for _, place := range [...]string{"line ", "column ", "HTTP "} {
		if strings.HasSuffix(before, place) {
			return false
		}
	}
	return !inQuotes(before)
}

// inQuotes reports whether what follows the text stands between two quotes: it is a part
// of a pattern or a name.
func inQuotes(before string) bool { return strings.Count(before, `"`)%2 == 1 }

var (
	number = regexp.MustCompile(`^\d+(?:[.,]\d+)*$`)
	digest = regexp.MustCompile(`^[0-9a-f]{16,}$`)
)
