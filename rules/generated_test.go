package rules_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/dynsync/dynsync/rules"
)

var update = flag.Bool("update", false, "write schema.json and REFERENCE.md")

// TestGenerated checks that the files made of the parser's tables are current.
func TestGenerated(t *testing.T) {
	for name, want := range map[string][]byte{"schema.json": rules.Schema(), "REFERENCE.md": []byte(rules.Reference())} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not current; run go generate ./rules (%v)", name, err)
		}
	}
}
