package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/probe"
)

// hurry lets a test of a connection send its requests at once.
var hurry = testOption(func(c *testConfig) { c.prober = probe.Paced(1e6) })

// verdicts returns the actions of a table by verdict, without their service.
func verdicts(table *TableTest, v dynsync.Verdict) (actions []string) {
	for _, p := range table.Permissions {
		if p.Verdict == v {
			actions = append(actions, strings.TrimPrefix(p.Action, "dynamodb:"))
		}
	}
	slices.Sort(actions)
	return actions
}

// scanned returns the items of a table.
func scanned(t *testing.T, c *dynamodb.Client, table string) []map[string]types.AttributeValue {
	t.Helper()
	out, err := c.Scan(context.Background(), &dynamodb.ScanInput{TableName: &table})
	must(t, err)
	return out.Items
}

// The two policies of the system before, as they stand, with the tables of its page: a role
// may do what its policy says, and nothing else; the test says so, and changes nothing.
func TestTestOfPolicies(t *testing.T) {
	w := newWorld(t)
	policy := func(file, account string) string {
		text, err := os.ReadFile("../testdata/policies/" + file)
		must(t, err)
		return strings.NewReplacer("<region>", "us-west-2", "<accountId>", account).Replace(string(text))
	}
	for _, tt := range []struct {
		role, account, table, file string
		admin                      *dynamodb.Client
		allowed, denied, unknown   []string
	}{
		{"arn:aws:iam::111122223333:role/read", "111122223333", "ProdDb", "readonly.json", w.source,
			[]string{"BatchGetItem", "DescribeTable", "GetItem", "PartiQLSelect", "Query", "Scan"}, []string{"BatchWriteItem", "PartiQLUpdate", "PutItem", "UpdateItem"}, []string{"PartiQLInsert"}},
		{"arn:aws:iam::444455556666:role/write", "444455556666", "StageDb", "readwrite.json", w.dest,
			[]string{"BatchGetItem", "BatchWriteItem", "DescribeTable", "GetItem", "PartiQLSelect", "PartiQLUpdate", "PutItem", "Query", "Scan", "UpdateItem"}, nil, []string{"PartiQLInsert"}},
	} {
		createTable(t, tt.admin, tt.table)
		_, err := tt.admin.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &tt.table, Item: map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: "someone-" + canary}}})
		must(t, err)
		w.addRole(t, tt.role, "777788889999", theID, policy(tt.file, tt.account))
		client := w.open(t, w.user, Role(tt.role, ExternalID(theID), SessionName("night")))
		before := scanned(t, tt.admin, tt.table)
		report, err := Test(t.Context(), client, hurry, Writable(tt.table))
		must(t, err)
		table := report.Tables[0]
		for v, want := range map[dynsync.Verdict][]string{dynsync.VerdictAllowed: tt.allowed, dynsync.VerdictDenied: tt.denied, dynsync.VerdictUnknown: tt.unknown} {
			if got := verdicts(table, v); !slices.Equal(got, want) {
				t.Errorf("%s, %v: %v, want %v", tt.table, v, got, want)
			}
		}
		name := strings.TrimPrefix(tt.role, "arn:aws:iam::"+tt.account+":role/")
		if report.Account != tt.account || report.Caller != "arn:aws:sts::"+tt.account+":assumed-role/"+name+"/night" || report.Region != "us-west-2" || report.Endpoint != w.srv.URL() || !strings.Contains(report.Client, "role "+tt.role) {
			t.Errorf("%+v", report)
		}
		if table.Items != 1 || table.Status != "ACTIVE" || !slices.Equal(table.Keys, []string{"partition key Id (S)"}) || !strings.HasPrefix(table.TTL, "unknown: dynamodb:DescribeTimeToLive is denied") || table.Stream != "off" || table.ARN != "arn:aws:dynamodb:us-west-2:"+tt.account+":table/"+tt.table {
			t.Errorf("%+v", table)
		}
		if p := report.Permissions[0]; p.Action != "dynamodb:ListTables" || p.Verdict != dynsync.VerdictAllowed {
			t.Errorf("%v", p)
		}
		if after := scanned(t, tt.admin, tt.table); !reflect.DeepEqual(before, after) {
			t.Errorf("%v became %v", before, after)
		}
		text, err := json.Marshal(report)
		must(t, err)
		wantNoSecretIn(t, report.String()+string(text))
	}
}

// A table that is only read gets reads, whatever the client may do.
func TestTestWritesNothingUnnamed(t *testing.T) {
	w := newWorld(t)
	w.srv.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
		if strings.Contains(r.Op, "Write") || strings.Contains(r.Op, "Put") || strings.Contains(r.Op, "Update") || r.Op == "ExecuteStatement" && !strings.Contains(string(r.Body), "SELECT") {
			t.Errorf("%s: %s", r.Op, r.Body)
		}
		return dynsynctest.Action{}
	})
	report, err := Test(t.Context(), w.dest, hurry, Tables("Copy"))
	must(t, err)
	if got := verdicts(report.Tables[0], dynsync.VerdictUnknown); !slices.Equal(got, []string{"BatchWriteItem", "PartiQLInsert", "PartiQLUpdate", "PutItem", "UpdateItem"}) {
		t.Errorf("unknown: %v", got)
	}
	if got := strings.Count(report.String(), "table/Copy: not tried; name the table by Writable to ask\n"); got != 4 {
		t.Errorf("%d writes say how to ask for them:\n%v", got, report)
	}
}

// A client that may not list tables is told to name them.
func TestTestWithoutListTables(t *testing.T) {
	w := newWorld(t)
	client := w.open(t, w.user, Role(prodRead, ExternalID(theID)))
	report, err := Test(t.Context(), client, hurry)
	if err != nil || len(report.Tables) > 0 || !strings.Contains(report.String(), "denied  dynamodb:ListTables on *: no identity-based policy allows it; name the tables by Tables") {
		t.Errorf("%v: %v", err, report)
	}
	report, err = Test(t.Context(), client, hurry, Tables("Users"))
	if err != nil || !slices.Equal(verdicts(report.Tables[0], dynsync.VerdictAllowed), []string{"DescribeTable", "PartiQLSelect", "Scan"}) || strings.Contains(report.String(), "name the tables") {
		t.Errorf("%v: %v", err, report)
	}
}

// Without names, the first hundred tables are looked at, and the report says that there are
// more.
func TestTestOfAllTables(t *testing.T) {
	if testing.Short() {
		t.Skip("requests are paced")
	}
	clear(t)
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	client := mustOpen(t, Endpoint(srv.URL()))
	createTable(t, client, "Aaa")
	createTable(t, client, "Bbb")
	report, err := Test(t.Context(), client, hurry)
	must(t, err)
	if len(report.Tables) != 2 || report.More || report.Tables[0].Name != "Aaa" || report.NoCaller == "" || report.Account != "" {
		t.Errorf("%v", report)
	}
	for i := range mostTables {
		createTable(t, client, fmt.Sprintf("Table%03d", i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	report, err = Test(ctx, client)
	if !report.More || dynsync.ExitCode(err) != 6 || len(report.Tables) == 0 || !strings.Contains(report.String(), "and more tables") {
		t.Errorf("%v: %v", err, report)
	}
}

// simulated is a Simulator.
type simulated struct {
	principal string
	allowed   map[string]bool
	err       error
}

func (s *simulated) Simulate(_ context.Context, principal string, _ []string, _ string) (map[string]bool, error) {
	s.principal = principal
	return s.allowed, s.err
}

// A Simulator tells of what no request does, by the role of the session.
func TestTestSimulates(t *testing.T) {
	w := newWorld(t)
	client := w.open(t, w.user, Role(stage, SessionName("night")))
	for name, tt := range map[string]struct {
		simulator *simulated
		want      string
	}{
		"allowed": {&simulated{allowed: map[string]bool{"dynamodb:PartiQLInsert": true, "dynamodb:Scan": false}}, "allowed dynamodb:PartiQLInsert on arn:aws:dynamodb:us-west-2:444455556666:table/Copy: by a simulation of the policies of arn:aws:iam::444455556666:role/stage-write"},
		"denied":  {&simulated{allowed: map[string]bool{"dynamodb:PartiQLInsert": false}}, "denied  dynamodb:PartiQLInsert on"},
		"silent":  {&simulated{}, "unknown dynamodb:PartiQLInsert on"},
		"failing": {&simulated{err: errors.New(canary)}, "no harmless request tells, and the Simulator failed"},
	} {
		report, err := Test(t.Context(), client, hurry, Writable("Copy"), Simulate(tt.simulator))
		if err != nil || !strings.Contains(report.String(), tt.want) || !strings.Contains(report.String(), "allowed dynamodb:Scan") || tt.simulator.principal != "arn:aws:iam::444455556666:role/stage-write" {
			t.Errorf("%s: %v: %v", name, err, report)
		}
		wantNoSecretIn(t, report.String())
	}
	for caller, want := range map[string]string{
		"arn:aws:iam::111122223333:user/path/ci":            "arn:aws:iam::111122223333:user/path/ci",
		"arn:aws-cn:sts::111122223333:assumed-role/r/s":     "arn:aws-cn:iam::111122223333:role/r",
		"arn:aws:iam::111122223333:root":                    "",
		"arn:aws:sts::111122223333:federated-user/somebody": "",
		"": "",
	} {
		if got := principalOf(caller); got != want {
			t.Errorf("%s: %s, want %s", caller, got, want)
		}
	}
}

// What keeps a client from DynamoDB is an error, in seconds, which says where and what to do
// and holds no secret.
func TestMistakesOfTest(t *testing.T) {
	w := newWorld(t)
	keys := Keys("AKIA"+canary, canary, "")
	for name, tt := range map[string]struct {
		opts []Option
		test []TestOption
		exit int
		want string
		slow bool
	}{
		"an unknown key":           {[]Option{keys}, nil, 3, "the access key is not accepted", false},
		"a wrong secret":           {[]Option{Keys("AKIACI", canary, "")}, nil, 3, "check the secret access key", true},
		"a wrong external id":      {[]Option{w.user, Role(prodRead, ExternalID("id."+canary))}, nil, 3, "role " + prodRead + " may not be assumed", false},
		"no external id":           {[]Option{w.user, Role(prodRead)}, nil, 3, "none was given", false},
		"an unknown role":          {[]Option{w.user, Role("arn:aws:iam::111122223333:role/none")}, nil, 3, "arn:aws:iam::111122223333:role/none may not be assumed", false},
		"STS is not there":         {[]Option{w.user, Role(stage), STSEndpoint(nobody())}, nil, 6, "STS", true},
		"nobody listens":           {[]Option{w.user, Endpoint(nobody())}, nil, 6, "the connection is refused", true},
		"a web page":               {[]Option{w.user, Endpoint(answering(t, 200, "text/html", "<html>"+canary+"</html>"))}, nil, 6, "not DynamoDB's", true},
		"a proxy":                  {[]Option{w.user, Endpoint(answering(t, 403, "text/html", "<html>"+canary+"</html>"))}, nil, 3, "no answer of DynamoDB, but of a proxy", false},
		"a region that is none":    {[]Option{w.user, Region("eu-nowhere-9"), Endpoint("http://dynamodb.eu-nowhere-9.invalid")}, nil, 2, "no such host", false},
		"no such table":            {[]Option{w.user}, []TestOption{Tables("Nowhere")}, 2, `table "Nowhere" (region us-west-2`, false},
		"a table's name":           {[]Option{w.user}, []TestOption{Tables("a b")}, 2, `Tables: "a b" is neither a table's name`, false},
		"an ARN of something else": {[]Option{w.user}, []TestOption{Writable("arn:aws:s3:::bucket")}, 2, `Writable: "arn:aws:s3:::bucket" is neither`, false},
		"no Simulator":             {[]Option{w.user}, []TestOption{Simulate(nil)}, 2, "Simulate was given nil", false},
		"no option":                {[]Option{w.user}, []TestOption{nil}, 2, "option 1 of Test is nil", false},
	} {
		if tt.slow && testing.Short() {
			continue
		}
		opts := []Option{Endpoint(w.srv.URL()), STSEndpoint(w.sts.URL())}
		opts = slices.DeleteFunc(opts, func(o Option) bool { return replaced(o, tt.opts) })
		client := mustOpen(t, append(opts, tt.opts...)...)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			report, err := Test(t.Context(), client, tt.test...)
			if err == nil || !strings.Contains(err.Error(), tt.want) || dynsync.ExitCode(err) != tt.exit || time.Since(began) > 30*time.Second || report == nil {
				t.Fatalf("exit code %d after %v: %v", dynsync.ExitCode(err), time.Since(began), err)
			}
			wantNoSecret(t, err)
			wantNoSecretIn(t, report.String())
		})
	}
	if report, err := Test(t.Context(), nil); err == nil || report == nil || dynsync.ExitCode(err) != 2 {
		t.Errorf("no client: %v", err)
	}
	if _, err := Test(t.Context(), dynamodb.New(dynamodb.Options{Region: "eu-central-1"})); err == nil || dynsync.ExitCode(err) != 2 || !strings.Contains(err.Error(), "the client has no credentials") {
		t.Errorf("no credentials: %v", err)
	}
}

// replaced reports whether other options set what an option sets.
func replaced(o Option, others []Option) bool {
	names := func(opts ...Option) (all []string) {
		s := newSettings(opts)
		for name := range s.given {
			all = append(all, name)
		}
		return all
	}
	return slices.ContainsFunc(names(others...), func(name string) bool { return slices.Contains(names(o), name) })
}

// A table is described as it is.
func TestTestDescribes(t *testing.T) {
	w := newWorld(t)
	w.srv.EditDescription("Copy", func(d *types.TableDescription) {
		d.BillingModeSummary = nil
		d.ProvisionedThroughput = &types.ProvisionedThroughputDescription{ReadCapacityUnits: aws.Int64(5), WriteCapacityUnits: aws.Int64(7)}
		d.DeletionProtectionEnabled, d.ItemCount, d.TableSizeBytes = aws.Bool(true), aws.Int64(12), aws.Int64(3456)
		d.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage}
		d.AttributeDefinitions = append(slices.Clone(d.AttributeDefinitions), types.AttributeDefinition{AttributeName: aws.String("Age"), AttributeType: "N"})
		d.GlobalSecondaryIndexes = []types.GlobalSecondaryIndexDescription{{IndexName: aws.String("byAge"), KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("Age"), KeyType: types.KeyTypeHash}}}}
		d.LocalSecondaryIndexes = []types.LocalSecondaryIndexDescription{{IndexName: aws.String("local"), KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("Age"), KeyType: types.KeyTypeRange}}}}
	})
	_, err := w.dest.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{TableName: aws.String("Copy"), TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("Ends"), Enabled: aws.Bool(true)}})
	must(t, err)
	report, err := Test(t.Context(), w.dest, hurry, Tables("Copy", "Copy"))
	must(t, err)
	if len(report.Tables) != 1 {
		t.Fatalf("%v", report)
	}
	for _, want := range []string{
		"ACTIVE, about 12 items, 3456 bytes, partition key Id (S), provisioned, 5 read and 7 write units/s, stream NEW_IMAGE, TTL Ends, protected against deletion",
		"index byAge (global): partition key Age (N)", "index local (local): partition key Id (S), sort key Age (N)",
	} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("%v\nlacks %q", report, want)
		}
	}
}
