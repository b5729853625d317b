// Package fold makes one text of texts that read the same. It imports nothing, and its
// tables are those of one version of Unicode, [Unicode]: no result depends on the release
// of Go or of a library.
//
// There are two forms, and each has a variant without case:
//
//	Form, Case         of words, such as names and addresses
//	Plain, PlainCase   of what has a syntax, such as e-mail addresses and phone numbers
//
// Both put composed characters for letters and their marks (normal form C), a hyphen for
// dashes, a space for other spaces and an apostrophe for its other shapes, and leave out
// what nobody sees. Form also puts their letters and digits for compatibility characters
// (normal form KC): for full-width letters, ligatures, and circled digits. Plain puts a
// character of ASCII for what looks like it, and a decimal digit of ASCII for one of any
// script; it leaves all other characters as they are.
//
// Bytes that are not UTF-8, such as those of lone surrogates, stay as they are. All
// functions take time linear in the length of the text, and return the text itself, without
// an allocation, if it is in the form already.
package fold

//go:generate go test -run ^TestGenerated$ -update

// NFC returns a text in Unicode's normal form C.
func NFC(text string) string { return normalize(text, canonical) }

// NFKC returns a text in Unicode's normal form KC.
func NFKC(text string) string { return normalize(text, compatible) }

// Form returns the form of a text in which words that read the same are equal, apart from
// case. It is NFKC with apostrophes for their other shapes, quotation marks included, with
// hyphens for dashes and spaces for other spaces, and without invisible characters.
func Form(text string) string { return normalize(text, written) }

// Plain returns the form of a text with characters of ASCII for those that look like one,
// in NFC otherwise.
func Plain(text string) string { return normalize(text, plain) }

// Case returns [Form] without case: by Unicode's full case folding, in which ß is ss and ς
// is σ. Four letters are one: I, i, and the Turkish ı and İ, since the capital of ı is the
// I of other languages.
func Case(text string) string { return caseless(text, written) }

// PlainCase returns [Plain] without case, by Unicode's simple case folding, which leaves
// the number of characters, and ß. I, i, ı and İ are one here, too: programs that run in
// Turkish write addresses so.
func PlainCase(text string) string { return caseless(text, plain) }

// caseless returns a text in a form and with its characters folded, which may need the
// form again.
func caseless(text string, f form) string {
	if f.ascii(text) {
		return lowerASCII(text)
	}
	text = normalize(text, f)
	out := make([]byte, 0, len(text)+len(text)/8)
	dot := false // dots above belong to the i before them
	for i := 0; i < len(text); {
		r, size := decode(text, i)
		switch {
		case r == dotAbove && dot:
		case r < 0:
			out, dot = append(out, text[i]), false
		default:
			out, dot = f.appendFolded(out, r), isI(r) || dot && isBelow(r)
		}
		i += size
	}
	if string(out) == text {
		return text
	}
	return normalize(string(out), f)
}

// appendFolded appends a character without case: by full case folding in [Form], and by
// simple case folding in [Plain].
func (f form) appendFolded(out []byte, r rune) []byte {
	switch {
	case r == 'ı' || r == 'İ':
		return append(out, 'i')
	case f == written:
		if to := fullOf(r); to != "" {
			return append(out, to...)
		}
	}
	return encode(out, Simple(r))
}

// dotAbove is the dot of an İ that is taken apart, which lower case leaves behind the i.
const dotAbove = '\u0307'

// isI reports whether r is one of the letters that are i without case, also with marks that
// let a dot above combine with it.
func isI(r rune) bool {
	if r == 'i' || r == 'I' || r == 'ı' || r == 'İ' {
		return true
	}
	if recordOf(r).class&decomposes == 0 {
		return false
	}
	for at, part := range canonical.in(r) {
		if at == 0 && !isI(part) || at > 0 && !isBelow(part) {
			return false
		}
	}
	return canonical.in(r) != ""
}

// isBelow reports whether r is a mark that lets one above combine with the letter before.
func isBelow(r rune) bool { return markOf(r) != 0 && markOf(r) != markOf(dotAbove) }

// lowerASCII returns a text of ASCII in lower case.
func lowerASCII(text string) string {
	for i := range len(text) {
		if isUpperASCII(text[i]) {
			out := []byte(text)
			for ; i < len(out); i++ {
				if isUpperASCII(out[i]) {
					out[i] |= 0x20
				}
			}
			return string(out)
		}
	}
	return text
}

func isUpperASCII(b byte) bool { return b-'A' < 26 }

// Trim returns a text without white space around it.
func Trim(text string) string {
	for text != "" {
		r, size := decode(text, 0)
		if !IsSpace(r) {
			break
		}
		text = text[size:]
	}
	for text != "" {
		r, size := decodeLast(text)
		if !IsSpace(r) {
			break
		}
		text = text[:len(text)-size]
	}
	return text
}

// Fields returns the parts of a text between white space.
func Fields(text string) (fields []string) {
	start := -1
	for i := 0; i < len(text); {
		r, size := decode(text, i)
		switch space := IsSpace(r); {
		case space && start >= 0:
			fields, start = append(fields, text[start:i]), -1
		case !space && start < 0:
			start = i
		}
		i += size
	}
	if start >= 0 {
		fields = append(fields, text[start:])
	}
	return fields
}

// Spaced returns a text with one space for each run of white space, and none around it.
func Spaced(text string) string {
	if isSpaced(text) {
		return text
	}
	out := make([]byte, 0, len(text))
	for _, field := range Fields(text) {
		if len(out) > 0 {
			out = append(out, ' ')
		}
		out = append(out, field...)
	}
	return string(out)
}

// isSpaced reports whether a text has no white space but single spaces between others.
func isSpaced(text string) bool {
	space := true // another may not follow
	for i := 0; i < len(text); {
		r, size := decode(text, i)
		if IsSpace(r) {
			if space || r != ' ' {
				return false
			}
			space = true
		} else {
			space = false
		}
		i += size
	}
	return !space || text == ""
}
