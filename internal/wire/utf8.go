package wire

import "unicode/utf8"

// UTF-8 is checked by an automaton whose whole step is one table look-up and
// one shift, without a branch that the text could mispredict: the table has, for
// each byte, the next state from every state in six bits each, at the shift that
// is the state's number. The standard library's check takes a branch or two for
// every character, which makes it several times slower on text that mixes ASCII
// with other letters.
const (
	utf8Reject = 6 * iota
	utf8Accept
	utf8Need1 // that many more bytes of 80-BF
	utf8Need2
	utf8Need3
	utf8AfterE0 // A0-BF, as what is below would be overlong
	utf8AfterED // 80-9F, as what is above are the surrogates
	utf8AfterF0 // 90-BF
	utf8AfterF4 // 80-8F
)

var utf8Table = func() (t [256]uint64) {
	on := func(lo, hi byte, from, to uint64) {
		for c := int(lo); c <= int(hi); c++ {
			t[c] |= to << from
		}
	}
	on(0x00, 0x7F, utf8Accept, utf8Accept)
	on(0xC2, 0xDF, utf8Accept, utf8Need1)
	on(0xE0, 0xE0, utf8Accept, utf8AfterE0)
	on(0xE1, 0xEC, utf8Accept, utf8Need2)
	on(0xED, 0xED, utf8Accept, utf8AfterED)
	on(0xEE, 0xEF, utf8Accept, utf8Need2)
	on(0xF0, 0xF0, utf8Accept, utf8AfterF0)
	on(0xF1, 0xF3, utf8Accept, utf8Need3)
	on(0xF4, 0xF4, utf8Accept, utf8AfterF4)
	on(0x80, 0xBF, utf8Need1, utf8Accept)
	on(0x80, 0xBF, utf8Need2, utf8Need1)
	on(0x80, 0xBF, utf8Need3, utf8Need2)
	on(0xA0, 0xBF, utf8AfterE0, utf8Need1)
	on(0x80, 0x9F, utf8AfterED, utf8Need1)
	on(0x90, 0xBF, utf8AfterF0, utf8Need2)
	on(0x80, 0x8F, utf8AfterF4, utf8Need2)
	return t
}()

// validUTF8 is [utf8.Valid].
func validUTF8(b []byte) bool {
	t := &utf8Table
	state := uint64(utf8Accept)
	for len(b) >= 8 {
		if load(b, 0)&high == 0 && state&63 == utf8Accept {
			b = b[8:]
			continue
		}
		state = t[b[0]] >> (state & 63)
		state = t[b[1]] >> (state & 63)
		state = t[b[2]] >> (state & 63)
		state = t[b[3]] >> (state & 63)
		state = t[b[4]] >> (state & 63)
		state = t[b[5]] >> (state & 63)
		state = t[b[6]] >> (state & 63)
		state = t[b[7]] >> (state & 63)
		b = b[8:]
	}
	for _, c := range b {
		state = t[c] >> (state & 63)
	}
	return state&63 == utf8Accept
}

// invalidUTF8 returns the index of the first byte of b that is not UTF-8.
func invalidUTF8(b []byte) int {
	i := 0
	for i < len(b) {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			break
		}
		i += n
	}
	return i
}
