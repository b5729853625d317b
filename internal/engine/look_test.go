package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"
)

// flatItem is an item of 20 attributes with clean names and a clean key.
func flatItem() string {
	var b strings.Builder
	b.WriteString(`{"Id":{"S":"ORDER#2024-01-15#000017"}`)
	for i, name := range []string{"Name", "Email", "Status", "CreatedAt", "UpdatedAt", "Country", "City", "Street", "ZipCode", "Phone", "Plan", "Balance", "Currency", "Language", "Source", "Campaign", "Referrer", "Notes", "Version"} {
		fmt.Fprintf(&b, `,%q:{"S":"some text of value %d"}`, name, i)
	}
	return b.String() + "}"
}

// nestedItem is an item with maps and lists whose members have clean names.
func nestedItem() string {
	const address = `{"M":{"Street":{"S":"27 Long St"},"City":{"S":"Springfield"},"Zip":{"S":"10017"},"Geo":{"M":{"Lat":{"N":"17.5012"},"Lon":{"N":"-17.25"}}}}}`
	const line = `{"M":{"Sku":{"S":"SKU-123456"},"Qty":{"N":"7"},"Price":{"N":"18.99"},"Note":{"S":"leave it at the front door"}}}`
	return `{"Id":{"S":"ORDER#2024-01-15#000017"},"Home":` + address + `,"Work":` + address + `,"Lines":{"L":[` + line + `,` + line + `,` + line + `]},"Status":{"S":"open"}}`
}

// BenchmarkCleanKey measures what the look at keys and names costs an item that has
// nothing to find, where nothing passes by a rule.
func BenchmarkCleanKey(b *testing.B) {
	for _, item := range []struct{ name, text string }{{"flat", flatItem()}, {"nested", nestedItem()}} {
		src := []byte(item.text)
		attrs, err := new(wire.Scanner).Index(nil, src)
		if err != nil {
			b.Fatal(err)
		}
		for _, rules := range []struct {
			name string
			x    *Exec
		}{{"copy", newTestExec(b)}, {"rule", newTestExec(b, passing("Status"))}} {
			b.Run(item.name+"/"+rules.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := rules.x.Process(b.Context(), src, wire.Span{End: uint32(len(src))}, attrs); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
