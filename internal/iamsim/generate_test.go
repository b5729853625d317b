package iamsim

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/dynsync/dynsync/internal/iam"
)

// generator draws policies and requests. A draw takes from few names, so that statements often
// concern the request.
type generator struct{ *rand.Rand }

const (
	ours   = "111111111111"
	theirs = "222222222222"
	ann    = "arn:aws:iam::" + ours + ":user/ann"
)

func pick[T any](g generator, list ...T) T { return list[g.IntN(len(list))] }

// chance is true once in n.
func (g generator) chance(n int) bool { return g.IntN(n) == 0 }

// A request is drawn among actions that IAM knows, on resources that they have.
func (g generator) request() iam.Request {
	r := iam.Request{Context: map[string][]string{}}
	table := "arn:aws:dynamodb:" + pick(g, "eu-west-1", "us-east-1") + ":" + pick(g, ours, ours, theirs) + ":table/" + pick(g, "Users", "Orders", "Users2")
	switch g.IntN(8) {
	case 0:
		r.Action, r.Resource = pick(g, "dynamodb:ListTables", "dynamodb:DescribeLimits", "dynamodb:ListBackups"), "*"
	case 1, 2:
		r.Action, r.Resource = pick(g, "dynamodb:Scan", "dynamodb:Query", "dynamodb:PartiQLSelect"), table+"/index/"+pick(g, "byDate", "byName")
	default:
		r.Action = "dynamodb:" + pick(g, "GetItem", "BatchGetItem", "Query", "Scan", "DescribeTable", "DescribeTimeToLive", "PutItem", "UpdateItem",
			"DeleteItem", "BatchWriteItem", "PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete", "DescribeContinuousBackups")
		r.Resource = table
	}
	for _, key := range []string{"dynamodb:FullTableScan", "dynamodb:LeadingKeys", "dynamodb:Attributes", "dynamodb:Select", "dynamodb:ReturnValues",
		"aws:PrincipalTag/Team", "aws:PrincipalArn", "aws:username", "aws:RequestedRegion"} {
		if !g.chance(3) {
			r.Context[g.respelled(key)] = g.values(key, false)
		}
	}
	return r
}

// values draws values of a condition key, for a request or for a policy.
func (g generator) values(key string, policy bool) []string {
	n := 1
	if policy || key == "dynamodb:LeadingKeys" || key == "dynamodb:Attributes" {
		n += g.IntN(3)
	}
	var list []string
	for range n {
		list = append(list, g.value(key, policy))
	}
	return list
}

func (g generator) value(key string, policy bool) string {
	if policy && g.chance(8) && key != "aws:PrincipalArn" {
		return pick(g, "${aws:username}", "${aws:PrincipalTag/Team}", "${aws:PrincipalTag/Team, 'data'}", "*", "${*}", "?", "*a*", "a${?}")
	}
	switch key {
	case "dynamodb:FullTableScan":
		return pick(g, "true", "false", "True")
	case "dynamodb:Select":
		return pick(g, "COUNT", "ALL_ATTRIBUTES", "SPECIFIC_ATTRIBUTES")
	case "dynamodb:ReturnValues":
		return pick(g, "NONE", "ALL_OLD")
	case "aws:PrincipalArn":
		if policy {
			return pick(g, ann, "arn:aws:iam::*:user/*", "arn:aws:iam::"+ours+":role/x", "arn:aws:iam::*:user/an?", "arn:aws:iam::"+ours+":*")
		}
		return ann
	case "aws:RequestedRegion":
		return pick(g, "eu-west-1", "us-east-1")
	}
	return pick(g, "ann", "data", "a", "b", "Ann", "a.c", "abc")
}

// respelled changes the case of a name, which does not matter.
func (g generator) respelled(name string) string {
	switch g.IntN(6) {
	case 0:
		return strings.ToLower(name)
	case 1:
		return strings.ToUpper(name)
	}
	return name
}

func (g generator) document(resourceBased bool) *iam.Document {
	d := &iam.Document{Version: iam.Version}
	for range 1 + g.IntN(3) {
		d.Statement = append(d.Statement, g.statement(resourceBased))
	}
	return d
}

func (g generator) statement(resourceBased bool) iam.Statement {
	s := iam.Statement{Effect: pick(g, iam.Allow, iam.Allow, iam.Allow, iam.Deny)}
	if actions := g.list(g.action); g.chance(6) {
		s.NotAction = actions
	} else {
		s.Action = actions
	}
	if resources := g.list(g.resource); g.chance(6) {
		s.NotResource = resources
	} else {
		s.Resource = resources
	}
	if resourceBased {
		s.Principal = g.principal()
	}
	if g.chance(2) {
		s.Condition = g.conditions()
	}
	return s
}

func (g generator) list(draw func() string) iam.Strings {
	if g.chance(3) {
		return iam.One(draw())
	}
	var list []string
	for range 1 + g.IntN(4) {
		list = append(list, draw())
	}
	return iam.List(list...)
}

func (g generator) action() string {
	return g.respelled(pick(g, "dynamodb:*", "*", "dynamodb:Scan", "dynamodb:PartiQL*", "dynamodb:*Item", "dynamodb:Describe*", "dynamodb:Batch?etItem",
		"dynamodb:Query", "dynamodb:PutItem", "dynamodb:List*", "dynamodb:GetItem", "dynamodb:?can", "dynamodb:PartiQLSelect", "sts:*"))
}

func (g generator) resource() string {
	return pick(g, "*", "arn:aws:dynamodb:*:*:*", "arn:aws:dynamodb:*:*:table/*", "arn:aws:dynamodb:*:"+ours+":table/Users",
		"arn:aws:dynamodb:eu-west-1:*:table/Users*", "arn:aws:dynamodb:*:*:table/Users/index/*", "arn:aws:dynamodb:*:*:table/*/index/by????",
		"arn:aws:dynamodb:eu-*-1:"+ours+":table/Orders", "arn:*:dynamodb:us-east-1:*:table/?sers", "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/Team, 'Users'}",
		"arn:aws:dynamodb:*:*:table/${aws:username}", "arn:aws:dynamodb:*:*:table/users", "arn:aws:s3:::table/Users")
}

func (g generator) principal() iam.Principal {
	if g.chance(4) {
		return iam.Principal{Everyone: true}
	}
	return iam.Principal{Names: map[string]iam.Strings{"AWS": g.list(func() string {
		return pick(g, ours, "arn:aws:iam::"+ours+":root", ann, theirs, "arn:aws:iam::"+ours+":user/bob")
	})}}
}

func (g generator) conditions() iam.Conditions {
	c := iam.Conditions{}
	for range 1 + g.IntN(2) {
		key := pick(g, "dynamodb:FullTableScan", "dynamodb:LeadingKeys", "dynamodb:Attributes", "dynamodb:Select", "dynamodb:ReturnValues",
			"aws:PrincipalTag/Team", "aws:PrincipalArn", "aws:username", "aws:RequestedRegion")
		operator := g.operator(key)
		if c[operator] == nil {
			c[operator] = map[string]iam.Strings{}
		}
		values := g.values(key, true)
		if strings.Contains(operator, "Bool") || operator == "Null" {
			values = []string{pick(g, "true", "false")}
		}
		c[operator][g.respelled(key)] = iam.List(values...)
	}
	return c
}

// operator draws one that suits the key: its kind, and whether it has several values.
func (g generator) operator(key string) string {
	if g.chance(8) {
		return "Null"
	}
	operator := pick(g, "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
	switch key {
	case "dynamodb:FullTableScan":
		operator = "Bool"
	case "aws:PrincipalArn":
		operator = pick(g, "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike")
	}
	if key == "dynamodb:LeadingKeys" || key == "dynamodb:Attributes" || g.chance(6) {
		operator = pick(g, "ForAllValues:", "ForAnyValue:") + operator
	}
	if g.chance(4) {
		operator += "IfExists"
	}
	return operator
}

// describe is a question for people.
func describe(q Question) string {
	text := fmt.Sprintf("%s on %s\n\tcontext %v", q.Action, q.Resource, q.Context)
	for _, d := range append(q.Identity, q.ResourcePolicy) {
		if d != nil {
			policy, _ := d.MarshalJSON()
			text += "\n\t" + string(policy)
		}
	}
	return text
}

// trustQuestion draws a request to assume a role, with its trust policy.
func (g generator) trustQuestion() Question {
	account := pick(g, ours, ours, theirs)
	q := Question{
		Principal: ann, Action: "sts:" + pick(g, "AssumeRole", "AssumeRole", "TagSession", "SetSourceIdentity"), Account: account,
		Resource: "arn:aws:iam::" + account + ":role/" + pick(g, "reader", "copy/reader"), Context: map[string][]string{},
	}
	for _, key := range trustKeys {
		if !g.chance(3) {
			q.Context[g.respelled(key)] = g.values(key, false)
		}
	}
	for range g.IntN(3) {
		q.Identity = append(q.Identity, &iam.Document{Version: iam.Version, Statement: []iam.Statement{{
			Effect: pick(g, iam.Allow, iam.Allow, iam.Allow, iam.Deny), Action: g.list(g.trustAction),
			Resource: g.list(func() string {
				return pick(g, "*", "arn:aws:iam::*:role/*", "arn:aws:iam::"+ours+":role/reader", "arn:aws:iam::"+theirs+":role/*reader")
			}),
		}}})
	}
	trust := &iam.Document{Version: iam.Version}
	for range 1 + g.IntN(2) {
		s := iam.Statement{Effect: pick(g, iam.Allow, iam.Allow, iam.Allow, iam.Deny), Principal: g.principal(), Action: g.list(g.trustAction)}
		if g.chance(2) {
			key := pick(g, trustKeys...)
			s.Condition = iam.Conditions{g.operator(key): {key: iam.List(g.values(key, true)...)}}
		}
		if _, null := s.Condition["Null"]; null {
			s.Condition = nil
		}
		trust.Statement = append(trust.Statement, s)
	}
	q.ResourcePolicy = trust
	return q
}

// trustKeys are condition keys of requests to assume a role.
var trustKeys = []string{"sts:ExternalId", "sts:RoleSessionName", "aws:PrincipalTag/Team", "aws:username"}

func (g generator) trustAction() string {
	return g.respelled(pick(g, "sts:*", "sts:AssumeRole", "sts:Assume*", "sts:TagSession", "sts:SetSourceIdentity", "*"))
}
