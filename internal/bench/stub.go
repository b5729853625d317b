package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A stub answers the requests of the benchmark with prepared bytes. It keeps
// nothing: a table's name says what is in it.
type stub struct {
	mu     sync.Mutex
	tables map[shape]*stubTable
}

type stubTable struct {
	once  sync.Once
	pages []page
	sums  []uint32 // of the pages' bodies so far
	first page     // with one item, for Limit 1
}

const destinationTable = "bench-destination"

// sourceTable names a table of that many pages.
func sourceTable(s shape, pages int) string {
	return fmt.Sprintf("bench-%d-%s-%d", s.ItemBytes, s.Strings, pages)
}

func parseTable(name string) (s shape, pages int, err error) {
	parts := strings.Split(name, "-")
	if len(parts) != 4 {
		return s, 0, fmt.Errorf("no table %q", name)
	}
	s.Strings = parts[2]
	if s.ItemBytes, err = strconv.Atoi(parts[1]); err != nil {
		return s, 0, err
	}
	pages, err = strconv.Atoi(parts[3])
	return s, pages, err
}

func (s *stub) table(sh shape) *stubTable {
	s.mu.Lock()
	if s.tables == nil {
		s.tables = map[shape]*stubTable{}
	}
	t := s.tables[sh]
	if t == nil {
		t = new(stubTable)
		s.tables[sh] = t
	}
	s.mu.Unlock()
	t.once.Do(func() {
		t.pages = newPages(sh)
		for _, p := range t.pages {
			t.sums = append(t.sums, crc32.ChecksumIEEE(p.body))
		}
		one := t.pages[0].item(0)
		t.first = page{body: append(append([]byte(`{"Items":[`), one...), ']'), items: make([]span, 1)}
	})
	return t
}

// An answer is the body of a response in two parts, of which the first is
// shared, and the checksum of both.
type answer struct {
	shared, tail []byte
	sum          uint32
}

func whole(text string) answer {
	return answer{tail: []byte(text), sum: crc32.ChecksumIEEE([]byte(text))}
}

var acknowledged = whole(`{"UnprocessedItems":{}}`)

// discards reports whether the answer does not depend on the request's body.
func discards(op string) bool { return op == "BatchWriteItem" }

// answer answers an operation.
func (s *stub) answer(op string, body []byte) (answer, error) {
	switch op {
	case "BatchWriteItem":
		return acknowledged, nil
	case "DescribeTimeToLive":
		return whole(`{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}`), nil
	}
	var in struct {
		Statement, TableName, NextToken string
		Limit                           int
		ExclusiveStartKey               struct{ Id struct{ S string } }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return answer{}, err
	}
	switch op {
	case "DescribeTable":
		return describe(in.TableName), nil
	case "ExecuteStatement":
		name := strings.TrimSuffix(strings.TrimPrefix(in.Statement, `SELECT * FROM "`), `"`)
		return s.read(name, in.NextToken, in.Limit, func(p page, next string) []byte {
			if next == "" {
				return []byte("}")
			}
			return []byte(`,"NextToken":"` + next + `"}`)
		})
	case "Scan":
		return s.read(in.TableName, in.ExclusiveStartKey.Id.S, in.Limit, func(p page, next string) []byte {
			tail := fmt.Appendf(nil, `,"Count":%d,"ScannedCount":%[1]d`, len(p.items))
			if next != "" {
				tail = fmt.Appendf(tail, `,"LastEvaluatedKey":{"Id":{"S":%q}}`, next)
			}
			return append(tail, '}')
		})
	}
	return answer{}, fmt.Errorf("unknown operation %q", op)
}

// pageToken is the NextToken, or the last key, in front of page i.
func pageToken(i int) string { return "page" + strconv.Itoa(i) }

func (s *stub) read(table, token string, limit int, tail func(p page, next string) []byte) (answer, error) {
	sh, pages, err := parseTable(table)
	if err != nil {
		return answer{}, err
	}
	t := s.table(sh)
	i := 0
	if token != "" {
		if i, err = strconv.Atoi(strings.TrimPrefix(token, "page")); err != nil {
			return answer{}, err
		}
	}
	k := i % len(t.pages)
	p, sum := t.pages[k], t.sums[k]
	if limit == 1 {
		p, sum = t.first, crc32.ChecksumIEEE(t.first.body)
	}
	next := ""
	if i+1 < pages {
		next = pageToken(i + 1)
	}
	end := tail(p, next)
	return answer{p.body, end, crc32.Update(sum, crc32.IEEETable, end)}, nil
}

// describe describes a table; no two have an id or a time in common.
func describe(name string) answer {
	id := crc32.ChecksumIEEE([]byte(name))
	return whole(fmt.Sprintf(`{"Table":{"TableName":%q,"TableStatus":"ACTIVE","TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/%[1]s",`+
		`"TableId":"%08[2]x-0000-4000-8000-000000000000","CreationDateTime":%[3]d,"ItemCount":0,"TableSizeBytes":0,`+
		`"AttributeDefinitions":[{"AttributeName":"Id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"Id","KeyType":"HASH"}]}}`,
		name, id, 1600000000+id%1000000))
}

func operation(target string) string { return target[strings.LastIndexByte(target, '.')+1:] }

// Do answers a request in process, for benchmarks without a network.
func (s *stub) Do(r *http.Request) (*http.Response, error) {
	op := operation(r.Header.Get("X-Amz-Target"))
	var body []byte
	var err error
	if discards(op) {
		_, err = io.Copy(io.Discard, r.Body)
	} else {
		body, err = io.ReadAll(r.Body)
	}
	if err != nil {
		return nil, err
	}
	// As net/http does, so that the body's bytes can be used again.
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	a, err := s.answer(op, body)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"X-Amz-Crc32": {strconv.FormatUint(uint64(a.sum), 10)}, "Date": {time.Now().UTC().Format(http.TimeFormat)}},
		ContentLength: int64(len(a.shared) + len(a.tail)),
		Body:          io.NopCloser(io.MultiReader(bytes.NewReader(a.shared), bytes.NewReader(a.tail))),
	}, nil
}
