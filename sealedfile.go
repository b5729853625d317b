package dynsync

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
)

// A sealedFile is how what belongs to a job is saved, as JSON. The header is in the
// clear, for people and for errors that say what is wrong; it is authenticated,
// byte for byte, by the seal.
type sealedFile struct {
	Header json.RawMessage `json:"header"`
	Sealed []byte          `json:"sealed"` // AES-256-GCM: nonce, ciphertext, tag
}

// A fileKind is what tells sealed files of one purpose from others.
type fileKind struct {
	format   string // in the header
	version  int    // likewise
	purpose  string // of the subkey
	noun     string // as errors say it
	otherKey string // what follows from another key, and what to do
}

// sealedBlock is what the length of the encrypted part is rounded up to, in
// bytes, so that it does not tell how long a key is.
const sealedBlock = 512

// sealFile returns the bytes of a file. Header has the members of the kind, by
// which openFile knows it.
func (s *Syncer) sealFile(k fileKind, header, content any) ([]byte, error) {
	head, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	clear, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	seal, err := newSeal(s.key, k.purpose)
	if err != nil {
		return nil, err
	}
	return json.Marshal(sealedFile{head, seal.Seal(nil, nil, padded(clear, sealedBlock), head)})
}

// openFile is the inverse of sealFile. The error is a reasonError, or an
// *otherKeyError that wraps one.
func (s *Syncer) openFile(k fileKind, data []byte, header, content any) error {
	var file sealedFile
	var kind struct { // what every version of a header has
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	var of struct {
		Key string `json:"key"` // fingerprint of the job's key
	}
	switch {
	case len(data) == 0:
		return refuse("%s is damaged: it is empty", k.noun)
	case json.Unmarshal(data, &file) != nil || json.Unmarshal(file.Header, &kind) != nil || kind.Format != k.format:
		return refuse("%s is damaged: it is cut off, or never was one", k.noun)
	case kind.Version != k.version:
		return refuse("%s has format %d, and this version of dynsync reads format %d; take the version that wrote it", k.noun, kind.Version, k.version)
	case json.Unmarshal(file.Header, header) != nil || json.Unmarshal(file.Header, &of) != nil || !keyID.MatchString(of.Key):
		return k.changed()
	case of.Key != s.key.Fingerprint():
		why := fmt.Sprintf("%s is of another key (%s, and this job has %s), %s", k.noun, of.Key, s.key.Fingerprint(), k.otherKey)
		return &otherKeyError{reasonError(why), of.Key}
	}
	seal, err := newSeal(s.key, k.purpose)
	if err != nil {
		return err
	}
	clear, err := seal.Open(nil, nil, file.Sealed, file.Header)
	if err != nil {
		return k.changed()
	}
	if json.Unmarshal(clear, content) != nil {
		return k.senseless()
	}
	return nil
}

// keyID is what the fingerprint of a key looks like.
var keyID = regexp.MustCompile(`^[0-9a-f]{16}$`)

func (k fileKind) changed() error {
	return refuse("%s is damaged: it was changed after it was written", k.noun)
}

func (k fileKind) senseless() error {
	return refuse("%s is damaged: what it holds makes no sense", k.noun)
}

// An otherKeyError is the error of a file that was sealed under another key.
type otherKeyError struct {
	reason reasonError
	key    string // the fingerprint of that key
}

func (e *otherKeyError) Error() string { return e.reason.Error() }
func (e *otherKeyError) Unwrap() error { return e.reason }

// Format prints what Error returns for every verb.
func (e *otherKeyError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

func isOfOtherKey(err error) bool {
	var other *otherKeyError
	return errors.As(err, &other)
}

// newSeal returns AES-256-GCM under the key's subkey for one purpose. Its nonces
// are random: that is safe for four billion messages under one key.
func newSeal(key *pseudonym.Key, purpose string) (cipher.AEAD, error) {
	subkey := key.Subkey(purpose)
	block, err := aes.NewCipher(subkey[:])
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

// padded appends spaces to JSON text until its length is a multiple of block, so
// that the length of what is encrypted tells little.
func padded(text []byte, block int) []byte {
	for len(text)%block != 0 {
		text = append(text, ' ')
	}
	return text
}
