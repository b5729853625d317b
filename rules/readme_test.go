package rules_test

import (
	"os"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/rules"
)

// TestFilesInTheDocumentation parses the files that the README and the package
// documentation show.
func TestFilesInTheDocumentation(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, file, found := strings.Cut(string(readme), "```yaml\n")
	file, _, _ = strings.Cut(file, "```")
	if _, err := rules.Parse([]byte(file), "README.md"); err != nil || !found {
		t.Errorf("README.md: %v", err)
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(doc), "//\tversion: 1")
	text, _, found = strings.Cut(text, "\n//\n// ")
	file = "version: 1" + strings.ReplaceAll(strings.ReplaceAll(text, "\n//\t", "\n"), "\t", "  ")
	if _, err := rules.Parse([]byte(file), "doc.go"); err != nil || !found {
		t.Errorf("doc.go: %v", err)
	}
}
