package pseudonym

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// testMaster is the key of every test that compares with fixed results.
var testMaster = []byte("0123456789abcdef0123456789abcdef")

func testKey(t testing.TB) *Key {
	t.Helper()
	k, err := NewKey(testMaster)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestNewKeyRefusesShortKeys(t *testing.T) {
	for _, n := range []int{0, 1, 31} {
		if _, err := NewKey(make([]byte, n)); !errors.Is(err, ErrShortKey) {
			t.Errorf("NewKey of %d bytes: error %v, want ErrShortKey", n, err)
		}
	}
	for _, n := range []int{32, 33, 64, 65, 1000} { // a SHA-256 block has 64
		if _, err := NewKey(make([]byte, n)); err != nil {
			t.Errorf("NewKey of %d bytes: %v", n, err)
		}
	}
}

func TestNewKeyCopies(t *testing.T) {
	master := bytes.Clone(testMaster)
	k, err := NewKey(master)
	if err != nil {
		t.Fatal(err)
	}
	clear(master)
	if got, want := k.Fingerprint(), testKey(t).Fingerprint(); got != want {
		t.Error("the key changed with the bytes it was made of")
	}
}

func TestRandomKeysDiffer(t *testing.T) {
	a, err := RandomKey()
	if err != nil {
		t.Fatal(err)
	}
	b, err := RandomKey()
	if err != nil {
		t.Fatal(err)
	}
	if a.Fingerprint() == b.Fingerprint() {
		t.Error("two random keys are equal")
	}
}

// Everything that is derived from a key must be unrelated to everything else,
// and all of it must stay what it is: data in destinations depends on it.
func TestDerivedKeys(t *testing.T) {
	k := testKey(t)
	other, err := NewKey(append(bytes.Clone(testMaster), 'x'))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	add := func(what string, sum []byte) {
		if prev, ok := seen[string(sum)]; ok {
			t.Errorf("%s and %s are equal", prev, what)
		}
		seen[string(sum)] = what
	}
	for _, label := range []string{"", "item", "value", "mac", "fingerprint"} {
		sum := k.Subkey(label)
		add("Subkey "+label, sum[:])
		sum = other.Subkey(label)
		add("another key's Subkey "+label, sum[:])
	}
	for _, tt := range []struct{ domain, value, reason string }{
		{"", "", "nothing at all"},
		{"a", "", "a domain alone"},
		{"", "a", "the same byte as value"},
		{"ab", "c", "the boundary between domain and value counts"},
		{"a", "bc", "the boundary between domain and value counts"},
		{"email", strings.Repeat("x", 1000), "several blocks"},
	} {
		add("Mac: "+tt.reason, k.Mac(nil, tt.domain, []byte(tt.value)))
		add("another key's Mac: "+tt.reason, other.Mac(nil, tt.domain, []byte(tt.value)))
	}
	if got, want := hex.EncodeToString(k.Mac(nil, "email", []byte("a"))), goldenMac; got != want {
		t.Errorf("Mac = %s, want %s: every pseudonym in every destination would change", got, want)
	}
	if got := k.Fingerprint(); got != goldenFingerprint {
		t.Errorf("Fingerprint = %s, want %s: no checkpoint would fit", got, goldenFingerprint)
	}
}

func TestMacAppends(t *testing.T) {
	k := testKey(t)
	got := k.Mac([]byte("before"), "d", []byte("v"))
	if want := append([]byte("before"), k.Mac(nil, "d", []byte("v"))...); !bytes.Equal(got, want) {
		t.Error("Mac does not append")
	}
	if len(got) != len("before")+32 {
		t.Errorf("Mac appends %d bytes, want 32", len(got)-len("before"))
	}
}

func TestMacConcurrently(t *testing.T) {
	k := testKey(t)
	want := k.Mac(nil, "d", []byte("v"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				k.Mac(nil, fmt.Sprint(i), []byte("other"))
				if got := k.Mac(nil, "d", []byte("v")); !bytes.Equal(got, want) {
					t.Error("Mac differs between goroutines")
				}
			}
		})
	}
	wg.Wait()
}

func TestKeysAreNotPrinted(t *testing.T) {
	k := testKey(t)
	sub := k.Subkey("item")
	var out bytes.Buffer
	for _, v := range []any{k, k.NewGenerator("table"), k.NewSeeder(), []*Key{k}, struct{ K *Key }{k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	for _, secret := range [][]byte{testMaster, k.prk, sub[:]} {
		for _, form := range []string{
			string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)),
			strings.Trim(fmt.Sprint(secret), "[]"), fmt.Sprintf("%#v", secret)[8:40],
		} {
			if strings.Contains(out.String(), form) {
				t.Error("a secret is printed")
			}
		}
	}
}
