package rules_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/rules"
)

// table is the beginning of a file whose 5th line is the next.
const table = "version: 1\ntables:\n  - source: ProdUsers\n    destination: StageUsers\n"

// withRules is the beginning of a file whose 6th line is the next.
const withRules = table + "    rules:\n"

// A badFile is a file and all that is wrong with it. Where bySchema is true, the
// schema refuses it too.
type badFile struct {
	name     string
	text     string
	want     []string
	bySchema bool
}

const runsOn = "this continues on the next line; add the missing comma or dash, correct the indentation, or put quotes around a string of several lines"

const unclear = "versions of YAML read this differently; put quotes around a string, and write any other value as in JSON"

var badFiles = []badFile{
	{"nothing", "", []string{`1:1: the file is empty`}, false},
	{"a comment", "# soon\n", []string{`1:1: the file is empty`}, false},
	{"text", "soon", []string{`1:1: this must be a mapping with version and tables`}, true},
	{"an empty mapping", "{}", []string{`1:1: the key version is missing`, `1:1: the key tables is missing`}, true},
	{"another version", "version: 2\ntables: [{source: Aaa, destination: Bbb}]", []string{`1:10: this must be the number 1`}, true},
	{"no tables", "version: 1\ntables: []", []string{`2:9: this list must have 1 or more elements`}, true},
	{"not YAML", "version: 1\ntables: [canary", []string{`2:16: this is not YAML: did not find expected ',' or ']'`}, false},
	{"a tab", "version: 1\n\ttables: canary", []string{`2:1: this is not YAML: found a tab character that violates indentation`}, false},
	{"not UTF-8", "version: 1\nx: é\xff", []string{`2:5: this is not UTF-8`}, false},
	{"a control character", "version: 1\nab\x01: canary", []string{`2:3: this is not YAML: control characters are not allowed`}, false},
	{"half a surrogate pair", `{"version": 1, "tables": "\ud83d canary"}`, []string{`1:29: this is not YAML: found invalid Unicode character escape code`}, false},
	{"a line separator", "version: 1\n# a comment \u2028tables: []\n", []string{`2:13: only some versions of YAML end a line at this character; write it as an escape in double quotes, such as \u2028`}, true},
	{"a byte order mark", "\ufeffversion: 1\ntables: []", []string{`2:9: this list must have 1 or more elements`}, true},
	{"faults behind surrogate pairs", "{\"version\": 1,\n \"tables\": [{\"source\": \"Aaa\", \"destination\": \"Bbb\", \"where\": \"a = ?\", \"params\": [\"\\ud83d\\ude00 \\n\\ud83d\\ude00\"], \"mode\": 1,\n \"index\": 1}]}", []string{
		`2:122: table Aaa: this must be one of put, insert, merge`,
		`3:11: table Aaa: this must be a string; put quotes around one that looks like another value`}, false},
	{"two documents", table + "---\n" + table, []string{`5:1: a second document begins here; a file must hold one document`}, false},
	{"an alias of nothing", table + "    where: a = ?\n    params: [*canary]\n", []string{`6:14: this is not YAML: an alias without an anchor; put quotes around a string`}, false},
	{"an alias", table + "    index: &canary Index\n    ttlAttribute: *canary\n", []string{
		`5:12: table ProdUsers: anchors are not supported; remove the anchor, or put quotes around a string`,
		`6:19: table ProdUsers: aliases are not supported; write the value out, move it to defaults, or put quotes around a string`}, false},
	{"a merge key", "version: 1\n<<: {a: 1}\ntables: [{source: Aaa, destination: Bbb}]", []string{`2:1: ` + unclear}, true},
	{"a tag", table + "    index: !canary x\n", []string{`5:12: table ProdUsers: tags are not supported; remove the tag, or put quotes around a string`}, false},
	{"a key that is a list", table + "    ? [canary]\n    : x\n", []string{`5:7: table ProdUsers: a key must be a string`}, false},
	{"a key twice", table + "    index: Index\n    mode: put\n    index: Other\n", []string{`7:5: table ProdUsers: duplicate key; the first is in line 5`}, false},
	{"deep nesting", table + "    where: a = ?\n    params: " + strings.Repeat("[", 70) + strings.Repeat("]", 70), []string{`6:74: table ProdUsers: this is nested deeper than 64 levels`}, false},
	{"unknown keys", "version: 1\ntabels: []\ntables:\n  - {source: Aaa, destination: Bbb, pagesize: 1, zzz: 2}\n", []string{
		`2:1: unknown key "tabels"; did you mean tables?`,
		`4:37: table Aaa: unknown key "pagesize"; did you mean pageSize?`,
		`4:50: table Aaa: unknown key "zzz"`}, true},
	{"a table that is text", "version: 1\ntables: [ProdUsers]", []string{`2:10: table 1: this must be a mapping with source and destination`}, true},
	{"a table without names", "version: 1\ntables: [{}]", []string{`2:10: table 1: the key source is missing`, `2:10: table 1: the key destination is missing`}, true},
	{"names that are illegal", "version: 1\ntables:\n  - source: a b\n    destination: \"\"\n    index: c d\n", []string{
		`3:13: table a b: the source table's name "a b" is not legal: it has 3 to 255 of the characters a-z, A-Z, 0-9, '_', '-' and '.'`,
		`4:18: table a b: the destination table has no name`,
		`5:12: table a b: index: the name "c d" is not legal: it has 3 to 255 of the characters a-z, A-Z, 0-9, '_', '-' and '.'`}, false},
	{"two tables of a name", table + "  - source: ProdUsers\n    destination: Other\n", []string{
		`5:13: table ProdUsers: the table in line 3 has the same name; set the key name of one of them`}, false},
	{"wrong types", table + "    where: 5\n    mode: [put]\n    segments: 1.5\n    consistentRead: 1\n    pageSize: \"5\"\n    sample: 2\n    maxItems: 0\n    params: canary\n    rules: {}\n", []string{
		`5:12: table ProdUsers: this must be a string; put quotes around one that looks like another value`,
		`6:11: table ProdUsers: this must be one of put, insert, merge`,
		`7:15: table ProdUsers: this must be a whole number from 1 to 1000000`,
		`8:21: table ProdUsers: this must be true or false`,
		`9:15: table ProdUsers: this must be a whole number from 0 to 1000000`,
		`10:13: table ProdUsers: this must be a number above 0 and at most 1`,
		`11:15: table ProdUsers: this must be a whole number, 1 or more`,
		`12:13: table ProdUsers: this must be a list of values`,
		`13:12: table ProdUsers: this must be a list of rules`}, true},
	{"limits", table + "    readCapacity: 0\n    writeCapacity: 101%\n", []string{
		`5:19: table ProdUsers: this must be a number of capacity units per second above 0, "unlimited", or a percentage such as "50%"`,
		`6:20: table ProdUsers: this must be a number of capacity units per second above 0, "unlimited", or a percentage such as "50%"`}, true},
	{"segments in words", table + "    segments: atuo\n    mode: puts\n", []string{
		`5:15: table ProdUsers: this must be a whole number from 1 to 1000000, or "auto"`,
		`6:11: table ProdUsers: this must be one of put, insert, merge; did you mean put?`}, true},
	{"params without where", table + "    params: [canary]\n", []string{`5:5: table ProdUsers: params needs the key where`}, true},
	{"too few params", table + "    where: canary = ? AND b = ?\n    params: [canary]\n", []string{
		`5:12: table ProdUsers: where: the condition has 2 parameters (?), and 1 value was given; write ? for each value, and nothing else`}, false},
	{"a condition that does not end", table + "    where: a = 'canary\n", []string{
		`5:12: table ProdUsers: where: column 5: a string without its closing '; end text by ', and write a ' within it twice`}, false},
	{"params that versions of YAML read differently", table + "    where: a IN [?, ?, ?, ?, ?, ?, ?, ?, ?]\n    params: [yes, Off, 012, 0x1F, 1_000, 12:30, 2024-01-01, .5, NULL]\n", []string{
		`6:14: table ProdUsers: ` + unclear, `6:19: table ProdUsers: ` + unclear, `6:24: table ProdUsers: ` + unclear,
		`6:29: table ProdUsers: ` + unclear, `6:35: table ProdUsers: ` + unclear, `6:42: table ProdUsers: ` + unclear,
		`6:49: table ProdUsers: ` + unclear, `6:61: table ProdUsers: ` + unclear, `6:65: table ProdUsers: ` + unclear}, false},
	{"numbers that DynamoDB does not have", table + "    where: a = ? AND b = ?\n    params: [1e999, 777777777777777777777777777777777777777]\n", []string{
		`6:14: table ProdUsers: DynamoDB cannot store this number: it holds at most 38 digits, from 1E-130 to 9.99E+125`,
		`6:21: table ProdUsers: DynamoDB cannot store this number: it holds at most 38 digits, from 1E-130 to 9.99E+125`}, false},
	{"items that run on", withRules + "      - path: A\n        use: text\n        with:\n          find: [names]\n          names:\n            - Alice\n              - canary\n            - Carol\n      - {path: B, use: oneOf, with: {choices: [gold\n          canary]}}\n", []string{
		`11:15: table ProdUsers: rule "A": ` + runsOn, `14:48: table ProdUsers: rule "B": ` + runsOn}, false},
	{"backspaces", withRules + "      - {path: A, use: scramble, with: {pattern: \"\\b[0-9]+\\b\"}}\n", []string{
		`6:50: table ProdUsers: rule "A": \b in double quotes is a backspace; for a regular expression write \\b, or use single quotes`}, false},
	{"a rule that is text", withRules + "      - Name\n", []string{`6:9: table ProdUsers: this must be a mapping with path and use`}, true},
	{"a rule without anything", withRules + "      - {}\n", []string{
		`6:9: table ProdUsers: rule without a path: the key use is missing`,
		`6:9: table ProdUsers: rule without a path: the key path or keys is missing`}, true},
	{"path and keys", withRules + "      - {path: Name, keys: Name, use: remove}\n", []string{`6:22: table ProdUsers: rule "Name": path and keys exclude each other; remove one`}, true},
	{"a bad pattern", withRules + "      - {path: a..b, use: remove}\n", []string{`6:16: table ProdUsers: rule "a..b": invalid path "a..b" at column 3: a name is missing here`}, false},
	{"a pattern twice", withRules + "      - {path: Name, use: remove}\n      - {path: '\"Name\"', use: remove}\n", []string{
		`7:16: table ProdUsers: rule "\"Name\"": duplicate pattern; the first is in line 6`}, false},
	{"a rule below a rule", withRules + "      - {path: '\"Pets\"', use: remove}\n      - {path: Pets.Judith, use: firstName}\n      - {path: Pets.*.Age.Days, use: remove}\n      - {path: Pets.*.Age, use: pseudonym}\n", []string{
		`8:16: table ProdUsers: rule "Pets.*.Age.Days": lies below rule "Pets.*.Age", whose Pseudonym already transforms everything there; only Passthrough and Remove leave room for deeper rules`}, false},
	{"a wildcard where a value is missing", withRules + "      - {path: '*.Name', use: ifMissing, with: {apply: {use: constant, with: {value: canary}}}}\n", []string{
		`6:16: table ProdUsers: rule "*.Name": IfMissing handles missing values, and its path must not have wildcards`}, false},
	{"unknown transformers", withRules + "      - {path: A, use: fristName}\n      - {path: B, use: passThrough}\n      - {path: C, use: qqqqqq}\n      - {path: D, use: null}\n", []string{
		`6:24: table ProdUsers: rule "A": unknown transformer "fristName"; did you mean firstName?`,
		`7:24: table ProdUsers: rule "B": unknown transformer "passThrough"; did you mean passthrough?`,
		`8:24: table ProdUsers: rule "C": unknown transformer "qqqqqq"`,
		`9:24: table ProdUsers: rule "D": this must be the name of a transformer (write "null" in quotes)`}, true},
	{"transformers by other names", withRules + "      - {path: A, use: anon.emial}\n      - {path: B, use: JavaScript}\n      - {path: C, use: keep}\n      - {path: D, use: email, in: x}\n", []string{
		`6:24: table ProdUsers: rule "A": unknown transformer "anon.emial"; did you mean email?`,
		`7:24: table ProdUsers: rule "B": unknown transformer "JavaScript"; did you mean script?`,
		`8:24: table ProdUsers: rule "C": unknown transformer "keep"; did you mean passthrough?`,
		`9:31: table ProdUsers: rule "D": unknown key "in"; use one of path, keys, use, with, optional, allowCollisions`}, true},
	{"a pattern that needs quotes", withRules + "      - {path: Orders[*].canary, use: email}\n", []string{
		`6:24: this is not YAML: an alias or anchor without a name; put quotes around a string, such as a pattern with * or [ ]`}, false},
	{"options", withRules + "      - {path: A, use: firstName, with: {strikt: true, perItem: canary, in: 5}}\n      - {path: B, use: remove, with: {x: 1}}\n      - {path: C, use: constant}\n      - {path: D, use: constant, with: canary}\n      - {path: E, use: passthrough, optional: canary}\n", []string{
		`6:42: table ProdUsers: rule "A": firstName: unknown key "strikt"; did you mean strict?`,
		`6:65: table ProdUsers: rule "A": firstName: this must be true or false`,
		`6:77: table ProdUsers: rule "A": firstName: this must be a string; put quotes around one that looks like another value`,
		`7:39: table ProdUsers: rule "B": remove: unknown key "x"`,
		`8:24: table ProdUsers: rule "C": constant: the key value is missing`,
		`9:40: table ProdUsers: rule "D": this must be a mapping of options`,
		`10:47: table ProdUsers: rule "E": this must be true or false`}, true},
	{"transformers in transformers", withRules + "      - {path: A, use: chain, with: {apply: []}}\n      - {path: B, use: firstOf, with: {apply: [remove, {use: nul}, 7]}}\n      - {path: C, use: delimited, with: {separator: \"\", parts: [remove]}}\n      - {path: D, use: onKind, with: {kind: X, apply: remove}}\n      - {path: E, use: onKind, with: {kind: N, apply: firstName}}\n      - {path: F, use: generate, with: {apply: remove}}\n      - {path: G, use: ifMissing, with: {apply: firstName}}\n", []string{
		`6:45: table ProdUsers: rule "A": chain: this list must have 1 or more elements`,
		`7:62: table ProdUsers: rule "B": firstOf: unknown transformer "nul"; did you mean null?`,
		`7:68: table ProdUsers: rule "B": firstOf: this must be the name of a transformer (write "null" in quotes), or a mapping with use`,
		`8:24: table ProdUsers: rule "C": delimited: Delimited needs a separator`,
		`9:45: table ProdUsers: rule "D": onKind: this must be one of S, N, B, BOOL, NULL, M, L, SS, NS, BS`,
		`10:24: table ProdUsers: rule "E": onKind: OnKind(N): anon.FirstName never takes that kind`,
		`11:24: table ProdUsers: rule "F": generate: anon.Generate needs a transformer of package anon with random results; this one transforms the value that is there`,
		`12:24: table ProdUsers: rule "G": ifMissing: IfMissing: anon.FirstName needs a value to work on`}, true},
	{"a leak check", table + "    leakCheck: {minLength: 0, minlength: 1}\n    withoutExpired: 1\n", []string{
		`5:28: table ProdUsers: this must be a whole number from 1 to 1000000`,
		`5:31: table ProdUsers: unknown key "minlength"; did you mean minLength?`,
		`6:21: table ProdUsers: this must be true or false`}, true},
	{"rules within JSON", withRules + "      - path: A\n        use: json\n        with:\n          rules:\n            - {path: B.C, use: remove}\n            - {path: B, use: 'null'}\n            - {path: '*.x', use: generateScript, with: {code: return 1}}\n            - {path: D, use: json, with: {default: passthrough}}\n", []string{
		`13:30: table ProdUsers: rule "A": json: rule "D": json: Passthrough cannot be the default, since it may keep values: a rule that matches nothing would let them pass unseen`}, false},
	{"rules within JSON that do not fit", withRules + "      - path: A\n        use: json\n        with:\n          rules:\n            - {path: B.C, use: remove}\n            - {path: B, use: 'null'}\n            - {path: y, use: generateScript, with: {code: return 1}}\n", []string{
		`10:22: table ProdUsers: rule "A": json: rule "B.C": lies below rule "B", whose Constant already transforms everything there; only Passthrough and Remove leave room for deeper rules`,
		`12:22: table ProdUsers: rule "A": json: rule "y": script.Generate handles missing values or runs last, which is not possible within JSON`}, false},
	{"defaults by kind", table + "    default: {S: passthrough, M: remove, N: {use: nil}}\n", []string{
		`5:31: table ProdUsers: default: unknown key "M"; use one of S, N, B, BOOL, NULL`,
		`5:51: table ProdUsers: default: unknown transformer "nil"; did you mean null?`}, true},
	{"defaults", "version: 1\ndefaults:\n  source: Aaa\n  rules:\n    - {path: A.B, use: remove}\n    - {path: A, use: 'null'}\ntables:\n  - {source: Aaa, destination: Bbb}\n  - {source: Ccc, destination: Bbb, rules: [{path: A.C, use: remove}]}\n", []string{
		`3:3: defaults: unknown key "source"`,
		`5:14: defaults: rule "A.B": lies below rule "A" (both of WithAllTables), whose Constant already transforms everything there; only Passthrough and Remove leave room for deeper rules`,
		`9:52: table Ccc: rule "A.C": lies below rule "A" (of WithAllTables), whose Constant already transforms everything there; only Passthrough and Remove leave room for deeper rules`}, true},
}

func TestBadFiles(t *testing.T) {
	for _, tt := range badFiles {
		t.Run(tt.name, func(t *testing.T) {
			file, err := rules.Parse([]byte(tt.text), "r.yaml")
			var faults rules.Errors
			if !errors.As(err, &faults) || file != nil {
				t.Fatalf("the error is %T: %v", err, err)
			}
			want := ""
			for _, w := range tt.want {
				want += "r.yaml:" + w + "\n"
			}
			if got := err.Error() + "\n"; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if n := strings.Count(err.Error(), "canary"); n > 0 {
				t.Errorf("the error holds what it must not: %v", err)
			}
		})
	}
}

func TestFilesThatCannotBeLoaded(t *testing.T) {
	dir := t.TempDir()
	if _, err := rules.Load(filepath.Join(dir, "none.yaml")); !errors.Is(err, os.ErrNotExist) || dynsync.ExitCode(err) != 2 {
		t.Error(err)
	}
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, []byte(table+"# "+strings.Repeat("x", 1<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%s:1:1: the file has %d bytes; the limit is %d", big, 1<<20+1, 1<<20)
	if _, err := rules.Load(big); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestNumberOfRules checks that the rules of the defaults count for each table.
func TestNumberOfRules(t *testing.T) {
	text := "version: 1\ndefaults:\n  rules:\n"
	for i := range 1000 {
		text += fmt.Sprintf("    - {path: a%d, use: remove, optional: true}\n", i)
	}
	text += "tables:\n"
	for i := range 100 {
		text += fmt.Sprintf("  - {source: Source%d, destination: Target}\n", i)
	}
	if _, err := rules.Parse([]byte(text), "r.yaml"); err != nil {
		t.Error(err)
	}
	text = strings.TrimSuffix(text, "}\n") + ", rules: [{path: a, use: remove}]}\n"
	const want = "r.yaml:1005:3: the tables have 100001 rules, counting the defaults once per table; the limit is 100000"
	if _, err := rules.Parse([]byte(text), "r.yaml"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestByteOrderMarkBeforeJSON(t *testing.T) {
	text := "\ufeff" + `{"version": 1, "tables": [{"source": "Aaa", "destination": "Bbb", "where": "a = ?", "params": ["\ud83d\ude00"]}]}`
	if _, err := rules.Parse([]byte(text), "r.json"); err != nil {
		t.Error(err)
	}
}

// TestScalars checks which text without quotes is what.
// TestLineEnds: an item is in one line, whatever ends it.
func TestLineEnds(t *testing.T) {
	file := table + "    where: \"a = ? AND b\n      = ? AND c = ?\"\n    params:\n      - é é\n      - b b # b\n      - c\n"
	for _, end := range []string{"\n", "\r\n", "\r"} {
		if _, err := rules.Parse([]byte(strings.ReplaceAll(file, "\n", end)), "r.yaml"); err != nil {
			t.Errorf("%q: %v", end, err)
		}
	}
}

func TestScalars(t *testing.T) {
	parse := func(s string) error {
		_, err := rules.Parse([]byte(table+"    where: a = ?\n    params:\n      - "+s+"\n"), "r.yaml")
		return err
	}
	for _, s := range []string{
		"yes", "No", "ON", "off", "True", "FALSE", "Null", "NULL", "012", "+1", "0x1F", "0o17", "0b11", "1_000", "12:30", "190:20:30.15",
		"2024-01-01", "2024-01-01T10:00:00Z", "2024-1-1 10:00:00 +1", ".5", "1.", "+.5", "1.e5", "007.5", ".inf", "-.INF", ".NaN", "=", "<<",
	} {
		if err := parse(s); err == nil || !strings.Contains(err.Error(), unclear) {
			t.Errorf("%s: %v", s, err)
		}
		if err := parse(`"` + s + `"`); err != nil {
			t.Errorf("%s in quotes: %v", s, err)
		}
	}
	for _, s := range []string{"text", "y", "N", "1.2.3", "127.0.0.1", "555-0100", "50%", "1e", "e5", "a:b", "12-34", "0x", "null!", "1e3", "-0.5E-7", "~", "", "true", "é", "a  b", "a # b", "\"a\n        b\""} {
		if err := parse(s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// A program that ends by dynsync.ExitCode says that its file is at fault.
func TestExitCodeOfAFile(t *testing.T) {
	_, err := rules.Parse([]byte("soon"), "rules.yaml")
	if got := dynsync.ExitCode(fmt.Errorf("loading: %w", err)); got != 2 {
		t.Errorf("exit code %d of %v", got, err)
	}
}
