package deadletter

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"
)

// A line takes an item of long numbers, and no other that is too long.
func TestItems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		item   string
		fits   bool
	}{
		{"long numbers", `{"L":{"L":[` + strings.Repeat(`{"N":"1`+strings.Repeat("0", 125)+`"},`, 130_000) + `{"N":"0"}]}}`, true},
		{"a long string", `{"S":{"S":"` + strings.Repeat("x", maxItem) + `"}}`, false},
		{"no item", `{"S":`, false},
		{"nothing", ``, false},
	}
	for _, tt := range tests {
		got := itemOf([]byte(tt.item))
		if (got != nil) != tt.fits || tt.fits && !wire.EqualItems(got, []byte(tt.item)) {
			t.Errorf("%s: a line takes %d bytes of %d", tt.reason, len(got), len(tt.item))
		}
	}
	if short := []byte(`{"N":{"N":"1000000"}}`); !bytes.Equal(itemOf(short), short) {
		t.Error("an item that fits is changed")
	}
}
