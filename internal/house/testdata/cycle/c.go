package cycle

const c = limit

const limit = len(table)

var table [size]struct{ run func() }

func init() { table[0].run = a }
