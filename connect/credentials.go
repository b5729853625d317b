package connect

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/dynsync/dynsync/internal/reason"
)

// What holds at a local endpoint. DynamoDB Local keeps tables apart by access key and
// region, so that all who use the same ones see the same tables.
const (
	localKey    = "dummyid"
	localSecret = "dummysecret"
	localRegion = "us-west-2"
)

// renewEarly is how long before the end of a session a new one begins, and at most a tenth
// of the session.
const renewEarly = 5 * time.Minute

// leastSession is how long a session is used that seems to be over when it begins.
const leastSession = time.Minute

// A provider gives a client its credentials, which a cache holds until they expire, and
// knows for [Describe] what they are.
type provider struct {
	cache  *aws.CredentialsCache
	kind   string // in words
	origin string // of the region, in words
	story  story
	sts    *sts.Client // with these credentials; nil at a local endpoint whose key is of nobody
}

// Retrieve implements [aws.CredentialsProvider]. Its errors are in words of this package.
func (p *provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	creds, err := p.cache.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, p.story.tell(ctx, err)
	}
	return creds, nil
}

// Invalidate has the next Retrieve ask for new credentials.
func (p *provider) Invalidate() { p.cache.Invalidate() }

// IsCredentialsProvider reports whether the cached provider has that type.
func (p *provider) IsCredentialsProvider(target aws.CredentialsProvider) bool {
	return p.cache.IsCredentialsProvider(target)
}

// ProviderSources implements [aws.CredentialProviderSource], for the SDK's User-Agent.
func (p *provider) ProviderSources() []aws.CredentialSource { return p.cache.ProviderSources() }

// Format prints what the credentials are, and never what they say.
func (p *provider) Format(f fmt.State, _ rune) { reason.Print(f, p.kind) }

// namesCredentials reports whether an option gives credentials.
func (s *settings) namesCredentials() bool {
	return s.keys != nil || s.profile != "" || s.web != nil || len(s.roles) > 0
}

// credentials returns the provider of the options. The error is that of a profile of the
// environment whose key would go to a local endpoint.
func (s *settings) credentials(cfg aws.Config) (*provider, error) {
	p := s.base(cfg)
	if p.story.way == byRole && s.profile == "" && atLocalSTS(cfg) {
		return nil, errors.New("the profile of the environment (AWS_PROFILE, or \"default\") has a role, the endpoint of AWS STS is local, and no key of the environment is sent to a local endpoint; name the profile by Profile if that is meant, or check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL")
	}
	for _, r := range s.roles {
		p = s.assume(cfg, p, r)
	}
	return p, nil
}

// base returns the provider of the credentials with which the first role is assumed.
func (s *settings) base(cfg aws.Config) *provider {
	switch {
	case s.keys != nil:
		kind := "an access key of an option"
		if s.keys.token != "" {
			kind = "a temporary access key of an option"
		}
		return &provider{cache: static(s.keys.id, s.keys.secret, s.keys.token), kind: kind}
	case s.web != nil:
		return s.assumeByToken(cfg)
	case !s.asksChain(cfg):
		return &provider{cache: static(localKey, localSecret, ""), kind: "access key " + localKey + " of a local endpoint", story: story{local: true}}
	}
	return s.chain(cfg)
}

func static(id, secret, token string) *aws.CredentialsCache {
	return aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(id, secret, token))
}

// assume returns the provider of the sessions of a role, which it assumes with the
// credentials of another provider.
func (s *settings) assume(cfg aws.Config, by *provider, r *role) *provider {
	client := sts.NewFromConfig(cfg, s.configureSTS, func(o *sts.Options) { o.Credentials = by })
	inner := stscreds.NewAssumeRoleProvider(client, r.arn, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = r.session(s.side)
		o.Duration = r.lasts()
		if r.externalID != "" {
			o.ExternalID = aws.String(r.externalID)
		}
		if r.sourceIdentity != "" {
			o.SourceIdentity = aws.String(r.sourceIdentity)
		}
		for _, t := range r.tags {
			o.Tags = append(o.Tags, types.Tag{Key: aws.String(t.key), Value: aws.String(t.value)})
		}
	})
	kind := "role " + r.arn + " assumed without an external id"
	if r.externalID != "" {
		kind = "role " + r.arn + " assumed with an external id"
	}
	return sessions(inner, kind+", by "+by.kind, story{side: s.side, way: byRole, role: r.arn, external: r.externalID != "", local: by.story.local && by.story.way == byKey})
}

// assumeByToken returns the provider of the sessions of the role of WebIdentity.
func (s *settings) assumeByToken(cfg aws.Config) *provider {
	r := s.web
	client := sts.NewFromConfig(cfg, s.configureSTS)
	inner := stscreds.NewWebIdentityRoleProvider(client, r.arn, tokenFile(r.tokenFile), func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = r.session(s.side)
		o.Duration = r.lasts()
	})
	return sessions(inner, "role "+r.arn+" assumed with a web identity", story{side: s.side, way: byToken, role: r.arn})
}

// configureSTS sets the endpoint of STS, and has the SDK try twice: a job tries again by
// itself.
func (s *settings) configureSTS(o *sts.Options) {
	o.RetryMaxAttempts = 2
	if s.stsEndpoint != "" {
		o.BaseEndpoint = aws.String(s.stsEndpoint)
	}
}

// sessions returns the provider of the sessions of a role.
func sessions(inner aws.CredentialsProvider, kind string, of story) *provider {
	cache := aws.NewCredentialsCache(&session{inner}, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewEarly })
	return &provider{cache: cache, kind: kind, story: of}
}

// A session gives the credentials of a role's sessions.
type session struct{ aws.CredentialsProvider }

// AdjustExpiresBy has the cache begin a new session before the last one ends: by -d, or by
// a tenth of the session if that is less, so that a session of seconds is used, too. A
// session that has just begun and seems to be over is used for leastSession: the clock of
// this machine is off, and each request would begin another one.
func (s *session) AdjustExpiresBy(creds aws.Credentials, d time.Duration) (aws.Credentials, error) {
	left := time.Until(creds.Expires)
	if left <= 0 {
		creds.Expires = time.Now().Add(leastSession)
		return creds, nil
	}
	creds.Expires = creds.Expires.Add(-min(-d, left/10))
	return creds, nil
}

// ProviderSources implements [aws.CredentialProviderSource].
func (s *session) ProviderSources() []aws.CredentialSource {
	if of, ok := s.CredentialsProvider.(aws.CredentialProviderSource); ok {
		return of.ProviderSources()
	}
	return nil
}

// session returns the name of the role's session.
func (r *role) session(side string) string {
	if r.sessionName != "" {
		return r.sessionName
	}
	parts := []string{"dynsync"}
	for _, part := range []string{side, strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")} {
		if part = strings.Trim(notOfSession.ReplaceAllString(part, "-"), "-"); part != "" {
			parts = append(parts, part)
		}
	}
	name := strings.Join(parts, "-")
	return name[:min(len(name), 64)]
}

// notOfSession is what the name of a session cannot have.
var notOfSession = regexp.MustCompile(`[^A-Za-z0-9_+=,.@-]+`)

func (r *role) lasts() time.Duration {
	if r.duration != 0 {
		return r.duration
	}
	return defaultDuration
}
