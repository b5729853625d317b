package dynsync_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/dynsynctest"
)

// onGSI1 adds an index with the partition key GSI1PK to a table.
func onGSI1(in *dynamodb.CreateTableInput) {
	name := aws.String("GSI1PK")
	in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: name, AttributeType: types.ScalarAttributeTypeS})
	in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
		IndexName: aws.String("GSI1"), KeySchema: []types.KeySchemaElement{{AttributeName: name, KeyType: types.KeyTypeHash}},
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
	})
}

// copyKeyed copies one item, {"PK": …}, by rules and options from From to Copy, and
// returns what became of it.
func copyKeyed(t *testing.T, kind types.ScalarAttributeType, item map[string]any, opts []dynsync.Option, rules ...dynsync.TableOption) (map[string]any, error) {
	t.Helper()
	server := dynsynctest.NewServer()
	defer server.Close()
	for _, name := range []string{"From", "Copy"} {
		makeKeyed(t, server.Client(), name, "PK", "", kind, onGSI1)
	}
	rec, err := dynsync.NewRecord(item)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("From"), Item: rec.AttributeValues()}); err != nil {
		t.Fatal(err)
	}
	s, err := dynsync.New(append(opts, dynsync.WithSource(server.Client()), dynsync.WithDestination(server.Client()), dynsync.WithKey(key), dynsync.WithTable("From", "Copy", rules...))...)
	if err != nil {
		return nil, err
	}
	if _, err = s.Sync(t.Context()); err != nil {
		return nil, err
	}
	got, err := server.Client().Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("Copy")})
	if err != nil || len(got.Items) != 1 {
		t.Fatal(got, err)
	}
	copied, err := dynsync.NewRecord(got.Items[0])
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for name, v := range copied.Attributes() {
		out[name] = v.Any()
	}
	return out, nil
}

// TestALaterPassthroughKeepsNoPeople: a Passthrough that takes what other branches leave
// keeps no key, and no part of one, that looks personal beyond doubt.
func TestALaterPassthroughKeepsNoPeople(t *testing.T) {
	t.Parallel()
	pass, first, cut, mail := dynsync.Passthrough, dynsync.FirstOf, dynsync.Delimited, dynsync.Template("USER#{Email}")
	always := func(dynsync.Input) bool { return true }
	const ann, order = "USER#ann@corp.test", "ORDER#7"
	checked := func() []dynsync.Option {
		return []dynsync.Option{dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir()), dynsync.RulesVersion("1"))}
	}
	for _, tt := range []struct {
		reason string
		key    any
		rule   dynsync.Transformer
		like   string // of the error; "" if the key passes
	}{
		{"behind a template", ann, first(mail, pass()), "an e-mail address"},
		{"behind a template, of another form", "PERSON#ann@corp.test", first(mail, pass()), "an e-mail address"},
		{"an order", order, first(mail, pass()), ""},
		{"behind parts", "USER#ann@corp.test#1", first(cut("#", pass(), anon.Email()), pass()), "an e-mail address"},
		{"behind two", "a:ann@corp.test", first(mail, cut("#", pass(), anon.Email()), pass()), "an e-mail address"},
		{"a phone number", "TEL#+1 512-555-0143", first(mail, pass()), "a phone number"},
		{"an IBAN", "DE89370400440532013000", first(mail, pass()), "an IBAN"},
		{"a card", "4111 1111 1111 1111", first(mail, pass()), "the number of a payment card"},
		{"behind percents", "u/ann%40corp.test", first(mail, pass()), "an e-mail address"},
		{"in a FirstOf", ann, first(mail, first(anon.UUID(), pass())), "an e-mail address"},
		{"the first of a FirstOf", ann, first(mail, first(pass())), "an e-mail address"},
		{"in OnKind", ann, first(mail, dynsync.OnKind(dynsync.KindS, pass())), "an e-mail address"},
		{"in Chain", ann, first(mail, dynsync.Chain(pass())), "an e-mail address"},
		{"a part of parts", ann, first(mail, cut("#", pass(), pass())), "an e-mail address"},
		{"within a part", ann, cut("#", pass(), first(anon.UUID(), pass())), "an e-mail address"},
		{"a part that is an id", order, cut("#", pass(), first(anon.UUID(), pass())), ""},
		{"a result", "ann@corp.test", dynsync.Chain(anon.Email(), first(anon.UUID(), pass())), ""},
		{"When", ann, first(mail, dynsync.When(always, pass())), ""},
		{"When, around branches", ann, first(mail, dynsync.When(always, first(anon.UUID(), pass()))), "an e-mail address"},
		{"the first branch", ann, first(cut("#", pass(), pass()), anon.Digits()), ""},
		{"alone", ann, pass(), ""},
		{"bytes", []byte(ann), first(anon.Email(), pass()), "an e-mail address"},
	} {
		kind := types.ScalarAttributeTypeS
		if _, ok := tt.key.([]byte); ok {
			kind = types.ScalarAttributeTypeB
		}
		other := any("id-1")
		if kind == types.ScalarAttributeTypeB {
			other = []byte("id-1")
		}
		for _, c := range []struct {
			where string
			item  map[string]any
			opts  []dynsync.Option
		}{
			{"PK", map[string]any{"PK": tt.key}, nil},
			{"PK", map[string]any{"PK": tt.key}, checked()},
			{"GSI1PK", map[string]any{"PK": other, "GSI1PK": tt.key}, nil},
		} {
			if c.where == "GSI1PK" && kind == types.ScalarAttributeTypeB {
				continue
			}
			got, err := copyKeyed(t, kind, c.item, c.opts, rule(c.where, tt.rule), rule("Email", anon.Email(), dynsync.Optional()), dynsync.WithDefaultTransform(pass()))
			var failed *dynsync.ItemsFailedError
			switch {
			case tt.like == "" && err != nil && !strings.Contains(err.Error(), "another key could get it") && !(c.opts != nil && strings.Contains(err.Error(), "{Email}")):
				t.Errorf("%s, %s: %v", tt.reason, c.where, err)
			case tt.like == "" && err == nil && tt.reason != "a result" && fmt.Sprint(got[c.where]) != fmt.Sprint(tt.key):
				t.Errorf("%s, %s: %v", tt.reason, c.where, got)
			case tt.like == "":
			case c.opts != nil && err != nil && strings.Contains(err.Error(), "{Email}"): // the branch is chosen by the form
			case !errors.As(err, &failed) || dynsync.ExitCode(err) != 7 || !strings.Contains(err.Error(), "no branch before Passthrough takes this key, and it looks like "+tt.like):
				t.Errorf("%s, %s: %v, %v (exit %d)", tt.reason, c.where, got, err, dynsync.ExitCode(err))
			}
			if err != nil && strings.Contains(err.Error(), "corp.test") {
				t.Errorf("%s: the error has the value: %v", tt.reason, err)
			}
		}
	}
}

// TestBranchesThatAreNeverReached: New tells of a branch behind one that takes all that it
// takes.
func TestBranchesThatAreNeverReached(t *testing.T) {
	t.Parallel()
	pass, first, on, email := dynsync.Passthrough(), dynsync.FirstOf, dynsync.OnKind, anon.Email()
	made := dynsync.Constant("x")
	server := keyedServer(t, "PK", "", types.ScalarAttributeTypeS)
	for _, tt := range []struct {
		rule dynsync.Transformer
		want string // of the error; "" if there is none
	}{
		{first(pass, dynsync.Template("USER#{Email}")), "FirstOf: transformer 2 (Template) is never reached, because transformer 1 (Passthrough) takes every value; put it last"},
		{first(email, pass, made), "transformer 3 (Constant) is never reached, because transformer 2 (Passthrough)"},
		{first(made, email), "transformer 2 (anon.Email)"},
		{first(dynsync.Remove(), email), "because transformer 1 (Remove)"},
		{first(dynsync.Reject(), email), "because transformer 1 (Reject)"},
		{first(dynsync.Pseudonym(), email), "because transformer 1 (Pseudonym)"},
		{first(dynsync.Pseudonym(), dynsync.Each(email)), ""},
		{first(on(dynsync.KindS, pass), email), "transformer 2 (anon.Email) is never reached, because transformer 1 (OnKind)"},
		{first(on(dynsync.KindN, pass), email), ""},
		{first(on(dynsync.KindSS, pass), email), ""},
		{first(first(email, pass), email), "because transformer 1 (FirstOf)"},
		{first(first(email), email), ""},
		{first(dynsync.Chain(pass, made), email), "because transformer 1 (Chain)"},
		{first(dynsync.Chain(email, made), email), ""},
		{first(dynsync.When(func(dynsync.Input) bool { return true }, pass), email), ""},
		{first(dynsync.Delimited("#", pass), email), ""},
		{first(pass, dynsync.IfMissing(made)), ""},
		{first(dynsync.IfMissing(made), pass), ""},
		{first(dynsync.IfMissing(made), pass, email), "transformer 3 (anon.Email)"},
		{first(email, pass), ""},
		{dynsync.Each(first(pass, email)), "transformer 2 (anon.Email)"},
	} {
		_, err := dynsync.New(dynsync.WithSource(server.Client()), dynsync.WithTable("From", "Copy", rule("a", tt.rule)))
		if text := fmt.Sprint(err); tt.want == "" && strings.Contains(text, "never reached") || !strings.Contains(text, tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}

// TestAdviceForKeysIsUsable: what the error of a key advises is not refused for a key.
func TestAdviceForKeysIsUsable(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"+1 512-555-0143": "anon.Digits()", "512-555-0143": "anon.Digits()", "4111 1111 1111 1111": "anon.Digits()",
		"DE89370400440532013000": "anon.Alphanumeric()", "ann@corp.test": "anon.Email()",
	} {
		_, err := copyKeyed(t, types.ScalarAttributeTypeS, map[string]any{"PK": key}, nil, dynsync.WithDefaultTransform(dynsync.Passthrough()))
		if err == nil || !strings.Contains(err.Error(), `WithTransform("PK", `+want+")") || !strings.Contains(err.Error(), `Delimited("#", Passthrough(), `+want+")") {
			t.Errorf("%v, want %s", err, want)
		}
		unique := map[string]dynsync.Transformer{"anon.Digits()": anon.Digits(), "anon.Alphanumeric()": anon.Alphanumeric(), "anon.Email()": anon.Email()}[want]
		if got, err := copyKeyed(t, types.ScalarAttributeTypeS, map[string]any{"PK": key}, nil, rule("PK", unique)); err != nil || got["PK"] == key {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
}

// TestATemplateSaysHowItIsChosen: an item without the attribute of its key's form learns
// why no other branch takes it.
func TestATemplateSaysHowItIsChosen(t *testing.T) {
	t.Parallel()
	_, err := copyKeyed(t, types.ScalarAttributeTypeS, map[string]any{"PK": "USER#ann@corp.test", "CustomerEmail": "ann@corp.test"},
		[]dynsync.Option{dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir()))},
		rule("PK", dynsync.FirstOf(dynsync.Template("USER#{Email|lower}"), dynsync.Template("USER#{CustomerEmail|lower}"))),
		rule("Email", anon.Email(), dynsync.Optional()), rule("CustomerEmail", anon.Email()))
	for _, want := range []string{"has no string or number at {Email|lower}", "a branch is chosen by the key alone", "use Delimited"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
