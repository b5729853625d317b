package wire

import "strings"

// replication is the head of the names of attributes that the replication of global
// tables of version 2017.11.29 adds to items: aws:rep:deleting, aws:rep:updatetime and
// aws:rep:updateregion. Nobody else may write them.
const replication = "aws:rep:"

// IsReplication reports whether an attribute of that name belongs to the replication of a
// global table.
func IsReplication(name string) bool { return strings.HasPrefix(name, replication) }

// HasReplication reports whether one of an item's attributes in src does.
func HasReplication(src []byte, attrs []Attr) bool {
	for i := range attrs {
		a := &attrs[i]
		raw := a.Name.Of(src)
		if len(raw) >= len(replication) && string(raw[:len(replication)]) == replication || a.Escaped && IsReplication(a.NameIn(src)) {
			return true
		}
	}
	return false
}
