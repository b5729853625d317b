package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestAllSharesCopyTheTable(t *testing.T) {
	var out strings.Builder
	if err := run(context.Background(), []string{"-shares", "3", "-checkpoint", t.TempDir()}, &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "share "); n != 3 || !strings.Contains(out.String(), "failed 0") {
		t.Errorf("%s", &out)
	}
}

// The manifest's arguments are flags of the program.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	args := regexp.MustCompile(`(?m)^ +- (-[a-z-]+=.*)$`).FindAllStringSubmatch(string(text), -1)
	var list []string
	for _, a := range args {
		list = append(list, a[1])
	}
	t.Setenv("JOB_COMPLETION_INDEX", "5")
	p, err := parse(list)
	if err != nil || p.share != 5 || p.shares != 8 || p.segments != 512 || p.source == "" {
		t.Errorf("%q: %+v, %v", list, p, err)
	}
}

func TestBadFlags(t *testing.T) {
	if err := run(context.Background(), []string{"-source", "A"}, nil); err == nil || !strings.Contains(err.Error(), "-key-file") {
		t.Errorf("%v", err)
	}
	t.Setenv("JOB_COMPLETION_INDEX", "x")
	if err := run(context.Background(), nil, nil); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("%v", err)
	}
}
