package accepted

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	one = "ttl-unknown-0123456789ab"
	two = "originals-left-abcdef012345"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ what, text, want, fault string }{
		{"a line", one + " 2027-03-31 seen by Jo", one + " 2027-03-31 seen by Jo", ""},
		{"two lines", one + " 2027-03-31 a\n" + two + " 2028-02-29 b c\n", one + " 2027-03-31 a|" + two + " 2028-02-29 b c", ""},
		{"comments and blank lines", "# reviewed\n\n  # again\n" + one + " 2027-03-31 a\n", one + " 2027-03-31 a", ""},
		{"nothing", "", "", ""},
		{"comments alone", "# none\n", "", ""},
		{"lines of Windows", one + " 2027-03-31 a\r\n" + two + " 2027-03-31 b\r\n", one + " 2027-03-31 a|" + two + " 2027-03-31 b", ""},
		{"a byte order mark", "\ufeff" + one + " 2027-03-31 a", one + " 2027-03-31 a", ""},
		{"tabs and spaces", "\t" + one + "\t2027-03-31   a \t b  ", one + " 2027-03-31 a b", ""},
		{"a reason with a #", one + " 2027-03-31 see #12", one + " 2027-03-31 see #12", ""},
		{"letters of other alphabets", one + " 2027-03-31 geprüft", one + " 2027-03-31 geprüft", ""},

		{"no date", one, "", "line 1: it has no date"},
		{"a reason and no date", "\n" + one + " seen by Jo", "", "line 2: what follows the ID is no date"},
		{"a date of another form", one + " 31.03.2027 a", "", "line 1: what follows the ID is no date"},
		{"no day of the calendar", one + " 2027-02-29 a", "", "no day of the calendar"},
		{"no reason", "# x\n#\n" + one + " 2027-03-31 ", "", "line 3: it has no reason"},
		{"a code and no ID", "ttl-unknown 2027-03-31 a", "", "line 1: it does not begin with the ID of a finding"},
		{"an ID that is cut off", "ttl-unknown-0123 2027-03-31 a", "", "does not begin with the ID"},
		{"capitals", strings.ToUpper(one) + " 2027-03-31 a", "", "does not begin with the ID"},
		{"a line of a report", "warning: the TTL attribute is not known", "", "does not begin with the ID"},
		{"JSON", "{\n}", "", "line 1: it does not begin"},
		{"an ID twice", one + " 2027-03-31 a\n" + two + " 2027-03-31 a\n" + one + " 2028-03-31 b", "", "line 3: " + one + " stands in line 1, too"},
		{"control characters", one + " 2027-03-31 a\x1b[31m", "", "line 1: it holds control characters"},
		{"UTF-16", "\xff\xfet\x00t\x00", "", "line 1: it holds control characters, or is no UTF-8"},
	} {
		path := filepath.Join(t.TempDir(), "accepted.txt")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		f := File{Given: true, Path: path}
		err := f.Read()
		var got []string
		for _, e := range f.Entries {
			got = append(got, e.ID+" "+e.Until.Format(time.DateOnly)+" "+e.Reason)
		}
		if strings.Join(got, "|") != tt.want || (err != nil) != (tt.fault != "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%s: %q, %v", tt.what, got, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "accepted.txt, line ") {
			t.Errorf("%s: the error does not say where: %v", tt.what, err)
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string]string{"": "empty", dir: "is a directory", filepath.Join(dir, "none"): "no such file"} {
		if err := (&File{Given: true, Path: path}).Read(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if err := (&File{}).Read(); err != nil {
		t.Error(err)
	}
}

// An entry holds to the end of its day.
func TestDays(t *testing.T) {
	t.Parallel()
	entries, err := parse([]byte(one + " 2027-03-31 seen"))
	if err != nil {
		t.Fatal(err)
	}
	f := File{Entries: entries}
	for at, want := range map[string]string{"2026-01-01T00:00:00Z": "seen", "2027-03-31T00:00:00Z": "seen", "2027-03-31T23:59:59Z": "seen", "2027-04-01T00:00:00Z": "", "2027-04-01T00:30:00+01:00": "seen", "2030-01-01T00:00:00Z": ""} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Reason(one, now); got != want {
			t.Errorf("%s: %q", at, got)
		}
		if f.Reason(two, now) != "" {
			t.Error("a finding that does not stand there is accepted")
		}
	}
}
