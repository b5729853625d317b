package rawapi

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// vault hands out credentials that tests change.
type vault struct {
	mu    sync.Mutex
	creds aws.Credentials
	err   error
}

func (v *vault) set(creds aws.Credentials, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.creds, v.err = creds, err
}

func (v *vault) Retrieve(context.Context) (aws.Credentials, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.creds, v.err
}

func (v *vault) option(o *dynamodb.Options) { o.Credentials = v }

// Each request is signed with the credentials of its moment.
func TestDirectCredentialsRotate(t *testing.T) {
	a := aws.Credentials{AccessKeyID: "A", SecretAccessKey: "a"}
	b := aws.Credentials{AccessKeyID: "B", SecretAccessKey: "b", SessionToken: "session b"}
	c := aws.Credentials{AccessKeyID: "C", SecretAccessKey: "c", SessionToken: "session c"}
	for _, all := range [][]aws.Credentials{{a, a, b, c, a}, {b, b, a, c}} {
		s := serve(t, answers(ok(written)))
		v := new(vault)
		w := NewDirectWriter(s.client(v.option), nil)
		for i, creds := range all {
			v.set(creds, nil)
			if _, err := w.write(context.Background()); err != nil {
				t.Fatal(err)
			}
			r := s.got()[i]
			checkSignature(t, s, r, creds)
			if token := r.header.Get(tokenHeader); token != creds.SessionToken {
				t.Errorf("session token %q, want %q", token, creds.SessionToken)
			}
		}
		wantPath(t, w, "direct")
		if n := len(s.got()); n != len(all) {
			t.Errorf("%d requests", n)
		}
	}
}

// Credentials that expired are renewed by the SDK's provider, as far as it is
// asked; a provider that fails is the SDK's to report.
func TestDirectCredentialsExpire(t *testing.T) {
	v := &vault{creds: aws.Credentials{AccessKeyID: "old", SecretAccessKey: "old"}}
	s := serve(t, func(i int, r recorded) reply {
		if i > 0 && strings.Contains(r.header.Get(authHeader), "old") {
			v.set(aws.Credentials{AccessKeyID: "new", SecretAccessKey: "new"}, nil)
			return exception(403, "ExpiredTokenException", "expired")
		}
		return ok(written)
	})
	w := warm(t, s.client(v.option))
	if _, err := w.write(context.Background()); err != nil || len(s.got()) != 3 || !w.isDirect() {
		t.Errorf("error %v, %d requests, then direct %v", err, len(s.got()), w.isDirect())
	}
	gone := errors.New("no credentials")
	v.set(aws.Credentials{}, gone)
	if _, err := w.write(context.Background()); !errors.Is(err, gone) || len(s.got()) != 3 || w.isDirect() {
		t.Errorf("error %v, %d requests, then direct %v", err, len(s.got()), w.isDirect())
	}
}

// A server whose clock is ahead refuses dates that are not; the SDK finds out
// by how much, and direct requests keep to it.
func TestDirectClockSkew(t *testing.T) {
	const ahead = time.Hour
	for _, firstDirect := range []bool{false, true} {
		var strict atomic.Bool
		strict.Store(!firstDirect)
		s := serve(t, func(_ int, r recorded) reply {
			now := time.Now().Add(ahead)
			answer := ok(written)
			date, err := time.Parse(dateFormat, r.header.Get(dateHeader))
			if strict.Load() && (err != nil || now.Sub(date).Abs() > 5*time.Minute) {
				answer = exception(403, "InvalidSignatureException", "Signature expired")
			}
			answer.header = map[string]string{"Date": now.UTC().Format(http.TimeFormat)}
			if !strict.Load() {
				answer.header = nil
			}
			return answer
		})
		w := NewDirectWriter(s.client(), nil)
		if firstDirect { // the clocks part after a template was made
			w = warm(t, s.client())
			strict.Store(true)
		}
		for range 4 {
			if _, err := w.write(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if !w.isDirect() || w.direct.template("T", nil).skew.Round(time.Minute) != ahead {
			t.Fatalf("path %v", w.Path())
		}
		before := len(s.got())
		if _, err := w.write(context.Background()); err != nil || len(s.got()) != before+1 {
			t.Errorf("error %v, %d requests for a batch", err, len(s.got())-before)
		}
		checkRequest(t, s, s.got()[before])
	}
}

// captured is a client without a network, and the URLs it was sent to.
func captured(optFns ...func(*dynamodb.Options)) (*dynamodb.Client, *[]string) {
	urls := new([]string)
	o := options("")
	o.BaseEndpoint = nil
	return dynamodb.New(o, append(optFns, func(o *dynamodb.Options) {
		o.HTTPClient = doFunc(func(r *http.Request) (*http.Response, error) {
			*urls = append(*urls, r.Host+" "+r.URL.String())
			w := httptest.NewRecorder()
			ok(written).write(w, 0)
			return w.Result(), nil
		})
	})...), urls
}

// The endpoint is the one that the SDK's rules give.
func TestDirectEndpoints(t *testing.T) {
	account := func(o *dynamodb.Options) {
		o.AccountIDEndpointMode = aws.AccountIDEndpointModeRequired
		o.Credentials = &vault{creds: aws.Credentials{AccessKeyID: "A", SecretAccessKey: "a", AccountID: "123456789012"}}
	}
	tests := []struct {
		name   string
		want   string
		option func(*dynamodb.Options)
	}{
		{"plain", "dynamodb.us-east-1.amazonaws.com", func(*dynamodb.Options) {}},
		{"FIPS", "dynamodb-fips.us-east-1.amazonaws.com", func(o *dynamodb.Options) { o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled }},
		{"dual stack", "dynamodb.us-east-1.api.aws", func(o *dynamodb.Options) {
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}},
		{"account", "123456789012.ddb.us-east-1.amazonaws.com", account},
		{"region", "dynamodb.eu-central-1.amazonaws.com", func(o *dynamodb.Options) { o.Region = "eu-central-1" }},
		{"plain HTTP", "http://dynamodb.us-east-1.amazonaws.com", func(o *dynamodb.Options) { o.EndpointOptions.DisableHTTPS = true }},
		{"path", "https://gate.example/a%20b/dynamo", func(o *dynamodb.Options) { o.BaseEndpoint = aws.String("https://gate.example/a%20b/dynamo") }},
		{"port", "gate.example https://gate.example:443/", func(o *dynamodb.Options) { o.BaseEndpoint = aws.String("https://gate.example:443") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, urls := captured(tt.option)
			w := warm(t, client)
			if _, err := w.write(context.Background()); err != nil {
				t.Fatal(err)
			}
			wantPath(t, w, "direct")
			if u := *urls; len(u) != 2 || u[0] != u[1] || !strings.Contains(u[1], tt.want) {
				t.Errorf("requests to %q, want %s", u, tt.want)
			}
		})
	}
}

// The endpoint may depend on the account, so another account has another
// template.
func TestDirectAccountChanges(t *testing.T) {
	creds := aws.Credentials{AccessKeyID: "A", SecretAccessKey: "a", AccountID: "111111111111"}
	v := &vault{creds: creds}
	client, urls := captured(v.option, func(o *dynamodb.Options) { o.AccountIDEndpointMode = aws.AccountIDEndpointModePreferred })
	w := warm(t, client)
	creds.AccountID = "222222222222"
	v.set(creds, nil)
	for range 2 {
		if _, err := w.write(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	wantPath(t, w, "direct")
	u := *urls
	if len(u) != 3 || !strings.Contains(u[0], "//111111111111.") || !strings.Contains(u[1], "//222222222222.") || u[2] != u[1] {
		t.Errorf("requests to %q", u)
	}
}

// What the user's HTTP client adds to a request is not taken for the SDK's.
func TestDirectHTTPClient(t *testing.T) {
	s := serve(t, answers(ok(written)))
	var done atomic.Int32
	w := warm(t, s.client(func(o *dynamodb.Options) {
		next := o.HTTPClient
		o.HTTPClient = doFunc(func(r *http.Request) (*http.Response, error) {
			done.Add(1)
			r.Header.Add("X-Gate", "open")
			return next.Do(r)
		})
	}))
	if _, err := w.write(context.Background()); err != nil {
		t.Fatal(err)
	}
	wantPath(t, w, "direct")
	for _, r := range s.got() {
		if got := r.header.Values("X-Gate"); len(got) != 1 {
			t.Errorf("X-Gate: %q", got)
		}
	}
	if done.Load() != 2 {
		t.Errorf("the HTTP client did %d requests", done.Load())
	}
}

// TLS is no different.
func TestDirectTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { ok(written).write(w, 0) }))
	defer s.Close()
	w := warm(t, dynamodb.New(options(s.URL), func(o *dynamodb.Options) {
		o.HTTPClient = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	}))
	defer w.direct.options.HTTPClient.(*http.Client).CloseIdleConnections()
	if _, err := w.write(context.Background()); err != nil {
		t.Fatal(err)
	}
	wantPath(t, w, "direct")
}

// counting is a retryer that counts what it is asked for.
type counting struct {
	aws.RetryerV2
	tokens, successes, failures *atomic.Int32
	err                         error
}

func (c counting) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if c.tokens.Add(1) == 2 && c.err != nil {
		return nil, c.err
	}
	release, err := c.RetryerV2.GetAttemptToken(ctx)
	return func(err error) error {
		if err == nil {
			c.successes.Add(1)
		} else {
			c.failures.Add(1)
		}
		return release(err)
	}, err
}

// The client's retryer paces direct requests as it paces the SDK's: in adaptive
// mode it would else lose sight of most of the traffic.
func TestDirectRetryer(t *testing.T) {
	refused := errors.New("too fast")
	for _, err := range []error{nil, refused} {
		c := counting{retry.NewAdaptiveMode(), new(atomic.Int32), new(atomic.Int32), new(atomic.Int32), err}
		s := serve(t, answers(ok(written), ok(written), reply{abort: true}, ok(written)))
		w := warm(t, s.client(func(o *dynamodb.Options) { o.Retryer = c }))
		for range 2 {
			if _, err := w.write(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		// SDK, direct, direct that fails, SDK; or SDK, refused, SDK, direct that fails, SDK
		want := [3]int32{4, 3, 1}
		if err != nil {
			want = [3]int32{5, 3, 1}
		}
		if got := [3]int32{c.tokens.Load(), c.successes.Load(), c.failures.Load()}; got != want {
			t.Errorf("%v tokens, successes, failures, want %v", got, want)
		}
	}
	if _, err := attemptToken(context.Background(), oldRetryer{}); err != nil {
		t.Error(err)
	}
}

// oldRetryer is a retryer as they once were.
type oldRetryer struct{ aws.Retryer }

func (oldRetryer) GetInitialToken() func(error) error { return func(error) error { return nil } }
