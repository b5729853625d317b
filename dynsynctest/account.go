package dynsynctest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/tablearn"
)

// accountID is what a signature says of an account.
type accountID struct{ accessKey, region string }

// home tells accounts apart, by their numbers, and their regions; each has tables of its own.
type home struct{ number, region string }

// account holds the tables of one account in one region. Each access key is an account, unless an
// [STS] knows better.
type account struct {
	number string // the twelve digits
	arn    string // of its tables, up to the slash
	mu     sync.RWMutex
	tables map[string]*table
}

// signer reads who signed the request, and for which region, from
//
//	AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/dynamodb/aws4_request, …
func signer(r *http.Request) (accountID, *apiError) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return accountID{}, badRequest(coralErrors+"MissingAuthenticationTokenException", "Request is missing Authentication Token")
	}
	_, credential, found := strings.Cut(header, "Credential=")
	credential, _, _ = strings.Cut(credential, ",")
	scope := strings.Split(credential, "/")
	if !found || len(scope) < 5 {
		return accountID{}, badRequest(coralErrors+"IncompleteSignatureException", "Authorization header requires 'Credential' parameter")
	}
	n := len(scope) // an access key may hold slashes, the rest does not
	return accountID{accessKey: strings.Join(scope[:n-4], "/"), region: scope[n-3]}, nil
}

// dateForm is that of X-Amz-Date.
const dateForm = "20060102T150405Z"

// checkDate refuses a signature whose date is further from now than the tolerance.
func checkDate(date string, now time.Time, tolerance time.Duration) *apiError {
	signed, err := time.Parse(dateForm, date)
	if err != nil {
		return badRequest(coralErrors+"IncompleteSignatureException", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	text := func(t time.Time) string { return t.UTC().Format(dateForm) }
	earliest, latest := now.Add(-tolerance), now.Add(tolerance)
	switch {
	case signed.Before(earliest.Truncate(time.Second)):
		return badRequest(coralErrors+"InvalidSignatureException", fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %v min.)", date, text(earliest), text(now), tolerance.Minutes()))
	case signed.After(latest):
		return badRequest(coralErrors+"InvalidSignatureException", fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %v min.)", date, text(latest), text(now), tolerance.Minutes()))
	}
	return nil
}

// account returns the account, which exists from the first time it is named.
func (s *Server) account(id accountID) *account {
	at := home{s.accountNumber(id.accessKey), id.region}
	if s.shared {
		at.region = "us-east-1"
	}
	s.mu.RLock()
	a := s.accounts[at]
	s.mu.RUnlock()
	if a != nil {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a = s.accounts[at]; a == nil {
		a = &account{number: at.number, arn: "arn:" + tablearn.PartitionOf(at.region) + ":dynamodb:" + at.region + ":" + at.number + ":table", tables: make(map[string]*table)}
		s.accounts[at] = a
	}
	return a
}

// accountNumber returns the number of the account of an access key.
func (s *Server) accountNumber(accessKey string) string {
	if c := s.access.caller(accessKey); c != nil {
		return c.Account
	}
	if s.shared {
		accessKey = ""
	}
	return accountNumber(accessKey)
}

// accountNumber makes up the twelve digits of an AWS account, the same ones
// for the same access key.
func accountNumber(accessKey string) string {
	sum := sha256.Sum256([]byte(accessKey))
	return fmt.Sprintf("%012d", binary.BigEndian.Uint64(sum[:])%1e12)
}

// table finds a table to read or write.
func (c *call) table(name string) (*table, *apiError) {
	t, err := c.lookup(name)
	switch {
	case err != nil:
		return nil, err
	case t == nil || c.server.creating(t):
		return nil, noSuchTable()
	}
	return t, nil
}

// lookup finds a table by name or ARN, nil if there is none. An ARN may be of
// another account.
func (c *call) lookup(name string) (*table, *apiError) {
	a := c.account
	if arn, base, found := cutLast(name, "/"); found && strings.HasPrefix(name, "arn:") {
		if a = c.server.accountByARN(arn); a == nil {
			return nil, nil
		}
		name = base
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.tables[name], nil
}

func (s *Server) accountByARN(arn string) *account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.accounts {
		if a.arn == arn {
			return a
		}
	}
	return nil
}

// creating reports whether a test made the table look as if it did not yet
// exist.
func (s *Server) creating(t *table) bool {
	return s.hasEdit(t.name) && s.describe(t).TableStatus == types.TableStatusCreating
}

func (s *Server) hasEdit(table string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.edits[table] != nil
}

// describe returns the description with a test's edit.
func (s *Server) describe(t *table) types.TableDescription {
	d := t.describe()
	s.mu.RLock()
	edit := s.edits[t.name]
	s.mu.RUnlock()
	if edit != nil {
		edit(&d)
	}
	return d
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// newTableID returns a random UUID: two tables never share one, not even of
// the same name in two servers.
func newTableID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
