package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/dynamolocal"
)

func TestQuickstart(t *testing.T) {
	source, dest := dynamolocal.Start(t), dynamolocal.Start(t)
	endpoints := []string{"-source-endpoint", source.URL(), "-dest-endpoint", dest.URL()}
	tests := []struct {
		reason string
		args   []string
		err    string
	}{
		{"in memory", nil, ""},
		{"tables are created only on demand", endpoints, "does not exist"},
		{"two servers", append([]string{"-create", "-region", "eu-central-1"}, endpoints...), ""},
		{"and again, over the copy", append([]string{"-create", "-region", "eu-central-1"}, endpoints...), ""},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			var out bytes.Buffer
			err := run(context.Background(), tt.args, &out)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(out.String(), "\n") {
				if fields := strings.Fields(line); len(fields) > 0 && fields[0] == "Name" && strings.Count(line, "John Doe") > 1 {
					t.Errorf("a name was copied: %s", line)
				}
			}
			if !strings.Contains(out.String(), "read 3 = written 3 + filtered 0 + failed 0") || !strings.Contains(out.String(), "(removed)") {
				t.Errorf("printed:\n%s", out.String())
			}
		})
	}
}
