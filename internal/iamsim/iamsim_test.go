package iamsim

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/grants"
	"github.com/dynsync/dynsync/internal/iam"
)

// drawn is how many policies with a request the two evaluators are compared by.
const drawn = 6000

// TestEvaluatorsAgree draws policies and requests, and has both evaluators decide.
func TestEvaluatorsAgree(t *testing.T) {
	t.Parallel()
	g := generator{rand.New(rand.NewPCG(22, 1))}
	questions := make([]Question, drawn)
	for i := range questions {
		r := g.request()
		q := Question{Principal: ann, Action: r.Action, Resource: r.Resource, Account: ours, Context: r.Context, Identity: []*iam.Document{g.document(false)}}
		if parts := strings.Split(r.Resource, ":"); len(parts) > 4 {
			q.Account = parts[4]
		}
		if g.chance(2) {
			q.Identity = append(q.Identity, g.document(false))
		}
		if q.Resource != "*" && (q.Account == theirs || g.chance(3)) {
			q.ResourcePolicy = g.document(true)
		}
		questions[i] = q
	}
	compare(t, questions, iam.Resource)
}

// TestEvaluatorsAgreeOnTrust draws trust policies of roles, and requests to assume them.
func TestEvaluatorsAgreeOnTrust(t *testing.T) {
	t.Parallel()
	g := generator{rand.New(rand.NewPCG(22, 2))}
	questions := make([]Question, drawn/2)
	for i := range questions {
		questions[i] = g.trustQuestion()
	}
	compare(t, questions, iam.Trust)
}

// compare has both evaluators decide. The policy of the resource is of the kind.
func compare(t *testing.T, questions []Question, kind iam.Kind) {
	t.Helper()
	counts := map[string]int{}
	for i, a := range Ask(t, questions) {
		q := questions[i]
		if a.Error != "" {
			t.Errorf("%s\n\terror: %s", describe(q), a.Error)
			continue
		}
		if got := decide(t, q, kind, a.Ignored); got != a.Decision {
			t.Errorf("%s\n\tiam: %s; the evaluator: %s", describe(q), got, a.Decision)
		}
		counts[a.Decision]++
	}
	t.Logf("%d draws: %v", len(questions), counts)
	for _, decision := range []string{"Allowed", "ImplicitlyDenied", "ExplicitlyDenied"} {
		if counts[decision] < len(questions)/20 {
			t.Errorf("only %d of %d are %s", counts[decision], len(questions), decision)
		}
	}
}

// decide is the decision of internal/iam, for documents that were written and read again, in
// the words of the evaluator. Condition keys that the action does not have are left out.
func decide(t *testing.T, q Question, kind iam.Kind, ignored []string) string {
	t.Helper()
	r := iam.Request{Action: q.Action, Resource: q.Resource, Context: maps.Clone(q.Context)}
	for _, key := range ignored {
		delete(r.Context, key)
	}
	caller := iam.Caller{Account: ours, Names: []string{ann}}
	for _, d := range q.Identity {
		caller.Policies = append(caller.Policies, again(t, iam.Identity, d))
	}
	var policy *iam.Document
	if q.ResourcePolicy != nil {
		policy = again(t, kind, q.ResourcePolicy)
	}
	decision := caller.Decide
	if kind == iam.Trust {
		decision = caller.DecideTrust
	}
	switch decision(r, policy) {
	case "":
		return "Allowed"
	case iam.IdentityDenies, iam.ResourceDenies:
		return "ExplicitlyDenied"
	}
	return "ImplicitlyDenied"
}

// again writes a document and reads it.
func again(t *testing.T, kind iam.Kind, d *iam.Document) *iam.Document {
	t.Helper()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	read, err := iam.ParseAs(kind, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return read
}

// TestActionsAreKnown asks for each action that a job can need, and for one that there is not.
func TestActionsAreKnown(t *testing.T) {
	t.Parallel()
	var questions []Question
	for _, g := range grants.All() {
		questions = append(questions, Question{Action: g.Action})
	}
	for _, action := range grants.Tested() {
		questions = append(questions, Question{Action: action})
	}
	questions = append(questions, Question{Action: "dynamodb:BatchExecuteStatement"})
	answers := Ask(t, questions)
	for i, q := range questions[:len(questions)-1] {
		if !answers[i].Known {
			t.Errorf("IAM knows no action %s", q.Action)
		}
	}
	if answers[len(answers)-1].Known {
		t.Error("the evaluator knows an action that there is not")
	}
	t.Logf("%d actions", len(questions)-1)
}
