package dynsynctest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/dynsynctest"
)

// TestRequests sends requests of testdata/requests in order and requires of each answer
// what its line wants: "ok"; a text that the answer holds, such as an error code or a
// part of the message; or some members of the answer or of its Attributes, where null is
// for what is not there. Package difftest sends them to DynamoDB Local, too.
func TestRequests(t *testing.T) {
	files, err := filepath.Glob("testdata/requests/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no requests", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) {
			srv := dynsynctest.NewServer()
			defer srv.Close()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				var r struct {
					Op   string
					Body json.RawMessage
					Want any
				}
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					t.Fatal(err)
				}
				status, answer, _ := post(t, srv, r.Op, string(r.Body))
				if wrong := unwanted(status, answer, r.Want); wrong != "" {
					t.Errorf("%s %s\nanswer %d %s\n%s", r.Op, shorten(string(r.Body)), status, shorten(answer), wrong)
				}
			}
		})
	}
}

// unwanted says what is wrong with an answer, nothing if it is as wanted.
func unwanted(status int, answer string, want any) string {
	members, ok := want.(map[string]any)
	switch {
	case want == "ok" && status == 200:
		return ""
	case !ok:
		if status == 200 || !strings.Contains(answer, want.(string)) {
			return "want " + want.(string)
		}
		return ""
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(answer), &body); err != nil || status != 200 {
		return "want members"
	}
	if attributes, ok := body["Attributes"].(map[string]any); ok && members["Attributes"] == nil {
		body = attributes
	}
	for name, value := range members {
		if !reflect.DeepEqual(body[name], value) {
			text, _ := json.Marshal(value)
			return name + ": want " + string(text)
		}
	}
	return ""
}

func shorten(s string) string {
	if len(s) > 700 {
		return s[:700] + "…"
	}
	return s
}
