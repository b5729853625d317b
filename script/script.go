package script

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/dop251/goja"

	"github.com/dynsync/dynsync"
)

// Transform returns a transformer that replaces a value with the result of a script.
// code is the body of a JavaScript function (value, record):
//
//	script.Transform(`return value.toUpperCase()`)
//
// value is the value at the rule's path, and record is the item as it was read; the
// package documentation describes both. They are copies: a change to them has no effect
// outside the call. The transformer takes every data type, and a set as a whole.
//
// [dynsync.New] reports code that does not compile or uses a name that nothing declares,
// with line and column, code that neither returns a value nor throws, and options out of
// range. A name that the code asks for with typeof may be missing. At run time an item
// fails if the script throws, returns undefined or something that is not a value, or
// exceeds a limit. The error states the class of the exception and the place in the
// script, and no text of the exception. The transformer is safe for concurrent use.
func Transform(code string, opts ...Option) dynsync.Transformer {
	return newProgram("script.Transform", []string{"value", "record"}, code, opts)
}

// Generate is like [Transform] for a value that may be missing. code is the body of a
// function (record). The transformer writes its result whether or not the item has a
// value at the rule's path, which must have no wildcard.
//
//	script.Generate(`return record.First + " " + record.Last`)
func Generate(code string, opts ...Option) dynsync.Transformer {
	return newProgram("script.Generate", []string{"record"}, code, opts)
}

// A program is a compiled script. It is safe for concurrent use.
type program struct {
	desc     dynsync.Description
	cfg      config
	code     *goja.Program
	patterns map[string]string // of the code's regular expressions, what faithful ones were made of
	takes    bool              // the function takes the value
	reads    bool              // the code mentions the record
	made     makers
}

func newProgram(name string, params []string, code string, opts []Option) *program {
	p := &program{desc: dynsync.Description{Name: name}, cfg: defaultConfig(), takes: params[0] == "value", reads: mentionsRecord(code)}
	for i, opt := range opts {
		if opt == nil {
			p.desc.Err = fmt.Errorf("%s: option %d is nil", name, i+1)
			return p
		}
		opt.apply(&p.cfg)
	}
	p.desc = dynsync.Description{Name: name, Options: fingerprint(code, p.cfg), TakesMissing: !p.takes}
	if !mentionsItem(code) {
		p.desc.Class = dynsync.ClassIndependent
	}
	if p.desc.Err = p.cfg.check(); p.desc.Err == nil {
		p.code, p.patterns, p.desc.Err = compile(params, code)
	}
	if p.desc.Err != nil {
		p.desc.Err = fmt.Errorf("%s: %w", name, p.desc.Err)
	}
	return p
}

// fingerprint returns a hash of the code and of every option.
func fingerprint(code string, cfg config) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %d %t\n%s", cfg.timeout, cfg.depth, cfg.size, cfg.text, code)
	return hex.EncodeToString(h.Sum(nil))
}

// Describe says that the script takes every kind, and may do anything with it, unless
// it mentions nothing of the item.
func (p *program) Describe() dynsync.Description { return p.desc }

// Transform runs the script on in.Value.
func (p *program) Transform(ctx context.Context, in dynsync.Input) (dynsync.Value, error) {
	if p.desc.Err != nil {
		return dynsync.Value{}, p.desc.Err
	}
	h, err := lend(p)
	if err != nil {
		return dynsync.Value{}, err
	}
	defer giveBack(h)
	return h.transform(ctx, in)
}
