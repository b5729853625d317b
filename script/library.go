package script

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"github.com/dynsync/dynsync"
)

// A function is a transformer that scripts call as dynsync.<name>(value,
// options).
type function struct {
	name string
	make func(options map[string]any) (dynsync.Transformer, error)
}

// library returns the functions that scripts have.
var library = anonymizers

// makers keeps the transformers that a program has made, one for each function
// and options. It is safe for concurrent use.
type makers struct {
	mu   sync.Mutex
	made map[string]dynsync.Transformer
}

// maxMade bounds what is kept, should a script make its options of data.
const maxMade = 256

func (m *makers) get(f function, options map[string]any) (dynsync.Transformer, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, &failure{errAnonymizer, err}
	}
	key := f.name + string(text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if t, ok := m.made[key]; ok {
		return t, nil
	}
	t, err := newAnonymizer(f, options)
	if err != nil {
		return nil, &failure{errAnonymizer, err}
	}
	if m.made == nil {
		m.made = map[string]dynsync.Transformer{}
	}
	if len(m.made) < maxMade {
		m.made[key] = t
	}
	return t, nil
}

// newAnonymizer makes a transformer that declines the kinds it does not take
// and is applied to each member of a set, as by the engine.
func newAnonymizer(f function, options map[string]any) (dynsync.Transformer, error) {
	t, err := f.make(options)
	if err != nil {
		return nil, err
	}
	if d, ok := t.(describer); ok && d.Describe().Err != nil {
		return nil, d.Describe().Err
	}
	return dynsync.FirstOf(t), nil
}

// anonymizer returns the function dynsync.<name> of the host.
func (h *host) anonymizer(f function) func(goja.FunctionCall) goja.Value {
	return func(c goja.FunctionCall) goja.Value {
		out, err := h.anonymize(f, c.Argument(0), c.Argument(1))
		if err != nil {
			h.throw(f.name, err)
		}
		return out
	}
}

func (h *host) anonymize(f function, value, options goja.Value) (goja.Value, error) {
	fields, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	t, err := h.program.made.get(f, fields)
	if err != nil {
		return nil, err
	}
	v := dynsync.MissingValue()
	if !goja.IsUndefined(value) {
		v, err = h.take(value, dynsync.Value{})
	} else if !t.(describer).Describe().TakesMissing {
		err = errGiven
	}
	if err != nil {
		return nil, err
	}
	return h.applied(h.call.ctx, t, v)
}

// applied returns what t makes of a value at the place of the script's rule. To the
// leak check, a part of the rule's value is one that the script takes out of it; what
// it takes from elsewhere may rightly stand there.
func (h *host) applied(ctx context.Context, t dynsync.Transformer, v dynsync.Value) (goja.Value, error) {
	in := h.call.in
	apply := func() (dynsync.Value, error) { return in.Part(ctx, t, v) }
	if !holds(in.Value, v) {
		in.Value = v
		apply = func() (dynsync.Value, error) { return t.Transform(ctx, in) }
	}
	out, err := apply()
	switch {
	case err != nil:
		return nil, err
	case out.IsMissing():
		return h.remove, nil
	case out.Kind() == 0:
		return nil, errAnonymizer
	}
	return h.giveRaw(out.DynamoDBJSON(), false)
}

// holds reports whether the text of part stands within that of whole, in any case of
// letters. The texts of maps, lists and sets are their JSON.
func holds(whole, part dynsync.Value) bool {
	in, of := strings.ToLower(textOf(whole)), strings.ToLower(textOf(part))
	return len(of) > 0 && len(of) < len(in) && strings.Contains(in, of)
}

func textOf(v dynsync.Value) string {
	if text, ok := v.Text(); ok {
		return text
	}
	return string(v.DynamoDBJSON())
}

// optionsOf returns the fields of a plain object, nil for undefined. What an object
// inherits is no option of it, and so one that inherits any is refused.
func optionsOf(v goja.Value) (map[string]any, error) {
	if goja.IsUndefined(v) {
		return nil, nil
	}
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Object" || o.Prototype() != nil && o.Prototype().Prototype() != nil {
		return nil, errAnonymizer
	}
	fields := map[string]any{}
	for _, name := range o.Keys() {
		field, err := optionOf(o.Get(name))
		if err != nil {
			return nil, err
		}
		fields[name] = field
	}
	return fields, nil
}

// maxList bounds the lists in options.
const maxList = 1000

// optionOf returns a boolean, number or string, or an array of these. Others are
// no options, and could not be told from these by their JSON.
func optionOf(v goja.Value) (any, error) {
	o, ok := v.(*goja.Object)
	if !ok {
		return scalarOf(v)
	}
	length := int64(maxList + 1)
	if o.ClassName() == "Array" {
		length = o.Get("length").ToInteger()
	}
	if length > maxList {
		return nil, errAnonymizer
	}
	list := make([]any, length)
	for i := range list {
		var err error
		if list[i], err = scalarOf(o.Get(strconv.Itoa(i))); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func scalarOf(v goja.Value) (any, error) {
	switch v := v.(type) {
	case nil, *goja.Object, *goja.Symbol:
		return nil, errAnonymizer
	case goja.String:
		return v.String(), nil
	}
	switch x := v.Export().(type) {
	case bool, int64, float64:
		return x, nil
	}
	return nil, errAnonymizer
}

// throw throws a JavaScript error that stands for err. The script can catch it,
// and learns nothing of err but whether it declines.
func (h *host) throw(name string, err error) {
	text := "dynsync." + name + " failed"
	if errors.Is(err, dynsync.ErrNotApplicable) {
		text = "dynsync." + name + " does not apply to this value"
		err = dynsync.ErrNotApplicable
	}
	h.throwAs(text, err)
}

// A describer is a transformer that describes itself.
type describer interface{ Describe() dynsync.Description }
