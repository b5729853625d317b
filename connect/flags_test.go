package connect

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/side"
)

func parseFlags(t *testing.T, name string, args ...string) *FlagOptions {
	t.Helper()
	fs := flag.NewFlagSet("program", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	f := Flags(fs, name)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFlags(t *testing.T) {
	clear(t)
	if f := parseFlags(t, "source"); f.Given() {
		t.Error("flags are given though none is")
	}
	f := parseFlags(t, "source", "-source-region", "eu-central-1", "-source-role-arn", prodRead, "-source-external-id", "id7",
		"-source-session-name", "night", "-source-sts-endpoint", "http://localhost:1", "-source-endpoint", "http://localhost:8000")
	client, err := f.Open(t.Context(), Requests(8))
	if err != nil {
		t.Fatal(err)
	}
	if text := Describe(client); !f.Given() || !strings.Contains(text, "role "+prodRead+" assumed with an external id") || !side.Of(client).Local() {
		t.Errorf("it is %s", text)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, text := range []string{fmt.Sprintf(verb, f), fmt.Sprintf(verb, *f), fmt.Sprintf(verb, struct{ F *FlagOptions }{f})} {
			if strings.Contains(text, "id7") || !strings.Contains(text, "-source-external-id") && !strings.Contains(text, "0x") {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
	s := newSettings(f.Options())
	if s.side != "source" || s.stsEndpoint != "http://localhost:1" || len(s.roles) != 1 || s.roles[0].sessionName != "night" || s.roles[0].externalID != "id7" {
		t.Errorf("%+v", s)
	}
	for _, tt := range [][]string{
		{"the destination, a bad region", "-dest-region", "a b", "dynsync: connect destination: Region"},
		{"an id and no role", "-dest-external-id", "id7", "give -dest-role-arn, too"},
		{"a name and no role", "-dest-session-name", "night", "give -dest-role-arn, too"},
		{"a malformed role", "-dest-role-arn", "x", "dynsync: connect destination: Role: the ARN of the role is malformed"},
	} {
		_, err := parseFlags(t, "dest", tt[1:3]...).Open(t.Context(), Endpoint("http://localhost:8000"))
		if err == nil || !strings.Contains(err.Error(), tt[3]) {
			t.Errorf("%s: %v", tt[0], err)
		}
	}
}

// No flag takes a secret.
func TestNoFlagTakesASecret(t *testing.T) {
	fs := flag.NewFlagSet("program", flag.ContinueOnError)
	Flags(fs, "source")
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	want := []string{"source-endpoint", "source-external-id", "source-profile", "source-region", "source-role-arn", "source-session-name", "source-sts-endpoint"}
	if !slices.Equal(names, want) {
		t.Errorf("the flags are %v", names)
	}
}
