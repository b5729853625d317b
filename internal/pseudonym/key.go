package pseudonym

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"sync"
	"sync/atomic"
)

// MinKeyLen is the length of the shortest key that [NewKey] takes, in bytes.
const MinKeyLen = 32

const (
	// hkdfSalt and hkdfInfo tie the subkeys to this program and to what the package
	// comment describes. Another construction takes another number, and another one of
	// internal/scheme.
	hkdfSalt = "dynsync"
	hkdfInfo = "dynsync/pseudonym/1/"
	// hkdfEnvironment begins the info of the subkeys of an environment: its length, its
	// name and the label follow, so that no two pairs have one info.
	hkdfEnvironment = "dynsync/environment/1/"
	// itemLabel is that of the subkey of default pseudonyms, which have a
	// number of their own: other subkeys go on when it changes.
	itemLabel = "item/2"
)

// ErrShortKey says that a master key has fewer than [MinKeyLen] bytes.
var ErrShortKey = errors.New("pseudonym: the key is shorter than 32 bytes")

// Key is the secret that all pseudonyms of a job are derived from. It is safe
// for concurrent use. No format verb prints it. The zero Key is not usable.
type Key struct {
	prk         []byte      // HKDF's pseudorandom key
	environment string      // or ""
	macs        sync.Pool   // of *macState, for Mac
	there       atomic.Bool // the fields before are set for good
}

// NewKey returns the key made of master, which has at least [MinKeyLen] bytes
// from a random source. It is hashed, so a structure in it (text, hexadecimal)
// does no harm, but a guessable one cannot be made good: whoever has an item, its
// pseudonyms and a guess of the key can check the guess. Master is not kept.
func NewKey(master []byte) (*Key, error) {
	k, set := Later("")
	if err := set(master); err != nil {
		return nil, err
	}
	return k, nil
}

// Later returns a key of an environment, "" for none, that is not there yet, and the
// function that makes it of its master, as [NewKey] does. Environments have subkeys that
// say nothing about each other. Until set has returned nil, the fingerprint is "" and
// whatever else needs the key panics. set is called by one goroutine at a time, and not
// again once it has returned nil.
func Later(environment string) (k *Key, set func(master []byte) error) {
	k = &Key{environment: environment}
	return k, func(master []byte) error {
		if len(master) < MinKeyLen {
			return ErrShortKey
		}
		prk, err := hkdf.Extract(sha256.New, master, []byte(hkdfSalt))
		if err != nil {
			return fmt.Errorf("pseudonym: %w", err)
		}
		k.complete(prk)
		return nil
	}
}

func (k *Key) complete(prk []byte) {
	k.prk = prk
	macKey := k.expand("mac")
	k.macs.New = func() any { return newMAC(macKey) }
	k.there.Store(true)
}

// In returns the key of the same master in an environment, "" for none.
func (k *Key) In(environment string) *Key {
	k.mustBeThere()
	other := &Key{environment: environment}
	other.complete(k.prk)
	return other
}

// Environment returns the name of the key's environment, or "".
func (k *Key) Environment() string { return k.environment }

// Subkey returns the key for one purpose. Subkeys with different labels say
// nothing about each other or about the key. It costs some microseconds.
func (k *Key) Subkey(label string) [32]byte {
	k.mustBeThere()
	return k.expand(label)
}

// mustBeThere panics if the key is not there yet: a subkey of nothing would be
// everybody's.
func (k *Key) mustBeThere() {
	if !k.there.Load() {
		panic("pseudonym: the key is not there yet")
	}
}

func (k *Key) expand(label string) [32]byte {
	info := hkdfInfo + label
	if k.environment != "" {
		info = fmt.Sprintf("%s%d/%s/%s", hkdfEnvironment, len(k.environment), k.environment, label)
	}
	b, err := hkdf.Expand(sha256.New, k.prk, info, sha256.Size)
	if err != nil {
		// HKDF refuses only lengths over 255 hashes, and, where a program
		// allows approved cryptography alone, other hashes and short keys.
		panic("pseudonym: HKDF-SHA256 is not available")
	}
	return [32]byte(b)
}

// Fingerprint returns 16 hexadecimal digits that tell keys apart, those of one master in
// two environments too, and from which no key can be computed.
func (k *Key) Fingerprint() string {
	if !k.there.Load() {
		return ""
	}
	sum := k.Subkey("fingerprint")
	return hex.EncodeToString(sum[:8])
}

// Mac appends 32 bytes to dst that depend on the key, the domain and the value,
// and that nobody without the key can tell from random ones. Equal arguments
// give equal bytes. The domain names what the bytes are used for. Mac allocates
// nothing if dst has room.
func (k *Key) Mac(dst []byte, domain string, value []byte) []byte {
	m := k.macs.Get().(*macState)
	m.msg = binary.BigEndian.AppendUint32(m.msg[:0], uint32(len(domain)))
	m.msg = append(m.msg, domain...)
	return k.sum(m, dst, value)
}

// sum appends the code of m.msg and value, and gives m back.
func (k *Key) sum(m *macState, dst, value []byte) []byte {
	m.sum(value)
	dst = append(dst, m.out[:]...)
	clear(m.out[:])
	clear(m.msg)
	if cap(m.msg) > maxKept {
		m.msg = nil
	}
	k.macs.Put(m)
	return dst
}

// Format implements [fmt.Formatter]: every verb prints the type alone.
func (k *Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, "pseudonym.Key") }

// macState computes HMAC-SHA256 under one key without allocating.
type macState struct {
	h   hash.Hash
	msg []byte // the first part of the message
	out [sha256.Size]byte
}

func newMAC(key [32]byte) *macState {
	m := &macState{h: hmac.New(sha256.New, key[:])}
	m.h.Reset() // from here on it starts from hashed pads
	return m
}

// sum sets out to the MAC of msg and value. Nothing of them is left in h.
func (m *macState) sum(value []byte) {
	m.h.Write(m.msg)
	m.h.Write(value)
	m.h.Sum(m.out[:0])
	m.h.Reset()
}
