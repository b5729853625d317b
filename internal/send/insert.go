package send

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/partiql"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// insert writes by PartiQL INSERT, 25 statements a request: no item is
// changed. An INSERT that is repeated after its answer was lost meets its own
// item; so, when in doubt, what is there is read and compared.
type insert struct {
	*Config
	items itemRequests
	head  string // of a statement; empty where PartiQL does not take the name of the table or of a key attribute
}

// NewInsert returns the sender that changes no item that is there.
func NewInsert(c Config) Sender {
	s := &insert{Config: &c, items: make(itemRequests, c.Slots)}
	if c.IsName && (c.Keys == nil || partiql.TakesKeys(c.Keys)) {
		s.head = `INSERT INTO "` + c.Table + `" VALUE {`
	}
	return s
}

func (s *insert) Path() string {
	switch {
	case s.head != "":
		return "typed: ModeInsert writes by PartiQL"
	case !s.IsName:
		return "typed: ModeInsert writes by PutItem, since PartiQL takes no table's ARN"
	}
	return "typed: ModeInsert writes by PutItem, since PartiQL takes no name that begins with # or :"
}

func (s *insert) Send(ctx context.Context, b *Batch) (Sent, error) {
	t := &tray{Config: s.Config}
	in := &dynamodb.BatchExecuteStatementInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal}
	var stated, puts, taken []int
	for i := range b.Len() {
		if st, ok := s.statement(short(b.Item(i), len(b.Item(i)))); ok {
			in.Statements, stated = append(in.Statements, st), append(stated, i)
		} else {
			puts = append(puts, i)
		}
	}
	if len(stated) > 0 {
		out, err := once(ctx, s.Config, in, s.Client.BatchExecuteStatement)
		if err != nil {
			return Sent{}, err
		}
		t.heard = true
		for _, c := range out.ConsumedCapacity {
			t.consumed(&c)
		}
		for n, slot := range out.Responses {
			if s.slot(t, stated[n], slot.Error) == slotTaken {
				taken = append(taken, stated[n])
			}
		}
	}
	compare := b.Doubt || s.Resumed || s.Exclusive
	s.items.each(slices.Concat(puts, taken), func(i int) {
		switch item := b.Item(i); {
		case slices.Contains(puts, i) && !s.put(ctx, t, i, item):
		case compare:
			s.readBack(ctx, t, i, item, b.Removed(i))
		default:
			t.exists(i)
		}
	})
	return t.result(b)
}

// statement returns the INSERT of an item. Not every item has one: some names are too long
// together, or could be read as placeholders; and a lone surrogate does not pass the SDK.
func (s *insert) statement(item []byte) (st types.BatchStatementRequest, ok bool) {
	if s.head == "" || bytes.Contains(item, []byte(`\ud`)) || bytes.Contains(item, []byte(`\uD`)) {
		return st, false
	}
	var text strings.Builder
	text.WriteString(s.head)
	members := wire.ItemMembers(item)
	for a, more := members.Next(); more; a, more = members.Next() {
		name := a.NameIn(item)
		v, err := rawapi.AttributeValue(item[a.Value.Start:a.Value.End])
		if err != nil || !partiql.TakesName(name) {
			return st, false
		}
		if len(st.Parameters) > 0 {
			text.WriteByte(',')
		}
		text.WriteByte('\'')
		text.WriteString(strings.ReplaceAll(name, "'", "''"))
		text.WriteString("':?")
		if st.Parameters = append(st.Parameters, v); text.Len() >= partiql.MaxStatement {
			return st, false
		}
	}
	text.WriteByte('}')
	st.Statement = aws.String(text.String())
	return st, true
}

type slotState uint8

const (
	slotSettled slotState = iota
	slotTaken             // there is an item of the key
)

// slot notes how the INSERT of item i ended, unless there is an item of its key.
func (s *insert) slot(t *tray, i int, e *types.BatchStatementError) slotState {
	if e == nil {
		return slotSettled
	}
	code := string(e.Code)
	code = strings.TrimSuffix(code[strings.LastIndexByte(code, '#')+1:], "Exception")
	switch code {
	case "DuplicateItem", "ConditionalCheckFailed": // Local, and DynamoDB where it is asked for the item
		return slotTaken
	case "InternalServerError":
		t.markDoubt()
	}
	err := awserr.OfSlot(code, aws.ToString(e.Message))
	if awserr.RefusesItems(err) {
		t.refuse(i, err)
	} else {
		t.leave(i, err)
	}
	return slotSettled
}

// put writes an item by PutItem, under the condition that there is none of its
// key. It reports whether there is one.
func (s *insert) put(ctx context.Context, t *tray, i int, raw []byte) (taken bool) {
	item, err := rawapi.ItemMap(short(raw, len(raw)))
	if err != nil {
		t.refuse(i, err)
		return false
	}
	out, err := once(ctx, s.Config, &dynamodb.PutItemInput{
		TableName:                &s.Table,
		Item:                     item,
		ConditionExpression:      aws.String("attribute_not_exists(#k)"),
		ExpressionAttributeNames: map[string]string{"#k": s.Keys.Partition},
	}, s.Client.PutItem)
	if awserr.Code(err) == conditionFailed {
		return true
	}
	if err == nil {
		t.consumed(out.ConsumedCapacity)
	}
	t.settle(i, err)
	return false
}

// readBack notes whether the item of item i's key is item i. One that somebody
// else wrote, and that is equal, cannot be told from it.
func (s *insert) readBack(ctx context.Context, t *tray, i int, raw []byte, removed []string) {
	want, err := parse(raw)
	if err != nil {
		t.refuse(i, err)
		return
	}
	key, err := want.key(s.Keys)
	if err != nil {
		t.refuse(i, err)
		return
	}
	stored, err := t.stored(ctx, key)
	switch {
	case errors.Is(err, rawapi.ErrSurrogate): // which the run cannot have written
		s.differs(t, i)
	case err != nil:
		t.leave(i, err)
	case stored == nil: // deleted meanwhile
		t.leave(i, nil)
	case !s.isThere(want, stored, removed):
		s.differs(t, i)
	}
}

// differs notes that the item of item i's key is not item i.
func (s *insert) differs(t *tray, i int) {
	if s.Exclusive {
		t.collides(i)
	} else {
		t.exists(i)
	}
}

// isThere reports whether the destination holds an item as the run would leave it.
func (s *insert) isThere(want item, stored []byte, removed []string) bool {
	if !s.Merges {
		return wire.EqualItems(want.raw, withoutReplication(stored, want))
	}
	there, err := parse(stored)
	return err == nil && merged(want, there, removed)
}

// withoutReplication returns a stored item without the attributes that the destination's
// replication added to the item that was wanted.
func withoutReplication(stored []byte, want item) []byte {
	members := wire.ItemMembers(stored)
	left := stored
	for a, more := members.Next(); more; a, more = members.Next() {
		name := a.NameIn(stored)
		if _, wanted := want.value(name); wire.IsReplication(name) && !wanted {
			left, _ = wire.AppendRemoved(nil, left, []wire.Step{{Name: name}})
		}
	}
	return left
}

// merged reports whether a stored item is as merging an item into it would leave it.
func merged(item, stored item, removed []string) bool {
	for _, a := range item.attrs {
		there, ok := stored.value(a.NameIn(item.raw))
		if !ok || !wire.Equal(there, a.Value.Of(item.raw)) {
			return false
		}
	}
	for _, name := range removed {
		if _, set := item.value(name); set {
			continue
		}
		if _, ok := stored.value(name); ok {
			return false
		}
	}
	return true
}
