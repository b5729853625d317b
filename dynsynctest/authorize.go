package dynsynctest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dynsync/dynsync/internal/iam"
)

// access is who may do what.
type access struct {
	mu      sync.Mutex
	callers map[string]*caller       // by access key
	tables  map[string]*iam.Document // policies of tables, by their ARNs

	keysRequired bool // only keys that an [STS] knows are taken
}

// A caller is who signs requests, with what it may do.
type caller struct {
	iam.Caller
	arn     string              // as messages name it
	context map[string][]string // the condition keys that the caller brings
	asked   *asked

	// With an [STS]:
	secret     string // empty for what signs no requests
	token      string // the session token; empty for a user
	session    bool
	expires    time.Time // of a session
	transitive []string  // the tags of a session that the next one of a chain has, too
}

// asked is what was asked for, in order.
type asked struct {
	mu   sync.Mutex
	list []Asked
}

// Asked is an action that requests asked for, such as "dynamodb:Scan", on the ARN of a table
// or an index, or on "*" for actions that concern neither.
type Asked struct {
	Action   string
	Resource string
	Allowed  bool
}

// Authorize makes the server evaluate each request of an access key by identity-based
// policies, the JSON of IAM. It replaces those that an earlier call gave. Without policies the
// key may do nothing; a key that was never given any may do everything.
//
// The server asks for the actions of IAM that the operation needs, on the ARN of the table,
// or of the index where a Scan, a Query or a SELECT reads one. Of a statement that is
// PartiQLSelect, PartiQLInsert, PartiQLUpdate or PartiQLDelete, and each statement of a
// BatchExecuteStatement is allowed or denied in its slot. ListTables, ListBackups and
// DescribeLimits are on "*", and only that allows them. The condition keys are
// dynamodb:LeadingKeys, dynamodb:FullTableScan (of a SELECT; true unless its WHERE fixes the
// partition key), dynamodb:Select, dynamodb:ReturnValues, dynamodb:ReturnConsumedCapacity,
// dynamodb:EnclosingOperation (which no request has), aws:PrincipalArn, aws:PrincipalAccount,
// aws:RequestedRegion, and those that an [STS] gives its users and sessions. A request that is denied gets AccessDeniedException in the service's words.
//
// If a policy is malformed, or has a condition operator or a key that the server does not
// know, Authorize returns an error that says where, and the key may do nothing.
func (s *Server) Authorize(accessKey string, policies ...string) error {
	documents, err := parsePolicies(policies)
	number := s.accountNumber(accessKey)
	c := newCaller("arn:aws:iam::"+number+":user/"+accessKey, number)
	if old := s.access.caller(accessKey); old != nil {
		again := *old
		c = &again
	}
	c.Policies = documents
	s.access.set(accessKey, c)
	return err
}

// parsePolicies reads identity-based policies. It returns all or none.
func parsePolicies(policies []string) ([]*iam.Document, error) {
	var documents []*iam.Document
	for i, text := range policies {
		d, err := parsePolicy(iam.Identity, text)
		if err != nil {
			return nil, fmt.Errorf("dynsynctest: policy %d: %w", i+1, err)
		}
		documents = append(documents, d)
	}
	return documents, nil
}

// SetResourcePolicy sets the resource-based policy of the table with an ARN, which need not
// exist yet. An empty policy takes it away. A caller of the table's account is allowed what
// its identity-based policies or this one allow. Callers of another account, who name the
// table by its ARN, need both, unless they may do everything; a caller that was never given
// policies needs this one alone. The error is that of [Server.Authorize]; nothing is changed
// then.
func (s *Server) SetResourcePolicy(tableARN, policy string) error {
	arn := strings.Split(tableARN, ":")
	if len(arn) != 6 || arn[0] != "arn" || arn[2] != "dynamodb" || !strings.HasPrefix(arn[5], "table/") || strings.Count(arn[5], "/") != 1 {
		return fmt.Errorf("dynsynctest: %q is no ARN of a table", tableARN)
	}
	var d *iam.Document
	if policy != "" {
		var err error
		if d, err = parsePolicy(iam.Resource, policy); err != nil {
			return fmt.Errorf("dynsynctest: the policy of %s: %w", tableARN, err)
		}
	}
	s.access.mu.Lock()
	defer s.access.mu.Unlock()
	if s.access.tables[tableARN] = d; d == nil {
		delete(s.access.tables, tableARN)
	}
	return nil
}

// Asked returns each action on a resource that requests of an access key asked for, once, in
// the order in which they came first. An action that was both allowed and denied is there
// twice. There are none of a key without policies. The requests of
// all sessions of a role are under the ARN of the role.
func (s *Server) Asked(accessKey string) []Asked {
	c := s.access.caller(accessKey)
	if c == nil {
		return nil
	}
	c.asked.mu.Lock()
	defer c.asked.mu.Unlock()
	return slices.Clone(c.asked.list)
}

func newCaller(arn, account string) *caller {
	return &caller{Caller: iam.Caller{Account: account, Names: []string{arn}}, arn: arn, asked: &asked{}, context: map[string][]string{
		"aws:PrincipalArn":     {arn},
		"aws:PrincipalAccount": {account},
	}}
}

func (a *access) set(accessKey string, c *caller) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if old := a.callers[accessKey]; old != nil && !c.session {
		c.asked = old.asked
	}
	a.callers[accessKey] = c
}

// judgeSessions has requests of the sessions of a role judged by other policies.
func (a *access) judgeSessions(role string, policies []*iam.Document) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for accessKey, c := range a.callers {
		if c.session && slices.Contains(c.Names, role) {
			again := *c // requests may be reading the old one
			again.Policies = policies
			a.callers[accessKey] = &again
		}
	}
}

// caller returns who has an access key, nil if nothing is known.
func (a *access) caller(accessKey string) *caller {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.callers[accessKey]
}

// limits reports whether anything could be denied to an access key.
func (a *access) limits(accessKey string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.callers[accessKey] != nil || len(a.tables) > 0
}

// policyOf returns the policy of the table that a resource is or belongs to, or nil.
func (a *access) policyOf(resource string) *iam.Document {
	table, _, _ := strings.Cut(resource, "/index/")
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tables[table]
}

// note remembers a demand, once for each answer.
func (a *asked) note(d demand, allowed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if is := (Asked{d.action, d.resource, allowed}); !slices.Contains(a.list, is) {
		a.list = append(a.list, is)
	}
}

// authorize returns the error of a demand that is denied, nil if it is allowed.
func (c *call) authorize(d demand) *apiError {
	by, policy := c.server.access.caller(c.accessKey), c.server.access.policyOf(d.resource)
	if by == nil {
		if policy == nil {
			return nil
		}
		number := c.account.number
		by = newCaller("arn:aws:iam::"+number+":root", number)
		by.Unlimited = true
	}
	r := iam.Request{Action: d.action, Resource: d.resource, Context: map[string][]string{"aws:RequestedRegion": {c.region}}}
	maps.Copy(r.Context, by.context)
	maps.Copy(r.Context, d.context)
	why := by.Decide(r, policy)
	by.asked.note(d, why == "")
	if why == "" {
		return nil
	}
	return badRequest(coralErrors+"AccessDeniedException", notAuthorized(by.arn, d.action, d.message(c), why))
}

func notAuthorized(arn, action, resource string, why iam.Reason) string {
	return "User: " + arn + " is not authorized to perform: " + action + " on resource: " + resource + " " + why.For(action)
}

// servedKeys are the condition keys that requests to the server have, in lower case.
// dynamodb:EnclosingOperation is that of a transaction, which the server does not have, so
// that no request has one.
var servedKeys = []string{
	"aws:principalaccount", "aws:principalarn", "aws:requestedregion", "aws:sourceidentity", "aws:userid", "aws:username",
	"dynamodb:enclosingoperation", "dynamodb:fulltablescan", "dynamodb:leadingkeys", "dynamodb:returnconsumedcapacity", "dynamodb:returnvalues", "dynamodb:select",
}

// parsePolicy reads a policy, and refuses condition keys that no request has here: what they
// would allow or deny the server cannot tell.
func parsePolicy(kind iam.Kind, text string) (*iam.Document, error) {
	d, err := iam.ParseAs(kind, []byte(text))
	if err != nil {
		return nil, err
	}
	for i, s := range d.Statement {
		for operator, keys := range s.Condition {
			for key := range keys {
				lower := strings.ToLower(key)
				if !strings.HasPrefix(lower, "aws:principaltag/") && !slices.Contains(servedKeys, lower) {
					return nil, fmt.Errorf("Statement[%d].Condition.%s.%s is no condition key of requests to this server", i, operator, key)
				}
			}
		}
	}
	return d, nil
}
