package script

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestOptionCommentsNameTheDefaults: the comments name the defaults and the ranges.
func TestOptionCommentsNameTheDefaults(t *testing.T) {
	src, err := os.ReadFile("options.go")
	if err != nil {
		t.Fatal(err)
	}
	comments := strings.ReplaceAll(string(src), "\n// ", " ")
	if cfg := defaultConfig(); cfg != (config{timeout: time.Second, depth: 256, size: 409_600}) || minTimeout != time.Millisecond || maxTimeout != time.Minute || minDepth != 16 || maxDepth != 10_000 {
		t.Errorf("the defaults or ranges changed: correct the comments, and this test: %+v", cfg)
	}
	for _, want := range []string{"call: 1 ms to 1 minute. The default is 1 s.", "calls: 16 to 10,000. The default is 256.", "result: 1 to 409,600 bytes. The default is 409,600,"} {
		if !strings.Contains(comments, want) {
			t.Errorf("no comment says %q", want)
		}
	}
}
