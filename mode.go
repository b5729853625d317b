package dynsync

import (
	"fmt"

	"github.com/dynsync/dynsync/internal/send"
)

// A Mode is how items are written to a table; see [WithMode].
type Mode uint8

// The modes of writing. Beside dynamodb:DescribeTable each needs the actions
// named, on the destination.
const (
	// ModePut replaces the item of the same key, if there is one: afterwards the
	// destination has the attributes of the transformed item and no others. It
	// writes by BatchWriteItem (dynamodb:BatchWriteItem).
	ModePut Mode = iota

	// ModeInsert writes items whose key is not there yet. It never changes an
	// item: one that is there counts as [Existing], with an equal one also, and
	// stays as it is (but see [WithAllowExisting]). It writes by PartiQL INSERT, and items that no statement can
	// hold by PutItem under a condition (dynamodb:PartiQLInsert, PutItem). Where
	// the answer to a request was lost, or a checkpoint is resumed, an item that
	// is there may be the run's own: it is read back (dynamodb:GetItem), and
	// counts as written if it equals what was to be written.
	ModeInsert

	// ModeMerge changes the item of the same key, or makes it: attributes of the
	// transformed item are set, each as a whole, those that rules removed are
	// removed, and those that only the destination has stay. It writes by
	// UpdateItem, item by item (dynamodb:UpdateItem), atomically but for two kinds
	// of items.
	//
	// One of more than about 460 attributes, or close to 400 KB, takes several
	// updates, of which each is atomic; the report says so. One that no update can
	// hold is read, merged and put (dynamodb:GetItem, PutItem), on condition that
	// the attributes that only the destination has are as they were read. One that
	// somebody else adds to the item in between is lost.
	ModeMerge
)

// A modeSpec is what the parts of a run have to know of a mode.
type modeSpec struct {
	name      string
	needs     []string // methods that the destination's client needs beside those of DestinationClient
	overwrite bool     // an item of another source item would be lost
	merges    bool     // an item of another source item would be mixed up with this one, and attributes that rules removed are needed
	newSender func(send.Config) send.Sender
}

var modeSpecs = [...]modeSpec{
	ModePut:    {name: "ModePut", overwrite: true, newSender: send.NewPut},
	ModeInsert: {name: "ModeInsert", needs: []string{"BatchExecuteStatement", "PutItem", "GetItem"}, newSender: send.NewInsert},
	ModeMerge:  {name: "ModeMerge", needs: []string{"UpdateItem", "PutItem", "GetItem"}, overwrite: true, merges: true, newSender: send.NewMerge},
}

// known reports whether there is such a mode.
func (m Mode) known() bool { return int(m) < len(modeSpecs) }

func (m Mode) spec() *modeSpec { return &modeSpecs[m] }

// String returns the name of the mode.
func (m Mode) String() string {
	if m.known() {
		return m.spec().name
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}
