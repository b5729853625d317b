package dynsynctest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/dynsynctest"
)

// TestSignatureDates holds the edges of the tolerance, to the second.
func TestSignatureDates(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	srv, _ := newServer(t, dynsynctest.WithClock(func() time.Time { return now }), dynsynctest.WithSignatureDates(15*time.Minute))
	for _, test := range []struct{ date, want string }{
		{"20260102T030405Z", ""}, {"20260102T024905Z", ""}, {"20260102T031905Z", ""},
		{"20260102T024904Z", "InvalidSignatureException"}, {"20260102T031906Z", "InvalidSignatureException"},
		{"20260102T020405Z", "Signature expired: 20260102T020405Z is now earlier than 20260102T024905Z (20260102T030405Z - 15 min.)"},
		{"20260102T040405Z", "Signature not yet current: 20260102T040405Z is still later than 20260102T031905Z (20260102T030405Z + 15 min.)"},
		{"20250102T030405Z", "Signature expired"}, {"20270102T030405Z", "Signature not yet current"}, {"20260103T030405Z", "Signature not yet current"},
		{"", "IncompleteSignatureException"}, {"2026-01-02T03:04:05Z", "IncompleteSignatureException"}, {"20260132T030405Z", "IncompleteSignatureException"},
	} {
		req, err := http.NewRequest(http.MethodPost, srv.URL(), strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=dynsynctest/20260102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
		if test.date != "" {
			req.Header.Set("X-Amz-Date", test.date)
		}
		status, answer, header := send(t, req)
		if (status == 200) != (test.want == "") || !strings.Contains(answer, test.want) {
			t.Errorf("%q: %d %s", test.date, status, answer)
		}
		if got := header.Get("Date"); got != "Fri, 02 Jan 2026 03:04:05 GMT" {
			t.Errorf("Date: %s", got)
		}
	}
}

// A client whose clock is an hour off is refused once: the SDK learns the difference from
// the answer's date. A clock that jumps is learned anew.
func TestSignatureDatesTeach(t *testing.T) {
	ahead := time.Hour
	srv, c := newServer(t, dynsynctest.WithClock(func() time.Time { return time.Now().Add(ahead) }), dynsynctest.WithSignatureDates(15*time.Minute))
	describe := func() error {
		_, err := c.ListTables(context.Background(), &dynamodb.ListTablesInput{})
		return err
	}
	for _, ahead = range []time.Duration{time.Hour, 0, -time.Hour, 24 * time.Hour} {
		if ahead != 0 {
			fails(t, describe(), "InvalidSignatureException", "Signature ")
		} else if describe() == nil {
			t.Error("the clock jumped back, and the SDK's correction is still taken")
		}
		if err := describe(); err != nil {
			t.Errorf("a clock %v ahead: %v", ahead, err)
		}
	}
	if off := srv.Client(); off != nil {
		_, err := off.ListTables(context.Background(), &dynamodb.ListTablesInput{Limit: aws.Int32(1)})
		if err != nil {
			t.Errorf("with the SDK's retries: %v", err)
		}
	}
}

// By default dates are not looked at.
func TestSignatureDatesDefault(t *testing.T) {
	_, c := newServer(t, dynsynctest.WithClock(func() time.Time { return time.Now().Add(time.Hour) }))
	if _, err := c.ListTables(context.Background(), &dynamodb.ListTablesInput{}); err != nil {
		t.Error(err)
	}
}
