package embedded

func field(o outer) int { return o.n }
