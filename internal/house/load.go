package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/build"
	"go/build/constraint"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A pkg is a package as its files make it: what they declare and what they use.
type pkg struct {
	fset  *token.FileSet
	files []file
	decls []decl      // ordered by position
	uses  []use       // between two declarations, ordered by position
	below []directory // the packages of the module that it depends on
}

type file struct {
	name   string
	lines  int
	syntax *ast.File
}

// A decl is the smallest piece of a file that can move to another: a function,
// a method, a type, a variable, or constants declared together.
type decl struct {
	name     string // a method's is "Type.Method"
	recv     string // of a method: the name of its type
	file     int
	pos, end token.Pos
	node     ast.Node // *ast.FuncDecl, *ast.GenDecl or ast.Spec
}

// A use is one mention, within the declaration from, of something that the
// declaration to declares: itself, a field or a method of an interface.
type use struct {
	from, to int
	name     token.Pos // where the mentioned name is declared
}

type directory struct{ path, dir string }

// load reads and type-checks the files of the package in dir that build on
// Linux, with whatever build tags, without its tests.
func load(dir string) (*pkg, error) {
	exports, below, err := dependencies(dir)
	if err != nil {
		return nil, err
	}
	p := &pkg{fset: token.NewFileSet(), below: below}
	if p.files, err = parseDir(p.fset, dir); err != nil {
		return nil, err
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	checked, err := p.check(info, exports)
	if err != nil {
		return nil, err
	}
	for i, f := range p.files {
		p.declare(i, f.syntax)
	}
	slices.SortFunc(p.decls, func(a, b decl) int { return cmp.Compare(a.pos, b.pos) })
	p.use(info, checked)
	return p, nil
}

// dependencies returns, of the packages that the one in dir depends on, the
// files of export data by import path, and the directories of those of its
// module.
func dependencies(dir string) (exports map[string]string, below []directory, err error) {
	cmd := exec.Command("go", "list", "-e", "-deps", "-export", "-f",
		"{{.ImportPath}}\t{{.Export}}\t{{.Dir}}\t{{.DepOnly}}\t{{with .Module}}{{.Main}}{{end}}", ".")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list in %s: %w", dir, err)
	}
	exports = map[string]string{}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		exports[f[0]] = f[1]
		if f[3] == "true" && f[4] == "true" {
			below = append(below, directory{f[0], f[2]})
		}
	}
	return exports, below, nil
}

// parseDir parses the files in dir that build on Linux, without tests.
func parseDir(fset *token.FileSet, dir string) ([]file, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []file
	for _, path := range names {
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(path)
		if strings.HasSuffix(name, "_test.go") || !buildsOnLinux(name, src) {
			continue
		}
		syntax, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, bytes.Count(src, []byte("\n")), syntax})
	}
	return files, nil
}

// elsewhere are the tags that are never set on Linux, with "ignore", which is
// never set.
var elsewhere = []string{"aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ignore", "ios", "js",
	"netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows"}

// buildsOnLinux reports whether some set of build tags selects a file on Linux.
func buildsOnLinux(name string, src []byte) bool {
	ctxt := build.Default
	ctxt.GOOS = "linux"
	ctxt.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(src)), nil }
	free := freeTags(src)
	for set := range 1 << len(free) {
		ctxt.BuildTags = nil
		for i, tag := range free {
			if set>>i&1 == 1 {
				ctxt.BuildTags = append(ctxt.BuildTags, tag)
			}
		}
		if ok, err := ctxt.MatchFile("", name); err == nil && ok {
			return true
		}
	}
	return false
}

// freeTags returns the tags of a file's constraint that can be set on Linux.
func freeTags(src []byte) []string {
	var tags []string
	for line := range strings.Lines(string(src)) {
		if strings.HasPrefix(line, "package ") {
			break
		}
		expr, err := constraint.Parse(strings.TrimSpace(line))
		if err != nil {
			continue
		}
		expr.Eval(func(tag string) bool {
			if !slices.Contains(elsewhere, tag) && !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
			return false
		})
	}
	return tags
}

// check type-checks the files. Those with tags of their own may contradict each
// other, so errors in these are no errors.
func (p *pkg) check(info *types.Info, exports map[string]string) (*types.Package, error) {
	var first error
	conf := types.Config{
		Importer: importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) {
			return os.Open(exports[path])
		}),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && first == nil && !p.tagged(e.Pos) {
				first = err
			}
		},
	}
	var syntax []*ast.File
	for _, f := range p.files {
		syntax = append(syntax, f.syntax)
	}
	checked, _ := conf.Check(p.files[0].syntax.Name.Name, p.fset, syntax, info)
	return checked, first
}

// tagged reports whether the file at pos has a build constraint.
func (p *pkg) tagged(pos token.Pos) bool {
	for _, f := range p.files {
		if f.syntax.FileStart <= pos && pos <= f.syntax.FileEnd {
			return slices.ContainsFunc(f.syntax.Comments, func(c *ast.CommentGroup) bool {
				return constraint.IsGoBuild(c.List[0].Text)
			})
		}
	}
	return false
}

// declare notes the declarations of a file.
func (p *pkg) declare(file int, syntax *ast.File) {
	for _, d := range syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			recv := receiver(d)
			name := d.Name.Name
			if recv != "" {
				name = recv + "." + name
			}
			p.decls = append(p.decls, decl{name, recv, file, d.Pos(), d.End(), d})
		case *ast.GenDecl:
			p.declareSpecs(file, d)
		}
	}
}

func (p *pkg) declareSpecs(file int, d *ast.GenDecl) {
	if d.Tok == token.CONST {
		p.decls = append(p.decls, decl{specName(d.Specs[0]), "", file, d.Pos(), d.End(), d})
		return
	}
	for _, s := range d.Specs {
		if d.Tok != token.IMPORT {
			p.decls = append(p.decls, decl{specName(s), "", file, s.Pos(), s.End(), s})
		}
	}
}

func specName(s ast.Spec) string {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Name.Name
	case *ast.ValueSpec:
		return s.Names[0].Name
	}
	return ""
}

// receiver returns the name of the type that a function is a method of, if any.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	for t := d.Recv.List[0].Type; ; {
		switch e := t.(type) {
		case *ast.StarExpr:
			t = e.X
		case *ast.ParenExpr:
			t = e.X
		case *ast.IndexExpr:
			t = e.X
		case *ast.IndexListExpr:
			t = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// use notes what declarations use of others. Names that are local to one never
// lead out of it, and the parts of generic types stand where they are declared,
// so positions say it all.
func (p *pkg) use(info *types.Info, checked *types.Package) {
	for id, obj := range info.Uses {
		if obj.Pkg() != checked {
			continue
		}
		from, to := p.declAt(id.Pos()), p.declAt(obj.Pos())
		if from >= 0 && to >= 0 && from != to {
			p.uses = append(p.uses, use{from, to, obj.Pos()})
		}
	}
	slices.SortFunc(p.uses, func(a, b use) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.name, b.name))
	})
}

// declAt returns the declaration at pos, or -1.
func (p *pkg) declAt(pos token.Pos) int {
	i, found := slices.BinarySearchFunc(p.decls, pos, func(d decl, pos token.Pos) int { return cmp.Compare(d.pos, pos) })
	if !found {
		i--
	}
	if i < 0 || pos > p.decls[i].end {
		return -1
	}
	return i
}
