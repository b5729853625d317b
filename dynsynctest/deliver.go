package dynsynctest

import (
	"context"
	"hash/crc32"
	"net"
	"net/http"
	"strconv"
)

// deliver sends the answer, or what an action leaves of it.
func deliver(w http.ResponseWriter, r *http.Request, number int64, answer response, action Action) {
	setHeader(w.Header(), number, answer, action.crc)
	w.WriteHeader(answer.status)
	body := answer.body
	whole := !action.cut || action.cutAt >= len(body)
	if !whole {
		body = body[:action.cutAt]
	}
	send(w, r.Context(), body, action.trickle)
	_ = http.NewResponseController(w).Flush()
	if !whole {
		hangUp(r.Context(), action.end)
	}
}

func setHeader(h http.Header, number int64, answer response, crc crcMode) {
	h.Set("Content-Length", strconv.Itoa(len(answer.body)))
	h.Set("X-Amzn-Requestid", requestID(number))
	if answer.html {
		h.Set("Content-Type", "text/html")
		return
	}
	h.Set("Content-Type", jsonType)
	switch sum := crc32.ChecksumIEEE(answer.body); crc {
	case crcRight:
		h.Set("X-Amz-Crc32", strconv.FormatUint(uint64(sum), 10))
	case crcWrong:
		h.Set("X-Amz-Crc32", strconv.FormatUint(uint64(sum^1), 10))
	}
}

// send writes the body, all at once or slowly. A client that went away needs no
// answer.
func send(w http.ResponseWriter, ctx context.Context, body []byte, slow trickle) {
	control := http.NewResponseController(w)
	for slow.bytes > 0 && len(body) > 0 {
		_ = control.Flush()
		if pause(ctx, slow.every) != nil {
			panic(http.ErrAbortHandler)
		}
		n := min(slow.bytes, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			panic(http.ErrAbortHandler)
		}
		body = body[n:]
	}
	_, _ = w.Write(body)
}

type connKey struct{}

// withConn keeps the connection for requests that end it.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// hangUp ends the connection, and the handler with it.
func hangUp(ctx context.Context, how ending) {
	if c, ok := ctx.Value(connKey{}).(*net.TCPConn); ok && how == endReset {
		_ = c.SetLinger(0) // what closes it resets it
	}
	panic(http.ErrAbortHandler)
}
