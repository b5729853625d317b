package connect

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain has all tests begin without anything of AWS in the environment, so that those
// which need nothing of it can run in parallel; clear says what others find there. Most tests
// wait for a server that does not answer, for a session to end or to be tried again.
func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		_ = flag.Set("test.parallel", "64")
	}
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "AWS_") {
			_ = os.Unsetenv(name)
		}
	}
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		_ = os.Setenv(name, os.DevNull)
	}
	_ = os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	providerTimeout = time.Second // what is silent here stays so
	os.Exit(m.Run())
}
