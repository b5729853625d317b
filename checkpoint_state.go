package dynsync

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"time"

	"github.com/dynsync/dynsync/internal/wire"
)

const (
	checkpointFormat  = "dynsync checkpoint"
	checkpointVersion = 1
	// sealedBlock is what the length of the encrypted part is rounded up to, in
	// bytes, so that it does not tell how long a key is.
	sealedBlock = 512
)

// A checkpointState is the progress of one table.
type checkpointState struct {
	Version int              // of the format; encoding sets it
	Job     string           // the fingerprint of the job
	Parts   []checkpointPart // one for a read by SELECT
	Settled int64            // items settled so far, by all runs
	Matched []int            // ids of the rules that selected something, in any run
	Done    bool             // the table is complete
	Saved   time.Time        // when it was encoded; encoding sets it
}

// A checkpointPart is where the reading of a table, or of a segment of it, goes
// on. The zero value is the beginning.
type checkpointPart struct {
	Token   string    // the NextToken; "" at the beginning, and where a Scan goes on
	TokenAt time.Time // when the token was received
	Key     []byte    // DynamoDB JSON of the key attributes of the last item read, or nil
	Done    bool
}

// newCheckpointState returns the state of a table that is read from one position
// on.
func newCheckpointState(job string, at position, settled int64) (*checkpointState, error) {
	part := checkpointPart{Token: at.token, TokenAt: at.since, Done: at.done}
	if at.key != nil && len(at.key.attrs) > 0 {
		part.Key = at.key.item
	}
	st := &checkpointState{Job: job, Parts: []checkpointPart{part}, Settled: settled, Done: at.done}
	return st, st.check()
}

// position returns the one position from which the table is read on.
func (st *checkpointState) position() (position, error) {
	if len(st.Parts) != 1 {
		return position{}, refuse("the checkpoint is of a table that was read in %d segments; give the job as many, or delete the checkpoint to start over", len(st.Parts))
	}
	part := st.Parts[0]
	at := position{token: part.Token, since: part.TokenAt, done: part.Done}
	if part.Key != nil {
		key, err := NewRecord(part.Key)
		if err != nil {
			return position{}, errCheckpointContent
		}
		at.key = key
	}
	return at, nil
}

// A checkpointFile is how a checkpoint is saved, as JSON. The header is in the
// clear, for people and for errors that say what is wrong; it is authenticated,
// byte for byte, by the seal.
type checkpointFile struct {
	Header json.RawMessage `json:"header"`
	Sealed []byte          `json:"sealed"` // AES-256-GCM of a sealedState: nonce, ciphertext, tag
}

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
	Parts   []sealedPart `json:"parts"`
	Matched []int        `json:"matched,omitempty"`
}

// A sealedPart holds text as bytes: encoding/json changes some of it.
type sealedPart struct {
	Token   []byte    `json:"token,omitempty"`
	TokenAt time.Time `json:"tokenAt,omitzero"`
	Key     []byte    `json:"key,omitempty"`
	Done    bool      `json:"done,omitempty"`
}

// encodeCheckpoint returns the bytes that are saved of a table's progress. No
// attribute value stands in them in the clear.
func (s *Syncer) encodeCheckpoint(t *table, st *checkpointState) ([]byte, error) {
	if err := st.check(); err != nil {
		return nil, err
	}
	st.Version, st.Saved = checkpointVersion, time.Now().UTC().Truncate(time.Second)
	header, err := json.Marshal(checkpointHeader{
		Format:  checkpointFormat,
		Version: st.Version,
		Table:   checkpointName(t),
		Key:     s.key.Fingerprint(),
		Job:     st.Job,
		Saved:   st.Saved,
		Settled: st.Settled,
		Done:    st.Done,
	})
	if err != nil {
		return nil, err
	}
	sealed := sealedState{Matched: st.Matched}
	for _, p := range st.Parts {
		sealed.Parts = append(sealed.Parts, sealedPart{[]byte(p.Token), p.TokenAt.UTC().Round(0), p.Key, p.Done})
	}
	clear, err := json.Marshal(sealed)
	if err != nil {
		return nil, err
	}
	for len(clear)%sealedBlock != 0 {
		clear = append(clear, ' ')
	}
	seal, err := s.checkpointSeal()
	if err != nil {
		return nil, err
	}
	return json.Marshal(checkpointFile{header, seal.Seal(nil, nil, clear, header)})
}

// decodeCheckpoint returns what encodeCheckpoint encoded for the table. The
// error is a reasonError.
func (s *Syncer) decodeCheckpoint(t *table, data []byte) (*checkpointState, error) {
	var file checkpointFile
	var kind struct { // what every version of the header has
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	var h checkpointHeader
	switch {
	case len(data) == 0:
		return nil, refuse("the checkpoint is damaged: it is empty")
	case json.Unmarshal(data, &file) != nil || json.Unmarshal(file.Header, &kind) != nil || kind.Format != checkpointFormat:
		return nil, refuse("the checkpoint is damaged: it is cut off, or never was a checkpoint")
	case kind.Version != checkpointVersion:
		return nil, refuse("the checkpoint has format %d, and this version of dynsync reads format %d; resume with the version that wrote it", kind.Version, checkpointVersion)
	case json.Unmarshal(file.Header, &h) != nil:
		return nil, errCheckpointChanged
	case h.Key != s.key.Fingerprint():
		return nil, refuse("the checkpoint was written under another key, so that what it covers has other pseudonyms; resume with the key that WithKey was given then")
	case h.Table != checkpointName(t):
		return nil, refuse("the checkpoint is of another table, and was copied or renamed")
	}
	seal, err := s.checkpointSeal()
	if err != nil {
		return nil, err
	}
	clear, err := seal.Open(nil, nil, file.Sealed, file.Header)
	if err != nil {
		return nil, errCheckpointChanged
	}
	var sealed sealedState
	if json.Unmarshal(clear, &sealed) != nil {
		return nil, errCheckpointContent
	}
	st := &checkpointState{Version: h.Version, Job: h.Job, Settled: h.Settled, Matched: sealed.Matched, Done: h.Done, Saved: h.Saved}
	for _, p := range sealed.Parts {
		st.Parts = append(st.Parts, checkpointPart{string(p.Token), p.TokenAt, p.Key, p.Done})
	}
	return st, st.check()
}

var (
	errCheckpointChanged = reasonError("the checkpoint is damaged: it was changed after it was written")
	errCheckpointContent = reasonError("the checkpoint is damaged: what it holds makes no sense")
)

// check checks what the seal vouches for all the same: a Scan is sent the key,
// and a state that is wrong loses items.
func (st *checkpointState) check() error {
	ok := st.Settled >= 0 && len(st.Parts) > 0
	var scan wire.Scanner
	for _, p := range st.Parts {
		if p.Key != nil {
			attrs, err := scan.Index(nil, p.Key)
			ok = ok && err == nil && len(attrs) > 0
		}
		ok = ok && (p.Done || !st.Done)
	}
	for _, id := range st.Matched {
		ok = ok && id >= 0
	}
	if !ok {
		return errCheckpointContent
	}
	return nil
}

// checkpointSeal returns the cipher for the checkpoints of the job. Its nonces
// are random: that is safe for four billion checkpoints under one key.
func (s *Syncer) checkpointSeal() (cipher.AEAD, error) {
	key := s.key.Subkey("checkpoint")
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, errNoSeal
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, errNoSeal
	}
	return seal, nil
}

var errNoSeal = reasonError("AES-256-GCM is not available")
