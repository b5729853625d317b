package deadletter

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

// After a line that found no room, nothing more is written, synced or closed in
// silence.
func TestAFullDiskIsRemembered(t *testing.T) {
	t.Parallel()
	d, err := Open("/dev/full", nil, false)
	if err != nil {
		t.Fatal(err)
	}
	canary := Letter{Table: "Source", Key: []byte(`{"Id":{"S":"canary"}}`), Outcome: "failed"}
	first := d.Write(canary)
	if !errors.Is(first, syscall.ENOSPC) || !strings.Contains(first.Error(), "the file of WithDeadLetters cannot be written: write /dev/full") {
		t.Errorf("%v", first)
	}
	d.file.Close()
	for _, err := range []error{d.Write(canary), d.Sync(), d.Close()} {
		if err != first || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v", err)
		}
	}
}
