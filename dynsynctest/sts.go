package dynsynctest

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dynsync/dynsync/internal/iam"
)

// An STS is a Security Token Service beside a [Server]: it has the users and roles of several
// accounts, and issues keys for sessions of roles. It speaks the query protocol of AWS's over
// HTTP, and knows AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity. It is safe for
// concurrent use.
//
// Once a server has an STS, it takes only keys of users that were added and of sessions that
// live, checks signatures, and judges each request by the policies of the user or the role.
// The tables that a request sees are those of the account in the ARN of its user or role.
//
//	sts := dynsynctest.NewSTS(srv)
//	defer sts.Close()
//	err := sts.AddUser("AKIAANN", "secret", "arn:aws:iam::111111111111:user/ann", policy)
//	err = sts.AddRole("arn:aws:iam::222222222222:role/reader", trustPolicy, policy)
//
// It has no session policies, groups, service principals or multi-factor authentication, and
// refuses requests that ask for one. The MaxSessionDuration of each role is 12 hours.
type STS struct {
	server   *Server
	lifetime time.Duration // of session keys; 0 is what the request says

	listener net.Listener
	http     *http.Server
	served   chan struct{} // closed when the accept loop has ended

	mu       sync.Mutex
	roles    map[string]*role // by their ARNs
	tokens   map[string]webIdentity
	sessions []Session
}

// An STSOption configures an [STS].
type STSOption func(*STS)

// WithSessionLifetime makes session keys expire after that time, however long the request
// asks for. The Expiration of the answer says when, in milliseconds. By default keys live for
// the DurationSeconds of the request, which is 3,600 if it names none.
func WithSessionLifetime(lifetime time.Duration) STSOption {
	return func(s *STS) { s.lifetime = lifetime }
}

// A Session is one of a role, with the keys that were issued for it.
type Session struct {
	Role           string // its ARN
	Name           string // the RoleSessionName
	AccessKey      string // begins with ASIA
	Tags           map[string]string
	SourceIdentity string
	ExternalID     string
	Duration       time.Duration // what the request asked for, or one hour
	Expires        time.Time
}

// role is one that sessions are of.
type role struct {
	arn, account string
	trust        *iam.Document
	documents    []*iam.Document
	asked        *asked
}

// webIdentity is what a token of a provider says.
type webIdentity struct{ provider, subject, audience string }

// NewSTS starts a service on a free port of 127.0.0.1. It panics if it cannot listen, or if
// the server has an STS already or shares its tables ([WithSharedTables]). The caller must
// call [STS.Close].
func NewSTS(srv *Server, opts ...STSOption) *STS {
	s := &STS{server: srv, served: make(chan struct{}), roles: make(map[string]*role), tokens: make(map[string]webIdentity)}
	for _, o := range opts {
		o(s)
	}
	if srv.shared || !srv.access.requireKeys() {
		panic("dynsynctest: the server has an STS, or shares its tables among all accounts")
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		panic("dynsynctest: cannot listen on a port of 127.0.0.1: " + err.Error())
	}
	s.http = &http.Server{Handler: s}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(s.listener) // ErrServerClosed, once Close was called
	}()
	return s
}

// URL returns the base URL, such as http://127.0.0.1:43212.
func (s *STS) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops the service: it answers requests under way for a second, and closes the
// connections. Keys that were issued stay valid. Further calls do nothing.
func (s *STS) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil { // a connection that was opened and never used
		_ = s.http.Close()
	}
	<-s.served
}

var (
	userARN = regexp.MustCompile(`^arn:aws:iam::[0-9]{12}:user/[\w+=,.@/-]{1,128}$`)
	roleARN = regexp.MustCompile(`^arn:aws:iam::[0-9]{12}:role/[\w+=,.@/-]{1,128}$`)
)

// AddUser adds a user with a key, and the identity-based policies that its requests are
// judged by; see [Server.Authorize], which replaces them. A second call replaces the user of
// an access key. The error says what of the arguments is wrong.
func (s *STS) AddUser(accessKey, secret, arn string, policies ...string) error {
	if accessKey == "" || secret == "" || !userARN.MatchString(arn) {
		return fmt.Errorf("dynsynctest: a user needs an access key, a secret and an ARN such as arn:aws:iam::123456789012:user/ann, not %q", arn)
	}
	documents, err := parsePolicies(policies)
	if err != nil {
		return err
	}
	c := newCaller(arn, accountOf(arn))
	c.secret, c.Policies = secret, documents
	c.context["aws:username"] = []string{nameOf(arn)}
	c.context["aws:userid"] = []string{"AIDA" + nameOf(arn)}
	s.server.access.set(accessKey, c)
	return nil
}

// AddRole adds a role with its trust policy, by which callers may assume it, and the
// identity-based policies that requests of its sessions are judged by. A caller whom the trust
// policy names, in the account of the role, needs no more; another needs an identity-based
// policy that allows sts:AssumeRole on the role, too. A second call replaces the role, and the
// policies of its sessions that live. The error says what of the arguments is wrong.
//
// The trust policy has the condition keys sts:ExternalId, sts:RoleSessionName,
// sts:SourceIdentity, sts:TransitiveTagKeys, aws:TagKeys, aws:RequestTag and those of the
// caller; for a web identity, the aud and sub of its provider. Tags need sts:TagSession, and a
// source identity sts:SetSourceIdentity; so do those that a session brings from one before it
// in a chain.
func (s *STS) AddRole(arn, trustPolicy string, policies ...string) error {
	if !roleARN.MatchString(arn) {
		return fmt.Errorf("dynsynctest: %q is no ARN of a role, such as arn:aws:iam::123456789012:role/reader", arn)
	}
	trust, err := iam.ParseAs(iam.Trust, []byte(trustPolicy))
	if err != nil {
		return fmt.Errorf("dynsynctest: the trust policy of %s: %w", arn, err)
	}
	documents, err := parsePolicies(policies)
	if err != nil {
		return err
	}
	r := &role{arn: arn, account: accountOf(arn), trust: trust, documents: documents, asked: &asked{}}
	s.mu.Lock()
	if old := s.roles[arn]; old != nil {
		r.asked = old.asked
	}
	s.roles[arn] = r
	s.mu.Unlock()
	c := newCaller(arn, r.account)
	c.asked = r.asked
	s.server.access.set(arn, c) // for Asked; it has no secret, and so signs nothing
	s.server.access.judgeSessions(arn, documents)
	return nil
}

// AddWebIdentity makes a token known: one of the provider with the host, such as
// "oidc.example.com", for a subject and an audience. Trust policies name the provider as
// {"Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.example.com"}.
func (s *STS) AddWebIdentity(token, host, subject, audience string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = webIdentity{host, subject, audience}
}

// Sessions returns the sessions that were begun, in order.
func (s *STS) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sessions)
}

// accountOf returns the account of an ARN.
func accountOf(arn string) string { return strings.Split(arn, ":")[4] }

// nameOf returns the name of a user or a role, without its path.
func nameOf(arn string) string {
	_, name, _ := cutLast(arn, "/")
	return name
}

// begin issues keys for a session of a role.
func (s *STS) begin(r *role, p sessionParams) (c *caller, accessKey string) {
	now := s.server.now()
	lifetime := p.duration
	if s.lifetime > 0 {
		lifetime = s.lifetime
	}
	c = newCaller("arn:aws:sts::"+r.account+":assumed-role/"+nameOf(r.arn)+"/"+p.name, r.account)
	c.Names = append(c.Names, r.arn)
	c.Policies, c.asked, c.session, c.transitive = r.documents, r.asked, true, p.transitive
	c.secret, c.token, c.expires = rand.Text(), rand.Text()+rand.Text(), now.Add(lifetime)
	c.context["aws:PrincipalArn"] = []string{r.arn}
	c.context["aws:userid"] = []string{"AROA" + nameOf(r.arn) + ":" + p.name}
	maps.Copy(c.context, p.principal())
	accessKey = "ASIA" + rand.Text()[:16]
	s.server.access.set(accessKey, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = append(s.sessions, Session{
		Role: r.arn, Name: p.name, AccessKey: accessKey, Tags: p.tags, SourceIdentity: p.sourceIdentity,
		ExternalID: p.externalID, Duration: p.duration, Expires: c.expires,
	})
	return c, accessKey
}
