package iam

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentsComeBack reads policies and writes them: what was a string, and what a list,
// is so again, and a second time changes nothing.
func TestDocumentsComeBack(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		got, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(text, &a) != nil || json.Unmarshal([]byte(got), &b) != nil {
			t.Fatalf("%s: no JSON", file)
		}
		if x, y := compact(a), compact(b); x != y {
			t.Errorf("%s: %s became %s", file, x, y)
		}
		again, err := Parse([]byte(got))
		if err != nil {
			t.Fatalf("%s, written and read again: %v", file, err)
		}
		if twice, _ := again.JSON(); twice != got {
			t.Errorf("%s: the second text differs:\n%s", file, twice)
		}
	}
}

// compact is JSON with sorted members.
func compact(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// TestJSONOfADocument holds the form.
func TestJSONOfADocument(t *testing.T) {
	t.Parallel()
	d := &Document{Version: Version, Statement: []Statement{{
		Sid: "Read", Effect: Allow,
		Action:    List("dynamodb:Scan", "dynamodb:GetItem"),
		Resource:  One("arn:aws:dynamodb:*:*:table/A<&>"),
		Condition: Conditions{"StringLike": {"dynamodb:Select": One("ALL*")}, "Bool": {"dynamodb:FullTableScan": List("false")}},
	}, {
		Effect: Deny, NotPrincipal: Principal{Everyone: true}, NotAction: One("sts:*"),
	}}}
	const want = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": [
        "dynamodb:Scan",
        "dynamodb:GetItem"
      ],
      "Resource": "arn:aws:dynamodb:*:*:table/A<&>",
      "Condition": {
        "Bool": {
          "dynamodb:FullTableScan": [
            "false"
          ]
        },
        "StringLike": {
          "dynamodb:Select": "ALL*"
        }
      }
    },
    {
      "Effect": "Deny",
      "NotPrincipal": "*",
      "NotAction": "sts:*"
    }
  ]
}`
	if got, err := d.JSON(); err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
}

// TestParseRefuses: what is wrong, and where.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	statement := func(members string) string {
		return `{"Version": "2012-10-17", "Statement": [` + `{"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*"}, {` + members + `}]}`
	}
	condition := func(members string) string {
		return statement(`"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*", "Condition": {` + members + `}`)
	}
	tests := []struct{ text, want string }{
		{``, "the policy is no JSON from byte 0 on"},
		{`{"Statement": [`, "the policy is no JSON from byte 15 on"},
		{`[]`, "the policy is no object"},
		{`"x"`, "the policy is no object"},
		{`{} {}`, "something follows the policy's last }"},
		{`{}`, "the policy has no Statement"},
		{`{"Statement": []}`, "Statement is empty"},
		{`{"Statement": ["x"]}`, "Statement[0] is no object"},
		{`{"Version": "2012-10-18", "Statement": {}}`, "Version is neither 2012-10-17 nor 2008-10-17"},
		{`{"Version": null, "Statement": {}}`, "Version is no string"},
		{`{"version": "2012-10-17", "Statement": {}}`, "version is unknown; there may be Version, Id, Statement"},
		{`{"Statement": {}, "Statement": {}}`, "Statement is there twice"},
		{`{"Id": {}, "Statement": {}}`, "Id is no string"},
		{strings.Repeat("[", 20), "is nested too deeply"},
		{statement(``), "Statement[1] has neither Action nor NotAction"},
		{statement(`"Action": "a:b"`), "Statement[1] has no Effect"},
		{statement(`"Effect": "allow", "Action": "a:b"`), "Statement[1].Effect is neither Allow nor Deny"},
		{statement(`"Effect": "Allow", "Action": "a:b", "NotAction": "a:b"`), "Statement[1] has both Action and NotAction"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Resource": "*", "NotResource": "*"`), "Statement[1] has both Resource and NotResource"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Principal": "*", "NotPrincipal": "*"`), "Statement[1] has both Principal and NotPrincipal"},
		{statement(`"Effect": "Allow", "Action": []`), "Statement[1].Action is empty"},
		{statement(`"Effect": "Allow", "Action": ["a:b", null]`), "Statement[1].Action[1] is no string"},
		{statement(`"Effect": "Allow", "Action": ["a:b", ["c:d"]]`), "Statement[1].Action[1] is no string"},
		{statement(`"Effect": "Allow", "Action": {}`), "Statement[1].Action is no string"},
		{statement(`"Effect": "Allow", "Action": "Scan"`), "Statement[1].Action is no action, such as dynamodb:Scan"},
		{statement(`"Effect": "Allow", "Action": "dynamodb:"`), "Statement[1].Action is no action"},
		{statement(`"Effect": "Allow", "Action": "dynamodb: Scan"`), "Statement[1].Action is no action"},
		{statement(`"Effect": "Allow", "NotAction": ""`), "Statement[1].NotAction is no action"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Resource": "Users"`), "Statement[1].Resource is no ARN"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Resource": ["*", "arn:aws:dynamodb:table/Users"]`), "Statement[1].Resource[1] is no ARN"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Resource": "arn:aws:dynamodb:*:*:t*/Users"`), "Statement[1].Resource has a wildcard in the type of the resource"},
		{statement(`"Effect": "Allow", "Action": "a:b", "NotResource": "arn:aws:dynamodb:*:*:table/${aws:username"`), "Statement[1].NotResource has a variable without a }"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Resource": "arn:aws:dynamodb:*:*:table/${aws:usrname}"`), "Statement[1].Resource has a variable that is no condition key"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Principal": "arn"`), "Statement[1].Principal is no object"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Principal": {}`), "Statement[1].Principal is empty"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Principal": {"aws": "1"}`), "Statement[1].Principal.aws is unknown"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Principal": {"AWS": []}`), "Statement[1].Principal.AWS is empty"},
		{statement(`"Effect": "Allow", "Action": "a:b", "Principal": {"AWS": ["1", "arn:aws:iam::1:role/*"]}`), "Statement[1].Principal.AWS[1] is no principal"},
		{statement(`"Sid": "A", "Effect": "Allow", "Action": "a:b"}, {"Sid": "A", "Effect": "Allow", "Action": "a:b"`), "Statement[2].Sid is that of another statement"},
		{statement(`"Sid": "A", "Effect": "Allow", "Action": "a:b", "Conditions": {}`), "Statement[1].Conditions is unknown"},
		{condition(`"StringEqual": {"aws:username": "x"}`), "Statement[1].Condition.StringEqual is no condition operator that is known"},
		{condition(`"ForSomeValues:StringEquals": {"aws:TagKeys": "x"}`), "is no condition operator that is known"},
		{condition(`"NullIfExists": {"aws:TagKeys": "x"}`), "is no condition operator that is known"},
		{condition(`"ForAllValues:Null": {"aws:TagKeys": "true"}`), "is no condition operator that is known"},
		{condition(`"StringEquals": "x"`), "Statement[1].Condition.StringEquals is no object"},
		{condition(`"StringEquals": {"aws:Username:x": "x"}`), "Statement[1].Condition.StringEquals.aws:Username:x is no condition key that is known"},
		{condition(`"StringEquals": {"aws:PrincipalTag/": "x"}`), "is no condition key that is known"},
		{condition(`"StringEquals": {"aws:username": []}`), "Statement[1].Condition.StringEquals.aws:username is empty"},
		{condition(`"Bool": {"dynamodb:FullTableScan": "no"}`), "Statement[1].Condition.Bool.dynamodb:FullTableScan is neither true nor false"},
		{condition(`"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:*", "arn:aws:iam:*:user/ann"]}`), "Statement[1].Condition.ArnLike.aws:PrincipalArn[1] is no ARN"},
		{condition(`"StringEquals": {"dynamodb:LeadingKeys": "x"}`), "Statement[1].Condition.StringEquals.dynamodb:LeadingKeys has several values in a request; its operator needs ForAllValues: or ForAnyValue:"},
		{condition(`"StringEquals": {"aws:username": "${aws:TagKeys}"}`), "has a variable that is no condition key with one value"},
	}
	for _, tt := range tests {
		d, err := Parse([]byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) || d != nil {
			t.Errorf("%s\n\tgot:  %v\n\twant: %s", tt.text, err, tt.want)
		}
	}
}

// TestKinds: each kind of policy needs and has members of its own.
func TestKinds(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][3]bool{ // by kind
		`{"Effect": "Allow", "Action": "a:b", "Resource": "*"}`:                           {true, false, false},
		`{"Effect": "Allow", "Action": "a:b", "NotResource": "*"}`:                        {true, false, false},
		`{"Effect": "Allow", "Action": "a:b", "Resource": "*", "Principal": "*"}`:         {false, true, false},
		`{"Effect": "Allow", "Action": "a:b", "Principal": "*"}`:                          {false, false, true},
		`{"Effect": "Allow", "Action": "a:b", "NotPrincipal": {"AWS": "123456789012"}}`:   {false, false, true},
		`{"Effect": "Allow", "Action": "a:b"}`:                                            {false, false, false},
		`{"Effect": "Deny", "NotAction": "a:b", "NotResource": "*", "NotPrincipal": "*"}`: {false, true, false},
	} {
		for i, kind := range []Kind{Identity, Resource, Trust} {
			d, err := ParseAs(kind, []byte(`{"Statement": `+name+`}`))
			if (err == nil) != want[i] || (d == nil) != (err != nil) {
				t.Errorf("%s as %s: %v", name, kind, err)
			}
		}
	}
}
