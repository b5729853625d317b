package iam

import "testing"

const users = "arn:aws:dynamodb:eu-west-1:123456789012:table/Users"

// TestEvaluate decides requests by one statement, or by several.
func TestEvaluate(t *testing.T) {
	t.Parallel()
	scan := Request{Action: "dynamodb:Scan", Resource: users}
	with := func(context map[string][]string) Request {
		r := scan
		r.Context = context
		return r
	}
	by := func(kind string, names ...string) Request {
		return Request{Action: "sts:AssumeRole", Resource: users, Principals: map[string][]string{kind: names}}
	}
	const any = `"Action": "dynamodb:Scan", "Resource": "*"`
	condition := func(members string) string { return `{"Effect": "Allow", ` + any + `, "Condition": {` + members + `}}` }
	tests := []struct {
		statements string
		request    Request
		want       Decision
	}{
		{`{"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "` + users + `"}`, scan, Allowed},
		{`{"Effect": "Allow", "Action": "DynamoDB:scaN", "Resource": "*"}`, scan, Allowed},
		{`{"Effect": "Allow", "Action": "*", "Resource": "*"}`, scan, Allowed},
		{`{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}`, scan, Allowed},
		{`{"Effect": "Allow", "Action": "dynamodb:S?an", "Resource": "*"}`, scan, Allowed},
		{`{"Effect": "Allow", "Action": "dynamodb:Scan?", "Resource": "*"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "Action": "dynamodb:Sc", "Resource": "*"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "Action": ["dynamodb:Query", "dynamodb:PartiQL*"], "Resource": "*"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "NotAction": "dynamodb:Query", "Resource": "*"}`, scan, Allowed},
		{`{"Effect": "Allow", "NotAction": ["dynamodb:Query", "dynamodb:s*"], "Resource": "*"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:dynamodb:*:*:table/U*"}`, scan, Allowed},
		{`{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:dynamodb:*:*:table/users"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:dynamodb:*:*:table/User"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "Action": "*", "Resource": "` + users + `/index/*"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "Action": "*", "Resource": "` + users + `*"}`, Request{Action: "dynamodb:Query", Resource: users + "/index/byDate"}, Allowed},
		{`{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:dynamodb:*:table/Users:x:y"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:dynamodb:*:*:*"}`, Request{Action: "dynamodb:ListTables", Resource: "*"}, ImplicitDeny},
		{`{"Effect": "Allow", "Action": "*", "Resource": ["*"]}`, Request{Action: "dynamodb:ListTables", Resource: "*"}, Allowed},
		{`{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:dynamodb:*:*:table/Users"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:dynamodb:*:*:table/Orders"]}`, scan, Allowed},

		{`{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:dynamodb:*:*:table/${aws:username}"}`, scan, ImplicitDeny},
		{`{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:dynamodb:*:*:table/${aws:username}"}`, Request{Action: "dynamodb:ListTables", Resource: "*"}, Allowed},
		{`{"Effect": "Allow", ` + any + `}, {"Effect": "Deny", ` + any + `}`, scan, ExplicitDeny},
		{`{"Effect": "Deny", ` + any + `}, {"Effect": "Allow", ` + any + `}`, scan, ExplicitDeny},
		{`{"Effect": "Deny", "NotAction": "dynamodb:Scan", "Resource": "*"}, {"Effect": "Allow", ` + any + `}`, scan, Allowed},

		{condition(`"Bool": {"dynamodb:FullTableScan": "true"}`), with(map[string][]string{"DYNAMODB:fullTableScan": {"True"}}), Allowed},
		{condition(`"Bool": {"dynamodb:FullTableScan": false}`), with(map[string][]string{"dynamodb:FullTableScan": {"true"}}), ImplicitDeny},
		{condition(`"Bool": {"dynamodb:FullTableScan": "true"}`), scan, ImplicitDeny},
		{condition(`"BoolIfExists": {"dynamodb:FullTableScan": "true"}`), scan, Allowed},
		{condition(`"Null": {"dynamodb:FullTableScan": "true"}`), scan, Allowed},
		{condition(`"Null": {"dynamodb:FullTableScan": "false"}`), scan, ImplicitDeny},
		{condition(`"Null": {"dynamodb:LeadingKeys": "false"}`), with(map[string][]string{"dynamodb:LeadingKeys": {"a", "b"}}), Allowed},
		{condition(`"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a", "b"]}`), with(map[string][]string{"dynamodb:LeadingKeys": {"a", "b"}}), Allowed},
		{condition(`"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a"]}`), with(map[string][]string{"dynamodb:LeadingKeys": {"a", "b"}}), ImplicitDeny},
		{condition(`"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a"]}`), scan, Allowed},
		{condition(`"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["a"]}`), with(map[string][]string{"dynamodb:LeadingKeys": {"a", "b"}}), Allowed},
		{condition(`"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["a"]}`), scan, ImplicitDeny},
		{condition(`"ForAnyValue:StringNotEquals": {"dynamodb:LeadingKeys": ["a"]}`), scan, ImplicitDeny},
		{condition(`"ForAllValues:StringNotLike": {"dynamodb:Attributes": ["*mail*"]}`), with(map[string][]string{"dynamodb:Attributes": {"id", "email"}}), ImplicitDeny},
		{condition(`"ForAnyValue:StringNotLike": {"dynamodb:Attributes": ["*mail*"]}`), with(map[string][]string{"dynamodb:Attributes": {"id", "email"}}), Allowed},
		{condition(`"StringNotEquals": {"dynamodb:Select": ["COUNT", "X"]}`), with(map[string][]string{"dynamodb:Select": {"COUNT"}}), ImplicitDeny},
		{condition(`"StringNotEquals": {"dynamodb:Select": ["COUNT", "X"]}`), scan, Allowed},
		{condition(`"StringEquals": {"dynamodb:Select": "A*"}`), with(map[string][]string{"dynamodb:Select": {"ALL"}}), ImplicitDeny},
		{condition(`"StringLike": {"dynamodb:Select": "A*"}`), with(map[string][]string{"dynamodb:Select": {"ALL"}}), Allowed},
		{condition(`"StringEqualsIgnoreCase": {"aws:username": "Ann"}`), with(map[string][]string{"aws:username": {"ann"}}), Allowed},
		{condition(`"StringEquals": {"aws:PrincipalTag/Team": "data"}`), with(map[string][]string{"aws:PrincipalTag/team": {"data"}}), Allowed},
		{condition(`"StringEquals": {"aws:username": "${aws:PrincipalTag/Owner}"}`), with(map[string][]string{"aws:username": {"ann"}, "aws:PrincipalTag/Owner": {"ann"}}), Allowed},
		{condition(`"StringEquals": {"aws:username": "${aws:PrincipalTag/Owner, 'ann'}"}`), with(map[string][]string{"aws:username": {"ann"}}), Allowed},
		{condition(`"StringNotEquals": {"aws:username": "${aws:PrincipalTag/Owner}"}`), with(map[string][]string{"aws:username": {"ann"}}), ImplicitDeny},
		{condition(`"StringLike": {"aws:username": "a${*}"}`), with(map[string][]string{"aws:username": {"ann"}}), ImplicitDeny},
		{condition(`"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}`), with(map[string][]string{"aws:PrincipalArn": {"arn:aws:iam::1:role/copy"}}), Allowed},
		{condition(`"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}`), with(map[string][]string{"aws:PrincipalArn": {"arn:aws:iam::1:role/copy"}}), ImplicitDeny},
		{condition(`"ArnNotLike": {"aws:PrincipalArn": "${aws:username}"}`), with(map[string][]string{"aws:PrincipalArn": {"arn:aws:iam::1:role/copy"}, "aws:username": {"ann"}}), ImplicitDeny},
		{condition(`"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::1:user/x"}`), with(map[string][]string{"aws:PrincipalArn": {"anonymous"}}), ImplicitDeny},
		{condition(`"StringEquals": {"dynamodb:Select": "ALL"}, "Bool": {"dynamodb:FullTableScan": "true"}`), with(map[string][]string{"dynamodb:Select": {"ALL"}}), ImplicitDeny},

		{`{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}`, by("AWS", "arn:aws:iam::123456789012:user/ann", "123456789012"), Allowed},
		{`{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "999999999999"}}`, by("AWS", "arn:aws:iam::123456789012:user/ann", "123456789012"), ImplicitDeny},
		{`{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}`, by("Federated", "oidc.example.com"), ImplicitDeny},
		{`{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}`, by("AWS", "x"), Allowed},
		{`{"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "x"}}`, by("AWS", "x"), ImplicitDeny},
		{`{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": ["a.example", "b.example"]}}`, by("Federated", "b.example"), Allowed},
	}
	for _, tt := range tests {
		d, err := Parse([]byte(`{"Version": "2012-10-17", "Statement": [` + tt.statements + `]}`))
		if err != nil {
			t.Errorf("%s: %v", tt.statements, err)
			continue
		}
		if got := Evaluate([]*Document{d}, tt.request); got != tt.want {
			t.Errorf("%s\n\t%+v: %v, want %v", tt.statements, tt.request, got, tt.want)
		}
	}
	if got := Evaluate(nil, scan); got != ImplicitDeny {
		t.Errorf("without a policy: %v", got)
	}
}

// TestWhatIsUnknownFailsClosed evaluates documents that Parse refuses.
func TestWhatIsUnknownFailsClosed(t *testing.T) {
	t.Parallel()
	for _, c := range []Conditions{
		{"DateGreaterThan": {"aws:CurrentTime": One("2026-01-01")}},
		{"StringEquals": {"aws:Unheard": One("x")}},
	} {
		for effect, want := range map[string]Decision{Allow: ImplicitDeny, Deny: ExplicitDeny} {
			d := &Document{Statement: []Statement{{Effect: effect, Action: One("*"), Resource: One("*"), Condition: c}}}
			if got := Evaluate([]*Document{d}, Request{Action: "dynamodb:Scan", Resource: users}); got != want {
				t.Errorf("%s if %v: %v", effect, c, got)
			}
		}
	}
}

// TestPatternIsLinear matches a pattern that would take a backtracking matcher forever.
func TestPatternIsLinear(t *testing.T) {
	t.Parallel()
	var p pattern
	for range 30 {
		p = append(p, 'a', anyRunes)
	}
	text := make([]byte, 10_000)
	for i := range text {
		text[i] = 'a'
	}
	if p = append(p, 'b'); p.matches(string(text)) {
		t.Error("matches")
	}
}
