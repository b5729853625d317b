package layout

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// What needs a look comes first, in the order of the job; what many tables have is told
// once, and what is done has no details.
func TestRun(t *testing.T) {
	t.Parallel()
	r := Run{Head: []string{"items failed"}, Foot: []string{"scheme 1"}}
	for i := range 30 {
		r.Tables = append(r.Tables, Table{State: Done, Name: fmt.Sprintf("T%02d", i), Read: 3, Written: 3, Time: 1500 * time.Millisecond, Units: 2, Title: "done", Costs: []string{"costs"}})
	}
	common := Note{"warning ttl", "warning: TTL of 7 items [ttl]"}
	for i := range 10 {
		r.Tables[i].State, r.Tables[i].Notes = Warning, []Note{common}
	}
	r.Tables[3].Notes = []Note{{"warning ttl", "warning: TTL of 9 items [ttl]"}, {"warning own", "warning: own [own]"}}
	r.Tables[20].State, r.Tables[20].Title, r.Tables[20].Ended = Ended, "ended early", Note{"ended write", "ended: write: denied"}
	r.Tables[21].State, r.Tables[21].Title, r.Tables[21].Lost, r.Tables[21].Facts = Failed, "done, 1 of 3 items failed", 1, []string{"1 × failed: x"}
	r.Tables[22].Notes = []Note{{"info resumed", "info: resumed [resumed]"}}
	r.Tables[23].State, r.Tables[23].Title = Leak, "done, 1 of 3 items failed"
	got := r.String()
	rows := ""
	for i, name := range strings.Fields("T23 T20 T21 T00 T01 T02 T03 T04 T05 T06 T07 T08 T09 T10 T11 T12 T13 T14 T15 T16 T17 T18 T19 T22 T24 T25 T26 T27 T28 T29") {
		state, lost := "done   ", 0
		switch {
		case i == 0:
			state = "leak   "
		case i == 1:
			state = "ended  "
		case i == 2:
			state, lost = "failed ", 1
		case i < 13:
			state = "warning"
		}
		rows += fmt.Sprintf("%s  %s       3        3       %d  1.5s    2.0\n", state, name, lost)
	}
	want := `items failed

state    table  read  written  failed  time  units
` + strings.ReplaceAll(rows, "       3        3       ", "       3        3       ") + `
10 tables (T00, T01, T02, T03, T04 and 5 more): warning: TTL of … items [ttl]
table T22: info: resumed [resumed]

T23: done, 1 of 3 items failed
  costs

T20: ended early
  ended: write: denied
  costs

T21: done, 1 of 3 items failed
  1 × failed: x
  costs

T03: done
  warning: own [own]
  costs
scheme 1
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Tables that end for one reason are one line, unless they have more to tell.
func TestEndedTogether(t *testing.T) {
	t.Parallel()
	var r Run
	for i := range 25 {
		r.Tables = append(r.Tables, Table{State: Unfinished, Name: fmt.Sprintf("T%d", i), Title: "ended early", Ended: Note{"ended sync", "ended: sync: the context was cancelled"}})
	}
	r.Tables[7].Lost = 2
	got := r.String()
	if n := strings.Count(got, "was cancelled"); n != 1 || !strings.Contains(got, "\n25 tables (T0, T1, T2, T3, T4 and 20 more): ended: sync: the context was cancelled\n\nT7: ended early\n") {
		t.Errorf("%d times:\n%s", n, got)
	}
	if got := Count(r.Tables); got != "25 unfinished" {
		t.Error(got)
	}
}

// Texts that have nothing in common are told by the first.
func TestOfDifferentTexts(t *testing.T) {
	t.Parallel()
	var r Run
	for i, text := range []string{"a", "b", "c"} {
		r.Tables = append(r.Tables, Table{State: Warning, Name: fmt.Sprint(i), Notes: []Note{{"k", text}}})
	}
	if got := r.String(); !strings.Contains(got, "3 tables (0, 1, 2): the first: a\n") {
		t.Error(got)
	}
	r.Tables[1].Notes[0].Kind, r.Tables[2].Notes[0].Kind = "l", "m"
	if got := r.String(); !strings.Contains(got, "\n  a\n") || !strings.Contains(got, "\n  b\n") {
		t.Error(got)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "0s", 1234 * time.Microsecond: "1ms", 999 * time.Millisecond: "999ms", 1234 * time.Millisecond: "1.2s", 75400 * time.Millisecond: "1m15s", 26*time.Hour + time.Second: "26h0m1s"} {
		if got := Time(d); got != want {
			t.Errorf("%v is %s, not %s", int64(d), got, want)
		}
	}
}

func TestSide(t *testing.T) {
	t.Parallel()
	arn := func(account string) string { return "arn:aws:dynamodb:eu-central-1:" + account + ":table/T" }
	for _, tt := range []struct {
		arns         []string
		client, want string
	}{
		{nil, "", ""},
		{[]string{"", "no arn"}, "region x", "region x"},
		{[]string{arn("1"), arn("1"), ""}, "", "account 1"},
		{[]string{arn("1"), arn("2")}, "region x, endpoint y", "account 1, 2, region x, endpoint y"},
	} {
		if got := Side(tt.arns, tt.client); got != tt.want {
			t.Errorf("%q is not %q", got, tt.want)
		}
	}
}
