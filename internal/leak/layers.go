package leak

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"unicode/utf8"
)

// The bounds of what is decoded.
const (
	maxLayers  = 3       // of encodings around a text
	maxDecoded = 4 << 20 // bytes of an item
)

// A layer is a text to search: a leaf, or what is decoded of another layer.
type layer struct {
	skeleton
	decoded    []byte // the text, of a layer that is decoded
	lines      []byte // base64 of several lines
	pairDigits []byte // hexadecimal digits that stood in pairs
	onlyText   bool   // it is what is text of bytes that were decoded
}

// A decoder follows the encodings in the texts of an item. Each layer is decoded only
// where its characters and its length say that it may be encoded.
type decoder struct {
	layers  [maxLayers + 1]layer // the first is the leaf
	spent   int                  // bytes decoded in the item
	cut     bool                 // a bound was met, and there was more
	binary  bool                 // what is searched may be no text
	isBytes bool                 // the leaf is a binary
	least   int                  // letters and digits, or bytes, of the shortest find
	stretch int                  // bytes of text in a row that base64 is decoded for
	search  func(*layer) bool    // in a layer; it returns true to stop

	source bytes.Reader
	gzip   *gzip.Reader
	zlib   io.ReadCloser
}

// follow searches a text, and what is decoded of it, until search returns true. It reports
// whether search did. depth is the number of the layer.
func (d *decoder) follow(depth int, text []byte) bool {
	l := &d.layers[depth]
	l.read(text)
	return d.followRead(depth, l)
}

// followRead is follow for a layer that was read.
func (d *decoder) followRead(depth int, l *layer) bool {
	return d.search(l) || len(l.raw) >= minCoded && d.inside(depth, l)
}

// minCoded is how many bytes an encoded text has at least.
const minCoded = 6

// inside follows what is decoded of a layer.
func (d *decoder) inside(depth int, l *layer) bool {
	return l.traits&hasCode != 0 && d.escapes(depth, l) ||
		(l.shapes&hasRun != 0 || l.traits&hasCode != 0) && d.runs(depth, l) ||
		l.shapes&hasPairs != 0 && d.pairs(depth, l) ||
		l.traits&isBeyond != 0 && !l.onlyText && d.compressed(depth, l) ||
		d.utf16(depth, l)
}

// below returns the buffer for so many bytes that are decoded of a layer, nil if the
// bounds leave no room.
func (d *decoder) below(depth, size int) *layer {
	if depth == maxLayers || d.spent+size > maxDecoded {
		return nil
	}
	return &d.layers[depth+1]
}

// enter follows what was decoded.
func (d *decoder) enter(depth int, decoded []byte) bool {
	d.spent += len(decoded)
	return d.follow(depth+1, decoded)
}

// sureZeros is how many zeros bytes have that may be UTF-16: of any text in Latin letters
// that has as many.
const sureZeros = 4

// guess follows what was decoded of digits: all of it if it is marked as bytes of another
// encoding, may be a binary that is searched for, or may be UTF-16, and else what of it is
// text.
func (d *decoder) guess(depth int, l *layer, marked bool) bool {
	l.onlyText = !marked && !d.binary && bytes.Count(l.decoded, []byte{0}) < sureZeros
	if l.onlyText {
		if l.decoded = textIn(l.decoded, d.least); len(l.decoded) < d.least {
			return false
		}
	}
	stop := d.enter(depth, l.decoded)
	l.onlyText = false
	return stop
}

// textIn leaves of bytes what is text, of so many bytes at least, on lines.
func textIn(b []byte, least int) []byte {
	n, start, last := 0, 0, uint8(plainText)
	line := func(end int) {
		if end-start < least {
			return
		}
		n += copy(b[n:], b[start:end])
		if n < len(b) {
			b[n] = '\n'
			n++
		}
	}
	for i, c := range b {
		class := textClass[c]
		if joins>>(last<<2|class)&1 == 0 {
			if last == leads { // to nowhere
				line(i - 1)
				start = i
			} else {
				line(i)
				start = i + 1
			}
			if class == noText || class == goesOn {
				start, class = i+1, plainText
			}
		}
		last = class
	}
	line(len(b))
	return b[:n]
}

// escapes follows the text with what its escapes stand for.
func (d *decoder) escapes(depth int, l *layer) bool {
	to := d.below(depth, len(l.raw))
	if to == nil {
		n := escapesIn(l.raw)
		d.cut = d.cut || n >= sureEscapes || n > 0 && d.reads(l.raw, isBone|isBeyond)
		return false
	}
	for _, mail := range [...]bool{false, true} {
		if mail && bytes.IndexByte(l.raw, '=') < 0 || d.spent+len(l.raw) > maxDecoded {
			continue
		}
		var any bool
		to.decoded, any = appendUncoded(to.decoded[:0], l.raw, mail)
		if any && d.enter(depth, to.decoded) {
			return true
		}
	}
	return false
}

// sureEscapes is how many escapes are no accident.
const sureEscapes = 3

// escapesIn returns how many escapes a text has, 0 if it is none, and some at most.
func escapesIn(text []byte) (n int) {
	if !utf8.Valid(text) {
		return 0
	}
	var memory [64]byte
	for i := 0; i < len(text) && n < sureEscapes; i++ {
		if traitsOf[text[i]]&hasCode != 0 {
			if size, _ := uncoded(memory[:0], text[i:]); size > 0 {
				n++
			}
		}
	}
	return n
}

// minBase64 is how long a run of base64's characters, with its padding, is to be
// worth a look, and minHex is that of hexadecimal digits.
const (
	minBase64 = 8
	minHex    = 8
)

// minLine is how many characters of base64 a line has at least that goes on in the
// next: 64 in PEM (RFC 7468), 76 in MIME (RFC 2045), or less where it is printed.
const minLine = 16

// runs follows what the base64 and the hexadecimal digits in a text stand for, in one
// line or several.
func (d *decoder) runs(depth int, l *layer) bool {
	l.lines = l.lines[:0]
	text, least := l.raw, minBase64
	if l.traits&hasCode != 0 { // there may be padding
		least = shortestRun
	}
	for i := 0; i < len(text); i++ {
		if len(l.lines) == 0 {
			i = nextDigits(text, i, &base64Digit, least)
		}
		start := i
		var starts uint8
		i, starts = d.readRun(text, start)
		run := text[start:i]
		if len(run) >= minBase64 || len(run) >= shortestRun && len(run)+padding(text[i:]) >= minBase64 {
			if d.base64(depth, run, starts) || l.shapes&hasHex != 0 && d.hexIn(depth, run) {
				return true
			}
		}
		wrapped := 0
		if len(run) >= minLine {
			wrapped = lineBreak(text[i:])
		}
		switch {
		case wrapped > 0:
			l.lines = append(l.lines, run...)
			i += wrapped - 1
		case len(l.lines) > 0:
			l.lines = append(l.lines, run...)
			if d.joined(depth, l.lines) {
				return true
			}
			l.lines = l.lines[:0]
		}
	}
	return len(l.lines) > 0 && d.joined(depth, l.lines)
}

// joined follows what lines of base64 stand for together.
func (d *decoder) joined(depth int, lines []byte) bool {
	_, starts := d.readRun(lines, 0)
	return d.base64(depth, lines, starts)
}

// shortestRun is how many characters a run of base64 has at least, without its padding.
const shortestRun = minBase64 - 2

// nextDigits returns where the next run of so many digits and more may begin, from a
// place on, or the end of the text.
func nextDigits(text []byte, i int, digit *[256]int8, least int) int {
	for i+least <= len(text) {
		last := i + least - 1
		for last >= i && digit[text[last]] >= 0 {
			last--
		}
		if last < i {
			return i
		}
		i = last + 1
	}
	return len(text)
}

// lineBreak returns how many bytes the line break has that text begins with.
func lineBreak(text []byte) int {
	switch {
	case bytes.HasPrefix(text, []byte("\r\n")):
		return 2
	case bytes.HasPrefix(text, []byte("\n")), bytes.HasPrefix(text, []byte("\r")):
		return 1
	}
	return 0
}

// padding returns how many characters of padding stand in front.
func padding(text []byte) int {
	n := 0
	for n < min(2, len(text)) && text[n] == '=' {
		n++
	}
	return n
}

// hexIn follows what the hexadecimal digits in a run of base64's characters stand for.
func (d *decoder) hexIn(depth int, run []byte) bool {
	for i := nextDigits(run, 0, &hexDigit, minHex); i < len(run); i = nextDigits(run, i, &hexDigit, minHex) {
		start := i
		for i < len(run) && hexDigit[run[i]] >= 0 {
			i++
		}
		if d.hex(depth, run[start:i]) {
			return true
		}
	}
	return false
}

// hex follows what hexadecimal digits stand for. If their number is odd, the first or the
// last one is none.
func (d *decoder) hex(depth int, digits []byte) bool {
	for from := 0; from <= len(digits)&1; from++ {
		marked := isMarkedHex(digits[from:])
		if !marked && !d.hexReads(digits[from:]) {
			continue
		}
		to := d.below(depth, len(digits)/2)
		if to == nil {
			d.cut = d.cut || d.reads(appendHex(nil, digits[from:]), isBone|isBeyond)
			continue
		}
		to.decoded = appendHex(to.decoded[:0], digits[from:])
		if d.guess(depth, to, marked) {
			return true
		}
	}
	return false
}

// pairStep is how many bytes of a text are passed over in search of hexadecimal digits in
// pairs: of the least number of these, three bytes in a row are within each such step.
const pairStep = minHex/2*3 - 1 - 2

// pairs follows what pairs of hexadecimal digits stand for that a colon, space, hyphen,
// comma or line break separates.
func (d *decoder) pairs(depth int, l *layer) bool {
	text := l.raw
	for i := 0; i+2 < len(text); i += pairStep {
		at := i
		for at < i+2 && hexDigit[text[at]] >= 0 {
			at++
		}
		if !isPairMark[text[at]] {
			continue
		}
		l.pairDigits = l.pairDigits[:0]
		before, mark := at, text[at]
		for before >= 2 && hexDigit[text[before-1]] >= 0 && hexDigit[text[before-2]] >= 0 {
			if before -= 3; before < 0 || text[before] != mark {
				break
			}
		}
		start := before + 1
		end := start
		for end+1 < len(text) && hexDigit[text[end]] >= 0 && hexDigit[text[end+1]] >= 0 {
			l.pairDigits = append(l.pairDigits, text[end], text[end+1])
			if end += 2; end == len(text) || text[end] != mark {
				break
			}
			end++
		}
		if len(l.pairDigits) >= minHex && d.hex(depth, l.pairDigits) {
			return true
		}
		i = max(i, end-pairStep)
	}
	return false
}

// isPairMark are the characters that separate pairs of hexadecimal digits.
var isPairMark = func() (is [256]bool) {
	for _, c := range []byte(": -,\n._") {
		is[c] = true
	}
	return is
}()

// The classes of bytes of texts in UTF-8.
const (
	noText    = iota
	plainText // of ASCII, or the zero of UTF-16
	leads     // it leads a character of several bytes
	goesOn    // it goes on with one
)

var textClass = func() (of [256]uint8) {
	for b := range of {
		switch {
		case b == 0 || b == '\t' || b == '\n' || b == '\r' || ' ' <= b && b < 0x7f:
			of[b] = plainText
		case 0xc2 <= b && b < 0xf5:
			of[b] = leads
		case 0x80 <= b && b < 0xc0:
			of[b] = goesOn
		}
	}
	return of
}()

// textPoints says how much three bytes of these classes speak for text: 0 if they are
// none, plain if all are of ASCII, and else 1.
var textPoints = func() (points [64]uint8) {
	for a := plainText; a <= goesOn; a++ {
		for b := plainText; b <= goesOn; b++ {
			for c := plainText; c <= goesOn; c++ {
				if follows(a, b) && follows(b, c) {
					points[a<<4|b<<2|c] = 1
				}
			}
		}
	}
	points[plainText<<4|plainText<<2|plainText] = plain
	return points
}()

// follows reports whether a byte of class b may follow one of class a in a text.
func follows(a, b int) bool {
	return b != noText && (b == goesOn) == (a == leads) || a == goesOn && b == goesOn
}

// joins has a bit for each class and the one that may follow.
var joins = func() (bits uint32) {
	for a := plainText; a <= goesOn; a++ {
		for b := plainText; b <= goesOn; b++ {
			if follows(a, b) {
				bits |= 1 << (a<<2 | b)
			}
		}
	}
	return bits
}()

// pairClass has the classes of the three bytes that may end in a digit of base64, by it
// and the one before: of the first byte of a group in bits 4 and 5, and so on.
var pairClass = func() (of [1 << 12]uint8) {
	for pair := range of {
		of[pair] = textClass[pair>>4]<<4 | textClass[pair>>2&0xff]<<2 | textClass[pair&0xff]
	}
	return of
}()

// Three bytes of ASCII have so many points, and what has enough of them in a row is text.
const (
	plain  = 2
	enough = 4
)

// hexReads reports whether some digits in a row, or all, are those of text.
func (d *decoder) hexReads(digits []byte) bool {
	if d.binary {
		return true
	}
	most := len(digits) / 2
	ascii, row, last := 0, 0, uint8(plainText) // bytes in a row that are of ASCII, and text
	for i := 0; i+1 < len(digits); i += 2 {
		class := textClass[byte(hexDigit[digits[i]]<<4|hexDigit[digits[i+1]])]
		if joins>>(last<<2|class)&1 == 0 {
			row = 0
		}
		row++
		ascii++
		if class != plainText {
			ascii = 0
		}
		if last = class; class == noText {
			row, last = 0, plainText
		}
		if row >= min(3*sureGroups, most) || ascii >= d.stretch {
			return true
		}
	}
	return false
}

// sureText is how many readable bytes are no accident.
const sureText = 12

// reads reports whether bytes are a text with these letters, beyond doubt. In UTF-16, all
// bytes are letters of some script.
func (d *decoder) reads(b []byte, letters traits) bool {
	bones := 0
	if len(b) < sureText {
		return false
	}
	for _, c := range b {
		if textClass[c] == noText {
			return false
		}
		if traitsOf[c]&letters != 0 {
			bones++
		}
	}
	return utf8.Valid(b) && bones > len(b)/4
}

// hexMagic and base64Magic are what gzip (RFC 1952), zlib (RFC 1950) and UTF-16 with a mark
// of its order begin with.
var (
	hexMagic    = []string{"fffe", "feff", "FFFE", "FEFF", "1f8b08", "1F8B08", "7801", "785e", "785E", "789c", "789C", "78da", "78DA"}
	base64Magic = []string{"H4sI", "eA", "eF", "eJ", "eN", "//", "/v", "__", "_v"}
)

// isMarked reports whether a run stands for bytes of another encoding, by how it begins.
func isMarked(run []byte, magic []string) bool {
	for _, m := range magic {
		if len(run) >= len(m) && string(run[:len(m)]) == m {
			return true
		}
	}
	return false
}

// isMarkedHex is isMarked of hexadecimal digits.
func isMarkedHex(digits []byte) bool {
	switch digits[0] {
	case 'f', 'F', '1', '7':
		return isMarked(digits, hexMagic)
	}
	return false
}

// compressed follows what gzip or zlib makes of bytes. A layer that is too large is
// searched as far as there is room.
func (d *decoder) compressed(depth int, l *layer) bool {
	r := d.decompressor(l.raw)
	if r == nil {
		return false
	}
	room := maxDecoded - d.spent
	to := d.below(depth, 0)
	if to == nil || room <= 0 {
		var some [sureText]byte
		_, err := io.ReadFull(r, some[:])
		d.cut = d.cut || err == nil
		return false
	}
	var whole bool
	to.decoded, whole = appendRead(to.decoded[:0], r, room)
	d.cut = d.cut || !whole
	return len(to.decoded) > 0 && d.enter(depth, to.decoded)
}

// decompressor returns a reader of what gzip or zlib makes of bytes, nil if they are
// neither.
func (d *decoder) decompressor(b []byte) io.Reader {
	d.source.Reset(b)
	switch {
	case len(b) > 10 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8:
		if d.gzip == nil {
			d.gzip = new(gzip.Reader)
		}
		if d.gzip.Reset(&d.source) == nil {
			return d.gzip
		}
	case len(b) > 6 && b[0]&0x8f == 8 && (int(b[0])<<8|int(b[1]))%31 == 0:
		if d.zlib == nil {
			z, err := zlib.NewReader(&d.source)
			if err != nil {
				return nil
			}
			d.zlib = z
			return z
		}
		if d.zlib.(zlib.Resetter).Reset(&d.source, nil) == nil {
			return d.zlib
		}
	}
	return nil
}

// appendRead appends what r gives, of so many bytes at most, and reports whether that was
// all. What is broken ends where it breaks.
func appendRead(dst []byte, r io.Reader, most int) (out []byte, whole bool) {
	for {
		if len(dst) == most {
			var more [1]byte
			n, _ := r.Read(more[:])
			return dst, n == 0
		}
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):min(cap(dst), most)])
		dst = dst[:len(dst)+n]
		if err != nil {
			return dst, true
		}
	}
}

// utf16 follows what bytes in UTF-16 stand for.
func (d *decoder) utf16(depth int, l *layer) bool {
	if depth == 0 && !d.isBytes || l.onlyText {
		return false
	}
	for first, is := range utf16Orders(l.raw, depth == 0) {
		if !is {
			continue
		}
		to := d.below(depth, len(l.raw)*3/2)
		if to == nil {
			d.cut = d.cut || d.reads(appendUTF16(nil, l.raw, first), isBone)
			continue
		}
		to.decoded = appendUTF16(to.decoded[:0], l.raw, first)
		if d.enter(depth, to.decoded) {
			return true
		}
	}
	return false
}
