package engine

import (
	"strconv"
	"time"

	"github.com/dynsync/dynsync/internal/wire"
)

// keepsExpired is how far past a time to live may be for DynamoDB to delete the
// item (Developer Guide, "Using time to live in DynamoDB").
const keepsExpired = 5 * 365 * 24 * time.Hour

// expired reports whether an item was past its time to live at p.Now.
func (p *Plan) expired(src []byte, attrs []wire.Attr) bool {
	if p.Now.IsZero() || p.TTL == "" {
		return false
	}
	for _, a := range attrs {
		if a.Kind == wire.N && wire.EqualName(a.Name.Of(src), a.Escaped, p.TTL) {
			_, quoted := wire.Payload(a.Value.Of(src))
			at, err := strconv.ParseFloat(string(quoted[1:len(quoted)-1]), 64)
			age := float64(p.Now.Unix()) - at
			return err == nil && age > 0 && age < keepsExpired.Seconds()
		}
	}
	return false
}

// samples reports whether the item with that key and these attributes is in the sample,
// and has not expired.
func (p *Plan) samples(key, src []byte, attrs []wire.Attr) bool {
	return (p.Sample == nil || p.Sample(key)) && !p.expired(src, attrs)
}
