package script

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

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
	src := source(params, code)
	tree, err := parse(src)
	if err != nil {
		return nil, nil, syntaxError(code, err)
	}
	if err := checkBody(tree, src); err != nil {
		return nil, nil, err
	}
	if err := checkCalls(tree); err != nil {
		return nil, nil, err
	}
	if err := checkNames(tree); err != nil {
		return nil, nil, err
	}
	patterns = rewrite(tree)
	if program, err = goja.CompileAST(tree, true); err != nil {
		return nil, nil, syntaxError(code, err)
	}
	return program, patterns, nil
}

// source returns the function of which code is the body.
func source(params []string, code string) string {
	return "(function (" + strings.Join(params, ", ") + ") {\n" + code + "\n})"
}

func parse(src string) (*ast.Program, error) {
	return parser.ParseFile(nil, sourceName, src, 0, parser.WithDisableSourceMaps)
}

const unopened = "the script closes a brace that it did not open; it must be the body of a function, such as return value.trim()"

// checkBody checks that the code is one function's body and does not close its
// brace, and that it can return something, or throws.
func checkBody(tree *ast.Program, src string) error {
	body := functionBody(tree)
	switch {
	case body == nil || int(body.RightBrace) != len(src)-1:
		return errors.New(unopened)
	case isEmpty(body.List):
		return errors.New("the script is empty; it must be the body of a function, such as return value.trim()")
	case !gives(reflect.ValueOf(body)):
		return errors.New("the script has no return of a value; it must be the body of a function, such as return value.trim()")
	}
	return nil
}

// gives reports whether a part of the code returns a value, or throws, other than in a
// function within.
func gives(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		switch x := v.Interface().(type) {
		case *ast.ReturnStatement:
			return x.Argument != nil
		case *ast.ThrowStatement:
			return true
		case ast.Expression, *ast.FunctionDeclaration, *ast.ClassDeclaration:
			return false
		}
		return !v.IsNil() && gives(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if gives(v.Index(i)) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().PkgPath() == astPackage && gives(v.Field(i)) {
				return true
			}
		}
	}
	return false
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
func syntaxError(code string, err error) error {
	var list parser.ErrorList
	var syntax *goja.CompilerSyntaxError
	var reference *goja.CompilerReferenceError
	switch {
	case errors.As(err, &list) && len(list) > 0:
		if list[0].Position.Line-1 > strings.Count(code, "\n")+1 {
			return errors.New(atEnd(code))
		}
		return at(list[0].Position, plainer(list[0].Message))
	case errors.As(err, &syntax) && syntax.File != nil:
		return at(syntax.File.Position(syntax.Offset), syntax.Message)
	case errors.As(err, &reference) && reference.File != nil:
		return at(reference.File.Position(reference.Offset), reference.Message)
	}
	return fmt.Errorf("the script does not compile: %w", err)
}

// plainer returns what the parser says, or what it means.
func plainer(message string) string {
	if message == "Unexpected token ILLEGAL" {
		return "a text without its closing quote, a number that begins with 0, or a character that JavaScript has no use for"
	}
	return message
}

func at(p file.Position, message string) error {
	return fmt.Errorf("line %d, column %d: %s", p.Line-1, p.Column, message)
}

// maxTried bounds the code, in bytes, that is parsed again with what it may lack.
const maxTried = 8 << 10

// closers are what a script can be without at its end.
var closers = []string{")", "]", "}", "`", "*/"}

// atEnd says what is wrong with code of which the parser found the fault behind its end.
func atEnd(code string) string {
	last := code[strings.LastIndexByte(code, '\n')+1:]
	where := fmt.Sprintf("line %d, column %d, the end of the script: ", strings.Count(code, "\n")+1, utf8.RuneCountInString(last)+1)
	parses := func(code string) bool {
		_, err := parse(source(nil, code))
		return err == nil
	}
	if len(code) > maxTried {
		return where + "the code ends where more has to follow"
	}
	for _, first := range closers {
		if parses(code + first) {
			return where + first + " is missing"
		}
	}
	for _, first := range closers {
		for _, second := range closers {
			if first+second != "``" && parses(code+first+second) {
				return where + first + " and " + second + " are missing"
			}
		}
	}
	if parses("{" + code) {
		return unopened
	}
	return where + "the code ends where more has to follow"
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
