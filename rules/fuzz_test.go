package rules_test

import (
	"errors"
	"os"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/rules"
)

// FuzzParse checks that Parse returns for any file, that its faults lie in the file
// and in order, and that New takes what Parse does.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/good.yaml", "testdata/good.json"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, tt := range badFiles {
		f.Add([]byte(tt.text))
	}
	source := newClient(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := rules.Parse(data, "r.yaml")
		if err == nil {
			if _, err := dynsync.New(append(file.Options(), dynsync.WithSource(source), dynsync.WithKey(key))...); err != nil {
				t.Errorf("New refuses what Parse takes: %v", err)
			}
			return
		}
		var faults rules.Errors
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("%T: %v", err, err)
		}
		for i, e := range faults {
			if e.Line < 1 || e.Column < 1 || e.Text == "" || i > 0 && e.Line < faults[i-1].Line {
				t.Errorf("%v", err)
			}
		}
	})
}
