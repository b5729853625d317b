package script

import (
	"testing"

	"github.com/dynsync/dynsync"
)

// TestScriptsMayKeep: a script may keep what it is given, unless its code mentions
// nothing of it.
func TestScriptsMayKeep(t *testing.T) {
	for _, tt := range []struct {
		t      dynsync.Transformer
		class  dynsync.Class
		reason string
	}{
		{Transform(`return "x"`), dynsync.ClassIndependent, "a constant"},
		{Generate(`return [1, 2].length`), dynsync.ClassIndependent, "a constant"},
		{Transform(`return value.trim()`), dynsync.ClassMayKeep, "it takes the value"},
		{Transform(`return record.Name`), dynsync.ClassMayKeep, "it takes the record"},
		{Generate(`return record.Name`), dynsync.ClassMayKeep, "it takes the record"},
		{Generate(`return arguments[0].Name`), dynsync.ClassMayKeep, "it takes the record by another name"},
		{Transform(`return dynsync.keep()`), dynsync.ClassMayKeep, "it keeps the value"},
		{Generate(`return dynsync.keep()`), dynsync.ClassMayKeep, "it keeps the value"},
		{Transform(`return dynsync.email(value)`), dynsync.ClassMayKeep, "nobody looks what becomes of the result"},
		{Transform(`return globalThis["dyn" + "sync"].keep()`), dynsync.ClassMayKeep, "it gets to dynsync by another name"},
		{Transform(`return v\u0061lue`), dynsync.ClassMayKeep, "it spells the value by an escape"},
		{dynsync.Chain(dynsync.Pseudonym(), Transform(`return record.Name`)), dynsync.ClassMayKeep, "it takes the record again"},
		{dynsync.Chain(Transform(`return value`), dynsync.Pseudonym()), dynsync.ClassIndependent, "what it keeps is replaced"},
	} {
		d := tt.t.(describer).Describe()
		if d.Err != nil || d.Class != tt.class {
			t.Errorf("%s is %v (%v), want %v: %s", d.Name, d.Class, d.Err, tt.class, tt.reason)
		}
	}
}
