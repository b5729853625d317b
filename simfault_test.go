package dynsync

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// hook returns what a server does to the requests of processes: faults, which are
// drawn by what a request is, and items that fail. Requests of others it lets
// through.
func (w *simWorld) hook(s *dynsynctest.Server) func(*dynsynctest.Request) dynsynctest.Action {
	return func(r *dynsynctest.Request) dynsynctest.Action {
		id, ok := r.Context().Value(simRequestKey{}).(simRequest)
		if !ok {
			return dynsynctest.Action{}
		}
		for _, f := range w.faults {
			if a, hit := w.meets(f, s, r, id); hit {
				return w.ailments(s, r).With(a)
			}
		}
		return w.ailments(s, r)
	}
}

// meets reports whether a request meets a fault, and what happens then.
func (w *simWorld) meets(sf simFault, s *dynsynctest.Server, r *dynsynctest.Request, id simRequest) (dynsynctest.Action, bool) {
	if sf.op != r.Op || sf.op == "Scan" && s == w.dest {
		return dynsynctest.Action{}, false
	}
	f := faultNamed(sf.name)
	drawn := w.draw("fault "+sf.name, id.what, id.times)
	x := &faultRun{rnd: rand.New(rand.NewPCG(drawn, 3)), poison: w.poison(sf.name)}
	if f.when != nil && !f.when(x, r) || f.kind != perItem && f.when == nil && drawn%sf.odds != 0 {
		return dynsynctest.Action{}, false
	}
	if f.kind == passing && (!w.bears(sf.name+id.what, f.most) || f.when == nil && !w.bears(sf.name, 40)) {
		return dynsynctest.Action{}, false
	}
	w.note("fault %s at %s #%d", sf.name, id.what, id.times)
	return f.act(x), true
}

// bears counts the faults in a row of a request, and reports whether it may meet
// one more.
func (w *simWorld) bears(what string, most int) bool {
	if most == 0 {
		most = 4
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fits[what]++; w.fits[what] > most {
		w.fits[what] = 0
		return false
	}
	return true
}

func faultNamed(name string) fault {
	for _, f := range allFaults {
		if f.name == name {
			return f
		}
	}
	panic("no fault " + name)
}

// poison returns the ids, as read and as written, of items that a fault is about.
func (w *simWorld) poison(fault string) map[string]bool {
	ids := map[string]bool{}
	for i, t := range w.q.tables {
		for _, id := range t.items {
			if w.draw(fmt.Sprint("poison ", fault, i), id, 0)%6 == 0 {
				ids[id], ids[w.q.keyAfter(i, id)] = true, true
			}
		}
	}
	return ids
}

// ails reports whether an item, given as "table/id", fails in that way now.
func (w *simWorld) ails(item string, how ailment) bool {
	for _, a := range w.ailing {
		if a.how == how && item == fmt.Sprintf("%d/%s", a.table, a.id) && (a.end.IsZero() || time.Now().Before(a.end)) {
			return true
		}
	}
	return false
}

func (w *simWorld) itemAils(item map[string]types.AttributeValue, how ailment) bool {
	text := func(name string) string {
		v, _ := item[name].(*types.AttributeValueMemberS)
		if v == nil {
			return ""
		}
		return v.Value
	}
	source := text("Src")
	return how == ailRefused && strings.HasSuffix(source, "x") || w.ails(text("T")+"/"+source, how)
}

// ailments does what is to happen to a request for the items in it.
func (w *simWorld) ailments(s *dynsynctest.Server, r *dynsynctest.Request) dynsynctest.Action {
	if s != w.dest {
		return dynsynctest.Action{}
	}
	slow := func(_ string, item map[string]types.AttributeValue) bool { return w.itemAils(item, ailSlow) }
	refused := func(_ string, item map[string]types.AttributeValue) bool { return w.itemAils(item, ailRefused) }
	action := dynsynctest.Refuse(refused)
	switch r.Op {
	case "BatchWriteItem":
		return action.With(dynsynctest.Unprocessed(slow))
	case "BatchExecuteStatement":
		return action.With(dynsynctest.FailStatements(func(table string, item map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
			if slow(table, item) {
				return types.BatchStatementErrorCodeEnumThrottlingError
			}
			return ""
		}))
	case "PutItem", "UpdateItem":
		for _, a := range w.ailing {
			if a.how == ailSlow && w.ails(fmt.Sprintf("%d/%s", a.table, a.id), ailSlow) && bytes.Contains(r.Body, []byte(fmt.Sprintf("%q", fmt.Sprintf("NAME %d/%s V%d", a.table, a.id, w.version)))) {
				return dynsynctest.Throttle()
			}
		}
		return action
	}
	return dynsynctest.Action{}
}
