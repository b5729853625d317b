package dynsync

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/iam"
)

// byAge adds the index byAge to a table.
func byAge(in *dynamodb.CreateTableInput) {
	age := aws.String("Age")
	in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: age, AttributeType: types.ScalarAttributeTypeN})
	in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
		IndexName: aws.String("byAge"), KeySchema: []types.KeySchemaElement{{AttributeName: age, KeyType: types.KeyTypeHash}},
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
	})
}

// keyedBy gives a table another partition key.
func keyedBy(name string) func(*dynamodb.CreateTableInput) {
	return func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions[0].AttributeName, in.KeySchema[0].AttributeName = &name, &name
	}
}

// policyText has the actions of a policy, with "?" behind an optional one, and "/index" or
// "*" for what is no table.
func policyText(p *Policy) string {
	if p == nil {
		return "none"
	}
	var words []string
	for _, a := range p.Actions {
		word := strings.TrimPrefix(a.Action, "dynamodb:")
		switch r := a.Resources[0]; {
		case r == "*":
			word += "*"
		case strings.Contains(r, "/index/"):
			word += "/index"
		}
		if a.Optional {
			word += "?"
		}
		words = append(words, word)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

func wantPolicy(t testing.TB, s *Syncer) *Policies {
	t.Helper()
	p, err := s.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// destinationLooks are the look-ups at a destination that a policy has as optional ones.
const destinationLooks = "DescribeContinuousBackups? DescribeTable DescribeTimeToLive? "

func TestPolicyOfJobs(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.create(t, p.source.Client(), "Source2", byAge)
	p.create(t, p.source.Client(), "SourceNames", keyedBy("#id"))
	p.create(t, p.to, "DestinationNames", keyedBy("#id"))
	store, dead := WithCheckpoint(&memoryStore{data: map[string][]byte{}}, RulesVersion("1")), WithDeadLetters(t.TempDir()+"/dead")
	collides := WithTransform("Id", Func(func(context.Context, string) (string, error) { return "x", nil }), AllowCollisions())
	inserts := "BatchWriteItem " + destinationLooks + "GetItem ListBackups*? PartiQLInsert PutItem Scan?"
	for _, tt := range []struct {
		name                string
		opts                []Option
		source, destination string
	}{
		{"the default", []Option{WithTable("Source", "Destination")}, "DescribeTable DescribeTimeToLive? PartiQLSelect", "BatchWriteItem " + destinationLooks + "ListBackups*? Scan?"},
		{"segments", []Option{WithTable("Source", "Destination", WithSegments(4), WithTTLAttribute("Ends"))}, "DescribeTable Scan", "BatchWriteItem " + destinationLooks + "ListBackups*? Scan?"},
		{"segments, and a condition that fixes the key", []Option{WithTable("Source", "Destination", WithSegments(4), WithWhere("Id = 'a'"))}, "DescribeTable DescribeTimeToLive? PartiQLSelect", ""},
		{"segments, and another condition", []Option{WithTable("Source", "Destination", WithSegments(AutoSegments), WithWhere("Age > 1"))}, "DescribeTable DescribeTimeToLive? Scan", ""},
		{"a condition with a name with #", []Option{WithTable("Source", "Destination", WithWhere(`"#age" > 1`))}, "DescribeTable DescribeTimeToLive? Scan", ""},
		{"an index", []Option{WithTable("Source2", "Destination", WithIndex("byAge"))}, "DescribeTable DescribeTimeToLive? PartiQLSelect/index", ""},
		{"an index in segments", []Option{dead, WithTable("Source2", "Destination", WithIndex("byAge"), WithSegments(2))}, "DescribeTable DescribeTimeToLive? Scan/index", ""},
		{"a checkpoint", []Option{store, WithTable("Source", "Destination")}, "DescribeTable DescribeTimeToLive? PartiQLSelect", "BatchWriteItem " + destinationLooks + "ListBackups*? Scan?"},
		{"ScanResume", []Option{WithCheckpoint(&memoryStore{data: map[string][]byte{}}, ScanResume()), WithTable("Source", "Destination")}, "DescribeTable DescribeTimeToLive? PartiQLSelect Scan", ""},
		{"ScanResume of a Query", []Option{WithCheckpoint(&memoryStore{data: map[string][]byte{}}, ScanResume()), WithTable("Source", "Destination", WithWhere("Id = 'a'"))}, "DescribeTable DescribeTimeToLive? PartiQLSelect", ""},
		{"dead letters", []Option{dead, WithTable("Source", "Destination", WithSegments(2))}, "DescribeTable DescribeTimeToLive? PartiQLSelect Scan", "BatchWriteItem " + destinationLooks + "ListBackups*? Scan?"},
		{"dead letters of keys with #", []Option{dead, WithTable("SourceNames", "DestinationNames")}, "DescribeTable DescribeTimeToLive? GetItem PartiQLSelect", ""},
		{"collisions", []Option{WithTable("Source", "Destination", collides)}, "", "BatchWriteItem " + destinationLooks + "ListBackups*? Scan?"},
		{"collisions and a checkpoint", []Option{store, WithTable("Source", "Destination", collides)}, "", inserts},
		{"collisions that may be", []Option{store, WithTable("Source", "Destination", collides, WithAllowExisting())}, "", "BatchWriteItem " + destinationLooks + "ListBackups*? Scan?"},
		{"collisions and dead letters", []Option{dead, WithTable("Source", "Destination", collides, WithAllowExisting())}, "", inserts},
		{"collisions and shares", []Option{WithShare(0, 2), WithTable("Source", "Destination", collides, WithSegments(2), WithAllowExisting())}, "", "BatchWriteItem " + destinationLooks + "ListBackups*? Scan?"},
		{"two tables with one destination", []Option{store, WithTable("Source", "Destination"), WithTable("Source2", "Destination")}, "", inserts},
		{"ModeInsert", []Option{WithTable("Source", "Destination", WithMode(ModeInsert))}, "", destinationLooks + "GetItem ListBackups*? PartiQLInsert PutItem Scan?"},
		{"ModeInsert with names with #", []Option{WithTable("SourceNames", "DestinationNames", WithMode(ModeInsert))}, "", destinationLooks + "GetItem ListBackups*? PutItem Scan?"},
		{"ModeMerge", []Option{WithTable("Source", "Destination", WithMode(ModeMerge))}, "", destinationLooks + "GetItem ListBackups*? PutItem Scan? UpdateItem"},
		{"ModeMerge, collisions and dead letters", []Option{dead, WithTable("Source", "Destination", WithMode(ModeMerge), collides)}, "", destinationLooks + "GetItem ListBackups*? PartiQLInsert PutItem Scan? UpdateItem"},
	} {
		got := wantPolicy(t, p.syncer(t, tt.opts...))
		if text := policyText(got.Source); tt.source != "" && text != tt.source {
			t.Errorf("%s: the source needs %s, want %s", tt.name, text, tt.source)
		}
		if text := policyText(got.Destination); tt.destination != "" && text != tt.destination {
			t.Errorf("%s: the destination needs %s, want %s", tt.name, text, tt.destination)
		}
	}
}

// A job has policies for the sides that it has, and without clients for both.
func TestPolicyOfSides(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	table := WithTable("Source", "Destination", WithMode(ModeInsert))
	for _, tt := range []struct {
		name                string
		opts                []Option
		source, destination string
	}{
		{"both", []Option{WithSource(p.from), WithDestination(p.to)}, "DescribeTable DescribeTimeToLive? PartiQLSelect", destinationLooks + "GetItem ListBackups*? PartiQLInsert PutItem Scan?"},
		{"the source", []Option{WithSource(p.from)}, "DescribeTable DescribeTimeToLive? PartiQLSelect", "none"},
		{"the destination", []Option{WithDestination(p.to)}, "none", destinationLooks + "GetItem ListBackups*? PartiQLInsert PutItem Scan?"},
		{"none", nil, "DescribeTable DescribeTimeToLive? PartiQLSelect", destinationLooks + "GetItem ListBackups*? PartiQLInsert PutItem Scan?"},
	} {
		s, err := New(append(tt.opts, table)...)
		if err != nil {
			t.Fatal(err)
		}
		got := wantPolicy(t, s)
		if source, destination := policyText(got.Source), policyText(got.Destination); source != tt.source || destination != tt.destination {
			t.Errorf("%s: the source needs %s, and the destination %s", tt.name, source, destination)
		}
	}
}

// The JSON of a policy is one that IAM takes, with the ARNs of the tables; the text says why
// each action is there.
func TestPolicyTexts(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.create(t, p.source.Client(), "Source2", byAge)
	s := p.syncer(t, WithTable("Source", "Destination"), WithTable("Source2", "Destination", WithIndex("byAge"), WithSegments(2)))
	got := wantPolicy(t, s)
	arn := func(c *dynamodb.Client, name string) string {
		out, err := c.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &name})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(out.Table.TableArn)
	}
	one, two := arn(p.from, "Source"), arn(p.from, "Source2")
	want := `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Required",
      "Effect": "Allow",
      "Action": ["dynamodb:DescribeTable"],
      "Resource": ["` + one + `", "` + two + `"]
    },
    {
      "Sid": "Required2",
      "Effect": "Allow",
      "Action": ["dynamodb:PartiQLSelect"],
      "Resource": ["` + one + `"]
    },
    {
      "Sid": "Required3",
      "Effect": "Allow",
      "Action": ["dynamodb:Scan"],
      "Resource": ["` + two + `/index/byAge"]
    },
    {
      "Sid": "Optional",
      "Effect": "Allow",
      "Action": ["dynamodb:DescribeTimeToLive"],
      "Resource": ["` + one + `", "` + two + `"]
    }
  ]
}`
	sameJSON(t, jsonText(t, got.Source), want)
	required := jsonText(t, got.Source.Required())
	if strings.Contains(required, "TimeToLive") || len(got.Source.Actions) != 4 || !strings.Contains(required, "PartiQLSelect") {
		t.Errorf("without what is optional, the policy is %s", required)
	}
	for _, policy := range []*Policy{got.Source, got.Destination} {
		if _, err := iam.ParseAs(iam.Identity, []byte(jsonText(t, policy))); err != nil {
			t.Errorf("%s: %v", policy.Side, err)
		}
	}
	text := got.String()
	for _, line := range []string{
		"the source needs\n",
		"  dynamodb:PartiQLSelect: it reads the items by SELECT\n    on " + one + "\n",
		"  dynamodb:DescribeTimeToLive, optionally: it finds the TTL attribute, whose values stay; without it, the TTL attribute is treated like any other (finding ttl-unknown)",
		"    on " + two + "/index/byAge\n",
		"the destination needs\n",
		"  dynamodb:BatchWriteItem: it writes the items (ModePut)\n  dynamodb:Scan, optionally: it tells",
		"point-in-time recovery is on\n    on " + arn(p.to, "Destination") + "\n  dynamodb:ListBackups, optionally",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the text lacks %q:\n%s", line, text)
		}
	}
}

func jsonText(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func sameJSON(t testing.TB, got, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if jsonText(t, a) != jsonText(t, b) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Without a right, or without a connection, the policy has every action that may be needed,
// on the table wherever it is.
func TestPolicyWithoutRights(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	for _, err := range []error{p.source.Authorize("dynsynctest"), p.dest.Authorize("dynsynctest")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	nobody := p.source.Client(func(o *dynamodb.Options) {
		o.BaseEndpoint, o.RetryMaxAttempts = aws.String("http://127.0.0.1:1"), 1
	})
	dead := WithDeadLetters(t.TempDir() + "/dead")
	tables := []Option{WithKey(testKey), dead, WithGiveUpAfter(100 * time.Millisecond),
		WithTable("Source", "Destination", WithSegments(4), WithWhere("Id = 'a'"), WithTransform("Id", Func(func(context.Context, string) (string, error) { return "x", nil }))),
		WithTable("Other", "Destination2"), WithTable("Third", "Destination3")}
	for name, opts := range map[string][]Option{
		"denied":        {WithSource(p.from), WithDestination(p.to)},
		"not connected": {WithSource(nobody), WithDestination(nobody)},
		"no clients":    nil,
	} {
		s, err := New(append(opts, tables...)...)
		if err != nil {
			t.Fatal(err)
		}
		got := wantPolicy(t, s)
		if source, destination := policyText(got.Source), policyText(got.Destination); source != "DescribeTable DescribeTimeToLive? GetItem PartiQLSelect Scan" ||
			destination != "BatchWriteItem "+destinationLooks+"GetItem ListBackups*? PartiQLInsert PutItem Scan?" {
			t.Errorf("%s: the source needs %s, and the destination %s", name, source, destination)
		}
		document := jsonText(t, got.Source)
		for _, text := range []string{`"arn:aws:dynamodb:*:*:table/Source"`, `"arn:aws:dynamodb:*:*:table/Other"`} {
			if !strings.Contains(document, text) {
				t.Errorf("%s: %s", name, document)
			}
		}
		unknown := 2
		if opts == nil {
			unknown = 0
		}
		if len(got.Source.Unknown) != unknown || len(got.Destination.Unknown) != unknown {
			t.Errorf("%s: %q", name, got.Source.Unknown)
		}
		for _, why := range got.Source.Unknown {
			if !strings.Contains(got.String(), why) {
				t.Errorf("%s: the text lacks %q", name, why)
			}
		}
		if last := got.Source.Unknown; opts != nil && last[1] != "nor are those of Other, Third, for the same reason as those of Source" {
			t.Errorf("%s: %q", name, last)
		}
	}
}

// Policy fails only if its context ends.
func TestPolicyEnds(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := p.syncer(t, WithTable("Source", "Destination")).Policy(ctx)
	if got == nil || err == nil || ExitCode(err) != 6 {
		t.Errorf("%v, %v", got, err)
	}
}

// The two policies of the page of Neosync, as they stand there, are enough for the default
// job: one that reads ProdDb, and one that writes to StageDb.
func TestPoliciesOfNeosync(t *testing.T) {
	t.Parallel()
	p := &pair{source: dynsynctest.NewServer(), dest: dynsynctest.NewServer()}
	defer p.source.Close()
	defer p.dest.Close()
	p.from, p.to = p.source.Client(), p.dest.Client()
	p.create(t, p.from, "ProdDb")
	p.create(t, p.to, "StageDb")
	for n := range 60 {
		if _, err := p.from.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("ProdDb"), Item: mustKey(fmt.Sprint(n)).AttributeValues()}); err != nil {
			t.Fatal(err)
		}
	}
	s := p.syncer(t, WithTable("ProdDb", "StageDb"))
	needed := wantPolicy(t, s)
	for _, side := range []struct {
		server *dynsynctest.Server
		client *dynamodb.Client
		table  string
		file   string
		needed *Policy
	}{{p.source, p.from, "ProdDb", "readonly.json", needed.Source}, {p.dest, p.to, "StageDb", "readwrite.json", needed.Destination}} {
		out, err := side.client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &side.table})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile("testdata/policies/" + side.file)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(*out.Table.TableArn, ":")
		policy := strings.NewReplacer("<region>", parts[3], "<accountId>", parts[4]).Replace(string(text))
		if err := side.server.Authorize("dynsynctest", policy); err != nil {
			t.Fatal(err)
		}
		for _, a := range side.needed.Required().Actions {
			if !strings.Contains(policy, `"`+a.Action+`"`) {
				t.Errorf("%s lacks %s", side.file, a.Action)
			}
		}
	}
	report, err := s.Sync(t.Context())
	if err != nil || report.Tables[0].Written != 60 {
		t.Errorf("%v, %v", report, err)
	}
	if plan, err := s.Plan(t.Context()); err != nil {
		t.Errorf("%v, %v", plan, err)
	}
}

// A policy that IAM does not take as one managed policy says so.
func TestPolicyTooLong(t *testing.T) {
	t.Parallel()
	for n, long := range map[int]bool{1: false, 20: false, 60: true} {
		var opts []Option
		for i := range n {
			opts = append(opts, WithTable(fmt.Sprintf("Production-Table-%03d", i), fmt.Sprintf("Staging-Table-%03d", i)))
		}
		s, err := New(opts...)
		if err != nil {
			t.Fatal(err)
		}
		if text := wantPolicy(t, s).Source.String(); strings.Contains(text, "IAM takes 6144") != long {
			t.Errorf("%d tables: %s", n, text)
		}
	}
}
