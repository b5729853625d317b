// Package deadletter writes and reads the file of items that were not written. Each of its
// lines is a [Letter] as JSON. Several processes may append to one file.
package deadletter

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/wire"
)

const (
	// purpose is what the subkey of dead letters is derived for.
	purpose = "dead letters"
	// block is what the length of the encrypted part of a line is rounded up to, in
	// bytes, so that it does not tell how long a key is.
	block = 256
	// maxItem is the length in bytes of the longest item that a line takes. An item that
	// DynamoDB holds has less, six bytes for each of its 400 KB, if its numbers are
	// short; a stream of the caller's may have more.
	maxItem = 8 << 20
	// tornMark ends a line that a killed process or a full disk cut off.
	tornMark = "#torn"
)

// A Letter is what a line says of an item.
type Letter struct {
	Table   string          `json:"table"`
	Key     json.RawMessage `json:"key,omitempty"` // DynamoDB JSON
	Outcome string          `json:"outcome"`
	Reason  string          `json:"reason"`
	Tag     string          `json:"keys,omitempty"` // of the keys that the job writes
	Item    json.RawMessage `json:"item,omitempty"` // DynamoDB JSON
}

// A line is a letter in a file. In a sealed line, the last member contains the key and the
// item, and the seal authenticates everything before it, byte for byte.
type line struct {
	Letter
	SealKey string `json:"fingerprint,omitempty"` // of the key that the line is sealed under
	In      string `json:"environment,omitempty"` // of that key
}

// A secret is the encrypted part of a sealed line.
type secret struct {
	Key  json.RawMessage `json:"key"`
	Item json.RawMessage `json:"item,omitempty"`
}

// sealedMember begins the last member of a sealed line: the secret, encrypted with
// AES-256-GCM, in base64. Other members cannot contain it, because JSON escapes quotation
// marks. sealedEnd ends the line.
const (
	sealedMember = `,"sealed":"`
	sealedEnd    = `"}`
)

// A codec writes and opens the lines of a key. The zero codec writes in the clear.
type codec struct {
	seal        cipher.AEAD // nil without a key
	fingerprint string      // of the key, or ""
	environment string      // of the key, or ""
}

// newCodec returns the codec of a key, or of none.
func newCodec(key *pseudonym.Key) (c codec, err error) {
	if key == nil {
		return codec{}, nil
	}
	c.fingerprint, c.environment = key.Fingerprint(), key.Environment()
	c.seal, err = seal.New(key, purpose)
	return c, err
}

// encode returns the line of a letter.
func (c codec) encode(l Letter) ([]byte, error) {
	hidden := secret{l.Key, itemOf(l.Item)}
	out := line{l, c.fingerprint, c.environment}
	out.Key, out.Item = hidden.Key, hidden.Item
	if c.seal != nil {
		out.Key, out.Item = nil, nil
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	if c.seal != nil {
		if text, err = c.appendSealed(text, hidden); err != nil {
			return nil, err
		}
	}
	return append(text, '\n'), nil
}

// appendSealed adds the sealed member to a line.
func (c codec) appendSealed(text []byte, s secret) ([]byte, error) {
	hidden, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	text = text[:len(text)-len("}")]
	sealed := c.seal.Seal(nil, nil, seal.Padded(hidden, block), text)
	text = append(text, sealedMember...)
	text = base64.StdEncoding.AppendEncode(text, sealed)
	return append(text, sealedEnd...), nil
}

// itemOf returns the bytes as a line takes them, with short numbers if they are too long,
// or nil if they are no item: the result of a record transform may not be one.
func itemOf(item []byte) []byte {
	if !isItem(item) {
		return nil
	}
	if len(item) > maxItem {
		item = wire.AppendShort(nil, item)
	}
	if len(item) > maxItem {
		return nil
	}
	return item
}

func isItem(text []byte) bool {
	_, err := new(wire.Scanner).Index(nil, text)
	return err == nil
}

// cutSealed splits a sealed line into the plain part, without a closing brace, and the
// encrypted part.
func cutSealed(text []byte) (head, sealed []byte, ok bool) {
	i := bytes.LastIndex(text, []byte(sealedMember))
	if i < 0 {
		return nil, nil, false
	}
	code, ok := bytes.CutSuffix(text[i+len(sealedMember):], []byte(sealedEnd))
	if !ok {
		return nil, nil, false
	}
	sealed, err := base64.StdEncoding.Strict().AppendDecode(nil, code)
	return text[:i], sealed, err == nil
}

// Texts of [Line.Why].
const (
	whyTorn      = "was cut off when it was written"
	whyDamaged   = "is damaged, or is not a line of WithDeadLetters"
	whyChanged   = "is damaged: it was changed after it was written"
	whyTooLong   = "is damaged: it is longer than 16 MiB"
	whyOutcome   = "has an outcome that this version of dynsync does not know; use the version that wrote it"
	whyNoKey     = "is encrypted; give the key that WithKey was given when it was written"
	whyOtherKey  = "was written under another key; give the key, and WithEnvironment the name, of then"
	whyNoSecrets = "is damaged: its content makes no sense"
)

// Keys returns the key of an environment, "" for none. It returns nil if there is no key.
type Keys func(environment string) *pseudonym.Key

// An opener decodes lines.
type opener struct {
	keys     Keys
	codec    codec    // of the last key
	outcomes []string // that lines may have
}

// under sets the codec to that of an environment.
func (o *opener) under(environment string) (err error) {
	if o.codec.seal != nil && o.codec.environment == environment {
		return nil
	}
	o.codec, err = newCodec(o.keys(environment))
	return err
}

// open decodes a line.
func (o *opener) open(text []byte) Line {
	head, sealed, isSealed := cutSealed(text)
	if isSealed {
		text = append(bytes.Clone(head), '}')
	}
	var l line
	if json.Unmarshal(text, &l) != nil {
		return Line{State: Damaged, Why: whyDamaged}
	}
	if isSealed {
		switch err := o.under(l.In); {
		case err != nil || o.codec.seal == nil:
			return Line{State: OtherKey, Why: whyNoKey}
		case l.SealKey != o.codec.fingerprint:
			return Line{State: OtherKey, Why: whyOtherKey}
		}
		hidden, err := o.codec.seal.Open(nil, nil, sealed, head)
		if err != nil {
			return Line{State: Damaged, Why: whyChanged}
		}
		var s secret
		if json.Unmarshal(hidden, &s) != nil {
			return Line{State: Damaged, Why: whyNoSecrets}
		}
		l.Key, l.Item = s.Key, s.Item
	}
	if !isItem(l.Key) || len(l.Item) > 0 && !isItem(l.Item) {
		return Line{State: Damaged, Why: whyDamaged}
	}
	if !slices.Contains(o.outcomes, l.Outcome) {
		return Line{State: Damaged, Why: whyOutcome}
	}
	return Line{Letter: l.Letter}
}
