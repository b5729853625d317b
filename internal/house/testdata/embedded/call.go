package embedded

func call(o outer) { o.close() }
