package main

import (
	"fmt"
	"slices"
	"strings"
)

// The workloads. A copy reads, changes and writes every item.
const (
	workRead     = "read"     // every item, as the library hands it out
	workWrite    = "write"    // items that are in memory in the library's own form
	workCopy     = "copy"     // nothing is changed
	workCopy4    = "copy4"    // four attributes get keyed pseudonyms
	workDefaults = "defaults" // every scalar but the key gets one
)

// keyedPaths are the attributes that copy4 replaces.
var keyedPaths = []string{"Name", "Email", "Phone", "Address.Street"}

// The ways to move items that are compared.
const (
	modeTyped     = "typed"
	modeNeosync   = "neosync"
	modeGuregu    = "guregu"
	modeDynsync   = "dynsync"
	modeDirect    = "dynsync-direct"    // with WithDirectRequests
	modeUnchecked = "dynsync-unchecked" // without the leak check
	modeWrapped   = "dynsync-typed"     // dynsync with a client that it cannot move raw items through
	modeRaw       = "raw"
	modeSigned    = "raw-signed"
)

var (
	workloads = []string{workCopy4, workCopy, workDefaults, workRead, workWrite}
	modes     = []string{modeDynsync, modeUnchecked, modeDirect, modeWrapped, modeTyped, modeNeosync, modeGuregu, modeRaw, modeSigned}
)

// A shape says what the items of a table look like.
type shape struct {
	ItemBytes int    `json:"item_bytes"` // by DynamoDB's count
	Strings   string `json:"strings"`    // ascii, escape or binary
}

// A scenario is what is measured in every mode.
type scenario struct {
	Workload string `json:"workload"`
	shape
	Procs int  `json:"procs"`
	TLS   bool `json:"tls"`
}

func (s scenario) String() string {
	transport := "http"
	if s.TLS {
		transport = "tls"
	}
	return fmt.Sprintf("%s/item=%s/strings=%s/%s/procs=%d", s.Workload, sizeName(s.ItemBytes), s.Strings, transport, s.Procs)
}

func sizeName(n int) string {
	if n < 1024 {
		return fmt.Sprintf("%dB", n)
	}
	return fmt.Sprintf("%dKB", n/1024)
}

// base is the case that every other differs from in one factor.
var base = shape{ItemBytes: 1024, Strings: "ascii"}

// scenarios returns what is measured, the most important first: every workload
// on one and two processors, and then one factor varied at a time.
func scenarios(quick bool) []scenario {
	var all []scenario
	for _, w := range workloads {
		all = append(all, scenario{w, base, 1, false})
	}
	all = append(all, scenario{workCopy4, base, 2, false}, scenario{workCopy, base, 2, false})
	if quick {
		return all
	}
	for _, w := range workloads[2:] {
		all = append(all, scenario{w, base, 2, false})
	}
	for _, w := range []string{workCopy4, workRead} {
		for _, size := range []int{100, 10 << 10, 200 << 10} {
			all = append(all, scenario{w, shape{size, base.Strings}, 1, false})
		}
		for _, text := range []string{"escape", "binary"} {
			all = append(all, scenario{w, shape{base.ItemBytes, text}, 1, false})
		}
		all = append(all, scenario{w, base, 1, true})
	}
	return append(all, scenario{workCopy4, base, 2, true})
}

// measuredIn reports whether a mode is measured in a scenario.
func measuredIn(mode string, s scenario) bool {
	switch mode {
	case modeWrapped, modeUnchecked:
		return s.Workload == workCopy4 && s.shape == base && !s.TLS
	case modeDirect:
		return s.Workload != workRead && s.shape == base
	}
	return true
}

// filtered returns the scenarios whose name holds every word of the filter.
func filtered(all []scenario, filter string) []scenario {
	return slices.DeleteFunc(slices.Clone(all), func(s scenario) bool {
		for word := range strings.FieldsSeq(filter) {
			if !strings.Contains(s.String()+"/", word) {
				return true
			}
		}
		return false
	})
}

// pagesPerRun makes a measured run some tenths of a second long. What a mode
// does once, before the first item, must not show in its cost per item.
func (s shape) pagesPerRun(mode string, quick bool) int {
	pages := 60
	switch {
	case s.ItemBytes <= 100:
		pages = 8
	case s.ItemBytes > 1<<10:
		pages = 120
	}
	if mode == modeTyped || mode == modeWrapped || mode == modeNeosync || mode == modeGuregu {
		pages /= 4
	}
	if quick {
		pages /= 2
	}
	return pages
}
