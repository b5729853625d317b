package dynsync

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/testsize"
)

// as returns a client of a server that signs as somebody.
func (w *world) as(s *dynsynctest.Server, accessKey string) *dynamodb.Client {
	return w.client(s, func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(accessKey) })
}

// allowAllBut lets an access key of a server do everything but an action; "" for everything.
func allowAllBut(t testing.TB, s *dynsynctest.Server, accessKey, action string) {
	t.Helper()
	policies := []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}]}`}
	if action != "" {
		policies = append(policies, fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":%q,"Resource":"*"}]}`, action))
	}
	if err := s.Authorize(accessKey, policies...); err != nil {
		t.Fatal(err)
	}
}

// checkedTables makes the tables of checks: source and destination with the index byAge, and
// a few items.
func (w *world) checkedTables(t testing.TB) {
	t.Helper()
	from, to, p := w.client(w.source), w.client(w.dest), &pair{}
	p.create(t, from, "SourceByAge", byAge)
	p.create(t, to, "CopyByAge", byAge)
	p.create(t, from, "SourceNamed", keyedBy("#Id"))
	p.create(t, to, "CopyNamed", keyedBy("#Id"))
	w.fill(t, w.source, "SourceByAge", someUsers(5))
	w.fill(t, w.source, "SourceNamed", map[string]map[string]any{"a": {"#Id": "a", "Name": "b"}})
}

// tablesOf returns tables of a server with their items, as another user sees them.
func (w *world) tablesOf(t testing.TB, s *dynsynctest.Server, names ...string) map[string]any {
	t.Helper()
	c, all := w.client(s), map[string]any{}
	for _, name := range names {
		items, err := c.Scan(t.Context(), &dynamodb.ScanInput{TableName: &name})
		if err != nil {
			t.Fatal(err)
		}
		described, err := c.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &name})
		if err != nil {
			t.Fatal(err)
		}
		all[name] = []any{items.Items, *described.Table}
	}
	return all
}

// checkedReads are the read plans of checks, by name, with what decides them.
var checkedReads = map[string][]TableOption{
	"SELECT":              nil,
	"Scan":                {WithSegments(2)},
	"AutoSegments":        {WithSegments(AutoSegments)},
	"SELECT of an index":  {WithIndex("byAge")},
	"Scan of an index":    {WithIndex("byAge"), WithSegments(2)},
	"a key that is fixed": {WithWhere("Id = ?", "user-00001"), WithSegments(2)},
	"a name with #":       {WithName("Named")},
}

// A check names exactly the action that is denied, on its side, or says that nothing tells,
// for every action that the job needs in each mode and read plan. It writes nothing.
func TestCheckNamesWhatIsDenied(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for read, opts := range checkedReads {
		for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
			for _, checkpoint := range []bool{false, true} {
				if checkpoint && testing.Short() {
					continue
				}
				inBubble(t, func(t *testing.T, w *world) {
					w.checkedTables(t)
					from, to := "SourceByAge", "CopyByAge"
					if read == "a name with #" {
						from, to = "SourceNamed", "CopyNamed"
					}
					all := []Option{WithSource(w.as(w.source, "reader")), WithDestination(w.as(w.dest, "writer")), WithKey(testKey),
						WithTable(from, to, append([]TableOption{WithMode(mode), clearCopy(), keepAll()}, opts...)...)}
					if checkpoint {
						all = append(all, WithCheckpoint(FileCheckpoint(t.TempDir()+"/c"), ScanResume()), WithDeadLetters(t.TempDir()+"/dead"))
					}
					s, err := New(all...)
					if err != nil {
						t.Fatal(err)
					}
					testDenied(t, w, s, fmt.Sprintf("%s, %v, checkpoint %v", read, mode, checkpoint), tried)
				})
			}
		}
	}
	for _, action := range []string{"source PartiQLSelect", "source Scan", "source DescribeTable", "source DescribeTimeToLive", "source GetItem", "destination DescribeTable", "destination BatchWriteItem", "destination PartiQLInsert",
		"destination PutItem", "destination GetItem", "destination UpdateItem", "destination Scan", "destination DescribeTimeToLive", "destination DescribeContinuousBackups", "destination ListBackups"} {
		if !tried[action] && !(testing.Short() && action == "source GetItem") {
			t.Errorf("no job needed %s", action)
		}
	}
}

// testDenied denies every action that a job needs, one after the other.
func testDenied(t *testing.T, w *world, s *Syncer, of string, tried map[string]bool) {
	state := func() []any {
		return []any{w.tablesOf(t, w.source, "Source", "SourceByAge", "SourceNamed"), w.tablesOf(t, w.dest, "Destination", "CopyByAge", "CopyNamed")}
	}
	before := state()
	policies, err := s.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, side := range []struct {
		name, key string
		server    *dynsynctest.Server
		policy    *Policy
	}{{"source", "reader", w.source, policies.Source}, {"destination", "writer", w.dest, policies.Destination}} {
		for _, a := range append(slices.Clone(side.policy.Actions), PolicyAction{}) {
			allowAllBut(t, side.server, side.key, a.Action)
			report, err := s.Check(t.Context())
			required := slices.ContainsFunc(side.policy.Actions, func(b PolicyAction) bool { return b.Action == a.Action && !b.Optional })
			untold := a.Action == "dynamodb:PartiQLInsert"
			if want := required && !untold; (ExitCode(err) == 3) != want || (err != nil) != want {
				t.Errorf("%s, %s without %s: exit code %d: %v", of, side.name, a.Action, ExitCode(err), err)
			}
			if required && !untold && (err == nil || !strings.Contains(err.Error(), a.Action+" on ")) {
				t.Errorf("%s, %s without %s: %v", of, side.name, a.Action, err)
			}
			for _, p := range report.Tables[0].Permissions {
				want := VerdictAllowed
				switch {
				case p.Side == side.name && p.Action == a.Action && !untold:
					want = VerdictDenied
				case p.Action == "dynamodb:PartiQLInsert", p.Side == "destination" && side.name == "destination" && a.Action == "dynamodb:DescribeTable" && isWrite(p.Action):
					want = VerdictUnknown // no request is harmless; or it is not known where it would write
				}
				if p.Verdict != want {
					t.Errorf("%s, %s without %s: %v", of, side.name, a.Action, p)
				}
			}
			tried[side.name+" "+strings.TrimPrefix(a.Action, "dynamodb:")] = true
		}
		allowAllBut(t, side.server, side.key, "")
	}
	if after := state(); !reflect.DeepEqual(before, after) {
		t.Errorf("%s: checks changed\n%v\ninto\n%v", of, before, after)
	}
}

func isWrite(action string) bool {
	return slices.Contains([]string{"dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}, action)
}

// checkedJob is a job of the tables of newPair whose first items are users.
func checkedJob(t testing.TB, w *world, opts ...TableOption) *Syncer {
	t.Helper()
	s, err := New(WithSource(w.as(w.source, "reader")), WithDestination(w.as(w.dest, "writer")), WithKey(testKey), WithTable("Source", "Destination", append([]TableOption{keepAll(), clearCopy()}, opts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A finding tells of each thing that somebody should know, with what to do.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	edit := func(w *world, table string, fn func(*types.TableDescription)) {
		w.source.EditDescription(table, fn)
		w.dest.EditDescription(table, fn)
	}
	ends := func(t *testing.T, w *world, in time.Duration, of int) {
		for i := range of {
			w.fill(t, w.source, "Source", map[string]map[string]any{"": {"Id": fmt.Sprint("ends", i), "Ends": time.Now().Add(in).Unix()}})
		}
		enableTTL(t, w.client(w.dest), "Destination", "Ends")
	}
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of a bubble
	for name, tt := range map[string]struct {
		setUp func(t *testing.T, w *world)
		opts  []TableOption
		code  finding.Code
		want  string // "" for no such finding
	}{
		"nothing there": {nil, nil, finding.DestinationHasItems, ""},
		"items there, put": {func(t *testing.T, w *world) { w.fill(t, w.dest, "Destination", someUsers(3)) }, nil,
			finding.DestinationHasItems, "about 3 items; ModePut replaces an item that has the key, and the others stay"},
		"items there, insert": {func(t *testing.T, w *world) { w.fill(t, w.dest, "Destination", someUsers(3)) }, []TableOption{WithMode(ModeInsert)},
			finding.DestinationHasItems, "ModeInsert leaves an item that has the key"},
		"items there that are not counted": {func(t *testing.T, w *world) {
			w.fill(t, w.dest, "Destination", someUsers(3))
			edit(w, "Destination", func(d *types.TableDescription) { d.ItemCount = aws.Int64(0) })
		}, nil, finding.DestinationHasItems, "though DescribeTable counts none"},
		"TTL on, and nothing ends": {func(t *testing.T, w *world) { ends(t, w, 72*time.Hour, 4) }, nil, finding.DestinationTTL, "TTL is on at the destination, by Ends; none of 9 items ends within 48 hours"},
		"items end":                {func(t *testing.T, w *world) { ends(t, w, 24*time.Hour, 4) }, nil, finding.ItemsEndSoon, "by Ends, and 4 of 9 items (44 %) end within 48 hours"},
		"items have ended":         {func(t *testing.T, w *world) { ends(t, w, -24*time.Hour, 1) }, nil, finding.ItemsEndSoon, "1 of 6 items (16 %)"},
		"items end by a rule": {func(t *testing.T, w *world) { ends(t, w, 72*time.Hour, 4) }, []TableOption{WithTransform("Ends", Constant(now.Add(time.Hour).Unix())), WithTTLAttribute("Other")},
			finding.ItemsEndSoon, "4 of 9 items"},
		"point-in-time recovery": {func(_ *testing.T, w *world) {
			w.dest.EditBackups("Destination", func(b *dynsynctest.Backups) {
				b.Continuous.PointInTimeRecoveryDescription = &types.PointInTimeRecoveryDescription{PointInTimeRecoveryStatus: "ENABLED", EarliestRestorableDateTime: aws.Time(now.AddDate(0, 0, -9)), RecoveryPeriodInDays: aws.Int32(10)}
			})
		}, nil, finding.DestinationRecoverable, "back to 1999-12-23: clear data of earlier copies, and all that this copy replaces, can be restored until 2000-01-11, 10 days from now"},
		"backups": {func(_ *testing.T, w *world) {
			w.dest.EditBackups("Destination", func(b *dynsynctest.Backups) {
				b.Summaries = []types.BackupSummary{{BackupCreationDateTime: aws.Time(now.AddDate(0, 0, -1))}, {BackupCreationDateTime: aws.Time(now.AddDate(0, 0, -3)), BackupExpiryDateTime: &now}, {BackupStatus: types.BackupStatusDeleted}}
			})
		}, nil, finding.DestinationBackups, "2 backups of 1999-12-29 to 1999-12-31: clear data of earlier copies in them can be restored until they are deleted"},
		"backups that end": {func(_ *testing.T, w *world) {
			w.dest.EditBackups("Destination", func(b *dynsynctest.Backups) {
				b.Summaries = []types.BackupSummary{{BackupCreationDateTime: aws.Time(now), BackupExpiryDateTime: aws.Time(now.AddDate(0, 0, 35))}}
			})
		}, nil, finding.DestinationBackups, "1 backups of 2000-01-01: clear data of earlier copies in them can be restored until 2000-02-05, when the last of them expires"},
		"a table that is updated": {func(_ *testing.T, w *world) {
			edit(w, "Destination", func(d *types.TableDescription) { d.TableStatus = types.TableStatusUpdating })
		}, nil, finding.TableNotActive, "the table is UPDATING"},
		"a stream": {func(_ *testing.T, w *world) {
			edit(w, "Destination", func(d *types.TableDescription) {
				d.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true)}
			})
		}, nil, finding.DestinationStreams, "up to 5 records"},
		"replicas": {func(_ *testing.T, w *world) {
			edit(w, "Destination", func(d *types.TableDescription) {
				d.Replicas = []types.ReplicaDescription{{RegionName: aws.String("eu-west-1")}}
			})
		}, nil, finding.DestinationReplicates, "replicas in eu-west-1"},
		"an index that takes another type": {func(_ *testing.T, w *world) {
			edit(w, "Source", func(d *types.TableDescription) { addNumber(d, "Age", "N") })
			edit(w, "Destination", func(d *types.TableDescription) { addNumber(d, "Age", "S") })
		}, nil, finding.IndexKeyType, "Age is of type N at the source, and the index byAge of the destination takes S"},
		"an index whose type a rule makes": {func(_ *testing.T, w *world) {
			edit(w, "Source", func(d *types.TableDescription) { addNumber(d, "Age", "N") })
			edit(w, "Destination", func(d *types.TableDescription) { addNumber(d, "Age", "S") })
		}, []TableOption{WithTransform("Age", Constant("young"))}, finding.IndexKeyType, ""},
		"items that the index refuses": {func(_ *testing.T, w *world) {
			edit(w, "Destination", func(d *types.TableDescription) { addNumber(d, "Age", "S") })
		}, nil, finding.SampleFails, "5 of the first 5 items fail, the first: table Source, path Age"},
		"a rule that fails": {nil, []TableOption{WithTransform("Age", Reject())}, finding.SampleFails, "5 of the first 5 items fail, the first: table Source, path Age"},
		"a limit": {func(_ *testing.T, w *world) { edit(w, "Source", many) }, []TableOption{WithWriteCapacity(Units(10))},
			finding.LimitsHold, "the job has 10 capacity units/s; with about 1000000 units the copy takes 27h46m40s or more"},
		"an on-demand maximum": {func(_ *testing.T, w *world) {
			edit(w, "Source", many)
			edit(w, "Destination", func(d *types.TableDescription) {
				d.OnDemandThroughput = &types.OnDemandThroughput{MaxReadRequestUnits: aws.Int64(-1), MaxWriteRequestUnits: aws.Int64(100)}
			})
		}, nil, finding.LimitsHold, "the on-demand maximum of the table is 100 units/s"},
		"a table that is cold": {func(_ *testing.T, w *world) {
			edit(w, "Source", many)
			edit(w, "Destination", func(d *types.TableDescription) {
				d.WarmThroughput = &types.TableWarmThroughputDescription{ReadUnitsPerSecond: aws.Int64(12000), WriteUnitsPerSecond: aws.Int64(4000)}
			})
		}, nil, finding.WarmThroughput, "the table is warm for 4000 units/s, and the copy takes about 1000000: that is 4m10s"},
		"a table that is warm": {func(_ *testing.T, w *world) {
			edit(w, "Source", many)
			edit(w, "Destination", func(d *types.TableDescription) {
				d.WarmThroughput = &types.TableWarmThroughputDescription{WriteUnitsPerSecond: aws.Int64(400_000)}
			})
		}, nil, finding.WarmThroughput, ""},
		"questions that are denied": {func(t *testing.T, w *world) { allowAllBut(t, w.dest, "writer", "dynamodb:DescribeContinuousBackups") }, nil,
			finding.NotKnown, "it is not known whether point-in-time recovery is on at the destination (dynamodb:DescribeContinuousBackups is denied)"},
		"questions that are throttled": {func(_ *testing.T, w *world) {
			w.dest.Control("ListBackups", func(*dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.Fail(400, "ThrottlingException", "canary")
			})
		}, nil, finding.NotKnown, "it is not known whether the destination has backups (DynamoDB does not answer for now [ThrottlingException"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.fill(t, w.source, "Source", someUsers(5))
				if tt.setUp != nil {
					tt.setUp(t, w)
				}
				report, err := checkedJob(t, w, tt.opts...).Check(t.Context())
				if err != nil {
					t.Fatalf("%v\n%v", err, report)
				}
				wantFinding(t, report.Tables[0].Findings, tt.code.Kind(), tt.want)
				if text := report.String() + jsonText(t, report); strings.Contains(text, "canary") || strings.Contains(text, "user-0") {
					t.Errorf("a value, or the service's text, is told:\n%s", text)
				}
			})
		})
	}
}

// wantFinding reports an error unless there is one finding of the kind with that text, or none
// if the text is "".
func wantFinding(t *testing.T, all []Finding, kind finding.Kind, want string) {
	t.Helper()
	var found []string
	for _, f := range all {
		if f.Code == kind.Name {
			found = append(found, f.Text)
			if f.Level != kind.Level || f.Remedy != kind.Remedy || f.Table != "Source" {
				t.Errorf("%+v", f)
			}
		}
	}
	if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || !strings.Contains(found[0], want)) {
		t.Errorf("%s: %q, want %q; all: %v", kind.Name, found, want, all)
	}
}

// someUsers returns n users by their ids.
func someUsers(n int) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, u := range users(n) {
		all[u["Id"].(string)] = u
	}
	return all
}

// addNumber adds an index by an attribute of that type to a description.
func addNumber(d *types.TableDescription, name string, kind types.ScalarAttributeType) {
	d.AttributeDefinitions = append(slices.Clone(d.AttributeDefinitions), types.AttributeDefinition{AttributeName: &name, AttributeType: kind})
	d.GlobalSecondaryIndexes = []types.GlobalSecondaryIndexDescription{{IndexName: aws.String("byAge"), IndexStatus: types.IndexStatusActive, KeySchema: []types.KeySchemaElement{{AttributeName: &name, KeyType: types.KeyTypeHash}}}}
}

// many makes a description one of a million small items, which are read within a minute.
func many(d *types.TableDescription) {
	d.ItemCount, d.TableSizeBytes = aws.Int64(1_000_000), aws.Int64(100_000_000)
}

func enableTTL(t testing.TB, c *dynamodb.Client, table, attribute string) {
	t.Helper()
	_, err := c.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{TableName: &table, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &attribute, Enabled: aws.Bool(true)}})
	if err != nil {
		t.Fatal(err)
	}
}

// What keeps a job from running is an error of the check, of the class that says what to do,
// and what is denied beside it is told too. A destination that the job may not write to gets
// no writes.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	deny := func(t *testing.T, w *world) { allowAllBut(t, w.dest, "writer", "dynamodb:BatchWriteItem") }
	for name, tt := range map[string]struct {
		setUp  func(t *testing.T, w *world)
		to     []DestinationOption
		table  [2]string
		opts   []TableOption
		exit   int
		want   []string
		writes Verdict // of BatchWriteItem
	}{
		"another account": {nil, []DestinationOption{Account("111122223333")}, [2]string{"Source", "Destination"}, nil, 7, []string{"Account says 111122223333"}, VerdictUnknown},
		"no source":       {nil, nil, [2]string{"Nowhere", "Destination"}, nil, 2, []string{`source table "Nowhere"`, "does not exist"}, VerdictAllowed},
		"no destination":  {nil, nil, [2]string{"Source", "Nowhere"}, nil, 2, []string{`destination table "Nowhere"`, "does not exist"}, VerdictUnknown},
		"another schema": {func(t *testing.T, w *world) { (&pair{}).create(t, w.client(w.dest), "Other", keyedBy("Other")) }, nil, [2]string{"Source", "Other"}, nil, 2,
			[]string{"key schemas differ"}, VerdictAllowed},
		"no index": {nil, nil, [2]string{"Source", "Destination"}, []TableOption{WithIndex("none")}, 2, []string{`no index "none"`}, VerdictAllowed},
		"a table that is being made": {func(_ *testing.T, w *world) {
			w.dest.EditDescription("Destination", func(d *types.TableDescription) { d.TableStatus = types.TableStatusCreating })
		}, nil, [2]string{"Source", "Destination"}, nil, 6, []string{"CREATING"}, VerdictUnknown},
		"denied": {deny, nil, [2]string{"Source", "Destination"}, nil, 3, []string{"check: the job needs what is denied: dynamodb:BatchWriteItem on arn:aws:dynamodb:", "at the destination (an explicit deny in an identity-based policy); take the deny out of its policy"}, VerdictDenied},
		"denied, and another schema": {func(t *testing.T, w *world) {
			deny(t, w)
			(&pair{}).create(t, w.client(w.dest), "Other", keyedBy("Other"))
		}, nil, [2]string{"Source", "Other"}, nil, 3, []string{"key schemas differ", "dynamodb:BatchWriteItem on arn"}, VerdictDenied},
		"a stream": {func(_ *testing.T, w *world) {
			w.dest.EditDescription("Destination", func(d *types.TableDescription) {
				d.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true)}
			})
		}, nil, [2]string{"Source", "Destination"}, []TableOption{WithStreamRecords(1)}, 7, []string{"up to 5 records"}, VerdictAllowed},
		"the source is not answering": {func(_ *testing.T, w *world) {
			w.source.Control("*", func(*dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.Fail(503, "ServiceUnavailable", "canary")
			})
		}, nil, [2]string{"Source", "Destination"}, nil, 6, []string{`source table "Source"`}, VerdictAllowed},
		"another key": {func(_ *testing.T, w *world) {
			w.dest.Control("*", func(*dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.Fail(400, "UnrecognizedClientException", "canary")
			})
		}, nil, [2]string{"Source", "Destination"}, nil, 3, []string{"the access key is not accepted"}, VerdictUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.fill(t, w.source, "Source", someUsers(5))
				if tt.setUp != nil {
					tt.setUp(t, w)
				}
				s, err := New(WithSource(w.as(w.source, "reader")), WithDestination(w.as(w.dest, "writer"), tt.to...), WithKey(testKey), WithTable(tt.table[0], tt.table[1], append(tt.opts, keepAll(), clearCopy())...))
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				report, err := s.Check(t.Context())
				if ExitCode(err) != tt.exit || time.Since(began) > time.Minute {
					t.Errorf("exit code %d after %v: %v", ExitCode(err), time.Since(began), err)
				}
				wantText(t, err, tt.want...)
				table := report.Tables[0]
				i := slices.IndexFunc(table.Permissions, func(p Permission) bool { return p.Action == "dynamodb:BatchWriteItem" })
				if p := table.Permissions[i]; p.Verdict != tt.writes {
					t.Errorf("%v", p)
				}
				if table.Err == nil || !strings.Contains(table.String(), "cannot be copied: ") || !strings.HasPrefix(report.String(), fmt.Sprintf("the job cannot run: 1 of 1 table cannot be copied, exit code %d\n", tt.exit)) || strings.Contains(report.String()+jsonText(t, report), "canary") {
					t.Errorf("%v", report)
				}
			})
		})
	}
}

// A job of one side is checked on that side, and one of none is refused.
func TestCheckOfOneSide(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		w.fill(t, w.source, "Source", someUsers(5))
		for _, tt := range []struct {
			side   string
			client Option
		}{{"source", WithSource(w.as(w.source, "reader"))}, {"destination", WithDestination(w.as(w.dest, "writer"))}} {
			s, err := New(tt.client, WithKey(testKey), WithTable("Source", "Destination"))
			if err != nil {
				t.Fatal(err)
			}
			report, err := s.Check(t.Context())
			if err != nil || len(report.Tables[0].Permissions) == 0 {
				t.Errorf("%s: %v: %v", tt.side, report, err)
			}
			for _, p := range report.Tables[0].Permissions {
				if p.Side != tt.side || p.Verdict != VerdictAllowed {
					t.Errorf("%s: %v", tt.side, p)
				}
			}
		}
		s, err := New(WithKey(testKey), WithTable("Source", "Destination"))
		if err != nil {
			t.Fatal(err)
		}
		if report, err := s.Check(t.Context()); ExitCode(err) != 2 || report == nil || len(report.Tables) > 0 {
			t.Errorf("no side: %v: %v", report, err)
		}
	})
}

// A check tells once of a side whose key does not expire, and not of sessions.
func TestCheckTellsOfLongLivedKeys(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		w.fill(t, w.source, "Source", someUsers(5))
		at := func(s *dynsynctest.Server, key string) *dynamodb.Client {
			return w.client(s, func(o *dynamodb.Options) {
				o.Credentials, o.BaseEndpoint = dynsynctest.Credentials(key), aws.String("https://dynamodb.eu-central-1.amazonaws.com")
			})
		}
		s, err := New(WithSource(at(w.source, "AKIAIOSFODNN7EXAMPLE")), WithDestination(at(w.dest, "ASIAIOSFODNN7EXAMPLE"), AnyDestination()), WithKey(testKey),
			WithTable("Source", "Destination", keepAll()), WithTable("Source", "Destination", WithName("Again"), keepAll()))
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Findings) != 1 || report.Findings[0].Code != "long-lived-keys" || report.Findings[0].Side != "source" || strings.Contains(report.String(), "AKIAIOSF") || !strings.Contains(report.String(), "[long-lived-keys]") {
			t.Errorf("%v", report)
		}
	})
}

// A check whose context ends says so, and does not wait for its turns.
func TestCheckEnds(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		w.fill(t, w.source, "Source", someUsers(5))
		for _, after := range []time.Duration{0, 100 * time.Millisecond, time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			began := time.Now()
			report, err := checkedJob(t, w).Check(ctx)
			cancel()
			if err == nil || ExitCode(err) != 6 || report == nil || time.Since(began) > after+time.Second {
				t.Errorf("after %v: %v in %v", after, err, time.Since(began))
			}
		}
	})
}

// DynamoDB Local answers what AWS does, but for backups; and a check changes nothing there.
func TestCheckAtLocal(t *testing.T) {
	t.Parallel()
	local := sharedLocal(t)
	p := localPair(t, local.Client("production", "eu-central-1"), local.Client("staging", "eu-central-1"))
	seed(t, p.from, generatedItems(t, testsize.Of(10, 50, 50)))
	for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
		report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), keepAll(), WithMode(mode))).Check(t.Context())
		if err != nil {
			t.Fatalf("%v: %v\n%v", mode, err, report)
		}
		for _, a := range report.Tables[0].Permissions {
			unknown := slices.Contains([]string{"dynamodb:PartiQLInsert", "dynamodb:DescribeContinuousBackups", "dynamodb:ListBackups"}, a.Action)
			if (a.Verdict == VerdictAllowed) == unknown || a.Verdict == VerdictDenied {
				t.Errorf("%v: %v", mode, a)
			}
		}
	}
	if left := rawContents(t, p.to, "Destination"); len(left) > 0 {
		t.Errorf("checks left %d items", len(left))
	}
}
