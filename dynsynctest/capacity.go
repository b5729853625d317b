package dynsynctest

// usage is the capacity one operation took from one table.
type usage struct {
	table   *table
	units   float64 // of the table itself
	indexes []indexUsage
}

type indexUsage struct {
	index *index
	units float64
}

func (u usage) total() float64 {
	sum := u.units
	for _, x := range u.indexes {
		sum += x.units
	}
	return sum
}

// add merges what another operation took from the same table.
func (u *usage) add(v usage) {
	u.table = v.table
	u.units += v.units
merge:
	for _, x := range v.indexes {
		for i := range u.indexes {
			if u.indexes[i].index == x.index {
				u.indexes[i].units += x.units
				continue merge
			}
		}
		u.indexes = append(u.indexes, x)
	}
}

// writeUnits is one unit for each started KiB of the larger of the two.
func writeUnits(old, added *row) float64 {
	size := 0
	if old != nil {
		size = old.size
	}
	if added != nil {
		size = max(size, added.size)
	}
	return max(1, float64((size+1023)/1024))
}

// readUnits is one unit for each started 4 KiB, half of that if the read may
// be stale.
func readUnits(size int64, consistent bool) float64 {
	units := float64((size + 4095) / 4096)
	if !consistent {
		units /= 2
	}
	return units
}

// write writes what ReturnConsumedCapacity asks for: TOTAL or INDEXES.
func (u usage) write(w *writer, mode string) {
	w.object(func() {
		w.name("CapacityUnits")
		w.float(u.total())
		if mode == "INDEXES" {
			u.writeIndexes(w, "GlobalSecondaryIndexes", true)
			u.writeIndexes(w, "LocalSecondaryIndexes", false)
			w.name("Table")
			w.units(u.units)
		}
		w.stringMember("TableName", u.table.name)
	})
}

func (u usage) writeIndexes(w *writer, member string, global bool) {
	open := false
	for _, x := range u.indexes {
		if x.index.global != global {
			continue
		}
		if !open {
			w.name(member)
			w.open('{')
			open = true
		}
		w.name(x.index.name)
		w.units(x.units)
	}
	if open {
		w.close('}')
	}
}

func (w *writer) units(units float64) {
	w.object(func() {
		w.name("CapacityUnits")
		w.float(units)
	})
}

// writeUsages writes the list that batch operations answer with: one for each
// table, or for each statement that was run.
func writeUsages(w *writer, list []usage, mode string) {
	w.name("ConsumedCapacity")
	w.array(func() {
		for _, u := range list {
			if u.table != nil {
				u.write(w, mode)
			}
		}
	})
}
