package dynsynctest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

const (
	annARN    = "arn:aws:iam::111111111111:user/ann"
	readerARN = "arn:aws:iam::222222222222:role/copy/reader"
)

// trusts is a trust policy for one principal, with conditions as JSON.
func trusts(principal, condition string, actions ...string) string {
	if len(actions) == 0 {
		actions = []string{"sts:AssumeRole"}
	}
	if condition != "" {
		condition = `, "Condition": ` + condition
	}
	return `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": ` + principal + `, "Action": ["` + strings.Join(actions, `", "`) + `"]` + condition + `}]}`
}

// aws is a principal that is an account or an ARN.
func awsPrincipal(name string) string { return `{"AWS": "` + name + `"}` }

const externalID = `{"StringEquals": {"sts:ExternalId": "x-7f3a"}}`

// newSTS starts a service with a user, who may assume any role.
func newSTS(t *testing.T, srv *dynsynctest.Server, opts ...dynsynctest.STSOption) *dynsynctest.STS {
	t.Helper()
	s := dynsynctest.NewSTS(srv, opts...)
	t.Cleanup(s.Close)
	must(t, s.AddUser("AKIAANN", "secret", annARN, allow("sts:*")))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stsClient is a client of the service that signs with the keys.
func stsClient(s *dynsynctest.STS, keys aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: aws.String(s.URL()), Credentials: keys, RetryMaxAttempts: 1, HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
}

func keys(id, secret, token string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(id, secret, token)
}

var ann = keys("AKIAANN", "secret", "")

func issuedTo(out *ststypes.Credentials) aws.CredentialsProvider {
	return keys(*out.AccessKeyId, *out.SecretAccessKey, *out.SessionToken)
}

func tablesOf(srv *dynsynctest.Server, keys aws.CredentialsProvider) error {
	_, err := srv.Client(func(o *dynamodb.Options) { o.Credentials, o.RetryMaxAttempts = keys, 1 }).ListTables(context.Background(), &dynamodb.ListTablesInput{})
	return err
}

// A session of a role sees the tables of the role's account, may do what the role may, and is
// named in what is denied.
func TestAssumeRole(t *testing.T) {
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	s := newSTS(t, srv)
	must(t, s.AddUser("AKIABOB", "secret2", "arn:aws:iam::222222222222:user/bob", allowAll))
	must(t, s.AddRole(readerARN, trusts(awsPrincipal("111111111111"), externalID), allow("dynamodb:DescribeTable", "dynamodb:ListTables")))
	bob := srv.Client(func(o *dynamodb.Options) { o.Credentials = keys("AKIABOB", "secret2", "") })
	arn := createTable(t, bob, "Users", "pk:S").TableArn
	if *arn != "arn:aws:dynamodb:us-east-1:222222222222:table/Users" {
		t.Errorf("the table is %s", *arn)
	}
	ctx := context.Background()
	out, err := stsClient(s, ann).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String(readerARN), RoleSessionName: aws.String("nightly"), ExternalId: aws.String("x-7f3a"), DurationSeconds: aws.Int32(7200)})
	must(t, err)
	const session = "arn:aws:sts::222222222222:assumed-role/reader/nightly"
	if left := time.Until(*out.Credentials.Expiration); *out.AssumedRoleUser.Arn != session || left < 119*time.Minute || left > 2*time.Hour || !strings.HasPrefix(*out.Credentials.AccessKeyId, "ASIA") {
		t.Errorf("%s for %v: %s", *out.AssumedRoleUser.Arn, left, *out.Credentials.AccessKeyId)
	}
	who, err := stsClient(s, issuedTo(out.Credentials)).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	must(t, err)
	if *who.Arn != session || *who.Account != "222222222222" {
		t.Errorf("the caller is %s of %s", *who.Arn, *who.Account)
	}
	reader := srv.Client(func(o *dynamodb.Options) { o.Credentials = issuedTo(out.Credentials) })
	if _, err := reader.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Users")}); err != nil {
		t.Error(err)
	}
	_, err = reader.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("Users")})
	fails(t, err, "AccessDeniedException", "User: "+session+" is not authorized to perform: dynamodb:Scan on resource: "+*arn+" because no identity-based policy allows the dynamodb:Scan action")
	equal(t, srv.Asked(readerARN), []dynsynctest.Asked{{"dynamodb:DescribeTable", *arn, true}, {"dynamodb:Scan", *arn, false}})
	// Ann's own account has no such table, and she may do nothing there.
	fails(t, tablesOf(srv, ann), "AccessDeniedException", "dynamodb:ListTables on resource: arn:aws:dynamodb:us-east-1:111111111111:table/*")
}

// Who may assume a role, and which parameters are refused.
func TestAssumeRoleRefuses(t *testing.T) {
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	s := newSTS(t, srv)
	must(t, s.AddUser("AKIAEVE", "secret3", "arn:aws:iam::333333333333:user/eve"))
	must(t, s.AddUser("AKIAFAY", "secret4", "arn:aws:iam::222222222222:user/fay"))
	must(t, s.AddRole(readerARN, trusts(awsPrincipal("arn:aws:iam::111111111111:root"), externalID)))
	must(t, s.AddRole("arn:aws:iam::222222222222:role/open", trusts(`"*"`, "")))
	must(t, s.AddRole("arn:aws:iam::222222222222:role/fays", trusts(awsPrincipal("arn:aws:iam::222222222222:user/fay"), "")))
	must(t, s.AddRole("arn:aws:iam::222222222222:role/account", trusts(awsPrincipal("222222222222"), "")))
	must(t, s.AddRole("arn:aws:iam::222222222222:role/tagged", trusts(`"*"`, `{"StringEquals": {"aws:RequestTag/Team": "data"}}`, "sts:AssumeRole", "sts:TagSession")))
	must(t, s.AddRole("arn:aws:iam::222222222222:role/sourced", trusts(`"*"`, `{"StringLike": {"sts:SourceIdentity": "an*"}}`, "sts:AssumeRole", "sts:SetSourceIdentity")))
	tag := func(key, value string) []ststypes.Tag { return []ststypes.Tag{{Key: &key, Value: &value}} }
	must(t, s.AddUser("AKIAGIL", "secret5", "arn:aws:iam::222222222222:user/gil", allow("sts:AssumeRole")))
	gil := keys("AKIAGIL", "secret5", "")
	eve, fay := keys("AKIAEVE", "secret3", ""), keys("AKIAFAY", "secret4", "")
	denied := func(who, action, role string) string {
		return "User: " + who + " is not authorized to perform: sts:" + action + " on resource: arn:aws:iam::222222222222:role/" + role
	}
	for _, tt := range []struct {
		name       string
		by         aws.CredentialsProvider
		role       string
		edit       func(in *sts.AssumeRoleInput)
		code, text string // empty: allowed
	}{
		{name: "right external id", by: ann, role: "copy/reader", edit: func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x-7f3a") }},
		{name: "wrong external id", by: ann, role: "copy/reader", edit: func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x-7f3b") }, code: "AccessDenied", text: denied(annARN, "AssumeRole", "copy/reader")},
		{name: "no external id", by: ann, role: "copy/reader", code: "AccessDenied", text: denied(annARN, "AssumeRole", "copy/reader")},
		{name: "no such role", by: ann, role: "nobody", code: "AccessDenied", text: denied(annARN, "AssumeRole", "nobody")},
		{name: "external id that nobody asked for", by: ann, role: "open", edit: func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x-7f3a") }},
		{name: "no identity policy, another account", by: eve, role: "open", code: "AccessDenied", text: denied("arn:aws:iam::333333333333:user/eve", "AssumeRole", "open")},
		{name: "no identity policy, named by the role of the same account", by: fay, role: "fays"},
		{name: "no identity policy, account named by the role of the same account", by: fay, role: "account", code: "AccessDenied", text: denied("arn:aws:iam::222222222222:user/fay", "AssumeRole", "account")},
		{name: "not named by the role of the same account", by: gil, role: "fays", code: "AccessDenied", text: denied("arn:aws:iam::222222222222:user/gil", "AssumeRole", "fays")},
		{name: "account named by the role of the same account", by: gil, role: "account"},
		{name: "not named", by: ann, role: "fays", code: "AccessDenied", text: denied(annARN, "AssumeRole", "fays")},
		{name: "tag", by: ann, role: "tagged", edit: func(in *sts.AssumeRoleInput) { in.Tags = tag("Team", "data") }},
		{name: "another tag", by: ann, role: "tagged", edit: func(in *sts.AssumeRoleInput) { in.Tags = tag("Team", "sales") }, code: "AccessDenied", text: denied(annARN, "AssumeRole", "tagged")},
		{name: "tags are not allowed", by: ann, role: "open", edit: func(in *sts.AssumeRoleInput) { in.Tags = tag("Team", "data") }, code: "AccessDenied", text: denied(annARN, "TagSession", "open")},
		{name: "source identity", by: ann, role: "sourced", edit: func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("ann") }},
		{name: "source identities are not allowed", by: ann, role: "open", edit: func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("ann") }, code: "AccessDenied", text: denied(annARN, "SetSourceIdentity", "open")},
		{name: "unknown key", by: keys("AKIANOBODY", "secret", ""), role: "open", code: "InvalidClientTokenId", text: "invalid"},
		{name: "wrong secret", by: keys("AKIAANN", "secrets", ""), role: "open", code: "SignatureDoesNotMatch", text: "does not match"},
		{name: "token of a key that has none", by: keys("AKIAANN", "secret", "token"), role: "open", code: "InvalidClientTokenId", text: "invalid"},
		{name: "an ARN of a user", by: ann, edit: func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String(annARN) }, code: "ValidationError", text: annARN + " is invalid"},
		{name: "a short ARN", by: ann, edit: func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("reader") }, code: "ValidationError", text: "greater than or equal to 20"},
		{name: "a session name with a blank", by: ann, role: "open", edit: func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, code: "ValidationError", text: "'roleSessionName' failed to satisfy"},
		{name: "a long session name", by: ann, role: "open", edit: func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String(repeat("a", 65)) }, code: "ValidationError", text: "'roleSessionName'"},
		{name: "an external id of one letter", by: ann, role: "open", edit: func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x") }, code: "ValidationError", text: "'externalId'"},
		{name: "a short session", by: ann, role: "open", edit: func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }, code: "ValidationError", text: "greater than or equal to 900"},
		{name: "a long session", by: ann, role: "open", edit: func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(43201) }, code: "ValidationError", text: "less than or equal to 43200"},
		{name: "a key of a tag", by: ann, role: "tagged", edit: func(in *sts.AssumeRoleInput) { in.Tags = tag("Te;am", "x") }, code: "ValidationError", text: "'tags.1.member.key'"},
		{name: "a transitive tag that is not there", by: ann, role: "tagged", edit: func(in *sts.AssumeRoleInput) { in.TransitiveTagKeys = []string{"Team"} }, code: "ValidationError", text: "transitive"},
		{name: "two tags that differ in case", by: ann, role: "tagged", edit: func(in *sts.AssumeRoleInput) { in.Tags = append(tag("Team", "data"), tag("team", "data")...) }, code: "ValidationError", text: "Duplicate tag keys"},
		{name: "a reserved tag", by: ann, role: "tagged", edit: func(in *sts.AssumeRoleInput) { in.Tags = append(tag("Team", "data"), tag("AWS:x", "y")...) }, code: "ValidationError", text: "reserved"},
		{name: "a session policy", by: ann, role: "open", edit: func(in *sts.AssumeRoleInput) { in.Policy = aws.String(allowAll) }, code: "ValidationError", text: "does not know"},
	} {
		in := sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::222222222222:role/" + tt.role), RoleSessionName: aws.String("nightly")}
		if tt.edit != nil {
			tt.edit(&in)
		}
		_, err := stsClient(s, tt.by).AssumeRole(context.Background(), &in)
		switch {
		case tt.code != "":
			if err == nil || !strings.Contains(err.Error(), tt.code) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%s: %v\nwant %s: %s", tt.name, err, tt.code, tt.text)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if n := len(s.Sessions()); n != 6 {
		t.Errorf("%d sessions", n)
	}
}

// A session may assume the next role, for an hour, and brings its transitive tags and its
// source identity along.
func TestChains(t *testing.T) {
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	s := newSTS(t, srv)
	must(t, s.AddRole(readerARN, trusts(awsPrincipal(annARN), "", "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"), allow("sts:*")))
	const last = "arn:aws:iam::333333333333:role/last"
	must(t, s.AddRole("arn:aws:iam::333333333333:role/plain", trusts(awsPrincipal(readerARN), "")))
	must(t, s.AddRole(last, trusts(awsPrincipal(readerARN), `{"StringEquals": {"sts:SourceIdentity": "ann"}}`, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"),
		statement("Allow", []string{"dynamodb:ListTables"}, "*", `, "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "data", "aws:SourceIdentity": "ann"}}`)))
	ctx := context.Background()
	first, err := stsClient(s, ann).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String(readerARN), RoleSessionName: aws.String("one"), SourceIdentity: aws.String("ann"), TransitiveTagKeys: []string{"Team"},
		Tags: []ststypes.Tag{{Key: aws.String("Team"), Value: aws.String("data")}, {Key: aws.String("Job"), Value: aws.String("nightly")}},
	})
	must(t, err)
	client := stsClient(s, issuedTo(first.Credentials))
	second := sts.AssumeRoleInput{RoleArn: aws.String(last), RoleSessionName: aws.String("two"), DurationSeconds: aws.Int32(3601)}
	_, err = client.AssumeRole(ctx, &second)
	fails(t, err, "ValidationError", "1 hour session limit for roles assumed by role chaining")
	second.DurationSeconds = nil
	plain := second
	plain.RoleArn = aws.String("arn:aws:iam::333333333333:role/plain")
	_, err = client.AssumeRole(ctx, &plain)
	fails(t, err, "AccessDenied", "sts:TagSession on resource: arn:aws:iam::333333333333:role/plain")
	other := second
	other.SourceIdentity = aws.String("eve")
	_, err = client.AssumeRole(ctx, &other)
	fails(t, err, "AccessDenied", "sts:SetSourceIdentity on resource: "+last)
	other = second
	other.Tags = []ststypes.Tag{{Key: aws.String("team"), Value: aws.String("sales")}}
	_, err = client.AssumeRole(ctx, &other)
	fails(t, err, "ValidationError", "that of a transitive tag")
	out, err := client.AssumeRole(ctx, &second)
	must(t, err)
	if err := tablesOf(srv, issuedTo(out.Credentials)); err != nil {
		t.Error(err)
	}
	sessions := s.Sessions()
	if len(sessions) != 2 || sessions[0].Tags["Job"] != "nightly" || sessions[0].SourceIdentity != "ann" || sessions[1].Role != last || sessions[1].Name != "two" {
		t.Errorf("%+v", sessions)
	}
	// A policy that is taken from a role is taken from its sessions.
	must(t, s.AddRole(last, trusts(awsPrincipal(readerARN), "")))
	fails(t, tablesOf(srv, issuedTo(out.Credentials)), "AccessDeniedException", "ListTables")
	// Ann herself is not trusted by the last role.
	_, err = stsClient(s, ann).AssumeRole(ctx, &second)
	fails(t, err, "AccessDenied", last)
}

// An STS beside a server that looks at dates does so, too.
func TestSTSLooksAtDates(t *testing.T) {
	srv := dynsynctest.NewServer(dynsynctest.WithSignatureDates(5*time.Minute), dynsynctest.WithClock(func() time.Time { return time.Now().Add(-time.Hour) }))
	t.Cleanup(srv.Close)
	s := newSTS(t, srv)
	_, err := stsClient(s, ann).GetCallerIdentity(t.Context(), nil)
	fails(t, err, "SignatureDoesNotMatch", "Signature not yet current")
}

// The server takes only keys that are known and live, with their token and their secret.
func TestKeysOfRequests(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	srv := dynsynctest.NewServer(dynsynctest.WithClock(func() time.Time { return now }))
	t.Cleanup(srv.Close)
	s := newSTS(t, srv, dynsynctest.WithSessionLifetime(3*time.Second))
	must(t, s.AddRole(readerARN, trusts(awsPrincipal("111111111111"), ""), allowAll))
	out, err := stsClient(s, ann).AssumeRole(context.Background(), &sts.AssumeRoleInput{RoleArn: aws.String(readerARN), RoleSessionName: aws.String("nightly")})
	must(t, err)
	if want := now.Add(3 * time.Second); !out.Credentials.Expiration.Equal(want) {
		t.Errorf("expires %v, want %v", out.Credentials.Expiration, want)
	}
	k := out.Credentials
	for _, tt := range []struct {
		name  string
		keys  aws.CredentialsProvider
		after time.Duration
		code  string
	}{
		{"as issued", issuedTo(k), 0, ""},
		{"just before the end", issuedTo(k), 3*time.Second - 1, ""},
		{"at the end", issuedTo(k), 3 * time.Second, "ExpiredTokenException"},
		{"without a token", keys(*k.AccessKeyId, *k.SecretAccessKey, ""), 0, "UnrecognizedClientException"},
		{"with another token", keys(*k.AccessKeyId, *k.SecretAccessKey, "x"+*k.SessionToken), 0, "UnrecognizedClientException"},
		{"with another secret", keys(*k.AccessKeyId, "x", *k.SessionToken), 0, "InvalidSignatureException"},
		{"a key that nobody has", keys("AKIANOBODY", "secret", ""), 0, "UnrecognizedClientException"},
		{"the ARN of a role", keys(readerARN, "", ""), 0, "UnrecognizedClientException"},
		{"the test server's own", dynsynctest.Credentials("dynsynctest"), 0, "UnrecognizedClientException"},
		{"a user with a wrong secret", keys("AKIAANN", "Secret", ""), 0, "InvalidSignatureException"},
	} {
		begin := now
		now = now.Add(tt.after)
		switch err := tablesOf(srv, tt.keys); {
		case tt.code == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.code != "" && (err == nil || !strings.Contains(err.Error(), tt.code) && !strings.Contains(err.Error(), "empty")):
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
		now = begin
	}
	now = now.Add(time.Hour)
	_, err = stsClient(s, issuedTo(k)).GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	fails(t, err, "ExpiredToken", "is expired")
	// A request whose body was changed on the way has another signature.
	if status, answer, _ := post(t, srv, "ListTables", "{}"); status != 400 || !strings.Contains(answer, "UnrecognizedClientException") {
		t.Error(status, answer)
	}
}

// Authorize replaces the policies of a user, whose ARN and account stay.
func TestAuthorizeUsers(t *testing.T) {
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	newSTS(t, srv)
	fails(t, tablesOf(srv, ann), "AccessDeniedException", "User: "+annARN+" is not authorized to perform: dynamodb:ListTables")
	must(t, srv.Authorize("AKIAANN", allow("dynamodb:ListTables")))
	must(t, tablesOf(srv, ann))
	if srv.Authorize("AKIAANN", "{") == nil {
		t.Error("a malformed policy is taken")
	}
	fails(t, tablesOf(srv, ann), "AccessDeniedException", "User: "+annARN+" is not authorized to perform: dynamodb:ListTables")
	if n := len(srv.Asked("AKIAANN")); n != 2 {
		t.Errorf("%d things were asked for", n)
	}
}

// A token of a provider stands for a signature.
func TestWebIdentity(t *testing.T) {
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	s := newSTS(t, srv)
	const provider = "arn:aws:iam::222222222222:oidc-provider/oidc.example.com"
	must(t, s.AddRole(readerARN, trusts(`{"Federated": "`+provider+`"}`, `{"StringEquals": {"oidc.example.com:sub": "system:serviceaccount:jobs:copy", "oidc.example.com:aud": "sts.amazonaws.com"}}`, "sts:AssumeRoleWithWebIdentity"), allow("dynamodb:ListTables")))
	s.AddWebIdentity("good", "oidc.example.com", "system:serviceaccount:jobs:copy", "sts.amazonaws.com")
	s.AddWebIdentity("another account", "oidc.example.com", "system:serviceaccount:jobs:other", "sts.amazonaws.com")
	s.AddWebIdentity("another provider", "oidc.example.org", "system:serviceaccount:jobs:copy", "sts.amazonaws.com")
	for token, want := range map[string]string{"good": "", "another account": "AccessDenied", "another provider": "AccessDenied", "nobody's": "InvalidIdentityToken"} {
		out, err := stsClient(s, aws.AnonymousCredentials{}).AssumeRoleWithWebIdentity(context.Background(), &sts.AssumeRoleWithWebIdentityInput{
			RoleArn: aws.String(readerARN), RoleSessionName: aws.String("pod"), WebIdentityToken: aws.String(token),
		})
		switch {
		case want != "":
			fails(t, err, want, "")
		case err != nil:
			t.Errorf("%s: %v", token, err)
		case *out.SubjectFromWebIdentityToken != "system:serviceaccount:jobs:copy" || *out.Provider != provider:
			t.Errorf("%+v", out)
		default:
			if err := tablesOf(srv, issuedTo(out.Credentials)); err != nil {
				t.Error(err)
			}
		}
	}
}

// A server has one STS, and what is added to it is checked.
func TestSTSArguments(t *testing.T) {
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	s := newSTS(t, srv)
	s.Close()
	s.Close()
	for name, err := range map[string]error{
		"user with a role's ARN":        s.AddUser("AKIA", "secret", readerARN),
		"user without a secret":         s.AddUser("AKIA", "", annARN),
		"user without a key":            s.AddUser("", "secret", annARN),
		"user with a malformed policy":  s.AddUser("AKIA", "secret", annARN, "{"),
		"role with a user's ARN":        s.AddRole(annARN, trusts(`"*"`, "")),
		"role without a trust policy":   s.AddRole(readerARN, ""),
		"role with a policy of another": s.AddRole(readerARN, allowAll),
		"role with a malformed policy":  s.AddRole(readerARN, trusts(`"*"`, ""), "{"),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	shared := dynsynctest.NewServer(dynsynctest.WithSharedTables())
	t.Cleanup(shared.Close)
	for _, srv := range []*dynsynctest.Server{srv, shared} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			dynsynctest.NewSTS(srv).Close()
		}()
	}
}
