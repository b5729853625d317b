package dynsync

import (
	"time"

	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/wire"
)

const (
	checkpointFormat  = "dynsync checkpoint"
	checkpointVersion = 3
)

var checkpointKind = &seal.Kind{
	Format: checkpointFormat, Version: checkpointVersion, Purpose: "checkpoint", Noun: "the checkpoint",
	OtherKey: "so that what it covers has other pseudonyms; resume with the key that WithKey was given then, or give the checkpoint up by NewKey",
}

// A checkpointState is the progress of one table.
type checkpointState struct {
	Version   int              // of the format; encoding sets it
	Job       string           // the fingerprint of the job
	Segments  int              // of the table; 0 for one that is read by SELECT
	Parts     []checkpointPart // the segments under way, in ascending order; a SELECT is segment 0
	Next, End int              // the segments that are not begun: [Next, End)
	Ledger    ledger           // what became of the items so far, in all runs
	Matched   []int            // ids of the rules that selected something, in any run
	Began     time.Time        // when the first run began
	Finished  time.Time        // when the table was complete; zero while it is not
	Saved     time.Time        // when it was encoded; encoding sets it
}

// done reports whether the table is complete.
func (st *checkpointState) done() bool { return len(st.Parts) == 0 && st.Next == st.End }

// A checkpointPart is where the reading of a segment goes on. But for the segment,
// the zero value is the beginning.
type checkpointPart struct {
	Segment int
	Token   string    // the NextToken; "" at the beginning, and where a Scan goes on
	TokenAt time.Time // when the token was received
	Key     []byte    // DynamoDB JSON of the key attributes of the last item read, or nil
}

// newCheckpointState returns the state of a table whose reading stands there.
func newCheckpointState(job string, segments int, at reading, l ledger) (*checkpointState, error) {
	st := &checkpointState{Job: job, Segments: segments, Next: at.next, End: at.end, Ledger: l}
	for _, c := range at.open {
		part := checkpointPart{Segment: c.segment, Token: c.at.token, TokenAt: c.at.since}
		if key := c.at.key; key != nil && len(key.attrs) > 0 {
			part.Key = key.item
		}
		st.Parts = append(st.Parts, part)
	}
	return st, st.check()
}

// reading returns where the reading of the table goes on.
func (st *checkpointState) reading() (reading, error) {
	rd := reading{next: st.Next, end: st.End}
	for _, part := range st.Parts {
		at := position{token: part.Token, since: part.TokenAt}
		if part.Key != nil {
			key, err := NewRecord(part.Key)
			if err != nil {
				return reading{}, errCheckpointContent
			}
			at.key = key
		}
		rd.open = append(rd.open, cursor{segment: part.Segment, at: at})
	}
	return rd, nil
}

// A checkpointHeader is what of a checkpoint is in the clear; see [seal.File].
type checkpointHeader struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Table   string    `json:"table"` // checkpointName
	Key     string    `json:"key"`   // fingerprint of the job's key
	Job     string    `json:"job"`
	Saved   time.Time `json:"saved"`
	Settled int64     `json:"settled"`
	Done    bool      `json:"done"`
}

type sealedState struct {
	Segments int             `json:"segments"`
	Next     int             `json:"next"`
	End      int             `json:"end"`
	Parts    []sealedPart    `json:"parts"`
	Matched  []int           `json:"matched,omitempty"`
	Began    time.Time       `json:"began"`
	Finished time.Time       `json:"finished,omitzero"`
	Counts   [verdicts]int64 `json:"counts"`
	Lost     []sealedItem    `json:"lost,omitempty"`
	Debts    []byte          `json:"debts,omitempty"`
}

// A sealedItem is a lostItem.
type sealedItem struct {
	Verdict verdict `json:"verdict"`
	Key     []byte  `json:"key"`
	Digest  []byte  `json:"digest"`
}

// A sealedPart holds text as bytes: encoding/json changes some of it.
type sealedPart struct {
	Segment int       `json:"segment"`
	Token   []byte    `json:"token,omitempty"`
	TokenAt time.Time `json:"tokenAt,omitzero"`
	Key     []byte    `json:"key,omitempty"`
}

// encodeCheckpoint returns the bytes that are saved of a table's progress. No
// attribute value stands in them in the clear.
func (s *Syncer) encodeCheckpoint(t *table, st *checkpointState) ([]byte, error) {
	if err := st.check(); err != nil {
		return nil, err
	}
	st.Version, st.Saved = checkpointVersion, time.Now().UTC().Truncate(time.Second)
	header := checkpointHeader{
		Format:  checkpointFormat,
		Version: st.Version,
		Table:   checkpointName(t),
		Key:     s.key.Fingerprint(),
		Job:     st.Job,
		Saved:   st.Saved,
		Settled: outcomes(st.Ledger.counts).Read,
		Done:    st.done(),
	}
	return checkpointKind.Seal(s.key, header, st.sealed())
}

// decodeCheckpoint returns what encodeCheckpoint encoded for the table. The
// error is that of [seal.Kind.Open].
func (s *Syncer) decodeCheckpoint(t *table, data []byte) (*checkpointState, error) {
	var h checkpointHeader
	var sealed sealedState
	if err := checkpointKind.Open(s.key, data, &h, &sealed); err != nil {
		return nil, err
	}
	if h.Table != checkpointName(t) {
		return nil, refuse("the checkpoint is of another table, and was copied or renamed")
	}
	st := sealed.state()
	st.Version, st.Job, st.Saved = h.Version, h.Job, h.Saved
	return st, st.check()
}

// sealed returns the part of the state that is encrypted.
func (st *checkpointState) sealed() sealedState {
	sealed := sealedState{Segments: st.Segments, Next: st.Next, End: st.End, Matched: st.Matched,
		Began: st.Began.UTC().Round(0), Finished: st.Finished.UTC().Round(0),
		Counts: st.Ledger.counts, Debts: st.Ledger.debts}
	for _, p := range st.Parts {
		sealed.Parts = append(sealed.Parts, sealedPart{p.Segment, []byte(p.Token), p.TokenAt.UTC().Round(0), p.Key})
	}
	for _, item := range st.Ledger.lost {
		sealed.Lost = append(sealed.Lost, sealedItem{item.verdict, item.key, item.digest[:]})
	}
	return sealed
}

// state returns the state whose encrypted part this is.
func (sealed *sealedState) state() *checkpointState {
	st := &checkpointState{Segments: sealed.Segments, Next: sealed.Next, End: sealed.End, Matched: sealed.Matched,
		Began: sealed.Began, Finished: sealed.Finished, Ledger: ledger{counts: sealed.Counts, debts: sealed.Debts}}
	for _, p := range sealed.Parts {
		st.Parts = append(st.Parts, checkpointPart{p.Segment, string(p.Token), p.TokenAt, p.Key})
	}
	for _, item := range sealed.Lost {
		kept := lostItem{verdict: item.Verdict, key: item.Key}
		copy(kept.digest[:], item.Digest)
		st.Ledger.lost = append(st.Ledger.lost, kept)
	}
	return st
}

var errCheckpointContent = checkpointKind.Senseless()

// check checks what the seal vouches for all the same: a Scan is sent the key,
// and a state that is wrong loses items.
func (st *checkpointState) check() error {
	ok := st.Ledger.balanced() && st.Ledger.debts.legal() && len(st.Ledger.lost) <= maxLostKeys && st.Segments >= 0 && st.Next >= 0 && st.Next <= st.End && st.End <= max(st.Segments, 1)
	var scan wire.Scanner
	for i, p := range st.Parts {
		ok = ok && p.Segment >= 0 && p.Segment < st.Next && (i == 0 || st.Parts[i-1].Segment < p.Segment)
		if p.Key != nil {
			attrs, err := scan.Index(nil, p.Key)
			ok = ok && err == nil && len(attrs) > 0
		}
	}
	for _, item := range st.Ledger.lost {
		ok = ok && item.legal(&scan)
	}
	for _, id := range st.Matched {
		ok = ok && id >= 0
	}
	if !ok {
		return errCheckpointContent
	}
	return nil
}
