package iamsim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/iam"
	"github.com/dynsync/dynsync/internal/iamsim"
)

const allowAll = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`

// A job is one whose policies are judged.
type job struct {
	name    string
	options func(dir string) []dynsync.Option
	table   []dynsync.TableOption
	key     string // of both tables; Id by default
	loses   bool   // some items fail or collide
	replays bool   // the dead letters of the first run
}

// same gives all items one key.
func same(context.Context, string) (string, error) { return "x", nil }

// fails fails an item.
func fails(context.Context, string) (string, error) { return "", fmt.Errorf("no") }

func checkpoint(opts ...dynsync.CheckpointOption) func(dir string) []dynsync.Option {
	return func(dir string) []dynsync.Option {
		return []dynsync.Option{dynsync.WithCheckpoint(dynsync.FileCheckpoint(filepath.Join(dir, "checkpoint")), append(opts, dynsync.RulesVersion("1"))...)}
	}
}

func deadLetters(dir string) []dynsync.Option {
	return []dynsync.Option{dynsync.WithDeadLetters(filepath.Join(dir, "dead.jsonl")), dynsync.WithMaxFailures(1000)}
}

func jobs() []job {
	collides := dynsync.WithTransform("Id", dynsync.Func(same), dynsync.AllowCollisions())
	return []job{
		{name: "the default"},
		{name: "a Query", table: []dynsync.TableOption{dynsync.WithWhere("Id = 'user-1'")}},
		{name: "segments", table: []dynsync.TableOption{dynsync.WithSegments(4), dynsync.WithTTLAttribute("Ends")}},
		{name: "segments that dynsync chooses", table: []dynsync.TableOption{dynsync.WithSegments(dynsync.AutoSegments), dynsync.WithWhere("Age > 1")}},
		{name: "an index", table: []dynsync.TableOption{dynsync.WithIndex("byAge")}},
		{name: "an index in segments", table: []dynsync.TableOption{dynsync.WithIndex("byAge"), dynsync.WithSegments(2)}},
		{name: "names with #", key: "#id", table: []dynsync.TableOption{dynsync.WithMode(dynsync.ModeInsert)}},
		{name: "insert", table: []dynsync.TableOption{dynsync.WithMode(dynsync.ModeInsert)}},
		{name: "merge", table: []dynsync.TableOption{dynsync.WithMode(dynsync.ModeMerge)}},
		{name: "a checkpoint", options: checkpoint(dynsync.ScanResume())},
		{name: "collisions and a checkpoint", options: checkpoint(), table: []dynsync.TableOption{collides}, loses: true},
		{name: "dead letters, played again", options: deadLetters, table: []dynsync.TableOption{dynsync.WithTransform("Name", dynsync.Func(fails))}, loses: true, replays: true},
		{name: "dead letters of names with #, played again", key: "#id", options: deadLetters, table: []dynsync.TableOption{dynsync.WithTransform("Name", dynsync.Func(fails))}, loses: true, replays: true},
	}
}

// TestPoliciesOfJobs checks and runs jobs that may do everything, and has their policies judged for all
// that they were seen to ask for: each policy allows it, and no longer does once the action is
// taken out of its statement.
func TestPoliciesOfJobs(t *testing.T) {
	t.Parallel()
	sides := make([][2]side, len(jobs()))
	t.Run("jobs", func(t *testing.T) {
		for i, j := range jobs() {
			t.Run(j.name, func(t *testing.T) {
				t.Parallel()
				sides[i] = j.run(t)
			})
		}
	})
	var questions []iamsim.Question
	var want []string // the decisions
	for _, both := range sides {
		for _, s := range both {
			for _, a := range s.asked {
				q := iamsim.Question{Principal: "arn:aws:iam::" + s.account + ":user/copy", Action: a.Action, Resource: a.Resource, Account: s.account}
				q.Identity = []*iam.Document{s.policy}
				questions, want = append(questions, q), append(want, "Allowed")
				q.Identity = []*iam.Document{without(s.policy, a)}
				questions, want = append(questions, q), append(want, "ImplicitlyDenied")
			}
		}
	}
	for i, a := range iamsim.Ask(t, questions) {
		if a.Decision != want[i] {
			policy, _ := questions[i].Identity[0].JSON()
			t.Errorf("%s on %s: %s%s, want %s\n%s", questions[i].Action, questions[i].Resource, a.Decision, a.Error, want[i], policy)
		}
	}
	var actions []string
	for _, q := range questions {
		actions = append(actions, strings.TrimPrefix(q.Action, "dynamodb:"))
	}
	slices.Sort(actions)
	actions = slices.Compact(actions)
	t.Logf("%d jobs asked for %d actions on resources: %v", len(jobs()), len(questions)/2, actions)
	for _, action := range []string{"BatchWriteItem", "DescribeTable", "DescribeTimeToLive", "GetItem", "PartiQLInsert", "PartiQLSelect", "PutItem", "Scan", "UpdateItem"} {
		if !slices.Contains(actions, action) {
			t.Errorf("no job asked for %s", action)
		}
	}
}

// A side is what a job asked for at its source or destination, and the policy for it.
type side struct {
	account string
	policy  *iam.Document
	asked   []dynsynctest.Asked
}

// run runs the job on a server of its own.
func (j job) run(t *testing.T) [2]side {
	t.Helper()
	srv := dynsynctest.NewServer()
	defer srv.Close()
	if j.key == "" {
		j.key = "Id"
	}
	client := func(name string) *dynamodb.Client {
		c := srv.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
		j.create(t, c)
		if err := srv.Authorize(name, allowAll); err != nil {
			t.Fatal(err)
		}
		return c
	}
	source, destination := client("source"), client("destination")
	fill(t, source, j.key)
	before := len(srv.Asked("source"))
	dir := t.TempDir()
	opts := []dynsync.Option{dynsync.WithSource(source), dynsync.WithDestination(destination, dynsync.AnyDestination()), dynsync.WithKey([]byte("a key of 32 bytes for tests, 0123"))}
	if j.options != nil {
		opts = append(opts, j.options(dir)...)
	}
	table := append([]dynsync.TableOption{dynsync.WithDefaultTransform(dynsync.Passthrough())}, j.table...)
	s, err := dynsync.New(append(opts, dynsync.WithTable("Users", "Users", table...))...)
	if err != nil {
		t.Fatalf("%s: %v", j.name, err)
	}
	policies, err := s.Policy(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", j.name, err)
	}
	if !testing.Short() { // Check paces its probes
		if report, err := s.Check(t.Context()); err != nil {
			t.Errorf("%s: %v\n%v", j.name, err, report)
		}
	}
	if _, err := s.Sync(t.Context()); (err != nil) != j.loses {
		t.Fatalf("%s: %v", j.name, err)
	}
	if j.replays {
		_, _ = s.Replay(t.Context(), filepath.Join(dir, "dead.jsonl")) // the items fail again
	}
	return [2]side{
		{numberOf(t, source), document(t, policies.Source), srv.Asked("source")[before:]},
		{numberOf(t, destination), document(t, policies.Destination), srv.Asked("destination")},
	}
}

func (j job) create(t *testing.T, c *dynamodb.Client) {
	t.Helper()
	key, age := aws.String(j.key), aws.String("Age")
	_, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("Users"), BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: key, KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: key, AttributeType: types.ScalarAttributeTypeS}, {AttributeName: age, AttributeType: types.ScalarAttributeTypeN}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("byAge"), KeySchema: []types.KeySchemaElement{{AttributeName: age, KeyType: types.KeyTypeHash}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func fill(t *testing.T, c *dynamodb.Client, key string) {
	t.Helper()
	for i := range 20 {
		_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: map[string]types.AttributeValue{
			key: &types.AttributeValueMemberS{Value: fmt.Sprint("user-", i)}, "Age": &types.AttributeValueMemberN{Value: fmt.Sprint(i)},
			"Name": &types.AttributeValueMemberS{Value: "x"},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func numberOf(t *testing.T, c *dynamodb.Client) string {
	t.Helper()
	out, err := c.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("Users")})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(*out.Table.TableArn, ":")[4]
}

// document is the JSON of a policy, read again.
func document(t *testing.T, p *dynsync.Policy) *iam.Document {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	d, err := iam.ParseAs(iam.Identity, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

// without returns the document without an action in the statements on a resource, and without
// statements that have no other.
func without(d *iam.Document, a dynsynctest.Asked) *iam.Document {
	less := &iam.Document{Version: d.Version}
	for _, s := range d.Statement {
		if slices.Contains(s.Resource.Values, a.Resource) {
			s.Action = iam.List(slices.DeleteFunc(slices.Clone(s.Action.Values), func(action string) bool { return action == a.Action })...)
		}
		if len(s.Action.Values) > 0 {
			less.Statement = append(less.Statement, s)
		}
	}
	return less
}

// TestPoliciesOfTheScenario has the two policies of the scenario judged: a table read only,
// and one read and written, for what the default job asks for at each side.
func TestPoliciesOfTheScenario(t *testing.T) {
	t.Parallel()
	var questions []iamsim.Question
	for i, s := range jobs()[0].run(t) {
		text, err := os.ReadFile("../iam/testdata/" + []string{"readonly", "readwrite"}[i] + ".json")
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.NewReplacer("eu-west-1", "us-east-1", "123456789012", s.account, "table/ProdDb", "table/Users", "table/StageDb", "table/Users").Replace(string(text)))
		d, err := iam.ParseAs(iam.Identity, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range s.asked {
			questions = append(questions, iamsim.Question{Principal: "arn:aws:iam::" + s.account + ":user/copy", Action: a.Action, Resource: a.Resource, Account: s.account, Identity: []*iam.Document{d}})
		}
	}
	// Neither has these, without which a job knows its TTL attribute by option, and Check
	// cannot tell of backups.
	var denied []string
	for i, a := range iamsim.Ask(t, questions) {
		if a.Decision != "Allowed" {
			denied = append(denied, strings.TrimPrefix(questions[i].Action, "dynamodb:"))
		}
	}
	slices.Sort(denied)
	denied = slices.Compact(denied)
	for _, action := range denied {
		if !slices.Contains([]string{"DescribeTimeToLive", "DescribeContinuousBackups", "ListBackups"}, action) {
			t.Errorf("the policies of the scenario do not allow %s", action)
		}
	}
	t.Logf("denied: %v", denied)
}

// TestPolicyOfASourceByARN has a job read a table of another account, whose resource-based
// policy lets it: the evaluator allows what the job asked for by both policies, and by neither
// alone.
func TestPolicyOfASourceByARN(t *testing.T) {
	t.Parallel()
	srv := dynsynctest.NewServer()
	defer srv.Close()
	client := func(name string) *dynamodb.Client {
		return srv.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
	}
	j := job{key: "Id"}
	owner, source, destination := client("owner"), client("source"), client("destination")
	for _, c := range []*dynamodb.Client{owner, source, destination} {
		j.create(t, c)
	}
	fill(t, owner, "Id")
	account, reader := numberOf(t, owner), numberOf(t, source)
	arn := "arn:aws:dynamodb:us-east-1:" + account + ":table/Users"
	s, err := dynsync.New(dynsync.WithSource(source), dynsync.WithDestination(destination, dynsync.AnyDestination()), dynsync.WithKey([]byte("a key of 32 bytes for tests, 0123")),
		dynsync.WithTable(arn, "Users", dynsync.WithSegments(2), dynsync.WithDefaultTransform(dynsync.Passthrough())))
	if err != nil {
		t.Fatal(err)
	}
	policies, err := s.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	identity := document(t, policies.Source)
	lets := &iam.Document{Version: iam.Version}
	for _, st := range identity.Statement {
		st.Principal = iam.Principal{Names: map[string]iam.Strings{"AWS": iam.One("arn:aws:iam::" + reader + ":root")}}
		lets.Statement = append(lets.Statement, st)
	}
	if err := errors.Join(srv.Authorize("source", text(t, identity)), srv.SetResourcePolicy(arn, text(t, lets))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	var questions []iamsim.Question
	for _, a := range srv.Asked("source") {
		if !a.Allowed {
			t.Errorf("%s on %s was denied", a.Action, a.Resource)
		}
		q := iamsim.Question{Principal: "arn:aws:iam::" + reader + ":user/source", Action: a.Action, Resource: a.Resource, Account: account}
		both, one, other := q, q, q
		both.Identity, both.ResourcePolicy = []*iam.Document{identity}, lets
		one.Identity, other.ResourcePolicy = []*iam.Document{identity}, lets
		questions = append(questions, both, one, other)
	}
	for i, a := range iamsim.Ask(t, questions) {
		if want := []string{"Allowed", "ImplicitlyDenied", "ImplicitlyDenied"}[i%3]; a.Decision != want {
			t.Errorf("%s on %s: %s%s, want %s", questions[i].Action, questions[i].Resource, a.Decision, a.Error, want)
		}
	}
	if len(questions) < 3*2 {
		t.Errorf("the job asked for %d actions only", len(questions)/3)
	}
}

// text is the JSON of a document.
func text(t *testing.T, d *iam.Document) string {
	t.Helper()
	text, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
