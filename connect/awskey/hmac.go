package awskey

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/dynsync/dynsync/internal/reason"
)

// A MACClient computes a code: a *kms.Client.
type MACClient interface {
	GenerateMac(context.Context, *kms.GenerateMacInput, ...func(*kms.Options)) (*kms.GenerateMacOutput, error)
}

// message begins the text whose code is the key. It does not change, or every pseudonym
// would. The name of the environment follows and ends it.
const message = "dynsync: key of pseudonyms 1: environment "

// codeLength is the length in bytes of HMAC_SHA_256.
const codeLength = 32

// HMAC returns a function that makes the key of an HMAC key of AWS KMS: the code
// HMAC_SHA_256 of a fixed text with the environment. So no file and no store holds the key,
// CloudTrail tells who asked for it, and a disabled KMS key gives none. keyID is an ARN of a
// key or of an alias, a key's id, or a name such as alias/dynsync. KMS does not rotate HMAC
// keys by itself; an alias that is moved to another key changes every pseudonym.
//
// The environment is "", or has 1 to 64 printable ASCII characters. A right to use the KMS
// key covers all environments, since IAM has no condition on the text. Environments that
// people must not cross get KMS keys of their own.
//
// The caller needs kms:GenerateMac on the key, whose specification is HMAC_256 and whose
// usage is GENERATE_VERIFY_MAC.
func HMAC(client MACClient, keyID, environment string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) { return mac(ctx, client, keyID, environment) }
}

func mac(ctx context.Context, client MACClient, keyID, environment string) ([]byte, error) {
	req := request{action: "kms:GenerateMac", resource: keyID}
	if err := req.check(client, keyName, "the ARN of a key or of an alias, the id of a key, or a name such as alias/dynsync"); err != nil {
		return nil, err
	}
	if c, ok := client.(*kms.Client); ok {
		if err := req.checkClient(ctx, c.Options().Region, c.Options().Credentials); err != nil {
			return nil, err
		}
	}
	if !environmentName.MatchString(environment) {
		return nil, reason.Refuse(reason.Configuration, "awskey.HMAC: the environment is empty or has 1 to 64 printable ASCII characters")
	}
	out, err := client.GenerateMac(ctx, &kms.GenerateMacInput{
		KeyId: aws.String(keyID), MacAlgorithm: types.MacAlgorithmSpecHmacSha256, Message: []byte(message + environment),
	})
	if err != nil {
		return nil, req.failed(err)
	}
	if out == nil || len(out.Mac) != codeLength {
		return nil, reason.Refuse(reason.Unexpected, "%s: the answer has no code of %d bytes; check that the client's endpoint is that of AWS KMS", req, codeLength)
	}
	return out.Mac, nil
}
