package guard

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/reason"
)

// MostRecords is how many records a table may make in a stream if nobody accepts more.
const MostRecords = 100_000

// Effects are what the writes of a table set off at their destination. What is not known is
// 0.
type Effects struct {
	Target   *types.TableDescription // nil if nothing is written
	Items    int64                   // of the source
	Sample   float64                 // the fraction of the items that is copied
	Limit    int64                   // of the items that are copied
	Units    int64                   // write units at the destination alone
	Accepted int64                   // records of a stream
}

// streams reports whether the stream of the destination is on.
func (e *Effects) streams() bool {
	return e.Target != nil && e.Target.StreamSpecification != nil && aws.ToBool(e.Target.StreamSpecification.StreamEnabled)
}

func (e *Effects) accepted() int64 { return cmp.Or(e.Accepted, MostRecords) }

// Records returns how many records the writes make in the stream at most, by what is known
// before them. It is 0 if nothing is, or if the stream is off.
func (e *Effects) Records() int64 {
	if !e.streams() {
		return 0
	}
	n := int64(math.Ceil(float64(e.Items) * cmp.Or(e.Sample, 1)))
	if e.Limit > 0 && (n == 0 || e.Limit < n) {
		return e.Limit
	}
	return n
}

// Replicas returns the regions of the other replicas of a table, sorted.
func Replicas(t *types.TableDescription) []string {
	if t == nil {
		return nil
	}
	var regions []string
	own, _ := arn.Parse(aws.ToString(t.TableArn))
	for _, r := range t.Replicas {
		if name := aws.ToString(r.RegionName); name != "" && name != own.Region && r.ReplicaStatus != types.ReplicaStatusCreationFailed {
			regions = append(regions, name)
		}
	}
	slices.Sort(regions)
	return regions
}

// Tell tells of the effects, each by its code. The error refuses more records of a stream
// than are accepted.
func (e *Effects) Tell(find func(c finding.Code, text string)) error {
	if regions := Replicas(e.Target); len(regions) > 0 {
		find(finding.DestinationReplicates, replicated(regions, e.Units))
	}
	if !e.streams() {
		return nil
	}
	most, accepted := e.Records(), e.accepted()
	if most == 0 {
		find(finding.DestinationStreams, fmt.Sprintf("the stream of the destination is on; how many records the copy makes in it is not known before, and after %d the table ends", accepted))
	} else {
		find(finding.DestinationStreams, fmt.Sprintf("the stream of the destination is on, and the copy makes up to %d records in it; after %d the table ends", most, accepted))
	}
	if most <= accepted {
		return nil
	}
	return reason.Refuse(reason.Refused, "the stream of the destination %s is on, and the copy makes up to %d records in it, of which each may start a Lambda function; at most %d are accepted: turn the stream off, copy fewer items (WithMaxItems), or accept the records by WithStreamRecords(%d)", ARN(e.Target), most, accepted, most)
}

// replicated says what the replicas of a destination cost.
func replicated(regions []string, units int64) string {
	n := int64(len(regions)) + 1
	text := fmt.Sprintf("the destination has replicas in %s, and every write costs %d times its units", strings.Join(regions, ", "), n)
	if units > 0 {
		text += fmt.Sprintf(": about %d write units in place of %d", n*units, units)
	}
	return text
}

// Room returns the room for records of the stream, of which some were made before. It is
// nil if the stream is off.
func (e *Effects) Room(before int64) *Records {
	if !e.streams() {
		return nil
	}
	r := &Records{accepted: e.accepted()}
	r.left.Store(max(0, r.accepted-before))
	return r
}

// Records is the room for records in the stream of a destination. It is safe for concurrent
// use. A nil one has room for any number.
type Records struct {
	accepted int64
	left     atomic.Int64
}

// Take takes room for n writes, and returns for how many there is.
func (r *Records) Take(n int) int {
	if r == nil {
		return n
	}
	left := r.left.Add(-int64(n))
	if left >= 0 {
		return n
	}
	short := min(-left, int64(n))
	r.left.Add(short)
	return n - int(short)
}

// Return gives back the room of n writes that made no record.
func (r *Records) Return(n int) {
	if r != nil {
		r.left.Add(int64(n))
	}
}

// Spent returns the error of a table for whose records there is no room left.
func (r *Records) Spent() error {
	return reason.Refuse(reason.Refused, "the stream of the destination is on, and the table has made the %d records in it that are accepted; accept more by WithStreamRecords, or turn the stream off", r.accepted)
}
