package dynsync

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func appendText(t testing.TB, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// Whatever byte of a line changes, the line is told and not read, and the others
// are.
func TestDamagedDeadLettersAreTold(t *testing.T) {
	t.Parallel()
	file := deadLetterFile(t, []Option{withDeadLetterOption(WholeItems())}, "first", "second", "third")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin := bytes.IndexByte(text, '\n') + 1
	end := begin + bytes.IndexByte(text[begin:], '\n') // of the second line
	for i := begin; i <= end; i++ {
		for _, change := range []byte{1 << (i % 8), 0x20} { // 0x20 is the case of a letter
			damaged := bytes.Clone(text)
			damaged[i] ^= change
			if err := os.WriteFile(file, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			want := []string{"first", "third"}
			if i == end { // it takes the third line with it
				want = want[:1]
			}
			ids, err := deadKeys(t, file, testKey)
			if !slices.Equal(ids, want) || err == nil || !strings.Contains(err.Error(), "line 2 ") {
				t.Fatalf("byte %d of %d, by %#x: %v, %v\n%s", i-begin, end-begin, change, ids, err, damaged[begin:end])
			}
		}
	}
}

// A line that is taken from its place, or put together of two, is not read either.
func TestDeadLettersArePutTogetherOnce(t *testing.T) {
	t.Parallel()
	file := deadLetterFile(t, nil, "first", "second")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, swap := range [][2]string{{`"collided"`, `"failed"`}, {`"table":"Source"`, `"table":"Other"`}, {"for a reason", "for another one"}} {
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), swap[0], swap[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if ids, err := deadKeys(t, file, testKey); !slices.Equal(ids, []string{"second"}) || err == nil || !strings.Contains(err.Error(), "line 1 is damaged") {
			t.Errorf("%q in place of %q: %v, %v", swap[1], swap[0], ids, err)
		}
	}
}

// An error names ten lines, and how many more there are, and no text of them.
func TestErrorOfManyLinesIsBounded(t *testing.T) {
	t.Parallel()
	file := deadLetterFile(t, nil, "1")
	appendText(t, file, strings.Repeat("canary\n", 500))
	ids, err := deadKeys(t, file, testKey)
	if len(ids) != 1 || err == nil || strings.Contains(err.Error(), "canary") {
		t.Fatalf("%v, %v", ids, err)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 11 || lines[10] != "and 490 more lines" {
		t.Errorf("%v", err)
	}
	if _, err := deadKeys(t, file+"2", testKey); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "dynsync: OpenDeadLetters: ") {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := deadKeys(t, filepath.Dir(file), testKey); err == nil {
		t.Error("a directory was read")
	}
}

// A line that was cut off, wherever, is passed over, and the next one stands alone.
func TestTornDeadLetters(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]Option{nil, {asPlainText()}} {
		file := deadLetterFile(t, opts, "first", "torn")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for size := bytes.IndexByte(text, '\n') + 1; size < len(text); size++ {
			if err := os.WriteFile(file, text[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			want := []string{"first"}
			if size == len(text)-1 { // the line's end alone is missing
				want = append(want, "torn")
			}
			if ids, err := deadKeys(t, file, testKey); err != nil || !slices.Equal(ids, want) {
				t.Fatalf("%d of %d bytes: %v, %v", size, len(text), ids, err)
			}
			d := openDead(t, file, opts...)
			if err := errors.Join(writeLetter(d, failure(t, "next")), d.Close()); err != nil {
				t.Fatal(err)
			}
			if ids, err := deadKeys(t, file, testKey); err != nil || !slices.Equal(ids, append(want, "next")) {
				t.Fatalf("%d of %d bytes, and another line: %v, %v", size, len(text), ids, err)
			}
		}
	}
}

// A replay passes a line that was cut off, and does the others.
func TestReplayPassesTornLines(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(10)...)
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	table := func(age Transformer) Option {
		return WithTable("Source", "Destination", clearCopy(), WithTransform("Age", age))
	}
	if report, err := p.syncer(t, table(Reject()), WithDeadLetters(file)).Sync(t.Context()); report.Tables[0].Failed != 10 {
		t.Fatalf("%v\n%v", err, report)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, info.Size()-100); err != nil {
		t.Fatal(err)
	}
	report, err := p.syncer(t, table(Passthrough())).Replay(t.Context(), file)
	if err != nil || report.Tables[0].Written != 9 || len(report.Findings) != 1 || !strings.Contains(report.Findings[0].String(), "line 10 of the file") {
		t.Errorf("%v\n%v", err, report)
	}
	other := anotherKey('x')
	if _, err := p.syncer(t, WithKey(other), table(Passthrough())).Replay(t.Context(), file); err == nil || !strings.Contains(err.Error(), "line 1 was written under another key") {
		t.Errorf("under another key: %v", err)
	}
}

// FuzzOpenDeadLetters reads any file: nothing panics, no error holds text of the file,
// and another line can be appended, after which the others are what they were.
func FuzzOpenDeadLetters(f *testing.F) {
	for _, opts := range [][]Option{nil, {asPlainText()}} {
		text, err := os.ReadFile(deadLetterFile(f, opts, "1", "2"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(text[:len(text)-1])
		f.Add(text[:len(text)-20])
		f.Add(append(text[:len(text)-20:len(text)-20], "#torn\n"...))
	}
	for _, text := range []string{"", "\n", "#torn", "null\n", "{}\n", `{"table":1}`, `{"key":{"Id":{"S":"1"}},"outcome":"failed","item":{}}`, `{,"sealed":""}`, `{"fingerprint":"699f536be0131ebf","sealed":"AAAA"}`} {
		f.Add([]byte(text))
	}
	said := regexp.MustCompile(`^(dynsync: OpenDeadLetters: )?(line \d+ (was|is|has) [a-zA-Z0-9 ,:;]+|and \d+ more lines)$`)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(dir, fmt.Sprint("dead", os.Getpid()))
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		read := func() (lines []string) {
			for l, err := range OpenDeadLetters(file, testKey) {
				if err == nil {
					item := ""
					if l.Item != nil {
						item = string(l.Item.item)
					}
					lines = append(lines, fmt.Sprint(l, string(l.Key.item), item))
					continue
				}
				for line := range strings.SplitSeq(err.Error(), "\n") {
					if !said.MatchString(line) {
						t.Errorf("the error says %q", line)
					}
				}
			}
			return lines
		}
		before := read()
		d := openDead(t, file)
		next := failure(t, "next")
		if err := errors.Join(writeLetter(d, next), d.Close()); err != nil {
			t.Fatal(err)
		}
		want := append(before, fmt.Sprint(&DeadLetter{Table: "Source", Outcome: OutcomeCollided, Reason: next.Err.Error()}, string(next.Key.item)))
		if diff := cmp.Diff(want, read()); diff != "" {
			t.Errorf("another line changed what is read:\n%s", diff)
		}
	})
}
