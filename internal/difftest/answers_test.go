package difftest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"
)

// An answer is a server's, in a form that can be compared: numbers by value,
// sets and lists of items in an order of their own.
type answer struct {
	status        int
	code, message string // of a refusal
	body          map[string]any
	raw           []byte
}

func newAnswer(status int, text []byte) (answer, error) {
	a := answer{status: status, raw: text}
	if err := json.Unmarshal(keepSurrogates(text), &a.body); err != nil {
		return a, fmt.Errorf("status %d, body %q: %w", status, text, err)
	}
	if status == http.StatusOK {
		a.body = normal(a.body).(map[string]any)
		return a, nil
	}
	kind, _ := a.body["__type"].(string)
	a.code = kind[strings.LastIndex(kind, "#")+1:]
	for _, member := range []string{"message", "Message"} {
		if m, ok := a.body[member].(string); ok {
			a.message = m
		}
		delete(a.body, member)
	}
	delete(a.body, "__type")
	a.body = normal(a.body).(map[string]any)
	return a, nil
}

// String is what the table of differences matches: the status, and the code and
// the message of a refusal.
func (a answer) String() string {
	if a.status == http.StatusOK {
		return "200"
	}
	return fmt.Sprintf("%d %s: %s", a.status, a.code, a.message)
}

func (a answer) canonical() string {
	text, err := json.Marshal(a.body)
	if err != nil {
		panic(err) // it was JSON before
	}
	return string(text)
}

// items returns the JSON of each item of the answer, in the server's order.
func (a answer) items() []string {
	list, _ := a.body["Items"].([]any)
	return texts(list)
}

func texts(list []any) []string {
	items := make([]string, len(list))
	for i, v := range list {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		items[i] = string(text)
	}
	return items
}

// normal brings every attribute value to one form: N and NS as fractions, sets
// sorted. {"N":"1"} can be nothing but a number, wherever it stands: as the
// attribute N of an item, its value would be an object.
func normal(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		for name, member := range v {
			switch text, isText := member.(string); {
			case name == "N" && isText && len(v) == 1:
				v[name] = normalNumber(text)
			case (name == "SS" || name == "NS" || name == "BS") && len(v) == 1:
				v[name] = normalSet(name, member)
			default:
				v[name] = normal(member)
			}
		}
	}
	return v
}

func normalNumber(text string) string {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return "not a number: " + text
	}
	return r.RatString()
}

func normalSet(name string, v any) any {
	list, ok := v.([]any)
	if !ok {
		return normal(v)
	}
	for i, e := range list {
		text, ok := e.(string)
		if !ok {
			return normal(v)
		}
		if name == "NS" {
			list[i] = normalNumber(text)
		}
	}
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return list
}

// keepSurrogates doubles the backslash of every escape of a lone surrogate, of
// which encoding/json would make U+FFFD.
func keepSurrogates(text []byte) []byte {
	if !bytes.Contains(bytes.ToLower(text), []byte(`\ud`)) {
		return text
	}
	var out []byte
	for i := 0; i < len(text); {
		r, ok := escape(text[i:])
		switch {
		case ok && utf16.IsSurrogate(r):
			if low, ok := escape(text[i+6:]); ok && utf16.DecodeRune(r, low) != '\uFFFD' {
				out = append(out, text[i:i+12]...)
				i += 12
				continue
			}
			out = append(out, '\\')
			out = append(out, bytes.ToLower(text[i:i+6])...)
			i += 6
		case text[i] == '\\':
			out = append(out, text[i:i+2]...)
			i += 2
		default:
			out = append(out, text[i])
			i++
		}
	}
	return out
}

// escape reads \uXXXX.
func escape(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var r rune
	_, err := fmt.Sscanf(string(text[2:6]), "%x", &r)
	return r, err == nil
}

// compare says what is different in two answers, nothing if only what may be.
func (d *duel) compare(op string, request []byte, real, fake answer) string {
	unordered(op, request, real)
	unordered(op, request, fake)
	d.diverged = d.diverged || (real.status == http.StatusOK) != (fake.status == http.StatusOK)
	if op == "BatchExecuteStatement" && real.status == http.StatusOK && fake.status == http.StatusOK {
		return d.compareSlots(request, real, fake)
	}
	if real.String() != fake.String() {
		if allowed(op, string(request), real.String(), fake.String()) {
			return ""
		}
		return fmt.Sprintf("DynamoDB Local: %s\ndynsynctest:    %s", shortened([]byte(real.String())), shortened([]byte(fake.String())))
	}
	return d.compareBodies(op, request, real, fake)
}

func (d *duel) compareBodies(op string, request []byte, real, fake answer) string {
	r, f := real.canonical(), fake.canonical()
	if r == f || allowed(op, string(request), "body "+r, "body "+f) {
		return ""
	}
	return fmt.Sprintf("DynamoDB Local: %s\ndynsynctest:    %s", shortened([]byte(r)), shortened([]byte(f)))
}

// compareSlots compares the answers to the statements of a batch one by one.
func (d *duel) compareSlots(request []byte, real, fake answer) string {
	var batch struct{ Statements []json.RawMessage }
	if err := json.Unmarshal(request, &batch); err != nil {
		return err.Error()
	}
	r, _ := real.body["Responses"].([]any)
	f, _ := fake.body["Responses"].([]any)
	if len(r) != len(f) || len(r) != len(batch.Statements) {
		return fmt.Sprintf("%d statements, %d and %d responses", len(batch.Statements), len(r), len(f))
	}
	for i, statement := range batch.Statements {
		r, f := slotAnswer(r[i]), slotAnswer(f[i])
		if diff := d.compare("BatchExecuteStatement slot", statement, r, f); diff != "" {
			return fmt.Sprintf("statement %d: %s\n%s", i, shortened(statement), diff)
		}
	}
	delete(real.body, "Responses")
	delete(fake.body, "Responses")
	return d.compareBodies("BatchExecuteStatement", request, real, fake)
}

// slotAnswer is the answer to one statement of a batch, as if it had been sent
// alone.
func slotAnswer(v any) answer {
	slot := v.(map[string]any)
	refused, ok := slot["Error"].(map[string]any)
	if !ok {
		return answer{status: http.StatusOK, body: slot}
	}
	a := answer{status: http.StatusBadRequest, body: slot}
	a.code, _ = refused["Code"].(string)
	a.message, _ = refused["Message"].(string)
	delete(refused, "Message")
	if name := (map[string]string{"ValidationError": "ValidationException", "ConditionalCheckFailed": "ConditionalCheckFailedException"})[a.code]; name != "" {
		a.code = name
	}
	return a
}

// unordered sorts the lists whose order is not promised, and reduces to their
// presence the tokens and keys that depend on that order. Only Query has an
// order.
func unordered(op string, request []byte, a answer) {
	if op == "Query" && !bytes.Contains(request, []byte(`"IndexName":"globalA"`)) {
		return
	}
	if items, ok := a.body["Items"].([]any); ok {
		sortItems(items)
	}
	for _, name := range []string{"NextToken", "LastEvaluatedKey"} {
		if a.body[name] != nil {
			a.body[name] = "present"
		}
	}
	for _, name := range []string{"Table", "TableDescription"} {
		if a.body[name] != nil {
			a.body[name] = essentials(a.body[name])
		}
	}
	if consumed, ok := a.body["ConsumedCapacity"].([]any); ok && op != "BatchExecuteStatement" { // of several tables
		sortItems(consumed)
	}
	if responses, ok := a.body["Responses"].(map[string]any); ok { // of BatchGetItem
		for _, list := range responses {
			sortItems(list.([]any))
		}
	}
}

func sortItems(list []any) {
	keys := texts(list)
	order := make(map[string]any, len(list))
	for i, k := range keys {
		order[k] = list[i]
	}
	slices.Sort(keys)
	for i, k := range keys {
		list[i] = order[k]
	}
}

// essentials is a description of a table without what is a server's own: names,
// times, sizes, and whether a table is made at once.
func essentials(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = essentials(v[i])
		}
		if slices.ContainsFunc(v, func(e any) bool { m, ok := e.(map[string]any); return !ok || m["KeyType"] != nil }) {
			return v // a key schema has an order
		}
		sortItems(v)
	case map[string]any:
		for name, member := range v {
			if ownMembers[name] || strings.HasSuffix(name, "Arn") || strings.HasSuffix(name, "DateTime") || strings.HasSuffix(name, "SizeBytes") {
				delete(v, name)
				continue
			}
			v[name] = essentials(member)
		}
	}
	return v
}

var ownMembers = map[string]bool{"TableId": true, "TableStatus": true, "IndexStatus": true, "NumberOfDecreasesToday": true, "BillingModeSummary": true, "LatestStreamLabel": true, "DeletionProtectionEnabled": true, "WarmThroughput": true}
