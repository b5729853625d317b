package dynsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/given"
	"github.com/dynsync/dynsync/internal/wire"
)

// JSON applies rules within a string that contains JSON text:
//
//	WithTransform("Payload", JSON(
//		WithTransform("user.email", anon.Email()),
//		WithTransform("items[*].sku", Passthrough()),
//	))
//
// Its options are [WithTransform], [WithTransformKeys] and [WithDefaultTransform], which
// work as for an item. A value that no rule selects goes to the default transformer,
// which is [Pseudonym] unless WithDefaultTransform sets another. Rules see a JSON string
// as an S, a number as an N, an object as an M and an array as an L. If a transformer
// returns a binary or a set, it becomes base64 text or an array.
//
// JSON keeps the order and names of members, and writes unchanged numbers and strings as
// they were, including their escapes. It removes white space between them, and escapes a
// lone surrogate that was not escaped.
//
// It does not apply ([ErrNotApplicable]) to a string that is not an object or array, that
// repeats a member name, nests deeper than DynamoDB's 32 levels, or contains a number
// outside DynamoDB's range.
//
// dynsync does not report rules within JSON that matched nothing. [New] therefore reports
// an error for a default transformer that may keep a value ([ClassMayKeep]). It also
// reports an error for rules whose transformer is Last or TakesMissing ([Description]).
func JSON(opts ...RulesOption) Transformer {
	set, text, err := jsonRules(opts)
	b := &builtin{described: true, desc: Description{Name: "JSON", Options: text, Kinds: []Kind{KindS}, Keeps: set.keeps(), Err: err}}
	b.inner = set.transformers()
	b.desc.Redraws = slices.ContainsFunc(b.inner, func(t Transformer) bool { return describe(t).Redraws })
	b.fn = func(_ context.Context, in Input) (Value, error) {
		text, _ := in.Value.Text()
		raw, ok := wire.AppendFromPlain(nil, []byte(text))
		if !ok || !in.call.IsRun() {
			return Value{}, notJSON
		}
		out, meant, err := in.within(set, borrow(raw))
		if err != nil || out.IsMissing() {
			return out, err
		}
		if meant {
			in.keepWhole()
		}
		if made := string(wire.AppendPlain(nil, out.raw)); made != text {
			return StringValue(made), nil
		}
		return in.Value, nil // with its own escapes, for a JSON around it
	}
	return b
}

var notJSON = engine.DeclineAs("the value is no JSON object or array without repeated names")

// keeps returns what JSON with these rules keeps: the names of members, and what the
// transformers of the rules keep. A default that may keep a value is an error, except for
// NULL, for which it may write another part of the item.
func (set *ruleSet) keeps() string {
	if set == nil {
		return ""
	}
	kept := []string{"the names of members"}
	for _, r := range set.rules {
		if c, keeps := anyKind(r.desc); c == ClassMayKeep {
			kept = append(kept, keeps)
		}
	}
	if t := set.defaults[KindNULL]; t != nil {
		if d := describe(t); d.ClassOf(KindNULL) == ClassMayKeep && d.Keeps == "" {
			kept = append(kept, "")
		}
	}
	return joinKept(kept)
}

// transformers returns the transformers of the rules and the defaults.
func (set *ruleSet) transformers() (all []Transformer) {
	if set == nil {
		return nil
	}
	for _, r := range set.rules {
		all = append(all, r.t)
	}
	for _, k := range defaultKinds {
		if t := set.defaults[k]; t != nil {
			all = append(all, t)
		}
	}
	return all
}

// jsonRules compiles the rules of a JSON and returns them as text.
func jsonRules(opts []RulesOption) (*ruleSet, string, error) {
	cfg := &rulesConfig{}
	var errs []error
	for _, o := range given.Options("JSON", opts, &errs) {
		o.applyRules(cfg)
	}
	rules, ruleErrs := newRules(cfg.rules, checkJSONRule)
	errs = append(errs, ruleErrs...)
	var text strings.Builder
	for _, r := range rules {
		if r.OnNames {
			text.WriteString("names of ")
		}
		fmt.Fprintf(&text, "%q=%s;", r.Text, options([]Transformer{r.t}))
	}
	refused := map[string]bool{}
	for _, k := range defaultKinds {
		t := cfg.defaults[k]
		if t == nil {
			continue
		}
		errs = append(errs, faults(t)...)
		if name := describe(t).Name; k != KindNULL && mayPass(t, k) && !refused[name] {
			refused[name] = true
			errs = append(errs, fmt.Errorf("%s cannot be the default, since it may keep values: a rule that matches nothing would let them pass unseen", name))
		}
		fmt.Fprintf(&text, "%v=%s;", k, options([]Transformer{t}))
	}
	set, conflicts := compileRules(rules, cfg.defaults, true)
	errs = append(errs, conflicts...)
	if len(errs) > 0 {
		return nil, "", fmt.Errorf("JSON: %w", errors.Join(errs...))
	}
	return set, text.String(), nil
}

// checkJSONRule returns what is wrong with a rule within JSON.
func checkJSONRule(r *rule) (errs []error) {
	if r.desc.TakesMissing || r.desc.Last {
		errs = append(errs, fmt.Errorf("rule %q: %s handles missing values or runs last, which is not possible within JSON", r.Text, r.desc.Name))
	}
	if r.optional || r.clashes {
		errs = append(errs, fmt.Errorf("rule %q: Optional and AllowCollisions do nothing within JSON", r.Text))
	}
	return errs
}

// within applies rules to a value that a transformer took out of the item. An unchanged
// result is meant unless a rule returned its input.
func (in Input) within(set *ruleSet, v Value) (out Value, meant bool, err error) {
	got, meant, err := in.call.Within(set.compiled, toEngine(v))
	out, err = in.fromEngine(got, err)
	return out, meant, err
}
