package lookup

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/tabledesc"
)

// Active tells of a table, or an index of it, that is being changed.
func (t *Table) Active() {
	var busy []string
	if s := t.Description.TableStatus; s != types.TableStatusActive && s != "" {
		busy = append(busy, fmt.Sprintf("the table is %s", s))
	}
	for _, g := range t.Description.GlobalSecondaryIndexes {
		if g.IndexStatus != types.IndexStatusActive && g.IndexStatus != "" {
			busy = append(busy, fmt.Sprintf("its index %s is %s", aws.ToString(g.IndexName), g.IndexStatus))
		}
	}
	if len(busy) > 0 {
		t.Find(finding.TableNotActive, strings.Join(busy, ", and "))
	}
}

// IndexKeys tells of key attributes of the destination's indexes that are of another type
// at the source, unless an item that was taken has the type: a rule makes it then.
func (t *Table) IndexKeys(source *types.TableDescription) {
	keys := tabledesc.Keys(t.Description)
	var differ []string
	for _, d := range t.Description.AttributeDefinitions {
		name := aws.ToString(d.AttributeName)
		if was := tabledesc.AttributeType(source, name); was != "" && was != d.AttributeType && !keys.Holds(name) && !t.has(name, d.AttributeType) {
			differ = append(differ, fmt.Sprintf("%s is of type %s at the source, and %s of the destination takes %s", name, was, t.indexOf(name), d.AttributeType))
		}
	}
	if len(differ) > 0 {
		t.Find(finding.IndexKeyType, strings.Join(differ, "; ")+": DynamoDB refuses such items")
	}
}

// indexOf names the first index that has the key attribute.
func (t *Table) indexOf(attribute string) string {
	has := func(schema []types.KeySchemaElement) bool {
		return slices.ContainsFunc(schema, func(k types.KeySchemaElement) bool { return aws.ToString(k.AttributeName) == attribute })
	}
	for _, g := range t.Description.GlobalSecondaryIndexes {
		if has(g.KeySchema) {
			return "the index " + aws.ToString(g.IndexName)
		}
	}
	for _, l := range t.Description.LocalSecondaryIndexes {
		if has(l.KeySchema) {
			return "the index " + aws.ToString(l.IndexName)
		}
	}
	return "an index"
}

// short is how long a copy may take until limits are worth a word.
const short = time.Minute

// Limits tells of the limits that hold for a copy, and of a table that takes at once less
// than the copy asks for.
func (t *Table) Limits(s *Side) {
	of := throughputOf(s.Description, s.Name == side.Destination)
	var hold []string
	longest := lasts(s.Units, s.Rate)
	for _, limit := range []struct {
		why  string
		rate int64
	}{{"the on-demand maximum of the table", of.onDemand}, {"its provisioned throughput", of.provisioned}} {
		if limit.rate > 0 {
			hold = append(hold, fmt.Sprintf("%s is %d units/s", limit.why, limit.rate))
			longest = max(longest, lasts(s.Units, float64(limit.rate)))
		}
	}
	hold = append(hold, "the job has "+s.Limit)
	if longest >= short {
		t.Find(finding.LimitsHold, fmt.Sprintf("%s; with about %d units the copy takes %v or more", strings.Join(hold, ", "), s.Units, longest.Round(time.Second)))
	}
	if took := lasts(s.Units, float64(of.warm)); took >= short && took > longest {
		t.Find(finding.WarmThroughput, fmt.Sprintf("the table is warm for %d units/s, and the copy takes about %d: that is %v, and a faster copy is throttled until DynamoDB has divided the table further", of.warm, s.Units, took.Round(time.Second)))
	}
}

// A throughput has capacity units a second of one direction, 0 where there is no such
// figure.
type throughput struct{ onDemand, provisioned, warm int64 }

func throughputOf(d *types.TableDescription, writes bool) (t throughput) {
	read, write := tabledesc.Provisioned(d)
	onDemand, warm := types.OnDemandThroughput{}, types.TableWarmThroughputDescription{}
	if d.OnDemandThroughput != nil {
		onDemand = *d.OnDemandThroughput
	}
	if d.WarmThroughput != nil {
		warm = *d.WarmThroughput
	}
	if writes {
		return throughput{aws.ToInt64(onDemand.MaxWriteRequestUnits), write, aws.ToInt64(warm.WriteUnitsPerSecond)}
	}
	return throughput{aws.ToInt64(onDemand.MaxReadRequestUnits), read, aws.ToInt64(warm.ReadUnitsPerSecond)}
}

// lasts returns how long so many units take at a rate, 0 if there is no rate.
func lasts(units int64, rate float64) time.Duration {
	if rate <= 0 || math.IsInf(rate, 1) {
		return 0
	}
	return time.Duration(float64(units) / rate * float64(time.Second))
}
