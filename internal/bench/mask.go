package main

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// secret is the key of all pseudonyms here.
var secret = []byte("a key of 32 bytes or more, for benchmarks")

// A masker makes keyed pseudonyms for the loops that dynsync is compared with,
// of what dynsync's own are made of: one keyed SHA-256 of the item's key, the
// path and the value, ChaCha8 for what is longer, and lengths rounded up. Every
// worker has its own.
type masker struct {
	scratch []byte
	sum     [32]byte
	stream  *rand.ChaCha8
}

func newMasker() *masker {
	return &masker{stream: rand.NewChaCha8([32]byte{})}
}

func (m *masker) seed(key, path, value string) {
	m.scratch = append(m.scratch[:0], secret...)
	m.scratch = append(append(m.scratch, key...), 0)
	m.scratch = append(append(m.scratch, path...), 0)
	m.scratch = append(m.scratch, value...)
	m.sum = sha256.Sum256(m.scratch)
}

// fill returns n random bytes, good until the next call.
func (m *masker) fill(n int) []byte {
	if n <= len(m.sum) {
		return m.sum[:n]
	}
	m.stream.Seed(m.sum)
	if cap(m.scratch) < n {
		m.scratch = make([]byte, 0, n)
	}
	out := m.scratch[:n]
	m.stream.Read(out)
	return out
}

func roundUp(n int) int {
	if n <= 4 {
		return 4
	}
	return 1 << bits.Len(uint(n-1))
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// text returns letters and digits for a string.
func (m *masker) text(key, path, s string) string {
	if s == "" {
		return s
	}
	m.seed(key, path, s)
	out := m.fill(roundUp(len(s)))
	for i, c := range out {
		out[i] = letters[c&63]
	}
	return string(out)
}

// number returns a number with other digits.
func (m *masker) number(key, path, n string) string {
	m.seed(key, path, n)
	x := binary.LittleEndian.Uint64(m.sum[:])
	out := []byte(n)
	for i, c := range out {
		if c >= '0' && c <= '9' {
			out[i] = '1' + byte(x%9)
			x = x/9 | x<<60
		}
	}
	return string(out)
}

// bytes returns bytes for a binary.
func (m *masker) bytes(key, path string, b []byte) []byte {
	m.seed(key, path, string(b))
	return append([]byte(nil), m.fill(roundUp(len(b)))...)
}

func (m *masker) bool(key, path string, b bool) bool {
	value := "0"
	if b {
		value = "1"
	}
	m.seed(key, path, value)
	return m.sum[0]&1 == 1
}
