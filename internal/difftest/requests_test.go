package difftest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// notLocal are the files of requests whose answers DynamoDB Local does not give, with
// the reason.
var notLocal = map[string]string{
	"index-keys":      "DynamoDB Local has no index keys of several attributes",
	"update-table":    "DynamoDB Local takes its time to create and to delete an index",
	"updated-members": "DynamoDB Local returns all of an attribute of which an update touches a member",
}

// requestFiles sends the requests that the tests of dynsynctest hold answers for, and so
// checks those answers, too.
func (d *duel) requestFiles() {
	const dir = "../../dynsynctest/testdata/requests/"
	files, err := filepath.Glob(dir + "*.jsonl")
	if err != nil || len(files) == 0 {
		d.Fatal("no requests", err)
	}
	for _, file := range files {
		if notLocal[strings.TrimSuffix(filepath.Base(file), ".jsonl")] != "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			d.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var r struct {
				Op   string
				Body json.RawMessage
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				d.Fatal(err)
			}
			d.send(r.Op, string(r.Body))
			d.diverged = false // the tables go as they are
		}
		d.dropTables()
	}
}

// dropTables deletes the tables of both servers, which must be the same ones.
func (d *duel) dropTables() {
	d.Helper()
	real, _ := d.send("ListTables", obj{})
	names, _ := real.body["TableNames"].([]any)
	for _, name := range names {
		d.must("DeleteTable", obj{"TableName": name})
	}
}
