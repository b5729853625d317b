package rules_test

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
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

// TestEveryTransformerSaysItsClass: the table of what may stay of a value has each
// transformer of the reference.
func TestEveryTransformerSaysItsClass(t *testing.T) {
	sections, table, ok := strings.Cut(rules.Reference(), "\n## What may stay of a value\n")
	names := regexp.MustCompile(`(?m)^### (\w+)$`).FindAllStringSubmatch(sections, -1)
	if !ok || len(names) == 0 {
		t.Fatal("the reference has no transformers, or no table")
	}
	for _, name := range names {
		if !strings.Contains(table, "| `"+name[1]+"` |") {
			t.Errorf("%s does not say its class", name[1])
		}
	}
}
