package pseudonym

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/dynsync/dynsync/internal/wire"
)

// seedLabel is that of the subkey of seeds.
const seedLabel = "seed/1"

// maxDomains bounds how many keys of domains a seeder keeps.
const maxDomains = 1000

// A Seeder makes seeds, as the package comment has them. It is not safe for concurrent
// use; make one for each worker with [Key.NewSeeder] (the zero Seeder is not usable). It
// allocates nothing once it knows the domains.
type Seeder struct {
	root    [32]byte
	domains map[domain][32]byte // their keys
	text    []byte              // of a value; cleared after use, as msg is
	msg     []byte
}

// A domain is what seeds are used for.
type domain struct {
	use  seedUse
	name string
}

// A seedUse says what a seed depends on, apart from its domain and the value.
type seedUse byte

const (
	ofValue seedUse = iota + 1 // nothing
	ofPlace                    // a place
)

// NewSeeder returns a seeder of the key's seeds.
func (k *Key) NewSeeder() *Seeder {
	return &Seeder{root: k.Subkey(seedLabel), domains: map[domain][32]byte{}}
}

// Format implements [fmt.Formatter]: every verb prints the type alone.
func (s *Seeder) Format(f fmt.State, _ rune) { fmt.Fprint(f, "pseudonym.Seeder") }

// Value returns the seed of a value, which is DynamoDB JSON or nothing, in a domain. Equal
// values of an S, N or B have equal seeds, however they are written.
func (s *Seeder) Value(name string, raw []byte) [32]byte {
	return s.seed(domain{ofValue, name}, nil, raw)
}

// Place is like Value, but other places have other seeds.
func (s *Seeder) Place(name string, place, raw []byte) [32]byte {
	return s.seed(domain{ofPlace, name}, place, raw)
}

func (s *Seeder) seed(d domain, place, raw []byte) [32]byte {
	key := s.key(d)
	text, err := wire.AppendKey(s.text, raw)
	if s.text = text; err != nil { // no scalar, or a number outside DynamoDB's range
		s.text = append(s.text[:0], raw...)
	}
	s.msg = binary.AppendUvarint(append(s.msg, key[:]...), uint64(len(place)))
	s.msg = binary.AppendUvarint(s.msg, uint64(len(s.text)))
	s.msg = append(append(s.msg, place...), s.text...)
	seed := sha256.Sum256(s.msg)
	s.msg, s.text = emptied(s.msg), emptied(s.text)
	return seed
}

// key returns the key of a domain.
func (s *Seeder) key(d domain) [32]byte {
	if key, ok := s.domains[d]; ok {
		return key
	}
	if len(s.domains) >= maxDomains {
		clear(s.domains)
	}
	msg := append(append(make([]byte, 0, 128), s.root[:]...), byte(d.use))
	key := sha256.Sum256(append(binary.AppendUvarint(msg, uint64(len(d.name))), d.name...))
	s.domains[d] = key
	return key
}

// emptied returns a scratch buffer for the next use.
func emptied(b []byte) []byte {
	clear(b)
	if cap(b) > maxKept {
		return nil
	}
	return b[:0]
}
