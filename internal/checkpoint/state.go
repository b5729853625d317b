package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/wire"
)

var kind = &seal.Kind{
	Format: "dynsync checkpoint", Version: 5, Purpose: "checkpoint", Noun: "the checkpoint",
	OtherKey: "so that what it covers has other pseudonyms; resume with the key and the WithEnvironment of then, or give the checkpoint up by NewKey",
}

// A State is the progress of one table, as it is saved.
type State struct {
	Job      string        // the fingerprint of the job
	Segments int           // of the table; 0 for one that is read by SELECT
	At       Frontier      // where the reading goes on; a SELECT is segment 0
	Ledger   ledger.Ledger // what became of the items so far, in all runs
	Matched  []int         // ids of the rules that selected something, in any run
	Applied  []int         // ids of those that applied to it, in any run
	Began    time.Time     // when the first run began
	Finished time.Time     // when the table was complete; zero while it is not
	Saved    time.Time     // when it was sealed; Seal sets it
	Dropped  int           // lost items that Seal had no room for, and that are only counted
}

// A header is what of a checkpoint is in the clear.
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

// ErrTooLarge is the error of Seal where a state does not fit into a store.
var ErrTooLarge = errors.New("dynsync: the checkpoint is larger than what the store takes")

// Seal returns the bytes that are saved of a table's progress, limit at most where that
// is not 0: where there is no room for lost items, it forgets some. No attribute value
// stands in the bytes in the clear.
func (st *State) Seal(key *pseudonym.Key, table string, limit int) ([]byte, error) {
	data, err := st.seal(key, table)
	if err != nil || limit == 0 || len(data) <= limit {
		return data, err
	}
	whole := st.Ledger
	st.Ledger.Lost, st.Ledger.Debts = nil, nil
	if data, err = st.seal(key, table); err != nil {
		return nil, err
	}
	room := limit - len(data) - seal.Overhead
	st.Ledger = whole
	st.trim(room)
	if data, err = st.seal(key, table); err == nil && len(data) > limit {
		return nil, ErrTooLarge
	}
	return data, err
}

// seal returns the bytes of the whole state.
func (st *State) seal(key *pseudonym.Key, table string) ([]byte, error) {
	if err := st.check(); err != nil {
		return nil, err
	}
	content, err := st.encode()
	if err != nil {
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
	return kind.Seal(key, h, content)
}

// Open returns what Seal sealed of the table. The error is that of [seal.Kind.Open].
func Open(key *pseudonym.Key, table string, data []byte) (*State, error) {
	var h header
	content, err := kind.Open(key, data, &h)
	if err != nil {
		return nil, err
	}
	if h.Table != Name(table) {
		return nil, reason.Error("the checkpoint belongs to another table: it was copied or renamed")
	}
	st, err := decode(content)
	if err != nil {
		return nil, err
	}
	st.Job, st.Saved = h.Job, h.Saved
	if err := st.check(); err != nil {
		return nil, err
	}
	return st, nil
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
	for _, id := range slices.Concat(st.Matched, st.Applied) {
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
