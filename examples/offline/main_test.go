package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"go.yaml.in/yaml/v4"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/dynamolocal"
)

const (
	sourceAt = "http://localhost:8008"
	destAt   = "http://localhost:8009"
)

var block = regexp.MustCompile("(?s)<!-- doc: ([a-z ]+) -->\n```[a-z]+\n(.*?)```")

// page returns the marked blocks of docs/offline.md.
func page(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/offline.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for _, m := range block.FindAllStringSubmatch(string(text), -1) {
		blocks[m[1]] = m[2]
	}
	return blocks
}

// at returns a command of the page with the endpoints replaced.
func at(t *testing.T, command, source, dest string) string {
	t.Helper()
	if strings.Count(command, sourceAt) != 1 || strings.Count(command, destAt) != 1 {
		t.Fatalf("the command does not have both endpoints: %q", command)
	}
	return strings.NewReplacer(sourceAt, source, destAt, dest).Replace(command)
}

// wantCopy checks that the destination has the items, and no name of the source.
func wantCopy(t *testing.T, dest, out string) {
	t.Helper()
	client := dynamodb.New(dynamodb.Options{Region: "us-west-2", BaseEndpoint: aws.String(dest), Credentials: credentials.NewStaticCredentialsProvider("dummyid", "dummysecret", "")})
	got, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(tableName)})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Items) != len(items) {
		t.Errorf("the destination has %d items of %d", len(got.Items), len(items))
	}
	for _, item := range got.Items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		if text := rec.DynamoDBJSON(); regexp.MustCompile(`John Doe|Alice Miller|Bob Smith|corp\.test|Monday`).Match(text) {
			t.Errorf("a name was copied: %s", text)
		}
	}
	for _, want := range []string{"(local), credentials: access key dummyid of a local endpoint", "region us-west-2", "read 3 = written 3"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not print %q:\n%s", want, out)
		}
	}
}

// A real key of the environment never goes to a local endpoint.
func withRealKey(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "a real secret")
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
}

// The commands of the page, by their arguments, on the server of the tests.
func TestPageInMemory(t *testing.T) {
	withRealKey(t)
	source, dest := dynsynctest.NewServer(), dynsynctest.NewServer()
	defer source.Close()
	defer dest.Close()
	var out bytes.Buffer
	blocks := page(t)
	for _, name := range []string{"create", "create", "copy", "copy"} {
		args := strings.Fields(at(t, blocks[name], source.URL(), dest.URL()))
		if slices.Index(args, "./examples/offline") != 2 {
			t.Fatalf("%q runs another program", args)
		}
		if err := run(t.Context(), args[3:], &out); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out.String())
		}
	}
	wantCopy(t, dest.URL(), out.String())
}

// The commands of the page, as they stand there, on two DynamoDB Locals.
func TestPageOnDynamoDBLocal(t *testing.T) {
	withRealKey(t)
	source, dest := dynamolocal.Start(t), dynamolocal.Start(t)
	if source.URL() == dest.URL() {
		t.Skip("DYNAMODB_ENDPOINT is one server, and the page has two")
	}
	var out []byte
	blocks := page(t)
	for _, name := range []string{"create", "copy"} {
		cmd := exec.CommandContext(t.Context(), "sh", "-euc", at(t, blocks[name], source.URL(), dest.URL()))
		cmd.Dir = "../.."
		text, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, text)
		}
		out = append(out, text...)
	}
	wantCopy(t, dest.URL(), string(out))
}

// The compose file is that of the page, and has the servers that the commands name.
func TestCompose(t *testing.T) {
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	blocks := page(t)
	if blocks["compose"] != string(text) {
		t.Errorf("the page has another compose file:\n%s", blocks["compose"])
	}
	var file struct {
		Services map[string]struct {
			Image         string   `yaml:"image"`
			ContainerName string   `yaml:"container_name"`
			Command       string   `yaml:"command"`
			Ports         []string `yaml:"ports"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	want := map[string][2]string{"source": {"test-prod-db-dynamo", "127.0.0.1:8008:8000"}, "destination": {"test-stage-db-dynamo", "127.0.0.1:8009:8000"}}
	if len(file.Services) != len(want) {
		t.Errorf("%d services", len(file.Services))
	}
	for name, s := range file.Services {
		if s.Image != "amazon/dynamodb-local" || s.ContainerName != want[name][0] || !slices.Equal(s.Ports, []string{want[name][1]}) || !strings.HasPrefix(s.Command, "-jar DynamoDBLocal.jar -inMemory") {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// Without flags the program runs by itself.
func TestRunByItself(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), nil, &out); err != nil || !strings.Contains(out.String(), "read 3 = written 3") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
