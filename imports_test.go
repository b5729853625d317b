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

// sdk is what the paths of AWS's modules begin with.
const sdk = "github.com/aws/"

// TestLayersKnowOnlyWhatIsBelowThem checks the imports of the packages that
// users compile.
func TestLayersKnowOnlyWhatIsBelowThem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pkg     string
		allowed []string // prefixes, or with a $ whole paths, beside the standard library
		reason  string
	}{
		{"/internal/wire", nil, "bytes and DynamoDB JSON need the standard library only"},
		{"/internal/pseudonym", []string{module + "/internal/fold$", module + "/internal/wire"}, "randomness knows values, no service"},
		{"/internal/partiql", []string{module + "/internal/near", module + "/internal/survey", module + "/internal/wire", sdk + "aws-sdk-go-v2/service/dynamodb/types"}, "conditions know values, no service"},
		{"/internal/rawapi", []string{module + "/internal/wire", sdk}, "payloads know bytes and the SDK"},
		{"/internal/grants", nil, "a table of actions needs nothing"},
		{"/internal/awserr", []string{module + "/internal/grants$", module + "/internal/rawapi", module + "/internal/reason", sdk}, "what errors mean is known of the SDK and its payloads"},
		{"/internal/docpath", []string{module + "/internal/wire"}, "paths and patterns know steps"},
		{"/internal/template", []string{module + "/internal/docpath", module + "/internal/fold$", module + "/internal/wire"}, "templates know paths and texts"},
		{"/internal/engine", []string{module + "/internal/capacity", module + "/internal/docpath", module + "/internal/leak", module + "/internal/personal", module + "/internal/pseudonym", module + "/internal/reason", module + "/internal/survey", module + "/internal/uses", module + "/internal/wire"},
			"the engine runs ops on bytes; it knows no transformers, records, tables or services"},
		{"/internal/send", []string{module + "/internal/awserr", module + "/internal/partiql", module + "/internal/rawapi", module + "/internal/reason", module + "/internal/wire", sdk}, "senders know bytes, requests and their answers, and no run"},
		{"/internal/leak", []string{module + "/internal/fold$", module + "/internal/nothing", module + "/internal/personal$", module + "/internal/wire"}, "the search for originals knows bytes and looks, and no rules"},
		{"/internal/nothing", []string{module + "/internal/fold$"}, "what says that there is no value is a list of texts"},
		{"/internal/capacity", []string{"golang.org/x/time/rate"}, "how much a table gives depends on no service"},
		{"/internal/personal", []string{module + "/internal/fold$", module + "/internal/personal/phonedata$"}, "a look at a text needs tables alone"},
		{"/internal/personal/phonedata", nil, "tables need nothing"},
		{"/internal/phone", []string{module + "/internal/personal/phonedata$"}, "numbers are read and written by tables"},
		{"/internal/phone/phonegen", []string{module + "/internal/personal/phonedata$", "github.com/nyaruka/phonenumbers"}, "a generator knows the metadata that it reads"},
		{"/internal/uses", []string{module + "/internal/wire"}, "uses count values by their kinds, and know no rules"},
		{"/internal/survey", []string{module + "/internal/docpath", module + "/internal/personal", module + "/internal/wire"}, "a survey counts looks, and knows no rules"},
		{"/internal/shape", []string{module + "/internal/docpath", module + "/internal/near", module + "/internal/survey", module + "/internal/wire"}, "how items are built is known of bytes"},
		{"/internal/seal", []string{module + "/internal/pseudonym", module + "/internal/reason"}, "sealing needs a key, and no idea of what is sealed"},
		{"/internal/groups", nil, "what failures have in common is known by their texts"},
		{"/internal/layout", []string{module + "/internal/groups$"}, "a report is printed as texts and numbers"},
		{"/internal/ledger", []string{module + "/internal/wire"}, "a ledger knows keys as bytes, and no tables"},
		{"/internal/checkpoint", []string{module + "/internal/ledger", module + "/internal/pseudonym", module + "/internal/reason", module + "/internal/seal", module + "/internal/wire"},
			"where a table stands is known without services and records"},
		{"/internal/deadletter", []string{module + "/internal/checkpoint$", module + "/internal/pseudonym", module + "/internal/reason", module + "/internal/seal", module + "/internal/wire"}, "letters are known as bytes, and no records"},
		{"/internal/jobkey", []string{module + "/internal/pseudonym", module + "/internal/reason"}, "a key is bytes, and somebody who gives them"},
		{"/internal/span", nil, "the time of a call needs a clock and a context"},
		{"/internal/logrec", nil, "records of the log are a table, and need a logger"},
		{"/internal/rate", nil, "rates need numbers"},
		{"/internal/reason", nil, "a text needs nothing"},
		{"/internal/finding", nil, "a table of codes needs nothing"},
		{"/internal/probe", []string{module + "/internal/awserr", module + "/internal/reason", module + "/internal/tabledesc", "golang.org/x/time/rate", sdk}, "a probe knows names of tables and keys, and no items"},
		{"/internal/lookup", []string{module + "/internal/finding", module + "/internal/grants$", module + "/internal/probe$", module + "/internal/side$", module + "/internal/tabledesc$", sdk}, "what a table means for a copy is known of its description, and of answers"},
		{"/internal/guard", []string{module + "/internal/finding", module + "/internal/reason", module + "/internal/side", sdk}, "what may be written to is known of descriptions and clients"},
		{"/internal/tabledesc", []string{module + "/internal/checkpoint", module + "/internal/wire", sdk}, "descriptions are the SDK's, and keys are bytes"},
		{"/internal/keyset", []string{module + "/internal/pseudonym"}, "keys are remembered as digests"},
		{"/internal/sample", nil, "a sample needs a hash"},
		{"/internal/onetoone", []string{module + "/internal/template", module + "/internal/wire"}, "whether keys are one-to-one is known of what transformers say of themselves"},
		{"/internal/fitting", nil, "names need nothing"},
		{"/internal/accepted", nil, "a file of accepted findings is a text"},
		{"/internal/given", nil, "a look for nil needs nothing"},
		{"/internal/stages", []string{"golang.org/x/sync/errgroup"}, "goroutines know no items"},
		{"/internal/side", []string{sdk}, "what a client is, is known of the SDK"},
		{"/internal/tablearn", nil, "ARNs are texts"},
		{"/internal/near", nil, "names need nothing"},
		{"/internal/goform", []string{module + "/internal/rawapi", module + "/internal/wire", sdk}, "Go values are encoded by what wire and attributevalue know"},
		{"/internal/iam", nil, "policies are texts, and need no service"},
		{"/internal/gotype", []string{sdk}, "Go types are known with what attributevalue makes of them"},
		{"/internal/fold", nil, "forms of texts depend on tables alone"},
		{"/internal/scheme", nil, "a number needs nothing"},
		{"/internal/lists", nil, "lists need nothing"},
		{"/internal/ff1", nil, "a cipher needs the standard library only"},
		{"", []string{module + "/internal/", sdk, "golang.org/x/"}, "the root imports no satellite, and nothing else"},
		{"/anon", []string{module + "$", module + "/internal/", sdk + "aws-sdk-go-v2/feature/dynamodb/attributevalue"},
			"anonymizers know values and lists, no service, no scripts and no files"},
		{"/script", []string{module + "$", module + "/anon", module + "/internal/", "github.com/dop251/goja", "github.com/dlclark/regexp2/v2"}, "scripts know values and anonymizers, no service and no files"},
		{"/internal/catalog", []string{module + "$"}, "the catalog knows transformers, and not who makes them"},
		{"/connect/awskey", []string{module + "/internal/awserr", module + "/internal/reason", sdk}, "whoever gives a key knows its store, and no jobs"},
		{"/connect", []string{module + "$", module + "/internal/", sdk}, "connections know clients, the SDK's configuration, and jobs for Check"},
		{"/rules", []string{module + "$", module + "/anon", module + "/script", module + "/internal/catalog", module + "/internal/docpath", module + "/internal/near", module + "/internal/reason", "go.yaml.in/yaml/v4"}, "rules files know what they name, and YAML"},
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

// TestSatellitesBringTheirDependencies keeps what only some programs need out of others.
func TestSatellitesBringTheirDependencies(t *testing.T) {
	t.Parallel()
	key := []string{sdk + "aws-sdk-go-v2/service/kms", sdk + "aws-sdk-go-v2/service/secretsmanager"}
	login := []string{sdk + "aws-sdk-go-v2/config", sdk + "aws-sdk-go-v2/credentials", sdk + "aws-sdk-go-v2/service/sts", sdk + "aws-sdk-go-v2/service/sso"}
	for pkg, without := range map[string][]string{"": slices.Concat(key, login), "/connect": key} {
		for _, dep := range foreign(t, module+pkg) {
			if slices.ContainsFunc(without, func(path string) bool { return dep[1] == path || strings.HasPrefix(dep[1], path+"/") }) {
				t.Errorf("%s%s depends on %s", module, pkg, dep[1])
			}
		}
	}
}

// A dependency is a module that packages of this one compile, with the reason why no
// pseudonym depends on its release, which a user's module decides.
type dependency struct {
	module   string
	packages []string // prefixes of the paths of what it may give, in the module; nil for all
	reason   string
}

// ofAll are the dependencies of the root, and so of all packages.
var ofAll = []dependency{
	{sdk + "aws-sdk-go-v2", nil, "it moves requests and answers, and has types"},
	{sdk + "aws-sdk-go-v2/internal/", nil, "it finds endpoints"},
	{sdk + "aws-sdk-go-v2/service/", nil, "it sends requests"},
	{sdk + "aws-sdk-go-v2/feature/dynamodb/attributevalue", nil, "it makes attribute values of Go values, and the other way"},
	{sdk + "smithy-go", nil, "it is what the SDK is built on"},
	{"golang.org/x/sync", []string{"/errgroup"}, "it starts goroutines"},
	{"golang.org/x/time", []string{"/rate"}, "it waits"},
}

// ofScripts are the dependencies of package script beside these.
var ofScripts = []dependency{
	{"github.com/dop251/goja", nil, "it runs a script, whose own functions on texts are the user's, as docs/versions.md says; anonymizers in it are those of anon"},
	{"github.com/dlclark/regexp2/v2", nil, "it is the regular expressions of a script"},
	{"golang.org/x/text", nil, "it is the case and the collation of texts in a script"},
	{"github.com/go-sourcemap/sourcemap", nil, "it finds lines of a script"},
	{"github.com/google/pprof", []string{"/profile"}, "it is the profiler of goja"},
}

// TestNoPseudonymDependsOnAnotherModule lists the modules of which a program compiles
// packages. A user's module can have other releases of them, so that no list, folding table
// or metadata may come from one: internal/lists, internal/fold, internal/phone and
// internal/personal/phonedata have these.
func TestNoPseudonymDependsOnAnotherModule(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pkg     string
		allowed []dependency
	}{
		{"", ofAll},
		{"/anon", ofAll},
		{"/script", slices.Concat(ofAll, ofScripts)},
		{"/rules", slices.Concat(ofAll, ofScripts, []dependency{{"go.yaml.in/yaml/v4", nil, "it reads rules files, before anything is anonymized"}})},
		{"/dynsynctest", ofAll},
	}
	for _, tt := range tests {
		used := map[string]bool{}
		for _, dep := range foreign(t, module+tt.pkg) {
			at := slices.IndexFunc(tt.allowed, func(d dependency) bool { return d.has(dep) })
			if at < 0 {
				t.Errorf("%s%s depends on %s of %s; say in ofAll or ofScripts why no pseudonym depends on it", module, tt.pkg, dep[1], dep[0])
				continue
			}
			used[tt.allowed[at].module] = true
		}
		for _, d := range tt.allowed {
			if !used[d.module] && tt.pkg != "/dynsynctest" {
				t.Errorf("%s%s does not depend on %s", module, tt.pkg, d.module)
			}
		}
	}
}

// TestOnlyGeneratorsReadTheLibraries: no code but that of tests, and of the generator that
// they use, imports the libraries that tables were made of.
func TestOnlyGeneratorsReadTheLibraries(t *testing.T) {
	t.Parallel()
	out, err := osexec.Command("go", "list", "-f", `{{range .Imports}}{{.}} {{$.ImportPath}}{{"\n"}}{{end}}`, module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	const generator = module + "/internal/phone/phonegen"
	n := 0
	for line := range strings.Lines(string(out)) {
		path, by, _ := strings.Cut(strings.TrimSpace(line), " ")
		n++
		for _, library := range []string{"github.com/brianvoe/gofakeit", "github.com/nyaruka/phonenumbers", "golang.org/x/text"} {
			if strings.HasPrefix(path, library) && by != generator {
				t.Errorf("%s imports %s", by, path)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d imports were seen", n)
	}
}

// has reports whether a package of a module is of the dependency.
func (d dependency) has(dep [2]string) bool {
	mod, path := dep[0], strings.TrimPrefix(dep[1], dep[0])
	if mod != d.module && !(strings.HasSuffix(d.module, "/") && strings.HasPrefix(mod, d.module)) {
		return false
	}
	return d.packages == nil || slices.ContainsFunc(d.packages, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
}

// foreign returns the packages of other modules that a package compiles, each with its
// module. It fails if there are none of this one.
func foreign(t *testing.T, pkg string) (deps [][2]string) {
	t.Helper()
	out, err := osexec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{$.ImportPath}}{{end}}", pkg).Output()
	if err != nil {
		t.Fatal(err)
	}
	own := false
	for line := range strings.Lines(string(out)) {
		mod, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch mod {
		case "":
		case module:
			own = true
		default:
			deps = append(deps, [2]string{mod, path})
		}
	}
	if !own {
		t.Fatalf("%s is not among what it depends on", pkg)
	}
	return deps
}
