package phonedata

// An Automaton has sets of digits. Its elements are edges: a state is the index of its first
// edge, and its other edges follow. State 0 has none.
type Automaton []uint32

// The fields of an edge. Bit n is set if the edge is one of digit n.
const (
	LastBit   = 1 << 10 // it is the state's last edge
	ValidBit  = 1 << 11 // members may end where it leads
	StateBits = 12      // the state that it leads to, 0 if no digit may follow
)

// Match reports whether digits, which are ASCII, are in the set that begins in a state. The
// empty text is in none.
func Match[T string | []byte](a Automaton, state uint32, digits T) (valid bool) {
	for i := range len(digits) {
		edge := a.follow(state, digits[i]-'0')
		if edge == 0 || state == 0 {
			return false
		}
		state, valid = edge>>StateBits, edge&ValidBit != 0
	}
	return valid
}

// MatchPrefix reports whether digits, which are ASCII, begin with some that are in the set
// that begins in a state.
func MatchPrefix[T string | []byte](a Automaton, state uint32, digits T) bool {
	for i := range len(digits) {
		edge := a.follow(state, digits[i]-'0')
		if edge == 0 || state == 0 || edge&ValidBit != 0 {
			return edge&ValidBit != 0 && state != 0
		}
		state = edge >> StateBits
	}
	return false
}

// follow returns the edge of a state for a digit, and 0 if there is none.
func (a Automaton) follow(state uint32, digit byte) uint32 {
	for {
		edge := a[state]
		if edge>>digit&1 == 1 {
			return edge
		}
		if edge&LastBit != 0 {
			return 0
		}
		state++
	}
}
