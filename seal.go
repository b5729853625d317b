package dynsync

import (
	"crypto/aes"
	"crypto/cipher"

	"github.com/dynsync/dynsync/internal/pseudonym"
)

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
