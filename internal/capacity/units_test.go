package capacity

import "testing"

func TestCapacityOfRequests(t *testing.T) {
	tests := []struct {
		got, want float64
		reason    string
	}{
		{ReadUnits(4096, true), 1, "a full unit"},
		{ReadUnits(4097, true), 2, "rounded up"},
		{ReadUnits(4097, false), 1, "half of that"},
		{ReadUnits(1, false), 0.5, "the least"},
		{ReadUnits(0, false), 0.5, "a page without items"},
		{ReadUnits(1<<20, true), 256, "1 MB"},
		{ReadUnits(1<<20+1042, false), 128.5, "what DynamoDB says of pages of small items"},
		{ReadUnits(1<<20-1+400<<10, false), WorstPage, "an item of 400 KB that begins in front of 1 MB"},
		{ReadUnits(1<<20-1+400<<10, true), 2 * WorstPage, "the same, consistently"},
		{WriteUnits(1024), 1, "a full unit"},
		{WriteUnits(1025), 2, "rounded up"},
		{WriteUnits(400 << 10), 400, "the largest item"},
		{WriteUnits(0), 1, "the least"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %v units, not %v", tt.reason, tt.got, tt.want)
		}
	}
}
