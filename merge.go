package dynsync

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// The limits of an UpdateItem. The service counts names and values that are set,
// and what updateCost, setCost and removeCost say, and takes no more of that than
// of an item: so some items can be put, and not updated.
const (
	maxExpression = 4096 // bytes
	updateCost    = 3    // bytes, of each update
	setCost       = 19   // of each attribute that is set
	removeCost    = 2    // of each attribute that is removed
)

// mergeSender writes by UpdateItem, an item a request. To repeat one changes
// nothing.
type mergeSender struct {
	*sending
	items itemRequests
	split sync.Once
}

func newMergeSender(s *sending) sender { return &mergeSender{sending: s, items: newItemRequests(s)} }

func (s *mergeSender) path() string { return "typed: ModeMerge writes by UpdateItem" }

func (s *mergeSender) send(ctx context.Context, b *batch) (sent, error) {
	t := &tray{sending: s.sending}
	s.items.each(indexes(b.raw.Len()), func(i int) { t.settle(i, s.merge(ctx, t, b.raw.Item(i), b.removedFrom(i))) })
	return t.result(b)
}

// merge writes one item.
func (s *mergeSender) merge(ctx context.Context, t *tray, raw []byte, removed []string) error {
	item := &Record{item: raw, keys: s.keys}
	if err := item.index(); err != nil {
		return s.account.illFormed(err)
	}
	updates, err := s.updates(item, removed)
	if err != nil {
		return s.account.illFormed(err)
	}
	if slices.ContainsFunc(updates, func(u *update) bool { return u.written > wire.MaxItemSize }) {
		return s.rewrite(ctx, t, item, removed)
	}
	if len(updates) > 1 {
		s.split.Do(func() {
			s.account.note("items with more than one UpdateItem can set (some 460 attributes, or close to 400 KB) were merged by several, of which each is atomic and all together are not: readers may have met such an item half merged, and one that failed may have stayed so")
		})
	}
	key := item.Key().Item()
	for n, u := range updates {
		in := u.input(s.table, key)
		out, err := once(ctx, s.sending, in, s.client.UpdateItem)
		if err == nil {
			t.consumed(out.ConsumedCapacity)
			continue
		}
		large := len(updates) > 1 || u.written > wire.MaxItemSize*9/10
		if awserr.Code(err) == "ValidationException" && large { // between two updates an item can be larger than before and after
			err = s.rewrite(ctx, t, item, removed)
		}
		if n > 0 && err != nil {
			t.markDoubt()
		}
		if n > 0 && awserr.RefusesItems(err) {
			return s.account.itemError("DynamoDB refuses a part of the item's attributes; the others may have been merged", err)
		}
		return err
	}
	return nil
}

// updates returns the updates that merge an item: one, if it can be. What rules
// removed goes first.
func (s *mergeSender) updates(item *Record, removed []string) ([]*update, error) {
	keys := s.keys
	u := new(update)
	all := []*update{u}
	room := func(length, written int) {
		if u.length+length > maxExpression-len("SET  REMOVE ") || u.written+written > wire.MaxItemSize-updateCost && len(u.names) > 0 {
			u = new(update)
			all = append(all, u)
		}
	}
	for _, name := range removed {
		if _, there := item.at(Path{steps: []wire.Step{{Name: name}}}); there || keys.Holds(name) {
			continue
		}
		room(u.cost(""), removeCost)
		u.remove(name)
	}
	// An item of n bytes of JSON is of n bytes at most.
	small := len(item.item)+(len(item.attrs)+1)*setCost+len(removed)*removeCost <= wire.MaxItemSize
	for _, a := range item.attrs {
		name, value := a.NameIn(item.item), item.item[a.Value.Start:a.Value.End]
		if keys.Holds(name) {
			continue
		}
		v, err := rawapi.AttributeValue(value)
		if err != nil {
			return nil, err
		}
		written := setCost
		if !small {
			written += wire.ItemSize(slices.Concat([]byte{'{'}, a.Whole().Of(item.item), []byte{'}'}))
		}
		room(u.cost("=:"), written)
		u.set(name, v, written)
	}
	for _, u := range all {
		u.written += updateCost
	}
	return all, nil
}

// An update is one UpdateItem, with names and values behind aliases: any name
// can be written so.
type update struct {
	sets, removes []string
	names         map[string]string
	values        map[string]types.AttributeValue
	length        int // of the expression, without its keywords
	written       int // in bytes, as the service counts
}

// cost is the length of one more clause; assignment is what stands between
// the aliases of one that has two.
func (u *update) cost(assignment string) int {
	n := len(strconv.Itoa(len(u.names)))
	if assignment == "" {
		return len("#,") + n
	}
	return len("#,") + n + len(assignment) + n
}

func (u *update) alias(name string) string {
	if u.names == nil {
		u.names = map[string]string{}
	}
	n := strconv.Itoa(len(u.names))
	u.names["#"+n] = name
	return n
}

func (u *update) remove(name string) {
	u.length += u.cost("")
	u.written += removeCost
	u.removes = append(u.removes, "#"+u.alias(name))
}

func (u *update) set(name string, v types.AttributeValue, written int) {
	if u.values == nil {
		u.values = map[string]types.AttributeValue{}
	}
	u.length += u.cost("=:")
	u.written += written
	n := u.alias(name)
	u.values[":"+n] = v
	u.sets = append(u.sets, "#"+n+"=:"+n)
}

// input returns the request. Without a clause it only makes the item.
func (u *update) input(table string, key map[string]types.AttributeValue) *dynamodb.UpdateItemInput {
	in := &dynamodb.UpdateItemInput{TableName: &table, Key: key, ExpressionAttributeNames: u.names, ExpressionAttributeValues: u.values}
	var clauses []string
	if len(u.sets) > 0 {
		clauses = append(clauses, "SET "+strings.Join(u.sets, ","))
	}
	if len(u.removes) > 0 {
		clauses = append(clauses, "REMOVE "+strings.Join(u.removes, ","))
	}
	if len(clauses) > 0 {
		in.UpdateExpression = aws.String(strings.Join(clauses, " "))
	}
	return in
}

const (
	rewriteTries = 5   // in a row, of an item that others change
	maxGuarded   = 100 // attributes in the condition of a rewrite
)

// rewrite merges an item that UpdateItem does not take: it reads what is there,
// and puts the whole, on condition that nothing that only the destination has was
// changed or removed meanwhile. What was added meanwhile no condition can find.
func (s *mergeSender) rewrite(ctx context.Context, t *tray, item *Record, removed []string) error {
	for range rewriteTries {
		stored, err := t.getStored(ctx, item.Key())
		if err != nil {
			return err
		}
		in, err := s.rewritten(item, removed, stored)
		if err != nil {
			return err
		}
		out, err := once(ctx, s.sending, in, s.client.PutItem)
		if awserr.Code(err) == conditionFailed {
			continue
		}
		if err == nil {
			t.consumed(out.ConsumedCapacity)
		}
		return err
	}
	return errMoved
}

// rewritten returns the request that puts the item merged with what is stored.
func (s *mergeSender) rewritten(item *Record, removed []string, stored []byte) (*dynamodb.PutItemInput, error) {
	merged, err := rawapi.ItemMap(item.item)
	if err != nil {
		return nil, err
	}
	in := &dynamodb.PutItemInput{
		TableName:                &s.table,
		Item:                     merged,
		ConditionExpression:      aws.String("attribute_not_exists(#k)"),
		ExpressionAttributeNames: map[string]string{"#k": s.keys.Partition},
	}
	if stored == nil {
		return in, nil
	}
	there, err := rawapi.ItemMap(stored)
	if err != nil {
		return nil, err
	}
	condition := []string{"attribute_exists(#k)"}
	for name, v := range there {
		if merged[name] != nil || slices.Contains(removed, name) {
			continue
		}
		if len(condition) > maxGuarded {
			return nil, s.account.itemError("the item is too large for UpdateItem, and too many attributes that only the destination has would have to be kept", nil)
		}
		if in.ExpressionAttributeValues == nil {
			in.ExpressionAttributeValues = map[string]types.AttributeValue{}
		}
		n := strconv.Itoa(len(condition))
		in.ExpressionAttributeNames["#"+n] = name
		in.ExpressionAttributeValues[":"+n] = v
		condition = append(condition, "#"+n+"=:"+n)
		merged[name] = v
	}
	in.ConditionExpression = aws.String(strings.Join(condition, " AND "))
	return in, nil
}
