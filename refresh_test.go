package dynsync_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	osexec "os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/dynamolocal"
	"github.com/dynsync/dynsync/internal/testsize"
)

// A refreshJob copies a single-table design, with e-mail addresses in its keys, and an
// audit table, every night: put mode, a checkpoint, keys that are one-to-one.
type refreshJob struct {
	Endpoint, Region, AccessKey string
	Dir                         string // of the checkpoint; "" for none
	Copy, AuditCopy             string // the destinations
	Slow                        bool   // for a process to be killed
}

const refreshEnv = "DYNSYNC_TEST_REFRESH"

func init() {
	text := os.Getenv(refreshEnv)
	if text == "" {
		return
	}
	var j refreshJob
	err := json.Unmarshal([]byte(text), &j)
	if err == nil {
		_, err = j.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run copies both tables.
func (j refreshJob) run() (*dynsync.Report, error) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := dynamodb.New(dynamodb.Options{
		HTTPClient: &http.Client{Transport: transport}, Region: j.Region, BaseEndpoint: &j.Endpoint, Credentials: credentials.NewStaticCredentialsProvider(j.AccessKey, "secret", ""),
	})
	opts := []dynsync.Option{
		dynsync.WithSource(client), dynsync.WithDestination(client), dynsync.WithKey(key),
		dynsync.WithTable("App", j.Copy, slices.Concat(refreshRules(), []dynsync.TableOption{dynsync.WithPageSize(10), dynsync.WithSegments(1)})...),
		dynsync.WithTable("Audit", j.AuditCopy, rule("Actor", anon.Email())),
	}
	if j.Dir != "" {
		opts = append(opts, dynsync.WithCheckpoint(dynsync.FileCheckpoint(j.Dir)))
	}
	if j.Slow {
		opts = append(opts, dynsync.WithAllTables(dynsync.WithWriteCapacity(dynsync.Units(60))), dynsync.WithWriteConcurrency(1))
	}
	s, err := dynsync.New(opts...)
	if err != nil {
		return nil, err
	}
	return s.Sync(context.Background())
}

func refreshRules() []dynsync.TableOption {
	first, pass, template := dynsync.FirstOf, dynsync.Passthrough(), dynsync.Template
	return []dynsync.TableOption{
		rule("Email", anon.Email()),
		rule("OrderId", anon.Alphanumeric()),
		rule("Night", pass),
		rule("PK", first(template("USER#{Email|lower}"), template("ORDER#{OrderId}"), dynsync.Delimited("#", pass, pass))),
		rule("SK", first(template("ORDER#{OrderId}"), pass)),
		rule("GSI1PK", first(template("EMAIL#{Email|lower}"), template("ORDER#{OrderId}"), pass)),
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	server := dynsynctest.NewServer()
	t.Cleanup(server.Close)
	testRefresh(t, server.Client())
}

func TestLocalRefresh(t *testing.T) {
	t.Parallel()
	testsize.SkipShort(t, "DynamoDB Local takes seconds")
	testRefresh(t, dynamolocal.Shared(t).Client("refresh", "eu-central-1"))
}

// testRefresh kills the first night's process in the middle, resumes it, and copies the
// changes of a second night. Each time the copy is what a job in peace makes of the source.
func testRefresh(t *testing.T, client *dynamodb.Client) {
	creds, err := client.Options().Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	j := refreshJob{Endpoint: aws.ToString(client.Options().BaseEndpoint), Region: client.Options().Region, AccessKey: creds.AccessKeyID, Copy: "Copy", AuditCopy: "AuditCopy", Dir: t.TempDir()}
	for _, name := range []string{"App", "Copy", "Peace1", "Peace2"} {
		makeKeyed(t, client, name, "PK", "SK", types.ScalarAttributeTypeS, withIndex)
	}
	for _, name := range []string{"Audit", "AuditCopy", "AuditPeace1", "AuditPeace2"} {
		makeKeyed(t, client, name, "Id", "", types.ScalarAttributeTypeS)
	}
	const users, orders = 60, 3
	for i := range users {
		putRefresh(t, client, i, orders, "1")
	}
	resumed := killAndResume(t, client, j, "1", 60)
	if job := resumed.Job; job.Written != users*(1+orders)+1 || job.Read != job.Written {
		t.Errorf("the resumed run: %v", job)
	}
	first := checkRefreshed(t, client, j, "1")

	const changes = 20
	for i := range changes {
		putRefresh(t, client, i*3, orders, "2") // changed, with the same keys
	}
	putRefresh(t, client, users, orders, "2")
	resumed = killAndResume(t, client, j, "2", 20)
	if job := resumed.Job; job.Written != (users+1)*(1+orders)+1 || job.Read != job.Written {
		t.Errorf("the second night: %v", job)
	}
	second := checkRefreshed(t, client, j, "2")
	changed := 0
	for at, item := range first {
		switch now, ok := second[at]; {
		case !ok:
			t.Errorf("the item at %s is gone", at)
		case now["Night"] != item["Night"]:
			changed++
		}
	}
	if changed != changes*(1+orders)+1 || len(second) != len(first)+1+orders {
		t.Errorf("%d items changed, and there are %d, before %d", changed, len(second), len(first))
	}
}

// killAndResume runs the job of a night in a process, kills it when it has written so many
// of the night's changes, and resumes it.
func killAndResume(t *testing.T, client *dynamodb.Client, j refreshJob, night string, changes int) *dynsync.TableReport {
	t.Helper()
	killInTheMiddle(t, client, j, night, changes)
	report, err := j.run()
	if err != nil {
		t.Fatalf("night %s, the resumed run: %v\n%v", night, err, report)
	}
	r := report.Tables[0]
	if r.Resumed == 0 || r.Written == 0 {
		t.Errorf("night %s: the run resumed after %d items and wrote %d", night, r.Resumed, r.Written)
	}
	for _, f := range r.Findings {
		if f.Code == "inserts-only" {
			t.Errorf("night %s: %s", night, f.Text)
		}
	}
	return r
}

// withIndex adds the index GSI1.
func withIndex(in *dynamodb.CreateTableInput) {
	in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("GSI1PK"), AttributeType: types.ScalarAttributeTypeS})
	in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{
		IndexName: aws.String("GSI1"), KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("GSI1PK"), KeyType: types.KeyTypeHash}},
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
	}}
}

// putRefresh puts a user with orders, a tenant and what the audit says of the user.
func putRefresh(t *testing.T, client *dynamodb.Client, i, orders int, night string) {
	t.Helper()
	put := func(table string, item map[string]any) {
		item["Night"] = night
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: rec.AttributeValues()}); err != nil {
			t.Fatal(err)
		}
	}
	email := fmt.Sprintf("Ann%d@Example.com", i)
	lower := strings.ToLower(email)
	put("App", map[string]any{"PK": "TENANT#7", "SK": "TENANT#7", "GSI1PK": "TENANT"})
	put("App", map[string]any{"PK": "USER#" + lower, "SK": "PROFILE", "GSI1PK": "EMAIL#" + lower, "Email": email})
	for k := range orders {
		id := fmt.Sprintf("ORD%05d", i*orders+k)
		put("App", map[string]any{"PK": "USER#" + lower, "SK": "ORDER#" + id, "GSI1PK": "ORDER#" + id, "Email": email, "OrderId": id})
	}
	put("Audit", map[string]any{"Id": fmt.Sprintf("event-%05d", i), "Actor": email})
}

// killInTheMiddle runs the job in a process, and kills it when it has saved a checkpoint
// and written so many of the changes of a night.
func killInTheMiddle(t *testing.T, client *dynamodb.Client, j refreshJob, night string, changes int) {
	t.Helper()
	j.Slow = true
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), refreshEnv+"="+string(text), "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	go func() {
		for countOf(itemsOf(t, client, "Copy"), night) < changes {
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(1200 * time.Millisecond) // a job saves its progress once a second
		_ = cmd.Process.Kill()
	}()
	var exit *osexec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the process was not killed: %v", err)
	}
}

// countOf returns how many items are of a night.
func countOf(items map[string]map[string]string, night string) (n int) {
	for item := range maps.Values(items) {
		if item["Night"] == night {
			n++
		}
	}
	return n
}

// itemsOf returns the items of a table by key.
func itemsOf(t testing.TB, client *dynamodb.Client, table string) map[string]map[string]string {
	items := map[string]map[string]string{}
	for p := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table, ConsistentRead: aws.Bool(true)}); p.HasMorePages(); {
		out, err := p.NextPage(context.Background())
		if err != nil {
			t.Error(err)
			return nil
		}
		for _, item := range out.Items {
			plain := map[string]string{}
			for name, v := range item {
				if s, ok := v.(*types.AttributeValueMemberS); ok {
					plain[name] = s.Value
				}
			}
			items[plain["PK"]+"|"+plain["SK"]+plain["Id"]] = plain
		}
	}
	return items
}

// checkRefreshed holds the copies against those of a job that runs in peace into empty
// tables, and returns the items of the first.
func checkRefreshed(t *testing.T, client *dynamodb.Client, j refreshJob, night string) map[string]map[string]string {
	t.Helper()
	peace := j
	peace.Dir, peace.Copy, peace.AuditCopy = "", "Peace"+night, "AuditPeace"+night
	if report, err := peace.run(); err != nil {
		t.Fatalf("%v\n%v", err, report)
	}
	copied, audit := itemsOf(t, client, "Copy"), itemsOf(t, client, "AuditCopy")
	if diff := gocmp.Diff(itemsOf(t, client, peace.Copy), copied); diff != "" {
		t.Errorf("night %s (-in peace +copied):\n%.2000s", night, diff)
	}
	if diff := gocmp.Diff(itemsOf(t, client, peace.AuditCopy), audit); diff != "" {
		t.Errorf("night %s, audit (-in peace +copied):\n%.2000s", night, diff)
	}
	checkJoins(t, copied, audit)
	return copied
}

var original = regexp.MustCompile("#ann[0-9]+@")

// checkJoins checks that keys agree with the attributes that they are made of, and with
// other tables.
func checkJoins(t *testing.T, copied, audit map[string]map[string]string) {
	t.Helper()
	partitions := map[string]bool{}
	for at, item := range copied {
		if email, ok := item["Email"]; ok && item["PK"] != "USER#"+strings.ToLower(email) || original.MatchString(at) {
			t.Errorf("the item at %s has the address %s", at, email)
		}
		if item["SK"] == "PROFILE" && item["GSI1PK"] != "EMAIL#"+strings.TrimPrefix(item["PK"], "USER#") || item["OrderId"] != "" && item["GSI1PK"] != item["SK"] {
			t.Errorf("the item at %s has the index key %s", at, item["GSI1PK"])
		}
		partitions[item["PK"]] = true
	}
	for event := range maps.Values(audit) {
		if !partitions["USER#"+strings.ToLower(event["Actor"])] {
			t.Errorf("the audit has %s, who is no user", event["Actor"])
		}
	}
}
