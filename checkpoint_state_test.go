package dynsync

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/wire"
)

// checkpointSyncer returns a job with a table as New would, without its checks.
// Its options may be any of Option and TableOption.
func checkpointSyncer(t testing.TB, store CheckpointStore, opts ...any) (*Syncer, *table) {
	t.Helper()
	cfg := defaultConfig()
	for _, o := range append([]any{WithKey(testKey), WithCheckpoint(store)}, opts...) {
		if o, ok := o.(Option); ok {
			o.applyJob(cfg)
		}
	}
	tc := &tableConfig{source: "Source", destination: "Destination", name: "Source"}
	if len(cfg.tables) > 0 {
		tc = cfg.tables[0]
	}
	for _, o := range opts {
		if o, ok := o.(TableOption); ok {
			tc.opts = append(tc.opts, o)
		}
	}
	tab, errs := newTable(tc, cfg.defaults)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	key, err := pseudonym.NewKey(cfg.key)
	if err != nil {
		t.Fatal(err)
	}
	return &Syncer{cfg: cfg, key: key}, tab
}

const (
	canaryKey   = "alice.canary@example.com"
	canaryToken = "token-of-alice.canary@example.com"
)

// someState returns the progress of a table of the job that testPlan describes.
func someState(s *Syncer, t *table) *checkpointState {
	return &checkpointState{
		Job:     s.fingerprintOf(facts{t: t, keys: &wire.Keys{Partition: "Id"}}),
		Next:    1,
		End:     1,
		Parts:   []checkpointPart{{Token: canaryToken, TokenAt: time.Unix(1_700_000_000, 0).UTC(), Key: []byte(`{"Id":{"S":"` + canaryKey + `"}}`)}},
		Ledger:  ledger{counts: [verdicts]int64{wasWritten: 1200, wasFailed: 34}, lost: []lostItem{{verdict: wasFailed, key: []byte(`{"Id":{"S":"` + canaryKey + `"}}`), digest: keyDigest{1}}}},
		Matched: []int{0, 2},
	}
}

// allLedger compares ledgers as a whole.
var allLedger = cmp.AllowUnexported(ledger{}, lostItem{})

// someLedger draws what became of items.
func someLedger(t *rapid.T) ledger {
	var l ledger
	for n := rapid.IntRange(0, 100).Draw(t, "lost"); n > 0; n-- {
		item := lostItem{rapid.SampledFrom([]verdict{wasFailed, wasCollided}).Draw(t, "verdict"), []byte(`{"Id":{"N":"1"}}`), keyDigest{byte(n)}}
		var counts [verdicts]int64
		counts[item.verdict]++
		counts[wasWritten] = rapid.Int64Range(0, 1000).Draw(t, "written")
		l.add([]lostItem{item}, counts)
	}
	return l
}

func TestCheckpointRoundTrip(t *testing.T) {
	t.Parallel()
	s, tab := checkpointSyncer(t, nil)
	keys := []string{"", `{"Id":{"S":"x"}}`, ` {"Id":{"S":"<&>\ud800\u0000"},"n":{"N":"1.50"}} `, `{"Id":{"B":"AAECAw=="}}`}
	rapid.Check(t, func(t *rapid.T) {
		st := &checkpointState{
			Job:      rapid.StringMatching(`[0-9a-f]{1,400}`).Draw(t, "job"),
			Ledger:   someLedger(t),
			Matched:  rapid.SliceOf(rapid.IntMin(0)).Draw(t, "matched"),
			Segments: rapid.IntRange(10, 1_000_000).Draw(t, "segments"),
		}
		st.End = rapid.IntRange(10, st.Segments).Draw(t, "end")
		st.Next = rapid.IntRange(10, st.End).Draw(t, "next")
		for _, segment := range slices.Sorted(slices.Values(rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 0, 4, rapid.ID).Draw(t, "parts"))) {
			p := checkpointPart{Segment: segment, Token: string(rapid.SliceOf(rapid.Byte()).Draw(t, "token"))}
			if key := rapid.SampledFrom(keys).Draw(t, "key"); key != "" {
				p.Key = []byte(key)
			}
			if p.Token != "" {
				p.TokenAt = time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 123)
			}
			st.Parts = append(st.Parts, p)
		}
		data, err := s.encodeCheckpoint(tab, st)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.decodeCheckpoint(tab, data)
		if err != nil {
			t.Fatal(err)
		}
		if len(st.Matched) == 0 {
			st.Matched = nil
		}
		st.Began, st.Finished = st.Began.UTC(), st.Finished.UTC()
		if diff := cmp.Diff(st, got, allLedger); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCheckpointKeepsPositions(t *testing.T) {
	t.Parallel()
	key, err := NewRecord([]byte(`{"Id":{"S":"` + canaryKey + `"},"at":{"N":"7"}}`))
	if err != nil {
		t.Fatal(err)
	}
	since := time.Unix(1_700_000_000, 5).UTC()
	s, tab := checkpointSyncer(t, nil)
	tests := []struct {
		reason string
		at     reading
	}{
		{"the beginning", reading{end: 1}},
		{"the beginning, under way", reading{open: []cursor{{}}, next: 1, end: 1}},
		{"a token and a key", reading{open: []cursor{{at: position{token: "t", since: since, key: key}}}, next: 1, end: 1}},
		{"a token without a key: every page was empty", reading{open: []cursor{{at: position{token: "t", since: since}}}, next: 1, end: 1}},
		{"a key without a token: a Scan", reading{open: []cursor{{at: position{key: key}}}, next: 1, end: 1}},
		{"the end", reading{next: 1, end: 1}},
		{"segments", reading{open: []cursor{{segment: 3, at: position{key: key}}, {segment: 7}}, next: 9, end: 12}},
		{"the end of segments", reading{next: 12, end: 12}},
	}
	for _, tt := range tests {
		segments := 0
		if tt.at.end > 1 {
			segments = 20
		}
		st, err := newCheckpointState("job", segments, tt.at, ledger{})
		if err != nil {
			t.Fatalf("%s: %v", tt.reason, err)
		}
		data, err := s.encodeCheckpoint(tab, st)
		if err != nil {
			t.Fatalf("%s: %v", tt.reason, err)
		}
		if st, err = s.decodeCheckpoint(tab, data); err != nil {
			t.Fatalf("%s: %v", tt.reason, err)
		}
		at, err := st.reading()
		same := cmp.Diff(tt.at, at, cmp.AllowUnexported(reading{}, cursor{}, position{}), cmp.Comparer(func(a, b *Record) bool {
			return a == nil && b == nil || a != nil && b != nil && a.Equal(b)
		}))
		if err != nil || same != "" || st.done() != tt.at.done() || st.Segments != segments {
			t.Errorf("%s: %s, %v", tt.reason, same, err)
		}
	}
	unreadable, err := NewRecord([]byte("{}")) // the key of an item that could not be read
	if err != nil {
		t.Fatal(err)
	}
	st, err := newCheckpointState("job", 0, reading{open: []cursor{{at: position{token: "t", since: since, key: unreadable}}}, next: 1, end: 1}, ledger{})
	if err != nil || st.Parts[0].Key != nil {
		t.Errorf("a key without attributes: %+v, %v", st, err)
	}
}

// A checkpoint lies on disks and in backups. Nothing of an item stands in it,
// however it is spelled.
func TestCheckpointHoldsNoValue(t *testing.T) {
	t.Parallel()
	store := &memoryStore{}
	const condition = "condition-canary"
	s, tab := checkpointSyncer(t, store, WithWhere(`a = '`+condition+`' AND b = ?`, canaryKey), WithRulesVersion("release-canary"),
		WithTransform("a", Constant(canaryKey)))
	if err := s.saveCheckpoint(context.Background(), tab, someState(s, tab)); err != nil {
		t.Fatal(err)
	}
	data := store.data[checkpointName(tab)]
	var file seal.File
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	haystack := bytes.ToLower(bytes.Join([][]byte{data, file.Header, file.Sealed}, nil))
	for _, secret := range []string{canaryKey, canaryToken, "alice", "example", condition, "release-canary", string(testKey), `"Id"`} {
		forms := []string{secret, hex.EncodeToString([]byte(secret)), fmt.Sprintf("%q", secret)}
		for shift := range 3 { // base64 has three forms, by where the text begins
			enc := base64.StdEncoding.EncodeToString([]byte("xxx"[:shift] + secret))
			if enc = enc[:len(enc)-4]; shift > 0 {
				enc = enc[4:]
			}
			if len(enc) >= 8 { // fewer characters stand there by chance, once in some hundred runs
				forms = append(forms, enc)
			}
		}
		for _, form := range forms {
			if bytes.Contains(haystack, bytes.ToLower([]byte(form))) {
				t.Errorf("the file holds %q, as %q", secret, form)
			}
		}
	}
}

func TestCheckpointHidesLengths(t *testing.T) {
	t.Parallel()
	s, tab := checkpointSyncer(t, nil)
	length := 0
	for _, key := range []string{"a", canaryKey, strings.Repeat("x", 100)} {
		st := someState(s, tab)
		st.Parts[0].Key = []byte(`{"Id":{"S":"` + key + `"}}`)
		data, err := s.encodeCheckpoint(tab, st)
		if err != nil {
			t.Fatal(err)
		}
		if length == 0 {
			length = len(data)
		}
		if len(data) != length {
			t.Errorf("a key of %d bytes shows: %d bytes, and %d with another", len(key), len(data), length)
		}
	}
}

func TestCheckpointErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := &memoryStore{}
	s, tab := checkpointSyncer(t, store)
	if err := s.saveCheckpoint(ctx, tab, someState(s, tab)); err != nil {
		t.Fatal(err)
	}
	name := checkpointName(tab)
	saved := store.data[name]
	job := someState(s, tab).Job
	edit := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte {
			if !bytes.Contains(b, []byte(old)) {
				t.Fatalf("%q is not in the checkpoint", old)
			}
			return bytes.Replace(b, []byte(old), []byte(new), 1)
		}
	}
	same := func(b []byte) []byte { return b }
	otherTable := WithName("Other")
	tests := []struct {
		reason string
		edit   func([]byte) []byte
		opts   []any
		want   string
	}{
		{"as it was saved", same, nil, ""},
		{"an empty file", func([]byte) []byte { return []byte{} }, nil, "damaged: it is empty"},
		{"a file of zeros, as a power failure leaves it", func(b []byte) []byte { return make([]byte, len(b)) }, nil, "damaged: it is cut off"},
		{"half a file", func(b []byte) []byte { return b[:len(b)/2] }, nil, "damaged: it is cut off"},
		{"a file and a half", func(b []byte) []byte { return append(b, b...) }, nil, "damaged: it is cut off"},
		{"another JSON", func([]byte) []byte { return []byte(`{"header":{"format":"x"},"sealed":""}`) }, nil, "never was one"},
		{"a later format", edit(`"version":3`, `"version":4`), nil, "format 4, and this version of dynsync reads format 3; take the version that wrote it"},
		{"a count that was edited", edit(`"settled":1234`, `"settled":9234`), nil, "changed after it was written"},
		{"a table marked as done", edit(`"done":false`, `"done":true`), nil, "changed after it was written"},
		{"a header of other types", edit(`"settled":1234`, `"settled":"1"`), nil, "changed after it was written"},
		{"a seal that was cut", edit(`"sealed":"`, `"sealed":"","x":"`), nil, "changed after it was written"},
		{"another key", same, []any{WithKey(anotherKey('K'))}, "another key"},
		{"another table's, copied", same, []any{otherTable}, "of another table"},
	}
	for _, tt := range tests {
		s, tab := checkpointSyncer(t, store, tt.opts...)
		store.data = map[string][]byte{checkpointName(tab): tt.edit(bytes.Clone(saved))}
		st, err := s.loadCheckpoint(ctx, tab, job)
		if tt.want == "" {
			if err != nil || outcomes(st.Ledger.counts).Read != 1234 || string(st.Parts[0].Key) != `{"Id":{"S":"`+canaryKey+`"}}` {
				t.Errorf("%s: %+v, %v", tt.reason, st, err)
			}
			continue
		}
		var table *TableError
		if st != nil || !errors.As(err, &table) || table.Op != "checkpoint" {
			t.Errorf("%s: %+v, %v", tt.reason, st, err)
			continue
		}
		text := err.Error()
		remedy := "; to start over, use StartOver"
		if seal.IsOtherKey(err) {
			remedy = "or give the checkpoint up by NewKey"
		}
		if !strings.Contains(text, tt.want) || !strings.HasSuffix(text, fmt.Sprintf("%s, or delete %q from the store", remedy, checkpointName(tab))) || strings.Contains(text, "canary") {
			t.Errorf("%s: %s", tt.reason, text)
		}
	}
	files, _ := checkpointSyncer(t, FileCheckpoint("/var/lib/job"))
	if got := files.storePlace(checkpointName(tab)); got != "/var/lib/job/"+name+".checkpoint" {
		t.Errorf("the file to delete is %s", got)
	}
}

func TestCheckpointRefusesStatesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	s, tab := checkpointSyncer(t, nil)
	tests := []struct {
		reason string
		edit   func(*checkpointState)
	}{
		{"two segments of a SELECT", func(st *checkpointState) { st.Next, st.End = 2, 2 }},
		{"a segment that is both under way and not begun", func(st *checkpointState) { st.Next = 0 }},
		{"a segment twice", func(st *checkpointState) { st.Parts = append(st.Parts, st.Parts...) }},
		{"more segments begun than there are", func(st *checkpointState) { st.Next = 2 }},
		{"fewer than no segments", func(st *checkpointState) { st.Parts, st.Next, st.Segments = nil, -1, -1 }},
		{"a negative count", func(st *checkpointState) { st.Ledger.counts[wasFiltered] = -1 }},
		{"items that are not settled", func(st *checkpointState) { st.Ledger.counts[wasUnsettled] = 1 }},
		{"a lost item that is not counted", func(st *checkpointState) { st.Ledger.debts = bytes.Repeat([]byte{byte(wasFailed)}, 35*debtLen) }},
		{"a lost item that was written", func(st *checkpointState) { st.Ledger.debts = make([]byte, debtLen) }},
		{"half a lost item", func(st *checkpointState) { st.Ledger.debts = []byte{byte(wasFailed)} }},
		{"a lost key that is no item", func(st *checkpointState) { st.Ledger.lost[0].key = []byte("{") }},
		{"more keys than are kept", func(st *checkpointState) {
			st.Ledger.lost = slices.Repeat(st.Ledger.lost, maxLostKeys+1)
		}},
		{"a rule that cannot be", func(st *checkpointState) { st.Matched = []int{-1} }},
		{"a key that is no item", func(st *checkpointState) { st.Parts[0].Key = []byte(`{"Id":"` + canaryKey + `"}`) }},
		{"a key without attributes", func(st *checkpointState) { st.Parts[0].Key = []byte(`{}`) }},
	}
	for _, tt := range tests {
		st := someState(s, tab)
		tt.edit(st)
		if data, err := s.encodeCheckpoint(tab, st); data != nil || err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

// Every byte of a checkpoint is changed and every prefix of it cut off: what
// decodes says what was saved.
func TestCheckpointDamageShows(t *testing.T) {
	t.Parallel()
	s, tab := checkpointSyncer(t, nil)
	want := someState(s, tab)
	data, err := s.encodeCheckpoint(tab, want)
	if err != nil {
		t.Fatal(err)
	}
	check := func(damaged []byte) {
		st, err := s.decodeCheckpoint(tab, damaged)
		var why reasonError
		if err != nil && (!errors.As(err, &why) || st != nil) || err == nil && !cmp.Equal(st, want, allLedger) {
			t.Errorf("%q: %+v, %v", damaged, st, err)
		}
	}
	for i := range data {
		if _, err := s.decodeCheckpoint(tab, data[:i]); err == nil {
			t.Errorf("the first %d bytes are taken for a checkpoint", i)
		}
		for _, change := range []byte{1 << (i % 8), 0x20} { // 0x20 is the case of a letter
			damaged := bytes.Clone(data)
			damaged[i] ^= change
			check(damaged)
		}
	}
}

func FuzzDecodeCheckpoint(f *testing.F) {
	s, tab := checkpointSyncer(f, nil)
	want := someState(s, tab)
	data, err := s.encodeCheckpoint(tab, want)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "null", "{}", `{"header":null,"sealed":null}`, `{"header":{"format":"dynsync checkpoint","version":3},"sealed":"AAAA"}`} {
		f.Add([]byte(seed))
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		st, err := s.decodeCheckpoint(tab, b)
		var why reasonError
		switch {
		case err == nil && !cmp.Equal(st, want, allLedger):
			t.Errorf("a checkpoint that nobody wrote: %+v", st)
		case err != nil && !errors.As(err, &why):
			t.Errorf("%T", err)
		}
	})
}
