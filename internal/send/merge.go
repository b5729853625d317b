package send

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

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

// merge writes by UpdateItem, an item a request. To repeat one changes
// nothing.
type merge struct {
	*Config
	items itemRequests
}

// NewMerge returns the sender that sets attributes and leaves others as they are.
func NewMerge(c Config) Sender { return &merge{Config: &c, items: make(itemRequests, c.Slots)} }

func (s *merge) Path() string { return "typed: ModeMerge writes by UpdateItem" }

func (s *merge) Send(ctx context.Context, b *Batch) (Sent, error) {
	t := &tray{Config: s.Config}
	s.items.each(Indexes(b.Len()), func(i int) { t.settle(i, s.write(ctx, t, b.Item(i), b.Removed(i))) })
	return t.result(b)
}

// write writes one item.
func (s *merge) write(ctx context.Context, t *tray, raw []byte, removed []string) error {
	item, err := parse(short(raw, len(raw)))
	if err != nil {
		return illFormed(err)
	}
	updates, err := s.updates(item, removed)
	if err != nil {
		return illFormed(err)
	}
	key, err := item.key(s.Keys)
	if err != nil {
		return illFormed(err)
	}
	if slices.ContainsFunc(updates, func(u *update) bool { return u.written > wire.MaxItemSize }) {
		return s.rewrite(ctx, t, item, key, removed)
	}
	if len(updates) > 1 {
		t.markParts()
	}
	for n, u := range updates {
		in := u.input(s.Table, key)
		out, err := once(ctx, s.Config, in, s.Client.UpdateItem)
		if err == nil {
			t.consumed(out.ConsumedCapacity)
			continue
		}
		large := len(updates) > 1 || u.written > wire.MaxItemSize*9/10
		if awserr.Code(err) == "ValidationException" && large { // between two updates an item can be larger than before and after
			err = s.rewrite(ctx, t, item, key, removed)
		}
		if n > 0 && err != nil {
			t.markDoubt()
		}
		if n > 0 && awserr.RefusesItems(err) {
			return &Refusal{"DynamoDB refuses a part of the item's attributes; the others may have been merged", err}
		}
		return err
	}
	return nil
}

// updates returns the updates that merge an item: one, if it can be. What rules
// removed goes first.
func (s *merge) updates(item item, removed []string) ([]*update, error) {
	keys := s.Keys
	u := new(update)
	all := []*update{u}
	room := func(length, written int) {
		if u.length+length > maxExpression-len("SET  REMOVE ") || u.written+written > wire.MaxItemSize-updateCost && len(u.names) > 0 {
			u = new(update)
			all = append(all, u)
		}
	}
	for _, name := range removed {
		if _, there := item.value(name); there || keys.Holds(name) {
			continue
		}
		room(u.cost(""), removeCost)
		u.remove(name)
	}
	// An item of n bytes of JSON is of n bytes at most.
	small := len(item.raw)+(len(item.attrs)+1)*setCost+len(removed)*removeCost <= wire.MaxItemSize
	for _, a := range item.attrs {
		name, value := a.NameIn(item.raw), item.raw[a.Value.Start:a.Value.End]
		if keys.Holds(name) {
			continue
		}
		v, err := rawapi.AttributeValue(value)
		if err != nil {
			return nil, err
		}
		written := setCost
		if !small {
			written += wire.ItemSize(slices.Concat([]byte{'{'}, a.Whole().Of(item.raw), []byte{'}'}))
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
func (s *merge) rewrite(ctx context.Context, t *tray, item item, key map[string]types.AttributeValue, removed []string) error {
	for range rewriteTries {
		stored, err := t.stored(ctx, key)
		if err != nil {
			return err
		}
		in, err := s.rewritten(item, removed, stored)
		if err != nil {
			return err
		}
		out, err := once(ctx, s.Config, in, s.Client.PutItem)
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
func (s *merge) rewritten(item item, removed []string, stored []byte) (*dynamodb.PutItemInput, error) {
	bytes := len(item.raw) + 2*len(stored) // what is stored stands in the item and in the condition
	merged, err := rawapi.ItemMap(short(item.raw, bytes))
	if err != nil {
		return nil, err
	}
	in := &dynamodb.PutItemInput{
		TableName:                &s.Table,
		Item:                     merged,
		ConditionExpression:      aws.String("attribute_not_exists(#k)"),
		ExpressionAttributeNames: map[string]string{"#k": s.Keys.Partition},
	}
	if stored == nil {
		return in, nil
	}
	there, err := rawapi.ItemMap(short(stored, bytes))
	if err != nil {
		return nil, err
	}
	condition := []string{"attribute_exists(#k)"}
	for name, v := range there {
		if merged[name] != nil || slices.Contains(removed, name) || wire.IsReplication(name) {
			continue
		}
		if len(condition) > maxGuarded {
			return nil, &Refusal{Reason: "the item is too large for UpdateItem, and too many attributes of the destination would have to be kept"}
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

// errMoved says that an item was changed by others again and again.
var errMoved = errors.New("the item changed between reading and writing it")
