package connect

import (
	"os"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/iam"
)

func TestTrustPolicy(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("testdata/trust.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, principal := range []string{"210987654321", "arn:aws:iam::210987654321:root"} {
		got, err := TrustPolicy(principal, "dynsync-prod-7f3a")
		if err != nil || got != strings.TrimSpace(string(want)) {
			t.Errorf("%s: %v\n%s", principal, err, got)
		}
	}
	for _, principal := range []string{"arn:aws:iam::210987654321:role/a/path/job", "arn:aws-cn:iam::210987654321:user/me"} {
		got, err := TrustPolicy(principal, "")
		if err != nil || strings.Contains(got, "Condition") || !strings.Contains(got, `"AWS": "`+principal+`"`) {
			t.Errorf("%s: %v\n%s", principal, err, got)
		}
		if _, err := iam.Parse([]byte(got)); err != nil {
			t.Error(err)
		}
	}
}

func TestFaultsOfTrustPolicy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ principal, externalID, want string }{
		{"", "", "neither an account nor an ARN; give an account of 12 digits"},
		{"*", "", "would let everybody assume"},
		{"11112222333", "", "neither an account nor an ARN"},
		{"arn:aws:iam::11112222333:root", "", "is not 12 digits"},
		{"arn:aws:iam::*:root", "", "is not 12 digits"},
		{"arn:aws:sts::111122223333:assumed-role/a/b", "", "a session, which ends"},
		{"arn:aws:s3:::bucket", "", `of the service "s3"`},
		{"arn:aws:iam:eu-central-1:111122223333:root", "", "without a region"},
		{"arn:aws:iam::111122223333:group/a", "", "neither root, a user nor a role"},
		{"arn:aws:iam::111122223333:role/*", "", "neither root, a user nor a role"},
		{"arn:evil:iam::111122223333:root", "", "a partition that is none of AWS's"},
		{"111122223333", "a", "the external id must be 2 to 1,224"},
		{"111122223333", canary + "*", "the external id must be"},
	} {
		_, err := TrustPolicy(tt.principal, tt.externalID)
		if err == nil || !strings.Contains(err.Error(), tt.want) || dynsync.ExitCode(err) != 2 {
			t.Errorf("%v, not %q", err, tt.want)
			continue
		}
		wantNoSecret(t, err)
	}
}
