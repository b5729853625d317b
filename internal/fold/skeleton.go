package fold

// AppendSkeleton appends what is left of a character where only letters and digits count:
// letters in [Case] without their accents, and digits of ASCII for those of any script.
// Nothing is left of others, which separate words or are not seen.
func AppendSkeleton(dst []byte, r rune) []byte {
	if r >= 0 && int(r) < len(latinBones) {
		b := latinBones[r]
		for ; b != 0; b >>= 8 {
			dst = append(dst, byte(b))
		}
		return dst
	}
	return appendBones(dst, r)
}

// latinBones are the skeletons of the first characters, in the order of their bytes from
// the lowest on. None has more than four bytes.
var latinBones = func() (bones [0x250]uint32) {
	var memory [16]byte
	for r := range bones {
		for i, b := range appendBones(memory[:0], rune(r)) {
			bones[r] |= uint32(b) << (8 * i)
		}
	}
	return bones
}()

// strokes are letters that Unicode does not take apart, and what people write for them.
var strokes = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ħ': "h", 'ŧ': "t", 'ŋ': "ng", 'ı': "i", 'ß': "ss",
}

// appendBones is [AppendSkeleton] without a table of its own.
func appendBones(dst []byte, r rune) []byte {
	var memory [20]rune
	for _, part := range written.appendParts(memory[:0], r) {
		dst = appendBone(dst, part)
	}
	return dst
}

// appendBone appends what is left of a character that is not taken apart further.
func appendBone(dst []byte, r rune) []byte {
	if a := ASCII(r); a != r {
		r = a
	}
	if r < 0 || markOf(r) != 0 {
		return dst
	}
	if to := fullOf(r); to != "" {
		for _, part := range to {
			if markOf(part) == 0 {
				dst = appendLetter(dst, part)
			}
		}
		return dst
	}
	return appendLetter(dst, Simple(r))
}

// appendLetter appends a letter without case, or a digit, and nothing of other characters.
func appendLetter(dst []byte, r rune) []byte {
	if to := strokes[r]; to != "" {
		return append(dst, to...)
	}
	if !is(r, letter|digit|number|mark) {
		return dst
	}
	return encode(dst, r)
}
