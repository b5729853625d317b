package awskey

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/dynsync/dynsync/internal/reason"
)

// A SecretClient reads a secret: a *secretsmanager.Client.
type SecretClient interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// A SecretOption configures [Secret].
type SecretOption func(*secret)

// A secret is what Secret is told.
type secret struct {
	client SecretClient
	arn    string
	stage  string
	decode func(text string) ([]byte, error) // nil for the text as it is
	form   string                            // that decode reads
}

// Hex says that the secret is a text of hexadecimal digits. The default is to take a text
// as it is. White space around it does not count.
func Hex() SecretOption {
	return func(s *secret) { s.decode, s.form = hex.DecodeString, "hexadecimal digits" }
}

// Base64 says that the secret is a text in base64, with padding, by the standard alphabet.
// The default is to take a text as it is. White space around it does not count.
func Base64() SecretOption {
	return func(s *secret) { s.decode, s.form = base64.StdEncoding.DecodeString, "base64 with padding" }
}

// Stage says which version of the secret is the key, by its staging label. The default is
// AWSCURRENT. AWSPREVIOUS is the version before, while a key is rotated.
func Stage(label string) SecretOption { return func(s *secret) { s.stage = label } }

// Secret returns a function that reads the key from a secret of Secrets Manager. The ARN is
// that of the secret, with or without the six characters that AWS adds to its name. Binary
// secrets are taken as they are; [Hex] and [Base64] are for texts. Where the text is JSON,
// as the console makes it, its bytes are the key.
//
// The caller needs secretsmanager:GetSecretValue on the secret, and kms:Decrypt on its key
// if that is not the key of AWS. Turn automatic rotation of the secret off: it would change
// every pseudonym.
func Secret(client SecretClient, arn string, opts ...SecretOption) func(context.Context) ([]byte, error) {
	s := &secret{client: client, arn: arn, stage: "AWSCURRENT"}
	for _, o := range opts {
		if o != nil {
			o(s)
		}
	}
	return s.get
}

func (s *secret) get(ctx context.Context) ([]byte, error) {
	req := request{action: "secretsmanager:GetSecretValue", resource: s.arn}
	if err := req.check(s.client, secretARN, "the ARN of a secret, such as arn:aws:secretsmanager:eu-west-1:111122223333:secret:dynsync-AbCdEf"); err != nil {
		return nil, err
	}
	if c, ok := s.client.(*secretsmanager.Client); ok {
		if err := req.checkClient(ctx, c.Options().Region, c.Options().Credentials); err != nil {
			return nil, err
		}
	}
	if s.stage == "" || len(s.stage) > 256 {
		return nil, reason.Refuse(reason.Configuration, "awskey.Secret: the label of Stage has 1 to 256 characters, not %d", len(s.stage))
	}
	out, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.arn), VersionStage: aws.String(s.stage)})
	if err != nil {
		return nil, req.failed(err)
	}
	return s.key(out)
}

// key returns the key in an answer.
func (s *secret) key(out *secretsmanager.GetSecretValueOutput) ([]byte, error) {
	switch {
	case out == nil || out.SecretBinary == nil && out.SecretString == nil:
		return nil, reason.Refuse(reason.Configuration, "the secret %s has no value", s.arn)
	case out.SecretString == nil && s.decode != nil:
		return nil, reason.Refuse(reason.Configuration, "the secret %s is binary, and Hex and Base64 are for texts; leave them out", s.arn)
	case out.SecretString == nil:
		return out.SecretBinary, nil
	case s.decode == nil:
		return []byte(*out.SecretString), nil
	}
	key, err := s.decode(strings.TrimSpace(*out.SecretString))
	if err != nil { // its text can hold a character of the secret
		return nil, reason.Refuse(reason.Configuration, "the secret %s is no text of %s; store one, or take the option out", s.arn, s.form)
	}
	return key, nil
}
