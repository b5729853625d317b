package script

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
)

const (
	// sourceName is how stack frames of the script are told from others.
	sourceName = "script"

	// maxCode bounds a script, in bytes, and with it how deeply the parser
	// recurses.
	maxCode = 64 << 10
)

// compile compiles code as the body of a function with these parameters, in
// strict mode. The function stands on lines of its own, so that the code's first
// line is the second of the source. It also returns what the patterns of its regular
// expressions were, by what they became.
func compile(params []string, code string) (program *goja.Program, patterns map[string]string, err error) {
	if len(code) > maxCode {
		return nil, nil, fmt.Errorf("the script has %d bytes; the limit is %d", len(code), maxCode)
	}
	src := "(function (" + strings.Join(params, ", ") + ") {\n" + code + "\n})"
	tree, err := parser.ParseFile(nil, sourceName, src, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, nil, syntaxError(err)
	}
	if err := checkBody(tree, src); err != nil {
		return nil, nil, err
	}
	if err := checkCalls(tree); err != nil {
		return nil, nil, err
	}
	patterns = rewrite(tree)
	if program, err = goja.CompileAST(tree, true); err != nil {
		return nil, nil, syntaxError(err)
	}
	return program, patterns, nil
}

// checkBody checks that the code is one function's body and does not close its
// brace, and that it can return something.
func checkBody(tree *ast.Program, src string) error {
	body := functionBody(tree)
	switch {
	case body == nil || int(body.RightBrace) != len(src)-1:
		return errors.New("the script closes a brace that it did not open; it must be the body of a function, such as return value.trim()")
	case isEmpty(body.List):
		return errors.New("the script is empty; it must be the body of a function, such as return value.trim()")
	case !strings.Contains(src, "return"):
		return errors.New("the script has no return; it must be the body of a function, such as return value.trim()")
	}
	return nil
}

// functionBody returns the body of the function expression if the source consists of
// one, or nil.
func functionBody(tree *ast.Program) *ast.BlockStatement {
	if len(tree.Body) != 1 {
		return nil
	}
	statement, ok := tree.Body[0].(*ast.ExpressionStatement)
	if !ok {
		return nil
	}
	function, ok := statement.Expression.(*ast.FunctionLiteral)
	if !ok {
		return nil
	}
	return function.Body
}

func isEmpty(list []ast.Statement) bool {
	for _, s := range list {
		if _, ok := s.(*ast.EmptyStatement); !ok {
			return false
		}
	}
	return true
}

// syntaxError returns an error of the parser or compiler with the position in
// the script. It quotes code, which is no data.
func syntaxError(err error) error {
	var list parser.ErrorList
	var syntax *goja.CompilerSyntaxError
	var reference *goja.CompilerReferenceError
	switch {
	case errors.As(err, &list) && len(list) > 0:
		return at(list[0].Position, list[0].Message)
	case errors.As(err, &syntax) && syntax.File != nil:
		return at(syntax.File.Position(syntax.Offset), syntax.Message)
	case errors.As(err, &reference) && reference.File != nil:
		return at(reference.File.Position(reference.Offset), reference.Message)
	}
	return fmt.Errorf("the script does not compile: %w", err)
}

func at(p file.Position, message string) error {
	return fmt.Errorf("line %d, column %d: %s", p.Line-1, p.Column, message)
}

// reading matches every code that can refer to the parameter record: by its
// name, by arguments, or by a name spelled with escapes.
var reading = regexp.MustCompile(`\b(record|arguments)\b|\\u`)

// seeing matches every code that can refer to the value, as reading does to the record,
// or to what gives it back: the functions of dynsync, by their name or by that of
// something that leads to it.
var seeing = regexp.MustCompile(`\b(value|dynsync|this|globalThis|eval|Function|constructor)\b|\\`)

// mentionsItem reports whether the code can see anything of the item.
func mentionsItem(code string) bool { return seeing.MatchString(code) || mentionsRecord(code) }

func mentionsRecord(code string) bool { return reading.MatchString(code) }
