package connect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/side"
)

// providerTimeout bounds a request of a provider of credentials, such as STS. The SDK
// makes up to three.
const providerTimeout = 10 * time.Second

// Open returns a client of DynamoDB for a job, whose HTTP client is tuned for bulk copies
// (see [HTTPClient]). It reads the environment and the files of profiles, and sends no
// request: a role is assumed, and a profile's session is asked for, at the client's first
// request. Errors of credentials are those of that request, in words of this package.
//
// The error joins all faults of the options. Options that contradict each other are one
// fault, which names both.
//
// The client can be used at once by several goroutines. It is a plain client of the SDK:
// dynsync moves items through it as they are, see ReadPath of [dynsync.TableReport].
func Open(ctx context.Context, opts ...Option) (*dynamodb.Client, error) {
	s := newSettings(opts)
	if faults := s.check(); len(faults) > 0 {
		return nil, newOpenError(s.side, faults...)
	}
	cfg, err := s.load(ctx)
	if err != nil {
		return nil, newOpenError(s.side, err)
	}
	client, err := s.client(cfg)
	if err != nil {
		return nil, newOpenError(s.side, err)
	}
	return client, nil
}

// load reads the environment and the profile. The HTTP client is for providers of
// credentials; client tunes it for DynamoDB.
func (s *settings) load(ctx context.Context) (aws.Config, error) {
	opts := []func(*config.LoadOptions) error{
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(providerTimeout)),
	}
	if s.region != "" {
		opts = append(opts, config.WithRegion(s.region))
	}
	if s.profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(s.profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return cfg, explainLoad(err)
	}
	if cfg.Region != "" {
		if err := checkRegion("the region of "+s.regionOrigin(cfg), cfg.Region); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

// explainLoad words an error of the SDK's configuration.
func explainLoad(err error) error {
	var missing config.SharedConfigProfileNotExistError
	var role config.SharedConfigAssumeRoleError
	var noARN config.CredentialRequiresARNError
	var noToken config.AssumeRoleTokenProviderNotSetError
	var file config.SharedConfigLoadError
	text := "the environment (AWS_…) or the files of profiles (~/.aws) hold a value that the SDK does not take; check them (Unwrap has the cause)"
	switch {
	case errors.As(err, &missing):
		text = fmt.Sprintf("the profile %q does not exist; check its name, AWS_PROFILE, and the files of profiles (~/.aws/config, ~/.aws/credentials, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE)", missing.Profile)
	case errors.As(err, &role):
		text = fmt.Sprintf("the profile %q has a role without credentials to assume it; give it source_profile or credential_source", role.Profile)
	case errors.As(err, &noARN):
		text = "a web identity has a token and no role; set AWS_ROLE_ARN, or role_arn in the profile"
	case errors.As(err, &noToken):
		text = "the profile asks for an MFA code, which a job cannot enter; begin a session with it first, and use the session's keys"
	case errors.As(err, &file):
		text = "a file of profiles cannot be read; check its syntax and rights (~/.aws/config, ~/.aws/credentials, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE)"
	}
	return &loadError{text, err}
}

// client makes the client of a configuration.
func (s *settings) client(cfg aws.Config) (*dynamodb.Client, error) {
	h := cfg.HTTPClient.(*awshttp.BuildableClient) // of load, to which the SDK may have added AWS_CA_BUNDLE
	configure := func(o *dynamodb.Options) {
		o.HTTPClient = tuned(h.WithTimeout(0), s.requests)
		if s.endpoint != "" {
			o.BaseEndpoint = aws.String(s.endpoint)
		}
	}
	where := side.Of(dynamodb.NewFromConfig(cfg, configure))
	origin := s.regionOrigin(cfg)
	if where.Local() && cfg.Region == "" {
		cfg.Region, origin = localRegion, "the default of a local endpoint"
	}
	if err := checkSide(where, cfg.Region); err != nil {
		return nil, err
	}
	p := s.credentials(cfg, where.Local())
	p.origin = origin
	return dynamodb.NewFromConfig(cfg, configure, func(o *dynamodb.Options) { o.Credentials = p }), nil
}

// checkSide says what keeps every request of a client from success.
func checkSide(where side.Side, region string) error {
	switch where.Fault() {
	case side.NoURL:
		return errors.New("the endpoint of AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL or the profile is no URL with a scheme and a host, or AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT is set, with which no endpoint can be given")
	case side.NoRegion:
		return errors.New("there is no region; set Region, AWS_REGION, or a region in the profile")
	}
	if region == "" {
		return errors.New("there is no region; set Region, AWS_REGION, or a region in the profile")
	}
	return nil
}

// regionOrigin says where the region is from, "" if there is none.
func (s *settings) regionOrigin(cfg aws.Config) string {
	env, shared := sourcesOf(cfg)
	switch {
	case cfg.Region == "":
		return ""
	case s.region != "":
		return "an option"
	case env.Region != "":
		return "the environment"
	case shared.Profile != "":
		return fmt.Sprintf("profile %q", shared.Profile)
	}
	return "the SDK"
}

// sourcesOf returns what the environment and the profile say.
func sourcesOf(cfg aws.Config) (env config.EnvConfig, shared config.SharedConfig) {
	for _, source := range cfg.ConfigSources {
		switch source := source.(type) {
		case config.EnvConfig:
			env = source
		case config.SharedConfig:
			shared = source
		}
	}
	return env, shared
}
