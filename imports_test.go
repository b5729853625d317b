package dynsync

import (
	"bytes"
	"encoding/json"
	osexec "os/exec"
	"slices"
	"strings"
	"testing"
)

// module is the path of this module.
const module = "github.com/dynsync/dynsync"

// TestLayersKnowOnlyWhatIsBelowThem checks the imports of the packages that
// users compile.
func TestLayersKnowOnlyWhatIsBelowThem(t *testing.T) {
	t.Parallel()
	const sdk = "github.com/aws/"
	tests := []struct {
		pkg     string
		allowed []string // prefixes, or with a $ whole paths, beside the standard library
		reason  string
	}{
		{"/internal/wire", nil, "bytes and DynamoDB JSON need the standard library only"},
		{"/internal/pseudonym", []string{module + "/internal/fold$", module + "/internal/wire"}, "randomness knows values, no service"},
		{"/internal/partiql", []string{module + "/internal/wire", sdk + "aws-sdk-go-v2/service/dynamodb/types"}, "conditions know values, no service"},
		{"/internal/rawapi", []string{module + "/internal/wire", sdk}, "payloads know bytes and the SDK"},
		{"/internal/awserr", []string{module + "/internal/rawapi", module + "/internal/reason", sdk}, "what errors mean is known of the SDK and its payloads"},
		{"/internal/docpath", []string{module + "/internal/wire"}, "paths and patterns know steps"},
		{"/internal/template", []string{module + "/internal/docpath", module + "/internal/fold$", module + "/internal/wire"}, "templates know paths and texts"},
		{"/internal/engine", []string{module + "/internal/capacity", module + "/internal/docpath", module + "/internal/leak", module + "/internal/personal", module + "/internal/pseudonym", module + "/internal/reason", module + "/internal/survey", module + "/internal/wire"},
			"the engine runs ops on bytes; it knows no transformers, records, tables or services"},
		{"/internal/send", []string{module + "/internal/awserr", module + "/internal/partiql", module + "/internal/rawapi", module + "/internal/reason", module + "/internal/wire", sdk}, "senders know bytes, requests and their answers, and no run"},
		{"/internal/leak", []string{module + "/internal/fold$", module + "/internal/wire"}, "the search for originals knows bytes, and no rules"},
		{"/internal/capacity", []string{"golang.org/x/time/rate"}, "how much a table gives depends on no service"},
		{"/internal/personal", []string{module + "/internal/fold$", module + "/internal/personal/phonedata$"}, "a look at a text needs tables alone"},
		{"/internal/personal/phonedata", nil, "tables need nothing"},
		{"/internal/phone", []string{module + "/internal/personal/phonedata$"}, "numbers are read and written by tables"},
		{"/internal/phone/phonegen", []string{module + "/internal/personal/phonedata$", "github.com/nyaruka/phonenumbers"}, "a generator knows the metadata that it reads"},
		{"/internal/survey", []string{module + "/internal/docpath", module + "/internal/personal", module + "/internal/wire"}, "a survey counts looks, and knows no rules"},
		{"/internal/seal", []string{module + "/internal/pseudonym", module + "/internal/reason"}, "sealing needs a key, and no idea of what is sealed"},
		{"/internal/ledger", []string{module + "/internal/wire"}, "a ledger knows keys as bytes, and no tables"},
		{"/internal/checkpoint", []string{module + "/internal/ledger", module + "/internal/pseudonym", module + "/internal/reason", module + "/internal/seal", module + "/internal/wire"},
			"where a table stands is known without services and records"},
		{"/internal/reason", nil, "a text needs nothing"},
		{"/internal/finding", nil, "a table of codes needs nothing"},
		{"/internal/onetoone", []string{module + "/internal/template", module + "/internal/wire"}, "whether keys are one-to-one is known of what transformers say of themselves"},
		{"/internal/fitting", nil, "names need nothing"},
		{"/internal/given", nil, "a look for nil needs nothing"},
		{"/internal/gotype", []string{sdk}, "Go types are known with what attributevalue makes of them"},
		{"/internal/fold", nil, "forms of texts depend on tables alone"},
		{"/internal/lists", nil, "lists need nothing"},
		{"/internal/ff1", nil, "a cipher needs the standard library only"},
		{"", []string{module + "/internal/", sdk, "golang.org/x/"}, "the root imports no satellite, and nothing else"},
		{"/anon", []string{module + "$", module + "/internal/", sdk + "aws-sdk-go-v2/feature/dynamodb/attributevalue"},
			"anonymizers know values and lists, no service, no scripts and no files"},
		{"/script", []string{module + "$", module + "/anon", module + "/internal/", "github.com/dop251/goja", "github.com/dlclark/regexp2/v2"}, "scripts know values and anonymizers, no service and no files"},
		{"/internal/catalog", []string{module + "$"}, "the catalog knows transformers, and not who makes them"},
		{"/rules", []string{module + "$", module + "/anon", module + "/script", module + "/internal/catalog", module + "/internal/docpath", module + "/internal/reason", "go.yaml.in/yaml/v4"}, "rules files know what they name, and YAML"},
	}
	args := []string{"list", "-json=ImportPath,Imports"}
	for _, tt := range tests {
		args = append(args, module+tt.pkg)
	}
	out, err := osexec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&pkg); err != nil {
			t.Fatal(err)
		}
		imports[pkg.ImportPath] = pkg.Imports
	}
	for _, tt := range tests {
		if _, ok := imports[module+tt.pkg]; !ok {
			t.Errorf("there is no package %s", module+tt.pkg)
		}
		for _, path := range imports[module+tt.pkg] {
			standard := !strings.Contains(strings.SplitN(path, "/", 2)[0], ".")
			known := slices.ContainsFunc(tt.allowed, func(prefix string) bool { return strings.HasPrefix(path+"$", prefix) })
			if !standard && !known {
				t.Errorf("%s imports %s: %s", tt.pkg, path, tt.reason)
			}
		}
	}
}

// TestWireHasNoNetwork keeps what wire may import of the standard library
// narrow.
func TestWireHasNoNetwork(t *testing.T) {
	t.Parallel()
	out, err := osexec.Command("go", "list", "-deps", module+"/internal/wire").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(out)) {
		if path == "net" || path == "context" || strings.HasPrefix(path, "net/") {
			t.Errorf("internal/wire depends on %s", path)
		}
	}
}

// TestNothingHasAPhoneLibrary keeps a library out of what users compile: its metadata would
// decide of results. Tables have what is needed.
func TestNothingHasAPhoneLibrary(t *testing.T) {
	t.Parallel()
	out, err := osexec.Command("go", "list", "-deps", module, module+"/anon", module+"/script", module+"/rules").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if slices.ContainsFunc(deps, func(path string) bool { return strings.Contains(path, "phonenumbers") }) {
		t.Error("something depends on a phone library")
	}
	if !slices.Contains(deps, module+"/internal/personal") {
		t.Errorf("internal/personal is not among what the root depends on: %v", deps)
	}
}
