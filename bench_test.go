package dynsync

import (
	"context"
	"testing"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

// BenchmarkProcess measures what an item costs between the page it was read
// with and the batch it goes into. The module internal/bench measures whole
// copies.
func BenchmarkProcess(b *testing.B) {
	user := mustRecord(b, `{"Id":{"S":"u0000017"},"Name":{"S":"Ann 0017"},"Email":{"S":"a00017@ex.com"},"Phone":{"S":"5550017"},`+
		`"Address":{"M":{"Street":{"S":"27 Long St"},"City":{"S":"Springfield"},"Zip":{"S":"10017"},"Geo":{"M":{"Lat":{"N":"17.5012"},"Lon":{"N":"-17.25"}}}}},`+
		`"Age":{"N":"35"},"Balance":{"N":"1017.75"},"Active":{"BOOL":true},"Deleted":{"NULL":true},"Country":{"S":"DE"},"Created":{"S":"2024-05-18T10:11:12Z"},`+
		`"Tags":{"SS":["newsletter","customer","vip-7"]},"Scores":{"NS":["1000017","2000017","3000017"]},`+
		`"Orders":{"L":[{"M":{"Sku":{"S":"SKU-123456"},"Qty":{"N":"7"},"Price":{"N":"18.99"},"Note":{"S":"leave it at the front door"}}}]}}`)
	four := []TableOption{clearCopy()}
	for _, path := range []string{"Name", "Email", "Phone", "Address.Street"} {
		four = append(four, WithTransform(path, Pseudonym()))
	}
	for _, bench := range []struct {
		name string
		opts []TableOption
	}{
		{"copy", []TableOption{clearCopy()}},
		{"rules-without-effect", []TableOption{clearCopy(), WithTransform("None", Pseudonym(), Optional()), WithTransform("Address.None", Pseudonym(), Optional())}},
		{"copy4", four},
		{"defaults", nil},
	} {
		b.Run(bench.name, func(b *testing.B) {
			x := engine.New(testPlan(b, bench.opts...))
			span := wire.Span{End: uint32(len(user.item))}
			b.ReportAllocs()
			b.SetBytes(int64(len(user.item)))
			for b.Loop() {
				if _, _, err := x.Process(context.Background(), user.item, span, user.attrs); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
