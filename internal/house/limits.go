package main

import "fmt"

// none is the goal of a figure that has none.
const none = -1

// A limit is what a figure may be: at most held today, at most goal in the end.
type limit struct {
	name    string
	measure func(*pkg) figure
	held    float64 // lowered with every step that improves the figure, never raised
	goal    float64
}

const (
	maxLines     = 600 // of a file
	maxFuncLines = 80
	maxFields    = 20
)

// limits are what the root is held to.
var limits = []limit{
	{"files", countFiles, 41, 42},
	{"files over 600 lines", longFiles, 0, 0},
	{"lines of the longest file", longestFile, 472, maxLines},
	{"files in the largest cycle", largestCycle, 5, 24},
	{"edges per file", edgesPerFile, 5.5, 6.5},
	{"most methods of a type but Syncer", mostMethods, 39, 40},
	{"most files of a type but Syncer", mostFiles, 5, 5},
	{"unexported methods of Syncer", syncerMethods, 9, 10},
	{"structs over 20 fields", wideStructs, 0, 0},
	{"functions over 80 lines", longFuncs, 0, 0},
	{"percent of unexported functions used once, from another file", usedOnceElsewhere, 12, none},
	{"literals with wire bytes", wireLiterals, 0, 0},
	{"literals with wire bytes, packages below but wire", wireLiteralsBelow, 0, 0},
}

// engineLimits are what internal/engine is held to.
var engineLimits = []limit{
	{"files over 600 lines", longFiles, 0, 0},
	{"edges per file", edgesPerFile, 5.2, 6.5},
	{"most methods of a type", mostMethods, 38, 40},
	{"structs over 20 fields", wideStructs, 0, 0},
	{"functions over 80 lines", longFuncs, 0, 0},
	{"literals with wire bytes", wireLiterals, 0, 0},
}

// houses are the packages that are held to limits, by their directories in the module.
var houses = []struct {
	dir    string
	limits []limit
}{{".", limits}, {"internal/engine", engineLimits}}

// central is the type that may have more methods and files than others.
const central = "Syncer"

// wide has the structs that may have more than 20 fields, with the reason.
var wide = map[string]string{
	"jobConfig":   "a field for each option of the job",
	"tableConfig": "a field for each option of a table",
	"TablePlan":   "what users are told before a table is copied, flat as it is printed",
	"TableReport": "what users are told of a table, flat as it is printed",
}

// target returns the goal as it is printed.
func (l limit) target() string {
	if l.goal == none {
		return "-"
	}
	return fmt.Sprint(l.goal)
}

// judge says what to do about a figure that is not what holds.
func (l limit) judge(v float64) string {
	switch {
	case v > l.held:
		return fmt.Sprintf("worse than %v", l.held)
	case v < l.held:
		return fmt.Sprintf("better: lower held to %v in limits.go", v)
	}
	return ""
}
