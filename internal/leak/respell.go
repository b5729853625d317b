package leak

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A speller makes needles of the ways to write a text that its skeleton does not cover.
type speller struct {
	l        *Check
	original int
	buf      []byte
}

// respell makes needles of the ways to write a string that its skeleton does not cover.
func (l *Check) respell(i int, text []byte, s *skeleton) {
	sp := speller{l: l, original: i, buf: l.plain[:0]}
	digits := len(s.digits) > 0
	switch {
	case s.traits&hasSign != 0:
	case digits && sp.time(text):
	case digits && s.traits&hasSpace != 0:
		sp.street(text, s)
	case s.traits&hasSpace != 0:
		sp.name(text, s)
	case s.traits&hasColon != 0 || digits && s.traits&hasPoint != 0:
		sp.id(text, s)
	}
	if s.traits&isBeyond != 0 {
		sp.umlauts(text)
	}
	l.plain = sp.buf
}

// add adds the text in buf.
func (sp *speller) add() {
	s := &sp.l.spelt
	s.readBones(sp.buf)
	if len(s.digits) == len(s.bones) {
		sp.addDigits(s.digits)
		return
	}
	sp.addBones(s.bones)
}

// addBones adds a skeleton.
func (sp *speller) addBones(bones []byte) {
	if len(bones) >= window {
		sp.l.letters.add(sp.original, bones, respelt, false)
	}
}

// addDigits adds digits.
func (sp *speller) addDigits(digits []byte) {
	if len(digits) >= window {
		sp.l.numbers.add(sp.original, digits, respelt, false)
	}
}

// addAddress makes a needle of the local part of an e-mail address, behind which the domain
// may stand in words: alice at example dot com. It returns false if that is too short.
func (l *Check) addAddress(i int, text []byte, s *skeleton) bool {
	local := text[:bytes.LastIndexByte(text, '@')]
	l.spelt.readBones(local)
	domain := len(s.bones) - len(l.spelt.bones)
	if len(s.bones) < sureBones || len(l.spelt.bones) < window || len(l.spelt.digits) == len(l.spelt.bones) {
		return false
	}
	l.addLocal(i, l.spelt.bones, domain)
	if tag := bytes.IndexByte(local, '+'); tag > 0 {
		local = local[:tag]
		if l.spelt.readBones(local); len(l.spelt.bones) >= window {
			l.addLocal(i, l.spelt.bones, domain)
		}
	}
	if bytes.IndexByte(local, '.') > 0 {
		l.plain = l.plain[:0]
		for _, c := range local {
			if c == '.' {
				l.plain = append(l.plain, "dot"...)
				continue
			}
			l.plain = append(l.plain, c)
		}
		l.spelt.readBones(l.plain)
		l.addLocal(i, l.spelt.bones, domain)
	}
	return true
}

// addLocal makes a needle of the local part of an e-mail address, behind which so many
// letters and digits stand.
func (l *Check) addLocal(i int, bones []byte, domain int) {
	l.letters.add(i, bones, address, false)
	l.letters.needles[len(l.letters.needles)-1].more = uint8(min(domain, longestText))
}

// longestTag is how many bytes the tag of an e-mail address has at most, with its plus.
const longestTag = 64

// tagEnd returns where in the bones the tag of an e-mail address ends, as in
// alice+news@example.com, that may begin at a place in the text.
func (l *Check) tagEnd(at, end int) int {
	raw := l.at.raw[at:]
	if len(raw) == 0 || raw[0] != '+' {
		return end
	}
	sign := bytes.IndexByte(raw[:min(len(raw), longestTag)], '@')
	for end < len(l.at.bones) && int(l.at.at[end]) < at+sign {
		end++
	}
	return end
}

// domainEnd returns where in the bones the domain of an e-mail address ends, which begins
// at a place or behind a word there, and false if it does not stand there.
func (l *Check) domainEnd(domain []byte, at int) (end int, ok bool) {
	rest := func(word string, label []byte) bool {
		b := l.at.bones[at:]
		return bytes.HasPrefix(b, []byte(word)) && bytes.HasPrefix(b[len(word):], label)
	}
	word := "at"
	for label := range bytes.SplitSeq(domain, []byte(".")) {
		l.spelt.readBones(label)
		switch {
		case rest("", l.spelt.bones):
		case rest(word, l.spelt.bones):
			at += len(word)
		default:
			return 0, false
		}
		at += len(l.spelt.bones)
		word = "dot"
	}
	return at, true
}

// maxNames is how many parts a name has at most that is turned around.
const maxNames = 4

// name adds a name that begins with another of its parts. Its skeleton may have been read.
func (sp *speller) name(text []byte, s *skeleton) {
	text = trimParts(text)
	var ends [maxNames]struct{ at, bones int }
	parts, bones := 1, 0
	for i, c := range text {
		bones += int(traitsOf[c] & isBone)
		if isNameEnd(c) && !isNameEnd(text[i+1]) {
			if parts == maxNames {
				return
			}
			ends[parts].at, ends[parts].bones = i, bones
			parts++
		}
	}
	for _, end := range ends[1:parts] {
		if s != nil && s.traits&(isBeyond|hasDigit) == 0 {
			sp.buf = append(append(sp.buf[:0], s.bones[end.bones:]...), s.bones[:end.bones]...)
			sp.addBones(sp.buf)
			continue
		}
		sp.buf = append(append(sp.buf[:0], text[end.at+1:]...), text[:end.at]...)
		sp.add()
	}
}

// trimParts returns a text without what separates its parts at both ends.
func trimParts(text []byte) []byte {
	for len(text) > 0 && isNameEnd(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isNameEnd(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

// street adds a street with its number at the other end, and coordinates in the other
// order.
func (sp *speller) street(text []byte, s *skeleton) {
	if len(s.digits) == len(s.bones) && (bytes.Count(text, []byte(".")) != 2 || bytes.IndexByte(text, ',') < 0) {
		return
	}
	text = trimParts(text)
	first := 0
	for first < len(text) && !isNameEnd(text[first]) {
		first++
	}
	last := len(text) - 1
	for last > first && !isNameEnd(text[last]) {
		last--
	}
	switch {
	case first == len(text):
		return
	case isDigit(text[0]):
		sp.buf = append(append(sp.buf[:0], text[first:]...), text[:first]...)
	case isDigit(text[last+1]):
		sp.buf = append(append(sp.buf[:0], text[last:]...), text[:last]...)
	default:
		return
	}
	sp.add()
}

func isNameEnd(c byte) bool { return c == ' ' || c == ',' }

// pairOf returns the two letters that people write for an umlaut, "" if r is none.
func pairOf(r rune) string {
	switch r {
	case 'ä', 'Ä':
		return "ae"
	case 'ö', 'Ö', 'ø', 'Ø':
		return "oe"
	case 'ü', 'Ü':
		return "ue"
	case 'å', 'Å':
		return "aa"
	}
	return ""
}

// umlauts adds a text with two letters for each umlaut.
func (sp *speller) umlauts(text []byte) {
	found := false
	sp.buf = sp.buf[:0]
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		pair := pairOf(r)
		if next, n := utf8.DecodeRune(text[size:]); next == '\u0308' {
			if pair = pairOf(withDots(r)); pair != "" {
				size += n
			}
		}
		found = found || pair != ""
		if pair == "" {
			sp.buf = append(sp.buf, text[:size]...)
		}
		sp.buf = append(sp.buf, pair...)
		text = text[size:]
	}
	if !found {
		return
	}
	sp.add()
	sp.l.pairs = append(sp.l.pairs[:0], sp.buf...)
	if bytes.IndexByte(sp.l.pairs, ' ') > 0 {
		sp.name(sp.l.pairs, nil)
	}
}

// withDots returns a vowel with two dots.
func withDots(r rune) rune {
	switch r | 0x20 {
	case 'a':
		return 'ä'
	case 'o':
		return 'ö'
	case 'u':
		return 'ü'
	}
	return r
}

// id adds other forms of a UUID and of an IP address.
func (sp *speller) id(text []byte, s *skeleton) {
	if len(s.bones) == 32 && s.traits&hasColon == 0 {
		var id [16]byte
		for _, c := range s.bones {
			if hexDigit[c] < 0 {
				return
			}
		}
		appendHex(id[:0], s.bones)
		sp.buf = base64.RawStdEncoding.AppendEncode(sp.buf[:0], id[:])
		sp.add()
		for _, part := range [...][]byte{id[:4], id[4:6], id[6:8]} { // as .NET and Windows have it
			slices.Reverse(part)
		}
		sp.buf = base64.RawStdEncoding.AppendEncode(sp.buf[:0], id[:])
		sp.add()
		sp.buf = appendHexOf(sp.buf[:0], id[:])
		sp.add()
		return
	}
	if len(text) <= longestIP && isIP(text) {
		if ip, err := netip.ParseAddr(string(text)); err == nil {
			sp.ip(ip)
		}
	}
}

// longestIP is how many bytes an IP address has at most.
const longestIP = 45

// isIP reports whether a text has the characters of an IP address.
func isIP(text []byte) bool {
	dots, colons := 0, 0
	for _, c := range text {
		switch {
		case c == '.':
			dots++
		case c == ':':
			colons++
		case hexDigit[c] < 0 || colons == 0 && !isDigit(c) && dots > 0:
			return false
		}
	}
	return dots == 3 || colons >= 2
}

// ip adds an IP address in full, as one number, and in hexadecimal digits.
func (sp *speller) ip(ip netip.Addr) {
	if ip.Is6() {
		full := ip.As16()
		sp.buf = appendHexOf(sp.buf[:0], full[:])
		sp.add()
		sp.buf = ip.AppendTo(sp.buf[:0])
		sp.add()
		sp.buf = sp.buf[:0]
		for i := 0; i < len(full); i += 2 {
			sp.buf = strconv.AppendUint(sp.buf, uint64(full[i])<<8|uint64(full[i+1]), 16)
		}
		sp.add()
		return
	}
	four := ip.As4()
	sp.buf = strconv.AppendUint(sp.buf[:0], uint64(binary.BigEndian.Uint32(four[:])), 10)
	sp.addDigits(sp.buf)
	sp.buf = appendHexOf(sp.buf[:0], four[:])
	sp.add()
	sp.buf = sp.buf[:0]
	for _, b := range four {
		sp.buf = append(sp.buf, '0'+b/100, '0'+b/10%10, '0'+b%10)
	}
	sp.addDigits(sp.buf)
}

// appendHexOf appends bytes as hexadecimal digits.
func appendHexOf(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	return dst
}

// appendDigitsOf appends the digits of a text.
func appendDigitsOf(dst, text []byte) []byte {
	for _, c := range text {
		if isDigit(c) {
			dst = append(dst, c)
		}
	}
	return dst
}
