package layout

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Costs are what a table consumed.
type Costs struct {
	Pages, Batches, Retries        int64
	ReadPath, WritePath            string // "" for none
	ReadUnits, WriteUnits          float64
	PseudonymBytes, PseudonymUnits int64
	Throttles                      map[string]int64 // by reason
}

// Lines returns the costs as lines of text.
func (c *Costs) Lines() []string {
	lines := []string{fmt.Sprintf("%s, %s, %s; read path: %s; write path: %s", counted(c.Pages, "page", "pages"), counted(c.Batches, "batch", "batches"),
		counted(c.Retries, "retry", "retries"), orNone(c.ReadPath), orNone(c.WritePath))}
	if c.ReadUnits > 0 || c.WriteUnits > 0 {
		lines = append(lines, fmt.Sprintf("consumed %.1f read units and %.1f write units", c.ReadUnits, c.WriteUnits))
	}
	if c.PseudonymBytes > 0 {
		lines = append(lines, fmt.Sprintf("pseudonyms made items %d bytes longer, which costs %d more write units", c.PseudonymBytes, c.PseudonymUnits))
	}
	for _, reason := range slices.Sorted(maps.Keys(c.Throttles)) {
		lines = append(lines, fmt.Sprintf("throttled %s: %s", counted(c.Throttles[reason], "time", "times"), reason))
	}
	return lines
}

// counted returns a number with its noun.
func counted(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Side says where the tables of a side are: the accounts in their ARNs, and what is known
// of the client. It is "" if nothing is known.
func Side(arns []string, client string) string {
	var accounts []string
	for _, arn := range arns {
		if parts := strings.Split(arn, ":"); len(parts) > 5 && parts[4] != "" && !slices.Contains(accounts, parts[4]) {
			accounts = append(accounts, parts[4])
		}
	}
	var known []string
	if len(accounts) > 0 {
		known = append(known, "account "+strings.Join(accounts, ", "))
	}
	if client != "" {
		known = append(known, client)
	}
	return strings.Join(known, ", ")
}
