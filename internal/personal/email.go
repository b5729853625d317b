package personal

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// Emails calls do for each e-mail address of a text, with the parts before and behind its
// @, or a %40 as URLs have it, as far as they can belong to an address.
func Emails(text string, do func(local, domain Span)) {
	from := 0 // where the address before ends, or the @ before
	for i := 0; i < len(text); i++ {
		n := atSign(text[i:])
		if n == 0 {
			continue
		}
		start, end := localStart(text, from, i), domainEnd(text, i+n)
		if start < i && end > i+n {
			do(Span{start, i}, Span{i + n, end})
			from = end
		}
		from = max(from, i+n)
	}
}

// atSign returns how long the @ is that a text begins with, and 0 if there is none.
func atSign(text string) int {
	if text[0] == '@' {
		return 1
	}
	if strings.HasPrefix(text, "%40") {
		return len("%40")
	}
	return 0
}

// localStart returns where what stands before an @ begins, from the place from on.
func localStart(text string, from, at int) int {
	if ByteAt(text, at-1) == '"' {
		if open := strings.LastIndexByte(text[max(from, at-maxQuoted):at-1], '"'); open >= 0 {
			return max(from, at-maxQuoted) + open
		}
	}
	start, script := at, false
	for start > from {
		r, size := utf8.DecodeLastRuneInString(text[from:start])
		if !inLocal(r) && !(r == '=' && returnsTo(text[from:start])) && !(r == '’' && endsInO(text[from:start-size])) {
			break
		}
		if start == at {
			script = fold.IsUnspaced(r)
		} else if !script && fold.IsUnspaced(r) {
			break // the words before an address of a script without spaces
		}
		start -= size
	}
	for start < at {
		r, size := utf8.DecodeRuneInString(text[start:])
		if fold.IsLetter(r) || fold.IsDigit(r) {
			break
		}
		start += size
	}
	return start
}

// maxQuoted bounds a quoted local part: RFC 5321 has 64 bytes.
const maxQuoted = 66

// inLocal reports whether an address can have r before its @, unquoted. RFC 5322
// has more, and these are more often around an address than in it: * / = ? ^ ` { | }.
func inLocal(r rune) bool {
	if r < utf8.RuneSelf {
		return IsLetter(byte(r)) || IsDigit(byte(r)) || strings.ContainsRune("._+-'%~&$#!", r)
	}
	return r != utf8.RuneError && (fold.IsLetter(r) || fold.IsDigit(r) || fold.IsMark(r))
}

// endsInO reports whether a text ends in the O of a name such as O’Brien. Behind other
// letters an apostrophe more often ends a word: "l’adresse d’alice@example.com".
func endsInO(text string) bool {
	if text == "" || text[len(text)-1]|0x20 != 'o' {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(text[:len(text)-1])
	return !fold.IsLetter(r)
}

// returnsTo reports whether a text that ends in a = is the beginning of a return
// path that holds another address: "bounce+alice=example.com@lists.example.org".
func returnsTo(text string) bool {
	word := text[strings.LastIndexAny(text[:len(text)-1], " \t\n<>\"(),;:=?")+1:]
	return strings.Contains(word, "+") || strings.HasPrefix(fold.PlainCase(word), "bounce")
}

// domainEnd returns the end of the domain that begins at start, or start if there is
// none. A domain is an address in brackets, or two or more labels of letters, digits,
// hyphens and, though no host has them, underscores. Its last label begins with two
// letters.
func domainEnd(text string, start int) int {
	if ByteAt(text, start) == '[' {
		if n := strings.IndexByte(text[start:min(len(text), start+maxLiteral)], ']'); n > 1 {
			return start + n + 1
		}
	}
	end, good, labels := start, start, 0
	for {
		next := labelEnd(text, end)
		if next == end {
			return good
		}
		if labels++; labels > 1 {
			if top := topEnd(text[end:next]); top > 0 {
				good = end + top
			}
		}
		if ByteAt(text, next) != '.' {
			return good
		}
		end = next + 1
	}
}

// maxLiteral is longer than any address in brackets.
const maxLiteral = 64

// labelEnd returns where a label of a domain ends. Words of a script without
// spaces don't belong to a label of another.
func labelEnd(text string, start int) int {
	end, script := start, false
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if r != '-' && r != '_' && !fold.IsLetter(r) && !fold.IsDigit(r) && !fold.IsMark(r) {
			break
		}
		if end == start {
			script = fold.IsUnspaced(r)
		} else if !script && fold.IsUnspaced(r) {
			break
		}
		end += size
	}
	for end > start && (text[end-1] == '-' || text[end-1] == '_') {
		end--
	}
	return end
}

// topEnd returns how much of a label can be a top-level domain: its first letters,
// two at least, or all of one in Punycode.
func topEnd(label string) int {
	if len(label) > 4 && fold.PlainCase(label[:4]) == "xn--" {
		return len(label)
	}
	end, n := 0, 0
	for _, r := range label {
		if !fold.IsLetter(r) && !fold.IsMark(r) {
			break
		}
		end += utf8.RuneLen(r)
		n++
	}
	if n < 2 {
		return 0
	}
	return end
}

// emails looks for e-mail addresses, which are not of git@, the user of repositories. Behind a prefix that tells of them, a host needs no
// dot.
func (s *scan) emails() (found Look) {
	text := string(s.text)
	Emails(text, func(local, domain Span) {
		if of := text[domain.Start:domain.End]; text[local.Start:local.End] != "git" && !isVersion(of) && !isFile(of) {
			found = Look{Email, StrongLook}
		}
	})
	if found.Strength == NoLook {
		found = s.localAddress(strings.IndexByte(text, '@'))
	}
	return found
}

// localAddress looks at a name, an @ at a place and a name without a dot.
func (s *scan) localAddress(at int) Look {
	start := at
	for start > 0 && (isWord(s.text[start-1]) || s.text[start-1] == '.' || s.text[start-1] == '-') {
		start--
	}
	if start == at || !IsLetter(ByteAt(s.text, at+1)) {
		return Look{}
	}
	return Look{Email, s.strength(start, tellsEmail)}
}

// isVersion reports whether what stands behind an @ is the version of a package:
// "1.2.beta", "v1.2.rc".
func isVersion(domain string) bool {
	first, rest, _ := strings.Cut(strings.TrimPrefix(domain, "v"), ".")
	second, _, more := strings.Cut(rest, ".")
	return more && isNumber(first) && isNumber(second)
}

// isFile reports whether what stands behind an @ ends the name of a file, and holds no
// domain before: "2x.png", "1.5x.min.svg", "next.js".
func isFile(domain string) bool {
	dot := strings.LastIndexByte(domain, '.')
	if dot < 0 || !slices.Contains(fileTypes, fold.PlainCase(domain[dot+1:])) {
		return false
	}
	scale := strings.TrimRight(domain[:strings.IndexByte(domain, '.')], "xw")
	return strings.IndexByte(domain, '.') == dot || isNumber(scale)
}

// fileTypes are the ends of names of files that are no top-level domains.
var fileTypes = []string{
	"png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "ico", "bmp", "tif", "tiff", "heic", "heif",
	"js", "mjs", "cjs", "jsx", "tsx", "css", "scss", "less", "map", "wasm", "html", "htm", "xml", "json", "yaml", "yml", "toml", "txt", "csv", "tsv", "log",
	"pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "woff", "woff2", "ttf", "otf", "mp3", "mp4", "wav", "tgz", "gz", "tar", "jar", "whl", "deb", "rpm", "dll", "exe", "apk",
	"service", "socket", "timer", "mount", "slice", "scope", "swap", "device",
}

func isNumber(text string) bool { return text != "" && digitsEnd(text, 0) == len(text) }
