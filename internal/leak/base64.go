package leak

// Base64 has no sign of its own: every word of letters and digits may be some. A run of its
// characters is decoded where what it stands for reads as text that is long enough to hold
// an original, since all of the originals, or what is encoded once more, are text.

// base64 follows what a run stands for. starts has a bit for each place, modulo 4, at which
// groups begin that are worth it.
func (d *decoder) base64(depth int, run []byte, starts uint8) bool {
	switch run[0] {
	case 'H', 'e', '/', '_':
		if isMarked(run, base64Magic) {
			starts |= 1
		}
	}
	for at := 0; starts != 0; at, starts = at+1, starts>>1 {
		if starts&1 == 0 || at >= len(run) {
			continue
		}
		to := d.below(depth, (len(run)-at)*3/4)
		if to == nil {
			d.cut = d.cut || d.reads(appendBase64(nil, run[at:]), isBone|isBeyond)
			continue
		}
		to.decoded = appendBase64(to.decoded[:0], run[at:])
		if d.guess(depth, to, isMarked(run[at:], base64Magic)) {
			return true
		}
	}
	return false
}

// sureGroups is how many groups of three bytes that are text are mostly no accident.
const sureGroups = 3

// begins returns the bit of a place in a run if base64 begins there with text, or may be a
// binary that is searched for.
func (d *decoder) begins(run []byte, at int) uint8 {
	if d.binary || d.isText(textBytes(run[at:], 3*sureGroups)) {
		return 1 << (at & 3)
	}
	return 0
}

// isText reports whether base64 that begins with so many bytes of text is taken for text:
// if there are some groups, or if these are all and enough for a find.
func (d *decoder) isText(n int, whole bool) bool {
	return n >= 3*sureGroups || whole && n >= d.least
}

// textBytes returns how many bytes base64 begins with that are text, up to most, and whether
// those are all, and less than that.
func textBytes(text []byte, most int) (n int, whole bool) {
	last := uint8(plainText)
	for n < most {
		if len(text) < 4 {
			break
		}
		a, b, c, e := base64Digit[text[0]], base64Digit[text[1]], base64Digit[text[2]], base64Digit[text[3]]
		if a|b|c|e < 0 {
			break
		}
		first := pairClass[int(a)<<6|int(b)] >> 4
		group := first<<4 | pairClass[int(b)<<6|int(c)]&0x0c | pairClass[int(c)<<6|int(e)]&0x03
		if textPoints[group] == 0 || joins>>(last<<2|first)&1 == 0 {
			return n, false
		}
		last, text, n = group&3, text[4:], n+3
	}
	if n == 0 || n >= most {
		return n, false
	}
	for i := 0; i+1 < len(text) && base64Digit[text[i]]|base64Digit[text[i+1]] >= 0; i++ {
		class := pairClass[int(base64Digit[text[i]])<<6|int(base64Digit[text[i+1]])] >> (4 - 2*i) & 3
		if joins>>(last<<2|class)&1 == 0 {
			return n, false
		}
		last, n = class, n+1
	}
	return n, true
}

// A stretch of text within a run, at any place, is found by a bit for each number of bytes
// in a row that may be text ("shift-and", Baeza-Yates and Gonnet, "A new approach to text
// searching", 1992). A group of four characters stands for three bytes; bit j of a lane
// stands for the character of phase j modulo 4. There is a lane for stretches that begin
// with the first, the second and the third byte of a group.
const (
	laneBits    = 20 // a multiple of 4, and more than the longest stretch has characters
	leastText   = 6  // bytes of a stretch that is looked for, at least
	longestText = 9  // and at most

	// Above the lanes are a bit for separators, and one for characters that are not base64.
	separates = 1 << 62
	endsRun   = 1 << 63

	everyFourth = 1 << 60 / 15 // of the bits of all lanes
)

// textBegins has the bits that each character may begin with. It is a variable to be kept
// in a register.
var textBegins uint64 = 1 | 2<<laneBits | 4<<(2*laneBits) | separates | endsRun

// textPhases has the phases in which a character of base64 may belong to a text, as bits
// of all lanes. In the last one it may be any: the byte before is judged by its first bits.
var textPhases = func() (of [256]uint64) {
	for c, v := range base64Digit {
		if v < 0 {
			of[c] = endsRun
			continue
		}
		if v >= 62 {
			of[c] = separates
		}
		phases := uint64(8)
		if 8 <= v && v < 32 || v == 0 || v == 2 || v == 3 { // 0x20 to 0x7f, zero, tabs and lines
			phases |= 1
		}
		if low := v & 0x0f; 2 <= low && low < 8 || low == 0 {
			phases |= 2
		}
		if v&2 == 0 {
			phases |= 4
		}
		for at := 0; at < 3*laneBits; at += 4 {
			of[c] |= phases << at
		}
	}
	return of
}()

// textEnds has the bits of characters with which stretches of so many bytes end, and those
// of other characters that matter.
var textEnds = func() (ends [longestText + 1]uint64) {
	for bytes := range ends {
		ends[bytes] = separates | endsRun
		for lane := range 3 {
			last := max(lane+bytes-1, 0)
			ends[bytes] |= 1 << (lane*laneBits + last + last/3)
		}
	}
	return ends
}()

// readRun returns the end of the run of base64's characters that begins at a place, and a
// bit for each place in it, modulo 4, at which groups begin that are text: for some bytes
// anywhere, or from the beginning of the run or from behind a separator on, since the
// characters that separate words and segments of paths are base64 too.
func (d *decoder) readRun(text []byte, start int) (end int, starts uint8) {
	run := text[start:]
	n, whole := textBytes(run, len(run))
	if whole && n >= sureText && !d.binary {
		for start += n + (n+2)/3; start < len(text) && base64Digit[text[start]] >= 0; {
			start++ // a character that stands for no byte
		}
		return start, 1
	}
	begin, watched := textBegins, textEnds[d.stretch]
	for i, state := 0, uint64(0); i < len(run); i++ {
		for at, c := range run[i:] {
			state = (state<<1 | begin) & textPhases[c]
			if state&watched != 0 {
				i += at
				break
			}
		}
		if state&watched == 0 {
			break
		}
		if state&endsRun != 0 {
			run = run[:i]
			break
		}
		if state&separates != 0 {
			starts |= d.begins(run, i+1)
		}
		if state&watched != separates {
			starts |= d.stretches(run, i, state)
			state &^= groupsOf(starts, i)
		}
	}
	if d.binary || d.isText(n, whole) {
		starts |= 1
	}
	return start + len(run), starts
}

// groupsOf returns the bits of stretches that belong to groups which begin at places, modulo
// 4, that are known, as of character i of a run.
func groupsOf(starts uint8, i int) (groups uint64) {
	for at := range 4 {
		if starts>>at&1 == 1 {
			groups |= everyFourth << ((i - at) & 3)
		}
	}
	return groups
}

// stretches returns the places, modulo 4, at which the groups begin of those stretches that
// end with character i of a run and are text in all their bits.
func (d *decoder) stretches(run []byte, i int, state uint64) (starts uint8) {
	for lane := range 3 {
		last := lane + d.stretch - 1
		at := last + last/3
		if from := i - at; state>>(lane*laneBits+at)&1 == 1 && isStretch(run, from, lane, last) {
			starts |= 1 << (from & 3)
		}
	}
	return starts
}

// isStretch reports whether bytes first to last of groups that begin at a place are text.
func isStretch(run []byte, from, first, last int) bool {
	for k := first; k <= last; k++ {
		at := from + k + k/3
		if at+1 >= len(run) || base64Digit[run[at+1]] < 0 {
			return false
		}
		if pairClass[int(base64Digit[run[at]])<<6|int(base64Digit[run[at+1]])]>>(4-2*(k%3))&3 != plainText {
			return false
		}
	}
	return true
}
