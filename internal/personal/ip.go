package personal

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// IPs calls do for each IP address of a text. Four numbers with dots behind a word
// such as "version" are none.
func IPs(text string, do func(Span)) {
	for i := 0; i < len(text); {
		if !inAddress(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && inAddress(text[end]) {
			end++
		}
		if e := addressEnd(text, i, end); e > 0 {
			do(Span{i, e})
		} else if start := strings.LastIndexByte(text[i:end], ':') + 1; start > 0 { // "ip:192.0.2.1"
			if e := addressEnd(text, i+start, end); e > 0 {
				do(Span{i + start, e})
			}
		}
		i = end
	}
}

func inAddress(b byte) bool {
	return IsDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'f' || b == ':' || b == '.'
}

// versionWords stand before four numbers that are a version or a section.
var versionWords = []string{"version", "ver.", "ver ", "release", "build", "firmware", "driver", "revision", "section", "chapter", "kapitel", "abschnitt", "§", "v. "}

// addressEnd returns where the address ends that begins at start, and 0 if there
// is none. A dot or colon at its end is punctuation, and so is a colon and a port.
func addressEnd(text string, start, end int) int {
	const longest = 45 // "0000:…:0000:255.255.255.255"
	word := text[start:end]
	if len(word) < len("::1") || len(word) > longest+len(":65535.") || !strings.ContainsAny(word, "0123456789") {
		return 0
	}
	if r, _ := utf8.DecodeLastRuneInString(text[:start]); start > 0 && (r == '_' || fold.IsLetter(r) && !fold.IsUnspaced(r) || fold.IsDigit(r)) {
		return 0
	}
	if r, _ := utf8.DecodeRuneInString(text[end:]); end < len(text) && (r == '_' || fold.IsLetter(r) && !fold.IsUnspaced(r)) {
		return 0
	}
	trimmed := strings.TrimRight(word, ".")
	if strings.HasSuffix(trimmed, ":") && !strings.HasSuffix(trimmed, "::") {
		trimmed = trimmed[:len(trimmed)-1]
	}
	addr, err := netip.ParseAddr(trimmed)
	if last := strings.LastIndexByte(trimmed, ':'); err != nil && last > 0 {
		trimmed = trimmed[:last]
		addr, err = netip.ParseAddr(trimmed)
	}
	if err != nil || addr.Is4() && HasKeyword(text, start, 12, versionWords) {
		return 0
	}
	return start + len(trimmed)
}
