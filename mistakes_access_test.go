package dynsync

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/awserr"
)

// refusals are the codes of answers that end a table, with what the error says and the
// exit code.
var refusals = []struct {
	code, want string
	exit       int
}{
	{"AccessDeniedException", "access is denied: dynamodb:", 3},
	{"AccessDenied", "access is denied: dynamodb:", 3},
	{"UnauthorizedOperation", "access is denied: dynamodb:", 3},
	{"KMSAccessDeniedException", "KMS key of the table is disabled, deleted or denied; enable the key", 3},
	{"KMSDisabledException", "KMS key of the table", 3},
	{"KMSInvalidStateException", "KMS key of the table", 3},
	{"KMSNotFoundException", "KMS key of the table", 3},
	{"UnrecognizedClientException", "the access key is not accepted; check that it exists and is active", 3},
	{"InvalidClientTokenId", "has enabled the region", 3},
	{"OptInRequired", "enable the region in the account's settings", 3},
	{"SubscriptionRequiredException", "enable the region", 3},
	{"MissingAuthenticationTokenException", "not signed, since the client has no credentials", 3},
	{"MissingAuthenticationToken", "set a profile, environment variables or a role", 3},
	{"IncompleteSignatureException", "check the client's credentials for line breaks, and proxies", 3},
	{"IncompleteSignature", "the signature lacks a part", 3},
	{"InvalidSignatureException", "check the secret access key, and the clock of this machine", 3},
	{"SignatureDoesNotMatch", "check the secret access key, and the clock", 3},
	{"RequestExpired", "check the secret access key, and the clock", 3},
	{"AuthFailure", "check the secret access key, and the clock", 3},
	{"RequestTimeTooSkewed", "check the secret access key, and the clock", 3},
	{"ExpiredTokenException", "the credentials have expired, and the client gets no newer ones; renew them", 3},
	{"ExpiredToken", "have expired", 3},
	{"ResourceNotFoundException", "does not exist in this account and region; check its name", 2},
	{"ProvisionedThroughputExceededException", "for too long (tried for ", 6},
	{"ThrottlingException", "ThrottlingException; the table has too little capacity", 6},
	{"RequestLimitExceeded", "RequestLimitExceeded", 6},
	{"LimitExceededException", "too little capacity", 6},
	{"SlowDown", "too little capacity", 6},
	{"RequestThrottled", "too little capacity", 6},
	{"TooManyRequestsException", "too little capacity", 6},
	{"BandwidthLimitExceeded", "too little capacity", 6},
	{"RequestTimeout", "for now (tried for ", 6},
	{"RequestTimeoutException", "start the job again later", 6},
	{"TransactionConflictException", "for now (tried for ", 6},
	{"ReplicatedWriteConflictException", "for now", 6},
	{"InternalServerError", "by its own fault (tried for ", 6},
	{"InternalFailure", "by its own fault", 6},
	{"ServiceUnavailable", "by its own fault", 6},
	{"ServiceUnavailableException", "start the job again later", 6},
	{"SomethingNewException", "the request failed; Unwrap has the cause", 1},
}

// requestsOf are the requests that can be refused: on which side, and the way that sends
// them.
var requestsOf = map[string]struct {
	side, op, way, action string
}{
	"describe the source":      {"source", "DescribeTable", "put", "dynamodb:DescribeTable"},
	"describe the destination": {"destination", "DescribeTable", "put", "dynamodb:DescribeTable"},
	"SELECT":                   {"source", "ExecuteStatement", "put", "dynamodb:PartiQLSelect"},
	"SELECT, typed":            {"source", "ExecuteStatement", "typed", "dynamodb:PartiQLSelect"},
	"Scan":                     {"source", "Scan", "segments", "dynamodb:Scan"},
	"write":                    {"destination", "BatchWriteItem", "put", "dynamodb:BatchWriteItem"},
	"write, typed":             {"destination", "BatchWriteItem", "typed", "dynamodb:BatchWriteItem"},
	"write, direct":            {"destination", "BatchWriteItem", "direct", "dynamodb:BatchWriteItem"},
	"insert":                   {"destination", "BatchExecuteStatement", "insert", "dynamodb:PartiQLInsert"},
	"merge":                    {"destination", "UpdateItem", "merge", "dynamodb:UpdateItem"},
}

// An error says which table of which side refused, where that is, what is wrong and what
// to do, whatever the request was, and nothing of what the service wrote.
func TestMistakesOfAccess(t *testing.T) {
	t.Parallel()
	for name, request := range requestsOf {
		for _, tt := range refusals {
			t.Run(name+", "+tt.code, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					w.fillUsers(t, 60)
					server := map[string]*dynsynctest.Server{"source": w.source, "destination": w.dest}[request.side]
					n := 0
					server.Control(request.op, func(*dynsynctest.Request) dynsynctest.Action {
						if n++; n == 1 && request.way == "direct" {
							return dynsynctest.Action{} // direct requests repeat one of the SDK's
						}
						return dynsynctest.Fail(400, tt.code, "canary")
					})
					_, err := syncBetween(t, request.way, w.client(w.source), w.client(w.dest), WithGiveUpAfter(10*time.Second), WithWriteConcurrency(1))
					if got := ExitCode(err); got != tt.exit {
						t.Errorf("exit code %d, not %d: %v", got, tt.exit, err)
					}
					at := request.side + ` table "` + map[string]string{"source": "Source", "destination": "Destination"}[request.side] + `" (`
					if request.op == "DescribeTable" {
						at += "region us-east-1"
					} else {
						at += "arn:aws:dynamodb:us-east-1:"
					}
					wantText(t, err, at, "endpoint http://127.0.0.1:", tt.want, "["+tt.code)
					if strings.Contains(tt.want, "denied: dynamodb:") {
						wantText(t, err, "access is denied: "+request.action+"; grant it")
					}
				})
			})
		}
	}
}

// The slots of a batch of statements say the same.
func TestMistakesOfAccessInSlots(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code types.BatchStatementErrorCodeEnum
		want string
		exit int
	}{
		{"AccessDenied", "access is denied: dynamodb:PartiQLInsert", 3},
		{"ResourceNotFound", "does not exist in this account and region", 2},
		{"ThrottlingError", "too little capacity", 6},
		{"ProvisionedThroughputExceeded", "too little capacity", 6},
		{"RequestLimitExceeded", "too little capacity", 6},
		{"TransactionConflict", "for now", 6},
		{"InternalServerError", "by its own fault", 6},
	} {
		t.Run(string(tt.code), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.fillUsers(t, 60)
				w.dest.Control("BatchExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
					return dynsynctest.FailStatements(func(string, map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum { return tt.code })
				})
				_, err := syncBetween(t, "insert", w.client(w.source), w.client(w.dest), WithGiveUpAfter(10*time.Second))
				if got := ExitCode(err); got != tt.exit {
					t.Errorf("exit code %d, not %d: %v", got, tt.exit, err)
				}
				wantText(t, err, `destination table "Destination" (arn:aws:dynamodb:`, "endpoint http", tt.want)
			})
		})
	}
}

// Somebody else answers in DynamoDB's place.
func TestMistakesOfProxies(t *testing.T) {
	t.Parallel()
	for name, request := range requestsOf {
		for _, tt := range []struct {
			status     int
			body, want string
			exit       int
		}{
			{401, "canary", "no answer of DynamoDB, but of a proxy, a gateway or another server, which denies access; check the endpoint, HTTPS_PROXY", 3},
			{403, "<html>canary</html>", "which denies access; check the endpoint, HTTPS_PROXY", 3},
			{407, "canary", "a proxy wants credentials of its own", 3},
			{404, "<html>canary</html>", "no answer of DynamoDB, but of a proxy", 2},
			{405, "canary", "check the client's endpoint", 2},
			{302, "<html>canary</html>", "a gateway or another server (tried for ", 6},
			{502, "<html>canary</html>", "no answer of DynamoDB, but of a proxy, a gateway or another server (tried for ", 6},
			{504, "", "start the job again later", 6},
			{429, "canary", "no answer of DynamoDB, but of a proxy", 6},
			{200, "<html>canary: log in</html>", "check", 6},
			{200, `{"message":"canary"}`, "check", 6},
		} {
			t.Run(fmt.Sprintf("%s, %d %.6s", name, tt.status, tt.body), func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					w.fillUsers(t, 60)
					server := map[string]*dynsynctest.Server{"source": w.source, "destination": w.dest}[request.side]
					server.Control(request.op, func(*dynsynctest.Request) dynsynctest.Action { return proxy(tt.status, []byte(tt.body)) })
					_, err := syncBetween(t, request.way, w.client(w.source), w.client(w.dest), WithGiveUpAfter(10*time.Second), WithWriteConcurrency(1))
					if got := ExitCode(err); got != tt.exit {
						t.Errorf("exit code %d, not %d: %v", got, tt.exit, err)
					}
					wantText(t, err, request.side+" table", "endpoint http://127.0.0.1:", tt.want)
				})
			})
		}
	}
}

// An endpoint that cannot be reached says why, and a provider that fails does so wherever
// it fails.
func TestMistakesOfConnections(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + listener.Addr().String()
	listener.Close()
	plain := dynsynctest.NewServer()
	t.Cleanup(plain.Close)
	for name, tt := range map[string]struct {
		endpoint, want string
		exit           int
	}{
		"refused":           {refused, "the connection is refused (tried for ", 6},
		"no such host":      {"http://dynamodb.invalid", "no such host dynamodb.invalid; check the client's region and endpoint", 2},
		"HTTP and not TLS":  {strings.Replace(plain.URL(), "http:", "https:", 1), "the endpoint speaks HTTP and not TLS", 2},
		"another's service": {plain.URL() + "/elsewhere/", "source table", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := dynamodb.New(dynamodb.Options{Region: "eu-central-1", BaseEndpoint: &tt.endpoint, Credentials: dynsynctest.Credentials("x")})
			s, err := New(WithSource(client), WithDestination(client, AnyDestination()), WithKey(testKey), WithTable("Users", "Copy"), WithGiveUpAfter(time.Second))
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Sync(t.Context())
			if got := ExitCode(err); got != tt.exit {
				t.Errorf("exit code %d, not %d: %v", got, tt.exit, err)
			}
			wantText(t, err, `source table "Users" (region eu-central-1, endpoint `+strings.TrimSuffix(tt.endpoint, "/")+")", tt.want)
		})
	}
}

func TestMistakesOfProviders(t *testing.T) {
	t.Parallel()
	for name, request := range requestsOf {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.fillUsers(t, 60)
				fails, lacks := false, errors.New("canary")
				provider := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					if fails {
						return aws.Credentials{}, lacks
					}
					return aws.Credentials{AccessKeyID: "x", SecretAccessKey: "y"}, nil
				})
				failing := func(o *dynamodb.Options) {
					o.Credentials = provider
					next := o.HTTPClient
					o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
						resp, err := next.Do(r)
						fails = fails || strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+before(request.op))
						return resp, err
					})
				}
				from, to := w.client(w.source), w.client(w.dest)
				if request.side == "source" {
					from = dynamodb.New(from.Options(), failing)
				} else {
					to = dynamodb.New(to.Options(), failing)
				}
				fails = request.op == "DescribeTable"
				_, err := syncBetween(t, request.way, from, to, WithGiveUpAfter(10*time.Second))
				if ExitCode(err) != 3 || !errors.Is(err, lacks) {
					t.Errorf("exit code %d: %v", ExitCode(err), err)
				}
				wantText(t, err, request.side+" table", "the client gets no credentials: its provider fails; check profile, environment, role or single sign-on")
			})
		})
	}
}

// before returns the request after which the provider fails.
func before(op string) string {
	if op == "DescribeTable" {
		return "none"
	}
	return "DescribeTable"
}

// A doer is an HTTP client.
type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// New refuses a client whose requests all fail.
func TestMistakesOfClients(t *testing.T) {
	t.Parallel()
	client := func(region, endpoint string, provider aws.CredentialsProvider) *dynamodb.Client {
		options := dynamodb.Options{Region: region, Credentials: provider}
		if endpoint != "" {
			options.BaseEndpoint = &endpoint
		}
		return dynamodb.New(options)
	}
	good := dynsynctest.Credentials("x")
	for name, tt := range map[string]struct {
		client *dynamodb.Client
		want   string
	}{
		"no region":             {client("", "", good), "the client has no region; set AWS_REGION"},
		"no region, VPC":        {client("", "https://vpce-1.dynamodb.eu-central-1.vpce.amazonaws.com", good), "the client has no region"},
		"nil credentials":       {client("eu-central-1", "", nil), "the client has no credentials, or anonymous ones"},
		"anonymous credentials": {client("eu-central-1", "", aws.AnonymousCredentials{}), "the client has no credentials, or anonymous ones"},
		"no scheme":             {client("eu-central-1", "localhost:8000", good), "the client's endpoint is no URL with a scheme and a host; write it like http://localhost:8000"},
		"all is well":           {client("eu-central-1", "http://localhost:8000", nil), ""},
	} {
		for option, with := range map[string]Option{"WithSource": WithSource(tt.client), "WithDestination": WithDestination(tt.client)} {
			_, err := New(with, WithKey(testKey), WithTable("Users", "Copy"))
			if (err == nil) != (tt.want == "") || err != nil && (ExitCode(err) != 2 || !strings.Contains(err.Error(), option+": "+tt.want)) {
				t.Errorf("%s, %s: %v", option, name, err)
			}
		}
	}
}

// noTable answers DescribeTable without a table.
type noTable struct {
	*dynamodb.Client
	out *dynamodb.DescribeTableOutput
}

func (c noTable) DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error) {
	return c.out, nil
}

// An answer that describes no table is asked for again, but not for long: for a second and
// the delay that it ends in.
func TestMistakesOfDescriptions(t *testing.T) {
	t.Parallel()
	for _, out := range []*dynamodb.DescribeTableOutput{nil, {}} {
		for _, side := range []string{"source", "destination"} {
			for _, giveUp := range []time.Duration{time.Millisecond, 200 * time.Millisecond, time.Second, 5 * time.Second, 2 * time.Minute} {
				inBubble(t, func(t *testing.T, w *world) {
					var from SourceClient = w.client(w.source)
					var to DestinationClient = w.client(w.dest)
					if side == "source" {
						from = noTable{w.client(w.source), out}
					} else {
						to = noTable{w.client(w.dest), out}
					}
					s, err := New(WithSource(from), WithDestination(to), WithKey(testKey), WithGiveUpAfter(giveUp), WithTable("Source", "Destination"))
					if err != nil {
						t.Fatal(err)
					}
					began := time.Now()
					_, err = s.Sync(t.Context())
					if took := time.Since(began); took > min(3*giveUp+200*time.Millisecond, time.Second+awserr.MaxDelay) {
						t.Errorf("WithGiveUpAfter(%v): %v", giveUp, took)
					}
					if ExitCode(err) != 6 {
						t.Errorf("exit code %d", ExitCode(err))
					}
					wantText(t, err, "table Source: preflight: "+side+" table", "endpoint http", "the answer to DescribeTable describes no table")
				})
			}
		}
	}
}
