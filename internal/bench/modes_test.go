package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"
)

// startStub serves the stub from this process.
func startStub(t *testing.T) address {
	t.Helper()
	cert, der, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	s := new(stub)
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	plain, secure := listen(), listen()
	go acceptAll(plain, s)
	go acceptAll(tls.NewListener(secure, &tls.Config{Certificates: []tls.Certificate{cert}}), s)
	return address{plain.Addr().String(), secure.Addr().String(), der}
}

// Every mode moves the whole table, so that costs per item compare.
func TestEveryModeMovesEveryItem(t *testing.T) {
	at := startStub(t)
	const pages = 2
	sh := shape{10 << 10, "ascii"}
	all := 0
	for i := range pages {
		all += len(newPages(sh)[i].items)
	}
	for _, workload := range workloads {
		for _, mode := range modes {
			for procs := 1; procs <= 2; procs++ {
				j := job{scenario: scenario{workload, sh, procs, procs == 2}, Mode: mode, Workers: procs, URL: at.url(procs == 2), Cert: at.Cert}
				name := fmt.Sprintf("%v/mode=%s", j.scenario, mode)
				move, err := j.mover(pages)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				n, err := move(t.Context())
				want := all
				if workload == workWrite {
					want = pages * pageBytes / sh.ItemBytes / batchSize * batchSize
				}
				if err != nil || n != want {
					t.Errorf("%s moved %d items, not %d: %v", name, n, want, err)
				}
			}
		}
	}
}

// Items have the size they are named for, and pages hold no key twice within
// what can become a batch.
func TestCorpus(t *testing.T) {
	for _, text := range []string{"ascii", "escape", "binary"} {
		for _, size := range []int{100, 1 << 10, 10 << 10, 200 << 10} {
			pages := newPages(shape{size, text})
			items := 0
			for _, p := range pages {
				items += len(p.items)
				if !json.Valid(append(p.body[:len(p.body):len(p.body)], '}')) {
					t.Fatalf("%s %d: a page is not JSON", text, size)
				}
				for i := range p.items {
					if got := wire.ItemSize(p.item(i)); math.Abs(float64(got-size)) > float64(size)/10 {
						t.Fatalf("%s: an item of %d bytes has %d", text, size, got)
					}
				}
			}
			if items < distinctItems {
				t.Errorf("%s %d: only %d items", text, size, items)
			}
		}
	}
}

func TestQuartiles(t *testing.T) {
	tests := []struct {
		reason string
		values []float64
		want   quartiles
	}{
		{"one value is all three", []float64{4}, quartiles{4, 4, 4}},
		{"odd, unsorted", []float64{5, 1, 3, 2, 4}, quartiles{2, 3, 4}},
		{"between two values", []float64{1, 2}, quartiles{1.25, 1.5, 1.75}},
	}
	for _, tt := range tests {
		if got := quartilesOf(tt.values); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.reason, got, tt.want)
		}
	}
	if got := quartilesOf(nil); !math.IsNaN(got.median) {
		t.Errorf("no values: got %v", got)
	}
}

// The outputs have what their readers expect, with modes missing too.
func TestOutputs(t *testing.T) {
	s := scenario{workCopy4, base, 2, false}
	r := &results{scenarios: []scenario{s, {workRead, base, 1, true}}, modes: modes, byCase: map[caseID]series{}}
	for round := range 3 {
		r.add(s, modeDynsync, round, measurement{Items: 1, CPU: 10 + float64(round), PeakRSS: 1 << 20})
		r.add(s, modeTyped, round, measurement{Items: 1, CPU: 44, PeakRSS: 2 << 20})
	}
	var rows, plot, table bytes.Buffer
	if err := errors.Join(r.writeJSON(&rows), r.writeSVG(&plot), r.print(&table)); err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(rows.Bytes(), &got); err != nil || len(got) != 2 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for _, name := range []string{"workload", "item_bytes", "procs", "tls", "mode", "cpu_us_per_item", "items_per_cpu_s", "allocs_per_item", "bytes_per_item", "peak_rss_bytes", "rounds"} {
		if _, ok := got[0][name]; !ok {
			t.Errorf("a row has no %s", name)
		}
	}
	if err := xml.Unmarshal(plot.Bytes(), new(struct{ XMLName xml.Name })); err != nil {
		t.Errorf("the plot is not XML: %v", err)
	}
	if !strings.Contains(table.String(), "reached") || strings.Contains(table.String(), "NaN") {
		t.Errorf("the table:\n%s", table.String())
	}
}

// Ratios are of one round; a round that one mode lacks does not count.
func TestRatioIsOfOneRound(t *testing.T) {
	a := series{0: {CPU: 10}, 1: {CPU: 40}, 2: {CPU: 9}}
	b := series{0: {CPU: 5}, 1: {CPU: 20}}
	if got := ratio(a, b, cpuOf); got != (quartiles{2, 2, 2}) {
		t.Errorf("got %v", got)
	}
}
