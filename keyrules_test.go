package dynsync

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A rule that was meant for a key, or for the TTL attribute, and does not select it, left
// the originals in the copy, and no error told.
func TestRulesThatMissAKey(t *testing.T) {
	t.Parallel()
	const misspelt, deep = "which it was probably meant for", "selects no key or TTL attribute"
	hide := func(pattern string, opts ...RuleOption) TableOption {
		return WithTransform(pattern, Pseudonym(), append(opts, AllowCollisions())...)
	}
	pass := func(pattern string) TableOption { return WithTransform(pattern, Passthrough()) }
	item := map[string]any{"Id": "Alice", "Sort": "Smith", "Expires": 1_900_000_000, "Plan": "pro", "Nested": map[string]any{"Id": "x"}}
	with := func(name string) map[string]any {
		other := map[string]any{"Id": "Bob", "Sort": "Marley", name: "x"}
		return other
	}
	tests := []struct {
		reason string
		opts   []TableOption
		items  []map[string]any
		want   string // of the error, if there is one
	}{
		{"capitals", []TableOption{hide("ID")}, nil, misspelt},
		{"small letters", []TableOption{hide("id")}, nil, misspelt},
		{"in quotes", []TableOption{hide(`"iD"`)}, nil, misspelt},
		{"the sort key", []TableOption{hide("sort")}, nil, misspelt},
		{"the sort key, beside a rule for the other", []TableOption{hide("Id"), hide("SORT")}, nil, misspelt},
		{"the time to live", []TableOption{hide("expires")}, nil, misspelt},
		{"the time to live, beside rules for the keys", []TableOption{hide("Id"), hide("Sort"), hide("EXPIRES")}, nil, misspelt},
		{"one that may match nothing", []TableOption{hide("ID", Optional())}, nil, misspelt},
		{"one that removes", []TableOption{WithTransform("ID", Remove())}, nil, misspelt},
		{"under a default that keeps", []TableOption{clearCopy(), hide("ID")}, nil, misspelt},
		{"under a filter that drops all", []TableOption{hide("ID"), WithFilter(func(*Record) bool { return false })}, nil, misspelt},
		{"under a condition that selects nothing", []TableOption{hide("ID"), WithWhere("Plan = ?", "none")}, nil, misspelt},
		{"in segments", []TableOption{hide("ID"), WithSegments(2)}, nil, misspelt},
		{"an empty table", []TableOption{hide("ID")}, []map[string]any{}, misspelt},
		{"at any depth", []TableOption{hide("**.Id")}, nil, deep},
		{"at any depth, in another case", []TableOption{hide("**.id")}, nil, deep},
		{"at any depth, in quotes", []TableOption{hide(`**."Id"`)}, nil, deep},
		{"the sort key at any depth", []TableOption{hide("Id"), hide("**.Sort")}, nil, deep},
		{"the time to live at any depth", []TableOption{hide("**.Expires")}, nil, deep},
		{"at any depth, and may match nothing", []TableOption{hide("**.Id", Optional())}, nil, deep},

		{"an attribute of that spelling", []TableOption{hide("ID")}, []map[string]any{item, with("ID")}, ""},
		{"an attribute of the spelling of the time to live, not in the first item, where keys have rules",
			[]TableOption{hide("Id"), hide("Sort"), hide("expires")}, []map[string]any{item, with("expires")}, ""},
		{"a rule for the key beside it", []TableOption{hide("ID"), hide("Id")}, nil, ""},
		{"Passthrough for the key beside it", []TableOption{hide("**.Id"), pass("Id")}, nil, ""},
		{"all have rules", []TableOption{hide("**.Id"), hide("**.Sort"), hide("**.Expires"), hide("Id"), hide("Sort"), pass("Expires")}, nil, ""},
		{"a member of a map", []TableOption{hide("Nested.id")}, nil, ""},
		{"a member of any map", []TableOption{hide("*.id")}, nil, ""},
		{"the names of a map's members", []TableOption{WithTransformKeys("id", Pseudonym())}, nil, ""},
		{"another name", []TableOption{hide("Ids")}, nil, ""},
	}
	for _, tt := range tests {
		for _, inherited := range []bool{false, true} {
			t.Run(tt.reason, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					items := tt.items
					if items == nil {
						items = []map[string]any{item}
					}
					w.makeKeyed(t, items)
					table := []Option{WithTable("SourceKeyed", "DestinationKeyed", tt.opts...)}
					if inherited {
						table = []Option{WithAllTables(tt.opts...), WithTable("SourceKeyed", "DestinationKeyed"), WithTable("Source", "Destination", WithTransform("Id", Passthrough()))}
					}
					s, err := New(append(table, WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey))...)
					if err != nil {
						t.Fatal(err)
					}
					report, err := s.Sync(t.Context())
					switch rep := report.Tables[0]; {
					case tt.want == "" && rep.Err != nil:
						t.Errorf("%v", rep.Err)
					case tt.want != "" && (err == nil || rep.Err == nil || !strings.Contains(rep.Err.Error(), tt.want) || rep.Written > 0):
						t.Errorf("%d items are written, and the error is %v, want one that has %q", rep.Written, rep.Err, tt.want)
					}
				})
			})
		}
	}
}

// makeKeyed makes the table SourceKeyed of these items, with the keys Id and Sort and the time
// to live Expires, and an empty DestinationKeyed.
func (w *world) makeKeyed(t *testing.T, items []map[string]any) {
	t.Helper()
	p, source := &pair{}, w.client(w.source)
	p.create(t, source, "SourceKeyed", sorted)
	p.create(t, w.plain, "DestinationKeyed", sorted)
	if _, err := source.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{TableName: aws.String("SourceKeyed"),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("Expires"), Enabled: aws.Bool(true)}}); err != nil {
		t.Fatal(err)
	}
	byID := map[string]map[string]any{}
	for _, item := range items {
		byID[item["Id"].(string)] = item
	}
	w.fill(t, w.source, "SourceKeyed", byID)
}

// Streams have no preflight that reads items. A rule at any depth is refused before the
// first item, and one that is misspelt is the stream's last word.
func TestRulesThatMissAKeyInStreams(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern string
		item    map[string]any
		yielded int
		want    string
	}{
		{"**.Id", map[string]any{"Id": "Alice"}, 0, "selects no key or TTL attribute"},
		{"ID", map[string]any{"Id": "Alice"}, 1, "which it was probably meant for"},
		{"ID", map[string]any{"Id": "Alice", "ID": "1"}, 1, ""},
	} {
		inBubble(t, func(t *testing.T, w *world) {
			w.fill(t, w.source, "Source", map[string]map[string]any{"1": tt.item})
			s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithTable("Source", "Destination", WithTransform(tt.pattern, Pseudonym())))
			if err != nil {
				t.Fatal(err)
			}
			check := func(call string, n int, err error) {
				if n != tt.yielded || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s under %q: %d items, and the error is %v, want %d and %q", call, tt.pattern, n, err, tt.yielded, tt.want)
				}
			}
			n, last := countRecords(s.Transformed(t.Context(), "Source"))
			check("Records", n, last)
			rep, err := s.Write(t.Context(), "Source", s.Scan(t.Context(), "Source"))
			if tt.yielded == 0 && err != nil { // Scan ends with the same error, which Write returns as the stream's
				return
			}
			check("Write", int(rep.Written), errors.Join(err, rep.Err))
		})
	}
}

// countRecords returns how many records a stream has, and its error.
func countRecords(seq iter.Seq2[*Record, error]) (n int, err error) {
	for _, err := range seq {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
