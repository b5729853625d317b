package docs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
)

// printPolicies is the program of docs/permissions.md.
func printPolicies(ctx context.Context, syncer *dynsync.Syncer) error {
	// doc: policy
	policies, err := syncer.Policy(ctx)
	if err != nil {
		return err
	}
	fmt.Print(policies.Source) // what each action is for
	document, err := json.MarshalIndent(policies.Destination.Required(), "", "  ")
	if err != nil {
		return err
	}
	fmt.Println(string(document)) // the policy for IAM
	// end
	return nil
}

// byARN is the table of docs/permissions.md that belongs to another account.
func byARN() dynsync.Option {
	// doc: table by arn
	users := dynsync.WithTable("arn:aws:dynamodb:eu-central-1:111122223333:table/ProdUsers", "StageUsers",
		dynsync.WithSegments(dynsync.AutoSegments))
	// end
	return users
}

// A job without clients has the policies of both sides.
func Example_policy() {
	syncer, err := dynsync.New(byARN())
	if err == nil {
		err = printPolicies(context.Background(), syncer)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// the source needs
	//   dynamodb:DescribeTable: it reads the key schema, the size and the ARN of the table
	//   dynamodb:Scan: it reads the items by Scan
	//   dynamodb:DescribeTimeToLive, optionally: it finds the TTL attribute, whose values stay; without it, the TTL attribute is treated like any other (finding ttl-unknown), unless WithTTLAttribute names it
	//     on arn:aws:dynamodb:eu-central-1:111122223333:table/ProdUsers
	// {
	//   "Version": "2012-10-17",
	//   "Statement": [
	//     {
	//       "Sid": "Required",
	//       "Effect": "Allow",
	//       "Action": [
	//         "dynamodb:DescribeTable",
	//         "dynamodb:BatchWriteItem"
	//       ],
	//       "Resource": [
	//         "arn:aws:dynamodb:*:*:table/StageUsers"
	//       ]
	//     }
	//   ]
	// }
}

// The policies that the page shows are those of the default job.
func TestPoliciesOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)## The (source|destination)\n\n```json\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(shown) != 2 {
		t.Fatalf("the page shows %d policies", len(shown))
	}
	syncer, err := dynsync.New(dynsync.WithTable("Table", "Table"))
	if err != nil {
		t.Fatal(err)
	}
	policies, err := syncer.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*dynsync.Policy{"source": policies.Source, "destination": policies.Destination.Required()}
	for _, m := range shown {
		text := strings.NewReplacer("<region>", "*", "<source-account>", "*", "<destination-account>", "*", "<table>", "Table").Replace(m[2])
		var got, policy any
		document, err := json.Marshal(want[m[1]])
		if err != nil || json.Unmarshal(document, &policy) != nil || json.Unmarshal([]byte(text), &got) != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(got, policy) {
			t.Errorf("the %s needs %s, and the page shows %s", m[1], document, text)
		}
	}
}
