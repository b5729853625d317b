package awskey_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/connect/awskey"
	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/reason"
)

const (
	secretName = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:dynsync/staging-AbCdEf"
	keyARN     = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	// canary is part of every secret and of every text of an answer.
	canary = "canary-0123456789abcdef-0123456789abcdef"
)

// An answer is what the fake service says.
type answer struct {
	status int // 0 for 200
	body   any // JSON, or bytes as they are
	wait   time.Duration
}

// refuse is the answer of an error code.
func refuse(status int, code string) answer {
	return answer{status: status, body: map[string]string{"__type": "com.amazonaws#" + code, "message": "no " + canary}}
}

// service speaks the JSON protocol of Secrets Manager and KMS. It gives the last request.
func service(t *testing.T, a answer) (url string, asked *map[string]any) {
	t.Helper()
	asked = &map[string]any{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got := map[string]any{}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Errorf("the request is no JSON: %s", text)
		}
		got["target"] = r.Header.Get("X-Amz-Target")
		*asked = got
		select {
		case <-time.After(a.wait):
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if a.status != 0 {
			w.WriteHeader(a.status)
		}
		body, raw := a.body.([]byte)
		if !raw {
			body, _ = json.Marshal(a.body)
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

// signer gives credentials, or fails.
type signer struct{ err error }

func (s signer) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret-" + canary}, s.err
}

func secrets(url string, edit ...func(*secretsmanager.Options)) *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{Region: "eu-west-1", BaseEndpoint: aws.String(url), Credentials: signer{}, RetryMaxAttempts: 1}, edit...)
}

func keys(url string, edit ...func(*kms.Options)) *kms.Client {
	return kms.New(kms.Options{Region: "eu-west-1", BaseEndpoint: aws.String(url), Credentials: signer{}, RetryMaxAttempts: 1}, edit...)
}

func TestSecret(t *testing.T) {
	t.Parallel()
	raw := []byte(canary)
	tests := []struct {
		what string
		body map[string]any
		opts []awskey.SecretOption
		want []byte
	}{
		{"binary", map[string]any{"SecretBinary": raw}, nil, raw},
		{"a text as it is", map[string]any{"SecretString": canary}, nil, raw},
		{"a text with a line end, which is part of it", map[string]any{"SecretString": canary + "\n"}, nil, []byte(canary + "\n")},
		{"JSON, as it is", map[string]any{"SecretString": `{"key":"` + canary + `"}`}, nil, []byte(`{"key":"` + canary + `"}`)},
		{"hexadecimal digits", map[string]any{"SecretString": hex.EncodeToString(raw)}, []awskey.SecretOption{awskey.Hex()}, raw},
		{"capital digits and white space", map[string]any{"SecretString": " " + strings.ToUpper(hex.EncodeToString(raw)) + "\r\n"}, []awskey.SecretOption{awskey.Hex()}, raw},
		{"base64", map[string]any{"SecretString": base64.StdEncoding.EncodeToString(raw) + "\n"}, []awskey.SecretOption{nil, awskey.Base64()}, raw},
	}
	for _, tt := range tests {
		url, asked := service(t, answer{body: tt.body})
		got, err := awskey.Secret(secrets(url), secretName, tt.opts...)(t.Context())
		if err != nil || string(got) != string(tt.want) {
			t.Errorf("%s: %q, %v", tt.what, got, err)
		}
		if r := *asked; r["target"] != "secretsmanager.GetSecretValue" || r["SecretId"] != secretName || r["VersionStage"] != "AWSCURRENT" {
			t.Errorf("%s: asked %v", tt.what, r)
		}
	}
	url, asked := service(t, answer{body: tests[0].body})
	if _, err := awskey.Secret(secrets(url), secretName, awskey.Stage("AWSPREVIOUS"))(t.Context()); err != nil || (*asked)["VersionStage"] != "AWSPREVIOUS" {
		t.Errorf("%v: %v", *asked, err)
	}
}

// The code is that of the text with the environment, and a job takes it as a key.
func TestHMAC(t *testing.T) {
	t.Parallel()
	secret := []byte(canary)
	seen := map[string]bool{}
	for _, environment := range []string{"", "staging", "demo", "~ ~"} {
		for _, id := range []string{keyARN, "arn:aws-cn:kms:eu-west-1:111122223333:alias/dynsync", "1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab", "alias/dyn/sync_1"} {
			text := "dynsync: key of pseudonyms 1: environment " + environment
			h := hmac.New(sha256.New, secret)
			h.Write([]byte(text))
			want := h.Sum(nil)
			url, asked := service(t, answer{body: map[string]any{"Mac": want}})
			give := awskey.HMAC(keys(url), id, environment)
			got, err := give(t.Context())
			if err != nil || string(got) != string(want) {
				t.Errorf("%q, %q: %x, %v", environment, id, got, err)
			}
			if r := *asked; r["target"] != "TrentService.GenerateMac" || r["KeyId"] != id || r["MacAlgorithm"] != "HMAC_SHA_256" || r["Message"] != base64.StdEncoding.EncodeToString([]byte(text)) {
				t.Errorf("%q: asked %v", environment, r)
			}
			seen[string(got)] = true
			s, err := dynsync.New(dynsync.WithKeyFrom(give), dynsync.WithTable("Users", "Users"))
			if err != nil {
				t.Fatal(err)
			}
			rec, err := dynsync.NewRecord(map[string]any{"Id": "1"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Transform(t.Context(), "Users", rec); err != nil {
				t.Error(err)
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("4 environments have %d keys", len(seen))
	}
}

// A mistake is bad input, and what its error says.
type mistake struct {
	what string
	give func(t *testing.T) func(context.Context) ([]byte, error)
	on   string // the action and the resource, where the service was asked
	want string
	exit int
}

// refusedAs are the codes of answers for both services.
var refusedAs = []struct {
	code   string
	status int
	secret bool // of Secrets Manager
	want   string
	exit   int
}{
	{"ResourceNotFoundException", 400, true, "finds no such secret, or no version of that stage", 2},
	{"InvalidRequestException", 400, true, "marked for deletion", 2},
	{"InvalidParameterException", 400, true, "check the ARN", 2},
	{"DecryptionFailure", 400, true, "allow kms:Decrypt on its KMS key", 3},
	{"InternalServiceError", 500, true, "start the job again later", 6},
	{"AccessDeniedException", 400, true, "is denied; allow the action on it in the caller's policies and in the policy of the resource; a secret under a KMS key of the account also needs kms:Decrypt", 3},
	{"UnrecognizedClientException", 400, true, "the access key is not accepted", 3},
	{"ExpiredTokenException", 400, true, "the credentials have expired", 3},
	{"NotFoundException", 400, false, "finds no such key", 2},
	{"DisabledException", 400, false, "finds the key disabled; enable it", 3},
	{"KMSInvalidStateException", 400, false, "pending deletion", 3},
	{"InvalidKeyUsageException", 400, false, "specification HMAC_256", 2},
	{"KeyUnavailableException", 500, false, "later", 6},
	{"AccessDeniedException", 400, false, "is denied; allow the action on it in the caller's policies and in the policy of the resource", 3},
	{"InvalidSignatureException", 403, false, "the clock of this machine", 3},
	{"ThrottlingException", 400, false, "later", 6},
	{"SomethingNew", 400, false, "fails with HTTP status 400", 3},
	{"SomethingNew", 503, true, "later", 6},
}

func mistakes() []mistake {
	secret := func(a answer, opts ...awskey.SecretOption) func(t *testing.T) func(context.Context) ([]byte, error) {
		return func(t *testing.T) func(context.Context) ([]byte, error) {
			url, _ := service(t, a)
			return awskey.Secret(secrets(url), secretName, opts...)
		}
	}
	named := func(arn string) func(t *testing.T) func(context.Context) ([]byte, error) {
		return func(t *testing.T) func(context.Context) ([]byte, error) {
			return awskey.Secret(secrets("http://127.0.0.1:1"), arn)
		}
	}
	code := func(a answer) func(t *testing.T) func(context.Context) ([]byte, error) {
		return func(t *testing.T) func(context.Context) ([]byte, error) {
			url, _ := service(t, a)
			return awskey.HMAC(keys(url), keyARN, "")
		}
	}
	of := func(id, environment string) func(t *testing.T) func(context.Context) ([]byte, error) {
		return func(t *testing.T) func(context.Context) ([]byte, error) {
			return awskey.HMAC(keys("http://127.0.0.1:1"), id, environment)
		}
	}
	const badARN, badKey = "secretsmanager:GetSecretValue needs the ARN of a secret", "kms:GenerateMac needs the ARN of a key"
	all := []mistake{
		{"no ARN", named(""), "", badARN, 2},
		{"a name", named("dynsync/staging"), "", badARN, 2},
		{"another service's ARN", named(keyARN), "", badARN, 2},
		{"an account of 11 digits", named("arn:aws:secretsmanager:eu-west-1:11112222333:secret:x"), "", badARN, 2},
		{"no region", named("arn:aws:secretsmanager::111122223333:secret:x"), "", badARN, 2},
		{"a line end", named(secretName + "\n"), "", badARN, 2},
		{"another region than the client's", named("arn:aws:secretsmanager:us-east-1:111122223333:secret:x"), "", "the client is of region eu-west-1; give a client of region us-east-1", 2},
		{"no stage", secret(answer{}, awskey.Stage("")), "", "the label of Stage has 1 to 256 characters", 2},
		{"nothing in the answer", secret(answer{body: map[string]any{}}), "", "has no value", 2},
		{"no digits", secret(answer{body: map[string]any{"SecretString": canary}}, awskey.Hex()), "", "is no text of hexadecimal digits", 2},
		{"no base64", secret(answer{body: map[string]any{"SecretString": "-" + canary}}, awskey.Base64()), "", "is no text of base64", 2},
		{"bytes for a text", secret(answer{body: map[string]any{"SecretBinary": []byte(canary)}}, awskey.Base64()), "", "is binary", 2},
		{"too short", secret(answer{body: map[string]any{"SecretString": canary[:20]}}), "", "WithKeyFrom needs 32 bytes or more", 2},
		{"a web page", secret(answer{body: []byte("<html>" + canary)}), "", "the answer is damaged, or not the service's", 2},
		{"a gateway's page", secret(answer{status: 404, body: []byte("<html>" + canary)}), "", "HTTP status 404", 3},
		{"nobody listens", named(secretName), "", "is not answered: the endpoint cannot be reached", 6},
		{"nil", func(*testing.T) func(context.Context) ([]byte, error) {
			return awskey.Secret(nil, secretName)
		}, "", "the client is nil", 2},
		{"a nil client", func(*testing.T) func(context.Context) ([]byte, error) {
			return awskey.HMAC((*kms.Client)(nil), keyARN, "")
		}, "", "the client is nil", 2},
		{"no credentials", func(*testing.T) func(context.Context) ([]byte, error) {
			return awskey.HMAC(keys("http://127.0.0.1:1", func(o *kms.Options) { o.Credentials = signer{errors.New(canary)} }), keyARN, "")
		}, "kms:GenerateMac on " + keyARN, "are no credentials", 3},
		{"a role that may not be assumed", func(*testing.T) func(context.Context) ([]byte, error) {
			lack := &awserr.CredentialsError{Text: "role r may not be assumed", Class: reason.Access, Err: errors.New(canary)}
			return awskey.Secret(secrets("http://127.0.0.1:1", func(o *secretsmanager.Options) { o.Credentials = signer{lack} }), secretName)
		}, "secretsmanager:GetSecretValue on " + secretName, "role r may not be assumed", 3},
		{"no key", of("", ""), "", badKey, 2},
		{"a secret's ARN", of(secretName, ""), "", badKey, 2},
		{"half an id", of("1234abcd-12ab-34cd", ""), "", badKey, 2},
		{"a key of another region", of("arn:aws:kms:us-east-1:111122223333:alias/x", ""), "", "give a client of region us-east-1", 2},
		{"an environment with a line end", of(keyARN, "a\n"), "", "the environment is empty or has 1 to 64 printable", 2},
		{"a long environment", of(keyARN, strings.Repeat("x", 65)), "", "the environment is empty or has 1 to 64 printable", 2},
		{"half a code", code(answer{body: map[string]any{"Mac": []byte(canary[:16])}}), "", "no code of 32 bytes", 1},
		{"no code", code(answer{body: map[string]any{}}), "", "no code of 32 bytes", 1},
		{"no answer in time", code(answer{wait: time.Minute, body: map[string]any{}}), "", "the context ended", 6},
	}
	for _, r := range refusedAs {
		m := mistake{r.code, code(refuse(r.status, r.code)), "kms:GenerateMac on " + keyARN, r.want, r.exit}
		if r.secret {
			m.give, m.on = secret(refuse(r.status, r.code)), "secretsmanager:GetSecretValue on "+secretName
		}
		all = append(all, m)
	}
	return all
}

// Bad input ends in seconds, with what, where and what to do, and without a secret.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, m := range mistakes() {
		t.Run(m.what, func(t *testing.T) {
			t.Parallel()
			s, err := dynsync.New(dynsync.WithKeyFrom(m.give(t)), dynsync.WithTable("Users", "Users"))
			if err != nil {
				t.Fatal(err)
			}
			rec, err := dynsync.NewRecord(map[string]any{"Id": "1"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err = s.Transform(ctx, "Users", rec)
			if err == nil || !strings.Contains(err.Error(), m.want) || !strings.Contains(err.Error(), m.on) {
				t.Fatalf("%v\nwant %q %q", err, m.on, m.want)
			}
			if text := fmt.Sprintf("%v %+v %#v %q", err, err, err, err); strings.Contains(text, "canary") {
				t.Errorf("the error tells a secret: %s", text)
			}
			if got := dynsync.ExitCode(err); got != m.exit {
				t.Errorf("the exit code is %d, want %d: %v", got, m.exit, err)
			}
		})
	}
}
