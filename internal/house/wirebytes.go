package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// wireBytes matches the start of a value in DynamoDB JSON, as in {"L":[, and
// the bytes that follow a kind appended before, as in ":[.
var wireBytes = regexp.MustCompile(`\{"(S|N|B|BOOL|NULL|M|L|SS|NS|BS)":|^":[\[{]`)

func wireLiterals(p *pkg) figure { return count(wireIn(p.fset, p.files)) }

// wireLiteralsBelow counts in the packages of the module that this one depends
// on. The one that makes wire bytes is left out.
func wireLiteralsBelow(p *pkg) figure {
	var scores []score
	for _, d := range p.below {
		if strings.HasSuffix(d.path, "/internal/wire") {
			continue
		}
		fset := token.NewFileSet()
		files, err := parseDir(fset, d.dir)
		if err != nil {
			return figure{math.Inf(1), []string{err.Error()}}
		}
		scores = append(scores, wireIn(fset, files)...)
	}
	return count(scores)
}

// wireIn finds the literals with wire bytes.
func wireIn(fset *token.FileSet, files []file) []score {
	var scores []score
	for _, f := range files {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if n != nil && wireBytes.MatchString(literal(n)) {
				scores = append(scores, score{1, fmt.Sprintf("%s/%s:%d %s", f.syntax.Name.Name, f.name, fset.Position(n.Pos()).Line, literal(n))})
			}
			return true
		})
	}
	return scores
}

// literal returns the text of a string, or of the runes among a call's
// arguments, as in append(dst, '{', '"').
func literal(n ast.Node) string {
	switch n := n.(type) {
	case *ast.BasicLit:
		if n.Kind == token.STRING {
			text, _ := strconv.Unquote(n.Value) // the parser accepted it
			return text
		}
	case *ast.CallExpr:
		var text strings.Builder
		for _, arg := range n.Args {
			if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.CHAR {
				r, _ := strconv.Unquote(lit.Value)
				text.WriteString(r)
			}
		}
		return text.String()
	}
	return ""
}
