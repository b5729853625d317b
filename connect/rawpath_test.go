package connect

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync"
)

// With every option, a client is a plain one of the SDK, through which items move as they
// are.
func TestRawPath(t *testing.T) {
	w := newWorld(t)
	w.fill(t, 3)
	const pod = "arn:aws:iam::111122223333:role/pod"
	must(t, w.sts.AddRole(pod, `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}]}`, readsOnly))
	w.sts.AddWebIdentity("eyJ.job.x", "oidc.example.com", "job", "sts.amazonaws.com")
	profiles(t, "[profile prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = secretOfPROD\nregion = us-west-2\n")
	rows := map[string][]Option{
		"Keys":           {Keys("AKIAPROD", "secretOfPROD", "")},
		"Profile":        {Profile("prod")},
		"Region":         {Keys("AKIAPROD", "secretOfPROD", ""), Region("us-west-2")},
		"Requests":       {Keys("AKIAPROD", "secretOfPROD", ""), Requests(1)},
		"Side":           {Keys("AKIAPROD", "secretOfPROD", ""), Side("source")},
		"Role":           {w.user, Role(hub), Role(prodRead, ExternalID(theID))},
		"ExternalID":     {w.user, Role(prodRead, ExternalID(theID))},
		"SessionName":    {w.user, Role(prodRead, ExternalID(theID), SessionName("night"))},
		"Duration":       {w.user, Role(prodRead, ExternalID(theID), Duration(time.Hour))},
		"SessionTag":     {w.user, Role(prodRead, ExternalID(theID), SessionTag("a", "b"))},
		"SourceIdentity": {w.user, Role(prodRead, ExternalID(theID), SourceIdentity("ci"))},
		"WebIdentity":    {WebIdentity(pod, file(t, "eyJ.job.x"))},
	}
	rows["Endpoint"], rows["STSEndpoint"] = rows["Keys"], rows["ExternalID"] // which all rows have
	for _, name := range optionNames(t) {
		if rows[name] == nil {
			t.Errorf("no row has the option %s", name)
		}
	}
	for name, opts := range rows {
		report, err := job(t, w.open(t, opts...), w.dest).Sync(t.Context())
		if err != nil || report.Tables[0].ReadPath != "raw" || report.Tables[0].WritePath != "raw" || report.Tables[0].Read != 3 {
			t.Errorf("%s: %v\n%v", name, err, report)
		}
	}
	direct, err := dynsync.New(dynsync.WithSource(w.open(t, rows["ExternalID"]...)), dynsync.WithDestination(w.open(t, w.user, Role(stage)), dynsync.AnyDestination()), dynsync.WithDirectRequests(),
		dynsync.WithKey([]byte("0123456789abcdef0123456789abcdef")), dynsync.WithTable("Users", "Copy", dynsync.WithTransform("Name", dynsync.Passthrough())))
	must(t, err)
	report, err := direct.Sync(t.Context())
	if err != nil || !strings.HasPrefix(report.Tables[0].WritePath, "raw") {
		t.Errorf("%v\n%v", err, report)
	}
}

// optionNames returns the exported functions of the package that return an option.
func optionNames(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	must(t, err)
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		must(t, err)
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !fn.Name.IsExported() || fn.Type.Results == nil || len(fn.Type.Results.List) != 1 {
				continue
			}
			if id, ok := fn.Type.Results.List[0].Type.(*ast.Ident); ok && (id.Name == "Option" || id.Name == "RoleOption") {
				names = append(names, fn.Name.Name)
			}
		}
	}
	if len(names) < 14 {
		t.Errorf("there are only the options %v", names)
	}
	return names
}
