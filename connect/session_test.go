package connect

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
)

const (
	hub       = "arn:aws:iam::777788889999:role/hub"
	ciRole    = "arn:aws:iam::777788889999:role/ci"
	theID     = "dynsync-prod-7f3a"
	allowAll  = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`
	readsOnly = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["dynamodb:PartiQLSelect", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:Scan"], "Resource": "arn:aws:dynamodb:us-west-2:111122223333:table/Users"}]}`
)

// A world is a server with STS: a user of one account, who may assume a role to read the
// table Users of a second and one to write the table Copy of a third.
type world struct {
	srv    *dynsynctest.Server
	sts    *dynsynctest.STS
	source *dynamodb.Client // of an administrator
	dest   *dynamodb.Client
	user   Option // the user's key
}

func newWorld(t *testing.T, opts ...dynsynctest.STSOption) *world {
	t.Helper()
	w := &world{srv: dynsynctest.NewServer(), user: Keys("AKIACI", "secretOfCI", "")}
	t.Cleanup(w.srv.Close)
	w.sts = dynsynctest.NewSTS(w.srv, opts...)
	t.Cleanup(w.sts.Close)
	for arn, key := range map[string]string{"arn:aws:iam::111122223333:user/admin": "AKIAPROD", "arn:aws:iam::444455556666:user/admin": "AKIASTAGE", "arn:aws:iam::777788889999:user/ci": "AKIACI"} {
		must(t, w.sts.AddUser(key, "secretOf"+strings.TrimPrefix(key, "AKIA"), arn, allowAll))
	}
	w.addRole(t, prodRead, "777788889999", theID, readsOnly)
	w.addRole(t, stage, "777788889999", "", allowAll)
	w.addRole(t, hub, "arn:aws:iam::777788889999:user/ci", "", allowAll)
	w.source = mustOpen(t, Endpoint(w.srv.URL()), Keys("AKIAPROD", "secretOfPROD", ""))
	w.dest = mustOpen(t, Endpoint(w.srv.URL()), Keys("AKIASTAGE", "secretOfSTAGE", ""))
	createTable(t, w.source, "Users")
	createTable(t, w.dest, "Copy")
	return w
}

func (w *world) addRole(t *testing.T, arn, principal, externalID string, policies ...string) {
	t.Helper()
	trust, err := TrustPolicy(principal, externalID)
	must(t, err)
	trust = strings.Replace(trust, `"sts:AssumeRole"`, `["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]`, 1)
	must(t, w.sts.AddRole(arn, trust, policies...))
}

// open returns a client at the server, with roles of its STS.
func (w *world) open(t *testing.T, opts ...Option) *dynamodb.Client {
	t.Helper()
	return mustOpen(t, append([]Option{Endpoint(w.srv.URL()), STSEndpoint(w.sts.URL())}, opts...)...)
}

// fill puts n items into the table Users.
func (w *world) fill(t *testing.T, n int) {
	t.Helper()
	for i := 0; i < n; i += 25 {
		var puts []types.WriteRequest
		for j := i; j < min(i+25, n); j++ {
			puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: map[string]types.AttributeValue{
				"Id": &types.AttributeValueMemberS{Value: fmt.Sprintf("user-%05d", j)}, "Name": &types.AttributeValueMemberS{Value: "someone"}}}})
		}
		_, err := w.source.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": puts}})
		must(t, err)
	}
}

// count returns how many items the table Copy has.
func (w *world) count(t *testing.T) (n int) {
	t.Helper()
	pages := dynamodb.NewScanPaginator(w.dest, &dynamodb.ScanInput{TableName: aws.String("Copy"), Select: types.SelectCount})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		must(t, err)
		n += int(page.Count)
	}
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A role is assumed with the right external id only, and the two sides are in accounts of
// their own, whatever the endpoint of DynamoDB is.
func TestAssumedRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, 60)
	write := w.open(t, w.user, Role(stage, SessionName("night"), SourceIdentity("ci"), SessionTag("team", "data"), Duration(2*time.Hour)))
	for _, tt := range []struct {
		name string
		role Option
		want string // "" for success
	}{
		{"the right external id", Role(prodRead, ExternalID(theID)), ""},
		{"a wrong external id", Role(prodRead, ExternalID("other")), "that the external id is the one in its condition"},
		{"no external id", Role(prodRead), "that it asks for no external id (none was given)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			read := w.open(t, Side("source"), w.user, tt.role)
			report, err := job(t, read, write).Sync(t.Context())
			if tt.want != "" {
				if err == nil || dynsync.ExitCode(err) != 3 || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "to arn:aws:iam::777788889999:user/ci") || !strings.Contains(err.Error(), "source table") {
					t.Errorf("exit code %d: %v", dynsync.ExitCode(err), err)
				}
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "other") {
					t.Errorf("an external id is printed: %v", err)
				}
				return
			}
			if err != nil || report.Tables[0].ReadPath != "raw" || report.Tables[0].WritePath != "raw" || w.count(t) != 60 {
				t.Errorf("%d items: %v\n%v", w.count(t), err, report)
			}
		})
	}
	var names []string
	for _, s := range w.sts.Sessions() {
		names = append(names, s.Role+" "+s.Name)
		if s.Role == stage && (s.Name != "night" || s.SourceIdentity != "ci" || s.Tags["team"] != "data" || s.Duration != 2*time.Hour) {
			t.Errorf("the session is %+v", s)
		}
		if s.Role == prodRead && (!strings.HasPrefix(s.Name, "dynsync-source-connect") || s.ExternalID != theID || s.Duration != time.Hour) {
			t.Errorf("the session is %+v", s)
		}
	}
	if len(names) != 2 {
		t.Errorf("the sessions are %v", names)
	}
}

// Of roles in a chain, each is assumed with the session of the one before.
func TestRoleChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, 30)
	const last = "arn:aws:iam::111122223333:role/last"
	w.addRole(t, last, hub, theID, readsOnly)
	chain := w.open(t, w.user, Role(hub), Role(last, ExternalID(theID)))
	if report, err := job(t, chain, w.dest).Sync(t.Context()); err != nil || w.count(t) != 30 {
		t.Errorf("%v\n%v", err, report)
	}
	for _, tt := range []struct {
		opts []Option
		want string
	}{
		{[]Option{w.user, Role(last, ExternalID(theID))}, "role " + last + " may not be assumed: sts:AssumeRole is denied"},
		{[]Option{w.user, Role(hub), Role(last)}, "to arn:aws:sts::777788889999:assumed-role/hub/dynsync-connect"},
		{[]Option{w.user, Role(ciRole), Role(last, ExternalID(theID))}, "role " + ciRole + " may not be assumed"},
		{[]Option{Keys("AKIANOBODY", "secret", ""), Role(hub), Role(last)}, "role " + hub + " cannot be assumed: the access key that assumes it is not accepted"},
		{[]Option{Keys("AKIACI", "wrong", ""), Role(hub), Role(last)}, "role " + hub + " cannot be assumed: the signature is not accepted"},
	} {
		_, err := job(t, w.open(t, tt.opts...), w.dest).Sync(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) || dynsync.ExitCode(err) != 3 {
			t.Errorf("%v, not %q", err, tt.want)
		}
	}
}

// A web identity is an option, or what the environment says.
func TestWebIdentity(t *testing.T) {
	w := newWorld(t)
	w.fill(t, 30)
	const pod = "arn:aws:iam::111122223333:role/pod"
	must(t, w.sts.AddRole(pod, `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com"},
		"Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"oidc.example.com:sub": "job", "oidc.example.com:aud": "sts.amazonaws.com"}}}]}`, readsOnly))
	w.sts.AddWebIdentity("eyJ.job.x", "oidc.example.com", "job", "sts.amazonaws.com")
	w.sts.AddWebIdentity("eyJ.other.x", "oidc.example.com", "other", "sts.amazonaws.com")
	if report, err := job(t, w.open(t, WebIdentity(pod, file(t, "eyJ.job.x\n"), SessionName("pod"))), w.dest).Sync(t.Context()); err != nil || w.count(t) != 30 {
		t.Errorf("%v\n%v", err, report)
	}
	_, err := job(t, w.open(t, WebIdentity(pod, file(t, "eyJ.other.x"))), w.dest).Sync(t.Context())
	if err == nil || !strings.Contains(err.Error(), "sts:AssumeRoleWithWebIdentity is denied") {
		t.Error(err)
	}
	// IRSA, which needs an endpoint that is not local: here it only asks for the session.
	clear(t, "AWS_ROLE_ARN", pod, "AWS_WEB_IDENTITY_TOKEN_FILE", file(t, "eyJ.job.x"), "AWS_REGION", "us-west-2", "AWS_ENDPOINT_URL_STS", w.sts.URL())
	client := mustOpen(t, Side("source"))
	creds, err := client.Options().Credentials.Retrieve(t.Context())
	if err != nil || !strings.HasPrefix(creds.AccessKeyID, "ASIA") || !strings.Contains(Describe(client), "the web identity of AWS_WEB_IDENTITY_TOKEN_FILE") {
		t.Errorf("%s: %v", Describe(client), err)
	}
}

// lying returns the URL of a proxy before STS by which sessions seem to last an hour more.
func lying(t *testing.T, of string) string {
	t.Helper()
	to, err := url.Parse(of)
	must(t, err)
	expiration := regexp.MustCompile(`<Expiration>[^<]*</Expiration>`)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // which is signed
		},
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			later := "<Expiration>" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + "</Expiration>"
			text := expiration.ReplaceAllString(string(body), later)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
			r.Header.Set("Content-Length", fmt.Sprint(len(text)))
			return nil
		},
	}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	return srv.URL
}

// Sessions end every few seconds while 20,000 items are copied, whether their end is known
// or DynamoDB says it, and no item is lost.
func TestSessionsEndDuringACopy(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	t.Parallel()
	for _, tt := range []struct {
		name string
		lie  bool
	}{{"the end is known", false}, {"the end comes early", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dynsynctest.WithSessionLifetime(2*time.Second))
			const items = 20_000
			w.fill(t, items)
			endpoint := w.sts.URL()
			if tt.lie {
				endpoint = lying(t, endpoint)
			}
			at := []Option{Endpoint(w.srv.URL()), STSEndpoint(endpoint), w.user}
			read, write := mustOpen(t, append(at, Role(prodRead, ExternalID(theID)))...), mustOpen(t, append(at, Role(stage))...)
			began := time.Now()
			report, err := job(t, read, write, dynsync.WithPageSize(250), dynsync.WithWriteCapacity(dynsync.Units(2000))).Sync(t.Context())
			if err != nil || w.count(t) != items {
				t.Errorf("%d items: %v\n%v", w.count(t), err, report)
			}
			n := map[string]int{}
			for _, s := range w.sts.Sessions() {
				n[s.Role]++
			}
			t.Logf("%v, sessions: %v", time.Since(began), n)
			if n[prodRead] < 3 || n[stage] < 3 || n[prodRead]+n[stage] > 200 {
				t.Errorf("there were %v sessions in %v", n, time.Since(began))
			}
		})
	}
}

// An STS that fails for a while, in the midst of a copy, costs time and no item; a role that
// may not be assumed any more ends the job, which says so.
func TestSTSFailsDuringACopy(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	t.Parallel()
	for _, tt := range []struct {
		name, role string
		change     func(t *testing.T, w *world, down *atomic.Bool) // in the midst
		want       string                                          // "" for success
	}{
		{"it is down for a while", prodRead, func(_ *testing.T, _ *world, down *atomic.Bool) {
			down.Store(true)
			time.AfterFunc(3*time.Second, func() { down.Store(false) })
		}, ""},
		{"the source's role asks for another id", prodRead, func(t *testing.T, w *world, _ *atomic.Bool) {
			w.addRole(t, prodRead, "777788889999", "another", readsOnly)
		}, `source table "Users"`},
		{"the destination's role trusts another", stage, func(t *testing.T, w *world, _ *atomic.Bool) {
			w.addRole(t, stage, "111122223333", "", allowAll)
		}, `destination table "Copy"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dynsynctest.WithSessionLifetime(time.Second))
			const items = 6_000
			w.fill(t, items)
			down := new(atomic.Bool)
			at := []Option{Endpoint(w.srv.URL()), STSEndpoint(failing(t, w.sts.URL(), down)), w.user}
			read, write := mustOpen(t, append(at, Role(prodRead, ExternalID(theID)))...), mustOpen(t, append(at, Role(stage))...)
			time.AfterFunc(1500*time.Millisecond, func() { tt.change(t, w, down) })
			report, err := job(t, read, write, dynsync.WithPageSize(250), dynsync.WithWriteCapacity(dynsync.Units(1000))).Sync(t.Context())
			if tt.want == "" {
				if err != nil || w.count(t) != items {
					t.Errorf("%d items: %v\n%v", w.count(t), err, report)
				}
				return
			}
			if err == nil || dynsync.ExitCode(err) != 3 || !strings.Contains(err.Error(), "role "+tt.role+" may not be assumed: sts:AssumeRole is denied") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("exit code %d: %v", dynsync.ExitCode(err), err)
			}
			if table := report.Tables[0]; table.Written == 0 || table.Read != table.Written+table.Unsettled {
				t.Errorf("%v", report)
			}
		})
	}
}

// failing returns the URL of a proxy before STS that answers for it while it is down.
func failing(t *testing.T, of string, down *atomic.Bool) string {
	t.Helper()
	to, err := url.Parse(of)
	must(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // which is signed
	}}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if down.Load() {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// Keys that are wrong or have expired end a job, which names the side and no key.
func TestWrongKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("refused signatures are tried again for seconds")
	}
	t.Parallel()
	w := newWorld(t, dynsynctest.WithSessionLifetime(time.Second))
	creds, err := w.open(t, w.user, Role(stage)).Options().Credentials.Retrieve(t.Context())
	must(t, err)
	time.Sleep(1100 * time.Millisecond)
	for name, tt := range map[string]struct {
		keys Option
		want string
	}{
		"an unknown key":           {Keys("AKIA"+canary, canary, ""), "the access key is not accepted; check that it exists"},
		"a wrong secret":           {Keys("AKIACI", canary, ""), "check the secret access key, and the clock of this machine"},
		"a session that has ended": {Keys(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken), "the credentials have expired, and the client gets no newer ones; renew them"},
		"another session's token":  {Keys(creds.AccessKeyID, creds.SecretAccessKey, canary), "not accepted"},
		"a key of another account": {w.user, "the table does not exist in this account and region"},
	} {
		for _, of := range []string{"source", "destination"} {
			bad := w.open(t, tt.keys)
			syncer := job(t, bad, w.dest)
			if of == "destination" {
				syncer = job(t, w.source, bad)
			}
			exit := 3
			if strings.Contains(tt.want, "does not exist") {
				exit = 2
			}
			t.Run(name+", "+of, func(t *testing.T) {
				t.Parallel()
				wantMistake(t, syncer, of, exit, []string{tt.want})
			})
		}
	}
}
