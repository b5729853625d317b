package seal

import (
	"bytes"
	"errors"
	"testing"

	"github.com/dynsync/dynsync/internal/pseudonym"
)

// Subkeys of two purposes differ, so that neither opens the other.
func TestSealsHaveSubkeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	key, err := pseudonym.NewKey(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	one, err1 := New(key, "dead letter")
	two, err2 := New(key, "checkpoint")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	sealed := one.Seal(nil, nil, []byte("text"), nil)
	if _, err := two.Open(nil, nil, sealed, nil); err == nil {
		t.Error("the key of one purpose opens what another sealed")
	}
	if again := one.Seal(nil, nil, []byte("text"), nil); bytes.Equal(sealed, again) {
		t.Error("a nonce came twice")
	}
	if text, err := one.Open(nil, nil, sealed, nil); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
}
