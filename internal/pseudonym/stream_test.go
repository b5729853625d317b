package pseudonym

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/wire"
)

// A message is what appendMessage was given.
type message struct {
	kind        wire.Kind
	path, value string
}

func (m message) bytes() []byte { return appendMessage(nil, m.kind, []byte(m.path), []byte(m.value)) }

// part draws paths and values: some that differ only in where one ends and the
// other begins, some that look like lengths, some whose length takes two bytes.
func part() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune{0, 1, 2, 3}), 0, 5, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune{1}), 125, 131, -1),
	)
}

func messages() *rapid.Generator[message] {
	kinds := []wire.Kind{wire.S, wire.N, wire.B, wire.BOOL, wire.SS, wire.NS, wire.BS}
	return rapid.Custom(func(t *rapid.T) message {
		return message{rapid.SampledFrom(kinds).Draw(t, "kind"), part().Draw(t, "path"), part().Draw(t, "value")}
	})
}

// Security rests on this: no message is the beginning of another, which includes
// that none is another.
func TestNoMessageBeginsAnother(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := messages().Draw(t, "a"), messages().Draw(t, "b")
		if rapid.Bool().Draw(t, "the same bytes") { // with the boundary elsewhere, and maybe more of them
			all := a.path + a.value + rapid.SampledFrom([]string{"", "\x00", b.value}).Draw(t, "tail")
			i := rapid.IntRange(0, len(all)).Draw(t, "boundary")
			b = message{a.kind, all[:i], all[i:]}
		}
		if a != b && bytes.HasPrefix(b.bytes(), a.bytes()) {
			t.Fatalf("%x, of %+v, begins %x, of %+v", a.bytes(), a, b.bytes(), b)
		}
		if a.bytes()[0] == seedTag {
			t.Fatalf("%+v has a message like a seed's", a)
		}
	})
}

// A message can be read again, and says where it ends, whatever comes after it.
// So there are no two readings of one, and none goes on as another.
func TestMessagesCanBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, tail := messages().Draw(t, "message"), part().Draw(t, "tail")
		b := append(want.bytes(), tail...)
		got := message{kind: wire.Kind(b[0])}
		b = b[1:]
		path, n := binary.Uvarint(b)
		b = b[n:]
		value, n := binary.Uvarint(b)
		b = b[n:]
		got.path, b = string(b[:path]), b[path:]
		got.value, b = string(b[:value]), b[value:]
		if got != want || string(b) != tail {
			t.Fatalf("%+v reads as %+v, with %x after it", want, got, b)
		}
	})
}

func TestShortMessagesAreShort(t *testing.T) {
	const oneBlock = 55 - 32 // what SHA-256 does in one block, less the key
	path := "\x00\x05Email"  // as the engine has it
	if n := len(appendMessage(nil, wire.S, []byte(path), []byte("Jane Doe 1234"))); n > oneBlock {
		t.Errorf("13 bytes at a path of %d make a message of %d, want at most %d", len(path), n, oneBlock)
	}
}

func startStream(t *testing.T, item, value string) *stream {
	t.Helper()
	g := testKey(t).NewGenerator("table")
	g.StartItem([]byte(item))
	g.rand.startValue(wire.S, []byte("path"), []byte(value))
	return &g.rand
}

// What follows on the digest must not follow from it, for somebody without the
// key: the digest is given out.
func TestStreamGoesOnUnderAnotherSeed(t *testing.T) {
	words := func(s *stream, n int) (all []uint64) {
		for range n {
			all = append(all, s.word())
		}
		return all
	}
	a := startStream(t, "item", "value")
	digest := a.digest
	all := words(a, 100)
	if a.digest != digest {
		t.Error("reading changes the digest")
	}
	for i, x := range all[:4] {
		if want := binary.LittleEndian.Uint64(digest[8*i:]); x != want {
			t.Errorf("word %d is %x, want %x of the digest", i, x, want)
		}
	}
	seen := map[uint64]int{}
	for i, x := range all {
		if prev, ok := seen[x]; ok {
			t.Errorf("words %d and %d are equal", prev, i)
		}
		seen[x] = i
	}
	guess := rand.NewChaCha8(digest)
	for i := range 100 {
		if j, ok := seen[guess.Uint64()]; ok {
			t.Errorf("word %d of ChaCha8 under the digest is word %d of the stream", i, j)
		}
	}

	// The same digest in another item, whose key nobody has either.
	b := startStream(t, "another item", "value")
	b.digest = digest
	if x := words(b, 5); x[3] != all[3] || x[4] == all[4] {
		t.Error("what follows on a digest does not depend on the item's key")
	}

	c := startStream(t, "item", "another value")
	for i, x := range words(c, 100) {
		if j, ok := seen[x]; ok {
			t.Errorf("word %d of another value is word %d of the value", i, j)
		}
	}
}

// A value starts where it should however far the one before was read.
func TestStreamsStartAfresh(t *testing.T) {
	want := startStream(t, "item", "value")
	var words []uint64
	for range 10 {
		words = append(words, want.word())
	}
	s := startStream(t, "item", "another")
	for read := range 10 {
		for range read {
			s.word()
		}
		s.startValue(wire.S, []byte("path"), []byte("value"))
		for i, want := range words {
			if x := s.word(); x != want {
				t.Fatalf("after %d words of another value, word %d is %x, want %x", read, i, x, want)
			}
		}
		s.startValue(wire.S, []byte("path"), []byte("another"))
	}
}
