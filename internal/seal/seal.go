// Package seal encrypts what belongs to a job and is saved, under subkeys of its
// key. A file of it is a line of JSON, the header, and then sealed bytes. The header
// is in the clear, for people and for errors that say what is wrong; the seal
// authenticates it, byte for byte. The sealed bytes are the nonce, the ciphertext and
// the tag of AES-256-GCM.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
)

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

// Overhead is more than what Seal adds to a header and a content, in bytes.
const Overhead = block + 64

// Seal returns the bytes of a file. The header has the members format, version and
// key: those of the kind, and the key's fingerprint. The content may get spaces at its
// end.
func (k *Kind) Seal(key *pseudonym.Key, header any, content []byte) ([]byte, error) {
	head, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	seal, err := New(key, k.Purpose)
	if err != nil {
		return nil, err
	}
	return seal.Seal(append(bytes.Clone(head), '\n'), nil, Padded(content, block), head), nil
}

// Open is the inverse of Seal. The error is a [reason.Error], or an
// [*OtherKeyError] that wraps one.
func (k *Kind) Open(key *pseudonym.Key, data []byte, header any) (content []byte, err error) {
	head, sealed, _ := bytes.Cut(data, []byte{'\n'})
	var of struct {
		Key string `json:"key"` // fingerprint of the job's key
	}
	switch version, ok := k.versionOf(head); {
	case len(data) == 0:
		return nil, k.refuse("is damaged: it is empty")
	case !ok:
		return nil, k.refuse("is damaged: it is cut off, or never was one")
	case version != k.Version:
		return nil, k.refuse("has format %d, and this version of dynsync reads format %d; use the version that wrote it", version, k.Version)
	case json.Unmarshal(head, header) != nil || json.Unmarshal(head, &of) != nil || !keyID.MatchString(of.Key):
		return nil, k.changed()
	case of.Key != key.Fingerprint():
		why := fmt.Sprintf("%s is of another key (%s, and this job has %s), %s", k.Noun, of.Key, key.Fingerprint(), k.OtherKey)
		return nil, &OtherKeyError{reason.Error(why), of.Key}
	}
	seal, err := New(key, k.Purpose)
	if err != nil {
		return nil, err
	}
	if content, err = seal.Open(nil, nil, sealed, head); err != nil {
		return nil, k.changed()
	}
	return content, nil
}

// versionOf returns the version in a header, if it is one of the kind. Early versions
// had the header in a member of an object.
func (k *Kind) versionOf(head []byte) (version int, ok bool) {
	type header struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	var of struct {
		header
		Early header `json:"header"`
	}
	if json.Unmarshal(head, &of) != nil {
		return 0, false
	}
	if of.Early.Format == k.Format {
		return of.Early.Version, of.Early.Version != k.Version
	}
	return of.Version, of.Format == k.Format
}

// keyID is what the fingerprint of a key looks like.
var keyID = regexp.MustCompile(`^[0-9a-f]{16}$`)

func (k *Kind) refuse(format string, args ...any) error {
	return reason.Error(k.Noun + " " + fmt.Sprintf(format, args...))
}

func (k *Kind) changed() error {
	return k.refuse("is damaged: it was cut off or changed after it was written")
}

// Senseless returns the error of a file whose content cannot be.
func (k *Kind) Senseless() error {
	return k.refuse("is damaged: its content makes no sense")
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
