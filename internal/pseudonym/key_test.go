package pseudonym

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
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

// A key that is not there yet gives nothing: a subkey of nothing would be everybody's.
func TestAKeyThatIsNotThereYet(t *testing.T) {
	k, set := Later("")
	if k.Fingerprint() != "" {
		t.Error("it has a fingerprint")
	}
	for what, use := range map[string]func(){
		"a subkey":              func() { k.Subkey("x") },
		"a code":                func() { k.Mac(nil, "x", nil) },
		"a seeder":              func() { k.NewSeeder() },
		"a table":               func() { k.NewGenerator("x") },
		"the key elsewhere":     func() { k.In("x") },
		"after a key too short": func() { _ = set(testMaster[:31]); k.Subkey("x") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was made of no key", what)
				}
			}()
			use()
		}()
	}
	if err := set(testMaster); err != nil || k.Fingerprint() != testKey(t).Fingerprint() {
		t.Errorf("the key that came later is another: %v", err)
	}
}

// An environment has the subkeys that RFC 5869 gives for its info, and no two have one.
func TestEnvironments(t *testing.T) {
	master := testKey(t)
	seen := map[string]string{}
	for _, in := range []string{"", "a", "b", "aa", "1/a", "a/subkey", "staging", "Staging", strings.Repeat("x", 64)} {
		k := master.In(in)
		made, set := Later(in)
		if err := set(testMaster); err != nil || made.Fingerprint() != k.Fingerprint() || k.Environment() != in {
			t.Errorf("%q: the key depends on how it was made: %v", in, err)
		}
		if back := k.In("").Fingerprint(); back != master.Fingerprint() {
			t.Errorf("%q has another master: %s", in, back)
		}
		for _, label := range []string{"subkey", "a/subkey", "mac"} {
			info := hkdfInfo + label
			if in != "" {
				info = fmt.Sprintf("dynsync/environment/1/%d/%s/%s", len(in), in, label)
			}
			if got := k.Subkey(label); got != expand(master.prk, info) {
				t.Errorf("%q: the subkey %q is not HKDF's", in, label)
			}
			sum := k.Subkey(label)
			if other := seen[string(sum[:])]; other != "" {
				t.Errorf("%q has a subkey of %q", in+" "+label, other)
			}
			seen[string(sum[:])] = in + " " + label
		}
		code := hex.EncodeToString(k.Mac(nil, "domain", []byte("value")))
		if other := seen[code]; other != "" {
			t.Errorf("%q has a code of %q", in, other)
		}
		seen[code] = in
	}
}

// expand is the first block of HKDF-Expand of RFC 5869.
func expand(prk []byte, info string) (out [32]byte) {
	h := hmac.New(sha256.New, prk)
	h.Write([]byte(info + "\x01"))
	h.Sum(out[:0])
	return out
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
