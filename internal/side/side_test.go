package side

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
)

// signed are credentials that any client may have.
var signed = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
})

// client returns a client of that region and endpoint; "" for none.
func client(region, endpoint string, change ...func(*dynamodb.Options)) *dynamodb.Client {
	options := dynamodb.Options{Region: region, Credentials: signed}
	if endpoint != "" {
		options.BaseEndpoint = &endpoint
	}
	return dynamodb.New(options, change...)
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		endpoint string
		local    bool
		text     string // "" for the endpoint as it is
	}{
		{"http://localhost:8000", true, ""},
		{"http://LOCALHOST:8000", true, ""},
		{"http://localhost.:8000", true, ""},
		{"http://127.0.0.1:8000", true, ""},
		{"http://127.9.8.7", true, ""},
		{"http://[::1]:8000", true, ""},
		{"http://[::ffff:10.1.2.3]:8000", true, ""},
		{"http://0.0.0.0:8000", true, ""},
		{"https://10.0.0.4", true, ""},
		{"https://172.16.0.1:443", true, ""},
		{"https://192.168.1.1", true, ""},
		{"http://169.254.1.1", true, ""},
		{"http://[fe80::1]", true, ""},
		{"http://[fd00::1]", true, ""},
		{"http://dynamodb:8000", true, ""},
		{"http://dynamodb-local:8000/base/", true, "http://dynamodb-local:8000/base"},
		{"http://user:canary@localhost:8000/?canary", true, "http://localhost:8000"},

		{"https://dynamodb.eu-central-1.amazonaws.com", false, ""},
		{"https://vpce-0123-abcd.dynamodb.eu-central-1.vpce.amazonaws.com", false, ""},
		{"https://dynamodb.cn-north-1.amazonaws.com.cn", false, ""},
		{"http://localhost@dynamodb.eu-central-1.amazonaws.com", false, "http://dynamodb.eu-central-1.amazonaws.com"},
		{"http://localhost.localstack.cloud:4566", false, ""},
		{"http://localhost.evil.example", false, ""},
		{"http://dynamodb.local:8000", false, ""},
		{"http://172.32.0.1", false, ""},
		{"http://8.8.8.8", false, ""},
		{"http://100.64.0.1", false, ""},
		{"http://[::ffff:8.8.8.8]", false, ""},
		{"http://134744072", false, ""},
		{"http://0x08080808", false, ""},
		{"http://127.1", false, ""},
		{"http://com.", false, ""},
	} {
		s := Of(client("eu-central-1", tt.endpoint))
		want := tt.text
		if want == "" {
			want = tt.endpoint
		}
		if s.Local() != tt.local || s.Endpoint != want || s.Fault() != NoFault {
			t.Errorf("%s: local is %v, endpoint %q, fault %q", tt.endpoint, s.Local(), s.Endpoint, s.Fault())
		}
	}
}

func TestEndpointOfRegion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		client   *dynamodb.Client
		endpoint string
	}{
		{client("eu-central-1", ""), "https://dynamodb.eu-central-1.amazonaws.com"},
		{client("cn-north-1", ""), "https://dynamodb.cn-north-1.amazonaws.com.cn"},
		{client("us-gov-west-1", ""), "https://dynamodb.us-gov-west-1.amazonaws.com"},
		{client("us-east-1", "", func(o *dynamodb.Options) { o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled }), "https://dynamodb-fips.us-east-1.amazonaws.com"},
		{client("us-east-1", "", func(o *dynamodb.Options) { o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled }), "https://dynamodb.us-east-1.api.aws"},
	} {
		if s := Of(tt.client); s.Endpoint != tt.endpoint || s.Local() || s.Fault() != NoFault {
			t.Errorf("%+v, want %s", s, tt.endpoint)
		}
	}
}

// elsewhere resolves every endpoint to this machine.
type elsewhere struct{}

func (elsewhere) ResolveEndpoint(context.Context, dynamodb.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{}, nil
}

// A client of which nothing is known counts as AWS's and has no fault.
func TestUnknown(t *testing.T) {
	t.Parallel()
	none := func(o *dynamodb.Options) { o.Region, o.Credentials = "", nil }
	for name, c := range map[string]any{
		"nil":                      nil,
		"a nil client":             (*dynamodb.Client)(nil),
		"no client":                struct{}{},
		"a resolver":               client("", "http://localhost:8000", none, func(o *dynamodb.Options) { o.EndpointResolverV2 = elsewhere{} }),
		"a resolver of old":        client("", "", none, dynamodb.WithEndpointResolver(dynamodb.EndpointResolverFromURL("http://localhost:8000"))), //lint:ignore SA1019 clients still have one
		"a resolver of old, twice": client("", "", none, dynamodb.WithEndpointResolver(dynamodb.NewDefaultEndpointResolver())),                     //lint:ignore SA1019 clients still have one
	} {
		if s := Of(c); s != (Side{}) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	type wrapper struct{ *dynamodb.Client }
	if s := Of(wrapper{client("eu-central-1", "")}); s.Region != "eu-central-1" {
		t.Errorf("a client that embeds one: %+v", s)
	}
}

func TestFault(t *testing.T) {
	t.Parallel()
	without := func(o *dynamodb.Options) { o.Credentials = nil }
	anonymous := func(o *dynamodb.Options) { o.Credentials = aws.AnonymousCredentials{} }
	cached := func(o *dynamodb.Options) { o.Credentials = aws.NewCredentialsCache(aws.AnonymousCredentials{}) }
	for _, tt := range []struct {
		client *dynamodb.Client
		want   Fault
	}{
		{client("", ""), NoRegion},
		{client("", "", without), NoRegion},
		{client("", "https://dynamodb.eu-central-1.amazonaws.com"), NoRegion},
		{client("eu-central-1", "", without), NoCredentials},
		{client("eu-central-1", "", anonymous), NoCredentials},
		{client("eu-central-1", "", cached), NoCredentials},
		{client("eu-central-1", "https://8.8.8.8", without), NoCredentials},
		{client("eu-central-1", "localhost:8000"), NoURL},
		{client("eu-central-1", "localhost"), NoURL},
		{client("eu-central-1", "http://"), NoURL},
		{client("eu-central-1", "canary:canary@%zz"), NoURL},
		{client("", "http://localhost:8000", without), NoFault},
		{client("eu-central-1", "http://localhost:8000", anonymous), NoFault},
		{client("eu-central-1", ""), NoFault},
	} {
		s := Of(tt.client)
		if s.Fault() != tt.want || strings.Contains(s.String()+string(s.Fault()), "canary") {
			t.Errorf("%v: %q, want %q", s, s.Fault(), tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/Users"
	for _, tt := range []struct {
		table Table
		want  string
	}{
		{Table{Role: Source, Name: "Users", ARN: arn, Side: Of(client("eu-central-1", "http://localhost:8000"))}, `source table "Users" (` + arn + `, endpoint http://localhost:8000)`},
		{Table{Role: Destination, Name: "Users", Side: Of(client("eu-central-1", ""))}, `destination table "Users" (region eu-central-1, endpoint https://dynamodb.eu-central-1.amazonaws.com)`},
		{Table{Role: Source, Name: "Users", ARN: arn}, `source table "Users" (` + arn + `)`},
		{Table{Role: Source, Name: "Users"}, `source table "Users"`},
	} {
		if got := tt.table.String(); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}
