package connect

import (
	"fmt"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// A way is how credentials are had.
type way uint8

const (
	byKey     way = iota // they are given
	byRole               // a role is assumed
	byToken              // a role is assumed with the token of a web identity
	byLogin              // a person logged in: single sign-on, aws login
	byProcess            // a program gives them
	byHost               // the container's endpoint gives them
	byMachine            // EC2's service of metadata gives them, or nobody does
)

// chain returns the provider that the SDK's default chain found.
func (s *settings) chain(cfg aws.Config) *provider {
	cache, ok := cfg.Credentials.(*aws.CredentialsCache)
	if !ok {
		cache = aws.NewCredentialsCache(cfg.Credentials)
	}
	env, shared := sourcesOf(cfg)
	way, kind := wayOf(cache.ProviderSources(), shared)
	of := story{side: s.side, way: way, profile: shared.Profile, role: env.RoleARN}
	if shared.RoleARN != "" && (way == byRole || !slices.Contains(cache.ProviderSources(), aws.CredentialSourceEnvVarsSTSWebIDToken)) {
		of.role, of.external = shared.RoleARN, shared.ExternalID != ""
	}
	of.half = (os.Getenv("AWS_ACCESS_KEY_ID") == "") != (os.Getenv("AWS_SECRET_ACCESS_KEY") == "")
	if way == byToken && of.role == env.RoleARN {
		of.tokenOf = "AWS_WEB_IDENTITY_TOKEN_FILE"
	}
	return &provider{cache: cache, kind: kind, story: of}
}

// wayOf tells how a provider comes by its credentials, and words that. The last of its
// sources gives the credentials.
func wayOf(sources []aws.CredentialSource, shared config.SharedConfig) (way, string) {
	profile := fmt.Sprintf("profile %q", shared.Profile)
	has := func(of ...aws.CredentialSource) bool {
		return slices.ContainsFunc(of, func(c aws.CredentialSource) bool { return slices.Contains(sources, c) })
	}
	switch {
	case has(aws.CredentialSourceEnvVarsSTSWebIDToken):
		return byToken, "a role assumed with the web identity of AWS_WEB_IDENTITY_TOKEN_FILE"
	case has(aws.CredentialSourceProfileSTSWebIDToken):
		return byToken, "a role assumed with the web identity of " + profile
	case has(aws.CredentialSourceSTSAssumeRole) || shared.RoleARN != "" && has(aws.CredentialSourceProfileSourceProfile, aws.CredentialSourceProfileNamedProvider):
		return byRole, "a role assumed by " + profile
	case has(aws.CredentialSourceEnvVars):
		return byKey, "the access key of the environment"
	case has(aws.CredentialSourceProfile):
		return byKey, "the access key of " + profile
	case has(aws.CredentialSourceSSO, aws.CredentialSourceSSOLegacy):
		return byLogin, "single sign-on of " + profile
	case has(aws.CredentialSourceLogin):
		return byLogin, "the login of " + profile
	case has(aws.CredentialSourceProcess):
		return byProcess, "the credential_process of " + profile
	case has(aws.CredentialSourceHTTP):
		return byHost, "the role of the container"
	}
	return byMachine, "the role of the EC2 instance, if it has one"
}
