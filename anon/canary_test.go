package anon_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
)

var (
	canaryItems = flag.Int("items", 2000, "how many items TestCanaries makes")
	canarySeed  = flag.Uint64("canary-seed", 0, "the seed of the one job that TestCanaries runs")
)

// itemsOfJob is how many items a job of TestCanaries has.
const itemsOfJob = 20

// TestCanaries: whatever the rules, the defaults and the items are, a value is in the
// copy only where a rule or a default that may keep it says so.
func TestCanaries(t *testing.T) {
	a := newAviary(t)
	if *canarySeed != 0 {
		a.fly(*canarySeed)
		return
	}
	base := rand.Uint64() >> 1
	t.Logf("the seeds are %d and those behind it", base)
	var next atomic.Uint64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for a.items.Load() < int64(*canaryItems) && !t.Failed() {
				a.fly(base + next.Add(1))
			}
		})
	}
	wg.Wait()
	t.Logf("%d jobs were refused; of %d items, with and without the leak check, %d were written, and in those %d canaries of %d may stand, and %d do",
		a.refused.Load(), a.items.Load(), a.written.Load(), a.allowed.Load(), a.planted.Load(), a.standing.Load())
	if a.written.Load() < a.items.Load()/4 || a.planted.Load() < a.allowed.Load()*3/2 {
		t.Error("the items say too little")
	}
}

// An aviary runs jobs.
type aviary struct {
	t      *testing.T
	client *dynamodb.Client
	stock  []*plant
	tables atomic.Int64

	refused, items, written, planted, allowed, standing atomic.Int64
}

func newAviary(t *testing.T) *aviary {
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	return &aviary{t: t, client: srv.Client(), stock: append(anonymizers(t), stock()...)}
}

// fly runs the job of a seed, and reports what is wrong with it.
func (a *aviary) fly(seed uint64) {
	g := &grower{Rand: rand.New(rand.NewPCG(seed, 0)), stock: a.stock}
	j := g.job(itemsOfJob)
	j.seed = seed
	faults, ran := a.run(j, true)
	if !ran {
		a.refused.Add(1)
		return
	}
	a.items.Add(itemsOfJob)
	if len(faults) == 0 {
		return
	}
	j = a.shrink(j)
	faults, _ = a.run(j, false)
	a.t.Errorf("%v%s", j, strings.Join(faults[:min(3, len(faults))], "\n"))
}

// run runs a job with and without the leak check, and returns what is wrong; false if the
// job is refused.
func (a *aviary) run(j *job, count bool) (faults []string, ran bool) {
	table := fmt.Sprint("Canaries", a.tables.Add(1))
	if err := a.fill(table, j); err != nil {
		a.t.Error(err)
		return nil, false
	}
	defer func() {
		if _, err := a.client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &table}); err != nil {
			a.t.Error(err)
		}
	}()
	for _, leakCheck := range []bool{false, true} {
		out, ok, fault := a.records(table, j, leakCheck)
		if !ok {
			return nil, false
		}
		if fault != "" {
			faults = append(faults, fault)
		}
		for i, item := range j.items {
			if rec := out[i]; rec != nil {
				faults = append(faults, a.look(j, item, rec, leakCheck, count)...)
			}
		}
	}
	return faults, true
}

// fill makes a table of the job's items.
func (a *aviary) fill(table string, j *job) error {
	def := &dynamodb.CreateTableInput{
		TableName: &table, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	}
	if j.sort != "" {
		def.AttributeDefinitions = append(def.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("Sort"), AttributeType: types.ScalarAttributeType(j.sort)})
		def.KeySchema = append(def.KeySchema, types.KeySchemaElement{AttributeName: aws.String("Sort"), KeyType: types.KeyTypeRange})
	}
	if _, err := a.client.CreateTable(context.Background(), def); err != nil {
		return err
	}
	in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{}}
	for _, item := range j.items {
		in.RequestItems[table] = append(in.RequestItems[table], types.WriteRequest{PutRequest: &types.PutRequest{Item: item.asItem()}})
	}
	_, err := a.client.BatchWriteItem(context.Background(), in)
	return err
}

// records returns what becomes of the job's items, by their number, and what is wrong
// with an error; false if the job is refused.
func (a *aviary) records(table string, j *job, leakCheck bool) (out map[int]*dynsync.Record, ran bool, fault string) {
	number := -1 // of the item that the run is at
	opts := append(tableOptions(j.rules, j.defaults), dynsync.WithTTLAttribute(j.ttl), dynsync.WithFilter(func(rec *dynsync.Record) bool {
		ran = true
		id, _ := rec.Get("Id")
		text, _ := id.Text()
		number = slices.IndexFunc(j.items, func(item *leaf) bool { return item.kids[0].text == text })
		return true
	}))
	if leakCheck {
		opts = append(opts, dynsync.WithLeakCheck())
	}
	s, err := dynsync.New(dynsync.WithSource(a.client), dynsync.WithKey(testKey), dynsync.WithTable(table, table, opts...),
		dynsync.WithOnFailure(func(_ context.Context, f dynsync.Failure) error {
			if fault == "" {
				fault = faultOf(f.Err, j.items[number])
			}
			return nil
		}))
	if err != nil {
		return nil, false, ""
	}
	out = map[int]*dynsync.Record{}
	for rec, err := range s.Transformed(context.Background(), table) {
		if err != nil { // of rules that matched nothing, or items that failed
			break
		}
		out[number] = rec
	}
	return out, ran, fault
}

// faultOf returns what is wrong with the error of an item: it is a panic, or tells a
// canary.
func faultOf(err error, item *leaf) (fault string) {
	text := fmt.Sprintf("%v %+v %#v", err, err, err)
	if strings.Contains(text, "panicked") {
		return text
	}
	item.each(func(_ *leaf, _ bool, c *canary) {
		if strings.Contains(strings.ToLower(text), c.text) {
			fault = "the error tells the canary " + c.text + ", of " + c.at + ": " + text
		}
	})
	return fault
}

// anyTime matches dates and epochs of these years. Where no rule selects one, the leak check
// only counts it.
var anyTime = regexp.MustCompile(`^(1[0-9]|20)([0-9]{8}|[0-9]{11}|[0-9]{14}|[0-9]{17})$|^[0-9]{4}-[0-9]{2}-[0-9]{2}`)

// look returns which canaries stand in a record, and may not.
func (a *aviary) look(j *job, item *leaf, rec *dynsync.Record, leakCheck, count bool) (faults []string) {
	o := &oracle{rules: j.rules, defaults: j.defaults, may: map[any]bool{}}
	o.item(j, item)
	meant := &oracle{rules: j.rules, defaults: j.defaults, meant: true, may: map[any]bool{}}
	meant.item(j, item)
	text := newHaystack(rec)
	say := func(what, at string) {
		faults = append(faults, fmt.Sprintf("%s, of %s (leak check %t)\n  in:  %s\n  out: %s", what, at, leakCheck, mustJSON(item), rec.DynamoDBJSON()))
	}
	n := [3]int64{}
	item.each(func(l *leaf, isName bool, c *canary) {
		n[0]++
		stands := text.holds(c.text)
		if stands {
			n[2]++
		}
		switch {
		case !o.may[c]:
			if stands {
				say("the canary "+c.text+" stays", c.at)
			}
		case leakCheck && !isName && !meant.may[l] && text.holds(l.text) && len(l.canaries) > 0 && !anyTime.MatchString(l.text):
			say("the leak check lets pass "+l.text, c.at)
		case leakCheck && isName && !meant.may[c] && stands:
			say("the leak check lets pass "+c.text, c.at)
		default:
			n[1]++
		}
	})
	if count {
		a.written.Add(1)
		a.planted.Add(n[0])
		a.allowed.Add(n[1])
		a.standing.Add(n[2])
	}
	return faults
}

// each calls fn with each canary of a value, and the leaf that it is in or names.
func (l *leaf) each(fn func(l *leaf, isName bool, c *canary)) {
	for _, c := range l.canaries {
		fn(l, false, c)
	}
	for _, c := range l.nameOf {
		if c != nil {
			fn(l, true, c)
		}
	}
	for _, part := range slices.Concat(l.kids, l.parts) {
		part.each(fn)
	}
	if l.json != nil {
		l.json.each(fn)
	}
}

func mustJSON(item *leaf) []byte {
	rec, err := dynsync.NewRecord(item.asItem())
	if err != nil {
		panic(err)
	}
	return rec.DynamoDBJSON()
}

// A haystack is what a record holds: names, texts, numbers and bytes.
type haystack struct {
	text   string // lower case
	exact  string
	digits string // of numbers
}

func newHaystack(rec *dynsync.Record) *haystack {
	var b, digits strings.Builder
	var add func(v types.AttributeValue)
	item := func(m map[string]types.AttributeValue) {
		for name, v := range m {
			b.WriteString(name + "\n")
			add(v)
		}
	}
	number := func(n string) {
		b.WriteString(n + "\n")
		n, _, _ = strings.Cut(strings.ToLower(n), "e")
		digits.WriteString(strings.NewReplacer(".", "", "-", "").Replace(n) + "\n")
	}
	add = func(v types.AttributeValue) {
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			b.WriteString(v.Value + "\n")
		case *types.AttributeValueMemberN:
			number(v.Value)
		case *types.AttributeValueMemberB:
			b.WriteString(string(v.Value) + "\n")
		case *types.AttributeValueMemberSS:
			b.WriteString(strings.Join(v.Value, "\n") + "\n")
		case *types.AttributeValueMemberNS:
			for _, n := range v.Value {
				number(n)
			}
		case *types.AttributeValueMemberBS:
			b.Write(append(bytes.Join(v.Value, []byte("\n")), '\n'))
		case *types.AttributeValueMemberM:
			item(v.Value)
		case *types.AttributeValueMemberL:
			for _, e := range v.Value {
				add(e)
			}
		}
	}
	item(rec.AttributeValues())
	return &haystack{strings.ToLower(b.String()), b.String(), digits.String()}
}

// holds reports whether a text stands in it, in any case, as digits of a number, or in
// base64.
func (h *haystack) holds(text string) bool {
	if strings.Contains(h.text, strings.ToLower(text)) || strings.Contains(h.digits, text) {
		return true
	}
	for shift := range 3 {
		code := base64.RawStdEncoding.EncodeToString([]byte("xx"[:min(shift, 2)] + text))
		code = code[[3]int{0, 2, 3}[shift] : len(code)-len(code)%4] // what does not depend on what stands beside it
		if len(code) > 8 && strings.Contains(h.exact, code) {
			return true
		}
	}
	return false
}

// shrink returns a smaller job in which something is wrong.
func (a *aviary) shrink(j *job) *job {
	for again := true; again; {
		again = false
		for _, smaller := range smallerJobs(j) {
			if faults, ran := a.run(smaller, false); ran && len(faults) > 0 {
				j, again = smaller, true
				break
			}
		}
	}
	return j
}

// smallerJobs returns the jobs with one thing less.
func smallerJobs(j *job) (all []*job) {
	with := func(change func(j *job)) {
		c := *j
		c.rules, c.items, c.defaults = slices.Clone(j.rules), slices.Clone(j.items), maps.Clone(j.defaults)
		change(&c)
		all = append(all, &c)
	}
	if half := len(j.items) / 2; half > 0 {
		with(func(c *job) { c.items = c.items[:half] })
		with(func(c *job) { c.items = c.items[half:] })
	}
	for i, r := range j.rules {
		with(func(c *job) { c.rules = slices.Delete(c.rules, i, i+1) })
		for _, inner := range r.by.inner {
			with(func(c *job) { c.rules[i] = &jobRule{r.segs, r.onNames, inner} })
		}
	}
	for k, p := range j.defaults {
		with(func(c *job) { delete(c.defaults, k) })
		for _, inner := range p.inner {
			with(func(c *job) { c.defaults[k] = inner })
		}
	}
	for i, item := range j.items {
		for _, less := range smallerLeaves(item, j.sort) {
			with(func(c *job) { c.items[i] = less })
		}
	}
	return all
}

// smallerLeaves returns a map or list without one of the values that it holds, here or
// further in; of an item, keys stay.
func smallerLeaves(l *leaf, sort string) (all []*leaf) {
	if memberKind[l.kind] != 0 {
		return nil
	}
	for i := range l.kids {
		if sort != "-" && (l.names[i] == "Id" || l.names[i] == "Sort" && sort != "") {
			continue
		}
		less := *l
		less.kids = slices.Delete(slices.Clone(l.kids), i, i+1)
		if l.kind == dynsync.KindM {
			less.names = slices.Delete(slices.Clone(l.names), i, i+1)
			less.nameOf = slices.Delete(slices.Clone(l.nameOf), i, i+1)
		}
		all = append(all, &less)
		for _, kid := range smallerLeaves(l.kids[i], "-") {
			less := *l
			less.kids = slices.Clone(l.kids)
			less.kids[i] = kid
			all = append(all, &less)
		}
	}
	return all
}
