package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// The processes of a run: this one, which measures nothing itself; a server
// that has every processor; one that leaves the first to the client; and a new
// client for each measurement.
type processes struct {
	binary string
	pinned address // used by clients with one processor
	free   address
	client []int // the processors of a client with one; none where there is no choice
	stops  []func()
}

func startProcesses() (*processes, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &processes{binary: binary}
	var server []int
	if cpus := processors(); len(cpus) > 1 {
		p.client, server = cpus[:1], cpus[1:]
	}
	if p.pinned, err = p.startServer(server); err == nil {
		p.free, err = p.startServer(nil)
	}
	if err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

func (p *processes) startServer(cpus []int) (address, error) {
	cmd := exec.Command(p.binary, "server")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return address{}, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return address{}, err
	}
	if err := pinned(cpus, cmd.Start); err != nil {
		return address{}, err
	}
	p.stops = append(p.stops, func() {
		in.Close()
		_ = cmd.Wait()
	})
	var a address
	err = json.NewDecoder(out).Decode(&a)
	return a, err
}

func (p *processes) stop() {
	for _, stop := range p.stops {
		stop()
	}
}

// run measures a job in a process of its own.
func (p *processes) run(ctx context.Context, j job) (measurement, error) {
	at, cpus := p.pinned, p.client
	if j.Procs > 1 {
		at, cpus = p.free, nil
	}
	j.URL = at.url(j.TLS)
	if j.TLS {
		j.Cert = at.Cert
	}
	in, err := json.Marshal(j)
	if err != nil {
		return measurement{}, err
	}
	cmd := exec.CommandContext(ctx, p.binary, "client")
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", j.Procs))
	var out, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &stderr
	if err := pinned(cpus, cmd.Start); err != nil {
		return measurement{}, err
	}
	if err := cmd.Wait(); err != nil {
		return measurement{}, fmt.Errorf("%s of %v: %w: %s", j.Mode, j.scenario, err, strings.TrimSpace(stderr.String()))
	}
	var m measurement
	err = json.Unmarshal(out.Bytes(), &m)
	return m.perItem(), err
}
