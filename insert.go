package dynsync

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
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// insertSender writes by PartiQL INSERT, 25 statements a request: no item is
// changed. An INSERT that is repeated after its answer was lost meets its own
// item; so, when in doubt, what is there is read and compared.
type insertSender struct {
	*sending
	items itemRequests
	head  string // of a statement; empty where the table is named in a way that PartiQL does not take
}

func newInsertSender(s *sending) sender {
	in := &insertSender{sending: s, items: newItemRequests(s)}
	if tableName.MatchString(s.table) { // and not an ARN
		in.head = `INSERT INTO "` + s.table + `" VALUE {`
	}
	return in
}

func (s *insertSender) path() string {
	if s.head == "" {
		return "typed: ModeInsert writes by PutItem, since PartiQL takes no table's ARN"
	}
	return "typed: ModeInsert writes by PartiQL"
}

func (s *insertSender) send(ctx context.Context, b *batch) (sent, error) {
	t := &tray{sending: s.sending}
	in := &dynamodb.BatchExecuteStatementInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal}
	var stated, puts, taken []int
	for i := range b.raw.Len() {
		if st, ok := s.statement(b.raw.Item(i)); ok {
			in.Statements, stated = append(in.Statements, st), append(stated, i)
		} else {
			puts = append(puts, i)
		}
	}
	if len(stated) > 0 {
		out, err := once(ctx, s.sending, in, s.client.BatchExecuteStatement)
		if err != nil {
			return sent{}, err
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
	compare := b.doubt || s.resumed || s.exclusive
	s.items.each(slices.Concat(puts, taken), func(i int) {
		switch item := b.raw.Item(i); {
		case slices.Contains(puts, i) && !s.put(ctx, t, i, item):
		case compare:
			s.readBack(ctx, t, i, item, b.removedFrom(i))
		default:
			t.exists(i)
		}
	})
	return t.result(b)
}

// statement returns the INSERT of an item. Not every item has one: some names
// are too long together; and a lone surrogate does not pass the SDK.
func (s *insertSender) statement(item []byte) (st types.BatchStatementRequest, ok bool) {
	if s.head == "" || bytes.Contains(item, []byte(`\ud`)) || bytes.Contains(item, []byte(`\uD`)) {
		return st, false
	}
	var text strings.Builder
	text.WriteString(s.head)
	members := wire.ItemMembers(item)
	for a, more := members.Next(); more; a, more = members.Next() {
		v, err := rawapi.AttributeValue(item[a.Value.Start:a.Value.End])
		if err != nil {
			return st, false
		}
		if len(st.Parameters) > 0 {
			text.WriteByte(',')
		}
		text.WriteByte('\'')
		text.WriteString(strings.ReplaceAll(a.NameIn(item), "'", "''"))
		text.WriteString("':?")
		if st.Parameters = append(st.Parameters, v); text.Len() >= maxStatement {
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
func (s *insertSender) slot(t *tray, i int, e *types.BatchStatementError) slotState {
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
	err := awserr.OfSlot(code, deref(e.Message))
	if awserr.RefusesItems(err) {
		t.refuse(i, err)
	} else {
		t.leave(i, err)
	}
	return slotSettled
}

// put writes an item by PutItem, under the condition that there is none of its
// key. It reports whether there is one.
func (s *insertSender) put(ctx context.Context, t *tray, i int, raw []byte) (taken bool) {
	item, err := rawapi.ItemMap(raw)
	if err != nil {
		t.refuse(i, err)
		return false
	}
	out, err := once(ctx, s.sending, &dynamodb.PutItemInput{
		TableName:                &s.table,
		Item:                     item,
		ConditionExpression:      aws.String("attribute_not_exists(#k)"),
		ExpressionAttributeNames: map[string]string{"#k": s.keys.Partition},
	}, s.client.PutItem)
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
func (s *insertSender) readBack(ctx context.Context, t *tray, i int, raw []byte, removed []string) {
	want := &Record{item: raw, keys: s.keys}
	if err := want.index(); err != nil {
		t.refuse(i, err)
		return
	}
	stored, err := t.getStored(ctx, want.Key())
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
func (s *insertSender) differs(t *tray, i int) {
	if s.exclusive {
		t.collides(i)
	} else {
		t.exists(i)
	}
}

// isThere reports whether the destination holds an item as the run would leave it.
func (s *insertSender) isThere(want *Record, stored []byte, removed []string) bool {
	there := &Record{item: stored, keys: s.keys}
	if !s.merges {
		return want.Equal(there)
	}
	return there.index() == nil && merged(want, there, removed)
}

// merged reports whether a stored item is as merging an item into it would leave it.
func merged(item, stored *Record, removed []string) bool {
	for name, v := range item.Attributes() {
		there, ok := stored.at(Path{[]wire.Step{{Name: name}}})
		if !ok || !there.Equal(v) {
			return false
		}
	}
	for _, name := range removed {
		path := Path{[]wire.Step{{Name: name}}}
		if _, set := item.at(path); set {
			continue
		}
		if _, ok := stored.at(path); ok {
			return false
		}
	}
	return true
}
