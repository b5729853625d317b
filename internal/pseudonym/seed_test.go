package pseudonym

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

const goldenSeed = "644257be75ff058e9f87c756b377a09f8f3cc8afef7221f51e14e312fa9320ad"

// oracleSeed computes a seed from the words of the package comment.
func oracleSeed(use byte, domain, place, canonical string) [32]byte {
	f := func(key []byte, message ...string) [32]byte {
		return sha256.Sum256([]byte(string(key) + strings.Join(message, "")))
	}
	length := func(s string) string { return string(binary.AppendUvarint(nil, uint64(len(s)))) }
	sub, err := hkdf.Key(sha256.New, testMaster, []byte("dynsync"), "dynsync/pseudonym/1/seed/1", 32)
	if err != nil {
		panic(err)
	}
	key := f(sub, string([]byte{use}), length(domain), domain)
	return f(key[:], length(place), length(canonical), place, canonical)
}

// seedCases are arguments that a wrong encoding could take for one another, with the
// canonical form of the value.
var seedCases = []struct{ domain, place, raw, canonical, reason string }{
	{"", "", "", "", "nothing at all"},
	{"a", "", "", "", "a domain alone"},
	{"", "a", "", "", "a place alone"},
	{"", "", `{"S":"a"}`, "Sa", "a value alone"},
	{"", "", `{"S":""}`, "S", "an empty value"},
	{"ab", "c", "", "", "the boundary between domain and place"},
	{"a", "bc", "", "", "the boundary between domain and place"},
	{"a", "b", `{"S":"c"}`, "Sc", "the boundary between place and value"},
	{"a", "bS", `{"S":"c"}`, "Sc", "the boundary between place and value"},
	{"a", "b", `{"S":"7"}`, "S7", "a string of digits"},
	{"a", "b", `{"N":"7.0"}`, "", "a number, which is not the string"},
	{"a", "b", `{"B":"Nw=="}`, "B7", "bytes, which are not the string"},
	{"a", "b", `{"BOOL":true}`, `{"BOOL":true}`, "no scalar with a canonical form"},
	{"a", "b", `{"S":"\u0041"}`, "SA", "an escaped character"},
	{"a", strings.Repeat("p", 200), `{"S":"` + strings.Repeat("x", 300) + `"}`, "S" + strings.Repeat("x", 300), "lengths of two bytes"},
	{strings.Repeat("d", 300), "", `{"S":"a"}`, "Sa", "a long domain"},
}

func TestSeeds(t *testing.T) {
	s := testKey(t).NewSeeder()
	seen := map[[32]byte]string{}
	add := func(what string, seed [32]byte) {
		if before, ok := seen[seed]; ok {
			t.Errorf("%s and %s have one seed", before, what)
		}
		seen[seed] = what
	}
	for i, tt := range seedCases {
		what := fmt.Sprintf("case %d (%s)", i, tt.reason)
		got := s.Place(tt.domain, []byte(tt.place), []byte(tt.raw))
		add(what, got)
		if tt.canonical == "" && strings.Contains(tt.raw, "N") {
			continue // how numbers are written is tested below
		}
		if got != oracleSeed(2, tt.domain, tt.place, tt.canonical) {
			t.Errorf("%s: the seed is not what the package comment says", what)
		}
		if tt.place == "" {
			add(what+" without a place", s.Value(tt.domain, []byte(tt.raw)))
			if s.Value(tt.domain, []byte(tt.raw)) != oracleSeed(1, tt.domain, "", tt.canonical) {
				t.Errorf("%s: the seed of the value is not what the package comment says", what)
			}
		}
	}
	for _, spelt := range []string{`{"N":"7"}`, `{"N":"7.00"}`, `{"N":"70e-1"}`} {
		if s.Place("a", []byte("b"), []byte(spelt)) != s.Place("a", []byte("b"), []byte(`{"N":"7.0"}`)) {
			t.Errorf("%s and 7.0 have different seeds", spelt)
		}
	}
	seed := s.Value("email", []byte(`{"S":"a"}`))
	if got := hex.EncodeToString(seed[:]); got != goldenSeed {
		t.Errorf("a seed is %s, want %s: every pseudonym in every destination would change", got, goldenSeed)
	}
}

// TestSeedsOfOtherKeys: the key decides, and not how often or in which order a seeder is
// asked, or how many domains it has seen.
func TestSeedsOfOtherKeys(t *testing.T) {
	value := []byte(`{"S":"a"}`)
	want := testKey(t).NewSeeder().Value("email", value)
	s := testKey(t).NewSeeder()
	for i := range 2*maxDomains + 1 {
		s.Value(fmt.Sprint(i), value)
	}
	if s.Value("email", value) != want {
		t.Error("the seed changed")
	}
	if len(s.domains) > maxDomains {
		t.Errorf("a seeder keeps the keys of %d domains, want at most %d", len(s.domains), maxDomains)
	}
	other, err := NewKey([]byte("another master key of thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}
	if other.NewSeeder().Value("email", value) == want {
		t.Error("two keys have one seed")
	}
}
