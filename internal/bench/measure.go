package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
)

// A job is what a client process is told to do, on standard input.
type job struct {
	scenario
	Mode       string `json:"mode"`
	Pages      int    `json:"pages"`
	Workers    int    `json:"workers"` // 0 leaves dynsync at its defaults
	Idle       int    `json:"idle"`    // rules of dynsync's that select nothing
	URL        string `json:"url"`
	Cert       []byte `json:"cert,omitempty"`
	CPUProfile string `json:"cpu_profile,omitempty"`
}

// A measurement is what a client process prints.
type measurement struct {
	Items   int     `json:"items"`
	CPU     float64 `json:"cpu_us"` // user and system, of the whole process
	Allocs  float64 `json:"allocs"`
	Bytes   float64 `json:"bytes"`
	PeakRSS int64   `json:"peak_rss_bytes"`
	DecodeX float64 `json:"decode_x,omitempty"` // of the decode job: how many times dynsync's cost the SDK's is
}

// perItem divides the sums by the items.
func (m measurement) perItem() measurement {
	n := float64(max(m.Items, 1))
	m.CPU, m.Allocs, m.Bytes = m.CPU/n, m.Allocs/n, m.Bytes/n
	return m
}

// modeDecode is the job that compares decoders in process.
const modeDecode = "decode"

// runJob is a client process: it warms up, and measures one run.
func runJob(ctx context.Context) error {
	var j job
	if err := json.NewDecoder(os.Stdin).Decode(&j); err != nil {
		return err
	}
	var m measurement
	var err error
	if j.Mode == modeDecode {
		m.DecodeX, err = decodeRatio(j.shape)
	} else {
		m, err = j.measure(ctx)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

func (j job) mover(pages int) (mover, error) {
	transport, err := tuned(j.Cert)
	if err != nil {
		return nil, err
	}
	e := &env{
		scenario: j.scenario, source: sourceTable(j.shape, pages), destination: destinationTable,
		pages: pages, workers: j.Workers, idle: j.Idle, url: j.URL, transport: transport,
	}
	return newMover(j.Mode, e)
}

func (j job) measure(ctx context.Context) (measurement, error) {
	var m measurement
	for _, pages := range []int{1, j.Pages} { // the first warms up: code, runtime, server
		move, err := j.mover(pages)
		if err != nil {
			return m, err
		}
		if m, err = measureOnce(ctx, move, pages == j.Pages, j.CPUProfile); err != nil {
			return m, err
		}
	}
	return m, nil
}

func measureOnce(ctx context.Context, move mover, last bool, profile string) (measurement, error) {
	if last && profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return measurement{}, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return measurement{}, err
		}
		defer pprof.StopCPUProfile()
	}
	debug.FreeOSMemory()
	resetPeak()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, err := cpuTime()
	if err != nil {
		return measurement{}, err
	}
	n, err := move(ctx)
	if err != nil {
		return measurement{}, err
	}
	end, err := cpuTime()
	if err != nil {
		return measurement{}, err
	}
	runtime.ReadMemStats(&after)
	if n == 0 {
		return measurement{}, fmt.Errorf("no items were moved")
	}
	return measurement{
		Items:   n,
		CPU:     float64((end - cpu).Nanoseconds()) / 1e3,
		Allocs:  float64(after.Mallocs - before.Mallocs),
		Bytes:   float64(after.TotalAlloc - before.TotalAlloc),
		PeakRSS: peakRSS(),
	}, nil
}
