package wire

// An Editor copies a validated text, src, to Dst with changes, from front to
// back. What no call touches is copied byte for byte. Offsets are those of src;
// they must not decrease from one call to the next, and an offset behind the
// place reached counts as that place.
//
// Between calls a caller may append to Dst: that puts text at the place reached.
// The zero Editor must be Reset before it is used.
type Editor struct {
	Dst []byte // shares no memory with src

	src []byte
	pos int // src is dealt with up to here
}

// NewEditor returns an Editor that appends to dst the text src with changes.
func NewEditor(dst, src []byte) Editor { return Editor{Dst: dst, src: src} }

// Reset makes e append to dst the text src with changes.
func (e *Editor) Reset(dst, src []byte) { *e = NewEditor(dst, src) }

// CopyTo copies src up to off.
func (e *Editor) CopyTo(off uint32) {
	if end := min(int(off), len(e.src)); end > e.pos {
		e.Dst = append(e.Dst, e.src[e.pos:end]...)
		e.pos = end
	}
}

// SkipTo drops src up to off.
func (e *Editor) SkipTo(off uint32) {
	e.pos = max(e.pos, min(int(off), len(e.src)))
}

// Replace copies src up to the span and puts text in the span's place.
func (e *Editor) Replace(s Span, text []byte) {
	e.CopyTo(s.Start)
	e.Dst = append(e.Dst, text...)
	e.SkipTo(s.End)
}

// RemoveMember drops one member or element of an object or array, the text
// [start, end) from its opening quote or bracket, and with it exactly one comma
// and the white space that the two stood in: the comma behind it or, behind the
// last, the one in front. It serves any members of one container in any number,
// all of them as well, provided the container's opening bracket was copied
// and the commas between its members left alone.
func (e *Editor) RemoveMember(start, end uint32) {
	e.CopyTo(start)
	e.SkipTo(end)
	i := skipSpace(e.src, e.pos)
	if i < len(e.src) && e.src[i] == ',' {
		e.pos = skipSpace(e.src, i+1)
		return
	}
	// The last member: a comma is in front of it if a member was kept there.
	if n := trimSpace(e.Dst); n > 0 && e.Dst[n-1] == ',' {
		e.Dst = e.Dst[:trimSpace(e.Dst[:n-1])]
	}
}

// AddMember readies Dst for a member or element at the end of a container, which
// the caller then appends: it copies src up to end, the offset of the closing
// bracket, and puts a comma there unless Dst has the container empty. It may be
// called again for a further member.
func (e *Editor) AddMember(end uint32) {
	e.CopyTo(end)
	n := trimSpace(e.Dst)
	if n > 0 && e.Dst[n-1] != '{' && e.Dst[n-1] != '[' {
		e.Dst = append(e.Dst[:n], ',')
	}
}

// A Mark is a place that an Editor has reached and can go back to.
type Mark struct{ dst, pos int }

// Mark returns the place that e has reached.
func (e *Editor) Mark() Mark { return Mark{len(e.Dst), e.pos} }

// Rewind goes back to m, as if no call and no append had been made since. What
// was removed since must lie in a container that was opened behind m: removing
// the last member of one that was opened in front of m may have taken a comma
// from before m.
func (e *Editor) Rewind(m Mark) { e.Dst, e.pos = e.Dst[:m.dst], m.pos }

// Finish copies the rest of src and returns Dst.
func (e *Editor) Finish() []byte {
	e.Dst = append(e.Dst, e.src[e.pos:]...)
	e.pos = len(e.src)
	return e.Dst
}

// trimSpace returns the length of b without the white space at its end.
func trimSpace(b []byte) int {
	n := len(b)
	for n > 0 && isSpace(b[n-1]) {
		n--
	}
	return n
}
