package connect

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/side"
)

// clear sets an environment without anything of AWS, but what is given: name, value, …
func clear(t *testing.T, env ...string) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(name, none)
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for i := 0; i < len(env); i += 2 {
		t.Setenv(env[i], env[i+1])
	}
}

// profiles has the files of profiles hold that text.
func profiles(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
}

func mustOpen(t *testing.T, opts ...Option) *dynamodb.Client {
	t.Helper()
	client, err := Open(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

const (
	prodRead = "arn:aws:iam::111122223333:role/prod-read"
	stage    = "arn:aws:iam::444455556666:role/path/of/stage-write"
	canary   = "canaryCanaryCANARY7"
)

// mfaProfile is a profile by which a job cannot get credentials.
const mfaProfile = "[profile mfa]\nrole_arn = " + prodRead + "\nsource_profile = user\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n[profile user]\naws_access_key_id = AKIAUSER\naws_secret_access_key = " + canary + "\n"

// Profiles that cannot be used are faults of Open.
func TestFaultsOfProfiles(t *testing.T) {
	for _, tt := range []struct{ name, profiles, want string }{
		{"mfa", mfaProfile, "the profile asks for an MFA code, which a job cannot enter"},
		{"none", mfaProfile, `the profile "none" does not exist`},
		{"self", "[profile self]\nrole_arn = " + prodRead + "\nsource_profile = missing\n", `the profile "missing", which is the source_profile of a role, does not exist or has no credentials`},
		{"web", "[profile web]\nweb_identity_token_file = /token\n", "a web identity has a token and no role; set AWS_ROLE_ARN"},
		{"zone", "[profile zone]\nregion = eu-central-1b\naws_access_key_id = a\naws_secret_access_key = b\n", `the region of profile "zone" is the availability zone "eu-central-1b"`},
		{"url", "[profile url]\nregion = eu-central-1\nendpoint_url = localhost\n", "is no URL with a scheme and a host"},
	} {
		clear(t)
		profiles(t, tt.profiles)
		for _, way := range []string{"option", "environment"} {
			opts := []Option{Profile(tt.name)}
			if way == "environment" {
				t.Setenv("AWS_PROFILE", tt.name)
				opts = nil
			}
			_, err := Open(t.Context(), opts...)
			if err == nil || !strings.Contains(err.Error(), tt.want) || dynsync.ExitCode(err) != 2 {
				t.Errorf("%s by the %s: %v", tt.name, way, err)
				continue
			}
			wantNoSecret(t, err)
		}
	}
}

// A variable that the SDK does not take is a fault of Open, which names it.
func TestFaultsOfVariables(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_CA_BUNDLE ":        file(t, canary), // no certificates
		"AWS_USE_FIPS_ENDPOINT": canary, "AWS_USE_DUALSTACK_ENDPOINT": canary, "AWS_MAX_ATTEMPTS": canary, "AWS_RETRY_MODE": canary,
		"AWS_CA_BUNDLE": "/no/such/" + canary, "AWS_REGION": " eu-central-1", "AWS_ENDPOINT_URL": "localhost:8000", "AWS_PROFILE": "nobody",
		"AWS_S3_USE_ARN_REGION": canary, "AWS_ENDPOINT_URL_DYNAMODB": "user:" + canary, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": canary, "AWS_ENABLE_ENDPOINT_DISCOVERY": canary,
	} {
		name = strings.TrimSpace(name)
		clear(t, "AWS_DEFAULT_REGION", "eu-central-1", "AWS_ACCESS_KEY_ID", "AKIA"+canary, "AWS_SECRET_ACCESS_KEY", canary, name, value)
		want := name
		if name == "AWS_REGION" {
			want = "the region of the environment is no region"
		}
		_, err := Open(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || dynsync.ExitCode(err) != 2 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantNoSecret(t, err)
	}
}

// Every malformed or contradicting option is a fault of Open, all of them at once, with
// what is wrong and what to do, and without a secret.
func TestFaultsOfOptions(t *testing.T) {
	clear(t, "AWS_ACCESS_KEY_ID", "AKIA"+canary, "AWS_SECRET_ACCESS_KEY", canary)
	long := strings.Repeat("x", 65)
	for _, tt := range []struct {
		opts []Option
		want []string
	}{
		{[]Option{Region("EU central")}, []string{"Region is no region; write it like eu-central-1"}},
		{[]Option{Region("eu-central-1a")}, []string{`Region is the availability zone "eu-central-1a"; the region is "eu-central-1"`}},
		{[]Option{Region("evil.example/#")}, []string{"Region is no region"}},
		{[]Option{Region("")}, []string{"Region is no region"}},
		{[]Option{Region("eu-central-1"), Region("us-east-1")}, []string{`Region is given twice, as "eu-central-1" and "us-east-1"`}},
		{[]Option{Endpoint("localhost:8000")}, []string{"Endpoint is no URL with a scheme", "http://localhost:8000"}},
		{[]Option{Endpoint("http://user:" + canary + "@localhost:8000")}, []string{"Endpoint has a user or a password in its URL"}},
		{[]Option{Endpoint("http://localhost:8000/?token=" + canary)}, []string{"Endpoint has a query"}},
		{[]Option{Endpoint("ftp://localhost")}, []string{"Endpoint is no URL"}},
		{[]Option{Endpoint("http://localhost:1"), Endpoint("http://localhost:2")}, []string{"Endpoint is given twice"}},
		{[]Option{Endpoint("http://::1:8000")}, []string{"Endpoint has an IPv6 address without brackets; write it like http://[::1]:8000"}},
		{[]Option{Endpoint("http://2001:db8::7")}, []string{"without brackets"}},
		{[]Option{Endpoint("http://localhost:80000")}, []string{"Endpoint has a port that is not 1 to 65535"}},
		{[]Option{Endpoint("http://localhost:0")}, []string{"a port that is not 1 to 65535"}},
		{[]Option{Endpoint("/var/run/dynamodb.sock")}, []string{"Endpoint is no URL"}},
		{[]Option{Profile("eu-central-1")}, []string{`the profile "eu-central-1" does not exist; it looks like a region, which Region and AWS_REGION take`}},
		{[]Option{STSEndpoint("sts." + canary)}, []string{"STSEndpoint is no URL"}},
		{[]Option{Keys("", canary, "")}, []string{"Keys needs both"}},
		{[]Option{Keys("AKIA"+canary, "", "")}, []string{"Keys needs both"}},
		{[]Option{Keys("AKIA"+canary, canary+"\n", "")}, []string{"a line break in the secret access key"}},
		{[]Option{Keys("ASIA"+canary, canary, "")}, []string{"a temporary access key (ASIA…) without its session token"}},
		{[]Option{Keys(canary+canary, "AKIAIOSFODNN7EXAMPLE", "")}, []string{"the access key id and the secret access key in each other's place"}},
		{[]Option{Keys(canary+"/+", "ASIAIOSFODNN7EXAMPLE", canary)}, []string{"in each other's place"}},
		{[]Option{Profile("AKIAIOSFODNN7EXAMPLE")}, []string{"Profile is an access key id"}},
		{[]Option{WebIdentity(prodRead, "eyJ"+canary+"."+canary+"."+canary)}, []string{"WebIdentity has a token in place of its file"}},
		{[]Option{Region(canary), Region("b" + canary)}, []string{"Region is given twice; give it once"}},
		{[]Option{Keys("a b", canary, "")}, []string{"malformed access key id"}},
		{[]Option{Keys("AKIA"+canary, canary, ""), Profile("ci")}, []string{"Keys and Profile contradict each other"}},
		{[]Option{Keys("AKIA"+canary, canary, ""), WebIdentity(prodRead, "token")}, []string{"Keys and WebIdentity contradict each other"}},
		{[]Option{Profile("ci"), WebIdentity(prodRead, "token")}, []string{"Profile and WebIdentity contradict each other"}},
		{[]Option{Profile("ci"), Profile("cd")}, []string{`Profile is given twice, as "ci" and "cd"`}},
		{[]Option{Keys("AKIA"+canary, canary, ""), Keys("AKIA"+canary, canary, "")}, []string{"Keys is given twice"}},
		{[]Option{Profile("")}, []string{"Profile must be the name of a profile"}},
		{[]Option{WebIdentity(prodRead, "")}, []string{"WebIdentity has no token file"}},
		{[]Option{WebIdentity(prodRead, "token", ExternalID("abc"))}, []string{"ExternalID does not go with WebIdentity"}},
		{[]Option{WebIdentity(prodRead, "token", SessionTag("a", "b"))}, []string{"SessionTag does not go with WebIdentity"}},
		{[]Option{Role(canary)}, []string{"Role: the ARN of the role is malformed"}},
		{[]Option{Role("")}, []string{"the ARN of the role is empty"}},
		{[]Option{Role("arn:aws:iam:eu-central-1:111122223333:role/x")}, []string{"has a region; roles have none"}},
		{[]Option{Role("arn:aws:iam::11112222333:role/x")}, []string{"is not 12 digits"}},
		{[]Option{Role("arn:aws:iam::111122223333:user/x")}, []string{"is not that of a role"}},
		{[]Option{Role("arn:aws:iam::111122223333:role/" + long)}, []string{"must be 1 to 64 letters"}},
		{[]Option{Role("arn:evil:iam::111122223333:role/x")}, []string{"a partition that is none of AWS's"}},
		{[]Option{Role("arn:aws:sts::111122223333:assumed-role/x/y")}, []string{"that of a session", "give the role's own"}},
		{[]Option{Role("arn:aws:dynamodb:eu-central-1:111122223333:table/Users")}, []string{`of the service "dynamodb" and not of iam`}},
		{[]Option{Role(prodRead, ExternalID("ä"+canary))}, []string{"Role " + prodRead + ": ExternalID must be 2 to 1,224"}},
		{[]Option{Role(prodRead, ExternalID(""))}, []string{"ExternalID must be"}},
		{[]Option{Role(prodRead, ExternalID("ab"), ExternalID("cd"))}, []string{"ExternalID is given twice"}},
		{[]Option{Role(prodRead, SessionName("a job"))}, []string{"SessionName must be 2 to 64"}},
		{[]Option{Role(prodRead, SessionName(long))}, []string{"SessionName must be 2 to 64"}},
		{[]Option{Role(prodRead, SourceIdentity("aws:me"))}, []string{"SourceIdentity must be 2 to 64", "must not begin with aws:"}},
		{[]Option{Role(prodRead, Duration(14*time.Minute))}, []string{"Duration is 14m0s; it must be 15 minutes to 12 hours"}},
		{[]Option{Role(prodRead, Duration(13*time.Hour))}, []string{"15 minutes to 12 hours"}},
		{[]Option{Role(prodRead, Duration(time.Hour+time.Millisecond))}, []string{"in whole seconds"}},
		{[]Option{Role(prodRead), Role(stage, Duration(2*time.Hour))}, []string{"Role " + stage + ": Duration is 2h0m0s; a role that is assumed with another role's session lasts 1 hour at most"}},
		{[]Option{Role(prodRead, SessionTag("aws:x", "y"))}, []string{"SessionTag 1 must not begin with aws:"}},
		{[]Option{Role(prodRead, SessionTag("", "y"))}, []string{"the key of SessionTag 1 must have 1 to 128"}},
		{[]Option{Role(prodRead, SessionTag("a", "y"), SessionTag("b", strings.Repeat("x", 257)))}, []string{"the value of SessionTag 2 must have at most 256"}},
		{[]Option{Role(prodRead, SessionTag("Team", "y"), SessionTag("team", "z"))}, []string{`two session tags have the key "team"`}},
		{[]Option{Role(prodRead, manyTags(51)...)}, []string{"there are 51 session tags; AWS takes 50"}},
		{[]Option{Requests(0)}, []string{"Requests is 0; it must be 1 to 1,024"}},
		{[]Option{Side("the source")}, []string{"Side must be 1 to 32 letters"}},
		{[]Option{nil}, []string{"option 1 of Open is nil"}},
		{[]Option{Role(prodRead, nil)}, []string{"option 1 of Role is nil"}},
		{[]Option{Profile("nobody")}, []string{`the profile "nobody" does not exist`, "~/.aws/config"}},
		{nil, []string{"there is no region; set Region, AWS_REGION, or a region in the profile"}},
		{[]Option{Side("source"), Region("x y"), Endpoint("z"), Role(canary), Requests(-1)}, []string{
			"dynsync: connect source: Region is", "dynsync: connect source: Endpoint is", "dynsync: connect source: Role: the ARN", "dynsync: connect source: Requests is -1"}},
	} {
		began := time.Now()
		client, err := Open(context.Background(), tt.opts...)
		if client != nil || err == nil || time.Since(began) > 5*time.Second {
			t.Errorf("%q: %v in %v", tt.want, err, time.Since(began))
			continue
		}
		for _, want := range append(tt.want, "dynsync: connect") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v lacks %q", err, want)
			}
		}
		wantNoSecret(t, err)
		if got := dynsync.ExitCode(err); got != 2 {
			t.Errorf("%v: exit code %d", err, got)
		}
	}
}

func manyTags(n int) (opts []RoleOption) {
	for i := range n {
		opts = append(opts, SessionTag("k"+strings.Repeat("x", i), "v"))
	}
	return opts
}

// Legal options at their limits are no fault.
func TestLegalOptions(t *testing.T) {
	clear(t)
	region := Region("eu-central-1")
	for _, opts := range [][]Option{
		{region, Role(prodRead)},
		{region, Role(stage, ExternalID("ab"), SessionName("ab"), SourceIdentity("ab"), Duration(15*time.Minute))},
		{region, Role(prodRead, Duration(12*time.Hour)), Role(stage, Duration(time.Hour))},
		{region, Role("arn:aws-us-gov:iam::111122223333:role/" + strings.Repeat("x", 64))},
		{region, Role("arn:aws-cn:iam::111122223333:role/a", manyTags(50)...)},
		{region, Role(prodRead, ExternalID(strings.Repeat("x", 1224)), SessionTag("Kostenträger 7", ""))},
		{region, WebIdentity(prodRead, "token", SessionName("ci"), Duration(time.Hour)), Role(stage)},
		{region, Keys("ASIA0000", "secret", "token"), STSEndpoint("http://localhost:1"), Requests(1024)},
		{Region("us-iso-east-1")}, {Region("eusc-de-east-1")}, {Region("ddblocal"), Endpoint("http://localhost:8000")},
		{Endpoint("http://[::1]:8000/base/")}, {Side("source"), Endpoint("http://localhost:8000")},
	} {
		if _, err := Open(t.Context(), opts...); err != nil {
			t.Error(err)
		}
	}
}

// What the environment says of credentials does not matter where an option gives others.
func TestOptionsGoBeforeABrokenEnvironment(t *testing.T) {
	for _, opts := range [][]Option{
		{Keys("AKIAUSER", "s", "")}, {Keys("AKIAUSER", "s", ""), Role(prodRead)}, {WebIdentity(prodRead, "token")},
		{Profile("good")}, {Profile("good"), Role(prodRead)}, {Endpoint("http://localhost:8000")}, {Role(prodRead), STSEndpoint("http://localhost:1")},
	} {
		clear(t, "AWS_REGION", "eu-central-1", "AWS_PROFILE", "mfa")
		profiles(t, mfaProfile+"[profile good]\naws_access_key_id = AKIAGOOD\naws_secret_access_key = s\n")
		if _, err := Open(t.Context(), opts...); err != nil {
			t.Error(err)
		}
	}
}

// wantNoSecret looks for what tests have as secrets, in every form of an error.
func wantNoSecret(t *testing.T, err error) {
	t.Helper()
	for _, text := range printed(err) {
		if strings.Contains(text, canary) {
			t.Errorf("an error holds a secret: %s", text)
		}
	}
}

// At a local endpoint, of an option or the environment, a client has the credentials of
// local endpoints, unless an option gives others.
func TestLocalEndpoints(t *testing.T) {
	real := []string{"AWS_ACCESS_KEY_ID", "AKIA" + canary, "AWS_SECRET_ACCESS_KEY", canary, "AWS_SESSION_TOKEN", canary}
	for _, tt := range []struct {
		env    []string
		opts   []Option
		id     string // "" for that of the environment
		region string
		local  bool
	}{
		{nil, []Option{Endpoint("http://localhost:8000")}, "dummyid", "us-west-2", true},
		{nil, []Option{Endpoint("http://dynamodb:8000")}, "dummyid", "us-west-2", true},
		{nil, []Option{Endpoint("http://10.1.2.3:8000")}, "dummyid", "us-west-2", true},
		{nil, []Option{Endpoint("http://[::1]:8000"), Region("eu-central-1")}, "dummyid", "eu-central-1", true},
		{[]string{"AWS_REGION", "ap-south-1"}, []Option{Endpoint("http://127.0.0.1:8000")}, "dummyid", "ap-south-1", true},
		{[]string{"AWS_ENDPOINT_URL", "http://localhost:4566"}, nil, "dummyid", "us-west-2", true},
		{[]string{"AWS_ENDPOINT_URL_DYNAMODB", "http://localhost:8000"}, nil, "dummyid", "us-west-2", true},
		{[]string{"AWS_ENDPOINT_URL_DYNAMODB", "http://localhost:8000"}, []Option{Requests(8)}, "dummyid", "us-west-2", true},
		{[]string{"AWS_ENDPOINT_URL_STS", "http://localhost:8000", "AWS_REGION", "eu-central-1"}, nil, "", "eu-central-1", false},
		{[]string{"AWS_ENDPOINT_URL", "http://localhost:4566", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "AWS_REGION", "eu-central-1"}, nil, "", "eu-central-1", false},
		{[]string{"AWS_ENDPOINT_URL", "http://localhost:4566"}, []Option{Endpoint("https://dynamodb.eu-central-1.amazonaws.com"), Region("eu-central-1")}, "", "eu-central-1", false},
		{[]string{"AWS_PROFILE", "mfa"}, []Option{Endpoint("http://localhost:8000")}, "dummyid", "us-west-2", true},
		{nil, []Option{Endpoint("http://localhost:8000"), Keys("mykey", "secret", "")}, "mykey", "us-west-2", true},
		{nil, []Option{Endpoint("http://localhost:8000"), Profile("ci")}, "ofprofile", "eu-west-1", true},
		{nil, []Option{Endpoint("http://dynamodb.example.com"), Region("eu-central-1")}, "", "eu-central-1", false},
		{nil, []Option{Endpoint("http://8.8.8.8"), Region("eu-central-1")}, "", "eu-central-1", false},
	} {
		clear(t, append(real, tt.env...)...)
		profiles(t, "[profile ci]\nregion = eu-west-1\naws_access_key_id = ofprofile\naws_secret_access_key = s\n"+mfaProfile)
		client := mustOpen(t, tt.opts...)
		creds, err := client.Options().Credentials.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		id := tt.id
		if id == "" {
			id = "AKIA" + canary
		}
		if got := side.Of(client); creds.AccessKeyID != id || got.Region != tt.region || got.Local() != tt.local {
			t.Errorf("%v: key %q, %v, local: %v; want key %q, region %s", tt.env, creds.AccessKeyID, got, got.Local(), id, tt.region)
		}
		text := Describe(client)
		if strings.Contains(text, canary) || strings.Contains(text, "(local)") != tt.local || strings.Contains(text, "dummyid") != (id == "dummyid") {
			t.Errorf("it is described as %s", text)
		}
	}
}

// The endpoint of DynamoDB is never that of STS, whose own option or variable sets it, and
// AWS_ENDPOINT_URL is both, as in the SDK.
func TestEndpointsOfSTS(t *testing.T) {
	for _, tt := range []struct {
		env  []string
		opts []Option
		want string // "" for AWS's
	}{
		{nil, []Option{Endpoint("http://localhost:8000")}, ""},
		{nil, []Option{Endpoint("https://dynamodb.example.com")}, ""},
		{nil, []Option{Endpoint("http://localhost:8000"), STSEndpoint("http://localhost:9000")}, "http://localhost:9000"},
		{[]string{"AWS_ENDPOINT_URL_DYNAMODB", "http://localhost:8000"}, nil, ""},
		{[]string{"AWS_ENDPOINT_URL_STS", "http://localhost:9000"}, []Option{Endpoint("http://localhost:8000")}, "http://localhost:9000"},
		{[]string{"AWS_ENDPOINT_URL", "http://localhost:4566"}, nil, "http://localhost:4566"},
		{[]string{"AWS_ENDPOINT_URL", "http://localhost:4566"}, []Option{Endpoint("http://localhost:8000")}, "http://localhost:4566"},
		{[]string{"AWS_ENDPOINT_URL", "http://localhost:4566"}, []Option{STSEndpoint("http://localhost:9000")}, "http://localhost:9000"},
		{[]string{"AWS_ENDPOINT_URL", "http://localhost:4566", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}, nil, ""},
	} {
		clear(t, append(tt.env, "AWS_REGION", "eu-central-1")...)
		s := newSettings(append(tt.opts, Role(prodRead)))
		if faults := s.check(); len(faults) > 0 {
			t.Fatal(faults)
		}
		cfg, err := s.load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := aws.ToString(sts.NewFromConfig(cfg, s.configureSTS).Options().BaseEndpoint); got != tt.want {
			t.Errorf("%v, %d options: STS is at %q, not %q", tt.env, len(tt.opts), got, tt.want)
		}
	}
}
