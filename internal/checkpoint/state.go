package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/wire"
)

var kind = &seal.Kind{
	Format: "dynsync checkpoint", Version: 3, Purpose: "checkpoint", Noun: "the checkpoint",
	OtherKey: "so that what it covers has other pseudonyms; resume with the key that WithKey was given then, or give the checkpoint up by NewKey",
}

// A State is the progress of one table, as it is saved.
type State struct {
	Job      string        // the fingerprint of the job
	Segments int           // of the table; 0 for one that is read by SELECT
	At       Frontier      // where the reading goes on; a SELECT is segment 0
	Ledger   ledger.Ledger // what became of the items so far, in all runs
	Matched  []int         // ids of the rules that selected something, in any run
	Began    time.Time     // when the first run began
	Finished time.Time     // when the table was complete; zero while it is not
	Saved    time.Time     // when it was sealed; Seal sets it
}

// A header is what of a checkpoint is in the clear; see [seal.File].
type header struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Table   string    `json:"table"` // its Name
	Key     string    `json:"key"`   // fingerprint of the job's key
	Job     string    `json:"job"`
	Saved   time.Time `json:"saved"`
	Settled int64     `json:"settled"`
	Done    bool      `json:"done"`
}

// A content is what of a State is encrypted.
type content struct {
	Segments int           `json:"segments"`
	Next     int           `json:"next"`
	End      int           `json:"end"`
	Parts    []part        `json:"parts"`
	Matched  []int         `json:"matched,omitempty"`
	Began    time.Time     `json:"began"`
	Finished time.Time     `json:"finished,omitzero"`
	Counts   ledger.Counts `json:"counts"`
	Lost     []lostItem    `json:"lost,omitempty"`
	Debts    []byte        `json:"debts,omitempty"`
}

// A part is a segment under way. It holds text as bytes: encoding/json changes some
// of it.
type part struct {
	Segment int       `json:"segment"`
	Token   []byte    `json:"token,omitempty"`
	TokenAt time.Time `json:"tokenAt,omitzero"`
	Key     []byte    `json:"key,omitempty"`
}

// A lostItem is a ledger.Item.
type lostItem struct {
	Verdict ledger.Verdict `json:"verdict"`
	Key     []byte         `json:"key"`
	Digest  []byte         `json:"digest"`
}

// Seal returns the bytes that are saved of a table's progress. No attribute value
// stands in them in the clear.
func (st *State) Seal(key *pseudonym.Key, table string) ([]byte, error) {
	if err := st.check(); err != nil {
		return nil, err
	}
	st.Saved = time.Now().UTC().Truncate(time.Second)
	h := header{
		Format:  kind.Format,
		Version: kind.Version,
		Table:   Name(table),
		Key:     key.Fingerprint(),
		Job:     st.Job,
		Saved:   st.Saved,
		Settled: st.Ledger.Counts.Sum(),
		Done:    st.At.Done(),
	}
	return kind.Seal(key, h, st.content())
}

// Open returns what Seal sealed of the table. The error is that of [seal.Kind.Open].
func Open(key *pseudonym.Key, table string, data []byte) (*State, error) {
	var h header
	var c content
	if err := kind.Open(key, data, &h, &c); err != nil {
		return nil, err
	}
	if h.Table != Name(table) {
		return nil, reason.Error("the checkpoint is of another table, and was copied or renamed")
	}
	st := c.state()
	st.Job, st.Saved = h.Job, h.Saved
	return st, st.check()
}

// content returns the part of the state that is encrypted.
func (st *State) content() content {
	c := content{Segments: st.Segments, Next: st.At.Next, End: st.At.End, Matched: st.Matched,
		Began: st.Began.UTC().Round(0), Finished: st.Finished.UTC().Round(0),
		Counts: st.Ledger.Counts, Debts: st.Ledger.Debts}
	for _, open := range st.At.Open {
		c.Parts = append(c.Parts, part{open.Segment, []byte(open.At.Token), open.At.Since.UTC().Round(0), open.At.Key})
	}
	for _, item := range st.Ledger.Lost {
		c.Lost = append(c.Lost, lostItem{item.Verdict, item.Key, item.Digest[:]})
	}
	return c
}

// state returns the state whose encrypted part this is.
func (c *content) state() *State {
	st := &State{Segments: c.Segments, At: Frontier{Next: c.Next, End: c.End}, Matched: c.Matched,
		Began: c.Began, Finished: c.Finished, Ledger: ledger.Ledger{Counts: c.Counts, Debts: c.Debts}}
	for _, p := range c.Parts {
		st.At.Open = append(st.At.Open, Cursor{Segment: p.Segment, At: Position{Token: string(p.Token), Since: p.TokenAt, Key: p.Key}})
	}
	for _, item := range c.Lost {
		kept := ledger.Item{Verdict: item.Verdict, Key: item.Key}
		copy(kept.Digest[:], item.Digest)
		st.Ledger.Lost = append(st.Ledger.Lost, kept)
	}
	return st
}

// check checks what the seal vouches for all the same: a Scan is sent the key, and a
// state that is wrong loses items.
func (st *State) check() error {
	at := &st.At
	ok := st.Ledger.Legal() && st.Segments >= 0 && at.Next >= 0 && at.Next <= at.End && at.End <= max(st.Segments, 1)
	var scan wire.Scanner
	for i, c := range at.Open {
		ok = ok && c.Segment >= 0 && c.Segment < at.Next && (i == 0 || at.Open[i-1].Segment < c.Segment)
		if c.At.Key != nil {
			attrs, err := scan.Index(nil, c.At.Key)
			ok = ok && err == nil && len(attrs) > 0
		}
	}
	for _, id := range st.Matched {
		ok = ok && id >= 0
	}
	if !ok {
		return kind.Senseless()
	}
	return nil
}

// Name returns the name of a table's checkpoint: what of the table's name is fit for
// a file name, for people, and a hash of it, to be unique.
func Name(table string) string {
	sum := sha256.Sum256([]byte(table))
	readable := make([]byte, 0, 64)
	for _, c := range []byte(table) {
		fit := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			(c == '-' || c == '.') && len(readable) > 0
		if !fit {
			c = '_'
		}
		if readable = append(readable, c); len(readable) == cap(readable) {
			break
		}
	}
	return string(readable) + "-" + hex.EncodeToString(sum[:8])
}
