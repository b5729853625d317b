package connect

import (
	"fmt"
	"time"

	"github.com/dynsync/dynsync/internal/given"
)

// An Option says where a client of [Open] leads, and with which credentials.
type Option interface{ apply(*settings) }

type option func(*settings)

func (o option) apply(s *settings) { o(s) }

// defaultRequests is how many requests in flight a client of Open is tuned for: a source
// has one for each of up to 64 segments, and a destination 16 by default.
const defaultRequests = 64

// settings are what the options say.
type settings struct {
	side        string
	region      string
	endpoint    string
	stsEndpoint string
	profile     string
	keys        *staticKeys
	web         *role
	roles       []*role // each assumed with the credentials of the one before
	requests    int

	given  map[string]bool // options that may be given once
	faults []error
}

type staticKeys struct{ id, secret, token string }

func newSettings(opts []Option) *settings {
	s := &settings{requests: defaultRequests, given: map[string]bool{}}
	for _, o := range given.Options("Open", opts, &s.faults) {
		o.apply(s)
	}
	return s
}

// once notes an option that may be given once.
func (s *settings) once(name string) {
	if s.given[name] {
		s.fault("%s is given twice; give it once", name)
	}
	s.given[name] = true
}

// oneOf sets a text that may be given once and, if legal, is no secret. A second one is a
// fault that names both.
func (s *settings) oneOf(name string, field *string, text string, legal func(string) bool) {
	if s.given[name] && legal(*field) && legal(text) {
		s.fault("%s is given twice, as %q and %q; give it once", name, *field, text)
		return
	}
	s.once(name)
	*field = text
}

func (s *settings) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Errorf(format, args...))
}

// Side names the side of a job that the client is for, such as "source", in errors. It
// must be 1 to 32 letters, digits and hyphens. By default, errors of Open name none; those
// of a job name the side by themselves.
func Side(name string) Option {
	return option(func(s *settings) { s.oneOf("Side", &s.side, name, sideForm.MatchString) })
}

// Region sets the AWS region, such as "eu-central-1". By default it is that of AWS_REGION,
// AWS_DEFAULT_REGION or the profile, in this order; at a local endpoint, us-west-2 if
// these have none.
func Region(name string) Option {
	return option(func(s *settings) { s.oneOf("Region", &s.region, name, regionForm.MatchString) })
}

// Endpoint sets the URL of DynamoDB's endpoint, such as "http://localhost:8000", and of no
// other service. It must be a URL of http or https without user, query and fragment. By
// default it is that of AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL or the profile, or else
// AWS's for the region. The package comment says what else a local endpoint changes.
func Endpoint(url string) Option {
	return option(func(s *settings) {
		s.once("Endpoint")
		s.endpoint = url
	})
}

// STSEndpoint sets the URL of the endpoint of AWS STS, which gives the keys of roles. It
// must be a URL as of [Endpoint]. By default it is that of AWS_ENDPOINT_URL_STS,
// AWS_ENDPOINT_URL or the profile, or else AWS's for the region. It does not change where
// the SDK's default chain asks for keys.
func STSEndpoint(url string) Option {
	return option(func(s *settings) {
		s.once("STSEndpoint")
		s.stsEndpoint = url
	})
}

// Profile takes credentials and region from a profile of the files ~/.aws/config and
// ~/.aws/credentials, or those that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name.
// It goes before keys of the environment. By default the profile is that of AWS_PROFILE,
// or "default" if there is one.
func Profile(name string) Option {
	return option(func(s *settings) { s.oneOf("Profile", &s.profile, name, printable) })
}

// Keys sets the access key, of which sessionToken is "" unless it is temporary. Keys that
// do not expire are better replaced by a role. By default credentials come from the SDK's
// default chain.
func Keys(accessKeyID, secretAccessKey, sessionToken string) Option {
	return option(func(s *settings) {
		s.once("Keys")
		s.keys = &staticKeys{accessKeyID, secretAccessKey, sessionToken}
	})
}

// Requests sets for how many requests in flight the HTTP client of the client is tuned,
// see [HTTPClient]. The default is 64. It must be 1 to 1,024.
func Requests(n int) Option {
	return option(func(s *settings) {
		s.once("Requests")
		s.requests = n
	})
}

// Role has the client work by an IAM role, which it assumes at its first request and again
// before the session ends. A further Role is assumed with the session of the one before
// (role chaining). The first is assumed with the credentials that the other options, or
// the default chain, give. By default there is none.
//
// arn is that of a role, such as "arn:aws:iam::111122223333:role/prod-read".
func Role(arn string, opts ...RoleOption) Option {
	return option(func(s *settings) {
		r := newRole("Role", arn, opts, s)
		r.chained = len(s.roles) > 0
		s.roles = append(s.roles, r)
	})
}

// WebIdentity has the client work by an IAM role that it assumes with a token of a web
// identity, as of Kubernetes or a CI system. tokenFile names the file of the token, which
// is read each time that the role is assumed. Of the role's options, [SessionName] and
// [Duration] are legal here. By default it is what AWS_WEB_IDENTITY_TOKEN_FILE and
// AWS_ROLE_ARN say, as with IRSA.
func WebIdentity(roleARN, tokenFile string, opts ...RoleOption) Option {
	return option(func(s *settings) {
		s.once("WebIdentity")
		s.web = newRole("WebIdentity", roleARN, opts, s)
		s.web.tokenFile = tokenFile
	})
}

// A RoleOption says how [Role] or [WebIdentity] assumes its role.
type RoleOption interface{ applyRole(*role) }

type roleOption func(*role)

func (o roleOption) applyRole(r *role) { o(r) }

// A role is a role to assume. Texts are "" if no option gives them.
type role struct {
	option         string // that gave it
	arn            string
	externalID     string
	sessionName    string
	duration       time.Duration // 0 for the default
	tags           []tag
	sourceIdentity string
	tokenFile      string // of WebIdentity
	chained        bool   // it is assumed with the session of another role of the options

	given  map[string]bool
	faults []error
}

type tag struct{ key, value string }

func newRole(option, arn string, opts []RoleOption, s *settings) *role {
	r := &role{option: option, arn: arn, given: map[string]bool{}}
	for _, o := range given.Options(option, opts, &s.faults) {
		o.applyRole(r)
	}
	return r
}

func (r *role) once(name string) {
	if r.given[name] {
		r.fault("%s is given twice; give it once", name)
	}
	r.given[name] = true
}

func (r *role) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf(format, args...))
}

// ExternalID sets the external id that the role's trust policy asks for. It must be 2 to
// 1,224 letters, digits and characters of _+=,.@:/- by AWS's limits. By default none is
// sent.
func ExternalID(id string) RoleOption {
	return roleOption(func(r *role) {
		r.once("ExternalID")
		r.externalID = id
	})
}

// SessionName sets the name of the role's session, which CloudTrail shows. It must be 2 to
// 64 letters, digits and characters of _+=,.@- by AWS's limits. By default it is "dynsync",
// the side and the name of the program, with hyphens between.
func SessionName(name string) RoleOption {
	return roleOption(func(r *role) {
		r.once("SessionName")
		r.sessionName = name
	})
}

// Duration sets how long a session lasts; the client begins a new one in time. The default
// is 1 hour. It must be 15 minutes to 12 hours in whole seconds, and at most 1 hour for a
// role that is assumed with a role's session, by AWS's limits. The role itself can allow
// less than 12 hours.
func Duration(d time.Duration) RoleOption {
	return roleOption(func(r *role) {
		r.once("Duration")
		r.duration = d
	})
}

// SessionTag adds a tag to the role's session. The key must have 1 to 128 characters and
// must not begin with aws:, and the value at most 256; both may have letters, digits,
// spaces and characters of _.:/=+-@ by AWS's limits. Keys are the same if only their case
// differs. There may be 50 tags. By default there are none.
func SessionTag(key, value string) RoleOption {
	return roleOption(func(r *role) { r.tags = append(r.tags, tag{key, value}) })
}

// SourceIdentity sets the source identity of the session, which CloudTrail shows and roles
// that are assumed with the session keep. It must be 2 to 64 letters, digits and
// characters of _+=,.@- and must not begin with aws: by AWS's limits. By default there is
// none.
func SourceIdentity(id string) RoleOption {
	return roleOption(func(r *role) {
		r.once("SourceIdentity")
		r.sourceIdentity = id
	})
}
