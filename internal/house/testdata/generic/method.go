package generic

func method() (int, string) { return ints().len(), named().first() }
