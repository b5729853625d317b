package dynsync

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/dynsynctest"
)

// A check of a job of twenty tables is told in a screen: whether the job can run, a line for
// each table, the worst first, and once what several tables have in common.
func TestCheckFitsOnAScreen(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		opts := []Option{WithSource(w.as(w.source, "reader")), WithDestination(w.as(w.dest, "writer"), NamePattern("Copy*")), WithKey(testKey), WithAllTables(keepAll(), clearCopy())}
		from, to, p := w.client(w.source), w.client(w.dest), &pair{}
		for i := range 20 {
			source, copied, key := fmt.Sprintf("Source%02d", i), fmt.Sprintf("Copy%02d", i), "Id"
			if i == 7 || i == 8 {
				copied = "Prod" + copied
			}
			if i == 9 {
				key = "Other"
			}
			p.create(t, from, source, keyedBy("Id"))
			p.create(t, to, copied, keyedBy(key))
			opts = append(opts, WithTable(source, copied))
		}
		w.fill(t, w.dest, "Copy03", someUsers(1))
		allowAllBut(t, w.source, "reader", "dynamodb:DescribeTimeToLive")
		s, err := New(opts...)
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Check(t.Context())
		text := strings.Join(strings.FieldsFunc(report.String(), func(r rune) bool { return r == ' ' }), " ")
		if ExitCode(err) != 2 || strings.Count(text, "\n") > 36 {
			t.Errorf("exit code %d, %d lines:\n%s", ExitCode(err), strings.Count(text, "\n"), text)
		}
		for _, want := range []string{
			"the job cannot run: 3 of 20 tables cannot be copied, exit code 2\nsource: account ",
			"answer table items read units write units time allowed\nerror Source07 → ProdCopy07 - - - - 7 of 9\nerror Source08",
			"\nwarning Source19 → Copy19 - - - - 8 of 9\n\n2 tables (Source07, Source08): the first: error: preflight: WithDestination does not allow the destination arn:",
			"table/ProdCopy07: NamePattern says Copy*; correct the client, or what WithDestination says\n20 tables (Source07, Source08, Source09, Source00, Source01 and 15 more): source: denied dynamodb:DescribeTimeToLive (optional): an explicit deny in an identity-based policy\n",
			"\n2 tables (Source07, Source08): destination: unknown dynamodb:BatchWriteItem: not tried, since the preflight does not let the job write to the table\n",
			"17 tables (Source00, Source01, Source02, Source03, Source04 and 12 more): warning: the TTL attribute is not known (dynamodb:DescribeTimeToLive is denied: an explicit deny in an identity-based policy), so it is",
			"\nSource09:\n error: preflight: the key schemas differ",
			"\nSource03:\n info: the destination has about 1 items;",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the text lacks %q:\n%s", want, text)
			}
		}
	})
	if got := (&CheckReport{}).String(); got != "no table was checked\n" {
		t.Error(got)
	}
}

// A job whose credentials cannot be had says so once, whatever they were needed for.
func TestCheckTellsACauseOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		for _, srv := range []*dynsynctest.Server{w.source, w.dest} {
			srv.Control("*", func(*dynsynctest.Request) dynsynctest.Action {
				return dynsynctest.Fail(400, "UnrecognizedClientException", "canary")
			})
		}
		opts := []Option{WithSource(w.as(w.source, "reader")), WithDestination(w.as(w.dest, "writer")), WithKey(testKey)}
		for _, name := range []string{"Users", "Orders", "Events"} {
			opts = append(opts, WithTable(name, name+"Copy", keepAll(), clearCopy()))
		}
		s, err := New(opts...)
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Check(t.Context())
		text := report.String()
		if ExitCode(err) != 3 || strings.Count(text, "is not accepted") != 1 || strings.Count(text, "\n") > 16 || strings.Contains(text, "canary") {
			t.Errorf("exit code %d:\n%s", ExitCode(err), text)
		}
	})
}

// The JSON of a check has its verdicts and errors as text, and the check of a table tells
// everything of it.
func TestCheckIsPrinted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		w.fill(t, w.source, "Source", someUsers(5))
		allowAllBut(t, w.dest, "writer", "dynamodb:BatchWriteItem")
		report, err := checkedJob(t, w).Check(t.Context())
		for _, want := range []string{
			"source: allowed dynamodb:PartiQLSelect on arn:aws:dynamodb:us-east-1:", "destination: denied  dynamodb:BatchWriteItem on arn:aws:dynamodb:", ": an explicit deny in an identity-based policy",
			"destination: allowed dynamodb:ListBackups on *, optional", "cannot be copied: dynsync: table Source: check: ", "read   ExecuteStatement",
		} {
			if !strings.Contains(report.Tables[0].String(), want) {
				t.Errorf("the text lacks %q:\n%v", want, report.Tables[0])
			}
		}
		var told struct {
			Tables []struct {
				Table, Err  string
				Plan        struct{ ReadBy string }
				Permissions []struct{ Side, Action, Verdict string }
			}
		}
		if err := json.Unmarshal([]byte(jsonText(t, report)), &told); err != nil {
			t.Fatal(err)
		}
		var known *TableError
		if table := told.Tables[0]; table.Plan.ReadBy != "ExecuteStatement" || table.Err != err.Error() || table.Permissions[0].Verdict != "allowed" || !errors.As(err, &known) || known.Op != "check" {
			t.Errorf("%+v", told)
		}
	})
	if got := fmt.Sprint(VerdictUnknown, VerdictAllowed, VerdictDenied, Verdict(9)); got != "unknown allowed denied Verdict(9)" {
		t.Error(got)
	}
}
