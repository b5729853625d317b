package rawapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// The rare parts of a response (items that were not written, a key with a lone
// surrogate) are taken apart with encoding/json, token by token: unlike
// Unmarshal it shows every member, the second of two with one name included.

var errShape = errors.New("not of the form this operation answers in")

// eachMember calls fn for every member of a JSON object, with its value as it
// stands in the text.
func eachMember(object []byte, fn func(name string, value []byte) error) error {
	dec := json.NewDecoder(bytes.NewReader(object))
	if err := delim(dec, '{'); err != nil {
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		if err := fn(name.(string), value); err != nil {
			return err
		}
	}
	return end(dec, '}')
}

// eachElement calls fn for every element of a JSON array.
func eachElement(array []byte, fn func(value []byte) error) error {
	dec := json.NewDecoder(bytes.NewReader(array))
	if err := delim(dec, '['); err != nil {
		return err
	}
	for dec.More() {
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		if err := fn(value); err != nil {
			return err
		}
	}
	return end(dec, ']')
}

func delim(dec *json.Decoder, want json.Delim) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	if tok != want {
		return errShape
	}
	return nil
}

func end(dec *json.Decoder, want json.Delim) error {
	if err := delim(dec, want); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errShape
	}
	return nil
}

// member returns the value of the last member of that name, nil if there is
// none.
func member(object []byte, name string) ([]byte, error) {
	var found []byte
	err := eachMember(object, func(n string, value []byte) error {
		if n == name {
			found = value
		}
		return nil
	})
	return found, err
}

// namedOnce checks that no object of a JSON text, at any depth, has two members
// of one name.
func namedOnce(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var open []map[string]bool // the names seen, by bracket; nil in an array
	for {
		inObject := len(open) > 0 && open[len(open)-1] != nil
		if inObject && dec.More() {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			seen := open[len(open)-1]
			if seen[name.(string)] {
				return errTwice
			}
			seen[name.(string)] = true
		}
		switch tok, err := dec.Token(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case tok == json.Delim('{'):
			open = append(open, make(map[string]bool))
		case tok == json.Delim('['):
			open = append(open, nil)
		case tok == json.Delim('}'), tok == json.Delim(']'):
			open = open[:len(open)-1]
		}
	}
}
