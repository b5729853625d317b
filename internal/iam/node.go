package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A node is a value of JSON with the place where it stands.
type node struct {
	at      string          // such as Statement[0].Action; empty for the document
	value   json.Token      // a string, json.Number, bool or nil; or the json.Delim that opens the value
	members map[string]node // of an object
	list    []node          // of an array
}

// maxDepth is how deep the values of a policy may be nested. No policy has more than 5.
const maxDepth = 10

// parseNode reads one value of JSON. Two members of one name are an error, since readers
// differ in which of them counts.
func parseNode(text []byte) (node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	n, err := readNode(d, "", 0)
	if err != nil {
		return node{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("something follows the policy's last }")
	}
	return n, nil
}

func readNode(d *json.Decoder, at string, depth int) (node, error) {
	n := node{at: at}
	var err error
	if n.value, err = d.Token(); err != nil {
		return n, notJSON(d)
	}
	if depth > maxDepth {
		return n, n.errorf("is nested too deeply")
	}
	switch n.value {
	case json.Delim('{'):
		err = n.readMembers(d, depth)
	case json.Delim('['):
		err = n.readList(d, depth)
	}
	return n, err
}

func (n *node) readMembers(d *json.Decoder, depth int) error {
	n.members = map[string]node{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return notJSON(d)
		}
		at := name
		if n.at != "" {
			at = n.at + "." + name
		}
		if _, twice := n.members[name]; twice {
			return node{at: at}.errorf("is there twice")
		}
		if n.members[name], err = readNode(d, at, depth+1); err != nil {
			return err
		}
	}
	return endOf(d)
}

func (n *node) readList(d *json.Decoder, depth int) error {
	for d.More() {
		element, err := readNode(d, fmt.Sprintf("%s[%d]", n.at, len(n.list)), depth+1)
		if err != nil {
			return err
		}
		n.list = append(n.list, element)
	}
	return endOf(d)
}

// endOf reads the bracket that ends an object or a list.
func endOf(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return notJSON(d)
	}
	return nil
}

func notJSON(d *json.Decoder) error {
	return fmt.Errorf("the policy is no JSON from byte %d on", d.InputOffset())
}

// errorf returns an error that says where the value stands.
func (n node) errorf(format string, args ...any) error {
	at := n.at
	if at == "" {
		at = "the policy"
	}
	return fmt.Errorf("%s %s", at, fmt.Sprintf(format, args...))
}

// isObject reports whether the value is an object.
func (n node) isObject() bool { return n.value == json.Delim('{') }

// isList reports whether the value is an array.
func (n node) isList() bool { return n.value == json.Delim('[') }
