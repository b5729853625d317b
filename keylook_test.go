package dynsync

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// sorted adds a string sort key to a table.
func sorted(in *dynamodb.CreateTableInput) {
	in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("Sort"), AttributeType: types.ScalarAttributeTypeS})
	in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("Sort"), KeyType: types.KeyTypeRange})
}

func TestKeysThatLookPersonal(t *testing.T) {
	t.Parallel()
	const warning = "dynsync: keys look personal"
	pass := func(name string) TableOption { return WithTransform(name, Passthrough()) }
	tests := []struct {
		reason string
		opts   []TableOption
		notes  []string // parts of the findings; none for no finding
		not    string   // not a part of it
	}{
		{"both keys", nil, []string{`"Id" looks like an e-mail address in 5 of 10 items`, `"Sort" looks like a phone number in 10 of 10 items`, "Passthrough", "Delimited"}, ""},
		{"one is wanted", []TableOption{pass("Id")}, []string{`"Sort"`}, `"Id"`},
		{"both are wanted", []TableOption{pass("Id"), pass("Sort")}, nil, ""},
		{"one has a rule", []TableOption{WithTransform("Sort", Pseudonym(), AllowCollisions())}, []string{`"Id"`}, `"Sort"`},
		{"a rule of a wildcard does not reach keys", []TableOption{pass("*"), pass("Id")}, []string{`"Sort"`}, `"Id"`},
		{"a condition", []TableOption{WithWhere("personal = ?", false), pass("Sort")}, nil, ""},
		{"segments", []TableOption{WithSegments(1)}, []string{`"Id" looks like an e-mail address in 5 of 10 items`}, ""},
		{"segments and a condition", []TableOption{WithSegments(1), WithWhere("personal = ?", true), pass("Sort")}, []string{`in 5 of 5 items`}, ""},
		{"small pages", []TableOption{WithPageSize(1), pass("Id")}, []string{`in 1 of 1 items`}, ""},
	}
	for _, refuse := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s/refuse=%v", tt.reason, refuse), func(t *testing.T) {
				p := newPair(t)
				p.create(t, p.source.Client(), "SourceSorted", sorted)
				p.create(t, p.to, "Sorted", sorted)
				for i := range 10 {
					id := fmt.Sprintf("user-%d", i)
					if i%2 == 0 {
						id = fmt.Sprintf("USER#canary%d@leak.example", i)
					}
					rec, err := NewRecord(map[string]any{"Id": id, "Sort": fmt.Sprintf("+1 555 010 000%d", i), "personal": i%2 == 0})
					if err != nil {
						t.Fatal(err)
					}
					if _, err := p.source.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("SourceSorted"), Item: rec.AttributeValues()}); err != nil {
						t.Fatal(err)
					}
				}
				var log bytes.Buffer
				opts := append([]TableOption{clearCopy()}, tt.opts...)
				if refuse {
					opts = append(opts, WithRefusePersonalKeys())
				}
				report, err := p.syncer(t, WithLogger(slog.New(slog.NewTextHandler(&log, nil))), WithTable("SourceSorted", "Sorted", opts...)).Sync(t.Context())
				told, warnings := findingsText(report.Tables[0].Findings), 0
				if len(tt.notes) > 0 {
					warnings = 1
				}
				switch {
				case refuse && len(tt.notes) > 0:
					if err == nil || report.Tables[0].Written > 0 || told != "" {
						t.Fatalf("%v, %v", err, report)
					}
					told, warnings = err.Error(), 0
				case err != nil:
					t.Fatal(err)
				case len(report.Tables[0].Findings) > 0 != (warnings > 0):
					t.Errorf("findings: %v", report.Tables[0].Findings)
				}
				for _, part := range tt.notes {
					if !strings.Contains(told, part) {
						t.Errorf("it does not say %s: %s", part, told)
					}
				}
				if tt.not != "" && strings.Contains(told, tt.not) {
					t.Errorf("it says %s: %s", tt.not, told)
				}
				if n := strings.Count(log.String(), warning); n != warnings || warnings > 0 && !strings.Contains(log.String(), "level=WARN") {
					t.Errorf("%d warnings: %s", n, &log)
				}
				if all := log.String() + everythingPrinted(err, report); leaks(all) || strings.Contains(all, "555 010") {
					t.Errorf("a key leaks: %s", all)
				}
			})
		}
	}
}

// TestTheProbeIsOneRequest checks what the preflight reads.
func TestTheProbeIsOneRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		opts  []TableOption
		limit string
	}{
		{nil, `"Limit":100`},
		{[]TableOption{WithPageSize(7)}, `"Limit":7`},
		{[]TableOption{WithTransform("Id", Passthrough())}, `"Limit":1`},
	} {
		p := newPair(t)
		p.fill(t, users(150)...)
		var bodies []string
		p.source.Control("ExecuteStatement", func(r *dynsynctest.Request) dynsynctest.Action {
			bodies = append(bodies, string(r.Body))
			if len(bodies) == 1 {
				return dynsynctest.Fail(500, "InternalServerError", "")
			}
			return dynsynctest.Action{}
		})
		report, err := p.syncer(t, WithMaxCapacity(200), WithTable("Source", "Destination", append(tt.opts, clearCopy())...)).Sync(t.Context())
		if err != nil || report.Tables[0].Written != 150 || report.Tables[0].Retries != 1 {
			t.Errorf("%v: %v", err, report)
		}
		if len(bodies) < 3 || !strings.Contains(bodies[1]+"}", tt.limit) || bodies[0] != bodies[1] {
			t.Errorf("want %s in %q", tt.limit, bodies[:2])
		}
	}
}

// Keys are looked at however the items are read, and where the first page that is
// asked for has none.
func TestKeysAreLookedAtBeforeTheyGoOn(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	for i := range 400 {
		p.fill(t, map[string]any{"Id": fmt.Sprintf("USER#u%d@leak.example", i), "Live": i == 250})
	}
	nothing := func(name string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "looks like an e-mail address") || leaks(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(contents(t, p.to, "Destination")); n != 0 {
			t.Fatalf("%s: %d items were written", name, n)
		}
	}
	for name, opts := range map[string][]TableOption{
		"a condition": {WithWhere("Live = ?", true)},
		"segments":    {WithWhere("Live = ?", true), WithSegments(4)},
		"small pages": {WithWhere("Live = ?", true), WithPageSize(1)},
	} {
		opts = append(opts, clearCopy())
		_, err := p.syncer(t, WithTable("Source", "Destination", append(opts, WithRefusePersonalKeys())...)).Sync(t.Context())
		nothing(name, err)
	}
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithRefusePersonalKeys()))
	_, err := s.Write(t.Context(), "Source", s.Scan(t.Context(), "Source"))
	nothing("Scan", err)
	_, err = s.Write(t.Context(), "Source", s.Transformed(t.Context(), "Source"))
	nothing("Records", err)
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithWhere("Live = ?", true))).Sync(t.Context())
	if err != nil || len(report.Tables[0].Findings) != 1 || report.Tables[0].Written != 1 {
		t.Errorf("%v\n%v", err, report)
	}
}
