package dynsynctest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dynsync/dynsync/internal/iam"
)

// sessionParams are what a request says of the session that it wants.
type sessionParams struct {
	role, name     string
	externalID     string
	sourceIdentity string
	tags           map[string]string
	transitive     []string // keys of tags that the next session of a chain has, too
	duration       time.Duration
}

// The limits of a session, from the reference of AssumeRole.
const (
	maxExternalID   = 1224
	minDuration     = 900 * time.Second
	maxDuration     = 12 * time.Hour
	chainedDuration = time.Hour
	maxTags         = 50
)

var (
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalIDs = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
	tagKeys     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$`)
	tagValues   = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$`)
)

// sessionOf reads the parameters of a request, and checks them as the service does.
func sessionOf(form url.Values) (p sessionParams, err *stsError) {
	p = sessionParams{role: form.Get("RoleArn"), name: form.Get("RoleSessionName"), externalID: form.Get("ExternalId"), sourceIdentity: form.Get("SourceIdentity")}
	for _, unknown := range []string{"Policy", "PolicyArns.member.1.arn", "SerialNumber", "TokenCode", "ProvidedContexts.member.1.ProviderArn"} {
		if form.Get(unknown) != "" {
			return p, invalid("dynsynctest does not know the parameter " + unknown)
		}
	}
	switch {
	case len(p.role) < 20:
		return p, malformed(p.role, "roleArn", "Member must have length greater than or equal to 20")
	case !roleARN.MatchString(p.role):
		return p, invalid(p.role + " is invalid")
	case !sessionName.MatchString(p.name):
		return p, malformed(p.name, "roleSessionName", `Member must satisfy regular expression pattern: [\w+=,.@-]*`)
	case form.Has("ExternalId") && (!externalIDs.MatchString(p.externalID) || len(p.externalID) > maxExternalID):
		return p, malformed(p.externalID, "externalId", `Member must satisfy regular expression pattern: [\w+=,.@:\/-]*`)
	case form.Has("SourceIdentity") && !sessionName.MatchString(p.sourceIdentity):
		return p, malformed(p.sourceIdentity, "sourceIdentity", `Member must satisfy regular expression pattern: [\w+=,.@-]*`)
	}
	if p.duration, err = durationOf(form); err != nil {
		return p, err
	}
	return p, p.readTags(form)
}

func durationOf(form url.Values) (time.Duration, *stsError) {
	text := form.Get("DurationSeconds")
	if text == "" {
		return time.Hour, nil
	}
	seconds, err := strconv.Atoi(text)
	d := time.Duration(seconds) * time.Second
	switch {
	case err != nil || d < minDuration:
		return 0, malformed(text, "durationSeconds", "Member must have value greater than or equal to 900")
	case d > maxDuration:
		return 0, malformed(text, "durationSeconds", "Member must have value less than or equal to 43200")
	}
	return d, nil
}

// readTags reads Tags.member.1.Key and so on.
func (p *sessionParams) readTags(form url.Values) *stsError {
	p.tags = map[string]string{}
	for i := 1; form.Has(fmt.Sprintf("Tags.member.%d.Key", i)); i++ {
		key, value := form.Get(fmt.Sprintf("Tags.member.%d.Key", i)), form.Get(fmt.Sprintf("Tags.member.%d.Value", i))
		twice := hasKey(p.tags, key)
		switch {
		case isReserved(key):
			return invalid("The tag key " + key + " begins with aws:, which is reserved.")
		case !tagKeys.MatchString(key):
			return malformed(key, fmt.Sprintf("tags.%d.member.key", i), `Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+`)
		case !tagValues.MatchString(value):
			return malformed(value, fmt.Sprintf("tags.%d.member.value", i), `Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*`)
		case twice:
			return invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		case i > maxTags:
			return malformed("", "tags", "Member must have length less than or equal to 50")
		}
		p.tags[key] = value
	}
	for i := 1; form.Has(fmt.Sprintf("TransitiveTagKeys.member.%d", i)); i++ {
		key := form.Get(fmt.Sprintf("TransitiveTagKeys.member.%d", i))
		if _, ok := p.tags[key]; !ok {
			return invalid("The specified transitive tag key must be included in the requested tags.")
		}
		p.transitive = append(p.transitive, key)
	}
	return nil
}

// isReserved reports whether a key of a tag begins with what AWS keeps for itself.
func isReserved(key string) bool { return strings.HasPrefix(strings.ToLower(key), "aws:") }

// hasKey reports whether there is a tag with a key, whose case does not count.
func hasKey(tags map[string]string, key string) bool {
	for other := range tags {
		if strings.EqualFold(other, key) {
			return true
		}
	}
	return false
}

// assumeRole begins a session of a role for a caller, if the trust policy of the role and the
// policies of the caller let it.
func (s *STS) assumeRole(by *caller, form url.Values) (any, *stsError) {
	p, err := sessionOf(form)
	if err != nil {
		return nil, err
	}
	if by.session && p.duration > chainedDuration {
		return nil, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	if err := p.inherit(by); err != nil {
		return nil, err
	}
	r := s.role(p.role)
	actions := []string{"sts:AssumeRole"}
	if len(p.tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if p.sourceIdentity != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	for _, action := range actions {
		if r == nil || by.DecideTrust(iam.Request{Action: action, Resource: p.role, Context: p.context(by)}, r.trust) != "" {
			return nil, denied(by, action, p.role)
		}
	}
	c, accessKey := s.begin(r, p)
	return assumeRoleResponse{
		Result: assumeRoleResult{SourceIdentity: p.sourceIdentity, User: assumedUser(c), Credentials: s.issued(c, accessKey)},
		Meta:   newMetadata(),
	}, nil
}

// context returns the condition keys of a request to assume a role.
func (p sessionParams) context(by *caller) map[string][]string {
	context := maps.Clone(by.context)
	context["sts:RoleSessionName"] = []string{p.name}
	if p.externalID != "" {
		context["sts:ExternalId"] = []string{p.externalID}
	}
	if p.sourceIdentity != "" {
		context["sts:SourceIdentity"] = []string{p.sourceIdentity}
	}
	if len(p.transitive) > 0 {
		context["sts:TransitiveTagKeys"] = p.transitive
	}
	for key, value := range p.tags {
		context["aws:RequestTag/"+key] = []string{value}
		context["aws:TagKeys"] = append(context["aws:TagKeys"], key)
	}
	slices.Sort(context["aws:TagKeys"])
	return context
}

// inherit adds what stays of the session before it in a chain: its transitive tags and its
// source identity. They need the same actions as those of the request, which cannot change
// them.
func (p *sessionParams) inherit(by *caller) *stsError {
	for _, key := range by.transitive {
		if hasKey(p.tags, key) {
			return invalid("The tag key " + key + " is that of a transitive tag of the calling session.")
		}
	}
	for _, key := range by.transitive {
		p.tags[key] = by.context["aws:PrincipalTag/"+key][0]
	}
	p.transitive = slices.Concat(p.transitive, by.transitive)
	if identity := by.context["aws:SourceIdentity"]; identity != nil {
		if p.sourceIdentity != "" && p.sourceIdentity != identity[0] {
			return denied(by, "sts:SetSourceIdentity", p.role)
		}
		p.sourceIdentity = identity[0]
	}
	return nil
}

// denied is the error of an action on a role.
func denied(by *caller, action, role string) *stsError {
	return &stsError{http.StatusForbidden, "AccessDenied", "User: " + by.arn + " is not authorized to perform: " + action + " on resource: " + role}
}

// principal returns the condition keys that the session brings to its requests.
func (p sessionParams) principal() map[string][]string {
	context := map[string][]string{}
	if p.sourceIdentity != "" {
		context["aws:SourceIdentity"] = []string{p.sourceIdentity}
	}
	for key, value := range p.tags {
		context["aws:PrincipalTag/"+key] = []string{value}
	}
	return context
}

// assumeRoleWithWebIdentity begins a session of a role for whom a provider named in a token.
func (s *STS) assumeRoleWithWebIdentity(form url.Values) (any, *stsError) {
	p, err := sessionOf(form)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	identity, known := s.tokens[form.Get("WebIdentityToken")]
	r := s.roles[p.role]
	s.mu.Unlock()
	if !known {
		return nil, &stsError{http.StatusBadRequest, "InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"}
	}
	request := iam.Request{
		Action: "sts:AssumeRoleWithWebIdentity", Resource: p.role,
		Context:    map[string][]string{identity.provider + ":aud": {identity.audience}, identity.provider + ":sub": {identity.subject}, "sts:RoleSessionName": {p.name}},
		Principals: map[string][]string{"Federated": {"arn:aws:iam::" + accountOf(p.role) + ":oidc-provider/" + identity.provider, identity.provider}},
	}
	if r == nil || iam.Evaluate([]*iam.Document{r.trust}, request) != iam.Allowed {
		return nil, &stsError{http.StatusForbidden, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"}
	}
	c, accessKey := s.begin(r, p)
	return webIdentityResponse{Result: webIdentityResult{
		Subject: identity.subject, Audience: identity.audience, Provider: "arn:aws:iam::" + r.account + ":oidc-provider/" + identity.provider,
		User: assumedUser(c), Credentials: s.issued(c, accessKey),
	}, Meta: newMetadata()}, nil
}

func (s *STS) role(arn string) *role {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roles[arn]
}

func assumedUser(c *caller) assumedRoleUser {
	return assumedRoleUser{ARN: c.arn, ID: c.context["aws:userid"][0]}
}

// issued returns the keys as an answer has them. Their end is in whole seconds, as the
// service's, unless the lifetime is the test's.
func (s *STS) issued(c *caller, accessKey string) issuedKeys {
	form := "2006-01-02T15:04:05Z"
	if s.lifetime > 0 {
		form = "2006-01-02T15:04:05.000Z"
	}
	return issuedKeys{accessKey, c.secret, c.token, c.expires.UTC().Format(form)}
}
