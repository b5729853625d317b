package connect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/dynsync/dynsync/internal/side"
)

// providerTimeout bounds a request of a provider of credentials, such as STS.
var providerTimeout = 5 * time.Second

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
	client, err := s.open(ctx)
	if err != nil {
		return nil, newOpenError(s.side, err)
	}
	return client, nil
}

// open makes the client of legal options. What the environment says of credentials is not
// even looked at where options give them, or where they would go to a local endpoint.
func (s *settings) open(ctx context.Context) (*dynamodb.Client, error) {
	cfg, err := s.load(ctx, config.WithCredentialsProvider(static(localKey, localSecret, "")))
	if err != nil {
		return nil, err
	}
	if s.asksChain(cfg) {
		if cfg, err = s.load(ctx); err != nil {
			return nil, err
		}
	}
	p, err := s.credentials(cfg)
	if err != nil {
		return nil, err
	}
	return s.client(cfg, p)
}

// asksChain reports whether the SDK's default chain gives credentials. It is not asked for
// those that no option names and that would go to a local endpoint.
func (s *settings) asksChain(cfg aws.Config) bool {
	switch {
	case s.keys != nil || s.web != nil:
		return false
	case s.profile != "":
		return true
	case len(s.roles) > 0:
		return !s.localSTS(cfg)
	}
	return !s.where(cfg).Local()
}

// localSTS reports whether the endpoint of STS is local for the roles of options.
func (s *settings) localSTS(cfg aws.Config) bool { return atLocalSTS(cfg, s.configureSTS) }

// atLocalSTS reports whether a client of STS leads to a local endpoint. That of the SDK's
// default chain has no options.
func atLocalSTS(cfg aws.Config, opts ...func(*sts.Options)) bool {
	return side.IsLocalURL(aws.ToString(sts.NewFromConfig(cfg, opts...).Options().BaseEndpoint))
}

// load reads the environment and the profile. The HTTP client is for providers of
// credentials; client tunes it for DynamoDB.
func (s *settings) load(ctx context.Context, opts ...func(*config.LoadOptions) error) (aws.Config, error) {
	opts = append(opts, config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(providerTimeout)))
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
	if cfg.Region == "" && s.where(cfg).Local() {
		cfg.Region = localRegion
	}
	return cfg, nil
}

// where returns where a client of a configuration leads.
func (s *settings) where(cfg aws.Config) side.Side {
	return side.Of(dynamodb.NewFromConfig(cfg, s.configure(cfg)))
}

// variable is the name of a variable in an error of the SDK.
var variable = regexp.MustCompile(`\bAWS_[A-Z0-9_]{2,60}\b`)

// explainLoad words an error of the SDK's configuration.
func explainLoad(err error) error {
	var missing config.SharedConfigProfileNotExistError
	var role config.SharedConfigAssumeRoleError
	var noARN config.CredentialRequiresARNError
	var noToken config.AssumeRoleTokenProviderNotSetError
	var file config.SharedConfigLoadError
	var path *fs.PathError
	text := "the environment (AWS_…) or the files of profiles (~/.aws) hold a value that the SDK does not take; check them (Unwrap has the cause)"
	if name := variable.FindString(err.Error()); name != "" {
		text = name + " has a value that the SDK does not take; correct it (Unwrap has the cause)"
	}
	switch {
	case strings.Contains(err.Error(), "custom CA bundle"), errors.As(err, &path) && path.Path == os.Getenv("AWS_CA_BUNDLE"):
		text = "the file of AWS_CA_BUNDLE, or of ca_bundle in the profile, cannot be read, or has no certificates in PEM form; check the path and the file"
	case errors.As(err, &role):
		text = fmt.Sprintf("the profile %q, which is the source_profile of a role, does not exist or has no credentials; check source_profile in ~/.aws/config", role.Profile)
	case errors.As(err, &missing):
		text = fmt.Sprintf("the profile %q does not exist; check its name, AWS_PROFILE, and the files of profiles (~/.aws/config, ~/.aws/credentials, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE)", missing.Profile)
		if awsRegion.MatchString(missing.Profile) {
			text = fmt.Sprintf("the profile %q does not exist; it looks like a region, which Region and AWS_REGION take", missing.Profile)
		}
	case errors.As(err, &noARN):
		text = "a web identity has a token and no role; set AWS_ROLE_ARN, or role_arn in the profile"
	case errors.As(err, &noToken):
		text = "the profile asks for an MFA code, which a job cannot enter; begin a session with it first, and use the session's keys"
	case errors.As(err, &file):
		text = "a file of profiles cannot be read; check its syntax and rights (~/.aws/config, ~/.aws/credentials, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE)"
	}
	return &loadError{text, err}
}

// callers returns the client of STS that knows whose credentials the provider gives, nil
// if no option names these, and either they are those of a local endpoint and STS is not, or
// STS is local and they are not.
func (s *settings) callers(cfg aws.Config, p *provider) *sts.Client {
	if !s.namesCredentials() && s.where(cfg).Local() != s.localSTS(cfg) {
		return nil
	}
	return sts.NewFromConfig(cfg, s.configureSTS, func(o *sts.Options) { o.Credentials = p })
}

// configure returns what sets the options of a client of a configuration.
func (s *settings) configure(cfg aws.Config) func(*dynamodb.Options) {
	h := cfg.HTTPClient.(*awshttp.BuildableClient) // of load, to which the SDK may have added AWS_CA_BUNDLE
	return func(o *dynamodb.Options) {
		o.HTTPClient = tuned(h.WithTimeout(0), s.requests)
		if s.endpoint != "" {
			o.BaseEndpoint = aws.String(s.endpoint)
		}
	}
}

// client makes the client of a configuration, with those credentials.
func (s *settings) client(cfg aws.Config, p *provider) (*dynamodb.Client, error) {
	if err := checkSide(s.where(cfg)); err != nil {
		return nil, err
	}
	p.origin, p.story.side = s.regionOrigin(cfg), s.side
	p.sts = s.callers(cfg, p)
	return dynamodb.NewFromConfig(cfg, s.configure(cfg), func(o *dynamodb.Options) { o.Credentials = p }), nil
}

// checkSide says what keeps every request of a client from success.
func checkSide(where side.Side) error {
	switch where.Fault() {
	case side.NoURL:
		return errors.New("the endpoint of AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL or the profile is no URL with a scheme and a host, or AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT is set, with which no endpoint can be given")
	case side.NoRegion:
		return errors.New("there is no region; set Region, AWS_REGION, or a region in the profile")
	}
	return nil
}

// regionOrigin says where the region of a configuration is from.
func (s *settings) regionOrigin(cfg aws.Config) string {
	env, shared := sourcesOf(cfg)
	switch {
	case s.region != "":
		return "an option"
	case env.Region != "":
		return "the environment"
	case shared.Region != "":
		return fmt.Sprintf("profile %q", shared.Profile)
	}
	return "the default of a local endpoint"
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
