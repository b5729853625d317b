package checkpoint

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

const (
	someTable   = "Source"
	canaryKey   = "alice.canary@example.com"
	canaryToken = "token-of-alice.canary@example.com"
)

var update = flag.Bool("update", false, "write the file of testdata anew")

func someKey(t testing.TB) *pseudonym.Key {
	t.Helper()
	key, err := pseudonym.NewKey([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func item(key string) []byte { return []byte(`{"Id":{"S":"` + key + `"}}`) }

// someState returns the progress of a table that is read by SELECT.
func someState() *State {
	return &State{
		Job: "job",
		At: Frontier{Next: 1, End: 1, Open: []Cursor{
			{At: Position{Token: canaryToken, Since: time.Unix(1_700_000_000, 0).UTC(), Key: item(canaryKey)}},
		}},
		Ledger: ledger.Ledger{
			Counts: ledger.Counts{ledger.Written: 1200, ledger.Failed: 34},
			Lost:   []ledger.Item{{Verdict: ledger.Failed, Key: item(canaryKey), Digest: ledger.Digest{1}}},
		},
		Matched: []int{0, 2},
	}
}

// someLedger draws what became of items.
func someLedger(t *rapid.T) ledger.Ledger {
	var l ledger.Ledger
	for n := rapid.IntRange(0, 100).Draw(t, "lost"); n > 0; n-- {
		lost := ledger.Item{
			Verdict: rapid.SampledFrom([]ledger.Verdict{ledger.Failed, ledger.Collided}).Draw(t, "verdict"),
			Key:     []byte(`{"Id":{"N":"1"}}`), Digest: ledger.Digest{byte(n)},
		}
		var counts ledger.Counts
		counts[lost.Verdict]++
		counts[ledger.Written] = rapid.Int64Range(0, 1000).Draw(t, "written")
		l.Add([]ledger.Item{lost}, counts)
	}
	return l
}

func TestStateRoundTrip(t *testing.T) {
	t.Parallel()
	key := someKey(t)
	keys := []string{"", `{"Id":{"S":"x"}}`, `{"Id":{"S":"<&>\ud800\u0000"},"n":{"N":"1.50"}}`, `{"Id":{"S":"<&>é\u0000"},"n":{"N":"1.50"}}`, `{"Id":{"B":"AAECAw=="}}`}
	rapid.Check(t, func(t *rapid.T) {
		st := &State{
			Job:      rapid.StringMatching(`[0-9a-f]{1,400}`).Draw(t, "job"),
			Ledger:   someLedger(t),
			Matched:  rapid.SliceOf(rapid.IntMin(0)).Draw(t, "matched"),
			Applied:  rapid.SliceOfN(rapid.IntMin(0), 1, -1).Draw(t, "applied"),
			Segments: rapid.IntRange(10, 1_000_000).Draw(t, "segments"),
		}
		st.At.End = rapid.IntRange(10, st.Segments).Draw(t, "end")
		st.At.Next = rapid.IntRange(10, st.At.End).Draw(t, "next")
		for _, segment := range slices.Sorted(slices.Values(rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 0, 4, rapid.ID).Draw(t, "parts"))) {
			at := Position{Token: string(rapid.SliceOf(rapid.Byte()).Draw(t, "token"))}
			if key := rapid.SampledFrom(keys).Draw(t, "key"); key != "" {
				at.Key = []byte(key)
			}
			if at.Token != "" {
				at.Since = time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 123)
			}
			st.At.Open = append(st.At.Open, Cursor{Segment: segment, At: at})
		}
		data, err := st.Seal(key, someTable, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Open(key, someTable, data)
		if err != nil {
			t.Fatal(err)
		}
		if len(st.Matched) == 0 {
			st.Matched = nil
		}
		st.Began, st.Finished = st.Began.UTC(), st.Finished.UTC()
		if diff := cmp.Diff(st, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestStateKeepsPositions(t *testing.T) {
	t.Parallel()
	key := someKey(t)
	last := []byte(`{"Id":{"S":"` + canaryKey + `"},"at":{"N":"7"}}`)
	since := time.Unix(1_700_000_000, 5).UTC()
	tests := []struct {
		reason string
		at     Frontier
	}{
		{"the beginning", Frontier{End: 1}},
		{"the beginning, under way", Frontier{Open: []Cursor{{}}, Next: 1, End: 1}},
		{"a token and a key", Frontier{Open: []Cursor{{At: Position{Token: "t", Since: since, Key: last}}}, Next: 1, End: 1}},
		{"a token without a key: every page was empty", Frontier{Open: []Cursor{{At: Position{Token: "t", Since: since}}}, Next: 1, End: 1}},
		{"a key without a token: a Scan", Frontier{Open: []Cursor{{At: Position{Key: last}}}, Next: 1, End: 1}},
		{"the end", Frontier{Next: 1, End: 1}},
		{"segments", Frontier{Open: []Cursor{{Segment: 3, At: Position{Key: last}}, {Segment: 7}}, Next: 9, End: 12}},
		{"the end of segments", Frontier{Next: 12, End: 12}},
	}
	for _, tt := range tests {
		st := &State{Job: "job", At: tt.at}
		if tt.at.End > 1 {
			st.Segments = 20
		}
		data, err := st.Seal(key, someTable, 0)
		if err != nil {
			t.Fatalf("%s: %v", tt.reason, err)
		}
		got, err := Open(key, someTable, data)
		if err != nil {
			t.Fatalf("%s: %v", tt.reason, err)
		}
		if diff := cmp.Diff(tt.at, got.At); diff != "" || got.Segments != st.Segments {
			t.Errorf("%s: %s", tt.reason, diff)
		}
	}
}

// What a release saved, a later one of the same format opens.
func TestFormat4(t *testing.T) {
	t.Parallel()
	since := time.Unix(1_700_000_000, 5).UTC()
	want := &State{
		Job: "job", Segments: 20, Matched: []int{0, 2}, Began: since, Finished: since.Add(time.Hour),
		At: Frontier{Next: 9, End: 12, Open: []Cursor{
			{Segment: 3, At: Position{Key: []byte(`{"Id":{"S":"last"},"at":{"N":"7"}}`)}},
			{Segment: 7},
			{Segment: 8, At: Position{Token: "t\xff", Since: since, Key: item("x")}},
		}},
	}
	want.Ledger.Add([]ledger.Item{
		{Verdict: ledger.Failed, Key: item("lost"), Digest: ledger.Digest{1, 2, 3}},
		{Verdict: ledger.Collided, Key: []byte(`{"Id":{"N":"7"}}`), Digest: ledger.Digest{4}},
		{Verdict: ledger.Failed, Key: []byte(`{}`)},
	}, ledger.Counts{5, 4, 2, 1, 3, 0})
	const file = "testdata/format5.checkpoint"
	if *update {
		data, err := want.Seal(someKey(t), someTable, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Open(someKey(t), someTable, data)
	if err != nil {
		t.Fatal(err)
	}
	want.Saved = got.Saved
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What an earlier version saved is refused in words.
func TestEarlierFormatsAreRefused(t *testing.T) {
	t.Parallel()
	early := `{"header":{"format":"dynsync checkpoint","version":3},"sealed":"AAAA"}`
	st, err := Open(someKey(t), someTable, []byte(early))
	if st != nil || err == nil || !strings.Contains(err.Error(), "has format 3, and this version of dynsync reads format 5; use the version that wrote it") {
		t.Errorf("%+v, %v", st, err)
	}
}

// A key is as long as its names and values, whatever its JSON has of escape sequences
// and base64, and comes back as the same key.
func TestKeysAreShort(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("\x01\"\\", 2048/3)
	tests := []struct {
		reason, item string
		want         int
	}{
		{"escape sequences", string(wire.AppendS([]byte(`{"Id":`), text)) + "}", len(text) + 7},
		{"binary", string(wire.AppendB([]byte(`{"Id":`), []byte(text))) + "}", len(text) + 7},
		{"a number", `{"Id":{"N":"1.50"}}`, 10},
		{"two attributes", `{ "Id" : {"S":"x"}, "at":{"N":"7"}}`, 13},
		{"no key", `{}`, 1},
		{"a name with an escape sequence", `{"\u0049d":{"S":"x"}}`, 7},
	}
	for _, tt := range tests {
		packed := appendPacked(nil, []byte(tt.item))
		if len(packed) != tt.want {
			t.Errorf("%s: %d bytes, want %d", tt.reason, len(packed), tt.want)
		}
		r := reader{rest: packed}
		if got := r.unpack(len(packed)); r.bad || !wire.EqualItems(got, []byte(tt.item)) {
			t.Errorf("%s: %s", tt.reason, got)
		}
	}
	for _, item := range []string{`{"Id":`, `{"Id":{"SS":["a"]}}`} { // what is no key stays as it is
		packed := appendPacked(nil, []byte(item))
		r := reader{rest: packed}
		if got := r.unpack(len(packed)); r.bad || string(got) != item {
			t.Errorf("%s: %s", item, got)
		}
	}
}

// FuzzUnpack takes any bytes for a packed key: what is taken for one packs again.
func FuzzUnpack(f *testing.F) {
	for _, item := range []string{`{}`, `{"Id":{"S":"x"},"at":{"N":"7"}}`, `{"Id":`} {
		f.Add(appendPacked(nil, []byte(item)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := reader{rest: b}
		item := r.unpack(len(b))
		if r.bad {
			return
		}
		again := reader{rest: appendPacked(nil, item)}
		if got := again.unpack(len(again.rest)); again.bad || !bytes.Equal(got, item) && !wire.EqualItems(got, item) {
			t.Errorf("%s became %s", item, got)
		}
	})
}

func TestSealHidesLengths(t *testing.T) {
	t.Parallel()
	key := someKey(t)
	length := 0
	for _, last := range []string{"a", canaryKey, strings.Repeat("x", 100)} {
		st := someState()
		st.At.Open[0].At.Key = item(last)
		data, err := st.Seal(key, someTable, 0)
		if err != nil {
			t.Fatal(err)
		}
		if length == 0 {
			length = len(data)
		}
		if len(data) != length {
			t.Errorf("a key of %d bytes shows: %d bytes, and %d with another", len(last), len(data), length)
		}
	}
}

func TestSealRefusesStatesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	key := someKey(t)
	tests := []struct {
		reason string
		edit   func(*State)
	}{
		{"two segments of a SELECT", func(st *State) { st.At.Next, st.At.End = 2, 2 }},
		{"a segment that is both under way and not begun", func(st *State) { st.At.Next = 0 }},
		{"a segment twice", func(st *State) { st.At.Open = append(st.At.Open, st.At.Open...) }},
		{"more segments begun than there are", func(st *State) { st.At.Next = 2 }},
		{"fewer than no segments", func(st *State) { st.At.Open, st.At.Next, st.Segments = nil, -1, -1 }},
		{"a ledger that cannot be", func(st *State) { st.Ledger.Counts[ledger.Filtered] = -1 }},
		{"a rule that cannot be", func(st *State) { st.Matched = []int{-1} }},
		{"a rule that cannot apply", func(st *State) { st.Applied = []int{-1} }},
		{"a key that is no item", func(st *State) { st.At.Open[0].At.Key = []byte(`{"Id":"` + canaryKey + `"}`) }},
		{"a key without attributes", func(st *State) { st.At.Open[0].At.Key = []byte(`{}`) }},
	}
	for _, tt := range tests {
		st := someState()
		tt.edit(st)
		if data, err := st.Seal(key, someTable, 0); data != nil || err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

// Every byte of a checkpoint is changed and every prefix of it cut off: what
// opens says what was saved.
func TestDamageShows(t *testing.T) {
	t.Parallel()
	key, want := someKey(t), someState()
	data, err := want.Seal(key, someTable, 0)
	if err != nil {
		t.Fatal(err)
	}
	check := func(damaged []byte) {
		st, err := Open(key, someTable, damaged)
		var why reason.Error
		if err != nil && (!errors.As(err, &why) || st != nil) || err == nil && !cmp.Equal(st, want) {
			t.Errorf("%q: %+v, %v", damaged, st, err)
		}
	}
	for i := range data {
		if _, err := Open(key, someTable, data[:i]); err == nil {
			t.Errorf("the first %d bytes are taken for a checkpoint", i)
		}
		for _, change := range []byte{1 << (i % 8), 0x20} { // 0x20 is the case of a letter
			damaged := bytes.Clone(data)
			damaged[i] ^= change
			check(damaged)
		}
	}
}

func FuzzOpen(f *testing.F) {
	key, want := someKey(f), someState()
	data, err := want.Seal(key, someTable, 0)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "null", "{}", `{"header":null,"sealed":null}`, `{"format":"dynsync checkpoint","version":4}` + "\nAAAA"} {
		f.Add([]byte(seed))
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		st, err := Open(key, someTable, b)
		if st != nil {
			st.Saved = want.Saved // the process that sealed it may have done so in another second
		}
		var why reason.Error
		switch {
		case err == nil && !cmp.Equal(st, want):
			t.Errorf("a checkpoint that nobody wrote: %+v", st)
		case err != nil && !errors.As(err, &why):
			t.Errorf("%T", err)
		}
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ reason, table, prefix string }{
		{"a plain name stays readable", "ProdUsers", "ProdUsers-"},
		{"DynamoDB's other characters do, too", "prod.users_eu-1", "prod.users_eu-1-"},
		{"a name of the caller's can hold anything", "../a/b\\c: d\x00ü", "_._a_b_c__d___-"},
		{"no hidden files", ".hidden", "_hidden-"},
		{"nothing that looks like an option", "-rf", "_rf-"},
		{"file names have a limit", strings.Repeat("x", 255), strings.Repeat("x", 64) + "-"},
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		name := Name(tt.table)
		if !strings.HasPrefix(name, tt.prefix) || len(name) != len(tt.prefix)+16 {
			t.Errorf("%s: %q", tt.reason, name)
		}
		if !names.MatchString(name) {
			t.Errorf("%s: %q is no name for a Dir", tt.reason, name)
		}
		seen[strings.ToLower(name)] = true
	}
	for _, other := range []string{"produsers", "prod_users_eu-1", strings.Repeat("x", 254)} {
		if seen[strings.ToLower(Name(other))] {
			t.Errorf("%q has the name of another table", other)
		}
	}
}
