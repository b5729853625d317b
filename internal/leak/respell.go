package leak

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
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

// A date is a day and perhaps the time of it, in digits.
type date struct {
	year, month, day int
	clock            []byte // the digits behind, of hours, minutes, seconds and their parts
	zone             bool   // it is in UTC, or in another zone
	offset           int    // seconds east of UTC
	memory           [clockDigits]byte
}

// read reads a date with its time, and returns how many bytes it has, 0 if there is none.
// It reads 2024-05-18 and 20240518, 18.05.2024 and 18/05/2024, and 05/18/2024 where the
// day tells.
func (d *date) read(text []byte) int {
	n := d.readDay(text)
	if n == 0 || d.month < 0 || d.day < 0 || d.year < 0 {
		if m := d.readNamed(text); m > 0 {
			n = m
		}
	}
	if n == 0 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 || d.year < 1000 {
		return 0
	}
	if n == len(text) {
		return n
	}
	if c := text[n]; c != 'T' && c != 't' && c != ' ' || n+1 == len(text) || !isDigit(text[n+1]) {
		return 0
	}
	return d.readClock(text, n+1)
}

func (d *date) readDay(text []byte) int {
	digits := func(from, to int) int {
		v := 0
		for _, c := range text[from:to] {
			if !isDigit(c) {
				return -1 << 20
			}
			v = v*10 + int(c-'0')
		}
		return v
	}
	isMark := func(c byte) bool { return c == '-' || c == '.' || c == '/' }
	switch {
	case len(text) >= 10 && isMark(text[4]) && text[4] == text[7]:
		d.year, d.month, d.day = digits(0, 4), digits(5, 7), digits(8, 10)
		return 10
	case len(text) >= 10 && isMark(text[2]) && text[2] == text[5]:
		d.day, d.month, d.year = digits(0, 2), digits(3, 5), digits(6, 10)
		if d.month > 12 {
			d.day, d.month = d.month, d.day
		}
		return 10
	case len(text) >= 8:
		d.year, d.month, d.day = digits(0, 4), digits(4, 6), digits(6, 8)
		if d.year < 1800 || d.year > 2199 {
			return 0
		}
		return 8
	}
	return 0
}

// longestNamed is how many bytes a date with the name of its month has at most: 30th
// September, 2024
const longestNamed = 21

// readNamed reads 18 May 2024, May 18th, 2024 and 18-May-2024.
func (d *date) readNamed(text []byte) int {
	if len(text) < 9 || len(text) > longestNamed {
		return 0
	}
	*d = date{}
	size := len(text)
	for fields := 0; len(text) > 0; fields++ {
		n := 0
		for n < len(text) && traitsOf[text[n]]&isBone != 0 {
			n++
		}
		if fields == 3 || !d.readField(text[:n]) {
			return 0
		}
		for text = text[n:]; len(text) > 0 && strings.IndexByte(" ,.-/", text[0]) >= 0; {
			text = text[1:]
		}
	}
	if d.year == 0 || d.month == 0 || d.day == 0 {
		return 0
	}
	return size
}

// isNamedDate reports whether a text is a date with the name of its month.
func isNamedDate(text []byte) bool {
	if n := len(text); n < 9 || n > longestNamed || !isDigit(text[0]) && !isDigit(text[n-1]) {
		return false
	}
	var d date
	return d.readNamed(text) > 0
}

// readField reads the year, the day or the name of the month.
func (d *date) readField(field []byte) bool {
	v, n := 0, 0
	for n < len(field) && n < yearDigits && isDigit(field[n]) {
		v, n = v*10+int(field[n]-'0'), n+1
	}
	rest := len(field) - n
	switch {
	case n == yearDigits && rest == 0 && d.year == 0:
		d.year = v
	case (n == 1 || n == 2) && (rest == 0 || rest == 2 && !isDigit(field[n])) && d.day == 0:
		d.day = v
	case n == 0 && rest > 0 && d.month == 0:
		d.month = monthOf(field)
		return d.month > 0
	default:
		return false
	}
	return true
}

// readClock reads the time of day from a byte on.
func (d *date) readClock(text []byte, from int) int {
	i := from
	for i < len(text) && (isDigit(text[i]) || text[i] == ':' || text[i] == '.' || text[i] == ',') {
		i++
	}
	d.clock = text[from:i]
	switch rest := text[i:]; {
	case len(rest) == 0:
	case len(rest) == 1 && rest[0]|0x20 == 'z':
		d.zone = true
	case len(rest) >= 3 && (rest[0] == '+' || rest[0] == '-'):
		d.zone = true
		d.offset = offsetOf(rest)
	default:
		return 0
	}
	return len(text)
}

// offsetOf returns the seconds of +02:00.
func offsetOf(zone []byte) int {
	v, n := 0, 0
	for _, c := range zone[1:] {
		if isDigit(c) {
			v, n = v*10+int(c-'0'), n+1
		}
	}
	if n < 4 {
		v *= 100
	}
	seconds := (v/100)*3600 + (v%100)*60
	if zone[0] == '-' {
		return -seconds
	}
	return seconds
}

// time adds the year of a date and time, around which the rest may stand in any order, and
// the forms without it: two digits of the year, and an epoch. It reports whether the text
// is one.
func (sp *speller) time(text []byte) bool {
	var d date
	if d.read(text) != len(text) || len(text) == 0 {
		return false
	}
	sp.year(&d)
	sp.namedDay(&d)
	if len(d.clock) > 0 {
		sp.epochs(&d)
		return true
	}
	sp.epoch(time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC))
	sp.shortDays(&d, 2)
	if d.day < 10 || d.month < 10 {
		sp.shortDays(&d, 1)
	}
	return true
}

// year adds the year of a date.
func (sp *speller) year(d *date) {
	sp.buf = strconv.AppendInt(sp.buf[:0], int64(d.year), 10)
	sp.l.numbers.add(sp.original, sp.buf, year, false)
	sp.l.numbers.needles[len(sp.l.numbers.needles)-1].more = 2
}

// readEpoch reads the seconds of an epoch of these years, behind which those of parts of a
// second may stand.
func (d *date) readEpoch(digits []byte) bool {
	if !isEpoch(digits) {
		return false
	}
	seconds := int64(0)
	for _, c := range digits[:len("1716027072")] {
		if !isDigit(c) {
			return false
		}
		seconds = seconds*10 + int64(c-'0')
	}
	t := time.Unix(seconds, 0).UTC()
	d.year, d.month, d.day = t.Year(), int(t.Month()), t.Day()
	d.clock = t.AppendFormat(d.memory[:0], "150405")
	d.zone = true
	return true
}

// shortDays adds a date in three orders, with two digits of the year and the least width of
// the days and months.
func (sp *speller) shortDays(d *date, width int) {
	var memory [3][2]byte
	y, m, day := appendInt(memory[0][:0], d.year%100, 2), appendInt(memory[1][:0], d.month, width), appendInt(memory[2][:0], d.day, width)
	for _, order := range [...][3][]byte{{y, m, day}, {day, m, y}, {m, day, y}} {
		sp.buf = append(append(append(sp.buf[:0], order[0]...), order[1]...), order[2]...)
		sp.addDigits(sp.buf)
	}
}

// namedDay adds 18-MAY-24, with the time of day if there is one.
func (sp *speller) namedDay(d *date) {
	sp.buf = append(appendInt(sp.buf[:0], d.day, 2), months[d.month-1][0][:3]...)
	sp.buf = appendInt(sp.buf, d.year%100, 2)
	n := len(sp.buf)
	sp.buf = appendDigitsOf(sp.buf, d.clock)
	sp.addBones(sp.buf[:min(len(sp.buf), n+clockDigits)])
}

// appendInt appends a number below 100 of a least width of one or two digits.
func appendInt(dst []byte, v, width int) []byte {
	if v >= 10 || width == 2 {
		dst = append(dst, byte('0'+v/10))
	}
	return append(dst, byte('0'+v%10))
}

// epochs adds the seconds since 1970, and the time in UTC.
func (sp *speller) epochs(d *date) {
	var clock [3]int
	part, n := 0, 0
	for _, c := range d.clock {
		if !isDigit(c) && c != ':' || part == len(clock) {
			break
		}
		if isDigit(c) {
			clock[part] = clock[part]*10 + int(c-'0')
			if n++; n%2 == 0 {
				part++
			}
		}
	}
	t := time.Date(d.year, time.Month(d.month), d.day, clock[0], clock[1], clock[2]-d.offset, 0, time.UTC)
	sp.epoch(t)
	if d.offset != 0 {
		sp.buf = t.AppendFormat(sp.buf[:0], "20060102150405")
		sp.addDigits(sp.buf)
	}
}

// epoch adds the digits of the seconds since 1970, behind which those of parts of a second
// may stand.
func (sp *speller) epoch(t time.Time) {
	s := t.Unix()
	sp.buf = strconv.AppendInt(sp.buf[:0], max(s, -s), 10)
	if len(sp.buf) > digitTail {
		sp.l.numbers.add(sp.original, sp.buf, epoch, false)
	}
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
