package script

import (
	"context"
	"sync"
	"time"

	"github.com/dop251/goja"
)

// tick is how often a watch looks at a call that is under way.
const tick = 10 * time.Millisecond

// A watch interrupts a runtime whose call takes too long or whose context ends.
// It is one timer for all calls of a runtime; a call that ends before the first
// tick costs no goroutine. Time is counted in ticks, so that a process that was
// stopped for a while has lost one.
type watch struct {
	rt    *goja.Runtime
	limit time.Duration
	timer *time.Timer

	mu    sync.Mutex
	ctx   context.Context // of the call under way, or nil
	step  time.Duration   // until the tick to come
	left  time.Duration   // behind that tick
	fired bool            // the runtime was interrupted
	late  int             // ticks to come that were of calls that have ended
}

// start begins to watch a call.
func (w *watch) start(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ctx, w.left = ctx, w.limit
	w.arm()
}

// arm sets the timer to the next tick.
func (w *watch) arm() {
	w.step = min(tick, w.left)
	w.left -= w.step
	if w.timer == nil {
		w.timer = time.AfterFunc(w.step, w.look)
		return
	}
	w.timer.Reset(w.step)
}

// look is called at every tick. One that comes when its call has ended is passed
// over, since it would take a tick of the next call's time.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.late > 0:
		w.late--
	case w.ctx == nil || w.fired:
	case w.ctx.Err() != nil:
		w.interrupt(w.ctx.Err())
	case w.left <= 0:
		w.interrupt(errTimeout)
	default:
		w.arm()
	}
}

func (w *watch) interrupt(cause error) {
	w.fired = true
	w.rt.Interrupt(cause)
}

// stop ends the watch, and reports whether the runtime may be used again.
func (w *watch) stop() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end()
}

// end is stop for whoever holds the lock.
func (w *watch) end() bool {
	w.ctx = nil
	if !w.timer.Stop() && !w.fired {
		w.late++
	}
	return !w.fired
}
