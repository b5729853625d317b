package dynsynctest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const (
	maxBody   = 16 << 20
	jsonType  = "application/x-amz-json-1.0"
	apiPrefix = "DynamoDB_20120810."
)

// call is one request on its way through the server.
type call struct {
	server  *Server
	account *account
	op      string
	params
	action    Action // what a hook wants the operation to do differently
	accessKey string
	region    string
	out       writer // the answer
}

// operations holds every operation; each writes its answer to c.out.
var operations = map[string]func(c *call) *apiError{
	"BatchExecuteStatement":     (*call).batchExecuteStatement,
	"BatchGetItem":              (*call).batchGetItem,
	"DescribeContinuousBackups": (*call).describeContinuousBackups,
	"ListBackups":               (*call).listBackups,
	"BatchWriteItem":            (*call).batchWriteItem,
	"CreateTable":               (*call).createTable,
	"DeleteItem":                (*call).deleteItem,
	"DeleteTable":               (*call).deleteTable,
	"DescribeLimits":            (*call).describeLimits,
	"DescribeTable":             (*call).describeTable,
	"DescribeTimeToLive":        (*call).describeTimeToLive,
	"ExecuteStatement":          (*call).executeStatement,
	"GetItem":                   (*call).getItem,
	"ListTables":                (*call).listTables,
	"PutItem":                   (*call).putItem,
	"Query":                     (*call).query,
	"Scan":                      (*call).scan,
	"UpdateItem":                (*call).updateItem,
	"UpdateTable":               (*call).updateTable,
	"UpdateTimeToLive":          (*call).updateTimeToLive,
}

// serve answers a request that came over the socket. Close waits for it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.active.Done()
	s.ServeHTTP(w, r)
}

// ServeHTTP answers one HTTP request as the server answers those from its socket. A
// transport that calls it needs no network and works within a bubble of
// [testing/synctest], if no other goroutine uses the server meanwhile. It panics with
// [net/http.ErrAbortHandler] where the connection is to break. [Server.Close] does not
// wait for it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number := s.requests.Add(1)
	body, err := readBody(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away
	}
	if body == nil {
		// Neither type nor message, as measured.
		deliver(w, r, number, response{status: http.StatusRequestEntityTooLarge, body: []byte(`{"Message":""}`)}, Action{})
		return
	}
	req := &Request{Op: strings.TrimPrefix(r.Header.Get("X-Amz-Target"), apiPrefix), Body: body, Number: number, ctx: r.Context()}
	id, failure := signer(r)
	failure = firstError(failure, s.checkClock(w, r))
	failure = firstError(failure, s.access.checkKeys(r, body, s.now()))
	req.AccessKey, req.Region = id.accessKey, id.region
	action := s.control.decide(req)
	deliver(w, r, number, s.perform(req, id, failure, action), action)
}

// checkClock refuses a request whose date is too far from the server's clock, if the server
// looks at dates, and answers with its own.
func (s *Server) checkClock(w http.ResponseWriter, r *http.Request) *apiError {
	if !s.datesChecked {
		return nil
	}
	now := s.now()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	return checkDate(r.Header.Get("X-Amz-Date"), now, s.tolerance)
}

// perform does the request and the action, in the order that the action wants.
// It does not return where there is to be no answer.
func (s *Server) perform(req *Request, id accountID, failure *apiError, action Action) response {
	var done response
	if action.applied {
		done = s.answer(req, id, failure, action)
	}
	if action.wait != nil && action.wait(req.ctx) != nil {
		panic(http.ErrAbortHandler)
	}
	switch {
	case action.end != endOpen && !action.cut:
		hangUp(req.ctx, action.end)
	case action.answer != nil:
		return action.answer(s, req)
	case action.applied:
		return done
	}
	return s.answer(req, id, failure, action)
}

// readBody returns the body, nil if it is too large. What is too large is
// still read, since a client that is writing would not see the answer.
func readBody(r *http.Request) ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(int(min(max(r.ContentLength, 0), maxBody)) + bytes.MinRead)
	_, err := buf.ReadFrom(http.MaxBytesReader(nil, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		_, err = io.Copy(io.Discard, r.Body)
		return nil, err
	}
	return buf.Bytes(), err
}

// answer does what the request asks.
func (s *Server) answer(req *Request, id accountID, failure *apiError, action Action) response {
	if failure == nil {
		var body []byte
		if body, failure = s.operate(req, id, action); failure == nil {
			return response{status: http.StatusOK, body: body}
		}
	}
	return failure.response()
}

func (s *Server) operate(req *Request, id accountID, action Action) ([]byte, *apiError) {
	operation := operations[req.Op]
	if operation == nil {
		return nil, badRequest(coralErrors+"UnknownOperationException", "")
	}
	p, err := decodeParams(req.Op, req.Body)
	if err != nil {
		return nil, err
	}
	if err := p.checkCommon(req.Op); err != nil {
		return nil, err
	}
	c := &call{server: s, account: s.account(id), op: req.Op, params: p, action: action, accessKey: id.accessKey, region: id.region}
	if err := c.authorizeAll(); err != nil {
		return nil, err
	}
	c.out.open('{')
	if err := operation(c); err != nil {
		return nil, err
	}
	c.out.close('}')
	return c.out.buf, nil
}

// requestID returns an id of the service's form, 52 capitals and digits, that
// ends in the request's number.
func requestID(number int64) string {
	const form = "DYNSYNCTEST00000000000000000000000000000000000000000"
	digits := strconv.FormatInt(number, 10)
	return form[:len(form)-len(digits)] + digits
}
