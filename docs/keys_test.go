package docs_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/connect"
	"github.com/dynsync/dynsync/connect/awskey"
)

// mounted makes a job whose key is in a file, as docs/keys.md shows it.
func mounted(prod, stage *dynamodb.Client, path string) (*dynsync.Syncer, error) {
	// doc: key from a file
	return dynsync.New(
		dynsync.WithSource(prod), dynsync.WithDestination(stage, dynsync.Account(stageAccount)),
		dynsync.WithKeyFrom(func(context.Context) ([]byte, error) { return os.ReadFile(path) }), // a secret that is mounted
		dynsync.WithTable("ProdUsers", "StageUsers", dynsync.WithTransform("Email", anon.Email())),
	)
	// end
}

// fromSecret is the option for a secret.
func fromSecret(cfg aws.Config) dynsync.Option {
	// doc: key from a secret
	const secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:dynsync/key-AbCdEf"
	key := awskey.Secret(secretsmanager.NewFromConfig(cfg), secret, awskey.Hex()) // or Base64(), or neither for bytes
	return dynsync.WithKeyFrom(key)
	// end
}

// fromHMAC is the option for an HMAC key.
func fromHMAC(cfg aws.Config) dynsync.Option {
	// doc: key from kms
	const hmac = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	key := awskey.HMAC(kms.NewFromConfig(cfg), hmac, "staging")
	return dynsync.WithKeyFrom(key)
	// end
}

// byRole is the option for an HMAC key that a role of connect may use.
func byRole(ctx context.Context, role, id, hmac string) (dynsync.Option, error) {
	// doc: key by a role
	client, err := connect.Open(ctx, connect.Region("eu-west-1"), connect.Role(role, connect.ExternalID(id)))
	if err != nil {
		return nil, err
	}
	asRole := kms.New(kms.Options{Region: "eu-west-1", Credentials: client.Options().Credentials})
	return dynsync.WithKeyFrom(awskey.HMAC(asRole, hmac, "staging")), nil
	// end
}

// environments makes jobs for two audiences.
func environments(prod, stage, demo *dynamodb.Client, key func(context.Context) ([]byte, error)) (forStaging, forDemo *dynsync.Syncer, err error) {
	// doc: key of an environment
	job := func(to *dynamodb.Client, environment string) (*dynsync.Syncer, error) {
		return dynsync.New(
			dynsync.WithSource(prod), dynsync.WithDestination(to, dynsync.Account(stageAccount)),
			dynsync.WithKeyFrom(key), dynsync.WithEnvironment(environment),
			dynsync.WithTable("ProdUsers", "Users", dynsync.WithTransform("Email", anon.Email())),
		)
	}
	// end
	if forStaging, err = job(stage, "staging"); err != nil {
		return nil, nil, err
	}
	forDemo, err = job(demo, "demo")
	return forStaging, forDemo, err
}

// emailUnder returns what a job makes of an address.
func emailUnder(t *testing.T, s *dynsync.Syncer) string {
	t.Helper()
	rec, err := dynsync.NewRecord(map[string]any{"Id": "1", "Email": "alice@corp.test"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Transform(t.Context(), "ProdUsers", rec)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := out.Get("Email")
	text, _ := v.Text()
	return text
}

// The programs of docs/keys.md get their keys.
func TestKeyPrograms(t *testing.T) {
	t.Parallel()
	prod, stage, stop := setUp("ProdUsers", "StageUsers", "Id", "")
	defer stop()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, key, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := mounted(prod, stage, path)
	if err != nil {
		t.Fatal(err)
	}
	made := []string{emailUnder(t, s)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := `{"SecretString":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}`
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GenerateMac") {
			body = `{"Mac":"//4CAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}`
		}
		_, _ = io.WriteString(w, body)
	}))
	defer srv.Close()
	cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String(srv.URL), Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")}
	for _, option := range []dynsync.Option{fromSecret(cfg), fromHMAC(cfg)} {
		s, err := dynsync.New(option, dynsync.WithTable("ProdUsers", "StageUsers", dynsync.WithTransform("Email", anon.Email())))
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, emailUnder(t, s))
	}
	if _, err := byRole(t.Context(), "arn:aws:iam::"+stageAccount+":role/stage", "7f3a", "alias/dynsync"); err != nil {
		t.Error(err) // the role is assumed when the key is asked for
	}
	a, b, err := environments(prod, stage, stage, func(context.Context) ([]byte, error) { return key, nil })
	if err != nil {
		t.Fatal(err)
	}
	made = append(made, emailUnder(t, a), emailUnder(t, b))
	for i, one := range made {
		for _, other := range made[:i] {
			if one == other {
				t.Errorf("two keys make %s: %v", one, made)
			}
		}
	}
}

// Every program in Go on the page is one of these.
func TestKeyPageHasNoOtherPrograms(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("keys.md")
	if err != nil {
		t.Fatal(err)
	}
	all, known := strings.Count(string(text), "```go"), len(program.FindAll(text, -1))
	if all != known || all == 0 {
		t.Errorf("%d programs, and %d are held to those that run", all, known)
	}
}
