package personal

import (
	"slices"
	"testing"
)

// cleanKeys are keys as tables have them, with nothing that looks personal.
var cleanKeys = [][]byte{
	[]byte("USER#42"), []byte("ORDER#2024-01-15#000123"), []byte("user-00001"), []byte("PROFILE"), []byte("METADATA#v1"),
	[]byte("550e8400-e29b-41d4-a716-446655440000"), []byte("01ARZ3NDEKTSV4RRFFQ69G5FAV"), []byte("1705312800"), []byte("1705312800123"),
	[]byte("2024-01-15T10:15:30Z"), []byte("2024-01-15T10:15:30.123+01:00"), []byte("TENANT#acme|PROJECT#7"), []byte("SKU-123456"),
	[]byte("ABC-123-4567"), []byte("507f1f77bcf86cd799439011"), []byte("v1.2.3-rc.1"), []byte("192.168.100.17"), []byte("orders/2024/01/15/7"),
	[]byte("customerId"), []byte("createdAt"), []byte("GSI1PK"), []byte("shippingAddress"), []byte("Items"), []byte("en_US"),
	[]byte("SESSION#0ujsszwN8NRY24YaXiTIE2VWDTS"), []byte("a8098c1a-f86e-11da-bd1a-00112444be1e#EVENT#17"), []byte("INVOICE#INV-2024-000042"),
	[]byte("pk"), []byte("PRODUCT#electronics#4711"), []byte("device:7f3a9c:reading:2024-01-15"), []byte("20240115"), []byte("DE"),
}

func TestCleanKeysAreClean(t *testing.T) {
	for _, key := range cleanKeys {
		for _, attribute := range []string{"", "PK", "customerId"} {
			if l := LookAt(key, attribute); l != (Look{}) {
				t.Errorf("%q in %q looks like %v", key, attribute, l)
			}
		}
	}
	all := append(slices.Clone(cleanKeys), []byte("顧客#42"), []byte("100%"), []byte("a%20b"), []byte("５４"))
	if n := testing.AllocsPerRun(100, func() {
		for _, key := range all {
			LookAt(key, "PK")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkCleanKey looks at one key.
func BenchmarkCleanKey(b *testing.B) {
	i := 0
	for b.Loop() {
		if LookAt(cleanKeys[i], "PK") != (Look{}) {
			b.Fatal("it is not clean")
		}
		if i++; i == len(cleanKeys) {
			i = 0
		}
	}
}
