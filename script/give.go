package script

import (
	"bytes"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/wire"
)

// give returns a value as the script sees it.
func (h *host) give(v dynsync.Value) (goja.Value, error) {
	switch v.Kind() {
	case dynsync.KindS:
		text, _ := v.Text()
		return h.text(text), nil
	case dynsync.KindN:
		text, _ := v.Text()
		if h.program.cfg.text {
			return h.text(text), nil
		}
		return h.number(text), nil
	case 0, dynsync.KindMissing:
		return goja.Undefined(), nil
	}
	return h.giveRaw(v.DynamoDBJSON(), h.program.cfg.text && v.Kind() == dynsync.KindNS)
}

// giveRecord returns an item as an object.
func (h *host) giveRecord(rec *dynsync.Record) (goja.Value, error) {
	item := rec.DynamoDBJSON()
	return h.giveMembers(item, wire.ItemMembers(item))
}

// giveRaw returns a validated value object as the script sees it; the members
// of an NS as strings if text is set.
func (h *host) giveRaw(raw []byte, text bool) (goja.Value, error) {
	switch kind := wire.KindOf(raw); kind {
	case wire.S:
		s, _ := wire.DecodeText(raw)
		return h.text(s), nil
	case wire.N:
		s, _ := wire.DecodeText(raw)
		return h.innerNumber(s), nil
	case wire.B:
		return h.binary(wire.AppendBytes([]byte{}, raw))
	case wire.BOOL:
		return h.rt.ToValue(wire.BoolOf(raw)), nil
	case wire.M:
		return h.giveMembers(raw, wire.MembersOf(raw))
	case wire.L:
		return h.giveList(raw)
	case wire.SS, wire.NS, wire.BS:
		return h.giveSet(raw, kind, text)
	}
	return goja.Null(), nil
}

// giveMembers returns the members of a map or item as an object without a
// prototype, so that no name means anything but itself.
func (h *host) giveMembers(src []byte, members wire.Members) (goja.Value, error) {
	o := h.rt.CreateObject(nil)
	for a := range members.All() {
		name := a.NameIn(src)
		if !utf8.ValidString(name) {
			return nil, errName
		}
		v, err := h.giveRaw(a.Value.Of(src), false)
		if err != nil {
			return nil, err
		}
		if err := o.Set(name, v); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (h *host) giveList(raw []byte) (goja.Value, error) {
	var list []any
	for _, element := range wire.ElementsOf(raw).All() {
		v, err := h.giveRaw(element, false)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return h.array(list, dynsync.KindL), nil
}

func (h *host) giveSet(raw []byte, kind wire.Kind, text bool) (goja.Value, error) {
	var list []any
	for member := range wire.StringsOf(raw).All() {
		v, err := h.giveMember(member, kind, text)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return h.array(list, dynsync.Kind(kind)), nil
}

// giveMember returns the member of a set whose text between its quotes is raw.
func (h *host) giveMember(raw []byte, kind wire.Kind, text bool) (goja.Value, error) {
	member := string(wire.AppendUnquote(nil, raw))
	switch {
	case kind == wire.BS:
		return h.binary(wire.AppendBytes([]byte{}, wire.AppendRaw(nil, wire.B, raw)))
	case kind == wire.SS || text:
		return h.text(member), nil
	}
	return h.innerNumber(member), nil
}

// array returns an array that is known to be of that kind.
func (h *host) array(list []any, kind dynsync.Kind) goja.Value {
	a := h.rt.NewArray(list...)
	if h.call.arrays == nil {
		h.call.arrays = map[*goja.Object]dynsync.Kind{}
	}
	h.call.arrays[a] = kind
	return a
}

func (h *host) binary(b []byte) (goja.Value, error) {
	return h.rt.New(h.bytes, h.rt.ToValue(h.rt.NewArrayBuffer(b)))
}

// text returns a string, in which the bytes of a lone surrogate become one.
func (h *host) text(s string) goja.Value {
	if utf8.ValidString(s) {
		return h.rt.ToValue(s)
	}
	var units []uint16
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 && i+2 < len(s) { // three bytes, as of any character up there
			units = append(units, uint16(s[i]&0x0F)<<12|uint16(s[i+1]&0x3F)<<6|uint16(s[i+2]&0x3F))
			i += 3
			continue
		}
		units = utf16.AppendRune(units, r)
		i += size
	}
	return goja.StringFromUTF16(units)
}

// innerNumber returns a number that stands inside a map, list or record.
func (h *host) innerNumber(text string) goja.Value {
	if h.program.cfg.text {
		return h.newDecimal(text)
	}
	return h.number(text)
}

// largest is the largest integer up to which every integer is a JavaScript
// number.
const largest = 1<<53 - 1

// number returns a number as the plainest value that is exactly it: a number, a
// BigInt, or a Decimal.
func (h *host) number(text string) goja.Value {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil && -largest <= i && i <= largest {
		return h.rt.ToValue(i)
	}
	if f, ok := short(text); ok {
		return h.rt.ToValue(f)
	}
	normal, err := wire.AppendNumber(nil, []byte(text))
	if err != nil { // out of DynamoDB's range: it stays a text
		return h.newDecimal(text)
	}
	if !bytes.ContainsRune(normal, '.') {
		return h.integer(string(normal))
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return h.newDecimal(text)
	}
	shortest, err := wire.AppendNumber(nil, strconv.AppendFloat(nil, f, 'g', -1, 64))
	if err != nil || !bytes.Equal(shortest, normal) {
		return h.newDecimal(text)
	}
	return h.rt.ToValue(f)
}

// short returns a decimal of at most 15 digits, which every float64 keeps.
func short(text string) (float64, bool) {
	if len(text) > 16 || !strings.Contains(text, ".") || strings.ContainsAny(text, "eE") {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// integer returns an integer in its normal form, without an exponent.
func (h *host) integer(text string) goja.Value {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil && -largest <= i && i <= largest {
		return h.rt.ToValue(i)
	}
	i, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return h.newDecimal(text)
	}
	return h.rt.ToValue(i)
}

// newDecimal returns a Decimal, an object that stands for exactly this number.
func (h *host) newDecimal(text string) goja.Value {
	d := h.rt.CreateObject(h.decimals)
	if h.call.decimals == nil {
		h.call.decimals = map[*goja.Object]string{}
	}
	h.call.decimals[d] = text
	return d
}

// decimal is the function dynsync.decimal: the number of that text, exactly.
func (h *host) decimal(c goja.FunctionCall) goja.Value {
	text := strings.TrimSpace(c.Argument(0).String())
	if _, err := dynsync.NumberValue(text); err != nil {
		panic(h.rt.NewTypeError("dynsync.decimal needs the text of a number"))
	}
	return h.newDecimal(text)
}

// decimalText returns the text of a Decimal to the sandbox.
func (h *host) decimalText(c goja.FunctionCall) goja.Value {
	o, _ := c.Argument(0).(*goja.Object)
	text, ok := h.call.decimals[o]
	if !ok {
		panic(h.rt.NewTypeError("not a Decimal"))
	}
	return h.rt.ToValue(text)
}
