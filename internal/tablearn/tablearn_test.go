package tablearn

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want ARN
	}{
		{"arn:aws:dynamodb:eu-central-1:111122223333:table/Users", ARN{"aws", "eu-central-1", "111122223333", "Users", ""}},
		{"arn:aws:dynamodb:us-east-1:111122223333:table/Users/index/byDate", ARN{"aws", "us-east-1", "111122223333", "Users", "byDate"}},
		{"arn:aws-cn:dynamodb:cn-north-1:111122223333:table/a.b_c-D", ARN{"aws-cn", "cn-north-1", "111122223333", "a.b_c-D", ""}},
		{"arn:aws-us-gov:dynamodb:us-gov-west-1:111122223333:table/Users", ARN{"aws-us-gov", "us-gov-west-1", "111122223333", "Users", ""}},
		{"arn:aws-iso-b:dynamodb:us-isob-east-1:111122223333:table/Users", ARN{"aws-iso-b", "us-isob-east-1", "111122223333", "Users", ""}},
		{"arn:aws-new:dynamodb:xx-north-1:111122223333:table/Users", ARN{"aws-new", "xx-north-1", "111122223333", "Users", ""}},
		{"arn:aws:dynamodb:ddblocal:000000000000:table/Users", ARN{"aws", "ddblocal", "000000000000", "Users", ""}},
		{"arn:aws:dynamodb:eu-central-1:111122223333:table/" + strings.Repeat("x", 255), ARN{"aws", "eu-central-1", "111122223333", strings.Repeat("x", 255), ""}},
	} {
		got, err := Parse(tt.text)
		if err != nil || got != tt.want || got.String() != tt.text || !Is(tt.text) {
			t.Errorf("%s: %+v, %v", tt.text, got, err)
		}
		if table := got.OfTable().String(); strings.Contains(table, "/index/") || !strings.HasPrefix(tt.text, table) {
			t.Errorf("%s: the table is %s", tt.text, table)
		}
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"arn:aws:dynamodb:eu-central-1:table/Users": "has 5 parts",
		"arn:":        "has 2 parts",
		"table:Users": "has 2 parts",
		"urn:aws:dynamodb:eu-central-1:111122223333:table/Users":                                `does not begin with "arn:"`,
		"arn::dynamodb:eu-central-1:111122223333:table/Users":                                   `the partition ""`,
		"arn:gcp:dynamodb:eu-central-1:111122223333:table/Users":                                `the partition "gcp"`,
		"arn:aws:dynamodb:cn-north-1:111122223333:table/Users":                                  "the partition aws, and its region cn-north-1 is of aws-cn",
		"arn:aws-cn:dynamodb:eu-central-1:111122223333:table/Users":                             "the partition aws-cn, and its region eu-central-1 is of aws",
		"arn:aws-us-gov:dynamodb:us-east-1:111122223333:table/Users":                            "its region us-east-1 is of aws",
		"arn:aws:dynamodb:us-gov-west-1:111122223333:table/Users":                               "is of aws-us-gov",
		"arn:aws:s3:eu-central-1:111122223333:table/Users":                                      `the service "s3"`,
		"arn:aws:DynamoDB:eu-central-1:111122223333:table/Users":                                `the service "DynamoDB"`,
		"arn:aws:dynamodb::111122223333:table/Users":                                            `the region ""`,
		"arn:aws:dynamodb:*:111122223333:table/Users":                                           `the region "*"`,
		"arn:aws:dynamodb:frankfurt:111122223333:table/Users":                                   `the region "frankfurt"`,
		"arn:aws:dynamodb:eu-central-1::table/Users":                                            `the account ""`,
		"arn:aws:dynamodb:eu-central-1:1111-2222-3333:table/Users":                              `the account "1111-2222-3333"`,
		"arn:aws:dynamodb:eu-central-1:1111:table/Users":                                        `the account "1111"`,
		"arn:aws:dynamodb:eu-central-1:111122223333:Users":                                      `names "Users", and no table`,
		"arn:aws:dynamodb:eu-central-1:111122223333:table":                                      `names "table", and no table`,
		"arn:aws:dynamodb:eu-central-1:111122223333:table:Users":                                `names "table:Users", and no table`,
		"arn:aws:dynamodb:eu-central-1:111122223333:global-table/Users":                         "and no table",
		"arn:aws:dynamodb::111122223333:global-table/Users":                                     `the region ""`,
		"arn:aws:dynamodb:eu-central-1:111122223333:table/":                                     `the table ""`,
		"arn:aws:dynamodb:eu-central-1:111122223333:table/*":                                    `the table "*"`,
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Us ers":                               `the table "Us ers"`,
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users/stream/2024-01-01T00:00:00.000": "a table's stream",
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users/backup/01489602797149-73d8d5bc": "a table's backup",
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users/export/01":                      "a table's export",
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users/index":                          `has "index" behind the table`,
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users/index/":                         `the index ""`,
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users/index/*":                        `the index "*"`,
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users/index/byDate/more":              "behind the table",
		"arn:aws:dynamodb:eu-central-1:111122223333:table/" + strings.Repeat("x", 256):          "no legal name",
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users\n":                              "no legal name",
	} {
		if got, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v, want %s", text, got, err, want)
		}
	}
}

func TestAnywhere(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"":                "arn:aws:dynamodb:*:*:table/T",
		"eu-central-1":    "arn:aws:dynamodb:*:*:table/T",
		"us-west-2":       "arn:aws:dynamodb:*:*:table/T",
		"cn-northwest-1":  "arn:aws-cn:dynamodb:*:*:table/T",
		"us-gov-east-1":   "arn:aws-us-gov:dynamodb:*:*:table/T",
		"us-iso-east-1":   "arn:aws-iso:dynamodb:*:*:table/T",
		"us-isob-east-1":  "arn:aws-iso-b:dynamodb:*:*:table/T",
		"eusc-de-east-1":  "arn:aws-eusc:dynamodb:*:*:table/T",
		"ca-central-1":    "arn:aws:dynamodb:*:*:table/T",
		"ap-southeast-11": "arn:aws:dynamodb:*:*:table/T",
	} {
		if got := Anywhere(region, "T").String(); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
}

func TestNameOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":      "",
		"Users": "Users",
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users":                   "Users",
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users/index/byDate":      "Users",
		"arn:aws:dynamodb:eu-central-1:111122223333:table/Users/stream/2026-01-01": "Users",
		"arn:aws:dynamodb:eu-central-1:111122223333:table":                         "arn:aws:dynamodb:eu-central-1:111122223333:table",
		"arn:aws:dynamodb:table/Users":                                             "arn:aws:dynamodb:table/Users",
		"a:b:c:d:e:table/Users":                                                    "a:b:c:d:e:table/Users",
	} {
		if got := NameOf(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// What Parse takes, it takes whole, and as IAM would read it.
func FuzzParse(f *testing.F) {
	f.Add("arn:aws:dynamodb:eu-central-1:111122223333:table/Users")
	f.Add("arn:aws-cn:dynamodb:cn-north-1:111122223333:table/Users/index/byDate")
	f.Add("arn:aws:dynamodb:eu-central-1:111122223333:table/Users/stream/1")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		if a.String() != text || !Is(text) || NameOf(text) != a.Table || !IsName(a.Table) || a.Index != "" && !IsName(a.Index) {
			t.Errorf("%q is read as %+v", text, a)
		}
	})
}
