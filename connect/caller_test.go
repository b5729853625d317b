package connect

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dynsync/dynsync"
)

// STS says whose credentials a client has, and an error says why it does not.
func TestCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		opts         []Option
		account, arn string
	}{
		{[]Option{w.user}, "777788889999", "arn:aws:iam::777788889999:user/ci"},
		{[]Option{w.user, Role(prodRead, ExternalID(theID), SessionName("night"))}, "111122223333", "arn:aws:sts::111122223333:assumed-role/prod-read/night"},
		{[]Option{w.user, Role(stage, SessionName("night"))}, "444455556666", "arn:aws:sts::444455556666:assumed-role/stage-write/night"},
	} {
		account, arn, err := Caller(t.Context(), w.open(t, tt.opts...))
		if account != tt.account || arn != tt.arn || err != nil {
			t.Errorf("%s, %s: %v, not %s", account, arn, err, tt.arn)
		}
	}
	keys := Keys("AKIA"+canary, canary, "")
	for _, tt := range []struct {
		opts []Option
		exit int
		want string
	}{
		{[]Option{keys, STSEndpoint(w.sts.URL())}, 3, "dynsync: source: AWS STS does not say who the caller is: the access key is not accepted"},
		{[]Option{keys, STSEndpoint(nobody())}, 6, "the connection is refused"},
		{[]Option{keys, STSEndpoint(silent(t))}, 6, "took longer than " + providerTimeout.String()},
		{[]Option{keys, STSEndpoint(refusing(t, 503, "ServiceUnavailable", canary))}, 6, "AWS STS does not say"},
		{[]Option{keys, STSEndpoint(answering(t, 200, "text/html", "<html>"+canary))}, 6, "AWS STS does not say"},
		{[]Option{w.user, Role(prodRead), STSEndpoint(w.sts.URL())}, 3, "dynsync: source: role " + prodRead + " may not be assumed"},
		{nil, 2, "the client's endpoint is local and no STS is named"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			if tt.exit == 6 && testing.Short() {
				t.Skip("it is tried again for seconds")
			}
			began := time.Now()
			_, _, err := Caller(t.Context(), mustOpen(t, append(tt.opts, Side("source"), Endpoint(w.srv.URL()))...))
			if err == nil || !strings.Contains(err.Error(), tt.want) || dynsync.ExitCode(err) != tt.exit || time.Since(began) > callerTime+5*time.Second {
				t.Fatalf("%v after %v, exit code %d, not %q", err, time.Since(began), dynsync.ExitCode(err), tt.want)
			}
			wantNoSecret(t, err)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Caller(ctx, w.open(t, w.user)); dynsync.ExitCode(err) != 6 {
		t.Error(err)
	}
	if _, _, err := Caller(t.Context(), w.srv.Client()); err == nil {
		t.Error("a local endpoint knows its caller")
	}
}

// The end of a session is met early, and a clock that is off begins no session for each
// request.
func TestEndsOfSessions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ left, want time.Duration }{
		{time.Hour, 55 * time.Minute}, {50 * time.Minute, 45 * time.Minute}, {15 * time.Minute, 13*time.Minute + 30*time.Second},
		{10 * time.Second, 9 * time.Second}, {time.Second, 900 * time.Millisecond}, {0, leastSession}, {-time.Hour, leastSession},
	} {
		creds, err := new(session).AdjustExpiresBy(aws.Credentials{CanExpire: true, Expires: time.Now().Add(tt.left)}, -renewEarly)
		if got := time.Until(creds.Expires); err != nil || (got-tt.want).Abs() > 100*time.Millisecond {
			t.Errorf("of %v, %v are used: %v", tt.left, got, err)
		}
	}
}
