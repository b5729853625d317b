package iam

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Parse reads a policy. It is strict: an unknown member, an effect that is neither Allow nor
// Deny, an empty list, an unknown condition operator, key or variable, and two members of one
// name are errors. They say where, such as Statement[1].Action.
//
// [Document.Check] says whether the document can be a policy of a given kind.
func Parse(text []byte) (*Document, error) {
	n, err := parseNode(text)
	if err != nil {
		return nil, err
	}
	if err := n.only("Version", "Id", "Statement"); err != nil {
		return nil, err
	}
	d := &Document{}
	if d.Version, err = n.optional("Version"); err != nil {
		return nil, err
	}
	if v := n.members["Version"]; v.at != "" && d.Version != Version && d.Version != "2008-10-17" {
		return nil, v.errorf("is neither %s nor 2008-10-17", Version)
	}
	if d.ID, err = n.optional("Id"); err != nil {
		return nil, err
	}
	if d.Statement, err = n.statements(); err != nil {
		return nil, err
	}
	return d, nil
}

// statements reads the member Statement, which is a statement or a list of some.
func (n node) statements() ([]Statement, error) {
	s, ok := n.members["Statement"]
	if !ok {
		return nil, n.errorf("has no Statement")
	}
	list := s.list
	if !s.isList() {
		list = []node{s}
	}
	if len(list) == 0 {
		return nil, s.errorf("is empty")
	}
	statements := make([]Statement, len(list))
	sids := map[string]bool{}
	for i, each := range list {
		var err error
		if statements[i], err = each.statement(); err != nil {
			return nil, err
		}
		sid := statements[i].Sid
		if sid != "" && sids[sid] {
			return nil, each.members["Sid"].errorf("is that of another statement")
		}
		sids[sid] = true
	}
	return statements, nil
}

func (n node) statement() (s Statement, err error) {
	if err := n.only("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"); err != nil {
		return s, err
	}
	for _, pair := range [][2]string{{"Action", "NotAction"}, {"Resource", "NotResource"}, {"Principal", "NotPrincipal"}} {
		if n.has(pair[0]) && n.has(pair[1]) {
			return s, n.errorf("has both %s and %s", pair[0], pair[1])
		}
	}
	if !n.has("Action") && !n.has("NotAction") {
		return s, n.errorf("has neither Action nor NotAction")
	}
	if s.Sid, err = n.optional("Sid"); err != nil {
		return s, err
	}
	if s.Effect, err = n.effect(); err != nil {
		return s, err
	}
	return s, n.readInto(&s)
}

// readInto reads the members of a statement that are lists.
func (n node) readInto(s *Statement) (err error) {
	for _, each := range []struct {
		name  string
		into  *Strings
		check func(node, string) error
	}{
		{"Action", &s.Action, node.checkAction},
		{"NotAction", &s.NotAction, node.checkAction},
		{"Resource", &s.Resource, node.checkResource},
		{"NotResource", &s.NotResource, node.checkResource},
	} {
		if *each.into, err = n.strings(each.name, each.check); err != nil {
			return err
		}
	}
	if s.Principal, err = n.principal("Principal"); err != nil {
		return err
	}
	if s.NotPrincipal, err = n.principal("NotPrincipal"); err != nil {
		return err
	}
	s.Condition, err = n.conditions()
	return err
}

func (n node) effect() (string, error) {
	if !n.has("Effect") {
		return "", n.errorf("has no Effect")
	}
	effect, err := n.members["Effect"].text()
	if err == nil && effect != Allow && effect != Deny {
		err = n.members["Effect"].errorf("is neither Allow nor Deny")
	}
	return effect, err
}

// strings reads a string or a list of strings. It is absent if there is no such member.
func (n node) strings(name string, check func(node, string) error) (s Strings, err error) {
	m, ok := n.members[name]
	if !ok {
		return s, nil
	}
	list := m.list
	if !m.isList() {
		s.Single, list = true, []node{m}
	}
	if len(list) == 0 {
		return s, m.errorf("is empty")
	}
	for _, each := range list {
		text, err := each.text()
		if err == nil {
			err = check(each, text)
		}
		if err != nil {
			return s, err
		}
		s.Values = append(s.Values, text)
	}
	return s, nil
}

// checkAction checks an action, such as "dynamodb:Scan", "dynamodb:*" or "*".
func (n node) checkAction(action string) error {
	service, name, ok := strings.Cut(action, ":")
	if action != "*" && (!ok || service == "" || name == "" || strings.ContainsAny(action, " \t\n")) {
		return n.errorf("is no action, such as dynamodb:Scan")
	}
	return nil
}

// checkResource checks an ARN, or "*". In an ARN, what is before the first / of the resource
// is its type, in which wildcards match nothing, as the IAM User Guide says under "Amazon
// Resource Names (ARNs)".
func (n node) checkResource(resource string) error {
	if resource == "*" {
		return nil
	}
	parts := strings.SplitN(resource, ":", arnParts)
	if len(parts) < arnParts || parts[0] != "arn" {
		return n.errorf("is no ARN")
	}
	if kind, _, found := strings.Cut(parts[arnParts-1], "/"); found && strings.ContainsAny(kind, "*?$") {
		return n.errorf("has a wildcard in the type of the resource, where it matches nothing")
	}
	return n.checkVariables(resource)
}

// principalKinds are the kinds of principals that a policy may name.
var principalKinds = []string{"AWS", "CanonicalUser", "Federated", "Service"}

func (n node) principal(name string) (p Principal, err error) {
	m, ok := n.members[name]
	switch {
	case !ok:
		return p, nil
	case m.value == "*":
		p.Everyone = true
		return p, nil
	}
	if err := m.only(principalKinds...); err != nil {
		return p, err
	}
	if len(m.members) == 0 {
		return p, m.errorf("is empty")
	}
	p.Names = map[string]Strings{}
	for _, kind := range slices.Sorted(maps.Keys(m.members)) {
		if p.Names[kind], err = m.strings(kind, node.checkPrincipal); err != nil {
			return p, err
		}
	}
	return p, nil
}

// checkPrincipal refuses wildcards within a name, which policies do not have.
func (n node) checkPrincipal(name string) error {
	if name == "" || name != "*" && strings.ContainsAny(name, "*?") {
		return n.errorf("is no principal: it is empty or has a wildcard within a name")
	}
	return nil
}

func (n node) conditions() (Conditions, error) {
	m, ok := n.members["Condition"]
	if !ok {
		return nil, nil
	}
	if !m.isObject() {
		return nil, m.errorf("is no object")
	}
	conditions := Conditions{}
	for _, name := range slices.Sorted(maps.Keys(m.members)) {
		keys, err := m.members[name].conditionKeys(name)
		if err != nil {
			return nil, err
		}
		conditions[name] = keys
	}
	return conditions, nil
}

func (n node) conditionKeys(name string) (map[string]Strings, error) {
	op, ok := operatorOf(name)
	switch {
	case !ok:
		return nil, n.errorf("is no condition operator that is known")
	case !n.isObject():
		return nil, n.errorf("is no object")
	}
	keys := map[string]Strings{}
	for _, key := range slices.Sorted(maps.Keys(n.members)) {
		several, known := severalValues(key)
		switch {
		case !known:
			return nil, n.members[key].errorf("is no condition key that is known")
		case several && op.set == "" && !op.null:
			return nil, n.members[key].errorf("has several values in a request; its operator needs ForAllValues: or ForAnyValue:")
		}
		var err error
		if keys[key], err = n.strings(key, op.checkValue); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// only refuses members that have none of the names, and what is no object.
func (n node) only(names ...string) error {
	if !n.isObject() {
		return n.errorf("is no object")
	}
	for _, name := range slices.Sorted(maps.Keys(n.members)) {
		if !slices.Contains(names, name) {
			return n.members[name].errorf("is unknown; there may be %s", strings.Join(names, ", "))
		}
	}
	return nil
}

func (n node) has(name string) bool {
	_, ok := n.members[name]
	return ok
}

// optional reads a string, which is empty where there is none.
func (n node) optional(name string) (string, error) {
	if !n.has(name) {
		return "", nil
	}
	return n.members[name].text()
}

// text reads a string. Numbers and booleans, which IAM takes as values of conditions, are the
// strings that they read as.
func (n node) text() (string, error) {
	switch v := n.value.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", n.errorf("is no string")
}
