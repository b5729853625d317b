package dynsync

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/awserr"
)

// A simWorld is where a sequence happens: two accounts, stores, a file of dead
// letters and a clock, in a bubble. Everything that takes time takes a time of its
// own, drawn in nanoseconds by what it is, so that no two events are at one moment
// and a sequence is the same each time.
type simWorld struct {
	q            *sequence
	dir          string
	source, dest *dynsynctest.Server
	from, to     *dynamodb.Client // of others, at once and without faults
	stores       []*simStore      // of the shares

	history simHistory
	tuning  simTuning
	version int // of the rules
	step    int // that is under way
	began   time.Time
	faults  []simFault
	ailing  []simAilment
	claims  claim
	trouble simTrouble // what is wrong

	mu    sync.Mutex
	sends map[string]int // how often something was sent or done
	fits  map[string]int // how often in a row it met a fault
	log   []simEvent
}

// A simAilment is an item that fails now.
type simAilment struct {
	simAil
	end time.Time // zero for none
}

// A simEvent is a line of what happened.
type simEvent struct {
	at   time.Duration
	what string
}

// simSeed is the seed of the sequence under way, for the delays of retries.
var simSeed atomic.Pointer[uint64]

func init() {
	random := awserr.DrawDelay
	awserr.DrawDelay = func(bound time.Duration) time.Duration {
		seed := simSeed.Load()
		if seed == nil {
			return random(bound)
		}
		return time.Duration(simDraw(*seed, "delay", fmt.Sprint(time.Now().UnixNano(), bound)) % uint64(bound))
	}
}

// simDraw returns a number that is drawn by the words.
func simDraw(seed uint64, words ...string) uint64 {
	h := fnv.New64a()
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seed)
	h.Write(b[:])
	for _, w := range words {
		io.WriteString(h, w)
		h.Write([]byte{0})
	}
	x := h.Sum64() // mixed as in MurmurHash3
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

func (w *simWorld) draw(kind, what string, times int) uint64 {
	return simDraw(w.q.seed, kind, what, fmt.Sprint(times))
}

// sent counts how often something was sent or done, this time included.
func (w *simWorld) sent(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sends[what]++
	return w.sends[what]
}

func (w *simWorld) note(format string, args ...any) {
	e := simEvent{time.Since(w.began), fmt.Sprintf(format, args...)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, e)
}

// bad says that a claim does not hold, if it is among those that are made.
func (w *simWorld) bad(c claim, format string, args ...any) {
	if w.claims&c == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = append(w.trouble, simWrong{w.step, c, fmt.Sprintf(format, args...)})
}

// A simTrouble is which claims do not hold.
type simTrouble []simWrong

// A simWrong is a claim that does not hold after a step.
type simWrong struct {
	step  int
	claim claim
	text  string
}

func (t simTrouble) String() string {
	var b strings.Builder
	for _, w := range t {
		fmt.Fprintf(&b, "step %d, %v: %s\n", w.step+1, w.claim, w.text)
	}
	return b.String()
}

// simulate runs a sequence and returns what is wrong, and what happened.
func simulate(t *testing.T, q *sequence, claims claim) (simTrouble, []simEvent) {
	w := &simWorld{
		q: q, dir: simDir(t), tuning: q.tuning, claims: claims, version: 1,
		source: dynsynctest.NewServer(dynsynctest.WithSharedTables()), dest: dynsynctest.NewServer(dynsynctest.WithSharedTables()),
		sends: map[string]int{}, fits: map[string]int{},
	}
	defer w.source.Close()
	defer w.dest.Close()
	simSeed.Store(&q.seed)
	defer simSeed.Store(nil)
	synctest.Test(t, func(t *testing.T) {
		w.create(t)
		for range q.shares {
			w.stores = append(w.stores, &simStore{data: map[string][]byte{}, holder: map[string]*simProcess{}})
		}
		newOracle(w).watch(t)
		synctest.Wait()
	})
	slices.SortFunc(w.log, func(a, b simEvent) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.what, b.what))
	})
	return w.trouble, w.log
}

// simDir returns an empty directory, in memory if there is one: a run syncs files.
func simDir(t *testing.T) string {
	if dir, err := os.MkdirTemp("/dev/shm", "dynsync"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

func (w *simWorld) create(t *testing.T) {
	w.began = time.Now()
	w.from = w.source.Client(func(o *dynamodb.Options) { o.HTTPClient = &inProcess{server: w.source} })
	w.to = w.dest.Client(func(o *dynamodb.Options) { o.HTTPClient = &inProcess{server: w.dest} })
	w.source.Control("*", w.hook(w.source))
	w.dest.Control("*", w.hook(w.dest))
	p := &pair{}
	made := map[int]bool{}
	for i, tab := range w.q.tables {
		w.history = append(w.history, map[string][]simVersion{})
		p.create(t, w.from, simSource(i))
		if !made[tab.dest] {
			p.create(t, w.to, simDest(tab.dest))
			made[tab.dest] = true
		}
		for _, id := range tab.items {
			w.put(t, i, id)
		}
		for _, id := range tab.theirs {
			putItem(t, w.to, simDest(tab.dest), map[string]any{"Id": w.q.keyAfter(i, id), "Own": "theirs"})
		}
	}
}

func simSource(i int) string { return fmt.Sprintf("Source%d", i) }
func simDest(i int) string   { return fmt.Sprintf("Copy%d", i) }

func putItem(t *testing.T, client *dynamodb.Client, table string, item map[string]any) {
	rec, err := NewRecord(item)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &table, Item: rec.AttributeValues()}); err != nil {
		t.Fatal(err)
	}
}

// put writes another version of an item of the source.
func (w *simWorld) put(t *testing.T, table int, id string) {
	n := w.history.put(table, id, time.Now())
	putItem(t, w.from, simSource(table), w.q.item(table, id, n))
}

// change does what others do to the source.
func (w *simWorld) change(t *testing.T, c simChange) {
	w.note("change %d/%s %v", c.table, c.id, c.remove)
	if !c.remove {
		w.put(t, c.table, c.id)
		return
	}
	w.history.remove(c.table, c.id, time.Now())
	key := map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: c.id}}
	if _, err := w.from.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: aws.String(simSource(c.table)), Key: key}); err != nil {
		t.Fatal(err)
	}
}

// simLetters are the files of dead letters: of Sync, and of the other calls.
var simLetters = [2]string{"dead", "again"}

// path returns where a share's dead letters are.
func (w *simWorld) path(share int, name string) string {
	return filepath.Join(w.dir, fmt.Sprintf("%s-%d", name, share))
}

// stored returns the items of a destination table by key.
func (w *simWorld) stored(t *testing.T, dest int) map[string]simStored {
	all := map[string]simStored{}
	out, err := w.to.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String(simDest(dest))})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range out.Items {
		var s simStored
		for name, v := range item {
			text := ""
			if v, ok := v.(*types.AttributeValueMemberS); ok {
				text = v.Value
			}
			switch name {
			case "Id":
			case "T":
				s.table = text
			case "Src":
				s.source = text
			case "V":
				s.version = text
			case "Name":
				s.name = text
			case "Own":
				s.own = text
			case "Num":
				if id := idOf(item); id != "id-"+text && strings.HasPrefix(id, "id-") {
					s.others++ // it is not the key's
				}
			case "Secret":
				s.secret = true
			default:
				s.others++
			}
		}
		all[idOf(item)] = s
	}
	return all
}

// A simProcess is a process that runs the job, or a share of it.
type simProcess struct {
	w     *simWorld
	n     int // a number
	share int
	store *simView
	life  context.Context // ends when the process is killed
	die   context.CancelFunc
	dead  atomic.Bool
	ctx   context.Context // of the call
	end   context.CancelFunc
	files map[string][]byte // the dead letters as the process left them when it was killed
}

func (w *simWorld) process(share int) *simProcess {
	p := &simProcess{w: w, n: w.sent("process"), share: share}
	p.live()
	p.store = &simView{store: w.stores[share], process: p, lost: make(chan struct{}), saves: map[string][][]byte{}}
	return p
}

// live lets the process make a call.
func (p *simProcess) live() {
	p.life, p.die = context.WithCancel(context.Background())
	p.ctx, p.end = context.WithCancel(context.Background())
}

// kill ends the process: from then on nothing that it does has an effect.
func (p *simProcess) kill() {
	p.w.note("p%d is killed", p.n)
	p.dead.Store(true)
	p.die()
	p.files = map[string][]byte{}
	for _, name := range simLetters {
		path := p.w.path(p.share, name)
		p.files[path], _ = os.ReadFile(path)
	}
	p.end()
}

// bury undoes what the remains of a killed process did.
func (p *simProcess) bury(t *testing.T) {
	if !p.killed() {
		p.die()
		p.end()
		return
	}
	clear(p.store.store.holder)
	if p.w.q.lags {
		p.store.lag()
	}
	for path, data := range p.files {
		if data == nil {
			_ = os.Remove(path)
		} else if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// pause takes a time that is drawn by what is done. It returns false if the
// process was killed or the context ended meanwhile.
func (p *simProcess) pause(ctx context.Context, bound time.Duration, kind, what string, times int) bool {
	timer := time.NewTimer(time.Duration(1 + p.w.draw(kind, what, times)%uint64(bound)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-p.life.Done():
	}
	return false
}

// A simClient is the way of a process to a server.
type simClient struct {
	process *simProcess
	to      inProcess
	name    string
}

// A simRequest is what a request is, wherever it comes in the order of others.
type simRequest struct {
	what  string
	times int
}

type simRequestKey struct{}

func (c *simClient) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(body))
	if c.process.killed() {
		return nil, context.Canceled
	}
	p, op := c.process, strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")
	id := simRequest{what: fmt.Sprintf("%s %s %x", c.name, op, wordsIn(body))}
	id.times = p.w.sent(id.what)
	ctx, cancel := context.WithCancel(context.WithValue(r.Context(), simRequestKey{}, id))
	defer cancel()
	defer context.AfterFunc(p.life, cancel)()
	p.w.note("p%d → %s #%d", p.n, id.what, id.times)
	defer func() {
		if ctx.Err() != nil { // as that of other requests may have at the same moment
			time.Sleep(time.Duration(p.w.draw("ends", id.what, id.times) % 50_000))
		}
	}()
	if !p.pause(ctx, 3*time.Millisecond, "to", id.what, id.times) {
		return nil, cmp.Or(ctx.Err(), context.Canceled)
	}
	resp, err := c.to.Do(r.WithContext(ctx))
	if !p.pause(ctx, 3*time.Millisecond, "from", id.what, id.times) {
		return nil, cmp.Or(ctx.Err(), context.Canceled)
	}
	if err != nil {
		p.w.note("p%d ← %s #%d: %v", p.n, id.what, id.times, err)
		return nil, err
	}
	var answer uint64
	if !strings.HasPrefix(op, "Describe") { // which tells the table's random id
		data, bad := io.ReadAll(resp.Body)
		answer = wordsIn(data)
		resp.Body = io.NopCloser(bytes.NewReader(data))
		if bad != nil {
			resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(data), brokenReader{}))
		}
	}
	p.w.note("p%d ← %s #%d: %d %x", p.n, id.what, id.times, resp.StatusCode, answer)
	return resp, nil
}

// wordsIn returns a digest of the words in a body, whatever their order: the SDK
// writes members in another order each time.
func wordsIn(body []byte) (sum uint64) {
	h := uint64(14695981039346656037) // FNV-1a, of each word
	for _, c := range body {
		switch c {
		case '"', '{', '}', '[', ']', ':', ',':
			sum += h * h
			h = 14695981039346656037
		default:
			h = (h ^ uint64(c)) * 1099511628211
		}
	}
	return sum
}

// client returns the process's client of a server.
func (p *simProcess) client(s *dynsynctest.Server, name string) *dynamodb.Client {
	through := &simClient{process: p, to: inProcess{server: s}, name: name}
	return s.Client(func(o *dynamodb.Options) { o.HTTPClient = through })
}

// syncer returns the job as the process runs it.
func (p *simProcess) syncer(t *testing.T, deadLetters string, opts ...Option) *Syncer {
	w := p.w
	opts = append(opts, WithSource(p.client(w.source, "source")), WithDestination(p.client(w.dest, "dest")), WithKey(testKey),
		WithGiveUpAfter(2*time.Second), WithWorkers(w.tuning.workers), WithWriteConcurrency(w.tuning.requests),
		WithDeadLetters(w.path(p.share, deadLetters)))
	for i, tab := range w.q.tables {
		opts = append(opts, WithTable(simSource(i), simDest(tab.dest), p.rules(i)...))
	}
	if w.q.checkpoint {
		with := []CheckpointOption{StartOver(), RulesVersion(fmt.Sprint(w.version))}
		if w.q.scanResume {
			with = append(with, ScanResume())
		}
		opts = append(opts, WithCheckpoint(p.store, with...))
	}
	if w.q.direct {
		opts = append(opts, WithDirectRequests())
	}
	if w.q.shares > 1 {
		opts = append(opts, WithShare(p.share, w.q.shares))
	}
	s, err := New(opts...)
	if err != nil {
		t.Fatalf("%v\n%v", err, w.q)
	}
	s.cfg.checkpointEvery = w.q.every
	return s
}
