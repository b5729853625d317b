package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"time"

	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/wire"
)

// A content is what of a State is encrypted. It is encoded as a line of JSON, behind
// which the texts and bytes stand as they are: those of each part, those of each lost
// item, the debts. JSON would make them longer.
type content struct {
	Segments int           `json:"segments"`
	Next     int           `json:"next"`
	End      int           `json:"end"`
	Parts    []part        `json:"parts"`
	Matched  []int         `json:"matched,omitempty"`
	Applied  []int         `json:"applied,omitempty"`
	Began    time.Time     `json:"began"`
	Finished time.Time     `json:"finished,omitzero"`
	Counts   ledger.Counts `json:"counts"`
	Lost     []lostItem    `json:"lost,omitempty"`
	Debts    int           `json:"debts,omitempty"` // bytes
}

// A part is a segment under way. Its token and its key follow.
type part struct {
	Segment int       `json:"segment"`
	Token   int       `json:"token,omitempty"` // bytes
	TokenAt time.Time `json:"tokenAt,omitzero"`
	Key     int       `json:"key,omitempty"` // bytes, packed; 0 for none
}

// A lostItem is a ledger.Item. Its key and its digest follow.
type lostItem struct {
	Verdict ledger.Verdict `json:"verdict"`
	Key     int            `json:"key"` // bytes, packed
}

// encode returns the part of the state that is encrypted.
func (st *State) encode() ([]byte, error) {
	c := content{Segments: st.Segments, Next: st.At.Next, End: st.At.End, Matched: st.Matched, Applied: st.Applied,
		Began: st.Began.UTC().Round(0), Finished: st.Finished.UTC().Round(0),
		Counts: st.Ledger.Counts, Debts: len(st.Ledger.Debts)}
	var tail []byte
	for _, open := range st.At.Open {
		tail = append(tail, open.At.Token...)
		before := len(tail)
		if open.At.Key != nil {
			tail = appendPacked(tail, open.At.Key)
		}
		c.Parts = append(c.Parts, part{open.Segment, len(open.At.Token), open.At.Since.UTC().Round(0), len(tail) - before})
	}
	for _, item := range st.Ledger.Lost {
		before := len(tail)
		tail = appendPacked(tail, item.Key)
		c.Lost = append(c.Lost, lostItem{item.Verdict, len(tail) - before})
		tail = append(tail, item.Digest[:]...)
	}
	head, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return append(append(append(head, '\n'), tail...), st.Ledger.Debts...), nil
}

// decode is the inverse of encode.
func decode(text []byte) (*State, error) {
	var c content
	head, tail, _ := bytes.Cut(text, []byte{'\n'})
	if json.Unmarshal(head, &c) != nil {
		return nil, kind.Senseless()
	}
	st := &State{Segments: c.Segments, At: Frontier{Next: c.Next, End: c.End}, Matched: c.Matched, Applied: c.Applied,
		Began: c.Began, Finished: c.Finished, Ledger: ledger.Ledger{Counts: c.Counts}}
	r := reader{rest: tail}
	for _, p := range c.Parts {
		at := Position{Token: string(r.take(p.Token)), Since: p.TokenAt}
		if p.Key > 0 {
			at.Key = r.unpack(p.Key)
		}
		st.At.Open = append(st.At.Open, Cursor{Segment: p.Segment, At: at})
	}
	for _, item := range c.Lost {
		kept := ledger.Item{Verdict: item.Verdict, Key: r.unpack(item.Key)}
		copy(kept.Digest[:], r.take(len(kept.Digest)))
		st.Ledger.Lost = append(st.Ledger.Lost, kept)
	}
	if c.Debts != 0 {
		st.Ledger.Debts = r.take(c.Debts)
	}
	if r.bad {
		return nil, kind.Senseless()
	}
	return st, nil
}

// A reader takes bytes from the front of others.
type reader struct {
	rest []byte
	bad  bool // more was wanted than there is, or something else
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.bad = true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// text takes bytes that stand behind their number.
func (r *reader) text() []byte {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	r.rest = r.rest[size:]
	return r.take(int(n))
}

// The first byte of a packed key.
const (
	asText   = 0 // the DynamoDB JSON follows, which is none of a key
	asValues = 1 // names, kinds and values follow, which are shorter
)

// appendPacked appends the DynamoDB JSON of key attributes in a short form. What is
// spelled in several ways in JSON is not: an escape sequence is the bytes of its character,
// and base64 is bytes.
func appendPacked(dst, item []byte) []byte {
	start := len(dst)
	if packed, ok := appendValues(append(dst, asValues), item); ok {
		r := reader{rest: packed[start:]}
		if back := r.unpack(len(packed) - start); !r.bad && wire.EqualItems(back, item) {
			return packed
		}
	}
	return append(append(dst, asText), item...)
}

func appendValues(dst, item []byte) (packed []byte, ok bool) {
	var scan wire.Scanner
	attrs, err := scan.Index(nil, item)
	if err != nil {
		return dst, false
	}
	for _, a := range attrs {
		dst = appendCounted(dst, []byte(a.NameIn(item)))
		value, text := a.Value.Of(item), []byte(nil)
		switch a.Kind {
		case wire.S, wire.N:
			text = wire.AppendText(nil, value) // a lone surrogate as the three bytes of its code point
		case wire.B:
			text = wire.AppendBytes(nil, value)
		default:
			return dst, false
		}
		dst = appendCounted(append(dst, a.Kind.String()[0]), text)
	}
	return dst, true
}

func appendCounted(dst, text []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// unpack takes a packed key of that many bytes, and returns its DynamoDB JSON.
func (r *reader) unpack(n int) []byte {
	own := reader{rest: r.take(n)}
	defer func() { r.bad = r.bad || own.bad }()
	switch form := own.take(1); {
	case own.bad:
		return nil
	case form[0] == asText:
		return own.rest
	case form[0] != asValues:
		own.bad = true
		return nil
	}
	w := wire.NewItem(nil)
	for len(own.rest) > 0 && !own.bad {
		w.Name(string(own.text()))
		kind := own.take(1)
		text := own.text()
		switch {
		case own.bad:
		case kind[0] == 'S':
			w.Dst = wire.AppendS(w.Dst, text)
		case kind[0] == 'N':
			w.Dst = wire.AppendN(w.Dst, text)
		case kind[0] == 'B':
			w.Dst = wire.AppendB(w.Dst, text)
		default:
			own.bad = true
		}
	}
	return w.Finish()
}
