// Package guard says which tables a job may write to, and what its writes set off there:
// records of a stream, and writes of replicas.
package guard

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/side"
)

// A Guard says which tables a job may write to. Of each list one entry has to hold; an
// empty list holds. The zero Guard says nothing.
type Guard struct {
	Any                       bool // every table is meant
	Accounts, Regions, Tables []string
}

// Given reports whether the guard says something.
func (g *Guard) Given() bool { return g.Any || g.checks() }

// checks reports whether the guard excludes tables.
func (g *Guard) checks() bool { return len(g.Accounts)+len(g.Regions)+len(g.Tables) > 0 }

var (
	account = regexp.MustCompile(`^[0-9]{12}$`)
	region  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
)

// localRegion is the region in the ARNs of DynamoDB Local.
const localRegion = "ddblocal"

// Faults returns what is wrong with the guard itself.
func (g *Guard) Faults() []error {
	var errs []error
	for _, id := range g.Accounts {
		if !account.MatchString(id) {
			//lint:ignore ST1005 it begins with the name of an option
			errs = append(errs, fmt.Errorf("Account must be the 12 digits of an AWS account, such as 111122223333, not %q", id))
		}
	}
	for _, name := range g.Regions {
		if !region.MatchString(name) && name != localRegion {
			//lint:ignore ST1005 it begins with the name of an option
			errs = append(errs, fmt.Errorf("Region must be an AWS region, such as eu-central-1, not %q", name))
		}
	}
	for _, pattern := range g.Tables {
		errs = append(errs, checkPattern(pattern)...)
	}
	if g.Any && g.checks() {
		errs = append(errs, errors.New("AnyDestination excludes no table, and Account, Region and NamePattern do; leave out one or the others"))
	}
	return errs
}

// checkPattern returns what is wrong with the pattern of a name.
func checkPattern(pattern string) []error {
	_, err := path.Match(pattern, "")
	switch {
	case pattern == "":
		return []error{errors.New(`NamePattern needs a pattern, such as "staging-*"`)}
	case err != nil:
		return []error{fmt.Errorf("NamePattern: %q is no pattern of path.Match: a [ has no ], or \\ is its last character", pattern)}
	case strings.Trim(pattern, "*") == "":
		return []error{fmt.Errorf("NamePattern: %q matches every name; if every table is meant, write AnyDestination", pattern)}
	}
	return nil
}

// A Mismatch says why a table is none that the guard allows.
type Mismatch struct {
	Reasons []string // such as "Account says 111122223333"
	NoARN   bool     // the table has no ARN that could be compared
}

// Check returns why a table is none of those that the guard allows, or nil. An endpoint
// that is local may describe tables without an ARN; then the name alone is compared.
func (g *Guard) Check(t *types.TableDescription, local bool) *Mismatch {
	if !g.checks() {
		return nil
	}
	id, err := arn.Parse(aws.ToString(t.TableArn))
	name := aws.ToString(t.TableName)
	m := &Mismatch{NoARN: err != nil}
	if err == nil {
		name = cmp.Or(nameIn(id), name)
		m.compare("Account", g.Accounts, func(want string) bool { return want == id.AccountID })
		m.compare("Region", g.Regions, func(want string) bool { return want == id.Region })
	} else if !local {
		m.compare("Account", g.Accounts, never)
		m.compare("Region", g.Regions, never)
	}
	m.compare("NamePattern", g.Tables, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok && (err == nil || local)
	})
	if len(m.Reasons) == 0 {
		return nil
	}
	return m
}

func never(string) bool { return false }

// compare adds a reason if none of the values that an option has is right.
func (m *Mismatch) compare(option string, values []string, right func(string) bool) {
	if len(values) == 0 {
		return
	}
	for _, v := range values {
		if right(v) {
			return
		}
	}
	m.Reasons = append(m.Reasons, option+" says "+strings.Join(values, " or "))
}

// String returns the reasons as a clause.
func (m *Mismatch) String() string { return strings.Join(m.Reasons, ", ") }

// nameIn returns the name of the table of an ARN, "" if it is of something else.
func nameIn(id arn.ARN) string {
	name, ok := strings.CutPrefix(id.Resource, "table/")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "/")
	return name
}

// Needed returns why a client needs a guard that says something, "" if it needs none.
func Needed(client any) string {
	s := side.Of(client)
	if s.Local() {
		return ""
	}
	where := "its endpoint cannot be known, and counts as AWS's"
	if s.Endpoint != "" {
		where = "its endpoint, " + s.Endpoint + ", is not local"
	}
	return fmt.Sprintf("it must say which tables the job may write to, since %s; write Account(%q) with the account of the copy, Region(%q), NamePattern(\"staging-*\") or several of these behind the client, or AnyDestination() if every table may be written", where, "111122223333", cmp.Or(s.Region, "eu-central-1"))
}

// Refuse returns the error of a table at a client that is none that the guard allows, or nil.
// source may be nil.
func (g *Guard) Refuse(client any, source, target *types.TableDescription) error {
	m := g.Check(target, side.Of(client).Local())
	if m == nil {
		return nil
	}
	text := fmt.Sprintf("WithDestination does not allow the destination %s: %s", ARN(target), strings.Join(m.Reasons, ", "))
	switch {
	case m.NoARN:
		text = fmt.Sprintf("DescribeTable reports no ARN of the destination, so that it cannot be compared with WithDestination, where %s", strings.Join(m.Reasons, ", "))
	case source != nil && g.Check(source, false) == nil:
		return reason.Refuse(reason.Refused, "%s; the source is %s, which WithDestination allows, so the two clients seem to be swapped", text, ARN(source))
	}
	return reason.Refuse(reason.Refused, "%s; correct the client, or what WithDestination says", text)
}

// ARN returns how errors name a table: by its ARN, or else by its name.
func ARN(t *types.TableDescription) string {
	return cmp.Or(aws.ToString(t.TableArn), fmt.Sprintf("%q", aws.ToString(t.TableName)))
}
