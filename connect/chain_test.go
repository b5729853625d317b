package connect

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// An endpoint of credentials, as ECS, EKS and EC2 have one.
func keyServer(t *testing.T) *httptest.Server {
	t.Helper()
	const keys = `"AccessKeyId":"ASIAHOST","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/latest/api/token":
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
			_, _ = io.WriteString(w, "session")
		case strings.HasSuffix(r.URL.Path, "/security-credentials/"):
			_, _ = io.WriteString(w, "job")
		case strings.HasSuffix(r.URL.Path, "/security-credentials/job"):
			_, _ = io.WriteString(w, `{"Code":"Success","Type":"AWS-HMAC",`+keys+`}`)
		case r.URL.Path == "/keys" && r.Header.Get("Authorization") == "pod":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{`+keys+`}`)
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

// No option means the SDK's default chain, in its order.
func TestDefaultChain(t *testing.T) {
	srv := keyServer(t)
	file := file(t, "pod")
	for _, tt := range []struct {
		name string
		env  []string
		want string // access key
	}{
		{"environment", []string{"AWS_ACCESS_KEY_ID", "AKIAENV", "AWS_SECRET_ACCESS_KEY", "s", "AWS_PROFILE", "ci"}, "AKIAENV"},
		{"profile of the environment", []string{"AWS_PROFILE", "ci"}, "AKIAPROFILE"},
		{"default profile", nil, "AKIADEFAULT"},
		{"program", []string{"AWS_PROFILE", "program"}, "AKIAPROGRAM"},
		{"EKS Pod Identity", []string{"AWS_PROFILE", "empty", "AWS_CONTAINER_CREDENTIALS_FULL_URI", srv.URL + "/keys", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file}, "ASIAHOST"},
		{"ECS", []string{"AWS_PROFILE", "empty", "AWS_CONTAINER_CREDENTIALS_FULL_URI", srv.URL + "/keys", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod"}, "ASIAHOST"},
		{"EC2", []string{"AWS_PROFILE", "empty", "AWS_EC2_METADATA_DISABLED", "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT", srv.URL}, "ASIAHOST"},
	} {
		clear(t, append(tt.env, "AWS_REGION", "eu-central-1")...)
		profiles(t, `
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = s
[profile ci]
aws_access_key_id = AKIAPROFILE
aws_secret_access_key = s
[profile program]
credential_process = echo '{"Version": 1, "AccessKeyId": "AKIAPROGRAM", "SecretAccessKey": "s"}'
[profile empty]
region = eu-west-1
`)
		creds, err := mustOpen(t).Options().Credentials.Retrieve(t.Context())
		if err != nil || creds.AccessKeyID != tt.want {
			t.Errorf("%s: key %q: %v", tt.name, creds.AccessKeyID, err)
		}
	}
}

// The authorities of AWS_CA_BUNDLE are those of DynamoDB's endpoint, too.
func TestCABundle(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, `{"TableNames":[]}`)
	}))
	defer srv.Close()
	for _, trusted := range []bool{false, true} {
		clear(t)
		if trusted {
			t.Setenv("AWS_CA_BUNDLE", file(t, pemOf(srv.Certificate().Raw)))
		}
		_, err := mustOpen(t, Endpoint(srv.URL)).ListTables(t.Context(), nil)
		if (err == nil) != trusted {
			t.Errorf("trusted: %v, and the request: %v", trusted, err)
		}
	}
}
