package connect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestDescribe(t *testing.T) {
	keys := []string{"AWS_ACCESS_KEY_ID", "AKIA" + canary, "AWS_SECRET_ACCESS_KEY", canary, "AWS_REGION", "eu-central-1"}
	const atAWS = "region eu-central-1 (the environment), endpoint https://dynamodb.eu-central-1.amazonaws.com, credentials: "
	for _, tt := range []struct {
		env  []string
		opts []Option
		want string
	}{
		{keys, nil, atAWS + "the access key of the environment"},
		{keys, []Option{Region("us-east-1")}, "region us-east-1 (an option), endpoint https://dynamodb.us-east-1.amazonaws.com, credentials: the access key of the environment"},
		{keys, []Option{Profile("ci")}, atAWS + `the access key of profile "ci"`},
		{nil, []Option{Profile("ci")}, `region eu-west-1 (profile "ci"), endpoint https://dynamodb.eu-west-1.amazonaws.com, credentials: the access key of profile "ci"`},
		{[]string{"AWS_PROFILE", "ci"}, nil, `region eu-west-1 (profile "ci"), endpoint https://dynamodb.eu-west-1.amazonaws.com, credentials: the access key of profile "ci"`},
		{keys, []Option{Profile("role")}, atAWS + `a role assumed by profile "role"`},
		{keys, []Option{Profile("sso")}, atAWS + `single sign-on of profile "sso"`},
		{keys, []Option{Profile("process")}, atAWS + `the credential_process of profile "process"`},
		{keys, []Option{Role(prodRead, ExternalID(canary))}, atAWS + "role " + prodRead + " assumed with an external id, by the access key of the environment"},
		{keys, []Option{Keys("ASIA"+canary, canary, canary), Role(stage), Role(prodRead)}, atAWS + "role " + prodRead + " assumed without an external id, by role " + stage + " assumed without an external id, by a temporary access key of an option"},
		{keys, []Option{Keys("AKIA"+canary, canary, "")}, atAWS + "an access key of an option"},
		{keys, []Option{WebIdentity(prodRead, canary)}, atAWS + "role " + prodRead + " assumed with a web identity"},
		{[]string{"AWS_REGION", "eu-central-1", "AWS_ROLE_ARN", prodRead, "AWS_WEB_IDENTITY_TOKEN_FILE", canary}, nil, atAWS + "a role assumed with the web identity of AWS_WEB_IDENTITY_TOKEN_FILE"},
		{[]string{"AWS_REGION", "eu-central-1", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/" + canary}, nil, atAWS + "the role of the container"},
		{[]string{"AWS_REGION", "eu-central-1"}, nil, atAWS + "the role of the EC2 instance, if it has one"},
		{keys, []Option{Endpoint("http://localhost:8000/")}, "region eu-central-1 (the environment), endpoint http://localhost:8000 (local), credentials: access key dummyid of a local endpoint"},
		{keys[:4], []Option{Endpoint("http://localhost:8000")}, "region us-west-2 (the default of a local endpoint), endpoint http://localhost:8000 (local), credentials: access key dummyid of a local endpoint"},
	} {
		clear(t, tt.env...)
		profiles(t, `
[profile ci]
region = eu-west-1
aws_access_key_id = AKIA`+canary+`
aws_secret_access_key = `+canary+`
[profile role]
role_arn = `+prodRead+`
source_profile = ci
[profile sso]
sso_session = s
sso_account_id = 111122223333
sso_role_name = r
[sso-session s]
sso_region = eu-central-1
sso_start_url = https://example.com/start
[profile process]
credential_process = /no/such `+canary+`
`)
		client := mustOpen(t, tt.opts...)
		if got := Describe(client); got != tt.want {
			t.Errorf("%s\nnot %s", got, tt.want)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, client.Options().Credentials); strings.Contains(text, canary) {
				t.Errorf("%s prints a secret: %s", verb, text)
			}
		}
	}
	other := dynamodb.New(dynamodb.Options{Region: "eu-central-1", BaseEndpoint: aws.String("http://localhost:1"), Credentials: credentials.NewStaticCredentialsProvider(canary, canary, "")})
	if got := Describe(other); got != "region eu-central-1, endpoint http://localhost:1 (local), credentials: not of Open" {
		t.Error(got)
	}
	if got := Describe(nil); got != "no client" {
		t.Error(got)
	}
}
