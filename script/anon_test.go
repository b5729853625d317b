package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/internal/catalog"
)

// TestScriptsHaveTheCatalog: every function of package anon is there, and gives
// what the transformer gives in a rule of its own.
func TestScriptsHaveTheCatalog(t *testing.T) {
	for _, spec := range catalog.All() {
		code := fmt.Sprintf(`return typeof dynsync.%s`, spec.Name)
		if got, err := run(t, must(t, Transform(code)), `{"S":"x"}`); got != `{"S":"function"}` {
			t.Errorf("%s: %s, %v", spec.Name, got, err)
		}
	}
	items := []string{`{"Id":{"S":"1"},"Email":{"S":"Ann@Corp.test"},"Phone":{"S":"+49 30 123456"},"Tags":{"SS":["Ann","Bea"]},"Account":{"N":"12345678"}}`}
	rules := map[string]dynsync.Transformer{
		"Email": anon.Email(), "Phone": anon.Phone(anon.PhoneFormat("e164")), "Tags": anon.FirstName(anon.In("pet")), "Account": anon.Digits(),
	}
	scripts := map[string]string{
		"Email": `return dynsync.email(value)`, "Phone": `return dynsync.phone(value, {phoneFormat: "e164"})`,
		"Tags": `return dynsync.firstName(value, {in: "pet"})`, "Account": `return dynsync.digits(value)`,
	}
	var byRule, byScript []dynsync.TableOption
	for name, tr := range rules {
		byRule = append(byRule, dynsync.WithTransform(name, tr))
		byScript = append(byScript, dynsync.WithTransform(name, Transform(scripts[name])))
	}
	want, err := job(t, items, nil, byRule...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := job(t, items, nil, byScript...)
	if err != nil {
		t.Fatal(err)
	}
	for name := range rules {
		was, _ := want["1"].Get(name)
		is, ok := got["1"].Get(name)
		if !ok || !is.Equal(was) {
			t.Errorf("%s: the script does not give what the rule gives", name)
		}
	}
}

func TestOptionsOfTheCatalogAreChecked(t *testing.T) {
	for code, want := range map[string]string{
		`return dynsync.email(value, {maxLength: -1})`:                   "line 1, column 8: dynsync.email: anon.Email: maxLength must be 16 to 100000",
		"return value &&\n dynsync.email(value, {preserveDomian: true})": "line 2, column 2: dynsync.email: anon.Email: unknown option \"preserveDomian\"",
		`return dynsync.oneOf(value, {choices: [["a"]]})`:                "choices must be of type",
		`return dynsync.truncate(value)`:                                 "length",
		`return dynsync.emial(value)`:                                    "line 1, column 16: there is no function dynsync.emial",
	} {
		if err := faultOf(Transform(code)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", code, err, want)
		}
	}
	for _, code := range []string{
		`return dynsync.email(value, {maxLength: 100, in: 'x', preserveDomain: false})`, `return dynsync.email(...[value, {preserveDomain: true}])`,
		`return dynsync.latitude(-1.5, {})`, `return dynsync.truncate(value, Object.fromEntries([['length', 1]]))`, `return dynsync.oneOf(value, {choices: ['a', 'b']})`,
	} {
		if err := faultOf(Transform(code)); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, code := range []string{`const o = {maxLength: -1}; return dynsync.email(value, o)`, `const o = {sensitive: 1}; return dynsync.email(value, o)`} {
		if got, err := run(t, must(t, Transform(code)), `{"S":"ann@corp.test"}`); err == nil {
			t.Errorf("%s: %s", code, got)
		}
	}
	if got, err := run(t, must(t, Transform(`return dynsync.email(value)`)), `{"S":"no address"}`); err == nil {
		t.Errorf("what is no address: %s", got)
	}
}
