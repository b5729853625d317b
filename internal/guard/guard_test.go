package guard

import (
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/reason"
)

// table returns the description of a table with an ARN, and a name.
func table(arn, name string) *types.TableDescription {
	t := &types.TableDescription{TableName: &name}
	if arn != "" {
		t.TableArn = &arn
	}
	return t
}

const stage = "arn:aws:dynamodb:eu-central-1:111122223333:table/staging-users"

func TestCheck(t *testing.T) {
	t.Parallel()
	other := "444455556666"
	for _, tt := range []struct {
		name  string
		guard Guard
		arn   string
		local bool
		want  string // "" for a table that is allowed
	}{
		{"nothing", Guard{}, stage, false, ""},
		{"any", Guard{Any: true}, stage, false, ""},
		{"any, and no ARN", Guard{Any: true}, "", false, ""},
		{"the account", Guard{Accounts: []string{"111122223333"}}, stage, false, ""},
		{"another account", Guard{Accounts: []string{other}}, stage, false, "Account says 444455556666"},
		{"one of two accounts", Guard{Accounts: []string{other, "111122223333"}}, stage, false, ""},
		{"none of two accounts", Guard{Accounts: []string{other, "000000000000"}}, stage, false, "Account says 444455556666 or 000000000000"},
		{"the region", Guard{Regions: []string{"eu-central-1"}}, stage, false, ""},
		{"another region", Guard{Regions: []string{"eu-central-2"}}, stage, false, "Region says eu-central-2"},
		{"the name", Guard{Tables: []string{"staging-*"}}, stage, false, ""},
		{"another name", Guard{Tables: []string{"stage-*"}}, stage, false, "NamePattern says stage-*"},
		{"all three", Guard{Accounts: []string{"111122223333"}, Regions: []string{"eu-central-1"}, Tables: []string{"*-users"}}, stage, false, ""},
		{"one of three", Guard{Accounts: []string{other}, Regions: []string{"eu-west-1"}, Tables: []string{"*-users"}}, stage, false, "Account says 444455556666, Region says eu-west-1"},
		{"no ARN", Guard{Accounts: []string{other}}, "", false, "Account says 444455556666"},
		{"no ARN, and the name", Guard{Tables: []string{"staging-*"}}, "", false, "NamePattern says staging-*"},
		{"no ARN, local", Guard{Accounts: []string{other}, Regions: []string{"eu-west-1"}, Tables: []string{"staging-*"}}, "", true, ""},
		{"no ARN, local, another name", Guard{Tables: []string{"stage-*"}}, "", true, "NamePattern says stage-*"},
		{"local, another account", Guard{Accounts: []string{other}}, stage, true, "Account says 444455556666"},
		{"DynamoDB Local", Guard{Accounts: []string{"000000000000"}, Regions: []string{"ddblocal"}}, "arn:aws:dynamodb:ddblocal:000000000000:table/staging-users", true, ""},
		{"an account that begins like it", Guard{Accounts: []string{"111122223333"}}, "arn:aws:dynamodb:eu-central-1:1111222233334:table/staging-users", false, "Account says 111122223333"},
		{"an ARN of something else", Guard{Accounts: []string{"111122223333"}}, "arn:aws", false, "Account says 111122223333"},
		{"the name of the ARN", Guard{Tables: []string{"staging-users"}}, "arn:aws:dynamodb:eu-central-1:111122223333:table/prod-users", false, "NamePattern says staging-users"},
	} {
		got := ""
		if m := tt.guard.Check(table(tt.arn, "staging-users"), tt.local); m != nil {
			got = strings.Join(m.Reasons, ", ")
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		guard Guard
		want  string // "" for none
	}{
		{Guard{Accounts: []string{"111122223333"}, Regions: []string{"eu-central-1"}, Tables: []string{"staging-*"}}, ""},
		{Guard{Regions: []string{"us-gov-west-1", "cn-north-1", "us-iso-east-1", "ap-southeast-4", "eusc-de-east-1", "ddblocal"}}, ""},
		{Guard{Any: true}, ""},
		{Guard{Tables: []string{"[a-z]*", "?", `\*`}}, ""},
		{Guard{Accounts: []string{"1111-2222-3333"}}, "Account must be the 12 digits"},
		{Guard{Accounts: []string{"11112222333"}}, "Account must be the 12 digits"},
		{Guard{Accounts: []string{" 111122223333"}}, "Account must be the 12 digits"},
		{Guard{Accounts: []string{""}}, "Account must be the 12 digits"},
		{Guard{Accounts: []string{"staging"}}, "Account must be the 12 digits"},
		{Guard{Regions: []string{"eu-central"}}, "Region must be an AWS region"},
		{Guard{Regions: []string{"Frankfurt"}}, "Region must be an AWS region"},
		{Guard{Regions: []string{"EU-CENTRAL-1"}}, "Region must be an AWS region"},
		{Guard{Regions: []string{"eu-central-1a"}}, "Region must be an AWS region"},
		{Guard{Regions: []string{""}}, "Region must be an AWS region"},
		{Guard{Tables: []string{"[a-"}}, "is no pattern of path.Match"},
		{Guard{Tables: []string{`stage\`}}, "is no pattern of path.Match"},
		{Guard{Tables: []string{""}}, "NamePattern needs a pattern"},
		{Guard{Tables: []string{"*"}}, "matches every name"},
		{Guard{Tables: []string{"**"}}, "matches every name"},
		{Guard{Any: true, Accounts: []string{"111122223333"}}, "AnyDestination excludes no table"},
	} {
		errs := tt.guard.Faults()
		if len(errs) > 1 || (len(errs) == 1) != (tt.want != "") || tt.want != "" && !strings.Contains(errs[0].Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.guard, errs, tt.want)
		}
	}
}

// streaming returns the description of a table whose stream is on, with replicas.
func streaming(on bool, regions ...string) *types.TableDescription {
	t := table(stage, "staging-users")
	t.StreamSpecification = &types.StreamSpecification{StreamEnabled: &on}
	for _, r := range regions {
		t.Replicas = append(t.Replicas, types.ReplicaDescription{RegionName: &r})
	}
	return t
}

func TestEffects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		effects Effects
		records int64
		refused bool
		told    string // parts of the findings, by |
	}{
		{"nothing is written", Effects{Items: 1_000_000}, 0, false, ""},
		{"the stream is off", Effects{Target: streaming(false), Items: 1_000_000}, 0, false, ""},
		{"there is no stream", Effects{Target: table(stage, "x"), Items: 1_000_000}, 0, false, ""},
		{"few items", Effects{Target: streaming(true), Items: 30}, 30, false, "destination-streams: up to 30 records"},
		{"as many as are accepted", Effects{Target: streaming(true), Items: 100_000}, 100_000, false, "up to 100000 records"},
		{"one more", Effects{Target: streaming(true), Items: 100_001}, 100_001, true, "up to 100001 records"},
		{"one more, which is accepted", Effects{Target: streaming(true), Items: 100_001, Accepted: 100_001}, 100_001, false, "up to 100001 records"},
		{"fewer are accepted", Effects{Target: streaming(true), Items: 6, Accepted: 5}, 6, true, "after 5 the table ends"},
		{"a limit", Effects{Target: streaming(true), Items: 1_000_000, Limit: 50}, 50, false, "up to 50 records"},
		{"a limit above the items", Effects{Target: streaming(true), Items: 40, Limit: 50}, 40, false, "up to 40 records"},
		{"a sample", Effects{Target: streaming(true), Items: 1_000_001, Sample: 0.1}, 100_001, true, "up to 100001 records"},
		{"a count that is 0", Effects{Target: streaming(true)}, 0, false, "not known before, and after 100000 the table ends"},
		{"a count that is 0, and a limit", Effects{Target: streaming(true), Limit: 200_000}, 200_000, true, "up to 200000 records"},
		{"replicas", Effects{Target: streaming(false, "us-east-1", "eu-west-1"), Units: 30}, 0, false, "destination-replicates: replicas in eu-west-1, us-east-1, and every write costs 3 times its units: about 90 write units in place of 30"},
		{"its own replica", Effects{Target: streaming(false, "eu-central-1")}, 0, false, ""},
		{"both", Effects{Target: streaming(true, "us-east-1")}, 0, false, "costs 2 times|destination-streams"},
	} {
		var told strings.Builder
		err := tt.effects.Tell(func(c finding.Code, text string) { told.WriteString(c.Kind().Name + ": " + text + "\n") })
		if tt.effects.Records() != tt.records || (err != nil) != tt.refused || err != nil && reason.Stated(err) != reason.Refused {
			t.Errorf("%s: %d records, %v", tt.name, tt.effects.Records(), err)
		}
		if tt.told == "" && told.Len() > 0 {
			t.Errorf("%s: %s", tt.name, told.String())
		}
		for _, part := range strings.Split(tt.told, "|") {
			if !containsAll(told.String(), part) {
				t.Errorf("%s: %s, want %s", tt.name, told.String(), part)
			}
		}
	}
}

// containsAll reports whether a text has the parts before and after ": ".
func containsAll(text, parts string) bool {
	code, rest, _ := strings.Cut(parts, ": ")
	return strings.Contains(text, code) && strings.Contains(text, rest)
}

// Writers that take room at the same time get all of it, and no more.
func TestRoom(t *testing.T) {
	t.Parallel()
	e := Effects{Target: streaming(true), Accepted: 1000}
	r := e.Room(100)
	var got [8]int
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() {
			for range 20 {
				got[i] += r.Take(7)
			}
		})
	}
	all.Wait()
	sum := 0
	for _, n := range got {
		sum += n
	}
	if sum != 900 || r.Take(1) != 0 {
		t.Errorf("%d were taken of 900", sum)
	}
	if r.Return(3); r.Take(7) != 3 {
		t.Error("room that was given back is not there, or more")
	}
	if r := e.Room(5000); r.Take(1) != 0 {
		t.Error("there is room after more records than are accepted")
	}
	if off := (&Effects{Target: streaming(false)}).Room(0); off != nil || off.Take(1_000_000) != 1_000_000 {
		t.Error("there is no room without a stream")
	}
	if !strings.Contains(r.Spent().Error(), "1000 records") {
		t.Error(r.Spent())
	}
}
