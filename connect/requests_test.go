package connect

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
)

// refusing returns the URL of an STS that refuses every request with that code.
func refusing(t *testing.T, status int, code, message string) string {
	t.Helper()
	return answering(t, status, "text/xml", fmt.Sprintf(`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>01234567-89ab-cdef</RequestId></ErrorResponse>`, code, message))
}

// answering returns the URL of a server that gives everybody that answer.
func answering(t *testing.T, status int, contentType, body string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// silent returns the URL of a server that never answers.
func silent(t *testing.T) string {
	t.Helper()
	done := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() {
		close(done)
		srv.Close()
	})
	return srv.URL
}

// nobody returns the URL of a server that does not run.
func nobody() string {
	return "http://127.0.0.1:1" // a port that no test gets
}

// file returns the path of a file with that text.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// createTable creates a table with the key Id.
func createTable(t *testing.T, client *dynamodb.Client, name string) {
	t.Helper()
	_, err := client.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName: aws.String(name), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// job returns a job that copies the table Users between two clients.
func job(t *testing.T, from, to *dynamodb.Client, opts ...dynsync.TableOption) *dynsync.Syncer {
	t.Helper()
	syncer, err := dynsync.New(dynsync.WithSource(from), dynsync.WithDestination(to, dynsync.AnyDestination()), dynsync.WithKey([]byte("0123456789abcdef0123456789abcdef")),
		dynsync.WithTable("Users", "Copy", append(opts, dynsync.WithTransform("Name", dynsync.Passthrough(), dynsync.Optional()))...))
	if err != nil {
		t.Fatal(err)
	}
	return syncer
}

const (
	denied    = "User: arn:aws:iam::777788889999:user/ci is not authorized to perform: sts:AssumeRole on resource: " + prodRead + " " + canary
	someToken = "eyJ." + canary + ".x"
)

// Whatever keeps a client from credentials, or from DynamoDB, ends a job in seconds, with
// the side, what is wrong and what to do, the exit code, and without a secret.
func TestMistakesOfConnections(t *testing.T) {
	keys := Keys("AKIA"+canary, canary, canary)
	id := ExternalID("id." + canary)
	const aws = "https://dynamodb.eu-central-1.amazonaws.com"
	type mistake struct {
		name, of string
		syncer   *dynsync.Syncer
		exit     int
		want     []string
	}
	var mistakes []mistake
	for _, tt := range []struct {
		name     string
		endpoint string // of DynamoDB; "" for one that runs
		env      []string
		profile  string
		opts     []Option
		exit     int
		want     []string
	}{
		{name: "wrong external id", opts: []Option{keys, Role(prodRead, id), STSEndpoint(refusing(t, 403, "AccessDenied", denied))}, exit: 3,
			want: []string{"role " + prodRead + " may not be assumed: sts:AssumeRole is denied", "to arn:aws:iam::777788889999:user/ci", "that the external id is the one in its condition"}},
		{name: "no external id", opts: []Option{keys, Role(prodRead), STSEndpoint(refusing(t, 403, "AccessDenied", denied))}, exit: 3,
			want: []string{"role " + prodRead + " may not be assumed", "that it asks for no external id (none was given)", "the caller's own policies"}},
		{name: "a tag that may not be set", opts: []Option{keys, Role(prodRead, SessionTag("a", "b")), STSEndpoint(refusing(t, 403, "AccessDenied", strings.Replace(denied, "sts:AssumeRole", "sts:TagSession", 1)))}, exit: 3,
			want: []string{"may not be assumed: sts:TagSession is denied"}},
		{name: "an unknown key", opts: []Option{keys, Role(prodRead), STSEndpoint(refusing(t, 403, "InvalidClientTokenId", canary))}, exit: 3,
			want: []string{"role " + prodRead + " cannot be assumed: the access key that assumes it is not accepted; check that it exists"}},
		{name: "the key of nobody", env: []string{"AWS_ACCESS_KEY_ID", "AKIA" + canary, "AWS_SECRET_ACCESS_KEY", canary}, opts: []Option{Role(prodRead), STSEndpoint(refusing(t, 403, "InvalidClientTokenId", canary))}, exit: 3,
			want: []string{"the local endpoint does not accept the access key dummyid; a key of the environment is not sent there"}},
		{name: "a wrong secret", opts: []Option{keys, Role(prodRead), STSEndpoint(refusing(t, 403, "SignatureDoesNotMatch", canary))}, exit: 3,
			want: []string{"check the secret access key, and the clock"}},
		{name: "expired keys", opts: []Option{keys, Role(prodRead), STSEndpoint(refusing(t, 403, "ExpiredToken", canary))}, exit: 3,
			want: []string{"the credentials that assume it have expired; renew them"}},
		{name: "too long a session", opts: []Option{keys, Role(prodRead, Duration(12*time.Hour)), STSEndpoint(refusing(t, 400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."))}, exit: 2,
			want: []string{"(MaxSessionDuration)", "lower Duration"}},
		{name: "an invalid request", opts: []Option{keys, Role(prodRead), STSEndpoint(refusing(t, 400, "ValidationError", canary))}, exit: 2,
			want: []string{"refuses the request as invalid; check the ARN, session name"}},
		{name: "too many tags", opts: []Option{keys, Role(prodRead), STSEndpoint(refusing(t, 400, "PackedPolicyTooLarge", canary))}, exit: 2,
			want: []string{"session tags are too large together"}},
		{name: "a region without STS", opts: []Option{keys, Role(prodRead), STSEndpoint(refusing(t, 403, "RegionDisabledException", canary))}, exit: 3,
			want: []string{"AWS STS is not enabled in this region"}},
		{name: "an unknown code", opts: []Option{keys, Role(prodRead), STSEndpoint(refusing(t, 400, "Something", canary))}, exit: 3,
			want: []string{"AWS STS refuses (Unwrap has the cause)"}},
		{name: "STS is down", opts: []Option{keys, Role(prodRead), STSEndpoint(refusing(t, 503, "ServiceUnavailable", canary))}, exit: 6,
			want: []string{"cannot be assumed for now, since AWS STS is busy or fails; start the job again later"}},
		{name: "STS does not run", opts: []Option{keys, Role(prodRead), STSEndpoint(nobody())}, exit: 6,
			want: []string{"cannot be assumed, since AWS STS (STSEndpoint and AWS_ENDPOINT_URL_STS set its endpoint) does not answer", "the connection is refused"}},
		{name: "STS does not answer", opts: []Option{keys, Role(prodRead), STSEndpoint(silent(t))}, exit: 6,
			want: []string{"does not answer: a request took longer than " + providerTimeout.String() + "; check the network"}},
		{name: "STS is a web server", opts: []Option{keys, Role(prodRead), STSEndpoint(answering(t, 404, "text/html", "<html>"+canary))}, exit: 2,
			want: []string{"role " + prodRead + " cannot be assumed"}},
		{name: "the second role of a chain", opts: []Option{keys, Role(stage), Role(prodRead), STSEndpoint(refusing(t, 403, "AccessDenied", denied))}, exit: 3,
			want: []string{"role " + stage + " may not be assumed"}},
		{name: "a token that is missing", opts: []Option{WebIdentity(prodRead, "/no/such/token"), STSEndpoint(nobody())}, exit: 3,
			want: []string{`with a web identity: the file of the token, "/no/such/token", does not exist; check the path`}},
		{name: "an empty token", opts: []Option{WebIdentity(prodRead, file(t, "\n")), STSEndpoint(nobody())}, exit: 3,
			want: []string{"is empty; check the path that WebIdentity names"}},
		{name: "an expired token", opts: []Option{WebIdentity(prodRead, file(t, someToken)), STSEndpoint(refusing(t, 400, "ExpiredTokenException", canary))}, exit: 3,
			want: []string{"the token of the web identity has expired; check what writes its file"}},
		{name: "another's token", opts: []Option{WebIdentity(prodRead, file(t, someToken)), STSEndpoint(refusing(t, 400, "InvalidIdentityToken", canary))}, exit: 3,
			want: []string{"the token of the web identity is not accepted; check the identity provider"}},
		{name: "a token without the right", opts: []Option{WebIdentity(prodRead, file(t, someToken)), STSEndpoint(refusing(t, 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"))}, exit: 3,
			want: []string{"sts:AssumeRoleWithWebIdentity is denied", "issuer, audience and subject"}},
		{name: "IRSA without its token", endpoint: aws, env: []string{"AWS_ROLE_ARN", prodRead, "AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token", "AWS_REGION", "eu-central-1"}, exit: 3,
			want: []string{"role " + prodRead + " cannot be assumed with a web identity", "check AWS_WEB_IDENTITY_TOKEN_FILE"}},
		{name: "half a key", endpoint: aws, env: []string{"AWS_REGION", "eu-central-1", "AWS_ACCESS_KEY_ID", "AKIA" + canary}, exit: 3,
			want: []string{"of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set"}},
		{name: "an STS that is DynamoDB", opts: []Option{keys, Role(prodRead), STSEndpoint(answering(t, 400, "application/x-amz-json-1.0", `{"__type":"com.amazon.coral.service#UnknownOperationException","message":"`+canary+`"}`))}, exit: 2,
			want: []string{"role " + prodRead + " cannot be assumed, since what answers is not AWS STS; check STSEndpoint"}},
		{name: "no credentials", endpoint: aws, env: []string{"AWS_REGION", "eu-central-1"}, exit: 3,
			want: []string{"no credentials were found: none in the environment", "set AWS_PROFILE"}},
		{name: "a profile without credentials", profile: "[profile ci]\nregion = eu-central-1\n", opts: []Option{Profile("ci")}, exit: 3,
			want: []string{"no credentials were found"}},
		{name: "a login that is over", profile: "[profile ci]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n[sso-session s]\nsso_region = eu-central-1\nsso_start_url = https://example.com/start\n",
			opts: []Option{Profile("ci")}, exit: 3, want: []string{`the profile "ci" gives no credentials: its login has expired or was never made; run aws sso login --profile ci`}},
		{name: "a program that fails", profile: "[profile ci]\ncredential_process = /no/such/program " + canary + "\n", opts: []Option{Profile("ci")}, exit: 3,
			want: []string{`the profile "ci" gives no credentials: its credential_process fails`}},
		{name: "a container that refuses", endpoint: aws, env: []string{"AWS_REGION", "eu-central-1", "AWS_CONTAINER_CREDENTIALS_FULL_URI", answering(t, 403, "application/json", `{"code":"AccessDenied","message":"`+canary+`"}`)}, exit: 3,
			want: []string{"the container's endpoint of credentials refuses or fails; check the role of the task or the pod"}},
		{name: "a profile's role", profile: "[profile ci]\nrole_arn = " + prodRead + "\nsource_profile = user\n[profile user]\naws_access_key_id = AKIA" + canary + "\naws_secret_access_key = " + canary + "\n",
			env: []string{"AWS_ENDPOINT_URL_STS", refusing(t, 403, "AccessDenied", denied)}, opts: []Option{Profile("ci")}, exit: 3,
			want: []string{"role " + prodRead + " may not be assumed", "none was given"}},
		{name: "an endpoint that does not run", endpoint: nobody(), exit: 6, want: []string{"the endpoint cannot be reached: the connection is refused"}},
		{name: "an endpoint that is a web server", endpoint: answering(t, 404, "text/html", "<html>"+canary), exit: 2, want: []string{"this is no answer of DynamoDB"}},
		{name: "an endpoint that is STS", endpoint: refusing(t, 403, "MissingAuthenticationToken", canary), exit: 3, want: []string{"denies access; check the endpoint"}},
		{name: "a host that does not exist", endpoint: "http://dynamodb.eu-nowhere-1.invalid", opts: []Option{Region("eu-nowhere-1"), keys}, exit: 2, want: []string{"no such host", "check the client's region and endpoint"}},
	} {
		srv := dynsynctest.NewServer()
		t.Cleanup(srv.Close)
		good := srv.Client()
		createTable(t, good, "Users")
		createTable(t, good, "Copy")
		endpoint := tt.endpoint
		if endpoint == "" {
			endpoint = srv.URL()
		}
		for _, of := range []string{"source", "destination"} {
			var bad *dynamodb.Client
			t.Run(tt.name+", "+of+", opened", func(t *testing.T) {
				clear(t, tt.env...) // which Open reads, and nobody else
				profiles(t, tt.profile)
				bad = mustOpen(t, append(tt.opts, Side(of), Endpoint(endpoint))...)
				wantNoSecretIn(t, Describe(bad))
			})
			syncer := job(t, bad, good)
			if of == "destination" {
				syncer = job(t, good, bad)
			}
			mistakes = append(mistakes, mistake{tt.name, of, syncer, tt.exit, tt.want})
		}
	}
	t.Parallel() // from here on, nothing reads the environment
	for _, m := range mistakes {
		t.Run(m.name+", "+m.of, func(t *testing.T) {
			t.Parallel()
			if m.exit == 6 && testing.Short() {
				t.Skip("it is tried again for seconds")
			}
			wantMistake(t, m.syncer, m.of, m.exit, m.want)
		})
	}
}

// wantMistake copies a table with a client that cannot work.
func wantMistake(t *testing.T, syncer *dynsync.Syncer, of string, exit int, want []string) {
	t.Helper()
	began := time.Now()
	report, err := syncer.Sync(t.Context())
	if took := time.Since(began); took > 45*time.Second {
		t.Errorf("it took %v", took)
	}
	if err == nil {
		t.Fatal("it works")
	}
	for _, text := range append(want, of+" table") {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%v\nlacks %q", err, text)
		}
	}
	if got := dynsync.ExitCode(err); got != exit {
		t.Errorf("exit code %d, not %d: %v", got, exit, err)
	}
	wantNoSecret(t, err)
	wantNoSecretIn(t, report.String())
}

func wantNoSecretIn(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, canary) {
		t.Errorf("a secret is printed: %s", text)
	}
}
