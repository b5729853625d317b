// Package seal encrypts what belongs to a job and is saved, under subkeys of its
// key. A file of it is JSON, with a header in the clear.
package seal

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

// A File is how what belongs to a job is saved, as JSON. The header is in the
// clear, for people and for errors that say what is wrong; it is authenticated,
// byte for byte, by the seal.
type File struct {
	Header json.RawMessage `json:"header"`
	Sealed []byte          `json:"sealed"` // AES-256-GCM: nonce, ciphertext, tag
}

// A Kind is what tells sealed files of one purpose from others.
type Kind struct {
	Format   string // in the header
	Version  int    // in the header, too
	Purpose  string // of the subkey
	Noun     string // as errors say it
	OtherKey string // what follows from another key, and what to do
}

// block is what the length of the encrypted part is rounded up to, in bytes, so that
// it does not tell how long a key is.
const block = 512

// Seal returns the bytes of a file. The header has the members format, version and
// key: those of the kind, and the key's fingerprint.
func (k *Kind) Seal(key *pseudonym.Key, header, content any) ([]byte, error) {
	head, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	clear, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	seal, err := New(key, k.Purpose)
	if err != nil {
		return nil, err
	}
	return json.Marshal(File{head, seal.Seal(nil, nil, Padded(clear, block), head)})
}

// Open is the inverse of Seal. The error is a [reason.Error], or an
// [*OtherKeyError] that wraps one.
func (k *Kind) Open(key *pseudonym.Key, data []byte, header, content any) error {
	var file File
	var kind struct { // what every version of a header has
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	var of struct {
		Key string `json:"key"` // fingerprint of the job's key
	}
	switch {
	case len(data) == 0:
		return k.refuse("is damaged: it is empty")
	case json.Unmarshal(data, &file) != nil || json.Unmarshal(file.Header, &kind) != nil || kind.Format != k.Format:
		return k.refuse("is damaged: it is cut off, or never was one")
	case kind.Version != k.Version:
		return k.refuse("has format %d, and this version of dynsync reads format %d; take the version that wrote it", kind.Version, k.Version)
	case json.Unmarshal(file.Header, header) != nil || json.Unmarshal(file.Header, &of) != nil || !keyID.MatchString(of.Key):
		return k.changed()
	case of.Key != key.Fingerprint():
		why := fmt.Sprintf("%s is of another key (%s, and this job has %s), %s", k.Noun, of.Key, key.Fingerprint(), k.OtherKey)
		return &OtherKeyError{reason.Error(why), of.Key}
	}
	seal, err := New(key, k.Purpose)
	if err != nil {
		return err
	}
	clear, err := seal.Open(nil, nil, file.Sealed, file.Header)
	if err != nil {
		return k.changed()
	}
	if json.Unmarshal(clear, content) != nil {
		return k.Senseless()
	}
	return nil
}

// keyID is what the fingerprint of a key looks like.
var keyID = regexp.MustCompile(`^[0-9a-f]{16}$`)

func (k *Kind) refuse(format string, args ...any) error {
	return reason.Error(k.Noun + " " + fmt.Sprintf(format, args...))
}

func (k *Kind) changed() error {
	return k.refuse("is damaged: it was changed after it was written")
}

// Senseless returns the error of a file whose content cannot be.
func (k *Kind) Senseless() error {
	return k.refuse("is damaged: what it holds makes no sense")
}

// An OtherKeyError is the error of a file that was sealed under another key.
type OtherKeyError struct {
	Reason reason.Error
	Key    string // the fingerprint of that key
}

func (e *OtherKeyError) Error() string { return e.Reason.Error() }
func (e *OtherKeyError) Unwrap() error { return e.Reason }

// Format prints what Error returns for every verb.
func (e *OtherKeyError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// IsOtherKey reports whether err is of a file that was sealed under another key.
func IsOtherKey(err error) bool {
	var other *OtherKeyError
	return errors.As(err, &other)
}

// New returns AES-256-GCM under the key's subkey for one purpose. Its nonces are
// random: that is safe for four billion messages under one key.
func New(key *pseudonym.Key, purpose string) (cipher.AEAD, error) {
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

var errNoSeal = reason.Error("AES-256-GCM is not available")

// Padded appends spaces to JSON text until its length is a multiple of block, so
// that the length of what is encrypted tells little.
func Padded(text []byte, block int) []byte {
	for len(text)%block != 0 {
		text = append(text, ' ')
	}
	return text
}
