package connect

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/side"
)

// An ear is a server on this machine that is DynamoDB and STS, and hears whoever asks it.
type ear struct {
	url   string
	mu    sync.Mutex
	heard []string
}

func newEar(t *testing.T) *ear {
	t.Helper()
	e := &ear{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.heard = append(e.heard, r.Header.Get("Authorization")+" "+r.Header.Get("X-Amz-Security-Token")+" "+string(body))
		e.mu.Unlock()
		if r.Header.Get("X-Amz-Target") != "" {
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			_, _ = io.WriteString(w, `{"TableNames":[]}`)
			return
		}
		form, _ := url.ParseQuery(string(body))
		action := form.Get("Action")
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, `<`+action+`Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><`+action+`Result><Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/x</Arn>`+
			`<Credentials><AccessKeyId>ASIASESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></`+action+`Result></`+action+`Response>`)
	}))
	t.Cleanup(srv.Close)
	e.url = srv.URL
	return e
}

func (e *ear) hears(word string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Contains(strings.Join(e.heard, "\n"), word)
}

// No key of the environment is ever heard at a local endpoint, of DynamoDB or of STS,
// whatever else says which endpoints these are and who the client is.
func TestNoKeyOfTheEnvironmentAtLocalEndpoints(t *testing.T) {
	type part struct {
		name     string
		env      []string
		opts     []Option
		profiles string // of [profile ci] and what follows
		services string
	}
	e := newEar(t)
	dynamo := []part{
		{name: "AWS"},
		{name: "Endpoint", opts: []Option{Endpoint(e.url)}},
		{name: "AWS_ENDPOINT_URL", env: []string{"AWS_ENDPOINT_URL", e.url}},
		{name: "AWS_ENDPOINT_URL_DYNAMODB", env: []string{"AWS_ENDPOINT_URL_DYNAMODB", e.url}},
		{name: "endpoint_url of the profile", profiles: "endpoint_url = " + e.url + "\n"},
		{name: "services of the profile", services: "dynamodb =\n  endpoint_url = " + e.url + "\n"},
		{name: "Endpoint at AWS against AWS_ENDPOINT_URL", env: []string{"AWS_ENDPOINT_URL", e.url}, opts: []Option{Endpoint("https://dynamodb.eu-central-1.amazonaws.com")}},
	}
	ofSTS := []part{
		{name: "AWS"},
		{name: "STSEndpoint", opts: []Option{STSEndpoint(e.url)}},
		{name: "AWS_ENDPOINT_URL_STS", env: []string{"AWS_ENDPOINT_URL_STS", e.url}},
		{name: "services of the profile", services: "sts =\n  endpoint_url = " + e.url + "\n"},
	}
	who := []part{
		{name: "AWS_ACCESS_KEY_ID", env: []string{"AWS_ACCESS_KEY_ID", "AKIA" + canary, "AWS_SECRET_ACCESS_KEY", canary, "AWS_SESSION_TOKEN", canary}},
		{name: "the key of AWS_PROFILE", env: []string{"AWS_PROFILE", "ci"}, profiles: "aws_access_key_id = AKIA" + canary + "\naws_secret_access_key = " + canary + "\naws_session_token = " + canary + "\n"},
		{name: "the role of AWS_PROFILE", env: []string{"AWS_PROFILE", "ci"}, profiles: "role_arn = " + prodRead + "\nsource_profile = user\n[profile user]\naws_access_key_id = AKIA" + canary + "\naws_secret_access_key = " + canary + "\n"},
	}
	options := []part{
		{name: "no option"},
		{name: "Role", opts: []Option{Role(stage, ExternalID("abc"))}},
		{name: "two roles", opts: []Option{Role(hub), Role(stage)}},
		{name: "Keys", opts: []Option{Keys("MYKEY", "s", "")}},
		{name: "Keys and Role", opts: []Option{Keys("MYKEY", "s", ""), Role(stage)}},
	}
	var sent int
	for _, where := range dynamo {
		for _, sts := range ofSTS {
			for _, env := range who {
				for _, option := range options {
					for _, ignore := range []string{"", "true"} {
						parts := []part{where, sts, env, option}
						name := where.name + ", STS: " + sts.name + ", " + env.name + ", " + option.name
						vars, opts, services := []string{"AWS_REGION", "eu-central-1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ignore}, []Option(nil), ""
						for _, p := range parts {
							vars, opts, services = append(vars, p.env...), append(opts, p.opts...), services+p.services
						}
						clear(t, vars...)
						if services != "" && env.env[0] != "AWS_PROFILE" {
							t.Setenv("AWS_PROFILE", "ci")
						}
						text := "[profile ci]\n" + where.profiles
						if services != "" {
							text += "services = local\n"
						}
						profiles(t, text+env.profiles+"[services local]\n"+services)
						client, err := Open(t.Context(), opts...)
						if err != nil {
							wantNoSecret(t, err)
							continue
						}
						sent += ask(t, client, opts)
						if e.hears(canary) {
							t.Fatalf("%s, ignored %q: a local endpoint hears a key of the environment", name, ignore)
						}
					}
				}
			}
		}
	}
	if sent < 300 {
		t.Errorf("only %d clients asked", sent)
	}
}

// ask sends the requests of a client that no endpoint of AWS gets, and returns 1 if it is
// any.
func ask(t *testing.T, client *dynamodb.Client, opts []Option) (sent int) {
	t.Helper()
	s := newSettings(opts)
	cfg, err := s.load(t.Context(), config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	must(t, err)
	p, local := client.Options().Credentials.(*provider), s.localSTS(cfg)
	if p.story.way == byRole && (!local || len(s.roles) == 0 && !atLocalSTS(cfg)) {
		return 0 // it is assumed at AWS
	}
	if p.story.way == byRole {
		_, err := p.Retrieve(t.Context())
		must(t, err)
	}
	if side.Of(client).Local() {
		sent = 1
		_, err := client.ListTables(t.Context(), nil)
		must(t, err)
	}
	if local && p.sts != nil {
		sent = 1
		_, _, err := Caller(t.Context(), client)
		must(t, err)
	}
	return sent
}
